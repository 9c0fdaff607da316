//! Asking the index: which tickets a filter matches, in which order, and how many.

use rusqlite::{Connection, Row, params_from_iter};

use super::row::place;
use super::schema::kind_of;
use super::sql::{Sql, Way, condition, ways};
use super::write::Numbers;
use super::{ROOM, Trouble, head, search, sql};
use crate::query::{Filter, Place, Selection, SortKey};
use crate::ticket::{Ticket, TicketId};

/// The tickets that a filter matches, as SQL behind `FROM`: their `id`, and the columns of `ticket`, if
/// they are needed; `None`, if it is known that it matches none.
fn matching(index: &Connection, filter: &Filter, columns: bool) -> Result<Option<Sql>, Trouble> {
    if sql::terms(filter) > sql::MOST_TERMS {
        return Err(Trouble::Unfit);
    }
    let mut failed = None;
    let ways = ways(filter, &mut |words| {
        search::way(index, words).unwrap_or_else(|error| {
            failed.get_or_insert(error);
            None
        })
    });
    if let Some(error) = failed {
        return Err(error.into());
    }
    let way = match shortest(index, ways)? {
        Shortest::Way(way) => way,
        Shortest::Nothing => return Ok(None),
        Shortest::Everything => {
            let mut all = Sql::new("ticket WHERE ", []);
            all.add("", condition(filter));
            return Ok(Some(all));
        }
    };
    let (before, after) = match way.is_whole && !columns {
        true => ("(SELECT DISTINCT id FROM (", "))"),
        false => ("ticket WHERE id IN (", ")"),
    };
    let mut all = Sql::new(before, []);
    all.add("", way.sql);
    all.text.push_str(after);
    if !way.is_whole {
        all.add(" AND ", condition(filter));
    }
    Ok(Some(all))
}

/// Up to so many tickets are counted to find the shortest way; the next number, if all have more.
const PROBES: [i64; 3] = [1_000, 30_000, 500_000];

/// A way to so few tickets is taken without a look at the others.
const FEW: i64 = 250;

/// How to come by tickets soonest.
enum Shortest {
    /// By this way.
    Way(Way),
    /// A way to all that match leads to none.
    Nothing,
    /// All ways lead to about everything.
    Everything,
}

/// The way that leads to the fewest tickets.
fn shortest(index: &Connection, mut ways: Vec<Way>) -> Result<Shortest, Trouble> {
    if ways.iter().any(|way| way.sql.is_nowhere()) {
        return Ok(Shortest::Nothing);
    }
    // None can be shorter than one that leads to no others.
    let whole = ways.iter().position(|way| way.is_whole);
    if let Some(at) = whole.or((ways.len() == 1).then_some(0)) {
        return Ok(Shortest::Way(ways.swap_remove(at)));
    }
    for limit in PROBES {
        let (mut fewest, mut best) = (limit, None);
        for (at, way) in ways.iter().enumerate() {
            let count = count_way(index, &way.sql, fewest)?;
            if count < fewest {
                (fewest, best) = (count, Some(at));
            }
            if fewest <= FEW {
                break;
            }
        }
        if fewest == 0 {
            return Ok(Shortest::Nothing);
        }
        if let Some(at) = best {
            return Ok(Shortest::Way(ways.swap_remove(at)));
        }
    }
    Ok(Shortest::Everything)
}

/// How many tickets a way leads to; of more than so many, that number.
fn count_way(index: &Connection, way: &Sql, limit: i64) -> Result<i64, Trouble> {
    let sql = format!(
        "SELECT count(*) FROM (SELECT 1 FROM ({}) LIMIT {limit})",
        way.text
    );
    let mut statement = index.prepare_cached(&sql)?;
    Ok(statement.query_row(params_from_iter(&way.values), |row| row.get(0))?)
}

/// How many tickets a filter matches.
pub(super) fn count(index: &Connection, filter: &Filter) -> Result<usize, Trouble> {
    let Some(Sql { text, values }) = matching(index, filter, false)? else {
        return Ok(0);
    };
    let mut statement = index.prepare_cached(&format!("SELECT count(*) FROM {text}"))?;
    let count: i64 = statement.query_row(params_from_iter(values), |row| row.get(0))?;
    Ok(usize::try_from(count).unwrap_or(0))
}

/// The numbers of the tickets that a filter matches, in order.
pub(super) fn ids(index: &Connection, filter: &Filter) -> Result<Vec<TicketId>, Trouble> {
    let Some(Sql { text, values }) = matching(index, filter, false)? else {
        return Ok(Vec::new());
    };
    let mut statement = index.prepare_cached(&format!("SELECT id FROM {text} ORDER BY id"))?;
    let mut rows = statement.query(params_from_iter(values))?;
    let mut ids = Vec::new();
    while let Some(row) = rows.next()? {
        ids.push(id(row.get(0)?)?);
    }
    Ok(ids)
}

pub(super) fn id(number: i64) -> Result<TicketId, Trouble> {
    let number = u64::try_from(number).ok();
    number.and_then(TicketId::new).ok_or(Trouble::Unfit)
}

