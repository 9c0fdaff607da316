//! What a run did to a ticket: the events that it wrote under its mark, and whether they were taken
//! back since.
//!
//! Nothing is ever removed from a history. An event that takes a run back names its mark
//! ([`Event::undoes`]), and belongs to a run of its own, which can be taken back in turn.

use std::collections::{BTreeSet, HashMap, HashSet};

use serde::{Deserialize, Serialize};

use super::{Event, Ticket, Timestamp};

/// What one run did to one ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Part {
    /// The mark of the run.
    pub(crate) op: String,
    /// When it last did something to the ticket, by the machine's clock.
    pub(crate) at: Timestamp,
    /// Who did what.
    pub(crate) told: Told,
    /// Whether it was taken back.
    pub(crate) is_taken_back: bool,
}

/// Who did what, in a run.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Told {
    /// Who acted.
    pub(crate) by: BTreeSet<String>,
    /// The operating system's users, where they acted as somebody else.
    pub(crate) real: BTreeSet<String>,
    /// The names of what happened.
    pub(crate) events: BTreeSet<String>,
    /// The marks of the runs that were taken back.
    pub(crate) undoes: BTreeSet<String>,
}

impl Told {
    /// Whether somebody acted, or really acted.
    pub(crate) fn is_of(&self, who: &str) -> bool {
        self.by.contains(who) || self.real.contains(who)
    }

    fn add(&mut self, event: &Event) {
        self.by.insert(event.by.clone());
        self.real.extend(event.real.clone());
        self.events.insert(event.event.as_str().to_owned());
        self.undoes.extend(event.undoes.clone());
    }
}

impl Ticket {
    /// The marks of the runs that were taken back, and not done again since.
    pub fn taken_back(&self) -> HashSet<&str> {
        let mut taken = HashSet::new();
        // Whether what takes back was taken back itself, stands behind it.
        for event in self.events.iter().rev() {
            if let Some(run) = &event.undoes
                && !taken.contains(event.op.as_str())
            {
                taken.insert(run.as_str());
            }
        }
        taken
    }

    /// What each run did to the ticket, in the order in which they began. An event without a mark
    /// belongs to none.
    pub(crate) fn parts(&self) -> Vec<Part> {
        let taken = self.taken_back();
        let mut places: HashMap<&str, usize> = HashMap::new();
        let mut parts: Vec<Part> = Vec::new();
        for event in self.events.iter().filter(|event| !event.op.is_empty()) {
            let place = *places.entry(&event.op).or_insert(parts.len());
            if place == parts.len() {
                parts.push(Part {
                    op: event.op.clone(),
                    at: event.written(),
                    told: Told::default(),
                    is_taken_back: taken.contains(event.op.as_str()),
                });
            }
            let part = &mut parts[place];
            part.at = part.at.max(event.written());
            part.told.add(event);
        }
        parts
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ticket::{EventKind, TicketId};

    /// A history of runs, one event each: `b-a` is run `b`, which takes `a` back.
    fn history(runs: &str) -> Ticket {
        let at = Timestamp::from_unix(0).unwrap();
        let mut ticket = Ticket::blank(TicketId::FIRST, at);
        for run in runs.split_whitespace() {
            let (op, undoes) = run.split_once('-').unwrap_or((run, ""));
            let mut event = Event::new(EventKind::Noted, at, "minh");
            event.op = op.to_owned();
            event.undoes = Some(undoes.to_owned()).filter(|run| !run.is_empty());
            ticket.apply(event).unwrap();
        }
        ticket
    }

    #[test]
    fn what_is_taken_back_may_be_done_again() {
        let table: [(&str, &[&str]); 8] = [
            ("a b", &[]),
            ("a b-a", &["a"]),
            ("a b-a c", &["a"]),
            ("a b-a c-b", &["b"]),
            ("a b-a c-b d-c", &["a", "c"]),
            ("a b-a c-b d-a", &["a", "b"]),
            ("a b-a c-b d-a e-d", &["b", "d"]),
            // Files that nobody wrote like this are no riddle without an end.
            ("a-b b-a", &["a"]),
        ];
        for (runs, expected) in table {
            let ticket = history(runs);
            let found: BTreeSet<_> = ticket.taken_back().into_iter().collect();
            assert_eq!(found, expected.iter().copied().collect(), "{runs}");
        }
    }

    #[test]
    fn a_run_is_what_has_one_mark() {
        let mut ticket = history("a b a c-a");
        ticket.events[1].real = Some("root".into());
        ticket.events[2].event = EventKind::Closed;
        ticket.events[2].recorded = Timestamp::from_unix(7);
        ticket.events[3].op = String::new();
        let parts = ticket.parts();
        let told: Vec<_> = parts
            .iter()
            .map(|part| (part.op.as_str(), part.at.unix(), part.is_taken_back))
            .collect();
        assert_eq!(told, [("a", 7, true), ("b", 0, false)]);
        let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        assert_eq!(parts[0].told.events, names(&["noted", "closed"]));
        assert!(parts[1].told.is_of("minh") && parts[1].told.is_of("root"));
        assert!(!parts[0].told.is_of("root"));
    }
}
