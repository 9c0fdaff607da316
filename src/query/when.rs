//! Times as people type them: dates, periods, weekdays, and durations from now.
//!
//! Everything is read at one instant and in one zone, the [`Clock`], and turned into instants at
//! once: what was typed means the same however long the work takes.

use std::ops::Range;

use chrono::{Datelike, Days, Months, NaiveDate, NaiveDateTime, NaiveTime, Weekday};

use crate::error::{Error, Result};
use crate::ticket::Timestamp;
use crate::zone::Zone;

/// Which way a duration or the name of a weekday points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sense {
    /// `2h` is in two hours, `monday` the first Monday after today.
    Ahead,
    /// `2h` was two hours ago, `monday` the latest Monday, be it today.
    Ago,
}

/// Which instant a date or a longer period stands for, where one instant is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edge {
    /// Its first second.
    Start,
    /// Its last second.
    End,
}

/// Now, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clock {
    /// The instant from which durations count and to which `today` belongs.
    pub now: Timestamp,
    /// Where days begin at midnight.
    pub zone: Zone,
}

impl Clock {
    fn today(&self) -> NaiveDate {
        self.zone.date(self.now)
    }

    /// The instant at which the wall clock shows `wall`; `None` if it cannot be written.
    fn instant(&self, wall: NaiveDateTime) -> Option<Timestamp> {
        Timestamp::from_unix(self.zone.instant(wall).unix())
    }

    /// Whether the zone has left out these days, and went on from the one before them with the one after.
    fn leaves_out(&self, days: &Range<NaiveDate>) -> bool {
        self.zone.midnight(days.start) == self.zone.midnight(days.end)
    }

    /// From midnight to midnight. A period that sticks out of the years that can be written (`9999`
    /// in UTC, the first day of the year 0 in Oslo) is cut there; `None` if nothing is left.
    fn bounds(&self, days: &Range<NaiveDate>) -> Option<Range<Timestamp>> {
        let midnight = |date| {
            let seconds = self.zone.midnight(date).unix();
            Timestamp::from_unix(seconds.clamp(FIRST_SECOND, LAST_SECOND))
        };
        let period = midnight(days.start)?..midnight(days.end)?;
        (!period.is_empty()).then_some(period)
    }
}

/// 0000-01-01T00:00:00Z.
const FIRST_SECOND: i64 = -62_167_219_200;
/// 9999-12-31T23:59:59Z.
const LAST_SECOND: i64 = 253_402_300_799;

/// The instant that `text` means: `2026-11-21`, `2026-11-21T14:30`, RFC 3339, `now`, `2h` (also
/// `m`, `d`, `w`; a day is 24 hours), or any [`period`], of which `edge` picks an end. A time
/// without an offset is one of the clock's zone.
///
/// # Errors
/// [`Error::Usage`] when it is none of these, when there is no such date, also in this zone alone, or
/// when a duration leads out of the years 0 to 9999.
pub fn instant(text: &str, clock: &Clock, sense: Sense, edge: Edge) -> Result<Timestamp> {
    let typed = typed(text);
    if let Some(period) = bounds(&typed, clock, sense) {
        return Ok(match edge {
            Edge::Start => period.start,
            Edge::End => period.end.plus(-1),
        });
    }
    moment(&typed, clock, sense).ok_or_else(|| {
        left_out(&typed, clock, sense).unwrap_or_else(|| {
            Error::usage(format!("`{text}` is not a time")).with_hint(
                "a time is written as 2026-11-21, 2026-11-21T14:30, today, monday, 2h, 3d, 2w, \
                 last-month, 2026-11, 2026-W47 or 2026-Q4",
            )
        })
    })
}

