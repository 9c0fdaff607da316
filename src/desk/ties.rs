//! The other side of relations: what other tickets hold to one.
//!
//! A relation is written in one file, that of the ticket acted on. What the other ticket has of it is
//! derived here, by the index or by reading all files, and is written nowhere.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::Desk;
use crate::error::{Error, Result};
use crate::query::{Filter, Selection};
use crate::ticket::{Status, Ticket, TicketId, Tie};

/// A tie that another ticket holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Held {
    /// How that ticket is tied, as its own file says.
    pub kind: Tie,
    /// The ticket that holds the tie.
    pub from: TicketId,
    /// Where that ticket stands.
    pub status: Status,
    /// What that ticket is about.
    pub subject: String,
}

/// What other tickets hold to some.
#[derive(Debug, Default)]
pub struct Ties {
    /// To whom what: in the order of the kinds, what is still open first, and then by number. Who is
    /// not in here has none.
    pub held: BTreeMap<TicketId, Vec<Held>>,
    /// The files that could not be read: there may be ties in there.
    pub damaged: Vec<Error>,
}

impl Desk {
    /// What other tickets hold to these, as far as they can be read.
    ///
    /// # Errors
    /// As [`Desk::select`].
    pub fn ties_to(&mut self, ids: impl IntoIterator<Item = TicketId>) -> Result<Ties> {
        let ids: BTreeSet<TicketId> = ids.into_iter().collect();
        let (filter, mut ties) = (Filter::tied_to(ids.iter().copied()), Ties::default());
        let damaged = self.select(&Selection::of(&filter), |ticket| ties.add(&ids, &ticket))?;
        Ok(ties.sorted(damaged))
    }

    /// The same where the index tells it; `None`, where all files would have to be read for it.
    pub fn ties_at_hand(&mut self, ids: impl IntoIterator<Item = TicketId>) -> Option<Ties> {
        let ids: BTreeSet<TicketId> = ids.into_iter().collect();
        let (filter, mut ties) = (Filter::tied_to(ids.iter().copied()), Ties::default());
        let mut add = |ticket| ties.add(&ids, &ticket);
        let index = &mut self.all.index;
        let damaged = index.heads(&self.store, &Selection::of(&filter), &mut add);
        Some(ties.sorted(damaged.ok()?))
    }
}

impl Ties {
    /// Takes in a ticket that may hold ties to these; gives that more are wanted.
    fn add(&mut self, ids: &BTreeSet<TicketId>, ticket: &Ticket) -> bool {
        // Somebody may have written one twice.
        let ties: BTreeSet<_> = Tie::all_of(&ticket.state).collect();
        for (to, kind) in ties.into_iter().filter(|(to, _)| ids.contains(to)) {
            self.held.entry(to).or_default().push(Held {
                kind,
                from: ticket.id,
                status: ticket.state.status,
                subject: ticket.state.subject.clone(),
            });
        }
        true
    }

    fn sorted(mut self, damaged: Vec<Error>) -> Self {
        for held in self.held.values_mut() {
            held.sort_by_key(|held| (held.kind, !held.status.is_active(), held.from));
        }
        Self { damaged, ..self }
    }
}
