//! Tickets that come in with their numbers and their past.
//!
//! A ticket that is there already stays as it is: the same one is unchanged, and another one under
//! the same number or reference is refused, with what differs. What is not there is put there as one
//! group, by the store's one write door.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::IMPORTED;
use super::incoming::{Incoming, ticket_of};
use crate::desk::{Answer, Mode};
use crate::error::{Error, Result};
use crate::index::{Entry, Known};
use crate::store::{self, Change, Committed, Content, Folder, Give, Lock, Store};
use crate::ticket::{EventKind, Reference, Ticket, TicketId};

/// Puts tickets where there are none, as one group; gives what became of each.
pub(crate) fn restore(
    store: &Store,
    all: &mut Known,
    incoming: Vec<Result<Incoming>>,
    mode: Mode,
) -> Result<Vec<Result<Answer>>> {
    let writing = match mode {
        Mode::Apply if store.exists() => Some(store.writing()?),
        _ => {
            store.expect_writable()?;
            None
        }
    };
    let whole = || incoming.iter().flatten();
    let references = || whole().filter_map(|incoming| incoming.reference.as_ref());
    let locks = whole().map(|incoming| Lock::ticket(incoming.id));
    let keys = references().map(|reference| Lock::key(reference.as_str()));
    let held = match &writing {
        Some(writing) => writing.lock(&locks.chain(keys).collect())?,
        None => Vec::new(),
    };
    if references().next().is_some() {
        all.refresh(store, incoming.len())?;
    }
    let twice = twice(whole().map(|incoming| incoming.id));
    let mut group = Group::of(store, all, twice);
    let Some(writing) = writing else {
        return Ok(incoming
            .into_iter()
            .map(|incoming| group.add(incoming?, &mut |_| ()))
            .collect());
    };
    let make = |give: &mut Give<'_>| {
        let outcomes: Vec<Result<Answer>> = incoming
            .into_iter()
            .map(|incoming| group.add(incoming?, give))
            .collect();
        for incoming in std::mem::take(&mut group.beside).into_values() {
            group.give(incoming, give);
        }
        if let Some((highest, _)) = group.entries.last_key_value() {
            writing.reserve(*highest)?;
        }
        Ok::<_, Error>(outcomes)
    };
    let (mut outcomes, committed) = writing.commit(&held, make)?;
    drop(held);
    for outcome in &mut outcomes {
        settle(outcome, &committed);
    }
    for (id, entry) in group.entries {
        if committed.is_written(id) {
            group.all.wrote(None, id, entry);
        }
    }
    Ok(outcomes)
}

/// Those that stand there more than once.
fn twice(ids: impl Iterator<Item = TicketId>) -> BTreeSet<TicketId> {
    let mut seen = BTreeSet::new();
    ids.filter(|id| !seen.insert(*id)).collect()
}

/// The tickets that are put in their places together.
struct Group<'a> {
    store: &'a Store,
    all: &'a mut Known,
    /// The folder, if it is there, of the ticket that came last: most often it is that of the next one.
    folder: Option<(u64, Option<Folder>)>,
    /// The numbers that come more than once, and what came first under them.
    twice: BTreeSet<TicketId>,
    beside: BTreeMap<TicketId, Incoming>,
    references: BTreeMap<Reference, TicketId>,
    /// What is to be known of all that was given.
    entries: BTreeMap<TicketId, Entry>,
}

impl<'a> Group<'a> {
    fn of(store: &'a Store, all: &'a mut Known, twice: BTreeSet<TicketId>) -> Self {
        Self {
            store,
            all,
            folder: None,
            twice,
            beside: BTreeMap::new(),
            references: BTreeMap::new(),
            entries: BTreeMap::new(),
        }
    }

    /// Takes a ticket in, and gives it, unless it is there already.
    fn add(&mut self, incoming: Incoming, give: &mut Give<'_>) -> Result<Answer> {
        let id = incoming.id;
        if let Some(known) = self.beside.get(&id) {
            return incoming.beside(&known.file, || ticket_of(&known.file));
        }
        if let Some((path, bytes)) = self.there(id)? {
            return incoming.beside(&bytes, || store::ticket_of(id, &bytes, &path));
        }
        self.expect_free(&incoming)?;
        self.all.opens(self.store, Some(id));
        let imported = incoming.answer(Some(EventKind::Other(IMPORTED.to_owned())));
        match self.twice.contains(&id) {
            true => drop(self.beside.insert(id, incoming)),
            false => self.give(incoming, give),
        }
        Ok(imported)
    }

