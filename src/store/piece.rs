//! The texts of many files in one.
//!
//! Each file is a few kilobytes, of which many are kept for a while, and then freed by another thread than
//! the one that made them: so each is a piece of what is taken from the machine, and given back, at once.

use std::ops::{Deref, Range};
use std::sync::Arc;

/// A part of a text; that is there for as long as one of its parts is.
#[derive(Debug)]
pub(crate) struct Piece {
    whole: Arc<String>,
    range: Range<usize>,
}

impl Piece {
    /// The part of a text that begins and ends there.
    pub(crate) fn of(whole: &Arc<String>, range: Range<usize>) -> Self {
        Self {
            whole: Arc::clone(whole),
            range,
        }
    }
}

impl Deref for Piece {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.whole.as_bytes()[self.range.clone()]
    }
}
