//! `report technicians`, `report categories` and the like: the figures of the summary, by a
//! dimension.
//!
//! A technician, a team or a tier has a ticket for a while, and is credited with what happened in
//! that while. A category or a requester is a property of the ticket: what it is as of the report
//! counts for all that ever happened, so that each row adds up.

use std::cmp::Reverse;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::metrics::{Durations, FirstResponse, Flow, Occurrences, Satisfaction, Share};
use super::tally::{Key, Quiet, Split, Tally, tallies};
use super::{Facts, Head, Kind, Scope, Step};

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
}

/// The row of what nobody has, and of tickets that do not say.
pub const NONE: &str = "none";

impl Dimension {
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
        }
    }

    /// Whether a ticket moves from row to row in its life.
    pub(super) fn moves(self) -> bool {
        matches!(self, Self::Technician | Self::Team | Self::Tier)
    }

    /// The row of something that happened to a ticket while it stood at `step`.
    pub(super) fn key<'a>(self, ticket: &'a Facts, step: &'a Step) -> Key<'a> {
        let name = match self {
            Self::Tier => return Key::Number(step.tier.0),
            Self::Priority => return Key::Number(ticket.priority.get()),
            Self::Technician => step.assignee.as_deref(),
            Self::Team => step.team.as_deref(),
            Self::Category => ticket.category.as_deref(),
            Self::Requester => ticket.requester.as_deref(),
            Self::Asset => ticket.asset.as_deref(),
            Self::Kind => ticket.kind.map(crate::ticket::Kind::as_str),
            Self::Location => ticket.location.as_deref(),
        };
        Key::Name(name.unwrap_or(NONE))
    }

    /// The figure that puts the rows in order: what comes in of what asks for help, what goes out
    /// of who gives it.
    fn weight(self, row: &RowFigures) -> u64 {
        match self {
            Self::Category | Self::Requester | Self::Asset => row.opened.unwrap_or(0),
            _ => row.solved,
        }
    }
}

/// The figures of a period, row by row.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Rows {
    /// What the report is about.
    #[serde(flatten)]
    pub head: Head,
    /// The largest first, then by name.
    pub rows: Vec<Row>,
}

/// One row.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    /// Whose row it is.
    #[serde(flatten)]
    pub name: RowName,
    /// What it says.
    #[serde(flatten)]
    pub figures: RowFigures,
}

/// Whose row it is; in JSON a key named after the dimension: `"technician":"minh"`, `"tier":2`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowName {
    /// What the rows are by.
    pub dimension: Dimension,
    /// Which one.
    pub value: RowValue,
}

/// A technician's login, a tier's number, and so on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(untagged)]
pub enum RowValue {
    /// Of a tier or a priority.
    Number(u8),
    /// Of everything else; [`NONE`] is nobody or nothing.
    Name(String),
}

impl RowValue {
    /// The row of those that have none.
    pub(crate) fn none() -> Self {
        Self::Name(NONE.to_owned())
    }
}

impl Serialize for RowName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry(self.dimension.as_str(), &self.value)?;
        map.end()
    }
}

/// The figures of one row. They are those of the summary, each credited to the row that had the
/// ticket then, or that the ticket belongs to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RowFigures {
    /// Tickets opened; `None` of technicians, who open none.
    pub opened: Option<u64>,
    /// Solves, merged and voided ones apart.
    pub solved: u64,
    /// Distinct tickets solved.
    pub solved_tickets: u64,
    /// Active tickets at the end of the period.
    pub backlog_end: u64,
    /// From opening to first solve, in seconds; credited to the first solve.
    pub time_to_resolve: Durations,
    /// From opening to last solve, in seconds; credited to the last solve.
    pub full_time_to_resolve: Durations,
    /// Of tickets opened; `None` of technicians.
    pub first_response: Option<FirstResponse>,
    /// Credited to who had solved it; over `solved_tickets`.
    pub reopened: Occurrences,
    /// Credited to who had it just before; over `opened`.
    pub escalated: Occurrences,
    /// Of the tickets solved, those that two or more technicians had before.
    pub reassigned: Share,
    /// Of the tickets solved; see [`super::SummaryFigures`].
    pub first_contact_resolution: Share,
    /// Of the tickets solved.
    pub one_touch_resolution: Share,
    /// Of the tickets solved.
    pub first_tier_resolution: Share,
    /// Credited to the last solve.
    pub satisfaction: Satisfaction,
    /// The flow, which adds up; `None` where tickets move from row to row.
    pub flow: Option<Flow>,
}

impl RowFigures {
    fn of(split: Split, tally: Tally) -> Self {
        let done = tally.finish();
        let has_openings = split.has_openings();
        Self {
            opened: has_openings.then_some(done.flow.opened),
            solved: done.solved,
            solved_tickets: done.solved_tickets,
            backlog_end: done.flow.backlog_end,
            time_to_resolve: done.time_to_resolve,
            full_time_to_resolve: done.full_time_to_resolve,
            first_response: has_openings.then_some(done.first_response),
            reopened: done.reopened,
            escalated: done.escalated,
            reassigned: done.reassigned,
            first_contact_resolution: done.first_contact_resolution,
            one_touch_resolution: done.one_touch_resolution,
            first_tier_resolution: done.first_tier_resolution,
            satisfaction: done.satisfaction,
            flow: split.adds_up().then_some(done.flow),
        }
    }
}

impl Rows {
    /// Computes the rows of a period: those to which anything at all was credited, by what was
    /// solved (categories, requesters and assets: opened), the largest first, then by name.
    pub(super) fn of(dimension: Dimension, facts: &[Facts], quiet: &Quiet, scope: &Scope) -> Self {
        let split = Split::By(dimension);
        let mut rows: Vec<Row> = tallies(split, facts, quiet, scope)
            .into_iter()
            .map(|(key, tally)| Row {
                name: RowName {
                    dimension,
                    value: key.into(),
                },
                figures: RowFigures::of(split, tally),
            })
            .collect();
        rows.sort_unstable_by(|a, b| {
            let weight = |row: &Row| Reverse(dimension.weight(&row.figures));
            let by_weight = weight(a).cmp(&weight(b));
            by_weight.then_with(|| a.name.value.cmp(&b.name.value))
        });
        Self {
            head: Head::of(Kind::Rows(dimension), scope),
            rows,
        }
    }
}

impl From<Key<'_>> for RowValue {
    fn from(key: Key<'_>) -> Self {
        match key {
            Key::Number(number) => Self::Number(number),
            Key::Name(name) => Self::Name(name.to_owned()),
            Key::Whole => Self::Name(NONE.to_owned()),
        }
    }
}
