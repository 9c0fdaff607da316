//! The roster of technicians.

use std::fs;

use serde_json::{Value, json};

use crate::harness::Desk;

fn person(desk: &Desk, login: &str) -> Value {
    desk.ok(["tech", "show", login, "--json"]).json()["technicians"][0].clone()
}

#[test]
fn a_technician_is_added_with_what_is_known_of_them() {
    let desk = Desk::new();
    let said = desk.ok(["tech", "add", "lan"]);
    assert_eq!(
        (said.out.as_str(), said.err.as_str()),
        ("", "lan is on the roster\n")
    );
    assert_eq!(
        person(&desk, "lan"),
        json!({"desk_technician":1,"login":"lan","name":null,"email":null,"tier":1,"teams":[],
            "skills":[],"onsite":false,"capacity":10,"load":0})
    );
    let said = desk.ok([
        "tech",
        "add",
        "hạnh",
        "--name",
        "Hạnh Ng.",
        "--email",
        "hanh@example.com",
        "--tier",
        "2",
        "--team",
        "net,servers",
        "--skill",
        "network,hardware/printer",
        "--onsite",
        "--capacity",
        "4",
        "--json",
    ]);
    assert_eq!(
        said.json(),
        json!({"desk_technician":1,"login":"hạnh","name":"Hạnh Ng.","email":"hanh@example.com","tier":2,
            "teams":["net","servers"],"skills":["network","hardware/printer"],"onsite":true,"capacity":4})
    );
    let file = std::fs::read_to_string(desk.data().join("technicians/hạnh.json")).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&file).unwrap(), said.json());
    assert!(file.ends_with("}\n"), "{file}");
}

#[test]
fn an_edit_changes_what_it_names_and_keeps_the_rest() {
    let desk = Desk::new();
    desk.ok([
        "tech", "add", "lan", "--name", "Lan", "--tier", "2", "--team", "net", "--skill",
        "network", "--onsite",
    ]);
    // What a later version wrote stays.
    let path = desk.data().join("technicians/lan.json");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replacen('{', "{\n  \"pager\": \"555\",", 1)).unwrap();
    let said = desk.ok([
        "tech",
        "edit",
        "lan",
        "--capacity",
        "3",
        "--onsite",
        "false",
        "--name",
        "",
    ]);
    assert_eq!(said.err, "lan was changed\n");
    assert_eq!(
        person(&desk, "lan"),
        json!({"desk_technician":1,"login":"lan","name":null,"email":null,"tier":2,"teams":["net"],
            "skills":["network"],"onsite":false,"capacity":3,"pager":"555","load":0})
    );
    desk.ok([
        "tech",
        "edit",
        "lan",
        "--team",
        "",
        "--email",
        "lan@example.com",
    ]);
    let lan = person(&desk, "lan");
    assert_eq!(
        (&lan["teams"], &lan["email"]),
        (&json!([]), &json!("lan@example.com"))
    );
}

#[test]
fn none_empties_what_is_known_of_a_technician() {
    let desk = Desk::new();
    desk.say("tech add lan --name Lan --email lan@example.com --team net,print --skill hardware");
    desk.say("tech edit lan --name none --email none --team None --skill none");
    let lan = person(&desk, "lan");
    for field in ["name", "email", "teams", "skills"] {
        let is_empty = lan[field].is_null() || lan[field] == json!([]);
        assert!(is_empty, "{field}: {lan}");
    }
}

