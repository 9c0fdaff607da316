//! The reports of rows: the key of each, and its figures.

use std::sync::Arc;

use desk::report::{Metric, Row, Rows};
use serde_json::{Map, Value};

use super::super::chart::{Chart, Measure, Shape};
use super::super::grid::Column;
use super::page::Section;
use super::strip::Strip;
use super::{Form, Lines, View, figure, rows_of};

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
        let rows = rows_of(self.lines(Some(picked)))?;
        Ok(Map::from_iter([("rows".to_owned(), rows)]))
    }

    fn lines<'a>(&'a self, picked: Option<&'a [String]>) -> Option<Lines<'a>> {
        let line = move |row: &Row| {
            let value = figure::value(row)?;
            let line = match picked {
                Some(names) => figure::prune(&value, names).into(),
                None => value,
            };
            Ok((row.name.value.to_string(), line))
        };
        Some(Box::new(self.rows.iter().map(line)))
    }

    fn step(&self, picked: Option<&[String]>, _: &View) -> desk::Result<Strip<'_>> {
        Ok(strip(
            self,
            picked.map_or_else(|| self.names(), |names| Ok(names.to_vec()))?,
        ))
    }

    fn chief(&self, view: &View) -> Option<Vec<String>> {
        Some(shown(self, view))
    }

    fn defined(&self, view: &View) -> desk::Result<Vec<String>> {
        Ok(shown(self, view))
    }

    fn page(
        &self,
        picked: Option<&[String]>,
        view: &View,
    ) -> desk::Result<Vec<Section<Strip<'_>>>> {
        let names = picked.map_or_else(|| shown(self, view), <[String]>::to_vec);
        let charts = match view.is_drawn {
            true => charts(self, &names)?,
            false => [None, None],
        };
        let table = strip(self, names).charted(charts);
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

fn strip(rows: &Rows, names: Vec<String>) -> Strip<'_> {
    let key = rows.dimension.as_str();
    let columns = names.iter().map(|name| column(name, key)).collect();
    let is_named_first = names.first().is_some_and(|name| name == key);
    let of = |row: usize| Ok(rows.rows[row].name.value.to_string());
    // The key is none of them.
    let metrics = names.iter().map(|name| {
        let metric = name.parse::<Metric>().ok()?;
        Some((metric, Measure::of(metric.as_str())))
    });
    let metrics: Vec<Option<(Metric, Measure)>> = metrics.collect();
    let cells = move |row: usize| {
        let row: &Row = &rows.rows[row];
        let cells = metrics.iter().map(|metric| match metric {
            None => figure::key(&row.name.value),
            Some((metric, measure)) => {
                let value = figure::plain(metric.of(&row.figures));
                figure::cell_in(*measure, value)
            }
        });
        Ok(cells.collect())
    };
    let strip = Strip::new(columns, rows.rows.len(), of, cells)
        .keyed(&[key], &["opened", "solved", "time_to_resolve.p50"]);
    match is_named_first {
        true => strip.alike(
            |row| figure::key_text(&rows.rows[row].name.value),
            |row| Arc::as_ptr(&rows.rows[row].figures).addr(),
        ),
        false => strip,
    }
}

/// What puts the rows in order comes first, and what belongs to it beside it; then how long it takes.
fn charts(rows: &Rows, names: &[String]) -> desk::Result<[Option<Chart>; 2]> {
    let (opened, solved) = (("opened", "opened"), ("solved", "solved"));
    let halves = [
        ("time_to_resolve.p50", "half within"),
        ("time_to_resolve.p90", "nine in ten within"),
    ];
    // Of very many rows, no more than this is made for charts; the first column names them.
    let [first, second] = [[opened, solved], halves];
    let drawn = |name: &str| first.iter().chain(&second).any(|(drawn, _)| *drawn == name);
    let columns = names.iter().enumerate();
    let columns = columns.filter(|(at, name)| *at == 0 || drawn(name));
    let columns = columns.map(|(_, name)| name.clone()).collect();
    let grid = &strip(rows, columns).grid()?;
    let opens = rows.rows.iter().any(|row| row.figures.opened.is_some());
    Ok([
        match opens {
            true => Chart::of(grid, "Opened and solved", Shape::Bars, &[opened, solved]),
            false => Chart::of(grid, "Solved", Shape::Bars, &[solved]),
        },
        Chart::of(grid, "Time to resolve", Shape::Bars, &halves),
    ])
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
