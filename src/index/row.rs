//! What the index keeps of a ticket: made in any thread, and written by one.

use std::collections::BTreeSet;

use rusqlite::types::Value;

use super::head;
use crate::query::{LONG, TextField, folded_line, keys, searchable, tokens};
use crate::report::{Facts, moves};
use crate::ticket::{Field, Part, Status, Ticket, TicketId, Tie};

/// The fields that hold texts, with their columns; a field's number in `term` is its place here,
/// from 1.
pub(super) const TEXTS: [(TextField, &str); 10] = [
    (TextField::Assignee, "assignee"),
    (TextField::Team, "team"),
    (TextField::Requester, "requester"),
    (TextField::Category, "category"),
    (TextField::Asset, "asset"),
    (TextField::Location, "location"),
    (TextField::Reference, "ref"),
    (TextField::Code, "code"),
    (TextField::Tag, "tags"),
    (TextField::Watcher, "watchers"),
];

/// The number of the status in `term`.
pub(super) const STATUS: i64 = 0;

/// The number of a field in `term`, and its column.
pub(super) fn place(field: TextField) -> (i64, &'static str) {
    let known = (1..).zip(TEXTS).find(|(_, (known, _))| *known == field);
    known.map_or((STATUS, ""), |(number, (_, column))| (number, column))
}

/// Whether a field holds several texts; its column is then a list of them, as JSON.
pub(super) fn is_list(field: TextField) -> bool {
    matches!(field, TextField::Tag | TextField::Watcher)
}

/// What stands in `term` for nothing: who has no assignee, and no team, is asked for often.
pub(super) const NOTHING: &str = "";

/// Whose queue a ticket is in that somebody with this folded name has, or nobody.
pub(super) fn whose(assignee: Option<&str>) -> String {
    // A name can be nothing but what no query compares.
    assignee.map_or_else(String::new, |name| format!("={name}"))
}

/// A row of `term`: field, value, whether the ticket is active.
pub(super) type Term = (i64, String, bool);

/// What the index keeps of a ticket.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) id: TicketId,
    pub(super) reference: Option<String>,
    /// The columns of `ticket`, but for the number.
    pub(super) columns: Vec<Value>,
    /// The texts to be found by; with each, as it was written.
    pub(super) terms: Vec<(Term, String)>,
    pub(super) head: Vec<u8>,
    /// Whose queue it is in, if it is in one.
    pub(super) queue: Option<String>,
    pub(super) text: String,
    pub(super) tokens: String,
    pub(super) vocabulary: Vec<String>,
    pub(super) key: String,
    pub(super) ties: Vec<(TicketId, Tie)>,
    /// The keys under which something was done to it.
    pub(super) keys: BTreeSet<String>,
    pub(super) parts: Vec<Part>,
    pub(super) assigned: BTreeSet<(String, i64)>,
    /// The columns of `fact`, but for the number; none, where nothing ever happened.
    pub(super) facts: Vec<Value>,
}

/// The columns of `ticket`, but for the number, in the order of [`Row::columns`].
pub(super) const COLUMNS: &str = "rev, status, active, priority, impact, urgency, tier, \
    kind, service, channel, opened, updated, solved, closed, due, merged_into, \
    assignee, team, requester, category, asset, location, ref, code, tags, watchers, \
    login, reference";

impl Row {
    /// Takes a ticket apart.
    pub(super) fn of(ticket: &Ticket) -> Self {
        let text = searchable(ticket);
        let reference = ticket.state.reference.as_ref().map(ToString::to_string);
        let (key, rest) = keys(&text, reference.is_some());
        let (tokens, vocabulary) = all_tokens(key, rest);
        let mut terms = Vec::new();
        let columns = columns(ticket, &mut terms);
        Self {
            id: ticket.id,
            reference,
            columns,
            terms,
            tokens,
            vocabulary,
            key: key.to_owned(),
            ties: Tie::all_of(&ticket.state).collect(),
            keys: ticket.events.iter().filter_map(|e| e.key.clone()).collect(),
            parts: ticket.parts(),
            assigned: assigned(ticket),
            facts: facts(ticket),
            head: head::to_bytes(ticket),
            queue: queue(ticket),
            text,
        }
    }
}

/// So many different words of a ticket are told. One that has more (a file that was pasted in) is looked
/// through itself, as what has words that were cut.
const MOST_TOLD: usize = 4_000;

/// Every different token of number and reference, and of the rest; and those of the rest alone, which
/// other tickets have too.
fn all_tokens(key: &str, rest: &str) -> (String, Vec<String>) {
    let mut different = BTreeSet::new();
    tokens(rest, |token| _ = different.insert(token));
    let vocabulary = different.iter().take(MOST_TOLD);
    let vocabulary = vocabulary.map(|&token| token.to_owned()).collect();
    if different.len() > MOST_TOLD {
        different.insert(LONG);
    }
    tokens(key, |token| _ = different.insert(token));
    let all: Vec<&str> = different.into_iter().collect();
    (all.join(" "), vocabulary)
}

