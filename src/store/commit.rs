//! The one write door: a set of tickets, each with the revision it had, made durable.
//!
//! All of their temporary files are written, and synced; then, folder by folder and under its short
//! lock, they are renamed into place with lines in the journal before and after; then the folders are
//! synced, and only then are they acknowledged. What each step is for: without the sync of the
//! temporary, a power cut leaves an empty file; without the sync of the folder, it loses the last
//! ticket that was acknowledged. What begins a folder comes with it, in one rename (see
//! [`begun`](super::begun)).

use std::collections::{BTreeMap, BTreeSet};

use nix::errno::Errno;
use serde::{Deserialize, Serialize};

use super::begun::{Begun, is_of_opening};
use super::folder::Folder;
use super::journal::{Journal, Step};
use super::lock::{self, Held, Lock};
use super::temporary::Written;
use super::{Piece, Writing, layout};
use crate::error::{Error, Result};
use crate::threads::dropping;
use crate::ticket::{Ticket, TicketId};

/// So many renames are told to the journal together, under one lock: some milliseconds.
const TOGETHER: usize = 256;

/// A ticket as it shall be.
#[derive(Debug)]
pub(crate) struct Change {
    /// The revision of the file that it replaces; `None` if it is new.
    pub(crate) expected: Option<u64>,
    pub(crate) content: Content,
    /// Whose its file shall be, where it is not the writer's own.
    pub(crate) owner: Option<u32>,
}

/// What shall stand in a ticket's file.
#[derive(Debug)]
pub(crate) enum Content {
    /// The ticket, in the form in which files are written.
    Ticket(Box<Ticket>),
    /// The bytes of a file that it comes with, until they are written; they were read as this revision of
    /// this ticket.
    File(TicketId, u64, Option<Piece>),
}

impl Change {
    pub(super) fn id(&self) -> TicketId {
        match &self.content {
            Content::Ticket(ticket) => ticket.id,
            Content::File(id, ..) => *id,
        }
    }

    pub(super) fn rev(&self) -> u64 {
        match &self.content {
            Content::Ticket(ticket) => ticket.rev,
            Content::File(_, rev, _) => *rev,
        }
    }
}

/// Whether a list says what is to be renamed (see [`pending`](super::pending)).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum List {
    None,
    There,
}

/// What was renamed into a folder.
struct Renamed {
    number: u64,
    /// The folder; `None` for one that was built and renamed with it.
    folder: Option<Folder>,
    /// Whether the place of that is durable.
    place: Result<(), Errno>,
    ids: Vec<TicketId>,
}

/// A folder into which something is renamed.
struct Place<'a, 'j> {
    number: u64,
    folder: Folder,
    begun: &'a Begun<'a>,
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

impl Committed {
    /// Whether nothing went wrong with a ticket.
    pub(crate) fn is_written(&self, id: TicketId) -> bool {
        !self.failed.contains_key(&id) && !self.collided.contains(&id)
    }

