//! What a group must know by what its operations name, and the locks that go with it.

use std::collections::BTreeSet;

use crate::operation::{Operation, Verb};
use crate::store::Lock;
use crate::ticket::TicketName;
use crate::view::Need;

/// What an operation needs by what it names.
pub(super) fn named_by(operation: &Operation) -> Vec<Need> {
    let other = match &operation.verb {
        Verb::Link(relate) | Verb::Unlink(relate) => Some(&relate.to),
        Verb::Merge(merge) => Some(&merge.into),
        _ => None,
    };
    let names = operation.ticket.iter().chain(other);
    let mut needs: Vec<Need> = names
        .filter_map(|name| match name {
            TicketName::Id(id) => Some(Need::Ticket(*id)),
            TicketName::Reference(text) => Some(Need::Name(text.clone())),
            TicketName::NoSuchNumber(_) => None,
        })
        .collect();
    let reference = match &operation.verb {
        Verb::Open(open) => open.reference.clone(),
        Verb::Edit(edit) => edit.reference.clone().flatten(),
        _ => None,
    };
    needs.extend(reference.map(Need::Reference));
    let key = operation.key.as_ref();
    needs.extend(key.map(|key| Need::Key(key.as_str().to_owned())));
    needs
}

/// The locks of what is needed.
pub(super) fn locks_for(needs: &BTreeSet<Need>) -> BTreeSet<Lock> {
    needs
        .iter()
        .filter_map(|need| match need {
            Need::Ticket(id) => Some(Lock::ticket(*id)),
            Need::Reference(reference) => Some(Lock::key(reference.as_str())),
            Need::Key(key) => Some(Lock::key(key)),
            Need::Loads => Some(Lock::Assignment),
            Need::Name(_) | Need::Roster | Need::Relations(_) => None,
        })
        .collect()
}
