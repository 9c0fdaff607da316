//! The one door: opens a data directory, performs operations, answers queries.

mod runs;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Serialize;

use crate::error::{Code, Error, Result};
use crate::group::{Group, Outcome, none_of};
use crate::index::{self, Known, Scanned};
pub use crate::index::{Run, Take, WantedRuns};
use crate::operation::Operation;
use crate::policy::Policy;
use crate::query::{Filter, Place, Selection, Term, TextField, TextTest, folded_line};
use crate::report::{self, Facts, Report, Scope};
use crate::roster::{Loads, Login, Roster, Technician};
use crate::store::fsck::{self, Checked, Deed, Finding, Progress, Seal};
use crate::store::{Lock, Store};
use crate::threads::each_portion;
use crate::ticket::{Changed, EventKind, Reference, Ticket, TicketId, TicketName, Timestamp};
use crate::transfer::{self, Exported, Incoming};

/// A help desk: a data directory, and what it has decided for itself.
pub struct Desk {
    store: Store,
    policy: Option<Policy>,
    all: Known,
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
    /// process may. Whoever writes does so anyway.
    ///
    /// # Errors
    /// When it cannot be done.
    pub fn finish_interrupted(&self) -> Result<()> {
        self.store.finish_pending()
    }

    /// The number that a name stands for.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Ambiguous`] where somebody meddled with the files, or
    /// [`Error::Io`] where a ticket that may have this name cannot be read.
    pub fn resolve(&mut self, name: &TicketName) -> Result<TicketId> {
        let text = match name {
            TicketName::Id(id) => return Ok(*id),
            TicketName::NoSuchNumber(_) => return Err(Error::no_ticket(name)),
            TicketName::Reference(text) => text,
        };
        self.all.refresh(&self.store, 1)?;
        match self.all.ids_of(&self.store, text)?.as_slice() {
            [] => Err(match self.all.unread() {
                // It may be this one.
                Some(error) => error.clone(),
                None => Error::no_ticket(name),
            }),
            [id] => Ok(*id),
            several => Err(Error::several_tickets(text, several)),
        }
    }

    /// A ticket.
    ///
    /// # Errors
    /// [`Error::NotFound`], or [`Error::Damaged`].
    pub fn ticket(&mut self, name: &TicketName) -> Result<Ticket> {
        let id = self.resolve(name)?;
        self.store.read(id)?.ok_or_else(|| Error::no_ticket(name))
    }

    /// A ticket, and its file's bytes as they stand.
    ///
    /// # Errors
    /// [`Error::NotFound`], or [`Error::Damaged`].
    pub fn ticket_bytes(&mut self, name: &TicketName) -> Result<Vec<u8>> {
        let id = self.resolve(name)?;
        let (path, bytes) = self
            .store
            .read_bytes(id)?
            .ok_or_else(|| Error::no_ticket(name))?;
        crate::store::check_bytes(id, &bytes, &path)?;
        Ok(bytes)
    }

    /// Gives each ticket of a selection, without its events, in its order, until no more are wanted; and
    /// then the files that could not be read.
    ///
    /// # Errors
    /// [`Error::Io`] when the tickets cannot be listed.
    pub fn select(&mut self, selection: &Selection<'_>, mut take: impl Take) -> Result<Vec<Error>> {
        if !self.exists() {
            take.total(0);
            return Ok(Vec::new());
        }
        let mut counted = Counting { take, given: 0 };
        let asked = self.all.index.heads(&self.store, selection, &mut counted);
        match asked {
            Ok(damaged) => Ok(damaged),
            Err(_) if counted.given > 0 => {
                let why = "it was changed meanwhile; what was told is not all: run it again";
                let path = self.store.path().join(".desk/index");
                Err(Error::io("read", &path)(std::io::Error::other(why)))
            }
            Err(_) => self.select_by_scan(selection, counted.take),
        }
    }

    /// The same by reading all files.
    fn select_by_scan(&self, selection: &Selection<'_>, mut take: impl Take) -> Result<Vec<Error>> {
        let head = |mut ticket: Ticket| {
            selection.filter.matches(&ticket).then(|| {
                let place = Place::of(&ticket, selection);
                ticket.events = Vec::new();
                (place, ticket)
            })
        };
        let Scanned { mut found, damaged } = index::scan(&self.store, head)?;
        take.total(found.len());
        found.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        found.truncate(selection.limit.unwrap_or(usize::MAX));
        let _ = found.into_iter().all(|(_, ticket)| take.ticket(ticket));
        Ok(damaged)
    }

