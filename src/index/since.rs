//! What a process that performs many operations knows beyond the index: what it wrote itself since the
//! index was last brought up to date. So it need not write every group into the index before it decides
//! the next one.
//!
//! That holds as long as nobody else writes: the journal and the folders' stamps tell, as they tell the
//! index itself (see [`refresh`](super::refresh)). What is kept of a ticket is small, since there may
//! be a million of them.

use std::collections::{BTreeSet, HashMap, HashSet};

use sha2::{Digest as _, Sha256};

use super::Trouble;
use super::entry::Entry;
use super::look::Look;
use crate::roster::Loads;
use crate::store::journal::{Entry as Told, NOT_THERE};
use crate::store::{self, Store};
use crate::ticket::{Reference, State, Status, TicketId, Tie};
use crate::view::Relation;

/// A reference, or what an operation was done under, in few bytes: no two have the same, whoever chose them.
type Key = [u8; 16];

/// What a ticket was before it was written, as far as others depend on it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Before {
    rev: u64,
    reference: Option<Reference>,
    workload: Option<String>,
}

impl Before {
    pub(crate) fn of(rev: u64, state: &State) -> Self {
        Self {
            rev,
            reference: state.reference.clone(),
            workload: workload(state).map(str::to_owned),
        }
    }

    /// The revision that its file has.
    pub(crate) fn rev(&self) -> u64 {
        self.rev
    }
}

/// Who has the ticket among the work that they have.
fn workload(state: &State) -> Option<&str> {
    let login = state.assignee.as_deref();
    login.filter(|_| state.status.is_workload())
}

/// What was written since.
#[derive(Debug, Default)]
pub(super) struct Since {
    /// The folders' stamps, up to which all that happened is known.
    folders: HashMap<u64, String>,
    /// The journal's inode, and up to where it was read; none, where there was no journal.
    journal: Option<(u64, u64)>,
    /// What this process wrote, until it is found in the journal.
    written: HashSet<(TicketId, u64)>,
    touched: HashSet<TicketId>,
    references: BTreeSet<(Key, TicketId)>,
    /// What was done under which key; no ticket ever loses one.
    keys: BTreeSet<(Key, TicketId)>,
    tied: HashMap<TicketId, (Status, Vec<(TicketId, Tie)>)>,
    loads: Loads,
}

impl Since {
    /// From the moment at which the files looked like this, and everybody had so much.
    pub(super) fn at(look: &Look, loads: Loads) -> Self {
        Self {
            folders: look.stamps().collect(),
            journal: look.journal(),
            loads,
            ..Self::default()
        }
    }

    /// How many tickets were written.
    pub(super) fn len(&self) -> usize {
        self.touched.len()
    }

    /// Whether nothing else happened. If so, it goes on from here.
    pub(super) fn is_all(&mut self, store: &Store) -> Result<bool, Trouble> {
        if store.tickets()?.is_none() {
            return Ok(self.folders.is_empty() && self.touched.is_empty());
        }
        // Where clocks are coarse, a step may hide what somebody else did.
        if !store.grain().is_some_and(store::Grain::is_fine) && !self.written.is_empty() {
            return Ok(false);
        }
        let mut look = Look::at(store)?;
        if !self.read_on(&mut look)? {
            return Ok(false);
        }
        let mut folders = 0;
        for (number, stamp) in look.stamps() {
            folders += 1;
            if self.folders.get(&number) != Some(&stamp) {
                return Ok(false);
            }
        }
        // Nothing may have come of one that was to be begun.
        let there = self.folders.values().filter(|stamp| *stamp != NOT_THERE);
        Ok(folders == there.count())
    }

