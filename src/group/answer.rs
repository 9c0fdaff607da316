//! The answer to an operation, as its events are laid on.

use crate::desk::Answer;
use crate::ticket::{Changed, Event, Json, Ticket};

impl Answer {
    pub(super) fn blank(why: Vec<String>, warnings: Vec<String>) -> Self {
        Self {
            ticket: None,
            reference: None,
            rev: 0,
            event: None,
            changed: Changed::default(),
            why,
            op: None,
            done_before: false,
            warnings,
        }
    }

    /// Takes an event in: the first names what happened, and a field that several of them set
    /// leads from its first old value to its last new one.
    pub(super) fn add(&mut self, event: &Event) {
        self.event.get_or_insert_with(|| event.event.clone());
        self.why.extend(event.why.iter().cloned());
        if self.changed.is_empty() {
            self.changed = event.changed.clone();
            return;
        }
        for (field, pair) in event.changed.iter() {
            let before = self.changed.get(field).and_then(Json::pair);
            let whole = match before.zip(pair.pair()) {
                Some(([old, _], [_, new])) => Json::leading([old, new]),
                None => pair.clone(),
            };
            self.changed.insert(field, whole);
        }
    }

    pub(super) fn name(&mut self, ticket: &Ticket, imagined: bool) {
        self.ticket = (!imagined).then_some(ticket.id);
        self.reference.clone_from(&ticket.state.reference);
        self.rev = ticket.rev;
    }
}
