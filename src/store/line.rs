//! A ticket's file on one line, and back: what an export writes, and an import reads.
//!
//! A file is laid out in lines for people; where they break follows from its brackets alone. So the
//! line without them says the same, and the file is made of it again, byte for byte. A file that
//! somebody laid out otherwise has no such line.

use std::io;

use serde_json::value::RawValue;

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

/// Writes the text of the file that was written on one line. The line need not be JSON: the file has the
/// same parts, in the same order, so it is JSON then and only then if the line is.
pub(crate) fn lay_out(line: &str, file: &mut String) {
    let mut from = 0;
    for gap in gaps(line, 0) {
        file.push_str(&line[from..gap.from]);
        file.push_str(gap.wanted);
        from = gap.to;
    }
    file.push_str(&line[from..]);
    file.push('\n');
}

/// Nothing, if a line is JSON.
///
/// # Errors
/// When it is not.
pub(crate) fn expect_json(line: &str) -> Result<(), serde_json::Error> {
    serde_json::from_str::<&RawValue>(line).map(drop)
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
                // Two that are put together would be one, and perhaps make JSON of what was none.
                Some(next) if from < to && is_of_word(before) && is_of_word(next) => " ",
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

/// Whether it stands in a number or a word, or where nothing may stand.
fn is_of_word(byte: u8) -> bool {
    !is_space(byte) && !matches!(byte, b'"' | b'{' | b'}' | b'[' | b']' | b',' | b':')
}

fn length_of_token(bytes: &[u8]) -> usize {
    match bytes {
        [b'"', string @ ..] => 1 + end_of(string),
        [b'{' | b'}' | b'[' | b']' | b',' | b':', ..] => 1,
        word => {
            let ends = word.iter().position(|byte| !is_of_word(*byte));
            ends.unwrap_or(word.len())
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::Index;
    use serde_json::json;

    use super::super::record::pretty;
    use super::*;

    fn laid_out(line: &str) -> String {
        let mut file = String::new();
        lay_out(line, &mut file);
        file
    }

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
        assert_eq!(laid_out(&line), file());
    }

    #[test]
    fn a_line_with_white_space_is_the_same_file() {
        let line = on_one_line(&file()).unwrap();
        let value: serde_json::Value = serde_json::from_str(&line).unwrap();
        let spaced = serde_json::to_string_pretty(&value).unwrap();
        assert_eq!(laid_out(&spaced), file());
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
                    assert!(
                        expect_json(&line).is_err() || laid_out(&line) == other,
                        "{at}: {other}"
                    );
                }
            }
            let mut other = file.clone();
            if other[at..].starts_with(is_blank) {
                other.remove(at);
                if let Some(line) = on_one_line(&other) {
                    assert_eq!(laid_out(&line), other, "{at}");
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
    /// A line that is JSON, of which some bytes were then replaced, taken out or put in: by those that
    /// JSON is made of, so that some of it is JSON still.
    fn any_line() -> impl Strategy<Value = String> {
        let value = json!({
            "id": 1, "a b": [null, true, 1.5e3, "x \" {\\"], "links": [[], {}, [[1, 2], {"y": false}]],
            "events": [{"seq": 1, "changed": {"tier": [1, 2], "s": [null, "a : b, [c]\n"]}}, {}],
        });
        let forms = [
            serde_json::to_string(&value).unwrap(),
            serde_json::to_string_pretty(&value).unwrap(),
        ];
        let piece = prop_oneof![
            4 => prop::sample::select(b" \t\n\r\x0b\x0c".to_vec()),
            6 => prop::sample::select(b"\"\\{}[],:".to_vec()),
            6 => prop::sample::select(b"truefalsn0123456789eE+-.\0\x7f".to_vec()),
        ];
        let change = (any::<Index>(), 0..3_u8, piece);
        let changes = prop::collection::vec(change, 0..4);
        (0..2_usize, changes).prop_map(move |(form, changes)| {
            let mut line = forms[form].clone().into_bytes();
            for (at, how, byte) in changes {
                let at = at.index(line.len());
                match how {
                    0 => line[at] = byte,
                    1 => line.insert(at, byte),
                    _ => drop(line.remove(at)),
                }
            }
            String::from_utf8(line).unwrap()
        })
    }

    /// The parts of a text, each as it is, found byte by byte.
    fn parts(text: &str) -> Vec<String> {
        let (mut parts, mut word, mut rest) = (Vec::new(), String::new(), text.chars());
        while let Some(c) = rest.next() {
            let is_single = ",:[]{}\" \t\n\r".contains(c);
            if is_single && !word.is_empty() {
                parts.push(std::mem::take(&mut word));
            }
            match c {
                '"' => {
                    let mut string = String::from(c);
                    while let Some(c) = rest.next() {
                        string.push(c);
                        match c {
                            '"' => break,
                            '\\' => string.extend(rest.next()),
                            _ => {}
                        }
                    }
                    parts.push(string);
                }
                ' ' | '\t' | '\n' | '\r' => {}
                c if is_single => parts.push(c.into()),
                c => word.push(c),
            }
        }
        parts.push(word);
        parts
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            cases: 4_000,
            failure_persistence: None,
            ..ProptestConfig::default()
        })]

        /// Whatever a line is: it is JSON if it is JSON when it is laid out, and then it is the file that
        /// serde_json makes of it; and it has the same parts.
        #[test]
        fn a_line_is_json_if_its_file_is(line in any_line()) {
            let file =  laid_out(&line);
            prop_assert_eq!(expect_json(&line).is_ok(), expect_json(&file).is_ok());
            if let Ok(json) = serde_json::from_str::<&RawValue>(&line) {
                prop_assert_eq!(file.as_bytes(), pretty(&json).unwrap());
            }
            let without_end = file.strip_suffix('\n').unwrap();
            prop_assert_eq!(parts(without_end), parts(&line));
        }
    }

    #[test]
    fn what_is_no_json_does_not_become_it() {
        for line in [
            "1 2",
            "tr ue",
            "[1 2]",
            "[[[1 \n2]]]",
            "{\"a\": fal\tse}",
            "{\"a\":{\"b\":[nu ll]}}",
        ] {
            assert!(expect_json(&laid_out(line)).is_err(), "{line}");
        }
    }
}
