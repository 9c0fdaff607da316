//! A clock that is wrong: it goes back a year, or ahead ten. Time within a ticket goes on.

use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;
use std::thread;
use std::time::Duration;

use serde_json::Value;

use crate::harness::{Desk, NOON};
use crate::hostile::fails;

const YEAR_BEFORE: &str = "2025-11-21T12:00:00Z";
const TEN_YEARS_ON: &str = "2036-11-21T12:00:00Z";

/// No number below zero anywhere in a document.
fn check_no_negative(at: &str, value: &Value) {
    match value {
        Value::Number(number) => assert!(number.as_f64().unwrap() >= 0.0, "{at}: {number}"),
        Value::Array(values) => values.iter().for_each(|value| check_no_negative(at, value)),
        Value::Object(fields) => fields
            .iter()
            .for_each(|(name, value)| check_no_negative(&format!("{at}.{name}"), value)),
        _ => {}
    }
}

const READS: [&str; 14] = [
    "list",
    "list --fields id,age,opened,updated,due",
    "list age:>7d or age:<7d",
    "search one",
    "status",
    "show 1 2",
    "log",
    "report",
    "report technicians",
    "report backlog",
    "report --since 2020-01-01 --until 2040-01-01",
    "report backlog --as-of 0001-01-01",
    "report priorities --period 2036",
    "tech list",
];

/// Every page and every document at several readings of the clock: none says that something took
/// less than no time.
fn check_reads(desk: &mut Desk) {
    for now in [
        YEAR_BEFORE,
        NOON,
        TEN_YEARS_ON,
        "9999-12-31T23:59:59Z",
        "0001-01-01T00:00:00Z",
    ] {
        desk.at(now);
        for line in READS {
            let said = desk.say(line);
            assert_eq!(said.code, 0, "{now}: {line}: {said:?}");
            let minus = |word: &str| {
                let number = word.strip_prefix('-').unwrap_or_default();
                number.starts_with(|first: char| first.is_ascii_digit())
            };
            assert!(
                !said.out.split_whitespace().any(minus),
                "{now}: {line}: {said:?}"
            );
            if !line.starts_with("search") {
                check_no_negative(line, &desk.say(&format!("--json {line}")).json());
            }
        }
        assert_eq!(desk.ok(["fsck"]).out, "", "{now}");
    }
}

/// The instants of a ticket's events in order, and those that the clock said instead.
fn times(desk: &Desk, id: u64) -> Vec<(String, Option<String>)> {
    let ticket = desk.ticket(id);
    let events = ticket["events"].as_array().unwrap();
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let times: Vec<_> = events
        .iter()
        .map(|event| (text(&event["at"]).unwrap(), text(&event["clock"])))
        .collect();
    assert!(times.is_sorted_by_key(|(at, _)| at), "{times:?}");
    times
}

#[test]
fn every_verb_goes_on_when_the_clock_went_back() {
    let mut desk = Desk::new();
    desk.open(["one"]);
    desk.open(["two"]);
    desk.at(YEAR_BEFORE);
    let lines = [
        "note 1 -m x",
        "reply 1 -m x",
        "assign 1 --to minh",
        "escalate 1 -m x",
        "wait 1 -m x",
        "resume 1",
        "resolve 1 -m x",
        "reopen 1 -m x",
        "close 1 -m x",
        "rate 1 --stars 3",
        "edit 1 --tag x",
        "link 1 --blocks 2",
        "unlink 1 --blocks 2",
        "merge 1 --into 2",
        "unmerge 1",
    ];
    for line in lines {
        desk.ok(line.split(' '));
    }
    desk.batch("{\"op\":\"note\",\"ticket\":1,\"message\":\"x\"}\n");
    let times = times(&desk, 1);
    assert_eq!(times.len(), lines.len() + 2);
    assert_eq!(times[0], (NOON.to_owned(), None));
    for time in &times[1..] {
        assert_eq!(*time, (NOON.to_owned(), Some(YEAR_BEFORE.to_owned())));
    }
    assert_eq!(desk.ticket(1)["closed"], NOON);
    check_reads(&mut desk);
}

