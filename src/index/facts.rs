//! What reports count, out of the index.
//!
//! Of the tickets to which something happened in the period or later, the facts are taken one by one.
//! Those of the backlog to which nothing did are only counted: a help desk that has been left with many
//! of them makes its reports no later.

use std::collections::{BinaryHeap, HashMap};

use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, Row, params_from_iter};

use super::sql::{self, Sql, condition};
use super::{Open, Trouble, select};
use crate::query::Filter;
use crate::report::{
    Count, Dimension, Facts, Key, Kind, Quiet, Report, Scope, Standing, facts_of_moves,
    named_in_backlog,
};
use crate::store::Store;
use crate::threads;
use crate::ticket::{Priority, Ticket, Tier, Timestamp};

/// A report over the tickets that matched just before `scope.as_of`.
pub(super) fn report(
    open: &Open,
    store: &Store,
    (kind, filter, scope): (Kind, &Filter, &Scope),
) -> Result<Report, Trouble> {
    if sql::terms(filter) > sql::MOST_TERMS {
        return Err(Trouble::Unfit);
    }
    let index = &open.connection;
    let since = scope.looks_back_to(kind);
    let mut count = Count::new(kind, scope);
    // All of them in their order are read sooner than most of them in another.
    let moved = match are_many(index, since)? {
        true => "+last >= ?",
        false => "last >= ?",
    };
    moving(
        index,
        store,
        (moved, since),
        (filter, scope.as_of),
        &mut count,
    )?;
    if let Some(by) = kind.standing() {
        quiet(index, &by, (filter, since), &mut count)?;
    }
    if kind == Kind::Backlog {
        standing(index, (filter, scope), since, &mut count)?;
    }
    Ok(count.finish())
}

/// Of so many tickets one: the others are passed over sooner than these are looked up.
const ONE_OF: i64 = 8;

/// Whether so many tickets moved since that a look at all of them takes less time.
fn are_many(index: &Connection, since: Timestamp) -> Result<bool, Trouble> {
    let all = "SELECT coalesce(max(id), 0) FROM fact";
    let all: i64 = index.prepare_cached(all)?.query_row([], |row| row.get(0))?;
    let some = "SELECT count(*) FROM (SELECT 1 FROM fact WHERE last >= ? LIMIT ?)";
    let limit = all / ONE_OF + 1;
    let mut some = index.prepare_cached(some)?;
    let some: i64 = some.query_row([since.unix(), limit], |row| row.get(0))?;
    Ok(some == limit)
}

/// Counts the tickets that moved, as they were at an instant.
fn moving(
    index: &Connection,
    store: &Store,
    (moved, since): (&str, Timestamp),
    (filter, as_of): (&Filter, Timestamp),
    count: &mut Count,
) -> Result<(), Trouble> {
    let mut all = Sql::new("SELECT id, moves, ", []);
    let instant = |at: Timestamp| Value::Integer(at.unix());
    // What a ticket was like then that changed since, its file tells.
    let changed = "(SELECT updated >= ? FROM ticket WHERE ticket.id = fact.id)";
    match filter.is_everything() {
        true => all.text.push('0'),
        false => all.add("", Sql::new(changed, [instant(as_of)])),
    }
    all.text
        .push_str(&format!(" FROM fact WHERE ({moved}) AND opened < ?"));
    all.values.extend([instant(since), instant(as_of)]);
    if !filter.is_everything() {
        let changed = Sql::new("(updated >= ? OR ", [instant(as_of)]);
        all.add(" AND ", of_ticket(changed, filter, ")"));
    }
    let mut statement = index.prepare_cached(&all.text)?;
    let mut rows = statement.query(params_from_iter(all.values))?;
    // To count them takes about as long as to read them.
    threads::beside(
        |facts: &Facts| count.ticket(facts),
        |give| {
            while let Some(row) = rows.next()? {
                let id = select::id(row.get(0)?)?;
                if row.get(2)? {
                    let ticket = store.read(id)?.ok_or(Trouble::Unfit)?;
                    if !matched_before(filter, &ticket, as_of) {
                        continue;
                    }
                }
                let moves = row.get_ref(1)?.as_blob().map_err(|_| Trouble::Foreign)?;
                facts_of_moves(moves, id, as_of)
                    .into_iter()
                    .for_each(&mut *give);
            }
            Ok(())
        },
    )
}

