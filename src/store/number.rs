//! Giving out numbers: each once, and never again.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::PathBuf;

use super::folder::Folder;
use super::lock::{self, Held, Lock};
use super::{Store, Writing, layout};
use crate::error::{Error, Result};
use crate::ticket::TicketId;

/// The largest number that is given: up to here every reader of JSON holds a number exactly
/// (RFC 8259, section 6). A counter beyond it was damaged.
pub(crate) const LARGEST: u64 = (1 << 53) - 1;

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
    /// Takes the next numbers, at least one and at most so many, and sees to it that their folders are
    /// there and stay there.
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
        let mut next = match last {
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
        self.make_folder_of(next, last)?;
        // A block ends with its folder.
        let folder_ends = *layout::ids_in(layout::folder_of(next)).end();
        let end = next.get().saturating_add(most.max(1) - 1);
        let end = end.min(folder_ends).min(LARGEST);
        self.set_counter(&held, end)?;
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
            Some(last) if last.get() == end => self.set_counter(&held, first - 1),
            _ => Ok(()),
        }
    }

    /// What the counter says; one that cannot be read is not lost: the number that it holds may have
    /// no file any more.
    fn last_number(&self, held: &Held) -> Result<Option<TicketId>> {
        let path = self.private.path_of(layout::NUMBER);
        let mut bytes = Vec::new();
        let read = held.file().take(32).read_to_end(&mut bytes);
        read.map_err(Error::io("read", &path))?;
        Ok(last_given(&bytes))
    }

    /// Of a fixed width, so that one write replaces all of it.
    fn set_counter(&self, held: &Held, last: u64) -> Result<()> {
        let mut file = held.file();
        file.seek(SeekFrom::Start(0))
            .and_then(|_| file.write_all(format!("{last:020}\n").as_bytes()))
            .and_then(|()| file.set_len(21))
            .map_err(Error::io("write", &self.private.path_of(layout::NUMBER)))
    }

    /// Sets a counter that was lost to the highest number in sight, and gives that.
    pub(crate) fn mend_counter(&self) -> Result<TicketId> {
        let held = self.counter()?;
        let last = self.last_number(&held)?;
        // Number 0 is none, and the last one that was given, before the first one is.
        let highest = self.after_highest()?.get() - 1;
        let last = last.map_or(highest, |last| last.get().max(highest));
        self.set_counter(&held, last)?;
        Ok(TicketId::new(last).unwrap_or(TicketId::FIRST))
    }

    /// Sees to it that numbers which come with a ticket of their own are never given to another one, and
    /// that their folders are there and stay there.
    pub(crate) fn reserve(&self, numbers: &BTreeSet<TicketId>) -> Result<()> {
        let Some(highest) = numbers.last() else {
            return Ok(());
        };
        let held = self.counter()?;
        let path = self.private.path_of(layout::NUMBER);
        let (mut file, mut bytes) = (held.file(), Vec::new());
        let read = file.take(32).read_to_end(&mut bytes);
        read.map_err(Error::io("read", &path))?;
        let last = match last_given(&bytes) {
            Some(last) => last.get(),
            None => self.after_highest()?.get() - 1,
        };
        let folders: BTreeMap<u64, TicketId> = numbers
            .iter()
            .map(|id| (layout::folder_of(*id), *id))
            .collect();
        for id in folders.into_values() {
            self.make_folder_of(id, None)?;
        }
        if highest.get() <= last {
            return Ok(());
        }
        file.seek(SeekFrom::Start(0))
            .and_then(|_| file.write_all(format!("{highest:020}\n").as_bytes()))
            .and_then(|()| file.set_len(21))
            .map_err(Error::io("write", &path))
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
        let given = highest_in(&self.temporary)?;
        Ok(next.max(given.map_or(next, TicketId::next)))
    }

    /// Sees to it that the folder of a number is there and stays there. Whoever made it may have
    /// died before it was made durable: so the first number in it does that once more.
    fn make_folder_of(&self, id: TicketId, last: Option<TicketId>) -> Result<()> {
        let number = layout::folder_of(id);
        let (name, access) = (layout::folder_name(number), self.modes.folder);
        let is_new = super::make_durably(&self.tickets, &name, access, &self.private)?;
        if !is_new && last.map(layout::folder_of) != Some(number) {
            self.tickets.sync()?;
            self.root.sync()?;
        }
        Ok(())
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
fn last_given(counter: &[u8]) -> Option<TicketId> {
    let last = String::from_utf8_lossy(counter)
        .trim()
        .parse()
        .ok()
        .filter(|last| *last <= LARGEST)?;
    TicketId::new(last)
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
fn highest_in(folder: &Folder) -> Result<Option<TicketId>> {
    let number = |name: &String| {
        let digits = name.split('.').next()?;
        let number = digits.parse().ok().filter(|number| *number <= LARGEST)?;
        TicketId::new(number)
    };
    Ok(folder.names()?.iter().filter_map(number).max())
}
