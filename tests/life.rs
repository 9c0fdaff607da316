//! The life of a ticket, verb by verb.

use serde_json::{Value, json};

use crate::harness::{Desk, Said};

/// Five tickets, one in each status and all but the first `lan`'s, and a sixth to relate them to.
fn in_every_status() -> Desk {
    let desk = Desk::new();
    desk.batch(
        r#"{"op":"open","subject":"one"}
           {"op":"open","subject":"two","to":"lan"}
           {"op":"open","subject":"three","to":"lan"}
           {"op":"open","subject":"four","to":"lan"}
           {"op":"open","subject":"five","to":"lan"}
           {"op":"open","subject":"six"}
           {"op":"wait","ticket":3,"message":"which printer?"}
           {"op":"resolve","ticket":4,"message":"done"}
           {"op":"close","ticket":5,"message":"done"}"#,
    );
    desk
}

/// `open lan`: where a ticket stands, and who has it.
fn standing(desk: &Desk, id: u64) -> String {
    let ticket = desk.ticket(id);
    let assignee = ticket["assignee"].as_str().unwrap_or("-");
    format!("{} {assignee}", ticket["status"].as_str().unwrap())
}

/// Runs a line on each of the five tickets, each time as a dry run first, and gives what came of
/// it: the standing, or the refusal.
fn on_every_status(line: &str) -> Vec<String> {
    let desk = in_every_status();
    let outcome = |id: u64| {
        let (verb, flags) = line.split_once(' ').unwrap_or((line, ""));
        let (before, kept) = (desk.tree(), desk.kept());
        let dry = desk.say(&format!("{verb} {id} {flags} --dry-run"));
        assert_eq!(desk.tree(), before, "{line}: a dry run changes nothing");
        let said = desk.say(&format!("{verb} {id} {flags}"));
        assert_eq!(dry.code, said.code, "{line}: {dry:?} {said:?}");
        assert_eq!(dry.refusal(), said.refusal(), "{line}");
        match said.code {
            0 => standing(&desk, id),
            _ => {
                assert_eq!(said.out, "", "{line}");
                assert_eq!(desk.kept(), kept, "{line}: a refusal changes nothing");
                said.refusal()
            }
        }
    };
    (1..=5).map(outcome).collect()
}

fn refused(message: &str, hint: &str) -> String {
    format!("4 error: {message} / hint: {hint}")
}

#[test]
fn open_prints_the_number_and_nothing_else() {
    let desk = Desk::new();
    let said = desk.ok(["open", "Printer jams"]);
    assert_eq!((said.out.as_str(), said.err.as_str()), ("1\n", ""));
    let said = desk.ok(["open", "Phone is dead", "--take"]);
    assert_eq!(said.out, "2\n");
    assert_eq!(desk.ticket(2)["status"], "open");
    assert_eq!(desk.ticket(2)["assignee"], "minh");
}

#[test]
fn what_never_refuses_leads_from_every_status_to_this_one() {
    let table = [
        (
            "assign --to hoa",
            [
                "open hoa",
                "open hoa",
                "pending hoa",
                "resolved hoa",
                "closed hoa",
            ],
        ),
        (
            "assign --to me",
            [
                "open minh",
                "open minh",
                "pending minh",
                "resolved minh",
                "closed minh",
            ],
        ),
        (
            "assign --none",
            ["new -", "new -", "pending -", "resolved -", "closed -"],
        ),
        (
            "assign --to none",
            ["new -", "new -", "pending -", "resolved -", "closed -"],
        ),
        (
            "assign --team net",
            [
                "new -",
                "open lan",
                "pending lan",
                "resolved lan",
                "closed lan",
            ],
        ),
        (
            "take",
            [
                "open minh",
                "open minh",
                "pending minh",
                "resolved minh",
                "closed minh",
            ],
        ),
        (
            "take -m mine",
            [
                "open minh",
                "open minh",
                "pending minh",
                "resolved minh",
                "closed minh",
            ],
        ),
        (
            "note -m x",
            [
                "new -",
                "open lan",
                "pending lan",
                "resolved lan",
                "closed lan",
            ],
        ),
        (
            "reply -m x",
            [
                "new -",
                "open lan",
                "pending lan",
                "resolved lan",
                "closed lan",
            ],
        ),
        (
            "edit --subject x",
            [
                "new -",
                "open lan",
                "pending lan",
                "resolved lan",
                "closed lan",
            ],
        ),
        (
            "link --relates-to 6",
            [
                "new -",
                "open lan",
                "pending lan",
                "resolved lan",
                "closed lan",
            ],
        ),
        (
            "merge --into 6",
            [
                "closed -",
                "closed lan",
                "closed lan",
                "closed lan",
                "closed lan",
            ],
        ),
    ];
    for (line, expected) in table {
        if line.starts_with("take") {
            continue;
        }
        assert_eq!(on_every_status(line), expected, "{line}");
    }
    // `take` from somebody warns, so its talk is no refusal; see the test of `take`.
    let (_, expected) = table[5];
    let desk = in_every_status();
    for (id, expected) in (1..).zip(expected) {
        desk.ok(["take", &id.to_string()]);
        assert_eq!(standing(&desk, id), expected);
    }
}

#[test]
fn what_the_requester_says_resumes_a_ticket_that_waits_for_them() {
    let desk = in_every_status();
    let say = |id: u64| {
        let id = id.to_string();
        desk.ok(["note", &id, "--from-requester", "-m", "the red one"])
            .err
    };
    for (id, expected, talk) in [
        (1, "new -", ""),
        (2, "open lan", ""),
        (3, "open lan", ""),
        (
            4,
            "resolved lan",
            "warning: ticket 4 is resolved; if the requester objects: desk reopen 4 -m WHY\n",
        ),
        (
            5,
            "closed lan",
            "warning: ticket 5 is closed; if the requester objects: desk reopen 5 -m WHY\n",
        ),
    ] {
        assert_eq!(say(id), talk, "{id}");
        assert_eq!(standing(&desk, id), expected);
    }
    // One that waits for a vendor goes on waiting, and so does one that nobody has, until it is
    // the requester whom it waits for.
    desk.ok(["wait", "1", "--on", "vendor", "-m", "ordered"]);
    desk.ok(["note", "1", "--from-requester", "-m", "any news?"]);
    assert_eq!(standing(&desk, 1), "pending -");
    desk.ok(["resume", "1"]);
    desk.ok(["wait", "1", "-m", "asked"]);
    desk.ok(["note", "1", "--from-requester", "-m", "here"]);
    assert_eq!(standing(&desk, 1), "new -");
    assert_eq!(desk.ticket(1)["waiting_on"], Value::Null);
    let note = &desk.ticket(1)["events"][6];
    assert_eq!(note["from_requester"], true);
    let said = desk.say("note 1 --public --from-requester -m x");
    assert_eq!(said.code, 2, "{said:?}");
}

