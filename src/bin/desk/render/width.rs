//! How wide text is on a terminal, and how to cut and wrap it there.
//!
//! Counted in columns, over grapheme clusters: an accent takes none, a Chinese character two, a
//! family of emoji two. All of it works on text that [`super::safe`] has passed and that carries
//! no colours yet.

use std::borrow::Cow;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// The columns that a text of one line takes.
pub(crate) fn of(text: &str) -> usize {
    // Most cells of a table are such, and their width needs no tables.
    match text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        true => text.len(),
        false => text.width(),
    }
}

/// The text cut to at most `width` columns, with `…` in place of what is gone.
pub(crate) fn cut(text: &str, width: usize) -> Cow<'_, str> {
    if of(text) <= width {
        return Cow::Borrowed(text);
    }
    if width == 0 {
        return Cow::Borrowed("");
    }
    let (kept, _) = split(text, width - 1);
    Cow::Owned(format!("{}…", kept.trim_end()))
}

/// The longest beginning of whole graphemes that fits into `width` columns, and the rest.
fn split(text: &str, width: usize) -> (&str, &str) {
    let mut used = 0;
    let end = text
        .grapheme_indices(true)
        .find(|(_, grapheme)| {
            used += of(grapheme);
            used > width
        })
        .map_or(text.len(), |(at, _)| at);
    text.split_at(end)
}

/// The lines of a text, each at most `width` columns; nothing is lost but the spaces at which a
/// line is broken. `None` breaks at the text's own line ends only.
///
/// A line keeps its indentation, also in what it is broken into. A word that is too long is broken
/// between graphemes (Chinese has no spaces), except an address, which is of use only in one
/// piece: that runs over.
pub(crate) fn wrap(text: &str, width: Option<usize>) -> Vec<String> {
    let lines = text.lines().map(|line| line.replace('\t', "    "));
    match width {
        None => lines.map(|line| line.trim_end().to_owned()).collect(),
        Some(width) => lines.flat_map(|line| wrap_line(&line, width)).collect(),
    }
}

fn wrap_line(line: &str, width: usize) -> Vec<String> {
    let body = line.trim_start_matches(' ');
    let indent = (line.len() - body.len()).min(width / 2);
    let width = (width - indent).max(1);
    let mut lines = Lines::new(width);
    for word in body.split(' ') {
        lines.add(word);
    }
    let indent = " ".repeat(indent);
    lines
        .finish()
        .into_iter()
        .map(|line| format!("{indent}{line}").trim_end().to_owned())
        .collect()
}

/// Lines that are being filled with words.
struct Lines {
    width: usize,
    done: Vec<String>,
    line: String,
    /// Spaces that come before the next word, should it still fit.
    gap: usize,
}

impl Lines {
    fn new(width: usize) -> Self {
        Self {
            width,
            done: Vec::new(),
            line: String::new(),
            gap: 0,
        }
    }

    fn add(&mut self, word: &str) {
        // Between two spaces there is an empty word.
        if word.is_empty() {
            self.gap += 1;
            return;
        }
        let free = self.width.saturating_sub(of(&self.line) + self.gap);
        if of(word) > free {
            self.add_long(word, free);
        } else {
            self.line.push_str(&" ".repeat(self.gap));
            self.line.push_str(word);
        }
        self.gap = 1;
    }

    fn add_long(&mut self, word: &str, free: usize) {
        let breakable = of(word) > self.width && !word.contains("://");
        let (head, tail) = if breakable {
            split(word, free)
        } else {
            ("", word)
        };
        if !head.is_empty() {
            self.line.push_str(&" ".repeat(self.gap));
            self.line.push_str(head);
        }
        if !self.line.is_empty() {
            self.done.push(std::mem::take(&mut self.line));
        }
        self.line = if breakable {
            self.break_up(tail)
        } else {
            tail.to_owned()
        };
    }

    /// Whole lines of a word; what is left of it begins the next line.
    fn break_up(&mut self, mut word: &str) -> String {
        loop {
            let (head, tail) = match split(word, self.width) {
                // One grapheme alone may be wider than the line.
                ("", _) => split(word, of(word.graphemes(true).next().unwrap_or(word))),
                pair => pair,
            };
            if tail.is_empty() {
                return head.to_owned();
            }
            self.done.push(head.to_owned());
            word = tail;
        }
    }

    fn finish(mut self) -> Vec<String> {
        if !self.line.is_empty() || self.done.is_empty() {
            self.done.push(self.line);
        }
        self.done
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FAMILY: &str = "👩\u{200d}👩\u{200d}👧\u{200d}👦";

    #[test]
    fn width_is_what_a_terminal_shows() {
        let table = [
            ("Norge", 5),
            ("tầng", 4),
            ("ta\u{302}\u{300}ng", 4),
            ("打印机", 6),
            (FAMILY, 2),
            ("🇳🇴🇻🇳", 4),
            ("❤\u{fe0f}", 2),
        ];
        for (text, expected) in table {
            assert_eq!(of(text), expected, "{text}");
        }
    }

    #[test]
    fn cutting_keeps_graphemes_whole() {
        let table = [
            ("short", 5, "short"),
            ("too long", 5, "too…"),
            ("tooolong", 5, "tooo…"),
            ("打印机", 6, "打印机"),
            ("打印机", 5, "打印…"),
            ("打印机", 4, "打…"),
            ("e\u{301}e\u{301}e\u{301}", 2, "e\u{301}…"),
            ("🇳🇴🇻🇳", 3, "🇳🇴…"),
            ("🇳🇴🇻🇳", 2, "…"),
            ("x", 0, ""),
        ];
        for (text, width, expected) in table {
            assert_eq!(cut(text, width), expected, "{text} to {width}");
        }
        assert_eq!(cut(&format!("{FAMILY}abc"), 3), format!("{FAMILY}…"));
    }

    #[test]
    fn a_word_of_megabytes_is_wrapped_in_no_time() {
        let lines = wrap(&"x".repeat(4 << 20), Some(64));
        assert_eq!(lines.len(), (4 << 20) / 64);
    }

    proptest::proptest! {
        #[test]
        fn wrapping_loses_nothing_and_cutting_fits(text in "[a-z 打é👩\u{301}\n]*", width in 1_usize..20) {
            let solid = |text: &str| text.replace([' ', '\n'], "");
            assert_eq!(solid(&wrap(&text, Some(width)).concat()), solid(&text));
            let line = text.replace('\n', " ");
            assert!(of(&cut(&line, width)) <= width);
        }
    }

    #[test]
    fn wrapping_breaks_at_words_and_loses_nothing() {
        let table: [(&str, usize, &[&str]); 11] = [
            ("", 9, &[]),
            ("one two three", 9, &["one two", "three"]),
            ("one\n\ntwo", 9, &["one", "", "two"]),
            ("  - one two", 7, &["  - one", "  two"]),
            ("\tcode", 20, &["    code"]),
            ("a  b", 9, &["a  b"]),
            ("abcdefghij", 4, &["abcd", "efgh", "ij"]),
            ("xy 打印机卡纸", 6, &["xy 打", "印机卡", "纸"]),
            (
                "see http://desk.test/long",
                8,
                &["see", "http://desk.test/long"],
            ),
            ("ta\u{302}\u{300}ng ba", 4, &["ta\u{302}\u{300}ng", "ba"]),
            ("打", 1, &["打"]),
        ];
        for (text, width, expected) in table {
            assert_eq!(wrap(text, Some(width)), expected, "{text:?} in {width}");
        }
        assert_eq!(
            wrap("a very long line  \nb", None),
            ["a very long line", "b"]
        );
    }
}
