//! Counting: what happened to tickets in a period, each happening under the row that it belongs to.
//!
//! The summary is the table with one row. So the rules of the metrics stand here once, and the
//! reports differ only in their [`Split`]: which row a happening is credited to, and which figures
//! a row has.

use std::collections::HashMap;

use super::metrics::{Durations, FirstResponse, Flow, Occurrences, Satisfaction, Share, rate};
use super::rows::{Dimension, RowValue};
use super::{Crossing, Facts, Period, Scope, Step};
use crate::ticket::{Direction, Status, Tier};

/// How tickets are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Split {
    /// Not at all.
    Whole,
    /// By a dimension.
    By(Dimension),
}

/// What a row is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Key<'a> {
    /// The only row.
    Whole,
    /// A tier or a priority.
    Number(u8),
    /// Everything else.
    Name(&'a str),
}

/// Tickets to which nothing happened in the period of a report nor later, and that are in the backlog
/// all the while: how many of them there are, by row.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Quiet(pub(crate) Vec<(Option<RowValue>, u64)>);

impl<'a> From<&'a Option<RowValue>> for Key<'a> {
    fn from(value: &'a Option<RowValue>) -> Self {
        match value {
            Some(RowValue::Number(number)) => Self::Number(*number),
            Some(RowValue::Name(name)) => Self::Name(name),
            None => Self::Whole,
        }
    }
}

impl Split {
    /// The row of something that happened to a ticket while it stood at `step`.
    fn key<'a>(self, ticket: &'a Facts, step: &'a Step) -> Key<'a> {
        match self {
            Self::Whole => Key::Whole,
            Self::By(dimension) => dimension.key(ticket, step),
        }
    }

    /// Whether a ticket stays in one row, so that the flow of each row adds up.
    pub(super) fn adds_up(self) -> bool {
        match self {
            Self::Whole => true,
            Self::By(dimension) => !dimension.moves(),
        }
    }

    /// Whether a ticket is opened in a row: a technician solves tickets, and opens none.
    pub(super) fn has_openings(self) -> bool {
        self != Self::By(Dimension::Technician)
    }
}

/// The tallies of a period, one for each row to which anything was credited.
pub(super) fn tallies<'a>(
    split: Split,
    facts: &'a [Facts],
    quiet: &'a Quiet,
    scope: &Scope,
) -> HashMap<Key<'a>, Tally> {
    let mut book = Book {
        split,
        period: scope.period,
        first_contact_seconds: i64::from(scope.first_contact_minutes) * 60,
        rows: HashMap::new(),
    };
    for (number, ticket) in facts.iter().enumerate() {
        book.enter(ticket, number);
    }
    book.stand(quiet);
    book.rows
}

struct Book<'a> {
    split: Split,
    period: Period,
    first_contact_seconds: i64,
    rows: HashMap<Key<'a>, Tally>,
}

impl<'a> Book<'a> {
    fn row(&mut self, ticket: &'a Facts, step: &'a Step) -> &mut Tally {
        let key = self.split.key(ticket, step);
        self.rows.entry(key).or_default()
    }

    /// Tickets that stand still are in the backlog at both ends of the period, and in no other figure.
    fn stand(&mut self, quiet: &'a Quiet) {
        for (value, tickets) in &quiet.0 {
            let flow = &mut self.rows.entry(value.into()).or_default().flow;
            flow.backlog_end += tickets;
            if self.split.adds_up() {
                flow.backlog_start += tickets;
            }
        }
    }

    fn enter(&mut self, ticket: &'a Facts, number: usize) {
        self.backlog(ticket);
        self.opening(ticket);
        // Backwards: of the solves of one row, the last in the period says how the ticket was
        // solved.
        for (at, step) in ticket.steps().iter().enumerate().rev() {
            if self.period.contains(step.at) {
                self.step(ticket, number, at, step);
            }
        }
        self.times(ticket);
    }

    fn backlog(&mut self, ticket: &'a Facts) {
        let active = |step: &&Step| step.status.is_active();
        let Period { since, until, .. } = self.period;
        if self.split.adds_up()
            && let Some(step) = ticket.standing(since).filter(active)
        {
            self.row(ticket, step).flow.backlog_start += 1;
        }
        if let Some(step) = ticket.standing(until).filter(active) {
            self.row(ticket, step).flow.backlog_end += 1;
        }
    }

    fn opening(&mut self, ticket: &'a Facts) {
        let opened = ticket.opened();
        if !self.split.has_openings() || !self.period.contains(opened) {
            return;
        }
        let row = self.row(ticket, &ticket.steps()[0]);
        row.flow.opened += 1;
        match ticket.first_response {
            _ if ticket.live => row.live += 1,
            Some(at) => row.first_response.push(at.seconds_since(opened)),
            None => row.no_response += 1,
        }
    }

