//! A filter as SQL.
//!
//! It becomes two things: a condition that is true of exactly the tickets that the filter matches in
//! memory, and ways to come by few tickets of which to ask it. The condition is never `NULL`, so that
//! `NOT` means what it means in memory.

use std::collections::BTreeSet;
use std::ops::Bound;

use rusqlite::types::Value;

use super::row::{LINK, NOTHING, STATUS, is_list, place, status_number, tie_number, whose};
use super::schema::kind_of;
use crate::query::{Filter, Span, Term, TextField, TextTest, TimeField, Words};
use crate::ticket::{Status, TicketId, Tie};

/// SQL with the values of its question marks.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Sql {
    pub(super) text: String,
    pub(super) values: Vec<Value>,
}

impl Sql {
    pub(super) fn new(text: impl Into<String>, values: impl IntoIterator<Item = Value>) -> Self {
        Self {
            text: text.into(),
            values: values.into_iter().collect(),
        }
    }

    /// A way that leads to no ticket; nothing has to be asked.
    pub(super) fn nowhere() -> Self {
        Self::default()
    }

    pub(super) fn is_nowhere(&self) -> bool {
        self.text.is_empty()
    }

    pub(super) fn add(&mut self, text: &str, other: Self) {
        self.text.push_str(text);
        self.text.push_str(&other.text);
        self.values.extend(other.values);
    }

    fn joined(parts: impl IntoIterator<Item = Self>, sign: &str, empty: &str) -> Self {
        let mut parts = parts.into_iter();
        let Some(mut all) = parts.next() else {
            return Self::new(empty, []);
        };
        all.text.insert(0, '(');
        parts.for_each(|part| all.add(sign, part));
        all.text.push(')');
        all
    }
}

/// So many terms are the most that SQL is made of: beyond, SQLite has an end (of depth, of values), and
/// nobody typed them.
pub(super) const MOST_TERMS: usize = 200;

/// How many terms a filter has.
pub(super) fn terms(filter: &Filter) -> usize {
    match filter {
        Filter::All(parts) | Filter::Any(parts) => parts.iter().map(terms).sum(),
        Filter::Not(part) => terms(part),
        Filter::Term(_) => 1,
    }
}

/// Whether tickets match in one of several ways.
pub(super) fn has_alternatives(filter: &Filter) -> bool {
    match filter {
        Filter::Any(_) => true,
        Filter::All(parts) => parts.iter().any(has_alternatives),
        Filter::Not(_) | Filter::Term(_) => false,
    }
}

/// The condition that a row of `ticket` must fulfil.
pub(super) fn condition(filter: &Filter) -> Sql {
    match filter {
        Filter::All(parts) => Sql::joined(parts.iter().map(condition), " AND ", "1"),
        Filter::Any(parts) => Sql::joined(parts.iter().map(condition), " OR ", "0"),
        Filter::Not(part) => {
            let mut not = Sql::new("NOT ", []);
            not.add("", condition(part));
            not
        }
        Filter::Term(term) => of_term(term),
    }
}

fn of_term(term: &Term) -> Sql {
    match term {
        Term::Words(words) => Sql::new(
            "stands(?, ?, (SELECT text FROM text WHERE text.id = ticket.id))",
            [kind_of(words).into(), words.text().to_owned().into()],
        ),
        Term::Id(span) => within("id", span, |id| i64::try_from(id.get()).unwrap_or(i64::MAX)),
        Term::Status(statuses) => {
            let is = |status: &Status| Sql::new("status = ?", [status_number(*status).into()]);
            Sql::joined(statuses.iter().map(is), " OR ", "0")
        }
        Term::Priority(span) => within("priority", span, |priority| priority.get().into()),
        Term::Impact(span) => within("impact", span, |level| *level as i64),
        Term::Urgency(span) => within("urgency", span, |level| *level as i64),
        Term::Tier(span) => within("tier", span, |tier| tier.0.into()),
        Term::Kind(kind) => is("kind", kind.map(|kind| kind.as_str())),
        Term::Service(service) => is("service", service.map(|service| service.as_str())),
        Term::Channel(channel) => is("channel", channel.map(|channel| channel.as_str())),
        Term::Text(field, test) => of_text(*field, test),
        Term::Time(field, Some(span)) => {
            let column = time_column(*field);
            let mut known = Sql::new(format!("({column} IS NOT NULL AND "), []);
            known.add("", within(column, span, |at| at.unix()));
            known.text.push(')');
            known
        }
        Term::Time(field, None) => Sql::new(format!("{} IS NULL", time_column(*field)), []),
        Term::Merged => Sql::new("merged_into IS NOT NULL", []),
        Term::Tied(tie, others) => {
            let mut held = Sql::new("EXISTS (", []);
            held.add("", tied(*tie, others));
            held.text.push_str(" AND tie.ticket = ticket.id)");
            held
        }
    }
}

