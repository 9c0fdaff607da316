//! What requesters thought of it: of all tickets in a line, and then technician by technician.

use desk::report::{RatingFigures, RatingRow, Ratings};
use serde_json::{Map, Value};

use super::super::chart::{Chart, Shape};
use super::super::grid::Column;
use super::page::Section;
use super::strip::Strip;
use super::{Form, Lines, View, figure, rows_of};

const KEY: &str = "technician";

/// Which figures people see first, and under which head.
const SHOWN: [(&str, &str); 10] = [
    ("satisfaction.of", "SOLVED"),
    ("satisfaction.rated", "RATED"),
    ("satisfaction.rated_rate", "RATE"),
    ("satisfaction.good_rate", "GOOD"),
    ("mean_stars", "MEAN"),
    ("stars.five", "5"),
    ("stars.four", "4"),
    ("stars.three", "3"),
    ("stars.two", "2"),
    ("stars.one", "1"),
];

impl Form for Ratings {
    fn names(&self) -> desk::Result<Vec<String>> {
        let mut names = vec![KEY.to_owned()];
        names.extend(figure::names(&figure::value(&self.figures)?));
        Ok(names)
    }

    fn pruned(&self, picked: &[String]) -> desk::Result<Map<String, Value>> {
        let figures: Vec<String> = picked.iter().filter(|name| *name != KEY).cloned().collect();
        let mut left = figure::prune(&figure::value(&self.figures)?, &figures);
        left.insert("rows".to_owned(), rows_of(self.lines(Some(picked)))?);
        Ok(left)
    }

    fn lines<'a>(&'a self, picked: Option<&'a [String]>) -> Option<Lines<'a>> {
        let line = move |row: &RatingRow| {
            let value = figure::value(row)?;
            let line = match picked {
                Some(names) => figure::prune(&value, names).into(),
                None => value,
            };
            Ok((row.technician.to_string(), line))
        };
        Some(Box::new(self.rows.iter().map(line)))
    }

    fn step(&self, picked: Option<&[String]>, _: &View) -> desk::Result<Strip<'_>> {
        let names = picked.map_or_else(|| self.names(), |names| Ok(names.to_vec()))?;
        Ok(strip(&self.rows, names))
    }

    fn chief(&self, _: &View) -> Option<Vec<String>> {
        Some(shown())
    }

    fn page(
        &self,
        picked: Option<&[String]>,
        view: &View,
    ) -> desk::Result<Vec<Section<Strip<'_>>>> {
        if picked.is_some() {
            return Ok(vec![Section::Table(None, self.step(picked, view)?)]);
        }
        let mut sheet = strip(&self.rows, shown()).collect()?;
        let good = [("satisfaction.good_rate", "rated 4 or 5 stars")];
        let chart = Chart::of(&sheet.grid, "Rated 4 or 5 stars", Shape::Bars, &good);
        sheet.grid.charts.extend(chart);
        Ok(vec![
            Section::Line(line(&self.figures)?),
            Section::Table(None, sheet.into()),
        ])
    }
}

fn shown() -> Vec<String> {
    let names = SHOWN.iter().map(|(name, _)| *name);
    std::iter::once(KEY)
        .chain(names)
        .map(str::to_owned)
        .collect()
}

/// `rated 12 of 80 solved (15.0%), 10 of them well (83.3%), 4.25 stars in the mean`.
fn line(figures: &RatingFigures) -> desk::Result<String> {
    let value = figure::value(figures)?;
    let text = |name: &str| {
        let cell = figure::cell(name, figure::get(&value, name));
        cell.for_people().into_owned()
    };
    Ok(format!(
        "rated {} of {} solved ({}), {} of them well ({}), {} stars in the mean",
        text("satisfaction.rated"),
        text("satisfaction.of"),
        text("satisfaction.rated_rate"),
        text("satisfaction.good"),
        text("satisfaction.good_rate"),
        text("mean_stars"),
    ))
}

fn strip(rows: &[RatingRow], names: Vec<String>) -> Strip<'_> {
    let column = |name: &String| match SHOWN.iter().find(|(shown, _)| shown == name) {
        Some((_, title)) => figure::column(name).titled(*title),
        None if name == KEY => Column::new(KEY).shrinking(1),
        None => figure::column(name),
    };
    let columns = names.iter().map(column).collect();
    let of = |row: usize| Ok(rows[row].technician.to_string());
    let cells = move |row: usize| {
        let row = &rows[row];
        let figures = figure::value(&row.figures)?;
        let cells = names.iter().map(|name| match name == KEY {
            true => figure::key(&row.technician),
            false => figure::cell(name, figure::get(&figures, name)),
        });
        Ok(cells.collect())
    };
    Strip::new(columns, rows.len(), of, cells).keyed(&[KEY], &["satisfaction.good_rate"])
}
