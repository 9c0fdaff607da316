//! A table as columns on a terminal, without lines between them, as `gh` and `kubectl` have it.
//!
//! Texts are made safe, and the columns cut to the terminal's width; [`super::layout`] says where in
//! them the texts stand.

use std::borrow::Cow;
use std::io::{self, Write};

use super::chart::{Chart, Shape};
use super::grid::{Align, Column, Grid};
use super::layout::{GAP, Laid, Piece, Stands, add_line, fit, joined, lay_out, widest};
use super::marked::Marked;
use super::style::Tone;
use super::texts::{Text, Texts};
use super::{Look, glyphs, safe, width};

/// What stands where there is nothing, so that the eye keeps its column.
const NOTHING: &str = "-";

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
    write_texts(Texts::of(grid), look, out)
}

/// So many bytes are written together.
const TOGETHER: usize = 64 << 10;

/// The same of what people read of a grid.
///
/// # Errors
/// What writing to `out` gives.
pub(crate) fn write_texts(texts: Texts<'_>, look: &Look, out: &mut dyn Write) -> io::Result<()> {
    let Some(layout) = Layout::of(texts, look) else {
        return Ok(());
    };
    let mut lines = String::new();
    layout.head(&mut lines);
    lines.push('\n');
    for row in 0..layout.texts.len {
        layout.row(row, &mut lines);
        lines.push('\n');
        if lines.len() >= TOGETHER {
            out.write_all(lines.as_bytes())?;
            lines.clear();
        }
    }
    out.write_all(lines.as_bytes())
}

/// The rows of the table that [`write`] writes, behind its head.
pub(crate) fn rows(grid: &Grid, look: &Look) -> Option<(Row, Vec<Row>)> {
    let layout = Layout::of(Texts::of(grid), look)?;
    let mut head = String::new();
    layout.head(&mut head);
    let row = |row: usize| {
        let mut line = String::new();
        layout.row(row, &mut line);
        let cells = layout.cells(row);
        let marked = cells.filter_map(|cell| cell.marked.clone()).collect();
        Row { line, marked }
    };
    let head = Row {
        line: head,
        marked: Vec::new(),
    };
    Some((head, (0..layout.texts.len).map(row).collect()))
}

/// A table that is laid out.
struct Layout<'a> {
    /// The table, without its texts.
    texts: Texts<'a>,
    columns: Vec<Stands<Laid<'a>>>,
    /// The ends of the rows as one, if most rows have theirs from another.
    ends: Vec<Laid<'a>>,
    /// To the right of the rows, if there is anything, under a head of its own.
    bars: Option<(String, Vec<String>)>,
}

impl<'a> Layout<'a> {
    /// The layout of a table, unless that is empty.
    fn of(mut texts: Texts<'a>, look: &Look) -> Option<Self> {
        if texts.len == 0 {
            return None;
        }
        let pieces = texts.take().into_iter().zip(&texts.columns);
        let pieces: Vec<Stands<Piece>> = pieces
            .map(|(texts, column)| (heading(column), texts.into_iter().map(piece).collect()))
            .collect();
        let natural: Vec<usize> = pieces.iter().map(widest).collect();
        let widths = fit(&texts.columns, &natural, look.width);
        let taken = widths.iter().sum::<usize>() + GAP * widths.len();
        let bars = beside(&texts.charts, look, taken);
        let count = texts.columns.len();
        let columns = pieces.into_iter().enumerate().map(|(at, pieces)| {
            let align = texts.columns[at].align;
            // Behind it nothing stands.
            let is_open = at + 1 == count && bars.is_none() && align == Align::Left;
            let align = (!is_open).then_some(align);
            lay_out(pieces, (natural[at], widths[at]), align, look.colour)
        });
        let mut layout = Self {
            columns: columns.collect(),
            texts,
            ends: Vec::new(),
            bars,
        };
        if layout.texts.ends() < layout.texts.len / 2 {
            let ends = (0..layout.texts.ends()).map(|end| joined(layout.end(end)));
            layout.ends = ends.collect();
        }
        Some(layout)
    }

    /// Adds the head to a text.
    fn head(&self, to: &mut String) {
        let heads = self.columns.iter().map(|(head, _)| head);
        add_line(heads, self.bars.as_ref().map(|(head, _)| head), to);
    }

    /// Adds a row to a text.
    fn row(&self, row: usize, to: &mut String) {
        let bar = self.bars.as_ref().and_then(|(_, bars)| bars.get(row));
        match self.ends.get(self.texts.end_of(row)) {
            Some(end) => add_line(self.cells(row).take(1).chain([end]), bar, to),
            None => add_line(self.cells(row), bar, to),
        };
    }

