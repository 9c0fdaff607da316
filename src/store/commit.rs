//! The one write door: a set of tickets, each with the revision it had, made durable.
//!
//! All of their temporary files are written, and synced; then, folder by folder and under its short
//! lock, they are renamed into place with lines in the journal before and after; then the folders are
//! synced, and only then are they acknowledged. What each step is for: without the sync of the
//! temporary, a power cut leaves an empty file; without the sync of the folder, it loses the last
//! ticket that was acknowledged.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

use serde::{Deserialize, Serialize};

use super::folder::Folder;
use super::journal::Journal;
use super::lock::{self, Held, Lock};
use super::{Writing, layout, record};
use crate::error::{Error, Result};
use crate::threads::each_portion;
use crate::ticket::{FORMAT, Ticket, TicketId};

/// Up to so many files are synced one by one; more of them by one sync of the whole disk, which waits
/// for whatever else was written there, too.
const ONE_BY_ONE: usize = 64;

/// So many renames are told to the journal together, under one lock: some milliseconds.
const TOGETHER: usize = 256;

/// A ticket as it shall be.
#[derive(Debug)]
pub(crate) struct Change {
    /// The revision of the file that it replaces; `None` if it is new.
    pub(crate) expected: Option<u64>,
    /// The new ticket.
    pub(crate) ticket: Ticket,
    /// Whose its file shall be, where it is not the writer's own.
    pub(crate) owner: Option<u32>,
    /// Its file's bytes, where it comes with a file of its own.
    pub(crate) file: Option<Vec<u8>>,
}

impl Change {
    /// What the ticket is called until it is in its place. Of a new ticket nobody holds the lock,
    /// and two processes have the same number if the counter is taken from under them: so neither
    /// shall find the other's, and [`is_of_opening`] knows it by that.
    fn temporary_name(&self) -> String {
        let id = self.ticket.id;
        match self.expected {
            Some(_) => id.to_string(),
            None => format!("{id}.{}", std::process::id()),
        }
    }

    fn ready(&self) -> Ready {
        Ready {
            id: self.ticket.id,
            rev: self.ticket.rev,
            new: self.expected.is_none(),
            temporary: self.temporary_name(),
        }
    }
}

/// Whether a list says what is to be renamed (see [`pending`](super::pending)).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum List {
    None,
    There,
}

/// A folder into which something is renamed.
struct Place<'a, 'j> {
    number: u64,
    folder: Folder,
    journal: &'a mut Journal<'j>,
    list: List,
}

/// What became of a set of changes.
#[derive(Debug, Default)]
pub(crate) struct Committed {
    /// Why a ticket was not written, or not made durable.
    pub(crate) failed: BTreeMap<TicketId, Error>,
    /// New tickets whose number turned out to be taken: to be tried again with another one.
    pub(crate) collided: BTreeSet<TicketId>,
}

/// A temporary that is durable, and ready to be renamed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Ready {
    #[serde(rename = "ticket")]
    pub(super) id: TicketId,
    pub(super) rev: u64,
    pub(super) new: bool,
    pub(super) temporary: String,
}

