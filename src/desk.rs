//! The one door: opens a data directory, performs operations, answers queries.
//!
//! What it answers stands in the files of its folder, by what is asked.

mod queries;
mod reports;
mod runs;
mod technicians;
mod ties;
mod upkeep;

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Serialize;

use crate::error::{Error, Result};
use crate::group::{Group, Outcome, none_of};
use crate::index::{Known, Scanned};
pub use crate::index::{Run, Take, WantedRuns};
use crate::operation::Operation;
use crate::policy::Policy;
use crate::store::{Promised, Store};
use crate::ticket::{Changed, EventKind, Reference, TicketId, Timestamp};
use crate::transfer::{self, Incoming};
pub use ties::{Held, Ties};

/// A help desk: a data directory, and what it has decided for itself.
pub struct Desk {
    store: Store,
    policy: Option<Policy>,
    all: Known,
    promised: Promised,
}

/// Who performs operations, when, and under which mark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Who acts, where an operation does not say otherwise.
    pub by: String,
    /// The operating system's user; recorded wherever somebody else acts.
    pub real: String,
    /// The mark that all events of this run have in common.
    pub op: String,
    /// The present.
    pub now: Timestamp,
}

/// Whether operations are carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// They are, each for itself.
    Apply,
    /// They are, all of them or none, whatever happens.
    Atomic,
    /// They are decided, and nothing is written.
    DryRun,
}

/// What became of an operation.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Answer {
    /// The ticket; none where a dry run would open one.
    pub ticket: Option<TicketId>,
    /// Its reference.
    #[serde(rename = "ref")]
    pub reference: Option<Reference>,
    /// Its revision now.
    pub rev: u64,
    /// What happened; nothing, where everything was so already.
    #[serde(serialize_with = "as_text")]
    pub event: Option<EventKind>,
    /// The fields that were set, each as `[old, new]`.
    pub changed: Changed,
    /// Why the program chose as it did.
    pub why: Vec<String>,
    /// The mark of the run that did it: what `undo` takes back. None, where nothing was done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub op: Option<String>,
    /// Whether it was done before, under the same key, and so not once more; then `op` is the mark of
    /// the run that did it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub done_before: bool,
    /// What the one who asked should know.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

#[expect(clippy::ref_option, reason = "serde asks for it")]
fn as_text<S: serde::Serializer>(event: &Option<EventKind>, to: S) -> Result<S::Ok, S::Error> {
    event.serialize(to)
}

/// What a query found.
#[derive(Debug)]
pub struct Found<T> {
    /// What was made of each ticket that matches, by number.
    pub found: Vec<T>,
    /// The files that could not be read.
    pub damaged: Vec<Error>,
}

impl<T> From<Scanned<T>> for Found<T> {
    fn from(Scanned { found, damaged }: Scanned<T>) -> Self {
        Self { found, damaged }
    }
}

impl Desk {
    /// Opens a data directory. It need not be there: the first opening of a ticket makes it.
    ///
    /// `wait` is how long a writer waits for another one.
    ///
    /// # Errors
    /// [`Error::Io`] when it is there and cannot be opened.
    pub fn open(path: &Path, wait: Duration) -> Result<Self> {
        Ok(Self {
            store: Store::open(path, wait)?,
            policy: None,
            all: Known::default(),
            promised: Promised::default(),
        })
    }

    /// Keeps an index of one's own in this folder, for what can be made again, where the one that all
    /// share cannot be written. Without such a folder the tickets are read instead, which takes
    /// longer.
    #[must_use]
    pub fn with_cache(mut self, folder: PathBuf) -> Self {
        self.all.index.keep_in(folder);
        self
    }

    /// Tells, now and then, how many tickets of how many were looked at, while the index is brought up
    /// to date; nothing of nothing, as that begins.
    #[must_use]
    pub fn with_progress(mut self, progress: impl Fn(usize, usize) + Send + 'static) -> Self {
        self.all.index.tell(progress);
        self
    }

    /// Writes even where the disk is not known to keep what the store is built on: where other
    /// machines write as well (NFS, SMB), or a program stands between (FUSE). Otherwise that is
    /// refused.
    #[must_use]
    pub fn on_any_disk(self) -> Self {
        self.store.trust_disk();
        self
    }

    /// Where the data directory is.
    pub fn path(&self) -> &Path {
        self.store.path()
    }

    /// What the settings' file is called, for messages.
    pub fn settings_path(&self) -> PathBuf {
        self.store.path().join("desk.toml")
    }

    /// Whether the data directory is there.
    pub fn exists(&self) -> bool {
        self.store.exists()
    }

    /// What the help desk has decided for itself; read once.
    ///
    /// # Errors
    /// [`Error::Usage`] with the line, when `desk.toml` is wrong.
    pub fn policy(&mut self) -> Result<&Policy> {
        let policy = match self.policy.take() {
            Some(policy) => policy,
            None => match self.store.settings()? {
                Some(text) => Policy::parse(&text)?,
                None => Policy::default(),
            },
        };
        Ok(self.policy.insert(policy))
    }