#[test]
fn what_the_rules_forbid_is_refused_with_a_way_out() {
    let missing = |what: &str| {
        refused(
            &format!("{what} is missing"),
            "give it with -m TEXT, -F FILE or -e",
        )
    };
    let bare = |message: &str| format!("4 error: {message}");
    let solved = |id: u64, status: &str, what: &str| {
        refused(
            &format!("ticket {id} is {status}; {what}"),
            &format!("to take it up again: desk reopen {id} -m WHY"),
        )
    };
    let again = |id: u64, what: &str| {
        refused(
            &format!("ticket {id} is {what}"),
            &format!("to take it up again: desk reopen {id} -m WHY"),
        )
    };
    let ok = |standing: &str| standing.to_owned();
    let not_escalated = "only an active one is escalated";
    let nothing = "it has nothing to wait for";
    let no_resolution = |id: u64| {
        refused(
            &format!("ticket {id} has no resolution: nobody has said how it was solved"),
            &format!("desk close {id} -m HOW"),
        )
    };
    let table = [
        (
            "escalate -m up",
            [
                ok("new -"),
                ok("open lan"),
                ok("open lan"),
                solved(4, "resolved", not_escalated),
                solved(5, "closed", not_escalated),
            ],
        ),
        (
            "escalate",
            [
                missing("the reason of the escalation"),
                missing("the reason of the escalation"),
                missing("the reason of the escalation"),
                solved(4, "resolved", not_escalated),
                solved(5, "closed", not_escalated),
            ],
        ),
        (
            "note",
            [1, 2, 3, 4, 5].map(|_| missing("the text of the note")),
        ),
        (
            "reply",
            [1, 2, 3, 4, 5].map(|_| missing("the text of the note")),
        ),
        (
            "wait -m later",
            [
                ok("pending -"),
                ok("pending lan"),
                refused(
                    "ticket 3 is waiting already",
                    "to wait for something else: desk resume 3, then wait",
                ),
                solved(4, "resolved", nothing),
                solved(5, "closed", nothing),
            ],
        ),
        (
            "wait --until 2w",
            [
                missing("the reason to wait"),
                missing("the reason to wait"),
                refused(
                    "ticket 3 is waiting already",
                    "to wait for something else: desk resume 3, then wait",
                ),
                solved(4, "resolved", nothing),
                solved(5, "closed", nothing),
            ],
        ),
        (
            "resume",
            [
                bare("ticket 1 is new, and not waiting"),
                bare("ticket 2 is open, and not waiting"),
                ok("open lan"),
                again(4, "resolved, and not waiting"),
                again(5, "closed, and not waiting"),
            ],
        ),
        (
            "resolve -m done",
            [
                ok("resolved -"),
                ok("resolved lan"),
                ok("resolved lan"),
                refused(
                    "ticket 4 is resolved already",
                    "to complete it: desk close 4",
                ),
                again(5, "closed already"),
            ],
        ),
        (
            "resolve",
            [
                missing("how it was resolved"),
                missing("how it was resolved"),
                missing("how it was resolved"),
                refused(
                    "ticket 4 is resolved already",
                    "to complete it: desk close 4",
                ),
                again(5, "closed already"),
            ],
        ),
        (
            "close -m done",
            [
                ok("closed -"),
                ok("closed lan"),
                ok("closed lan"),
                ok("closed lan"),
                again(5, "closed already"),
            ],
        ),
        (
            "close",
            [
                no_resolution(1),
                no_resolution(2),
                no_resolution(3),
                ok("closed lan"),
                again(5, "closed already"),
            ],
        ),
        (
            "reopen -m again",
            [
                bare("ticket 1 is new; only a solved one is reopened"),
                bare("ticket 2 is open; only a solved one is reopened"),
                bare("ticket 3 is pending; only a solved one is reopened"),
                ok("open lan"),
                ok("open lan"),
            ],
        ),
        (
            "reopen",
            [
                bare("ticket 1 is new; only a solved one is reopened"),
                bare("ticket 2 is open; only a solved one is reopened"),
                bare("ticket 3 is pending; only a solved one is reopened"),
                missing("the reason to reopen it"),
                missing("the reason to reopen it"),
            ],
        ),
        (
            "rate --stars 5",
            [
                bare("ticket 1 is new; only a solved one is rated"),
                bare("ticket 2 is open; only a solved one is rated"),
                bare("ticket 3 is pending; only a solved one is rated"),
                ok("resolved lan"),
                ok("closed lan"),
            ],
        ),
        (
            "unlink --blocks 6",
            [1, 2, 3, 4, 5].map(|id| {
                refused(
                    &format!("ticket {id} has no link blocks 6"),
                    &format!("`desk show {id}` lists its links"),
                )
            }),
        ),
        (
            "unmerge",
            [1, 2, 3, 4, 5].map(|id| bare(&format!("ticket {id} is not merged into another one"))),
        ),
        (
            "assign --auto",
            [1, 2, 3, 4, 5].map(|_| {
                refused(
                    "nobody is on the roster to choose from",
                    "add technicians with: desk tech add LOGIN",
                )
            }),
        ),
    ];
    for (line, expected) in table {
        assert_eq!(on_every_status(line), expected, "{line}");
    }
}

#[test]
fn an_unassigned_ticket_becomes_new_where_others_become_open() {
    let desk = Desk::new();
    desk.open(["a"]);
    for (line, expected) in [
        ("wait 1 -m x", "pending -"),
        ("resume 1", "new -"),
        ("resolve 1 -m x", "resolved -"),
        ("reopen 1 -m x", "new -"),
        ("wait 1 -m x", "pending -"),
        ("escalate 1 -m x", "new -"),
        ("wait 1 -m x", "pending -"),
        ("assign 1 --to lan", "pending lan"),
        ("assign 1 --none", "pending -"),
        ("resume 1", "new -"),
        ("close 1 -m x", "closed -"),
        ("assign 1 --to lan", "closed lan"),
        ("reopen 1 -m x", "open lan"),
    ] {
        let said = desk.say(line);
        assert_eq!(said.code, 0, "{line}: {said:?}");
        assert_eq!(standing(&desk, 1), expected, "{line}");
    }
}

#[test]
fn take_from_somebody_else_names_them() {
    let desk = in_every_status();
    assert_eq!(desk.ok(["take", "1"]).err, "");
    assert_eq!(desk.ok(["take", "2"]).err, "warning: ticket 2 was lan's\n");
    assert_eq!(desk.ok(["take", "2"]).err, "");
    let said = desk.ok(["take", "5", "--json"]);
    assert_eq!(said.json()["warnings"], json!(["ticket 5 was lan's"]));
    assert_eq!(said.err, "");
}

#[test]
fn a_word_with_a_meaning_is_nobodys_name() {
    let desk = Desk::new();
    desk.open(["a"]);
    for (line, message) in [
        ("open b --to auto", "`auto` is not a technician"),
        ("escalate 1 -m x --to none", "`none` is not a technician"),
        ("escalate 1 -m x --to auto", "`auto` is not a technician"),
        ("assign 1 --to Me", "`Me` is not a technician"),
        ("take 1 --as none", "`none` is not a technician"),
        ("assign 1", "neither a technician nor a team is named"),
    ] {
        let said = desk.say(line);
        assert_eq!(
            (said.code, said.error()),
            (2, format!("error: {message}").as_str()),
            "{line}"
        );
    }
    assert_eq!(standing(&desk, 1), "new -");
    // `none` empties the team, as `--none` does the assignee.
    desk.ok(["assign", "1", "--team", "net"]);
    assert_eq!(desk.ticket(1)["team"], "net");
    desk.ok(["assign", "1", "--team", "none"]);
    assert_eq!(desk.ticket(1)["team"], Value::Null);
    for line in [
        "assign 1 --to lan --none",
        "assign 1 --auto --to lan",
        "assign 1 --auto --none",
    ] {
        assert_eq!(desk.say(line).code, 2, "{line}");
    }
}

/// The answer of a write, as JSON, but for the mark of the run.
fn answer(desk: &Desk, line: &str) -> Value {
    let said = desk.say(&format!("{line} --json"));
    assert_eq!(said.code, 0, "{line}: {said:?}");
    let mut answer = said.json();
    answer.as_object_mut().unwrap().remove("op");
    answer
}

