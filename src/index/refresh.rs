//! Bringing the index up to date: at every read, before it answers.
//!
//! The journal tells which tickets `desk` itself renamed into place; each of them is looked at again.
//! A folder whose stamp moved is spared more than that, if the journal accounts for every step of it
//! from the stamp that was recorded to the present one; otherwise it is looked through, file by file.
//! A writer that was killed leaves a gap, a power cut breaks the chain, a journal that was cut says
//! nothing: all of them end in looking again. Stamps are compared by `!=`, since clocks go back.

use std::collections::{BTreeMap, HashMap};
use std::thread;
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, params};

use super::look::{Look, Looked, PROMISED};
use super::pass::{Found, Pass, Then, Way, read_one};
use super::row::Row;
use super::schema;
use super::told::{Reading, Told, count_edition};
use super::write::{Numbers, Writer, sql_id};
use super::{Progress, Trouble};
use crate::error::Error;
use crate::store::{self, Folder, Grain, Promised, Store};
use crate::ticket::TicketId;

/// Whether the folders were accounted for as they were seen, and every file in them was read.
pub(super) fn knows_folders(index: &Connection, look: &Look) -> Result<bool, Trouble> {
    let recorded = recorded_folders(index)?;
    let same = |looked: &Looked| {
        recorded.get(&looked.number).and_then(Option::as_ref) == Some(&looked.stamp.to_string())
    };
    Ok(recorded.len() == look.folders.len()
        && look.folders.iter().all(same)
        && unread(index)?.is_empty())
}

fn recorded_folders(index: &Connection) -> Result<BTreeMap<u64, Option<String>>, Trouble> {
    let mut statement = index.prepare_cached("SELECT number, stamp FROM folder")?;
    let rows = statement.query_map([], |row| Ok((row.get::<_, i64>(0)?, row.get(1)?)))?;
    let mut recorded = BTreeMap::new();
    for row in rows {
        let (number, stamp) = row?;
        recorded.insert(u64::try_from(number).unwrap_or(u64::MAX), stamp);
    }
    Ok(recorded)
}

/// The tickets that could not be read for a reason that may have gone: with no permission there is
/// nothing wrong with the file.
fn unread(index: &Connection) -> Result<Vec<TicketId>, Trouble> {
    let unread = faults(index)?.into_iter();
    let unread = unread.filter(|(_, cause)| cause.is_empty());
    Ok(unread.map(|(id, _)| id).collect())
}

/// The files that are no tickets, with the cause; one that could not be read has none.
pub(super) fn faults(index: &Connection) -> Result<Vec<(TicketId, String)>, Trouble> {
    let sql = "SELECT id, fault FROM file WHERE fault IS NOT NULL ORDER BY id";
    let mut statement = index.prepare_cached(sql)?;
    let rows = statement.query_map([], |row| Ok((row.get::<_, i64>(0)?, row.get(1)?)))?;
    let mut faults = Vec::new();
    for row in rows {
        let (id, cause) = row?;
        faults.extend(
            u64::try_from(id)
                .ok()
                .and_then(TicketId::new)
                .map(|id| (id, cause)),
        );
    }
    Ok(faults)
}

/// Commits what was written, and begins another transaction.
pub(super) type Commit<'c> = &'c mut dyn FnMut() -> Result<(), Trouble>;

/// Brings the index up to date; gives what could not be read just now.
///
/// The caller has the lock, and a transaction open.
pub(super) fn refresh(
    index: &Connection,
    store: &Store,
    grain: Grain,
    progress: Progress<'_>,
    commit: Commit<'_>,
) -> Result<Vec<Error>, Trouble> {
    let mut refresh = Refresh::new(index, grain, progress);
    store.read_whole(|promised| {
        refresh.run(store, commit)?;
        refresh.take_promised(store, promised)
    })?;
    Ok(refresh.unreadable)
}

/// The stamp with which a ticket's file was read.
pub(super) fn known_file(index: &Connection, id: TicketId) -> Result<Option<Numbers>, Trouble> {
    let sql = "SELECT size, modified, changed, inode FROM file WHERE id = ?";
    let mut statement = index.prepare_cached(sql)?;
    let known = statement.query_row([sql_id(id)], |row| {
        Ok([row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?])
    });
    Ok(known.optional()?)
}

