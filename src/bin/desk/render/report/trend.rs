//! A series as lines over time: of one row a step its chief figures, of many rows the chief figure of
//! those that have most of it.

use std::collections::HashMap;

use super::super::chart::{Chart, Measure, Series, Shape};
use super::super::grid::Cell;
use super::Sheet;

/// So many lines are told apart at a glance.
const LINES: usize = 4;

/// The chart of a table in which the steps stand one below the other; `None` if there is nothing to
/// see. The labels are those of the steps.
pub(super) fn chart(table: &Sheet, labels: Vec<String>) -> Option<Chart> {
    let place = |name: &&str| {
        let mut columns = table.grid.columns.iter();
        columns.position(|column| column.of == **name)
    };
    let chief = table
        .chief
        .iter()
        .copied()
        .filter(|name| place(name).is_some());
    let chief: Vec<&str> = chief.collect();
    let measure = Measure::of(chief.first()?);
    let (title, series) = match table.keys.is_empty() {
        true => {
            let alike = chief.iter().filter(|name| Measure::of(name) == measure);
            let lines = alike.filter_map(|name| {
                let at = place(name)?;
                let mut line = Series {
                    name: called(name),
                    values: vec![None; labels.len()],
                };
                for (row, of) in table.grid.rows.iter().zip(&table.of) {
                    set(&mut line, of, &row[at]);
                }
                Some(line)
            });
            let lines: Vec<Series> = lines.collect();
            let names: Vec<&str> = lines.iter().map(|line| line.name.as_str()).collect();
            (names.join(" and "), lines)
        }
        false => (
            called(chief[0]),
            largest(table, place(&chief[0])?, labels.len()),
        ),
    };
    let chart = Chart {
        title,
        shape: Shape::Lines,
        labels,
        series,
        measure,
    };
    chart.if_seen()
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
