//! Giving out numbers: each once, and never again.
//!
//! A number is given before its folder is there. Whoever puts that in its place (see
//! [`begun`](super::begun)) does so under the lock of the counter, and may die before it is durable: so
//! until it is, a `+` stands before the number, and whoever finds that makes up for it.

use std::io::{Read, Seek, SeekFrom, Write};
use std::path::PathBuf;

use nix::errno::Errno;

use super::folder::Folder;
use super::lock::{self, Held, Lock};
use super::{Store, Writing, layout};
use crate::error::{Error, Result};
use crate::ticket::TicketId;

/// The largest number that is given: up to here every reader of JSON holds a number exactly
/// (RFC 8259, section 6). A counter beyond it was damaged.
pub(crate) const LARGEST: u64 = (1 << 53) - 1;

/// What the counter says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Last {
    /// The last number that was given; before the first one is, 0.
    number: u64,
    /// Whether all folders of tickets that are there would survive a power cut, as far as desk put
    /// them there.
    settled: bool,
}

/// Numbers that were taken, one after the other.
#[derive(Debug)]
pub(crate) struct Numbers {
    left: std::ops::RangeInclusive<u64>,
}

impl Numbers {
    /// These, and those before them from `first` on, that were given and are not needed after all.
    pub(crate) fn with_given(&self, first: TicketId) -> Self {
        Self {
            left: first.get()..=*self.left.end(),
        }
    }
}

impl Iterator for Numbers {
    type Item = TicketId;

    fn next(&mut self) -> Option<TicketId> {
        self.left.next().and_then(TicketId::new)
    }
}