/// The tickets that are tied to one of these.
fn tied(tie: Option<Tie>, others: &BTreeSet<TicketId>) -> Sql {
    let others: Vec<String> = others.iter().map(|id| format!("\"{id}\"")).collect();
    let others = format!("[{}]", others.join(","));
    let to = Sql::new(
        "kind = ? AND tie.value IN (SELECT value FROM json_each(?))",
        [LINK.into(), others.into()],
    );
    let mut tied = select("tie", "ticket AS id", to);
    if let Some(tie) = tie {
        tied.add(" AND detail = ", Sql::new("?", [tie_number(tie).into()]));
    }
    tied
}

fn is(column: &str, name: Option<&str>) -> Sql {
    let value = name.map_or(Value::Null, |name| Value::Text(name.to_owned()));
    Sql::new(format!("{column} IS ?"), [value])
}

fn time_column(field: TimeField) -> &'static str {
    match field {
        TimeField::Opened => "opened",
        TimeField::Updated => "updated",
        TimeField::Solved => "solved",
        TimeField::Closed => "closed",
        TimeField::Due => "due",
    }
}

/// That a column that is never NULL lies within a span.
fn within<T>(column: &str, (from, to): &Span<T>, number: impl Fn(&T) -> i64) -> Sql {
    let bound = |bound: &Bound<T>, included, excluded| match bound {
        Bound::Included(value) => Some((included, number(value))),
        Bound::Excluded(value) => Some((excluded, number(value))),
        Bound::Unbounded => None,
    };
    let bounds = [bound(from, ">=", ">"), bound(to, "<=", "<")];
    let one = |(sign, value): (&str, i64)| Sql::new(format!("{column} {sign} ?"), [value.into()]);
    Sql::joined(bounds.into_iter().flatten().map(one), " AND ", "1")
}

fn of_text(field: TextField, test: &TextTest) -> Sql {
    let (_, column) = place(field);
    // A list is looked through one by one.
    let value = if is_list(field) { "value" } else { column };
    let (text, values): (String, Vec<Value>) = match test {
        TextTest::Empty => return Sql::new(format!("{column} IS NULL"), []),
        TextTest::Is(wanted) => (format!("{value} IS ?"), vec![wanted.clone().into()]),
        TextTest::Begins(wanted) => (
            format!("ifnull(instr({value}, ?) = 1, 0)"),
            vec![wanted.clone().into()],
        ),
        TextTest::Below(wanted) => (
            format!("({value} IS ? OR ifnull(instr({value}, ?) = 1, 0))"),
            vec![wanted.clone().into(), format!("{wanted}/").into()],
        ),
    };
    match is_list(field) {
        true => Sql::new(
            format!("EXISTS (SELECT 1 FROM json_each({column}) WHERE {text})"),
            values,
        ),
        false => Sql::new(text, values),
    }
}

/// A way to come by tickets.
#[derive(Debug)]
pub(super) struct Way {
    /// Selects their numbers, as `id`.
    pub(super) sql: Sql,
    /// Whether it leads to those that the filter matches and to no others, so that nothing is left to
    /// be asked of them.
    pub(super) is_whole: bool,
}

