//! A period cut in steps: the days, weeks, months or quarters that a report shows one by one.
//!
//! The bounds are midnights of the report's zone, so that a day has 23, 24 or 25 hours. The first and
//! the last step end where the period does, and say so by their own bounds.

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike, Days, Months, NaiveDate};

use super::Period;
use crate::error::{Error, Result};
use crate::ticket::Timestamp;
use crate::zone::Zone;

/// How long a step is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unit {
    /// From midnight to midnight.
    Day,
    /// From Monday to Sunday, as ISO 8601 has it.
    Week,
    /// A month of the calendar.
    Month,
    /// Three months, the first of them January, April, July or October.
    Quarter,
}

impl Unit {
    /// All of them, the shortest first.
    pub const ALL: [Self; 4] = [Self::Day, Self::Week, Self::Month, Self::Quarter];

    /// The name on the command line and in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Quarter => "quarter",
        }
    }

    /// The unit in which a period is cut where nobody said: so that there is something to compare,
    /// and not more than a page of it.
    pub fn fitting(period: &Period) -> Self {
        let [since, until] = [period.since, period.until].map(|at| period.zone.date(at));
        match (until - since).num_days() {
            ..=31 => Self::Day,
            32..=184 => Self::Week,
            185.. => Self::Month,
        }
    }

    /// What people call a step: `2026-11-21`, `2026-W47`, `2026-11`, `2026-Q4`, as they type it for a
    /// period; `None` where it is cut short.
    pub fn name_of(self, since: Timestamp, until: Timestamp, zone: Zone) -> Option<String> {
        let day = zone.date(since);
        let first = self.first(day)?;
        let whole = zone.midnight(first) == since && zone.midnight(self.next(first)?) == until;
        whole.then(|| self.name(day))
    }

    fn name(self, day: NaiveDate) -> String {
        match self {
            Self::Day => day.to_string(),
            Self::Week => day.format("%G-W%V").to_string(),
            Self::Month => day.format("%Y-%m").to_string(),
            Self::Quarter => format!("{}-Q{}", day.format("%Y"), day.month0() / 3 + 1),
        }
    }

    /// The first day of the step around a day.
    fn first(self, day: NaiveDate) -> Option<NaiveDate> {
        match self {
            Self::Day => Some(day),
            Self::Week => {
                day.checked_sub_days(Days::new(day.weekday().num_days_from_monday().into()))
            }
            Self::Month => day.with_day(1),
            Self::Quarter => day.with_day(1)?.with_month0(day.month0() / 3 * 3),
        }
    }

    /// The first day of the step after the one that begins on a day.
    fn next(self, first: NaiveDate) -> Option<NaiveDate> {
        match self {
            Self::Day => first.succ_opt(),
            Self::Week => first.checked_add_days(Days::new(7)),
            Self::Month => first.checked_add_months(Months::new(1)),
            Self::Quarter => first.checked_add_months(Months::new(3)),
        }
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Unit {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        super::named("step", text, &Self::ALL, |known| known.as_str())
    }
}

/// Among so few steps nothing is guessed.
const FEW: usize = 8;

/// A period in steps; of one step, if it is not cut.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cut {
    period: Period,
    /// The first instant of each step, and the end of the last one; each later than the one before.
    bounds: Vec<Timestamp>,
}

impl Cut {
    /// A period that is not cut.
    pub(super) fn whole(period: Period) -> Self {
        let bounds = vec![period.since, period.until];
        Self { period, bounds }
    }

    /// A period cut into days, weeks and so on, as far as anything is known of it: a step that begins
    /// at `as_of` or later is none.
    pub(super) fn by(unit: Unit, period: Period, as_of: Timestamp) -> Self {
        let end = period.until.min(as_of);
        let mut bounds = vec![period.since];
        let mut day = unit.first(period.zone.date(period.since));
        while bounds.last().is_some_and(|last| *last < end) {
            day = day.and_then(|day| unit.next(day));
            let next = day.map_or(period.until, |day| period.zone.midnight(day));
            let next = next.min(period.until);
            // A day that a zone left out has no step.
            if bounds.last().is_some_and(|last| *last < next) {
                bounds.push(next);
            }
        }
        Self { period, bounds }
    }

    /// How many steps there are.
    pub(super) fn len(&self) -> usize {
        self.bounds.len() - 1
    }

