//! What was renamed into place, in the order of the renames.
//!
//! The journal is never made durable and never needed: it only spares readers a look at folders
//! in which nothing happened but what it tells. A line `B folder id` stands before a rename,
//! `E folder id rev s0 s1` after it, where `s0` and `s1` are the folder's stamps around it (`s0` is
//! `-` where the folder was renamed into place with what is in it). A writer that was killed leaves a
//! `B` without its `E`; a power cut or a foreign change breaks the chain of stamps: both make a reader
//! look again. (Only what somebody else renames between the last look at the folder and the system call
//! behind it is taken for the writer's own.)

use std::fmt::Write as _;
use std::fs::File;
use std::io::Write as _;
use std::os::unix::fs::MetadataExt;

use super::folder::{Access, Folder, Stamp};
use super::layout;
use crate::error::{Error, Result};
use crate::ticket::TicketId;

/// What stands for the stamp of a folder that was not there.
pub(crate) const NOT_THERE: &str = "-";

/// What a rename did.
pub(crate) struct Step {
    pub(crate) id: TicketId,
    /// The revision that is in place now.
    pub(crate) rev: u64,
    /// The folder's stamp before it; `None` where the folder came with it.
    pub(crate) before: Option<Stamp>,
    /// The folder's stamp after it.
    pub(crate) after: Stamp,
}

/// So many bytes hold a line.
const LINE: usize = 160;

/// The journal, open for appending.
pub(crate) struct Journal<'a> {
    private: &'a Folder,
    file: File,
}

impl<'a> Journal<'a> {
    pub(crate) fn open(private: &'a Folder, access: Access) -> Result<Self> {
        let (name, path) = (layout::JOURNAL, private.path_of(layout::JOURNAL));
        let mut file = private.open_or_make(name, access, true)?;
        let metadata = file.metadata().map_err(Error::io("look at", &path))?;
        // A snapshot made of hard links has it too, or it is a file of somebody's that was linked
        // here: it is left as it is, and a new one begun.
        if metadata.nlink() > 1 {
            private.remove(name)?;
            file = private.open_or_make(name, access, true)?;
        }
        Ok(Self { private, file })
    }

    /// Says that tickets are about to be renamed into place.
    pub(crate) fn begin(&mut self, folder: u64, ids: impl Iterator<Item = TicketId>) -> Result<()> {
        let mut lines = String::new();
        for id in ids {
            let _ = writeln!(lines, "B {folder} {id}");
        }
        self.append(&lines)
    }

    /// Says that they are.
    pub(crate) fn end(&mut self, folder: u64, steps: &[Step]) -> Result<()> {
        let mut lines = String::with_capacity(steps.len() * LINE);
        // Of a folder that came as a whole, all steps but the first one are the same.
        let (mut around, mut text) = (None, String::new());
        for Step {
            id,
            rev,
            before,
            after,
        } in steps
        {
            // Writing into memory does not fail.
            if around != Some((before, after)) {
                around = Some((before, after));
                text.clear();
                let _ = match before {
                    Some(before) => write!(text, "{before} {after}"),
                    None => write!(text, "{NOT_THERE} {after}"),
                };
            }
            let _ = writeln!(lines, "E {folder} {id} {rev} {text}");
        }
        self.append(&lines)
    }

    fn append(&mut self, lines: &str) -> Result<()> {
        self.file
            .write_all(lines.as_bytes())
            .map_err(Error::io("write", &self.private.path_of(layout::JOURNAL)))
    }
}

/// What the journal says of one rename.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Entry {
    /// It is about to be done.
    Begun {
        /// The folder's number.
        folder: u64,
        /// The ticket.
        id: TicketId,
    },
    /// It was done.
    Ended {
        /// The folder's number.
        folder: u64,
        /// The ticket.
        id: TicketId,
        /// The revision that it has now.
        rev: u64,
        /// The folder's stamp before and after it.
        around: [String; 2],
    },
}

/// Reads a line of the journal; `None` if it is none, as after somebody truncated the journal.
pub(crate) fn parse(line: &str) -> Option<Entry> {
    let words: Vec<&str> = line.split(' ').collect();
    let id = |word: &str| word.parse().ok().and_then(TicketId::new);
    match words[..] {
        ["B", folder, ticket] => Some(Entry::Begun {
            folder: folder.parse().ok()?,
            id: id(ticket)?,
        }),
        ["E", folder, ticket, rev, before, after] => Some(Entry::Ended {
            folder: folder.parse().ok()?,
            id: id(ticket)?,
            rev: rev.parse().ok()?,
            around: [before.to_owned(), after.to_owned()],
        }),
        _ => None,
    }
}
