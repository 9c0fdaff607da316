//! Two who write at the same time leave what one after the other leaves, in one of the two orders.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Barrier;

use desk::query::Filter;
use desk::ticket::Ticket;
use desk::{Answer, Desk, Mode, Operation};
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::work::{any_operation, any_roster, any_settings, caller, furnish, some_tickets};
use super::{check, folder, open};

/// Who asks, and for what.
type Group = (&'static str, Vec<Operation>);

/// All that came of two groups: their answers, and the tickets by name.
type Outcome = (Vec<Vec<Value>>, BTreeMap<String, Value>);

/// Where both write at the same time: more than once, for that they meet is chance.
const TOGETHER: [&str; 4] = ["t1", "t2", "t3", "t4"];

#[test]
fn two_writers_are_one_after_the_other() {
    let group = || vec(any_operation(), 1..8);
    let begin = vec(any_operation(), 0..8);
    let world = (any_settings(), any_roster(), begin, group(), group());
    check(100, &world, |(settings, roster, begin, first, second)| {
        let folder = folder();
        let data = |name: &str| folder.path().join(name);
        let mut desk = furnish(&data("begin"), settings, &roster);
        desk.perform(&some_tickets(), &caller("minh", 0), Mode::Apply);
        desk.perform(&begin, &caller("minh", 0), Mode::Apply);
        for copy in ["ab", "ba"].into_iter().chain(TOGETHER) {
            copy_folder(&data("begin"), &data(copy));
        }
        let number = |ticket: Ticket| ticket.id.get();
        let known = desk.find(&Filter::everything(), number).unwrap().found;
        let (a, b): (Group, Group) = (("lan", first), ("kari", second));

        let alone = |name: &str, group: &Group| perform(&mut open(&data(name)), group);
        let (one, other) = (alone("ab", &a), alone("ab", &b));
        let ab = outcome(&data("ab"), &known, [one, other]);
        let (other, one) = (alone("ba", &b), alone("ba", &a));
        let ba = outcome(&data("ba"), &known, [one, other]);
        for name in TOGETHER {
            let answers = together(&data(name), &a, &b);
            let both = outcome(&data(name), &known, answers);
            let is_one_of_them = both == ab || both == ba;
            prop_assert!(is_one_of_them, "{:#?}\n{:#?}\n{:#?}", both, ab, ba);
        }
        Ok(())
    });
}

fn perform(desk: &mut Desk, (by, operations): &Group) -> Vec<desk::Result<Answer>> {
    desk.perform(operations, &caller(by, 60), Mode::Apply)
}

fn together(data: &Path, a: &Group, b: &Group) -> [Vec<desk::Result<Answer>>; 2] {
    let (mut one, mut other) = (open(data), open(data));
    let barrier = Barrier::new(2);
    let run = |desk: &mut Desk, group: &Group| {
        barrier.wait();
        perform(desk, group)
    };
    std::thread::scope(|scope| {
        let second = scope.spawn(|| run(&mut other, b));
        [run(&mut one, a), second.join().unwrap()]
    })
}

/// What came of it, with new tickets named after who opened them: numbers may be given in any
/// order. Warnings are left out: what is only a warning is not read under a lock.
fn outcome(data: &Path, known: &[u64], answers: [Vec<desk::Result<Answer>>; 2]) -> Outcome {
    let known = known.iter().map(|id| (*id, id.to_string()));
    let mut names: BTreeMap<u64, String> = known.collect();
    for (writer, answers) in answers.iter().enumerate() {
        for (index, answer) in answers.iter().enumerate() {
            if let Some(id) = answer.as_ref().ok().and_then(|answer| answer.ticket) {
                let new = || format!("{index} of {writer}");
                names.entry(id.get()).or_insert_with(new);
            }
        }
    }
    let told = |answer: &desk::Result<Answer>| match answer {
        Ok(answer) => {
            let name = answer.ticket.map(|id| names[&id.get()].clone());
            let changed = renamed(json!(answer.changed), &names, false);
            json!([name, answer.rev, changed, answer.why])
        }
        Err(error) => json!(error.code().as_str()),
    };
    let told = answers.iter().map(|some| some.iter().map(told).collect());
    let found = open(data).find(&Filter::everything(), |ticket| ticket);
    let found = found.unwrap();
    assert!(found.damaged.is_empty(), "{:?}", found.damaged);
    let ticket = |ticket: Ticket| {
        assert_eq!(ticket.flaws(), []);
        let mut json = renamed(json!(ticket), &names, false);
        for own in ["id", "digest"] {
            json[own] = Value::Null;
        }
        (names[&ticket.id.get()].clone(), json)
    };
    (
        told.collect(),
        found.found.into_iter().map(ticket).collect(),
    )
}

/// The same with names instead of numbers, where a field names a ticket.
fn renamed(value: Value, names: &BTreeMap<u64, String>, is_name: bool) -> Value {
    match value {
        Value::Number(number) if is_name => number
            .as_u64()
            .and_then(|id| names.get(&id))
            .map_or(Value::Null, |name| json!(name)),
        Value::Array(items) => items
            .into_iter()
            .map(|item| renamed(item, names, is_name))
            .collect(),
        Value::Object(fields) => fields
            .into_iter()
            .map(|(key, value)| {
                let is_name = matches!(key.as_str(), "to" | "merged_into" | "sent_to");
                let value = renamed(value, names, is_name);
                (key, value)
            })
            .collect(),
        plain => plain,
    }
}

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir(to).unwrap();
    for entry in from.read_dir().unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy_folder(&entry.path(), &to),
            false => drop(std::fs::copy(entry.path(), to).unwrap()),
        }
    }
}
