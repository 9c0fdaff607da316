//! JSON on one line: complete, never cut, and without a raw control character even inside its
//! strings, so that it is as safe on a terminal as a table.

use std::io::{self, BufWriter, ErrorKind, Write};

use serde::Serialize;

use super::safe;

/// Writes a value as one line.
///
/// # Errors
/// What writing to `out` gives.
pub(crate) fn write<T: Serialize + ?Sized>(value: &T, out: &mut dyn Write) -> io::Result<()> {
    write_lines([value], out)
}

/// Writes each value as a line of its own.
///
/// # Errors
/// What writing to `out` gives.
pub(crate) fn write_lines<T: Serialize>(
    values: impl IntoIterator<Item = T>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut out = gathering(out);
    for value in values {
        serde_json::to_writer(&mut out, &value)?;
        out.write_all(b"\n")?;
    }
    // The rest of it, and no more: whoever gave `out` says when that is flushed.
    out.into_inner()?;
    Ok(())
}

/// Writes a line that is made piece by piece, each of whole characters.
///
/// # Errors
/// What writing to `out` gives.
pub(crate) fn write_pieces(
    pieces: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut out = gathering(out);
    pieces(&mut out)?;
    out.write_all(b"\n")?;
    // The rest of it, and no more: whoever gave `out` says when that is flushed.
    out.into_inner()?;
    Ok(())
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
    let mut out = gathering(out);
    for (index, value) in values.into_iter().enumerate() {
        if index > 0 || !first {
            out.write_all(b",")?;
        }
        serde_json::to_writer(&mut out, &value)?;
    }
    // The rest of it, and no more: whoever gave `out` says when that is flushed.
    out.into_inner()?;
    Ok(())
}

/// Writes JSON that is written already, such as a ticket's file. Outside its strings JSON has no
/// character that needs hiding, and within them an escape means the same.
///
/// # Errors
/// What writing to `out` gives.
pub(crate) fn write_text(json: &str, out: &mut dyn Write) -> io::Result<()> {
    let mut rest = json;
    while let Some((at, hidden)) = first_hidden(rest) {
        out.write_all(&rest.as_bytes()[..at])?;
        for unit in hidden.encode_utf16(&mut [0; 2]) {
            write!(out, "\\u{unit:04x}")?;
        }
        rest = &rest[at + hidden.len_utf8()..];
    }
    out.write_all(rest.as_bytes())
}

/// Whether a byte stays as it is. No line ends within a string: there its end is escaped already.
fn is_plain(byte: u8) -> bool {
    matches!(byte, b' '..=b'~' | b'\n')
}

/// How many bytes at the start are plain. Nearly all of a document is, so 32 are looked at together.
fn plain_length(text: &[u8]) -> usize {
    let (chunks, _) = text.as_chunks::<32>();
    let all_plain = |chunk: &&[u8; 32]| chunk.iter().fold(true, |all, byte| all & is_plain(*byte));
    let passed = 32 * chunks.iter().take_while(all_plain).count();
    let rest = text[passed..].iter();
    passed + rest.take_while(|byte| is_plain(**byte)).count()
}

/// The first character that has to be hidden, and where it stands.
pub(super) fn first_hidden(text: &str) -> Option<(usize, char)> {
    let mut at = 0;
    loop {
        at += plain_length(&text.as_bytes()[at..]);
        let c = text[at..].chars().next()?;
        // White space between the parts of a document is hidden too, and must stay.
        if safe::is_hidden(c) && !c.is_ascii_whitespace() {
            return Some((at, c));
        }
        at += c.len_utf8();
    }
}

/// JSON on its way out. It comes in pieces of a few bytes, which are gathered, and looked through for
/// what has to be hidden, at less cost than they are one by one: serde_json escapes C0 as RFC 8259
/// asks, and DEL, C1, bidi and invisible characters are left.
struct Escaping<'a>(&'a mut dyn Write);

/// So many bytes are handed on together, and more where a piece is longer.
const GATHERED: usize = 32 << 10;

fn gathering(out: &mut dyn Write) -> BufWriter<Escaping<'_>> {
    BufWriter::with_capacity(GATHERED, Escaping(out))
}

impl Write for Escaping<'_> {
    fn write(&mut self, gathered: &[u8]) -> io::Result<usize> {
        // Names and numbers are such, and this has no way out in between: it takes many bytes at once.
        if gathered
            .iter()
            .fold(true, |all, byte| all & is_plain(*byte))
        {
            self.0.write_all(gathered)?;
        } else {
            // A piece is of whole characters, and is gathered or handed on as a whole.
            let text = std::str::from_utf8(gathered);
            let text = text.map_err(|error| io::Error::new(ErrorKind::InvalidData, error))?;
            write_text(text, self.0)?;
        }
        Ok(gathered.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
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
    fn what_is_hidden_is_found_wherever_it_stands() {
        for at in 0..100 {
            for before in ["a".repeat(at), "é\n".repeat(at)] {
                for hidden in ['\u{7f}', '\u{9b}', '\u{202e}'] {
                    let text = format!("{before}{hidden}{}", "b".repeat(100));
                    assert_eq!(first_hidden(&text), Some((before.len(), hidden)));
                }
                assert_eq!(first_hidden(&before), None);
            }
        }
    }

    #[test]
    fn what_is_handed_on_in_parts_is_whole() {
        let times = 3 * GATHERED / 8;
        for piece in ["máy\u{7f}", "printer "] {
            let (text, hidden) = (piece.repeat(times), piece.replace('\u{7f}', "\\u007f"));
            let expected = format!("\"{}\"\n", hidden.repeat(times));
            assert_eq!(render(&text), expected, "{piece}");
            // In many pieces, of which each is whole.
            let (mut out, words) = (Vec::new(), vec![piece; times]);
            write(&words, &mut out).unwrap();
            let expected = format!("[{}]\n", vec![format!("\"{hidden}\""); times].join(","));
            assert!(out == expected.as_bytes(), "{piece}");
        }
    }

    #[test]
    fn a_line_each() {
        let mut out = Vec::new();
        write_lines([1, 2], &mut out).unwrap();
        assert_eq!(out, b"1\n2\n");
    }
}
