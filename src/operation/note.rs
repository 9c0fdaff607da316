//! Something is written down.

use std::collections::BTreeSet;

use super::Note;
use super::decide::{Decision, Rules};
use super::text::required_text;
use crate::error::{Error, Result};
use crate::ticket::{EventKind, Status, Ticket, TicketName, WaitingOn};
use crate::view::Stop;

pub(super) fn decide(rules: &Rules<'_>, note: &Note) -> Result<Decision, Stop> {
    let text = required_text(note.message.as_ref(), "the text of the note")?;
    let named = rules.ticket()?;
    let ticket = taken_over_by(rules, named)?;
    let mut draft = rules.draft(ticket);
    if ticket.id != named.id {
        let warning = format!(
            "ticket {} was merged into {}: noted there",
            named.id, ticket.id
        );
        draft.warnings.push(warning);
    }
    let waits_for_them = ticket.state.status == Status::Pending
        && ticket.state.waiting_on == Some(WaitingOn::Requester);
    if note.from_requester && waits_for_them {
        draft.activate();
    }
    if note.from_requester && ticket.state.status.is_solved() {
        draft.warnings.push(format!(
            "ticket {id} is {}; if the requester objects: desk reopen {id} -m WHY",
            ticket.state.status,
            id = ticket.id,
        ));
    }
    draft.event(EventKind::Noted, Some(text), |event| {
        event.public = note.public;
        event.from_requester = note.from_requester;
        event.sent_to = (ticket.id != named.id).then_some(named.id);
    })
}

/// The ticket at the end of the chain of merges.
fn taken_over_by<'a>(rules: &Rules<'a>, ticket: &'a Ticket) -> Result<&'a Ticket, Stop> {
    let mut seen = BTreeSet::from([ticket.id]);
    let mut ticket = ticket;
    while let Some(next) = ticket.state.merged_into {
        if !seen.insert(next) {
            return Err(Error::refused(format!("ticket {next} is merged into itself")).into());
        }
        ticket = rules.view.ticket(&TicketName::Id(next))?;
    }
    Ok(ticket)
}
