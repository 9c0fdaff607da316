//! What happened to a ticket: the only thing that is ever appended to it.

use std::fmt;

use serde::de::{self, MapAccess};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::canonical::Canonical;
use super::{Changed, Fields, Json, Timestamp, Unknown};

/// The name of what happened.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum EventKind {
    /// The ticket came to be.
    Opened,
    /// Its assignee or team was set.
    Assigned,
    /// It was handed up, or down.
    Escalated,
    /// Somebody wrote something.
    Noted,
    /// It began to wait.
    Waiting,
    /// It goes on after waiting.
    Resumed,
    /// It was solved.
    Resolved,
    /// It was completed.
    Closed,
    /// It was not solved after all.
    Reopened,
    /// The requester said how satisfied they are.
    Rated,
    /// Fields were corrected.
    Edited,
    /// A relation to another ticket was written down.
    Linked,
    /// A relation was taken away.
    Unlinked,
    /// Another ticket took it over.
    Merged,
    /// It stands for itself again.
    Unmerged,
    /// What a run did to it was taken back.
    Undone,
    /// Its opening was taken back.
    Voided,
    /// It stands again, after its opening had been taken back.
    Unvoided,
    /// What a later version knows; kept, shown, and folded by its `changed`.
    Other(String),
}

/// All that this version knows, with their names.
const NAMES: [(EventKind, &str); 18] = [
    (EventKind::Opened, "opened"),
    (EventKind::Assigned, "assigned"),
    (EventKind::Escalated, "escalated"),
    (EventKind::Noted, "noted"),
    (EventKind::Waiting, "waiting"),
    (EventKind::Resumed, "resumed"),
    (EventKind::Resolved, "resolved"),
    (EventKind::Closed, "closed"),
    (EventKind::Reopened, "reopened"),
    (EventKind::Rated, "rated"),
    (EventKind::Edited, "edited"),
    (EventKind::Linked, "linked"),
    (EventKind::Unlinked, "unlinked"),
    (EventKind::Merged, "merged"),
    (EventKind::Unmerged, "unmerged"),
    (EventKind::Undone, "undone"),
    (EventKind::Voided, "voided"),
    (EventKind::Unvoided, "unvoided"),
];

impl EventKind {
    /// The name in files and logs.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Other(name) => name,
            known => NAMES
                .iter()
                .find(|(kind, _)| kind == known)
                .map_or("", |(_, name)| name),
        }
    }
}

impl From<&str> for EventKind {
    fn from(name: &str) -> Self {
        NAMES
            .iter()
            .find(|(_, known)| *known == name)
            .map_or_else(|| Self::Other(name.to_owned()), |(kind, _)| kind.clone())
    }
}

impl fmt::Display for EventKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for EventKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// Up to a tier that knows more, or down to one that has more hands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// To the next tier, or at the top tier to its manager.
    Up,
    /// Handed back.
    Down,
}

/// One thing that happened to a ticket.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// 1 for the opening, and so on without a gap.
    pub seq: u64,
    /// When, never before the event before it.
    pub at: Timestamp,
    /// What the machine's clock said, where it stood before the last event.
    pub clock: Option<Timestamp>,
    /// When it was written down, where `at` was stated (`--at`).
    pub recorded: Option<Timestamp>,
    /// Who did it.
    pub by: String,
    /// The operating system's user, where `by` acted as somebody else.
    pub real: Option<String>,
    /// What happened.
    pub event: EventKind,
    /// The operation that did it; one for all tickets of a bulk.
    pub op: String,
    /// The mark of the run that it takes back.
    pub undoes: Option<String>,
    /// The key under which it was asked for, so that it is done once.
    pub key: Option<String>,
    /// What was asked under that key, as a digest.
    pub asked: Option<String>,
    /// Up or down, of an escalation.
    pub direction: Option<Direction>,
    /// Whether the requester may read the message.
    pub public: bool,
    /// Whether the message is the requester's own.
    pub from_requester: bool,
    /// The ticket that the message was sent to, where that one had been merged into this one.
    pub sent_to: Option<super::TicketId>,
    /// Any text that a person gave.
    pub message: Option<String>,
    /// Why the program chose as it did, step by step.
    pub why: Vec<String>,
    /// The fields that it set, each as `[old, new]`.
    pub changed: Changed,
    /// What this version does not know, kept as it is.
    pub extra: Unknown,
}

