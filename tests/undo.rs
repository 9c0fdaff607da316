//! `desk undo`: what a run did is taken back, and done again.

use std::process::Command;

use serde_json::{Value, json};

use crate::harness::{Desk, Said};

/// Tickets in every state, all by minh, but for one of lan's.
fn furnished() -> Desk {
    let desk = Desk::in_memory();
    for line in [
        "open one --take",
        "open two",
        "open three --take",
        "wait 3 -m x",
        "open four --take",
        "close 4 -m x --code c",
        "open five",
        "merge 5 --into 4",
        "open six --ref R6",
        "link 6 --blocks 2",
    ] {
        desk.ok(line.split(' '));
    }
    desk
}

/// What is true of a ticket, without its past.
fn state(desk: &Desk, id: u64) -> Value {
    let mut ticket = desk.ticket(id);
    let past = ["rev", "updated", "solved", "closed", "digest", "events"];
    for field in past {
        ticket.as_object_mut().unwrap().remove(field);
    }
    ticket
}

/// The mark of the last run of whoever sits there.
fn mark(desk: &Desk) -> String {
    let said = desk.ok(["undo", "--list", "--limit", "1", "--json"]);
    said.json()[0]["batch"].as_str().unwrap().to_owned()
}

fn say(desk: &Desk, line: &str) -> Said {
    let said = desk.say(line);
    assert_eq!(said.code, 0, "{line}: {said:?}");
    said
}

#[test]
fn what_each_verb_did_is_taken_back_and_done_again() {
    let table = [
        ("assign 1 --to lan --team net", 1, "undone"),
        ("assign 1 --none", 1, "undone"),
        ("take 2", 2, "undone"),
        ("escalate 1 -m x", 1, "undone"),
        ("escalate 2 -m x --to lan --tier 3", 2, "undone"),
        ("note 1 -m x", 1, "undone"),
        ("note 3 -m x --from-requester", 3, "undone"),
        ("note 5 -m x", 4, "undone"),
        ("wait 1 -m x --until 2d", 1, "undone"),
        ("resume 3", 3, "undone"),
        ("resolve 3 -m x", 3, "undone"),
        ("close 1 -m x --code d", 1, "undone"),
        ("reopen 4 -m x", 4, "undone"),
        ("rate 4 --stars 5", 4, "undone"),
        (
            "edit 1 --subject y --tag t --ref K --impact high",
            1,
            "undone",
        ),
        ("link 1 --relates-to 2", 1, "undone"),
        ("unlink 6 --blocks 2", 6, "undone"),
        ("merge 1 --into 2", 1, "unmerged"),
        ("merge 4 --into 2", 4, "unmerged"),
        ("unmerge 5", 5, "merged"),
    ];
    for (line, id, event) in table {
        let desk = furnished();
        let before = state(&desk, id);
        say(&desk, line);
        let (run, after) = (mark(&desk), state(&desk, id));
        let answer = say(&desk, "undo --json").json();
        assert_eq!(
            (&answer["ticket"], &answer["event"]),
            (&json!(id), &json!(event)),
            "{line}"
        );
        assert_eq!(state(&desk, id), before, "{line}");
        let last = desk.ticket(id)["events"]
            .as_array()
            .unwrap()
            .last()
            .unwrap()
            .clone();
        assert_eq!(
            (&last["undoes"], &last["op"]),
            (&json!(run), &answer["op"]),
            "{line}"
        );
        // To take back what took it back is to do it again.
        say(&desk, "undo");
        assert_eq!(state(&desk, id), after, "{line}");
        say(&desk, &format!("undo {run}"));
        assert_eq!(state(&desk, id), before, "{line}");
        assert_eq!(desk.say("fsck").code, 0, "{line}");
    }
}

