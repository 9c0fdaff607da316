//! A ticket gets an assignee or a team.

use super::decide::{Decision, Draft, Rules};
use super::text::{team_name, text};
use super::{Assign, Take};
use crate::error::{Error, Result};
use crate::roster::{Wanted, choose};
use crate::ticket::{EventKind, Service, Status};
use crate::view::Stop;

pub(super) fn decide(rules: &Rules<'_>, assign: &Assign) -> Result<Decision, Stop> {
    if assign.to.is_none() && assign.team.is_none() {
        return Err(Error::usage("neither a technician nor a team is named")
            .with_hint("give --to TECH, --auto, --none or --team TEAM")
            .into());
    }
    let ticket = rules.ticket()?;
    let mut draft = rules.draft(ticket);
    if let Some(team) = &assign.team {
        draft.state.team = team_name(team);
    }
    let mut why = Vec::new();
    match assign.to.as_deref() {
        None => {}
        Some("none") => take_away(&mut draft),
        Some("auto") => why = give_to_best(rules, &mut draft)?,
        Some(name) => {
            let login = rules.technician(name)?;
            give(rules, &mut draft, login)?;
        }
    }
    draft.event_if_changed(EventKind::Assigned, text(assign.message.as_ref()), why)
}

pub(super) fn decide_take(rules: &Rules<'_>, take: &Take) -> Result<Decision, Stop> {
    let ticket = rules.ticket()?;
    let login = rules.technician("me")?;
    let mut draft = rules.draft(ticket);
    if let Some(before) = ticket
        .state
        .assignee
        .as_ref()
        .filter(|before| **before != login)
    {
        draft
            .warnings
            .push(format!("ticket {} was {before}'s", ticket.id));
    }
    give(rules, &mut draft, login)?;
    draft.event_if_changed(EventKind::Assigned, text(take.message.as_ref()), Vec::new())
}

/// Gives the ticket to a technician: new becomes open; whatever else it is, it stays.
pub(super) fn give(rules: &Rules<'_>, draft: &mut Draft<'_>, login: String) -> Result<(), Stop> {
    let status = draft.state.status;
    if status.is_active() && draft.state.assignee.as_ref() != Some(&login) {
        draft.warnings.extend(rules.over_capacity(&login)?);
    }
    draft.state.assignee = Some(login);
    if status == Status::New {
        draft.state.status = Status::Open;
    }
    Ok(())
}

fn take_away(draft: &mut Draft<'_>) {
    draft.state.assignee = None;
    if draft.state.status == Status::Open {
        draft.state.status = Status::New;
    }
}

/// Gives the ticket to whoever fits best; to nobody, where nobody fits.
fn give_to_best(rules: &Rules<'_>, draft: &mut Draft<'_>) -> Result<Vec<String>, Stop> {
    let roster = rules.view.roster()?;
    if roster.is_empty() {
        return Err(Error::refused("nobody is on the roster to choose from")
            .with_hint("add technicians with: desk tech add LOGIN")
            .into());
    }
    let wanted = Wanted {
        tier: draft.state.tier,
        team: draft.state.team.as_deref(),
        category: draft.state.category.as_ref(),
        onsite: draft.state.service == Some(Service::Onsite),
    };
    let choice = choose(roster, rules.view.loads()?, &wanted);
    match choice.technician {
        Some(login) => give(rules, draft, login)?,
        None => draft.warnings.push("nobody fits".to_owned()),
    }
    Ok(choice.why)
}
