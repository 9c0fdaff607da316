//! Words, and where they stand in a text.
//!
//! A bare word is found anywhere, even inside another one: part of a number or of a reference is
//! often all that somebody remembers, and Chinese, Japanese or Thai put no spaces between words. A
//! phrase and a `prefix*` are what one writes to be exact, so they mind where words begin and end.

use super::fold::{folded, folded_line};
use crate::ticket::Ticket;

/// What is searched for in all that was written on a ticket. The texts are in folded form (see
/// [`folded`]), and never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Words {
    /// Found anywhere; if it is all digits, in the ticket's number too.
    Word(String),
    /// Found where a word begins.
    Prefix(String),
    /// Found as whole words, with any white space between them.
    Phrase(String),
}

impl Words {
    /// Whether they stand in the subject, the description, a message of the history, the
    /// resolution, the requester, a tag or the reference of `ticket`, or are part of its number.
    pub fn matches(&self, ticket: &Ticket) -> bool {
        self.in_number(ticket) || texts(ticket).any(|text| self.stand_in(text))
    }

    /// Whether they stand in one text.
    pub fn stand_in(&self, text: &str) -> bool {
        match self {
            Self::Word(word) => folded(text).contains(word.as_str()),
            Self::Prefix(prefix) => stands_at(&folded_line(text), prefix, |_, _| true),
            Self::Phrase(phrase) => stands_at(&folded_line(text), phrase, is_border),
        }
    }

    fn in_number(&self, ticket: &Ticket) -> bool {
        let Self::Word(word) = self else { return false };
        word.bytes().all(|b| b.is_ascii_digit()) && ticket.id.to_string().contains(word.as_str())
    }
}

/// All that words are searched in.
fn texts(ticket: &Ticket) -> impl Iterator<Item = &str> {
    let state = &ticket.state;
    let single = [
        Some(state.subject.as_str()),
        state.reference.as_ref().map(|reference| reference.as_str()),
        state.requester.as_deref(),
        state.description.as_deref(),
        state.resolution.as_deref(),
    ];
    let messages = ticket.events.iter().filter_map(|e| e.message.as_deref());
    let tags = state.tags.iter().map(String::as_str);
    single.into_iter().flatten().chain(tags).chain(messages)
}

/// Whether `wanted` stands in `text` from where a word begins to where `ends` agrees.
fn stands_at(text: &str, wanted: &str, ends: impl Fn(&str, usize) -> bool) -> bool {
    text.char_indices().any(|(at, _)| {
        text[at..].starts_with(wanted) && is_border(text, at) && ends(text, at + wanted.len())
    })
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
        let text = "Xưởng 2: máy\n in-laser  hỏng; lỗi 0x80070005, xem a b a b ac";
        // wanted, as a word, as a prefix, as a phrase
        let table = [
            ("may", true, true, true),
            ("ma", true, true, false),
            ("ay", true, false, false),
            ("may in", false, true, true),
            ("in laser", false, false, false),
            ("in-laser", true, true, true),
            ("laser hong", false, true, true),
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
            let wanted = folded(wanted);
            for words in [
                Words::Word(wanted.clone()),
                Words::Prefix(wanted.clone()),
                Words::Phrase(wanted.clone()),
            ] {
                assert!(words.stand_in(text), "{words:?} in {text}");
            }
        }
    }
}
