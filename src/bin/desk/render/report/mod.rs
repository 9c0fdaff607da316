//! Reports, for people and for programs.
//!
//! People get a page: a head, and tables in which a duration reads `1 d 4 h`, a rate `3.4%`, and
//! what has no value `-`. Programs get the JSON of the report's struct as it stands, or one
//! rectangular table (CSV, TSV) with seconds, fractions and nothing where there is nothing:
//!
//! | report                    | CSV and TSV                                                    |
//! | ------------------------- | -------------------------------------------------------------- |
//! | summary, flow             | `figure,value`, a row for each figure; in steps, a row for each |
//! | rows, recurring, time ... | each row's keys and all its figures, the same columns always   |
//! | backlog                   | `dimension,value,total,under_1_day,...`: of all tickets, by priority, by tier |
//! | table                     | a row's key, a column for each column, and `total`; behind an average or a rate its `n` |
//!
//! In steps, `since` and `until` stand first, and each step has its rows. Beside an earlier time, a
//! figure has a column `previous.figure` next to it, in JSON lines an object `previous`; on a page
//! people see by how much the chief figures changed. A row that was there at that time and is no more
//! stands below the others, with no figures of its own; its JSON line has nothing but `previous`. People
//! read there that a chief figure which is a count has come to 0. So it is with a column, and for programs
//! with a step that has none beside it. Spreadsheets and JSON lines
//! go out as they are made, however many rows there are.
//!
//! A figure's name is its path in the JSON, `time_to_resolve.p50`, in the head of a CSV and in
//! `--fields` alike. A group's name, `time_to_resolve`, stands for all figures in it. In JSON,
//! `--fields` prunes and never renames: `.rows[].time_to_resolve.p50` is where it was, and a group
//! that is null stays null. The fields of the backlog are its parts; see [`backlog`].

mod backlog;
mod compare;
mod document;
mod explained;
mod figure;
mod html;
mod page;
mod rows;
mod satisfaction;
mod series;
mod strip;
mod summary;
mod table;
#[cfg(test)]
mod tests;
mod trend;
mod waits;

use std::io::Write;

use desk::Zone;
use desk::report::{Body, Report};
use serde_json::{Map, Value};

use super::glyphs::Blocks;
use super::grid::Grid;
use super::output::failed;
use super::{Format, Look, export, export_more, json};
use page::Section;
use strip::Strip;

pub(crate) use explained::explain;

/// What each kind of report has to say of itself. `picked` are names that [`Form::names`] gave, or
/// `None` where nobody asked for some of them.
trait Form {
    /// Everything that can be picked.
    fn names(&self) -> desk::Result<Vec<String>>;

    /// What is left of its JSON when only this is wanted.
    fn pruned(&self, picked: &[String]) -> desk::Result<Map<String, Value>>;

    /// The objects that stand on a line each, and what each is of; `None` where the whole is one.
    fn lines<'a>(&'a self, _picked: Option<&'a [String]>) -> Option<Lines<'a>> {
        None
    }

    /// The one table that a spreadsheet gets.
    fn sheet(&self, picked: Option<&[String]>, view: &View) -> desk::Result<Strip<'_>> {
        self.step(picked, view)
    }

    /// The rows that it has as a step of a series.
    fn step(&self, picked: Option<&[String]>, view: &View) -> desk::Result<Strip<'_>>;

    /// What people see of a step, where they asked for nothing in particular; `None` for all of it.
    fn chief(&self, _view: &View) -> Option<Vec<String>> {
        None
    }

    /// The figures that people see who asked for none in particular, which a page defines.
    fn defined(&self, _view: &View) -> desk::Result<Vec<String>> {
        self.names()
    }

    /// What people read below the head.
    fn page(&self, picked: Option<&[String]>, view: &View)
    -> desk::Result<Vec<Section<Strip<'_>>>>;
}

/// Objects one by one, each with what it is of.
type Lines<'a> = Box<dyn Iterator<Item = desk::Result<(String, Value)>> + 'a>;

/// What is left of rows whose objects these are.
fn rows_of(lines: Option<Lines<'_>>) -> desk::Result<Value> {
    let lines = lines.into_iter().flatten();
    lines.map(|line| line.map(|(_, line)| line)).collect()
}

/// How a report is looked at: by whom, and in which zone its days begin.
#[derive(Clone, Copy)]
struct View {
    look: Look,
    /// The report's, of which the reader's may be another.
    zone: Zone,
    /// Whether a program reads it, which takes a cell for each number.
    is_sheet: bool,
    /// Whether charts are drawn. Of very many rows they take more than the table.
    is_drawn: bool,
}

