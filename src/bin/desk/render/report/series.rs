//! A report as a whole: its steps one below the other, and beside each what it is compared with.

use desk::Zone;
use desk::report::{Body, Report, Stretch, Unit};
use desk::ticket::Timestamp;
use serde_json::{Map, Value};

use super::super::grid::{Cell, Column, Grid};
use super::super::texts::{Setting, Texts};
use super::super::time;
use super::compare::{self, Added, Beside, Pair, Widened};
use super::page::Section;
use super::strip::Strip;
use super::trend::Trend;
use super::{Lines, View, document, form};

/// What is left of a step.
pub(super) fn pruned(step: &Stretch, names: &[String]) -> desk::Result<Value> {
    let mut left = bounds(step);
    left.extend(form(&step.body).pruned(names)?);
    Ok(left.into())
}

/// When a step begins and ends.
pub(super) fn bounds(step: &Stretch) -> Map<String, Value> {
    let bounds = [("since", step.since), ("until", step.until)];
    let bounds = bounds.map(|(name, at)| (name.to_owned(), at.to_string().into()));
    bounds.into_iter().collect()
}

/// Gives the objects that stand on a line each: of a series those of its steps.
pub(super) fn lines(
    report: &Report,
    picked: Option<&[String]>,
    give: &mut dyn FnMut(Value) -> desk::Result<()>,
) -> desk::Result<()> {
    if report.series.is_none() && form(&report.body).lines(picked).is_none() {
        // It says by itself what it is compared with.
        return give(document::pruned(report, picked)?);
    }
    for Part { step, now, before } in parts(report) {
        let bounds = step.map(bounds);
        let mut give = |line: Value| match (&bounds, line) {
            (Some(bounds), Value::Object(line)) => {
                let mut whole = bounds.clone();
                whole.extend(line);
                give(whole.into())
            }
            (_, line) => give(line),
        };
        let now = || lines_of(now, picked);
        match report.previous.is_some() {
            true => compare::lines(now()?, lines_of(before, picked)?, &mut give)?,
            false => now()?.try_for_each(|line| give(line?.1))?,
        }
    }
    Ok(())
}

/// The lines of a body, be it a single one; none where there is no body.
fn lines_of<'a>(body: Option<&'a Body>, picked: Option<&'a [String]>) -> desk::Result<Lines<'a>> {
    let Some(of) = body.map(form) else {
        return Ok(Box::new(std::iter::empty()));
    };
    if let Some(lines) = of.lines(picked) {
        return Ok(lines);
    }
    let whole = match picked {
        Some(names) => of.pruned(names)?,
        None => of.pruned(&of.names()?)?,
    };
    let line = Ok((String::new(), whole.into()));
    Ok(Box::new(std::iter::once(line)))
}

/// What stands for itself in a report, one below the other: the whole, or each of its steps.
struct Part<'a> {
    /// The step: of the time before, where there is none of now.
    step: Option<&'a Stretch>,
    now: Option<&'a Body>,
    /// What it is compared with: the step at the same place, or the whole.
    before: Option<&'a Body>,
}

impl<'a> Part<'a> {
    fn beside(&self, asked: Asked<'a>) -> desk::Result<Beside<'a>> {
        let strip = |body: Option<&'a Body>| {
            let strip = body.map(|body| strip(body, self.step.is_some(), asked));
            strip.transpose()
        };
        Ok(Beside {
            now: strip(self.now)?,
            before: strip(self.before)?,
        })
    }
}

/// The table of the whole, or of a step.
fn strip<'a>(body: &'a Body, is_step: bool, (picked, view): Asked<'a>) -> desk::Result<Strip<'a>> {
    match is_step {
        true => form(body).step(picked, view),
        false => form(body).sheet(picked, view),
    }
}

fn parts(report: &Report) -> Vec<Part<'_>> {
    let previous = report.previous.as_deref();
    match &report.series {
        None => vec![Part {
            step: None,
            now: Some(&report.body),
            before: previous.map(|previous| &previous.body),
        }],
        Some(_) => steps(report),
    }
}

/// The steps of now and, where the time before has more of them, the rest of those.
fn steps(report: &Report) -> Vec<Part<'_>> {
    let now = report.series.as_deref().unwrap_or_default();
    let before = report.previous.as_deref().map_or(&[][..], |previous| {
        previous.series.as_deref().unwrap_or_default()
    });
    let part = |at: usize| Part {
        step: now.get(at).or(before.get(at)),
        now: now.get(at).map(|step| &step.body),
        before: before.get(at).map(|step| &step.body),
    };
    (0..now.len().max(before.len())).map(part).collect()
}

/// So many rows go out together.
const PORTION: usize = 1000;

