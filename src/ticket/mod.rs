//! A ticket: its number, its current state, and the events that made it so.
//!
//! Pure: nothing here reads a clock or touches a file. A ticket changes in one way only, by
//! [`Ticket::apply`], which sets what an [`Event`] says and knows nothing of verbs: so an event of
//! a later version folds right, and the reverse of an event is the event with its pairs swapped.

mod canonical;
mod category;
mod digest;
mod event;
mod flaws;
mod id;
mod json;
mod kinds;
mod priority;
mod run;
mod state;
mod status;
mod tie;
mod time;

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use serde::de::{self, MapAccess};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub use category::Category;
pub use digest::Digest;
pub use event::{Direction, Event, EventKind};
pub use flaws::Flaw;
pub use id::{Reference, TicketId, TicketName};
pub use json::{Changed, Json, Unknown};
pub(crate) use json::{Fields, end_of};
pub use kinds::{Channel, Kind, LinkKind, Service, WaitingOn};
pub use priority::{Level, Matrix, Priority};
pub(crate) use run::{Part, Told};
pub use state::{Field, State};
pub use status::Status;
pub use tie::Tie;
pub use time::Timestamp;

/// `Display` and `FromStr` for an enum that has `ALL` and `as_str`.
macro_rules! named {
    ($name:ident, $what:literal) => {
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, String> {
                Self::ALL
                    .iter()
                    .copied()
                    .find(|known| known.as_str().eq_ignore_ascii_case(text))
                    .ok_or_else(|| {
                        let names: Vec<_> = Self::ALL.iter().map(|known| known.as_str()).collect();
                        format!("{} `{text}` is not one of {}", $what, names.join(", "))
                    })
            }
        }
    };
}
use named;

/// The version of the ticket files that this program writes, and the newest that it may change.
pub const FORMAT: u32 = 1;

/// A tier of support; 1 is the service desk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Tier(pub u8);

impl Default for Tier {
    fn default() -> Self {
        Self(1)
    }
}

impl fmt::Display for Tier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::str::FromStr for Tier {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.parse() {
            Ok(tier @ 1..) => Ok(Self(tier)),
            _ => Err(format!("tier `{text}` is not a number from 1 on")),
        }
    }
}

/// A relation to another ticket, read from the ticket that holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// How it relates.
    pub kind: LinkKind,
    /// To which one.
    pub to: TicketId,
}

/// A ticket, with its whole history.
#[derive(Debug, Clone, PartialEq)]
pub struct Ticket {
    /// The format version of the file that it was read from.
    pub format: u32,
    /// Its number.
    pub id: TicketId,
    /// How many events it has.
    pub rev: u64,
    /// What is true of it now.
    pub state: State,
    /// When it was opened.
    pub opened: Timestamp,
    /// When the last thing happened to it.
    pub updated: Timestamp,
    /// When it was last solved, while it is solved.
    pub solved: Option<Timestamp>,
    /// When it was closed, while it is closed.
    pub closed: Option<Timestamp>,
    /// The digest of its events; a file that somebody made by hand has none.
    pub digest: Option<Digest>,
    /// What this version does not know, kept as it is.
    pub extra: Unknown,
    /// What happened, oldest first.
    pub events: Vec<Event>,
}

/// Why a ticket's history cannot be folded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfoldable {
    /// The number of the event that cannot be applied; 0 where there is none at all.
    pub seq: u64,
    /// What is wrong with it.
    pub cause: String,
}

impl fmt::Display for Unfoldable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "event {}: {}", self.seq, self.cause)
    }
}

impl Ticket {
    /// A ticket of which nothing is known but its number, before its first event.
    pub fn blank(id: TicketId, at: Timestamp) -> Self {
        Self {
            format: FORMAT,
            id,
            rev: 0,
            state: State::default(),
            opened: at,
            updated: at,
            solved: None,
            closed: None,
            digest: None,
            extra: Unknown::default(),
            events: Vec::new(),
        }
    }

    /// Appends one event: folds it in, and takes it into the digest.
    ///
    /// The digest goes on from where it stands, right or wrong: so a past that was changed stays
    /// found out, however much happens later.
    ///
    /// # Errors
    /// As [`Ticket::apply`].
    pub fn append(&mut self, event: Event) -> Result<(), Unfoldable> {
        let since = self.rev;
        self.apply(event)?;
        self.seal(since);
        Ok(())
    }

