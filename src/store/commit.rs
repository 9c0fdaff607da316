//! The one write door: a set of tickets, each with the revision it had, made durable.
//!
//! For each: a temporary file, written, synced; then, under its folder's short lock, renamed into
//! place with a line in the journal before and after; then the folder is synced, and only then is
//! it acknowledged. What each step is for: without the sync of the temporary, a power cut leaves an
//! empty file; without the sync of the folder, it loses the last ticket that was acknowledged.

use std::borrow::Cow;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

use super::folder::Folder;
use super::journal::Journal;
use super::lock::{self, Held, Lock};
use super::{Writing, layout, record};
use crate::error::{Error, Result};
use crate::ticket::{FORMAT, Ticket, TicketId};

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
        let mut folders = BTreeMap::new();
        let mut renamed = Vec::new();
        let mut ready = Vec::new();
        let opening = self.share_opening(changes);
        for change in changes {
            let written = match &opening {
                Err(error) if change.expected.is_none() => Err(error.clone()),
                _ => self.write_temporary(change),
            };
            match written {
                Ok(()) => ready.push(change),
                Err(error) => committed.fail(change, error),
            }
        }
        let current = self.check_locks(held);
        for change in ready {
            let id = change.ticket.id;
            let written = match &current {
                Ok(()) => self.put_in_place(change, &mut folders),
                Err(error) => Err(error.clone()),
            };
            match written {
                Ok(true) => {
                    renamed.push(id);
                    continue;
                }
                Ok(false) => {
                    committed.collided.insert(id);
                }
                Err(error) => committed.fail(change, error),
            }
            // Nothing more can be done about a temporary that cannot be removed: the next writer
            // of this ticket replaces it.
            let _ = self.temporary.remove(&change.temporary_name());
        }
        drop(opening);
        for (number, folder) in folders {
            self.make_durable(number, &folder, &renamed, &mut committed);
        }
        committed
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

    fn write_temporary(&self, change: &Change) -> Result<()> {
        let ticket = &change.ticket;
        if ticket.format > FORMAT {
            let message = format!(
                "ticket {} is of format {}, newer than this desk writes ({FORMAT})",
                ticket.id, ticket.format
            );
            return Err(Error::refused(message).with_hint("use the newer desk to change it"));
        }
        let bytes = match &change.file {
            Some(file) => Cow::from(file),
            None => record::to_bytes(ticket)?.into(),
        };
        self.write_synced(&change.temporary_name(), &bytes, change.owner)
    }

    /// Writes a temporary file, and makes it durable.
    pub(crate) fn write_synced(&self, name: &str, bytes: &[u8], owner: Option<u32>) -> Result<()> {
        // One that is there was left behind by a dead process: its ticket's lock is ours, or its
        // name is.
        self.temporary.remove(name)?;
        let path = self.temporary.path_of(name);
        let written = self
            .temporary
            .make_file(name, self.modes.file)
            .and_then(|mut file| {
                file.write_all(bytes).map_err(Error::io("write", &path))?;
                if let Some(owner) = owner {
                    std::os::unix::fs::fchown(&file, Some(owner), None)
                        .map_err(Error::io("keep the owner of", &path))?;
                }
                file.sync_all().map_err(Error::io("make durable", &path))
            });
        if written.is_err() {
            let _ = self.temporary.remove(name);
        }
        written
    }

    /// Renames a temporary to its ticket's file; gives `false` if a new ticket's number is taken.
    fn put_in_place(&self, change: &Change, folders: &mut BTreeMap<u64, Folder>) -> Result<bool> {
        let (id, rev) = (change.ticket.id, change.ticket.rev);
        let number = layout::folder_of(id);
        let folder = match folders.entry(number) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) => entry.insert(self.ticket_folder(number)?),
        };
        let _short = lock::take(
            &self.locks,
            Lock::Folder(number),
            self.modes.lock,
            self.wait,
        )?;
        let mut journal = Journal::open(&self.private, self.modes.file)?;
        let before = folder.stat()?.0;
        journal.begin(number, id)?;
        let (temporary, name) = (change.temporary_name(), layout::file_name(id));
        // Who is no writer of desk's takes no lock: what they did since is not told as ours.
        let alone = folder.stat()?.0 == before;
        if change.expected.is_some() {
            self.temporary.rename(&temporary, folder, &name)?;
        } else if !self.temporary.rename_new(&temporary, folder, &name)? {
            return Ok(false);
        }
        // From here on it is written: that the journal could not be told makes readers look again,
        // no more.
        if alone && let Ok((after, _)) = folder.stat() {
            let _ = journal.end(number, id, rev, [before, after]);
        }
        Ok(true)
    }

    fn ticket_folder(&self, number: u64) -> Result<Folder> {
        let name = layout::folder_name(number);
        match self.tickets.folder(&name)? {
            Some(folder) => Ok(folder),
            None => Err(Error::damaged(&self.tickets.path_of(&name), "is gone")),
        }
    }

    fn make_durable(
        &self,
        number: u64,
        folder: &Folder,
        renamed: &[TicketId],
        committed: &mut Committed,
    ) {
        let Err(errno) = folder.sync_raw() else {
            return;
        };
        for id in renamed {
            if layout::folder_of(*id) == number {
                let path = folder.path_of(&layout::file_name(*id));
                let error = Error::not_durable(&path, errno.into());
                committed.failed.insert(*id, error);
            }
        }
    }
}

/// Whether this is what a new ticket is called until it is in its place.
fn is_of_opening(name: &str) -> bool {
    let is_number = |text: &str| text.parse::<u64>().is_ok();
    name.split_once('.')
        .is_some_and(|(id, process)| is_number(id) && is_number(process))
}

impl Committed {
    fn fail(&mut self, change: &Change, error: Error) {
        self.failed.insert(change.ticket.id, error);
    }
}