#[test]
fn escalation_without_a_roster_changes_tier_and_priority_and_leaves_the_assignee() {
    let desk = Desk::new();
    desk.open(["a", "--to", "lan"]);
    assert_eq!(
        answer(&desk, "escalate 1 -m stuck"),
        json!({"ticket":1,"ref":null,"rev":2,"event":"escalated",
            "changed":{"priority":[3,2],"priority_stated":[false,true],"tier":[1,2]},"why":[]})
    );
    assert_eq!(
        answer(&desk, "escalate 1 -m stuck --priority 4 --team net")["changed"],
        json!({"priority":[2,4],"tier":[2,3],"team":[null,"net"]})
    );
    let event = &desk.ticket(1)["events"][2];
    assert_eq!(
        (&event["direction"], &event["message"]),
        (&json!("up"), &json!("stuck"))
    );
    // Down keeps the priority, and says which way it went.
    assert_eq!(
        answer(&desk, "escalate 1 -m down --tier 1")["changed"],
        json!({"tier":[3,1]})
    );
    assert_eq!(desk.ticket(1)["events"][3]["direction"], "down");
    // Two at once, to somebody, on site.
    assert_eq!(
        answer(&desk, "escalate 1 -m x --tier 3 --to hoa --service onsite")["changed"],
        json!({"priority":[4,3],"tier":[1,3],"assignee":["lan","hoa"],"service":[null,"onsite"]})
    );
}

#[test]
fn priority_is_never_raised_past_one() {
    let desk = Desk::new();
    desk.open(["a", "--priority", "1"]);
    assert_eq!(
        answer(&desk, "escalate 1 -m x")["changed"],
        json!({"tier":[1,2]})
    );
    // Nor is it raised where desk.toml says so, but a stated one counts.
    desk.settings("[escalation]\nraise_priority = false\n");
    desk.open(["b"]);
    assert_eq!(
        answer(&desk, "escalate 2 -m x")["changed"],
        json!({"tier":[1,2]})
    );
    assert_eq!(
        answer(&desk, "escalate 2 -m x --priority 3")["changed"],
        json!({"priority_stated":[false,true],"tier":[2,3]})
    );
}

#[test]
fn within_a_tier_it_is_an_assignment() {
    let desk = Desk::new();
    desk.open(["a"]);
    for (line, hint) in [
        ("escalate 1 -m x --tier 1", "desk assign 1 --auto"),
        (
            "escalate 1 -m x --tier 1 --to lan",
            "desk assign 1 --to lan",
        ),
        (
            "escalate 1 -m x --tier 1 --team net",
            "desk assign 1 --team net",
        ),
    ] {
        let expected = refused(
            "ticket 1 is in tier 1 already; within a tier it is an assignment",
            hint,
        );
        assert_eq!(desk.say(line).refusal(), expected, "{line}");
    }
    let said = desk.say("escalate 1 -m x --tier 4");
    assert_eq!(
        said.refusal(),
        "4 error: there is no tier 4; the highest is 3"
    );
    assert_eq!(desk.say("escalate 1 -m x --tier 0").code, 2);
    assert_eq!(desk.ticket(1)["rev"], 1);
}

#[test]
fn at_the_top_the_manager_is_told_and_tier_and_assignee_stay() {
    let desk = Desk::new();
    desk.settings("tiers = [{ name = 'first' }, { name = 'second', manager = 'ola' }]\n");
    desk.open(["a", "--to", "lan"]);
    desk.ok(["escalate", "1", "-m", "x"]);
    let told = answer(&desk, "escalate 1 -m still");
    assert_eq!(
        (&told["changed"], &told["why"]),
        (
            &json!({"priority":[2,1],"watchers":[[],["ola"]]}),
            &json!(["tier 2 is the highest: its manager ola watches from now on"])
        )
    );
    let ticket = desk.ticket(1);
    assert_eq!(
        (&ticket["tier"], &ticket["assignee"]),
        (&json!(2), &json!("lan"))
    );
    assert_eq!(ticket["events"][2]["direction"], "up");
    // Once more does not make two watchers of one manager.
    assert_eq!(answer(&desk, "escalate 1 -m still")["changed"], json!({}));

    let mut desk = Desk::new();
    desk.settings("tiers = [{ name = 'only' }]\n");
    desk.open(["a"]);
    let said = desk.say("escalate 1 -m x");
    assert_eq!(said.out, "1 escalated: priority 3 → 2\n");
    assert_eq!(
        said.err,
        "warning: tier 1 is the highest, and desk.toml names no manager of it\n"
    );
    desk.at("2026-11-22T00:00:00Z");
    let report = desk.ok([
        "report",
        "summary",
        "--since",
        "2026-11-21",
        "--until",
        "2026-11-22",
        "--json",
    ]);
    assert_eq!(
        report.json()["escalated"],
        json!({"tickets":1,"events":1,"rate":1.0})
    );
}

/// Tier 2: bao (hardware, on site, room for one), lan (network, printers; room for two).
fn staffed() -> Desk {
    let desk = Desk::new();
    for line in [
        "tech add minh",
        "tech add bao --tier 2 --skill hardware --capacity 1 --onsite",
        "tech add lan --tier 2 --team net --skill network,hardware/printer --capacity 2",
    ] {
        assert_eq!(desk.say(line).code, 0, "{line}");
    }
    desk
}

#[test]
fn escalation_finds_the_specialist_and_says_why() {
    let desk = staffed();
    desk.open(["Jam", "--category", "hardware/printer", "--take"]);
    let told = answer(&desk, "escalate 1 -m stuck");
    assert_eq!(
        told["changed"],
        json!({"priority":[3,2],"priority_stated":[false,true],"tier":[1,2],"assignee":["minh","lan"]})
    );
    let why = json!([
        "2 technicians in tier 2",
        "2 of them cover hardware/printer: bao, lan",
        "lan has 0 of 2: the closest skill"
    ]);
    assert_eq!(told["why"], why);
    assert_eq!(desk.ticket(1)["events"][1]["why"], why);
    // On site goes only who goes on site.
    desk.open(["Jam", "--category", "hardware/printer"]);
    let told = answer(&desk, "escalate 2 -m stuck --service onsite");
    assert_eq!(told["changed"]["assignee"], json!([null, "bao"]));
    assert_eq!(told["changed"]["status"], json!(["new", "open"]));
    assert_eq!(told["changed"]["service"], json!([null, "onsite"]));
    assert_eq!(
        told["why"],
        json!([
            "2 technicians in tier 2",
            "2 of them cover hardware/printer: bao, lan",
            "on site: bao",
            "bao has 0 of 1: the only one left"
        ])
    );
}

#[test]
fn a_specialist_of_no_team_takes_the_ticket_from_none() {
    let desk = Desk::new();
    for line in [
        "tech add kari --team servicedesk",
        "tech add lan --tier 2",
        "tech add ola --tier 3 --team network,servers",
        "open one --team servicedesk",
        "escalate 1 -m x",
    ] {
        desk.ok(line.split(' '));
    }
    let ticket = desk.ticket(1);
    assert_eq!(
        [&ticket["assignee"], &ticket["team"]],
        ["lan", "servicedesk"]
    );
    desk.ok(["escalate", "1", "-m", "x"]);
    let ticket = desk.ticket(1);
    assert_eq!([&ticket["assignee"], &ticket["team"]], ["ola", "network"]);
}

