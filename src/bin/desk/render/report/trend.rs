//! A series as lines over time: of one row a step its flow, of many rows the chief figure of those that
//! have most of it.

use std::collections::HashMap;

use super::super::chart::{Chart, Measure, Series, Shape};
use super::super::grid::{Cell, Column};

/// So many lines are told apart at a glance.
const LINES: usize = 4;

/// What is drawn where each step has one row: what passes in it, and by itself how much is left, which
/// would make the rest too small to be seen.
const FLOW: [&[&str]; 2] = [
    &["flow.opened", "flow.reopened", "flow.solved"],
    &["flow.backlog_end"],
];

/// The rows of a table in which the steps stand one below the other, as they come. Of very many, no more
/// is kept than what is drawn.
pub(super) struct Trend {
    /// Whether there are many rows a step.
    is_of_many: bool,
    /// The columns that say what a row is of, as far as they are there.
    keys: Vec<usize>,
    /// The figures that are followed, and their columns.
    figures: Vec<(&'static str, usize)>,
    /// How many steps there are.
    steps: usize,
    rows: Vec<Row>,
    places: HashMap<String, usize>,
}

/// What is the same row in each step.
struct Row {
    name: String,
    /// Of each figure its value in each step.
    values: Vec<Vec<Option<f64>>>,
}

impl Trend {
    /// Of a table of these columns: its keys, and its chief figures.
    pub(super) fn new(
        columns: &[Column],
        keys: &[&'static str],
        chief: &[&'static str],
        steps: usize,
    ) -> Self {
        let is_of_many = !keys.is_empty();
        let place = |name: &'static str| {
            let at = columns.iter().position(|column| column.of == *name)?;
            Some((name, at))
        };
        let figures = match is_of_many {
            true => chief
                .iter()
                .find_map(|name| place(name))
                .into_iter()
                .collect(),
            false => FLOW.concat().into_iter().filter_map(place).collect(),
        };
        let is_key = |at: &usize| keys.contains(&&*columns[*at].of);
        Self {
            is_of_many,
            keys: (0..columns.len()).filter(is_key).collect(),
            figures,
            steps,
            rows: Vec::new(),
            places: HashMap::new(),
        }
    }

    /// Takes in a row of a step.
    pub(super) fn row(&mut self, step: usize, of: &str, cells: &[Cell]) {
        let place = match self.places.get(of) {
            Some(place) => *place,
            None => {
                let names: Vec<_> = self.keys.iter().map(|at| cells[*at].for_people()).collect();
                self.places.insert(of.to_owned(), self.rows.len());
                self.rows.push(Row {
                    name: names.join(" "),
                    values: vec![vec![None; self.steps]; self.figures.len()],
                });
                self.rows.len() - 1
            }
        };
        for (values, (_, at)) in self.rows[place].values.iter_mut().zip(&self.figures) {
            if let Some(value) = values.get_mut(step) {
                *value = cells[*at].value.as_f64();
            }
        }
    }

    /// The charts, as far as there is anything to see. The labels are those of the steps.
    pub(super) fn charts(self, labels: &[String]) -> Vec<Chart> {
        let charts = match self.is_of_many {
            true => vec![self.chief(labels)],
            false => FLOW.map(|names| self.flow(names, labels)).to_vec(),
        };
        charts.into_iter().flatten().collect()
    }

    /// A line for each of these figures, as far as they are there.
    fn flow(&self, names: &[&str], labels: &[String]) -> Option<Chart> {
        let row = self.rows.first()?;
        let lines = self.figures.iter().zip(&row.values);
        let lines = lines.filter(|((name, _), _)| names.contains(name));
        let line = |((name, _), values): (&(&str, usize), &Vec<Option<f64>>)| Series {
            name: called(name),
            values: values.clone(),
        };
        let series: Vec<Series> = lines.map(line).collect();
        let title = listed(&series);
        drawn(title, Measure::Count, series, labels)
    }

    /// The chief figure of the rows that have most of it, in their order.
    fn chief(self, labels: &[String]) -> Option<Chart> {
        let (name, _) = *self.figures.first()?;
        let line = |row: Row| Series {
            name: row.name,
            values: row.values.into_iter().flatten().collect(),
        };
        let mut lines: Vec<Series> = self.rows.into_iter().map(line).collect();
        let sum = |line: &Series| line.values.iter().flatten().sum::<f64>();
        // Stable: of those that have the same, the first ones.
        lines.sort_by(|a, b| sum(b).total_cmp(&sum(a)));
        lines.truncate(LINES);
        drawn(called(name), Measure::of(name), lines, labels)
    }
}

fn drawn(title: String, measure: Measure, series: Vec<Series>, labels: &[String]) -> Option<Chart> {
    let chart = Chart {
        title,
        shape: Shape::Lines,
        labels: labels.to_vec(),
        series,
        measure,
    };
    chart.if_seen()
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
