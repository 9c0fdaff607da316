//! `desk batch`: operations as JSON lines.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::PathBuf;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::harness::{Desk, Said, has};

/// Feeds lines, and gives the answers as JSON.
fn answers(desk: &Desk, lines: &str) -> (i32, Vec<Value>) {
    let said = desk.feed(["batch", "--json"], lines);
    assert_eq!(said.err, "");
    (said.code, said.json_lines())
}

/// Feeds one line that must fail, and gives `message / hint`.
fn failure(desk: &Desk, line: &str) -> String {
    let said = desk.feed(["batch"], line);
    assert_eq!((said.code, said.out.as_str()), (6, ""), "{line}: {said:?}");
    let lines: Vec<_> = said
        .err
        .lines()
        .map(|line| line.strip_prefix("line 1: ").unwrap())
        .collect();
    lines.join(" / ").replacen("error: ", "", 1)
}

#[test]
fn every_line_gets_an_answer_in_order() {
    let desk = Desk::new();
    let (code, mut answers) = answers(
        &desk,
        r#"{"op":"open","subject":"Printer jams","ref":"INC1","requester":"hoa"}
{"op":"escalate","ticket":"INC1","message":"stuck"}

{"op":"note","ticket":9,"message":"x"}
{"op":"note","ticket":"INC9","message":"x"}
{"op":"resume","ticket":1}
not json
{"op":"note","ticket":"INC1","message":"x","if_rev":1}
{"op":"edit","ticket":1,"asset":null}
"#,
    );
    assert_eq!(code, 6);
    // What was done has the mark of the run; what was not, has none.
    let marks: Vec<_> = answers
        .iter_mut()
        .map(|answer| answer.as_object_mut().unwrap().remove("op"))
        .collect();
    let mark = desk.ticket(1)["events"][0]["op"].clone();
    assert_eq!(marks[..2], [Some(mark.clone()), Some(mark)]);
    assert!(marks[2..].iter().all(Option::is_none), "{marks:?}");
    let expected = [
        json!({"line":1,"ticket":1,"ref":"INC1","rev":1,"event":"opened","changed":{
            "ref":[null,"INC1"],"subject":[null,"Printer jams"],"status":[null,"new"],"priority":[null,3],
            "priority_stated":[null,false],"impact":[null,"medium"],"urgency":[null,"medium"],"tier":[null,1],
            "requester":[null,"hoa"]},"why":[]}),
        json!({"line":2,"ticket":1,"ref":"INC1","rev":2,"event":"escalated",
            "changed":{"priority":[3,2],"priority_stated":[false,true],"tier":[1,2]},"why":[]}),
        json!({"line":4,"ticket":9,"error":{"code":"not_found","message":"there is no ticket `9`"}}),
        json!({"line":5,"ticket":"INC9","error":{"code":"not_found","message":"there is no ticket with the reference `INC9`"}}),
        json!({"line":6,"ticket":1,"error":{"code":"refused","message":"ticket 1 is new, and not waiting"}}),
        json!({"line":7,"ticket":null,"error":{"code":"usage","message":"not a JSON object: expected ident at column 2"}}),
        json!({"line":8,"ticket":"INC1","error":{"code":"conflict","message":"ticket 1 is at revision 2, not 1",
            "hint":"somebody changed it meanwhile; look with: desk show 1"}}),
        json!({"line":9,"ticket":1,"ref":"INC1","rev":2,"event":null,"changed":{},"why":[]}),
    ];
    assert_eq!(answers, expected);
}