/// From so many columns on, a dozen figures stand beside a key of a dozen letters.
const WIDE: usize = 100;

impl View {
    /// Whether there is little room.
    fn is_narrow(&self) -> bool {
        self.look.width.is_some_and(|width| width < WIDE)
    }
}

/// A table as a whole, and how its rows are found again in another of its kind.
struct Sheet {
    grid: Grid,
    /// What each row is of.
    of: Vec<String>,
    /// The columns that say so, as far as they are there.
    keys: Vec<&'static str>,
    /// The columns of which people see by how much they changed.
    chief: &'static [&'static str],
}

impl Sheet {
    /// A table whose rows are known by the cells of these columns.
    fn known_by(grid: Grid, keys: &[&'static str], chief: &'static [&'static str]) -> Self {
        let places = grid.columns.iter().enumerate();
        let places = places.filter(|(_, column)| keys.contains(&&*column.of));
        let places: Vec<usize> = places.map(|(place, _)| place).collect();
        let of = |row: &Vec<super::grid::Cell>| {
            let cells = places.iter().map(|place| row[*place].for_programs());
            cells.collect::<Vec<_>>().join("\0")
        };
        Self {
            of: grid.rows.iter().map(of).collect(),
            grid,
            keys: keys.to_vec(),
            chief,
        }
    }
}

fn form(body: &Body) -> &dyn Form {
    match body {
        Body::Summary(summary) => summary,
        Body::Flow(flow) => flow,
        Body::Rows(rows) => rows,
        Body::Backlog(backlog) => backlog,
        Body::Time(time) => time,
        Body::Recurring(recurring) => recurring,
        Body::Satisfaction(ratings) => ratings,
        Body::Table(table) => table,
    }
}

/// Writes a report; `fields` are the figures that are wanted, all of them if it is `None` or empty.
///
/// # Errors
/// [`desk::Error::Usage`] for a field that the report has not, that stands twice, or that does not
/// go into one table with the others; [`desk::Error::Io`] for what writing to `out` gives.
pub(crate) fn write(
    report: &Report,
    format: Format,
    fields: Option<&[String]>,
    look: &Look,
    out: &mut dyn Write,
) -> desk::Result<()> {
    let fields = fields.filter(|fields| !fields.is_empty());
    let picked = match fields {
        Some(fields) => Some(figure::pick(&form(&report.body).names()?, fields)?),
        None => None,
    };
    let picked = picked.as_deref();
    let view = |look: Look| View {
        look,
        zone: report.head.zone,
        is_sheet: matches!(format, Format::Csv | Format::Tsv),
        is_drawn: match format {
            Format::Html => true,
            Format::Table => look.width.is_some() && look.blocks != Blocks::Absent,
            _ => false,
        },
    };
    match format {
        // As it is: a document in between takes ten times as much memory.
        Format::Json if picked.is_none() => document::write(report, out),
        Format::Json => json::write(&document::pruned(report, picked)?, out),
        Format::Jsonl => {
            let mut give = |line| json::write(&line, out).map_err(failed);
            return series::lines(report, picked, &mut give);
        }
        Format::Csv | Format::Tsv => {
            let mut is_first = true;
            let mut write = |portion: &Grid| match std::mem::take(&mut is_first) {
                true => export(portion, format, look, out).map_err(failed),
                false => export_more(portion, format, out).map_err(failed),
            };
            return series::sheet(report, picked, &view(*look), &mut write);
        }
        Format::Table => {
            let sections = series::page(report, picked, &view(*look))?;
            page::table(report, sections, look, out)
        }
        Format::Markdown => {
            // For a page, whatever the terminal's width is.
            let look = Look {
                width: None,
                ..*look
            };
            let sections = series::page(report, picked, &view(look))?;
            page::markdown(report, &sections, look.zone, out)
        }
        Format::Html => {
            let look = Look {
                width: None,
                ..*look
            };
            let sections = series::page(report, picked, &view(look))?;
            let mut names = match picked {
                Some(names) => names.to_vec(),
                None => form(&report.body).defined(&view(look))?,
            };
            if report.previous.is_some() {
                names.extend(["change", "previous"].map(str::to_owned));
            }
            html::write(report, &sections, &names, &look, out)
        }
    }
    .map_err(failed)
}
