//! Files on disk: layout, record format, locks, durable replacement, checking.
//!
//! What is true of files stays in here; a decision never sees a path. Reading takes no lock and
//! waits for nobody: a ticket's file is always the old one or the new one, whole.

mod begun;
mod commit;
mod disk;
mod folder;
pub mod fsck;
mod grain;
pub(crate) mod journal;
mod layout;
mod line;
mod lock;
mod number;
mod pending;
mod piece;
mod record;
mod technicians;
mod temporary;

use std::fs::{DirBuilder, File};
use std::io::{self, ErrorKind};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;

pub(crate) use commit::{Change, Committed, Content, Give};
use disk::Distrusted;
pub(crate) use folder::{Access, EntryKind, Folder, LARGEST_FILE, Stamp};
pub(crate) use grain::Grain;
#[cfg(test)]
pub(crate) use grain::coarse;
pub(crate) use layout::{folder_of, ids_in};
pub(crate) use line::{expect_json, lay_out, on_one_line};
pub(crate) use lock::{Held, Lock, take as take_lock};
pub(crate) use number::{LARGEST as LARGEST_NUMBER, Numbers};
pub(crate) use pending::Promised;
pub(crate) use piece::Piece;
pub(crate) use record::{from_bytes as ticket_of, parse as parse_ticket};
#[cfg(test)]
pub(crate) use record::{pretty, write as write_ticket};

use crate::error::{Error, Result};
use crate::threads::each_portion;
use crate::ticket::{Ticket, TicketId};

/// A data directory, which need not be there yet.
#[derive(Debug)]
pub(crate) struct Store {
    path: PathBuf,
    root: Option<Folder>,
    wait: Duration,
    /// That the disk may be written to, once that is known.
    trusted: OnceLock<()>,
    /// What kind of disk it is on, once somebody asked.
    disk: OnceLock<Option<u32>>,
}

