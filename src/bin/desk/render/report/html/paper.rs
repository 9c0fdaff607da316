//! Wide tables on paper, which does not scroll.
//!
//! A table that is wider than a sheet of A4 lays the sheets on their side. One that is wider even then
//! is printed in parts: some of its columns in each, behind those that say what the rows are of. How
//! wide a column becomes is only estimated, with letters wider than those of most fonts.

use super::super::super::grid::{Align, Column};
use super::super::super::texts::Texts;
use super::draw::{self, length};
use super::heading;

/// What has room between the margins, upright and on its side, in pixels of CSS: 96 are an inch.
const UPRIGHT: f64 = (210.0 - 2.0 * 14.0) / 25.4 * 96.0;
const ON_ITS_SIDE: f64 = (297.0 - 2.0 * 14.0) / 25.4 * 96.0;

/// How large cells and heads are printed (8 and 7 points), beside the letters that are measured.
const CELL: f64 = 8.0 / 72.0 * 96.0 / draw::TEXT;
const HEAD: f64 = 7.0 / 72.0 * 96.0 / draw::TEXT;
/// What is left free on both sides of a cell's text.
const GAP: f64 = 9.0;
/// So much room words have; longer ones are broken.
const WORD: f64 = 96.0;
/// So much room the names of the rows have at least.
const NAME: f64 = 6.0 * 9.5 / 72.0 * 96.0;

/// What is added to the sheet of styles where a table is wider than paper.
pub(super) const ON_THEIR_SIDE: &str = "@page { size: A4 landscape; }\n";

/// Whether a table has no room on paper that stands upright.
pub(super) fn is_wide(texts: &Texts<'_>) -> bool {
    widths(texts).iter().sum::<f64>() > UPRIGHT
}

/// Whether a head has a word that must be broken.
pub(super) fn has_long_word(head: &str) -> bool {
    longest_word(head) > WORD
}

/// The columns of each part in which a table is printed, by their places; one part is the whole.
pub(super) fn parts(texts: &Texts<'_>) -> Vec<Vec<usize>> {
    let widths = widths(texts);
    let is_key = |column: &&Column| column.align == Align::Left;
    let keys = texts.columns.iter().take_while(is_key).count().max(1);
    let keys: Vec<usize> = (0..keys.min(widths.len())).collect();
    let room = ON_ITS_SIDE - keys.iter().map(|at| widths[*at]).sum::<f64>();
    let mut parts = vec![keys.clone()];
    let mut taken = 0.0;
    for (at, width) in widths.iter().enumerate().skip(keys.len()) {
        if taken > 0.0 && taken + width > room {
            parts.push(keys.clone());
            taken = 0.0;
        }
        taken += width;
        if let Some(part) = parts.last_mut() {
            part.push(at);
        }
    }
    parts
}

/// How wide each column becomes.
fn widths(texts: &Texts<'_>) -> Vec<f64> {
    let columns = texts.columns.iter().enumerate();
    let width = |(at, column): (usize, &Column)| {
        let head = longest_word(&heading(column)).min(WORD);
        let cells = texts.column(at).iter().map(|cell| length(&cell.text));
        let cells = cells.fold(0.0, f64::max) * CELL;
        let cells = match column.align {
            // Text is broken where it must be, and a number never.
            Align::Left => cells.min(WORD),
            Align::Right => cells,
        };
        let least = if at == 0 { NAME } else { 0.0 };
        (head.max(cells) + GAP).max(least)
    };
    columns.map(width).collect()
}

/// How much room the longest word of a head takes.
fn longest_word(head: &str) -> f64 {
    let words = head.split_whitespace().map(length);
    words.fold(0.0, f64::max) * HEAD
}

#[cfg(test)]
mod tests {
    use super::super::super::super::grid::Cell;
    use super::super::super::super::texts::Setting;
    use super::*;

    /// A table of a name, and of so many columns of these cells.
    fn table(columns: usize, head: &str, cell: &str) -> Texts<'static> {
        let mut all = vec![Column::new("name")];
        all.extend((0..columns).map(|_| Column::new("x").worded(head).right()));
        let mut setting = Setting::new(all);
        let cells = (0..columns).map(|_| Cell::new(cell));
        setting.row(std::iter::once(Cell::new("minh")).chain(cells));
        setting.done(Vec::new())
    }

    #[test]
    fn what_is_wider_than_paper_is_printed_in_parts() {
        assert!(!is_wide(&table(8, "2026-W45", "12 345")));
        let on_its_side = table(15, "2026-W45", "12 345");
        assert!(is_wide(&on_its_side));
        assert_eq!(parts(&on_its_side).len(), 1);
        let parts = parts(&table(40, "2026-W45", "12 345"));
        assert!(parts.len() > 1);
        // Each has the name of the rows in front, and every other column stands in one of them.
        assert!(parts.iter().all(|part| part[0] == 0 && part.len() > 2));
        let all: Vec<usize> = parts.iter().flat_map(|part| &part[1..]).copied().collect();
        assert_eq!(all, (1..=40).collect::<Vec<_>>());
    }

    #[test]
    fn a_column_of_its_own_has_a_part_however_wide_it_is() {
        let number = "1".repeat(500);
        assert_eq!(parts(&table(2, "x", &number)), [vec![0, 1], vec![0, 2]]);
        assert!(has_long_word(&"w".repeat(50)) && !has_long_word("some short words"));
        assert_eq!(parts(&table(0, "", "")), [vec![0]]);
    }
}
