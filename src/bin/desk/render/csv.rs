//! A grid as CSV (RFC 4180, but with the line ends that Unix tools want).

use std::io::{self, Write};

use ::csv::{Terminator, WriterBuilder};

use super::defuse::defused;
use super::grid::{Cell, Grid};

/// How the texts of cells are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cells {
    /// Safe in a spreadsheet and on a terminal.
    Defused,
    /// As they stand.
    Raw,
}

/// Writes the names of the columns, and the rows.
///
/// # Errors
/// What writing to `out` gives.
pub(crate) fn write(grid: &Grid, out: &mut dyn Write) -> io::Result<()> {
    let mut csv = writer(&mut *out);
    // The name of a column can be that of a person.
    let name = |name: &str| field(&Cell::new(name), Cells::Defused);
    csv.write_record(grid.columns.iter().map(|column| name(&column.name)))?;
    csv.flush()?;
    drop(csv);
    write_rows(grid, out)
}

/// Writes the rows alone.
///
/// # Errors
/// What writing to `out` gives.
pub(crate) fn write_rows(grid: &Grid, out: &mut dyn Write) -> io::Result<()> {
    write_rows_as(grid, Cells::Defused, out)
}

/// The same, with cells as they are asked for.
///
/// # Errors
/// What writing to `out` gives.
pub(crate) fn write_rows_as(grid: &Grid, cells: Cells, out: &mut dyn Write) -> io::Result<()> {
    let mut csv = writer(out);
    for row in &grid.rows {
        csv.write_record(row.iter().map(|cell| field(cell, cells)))?;
    }
    csv.flush()
}

fn writer(out: &mut dyn Write) -> ::csv::Writer<&mut dyn Write> {
    WriterBuilder::new()
        .terminator(Terminator::Any(b'\n'))
        .flexible(true)
        .from_writer(out)
}

fn field(cell: &Cell, cells: Cells) -> Vec<u8> {
    let text = cell.for_programs();
    match cells {
        Cells::Defused => defused(&text).into_owned().into_bytes(),
        Cells::Raw => text.into_owned().into_bytes(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::grid::tests::grid;
    use super::*;

    fn render(grid: &Grid) -> String {
        let mut out = Vec::new();
        write(grid, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    fn cell(text: &str) -> String {
        let text = render(&grid(&["a", "b"], &[&["x", text]]));
        text.strip_prefix("a,b\nx,").unwrap().to_owned()
    }

    #[test]
    fn cells_are_quoted_and_defused() {
        let table = [
            ("plain", "plain\n"),
            ("", "\n"),
            ("a,b", "\"a,b\"\n"),
            ("say \"hi\"", "\"say \"\"hi\"\"\"\n"),
            ("two\r\nlines", "\"two\r\nlines\"\n"),
            (
                "=HYPERLINK(\"http://x\")",
                "\"'=HYPERLINK(\"\"http://x\"\")\"\n",
            ),
            ("\n=1", "\"'\n=1\"\n"),
            ("\0\u{1b}[0m\u{202e}", "<U+0000><U+001B>[0m<U+202E>\n"),
            ("Trần", "Trần\n"),
        ];
        for (text, expected) in table {
            assert_eq!(cell(text), expected, "{text:?}");
        }
    }

    #[test]
    fn numbers_and_nothing() {
        let mut grid = grid(&["n"], &[]);
        grid.rows = vec![
            vec![Cell::new(-5).shown("minus five")],
            vec![Cell::default()],
        ];
        assert_eq!(render(&grid), "n\n-5\n\"\"\n");
    }
}