#[test]
fn to_alone_goes_to_that_technicians_tier() {
    let desk = staffed();
    desk.ok(["tech", "add", "kim", "--tier", "3"]);
    desk.open(["a", "--take"]);
    assert_eq!(
        answer(&desk, "escalate 1 -m x --to kim")["changed"],
        json!({"priority":[3,2],"priority_stated":[false,true],"tier":[1,3],"assignee":["minh","kim"]})
    );
    assert_eq!(
        answer(&desk, "escalate 1 -m x --to bao")["changed"],
        json!({"tier":[3,2],"assignee":["kim","bao"]})
    );
    assert_eq!(desk.ticket(1)["events"][2]["direction"], "down");
    assert_eq!(
        desk.say("escalate 1 -m x --to lan").refusal(),
        refused(
            "ticket 1 is in tier 2 already; within a tier it is an assignment",
            "desk assign 1 --to lan"
        )
    );
    assert_eq!(
        desk.say("escalate 1 -m x --to lna").refusal(),
        "3 error: there is no technician `lna` / hint: did you mean `lan`?"
    );
}

#[test]
fn where_nobody_fits_it_waits_new_in_the_queue_and_the_answer_says_why() {
    let desk = staffed();
    desk.open(["a", "--take"]);
    let said = desk.say("escalate 1 -m x --tier 3 --team net");
    assert_eq!(said.code, 0);
    assert_eq!(
        said.err,
        "warning: nobody fits, so it waits in the queue of tier 3\n\
         why: no technician of team net in tier 3\n"
    );
    let ticket = desk.ticket(1);
    assert_eq!(standing(&desk, 1), "new -");
    assert_eq!(
        (&ticket["tier"], &ticket["team"]),
        (&json!(3), &json!("net"))
    );
}

#[test]
fn auto_assignment_minds_skill_and_room() {
    let desk = staffed();
    for _ in 0..4 {
        desk.open(["Jam", "--category", "hardware/printer"]);
    }
    desk.ok(["edit", "1", "2", "3", "4", "--location", "x"]);
    for id in 1..=4 {
        desk.ok(["escalate", &id.to_string(), "-m", "x"]);
    }
    let who = |id| desk.ticket(id)["assignee"].clone();
    assert_eq!(
        [who(1), who(2), who(3), who(4)],
        [json!("lan"), json!("lan"), json!("bao"), Value::Null]
    );
    // The queue keeps it, and the answer says why.
    let told = answer(&desk, "assign 4 --auto");
    assert_eq!(told["changed"], json!({}));
    assert_eq!(
        told["why"],
        json!([
            "2 technicians in tier 2",
            "2 of them cover hardware/printer: bao, lan",
            "full: bao has 1 of 1, lan has 2 of 2"
        ])
    );
    // Waiting tickets do not count.
    desk.ok(["wait", "2", "-m", "asked"]);
    assert_eq!(
        answer(&desk, "assign 4 --auto")["changed"]["assignee"],
        json!([null, "lan"])
    );
    // By hand more is possible, with a warning.
    let said = desk.ok(["assign", "3", "--to", "lan"]);
    assert_eq!(
        said.err,
        "warning: lan has 2 open tickets already, for a capacity of 2\n"
    );
    assert_eq!(who(3), "lan");
}

#[test]
fn a_technician_who_solves_what_nobody_had_gets_it() {
    let desk = staffed();
    for _ in 0..4 {
        desk.open(["a"]);
    }
    desk.ok(["resolve", "1", "-m", "done"]);
    desk.ok(["close", "2", "-m", "done"]);
    desk.ok(["close", "3", "-m", "done", "--as", "visitor"]);
    desk.ok(["assign", "4", "--to", "bao"]);
    desk.ok(["close", "4", "-m", "done"]);
    let standings = [1, 2, 3, 4].map(|id| standing(&desk, id));
    assert_eq!(
        standings,
        ["resolved minh", "closed minh", "closed -", "closed bao"]
    );
    desk.ok(["open", "b", "--resolve", "told how"]);
    assert_eq!(standing(&desk, 5), "resolved minh");
}

#[test]
fn wait_says_for_whom_and_until_when() {
    let desk = Desk::new();
    desk.open(["a"]);
    let waiting = |line: &str| {
        assert_eq!(desk.say(line).code, 0, "{line}");
        let ticket = desk.ticket(1);
        desk.ok(["resume", "1"]);
        (
            ticket["waiting_on"].clone(),
            ticket["waiting_until"].clone(),
        )
    };
    assert_eq!(waiting("wait 1 -m x"), (json!("requester"), Value::Null));
    assert_eq!(
        waiting("wait 1 -m x --on vendor"),
        (json!("vendor"), Value::Null)
    );
    assert_eq!(
        waiting("wait 1 -m x --until 2026-12-01"),
        (json!("schedule"), json!("2026-12-01T00:00:00Z"))
    );
    assert_eq!(
        waiting("wait 1 -m x --until 3d --on vendor"),
        (json!("vendor"), json!("2026-11-24T12:00:00Z"))
    );
    assert_eq!(desk.ticket(1)["waiting_until"], Value::Null);
    assert_eq!(desk.say("wait 1 -m x --on somebody").code, 2);
}

#[test]
fn a_solution_stands_until_the_ticket_is_reopened() {
    let desk = Desk::new();
    desk.open(["a", "--to", "lan"]);
    desk.ok(["resolve", "1", "-m", "new toner", "--code", "part"]);
    let told = answer(&desk, "close 1");
    assert_eq!(told["changed"], json!({"status":["resolved","closed"]}));
    assert_eq!(
        answer(&desk, "reopen 1 -m again")["changed"],
        json!({"status":["closed","open"],"resolution":["new toner",null],"code":["part",null]})
    );
    assert_eq!(desk.say("close 1").code, 4);
    desk.ok(["resolve", "1", "-m", "new drum"]);
    desk.ok(["close", "1", "-m", "new drum, and tested"]);
    let ticket = desk.ticket(1);
    assert_eq!(ticket["resolution"], "new drum, and tested");
    assert_eq!(ticket["solved"], "2026-11-21T12:00:00Z");
    assert_eq!(desk.say("resolve 1 -m ").code, 2);
    let said = desk.run(["reopen", "1", "-m", "  \n "]);
    assert_eq!(said.error(), "error: the reason to reopen it is missing");
}

#[test]
fn the_latest_rating_counts() {
    let desk = Desk::new();
    desk.open(["a"]);
    desk.ok(["close", "1", "-m", "done"]);
    desk.ok(["rate", "1", "--stars", "2", "-m", "slow"]);
    assert_eq!(
        answer(&desk, "rate 1 --stars 5")["changed"],
        json!({"stars":[2,5]})
    );
    for stars in ["0", "6", "x", "-1"] {
        assert_eq!(desk.run(["rate", "1", "--stars", stars]).code, 2, "{stars}");
    }
    assert_eq!(desk.ticket(1)["events"][2]["message"], "slow");
}

#[test]
fn edit_sets_and_empties_every_field() {
    let desk = Desk::new();
    desk.open(["a"]);
    let fields = [
        ("description", "more", json!("more")),
        ("requester", "Trần Thị B", json!("Trần Thị B")),
        ("contact", "1234", json!("1234")),
        ("category", "Hardware/Printer", json!("Hardware/Printer")),
        ("kind", "problem", json!("problem")),
        ("service", "onsite", json!("onsite")),
        ("channel", "walk-in", json!("walk-in")),
        ("due", "2026-11-30", json!("2026-11-30T23:59:59Z")),
        ("location", "floor 3", json!("floor 3")),
        ("asset", "PC-7", json!("PC-7")),
        ("ref", "INC7", json!("INC7")),
    ];
    for (field, value, expected) in fields {
        let flag = format!("--{field}");
        desk.ok(["edit", "1", &flag, value]);
        assert_eq!(desk.ticket(1)[field], expected, "{field}");
        let told = desk.ok(["edit", "1", &flag, "none", "--json"]).json();
        assert_eq!(told["changed"][field], json!([expected, null]), "{field}");
        assert_eq!(desk.ticket(1)[field], Value::Null, "{field}");
    }
    let said = desk.ok(["edit", "1", "--asset", "None"]);
    assert_eq!(said.out, "1 unchanged\n");
    assert_eq!(said.err, "");
    let said = desk.say("edit 1");
    assert_eq!(said.code, 2);
    assert_eq!(said.error(), "error: nothing is to be corrected");
    for line in [
        "edit 1 --kind riddle",
        "edit 1 --ref 12",
        "edit 1 --ref #a",
        "edit 1 --category a//b",
        "edit 1 --due soon",
        "edit 1 --impact huge",
        "edit 1 --priority 6",
    ] {
        assert_eq!(desk.say(line).code, 2, "{line}");
    }
    assert_eq!(desk.run(["edit", "1", "--subject", " "]).code, 2);
}

