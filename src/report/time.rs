//! `report time`: where tickets wait, in which status, in which tier, in whose queue.
//!
//! What is counted is the time that tickets spent in the period as new, open or pending, up to the
//! instant of the report. Every second belongs to one status, one tier and one team, so that the rows
//! of each dimension add up to all of it, and so do the steps of a series.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

use super::count::Counting;
use super::cut::Cut;
use super::dimension::{Dimension, Key, RowValue};
use super::metrics::{Durations, rate};
use super::{Body, Facts, Quiet, Scope, Step};
use crate::ticket::{Status, Timestamp};

/// How tickets that stand still are told apart, for this report.
pub(super) const STANDING: [Dimension; 3] = [Dimension::Status, Dimension::Tier, Dimension::Team];

/// The time that tickets spent, row by row.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TimeSpent {
    /// All tickets, then tier by tier, then team by team, those with the most time first; each new,
    /// open and pending, as far as any ticket was so.
    pub rows: Vec<TimeRow>,
}

/// The time that tickets spent in one status, and in one tier or team.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TimeRow {
    /// What the row is of; `None` of all tickets.
    pub dimension: Option<Dimension>,
    /// Which tier or team.
    pub value: Option<RowValue>,
    /// In which status.
    pub status: Status,
    /// The seconds of all tickets together.
    pub seconds: u64,
    /// `seconds` over those of all statuses, tiers or teams together.
    pub share: Option<f64>,
    /// The time of each ticket that spent any.
    pub time_in_status: Durations,
}

/// Where time is spent: in all, in a tier or in a team; and in which status.
type Where = (Option<Dimension>, Key, Status);

/// How many tickets spent how many seconds; so often, since most that wait, wait all the while.
type Spent = BTreeMap<i64, u64>;

/// Counts the time that tickets spend.
pub(super) struct Clocks {
    cut: Cut,
    as_of: Timestamp,
    spent: HashMap<(usize, Where), Spent>,
    /// Of one ticket, while it is looked at; step after step.
    of_ticket: Vec<((usize, Where), i64)>,
}

impl Clocks {
    pub(super) fn new(cut: Cut, scope: &Scope) -> Self {
        Self {
            cut,
            as_of: scope.as_of,
            spent: HashMap::new(),
            of_ticket: Vec::new(),
        }
    }
}

/// Adds time of a ticket; its steps come in their order.
fn add(of_ticket: &mut Vec<((usize, Where), i64)>, when: usize, place: &Where, seconds: i64) {
    let first = of_ticket.partition_point(|((step, _), _)| *step < when);
    let mut of_step = of_ticket[first..].iter_mut();
    match of_step.find(|((_, known), _)| known == place) {
        Some((_, sum)) => *sum += seconds,
        None => of_ticket.push(((when, place.clone()), seconds)),
    }
}

/// Everything that time spent so counts for.
fn wheres(status: Status, tier: Key, team: Key) -> [Where; 3] {
    [
        (None, Key::Whole, status),
        (Some(Dimension::Tier), tier, status),
        (Some(Dimension::Team), team, status),
    ]
}

impl Counting for Clocks {
    fn ticket(&mut self, ticket: &Facts) {
        let steps = ticket.steps();
        let of = |dimension: Dimension, step: &Step| dimension.key(ticket, step);
        for (at, step) in steps.iter().enumerate() {
            if !step.status.is_active() {
                continue;
            }
            let until = steps.get(at + 1).map_or(self.as_of, |next| next.at);
            let (tier, team) = (of(Dimension::Tier, step), of(Dimension::Team, step));
            let wheres = wheres(step.status, tier, team);
            for (when, seconds) in self.cut.shares(step.at, until) {
                for place in &wheres {
                    add(&mut self.of_ticket, when, place, seconds);
                }
            }
        }
        for (place, seconds) in self.of_ticket.drain(..) {
            *self
                .spent
                .entry(place)
                .or_default()
                .entry(seconds)
                .or_default() += 1;
        }
    }

    fn quiet(&mut self, quiet: Quiet) {
        let [Key::Name(status), tier, team] = &quiet.keys else {
            return;
        };
        let Ok(status) = status.parse() else { return };
        for (when, step) in self.cut.steps().enumerate() {
            let seconds = step.until.min(self.as_of).seconds_since(step.since);
            if seconds <= 0 {
                continue;
            }
            for place in wheres(status, tier.clone(), team.clone()) {
                let spent = self.spent.entry((when, place)).or_default();
                *spent.entry(seconds).or_default() += quiet.tickets;
            }
        }
    }

    fn finish(self: Box<Self>) -> Vec<Body> {
        let mut steps: Vec<Vec<(Where, Spent)>> = vec![Vec::new(); self.cut.len()];
        for ((when, place), spent) in self.spent {
            steps[when].push((place, spent));
        }
        let rows = |step| Body::Time(TimeSpent { rows: rows(step) });
        steps.into_iter().map(rows).collect()
    }
}

fn rows(spent: Vec<(Where, Spent)>) -> Vec<TimeRow> {
    let row = |((dimension, key, status), spent): (Where, Spent)| TimeRow {
        dimension,
        value: dimension.map(|_| key.into()),
        status,
        seconds: total(&spent),
        share: None,
        time_in_status: Durations::of_counted(
            spent.iter().map(|(seconds, tickets)| (*seconds, *tickets)),
        ),
    };
    let mut rows: Vec<TimeRow> = spent.into_iter().map(row).collect();
    let of_all = rows.iter().filter(|row| row.dimension.is_none());
    let of_all: u64 = of_all.map(|row| row.seconds).sum();
    for row in &mut rows {
        row.share = rate(row.seconds, of_all);
    }
    let mut of_name: HashMap<RowValue, u64> = HashMap::new();
    for row in &rows {
        if let Some(name @ (RowValue::Name(_) | RowValue::Absent)) = &row.value {
            *of_name.entry(name.clone()).or_default() += row.seconds;
        }
    }
    // `None` comes before tiers, and numbers before names.
    rows.sort_by_cached_key(|row| {
        let seconds = row.value.as_ref().and_then(|value| of_name.get(value));
        let is_name = seconds.is_some();
        (
            is_name,
            Reverse(seconds.copied()),
            row.value.clone(),
            row.status,
        )
    });
    rows
}

fn total(spent: &Spent) -> u64 {
    let seconds = spent
        .iter()
        .map(|(seconds, tickets)| seconds.unsigned_abs() * tickets);
    seconds.sum()
}
