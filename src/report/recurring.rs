//! `report recurring`: what comes back, from which training and problem management are planned.
//!
//! A category that is asked for again and again, an asset that fails again, a requester who needs help
//! again: each with how often it came up in the period and in the period before. What is done about it
//! is told by how it was solved. Where tier 1 had the answer, people can be taught it, or given it;
//! where it had not, a cause is still to be found.
//!
//! Beside an earlier time, what came back then and does no more is told too: that somebody was taught, or
//! something mended, is seen there.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use serde::Serialize;

use super::count::Counting;
use super::cut::Cut;
use super::dimension::{Dimension, RowValue};
use super::metrics::{Share, change};
use super::{Body, Compare, Facts, Period, Scope};
use crate::ticket::Timestamp;

/// What can come back, in the order in which it is told.
const COMING_BACK: [Dimension; 3] = [Dimension::Category, Dimension::Asset, Dimension::Requester];

/// How often something must have come up to be told of, where nobody said.
pub const AT_LEAST: u64 = 3;

/// What came back in a period.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Recurring {
    /// Categories, then assets, then requesters; each the most frequent first, then by name.
    pub rows: Vec<Recurrence>,
}

/// A category, an asset or a requester that came back.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Recurrence {
    /// Which of the three.
    pub dimension: Dimension,
    /// Which one.
    pub value: RowValue,
    /// How many tickets were opened in the period.
    pub opened: u64,
    /// How many were in the period before.
    pub before: u64,
    /// By how much that is more, over `before`.
    pub change: Option<f64>,
    /// How many different requesters opened them.
    pub requesters: u64,
    /// Of those that were solved by now, the ones that tier 1 solved without escalation.
    pub first_tier: Share,
    /// What it calls for; `None` of what came back in the time before alone.
    pub candidate: Option<Candidate>,
}

/// What something that comes back calls for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Candidate {
    /// The answer is known: people can be taught it.
    Training,
    /// The cause is not known yet, or a thing is at fault.
    Problem,
}

impl Candidate {
    /// Its name in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Training => "training",
            Self::Problem => "problem",
        }
    }

    /// A requester can be taught, and an asset cannot. A category can, where tier 1 solves at least
    /// half of what is solved.
    fn of(dimension: Dimension, first_tier: Share) -> Self {
        let known = first_tier.of > 0 && first_tier.tickets * 2 >= first_tier.of;
        match (dimension, known) {
            (Dimension::Requester, _) | (Dimension::Category, true) => Self::Training,
            _ => Self::Problem,
        }
    }
}

/// Counts what comes back.
pub(super) struct Returns {
    cut: Cut,
    before: Before,
    at_least: u64,
    /// Whether what came back in the time before alone is told too.
    is_compared: bool,
    /// What was found in each step, by name, in the order of [`COMING_BACK`].
    steps: Vec<[HashMap<Arc<str>, Returned>; 3]>,
    /// A number for each requester: many of them stand at one category.
    requesters: HashMap<Arc<str>, usize>,
}

/// The time before each step, as far as the step itself has come. These times can overlap, since what is
/// before a step that was cut short, or that goes on still, is short too.
struct Before {
    /// Where any of them begins or ends, in order.
    bounds: Vec<Timestamp>,
    /// From each bound to the next one, the steps that it is before.
    steps: Vec<Vec<usize>>,
}

impl Before {
    fn of(times: Vec<Period>) -> Self {
        let bounds = times.iter().flat_map(|time| [time.since, time.until]);
        let mut bounds: Vec<Timestamp> = bounds.collect();
        bounds.sort_unstable();
        bounds.dedup();
        let mut steps = vec![Vec::new(); bounds.len()];
        for (step, time) in times.iter().enumerate() {
            let place = |at| bounds.partition_point(|bound| *bound < at);
            for between in &mut steps[place(time.since)..place(time.until)] {
                between.push(step);
            }
        }
        Self { bounds, steps }
    }

    /// The steps before which an instant lies.
    fn steps(&self, at: Timestamp) -> &[usize] {
        let place = self.bounds.partition_point(|bound| *bound <= at);
        let steps = place.checked_sub(1).and_then(|place| self.steps.get(place));
        steps.map_or(&[], Vec::as_slice)
    }
}

