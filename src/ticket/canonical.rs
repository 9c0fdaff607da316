//! The canonical form of JSON, that of RFC 8785: keys sorted, no white space.
//!
//! What was read is written so from its text. Of what this program knows as values only the order of the
//! names has to be known, which takes half as long.

use std::borrow::Cow;

use serde::Serialize;

use super::Json;
use super::json::{end_of, plain_end_of};

/// So many bytes hold most events.
const USUAL: usize = 1024;

/// The canonical form of a value that was read as JSON before.
pub(super) struct Canonical {
    pub(super) text: Vec<u8>,
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
    pub(super) fn write(&mut self, rest: &mut &str) {
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
                    Some(Ok(plain)) => self.write_value(plain.as_str()),
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
                Cow::Owned(name) => self.write_value(name.as_str()),
            }
            self.text.push(b':');
            self.write(rest);
            fields.push((name, from..self.text.len() - begin));
        }
        sort_by_name(&mut fields, |(name, _)| name);
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

    /// Writes JSON that was read, or made of such.
    fn write_read(&mut self, mut json: &str) {
        match is_canonical(json.as_bytes()) {
            true => self.text.extend_from_slice(json.as_bytes()),
            false => self.write(&mut json),
        }
    }

    /// Writes an object of which all names are known.
    pub(super) fn write_object(&mut self, write: impl FnOnce(&mut Fields<'_>)) {
        self.text.push(b'{');
        let begin = self.text.len();
        write(&mut Fields { form: self, begin });
        self.text.push(b'}');
    }

    /// serde_json escapes in strings what RFC 8785 asks.
    fn write_value<T: Serialize + ?Sized>(&mut self, value: &T) {
        // Writing into memory does not fail.
        drop(serde_json::to_writer(&mut self.text, value));
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
pub(super) fn skip(rest: &mut &str) {
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
pub(super) fn next_key<'a>(rest: &mut &'a str) -> Cow<'a, str> {
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

/// Writes the fields of an object, which come in the order of their names.
pub(super) struct Fields<'f> {
    form: &'f mut Canonical,
    begin: usize,
}

impl Fields<'_> {
    /// Writes a field. What is a value here has neither keys, nor anything in it that was JSON before.
    pub(super) fn field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) {
        self.key(name);
        self.form.write_value(value);
    }

    /// Writes a field, if it says something.
    pub(super) fn field_if<T: Serialize + ?Sized>(
        &mut self,
        says_something: bool,
        name: &'static str,
        value: &T,
    ) {
        if says_something {
            self.field(name, value);
        }
    }

    /// Writes a field that is an object of values that are JSON; nothing, if it has none.
    pub(super) fn object<'v>(
        &mut self,
        name: &'static str,
        values: impl Iterator<Item = (&'v str, &'v Json)>,
    ) {
        let mut values: Vec<_> = values.collect();
        if values.is_empty() {
            return;
        }
        sort_by_name(&mut values, |(name, _)| name);
        self.key(name);
        self.form.text.push(b'{');
        let begin = self.form.text.len();
        for (name, value) in values {
            self.form.separate(begin);
            self.form.write_value(name);
            self.form.text.push(b':');
            self.form.write_read(value.as_str());
        }
        self.form.text.push(b'}');
    }

    fn key(&mut self, name: &'static str) {
        let text = &mut self.form.text;
        text.extend_from_slice(if text.len() > self.begin {
            b",\""
        } else {
            b"\""
        });
        text.extend_from_slice(name.as_bytes());
        text.extend_from_slice(b"\":");
    }
}

/// Sorts fields as UTF-16 sorts their names: as bytes, where nothing is past the sixteen bits.
fn sort_by_name<T>(fields: &mut [T], name: impl Fn(&T) -> &str) {
    if fields.iter().all(|field| name(field).is_ascii()) {
        fields.sort_unstable_by(|a, b| name(a).cmp(name(b)));
    } else {
        fields.sort_by(|a, b| name(a).encode_utf16().cmp(name(b).encode_utf16()));
    }
}

/// Whether JSON is in its canonical form for sure: nothing in it has to be sorted, or to be written
/// otherwise.
fn is_canonical(json: &[u8]) -> bool {
    let mut at = 0;
    while let Some(byte) = json.get(at) {
        at += 1;
        match byte {
            b'"' => match plain_end_of(&json[at..]) {
                Some(end) => at += end,
                None => return false,
            },
            b'{' | b' ' | b'\t' | b'\n' | b'\r' => return false,
            _ => {}
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn what_is_canonical_already_is_written_as_it_is() {
        let table = [
            (r#"[null,"a, {b}: c"]"#, true),
            ("[1,-0,true,\"\u{e9}\"]", true),
            (r#"[null,"a\\"]"#, false),
            (r#""\u0041""#, false),
            ("[null, 1]", false),
            ("[null,\n1]", false),
            (r#"[null,{"b":1,"a":2}]"#, false),
        ];
        for (json, expected) in table {
            assert_eq!(is_canonical(json.as_bytes()), expected, "{json}");
            assert!(!expected || canonical(json) == json, "{json}");
        }
    }
}
