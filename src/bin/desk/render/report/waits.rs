//! Where tickets wait, and what comes back: rows that say in two or three cells what they are of, and
//! stand in a table of their own for each dimension when people read them.

use desk::report::{Candidate, Dimension, Recurrence, Recurring, RowValue, TimeRow, TimeSpent};
use serde::Serialize;
use serde_json::{Map, Value};

use super::super::chart::{Chart, Shape};
use super::super::grid::Column;
use super::page::Section;
use super::strip::Strip;
use super::{Form, Lines, View, figure, html, rows_of};

/// What stands in a column.
type Stands<T> = fn(&T) -> Value;

/// What such reports have in common.
struct Listed<'a, T: 'static> {
    rows: &'a [T],
    dimension: fn(&T) -> Option<Dimension>,
    /// Which one of that.
    value: fn(&T) -> Option<&RowValue>,
    /// The columns that say what a row is of.
    keys: &'static [&'static str],
    /// All columns, and what stands in them.
    columns: &'static [(&'static str, Stands<T>)],
    /// What a narrow terminal has no room for.
    roomy: &'static [&'static str],
    /// The figures of which people see by how much they changed.
    chief: &'static [&'static str],
    /// What is to be seen of each table.
    chart: (&'static str, &'static [(&'static str, &'static str)]),
    /// The tables that people read, each with its heading.
    tables: [(Option<Dimension>, Option<&'static str>); 3],
}

fn time(spent: &TimeSpent) -> Listed<'_, TimeRow> {
    Listed {
        rows: &spent.rows,
        dimension: |row| row.dimension,
        value: |row| row.value.as_ref(),
        keys: &["dimension", "value", "status"],
        columns: &[
            ("dimension", |row| {
                row.dimension.map(Dimension::as_str).into()
            }),
            ("value", |row| row.value.as_ref().map(plain).into()),
            ("status", |row| row.status.as_str().into()),
            ("seconds", |row| row.seconds.into()),
            ("share", |row| row.share.into()),
            ("time_in_status.n", |row| row.time_in_status.n.into()),
            ("time_in_status.p50", |row| row.time_in_status.p50.into()),
            ("time_in_status.p90", |row| row.time_in_status.p90.into()),
            ("time_in_status.p99", |row| row.time_in_status.p99.into()),
            ("time_in_status.mean", |row| row.time_in_status.mean.into()),
        ],
        roomy: &["time_in_status.p99", "time_in_status.mean"],
        chief: &["seconds", "time_in_status.p50"],
        chart: ("Where the time went", &[("seconds", "time")]),
        tables: [
            (None, None),
            (Some(Dimension::Tier), Some("By tier")),
            (Some(Dimension::Team), Some("By team")),
        ],
    }
}

fn recurring(recurring: &Recurring) -> Listed<'_, Recurrence> {
    Listed {
        rows: &recurring.rows,
        dimension: |row| Some(row.dimension),
        value: |row| Some(&row.value),
        keys: &["dimension", "value"],
        columns: &[
            ("dimension", |row| row.dimension.as_str().into()),
            ("value", |row| plain(&row.value)),
            ("opened", |row| row.opened.into()),
            ("before", |row| row.before.into()),
            ("change", |row| row.change.into()),
            ("requesters", |row| row.requesters.into()),
            ("first_tier.tickets", |row| row.first_tier.tickets.into()),
            ("first_tier.of", |row| row.first_tier.of.into()),
            ("first_tier.rate", |row| row.first_tier.rate.into()),
            ("candidate", |row| {
                row.candidate.map(Candidate::as_str).into()
            }),
        ],
        roomy: &["requesters", "first_tier.tickets"],
        // They say by themselves how they changed.
        chief: &[],
        chart: (
            "How often it came up",
            &[("opened", "now"), ("before", "before")],
        ),
        tables: [
            (Some(Dimension::Category), Some("Categories")),
            (Some(Dimension::Asset), Some("Assets")),
            (Some(Dimension::Requester), Some("Requesters")),
        ],
    }
}