    /// How many tickets match.
    ///
    /// # Errors
    /// As [`Desk::select`].
    pub fn count(&mut self, filter: &Filter) -> Result<usize> {
        if !self.exists() {
            return Ok(0);
        }
        match self.all.index.count(&self.store, filter) {
            Ok(count) => Ok(count),
            Err(_) => {
                let matches = |ticket: Ticket| filter.matches(&ticket).then_some(());
                Ok(index::scan(&self.store, matches)?.found.len())
            }
        }
    }

    /// The numbers of the tickets that match.
    ///
    /// # Errors
    /// As [`Desk::select`].
    pub fn ids(&mut self, filter: &Filter) -> Result<Found<TicketId>> {
        if !self.exists() {
            return Ok(Scanned::default().into());
        }
        ids(&self.store, &mut self.all, filter)
    }

    /// What `take` makes of each ticket that matches, with its events.
    ///
    /// # Errors
    /// As [`Desk::select`].
    pub fn find<T: Send>(
        &mut self,
        filter: &Filter,
        take: impl Fn(Ticket) -> T + Sync,
    ) -> Result<Found<T>> {
        let Found { found, mut damaged } = self.ids(filter)?;
        let mut taken = Vec::with_capacity(found.len());
        for read in each_portion(&found, |portion| {
            let read = |id: &TicketId| self.store.read(*id).transpose();
            let read = portion.iter().filter_map(read);
            let read =
                read.filter(|read| read.as_ref().map_or(true, |ticket| filter.matches(ticket)));
            read.map(|ticket| ticket.map(&take)).collect::<Vec<_>>()
        }) {
            for ticket in read {
                match ticket {
                    Ok(made) => taken.push(made),
                    Err(error) => damaged.push(error),
                }
            }
        }
        Ok(Found {
            found: taken,
            damaged,
        })
    }

    /// Gives what `make` makes of each ticket that matches, with the text of its file, in the order of
    /// the numbers, until no more is wanted; and then the files that could not be read.
    ///
    /// # Errors
    /// As [`Desk::select`].
    pub fn export<T: Send>(
        &mut self,
        filter: &Filter,
        make: impl Fn(Exported) -> T + Sync,
        take: impl FnMut(T) -> bool,
    ) -> Result<Vec<Error>> {
        // Of all tickets the folders know the numbers, and then no index is made for their sake.
        let ids = match filter.is_everything() {
            true => transfer::all(&self.store)?,
            false => self.ids(filter)?,
        };
        transfer::export(&self.store, ids, filter, make, take)
    }

    /// Puts tickets of an export, a line each, where there are none, as one group: with their numbers
    /// and their past, byte for byte. Gives what became of each; one that is there already is unchanged.
    /// What is acknowledged is durable.
    pub fn restore(&mut self, lines: &[String], mode: Mode) -> Vec<Result<Answer>> {
        let incoming = Incoming::read(lines);
        // Nothing is made for the sake of what is refused anyway.
        let made = match mode == Mode::Apply && incoming.iter().any(Result::is_ok) {
            true => self.store.make(),
            false => Ok(()),
        };
        let restored =
            made.and_then(|()| transfer::restore(&self.store, &mut self.all, incoming, mode));
        restored.unwrap_or_else(|error| lines.iter().map(|_| Err(error.clone())).collect())
    }

    /// The tickets that have these references, as far as there are any.
    ///
    /// # Errors
    /// [`Error::Io`] when the tickets cannot be listed.
    pub fn known(&mut self, references: &[Reference]) -> Result<BTreeMap<Reference, TicketId>> {
        self.all.refresh(&self.store, references.len())?;
        let mut known = BTreeMap::new();
        for reference in references {
            let ids = self.all.ids_of(&self.store, reference.as_str())?;
            known.extend(ids.first().map(|id| (reference.clone(), *id)));
        }
        Ok(known)
    }

