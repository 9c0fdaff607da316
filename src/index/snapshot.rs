//! What a process that performs many operations remembers of all tickets: whose reference is
//! whose, what was done under which key, how much every technician has, and which tickets are related.
//!
//! Fresh at every use. The journal tells what `desk` itself renamed into place; a folder whose
//! stamp moved, without the journal accounting for every step of it, is looked through file by
//! file, and a file is read again when its own stamp moved. So a foreign change (an editor that
//! replaces the file, git) is seen too.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

use super::entry::Entry;
use crate::error::{Code, Error, Result};
use crate::roster::Loads;
use crate::store::journal::{Entry as Told, parse};
use crate::store::{self, Folder, Grain, Stamp, Store};
use crate::threads::each_portion;
use crate::ticket::TicketId;
use crate::view::Relation;

/// What is remembered of all tickets.
#[derive(Debug, Default)]
pub(crate) struct Snapshot {
    folders: BTreeMap<u64, Seen>,
    entries: HashMap<TicketId, Entry>,
    references: HashMap<String, Vec<TicketId>>,
    related: HashMap<TicketId, Vec<TicketId>>,
    keys: HashMap<String, Vec<TicketId>>,
    loads: Loads,
    journal: Option<Tail>,
    unread: BTreeMap<TicketId, Error>,
}

/// A folder as it was when it was last looked at.
#[derive(Debug, Default)]
struct Seen {
    stamp: String,
    files: HashMap<TicketId, Stamp>,
}

/// The journal, read up to a place.
#[derive(Debug)]
struct Tail {
    file: File,
    inode: u64,
    rest: Vec<u8>,
}

impl Snapshot {
    /// Brings everything up to date.
    ///
    /// # Errors
    /// When a folder cannot be listed. A ticket that is damaged is left out: whoever needs it reads
    /// it again, and is told. So is one that the disk does not let anybody read, and
    /// [`Snapshot::unread`] tells of it.
    pub(crate) fn refresh(&mut self, store: &Store) -> Result<()> {
        let refreshed = self.look_again(store);
        if refreshed.is_err() {
            // What was noted as seen on the way was not all taken in.
            *self = Self::default();
        }
        refreshed
    }

    /// Why a ticket could not be read, if one could not: so what is asked for may be in there.
    pub(crate) fn unread(&self) -> Option<&Error> {
        self.unread.values().next()
    }

    fn look_again(&mut self, store: &Store) -> Result<()> {
        let Some(tickets) = store.tickets()? else {
            *self = Self::default();
            return Ok(());
        };
        let written = self.read_journal(store)?;
        let mut damaged = Vec::new();
        let folders = store::ticket_folders(&tickets, &mut damaged)?;
        if let Some(error) = damaged.into_iter().find(is_of_disk) {
            return Err(error);
        }
        self.forget_what_was_seen_of_the_unread();
        let gone: Vec<u64> = self
            .folders
            .keys()
            .copied()
            .filter(|number| folders.iter().all(|(there, _)| there != number))
            .collect();
        for number in gone {
            self.forget_folder(number);
        }
        for (number, folder) in &folders {
            for (id, rev) in written
                .iter()
                .filter(|(id, _)| store::folder_of(*id) == *number)
            {
                if self.entries.get(id).is_none_or(|entry| entry.rev != *rev) {
                    self.read_again(folder, &[*id]);
                }
            }
            let stamp = folder.stat()?.0.to_string();
            if self
                .folders
                .get(number)
                .is_none_or(|seen| seen.stamp != stamp)
            {
                self.look_through(*number, folder, stamp)?;
            }
        }
        Ok(())
    }

    /// Takes note of what this process wrote itself.
    pub(crate) fn wrote(&mut self, id: TicketId, entry: Entry) {
        self.remember(id, entry);
    }

    /// The tickets of a reference: one, unless somebody meddled with the files.
    pub(crate) fn ids_of(&self, reference: &str) -> Vec<TicketId> {
        self.references.get(reference).cloned().unwrap_or_default()
    }

    /// The tickets that something was done to under a key: one, unless somebody meddled with the
    /// files.
    pub(crate) fn ids_of_key(&self, key: &str) -> Vec<TicketId> {
        self.keys.get(key).cloned().unwrap_or_default()
    }

    /// How much every technician has.
    pub(crate) fn loads(&self) -> &Loads {
        &self.loads
    }

    /// The relations that other tickets hold to this one.
    pub(crate) fn relations_to(&self, id: TicketId) -> Vec<Relation> {
        let from = self.related.get(&id).map_or(&[][..], Vec::as_slice);
        from.iter()
            .filter_map(|from| self.entries.get(from).map(|entry| (from, entry)))
            .flat_map(|(from, entry)| {
                let ties = entry.ties.iter().filter(move |(to, _)| *to == id);
                ties.map(|(_, tie)| Relation {
                    from: *from,
                    tie: *tie,
                    status: entry.status,
                })
            })
            .collect()
    }

    /// The tickets that the journal says were written since it was last read, with the revision
    /// that each got; and, where the steps of a folder are a chain without a gap, its new stamp.
    fn read_journal(&mut self, store: &Store) -> Result<Vec<(TicketId, u64)>> {
        let lines = match self.new_lines(store)? {
            Some(lines) => lines,
            None => return Ok(Vec::new()),
        };
        let is_fine = store.grain().is_some_and(Grain::is_fine);
        let mut written = Vec::new();
        for line in lines.lines() {
            let Some(Told::Ended {
                folder,
                id,
                rev,
                around: [before, after],
            }) = parse(line)
            else {
                continue;
            };
            written.push((id, rev));
            // Where clocks are coarse, a step may hide what somebody else did.
            if is_fine
                && let Some(seen) = self.folders.get_mut(&folder)
                && seen.stamp == before
            {
                seen.stamp = after;
                // Its own stamp is no longer known; it differs from any.
                seen.files.remove(&id);
            }
        }
        Ok(written)
    }

