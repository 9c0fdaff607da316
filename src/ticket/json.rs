//! JSON that this version does not understand, and keeps as a later one wrote it.
//!
//! A value stays text: a number keeps its digits, of which no number type here has enough. A field
//! stays in its place: so a file that is changed differs from what it was by the change alone.

use std::cell::Cell;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use serde::de::{self, MapAccess};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use serde_json::value::RawValue;

use super::{Field, Seen};

/// How deep a value may nest: of the 128 levels that JSON may have in files, some are around it.
const DEEPEST: usize = 120;

/// A JSON value as text, without white space between its parts; no key of it stands twice.
#[derive(Debug, Clone)]
pub struct Json(Box<RawValue>);

impl Json {
    /// The JSON of a value; null, where it cannot be JSON.
    pub fn of<T: Serialize + ?Sized>(value: &T) -> Self {
        written(|text| {
            serde_json::to_writer(&mut *text, value).ok()?;
            Self::read(text)
        })
        .unwrap_or_else(|| Self(RawValue::NULL.to_owned()))
    }

    /// The pair that leads from nothing to a value; none, where that says nothing.
    pub(super) fn from_nothing<T: Serialize + ?Sized>(value: &T) -> Option<Self> {
        written(|text| {
            text.extend_from_slice(b"[null,");
            let begin = text.len();
            serde_json::to_writer(&mut *text, value).ok()?;
            if matches!(&text[begin..], b"null" | b"[]") {
                return None;
            }
            text.push(b']');
            Self::read(text)
        })
    }

    /// The pair that leads from one value to another; each is JSON.
    pub(crate) fn leading([old, new]: [&str; 2]) -> Self {
        Self::known(&format!("[{old},{new}]"))
    }

    /// The JSON of this text, which is known to be JSON.
    pub(crate) fn known(text: &str) -> Self {
        Self::read(text.as_bytes()).unwrap_or_else(|| Self(RawValue::NULL.to_owned()))
    }

    fn read(text: &[u8]) -> Option<Self> {
        let raw = serde_json::from_slice::<&RawValue>(text).ok()?;
        Some(Self(raw.to_owned()))
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        self.0.get()
    }

    /// The old and the new value, where it is a list of two.
    pub fn pair(&self) -> Option<[&str; 2]> {
        let two = self.as_str().strip_prefix('[')?.strip_suffix(']')?;
        let (old, rest) = two.split_at(length_of_value(two));
        let new = rest.strip_prefix(',')?;
        // An event that somebody wrote by hand may have white space in it.
        (length_of_value(new) == new.len()).then(|| [old, new].map(str::trim_ascii))
    }

    /// The value, to be shown. Where it cannot be held (a number past any exponent), its text.
    pub fn value(&self) -> Value {
        value(self.as_str())
    }

    /// The same of the old and the new value, where it is a list of two.
    pub fn values(&self) -> Option<[Value; 2]> {
        Some(self.pair()?.map(value))
    }
}

fn value(json: &str) -> Value {
    serde_json::from_str(json).unwrap_or_else(|_| Value::from(json))
}

/// What becomes of a text that is written by `write`.
///
/// Most values take a few bytes, and are kept in as many: what is written into a text of its own takes
/// 128 first, and leaves a hole behind in memory when it is cut to its length.
fn written(write: impl FnOnce(&mut Vec<u8>) -> Option<Json>) -> Option<Json> {
    thread_local!(static TEXT: Cell<Vec<u8>> = const { Cell::new(Vec::new()) });
    let mut text = TEXT.take();
    text.clear();
    let json = write(&mut text);
    TEXT.set(text);
    json
}

impl PartialEq for Json {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        let shape = Shape::of(raw.get());
        if shape.has_keys || shape.brackets > DEEPEST {
            check(raw.get()).map_err(de::Error::custom)?;
        }
        match shape.has_space {
            false => Ok(Self(raw)),
            true => RawValue::from_string(tokens(raw.get()).collect())
                .map(Self)
                .map_err(de::Error::custom),
        }
    }
}

