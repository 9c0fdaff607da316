//! A grid as tab-separated values, one row a line whatever is in it: `cut`, `sort` and `awk` can
//! trust it. Tab, newline and backslash in a cell are written `\t`, `\n` and `\\`.

use std::io::{self, Write};

use super::grid::Grid;
use super::safe;

/// Writes the names of the columns, and the rows.
///
/// # Errors
/// What writing to `out` gives.
pub(crate) fn write(grid: &Grid, out: &mut dyn Write) -> io::Result<()> {
    let heads: Vec<_> = grid.columns.iter().map(|c| escape(&c.name)).collect();
    writeln!(out, "{}", heads.join("\t"))?;
    write_rows(grid, out)
}

/// Writes the rows alone.
///
/// # Errors
/// What writing to `out` gives.
pub(crate) fn write_rows(grid: &Grid, out: &mut dyn Write) -> io::Result<()> {
    for row in &grid.rows {
        let cells: Vec<_> = row.iter().map(|c| escape(&c.for_programs())).collect();
        writeln!(out, "{}", cells.join("\t"))?;
    }
    Ok(())
}

fn escape(text: &str) -> String {
    safe::block(text)
        .replace('\\', "\\\\")
        .replace('\t', "\\t")
        .replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::super::grid::tests::grid;
    use super::*;

    #[test]
    fn a_row_is_a_line() {
        let grid = grid(
            &["id", "subject"],
            &[&["1", "a\tb\r\nc\\d"], &["2", "\0=1\u{9b}"], &["3", ""]],
        );
        let mut out = Vec::new();
        write(&grid, &mut out).unwrap();
        let expected = "id\tsubject\n1\ta\\tb\\nc\\\\d\n2\t␀=1<U+009B>\n3\t\n";
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }
}
