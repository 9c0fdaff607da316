//! Random manipulations of files, by who knows nothing and by who knows of the digest: each one is
//! found.

use std::fs;

use desk::Desk as Library;
use desk::fsck::Seal;
use serde_json::{Value, json};

use super::{digest, healthy};
use crate::chance::Chance;
use crate::harness::{Desk, long};

/// Changes a file's bytes, without a thought for what they mean.
fn of_bytes(bytes: &mut Vec<u8>, chance: &mut Chance) -> String {
    let at = chance.below(bytes.len() as u64) as usize;
    match chance.below(5) {
        0 | 1 => {
            let bit = chance.below(8);
            bytes[at] ^= 1 << bit;
            format!("bit {bit} of byte {at}")
        }
        2 => {
            bytes.truncate(at);
            format!("cut off at {at}")
        }
        3 => {
            let end = bytes.len().min(at + 1 + chance.below(40) as usize);
            bytes.drain(at..end);
            format!("{at}..{end} taken out")
        }
        _ => {
            let from = chance.below(bytes.len() as u64) as usize;
            let part: Vec<u8> = bytes[from..bytes.len().min(from + 20)].to_vec();
            let end = bytes.len().min(at + part.len());
            bytes.splice(at..end, part);
            format!("{from} copied to {at}")
        }
    }
}

/// Changes what happened, as one would who wants it to look right: numbers, revision and state fit.
fn of_events(ticket: &mut Value, chance: &mut Chance) -> String {
    let events = ticket["events"].as_array_mut().unwrap();
    let count = events.len() as u64;
    let at = chance.below(count) as usize;
    let what = match chance.below(6) {
        0 if count > 1 => {
            events.remove(at);
            format!("event {at} taken out")
        }
        1 if count > 2 => {
            let other = (at + 1) % events.len();
            events.swap(at, other);
            format!("events {at} and {other} swapped")
        }
        2 => {
            events.truncate(at.max(1));
            let again = events[0].clone();
            events.push(again);
            format!("cut off at {at}, and the first one again")
        }
        3 => {
            let (a, b) = (json!("someone"), json!("nobody"));
            let was = events[at]["by"].clone();
            events[at]["by"] = if was == a { b } else { a };
            format!("event {at} by somebody else")
        }
        4 => {
            events[at]["message"] = format!("never said {}", chance.next()).into();
            format!("other words in event {at}")
        }
        _ => {
            events[at]["x"] = chance.below(1000).into();
            format!("something more in event {at}")
        }
    };
    for (event, seq) in events.iter_mut().zip(1..) {
        event["seq"] = seq.into();
    }
    ticket["rev"] = events.len().into();
    what
}

/// What a file says: white space says nothing, and a field of the state that is left out says what it
/// says before anything happens, since an older version may not have known it. A `t` or `z` of an
/// instant is the same in lower case (RFC 3339, section 5.6); in an event the digest finds that, too.
fn meaning(bytes: &[u8]) -> Option<Value> {
    let mut ticket = serde_json::from_slice::<Value>(bytes).ok()?;
    let fields = ticket.as_object_mut()?;
    let unsaid = json!({"ref": null, "description": null, "priority": 3, "priority_stated": false,
        "impact": "medium", "urgency": "medium", "tier": 1, "team": null, "assignee": null,
        "requester": null, "contact": null, "watchers": [], "kind": null, "service": null,
        "channel": null, "category": null, "tags": [], "location": null, "asset": null,
        "due": null, "waiting_on": null, "waiting_until": null, "resolution": null, "code": null,
        "stars": null, "links": [], "merged_into": null, "solved": null, "closed": null});
    for (name, value) in unsaid.as_object()? {
        fields.entry(name.clone()).or_insert_with(|| value.clone());
    }
    for name in [
        "opened",
        "updated",
        "solved",
        "closed",
        "due",
        "waiting_until",
    ] {
        if let Some(Value::String(instant)) = fields.get_mut(name) {
            instant.make_ascii_uppercase();
        }
    }
    Some(ticket)
}

/// A help desk with more of a past than the others.
fn busy() -> Desk {
    let mut desk = healthy();
    for hour in 13..18 {
        desk.at(&format!("2026-11-21T{hour}:00:00Z"));
        desk.ok([
            "note",
            "2",
            "3",
            "5",
            "6",
            "-m",
            &format!("Đã gọi lại lúc {hour} \"giờ\"\n"),
        ]);
        desk.ok(["edit", "5", "--tag", &format!("t{hour}")]);
    }
    desk
}

#[test]
fn a_thousand_manipulations_are_all_found() {
    let desk = busy();
    let seal = desk.ok(["fsck", "--seal"]).out;
    let seal = Seal::read(seal.as_bytes()).unwrap();
    let library = Library::open(&desk.data(), std::time::Duration::ZERO).unwrap();
    let seed = 0xf5c4;
    let mut chance = Chance::new(seed);
    let count = if long() { 100_000 } else { 1_000 };
    let (mut alone, mut beside) = (0, 0);
    for turn in 0..count {
        let file = desk.file(1 + chance.below(6));
        let whole = fs::read(&file).unwrap();
        let mut bytes = whole.clone();
        let knows = chance.percent(30);
        let what = if chance.percent(50) {
            of_bytes(&mut bytes, &mut chance)
        } else {
            let mut ticket = serde_json::from_slice(&bytes).unwrap();
            let what = of_events(&mut ticket, &mut chance);
            if knows {
                ticket["digest"] = digest(&ticket).into();
            }
            bytes = format!("{ticket:#}\n").into_bytes();
            what
        };
        if meaning(&bytes).is_some_and(|said| Some(said) == meaning(&whole)) {
            continue;
        }
        fs::write(&file, &bytes).unwrap();
        let checked = library.check().unwrap();
        let told = |checked: &desk::fsck::Checked| {
            let notes = checked.notes.iter().map(|note| &note.path);
            let mut paths = checked
                .findings
                .iter()
                .map(|found| &found.path)
                .chain(notes);
            paths.any(|path| *path == file)
        };
        let is_plain = told(&checked);
        alone += usize::from(is_plain);
        assert!(
            knows || is_plain,
            "seed {seed:#x}, turn {turn}: {}: {what}",
            file.display()
        );
        let checked = library.check_against(Some(&seal), &|_, _| {}).unwrap();
        let found = told(&checked);
        assert!(
            found,
            "seed {seed:#x}, turn {turn}: {}: {what}",
            file.display()
        );
        beside += 1;
        fs::write(&file, &whole).unwrap();
    }
    eprintln!("{beside} manipulations, {alone} of them found without the seal");
    assert!(beside > count * 9 / 10 && alone < beside);
}
