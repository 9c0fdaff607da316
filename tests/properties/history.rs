//! Whatever is asked of a help desk, its tickets are what their events say, and the answers and
//! the reports agree with them. Every count here is made from the events alone, the slow way.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::path::Path;

use desk::query::Filter;
use desk::report::{self, Body, Facts, Kind, Period, Scope};
use desk::roster::Loads;
use desk::ticket::{Digest, Field, Status, Ticket, TicketId, Timestamp};
use desk::transfer::Incoming;
use desk::{Answer, Desk, Mode, Operation, Zone};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value};

use super::work::{PEOPLE, any_operation, any_roster, any_settings, caller, furnish, some_tickets};
use super::{check, folder, open};

/// Operations that one person asks for at once, and how far the clock went meanwhile.
pub(super) type Turn = (&'static str, i64, Vec<Operation>);

pub(super) fn any_turns() -> impl Strategy<Value = Vec<Turn>> {
    let moved = prop_oneof![6 => 0..90_000i64, 1 => -40_000..0i64];
    let operations = prop_oneof![1 => vec(any_operation(), 1), 1 => vec(any_operation(), 2..8)];
    vec((select(&PEOPLE[..]), moved, operations), 1..25)
}

#[test]
fn tickets_are_what_their_events_say() {
    let world = (
        any_settings(),
        any_roster(),
        any_turns(),
        vec(-20..300i64, 2),
    );
    let (asked, done) = (Cell::new(0), Cell::new(0));
    check(100, &world, |(settings, roster, turns, period)| {
        let folder = folder();
        let data = folder.path().join("data");
        let mut desk = furnish(&data, settings, &roster);
        desk.perform(&some_tickets(), &caller("minh", 0), Mode::Apply);
        let mut time = 0;
        for (by, moved, operations) in turns {
            time += moved;
            let before = tickets(&mut desk)?;
            let bytes = bytes(&data);
            let answers = desk.perform(&operations, &caller(by, time), Mode::Apply);
            let after = tickets(&mut desk)?;
            agree(&before, &after, &answers)?;
            asked.set(asked.get() + answers.len());
            done.set(done.get() + answers.iter().flatten().count());
            if answers.iter().all(Result::is_err) {
                prop_assert_eq!(bytes, self::bytes(&data), "a refusal changed a file");
            }
        }
        let tickets = tickets(&mut desk)?;
        tickets.values().try_for_each(holds)?;
        prop_assert_eq!(desk.check().unwrap().findings, []);
        prop_assert_eq!(
            named(desk.loads().unwrap().0),
            counted(&tickets),
            "what was kept"
        );
        prop_assert_eq!(
            named(open(&data).loads().unwrap().0),
            counted(&tickets),
            "read anew"
        );
        comes_back(&mut desk, &data)?;
        let bound = |hours: i64| super::clock().now.plus(hours * 3600);
        let (since, until) = (period[0].min(period[1]), period[0].max(period[1]));
        flows(&mut desk, &tickets, bound(since), bound(until))
    });
    let (asked, done) = (asked.get(), done.get());
    eprintln!("{done} of {asked} operations were carried out");
    assert!(3 * done > asked, "most of it is refused, and tests nothing");
}

pub(super) fn tickets(desk: &mut Desk) -> Result<BTreeMap<TicketId, Ticket>, TestCaseError> {
    let found = desk.find(&Filter::everything(), |ticket| ticket).unwrap();
    prop_assert!(found.damaged.is_empty(), "{:?}", found.damaged);
    Ok(found
        .found
        .into_iter()
        .map(|ticket| (ticket.id, ticket))
        .collect())
}

fn bytes(data: &Path) -> BTreeMap<String, Vec<u8>> {
    let files = data.join("tickets/0000").read_dir().into_iter().flatten();
    let file =
        |path: std::path::PathBuf| (path.display().to_string(), std::fs::read(path).unwrap());
    files.map(|entry| file(entry.unwrap().path())).collect()
}

/// Every ticket that goes out makes the same file elsewhere, once.
fn comes_back(desk: &mut Desk, data: &Path) -> Result<(), TestCaseError> {
    let mut lines = Vec::new();
    let take = |line: Option<String>| {
        lines.extend(line);
        true
    };
    let damaged = desk.export(&Filter::everything(), |exported| exported.line(), take);
    prop_assert!(damaged.unwrap().is_empty());
    let folder = folder();
    let elsewhere = folder.path().join("data");
    let mut other = open(&elsewhere);
    for is_new in [true, false] {
        for answer in other.restore(Incoming::read(&lines), Mode::Apply) {
            prop_assert_eq!(answer.unwrap().event.is_some(), is_new);
        }
        let plain = |data: &Path| -> Vec<Vec<u8>> { bytes(data).into_values().collect() };
        prop_assert_eq!(plain(&elsewhere), plain(data));
    }
    Ok(())
}

/// The state as JSON, without what says nothing.
pub(super) fn state(ticket: &Ticket) -> Map<String, Value> {
    let value = |field: &Field| (field.name().to_owned(), ticket.state.value(*field));
    Field::ALL
        .iter()
        .map(value)
        .filter(|(_, value)| says_something(value))
        .collect()
}

fn says_something(value: &Value) -> bool {
    !value.is_null() && *value != Value::Array(Vec::new())
}

/// Sets what a change says, in a state in which it must find what it says it found.
fn set(state: &mut Map<String, Value>, name: &str, pair: &Value) -> Result<(), TestCaseError> {
    let old = state.shift_remove(name).unwrap_or(Value::Null);
    let agrees = old == pair[0] || !(says_something(&old) || says_something(&pair[0]));
    prop_assert!(agrees, "{}: {} was {}", name, pair, old);
    if says_something(&pair[1]) {
        state.insert(name.to_owned(), pair[1].clone());
    }
    Ok(())
}

/// The answers lead from the old tickets to the new ones, and to nothing else.
fn agree(
    before: &BTreeMap<TicketId, Ticket>,
    after: &BTreeMap<TicketId, Ticket>,
    answers: &[desk::Result<Answer>],
) -> Result<(), TestCaseError> {
    let mut states: BTreeMap<_, _> = before.iter().map(|(id, t)| (*id, state(t))).collect();
    let mut revs: BTreeMap<_, _> = before.iter().map(|(id, t)| (*id, t.rev)).collect();
    for answer in answers.iter().flatten() {
        let id = answer.ticket.unwrap();
        for (name, pair) in answer.changed.iter() {
            set(states.entry(id).or_default(), name, &pair.value())?;
        }
        let rev = revs.insert(id, answer.rev).unwrap_or(0);
        prop_assert!(answer.event.is_none() && answer.rev == rev || answer.rev > rev);
    }
    prop_assert_eq!(states.len(), after.len());
    for (id, ticket) in after {
        let expected: BTreeMap<_, _> = states[id].iter().collect();
        let found = state(ticket);
        prop_assert_eq!(expected, found.iter().collect::<BTreeMap<_, _>>());
        prop_assert_eq!(revs[id], ticket.rev);
    }
    Ok(())
}

/// What is true of every ticket.
pub(super) fn holds(ticket: &Ticket) -> Result<(), TestCaseError> {
    prop_assert_eq!(ticket.flaws(), []);
    let (mut naive, mut last) = (Map::new(), None::<Timestamp>);
    let (mut solved, mut closed, mut was) = (None, None, Status::New);
    let mut prefix = Ticket::blank(ticket.id, ticket.opened);
    for (event, seq) in ticket.events.iter().zip(1..) {
        prop_assert_eq!(event.seq, seq);
        prop_assert!(
            last.is_none_or(|last| last <= event.at),
            "time ran backwards"
        );
        last = Some(event.at);
        for (name, pair) in event.changed.iter() {
            set(&mut naive, name, &pair.value())?;
        }
        let status: Status = serde_json::from_value(naive["status"].clone()).unwrap();
        if !status.is_solved() {
            solved = None;
        } else if !was.is_solved() {
            solved = Some(event.at);
        }
        if status != Status::Closed {
            closed = None;
        } else if was != Status::Closed {
            closed = Some(event.at);
        }
        was = status;
        prefix.append(event.clone()).unwrap();
        let found = state(&prefix);
        let expected: BTreeMap<_, _> = naive.iter().collect();
        prop_assert_eq!(found.iter().collect::<BTreeMap<_, _>>(), expected);
        prop_assert_eq!((prefix.solved, prefix.closed), (solved, closed));
        let folded = prefix.fold(None).unwrap().unwrap();
        prop_assert_eq!(
            &Ticket {
                digest: prefix.digest,
                ..folded
            },
            &prefix
        );
        let then = ticket.fold(Some(event.at.plus(1))).unwrap().unwrap();
        prop_assert!(
            then.events.starts_with(&prefix.events),
            "a past that is not a beginning"
        );
    }
    prop_assert_eq!(&prefix, ticket);
    prop_assert_eq!(
        ticket.digest,
        Some(Digest::of_all(ticket.id, &ticket.events))
    );
    prop_assert_eq!(ticket.rev, ticket.events.len() as u64);
    prop_assert_eq!(
        (Some(ticket.opened), Some(ticket.updated)),
        (ticket.events.first().map(|e| e.at), last)
    );
    Ok(())
}

/// Loads, without those who have nothing.
fn named(mut loads: Loads) -> Loads {
    loads.tickets.retain(|_, n| *n > 0);
    loads
}

fn counted(tickets: &BTreeMap<TicketId, Ticket>) -> Loads {
    let mut loads = Loads::default();
    for ticket in tickets.values() {
        if let (Status::New | Status::Open, Some(login)) =
            (ticket.state.status, &ticket.state.assignee)
        {
            *loads.tickets.entry(login.clone()).or_default() += 1;
        }
        for event in &ticket.events {
            let pair = event.changed.get("assignee").map(|pair| pair.value());
            if let Some(login) = pair.as_ref().and_then(|pair| pair[1].as_str()) {
                let last = loads
                    .last_assigned
                    .entry(login.to_owned())
                    .or_insert(event.at);
                *last = (*last).max(event.at);
            }
        }
    }
    loads
}

/// Whether a ticket was active just before an instant; `None` before its opening.
fn active(ticket: &Ticket, at: Timestamp) -> Option<bool> {
    let known = ticket.events.iter().take_while(|event| event.at < at);
    let statuses = known.filter_map(|event| event.changed.get("status"));
    let status = statuses.last()?.value()[1].as_str()?.to_owned();
    Some(!matches!(status.as_str(), "resolved" | "closed"))
}

/// backlog_start + opened + reopened - solved = backlog_end, and each is what the events say.
fn flows(
    desk: &mut Desk,
    tickets: &BTreeMap<TicketId, Ticket>,
    since: Timestamp,
    until: Timestamp,
) -> Result<(), TestCaseError> {
    let period = Period::new(since, until, Zone::UTC).unwrap();
    let facts: Vec<Facts> = desk
        .find(&Filter::everything(), |ticket| Facts::of(&ticket, until))
        .unwrap()
        .found
        .into_iter()
        .flatten()
        .collect();
    let scope = Scope::new(period, until, &desk::Policy::default());
    let Body::Summary(summary) = report::run(Kind::Summary, &facts, &scope).body else {
        return Err(TestCaseError::fail("a summary was asked for"));
    };
    let flow = summary.flow;
    let counted = |at| {
        tickets
            .values()
            .filter(|t| active(t, at) == Some(true))
            .count() as u64
    };
    let opened = tickets
        .values()
        .filter(|t| since <= t.opened && t.opened < until)
        .count();
    prop_assert_eq!(flow.backlog_start, counted(since));
    prop_assert_eq!(flow.backlog_end, counted(until));
    prop_assert_eq!(flow.opened, opened as u64);
    let balance = flow.backlog_start + flow.opened + flow.reopened - flow.solved;
    prop_assert_eq!(balance, flow.backlog_end);
    Ok(())
}
