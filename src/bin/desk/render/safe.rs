//! The one place where text from tickets is made safe for a terminal.
//!
//! A ticket is written by anybody who can send a mail. On a terminal its text may move the cursor,
//! rename the window, type into the shell (escape sequences), turn a line around so that it reads
//! as another one (bidi controls, "Trojan Source", CVE-2021-42574), or hide words (zero-width and
//! tag characters). Nothing is dropped here, everything is made visible: a C0 control as its
//! control picture (`␛`), the rest as `<U+202E>`, so that whoever reads it sees that something
//! stood there, and what.
//!
//! Joiners and variation selectors are left where scripts and emoji need them, and shown where
//! they could only deceive.

use std::borrow::Cow;

use unicode_normalization::char::is_combining_mark;

/// More marks than this on one letter are no writing system's, but an ink blot over other lines.
const MOST_MARKS: usize = 8;

/// Blanks that may be taken off the ends of a text without hiding anything.
pub(crate) const BLANK: [char; 4] = [' ', '\t', '\n', '\r'];

/// Text for one line: a cell, a subject, an error. A line break becomes `␊`, a tab a space.
pub(crate) fn line(text: &str) -> Cow<'_, str> {
    clean(text, Breaks::Shown)
}

/// [`line`], and where these places of the text, in order and each between two characters, are in it.
pub(crate) fn line_with<'a>(text: &'a str, places: &[usize]) -> (Cow<'a, str>, Vec<usize>) {
    if text.chars().all(is_plain) {
        return (Cow::Borrowed(text), places.to_vec());
    }
    let mut cleaner = Cleaner::new(text, Breaks::Shown);
    let mut moved = Vec::with_capacity(places.len());
    while moved.len() < places.len() {
        let done = text.len() - cleaner.left;
        if places[moved.len()] <= done {
            moved.push(cleaner.out.len());
        } else if !cleaner.step() {
            break;
        }
    }
    let cleaned = cleaner.run();
    moved.resize(places.len(), cleaned.len());
    (Cow::Owned(cleaned), moved)
}

/// Text of many lines: line breaks and tabs stay, CRLF becomes LF.
pub(crate) fn block(text: &str) -> Cow<'_, str> {
    clean(text, Breaks::Kept)
}

/// Whether a character is a control that no position makes legitimate: C0, DEL, C1, bidi,
/// invisible. JSON escapes these, so that they do not meet a terminal raw either.
pub(crate) fn is_hidden(c: char) -> bool {
    // Most of what is asked about is one of these.
    !matches!(c, ' '..='~') && (c.is_control() || is_invisible(c))
}

#[derive(Clone, Copy, PartialEq)]
enum Breaks {
    Shown,
    Kept,
}

fn clean(text: &str, breaks: Breaks) -> Cow<'_, str> {
    if text.chars().all(is_plain) {
        return Cow::Borrowed(text);
    }
    let cleaned = Cleaner::new(text, breaks).run();
    if cleaned == text {
        return Cow::Borrowed(text);
    }
    Cow::Owned(cleaned)
}

/// Whether a character is what it looks like, wherever it stands.
pub(crate) fn is_plain(c: char) -> bool {
    match c {
        ' '..='~' => true,
        '\0'..='\u{9f}' => false,
        '\u{a0}'..='\u{2ff}' => c != '\u{ad}',
        c => !(is_joiner(c) || is_selector(c) || is_invisible(c) || is_combining_mark(c)),
    }
}

/// Walks over a text and knows what stands before and after.
struct Cleaner<'a> {
    rest: std::iter::Peekable<std::str::Chars<'a>>,
    /// How many bytes `rest` has.
    left: usize,
    breaks: Breaks,
    out: String,
    /// The character before, as it was in the text; `None` at the start of a line.
    before: Option<char>,
    /// Whether it was a selector of the emoji form that stands where it may.
    is_selected: bool,
    /// Combining marks since the last base.
    marks: usize,
}

impl<'a> Cleaner<'a> {
    fn new(text: &'a str, breaks: Breaks) -> Self {
        Self {
            rest: text.chars().peekable(),
            left: text.len(),
            breaks,
            out: String::with_capacity(text.len() + 16),
            before: None,
            is_selected: false,
            marks: 0,
        }
    }

    fn run(mut self) -> String {
        while self.step() {}
        self.end_marks();
        self.out
    }

    /// Passes one character on, and what belongs to it; `false` if there is none left.
    fn step(&mut self) -> bool {
        let Some(c) = self.take() else {
            return false;
        };
        let is_selected = c == '\u{fe0f}' && self.selects(c);
        self.put(c);
        self.is_selected = is_selected;
        self.before = (c != '\n').then_some(c);
        true
    }

