//! Reading every ticket, with all processors.

use crate::error::{Error, Result};
use crate::store::{self, Promised, Store};
use crate::threads::each_portion;
use crate::ticket::{Ticket, TicketId};

/// What a scan found.
#[derive(Debug)]
pub(crate) struct Scanned<T> {
    /// What was made of each ticket, by number.
    pub(crate) found: Vec<T>,
    /// The files that could not be read: one bad file never hides the others.
    pub(crate) damaged: Vec<Error>,
}

impl<T> Default for Scanned<T> {
    fn default() -> Self {
        Self {
            found: Vec::new(),
            damaged: Vec::new(),
        }
    }
}

/// Reads every ticket and keeps what `take` makes of it.
pub(crate) fn scan<T, F>(store: &Store, take: F) -> Result<Scanned<T>>
where
    T: Send,
    F: Fn(Ticket) -> Option<T> + Sync,
{
    store.read_whole(|promised| scan_once(store, promised, &take))
}

fn scan_once<T, F>(store: &Store, promised: &Promised, take: &F) -> Result<Scanned<T>>
where
    T: Send,
    F: Fn(Ticket) -> Option<T> + Sync,
{
    let Some(tickets) = store.tickets()? else {
        return Ok(Scanned::default());
    };
    let mut damaged = Vec::new();
    let mut files: Vec<(Option<usize>, TicketId)> = Vec::new();
    let mut folders = Vec::new();
    for (number, folder) in store::ticket_folders(&tickets, &mut damaged)? {
        match store::ticket_ids(number, &folder) {
            Ok(ids) => files.extend(ids.into_iter().map(|id| (Some(folders.len()), id))),
            Err(error) => damaged.push(error),
        }
        folders.push(folder);
    }
    let is_there = |id: &TicketId| files.binary_search_by_key(id, |(_, id)| *id).is_ok();
    let new = promised.ids().filter(|id| !is_there(id));
    let new: Vec<_> = new.map(|id| (None, id)).collect();
    files.extend(new);
    files.sort_by_key(|(_, id)| *id);
    let read = |(folder, id): &(Option<usize>, TicketId)| match (promised.file(*id)?, folder) {
        (Some((ticket, _)), _) => Ok(Some(ticket)),
        (None, Some(folder)) => store::read_from(&folders[*folder], *id),
        // It came into place meanwhile.
        (None, None) => store.read(*id),
    };
    let portions = each_portion(&files, |portion| {
        let (mut found, mut damaged) = (Vec::new(), Vec::new());
        for read in portion.iter().map(read) {
            match read {
                Ok(Some(ticket)) => found.extend(take(ticket)),
                // Removed since the folder was listed.
                Ok(None) => {}
                Err(error) => damaged.push(error),
            }
        }
        (found, damaged)
    });
    let mut found = Vec::with_capacity(files.len());
    for (some, bad) in portions {
        found.extend(some);
        damaged.extend(bad);
    }
    Ok(Scanned { found, damaged })
}
