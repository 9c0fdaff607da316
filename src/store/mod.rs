//! Files on disk: layout, record format, locks, durable replacement, checking.
//!
//! What is true of files stays in here; a decision never sees a path. Reading takes no lock and
//! waits for nobody: a ticket's file is always the old one or the new one, whole.

mod commit;
mod folder;
mod fsck;
mod journal;
mod layout;
mod lock;
mod number;
mod record;
mod technicians;

use std::fs::{DirBuilder, Permissions};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

pub(crate) use commit::{Change, Committed};
pub(crate) use folder::{EntryKind, Folder, Stamp};
pub(crate) use fsck::check;
pub use fsck::{Checked, Finding};
pub(crate) use layout::folder_of;
pub(crate) use lock::{Held, Lock};

use crate::error::{Error, Result};
use crate::ticket::{Ticket, TicketId};

/// A data directory, which need not be there yet.
#[derive(Debug)]
pub(crate) struct Store {
    path: PathBuf,
    root: Option<Folder>,
    wait: Duration,
}

/// The modes of what is made in a data directory.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Modes {
    pub(crate) file: u32,
    pub(crate) folder: u32,
}

/// The mode of a data directory that `desk` makes itself: for its group to read, and its group is
/// passed on to what is made in it.
const DATA_MODE: u32 = 0o2750;

/// The folders of a data directory, open for writing.
#[derive(Debug)]
pub(crate) struct Writing<'a> {
    root: &'a Folder,
    private: Folder,
    locks: Folder,
    temporary: Folder,
    tickets: Folder,
    modes: Modes,
    wait: Duration,
}

impl Store {
    /// Opens a data directory, if it is there.
    pub(crate) fn open(path: &Path, wait: Duration) -> Result<Self> {
        Ok(Self {
            path: path.to_owned(),
            root: Folder::open_root(path)?,
            wait,
        })
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether it is there.
    pub(crate) fn exists(&self) -> bool {
        self.root.is_some()
    }

    /// The text of `desk.toml`, if there is one.
    pub(crate) fn settings(&self) -> Result<Option<String>> {
        let Some(root) = &self.root else {
            return Ok(None);
        };
        let Some(bytes) = root.read(layout::SETTINGS)? else {
            return Ok(None);
        };
        let text = String::from_utf8(bytes);
        text.map(Some)
            .map_err(|_| Error::damaged(&root.path_of(layout::SETTINGS), "is not UTF-8"))
    }

    /// Makes the data directory if it is not there yet.
    pub(crate) fn make(&mut self) -> Result<()> {
        if self.root.is_some() {
            return Ok(());
        }
        DirBuilder::new()
            .recursive(true)
            .mode(DATA_MODE)
            .create(&self.path)
            .and_then(|()| std::fs::set_permissions(&self.path, Permissions::from_mode(DATA_MODE)))
            .map_err(Error::io("make", &self.path))?;
        self.root = Folder::open_root(&self.path)?;
        let parent = self
            .path
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty());
        match Folder::open_root(parent.unwrap_or(Path::new(".")))? {
            Some(parent) => parent.sync(),
            None => Ok(()),
        }
    }

