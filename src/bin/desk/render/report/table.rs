//! One figure by two things: a row's key, a column for each column, and what they add up to.

use desk::Zone;
use desk::report::{Cellfuls, Column as Of, Crossed, CrossedRow, Figure, NONE, RowValue};
use serde_json::{Map, Value, json};

use super::super::chart::{Chart, Measure, Series, Shape};
use super::super::grid::{Cell, Column, Grid};
use super::super::style::Tone;
use super::page::Section;
use super::{Form, Sheet, View, figure, series};

const TOTAL: &str = "total";

impl Form for Crossed {
    fn names(&self) -> desk::Result<Vec<String>> {
        let columns = self.columns.iter().map(label);
        let key = self.rows_by.as_str().to_owned();
        Ok(std::iter::once(key)
            .chain(columns)
            .chain([TOTAL.to_owned()])
            .collect())
    }

    fn pruned(&self, picked: &[String]) -> desk::Result<Map<String, Value>> {
        let key = self.rows_by.as_str();
        let is_picked = |name: &str| picked.iter().any(|picked| picked == name);
        let columns = self.columns.iter().enumerate();
        let kept = columns.filter(|(_, column)| is_picked(&label(column)));
        let kept: Vec<usize> = kept.map(|(at, _)| at).collect();
        let values = |values: &Cellfuls| {
            let cells: Vec<_> = kept.iter().map(|at| values.cells[*at]).collect();
            let mut left = Map::from_iter([("cells".to_owned(), json!(cells))]);
            if is_picked(TOTAL) {
                left.insert(TOTAL.to_owned(), json!(values.total));
            }
            left
        };
        let row = |row: &CrossedRow| {
            let mut left = Map::new();
            if is_picked(key) {
                left.insert(key.to_owned(), json!(row.name.value));
            }
            left.extend(values(&row.values));
            Value::from(left)
        };
        let columns: Vec<_> = kept.iter().map(|at| &self.columns[*at]).collect();
        let left = json!({
            "rows_by": self.rows_by, "columns_by": self.columns_by.as_str(), "value": self.value,
            "columns": figure::value(&columns)?,
            "rows": self.rows.iter().map(row).collect::<Vec<_>>(),
            "totals": values(&self.totals),
        });
        Ok(match left {
            Value::Object(left) => left,
            _ => Map::new(),
        })
    }

    /// A line for each cell in which there is anything: what columns there are, no line can say.
    fn lines(&self, picked: Option<&[String]>) -> desk::Result<Option<Vec<(String, Value)>>> {
        let is_picked =
            |name: &str| picked.is_none_or(|names| names.iter().any(|picked| picked == name));
        let mut lines = Vec::new();
        for row in &self.rows {
            for (column, cell) in self.columns.iter().zip(&row.values.cells) {
                let (label, Some(cell)) = (label(column), cell) else {
                    continue;
                };
                if is_picked(&label) {
                    let mut line = Map::new();
                    line.insert(self.rows_by.as_str().to_owned(), json!(row.name.value));
                    if let Value::Object(column) = figure::value(column)? {
                        line.extend(column);
                    }
                    line.insert(self.value.as_str().to_owned(), json!(cell));
                    lines.push((format!("{}\0{label}", row.name.value), line.into()));
                }
            }
        }
        Ok(Some(lines))
    }

    fn defined(&self, _: &View) -> desk::Result<Vec<String>> {
        Ok([self.rows_by.as_str(), self.value.as_str(), TOTAL]
            .map(str::to_owned)
            .into())
    }

    fn step(&self, picked: Option<&[String]>, view: &View) -> desk::Result<Sheet> {
        sheet(self, picked.unwrap_or(&self.names()?), view)
    }

    fn page(&self, picked: Option<&[String]>, view: &View) -> desk::Result<Vec<Section>> {
        let mut names = match picked {
            Some(names) => names.to_vec(),
            None => self.names()?,
        };
        if picked.is_none() && self.rows.iter().all(|row| row.values.total.is_none()) {
            names.pop();
        }
        let mut sheet = sheet(self, &names, view)?;
        sheet.grid.charts.extend(chart(self, view.zone));
        if self.totals.cells.iter().any(Option::is_some) {
            let cells = names.iter().map(|name| match place(self, name) {
                Place::Key => Cell::new(TOTAL).tone(Tone::Dim),
                Place::Cell(at) => cell(self, self.totals.cells[at]),
                Place::Total => cell(self, self.totals.total),
            });
            sheet.grid.rows.push(cells.collect());
            sheet.of.push(TOTAL.to_owned());
        }
        let what = format!(
            "{} by {} and {}",
            self.value,
            self.rows_by,
            self.columns_by.as_str()
        );
        Ok(vec![Section::Line(what), Section::Table(None, sheet)])
    }
}

