//! The baseline of making the index: a bare program that reads and parses tickets' files with two
//! threads, and inserts rows like those of the index into a new database with one.
//!
//! It is this program, called with [`FLAG`]. It does what one would write who wants the tickets to be
//! found and nothing else: no stamps but those of the files, nothing to be brought up to date, nothing
//! that must survive, and letters that are folded by decomposition alone.

use std::collections::{BTreeSet, HashSet};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;

use rusqlite::types::Value;
use rusqlite::{Connection, Statement, params, params_from_iter};
use unicode_normalization::UnicodeNormalization;

use crate::reader::{THREADS, Ticket, files, parse};
use crate::{Result, SCRATCH};

/// The first argument, if this is the bare program.
const FLAG: &str = "--index-all";

/// The tables of the index; where its columns are many, so are these.
const TABLES: &str = "
PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -65536;
CREATE TABLE file (id INTEGER PRIMARY KEY, size, modified, changed, inode, fault TEXT);
CREATE TABLE ticket (id INTEGER PRIMARY KEY, rev, status, active, priority, impact, urgency, tier,
    channel, opened, updated, solved, closed, due, assignee, requester, category, asset, location, ref,
    login, reference);
CREATE INDEX opened ON ticket (opened);
CREATE INDEX updated ON ticket (updated);
CREATE INDEX solved ON ticket (solved) WHERE solved IS NOT NULL;
CREATE INDEX closed ON ticket (closed) WHERE closed IS NOT NULL;
CREATE INDEX due ON ticket (active, due) WHERE due IS NOT NULL;
CREATE INDEX reference ON ticket (reference) WHERE reference IS NOT NULL;
CREATE INDEX workload ON ticket (login) WHERE active AND login IS NOT NULL;
CREATE TABLE body (id INTEGER PRIMARY KEY, size, modified, changed, inode, head BLOB NOT NULL,
    text TEXT NOT NULL);
CREATE TABLE term (field INTEGER, value TEXT, active INTEGER, ticket INTEGER, raw TEXT,
    PRIMARY KEY (field, value, active, ticket)) WITHOUT ROWID;
CREATE TABLE assigned (login TEXT, at INTEGER, ticket INTEGER,
    PRIMARY KEY (login, at, ticket)) WITHOUT ROWID;
CREATE INDEX assignment ON assigned (ticket);
CREATE TABLE fact (id INTEGER PRIMARY KEY, opened, last, active, status, technician, tier, category,
    requester, asset, priority, location, moves BLOB);
CREATE INDEX moved ON fact (last, opened);
CREATE INDEX quiet ON fact (last) WHERE active;
CREATE INDEX quiet_technician ON fact (technician, last) WHERE active;
CREATE INDEX quiet_tier ON fact (tier, last) WHERE active;
CREATE INDEX quiet_status ON fact (status, tier, last) WHERE active;
CREATE VIRTUAL TABLE word USING fts5 (text, content='', contentless_delete=1, detail=none,
    tokenize='ascii');
CREATE TABLE vocabulary (id INTEGER PRIMARY KEY, word TEXT NOT NULL UNIQUE);
CREATE TABLE ending (letters TEXT, word INTEGER, PRIMARY KEY (letters, word)) WITHOUT ROWID;
BEGIN;
";

/// So many bytes of its history has a ticket in the index for each event.
const BYTES_OF_A_MOVE: usize = 12;

/// What is inserted of a ticket.
struct Row {
    id: i64,
    file: [i64; 4],
    ticket: Vec<Value>,
    fact: Vec<Value>,
    terms: Vec<(i64, String, String)>,
    active: bool,
    assigned: BTreeSet<(String, i64)>,
    head: Vec<u8>,
    text: String,
    words: BTreeSet<String>,
    /// Of number and reference, each three letters.
    threes: Vec<String>,
}

/// The program's call for a folder of tickets, of which every one is taken whose number `step` divides.
pub(crate) fn command(tickets: &Path, step: u64) -> Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg(FLAG).arg(tickets).arg(step.to_string());
    Ok(command)
}

/// Indexes all, if that is what this process was started for.
pub(crate) fn called() -> Option<ExitCode> {
    let mut arguments = std::env::args().skip(1);
    arguments.next().filter(|first| first == FLAG)?;
    let (tickets, step) = (arguments.next()?, arguments.next()?.parse().ok()?);
    Some(match index(Path::new(&tickets), step) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    })
}