/// The period that `text` means, from midnight to midnight and without its end: `2026`, `2026-11`,
/// `2026-Q4`, `2026-W47` (an ISO 8601 week), `2026-11-21`, `today`, `yesterday`, `tomorrow`,
/// `monday` (the latest), and `this-`, `last-` or `next-` with `week`, `month`, `quarter` or
/// `year`.
///
/// # Errors
/// [`Error::Usage`] when it is none of these, or when there is no such day, week or month.
pub fn period(text: &str, clock: &Clock) -> Result<Range<Timestamp>> {
    let typed = typed(text);
    bounds(&typed, clock, Sense::Ago).ok_or_else(|| {
        left_out(&typed, clock, Sense::Ago).unwrap_or_else(|| {
            Error::usage(format!("`{text}` is not a period")).with_hint(
                "a period is written as 2026, 2026-11, 2026-Q4, 2026-W47, 2026-11-21, today, \
                 yesterday, monday, this-week or last-month",
            )
        })
    })
}

/// The error that says so, if `typed` means a day that the zone has left out.
fn left_out(typed: &str, clock: &Clock, sense: Sense) -> Option<Error> {
    let days = days(typed, clock.today(), sense).filter(|days| clock.leaves_out(days))?;
    let message = format!("there was no {} in the zone {}", days.start, clock.zone);
    let hint = "the clocks there went on from the day before with the day after";
    Some(Error::usage(message).with_hint(hint))
}

/// The seconds that `text` covers: all of a period, or one of an instant.
pub(super) fn extent(text: &str, clock: &Clock, sense: Sense) -> Result<Range<Timestamp>> {
    if let Some(period) = bounds(&typed(text), clock, sense) {
        return Ok(period);
    }
    let at = instant(text, clock, sense, Edge::Start)?;
    Ok(at..at.plus(1))
}

/// Whether `text` is a count of minutes, hours, days or weeks, as `3d`.
pub(super) fn is_duration(text: &str) -> bool {
    duration(&typed(text)).is_some()
}

fn typed(text: &str) -> String {
    text.trim().to_ascii_lowercase()
}

fn bounds(typed: &str, clock: &Clock, sense: Sense) -> Option<Range<Timestamp>> {
    clock.bounds(&days(typed, clock.today(), sense)?)
}

/// What means one instant.
fn moment(typed: &str, clock: &Clock, sense: Sense) -> Option<Timestamp> {
    if typed == "now" {
        return Some(clock.now);
    }
    if let Some(seconds) = duration(typed) {
        let now = clock.now.unix();
        return Timestamp::from_unix(match sense {
            Sense::Ahead => now.checked_add(seconds)?,
            Sense::Ago => now.checked_sub(seconds)?,
        });
    }
    match wall(typed) {
        Some(wall) => clock.instant(wall),
        None => typed.parse().ok(),
    }
}

/// `30m`, `2h`, `3d`, `2w` in seconds.
fn duration(typed: &str) -> Option<i64> {
    let (count, unit) = typed.split_at_checked(typed.len().checked_sub(1)?)?;
    let unit = match unit {
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        "w" => 604_800,
        _ => return None,
    };
    // A count that does not fit is a duration all the same; `moment` refuses where it leads.
    let is_count = !count.is_empty() && count.bytes().all(|b| b.is_ascii_digit());
    is_count.then(|| count.parse().unwrap_or(i64::MAX).saturating_mul(unit))
}

/// `2026-11-21T14:30`, `2026-11-21 14:30:05`.
fn wall(typed: &str) -> Option<NaiveDateTime> {
    let (date, time) = typed.split_once(['t', ' '])?;
    let Some((Unit::Day, date)) = numbered(date) else {
        return None;
    };
    let parts: Vec<&str> = time.split(':').collect();
    let [hour, minute, second] = match parts[..] {
        [hour, minute] => [hour, minute, "00"],
        [hour, minute, second] => [hour, minute, second],
        _ => return None,
    };
    let time = NaiveTime::from_hms_opt(digits(hour, 2)?, digits(minute, 2)?, digits(second, 2)?)?;
    Some(date.and_time(time))
}

/// The days of a period, without the day after it.
fn days(typed: &str, today: NaiveDate, sense: Sense) -> Option<Range<NaiveDate>> {
    let (unit, first) = relative(typed, today)
        .or_else(|| numbered(typed))
        .or_else(|| weekday(typed, today, sense))?;
    Some(first..unit.step(first, 1)?)
}

