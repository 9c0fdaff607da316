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

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest as _, Sha256};

use super::json::{end_of, length_of_value};
use super::{Event, TicketId};

/// So many bytes hold most events.
const USUAL: usize = 1024;

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
        let (mut json, mut form) = (Vec::with_capacity(USUAL), Canonical::default());
        events.fold(self, |digest, event| {
            json.clear();
            // Writing into memory does not fail.
            drop(serde_json::to_writer(&mut json, event));
            let text = std::str::from_utf8(&json).unwrap_or_default();
            digest.then_next(&mut &*text, &mut form)
        })
    }

    /// The digest with one more event, whose JSON stands next; `form` is to be written into.
    fn then_next(self, json: &mut &str, form: &mut Canonical) -> Self {
        form.text.clear();
        form.write(json);
        let mut hash = Sha256::new();
        hash.update(self.0);
        hash.update(&form.text);
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
            digest = digest.then_next(&mut events, &mut form);
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

/// The canonical form of a value that was read as JSON before.
struct Canonical {
    text: Vec<u8>,
    /// The fields of the objects that are being sorted, in each other.
    unsorted: Vec<u8>,
}

impl Default for Canonical {
    fn default() -> Self {
        Self {
            text: Vec::with_capacity(USUAL),
            unsorted: Vec::with_capacity(USUAL),
        }
    }
}

impl Canonical {
    /// Writes the value that stands next.
    fn write(&mut self, rest: &mut &str) {
        skip(rest);
        match rest.as_bytes() {
            [b'[', ..] => {
                advance(rest, 1);
                self.text.push(b'[');
                let begin = self.text.len();
                while !is_at_end(rest) {
                    self.separate(begin);
                    self.write(rest);
                }
                self.text.push(b']');
            }
            [b'{', ..] => {
                advance(rest, 1);
                self.text.push(b'{');
                self.write_fields(rest);
                self.text.push(b'}');
            }
            [b'"', string @ ..] => {
                let string = advance(rest, end_of(string) + 1);
                let escaped = string
                    .contains('\\')
                    .then(|| serde_json::from_str::<String>(string));
                match escaped {
                    Some(Ok(plain)) => self.write_text(&plain),
                    // Without escapes, or half a surrogate pair, which no text can hold.
                    _ => self.text.extend_from_slice(string.as_bytes()),
                }
            }
            plain => {
                let ends = |byte: &u8| b",]} \t\n\r".contains(byte);
                let end = plain.iter().position(ends).unwrap_or(plain.len());
                let plain = advance(rest, end);
                self.text.extend_from_slice(plain.as_bytes());
            }
        }
    }

    /// Writes the fields of an object, sorted.
    fn write_fields(&mut self, rest: &mut &str) {
        let begin = self.text.len();
        let mut fields = Vec::with_capacity(16);
        while !is_at_end(rest) {
            let from = self.text.len() - begin;
            let name = next_key(rest);
            match &name {
                Cow::Borrowed(plain) => {
                    self.text.push(b'"');
                    self.text.extend_from_slice(plain.as_bytes());
                    self.text.push(b'"');
                }
                Cow::Owned(name) => self.write_text(name),
            }
            self.text.push(b':');
            self.write(rest);
            fields.push((name, from..self.text.len() - begin));
        }
        // As UTF-16 sorts them: as bytes, where nothing is past the sixteen bits.
        if fields.iter().all(|(name, _)| name.is_ascii()) {
            fields.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        } else {
            fields.sort_by(|(a, _), (b, _)| a.encode_utf16().cmp(b.encode_utf16()));
        }
        let aside = self.unsorted.len();
        self.unsorted.extend_from_slice(&self.text[begin..]);
        self.text.truncate(begin);
        for (_, range) in fields {
            self.separate(begin);
            let field = &self.unsorted[aside + range.start..aside + range.end];
            self.text.extend_from_slice(field);
        }
        self.unsorted.truncate(aside);
    }

    /// serde_json escapes in strings what RFC 8785 asks.
    fn write_text(&mut self, string: &str) {
        // Writing into memory does not fail.
        drop(serde_json::to_writer(&mut self.text, string));
    }

    fn separate(&mut self, begin: usize) {
        if self.text.len() > begin {
            self.text.push(b',');
        }
    }
}

/// Goes past so many bytes, and gives them.
fn advance<'a>(rest: &mut &'a str, bytes: usize) -> &'a str {
    let (before, after) = rest.split_at(bytes);
    *rest = after;
    before
}

/// Goes past what stands between values.
fn skip(rest: &mut &str) {
    let is_between = |byte: &u8| matches!(byte, b',' | b':' | b' ' | b'\t' | b'\n' | b'\r');
    let between = rest.bytes().position(|byte| !is_between(&byte));
    advance(rest, between.unwrap_or(rest.len()));
}

/// Whether a list or an object ends here; then past its end.
fn is_at_end(rest: &mut &str) -> bool {
    skip(rest);
    let ends = matches!(rest.as_bytes(), [] | [b']' | b'}', ..]);
    if ends && !rest.is_empty() {
        advance(rest, 1);
    }
    ends
}

/// Goes past the next key, and gives it.
fn next_key<'a>(rest: &mut &'a str) -> Cow<'a, str> {
    skip(rest);
    let end = rest
        .as_bytes()
        .get(1..)
        .map_or(rest.len(), |key| end_of(key) + 1);
    let key = advance(rest, end);
    match key.contains('\\') {
        true => Cow::Owned(serde_json::from_str(key).unwrap_or_default()),
        false => {
            let bare = key.strip_prefix('"').and_then(|key| key.strip_suffix('"'));
            Cow::Borrowed(bare.unwrap_or(key))
        }
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

    fn canonical(mut json: &str) -> String {
        let mut form = Canonical::default();
        form.write(&mut json);
        assert_eq!(json.trim(), "");
        String::from_utf8(form.text).unwrap()
    }

    #[test]
    fn the_canonical_form_is_that_of_rfc_8785() {
        let table = [
            ("{}", "{}"),
            (" [ ] ", "[]"),
            (
                " { \"b\" : [ 1 ,\n{ } , \"] }\" ] , \"a\" : null } ",
                "{\"a\":null,\"b\":[1,{},\"] }\"]}",
            ),
            (
                r#"{"a":"\u0041\/\u000a","\u0061b":1}"#,
                r#"{"a":"A/\n","ab":1}"#,
            ),
            // Past sixteen bits sorts before what is high within them.
            (
                "{\"\u{fb33}\":1,\"\u{1f600}\":2}",
                "{\"\u{1f600}\":2,\"\u{fb33}\":1}",
            ),
            (r#"["\ud800",-0,1e400]"#, r#"["\ud800",-0,1e400]"#),
            (r#"{"a\\":"\"","\"":{}}"#, r#"{"\"":{},"a\\":"\""}"#),
        ];
        for (json, expected) in table {
            assert_eq!(canonical(json), expected);
        }
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
        assert_eq!(canonical(Json::of(&told).as_str()), expected);
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