#[test]
fn between_processes_the_clock_jumps_and_time_does_not() {
    let mut desk = Desk::new();
    desk.ok(["tech", "add", "minh"]);
    desk.ok(["tech", "add", "lan"]);
    desk.open(["one", "--to", "lan", "--due", "2026-12-01"]);
    desk.at(TEN_YEARS_ON).ok(["note", "1", "-m", "ahead"]);
    desk.open(["two", "--due", "2036-12-01"]);
    desk.ok(["assign", "2", "--to", "minh"]);
    desk.at(YEAR_BEFORE).ok(["note", "1", "-m", "back"]);
    desk.at(NOON).ok(["note", "2", "-m", "again"]);
    desk.open(["three", "--to", "minh"]);
    desk.ok(["resolve", "1", "2", "3", "-m", "x"]);
    desk.ok(["reopen", "2", "-m", "x"]);
    desk.ok(["assign", "2", "--auto"]);
    let at = |at: &str, clock: Option<&str>| (at.to_owned(), clock.map(str::to_owned));
    assert_eq!(
        times(&desk, 1),
        [
            at(NOON, None),
            at(TEN_YEARS_ON, None),
            at(TEN_YEARS_ON, Some(YEAR_BEFORE)),
            at(TEN_YEARS_ON, Some(NOON)),
        ]
    );
    assert_eq!(times(&desk, 3), [at(NOON, None), at(NOON, None)]);
    check_reads(&mut desk);

    // A report knows what happened before its instant: of the future, nothing.
    desk.at(NOON);
    let flow = |args: &[&str]| desk.ok(args).json()["flow"].clone();
    let present = flow(&[
        "report",
        "--since",
        "2026-11-01",
        "--until",
        "2026-12-01",
        "--json",
    ]);
    assert_eq!(
        (&present["opened"], &present["solved"]),
        (&0.into(), &0.into())
    );
    desk.at("2026-11-21T12:00:01Z");
    let flow = |args: &[&str]| desk.ok(args).json()["flow"].clone();
    let present = flow(&[
        "report",
        "--since",
        "2026-11-01",
        "--until",
        "2026-12-01",
        "--json",
    ]);
    assert_eq!(
        (&present["opened"], &present["solved"]),
        (&2.into(), &1.into())
    );
    desk.at("2037-01-01T00:00:00Z");
    let flow = |args: &[&str]| desk.ok(args).json()["flow"].clone();
    let later = flow(&["report", "--period", "2036", "--json"]);
    assert_eq!((&later["opened"], &later["solved"]), (&1.into(), &2.into()));
}

#[test]
fn where_time_ran_backwards_is_noted() {
    let mut desk = Desk::new();
    desk.open(["one"]);
    desk.at(YEAR_BEFORE)
        .ok(["note", "1", "-m", "back", "--public"]);
    let note = "2026-11-21 12:00  minh  replied  (";
    let clock = "by a clock that said 2025-11-21 12:00)";
    for line in ["log 1", "log", "show 1"] {
        let out = desk.ok(line.split(' ')).out;
        let told: Vec<_> = out.lines().filter(|line| line.contains(clock)).collect();
        assert_eq!(told.len(), 1, "{out}");
        if line == "log 1" {
            assert!(told[0].starts_with(note), "{out}");
        }
    }
    assert!(desk.ok(["log", "--json"]).out.contains("\"clock\":"));
    // The clock is nobody's business outside of the house.
    let public = desk.ok(["show", "1", "--public"]).out;
    assert!(!public.contains("clock"), "{public}");
}

