//! A ticket is resolved, closed, and, if need be, reopened.

use super::decide::{Decision, Draft, Rules, check_required, take_up_again};
use super::text::{required_text, short_text, text};
use super::{Reopen, Solve};
use crate::error::{Error, Result};
use crate::ticket::{EventKind, LinkKind, State, Status, Ticket, Tie};
use crate::view::Stop;

pub(super) fn decide_resolve(rules: &Rules<'_>, solve: &Solve) -> Result<Decision, Stop> {
    let ticket = rules.ticket()?;
    let (id, status) = (ticket.id, ticket.state.status);
    if status.is_solved() {
        let error = Error::refused(format!("ticket {id} is {status} already"));
        return Err(error
            .with_hint(match status {
                Status::Resolved => format!("to complete it: desk close {id}"),
                _ => take_up_again(ticket),
            })
            .into());
    }
    required_text(solve.message.as_ref(), "how it was resolved")?;
    solved(rules, ticket, solve, Status::Resolved, EventKind::Resolved)
}

pub(super) fn decide_close(rules: &Rules<'_>, solve: &Solve) -> Result<Decision, Stop> {
    let ticket = rules.ticket()?;
    let id = ticket.id;
    if ticket.state.status == Status::Closed {
        return Err(Error::refused(format!("ticket {id} is closed already"))
            .with_hint(take_up_again(ticket))
            .into());
    }
    if text(solve.message.as_ref()).is_none() && ticket.state.resolution.is_none() {
        let message = format!("ticket {id} has no resolution: nobody has said how it was solved");
        return Err(Error::refused(message)
            .with_hint(format!("desk close {id} -m HOW"))
            .into());
    }
    solved(rules, ticket, solve, Status::Closed, EventKind::Closed)
}

fn solved(
    rules: &Rules<'_>,
    ticket: &Ticket,
    solve: &Solve,
    status: Status,
    kind: EventKind,
) -> Result<Decision, Stop> {
    let mut draft = rules.draft(ticket);
    draft.state = solved_state(rules, &ticket.state, solve, status)?;
    if ticket.state.status.is_active() {
        warn_of_relations(rules, ticket, &mut draft)?;
    }
    draft.event(kind, text(solve.message.as_ref()), |_| {})
}

/// The state of a ticket that was solved. One that nobody had was solved by whoever says so, if
/// that is a technician.
pub(super) fn solved_state(
    rules: &Rules<'_>,
    before: &State,
    solve: &Solve,
    status: Status,
) -> Result<State, Stop> {
    let mut state = before.clone();
    state.status = status;
    state.waiting_on = None;
    state.waiting_until = None;
    if let Some(how) = text(solve.message.as_ref()) {
        state.resolution = Some(how.to_owned());
    }
    if let Some(code) = short_text(solve.code.as_ref()) {
        state.code = Some(code);
    }
    let by = rules.asked.by;
    if state.assignee.is_none() && rules.view.technician(by)?.is_some() {
        state.assignee = Some(by.to_owned());
    }
    check_required(&state, &rules.policy.required_to_solve, "solve")?;
    Ok(state)
}

/// Open blockers, and the last open ticket of a problem, do not stop anybody; but one should know.
fn warn_of_relations(
    rules: &Rules<'_>,
    ticket: &Ticket,
    draft: &mut Draft<'_>,
) -> Result<(), Stop> {
    let open = |kind: LinkKind, to| -> Result<Vec<String>, Stop> {
        let relations = rules.view.relations_to(to)?.iter();
        Ok(relations
            .filter(|relation| relation.tie == Tie::Link(kind) && relation.status.is_active())
            .filter(|relation| relation.from != ticket.id)
            .map(|relation| relation.from.to_string())
            .collect())
    };
    let blockers = open(LinkKind::Blocks, ticket.id)?;
    if let Some(error) = rules.view.unread() {
        draft.warnings.push(format!("{error}: it may be related"));
    }
    if !blockers.is_empty() {
        let warning = format!("ticket {} is blocked by {}", ticket.id, blockers.join(", "));
        draft.warnings.push(warning);
    }
    let causes = ticket
        .state
        .links
        .iter()
        .filter(|link| link.kind == LinkKind::CausedBy);
    for problem in causes {
        if open(LinkKind::CausedBy, problem.to)?.is_empty() {
            draft.warnings.push(format!(
                "ticket {} was the last open one that problem {} caused",
                ticket.id, problem.to
            ));
        }
    }
    Ok(())
}

pub(super) fn decide_reopen(rules: &Rules<'_>, reopen: &Reopen) -> Result<Decision, Stop> {
    let ticket = rules.ticket()?;
    let (id, status) = (ticket.id, ticket.state.status);
    if let Some(into) = ticket.state.merged_into {
        return Err(
            Error::refused(format!("ticket {id} was merged into {into}"))
                .with_hint(take_up_again(ticket))
                .into(),
        );
    }
    if status.is_active() {
        return Err(Error::refused(format!(
            "ticket {id} is {status}; only a solved one is reopened"
        ))
        .into());
    }
    let why = required_text(reopen.message.as_ref(), "the reason to reopen it")?;
    let mut draft = rules.draft(ticket);
    draft.state.resolution = None;
    draft.state.code = None;
    draft.activate();
    draft.event(EventKind::Reopened, Some(why), |_| {})
}
