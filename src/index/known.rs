//! What decisions ask of all tickets: whose reference it is, what was done under a key, how much
//! everybody has, which tickets are related. The index knows; where there is none, and for a process that
//! performs many operations at once and would write each of them into the index before it decides the
//! next, a [`Snapshot`] does.

use rusqlite::Connection;

use super::entry::Entry;
use super::row::{ASSIGNED, KEY, LINK, tie_of};
use super::since::{Before, Since};
use super::{Index, Snapshot, Trouble};
use crate::error::{Error, Result};
use crate::query::TextField;
use crate::roster::Loads;
use crate::store::Store;
use crate::ticket::{Status, TicketId, Timestamp};
use crate::view::Relation;

/// Whoever performs more operations at once than this remembers what it did.
const MANY: usize = 50;

/// So many tickets that were written are remembered; then the index takes them in.
const REMEMBERED: usize = 300_000;

/// What is known of all tickets.
#[derive(Default)]
pub(crate) struct Known {
    pub(crate) index: Index,
    since: Option<Since>,
    snapshot: Option<Snapshot>,
}

impl Known {
    /// Brings what is known up to date, for who performs so many operations at once.
    pub(crate) fn refresh(&mut self, store: &Store, operations: usize) -> Result<()> {
        if let Some(snapshot) = &mut self.snapshot {
            return snapshot.refresh(store);
        }
        if let Some(since) = &mut self.since
            && since.len() < REMEMBERED
            && matches!(since.is_all(store), Ok(true))
        {
            return Ok(());
        }
        self.since = None;
        // Of what is not there all is known without an index.
        let refreshed = match operations <= MANY && store.exists() {
            true => self.index.refresh(store),
            false => self.begin(store),
        };
        match refreshed {
            Ok(()) => Ok(()),
            Err(_) => self.snapshot.get_or_insert_default().refresh(store),
        }
    }

    /// Remembers what is written from here on.
    fn begin(&mut self, store: &Store) -> Result<(), Trouble> {
        self.since = Some(match store.tickets()? {
            Some(_) => self.index.ask(store, |open| {
                let look = open.look.as_ref().ok_or(Trouble::Unfit)?;
                Ok(Since::at(look, loads(&open.connection)?))
            })?,
            None => Since::default(),
        });
        Ok(())
    }

    /// Takes note of a ticket that is about to be opened, and of its folder.
    pub(crate) fn opens(&mut self, store: &Store, id: Option<TicketId>) {
        if let Some((since, id)) = self.since.as_mut().zip(id) {
            since.meet(store, id);
        }
    }

    /// Takes note of what this process wrote itself.
    pub(crate) fn wrote(&mut self, before: Option<&Before>, id: TicketId, entry: Entry) {
        match (&mut self.snapshot, &mut self.since) {
            (Some(snapshot), _) => snapshot.wrote(id, entry),
            (None, Some(since)) => since.wrote(before, id, entry),
            (None, None) => {}
        }
    }

    /// The tickets of a reference: one, unless somebody meddled with the files.
    pub(crate) fn ids_of(&mut self, store: &Store, reference: &str) -> Result<Vec<TicketId>> {
        if let Some(since) = &self.since
            && let Ok(indexed) = self.indexed(|index| ids_of(index, reference))
        {
            return Ok(since.ids_of(reference, indexed));
        }
        let by_snapshot = |snapshot: &Snapshot| snapshot.ids_of(reference);
        self.ask(store, |index| index.ids_of(store, reference), by_snapshot)
    }

    /// The tickets that something was done to under a key: one, unless somebody meddled with the
    /// files.
    pub(crate) fn ids_of_key(&mut self, store: &Store, key: &str) -> Result<Vec<TicketId>> {
        if let Some(since) = &self.since
            && let Ok(indexed) = self.indexed(|index| ids_of_key(index, key))
        {
            return Ok(since.ids_of_key(key, indexed));
        }
        let by_snapshot = |snapshot: &Snapshot| snapshot.ids_of_key(key);
        self.ask(store, |index| index.ids_of_key(store, key), by_snapshot)
    }

    /// How much every technician has.
    pub(crate) fn loads(&mut self, store: &Store) -> Result<Loads> {
        if let Some(since) = &self.since {
            return Ok(since.loads());
        }
        let by_index = |index: &mut Index| index.ask(store, |open| loads(&open.connection));
        self.ask(store, by_index, |snapshot| snapshot.loads().clone())
    }

