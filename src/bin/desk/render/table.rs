//! A grid as columns on a terminal, without lines between them, as `gh` and `kubectl` have it.
//!
//! comfy-table lays the columns out. What it cannot do is done around it: cells are made safe and
//! cut to the terminal's width before, and coloured after, so that it never measures an escape
//! sequence.

use std::borrow::Cow;
use std::convert::Infallible;
use std::io::{self, Write};

use comfy_table::{CellAlignment, ColumnConstraint, Table, Width, presets};

use super::chart::Shape;
use super::grid::{Align, Cell, Column, Grid};
use super::marked::Marked;
use super::style::Tone;
use super::{Look, glyphs, safe, width};

/// Spaces between two columns.
const GAP: usize = 2;

/// What stands where there is nothing, so that the eye keeps its column.
const NOTHING: &str = "-";

/// No cell is shown wider than this: comfy-table counts columns in 16 bits.
const WIDEST: usize = 16_000;

/// A narrow terminal takes from the columns in rounds, each down to one of these widths.
const FLOORS: [usize; 4] = [24, 12, 6, 3];

/// Text that has been made safe, and how it is to look.
type Piece<'a> = (Marked<'a>, Tone);

/// A row as it is shown.
pub(crate) struct Row {
    /// All of it, in one line.
    pub(crate) line: String,
    /// What is left of the cells in which something was marked.
    pub(crate) marked: Vec<String>,
}

/// Writes the grid as a table; an empty grid is no table, and nothing is written.
///
/// On a terminal ([`Look::width`]) the most shrinkable columns are cut until the rows fit. Where
/// even that is not enough the rows run over rather than lose a number.
///
/// # Errors
/// What writing to `out` gives.
pub(crate) fn write(grid: &Grid, look: &Look, out: &mut dyn Write) -> io::Result<()> {
    each(grid, look, |row| writeln!(out, "{}", row.line))
}

/// The rows of the table that [`write`] writes, behind its head.
pub(crate) fn rows(grid: &Grid, look: &Look) -> Option<(Row, Vec<Row>)> {
    let mut rows = Vec::with_capacity(grid.rows.len() + 1);
    let Ok(()) = each::<Infallible>(grid, look, |row| {
        rows.push(row);
        Ok(())
    });
    let mut rows = rows.into_iter();
    Some((rows.next()?, rows.collect()))
}

/// So many rows are laid out together.
const PORTION: usize = 1000;

/// Gives the head and then each row. The widths are those of all rows, which are laid out portion by
/// portion: a report can have very many, and what they are laid out from takes more memory than they.
fn each<E>(grid: &Grid, look: &Look, mut give: impl FnMut(Row) -> Result<(), E>) -> Result<(), E> {
    if grid.rows.is_empty() {
        return Ok(());
    }
    let (first, rest) = grid.rows.split_at(grid.rows.len().min(PORTION));
    let head = grid.columns.iter().map(heading).collect();
    let first: Vec<Vec<Piece>> = std::iter::once(head).chain(pieces(first)).collect();
    let natural = natural(&first, rest);
    let widths = fit(&grid.columns, &natural, look.width);
    let taken = widths.iter().sum::<usize>() + GAP * widths.len();
    let mut bars = beside(grid, look, taken).into_iter().flatten();
    let rest = rest.chunks(PORTION).map(|rows| pieces(rows).collect());
    for mut rows in std::iter::once(first).chain(rest) {
        let marked: Vec<Vec<usize>> = rows.iter().map(|row| marked_cells(row)).collect();
        for (i, &width) in widths.iter().enumerate() {
            if width < natural[i] {
                rows.iter_mut().for_each(|row| row[i].0.cut(width));
            }
        }
        for row in &mut rows {
            row.extend(bars.next());
        }
        let lines = lay_out(&grid.columns, &widths, &rows);
        for ((line, row), marked) in lines.into_iter().zip(&rows).zip(marked) {
            give(Row {
                line: paint(&line, row, look.colour),
                marked: marked.iter().map(|&i| row[i].0.text.to_string()).collect(),
            })?;
        }
    }
    Ok(())
}

/// Bars to the right of the rows, under a head of their own, where a chart has one for each row and
/// there is room beside what is `taken`.
fn beside<'a>(grid: &Grid, look: &Look, taken: usize) -> Option<Vec<Piece<'a>>> {
    let room = look.width?.checked_sub(taken)?;
    let chart = grid.charts.iter().find(|c| c.shape == Shape::Bars)?;
    let bars = glyphs::bars(chart, look.blocks, room)?;
    let head = chart.series.first()?.name.to_uppercase();
    let head = (width::cut(&head, room).into_owned(), Tone::Heading);
    let bars = bars.into_iter().map(|bar| (bar, Tone::Dim));
    let piece = |(text, tone)| (Cow::<str>::Owned(text).into(), tone);
    Some(std::iter::once(head).chain(bars).map(piece).collect())
}

