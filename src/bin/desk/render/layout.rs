//! Where texts stand in a column, which is as wide as its widest.
//!
//! comfy-table lays them out. What it cannot do is done around it: they have been made safe, are cut
//! before, and coloured after, so that it never measures an escape sequence. Where a text stands depends
//! on no more than its width: so one text of each width is laid out, however many there are in however
//! many rows.

use std::borrow::Cow;

use comfy_table::{CellAlignment, ColumnConstraint, Table, Width, presets};

use super::grid::{Align, Column};
use super::marked::Marked;
use super::style::Tone;
use super::width;

/// Spaces between two columns.
pub(super) const GAP: usize = 2;

/// No cell is shown wider than this: comfy-table counts columns in 16 bits.
const WIDEST: usize = 16_000;

/// A narrow terminal takes from the columns in rounds, each down to one of these widths.
const FLOORS: [usize; 4] = [24, 12, 6, 3];

/// Text that has been made safe, and how it is to look.
pub(super) struct Piece<'a> {
    text: Marked<'a>,
    /// The columns that it takes.
    width: u32,
    tone: Tone,
    /// Whether anything is marked in it, or was in what was cut away.
    is_marked: bool,
}

impl<'a> Piece<'a> {
    pub(super) fn new(text: Marked<'a>, tone: Tone) -> Self {
        Self {
            is_marked: !text.marks.is_empty(),
            width: width::of(&text.text) as u32,
            text,
            tone,
        }
    }

    /// The columns that it takes.
    pub(super) fn width(&self) -> usize {
        self.width as usize
    }

    /// Cuts its end off, if it takes more columns than these.
    fn cut(&mut self, width: usize) {
        self.text.cut(width);
        self.width = width::of(&self.text.text) as u32;
    }
}

/// A text that is laid out.
pub(super) struct Laid<'a> {
    /// Cut and painted.
    pub(super) text: Cow<'a, str>,
    /// Where in its column it stands.
    pub(super) place: Place,
    /// What is left of it, if something was marked in it.
    pub(super) marked: Option<String>,
}

/// Where a text stands: so many blanks are before it, and so many behind.
#[derive(Clone, Copy, Default)]
pub(super) struct Place {
    before: u32,
    behind: u32,
}

/// What stands in a column: its head, and its texts.
pub(super) type Stands<T> = (T, Vec<T>);

/// The columns that the widest of them takes.
pub(super) fn widest((head, pieces): &Stands<Piece>) -> usize {
    let widths = pieces.iter().map(Piece::width);
    widths.fold(head.width(), usize::max)
}

/// Takes from the most shrinkable columns first, in rounds, until the row fits.
pub(super) fn fit(columns: &[Column], natural: &[usize], within: Option<usize>) -> Vec<usize> {
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

/// A column: cut from its `natural` width to another, with everything in its place on a side of it unless
/// it needs none, and painted.
pub(super) fn lay_out<'a>(
    (mut head, mut pieces): Stands<Piece<'a>>,
    (natural, width): (usize, usize),
    align: Option<Align>,
    colour: bool,
) -> Stands<Laid<'a>> {
    if width < natural {
        let all = pieces.iter_mut().chain([&mut head]);
        all.for_each(|piece| piece.cut(width));
    }
    let all = || pieces.iter().chain([&head]);
    let places = align.map_or_else(Vec::new, |align| places(all(), width, align));
    let laid = |piece: Piece<'a>| Laid {
        place: match places.is_empty() {
            true => Place::default(),
            false => places[piece.width()],
        },
        marked: piece.is_marked.then(|| piece.text.text.to_string()),
        text: match colour {
            true => Cow::Owned(piece.text.paint(piece.tone, true).into_owned()),
            false => piece.text.text,
        },
    };
    (laid(head), pieces.into_iter().map(laid).collect())
}

