//! What is counted in one row of a report, and the figures that it comes to.

use super::Facts;
use super::metrics::{
    Durations, FirstResponse, Flow, Occurrences, Satisfaction, Share, Stars, rate,
};
use crate::ticket::Status;

/// How a solve came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Manner {
    /// Two or more technicians had the ticket, one after the other.
    reassigned: bool,
    /// First contact resolution.
    first_contact: bool,
    /// One touch resolution.
    one_touch: bool,
    /// First tier resolution.
    first_tier: bool,
}

impl Manner {
    /// Of the solve at a step.
    pub(super) fn of(ticket: &Facts, at: usize, first_contact_seconds: i64) -> Self {
        let (before, solve) = (&ticket.steps()[..at], &ticket.steps()[at]);
        let first_tier = ticket.is_of_first_tier(at);
        let reassigned = ticket.was_reassigned(at);
        let one_touch = first_tier && !reassigned && !ticket.was_reopened();
        let at_once = solve.at.seconds_since(ticket.opened()) <= first_contact_seconds
            && before
                .iter()
                .all(|s| s.status != Status::Pending && !s.requester_wrote);
        Self {
            reassigned,
            first_contact: one_touch && at_once,
            one_touch,
            first_tier,
        }
    }
}

/// The figures of one row while they are counted. Most of many rows have a backlog, and no more.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) backlog: Backlog,
    counts: Option<Box<Counts>>,
}

/// Active tickets at the start and at the end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(super) struct Backlog {
    pub(super) start: u64,
    pub(super) end: u64,
}

/// What is counted beside the backlog.
#[derive(Debug, Default)]
pub(super) struct Counts {
    /// The flow from backlog to backlog.
    pub(super) flow: Flow,
    solved: Counter,
    pub(super) reopened: Counter,
    pub(super) escalated: Counter,
    reassigned: u64,
    first_contact: u64,
    one_touch: u64,
    first_tier: u64,
    pub(super) stars: Stars,
    pub(super) no_response: u64,
    pub(super) live: u64,
    pub(super) first_response: Vec<i64>,
    pub(super) time_to_resolve: Vec<i64>,
    pub(super) full_time_to_resolve: Vec<i64>,
}

impl Counts {
    pub(super) fn solve(&mut self, ticket: usize, manner: Manner) {
        if !self.solved.count(ticket) {
            return;
        }
        self.reassigned += u64::from(manner.reassigned);
        self.first_contact += u64::from(manner.first_contact);
        self.one_touch += u64::from(manner.one_touch);
        self.first_tier += u64::from(manner.first_tier);
    }
}

impl Tally {
    /// What is counted beside the backlog, which there is from now on.
    pub(super) fn counts(&mut self) -> &mut Counts {
        self.counts.get_or_insert_default()
    }

    /// The backlog, where nothing else was counted.
    pub(super) fn only_backlog(&self) -> Option<Backlog> {
        self.counts.is_none().then_some(self.backlog)
    }

    /// Openings.
    pub(super) fn opened(&self) -> u64 {
        self.counts.as_ref().map_or(0, |counts| counts.flow.opened)
    }

    /// Solves, merged and voided ones apart.
    pub(super) fn solved(&self) -> u64 {
        self.counts
            .as_ref()
            .map_or(0, |counts| counts.solved.events)
    }

    /// What was counted, in figures.
    pub(super) fn finish(self) -> Finished {
        let counts = self.counts.map(|counts| *counts).unwrap_or_default();
        let solved_tickets = counts.solved.tickets;
        let of_solved = |tickets| Share::new(tickets, solved_tickets);
        let flow = Flow {
            backlog_start: self.backlog.start,
            backlog_end: self.backlog.end,
            ..counts.flow
        };
        Finished {
            flow,
            solved: counts.solved.events,
            solved_tickets,
            time_to_resolve: Durations::of(counts.time_to_resolve),
            full_time_to_resolve: Durations::of(counts.full_time_to_resolve),
            first_response: FirstResponse::new(
                counts.first_response,
                counts.no_response,
                counts.live,
            ),
            escalated: counts.escalated.over(flow.opened),
            reopened: counts.reopened.over(solved_tickets),
            reassigned: of_solved(counts.reassigned),
            first_contact_resolution: of_solved(counts.first_contact),
            one_touch_resolution: of_solved(counts.one_touch),
            first_tier_resolution: of_solved(counts.first_tier),
            satisfaction: Satisfaction::new(&counts.stars, solved_tickets),
            stars: counts.stars,
        }
    }
}

/// All figures of one row; each report shows the ones that have a meaning in it.
pub(super) struct Finished {
    pub(super) flow: Flow,
    /// Solves, merged and voided ones apart.
    pub(super) solved: u64,
    pub(super) solved_tickets: u64,
    pub(super) time_to_resolve: Durations,
    pub(super) full_time_to_resolve: Durations,
    pub(super) first_response: FirstResponse,
    pub(super) escalated: Occurrences,
    pub(super) reopened: Occurrences,
    pub(super) reassigned: Share,
    pub(super) first_contact_resolution: Share,
    pub(super) one_touch_resolution: Share,
    pub(super) first_tier_resolution: Share,
    pub(super) satisfaction: Satisfaction,
    pub(super) stars: Stars,
}

/// Counts events, and the distinct tickets that they happened to. Ticket comes after ticket, so
/// that the last one is all it has to remember.
#[derive(Debug, Default)]
pub(super) struct Counter {
    tickets: u64,
    events: u64,
    last: Option<usize>,
}

impl Counter {
    /// Counts an event; whether it is the first one of its ticket.
    pub(super) fn count(&mut self, ticket: usize) -> bool {
        let is_new = self.last != Some(ticket);
        self.last = Some(ticket);
        self.tickets += u64::from(is_new);
        self.events += 1;
        is_new
    }

    fn over(&self, of: u64) -> Occurrences {
        Occurrences {
            tickets: self.tickets,
            events: self.events,
            rate: rate(self.tickets, of),
        }
    }
}