impl<'a, T: Serialize + 'static> Listed<'a, T> {
    fn names(&self) -> Vec<String> {
        let names = self.columns.iter().map(|(name, _)| *name);
        names.map(str::to_owned).collect()
    }

    /// What stands in a column.
    fn in_column(&self, name: &str) -> Option<Stands<T>> {
        let mut columns = self.columns.iter();
        columns.find(|(known, _)| *known == name).map(|(_, of)| *of)
    }

    /// What says of a row what it is of.
    fn key(&self) -> impl Fn(&T) -> String + 'static {
        let keys: Vec<_> = self
            .keys
            .iter()
            .filter_map(|key| self.in_column(key))
            .collect();
        move |row| {
            let keys = keys.iter().map(|key| key(row).to_string());
            keys.collect::<Vec<_>>().join("\0")
        }
    }

    fn pruned(&self, picked: &[String]) -> desk::Result<Map<String, Value>> {
        let rows = rows_of(Some(self.lines(Some(picked))))?;
        Ok(Map::from_iter([("rows".to_owned(), rows)]))
    }

    fn lines(&self, picked: Option<&'a [String]>) -> Lines<'a> {
        let key = self.key();
        let line = move |row: &T| {
            let value = figure::value(row)?;
            Ok(match picked {
                Some(names) => (key(row), figure::prune(&value, names).into()),
                None => (key(row), value),
            })
        };
        Box::new(self.rows.iter().map(line))
    }

    /// A table of the rows of a dimension, or of all of them.
    fn strip(&self, names: Vec<String>, of: Option<Option<Dimension>>) -> Strip<'a> {
        let columns = names.iter().map(|name| self.column(name)).collect();
        let is_asked = |row: &&T| of.is_none_or(|of| of == (self.dimension)(row));
        let rows: Vec<&T> = self.rows.iter().filter(is_asked).collect();
        let (key, value) = (self.key(), self.value);
        let known = rows.clone();
        let of = move |row: usize| Ok(key(known[row]));
        let len = rows.len();
        let figures: Vec<_> = names.iter().map(|name| self.in_column(name)).collect();
        let cells = move |row: usize| {
            let row = rows[row];
            let cells = names.iter().zip(&figures);
            let cells = cells.map(|(name, figure)| match value(row) {
                Some(value) if name == "value" => figure::key(value),
                _ => figure::cell_of(name, figure.map_or(Value::Null, |figure| figure(row))),
            });
            Ok(cells.collect())
        };
        Strip::new(columns, len, of, cells).keyed(self.keys, self.chief)
    }

    fn column(&self, name: &str) -> Column {
        if self.keys.contains(&name) || name == "candidate" {
            return Column::new(name.to_owned()).shrinking(1);
        }
        let column = figure::column(name);
        match name.split_once('.') {
            _ if name == "seconds" => column.titled("TIME"),
            Some(("time_in_status", measure)) => column.titled(measure.to_uppercase()),
            Some(("first_tier", "tickets")) => column.titled("TIER 1"),
            Some(("first_tier", "of")) => column.titled("SOLVED"),
            Some(("first_tier", _)) => column.titled("TIER 1 RATE"),
            _ => column,
        }
    }

    /// What people read: a table for each dimension, of which the name stands above the values.
    fn page(
        &self,
        picked: Option<&[String]>,
        view: &View,
    ) -> desk::Result<Vec<Section<Strip<'a>>>> {
        if let Some(names) = picked {
            let table = self.strip(names.to_vec(), None);
            return Ok(vec![Section::Table(None, table)]);
        }
        let all = self.shown(view);
        let table = |(dimension, heading): (Option<Dimension>, _)| {
            let mut names = all.clone();
            names.retain(|name| name != "dimension" && (dimension.is_some() || name != "value"));
            let chart = match view.is_drawn {
                true => self.chart(&names, dimension)?,
                false => None,
            };
            let mut strip = self.strip(names, Some(dimension)).charted([chart]);
            for column in &mut strip.columns {
                if let (Some(by), "value") = (dimension, &*column.name) {
                    let by = by.as_str();
                    *column = column
                        .clone()
                        .titled(by.to_uppercase())
                        .worded(html::capital(by));
                }
            }
            Ok(Section::Table(heading, strip))
        };
        self.tables.into_iter().map(table).collect()
    }

    /// What is to be seen of a table.
    fn chart(&self, names: &[String], of: Option<Dimension>) -> desk::Result<Option<Chart>> {
        let (title, drawn) = self.chart;
        let is_needed = |name: &&String| {
            self.keys.contains(&name.as_str()) || drawn.iter().any(|(drawn, _)| drawn == *name)
        };
        let names = names.iter().filter(is_needed).cloned().collect();
        let grid = self.strip(names, Some(of)).grid()?;
        Ok(Chart::of(&grid, title, Shape::Bars, drawn))
    }

    /// What people see who asked for nothing in particular.
    fn shown(&self, view: &View) -> Vec<String> {
        let mut names = self.names();
        if view.is_narrow() {
            names.retain(|name| !self.roomy.contains(&name.as_str()));
        }
        names
    }

    fn step(&self, picked: Option<&[String]>) -> Strip<'a> {
        let names = picked.map_or_else(|| self.names(), <[String]>::to_vec);
        self.strip(names, None)
    }
}