    fn cells(&self, row: usize) -> impl Iterator<Item = &Laid<'_>> {
        let columns = self.columns.iter().zip(self.texts.row(row));
        columns.map(|((_, texts), place)| &texts[place])
    }

    fn end(&self, end: usize) -> impl Iterator<Item = &Laid<'_>> {
        let columns = self.columns.iter().skip(1).zip(self.texts.end(end));
        columns.map(|((_, texts), place)| &texts[place])
    }
}

/// Bars to the right of the rows, and a head of their own, painted, where a chart has one for each row
/// and there is room beside what is `taken`.
fn beside(charts: &[Chart], look: &Look, taken: usize) -> Option<(String, Vec<String>)> {
    let room = look.width?.checked_sub(taken)?;
    let chart = charts.iter().find(|c| c.shape == Shape::Bars)?;
    let bars = glyphs::bars(chart, look.blocks, room)?;
    let painted = |text: &str, tone: Tone| tone.paint(text, look.colour).into_owned();
    let head = chart.series.first()?.name.to_uppercase();
    let head = painted(&width::cut(&head, room), Tone::Heading);
    let bars = bars.iter().map(|bar| painted(bar, Tone::Dim));
    Some((head, bars.collect()))
}

fn heading<'a>(column: &Column) -> Piece<'a> {
    let title = safe::line(&column.title).into_owned();
    Piece::new(Cow::<str>::Owned(title).into(), Tone::Heading)
}

fn piece(text: Text<'_>) -> Piece<'_> {
    let marked = Marked::of(text.text, &text.marks);
    match marked.text.is_empty() {
        true => Piece::new(Cow::Borrowed(NOTHING).into(), Tone::Dim),
        false => Piece::new(marked, text.tone),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::grid::Cell;
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
    fn rows_that_go_out_one_after_another_are_of_the_same_widths() {
        let mut grid = grid(&["id", "subject"], &[&["1", "x"]]);
        grid.columns[0].align = Align::Right;
        let many = 3 * TOGETHER / "     1  x\n".len();
        grid.rows = vec![grid.rows[0].clone(); many];
        grid.rows[many / 2][0] = Cell::new("123456");
        let text = render(&grid, None, false);
        let mut expected = vec!["     1  x"; many];
        expected[many / 2] = "123456  x";
        expected.insert(0, "    ID  SUBJECT");
        assert!(text.lines().eq(expected), "{}", text.lines().count());
    }

    #[test]
    fn texts_of_one_width_stand_in_one_place_whatever_they_are() {
        let mut grid = grid(
            &["n", "name", "end"],
            &[
                &["abcd", "ab", "x"],
                &["打印", "打", "x"],
                &["e\u{301}e\u{301}", "e\u{301}e\u{301}", "打印机"],
                &["-1", "👩\u{200d}🔧", ""],
                &["\u{1b}", "", "x"],
            ],
        );
        grid.columns[0].align = Align::Right;
        let expected = [
            "   N  NAME  END\n",
            "abcd  ab    x\n",
            "打印  打    x\n",
            "  e\u{301}e\u{301}  e\u{301}e\u{301}    打印机\n",
            "  -1  👩\u{200d}🔧    -\n",
            "   ␛  -     x\n",
        ]
        .concat();
        assert_eq!(render(&grid, None, false), expected);
        // On the right there is something behind the last one, too.
        grid.columns[2].align = Align::Right;
        let text = render(&grid, None, false);
        assert!(
            text.starts_with("   N  NAME     END\nabcd  ab         x\n打印  打         x\n"),
            "{text}"
        );
    }

    #[test]
    fn one_text_can_be_marked_in_one_row_and_not_in_another() {
        let mut grid = grid(&["subject", "id"], &[&["toner", "1"], &["toner", "2"]]);
        grid.columns[0].shrink = 1;
        grid.rows[1][0].marks.push(0..3);
        grid.rows[0][1].tone = Tone::Alarm;
        let text = render(&grid, None, true);
        let mark = Tone::Mark.paint("ton", true);
        let expected = format!("toner    \u{1b}[1m\u{1b}[31m1\u{1b}[0m\n{mark}er    2\n");
        assert!(text.ends_with(&expected), "{text:?}");
        grid.columns[0].title = "S".into();
        // What is shown of its cell is known, though nothing may be left of the mark.
        for (width, mark, left) in [(9, 0..3, "toner"), (7, 0..3, "to…"), (7, 4..5, "to…")] {
            grid.rows[1][0].marks[0] = mark;
            let width = Some(width);
            let (head, rows) = rows(&grid, &Look { width, ..look() }).unwrap();
            assert!(head.line.starts_with("S "), "{}", head.line);
            assert!(rows[0].marked.is_empty());
            assert_eq!(rows[1].marked, [left]);
        }
    }

    #[test]
    fn a_cell_of_any_size_is_one_line() {
        let long = "x".repeat(100_000);
        let text = render(&grid(&["a", "b"], &[&[&long, "y"]]), None, false);
        assert_eq!(text.lines().count(), 2);
        assert!(text.ends_with("x…  y\n"));
    }
}