impl Writing<'_> {
    /// Writes a set of tickets. Every one stands for itself: it is the old one or the new one.
    ///
    /// `held` are the locks of the tickets; that they are still the locks that others would take
    /// is checked once more before the first rename.
    pub(crate) fn commit(&self, changes: &[Change], held: &[Held]) -> Committed {
        let mut committed = Committed::default();
        let opens = changes.iter().any(|change| change.expected.is_none());
        let opening = opens.then(|| self.share_opening()).transpose();
        // While the disk has room for it.
        let journal = Journal::open(&self.private, self.modes.file);
        let closed = [opening.as_ref().err(), journal.as_ref().err()];
        let ready = self.prepare(changes, held, closed, &mut committed);
        if let Ok(journal) = journal {
            self.put_in_place(ready, journal, List::None, &mut committed);
        }
        committed
    }

    /// Writes a set of tickets, all of them or none, whatever happens: whoever comes next finds the old
    /// ones, or sees to it that the new ones are there. Where a number turns out to be taken, none is
    /// written.
    pub(crate) fn commit_whole(&self, changes: &[Change], held: &[Held]) -> Committed {
        let mut committed = Committed::default();
        let opening = self.share_opening();
        let journal = Journal::open(&self.private, self.modes.file);
        let closed = [opening.as_ref().err(), journal.as_ref().err()];
        let ready = self.prepare(changes, held, closed, &mut committed);
        let promised = match committed.failed.values().next() {
            Some(error) => Err(Some(error.clone())),
            None => self
                .expect_free(&ready)
                .and_then(|()| self.promise(ready.clone()).map_err(Some)),
        };
        match (promised, journal) {
            (Ok(pending), Ok(journal)) => {
                self.put_in_place(ready, journal, List::There, &mut committed);
                if committed.failed.is_empty() {
                    // One that is left behind is found to be done.
                    let _ = self.fulfil(&pending);
                }
                for error in committed.failed.values_mut() {
                    if !matches!(error, Error::NotDurable { .. }) {
                        let cause = Box::new(error.clone());
                        *error = Error::Unfinished { cause };
                    }
                }
            }
            (promised, journal) => {
                let error = promised.err().flatten().or(journal.err());
                committed = Committed::default();
                for change in changes {
                    let _ = self.temporary.remove(&change.temporary_name());
                    let id = change.ticket.id;
                    match &error {
                        Some(error) => drop(committed.failed.insert(id, error.clone())),
                        None => drop(committed.collided.insert(id)),
                    }
                }
            }
        }
        committed
    }

    /// Nothing, if no number of a new ticket is taken; no error, if one is.
    fn expect_free(&self, ready: &[Ready]) -> Result<(), Option<Error>> {
        for ready in ready.iter().filter(|ready| ready.new) {
            if self.exists(ready.id).map_err(Some)? {
                return Err(None);
            }
        }
        Ok(())
    }

    /// Writes the temporaries; gives those that can be renamed.
    fn prepare(
        &self,
        changes: &[Change],
        held: &[Held],
        [opening, journal]: [Option<&Error>; 2],
        committed: &mut Committed,
    ) -> Vec<Ready> {
        let written = self.write_temporaries(changes, opening);
        let current = match journal {
            None => self.check_locks(held),
            Some(error) => Err(error.clone()),
        };
        let mut all = Vec::with_capacity(changes.len());
        for (change, written) in changes.iter().zip(written) {
            let ready = change.ready();
            match written.and_then(|()| current.clone()) {
                Ok(()) => all.push(ready),
                Err(error) => self.give_up(&ready, error, List::None, committed),
            }
        }
        all
    }

    /// Renames temporaries to their tickets' files, and makes that durable.
    pub(super) fn put_in_place(
        &self,
        ready: Vec<Ready>,
        mut journal: Journal<'_>,
        list: List,
        committed: &mut Committed,
    ) {
        let mut folders: BTreeMap<u64, Vec<Ready>> = BTreeMap::new();
        for ready in ready {
            let folder = layout::folder_of(ready.id);
            folders.entry(folder).or_default().push(ready);
        }
        let mut renamed = Vec::with_capacity(folders.len());
        for (number, ready) in folders {
            let (mut left, mut ids) = (ready.iter(), Vec::with_capacity(ready.len()));
            let done = self.ticket_folder(number).map(|folder| {
                let mut place = Place {
                    number,
                    folder,
                    journal: &mut journal,
                    list,
                };
                let done = self.rename_all(&mut place, &mut left, &mut ids, committed);
                renamed.push((place.folder, ids));
                done
            });
            if let Err(error) = done.and_then(|done| done) {
                left.for_each(|ready| self.give_up(ready, error.clone(), list, committed));
            }
        }
        for (folder, ids) in renamed {
            committed.failed.extend(not_durable(&folder, ids));
        }
    }

    /// Takes note that a change was not made, and removes its temporary, unless a list speaks of it.
    /// Nothing more can be done about one that cannot be removed: the next writer of this ticket
    /// replaces it.
    fn give_up(&self, ready: &Ready, error: Error, list: List, committed: &mut Committed) {
        if list == List::None {
            let _ = self.temporary.remove(&ready.temporary);
        }
        committed.failed.insert(ready.id, error);
    }

    /// The lock that says that somebody is about to open tickets, or to commit to a list. Whoever finds
    /// nobody else there knows that all temporaries of new tickets, and of lists, are of the dead: no
    /// other number would ever lead anybody back to them.
    fn share_opening(&self) -> Result<Held> {
        let sweep = || {
            // What a dead one committed to is not left behind; and what a list names that is still there,
            // since somebody carries it out just now, or nobody can, is no leftover.
            let Ok(true) = self.finish(None).and_then(|()| self.has_kept_all()) else {
                return;
            };
            for name in self.temporary.names().unwrap_or_default() {
                if is_of_opening(&name) {
                    let _ = self.temporary.remove(&name);
                }
            }
        };
        let (lock, access) = (Lock::Opening, self.modes.lock);
        lock::share(&self.locks, lock, access, self.wait, sweep)
    }

    fn check_locks(&self, held: &[Held]) -> Result<()> {
        for lock in held {
            if !lock.is_current(&self.locks)? {
                return Err(Error::Busy {
                    path: self.locks.path().to_owned(),
                    holder: Some("nobody; it was deleted meanwhile".into()),
                });
            }
        }
        Ok(())
    }

    /// Writes the temporaries of all, and makes them durable; gives what became of each. None is
    /// written for a new ticket, where none can be opened.
    fn write_temporaries(&self, changes: &[Change], closed: Option<&Error>) -> Vec<Result<()>> {
        let sync = match changes.len() {
            0..=ONE_BY_ONE => Sync::Each,
            _ => self.sync_of_all(),
        };
        let portions = each_portion(changes, |portion| {
            let mut bytes = Vec::new();
            let write = |change: &Change| match closed {
                Some(error) if change.expected.is_none() => Err(error.clone()),
                _ => self.write_temporary(change, &mut bytes, sync),
            };
            portion.iter().map(write).collect::<Vec<_>>()
        });
        let mut written: Vec<Result<()>> = portions.into_iter().flatten().collect();
        if sync == Sync::AtOnce
            && let Err(errno) = self.temporary.sync_disk()
        {
            let failed = Error::io("make durable", self.temporary.path())(errno.into());
            for written in written.iter_mut().filter(|written| written.is_ok()) {
                *written = Err(failed.clone());
            }
        }
        written
    }

    /// `bytes` is to be written into.
    fn write_temporary(&self, change: &Change, bytes: &mut Vec<u8>, sync: Sync) -> Result<()> {
        let ticket = &change.ticket;
        if ticket.format > FORMAT {
            let message = format!(
                "ticket {} is of format {}, newer than this desk writes ({FORMAT})",
                ticket.id, ticket.format
            );
            return Err(Error::refused(message).with_hint("use the newer desk to change it"));
        }
        let bytes: &[u8] = match &change.file {
            Some(file) => file,
            None => {
                record::write(ticket, bytes)?;
                bytes
            }
        };
        self.write_file(&change.temporary_name(), bytes, change.owner, sync)
    }

    /// Writes a temporary file, and makes it durable.
    pub(crate) fn write_synced(&self, name: &str, bytes: &[u8], owner: Option<u32>) -> Result<()> {
        self.write_file(name, bytes, owner, Sync::Each)
    }

    fn write_file(&self, name: &str, bytes: &[u8], owner: Option<u32>, sync: Sync) -> Result<()> {
        let failed = |doing| move |source| Error::io(doing, &self.temporary.path_of(name))(source);
        let written = self
            .temporary
            .make_anew(name, self.modes.file)
            .and_then(|mut file| {
                file.write_all(bytes).map_err(failed("write"))?;
                if let Some(owner) = owner {
                    std::os::unix::fs::fchown(&file, Some(owner), None)
                        .map_err(failed("keep the owner of"))?;
                }
                match sync {
                    Sync::Each => file.sync_all().map_err(failed("make durable")),
                    Sync::AtOnce => Ok(()),
                }
            });
        if written.is_err() {
            let _ = self.temporary.remove(name);
        }
        written
    }

    /// How many files are made durable here: at once, where the kernel tells what went wrong with it.
    fn sync_of_all(&self) -> Sync {
        match Folder::can_sync_disk() {
            true => Sync::AtOnce,
            false => Sync::Each,
        }
    }

    /// Renames temporaries under the folder's lock, some at a time. What is left of them when there is an
    /// error was not tried.
    fn rename_all<'r>(
        &self,
        place: &mut Place<'_, '_>,
        left: &mut std::slice::Iter<'r, Ready>,
        renamed: &mut Vec<TicketId>,
        committed: &mut Committed,
    ) -> Result<()> {
        while !left.as_slice().is_empty() {
            let some = &left.as_slice()[..left.len().min(TOGETHER)];
            let (number, folder) = (place.number, &place.folder);
            let (lock, access) = (Lock::Folder(number), self.modes.lock);
            let _short = lock::take(&self.locks, lock, access, self.wait)?;
            let mut last = folder.stat()?.0;
            // That the journal could not be told (the disk is full of what is written here) makes
            // readers look again, no more.
            let told = place
                .journal
                .begin(number, some.iter().map(|ready| ready.id));
            // Who is no writer of desk's takes no lock: what they did since is not told as ours.
            let mut alone = folder.stat()?.0 == last;
            let mut steps = Vec::new();
            for ready in left.by_ref().take(some.len()) {
                let is_done = self.rename(ready, place, committed);
                let after = place.folder.stat().map(|(stamp, _)| stamp);
                alone &= after.is_ok();
                if is_done {
                    renamed.push(ready.id);
                }
                if let Ok(after) = after
                    && alone
                    && is_done
                {
                    steps.push((ready.id, ready.rev, [last, after]));
                    last = after;
                }
            }
            let _ = told.and_then(|()| place.journal.end(number, &steps));
        }
        Ok(())
    }

    /// Gives whether it is renamed.
    fn rename(&self, ready: &Ready, place: &Place<'_, '_>, committed: &mut Committed) -> bool {
        let name = layout::file_name(ready.id);
        let renamed = match ready.new {
            false => {
                let renamed = self
                    .temporary
                    .rename(&ready.temporary, &place.folder, &name);
                renamed.map(|()| true)
            }
            true => self
                .temporary
                .rename_new(&ready.temporary, &place.folder, &name),
        };
        match (renamed, place.list) {
            (Ok(true), _) => true,
            (Ok(false), List::None) => {
                let _ = self.temporary.remove(&ready.temporary);
                committed.collided.insert(ready.id);
                false
            }
            (Ok(false), List::There) => {
                let cause = "is there, where a new ticket was to be".to_owned();
                let error = Error::damaged(&place.folder.path_of(&name), cause);
                self.give_up(ready, error, place.list, committed);
                false
            }
            (Err(error), list) => {
                self.give_up(ready, error, list, committed);
                false
            }
        }
    }

    fn ticket_folder(&self, number: u64) -> Result<Folder> {
        let name = layout::folder_name(number);
        match self.tickets.folder(&name)? {
            Some(folder) => Ok(folder),
            None => Err(Error::damaged(&self.tickets.path_of(&name), "is gone")),
        }
    }
}

/// How temporaries are made durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sync {
    /// Each file for itself.
    Each,
    /// All that was written to the disk.
    AtOnce,
}

/// Makes what was renamed into a folder durable; gives what may not be.
fn not_durable(folder: &Folder, renamed: Vec<TicketId>) -> Vec<(TicketId, Error)> {
    let Err(errno) = folder.sync_raw() else {
        return Vec::new();
    };
    let error = |id| {
        let path = folder.path_of(&layout::file_name(id));
        (id, Error::not_durable(&path, errno.into()))
    };
    renamed.into_iter().map(error).collect()
}

/// Whether this is what a new ticket, or a list, is called until it is in its place.
fn is_of_opening(name: &str) -> bool {
    let is_number = |text: &str| text.parse::<u64>().is_ok();
    name.split_once('.')
        .is_some_and(|(id, process)| (is_number(id) || id == layout::COMMIT) && is_number(process))
}
