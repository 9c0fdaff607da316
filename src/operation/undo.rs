//! What a run did to a ticket is taken back: by one event that sets every field to what it was before
//! the run. History is never rewritten, so what takes back can be taken back too.
//!
//! It is refused where something later depends on it. An opening has no before: it is voided, which
//! closes the ticket and lets its reference go.

use std::collections::HashSet;

use super::Undo;
use super::decide::{Decision, Draft, Rules};
use super::merge::check_chain;
use super::open::priority;
use super::text::text;
use crate::error::{Error, Result};
use crate::ticket::{
    Event, EventKind, Field, Json, State, Status, Ticket, TicketId, TicketName, Tie,
};
use crate::view::{Relation, Stop};

/// How a voided ticket was solved.
const VOIDED: &str = "its opening was taken back";

/// The code of a voided ticket.
const VOID: &str = "void";

/// A priority, and what it is made of.
const PRIORITY: [Field; 4] = [
    Field::Impact,
    Field::Urgency,
    Field::Priority,
    Field::PriorityStated,
];

pub(super) fn decide(rules: &Rules<'_>, undo: &Undo) -> Result<Decision, Stop> {
    let ticket = rules.ticket()?;
    let past = Past::of(ticket, &undo.batch)?;
    past.expect_nothing_sent()?;
    let mut draft = rules.draft(ticket);
    let mut unknown = Vec::new();
    if past.is_of_opening() {
        past.expect_no_work()?;
        expect_no_ties(rules, ticket, &undo.batch)?;
    }
    if past.has(&EventKind::Opened) {
        void(&mut draft.state);
    } else {
        unknown = past.turn_back(&mut draft)?;
        past.follow_matrix(rules, &mut draft.state);
        expect_sound(rules, ticket, &draft.state)?;
    }
    let kind = past.reverse(&ticket.state, &draft.state);
    draft.event(kind, text(undo.message.as_ref()), |event| {
        event.undoes = Some(undo.batch.clone());
        for (name, pair) in unknown {
            event.changed.insert(name, pair);
        }
    })
}

/// What a run did to a ticket.
struct Past<'a> {
    ticket: &'a Ticket,
    run: &'a str,
    events: Vec<&'a Event>,
    /// The runs that were taken back.
    taken_back: HashSet<&'a str>,
}

/// A field that a run set.
struct Set<'a> {
    name: &'a str,
    /// The number of the event that set it first.
    since: u64,
    before: &'a str,
    after: &'a str,
}

impl<'a> Past<'a> {
    /// The past of a run that did something, and was not taken back.
    fn of(ticket: &'a Ticket, run: &'a str) -> Result<Self> {
        if run.is_empty() {
            return Err(Error::usage("no run is named"));
        }
        let events = ticket.events.iter().filter(|event| event.op == run);
        let past = Self {
            ticket,
            run,
            events: events.collect(),
            taken_back: ticket.taken_back(),
        };
        if past.events.is_empty() {
            return Err(past.refused(format!("nothing was done to it by the run {run}")));
        }
        if past.taken_back.contains(run) {
            let mut takers = ticket.events.iter().rev();
            let taker = takers.find(|event| event.undoes.as_deref() == Some(run));
            let error = past.refused(format!("what the run {run} did was taken back already"));
            return Err(match taker {
                Some(taker) => error.with_hint(format!("to do it again: desk undo {}", taker.op)),
                None => error,
            });
        }
        Ok(past)
    }

    fn refused(&self, why: impl std::fmt::Display) -> Error {
        Error::refused(format!("ticket {}: {why}", self.ticket.id))
    }

    fn has(&self, kind: &EventKind) -> bool {
        self.events.iter().any(|event| event.event == *kind)
    }

    /// Whether the ticket is there by the run: opened by it, or there again.
    fn is_of_opening(&self) -> bool {
        self.events.iter().any(|event| opens(event))
    }

    /// What was sent to the requester cannot be unsaid.
    fn expect_nothing_sent(&self) -> Result<()> {
        let mut events = self.events.iter();
        match events.find(|event| event.public && !event.from_requester) {
            Some(event) => Err(self
                .refused(format!(
                    "event {} went to the requester, and cannot be taken back",
                    event.seq
                ))
                .with_hint(format!(
                    "write again: desk reply {} -m TEXT",
                    self.ticket.id
                ))),
            None => Ok(()),
        }
    }

