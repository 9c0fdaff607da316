//! A report as a whole: its steps one below the other, and beside each what it is compared with.

use std::collections::HashMap;

use desk::Zone;
use desk::report::{Body, Report, Stretch, Unit};
use desk::ticket::Timestamp;
use serde_json::{Map, Value};

use super::super::grid::{Cell, Column, Grid};
use super::super::time;
use super::page::Section;
use super::{Form, Sheet, View, compare, document, figure, form, trend};

/// What is left of a step.
pub(super) fn pruned(step: &Stretch, names: &[String]) -> desk::Result<Value> {
    let mut left = bounds(step);
    left.extend(form(&step.body).pruned(names)?);
    Ok(left.into())
}

fn bounds(step: &Stretch) -> Map<String, Value> {
    let bounds = [("since", step.since), ("until", step.until)];
    let bounds = bounds.map(|(name, at)| (name.to_owned(), at.to_string().into()));
    bounds.into_iter().collect()
}

/// The objects that stand on a line each: of a series those of its steps.
pub(super) fn lines(report: &Report, picked: Option<&[String]>) -> desk::Result<Vec<Value>> {
    let compares = report.previous.is_some();
    let Some(series) = &report.series else {
        let Some(now) = form(&report.body).lines(picked)? else {
            // It says by itself what it is compared with.
            return Ok(vec![document(report, picked)?]);
        };
        let before = report.previous.as_ref().map(|previous| &previous.body);
        return lines_beside(now, before, compares, picked);
    };
    let mut lines = Vec::new();
    for (at, step) in series.iter().enumerate() {
        let now = lines_of(form(&step.body), picked)?;
        let before = before(report, at).map(|step| &step.body);
        for line in lines_beside(now, before, compares, picked)? {
            let mut whole = bounds(step);
            if let Value::Object(line) = line {
                whole.extend(line);
            }
            lines.push(whole.into());
        }
    }
    Ok(lines)
}

/// Lines, each beside that of the time before where they are compared, be there one or not.
fn lines_beside(
    now: Vec<(String, Value)>,
    before: Option<&Body>,
    compares: bool,
    picked: Option<&[String]>,
) -> desk::Result<Vec<Value>> {
    if !compares {
        return Ok(now.into_iter().map(|(_, line)| line).collect());
    }
    let before = before.map(|before| lines_of(form(before), picked));
    Ok(compare::lines(now, before.transpose()?.unwrap_or_default()))
}

/// The lines of a body, be it a single one.
fn lines_of(of: &dyn Form, picked: Option<&[String]>) -> desk::Result<Vec<(String, Value)>> {
    if let Some(lines) = of.lines(picked)? {
        return Ok(lines);
    }
    let whole = match picked {
        Some(names) => of.pruned(names)?,
        None => of.pruned(&of.names()?)?,
    };
    Ok(vec![(String::new(), whole.into())])
}

/// The step of the time before that stands at the same place.
fn before(report: &Report, at: usize) -> Option<&Stretch> {
    report.previous.as_ref()?.series.as_ref()?.get(at)
}

/// The one table that a spreadsheet gets.
pub(super) fn sheet(
    report: &Report,
    picked: Option<&[String]>,
    view: &View,
) -> desk::Result<Sheet> {
    let previous = report.previous.as_ref();
    if report.series.is_some() {
        let now = steps(report, picked, view, &spreadsheet_step)?;
        let before = previous.map(|previous| steps(previous, picked, view, &spreadsheet_step));
        return Ok(compare::sheet(now, before.transpose()?.as_ref()));
    }
    let mut now = form(&report.body).sheet(picked, view)?;
    let before = previous.map(|previous| form(&previous.body).sheet(picked, view));
    let before = before.transpose()?;
    if let Some(before) = &before {
        compare::complete(&mut now, before);
    }
    Ok(compare::sheet(now, before.as_ref()))
}

/// What people read below the head.
pub(super) fn page(
    report: &Report,
    picked: Option<&[String]>,
    view: &View,
) -> desk::Result<Vec<Section>> {
    let mut sections = form(&report.body).page(picked, view)?;
    if let Some(previous) = &report.previous {
        let before = form(&previous.body).page(picked, view)?;
        sections = compare::sections(sections, before);
    }
    let Some(unit) = report.head.by.filter(|_| report.series.is_some()) else {
        return Ok(sections);
    };
    let chief = form(&report.body).chief(view);
    let picked = picked.or(chief.as_deref());
    let name = |step: &Stretch| name(unit, (step.since, step.until), view.zone);
    let step = |step: &Stretch, sheet: &mut Sheet| {
        let column = Column::new(unit.as_str()).shrinking(2);
        front(sheet, vec![(column, Cell::new(name(step)))]);
    };
    let mut table = steps(report, picked, view, &step)?;
    let label = |step: &Stretch| label(unit, (step.since, step.until), view.zone);
    let labels: Vec<String> = report.series.iter().flatten().map(label).collect();
    table.grid.charts.extend(trend::charts(&table, &labels));
    if let Some(previous) = &report.previous {
        table = compare::page(table, &steps(previous, picked, view, &step)?);
    }
    sections.push(Section::Table(Some(by(unit)), table));
    Ok(sections)
}

