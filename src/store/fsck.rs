//! Reads everything, and names what is wrong. Changes nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::{Serialize, Serializer};

use super::{EntryKind, Folder, Store, layout};
use crate::error::{Error, Result};
use crate::index::{self, Scanned};
use crate::policy::Policy;
use crate::roster::Login;
use crate::ticket::{Ticket, TicketId};

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Finding {
    /// The file.
    #[serde(serialize_with = "as_text")]
    pub path: PathBuf,
    /// What is wrong with it.
    pub cause: String,
}

/// A path as text: serde itself refuses one that is not UTF-8, and then nothing would be told.
fn as_text<S: Serializer>(path: &Path, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(&path.display())
}

fn as_texts<S: Serializer>(paths: &[PathBuf], to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(paths.iter().map(|path| path.display().to_string()))
}

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Checked {
    /// How many tickets were read.
    pub tickets: usize,
    /// How many technicians were read.
    pub technicians: usize,
    /// What is wrong, by file.
    pub findings: Vec<Finding>,
    /// What a killed process left behind; the next command that needs the place sweeps it.
    #[serde(serialize_with = "as_texts")]
    pub leftovers: Vec<PathBuf>,
}

/// What must be compared between tickets.
struct Sketch {
    id: TicketId,
    reference: Option<String>,
    relations: Vec<TicketId>,
    assignee: Option<String>,
    flaws: Vec<String>,
}

/// Checks a data directory.
pub(crate) fn check(store: &Store) -> Result<Checked> {
    let mut findings = Vec::new();
    check_settings(store, &mut findings);
    let roster = store.readable_roster();
    let (roster, damaged) = or_finding(store, roster, &mut findings)?;
    findings.extend(damaged.values().map(|error| finding(store, error)));
    let scanned = index::scan(store, |ticket| Some(Sketch::of(&ticket)));
    let Scanned {
        found,
        damaged: bad,
    } = or_finding(store, scanned, &mut findings)?;
    findings.extend(bad.iter().map(|error| finding(store, error)));
    let path = |id: TicketId| {
        let folder = layout::folder_name(layout::folder_of(id));
        let tickets = store.path().join(layout::TICKETS);
        tickets.join(folder).join(layout::file_name(id))
    };
    let on_roster = roster.iter().map(|technician| &technician.login);
    let logins: BTreeSet<&str> = on_roster.chain(damaged.keys()).map(Login::as_str).collect();
    for (id, cause) in between(&found, &logins) {
        findings.push(Finding {
            path: path(id),
            cause,
        });
    }
    check_names(store, &mut findings)?;
    let leftovers = check_private(store, &mut findings)?;
    findings.sort();
    Ok(Checked {
        tickets: found.len(),
        technicians: roster.iter().count(),
        findings,
        leftovers,
    })
}

impl Sketch {
    fn of(ticket: &Ticket) -> Self {
        let state = &ticket.state;
        Self {
            id: ticket.id,
            reference: state.reference.as_ref().map(|r| r.as_str().to_owned()),
            relations: state
                .links
                .iter()
                .map(|link| link.to)
                .chain(state.merged_into)
                .collect(),
            assignee: state.assignee.clone().filter(|_| state.status.is_active()),
            flaws: ticket.flaws(),
        }
    }
}

/// What is wrong with each ticket, alone and beside the others.
fn between(tickets: &[Sketch], logins: &BTreeSet<&str>) -> Vec<(TicketId, String)> {
    let known: BTreeSet<TicketId> = tickets.iter().map(|ticket| ticket.id).collect();
    let mut references: BTreeMap<&str, TicketId> = BTreeMap::new();
    let mut wrong = Vec::new();
    for ticket in tickets {
        let mut say = |cause: String| wrong.push((ticket.id, cause));
        ticket.flaws.iter().cloned().for_each(&mut say);
        for other in ticket
            .relations
            .iter()
            .filter(|other| !known.contains(other))
        {
            say(format!("is related to ticket {other}, which is not there"));
        }
        if let Some(reference) = &ticket.reference {
            match references.get(reference.as_str()) {
                Some(first) => say(format!("has the reference `{reference}` of ticket {first}")),
                None => {
                    references.insert(reference, ticket.id);
                }
            }
        }
        match &ticket.assignee {
            Some(login) if !logins.is_empty() && !logins.contains(login.as_str()) => {
                say(format!(
                    "is assigned to `{login}`, who is not on the roster"
                ));
            }
            _ => {}
        }
    }
    wrong
}

