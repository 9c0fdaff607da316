//! What tickets are told apart by.
//!
//! A technician, a team or a tier has a ticket for a while, and is credited with what happened in
//! that while. A category or a requester is a property of the ticket: what it is as of the report
//! counts for all that ever happened, so that each row adds up.

use std::borrow::Cow;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;
use std::sync::Arc;

use serde::{Serialize, Serializer};

use super::{Facts, Step};
use crate::error::{Error, Result};

/// What a report has its rows by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dimension {
    /// The assignee at that time.
    Technician,
    /// The team at that time.
    Team,
    /// The tier at that time.
    Tier,
    /// The category as of the report.
    Category,
    /// Who asked, as of the report.
    Requester,
    /// The asset as of the report.
    Asset,
    /// The priority as of the report.
    Priority,
    /// The kind as of the report.
    Kind,
    /// The location as of the report.
    Location,
    /// The status at that time.
    Status,
}

/// How the row of what nobody has, and of tickets that do not say, is called in a text; in a query too.
const NONE: &str = "none";

impl Dimension {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Technician,
        Self::Team,
        Self::Tier,
        Self::Category,
        Self::Requester,
        Self::Asset,
        Self::Priority,
        Self::Kind,
        Self::Location,
        Self::Status,
    ];

    /// The name of the key in a row.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Technician => "technician",
            Self::Team => "team",
            Self::Tier => "tier",
            Self::Category => "category",
            Self::Requester => "requester",
            Self::Asset => "asset",
            Self::Priority => "priority",
            Self::Kind => "kind",
            Self::Location => "location",
            Self::Status => "status",
        }
    }

    /// Whether a ticket moves from row to row in its life.
    pub(super) fn moves(self) -> bool {
        matches!(
            self,
            Self::Technician | Self::Team | Self::Tier | Self::Status
        )
    }

    /// The row of something that happened to a ticket while it stood at `step`.
    pub(super) fn key(self, ticket: &Facts, step: &Step) -> Key {
        let name = match self {
            Self::Tier => return Key::Number(step.tier.0),
            Self::Priority => return Key::Number(ticket.priority.get()),
            Self::Status => return Key::Word(step.status.as_str()),
            Self::Kind => {
                let kind = ticket.kind.map(|kind| kind.as_str());
                return kind.map_or(Key::Absent, Key::Word);
            }
            Self::Technician => &step.assignee,
            Self::Team => &step.team,
            Self::Category => &ticket.category,
            Self::Requester => &ticket.requester,
            Self::Asset => &ticket.asset,
            Self::Location => &ticket.location,
        };
        name.as_ref()
            .map_or(Key::Absent, |name| Key::Name(Arc::clone(name)))
    }
}

impl fmt::Display for Dimension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Dimension {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        super::named("dimension", text, &Self::ALL, |known| known.as_str())
    }
}

impl Serialize for Dimension {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// Which row of a dimension, while rows are counted: cheap to copy and to look up.
#[derive(Debug, Clone)]
pub(crate) enum Key {
    /// The only row, where tickets are not told apart.
    Whole,
    /// Of what nobody has, and of tickets that do not say.
    Absent,
    /// A tier or a priority.
    Number(u8),
    /// What the program itself has a word for.
    Word(&'static str),
    /// Everything else.
    Name(Arc<str>),
}

impl Key {
    /// What it reads, if it does so. A word and a name are the same where they read the same.
    fn text(&self) -> Option<&str> {
        match self {
            Self::Word(word) => Some(word),
            Self::Name(name) => Some(name),
            Self::Whole | Self::Absent | Self::Number(_) => None,
        }
    }

    /// Which one it is of those that read nothing.
    fn number(&self) -> u16 {
        match self {
            Self::Whole => 0,
            Self::Number(number) => 1 + u16::from(*number),
            Self::Absent | Self::Word(_) | Self::Name(_) => u16::MAX,
        }
    }
}

/// Looked up for each thing that happened to each ticket, so that no text is compared or hashed where
/// there is none: with some C libraries, to compare nothing with nothing takes longer than a name.
impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        match (self.text(), other.text()) {
            (Some(text), Some(other)) => text == other,
            (None, None) => self.number() == other.number(),
            (Some(_), None) | (None, Some(_)) => false,
        }
    }
}

impl Eq for Key {}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self.text() {
            Some(text) => text.hash(state),
            None => self.number().hash(state),
        }
    }
}

/// A technician's login, a tier's number, and so on.
///
/// It reads as a query asks for it, in JSON too: nobody is `none`, and who is called so stands between
/// quotes.
///
/// ```
/// use desk::report::RowValue;
///
/// let name = |name: &str| RowValue::Name(name.into());
/// assert_eq!(RowValue::Absent.to_string(), "none");
/// assert_eq!(name("none").to_string(), "\"none\"");
/// assert_eq!(name("None").to_string(), "\"None\"");
/// assert_eq!(name("nona").to_string(), "nona");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RowValue {
    /// Of a tier or a priority.
    Number(u8),
    /// Of everything else that has a name; there can be very many of these, and a report is made and shown
    /// without a copy of any.
    Name(Arc<str>),
    /// Of what nobody has, and of tickets that do not say.
    Absent,
}

impl RowValue {
    /// The value as it reads.
    pub fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Number(number) => Cow::Owned(number.to_string()),
            // Also what is between quotes already: no two values read the same.
            Self::Name(name) if name.trim_matches('"').eq_ignore_ascii_case(NONE) => {
                Cow::Owned(format!("\"{name}\""))
            }
            Self::Name(name) => Cow::Borrowed(name),
            Self::Absent => Cow::Borrowed(NONE),
        }
    }
}

impl fmt::Display for RowValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            text => f.pad(&text.text()),
        }
    }
}

impl Serialize for RowValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Number(number) => number.serialize(serializer),
            text => serializer.collect_str(text),
        }
    }
}

impl From<Key> for RowValue {
    fn from(key: Key) -> Self {
        match key {
            Key::Whole | Key::Absent => Self::Absent,
            Key::Number(number) => Self::Number(number),
            Key::Word(word) => Self::Name(word.into()),
            Key::Name(name) => Self::Name(name),
        }
    }
}
