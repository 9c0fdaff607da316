//! The baseline of `fsck`: a bare program that reads and parses all tickets' files, with two threads.
//!
//! It needs a parser, and so is no program of its own but this one, called with [`FLAG`]. It does
//! what one would write who wants the tickets and nothing else: the file into memory, and serde's own
//! code for structs of plain fields, without a tree of values. What is in `changed` stays text.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::thread;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::Result;

/// The first argument, if this is the bare program.
const FLAG: &str = "--read-all";

/// So many threads share the files.
const THREADS: usize = 2;

#[derive(Deserialize)]
#[expect(dead_code, reason = "they are parsed, and that is all")]
struct Ticket {
    id: u64,
    rev: u64,
    subject: String,
    description: Option<String>,
    status: String,
    priority: u8,
    priority_stated: bool,
    impact: String,
    urgency: String,
    tier: u8,
    team: Option<String>,
    assignee: Option<String>,
    requester: Option<String>,
    watchers: Vec<String>,
    channel: Option<String>,
    category: Option<String>,
    tags: Vec<String>,
    location: Option<String>,
    asset: Option<String>,
    resolution: Option<String>,
    opened: String,
    updated: String,
    solved: Option<String>,
    closed: Option<String>,
    digest: String,
    events: Vec<Event>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "they are parsed, and that is all")]
struct Event {
    seq: u64,
    at: String,
    recorded: Option<String>,
    by: String,
    real: Option<String>,
    event: String,
    op: String,
    message: Option<String>,
    #[serde(default)]
    why: Vec<String>,
    #[serde(default)]
    changed: HashMap<String, Box<RawValue>>,
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
    let mut files: Vec<PathBuf> = Vec::new();
    for folder in tickets.read_dir()? {
        for file in folder?.path().read_dir()? {
            files.push(file?.path());
        }
    }
    let share = files.len().div_ceil(THREADS).max(1);
    thread::scope(|scope| {
        let parse = |files: &[PathBuf]| {
            let mut events = 0;
            for file in files {
                let bytes = std::fs::read(file).map_err(|error| error.to_string())?;
                let ticket: Ticket = serde_json::from_slice(&bytes)
                    .map_err(|error| format!("{}: {error}", file.display()))?;
                events += ticket.events.len() as u64;
            }
            Ok::<u64, String>(events)
        };
        let shares: Vec<_> = files
            .chunks(share)
            .map(|files| scope.spawn(move || parse(files)))
            .collect();
        shares
            .into_iter()
            .map(|share| Ok(share.join().map_err(|_| "a thread panicked")??))
            .sum()
    })
}