    /// A report over the tickets that matched just before `scope.as_of`, beside the one of the time
    /// with which it is compared; and the files that could not be read. `filter` reads the query at the
    /// instant of a report, so that what is relative in it is relative to that.
    ///
    /// # Errors
    /// [`Error::Usage`] where there is no such report, what `filter` gives, and as [`Desk::select`].
    pub fn report(
        &mut self,
        kind: report::Kind,
        filter: impl Fn(Timestamp) -> Result<Filter>,
        scope: &Scope,
    ) -> Result<(Report, Vec<Error>)> {
        kind.check(scope)?;
        let (mut report, damaged) = self.report_alone(kind, &filter(scope.as_of)?, scope)?;
        if let Some(before) = scope.before(kind) {
            let (previous, _) = self.report_alone(kind, &filter(before.as_of)?, &before)?;
            report = report.beside(previous);
        }
        Ok((report.first_rows(), damaged))
    }

    fn report_alone(
        &mut self,
        kind: report::Kind,
        filter: &Filter,
        scope: &Scope,
    ) -> Result<(Report, Vec<Error>)> {
        if !self.exists() {
            return Ok((report::run(kind, &[], scope), Vec::new()));
        }
        match self.all.index.report(&self.store, (kind, filter, scope)) {
            Ok(answer) => Ok(answer),
            Err(_) => self.report_by_scan(kind, filter, scope),
        }
    }

    /// A report made by reading all files.
    fn report_by_scan(
        &self,
        kind: report::Kind,
        filter: &Filter,
        scope: &Scope,
    ) -> Result<(Report, Vec<Error>)> {
        let as_of = scope.as_of;
        let take = |ticket: Ticket| {
            let matched = filter.is_everything() || index::matched_before(filter, &ticket, as_of);
            matched.then(|| Facts::of(&ticket, as_of)).flatten()
        };
        let Scanned { found, damaged } = index::scan(&self.store, take)?;
        Ok((report::run(kind, &found, scope), damaged))
    }

    /// The technicians.
    ///
    /// # Errors
    /// [`Error::Damaged`] when a file of the roster is none.
    pub fn roster(&self) -> Result<Roster> {
        self.store.roster()
    }

    /// The technicians whose files can be read, and what is wrong with the others.
    ///
    /// # Errors
    /// [`Error::Io`] when the technicians cannot be listed.
    pub fn readable_roster(&self) -> Result<(Roster, BTreeMap<Login, Error>)> {
        self.store.readable_roster()
    }

    /// How much every technician has; and why a ticket could not be counted, if one could not be
    /// read.
    ///
    /// # Errors
    /// [`Error::Io`] when the tickets cannot be listed.
    pub fn loads(&mut self) -> Result<(Loads, Option<Error>)> {
        self.all.refresh(&self.store, 1)?;
        let loads = self.all.loads(&self.store)?;
        Ok((loads, self.all.unread().cloned()))
    }

    /// Adds a technician who is not on the roster yet, or changes one who is.
    ///
    /// # Errors
    /// A refusal when `change` refuses, or [`Error::Io`].
    pub fn save_technician(
        &mut self,
        login: &Login,
        change: impl Fn(Option<Technician>, &Policy) -> Result<Technician>,
    ) -> Result<Technician> {
        self.policy()?;
        let default = Policy::default();
        let policy = self.policy.as_ref().unwrap_or(&default);
        if !self.store.exists() {
            // Nothing is made for the sake of what is refused anyway.
            change(None, policy)?;
            self.store.make()?;
        }
        let writing = self.store.writing()?;
        let _held = writing.lock(&[Lock::Assignment].into())?;
        let (roster, mut damaged) = self.store.readable_roster()?;
        if let Some(error) = damaged.remove(login) {
            return Err(error);
        }
        let before = roster.get(login.as_str()).cloned();
        let technician = change(before, policy)?;
        writing.write_technician(&technician)?;
        Ok(technician)
    }

