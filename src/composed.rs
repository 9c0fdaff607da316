//! Names as they are kept and compared: composed (Unicode's form NFC).
//!
//! One keyboard writes `ọ` as one character, another one as two, and nobody sees which. So whoever is
//! named is the same person, whatever wrote the name.

use std::borrow::Cow;

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// A text with its letters composed.
pub(crate) fn composed(text: &str) -> Cow<'_, str> {
    // Of ASCII is most of what is read, and none of it is looked up.
    let is_composed = match text.is_ascii() {
        true => IsNormalized::Yes,
        false => is_nfc_quick(text.chars()),
    };
    match is_composed {
        IsNormalized::Yes => Cow::Borrowed(text),
        _ => Cow::Owned(text.nfc().collect()),
    }
}