    /// What others did after an event, and still stands. What takes back, or does again, only leads
    /// back to what is known.
    fn later(&self, seq: u64) -> impl Iterator<Item = &'a Event> {
        self.ticket.events.iter().filter(move |event| {
            event.seq > seq
                && event.op != self.run
                && event.undoes.is_none()
                && !self.taken_back.contains(event.op.as_str())
        })
    }

    /// The refusal for the sake of a later event.
    fn depends(&self, what: impl std::fmt::Display, later: &Event) -> Error {
        let Event {
            seq, event, by, op, ..
        } = later;
        let error = self.refused(format!("{what}: event {seq}, {event} by {by}"));
        match op.as_str() {
            "" => error,
            op => error.with_hint(format!("take that back first: desk undo {op}")),
        }
    }

    /// Nothing, if nobody did anything to the ticket since.
    fn expect_no_work(&self) -> Result<()> {
        let first = self.events.first().map_or(0, |event| event.seq);
        match self.later(first).next() {
            Some(later) => Err(self.depends("it was worked on since", later)),
            None => Ok(()),
        }
    }

    /// The fields that the run set, but for those that it set back itself.
    fn set(&self) -> Result<Vec<Set<'a>>> {
        let mut set: Vec<Set<'a>> = Vec::new();
        for event in &self.events {
            for (name, pair) in event.changed.iter() {
                let [before, after] = pair.pair().ok_or_else(|| {
                    self.refused(format!("`{name}` is not a pair of old and new"))
                })?;
                match set.iter_mut().find(|known| known.name == name) {
                    Some(known) => known.after = after,
                    None => set.push(Set {
                        name,
                        since: event.seq,
                        before,
                        after,
                    }),
                }
            }
        }
        set.retain(|set| set.before != set.after);
        Ok(set)
    }

    /// Sets every field to what it was; gives the pairs of those that this version does not know.
    fn turn_back(&self, draft: &mut Draft<'_>) -> Result<Vec<(&'a str, Json)>> {
        let mut unknown = Vec::new();
        let mut moves_status = false;
        for set in self.set()? {
            self.expect_unchanged(&set)?;
            match set.name.parse::<Field>() {
                Ok(field) => {
                    moves_status |= matches!(field, Field::Status | Field::Assignee);
                    draft
                        .state
                        .set(field, set.before)
                        .map_err(|error| self.refused(format!("`{}`: {error}", set.name)))?;
                }
                Err(()) => unknown.push((set.name, Json::leading([set.after, set.before]))),
            }
        }
        // It may have been given to somebody, or taken away, without the status being asked.
        if moves_status && matches!(draft.state.status, Status::New | Status::Open) {
            draft.activate();
        }
        Ok(unknown)
    }

    /// A priority that nobody stated follows from impact and urgency, also from those that were set
    /// since.
    fn follow_matrix(&self, rules: &Rules<'_>, state: &mut State) {
        let sets = |event: &Event| {
            let mut fields = PRIORITY.iter();
            fields.any(|field| event.changed.get(field.name()).is_some())
        };
        let first = self.events.iter().find(|event| sets(event));
        // Also what took something back, or did it again.
        let is_later = |event: &Event, first: &Event| event.seq > first.seq && event.op != self.run;
        let mut all = self.ticket.events.iter();
        let moved =
            first.is_some_and(|first| all.any(|event| is_later(event, first) && sets(event)));
        if moved && !state.priority_stated {
            (state.priority, _) = priority(rules, None, state.impact, state.urgency);
        }
    }

    /// Nothing, if a field is as the run left it, and nobody else's doing.
    fn expect_unchanged(&self, set: &Set<'_>) -> Result<()> {
        let field = set.name.parse::<Field>();
        if field == Ok(Field::Priority) && !self.ticket.state.priority_stated {
            // It follows what it follows from, whoever set that.
            return Ok(());
        }
        let mut later = self.later(set.since);
        if let Some(later) = later.find(|event| event.changed.get(set.name).is_some()) {
            return Err(self.depends(format!("`{}` was set since", set.name), later));
        }
        let is_same = match field {
            Ok(field) => self.ticket.state.holds(field, set.after),
            Err(()) => {
                let known = self.ticket.extra.get(set.name);
                known.is_some_and(|known| known.as_str() == set.after)
            }
        };
        match is_same {
            true => Ok(()),
            false => Err(self.refused(format!("`{}` is not what the run made it", set.name))),
        }
    }

    /// What it is called to take this back: reports must know merges and voids.
    fn reverse(&self, before: &State, after: &State) -> EventKind {
        match (before.merged_into, after.merged_into) {
            _ if self.is_of_opening() => EventKind::Voided,
            _ if self.has(&EventKind::Voided) => EventKind::Unvoided,
            (Some(_), None) => EventKind::Unmerged,
            (was, Some(is)) if was != Some(is) => EventKind::Merged,
            _ => EventKind::Undone,
        }
    }
}

