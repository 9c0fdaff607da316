//! `report table`: one figure by two things, so that nobody needs a spreadsheet to cross them.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::str::FromStr;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::book::{Book, Split, Tallies};
use super::count::Counting;
use super::cut::{Cut, Unit};
use super::dimension::{Dimension, RowValue};
use super::metric::{Axis, Figure, Metric};
use super::rows::{RowFigures, RowName};
use super::tally::Tally;
use super::{Body, Facts, Period, Quiet, Scope};
use crate::error::{Error, Result, did_you_mean};
use crate::ticket::Timestamp;

/// What is crossed, and which figure stands in the cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Table {
    /// What the rows are by.
    pub rows: Dimension,
    /// What the columns are by.
    pub columns: Across,
    /// The figure in the cells.
    pub value: Metric,
}

/// What columns are by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Across {
    /// Another dimension.
    Of(Dimension),
    /// The steps of the period.
    Each(Unit),
}

impl Across {
    /// The name on the command line and in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Of(dimension) => dimension.as_str(),
            Self::Each(unit) => unit.as_str(),
        }
    }

    /// All of them: steps first, then dimensions.
    pub fn all() -> impl Iterator<Item = Self> {
        let units = Unit::ALL.into_iter().map(Self::Each);
        units.chain(Dimension::ALL.into_iter().map(Self::Of))
    }

    fn axis(self) -> Axis {
        match self {
            Self::Of(dimension) => Axis::Of(dimension),
            Self::Each(_) => Axis::Time,
        }
    }
}

impl FromStr for Across {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let all: Vec<Self> = Self::all().collect();
        super::named("column", text, &all, |known| known.as_str())
    }
}

impl Table {
    /// What is crossed where nobody said: which problems were solved, month by month.
    pub const DEFAULT: Self = Self {
        rows: Dimension::Category,
        columns: Across::Each(Unit::Month),
        value: Metric::SOLVED,
    };

    /// The dimensions that are crossed.
    pub(super) fn dimensions(self) -> impl Iterator<Item = Dimension> {
        let columns = match self.columns {
            Across::Of(dimension) => Some(dimension),
            Across::Each(_) => None,
        };
        std::iter::once(self.rows).chain(columns)
    }

    fn split(self) -> Split {
        let mut dimensions = self.dimensions();
        Split {
            rows: dimensions.next(),
            columns: dimensions.next(),
        }
    }

    /// Whether there is such a table.
    pub(super) fn check(self, scope: &Scope) -> Result<()> {
        if self.columns == Across::Of(self.rows) {
            let message = format!("rows and columns are both by {}", self.rows);
            return Err(Error::usage(message).with_hint("cross two different things"));
        }
        if let (Across::Each(unit), true) = (self.columns, scope.by.is_some()) {
            let message = format!("--by does not go with columns by {unit}");
            return Err(Error::usage(message).with_hint("the columns are the steps"));
        }
        match self.dimensions().find(|by| !self.value.has_value_by(*by)) {
            None => Ok(()),
            Some(by) => {
                let message = format!("`{}` has no value by {by}", self.value);
                let near = match self.value.as_str().strip_prefix("flow.") {
                    Some(name) => did_you_mean(name, Metric::all().map(Metric::as_str)),
                    None => None,
                };
                let error = Error::usage(message);
                Err(match near {
                    Some(near) => error.with_hint(format!("`{near}` has one")),
                    None => error,
                })
            }
        }
    }
}

/// One figure by two things.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Crossed {
    /// What the rows are by.
    pub rows_by: Dimension,
    /// What the columns are by.
    #[serde(serialize_with = "as_name")]
    pub columns_by: Across,
    /// The figure in the cells.
    pub value: Metric,
    /// What each column is of: steps in their order, tiers and priorities by number, others the
    /// largest first where their cells add up, then by name.
    pub columns: Vec<Column>,
    /// The rows that have anything, in the same order.
    pub rows: Vec<CrossedRow>,
    /// Of all rows, each column.
    pub totals: Cellfuls,
}

