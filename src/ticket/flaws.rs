//! What can be wrong with a ticket that could be read: each rule is one that every history keeps
//! which this program wrote, and which does not follow from the form of the file.
//!
//! What another version may do is no flaw: unknown fields, unknown events and whatever those change;
//! and a field that is left out says what it says before anything happens.

use std::fmt;

use super::{Digest, Event, EventKind, Field, Status, Ticket, Unfoldable};

/// One thing that is wrong with a ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Flaw {
    /// It has no events.
    NoEvents,
    /// It says another revision than it has events.
    Revision {
        /// What it says.
        says: u64,
        /// How many events it has.
        has: u64,
    },
    /// An event has another number than its place among the others.
    Number {
        /// Its place, from 1 on.
        place: u64,
        /// What it says.
        says: u64,
    },
    /// The first event is no opening, or a later one is.
    Opening {
        /// Its place, from 1 on.
        place: u64,
    },
    /// An event is before the one before it.
    Backwards {
        /// Its number.
        seq: u64,
    },
    /// It has no digest of its events.
    NoDigest,
    /// Its digest was made of other events.
    Digest,
    /// An event changes a field from a value that it did not have.
    OldValue {
        /// The number of the event.
        seq: u64,
        /// The field.
        field: String,
    },
    /// An event leads from one status to another that it cannot lead to.
    Transition {
        /// The number of the event.
        seq: u64,
        /// What happened.
        event: EventKind,
        /// The status before it.
        from: Status,
        /// The status after it.
        to: Status,
    },
    /// An event cannot be applied.
    Unfoldable(Unfoldable),
    /// A field of the state is not what the events make it.
    State {
        /// The field.
        field: String,
    },
    /// An instant of the ticket is not what the events make it.
    Time {
        /// The field.
        field: &'static str,
    },
    /// It is related to itself, or merged into itself.
    ToItself,
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoEvents => f.write_str("has no events"),
            Self::Revision { says, has } => {
                write!(f, "says revision {says}, but has {has} events")
            }
            Self::Number { place, says } => {
                write!(f, "event {place} says that it is event {says}")
            }
            Self::Opening { place: 1 } => f.write_str("does not begin with its opening"),
            Self::Opening { place } => write!(f, "event {place} opens it once more"),
            Self::Backwards { seq } => write!(f, "event {seq} is before the one before it"),
            Self::NoDigest => f.write_str("has no digest of its events"),
            Self::Digest => f.write_str("has a past that is not the one its digest was made of"),
            Self::OldValue { seq, field } => {
                write!(f, "event {seq} changes `{field}` from what it was not")
            }
            Self::Transition {
                seq,
                event,
                from,
                to,
            } => write!(f, "event {seq} ({event}) cannot lead from {from} to {to}"),
            Self::Unfoldable(unfoldable) => unfoldable.fmt(f),
            Self::State { field } => write!(f, "`{field}` is not what its events make it"),
            Self::Time { field } => write!(f, "`{field}` is not what its events make it"),
            Self::ToItself => f.write_str("is related to itself"),
        }
    }
}

impl Ticket {
    /// What is wrong with a ticket that could be read. Nothing, if it is whole.
    pub fn flaws(&self) -> Vec<Flaw> {
        self.flaws_beside(Digest::of_all(self.id, &self.events))
    }

    /// The same, where the digest of the events is known already.
    pub(crate) fn flaws_beside(&self, digest: Digest) -> Vec<Flaw> {
        let mut flaws = Vec::new();
        let has = self.events.len() as u64;
        if has == 0 {
            return vec![Flaw::NoEvents];
        }
        if self.rev != has {
            flaws.push(Flaw::Revision {
                says: self.rev,
                has,
            });
        }
        self.check_order(&mut flaws);
        match self.digest {
            None => flaws.push(Flaw::NoDigest),
            Some(own) if own != digest => flaws.push(Flaw::Digest),
            Some(_) => {}
        }
        match self.replayed(&mut flaws) {
            Ok(folded) => self.check_state(&folded, &mut flaws),
            Err(error) => flaws.push(Flaw::Unfoldable(error)),
        }
        let mut related = self.state.links.iter().map(|link| link.to);
        if related.any(|to| to == self.id) || self.state.merged_into == Some(self.id) {
            flaws.push(Flaw::ToItself);
        }
        flaws
    }

    /// What its events make of it, without the events: all else, also what this version does not
    /// know, stays as it is.
    ///
    /// # Errors
    /// When an event cannot be applied.
    pub(crate) fn rebuilt(&self) -> Result<Self, Unfoldable> {
        let folded = self.replayed(&mut Vec::new())?;
        let mut rebuilt = self.clone();
        for (name, value) in folded.extra.iter() {
            rebuilt.extra.set(super::HEAD, name, value.clone());
        }
        Ok(Self {
            extra: rebuilt.extra,
            events: rebuilt.events,
            format: self.format,
            digest: self.digest,
            ..folded
        })
    }