    /// Takes a technician off the roster.
    ///
    /// # Errors
    /// [`Error::NotFound`], a refusal while they have active tickets, or [`Error::Io`] when one that
    /// may be theirs cannot be read.
    pub fn remove_technician(&mut self, login: &Login) -> Result<()> {
        self.store.roster()?.find(login.as_str())?;
        let writing = self.store.writing()?;
        let _held = writing.lock(&[Lock::Assignment].into())?;
        let of = TextTest::is(login.as_str());
        let theirs = Filter::All(vec![
            Filter::active(),
            Term::Text(TextField::Assignee, of).into(),
        ]);
        let mut theirs = ids(&self.store, &mut self.all, &theirs)?;
        // A login is compared letter by letter.
        theirs.found.retain(|id| {
            let ticket = self.store.read(*id).ok().flatten();
            ticket.is_none_or(|ticket| ticket.state.assignee.as_deref() == Some(login.as_str()))
        });
        if let [first, rest @ ..] = theirs.found.as_slice() {
            let more = match rest.len() {
                0 => String::new(),
                n => format!(" and {n} more"),
            };
            let message = format!("{login} still has ticket {first}{more}");
            return Err(Error::refused(message).with_hint(format!(
                "hand them over first: desk assign --query 'assignee:{login} is:open' --to TECH"
            )));
        }
        match theirs
            .damaged
            .into_iter()
            .find(|error| error.code() == Code::Io)
        {
            Some(error) => Err(error),
            None => writing.remove_technician(login),
        }
    }

    /// Reads everything, and names what is wrong.
    ///
    /// # Errors
    /// [`Error::Io`] when the data directory cannot be looked at.
    pub fn check(&self) -> Result<Checked> {
        self.check_against(None, &|_, _| {})
    }

    /// The same, held against a seal if there is one, and telling how far it is.
    ///
    /// # Errors
    /// As [`Desk::check`].
    pub fn check_against(&self, seal: Option<&Seal>, progress: Progress<'_>) -> Result<Checked> {
        fsck::check(&self.store, seal, progress)
    }

    /// Checks everything, and sets right what needs nobody's judgement; gives what became of each
    /// thing that was found.
    ///
    /// # Errors
    /// As [`Desk::check`], and a refusal where nothing is written.
    pub fn repair(&self, mode: Mode, progress: Progress<'_>) -> Result<(Checked, Vec<Deed>)> {
        fsck::repair(&self.store, mode, progress)
    }

    /// What the past of every ticket is now, to be kept elsewhere; and what cannot be sealed.
    ///
    /// # Errors
    /// As [`Desk::check`].
    pub fn seal(&self, progress: Progress<'_>) -> Result<(Seal, Vec<Finding>)> {
        fsck::seal(&self.store, progress)
    }

    /// Makes the index anew, and gives how many tickets it holds. It is brought up to date by itself;
    /// only a file that was written in place, and not replaced, may escape it.
    ///
    /// # Errors
    /// When there is nowhere to keep it, or it cannot be written.
    pub fn reindex(&mut self) -> Result<usize> {
        if !self.exists() {
            return Ok(0);
        }
        let made = self.all.index.make_anew(&self.store);
        made.map_err(|trouble| trouble.into_error(&self.store))
    }

    /// What the settings' file is called, for messages.
    pub fn settings_path(&self) -> PathBuf {
        self.store.path().join("desk.toml")
    }

    /// The different values of a field that holds texts, for completion.
    ///
    /// # Errors
    /// As [`Desk::select`].
    pub fn values(&mut self, field: TextField) -> Result<Vec<String>> {
        if !self.exists() {
            return Ok(Vec::new());
        }
        if let Ok(values) = self.all.index.values(&self.store, field) {
            return Ok(values);
        }
        let owned = |ticket: Ticket| Some(field.values(&ticket).map(str::to_owned).collect());
        let all: Vec<Vec<String>> = index::scan(&self.store, owned)?.found;
        let by_folded = all
            .into_iter()
            .flatten()
            .map(|raw| (folded_line(&raw), raw));
        let mut different: BTreeMap<String, String> = by_folded.rev().collect();
        different.remove("");
        Ok(different.into_values().collect())
    }
}

/// Knows whether something was given already.
struct Counting<T> {
    take: T,
    given: usize,
}

impl<T: Take> Take for Counting<T> {
    fn wants_total(&self) -> bool {
        self.take.wants_total()
    }

    fn total(&mut self, total: usize) {
        self.given += 1;
        self.take.total(total);
    }

    fn ticket(&mut self, ticket: Ticket) -> bool {
        self.given += 1;
        self.take.ticket(ticket)
    }
}

/// The numbers of the tickets that match.
fn ids(store: &Store, all: &mut Known, filter: &Filter) -> Result<Found<TicketId>> {
    match all.index.ids(store, filter) {
        Ok((found, damaged)) => Ok(Found { found, damaged }),
        Err(_) => {
            let matches = |ticket: Ticket| filter.matches(&ticket).then_some(ticket.id);
            Ok(index::scan(store, matches)?.into())
        }
    }
}
