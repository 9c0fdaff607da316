//! The form of a text that search compares: blind to case, accents and typographic variants, so
//! that `may in` finds `máy in` on a keyboard that has no `á`.
//!
//! Only accents are dropped. The vowel signs of Thai or Devanagari are combining marks too, but
//! they spell the word, and nobody leaves them out.

use unicode_normalization::UnicodeNormalization;

/// The case- and accent-blind form of a text; folding it again changes nothing.
///
/// ```
/// # use desk::query::folded;
/// assert_eq!(folded("MÁY IN Đà Nẵng"), "may in da nang");
/// ```
pub fn folded(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let mut out = String::with_capacity(text.len());
    // Lower case comes first as well as last: a few letters decompose in one case only.
    for c in text.chars().flat_map(char::to_lowercase).nfkd() {
        if is_dropped(c) {
            continue;
        }
        for lower in c.to_lowercase() {
            match spelled_out(lower) {
                Some(letters) => out.push_str(letters),
                None => out.push(lower),
            }
        }
    }
    out
}

/// [`folded`], with white space at the ends dropped and every other run of it one space.
pub(crate) fn folded_line(text: &str) -> String {
    let folded = folded(text);
    let mut line = String::with_capacity(folded.len());
    for word in folded.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    line
}

/// Accents, and what is invisible: soft hyphens, joiners, variation selectors.
fn is_dropped(c: char) -> bool {
    matches!(c,
        '\u{300}'..='\u{36f}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}'
        | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}'
        // Cyrillic titlo and its like; Hebrew points; Arabic vowels and the stretching tatweel.
        | '\u{483}'..='\u{489}' | '\u{591}'..='\u{5bd}' | '\u{5bf}' | '\u{5c1}' | '\u{5c2}'
        | '\u{5c4}' | '\u{5c5}' | '\u{5c7}' | '\u{640}' | '\u{64b}'..='\u{65f}' | '\u{670}'
        | '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{fe00}'..='\u{fe0f}')
}

/// What people type for a letter or a sign that Unicode does not decompose.
fn spelled_out(c: char) -> Option<&'static str> {
    Some(match c {
        'đ' | 'ð' | 'ɖ' | 'ɗ' => "d",
        'ø' | 'ɔ' => "o",
        'æ' => "ae",
        'œ' => "oe",
        'ł' => "l",
        'ß' => "ss",
        'ı' | 'ɨ' => "i",
        'þ' => "th",
        'ħ' => "h",
        'ŋ' => "n",
        'ĸ' => "k",
        'ŧ' => "t",
        'ə' | 'ɛ' => "e",
        'ɓ' | 'ƀ' => "b",
        'ȷ' => "j",
        'ʉ' => "u",
        'ƶ' => "z",
        'ς' => "σ",
        '‘' | '’' | 'ʼ' => "'",
        '“' | '”' | '„' => "\"",
        '‐' | '‒' | '–' | '—' | '−' => "-",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_accents_fall_away() {
        let table = [
            ("", ""),
            ("Printer DOWN", "printer down"),
            ("máy in lỗi", "may in loi"),
            // The same, written with combining marks.
            ("ma\u{301}y in lo\u{302}\u{303}i", "may in loi"),
            ("Đặng Thị Ước", "dang thi uoc"),
            ("Ærøskøbing", "aeroskobing"),
            ("Œuvre d’art", "oeuvre d'art"),
            ("Łódź", "lodz"),
            ("Straße STRAẞE", "strasse strasse"),
            ("İstanbul ISPARTA Diyarbakır", "istanbul isparta diyarbakir"),
            ("Þórður ĸ ŋ ŧ ħ", "thordur k n t h"),
            ("Ελλάς ΕΛΛΑΣ", "ελλασ ελλασ"),
            ("Ёлка Йод", "елка иод"),
            ("ﬁle ＡＢＣ１２３ ①", "file abc123 1"),
            ("co\u{ad}oper\u{200b}ate", "cooperate"),
            ("打印机", "打印机"),
            ("ﾌﾟﾘﾝﾀ", "フ\u{309a}リンタ"),
            ("เครื่องพิมพ์", "เครื่องพิมพ์"),
            ("कि की", "कि की"),
            ("مُحَمَّد", "محمد"),
            ("a – b — c", "a - b - c"),
        ];
        for (text, expected) in table {
            assert_eq!(folded(text), expected, "{text}");
        }
    }

    #[test]
    fn folding_twice_is_folding_once() {
        let every = (0..=0x0002_ffff).filter_map(char::from_u32);
        for c in every {
            let once = folded(c.encode_utf8(&mut [0; 4]));
            assert_eq!(folded(&once), once, "U+{:04X}", u32::from(c));
        }
    }

    #[test]
    fn white_space_is_one_space() {
        assert_eq!(folded_line("  Máy\n\t in\u{a0}\u{3000}LỖI "), "may in loi");
        assert_eq!(folded_line(" \n "), "");
    }
}