#[test]
fn impact_and_urgency_move_the_priority_until_one_is_stated() {
    let desk = Desk::new();
    desk.open(["a"]);
    let priority = |line: &str| {
        let said = desk.say(line);
        assert_eq!(said.code, 0, "{line}: {said:?}");
        let ticket = desk.ticket(1);
        (
            ticket["priority"].as_u64().unwrap(),
            ticket["priority_stated"].as_bool().unwrap(),
        )
    };
    // The matrix: impact by urgency.
    for (impact, urgency, expected) in [
        ("high", "high", 1),
        ("high", "medium", 2),
        ("high", "low", 3),
        ("medium", "high", 2),
        ("medium", "medium", 3),
        ("medium", "low", 4),
        ("low", "high", 3),
        ("low", "medium", 4),
        ("low", "low", 5),
    ] {
        let line = format!("edit 1 --impact {impact} --urgency {urgency}");
        assert_eq!(priority(&line), (expected, false), "{line}");
    }
    assert_eq!(priority("edit 1 --priority 1"), (1, true));
    assert_eq!(priority("edit 1 --impact medium"), (1, true));
    assert_eq!(priority("edit 1 --priority auto"), (4, false));
    assert_eq!(priority("edit 1 --priority 4"), (4, true));
    // What an escalation raised counts as stated.
    assert_eq!(priority("edit 1 --priority auto"), (4, false));
    assert_eq!(priority("escalate 1 -m x"), (3, true));
    assert_eq!(priority("edit 1 --urgency high"), (3, true));
}

#[test]
fn tags_and_watchers_stand_once_and_in_order() {
    let desk = Desk::new();
    desk.open([
        "a", "--tag", "vip", "--tag", "vpn", "--tag", "vip", "--watch", "ola",
    ]);
    assert_eq!(desk.ticket(1)["tags"], json!(["vip", "vpn"]));
    desk.ok([
        "edit",
        "1",
        "--tag",
        "new",
        "--tag",
        "vpn",
        "--untag",
        "vip",
        "--watch",
        "lan",
        "--unwatch",
        "ola",
    ]);
    assert_eq!(desk.ticket(1)["tags"], json!(["vpn", "new"]));
    assert_eq!(desk.ticket(1)["watchers"], json!(["lan"]));
}

#[test]
fn a_reference_is_one_tickets_and_names_it() {
    let desk = Desk::new();
    desk.open(["a", "--ref", "INC1"]);
    desk.open(["b"]);
    let taken = "4 error: reference `INC1` is taken: ticket 1 has it";
    assert_eq!(desk.say("open c --ref INC1").refusal(), taken);
    assert_eq!(desk.say("edit 2 --ref INC1").refusal(), taken);
    assert_eq!(desk.say("edit 1 --ref INC1 --asset x").code, 0);
    assert_eq!(desk.say("note INC1 -m x").out, "1 noted\n");
    assert_eq!(answer(&desk, "note INC1 -m x")["ref"], "INC1");
    desk.ok(["edit", "INC1", "--ref", "none"]);
    assert_eq!(desk.say("edit 2 --ref INC1").code, 0);
    assert_eq!(desk.say("show INC1 --json --fields id").out, "{\"id\":2}\n");
    assert_eq!(desk.say("note #2 -m x").out, "2 noted\n");
    for (line, message) in [
        (
            "note INC9 -m x",
            "there is no ticket with the reference `INC9`",
        ),
        ("note 9 -m x", "there is no ticket `9`"),
        ("note 0 -m x", "there is no ticket `0`"),
        (
            "note 99999999999999999999 -m x",
            "there is no ticket `99999999999999999999`",
        ),
    ] {
        assert_eq!(
            desk.say(line).refusal(),
            format!("3 error: {message}"),
            "{line}"
        );
    }
}

#[test]
fn none_is_nothing_of_every_field() {
    let desk = Desk::new();
    desk.say(
        "open a --from none --contact NONE --category none --location none --asset none --due none \
         --ref none --team None",
    );
    let ticket = desk.ticket(1);
    for field in [
        "requester",
        "contact",
        "category",
        "location",
        "asset",
        "due",
        "ref",
        "team",
    ] {
        assert_eq!(ticket[field], Value::Null, "{field}");
    }
    // Of what holds several, there is nothing to add.
    for (flag, away) in [("tag", "untag"), ("watch", "unwatch")] {
        for line in [
            format!("open b --{flag} vip --{flag} none"),
            format!("edit 1 --{flag} None"),
        ] {
            assert_eq!(
                desk.say(&line).refusal(),
                format!(
                    "2 error: --{flag} adds one, and `none` is none / \
                     hint: to take one away: desk edit N --{away} WHICH"
                ),
                "{line}"
            );
        }
    }
    assert_eq!(desk.ticket(1)["rev"], 1);
    desk.ok(["open", "c"]);
    desk.ok(["close", "2", "-m", "x", "--code", "None"]);
    assert_eq!(desk.ticket(2)["code"], Value::Null);
    // What comes from elsewhere may be called so; it is found in quotes, and taken away.
    desk.batch("{\"op\":\"edit\",\"ticket\":1,\"tag\":[\"none\"]}\n");
    assert_eq!(
        desk.say("list tag:\"none\" --format csv --fields id").out,
        "id\n1\n"
    );
    assert_eq!(
        desk.say("list tag:none --format csv --fields id").out,
        "id\n2\n"
    );
    desk.ok(["edit", "1", "--untag", "none"]);
    assert_eq!(
        desk.say("list tag:none --format csv --fields id").out,
        "id\n1\n2\n"
    );
}

#[test]
fn links_are_written_once_and_taken_away() {
    let desk = Desk::new();
    for subject in ["a", "b", "c"] {
        desk.open([subject]);
    }
    for (flag, kind) in [
        ("--duplicate-of", "duplicate-of"),
        ("--caused-by", "caused-by"),
        ("--blocks", "blocks"),
        ("--relates-to", "relates-to"),
    ] {
        desk.ok(["link", "1", flag, "2"]);
        assert_eq!(desk.ticket(1)["links"], json!([{"kind":kind,"to":2}]));
        assert_eq!(desk.ok(["link", "1", flag, "2"]).out, "1 unchanged\n");
        assert_eq!(desk.say(&format!("unlink 1 {flag} 3")).code, 4);
        desk.ok(["unlink", "1", flag, "2"]);
        assert_eq!(desk.ticket(1)["links"], json!([]));
    }
    assert_eq!(
        desk.say("link 1 --blocks 1").refusal(),
        "4 error: ticket 1 cannot be related to itself"
    );
    assert_eq!(
        desk.say("link 1 --blocks 9").refusal(),
        "3 error: there is no ticket `9`"
    );
    assert_eq!(desk.say("link 1").code, 2);
    assert_eq!(desk.say("link 1 --blocks 2 --caused-by 3").code, 2);
    desk.ok(["link", "1", "2", "--caused-by", "3"]);
    assert_eq!(
        desk.ticket(2)["links"],
        json!([{"kind":"caused-by","to":3}])
    );
}

