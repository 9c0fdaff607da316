//! Bringing the index up to date: at every read, before it answers.
//!
//! The journal tells which tickets `desk` itself renamed into place; each of them is looked at again.
//! A folder whose stamp moved is spared more than that, if the journal accounts for every step of it
//! from the stamp that was recorded to the present one; otherwise it is looked through, file by file.
//! A writer that was killed leaves a gap, a power cut breaks the chain, a journal that was cut says
//! nothing: all of them end in looking again. Stamps are compared by `!=`, since clocks go back.

use std::cell::OnceCell;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::{Read, Seek, SeekFrom};
use std::thread;
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, params};

use super::row::Row;
use super::write::{Numbers, Writer, sql_id};
use super::{Progress, Trouble};
use crate::error::Error;
use crate::store::journal::{Entry, parse};
use crate::store::{self, Folder, Grain, Stamp, Store};
use crate::threads::pipe;
use crate::ticket::TicketId;

/// What the files look like at a moment. The folders were looked at before the journal: so whatever
/// `desk` did that moved a stamp which was seen stands in what the journal had, or is being done.
#[derive(Debug)]
pub(super) struct Look {
    tickets: Folder,
    folders: Vec<Looked>,
    journal: Option<(std::fs::File, u64, u64)>,
}

/// A folder that was looked at; most are never opened.
#[derive(Debug)]
struct Looked {
    number: u64,
    stamp: Stamp,
    folder: OnceCell<Option<Folder>>,
}

impl Look {
    /// Looks. What is in the place of a folder is told by a scan, and nothing is in it to be indexed.
    pub(super) fn at(store: &Store) -> Result<Self, Trouble> {
        let Some(tickets) = store.tickets()? else {
            return Err(Trouble::Unfit);
        };
        let looked = |(number, stamp)| Looked {
            number,
            stamp,
            folder: OnceCell::new(),
        };
        let folders = store::folder_stamps(&tickets)?;
        let journal = store.journal().ok().flatten();
        let journal = journal.and_then(|(file, inode)| {
            let length = file.metadata().ok()?.len();
            Some((file, inode, length))
        });
        Ok(Self {
            folders: folders.into_iter().map(looked).collect(),
            tickets,
            journal,
        })
    }

    /// The folder of a ticket, open; `None` if there is none.
    fn folder_of(&self, id: TicketId) -> Result<Option<&Folder>, Trouble> {
        let of = store::folder_of(id);
        let at = self
            .folders
            .binary_search_by_key(&of, |looked| looked.number);
        at.map_or(Ok(None), |at| self.open(&self.folders[at]))
    }

    fn open<'a>(&self, looked: &'a Looked) -> Result<Option<&'a Folder>, Trouble> {
        if looked.folder.get().is_none() {
            let folder = store::ticket_folder(&self.tickets, looked.number)?;
            let _ = looked.folder.set(folder);
        }
        Ok(looked.folder.get().and_then(Option::as_ref))
    }

    /// The folders, each with its stamp.
    pub(super) fn stamps(&self) -> impl Iterator<Item = (u64, String)> {
        let stamp = |looked: &Looked| (looked.number, looked.stamp.to_string());
        self.folders.iter().map(stamp)
    }

    /// The journal's inode and length, if there is one.
    pub(super) fn journal(&self) -> Option<(u64, u64)> {
        let (_, inode, length) = self.journal.as_ref()?;
        Some((*inode, *length))
    }

    /// What the journal says behind a place, as far as its lines are whole; and the place behind them.
    pub(super) fn journal_after(&mut self, place: u64) -> Result<(Vec<Entry>, u64), Trouble> {
        let Some((file, ..)) = &mut self.journal else {
            return Ok((Vec::new(), place));
        };
        let mut bytes = Vec::new();
        let read = file
            .seek(SeekFrom::Start(place))
            .and_then(|_| file.read_to_end(&mut bytes));
        read.map_err(|_| Trouble::Unfit)?;
        let whole = bytes.iter().rposition(|&b| b == b'\n');
        let whole = whole.map_or(0, |at| at + 1);
        let text = String::from_utf8_lossy(&bytes[..whole]);
        let entries = text.lines().filter_map(parse).collect();
        Ok((entries, place + whole as u64))
    }

    fn journal_place(&self) -> (i64, i64) {
        let (inode, length) = match &self.journal {
            Some((_, inode, length)) => (*inode, *length),
            None => (0, 0),
        };
        let number = |n: u64| i64::from_ne_bytes(n.to_ne_bytes());
        (number(inode), number(length))
    }
}

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

fn journal_read(index: &Connection) -> Result<Option<(i64, i64)>, Trouble> {
    let mut statement = index.prepare_cached("SELECT inode, read FROM journal")?;
    let mut rows = statement.query([])?;
    Ok(match rows.next()? {
        Some(row) => Some((row.get(0)?, row.get(1)?)),
        None => None,
    })
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
    let sql = "SELECT id FROM file WHERE fault = '' ORDER BY id";
    let mut statement = index.prepare_cached(sql)?;
    let rows = statement.query_map([], |row| row.get::<_, i64>(0))?;
    let mut ids = Vec::new();
    for row in rows {
        ids.extend(u64::try_from(row?).ok().and_then(TicketId::new));
    }
    Ok(ids)
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
    refresh.run(store)?;
    Ok(refresh.unreadable)
}