/// Ways to come by the tickets that a filter matches: each leads to all of them, and to as few others
/// as it can. The words' ways need to look into the index: `by_words` does.
pub(super) fn ways(filter: &Filter, by_words: &mut dyn FnMut(&Words) -> Option<Sql>) -> Vec<Way> {
    ways_of(filter, None, by_words)
}

/// The same of those that are active, or are not, if that is known of all that the filter around this
/// one matches.
fn ways_of(
    filter: &Filter,
    active: Option<bool>,
    by_words: &mut dyn FnMut(&Words) -> Option<Sql>,
) -> Vec<Way> {
    match filter {
        Filter::All(parts) => {
            let active = active.or_else(|| is_active(filter));
            // What only says the status leads to more tickets than most: it is tried last.
            let (broad, narrow): (Vec<_>, Vec<_>) =
                parts.iter().partition(|part| is_active(part).is_some());
            let says_more = |part: &Filter| !active.is_some_and(|active| is_all(part, active));
            let all = parts.iter().filter(|part| says_more(part)).count();
            let of_part = |part: &Filter| {
                let rest = all - usize::from(says_more(part));
                let mut ways = ways_of(part, active, by_words);
                ways.iter_mut().for_each(|way| way.is_whole &= rest == 0);
                ways
            };
            let parts = narrow.into_iter().chain(broad);
            parts.flat_map(of_part).collect()
        }
        // Of each alternative, its first way.
        Filter::Any(parts) => {
            let mut all = Vec::new();
            for part in parts {
                match ways_of(part, active, by_words).into_iter().next() {
                    Some(way) => all.push(way),
                    None => return Vec::new(),
                }
            }
            let union = |mut all: Way, way: Way| {
                all.is_whole &= way.is_whole;
                match (all.sql.is_nowhere(), way.sql.is_nowhere()) {
                    (_, true) => {}
                    (true, false) => all.sql = way.sql,
                    (false, false) => all.sql.add(" UNION ", way.sql),
                }
                all
            };
            all.into_iter().reduce(union).into_iter().collect()
        }
        Filter::Not(_) => Vec::new(),
        Filter::Term(term) => way(term, active, by_words).into_iter().collect(),
    }
}

fn way(
    term: &Term,
    active: Option<bool>,
    by_words: &mut dyn FnMut(&Words) -> Option<Sql>,
) -> Option<Way> {
    let (sql, is_whole) = match term {
        Term::Words(words) => (by_words(words)?, false),
        Term::Time(TimeField::Due, Some(_)) => (by_due(term, active), true),
        Term::Id(_) | Term::Time(_, Some(_)) => {
            (select("ticket", "id", of_term(term)), active.is_none())
        }
        Term::Status(statuses) => {
            let one = |status: &Status| {
                let value = status_number(*status).to_string();
                equal(STATUS, &value, Some(status.is_active()))
            };
            let condition = Sql::joined(statuses.iter().map(one), " OR ", "0");
            let fits = |status: &Status| active.is_none_or(|active| active == status.is_active());
            (of_terms(condition), statuses.iter().all(fits))
        }
        // A name of nothing but what no query compares stands in `term` as nothing does.
        Term::Text(field, test) => (text_way(*field, test, active)?, !says_nothing(test)),
        Term::Tied(tie, others) => (tied(*tie, others), active.is_none()),
        _ => return None,
    };
    Some(Way { sql, is_whole })
}

/// Deadlines lie by whether the ticket is active, so that is said also where both are asked for.
fn by_due(term: &Term, active: Option<bool>) -> Sql {
    let mut by_due = select("ticket", "id", of_term(term));
    match active {
        Some(active) => by_due.add(" AND active = ", Sql::new("?", [active.into()])),
        None => by_due.text.push_str(" AND active IN (0, 1)"),
    }
    by_due
}

fn says_nothing(test: &TextTest) -> bool {
    match test {
        TextTest::Empty => true,
        TextTest::Is(text) | TextTest::Begins(text) | TextTest::Below(text) => text.is_empty(),
    }
}