/// Writes the one table that a spreadsheet gets, portion by portion: the first one has the head.
pub(super) fn sheet(
    report: &Report,
    picked: Option<&[String]>,
    view: &View,
    write: &mut dyn FnMut(&Grid) -> desk::Result<()>,
) -> desk::Result<()> {
    let is_series = report.series.is_some();
    let added = match report.previous {
        Some(_) => Added::Figures,
        None => Added::Nothing,
    };
    let table = Table::new(report, parts(report), (picked, view), added)?;
    let front: Vec<Column> = match is_series {
        true => vec![Column::new("since"), Column::new("until")],
        false => vec![],
    };
    let heads = table.widened();
    let mut grid = Grid::new(front.into_iter().chain(heads.columns()).collect());
    table.each(&mut |step, _, pair| {
        let bounds = step.map(|step| [step.since, step.until]);
        let bounds = bounds.into_iter().flatten();
        let bounds = bounds.map(|at| Cell::new(at.to_string()));
        grid.rows.push(bounds.chain(heads.row(pair)).collect());
        if grid.rows.len() == PORTION {
            write(&grid)?;
            grid.rows.clear();
        }
        Ok(())
    })?;
    write(&grid)
}

/// The parts of a report in one table.
struct Table<'a> {
    parts: Vec<Part<'a>>,
    /// What was asked for, and how it is looked at.
    asked: Asked<'a>,
    columns: Vec<Column>,
    keys: Vec<&'static str>,
    chief: &'static [&'static str],
    added: Added,
}

type Asked<'a> = (Option<&'a [String]>, &'a View);

impl<'a> Table<'a> {
    /// The columns are those of the whole, and of tables of two things those that only a part has.
    fn new(
        report: &'a Report,
        parts: Vec<Part<'a>>,
        asked: Asked<'a>,
        added: Added,
    ) -> desk::Result<Self> {
        let whole = strip(&report.body, report.series.is_some(), asked)?;
        let mut columns = whole.columns;
        for part in &parts {
            part.beside(asked)?.add_columns(&mut columns);
        }
        Ok(Self {
            parts,
            asked,
            columns,
            keys: whole.keys,
            chief: whole.chief,
            added,
        })
    }

    fn widened(&self) -> Widened<'_> {
        Widened::new(&self.columns, self.added, &self.keys, self.chief)
    }

    /// Gives the rows of all parts, each with its step and the place of that.
    fn each(&self, give: &mut Give<'_, 'a>) -> desk::Result<()> {
        for (at, part) in self.parts.iter().enumerate() {
            let beside = part.beside(self.asked)?;
            beside.each(&self.columns, &mut |pair| give(part.step, at, pair))?;
        }
        Ok(())
    }
}

type Give<'f, 'a> = dyn FnMut(Option<&'a Stretch>, usize, Pair) -> desk::Result<()> + 'f;

/// What people read below the head.
pub(super) fn page<'a>(
    report: &'a Report,
    picked: Option<&[String]>,
    view: &View,
) -> desk::Result<Vec<Section<Texts<'a>>>> {
    let now = form(&report.body).page(picked, view)?;
    let mut sections = match &report.previous {
        Some(previous) => compare::sections(now, form(&previous.body).page(picked, view)?)?,
        None => now
            .into_iter()
            .map(Section::made)
            .collect::<desk::Result<_>>()?,
    };
    if let Some(unit) = report.head.by.filter(|_| report.series.is_some()) {
        sections.push(Section::Table(
            Some(by(unit)),
            series(report, unit, picked, view)?,
        ));
    }
    Ok(sections)
}

/// The steps in one table, as people read it.
fn series(
    report: &Report,
    unit: Unit,
    picked: Option<&[String]>,
    view: &View,
) -> desk::Result<Texts<'static>> {
    let chief = form(&report.body).chief(view);
    let picked = picked.or(chief.as_deref());
    let added = match report.previous {
        Some(_) => Added::Changes,
        None => Added::Nothing,
    };
    // They read by how much each step changed: one that has none of now beside it did not.
    let steps = steps(report).into_iter().filter(|part| part.now.is_some());
    let table = Table::new(report, steps.collect(), (picked, view), added)?;
    let heads = table.widened();
    let step_head = Column::new(unit.as_str()).shrinking(2);
    let label = |step: &Stretch| label(unit, (step.since, step.until), view.zone);
    let labels: Vec<String> = report.series.iter().flatten().map(label).collect();
    let trend = || Trend::new(&table.columns, &table.keys, table.chief, labels.len());
    let mut trend = view.is_drawn.then(trend);
    let mut setting = Setting::new([step_head].into_iter().chain(heads.columns()).collect());
    table.each(&mut |step, at, pair| {
        let name = step.map(|step| name(unit, (step.since, step.until), view.zone));
        let name = Cell::new(name.unwrap_or_default());
        if let Some(trend) = &mut trend {
            trend.row(at, &pair.of, &pair.now);
        }
        setting.row([name].into_iter().chain(heads.row(pair)));
        Ok(())
    })?;
    let charts = trend.map(|trend| trend.charts(&labels));
    Ok(setting.done(charts.unwrap_or_default()))
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
