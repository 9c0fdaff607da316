//! What was done under one mark, to be shown and to be taken back.

use super::{Desk, Found, Run, WantedRuns};
use crate::error::{Error, Result};
use crate::index::{Scanned, last_by_scan, marks_by_scan, standing_by_scan};
use crate::ticket::TicketId;

impl Desk {
    /// The last runs, the newest first.
    ///
    /// # Errors
    /// As [`Desk::select`].
    pub fn runs(&mut self, wanted: &WantedRuns<'_>) -> Result<Found<Run>> {
        if !self.exists() {
            return Ok(Scanned::default().into());
        }
        match self.all.index.runs(&self.store, wanted) {
            Ok((found, damaged)) => Ok(Found { found, damaged }),
            Err(_) => Ok(last_by_scan(&self.store, wanted)?.into()),
        }
    }

    /// The mark that begins so, if no other one does.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Ambiguous`] with the marks that do, why a ticket cannot be read
    /// that might have it, or as [`Desk::select`].
    pub fn mark(&mut self, beginning: &str) -> Result<String> {
        let unknown = || Error::NotFound {
            what: "run with the mark",
            name: beginning.to_owned(),
            hint: Some("`desk undo --list --all` shows the last ones".to_owned()),
        };
        if beginning.is_empty() || !self.exists() {
            return Err(unknown());
        }
        let marks = match self.all.index.marks(&self.store, beginning) {
            Ok(marks) => marks,
            Err(_) => marks_by_scan(&self.store, beginning)?,
        };
        if marks.contains(beginning) {
            return Ok(beginning.to_owned());
        }
        let marks: Vec<String> = marks.into_iter().collect();
        match marks.as_slice() {
            // It may be of a ticket that cannot be read.
            [] => Err(self.unreadable()?.unwrap_or_else(unknown)),
            [mark] => Ok(mark.clone()),
            several => Err(Error::Ambiguous {
                name: beginning.to_owned(),
                hint: format!("it begins {}", several.join(", ")),
            }),
        }
    }

    /// Why a ticket cannot be read, if there is such a one.
    fn unreadable(&mut self) -> Result<Option<Error>> {
        let any = WantedRuns {
            of: None,
            standing: false,
            limit: Some(1),
        };
        Ok(self.runs(&any)?.damaged.pop())
    }

    /// The tickets that a run changed, and on which it was not taken back.
    ///
    /// # Errors
    /// As [`Desk::select`].
    pub fn tickets_of_run(&mut self, mark: &str) -> Result<Found<TicketId>> {
        if !self.exists() {
            return Ok(Scanned::default().into());
        }
        match self.all.index.ids_of_run(&self.store, mark) {
            Ok((found, damaged)) => Ok(Found { found, damaged }),
            Err(_) => Ok(standing_by_scan(&self.store, mark)?.into()),
        }
    }
}
