//! Writing rows: what is new is added, what changed is changed, and the rest is left alone, so that
//! a note does not rewrite all that is known of its ticket.

use std::collections::{BTreeSet, HashSet};

use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, Result, params, params_from_iter};

use super::row::{
    COLUMNS, FACTS, NOTHING, Row, STATUS, TEXTS, Term, Tied, is_list, vocabulary, whose,
};
use super::search::endings;
use crate::query::TextField;
use crate::ticket::{Json, TicketId};

/// To look up so many words takes as long as to read a text.
const MANY_WORDS: usize = 8;

/// So many words are remembered to be in the vocabulary.
const REMEMBERED: usize = 500_000;

/// Writes into the index, within a transaction that somebody else began.
///
/// Rows are changed one by one, or deleted and inserted, never replaced: SQLite guards a statement that
/// may change several rows by a savepoint, and at each of them FTS5 writes what it has gathered as a
/// segment of its own, which took a quarter of the time to make an index.
pub(super) struct Writer<'a> {
    connection: &'a Connection,
    known_words: HashSet<String>,
}

/// A file's stamp: size, modified, changed, inode.
pub(super) type Numbers = [i64; 4];

/// A number as SQLite has it; none above 2^63 gets here (see `refresh`).
pub(super) fn sql_id(id: TicketId) -> i64 {
    i64::try_from(id.get()).unwrap_or(i64::MAX)
}

impl<'a> Writer<'a> {
    pub(super) fn new(connection: &'a Connection) -> Self {
        Self {
            connection,
            known_words: HashSet::new(),
        }
    }

    fn run<const N: usize>(&self, sql: &str, values: [&dyn rusqlite::ToSql; N]) -> Result<usize> {
        self.connection
            .prepare_cached(sql)?
            .execute(values.as_slice())
    }

    /// Writes a row that may be there: to change it takes less than to delete it and insert another.
    fn put<const N: usize>(
        &self,
        update: &str,
        insert: &str,
        values: [&dyn rusqlite::ToSql; N],
    ) -> Result<()> {
        if self.run(update, values)? == 0 {
            self.run(insert, values)?;
        }
        Ok(())
    }

    /// Takes note of a file: its stamp, and why it is no ticket, if it is none.
    pub(super) fn file(&self, id: TicketId, stamp: Numbers, fault: Option<&str>) -> Result<()> {
        let [size, modified, changed, inode] = stamp;
        let id = sql_id(id);
        self.put(
            "UPDATE file SET size = ?2, modified = ?3, changed = ?4, inode = ?5, fault = ?6 WHERE id = ?1",
            "INSERT INTO file VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            [&id, &size, &modified, &changed, &inode, &fault],
        )
    }

    /// Writes a ticket, new or changed, that was read from a file with this stamp.
    pub(super) fn ticket(&mut self, row: &Row, stamp: Numbers) -> Result<()> {
        let id = sql_id(row.id);
        let old = self.old(id)?;
        let write = match old {
            Some(_) => Self::renew,
            None => Self::insert,
        };
        write(self, "ticket", COLUMNS, id, &row.columns)?;
        write(self, "fact", FACTS, id, &row.facts)?;
        self.heads(id, row, stamp, old.as_ref())?;
        self.terms(id, row, old.as_ref())?;
        self.ties(id, row, old.is_some())?;
        self.parts(id, row, old.is_some())?;
        self.texts(id, row, old.as_ref())
    }

    /// Writes what is shown of a ticket.
    fn heads(&self, id: i64, row: &Row, stamp: Numbers, old: Option<&Old>) -> Result<()> {
        let [size, modified, changed, inode] = stamp;
        self.put(
            "UPDATE body SET size = ?2, modified = ?3, changed = ?4, inode = ?5, head = ?6 WHERE id = ?1",
            "INSERT INTO body VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            [&id, &size, &modified, &changed, &inode, &row.head],
        )?;
        if let Some(old) = old.filter(|old| old.queue != row.queue) {
            self.leave_queue(id, old)?;
        }
        let Some(queue) = &row.queue else {
            return Ok(());
        };
        self.put(
            "UPDATE queue SET size = ?3, modified = ?4, changed = ?5, inode = ?6, head = ?7 \
             WHERE whose = ?1 AND id = ?2",
            "INSERT INTO queue VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            [queue, &id, &size, &modified, &changed, &inode, &row.head],
        )
    }

    fn leave_queue(&self, id: i64, old: &Old) -> Result<()> {
        match &old.queue {
            Some(queue) => self.run("DELETE FROM queue WHERE whose = ? AND id = ?", [queue, &id]),
            None => Ok(0),
        }
        .map(drop)
    }

