//! Counting: what happened to tickets in each step of a period, each happening under the row and the
//! column that it belongs to.
//!
//! The summary is the table with one row. So the rules of the metrics stand here once, and the
//! reports differ only in their [`Split`]: which row a happening is credited to, and which figures
//! a row has.

use std::collections::HashMap;
use std::hash::Hash;

use super::cut::Cut;
use super::dimension::{Dimension, Key};
use super::metrics::{
    Durations, FirstResponse, Flow, Occurrences, Satisfaction, Share, Stars, rate,
};
use super::{Crossing, Facts, Quiet, Scope, Step};
use crate::ticket::{Direction, Status, Timestamp};

/// How tickets are told apart: not at all, by a dimension, or by two.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Split {
    pub(super) rows: Option<Dimension>,
    pub(super) columns: Option<Dimension>,
}

/// A row and a column.
pub(super) type Place = (Key, Key);

/// What was counted in a step, place by place.
pub(super) type Tallies = Vec<(Place, Tally)>;

/// The tally of the one place that there is where tickets are not told apart.
pub(super) fn of_all(tallies: Tallies) -> Tally {
    let mut tallies = tallies.into_iter();
    tallies.next().map(|(_, tally)| tally).unwrap_or_default()
}

impl Split {
    /// By one dimension.
    pub(super) fn by(dimension: Dimension) -> Self {
        Self {
            rows: Some(dimension),
            columns: None,
        }
    }

    fn dimensions(self) -> impl Iterator<Item = Dimension> {
        self.rows.into_iter().chain(self.columns)
    }

    /// The place of something that happened to a ticket while it stood at `step`.
    fn place(self, ticket: &Facts, step: &Step) -> Place {
        let key = |dimension: Option<Dimension>| {
            dimension.map_or(Key::Whole, |dimension| dimension.key(ticket, step))
        };
        (key(self.rows), key(self.columns))
    }

    /// Whether a ticket stays in one place, so that the flow of each adds up.
    pub(super) fn adds_up(self) -> bool {
        !self.dimensions().any(Dimension::moves)
    }

    /// Whether a ticket is opened in a place: a technician solves tickets, and opens none.
    pub(super) fn has_openings(self) -> bool {
        !self.dimensions().any(|by| by == Dimension::Technician)
    }
}

/// The tallies of the steps of a period, one for each place to which anything was credited.
pub(super) struct Book {
    split: Split,
    cut: Cut,
    first_contact_seconds: i64,
    /// How many tickets were entered.
    tickets: usize,
    places: Register<Place>,
    /// The place of the ticket that is entered, where it stays in one.
    stays: Option<usize>,
    /// A tally for each place in each step.
    tallies: Vec<Tally>,
    tallied: Register<(usize, usize)>,
    /// By how many the tickets of the backlog grow fewer or more, for each place at each bound of the
    /// steps. What is counted is how tickets stand, and never what happened to them: so the flow can be
    /// checked.
    changes: Vec<i64>,
    changed: Register<(usize, usize)>,
}

/// Numbers what comes, in the order in which it came first.
struct Register<K> {
    known: Vec<K>,
    numbers: HashMap<K, usize>,
    /// What came last, and most often comes next.
    last: usize,
}

impl<K: Clone + Eq + Hash> Register<K> {
    fn new() -> Self {
        Self {
            known: Vec::new(),
            numbers: HashMap::new(),
            last: 0,
        }
    }

    fn number(&mut self, of: K) -> usize {
        if self.known.get(self.last) != Some(&of) {
            let next = self.known.len();
            self.last = *self.numbers.entry(of.clone()).or_insert(next);
            if self.last == next {
                self.known.push(of);
            }
        }
        self.last
    }
}

/// What stands under a number; all numbers before it are there.
fn under<T: Default>(number: usize, all: &mut Vec<T>) -> &mut T {
    if number == all.len() {
        all.push(T::default());
    }
    &mut all[number]
}

impl Book {
    pub(super) fn new(split: Split, cut: Cut, scope: &Scope) -> Self {
        Self {
            split,
            cut,
            first_contact_seconds: i64::from(scope.first_contact_minutes) * 60,
            tickets: 0,
            places: Register::new(),
            stays: None,
            tallies: Vec::new(),
            tallied: Register::new(),
            changes: Vec::new(),
            changed: Register::new(),
        }
    }

    /// Enters all that happened to a ticket.
    pub(super) fn ticket(&mut self, ticket: &Facts) {
        self.tickets += 1;
        self.stays = None;
        if self.split.adds_up() {
            self.stays = Some(self.place(ticket, ticket.last()));
        }
        self.backlog(ticket);
        self.opening(ticket);
        // Backwards: of the solves of one place, the last in the period says how the ticket was
        // solved.
        for (at, step) in ticket.steps().iter().enumerate().rev() {
            if let Some(when) = self.cut.step(step.at) {
                self.step(ticket, at, step, when);
            }
        }
        self.times(ticket);
    }

    /// Tickets that stand still are in the backlog all the while, and in no other figure.
    pub(super) fn quiet(&mut self, quiet: Quiet<'_>) {
        let mut keys = quiet.keys.iter().cloned();
        let mut next = || keys.next().unwrap_or(Key::Whole);
        let place = self.places.number((next(), next()));
        let tickets = i64::try_from(quiet.tickets).unwrap_or(i64::MAX);
        *self.change(place, 0) += tickets;
    }

