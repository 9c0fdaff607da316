//! The folders that new tickets begin.
//!
//! The first tickets of a folder are written into one of their own beside the other temporaries, and that
//! is renamed into place as a whole: so one step puts there what would else be ten thousand. Where
//! somebody else was faster, and wherever a part of it failed, they are renamed one by one, as in any
//! folder.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fs::File;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use nix::errno::Errno;

use super::commit::{Change, List, Ready};
use super::folder::{Access, Folder};
use super::journal::{Journal, Step};
use super::lock::{self, Held, Lock};
use super::temporary::{Item, Spot};
use super::{Writing, layout, number};
use crate::error::{Error, Result};
use crate::ticket::TicketId;

/// How the names begin of folders that are built.
const BUILT: &str = "folder-";

/// How the names begin of those that are swept away.
const SWEPT: &str = "swept-";

/// What a group begins before anything of it is written.
pub(super) struct Begun<'a> {
    writing: &'a Writing<'a>,
    list: List,
    /// The lock that those share who open tickets or write lists, if it is one of them.
    opening: Option<Result<Held>>,
    journal: Option<Result<Journal<'a>>>,
    /// The folders into which something new comes, and how much; none for one that is there.
    built: BTreeMap<u64, Option<(Arc<Built>, usize)>>,
}

/// A folder that is built.
#[derive(Debug)]
pub(super) struct Built {
    name: String,
    pub(super) folder: Folder,
    /// Whether a file that is made in it has its mode and group from the start: then all have.
    grants: AtomicBool,
}

impl Built {
    /// Makes a file in it.
    pub(super) fn make(&self, name: &str, access: Access) -> Result<File> {
        let file = self.folder.make_in_own(name, access)?;
        if !self.grants.load(Ordering::Relaxed) {
            let has_it = !self.folder.grant(&file, name, access)?;
            self.grants.store(has_it, Ordering::Relaxed);
        }
        Ok(file)
    }
}

impl<'a> Begun<'a> {
    /// Nothing yet. What a list speaks of is renamed one by one: no folder is built for it.
    pub(super) fn nothing(writing: &'a Writing<'a>, list: List) -> Self {
        Self {
            writing,
            list,
            opening: None,
            journal: None,
            built: BTreeMap::new(),
        }
    }

    /// A change that is to be written. All that it needs is had by then, while the disk has room for it.
    pub(super) fn item(&mut self, change: Change) -> Item {
        let writing = self.writing;
        let new = change.expected.is_none();
        let open = || Journal::open(&writing.private, writing.modes.file);
        let journal = self.journal.get_or_insert_with(open).as_ref().err();
        let opening = (new || self.list == List::There)
            .then(|| self.opening.get_or_insert_with(|| writing.share_opening()));
        let closed = opening.and_then(|opening| opening.as_ref().err());
        let closed = closed.or(journal).cloned();
        // What is built under nobody's lock would be swept away.
        let built = match closed {
            None if new && self.list == List::None => self.build_for(change.id()),
            _ => None,
        };
        Item {
            ready: ready(&change, built.is_some()),
            change,
            built,
            closed,
        }
    }

    /// The lock, if it was taken.
    pub(super) fn opening(&self) -> Option<&Held> {
        self.opening.as_ref()?.as_ref().ok()
    }

    /// The journal, unless nothing was to be written, or it cannot be had.
    pub(super) fn take_journal(&mut self) -> Option<Journal<'a>> {
        self.journal.take()?.ok()
    }

    /// The folder that is built for one more ticket. One that cannot be built is not: what hinders it will
    /// be told of each ticket.
    fn build_for(&mut self, id: TicketId) -> Option<Arc<Built>> {
        let number = layout::folder_of(id);
        let built = match self.built.entry(number) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => {
                let built = self.writing.build(number).ok().flatten();
                unknown.insert(built.map(|built| (Arc::new(built), 0)))
            }
        };
        let (built, tickets) = built.as_mut()?;
        *tickets += 1;
        Some(Arc::clone(built))
    }

    /// Where that lies.
    pub(super) fn spot<'r>(&'r self, ready: &'r Ready) -> Spot<'r> {
        let built = self.built(layout::folder_of(ready.id));
        let built = built.filter(|_| ready.built);
        Spot::of(&ready.temporary, built, &self.writing.temporary)
    }

    /// The folder that these were written into, if none of what it was built for is missing.
    pub(super) fn whole(&self, number: u64, ready: &[Ready]) -> Option<&Built> {
        let (built, tickets) = self.built.get(&number)?.as_ref()?;
        let is_whole = ready.len() == *tickets && ready.iter().all(|ready| ready.built);
        is_whole.then_some(built)
    }

    /// What was built to be this folder.
    pub(super) fn built(&self, number: u64) -> Option<&Built> {
        let (built, _) = self.built.get(&number)?.as_ref()?;
        Some(built)
    }

    /// Removes what was built and not renamed as a whole.
    pub(super) fn clear(&self) {
        for (built, _) in self.built.values().flatten() {
            let temporary = &self.writing.temporary;
            temporary.remove_folder(built.name.as_ref());
        }
    }
}

/// What a ticket is called until it is in its place. Of a new one nobody holds the lock, and two
/// processes have the same number if the counter is taken from under them: so neither shall find
/// the other's, and [`is_of_opening`] knows it by that.
fn ready(change: &Change, built: bool) -> Ready {
    let (id, new) = (change.id(), change.expected.is_none());
    let temporary = match (new, built) {
        (_, true) => layout::file_name(id),
        (true, false) => format!("{id}.{}", std::process::id()),
        (false, false) => id.to_string(),
    };
    Ready {
        id,
        rev: change.rev(),
        new,
        temporary,
        built,
    }
}