    fn take(&mut self) -> Option<char> {
        let c = self.rest.next()?;
        self.left -= c.len_utf8();
        Some(c)
    }

    fn put(&mut self, c: char) {
        if is_combining_mark(c) && !is_selector(c) && !is_invisible(c) {
            return self.put_mark(c);
        }
        // Neither joiner nor selector is a base: a pile does not start anew after one.
        if !(is_joiner(c) || is_selector(c)) {
            self.end_marks();
        }
        let kept = self.breaks == Breaks::Kept;
        match c {
            '\r' if kept && self.rest.peek() == Some(&'\n') => {}
            '\n' | '\t' if kept => self.out.push(c),
            '\t' => self.out.push(' '),
            '\0'..='\x1f' => self.out.push(picture(c)),
            '\x7f' => self.out.push('␡'),
            // In a pile that is cut it may lose what it stood before.
            _ if is_joiner(c) => self.put_if(self.marks < MOST_MARKS && self.joins(c), c),
            _ if is_selector(c) => self.put_if(self.marks < MOST_MARKS && self.selects(c), c),
            '\u{1f3f4}' => self.put_flag(),
            _ => self.put_if(!is_hidden(c), c),
        }
    }

    fn put_if(&mut self, legitimate: bool, c: char) {
        if legitimate {
            self.out.push(c);
        } else {
            self.out.push_str(&format!("<U+{:04X}>", u32::from(c)));
        }
    }

    /// A mark sits on what stands before it; without that it would sit on what we print there.
    fn put_mark(&mut self, c: char) {
        if self.before.is_none_or(is_hidden) {
            self.out.push('◌');
        }
        self.marks += 1;
        if self.marks <= MOST_MARKS {
            self.out.push(c);
        }
    }

    fn end_marks(&mut self) {
        if self.marks > MOST_MARKS {
            let cut = self.marks - MOST_MARKS;
            self.out.push_str(&format!("<+{cut} marks>"));
        }
        self.marks = 0;
    }

    /// A joiner stands between two letters of a script that joins, or two emoji.
    fn joins(&self, joiner: char) -> bool {
        let (Some(before), Some(&after)) = (self.before, self.rest.clone().peek()) else {
            return false;
        };
        (is_joining_script(before) && is_joining_script(after))
            || (joiner == '\u{200d}'
                && (is_pictograph(before) || self.is_selected)
                && is_pictograph(after))
    }

    /// A variation selector stands once, after a character that has variants.
    fn selects(&self, selector: char) -> bool {
        match (self.before, selector) {
            (Some('0'..='9' | '#' | '*'), '\u{fe0f}') => {
                self.rest.clone().peek() == Some(&'\u{20e3}')
            }
            (Some(base), '\u{e0100}'..='\u{e01ef}') => is_ideograph(base),
            (Some(base), _) => has_variants(base),
            (None, _) => false,
        }
    }

    /// A black flag, with the tags of a region where they make one (`🏴󠁧󠁢󠁷󠁬󠁳󠁿`, UTS #51 annex C).
    fn put_flag(&mut self) {
        self.out.push('\u{1f3f4}');
        let tags: String = self.rest.clone().take_while(|&c| is_tag(c)).collect();
        let region = tags.strip_suffix('\u{e007f}').unwrap_or_default();
        let is_region = (3..=6).contains(&region.chars().count())
            && region
                .chars()
                .all(|c| matches!(c, '\u{e0030}'..='\u{e0039}' | '\u{e0061}'..='\u{e007a}'));
        if is_region {
            for _ in tags.chars() {
                self.take();
            }
            self.out.push_str(&tags);
        }
    }
}

/// The control picture of a C0 control.
fn picture(c: char) -> char {
    char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{fffd}')
}

fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200c}' | '\u{200d}')
}

fn is_selector(c: char) -> bool {
    matches!(c, '\u{180b}'..='\u{180d}' | '\u{180f}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}')
}

fn is_tag(c: char) -> bool {
    matches!(c, '\u{e0020}'..='\u{e007f}')
}

/// What draws nothing, or turns the text around it, and is neither joiner nor selector.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}'                                             // soft hyphen
        | '\u{61c}' | '\u{200e}' | '\u{200f}'                // bidi marks
        | '\u{202a}'..='\u{202e}'                            // bidi embeddings and overrides
        | '\u{2060}'..='\u{206f}'                            // word joiner, bidi isolates, deprecated
        | '\u{200b}' | '\u{feff}'                            // zero-width spaces
        | '\u{2028}' | '\u{2029}'                            // line and paragraph separators
        | '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}'  // Hangul fillers
        | '\u{34f}' | '\u{17b4}' | '\u{17b5}' | '\u{180e}'
        | '\u{fff0}'..='\u{fffb}'                            // interlinear annotation
        | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e00ff}' | '\u{e01f0}'..='\u{e0fff}') // tags
}