#[test]
fn closing_warns_of_blockers_and_of_the_last_one_of_a_problem() {
    let desk = Desk::new();
    for subject in ["incident", "incident", "problem", "blocker", "blocker"] {
        desk.open([subject]);
    }
    desk.ok(["link", "1", "2", "--caused-by", "3"]);
    desk.ok(["link", "4", "5", "--blocks", "1"]);
    let said = desk.ok(["resolve", "1", "-m", "x"]);
    assert_eq!(said.err, "warning: ticket 1 is blocked by 4, 5\n");
    desk.ok(["reopen", "1", "-m", "x"]);
    desk.ok(["close", "4", "5", "-m", "x"]);
    assert_eq!(desk.ok(["close", "1", "-m", "x"]).err, "");
    let said = desk.ok(["close", "2", "-m", "x"]);
    assert_eq!(
        said.err,
        "warning: ticket 2 was the last open one that problem 3 caused\n"
    );
    // In one go, too: the last of them is the last one.
    desk.ok(["reopen", "1", "2", "-m", "x"]);
    let said = desk.ok(["resolve", "1", "2", "-m", "x"]);
    assert_eq!(
        said.err,
        "warning: ticket 2 was the last open one that problem 3 caused\n\
         2 tickets changed, 0 unchanged, 0 refused\n"
    );
}

#[test]
fn a_merged_ticket_is_closed_as_a_duplicate_and_its_notes_go_on() {
    let desk = Desk::new();
    for subject in ["a", "b", "c"] {
        desk.open([subject, "--to", "lan"]);
    }
    desk.ok([
        "wait",
        "1",
        "-m",
        "asked",
        "--on",
        "vendor",
        "--until",
        "2026-12-01",
    ]);
    assert_eq!(
        answer(&desk, "merge 1 --into 2 -m same")["changed"],
        json!({"status":["pending","closed"],"waiting_on":["vendor",null],
            "waiting_until":["2026-12-01T00:00:00Z",null],"resolution":[null,"merged into 2"],
            "code":[null,"duplicate"],"merged_into":[null,2]})
    );
    desk.ok(["merge", "2", "--into", "3"]);
    let said = desk.ok(["note", "1", "-m", "late news"]);
    assert_eq!(said.out, "3 noted\n");
    assert_eq!(
        said.err,
        "warning: ticket 1 was merged into 3: noted there\n"
    );
    assert_eq!(desk.ticket(3)["events"][1]["sent_to"], 1);
    for (line, expected) in [
        (
            "merge 3 --into 3",
            "4 error: ticket 3 cannot be merged into itself",
        ),
        (
            "merge 3 --into 2",
            "4 error: ticket 2 is itself merged into 3",
        ),
        (
            "merge 3 --into 1",
            "4 error: ticket 1 is itself merged into 3",
        ),
        ("merge 3 --into 9", "3 error: there is no ticket `9`"),
        (
            "merge 1 --into 3",
            "4 error: ticket 1 was merged into 2 already / hint: to take that back: desk unmerge 1",
        ),
        (
            "reopen 1 -m x",
            "4 error: ticket 1 was merged into 2 / hint: it was merged: desk unmerge 1, or go on with 2",
        ),
    ] {
        assert_eq!(desk.say(line).refusal(), expected, "{line}");
    }
    desk.ok(["unmerge", "1"]);
    let ticket = desk.ticket(1);
    assert_eq!(standing(&desk, 1), "pending lan");
    assert_eq!(
        [
            &ticket["waiting_on"],
            &ticket["waiting_until"],
            &ticket["resolution"],
            &ticket["code"],
            &ticket["merged_into"],
            &ticket["closed"]
        ],
        [
            &json!("vendor"),
            &json!("2026-12-01T00:00:00Z"),
            &Value::Null,
            &Value::Null,
            &Value::Null,
            &Value::Null
        ]
    );
    assert_eq!(desk.ok(["note", "1", "-m", "x"]).out, "1 noted\n");
    desk.ok(["unmerge", "2"]);
    assert_eq!(standing(&desk, 2), "open lan");
    // A solved one keeps what it says, and when it was solved.
    desk.ok(["resolve", "2", "-m", "rebooted"]);
    desk.ok(["merge", "2", "--into", "3"]);
    assert_eq!(desk.ticket(2)["resolution"], "rebooted");
    desk.ok(["unmerge", "2"]);
    assert_eq!(standing(&desk, 2), "resolved lan");
}

#[test]
fn several_merged_at_once_cannot_make_a_cycle() {
    let desk = Desk::new();
    desk.batch("{\"op\":\"open\",\"subject\":\"a\"}\n{\"op\":\"open\",\"subject\":\"b\"}\n");
    let said = desk.feed(
        ["batch"],
        "{\"op\":\"merge\",\"ticket\":1,\"into\":2}\n{\"op\":\"merge\",\"ticket\":2,\"into\":1}\n",
    );
    assert_eq!(said.code, 6);
    assert_eq!(
        said.err,
        "line 2: error: ticket 1 is itself merged into 2\n\
         1 operation done, 0 unchanged, 1 refused\n"
    );
    assert_eq!(
        [standing(&desk, 1), standing(&desk, 2)],
        ["closed -", "new -"]
    );
}

#[test]
fn a_stated_time_lies_between_the_last_event_and_now() {
    let mut desk = Desk::new();
    desk.open(["a", "--at", "2026-11-20T08:00:00Z"]);
    let opened = desk.ticket(1);
    assert_eq!(opened["opened"], "2026-11-20T08:00:00Z");
    assert_eq!(opened["events"][0]["recorded"], "2026-11-21T12:00:00Z");
    assert_eq!(
        desk.say("note 1 -m x --at 2026-11-21T12:00:01Z").refusal(),
        "4 error: 2026-11-21T12:00:01Z has not come yet: it is 2026-11-21T12:00:00Z"
    );
    assert_eq!(desk.say("open b --at 2026-11-22").code, 4);
    assert_eq!(
        desk.say("note 1 -m x --at 2026-11-20T07:59:59Z").refusal(),
        "4 error: ticket 1: 2026-11-20T07:59:59Z is before its last event, at 2026-11-20T08:00:00Z"
    );
    // The same instant is not before, and a duration lies in the past.
    desk.ok(["note", "1", "-m", "x", "--at", "2026-11-20T08:00:00Z"]);
    desk.ok(["note", "1", "-m", "x", "--at", "2h"]);
    let event = &desk.ticket(1)["events"][2];
    assert_eq!(event["at"], "2026-11-21T10:00:00Z");
    assert_eq!(event["recorded"], "2026-11-21T12:00:00Z");
    // The machine's clock goes back: time in the ticket does not.
    desk.at("2026-11-21T09:00:00Z");
    desk.ok(["note", "1", "-m", "x"]);
    let event = &desk.ticket(1)["events"][3];
    assert_eq!(event["at"], "2026-11-21T10:00:00Z");
    assert_eq!(event["clock"], "2026-11-21T09:00:00Z");
    assert_eq!(event.get("recorded"), None);
    assert_eq!(desk.say("fsck").code, 0);
}

