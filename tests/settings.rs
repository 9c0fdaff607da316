//! `desk.toml`: what can be set, and what becomes of a mistake in it.

use serde_json::json;

use crate::harness::{Desk, Said};

fn with(settings: &str) -> Desk {
    let desk = Desk::new();
    desk.settings(settings);
    desk
}

#[test]
fn the_matrix_is_the_help_desks_own_and_a_row_alone_will_do() {
    let desk =
        with("[priority.matrix]\nhigh = [1, 1, 2] # high, medium, low urgency\nlow = [5, 5, 5]\n");
    for (impact, urgency, expected) in [
        ("high", "high", 1),
        ("high", "medium", 1),
        ("high", "low", 2),
        ("medium", "low", 4),
        ("low", "high", 5),
    ] {
        let id = desk.open(["a", "--impact", impact, "--urgency", urgency]);
        assert_eq!(desk.ticket(id)["priority"], expected, "{impact} {urgency}");
    }
}

#[test]
fn there_are_as_many_tiers_as_are_listed() {
    let desk = with("[[tiers]]\nname = 'one'\n[[tiers]]\nname = 'two'\nmanager = 'ola'\n");
    desk.open(["a"]);
    assert_eq!(
        desk.say("escalate 1 -m x --tier 3").refusal(),
        "4 error: there is no tier 3; the highest is 2"
    );
    desk.ok(["escalate", "1", "-m", "x"]);
    desk.ok(["escalate", "1", "-m", "x"]);
    assert_eq!(
        (&desk.ticket(1)["tier"], &desk.ticket(1)["watchers"]),
        (&json!(2), &json!(["ola"]))
    );
    assert_eq!(desk.say("tech add lan --tier 3").code, 4);
}

#[test]
fn an_escalation_need_not_raise_the_priority() {
    let desk = with("escalation.raise_priority = false\n");
    desk.open(["a"]);
    desk.ok(["escalate", "1", "-m", "x"]);
    assert_eq!(desk.ticket(1)["priority"], 3);
}

#[test]
fn strict_categories_refuse_others_with_a_hint() {
    let desk = with("[categories]\nstrict = true\nnames = ['hardware/printer', 'network']\n");
    desk.open(["a", "--category", "network"]);
    let refusal =
        "4 error: there is no category `hardware/printr` / hint: did you mean `hardware/printer`?";
    assert_eq!(
        desk.say("open b --category hardware/printr").refusal(),
        refusal
    );
    assert_eq!(
        desk.say("edit 1 --category hardware/printr").refusal(),
        refusal
    );
    assert_eq!(
        desk.say("open b --category xyzzy").refusal(),
        "4 error: there is no category `xyzzy` / hint: desk.toml lists the categories, under [categories]"
    );
    let said = desk.feed(
        ["batch"],
        r#"{"op":"open","subject":"b","category":"xyzzy"}"#,
    );
    assert_eq!(said.code, 6);
    desk.ok(["edit", "1", "--category", "none"]);
    // Not strict: the names are offered, and any other is taken.
    let desk = with("[categories]\nnames = ['network']\n");
    desk.open(["a", "--category", "anything/else"]);
}

#[test]
fn required_fields_are_asked_for_when_it_is_time() {
    let desk = with("[required]\nopen = ['requester', 'contact']\nsolve = ['category', 'code']\n");
    assert_eq!(
        desk.say("open a --contact 12").refusal(),
        "4 error: requester must be known to open a ticket / hint: desk.toml asks for it, under [required]"
    );
    assert_eq!(
        desk.say("open a").error(),
        "error: requester, contact must be known to open a ticket"
    );
    assert!(desk.say("open a --requester x --contact y").code == 0);
    for verb in ["resolve", "close"] {
        assert_eq!(
            desk.say(&format!("{verb} 1 -m done")).error(),
            "error: category, code must be known to solve a ticket",
        );
    }
    desk.ok(["edit", "1", "--category", "network"]);
    desk.ok(["resolve", "1", "-m", "done", "--code", "7"]);
    assert_eq!(
        desk.say("open a --requester x --contact y --resolve z")
            .code,
        4
    );
    // A merge solves nothing, and asks for nothing.
    desk.ok(["open", "a", "--requester", "x", "--contact", "y"]);
    desk.ok(["merge", "2", "--into", "1"]);
}

#[test]
fn the_minutes_of_a_first_contact_can_be_set() {
    let mut desk = with("[reports]\nfirst_contact_minutes = 5\n");
    desk.open(["a"]);
    desk.open(["b"]);
    desk.at("2026-11-21T12:05:00Z")
        .ok(["close", "1", "-m", "x"]);
    desk.at("2026-11-21T12:05:01Z")
        .ok(["close", "2", "-m", "x"]);
    desk.at("2026-11-22T12:00:00Z");
    let report = desk
        .ok(["report", "--period", "2026-11-21", "--json"])
        .json();
    assert_eq!(
        report["first_contact_resolution"],
        json!({"tickets":1,"of":2,"rate":0.5})
    );
    // They are said where people read what it is.
    for line in [
        "report --explain first_contact_resolution.rate",
        "report --period 2026-11-21 --format html",
    ] {
        let said = desk.say(line).out;
        assert!(
            said.contains("Solved at tier 1 within 5 minutes of opening ("),
            "{line}\n{said}"
        );
    }
}