/// Who may do what with what is made in a data directory.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Modes {
    pub(crate) file: Access,
    pub(crate) folder: Access,
    pub(crate) lock: Access,
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
    /// Why the places of the folders of tickets could not be made durable.
    unsynced: OnceLock<number::Unsynced>,
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
            trusted: OnceLock::new(),
            disk: OnceLock::new(),
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

    /// Writes whatever kind of disk it is.
    pub(crate) fn trust_disk(&self) {
        let _ = self.trusted.set(());
    }

    /// Nothing, if this disk keeps what the store is built on, or the user insists.
    pub(crate) fn expect_trusted(&self, folder: &Folder) -> Result<()> {
        if self.trusted.get().is_some() {
            return Ok(());
        }
        if let Some(distrusted) = self.distrust(folder)? {
            let message = format!("{} is on {distrusted}", self.path.display());
            return Err(Error::refused(message).with_hint(
                "keep it on a local disk and come there by ssh; DESK_ANY_DISK=1 writes all the same",
            ));
        }
        self.trust_disk();
        Ok(())
    }

    /// Why the disk is not written to; it is asked once.
    fn distrust(&self, folder: &Folder) -> Result<Option<Distrusted>> {
        Ok(self.disk_kind(folder)?.and_then(disk::distrusted))
    }

    fn disk_kind(&self, folder: &Folder) -> Result<Option<u32>> {
        if let Some(kind) = self.disk.get() {
            return Ok(*kind);
        }
        let kind = folder.disk_kind()?;
        Ok(*self.disk.get_or_init(|| kind))
    }

    /// The same for the data directory, if it is there.
    pub(crate) fn expect_writable(&self) -> Result<()> {
        self.root
            .as_ref()
            .map_or(Ok(()), |root| self.expect_trusted(root))
    }

    /// Makes the data directory if it is not there yet.
    pub(crate) fn make(&mut self) -> Result<()> {
        if self.root.is_some() {
            return Ok(());
        }
        let path = &self.path;
        let failed = |source| Error::io("make", path)(source);
        let name = path
            .file_name()
            .ok_or_else(|| failed(ErrorKind::NotFound.into()))?;
        let parent = lead_to(parent_of(path)).map_err(failed)?;
        let parent =
            Folder::open_root(parent)?.ok_or_else(|| failed(ErrorKind::NotFound.into()))?;
        self.expect_trusted(&parent)?;
        let access = Access {
            mode: DATA_MODE,
            group: None,
        };
        make_durably(&parent, name, access, &parent)?;
        let root = Folder::open_root(path)?;
        // A link that leads nowhere is in the way, and no folder.
        self.root = Some(root.ok_or_else(|| failed(nix::errno::Errno::EEXIST.into()))?);
        Ok(())
    }

    /// Opens the folders for writing; makes those that are missing.
    pub(crate) fn writing(&self) -> Result<Writing<'_>> {
        let Some(root) = &self.root else {
            return Err(Error::damaged(&self.path, "is gone"));
        };
        self.expect_trusted(root)?;
        let modes = Modes::like(root.access()?);
        let private = open_or_make(root, layout::PRIVATE, modes, root)?;
        Ok(Writing {
            locks: open_or_make(&private, layout::LOCKS, modes, &private)?,
            temporary: open_or_make(&private, layout::TEMPORARY, modes, &private)?,
            tickets: open_or_make(root, layout::TICKETS, modes, &private)?,
            unsynced: OnceLock::new(),
            private,
            root,
            modes,
            wait: self.wait,
        })
    }

    /// How finely the disk's clock tells two changes apart.
    pub(crate) fn grain(&self) -> Option<Grain> {
        let root = self.root.as_ref()?;
        let kind = self.disk_kind(root).ok()?;
        Some(Grain::of(kind))
    }

    /// The folder of the index that all share, and who may do what with what is made in it; `None` if
    /// this process may not write there, or the disk is not one on which many can.
    pub(crate) fn shared_index(&self) -> Option<(Folder, Modes)> {
        let root = self.root.as_ref()?;
        self.expect_trusted(root).ok()?;
        let modes = Modes::like(root.access().ok()?);
        if let Some(folder) = root.folder(layout::PRIVATE).ok()?
            && let Some(index) = folder.folder(layout::INDEX).ok()?
        {
            return index.is_writable().then_some((index, modes));
        }
        if !root.is_writable() {
            return None;
        }
        let private = open_or_make(root, layout::PRIVATE, modes, root).ok()?;
        // One that a power cut takes is made anew, with all that was in it: it need not be durable.
        private
            .make_folder(layout::INDEX, modes.folder, &private)
            .ok()?;
        let index = private.folder(layout::INDEX).ok()??;
        Some((index, modes))
    }

    /// Where an index of this data directory lies that is one user's own, in that user's folder for
    /// such things.
    pub(crate) fn own_index(&self, cache: &Path) -> Option<(Folder, Modes)> {
        let (stamp, _) = self.root.as_ref()?.stat().ok()?;
        let device = self.root.as_ref()?.device().ok()?;
        let path = cache.join(format!("index-{device:x}-{:x}", stamp.inode));
        let mut builder = DirBuilder::new();
        builder.mode(0o700).recursive(true).create(&path).ok()?;
        let folder = Folder::open_root(&path).ok()??;
        let access = |mode| Access { mode, group: None };
        let modes = Modes {
            file: access(0o600),
            folder: access(0o700),
            lock: access(0o600),
        };
        folder.is_writable().then_some((folder, modes))
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

    /// Removes a journal that has grown long; whoever writes begins another one. What somebody writes
    /// into the old one meanwhile is lost, and readers look again.
    pub(crate) fn cut_journal(&self, longest: u64) -> Result<()> {
        let Some(root) = &self.root else {
            return Ok(());
        };
        let Some(private) = root.folder(layout::PRIVATE)? else {
            return Ok(());
        };
        match private.open_file(layout::JOURNAL)? {
            Some((_, entry)) if entry.size > longest => private.remove(layout::JOURNAL),
            _ => Ok(()),
        }
    }

    /// The stamp of a folder of tickets in which there is nothing yet, as the journal writes it; `None`
    /// for one in which there is something.
    pub(crate) fn stamp_of_empty(&self, number: u64) -> Result<Option<String>> {
        let Some(folder) = self.folder(number)? else {
            return Ok(Some(journal::NOT_THERE.to_owned()));
        };
        let (stamp, _) = folder.stat()?;
        Ok(folder.names()?.is_empty().then(|| stamp.to_string()))
    }

    /// A folder of tickets; `None` if it is not there.
    pub(crate) fn folder(&self, number: u64) -> Result<Option<Folder>> {
        match self.tickets()? {
            Some(tickets) => ticket_folder(&tickets, number),
            None => Ok(None),
        }
    }

    /// The bytes of a ticket's file, as they stand, and its path; `None` if there is no such ticket.
    pub(crate) fn read_bytes(&self, id: TicketId) -> Result<Option<(PathBuf, Vec<u8>)>> {
        match self.folder(layout::folder_of(id))? {
            Some(folder) => bytes_in(&folder, id),
            None => Ok(None),
        }
    }

    /// Whether there is something under the name of a ticket's file.
    pub(crate) fn has(&self, id: TicketId) -> Result<bool> {
        match self.folder(layout::folder_of(id))? {
            Some(folder) => Ok(folder.kind(&layout::file_name(id))?.is_some()),
            None => Ok(false),
        }
    }

    /// A ticket; `None` if there is no such ticket.
    pub(crate) fn read(&self, id: TicketId) -> Result<Option<Ticket>> {
        match self.read_bytes(id)? {
            Some((path, bytes)) => record::from_bytes(id, &bytes, &path).map(Some),
            None => Ok(None),
        }
    }
}

