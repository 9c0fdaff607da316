//! Evidence that a ticket's past is as it was written: one digest over all its events in order.
//!
//! Each event's digest covers the one before it, so an event that is changed, removed or put
//! elsewhere makes the last one wrong. What is digested is the event's JSON in the canonical form
//! of RFC 8785 (keys sorted, no white space), not a file's bytes: it holds wherever a ticket is
//! kept. Only numbers stay as they were written: as IEEE doubles, which the RFC takes them for,
//! long ones would not show that a digit was changed. SHA-256 is that of FIPS 180-4.
//!
//! The digest shows what was changed by who did not know of it. Who rewrites a file can rewrite its
//! digest too: against that only a copy of the digests helps that is kept elsewhere.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest as _, Sha256};

use super::canonical::{Canonical, next_key, skip};
use super::json::length_of_value;
use super::{Event, TicketId};

/// The digest of a ticket's events, from the first to some event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest of a ticket before its first event: of its number, so that two tickets that
    /// change places are found.
    pub fn of_nothing(id: TicketId) -> Self {
        Self(Sha256::digest(format!("desk ticket {id}\n")).into())
    }

    /// The digest with one more event.
    #[must_use]
    pub fn then(self, event: &Event) -> Self {
        self.along_events(std::iter::once(event))
    }

    /// The digest with more events.
    pub(super) fn along_events<'a>(self, events: impl Iterator<Item = &'a Event>) -> Self {
        let mut form = Canonical::default();
        events.fold(self, |digest, event| {
            form.text.clear();
            event.write_canonical(&mut form);
            digest.then_form(&form.text)
        })
    }

    /// The digest with one more event, which has this form.
    fn then_form(self, form: &[u8]) -> Self {
        let mut hash = Sha256::new();
        hash.update(self.0);
        hash.update(form);
        Self(hash.finalize().into())
    }

    /// The digest of all of a ticket's events.
    pub fn of_all(id: TicketId, events: &[Event]) -> Self {
        Self::of_nothing(id).along_events(events.iter())
    }

    /// The digests after each of the events that stand in a ticket's file, which was read before: of
    /// what is written there, and not of what was understood of it.
    pub(crate) fn along(id: TicketId, file: &str) -> impl Iterator<Item = Self> {
        let mut events = events_in(file);
        let mut digest = Self::of_nothing(id);
        let mut form = Canonical::default();
        std::iter::from_fn(move || {
            skip(&mut events);
            if events.is_empty() || events.starts_with(']') {
                return None;
            }
            form.text.clear();
            form.write(&mut events);
            digest = digest.then_form(&form.text);
            Some(digest)
        })
    }
}

/// What stands behind the bracket of a file's events.
fn events_in(file: &str) -> &str {
    let mut rest = file.trim_ascii_start().strip_prefix('{').unwrap_or("");
    loop {
        skip(&mut rest);
        if rest.is_empty() || rest.starts_with('}') {
            return "";
        }
        let name = next_key(&mut rest);
        skip(&mut rest);
        if name == "events" {
            return rest.strip_prefix('[').unwrap_or("");
        }
        rest = &rest[length_of_value(rest)..];
    }
}

