//! What is asked under a key is done once, however often it is asked.
//!
//! The event keeps the key, so it is known for as long as the ticket lives, also after what was done
//! was taken back.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::decide::{Decision, Rules, Target};
use super::text::{subject, text};
use super::{Operation, Verb};
use crate::error::{Error, Result};
use crate::ticket::{Event, EventKind, Field, Ticket, TicketName};
use crate::view::Stop;

/// How the digest of a command line's words begins; that of a line is hexadecimal.
const OF_WORDS: char = 'w';

/// The longest key, in characters.
const LONGEST: usize = 200;

/// The key of an operation: whatever it is called by whoever asks for it, and never again for
/// something else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    name: String,
    /// What is asked, as a digest, where that is known as it was written.
    asked: Option<String>,
}

impl Key {
    /// A key of this name.
    ///
    /// # Errors
    /// [`Error::Usage`] when it is empty, or longer than 200 characters.
    pub fn new(name: &str) -> Result<Self> {
        match name.chars().count() {
            1..=LONGEST => Ok(Self {
                name: name.to_owned(),
                asked: None,
            }),
            0 => Err(Error::usage("the id is empty")),
            _ => Err(Error::usage(format!(
                "the id is longer than {LONGEST} characters"
            ))),
        }
    }

    /// The key of a line, with all that the line asks: as it is written and not as it is understood,
    /// since `2h` means another instant every time.
    pub(super) fn of_line(name: &str, fields: &[(Cow<'_, str>, Value)]) -> Result<Self> {
        let sorted: BTreeMap<_, _> = fields.iter().map(|(name, value)| (name, value)).collect();
        // What was read from JSON can be written.
        let text = serde_json::to_vec(&sorted).unwrap_or_default();
        Ok(Self::new(name)?.asking(Sha256::digest(text)))
    }

    /// The same key, for what is asked in these words of a command line, but for which ticket.
    #[must_use]
    pub fn in_words<'w>(self, words: impl IntoIterator<Item = &'w [u8]>) -> Self {
        let mut digest = Sha256::new();
        for word in words {
            digest.update(word.len().to_le_bytes());
            digest.update(word);
        }
        let mut key = self.asking(digest.finalize());
        key.asked = key.asked.map(|asked| format!("{OF_WORDS}{asked}"));
        key
    }

    fn asking(self, digest: impl AsRef<[u8]>) -> Self {
        let digits = digest.as_ref().iter().take(8);
        let digits = digits.map(|byte| format!("{byte:02x}")).collect();
        Self {
            asked: Some(digits),
            ..self
        }
    }

    /// Its name.
    pub fn as_str(&self) -> &str {
        &self.name
    }
}

/// Lets the first of the events keep the key that it was asked for under.
pub(super) fn mark(key: Option<&Key>, events: &mut [Event]) {
    if let (Some(key), Some(first)) = (key, events.first_mut()) {
        first.key = Some(key.name.clone());
        first.asked.clone_from(&key.asked);
    }
}

/// The decision of what was done before under the same key: nothing.
pub(super) fn done_before(rules: &Rules<'_>) -> Result<Option<Decision>, Stop> {
    let operation = rules.asked.operation;
    let Some(key) = &operation.key else {
        return Ok(None);
    };
    for id in rules.view.tickets_of_key(&key.name)? {
        let ticket = rules.view.ticket(&TicketName::Id(*id))?;
        let mut events = ticket.events.iter();
        let Some(event) = events.find(|event| event.key.as_ref() == Some(&key.name)) else {
            continue;
        };
        let is_same = match (&key.asked, &event.asked) {
            // A line says all of it, also which ticket, whatever that is called today.
            (Some(now), Some(then)) if is_of_line(now) && is_of_line(then) => now == then,
            (Some(now), Some(then)) if is_of_line(now) == is_of_line(then) && now != then => false,
            _ => is_by(&operation.verb, event) && is_on(rules, operation, ticket, event)?,
        };
        if !is_same {
            return Err(Error::KeyTaken {
                key: key.name.clone(),
                ticket: ticket.id,
                seq: event.seq,
            }
            .into());
        }
        return Ok(Some(Decision {
            target: Target::Existing(ticket.id),
            events: Vec::new(),
            why: Vec::new(),
            warnings: Vec::new(),
            done_before: Some(event.op.clone()),
        }));
    }
    Ok(None)
}

/// Whether what was asked was a line.
fn is_of_line(asked: &str) -> bool {
    !asked.starts_with(OF_WORDS)
}

/// Whether an event is one that a verb makes, with what is lost if it is another one: the subject, and
/// the text of a note.
fn is_by(verb: &Verb, event: &Event) -> bool {
    let says_the_same = match verb {
        Verb::Open(open) => {
            let known = event.new_value(Field::Subject);
            let known = known.and_then(|known| serde_json::from_str::<String>(known).ok());
            known == subject(&open.subject).ok()
        }
        Verb::Note(note) => {
            event.message.as_deref() == text(note.message.as_ref())
                && (event.public, event.from_requester) == (note.public, note.from_requester)
        }
        _ => true,
    };
    let kind = match verb {
        Verb::Open(_) => EventKind::Opened,
        Verb::Assign(_) | Verb::Take(_) => EventKind::Assigned,
        Verb::Escalate(_) => EventKind::Escalated,
        Verb::Note(_) => EventKind::Noted,
        Verb::Wait(_) => EventKind::Waiting,
        Verb::Resume(_) => EventKind::Resumed,
        Verb::Resolve(_) => EventKind::Resolved,
        Verb::Close(_) => EventKind::Closed,
        Verb::Reopen(_) => EventKind::Reopened,
        Verb::Rate(_) => EventKind::Rated,
        Verb::Edit(_) => EventKind::Edited,
        Verb::Link(_) => EventKind::Linked,
        Verb::Unlink(_) => EventKind::Unlinked,
        Verb::Merge(_) => EventKind::Merged,
        Verb::Unmerge(_) => EventKind::Unmerged,
        Verb::Undo(undo) => return event.undoes.as_ref() == Some(&undo.batch),
    };
    event.event == kind && event.undoes.is_none() && says_the_same
}

/// Whether an event of a ticket is about the one that an operation names.
fn is_on(
    rules: &Rules<'_>,
    operation: &Operation,
    ticket: &Ticket,
    event: &Event,
) -> Result<bool, Stop> {
    let Some(name) = &operation.ticket else {
        return Ok(event.event == EventKind::Opened);
    };
    let named = rules.view.ticket(name)?.id;
    Ok(named == event.sent_to.unwrap_or(ticket.id))
}
