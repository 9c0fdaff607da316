//! What can only be seen by holding tickets against each other.
//!
//! Tickets change while they are read one after the other: so what does not fit is looked at once
//! more before it is told.

use std::collections::{BTreeMap, BTreeSet};

use super::seal::Seal;
use super::{Found, Kind};
use crate::error::Result;
use crate::roster::Login;
use crate::store::Store;
use crate::ticket::{Ticket, TicketId};

/// What of all tickets is compared: as little as will do, since there may be millions of them.
#[derive(Default)]
pub(super) struct Sketches {
    /// The tickets that could be read, in order.
    pub(super) ids: Vec<TicketId>,
    references: Vec<(Box<str>, TicketId)>,
    links: Vec<[TicketId; 2]>,
    merges: Vec<[TicketId; 2]>,
    /// Who is not on the roster, as it was read first, and has a ticket.
    strangers: Vec<(TicketId, String)>,
    /// How many files seem to be copies.
    pub(super) copied: usize,
}

impl Sketches {
    /// Takes a ticket in.
    pub(super) fn add(&mut self, ticket: &Ticket, logins: &BTreeSet<Login>) {
        let (id, state) = (ticket.id, &ticket.state);
        self.ids.push(id);
        if let Some(reference) = &state.reference {
            self.references.push((reference.as_str().into(), id));
        }
        let others = state.links.iter().map(|link| link.to);
        self.links
            .extend(others.filter(|to| *to != id).map(|to| [id, to]));
        let into = state.merged_into.filter(|into| *into != id);
        self.merges.extend(into.map(|into| [id, into]));
        if let Some(stranger) = stranger(ticket, logins) {
            self.strangers.push((id, stranger.to_owned()));
        }
    }

    /// Takes in what another thread saw of the tickets behind these.
    pub(super) fn extend(&mut self, other: Self) {
        self.ids.extend(other.ids);
        self.references.extend(other.references);
        self.links.extend(other.links);
        self.merges.extend(other.merges);
        self.strangers.extend(other.strangers);
        self.copied += other.copied;
    }

    /// What does not fit together.
    pub(super) fn faults(&mut self, store: &Store) -> Result<Vec<(TicketId, Found)>> {
        let mut faults = Vec::new();
        self.check_relations(store, &mut faults);
        self.check_references(store, &mut faults);
        self.check_cycles(store, &mut faults);
        self.check_strangers(store, &mut faults)?;
        Ok(faults)
    }

    fn check_relations(&self, store: &Store, faults: &mut Vec<(TicketId, Found)>) {
        for (relations, kind, how) in [
            (&self.links, Kind::DanglingLink, "related to"),
            (&self.merges, Kind::DanglingMerge, "merged into"),
        ] {
            for [id, to] in relations {
                let is_related = || holds(store, *id, |ticket| is_related(ticket, *to));
                if is_gone(store, *to, &self.ids, faults) && is_related() {
                    let cause = format!("is {how} ticket {to}, which is not there");
                    faults.push((*id, (kind, cause, None)));
                }
            }
        }
    }

    fn check_references(&mut self, store: &Store, faults: &mut Vec<(TicketId, Found)>) {
        self.references.sort_unstable();
        for same in self.references.chunk_by(|a, b| a.0 == b.0) {
            let [(reference, first), others @ ..] = same else {
                continue;
            };
            let has = |id: TicketId| {
                holds(store, id, |ticket| {
                    let own = ticket.state.reference.as_ref();
                    own.is_some_and(|own| own.as_str() == &**reference)
                })
            };
            for (_, id) in others {
                if has(*id) && has(*first) {
                    let cause = format!("has the reference `{reference}` of ticket {first}");
                    faults.push((*id, (Kind::SameReference, cause, None)));
                }
            }
        }
    }

