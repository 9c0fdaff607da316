//! The requester says how satisfied they are.

use super::Rate;
use super::decide::{Decision, Rules};
use super::text::text;
use crate::error::{Error, Result};
use crate::ticket::EventKind;
use crate::view::Stop;

pub(super) fn decide(rules: &Rules<'_>, rate: &Rate) -> Result<Decision, Stop> {
    if !(1..=5).contains(&rate.stars) {
        let message = format!("{} stars: a rating is one of 1 to 5", rate.stars);
        return Err(Error::usage(message).into());
    }
    let ticket = rules.ticket()?;
    if ticket.state.status.is_active() {
        let message = format!(
            "ticket {} is {}; only a solved one is rated",
            ticket.id, ticket.state.status
        );
        return Err(Error::refused(message).into());
    }
    let mut draft = rules.draft(ticket);
    draft.state.stars = Some(rate.stars);
    draft.event(EventKind::Rated, text(rate.message.as_ref()), |_| {})
}