fn index(tickets: &Path, step: u64) -> Result<()> {
    let mut files = files(tickets)?;
    files.retain(|file| number(file).is_some_and(|number| number.is_multiple_of(step)));
    files.sort_by_cached_key(|file| number(file));
    let database = Path::new(SCRATCH).join("bare.sqlite");
    if database.exists() {
        fs::remove_file(&database)?;
    }
    let connection = Connection::open(&database)?;
    connection.execute_batch(TABLES)?;
    let (sender, receiver) = sync_channel(1024);
    thread::scope(|scope| {
        let readers: Vec<_> = (0..THREADS)
            .map(|first| {
                let (sender, files) = (sender.clone(), files.iter().skip(first).step_by(THREADS));
                scope.spawn(move || read(files, &sender))
            })
            .collect();
        drop(sender);
        let mut insert = Insert::new(&connection)?;
        for row in receiver {
            insert.row(&row)?;
        }
        drop(insert);
        for reader in readers {
            reader.join().map_err(|_| "a thread panicked")??;
        }
        Ok::<_, Box<dyn std::error::Error>>(connection.execute_batch("COMMIT")?)
    })
}

fn number(file: &Path) -> Option<u64> {
    file.file_stem()?.to_str()?.parse().ok()
}

fn read<'a>(
    files: impl Iterator<Item = &'a PathBuf>,
    rows: &SyncSender<Row>,
) -> Result<(), String> {
    for file in files {
        let stamp = fs::metadata(file).map_err(|error| error.to_string())?;
        let stamp = [
            stamp.size().cast_signed(),
            stamp.mtime_nsec(),
            stamp.ctime_nsec(),
            stamp.ino().cast_signed(),
        ];
        let row = Row::of(&parse(file)?, stamp).map_err(|error| error.to_string())?;
        // Who receives no more has an error to tell.
        if rows.send(row).is_err() {
            break;
        }
    }
    Ok(())
}

impl Row {
    fn of(ticket: &Ticket, file: [i64; 4]) -> Result<Self> {
        let id = ticket.id.cast_signed();
        let active = !matches!(ticket.status.as_str(), "resolved" | "closed" | "void");
        let text = searched(ticket);
        let words = text.split(|c: char| !c.is_alphanumeric());
        let words: BTreeSet<String> = words
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect();
        let opened = seconds(&ticket.opened)?;
        let instant = |at: &Option<String>| at.as_deref().map(seconds).transpose();
        let name = |name: &Option<String>| Value::from(name.as_deref().map(folded));
        let ids = [&ticket.assignee, &ticket.requester, &ticket.category];
        let ids = ids
            .into_iter()
            .chain([&ticket.asset, &ticket.location, &ticket.reference]);
        let names: Vec<Value> = ids.clone().map(name).collect();
        let last = ticket.events.last().map(|event| seconds(&event.at));
        let mut assigned = BTreeSet::new();
        for event in &ticket.events {
            if let Some(pair) = event.changed.get("assignee") {
                let [_, new]: [Option<String>; 2] = serde_json::from_str(pair.get())?;
                assigned.extend(
                    new.map(|login| {
                        Ok::<_, Box<dyn std::error::Error>>((login, seconds(&event.at)?))
                    })
                    .transpose()?,
                );
            }
        }
        let mut columns: Vec<Value> = vec![
            ticket.rev.cast_signed().into(),
            ticket.status.clone().into(),
            active.into(),
            ticket.priority.into(),
            ticket.impact.clone().into(),
            ticket.urgency.clone().into(),
            ticket.tier.into(),
            ticket.channel.clone().into(),
            opened.into(),
            seconds(&ticket.updated)?.into(),
            instant(&ticket.solved)?.into(),
            instant(&ticket.closed)?.into(),
            instant(&ticket.due)?.into(),
        ];
        columns.extend(names.iter().cloned());
        columns.push(ticket.assignee.clone().into());
        columns.push(ticket.reference.clone().into());
        let mut fact: Vec<Value> = vec![opened.into(), last.transpose()?.into(), active.into()];
        fact.push(ticket.status.clone().into());
        fact.extend([ticket.assignee.clone().into(), ticket.tier.into()]);
        fact.extend([&ticket.category, &ticket.requester, &ticket.asset].map(|n| n.clone().into()));
        fact.extend([ticket.priority.into(), ticket.location.clone().into()]);
        fact.push(Value::Blob(vec![7; ticket.events.len() * BYTES_OF_A_MOVE]));
        let mut terms = vec![(0, ticket.status.clone(), String::new())];
        for (field, raw) in (1..).zip(ids) {
            terms.extend(raw.iter().map(|raw| (field, folded(raw), raw.clone())));
        }
        Ok(Self {
            id,
            file,
            ticket: columns,
            fact,
            terms,
            active,
            assigned,
            head: postcard::to_allocvec(ticket)?,
            threes: threes(ticket),
            text,
            words,
        })
    }
}

