//! The runs: what was done under one mark, on however many tickets.
//!
//! The index keeps a row for each ticket of a run; where there is none, the same is gathered from the
//! files.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use rusqlite::{Connection, OptionalExtension, Row};

use super::known::{id, ids};
use super::{Scanned, Trouble, scan};
use crate::error::Result;
use crate::store::Store;
use crate::ticket::{Part, Ticket, TicketId, Timestamp, Told};

/// What was done under one mark: by one command, or one batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// The mark.
    pub op: String,
    /// When something was last done, by the machine's clock; where somebody's runs are asked for, when
    /// they last did something.
    pub at: Timestamp,
    /// Who acted.
    pub by: BTreeSet<String>,
    /// The operating system's users, where they acted as somebody else.
    pub real: BTreeSet<String>,
    /// What happened, to how many tickets.
    pub events: BTreeMap<String, u64>,
    /// How many tickets it changed.
    pub tickets: u64,
    /// The first of them.
    pub first: TicketId,
    /// On how many of them it was taken back.
    pub taken_back: u64,
    /// The marks of the runs that it took back.
    pub undoes: BTreeSet<String>,
}

/// Which runs are asked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct WantedRuns<'a> {
    /// Those in which somebody acted, or really acted.
    pub of: Option<&'a str>,
    /// Only those that were not taken back everywhere.
    pub standing: bool,
    /// So many at the most.
    pub limit: Option<usize>,
}

impl WantedRuns<'_> {
    fn may_be(&self, told: &Told) -> bool {
        self.of.is_none_or(|who| told.is_of(who))
    }

    fn takes(&self, run: &Run) -> bool {
        !self.standing || run.taken_back < run.tickets
    }

    fn limit(&self) -> usize {
        self.limit.unwrap_or(usize::MAX)
    }
}

impl Run {
    fn new(op: &str, at: Timestamp) -> Self {
        Self {
            op: op.to_owned(),
            at,
            by: BTreeSet::new(),
            real: BTreeSet::new(),
            events: BTreeMap::new(),
            tickets: 0,
            first: TicketId::FIRST,
            taken_back: 0,
            undoes: BTreeSet::new(),
        }
    }

    /// Takes in so many tickets to which the same was done.
    fn add(&mut self, told: Told, is_taken_back: bool, (tickets, first): (u64, TicketId)) {
        self.first = match self.tickets {
            0 => first,
            _ => self.first.min(first),
        };
        self.tickets += tickets;
        self.taken_back += if is_taken_back { tickets } else { 0 };
        self.by.extend(told.by);
        self.real.extend(told.real);
        self.undoes.extend(told.undoes);
        for event in told.events {
            *self.events.entry(event).or_default() += tickets;
        }
    }
}

/// The last runs, the newest first.
pub(super) fn last(index: &Connection, wanted: &WantedRuns<'_>) -> Result<Vec<Run>, Trouble> {
    let sql = "SELECT at, op, told FROM run ORDER BY at DESC, op DESC";
    let mut statement = index.prepare_cached(sql)?;
    let mut rows = statement.query([])?;
    let (mut runs, mut seen) = (Vec::new(), HashSet::new());
    while runs.len() < wanted.limit()
        && let Some(row) = rows.next()?
    {
        let op = text(row, 1)?;
        if seen.contains(op) || !wanted.may_be(&read(text(row, 2)?)?) {
            continue;
        }
        seen.insert(op.to_owned());
        let at = Timestamp::from_unix(row.get(0)?).ok_or(Trouble::Unfit)?;
        let run = whole(index, op, at)?;
        runs.extend(Some(run).filter(|run| wanted.takes(run)));
    }
    Ok(runs)
}

fn text<'r>(row: &'r Row<'_>, column: usize) -> Result<&'r str, Trouble> {
    row.get_ref(column)?.as_str().map_err(|_| Trouble::Foreign)
}

fn read(told: &str) -> Result<Told, Trouble> {
    serde_json::from_str(told).map_err(|_| Trouble::Foreign)
}

