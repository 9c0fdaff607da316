//! What a ticket is called: its number, and the reference that another system gave it.

use std::fmt;
use std::num::NonZeroU64;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize};

use crate::composed::composed;

/// A ticket's number. It never changes and is never given to another ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TicketId(NonZeroU64);

impl TicketId {
    /// The first number of a help desk.
    pub const FIRST: Self = Self(NonZeroU64::MIN);

    /// `None` for 0, which is no ticket's number.
    pub fn new(number: u64) -> Option<Self> {
        NonZeroU64::new(number).map(Self)
    }

    /// The number.
    pub fn get(self) -> u64 {
        self.0.get()
    }

    /// The number after this one.
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for TicketId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The name that another system gave a ticket: unique, and never mistaken for a number.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Reference(String);

/// The longest reference, in bytes.
const LONGEST_REFERENCE: usize = 200;

impl Reference {
    /// The reference as it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Reference {
    type Err = String;

    /// A reference has a character that is not a digit, begins with neither `-` nor `#`, and holds
    /// neither white space nor control characters: so it is one word in a shell and on one line.
    fn from_str(text: &str) -> Result<Self, String> {
        let why = if text.is_empty() {
            "is empty"
        } else if text.bytes().all(|b| b.is_ascii_digit()) {
            "has digits only, and would be taken for a number; give it a prefix, as in `rt:1042`"
        } else if text.starts_with(['-', '#']) {
            "begins with `-` or `#`"
        } else if text.chars().any(|c| c.is_control() || c.is_whitespace()) {
            "holds white space or control characters"
        } else if text.len() > LONGEST_REFERENCE {
            "is longer than 200 bytes"
        } else {
            return Ok(Self(composed(text).into_owned()));
        };
        Err(format!("reference `{text}` {why}"))
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<'de> Deserialize<'de> for Reference {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

/// What somebody types to mean a ticket: `1042`, `#1042`, or a reference.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(untagged)]
pub enum TicketName {
    /// A number that a ticket can have.
    Id(TicketId),
    /// All digits is always a number, even one that no ticket can have (`0`, or past 64 bits).
    NoSuchNumber(String),
    /// Anything else.
    Reference(String),
}

impl From<TicketId> for TicketName {
    fn from(id: TicketId) -> Self {
        Self::Id(id)
    }
}

impl FromStr for TicketName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let digits = text.strip_prefix('#').unwrap_or(text);
        if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) {
            return Ok(match digits.parse().ok().and_then(TicketId::new) {
                Some(id) => Self::Id(id),
                None => Self::NoSuchNumber(digits.to_owned()),
            });
        }
        if text.is_empty() {
            return Err("a ticket is named by its number or its reference, not by nothing".into());
        }
        Ok(Self::Reference(composed(text).into_owned()))
    }
}

impl fmt::Display for TicketName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => id.fmt(f),
            Self::NoSuchNumber(text) | Self::Reference(text) => text.fmt(f),
        }
    }
}

impl<'de> Deserialize<'de> for TicketName {
    /// A JSON number or a JSON string.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged, expecting = "a ticket is named by a number or a string")]
        enum Raw {
            Number(u64),
            Text(String),
        }
        match Raw::deserialize(deserializer)? {
            Raw::Number(number) => number.to_string().parse(),
            Raw::Text(text) => text.parse(),
        }
        .map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_always_a_number() {
        let id = |n| TicketName::Id(TicketId::new(n).unwrap_or(TicketId::FIRST));
        let none = |text: &str| TicketName::NoSuchNumber(text.to_owned());
        let reference = |text: &str| TicketName::Reference(text.to_owned());
        let table = [
            ("1042", id(1042)),
            ("#1042", id(1042)),
            ("0007", id(7)),
            ("0", none("0")),
            ("99999999999999999999", none("99999999999999999999")),
            ("INC0000045", reference("INC0000045")),
            ("-1", reference("-1")),
            ("../x", reference("../x")),
            ("#", reference("#")),
        ];
        for (text, expected) in table {
            assert_eq!(text.parse(), Ok(expected), "{text}");
        }
        assert!("".parse::<TicketName>().is_err());
    }

    #[test]
    fn a_reference_cannot_be_taken_for_something_else() {
        for bad in ["", "1042", "-x", "#x", "a b", "a\nb", "a\u{1b}b"] {
            assert!(bad.parse::<Reference>().is_err(), "{bad:?}");
        }
        for good in ["INC0000045", "rt:1042", "../x", "máy-in", "a-1"] {
            assert!(good.parse::<Reference>().is_ok(), "{good:?}");
        }
        assert!("x".repeat(201).parse::<Reference>().is_err());
    }
}
