//! Words, and where they stand in a text.
//!
//! A bare word is found anywhere, even inside another one: part of a number or of a reference is
//! often all that somebody remembers, Norwegian joins words, and Chinese, Japanese or Thai put no
//! spaces between them. One or two letters stand inside almost every word, so they are found only
//! where a word begins. A phrase and a `prefix*` are what one writes to be exact, so they mind where
//! words begin and end.
//!
//! What is compared is [`searchable`]: one text a ticket, which an index keeps too. So that it need
//! not compare them all, it looks up [`tokens`], by the [`Clue`]s that words give.

use super::fold::folded_line;
use crate::ticket::Ticket;

/// What is searched for in all that was written on a ticket. The texts are in folded form (see
/// [`super::folded`]) with single spaces, and never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Words {
    /// Found anywhere; of one or two letters, where a word begins.
    Word(String),
    /// Found where a word begins.
    Prefix(String),
    /// Found as whole words.
    Phrase(String),
}

/// So many letters say enough to be looked for within words.
pub(crate) const INFIX: usize = 3;

impl Words {
    /// Whether they stand in a text, which is in folded form.
    pub fn stand_in(&self, text: &str) -> bool {
        self.places(text).next().is_some()
    }

    /// Where they stand in a text in folded form, as byte offsets.
    pub fn places<'a>(
        &'a self,
        text: &'a str,
    ) -> impl Iterator<Item = std::ops::Range<usize>> + 'a {
        let wanted = self.text();
        let fits = move |at: &usize| match self {
            Self::Word(_) if self.is_infix() => true,
            Self::Word(_) | Self::Prefix(_) => is_border(text, *at),
            Self::Phrase(_) => is_border(text, *at) && is_border(text, *at + wanted.len()),
        };
        occurrences(text, wanted)
            .filter(fits)
            .map(|at| at..at + wanted.len())
    }

    /// What is looked for.
    pub fn text(&self) -> &str {
        match self {
            Self::Word(text) | Self::Prefix(text) | Self::Phrase(text) => text,
        }
    }

    /// Whether they are found within words, too.
    pub(crate) fn is_infix(&self) -> bool {
        matches!(self, Self::Word(word) if word.chars().nth(INFIX - 1).is_some())
    }

    /// How near they stand to what a ticket is about: 3 in its number, reference or subject, 2 in its
    /// requester or tags, 1 anywhere else, 0 nowhere.
    pub(crate) fn nearness(&self, searchable: &str) -> u8 {
        let groups = searchable.split(GROUP).zip([3, 2, 1]);
        let mut near = groups.filter(|(group, _)| self.stand_in(group));
        near.next().map_or(0, |(_, nearness)| nearness)
    }

    /// What must be among the tokens of a text in which they stand; of nothing, every text may be
    /// such a one.
    pub(crate) fn clues(&self) -> Vec<Clue> {
        let text = self.text();
        let open_end = !matches!(self, Self::Phrase(_));
        let mut clues = Vec::new();
        for (at, piece) in pieces(text) {
            let begins = at > 0 || !self.is_infix();
            let ends = at + piece.text().len() < text.len() || !open_end;
            piece.add_clues(begins, ends, &mut clues);
        }
        clues
    }
}

/// What words say of the tokens of a text that they stand in: there is one that...
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Clue {
    /// is this.
    Is(String),
    /// begins with this.
    Begins(String),
    /// has this somewhere in it, or is longer than [`LONGEST`].
    Holds(String),
}

/// Stands between two texts of a ticket: in no folded text, so nothing is found across it.
const TEXT: char = '\u{1f}';

/// Stands between two groups of texts.
const GROUP: char = '\u{1e}';