/// All that was done under a mark.
fn whole(index: &Connection, op: &str, at: Timestamp) -> Result<Run, Trouble> {
    let sql =
        "SELECT told, taken, count(*), min(ticket) FROM run WHERE op = ? GROUP BY told, taken";
    let mut statement = index.prepare_cached(sql)?;
    let mut rows = statement.query([op])?;
    let mut run = Run::new(op, at);
    while let Some(row) = rows.next()? {
        let told = read(text(row, 0)?)?;
        let tickets = u64::try_from(row.get::<_, i64>(2)?).unwrap_or(0);
        run.add(told, row.get(1)?, (tickets, id(row.get(3)?)?));
    }
    Ok(run)
}

/// So many marks that begin alike are told.
const MOST: usize = 10;

/// The marks that begin so; of many, some.
pub(super) fn marks(index: &Connection, beginning: &str) -> Result<BTreeSet<String>, Trouble> {
    let next = |sql: &str, mark: &str| -> Result<Option<String>, Trouble> {
        let mut statement = index.prepare_cached(sql)?;
        let mark = statement
            .query_row([mark], |row| row.get::<_, String>(0))
            .optional()?;
        Ok(mark.filter(|mark| mark.starts_with(beginning)))
    };
    let mut marks = BTreeSet::new();
    let mut mark = next(
        "SELECT op FROM run WHERE op >= ? ORDER BY op LIMIT 1",
        beginning,
    )?;
    while let Some(found) = mark.filter(|_| marks.len() < MOST) {
        mark = next(
            "SELECT op FROM run WHERE op > ? ORDER BY op LIMIT 1",
            &found,
        )?;
        marks.insert(found);
    }
    Ok(marks)
}

/// The tickets on which a run was not taken back.
pub(super) fn standing(index: &Connection, op: &str) -> Result<Vec<TicketId>, Trouble> {
    let sql = "SELECT ticket FROM run WHERE op = ? AND NOT taken ORDER BY ticket";
    ids(index, sql, op)
}

/// The same as [`last`], by reading all files.
pub(crate) fn last_by_scan(store: &Store, wanted: &WantedRuns<'_>) -> Result<Scanned<Run>> {
    let parts = |ticket: Ticket| Some((ticket.id, ticket.parts()));
    let Scanned { found, damaged } = scan(store, parts)?;
    let mut runs: BTreeMap<String, Run> = BTreeMap::new();
    // The instants of the parts that are asked for: others make no run one of theirs.
    let mut instants: BTreeMap<String, Timestamp> = BTreeMap::new();
    for (ticket, parts) in found {
        for Part {
            op,
            at,
            told,
            is_taken_back,
        } in parts
        {
            if wanted.may_be(&told) {
                let last = instants.entry(op.clone()).or_insert(at);
                *last = at.max(*last);
            }
            let run = runs.entry(op).or_insert_with_key(|op| Run::new(op, at));
            run.add(told, is_taken_back, (1, ticket));
        }
    }
    let mut found: Vec<Run> = instants
        .into_iter()
        .filter_map(|(op, at)| {
            Some(Run {
                at,
                ..runs.remove(&op)?
            })
        })
        .filter(|run| wanted.takes(run))
        .collect();
    found.sort_unstable_by(|a, b| (b.at, &b.op).cmp(&(a.at, &a.op)));
    found.truncate(wanted.limit());
    Ok(Scanned { found, damaged })
}

/// The same as [`marks`].
pub(crate) fn marks_by_scan(store: &Store, beginning: &str) -> Result<BTreeSet<String>> {
    let marks = |ticket: Ticket| {
        let marks = ticket.parts().into_iter().map(|part| part.op);
        Some(
            marks
                .filter(|op| op.starts_with(beginning))
                .collect::<Vec<_>>(),
        )
    };
    let found = scan(store, marks)?.found;
    let all: BTreeSet<String> = found.into_iter().flatten().collect();
    Ok(all.into_iter().take(MOST).collect())
}

/// The same as [`standing`].
pub(crate) fn standing_by_scan(store: &Store, op: &str) -> Result<Scanned<TicketId>> {
    let is_it = |part: Part| part.op == op && !part.is_taken_back;
    scan(store, |ticket: Ticket| {
        ticket.parts().into_iter().any(is_it).then_some(ticket.id)
    })
}
