//! The one write door: a set of tickets, each with the revision it had, made durable.
//!
//! All of their temporary files are written, and synced; then, folder by folder and under its short
//! lock, they are renamed into place with lines in the journal before and after; then the folders are
//! synced, and only then are they acknowledged. What each step is for: without the sync of the
//! temporary, a power cut leaves an empty file; without the sync of the folder, it loses the last
//! ticket that was acknowledged.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

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
}

/// What became of a set of changes.
#[derive(Debug, Default)]
pub(crate) struct Committed {
    /// Why a ticket was not written, or not made durable.
    pub(crate) failed: BTreeMap<TicketId, Error>,
    /// New tickets whose number turned out to be taken: to be tried again with another one.
    pub(crate) collided: BTreeSet<TicketId>,
}

impl Writing<'_> {
    /// Writes a set of tickets. Every one stands for itself: it is the old one or the new one.
    ///
    /// `held` are the locks of the tickets; that they are still the locks that others would take
    /// is checked once more before the first rename.
    pub(crate) fn commit(&self, changes: &[Change], held: &[Held]) -> Committed {
        let mut committed = Committed::default();
        let opening = self.share_opening(changes);
        // While the disk has room for it.
        let mut journal = Journal::open(&self.private, self.modes.file);
        let mut folders: BTreeMap<u64, Vec<&Change>> = BTreeMap::new();
        let written = self.write_temporaries(changes, opening.as_ref().err());
        let current = match &journal {
            Ok(_) => self.check_locks(held),
            Err(error) => Err(error.clone()),
        };
        for (change, written) in changes.iter().zip(written) {
            match written.and_then(|()| current.clone()) {
                Ok(()) => {
                    let folder = layout::folder_of(change.ticket.id);
                    folders.entry(folder).or_default().push(change);
                }
                Err(error) => self.give_up(change, error, &mut committed),
            }
        }
        let mut renamed = Vec::with_capacity(folders.len());
        for (number, changes) in folders {
            // Without a journal none has got here.
            let Ok(journal) = &mut journal else {
                break;
            };
            match self.ticket_folder(number) {
                Ok(folder) => {
                    let place = (number, &folder, journal);
                    let ids = self.put_in_place(place, &changes, &mut committed);
                    renamed.push((folder, ids));
                }
                Err(error) => {
                    for change in changes {
                        self.give_up(change, error.clone(), &mut committed);
                    }
                }
            }
        }
        drop(opening);
        for (folder, ids) in renamed {
            committed.failed.extend(not_durable(&folder, ids));
        }
        committed
    }

    /// Takes note that a change was not made, and removes its temporary. Nothing more can be done about
    /// one that cannot be removed: the next writer of this ticket replaces it.
    fn give_up(&self, change: &Change, error: Error, committed: &mut Committed) {
        let _ = self.temporary.remove(&change.temporary_name());
        committed.failed.insert(change.ticket.id, error);
    }

    /// The lock that says that somebody is about to open tickets, if somebody is. Whoever finds
    /// nobody else there knows that all temporaries of new tickets are of the dead: no other number
    /// would ever lead anybody back to them.
    fn share_opening(&self, changes: &[Change]) -> Result<Option<Held>> {
        if changes.iter().all(|change| change.expected.is_some()) {
            return Ok(None);
        }
        let sweep = || {
            for name in self.temporary.names().unwrap_or_default() {
                if is_of_opening(&name) {
                    let _ = self.temporary.remove(&name);
                }
            }
        };
        let (lock, access) = (Lock::Opening, self.modes.lock);
        lock::share(&self.locks, lock, access, self.wait, sweep).map(Some)
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
        let write = |change: &Change| match closed {
            Some(error) if change.expected.is_none() => Err(error.clone()),
            _ => self.write_temporary(change, sync),
        };
        let portions = each_portion(changes, |portion| {
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

    fn write_temporary(&self, change: &Change, sync: Sync) -> Result<()> {
        let ticket = &change.ticket;
        if ticket.format > FORMAT {
            let message = format!(
                "ticket {} is of format {}, newer than this desk writes ({FORMAT})",
                ticket.id, ticket.format
            );
            return Err(Error::refused(message).with_hint("use the newer desk to change it"));
        }
        let bytes = record::to_bytes(ticket)?;
        self.write_file(&change.temporary_name(), &bytes, change.owner, sync)
    }

    /// Writes a temporary file, and makes it durable.
    pub(crate) fn write_synced(&self, name: &str, bytes: &[u8], owner: Option<u32>) -> Result<()> {
        self.write_file(name, bytes, owner, Sync::Each)
    }

    fn write_file(&self, name: &str, bytes: &[u8], owner: Option<u32>, sync: Sync) -> Result<()> {
        let path = self.temporary.path_of(name);
        let written = self
            .temporary
            .make_anew(name, self.modes.file)
            .and_then(|mut file| {
                file.write_all(bytes).map_err(Error::io("write", &path))?;
                if let Some(owner) = owner {
                    std::os::unix::fs::fchown(&file, Some(owner), None)
                        .map_err(Error::io("keep the owner of", &path))?;
                }
                match sync {
                    Sync::Each => file.sync_all().map_err(Error::io("make durable", &path)),
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

    /// Renames temporaries to their tickets' files; gives those that are in place.
    fn put_in_place(
        &self,
        (number, folder, journal): (u64, &Folder, &mut Journal<'_>),
        changes: &[&Change],
        committed: &mut Committed,
    ) -> Vec<TicketId> {
        let mut renamed = Vec::with_capacity(changes.len());
        for portion in changes.chunks(TOGETHER) {
            let mut left = portion.iter();
            let place = (number, folder, &mut *journal);
            let done = self.rename_all(place, &mut left, &mut renamed, committed);
            if let Err(error) = done {
                for change in left {
                    self.give_up(change, error.clone(), committed);
                }
            }
        }
        renamed
    }

    /// Renames temporaries under the folder's lock. What is left of them when there is an error was not
    /// tried.
    fn rename_all<'c>(
        &self,
        (number, folder, journal): (u64, &Folder, &mut Journal<'_>),
        left: &mut (impl Iterator<Item = &'c &'c Change> + Clone),
        renamed: &mut Vec<TicketId>,
        committed: &mut Committed,
    ) -> Result<()> {
        let (lock, access) = (Lock::Folder(number), self.modes.lock);
        let _short = lock::take(&self.locks, lock, access, self.wait)?;
        let mut last = folder.stat()?.0;
        // That the journal could not be told (the disk is full of what is written here) makes readers
        // look again, no more.
        let told = journal.begin(number, left.clone().map(|change| change.ticket.id));
        // Who is no writer of desk's takes no lock: what they did since is not told as ours.
        let mut alone = folder.stat()?.0 == last;
        let mut steps = Vec::new();
        for change in left {
            let (id, rev) = (change.ticket.id, change.ticket.rev);
            let is_done = match self.rename(change, folder) {
                Ok(true) => {
                    renamed.push(id);
                    true
                }
                Ok(false) => {
                    let _ = self.temporary.remove(&change.temporary_name());
                    committed.collided.insert(id);
                    false
                }
                Err(error) => {
                    self.give_up(change, error, committed);
                    false
                }
            };
            let after = folder.stat().map(|(stamp, _)| stamp);
            alone &= after.is_ok();
            if let Ok(after) = after
                && alone
                && is_done
            {
                steps.push((id, rev, [last, after]));
                last = after;
            }
        }
        let _ = told.and_then(|()| journal.end(number, &steps));
        Ok(())
    }

    /// Gives `false` if a new ticket's number is taken.
    fn rename(&self, change: &Change, folder: &Folder) -> Result<bool> {
        let name = layout::file_name(change.ticket.id);
        let temporary = change.temporary_name();
        match change.expected {
            Some(_) => self
                .temporary
                .rename(&temporary, folder, &name)
                .map(|()| true),
            None => self.temporary.rename_new(&temporary, folder, &name),
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

/// Whether this is what a new ticket is called until it is in its place.
fn is_of_opening(name: &str) -> bool {
    let is_number = |text: &str| text.parse::<u64>().is_ok();
    name.split_once('.')
        .is_some_and(|(id, process)| is_number(id) && is_number(process))
}
