//! The lines of an export, each read as the ticket that it brings.

use std::ops::Range;
use std::sync::Arc;

use serde::Deserialize;

use crate::error::{Error, Result};
use crate::index::Entry;
use crate::store::{self, Piece};
use crate::threads::each_portion;
use crate::ticket::{FORMAT, Reference, Ticket, TicketId};

/// A ticket as a line of an export brings it: its file, and of what stands in it no more than is asked for.
#[derive(Debug)]
pub struct Incoming {
    pub(super) id: TicketId,
    pub(super) rev: u64,
    pub(super) reference: Option<Reference>,
    pub(super) entry: Entry,
    pub(super) file: Piece,
}

impl Incoming {
    /// Reads lines, with all processors; gives what each of them is.
    ///
    /// # Errors
    /// [`Error::Usage`] where a line is no ticket, and [`Error::Refused`] where it is one that is damaged,
    /// too large, or of a newer format.
    pub fn read(lines: &[String]) -> Vec<Result<Self>> {
        each_portion(lines, |portion| {
            let length = portion.iter().map(String::len).sum::<usize>();
            // What lies between the parts of a file takes a tenth of it.
            let mut files = String::with_capacity(length + length / 8);
            let read = portion.iter().map(|line| Self::of(line, &mut files));
            let read: Vec<_> = read.collect();
            let files = Arc::new(files);
            let whole = read.into_iter().map(|read| read.map(|of| of(&files)));
            whole.collect::<Vec<_>>()
        })
        .into_iter()
        .flatten()
        .collect()
    }

    /// Whether two lie in the same folder: such tickets are best put there together.
    pub fn lies_beside(&self, other: &Self) -> bool {
        store::folder_of(self.id) == store::folder_of(other.id)
    }

    /// How many bytes its file has.
    pub fn size(&self) -> usize {
        self.file.len()
    }

    /// The ticket that a line is, if it is whole; its file is added to others, and is there once all of
    /// them are.
    fn of(line: &str, files: &mut String) -> Result<impl FnOnce(&Arc<String>) -> Self + use<>> {
        let (ticket, range) = read_line(line, files)?;
        if range.len() as u64 > store::LARGEST_FILE {
            let message = format!("ticket {}: a ticket holds 8 MiB at the most", ticket.id);
            return Err(Error::refused(message));
        }
        if ticket.format > FORMAT {
            let (id, format) = (ticket.id, ticket.format);
            let message = format!("ticket {id} is of format {format}, newer than this desk writes");
            return Err(Error::refused(message).with_hint("use the newer desk to import it"));
        }
        if ticket.id.get() > store::LARGEST_NUMBER {
            let message = format!(
                "ticket {}: the highest number is {}",
                ticket.id,
                store::LARGEST_NUMBER
            );
            return Err(Error::refused(message));
        }
        match ticket.flaws().first() {
            Some(flaw) => Err(Error::refused(format!("ticket {} {flaw}", ticket.id))
                .with_hint("mend it where it comes from: desk fsck --repair")),
            None => {
                let entry = Entry::of(&ticket);
                Ok(move |files: &Arc<String>| Self {
                    id: ticket.id,
                    rev: ticket.rev,
                    entry,
                    reference: ticket.state.reference,
                    file: Piece::of(files, range),
                })
            }
        }
    }
}

/// The ticket that stands in a file.
pub(super) fn ticket_of(file: &[u8]) -> Result<Ticket> {
    let text = std::str::from_utf8(file).map_err(|error| no_ticket(&error))?;
    ticket_in(text)
}

fn ticket_in(text: &str) -> Result<Ticket> {
    store::parse_ticket(text).map_err(|why| no_ticket(&why.cause))
}

fn not_json(error: serde_json::Error) -> Error {
    let place = format!(" at line {} column {}", error.line(), error.column());
    let (text, column) = (error.to_string(), error.column());
    let cause = text.strip_suffix(&place).unwrap_or(&text);
    Error::usage(format!("not JSON: {cause} at column {column}"))
}

