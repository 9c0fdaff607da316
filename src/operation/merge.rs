//! One ticket takes another over, and gives it back.

use std::collections::BTreeSet;

use super::decide::{Decision, Rules};
use super::text::text;
use super::{Merge, Unmerge};
use crate::error::{Error, Result};
use crate::ticket::{EventKind, Field, Status, Ticket, TicketId, TicketName};
use crate::view::Stop;

/// The code of a ticket that was closed because another one says the same.
const DUPLICATE: &str = "duplicate";

pub(super) fn decide(rules: &Rules<'_>, merge: &Merge) -> Result<Decision, Stop> {
    let ticket = rules.ticket()?;
    let id = ticket.id;
    if let Some(into) = ticket.state.merged_into {
        return Err(
            Error::refused(format!("ticket {id} was merged into {into} already"))
                .with_hint(format!("to take that back: desk unmerge {id}"))
                .into(),
        );
    }
    let into = rules.view.ticket(&merge.into)?;
    check_chain(rules, id, into)?;
    let mut draft = rules.draft(ticket);
    draft.state.merged_into = Some(into.id);
    draft.state.status = Status::Closed;
    draft.state.waiting_on = None;
    draft.state.waiting_until = None;
    if ticket.state.resolution.is_none() {
        draft.state.resolution = Some(format!("merged into {}", into.id));
        draft.state.code = Some(DUPLICATE.to_owned());
    }
    draft.event(EventKind::Merged, text(merge.message.as_ref()), |_| {})
}

/// Nothing behind `into` may lead back: all of the chain is looked at, under lock.
pub(super) fn check_chain(rules: &Rules<'_>, id: TicketId, into: &Ticket) -> Result<(), Stop> {
    let mut seen = BTreeSet::from([id]);
    let mut next = Some(into);
    while let Some(ticket) = next {
        if !seen.insert(ticket.id) {
            let message = match ticket.id == id && into.id == id {
                true => format!("ticket {id} cannot be merged into itself"),
                false => format!("ticket {} is itself merged into {id}", into.id),
            };
            return Err(Error::refused(message).into());
        }
        next = match ticket.state.merged_into {
            Some(further) => Some(rules.view.ticket(&TicketName::Id(further))?),
            None => None,
        };
    }
    Ok(())
}

pub(super) fn decide_unmerge(rules: &Rules<'_>, unmerge: &Unmerge) -> Result<Decision, Stop> {
    let ticket = rules.ticket()?;
    if ticket.state.merged_into.is_none() {
        let message = format!("ticket {} is not merged into another one", ticket.id);
        return Err(Error::refused(message).into());
    }
    let mut draft = rules.draft(ticket);
    draft.state.merged_into = None;
    let merged = ticket
        .events
        .iter()
        .rev()
        .find(|event| event.event == EventKind::Merged);
    let fields = [
        Field::Status,
        Field::WaitingOn,
        Field::WaitingUntil,
        Field::Resolution,
        Field::Code,
    ];
    for field in fields {
        // What somebody has set since is theirs, and stays.
        let pair = merged.and_then(|event| event.old_value(field).zip(event.new_value(field)));
        if let Some((before, after)) = pair
            && ticket.state.holds(field, after)
        {
            draft.state.set(field, before).map_err(|error| {
                Error::refused(format!("ticket {}: `{}`: {error}", ticket.id, field.name()))
            })?;
        }
    }
    // It may have been given to somebody, or taken away, while it was merged.
    if matches!(draft.state.status, Status::New | Status::Open) {
        draft.activate();
    }
    draft.event(EventKind::Unmerged, text(unmerge.message.as_ref()), |_| {})
}