#[test]
fn who_acts_for_somebody_else_stands_beside_them() {
    let mut desk = Desk::new();
    let real = std::process::Command::new("id")
        .arg("-un")
        .output()
        .unwrap();
    let real = String::from_utf8(real.stdout).unwrap().trim().to_owned();
    desk.open(["a"]);
    desk.ok(["note", "1", "-m", "x", "--as", "lan"]);
    desk.ok(["--as", &real, "note", "1", "-m", "x"]);
    desk.user("hoa");
    desk.ok(["note", "1", "-m", "x"]);
    let who = |seq: usize| {
        let event = desk.ticket(1)["events"][seq].clone();
        (event["by"].clone(), event["real"].clone())
    };
    assert_eq!(who(0), (json!("minh"), json!(real)));
    assert_eq!(who(1), (json!("lan"), json!(real)));
    assert_eq!(who(2), (json!(real), Value::Null));
    assert_eq!(who(3), (json!("hoa"), json!(real)));
    assert_eq!(desk.run(["note", "1", "-m", "x", "--as", " "]).code, 2);
}

#[test]
fn a_revision_that_was_asked_for_must_be_the_one() {
    let desk = Desk::new();
    desk.open(["a"]);
    desk.open(["b"]);
    desk.ok(["note", "1", "-m", "x", "--if-rev", "1"]);
    let said = desk.say("note 1 -m x --if-rev 1");
    assert_eq!(
        said.refusal(),
        "5 error: ticket 1 is at revision 2, not 1 / hint: somebody changed it meanwhile; look with: desk show 1"
    );
    let said = desk.say("note 1 -m x --if-rev 1 --json");
    assert_eq!(said.code, 5);
    assert_eq!(said.json()["error"]["code"], "conflict");
    for line in ["note 1 2 -m x --if-rev 2", "note --query a -m x --if-rev 2"] {
        assert_eq!(desk.say(line).code, 2, "{line}");
    }
    assert_eq!(
        desk.feed(["note", "-", "-m", "x", "--if-rev", "2"], "1\n")
            .code,
        2
    );
    assert_eq!(desk.ticket(1)["rev"], 2);
}

fn numbers(said: &Said) -> Vec<u64> {
    let of = |answer: Value| answer["ticket"].as_u64().unwrap();
    said.json_lines().into_iter().map(of).collect()
}

#[test]
fn tickets_come_from_arguments_stdin_or_a_query() {
    let desk = Desk::new();
    for subject in ["a", "b", "c"] {
        desk.open([subject]);
    }
    let note = |input: &str, null: bool| {
        let flags = ["note", "-", "-m", "x", "--json", "--null"];
        desk.feed(&flags[..if null { 6 } else { 5 }], input)
    };
    assert_eq!(numbers(&note("1\n#2\n\n1\n", false)), [1, 2]);
    assert_eq!(numbers(&note("3\0 1 \0", true)), [3, 1]);
    assert_eq!(note("", false).code, 0);
    let said = note("1\n\n77\n", false);
    assert_eq!((said.code, said.json_lines().len()), (6, 2));
    assert_eq!(
        said.json_lines()[1],
        json!({"ticket":77,"error":{"code":"not_found","message":"there is no ticket `77`"}})
    );
    assert_eq!(
        numbers(&desk.ok(["note", "3", "2", "-m", "x", "--json"])),
        [3, 2]
    );
    assert_eq!(
        numbers(&desk.ok(["note", "--query", "id:2..", "-m", "x", "--json"])),
        [2, 3]
    );
    assert_eq!(
        numbers(&desk.ok(["note", "--query", "-id:2", "-m", "x", "--json"])),
        [1, 3]
    );
    let said = desk.ok(["note", "--query", "zzz", "-m", "x"]);
    assert_eq!(
        (said.out.as_str(), said.err.as_str()),
        ("", "no ticket matches `zzz`\n")
    );
    assert_eq!(desk.say("note -m x").code, 2);
    assert_eq!(desk.say("note 1 --query a -m x").code, 2);
    // One operation of several tickets has one mark.
    let mark = |id| {
        desk.ticket(id)["events"]
            .as_array()
            .unwrap()
            .last()
            .unwrap()["op"]
            .clone()
    };
    assert_eq!(mark(1), mark(3));
    assert_ne!(mark(1), mark(2));
}

#[test]
fn one_ticket_has_its_own_exit_code_and_several_have_six() {
    let desk = Desk::new();
    desk.open(["a"]);
    for (line, code) in [
        ("resume 1", 4),
        ("resume 9", 3),
        ("resume 1 9", 6),
        ("note 1 9 -m x", 6),
        ("close 9 8 -m x", 6),
        ("note 1 1 -m x", 0),
        ("note 1 -m x --priority 3", 2),
        ("note 1 9 -m x --dry-run", 6),
        ("resume 9 --dry-run", 3),
    ] {
        assert_eq!(desk.say(line).code, code, "{line}");
    }
    let said = desk.say("note 9 1 -m x");
    assert_eq!(
        (said.out.as_str(), said.err.as_str()),
        (
            "1 noted\n",
            "error: there is no ticket `9`\n1 ticket changed, 0 unchanged, 1 refused\n"
        )
    );
}

#[test]
fn a_dry_run_of_an_opening_makes_nothing_at_all() {
    let desk = Desk::new();
    let said = desk.ok(["open", "a", "--ref", "X", "--dry-run", "--json"]);
    let told = said.json();
    assert_eq!(
        (&told["ticket"], &told["ref"], &told["rev"]),
        (&Value::Null, &json!("X"), &json!(1))
    );
    assert!(!desk.data().exists());
    let said = desk.ok(["open", "a", "-n"]);
    assert!(
        said.out
            .starts_with("a new ticket would be opened: subject a,"),
        "{said:?}"
    );
    assert!(!desk.data().exists());
    // Nor does what is refused.
    assert_eq!(desk.run(["open", " "]).code, 2);
    assert_eq!(desk.run(["note", "1", "-m", "x"]).code, 3);
    assert_eq!(desk.run(["open", "a", "--resolve", " "]).code, 4);
    assert!(!desk.data().exists());
    desk.open(["a"]);
    assert_eq!(desk.say("note 1 -m x -n").out, "1 would be noted\n");
    assert_eq!(desk.ticket(1)["rev"], 1);
}

#[test]
fn a_text_comes_from_the_line_a_file_or_stdin() {
    let desk = Desk::new();
    desk.open(["a"]);
    let last = || {
        let events = desk.ticket(1)["events"].as_array().unwrap().clone();
        events.last().unwrap()["message"].clone()
    };
    desk.ok(["note", "1", "-m", "First.", "-m", "Second."]);
    assert_eq!(last(), "First.\n\nSecond.");
    desk.ok(["note", "1", "-m", "- a list\n- of two"]);
    assert_eq!(last(), "- a list\n- of two");
    let file = desk.beside().join("text");
    std::fs::write(&file, "Tệp tin\n\n").unwrap();
    desk.ok(["note", "1", "-F", file.to_str().unwrap()]);
    assert_eq!(last(), "Tệp tin");
    assert_eq!(desk.feed(["note", "1", "-F", "-"], "piped\n").code, 0);
    assert_eq!(last(), "piped");
    std::fs::write(&file, b"ab\xff").unwrap();
    let said = desk.run(["note", "1", "-F", file.to_str().unwrap()]);
    assert_eq!(
        said.refusal(),
        format!("2 error: {}: not UTF-8 at byte 2", file.display())
    );
    let said = desk.run(["note", "1", "-F", "/no/such/file"]);
    assert_eq!(said.code, 1);
    assert!(
        said.error()
            .starts_with("error: cannot read /no/such/file: "),
        "{said:?}"
    );
    assert_eq!(desk.say("note 1 -m x -F y").code, 2);
    // Standard input is one thing only.
    let said = desk.feed(["note", "-", "-F", "-"], "1\n");
    assert_eq!(
        said.refusal(),
        "2 error: standard input cannot be both the text and the tickets / hint: give the text with -m TEXT or -F FILE"
    );
    desk.ok(["open", "b", "-F", "-", "--requester", "x"]);
    assert_eq!(desk.ticket(2)["description"], Value::Null);
    assert_eq!(
        desk.feed(["open", "c", "-F", "-"], "long\nstory\n").out,
        "3\n"
    );
    assert_eq!(desk.ticket(3)["description"], "long\nstory");
}