#[test]
fn an_opening_that_is_taken_back_is_void() {
    let mut desk = Desk::in_memory();
    desk.ok(["open", "one", "--ref", "K", "--take"]);
    let before = state(&desk, 1);
    let said = say(&desk, "undo");
    assert_eq!(
        said.out,
        "1 voided: ref K → none, status open → closed, resolution set, code void\n"
    );
    assert_eq!(desk.say("show K").code, 3);
    // The reference is free; and while another has it, nothing brings the first one back.
    desk.ok(["open", "another", "--ref", "K"]);
    let other = mark(&desk);
    let void = desk.ticket(1)["events"][1]["op"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(
        desk.say(&format!("undo {void}")).refusal(),
        "4 error: reference `K` is taken: ticket 2 has it"
    );
    say(&desk, &format!("undo {other}"));
    let said = say(&desk, &format!("undo {void}"));
    assert!(
        said.out
            .starts_with("1 unvoided: ref K, status closed → open"),
        "{said:?}"
    );
    assert_eq!(state(&desk, 1), before);
    desk.at("2026-11-21T13:00:00Z");
    let report = desk
        .ok(["report", "summary", "--period", "today", "--json"])
        .json();
    let flow = &report["flow"];
    assert_eq!(
        [
            &flow["opened"],
            &flow["reopened"],
            &flow["solved"],
            &flow["voided"],
            &flow["backlog_end"]
        ],
        [&json!(2), &json!(1), &json!(2), &json!(2), &json!(1)]
    );
    assert_eq!(report["solved_tickets"], 0);
    assert_eq!(report["reopened"]["tickets"], 0);
}

#[test]
fn an_opening_that_others_depend_on_stays() {
    let voids = |then: &str| {
        let desk = Desk::in_memory();
        desk.ok(["open", "one"]);
        let run = mark(&desk);
        desk.ok(["open", "two"]);
        for line in then.split("; ").filter(|line| !line.is_empty()) {
            say(&desk, line);
        }
        desk.say(&format!("undo {run}"))
    };
    let table = [
        (
            "note 1 -m x",
            "it was worked on since: event 2, noted by minh",
        ),
        ("merge 2 --into 1", "ticket 2 was merged into it"),
        (
            "link 2 --duplicate-of 1",
            "ticket 2 is linked to it (duplicate-of)",
        ),
    ];
    for (then, why) in table {
        let said = voids(then);
        assert_eq!(
            (said.code, said.error()),
            (4, &*format!("error: ticket 1: {why}"))
        );
    }
    // What was taken back itself is in nobody's way.
    for then in [
        "",
        "note 1 -m x; undo",
        "merge 2 --into 1; undo",
        "merge 2 --into 1; unmerge 2",
    ] {
        assert_eq!(voids(then).code, 0, "{then}");
    }
}

#[test]
fn what_something_later_depends_on_stays_and_that_is_said() {
    let table = [
        (
            "assign 1 --to lan",
            "assign 1 --to ola",
            "`assignee` was set since: event 3, assigned by minh",
        ),
        (
            "take 2",
            "wait 2 -m x",
            "`status` was set since: event 3, waiting by minh",
        ),
        (
            "close 1 -m x",
            "reopen 1 -m y",
            "`status` was set since: event 3, reopened by minh",
        ),
        (
            "resolve 1 -m x",
            "close 1",
            "`status` was set since: event 3, closed by minh",
        ),
        (
            "close 1 -m x",
            "merge 1 --into 2",
            "it was merged into 2 since",
        ),
        (
            "edit 1 --tag a",
            "edit 1 --tag b",
            "`tags` was set since: event 3, edited by minh",
        ),
        (
            "escalate 1 -m x",
            "escalate 1 -m y",
            "`priority` was set since: event 3, escalated by minh",
        ),
        (
            "reply 1 -m x",
            "",
            "event 2 went to the requester, and cannot be taken back",
        ),
        (
            "unmerge 5",
            "merge 4 --into 5",
            "ticket 4 is itself merged into 5",
        ),
    ];
    for (line, then, why) in table {
        let desk = furnished();
        say(&desk, line);
        let run = mark(&desk);
        if !then.is_empty() {
            say(&desk, then);
        }
        let before = desk.kept();
        let said = desk.say(&format!("undo {run}"));
        assert_eq!(said.code, 4, "{line}: {said:?}");
        assert!(said.error().ends_with(why), "{line}: {said:?}");
        assert_eq!(desk.kept(), before, "{line}");
        // First what came later, and then this.
        if said.err.contains("hint: take that back first") {
            say(&desk, "undo");
            say(&desk, &format!("undo {run}"));
        }
    }
}

#[test]
fn what_has_nothing_to_do_with_it_is_in_nobody_s_way() {
    let table = [
        ("assign 1 --to lan", "note 1 -m y"),
        ("escalate 1 -m x", "edit 1 --subject y"),
        ("edit 1 --subject y", "close 1 -m x"),
        ("close 1 -m x", "rate 1 --stars 4"),
        ("merge 1 --into 2", "note 1 -m late"),
    ];
    for (line, then) in table {
        let desk = furnished();
        say(&desk, line);
        let run = mark(&desk);
        say(&desk, then);
        say(&desk, &format!("undo {run}"));
    }
    // What a run did and undid itself is nothing that anybody builds on.
    let desk = furnished();
    let lines = [
        r#"{"op":"note","ticket":1,"message":"x"}"#,
        r#"{"op":"close","ticket":1,"message":"x"}"#,
        r#"{"op":"reopen","ticket":1,"message":"x"}"#,
    ];
    desk.batch(&lines.map(|line| format!("{line}\n")).concat());
    let run = mark(&desk);
    say(&desk, "close 1 -m y");
    say(&desk, &format!("undo {run}"));
    assert_eq!(desk.ticket(1)["status"], "closed");
    // Whoever is given a ticket back that nobody took up meanwhile has it open.
    let desk = furnished();
    say(&desk, "assign 3 --none");
    let run = mark(&desk);
    say(&desk, "resume 3");
    say(&desk, &format!("undo {run}"));
    let three = desk.ticket(3);
    assert_eq!(
        (&three["status"], &three["assignee"]),
        (&json!("open"), &json!("minh"))
    );
}

#[test]
fn an_escalation_to_a_specialist_is_taken_back() {
    let desk = Desk::in_memory();
    for line in [
        "tech add minh",
        "tech add lan --tier 2",
        "open one --take",
        "escalate 1 -m x",
    ] {
        say(&desk, line);
    }
    let ticket = desk.ticket(1);
    assert_eq!(
        (&ticket["assignee"], &ticket["tier"]),
        (&json!("lan"), &json!(2))
    );
    let said = say(&desk, "undo -m mistake");
    let ticket = desk.ticket(1);
    assert_eq!(
        (&ticket["assignee"], &ticket["tier"]),
        (&json!("minh"), &json!(1))
    );
    assert_eq!(
        said.out,
        "1 undone: priority 2 → 3, tier 2 → 1, assignee lan → minh\n"
    );
    assert_eq!(ticket["events"][2]["message"], "mistake");
    let page = say(&desk, "show 1").out;
    assert!(page.contains("assignee minh → lan  (taken back)"), "{page}");
    assert!(page.contains("(takes back "), "{page}");
    let log = say(&desk, "log 1").out;
    assert_eq!(log.matches("(taken back)").count(), 1, "{log}");
    // Nobody is given a ticket who is not there any more.
    say(&desk, "undo");
    say(&desk, "tech remove minh");
    let said = desk.say("undo");
    assert_eq!(
        (said.code, said.error()),
        (3, "error: there is no technician `minh`")
    );
}

#[test]
fn a_bulk_is_taken_back_ticket_by_ticket() {
    let desk = Desk::in_memory();
    let lines: String = (1..=60)
        .map(|n| format!("{{\"op\":\"open\",\"subject\":\"ticket {n}\"}}\n"))
        .collect();
    desk.batch(&lines);
    say(&desk, "close --query is:open -m x");
    let run = mark(&desk);
    say(&desk, "reopen 7 -m y");
    let said = desk.say(&format!("undo {run} --dry-run"));
    assert_eq!((said.code, said.out.lines().count()), (6, 59));
    assert!(
        said.out
            .starts_with("1 would be undone: status closed → new"),
        "{said:?}"
    );
    let said = desk.say(&format!("undo {run}"));
    assert_eq!((said.code, said.out.lines().count()), (6, 59));
    assert!(
        said.error()
            .starts_with("error: ticket 7: `status` was set since"),
        "{said:?}"
    );
    assert_eq!(desk.ok(["list", "is:open", "--json"]).json()["total"], 60);
    let list = desk.ok(["undo", "--list", "--fields", "did,undone"]).out;
    let rows: Vec<String> = list
        .lines()
        .map(|row| row.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect();
    let last = format!("undone 59 tickets, taking back {run} -");
    let expected = [
        "DID UNDONE",
        &last,
        "reopened 7 -",
        "closed 60 tickets 59 of 60",
        "opened 60 tickets -",
    ];
    assert_eq!(rows, expected);
    // The others again; then all of them, with the opening itself.
    say(&desk, "undo");
    assert_eq!(desk.ok(["list", "is:open", "--json"]).json()["total"], 1);
    let again: Vec<Value> = desk
        .ok(["undo", "--list", "--json"])
        .json()
        .as_array()
        .unwrap()
        .clone();
    assert_eq!(
        (&again[0]["did"], &again[0]["tickets"], &again[0]["undone"]),
        (&json!({"undone": 59}), &json!(59), &json!(0))
    );
    assert_eq!(again[1]["undone"], 59);
    assert_eq!(again[3]["undone"], 0);
}

#[test]
fn a_batch_that_builds_on_itself_is_taken_back_whole() {
    let mut desk = Desk::in_memory();
    let lines = r#"{"op":"open","subject":"one","ref":"A","id":"1"}
{"op":"open","subject":"two","ref":"B","id":"2"}
{"op":"merge","ticket":"A","into":"B","id":"3"}
{"op":"link","ticket":"B","relates_to":1,"id":"4"}
{"op":"assign","ticket":"B","to":"lan","id":"5"}
{"op":"close","ticket":"B","message":"x","id":"6"}
{"op":"open","subject":"three","id":"7"}
"#;
    desk.batch(lines);
    let before = [1, 2, 3].map(|id| state(&desk, id));
    let said = say(&desk, "undo");
    assert_eq!(said.out.matches("voided").count(), 3, "{said:?}");
    desk.at("2026-11-21T13:00:00Z");
    let report = desk
        .ok(["report", "summary", "--period", "today", "--json"])
        .json();
    let flow = &report["flow"];
    // One was merged, one was solved, one was void before anything else.
    assert_eq!(
        [
            &flow["opened"],
            &flow["solved"],
            &flow["merged"],
            &flow["voided"],
            &flow["backlog_end"]
        ],
        [&json!(3), &json!(3), &json!(1), &json!(1), &json!(0)]
    );
    // An id stays known for as long as the ticket lives.
    let said = desk.batch(lines);
    assert_eq!(
        said.out.matches("unchanged: done before").count(),
        7,
        "{said:?}"
    );
    say(&desk, "undo");
    assert_eq!([1, 2, 3].map(|id| state(&desk, id)), before);
    assert_eq!(desk.say("fsck").code, 0);
}

#[test]
fn a_batch_that_ties_its_own_tickets_is_taken_back_as_often_as_one_likes() {
    let desk = Desk::in_memory();
    desk.batch(
        r#"{"op":"open","subject":"one"}
{"op":"open","subject":"two"}
{"op":"open","subject":"three"}
{"op":"link","ticket":2,"relates_to":1}
{"op":"merge","ticket":3,"into":1}
"#,
    );
    let before = [1, 2, 3].map(|id| state(&desk, id));
    for _ in 0..3 {
        say(&desk, "undo");
        assert!([1, 2, 3].map(|id| state(&desk, id)["code"].clone()) == ["void"; 3]);
        say(&desk, "undo");
        assert_eq!([1, 2, 3].map(|id| state(&desk, id)), before);
    }
}

#[test]
fn tickets_of_one_run_are_not_in_each_others_way() {
    // The second one is given what the first one had, or is merged the other way round.
    let table = [
        (
            "open two",
            r#"{"op":"edit","ticket":1,"ref":null}
{"op":"edit","ticket":2,"ref":"R"}"#,
        ),
        (
            "merge 1 --into 2",
            r#"{"op":"unmerge","ticket":1}
{"op":"merge","ticket":2,"into":1}"#,
        ),
    ];
    let desk = Desk::in_memory();
    say(&desk, "open one --ref R");
    for (line, lines) in table {
        say(&desk, line);
        let states = || [1, 2].map(|id| state(&desk, id));
        let before = states();
        desk.batch(lines);
        assert_ne!(states(), before);
        let said = say(&desk, "undo --dry-run");
        assert!(said.err.starts_with("2 tickets would be"), "{said:?}");
        say(&desk, "undo");
        assert_eq!(states(), before);
    }
}

#[test]
fn lines_of_a_batch_that_undo_are_done_in_order() {
    let desk = Desk::in_memory();
    say(&desk, "open one");
    let marks = ["a", "b"].map(|tag| {
        say(&desk, &format!("edit 1 --subject {tag}"));
        mark(&desk)
    });
    let line = |mark: &String| format!("{{\"op\":\"undo\",\"ticket\":1,\"batch\":\"{mark}\"}}\n");
    let said = desk.feed(["batch"], marks.each_ref().map(line).concat());
    assert_eq!(said.code, 6, "{said:?}");
    assert_eq!(desk.ticket(1)["subject"], "a");
}

#[test]
fn a_priority_that_nobody_stated_follows_what_was_set_since() {
    let desk = Desk::in_memory();
    let priority = |id: u64| {
        let ticket = desk.ticket(id);
        let fields = ["impact", "urgency", "priority", "priority_stated"];
        json!(fields.map(|field| ticket[field].clone()))
    };
    say(&desk, "open A --priority 4");
    say(&desk, "edit 1 --impact high");
    let impact = mark(&desk);
    say(&desk, "edit 1 --priority auto");
    let auto = mark(&desk);
    desk.ok(["undo", &impact]);
    assert_eq!(priority(1), json!(["medium", "medium", 3, false]));
    desk.ok(["undo", &auto]);
    assert_eq!(priority(1), json!(["medium", "medium", 4, true]));
    // In whatever order things are taken back and done again.
    say(&desk, "open B");
    say(&desk, "edit 2 --priority 3");
    let stated = mark(&desk);
    say(&desk, "edit 2 --impact high");
    desk.ok(["undo", &stated]);
    assert_eq!(priority(2), json!(["high", "medium", 2, false]));
    say(&desk, "open C");
    say(&desk, "edit 3 --impact high");
    let impact = mark(&desk);
    say(&desk, "edit 3 --urgency high");
    let urgency = mark(&desk);
    assert_eq!(priority(3), json!(["high", "high", 1, false]));
    desk.ok(["undo", &urgency]);
    let back = mark(&desk);
    assert_eq!(priority(3), json!(["high", "medium", 2, false]));
    desk.ok(["undo", &impact]);
    assert_eq!(priority(3), json!(["medium", "medium", 3, false]));
    desk.ok(["undo", &back]);
    assert_eq!(priority(3), json!(["medium", "high", 2, false]));
}

#[test]
fn the_last_run_is_mine_and_others_go_by_their_mark() {
    let mut desk = Desk::in_memory();
    let said = desk.say("undo");
    assert_eq!(said.code, 3);
    assert!(!desk.data().exists());
    desk.open(["one"]);
    desk.user("lan").ok(["take", "1"]);
    let lans = mark(&desk);
    desk.user("minh").ok(["note", "1", "-m", "x"]);
    // Of two within a second the later one is the last.
    let said = desk.ok(["undo", "--json"]).json();
    assert_eq!(said["changed"], json!({}));
    desk.user("kim");
    assert_eq!(
        desk.say("undo").refusal(),
        "3 error: there is no run to be taken back by `kim` / hint: `desk undo --list --all` shows everybody's"
    );
    assert_eq!(desk.ok(["undo", "--list", "--json"]).json(), json!([]));
    let all = desk.ok(["undo", "--list", "--all", "--json"]).json();
    let by: Vec<&Value> = all
        .as_array()
        .unwrap()
        .iter()
        .map(|run| &run["by"])
        .collect();
    assert_eq!(
        by,
        [
            &json!(["minh"]),
            &json!(["minh"]),
            &json!(["lan"]),
            &json!(["minh"])
        ]
    );
    // The beginning of a mark is enough, if it is nobody else's.
    let common = {
        let marks: Vec<&str> = all
            .as_array()
            .unwrap()
            .iter()
            .map(|run| run["batch"].as_str().unwrap())
            .collect();
        let first = marks[0];
        let same = |n: &usize| marks.iter().all(|mark| mark.starts_with(&first[..*n]));
        first[..(1..first.len()).take_while(same).last().unwrap()].to_owned()
    };
    let said = desk.say(&format!("undo {common}"));
    assert_eq!(said.code, 3, "{said:?}");
    assert!(
        said.err.contains("is the name of more than one") && said.err.contains(&lans),
        "{said:?}"
    );
    assert_eq!(desk.say("undo x").code, 3);
    let said = desk.ok(["undo", &lans[..lans.len() - 1]]);
    assert_eq!(
        said.out,
        "1 undone: status open → new, assignee lan → none\n"
    );
    let said = desk.say(&format!("undo {lans}"));
    assert_eq!(said.code, 4);
    assert_eq!(
        said.error(),
        format!("error: the run {lans} was taken back already")
    );
    // Whoever really did it may take it back as well as who is said to have done it.
    desk.user("minh")
        .ok(["note", "1", "-m", "x", "--as", "ola"]);
    let olas = desk.ticket(1)["events"].as_array().unwrap().last().unwrap()["op"].clone();
    let real = Command::new("id").arg("-un").output().unwrap().stdout;
    desk.user(String::from_utf8(real).unwrap().trim())
        .ok(["undo"]);
    let last = desk.ticket(1)["events"]
        .as_array()
        .unwrap()
        .last()
        .unwrap()
        .clone();
    assert_eq!((&last["event"], &last["undoes"]), (&json!("undone"), &olas));
}

#[test]
fn what_a_later_version_did_is_taken_back_by_its_pairs() {
    let desk = Desk::in_memory();
    desk.open(["one"]);
    let mut ticket = desk.ticket(1);
    let event = json!({
        "seq": 2, "at": "2026-11-21T12:00:00Z", "by": "minh", "event": "frobbed", "op": "later",
        "changed": {"mood": [null, "grim"], "priority": [3, 1]},
    });
    ticket["events"].as_array_mut().unwrap().push(event);
    ticket["mood"] = json!("grim");
    ticket["priority"] = json!(1);
    ticket["rev"] = json!(2);
    std::fs::write(desk.file(1), ticket.to_string()).unwrap();
    say(&desk, "undo later");
    let ticket = desk.ticket(1);
    assert_eq!(
        (&ticket["mood"], &ticket["priority"]),
        (&Value::Null, &json!(3))
    );
    assert_eq!(
        ticket["events"][2]["changed"]["mood"],
        json!(["grim", null])
    );
    say(&desk, "undo");
    assert_eq!(desk.ticket(1)["mood"], "grim");
}

#[test]
fn a_list_has_every_form() {
    let desk = furnished();
    say(&desk, "undo");
    let list = desk.ok(["undo", "--list", "--limit", "2"]).out;
    assert_eq!(
        list.split_whitespace().take(5).collect::<Vec<_>>(),
        ["BATCH", "AT", "BY", "DID", "UNDONE"]
    );
    let csv = desk
        .ok([
            "undo",
            "--list",
            "--limit",
            "2",
            "--format",
            "csv",
            "--fields",
            "at,by,tickets,undone",
        ])
        .out;
    assert_eq!(
        csv,
        "at,by,tickets,undone\n2026-11-21T12:00:00Z,minh,1,0\n2026-11-21T12:00:00Z,minh,1,1\n"
    );
    assert_eq!(desk.say("undo --all").code, 2);
    assert_eq!(desk.say("undo --list 7").code, 2);
}

#[test]
fn where_a_ticket_cannot_be_read_nobody_says_that_nothing_was_done() {
    let desk = Desk::in_memory();
    desk.open(["one"]);
    let mark = mark(&desk);
    std::fs::write(desk.file(1), "{").unwrap();
    for line in ["undo", &format!("undo {mark}"), "undo 18"] {
        let said = desk.say(line);
        assert_eq!((said.code, said.out.as_str()), (7, ""), "{line}: {said:?}");
        assert!(said.error().contains("tickets/0000/1.json"), "{said:?}");
    }
}
