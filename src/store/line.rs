//! A ticket's file on one line, and back: what an export writes, and an import reads.
//!
//! A file is laid out in lines for people; where they break follows from its brackets alone. So the
//! line without them says the same, and the file is made of it again, byte for byte. A file that
//! somebody laid out otherwise has no such line.

use std::io;

use serde_json::value::RawValue;

use super::record::pretty;
use crate::error::Result;
use crate::ticket::end_of;

/// So many levels are broken into lines.
pub(super) const OUTER: usize = 2;

/// The text of a file on one line; `None` if that would not lead back to it.
pub(crate) fn on_one_line(file: &str) -> Option<String> {
    let body = file.strip_suffix('\n')?;
    let mut line = String::with_capacity(file.len());
    let mut from = 0;
    for gap in gaps(body, 0) {
        if body[gap.from..gap.to] != *gap.wanted {
            return None;
        }
        // What stands between two gaps is copied at once.
        line.push_str(&body[from..gap.from]);
        from = gap.to;
    }
    line.push_str(&body[from..]);
    Some(line)
}

/// The text of the file that was written on one line.
///
/// # Errors
/// When the line is not JSON.
pub(crate) fn lay_out(line: &str) -> Result<Vec<u8>, serde_json::Error> {
    let json: &RawValue = serde_json::from_str(line)?;
    pretty(&json).map_err(|error| serde::ser::Error::custom(error.to_string()))
}

/// Writes JSON, which is so many levels deep in a file, as a file has it.
pub(super) fn write_laid_out<W: ?Sized + io::Write>(
    json: &str,
    depth: usize,
    writer: &mut W,
) -> io::Result<()> {
    let mut from = 0;
    for gap in gaps(json, depth) {
        writer.write_all(&json.as_bytes()[from..gap.from])?;
        writer.write_all(gap.wanted.as_bytes())?;
        from = gap.to;
    }
    writer.write_all(&json.as_bytes()[from..])
}

/// A place between two parts of a JSON text, or at its end, where there is or should be white space.
struct Gap {
    from: usize,
    to: usize,
    /// What a file has there.
    wanted: &'static str,
}

/// All of them, in JSON that is so many levels deep in a file.
fn gaps(json: &str, mut depth: usize) -> impl Iterator<Item = Gap> {
    let bytes = json.as_bytes();
    let (mut at, mut before) = (0, b' ');
    std::iter::from_fn(move || {
        loop {
            // Within an event, which is most of a file, nothing stands between two parts.
            while depth > OUTER
                && let Some(byte) = bytes.get(at)
                && !is_space(*byte)
            {
                at += 1;
                match byte {
                    b'"' => at += end_of(&bytes[at..]),
                    b'[' | b'{' => depth += 1,
                    b']' | b'}' => depth -= 1,
                    _ => {}
                }
                before = *byte;
            }
            let from = at;
            while bytes.get(at).copied().is_some_and(is_space) {
                at += 1;
            }
            let to = at;
            let next = bytes.get(at).copied();
            let wanted = match next {
                Some(next) if depth <= OUTER => gap_between(before, next, depth),
                _ => "",
            };
            match next {
                Some(b'[' | b'{') => depth += 1,
                Some(b']' | b'}') => depth = depth.saturating_sub(1),
                _ => {}
            }
            at += length_of_token(&bytes[at..]);
            before = next.unwrap_or(b' ');
            if from < to || !wanted.is_empty() {
                return Some(Gap { from, to, wanted });
            }
            next?;
        }
    })
}

/// What stands between two parts of a file, of which these are the first bytes, on its outer levels.
fn gap_between(before: u8, next: u8, depth: usize) -> &'static str {
    let closes = matches!(next, b']' | b'}');
    match before {
        b'[' | b'{' if closes => "",
        b'[' | b'{' | b',' => line_start(depth),
        b':' => " ",
        _ if closes && depth > 0 => line_start(depth - 1),
        _ => "",
    }
}

/// How a line of a file begins, on one of its outer levels.
pub(super) fn line_start(depth: usize) -> &'static str {
    &"\n    "[..1 + 2 * depth]
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

fn length_of_token(bytes: &[u8]) -> usize {
    match bytes {
        [b'"', string @ ..] => 1 + end_of(string),
        [b'{' | b'}' | b'[' | b']' | b',' | b':', ..] => 1,
        word => {
            let ends = |byte: &u8| b",:]}[{\"".contains(byte) || is_space(*byte);
            word.iter().position(ends).unwrap_or(word.len())
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn file() -> String {
        let value = json!({
            "id": 1, "tags": ["a [", "b\"]"], "links": [], "none": {}, "x": {"y": [{"z": [1, 2]}]},
            "events": [{"seq": 1, "message": "a : b, {c}\\\"\n", "changed": {"tier": [1, 2]}}, {}],
        });
        String::from_utf8(pretty(&value).unwrap()).unwrap()
    }

    #[test]
    fn a_file_goes_on_one_line_and_comes_back() {
        let line = on_one_line(&file()).unwrap();
        assert_eq!(
            line,
            r#"{"id":1,"tags":["a [","b\"]"],"links":[],"none":{},"x":{"y":[{"z":[1,2]}]},"events":[{"seq":1,"message":"a : b, {c}\\\"\n","changed":{"tier":[1,2]}},{}]}"#
        );
        assert_eq!(String::from_utf8(lay_out(&line).unwrap()).unwrap(), file());
    }

    #[test]
    fn a_line_with_white_space_is_the_same_file() {
        let line = on_one_line(&file()).unwrap();
        let value: serde_json::Value = serde_json::from_str(&line).unwrap();
        let spaced = serde_json::to_string_pretty(&value).unwrap();
        assert_eq!(lay_out(&spaced).unwrap(), file().as_bytes());
    }

    /// Whatever is put in or taken away between its parts: either there is no line, or it leads back.
    #[test]
    fn a_file_that_is_laid_out_otherwise_has_no_line() {
        let file = file();
        for at in 0..=file.len() {
            if !file.is_char_boundary(at) {
                continue;
            }
            for change in [" ", "\n", "\t", "\r"] {
                let mut other = file.clone();
                other.insert_str(at, change);
                if let Some(line) = on_one_line(&other) {
                    let back = lay_out(&line).map(|file| String::from_utf8(file).unwrap());
                    assert!(back.is_err() || back.unwrap() == other, "{at}: {other}");
                }
            }
            let mut other = file.clone();
            if other[at..].starts_with(is_blank) {
                other.remove(at);
                if let Some(line) = on_one_line(&other) {
                    assert_eq!(lay_out(&line).unwrap(), other.as_bytes(), "{at}");
                }
            }
        }
        assert_eq!(on_one_line(""), None);
        assert_eq!(on_one_line("{}"), None);
        assert_eq!(on_one_line("{}\n\n"), None);
        assert_eq!(on_one_line("{}\n").as_deref(), Some("{}"));
    }

    fn is_blank(c: char) -> bool {
        c.is_ascii_whitespace()
    }
}
