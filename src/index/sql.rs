//! A filter as SQL.
//!
//! It becomes two things: a condition that is true of exactly the tickets that the filter matches in
//! memory, and ways to come by few tickets of which to ask it. The condition is never `NULL`, so that
//! `NOT` means what it means in memory.

use std::ops::Bound;

use rusqlite::types::Value;

use super::row::{NOTHING, STATUS, is_list, place, status_number};
use super::schema::kind_of;
use crate::query::{Filter, Span, Term, TextField, TextTest, TimeField, Words};
use crate::ticket::Status;

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
    }
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

/// Ways to come by the tickets that a filter matches: each selects the numbers of all of them, and of
/// as few others as it can. The words' ways need to look into the index: `by_words` does.
pub(super) fn ways(filter: &Filter, by_words: &mut dyn FnMut(&Words) -> Option<Sql>) -> Vec<Sql> {
    ways_of(filter, None, by_words)
}

fn ways_of(
    filter: &Filter,
    active: Option<bool>,
    by_words: &mut dyn FnMut(&Words) -> Option<Sql>,
) -> Vec<Sql> {
    match filter {
        Filter::All(parts) => {
            let active = active.or_else(|| is_active(filter));
            // What only says the status leads to more tickets than most: it is tried last.
            let (broad, narrow): (Vec<_>, Vec<_>) =
                parts.iter().partition(|part| is_active(part).is_some());
            let parts = narrow.into_iter().chain(broad);
            let ways = parts.map(|part| ways_of(part, active, by_words));
            ways.flatten().collect()
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
            let union = |mut all: Sql, way: Sql| {
                all.add(" UNION ", way);
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
) -> Option<Sql> {
    match term {
        Term::Words(words) => by_words(words),
        Term::Id(_) => Some(select("ticket", "id", of_term(term))),
        Term::Status(statuses) => {
            let one = |status: &Status| {
                let value = status_number(*status).to_string();
                equal(STATUS, &value, Some(status.is_active()))
            };
            Some(Sql::joined(statuses.iter().map(one), " OR ", "0"))
                .map(|condition| select("term", "ticket", condition))
        }
        Term::Text(field, test) => text_way(*field, test, active),
        Term::Time(_, Some(_)) => Some(select("ticket", "id", of_term(term))),
        _ => None,
    }
}

fn text_way(field: TextField, test: &TextTest, active: Option<bool>) -> Option<Sql> {
    let (number, _) = place(field);
    let condition = match test {
        TextTest::Is(wanted) => equal(number, wanted, active),
        TextTest::Begins(wanted) if !wanted.is_empty() => begins(number, wanted),
        TextTest::Below(wanted) => {
            let below = begins(number, &format!("{wanted}/"));
            Sql::joined([equal(number, wanted, active), below], " OR ", "0")
        }
        TextTest::Empty if matches!(field, TextField::Assignee | TextField::Team) => {
            equal(number, NOTHING, active)
        }
        TextTest::Begins(_) | TextTest::Empty => return None,
    };
    Some(select("term", "ticket", condition))
}

fn equal(field: i64, value: &str, active: Option<bool>) -> Sql {
    let mut equal = Sql::new(
        "(field = ? AND value = ?",
        [field.into(), value.to_owned().into()],
    );
    if let Some(active) = active {
        equal.add(" AND active = ", Sql::new("?", [active.into()]));
    }
    equal.text.push(')');
    equal
}

fn begins(field: i64, prefix: &str) -> Sql {
    let mut begins = Sql::new(
        "(field = ? AND value >= ?",
        [field.into(), prefix.to_owned().into()],
    );
    if let Some(end) = after(prefix) {
        begins.add(" AND value < ", Sql::new("?", [end.into()]));
    }
    begins.text.push(')');
    begins
}

/// The first text behind all that begin with `prefix`, in the order of their bytes.
fn after(prefix: &str) -> Option<String> {
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

#[cfg(test)]
mod tests {
    use super::*;

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