fn no_ticket(cause: &dyn std::fmt::Display) -> Error {
    Error::usage(format!("not a ticket: {cause}"))
        .with_hint("what another tool wrote is read with --from or --map")
}

/// Reads the ticket that stands in a line, and adds its file to others; gives where it is among them.
fn read_line(line: &str, files: &mut String) -> Result<(Ticket, Range<usize>)> {
    /// A line that brings the text of its file.
    #[derive(Deserialize)]
    struct WithText {
        desk_file: Option<String>,
    }
    let text = match line.contains(super::FILE_KEY) {
        true => serde_json::from_str::<WithText>(line).map(|line| line.desk_file),
        false => Ok(None),
    };
    let begin = files.len();
    match text.map_err(not_json)? {
        Some(text) => files.push_str(&text),
        None => store::lay_out(line, files),
    }
    let ticket = ticket_in(&files[begin..]).or_else(|error| {
        files.truncate(begin);
        // It is read once more only to say of the line what is wrong with it.
        store::expect_json(line).map_err(not_json)?;
        Err(error)
    })?;
    Ok((ticket, begin..files.len()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::Index;
    use serde_json::json;
    use serde_json::value::RawValue;

    use super::*;
    use crate::ticket::{Event, EventKind, Timestamp};

    /// The line of a ticket, and the same as JSON that another program laid out.
    fn lines() -> [String; 2] {
        let at: Timestamp = "2026-11-21T14:30:05Z".parse().unwrap();
        let mut ticket = Ticket::blank(TicketId::new(7).unwrap(), at);
        for (seq, kind) in [(1, EventKind::Opened), (2, EventKind::Noted)] {
            let value = json!({
                "seq": seq, "at": at, "by": "minh", "event": kind, "op": "o", "message": "a \"b\" \u{e9}",
                "changed": {"subject": [null, "m\u{e1}y in, [1] {2} : 3"], "tier": [1, 2], "x": [[1, 2], {"y": true}]},
            });
            let event: Event = serde_json::from_value(value).unwrap();
            ticket.append(event).unwrap();
        }
        let mut file = Vec::new();
        store::write_ticket(&ticket, &mut file).unwrap();
        let file = String::from_utf8(file).unwrap();
        let value: serde_json::Value = serde_json::from_str(&file).unwrap();
        [
            store::on_one_line(&file).unwrap(),
            serde_json::to_string_pretty(&value).unwrap(),
        ]
    }

    /// What a line brings, read with care: whether it is JSON, then its file, then the ticket in it.
    fn read_with_care(line: &str) -> Result<(Ticket, Vec<u8>)> {
        let json: &RawValue = serde_json::from_str(line).map_err(not_json)?;
        let file = store::pretty(&json)?;
        Ok((ticket_of(&file)?, file))
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            cases: 2_000,
            failure_persistence: None,
            ..ProptestConfig::default()
        })]

        /// Of a line in which some bytes were replaced, taken out or put in, the same is said, and the same
        /// file made, as if it were read with care.
        #[test]
        fn a_line_is_read_as_with_care(
            form in 0..2_usize,
            changes in prop::collection::vec((any::<Index>(), 0..3_u8, any::<Index>()), 0..3),
        ) {
            let mut line = lines()[form].clone().into_bytes();
            for (at, how, piece) in changes {
                let pieces = b" \t\n\x0b\"\\{}[],:truefalsn0123456789eE+-.\0\x7f";
                let (at, byte) = (at.index(line.len()), pieces[piece.index(pieces.len())]);
                match how {
                    0 => line[at] = byte,
                    1 => line.insert(at, byte),
                    _ => drop(line.remove(at)),
                }
            }
            if let Ok(line) = String::from_utf8(line) {
                let mut files = "before".to_owned();
                let read = read_line(&line, &mut files);
                let read = read.map(|(ticket, range)| (ticket, files.as_bytes()[range].to_vec()));
                let text = |error: Error| (error.to_string(), error.hint());
                prop_assert_eq!(read.map_err(text), read_with_care(&line).map_err(text));
            }
        }
    }
}
