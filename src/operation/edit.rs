//! Fields are corrected.

use super::decide::{Decision, Rules};
use super::open::priority;
use super::text::{distinct, short_text, subject, text};
use super::{Edit, Setting, StatedPriority};
use crate::error::Result;
use crate::ticket::{EventKind, State};
use crate::view::Stop;

pub(super) fn decide(rules: &Rules<'_>, edit: &Edit) -> Result<Decision, Stop> {
    let ticket = rules.ticket()?;
    let mut draft = rules.draft(ticket);
    let state = &mut draft.state;
    if let Some(given) = &edit.subject {
        state.subject = subject(given)?;
    }
    set_texts(state, edit);
    set(&mut state.kind, &edit.kind);
    set(&mut state.service, &edit.service);
    set(&mut state.channel, &edit.channel);
    set(&mut state.due, &edit.due);
    if let Some(Some(category)) = &edit.category {
        rules.policy.check_category(category)?;
    }
    set(&mut state.category, &edit.category);
    if let Some(Some(reference)) = &edit.reference {
        rules.view.check_free(reference, Some(ticket.id))?;
    }
    set(&mut state.reference, &edit.reference);
    set_priority(rules, state, edit);
    add_and_remove(&mut state.tags, &edit.tag, &edit.untag);
    add_and_remove(&mut state.watchers, &edit.watch, &edit.unwatch);
    draft.event_if_changed(EventKind::Edited, text(edit.message.as_ref()), Vec::new())
}

fn set<T: Clone>(field: &mut Option<T>, setting: &Setting<T>) {
    if let Some(value) = setting {
        field.clone_from(value);
    }
}

fn set_texts(state: &mut State, edit: &Edit) {
    if let Some(description) = &edit.description {
        state.description = text(description.as_ref()).map(str::to_owned);
    }
    for (field, setting) in [
        (&mut state.requester, &edit.requester),
        (&mut state.contact, &edit.contact),
        (&mut state.location, &edit.location),
        (&mut state.asset, &edit.asset),
    ] {
        if let Some(value) = setting {
            *field = short_text(value.as_ref());
        }
    }
}

/// A new impact or urgency moves the priority, unless it was stated.
fn set_priority(rules: &Rules<'_>, state: &mut State, edit: &Edit) {
    state.impact = edit.impact.unwrap_or(state.impact);
    state.urgency = edit.urgency.unwrap_or(state.urgency);
    let asked = edit.priority.or(match state.priority_stated {
        true => Some(StatedPriority::Is(state.priority)),
        false => None,
    });
    let moved = edit.priority.is_some() || edit.impact.is_some() || edit.urgency.is_some();
    if moved {
        (state.priority, state.priority_stated) =
            priority(rules, asked, state.impact, state.urgency);
    }
}

fn add_and_remove(words: &mut Vec<String>, add: &[String], remove: &[String]) {
    let remove = distinct(remove);
    words.retain(|word| !remove.contains(word));
    words.extend_from_slice(add);
    *words = distinct(words);
}
