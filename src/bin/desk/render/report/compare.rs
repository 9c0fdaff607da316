//! What a report says beside what it said of an earlier time.
//!
//! Nothing of that time is left out: a row that was there then and is no more stands below the others,
//! and a column behind the one that it stood behind, with nothing in them of now. What people see the
//! change of has come to 0 there, if it is no rate, percentile or mean.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::super::grid::{Cell, Column};
use super::super::texts::{Setting, Texts};
use super::page::{Section, line};
use super::strip::Strip;
use super::table::TOTALS;
use super::{Lines, figure};

/// Gives each line with the one of the time before that is of the same, as `previous`; and then lines of
/// what there is no more, which have nothing else.
pub(super) fn lines(
    now: Lines<'_>,
    before: Lines<'_>,
    give: &mut dyn FnMut(Value) -> desk::Result<()>,
) -> desk::Result<()> {
    let mut order = Vec::new();
    let mut left = HashMap::new();
    for line in before {
        let (of, line) = line?;
        order.push(of.clone());
        left.insert(of, line);
    }
    for line in now {
        let (of, mut line) = line?;
        if let Value::Object(line) = &mut line {
            let previous = left.remove(&of).unwrap_or(Value::Null);
            line.insert("previous".into(), previous);
        }
        give(line)?;
    }
    let mut gone = order.iter().filter_map(|of| left.remove(of));
    gone.try_for_each(|line| give(json!({ "previous": line })))
}

/// A table beside the same of the time before, as far as there are such.
pub(super) struct Beside<'a> {
    pub(super) now: Option<Strip<'a>>,
    pub(super) before: Option<Strip<'a>>,
}

/// A row beside the one of the time before.
pub(super) struct Pair {
    /// What both are of.
    pub(super) of: String,
    pub(super) now: Vec<Cell>,
    before: Option<Vec<Cell>>,
    /// Whether there is no such row any more.
    is_gone: bool,
}

impl Beside<'_> {
    /// Adds the columns of both to others: each behind the one that it stands behind.
    pub(super) fn add_columns(&self, all: &mut Vec<Column>) {
        for strip in self.now.iter().chain(&self.before) {
            let mut next = 0;
            for column in &strip.columns {
                let known = |known: &Column| known.of == column.of;
                next = match all.iter().position(known) {
                    Some(place) => place + 1,
                    None => {
                        all.insert(next, column.clone());
                        next + 1
                    }
                };
            }
        }
    }

    /// Gives the rows of now, each beside its own of the time before; then those that were there then
    /// and are no more, of which only the keys are known; and last what all add up to.
    pub(super) fn each(
        &self,
        columns: &[Column],
        give: &mut dyn FnMut(Pair) -> desk::Result<()>,
    ) -> desk::Result<()> {
        let before = self.before.as_ref().map(|strip| Found::new(strip, columns));
        let before = before.transpose()?;
        let mut left = match &before {
            Some(before) => before.by_key()?,
            None => HashMap::new(),
        };
        let mut total = None;
        if let Some(now) = &self.now {
            let found = Found::new(now, columns)?;
            for row in 0..now.len {
                let of = now.of(row)?;
                let then = left.remove(&of);
                let then = then
                    .zip(before.as_ref())
                    .map(|(row, before)| before.row(row));
                let pair = Pair {
                    now: found.row(row)?,
                    before: then.transpose()?,
                    is_gone: false,
                    of,
                };
                match pair.of == TOTALS {
                    true => total = Some(pair),
                    false => give(pair)?,
                }
            }
        }
        if let Some(before) = &before {
            left.remove(TOTALS);
            let mut gone: Vec<(usize, String)> =
                left.into_iter().map(|(of, row)| (row, of)).collect();
            gone.sort_unstable();
            for (row, of) in gone {
                give(before.gone(row, of, columns)?)?;
            }
        }
        total.map_or(Ok(()), give)
    }
}

/// A table under the columns of another.
struct Found<'s, 'a> {
    strip: &'s Strip<'a>,
    places: Vec<Option<usize>>,
}

impl<'s, 'a> Found<'s, 'a> {
    fn new(strip: &'s Strip<'a>, columns: &[Column]) -> desk::Result<Self> {
        let places = strip.places(columns);
        Ok(Self { strip, places })
    }

    /// Where each row is.
    fn by_key(&self) -> desk::Result<HashMap<String, usize>> {
        let rows = 0..self.strip.len;
        rows.map(|row| Ok((self.strip.of(row)?, row))).collect()
    }

    fn row(&self, row: usize) -> desk::Result<Vec<Cell>> {
        let mut cells = self.strip.cells(row)?;
        // No two columns are of the same.
        let cell = |place: &Option<usize>| match place {
            Some(place) => std::mem::take(&mut cells[*place]),
            None => figure::nothing(),
        };
        Ok(self.places.iter().map(cell).collect())
    }

    /// A row that there is no more.
    fn gone(&self, row: usize, of: String, columns: &[Column]) -> desk::Result<Pair> {
        let before = self.row(row)?;
        let is_key = |column: &Column| self.strip.keys.contains(&&*column.of);
        let cells = columns.iter().zip(&before);
        let cells = cells.map(|(column, cell)| match is_key(column) {
            true => cell.clone(),
            false => figure::nothing(),
        });
        Ok(Pair {
            of,
            now: cells.collect(),
            before: Some(before),
            is_gone: true,
        })
    }
}