/// The places of the cells in which something is marked.
fn marked_cells(row: &[Piece]) -> Vec<usize> {
    let is_marked = |i: &usize| !row[*i].0.marks.is_empty();
    (0..row.len()).filter(is_marked).collect()
}

fn heading(column: &Column) -> Piece<'_> {
    (safe::line(&column.title).into(), Tone::Heading)
}

fn piece(cell: &Cell) -> Piece<'_> {
    let text = match cell.for_people() {
        Cow::Borrowed(text) => Marked::new(text, &cell.marks),
        Cow::Owned(text) => Marked::new(&text, &cell.marks).into_owned(),
    };
    match text.text.is_empty() {
        true => (Cow::Borrowed(NOTHING).into(), Tone::Dim),
        false => (text, cell.tone),
    }
}

fn pieces(rows: &[Vec<Cell>]) -> impl Iterator<Item = Vec<Piece<'_>>> {
    rows.iter().map(|row| row.iter().map(piece).collect())
}

/// The widths that the columns would like to have; of a table of one portion nothing is made twice.
fn natural(first: &[Vec<Piece>], rest: &[Vec<Cell>]) -> Vec<usize> {
    let mut widths = vec![0; first.first().map_or(0, Vec::len)];
    let mut widen = |row: &[Piece]| {
        for (widest, (text, _)) in widths.iter_mut().zip(row) {
            *widest = width::of(&text.text).max(*widest);
        }
    };
    first.iter().for_each(|row| widen(row));
    pieces(rest).for_each(|row| widen(&row));
    widths
}

/// Takes from the most shrinkable columns first, in rounds, until the row fits.
fn fit(columns: &[Column], natural: &[usize], within: Option<usize>) -> Vec<usize> {
    let mut widths: Vec<usize> = natural.iter().map(|&width| width.min(WIDEST)).collect();
    let Some(within) = within else {
        return widths;
    };
    let gaps = GAP * widths.len().saturating_sub(1);
    let mut excess = (widths.iter().sum::<usize>() + gaps).saturating_sub(within);
    let mut order: Vec<_> = (0..columns.len())
        .filter(|&i| columns[i].shrink > 0)
        .collect();
    order.sort_by_key(|&i| std::cmp::Reverse((columns[i].shrink, i)));
    for floor in FLOORS {
        for &i in &order {
            let taken = widths[i].saturating_sub(floor).min(excess);
            widths[i] -= taken;
            excess -= taken;
        }
    }
    widths
}

/// The rows as lines. Each column goes to comfy-table as one cell of many lines, which it lays out as
/// it would many cells, with a third less work; and is as wide as it is in all portions. Behind the last
/// one nothing stands: unless it is on the right, it needs no layout.
fn lay_out(columns: &[Column], widths: &[usize], rows: &[Vec<Piece>]) -> Vec<String> {
    let places = rows.first().map_or(0, Vec::len);
    let is_right = |i: usize| columns.get(i).is_some_and(|it| it.align == Align::Right);
    let laid = match places {
        0 | 1 => places,
        _ => places - usize::from(!is_right(places - 1)),
    };
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.add_row((0..laid).map(|i| {
        let texts = rows.iter().map(|row| row[i].0.text.as_ref());
        texts.collect::<Vec<_>>().join("\n")
    }));
    for (i, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, GAP as u16));
        if let Some(width) = widths.get(i) {
            let width = Width::Fixed((width + GAP) as u16);
            column.set_constraint(ColumnConstraint::LowerBoundary(width));
        }
        column.set_cell_alignment(match is_right(i) {
            true => CellAlignment::Right,
            false => CellAlignment::Left,
        });
    }
    let whole = |(mut line, row): (String, &Vec<Piece>)| {
        row[laid..]
            .iter()
            .for_each(|(text, _)| line.push_str(&text.text));
        line
    };
    table.lines().zip(rows).map(whole).collect()
}

