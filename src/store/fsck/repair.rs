//! Sets right what can be set right without judging anybody's words, and moves aside what nobody
//! can read. Nothing is deleted but what dead processes left behind.
//!
//! What is to be done comes from a check that locked nothing. So each thing is done under the locks
//! that its writers take, and only if it is still as it was found; each is one step that is either
//! done or not, so a repair that dies is simply repeated.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use nix::unistd::Uid;
use serde::Serialize;

use super::examine::{Examined, examine};
use super::rights::Rights;
use super::{Checked, Finding, Kind, Mend, Progress};
use crate::desk::Mode;
use crate::error::{Error, Result};
use crate::store::folder::{EntryKind, Folder};
use crate::store::{Change, Content, Give, Held, Lock, Store, Writing, begun, layout, lock};
use crate::ticket::{Ticket, TicketId};

/// What became of something that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It is left for a person to judge.
    Left,
    /// What was done about it; or would be, in a dry run.
    Mended(String),
    /// Why nothing could be done about it.
    Failed(String),
}

/// Something that was found, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Deed {
    /// What was found.
    #[serde(flatten)]
    pub finding: Finding,
    /// What became of it.
    pub outcome: Outcome,
}

/// Checks a data directory, and repairs what can be; gives what became of each thing.
pub(crate) fn repair(
    store: &Store,
    mode: Mode,
    progress: Progress<'_>,
) -> Result<(Checked, Vec<Deed>)> {
    if mode != Mode::DryRun {
        store.finish_pending()?;
    }
    let (mut checked, mut deeds) = repair_once(store, mode, progress)?;
    let mut again = mode == Mode::Apply && is_to_be_checked(&deeds);
    while again {
        let (found, more) = match repair_once(store, mode, progress) {
            Ok(more) => more,
            // What was done is told all the same.
            Err(error) => {
                let unread = unread(store, &error);
                checked.findings.push(unread.clone());
                deeds.push(left(&unread));
                break;
            }
        };
        again = is_to_be_checked(&more);
        let is_new = |found: &Finding| deeds.iter().all(|deed| deed.finding != *found);
        let new = found.findings.into_iter().filter(is_new);
        checked.findings.extend(new);
        let more = more.into_iter().filter(|deed| is_new(&deed.finding));
        // What was set aside just now is known.
        let more: Vec<_> = more
            .filter(|deed| deed.finding.kind != Kind::SetAside)
            .collect();
        deeds.extend(more);
    }
    Ok((checked, deeds))
}

/// Whether something moved: what came home was not looked into before, and what is related to what
/// was set aside is related to nothing now. Where something failed, it is not tried again at once.
fn is_to_be_checked(deeds: &[Deed]) -> bool {
    let moves = |deed: &Deed| matches!(deed.finding.repair, Some(Mend::Aside | Mend::Home));
    let is_done = |deed: &Deed| matches!(deed.outcome, Outcome::Mended(_));
    let failed = |deed: &Deed| matches!(deed.outcome, Outcome::Failed(_));
    deeds.iter().any(|deed| moves(deed) && is_done(deed)) && !deeds.iter().any(failed)
}

/// What could not be looked at.
fn unread(store: &Store, error: &Error) -> Finding {
    Finding {
        path: super::place(error).unwrap_or(store.path()).to_owned(),
        cause: super::cause(error),
        kind: Kind::Unreadable,
        repair: None,
    }
}

fn repair_once(store: &Store, mode: Mode, progress: Progress<'_>) -> Result<(Checked, Vec<Deed>)> {
    let checked = super::check(store, None, progress)?;
    // What is in the private folder comes first: without it there are no locks.
    let mut found: Vec<_> = checked.findings.iter().chain(&checked.notes).collect();
    found.sort_by_key(|finding| &finding.path);
    let mends = found.iter().any(|finding| finding.repair.is_some());
    let Some(root) = store.root.as_ref().filter(|_| mends) else {
        let left = found.into_iter().map(left).collect();
        return Ok((checked, left));
    };
    store.expect_writable()?;
    let worker = Worker {
        store,
        root,
        rights: Rights::of(root)?,
        mode,
    };
    let files = found.chunk_by(|a, b| a.path == b.path);
    let deeds = files
        .flat_map(|findings| worker.mend_all(findings))
        .collect();
    Ok((checked, deeds))
}

