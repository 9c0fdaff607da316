//! The fields that an event set, in words: `tier 1 → 2, assignee lan, tags +vip -vpn`.

use std::collections::HashSet;

use desk::Zone;
use desk::ticket::{Field, Json, Link};
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
    let told: Vec<String> = changes
        .into_iter()
        .filter(|(name, _)| is_told(name))
        .map(|(name, pair)| {
            let sides = pair
                .pair()
                .map(|sides| sides.map(|side| Json::of(side).value()));
            let [old, new] = sides.unwrap_or_default();
            change(name, &old, &new, zone)
        })
        .collect();
    safe::line(&told.join(", ")).into_owned()
}

fn change(name: &str, old: &Value, new: &Value, zone: Zone) -> String {
    let label = name.replace('_', " ");
    let field = name.parse::<Field>();
    if matches!(field, Ok(Field::Description | Field::Resolution)) {
        let verb = match (old.is_null(), new.is_null()) {
            (true, _) => "set",
            (_, true) => "removed",
            _ => "changed",
        };
        return format!("{label} {verb}");
    }
    if old.is_array() || new.is_array() {
        return format!("{label}{}", difference(old, new));
    }
    let text = |value: &Value| match (field, value) {
        (_, Value::Null) => "none".into(),
        (Ok(Field::Due | Field::WaitingUntil), Value::String(at)) => at
            .parse()
            .map_or_else(|_| at.clone(), |at| time::absolute(at, zone)),
        (_, value) => shortened(&plain(value)),
    };
    match old {
        Value::Null => format!("{label} {}", text(new)),
        _ => format!("{label} {} → {}", text(old), text(new)),
    }
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

/// What came to a list, and what went.
fn difference(old: &Value, new: &Value) -> String {
    let items = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let (old, new) = (items(old), items(new));
    let [before, after] = [&old, &new].map(|items| items.iter().collect::<HashSet<_>>());
    let gone = old
        .iter()
        .filter(|item| !after.contains(item))
        .map(|item| ('-', item));
    let come = new
        .iter()
        .filter(|item| !before.contains(item))
        .map(|item| ('+', item));
    gone.chain(come)
        .map(
            |(sign, item)| match serde_json::from_value::<Link>(item.clone()) {
                Ok(link) => format!(" {sign}{} {}", link.kind, link.to),
                Err(_) => format!(" {sign}{}", plain(item)),
            },
        )
        .collect()
}