/// What came back, while it is counted.
#[derive(Default)]
struct Returned {
    opened: u64,
    before: u64,
    /// By their numbers; an asset has few.
    requesters: BTreeSet<usize>,
    solved: u64,
    first_tier: u64,
}

impl Returns {
    pub(super) fn new(cut: Cut, scope: &Scope) -> Self {
        let before = cut.steps().map(|step| before(&step, scope));
        Self {
            before: Before::of(before.collect()),
            at_least: scope.at_least.max(1),
            is_compared: scope.compare.is_some(),
            steps: cut.steps().map(|_| Default::default()).collect(),
            requesters: HashMap::new(),
            cut,
        }
    }

    /// The number of whoever asked.
    fn requester(&mut self, ticket: &Facts) -> Option<usize> {
        let requester = ticket.requester.as_ref()?;
        let next = self.requesters.len();
        Some(*self.requesters.entry(Arc::clone(requester)).or_insert(next))
    }

    /// Counts something of a ticket in what was found in a step.
    fn each(&mut self, ticket: &Facts, when: usize, count: impl Fn(&mut Returned)) {
        for (dimension, found) in COMING_BACK.iter().zip(&mut self.steps[when]) {
            let name = match dimension {
                Dimension::Asset => &ticket.asset,
                Dimension::Requester => &ticket.requester,
                _ => &ticket.category,
            };
            // What no ticket says does not come back.
            if let Some(name) = name {
                count(found.entry(Arc::clone(name)).or_default());
            }
        }
    }
}

/// What a period is compared with: the time before, as far as the period itself is known.
fn before(period: &Period, scope: &Scope) -> Period {
    let before = period.before(scope.compare.unwrap_or(Compare::Previous));
    let until = before.as_far_as(period, scope.as_of.min(period.until));
    Period {
        until: until.max(before.since),
        ..before
    }
}

/// The first instant that a report of what comes back looks at.
pub(super) fn looks_back_to(scope: &Scope) -> Timestamp {
    before(&scope.period, scope).since
}

impl Counting for Returns {
    fn ticket(&mut self, ticket: &Facts) {
        let opened = ticket.opened();
        for when in self.before.steps(opened).to_vec() {
            self.each(ticket, when, |returned| returned.before += 1);
        }
        let Some(when) = self.cut.step(opened) else {
            return;
        };
        let solve = ticket.solves().next_back();
        let solve = solve.filter(|_| ticket.last().status.is_solved());
        let first_tier = solve.is_some_and(|at| ticket.is_of_first_tier(at));
        let requester = self.requester(ticket);
        self.each(ticket, when, |returned| {
            returned.opened += 1;
            returned.solved += u64::from(solve.is_some());
            returned.first_tier += u64::from(first_tier);
            returned.requesters.extend(requester);
        });
    }

    fn finish(self: Box<Self>) -> Vec<Body> {
        let Self {
            at_least,
            is_compared,
            steps,
            ..
        } = *self;
        let rows = |(dimension, found): (Dimension, HashMap<Arc<str>, Returned>)| {
            let mut rows = Vec::new();
            for (name, returned) in found {
                let is_back = returned.opened >= at_least;
                if is_back || is_compared && returned.before >= at_least {
                    rows.push(returned.tell(dimension, &name, is_back));
                }
            }
            rows.sort_unstable_by(|a: &Recurrence, b| {
                let by_number = b.opened.cmp(&a.opened);
                by_number.then_with(|| a.value.cmp(&b.value))
            });
            rows
        };
        let body = |step| {
            let rows = COMING_BACK.into_iter().zip(step).flat_map(rows);
            Body::Recurring(Recurring {
                rows: rows.collect(),
            })
        };
        steps.into_iter().map(body).collect()
    }
}

impl Returned {
    fn tell(self, dimension: Dimension, name: &str, is_back: bool) -> Recurrence {
        let first_tier = Share::new(self.first_tier, self.solved);
        Recurrence {
            dimension,
            value: RowValue::Name(name.into()),
            opened: self.opened,
            before: self.before,
            change: change(self.opened, self.before),
            requesters: self.requesters.len() as u64,
            first_tier,
            candidate: is_back.then(|| Candidate::of(dimension, first_tier)),
        }
    }
}
