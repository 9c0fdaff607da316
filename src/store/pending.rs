//! All or nothing: a list of renames that are being done, and that whoever comes next does to the end.
//!
//! With all temporaries durable and all locks held, the list is made durable under its name in
//! `commit/`: *this is the commit*. Who wrote it holds a lock on it until all is renamed and the list
//! removed. A list that nobody holds is of a dead process. Whoever has the lock of a ticket that stands
//! in it, or finds that nobody opens tickets, finishes it before anything else: nobody got past that
//! point before the list was there, since its writer had those locks.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, TryLockError};
use std::io::{ErrorKind, Write};
use std::thread;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::begun::Begun;
use super::commit::{Committed, List as Listing, Ready};
use super::folder::Folder;
use super::journal::Journal;
use super::{
    Grain, Lock, Stamp, Store, Writing, layout, open_or_make, read_from, record, ticket_folder,
};
use crate::error::{Code, Error, Result};
use crate::ticket::{Ticket, TicketId, TicketName};

/// What stands in a list.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    desk_commit: u32,
    tickets: Vec<Ready>,
}

/// The version of lists.
const VERSION: u32 = 1;

/// A list whose renames are being done.
#[derive(Debug)]
pub(super) struct Pending {
    lists: Folder,
    name: String,
    /// Locked as long as it is open.
    _file: File,
}

/// How long it takes until a list that somebody else finishes is looked at again.
const PAUSE: Duration = Duration::from_millis(5);

/// So many times in a row all is read, where somebody commits all the while.
const TRIES: usize = 3;

impl Writing<'_> {
    /// Commits to these renames: from here on they are done, by this process or another one.
    pub(super) fn promise(&self, ready: Vec<Ready>) -> Result<Pending> {
        let lists = open_or_make(&self.private, layout::COMMIT, self.modes, &self.private)?;
        // A dead process of the same number may have left one of the same name.
        self.finish(None)?;
        let name = format!("{}.{}", layout::COMMIT, std::process::id());
        let path = self.temporary.path_of(&name);
        let list = List {
            desk_commit: VERSION,
            tickets: ready,
        };
        // Numbers and texts can always be written.
        let bytes = serde_json::to_vec(&list).unwrap_or_default();
        let mut file = self.temporary.make_anew(&name, self.modes.file)?;
        let written = file
            .write_all(&bytes)
            .and_then(|()| file.sync_all())
            .and_then(|()| file.lock())
            .map_err(Error::io("make durable", &path))
            .and_then(|()| self.temporary.rename_new(&name, &lists, &name));
        match written {
            Ok(true) => {}
            failed => {
                let _ = self.temporary.remove(&name);
                let taken = || Error::damaged(&lists.path_of(&name), "is in the way");
                return Err(failed.err().unwrap_or_else(taken));
            }
        }
        if let Err(error) = lists.sync() {
            lists.remove(&name)?;
            return Err(error);
        }
        Ok(Pending {
            lists,
            name,
            _file: file,
        })
    }

    /// Does what dead processes committed to, as far as it is about what is locked; all of it, where
    /// nothing is said.
    pub(super) fn finish(&self, locked: Option<&BTreeSet<Lock>>) -> Result<()> {
        let Some(lists) = self.private.folder(layout::COMMIT)? else {
            return Ok(());
        };
        for name in lists.names()? {
            self.finish_one(&lists, name, locked)?;
        }
        Ok(())
    }

    /// Whether nothing is left that somebody committed to.
    pub(super) fn has_kept_all(&self) -> Result<bool> {
        match self.private.folder(layout::COMMIT)? {
            Some(lists) => Ok(lists.names()?.is_empty()),
            None => Ok(true),
        }
    }

    fn finish_one(
        &self,
        lists: &Folder,
        name: String,
        locked: Option<&BTreeSet<Lock>>,
    ) -> Result<()> {
        let began = Instant::now();
        loop {
            let Some((file, _)) = lists.open_file(&name)? else {
                return Ok(());
            };
            match file.try_lock() {
                Ok(()) => {
                    // Locked until it is carried out.
                    let _file = file;
                    return match read_sound(lists, &name)? {
                        Some(ready) => self.carry_out(ready, lists, &name),
                        None => Ok(()),
                    };
                }
                Err(TryLockError::WouldBlock) => {}
                Err(TryLockError::Error(error)) => {
                    return Err(Error::io("lock", &lists.path_of(&name))(error));
                }
            }
            // Its writer has the locks of all tickets in it: if one of them is held here, another
            // process finishes it just now.
            let concerns = |ready: &Ready| {
                locked.is_some_and(|locked| locked.contains(&Lock::ticket(ready.id)))
            };
            let ready = read_sound(lists, &name)?;
            if !ready.is_some_and(|ready| ready.iter().any(concerns)) {
                return Ok(());
            }
            if began.elapsed() > self.wait {
                return Err(Error::Busy {
                    path: lists.path_of(&name),
                    holder: None,
                });
            }
            thread::sleep(PAUSE);
        }
    }

    /// Renames what is not yet renamed, and removes the list; but for one that cannot be carried out,
    /// which is damaged.
    fn carry_out(&self, ready: Vec<Ready>, lists: &Folder, name: &str) -> Result<()> {
        if obstacle(&ready, &self.tickets, &self.temporary)?.is_some() {
            return Ok(());
        }
        let mut left = Vec::new();
        for ready in ready {
            if self.temporary.kind(&ready.temporary)?.is_some() {
                left.push(ready);
            }
        }
        let journal = Journal::open(&self.private, self.modes.file)?;
        let mut committed = Committed::default();
        self.put_in_place(
            left,
            &Begun::nothing(self, Listing::There),
            journal,
            Listing::There,
            &mut committed,
        );
        match committed.failed.into_values().next() {
            Some(error) => Err(error),
            None => lists.remove(name),
        }
    }

    /// Removes a list all of whose renames are durable.
    pub(super) fn fulfil(&self, pending: &Pending) -> Result<()> {
        pending.lists.remove(&pending.name)
    }
}

