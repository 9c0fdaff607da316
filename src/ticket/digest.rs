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

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;
use sha2::{Digest as _, Sha256};

use super::{Event, Json, TicketId};

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
        let mut hash = Sha256::new();
        hash.update(self.0);
        hash.update(canonical(event));
        Self(hash.finalize().into())
    }

    /// The digest of all of a ticket's events.
    pub fn of_all(id: TicketId, events: &[Event]) -> Self {
        events.iter().fold(Self::of_nothing(id), Self::then)
    }
}

/// The event's JSON in canonical form.
fn canonical(event: &Event) -> Vec<u8> {
    let mut text = Vec::with_capacity(256);
    write(Json::of(event).as_str(), &mut text);
    text
}

/// Writes JSON that has no white space between its parts.
fn write(json: &str, text: &mut Vec<u8>) {
    // Nothing to sort and no escapes: most values are canonical as they are.
    if !json.bytes().any(|byte| matches!(byte, b'{' | b'\\')) {
        return text.extend_from_slice(json.as_bytes());
    }
    match json.as_bytes().first() {
        Some(b'[') => {
            let items: Vec<&RawValue> = parts(json);
            text.push(b'[');
            for (index, item) in items.into_iter().enumerate() {
                separate(index, text);
                write(item.get(), text);
            }
            text.push(b']');
        }
        Some(b'{') => {
            let fields: BTreeMap<String, &RawValue> = parts(json);
            let mut fields: Vec<_> = fields.into_iter().collect();
            fields.sort_by(|(a, _), (b, _)| a.encode_utf16().cmp(b.encode_utf16()));
            text.push(b'{');
            for (index, (name, value)) in fields.into_iter().enumerate() {
                separate(index, text);
                write_text(&name, text);
                text.push(b':');
                write(value.get(), text);
            }
            text.push(b'}');
        }
        Some(b'"') => match serde_json::from_str::<String>(json) {
            Ok(string) => write_text(&string, text),
            // Half a surrogate pair, which no text can hold.
            Err(_) => text.extend_from_slice(json.as_bytes()),
        },
        _ => text.extend_from_slice(json.as_bytes()),
    }
}

/// The items of a list, or the fields of an object: it was read as JSON before, and is some.
fn parts<'a, T: Default + Deserialize<'a>>(json: &'a str) -> T {
    serde_json::from_str(json).unwrap_or_default()
}

fn write_text(string: &str, text: &mut Vec<u8>) {
    // Writing into memory does not fail. serde_json escapes in strings what RFC 8785 asks.
    drop(serde_json::to_writer(text, string));
}

fn separate(index: usize, text: &mut Vec<u8>) {
    if index > 0 {
        text.push(b',');
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl FromStr for Digest {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not a digest of 64 hexadecimal digits");
        let mut bytes = [0; 32];
        if text.len() != 64 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(wrong());
        }
        for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
            let pair = std::str::from_utf8(pair).map_err(|_| wrong())?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| wrong())?;
        }
        Ok(Self(bytes))
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
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
        assert_eq!(String::from_utf8(canonical(&told)).unwrap(), expected);
        let one = "65bc87da85e34cb5e18ada254a5c9dbde7f5f152bb67ed26cac79ec5459d7c71";
        assert_eq!(Digest::of_all(id, &[told]).to_string(), one);
    }

    #[test]
    fn a_digest_is_read_back_and_nothing_else_is() {
        let text = "63acd8efe5908d67b39fe6f2e68a6e696a5f3827a85a73968d0e1c1adfdc81c1";
        assert_eq!(text.parse::<Digest>().unwrap().to_string(), text);
        for bad in ["", "63", &"g".repeat(64), &"+1".repeat(32), &"é".repeat(32)] {
            assert!(bad.parse::<Digest>().is_err(), "{bad}");
        }
    }
}