/// What there is to be looked at in a value: nothing, in nearly all.
#[derive(Default)]
struct Shape {
    has_keys: bool,
    brackets: usize,
    /// White space between its parts.
    has_space: bool,
}

impl Shape {
    fn of(json: &str) -> Self {
        let (bytes, mut at) = (json.as_bytes(), 0);
        let mut shape = Self::default();
        while let Some(byte) = bytes.get(at) {
            at += 1;
            match byte {
                b'"' => at += end_of(&bytes[at..]),
                b':' => shape.has_keys = true,
                b'[' | b'{' => shape.brackets += 1,
                b' ' | b'\t' | b'\n' | b'\r' => shape.has_space = true,
                _ => {}
            }
        }
        shape
    }
}

/// Nothing, if no key of an object stands twice and nothing is nested too deep: text that is not
/// looked into must be safe to look into later.
fn check(json: &str) -> Result<(), String> {
    let mut open: Vec<Seen<'_>> = Vec::new();
    let mut before = "";
    for token in tokens(json) {
        match token {
            "{" | "[" if open.len() == DEEPEST => {
                return Err(format!("a value nests deeper than {DEEPEST} levels"));
            }
            "{" | "[" => open.push(Seen::default()),
            "}" | "]" => drop(open.pop()),
            ":" => {
                let super::Key(key) =
                    serde_json::from_str(before).map_err(|error| error.to_string())?;
                if let Some(seen) = open.last_mut() {
                    seen.add(key)?;
                }
            }
            _ => {}
        }
        before = token;
    }
    Ok(())
}

/// The parts of a JSON text: brackets, commas, colons, strings in their quotes, numbers and words.
/// What is between them is white space, and left out.
fn tokens(json: &str) -> impl Iterator<Item = &str> {
    let mut rest = json;
    std::iter::from_fn(move || {
        rest = rest.trim_ascii_start();
        let end = match rest.as_bytes() {
            [] => return None,
            [b'{' | b'}' | b'[' | b']' | b',' | b':', ..] => 1,
            [b'"', string @ ..] => end_of(string) + 1,
            word => word
                .iter()
                .position(|byte| b",:]} \t\n\r".contains(byte))
                .unwrap_or(word.len()),
        };
        let (token, after) = rest.split_at(end);
        rest = after;
        Some(token)
    })
}

/// How long a string is, with the quote at its end.
pub(crate) fn end_of(string: &[u8]) -> usize {
    let mut at = 0;
    while let Some(found) = first_of_note(&string[at..]) {
        at += found + 1;
        if string[at - 1] == b'"' {
            return at;
        }
        // What is escaped ends nothing.
        at = string.len().min(at + 1);
    }
    string.len()
}

/// The same of a string in which nothing is escaped.
pub(super) fn plain_end_of(string: &[u8]) -> Option<usize> {
    let found = first_of_note(string)?;
    (string[found] == b'"').then_some(found + 1)
}

/// Where the first quote or backslash is. Most of JSON is text: so it is looked at in words.
fn first_of_note(text: &[u8]) -> Option<usize> {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    // The lowest bit that is set tells the first byte that is zero; above it others may be set in vain.
    let zeros = |word: u64| word.wrapping_sub(ONES) & !word & (ONES << 7);
    let (words, rest) = text.as_chunks::<8>();
    for (at, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let found = zeros(word ^ (ONES * b'"' as u64)) | zeros(word ^ (ONES * b'\\' as u64));
        if found != 0 {
            return Some(8 * at + found.trailing_zeros() as usize / 8);
        }
    }
    let found = rest.iter().position(|byte| matches!(byte, b'"' | b'\\'));
    found.map(|at| text.len() - rest.len() + at)
}