    fn new_lines(&mut self, store: &Store) -> Result<Option<String>> {
        let Ok(Some((journal, inode))) = store.journal() else {
            self.journal = None;
            return Ok(None);
        };
        let same = self
            .journal
            .as_ref()
            .is_some_and(|tail| tail.inode == inode);
        if !same {
            // What stands in it happened before the folders are first looked at.
            let mut file = journal;
            let _ = file.seek(SeekFrom::End(0));
            self.journal = Some(Tail {
                file,
                inode,
                rest: Vec::new(),
            });
            for seen in self.folders.values_mut() {
                seen.stamp.clear();
            }
            return Ok(None);
        }
        let Some(tail) = &mut self.journal else {
            return Ok(None);
        };
        let mut bytes = std::mem::take(&mut tail.rest);
        if tail.file.read_to_end(&mut bytes).is_err() {
            self.journal = None;
            return Ok(None);
        }
        let whole = bytes
            .iter()
            .rposition(|&b| b == b'\n')
            .map_or(0, |at| at + 1);
        tail.rest = bytes.split_off(whole);
        Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
    }

    /// Compares a folder file by file with what is remembered.
    fn look_through(&mut self, number: u64, folder: &Folder, stamp: String) -> Result<()> {
        let ids = store::ticket_ids(number, folder)?;
        let mut files = HashMap::with_capacity(ids.len());
        for id in ids {
            if let Some(stamp) = store::stamp_in(folder, id)? {
                files.insert(id, stamp);
            }
        }
        let seen = self.folders.remove(&number).unwrap_or_default();
        let is_gone = |id: &&TicketId| store::folder_of(**id) == number && !files.contains_key(*id);
        let gone: Vec<TicketId> = self.entries.keys().filter(is_gone).copied().collect();
        for id in gone {
            self.forget(id);
        }
        let mut moved: Vec<TicketId> = files
            .iter()
            .filter(|(id, stamp)| seen.files.get(id) != Some(stamp))
            .map(|(id, _)| *id)
            .collect();
        moved.sort_unstable();
        self.read_again(folder, &moved);
        self.folders.insert(number, Seen { stamp, files });
        Ok(())
    }

    fn read_again(&mut self, folder: &Folder, ids: &[TicketId]) {
        let portions = each_portion(ids, |portion| {
            let read = |id: &TicketId| {
                let ticket = store::read_from(folder, *id);
                (*id, ticket.map(|ticket| ticket.as_ref().map(Entry::of)))
            };
            portion.iter().map(read).collect::<Vec<_>>()
        });
        for (id, entry) in portions.into_iter().flatten() {
            self.forget(id);
            match entry {
                Ok(Some(entry)) => self.remember(id, entry),
                Err(error) if is_of_disk(&error) => drop(self.unread.insert(id, error)),
                Ok(None) | Err(_) => {}
            }
        }
    }

    /// What could not be read is tried again, whether or not it moved.
    fn forget_what_was_seen_of_the_unread(&mut self) {
        for id in std::mem::take(&mut self.unread).into_keys() {
            if let Some(seen) = self.folders.get_mut(&store::folder_of(id)) {
                seen.files.remove(&id);
                seen.stamp.clear();
            }
        }
    }

    fn remember(&mut self, id: TicketId, entry: Entry) {
        self.forget(id);
        if let Some(reference) = &entry.reference {
            self.references
                .entry(reference.clone())
                .or_default()
                .push(id);
        }
        if let Some(login) = entry.workload() {
            *self.loads.tickets.entry(login.to_owned()).or_default() += 1;
        }
        for (login, at) in &entry.last_assigned {
            let last = self.loads.last_assigned.entry(login.clone()).or_insert(*at);
            *last = (*last).max(*at);
        }
        for (to, _) in &entry.ties {
            let from = self.related.entry(*to).or_default();
            // However often it is tied to it, it is one that is.
            if from.last() != Some(&id) {
                from.push(id);
            }
        }
        for key in &entry.keys {
            self.keys.entry(key.clone()).or_default().push(id);
        }
        self.entries.insert(id, entry);
    }

    fn forget(&mut self, id: TicketId) {
        let Some(entry) = self.entries.remove(&id) else {
            return;
        };
        if let Some(ids) = entry
            .reference
            .as_ref()
            .and_then(|r| self.references.get_mut(r))
        {
            ids.retain(|other| *other != id);
        }
        if let Some(login) = entry.workload()
            && let Some(n) = self.loads.tickets.get_mut(login)
        {
            *n = n.saturating_sub(1);
        }
        for (to, _) in &entry.ties {
            if let Some(ids) = self.related.get_mut(to) {
                ids.retain(|other| *other != id);
            }
        }
        for key in &entry.keys {
            if let Some(ids) = self.keys.get_mut(key) {
                ids.retain(|other| *other != id);
            }
        }
    }

    fn forget_folder(&mut self, number: u64) {
        if let Some(seen) = self.folders.remove(&number) {
            for id in seen.files.into_keys() {
                self.forget(id);
            }
        }
        let ids: Vec<_> = self.entries.keys().copied().collect();
        for id in ids.into_iter().filter(|id| store::folder_of(*id) == number) {
            self.forget(id);
        }
    }
}

/// Whether the disk is to blame, and not what a file holds.
fn is_of_disk(error: &Error) -> bool {
    error.code() == Code::Io
}