    /// Takes the events that were applied since a revision, of which the digest is, into the digest.
    pub(crate) fn seal(&mut self, since: u64) {
        let before = match since {
            0 => Some(Digest::of_nothing(self.id)),
            _ => self.digest,
        };
        let since = usize::try_from(since).unwrap_or(usize::MAX);
        let events = self.events.iter().skip(since);
        self.digest = before.map(|digest| digest.along_events(events));
    }

    /// Folds one event in: sets what its `changed` says, and keeps it.
    ///
    /// # Errors
    /// When a value is not of its field's type. The ticket is then of no more use.
    pub fn apply(&mut self, event: Event) -> Result<(), Unfoldable> {
        self.fold_in(&event)?;
        if self.events.is_empty() {
            // Most of a bulk are tickets of one event: no room is kept for more.
            self.events.reserve_exact(1);
        }
        self.events.push(event);
        Ok(())
    }

    /// The same for a ticket whose events nobody asks for.
    fn fold_in(&mut self, event: &Event) -> Result<(), Unfoldable> {
        self.fold_in_watched(event, |_, _, _| {})
    }

    /// The same; `watch` sees each field before it is set: its name, and the old and the new value.
    fn fold_in_watched<'e>(
        &mut self,
        event: &'e Event,
        mut watch: impl FnMut(&Self, &'e str, [&'e str; 2]),
    ) -> Result<(), Unfoldable> {
        let was = self.state.status;
        for (name, pair) in event.changed.iter() {
            let unfoldable = |cause: String| Unfoldable {
                seq: event.seq,
                cause,
            };
            let Some([old, new]) = pair.pair() else {
                return Err(unfoldable(format!("`{name}` is not a pair of old and new")));
            };
            watch(self, name, [old, new]);
            match name.parse::<Field>() {
                Ok(field) => self
                    .state
                    .set(field, new)
                    .map_err(|error| unfoldable(format!("`{name}`: {error}")))?,
                Err(()) => {
                    self.extra.set(HEAD, name, Json::known(new));
                }
            }
        }
        self.keep_times(was, event);
        self.rev += 1;
        Ok(())
    }

    /// The instants that follow from an event and from the status before and after it.
    fn keep_times(&mut self, was: Status, event: &Event) {
        let is = self.state.status;
        if self.rev == 0 {
            self.opened = event.at;
        }
        self.updated = event.at;
        match (was.is_solved(), is.is_solved()) {
            (false, true) => self.solved = Some(event.at),
            (_, false) => self.solved = None,
            (true, true) => {}
        }
        match (was, is) {
            (Status::Closed, Status::Closed) => {}
            (_, Status::Closed) => self.closed = Some(event.at),
            _ => self.closed = None,
        }
    }

    /// The ticket as its events make it, without those at or after `as_of`; `None` before its
    /// opening.
    ///
    /// # Errors
    /// When an event cannot be applied.
    pub fn fold(&self, as_of: Option<Timestamp>) -> Result<Option<Self>, Unfoldable> {
        let within = |event: &&Event| as_of.is_none_or(|instant| event.at < instant);
        let mut ticket = Self::blank(self.id, self.opened);
        ticket.format = self.format;
        for event in self.events.iter().take_while(within) {
            ticket.apply(event.clone())?;
        }
        Ok((ticket.rev > 0).then_some(ticket))
    }

    /// Whether a promise made by hand is broken, and still matters.
    pub fn is_late(&self, now: Timestamp) -> bool {
        self.state.status.is_active() && self.state.due.is_some_and(|due| due < now)
    }

    /// The state alone, for lists: as JSON, all but the events.
    pub fn head(&self) -> Head<'_> {
        Head(self)
    }

    /// Number and, where there is one, reference: what an error or a warning calls the ticket.
    pub fn name(&self) -> TicketName {
        TicketName::Id(self.id)
    }

    fn write_head<M: SerializeMap>(&self, fields: &mut Fields<'_, M>) -> Result<(), M::Error> {
        fields.field("desk_ticket", &self.format)?;
        fields.field("id", &self.id)?;
        fields.field("rev", &self.rev)?;
        self.state.write(fields)?;
        fields.field("opened", &self.opened)?;
        fields.field("updated", &self.updated)?;
        fields.field("solved", &self.solved)?;
        fields.field("closed", &self.closed)?;
        fields.field("digest", &self.digest)
    }
}

impl Serialize for Ticket {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = Fields::new(serializer.serialize_map(None)?, &self.extra);
        self.write_head(&mut fields)?;
        fields.field("events", &self.events)?;
        fields.end()
    }
}

/// A ticket without its events.
#[derive(Debug, Clone, Copy)]
pub struct Head<'a>(&'a Ticket);

