//! A grid as CSV (RFC 4180, but with the line ends that Unix tools want).
//!
//! A spreadsheet runs a cell that begins like a formula, also when it came out of somebody's mail
//! (OWASP, "CSV injection"). Such a cell gets an apostrophe in front, which spreadsheets take as
//! "this is text".

use std::borrow::Cow;
use std::io::{self, Write};

use ::csv::{Terminator, WriterBuilder};

use super::grid::{Cell, Grid};
use super::safe;

/// Writes the names of the columns, and the rows.
///
/// # Errors
/// What writing to `out` gives.
pub(crate) fn write(grid: &Grid, out: &mut dyn Write) -> io::Result<()> {
    let mut csv = writer(&mut *out);
    csv.write_record(grid.columns.iter().map(|column| column.name.as_bytes()))?;
    csv.flush()?;
    drop(csv);
    write_rows(grid, out)
}

/// Writes the rows alone.
///
/// # Errors
/// What writing to `out` gives.
pub(crate) fn write_rows(grid: &Grid, out: &mut dyn Write) -> io::Result<()> {
    let mut csv = writer(out);
    for row in &grid.rows {
        csv.write_record(row.iter().map(field))?;
    }
    csv.flush()
}

fn writer(out: &mut dyn Write) -> ::csv::Writer<&mut dyn Write> {
    WriterBuilder::new()
        .terminator(Terminator::Any(b'\n'))
        .flexible(true)
        .from_writer(out)
}

fn field(cell: &Cell) -> Vec<u8> {
    let value = cell.for_programs();
    let text = safe::block(&value);
    let text = match would_run(&text) {
        true => Cow::Owned(format!("'{text}")),
        false => text,
    };
    text.into_owned().into_bytes()
}

/// Whether a spreadsheet may take a cell for a formula. Spaces in front do not stop all of them,
/// and East Asian ones take the full-width signs as well.
fn would_run(text: &str) -> bool {
    let start = text.trim_start();
    text.starts_with(['\t', '\r', '\n'])
        || (start.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']) && !is_number(text))
}

/// `-5`, `-0.25`: a number, which no spreadsheet can run.
fn is_number(text: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let positive = text.strip_prefix('-').unwrap_or(text);
    match positive.split_once('.') {
        Some((whole, fraction)) => digits(whole) && digits(fraction),
        None => digits(positive),
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
            ("two\r\nlines", "\"two\nlines\"\n"),
            (
                "=HYPERLINK(\"http://x\")",
                "\"'=HYPERLINK(\"\"http://x\"\")\"\n",
            ),
            ("+4722334455", "'+4722334455\n"),
            ("-2+3", "'-2+3\n"),
            ("-5", "-5\n"),
            ("-0.25", "-0.25\n"),
            ("-", "'-\n"),
            ("@SUM(1)", "'@SUM(1)\n"),
            (" =1+1", "' =1+1\n"),
            ("\t=1", "'\t=1\n"),
            ("\n=1", "\"'\n=1\"\n"),
            ("\r=1", "␍=1\n"),
            ("＝1+1", "'＝1+1\n"),
            ("\0\u{1b}[0m\u{202e}", "␀␛[0m<U+202E>\n"),
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
