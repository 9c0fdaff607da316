//! Charts as data: what is to be seen of a table at a glance, before it has a form.
//!
//! A chart stands on its table ([`super::grid::Grid::charts`]), and shows figures of it and nothing
//! else. On a terminal it becomes bars and sparklines ([`super::glyphs`]), on a page a drawing
//! ([`super::report`]); whoever sees neither reads the table.

use super::grid::{Align, Cell, Column, Grid};
use super::time;

/// A chart.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Chart {
    /// What it shows.
    pub(crate) title: String,
    /// How.
    pub(crate) shape: Shape,
    /// What the values of each series are of.
    pub(crate) labels: Vec<String>,
    /// The values, each series with one for each label.
    pub(crate) series: Vec<Series>,
    /// What they are measured in.
    pub(crate) measure: Measure,
}

/// How a chart is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// A bar for each row of the table, in its order.
    Bars,
    /// A column for each of a few classes that have an order, such as ages.
    Columns,
    /// A line over time.
    Lines,
}

/// The values of one figure.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Series {
    /// What the figure is called.
    pub(crate) name: String,
    /// Its values; `None` is not 0.
    pub(crate) values: Vec<Option<f64>>,
}

/// What a figure is measured in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Measure {
    /// Tickets, events, stars.
    Count,
    /// Seconds.
    Time,
    /// A part of a whole: 0 to 1.
    Rate,
    /// By how much something is more than it was, as a part of that.
    Change,
}

impl Measure {
    /// What a figure of that name is measured in; see [`super::report`].
    pub(crate) fn of(name: &str) -> Self {
        match name.rsplit('.').next().unwrap_or(name) {
            "p50" | "p90" | "p99" | "mean" | "seconds" => Self::Time,
            "rate" | "good_rate" | "rated_rate" | "share" => Self::Rate,
            "change" => Self::Change,
            _ => Self::Count,
        }
    }

    /// A value for people: `35 min`, `12.5%`.
    pub(crate) fn shown(self, value: f64) -> String {
        match self {
            Self::Count => value.to_string(),
            Self::Time => time::duration(value.round() as i64),
            Self::Rate => format!("{:.1}%", value * 100.0),
            Self::Change => format!("{:+.1}%", value * 100.0),
        }
    }
}

impl Chart {
    /// A chart of columns of a table, each named and called; `None` where one of them was not
    /// asked for, or there is nothing to see. The columns of text at the left name the rows.
    pub(crate) fn of(
        grid: &Grid,
        title: impl Into<String>,
        shape: Shape,
        columns: &[(&str, &str)],
    ) -> Option<Self> {
        let series = |&(name, called): &(&str, &str)| {
            let at = grid.columns.iter().position(|column| column.name == name)?;
            Some(Series {
                name: called.to_owned(),
                values: grid.rows.iter().map(|row| row[at].value.as_f64()).collect(),
            })
        };
        let series: Vec<Series> = columns.iter().map(series).collect::<Option<_>>()?;
        let is_text = |column: &&Column| column.align == Align::Left;
        let names = grid.columns.iter().take_while(is_text).count().max(1);
        let label = |row: &Vec<Cell>| {
            let cells = row[..names].iter().map(Cell::for_people);
            cells.collect::<Vec<_>>().join(" ")
        };
        let chart = Self {
            title: title.into(),
            shape,
            labels: grid.rows.iter().map(label).collect(),
            series,
            measure: columns
                .first()
                .map_or(Measure::Count, |(name, _)| Measure::of(name)),
        };
        chart.if_seen()
    }

    /// The chart, unless all that it shows is nothing.
    pub(crate) fn if_seen(self) -> Option<Self> {
        (self.most() > 0.0).then_some(self)
    }

    /// The largest value, or 0.
    pub(crate) fn most(&self) -> f64 {
        self.series.iter().map(Series::most).fold(0.0, f64::max)
    }
}

impl Series {
    /// The largest value, or 0.
    pub(crate) fn most(&self) -> f64 {
        self.values.iter().copied().flatten().fold(0.0, f64::max)
    }
}
