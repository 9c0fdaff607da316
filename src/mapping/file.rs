//! A mapping as it is written down, to be used again.
//!
//! ```toml
//! prefix = "rt:"                          # of references that are digits only
//! dates = ["%d/%m/%Y %H:%M", "%d/%m/%Y"]  # how dates are written, if not as in ISO 8601
//! timezone = "Europe/Oslo"                # of times without an offset
//!
//! [columns]
//! ref = "Id"
//! subject = ["Title", "Subject"]          # the first that says something
//!
//! [values.priority]
//! "2 - Medium" = "3"
//! ```

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Mapping, Source, Target};
use crate::error::{Error, Result};
use crate::zone::Zone;

/// The text of a mapping.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct File {
    prefix: Option<String>,
    dates: Vec<String>,
    timezone: Option<String>,
    /// Whether columns may be missing: a mapping for exports that do not all have the same ones.
    optional: bool,
    columns: BTreeMap<String, OneOrMany>,
    values: BTreeMap<String, BTreeMap<String, Meaning>>,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "the name of a column, or a list of names")]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "a text or a number")]
enum Meaning {
    Text(String),
    Number(i64),
}

impl Mapping {
    /// Reads a mapping; `name` is what its file is called.
    ///
    /// # Errors
    /// [`Error::Usage`] with the line, when it is not TOML, or names a field or a zone that is none.
    pub fn parse(text: &str, name: &str) -> Result<Self> {
        let file: File = toml::from_str(text).map_err(|error| {
            let before = error.span().map_or("", |span| &text[..span.start]);
            let line = 1 + before.matches('\n').count();
            let message: Vec<_> = error.message().lines().map(str::trim).collect();
            Error::usage(format!("{name}, line {line}: {}", message.join("; ")))
        })?;
        file.into_mapping().map_err(|error| {
            let named = Error::usage(format!("{name}: {error}"));
            match error.hint() {
                Some(hint) => named.with_hint(hint),
                None => named,
            }
        })
    }
}

impl File {
    fn into_mapping(self) -> Result<Mapping> {
        let no_zone = |zone: &String| Error::usage(format!("there is no zone `{zone}`"));
        let mut mapping = Mapping {
            timezone: match &self.timezone {
                Some(zone) => Some(Zone::Named(zone.parse().map_err(|_| no_zone(zone))?)),
                None => None,
            },
            prefix: self.prefix,
            ..Mapping::default()
        };
        mapping.dates(self.dates)?;
        for (field, names) in self.columns {
            let source = Source {
                names: match names {
                    OneOrMany::One(name) => vec![name],
                    OneOrMany::Many(names) => names,
                },
                optional: self.optional,
            };
            mapping.columns.insert(field.parse()?, source);
        }
        for (field, values) in self.values {
            let target: Target = field.parse()?;
            for (written, meaning) in values {
                let meant = match meaning {
                    Meaning::Text(text) => text,
                    Meaning::Number(number) => number.to_string(),
                };
                mapping.mean(target, &written, &meant);
            }
        }
        Ok(mapping)
    }
}
