//! Where the index lies, and which of the files there is the index.
//!
//! The file `current` names the database and says what stamp it had when `desk` last wrote to it. A
//! database that has another one was changed by somebody else, or put back from a copy; no checksum
//! would tell, so it is made anew. (Where clocks are coarse, what somebody does to it, or to its log,
//! within a tick of desk's own writing is not told. Nor is what they do to the log while `desk` itself
//! writes on.)
//!
//! It says the same of SQLite's own write-ahead log. That has checksums: where its stamp is another, since
//! somebody wrote into it, or `desk` was killed before it could say what it had written, they are compared.
//! A log that was damaged, or put back from before, while nobody had the database open makes the index
//! older, and it is brought up to date as ever. While somebody has, one that is not whole as far as they
//! know it has the index made anew.
//!
//! But what was worked into the database from a part of the log that is lost stays there, between older
//! pages: so `current` says too how often the index was committed by then, and one that says fewer is made
//! anew.

use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use rusqlite::Connection;

use super::told::Noted;
use super::write::Numbers;
use super::{Trouble, log, schema};
use crate::error::{Code, Error};
use crate::store::{self, EntryKind, Folder, Held, Lock, Modes, Store};

/// The file that names the database.
const CURRENT: &str = "current";

/// How long somebody who refreshes waits for another one who does; then the files are read instead.
const PATIENCE: Duration = Duration::from_secs(1);

/// A write-ahead log that is longer is worked into the database: whoever opens the database first
/// must read all of it.
const LONGEST_LOG: i64 = 1 << 20;

/// The folder of an index.
#[derive(Debug)]
pub(super) struct Place {
    folder: Folder,
    modes: Modes,
    /// The same as SQLite needs it, without links on the way.
    path: PathBuf,
}

/// What is told of a log: size, when it was last written, inode. Not when its inode changed, as it does
/// whenever root opens it: so who puts that time back, too, is not told. One that is empty, or not there,
/// has zeros.
type LogStamp = [i64; 3];

/// What `current` says.
#[derive(Debug, Clone)]
pub(super) struct Current {
    /// In front, since it is written in place.
    log: LogStamp,
    name: String,
    stamp: Numbers,
    /// How often the index was committed: some of that was worked into the database.
    pub(super) edition: i64,
}

impl Current {
    fn parse(bytes: Vec<u8>) -> Option<Self> {
        let text = String::from_utf8(bytes).ok()?;
        let mut words = text.split_ascii_whitespace();
        if words.next()?.parse() != Ok(schema::VERSION) {
            return None;
        }
        let mut log = [0; 3];
        for number in &mut log {
            *number = words.next()?.parse().ok()?;
        }
        let name = words.next().filter(|name| is_database(name))?.to_owned();
        let mut stamp = [0; 4];
        for number in &mut stamp {
            *number = words.next()?.parse().ok()?;
        }
        let edition = words.next()?.parse().ok()?;
        Some(Self {
            log,
            name,
            stamp,
            edition,
        })
    }

    fn to_text(&self) -> String {
        let Self {
            log,
            name,
            stamp,
            edition,
        } = self;
        let stamp = stamp.map(|number| number.to_string()).join(" ");
        let log = as_text(*log);
        format!("{} {log} {name} {stamp} {edition}\n", schema::VERSION)
    }