/// The stamps with which the files of a folder were read, in the order of their numbers.
pub(super) fn known_files(
    index: &Connection,
    folder: u64,
) -> Result<Vec<(TicketId, Numbers)>, Trouble> {
    let ids = store::ids_in(folder);
    let bound = |id: u64| i64::try_from(id).map_err(|_| Trouble::Unfit);
    let sql =
        "SELECT id, size, modified, changed, inode FROM file WHERE id BETWEEN ? AND ? ORDER BY id";
    let mut statement = index.prepare_cached(sql)?;
    let mut rows = statement.query(params![bound(*ids.start())?, bound(*ids.end())?])?;
    let mut known = Vec::new();
    while let Some(row) = rows.next()? {
        let id = u64::try_from(row.get::<_, i64>(0)?).ok();
        let stamp = [row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?];
        known.extend(id.and_then(TicketId::new).map(|id| (id, stamp)));
    }
    Ok(known)
}

/// Reads some tickets again. As for [`refresh`], the caller has the lock and a transaction open.
pub(super) fn read_again(
    index: &Connection,
    store: &Store,
    grain: Grain,
    ids: &[TicketId],
) -> Result<(), Trouble> {
    let look = Look::at(store)?;
    let silent = |_, _| ();
    let mut refresh = Refresh::new(index, grain, &silent);
    for id in ids {
        match look.folder_of(*id)? {
            Some(folder) => refresh.read(folder, *id)?,
            None => refresh.writer.forget(*id)?,
        }
    }
    refresh.take_promised(store, &store.promised()?)?;
    count_edition(index)
}

/// What is brought up to date, and how far it is.
pub(super) struct Refresh<'a> {
    pub(super) index: &'a Connection,
    pub(super) grain: Grain,
    pub(super) writer: Writer<'a>,
    unreadable: Vec<Error>,
    progress: Progress<'a>,
    done: usize,
    all: usize,
    /// How many tickets were written, since the last commit.
    pub(super) written: usize,
}

/// A writer is between the two lines of the journal for some microseconds.
const TRIES: u32 = 3;

impl<'a> Refresh<'a> {
    fn new(index: &'a Connection, grain: Grain, progress: Progress<'a>) -> Self {
        Self {
            index,
            grain,
            writer: Writer::new(index),
            unreadable: Vec::new(),
            progress,
            done: 0,
            all: 0,
            written: 0,
        }
    }

    fn run(&mut self, store: &Store, commit: Commit<'_>) -> Result<(), Trouble> {
        (self.progress)(0, 0);
        let mut look = Look::at(store)?;
        let mut journal = Reading::new(self.index, &look)?;
        journal.go_on(&mut look)?;
        for _ in 1..TRIES {
            if journal.told.values().all(|told| told.begun.is_empty()) {
                break;
            }
            thread::sleep(Duration::from_millis(1));
            look = Look::at(store)?;
            journal.go_on(&mut look)?;
        }
        let told = std::mem::take(&mut journal.told);
        let recorded = recorded_folders(self.index)?;
        let is_new = recorded.is_empty();
        let ways = self.ways(&look, recorded, told)?;
        self.all = ways.iter().map(|way| way.ids.len()).sum();
        Pass::new(self, ways, commit).run()?;
        journal.keep_place(self.index)?;
        self.read_unread(&look)?;
        match is_new {
            true => schema::merge_all_segments(self.index)?,
            false => schema::merge_some_segments(self.index)?,
        }
        (self.progress)(self.all, self.all);
        Ok(())
    }

