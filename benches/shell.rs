//! The baseline of questions: the `sqlite3` shell, which asks a bare table of the same tickets with the
//! indexes that suit the question.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use rusqlite::{Connection, params};

use crate::reader::{files, parse};
use crate::store::Store;
use crate::words::RARE;
use crate::{Result, SCRATCH};

const SHELL: &str = "/usr/bin/sqlite3";

const TABLES: &str = "
PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;
CREATE TABLE ticket (id INTEGER PRIMARY KEY, status TEXT, priority INTEGER, tier INTEGER,
    assignee TEXT, requester TEXT, category TEXT, opened TEXT, solved TEXT, due TEXT, ref TEXT,
    subject TEXT);
CREATE INDEX queue ON ticket (assignee, status);
CREATE INDEX opened ON ticket (opened);
CREATE INDEX solved ON ticket (solved);
CREATE INDEX due ON ticket (status, due) WHERE due IS NOT NULL;
CREATE INDEX ref ON ticket (ref) WHERE ref IS NOT NULL;
CREATE VIRTUAL TABLE word USING fts5 (text, content='');
BEGIN;
";

const SHOWN: &str = "id, status, priority, tier, assignee, opened, subject";
const OPEN: &str = "status IN ('new', 'open', 'pending')";

/// The bare table, and who asks it.
pub(crate) struct Shell(PathBuf);

/// What it is asked.
#[derive(Clone, Copy)]
pub(crate) enum Question {
    /// One technician's open tickets.
    Mine,
    /// The tickets with the rare word.
    Rare,
    /// Those with a word that is nowhere.
    Nowhere,
    /// The ticket of which part of the reference is known.
    Reference,
    /// What a technician has, what is late, what nobody has.
    Status,
    /// By technician: what was opened in a month, what was solved and how fast, what is left.
    Technicians,
    /// The same of all time.
    TechniciansEver,
}

impl Shell {
    /// Makes the table of a store's tickets; `None` if there is no shell.
    pub(crate) fn new(store: &Store) -> Result<Option<Self>> {
        if !Path::new(SHELL).exists() {
            println!("no {SHELL}: desk is not timed against it");
            return Ok(None);
        }
        let path = Path::new(SCRATCH).join("shell.sqlite");
        if path.exists() {
            fs::remove_file(&path)?;
        }
        let table = Connection::open(&path)?;
        table.execute_batch(TABLES)?;
        let mut ticket =
            table.prepare("INSERT INTO ticket VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")?;
        let mut word = table.prepare("INSERT INTO word (rowid, text) VALUES (?, ?)")?;
        for file in files(&store.path("tickets"))? {
            let t = parse(&file)?;
            let id = t.id.cast_signed();
            ticket.execute(params![
                id,
                t.status,
                t.priority,
                t.tier,
                t.assignee,
                t.requester,
                t.category,
                t.opened,
                t.solved,
                t.due,
                t.reference,
                t.subject
            ])?;
            let notes = t.events.iter().filter_map(|event| event.message.as_deref());
            let text: Vec<&str> = [t.subject.as_str()].into_iter().chain(notes).collect();
            word.execute(params![id, text.join("\n")])?;
        }
        drop((ticket, word));
        table.execute_batch("COMMIT; ANALYZE")?;
        Ok(Some(Self(path)))
    }

    /// The call that asks.
    pub(crate) fn ask(&self, question: Question) -> Command {
        let mut command = Command::new(SHELL);
        command.args(["-readonly", "-init", "/dev/null"]);
        command.arg(&self.0).arg(sql(question));
        command
    }
}

fn sql(question: Question) -> String {
    let select = |which: &str| format!("SELECT {SHOWN} FROM ticket WHERE {which};\n");
    let found = |word: &str| {
        select(&format!(
            "id IN (SELECT rowid FROM word WHERE word MATCH '{word}')"
        ))
    };
    match question {
        Question::Mine => select(&format!("assignee = 'minh' AND {OPEN} ORDER BY id")),
        Question::Rare => found(RARE),
        Question::Nowhere => found(NOWHERE),
        Question::Reference => select(&format!("ref LIKE '%{PART}%'")),
        Question::Status => [
            format!("assignee = 'minh' AND {OPEN} ORDER BY priority, opened"),
            format!("due < '2026-11-21T12:00:00Z' AND {OPEN} ORDER BY priority, opened"),
            format!("assignee IS NULL AND {OPEN} ORDER BY priority, opened"),
        ]
        .map(|which| select(&which))
        .concat(),
        Question::Technicians => technicians("2026-10-01", "2026-11-01"),
        Question::TechniciansEver => technicians("1990-01-01", "2026-11-21"),
    }
}

fn technicians(since: &str, until: &str) -> String {
    format!(
        "SELECT assignee, sum(opened), sum(solved), avg(took), sum(left) FROM (
            SELECT assignee, 1 AS opened, 0 AS solved, NULL AS took, 0 AS left FROM ticket
                WHERE opened >= '{since}' AND opened < '{until}'
            UNION ALL SELECT assignee, 0, 1, unixepoch(solved) - unixepoch(opened), 0 FROM ticket
                WHERE solved >= '{since}' AND solved < '{until}'
            UNION ALL SELECT assignee, 0, 0, NULL, 1 FROM ticket WHERE {OPEN}
        ) GROUP BY assignee ORDER BY 3 DESC;"
    )
}

/// A word that is in no ticket.
pub(crate) const NOWHERE: &str = "ornitorinco";

/// Part of the reference of one ticket, in every store.
pub(crate) const PART: &str = "NC-00421";
