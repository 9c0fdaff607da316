//! An operation as a line of JSON.

use std::borrow::Cow;

use serde::de::{Deserializer, Error as _};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

use super::{Key, Operation, Relate, Setting, StatedPriority, Verb};
use crate::error::{Error, Result, did_you_mean};
use crate::query::{Clock, Edge, Sense, instant};
use crate::threads::each_portion;
use crate::ticket::{self, LinkKind, Priority, Seen, TicketName, Timestamp};

/// The names of the verbs in lines.
const VERBS: [&str; 18] = [
    "assign", "close", "edit", "escalate", "link", "merge", "note", "open", "rate", "reopen",
    "reply", "resolve", "resume", "take", "undo", "unlink", "unmerge", "wait",
];

/// Reads one line. Its times are whatever a person could type: `at` lies in the past, a bare date in
/// `due` is its end, in `until` its start.
///
/// # Errors
/// [`Error::Usage`] when it is not one JSON object, its `op` is none, or a field is unknown, stands
/// twice, or does not fit.
pub fn from_json(line: &[u8], clock: &Clock) -> Result<Operation> {
    let text = std::str::from_utf8(line)
        .map_err(|error| Error::usage(format!("not UTF-8 at byte {}", error.valid_up_to())))?;
    let mut fields: Fields<'_> = serde_json::from_str(text).map_err(|error| not_json(&error))?;
    let key = match take::<String>(&mut fields, "id")? {
        Some(id) => Some(Key::of_line(&id, &fields.0)?),
        None => None,
    };
    let op: String = take(&mut fields, "op")?
        .ok_or_else(|| Error::usage("no `op`: every line says what to do"))?;
    let at = time(&mut fields, "at", clock, Sense::Ago, Edge::Start)?;
    for (name, edge) in [("due", Edge::End), ("until", Edge::Start)] {
        if let Some(instant) = time(&mut fields, name, clock, Sense::Ahead, edge)? {
            fields.insert(name, instant.to_string());
        }
    }
    if op == "open"
        && let Some(name) = ["ticket", "if_rev"]
            .into_iter()
            .find(|name| fields.get(name).is_some())
    {
        let error = Error::usage(format!("`open` has no field `{name}`"));
        return Err(error.with_hint("the number is given; a key of your own goes into `ref`"));
    }
    Ok(Operation {
        ticket: take(&mut fields, "ticket")?,
        by: take(&mut fields, "by")?,
        at,
        if_rev: take(&mut fields, "if_rev")?,
        key,
        verb: verb(&op, fields)?,
    })
}

/// Reads lines, each as [`from_json`] does, with all processors.
pub fn from_lines(lines: &[&[u8]], clock: &Clock) -> Vec<Result<Operation>> {
    let portions = each_portion(lines, |portion| {
        let read = portion.iter().map(|line| from_json(line, clock));
        read.collect::<Vec<_>>()
    });
    portions.into_iter().flatten().collect()
}

/// A time that is written as text; a null, which empties a field, stays.
fn time(
    fields: &mut Fields<'_>,
    name: &str,
    clock: &Clock,
    sense: Sense,
    edge: Edge,
) -> Result<Option<Timestamp>> {
    if fields.get(name).is_some_and(Value::is_null) {
        return Ok(None);
    }
    let text: Option<String> = take(fields, name)?;
    text.map(|text| text.parse().or_else(|_| instant(&text, clock, sense, edge)))
        .transpose()
}

fn not_json(error: &serde_json::Error) -> Error {
    // It is one line, and the caller knows which.
    let (text, column) = (error.to_string(), error.column());
    let place = format!(" at line {} column {column}", error.line());
    match text.strip_suffix(&place) {
        Some(cause) => Error::usage(format!("not a JSON object: {cause} at column {column}")),
        None => Error::usage(format!("not a JSON object: {text}")),
    }
}

fn verb(op: &str, fields: Fields<'_>) -> Result<Verb> {
    Ok(match op {
        "open" => Verb::Open(read(op, fields)?),
        "assign" => Verb::Assign(assignment(fields)?),
        "take" => Verb::Take(read(op, fields)?),
        "escalate" => Verb::Escalate(read(op, fields)?),
        "note" => Verb::Note(read(op, fields)?),
        "reply" => Verb::Note(super::Note {
            public: true,
            ..read::<Reply>(op, fields)?.into()
        }),
        "wait" => Verb::Wait(read(op, fields)?),
        "resume" => Verb::Resume(read(op, fields)?),
        "resolve" => Verb::Resolve(read(op, fields)?),
        "close" => Verb::Close(read(op, fields)?),
        "reopen" => Verb::Reopen(read(op, fields)?),
        "rate" => Verb::Rate(read(op, fields)?),
        "edit" => Verb::Edit(read(op, fields)?),
        "link" => Verb::Link(relation(op, fields)?),
        "unlink" => Verb::Unlink(relation(op, fields)?),
        "merge" => Verb::Merge(read(op, fields)?),
        "unmerge" => Verb::Unmerge(read(op, fields)?),
        "undo" => Verb::Undo(read(op, fields)?),
        unknown => {
            let error = Error::usage(format!("there is no operation `{unknown}`"));
            return Err(error.with_hint(match did_you_mean(unknown, VERBS) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("`op` is one of {}", VERBS.join(", ")),
            }));
        }
    })
}

/// What a reply has of a note: it is public, and not the requester's.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct Reply {
    message: Option<String>,
}

impl From<Reply> for super::Note {
    fn from(reply: Reply) -> Self {
        Self {
            message: reply.message,
            ..Self::default()
        }
    }
}

