//! Instants, as tickets store them.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike, NaiveDate, SecondsFormat, Timelike, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An instant in whole seconds, in UTC; written as RFC 3339 with a `Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(DateTime<Utc>);

impl Timestamp {
    /// `None` outside the years that RFC 3339 can write (0 to 9999).
    pub fn from_unix(seconds: i64) -> Option<Self> {
        const YEAR_0: i64 = -62_167_219_200;
        const YEAR_10000: i64 = 253_402_300_800;
        (YEAR_0..YEAR_10000)
            .contains(&seconds)
            .then(|| DateTime::from_timestamp(seconds, 0).map(Self))
            .flatten()
    }

    /// Seconds since 1970-01-01T00:00:00Z, without leap seconds.
    pub fn unix(self) -> i64 {
        self.0.timestamp()
    }

    /// The same instant for chrono.
    pub fn utc(self) -> DateTime<Utc> {
        self.0
    }

    /// Whole seconds from `earlier` to here; negative when `earlier` is later.
    pub fn seconds_since(self, earlier: Self) -> i64 {
        self.unix() - earlier.unix()
    }

    /// The one form in which it is written. A ticket has several, and chrono's writer takes as long as all
    /// else of them.
    fn written<T>(self, take: impl FnOnce(&str) -> T) -> T {
        let at = self.0.naive_utc();
        let Ok(year @ 0..=9999) = u32::try_from(at.year()) else {
            return take(&self.0.to_rfc3339_opts(SecondsFormat::Secs, true));
        };
        let mut text = *b"0000-00-00T00:00:00Z";
        for (place, number) in [
            (0, year / 100),
            (2, year % 100),
            (5, at.month()),
            (8, at.day()),
            (11, at.hour()),
            (14, at.minute()),
            (17, at.second()),
        ] {
            text[place] += (number / 10) as u8;
            text[place + 1] += (number % 10) as u8;
        }
        // It is of ASCII.
        take(std::str::from_utf8(&text).unwrap_or_default())
    }

    /// This instant moved by `seconds`, held within what can be written.
    pub fn plus(self, seconds: i64) -> Self {
        Self::from_unix(self.unix().saturating_add(seconds)).unwrap_or(self)
    }
}

impl From<DateTime<Utc>> for Timestamp {
    /// Drops what is below a second.
    fn from(instant: DateTime<Utc>) -> Self {
        Self(DateTime::from_timestamp(instant.timestamp(), 0).unwrap_or(instant))
    }
}

impl FromStr for Timestamp {
    type Err = String;

    /// RFC 3339, in any offset; fractions of a second are dropped.
    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(instant) = as_written(text) {
            return Ok(instant);
        }
        DateTime::parse_from_rfc3339(text)
            .ok()
            .and_then(|instant| Self::from_unix(instant.timestamp()))
            .ok_or_else(|| format!("`{text}` is not an RFC 3339 time such as 2026-11-21T14:30:05Z"))
    }
}

/// An instant in the one form in which it is written, which is read faster than any.
fn as_written(text: &str) -> Option<Timestamp> {
    let bytes: &[u8; 20] = text.as_bytes().try_into().ok()?;
    let marks = [
        (4, b'-'),
        (7, b'-'),
        (10, b'T'),
        (13, b':'),
        (16, b':'),
        (19, b'Z'),
    ];
    if marks.iter().any(|(at, mark)| bytes[*at] != *mark) {
        return None;
    }
    let number = |at: usize, digits: usize| {
        bytes[at..at + digits].iter().try_fold(0, |number, byte| {
            byte.is_ascii_digit()
                .then(|| number * 10 + u32::from(byte - b'0'))
        })
    };
    let year = i32::try_from(number(0, 4)?).ok()?;
    let day = NaiveDate::from_ymd_opt(year, number(5, 2)?, number(8, 2)?)?;
    let instant = day.and_hms_opt(number(11, 2)?, number(14, 2)?, number(17, 2)?)?;
    Timestamp::from_unix(instant.and_utc().timestamp())
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.written(|text| f.write_str(text))
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match serializer.is_human_readable() {
            true => self.written(|text| serializer.serialize_str(text)),
            false => self.unix().serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl serde::de::Visitor<'_> for Visitor {
            type Value = Timestamp;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an RFC 3339 time")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Timestamp, E> {
                text.parse().map_err(E::custom)
            }
        }
        if deserializer.is_human_readable() {
            return deserializer.deserialize_str(Visitor);
        }
        let unix = i64::deserialize(deserializer)?;
        Self::from_unix(unix).ok_or_else(|| serde::de::Error::custom("no instant"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_form_is_written() {
        let table = [
            (0, "1970-01-01T00:00:00Z"),
            (1_795_271_405, "2026-11-21T14:30:05Z"),
            (-62_167_219_200, "0000-01-01T00:00:00Z"),
            (253_402_300_799, "9999-12-31T23:59:59Z"),
        ];
        for (seconds, expected) in table {
            let instant = Timestamp::from_unix(seconds).unwrap();
            assert_eq!(instant.to_string(), expected);
            assert_eq!(
                serde_json::to_string(&instant).unwrap(),
                format!("\"{expected}\"")
            );
        }
    }

    #[test]
    fn every_form_of_rfc_3339_is_read() {
        let table = [
            ("1970-01-01T00:00:00Z", Some(0)),
            ("2026-11-21T14:30:05Z", Some(1_795_271_405)),
            ("2026-11-21t14:30:05z", Some(1_795_271_405)),
            ("2026-11-21T15:30:05.9+01:00", Some(1_795_271_405)),
            ("2024-02-29T00:00:00Z", Some(1_709_164_800)),
            ("2026-02-29T00:00:00Z", None),
            ("2026-13-01T00:00:00Z", None),
            ("2026-11-21T24:00:00Z", None),
            ("2026-11-21T14:60:00Z", None),
            // A leap second has no number of its own: it is the second before.
            ("2016-12-31T23:59:60Z", Some(1_483_228_799)),
            ("2026-11-21 14:30:05Z", Some(1_795_271_405)),
            ("+026-11-21T14:30:05Z", None),
            ("2026-11-21T14:30:0\u{e9}Z", None),
            ("", None),
        ];
        for (text, expected) in table {
            let read = text.parse::<Timestamp>().ok().map(Timestamp::unix);
            assert_eq!(read, expected, "{text}");
        }
    }
}