    /// Whether it is the same database, whatever was written to it since.
    pub(super) fn is_same_database(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

/// The stamp of a log, as wide whatever it is.
fn as_text(log: LogStamp) -> String {
    log.map(|number| format!("{number:>20}")).join(" ")
}

impl Place {
    /// The shared one where this process may write, else the user's own.
    pub(super) fn of(store: &Store, cache: Option<&Path>) -> Option<Self> {
        let (folder, modes) = match store.shared_index() {
            Some(shared) => shared,
            None => store.own_index(cache?)?,
        };
        let path = folder.real_path().ok()?;
        // SQLite goes by the path: it must lead to the folder that was opened without links.
        let there = Folder::open_root(&path).ok()??;
        let same = there.device().ok()? == folder.device().ok()?
            && there.stat().ok()?.0.inode == folder.stat().ok()?.0.inode;
        same.then_some(Self {
            folder,
            modes,
            path,
        })
    }

    /// The lock of who refreshes.
    pub(super) fn lock(&self) -> Result<Held, Trouble> {
        let lock = store::take_lock(&self.folder, Lock::Index, self.modes.lock, PATIENCE);
        lock.map_err(|error| match error.code() {
            Code::Busy => Trouble::Busy,
            _ => Trouble::Store(error),
        })
    }

    /// Which database is the index, if there is one of this version.
    pub(super) fn current(&self) -> Result<Option<Current>, Trouble> {
        match self.folder.read(CURRENT) {
            Ok(bytes) => Ok(bytes.and_then(Current::parse)),
            // What is another user's alone is none either: who may write into the folder makes their own.
            Err(_) if !self.folder.may_write(CURRENT) => Ok(None),
            Err(error) if error.code() == Code::Io => Err(error.into()),
            // What is no file is none that names a database.
            Err(_) => Ok(None),
        }
    }

    /// Opens a database, if it is as `desk` left it.
    pub(super) fn open(&self, current: &Current) -> Result<Connection, Trouble> {
        // What another user made here can be read and not written: it is made anew.
        let is_ours = self.folder.may_write(&current.name);
        if !is_ours || !self.is_as_left(current) {
            return Err(Trouble::Foreign);
        }
        let kind = |end: &str| self.folder.kind(&format!("{}{end}", current.name));
        let is_file = |end| Ok::<_, Trouble>(matches!(kind(end)?, None | Some(EntryKind::File)));
        // SQLite would wait for who writes into a FIFO, and play a journal back that is none of ours.
        if !is_file("")? || !is_file("-wal")? || !is_file("-shm")? || kind("-journal")?.is_some() {
            return Err(Trouble::Foreign);
        }
        Ok(schema::open(&self.path.join(&current.name))?)
    }

    /// Whether a database has the stamp with which it was named.
    pub(super) fn is_as_left(&self, current: &Current) -> bool {
        self.stamp(&current.name) == Some(current.stamp)
    }

    /// Whether the log of a database has the stamp that it was named with, or was vouched for.
    pub(super) fn is_log_as_left(&self, current: &Current) -> bool {
        self.log_stamp(&current.name) == current.log
    }

    fn log_stamp(&self, name: &str) -> LogStamp {
        match self.stamp(&name_of_log(name)) {
            Some([size, modified, _, inode]) if size > 0 => [size, modified, inode],
            _ => LogStamp::default(),
        }
    }

    /// Which file is the log of a database.
    pub(super) fn log_inode(&self, current: &Current) -> Option<i64> {
        let [.., inode] = self.stamp(&name_of_log(&current.name))?;
        Some(inode)
    }

    /// Says that the log of a database is as `desk` wrote it. The lock is held.
    ///
    /// Who is killed before leaves one whose checksums are compared, by one who has the lock.
    pub(super) fn vouch_for_log(&self, current: &Current) {
        let at = schema::VERSION.to_string().len() + 1;
        let log = self.log_stamp(&current.name);
        let in_place = || {
            let file = self.folder.open_to_change(CURRENT).ok()??;
            // Linked in from elsewhere, or into a snapshot, it is left as it is.
            let is_ours = file.metadata().ok()?.nlink() == 1;
            is_ours.then_some(())?;
            file.write_all_at(as_text(log).as_bytes(), at as u64).ok()
        };
        // It can be another user's, too; a new one takes a little longer.
        if in_place().is_none() {
            let current = current.clone();
            let _ = self.put(&Current { log, ..current });
        }
    }

    /// Whether what is known of the log of a database that is open is as SQLite wrote it. The lock is held.
    pub(super) fn is_log_whole(
        &self,
        current: &Current,
        index: &Connection,
    ) -> Result<bool, Trouble> {
        let noop = "PRAGMA wal_checkpoint(NOOP)";
        let frames: i64 = index.query_row(noop, [], |row| row.get(1))?;
        let frames = u64::try_from(frames).unwrap_or(0);
        if frames == 0 {
            return Ok(true);
        }
        let name = name_of_log(&current.name);
        let Some((log, _)) = self.folder.open_file(&name)? else {
            return Ok(false);
        };
        let path = self.folder.path_of(&name);
        Ok(log::is_whole(&log, frames).map_err(Error::io("read", &path))?)
    }

    fn stamp(&self, name: &str) -> Option<Numbers> {
        let stamp = self.folder.stamp_of(name).ok()??;
        Some(stamp.numbers())
    }

    /// Makes a database: `fill` fills it, and then it is the index. The lock is held.
    pub(super) fn make(
        &self,
        fill: impl FnOnce(&Connection) -> Result<(), Trouble>,
    ) -> Result<(), Trouble> {
        let _ = self.folder.remove(CURRENT);
        self.sweep(None);
        let name = new_name();
        let made = self.folder.make_file(&name, self.modes.file);
        let made = made.map_err(Trouble::Store)?;
        self.folder.give_to_owner(&made);
        drop(made);
        let filled = schema::make(&self.path.join(&name))
            .map_err(Trouble::from)
            .and_then(|connection| {
                fill(&connection)?;
                let edition = Noted::of(&connection)?.edition;
                connection.pragma_update(None, "journal_mode", "WAL")?;
                Ok(edition)
            })
            .and_then(|edition| self.make_durable(&name).map(|()| edition));
        let named = filled.and_then(|edition| self.name(&name, edition));
        match named {
            Ok(()) => self.sweep(Some(&name)),
            Err(_) => self.sweep(None),
        }
        named
    }

    /// A power cut must not leave old pages in a file whose size and times are right.
    fn make_durable(&self, name: &str) -> Result<(), Trouble> {
        let Some((file, _)) = self.folder.open_file(name)? else {
            return Err(Trouble::Foreign);
        };
        let synced = file.sync_data();
        Ok(synced.map_err(Error::io("make durable", &self.folder.path_of(name)))?)
    }

    /// Says that a database, as it is now, is the index, and how many commits it shows as long as its log
    /// is whole.
    fn name(&self, name: &str, edition: i64) -> Result<(), Trouble> {
        self.put(&Current {
            log: self.log_stamp(name),
            name: name.to_owned(),
            stamp: self.stamp(name).ok_or(Trouble::Foreign)?,
            edition,
        })
    }

    /// Puts it in the place of what is current.
    fn put(&self, current: &Current) -> Result<(), Trouble> {
        let text = current.to_text();
        let aside = format!("{CURRENT}.new");
        let written = self.folder.remove(&aside).and_then(|()| {
            let mut file = self.folder.make_file(&aside, self.modes.file)?;
            self.folder.give_to_owner(&file);
            std::io::Write::write_all(&mut file, text.as_bytes())
                .map_err(Error::io("write", &self.folder.path_of(&aside)))?;
            self.folder.rename(&aside, &self.folder, CURRENT)
        });
        if written.is_err() {
            let _ = self.folder.remove(&aside);
        }
        Ok(written?)
    }

    /// Works the log into the database with another thread, as often as it is asked for, while this one
    /// writes on: to sync both takes as long as to write a third of it. The lock is held.
    ///
    /// What it does not do, for whatever reason, [`checkpoint`](Self::checkpoint) does in the end, if all
    /// else went well.
    pub(super) fn checkpoint_meanwhile<T>(
        &self,
        current: &Current,
        index: &Connection,
        write: impl FnOnce(&mut dyn FnMut()) -> T,
    ) -> T {
        let work = |wanted: Receiver<()>| -> Result<(), Trouble> {
            let index = schema::open(&self.path.join(&current.name))?;
            schema::begin_to_write(&index)?;
            for () in wanted {
                // Whoever is killed before it has its name again leaves an index that is made anew.
                let done = index.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()));
                self.name(&current.name, Noted::of(&index)?.edition)?;
                done?;
            }
            Ok(())
        };
        let work = &work;
        let (written, was_wanted) = thread::scope(|scope| {
            let mut want: Option<SyncSender<()>> = None;
            let written = write(&mut || {
                let want = want.get_or_insert_with(|| {
                    let (want, wanted) = sync_channel(1);
                    let _ = thread::Builder::new().spawn_scoped(scope, move || work(wanted));
                    want
                });
                // Who is at it takes this in the next time.
                let _ = want.try_send(());
            });
            (written, want.is_some())
        });
        if was_wanted {
            // One that could not be named, for want of room say, is as right as any.
            let _ = Noted::of(index).and_then(|noted| self.name(&current.name, noted.edition));
        }
        written
    }

