//! `report backlog`: what waits to be done, how old it is, and on whose shoulders it lies.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde::Serialize;

use super::count::Counting;
use super::cut::Cut;
use super::metrics::rate;
use super::{Body, Facts, Period, Scope, Step};
use crate::ticket::{Priority, Status, TicketId, Tier, Timestamp};

/// How many of the oldest tickets are named, where nobody said.
const OLDEST: usize = 10;

/// How many of the oldest tickets a report names.
pub(crate) fn named(scope: &Scope) -> usize {
    scope.top.unwrap_or(OLDEST)
}

const DAY: i64 = 24 * 60 * 60;

/// The backlog at the end of a period, or at the report's `as_of` where that is earlier.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Backlog {
    /// Active tickets: new, open or pending.
    pub total: u64,
    /// Of them, those that nobody has.
    pub unassigned: u64,
    /// How old they are.
    pub aging: Aging,
    /// How old they are, by priority.
    pub by_priority: Vec<PriorityAging>,
    /// How old they are, by tier.
    pub by_tier: Vec<TierAging>,
    /// The oldest ten, or as many as were asked for, the oldest first.
    pub oldest: Vec<OldTicket>,
    /// The technicians' loads, the largest first.
    pub workload: Vec<Workload>,
}

/// How many tickets were opened how long ago. A day is 24 hours, and each bucket is half open.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Aging {
    /// Less than a day ago.
    pub under_1_day: u64,
    /// 1 to 3 days ago.
    pub days_1_to_3: u64,
    /// 3 to 7 days ago.
    pub days_3_to_7: u64,
    /// 7 to 14 days ago.
    pub days_7_to_14: u64,
    /// 14 to 30 days ago.
    pub days_14_to_30: u64,
    /// 30 days ago, or longer.
    pub over_30_days: u64,
}

impl Aging {
    /// Counts a ticket; its age is in seconds.
    fn count(&mut self, age: i64) {
        let bucket = match age / DAY {
            ..1 => &mut self.under_1_day,
            1..3 => &mut self.days_1_to_3,
            3..7 => &mut self.days_3_to_7,
            7..14 => &mut self.days_7_to_14,
            14..30 => &mut self.days_14_to_30,
            30.. => &mut self.over_30_days,
        };
        *bucket += 1;
    }
}

/// The age of a priority's backlog.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct PriorityAging {
    /// The priority.
    pub priority: Priority,
    /// How many tickets have it.
    pub total: u64,
    /// How old they are.
    pub aging: Aging,
}

/// The age of a tier's backlog.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct TierAging {
    /// The tier.
    pub tier: Tier,
    /// How many tickets it has.
    pub total: u64,
    /// How old they are.
    pub aging: Aging,
}

/// One of the oldest tickets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OldTicket {
    /// Its number.
    pub id: TicketId,
    /// What it is about.
    pub subject: String,
    /// When it was opened.
    pub opened: Timestamp,
    /// How long ago that is, in seconds.
    pub age: i64,
    /// Who has it.
    pub assignee: Option<String>,
    /// How urgent it is.
    pub priority: Priority,
}

/// What a technician has to do.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Workload {
    /// Who.
    pub technician: String,
    /// New and open tickets.
    pub load: u64,
    /// Pending tickets, which do not count towards the load.
    pub pending: u64,
    /// How many tickets at a time the technician takes; `None` when nobody said, and of
    /// the past.
    pub capacity: Option<u32>,
    /// `load` over `capacity`.
    pub rate: Option<f64>,
}

/// How a ticket of the backlog stands.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Standing<'a> {
    pub(crate) opened: Timestamp,
    pub(crate) priority: Priority,
    pub(crate) status: Status,
    pub(crate) tier: Tier,
    pub(crate) assignee: Option<&'a str>,
}

impl<'a> Standing<'a> {
    /// From a step of a ticket on.
    fn of(ticket: &Facts, step: &'a Step) -> Self {
        Self {
            opened: ticket.opened(),
            priority: ticket.priority,
            status: step.status,
            tier: step.tier,
            assignee: step.assignee.as_deref(),
        }
    }
}

/// Counts what waits at the end of each step.
pub(super) struct Waiting {
    cut: Cut,
    moments: Vec<Moment>,
    /// Who is on the roster, which is so at `as_of` alone.
    capacity: BTreeMap<String, Option<u32>>,
    as_of: Timestamp,
}

impl Waiting {
    pub(super) fn new(cut: Cut, scope: &Scope) -> Self {
        let named = named(scope);
        let moment = |step: Period| Moment::new(step.until.min(scope.as_of), named);
        let moments = cut.steps().map(moment).collect();
        let capacity = scope.capacity.clone();
        Self {
            cut,
            moments,
            capacity,
            as_of: scope.as_of,
        }
    }
}

