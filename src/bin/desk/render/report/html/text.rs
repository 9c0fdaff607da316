//! Text on a page in HTML: made safe, and escaped.

use std::borrow::Cow;

use super::super::super::safe;

/// `time to resolve`, of a name for programs.
pub(super) fn words(name: &str) -> String {
    name.replace(['_', '.'], " ")
}

/// The same as it stands at the beginning of a sentence.
pub(super) fn sentence(name: &str) -> String {
    capital(&words(name))
}

pub(in crate::render::report) fn capital(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

/// Text of one line, made safe for who reads it and for what shows it.
pub(super) fn text(text: &str) -> Cow<'_, str> {
    match safe::line(text) {
        Cow::Borrowed(text) => escape(text),
        Cow::Owned(text) => Cow::Owned(escape(&text).into_owned()),
    }
}

/// A sentence of the program's, in which names for programs stand between backticks.
pub(super) fn prose(sentence: &str) -> String {
    let parts = sentence.split('`').enumerate();
    let part = |(i, part)| match i % 2 {
        0 => escape(part).into_owned(),
        _ => format!("<code>{}</code>", escape(part)),
    };
    parts.map(part).collect()
}

/// Text in which nothing is a tag, an entity or the end of an attribute.
pub(super) fn escape(text: &str) -> Cow<'_, str> {
    if !text.contains(['&', '<', '>', '"', '\'']) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    Cow::Owned(escaped)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_text_is_markup() {
        let table = [
            ("plain", "plain"),
            ("<b>&amp;</b>", "&lt;b&gt;&amp;amp;&lt;/b&gt;"),
            ("\" onload='x'", "&quot; onload=&#39;x&#39;"),
            ("a\nb\0\u{202e}", "a␊b␀&lt;U+202E&gt;"),
        ];
        for (given, expected) in table {
            assert_eq!(text(given), expected, "{given:?}");
        }
    }
}