/// A ticket that should not be there: closed, merged into none, and its reference free for another.
fn void(state: &mut State) {
    state.status = Status::Closed;
    state.waiting_on = None;
    state.waiting_until = None;
    state.merged_into = None;
    state.reference = None;
    state.resolution = Some(VOIDED.to_owned());
    state.code = Some(VOID.to_owned());
}

/// Nothing, if no other ticket is tied to this one, but by the same run, which is taken back.
fn expect_no_ties(rules: &Rules<'_>, ticket: &Ticket, run: &str) -> Result<(), Stop> {
    let id = ticket.id;
    let relations = rules.view.relations_to(id)?;
    if let Some(error) = rules.view.unread() {
        // It may be related.
        return Err(error.clone().into());
    }
    for relation in relations.iter().filter(|relation| relation.from != id) {
        let from = relation.from;
        let other = rules.view.ticket(&TicketName::Id(from))?;
        // What is there by the same run goes with it, and its ties too.
        let goes = |event: &Event| opens(event) || ties(event, relation, id);
        if other
            .events
            .iter()
            .any(|event| event.op == run && goes(event))
        {
            continue;
        }
        let how = match relation.tie {
            Tie::Merge => format!("ticket {from} was merged into it"),
            Tie::Link(kind) => format!("ticket {from} is linked to it ({kind})"),
        };
        return Err(Error::refused(format!("ticket {id}: {how}")).into());
    }
    Ok(())
}

/// Whether a ticket is there by an event.
fn opens(event: &Event) -> bool {
    matches!(event.event, EventKind::Opened | EventKind::Unvoided)
}

/// Whether an event is what tied its ticket to another one.
fn ties(event: &Event, relation: &Relation, to: TicketId) -> bool {
    let mut state = State::default();
    for field in [Field::Links, Field::MergedInto] {
        if let Some(value) = event.new_value(field) {
            // What is not of its field's type ties nothing.
            let _ = state.set(field, value);
        }
    }
    Tie::all_of(&state).any(|tie| tie == (to, relation.tie))
}

/// Nothing, if what comes of it is what a ticket can be, now.
fn expect_sound(rules: &Rules<'_>, ticket: &Ticket, after: &State) -> Result<(), Stop> {
    let (id, before) = (ticket.id, &ticket.state);
    if let Some(into) = after.merged_into {
        if after.status != Status::Closed {
            let error = match before.merged_into {
                Some(_) => {
                    let message = format!("ticket {id}: it was merged into {into} since");
                    let hint = format!("take that back first: desk unmerge {id}");
                    Error::refused(message).with_hint(hint)
                }
                None => Error::refused(format!("ticket {id}: it was taken up again since")),
            };
            return Err(error.into());
        }
        if before.merged_into != Some(into) {
            check_chain(rules, id, rules.view.ticket(&TicketName::Id(into))?)?;
        }
    }
    if let Some(reference) = &after.reference
        && before.reference.as_ref() != Some(reference)
    {
        rules.view.check_free(reference, Some(id))?;
    }
    if let Some(login) = &after.assignee
        && before.assignee.as_ref() != Some(login)
        && after.status.is_active()
    {
        rules.view.check_technician(login)?;
    }
    Ok(())
}