/// Where texts of a column stand in it, by their widths: comfy-table lays out one of each. They go to it
/// as one cell of many lines, which it lays out as it would many cells, with a third less work.
fn places<'a>(
    pieces: impl Iterator<Item = &'a Piece<'a>>,
    width: usize,
    align: Align,
) -> Vec<Place> {
    let mut samples: Vec<Option<&str>> = vec![None; width + 1];
    for piece in pieces {
        samples[piece.width()].get_or_insert(&piece.text.text);
    }
    let texts: Vec<&str> = samples.iter().copied().flatten().collect();
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.add_row([texts.join("\n")]);
    for column in table.column_iter_mut() {
        column.set_padding((0, GAP as u16));
        let width = Width::Fixed((width + GAP) as u16);
        column.set_constraint(ColumnConstraint::LowerBoundary(width));
        column.set_cell_alignment(match align {
            Align::Right => CellAlignment::Right,
            Align::Left => CellAlignment::Left,
        });
    }
    let mut places = vec![Place::default(); samples.len()];
    for (line, text) in table.lines().zip(texts) {
        let before = line.find(text).unwrap_or_default();
        places[width::of(text)] = Place {
            before: before as u32,
            behind: line.len().saturating_sub(before + text.len()) as u32,
        };
    }
    places
}

/// Cells beside each other, as one.
pub(super) fn joined<'a>(cells: impl Iterator<Item = &'a Laid<'a>>) -> Laid<'static> {
    let mut text = String::new();
    let behind = add_line(cells, None, &mut text);
    Laid {
        text: text.into(),
        place: Place { before: 0, behind },
        marked: None,
    }
}

/// Adds a line of cells, and what stands to the right of them. Blanks at its end are none of it: so many
/// there would be.
pub(super) fn add_line<'a>(
    cells: impl Iterator<Item = &'a Laid<'a>>,
    bar: Option<&'a String>,
    to: &mut String,
) -> u32 {
    let cells = cells.map(|cell| (&*cell.text, cell.place));
    let bar = bar.map(|bar| (bar.as_str(), Place::default()));
    let mut blanks: u32 = 0;
    for (text, place) in cells.chain(bar) {
        blanks += place.before;
        if !text.is_empty() {
            match BLANKS.get(..blanks as usize) {
                Some(few) => to.push_str(few),
                None => to.extend(std::iter::repeat_n(' ', blanks as usize)),
            }
            to.push_str(text);
            blanks = 0;
        }
        blanks += place.behind;
    }
    blanks
}

/// As many as most cells need.
const BLANKS: &str = "                                ";

#[cfg(test)]
mod tests {
    use super::super::Look;
    use super::super::chart::{Chart, Measure, Series, Shape};
    use super::super::glyphs::Blocks;
    use super::super::grid::Cell;
    use super::super::table::write_texts;
    use super::super::tests::look;
    use super::super::texts::Setting;
    use super::*;

    #[test]
    fn what_rows_have_in_common_stands_where_it_would_alone() {
        let ends = [["1", "打"], ["1234", ""], ["", "x"]];
        let names = ["a", "", "打印", "a name of some length", "b", "c", "d", "e"];
        let set = |is_alike: bool, last: Align| {
            let end = Column {
                align: last,
                ..Column::new("end")
            };
            let columns = vec![
                Column::new("name").shrinking(1),
                Column::new("n").right(),
                end,
            ];
            let mut setting = Setting::new(columns);
            for (row, name) in names.into_iter().enumerate() {
                let [n, end] = ends[row % ends.len()];
                match row.checked_sub(ends.len()) {
                    Some(earlier) if is_alike => setting.row_like(Cell::new(name).into(), earlier),
                    _ => setting.row([name, n, end].map(Cell::new)),
                }
            }
            setting.done(vec![Chart {
                title: String::new(),
                shape: Shape::Bars,
                labels: names.map(str::to_owned).into(),
                series: vec![Series {
                    name: "n".to_owned(),
                    values: (1..=names.len()).map(|n| Some(n as f64)).collect(),
                }],
                measure: Measure::Count,
            }])
        };
        for (width, last) in [
            (None, Align::Left),
            (None, Align::Right),
            (Some(14), Align::Left),
            (Some(60), Align::Right),
        ] {
            let look = Look {
                width,
                blocks: Blocks::Narrow,
                ..look()
            };
            let [alike, alone] = [true, false].map(|is_alike| {
                let mut out = Vec::new();
                write_texts(set(is_alike, last), &look, &mut out).unwrap();
                String::from_utf8(out).unwrap()
            });
            assert_eq!(alike, alone);
        }
    }
}
