//! A ticket comes to be.

use super::decide::{Decision, Rules, Target, check_required};
use super::solve::solved_state;
use super::text::{distinct, required_text, short_text, subject, team_name, text};
use super::{Open, Solve, StatedPriority};
use crate::error::{Error, Result};
use crate::ticket::{Event, EventKind, Priority, State, Status};
use crate::view::Stop;

pub(super) fn decide(rules: &Rules<'_>, open: &Open) -> Result<Decision, Stop> {
    let mut warnings = Vec::new();
    let mut state = asked_for(rules, open)?;
    if let Some(reference) = &state.reference {
        rules.view.check_free(reference, None)?;
    }
    if let Some(login) = wanted_assignee(rules, open)? {
        warnings.extend(rules.over_capacity(&login)?);
        state.assignee = Some(login);
        state.status = Status::Open;
    }
    check_required(&state, &rules.policy.required_to_open, "open")?;
    let asked = rules.asked;
    let mut event = Event::new(
        EventKind::Opened,
        asked.operation.at.unwrap_or(asked.now),
        asked.by,
    );
    event.recorded = asked.operation.at.map(|_| asked.now);
    event.seq = 1;
    event.changed = state.changes_from_nothing();
    let mut events = vec![event];
    if open.resolve.is_some() {
        let solved = solved_at_once(rules, open, &state, &events[0])?;
        events.push(solved);
    }
    Ok(Decision {
        target: Target::New,
        events,
        why: Vec::new(),
        warnings,
        done_before: None,
    })
}

/// The state of a new ticket as the request describes it, before anybody has it.
fn asked_for(rules: &Rules<'_>, open: &Open) -> Result<State, Stop> {
    if let Some(category) = &open.category {
        rules.policy.check_category(category)?;
    }
    let (impact, urgency) = (
        open.impact.unwrap_or_default(),
        open.urgency.unwrap_or_default(),
    );
    let (priority, stated) = priority(rules, open.priority, impact, urgency);
    Ok(State {
        reference: open.reference.clone(),
        subject: subject(&open.subject)?,
        description: text(open.message.as_ref()).map(str::to_owned),
        status: Status::New,
        priority,
        priority_stated: stated,
        impact,
        urgency,
        team: open.team.as_deref().and_then(team_name),
        requester: short_text(open.requester.as_ref()),
        contact: short_text(open.contact.as_ref()),
        watchers: distinct(&open.watch),
        kind: open.kind,
        service: open.service,
        channel: open.channel,
        category: open.category.clone(),
        tags: distinct(&open.tag),
        location: short_text(open.location.as_ref()),
        asset: short_text(open.asset.as_ref()),
        due: open.due,
        ..State::default()
    })
}

/// The priority, and whether it was stated.
pub(super) fn priority(
    rules: &Rules<'_>,
    asked: Option<StatedPriority>,
    impact: crate::ticket::Level,
    urgency: crate::ticket::Level,
) -> (Priority, bool) {
    match asked {
        Some(StatedPriority::Is(priority)) => (priority, true),
        Some(StatedPriority::Auto) | None => (rules.policy.matrix.priority(impact, urgency), false),
    }
}

fn wanted_assignee(rules: &Rules<'_>, open: &Open) -> Result<Option<String>, Stop> {
    match open.to.as_deref() {
        Some("none") if open.take => {
            Err(Error::usage("`take` and `to: none` exclude each other").into())
        }
        Some("none") => Ok(None),
        Some(_) if open.take => Err(Error::usage("`take` and `to` exclude each other").into()),
        Some(login) => rules.technician(login).map(Some),
        None if open.take => rules.technician("me").map(Some),
        None => Ok(None),
    }
}

/// A request that was answered while it was written down.
fn solved_at_once(
    rules: &Rules<'_>,
    open: &Open,
    state: &State,
    opened: &Event,
) -> Result<Event, Stop> {
    let how = required_text(open.resolve.as_ref(), "how it was resolved")?;
    let solve = Solve {
        message: Some(how.to_owned()),
        code: None,
    };
    let solved = solved_state(rules, state, &solve, Status::Resolved)?;
    let mut event = Event::new(EventKind::Resolved, opened.at, rules.asked.by);
    event.recorded = opened.recorded;
    event.seq = 2;
    event.message = Some(how.to_owned());
    event.changed = state.changes_to(&solved);
    Ok(event)
}
