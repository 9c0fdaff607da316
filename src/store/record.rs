//! The bytes of a ticket's file: written for `jq`, `git diff` and eyes, and read with distrust.

use std::io;
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::error::Category;
use serde_json::ser::Formatter;

use super::folder::LARGEST_FILE;
use super::fsck::Kind;
use super::line::{OUTER, line_start, write_laid_out};
use crate::error::{Error, Result};
use crate::ticket::{FORMAT, Ticket, TicketId};

/// Writes a file's bytes, in the place of what is there: a field a line, an event a line, a newline at
/// the end.
///
/// # Errors
/// A refusal when the ticket is larger than 8 MiB.
pub(crate) fn write(ticket: &Ticket, bytes: &mut Vec<u8>) -> Result<()> {
    bytes.clear();
    write_pretty(ticket, bytes)?;
    if bytes.len() as u64 > LARGEST_FILE {
        let message = format!(
            "ticket {} would have {} bytes; a ticket holds 8 MiB at the most",
            ticket.id,
            bytes.len()
        );
        return Err(Error::refused(message).with_hint("keep large files elsewhere, and note where"));
    }
    Ok(())
}

/// Any value in the form of the files in a data directory.
pub(crate) fn pretty<T: Serialize>(value: &T) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    write_pretty(value, &mut bytes)?;
    Ok(bytes)
}

fn write_pretty<T: Serialize>(value: &T, bytes: &mut Vec<u8>) -> Result<()> {
    bytes.reserve(2048);
    let mut serializer = serde_json::Serializer::with_formatter(&mut *bytes, Lines::default());
    value
        .serialize(&mut serializer)
        .map_err(|error| Error::refused(format!("cannot be written as JSON: {error}")))?;
    bytes.push(b'\n');
    Ok(())
}

/// Why bytes are not a ticket.
#[derive(Debug)]
pub(crate) struct Broken {
    pub(crate) kind: Kind,
    pub(crate) cause: String,
}

/// Reads a ticket out of its file's bytes.
///
/// # Errors
/// [`Error::Damaged`], with the line, when the bytes are not a ticket or are another ticket.
pub(crate) fn from_bytes(id: TicketId, bytes: &[u8], path: &Path) -> Result<Ticket> {
    let ticket = text(bytes)
        .and_then(parse)
        .map_err(|broken| Error::damaged(path, broken.cause))?;
    if ticket.id != id {
        let cause = format!("says that it is ticket {}", ticket.id);
        return Err(Error::damaged(path, cause));
    }
    if ticket.events.is_empty() || ticket.rev != ticket.events.len() as u64 {
        let (rev, events) = (ticket.rev, ticket.events.len());
        let cause = format!("says revision {rev}, but has {events} events");
        return Err(Error::damaged(path, cause));
    }
    Ok(ticket)
}

/// The text that the bytes of a file are.
pub(crate) fn text(bytes: &[u8]) -> Result<&str, Broken> {
    let broken = |kind, cause| Broken { kind, cause };
    if bytes.is_empty() {
        return Err(broken(Kind::Empty, "is empty".to_owned()));
    }
    std::str::from_utf8(bytes).map_err(|error| {
        let cause = format!("is not UTF-8 at byte {}", error.valid_up_to());
        broken(Kind::NotUtf8, cause)
    })
}

/// Reads a ticket, whichever it is and however wrong what it says.
pub(crate) fn parse(text: &str) -> Result<Ticket, Broken> {
    read(text, Kind::NotATicket, newer_version)
}

/// Reads a file of the data directory; `or` is what it is called that is JSON and nothing more.
pub(crate) fn read<T: DeserializeOwned>(
    text: &str,
    or: Kind,
    newer_version: impl Fn(&str) -> Option<u32>,
) -> Result<T, Broken> {
    let broken = |kind, cause| Broken { kind, cause };
    serde_json::from_str(text).map_err(|error| match newer_version(text) {
        Some(version) => {
            let newer = format!("is of format {version}, newer than this desk reads ({FORMAT})");
            broken(Kind::NewerFormat, format!("{newer}: {error}"))
        }
        None => broken(
            match error.classify() {
                Category::Eof => Kind::Truncated,
                Category::Syntax | Category::Io => Kind::NotJson,
                Category::Data => or,
            },
            error.to_string(),
        ),
    })
}

