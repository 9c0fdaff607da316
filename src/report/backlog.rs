//! `report backlog`: what waits to be done, how old it is, and on whose shoulders it lies.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde::Serialize;

use super::metrics::rate;
use super::{Facts, Head, Kind, Scope};
use crate::ticket::{Priority, TicketId, Tier, Timestamp};

/// How many of the oldest tickets are named.
const OLDEST: usize = 10;

const DAY: i64 = 24 * 60 * 60;

/// The backlog at the report's `as_of`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Backlog {
    /// What the report is about.
    #[serde(flatten)]
    pub head: Head,
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
    /// The oldest ten, the oldest first.
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
    /// How many tickets at a time the technician takes; `None` when nobody said.
    pub capacity: Option<u32>,
    /// `load` over `capacity`.
    pub rate: Option<f64>,
}

impl Backlog {
    /// Computes the backlog at `scope.as_of`.
    pub fn of(facts: &[Facts], scope: &Scope) -> Self {
        let active: Vec<Active> = facts
            .iter()
            .filter(|ticket| ticket.last().status.is_active())
            .map(|ticket| Active {
                ticket,
                age: scope.as_of.seconds_since(ticket.opened()),
            })
            .collect();
        let nobodys = |active: &&Active| active.ticket.last().assignee.is_none();
        Self {
            head: Head::of(Kind::Backlog, scope),
            total: active.len() as u64,
            unassigned: active.iter().filter(nobodys).count() as u64,
            aging: aging(&active, |_| ())
                .remove(&())
                .map_or_else(Aging::default, |(_, aging)| aging),
            by_priority: aging(&active, |ticket| ticket.priority)
                .into_iter()
                .map(|(priority, (total, aging))| PriorityAging {
                    priority,
                    total,
                    aging,
                })
                .collect(),
            by_tier: aging(&active, |ticket| ticket.last().tier)
                .into_iter()
                .map(|(tier, (total, aging))| TierAging { tier, total, aging })
                .collect(),
            oldest: oldest(&active),
            workload: workload(&active, &scope.capacity),
        }
    }
}

/// An active ticket, and its age in seconds.
struct Active<'a> {
    ticket: &'a Facts,
    age: i64,
}

fn aging<K: Ord>(active: &[Active], key: impl Fn(&Facts) -> K) -> BTreeMap<K, (u64, Aging)> {
    let mut rows: BTreeMap<K, (u64, Aging)> = BTreeMap::new();
    for Active { ticket, age } in active {
        let (total, aging) = rows.entry(key(ticket)).or_default();
        *total += 1;
        aging.count(*age);
    }
    rows
}

fn oldest(active: &[Active]) -> Vec<OldTicket> {
    let mut active: Vec<&Active> = active.iter().collect();
    active.sort_unstable_by_key(|active| (Reverse(active.age), active.ticket.id));
    active
        .iter()
        .take(OLDEST)
        .map(|Active { ticket, age }| OldTicket {
            id: ticket.id,
            subject: ticket.subject.to_string(),
            opened: ticket.opened(),
            age: *age,
            assignee: ticket.last().assignee.as_deref().map(str::to_owned),
            priority: ticket.priority,
        })
        .collect()
}

/// Of everybody on the roster, idle or not, and of whoever has a ticket without being on it.
fn workload(active: &[Active], capacity: &BTreeMap<String, Option<u32>>) -> Vec<Workload> {
    let idle = capacity.keys().map(|login| (login.as_str(), (0, 0)));
    let mut loads: BTreeMap<&str, (u64, u64)> = idle.collect();
    for standing in active.iter().map(|active| active.ticket.last()) {
        if let Some(technician) = standing.assignee.as_deref() {
            let (load, pending) = loads.entry(technician).or_default();
            match standing.status.is_workload() {
                true => *load += 1,
                false => *pending += 1,
            }
        }
    }
    let mut rows: Vec<Workload> = loads
        .into_iter()
        .map(|(technician, (load, pending))| {
            let capacity = capacity.get(technician).copied().flatten();
            Workload {
                technician: technician.to_owned(),
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
