//! `report summary`: the whole help desk in one table.

use serde::Serialize;

use super::metrics::{Durations, FirstResponse, Flow, Occurrences, Satisfaction, Share};
use super::tally::{Key, Quiet, Split, tallies};
use super::{Facts, Head, Kind, Scope};

/// The summary of a period.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Summary {
    /// What the report is about.
    #[serde(flatten)]
    pub head: Head,
    /// What it says.
    #[serde(flatten)]
    pub figures: SummaryFigures,
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

impl Summary {
    /// Computes the summary of a period.
    pub(super) fn of(facts: &[Facts], quiet: &Quiet, scope: &Scope) -> Self {
        Self {
            head: Head::of(Kind::Summary, scope),
            figures: SummaryFigures::of(facts, quiet, scope),
        }
    }
}

impl SummaryFigures {
    /// Computes the figures of a period.
    pub(super) fn of(facts: &[Facts], quiet: &Quiet, scope: &Scope) -> Self {
        let whole = tallies(Split::Whole, facts, quiet, scope).remove(&Key::Whole);
        let done = whole.unwrap_or_default().finish();
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