impl Writing<'_> {
    /// Takes the next numbers, at least one and at most so many, all of one folder. If that is there, it
    /// is there to stay.
    ///
    /// They are above `own`, the last one that was given to the same group: of a number without a file
    /// nobody but its group knows, if the counter is lost.
    ///
    /// The counter is only a memory of the last number given: where it was lost, stands behind the
    /// files, or was damaged, the highest number in sight (of files, of temporaries, and of what was
    /// set aside) takes its place.
    pub(crate) fn take_numbers(&self, own: Option<TicketId>, most: u64) -> Result<Numbers> {
        let held = self.counter()?;
        let last = self.last_number(&held)?;
        let mut next = match last.and_then(|last| TicketId::new(last.number)) {
            Some(last) => last.next(),
            None => self.after_highest()?,
        };
        next = next.max(own.map_or(next, TicketId::next));
        // Of a counter that is behind, the first number of a block may be free, and a later one taken.
        if most > 1 || self.exists(next)? {
            next = next.max(self.after_highest()?);
        }
        if next.get() > LARGEST {
            return Err(Error::refused(format!(
                "no number is left: the highest that can be given is {LARGEST}"
            )));
        }
        let folder = layout::folder_of(next);
        self.expect_to_stay(folder, last)?;
        // A block ends with its folder.
        let folder_ends = *layout::ids_in(folder).end();
        let end = next.get().saturating_add(most.max(1) - 1);
        let end = end.min(folder_ends).min(LARGEST);
        self.set_counter(&held, Last::settled(end))?;
        Ok(Numbers {
            left: next.get()..=end,
        })
    }

    /// Gives numbers back that nobody was told of, unless others were taken behind them.
    pub(crate) fn give_back(&self, numbers: &Numbers) -> Result<()> {
        let (first, end) = (*numbers.left.start(), *numbers.left.end());
        if numbers.left.is_empty() {
            return Ok(());
        }
        let held = self.counter()?;
        match self.last_number(&held)? {
            Some(last) if last.number == end => {
                let number = first - 1;
                self.set_counter(&held, Last { number, ..last })
            }
            _ => Ok(()),
        }
    }

    /// What the counter says; one that cannot be read is not lost: the number that it holds may have
    /// no file any more.
    fn last_number(&self, held: &Held) -> Result<Option<Last>> {
        let path = self.private.path_of(layout::NUMBER);
        let mut bytes = Vec::new();
        let read = held.file().take(32).read_to_end(&mut bytes);
        read.map_err(Error::io("read", &path))?;
        Ok(last_said(&bytes))
    }

    /// Of a fixed width, so that one write replaces all of it.
    fn set_counter(&self, held: &Held, last: Last) -> Result<()> {
        let text = match last.settled {
            true => format!("{:020}\n", last.number),
            false => format!("+{:019}\n", last.number),
        };
        let mut file = held.file();
        file.seek(SeekFrom::Start(0))
            .and_then(|_| file.write_all(text.as_bytes()))
            .and_then(|()| file.set_len(21))
            .map_err(Error::io("write", &self.private.path_of(layout::NUMBER)))
    }

    /// Sets a counter that was lost to the highest number in sight, and gives that.
    pub(crate) fn mend_counter(&self) -> Result<TicketId> {
        let held = self.counter()?;
        let last = self.last_number(&held)?;
        let number = self.highest()?.max(last.map_or(0, |last| last.number));
        self.sync_places().map_err(told)?;
        self.set_counter(&held, Last::settled(number))?;
        Ok(TicketId::new(number).unwrap_or(TicketId::FIRST))
    }

    /// Sees to it that numbers up to this one, which come with a ticket of their own, are never given to
    /// another one.
    pub(crate) fn reserve(&self, highest: TicketId) -> Result<()> {
        let held = self.counter()?;
        let last = match self.last_number(&held)? {
            Some(last) => last.number,
            None => self.highest()?,
        };
        // Anybody may have made their folders.
        self.sync_places().map_err(told)?;
        self.set_counter(&held, Last::settled(last.max(highest.get())))
    }

    /// Puts a folder of tickets in its place, by `put`, which gives whether that was free; and makes that
    /// durable, or gives what went wrong with it. Until then the counter says that it is not.
    pub(super) fn put_durably(
        &self,
        put: impl FnOnce() -> Result<bool>,
    ) -> Result<Option<Result<(), Errno>>> {
        let held = self.counter()?;
        let number = match self.last_number(&held)? {
            Some(last) => last.number,
            None => self.highest()?,
        };
        let settled = false;
        self.set_counter(&held, Last { number, settled })?;
        let put = put();
        let durable = self.sync_places().map_err(|(_, errno)| errno);
        if durable.is_ok() {
            // Where it cannot be told, others make it durable once more.
            let _ = self.set_counter(&held, Last::settled(number));
        }
        Ok(put?.then_some(durable))
    }

    /// Sees to it that the folders of what was just renamed are there to stay: somebody may have put one
    /// there who died, or does so just now.
    pub(super) fn settle(&self) -> Result<(), Errno> {
        let said = self.private.read(layout::NUMBER).ok().flatten();
        let said = said.as_deref().and_then(last_said);
        if said.is_some_and(|last| last.settled) {
            return Ok(());
        }
        // Whoever has the counter just now makes it durable; what a lost one said is not known.
        let held = self.counter().ok();
        let last = held
            .as_ref()
            .and_then(|held| self.last_number(held).ok().flatten());
        if last.is_some_and(|last| last.settled) {
            return Ok(());
        }
        self.sync_places().map_err(|(_, errno)| errno)?;
        if let (Some(held), Some(last)) = (held, last) {
            // Where it cannot be told, others make it durable once more.
            let _ = self.set_counter(&held, Last::settled(last.number));
        }
        Ok(())
    }

    /// The counter, locked. One that has another name as well is left as it is, and a copy takes
    /// its place.
    fn counter(&self) -> Result<Held> {
        loop {
            let (name, access) = (layout::NUMBER, self.modes.lock);
            let held = lock::take(&self.private, Lock::Number, access, self.wait)?;
            if !held.is_linked(&self.private)? {
                return Ok(held);
            }
            let mut text = Vec::new();
            let read = held.file().take(32).read_to_end(&mut text);
            read.map_err(Error::io("read", &self.private.path_of(name)))?;
            self.temporary.remove(name)?;
            let mut copy = self.temporary.make_file(name, access)?;
            copy.write_all(&text)
                .map_err(Error::io("write", &self.temporary.path_of(name)))?;
            self.temporary.rename(name, &self.private, name)?;
        }
    }

    pub(super) fn exists(&self, id: TicketId) -> Result<bool> {
        let folder = self
            .tickets
            .folder(&layout::folder_name(layout::folder_of(id)))?;
        match folder {
            Some(folder) => Ok(folder.kind(&layout::file_name(id))?.is_some()),
            None => Ok(false),
        }
    }

    fn after_highest(&self) -> Result<TicketId> {
        let next = after_highest(&self.tickets, &self.private)?;
        // A number that was given out and is not in place yet.
        let given = highest_in(&self.temporary)?.max(self.highest_built()?);
        Ok(next.max(given.map_or(next, TicketId::next)))
    }

    /// The highest number in sight; 0, if there is none.
    fn highest(&self) -> Result<u64> {
        Ok(self.after_highest()?.get() - 1)
    }

    /// Sees to it that a folder in which a number is given is there to stay, if it is there at all.
    /// Whoever made the first one of a folder may have been no writer of desk's.
    fn expect_to_stay(&self, folder: u64, last: Option<Last>) -> Result<()> {
        if let Some(Last {
            number,
            settled: true,
        }) = last
        {
            let is_of_last = TicketId::new(number).map(layout::folder_of) == Some(folder);
            // Who puts it there makes its place durable.
            if is_of_last || self.tickets.kind(&layout::folder_name(folder))?.is_none() {
                return Ok(());
            }
        }
        self.sync_places().map_err(told)
    }

    /// Makes the places of all folders of tickets durable. What failed once is not tried again: the
    /// second time it tells lies.
    fn sync_places(&self) -> Result<(), Unsynced> {
        let sync = |folder: &Folder| {
            let failed = |errno| (folder.path().to_owned(), errno);
            folder.sync_raw().map_err(failed)
        };
        let synced = match self.unsynced.get() {
            Some(failed) => Err(failed.clone()),
            None => sync(&self.tickets).and_then(|()| sync(self.root)),
        };
        if let Err(failed) = &synced {
            let _ = self.unsynced.set(failed.clone());
        }
        synced
    }
}

