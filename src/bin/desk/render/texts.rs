//! A table as people read it: nothing but texts, of which those that stand in a column more than once
//! are held once.
//!
//! A report can have very many rows, and most of what stands in them are the same few counts: so it
//! takes a number for each cell, and whoever lays out, escapes or measures does it once for each text
//! that there is.

use std::borrow::Cow;
use std::hash::BuildHasher;
use std::ops::Range;

use hashbrown::hash_table::Entry;
use hashbrown::{DefaultHashBuilder, HashTable};
use serde_json::Value;

use super::chart::Chart;
use super::grid::{Cell, Column, Grid};
use super::style::Tone;

/// What people read in a cell. As in a [`Grid`], nothing of it has been made safe or cut.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Text<'a> {
    /// The text; empty where there is nothing.
    pub(crate) text: Cow<'a, str>,
    /// How it looks on a terminal with colours.
    pub(crate) tone: Tone,
    /// What is marked in it, as byte ranges.
    pub(crate) marks: Vec<Range<usize>>,
}

impl<'a> Text<'a> {
    /// A text without more.
    pub(crate) fn new(text: impl Into<Cow<'a, str>>) -> Self {
        Self {
            text: text.into(),
            tone: Tone::default(),
            marks: Vec::new(),
        }
    }

    /// The text in a tone.
    #[must_use]
    pub(crate) fn tone(mut self, tone: Tone) -> Self {
        self.tone = tone;
        self
    }

    /// The same, to be kept longer than what it was taken from.
    pub(crate) fn into_owned(self) -> Text<'static> {
        Text {
            text: Cow::Owned(self.text.into_owned()),
            ..self
        }
    }
}

impl<'a> From<&'a Cell> for Text<'a> {
    fn from(cell: &'a Cell) -> Self {
        Self {
            text: cell.for_people(),
            tone: cell.tone,
            marks: cell.marks.clone(),
        }
    }
}

impl From<Cell> for Text<'_> {
    fn from(cell: Cell) -> Self {
        let text = match (cell.shown, cell.value) {
            (Some(text), _) | (None, Value::String(text)) => text,
            (None, value) => super::grid::plain(&value).into_owned(),
        };
        Self {
            text: text.into(),
            tone: cell.tone,
            marks: cell.marks,
        }
    }
}

/// A table of texts.
pub(crate) struct Texts<'a> {
    /// What stands in the columns, from left to right.
    pub(crate) columns: Vec<Column>,
    /// What is to be seen of it at a glance.
    pub(crate) charts: Vec<Chart>,
    /// The texts of each column, each once.
    texts: Vec<Vec<Text<'a>>>,
    /// The rows, from the first to the last.
    rows: Vec<Row>,
    /// The places of the texts behind the first one of a row among those of their columns, end by end.
    ends: Vec<u32>,
    /// How many rows there are.
    pub(crate) len: usize,
}

/// A row: of very many, most say behind their first text what others do.
#[derive(Clone, Copy)]
struct Row {
    /// The place of its first text.
    first: u32,
    /// Which end of a row stands behind that.
    end: u32,
}

impl<'a> Texts<'a> {
    /// What people read of a grid.
    pub(crate) fn of(grid: &'a Grid) -> Self {
        let mut setting = Setting::new(grid.columns.clone());
        for row in &grid.rows {
            setting.row(row.iter().map(Text::from));
        }
        setting.done(grid.charts.clone())
    }

    /// The texts of a column, in the order in which they come up.
    pub(crate) fn column(&self, at: usize) -> &[Text<'a>] {
        &self.texts[at]
    }

    /// The texts of all columns, of which nothing is left here: whoever makes something else of them
    /// need not have both.
    pub(crate) fn take(&mut self) -> Vec<Vec<Text<'a>>> {
        std::mem::take(&mut self.texts)
    }

    /// Which texts of their columns stand in a row, by their places in [`Texts::column`].
    pub(crate) fn row(&self, row: usize) -> impl Iterator<Item = usize> {
        let Row { first, end } = self.rows[row];
        let first = (!self.columns.is_empty()).then_some(first as usize);
        first.into_iter().chain(self.end(end as usize))
    }

    /// Which end of a row stands behind its first text.
    pub(crate) fn end_of(&self, row: usize) -> usize {
        self.rows[row].end as usize
    }

    /// How many ends of rows there are; none, where nothing stands behind a first text.
    pub(crate) fn ends(&self) -> usize {
        self.ends.len() / width_of_end(&self.columns).max(1)
    }

    /// Which texts of their columns stand in an end of a row, from the second column on.
    pub(crate) fn end(&self, end: usize) -> impl Iterator<Item = usize> {
        let width = width_of_end(&self.columns);
        let places = &self.ends[end * width..][..width];
        places.iter().map(|&place| place as usize)
    }
}

fn width_of_end(columns: &[Column]) -> usize {
    columns.len().saturating_sub(1)
}

/// A table of texts that is being made, row by row.
pub(crate) struct Setting<'a> {
    columns: Vec<Column>,
    shelves: Vec<Shelf<'a>>,
    rows: Vec<Row>,
    ends: Vec<u32>,
}