    /// Every cycle once, at the lowest of its numbers.
    fn check_cycles(&self, store: &Store, faults: &mut Vec<(TicketId, Found)>) {
        let into: BTreeMap<TicketId, TicketId> =
            self.merges.iter().map(|[id, into]| (*id, *into)).collect();
        let mut seen = BTreeSet::new();
        for start in into.keys() {
            let (mut way, mut next) = (Vec::new(), Some(*start));
            while let Some(id) = next
                && seen.insert(id)
            {
                way.push(id);
                next = into.get(&id).copied();
            }
            let Some(begin) = way.iter().position(|id| Some(*id) == next) else {
                continue;
            };
            let cycle = &way[begin..];
            let still = |id: &TicketId| {
                let to = into.get(id).copied();
                holds(store, *id, |ticket| ticket.state.merged_into == to)
            };
            if let Some(lowest) = cycle.iter().min()
                && cycle.iter().all(still)
            {
                let others = cycle.iter().filter(|id| *id != lowest);
                let others: Vec<_> = others.map(ToString::to_string).collect();
                let cause = format!("is merged into itself by way of {}", others.join(", "));
                faults.push((*lowest, (Kind::MergeCycle, cause, None)));
            }
        }
    }

    fn check_strangers(
        &mut self,
        store: &Store,
        faults: &mut Vec<(TicketId, Found)>,
    ) -> Result<()> {
        if self.strangers.is_empty() {
            return Ok(());
        }
        let logins = logins(store)?;
        for (id, login) in std::mem::take(&mut self.strangers) {
            if holds(store, id, |ticket| {
                stranger(ticket, &logins) == Some(&login)
            }) {
                let cause = format!("is assigned to `{login}`, who is not on the roster");
                faults.push((id, (Kind::UnknownTechnician, cause, None)));
            }
        }
        Ok(())
    }
}

/// Whether something is true of a ticket still. One that cannot be read any more did not change: it
/// would be hidden.
fn holds(store: &Store, id: TicketId, what: impl Fn(&Ticket) -> bool) -> bool {
    store
        .read(id)
        .map_or(true, |ticket| ticket.is_some_and(|ticket| what(&ticket)))
}

/// Whether there is nothing in a ticket's place; where nobody can say, that is told. One whose file
/// is damaged is there, and is told for itself.
fn is_gone(
    store: &Store,
    id: TicketId,
    known: &[TicketId],
    faults: &mut Vec<(TicketId, Found)>,
) -> bool {
    if known.binary_search(&id).is_ok() {
        return false;
    }
    store.has(id).map_or_else(
        |error| {
            faults.push((id, (Kind::Unreadable, super::cause(&error), None)));
            false
        },
        |has| !has,
    )
}

fn is_related(ticket: &Ticket, to: TicketId) -> bool {
    let state = &ticket.state;
    state.merged_into == Some(to) || state.links.iter().any(|link| link.to == to)
}

/// Who has an active ticket, and is not on the roster. While that is empty, any name will do.
fn stranger<'a>(ticket: &'a Ticket, logins: &BTreeSet<Login>) -> Option<&'a str> {
    let assignee = ticket.state.assignee.as_deref();
    let is_known = |login: &&str| logins.iter().any(|known| known.as_str() == *login);
    assignee
        .filter(|_| ticket.state.status.is_active() && !logins.is_empty())
        .filter(|login| !is_known(login))
}

/// Who is on the roster; also those whose files cannot be read.
pub(super) fn logins(store: &Store) -> Result<BTreeSet<Login>> {
    let (roster, damaged) = match store.readable_roster() {
        // That there is no folder is told where folders are looked at.
        Err(crate::error::Error::Damaged { .. }) => return Ok(BTreeSet::new()),
        roster => roster?,
    };
    let known = roster.iter().map(|technician| technician.login.clone());
    Ok(known.chain(damaged.into_keys()).collect())
}

/// What was sealed and is not there.
pub(super) fn gone(store: &Store, seal: &Seal, ids: &[TicketId]) -> Vec<(TicketId, Found)> {
    let mut faults = Vec::new();
    for id in seal.iter().map(|sealed| sealed.ticket) {
        if is_gone(store, id, ids, &mut faults) {
            let cause = "was sealed, and is not there".to_owned();
            faults.push((id, (Kind::SealedGone, cause, None)));
        }
    }
    faults
}
