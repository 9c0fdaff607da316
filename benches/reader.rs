//! The baseline of `fsck`: a bare program that reads and parses all tickets' files, with two threads.
//!
//! It needs a parser, and so is no program of its own but this one, called with [`FLAG`]. It does
//! what one would write who wants the tickets and nothing else: the file into memory, and serde's own
//! code for structs of plain fields, without a tree of values. What is in `changed` stays text.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::thread;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::Result;

/// The first argument, if this is the bare program.
const FLAG: &str = "--read-all";

/// So many threads share the files.
pub(crate) const THREADS: usize = 2;

/// A ticket's file, as it stands.
#[derive(Deserialize, Serialize)]
pub(crate) struct Ticket {
    pub(crate) id: u64,
    pub(crate) rev: u64,
    #[serde(rename = "ref")]
    pub(crate) reference: Option<String>,
    pub(crate) subject: String,
    pub(crate) description: Option<String>,
    pub(crate) status: String,
    pub(crate) priority: u8,
    pub(crate) priority_stated: bool,
    pub(crate) impact: String,
    pub(crate) urgency: String,
    pub(crate) tier: u8,
    pub(crate) team: Option<String>,
    pub(crate) assignee: Option<String>,
    pub(crate) requester: Option<String>,
    pub(crate) watchers: Vec<String>,
    pub(crate) channel: Option<String>,
    pub(crate) category: Option<String>,
    pub(crate) tags: Vec<String>,
    pub(crate) location: Option<String>,
    pub(crate) asset: Option<String>,
    pub(crate) due: Option<String>,
    pub(crate) resolution: Option<String>,
    pub(crate) opened: String,
    pub(crate) updated: String,
    pub(crate) solved: Option<String>,
    pub(crate) closed: Option<String>,
    pub(crate) digest: String,
    #[serde(skip_serializing)]
    pub(crate) events: Vec<Event>,
}

/// An event of it.
#[derive(Deserialize)]
#[expect(dead_code, reason = "they are parsed, and that is all")]
pub(crate) struct Event {
    pub(crate) seq: u64,
    pub(crate) at: String,
    pub(crate) recorded: Option<String>,
    pub(crate) by: String,
    pub(crate) real: Option<String>,
    pub(crate) event: String,
    pub(crate) op: String,
    pub(crate) message: Option<String>,
    #[serde(default)]
    pub(crate) why: Vec<String>,
    #[serde(default)]
    pub(crate) changed: HashMap<String, Box<RawValue>>,
}

/// The program's call for a folder of tickets.
pub(crate) fn command(tickets: &Path) -> Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg(FLAG).arg(tickets);
    Ok(command)
}

/// Reads all, if that is what this process was started for.
pub(crate) fn called() -> Option<ExitCode> {
    let mut arguments = std::env::args().skip(1);
    arguments.next().filter(|first| first == FLAG)?;
    Some(match read(Path::new(&arguments.next()?)) {
        Ok(0) => ExitCode::FAILURE,
        Ok(_) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    })
}

fn read(tickets: &Path) -> Result<u64> {
    let files = files(tickets)?;
    let share = files.len().div_ceil(THREADS).max(1);
    thread::scope(|scope| {
        let read = |files: &[PathBuf]| {
            let events = files
                .iter()
                .map(|file| Ok(parse(file)?.events.len() as u64));
            events.sum::<Result<u64, String>>()
        };
        let shares: Vec<_> = files
            .chunks(share)
            .map(|files| scope.spawn(move || read(files)))
            .collect();
        shares
            .into_iter()
            .map(|share| Ok(share.join().map_err(|_| "a thread panicked")??))
            .sum()
    })
}

/// Every ticket's file.
pub(crate) fn files(tickets: &Path) -> Result<Vec<PathBuf>> {
    let mut files: Vec<PathBuf> = Vec::new();
    for folder in tickets.read_dir()? {
        for file in folder?.path().read_dir()? {
            files.push(file?.path());
        }
    }
    Ok(files)
}

/// Reads and parses a ticket's file.
pub(crate) fn parse(file: &Path) -> Result<Ticket, String> {
    let bytes = std::fs::read(file).map_err(|error| error.to_string())?;
    serde_json::from_slice(&bytes).map_err(|error| format!("{}: {error}", file.display()))
}
