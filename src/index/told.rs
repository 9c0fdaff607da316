//! What the journal tells of the folders, from where it was last read to.

use std::collections::{HashMap, HashSet};

use rusqlite::{Connection, params};

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
        let read = match journal_read(index)? {
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
        lose_place(index)?;
        let sql = "INSERT INTO journal VALUES (?, ?)";
        index.execute(sql, params![self.inode, self.read])?;
        Ok(())
    }
}

/// What is committed without a place is not the whole: nobody may ask it, and whoever brings it up to
/// date looks through each folder whose stamp moved.
pub(super) fn lose_place(index: &Connection) -> Result<(), Trouble> {
    index.execute("DELETE FROM journal", [])?;
    Ok(())
}

/// Whether a line speaks of a ticket that can be in its folder: anybody may have written it.
fn is_of_its_folder(entry: &Entry) -> bool {
    let id = entry.id();
    store::folder_of(id) == entry.folder() && i64::try_from(id.get()).is_ok()
}

/// Up to where the journal was read; `None`, if the index is not whole.
pub(super) fn journal_read(index: &Connection) -> Result<Option<(i64, i64)>, Trouble> {
    let mut statement = index.prepare_cached("SELECT inode, read FROM journal")?;
    let mut rows = statement.query([])?;
    Ok(match rows.next()? {
        Some(row) => Some((row.get(0)?, row.get(1)?)),
        None => None,
    })
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
