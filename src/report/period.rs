//! The time that a report is about, the instant up to which it knows what happened, and the time
//! before, with which it is compared.

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike, Months, NaiveDate, NaiveDateTime, TimeDelta};

use crate::error::{Error, Result};
use crate::ticket::Timestamp;
use crate::zone::Zone;

/// Which earlier time a period is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Compare {
    /// The one just before it: of a month the month before, of ten days the ten days before.
    Previous,
    /// The same dates a year earlier.
    Year,
}

impl Compare {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Previous, Self::Year];

    /// The name on the command line and in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Previous => "previous",
            Self::Year => "year",
        }
    }
}

impl fmt::Display for Compare {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Compare {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        super::named("comparison", text, &Self::ALL, |known| known.as_str())
    }
}

/// A half-open stretch of time: `since <= t < until`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// Its first instant.
    pub since: Timestamp,
    /// The first instant after it.
    pub until: Timestamp,
    /// The zone whose midnights its bounds are.
    pub zone: Zone,
}

impl Period {
    /// From one instant to another.
    ///
    /// # Errors
    /// A usage error when `until` is before `since`.
    pub fn new(since: Timestamp, until: Timestamp, zone: Zone) -> Result<Self> {
        if until < since {
            let (since, until) = (zone.typed(since), zone.typed(until));
            let message = format!("the period ends ({until}) before it begins ({since})");
            return Err(Error::usage(message));
        }
        Ok(Self { since, until, zone })
    }

    /// From the beginning of one day to the beginning of another, in `zone`: where the clocks
    /// change, a day has 23 or 25 hours.
    ///
    /// # Errors
    /// A usage error when `until` is before `since`.
    pub fn days(since: NaiveDate, until: NaiveDate, zone: Zone) -> Result<Self> {
        Self::new(zone.midnight(since), zone.midnight(until), zone)
    }

    /// Whether an instant lies in it.
    pub fn contains(&self, at: Timestamp) -> bool {
        self.since <= at && at < self.until
    }

    /// The instant before which a report of this period knows what happened: the one that was
    /// asked for, or else the earlier of the period's end and `now`.
    pub fn as_of(&self, given: Option<Timestamp>, now: Timestamp) -> Timestamp {
        given.unwrap_or(self.until.min(now))
    }

    /// The period with which this one is compared. Whole months are preceded by as many whole
    /// months, whole days by as many whole days of the zone, and anything else by as many seconds.
    #[must_use]
    pub fn before(&self, compare: Compare) -> Self {
        let [since, until] = [self.since, self.until].map(|at| self.wall(at));
        let (since, until) = match compare {
            Compare::Year => (year_before(since), year_before(until)),
            Compare::Previous => match (self.months(), self.whole_days()) {
                (Some(months), _) => (since.checked_sub_months(months), Some(since)),
                (None, Some(days)) => (since.checked_sub_signed(days), Some(since)),
                (None, None) => {
                    let seconds = self.until.seconds_since(self.since);
                    let since = self.since.plus(-seconds).min(self.since);
                    return Self {
                        since,
                        until: self.since,
                        ..*self
                    };
                }
            },
        };
        // What lies before the year 0 cannot be written, and nothing happened in it.
        let instant = |wall: Option<NaiveDateTime>| {
            let seconds = wall.map(|wall| self.zone.instant(wall).unix());
            let at = seconds.and_then(Timestamp::from_unix);
            at.unwrap_or(self.since).min(self.since)
        };
        Self {
            since: instant(since),
            until: instant(until),
            ..*self
        }
    }

    /// The instant that is to this period what `as_of` is to `other`: as far in it, or as long after
    /// its end. So a month that has come to its tenth day is compared with ten days.
    pub fn as_far_as(&self, other: &Self, as_of: Timestamp) -> Timestamp {
        if as_of >= other.until {
            return self.until.plus(as_of.seconds_since(other.until));
        }
        let gone = self.wall(as_of) - self.wall(other.since);
        let wall = self.wall(self.since).checked_add_signed(gone);
        let at = wall.map_or(self.until, |wall| self.zone.instant(wall));
        at.min(self.until)
    }

    /// What the clocks on the wall show. A day begins at midnight, also where the clocks skip that and
    /// show a later hour: the days beside it have one.
    fn wall(&self, at: Timestamp) -> NaiveDateTime {
        let wall = self.zone.wall(at).naive_local();
        match self.zone.midnight(wall.date()) == at {
            true => wall.date().into(),
            false => wall,
        }
    }

