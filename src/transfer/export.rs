//! Tickets on their way out: read by all processors, and given in the order of their numbers.

use crate::desk::Found;
use crate::error::{Error, Result};
use crate::query::Filter;
use crate::store::{self, Folder, Promised, Store};
use crate::threads::in_order;
use crate::ticket::{Ticket, TicketId};

/// A ticket, with the text of its file as it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Exported {
    /// The ticket.
    pub ticket: Ticket,
    /// The text of its file.
    pub text: String,
}

impl Exported {
    /// The file on one line; `None` where that would not lead back to it.
    pub fn line(&self) -> Option<String> {
        store::on_one_line(&self.text)
    }
}

/// The numbers of all tickets, also of those that are not in place yet, and the folders that cannot be
/// read.
pub(crate) fn all(store: &Store, promised: &Promised) -> Result<Found<TicketId>> {
    let (mut found, mut damaged) = (Vec::from_iter(promised.ids()), Vec::new());
    if let Some(tickets) = store.tickets()? {
        for (number, folder) in store::ticket_folders(&tickets, &mut damaged)? {
            match store::ticket_ids(number, &folder) {
                Ok(ids) => found.extend(ids),
                Err(error) => damaged.push(error),
            }
        }
    }
    found.sort_unstable();
    found.dedup();
    Ok(Found { found, damaged })
}

/// Gives what `make` makes of each of these tickets, if it matches still, until no more is wanted; and
/// then the files that could not be read.
pub(crate) fn export<T: Send>(
    (store, promised): (&Store, &Promised),
    ids: Found<TicketId>,
    filter: &Filter,
    make: impl Fn(Exported) -> T + Sync,
    mut take: impl FnMut(T) -> bool,
) -> Result<Vec<Error>> {
    let Found { found, mut damaged } = ids;
    let Some(tickets) = store.tickets()? else {
        return Ok(damaged);
    };
    let work = |portion: &[TicketId]| {
        let read = read_portion(&tickets, promised, portion).into_iter();
        let matching = read.filter(|read| {
            read.as_ref()
                .map_or(true, |exported| filter.matches(&exported.ticket))
        });
        matching
            .map(|read| read.map(&make))
            .collect::<Vec<Result<T>>>()
    };
    in_order(&found, work, |made| {
        made.into_iter().all(|made| match made {
            Ok(made) => take(made),
            Err(error) => {
                damaged.push(error);
                true
            }
        })
    });
    Ok(damaged)
}

fn read_portion(
    tickets: &Folder,
    promised: &Promised,
    portion: &[TicketId],
) -> Vec<Result<Exported>> {
    let mut open: Option<(u64, Option<Folder>)> = None;
    let mut read = |id: TicketId| {
        if let Some((ticket, bytes)) = promised.file(id)? {
            return Ok(Some((ticket, String::from_utf8_lossy(&bytes).into_owned())));
        }
        let number = store::folder_of(id);
        let folder = match open.take() {
            Some((known, folder)) if known == number => folder,
            _ => store::folder_in(tickets, id)?,
        };
        let text = match &folder {
            Some(folder) => store::text_from(folder, id),
            None => Ok(None),
        };
        open = Some((number, folder));
        text
    };
    portion
        .iter()
        .filter_map(|id| read(*id).transpose())
        .map(|read| read.map(|(ticket, text)| Exported { ticket, text }))
        .collect()
}
