//! May it, and what follows: the one door to the rules.

use super::{Operation, Verb, assign, edit, escalate, key, link, merge, note, open, rate};
use super::{solve, undo, wait};
use crate::composed::composed;
use crate::error::{Error, Result};
use crate::policy::Policy;
use crate::roster::is_reserved;
use crate::ticket::{Event, EventKind, Field, State, Status, Ticket, TicketId, Timestamp};
use crate::view::{Stop, View};

/// An operation, with who asks for it and when.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// What is asked.
    pub operation: &'a Operation,
    /// Who asks.
    pub by: &'a str,
    /// The present.
    pub now: Timestamp,
}

/// Which ticket the events belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// One that is not there yet.
    New,
    /// One that is.
    Existing(TicketId),
}

/// What follows from an operation.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// Whose events they are.
    pub target: Target,
    /// What happened; nothing, where everything was so already.
    pub events: Vec<Event>,
    /// Why the program chose as it did, where no event records it.
    pub why: Vec<String>,
    /// What the one who asks should know.
    pub warnings: Vec<String>,
    /// The mark of the run that did it before, under the same key: so nothing happened now.
    pub done_before: Option<String>,
}

/// Decides an operation.
///
/// # Errors
/// [`Stop::Need`] when more must be known first; [`Stop::Error`] when it is refused or names what
/// is not there.
pub fn decide(asked: &Asked<'_>, view: &View, policy: &Policy) -> Result<Decision, Stop> {
    check_person(asked.by)?;
    check_time(asked)?;
    let rules = Rules {
        asked,
        view,
        policy,
    };
    if let Some(done) = key::done_before(&rules)? {
        return Ok(done);
    }
    let mut decision = by_verb(&rules)?;
    key::mark(asked.operation.key.as_ref(), &mut decision.events);
    Ok(decision)
}

fn by_verb(rules: &Rules<'_>) -> Result<Decision, Stop> {
    match &rules.asked.operation.verb {
        Verb::Open(open) => open::decide(rules, open),
        Verb::Assign(assign) => assign::decide(rules, assign),
        Verb::Take(take) => assign::decide_take(rules, take),
        Verb::Escalate(escalate) => escalate::decide(rules, escalate),
        Verb::Note(note) => note::decide(rules, note),
        Verb::Wait(wait) => wait::decide(rules, wait),
        Verb::Resume(resume) => wait::decide_resume(rules, resume),
        Verb::Resolve(solve) => solve::decide_resolve(rules, solve),
        Verb::Close(solve) => solve::decide_close(rules, solve),
        Verb::Reopen(reopen) => solve::decide_reopen(rules, reopen),
        Verb::Rate(rate) => rate::decide(rules, rate),
        Verb::Edit(edit) => edit::decide(rules, edit),
        Verb::Link(relate) => link::decide(rules, relate),
        Verb::Unlink(relate) => link::decide_unlink(rules, relate),
        Verb::Merge(merge) => merge::decide(rules, merge),
        Verb::Unmerge(unmerge) => merge::decide_unmerge(rules, unmerge),
        Verb::Undo(asked) => undo::decide(rules, asked),
    }
}

fn check_person(by: &str) -> Result<()> {
    if by.trim().is_empty() || by.chars().any(char::is_control) {
        return Err(Error::usage(format!("`{by}` is not the name of a person")));
    }
    Ok(())
}

fn check_time(asked: &Asked<'_>) -> Result<()> {
    match asked.operation.at {
        Some(at) if at > asked.now => Err(Error::refused(format!(
            "{at} has not come yet: it is {}",
            asked.now
        ))),
        _ => Ok(()),
    }
}

/// What every rule has at hand.
#[derive(Clone, Copy)]
pub(super) struct Rules<'a> {
    pub(super) asked: &'a Asked<'a>,
    pub(super) view: &'a View,
    pub(super) policy: &'a Policy,
}