    /// How many months it has, if it has nothing but whole ones.
    fn months(&self) -> Option<Months> {
        self.whole_days()?;
        let [since, until] = [self.since, self.until].map(|at| self.zone.date(at));
        let count = |day: NaiveDate| day.year() * 12 + i32::try_from(day.month0()).unwrap_or(0);
        let months = u32::try_from(count(until) - count(since)).ok()?;
        (since.day() == 1 && until.day() == 1 && months > 0).then(|| Months::new(months))
    }

    /// How many days it has, if it begins and ends as a day begins.
    fn whole_days(&self) -> Option<TimeDelta> {
        let dates = [self.since, self.until].map(|at| self.zone.date(at));
        let [since, until] = dates;
        let begins = |at: Timestamp, date| self.zone.midnight(date) == at;
        (begins(self.since, since) && begins(self.until, until)).then(|| until - since)
    }
}

fn year_before(wall: NaiveDateTime) -> Option<NaiveDateTime> {
    wall.checked_sub_months(Months::new(12))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::story::at;
    use crate::zone::named;

    #[test]
    fn days_begin_at_the_zones_midnight() {
        let table = [
            (Zone::UTC, "2026-03-29T00:00:00Z", "2026-03-30T00:00:00Z"),
            // The clocks go forward: a day of 23 hours.
            (
                Zone::Named(named("Europe/Oslo")),
                "2026-03-28T23:00:00Z",
                "2026-03-29T22:00:00Z",
            ),
        ];
        for (zone, since, until) in table {
            let day = |day| NaiveDate::from_ymd_opt(2026, 3, day).unwrap();
            let period = Period::days(day(29), day(30), zone).unwrap();
            assert_eq!((period.since, period.until), (at(since), at(until)));
            assert!(period.contains(at(since)) && !period.contains(at(until)));
            assert!(period.contains(at(until).plus(-1)) && !period.contains(at(since).plus(-1)));
        }
    }

    #[test]
    fn a_period_does_not_end_before_it_begins() {
        let period = |since, until| Period::new(at(since), at(until), Zone::UTC);
        assert!(period("02T00:00:00", "01T00:00:00").is_err());
        assert!(period("01T00:00:00", "01T00:00:00").is_ok());
    }

    #[test]
    fn a_report_knows_what_was_before_its_instant() {
        let period = Period::new(at("01T00:00:00"), at("02T00:00:00"), Zone::UTC).unwrap();
        let table = [
            (None, "05T00:00:00", "02T00:00:00"),
            (None, "01T12:00:00", "01T12:00:00"),
            (Some("04T00:00:00"), "05T00:00:00", "04T00:00:00"),
            (Some("01T06:00:00"), "05T00:00:00", "01T06:00:00"),
        ];
        for (given, now, expected) in table {
            assert_eq!(period.as_of(given.map(at), at(now)), at(expected));
        }
    }

    #[test]
    fn a_period_has_a_period_before_it() {
        let rome = Zone::Named(named("Europe/Rome"));
        let azores = Zone::Named(named("Atlantic/Azores"));
        let asuncion = Zone::Named(named("America/Asuncion"));
        use Compare::{Previous, Year};
        let table = [
            // A month has a month before it, however long; in Rome, the clocks go forward in March.
            (
                rome,
                Previous,
                "2026-03-31T22:00:00Z",
                "2026-04-30T22:00:00Z",
                "2026-02-28T23:00:00Z",
                "2026-03-31T22:00:00Z",
            ),
            (
                Zone::UTC,
                Previous,
                "2016-03-01T00:00:00Z",
                "2016-04-01T00:00:00Z",
                "2016-02-01T00:00:00Z",
                "2016-03-01T00:00:00Z",
            ),
            (
                Zone::UTC,
                Previous,
                "2016-01-01T00:00:00Z",
                "2016-04-01T00:00:00Z",
                "2015-10-01T00:00:00Z",
                "2016-01-01T00:00:00Z",
            ),
            // A day of 23 hours, and the one of 24 before it.
            (
                rome,
                Previous,
                "2026-03-28T23:00:00Z",
                "2026-03-29T22:00:00Z",
                "2026-03-27T23:00:00Z",
                "2026-03-28T23:00:00Z",
            ),
            // Seven days, one of them of 25 hours.
            (
                rome,
                Previous,
                "2026-10-24T22:00:00Z",
                "2026-10-31T23:00:00Z",
                "2026-10-17T22:00:00Z",
                "2026-10-24T22:00:00Z",
            ),
            // No whole days: as many seconds.
            (
                rome,
                Previous,
                "2026-03-29T06:00:00Z",
                "2026-03-30T06:00:00Z",
                "2026-03-28T06:00:00Z",
                "2026-03-29T06:00:00Z",
            ),
            (
                Zone::UTC,
                Year,
                "2016-02-29T00:00:00Z",
                "2016-03-01T00:00:00Z",
                "2015-02-28T00:00:00Z",
                "2015-03-01T00:00:00Z",
            ),
            (
                rome,
                Year,
                "2026-03-28T23:00:00Z",
                "2026-03-29T22:00:00Z",
                "2025-03-28T23:00:00Z",
                "2025-03-29T23:00:00Z",
            ),
            (
                Zone::UTC,
                Year,
                "0000-02-01T00:00:00Z",
                "0000-03-01T00:00:00Z",
                "0000-02-01T00:00:00Z",
                "0000-02-01T00:00:00Z",
            ),
            // Days that begin at 01:00, since the clocks skip midnight; those before them do not.
            (
                azores,
                Previous,
                "2026-03-29T01:00:00Z",
                "2026-03-30T00:00:00Z",
                "2026-03-28T01:00:00Z",
                "2026-03-29T01:00:00Z",
            ),
            (
                asuncion,
                Previous,
                "2023-10-01T04:00:00Z",
                "2023-11-01T03:00:00Z",
                "2023-09-01T04:00:00Z",
                "2023-10-01T04:00:00Z",
            ),
            (
                asuncion,
                Year,
                "2023-09-01T04:00:00Z",
                "2023-10-01T04:00:00Z",
                "2022-09-01T04:00:00Z",
                "2022-10-01T04:00:00Z",
            ),
            // And a day before that begins so: in 2022, the clocks went forward on the second.
            (
                asuncion,
                Year,
                "2023-10-02T03:00:00Z",
                "2023-10-03T03:00:00Z",
                "2022-10-02T04:00:00Z",
                "2022-10-03T03:00:00Z",
            ),
        ];
        for (zone, compare, since, until, before, to) in table {
            let period = Period::new(at(since), at(until), zone).unwrap();
            let found = period.before(compare);
            assert_eq!(
                (found.since, found.until),
                (at(before), at(to)),
                "{since} {compare}"
            );
        }
    }

    #[test]
    fn what_is_compared_is_as_far() {
        let month = |since, until| Period::new(at(since), at(until), Zone::UTC).unwrap();
        let march = month("2026-03-01T00:00:00Z", "2026-04-01T00:00:00Z");
        let february = march.before(Compare::Previous);
        let table = [
            ("2026-03-10T12:00:00Z", "2026-02-10T12:00:00Z"),
            // The month before has no 30th day.
            ("2026-03-30T12:00:00Z", "2026-03-01T00:00:00Z"),
            ("2026-04-01T00:00:00Z", "2026-03-01T00:00:00Z"),
            ("2026-04-02T00:00:00Z", "2026-03-02T00:00:00Z"),
        ];
        for (as_of, expected) in table {
            assert_eq!(
                february.as_far_as(&march, at(as_of)),
                at(expected),
                "{as_of}"
            );
        }
        // Where a day has 23 hours, noon is compared with noon.
        let rome = Zone::Named(named("Europe/Rome"));
        let day =
            Period::new(at("2026-03-28T23:00:00Z"), at("2026-03-29T22:00:00Z"), rome).unwrap();
        let before = day.before(Compare::Previous);
        let noon = before.as_far_as(&day, at("2026-03-29T10:00:00Z"));
        assert_eq!(noon, at("2026-03-28T11:00:00Z"));
        // Also where it begins at 01:00, and at its very beginning.
        let asuncion = Zone::Named(named("America/Asuncion"));
        let month = |since, until| Period::new(at(since), at(until), asuncion).unwrap();
        let october = month("2023-10-01T04:00:00Z", "2023-11-01T03:00:00Z");
        let september = month("2023-09-01T04:00:00Z", "2023-10-01T04:00:00Z");
        let noon = september.as_far_as(&october, at("2023-10-10T15:00:00Z"));
        assert_eq!(noon, at("2023-09-10T16:00:00Z"));
        let week = month("2023-09-24T04:00:00Z", "2023-10-08T03:00:00Z");
        let before = month("2023-09-10T04:00:00Z", "2023-09-24T04:00:00Z");
        let first = before.as_far_as(&week, at("2023-10-01T04:00:00Z"));
        assert_eq!(first, at("2023-09-17T04:00:00Z"));
    }
}