fn left(finding: &Finding) -> Deed {
    Deed {
        finding: finding.clone(),
        outcome: Outcome::Left,
    }
}

struct Worker<'a> {
    store: &'a Store,
    root: &'a Folder,
    rights: Rights,
    mode: Mode,
}

/// Where something lies that was found.
struct Spot {
    parent: Folder,
    name: String,
    /// From the data directory on.
    relative: PathBuf,
}

impl Spot {
    /// The ticket that has its place here.
    fn ticket(&self) -> Option<TicketId> {
        let id = layout::parse_file(&self.name)?;
        let folder = layout::folder_name(layout::folder_of(id));
        let place = Path::new(layout::TICKETS).join(folder).join(&self.name);
        (place == self.relative).then_some(id)
    }

    /// What is locked while it is moved: nobody shall write it, or take the stamps of its folder.
    fn locks(&self) -> BTreeSet<Lock> {
        let mut parts = self.relative.iter().filter_map(|part| part.to_str());
        match (parts.next(), parts.next()) {
            (Some(layout::TECHNICIANS), _) => [Lock::Assignment].into(),
            (Some(layout::TICKETS), Some(folder)) => {
                let id = layout::parse_file(&self.name);
                let folder = layout::parse_folder(folder).map(Lock::Folder);
                id.map(Lock::ticket).into_iter().chain(folder).collect()
            }
            _ => BTreeSet::new(),
        }
    }

    /// What it is called when it is set aside. A ticket keeps its name, so that its number is not
    /// given again; everything else gets one that begins with no number.
    fn name_aside(&self) -> String {
        match self.ticket() {
            Some(_) => self.name.clone(),
            None => {
                let path = self.relative.display().to_string();
                path.trim_start_matches('.').replace('/', "-")
            }
        }
    }
}

