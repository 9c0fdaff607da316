//! One figure by two things: a row's key, a column for each column, and what they add up to.

use desk::Zone;
use desk::report::{Cellfuls, Column as Of, Crossed, CrossedRow, Figure, RowValue};
use serde_json::{Map, Value, json};

use super::super::chart::{Chart, Measure, Series, Shape};
use super::super::grid::{Cell, Column};
use super::super::style::Tone;
use super::page::Section;
use super::strip::Strip;
use super::{Form, Lines, View, figure, series};

const TOTAL: &str = "total";

/// What the row of the totals is of, told apart from a row that is called `total`.
pub(super) const TOTALS: &str = "\0total";

impl Form for Crossed {
    fn names(&self) -> desk::Result<Vec<String>> {
        Ok(places(self).into_iter().map(|(_, name)| name).collect())
    }

    fn pruned(&self, picked: &[String]) -> desk::Result<Map<String, Value>> {
        let key = self.rows_by.as_str();
        let places = picked_places(self, Some(picked));
        let is_kept = |at: &usize| is_picked(&places, *at);
        let kept: Vec<usize> = (0..self.columns.len()).filter(is_kept).collect();
        let values = |values: &Cellfuls| {
            let cells: Vec<_> = kept.iter().map(|at| values.cells[*at]).collect();
            let mut left = Map::from_iter([("cells".to_owned(), json!(cells))]);
            if let Some(n) = &values.n {
                let n: Vec<_> = kept.iter().map(|at| n[*at]).collect();
                left.insert("n".to_owned(), json!(n));
            }
            if places.contains(&Place::Total) {
                left.insert(TOTAL.to_owned(), json!(values.total));
            }
            left
        };
        let row = |row: &CrossedRow| {
            let mut left = Map::new();
            if places.contains(&Place::Key) {
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
    fn lines<'a>(&'a self, picked: Option<&'a [String]>) -> Option<Lines<'a>> {
        let places = picked_places(self, picked);
        let cells = move |row: &'a CrossedRow| {
            let cells = row.values.cells.iter().enumerate();
            let cells = cells.filter_map(|(at, cell)| Some((at, (*cell)?)));
            let cells: Vec<_> = cells.filter(|(at, _)| is_picked(&places, *at)).collect();
            cells
                .into_iter()
                .map(move |(at, cell)| line(self, row, at, cell))
        };
        Some(Box::new(self.rows.iter().flat_map(cells)))
    }

    fn defined(&self, _: &View) -> desk::Result<Vec<String>> {
        Ok([self.rows_by.as_str(), self.value.as_str(), TOTAL]
            .map(str::to_owned)
            .into())
    }

    fn step(&self, picked: Option<&[String]>, view: &View) -> desk::Result<Strip<'_>> {
        Ok(strip(self, shown_places(self, picked, view), view))
    }

    fn page(
        &self,
        picked: Option<&[String]>,
        view: &View,
    ) -> desk::Result<Vec<Section<Strip<'_>>>> {
        let mut places = shown_places(self, picked, view);
        if picked.is_none() && self.rows.iter().all(|row| row.values.total.is_none()) {
            places.pop();
        }
        let mut table = strip(self, places.clone(), view).charted([chart(self, view.zone)]);
        if self.totals.cells.iter().any(Option::is_some) {
            let all = match are_all_there(self) {
                true => TOTAL,
                false => ALL_ROWS,
            };
            let cells = places.iter().map(|place| match place {
                Place::Key => Cell::new(all).tone(Tone::Dim),
                Place::Cell(at) => cell_of(self, &self.totals, *at),
                Place::N(at) => count(&self.totals, *at),
                Place::Total => cell(self, self.totals.total),
            });
            table = table.ending(TOTALS, cells.collect());
        }
        let what = format!(
            "{} by {} and {}",
            self.value,
            self.rows_by,
            self.columns_by.as_str()
        );
        Ok(vec![Section::Line(what), Section::Table(None, table)])
    }
}

/// What a line says of a cell.
fn line(
    table: &Crossed,
    row: &CrossedRow,
    at: usize,
    cell: Figure,
) -> desk::Result<(String, Value)> {
    let mut line = Map::new();
    line.insert(table.rows_by.as_str().to_owned(), json!(row.name.value));
    if let Value::Object(column) = figure::value(&table.columns[at])? {
        line.extend(column);
    }
    line.insert(table.value.as_str().to_owned(), json!(cell));
    if let Some(n) = &row.values.n {
        line.insert("n".to_owned(), json!(n[at]));
    }
    let of = format!("{}{}", row.name.value, of(table, at));
    Ok((of, line.into()))
}

/// What people read in the row of the totals, where not all rows are shown that add up to them.
const ALL_ROWS: &str = "all rows";

/// Whether the rows add up to the totals: with `--top`, they are of rows that are not there too.
fn are_all_there(table: &Crossed) -> bool {
    let sum = |at: usize| {
        let counts = table.rows.iter().map(|row| match row.values.cells[at] {
            Some(Figure::Count(count)) => count,
            _ => 0,
        });
        counts.sum::<u64>()
    };
    let mut totals = table.totals.cells.iter().enumerate();
    totals.all(|(at, total)| match total {
        Some(Figure::Count(total)) => *total == sum(at),
        _ => true,
    })
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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Key,
    Cell(usize),
    /// Of how many a cell is.
    N(usize),
    Total,
}

