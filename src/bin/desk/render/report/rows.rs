//! The reports of rows: the key of each, and its figures.

use desk::report::metrics::{Durations, FirstResponse, Flow, Occurrences, Satisfaction, Share};
use desk::report::{Head, Kind, NONE, Row, RowFigures, Rows};
use serde_json::{Map, Value};

use super::super::Look;
use super::super::chart::{Chart, Shape};
use super::super::grid::{Cell, Column, Grid};
use super::super::style::Tone;
use super::page::Section;
use super::{Form, figure, pruned_document};

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

/// What a terminal of fewer than [`WIDE`] columns has no room for.
const ROOMY: [&str; 2] = ["solved_tickets", "time_to_resolve.mean"];

/// From so many columns on everything in [`SHOWN`] stands beside a key of a dozen letters.
const WIDE: usize = 100;

impl Form for Rows {
    fn head(&self) -> &Head {
        &self.head
    }

    fn names(&self) -> desk::Result<Vec<String>> {
        let mut names = vec![key(&self.head).to_owned()];
        names.extend(figure::names(&figure::value(&blank())?));
        Ok(names)
    }

    fn document(&self, picked: Option<&[String]>) -> desk::Result<Value> {
        if picked.is_none() {
            return figure::value(self);
        }
        let mut body = Map::new();
        body.insert("rows".into(), self.lines(picked)?.into());
        pruned_document(&self.head, body)
    }

    fn lines(&self, picked: Option<&[String]>) -> desk::Result<Vec<Value>> {
        let line = |row: &Row| {
            let row = figure::value(row)?;
            Ok(match picked {
                Some(names) => figure::prune(&row, names).into(),
                None => row,
            })
        };
        self.rows.iter().map(line).collect()
    }

    fn sheet(&self, picked: Option<&[String]>, _: &Look) -> desk::Result<Grid> {
        match picked {
            Some(names) => grid(self, names),
            None => grid(self, &self.names()?),
        }
    }

    fn page(&self, picked: Option<&[String]>, look: &Look) -> desk::Result<Vec<Section>> {
        let grid = match picked {
            Some(names) => grid(self, names)?,
            None => grid(self, &shown(self, look.width))?,
        };
        Ok(vec![Section::Table(None, grid)])
    }
}

/// The name of the key: `technician`.
fn key(head: &Head) -> &'static str {
    match head.report {
        Kind::Rows(dimension) => dimension.as_str(),
        other => other.as_str(),
    }
}

/// A row in which every figure is there, to read their names from: a report without rows has
/// columns too, and one whose rows lack a group has the same as all others.
fn blank() -> RowFigures {
    RowFigures {
        opened: Some(0),
        solved: 0,
        solved_tickets: 0,
        backlog_end: 0,
        time_to_resolve: Durations::default(),
        full_time_to_resolve: Durations::default(),
        first_response: Some(FirstResponse::default()),
        reopened: Occurrences::default(),
        escalated: Occurrences::default(),
        reassigned: Share::default(),
        first_contact_resolution: Share::default(),
        one_touch_resolution: Share::default(),
        first_tier_resolution: Share::default(),
        satisfaction: Satisfaction::default(),
        flow: Some(Flow::default()),
    }
}

/// The columns for people who asked for none in particular.
fn shown(rows: &Rows, width: Option<usize>) -> Vec<String> {
    let is_narrow = width.is_some_and(|width| width < WIDE);
    // Technicians open nothing: a column of nothing says nothing.
    let opens = rows.rows.iter().any(|row| row.figures.opened.is_some());
    let figures = SHOWN
        .iter()
        .map(|(name, _)| *name)
        .filter(|name| !(is_narrow && ROOMY.contains(name)))
        .filter(|name| opens || *name != "opened");
    std::iter::once(key(&rows.head))
        .chain(figures)
        .map(str::to_owned)
        .collect()
}

fn grid(rows: &Rows, names: &[String]) -> desk::Result<Grid> {
    let key = key(&rows.head);
    let mut grid = Grid::new(names.iter().map(|name| column(name, key)).collect());
    for row in &rows.rows {
        let row = figure::value(row)?;
        let cells = names.iter().map(|name| cell(&row, name, key));
        grid.rows.push(cells.collect());
    }
    let charts = charts(rows, &grid);
    Ok(grid.charted(charts))
}

/// What puts the rows in order comes first, and what belongs to it beside it; then how long it takes.
fn charts(rows: &Rows, grid: &Grid) -> [Option<Chart>; 2] {
    let solved = ("solved", "solved");
    let halves = [
        ("time_to_resolve.p50", "half within"),
        ("time_to_resolve.p90", "nine in ten within"),
    ];
    let opens = rows.rows.iter().any(|row| row.figures.opened.is_some());
    [
        match opens {
            true => Chart::of(
                grid,
                "Opened and solved",
                Shape::Bars,
                &[("opened", "opened"), solved],
            ),
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

fn cell(row: &Value, name: &str, key: &str) -> Cell {
    let value = figure::get(row, name);
    match value {
        Some(value) if name == key => Cell::new(value.clone()).tone(match value.as_str() {
            Some(NONE) => Tone::Dim,
            _ => Tone::Plain,
        }),
        _ => figure::cell(name, value),
    }
}