/// What is added behind columns, and for whom.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Added {
    /// Nothing: there is no time before.
    Nothing,
    /// For programs each figure of the time before.
    Figures,
    /// For people by how much the chief figures changed.
    Changes,
}

impl Added {
    /// What stands behind a column, if anything does.
    fn behind(self, column: &Column, keys: &[&str], chief: &[&str]) -> Option<Column> {
        let name = match self {
            Self::Figures if !keys.contains(&&*column.of) => format!("previous.{}", column.name),
            Self::Changes if chief.contains(&&*column.of) => "change".to_owned(),
            _ => return None,
        };
        Some(Column::new(name).right())
    }

    /// What a figure has come to in a row that there is no more, as far as it is told by how much it
    /// changed.
    fn gone(self, before: Option<&Cell>, name: &str) -> Cell {
        let had_value = before.is_some_and(|before| before.value.is_number());
        match self {
            Self::Changes if had_value && figure::is_sum(name) => {
                figure::cell(name, Some(&0.into()))
            }
            _ => figure::nothing(),
        }
    }

    fn cell(self, now: &Cell, before: Option<&Cell>, name: &str) -> Cell {
        match self {
            Self::Changes => change(now, before, name),
            Self::Nothing | Self::Figures => before.cloned().unwrap_or_default(),
        }
    }
}

/// Columns, and behind them what is added.
pub(super) struct Widened<'a> {
    columns: &'a [Column],
    added: Added,
    behind: Vec<Option<Column>>,
}

impl<'a> Widened<'a> {
    pub(super) fn new(columns: &'a [Column], added: Added, keys: &[&str], chief: &[&str]) -> Self {
        let behind = columns
            .iter()
            .map(|column| added.behind(column, keys, chief));
        Self {
            behind: behind.collect(),
            columns,
            added,
        }
    }

    pub(super) fn columns(&self) -> impl Iterator<Item = Column> {
        let columns = self.columns.iter().zip(&self.behind);
        columns.flat_map(|(column, behind)| {
            [Some(column.clone()), behind.clone()].into_iter().flatten()
        })
    }

    pub(super) fn row(&self, pair: Pair) -> Vec<Cell> {
        let Pair {
            of,
            now,
            before,
            is_gone,
        } = pair;
        let behind = self.behind.iter().flatten().count();
        let mut row = Vec::with_capacity(now.len() + behind);
        for (at, mut cell) in now.into_iter().enumerate() {
            let column = &self.columns[at];
            // In a list of figures, the row says which one it is.
            let name = if *column.name == *"value" {
                &of
            } else {
                &*column.name
            };
            let behind = self.behind[at].as_ref().map(|_| {
                let before = before.as_ref().map(|before| &before[at]);
                if is_gone {
                    cell = self.added.gone(before, name);
                }
                self.added.cell(&cell, before, name)
            });
            row.push(cell);
            row.extend(behind);
        }
        row
    }
}

/// A table for people beside the same of the time before: behind the chief figures by how much they
/// changed. Of what it is made, no more than a row is there at a time.
fn page<'a>(mut now: Strip<'a>, before: Strip<'a>) -> desk::Result<Texts<'a>> {
    let charts = std::mem::take(&mut now.charts);
    let (keys, chief) = (now.keys.clone(), now.chief);
    let beside = Beside {
        now: Some(now),
        before: Some(before),
    };
    let mut columns = Vec::new();
    beside.add_columns(&mut columns);
    let widened = Widened::new(&columns, Added::Changes, &keys, chief);
    let mut setting = Setting::new(widened.columns().collect());
    beside.each(&columns, &mut |pair| {
        setting.row(widened.row(pair));
        Ok(())
    })?;
    Ok(setting.done(charts))
}

/// The sections of a page beside the same of the time before.
pub(super) fn sections<'a>(
    now: Vec<Section<Strip<'a>>>,
    before: Vec<Section<Strip<'a>>>,
) -> desk::Result<Vec<Section<Texts<'a>>>> {
    let mut before = before.into_iter();
    now.into_iter()
        .map(|section| match (section, before.next()) {
            (Section::Table(heading, now), Some(Section::Table(_, before))) => {
                Ok(Section::Table(heading, page(now, before)?))
            }
            (Section::Line(now), Some(Section::Line(before))) => Ok(Section::Line(format!(
                "{now}\nbefore: {}",
                before.replace('\n', "; ")
            ))),
            (Section::Sum(now, note), Some(Section::Sum(before, _))) => {
                let before = format!("before: {}", line(&before));
                let note = note.into_iter().chain([before]).collect::<Vec<_>>();
                Ok(Section::Sum(now, Some(note.join("\n"))))
            }
            (section, _) => section.made(),
        })
        .collect()
}

/// By how much a figure is more than it was: a rate in points, anything else in hundredths of what it
/// was.
fn change(now: &Cell, before: Option<&Cell>, name: &str) -> Cell {
    let number = |cell: &Cell| cell.value.as_f64();
    let (Some(now), Some(before)) = (number(now), before.and_then(number)) else {
        return figure::nothing();
    };
    if figure::is_rate(name) {
        return Cell::new(now - before).shown(format!("{:+.1} pp", (now - before) * 100.0));
    }
    if before == 0.0 {
        return figure::nothing();
    }
    let change = (now - before) / before;
    Cell::new(change).shown(format!("{:+.1}%", change * 100.0))
}
