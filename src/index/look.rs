//! What the files look like, before the index is asked or brought up to date.

use std::cell::OnceCell;
use std::io::{Read, Seek, SeekFrom};

use super::Trouble;
use super::write::Numbers;
use crate::store::journal::{Entry, parse};
use crate::store::{self, Folder, Stamp, Store};
use crate::ticket::TicketId;

/// What the files look like at a moment. The folders were looked at before the journal: so whatever
/// `desk` did that moved a stamp which was seen stands in what the journal had, or is being done.
#[derive(Debug)]
pub(super) struct Look {
    tickets: Folder,
    /// In the order of their numbers.
    pub(super) folders: Vec<Looked>,
    journal: Option<(std::fs::File, u64, u64)>,
}

/// A folder that was looked at; most are never opened.
#[derive(Debug)]
pub(super) struct Looked {
    pub(super) number: u64,
    pub(super) stamp: Stamp,
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
    pub(super) fn folder_of(&self, id: TicketId) -> Result<Option<&Folder>, Trouble> {
        let of = store::folder_of(id);
        let at = self
            .folders
            .binary_search_by_key(&of, |looked| looked.number);
        at.map_or(Ok(None), |at| self.open(&self.folders[at]))
    }

    /// A folder, open; `None` if it is gone.
    pub(super) fn open<'a>(&self, looked: &'a Looked) -> Result<Option<&'a Folder>, Trouble> {
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

    /// The same as the index has it; zeros, if there is none.
    pub(super) fn journal_place(&self) -> (i64, i64) {
        let (inode, length) = match &self.journal {
            Some((_, inode, length)) => (*inode, *length),
            None => (0, 0),
        };
        let number = |n: u64| i64::from_ne_bytes(n.to_ne_bytes());
        (number(inode), number(length))
    }
}

/// The stamp of a file that may change without getting another one; no file has it.
pub(super) const UNSETTLED: Numbers = [-1; 4];

/// The stamp of a file that somebody has committed to, and that may not be in place yet. Its folder is
/// looked through at the next read, so whoever finds it has it from just now.
pub(super) const PROMISED: Numbers = [-2; 4];

/// Whether a ticket's file has another stamp than this one, with which it was read.
pub(super) fn has_moved(
    look: &Look,
    id: TicketId,
    known: Option<Numbers>,
) -> Result<bool, Trouble> {
    if known == Some(PROMISED) {
        return Ok(false);
    }
    let Some(folder) = look.folder_of(id)? else {
        return Ok(true);
    };
    let stamp = store::stamp_in(folder, id)?.map(Stamp::numbers);
    Ok(stamp.is_none() || known != stamp)
}
