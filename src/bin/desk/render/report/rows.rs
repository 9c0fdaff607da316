//! The reports of rows: the key of each, and its figures.

use desk::report::{Metric, Row, Rows};
use serde_json::{Map, Value};

use super::super::chart::{Chart, Shape};
use super::super::grid::{Column, Grid};
use super::page::Section;
use super::{Form, Sheet, View, figure};

/// What people see first, and under which head: as much as fits beside each other. The times are
/// those to resolve (TTR).
const SHOWN: [(&str, &str); 10] = [
    ("opened", "OPENED"),
    ("solved", "SOLVED"),
    ("solved_tickets", "TICKETS"),
    ("backlog_end", "BACKLOG"),
    ("time_to_resolve.n", "TTR N"),
    ("time_to_resolve.p50", "TTR P50"),
    ("time_to_resolve.p90", "TTR P90"),
    ("time_to_resolve.mean", "TTR MEAN"),
    ("reopened.tickets", "REOPEN"),
    ("escalated.tickets", "ESCAL"),
];

/// What a narrow terminal has no room for.
const ROOMY: [&str; 2] = ["solved_tickets", "time_to_resolve.mean"];

impl Form for Rows {
    fn names(&self) -> desk::Result<Vec<String>> {
        // A report without rows has columns too, and one whose rows lack a group has the same as all
        // others.
        let key = std::iter::once(self.dimension.as_str());
        let names = key.chain(Metric::all().map(Metric::as_str));
        Ok(names.map(str::to_owned).collect())
    }

    fn pruned(&self, picked: &[String]) -> desk::Result<Map<String, Value>> {
        let lines = self.lines(Some(picked))?.unwrap_or_default();
        let lines: Vec<Value> = lines.into_iter().map(|(_, line)| line).collect();
        Ok(Map::from_iter([("rows".to_owned(), lines.into())]))
    }

    fn lines(&self, picked: Option<&[String]>) -> desk::Result<Option<Vec<(String, Value)>>> {
        let line = |row: &Row| {
            let value = figure::value(row)?;
            let line = match picked {
                Some(names) => figure::prune(&value, names).into(),
                None => value,
            };
            Ok((row.name.value.to_string(), line))
        };
        self.rows
            .iter()
            .map(line)
            .collect::<desk::Result<_>>()
            .map(Some)
    }

    fn step(&self, picked: Option<&[String]>, _: &View) -> desk::Result<Sheet> {
        match picked {
            Some(names) => sheet(self, names),
            None => sheet(self, &self.names()?),
        }
    }

    fn chief(&self, view: &View) -> Option<Vec<String>> {
        Some(shown(self, view))
    }

    fn defined(&self, view: &View) -> desk::Result<Vec<String>> {
        Ok(shown(self, view))
    }

    fn page(&self, picked: Option<&[String]>, view: &View) -> desk::Result<Vec<Section>> {
        let chief = shown(self, view);
        let table = sheet(self, picked.unwrap_or(&chief))?;
        Ok(vec![Section::Table(None, table)])
    }
}

/// The columns for people who asked for none in particular.
fn shown(rows: &Rows, view: &View) -> Vec<String> {
    let is_narrow = view.is_narrow();
    // Technicians open nothing: a column of nothing says nothing.
    let opens = rows.rows.iter().any(|row| row.figures.opened.is_some());
    let figures = SHOWN
        .iter()
        .map(|(name, _)| *name)
        .filter(|name| !(is_narrow && ROOMY.contains(name)))
        .filter(|name| opens || *name != "opened");
    std::iter::once(rows.dimension.as_str())
        .chain(figures)
        .map(str::to_owned)
        .collect()
}

fn sheet(rows: &Rows, names: &[String]) -> desk::Result<Sheet> {
    let key = rows.dimension.as_str();
    let mut grid = Grid::new(names.iter().map(|name| column(name, key)).collect());
    let mut of = Vec::with_capacity(rows.rows.len());
    for row in &rows.rows {
        of.push(row.name.value.to_string());
        let figures = figure::value(&row.figures)?;
        let cells = names.iter().map(|name| match name == key {
            true => figure::key(&row.name.value),
            false => figure::cell(name, figure::get(&figures, name)),
        });
        grid.rows.push(cells.collect());
    }
    let charts = charts(rows, &grid);
    Ok(Sheet {
        grid: grid.charted(charts),
        of,
        keys: vec![key],
        chief: &["opened", "solved", "time_to_resolve.p50"],
    })
}

/// What puts the rows in order comes first, and what belongs to it beside it; then how long it takes.
fn charts(rows: &Rows, grid: &Grid) -> [Option<Chart>; 2] {
    let (opened, solved) = (("opened", "opened"), ("solved", "solved"));
    let halves = [
        ("time_to_resolve.p50", "half within"),
        ("time_to_resolve.p90", "nine in ten within"),
    ];
    let opens = rows.rows.iter().any(|row| row.figures.opened.is_some());
    [
        match opens {
            true => Chart::of(grid, "Opened and solved", Shape::Bars, &[opened, solved]),
            false => Chart::of(grid, "Solved", Shape::Bars, &[solved]),
        },
        Chart::of(grid, "Time to resolve", Shape::Bars, &halves),
    ]
}

fn column(name: &str, key: &'static str) -> Column {
    if name == key {
        return Column::new(key).shrinking(1);
    }
    let column = figure::column(name);
    match SHOWN.iter().find(|(shown, _)| *shown == name) {
        Some((_, title)) => column.titled(*title),
        None => column,
    }
}