impl Event {
    /// An event with nothing but its name: the rules fill in the rest.
    pub fn new(kind: EventKind, at: Timestamp, by: &str) -> Self {
        Self {
            seq: 0,
            at,
            clock: None,
            recorded: None,
            by: by.to_owned(),
            real: None,
            event: kind,
            op: String::new(),
            undoes: None,
            key: None,
            asked: None,
            direction: None,
            public: false,
            from_requester: false,
            sent_to: None,
            message: None,
            why: Vec::new(),
            changed: Changed::default(),
            extra: Unknown::default(),
        }
    }

    /// When it was written down, by the machine's clock: whatever was stated, and also where that
    /// clock stood before the last event.
    pub fn written(&self) -> Timestamp {
        self.recorded.or(self.clock).unwrap_or(self.at)
    }

    /// The new value of a field as JSON, where this event set it.
    pub fn new_value(&self, field: super::Field) -> Option<&str> {
        self.changed.get(field.name())?.pair().map(|[_, new]| new)
    }

    /// The value that a field had before as JSON, where this event set it.
    pub fn old_value(&self, field: super::Field) -> Option<&str> {
        self.changed.get(field.name())?.pair().map(|[old, _]| old)
    }

    /// Who was given the ticket by this event, if somebody was.
    pub(crate) fn given_to(&self) -> Option<String> {
        serde_json::from_str(self.new_value(super::Field::Assignee)?).ok()
    }

    /// Writes it in the canonical form of its JSON, of which its digest is.
    pub(super) fn write_canonical(&self, form: &mut Canonical) {
        if !self.extra.is_empty() {
            // What this version does not know is sorted in.
            return form.write(&mut Json::of(self).as_str());
        }
        form.write_object(|fields| {
            fields.field_if(self.asked.is_some(), "asked", &self.asked);
            fields.field("at", &self.at);
            fields.field("by", &self.by);
            fields.object("changed", self.changed.iter());
            fields.field_if(self.clock.is_some(), "clock", &self.clock);
            fields.field_if(self.direction.is_some(), "direction", &self.direction);
            fields.field("event", &self.event);
            fields.field_if(self.from_requester, "from_requester", &self.from_requester);
            fields.field_if(self.key.is_some(), "key", &self.key);
            fields.field_if(self.message.is_some(), "message", &self.message);
            fields.field("op", &self.op);
            fields.field_if(self.public, "public", &self.public);
            fields.field_if(self.real.is_some(), "real", &self.real);
            fields.field_if(self.recorded.is_some(), "recorded", &self.recorded);
            fields.field_if(self.sent_to.is_some(), "sent_to", &self.sent_to);
            fields.field("seq", &self.seq);
            fields.field_if(self.undoes.is_some(), "undoes", &self.undoes);
            fields.field_if(!self.why.is_empty(), "why", &self.why);
        });
    }
}

impl Serialize for Event {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = Fields::new(serializer.serialize_map(None)?, &self.extra);
        fields.field("seq", &self.seq)?;
        fields.field("at", &self.at)?;
        fields.field_if(self.clock.is_some(), "clock", &self.clock)?;
        fields.field_if(self.recorded.is_some(), "recorded", &self.recorded)?;
        fields.field("by", &self.by)?;
        fields.field_if(self.real.is_some(), "real", &self.real)?;
        fields.field("event", &self.event)?;
        fields.field("op", &self.op)?;
        fields.field_if(self.undoes.is_some(), "undoes", &self.undoes)?;
        fields.field_if(self.key.is_some(), "key", &self.key)?;
        fields.field_if(self.asked.is_some(), "asked", &self.asked)?;
        fields.field_if(self.direction.is_some(), "direction", &self.direction)?;
        fields.field_if(self.public, "public", &self.public)?;
        fields.field_if(self.from_requester, "from_requester", &self.from_requester)?;
        fields.field_if(self.sent_to.is_some(), "sent_to", &self.sent_to)?;
        fields.field_if(self.message.is_some(), "message", &self.message)?;
        fields.field_if(!self.why.is_empty(), "why", &self.why)?;
        fields.field_if(!self.changed.is_empty(), "changed", &self.changed)?;
        fields.end()
    }
}

impl<'de> Deserialize<'de> for Event {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Visitor)
    }
}

/// Reads an event by hand, so that unknown fields are kept and a field that stands twice is an
/// error: serde's `flatten` would buffer the whole event and let the last one win.
struct Visitor;

