//! The zone in which people read and type times.

use std::fmt;

use chrono::{
    DateTime, Duration, FixedOffset, Local, LocalResult, NaiveDate, NaiveDateTime, TimeZone,
};
use chrono_tz::Tz;

use crate::ticket::Timestamp;

/// A zone of the IANA data base, or the one that the operating system was set to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Zone {
    /// A zone with a name, such as `Europe/Oslo`.
    Named(Tz),
    /// What `TZ` and `/etc/localtime` say, where that has no name (`TZ=CET-1CEST`).
    System,
}

impl Zone {
    /// Coordinated universal time.
    pub const UTC: Self = Self::Named(Tz::UTC);

    /// The wall clock in this zone at an instant.
    pub fn wall(self, instant: Timestamp) -> DateTime<FixedOffset> {
        match self {
            Self::Named(tz) => instant.utc().with_timezone(&tz).fixed_offset(),
            Self::System => instant.utc().with_timezone(&Local).fixed_offset(),
        }
    }

    /// The calendar day in this zone at an instant.
    pub fn date(self, instant: Timestamp) -> NaiveDate {
        self.wall(instant).date_naive()
    }

    /// The instant at which the wall clock shows `wall`: the first of two where it shows it twice,
    /// and the end of the gap where it never does.
    pub fn instant(self, wall: NaiveDateTime) -> Timestamp {
        let resolve = |wall: NaiveDateTime| match self {
            Self::Named(tz) => tz.from_local_datetime(&wall).map(|at| at.to_utc()),
            Self::System => Local.from_local_datetime(&wall).map(|at| at.to_utc()),
        };
        // The longest gap on record is a day (Samoa, 2011); clocks change on a quarter of an hour.
        for quarters in 0..=100 {
            match resolve(wall + Duration::minutes(15 * quarters)) {
                LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => {
                    return self.first_after_gap(at.into(), quarters > 0);
                }
                LocalResult::None => {}
            }
        }
        wall.and_utc().into()
    }

    /// The first second of the offset that holds at `at`, when `at` was reached by stepping out of
    /// a gap.
    fn first_after_gap(self, at: Timestamp, stepped: bool) -> Timestamp {
        if !stepped {
            return at;
        }
        let offset = |instant: Timestamp| self.wall(instant).offset().local_minus_utc();
        let (mut before, mut after) = (at.plus(-15 * 60), at);
        if offset(before) == offset(after) {
            return before;
        }
        while after.seconds_since(before) > 1 {
            let middle = before.plus(after.seconds_since(before) / 2);
            if offset(middle) == offset(at) {
                after = middle;
            } else {
                before = middle;
            }
        }
        after
    }

    /// The instant at which a day begins.
    pub fn midnight(self, date: NaiveDate) -> Timestamp {
        self.instant(date.into())
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named(tz) => f.write_str(tz.name()),
            Self::System => f.write_str("system"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(zone: Tz, wall: &str) -> String {
        let wall = wall.parse().unwrap();
        Zone::Named(zone).instant(wall).to_string()
    }

    #[test]
    fn gaps_and_overlaps_have_one_answer() {
        let table = [
            (Tz::UTC, "2026-11-21T00:00:00", "2026-11-21T00:00:00Z"),
            (
                Tz::Europe__Oslo,
                "2026-07-01T00:00:00",
                "2026-06-30T22:00:00Z",
            ),
            // 02:00 to 03:00 is never shown: the gap ends at 01:00Z.
            (
                Tz::Europe__Oslo,
                "2026-03-29T02:30:00",
                "2026-03-29T01:00:00Z",
            ),
            // 02:30 is shown twice: the first.
            (
                Tz::Europe__Oslo,
                "2026-10-25T02:30:00",
                "2026-10-25T00:30:00Z",
            ),
            // Midnight itself is in the gap: the day begins at 01:00 local.
            (
                Tz::America__Sao_Paulo,
                "2018-11-04T00:00:00",
                "2018-11-04T03:00:00Z",
            ),
            // A whole day that never was.
            (
                Tz::Pacific__Apia,
                "2011-12-30T00:00:00",
                "2011-12-30T10:00:00Z",
            ),
        ];
        for (zone, wall, expected) in table {
            assert_eq!(at(zone, wall), expected, "{zone} {wall}");
        }
    }
}