impl From<[u8; 32]> for Digest {
    fn from(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl Digest {
    fn to_text(self) -> String {
        let mut text = String::with_capacity(64);
        for byte in self.0 {
            text.extend(
                [byte >> 4, byte & 0xf]
                    .map(|digit| char::from(b"0123456789abcdef"[usize::from(digit)])),
            );
        }
        text
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_text())
    }
}

impl FromStr for Digest {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let digit = |byte: u8| match byte {
            b'0'..=b'9' => Some(byte - b'0'),
            b'a'..=b'f' => Some(byte - b'a' + 10),
            _ => None,
        };
        let byte = |at: usize| {
            let [high, low] = [text.as_bytes()[at], text.as_bytes()[at + 1]];
            Some(digit(high)? << 4 | digit(low)?)
        };
        let mut bytes = [0; 32];
        let all = match text.len() == 2 * bytes.len() {
            true => (bytes.iter_mut().zip((0..).step_by(2)))
                .try_for_each(|(into, at)| byte(at).map(|byte| *into = byte)),
            false => None,
        };
        match all {
            Some(()) => Ok(Self(bytes)),
            None => Err(format!("`{text}` is not a digest of 64 hexadecimal digits")),
        }
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match serializer.is_human_readable() {
            true => serializer.serialize_str(&self.to_text()),
            false => self.0.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if !deserializer.is_human_readable() {
            return <[u8; 32]>::deserialize(deserializer).map(Self);
        }
        let super::Key(text) = super::Key::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Json;
    use super::*;
    use serde_json::{Value, json};

    fn event(value: &Value) -> Event {
        serde_json::from_value(value.clone()).unwrap()
    }

    /// Computed with `sha256sum` over bytes that were written down by hand.
    #[test]
    fn the_digest_is_that_of_the_canonical_form() {
        let id = TicketId::new(7).unwrap();
        let nothing = "63acd8efe5908d67b39fe6f2e68a6e696a5f3827a85a73968d0e1c1adfdc81c1";
        assert_eq!(Digest::of_nothing(id).to_string(), nothing);
        let told = event(&json!({
            "seq": 1, "at": "2026-11-21T14:30:05Z", "by": "minh", "event": "noted", "op": "x",
            "message": "máy in\n\"x\"", "zeta": {"b": 1, "a": [true, null]},
        }));
        let expected = "{\"at\":\"2026-11-21T14:30:05Z\",\"by\":\"minh\",\"event\":\"noted\",\
            \"message\":\"máy in\\n\\\"x\\\"\",\"op\":\"x\",\"seq\":1,\
            \"zeta\":{\"a\":[true,null],\"b\":1}}";
        let mut form = Canonical::default();
        told.write_canonical(&mut form);
        assert_eq!(String::from_utf8(form.text).unwrap(), expected);
        let one = "65bc87da85e34cb5e18ada254a5c9dbde7f5f152bb67ed26cac79ec5459d7c71";
        assert_eq!(Digest::of_all(id, &[told]).to_string(), one);
    }

    #[test]
    fn what_an_event_takes_back_and_its_key_are_in_the_digest() {
        let id = TicketId::new(7).unwrap();
        let plain = json!({
            "seq": 1, "at": "2026-11-21T14:30:05Z", "by": "minh", "event": "undone", "op": "y",
            "undoes": "x", "key": "k", "asked": "0011223344556677",
        });
        let told = event(&plain);
        let written = "{\"seq\":1,\"at\":\"2026-11-21T14:30:05Z\",\"by\":\"minh\",\
            \"event\":\"undone\",\"op\":\"y\",\"undoes\":\"x\",\"key\":\"k\",\
            \"asked\":\"0011223344556677\"}";
        assert_eq!(Json::of(&told).as_str(), written);
        let whole = Digest::of_all(id, &[told]);
        for field in ["undoes", "key", "asked"] {
            let mut other = plain.clone();
            other[field] = "z".into();
            assert_ne!(Digest::of_all(id, &[event(&other)]), whole, "{field}");
        }
    }

    #[test]
    fn a_digest_is_read_back_and_nothing_else_is() {
        let text = "63acd8efe5908d67b39fe6f2e68a6e696a5f3827a85a73968d0e1c1adfdc81c1";
        assert_eq!(text.parse::<Digest>().unwrap().to_string(), text);
        for bad in [
            "",
            "63",
            &"A".repeat(64),
            &"g".repeat(64),
            &"+1".repeat(32),
            &"é".repeat(32),
        ] {
            assert!(bad.parse::<Digest>().is_err(), "{bad}");
        }
    }
}
