//! A relation to another ticket is written down, or taken away.

use super::Relate;
use super::decide::{Decision, Rules};
use super::text::text;
use crate::error::{Error, Result};
use crate::ticket::{EventKind, Link};
use crate::view::Stop;

pub(super) fn decide(rules: &Rules<'_>, relate: &Relate) -> Result<Decision, Stop> {
    let ticket = rules.ticket()?;
    let link = link(rules, relate)?;
    if link.to == ticket.id {
        let message = format!("ticket {} cannot be related to itself", ticket.id);
        return Err(Error::refused(message).into());
    }
    let mut draft = rules.draft(ticket);
    if !draft.state.links.contains(&link) {
        draft.state.links.push(link);
    }
    draft.event_if_changed(EventKind::Linked, text(relate.message.as_ref()), Vec::new())
}

pub(super) fn decide_unlink(rules: &Rules<'_>, relate: &Relate) -> Result<Decision, Stop> {
    let ticket = rules.ticket()?;
    let link = link(rules, relate)?;
    let mut draft = rules.draft(ticket);
    draft.state.links.retain(|own| *own != link);
    if draft.state.links.len() == ticket.state.links.len() {
        let message = format!("ticket {} has no link {} {}", ticket.id, link.kind, link.to);
        return Err(Error::refused(message)
            .with_hint(format!("`desk show {}` lists its links", ticket.id))
            .into());
    }
    draft.event(EventKind::Unlinked, text(relate.message.as_ref()), |_| {})
}

fn link(rules: &Rules<'_>, relate: &Relate) -> Result<Link, Stop> {
    let other = rules.view.ticket(&relate.to)?;
    Ok(Link {
        kind: relate.kind,
        to: other.id,
    })
}
