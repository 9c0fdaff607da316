//! Text as a cell of CSV: safe in a spreadsheet and on a terminal, and read back to the same text.
//!
//! A spreadsheet runs a cell that begins like a formula, also when it came out of somebody's mail
//! (OWASP, "CSV injection"). Such a cell gets an apostrophe in front, which spreadsheets take as
//! "this is text"; so does what would be a cell of its own where a spreadsheet separates them by
//! semicolons, as in most of Europe, or by tabs. What would be hidden is written out, as `<U+202E>`. Both are undone by
//! [`undefused`]: so `import` gets what `export` was given, whatever that was.

use std::borrow::Cow;

use super::safe;

/// How a character that is written out begins.
const WRITTEN_OUT: &str = "<U+";

/// What separates cells in the spreadsheets of most of Europe, and in a table that was copied.
const SEPARATORS: [char; 2] = [';', '\t'];

/// The cell of a text.
pub(crate) fn defused(text: &str) -> Cow<'_, str> {
    let shown = guarded(shown(text));
    match would_run(core(&shown)) {
        true => Cow::Owned(format!("'{shown}")),
        false => shown,
    }
}

/// The text of a cell that [`defused`] made.
pub(crate) fn undefused(cell: &str) -> Cow<'_, str> {
    let shown = unguarded(match cell.strip_prefix('\'') {
        Some(rest) if would_run(core(rest)) => rest,
        _ => cell,
    });
    if !shown.contains(WRITTEN_OUT) {
        return shown;
    }
    let mut text = String::with_capacity(shown.len());
    let mut rest = &*shown;
    while let Some(at) = rest.find(WRITTEN_OUT) {
        text.push_str(&rest[..at]);
        let (c, length) = written_out(&rest[at..]).unwrap_or(('<', 1));
        text.push(c);
        rest = &rest[at + length..];
    }
    text.push_str(rest);
    Cow::Owned(text)
}

/// The text with an apostrophe in front of each part of it that would run as a cell of its own.
fn guarded(text: Cow<'_, str>) -> Cow<'_, str> {
    if !text.contains(SEPARATORS) {
        return text;
    }
    let guard = |part| if is_formula(core(part)) { "'" } else { "" };
    let mut parts = text.split_inclusive(SEPARATORS);
    let first = parts.next().unwrap_or_default().to_owned();
    Cow::Owned(parts.fold(first, |text, part| text + guard(part) + part))
}

/// The text that [`guarded`] was given.
fn unguarded(text: &str) -> Cow<'_, str> {
    if !text.contains(SEPARATORS) {
        return Cow::Borrowed(text);
    }
    let unguard = |part: &str| match part.strip_prefix('\'') {
        Some(rest) if is_formula(core(rest)) => rest.to_owned(),
        _ => part.to_owned(),
    };
    let mut parts = text.split_inclusive(SEPARATORS);
    let first = parts.next().unwrap_or_default().to_owned();
    Cow::Owned(parts.fold(first, |text, part| text + &unguard(part)))
}

/// What a cell says behind its apostrophes: a text that begins with one keeps it.
fn core(cell: &str) -> &str {
    cell.trim_start_matches('\'')
}

/// Whether a spreadsheet may take a cell for a formula. Spaces in front do not stop all of them,
/// and East Asian ones take the full-width signs as well.
fn would_run(text: &str) -> bool {
    text.starts_with(['\t', '\r', '\n']) || is_formula(text)
}

fn is_formula(text: &str) -> bool {
    let start = text.trim_start();
    start.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']) && !is_number(text)
}

/// `-5`, `-0.25`: a number, which no spreadsheet can run.
fn is_number(text: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let positive = text.strip_prefix('-').unwrap_or(text);
    match positive.split_once('.') {
        Some((whole, fraction)) => digits(whole) && digits(fraction),
        None => digits(positive),
    }
}

/// The text with what is hidden in it written out, and nothing else if that is enough.
fn shown(text: &str) -> Cow<'_, str> {
    let is_as_shown = |text: &str| safe::block(text) == text.replace("\r\n", "\n");
    if !text.contains(WRITTEN_OUT) && !text.contains('\r') && safe::block(text) == text {
        return Cow::Borrowed(text);
    }
    let shown = with_written_out(text, safe::is_hidden);
    match is_as_shown(&shown) {
        true => Cow::Owned(shown),
        // Marks that are piled up, joiners that join nothing: seldom, and then with all of its kind.
        false => Cow::Owned(with_written_out(text, |c| !safe::is_plain(c))),
    }
}

/// The text with these characters written out; but line ends and tabs stay.
fn with_written_out(text: &str, is_hidden: impl Fn(char) -> bool) -> String {
    let mut shown = String::with_capacity(text.len() + 16);
    for (at, c) in text.char_indices() {
        let rest = &text[at..];
        let stays = match c {
            '\n' | '\t' => true,
            '\r' => rest.starts_with("\r\n"),
            '<' => !rest.starts_with(WRITTEN_OUT),
            c => !is_hidden(c),
        };
        match stays {
            true => shown.push(c),
            false => shown.push_str(&format!("{WRITTEN_OUT}{:04X}>", u32::from(c))),
        }
    }
    shown
}