/// Every ticket of a selection, without its events, in the order that was asked for, with the stamp of
/// its file; `each` says whether it wants more.
pub(super) fn heads(
    index: &Connection,
    selection: &Selection<'_>,
    each: &mut dyn FnMut(Ticket, Numbers) -> bool,
) -> Result<(), Trouble> {
    if let Some(all) = all_of(selection)
        && let Some(handful) = handful(index, all, selection)?
    {
        let mut handful = handful.into_iter();
        let _ = handful.all(|(ticket, stamp)| each(ticket, stamp));
        return Ok(());
    }
    let columns = !selection.order.is_empty();
    let Some(matching) = matching(index, selection.filter, columns)? else {
        return Ok(());
    };
    let mut all = Sql::new(
        "SELECT size, modified, changed, inode, head FROM body JOIN (SELECT id",
        [],
    );
    let mut order = Vec::new();
    for (n, by) in selection.order.iter().enumerate() {
        let mut key = sort_key(by.key, selection.filter);
        key.text = format!(", {} AS k{n}", key.text);
        all.add("", key);
        let way = if by.descending { "DESC" } else { "ASC" };
        order.push(format!("k{n} {way} NULLS LAST"));
    }
    all.add(" FROM ", matching);
    order.push("id".to_owned());
    let order = order.join(", ");
    let limit = match selection.limit {
        Some(limit) => format!(" LIMIT {}", i64::try_from(limit).unwrap_or(i64::MAX)),
        None => String::new(),
    };
    // The narrow rows are sorted, and only then what is shown is fetched.
    all.text.push_str(&format!(
        " ORDER BY {order}{limit}) USING (id) ORDER BY {order}"
    ));
    let mut statement = index.prepare_cached(&all.text)?;
    let mut rows = statement.query(params_from_iter(all.values))?;
    while let Some(row) = rows.next()? {
        let (ticket, stamp) = shown(row)?;
        if !each(ticket, stamp) {
            break;
        }
    }
    Ok(())
}

/// A ticket as it is shown, and the stamp of its file.
type Shown = (Ticket, Numbers);

fn shown(row: &Row<'_>) -> Result<Shown, Trouble> {
    let stamp = [row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?];
    let head = row.get_ref(4)?.as_blob().map_err(|_| Trouble::Foreign)?;
    Ok((head::from_bytes(head)?, stamp))
}

/// All that a selection shows, as SQL behind `FROM`, where nothing has to be asked of a ticket: a queue,
/// or what one way leads to and is to be sorted. SQLite walks it no further than somebody reads on; of
/// alternatives it would gather all first.
fn all_of(selection: &Selection<'_>) -> Option<Sql> {
    let filter = selection.filter;
    if let Some(whose) = sql::queue(filter) {
        return Some(Sql::new(
            "queue WHERE whose = ? ORDER BY id",
            [whose.into()],
        ));
    }
    let fits = sql::terms(filter) <= sql::MOST_TERMS && !sql::has_alternatives(filter);
    if selection.order.is_empty() || !fits {
        return None;
    }
    // A way by words is never whole.
    let mut ways = ways(filter, &mut |_| None).into_iter();
    let whole = ways.find(|way| way.is_whole)?;
    let mut all = Sql::new("(SELECT DISTINCT id FROM (", []);
    all.add("", whole.sql);
    all.text.push_str(")) CROSS JOIN body USING (id)");
    Some(all)
}

/// Of more tickets than this, narrow rows are sorted by SQLite, and they are not held in memory.
const HANDFUL: usize = if cfg!(test) { 2 } else { 1000 };

/// These tickets, in the order that was asked for; `None`, if they are many.
fn handful(
    index: &Connection,
    all: Sql,
    selection: &Selection<'_>,
) -> Result<Option<Vec<Shown>>, Trouble> {
    let mut statement = index.prepare_cached(&format!(
        "SELECT size, modified, changed, inode, head FROM {} LIMIT {}",
        all.text,
        HANDFUL + 1
    ))?;
    let mut rows = statement.query(params_from_iter(all.values))?;
    let mut handful = Vec::with_capacity(ROOM);
    while let Some(row) = rows.next()? {
        handful.push(shown(row)?);
    }
    if handful.len() > HANDFUL {
        return Ok(None);
    }
    if !selection.order.is_empty() {
        handful.sort_by_cached_key(|(ticket, _)| Place::of(ticket, selection));
    }
    handful.truncate(selection.limit.unwrap_or(usize::MAX));
    Ok(Some(handful))
}

/// What is compared, as a column.
fn sort_key(key: SortKey, filter: &Filter) -> Sql {
    let column = match key {
        SortKey::Id => "id",
        SortKey::Rev => "rev",
        SortKey::Status => "status",
        SortKey::Priority => "priority",
        SortKey::Impact => "impact",
        SortKey::Urgency => "urgency",
        SortKey::Tier => "tier",
        SortKey::Opened => "opened",
        SortKey::Updated => "updated",
        SortKey::Solved => "solved",
        SortKey::Closed => "closed",
        SortKey::Due => "due",
        SortKey::Text(field) => place(field).1,
        SortKey::Relevance => return relevance(filter),
    };
    Sql::new(column, [])
}

fn relevance(filter: &Filter) -> Sql {
    let mut sum = Sql::new("(SELECT 0", []);
    for words in filter.words() {
        let values = [kind_of(words).into(), words.text().to_owned().into()];
        sum.add("", Sql::new(" + nearness(?, ?, text)", values));
    }
    sum.text.push_str(" FROM text WHERE text.id = ticket.id)");
    sum
}
