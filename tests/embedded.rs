//! What a program that embeds the library asks of one desk, one thing after the other.

use std::time::Duration;

use desk::operation::from_json;
use desk::query::Clock;
use desk::{Caller, Desk, Mode, Operation, Zone};
use serde_json::{Value, json};

use crate::harness::NOON;

fn operation(line: &Value) -> Operation {
    let clock = Clock {
        now: NOON.parse().unwrap(),
        zone: Zone::UTC,
    };
    from_json(line.to_string().as_bytes(), &clock).unwrap()
}

fn caller(op: &str) -> Caller {
    Caller {
        by: "minh".to_owned(),
        real: "minh".to_owned(),
        op: op.to_owned(),
        now: NOON.parse().unwrap(),
    }
}

#[test]
fn what_was_not_done_is_not_known_afterwards() {
    // So many operations are remembered by who performs them, and these asked of the index.
    for count in [1, 60] {
        let line = |n| json!({"op": "open", "subject": "x", "ref": format!("R{n}")});
        let openings: Vec<Operation> = (0..count).map(|n| operation(&line(n))).collect();
        let mut refused = openings.clone();
        refused.push(operation(
            &json!({"op": "note", "ticket": 9999, "message": "x"}),
        ));
        let folder = tempfile::tempdir().unwrap();
        let wait = Duration::from_secs(30);
        let mut desk = Desk::open(&folder.path().join("data"), wait).unwrap();
        let first = operation(&json!({"op": "open", "subject": "first"}));
        desk.perform(&vec![first; count], &caller("first"), Mode::Apply);
        for answer in desk.perform(&openings, &caller("dry"), Mode::DryRun) {
            answer.unwrap();
        }
        for answer in desk.perform(&refused, &caller("whole"), Mode::Atomic) {
            answer.unwrap_err();
        }
        for answer in desk.perform(&openings, &caller("done"), Mode::Apply) {
            answer.unwrap();
        }
    }
}
