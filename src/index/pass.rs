//! One pass over the folders in which something happened: the files that moved are read with all
//! processors, while this thread writes what they hold, and finds what else is to be looked at.
//!
//! What was written is committed now and then, behind a whole folder: so the log is worked into the
//! database meanwhile, does not grow as long as all that is written, and one who is killed has, most often,
//! not done all for nothing.

use std::collections::HashMap;
use std::vec;

use super::Trouble;
use super::look::UNSETTLED;
use super::refresh::{Commit, Refresh, known_file, known_files};
use super::row::Row;
use super::told::lose_place;
use super::write::Numbers;
use crate::error::Error;
use crate::store::{self, Folder, Grain, Stamp};
use crate::threads::pipe;
use crate::ticket::TicketId;

/// How a folder is brought up to date.
pub(super) struct Way<'l> {
    pub(super) number: u64,
    pub(super) folder: &'l Folder,
    /// The tickets to be looked at, in order.
    pub(super) ids: Vec<TicketId>,
    pub(super) then: Then,
}

/// The stamp that a folder is known to have had, once its tickets were looked at.
pub(super) enum Then {
    /// The one that the journal tells, if it settles.
    Told(Option<String>),
    /// The one that it had before it was looked through, if it has it still, and a change after it must
    /// have another one.
    Through(Stamp, bool),
}

/// A folder of which so many tickets are still to be looked at.
struct Begun<'l> {
    folder: &'l Folder,
    left: usize,
    then: Then,
}

/// A file to be looked at.
struct Item<'l> {
    of: u64,
    folder: &'l Folder,
    id: TicketId,
    known: Option<Numbers>,
}

/// So many tickets are written before they are committed.
const MANY: usize = if cfg!(test) { 1 } else { 1_000 };

/// The folders that are being looked at, in turn.
pub(super) struct Pass<'r, 'a, 'l> {
    refresh: &'r mut Refresh<'a>,
    ways: vec::IntoIter<Way<'l>>,
    begun: HashMap<u64, Begun<'l>>,
    commit: Commit<'r>,
}

impl<'r, 'a, 'l> Pass<'r, 'a, 'l> {
    pub(super) fn new(
        refresh: &'r mut Refresh<'a>,
        ways: Vec<Way<'l>>,
        commit: Commit<'r>,
    ) -> Self {
        Self {
            refresh,
            ways: ways.into_iter(),
            begun: HashMap::new(),
            commit,
        }
    }

    pub(super) fn run(mut self) -> Result<(), Trouble> {
        let grain = self.refresh.grain;
        let work = |item: Item<'_>| {
            let found = read_one(item.folder, item.id, item.known.as_ref(), grain);
            (item.of, item.id, found)
        };
        pipe(&mut self, Self::more, work, Self::take)
    }

    /// The files of the next folder.
    fn more(&mut self) -> Result<Option<Vec<Item<'l>>>, Trouble> {
        let Some(way) = self.ways.next() else {
            return Ok(None);
        };
        let known = match way.then {
            Then::Told(_) => self.known(&way.ids)?,
            Then::Through(..) => self.known_through(&way)?,
        };
        let (of, folder) = (way.number, way.folder);
        let item = |(&id, known)| Item {
            of,
            folder,
            id,
            known,
        };
        let items: Vec<Item<'l>> = way.ids.iter().zip(known).map(item).collect();
        let begun = Begun {
            folder,
            left: items.len(),
            then: way.then,
        };
        match begun.left {
            0 => self.end(of, begun)?,
            _ => drop(self.begun.insert(of, begun)),
        }
        Ok(Some(items))
    }

    /// The stamps with which some files were read last.
    fn known(&self, ids: &[TicketId]) -> Result<Vec<Option<Numbers>>, Trouble> {
        let known = ids.iter().map(|id| known_file(self.refresh.index, *id));
        known.collect()
    }

    /// The same of all tickets of a folder; those that are there no more are forgotten.
    fn known_through(&mut self, way: &Way<'l>) -> Result<Vec<Option<Numbers>>, Trouble> {
        let known = known_files(self.refresh.index, way.number)?;
        let mut known = known.into_iter().peekable();
        let mut of_ids = Vec::with_capacity(way.ids.len());
        for id in &way.ids {
            while let Some((gone, _)) = known.next_if(|(known, _)| known < id) {
                self.refresh.writer.forget(gone)?;
            }
            let same = known.next_if(|(known, _)| known == id);
            of_ids.push(same.map(|(_, stamp)| stamp));
        }
        for (gone, _) in known {
            self.refresh.writer.forget(gone)?;
        }
        Ok(of_ids)
    }

    fn take(
        &mut self,
        (of, id, found): (u64, TicketId, Result<Found, Trouble>),
    ) -> Result<(), Trouble> {
        self.refresh.enter(id, found?)?;
        self.refresh.count();
        let Some(begun) = self.begun.get_mut(&of) else {
            return Ok(());
        };
        begun.left -= 1;
        match begun.left {
            0 => {
                let begun = self.begun.remove(&of);
                begun.map_or(Ok(()), |begun| self.end(of, begun))
            }
            _ => Ok(()),
        }
    }

    /// Takes note of a folder that was looked at.
    fn end(&mut self, number: u64, begun: Begun<'l>) -> Result<(), Trouble> {
        let stamp = match begun.then {
            Then::Told(last) => last,
            Then::Through(before, settled) => {
                let (after, _) = begun.folder.stat()?;
                (settled && before == after).then(|| after.to_string())
            }
        };
        self.refresh.record(number, stamp)?;
        if self.refresh.written >= MANY {
            self.refresh.written = 0;
            lose_place(self.refresh.index)?;
            (self.commit)()?;
        }
        Ok(())
    }
}

/// What is in the place of a ticket.
pub(super) enum Found {
    Nothing,
    /// The file that is known.
    Unmoved,
    /// A file: its stamp before it was read, if it settles, and what is in it.
    File(Numbers, Result<Box<Row>, Error>),
}

/// Looks at a file; reads it, if it has another stamp than is known.
pub(super) fn read_one(
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