/// What a column is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Column {
    /// One of a dimension; in JSON as a row has it: `{"tier":2}`.
    Of(RowName),
    /// A step; in JSON `{"month":"2026-11","since":..,"until":..}`.
    Each {
        /// How long it is.
        unit: Unit,
        /// What people call it; where the period cuts it short, its bounds as ISO 8601 has them.
        name: String,
        /// Its first instant.
        since: Timestamp,
        /// The first instant after it.
        until: Timestamp,
    },
}

/// One row.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CrossedRow {
    /// Whose row it is.
    #[serde(flatten)]
    pub name: RowName,
    /// What stands in it.
    #[serde(flatten)]
    pub values: Cellfuls,
}

/// The values of a row, and what they add up to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Cellfuls {
    /// One for each column; `None` where there is nothing.
    pub cells: Vec<Option<Figure>>,
    /// Of how many each one is, where it is a rate, a percentile or a mean: that of one ticket
    /// says little.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub n: Option<Vec<Option<u64>>>,
    /// Their sum, where they add up.
    pub total: Option<Figure>,
}

fn as_name<S: Serializer>(across: &Across, serializer: S) -> std::result::Result<S::Ok, S::Error> {
    serializer.serialize_str(across.as_str())
}

impl Serialize for Column {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        match self {
            Self::Of(name) => name.serialize(serializer),
            Self::Each {
                unit,
                name,
                since,
                until,
            } => {
                let mut map = serializer.serialize_map(Some(3))?;
                map.serialize_entry(unit.as_str(), name)?;
                map.serialize_entry("since", since)?;
                map.serialize_entry("until", until)?;
                map.end()
            }
        }
    }
}

/// Counts what is crossed.
pub(super) struct Cells {
    table: Table,
    /// The steps that are columns, if it is steps.
    steps: Vec<Period>,
    book: Book,
}

impl Cells {
    pub(super) fn new(table: Table, cut: Cut, scope: &Scope) -> Self {
        let (cut, steps) = match table.columns {
            Across::Of(_) => (cut, Vec::new()),
            Across::Each(unit) => {
                let cut = Cut::by(unit, scope.period, scope.as_of);
                let steps = cut.steps().collect();
                (cut, steps)
            }
        };
        let book = Book::new(table.split(), cut, scope);
        Self { table, steps, book }
    }
}

impl Counting for Cells {
    fn ticket(&mut self, ticket: &Facts) {
        self.book.ticket(ticket);
    }

    fn quiet(&mut self, quiet: Quiet) {
        self.book.quiet(quiet);
    }

    fn finish(self: Box<Self>) -> Vec<Body> {
        let Self { table, steps, book } = *self;
        let tallies = book.finish();
        let crossed = match table.columns {
            Across::Each(unit) => vec![by_step(table, unit, &steps, tallies)],
            Across::Of(by) => tallies
                .into_iter()
                .map(|step| by_two(table, by, step))
                .collect(),
        };
        crossed.into_iter().map(Body::Table).collect()
    }
}

/// The values of each row, by the place of their column.
type Values = BTreeMap<RowValue, BTreeMap<usize, Cell>>;

/// A value, and of how many it is where it does not add up.
type Cell = (Figure, Option<u64>);

/// The value of a place; `None` where there is nothing to count.
fn value(table: Table, tally: Tally) -> Option<Cell> {
    let figures = RowFigures::of(table.split(), tally);
    let value = table.value.of(&figures)?;
    let n = match table.value.over().and_then(|over| over.of(&figures)) {
        Some(Figure::Count(n)) => Some(n),
        _ => None,
    };
    (value != Figure::Count(0)).then_some((value, n))
}

fn by_step(table: Table, unit: Unit, steps: &[Period], tallies: Vec<Tallies>) -> Crossed {
    let mut values = Values::new();
    for (at, step) in tallies.into_iter().enumerate() {
        for ((row, _), tally) in step {
            if let Some(value) = value(table, tally) {
                values.entry(row.into()).or_default().insert(at, value);
            }
        }
    }
    let column = |step: &Period| Column::Each {
        unit,
        name: unit
            .name_of(step.since, step.until, step.zone)
            .unwrap_or_else(|| format!("{}/{}", step.since, step.until)),
        since: step.since,
        until: step.until,
    };
    crossed(table, steps.iter().map(column).collect(), values)
}

