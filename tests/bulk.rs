//! One verb on many tickets: an answer each, a line at the end, and a question before on a terminal.

use serde_json::{Value, json};

use crate::harness::{Desk, has};
use crate::output::{plain, typing};

/// As many tickets, all of them new.
fn tickets(count: usize) -> Desk {
    let desk = Desk::in_memory();
    desk.batch(&"{\"op\":\"open\",\"subject\":\"a\"}\n".repeat(count));
    desk
}

/// What is shown on a terminal where this is typed, and the exit code.
fn asked(desk: &Desk, line: &str, typed: &str) -> (String, i32) {
    let said = typing(desk, (40, 100), line, &[], typed);
    (plain(&said.out), said.code)
}

fn statuses(desk: &Desk) -> Vec<(String, usize)> {
    let count = |status: &str| {
        let query = format!("status:{status}");
        let said = desk.ok(["list", &query, "--json"]);
        (
            status.to_owned(),
            said.json()["tickets"].as_array().unwrap().len(),
        )
    };
    let all = ["new", "open", "resolved", "closed"].map(count);
    all.into_iter().filter(|(_, count)| *count > 0).collect()
}

#[test]
fn many_tickets_are_one_run_with_an_answer_each_and_a_line_at_the_end() {
    let desk = tickets(4);
    desk.ok(["close", "2", "-m", "x"]);
    let said = desk.say("close --query id:1..4 -m done");
    assert_eq!(said.code, 6);
    assert_eq!(said.out.lines().count(), 3, "{said:?}");
    let errors = "error: ticket 2 is closed already\n\
                  hint: to take it up again: desk reopen 2 -m WHY\n";
    assert_eq!(
        said.err,
        format!("{errors}3 tickets changed, 0 unchanged, 1 refused\n")
    );
    let said = desk.say("edit 1 2 --tag t --dry-run");
    assert_eq!(
        said.err,
        "2 tickets would be changed, 0 unchanged, 0 refused\n"
    );
    desk.ok(["edit", "1", "--tag", "t"]);
    let said = desk.say("edit 1 2 --tag t");
    assert_eq!(said.err, "1 ticket changed, 1 unchanged, 0 refused\n");
    // One ticket is no bulk, programs count themselves, and quiet is quiet.
    assert_eq!(desk.ok(["edit", "1", "--tag", "u"]).err, "");
    assert_eq!(desk.ok(["edit", "1", "2", "--tag", "v", "--json"]).err, "");
    assert_eq!(desk.ok(["edit", "1", "2", "--tag", "w", "-q"]).err, "");
    let runs = desk.ok(["undo", "--list", "--json"]).json();
    let of_three = |run: &&Value| run["did"] == json!({"closed": 3});
    let runs = runs.as_array().unwrap();
    assert_eq!(runs.iter().filter(of_three).count(), 1, "{runs:?}");
}

#[test]
fn a_bulk_is_done_to_its_end_though_nobody_can_be_told() {
    let desk = tickets(4_100);
    let full = std::fs::File::create("/dev/full").unwrap();
    let mut command = desk.command(["edit", "--query", "id:1..", "--tag", "t"]);
    let output = command.stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let changed = desk
        .ok(["list", "tag:t", "--json", "--fields", "id"])
        .json();
    assert_eq!(changed["total"], 4_100);
}

#[test]
fn more_than_twenty_tickets_change_on_a_terminal_only_after_a_question() {
    if !has("script") {
        return;
    }
    let desk = tickets(21);
    let question = "21 tickets are to change. Go on? [y/N] ";
    for no in ["\n", "n\n", "yep\n", ""] {
        let (shown, code) = asked(&desk, "close --query is:active -m x", no);
        assert!(shown.contains(question), "{shown}");
        assert!(shown.ends_with("error: nothing was changed\n"), "{shown}");
        assert_eq!((code, statuses(&desk)), (4, vec![("new".into(), 21)]));
    }
    // What would happen is told without one, and so is what is no more than that.
    for line in [
        "close --query is:active -m x -n",
        "edit --query id:1..20 --tag t",
    ] {
        let (shown, code) = asked(&desk, line, "");
        assert!(!shown.contains("[y/N]"), "{shown}");
        assert_eq!(code, 0, "{shown}");
    }
    let (shown, code) = asked(&desk, "close --query is:active -m x", "Y\n");
    assert!(shown.contains(question), "{shown}");
    assert!(shown.ends_with("21 tickets changed, 0 unchanged, 0 refused\n"));
    assert_eq!((code, statuses(&desk)), (0, vec![("closed".into(), 21)]));
    // To take it back is as large a change.
    let (shown, code) = asked(&desk, "undo", "no\n");
    assert!(shown.contains(question), "{shown}");
    assert_eq!((code, statuses(&desk)), (4, vec![("closed".into(), 21)]));
    let (shown, code) = asked(&desk, "undo --yes", "");
    assert!(!shown.contains("[y/N]"), "{shown}");
    assert_eq!((code, statuses(&desk)), (0, vec![("new".into(), 21)]));
    // Where nobody sits there is nobody to be asked.
    desk.ok(["resolve", "--query", "is:active", "-m", "x"]);
    assert_eq!(statuses(&desk), [("resolved".into(), 21)]);
}

#[test]
fn a_ticket_that_is_named_twice_is_changed_once() {
    let desk = Desk::in_memory();
    desk.ok(["open", "one", "--ref", "R-1"]);
    desk.ok(["open", "two", "--ref", "R-2"]);
    let said = desk.ok(["note", "R-1", "1", "R-2", "#1", "-m", "x"]);
    assert_eq!(said.out, "1 noted\n2 noted\n");
    // What is no ticket is told as ever.
    let said = desk.run(["note", "1", "R-9", "-m", "x"]);
    assert_eq!((said.code, said.out.as_str()), (6, "1 noted\n"), "{said:?}");
}