/// That the row of `ticket` that belongs to one of `fact` is asked for.
fn of_ticket(before: Sql, filter: &Filter, after: &str) -> Sql {
    let text = "EXISTS (SELECT 1 FROM ticket WHERE ticket.id = fact.id AND ";
    let mut exists = Sql::new(text, []);
    exists.add("", before);
    exists.add("", condition(filter));
    exists.text.push_str(after);
    exists.text.push(')');
    exists
}

/// Whether a ticket matched just before an instant: a query about the past sees the past.
pub(crate) fn matched_before(filter: &Filter, ticket: &Ticket, as_of: Timestamp) -> bool {
    if ticket.updated < as_of {
        return filter.matches(ticket);
    }
    let then = ticket.fold(Some(as_of)).ok().flatten();
    then.is_some_and(|then| filter.matches(&then))
}

/// Counts the tickets of the backlog that did not move since, by these dimensions.
fn quiet(
    index: &Connection,
    by: &[Dimension],
    (filter, since): (&Filter, Timestamp),
    count: &mut Count,
) -> Result<(), Trouble> {
    let mut all = Sql::new("active AND last < ?", [since.unix().into()]);
    if !filter.is_everything() {
        all.add(" AND ", of_ticket(Sql::default(), filter, ""));
    }
    all.text = counted(by, filter, &all.text);
    let mut statement = index.prepare_cached(&all.text)?;
    // What is not counted yet comes ticket by ticket.
    let is_counted = statement.column_count() > by.len();
    let mut rows = statement.query(params_from_iter(all.values))?;
    let is_told_once = are_in_order(by, filter);
    let mut sums: HashMap<[Key; 3], u64> = HashMap::new();
    let mut tell = |Quiet { keys, tickets }| match is_told_once {
        true => count.quiet(Quiet { keys, tickets }),
        false => *sums.entry(keys).or_default() += tickets,
    };
    let mut last: Option<Quiet> = None;
    while let Some(row) = rows.next()? {
        // A technician without any has no row.
        let tickets: i64 = if is_counted { row.get(by.len())? } else { 1 };
        let Ok(tickets @ 1..) = u64::try_from(tickets) else {
            continue;
        };
        match &mut last {
            Some(last) if stand_so(row, &last.keys[..by.len()])? => last.tickets += tickets,
            _ => {
                let keys = keys(row, by.len())?;
                last.replace(Quiet { keys, tickets }).map(&mut tell);
            }
        }
    }
    last.map(tell);
    for (keys, tickets) in sums {
        count.quiet(Quiet { keys, tickets });
    }
    Ok(())
}

/// How tickets stand, by so many dimensions.
fn keys(row: &Row, dimensions: usize) -> Result<[Key; 3], Trouble> {
    let mut keys = [Key::Whole, Key::Whole, Key::Whole];
    for (at, key) in keys.iter_mut().enumerate().take(dimensions) {
        *key = match row.get_ref(at)? {
            ValueRef::Integer(number) => Key::Number(u8::try_from(number).unwrap_or(u8::MAX)),
            ValueRef::Null => Key::Absent,
            name => Key::Name(name.as_str().map_err(|_| Trouble::Foreign)?.into()),
        };
    }
    Ok(keys)
}

/// Whether tickets stand so: of many rows in order most stand as the one before, and no key is made.
fn stand_so(row: &Row, keys: &[Key]) -> Result<bool, Trouble> {
    for (at, key) in keys.iter().enumerate() {
        let stands_so = match (row.get_ref(at)?, key) {
            (ValueRef::Integer(number), Key::Number(known)) => number == i64::from(*known),
            (ValueRef::Text(name), Key::Name(known)) => name == known.as_bytes(),
            (ValueRef::Null, Key::Absent) => true,
            _ => false,
        };
        if !stands_so {
            return Ok(false);
        }
    }
    Ok(true)
}