/// `today`, `last-month`: the unit, and its first day.
fn relative(typed: &str, today: NaiveDate) -> Option<(Unit, NaiveDate)> {
    let (unit, steps) = match typed {
        "yesterday" => (Unit::Day, -1),
        "today" => (Unit::Day, 0),
        "tomorrow" => (Unit::Day, 1),
        _ => {
            let (which, unit) = typed.split_once('-')?;
            let steps = match which {
                "last" => -1,
                "this" => 0,
                "next" => 1,
                _ => return None,
            };
            (Unit::named(unit)?, steps)
        }
    };
    Some((unit, unit.step(unit.first_day(today)?, steps)?))
}

/// `2026`, `2026-11`, `2026-q4`, `2026-w47`, `2026-11-21`: the unit, and its first day.
fn numbered(typed: &str) -> Option<(Unit, NaiveDate)> {
    let mut parts = typed.split('-');
    let year = digits(parts.next()?, 4)?;
    let year = i32::try_from(year).ok()?;
    let first = |month, day| NaiveDate::from_ymd_opt(year, month, day);
    let (unit, date) = match (parts.next(), parts.next(), parts.next()) {
        (None, ..) => (Unit::Year, first(1, 1)),
        (Some(part), None, _) => match part.split_at_checked(1)? {
            ("q", number) => {
                let quarter = digits(number, 1)?.checked_sub(1)?;
                (Unit::Quarter, first(quarter * 3 + 1, 1))
            }
            ("w", number) => {
                let week = digits(number, 2)?;
                let monday = NaiveDate::from_isoywd_opt(year, week, Weekday::Mon);
                (Unit::Week, monday)
            }
            _ => (Unit::Month, first(digits(part, 2)?, 1)),
        },
        (Some(month), Some(day), None) => (Unit::Day, first(digits(month, 2)?, digits(day, 2)?)),
        _ => return None,
    };
    Some((unit, date?))
}

/// `monday`, `mon`.
fn weekday(typed: &str, today: NaiveDate, sense: Sense) -> Option<(Unit, NaiveDate)> {
    let wanted: Weekday = typed.parse().ok()?;
    let back = today.weekday().days_since(wanted);
    let date = match sense {
        Sense::Ago => today.checked_sub_days(Days::new(back.into())),
        Sense::Ahead => today.checked_add_days(Days::new((7 - back).into())),
    };
    Some((Unit::Day, date?))
}

/// A number of exactly `length` digits.
fn digits(text: &str, length: usize) -> Option<u32> {
    let fits = text.len() == length && text.bytes().all(|b| b.is_ascii_digit());
    fits.then(|| text.parse().ok()).flatten()
}

/// What periods are made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Day,
    Week,
    Month,
    Quarter,
    Year,
}