/// The texts of a column.
#[derive(Default)]
struct Shelf<'a> {
    texts: Vec<Text<'a>>,
    /// The places of those that are looked for.
    known: HashTable<u32>,
    hashing: DefaultHashBuilder,
    /// The place of what came last, and often comes next.
    last: u32,
}

impl<'a> Shelf<'a> {
    /// The place of a text, which may be there.
    fn place(&mut self, text: Text<'a>) -> u32 {
        if self.texts.get(self.last as usize) != Some(&text) {
            self.last = self.look_up(text);
        }
        self.last
    }

    fn look_up(&mut self, text: Text<'a>) -> u32 {
        let next = self.next();
        // By letters and tone: next to none differ by their marks alone.
        let hash = |text: &Text<'_>| self.hashing.hash_one((&*text.text, text.tone));
        let known = |place: &u32| &self.texts[*place as usize];
        let is_it = |place: &u32| *known(place) == text;
        let entry = self
            .known
            .entry(hash(&text), is_it, |place| hash(known(place)));
        match entry {
            Entry::Occupied(held) => *held.get(),
            Entry::Vacant(free) => {
                free.insert(next);
                self.texts.push(text);
                next
            }
        }
    }

    /// Where the next text comes. There are never as many of them as 32 bits count.
    fn next(&self) -> u32 {
        self.texts.len() as u32
    }
}

impl<'a> Setting<'a> {
    /// A table of these columns, without rows.
    pub(crate) fn new(columns: Vec<Column>) -> Self {
        Self {
            shelves: columns.iter().map(|_| Shelf::default()).collect(),
            columns,
            rows: Vec::new(),
            ends: Vec::new(),
        }
    }

    /// Adds a row, with a text for each column.
    pub(crate) fn row(&mut self, row: impl IntoIterator<Item = impl Into<Text<'a>>>) {
        let shelves = self.shelves.iter_mut().zip(row);
        let mut places = shelves.map(|(shelf, text)| shelf.place(text.into()));
        self.rows.push(Row {
            first: places.next().unwrap_or(0),
            end: (self.ends.len() / width_of_end(&self.columns).max(1)) as u32,
        });
        self.ends.extend(places);
    }

    /// Adds a row that says behind its first text what an earlier one does. That first text names the
    /// row: no other one has it.
    pub(crate) fn row_like(&mut self, name: Text<'a>, earlier: usize) {
        let mut row = self.rows[earlier];
        if let Some(shelf) = self.shelves.first_mut() {
            row.first = shelf.next();
            shelf.texts.push(name);
        }
        self.rows.push(row);
    }

    /// The table, with charts of it.
    pub(crate) fn done(self, charts: Vec<Chart>) -> Texts<'a> {
        let texts = self.shelves.into_iter().map(|shelf| shelf.texts);
        Texts {
            columns: self.columns,
            charts,
            texts: texts.collect(),
            len: self.rows.len(),
            rows: self.rows,
            ends: self.ends,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The texts of a row.
    fn row<'a>(texts: &'a Texts<'_>, row: usize) -> Vec<&'a str> {
        let places = texts.row(row).enumerate();
        let texts = places.map(|(at, place)| &*texts.column(at)[place].text);
        texts.collect()
    }

    #[test]
    fn what_stands_in_a_column_twice_is_held_once_and_read_twice() {
        let mut setting = Setting::new(["a", "b", "c"].map(Column::new).into());
        setting.row(["x", "1", "x"].map(Cell::new));
        setting.row([Cell::new("y"), Cell::new(1), Cell::default()]);
        setting.row_like(Cell::new("z").into(), 1);
        setting.row_like(Cell::new("v").into(), 0);
        // Of another look.
        setting.row([
            Cell::new("x").tone(Tone::Dim),
            Cell::new(90).shown("1"),
            Cell::new("x"),
        ]);
        let texts = setting.done(Vec::new());
        let rows: Vec<_> = (0..texts.len).map(|at| row(&texts, at)).collect();
        assert_eq!(
            rows,
            [
                ["x", "1", "x"],
                ["y", "1", ""],
                ["z", "1", ""],
                ["v", "1", "x"],
                ["x", "1", "x"],
            ]
        );
        let held = (0..3).map(|at| texts.column(at).len());
        assert_eq!(held.collect::<Vec<_>>(), [5, 1, 2]);
        assert_eq!(texts.column(0)[4].tone, Tone::Dim);
    }

    #[test]
    fn marks_tell_texts_apart() {
        let mut grid = Grid::new(vec![Column::new("a")]);
        grid.rows = vec![vec![Cell::new("toner")]; 3];
        grid.rows[1][0].marks.push(0..2);
        let texts = Texts::of(&grid);
        let places: Vec<_> = (0..3).flat_map(|at| texts.row(at)).collect();
        assert_eq!(places, [0, 1, 0]);
        assert_eq!(texts.column(0)[1].marks.first(), Some(&(0..2)));
    }
}