fn columns(ticket: &Ticket, terms: &mut Vec<(Term, String)>) -> Vec<Value> {
    let state = &ticket.state;
    let active = state.status.is_active();
    let status = status_number(state.status);
    terms.push(((STATUS, status.to_string(), active), String::new()));
    let number = |n: u64| Value::Integer(i64::try_from(n).unwrap_or(i64::MAX));
    let optional = |value: Option<i64>| value.map_or(Value::Null, Value::Integer);
    let name = |name: Option<&str>| name.map_or(Value::Null, |name| Value::Text(name.to_owned()));
    let mut columns = vec![
        number(ticket.rev),
        status.into(),
        active.into(),
        i64::from(state.priority.get()).into(),
        (state.impact as i64).into(),
        (state.urgency as i64).into(),
        i64::from(state.tier.0).into(),
        name(state.kind.map(|kind| kind.as_str())),
        name(state.service.map(|service| service.as_str())),
        name(state.channel.map(|channel| channel.as_str())),
        ticket.opened.unix().into(),
        ticket.updated.unix().into(),
        optional(ticket.solved.map(|at| at.unix())),
        optional(ticket.closed.map(|at| at.unix())),
        optional(state.due.map(|at| at.unix())),
        state.merged_into.map_or(Value::Null, |id| number(id.get())),
    ];
    for (number, (field, _)) in (1..).zip(TEXTS) {
        let raw = field.values(ticket);
        let texts: Vec<(String, &str)> = raw.map(|raw| (folded_line(raw), raw)).collect();
        columns.push(column(field, &texts));
        if texts.is_empty() && matches!(field, TextField::Assignee | TextField::Team) {
            terms.push(((number, NOTHING.to_owned(), active), String::new()));
        }
        let term = |(value, raw): (String, &str)| ((number, value, active), raw.to_owned());
        terms.extend(texts.into_iter().map(term));
    }
    columns.push(name(state.assignee.as_deref()));
    columns.push(name(state.reference.as_ref().map(|r| r.as_str())));
    columns
}

fn column(field: TextField, texts: &[(String, &str)]) -> Value {
    match texts {
        [] => Value::Null,
        [(text, _), ..] if !is_list(field) => Value::Text(text.clone()),
        several => {
            let folded: Vec<&str> = several.iter().map(|(text, _)| text.as_str()).collect();
            // A list of texts is always JSON.
            serde_json::to_string(&folded).map_or(Value::Null, Value::Text)
        }
    }
}

fn queue(ticket: &Ticket) -> Option<String> {
    let assignee = ticket.state.assignee.as_deref().map(folded_line);
    let is_active = ticket.state.status.is_active();
    is_active.then(|| whose(assignee.as_deref()))
}

/// The columns of `fact`, but for the number, in the order of [`facts`].
pub(super) const FACTS: &str = "opened, last, active, status, technician, team, tier, category, requester, \
    asset, priority, kind, location, moves";

fn facts(ticket: &Ticket) -> Vec<Value> {
    let Some(facts) = Facts::of_all(ticket) else {
        return Vec::new();
    };
    let last = ticket.events.iter().map(|event| event.at.unix()).max();
    let standing = facts.last();
    let name = |name: Option<&str>| name.map_or(Value::Null, |name| Value::Text(name.to_owned()));
    vec![
        facts.opened().unix().into(),
        last.unwrap_or_default().into(),
        standing.status.is_active().into(),
        name(Some(standing.status.as_str())),
        name(standing.assignee.as_deref()),
        name(standing.team.as_deref()),
        i64::from(standing.tier.0).into(),
        name(facts.category.as_deref()),
        name(facts.requester.as_deref()),
        name(facts.asset.as_deref()),
        i64::from(facts.priority.get()).into(),
        name(facts.kind.map(|kind| kind.as_str())),
        name(facts.location.as_deref()),
        moves(ticket).into(),
    ]
}

/// A status as the index has it.
pub(super) fn status_number(status: Status) -> i64 {
    status as i64
}

/// When each technician was given the ticket, last.
fn assigned(ticket: &Ticket) -> BTreeSet<(String, i64)> {
    let assigned = ticket.events.iter().filter_map(|event| {
        let login = event.new_value(Field::Assignee)?;
        let login: Option<String> = serde_json::from_str(login).ok()?;
        Some((login?, event.at.unix()))
    });
    assigned.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_very_many_words_some_are_told_and_the_text_is_looked_through() {
        for (count, told, long) in [
            (MOST_TOLD, MOST_TOLD, false),
            (MOST_TOLD + 1, MOST_TOLD, true),
        ] {
            let words: Vec<String> = (0..count).map(|n| format!("x{n}")).collect();
            let (tokens, vocabulary) = all_tokens("7", &words.join(" "));
            let tokens: BTreeSet<&str> = tokens.split(' ').collect();
            assert_eq!((vocabulary.len(), tokens.contains(LONG)), (told, long));
            assert!(words.iter().all(|word| tokens.contains(word.as_str())));
        }
    }
}