/// Runs a line with an editor of the test's own, and a folder for what it writes.
fn with_editor(desk: &Desk, script: &str, line: &str) -> (Said, Vec<String>) {
    let editor = desk.program("my editor", script);
    let folder = desk.beside().join("tmp");
    std::fs::create_dir_all(&folder).unwrap();
    let said: Said = desk
        .command(line.split_whitespace())
        .env("EDITOR", format!("'{}' --wait", editor.display()))
        .env("TMPDIR", &folder)
        .output()
        .unwrap()
        .into();
    let mut kept = Vec::new();
    for entry in folder.read_dir().unwrap() {
        let path = entry.unwrap().path();
        kept.push(std::fs::read_to_string(&path).unwrap());
        std::fs::remove_file(path).unwrap();
    }
    (said, kept)
}

#[test]
fn a_text_that_was_refused_is_not_lost() {
    let desk = Desk::new();
    desk.open(["a"]);
    let write = "cp \"$2\" \"$2.old\"; { echo 'New toner.'; cat \"$2.old\"; } >\"$2\"; rm \"$2.old\"; test \"$1\" = --wait";
    let (said, kept) = with_editor(&desk, write, "resolve 1 -e -m given");
    assert_eq!((said.code, kept.len()), (0, 0), "{said:?}");
    assert_eq!(desk.ticket(1)["resolution"], "New toner.\ngiven");
    for line in [
        "resolve 1 -e",
        "note 1 7 -e",
        "note 1 -e --if-rev 1",
        "open b -e --to none --take",
        "open b -e --ref 1:1 --category a/b --to auto",
        "note 1 -e --dry-run",
        "note 1 -e --at soon",
    ] {
        let (said, kept) = with_editor(&desk, write, line);
        if line.contains("--to none") {
            // Wrong before anything is written.
            assert_eq!((said.code, kept.len()), (2, 0), "{line}: {said:?}");
            continue;
        }
        assert_eq!(kept.len(), 1, "{line}: {said:?}");
        assert!(kept[0].starts_with("New toner.\n"), "{line}: {kept:?}");
        assert!(
            said.err.contains("the text was kept in "),
            "{line}: {said:?}"
        );
    }
    // What is wrong with the line itself is found before anybody has written anything.
    for line in [
        "open b -e --due soon",
        "edit 1 -e --ref 12",
        "wait 1 -e --until soon",
    ] {
        let (said, kept) = with_editor(&desk, "touch \"$0.ran\"; exit 1", line);
        assert_eq!((said.code, kept.len()), (2, 0), "{line}: {said:?}");
        assert!(!desk.beside().join("my editor.ran").exists(), "{line}");
    }
    // What a terminal sends to all that runs there is for the editor alone.
    let (said, kept) = with_editor(
        &desk,
        "kill -INT $PPID; kill -QUIT $PPID; echo 'Typed on.' >\"$2\"",
        "note 1 -e",
    );
    assert_eq!((said.code, kept.len()), (0, 0), "{said:?}");
    assert_eq!(said.out, "1 noted\n");
    // An editor that dies of it, one that fails, and a text that is empty.
    let (said, kept) = with_editor(
        &desk,
        "echo half >\"$2\"; kill -INT $PPID; kill -INT $$",
        "note 1 -e",
    );
    assert_eq!(
        (said.code, kept.as_slice()),
        (4, ["half\n".to_owned()].as_slice())
    );
    assert!(
        said.error().ends_with("ended with signal: 2 (SIGINT)"),
        "{said:?}"
    );
    assert!(said.err.contains("hint: the text is in "), "{said:?}");
    let (said, kept) = with_editor(&desk, "echo half >\"$2\"; exit 1", "note 1 -e");
    assert_eq!(
        (said.code, kept.as_slice()),
        (4, ["half\n".to_owned()].as_slice())
    );
    assert!(said.err.contains("hint: the text is in "), "{said:?}");
    let (said, kept) = with_editor(&desk, "exit 0", "note 1 -e");
    assert_eq!((said.code, kept.len()), (4, 0), "{said:?}");
    assert_eq!(said.error(), "error: the text of the note is missing");
}

#[test]
fn several_escalated_at_once_do_not_overfill_anybody() {
    let desk = staffed();
    for _ in 0..4 {
        desk.open(["Jam", "--category", "hardware/printer"]);
    }
    let said = desk.ok(["escalate", "1", "2", "3", "4", "-m", "x", "--json"]);
    let given: Vec<Value> = said
        .json_lines()
        .iter()
        .map(|answer| answer["changed"]["assignee"].clone())
        .collect();
    assert_eq!(
        given,
        [
            json!([null, "lan"]),
            json!([null, "lan"]),
            json!([null, "bao"]),
            Value::Null
        ]
    );
}

#[test]
fn a_writer_waits_only_so_long_and_a_reader_never() {
    let desk = Desk::new();
    desk.open(["a"]);
    desk.ok(["note", "1", "-m", "x"]);
    let path = desk.data().join(".desk/locks/ticket-001");
    let held = std::fs::File::open(&path).unwrap();
    held.lock().unwrap();
    let said = desk.say("note 1 -m y --wait 0");
    assert_eq!(said.code, 5, "{said:?}");
    assert!(
        said.error()
            .starts_with(&format!("error: {}: held by ", path.display())),
        "{said:?}"
    );
    assert_eq!(
        said.err.lines().nth(1),
        Some("hint: try again, or wait longer with --wait SECONDS")
    );
    assert_eq!(
        desk.say("note 1 -m y --wait 0 --json").json()["error"]["code"],
        "busy"
    );
    assert_eq!(desk.ticket(1)["rev"], 2);
    assert_eq!(desk.say("list").code, 0);
    assert_eq!(desk.say("note 1 -m y --dry-run").code, 0);
    assert_eq!(desk.open(["another is not in the way"]), 2);
    // Not dropped: a process that another test starts just now may still have it open.
    held.unlock().unwrap();
    assert_eq!(desk.say("note 1 -m y --wait 0").code, 0);
}

#[test]
fn a_clock_that_is_none_is_an_error() {
    let mut desk = Desk::new();
    let said = desk.at("yesterday").run(["open", "a"]);
    assert_eq!(said.code, 2);
    assert!(said.error().starts_with("error: DESK_NOW: "), "{said:?}");
    assert!(!desk.data().exists());
    // With an offset it is the same instant, and stored in UTC.
    desk.at("2026-11-21T14:00:00+02:00").ok(["open", "a"]);
    assert_eq!(desk.ticket(1)["opened"], "2026-11-21T12:00:00Z");
}

#[test]
fn me_is_who_acts_wherever_a_person_is_named() {
    let desk = Desk::new();
    desk.say("open a --from me --watch lan --watch Me --as minh");
    let told = |ticket: &Value| (ticket["requester"].clone(), ticket["watchers"].clone());
    assert_eq!(
        told(&desk.ticket(1)),
        (json!("minh"), json!(["lan", "minh"]))
    );
    assert_eq!(
        desk.say("list requester:me watcher:me --as minh --format csv --fields id")
            .out,
        "id\n1\n"
    );
    desk.say("edit 1 --from me --unwatch me --watch me --as lan");
    assert_eq!(told(&desk.ticket(1)).0, json!("lan"));
    // What comes from elsewhere is taken as it stands.
    desk.batch("{\"op\":\"edit\",\"ticket\":1,\"requester\":\"me\"}\n");
    assert_eq!(desk.ticket(1)["requester"], "me");
}