/// Whether a ticket's file has another stamp than this one, with which it was read.
pub(super) fn has_moved(
    look: &Look,
    id: TicketId,
    known: Option<Numbers>,
) -> Result<bool, Trouble> {
    let Some(folder) = look.folder_of(id)? else {
        return Ok(true);
    };
    let stamp = store::stamp_in(folder, id)?.map(Stamp::numbers);
    Ok(stamp.is_none() || known != stamp)
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
            Some(folder) => refresh.read(folder, &[*id])?,
            None => refresh.writer.forget(*id)?,
        }
    }
    Ok(())
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

/// What the journal says of one folder.
#[derive(Default)]
struct Told {
    ids: HashSet<TicketId>,
    steps: Vec<[String; 2]>,
    begun: HashSet<TicketId>,
}

/// The journal, read from where it was last read to.
struct Reading {
    inode: i64,
    read: i64,
    told: HashMap<u64, Told>,
}

impl Reading {
    fn new(index: &Connection, look: &Look) -> Result<Self, Trouble> {
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
    fn go_on(&mut self, look: &mut Look) -> Result<(), Trouble> {
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

    fn keep_place(&self, index: &Connection) -> Result<(), Trouble> {
        index.execute("DELETE FROM journal", [])?;
        let sql = "INSERT INTO journal VALUES (?, ?)";
        index.execute(sql, params![self.inode, self.read])?;
        Ok(())
    }
}

/// Whether a line speaks of a ticket that can be in its folder: anybody may have written it.
fn is_of_its_folder(entry: &Entry) -> bool {
    let id = entry.id();
    store::folder_of(id) == entry.folder() && i64::try_from(id.get()).is_ok()
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
        }
    }

    fn run(&mut self, store: &Store) -> Result<(), Trouble> {
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
        journal.keep_place(self.index)?;
        let ways = self.ways(&look, journal.told)?;
        self.all = ways.iter().map(|(_, way)| way.len()).sum();
        for (looked, way) in ways {
            let number = looked.number;
            let folder = look.open(looked)?.ok_or(Trouble::Unfit)?;
            let stamp = match way {
                Way::At(ids, last) => {
                    self.look_at(&look, folder, ids)?;
                    last
                }
                Way::Through(before, settled, ids) => {
                    let after = self.look_through(number, folder, ids)?;
                    (settled && before == after).then(|| after.to_string())
                }
            };
            let number = i64::try_from(number).map_err(|_| Trouble::Unfit)?;
            let sql = "INSERT OR REPLACE INTO folder VALUES (?, ?)";
            self.index
                .prepare_cached(sql)?
                .execute(params![number, stamp])?;
        }
        self.read_unread(&look)?;
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
        ids: Vec<TicketId>,
    ) -> Result<Stamp, Trouble> {
        let mut known = self.known_files(number)?;
        let mut moved = Vec::new();
        for id in ids {
            if let Some(stamp) = store::stamp_in(folder, id)?
                && known.remove(&id) != Some(stamp.numbers())
            {
                moved.push(id);
            } else {
                known.remove(&id);
                self.count();
            }
        }
        for id in known.into_keys() {
            self.writer.forget(id)?;
        }
        self.read(folder, &moved)?;
        Ok(folder.stat()?.0)
    }

    fn known_files(&self, number: u64) -> Result<HashMap<TicketId, Numbers>, Trouble> {
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
    fn look_at(
        &mut self,
        look: &Look,
        folder: &Folder,
        ids: HashSet<TicketId>,
    ) -> Result<(), Trouble> {
        let mut moved = Vec::new();
        for id in ids {
            if has_moved(look, id, known_file(self.index, id)?)? {
                moved.push(id);
            }
        }
        moved.sort_unstable();
        self.read(folder, &moved)
    }

    /// Reads files with all processors, and writes what they hold.
    fn read(&mut self, folder: &Folder, ids: &[TicketId]) -> Result<(), Trouble> {
        let grain = self.grain;
        pipe(
            ids,
            |id| (*id, read_one(folder, *id, grain)),
            |(id, found)| {
                self.enter(id, found?)?;
                self.count();
                Ok(())
            },
        )
    }

    fn count(&mut self) {
        self.done += 1;
        if self.done.is_multiple_of(TELL) {
            (self.progress)(self.done, self.all.max(self.done));
        }
    }

    fn enter(&mut self, id: TicketId, found: Option<Seen>) -> Result<(), Trouble> {
        let Some((stamp, row)) = found else {
            return Ok(self.writer.forget(id)?);
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
                self.read(folder, &[id])?;
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

/// The stamp of a file that may change without getting another one; no file has it.
const UNSETTLED: Numbers = [-1; 4];

/// How far it is, is told after so many tickets.
const TELL: usize = 512;

/// A file that is there: its stamp before it was read, if it settles, and what is in it.
type Seen = (Numbers, Result<Box<Row>, Error>);

fn read_one(folder: &Folder, id: TicketId, grain: Grain) -> Result<Option<Seen>, Trouble> {
    // SQLite's numbers end before those of files do.
    if i64::try_from(id.get()).is_err() {
        return Err(Trouble::Unfit);
    }
    let Some(stamp) = store::stamp_in(folder, id)? else {
        return Ok(None);
    };
    let known = match grain.settles(stamp) {
        true => stamp.numbers(),
        false => UNSETTLED,
    };
    let row = |ticket| Box::new(Row::of(&ticket));
    Ok(match store::read_from(folder, id) {
        Ok(Some(ticket)) => Some((known, Ok(row(ticket)))),
        Ok(None) => None,
        Err(error) => Some((known, Err(error))),
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
    fn account(&self, known: String, seen: &str) -> Option<String> {
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
