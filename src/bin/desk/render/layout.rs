//! Where texts stand in a column, which is as wide as its widest.
//!
//! comfy-table lays them out. What it cannot do is done around it: they have been made safe, are cut
//! before, and coloured after, so that it never measures an escape sequence. Where a text stands depends
//! on no more than its width: so one text of each width is laid out, however many there are in however
//! many rows.

use std::borrow::Cow;

use comfy_table::{CellAlignment, ColumnConstraint, Table, Width, presets};

use super::grid::Align;
use super::marked::Marked;
use super::style::Tone;
use super::width;

/// Spaces between two columns.
pub(super) const GAP: usize = 2;

/// Text that has been made safe, and how it is to look.
pub(super) struct Piece<'a> {
    text: Marked<'a>,
    tone: Tone,
    /// Whether anything is marked in it, or was in what was cut away.
    is_marked: bool,
}

impl<'a> Piece<'a> {
    pub(super) fn new(text: Marked<'a>, tone: Tone) -> Self {
        Self {
            is_marked: !text.marks.is_empty(),
            text,
            tone,
        }
    }

    /// The columns that it takes.
    pub(super) fn width(&self) -> usize {
        width::of(&self.text.text)
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
        all.for_each(|piece| piece.text.cut(width));
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

/// Adds a line of cells, and what stands to the right of them. Blanks at its end are none of it.
pub(super) fn add_line<'a>(
    cells: impl Iterator<Item = &'a Laid<'a>>,
    bar: Option<&'a String>,
    to: &mut String,
) {
    let cells = cells.map(|cell| (&*cell.text, cell.place));
    let bar = bar.map(|bar| (bar.as_str(), Place::default()));
    let mut blanks = 0;
    for (text, place) in cells.chain(bar) {
        blanks += place.before as usize;
        if !text.is_empty() {
            match BLANKS.get(..blanks) {
                Some(few) => to.push_str(few),
                None => to.extend(std::iter::repeat_n(' ', blanks)),
            }
            to.push_str(text);
            blanks = 0;
        }
        blanks += place.behind as usize;
    }
}

/// As many as most cells need.
const BLANKS: &str = "                                ";
