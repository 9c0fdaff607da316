//! What reports need of a ticket's history, in few bytes: an index keeps it, so that a report reads no
//! files.
//!
//! From it come the same [`Facts`] as from the ticket, as of any instant, by the same walk.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::facts::{Facts, Happening, Walk};
use crate::ticket::{
    Channel, Event, EventKind, Field, Kind, State, Status, Ticket, TicketId, Timestamp,
};

/// An event, as far as reports care.
#[derive(Serialize)]
struct Move<'a> {
    at: i64,
    by: &'a str,
    what: u8,
    /// Fields, by their place in [`TOLD`], and what they were set to.
    set: Vec<(u8, Told<'a>)>,
}

/// The same while it is read, but for the fields, of which it says how many follow: nothing is gathered
/// of what is looked at once.
#[derive(Deserialize)]
struct Begun<'a> {
    at: i64,
    by: &'a [u8],
    what: u8,
    fields: usize,
}

/// The value that a field was given.
#[derive(Serialize, Deserialize)]
pub(super) enum Told<'a> {
    Nothing,
    Number(u8),
    #[serde(borrow)]
    Text(Cow<'a, str>),
}

/// The fields that are told; what a place means must not change while indexes are kept that have it.
const TOLD: [Field; 13] = [
    Field::Subject,
    Field::Status,
    Field::Priority,
    Field::Tier,
    Field::Team,
    Field::Assignee,
    Field::Requester,
    Field::Kind,
    Field::Channel,
    Field::Category,
    Field::Location,
    Field::Asset,
    Field::Stars,
];

/// The bits of [`Move::what`].
const PUBLIC: u8 = 1;
const FROM_REQUESTER: u8 = 2;
const ESCALATED: u8 = 4;
const DOWN: u8 = 8;
const MERGED: u8 = 16;
const UNMERGED: u8 = 32;
const VOIDED: u8 = 64;

/// The history of a ticket, for reports.
pub(crate) fn moves(ticket: &Ticket) -> Vec<u8> {
    let mut moves: Vec<Move<'_>> = Vec::with_capacity(ticket.events.len());
    let mut last = i64::MIN;
    for event in &ticket.events {
        // As the walk has it: no duration runs backwards, in whatever file.
        last = last.max(event.at.unix());
        if moves.is_empty() || says_something(event) {
            let told = of(event);
            moves.push(Move { at: last, ..told });
        }
    }
    // Numbers and texts can always be written.
    postcard::to_allocvec(&moves).unwrap_or_default()
}

fn of(event: &Event) -> Move<'_> {
    let happening = Happening::of(event);
    let bit = |set: bool, bit: u8| if set { bit } else { 0 };
    Move {
        at: event.at.unix(),
        by: &event.by,
        what: bit(happening.public, PUBLIC)
            | bit(happening.from_requester, FROM_REQUESTER)
            | bit(happening.escalated.is_some(), ESCALATED)
            | bit(
                happening.escalated == Some(crate::ticket::Direction::Down),
                DOWN,
            )
            | bit(event.event == EventKind::Merged, MERGED)
            | bit(event.event == EventKind::Unmerged, UNMERGED)
            | bit(happening.voided, VOIDED),
        set: told_of(event)
            .filter_map(|(field, told)| Some((number(place_of(field.name())?)?, told)))
            .collect(),
    }
}

/// The fields that an event set, as far as they are told, and to what. What is not of its field's type
/// sets nothing.
pub(super) fn told_of(event: &Event) -> impl Iterator<Item = (Field, Told<'static>)> {
    event.changed.iter().filter_map(|(name, pair)| {
        let field = TOLD[place_of(name)?];
        let [_, new] = pair.pair()?;
        let mut state = State::default();
        state.set(field, new).ok()?;
        Some((field, Told::of(field, state)))
    })
}

fn number(place: usize) -> Option<u8> {
    u8::try_from(place).ok()
}

fn place_of(name: &str) -> Option<usize> {
    TOLD.iter().position(|field| field.name() == name)
}

fn says_something(event: &Event) -> bool {
    let mut names = event.changed.iter().map(|(name, _)| name);
    event.public
        || event.from_requester
        || event.event == EventKind::Escalated
        || names.any(|name| place_of(name).is_some())
}

/// The facts as of an instant; `None` before the opening, or if these are no moves.
pub(crate) fn facts(moves: &[u8], id: TicketId, as_of: Timestamp) -> Option<Facts> {
    let (count, mut rest): (usize, _) = postcard::take_from_bytes(moves).ok()?;
    // Each of them takes a few bytes, whatever stands there.
    let mut walk = Walk::of_events(count.min(rest.len()));
    for _ in 0..count {
        let (begun, mut fields): (Begun<'_>, _) = postcard::take_from_bytes(rest).ok()?;
        let at = Timestamp::from_unix(begun.at)?;
        if at >= as_of {
            break;
        }
        let was = walk.status();
        for _ in 0..begun.fields {
            let ((place, told), more): ((u8, Told<'_>), _) =
                postcard::take_from_bytes(fields).ok()?;
            fields = more;
            if let Some(field) = TOLD.get(usize::from(place)) {
                walk.set(*field, told);
            }
        }
        rest = fields;
        walk.take(&begun.happening(at), was);
    }
    walk.into_facts(id)
}

impl<'a> Begun<'a> {
    fn happening(&self, at: Timestamp) -> Happening<'a> {
        let is = |bit: u8| self.what & bit != 0;
        use crate::ticket::Direction::{Down, Up};
        Happening {
            at,
            by: self.by,
            public: is(PUBLIC),
            from_requester: is(FROM_REQUESTER),
            escalated: is(ESCALATED).then(|| if is(DOWN) { Down } else { Up }),
            merged: is(MERGED),
            unmerged: is(UNMERGED),
            voided: is(VOIDED),
        }
    }
}

impl Told<'_> {
    /// The value that a field has in this state.
    fn of(field: Field, state: State) -> Self {
        let text =
            |text: Option<String>| text.map_or(Self::Nothing, |text| Self::Text(text.into()));
        let place = |place: Option<usize>| {
            let place = place.and_then(number);
            place.map_or(Self::Nothing, Self::Number)
        };
        match field {
            Field::Subject => text(Some(state.subject)),
            Field::Status => place(Status::ALL.iter().position(|known| *known == state.status)),
            Field::Priority => Self::Number(state.priority.get()),
            Field::Tier => Self::Number(state.tier.0),
            Field::Team => text(state.team),
            Field::Assignee => text(state.assignee),
            Field::Requester => text(state.requester),
            Field::Kind => place(state.kind.and_then(|kind| position(Kind::ALL, kind))),
            Field::Channel => place(
                state
                    .channel
                    .and_then(|channel| position(Channel::ALL, channel)),
            ),
            Field::Category => text(state.category.map(|category| category.as_str().to_owned())),
            Field::Location => text(state.location),
            Field::Asset => text(state.asset),
            Field::Stars => state.stars.map_or(Self::Nothing, Self::Number),
            _ => Self::Nothing,
        }
    }
}

fn position<T: PartialEq>(all: &[T], one: T) -> Option<usize> {
    all.iter().position(|known| *known == one)
}
