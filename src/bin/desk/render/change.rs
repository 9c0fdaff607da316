//! The fields that an event set, in words: `tier 1 → 2, assignee lan, tags +vip -vpn`.

use std::collections::HashSet;

use desk::Zone;
use desk::ticket::{Field, Json, Link};
use serde::Deserialize as _;
use serde_json::Value;

use super::grid::plain;
use super::{safe, time};

/// The longest value that stands in a sentence, in characters.
const LONGEST: usize = 60;

/// What a set of changes (each `[old, new]`) says, in one line that is safe.
pub(crate) fn sentence<'a>(
    changed: impl Iterator<Item = (&'a str, &'a Json)>,
    zone: Zone,
) -> String {
    let changes: Vec<(&str, &Json)> = changed.collect();
    // That a priority was stated goes without saying where the priority itself is told.
    let priority = changes
        .iter()
        .any(|(name, _)| *name == Field::Priority.name());
    let is_told = |name: &str| name != Field::PriorityStated.name() || !priority;
    let mut told = String::new();
    for (name, pair) in changes.into_iter().filter(|(name, _)| is_told(name)) {
        if !told.is_empty() {
            told.push_str(", ");
        }
        let sides = pair.values().unwrap_or_default();
        tell(&mut told, name, &sides, zone);
    }
    safe::line(&told).into_owned()
}

fn tell(told: &mut String, name: &str, [old, new]: &[Value; 2], zone: Zone) {
    told.extend(name.chars().map(|c| if c == '_' { ' ' } else { c }));
    let field = name.parse::<Field>();
    if matches!(field, Ok(Field::Description | Field::Resolution)) {
        told.push_str(match (old.is_null(), new.is_null()) {
            (true, _) => " set",
            (_, true) => " removed",
            _ => " changed",
        });
        return;
    }
    if old.is_array() || new.is_array() {
        return tell_difference(told, old, new);
    }
    let mut tell = |before: &str, value: &Value| {
        told.push_str(before);
        match (field, value) {
            (_, Value::Null) => told.push_str("none"),
            (Ok(Field::Due | Field::WaitingUntil), Value::String(at)) => match at.parse() {
                Ok(at) => told.push_str(&time::absolute(at, zone)),
                Err(_) => told.push_str(at),
            },
            (_, value) => push_shortened(told, &plain(value)),
        }
    };
    match old {
        Value::Null => tell(" ", new),
        _ => {
            tell(" ", old);
            tell(" → ", new);
        }
    }
}

fn push_shortened(told: &mut String, text: &str) {
    match text.char_indices().nth(LONGEST) {
        None => told.push_str(text),
        Some((end, _)) => {
            told.push_str(&text[..end]);
            told.push('…');
        }
    }
}

/// What came to a list, and what went.
fn tell_difference(told: &mut String, old: &Value, new: &Value) {
    let [old, new] = [old, new].map(|value| value.as_array().map_or(&[][..], Vec::as_slice));
    let [before, after] = [old, new].map(|items| items.iter().collect::<HashSet<_>>());
    let gone = old.iter().filter(|item| !after.contains(item));
    let come = new.iter().filter(|item| !before.contains(item));
    for (sign, item) in gone.map(|it| ('-', it)).chain(come.map(|it| ('+', it))) {
        told.push(' ');
        told.push(sign);
        match Link::deserialize(item) {
            Ok(link) => told.push_str(&format!("{} {}", link.kind, link.to)),
            Err(_) => told.push_str(&plain(item)),
        }
    }
}
