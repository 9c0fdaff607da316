//! Who may write what, and when.
//!
//! Locks are flock on *stripe* files that are never unlinked: never on a ticket's own file, whose
//! inode every rename swaps, and never fcntl locks, which closing any descriptor drops. The order
//! of [`Lock`] is the order in which every process takes them, so no two can wait for each other.
//! The kernel releases a lock when its holder dies: none is ever removed by hand.

use std::collections::BTreeSet;
use std::fs::{File, Metadata, TryLockError};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::stat;

use super::folder::{Access, Folder};
use super::layout;
use crate::error::{Error, Result};
use crate::ticket::TicketId;

/// How many stripes the tickets, and the keys, are spread over.
const STRIPES: u64 = 256;

/// What can be locked, in the order in which it must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Lock {
    /// Held by whoever chooses a technician by load, or changes the roster.
    Assignment,
    /// The stripe of a unique key.
    Key(u64),
    /// The stripe of a ticket.
    Ticket(u64),
    /// Held, together with all others who do the same, by whoever writes new tickets, or commits to
    /// all or nothing; numbers are taken, and folders put in their places, meanwhile.
    Opening,
    /// The counter of numbers.
    Number,
    /// One folder of tickets, for the moment of a rename.
    Folder(u64),
    /// The index, for who brings it up to date; no writer of tickets takes it.
    Index,
}

impl Lock {
    /// The stripe of a ticket.
    pub(crate) fn ticket(id: TicketId) -> Self {
        Self::Ticket(id.get() % STRIPES)
    }

    /// The stripe of a unique key (FNV-1a: the same in every process, and keys are not secret).
    pub(crate) fn key(key: &str) -> Self {
        let hash = key.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
        Self::Key(hash % STRIPES)
    }

    fn file_name(self) -> String {
        match self {
            Self::Assignment => "assignment".to_owned(),
            Self::Key(stripe) => format!("key-{stripe:03}"),
            Self::Ticket(stripe) => format!("ticket-{stripe:03}"),
            Self::Number => layout::NUMBER.to_owned(),
            Self::Opening => "opening".to_owned(),
            Self::Folder(folder) => format!("folder-{}", layout::folder_name(folder)),
            Self::Index => "lock".to_owned(),
        }
    }
}

/// A lock that is held until it is dropped.
#[derive(Debug)]
pub(crate) struct Held {
    name: String,
    file: File,
}

/// Takes all of `wanted`, in order, waiting at most `wait` in all.
///
/// # Errors
/// [`Error::Busy`] with the holder when time ran out.
pub(crate) fn take_all(
    folder: &Folder,
    wanted: &BTreeSet<Lock>,
    access: Access,
    wait: Duration,
) -> Result<Vec<Held>> {
    let began = Instant::now();
    wanted
        .iter()
        .map(|&lock| take(folder, lock, access, wait.saturating_sub(began.elapsed())))
        .collect()
}

/// Takes one lock, waiting at most `wait`.
pub(crate) fn take(folder: &Folder, lock: Lock, access: Access, wait: Duration) -> Result<Held> {
    let name = lock.file_name();
    hold(folder, &name, access, wait, |file, left| {
        lock_file(file, folder, &name, ALONE, left)
    })
}

/// Takes a lock together with all others who share it, waiting at most `wait`. Who finds nobody
/// there does `first`, before anybody else can come.
pub(crate) fn share(
    folder: &Folder,
    lock: Lock,
    access: Access,
    wait: Duration,
    first: impl Fn(),
) -> Result<Held> {
    let name = lock.file_name();
    hold(folder, &name, access, wait, |file, left| {
        if file.try_lock().is_ok() && is_current(&file, folder, &name)? {
            first();
        }
        lock_file(file, folder, &name, TOGETHER, left)
    })
}

