//! A mapping held against the columns that there are.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Mapping, Source, Target};
use crate::error::{Error, Result, did_you_mean};
use crate::zone::Zone;

/// A mapping that knows where its columns are, and reads rows.
#[derive(Debug, Clone)]
pub struct Bound {
    pub(super) places: BTreeMap<Target, Vec<Place>>,
    pub(super) values: BTreeMap<Target, Vec<(String, String)>>,
    pub(super) dates: Vec<String>,
    pub(super) zone: Zone,
    pub(super) prefix: String,
    columns: Vec<String>,
}

/// Where in a row a value is: in a column, or, if that holds an object, in a field of it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Place {
    pub(super) column: usize,
    path: Vec<String>,
    pub(super) name: String,
}

impl Mapping {
    /// Finds the columns of the mapping among those that there are. Of JSON these are the keys of the
    /// outermost object; `author.login` is a field of what stands under one, and `labels.name` one of
    /// each item of a list. Times without an offset are ones of `zone`, unless the mapping says another.
    ///
    /// # Errors
    /// [`Error::Usage`] for a column that is not there, with the nearest, and where no column tells the
    /// subject.
    pub fn bind(self, columns: &[String], zone: Zone) -> Result<Bound> {
        let mut places = BTreeMap::new();
        for (target, source) in self.columns {
            let found: Vec<Place> = source
                .names
                .iter()
                .filter_map(|name| Place::of(name, columns))
                .collect();
            if found.is_empty() && !source.optional {
                return Err(no_column(&source, columns));
            }
            if !found.is_empty() {
                places.insert(target, found);
            }
        }
        if !places.contains_key(&Target::Subject) {
            let error = Error::usage("no column says what a ticket is about");
            return Err(error.with_hint(format!(
                "say which: --map subject=COLUMN; the columns are {}",
                columns.join(", ")
            )));
        }
        Ok(Bound {
            places,
            values: self.values,
            dates: self.dates,
            zone: self.timezone.unwrap_or(zone),
            prefix: self.prefix.unwrap_or_default(),
            columns: columns.to_vec(),
        })
    }
}

fn no_column(source: &Source, columns: &[String]) -> Error {
    let names: Vec<_> = source
        .names
        .iter()
        .map(|name| format!("`{name}`"))
        .collect();
    let error = Error::usage(format!("there is no column {}", names.join(" or ")));
    let near = source.names.iter().find_map(|name| {
        let columns = columns.iter().map(String::as_str);
        did_you_mean(name, columns)
    });
    error.with_hint(match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("the columns are {}", columns.join(", ")),
    })
}

impl Place {
    fn of(name: &str, columns: &[String]) -> Option<Self> {
        let at = |path: &str, rest: &str| {
            let column = columns.iter().position(|column| column == path)?;
            let path = rest.split('.').filter(|part| !part.is_empty());
            Some(Self {
                column,
                path: path.map(str::to_owned).collect(),
                name: name.to_owned(),
            })
        };
        at(name, "").or_else(|| {
            let (column, rest) = name.split_once('.')?;
            at(column, rest)
        })
    }

    /// The texts that are there: several, if it is a list.
    fn texts(&self, row: &[Value]) -> Vec<String> {
        let mut found = Vec::new();
        if let Some(value) = row.get(self.column) {
            collect(value, &self.path, &mut found);
        }
        found
    }
}

fn collect(value: &Value, path: &[String], found: &mut Vec<String>) {
    match (value, path) {
        (Value::Array(items), _) => items.iter().for_each(|item| collect(item, path, found)),
        (Value::Object(fields), [name, rest @ ..]) => {
            if let Some(field) = fields.get(name) {
                collect(field, rest, found);
            }
        }
        (Value::Null, _) | (_, [_, ..]) => {}
        (Value::String(text), []) => found.push(text.clone()),
        (other, []) => found.push(other.to_string()),
    }
}

impl Bound {
    /// What a row says of a field, as it is written there: of the columns that say something, the first.
    pub(super) fn written(&self, target: Target, row: &[Value]) -> Vec<String> {
        let places = self.places.get(&target).into_iter().flatten();
        let texts = places.map(|place| {
            let mut texts = place.texts(row);
            texts.retain(|text| !text.trim().is_empty());
            texts
        });
        texts
            .into_iter()
            .find(|texts| !texts.is_empty())
            .unwrap_or_default()
    }

    /// Whether a field is in columns that hold one text each, and no lists.
    pub(super) fn is_text(&self, target: Target, row: &[Value]) -> bool {
        let mut places = self.places.get(&target).into_iter().flatten();
        places.all(|place| !matches!(row.get(place.column), Some(Value::Array(_))))
    }

    /// What a value means; one that the mapping does not know says itself.
    pub(super) fn meant(&self, target: Target, written: String) -> String {
        let Some(known) = self.values.get(&target) else {
            return written;
        };
        let folded = written.trim().to_lowercase();
        let meant = known.iter().find(|(known, _)| *known == folded);
        meant.map_or(written, |(_, meant)| meant.clone())
    }

    /// The columns that fill no field.
    pub fn unused(&self) -> impl Iterator<Item = &str> {
        let is_used = |at: usize| {
            let mut places = self.places.values().flatten();
            places.any(|place| place.column == at)
        };
        let columns = self.columns.iter().enumerate();
        columns
            .filter(move |(at, _)| !is_used(*at))
            .map(|(_, name)| name.as_str())
    }
}