    /// Numbers, openings and instants of the events.
    fn check_order(&self, flaws: &mut Vec<Flaw>) {
        let mut before: Option<&Event> = None;
        for (event, place) in self.events.iter().zip(1..) {
            if event.seq != place {
                flaws.push(Flaw::Number {
                    place,
                    says: event.seq,
                });
            }
            if (event.event == EventKind::Opened) != (place == 1) {
                flaws.push(Flaw::Opening { place });
            }
            if before.is_some_and(|before| event.at < before.at) {
                flaws.push(Flaw::Backwards { seq: event.seq });
            }
            before = Some(event);
        }
    }

    /// What the events make, without the events themselves; what they say of values and statuses
    /// before them is looked at on the way.
    fn replayed(&self, flaws: &mut Vec<Flaw>) -> Result<Self, Unfoldable> {
        let mut ticket = Self::blank(self.id, self.opened);
        let mut last: Vec<(&str, &str)> = Vec::with_capacity(16);
        for event in &self.events {
            let from = ticket.state.status;
            ticket.fold_in_watched(event, |before, name, [old, new]| {
                // What was set last is known as text: so hardly ever has it to be understood.
                let known = last.iter_mut().find(|(known, _)| *known == name);
                let is_same = known.as_ref().is_some_and(|(_, text)| *text == old);
                if !is_same && !before.was(name, old) {
                    flaws.push(Flaw::OldValue {
                        seq: event.seq,
                        field: name.to_owned(),
                    });
                }
                match known {
                    Some((_, text)) => *text = new,
                    None => last.push((name, new)),
                }
            })?;
            let to = ticket.state.status;
            if !leads(&event.event, from, to) {
                flaws.push(Flaw::Transition {
                    seq: event.seq,
                    event: event.event.clone(),
                    from,
                    to,
                });
            }
        }
        Ok(ticket)
    }

    /// Whether a field has this value. Before the opening there is nothing; of a field that this
    /// version does not know, only what an event before said is known.
    fn was(&self, name: &str, value: &str) -> bool {
        match name.parse::<Field>() {
            _ if self.rev == 0 && value == "null" => true,
            Ok(field) => self.state.holds(field, value),
            Err(()) => {
                let known = self.extra.get(name);
                known.is_none_or(|known| known.as_str() == value)
            }
        }
    }

    fn check_state(&self, folded: &Self, flaws: &mut Vec<Flaw>) {
        if self.state != folded.state {
            let changes = self.state.changes_to(&folded.state);
            flaws.extend(changes.iter().map(|(name, _)| Flaw::State {
                field: name.to_owned(),
            }));
        }
        for (field, same) in [
            ("opened", self.opened == folded.opened),
            ("updated", self.updated == folded.updated),
            ("solved", self.solved == folded.solved),
            ("closed", self.closed == folded.closed),
        ] {
            if !same {
                flaws.push(Flaw::Time { field });
            }
        }
        for (name, value) in folded.extra.iter() {
            if self.extra.get(name) != Some(value) {
                flaws.push(Flaw::State {
                    field: name.to_owned(),
                });
            }
        }
    }
}

/// Whether an event can lead from one status to another. What takes something back can lead
/// anywhere, and so can what this version does not know.
fn leads(event: &EventKind, from: Status, to: Status) -> bool {
    let active = matches!(to, Status::New | Status::Open);
    match event {
        EventKind::Assigned => {
            from == to
                || matches!(
                    (from, to),
                    (Status::New, Status::Open) | (Status::Open, Status::New)
                )
        }
        EventKind::Escalated => from.is_active() && active,
        EventKind::Noted => from == to || (from == Status::Pending && active),
        EventKind::Waiting => from.is_active() && to == Status::Pending,
        EventKind::Resumed => from == Status::Pending && active,
        EventKind::Resolved => from.is_active() && to == Status::Resolved,
        EventKind::Closed => from != Status::Closed && to == Status::Closed,
        EventKind::Reopened => from.is_solved() && active,
        EventKind::Rated | EventKind::Edited | EventKind::Linked | EventKind::Unlinked => {
            from == to
        }
        EventKind::Merged => to == Status::Closed,
        EventKind::Opened
        | EventKind::Unmerged
        | EventKind::Undone
        | EventKind::Voided
        | EventKind::Unvoided
        | EventKind::Other(_) => true,
    }
}
