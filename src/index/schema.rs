//! The tables of the index, and how a database with them is opened.
//!
//! Everything in it is derived from the ticket files, so a version that wants other tables makes a
//! new one: there is nothing to migrate.

use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::functions::FunctionFlags;
use rusqlite::{Connection, OpenFlags, Result};

use crate::query::Words;

/// Raised with every change of the tables, or of what is written into them.
pub(super) const VERSION: u32 = 14;

/// Texts that queries compare are in folded form; instants are seconds since 1970.
///
/// - `journal`: one row: up to where the journal was read, and how often the index was committed.
///   `folder`: the stamp of each folder when it was last accounted for; none, if it is to be looked through
///   at the next read.
/// - `file`: the stamp of each ticket's file when it was read, and why it is no ticket, if it is none.
/// - `ticket`: what queries compare; `body`: what is shown (the ticket without its events), and the
///   file's stamp again, so that a list finds both in one place; `text`: what words are searched in. Most
///   deadlines that have passed are of tickets long solved, so those of active ones lie apart.
/// - `queue`: the same as `body` of active tickets, by whose they are: what is asked for all day lies
///   together, and is not gathered from as many pages as there are tickets.
/// - `term`: the texts again, by value, those of active tickets apart: "what lan has open" is one
///   look-up, however much she closed.
/// - `tie`: what else a ticket is found by: the tickets that it holds a relation to, or was merged into;
///   the keys under which something was done to it; and who was given it, when.
/// - `run`: what was done under one mark, a row a ticket: when last, by whom and what, and whether it was
///   taken back.
/// - `fact`: what reports count: from when to when something happened, who had it in the end, and the
///   history in few bytes.
/// - `word`: tokens, and what numbers and references are found by, of which every ticket has its own.
///   `vocabulary`: all different ones, but for the words of numbers and references. `ending`: from each
///   letter of a word on its next eight, where there are three, with its number: so all words that hold a
///   part lie together.
///
/// SQLite reads all of this as every command starts. So a column says what it holds only where numbers of
/// tickets are compared with keys, and promises nothing: what is written comes from [`Row`](super::row) alone.
const TABLES: &str = "
CREATE TABLE journal (inode, read, edition);
INSERT INTO journal VALUES (NULL, NULL, 0);
CREATE TABLE folder (number INTEGER PRIMARY KEY, stamp);
CREATE TABLE file (id INTEGER PRIMARY KEY, size, modified, changed, inode, fault);
CREATE INDEX fault ON file (id) WHERE fault IS NOT NULL;
CREATE TABLE ticket (
    id INTEGER PRIMARY KEY,
    rev, status, active, priority, impact, urgency, tier, kind, service, channel,
    opened, updated, solved, closed, due, merged_into,
    assignee, team, requester, category, asset, location, ref, code, tags, watchers,
    login, reference
);
CREATE INDEX opened ON ticket (opened);
CREATE INDEX updated ON ticket (updated);
CREATE INDEX solved ON ticket (solved) WHERE solved IS NOT NULL;
CREATE INDEX closed ON ticket (closed) WHERE closed IS NOT NULL;
CREATE INDEX due ON ticket (active, due) WHERE due IS NOT NULL;
CREATE INDEX reference ON ticket (reference) WHERE reference IS NOT NULL;
CREATE INDEX workload ON ticket (login) WHERE status IN (0, 1) AND login IS NOT NULL;
CREATE TABLE body (id INTEGER PRIMARY KEY, size, modified, changed, inode, head);
CREATE TABLE queue (
    whose, id INTEGER, size, modified, changed, inode, head,
    PRIMARY KEY (whose, id)
) WITHOUT ROWID;
CREATE TABLE text (id INTEGER PRIMARY KEY, text);
CREATE TABLE term (
    field, value, active, ticket INTEGER, raw,
    PRIMARY KEY (field, value, active, ticket)
) WITHOUT ROWID;
CREATE TABLE tie (kind, value, detail, ticket INTEGER,
    PRIMARY KEY (kind, value, detail, ticket)) WITHOUT ROWID;
CREATE INDEX tied ON tie (ticket);
CREATE TABLE run (op, ticket INTEGER, at, told, taken, PRIMARY KEY (op, ticket)) WITHOUT ROWID;
CREATE INDEX ran ON run (at, op, told);
CREATE INDEX part ON run (ticket);
CREATE TABLE fact (
    id INTEGER PRIMARY KEY, opened, last, active, status, technician, team, tier, category, requester,
    asset, priority, kind, location, moves
);
CREATE INDEX moved ON fact (last, opened);
CREATE INDEX quiet ON fact (last, opened, priority, status, tier, technician) WHERE active;
CREATE INDEX quiet_technician ON fact (technician, last) WHERE active;
CREATE INDEX quiet_team ON fact (team, last) WHERE active;
CREATE INDEX quiet_tier ON fact (tier, last) WHERE active;
CREATE INDEX quiet_asset ON fact (asset, last) WHERE active;
CREATE INDEX quiet_status ON fact (status, tier, team, last) WHERE active;
CREATE VIRTUAL TABLE word USING fts5 (text, content='', contentless_delete=1, detail=none,
    tokenize='ascii');