    /// Writes a row that is not there; one without values is none.
    fn insert(&self, table: &str, columns: &str, id: i64, values: &[Value]) -> Result<()> {
        if values.is_empty() {
            return Ok(());
        }
        let marks = ", ?".repeat(values.len());
        let sql = format!("INSERT INTO {table} (id, {columns}) VALUES (?{marks})");
        let id = Value::Integer(id);
        let values = std::iter::once(&id).chain(values);
        let mut statement = self.connection.prepare_cached(&sql)?;
        statement.execute(params_from_iter(values)).map(drop)
    }

    /// The same for a row that may be there: what is as it was is left alone, and with it the tables
    /// that are sorted by it.
    fn renew(&self, table: &str, columns: &str, id: i64, values: &[Value]) -> Result<()> {
        let mut statement = self
            .connection
            .prepare_cached(&format!("SELECT {columns} FROM {table} WHERE id = ?"))?;
        let read = |row: &rusqlite::Row<'_>| (0..values.len()).map(|at| row.get(at)).collect();
        let known: Option<Vec<Value>> = statement.query_row([id], read).optional()?;
        let Some(known) = known.filter(|known| !known.is_empty()) else {
            self.run(&format!("DELETE FROM {table} WHERE id = ?"), [&id])?;
            return self.insert(table, columns, id, values);
        };
        let pairs = columns.split(',').zip(values.iter().zip(&known));
        let changed = pairs.filter(|(_, (new, old))| new != old);
        let (names, mut new): (Vec<&str>, Vec<&Value>) =
            changed.map(|(name, (new, _))| (name.trim(), new)).unzip();
        if names.is_empty() {
            return Ok(());
        }
        let id = Value::Integer(id);
        new.push(&id);
        let set = names.join(" = ?, ");
        let mut statement = self
            .connection
            .prepare_cached(&format!("UPDATE {table} SET {set} = ? WHERE id = ?"))?;
        statement.execute(params_from_iter(new)).map(drop)
    }

    fn terms(&self, id: i64, row: &Row, old: Option<&Old>) -> Result<()> {
        let none = BTreeSet::new();
        let old = old.map_or(&none, |old| &old.terms);
        let new: BTreeSet<&Term> = row.terms.iter().map(|(term, _)| term).collect();
        for (field, value, active) in old.iter().filter(|term| !new.contains(term)) {
            self.run(
                "DELETE FROM term WHERE field = ? AND value = ? AND active = ? AND ticket = ?",
                [field, value, active, &id],
            )?;
        }
        for (term, raw) in row.terms.iter().filter(|(term, _)| !old.contains(term)) {
            let (field, value, active) = term;
            self.run(
                "INSERT OR IGNORE INTO term VALUES (?, ?, ?, ?, ?)",
                [field, value, active, &id, raw],
            )?;
        }
        Ok(())
    }