/// All of them with their names, which need not differ: a category can be called `total`.
fn places(table: &Crossed) -> Vec<(Place, String)> {
    let has_n = table.value.over().is_some();
    let cell = |(at, column): (usize, &Of)| {
        let n = has_n.then(|| (Place::N(at), format!("{}.n", label(column))));
        std::iter::once((Place::Cell(at), label(column))).chain(n)
    };
    let key = (Place::Key, table.rows_by.as_str().to_owned());
    let cells = table.columns.iter().enumerate().flat_map(cell);
    std::iter::once(key)
        .chain(cells)
        .chain([(Place::Total, TOTAL.to_owned())])
        .collect()
}

/// The places that were picked by their names, in that order: whatever has the name, each once.
fn picked_places(table: &Crossed, picked: Option<&[String]>) -> Vec<Place> {
    let mut left = places(table);
    let Some(names) = picked else {
        return left.into_iter().map(|(place, _)| place).collect();
    };
    let mut take = |name: &String| {
        let at = left.iter().position(|(_, known)| known == name)?;
        Some(left.remove(at).0)
    };
    names.iter().filter_map(&mut take).collect()
}

/// The same as far as they stand apart: people read of how many a cell is in the cell.
fn shown_places(table: &Crossed, picked: Option<&[String]>, view: &View) -> Vec<Place> {
    let places = picked_places(table, picked);
    let is_apart = |place: &Place| match place {
        Place::N(at) => view.is_sheet || !places.contains(&Place::Cell(*at)),
        _ => true,
    };
    places.iter().copied().filter(is_apart).collect()
}

/// Whether anything of a column was picked.
fn is_picked(places: &[Place], at: usize) -> bool {
    places.contains(&Place::Cell(at)) || places.contains(&Place::N(at))
}

/// What a column is of, for another table of the same two things. A step is compared with the one at the
/// same place. No name of a field begins with a control character.
fn of(table: &Crossed, at: usize) -> String {
    match &table.columns[at] {
        Of::Of(name) => format!("\0{}", name.value),
        Of::Each { .. } => format!("\0{at}"),
    }
}

/// The same of the column behind it.
fn of_n(table: &Crossed, at: usize) -> String {
    format!("{}\0n", of(table, at))
}

fn cell(table: &Crossed, value: Option<Figure>) -> Cell {
    let value = value.map(|value| json!(value));
    figure::cell(table.value.as_str(), value.as_ref())
}

/// The same of a column; people read behind it of how many it is, where it does not add up.
fn cell_of(table: &Crossed, values: &Cellfuls, at: usize) -> Cell {
    let cell = cell(table, values.cells[at]);
    match n(values, at) {
        Some(n) => {
            let text = format!("{} ({n})", cell.for_people());
            cell.shown(text)
        }
        None => cell,
    }
}

fn n(values: &Cellfuls, at: usize) -> Option<u64> {
    values.n.as_ref().and_then(|n| n[at])
}

/// Of how many a cell is, where that stands apart.
fn count(values: &Cellfuls, at: usize) -> Cell {
    n(values, at).map_or_else(figure::nothing, Cell::new)
}

fn strip<'a>(table: &'a Crossed, places: Vec<Place>, view: &View) -> Strip<'a> {
    let column = |place: &Place| match place {
        Place::Key => Column::new(table.rows_by.as_str()).shrinking(1),
        Place::Cell(at) => {
            let column = &table.columns[*at];
            let title = title(column, view.zone);
            let words = title.clone();
            let column = Column::new(label(column)).of(of(table, *at));
            column.worded(words).titled(title).right()
        }
        Place::N(at) => {
            let column = &table.columns[*at];
            let title = format!("{} n", title(column, view.zone));
            let column = Column::new(format!("{}.n", label(column))).of(of_n(table, *at));
            column.worded(title.clone()).titled(title).right()
        }
        Place::Total => Column::new(TOTAL).right(),
    };
    let columns = places.iter().map(column).collect();
    let of = |row: usize| Ok(table.rows[row].name.value.to_string());
    let cells = move |row: usize| {
        let row: &CrossedRow = &table.rows[row];
        let cells = places.iter().map(|place| match place {
            Place::Key => figure::key(&row.name.value),
            Place::Cell(at) => cell_of(table, &row.values, *at),
            Place::N(at) => count(&row.values, *at),
            Place::Total => cell(table, row.values.total),
        });
        Ok(cells.collect())
    };
    Strip::new(columns, table.rows.len(), of, cells).keyed(&[table.rows_by.as_str()], &[TOTAL])
}

/// What people read above a column.
fn title(column: &Of, zone: Zone) -> String {
    match column {
        Of::Of(name) => match &name.value {
            RowValue::Number(number) => format!("{} {number}", name.dimension),
            value => value.to_string(),
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