impl<'a> Rules<'a> {
    /// The ticket that is asked about, if it is at the revision that was asked for.
    pub(super) fn ticket(&self) -> Result<&'a Ticket, Stop> {
        let Some(name) = &self.asked.operation.ticket else {
            return Err(Error::usage("no ticket is named").into());
        };
        let ticket = self.view.ticket(name)?;
        match self.asked.operation.if_rev {
            Some(expected) if expected != ticket.rev => Err(Error::Conflict {
                ticket: ticket.id,
                expected,
                found: ticket.rev,
            }
            .into()),
            _ => Ok(ticket),
        }
    }

    /// Who is meant by a name that was given for a technician: `me` is whoever asks, and while
    /// anybody is on the roster, others are unknown.
    pub(super) fn technician(&self, name: &str) -> Result<String, Stop> {
        let login = composed(match name {
            "me" => self.asked.by,
            login => login,
        });
        check_person(&login)?;
        if is_reserved(&login) {
            return Err(Error::usage(format!("`{login}` is not a technician")).into());
        }
        self.view.check_technician(&login)?;
        Ok(login.into_owned())
    }

    /// A warning when a technician would have more than their capacity with one more ticket.
    pub(super) fn over_capacity(&self, login: &str) -> Result<Option<String>, Stop> {
        let Some(technician) = self.view.technician(login)? else {
            return Ok(None);
        };
        let (has, capacity) = (self.view.loads()?.of(login), technician.capacity);
        Ok((has >= capacity).then(|| {
            format!("{login} has {has} open tickets already, for a capacity of {capacity}")
        }))
    }

    /// The draft of a change to a ticket.
    pub(super) fn draft(&self, ticket: &'a Ticket) -> Draft<'a> {
        Draft {
            rules: *self,
            ticket,
            state: ticket.state.clone(),
            warnings: Vec::new(),
        }
    }
}

/// How somebody goes on with a solved ticket: the hint of most refusals.
pub(super) fn take_up_again(ticket: &Ticket) -> String {
    let id = ticket.id;
    match ticket.state.merged_into {
        Some(into) => format!("it was merged: desk unmerge {id}, or go on with {into}"),
        None => format!("to take it up again: desk reopen {id} -m WHY"),
    }
}

/// A ticket's state while a rule changes it; becomes the event that leads there.
pub(super) struct Draft<'a> {
    rules: Rules<'a>,
    ticket: &'a Ticket,
    pub(super) state: State,
    pub(super) warnings: Vec<String>,
}

impl Draft<'_> {
    /// An active ticket is open while somebody has it, and new while nobody has.
    pub(super) fn activate(&mut self) {
        self.state.status = match self.state.assignee {
            Some(_) => Status::Open,
            None => Status::New,
        };
        self.state.waiting_on = None;
        self.state.waiting_until = None;
    }

    /// The decision that changes the ticket to the draft, in one event.
    pub(super) fn event(
        self,
        kind: EventKind,
        message: Option<&str>,
        fill: impl FnOnce(&mut Event),
    ) -> Result<Decision, Stop> {
        let (asked, last) = (self.rules.asked, self.ticket.updated);
        let mut event = Event::new(kind, asked.now, asked.by);
        match asked.operation.at {
            Some(at) if at < last => {
                let message = format!(
                    "ticket {}: {at} is before its last event, at {last}",
                    self.ticket.id
                );
                return Err(Error::refused(message).into());
            }
            Some(at) => {
                event.at = at;
                event.recorded = Some(asked.now);
            }
            // The machine's clock went back: time in a ticket does not.
            None if asked.now < last => {
                event.at = last;
                event.clock = Some(asked.now);
            }
            None => {}
        }
        event.seq = self.ticket.rev + 1;
        event.message = message.map(str::to_owned);
        event.changed = self.ticket.state.changes_to(&self.state);
        fill(&mut event);
        Ok(Decision {
            target: Target::Existing(self.ticket.id),
            events: vec![event],
            why: Vec::new(),
            warnings: self.warnings,
            done_before: None,
        })
    }

    /// The same, but nothing happened where nothing changes and nothing was said; unless it is to be
    /// known that it was asked for.
    pub(super) fn event_if_changed(
        self,
        kind: EventKind,
        message: Option<&str>,
        why: Vec<String>,
    ) -> Result<Decision, Stop> {
        let has_key = self.rules.asked.operation.key.is_some();
        if self.state != self.ticket.state || message.is_some() || has_key {
            return self.event(kind, message, |event| event.why = why);
        }
        Ok(Decision {
            target: Target::Existing(self.ticket.id),
            events: Vec::new(),
            why,
            warnings: self.warnings,
            done_before: None,
        })
    }
}

/// A refusal if a required field is empty.
pub(super) fn check_required(state: &State, required: &[Field], to: &str) -> Result<()> {
    let empty = |field: &&Field| {
        let value = state.value(**field);
        value.is_null() || value.as_array().is_some_and(Vec::is_empty) || value == ""
    };
    let missing: Vec<_> = required
        .iter()
        .filter(empty)
        .map(|field| field.name())
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(Error::refused(format!(
        "{} must be known to {to} a ticket",
        missing.join(", ")
    ))
    .with_hint("desk.toml asks for it, under [required]"))
}