/// Scripts whose spelling needs joiners: Hebrew to Myanmar (with Arabic and the Indic ones), the
/// Philippines to Mongolia, Limbu to Vedic, and their blocks further on.
fn is_joining_script(c: char) -> bool {
    matches!(c,
        '\u{590}'..='\u{109f}' | '\u{1700}'..='\u{180a}' | '\u{1810}'..='\u{18af}'
        | '\u{1900}'..='\u{1cff}' | '\u{a800}'..='\u{a95f}' | '\u{a980}'..='\u{abff}'
        | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}' | '\u{10a00}'..='\u{11fff}')
        && !is_hidden(c)
}

fn is_pictograph(c: char) -> bool {
    matches!(c, '\u{2190}'..='\u{2bff}' | '\u{1f000}'..='\u{1faff}')
}

fn is_ideograph(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// Characters for which Unicode knows variation sequences, roughly; no Latin letter among them.
fn has_variants(c: char) -> bool {
    matches!(c,
        '©' | '®' | '\u{1000}'..='\u{109f}' | '\u{1810}'..='\u{18af}' | '\u{203c}' | '\u{2049}'
        | '\u{2100}'..='\u{2bff}' | '\u{3000}'..='\u{303f}' | '\u{3297}' | '\u{3299}'
        | '\u{a840}'..='\u{a877}' | '\u{10ac0}'..='\u{10aff}')
        || is_pictograph(c)
        || is_ideograph(c)
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::select;
    use proptest::test_runner::{Config, TestRunner};

    use super::*;

    /// Written with escapes on both sides, so that no editor can change what is tested.
    #[test]
    fn hostile_text_is_made_visible() {
        let table = [
            ("\u{1b}[2Jgone", "␛[2Jgone"),
            ("\u{1b}]0;title\u{7}", "␛]0;title␇"),
            ("a\0b", "a␀b"),
            ("over\rwritten", "over␍written"),
            ("a\r\nb", "a␍␊b"),
            ("a\nb\tc", "a␊b c"),
            ("\u{7f}\u{8}", "␡␈"),
            ("\u{9b}31mred\u{85}", "<U+009B>31mred<U+0085>"),
            ("abc\u{202e}txt.exe", "abc<U+202E>txt.exe"),
            ("\u{2066}x\u{2069}\u{61c}", "<U+2066>x<U+2069><U+061C>"),
            ("pass\u{200b}word", "pass<U+200B>word"),
            ("\u{feff}bom", "<U+FEFF>bom"),
            ("soft\u{ad}hyphen", "soft<U+00AD>hyphen"),
            ("a\u{2028}b", "a<U+2028>b"),
            ("tag\u{e0041}", "tag<U+E0041>"),
            ("\u{fff9}x\u{fffb}", "<U+FFF9>x<U+FFFB>"),
            ("\u{3164}", "<U+3164>"),
            // Joiners where nothing joins.
            ("ad\u{200d}min", "ad<U+200D>min"),
            ("\u{200c}\u{645}", "<U+200C>\u{645}"),
            ("\u{645}\u{200c}", "\u{645}<U+200C>"),
            (
                "\u{645}\u{200c}\u{200c}\u{62e}",
                "\u{645}<U+200C><U+200C>\u{62e}",
            ),
            ("\u{e9}\u{200d}\u{e9}", "\u{e9}<U+200D>\u{e9}"),
            // One behind a selector that selects nothing.
            ("\u{fe0f}\u{200d}\u{2764}", "<U+FE0F><U+200D>\u{2764}"),
            // Selectors on what has no variants, and more than one of them.
            ("a\u{fe0f}", "a<U+FE0F>"),
            ("1\u{fe0f}", "1<U+FE0F>"),
            ("\u{2764}\u{fe0f}\u{fe0f}", "\u{2764}\u{fe0f}<U+FE0F>"),
            // Tags that make no region's flag.
            ("\u{1f3f4}\u{e0068}\u{e0069}", "\u{1f3f4}<U+E0068><U+E0069>"),
            // A mark without a letter would sit on what we print before it.
            ("\u{301}a", "◌\u{301}a"),
        ];
        for (hostile, expected) in table {
            assert_eq!(line(hostile), expected, "{hostile:?}");
            assert!(!line(hostile).chars().any(is_hidden), "{hostile:?}");
        }
    }

    #[test]
    fn a_block_keeps_its_lines() {
        assert_eq!(block("a\r\nb\n\tc"), "a\nb\n\tc");
        assert_eq!(block("a\rb\u{b}\u{c}"), "a␍b␋␌");
        assert_eq!(block("a\n\u{301}b"), "a\n◌\u{301}b");
        assert!(matches!(block("a\n\tb"), Cow::Borrowed(_)));
    }

    #[test]
    fn real_writing_is_borrowed_as_it_is() {
        let table = [
            "",
            "plain ~ text",
            "Máy in tầng 3 bị kẹt giấy",
            "Ma\u{301}y in ta\u{302}\u{300}ng 3",
            "Blåbærsyltetøy på Åsgård",
            "打印机卡纸了",
            "می\u{200c}خواهم",
            "क\u{94d}\u{200d}ष",
            "👩\u{200d}👩\u{200d}👧\u{200d}👦 ❤\u{fe0f}\u{200d}🔥 👍🏽 🇳🇴🇻🇳 1\u{fe0f}\u{20e3}",
            "🏴\u{e0067}\u{e0062}\u{e0077}\u{e006c}\u{e0073}\u{e007f}",
            "葛\u{e0100}",
            "1\u{202f}000\u{a0}kr",
        ];
        for text in table {
            assert!(
                matches!(line(text), Cow::Borrowed(same) if same == text),
                "{text:?}"
            );
        }
    }

    #[test]
    fn a_pile_of_marks_is_cut() {
        let pile = format!("a{}b", "\u{301}".repeat(50));
        let expected = format!("a{}<+42 marks>b", "\u{301}".repeat(8));
        assert_eq!(line(&pile), expected);

        let joined = format!(
            "\u{627}{}\u{628}",
            "\u{64b}\u{64b}\u{64b}\u{200d}".repeat(9)
        );
        assert!(line(&joined).contains("<+19 marks>"), "{}", line(&joined));
    }

    /// Words, what is hidden, and what is legitimate in some places only.
    fn any_text() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            3 => ".{0,6}",
            3 => select(vec![
                "a", "1", "#", " ", "\n", "\r", "\r\n", "\t", "\0", "\u{1b}[31m", "\u{7f}", "\u{85}",
                "\u{9b}", "\u{ad}", "\u{61c}", "\u{200b}", "\u{200c}", "\u{200d}", "\u{200e}",
                "\u{2028}", "\u{202e}", "\u{2066}", "\u{2069}", "\u{feff}", "\u{fe0f}", "\u{fe0e}",
                "\u{e0100}", "\u{180b}", "\u{20e3}", "\u{301}", "\u{34f}", "\u{64b}", "\u{94d}",
                "\u{627}", "\u{915}", "\u{845b}", "\u{2764}", "\u{1f469}", "\u{1f3f4}", "\u{e0067}",
                "\u{e0062}", "\u{e0065}", "\u{e006e}", "\u{e007f}", "\u{e0001}", "\u{3164}", "\u{fff9}",
            ]).prop_map(str::to_owned),
            1 => any::<char>().prop_map(String::from),
            1 => (select(vec!["\u{301}", "\u{64b}", "\u{20dd}"]), 1..20_usize)
                .prop_map(|(mark, times)| mark.repeat(times)),
        ];
        vec(piece, 0..12).prop_map(|pieces| pieces.concat())
    }

    #[test]
    fn whatever_comes_nothing_hidden_remains() {
        // A region's flag may keep its tags.
        let hidden = |c| is_hidden(c) && !is_tag(c);
        check(&any_text(), |text| {
            let (line, block) = (line(&text), block(&text));
            prop_assert!(!line.chars().any(hidden), "{line:?}");
            let breaks = ['\n', '\t'];
            prop_assert!(
                !block.chars().any(|c| hidden(c) && !breaks.contains(&c)),
                "{block:?}"
            );
            prop_assert_eq!(&super::line(&line), &line);
            prop_assert_eq!(&super::block(&block), &block);
            prop_assert!(
                line.len() <= 12 * text.len() + 16,
                "grown to {} bytes",
                line.len()
            );
            Ok(())
        });
    }

    #[test]
    fn text_without_anything_special_is_as_it_was() {
        check(
            &"[ -~\u{a1}-\u{ac}\u{ae}-\u{2ff}\u{1ea0}-\u{1eff}\u{4e00}-\u{9fff}]*",
            |text| {
                prop_assert!(matches!(line(&text), Cow::Borrowed(same) if same == text));
                prop_assert!(matches!(block(&text), Cow::Borrowed(same) if same == text));
                Ok(())
            },
        );
    }

    /// A few thousand cases; with `DESK_LONG=1` a hundred times as many.
    fn check<S: Strategy>(texts: &S, test: impl Fn(S::Value) -> Result<(), TestCaseError>) {
        #[expect(clippy::disallowed_methods, reason = "the one who tests says how long")]
        let long = std::env::var_os("DESK_LONG").is_some();
        let config = Config {
            cases: if long { 400_000 } else { 4_000 },
            failure_persistence: None,
            ..Config::default()
        };
        TestRunner::new(config).run(texts, test).unwrap();
    }
}
