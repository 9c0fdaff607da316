//! The time that a report is about, and the instant up to which it knows what happened.

use chrono::NaiveDate;

use crate::error::{Error, Result};
use crate::ticket::Timestamp;
use crate::zone::Zone;

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
}
