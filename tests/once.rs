//! What has an id is done once, however often it is asked for.

use std::fs;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::harness::{Desk, Said};

#[test]
fn a_line_with_an_id_is_done_once() {
    let desk = Desk::in_memory();
    let lines = r#"{"op":"open","subject":"one","id":"a b"}
{"op":"open","subject":"one","id":"a b"}
{"op":"note","ticket":1,"message":"x","id":"n"}
{"op":"assign","ticket":1,"to":"none","id":"t"}
"#;
    let said = desk.feed(["batch", "--json"], lines);
    let answers = said.json_lines();
    assert_eq!(said.code, 0, "{said:?}");
    assert_eq!(answers[1]["ticket"], 1);
    assert_eq!(
        (&answers[1]["event"], &answers[1]["done_before"]),
        (&Value::Null, &json!(true))
    );
    assert_eq!(answers[1]["op"], answers[0]["op"]);
    let before = desk.kept();
    let again = desk.feed(["batch", "--json"], lines);
    assert_eq!(again.code, 0);
    for (answer, first) in again.json_lines().iter().zip(&answers) {
        assert_eq!(answer["done_before"], true);
        assert_eq!(
            (&answer["ticket"], &answer["op"]),
            (&json!(1), &first["op"])
        );
    }
    assert_eq!(desk.kept(), before);
    let ticket = desk.ticket(1);
    assert_eq!(ticket["rev"], 3);
    let told = &ticket["events"][0];
    assert_eq!(told["key"], "a b");
    assert_eq!(told["asked"].as_str().unwrap().len(), 16);
}

#[test]
fn an_id_is_that_of_one_thing() {
    let mut desk = Desk::in_memory();
    desk.batch(
        r#"{"op":"open","subject":"one","id":"k"}
{"op":"open","subject":"two"}
{"op":"edit","ticket":2,"tag":["a"],"due":"2d","id":"e"}
"#,
    );
    // As it is written, and not as it is understood: other white space, another order, a later day.
    desk.at("2026-11-23T12:00:00Z");
    let said = desk.feed(
        ["batch"],
        r#"{"id":"e", "due":"2d", "op":"edit","tag":["a"], "ticket":2}"#,
    );
    assert_eq!(said.out, "line 1: 2 unchanged: done before\n");
    for line in [
        r#"{"op":"open","subject":"another","id":"k"}"#,
        r#"{"op":"note","ticket":1,"message":"x","id":"k"}"#,
        r#"{"op":"edit","ticket":2,"tag":["b"],"due":"2d","id":"e"}"#,
        r#"{"op":"edit","ticket":1,"tag":["a"],"due":"2d","id":"e"}"#,
    ] {
        let said = desk.feed(["batch", "--json"], line);
        assert_eq!(
            (said.code, &said.json()["error"]["code"]),
            (6, &json!("conflict")),
            "{line}"
        );
    }
    let said = desk.say("note 1 -m x --id k");
    assert_eq!(
        said.refusal(),
        "5 error: the id `k` is that of something else: event 1 of ticket 1 / hint: what is not the same needs an id of its own"
    );
    for id in [json!(""), json!("x".repeat(201)), json!(7)] {
        let line = json!({"op": "note", "ticket": 1, "message": "x", "id": id});
        let said = desk.feed(["batch", "--json"], line.to_string());
        assert_eq!(said.json()["error"]["code"], "usage", "{line}");
    }
}

#[test]
fn a_line_is_the_same_whatever_its_ticket_is_called_by_now() {
    let desk = Desk::in_memory();
    desk.open(["one"]);
    desk.open(["two", "--ref", "R"]);
    let lines = r#"{"op":"note","ticket":"R","message":"x","id":"1"}
{"op":"edit","ticket":2,"ref":null,"id":"2"}
{"op":"edit","ticket":1,"ref":"R","id":"3"}
"#;
    desk.batch(lines);
    let said = desk.batch(lines);
    assert_eq!(said.out.matches("done before").count(), 3, "{said:?}");
}

#[test]
fn an_id_of_the_command_line_is_done_once() {
    let desk = Desk::in_memory();
    assert_eq!(desk.open(["one", "--id", "k"]), 1);
    assert_eq!(desk.open(["one", "--id", "k"]), 1);
    assert_eq!(desk.open(["two", "--ref", "R"]), 2);
    for line in [
        "note R -m x --id n",
        "note 2 -m x --id n",
        "note 2 -m x --id n --if-rev 1",
    ] {
        desk.ok(line.split(' '));
    }
    assert_eq!(desk.ticket(2)["rev"], 2);
    // Nor does the id say of which ticket.
    for line in ["note 99 -m x --id n", "note NOPE-1 -m x --id n"] {
        assert_eq!(desk.say(line).code, 3, "{line}");
    }
    // A line asks for the same in other words.
    let line = r#"{"op":"note","ticket":2,"message":"x","id":"n"}"#;
    assert_eq!(desk.batch(line).out, "line 1: 2 unchanged: done before\n");
    for other in [
        line.replace("\"x\"", "\"y\""),
        r#"{"op":"open","subject":"two","id":"k"}"#.to_owned(),
    ] {
        let said = desk.feed(["batch", "--json"], other);
        assert_eq!(said.json()["error"]["code"], "conflict", "{said:?}");
    }
    // Something else under the same id is lost if nobody hears of it.
    fs::write(desk.beside().join("text"), "y").unwrap();
    for line in [
        "note 1 -m x --id n",
        "note 2 -m y --id n",
        &format!("note 2 -F {} --id n", desk.beside().join("text").display()),
        "note 2 --public -m x --id n",
        "open two --id k",
        "open one --tag t --id k",
    ] {
        let said = desk.say(line);
        assert_eq!(said.code, 5, "{line}: {said:?}");
    }
    assert_eq!(desk.ticket(2)["rev"], 2);
    assert_eq!(desk.say("close 2 -m x --id n").code, 5);
    // What was refused was not done.
    assert_eq!(desk.say("close 2 --id c").code, 4);
    desk.ok("close 2 -m x --id c".split(' '));
    assert_eq!(
        desk.say("note 1 2 -m x --id m").refusal(),
        "2 error: --id is about one ticket, not several"
    );
    // A late note to a merged ticket is one to the other.
    desk.ok("merge 1 --into 2".split(' '));
    desk.ok("note 1 -m late --id l".split(' '));
    assert_eq!(
        desk.ok("note 1 -m late --id l".split(' ')).out,
        "2 unchanged: done before\n"
    );
}

#[test]
fn an_id_is_done_once_by_all_who_ask_at_the_same_time() {
    let desk = Desk::in_memory();
    desk.open(["first"]);
    let ask = || {
        let mut command = desk.command(["open", "x", "--id", "once"]);
        command.stdout(Stdio::piped()).spawn().unwrap()
    };
    let asked: Vec<_> = (0..8).map(|_| ask()).collect();
    let numbers = asked
        .into_iter()
        .map(|child| Said::from(child.wait_with_output().unwrap()).out);
    assert!(numbers.into_iter().all(|number| number == "2\n"));
    assert_eq!(desk.ok(["list", "--json"]).json()["total"], 2);
}