/// How the tickets that are `asked` for are counted by these dimensions.
fn counted(by: &[Dimension], filter: &Filter, asked: &str) -> String {
    use Dimension::{Asset, Team, Technician, Tier};
    let columns: Vec<&str> = by.iter().map(|by| column(*by)).collect();
    let columns = columns.join(", ");
    match by {
        // Out of their order SQLite would sort them all to add them up, and that takes longer than to
        // add them up one by one.
        _ if !are_in_order(by, filter) => format!("SELECT {columns} FROM fact WHERE {asked}"),
        [] => format!("SELECT count(*) FROM fact WHERE {asked}"),
        // There are nearly as many as tickets: those of each are added up sooner here than by SQLite.
        [Asset] => format!("SELECT {columns} FROM fact WHERE {asked} ORDER BY {columns}"),
        // So few that each is looked up: to count the tickets of one takes less than to tell apart those
        // of all, ticket by ticket. The last one is that of none.
        [one @ (Technician | Team | Tier)] => {
            let one = column(*one);
            let first = format!("SELECT min({one}) FROM fact WHERE active");
            format!(
                "WITH RECURSIVE each(one) AS \
                 ({first} UNION ALL SELECT ({first} AND {one} > each.one) FROM each WHERE one NOT NULL) \
                 SELECT one, (SELECT count(*) FROM fact WHERE {one} IS each.one AND {asked}) FROM each"
            )
        }
        _ => format!("SELECT {columns}, count(*) FROM fact WHERE {asked} GROUP BY {columns}"),
    }
}

/// Whether the tickets of the backlog are best read in an order by these dimensions, in which they lie in
/// the index.
fn are_in_order(by: &[Dimension], filter: &Filter) -> bool {
    use Dimension::{Asset, Status, Team, Technician, Tier};
    match by {
        [] | [Team | Tier | Status] | [Status, Tier] | [Status, Tier, Team] => true,
        // There are so many of these that what a filter looks up would lie here and there.
        [Technician | Asset] => filter.is_everything(),
        _ => false,
    }
}

/// Counts the tickets of the backlog that did not move since, and names the oldest of them.
fn standing(
    index: &Connection,
    (filter, scope): (&Filter, &Scope),
    since: Timestamp,
    count: &mut Count,
) -> Result<(), Trouble> {
    let text =
        "SELECT opened, id, priority, status, tier, technician FROM fact WHERE active AND last < ?";
    let mut all = Sql::new(text, [since.unix().into()]);
    if !filter.is_everything() {
        all.add(" AND ", of_ticket(Sql::default(), filter, ""));
    }
    let mut statement = index.prepare_cached(&all.text)?;
    let mut rows = statement.query(params_from_iter(all.values))?;
    let named = named_in_backlog(scope);
    // Of the oldest so far the youngest is on top.
    let mut oldest: BinaryHeap<(i64, i64)> = BinaryHeap::new();
    while let Some(row) = rows.next()? {
        let place: (i64, i64) = (row.get(0)?, row.get(1)?);
        let text = |at: usize| {
            row.get_ref(at)?
                .as_str_or_null()
                .map_err(|_| Trouble::Foreign)
        };
        let status = text(3)?.and_then(|status| status.parse().ok());
        count.standing(Standing {
            opened: Timestamp::from_unix(place.0).ok_or(Trouble::Foreign)?,
            priority: Priority::new(row.get(2)?).ok_or(Trouble::Foreign)?,
            status: status.ok_or(Trouble::Foreign)?,
            tier: Tier(row.get(4)?),
            assignee: text(5)?,
        });
        if oldest.len() < named {
            oldest.push(place);
        } else if oldest.peek().is_some_and(|youngest| place < *youngest) {
            oldest.pop();
            oldest.push(place);
        }
    }
    let mut moves = index.prepare_cached("SELECT moves FROM fact WHERE id = ?")?;
    for (_, id) in oldest {
        let moves: Vec<u8> = moves.query_row([id], |row| row.get(0))?;
        let facts = facts_of_moves(&moves, select::id(id)?, scope.as_of);
        facts.iter().for_each(|ticket| count.named(ticket));
    }
    Ok(())
}

fn column(dimension: Dimension) -> &'static str {
    match dimension {
        Dimension::Technician => "technician",
        Dimension::Team => "team",
        Dimension::Tier => "tier",
        Dimension::Category => "category",
        Dimension::Requester => "requester",
        Dimension::Asset => "asset",
        Dimension::Priority => "priority",
        Dimension::Kind => "kind",
        Dimension::Location => "location",
        Dimension::Status => "status",
    }
}
