//! Reports, for people and for programs.
//!
//! People get a page: a head, and tables in which a duration reads `1 d 4 h`, a rate `3.4%`, and
//! what has no value `-`. Programs get the JSON of the report's struct as it stands, or one
//! rectangular table (CSV, TSV) with seconds, fractions and nothing where there is nothing:
//!
//! | report  | CSV and TSV                                                                      |
//! | ------- | -------------------------------------------------------------------------------- |
//! | summary | `figure,value`, a row for each figure                                            |
//! | rows    | the row's key and all figures; the same columns whatever the rows are by         |
//! | backlog | `dimension,value,total,under_1_day,...`: of all tickets, by priority, by tier    |
//!
//! A figure's name is its path in the JSON, `time_to_resolve.p50`, in the head of a CSV and in
//! `--fields` alike. A group's name, `time_to_resolve`, stands for all figures in it. In JSON,
//! `--fields` prunes and never renames: `.rows[].time_to_resolve.p50` is where it was, and a group
//! that is null stays null. The fields of the backlog are its parts; see [`backlog`].

mod backlog;
mod figure;
mod html;
mod page;
mod rows;
mod summary;
#[cfg(test)]
mod tests;

use std::io::Write;

use desk::report::{Head, Report};
use serde_json::{Map, Value};

use super::grid::Grid;
use super::output::failed;
use super::{Format, Look, export, json};
use page::Section;

/// What each kind of report has to say of itself. `picked` are names that [`Form::names`] gave, or
/// `None` where nobody asked for some of them.
trait Form {
    /// What the report is about.
    fn head(&self) -> &Head;

    /// Everything that can be picked.
    fn names(&self) -> desk::Result<Vec<String>>;

    /// The whole document.
    fn document(&self, picked: Option<&[String]>) -> desk::Result<Value>;

    /// The objects that stand on a line each.
    fn lines(&self, picked: Option<&[String]>) -> desk::Result<Vec<Value>> {
        Ok(vec![self.document(picked)?])
    }

    /// The one table that a spreadsheet gets.
    fn sheet(&self, picked: Option<&[String]>, look: &Look) -> desk::Result<Grid>;

    /// What people read below the head.
    fn page(&self, picked: Option<&[String]>, look: &Look) -> desk::Result<Vec<Section>>;
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
    let form: &dyn Form = match report {
        Report::Summary(summary) => summary,
        Report::Rows(rows) => rows,
        Report::Backlog(backlog) => backlog,
    };
    let fields = fields.filter(|fields| !fields.is_empty());
    let picked = match fields {
        Some(fields) => Some(figure::pick(&form.names()?, fields)?),
        None => None,
    };
    let picked = picked.as_deref();
    match format {
        Format::Json => json::write(&form.document(picked)?, out),
        Format::Jsonl => json::write_lines(form.lines(picked)?, out),
        Format::Csv | Format::Tsv => export(&form.sheet(picked, look)?, format, look, out),
        Format::Table => {
            let sections = form.page(picked, look)?;
            page::table(form.head(), &sections, look, out)
        }
        Format::Markdown => {
            // For a page, whatever the terminal's width is.
            let look = Look {
                width: None,
                ..*look
            };
            let sections = form.page(picked, &look)?;
            page::markdown(form.head(), &sections, look.zone, out)
        }
        Format::Html => {
            let look = Look {
                width: None,
                ..*look
            };
            let sections = form.page(picked, &look)?;
            html::write(form.head(), &sections, &look, out)
        }
    }
    .map_err(failed)
}

/// The document of a report of which only some is wanted: its head, and what is left of its body.
fn pruned_document(head: &Head, body: Map<String, Value>) -> desk::Result<Value> {
    let mut document = figure::value(head)?;
    if let Value::Object(document) = &mut document {
        document.extend(body);
    }
    Ok(document)
}