/// Why a list cannot be carried out, if it cannot.
fn obstacle(ready: &[Ready], tickets: &Folder, temporary: &Folder) -> Result<Option<String>> {
    for ready in ready {
        let name = TicketName::Id(ready.id);
        let folder = ticket_folder(tickets, layout::folder_of(ready.id))?;
        let is_ready = temporary.kind(&ready.temporary)?.is_some();
        if is_ready && !ready.new {
            continue;
        }
        let there = folder
            .map(|folder| read_from(&folder, ready.id))
            .transpose();
        let there = match there {
            Err(error) if error.code() == Code::Io => return Err(error),
            // What is no ticket is in the way as well.
            there => there.map_or(Some(0), |there| there.flatten().map(|ticket| ticket.rev)),
        };
        match there {
            Some(_) if is_ready => return Ok(Some(format!("lists {name} as new, which is there"))),
            Some(rev) if rev >= ready.rev => {}
            _ if is_ready => {}
            _ => {
                let rev = ready.rev;
                return Ok(Some(format!(
                    "lists {name} at revision {rev}, which is nowhere"
                )));
            }
        }
    }
    Ok(None)
}

impl Store {
    /// Does what dead processes committed to, if there is anything and this process may.
    ///
    /// # Errors
    /// When it cannot be done.
    pub(crate) fn finish_pending(&self) -> Result<()> {
        let may_write = self.root.as_ref().is_some_and(Folder::is_writable);
        match may_write && self.lists()?.is_some() {
            true => self.writing()?.finish(None),
            false => Ok(()),
        }
    }