/// So many lines are told apart at a glance.
const LINES: usize = 4;

/// Over time a line for each of the first rows; else a bar for what each row adds up to.
fn chart(table: &Crossed, zone: Zone) -> Option<Chart> {
    let number = |figure: Option<Figure>| figure.and_then(|figure| json!(figure).as_f64());
    let name = |row: &CrossedRow| row.name.value.to_string();
    let step = |column: &Of| match column {
        Of::Each {
            unit, since, until, ..
        } => Some(series::label(*unit, (*since, *until), zone)),
        Of::Of(_) => None,
    };
    let steps: Option<Vec<String>> = table.columns.iter().map(step).collect();
    let (shape, labels, series) = match steps.filter(|steps| !steps.is_empty()) {
        Some(steps) => {
            let line = |row: &CrossedRow| Series {
                name: name(row),
                values: row.values.cells.iter().copied().map(number).collect(),
            };
            let lines = table.rows.iter().take(LINES).map(line);
            (Shape::Lines, steps, lines.collect())
        }
        None => {
            let totals = table.rows.iter().map(|row| number(row.values.total));
            let series = Series {
                name: TOTAL.to_owned(),
                values: totals.collect(),
            };
            let labels = table.rows.iter().map(name);
            (Shape::Bars, labels.collect(), vec![series])
        }
    };
    let chart = Chart {
        title: table.value.to_string().replace(['_', '.'], " "),
        shape,
        labels,
        series,
        measure: Measure::of(table.value.as_str()),
    };
    chart.if_seen()
}

/// Where in a row something stands.
enum Place {
    Key,
    Cell(usize),
    Total,
}

/// Where what is called so stands in the rows of a table.
fn place(table: &Crossed, name: &str) -> Place {
    if name == table.rows_by.as_str() {
        return Place::Key;
    }
    let place = table
        .columns
        .iter()
        .position(|column| label(column) == name);
    place.map_or(Place::Total, Place::Cell)
}

fn cell(table: &Crossed, value: Option<Figure>) -> Cell {
    let value = value.map(|value| json!(value));
    figure::cell(table.value.as_str(), value.as_ref())
}

fn sheet(table: &Crossed, names: &[String], view: &View) -> desk::Result<Sheet> {
    let places: Vec<Place> = names.iter().map(|name| place(table, name)).collect();
    let column = |(name, place): (&String, &Place)| match place {
        Place::Key => Column::new(table.rows_by.as_str()).shrinking(1),
        Place::Cell(at) => {
            let title = title(&table.columns[*at], view.zone);
            let column = Column::new(name.clone()).worded(title.clone());
            column.titled(title).right()
        }
        Place::Total => Column::new(TOTAL).right(),
    };
    let mut grid = Grid::new(names.iter().zip(&places).map(column).collect());
    for row in &table.rows {
        let cells = places.iter().map(|place| match place {
            Place::Key => match json!(row.name.value) {
                Value::String(name) if name == NONE => Cell::new(name).tone(Tone::Dim),
                value => Cell::new(value),
            },
            Place::Cell(at) => cell(table, row.values.cells[*at]),
            Place::Total => cell(table, row.values.total),
        });
        grid.rows.push(cells.collect());
    }
    Ok(Sheet {
        grid,
        of: table
            .rows
            .iter()
            .map(|row| row.name.value.to_string())
            .collect(),
        keys: vec![table.rows_by.as_str()],
        chief: &[TOTAL],
    })
}

/// What people read above a column.
fn title(column: &Of, zone: Zone) -> String {
    match column {
        Of::Of(name) => match &name.value {
            RowValue::Number(number) => format!("{} {number}", name.dimension),
            RowValue::Name(name) => name.clone(),
        },
        Of::Each {
            unit, since, until, ..
        } => series::name(*unit, (*since, *until), zone),
    }
}

/// What a column is called by programs.
fn label(column: &Of) -> String {
    match column {
        Of::Of(name) => name.value.to_string(),
        Of::Each { name, .. } => name.clone(),
    }
}
