//! `report technicians`, `report categories` and the like: the figures of the summary, by a
//! dimension.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::Arc;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::book::{Book, Place, Split, Tallies};
use super::count::Counting;
use super::cut::Cut;
use super::dimension::{Dimension, RowValue};
use super::metrics::{Durations, FirstResponse, Flow, Occurrences, Satisfaction, Share};
use super::tally::{Backlog, Tally};
use super::{Body, Facts, Quiet, Scope};

impl Dimension {
    /// The figure that puts the rows in order: what comes in of what asks for help, what goes out
    /// of who gives it.
    fn weight(self, tally: &Tally) -> u64 {
        match self {
            Self::Category | Self::Requester | Self::Asset => tally.opened(),
            _ => tally.solved(),
        }
    }
}

/// The figures of a period, row by row.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Rows {
    /// What the rows are by.
    #[serde(skip)]
    pub dimension: Dimension,
    /// The largest first, then by name.
    pub rows: Vec<Row>,
}

/// One row.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    /// Whose row it is.
    #[serde(flatten)]
    pub name: RowName,
    /// What it says; rows of which there is nothing to say but the same backlog have them together, and
    /// these can be most of very many.
    #[serde(flatten, serialize_with = "as_they_are")]
    pub figures: Arc<RowFigures>,
}

fn as_they_are<S: Serializer>(figures: &RowFigures, serializer: S) -> Result<S::Ok, S::Error> {
    figures.serialize(serializer)
}

/// Whose row it is; in JSON a key named after the dimension: `"technician":"minh"`, `"tier":2`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowName {
    /// What the rows are by.
    pub dimension: Dimension,
    /// Which one.
    pub value: RowValue,
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
    /// What was counted, as far as it has a meaning where tickets are split so.
    pub(super) fn of(split: Split, tally: Tally) -> Self {
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
    /// The rows to which anything at all was credited, by what was solved (categories, requesters
    /// and assets: opened), the largest first, then by name.
    fn of(dimension: Dimension, tallies: Tallies) -> Self {
        let value = |((row, _), tally): (Place, Tally)| (RowValue::from(row), tally);
        let mut tallies: Vec<(RowValue, Tally)> = tallies.into_iter().map(value).collect();
        // Before they become rows, which are ten times as large. Most come by name already, of the same
        // weight, which a stable sort sees.
        tallies.sort_by(|(a, of_a), (b, of_b)| {
            let weight = |tally| Reverse(dimension.weight(tally));
            weight(of_a).cmp(&weight(of_b)).then_with(|| a.cmp(b))
        });
        let of = |tally| Arc::new(RowFigures::of(Split::by(dimension), tally));
        let mut known: HashMap<Backlog, Arc<RowFigures>> = HashMap::new();
        let row = |(value, tally): (RowValue, Tally)| Row {
            name: RowName { dimension, value },
            figures: match tally.only_backlog() {
                Some(backlog) => Arc::clone(known.entry(backlog).or_insert_with(|| of(tally))),
                None => of(tally),
            },
        };
        let rows = tallies.into_iter().map(row).collect();
        Self { dimension, rows }
    }
}

/// Counts row by row.
pub(super) struct ByRow {
    dimension: Dimension,
    book: Book,
}

impl ByRow {
    pub(super) fn new(dimension: Dimension, cut: Cut, scope: &Scope) -> Self {
        let book = Book::new(Split::by(dimension), cut, scope);
        Self { dimension, book }
    }
}

impl Counting for ByRow {
    fn ticket(&mut self, ticket: &Facts) {
        self.book.ticket(ticket);
    }

    fn quiet(&mut self, quiet: Quiet) {
        self.book.quiet(quiet);
    }

    fn finish(self: Box<Self>) -> Vec<Body> {
        let steps = self.book.finish().into_iter();
        let rows = |tallies| Body::Rows(Rows::of(self.dimension, tallies));
        steps.map(rows).collect()
    }
}