impl Store {
    /// Tickets, in order of number, read by all processors.
    pub(crate) fn read_all(&self, ids: &[TicketId]) -> Vec<(TicketId, Result<Option<Ticket>>)> {
        let read = |id: &TicketId| (*id, self.read(*id));
        let portions = each_portion(ids, |portion| portion.iter().map(read).collect::<Vec<_>>());
        portions.into_iter().flatten().collect()
    }
}

/// The stamps of the folders of tickets, by number.
///
/// # Errors
/// When one of them is no folder, or cannot be looked into.
pub(crate) fn folder_stamps(tickets: &Folder) -> Result<Vec<(u64, Stamp)>> {
    let mut found = Vec::new();
    for name in tickets.names()? {
        if let Some(number) = layout::parse_folder(&name) {
            let stamp = tickets.stamp_of_folder(&name)?;
            found.extend(stamp.map(|stamp| (number, stamp)));
        }
    }
    found.sort_unstable_by_key(|(number, _)| *number);
    Ok(found)
}

/// A folder of tickets; `None` if it is gone.
pub(crate) fn ticket_folder(tickets: &Folder, number: u64) -> Result<Option<Folder>> {
    tickets.folder(&layout::folder_name(number))
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
    let own = |id: &TicketId| layout::folder_of(*id) == number;
    let mut ids = folder.of_names(|name| layout::parse_file(name).filter(own))?;
    ids.sort_unstable();
    Ok(ids)
}

/// The bytes of a ticket's file in its open folder, and its path; `None` if it is not there.
pub(crate) fn bytes_in(folder: &Folder, id: TicketId) -> Result<Option<(PathBuf, Vec<u8>)>> {
    let name = layout::file_name(id);
    let bytes = folder.read(&name)?;
    Ok(bytes.map(|bytes| (folder.path_of(&name), bytes)))
}

/// Reads a ticket from its open folder; `None` if it is gone.
pub(crate) fn read_from(folder: &Folder, id: TicketId) -> Result<Option<Ticket>> {
    let name = layout::file_name(id);
    match folder.read(&name)? {
        Some(bytes) => record::from_bytes(id, &bytes, &folder.path_of(&name)).map(Some),
        None => Ok(None),
    }
}

