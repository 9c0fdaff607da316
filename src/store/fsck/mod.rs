//! Reads everything, and names what is wrong; changes nothing, unless it is asked to repair.
//!
//! Nothing is locked while it is read: who checks holds up nobody. A ticket's file is the old one or
//! the new one, whole, so what is wrong with one file is wrong; what lies between several is looked
//! at twice.

mod between;
mod examine;
mod finding;
mod places;
mod repair;
mod rights;
mod seal;

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use between::Sketches;
pub use finding::{Finding, Kind, Mend};
use places::{Looked, Place};
pub(crate) use repair::repair;
pub use repair::{Deed, Outcome};
use rights::Rights;
pub use seal::{NotASeal, Seal, Sealed};

use super::Store;
use super::folder::Folder;
use crate::error::{Error, Result};
use crate::threads::each_portion;
use crate::ticket::TicketId;

/// What is told while tickets are read: how many of how many were. By several threads.
pub type Progress<'a> = &'a (dyn Fn(usize, usize) + Sync);

/// What a check found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Checked {
    /// How many tickets were read.
    pub tickets: usize,
    /// How many technicians were read.
    pub technicians: usize,
    /// What is wrong, by file.
    pub findings: Vec<Finding>,
    /// What is no damage, but worth knowing.
    pub notes: Vec<Finding>,
}

/// What is wrong with a file, and what repair does about it.
type Found = (Kind, String, Option<Mend>);

/// Checks a data directory, and holds it against a seal if there is one.
pub(crate) fn check(store: &Store, seal: Option<&Seal>, progress: Progress<'_>) -> Result<Checked> {
    let (mut checked, found, sketches) = match &store.root {
        Some(root) => read_all(store, root, seal, progress)?,
        None => Default::default(),
    };
    let mut findings = found;
    if let Some(seal) = seal {
        let gone = between::gone(store, seal, &sketches.ids);
        findings.extend(gone.into_iter().map(|(id, found)| at(store, id, found)));
    }
    findings.sort();
    // What could not be looked at may have been wanted more than once.
    findings.dedup();
    let (findings, notes) = findings.into_iter().partition(|f| f.kind.is_damage());
    (checked.findings, checked.notes) = (findings, notes);
    Ok(checked)
}

/// What is true of all tickets now, to be kept elsewhere; and what cannot be sealed.
pub(crate) fn seal(store: &Store, progress: Progress<'_>) -> Result<(Seal, Vec<Finding>)> {
    let Some(root) = &store.root else {
        return Ok((Seal::default(), Vec::new()));
    };
    let rights = Rights::of(root)?;
    let mut looked = Looked::new(store, &rights);
    let (folders, places) = looked.tickets(root);
    let portions = each(&places, progress, |place, kept: &mut Vec<_>| {
        let found = examine::examine(&folders[place.folder], place.id, &rights, None);
        kept.push((place.id, found.sealed, found.faults));
    });
    let (mut sealed, mut findings) = (Vec::new(), looked.findings);
    // Of what lies where no ticket lies, only what may hide one hinders.
    let may_hide = [Kind::NotAFolder, Kind::WrongFolder, Kind::Unreadable];
    findings.retain(|finding| may_hide.contains(&finding.kind));
    for (id, one, mut faults) in portions.into_iter().flatten() {
        let hinders = |(kind, _, mend): &Found| kind.is_damage() && *mend != Some(Mend::Access);
        faults.retain(|found| one.is_none() && hinders(found));
        sealed.extend(one);
        findings.extend(faults.into_iter().map(|found| at(store, id, found)));
    }
    findings.sort();
    Ok((Seal::of(sealed), findings))
}

fn read_all(
    store: &Store,
    root: &Folder,
    seal: Option<&Seal>,
    progress: Progress<'_>,
) -> Result<(Checked, Vec<Finding>, Sketches)> {
    let rights = Rights::of(root)?;
    let mut looked = Looked::new(store, &rights);
    looked.settings();
    let technicians = looked.technicians(root);
    let logins = between::logins(store)?;
    let (folders, places) = looked.tickets(root);
    type Portion = (Sketches, Vec<(TicketId, Found)>);
    let portions = each(&places, progress, |place, (seen, faults): &mut Portion| {
        let found = examine::examine(&folders[place.folder], place.id, &rights, seal);
        seen.copied += usize::from(found.is_copied);
        if let Some(ticket) = &found.ticket {
            seen.add(ticket, &logins);
        }
        faults.extend(found.faults.into_iter().map(|fault| (place.id, fault)));
    });
    let (mut sketches, mut faults) = Portion::default();
    for (seen, some) in portions {
        sketches.extend(seen);
        faults.extend(some);
    }
    faults.extend(sketches.faults(store)?);
    looked.private(root);
    looked.counter();
    let mut findings = looked.findings;
    findings.extend(faults.into_iter().map(|(id, found)| at(store, id, found)));
    if sketches.copied > 0 {
        findings.push(copied(store, sketches.copied));
    }
    let checked = Checked {
        tickets: sketches.ids.len(),
        technicians,
        ..Checked::default()
    };
    Ok((checked, findings, sketches))
}

/// Looks at each place, with all processors.
fn each<R: Default + Send>(
    places: &[Place],
    progress: Progress<'_>,
    look: impl Fn(&Place, &mut R) + Sync,
) -> Vec<R> {
    let done = AtomicUsize::new(0);
    each_portion(places, |portion| {
        let mut kept = R::default();
        portion.iter().for_each(|place| look(place, &mut kept));
        let before = done.fetch_add(portion.len(), Ordering::Relaxed);
        progress(before + portion.len(), places.len());
        kept
    })
}

/// A finding of a ticket's file in its place.
fn at(store: &Store, id: TicketId, (kind, cause, repair): Found) -> Finding {
    Finding {
        path: super::path_of(store, id),
        cause,
        kind,
        repair,
    }
}

fn copied(store: &Store, files: usize) -> Finding {
    Finding {
        path: store.path().to_owned(),
        cause: format!(
            "{files} files of tickets belong to its owner or to root, and others wrote in them \
             last: copied, it seems"
        ),
        kind: Kind::Copied,
        repair: None,
    }
}

/// Where an error lies.
fn place(error: &Error) -> Option<&Path> {
    match error {
        Error::Damaged { path, .. } | Error::Io { path, .. } => Some(path),
        _ => None,
    }
}

/// What an error says beside the path.
fn cause(error: &Error) -> String {
    match error {
        Error::Damaged { cause, .. } => cause.clone(),
        Error::Io { source, .. } => source.to_string(),
        other => other.to_string(),
    }
}
