//! `report summary`: the whole help desk in one table.

use serde::Serialize;

use super::book::{Book, Split, of_all};
use super::count::Counting;
use super::cut::Cut;
use super::metrics::{Durations, FirstResponse, Flow, Occurrences, Satisfaction, Share};
use super::tally::Tally;
use super::{Body, Facts, Quiet, Scope};

/// Openings and crossings alone, as `report flow` has them, step by step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FlowFigures {
    /// Openings and crossings. Its start and end are counted, not reckoned from the rest.
    pub flow: Flow,
}

/// The figures of a summary.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SummaryFigures {
    /// Openings and crossings. Its start and end are counted, not reckoned from the rest.
    pub flow: Flow,
    /// From opening to first solve, of tickets first solved in the period; calendar time.
    pub time_to_resolve: Durations,
    /// From opening to last solve, of tickets last solved in the period and solved at its end.
    pub full_time_to_resolve: Durations,
    /// From opening to the first answer by somebody else, of tickets opened in the period.
    pub first_response: FirstResponse,
    /// Escalated upwards; the rate is over tickets opened.
    pub escalated: Occurrences,
    /// Reopened; the rate is over tickets solved.
    pub reopened: Occurrences,
    /// Solved after two or more technicians had them, of tickets solved.
    pub reassigned: Share,
    /// Solved at tier 1 soon after the opening, by one technician and without a question.
    pub first_contact_resolution: Share,
    /// Solved at tier 1 by one technician, however long it took.
    pub one_touch_resolution: Share,
    /// Solved at tier 1 without escalation.
    pub first_tier_resolution: Share,
    /// Distinct tickets solved in the period, merged and voided ones apart.
    pub solved_tickets: u64,
    /// What requesters thought of it, of tickets last solved in the period.
    pub satisfaction: Satisfaction,
}

impl SummaryFigures {
    fn of(tally: Tally) -> Self {
        let done = tally.finish();
        Self {
            flow: done.flow,
            time_to_resolve: done.time_to_resolve,
            full_time_to_resolve: done.full_time_to_resolve,
            first_response: done.first_response,
            escalated: done.escalated,
            reopened: done.reopened,
            reassigned: done.reassigned,
            first_contact_resolution: done.first_contact_resolution,
            one_touch_resolution: done.one_touch_resolution,
            first_tier_resolution: done.first_tier_resolution,
            solved_tickets: done.solved_tickets,
            satisfaction: done.satisfaction,
        }
    }
}

/// Counts what is told of all tickets together.
pub(super) struct Whole {
    book: Book,
    tell: fn(Tally) -> Body,
}

impl Whole {
    /// Of which the summary tells.
    pub(super) fn summary(cut: Cut, scope: &Scope) -> Self {
        Self::new(cut, scope, |tally| Body::Summary(SummaryFigures::of(tally)))
    }

    /// Of which the flow is told.
    pub(super) fn flow(cut: Cut, scope: &Scope) -> Self {
        Self::new(cut, scope, |tally| {
            let flow = tally.finish().flow;
            Body::Flow(FlowFigures { flow })
        })
    }

    fn new(cut: Cut, scope: &Scope, tell: fn(Tally) -> Body) -> Self {
        let book = Book::new(Split::default(), cut, scope);
        Self { book, tell }
    }
}

impl Counting for Whole {
    fn ticket(&mut self, ticket: &Facts) {
        self.book.ticket(ticket);
    }

    fn quiet(&mut self, quiet: Quiet) {
        self.book.quiet(quiet);
    }

    fn finish(self: Box<Self>) -> Vec<Body> {
        let steps = self.book.finish().into_iter();
        steps.map(|step| (self.tell)(of_all(step))).collect()
    }
}