    /// Performs operations as one group: in order, each on top of those before it; one that is
    /// refused stops none of the others. What is acknowledged is durable.
    pub fn perform(
        &mut self,
        operations: &[Operation],
        caller: &Caller,
        mode: Mode,
    ) -> Vec<Result<Answer>> {
        self.perform_rows((operations, &[]), caller, mode)
    }

    /// The same, where each operation belongs to a row, and those of one row follow on each other: the
    /// first opens a ticket, and the others are about it. Of one row all are carried out, or none.
    pub fn perform_rows(
        &mut self,
        (operations, rows): (&[Operation], &[usize]),
        caller: &Caller,
        mode: Mode,
    ) -> Vec<Result<Answer>> {
        match self.try_perform((operations, rows), caller, mode) {
            Ok(outcomes) => outcomes,
            Err(error) => operations.iter().map(|_| Err(error.clone())).collect(),
        }
    }

    fn try_perform(
        &mut self,
        asked: (&[Operation], &[usize]),
        caller: &Caller,
        mode: Mode,
    ) -> Result<Vec<Result<Answer>>> {
        self.policy()?;
        if mode != Mode::DryRun && !self.store.exists() {
            // Nothing is made for the sake of what would be refused anyway.
            if let Some(outcomes) = self.in_vain(asked, caller, mode)? {
                return Ok(outcomes);
            }
            self.store.make()?;
        }
        self.group(asked, caller, mode)
    }

    /// What becomes of operations on no data directory, if none of them would be carried out.
    fn in_vain(
        &mut self,
        (operations, rows): (&[Operation], &[usize]),
        caller: &Caller,
        mode: Mode,
    ) -> Result<Option<Vec<Result<Answer>>>> {
        if mode != Mode::Atomic {
            // One row that would be is enough, and mostly the first one is.
            let mut by_row = rows.chunk_by(|a, b| a == b);
            let first = by_row.next().map_or(1, <[_]>::len).min(operations.len());
            let first = (&operations[..first], &rows[..first.min(rows.len())]);
            let outcomes = self.group(first, caller, Mode::DryRun)?;
            if outcomes.iter().any(Result::is_ok) {
                return Ok(None);
            }
        }
        let outcomes = self.group((operations, rows), caller, Mode::DryRun)?;
        let is_in_vain = match mode {
            Mode::Atomic => outcomes.iter().any(Result::is_err),
            _ => outcomes.iter().all(Result::is_err),
        };
        Ok(is_in_vain.then(|| none_of(outcomes)))
    }

    fn group(
        &mut self,
        (operations, rows): (&[Operation], &[usize]),
        caller: &Caller,
        mode: Mode,
    ) -> Result<Vec<Result<Answer>>> {
        let default = Policy::default();
        let policy = self.policy.as_ref().unwrap_or(&default);
        let (store, all) = (&self.store, &mut self.all);
        let group = Group::new(store, all, policy, (operations, rows), caller, mode);
        let outcomes = group.perform()?;
        let collided = |outcome: &Outcome| matches!(outcome, Outcome::Collided);
        let again = operations.iter().zip(&outcomes);
        let again = again.filter(|(_, outcome)| collided(outcome));
        let again: Vec<Operation> = again.map(|(operation, _)| operation.clone()).collect();
        let same_rows = rows.iter().zip(&outcomes);
        let same_rows = same_rows.filter(|(_, outcome)| collided(outcome));
        let same_rows: Vec<usize> = same_rows.map(|(row, _)| *row).collect();
        // A number that is taken is never given again, so this comes to an end.
        let mut retried = match again.is_empty() {
            true => Vec::new(),
            false => self.group((&again, &same_rows), caller, mode)?,
        }
        .into_iter();
        let settled = |outcome| match outcome {
            Outcome::Decided(outcome) => Some(outcome),
            Outcome::Collided => retried.next(),
        };
        Ok(outcomes.into_iter().filter_map(settled).collect())
    }

    /// Does what a process committed to that died before it was done, if there is such a thing and this
    /// process may. Whoever writes does so anyway. What is still being done, or may not be done by this
    /// process, counts as done for what is read from here on.
    ///
    /// # Errors
    /// When it cannot be done.
    pub fn finish_interrupted(&mut self) -> Result<()> {
        self.promised = self.store.promised()?;
        if self.promised.is_empty() {
            return Ok(());
        }
        let finished = self.store.finish_pending();
        self.promised = self.store.promised()?;
        finished
    }

    /// Puts tickets of an export where there are none, as one group: with their numbers and their past,
    /// byte for byte. Gives what became of each; one that is there already is unchanged. What is
    /// acknowledged is durable.
    pub fn restore(&mut self, incoming: Vec<Result<Incoming>>, mode: Mode) -> Vec<Result<Answer>> {
        let all = incoming.len();
        // Nothing is made for the sake of what is refused anyway.
        let made = match mode == Mode::Apply && incoming.iter().any(Result::is_ok) {
            true => self.store.make(),
            false => Ok(()),
        };
        let restored =
            made.and_then(|()| transfer::restore(&self.store, &mut self.all, incoming, mode));
        restored.unwrap_or_else(|error| vec![Err(error); all])
    }
}