    /// The tallies of each step.
    pub(super) fn finish(mut self) -> Vec<Tallies> {
        self.tell_backlog();
        let mut steps: Vec<Tallies> = Vec::new();
        steps.resize_with(self.cut.len(), Vec::new);
        for ((place, step), tally) in self.tallied.known.iter().zip(self.tallies) {
            steps[*step].push((self.places.known[*place].clone(), tally));
        }
        steps
    }

    /// Adds the changes of the backlog up, and says in each step from what it came to what.
    fn tell_backlog(&mut self) {
        let (last, adds_up) = (self.cut.len(), self.split.adds_up());
        let changed = self.changed.known.iter().copied();
        let mut changes: Vec<_> = changed.zip(self.changes.iter().copied()).collect();
        changes.sort_unstable();
        for of_place in changes.chunk_by(|((a, _), _), ((b, _), _)| a == b) {
            let ((place, _), _) = of_place[0];
            let (mut of_place, mut active) = (of_place.iter().peekable(), 0);
            for bound in 0..=last {
                if let Some((_, change)) = of_place.next_if(|((_, at), _)| *at == bound) {
                    active += change;
                }
                let Some(active @ 1..) = u64::try_from(active).ok() else {
                    continue;
                };
                if bound < last && adds_up {
                    self.tally_of(place, bound).flow.backlog_start = active;
                }
                if bound > 0 {
                    self.tally_of(place, bound - 1).flow.backlog_end = active;
                }
            }
        }
    }

    fn tally(&mut self, when: usize, ticket: &Facts, step: &Step) -> &mut Tally {
        let place = self.place(ticket, step);
        self.tally_of(place, when)
    }

    /// The number of the place of something that happened to a ticket while it stood at `step`.
    fn place(&mut self, ticket: &Facts, step: &Step) -> usize {
        let place = || self.split.place(ticket, step);
        self.stays.unwrap_or_else(|| self.places.number(place()))
    }

    fn tally_of(&mut self, place: usize, step: usize) -> &mut Tally {
        under(self.tallied.number((place, step)), &mut self.tallies)
    }

    /// By how many the backlog of a place changes at a bound.
    fn change(&mut self, place: usize, bound: usize) -> &mut i64 {
        under(self.changed.number((place, bound)), &mut self.changes)
    }

    /// From the first bound after each step, up to the first one after the next step, a ticket stands
    /// as that step left it.
    fn backlog(&mut self, ticket: &Facts) {
        let steps = ticket.steps();
        for (at, step) in steps.iter().enumerate() {
            let from = self.cut.bounds_up_to(step.at);
            let to = steps.get(at + 1).map(|next| self.cut.bounds_up_to(next.at));
            if !step.status.is_active() || from > self.cut.len() || to == Some(from) {
                continue;
            }
            let place = self.place(ticket, step);
            if let Some(to) = to {
                *self.change(place, to) -= 1;
            }
            *self.change(place, from) += 1;
        }
    }

    fn opening(&mut self, ticket: &Facts) {
        let opened = ticket.opened();
        let (true, Some(when)) = (self.split.has_openings(), self.cut.step(opened)) else {
            return;
        };
        let tally = self.tally(when, ticket, &ticket.steps()[0]);
        tally.flow.opened += 1;
        match ticket.first_response {
            _ if ticket.live => tally.live += 1,
            Some(at) => tally.first_response.push(at.seconds_since(opened)),
            None => tally.no_response += 1,
        }
    }

    fn step(&mut self, ticket: &Facts, at: usize, step: &Step, when: usize) {
        let number = self.tickets;
        if let Some(crossing) = step.crossing {
            self.flow(ticket, step, when, crossing);
        }
        match step.crossing {
            Some(Crossing::Solved) => {
                let manner = Manner::of(ticket, at, self.first_contact_seconds);
                self.tally(when, ticket, step).solve(number, manner);
            }
            Some(Crossing::Reopened) => {
                let tally = self.tally(when, ticket, ticket.solve_before(at));
                tally.reopened.count(number);
            }
            _ => {}
        }
        if step.escalated == Some(Direction::Up) {
            let tally = self.tally(when, ticket, ticket.before(at));
            tally.escalated.count(number);
        }
    }

    fn flow(&mut self, ticket: &Facts, step: &Step, when: usize, crossing: Crossing) {
        if !self.split.adds_up() {
            return;
        }
        let flow = &mut self.tally(when, ticket, step).flow;
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
    fn times(&mut self, ticket: &Facts) {
        let (Some(first), Some(last)) = (ticket.solves().next(), ticket.solves().next_back())
        else {
            return;
        };
        let steps = ticket.steps();
        let took = |at: usize| steps[at].at.seconds_since(ticket.opened());
        if let Some(when) = self.cut.step(steps[first].at) {
            let tally = self.tally(when, ticket, &steps[first]);
            tally.time_to_resolve.push(took(first));
        }
        let Some(when) = self.cut.step(steps[last].at) else {
            return;
        };
        let holds = stays_solved(&steps[last + 1..], self.cut.end(when));
        let tally = self.tally(when, ticket, &steps[last]);
        if holds {
            tally.full_time_to_resolve.push(took(last));
        }
        if let Some(stars) = ticket.stars {
            tally.stars.count(stars);
        }
    }
}

/// Whether a solved ticket is solved at an instant, given the steps since.
fn stays_solved(since: &[Step], until: Timestamp) -> bool {
    let mut since = since.iter().take_while(|step| step.at < until);
    since.all(|step| step.crossing.is_none())
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
    stars: Stars,
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
            satisfaction: Satisfaction::new(&self.stars, solved_tickets),
            stars: self.stars,
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