fn text_way(field: TextField, test: &TextTest, active: Option<bool>) -> Option<Sql> {
    let (number, _) = place(field);
    let condition = match test {
        TextTest::Is(wanted) => equal(number, wanted, active),
        TextTest::Begins(wanted) if !wanted.is_empty() => begins(number, wanted, active),
        TextTest::Below(wanted) => {
            let below = begins(number, &format!("{wanted}/"), active);
            Sql::joined([equal(number, wanted, active), below], " OR ", "0")
        }
        TextTest::Empty if matches!(field, TextField::Assignee | TextField::Team) => {
            equal(number, NOTHING, active)
        }
        TextTest::Begins(_) | TextTest::Empty => return None,
    };
    Some(of_terms(condition))
}

fn of_terms(condition: Sql) -> Sql {
    select("term", "ticket AS id", condition)
}

fn equal(field: i64, value: &str, active: Option<bool>) -> Sql {
    let mut equal = Sql::new(
        "(field = ? AND value = ?",
        [field.into(), value.to_owned().into()],
    );
    close(&mut equal, active);
    equal
}

fn begins(field: i64, prefix: &str, active: Option<bool>) -> Sql {
    let mut begins = Sql::new(
        "(field = ? AND value >= ?",
        [field.into(), prefix.to_owned().into()],
    );
    if let Some(end) = after(prefix) {
        begins.add(" AND value < ", Sql::new("?", [end.into()]));
    }
    close(&mut begins, active);
    begins
}

/// Says of those that are active, or are not, and ends a condition.
fn close(condition: &mut Sql, active: Option<bool>) {
    if let Some(active) = active {
        condition.add(" AND active = ", Sql::new("?", [active.into()]));
    }
    condition.text.push(')');
}

/// The first text behind all that begin with `prefix`, in the order of their bytes.
pub(super) fn after(prefix: &str) -> Option<String> {
    let mut chars: Vec<char> = prefix.chars().collect();
    while let Some(last) = chars.pop() {
        let next = (u32::from(last) + 1..=u32::from(char::MAX)).find_map(char::from_u32);
        if let Some(next) = next {
            chars.push(next);
            return Some(chars.into_iter().collect());
        }
    }
    None
}

fn select(table: &str, column: &str, condition: Sql) -> Sql {
    let mut select = Sql::new(format!("SELECT {column} FROM {table} WHERE "), []);
    select.add("", condition);
    select
}

/// Whether all tickets that a filter matches are active, or all are not; nothing, if it can be both.
fn is_active(filter: &Filter) -> Option<bool> {
    match filter {
        Filter::All(parts) => parts.iter().find_map(is_active),
        Filter::Term(Term::Status(statuses)) => {
            let first = statuses.first()?.is_active();
            let same = statuses.iter().all(|status| status.is_active() == first);
            same.then_some(first)
        }
        _ => None,
    }
}

/// Whose queue it is that a filter matches: their active tickets, all of them and no others.
pub(super) fn queue(filter: &Filter) -> Option<String> {
    let Filter::All(parts) = filter else {
        return None;
    };
    let is_active = |part: &&Filter| is_active(part) == Some(true) && is_all(part, true);
    let (active, rest): (Vec<_>, Vec<_>) = parts.iter().partition(is_active);
    let [Filter::Term(Term::Text(TextField::Assignee, test))] = rest[..] else {
        return None;
    };
    let whose = match test {
        TextTest::Is(wanted) => whose(Some(wanted)),
        TextTest::Empty => whose(None),
        TextTest::Begins(_) | TextTest::Below(_) => return None,
    };
    (!active.is_empty()).then_some(whose)
}

