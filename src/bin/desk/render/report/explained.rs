//! The definition of a metric, for people and for programs.

use std::io::Write;

use desk::report::Explained;

use super::super::grid::{Cell, Column, Grid};
use super::super::output::failed;
use super::super::paper::Paper;
use super::super::style::Tone;
use super::super::{Format, Look, export, json};
use super::figure;

/// Writes the definition of a metric: to people as text, to programs as an object or as a table.
///
/// # Errors
/// [`desk::Error::Io`] for what writing to `out` gives.
pub(crate) fn explain(
    explained: &Explained,
    format: Format,
    look: &Look,
    out: &mut dyn Write,
) -> desk::Result<()> {
    match format {
        Format::Json => json::write(&figure::value(explained)?, out),
        Format::Jsonl => json::write_lines([figure::value(explained)?], out),
        // It stands on the pages of reports, and the command line asks for none of its own.
        Format::Table | Format::Html => page(explained, look, out),
        Format::Csv | Format::Tsv | Format::Markdown => export(&grid(explained), format, look, out),
    }
    .map_err(failed)
}

fn page(explained: &Explained, look: &Look, out: &mut dyn Write) -> std::io::Result<()> {
    let mut paper = Paper { look: *look, out };
    paper.block(&explained.metric, 0, Tone::Heading)?;
    paper.block(&explained.text, 2, Tone::Plain)?;
    for (name, text) in &explained.parts {
        paper.block(name, 2, Tone::Heading)?;
        paper.block(text, 4, Tone::Plain)?;
    }
    Ok(())
}

/// `metric,definition`: what was asked for, and each figure of a group.
fn grid(explained: &Explained) -> Grid {
    let mut grid = Grid::new(vec![Column::new("metric"), Column::new("definition")]);
    let row = |name: &str, text: &str| vec![Cell::new(name), Cell::new(text)];
    grid.rows.push(row(&explained.metric, &explained.text));
    let parts = explained.parts.iter();
    grid.rows.extend(parts.map(|(name, text)| row(name, text)));
    grid
}
