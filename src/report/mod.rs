//! The reports: what managers read from the tickets.
//!
//! The road is: each ticket becomes its [`Facts`], a [`Kind`] of report is chosen, and a [`Count`]
//! takes the facts in, one ticket after the other, within a [`Scope`]; then it has the [`Report`].
//! Pure: the caller scans, filters and reads the clock; a report is a typed struct that serialises as
//! JSON.
//!
//! Three things are the same in all of them: the period cut in steps (`cut`), what tickets are told
//! apart by ([`Dimension`]), and what is counted ([`Metric`]). The metrics' shapes and arithmetic stand
//! in [`mod@metrics`], what counts, and for whom, in the private modules `book` and `tally`, and their
//! definitions for people in `definitions`. A new report is one file, one variant of [`Kind`] and one of [`Body`].
//!
//! ```
//! use desk::Zone;
//! use desk::report::{self, Body, Kind, Period, Scope};
//!
//! let period = Period::new(
//!     "2026-03-01T00:00:00Z".parse()?,
//!     "2026-04-01T00:00:00Z".parse()?,
//!     Zone::UTC,
//! )?;
//! let scope = Scope::new(period, period.until, &desk::Policy::default());
//! let Body::Summary(summary) = report::run(Kind::Summary, &[], &scope).body else {
//!     unreachable!("a summary was asked for");
//! };
//! assert_eq!(summary.flow.opened, 0);
//! assert_eq!(summary.time_to_resolve.p50, None);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod backlog;
mod book;
mod count;
mod cut;
mod definitions;
mod dimension;
mod facts;
mod kind;
mod metric;
pub mod metrics;
mod moves;
mod period;
mod recurring;
mod register;
mod rows;
mod satisfaction;
#[cfg(test)]
mod story;
mod summary;
#[cfg(test)]
mod sums;
mod table;
mod tally;
#[cfg(test)]
mod tests;
mod time;
mod top;

use std::collections::BTreeMap;
use std::fmt;

use serde::{Serialize, Serializer};

pub use backlog::{Aging, Backlog, OldTicket, PriorityAging, TierAging, Workload};
pub(crate) use backlog::{Standing, named as named_in_backlog};
pub use count::Count;
pub use cut::Unit;
pub use definitions::{Explained, definition, explained, names as defined};
pub(crate) use dimension::Key;
pub use dimension::{Dimension, RowValue};
pub use facts::{Crossing, Facts, Step};
pub use kind::Kind;
pub use metric::{Figure, Metric};
pub(crate) use moves::{facts as facts_of_moves, moves};
pub use period::{Compare, Period};
pub use recurring::{AT_LEAST, Candidate, Recurrence, Recurring};
pub use rows::{Row, RowFigures, RowName, Rows};
pub use satisfaction::{RatingFigures, RatingRow, Ratings};
pub use summary::{FlowFigures, SummaryFigures};
pub use table::{Across, Cellfuls, Column, Crossed, CrossedRow, Table};
pub use time::{TimeRow, TimeSpent};

use crate::error::{Error, Result, did_you_mean};
use crate::policy::Policy;
use crate::ticket::Timestamp;
use crate::zone::Zone;

/// The version of the reports' JSON.
pub const FORMAT: u32 = 1;

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
    /// Everybody on the roster at `as_of`, with how many tickets at a time each one takes; empty for
    /// an instant of the past, of which nobody wrote that down.
    pub capacity: BTreeMap<String, Option<u32>>,
    /// Into which steps the period is cut.
    pub by: Option<Unit>,
    /// With which earlier time it is compared; see [`Scope::before`].
    pub compare: Option<Compare>,
    /// How many rows are wanted, where not all are.
    pub top: Option<usize>,
    /// How often something must have come up to count as recurring, in the period or in the time with
    /// which it is compared.
    pub at_least: u64,
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
            by: None,
            compare: None,
            top: None,
            at_least: AT_LEAST,
        }
    }

    /// The same report of the time with which this one is compared; `None` where it is not. It knows
    /// as much of its period as this one knows of its own: so what came later changes neither. It is
    /// cut as this one is, so that its steps are of the same length.
    pub fn before(&self, kind: Kind) -> Option<Self> {
        let period = self.period.before(self.compare?);
        Some(Self {
            by: self.steps_of(kind),
            period,
            as_of: period.as_far_as(&self.period, self.as_of),
            capacity: BTreeMap::new(),
            compare: None,
            ..self.clone()
        })
    }

    /// Into which steps a report is cut: of `flow` they are the point, also where nobody said which.
    fn steps_of(&self, kind: Kind) -> Option<Unit> {
        let fitting = || (kind == Kind::Flow).then(|| Unit::fitting(&self.period));
        self.by.or_else(fitting)
    }

    /// The first instant at which it matters to a report what happened.
    pub(crate) fn looks_back_to(&self, kind: Kind) -> Timestamp {
        let since = match kind {
            Kind::Recurring => recurring::looks_back_to(self),
            _ => self.period.since,
        };
        since.min(self.as_of)
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
    /// Into which steps the period is cut, if it is.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "as_text_if")]
    pub by: Option<Unit>,
    /// With which earlier time it is compared, if it is.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "as_text_if")]
    pub compare: Option<Compare>,
    /// How many rows were asked for, where not all were.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub top: Option<usize>,
    /// Of how many minutes its definitions are; see [`Scope::first_contact_minutes`].
    #[serde(skip)]
    pub first_contact_minutes: u32,
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
            by: scope.steps_of(report),
            compare: scope.compare,
            top: scope.top,
            first_contact_minutes: scope.first_contact_minutes,
        }
    }
}

