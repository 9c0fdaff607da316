//! Rows and columns before they have a form: what every exporter writes.
//!
//! A cell holds the value itself, for programs, and, where people read it better another way
//! (`3 h ago`), the text shown to them. Nothing in a grid has been made safe or cut: each exporter
//! does that by the rules of its form.

use std::borrow::Cow;
use std::ops::Range;

use desk::error::{Error, Result, did_you_mean};
use serde_json::{Map, Value};

use super::chart::Chart;
use super::style::Tone;

/// A table of cells.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Grid {
    /// What stands in the columns, from left to right.
    pub(crate) columns: Vec<Column>,
    /// The rows, each with a cell for each column.
    pub(crate) rows: Vec<Vec<Cell>>,
    /// What is to be seen of it at a glance. Forms that cannot draw leave it out.
    pub(crate) charts: Vec<Chart>,
}

/// What is true of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Column {
    /// The name for programs: the key in JSON, the head in CSV and TSV.
    pub(crate) name: Cow<'static, str>,
    /// What it is of, where its name does not say so: a name that somebody made up can be that of
    /// another column too.
    pub(crate) of: Cow<'static, str>,
    /// The head that people read.
    pub(crate) title: Cow<'static, str>,
    /// On which side the text stands.
    pub(crate) align: Align,
    /// How willing it is to be cut on a narrow terminal: 0 is never, the highest goes first.
    pub(crate) shrink: u8,
    /// The head where there is room for words, if these are not those of the name.
    pub(crate) words: Option<String>,
}

/// On which side of its column a text stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Align {
    /// Text.
    #[default]
    Left,
    /// Numbers.
    Right,
}

/// One value.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Cell {
    /// What programs get.
    pub(crate) value: Value,
    /// What people get, where that is not the value as text.
    pub(crate) shown: Option<String>,
    /// How it looks on a terminal with colours.
    pub(crate) tone: Tone,
    /// What is marked in the text for people, as byte ranges of it.
    pub(crate) marks: Vec<Range<usize>>,
}

impl Column {
    /// A column of text that is never cut, headed by its name: `waiting_on` becomes `WAITING ON`.
    pub(crate) fn new(name: impl Into<Cow<'static, str>>) -> Self {
        let name = name.into();
        let title = name.replace('_', " ").to_uppercase().into();
        Self {
            of: name.clone(),
            name,
            title,
            align: Align::Left,
            shrink: 0,
            words: None,
        }
    }

    /// The column, told apart from others of the same name.
    #[must_use]
    pub(crate) fn of(mut self, of: impl Into<Cow<'static, str>>) -> Self {
        self.of = of.into();
        self
    }

    /// The column under another head.
    #[must_use]
    pub(crate) fn titled(mut self, title: impl Into<Cow<'static, str>>) -> Self {
        self.title = title.into();
        self
    }

    /// The column under another head where there is room for words.
    #[must_use]
    pub(crate) fn worded(mut self, words: impl Into<String>) -> Self {
        self.words = Some(words.into());
        self
    }

    /// The column with its text on the right.
    #[must_use]
    pub(crate) fn right(mut self) -> Self {
        self.align = Align::Right;
        self
    }

    /// The column, to be cut before those with a lower number.
    #[must_use]
    pub(crate) fn shrinking(mut self, shrink: u8) -> Self {
        self.shrink = shrink;
        self
    }
}

impl Cell {
    /// A cell with a value: text, a number, `null`, or a list of them.
    pub(crate) fn new(value: impl Into<Value>) -> Self {
        Self {
            value: value.into(),
            ..Self::default()
        }
    }

    /// The cell, shown to people as `text`.
    #[must_use]
    pub(crate) fn shown(mut self, text: impl Into<String>) -> Self {
        self.shown = Some(text.into());
        self
    }

    /// The cell in a tone.
    #[must_use]
    pub(crate) fn tone(mut self, tone: Tone) -> Self {
        self.tone = tone;
        self
    }

    /// What people read; empty where there is nothing.
    pub(crate) fn for_people(&self) -> Cow<'_, str> {
        match &self.shown {
            Some(text) => Cow::Borrowed(text),
            None => self.for_programs(),
        }
    }

    /// The value as one text, as CSV and TSV have it: nothing for `null`, lists joined by commas.
    pub(crate) fn for_programs(&self) -> Cow<'_, str> {
        plain(&self.value)
    }
}

/// A value as text without JSON's quotes, as far as it has none inside.
pub(crate) fn plain(value: &Value) -> Cow<'_, str> {
    match value {
        Value::Null => Cow::Borrowed(""),
        Value::String(text) => Cow::Borrowed(text),
        Value::Array(items) => {
            let items: Vec<_> = items.iter().map(plain).collect();
            Cow::Owned(items.join(","))
        }
        other => Cow::Owned(other.to_string()),
    }
}

impl Grid {
    /// An empty grid.
    pub(crate) fn new(columns: Vec<Column>) -> Self {
        Self {
            columns,
            rows: Vec::new(),
            charts: Vec::new(),
        }
    }

    /// The grid with charts of it, as far as there are any.
    #[must_use]
    pub(crate) fn charted(mut self, charts: impl IntoIterator<Item = Option<Chart>>) -> Self {
        self.charts.extend(charts.into_iter().flatten());
        self
    }

    /// The columns of these names, in this order; all of them, if none is named.
    ///
    /// # Errors
    /// [`Error::Usage`] for a name that is no column's, with the nearest.
    pub(crate) fn picked(self, names: &[String]) -> Result<Self> {
        if names.is_empty() {
            return Ok(self);
        }
        let known = || self.columns.iter().map(|column| &*column.name);
        let place = |name: &String| {
            let name = name.trim();
            known().position(|known| known == name).ok_or_else(|| {
                let error = Error::usage(format!("there is no field `{name}`"));
                error.with_hint(match did_you_mean(name, known()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("the fields are {}", known().collect::<Vec<_>>().join(", ")),
                })
            })
        };
        let places: Vec<usize> = names.iter().map(place).collect::<Result<_>>()?;
        let columns = places.iter().map(|at| self.columns[*at].clone()).collect();
        let row = |row: Vec<Cell>| places.iter().map(|at| row[*at].clone()).collect();
        Ok(Self {
            columns,
            rows: self.rows.into_iter().map(row).collect(),
            charts: self.charts,
        })
    }

    /// The rows as JSON objects, keyed by the columns' names.
    pub(crate) fn objects(&self) -> impl Iterator<Item = Map<String, Value>> {
        self.rows.iter().map(|row| {
            let names = self.columns.iter().map(|column| column.name.to_string());
            names
                .zip(row.iter().map(|cell| cell.value.clone()))
                .collect()
        })
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A grid of text cells, for the exporters' tests.
    pub(crate) fn grid(columns: &[&'static str], rows: &[&[&str]]) -> Grid {
        let mut grid = Grid::new(columns.iter().map(|&name| Column::new(name)).collect());
        grid.rows = rows
            .iter()
            .map(|row| row.iter().map(|&text| Cell::new(text)).collect())
            .collect();
        grid
    }

    #[test]
    fn a_cell_has_a_text_for_people_and_one_for_programs() {
        let table = [
            (Cell::default(), "", ""),
            (Cell::new("a"), "a", "a"),
            (Cell::new(-5), "-5", "-5"),
            (Cell::new(vec!["a", "b"]), "a,b", "a,b"),
            (Cell::new(7200).shown("2 h"), "2 h", "7200"),
        ];
        for (cell, people, programs) in table {
            assert_eq!(cell.for_people(), people);
            assert_eq!(cell.for_programs(), programs);
        }
    }
}