/// `"none": true` and `"auto": true` are flags, and mean what they mean as names.
fn assignment(mut fields: Fields<'_>) -> Result<super::Assign> {
    let mut named: Vec<&str> = Vec::new();
    for flag in ["auto", "none"] {
        if take::<bool>(&mut fields, flag)? == Some(true) {
            named.push(flag);
        }
    }
    match (named.as_slice(), fields.get("to").is_some()) {
        ([], _) => {}
        ([flag], false) => {
            fields.insert("to", (*flag).to_owned());
        }
        _ => return Err(Error::usage("`to`, `auto` and `none` exclude each other")),
    }
    read("assign", fields)
}

/// `{"op":"link","ticket":1,"blocks":2}`: the relation's name is the field's.
fn relation(op: &str, mut fields: Fields<'_>) -> Result<Relate> {
    let message = take(&mut fields, "message")?;
    let mut found = None;
    for kind in LinkKind::ALL {
        let name = kind.as_str().replace('-', "_");
        if let Some(to) = take::<TicketName>(&mut fields, &name)? {
            if found.is_some() {
                return Err(Error::usage(format!("`{op}` takes one relation, not two")));
            }
            found = Some((*kind, to));
        }
    }
    if let Some((unknown, _)) = fields.0.first() {
        return Err(unknown_field(
            op,
            unknown,
            &[
                "duplicate_of",
                "caused_by",
                "blocks",
                "relates_to",
                "message",
            ],
        ));
    }
    let (kind, to) = found.ok_or_else(|| {
        Error::usage(format!(
            "`{op}` needs one of duplicate_of, caused_by, blocks, relates_to"
        ))
    })?;
    Ok(Relate { kind, to, message })
}

fn take<T: DeserializeOwned>(fields: &mut Fields<'_>, name: &str) -> Result<Option<T>> {
    match fields.remove(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => T::deserialize(value)
            .map(Some)
            .map_err(|error| Error::usage(format!("`{name}`: {error}"))),
    }
}

fn read<T: DeserializeOwned>(op: &str, fields: Fields<'_>) -> Result<T> {
    // Each field once by itself, so that the error can name it.
    let mut last = Cow::Borrowed("");
    let pairs = fields.0.into_iter();
    let pairs = pairs.inspect(|(name, _)| last.clone_from(name));
    let object = serde::de::value::MapDeserializer::new(pairs);
    T::deserialize(object).map_err(|error: serde_json::Error| {
        let message = error.to_string();
        match message.strip_prefix("unknown field `") {
            Some(rest) => {
                let name = rest.split('`').next().unwrap_or_default();
                let known: Vec<_> = rest.split('`').skip(2).step_by(2).collect();
                unknown_field(op, name, &known)
            }
            None if message.starts_with("missing field") => Error::usage(message),
            None => Error::usage(format!("`{last}`: {message}")),
        }
    })
}

fn unknown_field(op: &str, name: &str, known: &[&str]) -> Error {
    let error = Error::usage(format!("`{op}` has no field `{name}`"));
    error.with_hint(match did_you_mean(name, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!(
            "its fields are {}, and at, by, id, ticket, if_rev",
            known.join(", ")
        ),
    })
}

/// The fields of a line, each at most once.
struct Fields<'a>(Vec<(Cow<'a, str>, Value)>);

impl Fields<'_> {
    fn place(&self, name: &str) -> Option<usize> {
        self.0.iter().position(|(known, _)| known == name)
    }

    fn get(&self, name: &str) -> Option<&Value> {
        self.place(name).map(|place| &self.0[place].1)
    }

    fn remove(&mut self, name: &str) -> Option<Value> {
        self.place(name).map(|place| self.0.remove(place).1)
    }

    /// Adds a field that is not there.
    fn insert(&mut self, name: &'static str, text: String) {
        self.0.push((name.into(), text.into()));
    }
}

impl<'de> Deserialize<'de> for Fields<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Fields<'de>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(
                self,
                mut map: A,
            ) -> Result<Fields<'de>, A::Error> {
                let (mut fields, mut seen) = (Vec::with_capacity(16), Seen::default());
                while let Some((ticket::Key(mut name), value)) =
                    map.next_entry::<ticket::Key<'de>, Value>()?
                {
                    // The long flags' names: `if-rev` is `if_rev`.
                    if name.contains('-') {
                        name = name.replace('-', "_").into();
                    }
                    seen.add(name.clone()).map_err(A::Error::custom)?;
                    fields.push((name, value));
                }
                Ok(Fields(fields))
            }
        }
        deserializer.deserialize_map(Visitor)
    }
}

impl<'de> Deserialize<'de> for StatedPriority {
    /// A number, or `"auto"`.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged, expecting = "a priority is one of 1 to 5, or auto")]
        enum Raw {
            Number(u8),
            Text(String),
        }
        match Raw::deserialize(deserializer)? {
            Raw::Number(number) => Priority::try_from(number).map(Self::Is),
            Raw::Text(text) => text.parse(),
        }
        .map_err(D::Error::custom)
    }
}

impl std::str::FromStr for StatedPriority {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "auto" {
            return Ok(Self::Auto);
        }
        text.parse().map(Self::Is)
    }
}

/// A field that is there sets, or empties if it is null; one that is not there leaves alone.
pub(super) fn setting<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Setting<T>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// A word, or a list of words.
pub(super) fn one_or_many<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "a text or a list of texts")]
    enum Raw {
        One(String),
        Many(Vec<String>),
    }
    Ok(match Raw::deserialize(deserializer)? {
        Raw::One(text) => vec![text],
        Raw::Many(texts) => texts,
    })
}
