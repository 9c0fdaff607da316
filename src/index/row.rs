//! What the index keeps of a ticket: made in any thread, and written by one.

use std::collections::BTreeSet;

use rusqlite::types::Value;

use super::head;
use super::search::threes;
use crate::query::{LONG, TextField, folded_line, keys, searchable, tokens};
use crate::report::{Facts, moves};
use crate::ticket::{LinkKind, Part, Status, Ticket, TicketId, Tie};

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

/// A row of `tie`: what kind it is of, what it ties the ticket to, and what else there is to say of it.
pub(super) type Tied = (i64, String, i64);

/// The kind of a tie to another ticket: its number, and which one it is.
pub(super) const LINK: i64 = 0;

/// The kind of a key under which something was done to the ticket.
pub(super) const KEY: i64 = 1;

/// The kind of who was given it, and when.
pub(super) const ASSIGNED: i64 = 2;

/// What the index keeps of a ticket.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) id: TicketId,
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
    pub(super) ties: BTreeSet<Tied>,
    pub(super) parts: Vec<Part>,
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
        let (key, rest) = keys(&text, ticket.state.reference.is_some());
        let (tokens, vocabulary) = all_tokens(key, rest);
        let mut terms = Vec::new();
        let columns = columns(ticket, &mut terms);
        Self {
            id: ticket.id,
            columns,
            terms,
            tokens,
            vocabulary,
            ties: ties(ticket),
            parts: ticket.parts(),
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

/// Every different token of number and reference, and of the rest, with the threes of number and
/// reference; and what the vocabulary knows of them: not the tokens of number and reference, of which every
/// ticket has its own.
fn all_tokens(key: &str, rest: &str) -> (String, Vec<String>) {
    let mut different = BTreeSet::new();
    tokens(rest, |token| _ = different.insert(token));
    let mut is_long = different.remove(LONG);
    let told = different.iter().take(MOST_TOLD);
    let mut vocabulary: Vec<String> = told.map(|&token| token.to_owned()).collect();
    is_long |= different.len() > MOST_TOLD;
    tokens(key, |token| _ = different.insert(token));
    let mut all = Vec::from_iter(different).join(" ");
    let threes = key.split(char::is_control).flat_map(threes);
    for mark in is_long.then(|| LONG.to_owned()).into_iter().chain(threes) {
        all.push(' ');
        all.push_str(&mark);
        vocabulary.push(mark);
    }
    (all, vocabulary)
}

/// What the vocabulary knows of a [`searchable`] text.
pub(super) fn vocabulary(text: &str, has_reference: bool) -> Vec<String> {
    let (key, rest) = keys(text, has_reference);
    all_tokens(key, rest).1
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

/// A tie as the index has it.
pub(super) fn tie_number(tie: Tie) -> i64 {
    match tie {
        Tie::Link(kind) => kind as i64,
        Tie::Merge => MERGE,
    }
}

/// The number of a merge is the next one behind those of links.
const MERGE: i64 = LinkKind::ALL.len() as i64;

/// The tie that the index has so.
pub(super) fn tie_of(number: i64) -> Option<Tie> {
    match number {
        MERGE => Some(Tie::Merge),
        _ => usize::try_from(number)
            .ok()
            .and_then(|at| LinkKind::ALL.get(at))
            .map(|kind| Tie::Link(*kind)),
    }
}

fn ties(ticket: &Ticket) -> BTreeSet<Tied> {
    let held = Tie::all_of(&ticket.state);
    let held = held.map(|(to, tie)| (LINK, to.to_string(), tie_number(tie)));
    let mut ties: BTreeSet<Tied> = held.collect();
    for event in &ticket.events {
        let key = event.key.clone();
        ties.extend(key.map(|key| (KEY, key, 0)));
        let given = event.given_to();
        ties.extend(given.map(|login| (ASSIGNED, login, event.at.unix())));
    }
    ties
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::schema::VERSION;

    /// A new version reads what an old one wrote: what another number means is another version.
    #[test]
    fn the_numbers_of_ties_stay() {
        let links = LinkKind::ALL.iter().copied().map(Tie::Link);
        let ties = Vec::from_iter(links.chain([Tie::Merge]));
        let numbers: Vec<i64> = ties.iter().copied().map(tie_number).collect();
        assert_eq!((VERSION, numbers), (14, vec![0, 1, 2, 3, 4]));
        assert_eq!([LINK, KEY, ASSIGNED], [0, 1, 2]);
        let names: Vec<&str> = ties.iter().map(|tie| tie.as_str()).collect();
        let expected = [
            "duplicate-of",
            "caused-by",
            "blocks",
            "relates-to",
            "merged-into",
        ];
        assert_eq!(names, expected);
        let back: Vec<Option<Tie>> = (-1..=5).map(tie_of).collect();
        let some = ties.into_iter().map(Some);
        assert_eq!(
            back,
            Vec::from_iter([None].into_iter().chain(some).chain([None]))
        );
    }

    #[test]
    fn of_very_many_words_some_are_told_and_the_text_is_looked_through() {
        for (count, is_long) in [(MOST_TOLD, false), (MOST_TOLD + 1, true)] {
            let words: Vec<String> = (0..count).map(|n| format!("x{n}")).collect();
            let (tokens, vocabulary) = all_tokens("7", &words.join(" "));
            let tokens: BTreeSet<&str> = tokens.split(' ').collect();
            let (marks, told): (Vec<_>, Vec<_>) = vocabulary.iter().partition(|word| *word == LONG);
            assert_eq!(told.len(), MOST_TOLD);
            assert_eq!(
                (!marks.is_empty(), tokens.contains(LONG)),
                (is_long, is_long)
            );
            assert!(words.iter().all(|word| tokens.contains(word.as_str())));
        }
    }
}
