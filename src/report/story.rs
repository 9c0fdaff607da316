//! Tickets for tests, written as one line an event:
//!
//! ```text
//! 01T08:05:00 minh escalated/up tier=2 assignee=lan
//! ```
//!
//! A day and a time of March 2026 (UTC) or a whole RFC 3339 time, who, what, and the fields that
//! it sets.

use serde_json::Value;

use super::Facts;
use crate::ticket::{Direction, Event, Field, State, Ticket, TicketId, Timestamp};

pub(super) fn at(text: &str) -> Timestamp {
    match text.len() {
        20 => text.parse().unwrap(),
        _ => format!("2026-03-{text}Z").parse().unwrap(),
    }
}

pub(super) fn ticket(story: &str) -> Ticket {
    let mut ticket = Ticket::blank(TicketId::FIRST, Timestamp::from_unix(0).unwrap());
    for line in story.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let event = event(&ticket, line);
        ticket.apply(event).unwrap();
    }
    ticket
}

pub(super) fn facts(story: &str) -> Facts {
    facts_as_of(story, "2099-01-01T00:00:00Z").unwrap()
}

pub(super) fn facts_as_of(story: &str, as_of: &str) -> Option<Facts> {
    Facts::of(&ticket(story), at(as_of))
}

/// The facts of many stories, parted by empty lines; the tickets are numbered from 1.
pub(super) fn all_facts(stories: &str, as_of: Timestamp) -> Vec<Facts> {
    let stories = stories.split("\n\n").enumerate();
    stories
        .filter_map(|(number, story)| {
            let mut ticket = ticket(story);
            ticket.id = TicketId::new(number as u64 + 1).unwrap();
            Facts::of(&ticket, as_of)
        })
        .collect()
}

/// The facts of tickets, as far as they were opened.
pub(super) fn facts_of(tickets: &[Ticket], as_of: Timestamp) -> Vec<Facts> {
    let facts = tickets.iter().map(|ticket| Facts::of(ticket, as_of));
    facts.flatten().collect()
}

fn event(ticket: &Ticket, line: &str) -> Event {
    let mut words = line.split_whitespace();
    let mut next = || words.next().unwrap();
    let (instant, by, what) = (next(), next(), next());
    let mut flags = what.split('/');
    let mut event = Event::new(flags.next().unwrap().into(), at(instant), by);
    event.seq = ticket.rev + 1;
    for flag in flags {
        match flag {
            "up" => event.direction = Some(Direction::Up),
            "down" => event.direction = Some(Direction::Down),
            "public" => event.public = true,
            "requester" => event.from_requester = true,
            other => panic!("flag {other}"),
        }
    }
    let mut state = ticket.state.clone();
    for word in words {
        let (name, value) = word.split_once('=').unwrap();
        let value = serde_json::from_str(value).unwrap_or_else(|_| Value::from(value));
        let field: Field = name.parse().unwrap();
        state.set(field, &value.to_string()).unwrap();
    }
    event.changed = changed(&ticket.state, &state, ticket.rev == 0);
    event
}

fn changed(old: &State, new: &State, opening: bool) -> crate::ticket::Changed {
    if opening {
        new.changes_from_nothing()
    } else {
        old.changes_to(new)
    }
}