    /// The tickets that somebody has committed to.
    ///
    /// # Errors
    /// When a list is there and cannot be read. Who may not look at it does without.
    pub(crate) fn promised(&self) -> Result<Promised> {
        or_none(self.read_promised().map(Some)).map(Option::unwrap_or_default)
    }

    /// What `read` makes of the files, beside what somebody has committed to; it reads again where
    /// somebody commits meanwhile, since that was perhaps seen by halves.
    ///
    /// # Errors
    /// What `read` gives, and as [`Store::promised`].
    pub(crate) fn read_whole<T, E: From<Error>>(
        &self,
        mut read: impl FnMut(&Promised) -> Result<T, E>,
    ) -> Result<T, E> {
        for _ in 1..TRIES {
            let promised = self.promised()?;
            let made = read(&promised)?;
            if self.promised()?.is_as(&promised, self.grain()) {
                return Ok(made);
            }
        }
        read(&self.promised()?)
    }

    fn read_promised(&self) -> Result<Promised> {
        let Some((private, lists)) = self.lists()? else {
            return Ok(Promised::default());
        };
        // What comes behind this shows in the next one.
        let (stamp, _) = lists.stat()?;
        let (files, temporary) = (self.tickets()?, private.folder(layout::TEMPORARY)?);
        let mut tickets = BTreeMap::new();
        for name in lists.names()? {
            let ready = read_sound(&lists, &name)?.unwrap_or_default();
            // What nobody will ever carry out is nobody's promise.
            if let (Some(files), Some(temporary)) = (&files, &temporary)
                && why_left(&lists, &name, &ready, [files, temporary])?.is_some()
            {
                continue;
            }
            tickets.extend(ready.into_iter().map(|ready| (ready.id, ready)));
        }
        Ok(Promised {
            stamp: Some(stamp),
            tickets,
            temporary,
        })
    }

    /// The folder of lists, behind the one that it lies in.
    fn lists(&self) -> Result<Option<(Folder, Folder)>> {
        let private = match &self.root {
            Some(root) => root.folder(layout::PRIVATE)?,
            None => None,
        };
        let Some(private) = private else {
            return Ok(None);
        };
        let lists = private.folder(layout::COMMIT)?;
        Ok(lists.map(|lists| (private, lists)))
    }
}

/// Nothing, where this user may not look, or something else is in the place: that stops writers only,
/// and `fsck` tells of it.
fn or_none<T>(read: Result<Option<T>>) -> Result<Option<T>> {
    match read {
        Err(Error::Io { source, .. }) if source.kind() == ErrorKind::PermissionDenied => Ok(None),
        Err(error) if error.code() == Code::Damaged => Ok(None),
        read => read,
    }
}

/// Tickets that somebody has committed to, in place or not. Who reads takes them for done, from their
/// temporaries: so nobody sees half of what is all or nothing, and nobody waits for it.
#[derive(Debug, Default)]
pub(crate) struct Promised {
    /// The stamp of the folder of lists, which moves as they come and go.
    stamp: Option<Stamp>,
    tickets: BTreeMap<TicketId, Ready>,
    temporary: Option<Folder>,
}

impl Promised {
    pub(crate) fn is_empty(&self) -> bool {
        self.tickets.is_empty()
    }

    /// Their numbers.
    pub(crate) fn ids(&self) -> impl Iterator<Item = TicketId> {
        self.tickets.keys().copied()
    }

    /// Whether nobody committed to anything since the other one was read, as far as this disk's clock
    /// tells.
    fn is_as(&self, other: &Self, grain: Option<Grain>) -> bool {
        let settles = |stamp| grain.is_none_or(|grain| grain.settles(stamp));
        self.stamp == other.stamp && self.stamp.is_none_or(settles) && self.tickets == other.tickets
    }

    /// A ticket, whether somebody committed to it or not; `None` if there is no such ticket.
    pub(crate) fn read(&self, store: &Store, id: TicketId) -> Result<Option<Ticket>> {
        match self.file(id)? {
            Some((ticket, _)) => Ok(Some(ticket)),
            None => store.read(id),
        }
    }

