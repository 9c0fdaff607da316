//! A line for a terminal, of which parts are marked: what was searched for.
//!
//! Marks are byte ranges. They are found in a text as it was written, and go with it while it is made
//! safe, cut and painted.

use std::borrow::Cow;
use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

use super::style::Tone;
use super::{safe, width};

/// What stands for what was cut away.
const MORE: &str = "…";

/// A safe line, and what is marked in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Marked<'a> {
    /// The line.
    pub(crate) text: Cow<'a, str>,
    /// Its marked parts, in order and apart from each other.
    pub(crate) marks: Vec<Range<usize>>,
}

impl<'a> Marked<'a> {
    /// A text made safe, without the blanks at its ends, and with the marks that it had.
    pub(crate) fn new(text: &'a str, marks: &[Range<usize>]) -> Self {
        let trimmed = text.trim_matches(safe::BLANK);
        if marks.is_empty() {
            return safe::line(trimmed).into();
        }
        let behind = text.trim_start_matches(safe::BLANK);
        let before = text.len() - behind.len();
        let within = |at: usize| at.saturating_sub(before).min(trimmed.len());
        let bounds = marks.iter().flat_map(|mark| [mark.start, mark.end]);
        let bounds: Vec<usize> = bounds.map(within).collect();
        let (text, bounds) = safe::line_with(trimmed, &bounds);
        let marks = bounds.chunks_exact(2).map(|pair| pair[0]..pair[1]);
        Self {
            text,
            marks: marks.collect(),
        }
    }

    /// The same of a text that may be its own: where nothing had to be done to it, it is kept.
    pub(crate) fn of(text: Cow<'a, str>, marks: &[Range<usize>]) -> Self {
        let text = match text {
            Cow::Borrowed(text) => return Self::new(text, marks),
            Cow::Owned(text) => text,
        };
        let Marked { text: safe, marks } = Marked::new(&text, marks);
        let changed = match safe {
            Cow::Borrowed(same) if same.len() == text.len() => None,
            other => Some(other.into_owned()),
        };
        Self {
            text: Cow::Owned(changed.unwrap_or(text)),
            marks,
        }
    }

    /// Cuts the end off, if the line is wider than that.
    pub(crate) fn cut(&mut self, width: usize) {
        if width::of(&self.text) <= width {
            return;
        }
        let cut = width::cut(&self.text, width).into_owned();
        let kept = cut.strip_suffix(MORE).unwrap_or(&cut).len();
        self.marks.retain(|mark| mark.start < kept);
        for mark in &mut self.marks {
            mark.end = mark.end.min(kept);
        }
        self.text = Cow::Owned(cut);
    }

    /// What is around the byte offset `at`, in so many columns: of what is before it at least a third
    /// of them, and more where little comes after.
    pub(crate) fn around(&self, at: usize, width: usize) -> Marked<'static> {
        let (before, behind) = self.text.split_at(at);
        let room = width.saturating_sub(width::of(behind));
        let start = start_of_tail(before, room.max(width / 3));
        let mut text = String::new();
        if start > 0 {
            text.push_str(MORE);
        }
        let shift = text.len();
        text.push_str(&self.text[start..]);
        let marks = self.marks.iter().filter(|mark| mark.start >= start);
        let marks = marks.map(|mark| mark.start - start + shift..mark.end - start + shift);
        let mut around = Marked {
            text: Cow::Owned(text),
            marks: marks.collect(),
        };
        around.cut(width);
        around
    }

    /// The line in a tone, and what is marked in that of marks, if `colour` is wanted.
    pub(crate) fn paint(&self, tone: Tone, colour: bool) -> Cow<'_, str> {
        if self.marks.is_empty() || !colour {
            return tone.paint(&self.text, colour);
        }
        let mut painted = String::with_capacity(self.text.len() + 16 * self.marks.len());
        let mut done = 0;
        for mark in &self.marks {
            painted.push_str(&tone.paint(&self.text[done..mark.start], colour));
            painted.push_str(&Tone::Mark.paint(&self.text[mark.clone()], colour));
            done = mark.end;
        }
        painted.push_str(&tone.paint(&self.text[done..], colour));
        Cow::Owned(painted)
    }
}

impl<'a> From<Cow<'a, str>> for Marked<'a> {
    fn from(text: Cow<'a, str>) -> Self {
        Self {
            text,
            marks: Vec::new(),
        }
    }
}