CREATE TABLE vocabulary (id INTEGER PRIMARY KEY, word UNIQUE);
CREATE TABLE ending (letters, word INTEGER, PRIMARY KEY (letters, word)) WITHOUT ROWID;
";

/// How long a statement waits for another process's transaction.
const BUSY: Duration = Duration::from_secs(1);

/// Makes an empty database in a file that is there and empty.
///
/// It is filled without a journal of its own, since nobody else sees it before it is whole.
pub(super) fn make(path: &Path) -> Result<Connection> {
    let connection = bare(path)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.execute_batch(
        "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -65536;",
    )?;
    connection.execute_batch(TABLES)?;
    let sql = format!("INSERT INTO word (word, rank) VALUES ('hashsize', {GATHERED})");
    connection.execute_batch(&sql)?;
    Ok(connection)
}

/// Opens a database that is there, to read it.
///
/// It is checkpointed by whoever refreshes it, and never as somebody leaves: that would cost every
/// command a millisecond.
pub(super) fn open(path: &Path) -> Result<Connection> {
    let connection = bare(path)?;
    connection.busy_timeout(BUSY)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    // There are none of ours, and whoever shares the folder may have put some there.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false)?;
    // Otherwise every statement is prepared again for every value that it is given.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    remember(&connection, READING)?;
    add_functions(&connection)?;
    Ok(connection)
}

/// Makes a connection ready to write, which most never do.
pub(super) fn begin_to_write(connection: &Connection) -> Result<()> {
    connection.execute_batch("PRAGMA wal_autocheckpoint = 0; PRAGMA synchronous = NORMAL;")?;
    remember(connection, WRITING)
}

/// A question comes by most pages once: to keep them costs more than to read them again.
pub(super) const READING: i64 = 16;

/// What is written is kept until it is all written.
const WRITING: i64 = 4096;

/// Keeps so many pages in memory.
pub(super) fn remember(connection: &Connection, pages: i64) -> Result<()> {
    connection.pragma_update(None, "cache_size", pages)
}

/// Merges all segments of the tokens into one: a word is looked for in each, page by page.
pub(super) fn merge_all_segments(connection: &Connection) -> Result<()> {
    connection.execute_batch("INSERT INTO word (word) VALUES ('optimize')")
}

/// Merges segments of one level, where there are four, a few pages at a time. Every commit writes a segment,
/// and FTS5 itself leaves them until it has written some megabytes, or there are sixteen.
pub(super) fn merge_some_segments(connection: &Connection) -> Result<()> {
    connection.execute_batch("INSERT INTO word (word, rank) VALUES ('merge', 8)")
}

fn bare(path: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(connection)
}

/// So many bytes FTS5 gathers before it writes a segment.
const GATHERED: u32 = 8 << 20;

/// Writing a ticket takes about thirty statements.
const STATEMENTS: usize = 64;

/// What SQL asks of words: `stands(kind, words, text)` and `nearness(kind, words, text)`.
fn add_functions(connection: &Connection) -> Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_scalar_function("stands", 3, flags, |call| {
        let words = words(call.get(0)?, call.get(1)?);
        Ok(words.stand_in(call.get_raw(2).as_str().unwrap_or_default()))
    })?;
    connection.create_scalar_function("nearness", 3, flags, |call| {
        let words = words(call.get(0)?, call.get(1)?);
        Ok(words.nearness(call.get_raw(2).as_str().unwrap_or_default()))
    })
}

/// Words as two values of SQL.
pub(super) fn kind_of(words: &Words) -> i64 {
    match words {
        Words::Word(_) => 0,
        Words::Prefix(_) => 1,
        Words::Phrase(_) => 2,
    }
}

fn words(kind: i64, text: String) -> Words {
    match kind {
        0 => Words::Word(text),
        1 => Words::Prefix(text),
        _ => Words::Phrase(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_go_into_sql_and_come_back() {
        for make in [Words::Word, Words::Prefix, Words::Phrase] {
            let plain = make("may in".to_owned());
            assert_eq!(words(kind_of(&plain), plain.text().to_owned()), plain);
        }
    }
}