/// All that is searched of a ticket, in folded form: number, reference, subject; requester, tags;
/// description, resolution, messages.
pub(crate) fn searchable(ticket: &Ticket) -> String {
    let state = &ticket.state;
    let number = ticket.id.to_string();
    let reference = state.reference.as_ref().map(|reference| reference.as_str());
    let near = [Some(number.as_str()), reference, Some(&state.subject)];
    let people = [state.requester.as_deref()];
    let tags = state.tags.iter().map(String::as_str);
    let told = [state.description.as_deref(), state.resolution.as_deref()];
    let messages = ticket.events.iter().filter_map(|e| e.message.as_deref());
    let mut all = String::with_capacity(512);
    add(near.into_iter().flatten(), &mut all);
    all.push(GROUP);
    add(people.into_iter().flatten().chain(tags), &mut all);
    all.push(GROUP);
    add(told.into_iter().flatten().chain(messages), &mut all);
    all
}

fn add<'a>(texts: impl Iterator<Item = &'a str>, all: &mut String) {
    for (index, text) in texts.enumerate() {
        if index > 0 {
            all.push(TEXT);
        }
        all.push_str(&one_line(folded_line(text)));
    }
}

/// A text in folded form without what stands between texts.
pub(super) fn one_line(folded: String) -> String {
    match folded.contains([TEXT, GROUP]) {
        true => folded.replace([TEXT, GROUP], " "),
        false => folded,
    }
}

/// Every place where `wanted` stands in `text`; places may overlap.
fn occurrences<'a>(text: &'a str, wanted: &'a str) -> impl Iterator<Item = usize> + 'a {
    let mut from = 0;
    std::iter::from_fn(move || {
        let at = from + text.get(from..)?.find(wanted)?;
        let first = text[at..].chars().next().map_or(1, char::len_utf8);
        from = at + first;
        Some(at)
    })
}

/// A word longer than this is a token cut to so many characters, beside [`LONG`]: what is in such a
/// one (a key, an encoded file) is looked for in the text itself.
const LONGEST: usize = 64;

/// No word has this sign in it: what begins with it is no word, but says something of the text.
pub(crate) const MARK: char = '¶';

/// The token that a text has beside those of words that were cut: the mark alone.
pub(crate) const LONG: &str = "¶";