    /// The steps, each a period of its own.
    pub(super) fn steps(&self) -> impl Iterator<Item = Period> {
        self.bounds.windows(2).map(|bounds| Period {
            since: bounds[0],
            until: bounds[1],
            zone: self.period.zone,
        })
    }

    /// The step in which an instant lies.
    pub(super) fn step(&self, at: Timestamp) -> Option<usize> {
        let step = self.bounds_up_to(at).checked_sub(1)?;
        (step < self.len()).then_some(step)
    }

    /// The first instant after a step.
    pub(super) fn end(&self, step: usize) -> Timestamp {
        self.bounds[step + 1]
    }

    /// How many bounds are not after an instant: what happens then is seen from the next bound on.
    pub(super) fn bounds_up_to(&self, at: Timestamp) -> usize {
        let all = self.bounds.len();
        let mut count = self.guess(at);
        while count < all && self.bounds[count] <= at {
            count += 1;
        }
        while count > 0 && self.bounds[count - 1] > at {
            count -= 1;
        }
        count
    }

    /// The same, as if all steps were of one length. They nearly are: so it is wrong by a few at most, and
    /// to search among thousands of days for each instant would take longer than all else.
    fn guess(&self, at: Timestamp) -> usize {
        let (steps, first) = (self.len(), self.bounds[0]);
        if steps < FEW {
            return 0;
        }
        let whole = self.bounds[steps].seconds_since(first).max(1);
        let passed = at.seconds_since(first).clamp(0, whole);
        usize::try_from(passed.saturating_mul(steps as i64) / whole).unwrap_or(steps)
    }