/// Colours the cells of a line that is laid out. The cells are found again by walking: a cell
/// neither begins nor ends with a space, so what is in between is the layout's.
fn paint(line: &str, row: &[Piece], colour: bool) -> String {
    let mut rest = line.trim_end_matches(' ');
    if !colour {
        return rest.to_owned();
    }
    let mut painted = String::with_capacity(line.len());
    for (text, tone) in row {
        let cell = rest.trim_start_matches(' ');
        let Some(after) = cell.strip_prefix(text.text.as_ref()) else {
            break;
        };
        painted.push_str(&rest[..rest.len() - cell.len()]);
        painted.push_str(&text.paint(*tone, true));
        rest = after;
    }
    painted.push_str(rest);
    painted
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::grid::tests::grid;
    use super::super::tests::look;
    use super::*;

    fn render(grid: &Grid, width: Option<usize>, colour: bool) -> String {
        let look = Look {
            width,
            colour,
            ..look()
        };
        let mut out = Vec::new();
        write(grid, &look, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    /// Without SGR sequences, by hand: what a terminal would show.
    pub(crate) fn stripped(text: &str) -> String {
        let mut parts = text.split("\u{1b}[");
        let first = parts.next().unwrap_or_default().to_owned();
        parts.fold(first, |text, part| {
            text + part.split_once('m').map_or("", |(_, shown)| shown)
        })
    }

    fn international() -> Grid {
        let mut grid = grid(
            &["id", "requester", "subject"],
            &[
                &["1", "Lan", "END"],
                &["2", "Trần Thị Ngọc", "END"],
                &["3", "Tra\u{302}\u{300}n Thi\u{323} Ngo\u{323}c", "END"],
                &["4", "Åse Bjørnsæther", "END"],
                &["5", "打印机管理员", "END"],
                &["6", "👩\u{200d}👩\u{200d}👧\u{200d}👦 🇳🇴", "END"],
                &["12345", "", "END"],
            ],
        );
        grid.columns[0].align = Align::Right;
        grid.columns[1].shrink = 1;
        grid
    }

    #[test]
    fn columns_stay_in_line_in_every_script() {
        for (width, column) in [(None, 24), (Some(28), 21), (Some(22), 15)] {
            let text = render(&international(), width, false);
            for line in text.lines().skip(1) {
                let (before, _) = line.split_once("END").unwrap();
                assert_eq!(
                    unicode_width::UnicodeWidthStr::width(before),
                    column,
                    "{text}"
                );
            }
        }
    }

    #[test]
    fn it_looks_like_this() {
        let mut grid = grid(
            &["id", "status", "subject"],
            &[&["7", "open", "Printer"], &["1042", "", " VPN\n\u{1b}[2J "]],
        );
        grid.columns[0].align = Align::Right;
        let expected = "  ID  STATUS  SUBJECT\n   7  open    Printer\n1042  -       VPN␊␛[2J\n";
        assert_eq!(render(&grid, None, false), expected);
        grid.rows.clear();
        assert_eq!(render(&grid, None, false), "");
    }

    #[test]
    fn the_most_shrinkable_column_is_cut_first() {
        let mut grid = grid(
            &["id", "requester", "subject"],
            &[&[
                "1042",
                "nguyen.van.minh",
                "The printer on the third floor jams again",
            ]],
        );
        grid.columns[1].shrink = 1;
        grid.columns[2].shrink = 2;
        let cut = |width| {
            let text = render(&grid, Some(width), false);
            text.lines().nth(1).unwrap().to_owned()
        };
        let whole = "1042  nguyen.van.minh  The printer on the third floor jams again";
        assert_eq!(cut(80), whole);
        assert_eq!(cut(64), whole);
        assert_eq!(
            cut(50),
            "1042  nguyen.van.minh  The printer on the third f…"
        );
        assert_eq!(cut(40), "1042  nguyen.van.minh  The printer on t…");
        assert_eq!(cut(30), "1042  nguyen.van.…  The print…");
        assert_eq!(cut(20), "1042  nguye…  The p…");
        // Too narrow for anything: it runs over, and the number is whole.
        assert_eq!(cut(5), "1042  ng…  Th…");
        for width in 16..80 {
            let text = render(&grid, Some(width), false);
            let widest = text.lines().map(width::of).max().unwrap();
            assert!(widest <= width, "{widest} in {width}\n{text}");
        }
    }

    #[test]
    fn colours_change_no_width() {
        let mut grid = international();
        for row in &mut grid.rows {
            row[1].tone = Tone::Alarm;
        }
        for width in [None, Some(20)] {
            let (plain, coloured) = (render(&grid, width, false), render(&grid, width, true));
            assert_ne!(plain, coloured);
            assert_eq!(plain, stripped(&coloured));
            assert!(coloured.contains("\u{1b}[31mLan\u{1b}[0m  "), "{coloured}");
        }
    }

    #[test]
    fn portions_are_of_the_same_widths() {
        let mut grid = grid(&["id", "subject"], &[&["1", "x"]]);
        grid.columns[0].align = Align::Right;
        grid.rows = vec![grid.rows[0].clone(); 2 * PORTION + 1];
        grid.rows[PORTION][0] = Cell::new("123456");
        let text = render(&grid, None, false);
        assert_eq!(text.lines().count(), grid.rows.len() + 1);
        let mut expected = vec!["     1  x"; grid.rows.len()];
        expected[PORTION] = "123456  x";
        expected.insert(0, "    ID  SUBJECT");
        assert!(text.lines().eq(expected), "{text}");
    }

    #[test]
    fn a_cell_of_any_size_is_one_line() {
        let long = "x".repeat(100_000);
        let text = render(&grid(&["a", "b"], &[&[&long, "y"]]), None, false);
        assert_eq!(text.lines().count(), 2);
        assert!(text.ends_with("x…  y\n"));
    }
}