fn hold(
    folder: &Folder,
    name: &str,
    access: Access,
    wait: Duration,
    lock_it: impl Fn(File, Duration) -> Result<File>,
) -> Result<Held> {
    let began = Instant::now();
    loop {
        let file = folder.open_or_make(name, access, false)?;
        let file = lock_it(file, wait.saturating_sub(began.elapsed()))?;
        if is_current(&file, folder, name)? {
            let name = name.to_owned();
            return Ok(Held { name, file });
        }
        // Somebody deleted the lock folder meanwhile: what is locked is no longer there.
    }
}

/// Whether a file that is locked is still the one that others would lock.
fn is_current(file: &File, folder: &Folder, name: &str) -> Result<bool> {
    let path = folder.path_of(name);
    let ours = file.metadata().map_err(Error::io("look at", &path))?;
    let theirs = folder.stamp_of(name)?;
    Ok(theirs.is_some_and(|stamp| stamp.inode == ours.ino()))
}

/// How a lock is taken: at once, if nobody is in the way, and by waiting.
type How = (
    fn(&File) -> Result<(), TryLockError>,
    fn(&File) -> io::Result<()>,
);

const ALONE: How = (File::try_lock, File::lock);
const TOGETHER: How = (File::try_lock_shared, File::lock_shared);

fn lock_file(
    file: File,
    folder: &Folder,
    name: &str,
    (at_once, by_waiting): How,
    wait: Duration,
) -> Result<File> {
    let path = folder.path_of(name);
    match at_once(&file) {
        Ok(()) => return Ok(file),
        Err(TryLockError::WouldBlock) => {}
        Err(TryLockError::Error(source)) => return Err(Error::io("lock", &path)(source)),
    }
    let metadata = file.metadata().map_err(Error::io("look at", &path))?;
    // flock has no time-out, so a thread waits in our stead. When time runs out it is left behind;
    // should it get the lock after all, it drops the file, and with it the lock.
    let (sender, receiver) = mpsc::channel();
    let waiter = thread::Builder::new().spawn(move || {
        let answer = by_waiting(&file).map(|()| file);
        let _ = sender.send(answer);
    });
    waiter.map_err(Error::io("wait for", &path))?;
    match receiver.recv_timeout(wait) {
        Ok(answer) => answer.map_err(Error::io("lock", &path)),
        Err(_) => Err(Error::Busy {
            path,
            holder: holder_of(&metadata),
        }),
    }
}

/// The process that holds a lock on this file, as Linux tells it.
fn holder_of(file: &Metadata) -> Option<String> {
    let locks = std::fs::read_to_string("/proc/locks").ok()?;
    let (device, inode) = (file.dev(), file.ino());
    let [major, minor] = [stat::major(device), stat::minor(device)];
    let exact = format!("{major:02x}:{minor:02x}:{inode}");
    let pid = locks
        .lines()
        // `1: FLOCK  ADVISORY  WRITE 4711 fe:00:1234 0 EOF`; a waiter's line has `->` in it.
        .map(|line| line.split_whitespace().collect::<Vec<_>>())
        .filter(|words| words.len() > 5 && words[1] == "FLOCK")
        .filter(|words| words[5].rsplit(':').next() == Some(&inode.to_string()))
        // Not every file system has the kernel tell here the device that it tells its files.
        .min_by_key(|words| words[5] != exact)
        .and_then(|words| words[4].parse::<u32>().ok())?;
    let command = std::fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
    Some(match command.trim() {
        "" => format!("process {pid}"),
        name => format!("process {pid} ({name})"),
    })
}

impl Held {
    /// Whether the file that is locked is still the one that others would lock.
    pub(crate) fn is_current(&self, folder: &Folder) -> Result<bool> {
        is_current(&self.file, folder, &self.name)
    }

    /// Whether the locked file has another name as well: a snapshot made of hard links has it too,
    /// or it is a file of somebody's that was linked here.
    pub(crate) fn is_linked(&self, folder: &Folder) -> Result<bool> {
        let path = folder.path_of(&self.name);
        let ours = self.file.metadata().map_err(Error::io("look at", &path))?;
        Ok(ours.nlink() > 1)
    }

    /// The locked file, for the one lock that is also data: the counter of numbers.
    pub(crate) fn file(&self) -> &File {
        &self.file
    }
}
