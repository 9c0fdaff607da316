//! Bringing the index up to date: at every read, before it answers.
//!
//! The journal tells which tickets `desk` itself renamed into place; each of them is looked at again.
//! A folder whose stamp moved is spared more than that, if the journal accounts for every step of it
//! from the stamp that was recorded to the present one; otherwise it is looked through, file by file.
//! A writer that was killed leaves a gap, a power cut breaks the chain, a journal that was cut says
//! nothing: all of them end in looking again. Stamps are compared by `!=`, since clocks go back.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::thread;
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, params};

use super::look::{Look, Looked, PROMISED, UNSETTLED};
use super::row::Row;
use super::schema;
use super::told::{Reading, Told, journal_read};
use super::write::{Numbers, Writer, sql_id};
use super::{Progress, Trouble};
use crate::error::Error;
use crate::store::{self, Folder, Grain, Promised, Stamp, Store};
use crate::threads::pipe;
use crate::ticket::TicketId;

/// Whether the index is up to date with what was seen.
pub(super) fn is_fresh(index: &Connection, look: &Look) -> Result<bool, Trouble> {
    if journal_read(index)? != Some(look.journal_place()) {
        return Ok(false);
    }
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

/// Brings the index up to date; gives what could not be read just now.
///
/// The caller has the lock, and a transaction open.
pub(super) fn refresh(
    index: &Connection,
    store: &Store,
    grain: Grain,
    progress: Progress<'_>,
) -> Result<Vec<Error>, Trouble> {
    let mut refresh = Refresh::new(index, grain, progress);
    store.read_whole(|promised| {
        refresh.run(store)?;
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
            Some(folder) => refresh.read(folder, &[*id], &Known::new())?,
            None => refresh.writer.forget(*id)?,
        }
    }
    refresh.take_promised(store, &store.promised()?)
}

/// How a folder is brought up to date.
enum Way {
    /// By a look at these tickets; then it is known to have had this stamp.
    At(HashSet<TicketId>, Option<String>),
    /// By a look at all of its tickets, which it had at this stamp; that can be recorded only if a
    /// change after it must have another one.
    Through(Stamp, bool, Vec<TicketId>),
}

impl Way {
    fn len(&self) -> usize {
        match self {
            Self::At(ids, _) => ids.len(),
            Self::Through(.., ids) => ids.len(),
        }
    }
}

struct Refresh<'a> {
    index: &'a Connection,
    grain: Grain,
    writer: Writer<'a>,
    unreadable: Vec<Error>,
    progress: Progress<'a>,
    done: usize,
    all: usize,
}