#[test]
fn what_cannot_be_on_the_roster_is_refused() {
    let desk = Desk::new();
    for login in ["me", "none", "AUTO", "a b", "../x", "-x", "a/b", ""] {
        let said = desk.run(["tech", "add", "--", login]);
        assert_eq!(said.code, 2, "{login}: {said:?}");
    }
    for line in [
        "tech add lan --capacity 0",
        "tech add lan --tier 0",
        "tech add lan --tier x",
        "tech add",
        "tech add lan --onsite perhaps",
        "tech frobnicate",
    ] {
        assert_eq!(desk.say(line).code, 2, "{line}");
    }
    assert_eq!(
        desk.say("tech add lan --tier 4").refusal(),
        "4 error: there is no tier 4; the highest is 3"
    );
    assert_eq!(desk.say("tech edit lan --tier 2").code, 3);
    assert_eq!(desk.say("tech remove lan").code, 3);
    assert_eq!(desk.say("tech show lan").code, 3);
    assert!(!desk.data().exists(), "nothing is made for what is refused");
    desk.ok(["tech", "add", "lan"]);
    assert_eq!(
        desk.say("tech add lan").refusal(),
        "4 error: lan is on the roster already / hint: to change something: desk tech edit lan"
    );
    let meant = "3 error: there is no technician `lna` / hint: did you mean `lan`?";
    for line in [
        "tech edit lna --tier 2",
        "tech show lna",
        "tech remove lna",
        "open a --to lna",
    ] {
        assert_eq!(desk.say(line).refusal(), meant, "{line}");
    }
    assert_eq!(
        desk.say("open a --to somebody").refusal(),
        "3 error: there is no technician `somebody` / hint: `desk tech list` shows the roster"
    );
    // Some of several that are shown: what there is, and the code of what is missing.
    let said = desk.say("tech show zoe lan --format csv");
    assert_eq!(said.code, 3);
    assert_eq!(
        said.out,
        "login,name,tier,teams,skills,onsite,load,capacity,email\nlan,,1,,,no,0,10,\n"
    );
}

#[test]
fn nobody_is_added_who_cannot_be_told_from_another() {
    let desk = Desk::new();
    desk.ok(["tech", "add", "lan"]);
    for login in ["lân", "Lan", "la\u{302}n"] {
        let said = desk.run(["tech", "add", login]);
        assert_eq!(said.code, 4, "{login}: {said:?}");
        assert!(said.error().contains("cannot be told from lan"), "{said:?}");
    }
    // One keyboard writes one character where another one writes two.
    desk.ok(["tech", "add", "ngo\u{323}c"]);
    desk.ok([
        "open",
        "one",
        "--to",
        "ng\u{1ecd}c",
        "--ref",
        "ma\u{303}-1",
        "--tag",
        "ma\u{301}y",
    ]);
    desk.ok(["assign", "m\u{e3}-1", "--to", "ngo\u{323}c"]);
    assert_eq!(desk.run(["open", "two", "--ref", "m\u{e3}-1"]).code, 4);
    desk.ok(["edit", "1", "--untag", "m\u{e1}y"]);
    assert_eq!(desk.ticket(1)["tags"], json!([]));
}

#[test]
fn a_file_of_a_later_version_stays() {
    let desk = Desk::new();
    desk.ok(["tech", "add", "lan"]);
    let path = desk.data().join("technicians/lan.json");
    let text = fs::read_to_string(&path).unwrap();
    let later = text.replace("\"desk_technician\": 1", "\"desk_technician\": 2");
    assert_ne!(later, text);
    fs::write(&path, &later).unwrap();
    let said = desk.run(["tech", "remove", "lan"]);
    assert_eq!(said.code, 4, "{said:?}");
    assert_eq!(fs::read_to_string(&path).unwrap(), later);
}

