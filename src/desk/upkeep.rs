//! Checking the files, repairing them, and making the index anew.

use super::{Desk, Mode};
use crate::error::Result;
use crate::store::fsck::{self, Checked, Deed, Finding, Progress, Seal};

impl Desk {
    /// Reads everything, and names what is wrong.
    ///
    /// # Errors
    /// [`Error::Io`](crate::Error::Io) when the data directory cannot be looked at.
    pub fn check(&self) -> Result<Checked> {
        self.check_against(None, &|_, _| {})
    }

    /// The same, held against a seal if there is one, and telling how far it is.
    ///
    /// # Errors
    /// As [`Desk::check`].
    pub fn check_against(&self, seal: Option<&Seal>, progress: Progress<'_>) -> Result<Checked> {
        fsck::check(&self.store, seal, progress)
    }

    /// Checks everything, and sets right what needs nobody's judgement; gives what became of each
    /// thing that was found.
    ///
    /// # Errors
    /// As [`Desk::check`], and a refusal where nothing is written.
    pub fn repair(&self, mode: Mode, progress: Progress<'_>) -> Result<(Checked, Vec<Deed>)> {
        fsck::repair(&self.store, mode, progress)
    }

    /// What the past of every ticket is now, to be kept elsewhere; and what cannot be sealed.
    ///
    /// # Errors
    /// As [`Desk::check`].
    pub fn seal(&self, progress: Progress<'_>) -> Result<(Seal, Vec<Finding>)> {
        fsck::seal(&self.store, progress)
    }

    /// Makes the index anew, and gives how many tickets it holds. It is brought up to date by itself;
    /// only a file that was written in place, and not replaced, may escape it.
    ///
    /// # Errors
    /// When there is nowhere to keep it, or it cannot be written.
    pub fn reindex(&mut self) -> Result<usize> {
        // Where no ticket was ever opened there is nothing to keep an index of.
        if !self.exists() || self.store.tickets()?.is_none() {
            return Ok(0);
        }
        let made = self.all.index.make_anew(&self.store);
        made.map_err(|trouble| trouble.into_error(&self.store))
    }
}