/// So many files are looked at together only after much was changed from outside. What FTS5 writes of
/// them is merged with the rest at later refreshes, bit by bit.
const MANY: usize = if cfg!(test) { 4 } else { 1_000 };

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
        }
    }

    fn run(&mut self, store: &Store) -> Result<(), Trouble> {
        (self.progress)(0, 0);
        let mut look = Look::at(store)?;
        let is_known = journal_read(self.index)?.is_some();
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
        journal.keep_place(self.index)?;
        let ways = self.ways(&look, journal.told)?;
        self.all = ways.iter().map(|(_, way)| way.len()).sum();
        let defers = is_known && self.all >= MANY;
        if defers {
            schema::merge_segments(self.index, false)?;
        }
        for (looked, way) in ways {
            let number = looked.number;
            let folder = look.open(looked)?.ok_or(Trouble::Unfit)?;
            let stamp = match way {
                Way::At(ids, last) => {
                    self.look_at(folder, ids)?;
                    last
                }
                Way::Through(before, settled, ids) => {
                    let after = self.look_through(number, folder, &ids)?;
                    (settled && before == after).then(|| after.to_string())
                }
            };
            self.record(number, stamp)?;
        }
        self.read_unread(&look)?;
        if defers {
            schema::merge_segments(self.index, true)?;
        }
        if !is_known {
            schema::merge_all_segments(self.index)?;
        }
        (self.progress)(self.all, self.all);
        Ok(())
    }

    /// How each of the folders is brought up to date in which something happened; those that are gone
    /// are forgotten.
    fn ways<'l>(
        &self,
        look: &'l Look,
        mut told: HashMap<u64, Told>,
    ) -> Result<Vec<(&'l Looked, Way)>, Trouble> {
        let recorded = recorded_folders(self.index)?;
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
            let way = match known.and_then(|known| told.account(known, &stamp.to_string())) {
                Some(last) => Way::At(told.ids, settled.then_some(last)),
                None => {
                    let folder = look.open(looked)?.ok_or(Trouble::Unfit)?;
                    let (before, _) = folder.stat()?;
                    let settled = self.grain.settles(before);
                    Way::Through(before, settled, store::ticket_ids(number, folder)?)
                }
            };
            ways.push((looked, way));
        }
        Ok(ways)
    }

    /// Compares a folder, which had these tickets, file by file with what is known; gives its stamp
    /// afterwards.
    fn look_through(
        &mut self,
        number: u64,
        folder: &Folder,
        ids: &[TicketId],
    ) -> Result<Stamp, Trouble> {
        let mut known = self.known_files(number)?;
        self.read(folder, ids, &known)?;
        ids.iter().for_each(|id| _ = known.remove(id));
        for id in known.into_keys() {
            self.writer.forget(id)?;
        }
        Ok(folder.stat()?.0)
    }

    fn known_files(&self, number: u64) -> Result<Known, Trouble> {
        let ids = store::ids_in(number);
        let bound = |id: u64| i64::try_from(id).map_err(|_| Trouble::Unfit);
        let sql = "SELECT id, size, modified, changed, inode FROM file WHERE id BETWEEN ? AND ?";
        let mut statement = self.index.prepare_cached(sql)?;
        let mut rows = statement.query(params![bound(*ids.start())?, bound(*ids.end())?])?;
        let mut known = HashMap::new();
        while let Some(row) = rows.next()? {
            let id = u64::try_from(row.get::<_, i64>(0)?)
                .ok()
                .and_then(TicketId::new);
            let stamp = [row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?];
            known.extend(id.map(|id| (id, stamp)));
        }
        Ok(known)
    }

    /// Looks at some files, and reads those that moved.
    fn look_at(&mut self, folder: &Folder, ids: HashSet<TicketId>) -> Result<(), Trouble> {
        let mut ids: Vec<TicketId> = ids.into_iter().collect();
        ids.sort_unstable();
        let mut known = HashMap::with_capacity(ids.len());
        for &id in &ids {
            known.extend(known_file(self.index, id)?.map(|stamp| (id, stamp)));
        }
        self.read(folder, &ids, &known)
    }

    /// Reads the files that have other stamps than are known, with all processors, and writes what they
    /// hold.
    fn read(&mut self, folder: &Folder, ids: &[TicketId], known: &Known) -> Result<(), Trouble> {
        let grain = self.grain;
        pipe(
            ids,
            |id| (*id, read_one(folder, *id, known.get(id), grain)),
            |(id, found)| {
                self.enter(id, found?)?;
                self.count();
                Ok(())
            },
        )
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
                        self.read(&folder, &[id], &Known::new())?;
                    }
                }
            }
            // Until it is in place, its folder does not say that it moved.
            self.record(store::folder_of(id), None)?;
        }
        Ok(())
    }

    /// Takes note of a folder: its stamp, or that it is to be looked through at the next read.
    fn record(&self, number: u64, stamp: Option<String>) -> Result<(), Trouble> {
        let number = i64::try_from(number).map_err(|_| Trouble::Unfit)?;
        let sql = "INSERT OR REPLACE INTO folder VALUES (?, ?)";
        let mut statement = self.index.prepare_cached(sql)?;
        statement.execute(params![number, stamp])?;
        Ok(())
    }

    fn count(&mut self) {
        self.done += 1;
        if self.done.is_multiple_of(TELL) {
            (self.progress)(self.done, self.all.max(self.done));
        }
    }

    fn enter(&mut self, id: TicketId, found: Found) -> Result<(), Trouble> {
        let (stamp, row) = match found {
            Found::Unmoved => return Ok(()),
            Found::Nothing => return Ok(self.writer.forget(id)?),
            Found::File(stamp, row) => (stamp, row),
        };
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
                self.read(folder, &[id], &Known::new())?;
            }
        }
        Ok(())
    }

    fn forget_folder(&self, number: u64) -> Result<(), Trouble> {
        for id in self.known_files(number)?.into_keys() {
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

/// The stamps that files had when they were read.
type Known = HashMap<TicketId, Numbers>;

/// What is in the place of a ticket.
enum Found {
    Nothing,
    /// The file that is known.
    Unmoved,
    /// A file: its stamp before it was read, if it settles, and what is in it.
    File(Numbers, Result<Box<Row>, Error>),
}

fn read_one(
    folder: &Folder,
    id: TicketId,
    known: Option<&Numbers>,
    grain: Grain,
) -> Result<Found, Trouble> {
    // SQLite's numbers end before those of files do.
    if i64::try_from(id.get()).is_err() {
        return Err(Trouble::Unfit);
    }
    let Some(stamp) = store::stamp_in(folder, id)? else {
        return Ok(Found::Nothing);
    };
    if known == Some(&stamp.numbers()) {
        return Ok(Found::Unmoved);
    }
    let settled = match grain.settles(stamp) {
        true => stamp.numbers(),
        false => UNSETTLED,
    };
    Ok(match store::read_from(folder, id) {
        Ok(Some(ticket)) => Found::File(settled, Ok(Box::new(Row::of(&ticket)))),
        Ok(None) => Found::Nothing,
        Err(error) => Found::File(settled, Err(error)),
    })
}