#[test]
fn the_list_shows_everybodys_load() {
    let desk = Desk::new();
    let said = desk.ok(["tech", "list"]);
    assert_eq!(
        said.err.lines().next_back(),
        Some("nobody is on the roster; any name is taken for a technician's")
    );
    assert!(!desk.data().exists());
    desk.ok([
        "tech",
        "add",
        "lan",
        "--name",
        "Lan",
        "--skill",
        "network",
        "--team",
        "net",
        "--capacity",
        "2",
    ]);
    desk.ok(["tech", "add", "bao", "--tier", "2", "--onsite"]);
    for _ in 0..3 {
        desk.open(["a", "--to", "lan"]);
    }
    // Neither what waits nor what is solved is load.
    desk.ok(["wait", "1", "-m", "x"]);
    desk.ok(["resolve", "2", "-m", "x"]);
    let expected = "\
LOGIN  NAME  TIER  TEAMS  SKILLS   ONSITE  LOAD  CAPACITY  EMAIL
bao    -        2  -      -        yes        0        10  -
lan    Lan      1  net    network  no         1         2  -
";
    assert_eq!(desk.ok(["tech", "list"]).out, expected);
    let json = desk.ok(["tech", "list", "--json"]).json();
    assert_eq!(
        (&json["desk_technicians"], &json["total"]),
        (&json!(1), &json!(2))
    );
    assert_eq!(
        desk.ok(["tech", "list", "--format", "jsonl"])
            .json_lines()
            .len(),
        2
    );
    let picked = desk
        .ok(["tech", "list", "--json", "--fields", "login"])
        .json();
    assert_eq!(picked["desk_technicians"], 1);
    assert_eq!(
        picked["technicians"][0],
        json!({"login": picked["technicians"][0]["login"]})
    );
}

#[test]
fn more_than_somebodys_capacity_is_a_warning() {
    let desk = Desk::new();
    desk.ok(["tech", "add", "lan", "--capacity", "1"]);
    desk.ok(["tech", "add", "minh", "--capacity", "1"]);
    assert_eq!(desk.ok(["open", "a", "--to", "lan"]).err, "");
    let warning = "warning: lan has 1 open tickets already, for a capacity of 1\n";
    assert_eq!(desk.ok(["open", "b", "--to", "lan"]).err, warning);
    desk.open(["c"]);
    assert_eq!(
        desk.ok(["assign", "3", "--to", "lan"]).err,
        warning.replace("has 1", "has 2")
    );
    // To whom it is already given, it is no ticket more; nor is one that is solved.
    assert_eq!(desk.ok(["assign", "3", "--to", "lan"]).err, "");
    desk.ok(["close", "3", "-m", "x"]);
    assert_eq!(desk.ok(["assign", "3", "--to", "minh"]).err, "");
    assert_eq!(desk.ok(["open", "d", "--take"]).err, "");
    let said = desk.ok(["take", "1", "--json"]);
    assert_eq!(
        said.json()["warnings"],
        json!([
            "ticket 1 was lan's",
            "minh has 1 open tickets already, for a capacity of 1"
        ])
    );
}

#[test]
fn who_still_has_tickets_stays_on_the_roster() {
    let desk = Desk::new();
    desk.ok(["tech", "add", "lan"]);
    desk.ok(["tech", "add", "bao"]);
    desk.open(["a", "--to", "lan"]);
    desk.open(["b", "--to", "lan"]);
    desk.ok(["wait", "2", "-m", "x"]);
    assert_eq!(
        desk.say("tech remove lan").refusal(),
        "4 error: lan still has ticket 1 and 1 more / hint: hand them over first: desk assign --query 'assignee:lan is:open' --to TECH"
    );
    desk.ok(["assign", "--query", "assignee:lan is:open", "--to", "bao"]);
    assert_eq!(
        desk.ok(["tech", "remove", "lan"]).err,
        "lan is off the roster\n"
    );
    assert!(!desk.data().join("technicians/lan.json").exists());
    assert_eq!(desk.say("assign 1 --to lan").code, 3);
    desk.ok(["close", "1", "2", "-m", "x"]);
    desk.ok(["tech", "remove", "bao"]);
    // Nobody is left, so any name will do again.
    desk.ok(["assign", "1", "--to", "anybody"]);
}

#[test]
fn a_damaged_file_of_the_roster_is_named() {
    let desk = Desk::new();
    desk.ok(["tech", "add", "lan"]);
    let path = desk.data().join("technicians/lan.json");
    std::fs::write(&path, "{").unwrap();
    let said = desk.run(["open", "a", "--to", "lan"]);
    assert_eq!(said.code, 7);
    assert!(
        said.error()
            .starts_with(&format!("error: {}: ", path.display())),
        "{said:?}"
    );
    assert_eq!(desk.open(["b"]), 1);
}