/// The rows of all steps, one step below the other; `mark` says in them which step it is.
fn steps(
    report: &Report,
    picked: Option<&[String]>,
    view: &View,
    mark: &dyn Fn(&Stretch, &mut Sheet),
) -> desk::Result<Sheet> {
    let mut all: Option<Sheet> = None;
    for (at, step) in report.series.iter().flatten().enumerate() {
        let mut sheet = form(&step.body).step(picked, view)?;
        if let Some(before) = before(report, at) {
            compare::complete(&mut sheet, &form(&before.body).step(picked, view)?);
        }
        // A step is compared with the one at the same place.
        for of in &mut sheet.of {
            *of = format!("{at}\0{of}");
        }
        // What a step alone would show is not what is to be seen of all of them.
        sheet.grid.charts.clear();
        mark(step, &mut sheet);
        match &mut all {
            None => all = Some(sheet),
            Some(all) => append(all, sheet),
        }
    }
    match all {
        Some(all) => Ok(all),
        // Of the time to come there are no steps, and the same columns.
        None => {
            let mut sheet = form(&report.body).step(picked, view)?;
            sheet.grid.rows.clear();
            sheet.of.clear();
            let none = Stretch {
                since: report.head.since,
                until: report.head.until,
                body: report.body.clone(),
            };
            mark(&none, &mut sheet);
            Ok(sheet)
        }
    }
}

/// Puts the rows of a table below those of another. Of tables of two things, each can have columns that
/// the other has not.
fn append(all: &mut Sheet, mut more: Sheet) {
    let mut next = 0;
    for column in &more.grid.columns {
        let known = |known: &Column| known.of == column.of;
        next = match all.grid.columns.iter().position(known) {
            Some(place) => place + 1,
            None => {
                all.grid.columns.insert(next, column.clone());
                for row in &mut all.grid.rows {
                    row.insert(next, figure::nothing());
                }
                next + 1
            }
        };
    }
    let columns = more.grid.columns.iter().enumerate();
    let places: HashMap<&str, usize> = columns.map(|(at, column)| (&*column.of, at)).collect();
    for row in &more.grid.rows {
        let cell = |column: &Column| {
            let cell = places.get(&*column.of).map(|at| row[*at].clone());
            cell.unwrap_or_else(figure::nothing)
        };
        all.grid
            .rows
            .push(all.grid.columns.iter().map(cell).collect());
    }
    all.of.append(&mut more.of);
}

/// Says in each row of a spreadsheet which step it is of.
fn spreadsheet_step(step: &Stretch, sheet: &mut Sheet) {
    let bound = |name, at: Timestamp| (Column::new(name), Cell::new(at.to_string()));
    let bounds = vec![bound("since", step.since), bound("until", step.until)];
    front(sheet, bounds);
    sheet.keys.extend(["since", "until"]);
}

/// Puts columns in front of the others, with the same cells in each row.
fn front(sheet: &mut Sheet, cells: Vec<(Column, Cell)>) {
    let (columns, cells): (Vec<Column>, Vec<Cell>) = cells.into_iter().unzip();
    let Grid {
        columns: all, rows, ..
    } = &mut sheet.grid;
    all.splice(0..0, columns);
    for row in rows {
        row.splice(0..0, cells.iter().cloned());
    }
}

/// What people call a step: by its name, or by its bounds where the period cuts it short.
pub(super) fn name(unit: Unit, (since, until): (Timestamp, Timestamp), zone: Zone) -> String {
    unit.name_of(since, until, zone).unwrap_or_else(|| {
        let [since, until] = [since, until].map(|at| time::absolute(at, zone));
        format!("{since} to {until}")
    })
}

/// The same where there is little room: of a step that is cut short its first day.
pub(super) fn label(unit: Unit, (since, until): (Timestamp, Timestamp), zone: Zone) -> String {
    let name = unit.name_of(since, until, zone);
    name.unwrap_or_else(|| zone.date(since).to_string())
}

fn by(unit: Unit) -> &'static str {
    match unit {
        Unit::Day => "By day",
        Unit::Week => "By week",
        Unit::Month => "By month",
        Unit::Quarter => "By quarter",
    }
}