    /// The steps that have something of the time from one instant to another, each with how many
    /// seconds of it.
    pub(super) fn shares(
        &self,
        since: Timestamp,
        until: Timestamp,
    ) -> impl Iterator<Item = (usize, i64)> {
        let first = self.bounds_up_to(since).saturating_sub(1);
        let steps = self.bounds[first..].windows(2).enumerate();
        steps
            .take_while(move |(_, bounds)| bounds[0] < until)
            .map(move |(step, bounds)| {
                let (from, to) = (bounds[0].max(since), bounds[1].min(until));
                (first + step, to.seconds_since(from))
            })
            .filter(|(_, seconds)| *seconds > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::story::at;
    use crate::zone::named;

    fn bounds(zone: &str, unit: Unit, since: &str, until: &str, as_of: &str) -> Vec<String> {
        let zone = Zone::Named(named(zone));
        let period = Period::new(at(since), at(until), zone).unwrap();
        let cut = Cut::by(unit, period, at(as_of));
        assert_eq!(cut.steps().count(), cut.len());
        cut.bounds.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn steps_begin_at_the_zones_midnight() {
        let never = "2099-01-01T00:00:00Z";
        let table: [(&str, Unit, &str, &str, &[&str]); 8] = [
            // Days of 24, 23 and 24 hours; and of 24, 25 and 24.
            (
                "Europe/Rome",
                Unit::Day,
                "2026-03-27T23:00:00Z",
                "2026-03-30T22:00:00Z",
                &["2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"],
            ),
            (
                "Europe/Rome",
                Unit::Day,
                "2026-10-23T22:00:00Z",
                "2026-10-26T23:00:00Z",
                &["2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"],
            ),
            (
                "Asia/Ho_Chi_Minh",
                Unit::Month,
                "2026-09-30T17:00:00Z",
                "2026-12-31T17:00:00Z",
                &["2026-10-31T17:00:00Z", "2026-11-30T17:00:00Z"],
            ),
            // Cut by the period at both ends.
            (
                "UTC",
                Unit::Week,
                "2026-11-18T12:00:00Z",
                "2026-12-01T00:00:00Z",
                &["2026-11-23T00:00:00Z", "2026-11-30T00:00:00Z"],
            ),
            (
                "UTC",
                Unit::Quarter,
                "2026-02-01T00:00:00Z",
                "2026-08-01T00:00:00Z",
                &["2026-04-01T00:00:00Z", "2026-07-01T00:00:00Z"],
            ),
            (
                "UTC",
                Unit::Quarter,
                "2026-01-01T00:00:00Z",
                "2026-02-01T00:00:00Z",
                &[],
            ),
            // The 30th of December 2011 never was; the day that has no midnight begins at one.
            (
                "Pacific/Apia",
                Unit::Day,
                "2011-12-29T10:00:00Z",
                "2011-12-31T10:00:00Z",
                &["2011-12-30T10:00:00Z"],
            ),
            (
                "America/Sao_Paulo",
                Unit::Day,
                "2018-11-03T03:00:00Z",
                "2018-11-05T02:00:00Z",
                &["2018-11-04T03:00:00Z"],
            ),
        ];
        for (zone, unit, since, until, inner) in table {
            let expected = [&[since], inner, &[until]].concat();
            assert_eq!(
                bounds(zone, unit, since, until, never),
                expected,
                "{zone} {since}"
            );
        }
    }

    #[test]
    fn of_the_time_to_come_there_are_no_steps() {
        let days = |as_of| {
            bounds(
                "UTC",
                Unit::Day,
                "2026-03-01T00:00:00Z",
                "2026-03-04T00:00:00Z",
                as_of,
            )
            .len()
                - 1
        };
        assert_eq!(days("2026-03-04T00:00:00Z"), 3);
        assert_eq!(days("2026-03-02T00:00:01Z"), 2);
        assert_eq!(days("2026-03-02T00:00:00Z"), 1);
        assert_eq!(days("2026-03-01T00:00:00Z"), 0);
    }

    #[test]
    fn however_many_steps_there_are_an_instant_lies_in_its_own() {
        let zone = Zone::Named(named("Europe/Rome"));
        for since in ["1971-01-31T22:10:00Z", "2026-10-25T00:30:00Z"] {
            let until = at("2026-11-21T12:00:00Z");
            let period = Period::new(at(since), until, zone).unwrap();
            for unit in Unit::ALL {
                let cut = Cut::by(unit, period, until.plus(1));
                let around = |bound: &Timestamp| [-1, 0, 1].map(|seconds| bound.plus(seconds));
                for instant in cut.bounds.iter().flat_map(around) {
                    let up_to = cut.bounds.partition_point(|bound| *bound <= instant);
                    assert_eq!(cut.bounds_up_to(instant), up_to, "{unit} {instant}");
                }
            }
        }
    }

    #[test]
    fn an_instant_lies_in_one_step() {
        let period = Period::new(at("01T00:00:00"), at("04T00:00:00"), Zone::UTC).unwrap();
        let cut = Cut::by(Unit::Day, period, period.until);
        let table = [
            ("2026-02-28T23:59:59Z", None),
            ("01T00:00:00", Some(0)),
            ("01T23:59:59", Some(0)),
            ("02T00:00:00", Some(1)),
            ("03T23:59:59", Some(2)),
            ("04T00:00:00", None),
        ];
        for (instant, step) in table {
            assert_eq!(cut.step(at(instant)), step, "{instant}");
        }
        let shares = |since, until| cut.shares(at(since), at(until)).collect::<Vec<_>>();
        assert_eq!(shares("2026-02-01T00:00:00Z", "01T00:00:05"), [(0, 5)]);
        assert_eq!(
            shares("01T23:59:59", "09T00:00:00"),
            [(0, 1), (1, 86_400), (2, 86_400)]
        );
        assert_eq!(shares("04T00:00:00", "09T00:00:00"), []);
        assert_eq!(shares("02T00:00:00", "02T00:00:00"), []);
    }

    #[test]
    fn steps_are_called_as_they_are_typed() {
        let day = NaiveDate::from_ymd_opt(2026, 1, 1).unwrap();
        let names: Vec<_> = Unit::ALL.iter().map(|unit| unit.name(day)).collect();
        assert_eq!(names, ["2026-01-01", "2026-W01", "2026-01", "2026-Q1"]);
        let day = NaiveDate::from_ymd_opt(2027, 1, 1).unwrap();
        assert_eq!(Unit::Week.name(day), "2026-W53");
        let rome = Zone::Named(named("Europe/Rome"));
        let name = |since, until| Unit::Day.name_of(at(since), at(until), rome);
        let whole = name("2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z");
        assert_eq!(whole.as_deref(), Some("2026-03-29"));
        assert_eq!(name("2026-03-28T23:00:00Z", "2026-03-29T21:00:00Z"), None);
        assert_eq!(name("2026-03-28T23:00:01Z", "2026-03-29T22:00:00Z"), None);
    }
}