impl Counting for Waiting {
    fn ticket(&mut self, ticket: &Facts) {
        let steps = ticket.steps();
        for (at, step) in steps.iter().enumerate() {
            // The moments from this step on, up to the next one; the first bound is no moment.
            let from = self.cut.bounds_up_to(step.at).max(1);
            let next = steps.get(at + 1);
            let to = next.map_or(self.cut.len() + 1, |next| self.cut.bounds_up_to(next.at));
            if step.status.is_active() && from < to {
                for moment in &mut self.moments[from - 1..to - 1] {
                    moment.count(Standing::of(ticket, step));
                    moment.name(ticket, step);
                }
            }
        }
    }

    fn standing(&mut self, ticket: Standing<'_>) {
        let moments = self.moments.iter_mut();
        moments.for_each(|moment| moment.count(ticket));
    }

    fn named(&mut self, ticket: &Facts) {
        let moments = self.moments.iter_mut();
        moments.for_each(|moment| moment.name(ticket, ticket.last()));
    }

    fn finish(self: Box<Self>) -> Vec<Body> {
        let nobody = BTreeMap::new();
        let finish = |moment: Moment| match moment.at == self.as_of {
            true => moment.finish(&self.capacity),
            false => moment.finish(&nobody),
        };
        let moments = self.moments.into_iter();
        moments.map(finish).map(Body::Backlog).collect()
    }
}

/// The backlog at an instant.
struct Moment {
    at: Timestamp,
    /// How many of the oldest are named.
    named: usize,
    total: u64,
    unassigned: u64,
    aging: Aging,
    by_priority: BTreeMap<Priority, (u64, Aging)>,
    by_tier: BTreeMap<Tier, (u64, Aging)>,
    oldest: BTreeMap<(Timestamp, TicketId), OldTicket>,
    /// New and open tickets, and pending ones.
    loads: BTreeMap<String, (u64, u64)>,
}

impl Moment {
    fn new(at: Timestamp, named: usize) -> Self {
        Self {
            at,
            named,
            total: 0,
            unassigned: 0,
            aging: Aging::default(),
            by_priority: BTreeMap::new(),
            by_tier: BTreeMap::new(),
            oldest: BTreeMap::new(),
            loads: BTreeMap::new(),
        }
    }

    fn count(&mut self, ticket: Standing<'_>) {
        let age = self.at.seconds_since(ticket.opened);
        self.total += 1;
        self.aging.count(age);
        let priority = self.by_priority.entry(ticket.priority).or_default();
        let tier = self.by_tier.entry(ticket.tier).or_default();
        for (total, aging) in [priority, tier] {
            *total += 1;
            aging.count(age);
        }
        match ticket.assignee {
            None => self.unassigned += 1,
            Some(technician) => {
                // A name is only kept once.
                let (load, pending) = match self.loads.get_mut(technician) {
                    Some(loads) => loads,
                    None => self.loads.entry(technician.to_owned()).or_default(),
                };
                match ticket.status.is_workload() {
                    true => *load += 1,
                    false => *pending += 1,
                }
            }
        }
    }

    /// Names a ticket, if it is one of the oldest so far.
    fn name(&mut self, ticket: &Facts, step: &Step) {
        let place = (ticket.opened(), ticket.id);
        let is_full = self.oldest.len() >= self.named;
        if is_full
            && self
                .oldest
                .last_key_value()
                .is_none_or(|(last, _)| place > *last)
        {
            return;
        }
        let named = OldTicket {
            id: ticket.id,
            subject: ticket.subject.to_string(),
            opened: ticket.opened(),
            age: self.at.seconds_since(ticket.opened()),
            assignee: step.assignee.as_deref().map(str::to_owned),
            priority: ticket.priority,
        };
        self.oldest.insert(place, named);
        if is_full {
            self.oldest.pop_last();
        }
    }

    fn finish(self, capacity: &BTreeMap<String, Option<u32>>) -> Backlog {
        let by_priority = self.by_priority.into_iter();
        let by_tier = self.by_tier.into_iter();
        Backlog {
            total: self.total,
            unassigned: self.unassigned,
            aging: self.aging,
            by_priority: by_priority
                .map(|(priority, (total, aging))| PriorityAging {
                    priority,
                    total,
                    aging,
                })
                .collect(),
            by_tier: by_tier
                .map(|(tier, (total, aging))| TierAging { tier, total, aging })
                .collect(),
            oldest: self.oldest.into_values().collect(),
            workload: workload(self.loads, capacity),
        }
    }
}

/// Of everybody on the roster, as far as it is known, idle or not, and of whoever has a ticket without being on it.
fn workload(
    loads: BTreeMap<String, (u64, u64)>,
    capacity: &BTreeMap<String, Option<u32>>,
) -> Vec<Workload> {
    let idle = capacity.keys().map(|login| (login.clone(), (0, 0)));
    let mut all: BTreeMap<String, (u64, u64)> = idle.collect();
    all.extend(loads);
    let mut rows: Vec<Workload> = all
        .into_iter()
        .map(|(technician, (load, pending))| {
            let capacity = capacity.get(&technician).copied().flatten();
            Workload {
                technician,
                load,
                pending,
                capacity,
                rate: capacity.and_then(|capacity| rate(load, capacity.into())),
            }
        })
        .collect();
    // Stable: those of the same load stay in the order of their names.
    rows.sort_by_key(|row| Reverse(row.load));
    rows
}