impl Writing<'_> {
    /// A folder that is not there; `None` if it is by now, or another thread builds it, or what is made in
    /// it would not be as open as it has to be (the group is not passed on by who is not in it).
    fn build(&self, number: u64) -> Result<Option<Built>> {
        let place = layout::folder_name(number);
        if self.tickets.kind(&place)?.is_some() {
            return Ok(None);
        }
        let name = format!("{BUILT}{place}.{}", std::process::id());
        let Some(folder) = self.temporary.make_own_folder(&name, self.modes.folder)? else {
            return Ok(None);
        };
        let made = folder.access().ok();
        if made.is_none_or(|made| made.mode != self.modes.folder.mode) {
            self.temporary.remove_folder(name.as_ref());
            return Ok(None);
        }
        let grants = AtomicBool::new(false);
        Ok(Some(Built {
            name,
            folder,
            grants,
        }))
    }

    /// Renames a folder into its place with all that is in it, and makes that durable, or gives what went
    /// wrong with it; `None` if the place is taken.
    pub(super) fn rename_whole(
        &self,
        built: &Built,
        number: u64,
        ready: &[Ready],
        journal: &mut Journal<'_>,
    ) -> Result<Option<Result<(), Errno>>> {
        self.put_durably(|| {
            let (lock, access) = (Lock::Folder(number), self.modes.lock);
            let _short = lock::take(&self.locks, lock, access, self.wait)?;
            let (before, _) = built.folder.stat()?;
            // That the journal could not be told makes readers look again, no more.
            let told = journal.begin(number, ready.iter().map(|ready| ready.id));
            let (name, place) = (&built.name, layout::folder_name(number));
            let renamed = self
                .temporary
                .rename_new_folder(name, &self.tickets, &place)?;
            // As soon as it is there, anybody can put something in it.
            if renamed
                && let Ok((after, _)) = built.folder.stat()
                && (after.size, after.modified) == (before.size, before.modified)
            {
                let step = |(at, ready): (usize, &Ready)| Step {
                    id: ready.id,
                    rev: ready.rev,
                    before: (at > 0).then_some(after),
                    after,
                };
                let steps: Vec<Step> = ready.iter().enumerate().map(step).collect();
                let _ = told.and_then(|()| journal.end(number, &steps));
            }
            Ok(renamed)
        })
    }

    /// A folder of tickets; it is made, durably, if it is not there. Nobody who holds a folder's lock
    /// asks for one: the counter's comes before it.
    pub(super) fn open_or_begin(&self, number: u64) -> Result<Folder> {
        let name = layout::folder_name(number);
        if let Some(folder) = self.tickets.folder(&name)? {
            return Ok(folder);
        }
        let (access, aside) = (self.modes.folder, &self.private);
        let made = self.put_durably(|| self.tickets.make_folder(&name, access, aside))?;
        if let Some(Err(errno)) = made {
            // Whoever finds it there counts on it.
            self.tickets.remove_folder(name.as_ref());
            return Err(Error::io("make durable", self.tickets.path())(errno.into()));
        }
        let gone = || Error::damaged(&self.tickets.path_of(&name), "is gone");
        self.tickets.folder(&name)?.ok_or_else(gone)
    }

    /// The highest number that somebody writes into a folder that is built.
    pub(super) fn highest_built(&self) -> Result<Option<TicketId>> {
        let mut highest = None;
        for name in self.temporary.names()? {
            if builder(&name).is_some()
                && let Ok(Some(folder)) = self.temporary.folder(&name)
            {
                highest = highest.max(number::highest_in(&folder)?);
            }
        }
        Ok(highest)
    }

    /// Removes what somebody left behind who wrote something new, and died. A folder is taken from its
    /// builder first: should that be alive after all, it finds nothing to put in its place, and what it
    /// did put there is not touched.
    pub(super) fn sweep(&self, name: &str) -> Result<()> {
        if builder(name).is_none() {
            return self.temporary.remove(name);
        }
        let swept = match name.starts_with(SWEPT) {
            true => name.to_owned(),
            false => format!("{SWEPT}{name}.{}", std::process::id()),
        };
        if name != swept {
            self.temporary
                .rename_new_folder(name, &self.temporary, &swept)?;
        }
        self.temporary.remove_with_files(&swept)
    }
}

/// The process that builds a folder or sweeps it away, if this is what such a folder is called.
pub(super) fn builder(name: &str) -> Option<u64> {
    let (name, process) = name.rsplit_once('.')?;
    let process = process.parse().ok()?;
    let number = match name.strip_prefix(SWEPT) {
        Some(swept) => swept.strip_prefix(BUILT)?.split_once('.')?.0,
        None => name.strip_prefix(BUILT)?,
    };
    layout::parse_folder(number).map(|_| process)
}

/// Whether this is what a folder that is built, a new ticket, or a list is called until it is in its
/// place.
pub(super) fn is_of_opening(name: &str) -> bool {
    let is_number = |text: &str| text.parse::<u64>().is_ok();
    let is_file = name
        .split_once('.')
        .is_some_and(|(id, process)| (is_number(id) || id == layout::COMMIT) && is_number(process));
    is_file || builder(name).is_some()
}