/// Whether a part matches every active ticket, or every other one.
fn is_all(part: &Filter, active: bool) -> bool {
    let Filter::Term(Term::Status(statuses)) = part else {
        return false;
    };
    let mut of_that_kind = Status::ALL
        .iter()
        .filter(|status| status.is_active() == active);
    of_that_kind.all(|status| statuses.contains(status))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Zone;
    use crate::query::{Clock, Reading, Views, parse};

    fn read(query: &str) -> Filter {
        let reading = Reading {
            clock: Clock {
                now: "2026-11-21T12:00:00Z".parse().unwrap(),
                zone: Zone::UTC,
            },
            me: "lan",
            views: &Views::new(),
        };
        parse(query, &reading).unwrap()
    }

    #[test]
    fn a_way_is_whole_where_nothing_is_left_to_ask() {
        let table = [
            ("assignee:lan", vec![true]),
            ("assignee:lan is:open", vec![true, false]),
            ("assignee:l* is:open", vec![true, false]),
            ("category:a is:closed", vec![false, false]),
            ("assignee:lan status:new,open", vec![false, false]),
            ("assignee:lan is:open -tag:vip", vec![false, false]),
            ("assignee:lan is:open tier:2", vec![false, false]),
            ("assignee:lan team:none is:open", vec![false, false, false]),
            ("team:none", vec![false]),
            ("is:open", vec![true]),
            ("is:open is:open", vec![true, true]),
            ("is:open status:new,resolved", vec![false, false]),
            ("is:open id:..9", vec![false, false]),
            ("is:open due:<1d", vec![true, false]),
            ("due:<1d", vec![true]),
            ("due:<1d -is:open", vec![false]),
            ("is:open opened:<1d", vec![false, false]),
            ("id:..9", vec![true]),
            ("blocks:7", vec![true]),
            ("blocks:7 is:open", vec![false, false]),
            ("(assignee:lan or tag:vip) is:open", vec![true, false]),
            ("(assignee:lan or id:7) is:open", vec![false, false]),
            ("assignee:lan or tier:2", vec![]),
            ("printer", vec![false]),
        ];
        for (query, expected) in table {
            let ways = ways(&read(query), &mut |_| Some(Sql::default()));
            let whole: Vec<bool> = ways.iter().map(|way| way.is_whole).collect();
            assert_eq!(whole, expected, "{query}");
        }
    }

    #[test]
    fn of_alternatives_some_may_lead_nowhere() {
        let table = [
            (
                "quetzal or id:7",
                "SELECT id FROM ticket WHERE (id >= ? AND id <= ?)",
            ),
            (
                "id:7 or quetzal",
                "SELECT id FROM ticket WHERE (id >= ? AND id <= ?)",
            ),
            ("quetzal or ornitorinco", ""),
        ];
        for (query, expected) in table {
            let ways = ways(&read(query), &mut |_| Some(Sql::nowhere()));
            let ways: Vec<&str> = ways.iter().map(|way| way.sql.text.as_str()).collect();
            assert_eq!(ways, [expected], "{query}");
        }
    }

    #[test]
    fn a_queue_is_what_somebody_has_and_all_of_it() {
        let table = [
            ("assignee:Lan is:open", Some("=lan")),
            ("is:open assignee:none", Some("")),
            ("assignee:lan is:open is:open", Some("=lan")),
            ("assignee:lan", None),
            ("is:open", None),
            ("assignee:l* is:open", None),
            ("assignee:lan -is:open", None),
            ("assignee:lan is:closed", None),
            ("assignee:lan status:new,open", None),
            // The same, said in a way that is left to everything else.
            ("assignee:lan status:new,open,pending", None),
            ("assignee:lan is:open tag:vip", None),
            ("assignee:lan assignee:minh is:open", None),
            ("team:net is:open", None),
            ("assignee:lan or is:open", None),
        ];
        for (query, expected) in table {
            assert_eq!(queue(&read(query)).as_deref(), expected, "{query}");
        }
    }

    #[test]
    fn behind_a_prefix_comes_what_does_not_begin_with_it() {
        let table = [
            ("a", Some("b")),
            ("inc", Some("ind")),
            ("\u{d7ff}", Some("\u{e000}")),
            ("a\u{10ffff}", Some("b")),
            ("\u{10ffff}", None),
        ];
        for (prefix, expected) in table {
            assert_eq!(after(prefix).as_deref(), expected, "{prefix:?}");
        }
    }
}
