//! Counting: what happened to tickets in each step of a period, each happening under the row and the
//! column that it belongs to.
//!
//! The summary is the table with one row. So the rules of the metrics stand here once, and the
//! reports differ only in their [`Split`]: which row a happening is credited to, and which figures
//! a row has.

use super::cut::Cut;
use super::dimension::{Dimension, Key};
use super::register::{Register, Sparse};
use super::tally::{Backlog, Manner, Tally};
use super::{Crossing, Facts, Quiet, Scope, Step};
use crate::ticket::{Direction, Timestamp};

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
    /// One for each place.
    pages: Vec<Page>,
    /// What is told already, of tickets that stand still.
    told: Told,
}

/// What is counted of one place.
#[derive(Default)]
struct Page {
    /// A tally for each step in which anything was credited to it.
    tallies: Sparse<Tally>,
    /// How many tickets stand still, in the backlog all the while.
    still: i64,
    /// By how many the tickets of the backlog grow fewer or more at each bound of the steps. What is
    /// counted is how tickets stand, and never what happened to them: so the flow can be checked.
    changes: Sparse<i64>,
}

/// The tallies that are told.
struct Told {
    /// Those of each step.
    steps: Vec<Tallies>,
    /// Whether places add up.
    adds_up: bool,
    /// Those of one page, each with its step.
    page: Vec<(usize, Tally)>,
}

impl Told {
    /// Tells the tallies of a place, of each step of which there is anything to say. The changes of the
    /// backlog are added up for it: from what it came to what, and from what only where places add up.
    fn tell(&mut self, place: Place, page: Page) {
        let mut tallies = page.tallies.into_iter().peekable();
        let mut changes = page.changes.into_iter().peekable();
        let mut active = page.still;
        let mut pass = |bound: usize| {
            if let Some((_, change)) = changes.next_if(|(at, _)| *at == bound) {
                active += change;
            }
            u64::try_from(active).unwrap_or(0)
        };
        let mut start = pass(0);
        for step in 0..self.steps.len() {
            let backlog = Backlog {
                start: if self.adds_up { start } else { 0 },
                end: pass(step + 1),
            };
            start = backlog.end;
            let tally = tallies.next_if(|(at, _)| *at == step);
            if tally.is_some() || backlog != Backlog::default() {
                let mut tally = tally.map(|(_, tally)| tally).unwrap_or_default();
                tally.backlog = backlog;
                self.page.push((step, tally));
            }
        }
        // The last one takes the place itself.
        let places = std::iter::repeat_n(place, self.page.len());
        for ((step, tally), place) in self.page.drain(..).zip(places) {
            self.steps[step].push((place, tally));
        }
    }
}

impl Book {
    pub(super) fn new(split: Split, cut: Cut, scope: &Scope) -> Self {
        let told = Told {
            steps: (0..cut.len()).map(|_| Tallies::new()).collect(),
            adds_up: split.adds_up(),
            page: Vec::new(),
        };
        Self {
            split,
            cut,
            first_contact_seconds: i64::from(scope.first_contact_minutes) * 60,
            tickets: 0,
            places: Register::new(),
            stays: None,
            pages: Vec::new(),
            told,
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

    /// Tickets that stand still are in the backlog all the while, and in no other figure. Their places come
    /// each once, when all tickets are entered: there can be very many of which there is nothing else to
    /// say, and so these need no page.
    pub(super) fn quiet(&mut self, quiet: Quiet) {
        let [row, column, _] = quiet.keys;
        let place = (row, column);
        let still = i64::try_from(quiet.tickets).unwrap_or(i64::MAX);
        match self.places.find(&place) {
            Some(number) => self.pages[number].still += still,
            None => {
                let page = Page {
                    still,
                    ..Page::default()
                };
                self.told.tell(place, page);
            }
        }
    }

    /// The tallies of each step.
    pub(super) fn finish(mut self) -> Vec<Tallies> {
        let pages = self.places.into_known().zip(self.pages);
        pages.for_each(|(place, page)| self.told.tell(place, page));
        self.told.steps
    }

    fn tally(&mut self, when: usize, ticket: &Facts, step: &Step) -> &mut Tally {
        let place = self.place(ticket, step);
        self.pages[place].tallies.at(when)
    }

    /// The number of the place of something that happened to a ticket while it stood at `step`.
    fn place(&mut self, ticket: &Facts, step: &Step) -> usize {
        match self.stays {
            Some(place) => place,
            None => self.number(self.split.place(ticket, step)),
        }
    }

    /// The number of a place, which has a page from now on.
    fn number(&mut self, place: Place) -> usize {
        let number = self.places.number(place);
        if number == self.pages.len() {
            self.pages.push(Page::default());
        }
        number
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
            let changes = &mut self.pages[place].changes;
            if let Some(to) = to {
                *changes.at(to) -= 1;
            }
            *changes.at(from) += 1;
        }
    }

    fn opening(&mut self, ticket: &Facts) {
        let opened = ticket.opened();
        let (true, Some(when)) = (self.split.has_openings(), self.cut.step(opened)) else {
            return;
        };
        let counts = self.tally(when, ticket, &ticket.steps()[0]).counts();
        counts.flow.opened += 1;
        match ticket.first_response {
            _ if ticket.live => counts.live += 1,
            Some(at) => counts.first_response.push(at.seconds_since(opened)),
            None => counts.no_response += 1,
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
                let tally = self.tally(when, ticket, step);
                tally.counts().solve(number, manner);
            }
            Some(Crossing::Reopened) => {
                let tally = self.tally(when, ticket, ticket.solve_before(at));
                tally.counts().reopened.count(number);
            }
            _ => {}
        }
        if step.escalated == Some(Direction::Up) {
            let tally = self.tally(when, ticket, ticket.before(at));
            tally.counts().escalated.count(number);
        }
    }

    fn flow(&mut self, ticket: &Facts, step: &Step, when: usize, crossing: Crossing) {
        if !self.split.adds_up() {
            return;
        }
        let flow = &mut self.tally(when, ticket, step).counts().flow;
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
            tally.counts().time_to_resolve.push(took(first));
        }
        let Some(when) = self.cut.step(steps[last].at) else {
            return;
        };
        let holds = stays_solved(&steps[last + 1..], self.cut.end(when));
        let counts = self.tally(when, ticket, &steps[last]).counts();
        if holds {
            counts.full_time_to_resolve.push(took(last));
        }
        if let Some(stars) = ticket.stars {
            counts.stars.count(stars);
        }
    }
}

/// Whether a solved ticket is solved at an instant, given the steps since.
fn stays_solved(since: &[Step], until: Timestamp) -> bool {
    let mut since = since.iter().take_while(|step| step.at < until);
    since.all(|step| step.crossing.is_none())
}