impl Unit {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "week" => Self::Week,
            "month" => Self::Month,
            "quarter" => Self::Quarter,
            "year" => Self::Year,
            _ => return None,
        })
    }

    /// The first day of the unit to which `date` belongs.
    fn first_day(self, date: NaiveDate) -> Option<NaiveDate> {
        match self {
            Self::Day => Some(date),
            Self::Week => {
                let back = date.weekday().num_days_from_monday();
                date.checked_sub_days(Days::new(back.into()))
            }
            Self::Month => date.with_day(1),
            Self::Quarter => date.with_day(1)?.with_month(date.month0() / 3 * 3 + 1),
            Self::Year => date.with_day(1)?.with_month(1),
        }
    }

    /// The first day of the unit that lies `steps` units from the one that begins at `date`.
    fn step(self, date: NaiveDate, steps: i32) -> Option<NaiveDate> {
        let (days, months) = match self {
            Self::Day => (1, 0),
            Self::Week => (7, 0),
            Self::Month => (0, 1),
            Self::Quarter => (0, 3),
            Self::Year => (0, 12),
        };
        let count = steps.unsigned_abs();
        let (days, months) = (
            Days::new((days * count).into()),
            Months::new(months * count),
        );
        if steps < 0 {
            date.checked_sub_days(days)?.checked_sub_months(months)
        } else {
            date.checked_add_days(days)?.checked_add_months(months)
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::zone::{Tz, named};

    use super::*;

    fn clock(now: &str, zone: Tz) -> Clock {
        Clock {
            now: now.parse().unwrap(),
            zone: Zone::Named(zone),
        }
    }

    /// A Saturday afternoon in winter time.
    fn oslo() -> Clock {
        clock("2026-11-21T13:30:05Z", named("Europe/Oslo"))
    }

    /// New Year's Eve in UTC, but already a Friday, and 2027, in Vietnam.
    fn saigon() -> Clock {
        clock("2026-12-31T18:00:00Z", named("Asia/Ho_Chi_Minh"))
    }

    fn check_instants(clock: Clock, table: &[(&str, Sense, Edge, &str)]) {
        for &(text, sense, edge, expected) in table {
            let got = instant(text, &clock, sense, edge).map(|at| at.to_string());
            let got = got.unwrap_or_else(|error| error.to_string());
            assert_eq!(got, expected, "{text} {sense:?} {edge:?} by {clock:?}");
        }
    }

    /// The bounds without their `:00Z`.
    fn check_periods(clock: Clock, table: &[(&str, &str, &str)]) {
        for &(text, start, end) in table {
            let case = format!("{text} by {clock:?}");
            let got = period(text, &clock).unwrap_or_else(|e| panic!("{case}: {e}"));
            let got = [got.start.to_string(), got.end.to_string()];
            assert_eq!(got, [start, end].map(|at| format!("{at}:00Z")), "{case}");
        }
    }

    #[test]
    fn instants() {
        use Edge::{End, Start};
        use Sense::{Ago, Ahead};
        check_instants(
            oslo(),
            &[
                ("now", Ago, Start, "2026-11-21T13:30:05Z"),
                ("2026-11-21", Ago, Start, "2026-11-20T23:00:00Z"),
                ("2026-11-21", Ago, End, "2026-11-21T22:59:59Z"),
                ("2026-07-01", Ahead, End, "2026-07-01T21:59:59Z"),
                ("2026-11-21T14:30", Ago, End, "2026-11-21T13:30:00Z"),
                ("2026-11-21 14:30", Ago, End, "2026-11-21T13:30:00Z"),
                (" 2026-11-21t14:30:07 ", Ago, Start, "2026-11-21T13:30:07Z"),
                ("2026-11-21T14:30:07Z", Ago, Start, "2026-11-21T14:30:07Z"),
                ("2026-11-21t14:30:07z", Ago, Start, "2026-11-21T14:30:07Z"),
                (
                    "2026-11-21T14:30:07.9+07:00",
                    Ago,
                    End,
                    "2026-11-21T07:30:07Z",
                ),
                ("2h", Ago, End, "2026-11-21T11:30:05Z"),
                ("30m", Ahead, Start, "2026-11-21T14:00:05Z"),
                ("3d", Ahead, Start, "2026-11-24T13:30:05Z"),
                ("2W", Ago, Start, "2026-11-07T13:30:05Z"),
                ("0d", Ago, Start, "2026-11-21T13:30:05Z"),
                ("today", Ago, Start, "2026-11-20T23:00:00Z"),
                ("Tomorrow", Ahead, End, "2026-11-22T22:59:59Z"),
                ("saturday", Ago, Start, "2026-11-20T23:00:00Z"),
                ("saturday", Ahead, Start, "2026-11-27T23:00:00Z"),
                ("monday", Ago, Start, "2026-11-15T23:00:00Z"),
                ("Mon", Ahead, End, "2026-11-23T22:59:59Z"),
                ("sunday", Ago, Start, "2026-11-14T23:00:00Z"),
                ("2026-11", Ago, End, "2026-11-30T22:59:59Z"),
                ("last-month", Ago, Start, "2026-09-30T22:00:00Z"),
            ],
        );
        check_instants(
            saigon(),
            &[
                ("today", Ago, Start, "2026-12-31T17:00:00Z"),
                ("yesterday", Ago, Start, "2026-12-30T17:00:00Z"),
                ("2026-11-21T14:30", Ago, Start, "2026-11-21T07:30:00Z"),
                ("friday", Ago, End, "2027-01-01T16:59:59Z"),
                ("friday", Ahead, Start, "2027-01-07T17:00:00Z"),
                ("this-year", Ago, Start, "2026-12-31T17:00:00Z"),
            ],
        );
        check_instants(
            clock("2024-02-29T00:00:00Z", Tz::UTC),
            &[
                ("2024-02-29", Ago, End, "2024-02-29T23:59:59Z"),
                ("2024-02", Ago, End, "2024-02-29T23:59:59Z"),
                ("52w", Ago, Start, "2023-03-02T00:00:00Z"),
                ("9999-12-31T23:59:59Z", Ago, End, "9999-12-31T23:59:59Z"),
            ],
        );
        check_instants(
            clock("2026-03-29T10:00:00Z", named("Europe/Oslo")),
            &[
                // The clocks go forward at 02:00: the day has 23 hours, and 02:30 is on no clock.
                ("today", Ago, Start, "2026-03-28T23:00:00Z"),
                ("today", Ago, End, "2026-03-29T21:59:59Z"),
                ("2026-03-29T02:30", Ago, End, "2026-03-29T01:00:00Z"),
                ("1d", Ago, Start, "2026-03-28T10:00:00Z"),
                ("2026-10-25", Ago, End, "2026-10-25T22:59:59Z"),
                ("2026-10-25T02:30", Ago, End, "2026-10-25T00:30:00Z"),
            ],
        );
    }

    #[test]
    fn periods() {
        check_periods(
            oslo(),
            &[
                ("2026", "2025-12-31T23:00", "2026-12-31T23:00"),
                ("2026-11", "2026-10-31T23:00", "2026-11-30T23:00"),
                // The clocks change within it.
                ("2026-10", "2026-09-30T22:00", "2026-10-31T23:00"),
                ("2026-W47", "2026-11-15T23:00", "2026-11-22T23:00"),
                ("2026-Q4", "2026-09-30T22:00", "2026-12-31T23:00"),
                ("2026-q1", "2025-12-31T23:00", "2026-03-31T22:00"),
                ("2026-11-21", "2026-11-20T23:00", "2026-11-21T23:00"),
                ("this-week", "2026-11-15T23:00", "2026-11-22T23:00"),
                ("last-week", "2026-11-08T23:00", "2026-11-15T23:00"),
                ("next-week", "2026-11-22T23:00", "2026-11-29T23:00"),
                ("this-quarter", "2026-09-30T22:00", "2026-12-31T23:00"),
                ("last-quarter", "2026-06-30T22:00", "2026-09-30T22:00"),
                ("last-year", "2024-12-31T23:00", "2025-12-31T23:00"),
                ("Wednesday", "2026-11-17T23:00", "2026-11-18T23:00"),
            ],
        );
        check_periods(
            saigon(),
            &[
                ("today", "2026-12-31T17:00", "2027-01-01T17:00"),
                ("last-month", "2026-11-30T17:00", "2026-12-31T17:00"),
                ("last-quarter", "2026-09-30T17:00", "2026-12-31T17:00"),
                // 2026 has 53 ISO weeks, and the last one ends in 2027.
                ("this-week", "2026-12-27T17:00", "2027-01-03T17:00"),
                ("2026-W53", "2026-12-27T17:00", "2027-01-03T17:00"),
            ],
        );
        check_periods(
            clock("2026-10-25T12:00:00Z", named("Europe/Oslo")),
            &[
                // 25 hours.
                ("today", "2026-10-24T22:00", "2026-10-25T23:00"),
            ],
        );
        check_periods(
            clock("2026-02-28T23:59:59Z", Tz::UTC),
            &[
                ("this-month", "2026-02-01T00:00", "2026-03-01T00:00"),
                ("yesterday", "2026-02-27T00:00", "2026-02-28T00:00"),
            ],
        );
    }

    #[test]
    fn periods_are_cut_at_the_ends_of_time() {
        let oslo_time = clock("2026-11-21T13:30:05Z", named("Etc/GMT-1"));
        let first = period("0000-01-01", &oslo_time).unwrap();
        assert_eq!(first.start.to_string(), "0000-01-01T00:00:00Z");
        assert_eq!(first.end.to_string(), "0000-01-01T23:00:00Z");
        let last = period("9999", &oslo()).unwrap();
        assert_eq!(last.start.to_string(), "9998-12-31T23:00:00Z");
        assert_eq!(last.end.to_string(), "9999-12-31T23:00:00Z");
        let last = period("9999", &clock("2026-11-21T13:30:05Z", Tz::UTC)).unwrap();
        assert_eq!(last.end.to_string(), "9999-12-31T23:59:59Z");
    }

    #[test]
    fn what_is_not_a_time_is_an_error() {
        let long = format!("{}d", "9".repeat(400));
        for text in [
            "",
            " ",
            "soon",
            "2026-02-30",
            "2026-13",
            "2026-00",
            "2026-2",
            "2026-W54",
            "2026-W00",
            "2025-W53",
            "2026-Q5",
            "2026-Q0",
            "2026-11-21-1",
            "2026-11-21T25:00",
            "+2026",
            "2026-11-21T14",
            "2026-11-21T1:30",
            "2026-11-21T14:60",
            "20261121",
            "3x",
            "d",
            "-2d",
            "1.5h",
            "3 d",
            "99999999999w",
            "9000000w",
            "9223372036854775807m",
            "18446744073709551616m",
            &long,
            "last-",
            "last-day",
            "-",
            "é",
            "2é",
            "5分",
            "２h",
            "2026-é",
            "12026-01-01",
            "10000-01-01T00:00:00Z",
        ] {
            for sense in [Sense::Ahead, Sense::Ago] {
                let error = instant(text, &oslo(), sense, Edge::End).unwrap_err();
                assert_eq!(error.to_string(), format!("`{text}` is not a time"));
                assert!(error.hint().unwrap().contains("2026-11-21T14:30"));
            }
        }
        for text in [
            "now",
            "2h",
            "2026-11-21T14:30",
            "2026-02-30",
            "last-day",
            "next",
        ] {
            let error = period(text, &oslo()).unwrap_err();
            assert_eq!(error.to_string(), format!("`{text}` is not a period"));
        }
    }

    #[test]
    fn a_day_that_a_zone_left_out_never_was() {
        let apia = clock("2011-12-30T12:00:00Z", named("Pacific/Apia"));
        for text in ["2011-12-30", "yesterday", "friday"] {
            let errors = [
                period(text, &apia).unwrap_err(),
                instant(text, &apia, Sense::Ago, Edge::Start).unwrap_err(),
            ];
            for error in errors {
                let expected = "there was no 2011-12-30 in the zone Pacific/Apia";
                assert_eq!(error.to_string(), expected, "{text}");
            }
        }
        check_periods(
            apia,
            &[
                ("2011-12-29", "2011-12-29T10:00", "2011-12-30T10:00"),
                ("today", "2011-12-30T10:00", "2011-12-31T10:00"),
            ],
        );
    }

    #[test]
    fn the_ends_of_time_do_not_panic() {
        for zone in [
            Tz::UTC,
            named("Pacific/Kiritimati"),
            named("America/Los_Angeles"),
        ] {
            for now in ["0000-01-01T00:00:00Z", "9999-12-31T23:59:59Z"] {
                let clock = clock(now, zone);
                for text in [
                    "0000",
                    "9999",
                    "0000-W01",
                    "9999-W52",
                    "9999-Q4",
                    "9999-12-31",
                    "last-year",
                    "next-year",
                    "monday",
                    "yesterday",
                    "tomorrow",
                    "last-week",
                    "today",
                    "9999-12-31T23:59:59",
                    "0000-01-01T00:00",
                    "2w",
                ] {
                    for sense in [Sense::Ahead, Sense::Ago] {
                        for edge in [Edge::Start, Edge::End] {
                            let _ = instant(text, &clock, sense, edge);
                        }
                    }
                    let _ = period(text, &clock);
                }
            }
        }
    }
}