    /// None of these was written, for this reason; for none, where a number was taken.
    fn none_of(ids: Vec<TicketId>, error: Option<Error>) -> Self {
        let mut committed = Self::default();
        match error {
            Some(error) => committed
                .failed
                .extend(ids.into_iter().map(|id| (id, error.clone()))),
            None => committed.collided.extend(ids),
        }
        committed
    }
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
    /// Whether that lies in a folder that is built with it; of those a list never speaks.
    #[serde(skip)]
    pub(super) built: bool,
}

/// Gives a ticket to be written.
pub(crate) type Give<'g> = dyn FnMut(Change) + 'g;

impl Writing<'_> {
    /// Writes the tickets that `make` gives. Every one stands for itself: it is the old one or the new
    /// one. They are written while it makes more, and nothing of them is seen before all are there; and
    /// nothing ever, where it fails.
    ///
    /// `held` are the locks of the tickets; that they are still the locks that others would take
    /// is checked once more before the first rename.
    pub(crate) fn commit<T, E>(
        &self,
        held: &[Held],
        make: impl FnOnce(&mut Give<'_>) -> Result<T, E>,
    ) -> Result<(T, Committed), E> {
        let mut begun = Begun::nothing(self, List::None);
        let (made, written) = self.write_temporaries(&mut begun, make);
        let made = made.inspect_err(|_| {
            written
                .iter()
                .flatten()
                .for_each(|it| remove(&it.ready, &begun));
            begun.clear();
        })?;
        let (ready, changes, mut committed) = self.prepared(written, &begun, held);
        dropping(changes, || {
            if let Some(journal) = begun.take_journal() {
                self.put_in_place(ready, &begun, journal, List::None, &mut committed);
            }
        });
        begun.clear();
        Ok((made, committed))
    }

    /// Writes a set of tickets, all of them or none, whatever happens: whoever comes next finds the old
    /// ones, or sees to it that the new ones are there. Where a number turns out to be taken, none is
    /// written.
    pub(crate) fn commit_whole(&self, changes: Vec<Change>, held: &[Held]) -> Committed {
        if changes.is_empty() {
            return Committed::default();
        }
        let ids = changes.iter().map(Change::id).collect();
        let mut begun = Begun::nothing(self, List::There);
        let give_all = |give: &mut Give<'_>| {
            changes.into_iter().for_each(give);
            Ok::<_, Error>(())
        };
        let (_, written) = self.write_temporaries(&mut begun, give_all);
        let (ready, _, mut committed) = self.prepared(written, &begun, held);
        let promised = match committed.failed.values().next() {
            Some(error) => Err(Some(error.clone())),
            None => self
                .expect_free(&ready)
                .and_then(|()| self.promise(ready.clone()).map_err(Some)),
        };
        match (promised, begun.take_journal()) {
            (Ok(pending), Some(journal)) => {
                self.put_in_place(ready, &begun, journal, List::There, &mut committed);
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
            (promised, _) => {
                for ready in &ready {
                    let _ = self.temporary.remove(&ready.temporary);
                }
                committed = Committed::none_of(ids, promised.err().flatten());
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

    /// Those that can be renamed, all changes, and what became of the others.
    fn prepared(
        &self,
        written: Vec<Vec<Written>>,
        begun: &Begun<'_>,
        held: &[Held],
    ) -> (Vec<Ready>, Vec<Change>, Committed) {
        let current = self.check_locks(held.iter().chain(begun.opening()));
        let (mut prepared, mut changes) = (Vec::new(), Vec::new());
        let mut committed = Committed::default();
        for written in written.into_iter().flatten() {
            let ready = written.ready;
            changes.push(written.change);
            match written.outcome.and_then(|()| current.clone()) {
                Ok(()) => prepared.push(ready),
                Err(error) => give_up(&ready, begun, error, List::None, &mut committed),
            }
        }
        (prepared, changes, committed)
    }

    /// Renames temporaries to their tickets' files, and makes that durable.
    pub(super) fn put_in_place(
        &self,
        ready: Vec<Ready>,
        begun: &Begun<'_>,
        mut journal: Journal<'_>,
        list: List,
        committed: &mut Committed,
    ) {
        // What is built comes first, so that its folder is there for the others.
        let mut folders: BTreeMap<(u64, bool), Vec<Ready>> = BTreeMap::new();
        for ready in ready {
            let folder = (layout::folder_of(ready.id), !ready.built);
            folders.entry(folder).or_default().push(ready);
        }
        let mut renamed = Vec::with_capacity(folders.len());
        for ((number, _), ready) in folders {
            let (mut left, mut ids) = (ready.iter(), Vec::with_capacity(ready.len()));
            let whole = begun.whole(number, &ready);
            let whole = whole.map(|built| self.rename_whole(built, number, &ready, &mut journal));
            let folder = match whole {
                Some(Ok(Some(place))) => {
                    renamed.push(Renamed {
                        number,
                        folder: None,
                        place,
                        ids: left.map(|ready| ready.id).collect(),
                    });
                    continue;
                }
                // Whoever waits once more waits too long.
                Some(Err(error @ Error::Busy { .. })) => Err(error),
                None | Some(Ok(None) | Err(_)) => self.folder_for(number, &ready),
            };
            let done = folder.and_then(|folder| {
                let mut place = Place {
                    number,
                    folder,
                    begun,
                    journal: &mut journal,
                    list,
                };
                let done = self.rename_all(&mut place, &mut left, &mut ids, committed);
                renamed.push(Renamed {
                    number,
                    folder: Some(place.folder),
                    place: Ok(()),
                    ids,
                });
                done
            });
            if let Err(error) = done {
                left.for_each(|ready| give_up(ready, begun, error.clone(), list, committed));
            }
        }
        self.make_durable(&renamed, begun, committed);
    }

    /// Makes tickets durable as they are: whoever wrote them may have died before that.
    pub(crate) fn make_sure(&self, ids: impl Iterator<Item = TicketId>) -> Result<()> {
        let folders: BTreeMap<u64, TicketId> = ids.map(|id| (layout::folder_of(id), id)).collect();
        for (number, id) in folders {
            let Some(folder) = self.tickets.folder(&layout::folder_name(number))? else {
                continue;
            };
            let path = folder.path_of(&layout::file_name(id));
            let synced = self.settle().and_then(|()| folder.sync_raw());
            synced.map_err(|errno| Error::not_durable(&path, errno.into()))?;
        }
        Ok(())
    }

    /// The lock that says that somebody is about to open tickets, or to commit to a list. Whoever finds
    /// nobody else there knows that all temporaries of new tickets, and of lists, are of the dead: no
    /// other number would ever lead anybody back to them.
    pub(super) fn share_opening(&self) -> Result<Held> {
        let sweep = || {
            // What a dead one committed to is not left behind; and what a list names that is still there,
            // since somebody carries it out just now, or nobody can, is no leftover.
            let Ok(true) = self.finish(None).and_then(|()| self.has_kept_all()) else {
                return;
            };
            for name in self.temporary.names().unwrap_or_default() {
                if is_of_opening(&name) {
                    let _ = self.sweep(&name);
                }
            }
        };
        let (lock, access) = (Lock::Opening, self.modes.lock);
        lock::share(&self.locks, lock, access, self.wait, sweep)
    }

    fn check_locks<'h>(&self, held: impl Iterator<Item = &'h Held>) -> Result<()> {
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
                    steps.push(Step {
                        id: ready.id,
                        rev: ready.rev,
                        before: Some(last),
                        after,
                    });
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
        let spot = place.begun.spot(ready);
        let renamed = match ready.new {
            false => {
                let renamed = spot.folder.rename(spot.name, &place.folder, &name);
                renamed.map(|()| true)
            }
            true => spot.folder.rename_new(spot.name, &place.folder, &name),
        };
        match (renamed, place.list) {
            (Ok(true), _) => true,
            (Ok(false), List::None) => {
                remove(ready, place.begun);
                committed.collided.insert(ready.id);
                false
            }
            (Ok(false), List::There) => {
                let cause = "is there, where a new ticket was to be".to_owned();
                let error = Error::damaged(&place.folder.path_of(&name), cause);
                give_up(ready, place.begun, error, place.list, committed);
                false
            }
            (Err(error), list) => {
                give_up(ready, place.begun, error, list, committed);
                false
            }
        }
    }

    /// The folder of these tickets; it is made, if it is not there and one of them is new.
    fn folder_for(&self, number: u64, ready: &[Ready]) -> Result<Folder> {
        if ready.iter().any(|ready| ready.new) {
            return self.open_or_begin(number);
        }
        let name = layout::folder_name(number);
        let gone = || Error::damaged(&self.tickets.path_of(&name), "is gone");
        self.tickets.folder(&name)?.ok_or_else(gone)
    }

    /// Makes what was renamed into folders durable, and the places of the folders.
    fn make_durable(&self, renamed: &[Renamed], begun: &Begun<'_>, committed: &mut Committed) {
        let settled = match renamed.iter().try_for_each(|to| to.place) {
            Ok(()) if !renamed.is_empty() => self.settle(),
            places => places,
        };
        for to in renamed {
            let built = || begun.built(to.number).map(|built| &built.folder);
            let folder = to.folder.as_ref().or_else(built);
            let synced = folder.map_or(Ok(()), Folder::sync_raw).and(settled);
            if let Err(errno) = synced {
                let folder = self.tickets.path_of(&layout::folder_name(to.number));
                let error = |id: &TicketId| {
                    let path = folder.join(layout::file_name(*id));
                    (*id, Error::not_durable(&path, errno.into()))
                };
                committed.failed.extend(to.ids.iter().map(error));
            }
        }
    }
}

/// Takes note that a change was not made, and removes its temporary, unless a list speaks of it.
fn give_up(ready: &Ready, begun: &Begun<'_>, error: Error, list: List, committed: &mut Committed) {
    if list == List::None {
        remove(ready, begun);
    }
    committed.failed.insert(ready.id, error);
}

/// Removes a temporary. Nothing more can be done about one that cannot be removed: the next writer of
/// this ticket replaces it.
fn remove(ready: &Ready, begun: &Begun<'_>) {
    let spot = begun.spot(ready);
    let _ = spot.folder.remove(spot.name);
}