    fn give(&mut self, incoming: Incoming, give: &mut Give<'_>) {
        let Incoming {
            id,
            rev,
            entry,
            file,
            ..
        } = incoming;
        self.entries.insert(id, entry);
        give(Change {
            expected: None,
            content: Content::File(id, rev, Some(file)),
            owner: None,
        });
    }

    /// The file of a ticket that is there already.
    fn there(&mut self, id: TicketId) -> Result<Option<(PathBuf, Vec<u8>)>> {
        let number = store::folder_of(id);
        let folder = match self.folder.take() {
            Some((last, folder)) if last == number => folder,
            _ => self.store.folder(number)?,
        };
        let (_, folder) = self.folder.insert((number, folder));
        folder
            .as_ref()
            .map_or(Ok(None), |folder| store::bytes_in(folder, id))
    }

    /// Nothing, if nobody else has the ticket's reference; and then it is this one's.
    fn expect_free(&mut self, incoming: &Incoming) -> Result<()> {
        let Some(reference) = &incoming.reference else {
            return Ok(());
        };
        let there = self.all.ids_of(self.store, reference.as_str())?;
        let there = there.first().copied();
        match there.or_else(|| self.references.get(reference).copied()) {
            Some(id) => Err(Error::refused(format!(
                "ticket {}: reference `{reference}` is taken: ticket {id} has it",
                incoming.id
            ))),
            None => {
                // It may be the one that cannot be read.
                if let Some(error) = self.all.unread() {
                    return Err(error.clone());
                }
                self.references.insert(reference.clone(), incoming.id);
                Ok(())
            }
        }
    }
}

/// Whether two files are the same JSON: another program writes its keys in another order, or its letters
/// as escapes.
fn says_the_same(one: &[u8], other: &[u8]) -> bool {
    let value = |bytes: &[u8]| serde_json::from_slice::<serde_json::Value>(bytes).ok();
    value(one).is_some_and(|one| value(other) == Some(one))
}

impl Incoming {
    /// What is said of a ticket whose number is not free, since this file is there: nothing changes, if it
    /// is the same.
    fn beside(&self, file: &[u8], known: impl FnOnce() -> Result<Ticket>) -> Result<Answer> {
        if *file == *self.file || says_the_same(file, &self.file) {
            return Ok(self.answer(None));
        }
        let (known, ticket) = (known()?, ticket_of(&self.file)?);
        let (id, rev) = (ticket.id, ticket.rev);
        let pairs = ticket.events.iter().zip(&known.events);
        let common = pairs.take_while(|(ours, theirs)| ours == theirs).count() as u64;
        let message = match common {
            0 => format!("number {id} is taken: it is another ticket"),
            _ if common == rev && common == known.rev => {
                format!("ticket {id} is there with the same events, and its file differs")
            }
            _ if common == rev => format!(
                "ticket {id} went on since: it is at revision {}, and the line at {rev}",
                known.rev
            ),
            _ if common == known.rev => format!(
                "ticket {id} is there at revision {common}, and the line is at {rev}: what is there is never overwritten"
            ),
            _ => format!(
                "ticket {id} is there, and went another way from event {} on",
                common + 1
            ),
        };
        Err(Error::refused(message)
            .with_hint("import into an empty data directory: desk -C DIR import"))
    }

    fn answer(&self, event: Option<EventKind>) -> Answer {
        Answer {
            ticket: Some(self.id),
            reference: self.reference.clone(),
            rev: self.rev,
            event,
            changed: Default::default(),
            why: Vec::new(),
            op: None,
            done_before: false,
            warnings: Vec::new(),
        }
    }
}

/// What became of a ticket once the group was committed. One that was unchanged is no part of it.
fn settle(outcome: &mut Result<Answer>, committed: &Committed) {
    let Ok(Answer {
        ticket: Some(id),
        event: Some(_),
        ..
    }) = outcome
    else {
        return;
    };
    if let Some(error) = committed.failed.get(id) {
        *outcome = Err(error.clone());
    } else if committed.collided.contains(id) {
        let message = format!("number {id} was taken by another ticket meanwhile");
        *outcome = Err(Error::refused(message));
    }
}