    /// The relations that other tickets hold to this one, each once, by ticket and kind.
    pub(crate) fn relations_to(&mut self, store: &Store, id: TicketId) -> Result<Vec<Relation>> {
        let mut relations = self.relations_as_held(store, id)?;
        // Whoever is asked has an order of its own, and a file that somebody wrote can hold one twice.
        relations.sort_unstable_by_key(|relation| (relation.from, relation.tie));
        relations.dedup();
        Ok(relations)
    }

    fn relations_as_held(&mut self, store: &Store, id: TicketId) -> Result<Vec<Relation>> {
        if let Some(since) = &self.since
            && let Ok(indexed) = self.indexed(|index| relations_to(index, id))
        {
            return Ok(since.relations_to(id, indexed));
        }
        let by_index =
            |index: &mut Index| index.ask(store, |open| relations_to(&open.connection, id));
        self.ask(store, by_index, |snapshot| snapshot.relations_to(id))
    }

    /// Why a ticket could not be read, if one could not: so what is asked for may be in there.
    pub(crate) fn unread(&self) -> Option<&Error> {
        match &self.snapshot {
            Some(snapshot) => snapshot.unread(),
            None => self.index.unread(),
        }
    }

    /// What the index says, as it was when this process began to remember; where there were no tickets
    /// then, there is none.
    fn indexed<T: Default>(
        &self,
        question: impl FnOnce(&Connection) -> Result<T, Trouble>,
    ) -> Result<T, Trouble> {
        match self.index.is_open() {
            true => self.index.ask_as_it_is(question),
            false => Ok(T::default()),
        }
    }

    fn ask<T>(
        &mut self,
        store: &Store,
        by_index: impl FnOnce(&mut Index) -> Result<T, Trouble>,
        by_snapshot: impl Fn(&Snapshot) -> T,
    ) -> Result<T> {
        self.since = None;
        if let Some(snapshot) = &self.snapshot {
            return Ok(by_snapshot(snapshot));
        }
        if let Ok(answer) = by_index(&mut self.index) {
            return Ok(answer);
        }
        let mut snapshot = Snapshot::default();
        snapshot.refresh(store)?;
        Ok(by_snapshot(self.snapshot.insert(snapshot)))
    }
}

pub(super) fn id(number: i64) -> Result<TicketId, Trouble> {
    let number = u64::try_from(number).ok();
    number.and_then(TicketId::new).ok_or(Trouble::Unfit)
}

pub(super) fn ids_of(index: &Connection, reference: &str) -> Result<Vec<TicketId>, Trouble> {
    ids(
        index,
        "SELECT id FROM ticket WHERE reference = ? ORDER BY id",
        reference,
    )
}

pub(super) fn ids_of_key(index: &Connection, key: &str) -> Result<Vec<TicketId>, Trouble> {
    ids(
        index,
        &format!("SELECT ticket FROM tie WHERE kind = {KEY} AND value = ? ORDER BY ticket"),
        key,
    )
}

/// The tickets that a text stands for.
pub(super) fn ids(index: &Connection, sql: &str, text: &str) -> Result<Vec<TicketId>, Trouble> {
    let mut statement = index.prepare_cached(sql)?;
    let mut rows = statement.query([text])?;
    let mut ids = Vec::new();
    while let Some(row) = rows.next()? {
        ids.push(id(row.get(0)?)?);
    }
    Ok(ids)
}

fn loads(index: &Connection) -> Result<Loads, Trouble> {
    let mut loads = Loads::default();
    let sql = "SELECT login, count(*) FROM ticket INDEXED BY workload \
               WHERE status IN (0, 1) AND login IS NOT NULL GROUP BY login";
    let mut statement = index.prepare_cached(sql)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        loads.tickets.insert(row.get(0)?, row.get(1)?);
    }
    // From login to login, not from assignment to assignment.
    let sql = format!(
        "WITH RECURSIVE one (login) AS (
             SELECT min(value) FROM tie WHERE kind = {ASSIGNED}
             UNION ALL
             SELECT (SELECT min(value) FROM tie WHERE kind = {ASSIGNED} AND value > one.login)
             FROM one WHERE login IS NOT NULL
         )
         SELECT login,
             (SELECT max(detail) FROM tie WHERE kind = {ASSIGNED} AND value = one.login)
         FROM one WHERE login IS NOT NULL"
    );
    let mut statement = index.prepare_cached(&sql)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let at = Timestamp::from_unix(row.get(1)?).ok_or(Trouble::Unfit)?;
        loads.last_assigned.insert(row.get(0)?, at);
    }
    Ok(loads)
}

