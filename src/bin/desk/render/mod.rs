//! What people and programs get to read: tables, pages, JSON, CSV, TSV, Markdown and HTML.
//!
//! This room knows neither the environment nor the clock nor the terminal: what it has to know of
//! them comes in as a [`Look`]. It writes to a `&mut dyn Write`, in practice an
//! [`output::Output`], which knows what a closed pipe means. Text out of tickets passes through
//! [`safe`] on its way, here and nowhere else.

pub(crate) mod change;
pub(crate) mod chart;
pub(crate) mod copy;
pub(crate) mod csv;
pub(crate) mod defuse;
pub(crate) mod file;
pub(crate) mod glyphs;
pub(crate) mod grid;
pub(crate) mod hits;
pub(crate) mod json;
pub(crate) mod layout;
pub(crate) mod list;
pub(crate) mod listing;
pub(crate) mod markdown;
pub(crate) mod marked;
pub(crate) mod numbers;
pub(crate) mod output;
pub(crate) mod paper;
pub(crate) mod progress;
pub(crate) mod report;
pub(crate) mod runs;
pub(crate) mod safe;
pub(crate) mod style;
pub(crate) mod table;
pub(crate) mod texts;
pub(crate) mod ticket;
pub(crate) mod tied;
pub(crate) mod time;
pub(crate) mod tsv;
pub(crate) mod width;

use std::io::{self, Write};

use clap::ValueEnum;
use desk::Zone;
use desk::ticket::Timestamp;

use glyphs::Blocks;
use grid::Grid;
use numbers::Numbers;
use texts::Texts;

/// The forms in which a list can be had.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Columns for people.
    #[default]
    Table,
    /// One JSON document.
    Json,
    /// One JSON object a line.
    Jsonl,
    /// Comma-separated values (RFC 4180, lines end in a newline).
    Csv,
    /// Tab-separated values, with `\t`, `\n` and `\\` for what would break a line.
    Tsv,
    /// A Markdown pipe table.
    Markdown,
    /// A page of its own; reports have one.
    Html,
}

/// For whom the text is made: what the terminal can do, and how its reader tells time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Look {
    /// Whether colours are wanted (see [`style::colour`]).
    pub(crate) colour: bool,
    /// The terminal's width in columns; `None` where there is none, and nothing is cut or wrapped.
    pub(crate) width: Option<usize>,
    /// The zone of the reader.
    pub(crate) zone: Zone,
    /// The instant that counts as now.
    pub(crate) now: Timestamp,
    /// Whether `3 h ago` may stand for an instant; on a terminal only.
    pub(crate) relative: bool,
    /// How block characters come out, of which bars are made; on a terminal only.
    pub(crate) blocks: Blocks,
    /// How the reader's country writes numbers; a page in HTML follows it.
    pub(crate) numbers: Numbers,
}

impl Look {
    /// The same for a file, which is no terminal.
    pub(crate) fn of_a_file(self) -> Self {
        Self {
            colour: false,
            width: None,
            relative: false,
            blocks: Blocks::Absent,
            ..self
        }
    }
}

/// Writes a grid in one of the forms.
///
/// JSON is the bare array of rows; a document that says more around them is built from
/// [`Grid::objects`].
///
/// # Errors
/// What writing to `out` gives.
pub(crate) fn export(
    grid: &Grid,
    format: Format,
    look: &Look,
    out: &mut dyn Write,
) -> io::Result<()> {
    match format {
        Format::Table | Format::Markdown | Format::Html => show(Texts::of(grid), format, look, out),
        Format::Json => json::write(&grid.objects().collect::<Vec<_>>(), out),
        Format::Jsonl => json::write_lines(grid.objects(), out),
        Format::Csv => csv::write(grid, out),
        Format::Tsv => tsv::write(grid, out),
    }
}

/// Writes what people read of a grid in one of the forms that are for them.
///
/// # Errors
/// What writing to `out` gives.
pub(crate) fn show(
    texts: Texts<'_>,
    format: Format,
    look: &Look,
    out: &mut dyn Write,
) -> io::Result<()> {
    match format {
        Format::Markdown => markdown::write(&texts, out),
        // Only reports have a page, and the command line asks for one of them alone.
        _ => table::write_texts(texts, look, out),
    }
}

/// Writes more rows of a grid that was begun with [`export`].
///
/// # Errors
/// What writing to `out` gives.
pub(crate) fn export_more(grid: &Grid, format: Format, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Jsonl => json::write_lines(grid.objects(), out),
        Format::Csv => csv::write_rows(grid, out),
        Format::Tsv => tsv::write_rows(grid, out),
        // Of these there is but one, whole.
        Format::Table | Format::Json | Format::Markdown | Format::Html => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Not a terminal: no width, no colour, UTC, at a fixed instant.
    pub(super) fn look() -> Look {
        Look {
            colour: false,
            width: None,
            zone: Zone::UTC,
            now: "2026-11-21T12:00:00Z".parse().unwrap(),
            relative: false,
            blocks: Blocks::Absent,
            numbers: Numbers::ISO,
        }
    }

    #[test]
    fn every_form_of_one_grid() {
        let grid = grid::tests::grid(&["id"], &[&["a"], &["b"]]);
        let table = [
            (Format::Table, "ID\na\nb\n"),
            (Format::Json, "[{\"id\":\"a\"},{\"id\":\"b\"}]\n"),
            (Format::Jsonl, "{\"id\":\"a\"}\n{\"id\":\"b\"}\n"),
            (Format::Csv, "id\na\nb\n"),
            (Format::Tsv, "id\na\nb\n"),
            (Format::Markdown, "| ID  |\n| --- |\n| a   |\n| b   |\n"),
        ];
        for (format, expected) in table {
            let mut out = Vec::new();
            export(&grid, format, &look(), &mut out).unwrap();
            assert_eq!(String::from_utf8(out).unwrap(), expected, "{format:?}");
        }
    }
}
