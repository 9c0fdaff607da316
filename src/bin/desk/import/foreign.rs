//! Tables, and what other tools wrote as JSON: rows that have a mapping.

use desk::mapping::Mapping;
use desk::{Error, Mode, Result};
use serde_json::{Map, Value};

use super::input::{Form, Input, Table};
use super::rows::Rows;
use crate::context::Context;
use crate::exit::{self, Exit};
use crate::render::defuse::undefused;

/// How the cells of a table are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cells {
    /// As what they were before desk made them safe for spreadsheets.
    Defused,
    /// As they stand.
    AsTheyStand,
}

impl Cells {
    /// How those of a table are: desk's own lists are defused, unless they were exported `raw`.
    ///
    /// # Errors
    /// As [`Mapping::own`].
    pub(crate) fn of(table: &Table, raw: bool) -> Result<Self> {
        Ok(match Mapping::own(table.columns())? {
            Some(_) if !raw => Self::Defused,
            _ => Self::AsTheyStand,
        })
    }

    fn read(self, cell: Value) -> Value {
        match (self, cell) {
            (Self::Defused, Value::String(cell)) => undefused(&cell).into(),
            (_, cell) => cell,
        }
    }
}

/// The mapping of a table of which nothing was said: desk's own, if it is one of desk's lists.
///
/// # Errors
/// [`Error::Usage`] if it is none, or one that is not read back.
pub(crate) fn own_mapping(table: &Table) -> Result<Mapping> {
    let columns = table.columns();
    match Mapping::own(columns)? {
        Some(_) if table.has_tabs() => {
            let error = Error::usage("what desk writes as TSV is not read back: it is for awk");
            Err(error.with_hint("export it as CSV: desk export --format csv"))
        }
        Some(own) => Ok(own),
        None => {
            let error = Error::usage("nothing says which field is in which column");
            Err(error.with_hint(format!(
                "say it: --map subject=COLUMN,ref=COLUMN,...; the columns are {}",
                columns.join(", ")
            )))
        }
    }
}

/// Takes the rows of a table in.
///
/// # Errors
/// When the mapping does not fit, or the file cannot be read to its end.
pub(crate) fn of_table(
    table: Table,
    mapping: Mapping,
    cells: Cells,
    mode: Mode,
    context: &mut Context,
) -> Result<Exit> {
    let bound = mapping.bind(table.columns(), context.zone()?)?;
    let mut rows = Rows::new(bound, mode, false, context)?;
    let read = table.each_row(&mut |line, row| {
        let row = row.map(|row| row.into_iter().map(|cell| cells.read(cell)).collect());
        rows.take(line, row, context)
    });
    // What came before a place that cannot be read is taken in.
    let done = rows.finish(context)?;
    read.map(|()| done)
}

/// Takes objects of another tool in: the keys of the first are the columns of all.
///
/// # Errors
/// As [`of_table`].
pub(crate) fn of_objects(
    input: Input,
    mapping: Mapping,
    mode: Mode,
    context: &mut Context,
) -> Result<Exit> {
    let is_list = input.form() == Form::Array;
    let mut mapping = Some(mapping);
    let mut columns: Vec<String> = Vec::new();
    let mut rows: Option<Rows> = None;
    let read = input.each_object(&mut |place, text| {
        let object = text.and_then(|text| {
            serde_json::from_str::<Map<String, Value>>(&text)
                .map_err(|error| Error::usage(format!("not an object: {error}")))
        });
        if let (Some(mapping), Ok(first)) = (mapping.take_if(|_| object.is_ok()), &object) {
            columns = first.keys().cloned().collect();
            let bound = mapping.bind(&columns, context.zone()?)?;
            rows = Some(Rows::new(bound, mode, is_list, context)?);
        }
        let Some(rows) = &mut rows else {
            // Nothing tells the columns.
            let unit = if is_list { "item" } else { "line" };
            return object
                .map(drop)
                .map_err(|error| Error::usage(format!("{unit} {place} is {error}")));
        };
        let row = object.map(|mut object| {
            let cells = columns.iter().map(|name| object.remove(name));
            cells.map(Option::unwrap_or_default).collect()
        });
        rows.take(place, row, context)
    });
    let done = match rows {
        Some(rows) => rows.finish(context)?,
        None => exit::DONE,
    };
    read.map(|()| done)
}
