//! How one ticket is tied to another: by a link, or by having been merged into it.
//!
//! A tie is written in the file of one of the two, and what is asked from the other side is derived
//! from all files: so both kinds have names from one vocabulary.

use std::str::FromStr;

use serde::{Serialize, Serializer};

use super::{LinkKind, State, TicketId};

/// How one ticket is tied to another; read from the ticket that holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tie {
    /// By a link.
    Link(LinkKind),
    /// It was merged into it.
    Merge,
}

/// The name of [`Tie::Merge`], beside those of links.
const MERGE: &str = "merged-into";

impl Tie {
    /// The name in queries and in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Link(kind) => kind.as_str(),
            Self::Merge => MERGE,
        }
    }

    /// Every tie that a ticket holds.
    pub fn all_of(state: &State) -> impl Iterator<Item = (TicketId, Self)> {
        let links = state.links.iter();
        let links = links.map(|link| (link.to, Self::Link(link.kind)));
        links.chain(state.merged_into.map(|into| (into, Self::Merge)))
    }
}

impl Serialize for Tie {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl FromStr for Tie {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match name {
            MERGE => Ok(Self::Merge),
            kind => kind.parse().map(Self::Link),
        }
    }
}