#[expect(clippy::ref_option, reason = "serde asks for it")]
fn as_text_if<T: fmt::Display, S: Serializer>(
    value: &Option<T>,
    serializer: S,
) -> std::result::Result<S::Ok, S::Error> {
    match value {
        Some(value) => as_text(value, serializer),
        None => serializer.serialize_none(),
    }
}

fn as_text<T: fmt::Display, S: Serializer>(
    value: &T,
    serializer: S,
) -> std::result::Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

/// A report that was computed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// What it is about.
    #[serde(flatten)]
    pub head: Head,
    /// What it says of the whole period.
    #[serde(flatten)]
    pub body: Body,
    /// What it says of each step, where the period is cut into some.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub series: Option<Vec<Stretch>>,
    /// The same of the time with which it is compared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous: Option<Box<Report>>,
}

/// One step of a series.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Stretch {
    /// Its first instant.
    pub since: Timestamp,
    /// The first instant after it.
    pub until: Timestamp,
    /// What is said of it.
    #[serde(flatten)]
    pub body: Body,
}

/// What a report says.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
#[expect(
    clippy::large_enum_variant,
    reason = "a program holds one report or a few, and a series as long as a page"
)]
pub enum Body {
    /// The whole help desk in one table.
    Summary(SummaryFigures),
    /// The same figures, row by row.
    Rows(Rows),
    /// What waits to be done.
    Backlog(Backlog),
    /// Openings and crossings.
    Flow(FlowFigures),
    /// Where tickets spend their time.
    Time(TimeSpent),
    /// What comes back.
    Recurring(Recurring),
    /// What requesters thought of it.
    Satisfaction(Ratings),
    /// Two things crossed.
    Table(Crossed),
}

/// Tickets to which nothing happened in the period of a report nor later, and that are in the backlog
/// all the while.
#[derive(Debug, Clone)]
pub(crate) struct Quiet {
    /// How they stand, by each dimension of [`Kind::standing`], and [`Key::Whole`] behind these. Of those
    /// that stand so it is told once.
    pub(crate) keys: [Key; 3],
    /// How many they are.
    pub(crate) tickets: u64,
}

/// Computes a report from the facts of the tickets that it is about, in any order. What it is
/// compared with is a report of its own, of [`Scope::before`]; see [`Report::beside`].
pub fn run(kind: Kind, facts: &[Facts], scope: &Scope) -> Report {
    let mut count = Count::new(kind, scope);
    facts.iter().for_each(|ticket| count.ticket(ticket));
    count.finish()
}

impl Report {
    /// The report beside the one of the time with which it is compared.
    #[must_use]
    pub fn beside(mut self, previous: Self) -> Self {
        self.previous = Some(Box::new(previous));
        self
    }
}

/// What has this name; what has none is an error that says what was meant.
fn named<T: Copy>(
    what: &str,
    text: &str,
    known: &[T],
    name: impl Fn(T) -> &'static str,
) -> Result<T> {
    if let Some(found) = known.iter().find(|known| name(**known) == text) {
        return Ok(*found);
    }
    let names: Vec<&str> = known.iter().map(|known| name(*known)).collect();
    let error = Error::usage(format!("there is no {what} `{text}`"));
    Err(match did_you_mean(text, names.iter().copied()) {
        Some(near) => error.with_hint(format!("did you mean `{near}`?")),
        None => error.with_hint(format!("there are {}", names.join(", "))),
    })
}