/// The character that is written out at the beginning of a text, and how long that is.
fn written_out(text: &str) -> Option<(char, usize)> {
    let digits = text.strip_prefix(WRITTEN_OUT)?;
    let (digits, _) = digits.split_once('>')?;
    let is_digit = |b: u8| b.is_ascii_digit() || (b'A'..=b'F').contains(&b);
    if !(4..=6).contains(&digits.len()) || !digits.bytes().all(is_digit) {
        return None;
    }
    let c = char::from_u32(u32::from_str_radix(digits, 16).ok()?)?;
    Some((c, WRITTEN_OUT.len() + digits.len() + 1))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::test_runner::{Config, TestRunner};

    use super::*;

    #[test]
    fn a_cell_neither_runs_nor_hides_anything() {
        let table = [
            ("plain", "plain"),
            ("", ""),
            ("two\nlines", "two\nlines"),
            ("two\r\nlines", "two\r\nlines"),
            ("=HYPERLINK(\"http://x\")", "'=HYPERLINK(\"http://x\")"),
            ("+4722334455", "'+4722334455"),
            ("-2+3", "'-2+3"),
            ("-5", "-5"),
            ("-0.25", "-0.25"),
            ("-", "'-"),
            ("@SUM(1)", "'@SUM(1)"),
            (" =1+1", "' =1+1"),
            ("\t=1", "'\t'=1"),
            ("\n=1", "'\n=1"),
            ("\r=1", "<U+000D>=1"),
            ("\r\n=1", "'\r\n=1"),
            ("＝1+1", "'＝1+1"),
            ("'tis", "'tis"),
            ("'=1", "''=1"),
            ("''", "''"),
            ("x;=1+1", "x;'=1+1"),
            ("x; '=1", "x; '=1"),
            ("x;'=1", "x;''=1"),
            ("=1;=2", "'=1;'=2"),
            ("a\t@SUM(1)", "a\t'@SUM(1)"),
            ("a; b; -5", "a; b;' -5"),
            ("\0\u{1b}[0m\u{202e}", "<U+0000><U+001B>[0m<U+202E>"),
            ("<U+202E>", "<U+003C>U+202E>"),
            ("<U+", "<U+003C>U+"),
            ("a < b", "a < b"),
            ("Trần", "Trần"),
            ("x\u{200d}y", "x<U+200D>y"),
            ("👩\u{200d}👧", "👩\u{200d}👧"),
        ];
        for (text, cell) in table {
            assert_eq!(defused(text), cell, "{text:?}");
            assert_eq!(undefused(cell), text, "{cell:?}");
        }
    }

    /// Whatever the text is: the cell is read back to it, does not run, and hides nothing.
    #[test]
    fn every_text_comes_back() {
        let piece = prop_oneof![
            any::<char>().prop_map(String::from),
            proptest::sample::select(vec![
                "'",
                "=",
                "-",
                "+",
                "@",
                " ",
                "\t",
                "\n",
                "\r",
                "\r\n",
                "<U+",
                "<U+0041>",
                "<",
                ">",
                "U+",
                "0041",
                "\u{1b}",
                "\u{202e}",
                "\u{200d}",
                "\u{301}",
                "\u{fe0f}",
                ";",
                "é",
                "1",
                ".",
                "\u{1f3f4}",
                "\u{e0067}",
                "\u{e007f}",
                "\u{feff}",
                "＝",
                "a",
            ])
            .prop_map(str::to_owned),
        ];
        let texts = proptest::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat());
        let config = Config {
            cases: 4000,
            failure_persistence: None,
            ..Config::default()
        };
        let tested = TestRunner::new(config).run(&texts, |text| {
            let cell = defused(&text);
            prop_assert_eq!(undefused(&cell), text.as_str());
            let visible = cell.replace("\r\n", "\n");
            prop_assert_eq!(safe::block(&visible), visible.as_str());
            let is_sign = |signs: &'static str| {
                move |cell: &str| {
                    cell.chars()
                        .next()
                        .is_some_and(|first| signs.contains(first))
                }
            };
            let runs = is_sign("=+-@＝＋－＠")(cell.trim_start_matches(' '));
            prop_assert!(!runs || cell.parse::<f64>().is_ok(), "{:?}", cell);
            prop_assert!(!is_sign("\t\r\n")(&cell), "{:?}", cell);
            // However it is taken apart.
            for part in cell.split([';', '\t']).skip(1) {
                let runs = is_sign("=+-@＝＋－＠")(part.trim_start());
                prop_assert!(!runs || part.parse::<f64>().is_ok(), "{:?}", cell);
            }
            Ok(())
        });
        tested.unwrap_or_else(|failure| panic!("{failure}"));
    }
}
