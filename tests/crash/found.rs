//! What the enumerations found once, each in a test of its own that says what it was.

use std::fs;

use super::possible;
use crate::harness::{Desk, Said};

/// Runs a command of which these system calls fail.
fn failing(desk: &Desk, fault: &str, line: &str) -> Said {
    let inject = format!("--inject={fault}");
    let options = ["-f", "-qq", "-o", "/dev/null", &inject];
    let mut command = desk.traced(&options, line.split(' '));
    command.output().unwrap().into()
}

/// Whichever of the first calls of this name fails: what the command says then, if it began at all.
fn each_failing(desk: impl Fn() -> Desk, call: &str, line: &str) -> Vec<(Desk, Said)> {
    let fail = |n| {
        let desk = desk();
        let said = failing(&desk, &format!("{call}:error=EIO:when={n}"), line);
        (desk, said)
    };
    let began = |(_, said): &(Desk, Said)| said.code != 127;
    (1..=40).map(fail).filter(began).collect()
}

#[test]
fn a_number_is_not_given_again_because_the_counter_cannot_be_read() {
    if !possible() {
        return;
    }
    let desk = || {
        let desk = Desk::in_memory();
        desk.open(["one"]);
        desk.open(["two"]);
        fs::remove_file(desk.file(2)).unwrap();
        desk
    };
    let said = each_failing(desk, "read", "open three");
    let blames = said.iter().filter(|(desk, said)| {
        let counter = desk.data().join(".desk/number");
        let error = format!("error: cannot read {}: ", counter.display());
        said.error().starts_with(&error)
    });
    // What stands there, and that no more does.
    assert_eq!(blames.count(), 2);
    assert!(said.iter().all(|(_, said)| said.out != "2\n"));
}
