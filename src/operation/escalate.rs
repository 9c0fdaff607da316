//! A ticket is handed up to who knows more, or down to who has more hands.

use super::Escalate;
use super::decide::{Decision, Draft, Rules, take_up_again};
use super::text::{required_text, team_name};
use crate::error::{Error, Result};
use crate::roster::{Choice, Roster, Wanted, choose};
use crate::ticket::{Direction, EventKind, Service, Ticket, Tier};
use crate::view::Stop;

/// Where it goes.
enum Way {
    /// To another tier, and there to this technician if one was named.
    Tier(Tier, Option<String>),
    /// Past the top: to the manager of the tier.
    Manager,
}

pub(super) fn decide(rules: &Rules<'_>, escalate: &Escalate) -> Result<Decision, Stop> {
    let ticket = rules.ticket()?;
    let status = ticket.state.status;
    if status.is_solved() {
        let message = format!(
            "ticket {} is {status}; only an active one is escalated",
            ticket.id
        );
        let hint = take_up_again(ticket);
        return Err(Error::refused(message).with_hint(hint).into());
    }
    let reason = required_text(escalate.message.as_ref(), "the reason of the escalation")?;
    let way = way(rules, ticket, escalate)?;
    let direction = match &way {
        Way::Tier(tier, _) if *tier < ticket.state.tier => Direction::Down,
        _ => Direction::Up,
    };
    let mut draft = rules.draft(ticket);
    if escalate.service.is_some() {
        draft.state.service = escalate.service;
    }
    set_priority(rules, &mut draft, escalate, direction);
    let why = match way {
        Way::Manager => tell_manager(rules, &mut draft),
        Way::Tier(tier, named) => hand_over(rules, &mut draft, escalate, tier, named)?,
    };
    draft.activate();
    draft.event(EventKind::Escalated, Some(reason), |event| {
        event.why = why;
        event.direction = Some(direction);
    })
}

fn way(rules: &Rules<'_>, ticket: &Ticket, escalate: &Escalate) -> Result<Way, Stop> {
    let (own, top) = (ticket.state.tier, rules.policy.top_tier());
    let named = match &escalate.to {
        Some(name) => Some(rules.technician(name)?),
        None => None,
    };
    let of_named = match &named {
        Some(login) => rules.view.technician(login)?.map(|known| known.tier),
        None => None,
    };
    let asked = escalate.tier.or(of_named);
    let tier = match asked {
        Some(tier) => tier,
        None if own >= top && named.is_none() && escalate.team.is_none() => {
            return Ok(Way::Manager);
        }
        None => Tier(own.0.saturating_add(1).min(top.0)),
    };
    if tier > top {
        let message = format!("there is no tier {tier}; the highest is {top}");
        return Err(Error::refused(message).into());
    }
    if tier == own {
        let message = format!(
            "ticket {} is in tier {own} already; within a tier it is an assignment",
            ticket.id
        );
        let whom = match (&named, &escalate.team) {
            (Some(login), _) => format!("--to {login}"),
            (None, Some(team)) => format!("--team {team}"),
            (None, None) => "--auto".to_owned(),
        };
        let hint = format!("desk assign {} {whom}", ticket.id);
        return Err(Error::refused(message).with_hint(hint).into());
    }
    Ok(Way::Tier(tier, named))
}

fn set_priority(
    rules: &Rules<'_>,
    draft: &mut Draft<'_>,
    escalate: &Escalate,
    direction: Direction,
) {
    let before = draft.state.priority;
    let raised = rules.policy.escalation_raises_priority && direction == Direction::Up;
    let after = match escalate.priority {
        Some(stated) => stated,
        None if raised => before.raised(),
        None => before,
    };
    if escalate.priority.is_some() || after != before {
        draft.state.priority = after;
        draft.state.priority_stated = true;
    }
}

fn tell_manager(rules: &Rules<'_>, draft: &mut Draft<'_>) -> Vec<String> {
    let tier = draft.state.tier;
    let manager = rules
        .policy
        .tier(tier)
        .and_then(|policy| policy.manager.as_ref());
    let Some(manager) = manager else {
        let why = format!("tier {tier} is the highest, and desk.toml names no manager of it");
        draft.warnings.push(why.clone());
        return vec![why];
    };
    if !draft.state.watchers.contains(manager) {
        draft.state.watchers.push(manager.clone());
    }
    vec![format!(
        "tier {tier} is the highest: its manager {manager} watches from now on"
    )]
}

/// Moves the ticket to a tier: to the one named, else to the specialist who fits best.
fn hand_over(
    rules: &Rules<'_>,
    draft: &mut Draft<'_>,
    escalate: &Escalate,
    tier: Tier,
    named: Option<String>,
) -> Result<Vec<String>, Stop> {
    draft.state.tier = tier;
    if let Some(team) = &escalate.team {
        draft.state.team = team_name(team);
    }
    if let Some(login) = named {
        draft.warnings.extend(rules.over_capacity(&login)?);
        draft.state.assignee = Some(login);
        return Ok(Vec::new());
    }
    let roster = rules.view.roster()?;
    if roster.is_empty() {
        return Ok(Vec::new());
    }
    let choice = specialist(rules, roster, draft, escalate.team.is_some())?;
    if choice.technician.is_none() {
        draft.warnings.push(format!(
            "nobody fits, so it waits in the queue of tier {tier}"
        ));
    }
    draft.state.assignee = choice.technician;
    Ok(choice.why)
}

/// The specialist of the ticket's team; where the team has nobody in that tier and was not asked
/// for, of any team.
fn specialist(
    rules: &Rules<'_>,
    roster: &Roster,
    draft: &mut Draft<'_>,
    team_was_named: bool,
) -> Result<Choice, Stop> {
    let tier = draft.state.tier;
    let category = draft.state.category.clone();
    let mut wanted = Wanted {
        tier,
        team: None,
        category: category.as_ref(),
        onsite: draft.state.service == Some(Service::Onsite),
    };
    let loads = rules.view.loads()?;
    let Some(team) = draft.state.team.clone() else {
        return Ok(choose(roster, loads, &wanted));
    };
    let has_people = roster.iter().any(|t| t.tier == tier && t.is_in(&team));
    if team_was_named || has_people {
        wanted.team = Some(&team);
        return Ok(choose(roster, loads, &wanted));
    }
    let mut choice = choose(roster, loads, &wanted);
    choice.why.insert(
        0,
        format!("team {team} has nobody in tier {tier}, so any team"),
    );
    let chosen = choice.technician.as_deref();
    let chosen = chosen.and_then(|login| roster.get(login));
    // Whoever is of no team takes it from none.
    if let Some(theirs) = chosen.and_then(|chosen| chosen.teams.first()) {
        draft.state.team = Some(theirs.clone());
    }
    Ok(choice)
}