    /// Opens the folders for writing; makes those that are missing.
    pub(crate) fn writing(&self) -> Result<Writing<'_>> {
        let Some(root) = &self.root else {
            return Err(Error::damaged(&self.path, "is gone"));
        };
        let modes = Modes::like(root.stat()?.1);
        let private = open_or_make(root, layout::PRIVATE, modes)?;
        Ok(Writing {
            locks: open_or_make(&private, layout::LOCKS, modes)?,
            temporary: open_or_make(&private, layout::TEMPORARY, modes)?,
            tickets: open_or_make(root, layout::TICKETS, modes)?,
            private,
            root,
            modes,
            wait: self.wait,
        })
    }

    /// The open folder of tickets, if there is one.
    pub(crate) fn tickets(&self) -> Result<Option<Folder>> {
        match &self.root {
            Some(root) => root.folder(layout::TICKETS),
            None => Ok(None),
        }
    }

    /// The journal, open for reading, and its inode; `None` if there is none.
    pub(crate) fn journal(&self) -> Result<Option<(std::fs::File, u64)>> {
        let Some(root) = &self.root else {
            return Ok(None);
        };
        let Some(private) = root.folder(layout::PRIVATE)? else {
            return Ok(None);
        };
        let Some((file, _)) = private.open_file(layout::JOURNAL)? else {
            return Ok(None);
        };
        let path = private.path_of(layout::JOURNAL);
        let metadata = file.metadata().map_err(Error::io("look at", &path))?;
        Ok(Some((file, std::os::unix::fs::MetadataExt::ino(&metadata))))
    }

    /// The bytes of a ticket's file, as they stand; `None` if there is no such ticket.
    pub(crate) fn read_bytes(&self, id: TicketId) -> Result<Option<(PathBuf, Vec<u8>)>> {
        let Some(tickets) = self.tickets()? else {
            return Ok(None);
        };
        let Some(folder) = tickets.folder(&layout::folder_name(layout::folder_of(id)))? else {
            return Ok(None);
        };
        let name = layout::file_name(id);
        let bytes = folder.read(&name)?;
        Ok(bytes.map(|bytes| (folder.path_of(&name), bytes)))
    }

    /// A ticket; `None` if there is no such ticket.
    pub(crate) fn read(&self, id: TicketId) -> Result<Option<Ticket>> {
        match self.read_bytes(id)? {
            Some((path, bytes)) => record::from_bytes(id, &bytes, &path).map(Some),
            None => Ok(None),
        }
    }
}

/// The folders of tickets, by number; those that are none are damage.
pub(crate) fn ticket_folders(
    tickets: &Folder,
    damaged: &mut Vec<Error>,
) -> Result<Vec<(u64, Folder)>> {
    let mut found = Vec::new();
    for name in tickets.names()? {
        let Some(number) = layout::parse_folder(&name) else {
            continue;
        };
        match tickets.folder(&name) {
            Ok(folder) => found.extend(folder.map(|folder| (number, folder))),
            Err(error) => damaged.push(error),
        }
    }
    found.sort_by_key(|(number, _)| *number);
    Ok(found)
}

/// The numbers of the tickets in a folder, in order.
pub(crate) fn ticket_ids(number: u64, folder: &Folder) -> Result<Vec<TicketId>> {
    let mut ids: Vec<_> = folder
        .names()?
        .iter()
        .filter_map(|name| layout::parse_file(name))
        .filter(|id| layout::folder_of(*id) == number)
        .collect();
    ids.sort_unstable();
    Ok(ids)
}

/// Reads a ticket from its open folder; `None` if it is gone.
pub(crate) fn read_from(folder: &Folder, id: TicketId) -> Result<Option<Ticket>> {
    let name = layout::file_name(id);
    match folder.read(&name)? {
        Some(bytes) => record::from_bytes(id, &bytes, &folder.path_of(&name)).map(Some),
        None => Ok(None),
    }
}

/// Nothing, if these bytes are that ticket.
pub(crate) fn check_bytes(id: TicketId, bytes: &[u8], path: &Path) -> Result<()> {
    record::from_bytes(id, bytes, path).map(drop)
}

/// The stamp of a ticket's file; `None` if it is gone.
pub(crate) fn stamp_in(folder: &Folder, id: TicketId) -> Result<Option<Stamp>> {
    folder.stamp_of(&layout::file_name(id))
}

impl Modes {
    /// What is made in a data directory of this mode: as readable and writable as itself.
    fn like(data: u32) -> Self {
        Self {
            file: (data & 0o666) | 0o600,
            folder: (data & 0o777) | 0o2700,
        }
    }
}

impl Writing<'_> {
    /// Takes locks, in the order in which everybody takes them.
    pub(crate) fn lock(&self, wanted: &std::collections::BTreeSet<Lock>) -> Result<Vec<Held>> {
        lock::take_all(&self.locks, wanted, self.wait)
    }
}

fn open_or_make(parent: &Folder, name: &str, modes: Modes) -> Result<Folder> {
    if let Some(folder) = parent.folder(name)? {
        return Ok(folder);
    }
    if parent.make_folder(name, modes.folder)? {
        parent.sync()?;
    }
    let gone = || Error::damaged(&parent.path_of(name), "is gone");
    parent.folder(name)?.ok_or_else(gone)
}
