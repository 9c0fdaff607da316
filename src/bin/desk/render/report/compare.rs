//! What a report says beside what it said of an earlier time.

use std::collections::{HashMap, HashSet};

use serde_json::{Value, json};

use super::super::grid::{Cell, Column, Grid};
use super::page::{Section, line};
use super::table::TOTALS;
use super::{Sheet, figure};

/// Each line with the one of the time before that is of the same, as `previous`; and then lines of what
/// there is no more, which have nothing else.
pub(super) fn lines(now: Vec<(String, Value)>, before: Vec<(String, Value)>) -> Vec<Value> {
    let order: Vec<String> = before.iter().map(|(of, _)| of.clone()).collect();
    let mut before: HashMap<String, Value> = before.into_iter().collect();
    let mut lines = Vec::with_capacity(now.len());
    for (of, mut line) in now {
        if let Value::Object(line) = &mut line {
            let previous = before.remove(&of).unwrap_or(Value::Null);
            line.insert("previous".into(), previous);
        }
        lines.push(line);
    }
    let gone = order.iter().filter_map(|of| before.remove(of));
    lines.extend(gone.map(|line| json!({ "previous": line })));
    lines
}

/// Puts below the rows of a table those that it had in the time before, and has no more: so that it
/// is seen who solved something then, and nothing now. Their own cells are empty.
pub(super) fn complete(now: &mut Sheet, before: &Sheet) {
    let found = Found::new(before);
    let known: HashSet<&str> = now.of.iter().map(String::as_str).collect();
    let is_gone = |of: &&String| !known.contains(of.as_str()) && *of != TOTALS;
    let gone: Vec<&String> = before.of.iter().filter(is_gone).collect();
    let cell = |of: &str, column: &Column| {
        let is_key = now.keys.contains(&&*column.of);
        let key = found.cell(of, column).filter(|_| is_key).cloned();
        key.unwrap_or_else(figure::nothing)
    };
    let row = |of: &&String| {
        let columns = now.grid.columns.iter();
        columns.map(|column| cell(of, column)).collect()
    };
    let rows: Vec<Vec<Cell>> = gone.iter().map(row).collect();
    let has_totals = now.of.last().is_some_and(|of| of == TOTALS);
    let end = now.of.len() - usize::from(has_totals);
    now.grid.rows.splice(end..end, rows);
    now.of.splice(end..end, gone.into_iter().cloned());
}

/// A table for programs: next to each figure the one of the time before.
pub(super) fn sheet(now: Sheet, before: Option<&Sheet>) -> Sheet {
    let Some(before) = before else {
        return now;
    };
    let found = Found::new(before);
    let beside = |column: &Column| match now.keys.contains(&&*column.of) {
        true => None,
        false => Some(format!("previous.{}", column.name)),
    };
    let cell = |_: &Cell, before: Option<&Cell>, _: &str| before.cloned().unwrap_or_default();
    let grid = widened(&now, &found, &beside, &cell);
    Sheet { grid, ..now }
}

/// A table for people: next to the chief figures by how much they changed.
pub(super) fn page(now: Sheet, before: &Sheet) -> Sheet {
    let found = Found::new(before);
    let is_chief = |column: &Column| now.chief.contains(&&*column.of);
    let beside = |column: &Column| is_chief(column).then(|| "change".to_owned());
    let cell = |now: &Cell, before: Option<&Cell>, name: &str| change(now, before, name);
    let grid = widened(&now, &found, &beside, &cell);
    Sheet { grid, ..now }
}

/// The sections of a page beside the same of the time before.
pub(super) fn sections(now: Vec<Section>, before: Vec<Section>) -> Vec<Section> {
    let mut before = before.into_iter();
    now.into_iter()
        .map(|section| match (section, before.next()) {
            (Section::Table(heading, mut now), Some(Section::Table(_, before))) => {
                complete(&mut now, &before);
                Section::Table(heading, page(now, &before))
            }
            (Section::Line(now), Some(Section::Line(before))) => {
                Section::Line(format!("{now}\nbefore: {}", before.replace('\n', "; ")))
            }
            (Section::Sum(now, note), Some(Section::Sum(before, _))) => {
                let before = format!("before: {}", line(&before));
                let note = note.into_iter().chain([before]).collect::<Vec<_>>();
                Section::Sum(now, Some(note.join("\n")))
            }
            (section, _) => section,
        })
        .collect()
}

/// The cells of a table, found by what their rows and their columns are of.
struct Found<'a> {
    grid: &'a Grid,
    rows: HashMap<&'a str, usize>,
}

impl<'a> Found<'a> {
    fn new(sheet: &'a Sheet) -> Self {
        let rows = sheet.of.iter().enumerate();
        Self {
            grid: &sheet.grid,
            rows: rows.map(|(at, of)| (of.as_str(), at)).collect(),
        }
    }

    fn cell(&self, of: &str, column: &Column) -> Option<&'a Cell> {
        let row = self.grid.rows.get(*self.rows.get(of)?)?;
        let mut columns = self.grid.columns.iter();
        row.get(columns.position(|known| known.of == column.of)?)
    }
}

/// The table with a column behind each for which `beside` gives a name.
fn widened(
    now: &Sheet,
    before: &Found<'_>,
    beside: &dyn Fn(&Column) -> Option<String>,
    cell: &dyn Fn(&Cell, Option<&Cell>, &str) -> Cell,
) -> Grid {
    let columns = &now.grid.columns;
    let added: Vec<Option<String>> = columns.iter().map(beside).collect();
    let mut grid = Grid {
        charts: now.grid.charts.clone(),
        ..Grid::default()
    };
    for (column, added) in columns.iter().zip(&added) {
        grid.columns.push(column.clone());
        if let Some(name) = added {
            grid.columns.push(Column::new(name.clone()).right());
        }
    }
    for (row, of) in now.grid.rows.iter().zip(&now.of) {
        let mut wide = Vec::with_capacity(grid.columns.len());
        for ((column, added), own) in columns.iter().zip(&added).zip(row) {
            wide.push(own.clone());
            if added.is_some() {
                // In a list of figures, the row says which one it is.
                let name = if *column.name == *"value" {
                    of
                } else {
                    &*column.name
                };
                wide.push(cell(own, before.cell(of, column), name));
            }
        }
        grid.rows.push(wide);
    }
    grid
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