#[test]
fn a_stated_time_is_held_against_both_the_clock_and_the_ticket() {
    let mut desk = Desk::new();
    desk.at(TEN_YEARS_ON).open(["one"]);
    desk.at(NOON);
    let note = |at: &str| desk.run(["note", "1", "-m", "x", "--at", at]);
    let before = "ticket 1: 2026-11-21T11:00:00Z is before its last event, at 2036-11-21T12:00:00Z";
    fails(&note("1h"), 4, before);
    let ahead = "2036-11-21T12:00:00Z has not come yet: it is 2026-11-21T12:00:00Z";
    fails(&note(TEN_YEARS_ON), 4, ahead);
    desk.ok(["note", "1", "-m", "x"]);
    let before = "ticket 1: 2026-11-21T12:00:00Z is before its last event, at 2036-11-21T12:00:00Z";
    fails(&note(NOON), 4, before);
    // Back-dated where the clock went back afterwards: what was stated counts.
    desk.open(["two", "--at", "2026-11-20T12:00:00Z"]);
    desk.at("2026-11-20T18:00:00Z").ok(["note", "2", "-m", "x"]);
    desk.ok(["note", "2", "-m", "x", "--at", "2026-11-20T18:00:00Z"]);
    let ticket = desk.ticket(2);
    let events = &ticket["events"];
    assert_eq!(events[0]["recorded"], NOON);
    assert_eq!(
        (&events[1]["at"], &events[1]["clock"]),
        (&"2026-11-20T18:00:00Z".into(), &Value::Null)
    );
    assert_eq!(events[2]["recorded"], "2026-11-20T18:00:00Z");
    check_reads(&mut desk);
}

#[test]
fn of_the_future_it_is_said_how_far_it_is() {
    if !crate::harness::has("script") {
        return;
    }
    let mut desk = Desk::new();
    desk.at(TEN_YEARS_ON).open(["one"]);
    desk.at(NOON);
    let typed = format!("'{}' list", crate::harness::DESK);
    let command = desk.command(["list"]);
    let mut script = std::process::Command::new("script");
    script
        .args(["-qec", &typed, "/dev/null"])
        .env_clear()
        .envs(
            command
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        )
        .env("TERM", "dumb")
        .env("SHELL", "/bin/sh")
        .stdin(Stdio::null());
    let out = String::from_utf8(script.output().unwrap().stdout).unwrap();
    assert!(out.contains("in 10 years"), "{out}");
    let shown = desk
        .ok(["list", "--fields", "id,age", "--format", "csv"])
        .out;
    assert_eq!(shown, "id,age\n1,0\n");
    assert_eq!(desk.ok(["report", "backlog", "--json"]).json()["total"], 0);
    assert_eq!(
        desk.ok(["status", "--json"]).json()["unassigned"][0]["id"],
        1
    );
}

#[test]
fn a_history_that_somebody_put_out_of_order_takes_no_negative_time() {
    let desk = Desk::new();
    desk.open(["one", "--requester", "anna"]);
    desk.ok(["reply", "1", "-m", "x"]);
    desk.ok(["resolve", "1", "-m", "x"]);
    let mut ticket = desk.ticket(1);
    for event in [1, 2] {
        ticket["events"][event]["at"] = YEAR_BEFORE.into();
    }
    std::fs::write(desk.file(1), ticket.to_string()).unwrap();
    for line in [
        "report --since 2020-01-01 --until 2030-01-01",
        "report backlog",
        "list",
        "log",
    ] {
        let line = format!("--json {line}");
        check_no_negative(&line, &desk.ok(line.split(' ')).json());
    }
}

#[test]
fn a_batch_that_runs_for_long_looks_at_the_clock_again() {
    let desk = Desk::new();
    let mut batch = desk
        .command(["batch", "--json"])
        .env_remove("DESK_NOW")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(batch.stdout.take().unwrap()).lines();
    let mut input = batch.stdin.take().unwrap();
    for subject in ["one", "two"] {
        writeln!(input, "{{\"op\":\"open\",\"subject\":\"{subject}\"}}").unwrap();
        lines.next().unwrap().unwrap();
        thread::sleep(Duration::from_millis(1_100));
    }
    drop(input);
    assert!(batch.wait().unwrap().success());
    let opened = |id| desk.ticket(id)["opened"].as_str().unwrap().to_owned();
    assert!(opened(1) < opened(2), "{} {}", opened(1), opened(2));
    let op = |id| desk.ticket(id)["events"][0]["op"].clone();
    assert_eq!(op(1), op(2));
}
