//! A table whose rows are made one by one, as they are read: there may be very many, and a spreadsheet
//! or a database takes them as they come.

use std::cell::RefCell;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::super::chart::Chart;
use super::super::grid::{Cell, Column, Grid};
use super::super::texts::{Setting, Text, Texts};
use super::Sheet;

/// A table, and what its rows are of.
pub(super) struct Strip<'a> {
    pub(super) columns: Vec<Column>,
    /// The columns that say what a row is of, as far as they are there.
    pub(super) keys: Vec<&'static str>,
    /// The columns of which people see by how much they changed.
    pub(super) chief: &'static [&'static str],
    /// How many rows there are.
    pub(super) len: usize,
    /// What is to be seen of it at a glance.
    pub(super) charts: Vec<Chart>,
    of: Of<'a>,
    cells: Cells<'a>,
    alike: Option<Alike<'a>>,
}

/// What is known of rows that say the same but for their first cells.
struct Alike<'a> {
    /// What people read in the first cell of a row.
    first: Box<dyn Fn(usize) -> Text<'a> + 'a>,
    /// A number that rows share which say the same behind it.
    number: Box<dyn Fn(usize) -> usize + 'a>,
}

/// What a row is of.
type Of<'a> = Box<dyn Fn(usize) -> desk::Result<String> + 'a>;
/// What stands in a row.
type Cells<'a> = Box<dyn Fn(usize) -> desk::Result<Vec<Cell>> + 'a>;

impl<'a> Strip<'a> {
    /// A table of these columns, of which none says what a row is of.
    pub(super) fn new(
        columns: Vec<Column>,
        len: usize,
        of: impl Fn(usize) -> desk::Result<String> + 'a,
        cells: impl Fn(usize) -> desk::Result<Vec<Cell>> + 'a,
    ) -> Self {
        Self {
            columns,
            keys: Vec::new(),
            chief: &[],
            len,
            charts: Vec::new(),
            of: Box::new(of),
            cells: Box::new(cells),
            alike: None,
        }
    }

    /// The table, whose rows are known by the cells of these columns.
    #[must_use]
    pub(super) fn keyed(mut self, keys: &[&'static str], chief: &'static [&'static str]) -> Self {
        (self.keys, self.chief) = (keys.to_vec(), chief);
        self
    }

    /// The table, of whose rows those of one `number` say the same but for their `first` cells: what a
    /// great many rows have in common is then made once.
    #[must_use]
    pub(super) fn alike(
        mut self,
        first: impl Fn(usize) -> Text<'a> + 'a,
        number: impl Fn(usize) -> usize + 'a,
    ) -> Self {
        self.alike = Some(Alike {
            first: Box::new(first),
            number: Box::new(number),
        });
        self
    }

    /// The table with charts of it, as far as there are any.
    #[must_use]
    pub(super) fn charted(mut self, charts: impl IntoIterator<Item = Option<Chart>>) -> Self {
        self.charts.extend(charts.into_iter().flatten());
        self
    }

    /// The table with one more row at its end.
    #[must_use]
    pub(super) fn ending(mut self, last: &'static str, cells: Vec<Cell>) -> Self {
        let len = self.len;
        let (of, made) = (self.of, self.cells);
        self.of = Box::new(move |row| match row < len {
            true => of(row),
            false => Ok(last.to_owned()),
        });
        self.cells = Box::new(move |row| match row < len {
            true => made(row),
            false => Ok(cells.clone()),
        });
        // Of its own it knows nothing of that kind.
        self.alike = None;
        self.len += 1;
        self
    }

    /// What a row is of.
    pub(super) fn of(&self, row: usize) -> desk::Result<String> {
        (self.of)(row)
    }

    /// What stands in a row.
    pub(super) fn cells(&self, row: usize) -> desk::Result<Vec<Cell>> {
        (self.cells)(row)
    }

    /// Where in its rows each of these columns is, if it is there.
    pub(super) fn places(&self, columns: &[Column]) -> Vec<Option<usize>> {
        let place = |column: &Column| self.columns.iter().position(|own| own.of == column.of);
        columns.iter().map(place).collect()
    }

    /// All of it.
    pub(super) fn collect(self) -> desk::Result<Sheet> {
        let of = (0..self.len).map(|row| self.of(row));
        let of = of.collect::<desk::Result<_>>()?;
        Ok(Sheet {
            of,
            keys: self.keys.clone(),
            chief: self.chief,
            grid: self.grid()?,
        })
    }

    /// All of it, as cells.
    pub(super) fn grid(self) -> desk::Result<Grid> {
        let rows = (0..self.len).map(|row| self.cells(row));
        let rows = rows.collect::<desk::Result<_>>()?;
        Ok(Grid {
            rows,
            columns: self.columns,
            charts: self.charts,
        })
    }

    /// All of it, as people read it.
    pub(super) fn texts(self) -> desk::Result<Texts<'a>> {
        let mut setting = Setting::new(self.columns.clone());
        let mut known: HashMap<usize, usize> = HashMap::new();
        for row in 0..self.len {
            if let Some(alike) = &self.alike {
                match known.entry((alike.number)(row)) {
                    Entry::Occupied(earlier) => {
                        setting.row_like((alike.first)(row), *earlier.get());
                        continue;
                    }
                    Entry::Vacant(new) => _ = new.insert(row),
                }
            }
            setting.row(self.cells(row)?);
        }
        Ok(setting.done(self.charts))
    }
}

/// Each row is given once, so that a table that is made of another takes no more memory than one.
impl From<Sheet> for Strip<'_> {
    fn from(sheet: Sheet) -> Self {
        let Sheet {
            grid,
            of,
            keys,
            chief,
        } = sheet;
        let (len, rows) = (of.len(), RefCell::new(grid.rows));
        let of = move |row: usize| Ok(of[row].clone());
        let cells = move |row: usize| Ok(std::mem::take(&mut rows.borrow_mut()[row]));
        let strip = Self::new(grid.columns, len, of, cells).keyed(&keys, chief);
        strip.charted(grid.charts.into_iter().map(Some))
    }
}
