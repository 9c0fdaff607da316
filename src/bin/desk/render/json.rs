//! JSON on one line: complete, never cut, and without a raw control character even inside its
//! strings, so that it is as safe on a terminal as a table.

use std::io::{self, BufWriter, Write};

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::Formatter;

use super::safe;

/// Writes a value as one line.
///
/// # Errors
/// What writing to `out` gives.
pub(crate) fn write<T: Serialize + ?Sized>(value: &T, out: &mut dyn Write) -> io::Result<()> {
    // It comes in pieces of a few bytes, which are gathered at less cost than they are handed on.
    let mut out = BufWriter::new(out);
    value.serialize(&mut Serializer::with_formatter(&mut out, Escaping))?;
    writeln!(out)?;
    // The rest of it, and no more: whoever gave `out` says when that is flushed.
    out.into_inner()?;
    Ok(())
}

/// Writes each value as a line of its own.
///
/// # Errors
/// What writing to `out` gives.
pub(crate) fn write_lines<T: Serialize>(
    values: impl IntoIterator<Item = T>,
    out: &mut dyn Write,
) -> io::Result<()> {
    values.into_iter().try_for_each(|value| write(&value, out))
}

/// Writes each value as an item of a list that others began, and end; `first` says whether these are
/// its first ones.
///
/// # Errors
/// What writing to `out` gives.
pub(crate) fn write_items<T: Serialize>(
    values: impl IntoIterator<Item = T>,
    first: bool,
    out: &mut dyn Write,
) -> io::Result<()> {
    for (index, value) in values.into_iter().enumerate() {
        if index > 0 || !first {
            write!(out, ",")?;
        }
        value.serialize(&mut Serializer::with_formatter(&mut *out, Escaping))?;
    }
    Ok(())
}

/// Writes JSON that is written already, such as a ticket's file. Outside its strings JSON has no
/// character that needs hiding, and within them an escape means the same.
///
/// # Errors
/// What writing to `out` gives.
pub(crate) fn write_text(json: &str, out: &mut dyn Write) -> io::Result<()> {
    write_escaped(json, out)
}

fn write_escaped<W: Write + ?Sized>(text: &str, writer: &mut W) -> io::Result<()> {
    let mut rest = text;
    // Names and numbers are such, and this has no way out in between: it takes many bytes at once.
    if text.bytes().fold(true, |all, byte| all & is_plain(byte)) {
        return writer.write_all(text.as_bytes());
    }
    while let Some((at, hidden)) = first_hidden(rest) {
        writer.write_all(&rest.as_bytes()[..at])?;
        for unit in hidden.encode_utf16(&mut [0; 2]) {
            write!(writer, "\\u{unit:04x}")?;
        }
        rest = &rest[at + hidden.len_utf8()..];
    }
    writer.write_all(rest.as_bytes())
}

fn is_plain(byte: u8) -> bool {
    matches!(byte, b' '..=b'~')
}

/// The first character that has to be hidden, and where it stands.
fn first_hidden(text: &str) -> Option<(usize, char)> {
    let mut at = 0;
    loop {
        // Nearly all of a document is this, and passed over byte by byte.
        at += text.as_bytes()[at..]
            .iter()
            .position(|byte| !is_plain(*byte))?;
        let c = text[at..].chars().next()?;
        // White space between the parts of a document is hidden too, and must stay.
        if safe::is_hidden(c) && !c.is_ascii_whitespace() {
            return Some((at, c));
        }
        at += c.len_utf8();
    }
}

/// serde_json's compact form, which escapes C0 as RFC 8259 asks, and beyond that DEL, C1, bidi and
/// invisible characters.
struct Escaping;

impl Formatter for Escaping {
    fn write_string_fragment<W: Write + ?Sized>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        write_escaped(fragment, writer)
    }

    fn write_raw_fragment<W: Write + ?Sized>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        write_escaped(fragment, writer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn render(text: &str) -> String {
        let mut out = Vec::new();
        write(text, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn nothing_raw_meets_a_terminal_and_everything_comes_back() {
        let table = [
            ("máy in 打印机", r#""máy in 打印机""#),
            ("\u{1b}[2J\0", r#""\u001b[2J\u0000""#),
            ("a\u{7f}\u{9b}b", r#""a\u007f\u009bb""#),
            ("x\u{202e}y\u{200b}", r#""x\u202ey\u200b""#),
            ("\u{e0041}", r#""\udb40\udc41""#),
            ("\"\\\n", r#""\"\\\n""#),
            ("👩\u{200d}👧", "\"👩\u{200d}👧\""),
        ];
        for (text, expected) in table {
            assert_eq!(render(text), format!("{expected}\n"));
            assert_eq!(serde_json::from_str::<String>(expected).unwrap(), text);
        }
    }

    #[test]
    fn a_line_each() {
        let mut out = Vec::new();
        write_lines([1, 2], &mut out).unwrap();
        assert_eq!(out, b"1\n2\n");
    }
}