impl<'de> de::Visitor<'de> for Visitor {
    type Value = Event;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an event")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Event, A::Error> {
        let Some(epoch) = Timestamp::from_unix(0) else {
            return Err(de::Error::custom("no epoch"));
        };
        let mut event = Event::new(EventKind::Opened, epoch, "");
        let mut seen = super::Seen::default();
        while let Some(key) = seen.next_key(&mut map)? {
            match &*key {
                "seq" => event.seq = map.next_value()?,
                "at" => event.at = map.next_value()?,
                "clock" => event.clock = map.next_value()?,
                "recorded" => event.recorded = map.next_value()?,
                "by" => event.by = map.next_value()?,
                "real" => event.real = map.next_value()?,
                "event" => event.event = map.next_value::<super::Key<'de>>()?.0.as_ref().into(),
                "op" => event.op = map.next_value()?,
                "undoes" => event.undoes = map.next_value()?,
                "key" => event.key = map.next_value()?,
                "asked" => event.asked = map.next_value()?,
                "direction" => event.direction = map.next_value()?,
                "public" => event.public = map.next_value()?,
                "from_requester" => event.from_requester = map.next_value()?,
                "sent_to" => event.sent_to = map.next_value()?,
                "message" => event.message = map.next_value()?,
                "why" => event.why = map.next_value()?,
                "changed" => event.changed = map.next_value()?,
                _ => event.extra.read(&key, &seen, &mut map)?,
            }
        }
        for required in ["seq", "at", "by", "event"] {
            seen.require(required)?;
        }
        Ok(event)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::Index;
    use serde_json::{Map, Value, json};

    use super::*;

    /// An event that has every field that there is, with some in them that are hard to sort or to write.
    fn full() -> Map<String, Value> {
        let odd = "a\"\\b\n\u{e9}\u{fb33}\u{1f600} c";
        let event = json!({
            "seq": 7, "at": "2026-11-21T14:30:05Z", "clock": "2026-11-21T14:30:04Z",
            "recorded": "2026-11-21T14:30:06Z", "by": odd, "real": "root", "event": odd, "op": "o-1",
            "undoes": "o-0", "key": odd, "asked": "0011", "direction": "down", "public": true,
            "from_requester": true, "sent_to": 12, "message": odd, "why": [odd, "b"],
            "changed": {
                "tier": [1, 2], "subject": [null, odd], "links": [[], [{"to": 2, "kind": "blocks"}]],
                "zeta": [{"b": 1, "a": {"d": [odd], "c": -0.5}}, "x"],
            },
            "alpha": {"b": 1, "a": odd}, "zz": [1],
        });
        event.as_object().unwrap().clone()
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            failure_persistence: None,
            ..ProptestConfig::default()
        })]

        /// Whichever fields an event has: it is written as its JSON is, once that is sorted.
        #[test]
        fn an_event_has_the_canonical_form_of_its_json(
            left_out in prop::collection::vec(any::<Index>(), 0..20),
            unknown in any::<bool>(),
            odd_name in any::<bool>(),
            laid_out in any::<bool>(),
        ) {
            let mut event = full();
            let known = ["seq", "at", "by", "event", "op"];
            let names: Vec<String> = event.keys().cloned().collect();
            let mut left_out: Vec<&str> = left_out.iter().map(|at| at.get(&names).as_str()).collect();
            if !unknown {
                left_out.extend(["alpha", "zz"]);
            }
            left_out.iter().filter(|name| !known.contains(name)).for_each(|name| {
                event.shift_remove(*name);
            });
            if odd_name && let Some(changed) = event.get_mut("changed") {
                changed["\u{fb33}\""] = json!([1, "\\u0041"]);
                changed["\u{1f600}"] = json!([1, 2]);
            }
            let text = match laid_out {
                true => serde_json::to_string_pretty(&event).unwrap(),
                false => serde_json::to_string(&event).unwrap(),
            };
            // Letters may stand as escapes in what is kept as text.
            let event: Event = serde_json::from_str(&text.replace('\u{e9}', "\\u00e9")).unwrap();
            let (mut form, mut expected) = (Canonical::default(), Canonical::default());
            event.write_canonical(&mut form);
            expected.write(&mut serde_json::to_string(&event).unwrap().as_str());
            let text = |form: Canonical| String::from_utf8(form.text).unwrap();
            prop_assert_eq!(text(form), text(expected));
        }
    }
}