/// A part of a text that tokens come from.
enum Piece<'a> {
    /// Letters and digits between two borders.
    Word(&'a str),
    /// Characters of a script that puts no spaces between words.
    Run(&'a str),
}

impl<'a> Piece<'a> {
    fn text(&self) -> &'a str {
        match self {
            Self::Word(text) | Self::Run(text) => text,
        }
    }

    /// The tokens of the piece: a word is one; a run is every two of its characters that stand side
    /// by side, and its last one.
    fn tokens(&self, mut take: impl FnMut(&'a str)) {
        match self {
            Self::Word(word) => {
                let short = cut(word);
                take(short);
                if short.len() < word.len() {
                    take(LONG);
                }
            }
            Self::Run(run) => {
                for (at, first) in run.char_indices() {
                    let rest = &run[at + first.len_utf8()..];
                    let second = rest.chars().next().map_or(0, char::len_utf8);
                    take(&run[at..at + first.len_utf8() + second]);
                }
            }
        }
    }

    /// What the piece, as part of what is looked for, says of a text's tokens: `begins` and `ends`
    /// are whether a word of the text must begin and end where it does.
    fn add_clues(&self, begins: bool, ends: bool, clues: &mut Vec<Clue>) {
        match self {
            Self::Word(word) => {
                let short = cut(word);
                let whole = short.len() == word.len();
                clues.push(match begins {
                    true if ends && whole => Clue::Is(short.to_owned()),
                    true => Clue::Begins(short.to_owned()),
                    false => Clue::Holds((*word).to_owned()),
                });
            }
            Self::Run(run) => {
                let mut pairs = Vec::new();
                self.tokens(|token| pairs.push(token));
                // The last one goes on in the text, or does not.
                let last = pairs.pop();
                clues.extend(pairs.iter().map(|pair| Clue::Is((*pair).to_owned())));
                if run.chars().nth(1).is_none() {
                    clues.extend(last.map(|single| Clue::Begins(single.to_owned())));
                }
            }
        }
    }
}

/// The first [`LONGEST`] characters of a word.
fn cut(word: &str) -> &str {
    let end = word.char_indices().nth(LONGEST);
    end.map_or(word, |(at, _)| &word[..at])
}

/// The pieces of a text in folded form, each with its byte offset.
fn pieces(text: &str) -> impl Iterator<Item = (usize, Piece<'_>)> {
    let mut from = 0;
    std::iter::from_fn(move || {
        let rest = &text[from..];
        let skipped = rest.find(|c| is_unspaced(c) || c.is_alphanumeric())?;
        let rest = &rest[skipped..];
        let is_run = rest.starts_with(is_unspaced);
        let end = rest.find(|c: char| is_unspaced(c) != is_run || !(is_run || c.is_alphanumeric()));
        let piece = &rest[..end.unwrap_or(rest.len())];
        let at = from + skipped;
        from = at + piece.len();
        let piece = match is_run {
            true => Piece::Run(piece),
            false => Piece::Word(piece),
        };
        Some((at, piece))
    })
}

/// The tokens of a text in folded form: by them an index finds the texts in which words may stand.
pub(crate) fn tokens<'a>(text: &'a str, mut take: impl FnMut(&'a str)) {
    pieces(text).for_each(|(_, piece)| piece.tokens(&mut take));
}

/// Number and reference out of a [`searchable`] text, and what is behind them.
pub(crate) fn keys(searchable: &str, has_reference: bool) -> (&str, &str) {
    let texts = if has_reference { 2 } else { 1 };
    let end = searchable.match_indices(TEXT).nth(texts - 1);
    searchable.split_at(end.map_or(searchable.len(), |(at, _)| at))
}

/// Whether no word goes on across the byte offset `at` of `text`.
fn is_border(text: &str, at: usize) -> bool {
    let (before, after) = text.split_at(at);
    let joins = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() && !is_unspaced(c));
    !(joins(before.chars().next_back()) && joins(after.chars().next()))
}

