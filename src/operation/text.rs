//! The texts of a request, as a ticket takes them: without what says nothing.

use crate::composed::composed;
use crate::error::{Error, Result};

/// The text of a message, if it says something.
pub(super) fn text(message: Option<&String>) -> Option<&str> {
    message
        .map(|text| text.trim_end())
        .filter(|text| !text.trim().is_empty())
}

/// The text of a message that must say something.
pub(super) fn required_text<'m>(message: Option<&'m String>, what: &str) -> Result<&'m str> {
    text(message).ok_or_else(|| {
        Error::refused(format!("{what} is missing"))
            .with_hint("give it with -m TEXT, -F FILE or -e")
    })
}

/// The longest subject, in characters: it is one line of a list.
const LONGEST_SUBJECT: usize = 500;

/// A subject that can be a line of a list.
pub(super) fn subject(given: &str) -> Result<String> {
    let subject = composed(given.trim());
    if !subject.chars().any(is_seen) {
        return Err(Error::usage("the subject is empty")
            .with_hint("say in one line what it is about: desk open 'Printer jams'"));
    }
    if subject.chars().count() > LONGEST_SUBJECT {
        return Err(Error::usage(format!(
            "the subject is longer than {LONGEST_SUBJECT} characters"
        ))
        .with_hint("give the rest as the description, with -m TEXT or -F FILE"));
    }
    Ok(subject.into_owned())
}

/// Whether a character leaves a trace on a screen. White space, controls, and what only joins or
/// directs others (zero width, bidi: Unicode's default ignorables of general punctuation) do not.
fn is_seen(c: char) -> bool {
    let is_ignorable = matches!(
        c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}'
    );
    !c.is_whitespace() && !c.is_control() && !is_ignorable
}

/// A short text, without the white space around it; nothing if it is empty.
pub(super) fn short_text(given: Option<&String>) -> Option<String> {
    given
        .map(|text| composed(text.trim()).into_owned())
        .filter(|text| !text.is_empty())
}

/// A team; `none` is none, as it is in queries and for assignees.
pub(super) fn team_name(given: &str) -> Option<String> {
    Some(given.trim())
        .filter(|team| !team.is_empty() && !team.eq_ignore_ascii_case("none"))
        .map(|team| composed(team).into_owned())
}

/// Words, each once, in the order given.
pub(super) fn distinct(words: &[String]) -> Vec<String> {
    let mut distinct = Vec::new();
    for word in words.iter().map(|word| composed(word.trim())) {
        if !word.is_empty() && !distinct.iter().any(|known| *known == word) {
            distinct.push(word.into_owned());
        }
    }
    distinct
}