#[test]
fn the_line_comes_first_and_the_keys_stand_in_their_order() {
    let desk = Desk::new();
    let said = desk.feed(
        ["batch", "--json"],
        "{\"op\":\"open\",\"subject\":\"a\"}\n{\"op\":\"take\",\"ticket\":1}",
    );
    let (told, mark) = said
        .out
        .lines()
        .nth(1)
        .unwrap()
        .split_once(r#","op":"#)
        .unwrap();
    assert_eq!(
        told,
        r#"{"line":2,"ticket":1,"ref":null,"rev":2,"event":"assigned","changed":{"status":["new","open"],"assignee":[null,"minh"]},"why":[]"#
    );
    assert_eq!(mark, format!("{}}}", desk.ticket(1)["events"][1]["op"]));
    let said = desk.feed(["batch", "--json"], "{\"op\":\"take\",\"ticket\":2}");
    assert_eq!(
        said.out,
        "{\"line\":1,\"ticket\":2,\"error\":{\"code\":\"not_found\",\"message\":\"there is no ticket `2`\"}}\n"
    );
}

#[test]
fn people_read_sentences() {
    let desk = Desk::new();
    let said = desk.feed(
        ["batch", "-"],
        "{\"op\":\"open\",\"subject\":\"a\"}\n\n{\"op\":\"close\",\"ticket\":1}\n{\"op\":\"take\",\"ticket\":1}\n",
    );
    assert_eq!(said.code, 6);
    assert_eq!(
        said.out,
        "line 1: 1 opened: subject a, status new, priority 3, impact medium, urgency medium, tier 1\n\
         line 4: 1 assigned: status new → open, assignee minh\n"
    );
    assert_eq!(
        said.err,
        "line 3: error: ticket 1 has no resolution: nobody has said how it was solved\n\
         line 3: hint: desk close 1 -m HOW\n\
         2 operations done, 0 unchanged, 1 refused\n"
    );
    let said = desk.feed(["batch"], "\n\r\n  \n");
    assert_eq!((said.code, said.err.as_str()), (0, ""));
    let said = desk.run(["batch", "/no/such/file"]);
    assert_eq!(said.code, 1);
}

#[test]
fn every_operation_of_the_command_line_is_one_of_a_batch() {
    let mut desk = Desk::new();
    desk.batch("{\"op\":\"open\",\"subject\":\"other\"}\n");
    let (code, answers) = answers(
        &desk,
        r#"{"op":"open","subject":"a","message":"at length","requester":"hoa","contact":"12","take":true,"watch":["ola","kim"],"category":"hardware/printer","impact":"high","urgency":"high","kind":"incident","service":"remote","channel":"phone","location":"floor 3","asset":"PC-7","tag":"vip","due":"2026-11-30","ref":"A","team":"net"}
{"op":"assign","ticket":"A","to":"lan","team":"servers","message":"yours"}
{"op":"take","ticket":"A"}
{"op":"escalate","ticket":"A","message":"up","priority":2,"service":"onsite"}
{"op":"note","ticket":"A","message":"n","public":true}
{"op":"reply","ticket":"A","message":"r"}
{"op":"wait","ticket":"A","message":"w","on":"vendor","until":"2026-12-01"}
{"op":"resume","ticket":"A"}
{"op":"wait","ticket":"A","message":"w"}
{"op":"note","ticket":"A","message":"n","from_requester":true}
{"op":"resolve","ticket":"A","message":"done","code":"7"}
{"op":"reopen","ticket":"A","message":"again"}
{"op":"close","ticket":"A","message":"done","code":"8"}
{"op":"rate","ticket":"A","stars":4}
{"op":"edit","ticket":"A","subject":"b","due":null,"tag":["x","y"],"untag":"vip","unwatch":"ola","priority":"auto"}
{"op":"link","ticket":"A","caused_by":1}
{"op":"unlink","ticket":"A","caused_by":1}
{"op":"merge","ticket":"A","into":1}
{"op":"unmerge","ticket":"A"}
"#,
    );
    assert_eq!(code, 0, "{answers:?}");
    let events: Vec<_> = answers
        .iter()
        .map(|answer| answer["event"].as_str().unwrap())
        .collect();
    assert_eq!(
        events,
        [
            "opened",
            "assigned",
            "assigned",
            "escalated",
            "noted",
            "noted",
            "waiting",
            "resumed",
            "waiting",
            "noted",
            "resolved",
            "reopened",
            "closed",
            "rated",
            "edited",
            "linked",
            "unlinked",
            "merged",
            "unmerged"
        ]
    );
    let ticket = desk.ticket(2);
    for (field, expected) in [
        ("subject", json!("b")),
        ("description", json!("at length")),
        ("status", json!("closed")),
        ("priority", json!(1)),
        ("priority_stated", json!(false)),
        ("tier", json!(2)),
        ("team", json!("servers")),
        ("assignee", json!("minh")),
        ("contact", json!("12")),
        ("watchers", json!(["kim"])),
        ("category", json!("hardware/printer")),
        ("service", json!("onsite")),
        ("channel", json!("phone")),
        ("tags", json!(["x", "y"])),
        ("due", Value::Null),
        ("code", json!("8")),
        ("stars", json!(4)),
        ("links", json!([])),
        ("merged_into", Value::Null),
        ("rev", json!(19)),
    ] {
        assert_eq!(ticket[field], expected, "{field}");
    }
    assert_eq!(ticket["events"][5]["public"], true);
    assert_eq!(
        ticket["events"][6]["changed"]["waiting_until"],
        json!([null, "2026-12-01T00:00:00Z"])
    );
    // One run, one mark.
    let mark = &ticket["events"][0]["op"];
    assert!(
        ticket["events"]
            .as_array()
            .unwrap()
            .iter()
            .all(|event| event["op"] == *mark)
    );
    assert_eq!(desk.at("2026-11-22T00:00:00Z").say("fsck").code, 0);
}

#[test]
fn a_line_says_who_and_when() {
    let desk = Desk::new();
    desk.batch(
        r#"{"op":"open","subject":"a","by":"8","at":"2016-02-29T01:16:00Z"}
           {"op":"take","ticket":1,"by":"21","at":"2016-02-29T01:23:00Z"}"#,
    );
    let events = &desk.ticket(1)["events"];
    assert_eq!(
        (&events[0]["by"], &events[0]["at"]),
        (&json!("8"), &json!("2016-02-29T01:16:00Z"))
    );
    assert_eq!(events[1]["recorded"], "2026-11-21T12:00:00Z");
    assert_eq!(desk.ticket(1)["assignee"], "21");
    assert_eq!(
        failure(&desk, r#"{"op":"take","ticket":1,"at":"2016-02-28"}"#),
        "ticket 1: 2016-02-28T00:00:00Z is before its last event, at 2016-02-29T01:23:00Z"
    );
    assert_eq!(
        failure(&desk, r#"{"op":"take","ticket":1,"at":"2026-11-22"}"#),
        "2026-11-22T00:00:00Z has not come yet: it is 2026-11-21T12:00:00Z"
    );
}

#[test]
fn a_line_that_is_none_says_what_is_wrong_with_it() {
    let desk = Desk::new();
    desk.open(["a"]);
    for (line, expected) in [
        (
            r#"{"op":"opne","subject":"a"}"#,
            "there is no operation `opne` / hint: did you mean `open`?",
        ),
        (
            r#"{"op":"xyzzy"}"#,
            "there is no operation `xyzzy` / hint: `op` is one of assign, close, edit, escalate, link, merge, note, open, rate, reopen, reply, resolve, resume, take, undo, unlink, unmerge, wait",
        ),
        (r#"{"ticket":1}"#, "no `op`: every line says what to do"),
        (
            r#"{"op":"note","ticket":1,"mesage":"x"}"#,
            "`note` has no field `mesage` / hint: did you mean `message`?",
        ),
        (
            r#"{"op":"link","ticket":1,"block":1}"#,
            "`link` has no field `block` / hint: did you mean `blocks`?",
        ),
        (
            r#"{"op":"link","ticket":1}"#,
            "`link` needs one of duplicate_of, caused_by, blocks, relates_to",
        ),
        (
            r#"{"op":"link","ticket":1,"blocks":2,"caused_by":3}"#,
            "`link` takes one relation, not two",
        ),
        (
            r#"{"op":"note","op":"note","ticket":1}"#,
            "not a JSON object: `op` stands twice at column 24",
        ),
        (
            r#"{"op":"note","ticket":1,"message":"a","message":"b"}"#,
            "not a JSON object: `message` stands twice at column 52",
        ),
        (
            r#"[1]"#,
            "not a JSON object: invalid type: sequence, expected an object at column 0",
        ),
        (r#"{"op":"note","message":"x"}"#, "no ticket is named"),
        (
            r#"{"op":"open","subject":"a","ticket":7}"#,
            "`open` has no field `ticket` / hint: the number is given; a key of your own goes into `ref`",
        ),
        (
            r#"{"op":"open"}"#,
            "the subject is empty / hint: say in one line what it is about: desk open 'Printer jams'",
        ),
        (
            r#"{"op":"open","subject":"a","priority":9}"#,
            "`priority`: priority `9` is not one of 1 to 5",
        ),
        (
            r#"{"op":"open","subject":"a","impact":"huge"}"#,
            "`impact`: unknown variant `huge`, expected one of `low`, `medium`, `high`",
        ),
        (
            r#"{"op":"open","subject":7}"#,
            "`subject`: invalid type: integer `7`, expected a string",
        ),
        (r#"{"op":"rate","ticket":1}"#, "missing field `stars`"),
        (
            r#"{"op":"take","ticket":-1}"#,
            "`ticket`: a ticket is named by a number or a string",
        ),
        (
            r#"{"op":"take","ticket":1,"by":""}"#,
            "`` is not the name of a person",
        ),
        (
            r#"{"op":"note","ticket":1,"message":""}"#,
            "the text of the note is missing / hint: give it with -m TEXT, -F FILE or -e",
        ),
    ] {
        assert_eq!(failure(&desk, line), expected, "{line}");
    }
    let deep = format!("{{\"op\":{}1{}}}", "[".repeat(2000), "]".repeat(2000));
    assert!(failure(&desk, &deep).starts_with("not a JSON object: recursion limit exceeded"));
    let said = desk.feed(
        ["batch"],
        b"{\"op\":\"open\",\"subject\":\"a\xff\"}\n{\"op\":\"take\",\"ticket\":1}\n",
    );
    assert_eq!(said.code, 6);
    assert_eq!(
        said.err,
        "line 1: error: not UTF-8 at byte 25\n1 operation done, 0 unchanged, 1 refused\n"
    );
    assert_eq!(
        said.out,
        "line 2: 1 assigned: status new → open, assignee minh\n"
    );
    assert_eq!(desk.ticket(1)["rev"], 2);
}

#[test]
fn later_lines_see_earlier_ones() {
    let desk = Desk::new();
    let lines = r#"{"op":"open","subject":"a","ref":"A"}
{"op":"open","subject":"b","ref":"A"}
{"op":"edit","ticket":"A","ref":"B"}
{"op":"open","subject":"c","ref":"A"}
{"op":"note","ticket":"B","message":"x"}
{"op":"close","ticket":"A","message":"x"}
{"op":"merge","ticket":"B","into":2}
{"op":"note","ticket":"B","message":"goes on"}
{"op":"close","ticket":"A"}
"#;
    let outcome = |said: &Said| {
        let told: Vec<_> = said
            .json_lines()
            .iter()
            .map(|answer| match answer.get("error") {
                Some(error) => {
                    format!("{}: {}", answer["line"], error["message"].as_str().unwrap())
                }
                None => format!("{}: {}", answer["line"], answer["event"].as_str().unwrap()),
            })
            .collect();
        (said.code, told)
    };
    let dry = desk.feed(["batch", "--dry-run", "--json"], lines);
    assert!(!desk.data().exists(), "nothing is made on disk");
    let real = desk.feed(["batch", "--json"], lines);
    let expected = [
        "1: opened",
        "2: reference `A` is taken: ticket 1 has it",
        "3: edited",
        "4: opened",
        "5: noted",
        "6: closed",
        "7: merged",
        "8: noted",
        "9: ticket 2 is closed already",
    ];
    assert_eq!(outcome(&real), (6, expected.map(str::to_owned).to_vec()));
    assert_eq!(outcome(&dry), outcome(&real));
    assert!(
        dry.json_lines()
            .iter()
            .all(|answer| answer["ticket"].is_null() || answer.get("error").is_some())
    );
    // The same on a desk that is there, with numbers.
    let lines = "{\"op\":\"open\",\"subject\":\"d\"}\n{\"op\":\"close\",\"ticket\":3}\n{\"op\":\"take\",\"ticket\":4}\n";
    let before = desk.tree();
    let dry = desk.feed(["batch", "-n", "--json"], lines);
    assert_eq!(desk.tree(), before);
    let real = desk.feed(["batch", "--json"], lines);
    assert_eq!(outcome(&dry), outcome(&real));
    assert_eq!(
        outcome(&real).1,
        [
            "1: opened",
            "2: ticket 3 has no resolution: nobody has said how it was solved",
            "3: there is no ticket `4`"
        ]
    );
}

#[test]
fn with_people_on_the_roster_others_are_unknown() {
    let desk = Desk::new();
    desk.batch("{\"op\":\"open\",\"subject\":\"a\",\"to\":\"whoever\"}\n{\"op\":\"escalate\",\"ticket\":1,\"message\":\"x\",\"to\":\"31\"}\n");
    desk.ok(["tech", "add", "lan", "--tier", "3"]);
    for line in [
        r#"{"op":"assign","ticket":1,"to":"lna"}"#,
        r#"{"op":"open","subject":"b","to":"lna"}"#,
        r#"{"op":"escalate","ticket":1,"message":"x","to":"lna"}"#,
        r#"{"op":"take","ticket":1,"by":"lna"}"#,
    ] {
        assert_eq!(
            failure(&desk, line),
            "there is no technician `lna` / hint: did you mean `lan`?",
            "{line}"
        );
    }
    for line in [
        r#"{"op":"open","subject":"b","to":"auto"}"#,
        r#"{"op":"escalate","ticket":1,"message":"x","to":"none"}"#,
    ] {
        assert!(
            failure(&desk, line).ends_with("is not a technician"),
            "{line}"
        );
    }
    let (code, answers) = answers(
        &desk,
        "{\"op\":\"assign\",\"ticket\":1,\"to\":\"none\"}\n{\"op\":\"escalate\",\"ticket\":1,\"message\":\"x\",\"to\":\"lan\"}",
    );
    assert_eq!(code, 0);
    assert_eq!(
        answers[0]["changed"],
        json!({"status":["open","new"],"assignee":["31",null]})
    );
    assert_eq!(answers[1]["changed"]["assignee"], json!([null, "lan"]));
}

#[test]
fn who_writes_line_by_line_is_answered_line_by_line() {
    let desk = Desk::new();
    let mut child = desk
        .command(["batch", "--json"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut ask = |line: &str| -> Value {
        writeln!(stdin, "{line}").unwrap();
        let mut answer = String::new();
        stdout.read_line(&mut answer).unwrap();
        serde_json::from_str(&answer).unwrap()
    };
    let opened = ask(r#"{"op":"open","subject":"a"}"#);
    assert_eq!((&opened["line"], &opened["ticket"]), (&json!(1), &json!(1)));
    // What was acknowledged is there for others already.
    assert_eq!(desk.ticket(1)["subject"], "a");
    desk.ok(["note", "1", "-m", "by somebody else meanwhile"]);
    assert_eq!(ask(r#"{"op":"take","ticket":1}"#)["rev"], 3);
    assert_eq!(ask("nonsense")["error"]["code"], "usage");
    drop(stdin);
    assert_eq!(child.wait().unwrap().code(), Some(6));
}

#[test]
fn a_large_batch_is_numbered_through() {
    let desk = Desk::new();
    let lines: String = (1..=500)
        .map(|n| format!("{{\"op\":\"open\",\"subject\":\"ticket {n}\",\"ref\":\"R{n}\"}}\n"))
        .collect();
    let (code, answers) = answers(&desk, &lines);
    assert_eq!(code, 0);
    for (answer, n) in answers.iter().zip(1..) {
        assert_eq!(answer["line"], n);
        assert_eq!(answer["ticket"], n);
        assert_eq!(answer["ref"], format!("R{n}"));
    }
    assert_eq!(answers.len(), 500);
}

#[test]
fn what_was_written_ahead_is_what_is_written_in_the_end() {
    let open =
        |n: usize| json!({"op": "open", "id": format!("k{n}"), "subject": format!("ticket {n}")});
    let mut lines: Vec<Value> = (1..=600).map(open).collect();
    // Nobody could tell that these name something new.
    lines.push(open(1));
    lines.push(json!({"op": "note", "ticket": 2, "id": "k2", "message": "x"}));
    lines.extend((601..=900).map(open));
    let lines: Vec<String> = lines.iter().map(Value::to_string).collect();
    let carried_out = |mode| {
        let desk = Desk::in_memory();
        let said = desk.feed(["batch", "--json", mode], lines.join("\n"));
        let mut answers = said.json_lines();
        for answer in &mut answers {
            answer.as_object_mut().unwrap().remove("op");
        }
        let left = fs::read_dir(desk.data().join(".desk/tmp")).unwrap();
        assert_eq!(left.count(), 0, "{mode}");
        assert_eq!(desk.ok(["fsck"]).out, "");
        assert_eq!(desk.open(["next"]), 901);
        answers
    };
    let answers = carried_out("--keep-going");
    assert_eq!(answers.len(), 902);
    assert_eq!(
        (&answers[600]["ticket"], &answers[600]["done_before"]),
        (&json!(1), &json!(true))
    );
    assert_eq!(answers[601]["error"]["code"], "conflict");
    assert_eq!(
        (&answers[602]["ticket"], &answers[901]["ticket"]),
        (&json!(601), &json!(900))
    );
}

#[test]
fn all_or_nothing_is_done() {
    let desk = Desk::new();
    let lines = "{\"op\":\"open\",\"subject\":\"a\"}\n{\"op\":\"take\",\"ticket\":9}\n";
    let said = desk.feed(["batch", "--atomic"], lines);
    let not_done = "line 1: error: not done: all or nothing was asked for";
    assert!(
        said.out.is_empty() && said.err.contains(not_done),
        "{said:?}"
    );
    assert!(!desk.data().exists());
    desk.open(["old"]);
    let good = [
        r#"{"op":"open","subject":"a","ref":"A"}"#,
        r#"{"op":"note","ticket":"A","message":"x"}"#,
        r#"{"op":"close","ticket":1,"message":"x"}"#,
    ];
    let bad = r#"{"op":"note","ticket":99,"message":"x"}"#;
    for (lines, code) in [
        ([bad, good[0], good[1]], 3),
        ([good[0], bad, good[2]], 3),
        ([good[0], good[2], "nonsense"], 2),
    ] {
        let said = desk.feed(["batch", "--atomic", "--json"], lines.join("\n"));
        // That of what is refused itself.
        assert_eq!(said.code, code, "{said:?}");
        let words = ["batch", "--atomic", "--json", "--dry-run"];
        let dry = desk.feed(words, lines.join("\n"));
        assert_eq!((dry.code, &dry.out), (said.code, &said.out));
        let answers = said.json_lines();
        assert_eq!(answers.len(), 3);
        for (answer, line) in answers.iter().zip(lines) {
            let others = "not done: all or nothing was asked for, and another operation is refused";
            let is_bad = line == bad || line == "nonsense";
            assert_ne!(is_bad, answer["error"]["message"] == others, "{answer}");
        }
        assert_eq!(desk.ticket(1)["rev"], 1);
        assert_eq!(
            desk.ok(["list", "--format", "jsonl"]).out.lines().count(),
            1
        );
    }
    let said = desk.feed(["batch", "--atomic", "--json"], good.join("\n"));
    assert_eq!(said.code, 0, "{said:?}");
    // No number was used up by what was refused.
    assert_eq!(said.json_lines()[0]["ticket"], 2);
    let mark = desk.ticket(2)["events"][0]["op"].clone();
    assert!(mark.is_string() && said.json_lines().iter().all(|answer| answer["op"] == mark));
    assert_eq!(desk.ticket(2)["rev"], 2);
    assert_eq!(desk.ticket(1)["status"], "closed");
    assert_eq!(desk.ok(["fsck"]).out, "");
    let both = desk.feed(["batch", "--atomic", "--keep-going"], "");
    assert_eq!(both.code, 2);
}

#[test]
fn what_somebody_committed_to_is_done_by_who_comes_next() {
    let desk = Desk::new();
    desk.open(["one"]);
    desk.open(["two"]);
    let (before, data) = (std::fs::read(desk.file(2)).unwrap(), desk.data());
    desk.ok(["note", "1", "2", "-m", "x"]);
    // As if the process had died behind the commit, when one of two was renamed.
    let private = data.join(".desk");
    std::fs::rename(desk.file(2), private.join("tmp/2")).unwrap();
    std::fs::write(desk.file(2), before).unwrap();
    std::fs::create_dir(private.join("commit")).unwrap();
    let list = r#"{"desk_commit":1,"tickets":[
        {"ticket":1,"rev":2,"new":false,"temporary":"1"},{"ticket":2,"rev":2,"new":false,"temporary":"2"}]}"#;
    std::fs::write(private.join("commit/commit.4194305"), list).unwrap();
    assert_eq!(desk.ok(["show", "2", "--format", "json"]).json()["rev"], 2);
    assert_eq!(desk.ticket(2)["rev"], 2);
    assert_eq!(
        std::fs::read_dir(private.join("commit")).unwrap().count(),
        0
    );
}

/// As if the process had died behind the commit to two changes and an opening, one of them in place.
fn dead_commit(desk: &Desk) -> PathBuf {
    let private = desk.data().join(".desk");
    let list = json!({"desk_commit": 1, "tickets": [
        {"ticket": 1, "rev": 2, "new": false, "temporary": "1"},
        {"ticket": 2, "rev": 2, "new": false, "temporary": "2"},
        {"ticket": 3, "rev": 1, "new": true, "temporary": "3.4194305"},
    ]});
    let old = fs::read(desk.file(2)).unwrap();
    desk.batch(concat!(
        r#"{"op":"note","ticket":1,"message":"x"}"#,
        "\n",
        r#"{"op":"note","ticket":2,"message":"x"}"#,
        "\n",
        r#"{"op":"open","subject":"three"}"#,
        "\n",
    ));
    for (id, temporary) in [(2, "tmp/2"), (3, "tmp/3.4194305")] {
        fs::rename(desk.file(id), private.join(temporary)).unwrap();
    }
    fs::write(desk.file(2), old).unwrap();
    let mut folder = fs::DirBuilder::new();
    folder.mode(0o750).create(private.join("commit")).unwrap();
    let path = private.join("commit/commit.4194305");
    fs::write(&path, list.to_string()).unwrap();
    path
}

fn revisions(desk: &Desk) -> Vec<Value> {
    let listed = desk.ok(["list", "--fields", "id,rev", "--format", "jsonl"]);
    let tickets = listed.json_lines().into_iter();
    tickets
        .map(|ticket| json!([ticket["id"], ticket["rev"]]))
        .collect()
}

#[test]
fn nothing_is_swept_that_somebody_is_just_doing() {
    let desk = Desk::new();
    for subject in ["one", "two"] {
        desk.open([subject]);
    }
    let list = dead_commit(&desk);
    // Somebody carries it out, and is slow.
    let held = File::open(&list).unwrap();
    held.lock().unwrap();
    assert_eq!(
        revisions(&desk),
        [json!([1, 2]), json!([2, 2]), json!([3, 1])]
    );
    assert_eq!(desk.open(["four"]), 4);
    assert_eq!(desk.ok(["export"]).out.lines().count(), 4);
    drop(held);
    let all = [json!([1, 2]), json!([2, 2]), json!([3, 1]), json!([4, 1])];
    assert_eq!(revisions(&desk), all);
    assert!(!list.exists());
    assert_eq!(desk.ok(["fsck"]).out, "");
}

#[test]
fn what_nobody_can_carry_out_is_shown_to_nobody() {
    let desk = Desk::new();
    for subject in ["one", "two"] {
        desk.open([subject]);
    }
    let list = dead_commit(&desk);
    let text = fs::read_to_string(&list).unwrap();
    // A ticket of the number of the opening came from elsewhere.
    let other = fs::read_to_string(desk.data().join(".desk/tmp/3.4194305")).unwrap();
    fs::write(desk.file(3), other.replace("three", "other")).unwrap();
    assert_eq!(fs::read_to_string(&list).unwrap(), text);
    let listed = desk
        .ok(["list", "--fields", "id,rev,subject", "--format", "tsv"])
        .out;
    assert_eq!(
        listed,
        "id\trev\tsubject\n1\t2\tone\n2\t1\ttwo\n3\t1\tother\n"
    );
    assert_eq!(desk.ok(["show", "2", "--json"]).json()["rev"], 1);
    // An opening leaves the temporaries where they are, for whoever looks into it.
    desk.open(["four"]);
    assert!(desk.data().join(".desk/tmp/2").exists());
    assert!(desk.data().join(".desk/tmp/3.4194305").exists());
    assert_eq!(desk.run(["fsck"]).code, 7);
}

#[test]
fn a_commit_that_is_none_holds_nobody_up() {
    let desk = Desk::new();
    desk.open(["one"]);
    let private = desk.data().join(".desk");
    fs::create_dir(private.join("commit")).unwrap();
    for list in [
        r#"{"desk_commit":1,"tickets":[{"ticket":1,"rev":99,"new":false,"temporary":"1"}]}"#,
        "{",
        r#"{"desk_commit":1,"tickets":[{"ticket":1,"rev":9,"new":false,"temporary":"../x"}]}"#,
    ] {
        std::fs::write(private.join("commit/commit.4194305"), list).unwrap();
        desk.ok(["note", "1", "-m", "x"]);
        assert_eq!(desk.run(["fsck"]).code, 7);
        assert_eq!(desk.run(["fsck", "--repair"]).code, 0);
        desk.ok(["fsck"]);
    }
}

#[test]
fn a_counter_that_is_behind_gives_no_number_of_a_ticket_that_the_batch_changes() {
    for mode in ["--keep-going", "--atomic", "--dry-run"] {
        let desk = Desk::in_memory();
        for subject in ["one", "two", "three"] {
            desk.open([subject]);
        }
        // As after a power cut that took the counter, and a ticket of which nobody was told yet.
        std::fs::remove_file(desk.file(2)).unwrap();
        std::fs::write(desk.data().join(".desk/number"), format!("{:020}\n", 1)).unwrap();
        let opening = "{\"op\":\"open\",\"subject\":\"new\"}\n";
        let lines = format!(
            "{{\"op\":\"note\",\"ticket\":3,\"message\":\"x\"}}\n{}",
            opening.repeat(3)
        );
        let said = desk.feed(["batch", mode], &lines);
        assert_eq!(said.code, 0, "{said:?}");
        assert_eq!(desk.ticket(3)["subject"], "three", "{mode}");
        if mode != "--dry-run" {
            assert_eq!(desk.ticket(3)["rev"], 2, "{mode}");
            let opened = [4, 5, 6].map(|id| desk.ticket(id)["subject"].clone());
            assert_eq!(opened, ["new", "new", "new"], "{mode}");
        }
    }
}

#[test]
fn who_reads_sees_all_of_it_or_nothing() {
    if !has("strace") {
        return;
    }
    let mut desk = Desk::new();
    let opening = |n| json!({"op": "open", "subject": format!("paper {n}"), "requester": "lan"});
    let lines = |lines: &[Value]| {
        lines
            .iter()
            .map(|line| format!("{line}\n"))
            .collect::<String>()
    };
    desk.batch(&lines(&(1..=6).map(opening).collect::<Vec<_>>()));
    desk.ok(["list"]);
    // All are changed, and two are new; each comes into place some readings behind the one before.
    let tagged = |mut line: Value| {
        line["tag"] = json!(["t"]);
        line
    };
    let changes = (1..=6).map(|n| json!({"op": "edit", "ticket": n}));
    let all: Vec<Value> = changes.chain((7..=8).map(opening)).map(tagged).collect();
    let slowly = "--inject=renameat,renameat2:delay_enter=150000";
    let options = [
        "-f",
        "-o",
        "/dev/null",
        "--trace=renameat,renameat2",
        slowly,
    ];
    let mut writer = desk.traced(&options, ["batch", "--atomic"]);
    let mut writer = writer
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut input = writer.stdin.take().unwrap();
    input.write_all(lines(&all).as_bytes()).unwrap();
    drop(input);
    // A report counts what happened before.
    desk.at("2026-11-21T12:00:01Z");

    let is_tagged =
        |n: &u64| fs::read_to_string(desk.file(*n)).is_ok_and(|file| file.contains("\"t\""));
    let in_place = || (1..=8).filter(is_tagged).count();
    let (mut seen_last, mut between) = (0, 0);
    while writer.try_wait().unwrap().is_none() {
        let before = in_place();
        let lines = |line: &str| desk.say(line).out.lines().count();
        let report = "report requesters tag:t --period 2026-11 --json";
        let reported = |report: Value| report["rows"][0]["flow"]["opened"].as_u64().unwrap_or(0);
        let seen = [
            lines("list tag:t --format jsonl"),
            lines("search paper tag:t --format jsonl"),
            reported(desk.say(report).json()) as usize,
            lines("export tag:t"),
        ];
        between += u32::from(before > 0 && in_place() < 8);
        for seen in seen {
            // What was seen once stays.
            let is_right = [0, 8].contains(&seen) && seen >= seen_last;
            assert!(
                is_right,
                "{seen} of 8, behind {seen_last}; {before} were in place"
            );
            seen_last = seen;
        }
    }
    assert!(writer.wait().unwrap().success());
    assert!(
        between > 0,
        "{between} times somebody read between two renames"
    );
    assert_eq!(
        desk.ok(["list", "tag:t", "--format", "jsonl"])
            .out
            .lines()
            .count(),
        8
    );
    assert_eq!(desk.ok(["fsck"]).out, "");
}

#[test]
fn a_data_directory_is_made_for_the_first_line_that_is_carried_out() {
    let desk = Desk::new();
    let refused = r#"{"op":"note","ticket":1,"message":"x"}
{"op":"open","subject":" "}
"#;
    let codes = |answers: &[Value]| -> Vec<Value> {
        let codes = answers.iter().map(|answer| answer["error"]["code"].clone());
        codes.collect()
    };
    let (code, told) = answers(&desk, refused);
    assert_eq!(
        (code, codes(&told)),
        (6, vec![json!("not_found"), json!("usage")])
    );
    assert!(!desk.data().exists());
    let (code, told) = answers(
        &desk,
        &format!("{refused}{}\n", r#"{"op":"open","subject":"a"}"#),
    );
    let expected = [json!("not_found"), json!("usage"), Value::Null];
    assert_eq!((code, codes(&told)), (6, expected.to_vec()));
    assert_eq!(desk.ticket(1)["subject"], "a");
}

#[test]
fn a_ticket_of_a_batch_knows_what_the_same_batch_tied_to_it() {
    let desk = Desk::new();
    let (code, answers) = answers(
        &desk,
        r#"{"op":"open","subject":"Move the printer","ref":"A"}
{"op":"open","subject":"Lay the cable","ref":"B"}
{"op":"link","ticket":"B","blocks":"A"}
{"op":"resolve","ticket":"A","message":"moved"}
{"op":"resolve","ticket":"B","message":"laid"}
{"op":"reopen","ticket":"A","message":"moved back"}
{"op":"resolve","ticket":"A","message":"moved again"}
{"op":"reopen","ticket":"A","message":"once more"}
{"op":"reopen","ticket":"B","message":"cut"}
{"op":"unlink","ticket":"B","blocks":"A"}
{"op":"resolve","ticket":"A","message":"stays"}
"#,
    );
    assert_eq!(code, 0);
    let warned: Vec<_> = answers
        .iter()
        .map(|answer| answer["warnings"].clone())
        .collect();
    for (index, warnings) in warned.into_iter().enumerate() {
        let expected = match index {
            3 => json!(["ticket 1 is blocked by 2"]),
            _ => Value::Null,
        };
        assert_eq!(warnings, expected, "line {}", index + 1);
    }
}
