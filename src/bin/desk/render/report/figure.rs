//! Figures by name: `time_to_resolve.p50` is what stands at that place of the report's JSON.
//!
//! The names are taken from what the report's structs serialise to, so that a new figure is in
//! every form, and in `--fields`, without being written down a second time.

use desk::error::{Error, Result, did_you_mean};
use desk::report::{Figure, RowValue};
use serde::Serialize;
use serde_json::{Map, Value};

use super::super::chart::Measure;
use super::super::grid::{Cell, Column};
use super::super::output::failed;
use super::super::style::Tone;
use super::super::texts::Text;

/// What a report's struct serialises to.
pub(super) fn value(of: &impl Serialize) -> Result<Value> {
    serde_json::to_value(of).map_err(|error| failed(error.into()))
}

/// The dotted names of all that is no object, in order.
pub(super) fn names(of: &Value) -> Vec<String> {
    let Value::Object(fields) = of else {
        return Vec::new();
    };
    let inner = |(key, value): (&String, &Value)| match names(value) {
        names if names.is_empty() => vec![key.clone()],
        names => names.iter().map(|name| format!("{key}.{name}")).collect(),
    };
    fields.iter().flat_map(inner).collect()
}

/// The value of that name; `None` where it or a group around it is not there.
pub(super) fn get<'a>(of: &'a Value, name: &str) -> Option<&'a Value> {
    name.split('.').try_fold(of, |value, key| value.get(key))
}

/// What is left of a value when only these names are wanted.
pub(super) fn prune(of: &Value, names: &[String]) -> Map<String, Value> {
    let mut pruned = Map::new();
    for name in names {
        keep(&mut pruned, of, name);
    }
    pruned
}

fn keep(into: &mut Map<String, Value>, from: &Value, name: &str) {
    let (key, rest) = match name.split_once('.') {
        Some((key, rest)) => (key, Some(rest)),
        None => (name, None),
    };
    let value = from.get(key).unwrap_or(&Value::Null);
    match rest {
        Some(rest) if value.is_object() => {
            let inner = into.entry(key).or_insert_with(|| Map::new().into());
            if let Value::Object(inner) = inner {
                keep(inner, value, rest);
            }
        }
        _ => _ = into.insert(key.to_owned(), value.clone()),
    }
}

/// The names that somebody asked for; a group's name is that of everything in it, unless there is a figure
/// of that name.
pub(super) fn pick(known: &[String], fields: &[String]) -> Result<Vec<String>> {
    let mut picked: Vec<String> = Vec::new();
    for field in fields {
        let is_figure = known.contains(field);
        let is_meant = |name: &str| match name.strip_prefix(field.as_str()) {
            Some("") => true,
            Some(rest) => !is_figure && rest.starts_with('.'),
            None => false,
        };
        let before = picked.len();
        for name in known.iter().filter(|name| is_meant(name)) {
            if picked[..before].contains(name) {
                return Err(Error::usage(format!("the field `{name}` stands twice")));
            }
            picked.push(name.clone());
        }
        if picked.len() == before {
            return Err(unknown(field, known));
        }
    }
    Ok(picked)
}

fn unknown(field: &str, known: &[String]) -> Error {
    let mut groups: Vec<&str> = known
        .iter()
        .map(|name| {
            name.split_once('.')
                .map_or(name.as_str(), |(group, _)| group)
        })
        .collect();
    groups.dedup();
    let names = known.iter().map(String::as_str);
    let near = did_you_mean(field, names.chain(groups.iter().copied()));
    let example = known.iter().find(|name| name.contains('.'));
    let error = Error::usage(format!("there is no field `{field}`"));
    error.with_hint(match (near, example) {
        (Some(near), _) => format!("did you mean `{near}`?"),
        (None, None) => format!("the fields are {}", groups.join(", ")),
        (None, Some(example)) => format!(
            "the fields are {}, and what is in them, such as {example}",
            groups.join(", ")
        ),
    })
}

/// The column of a figure.
pub(super) fn column(name: &str) -> Column {
    let title = name.replace(['.', '_'], " ").to_uppercase();
    Column::new(name.to_owned()).titled(title).right()
}

/// A figure: for programs as it is, for people by what its name says that it measures.
pub(super) fn cell(name: &str, value: Option<&Value>) -> Cell {
    cell_of(name, value.cloned().unwrap_or_default())
}

/// The same of a value that nothing else needs.
pub(super) fn cell_of(name: &str, value: Value) -> Cell {
    cell_in(Measure::of(name), value)
}

/// The same where it is known what the value is measured in.
pub(super) fn cell_in(measure: Measure, value: Value) -> Cell {
    if value.is_null() {
        return nothing();
    }
    match (measure, value.as_f64()) {
        (Measure::Count, _) | (_, None) => Cell::new(value),
        (measure, Some(number)) => Cell::new(value).shown(measure.shown(number)),
    }
}

/// A figure of a row as a value.
pub(super) fn plain(figure: Option<Figure>) -> Value {
    match figure {
        Some(Figure::Count(count)) => count.into(),
        Some(Figure::Seconds(seconds)) => seconds.into(),
        Some(Figure::Number(number)) => number.into(),
        None => Value::Null,
    }
}

/// Whose row it is: a tier's number is one for programs too.
pub(super) fn key(value: &RowValue) -> Cell {
    match value {
        RowValue::Number(number) => Cell::new(*number),
        RowValue::Name(_) | RowValue::Absent => Cell::new(&*value.text()).tone(key_tone(value)),
    }
}

/// The same as people read it.
pub(super) fn key_text(value: &RowValue) -> Text<'_> {
    Text {
        text: value.text(),
        tone: key_tone(value),
        marks: Vec::new(),
    }
}

fn key_tone(value: &RowValue) -> Tone {
    match value {
        RowValue::Number(_) | RowValue::Name(_) => Tone::Plain,
        RowValue::Absent => Tone::Dim,
    }
}

/// Whether a figure of this name is a fraction.
pub(super) fn is_rate(name: &str) -> bool {
    Measure::of(name) == Measure::Rate
}

/// Whether a figure of this name is 0 where there is nothing; a rate, a percentile or a mean has no value
/// then.
pub(super) fn is_sum(name: &str) -> bool {
    let figure = name.rsplit('.').next().unwrap_or(name);
    !is_rate(name) && !["p50", "p90", "p99", "mean"].contains(&figure)
}

/// What has no value. Said in so many words, since Markdown would leave it blank.
pub(super) fn nothing() -> Cell {
    Cell::default().shown("-").tone(Tone::Dim)
}