    /// How each of the folders is brought up to date in which something happened; those that are gone
    /// are forgotten.
    fn ways<'l>(
        &self,
        look: &'l Look,
        recorded: BTreeMap<u64, Option<String>>,
        mut told: HashMap<u64, Told>,
    ) -> Result<Vec<Way<'l>>, Trouble> {
        for number in recorded.keys() {
            if look.folders.iter().all(|looked| looked.number != *number) {
                self.forget_folder(*number)?;
            }
        }
        let mut ways = Vec::new();
        for looked in &look.folders {
            let (number, stamp) = (looked.number, looked.stamp);
            let told = told.remove(&number).unwrap_or_default();
            let known = recorded.get(&number).cloned().flatten();
            if told.ids.is_empty() && known.as_ref() == Some(&stamp.to_string()) {
                continue;
            }
            let known = known.filter(|_| self.grain.is_fine() || told.steps.is_empty());
            // Whether a stamp settles counts from when it was taken: what comes behind may share it.
            let settled = self.grain.settles(stamp);
            let folder = look.open(looked)?.ok_or(Trouble::Unfit)?;
            let (ids, then) = match known.and_then(|known| told.account(known, &stamp.to_string()))
            {
                Some(last) => {
                    let mut ids: Vec<TicketId> = told.ids.into_iter().collect();
                    ids.sort_unstable();
                    (ids, Then::Told(settled.then_some(last)))
                }
                None => {
                    let (before, _) = folder.stat()?;
                    let settled = self.grain.settles(before);
                    (
                        store::ticket_ids(number, folder)?,
                        Then::Through(before, settled),
                    )
                }
            };
            ways.push(Way {
                number,
                folder,
                ids,
                then,
            });
        }
        Ok(ways)
    }

    /// Takes what somebody has committed to for done, whether it is in place or not.
    fn take_promised(&mut self, store: &Store, promised: &Promised) -> Result<(), Trouble> {
        for id in promised.ids() {
            match promised.file(id)? {
                Some((ticket, _)) => {
                    let row = Ok(Box::new(Row::of(&ticket)));
                    self.enter(id, Found::File(PROMISED, row))?;
                }
                // It came into place behind the look at its file.
                None => {
                    let folder = store
                        .tickets()?
                        .map(|tickets| store::folder_in(&tickets, id));
                    if let Some(folder) = folder.transpose()?.flatten() {
                        self.read(&folder, id)?;
                    }
                }
            }
            // Until it is in place, its folder does not say that it moved.
            self.record(store::folder_of(id), None)?;
        }
        Ok(())
    }

    /// Reads a file, whether it moved or not.
    fn read(&mut self, folder: &Folder, id: TicketId) -> Result<(), Trouble> {
        let found = read_one(folder, id, None, self.grain)?;
        self.enter(id, found)
    }

    /// Takes note of a folder: its stamp, or that it is to be looked through at the next read.
    pub(super) fn record(&self, number: u64, stamp: Option<String>) -> Result<(), Trouble> {
        let number = i64::try_from(number).map_err(|_| Trouble::Unfit)?;
        let sql = "INSERT OR REPLACE INTO folder VALUES (?, ?)";
        let mut statement = self.index.prepare_cached(sql)?;
        statement.execute(params![number, stamp])?;
        Ok(())
    }

    pub(super) fn count(&mut self) {
        self.done += 1;
        if self.done.is_multiple_of(TELL) {
            (self.progress)(self.done, self.all.max(self.done));
        }
    }

    pub(super) fn enter(&mut self, id: TicketId, found: Found) -> Result<(), Trouble> {
        let (stamp, row) = match found {
            Found::Unmoved => return Ok(()),
            Found::Nothing => return Ok(self.writer.forget(id)?),
            Found::File(stamp, row) => (stamp, row),
        };
        self.written += 1;
        match row {
            Ok(row) => {
                self.writer.ticket(&row, stamp)?;
                self.writer.file(id, stamp, None)?;
            }
            Err(Error::Damaged { cause, .. }) => {
                self.writer.forget(id)?;
                // Empty is what could not be read; damage has always a cause.
                self.writer.file(id, stamp, Some(&cause))?;
            }
            Err(error) => {
                self.writer.forget(id)?;
                self.writer.file(id, stamp, Some(""))?;
                self.unreadable.push(error);
            }
        }
        Ok(())
    }

    fn read_unread(&mut self, look: &Look) -> Result<(), Trouble> {
        self.unreadable.clear();
        for id in unread(self.index)? {
            if let Some(folder) = look.folder_of(id)? {
                self.read(folder, id)?;
            }
        }
        Ok(())
    }

    fn forget_folder(&self, number: u64) -> Result<(), Trouble> {
        for (id, _) in known_files(self.index, number)? {
            self.writer.forget(id)?;
        }
        let number = i64::try_from(number).map_err(|_| Trouble::Unfit)?;
        self.index
            .execute("DELETE FROM folder WHERE number = ?", [number])?;
        Ok(())
    }
}

/// How far it is, is told after so many tickets.
const TELL: usize = 512;
