//! The reports: what managers read from the tickets.
//!
//! The road is: each ticket becomes its [`Facts`] (one by one, in parallel where the caller likes),
//! a [`Kind`] of report is chosen, and [`run`] computes it within a [`Scope`]. Pure: the caller
//! scans, filters and reads the clock; a report is a typed struct that serialises as JSON.
//!
//! The definitions of the metrics stand in [`mod@metrics`] (shapes and arithmetic) and in the
//! private module `tally` (what counts, and for whom). A new report is one file, one variant of
//! [`Kind`] and one of [`Report`].
//!
//! ```
//! use desk::Zone;
//! use desk::report::{self, Kind, Period, Report, Scope};
//!
//! let period = Period::new(
//!     "2026-03-01T00:00:00Z".parse()?,
//!     "2026-04-01T00:00:00Z".parse()?,
//!     Zone::UTC,
//! )?;
//! let scope = Scope::new(period, period.until, &desk::Policy::default());
//! let Report::Summary(summary) = report::run(Kind::Summary, &[], &scope) else {
//!     unreachable!("a summary was asked for");
//! };
//! assert_eq!(summary.figures.flow.opened, 0);
//! assert_eq!(summary.figures.time_to_resolve.p50, None);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod backlog;
mod facts;
pub mod metrics;
mod moves;
mod period;
mod rows;
#[cfg(test)]
mod story;
mod summary;
mod tally;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

pub use backlog::{Aging, Backlog, OldTicket, PriorityAging, TierAging, Workload};
pub use facts::{Crossing, Facts, Names, Step};
pub(crate) use moves::{facts as facts_of_moves, moves};
pub use period::Period;
pub use rows::{Dimension, NONE, Row, RowFigures, RowName, RowValue, Rows};
pub use summary::{Summary, SummaryFigures};
pub(crate) use tally::Quiet;

use crate::error::{Error, did_you_mean};
use crate::policy::Policy;
use crate::ticket::Timestamp;
use crate::zone::Zone;

/// The version of the reports' JSON.
pub const FORMAT: u32 = 1;

/// Which report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The whole help desk in one table.
    Summary,
    /// The same figures, row by row.
    Rows(Dimension),
    /// What waits to be done.
    Backlog,
}

/// Every report, its name, and what help says of it; in the order in which help lists them.
const KINDS: [(Kind, &str, &str); 11] = [
    (
        Kind::Summary,
        "summary",
        "The whole help desk: flow, times, escalations, reopenings, first contact",
    ),
    (
        Kind::Rows(Dimension::Technician),
        "technicians",
        "What each technician solved, and how fast",
    ),
    (
        Kind::Rows(Dimension::Team),
        "teams",
        "The same figures by team",
    ),
    (
        Kind::Rows(Dimension::Tier),
        "tiers",
        "The same figures by tier of support",
    ),
    (
        Kind::Rows(Dimension::Category),
        "categories",
        "Which problems people have, most frequent first",
    ),
    (
        Kind::Rows(Dimension::Requester),
        "requesters",
        "Who asks for help, and gets it how fast",
    ),
    (
        Kind::Rows(Dimension::Asset),
        "assets",
        "Which machines and licences make work",
    ),
    (
        Kind::Rows(Dimension::Priority),
        "priorities",
        "The same figures by priority",
    ),
    (
        Kind::Rows(Dimension::Kind),
        "kinds",
        "The same figures by kind: incident, request, maintenance, training, problem",
    ),
    (
        Kind::Rows(Dimension::Location),
        "locations",
        "The same figures by location",
    ),
    (
        Kind::Backlog,
        "backlog",
        "What waits to be done: its age, the oldest tickets, each technician's load",
    ),
];

impl Kind {
    /// All of them, in the order in which help lists them.
    pub fn all() -> impl Iterator<Item = Self> {
        KINDS.iter().map(|(kind, ..)| *kind)
    }