impl Serialize for Head<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = Fields::new(serializer.serialize_map(None)?, &self.0.extra);
        self.0.write_head(&mut fields)?;
        fields.end()
    }
}

impl<'de> Deserialize<'de> for Ticket {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Visitor)
    }
}

/// How many fields stand in a ticket's file before its events.
const HEAD: usize = Field::ALL.len() + 8;

/// A key of an object, or another text, borrowed from the input where it holds no escapes.
#[derive(Deserialize)]
pub(crate) struct Key<'a>(#[serde(borrow)] pub(crate) Cow<'a, str>);

/// Which keys of an object came by: none may stand twice, and some must be there.
#[derive(Default)]
pub(crate) struct Seen<'de> {
    /// A bit of each key: where it is not set, the key did not come by, and nothing has to be
    /// compared.
    marks: [u64; 4],
    few: Vec<Cow<'de, str>>,
    /// What came after the first [`FEW`]: a hostile file has a million keys, and comparing each
    /// with all would take hours.
    many: HashSet<Cow<'de, str>>,
}

/// So many keys are compared faster than hashed; a ticket has fewer.
const FEW: usize = 64;

impl<'de> Seen<'de> {
    /// The object's next key; `None` at its end.
    pub(crate) fn next_key<A: MapAccess<'de>>(
        &mut self,
        map: &mut A,
    ) -> Result<Option<Cow<'de, str>>, A::Error> {
        let Some(Key(key)) = map.next_key::<Key<'de>>()? else {
            return Ok(None);
        };
        self.add(key.clone()).map_err(de::Error::custom)?;
        Ok(Some(key))
    }

    /// Takes note of a key; an error if it came by before.
    pub(crate) fn add(&mut self, key: Cow<'de, str>) -> Result<(), String> {
        let is_full = self.few.len() == FEW;
        let may_be_known = self.mark(&key);
        if may_be_known && (self.few.contains(&key) || (is_full && self.many.contains(&key))) {
            return Err(format!("`{key}` stands twice"));
        }
        if self.few.is_empty() {
            self.few.reserve(16);
        }
        match is_full {
            true => drop(self.many.insert(key)),
            false => self.few.push(key),
        }
        Ok(())
    }

    /// Sets the bit of a key; gives whether it was set. Its length and two of its bytes tell most
    /// of the keys apart that a file has.
    fn mark(&mut self, key: &str) -> bool {
        let bytes = key.as_bytes();
        let byte = |at: usize| bytes.get(at).map_or(0, |byte| u64::from(*byte));
        let sketch = bytes.len() as u64 ^ byte(0) << 8 ^ byte(bytes.len() / 2) << 16;
        // Of a product the upper bits depend on all of a factor's.
        let hash = sketch.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let (word, bit) = ((hash >> 62) as usize, 1 << ((hash >> 56) & 63));
        let was = self.marks[word] & bit != 0;
        self.marks[word] |= bit;
        was
    }

    fn len(&self) -> usize {
        self.few.len() + self.many.len()
    }

    pub(crate) fn require<E: de::Error>(&self, key: &'static str) -> Result<(), E> {
        if self.few.iter().any(|seen| seen == key) || self.many.contains(key) {
            return Ok(());
        }
        Err(E::missing_field(key))
    }
}

struct Visitor;

impl<'de> de::Visitor<'de> for Visitor {
    type Value = Ticket;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a ticket")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Ticket, A::Error> {
        let Some(epoch) = Timestamp::from_unix(0) else {
            return Err(de::Error::custom("no epoch"));
        };
        let mut ticket = Ticket::blank(TicketId::FIRST, epoch);
        let mut seen = Seen::default();
        while let Some(key) = seen.next_key(&mut map)? {
            match &*key {
                "desk_ticket" => ticket.format = map.next_value()?,
                "id" => ticket.id = map.next_value()?,
                "rev" => ticket.rev = map.next_value()?,
                "opened" => ticket.opened = map.next_value()?,
                "updated" => ticket.updated = map.next_value()?,
                "solved" => ticket.solved = map.next_value()?,
                "closed" => ticket.closed = map.next_value()?,
                "digest" => ticket.digest = map.next_value()?,
                "events" => ticket.events = map.next_value()?,
                name => match name.parse::<Field>() {
                    Ok(field) => ticket.state.read(field, &mut map)?,
                    Err(()) => ticket.extra.read(&key, &seen, &mut map)?,
                },
            }
        }
        for required in [
            "desk_ticket",
            "id",
            "rev",
            "subject",
            "status",
            "opened",
            "updated",
            "events",
        ] {
            seen.require(required)?;
        }
        Ok(ticket)
    }
}
