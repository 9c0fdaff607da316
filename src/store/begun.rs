//! The folders that new tickets begin.
//!
//! The first tickets of a folder are written into one of their own beside the other temporaries, and that
//! is renamed into place as a whole: so one step puts there what would else be ten thousand. Where
//! somebody else was faster, and wherever a part of it failed, they are renamed one by one, as in any
//! folder.

use std::collections::BTreeMap;

use nix::errno::Errno;

use super::commit::{Change, Ready};
use super::folder::Folder;
use super::journal::{Journal, Step};
use super::lock::{self, Lock};
use super::temporary::Spot;
use super::{Writing, layout, number};
use crate::error::{Error, Result};
use crate::ticket::TicketId;

/// How the names begin of folders that are built.
const BUILT: &str = "folder-";

/// How the names begin of those that are swept away.
const SWEPT: &str = "swept-";

/// The folders that a group builds.
pub(super) struct Begun<'a> {
    temporary: &'a Folder,
    built: BTreeMap<u64, Built>,
}

/// A folder that is built.
pub(super) struct Built {
    name: String,
    folder: Folder,
    /// How many tickets it is built for.
    tickets: usize,
}

impl Begun<'_> {
    /// What a ticket is called until it is in its place. Of a new one nobody holds the lock, and two
    /// processes have the same number if the counter is taken from under them: so neither shall find
    /// the other's, and [`is_of_opening`] knows it by that.
    pub(super) fn ready(&self, change: &Change) -> Ready {
        let (id, new) = (change.ticket.id, change.expected.is_none());
        let built = new && self.built.contains_key(&layout::folder_of(id));
        let temporary = match (new, built) {
            (_, true) => layout::file_name(id),
            (true, false) => format!("{id}.{}", std::process::id()),
            (false, false) => id.to_string(),
        };
        Ready {
            id,
            rev: change.ticket.rev,
            new,
            temporary,
            built,
        }
    }

    /// Where that lies.
    pub(super) fn spot<'r>(&'r self, ready: &'r Ready) -> Spot<'r> {
        let built = self.built.get(&layout::folder_of(ready.id));
        let built = built.filter(|_| ready.built);
        Spot {
            folder: built.map_or(self.temporary, |built| &built.folder),
            name: &ready.temporary,
            is_own: built.is_some(),
        }
    }

    /// The folder that these were written into, if none of what it was built for is missing.
    pub(super) fn whole(&self, number: u64, ready: &[Ready]) -> Option<&Built> {
        let built = self.built.get(&number)?;
        let is_whole = ready.len() == built.tickets && ready.iter().all(|ready| ready.built);
        is_whole.then_some(built)
    }

    /// The folder that was built to be this one.
    pub(super) fn built(&self, number: u64) -> Option<&Folder> {
        self.built.get(&number).map(|built| &built.folder)
    }

    /// Removes what was built and not renamed as a whole.
    pub(super) fn clear(&self) {
        for built in self.built.values() {
            self.temporary.remove_folder(built.name.as_ref());
        }
    }
}

impl Writing<'_> {
    /// No folder: what is new is renamed one by one.
    pub(super) fn build_none(&self) -> Begun<'_> {
        Begun {
            temporary: &self.temporary,
            built: BTreeMap::new(),
        }
    }

    /// Begins to build the folders into which something new comes, and that are not there. One that
    /// cannot be built is not: what hinders it will be told of each ticket.
    pub(super) fn build(&self, changes: &[Change]) -> Begun<'_> {
        let mut begun = self.build_none();
        let mut tickets: BTreeMap<u64, usize> = BTreeMap::new();
        for change in changes.iter().filter(|change| change.expected.is_none()) {
            *tickets
                .entry(layout::folder_of(change.ticket.id))
                .or_default() += 1;
        }
        for (number, tickets) in tickets {
            let built = self.build_one(number, tickets).ok().flatten();
            begun.built.extend(built.map(|built| (number, built)));
        }
        begun
    }

    /// A folder for so many tickets; `None` if it is there by now, or another thread builds it, or what is
    /// made in it would not be as open as it has to be (the group is not passed on by who is not in it).
    fn build_one(&self, number: u64, tickets: usize) -> Result<Option<Built>> {
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
        Ok(Some(Built {
            name,
            folder,
            tickets,
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