fn newer_version(text: &str) -> Option<u32> {
    #[derive(serde::Deserialize)]
    struct Version {
        desk_ticket: u32,
    }
    let version = serde_json::from_str::<Version>(text).ok()?.desk_ticket;
    (version > FORMAT).then_some(version)
}

/// Breaks lines on the outer two levels only: what is deeper (an event, a link) stays on one line,
/// so that a history reads like a log and a change in git is one line.
#[derive(Default)]
struct Lines {
    depth: usize,
    empty: bool,
}

impl Lines {
    fn begin<W: ?Sized + io::Write>(&mut self, writer: &mut W, bracket: u8) -> io::Result<()> {
        self.depth += 1;
        self.empty = true;
        writer.write_all(&[bracket])
    }

    fn item<W: ?Sized + io::Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.empty = false;
        if !first {
            writer.write_all(b",")?;
        }
        self.line(writer, self.depth)
    }

    fn line<W: ?Sized + io::Write>(&self, writer: &mut W, indent: usize) -> io::Result<()> {
        match self.depth > OUTER {
            true => Ok(()),
            false => writer.write_all(line_start(indent).as_bytes()),
        }
    }

    fn end<W: ?Sized + io::Write>(&mut self, writer: &mut W, bracket: u8) -> io::Result<()> {
        if !self.empty {
            self.line(writer, self.depth - 1)?;
        }
        self.empty = false;
        self.depth -= 1;
        writer.write_all(&[bracket])
    }
}

impl Formatter for Lines {
    fn begin_array<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.begin(writer, b'[')
    }

    fn begin_array_value<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.item(writer, first)
    }

    fn end_array<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.end(writer, b']')
    }

    fn begin_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.begin(writer, b'{')
    }

    fn begin_object_key<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.item(writer, first)
    }

    fn begin_object_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(if self.depth > OUTER { b":" } else { b": " })
    }

    fn end_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.end(writer, b'}')
    }

    /// JSON that is text already gets the same lines.
    fn write_raw_fragment<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        write_laid_out(fragment, self.depth, writer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_levels_are_lines_and_deeper_ones_are_not() {
        let value = serde_json::json!({
            "id": 1, "tags": ["a", "b"], "links": [], "none": {},
            "events": [{"seq": 1, "changed": {"tier": [1, 2]}}, {"seq": 2, "why": []}],
        });
        let expected = r#"{
  "id": 1,
  "tags": [
    "a",
    "b"
  ],
  "links": [],
  "none": {},
  "events": [
    {"seq":1,"changed":{"tier":[1,2]}},
    {"seq":2,"why":[]}
  ]
}
"#;
        assert_eq!(
            String::from_utf8(pretty(&value).unwrap()).unwrap(),
            expected
        );
    }

    #[test]
    fn what_is_not_a_ticket_is_said_to_be_none() {
        let path = Path::new("7.json");
        let id = TicketId::new(7).unwrap();
        let deep = format!("{{\"x\":{}{}}}", "[".repeat(10_000), "]".repeat(10_000));
        let table: [(&[u8], &str); 7] = [
            (b"", "7.json: is empty"),
            (b"\xff", "7.json: is not UTF-8 at byte 0"),
            (b"hello", "7.json: expected value at line 1 column 1"),
            (
                b"{\"id\": 7",
                "7.json: EOF while parsing an object at line 1 column 8",
            ),
            (
                b"{\"id\":7,\"id\":7}",
                "7.json: `id` stands twice at line 1 column 12",
            ),
            (
                deep.as_bytes(),
                "7.json: a value nests deeper than 120 levels at line 1 column 20006",
            ),
            (
                b"{\"desk_ticket\":9,\"id\":true}",
                "7.json: is of format 9, newer than this desk reads (1): invalid type: boolean `true`, expected a nonzero u64 at line 1 column 26",
            ),
        ];
        for (bytes, expected) in table {
            let error = from_bytes(id, bytes, path).unwrap_err();
            assert_eq!(error.to_string(), expected);
        }
    }
}