    /// Reads the journal's new lines; gives whether all of them are this process's own.
    fn read_on(&mut self, look: &mut Look) -> Result<bool, Trouble> {
        let Some((inode, length)) = look.journal() else {
            return Ok(self.journal.is_none() && self.written.is_empty());
        };
        let place = match self.journal {
            Some((known, place)) if known == inode && place <= length => place,
            None => 0,
            Some(_) => return Ok(false),
        };
        let (entries, place) = look.journal_after(place)?;
        for entry in entries {
            // What is only begun moves the folder's stamp, if it goes on.
            if let Told::Ended {
                folder,
                id,
                rev,
                around: [before, after],
            } = entry
            {
                let ours = self.written.remove(&(id, rev));
                match self.folders.get_mut(&folder).filter(|_| ours) {
                    Some(stamp) if *stamp == before => *stamp = after,
                    _ => return Ok(false),
                }
            }
        }
        self.journal = Some((inode, place));
        Ok(true)
    }

    /// Takes note of the folder of a ticket that is about to be opened, if it is the first one there. A
    /// folder that cannot be looked at stays unknown: then all is looked at again.
    pub(super) fn meet(&mut self, store: &Store, id: TicketId) {
        let number = store::folder_of(id);
        if !self.folders.contains_key(&number)
            && let Ok(Some(stamp)) = store.stamp_of_empty(number)
        {
            self.folders.insert(number, stamp);
        }
    }

    /// Takes note of a ticket that this process wrote.
    pub(super) fn wrote(&mut self, before: Option<&Before>, id: TicketId, entry: Entry) {
        self.touched.insert(id);
        self.written.insert((id, entry.rev));
        if let Some(reference) = before.and_then(|before| before.reference.as_ref()) {
            self.references.remove(&(key(reference.as_str()), id));
        }
        if let Some(reference) = &entry.reference {
            self.references.insert((key(reference), id));
        }
        if let Some(login) = before.and_then(|before| before.workload.as_deref())
            && let Some(tickets) = self.loads.tickets.get_mut(login)
        {
            *tickets = tickets.saturating_sub(1);
        }
        if let Some(login) = entry.workload() {
            *self.loads.tickets.entry(login.to_owned()).or_default() += 1;
        }
        let keys = entry.keys.iter().map(|name| (key(name), id));
        self.keys.extend(keys);
        for (login, at) in entry.last_assigned {
            let last = self.loads.last_assigned.entry(login).or_insert(at);
            *last = (*last).max(at);
        }
        match entry.ties.is_empty() {
            true => drop(self.tied.remove(&id)),
            false => drop(self.tied.insert(id, (entry.status, entry.ties))),
        }
    }

    /// The tickets of a reference, of which the index says that they are these.
    pub(super) fn ids_of(&self, reference: &str, mut indexed: Vec<TicketId>) -> Vec<TicketId> {
        indexed.retain(|id| !self.touched.contains(id));
        indexed.extend(of_key(&self.references, key(reference)));
        indexed.sort_unstable();
        indexed
    }

    /// The tickets that something was done to under a key, of which the index says that they are these.
    pub(super) fn ids_of_key(&self, name: &str, mut indexed: Vec<TicketId>) -> Vec<TicketId> {
        indexed.extend(of_key(&self.keys, key(name)));
        indexed.sort_unstable();
        indexed.dedup();
        indexed
    }

    /// How much every technician has.
    pub(super) fn loads(&self) -> Loads {
        self.loads.clone()
    }

    /// The relations to a ticket, of which the index says that they are these.
    pub(super) fn relations_to(&self, to: TicketId, mut indexed: Vec<Relation>) -> Vec<Relation> {
        indexed.retain(|relation| !self.touched.contains(&relation.from));
        for (from, (status, ties)) in &self.tied {
            let ties = ties.iter().filter(|(other, _)| *other == to);
            indexed.extend(ties.map(|(_, tie)| Relation {
                from: *from,
                tie: *tie,
                status: *status,
            }));
        }
        indexed
    }
}

/// The tickets that have a key.
fn of_key(all: &BTreeSet<(Key, TicketId)>, key: Key) -> impl Iterator<Item = TicketId> {
    let from = (key, TicketId::FIRST);
    let own = all.range(from..).take_while(move |(k, _)| *k == key);
    own.map(|(_, id)| *id)
}

fn key(name: &str) -> Key {
    let digest: [u8; 32] = Sha256::digest(name).into();
    let mut key = Key::default();
    key.copy_from_slice(&digest[..16]);
    key
}
