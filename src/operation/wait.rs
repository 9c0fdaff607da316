//! A ticket waits, and goes on.

use super::decide::{Decision, Rules, take_up_again};
use super::text::{required_text, text};
use super::{Resume, Wait};
use crate::error::{Error, Result};
use crate::ticket::{EventKind, Status, WaitingOn};
use crate::view::Stop;

pub(super) fn decide(rules: &Rules<'_>, wait: &Wait) -> Result<Decision, Stop> {
    let ticket = rules.ticket()?;
    let id = ticket.id;
    match ticket.state.status {
        Status::New | Status::Open => {}
        Status::Pending => {
            return Err(Error::refused(format!("ticket {id} is waiting already"))
                .with_hint(format!(
                    "to wait for something else: desk resume {id}, then wait"
                ))
                .into());
        }
        status => {
            return Err(Error::refused(format!(
                "ticket {id} is {status}; it has nothing to wait for"
            ))
            .with_hint(take_up_again(ticket))
            .into());
        }
    }
    let why = required_text(wait.message.as_ref(), "the reason to wait")?;
    let mut draft = rules.draft(ticket);
    draft.state.status = Status::Pending;
    draft.state.waiting_on = Some(match (wait.on, wait.until) {
        (Some(on), _) => on,
        (None, Some(_)) => WaitingOn::Schedule,
        (None, None) => WaitingOn::Requester,
    });
    draft.state.waiting_until = wait.until;
    draft.event(EventKind::Waiting, Some(why), |_| {})
}

pub(super) fn decide_resume(rules: &Rules<'_>, resume: &Resume) -> Result<Decision, Stop> {
    let ticket = rules.ticket()?;
    if ticket.state.status != Status::Pending {
        let (id, status) = (ticket.id, ticket.state.status);
        let error = Error::refused(format!("ticket {id} is {status}, and not waiting"));
        return Err(match status.is_solved() {
            true => error.with_hint(take_up_again(ticket)),
            false => error,
        }
        .into());
    }
    let mut draft = rules.draft(ticket);
    draft.activate();
    draft.event(EventKind::Resumed, text(resume.message.as_ref()), |_| {})
}
