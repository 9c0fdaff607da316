//! The folders that new numbers begin.
//!
//! Whoever is given the first numbers of a folder does not make it: the tickets are written into one of
//! their own beside the other temporaries, and that is renamed into place as a whole. So one step puts
//! there what would else be ten thousand. Where somebody else was faster, and wherever a part of it
//! failed, they are renamed one by one, as in any folder.
//!
//! Until the place of such a folder is durable, nothing in it is; [`number`](super::number) keeps in mind
//! for the others that nobody has said so yet.

use std::collections::{BTreeMap, BTreeSet};

use super::commit::{Change, Ready};
use super::folder::Folder;
use super::journal::{Journal, Step};
use super::lock::{self, Lock};
use super::temporary::Spot;
use super::{Writing, layout};
use crate::error::Result;

/// How the names begin of folders that are built.
const FOLDER: &str = "folder-";

/// The folders that a group's numbers begin.
pub(super) struct Begun<'a> {
    temporary: &'a Folder,
    numbers: &'a BTreeSet<u64>,
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
    /// Whether this one is among them.
    pub(super) fn contains(&self, number: u64) -> bool {
        self.numbers.contains(&number)
    }

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

    /// The folder that these were written into, if it holds nothing else and none is missing.
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
    /// These folders, none of which is built: what is new in them is renamed one by one.
    pub(super) fn begun<'a>(&'a self, numbers: &'a BTreeSet<u64>) -> Begun<'a> {
        Begun {
            temporary: &self.temporary,
            numbers,
            built: BTreeMap::new(),
        }
    }

    /// Begins to build those of the folders into which something new comes. One that cannot be built is
    /// not: what hinders it will be told of each ticket.
    pub(super) fn build<'a>(&'a self, numbers: &'a BTreeSet<u64>, changes: &[Change]) -> Begun<'a> {
        let mut begun = self.begun(numbers);
        let mut tickets: BTreeMap<u64, usize> = BTreeMap::new();
        for change in changes.iter().filter(|change| change.expected.is_none()) {
            *tickets
                .entry(layout::folder_of(change.ticket.id))
                .or_default() += 1;
        }
        tickets.retain(|number, _| numbers.contains(number));
        for (number, tickets) in tickets {
            let built = self.build_one(number, tickets).ok().flatten();
            begun.built.extend(built.map(|built| (number, built)));
        }
        begun
    }

    /// A folder for so many tickets; `None` if it is there by now, or another thread builds it.
    fn build_one(&self, number: u64, tickets: usize) -> Result<Option<Built>> {
        let place = layout::folder_name(number);
        if self.tickets.kind(&place)?.is_some() {
            return Ok(None);
        }
        let name = format!("{FOLDER}{place}.{}", std::process::id());
        let folder = self.temporary.make_own_folder(&name, self.modes.folder)?;
        Ok(folder.map(|folder| Built {
            name,
            folder,
            tickets,
        }))
    }

    /// Renames a folder into its place with all that is in it; gives whether that was free.
    pub(super) fn rename_whole(
        &self,
        built: &Built,
        number: u64,
        ready: &[Ready],
        journal: &mut Journal<'_>,
    ) -> Result<bool> {
        let (lock, access) = (Lock::Folder(number), self.modes.lock);
        let _short = lock::take(&self.locks, lock, access, self.wait)?;
        let (before, _) = built.folder.stat()?;
        // That the journal could not be told makes readers look again, no more.
        let told = journal.begin(number, ready.iter().map(|ready| ready.id));
        let place = layout::folder_name(number);
        if !self
            .temporary
            .rename_new_folder(&built.name, &self.tickets, &place)?
        {
            return Ok(false);
        }
        // As soon as it is there, anybody can put something in it.
        if let Ok((after, _)) = built.folder.stat()
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
        Ok(true)
    }

    /// Removes what somebody left behind who wrote something new, and died.
    pub(super) fn sweep(&self, name: &str) -> Result<()> {
        match builder(name) {
            Some(_) => self.temporary.remove_with_files(name),
            None => self.temporary.remove(name),
        }
    }
}

/// The process that builds a folder, if this is what such a folder is called.
pub(super) fn builder(name: &str) -> Option<u64> {
    let (number, process) = name.strip_prefix(FOLDER)?.split_once('.')?;
    layout::parse_folder(number)?;
    process.parse().ok()
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