/// What a row is of, for programs.
fn plain(value: &RowValue) -> Value {
    figure::key(value).value
}

impl Form for TimeSpent {
    fn names(&self) -> desk::Result<Vec<String>> {
        Ok(time(self).names())
    }

    fn pruned(&self, picked: &[String]) -> desk::Result<Map<String, Value>> {
        time(self).pruned(picked)
    }

    fn lines<'a>(&'a self, picked: Option<&'a [String]>) -> Option<Lines<'a>> {
        Some(time(self).lines(picked))
    }

    fn step(&self, picked: Option<&[String]>, _: &View) -> desk::Result<Strip<'_>> {
        Ok(time(self).step(picked))
    }

    fn chief(&self, view: &View) -> Option<Vec<String>> {
        Some(time(self).shown(view))
    }

    fn page(
        &self,
        picked: Option<&[String]>,
        view: &View,
    ) -> desk::Result<Vec<Section<Strip<'_>>>> {
        time(self).page(picked, view)
    }
}

impl Form for Recurring {
    fn names(&self) -> desk::Result<Vec<String>> {
        Ok(recurring(self).names())
    }

    fn pruned(&self, picked: &[String]) -> desk::Result<Map<String, Value>> {
        recurring(self).pruned(picked)
    }

    fn lines<'a>(&'a self, picked: Option<&'a [String]>) -> Option<Lines<'a>> {
        Some(recurring(self).lines(picked))
    }

    fn step(&self, picked: Option<&[String]>, _: &View) -> desk::Result<Strip<'_>> {
        Ok(recurring(self).step(picked))
    }

    fn chief(&self, view: &View) -> Option<Vec<String>> {
        Some(recurring(self).shown(view))
    }

    fn page(
        &self,
        picked: Option<&[String]>,
        view: &View,
    ) -> desk::Result<Vec<Section<Strip<'_>>>> {
        recurring(self).page(picked, view)
    }
}

#[cfg(test)]
mod tests {
    use desk::report::metrics::{Durations, Share};
    use desk::ticket::Status;

    use super::*;

    fn are_paths<T: Serialize>(listed: &Listed<'_, T>) {
        for row in listed.rows {
            let json = figure::value(row).unwrap();
            let names: Vec<&str> = listed.columns.iter().map(|(name, _)| *name).collect();
            assert_eq!(figure::names(&json), names);
            for (name, stands) in listed.columns {
                assert_eq!(figure::get(&json, name), Some(&stands(row)), "{name}");
            }
        }
    }

    #[test]
    fn columns_are_the_paths_of_a_row_and_have_what_stands_there() {
        let first_tier = Share {
            tickets: 2,
            of: 3,
            rate: Some(0.666_667),
        };
        let back = |value, change, candidate| Recurrence {
            dimension: Dimension::Asset,
            value,
            opened: 7,
            before: 5,
            change,
            requesters: 4,
            first_tier,
            candidate,
        };
        are_paths(&recurring(&Recurring {
            rows: vec![
                back(
                    RowValue::Name("None".into()),
                    Some(0.4),
                    Some(Candidate::Problem),
                ),
                back(RowValue::Absent, None, None),
            ],
        }));
        let spent = |dimension, value, took: Vec<i64>| TimeRow {
            dimension,
            value,
            status: Status::Pending,
            seconds: 11,
            share: took.first().map(|_| 0.25),
            time_in_status: Durations::of(took),
        };
        are_paths(&time(&TimeSpent {
            rows: vec![
                spent(None, None, vec![]),
                spent(Some(Dimension::Tier), Some(RowValue::Number(2)), vec![3, 8]),
            ],
        }));
    }
}