fn by_two(table: Table, by: Dimension, tallies: Tallies) -> Crossed {
    let mut found: Vec<(RowValue, RowValue, Cell)> = Vec::new();
    for ((row, column), tally) in tallies {
        if let Some(value) = value(table, tally) {
            found.push((row.into(), column.into(), value));
        }
    }
    let mut sums: BTreeMap<&RowValue, u64> = BTreeMap::new();
    for (_, column, (value, _)) in &found {
        *sums.entry(column).or_default() += weight(table, *value);
    }
    let mut columns: Vec<(&RowValue, u64)> = sums.into_iter().collect();
    columns.sort_by_key(|(column, sum)| match column {
        // Stable: the numbers, and names of the same weight, stay in their order.
        RowValue::Number(_) => Reverse(u64::MAX),
        RowValue::Name(_) | RowValue::Absent => Reverse(*sum),
    });
    let columns: Vec<&RowValue> = columns.into_iter().map(|(column, _)| column).collect();
    let places: HashMap<&RowValue, usize> = columns
        .iter()
        .enumerate()
        .map(|(at, column)| (*column, at))
        .collect();
    let mut values = Values::new();
    for (row, column, value) in &found {
        if let Some(at) = places.get(column) {
            values.entry(row.clone()).or_default().insert(*at, *value);
        }
    }
    let column = |value: &&RowValue| {
        Column::Of(RowName {
            dimension: by,
            value: (*value).clone(),
        })
    };
    crossed(table, columns.iter().map(column).collect(), values)
}

/// What puts rows and columns in order: nothing, where it does not add up.
fn weight(table: Table, value: Figure) -> u64 {
    match value {
        Figure::Count(count) if table.value.adds_over(Axis::Of(table.rows)) => count,
        _ => 0,
    }
}

fn crossed(table: Table, columns: Vec<Column>, values: Values) -> Crossed {
    let over_columns = table.value.adds_over(table.columns.axis());
    let over_rows = table.value.adds_over(Axis::Of(table.rows));
    let over = table.value.over();
    let places = 0..columns.len();
    let mut totals: Vec<Option<Figure>> = vec![None; columns.len()];
    let mut rows: Vec<CrossedRow> = Vec::with_capacity(values.len());
    for (value, cells) in values {
        let (cells, n): (Vec<_>, Vec<_>) = places
            .clone()
            .map(|at| match cells.get(&at) {
                Some((value, n)) => (Some(*value), *n),
                None => (None, None),
            })
            .unzip();
        if over_rows {
            for (total, cell) in totals.iter_mut().zip(&cells) {
                *total = sum([*total, *cell]);
            }
        }
        let total = sum(cells.iter().copied()).filter(|_| over_columns);
        let dimension = table.rows;
        rows.push(CrossedRow {
            name: RowName { dimension, value },
            values: Cellfuls {
                cells,
                n: over.map(|_| n),
                total,
            },
        });
    }
    // Stable: what does not add up, and what comes to the same, stays in order.
    rows.sort_by_key(|row| match (&row.name.value, row.values.total) {
        (RowValue::Name(_) | RowValue::Absent, Some(Figure::Count(total))) => Reverse(total),
        _ => Reverse(0),
    });
    let total = sum(totals.iter().copied()).filter(|_| over_columns);
    Crossed {
        rows_by: table.rows,
        columns_by: table.columns,
        value: table.value,
        columns,
        rows,
        totals: Cellfuls {
            cells: totals,
            n: None,
            total,
        },
    }
}

/// The sum of what is there; nothing of nothing.
fn sum(values: impl IntoIterator<Item = Option<Figure>>) -> Option<Figure> {
    let counts = values
        .into_iter()
        .flatten()
        .filter_map(|value| match value {
            Figure::Count(count) => Some(count),
            _ => None,
        });
    counts.reduce(|sum, count| sum + count).map(Figure::Count)
}
