//! What `show` tells of other tickets: the relations that they hold to those that are shown.

use std::collections::BTreeMap;

use desk::ticket::{Ticket, TicketId, TicketName};
use desk::{Desk, Error, Held, Result, Ties};

use crate::context::Context;
use crate::exit;

/// What other tickets hold to some, and why that may not be all of it.
#[derive(Default)]
pub(super) struct Others {
    held: BTreeMap<TicketId, Vec<Held>>,
    unread: Option<Error>,
}

impl Others {
    /// For a page, which tells them where they are at hand: nobody asked for them, and to show a ticket
    /// is not to read all the others.
    pub(super) fn at_hand(names: &[TicketName], context: &mut Context) -> Result<Self> {
        let desk = context.desk()?;
        let ids = ids(names, desk);
        let ties = desk.ties_at_hand(ids);
        Ok(ties.map_or_else(Self::default, Self::from))
    }

    /// For who asked for them.
    pub(super) fn asked(
        names: &[TicketName],
        errors: &mut Vec<Error>,
        context: &mut Context,
    ) -> Result<Self> {
        let desk = context.desk()?;
        let ids = ids(names, desk);
        let others = Self::from(desk.ties_to(ids)?);
        errors.extend(others.unread.clone());
        Ok(others)
    }

    pub(super) fn to(&self, ticket: &Ticket) -> &[Held] {
        self.held.get(&ticket.id).map_or(&[], Vec::as_slice)
    }

    /// Of a page: nobody asked for the others, and one that cannot be read stops nothing. Who was
    /// shown no ticket at all, or was told already, need not know.
    pub(super) fn warn(&self, names: &[TicketName], errors: &[Error]) {
        let is_told = |unread: &Error| {
            let told = unread.to_string();
            errors.iter().any(|error| error.to_string() == told)
        };
        if let Some(unread) = &self.unread
            && errors.len() < names.len()
            && !is_told(unread)
        {
            exit::talk(&format!("warning: {unread}: it may be related"));
        }
    }
}

impl From<Ties> for Others {
    fn from(ties: Ties) -> Self {
        Self {
            held: ties.held,
            unread: ties.damaged.into_iter().next(),
        }
    }
}

fn ids(names: &[TicketName], desk: &mut Desk) -> Vec<TicketId> {
    let ids = names.iter().map(|name| desk.resolve(name));
    ids.filter_map(Result::ok).collect()
}