fn relations_to(index: &Connection, to: TicketId) -> Result<Vec<Relation>, Trouble> {
    let sql = format!(
        "SELECT ticket, detail, status FROM tie JOIN ticket ON id = ticket \
         WHERE tie.kind = {LINK} AND value = ?"
    );
    let mut statement = index.prepare_cached(&sql)?;
    let mut rows = statement.query([to.to_string()])?;
    let mut relations = Vec::new();
    while let Some(row) = rows.next()? {
        let status = usize::try_from(row.get::<_, i64>(2)?).ok();
        relations.push(Relation {
            from: id(row.get(0)?)?,
            tie: tie_of(row.get(1)?).ok_or(Trouble::Unfit)?,
            status: *status
                .and_then(|n| Status::ALL.get(n))
                .ok_or(Trouble::Unfit)?,
        });
    }
    Ok(relations)
}

/// The different values of a field, as they were written, in the order of their folded forms.
pub(super) fn values(index: &Connection, field: TextField) -> Result<Vec<String>, Trouble> {
    let (number, _) = super::row::place(field);
    let sql = "WITH RECURSIVE one (value) AS (
                   SELECT min(value) FROM term WHERE field = ?1 AND value > ''
                   UNION ALL
                   SELECT (SELECT min(value) FROM term WHERE field = ?1 AND value > one.value)
                   FROM one WHERE value IS NOT NULL
               )
               SELECT (SELECT raw FROM term WHERE field = ?1 AND term.value = one.value LIMIT 1)
               FROM one WHERE value IS NOT NULL";
    let mut statement = index.prepare_cached(sql)?;
    let rows = statement.query_map([number], |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::time::Duration;

    use super::*;
    use crate::query::Clock;
    use crate::ticket::Ticket;
    use crate::{Caller, Desk, Mode, Zone, operation};

    /// What is known by one who remembers what was written.
    fn by_memory(store: &Store, tickets: &[Ticket]) -> Known {
        let mut known = Known {
            since: Some(Since::default()),
            ..Known::default()
        };
        assert!(!store.exists());
        for ticket in tickets {
            known.wrote(None, ticket.id, Entry::of(ticket));
        }
        known
    }

    #[test]
    fn relations_are_the_same_whoever_is_asked() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let now: Timestamp = "2026-11-21T12:00:00Z".parse().unwrap();
        let caller = Caller {
            by: "minh".into(),
            real: "minh".into(),
            op: "op".into(),
            now,
        };
        let clock = Clock {
            now,
            zone: Zone::UTC,
        };
        let open = r#"{"op":"open","subject":"paper jam"}"#;
        let lines = [
            open,
            open,
            open,
            r#"{"op":"link","ticket":3,"blocks":1}"#,
            r#"{"op":"link","ticket":2,"duplicate_of":1}"#,
            r#"{"op":"link","ticket":2,"blocks":1}"#,
            r#"{"op":"merge","ticket":2,"into":1}"#,
        ];
        let read = |line: &str| operation::from_json(line.as_bytes(), &clock).unwrap();
        let operations = lines.map(read);
        let mut desk = Desk::open(&data, Duration::from_secs(5)).unwrap();
        desk.perform(&operations, &caller, Mode::Apply);
        let file = |id: u64| data.join(format!("tickets/0000/{id}.json"));
        // As if somebody had written it twice.
        let text = fs::read_to_string(file(3)).unwrap();
        let mut json: serde_json::Value = serde_json::from_str(&text).unwrap();
        let link = json["links"][0].clone();
        json["links"].as_array_mut().unwrap().push(link);
        fs::write(file(3), json.to_string()).unwrap();

        let store = Store::open(&data, Duration::from_secs(5)).unwrap();
        let elsewhere = Store::open(&folder.path().join("none"), Duration::from_secs(5)).unwrap();
        let tickets = [3, 2, 1].map(|id| {
            let text = fs::read_to_string(file(id)).unwrap();
            serde_json::from_str::<Ticket>(&text).unwrap()
        });
        let scanning = Known {
            snapshot: Some(Snapshot::default()),
            ..Known::default()
        };
        let relations = |mut known: Known, store: &Store| {
            if known.since.is_none() {
                known.refresh(store, 1).unwrap();
            }
            let to = known.relations_to(store, TicketId::FIRST).unwrap();
            let told = |relation: Relation| {
                let Relation { from, tie, status } = relation;
                format!("{from} {} {status:?}", tie.as_str())
            };
            to.into_iter().map(told).collect::<Vec<_>>()
        };
        let expected = [
            "2 duplicate-of Closed",
            "2 blocks Closed",
            "2 merged-into Closed",
            "3 blocks New",
        ];
        assert_eq!(relations(Known::default(), &store), expected);
        assert_eq!(relations(scanning, &store), expected);
        assert_eq!(
            relations(by_memory(&elsewhere, &tickets), &elsewhere),
            expected
        );
    }
}