/// Where the last `width` columns of a text begin, one of which is for what stands for the rest; at a
/// word, if one begins there.
fn start_of_tail(text: &str, width: usize) -> usize {
    if width::of(text) <= width {
        return 0;
    }
    let mut used = 1;
    let graphemes = text.grapheme_indices(true).rev();
    let fitting = graphemes.take_while(|(_, grapheme)| {
        used += width::of(grapheme);
        used <= width
    });
    let start = fitting.last().map_or(text.len(), |(at, _)| at);
    let tail = &text[start..];
    match tail.find(' ') {
        _ if text[..start].ends_with(' ') => start,
        // What is before the first space is the end of a word.
        Some(space) if space + 1 < tail.len() => start + space + 1,
        _ => start,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FAMILY: &str = "👩\u{200d}👩\u{200d}👧\u{200d}👦";

    /// A line of which what is in brackets is marked.
    fn line(text: &str) -> Marked<'static> {
        let mut plain = String::new();
        let mut marks = Vec::new();
        for part in text.split('[') {
            let Some((mark, rest)) = part.split_once(']') else {
                plain.push_str(part);
                continue;
            };
            marks.push(plain.len()..plain.len() + mark.len());
            plain.push_str(mark);
            plain.push_str(rest);
        }
        Marked::of(plain.into(), &marks)
    }

    /// The line with brackets around what is marked.
    fn shown(line: &Marked<'_>) -> String {
        let mut text = line.text.to_string();
        for mark in line.marks.iter().rev() {
            text.insert(mark.end, ']');
            text.insert(mark.start, '[');
        }
        text
    }

    #[test]
    fn marks_stay_where_they_are_while_a_text_is_made_safe() {
        let table = [
            ("a [b] c", "a [b] c"),
            (" \n [b] ", "[b]"),
            ("\u{1b}[7m", "␛7m"),
            (
                "x\u{1b}\u{202e} [b\u{ad}c]\nd [e]",
                "x␛<U+202E> [b<U+00AD>c]␊d [e]",
            ),
            (
                "🏴\u{e0067}\u{e0062}\u{e0077}\u{e006c}\u{e0073}\u{e007f} [máy] in",
                "🏴\u{e0067}\u{e0062}\u{e0077}\u{e006c}\u{e0073}\u{e007f} [máy] in",
            ),
            ("a\r\nb [c]", "a␍␊b [c]"),
        ];
        for (text, expected) in table {
            assert_eq!(shown(&line(text)), expected, "{text:?}");
        }
    }

    #[test]
    fn what_is_cut_away_is_marked_no_more() {
        for (width, expected) in [
            (20, "one [two] [three]"),
            (12, "one [two] [thr]…"),
            (9, "one [two]…"),
            (6, "one [t]…"),
            (4, "one…"),
            (0, ""),
        ] {
            let mut line = line("one [two] [three]");
            line.cut(width);
            assert_eq!(shown(&line), expected, "{width}");
        }
    }

    #[test]
    fn around_a_mark_is_what_fits() {
        let family = format!("{FAMILY}{FAMILY}{FAMILY}{FAMILY}[{FAMILY}]{FAMILY}");
        let table = [
            ("all [of] it", 20, "all [of] it".to_owned()),
            (
                "the paper tray was [changed] yesterday by somebody",
                30,
                "…tray was [changed] yesterday b…".to_owned(),
            ),
            (
                "[the] paper tray was changed yesterday",
                20,
                "[the] paper tray was…".to_owned(),
            ),
            // Little comes after: then more of what is before.
            (
                "the paper tray was changed [yesterday]",
                24,
                "…was changed [yesterday]".to_owned(),
            ),
            (
                "三楼的打印机每天早上都会[卡纸]已经重启过很多次了",
                18,
                "…都会[卡纸]已经重启…".to_owned(),
            ),
            (&family, 9, format!("…{FAMILY}{FAMILY}[{FAMILY}]{FAMILY}")),
        ];
        for (text, width, expected) in table {
            let line = line(text);
            let around = line.around(line.marks[0].start, width);
            assert_eq!(shown(&around), expected, "{text} in {width}");
            assert!(width::of(&around.text) <= width, "{text} in {width}");
        }
    }

    #[test]
    fn marks_are_painted_over_the_tone() {
        let line = line("a [b] c");
        assert_eq!(line.paint(Tone::Alarm, false), "a b c");
        let mark = Tone::Mark.paint("b", true);
        assert_eq!(
            line.paint(Tone::Dim, true),
            format!("\u{1b}[2ma \u{1b}[0m{mark}\u{1b}[2m c\u{1b}[0m")
        );
    }
}