fn finding(store: &Store, error: &Error) -> Finding {
    let (path, cause) = match error {
        Error::Damaged { path, cause } => (path.clone(), cause.clone()),
        Error::Io { path, source, .. } => (path.clone(), source.to_string()),
        other => (store.path().to_owned(), other.to_string()),
    };
    Finding { path, cause }
}

/// What was read; or nothing, and a finding, where a folder is none: that hides none of the rest.
fn or_finding<T: Default>(
    store: &Store,
    read: Result<T>,
    findings: &mut Vec<Finding>,
) -> Result<T> {
    match read {
        Err(error @ Error::Damaged { .. }) => {
            findings.push(finding(store, &error));
            Ok(T::default())
        }
        read => read,
    }
}

fn check_settings(store: &Store, findings: &mut Vec<Finding>) {
    let parsed = store.settings().and_then(|text| match text {
        Some(text) => Policy::parse(&text).map(Some),
        None => Ok(None),
    });
    if let Err(error) = parsed {
        let mut found = finding(store, &error);
        found.path = store.path().join(layout::SETTINGS);
        findings.push(found);
    }
}

/// Names in the tickets' folders that are no ticket's.
fn check_names(store: &Store, findings: &mut Vec<Finding>) -> Result<()> {
    // What is no folder was told by the scan.
    let Ok(Some(tickets)) = store.tickets() else {
        return Ok(());
    };
    let mut say = |folder: &Folder, name: &str, cause: &str| {
        findings.push(Finding {
            path: folder.path_of(name),
            cause: cause.to_owned(),
        });
    };
    for name in tickets.names()? {
        let Some(number) = layout::parse_folder(&name) else {
            say(&tickets, &name, "is not the name of a folder of tickets");
            continue;
        };
        // What is no folder was told by the scan.
        let Ok(Some(folder)) = tickets.folder(&name) else {
            continue;
        };
        for name in folder.names()? {
            match layout::parse_file(&name) {
                None => say(&folder, &name, "is not the name of a ticket's file"),
                Some(id) if layout::folder_of(id) != number => {
                    say(&folder, &name, "is in the wrong folder");
                }
                Some(_) => {}
            }
        }
    }
    Ok(())
}

/// What in the private folder is not what it must be; gives what a killed process left behind.
fn check_private(store: &Store, findings: &mut Vec<Finding>) -> Result<Vec<PathBuf>> {
    let mut left = Vec::new();
    let Some(root) = &store.root else {
        return Ok(left);
    };
    let Some(private) = or_finding(store, root.folder(layout::PRIVATE), findings)? else {
        return Ok(left);
    };
    for name in [layout::JOURNAL, layout::NUMBER] {
        or_finding(store, private.expect_file(name), findings)?;
    }
    or_finding(store, private.folder(layout::QUARANTINE), findings)?;
    for name in [layout::LOCKS, layout::TEMPORARY] {
        let Some(folder) = or_finding(store, private.folder(name), findings)? else {
            continue;
        };
        for entry in folder.names()? {
            or_finding(store, folder.expect_file(&entry), findings)?;
            if name == layout::TEMPORARY && folder.kind(&entry)? == Some(EntryKind::File) {
                left.push(folder.path_of(&entry));
            }
        }
    }
    left.sort();
    Ok(left)
}
