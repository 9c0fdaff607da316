//! Where words stand in a text as it was written.
//!
//! What is compared is the folded form of a text, whose bytes are others: an accent is gone, `ß` is
//! two letters. So a text is folded grapheme by grapheme, and each byte of the folded form knows from
//! which one it came.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

use super::fold::{folded, folded_line};
use super::words::{Words, one_line};

/// Where any of the words stand in a text, as byte ranges of it: in order, apart from each other, and
/// made of whole graphemes.
///
/// ```
/// # use desk::query::{Words, marks};
/// let words = Words::Word("may in".into());
/// assert_eq!(marks("Cái MÁY  IN hỏng", &[&words]), [5..13]);
/// ```
pub fn marks(text: &str, words: &[&Words]) -> Vec<Range<usize>> {
    // Most texts hold none of them, and folding is quicker without keeping account.
    let line = one_line(folded_line(text));
    let words = words.iter().filter(|words| words.stand_in(&line));
    let mut words = words.peekable();
    if words.peek().is_none() {
        return Vec::new();
    }
    let traced = Traced::new(text);
    let places = words.flat_map(|words| words.places(&traced.line));
    let mut found: Vec<_> = places.map(|place| traced.origin(&place)).collect();
    found.sort_unstable_by_key(|mark| (mark.start, mark.end));
    found.dedup_by(|next, mark| {
        let touch = next.start <= mark.end;
        if touch {
            mark.end = mark.end.max(next.end);
        }
        touch
    });
    found
}

/// A text as it is searched, with where it came from.
struct Traced {
    line: String,
    /// From which bytes on the line came from which bytes of the text.
    steps: Vec<(usize, Range<usize>)>,
}

impl Traced {
    fn new(text: &str) -> Self {
        let mut traced = Self {
            line: String::with_capacity(text.len()),
            steps: Vec::new(),
        };
        // Blanks that have not become a space yet: at the ends they never do.
        let mut blank: Option<Range<usize>> = None;
        for (at, grapheme) in text.grapheme_indices(true) {
            let origin = at..at + grapheme.len();
            for c in folded(grapheme).chars() {
                if c.is_whitespace() {
                    let from = blank.map_or(at, |blank| blank.start);
                    blank = Some(from..origin.end);
                    continue;
                }
                if let Some(blank) = blank.take().filter(|_| !traced.line.is_empty()) {
                    traced.push(' ', blank);
                }
                traced.push(c, origin.clone());
            }
        }
        traced.line = one_line(traced.line);
        traced
    }

    fn push(&mut self, c: char, origin: Range<usize>) {
        self.steps.push((self.line.len(), origin));
        self.line.push(c);
    }

    /// The bytes of the text that these bytes of the line came from.
    fn origin(&self, place: &Range<usize>) -> Range<usize> {
        let step = |at: usize| {
            let behind = self.steps.partition_point(|(from, _)| *from <= at);
            let (_, origin) = &self.steps[behind.saturating_sub(1)];
            origin.clone()
        };
        step(place.start).start..step(place.end - 1).end
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FAMILY: &str = "👩\u{200d}👩\u{200d}👧\u{200d}👦";

    /// The text with brackets around what is marked.
    fn marked(text: &str, words: &[&Words]) -> String {
        let mut marked = text.to_owned();
        for mark in marks(text, words).into_iter().rev() {
            marked.insert(mark.end, ']');
            marked.insert(mark.start, '[');
        }
        marked
    }

    #[test]
    fn what_is_found_is_marked_as_it_was_written() {
        let word = |text: &str| Words::Word(text.to_owned());
        let prefix = |text: &str| Words::Prefix(text.to_owned());
        let phrase = |text: &str| Words::Phrase(text.to_owned());
        let table = [
            ("printer", word("may"), "printer".to_owned()),
            ("", word("may"), String::new()),
            (
                "Máy in: máy nào?",
                word("may"),
                "[Máy] in: [máy] nào?".to_owned(),
            ),
            ("ma\u{301}y", word("may"), "[ma\u{301}y]".to_owned()),
            // Letters that fold to two: half of one is all of it.
            ("Straße", word("strass"), "[Straß]e".to_owned()),
            ("Ærø", word("aero"), "[Ærø]".to_owned()),
            ("Đà Nẵng", word("da nang"), "[Đà Nẵng]".to_owned()),
            ("pro\u{fb01}le", word("ile"), "pro[\u{fb01}le]".to_owned()),
            (
                "co\u{ad}operate",
                word("cooper"),
                "[co\u{ad}oper]ate".to_owned(),
            ),
            ("打印机卡纸", word("印机"), "打[印机]卡纸".to_owned()),
            ("เครื่องพิมพ์เสีย", word("พิมพ"), "เครื่อง[พิมพ์]เสีย".to_owned()),
            // A run of blanks is one space; those at the ends are none.
            (
                " \n paper \t jam\r\nagain ",
                phrase("paper jam again"),
                " \n [paper \t jam\r\nagain] ".to_owned(),
            ),
            ("ab abc xab", prefix("ab"), "[ab] [ab]c xab".to_owned()),
            ("ab abc xab", phrase("ab"), "[ab] abc xab".to_owned()),
            // Places that overlap are one.
            ("banana", word("ana"), "b[anana]".to_owned()),
            (
                &format!("x{FAMILY}y"),
                word(FAMILY.replace('\u{200d}', "").as_str()),
                format!("x[{FAMILY}]y"),
            ),
            // Part of a family is no part of what is seen.
            (
                &format!("x{FAMILY}y"),
                prefix("👦"),
                format!("x[{FAMILY}]y"),
            ),
            ("a\u{1f}b a b", phrase("a b"), "[a\u{1f}b] [a b]".to_owned()),
        ];
        for (text, words, expected) in table {
            assert_eq!(marked(text, &[&words]), expected, "{words:?}");
        }
        let both = [&word("printer"), &word("intern")];
        assert_eq!(
            marked("a printer, internal", &both),
            "a [printer], [intern]al"
        );
        assert_eq!(marked("abcdef", &[&word("abc"), &word("cde")]), "[abcde]f");
    }

    proptest! {
        #[test]
        fn grapheme_by_grapheme_is_the_same_as_at_once(
            text in "[a-cZß đÆİ\u{301}\u{323}\u{ad}\u{1e}\u{a0}\u{b4}\n\r打ﾌﾟ์พ\u{200d}👩ﬁ각\u{1100}]*|\\PC*",
        ) {
            prop_assert_eq!(Traced::new(&text).line, one_line(folded_line(&text)));
        }

        #[test]
        fn marks_are_whole_and_in_order(text in "[ab ßđé\u{301}打👩\u{200d}]*", wanted in "[abs]{1,3}") {
            let words = Words::Word(folded(&wanted));
            let found = marks(&text, &[&words]);
            prop_assert_eq!(found.is_empty(), !words.stand_in(&folded_line(&text)));
            let mut borders: Vec<usize> = text.grapheme_indices(true).map(|(at, _)| at).collect();
            borders.push(text.len());
            for mark in &found {
                prop_assert!(mark.start < mark.end);
                prop_assert!(borders.contains(&mark.start) && borders.contains(&mark.end));
            }
            prop_assert!(found.windows(2).all(|pair| pair[0].end < pair[1].start));
        }
    }
}
