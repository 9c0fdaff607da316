//! A ticket on its way out, as a line from which its file can be made again, byte for byte.

use std::io;

use desk::ticket::Ticket;
use desk::transfer::{Exported, FILE_KEY};
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use super::json;

/// The line of a ticket, without its end.
///
/// Where the file on one line would not do (somebody laid it out otherwise, or there is something in it
/// that no terminal must see), the ticket is followed by the file's text: all fields are where they
/// always are.
///
/// # Errors
/// When the ticket cannot be written as JSON.
pub(crate) fn line(exported: &Exported) -> io::Result<String> {
    // A ticket that has a field of this name itself must not be taken for its text.
    let is_plain = exported.ticket.extra.get(FILE_KEY).is_none();
    // In JSON on one line no white space is left that could be a control character.
    let is_safe = |line: &String| json::first_hidden(line).is_none();
    if let Some(line) = exported.line().filter(|line| is_plain && is_safe(line)) {
        return Ok(line);
    }
    let mut bytes = Vec::with_capacity(3 * exported.text.len());
    json::write(&WithText(exported), &mut bytes)?;
    let mut line = String::from_utf8(bytes).map_err(io::Error::other)?;
    line.truncate(line.trim_end().len());
    Ok(line)
}

/// A ticket, and behind its fields the text of its file.
struct WithText<'a>(&'a Exported);

impl Serialize for WithText<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Fields<'a> {
            #[serde(flatten)]
            ticket: &'a Ticket,
            desk_file: &'a str,
        }
        let Exported { ticket, text } = self.0;
        // It would stand there twice.
        if ticket.extra.get(FILE_KEY).is_some() {
            let mut map = serializer.serialize_map(Some(1))?;
            map.serialize_entry(FILE_KEY, text)?;
            return map.end();
        }
        Fields {
            ticket,
            desk_file: text,
        }
        .serialize(serializer)
    }
}
