//! What the journal tells of the folders, from where it was last read to.

use std::collections::{HashMap, HashSet};

use rusqlite::{Connection, OptionalExtension, params};

use super::Trouble;
use super::look::Look;
use crate::store;
use crate::store::journal::Entry;
use crate::ticket::TicketId;

/// What the journal says of one folder.
#[derive(Default)]
pub(super) struct Told {
    /// The tickets that it speaks of.
    pub(super) ids: HashSet<TicketId>,
    /// The folder's stamp before and after each renaming.
    pub(super) steps: Vec<[String; 2]>,
    /// Those that were being renamed.
    pub(super) begun: HashSet<TicketId>,
}

/// The journal, read from where it was last read to.
pub(super) struct Reading {
    inode: i64,
    read: i64,
    /// By folder.
    pub(super) told: HashMap<u64, Told>,
}

impl Reading {
    /// Begins where it was read to, if it is still the same.
    pub(super) fn new(index: &Connection, look: &Look) -> Result<Self, Trouble> {
        let (inode, length) = look.journal_place();
        let read = match Noted::of(index)?.place {
            Some((known, read)) if known == inode && read <= length => read,
            // Another one, or cut: what it does not say, the folders do.
            _ => length,
        };
        Ok(Self {
            inode,
            read,
            told: HashMap::new(),
        })
    }

    /// Reads on, up to the end.
    pub(super) fn go_on(&mut self, look: &mut Look) -> Result<(), Trouble> {
        let (inode, length) = look.journal_place();
        if inode != self.inode || self.read >= length {
            return Ok(());
        }
        let place = u64::try_from(self.read).unwrap_or(0);
        let (entries, place) = look.journal_after(place)?;
        for entry in entries.into_iter().filter(is_of_its_folder) {
            self.told.entry(entry.folder()).or_default().add(entry);
        }
        self.read = i64::try_from(place).map_err(|_| Trouble::Unfit)?;
        Ok(())
    }

    /// Up to here it is read, and all else of the index is as whole.
    pub(super) fn keep_place(&self, index: &Connection) -> Result<(), Trouble> {
        note(index, Some((self.inode, self.read)))
    }
}

/// What the index says of itself.
pub(super) struct Noted {
    /// Which journal was read, and up to where; none, if the index is not whole.
    pub(super) place: Option<(i64, i64)>,
    /// How often something was committed. A log of SQLite that lost its end takes the pages that are in
    /// it back to an earlier commit, and leaves those that were worked into the database: by this number
    /// it is told.
    pub(super) edition: i64,
}

impl Noted {
    pub(super) fn of(index: &Connection) -> Result<Self, Trouble> {
        let mut statement = index.prepare_cached("SELECT inode, read, edition FROM journal")?;
        let noted = statement.query_row([], |row| {
            let (inode, read): (Option<_>, Option<_>) = (row.get(0)?, row.get(1)?);
            Ok(Self {
                place: inode.zip(read),
                edition: row.get(2)?,
            })
        });
        noted.optional()?.ok_or(Trouble::Foreign)
    }
}

/// What is committed without a place is not the whole: nobody may ask it, and whoever brings it up to
/// date looks through each folder whose stamp moved.
pub(super) fn lose_place(index: &Connection) -> Result<(), Trouble> {
    note(index, None)
}

/// Counts what is about to be committed.
pub(super) fn count_edition(index: &Connection) -> Result<(), Trouble> {
    note(index, Noted::of(index)?.place)
}

fn note(index: &Connection, place: Option<(i64, i64)>) -> Result<(), Trouble> {
    let (inode, read) = place.unzip();
    let sql = "UPDATE journal SET inode = ?, read = ?, edition = edition + 1";
    index.execute(sql, params![inode, read])?;
    Ok(())
}

/// Whether a line speaks of a ticket that can be in its folder: anybody may have written it.
fn is_of_its_folder(entry: &Entry) -> bool {
    let id = entry.id();
    store::folder_of(id) == entry.folder() && i64::try_from(id.get()).is_ok()
}

impl Entry {
    fn id(&self) -> TicketId {
        match self {
            Self::Begun { id, .. } | Self::Ended { id, .. } => *id,
        }
    }

    fn folder(&self) -> u64 {
        match self {
            Self::Begun { folder, .. } | Self::Ended { folder, .. } => *folder,
        }
    }
}

impl Told {
    fn add(&mut self, entry: Entry) {
        match entry {
            Entry::Begun { id, .. } => {
                self.begun.insert(id);
                self.ids.insert(id);
            }
            Entry::Ended { id, around, .. } => {
                self.begun.remove(&id);
                self.ids.insert(id);
                self.steps.push(around);
            }
        }
    }

    /// The stamp that the steps lead to from the one that is known, if they lead past what was seen:
    /// then nobody else did anything to the folder up to there.
    pub(super) fn account(&self, known: String, seen: &str) -> Option<String> {
        let mut last = known;
        let mut passed = last == seen;
        for [before, after] in &self.steps {
            if *before == last {
                last.clone_from(after);
                passed |= last == seen;
            }
        }
        passed.then_some(last)
    }
}
