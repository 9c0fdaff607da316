//! Whole tickets out of one help desk and into another: with their numbers and their past, byte for
//! byte.
//!
//! What goes from one to the other is lines of JSON. A line is the ticket's file without the line
//! breaks that were made for eyes, or, where the file cannot be made of that again (an editor laid it
//! out otherwise, or a terminal must not see what stands in it), the file's text under [`FILE_KEY`].

mod export;
mod incoming;
mod restore;

pub(crate) use export::{all, export};
pub(crate) use restore::restore;

pub use export::Exported;
pub use incoming::Incoming;

/// The key of a line under which the text of a file stands, as it is.
pub const FILE_KEY: &str = "desk_file";

/// What the event of an answer is called, for a ticket that came with its past.
pub const IMPORTED: &str = "imported";
