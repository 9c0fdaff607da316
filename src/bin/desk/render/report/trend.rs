//! A series as lines over time: of one row a step its flow, of many rows the chief figure of those that
//! have most of it.

use std::collections::HashMap;

use super::super::chart::{Chart, Measure, Series, Shape};
use super::super::grid::Cell;
use super::Sheet;

/// So many lines are told apart at a glance.
const LINES: usize = 4;

/// What is drawn where each step has one row: what passes in it, and by itself how much is left, which
/// would make the rest too small to be seen.
const FLOW: [&[&str]; 2] = [
    &["flow.opened", "flow.reopened", "flow.solved"],
    &["flow.backlog_end"],
];

/// Whether a figure is drawn where each step has one row.
pub(super) fn is_flow(name: &str) -> bool {
    FLOW.iter().any(|names| names.contains(&name))
}

/// The charts of a table in which the steps stand one below the other, as far as there is anything to
/// see. The labels are those of the steps.
pub(super) fn charts(table: &Sheet, labels: &[String]) -> Vec<Chart> {
    let charts = match table.keys.is_empty() {
        true => FLOW.map(|names| flow(table, names, labels)).to_vec(),
        false => vec![chief(table, labels)],
    };
    charts.into_iter().flatten().collect()
}

/// A line for each of these figures, as far as they are there.
fn flow(table: &Sheet, names: &[&str], labels: &[String]) -> Option<Chart> {
    let line = |name: &&str| {
        let at = place(table, name)?;
        let mut line = Series {
            name: called(name),
            values: vec![None; labels.len()],
        };
        for (row, of) in table.grid.rows.iter().zip(&table.of) {
            set(&mut line, of, &row[at]);
        }
        Some(line)
    };
    let series: Vec<Series> = names.iter().filter_map(line).collect();
    let title = listed(&series);
    lines(title, Measure::Count, series, labels)
}

/// The chief figure of the rows that have most of it.
fn chief(table: &Sheet, labels: &[String]) -> Option<Chart> {
    let mut chief = table.chief.iter();
    let (name, at) = chief.find_map(|name| Some((*name, place(table, name)?)))?;
    let series = largest(table, at, labels.len());
    lines(called(name), Measure::of(name), series, labels)
}

fn lines(title: String, measure: Measure, series: Vec<Series>, labels: &[String]) -> Option<Chart> {
    let chart = Chart {
        title,
        shape: Shape::Lines,
        labels: labels.to_vec(),
        series,
        measure,
    };
    chart.if_seen()
}

/// The column of that name.
fn place(table: &Sheet, name: &str) -> Option<usize> {
    let mut columns = table.grid.columns.iter();
    columns.position(|column| column.of == *name)
}

/// `opened, reopened and solved`.
fn listed(series: &[Series]) -> String {
    let names: Vec<&str> = series.iter().map(|line| line.name.as_str()).collect();
    match names.split_last() {
        Some((last, first)) if !first.is_empty() => format!("{} and {last}", first.join(", ")),
        _ => names.concat(),
    }
}

/// `opened`, of `flow.opened`.
fn called(name: &str) -> String {
    let name = name.strip_prefix("flow.").unwrap_or(name);
    name.replace(['_', '.'], " ")
}

/// A line for each of the rows that have most, in their order.
fn largest(table: &Sheet, at: usize, steps: usize) -> Vec<Series> {
    let mut lines: Vec<Series> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    for (row, of) in table.grid.rows.iter().zip(&table.of) {
        let key = of.split_once('\0').map_or("", |(_, key)| key);
        let place = *places.entry(key).or_insert_with(|| {
            let keys = table.grid.columns.iter().zip(row);
            let keys = keys.filter(|(column, _)| table.keys.contains(&&*column.of));
            let names: Vec<_> = keys.map(|(_, cell)| cell.for_people()).collect();
            lines.push(Series {
                name: names.join(" "),
                values: vec![None; steps],
            });
            lines.len() - 1
        });
        set(&mut lines[place], of, &row[at]);
    }
    let sum = |line: &Series| line.values.iter().flatten().sum::<f64>();
    // Stable: of those that have the same, the first ones.
    lines.sort_by(|a, b| sum(b).total_cmp(&sum(a)));
    lines.truncate(LINES);
    lines
}

/// Puts the value of a row into the step that it is of.
fn set(line: &mut Series, of: &str, cell: &Cell) {
    let step = of
        .split_once('\0')
        .and_then(|(at, _)| at.parse::<usize>().ok());
    if let Some(value) = step.and_then(|step| line.values.get_mut(step)) {
        *value = cell.value.as_f64();
    }
}