/// What words are searched in.
fn searched(ticket: &Ticket) -> String {
    let fields = [&ticket.reference, &ticket.description, &ticket.requester];
    let fields = fields.into_iter().chain([&ticket.resolution]);
    let notes = ticket.events.iter().map(|event| &event.message);
    let mut text = folded(&ticket.subject);
    for part in fields.chain(notes).flatten() {
        text.push('\n');
        text.push_str(&folded(part));
    }
    text
}

/// What numbers and references are found by.
fn threes(ticket: &Ticket) -> Vec<String> {
    let number = ticket.id.to_string();
    let reference = ticket.reference.as_deref().map(folded);
    let mut threes = Vec::new();
    for key in std::iter::once(number).chain(reference) {
        let letters: Vec<char> = key
            .replace(|c: char| c.is_ascii_punctuation(), "·")
            .chars()
            .collect();
        threes.extend(
            letters
                .windows(3)
                .map(|three| format!("¶{}", String::from_iter(three))),
        );
    }
    threes
}

fn folded(text: &str) -> String {
    let plain = |c: &char| !unicode_normalization::char::is_combining_mark(*c);
    text.nfd()
        .filter(plain)
        .flat_map(char::to_lowercase)
        .collect()
}

fn seconds(at: &str) -> Result<i64> {
    Ok(at.parse::<desk::ticket::Timestamp>()?.unix())
}

/// The statements that insert.
struct Insert<'c> {
    file: Statement<'c>,
    ticket: Statement<'c>,
    body: Statement<'c>,
    term: Statement<'c>,
    assigned: Statement<'c>,
    fact: Statement<'c>,
    word: Statement<'c>,
    vocabulary: Statement<'c>,
    ending: Statement<'c>,
    known: HashSet<String>,
}

impl<'c> Insert<'c> {
    fn new(connection: &'c Connection) -> rusqlite::Result<Self> {
        let into = |table: &str, columns: usize| {
            let more = ", ?".repeat(columns - 1);
            connection.prepare(&format!("INSERT INTO {table} VALUES (?{more})"))
        };
        Ok(Self {
            file: into("file", 6)?,
            ticket: into("ticket", 22)?,
            body: into("body", 7)?,
            term: into("term", 5)?,
            assigned: into("assigned", 3)?,
            fact: into("fact", 13)?,
            word: into("word (rowid, text)", 2)?,
            vocabulary: into("vocabulary", 2)?,
            ending: connection.prepare("INSERT OR IGNORE INTO ending VALUES (?, ?)")?,
            known: HashSet::new(),
        })
    }

    fn row(&mut self, row: &Row) -> rusqlite::Result<()> {
        let id = row.id;
        let with_id = |values: &[Value]| {
            let id = std::iter::once(Value::from(id));
            params_from_iter(id.chain(values.iter().cloned()).collect::<Vec<_>>())
        };
        let [size, modified, changed, inode] = row.file;
        let nothing: Option<&str> = None;
        self.file
            .execute(params![id, size, modified, changed, inode, nothing])?;
        self.ticket.execute(with_id(&row.ticket))?;
        self.fact.execute(with_id(&row.fact))?;
        self.body.execute(params![
            id, size, modified, changed, inode, row.head, row.text
        ])?;
        for (field, value, raw) in &row.terms {
            let active = row.active;
            self.term.execute(params![field, value, active, id, raw])?;
        }
        for (login, at) in &row.assigned {
            self.assigned.execute(params![login, at, id])?;
        }
        let threes = row.threes.iter().map(|three| (three, 0));
        for (word, letters) in row
            .words
            .iter()
            .map(|word| (word, word.len()))
            .chain(threes)
        {
            if !self.known.contains(word) {
                let number = self.known.len().cast_signed() as i64;
                self.known.insert(word.clone());
                self.vocabulary.execute(params![number, word])?;
                for (at, _) in word[..letters].char_indices().rev().skip(2) {
                    let letters: String = word[at..].chars().take(8).collect();
                    self.ending.execute(params![letters, number])?;
                }
            }
        }
        let mut words: Vec<&str> = row.words.iter().map(String::as_str).collect();
        words.extend(row.threes.iter().map(String::as_str));
        self.word.execute(params![id, words.join(" ")]).map(drop)
    }
}