/// The open folder that a ticket lies in; `None` if there is none.
pub(crate) fn folder_in(tickets: &Folder, id: TicketId) -> Result<Option<Folder>> {
    tickets.folder(&layout::folder_name(layout::folder_of(id)))
}

/// The same ticket with its file's text, as it stands.
pub(crate) fn text_from(folder: &Folder, id: TicketId) -> Result<Option<(Ticket, String)>> {
    let name = layout::file_name(id);
    let Some(bytes) = folder.read(&name)? else {
        return Ok(None);
    };
    let path = folder.path_of(&name);
    let ticket = record::from_bytes(id, &bytes, &path)?;
    let text = String::from_utf8(bytes).map_err(|_| Error::damaged(&path, "is not UTF-8"))?;
    Ok(Some((ticket, text)))
}

/// The path of a ticket's file, for messages.
pub(crate) fn path_of(store: &Store, id: TicketId) -> PathBuf {
    let folder = layout::folder_name(layout::folder_of(id));
    let tickets = store.path.join(layout::TICKETS);
    tickets.join(folder).join(layout::file_name(id))
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
    /// What is made in a data directory: as readable and writable as itself, and of its group.
    ///
    /// Its sticky bit is not passed on, since a ticket that only its last writer could replace would
    /// be nobody else's any more. A lock is for those who may write: whoever can open its file can
    /// hold it, and so keep the others waiting.
    fn like(data: Access) -> Self {
        let access = |mode| Access { mode, ..data };
        let (data, writers) = (data.mode, data.mode & 0o222);
        Self {
            file: access((data & 0o666) | 0o600),
            folder: access((data & 0o777) | 0o2700),
            lock: access(writers | (writers << 1) | 0o600),
        }
    }
}

impl Writing<'_> {
    /// Takes locks, in the order in which everybody takes them; what somebody who had them committed to
    /// is then done.
    pub(crate) fn lock(&self, wanted: &std::collections::BTreeSet<Lock>) -> Result<Vec<Held>> {
        let held = lock::take_all(&self.locks, wanted, self.modes.lock, self.wait)?;
        self.finish(Some(wanted))?;
        Ok(held)
    }
}

/// The folder that an entry lies in.
fn parent_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Makes the folders that lead to a place, as far as they are not there, and makes them durable.
fn lead_to(path: &Path) -> io::Result<&Path> {
    let parent = match std::fs::metadata(path) {
        Ok(_) => return Ok(path),
        Err(error) if error.kind() == ErrorKind::NotFound && parent_of(path) != path => {
            lead_to(parent_of(path))?
        }
        Err(error) => return Err(error),
    };
    match DirBuilder::new().mode(DATA_MODE).create(path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => return Ok(path),
        made => made?,
    }
    let durable = File::open(parent).and_then(|parent| parent.sync_all());
    if durable.is_err() {
        let _ = std::fs::remove_dir(path);
    }
    durable.map(|()| path)
}

/// Makes a folder, by way of `aside`, if it is not there; gives whether it is new. One whose place
/// cannot be made durable is taken away again: whoever finds it there counts on it.
fn make_durably(
    parent: &Folder,
    name: &(impl AsRef<Path> + ?Sized),
    access: Access,
    aside: &Folder,
) -> Result<bool> {
    let is_new = parent.make_folder(name, access, aside)?;
    if is_new && let Err(error) = parent.sync() {
        parent.remove_folder(name.as_ref());
        return Err(error);
    }
    Ok(is_new)
}

/// Opens a folder; makes it, by way of `aside`, if it is not there.
fn open_or_make(parent: &Folder, name: &str, modes: Modes, aside: &Folder) -> Result<Folder> {
    if let Some(folder) = parent.folder(name)? {
        return Ok(folder);
    }
    make_durably(parent, name, modes.folder, aside)?;
    let gone = || Error::damaged(&parent.path_of(name), "is gone");
    parent.folder(name)?.ok_or_else(gone)
}