    /// The name on the command line and in JSON.
    pub fn as_str(self) -> &'static str {
        self.entry().map_or("", |(_, name, _)| name)
    }

    /// What it is about, in one line.
    pub fn about(self) -> &'static str {
        self.entry().map_or("", |(.., about)| about)
    }

    fn entry(self) -> Option<&'static (Self, &'static str, &'static str)> {
        KINDS.iter().find(|(kind, ..)| *kind == self)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Kind {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        if let Some(kind) = Self::all().find(|kind| kind.as_str() == text) {
            return Ok(kind);
        }
        let error = Error::usage(format!("there is no report `{text}`"));
        Err(match did_you_mean(text, Self::all().map(Self::as_str)) {
            Some(near) => error.with_hint(format!("did you mean `{near}`?")),
            None => {
                let names: Vec<_> = Self::all().map(Self::as_str).collect();
                error.with_hint(format!("the reports are {}", names.join(", ")))
            }
        })
    }
}

/// What a report is computed within.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// The time that it is about.
    pub period: Period,
    /// The instant before which it knows what happened (see [`Period::as_of`]); the facts must
    /// have been taken as of the same.
    pub as_of: Timestamp,
    /// The query that chose the tickets, as it was typed; it is shown, not interpreted.
    pub query: String,
    /// A ticket solved within this many minutes can be a first contact resolution.
    pub first_contact_minutes: u32,
    /// Everybody on the roster, with how many tickets at a time each one takes.
    pub capacity: BTreeMap<String, Option<u32>>,
}

impl Scope {
    /// A period of all tickets, without a roster.
    pub fn new(period: Period, as_of: Timestamp, policy: &Policy) -> Self {
        Self {
            period,
            as_of,
            query: String::new(),
            first_contact_minutes: policy.first_contact_minutes,
            capacity: BTreeMap::new(),
        }
    }
}

/// What every report says first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Head {
    /// The version of the JSON.
    pub desk_report: u32,
    /// Which report it is.
    #[serde(serialize_with = "as_text")]
    pub report: Kind,
    /// The period's first instant.
    pub since: Timestamp,
    /// The first instant after the period.
    pub until: Timestamp,
    /// The zone whose midnights these are.
    #[serde(serialize_with = "as_text")]
    pub zone: Zone,
    /// The instant before which the report knows what happened.
    pub as_of: Timestamp,
    /// The query that chose the tickets; empty for all.
    pub query: String,
}

impl Head {
    fn of(report: Kind, scope: &Scope) -> Self {
        Self {
            desk_report: FORMAT,
            report,
            since: scope.period.since,
            until: scope.period.until,
            zone: scope.period.zone,
            as_of: scope.as_of,
            query: scope.query.clone(),
        }
    }
}

fn as_text<T: fmt::Display, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

/// A report that was computed.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
#[expect(
    clippy::large_enum_variant,
    reason = "a program holds one report or a few, never a list of them"
)]
pub enum Report {
    /// The whole help desk in one table.
    Summary(Summary),
    /// The same figures, row by row.
    Rows(Rows),
    /// What waits to be done.
    Backlog(Backlog),
}

impl Report {
    /// What it is about.
    pub fn head(&self) -> &Head {
        match self {
            Self::Summary(summary) => &summary.head,
            Self::Rows(rows) => &rows.head,
            Self::Backlog(backlog) => &backlog.head,
        }
    }
}

/// Computes a report from the facts of the tickets that it is about, in any order.
pub fn run(kind: Kind, facts: &[Facts], scope: &Scope) -> Report {
    run_beside(kind, facts, &Quiet::default(), scope)
}

/// The same beside tickets that stood still, of which it is enough to know how many they are.
pub(crate) fn run_beside(kind: Kind, facts: &[Facts], quiet: &Quiet, scope: &Scope) -> Report {
    match kind {
        Kind::Summary => Report::Summary(Summary::of(facts, quiet, scope)),
        Kind::Rows(dimension) => Report::Rows(Rows::of(dimension, facts, quiet, scope)),
        Kind::Backlog => Report::Backlog(Backlog::of(facts, scope)),
    }
}