    /// Works the log into the database, if it has grown long. The lock is held.
    pub(super) fn checkpoint(&self, current: &Current, index: &Connection) -> Result<(), Trouble> {
        let [size, ..] = self.log_stamp(&current.name);
        if size < LONGEST_LOG {
            return Ok(());
        }
        // Somebody who reads at this moment keeps some of it in the log: then the next one does it.
        index.busy_timeout(Duration::ZERO)?;
        let done = index.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
        index.busy_timeout(PATIENCE)?;
        self.name(&current.name, Noted::of(index)?.edition)?;
        Ok(done?)
    }

    /// Removes a database that is none, or nobody's.
    pub(super) fn remove(&self, current: &Current) {
        let _ = self.folder.remove(CURRENT);
        for end in ["", "-wal", "-shm", "-journal"] {
            let _ = self.folder.remove(&format!("{}{end}", current.name));
        }
    }

    /// Removes every database but one, and what a killed process left of it.
    fn sweep(&self, keep: Option<&str>) {
        for name in self.folder.names().unwrap_or_default() {
            let of = name.split('-').next().unwrap_or_default();
            if is_database(of) && Some(of) != keep {
                let _ = self.folder.remove(&name);
            }
        }
    }
}

fn name_of_log(name: &str) -> String {
    format!("{name}-wal")
}

/// How the names of databases end.
const END: &str = ".sqlite";

fn is_database(name: &str) -> bool {
    let stem = name.strip_suffix(END);
    stem.is_some_and(|stem| stem.bytes().all(|b| b.is_ascii_digit() || b == b'.'))
}

/// A name that no database had before: so a log can never be taken for that of another one.
fn new_name() -> String {
    static MADE: AtomicU64 = AtomicU64::new(0);
    let made = MADE.fetch_add(1, Ordering::Relaxed);
    #[expect(clippy::disallowed_methods, reason = "only to be different every time")]
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let now = now.map_or(0, |since| since.as_nanos());
    format!("{now}.{}.{made}{END}", std::process::id())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_database_is_called_as_one() {
        assert!(is_database(&new_name()));
        assert_ne!(new_name(), new_name());
        for bad in ["../x.sqlite", "current", "1.sqlite-wal", "a1.sqlite", ""] {
            assert!(!is_database(bad), "{bad}");
        }
    }
}