#[test]
fn the_zone_is_of_the_flag_then_of_the_settings_then_of_tz() {
    let desk = Desk::new();
    desk.open(["a"]);
    let opened = |flag: Option<&str>, tz: Option<&str>| {
        let mut args = vec!["list", "--fields", "opened", "--format", "table"];
        args.extend(flag.map(|_| "--tz"));
        args.extend(flag);
        let mut command = desk.command(args);
        match tz {
            Some(tz) => command.env("TZ", tz),
            None => command.env_remove("TZ"),
        };
        let said: Said = command.output().unwrap().into();
        assert_eq!(said.code, 0, "{said:?}");
        said.out.lines().nth(1).unwrap().trim().to_owned()
    };
    assert_eq!(opened(None, Some("Europe/Oslo")), "2026-11-21 13:00");
    assert_eq!(opened(None, Some(":Asia/Ho_Chi_Minh")), "2026-11-21 19:00");
    assert_eq!(opened(None, Some("XYZ-5:30")), "2026-11-21 17:30");
    assert_eq!(opened(None, Some("")), "2026-11-21 12:00");
    assert_eq!(
        opened(Some("America/New_York"), Some("Europe/Oslo")),
        "2026-11-21 07:00"
    );
    desk.settings("timezone = 'Asia/Ho_Chi_Minh'\n");
    assert_eq!(opened(None, Some("Europe/Oslo")), "2026-11-21 19:00");
    assert_eq!(opened(None, None), "2026-11-21 19:00");
    assert_eq!(opened(Some("UTC"), Some("Europe/Oslo")), "2026-11-21 12:00");
    // What is typed is read in the same zone, and stored in UTC.
    desk.ok(["edit", "1", "--due", "2026-11-30"]);
    assert_eq!(desk.ticket(1)["due"], "2026-11-30T16:59:59Z");
    desk.ok([
        "--tz",
        "Europe/Oslo",
        "edit",
        "1",
        "--due",
        "2026-11-30T14:30",
    ]);
    assert_eq!(desk.ticket(1)["due"], "2026-11-30T13:30:00Z");
    let said = desk.say("list --tz Asia/Saigonn");
    assert_eq!(said.code, 2);
    let report = desk.ok(["report", "--period", "2026-11", "--json"]).json();
    assert_eq!(
        [&report["since"], &report["until"], &report["zone"]],
        [
            "2026-10-31T17:00:00Z",
            "2026-11-30T17:00:00Z",
            "Asia/Ho_Chi_Minh"
        ]
    );
}

#[test]
fn a_mistake_is_one_line_that_names_its_line_and_harms_nothing() {
    let desk = Desk::new();
    desk.open(["a"]);
    let file = std::fs::read(desk.file(1)).unwrap();
    let table = [
        (
            "# fine\ntimezone = 'Mars/Olympus'\n",
            2,
            "there is no time zone `Mars/Olympus`",
        ),
        (
            "timezone = 7\n",
            1,
            "invalid type: integer `7`, expected a string",
        ),
        ("timezone = \n", 1, ""),
        ("\n\ncolour = 'red'\n", 3, "unknown field `colour`"),
        (
            "[priority.matrix]\nhigh = [1, 2, 6]\n",
            2,
            "a priority is one of 1 to 5",
        ),
        ("[priority.matrix]\nhigh = [1, 2]\n", 2, ""),
        (
            "[priority.matrix]\nhuge = [1, 2, 3]\n",
            2,
            "unknown field `huge`",
        ),
        ("\ntiers = []\n", 2, "there must be 1 to 255 tiers"),
        (
            "[[tiers]]\nname = 'a'\nboss = 'b'\n",
            3,
            "unknown field `boss`",
        ),
        (
            "[escalation]\nraise_priority = 'no'\n",
            2,
            "invalid type: string \"no\", expected a boolean",
        ),
        ("[categories]\nnames = [\n'fine',\n'a//b',\n]\n", 4, ""),
        (
            "[required]\nopen = ['requestor']\n",
            2,
            "there is no field `requestor`",
        ),
        ("[reports]\nfirst_contact_minutes = -1\n", 2, ""),
        ("a = 1\na = 2\n", 2, "duplicate key"),
        ("[unclosed\n", 1, ""),
    ];
    for (settings, line, message) in table {
        desk.settings(settings);
        for args in [
            &["list"][..],
            &["open", "b"],
            &["note", "1", "-m", "x"],
            &["tech", "add", "lan"],
            &["report"],
            &["batch"],
            &["status"],
        ] {
            let said = desk.run(args);
            assert_eq!(said.code, 2, "{settings:?} {args:?}: {said:?}");
            let begin = format!("error: desk.toml, line {line}: {message}");
            assert!(
                said.error().starts_with(&begin),
                "{settings:?} {args:?}: {said:?}"
            );
            assert!(
                said.err.lines().count() <= 2,
                "{settings:?} {args:?}: {said:?}"
            );
            assert_eq!(said.out, "");
        }
        // The ticket itself is still there for whoever needs it.
        assert_eq!(desk.ok(["show", "1", "--json"]).out.as_bytes(), file);
        assert_eq!(std::fs::read(desk.file(1)).unwrap(), file);
    }
    assert!(!desk.file(2).exists() && !desk.data().join("technicians").exists());
    desk.settings("[required]\nopen = ['requestor']\n");
    assert_eq!(
        desk.run(["open", "b"]).err.lines().nth(1),
        Some("hint: did you mean `requester`?")
    );
    std::fs::write(desk.data().join("desk.toml"), b"\xff").unwrap();
    let said = desk.run(["open", "b"]);
    assert_eq!(said.code, 7);
    assert!(
        said.error().ends_with("desk.toml: is not UTF-8"),
        "{said:?}"
    );
    std::fs::remove_file(desk.data().join("desk.toml")).unwrap();
    assert_eq!(desk.open(["b"]), 2);
}

#[test]
fn an_empty_file_sets_nothing() {
    let desk = with("");
    desk.open(["a"]);
    assert_eq!(desk.ticket(1)["priority"], 3);
    assert_eq!(desk.say("escalate 1 -m x --tier 3").code, 0);
}
