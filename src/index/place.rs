//! Where the index lies, and which of the files there is the index.
//!
//! The file `current` names the database and says what stamp it had when `desk` last wrote to it. A
//! database that has another one was changed by somebody else, or put back from a copy; no checksum
//! would tell, so it is made anew. (Where clocks are coarse, what somebody does to it, or to its log,
//! within a tick of desk's own writing is not told.)
//!
//! SQLite's own write-ahead log has checksums: one that was damaged, or put back from before, makes the
//! index older, and it is brought up to date as ever. They are compared by whoever opens it first, so who
//! has it open opens it anew, before they ask again, when its log moved. (What somebody else writes into
//! the log while two have it open, they read as it stands there, and may work into the database for good.)
//! But what was worked into the database from a part of the log that is lost stays there, between older
//! pages: so `current` says too how often the index was committed by then, and one that says fewer is made
//! anew.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use rusqlite::Connection;

use super::told::Noted;
use super::write::Numbers;
use super::{Trouble, schema};
use crate::error::Code;
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

/// What `current` says.
#[derive(Debug, Clone)]
pub(super) struct Current {
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
        let name = words.next().filter(|name| is_database(name))?.to_owned();
        let mut stamp = [0; 4];
        for number in &mut stamp {
            *number = words.next()?.parse().ok()?;
        }
        let edition = words.next()?.parse().ok()?;
        Some(Self {
            name,
            stamp,
            edition,
        })
    }

    /// Whether it is the same database, whatever was written to it since.
    pub(super) fn is_same_database(&self, other: &Self) -> bool {
        self.name == other.name
    }
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

    /// The stamp of a database's log.
    pub(super) fn log(&self, current: &Current) -> Option<Numbers> {
        self.stamp(&format!("{}-wal", current.name))
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
        drop(made.map_err(Trouble::Store)?);
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
        Ok(synced.map_err(crate::Error::io("make durable", &self.folder.path_of(name)))?)
    }

    /// Says that a database, as it is now, is the index, and how many commits it shows as long as its log
    /// is whole.
    fn name(&self, name: &str, edition: i64) -> Result<(), Trouble> {
        let stamp = self.stamp(name).ok_or(Trouble::Foreign)?;
        let numbers = stamp.map(|number| number.to_string()).join(" ");
        let text = format!("{} {name} {numbers} {edition}\n", schema::VERSION);
        let aside = format!("{CURRENT}.new");
        let written = self.folder.remove(&aside).and_then(|()| {
            let mut file = self.folder.make_file(&aside, self.modes.file)?;
            std::io::Write::write_all(&mut file, text.as_bytes())
                .map_err(crate::Error::io("write", &self.folder.path_of(&aside)))?;
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
        let log = self.log(current);
        if log.is_none_or(|[size, ..]| size < LONGEST_LOG) {
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