/// How long the value is that a JSON text begins with.
pub(crate) fn length_of_value(json: &str) -> usize {
    let bytes = json.as_bytes();
    let (mut at, mut depth) = (0, 0_usize);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b',' | b']' | b'}' if depth == 0 => break,
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth -= 1,
            b'"' => at += end_of(&bytes[at + 1..]),
            _ => {}
        }
        at += 1;
    }
    at
}

/// What an event set: for each field `[old, new]`, in the order in which it was written.
///
/// An event says it, and so does the answer that tells of the event: both hold the same.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Changed(Arc<[(Name, Json)]>);

/// The name of a field: of most it is known, and nothing is kept for it.
#[derive(Debug, Clone, PartialEq)]
enum Name {
    Known(Field),
    Other(Box<str>),
}

impl Name {
    fn as_str(&self) -> &str {
        match self {
            Self::Known(field) => field.name(),
            Self::Other(name) => name,
        }
    }
}

impl From<&str> for Name {
    fn from(name: &str) -> Self {
        match name.parse() {
            Ok(field) => Self::Known(field),
            Err(()) => Self::Other(name.into()),
        }
    }
}

impl Changed {
    /// The pair of a field.
    pub fn get(&self, name: &str) -> Option<&Json> {
        self.iter()
            .find_map(|(known, pair)| (known == name).then_some(pair))
    }

    /// Every field, with its pair.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Json)> {
        self.0.iter().map(|(name, pair)| (name.as_str(), pair))
    }

    /// Whether nothing was set.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Sets the pair of a field.
    pub fn insert(&mut self, name: &str, pair: Json) {
        let mut pairs = self.0.to_vec();
        match pairs.iter_mut().find(|(known, _)| known.as_str() == name) {
            Some((_, known)) => *known = pair,
            None => pairs.push((name.into(), pair)),
        }
        self.0 = pairs.into();
    }
}

/// Each field once.
impl FromIterator<(Field, Json)> for Changed {
    fn from_iter<I: IntoIterator<Item = (Field, Json)>>(pairs: I) -> Self {
        let named = |(field, pair)| (Name::Known(field), pair);
        Self(pairs.into_iter().map(named).collect())
    }
}

impl Serialize for Changed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl<'de> Deserialize<'de> for Changed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Changed;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the fields that were set")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Changed, A::Error> {
                let (mut changed, mut seen) = (Vec::new(), Seen::default());
                while let Some(name) = seen.next_key(&mut map)? {
                    changed.push((name.as_ref().into(), map.next_value()?));
                }
                Ok(Changed(changed.into()))
            }
        }
        deserializer.deserialize_map(Visitor)
    }
}

/// The fields of an object that this version does not know, each in its place.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Unknown {
    kept: Vec<Kept>,
    /// Where in `kept` each name is.
    places: HashMap<String, usize>,
}

#[derive(Debug, Clone, PartialEq)]
struct Kept {
    /// After how many fields that this version knows it stood.
    after: usize,
    name: String,
    value: Json,
}

impl Unknown {
    /// Every field, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Json)> {
        self.kept
            .iter()
            .map(|kept| (kept.name.as_str(), &kept.value))
    }

    /// Every field, with the number of those that this version knows before it.
    pub(crate) fn placed(&self) -> impl Iterator<Item = (usize, &str, &Json)> {
        self.kept
            .iter()
            .map(|kept| (kept.after, kept.name.as_str(), &kept.value))
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// The value of a field.
    pub fn get(&self, name: &str) -> Option<&Json> {
        self.places.get(name).map(|place| &self.kept[*place].value)
    }

    /// Sets a field; one that is new comes after so many that this version knows.
    pub fn set(&mut self, after: usize, name: &str, value: Json) {
        if let Some(place) = self.places.get(name) {
            self.kept[*place].value = value;
            return;
        }
        self.places.insert(name.to_owned(), self.kept.len());
        self.kept.push(Kept {
            after,
            name: name.to_owned(),
            value,
        });
    }

    /// Reads the value of the key that came by last.
    pub(crate) fn read<'de, A: MapAccess<'de>>(
        &mut self,
        key: &str,
        seen: &Seen<'de>,
        map: &mut A,
    ) -> Result<(), A::Error> {
        let known = seen.len() - 1 - self.kept.len();
        self.set(known, key, map.next_value()?);
        Ok(())
    }
}