/// What could not be made durable, and why.
pub(super) type Unsynced = (PathBuf, Errno);

fn told((path, errno): Unsynced) -> Error {
    Error::io("make durable", &path)(errno.into())
}

impl Last {
    fn settled(number: u64) -> Self {
        let settled = true;
        Self { number, settled }
    }
}

impl Store {
    /// The counter, if it is there and is not believed, and why.
    ///
    /// # Errors
    /// When nobody can say, since something that bears a number cannot be read.
    pub(crate) fn lost_counter(&self) -> Result<Option<(PathBuf, String)>> {
        let private = match &self.root {
            Some(root) => root.folder(layout::PRIVATE)?,
            None => None,
        };
        let (Some(tickets), Some(private)) = (self.tickets()?, private) else {
            return Ok(None);
        };
        // In this order: a number is given before its file is there.
        let next = after_highest(&tickets, &private)?;
        let Some(text) = private.read(layout::NUMBER)? else {
            return Ok(None);
        };
        let why = match last_given(&text) {
            Some(last) if last.next() >= next => return Ok(None),
            Some(last) => format!("says {last}, and is behind {}", next.get() - 1),
            None if next == TicketId::FIRST => return Ok(None),
            None => "is not a number that was given".to_owned(),
        };
        Ok(Some((private.path_of(layout::NUMBER), why)))
    }

    /// The number that the next ticket would get, if nobody else opens one meanwhile.
    pub(crate) fn next_number(&self) -> Result<TicketId> {
        let private = match &self.root {
            Some(root) => root.folder(layout::PRIVATE)?,
            None => None,
        };
        let (Some(tickets), Some(private)) = (self.tickets()?, private) else {
            return Ok(TicketId::FIRST);
        };
        // Who may only read the tickets may not read the counter.
        let counter = private.read(layout::NUMBER).ok().flatten();
        let last = counter.and_then(|bytes| last_given(&bytes));
        Ok(after_highest(&tickets, &private)?.max(last.map_or(TicketId::FIRST, TicketId::next)))
    }
}

/// What the counter says, if it says a number that can be given.
fn last_said(counter: &[u8]) -> Option<Last> {
    let text = String::from_utf8_lossy(counter);
    let (text, settled) = match text.trim().strip_prefix('+') {
        Some(text) => (text, false),
        None => (text.trim(), true),
    };
    let number = text
        .parse()
        .ok()
        .filter(|last| (1..=LARGEST).contains(last))?;
    Some(Last { number, settled })
}

/// The last number that was given, if it says so.
fn last_given(counter: &[u8]) -> Option<TicketId> {
    last_said(counter).and_then(|last| TicketId::new(last.number))
}

fn after_highest(tickets: &Folder, private: &Folder) -> Result<TicketId> {
    let mut highest = None;
    for name in tickets.names()? {
        if layout::parse_folder(&name).is_none() {
            continue;
        }
        if let Some(folder) = tickets.folder(&name)? {
            highest = highest.max(highest_in(&folder)?);
        }
    }
    if let Some(quarantine) = private.folder(layout::QUARANTINE)? {
        highest = highest.max(highest_in(&quarantine)?);
    }
    Ok(highest.map_or(TicketId::FIRST, TicketId::next))
}

/// The highest number among a folder's names; one set aside may have more behind its `.json`.
pub(super) fn highest_in(folder: &Folder) -> Result<Option<TicketId>> {
    let number = |name: &String| {
        let digits = name.split('.').next()?;
        let number = digits.parse().ok().filter(|number| *number <= LARGEST)?;
        TicketId::new(number)
    };
    Ok(folder.names()?.iter().filter_map(number).max())
}
