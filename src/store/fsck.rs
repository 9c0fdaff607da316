//! Reads everything, and names what is wrong. Changes nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde::Serialize;

use super::{EntryKind, Folder, Store, layout};
use crate::error::{Error, Result};
use crate::index;
use crate::policy::Policy;
use crate::ticket::{Ticket, TicketId};

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Finding {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub cause: String,
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
    let roster = match store.roster() {
        Ok(roster) => roster,
        Err(error) => {
            findings.push(finding(store, &error));
            crate::roster::Roster::default()
        }
    };
    let scanned = index::scan(store, |ticket| Some(Sketch::of(&ticket)))?;
    findings.extend(scanned.damaged.iter().map(|error| finding(store, error)));
    let path = |id: TicketId| {
        let folder = layout::folder_name(layout::folder_of(id));
        let tickets = store.path().join(layout::TICKETS);
        tickets.join(folder).join(layout::file_name(id))
    };
    for (id, cause) in between(&scanned.found, &roster) {
        findings.push(Finding {
            path: path(id),
            cause,
        });
    }
    check_names(store, &mut findings)?;
    findings.sort();
    Ok(Checked {
        tickets: scanned.found.len(),
        technicians: roster.iter().count(),
        findings,
        leftovers: leftovers(store)?,
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
fn between(tickets: &[Sketch], roster: &crate::roster::Roster) -> Vec<(TicketId, String)> {
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
            Some(login) if !roster.is_empty() && roster.get(login).is_none() => {
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
    let Some(tickets) = store.tickets()? else {
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

fn leftovers(store: &Store) -> Result<Vec<PathBuf>> {
    let temporary = match &store.root {
        Some(root) => match root.folder(layout::PRIVATE)? {
            Some(private) => private.folder(layout::TEMPORARY)?,
            None => None,
        },
        None => None,
    };
    let Some(temporary) = temporary else {
        return Ok(Vec::new());
    };
    let mut left = Vec::new();
    for name in temporary.names()? {
        if matches!(temporary.kind(&name), Ok(Some(EntryKind::File))) {
            left.push(temporary.path_of(&name));
        }
    }
    left.sort();
    Ok(left)
}
