//! What `show` tells of other tickets: the relations that they hold to those that are shown.

use std::collections::BTreeMap;

use desk::ticket::{Ticket, TicketId, TicketName};
use desk::{Error, Held, Result};

use crate::context::Context;
use crate::exit;

/// What other tickets hold to some, and why that may not be all of it.
#[derive(Default)]
pub(super) struct Others {
    held: BTreeMap<TicketId, Vec<Held>>,
    unread: Option<Error>,
}

impl Others {
    pub(super) fn of(names: &[TicketName], context: &mut Context) -> Result<Self> {
        let desk = context.desk()?;
        let ids = names.iter().map(|name| desk.resolve(name));
        let ids: Vec<_> = ids.filter_map(Result::ok).collect();
        Ok(match desk.ties_to(ids) {
            Ok(ties) => Self {
                held: ties.held,
                unread: ties.damaged.into_iter().next(),
            },
            Err(error) => Self {
                unread: Some(error),
                ..Self::default()
            },
        })
    }

    pub(super) fn to(&self, ticket: &Ticket) -> &[Held] {
        self.held.get(&ticket.id).map_or(&[], Vec::as_slice)
    }

    /// Nobody asked for the others in the first place: one that cannot be read stops nothing. Who was
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