/// Scripts that put no space between words; a word may begin and end at each of their characters.
fn is_unspaced(c: char) -> bool {
    matches!(c,
        // Thai and Lao; Myanmar; Khmer; kana; Han.
        '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}'
        | '\u{3005}'..='\u{3007}' | '\u{3040}'..='\u{30ff}' | '\u{31f0}'..='\u{31ff}'
        | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_prefixes_and_phrases_mind_borders_differently() {
        let text = folded_line("Xưởng 2: máy\n in-laser  hỏng; lỗi 0x80070005, xem a b a b ac");
        let text = text.as_str();
        // wanted, as a word, as a prefix, as a phrase
        let table = [
            ("may", true, true, true),
            // Two letters stand inside almost every word.
            ("ng", false, false, false),
            ("in", true, true, true),
            ("ma", true, true, false),
            ("ay", false, false, false),
            ("ase", true, false, false),
            ("may in", true, true, true),
            ("in laser", false, false, false),
            ("in-laser", true, true, true),
            ("laser hong", true, true, true),
            ("80070005", true, false, false),
            ("0x8007", true, true, false),
            ("ac", true, true, true),
            // The occurrence that counts overlaps one that does not.
            ("b a", true, true, true),
            ("b ac", true, true, true),
            ("nothing", false, false, false),
        ];
        for (wanted, word, prefix, phrase) in table {
            let wanted = wanted.to_owned();
            assert_eq!(Words::Word(wanted.clone()).stand_in(text), word, "{wanted}");
            assert_eq!(
                Words::Prefix(wanted.clone()).stand_in(text),
                prefix,
                "{wanted}*"
            );
            assert_eq!(
                Words::Phrase(wanted.clone()).stand_in(text),
                phrase,
                "\"{wanted}\""
            );
        }
        assert!(Words::Phrase("a b a".into()).stand_in("xa b a b a"));
    }

    #[test]
    fn a_text_without_spaces_has_words_everywhere() {
        for (text, wanted) in [
            ("请修打印机吧", "打印机"),
            ("プリンターが壊れた", "壊れた"),
            ("เครื่องพิมพ์เสีย", "เสีย"),
            ("HP打印机2号", "打印机"),
        ] {
            let wanted = folded_line(wanted);
            for words in [
                Words::Word(wanted.clone()),
                Words::Prefix(wanted.clone()),
                Words::Phrase(wanted.clone()),
            ] {
                assert!(words.stand_in(&folded_line(text)), "{words:?} in {text}");
            }
        }
    }

    /// What the clues promise, by plain comparison with all tokens.
    fn clues_hold(words: &Words, text: &str) -> bool {
        let mut all = Vec::new();
        tokens(text, |token| all.push(token));
        words.clues().iter().all(|clue| match clue {
            Clue::Is(wanted) => all.contains(&wanted.as_str()),
            Clue::Begins(wanted) => all.iter().any(|token| token.starts_with(wanted)),
            Clue::Holds(wanted) => all
                .iter()
                .any(|token| token.contains(wanted) || *token == LONG),
        })
    }

    #[test]
    fn where_words_stand_their_clues_hold() {
        let long = format!("{}needle{}", "x".repeat(80), "y".repeat(80));
        let texts = [
            "xuong 2: may in-laser hong; loi 0x80070005, xem a b a b ac",
            "hp打印机2号, 请修打印机吧",
            "เครื่องพิมพ์เสีย ok",
            "o'brien (it) 14:30 http://print/2",
            long.as_str(),
        ];
        let mut tried = 0;
        for text in texts {
            let ends: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
            for (n, &from) in ends.iter().enumerate() {
                for &to in ends[n + 1..].iter().step_by(1 + text.len() / 60) {
                    let part = text[from..to].trim().to_owned();
                    for words in [Words::Word, Words::Prefix, Words::Phrase] {
                        let words = words(part.clone());
                        if !part.is_empty() && words.stand_in(text) {
                            assert!(clues_hold(&words, text), "{words:?} in {text}");
                            tried += 1;
                        }
                    }
                }
            }
        }
        assert!(tried > 2_000, "{tried}");
        let none = Words::Word("quetzal".to_owned());
        assert!(!clues_hold(&none, texts[0]));
    }

    #[test]
    fn tokens_are_words_and_pairs() {
        let table = [
            ("", ""),
            ("may in-laser", "may in laser"),
            ("hp打印机2", "hp 打印 印机 机 2"),
            ("机", "机"),
            ("a\u{1f}b", "a b"),
            (
                "\u{b6}abc \u{b6}\u{b6}104 a\u{b6}bc\u{b7}d",
                "abc 104 a bc d",
            ),
        ];
        for (text, expected) in table {
            let mut all = Vec::new();
            tokens(text, |token| all.push(token));
            assert_eq!(all.join(" "), expected, "{text}");
        }
    }

    #[test]
    fn what_a_ticket_is_about_is_nearest() {
        let text = "7\u{1f}inc-1\u{1f}may in loi\u{1e}kari\u{1f}vip\u{1e}paper jam\u{1f}may";
        let table = [
            ("inc", 3),
            ("may", 3),
            ("kari", 2),
            ("vip", 2),
            ("paper", 1),
            ("none", 0),
        ];
        for (word, expected) in table {
            assert_eq!(
                Words::Word(word.to_owned()).nearness(text),
                expected,
                "{word}"
            );
        }
        assert_eq!(keys(text, true).0, "7\u{1f}inc-1");
        assert_eq!(keys("7\u{1f}loi\u{1e}", false).0, "7");
    }
}