/// Writes an object: the fields that this version knows, and the others where they stood.
pub(crate) struct Fields<'a, M> {
    map: M,
    known: usize,
    unknown: &'a [Kept],
}

impl<'a, M: SerializeMap> Fields<'a, M> {
    pub(crate) fn new(map: M, unknown: &'a Unknown) -> Self {
        Self {
            map,
            known: 0,
            unknown: &unknown.kept,
        }
    }

    /// Writes a field.
    pub(crate) fn field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), M::Error> {
        while let Some((next, rest)) = self.unknown.split_first()
            && next.after <= self.known
        {
            self.map.serialize_entry(&next.name, &next.value)?;
            self.unknown = rest;
        }
        self.known += 1;
        self.map.serialize_entry(name, value)
    }

    /// Writes a field, if it says something.
    pub(crate) fn field_if<T: Serialize + ?Sized>(
        &mut self,
        says_something: bool,
        name: &'static str,
        value: &T,
    ) -> Result<(), M::Error> {
        match says_something {
            true => self.field(name, value),
            false => Ok(()),
        }
    }

    pub(crate) fn end(mut self) -> Result<M::Ok, M::Error> {
        for kept in self.unknown {
            self.map.serialize_entry(&kept.name, &kept.value)?;
        }
        self.map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_keeps_its_digits_and_loses_its_white_space() {
        let table = [
            ("1.10", "1.10"),
            ("1e400", "1e400"),
            ("-0", "-0"),
            (
                "123456789012345678901234567890",
                "123456789012345678901234567890",
            ),
            (r#""a \" b""#, r#""a \" b""#),
            (r#""\\" "#, r#""\\""#),
            (" [ 1 ,\n { } ] ", "[1,{}]"),
            ("{ \"a b\" : [ true , null ] }", "{\"a b\":[true,null]}"),
        ];
        for (text, expected) in table {
            let json: Json = serde_json::from_str(text).unwrap();
            assert_eq!(json.as_str(), expected);
        }
    }

    #[test]
    fn a_pair_is_a_list_of_two() {
        let table = [
            (r#"[null,"a,]\""]"#, Some(["null", r#""a,]\"""#])),
            (
                r#"[[1,{"a":[2,"}"]}],{}]"#,
                Some([r#"[1,{"a":[2,"}"]}]"#, "{}"]),
            ),
            ("[ 1 ,\n \"a\" ]", Some(["1", "\"a\""])),
            ("[]", None),
            ("[ ]", None),
            ("[1]", None),
            ("[1,2,3]", None),
            ("[[1,2]]", None),
            (r#"{"a":1}"#, None),
            (r#""[1,2]""#, None),
        ];
        for (text, expected) in table {
            assert_eq!(Json::known(text).pair(), expected, "{text}");
            if let Some(sides) = expected {
                let plain = text.replace(['\n', ' '], "");
                assert_eq!(Json::leading(sides).as_str(), plain);
            }
        }
    }

    #[test]
    fn a_key_stands_once_and_depth_has_an_end() {
        let nested = |depth| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        for bad in [
            r#"{"a":1,"a":2}"#,
            r#"{"a":1,"\u0061":2}"#,
            r#"[null,[{"b":{"a":{},"c":1,"a":[]}}]]"#,
            &nested(121),
        ] {
            assert!(serde_json::from_str::<Json>(bad).is_err(), "{bad}");
        }
        for good in [r#"[{"a":{"a":"a"}},{"a":2},"a","a"]"#, &nested(120)] {
            assert!(serde_json::from_str::<Json>(good).is_ok(), "{good}");
        }
    }
}
