//! A table as a Markdown pipe table (GitHub Flavored Markdown, section 4.10), readable before it is
//! rendered too: its columns are padded.
//!
//! Text from tickets stays text: no markup in it, no HTML, and no picture that would be fetched
//! when somebody reads the page.

use std::io::{self, Write};

use super::grid::Align;
use super::texts::Texts;
use super::{safe, width};

/// Writes the head, the rule, and the rows.
///
/// # Errors
/// What writing to `out` gives.
pub(crate) fn write(texts: &Texts<'_>, out: &mut dyn Write) -> io::Result<()> {
    let heads: Vec<_> = texts.columns.iter().map(|c| escape(&c.title)).collect();
    let columns: Vec<Vec<String>> = (0..heads.len())
        .map(|at| texts.column(at).iter().map(|it| escape(&it.text)).collect())
        .collect();
    let widths: Vec<_> = columns
        .iter()
        .zip(&heads)
        .map(|(cells, head)| {
            let cells = cells.iter().chain([head]);
            cells.map(|text| width::of(text)).max().unwrap_or(0).max(3)
        })
        .collect();
    let aligns: Vec<_> = texts.columns.iter().map(|column| column.align).collect();
    let rule: Vec<_> = aligns
        .iter()
        .zip(&widths)
        .map(|(a, &w)| rule(*a, w))
        .collect();

    write_row(&heads, &aligns, &widths, out)?;
    write_row(&rule, &aligns, &widths, out)?;
    (0..texts.len).try_for_each(|row| {
        let cells = texts
            .row(row)
            .zip(&columns)
            .map(|(place, cells)| &cells[place]);
        write_row(cells, &aligns, &widths, out)
    })
}

fn rule(align: Align, width: usize) -> String {
    match align {
        Align::Left => "-".repeat(width),
        Align::Right => format!("{}:", "-".repeat(width - 1)),
    }
}

fn write_row<'a>(
    cells: impl IntoIterator<Item = &'a String>,
    aligns: &[Align],
    widths: &[usize],
    out: &mut dyn Write,
) -> io::Result<()> {
    for ((cell, align), &width) in cells.into_iter().zip(aligns).zip(widths) {
        let space = " ".repeat(width.saturating_sub(width::of(cell)));
        match align {
            Align::Left => write!(out, "| {cell}{space} ")?,
            Align::Right => write!(out, "| {space}{cell} ")?,
        }
    }
    writeln!(out, "|")
}

/// Every character that Markdown or HTML could take for more than itself.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in safe::block(text.trim_matches(safe::BLANK)).chars() {
        match c {
            '\\' | '|' | '`' | '*' | '_' | '[' | ']' | '~' | '$' => escaped.extend(['\\', c]),
            '<' => escaped.push_str("&lt;"),
            '&' => escaped.push_str("&amp;"),
            '\n' => escaped.push_str("<br>"),
            '\t' => escaped.push(' '),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::super::grid::tests::grid;
    use super::*;

    #[test]
    fn a_pipe_table() {
        let mut grid = grid(
            &["id", "subject"],
            &[
                &["7", "a|b \\ `c` <img src=x> ![](http://x)"],
                &["1042", "两\r\nlines\u{1b}\0"],
                &["3", ""],
            ],
        );
        grid.columns[0].align = Align::Right;
        let mut out = Vec::new();
        write(&Texts::of(&grid), &mut out).unwrap();
        let expected = "\
|   ID | SUBJECT                                      |
| ---: | -------------------------------------------- |
|    7 | a\\|b \\\\ \\`c\\` &lt;img src=x> !\\[\\](http://x) |
| 1042 | 两<br>lines␛␀                                |
|    3 |                                              |
";
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }
}
