//! What the columns of somebody else's list mean: how a row of a spreadsheet, or of another tool's
//! export, becomes the operations that make a ticket of it.
//!
//! A [`Mapping`] says which column each field is in, what its values are called there, and how its
//! dates are written. It is plain data, read from TOML or put together from flags; [`Mapping::bind`]
//! holds it against the columns that there are, and the [`Bound`] mapping reads rows. Pure: rows come
//! from who reads files, and operations go the way of all operations.
//!
//! ```
//! use desk::Zone;
//! use desk::mapping::Mapping;
//!
//! let mut mapping = Mapping::parse("prefix = 'rt:'\n[values.priority]\n'2 - Medium' = '3'", "rt.toml")?;
//! mapping.map("ref=Id,subject=Title,priority=Prio,opened=Created")?;
//! let columns = ["Id", "Title", "Prio", "Created"].map(str::to_owned);
//! let bound = mapping.bind(&columns, Zone::UTC)?;
//!
//! let row = ["1042", "Printer jams", "2 - Medium", "2026-11-20 09:15"].map(Into::into);
//! let read = bound.read(&row)?;
//! assert_eq!(read.reference.as_str(), "rt:1042");
//! assert_eq!(read.operations.len(), 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod bind;
mod file;
mod instant;
mod ready;
mod row;
mod target;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

pub use bind::Bound;
pub use ready::READY;
pub use row::{Read, Understood};
pub use target::Target;

use crate::error::{Error, Result};
use crate::zone::Zone;

/// Which column each field is in, and how its values are written there.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Mapping {
    columns: BTreeMap<Target, Source>,
    values: BTreeMap<Target, Vec<(String, String)>>,
    dates: Vec<String>,
    timezone: Option<Zone>,
    prefix: Option<String>,
}

/// Where a field is read from.
#[derive(Debug, Clone, PartialEq)]
struct Source {
    /// The columns; the first that says something in a row counts.
    names: Vec<String>,
    /// Whether none of them needs to be there.
    optional: bool,
}

impl Mapping {
    /// Sets fields as `--map` says it: `subject=Title,requester=Opened by`. A column's name may hold a
    /// comma: what follows it and says no field is part of the name.
    ///
    /// # Errors
    /// [`Error::Usage`] for a field that there is none of, or one without a column.
    pub fn map(&mut self, text: &str) -> Result<()> {
        let mut pairs: Vec<String> = Vec::new();
        for piece in text.split(',') {
            match pairs.last_mut() {
                Some(last) if !piece.contains('=') => {
                    last.push(',');
                    last.push_str(piece);
                }
                _ => pairs.push(piece.to_owned()),
            }
        }
        for pair in pairs {
            let (field, column) = pair.split_once('=').ok_or_else(|| {
                Error::usage(format!("`{pair}` does not say which column a field is in")).with_hint(
                    "write it as FIELD=COLUMN: --map subject=Title,requester='Opened by'",
                )
            })?;
            let target: Target = field.trim().parse()?;
            let column = column.trim();
            if column.is_empty() {
                return Err(Error::usage(format!("`{field}` has no column")));
            }
            let source = Source {
                names: vec![column.to_owned()],
                optional: false,
            };
            self.columns.insert(target, source);
        }
        Ok(())
    }

    /// Says what a value means, as `--value` does: `priority:2 - Medium=3`.
    ///
    /// # Errors
    /// [`Error::Usage`] for a field that there is none of, or a text that is not of this form.
    pub fn value(&mut self, text: &str) -> Result<()> {
        let parts = text.split_once(':').and_then(|(field, rest)| {
            let (written, meant) = rest.rsplit_once('=')?;
            Some((field, written, meant))
        });
        let (field, written, meant) = parts.ok_or_else(|| {
            Error::usage(format!("`{text}` does not say what a value means"))
                .with_hint("write it as FIELD:TEXT=VALUE: --value 'priority:2 - Medium=3'")
        })?;
        self.mean(field.trim().parse()?, written, meant);
        Ok(())
    }

    /// Puts a value first of those that a field knows.
    fn mean(&mut self, target: Target, written: &str, meant: &str) {
        let pair = (written.trim().to_lowercase(), meant.trim().to_owned());
        self.values.entry(target).or_default().insert(0, pair);
    }

    /// Sets the forms in which dates are written, as `strftime` calls them: `%d/%m/%Y %H:%M`.
    ///
    /// # Errors
    /// [`Error::Usage`] when one is none.
    pub fn dates(&mut self, formats: Vec<String>) -> Result<()> {
        formats
            .iter()
            .try_for_each(|format| instant::check_format(format))?;
        self.dates = formats;
        Ok(())
    }

    /// Sets what goes in front of references that are digits only, and would be taken for numbers.
    pub fn prefix(&mut self, prefix: &str) {
        self.prefix = Some(prefix.to_owned());
    }

    /// Sets the zone of times without an offset.
    pub fn timezone(&mut self, zone: Zone) {
        self.timezone = Some(zone);
    }
}