    /// A ticket as it shall be, and what its file will hold; `None` if its file says so already, or
    /// nobody committed to it.
    pub(crate) fn file(&self, id: TicketId) -> Result<Option<(Ticket, Vec<u8>)>> {
        let (Some(ready), Some(temporary)) = (self.tickets.get(&id), &self.temporary) else {
            return Ok(None);
        };
        let Some(bytes) = or_none(temporary.read(&ready.temporary))? else {
            return Ok(None);
        };
        // Once it is renamed, the next writer begins one of this name, which is nothing to anybody yet.
        let ticket = record::from_bytes(id, &bytes, &temporary.path_of(&ready.temporary)).ok();
        let promised = ticket.filter(|ticket| ticket.rev == ready.rev);
        Ok(promised.map(|ticket| (ticket, bytes)))
    }
}

/// What stands in a list; `None` if it is gone.
fn read(lists: &Folder, name: &str) -> Result<Option<Vec<Ready>>> {
    let Some(bytes) = lists.read_whole(name)? else {
        return Ok(None);
    };
    let damaged = |cause: String| Error::damaged(&lists.path_of(name), cause);
    let list: List = serde_json::from_slice(&bytes).map_err(|error| damaged(error.to_string()))?;
    if list.desk_commit != VERSION {
        return Err(damaged(format!(
            "is of version {}, which this desk does not know",
            list.desk_commit
        )));
    }
    // Whoever shares the folder may have written it.
    match list.tickets.iter().find(|ready| !ready.is_sound()) {
        Some(ready) => Err(damaged(format!(
            "has `{}` for ticket {}",
            ready.temporary, ready.id
        ))),
        None => Ok(Some(list.tickets)),
    }
}

/// The same, and `None` for one that is damaged: no writer is held up by it, and `fsck` tells of it.
fn read_sound(lists: &Folder, name: &str) -> Result<Option<Vec<Ready>>> {
    match read(lists, name) {
        Err(error) if error.code() == Code::Damaged => Ok(None),
        read => read,
    }
}

/// Why a list will not be carried out by anybody, if it cannot be. Whoever does so holds it; then what
/// is half done is as it should be, and otherwise nobody begins while it is looked at.
fn why_left(
    lists: &Folder,
    name: &str,
    ready: &[Ready],
    [tickets, temporary]: [&Folder; 2],
) -> Result<Option<String>> {
    match lists.open_file(name)? {
        Some((held, _)) if held.try_lock_shared().is_ok() => obstacle(ready, tickets, temporary),
        _ => Ok(None),
    }
}

/// The temporaries that stand in a list: they are nobody's leftovers.
///
/// # Errors
/// [`Error::Damaged`] for a list that cannot be carried out.
pub(super) fn listed(private: &Folder, tickets: &Folder, name: &str) -> Result<Vec<String>> {
    let (Some(lists), Some(temporary)) = (
        private.folder(layout::COMMIT)?,
        private.folder(layout::TEMPORARY)?,
    ) else {
        return Ok(Vec::new());
    };
    let ready = read(&lists, name)?.unwrap_or_default();
    match why_left(&lists, name, &ready, [tickets, &temporary])? {
        Some(cause) => Err(Error::damaged(&lists.path_of(name), cause)),
        None => Ok(ready.into_iter().map(|ready| ready.temporary).collect()),
    }
}

impl Ready {
    /// Whether the temporary is one of this ticket.
    fn is_sound(&self) -> bool {
        let id = self.id.get().to_string();
        let rest = self.temporary.strip_prefix(&id);
        let is_process = |rest: &str| {
            let digits = rest.strip_prefix('.').unwrap_or_default();
            !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
        };
        rest.is_some_and(|rest| rest.is_empty() || is_process(rest))
    }
}