    fn ties(&self, id: i64, row: &Row, was_there: bool) -> Result<()> {
        let mut old: BTreeSet<Tied> = BTreeSet::new();
        if was_there {
            let sql = "SELECT kind, value, detail FROM tie WHERE ticket = ?";
            let mut statement = self.connection.prepare_cached(sql)?;
            let known =
                statement.query_map([id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
            old = known.collect::<Result<_>>()?;
        }
        for (kind, value, detail) in old.difference(&row.ties) {
            self.run(
                "DELETE FROM tie WHERE kind = ? AND value = ? AND detail = ? AND ticket = ?",
                [kind, value, detail, &id],
            )?;
        }
        for (kind, value, detail) in row.ties.difference(&old) {
            let sql = "INSERT INTO tie VALUES (?, ?, ?, ?)";
            self.run(sql, [kind, value, detail, &id])?;
        }
        Ok(())
    }

    /// A ticket that much was done to has as many runs, of which the next event adds one.
    fn parts(&self, id: i64, row: &Row, was_there: bool) -> Result<()> {
        let mut old: BTreeSet<RunRow> = BTreeSet::new();
        if was_there {
            let sql = "SELECT op, at, told, taken FROM run WHERE ticket = ?";
            let mut statement = self.connection.prepare_cached(sql)?;
            let known = statement.query_map([id], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
            })?;
            old = known.collect::<Result<_>>()?;
        }
        let new = row.parts.iter().map(|part| {
            let told = Json::of(&part.told).as_str().to_owned();
            (part.op.clone(), part.at.unix(), told, part.is_taken_back)
        });
        let new: BTreeSet<RunRow> = new.collect();
        for (op, ..) in old.difference(&new) {
            self.run("DELETE FROM run WHERE op = ? AND ticket = ?", [op, &id])?;
        }
        for (op, at, told, taken) in new.difference(&old) {
            let sql = "INSERT INTO run VALUES (?, ?, ?, ?, ?)";
            self.run(sql, [op, &id, at, told, taken])?;
        }
        Ok(())
    }

    fn texts(&mut self, id: i64, row: &Row, old: Option<&Old>) -> Result<()> {
        if old.is_some_and(|old| old.text == row.text) {
            return Ok(());
        }
        if old.is_some() {
            self.run("DELETE FROM word WHERE rowid = ?", [&id])?;
        }
        let sql = "INSERT INTO word (rowid, text) VALUES (?, ?)";
        self.run(sql, [&id, &row.tokens])?;
        self.put(
            "UPDATE text SET text = ?2 WHERE id = ?1",
            "INSERT INTO text VALUES (?1, ?2)",
            [&id, &row.text],
        )?;
        self.words(row, old)
    }

    /// Adds the words of a text to the vocabulary.
    fn words(&mut self, row: &Row, old: Option<&Old>) -> Result<()> {
        let words = row.vocabulary.iter();
        let new = words.filter(|word| !self.known_words.contains(*word));
        let new: Vec<&String> = new.collect();
        // Those that stood in the old text are there, and it is sooner read than many are looked up.
        if let Some(old) = old.filter(|_| new.len() > MANY_WORDS) {
            self.know(vocabulary(&old.text, old.has_reference));
        }
        new.into_iter().try_for_each(|word| self.word(word))
    }

    fn know(&mut self, words: impl IntoIterator<Item = String>) {
        if self.known_words.len() >= REMEMBERED {
            self.known_words.clear();
        }
        self.known_words.extend(words);
    }

    /// Adds a word to the vocabulary, unless it is there. None is ever removed: a word that no
    /// ticket has any more finds nothing, and costs little.
    fn word(&mut self, word: &str) -> Result<()> {
        if self.known_words.contains(word) {
            return Ok(());
        }
        if self.run(
            "INSERT OR IGNORE INTO vocabulary (word) VALUES (?)",
            [&word],
        )? > 0
        {
            let id = self.connection.last_insert_rowid();
            for letters in endings(word) {
                self.run(
                    "INSERT OR IGNORE INTO ending VALUES (?, ?)",
                    [&letters, &id],
                )?;
            }
        }
        self.know([word.to_owned()]);
        Ok(())
    }

    /// Forgets a ticket whose file is gone, or is none any more.
    pub(super) fn forget(&self, id: TicketId) -> Result<()> {
        let id = sql_id(id);
        self.run("DELETE FROM file WHERE id = ?", [&id])?;
        let Some(old) = self.old(id)? else {
            return Ok(());
        };
        for (field, value, active) in &old.terms {
            self.run(
                "DELETE FROM term WHERE field = ? AND value = ? AND active = ? AND ticket = ?",
                [field, value, active, &id],
            )?;
        }
        self.leave_queue(id, &old)?;
        for table in ["ticket", "body", "text", "fact"] {
            self.run(&format!("DELETE FROM {table} WHERE id = ?"), [&id])?;
        }
        self.run("DELETE FROM word WHERE rowid = ?", [&id])?;
        for table in ["tie", "run"] {
            self.run(&format!("DELETE FROM {table} WHERE ticket = ?"), [&id])?;
        }
        Ok(())
    }

    /// What is known of a ticket from before.
    fn old(&self, id: i64) -> Result<Option<Old>> {
        let columns: Vec<&str> = TEXTS.iter().map(|(_, column)| *column).collect();
        let sql = format!(
            "SELECT status, active, text.text, {} FROM ticket JOIN text USING (id) \
             WHERE id = ?",
            columns.join(", ")
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        let read = |row: &rusqlite::Row<'_>| {
            let (status, active): (i64, bool) = (row.get(0)?, row.get(1)?);
            let mut terms = BTreeSet::from([(STATUS, status.to_string(), active)]);
            let (mut queue, mut has_reference) = (None, false);
            for (number, (field, _)) in (1..).zip(TEXTS) {
                let column: Option<String> = row.get(2 + usize::try_from(number).unwrap_or(0))?;
                if active && field == TextField::Assignee {
                    queue = Some(whose(column.as_deref()));
                }
                has_reference |= field == TextField::Reference && column.is_some();
                for value in values(field, column) {
                    terms.insert((number, value, active));
                }
            }
            Ok(Old {
                terms,
                queue,
                text: row.get(2)?,
                has_reference,
            })
        };
        statement.query_row(params![id], read).optional()
    }
}

/// What the index had of a ticket.
struct Old {
    terms: BTreeSet<Term>,
    queue: Option<String>,
    text: String,
    has_reference: bool,
}

/// A row of `run` of a ticket: what was done under which mark, when, by whom, and whether it was taken back.
type RunRow = (String, i64, String, bool);

/// The values that a column of texts stands for in `term`.
fn values(field: TextField, column: Option<String>) -> Vec<String> {
    match column {
        Some(list) if is_list(field) => serde_json::from_str(&list).unwrap_or_default(),
        Some(value) => vec![value],
        None if matches!(field, TextField::Assignee | TextField::Team) => vec![NOTHING.to_owned()],
        None => Vec::new(),
    }
}