    fn step(&mut self, ticket: &'a Facts, number: usize, at: usize, step: &'a Step) {
        if let Some(crossing) = step.crossing {
            self.flow(ticket, step, crossing);
        }
        match step.crossing {
            Some(Crossing::Solved) => {
                let manner = Manner::of(ticket, at, self.first_contact_seconds);
                self.row(ticket, step).solve(number, manner);
            }
            Some(Crossing::Reopened) => {
                let row = self.row(ticket, ticket.solve_before(at));
                row.reopened.count(number);
            }
            _ => {}
        }
        if step.escalated == Some(Direction::Up) {
            self.row(ticket, ticket.before(at)).escalated.count(number);
        }
    }

    fn flow(&mut self, ticket: &'a Facts, step: &'a Step, crossing: Crossing) {
        if !self.split.adds_up() {
            return;
        }
        let flow = &mut self.row(ticket, step).flow;
        match crossing {
            Crossing::Solved | Crossing::Merged | Crossing::Voided => flow.solved += 1,
            Crossing::Reopened | Crossing::Restored => flow.reopened += 1,
        }
        match crossing {
            Crossing::Merged => flow.merged += 1,
            Crossing::Voided => flow.voided += 1,
            _ => {}
        }
    }

    /// The times to resolve, and the rating, which go with the ticket's first and last solve.
    fn times(&mut self, ticket: &'a Facts) {
        let (Some(first), Some(last)) = (ticket.solves().next(), ticket.solves().next_back())
        else {
            return;
        };
        let steps = ticket.steps();
        let took = |at: usize| steps[at].at.seconds_since(ticket.opened());
        if self.period.contains(steps[first].at) {
            let row = self.row(ticket, &steps[first]);
            row.time_to_resolve.push(took(first));
        }
        if !self.period.contains(steps[last].at) {
            return;
        }
        let until = self.period.until;
        let mut since = steps[last + 1..].iter().take_while(|s| s.at < until);
        let holds = since.all(|step| step.crossing.is_none());
        let row = self.row(ticket, &steps[last]);
        if holds {
            row.full_time_to_resolve.push(took(last));
        }
        if let Some(stars) = ticket.stars {
            row.rated += 1;
            row.good += u64::from(stars >= 4);
        }
    }
}

/// How a solve came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Manner {
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
    fn of(ticket: &Facts, at: usize, first_contact_seconds: i64) -> Self {
        let (before, solve) = (&ticket.steps()[..at], &ticket.steps()[at]);
        let first_tier = solve.tier == Tier(1) && before.iter().all(|s| s.escalated.is_none());
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

/// The figures of one row while they are counted.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) flow: Flow,
    solved: Counter,
    reopened: Counter,
    escalated: Counter,
    reassigned: u64,
    first_contact: u64,
    one_touch: u64,
    first_tier: u64,
    rated: u64,
    good: u64,
    no_response: u64,
    live: u64,
    first_response: Vec<i64>,
    time_to_resolve: Vec<i64>,
    full_time_to_resolve: Vec<i64>,
}

impl Tally {
    fn solve(&mut self, ticket: usize, manner: Manner) {
        if !self.solved.count(ticket) {
            return;
        }
        self.reassigned += u64::from(manner.reassigned);
        self.first_contact += u64::from(manner.first_contact);
        self.one_touch += u64::from(manner.one_touch);
        self.first_tier += u64::from(manner.first_tier);
    }

    /// What was counted, in figures.
    pub(super) fn finish(self) -> Finished {
        let solved_tickets = self.solved.tickets;
        let of_solved = |tickets| Share::new(tickets, solved_tickets);
        Finished {
            flow: self.flow,
            solved: self.solved.events,
            solved_tickets,
            time_to_resolve: Durations::of(self.time_to_resolve),
            full_time_to_resolve: Durations::of(self.full_time_to_resolve),
            first_response: FirstResponse::new(self.first_response, self.no_response, self.live),
            escalated: self.escalated.over(self.flow.opened),
            reopened: self.reopened.over(solved_tickets),
            reassigned: of_solved(self.reassigned),
            first_contact_resolution: of_solved(self.first_contact),
            one_touch_resolution: of_solved(self.one_touch),
            first_tier_resolution: of_solved(self.first_tier),
            satisfaction: Satisfaction::new(self.good, self.rated, solved_tickets),
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
}

/// Counts events, and the distinct tickets that they happened to. Ticket comes after ticket, so
/// that the last one is all it has to remember.
#[derive(Debug, Default)]
struct Counter {
    tickets: u64,
    events: u64,
    last: Option<usize>,
}

impl Counter {
    /// Counts an event; whether it is the first one of its ticket.
    fn count(&mut self, ticket: usize) -> bool {
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