impl Worker<'_> {
    /// Mends all that is wrong with one file.
    fn mend_all(&self, findings: &[&Finding]) -> Vec<Deed> {
        let mends: BTreeSet<Mend> = findings.iter().filter_map(|f| f.repair).collect();
        let moves = |mend: &Mend| matches!(mend, Mend::Aside | Mend::Home);
        // What is moved away needs nothing else.
        let moved = mends.iter().find(|mend| moves(mend)).copied();
        let mut outcomes: Vec<(Mend, Outcome)> = Vec::new();
        for mend in moved.map_or(mends, |mend| [mend].into()) {
            let of_mend = |finding: &&&Finding| finding.repair == Some(mend);
            let Some(finding) = findings.iter().find(of_mend) else {
                continue;
            };
            let outcome = match self.mend(finding, mend) {
                Ok(how) => Outcome::Mended(how),
                Err(error) => Outcome::Failed(error.to_string()),
            };
            outcomes.push((mend, outcome));
        }
        let outcome_of = |finding: &Finding| {
            let own =
                |(mend, _): &&(Mend, Outcome)| moved.is_some() || finding.repair == Some(*mend);
            outcomes
                .iter()
                .find(own)
                .map_or(Outcome::Left, |(_, o)| o.clone())
        };
        let deed = |finding: &&Finding| Deed {
            finding: (*finding).clone(),
            outcome: outcome_of(finding),
        };
        findings.iter().map(deed).collect()
    }

    fn mend(&self, finding: &Finding, mend: Mend) -> Result<String> {
        let spot = self.spot(&finding.path)?;
        let writing = match self.mode {
            Mode::Apply | Mode::Atomic => Some(self.store.writing()?),
            Mode::DryRun => None,
        };
        let writing = writing.as_ref();
        match mend {
            Mend::Aside => self.aside(&spot, finding.kind, writing),
            Mend::Home => self.home(&spot, finding.kind, writing),
            Mend::Rebuild => self.rebuild(&spot, writing),
            Mend::Access => self.access(&spot, writing),
            Mend::Remove => self.remove(&spot, writing),
            Mend::Count => count(writing),
        }
    }

    /// Where a path of a finding lies, reached step by step as everything is.
    fn spot(&self, path: &Path) -> Result<Spot> {
        let gone = || Error::damaged(path, "is gone");
        let relative = path.strip_prefix(self.store.path()).map_err(|_| gone())?;
        let mut names = relative
            .iter()
            .map(|part| part.to_string_lossy().into_owned());
        let name = names.next_back().ok_or_else(gone)?;
        let mut parent = self.root.folder(".")?.ok_or_else(gone)?;
        for name in names {
            parent = parent.folder(&name)?.ok_or_else(gone)?;
        }
        Ok(Spot {
            parent,
            name,
            relative: relative.to_owned(),
        })
    }

    /// Whether what was found is still so.
    fn is_still(&self, spot: &Spot, kind: Kind) -> Result<bool> {
        let Some(entry) = spot.parent.look(&spot.name)? else {
            return Ok(false);
        };
        Ok(match (kind, spot.ticket()) {
            (Kind::NotAFile, _) => entry.kind != EntryKind::File,
            (Kind::Foreign | Kind::WrongFolder | Kind::Leftover, _) => true,
            (_, Some(id)) => {
                let found = self.examine(spot, id)?;
                found.faults.iter().any(|(again, ..)| *again == kind)
            }
            // A technician's file: it is replaced under the lock that is held.
            _ => {
                let login = spot.name.strip_suffix(".json").unwrap_or_default();
                let (_, damaged) = self.store.readable_roster()?;
                damaged.keys().any(|known| known.as_str() == login)
            }
        })
    }

    /// Looks at a ticket's file once more. That it cannot be read now says nothing of what was found.
    fn examine(&self, spot: &Spot, id: TicketId) -> Result<Examined> {
        let found = examine(&spot.parent, id, &self.rights, None);
        let unread = found
            .faults
            .iter()
            .find(|(kind, ..)| *kind == Kind::Unreadable);
        match unread {
            Some((_, cause, _)) => Err(Error::damaged(&spot.parent.path_of(&spot.name), cause)),
            None => Ok(found),
        }
    }

    fn aside(&self, spot: &Spot, kind: Kind, writing: Option<&Writing<'_>>) -> Result<String> {
        let name = spot.name_aside();
        let how = |name: &str| {
            format!(
                "set aside as {}/{}/{name}",
                layout::PRIVATE,
                layout::QUARANTINE
            )
        };
        let Some(writing) = writing else {
            return Ok(how(&name));
        };
        let _held = writing.lock(&spot.locks())?;
        if !self.is_still(spot, kind)? {
            return Ok("mended by somebody else meanwhile".to_owned());
        }
        writing
            .set_aside(&spot.parent, &spot.name, &name)
            .map(|name| how(&name))
    }

    /// Moves a ticket to the place of its number, if that is free and its past is proved.
    fn home(&self, spot: &Spot, kind: Kind, writing: Option<&Writing<'_>>) -> Result<String> {
        let id = match self.proved(spot)? {
            Some(id) if !self.store.has(id)? => id,
            _ => return self.aside(spot, kind, writing),
        };
        let (number, name) = (layout::folder_of(id), layout::file_name(id));
        let how = format!(
            "moved to {}/{}/{name}",
            layout::TICKETS,
            layout::folder_name(number)
        );
        let Some(writing) = writing else {
            return Ok(how);
        };
        let home = writing.open_or_begin(number)?;
        let settled = writing.settle();
        settled.map_err(|errno| Error::io("make durable", home.path())(errno.into()))?;
        let mut locks = spot.locks();
        locks.extend([Lock::ticket(id), Lock::Folder(number)]);
        let held = writing.lock(&locks)?;
        let is_still = self.is_still(spot, kind)? && self.proved(spot)? == Some(id);
        if is_still && move_home(&spot.parent, &spot.name, &home, id)? {
            return Ok(how);
        }
        drop(held);
        self.aside(spot, kind, Some(writing))
    }

    /// The ticket that a file is, wherever it lies, if its digest proves it.
    fn proved(&self, spot: &Spot) -> Result<Option<TicketId>> {
        match spot.parent.read(&spot.name) {
            Ok(bytes) => Ok(bytes.and_then(|bytes| super::examine::proved(&bytes))),
            // Too large, or no file.
            Err(Error::Damaged { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn rebuild(&self, spot: &Spot, writing: Option<&Writing<'_>>) -> Result<String> {
        let gone = || Error::damaged(&spot.parent.path_of(&spot.name), "is not what it was");
        let id = spot.ticket().ok_or_else(gone)?;
        let held = match writing {
            Some(writing) => writing.lock(&[Lock::ticket(id)].into())?,
            None => Vec::new(),
        };
        let found = self.examine(spot, id)?;
        let can = |(_, _, mend): &(_, _, Option<Mend>)| *mend == Some(Mend::Rebuild);
        let ticket = found.ticket.filter(|_| found.faults.iter().any(can));
        let rebuilt = ticket.ok_or_else(gone)?.rebuilt().map_err(|_| gone())?;
        let entry = spot.parent.look(&spot.name)?.ok_or_else(gone)?;
        let me = Uid::effective();
        if entry.owner != me.as_raw() && !me.is_root() {
            let message = "only its owner, or root, can rebuild it and leave it theirs";
            return Err(Error::refused(message));
        }
        if let Some(writing) = writing {
            let owner = Some(entry.owner).filter(|owner| *owner != me.as_raw());
            write(writing, rebuilt, owner, &held)?;
        }
        Ok("rebuilt from its events".to_owned())
    }

    fn access(&self, spot: &Spot, writing: Option<&Writing<'_>>) -> Result<String> {
        let gone = || Error::damaged(&spot.parent.path_of(&spot.name), "is gone");
        let _held = match (writing, spot.ticket()) {
            (Some(writing), Some(id)) => writing.lock(&[Lock::ticket(id)].into())?,
            _ => Vec::new(),
        };
        let modes = self.rights.modes;
        let entry = spot.parent.look(&spot.name)?.ok_or_else(gone)?;
        let is_lock = spot
            .relative
            .starts_with(Path::new(layout::PRIVATE).join(layout::LOCKS))
            || spot.relative == Path::new(layout::PRIVATE).join(layout::NUMBER);
        let wanted = match entry.kind {
            EntryKind::Folder => modes.folder,
            _ if is_lock => modes.lock,
            _ => modes.file,
        };
        if writing.is_some() {
            spot.parent.set_access(&spot.name, wanted)?;
        }
        let mut how = format!("given mode {:04o}", wanted.mode);
        if let Some(group) = wanted.group.filter(|_| entry.access.group != wanted.group)
            && !wanted.is_of_no_group()
        {
            how += &format!(" and group {group}");
        }
        Ok(how)
    }

    /// Removes a leftover, if nobody lives whose it could be.
    fn remove(&self, spot: &Spot, writing: Option<&Writing<'_>>) -> Result<String> {
        let parts: Vec<&str> = spot.name.split('.').collect();
        let number = |part: Option<&&str>| part.and_then(|part| part.parse::<u64>().ok());
        let builder = begun::builder(&spot.name);
        let maker = match parts.as_slice() {
            _ if builder.is_some() => builder,
            [.., pid, _, "new"] => number(Some(pid)),
            [layout::COMMIT, pid] => number(Some(pid)),
            [id, pid, ..] => number(Some(id)).and(number(Some(pid))),
            _ => None,
        };
        let lock = match (parts.as_slice(), maker) {
            (_, Some(pid)) if is_alive(pid) => {
                let message = format!("process {pid} is there, and may be making it");
                return Err(Error::refused(message));
            }
            (_, Some(_)) => None,
            ([id], _) if *id == layout::NUMBER => Some(Lock::Number),
            ([id], _) => match number(Some(id)).and_then(TicketId::new) {
                Some(id) => Some(Lock::ticket(id)),
                None => return self.aside(spot, Kind::Leftover, writing),
            },
            ([name, ..], _) if name.starts_with("technician-") => Some(Lock::Assignment),
            _ => return self.aside(spot, Kind::Leftover, writing),
        };
        if let Some(writing) = writing {
            let _held = match lock {
                // The counter is its own lock.
                Some(Lock::Number) => vec![writing.lock_counter()?],
                lock => writing.lock(&lock.into_iter().collect())?,
            };
            match builder {
                Some(_) => writing.sweep(&spot.name)?,
                None => spot.parent.remove_any(&spot.name)?,
            }
        }
        Ok("removed".to_owned())
    }
}

/// Whether there is a process of this number. Where nobody can say, there may be one.
fn is_alive(pid: u64) -> bool {
    let processes = Path::new("/proc");
    !processes.join("self").exists() || processes.join(pid.to_string()).exists()
}

fn write(writing: &Writing<'_>, ticket: Ticket, owner: Option<u32>, held: &[Held]) -> Result<()> {
    let change = Change {
        expected: Some(ticket.rev),
        content: Content::Ticket(ticket.into()),
        owner,
    };
    let make = |give: &mut Give<'_>| {
        give(change);
        Ok::<_, Error>(())
    };
    let ((), mut committed) = writing.commit(held, make)?;
    match committed.failed.pop_first() {
        Some((_, error)) => Err(error),
        None => Ok(()),
    }
}

fn count(writing: Option<&Writing<'_>>) -> Result<String> {
    let highest = writing.map(Writing::mend_counter).transpose()?;
    Ok(match highest {
        Some(highest) => format!("set to {highest}"),
        None => "set to the highest number in sight".to_owned(),
    })
}

impl Writing<'_> {
    fn lock_counter(&self) -> Result<Held> {
        lock::take(&self.private, Lock::Number, self.modes.lock, self.wait)
    }

    /// Moves something into the quarantine, durably, under the first name that is free; gives that.
    fn set_aside(&self, from: &Folder, name: &str, wanted: &str) -> Result<String> {
        let quarantine = super::super::open_or_make(
            &self.private,
            layout::QUARANTINE,
            self.modes,
            &self.private,
        )?;
        let mut free = wanted.to_owned();
        let mut taken = 0;
        while !from.rename_new(name, &quarantine, &free)? {
            taken += 1;
            free = format!("{wanted}.{taken}");
        }
        // That it lies elsewhere now is told, whatever becomes of it.
        let moved = quarantine.sync_raw().and_then(|()| from.sync_raw());
        moved.map_err(|errno| Error::not_durable(&quarantine.path_of(&free), errno.into()))?;
        Ok(free)
    }
}

/// Moves a ticket to its place, durably; gives `false` if that is taken.
fn move_home(from: &Folder, name: &str, home: &Folder, id: TicketId) -> Result<bool> {
    if !from.rename_new(name, home, &layout::file_name(id))? {
        return Ok(false);
    }
    let moved = home.sync_raw().and_then(|()| from.sync_raw());
    let place = home.path_of(&layout::file_name(id));
    moved.map_err(|errno| Error::not_durable(&place, errno.into()))?;
    Ok(true)
}
