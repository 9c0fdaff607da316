//! Rows as they come, and what they become.

use serde_json::{Value, json};

use super::*;
use crate::operation::{Open, Operation, Solve, StatedPriority, Verb, Wait};
use crate::ticket::{Level, Priority, TicketName, WaitingOn};

fn strings(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn cells(texts: &[&str]) -> Vec<Value> {
    texts.iter().map(|text| Value::from(*text)).collect()
}

fn bound(map: &str, columns: &[&str]) -> Bound {
    let mut mapping = Mapping::default();
    mapping.map(map).unwrap();
    mapping.bind(&strings(columns), Zone::UTC).unwrap()
}

/// `message / hint` of what must go wrong.
fn failure<T>(result: Result<T>) -> String {
    match result {
        Ok(_) => "went well".to_owned(),
        Err(error) => format!("{error} / {}", error.hint().unwrap_or_default()),
    }
}

fn opened(at: Option<&str>, open: Open) -> Operation {
    Operation {
        at: at.map(|at| at.parse().unwrap()),
        ..Operation::new(Verb::Open(Box::new(open)))
    }
}

fn then(reference: &str, at: &str, by: &str, verb: Verb) -> Operation {
    Operation {
        at: Some(at.parse().unwrap()),
        by: Some(by.to_owned()),
        ..Operation::on(TicketName::Reference(reference.to_owned()), verb)
    }
}

#[test]
fn a_row_opens_a_ticket() {
    let map =
        "ref=Id,subject=Title, long,requester=Who,tags=Labels,impact=Impact,priority=P,due=Due";
    let columns = [
        "Id",
        "Title, long",
        "Who",
        "Labels",
        "Impact",
        "P",
        "Due",
        "Other",
    ];
    let read = bound(map, &columns)
        .read(&cells(&[
            "A-7",
            " Jams ",
            "hoa",
            "vip, floor 3",
            "High",
            "2",
            "2026-11-30",
            "x",
        ]))
        .unwrap();
    assert_eq!(read.reference.as_str(), "A-7");
    let expected = Open {
        reference: Some("A-7".parse().unwrap()),
        subject: " Jams ".into(),
        requester: Some("hoa".into()),
        tag: strings(&["vip", "floor 3"]),
        impact: Some(Level::High),
        priority: Some(StatedPriority::Is(Priority::new(2).unwrap())),
        due: Some("2026-11-30T23:59:59Z".parse().unwrap()),
        ..Open::default()
    };
    assert_eq!(read.operations, [opened(None, expected)]);
}

#[test]
fn a_row_stands_where_it_says() {
    let map = "ref=r,subject=s,status=st,opened=o,solved=so,closed=c,updated=u,assignee=a,resolution=t,waiting_on=w";
    let columns = ["r", "s", "st", "o", "so", "c", "u", "a", "t", "w"];
    let bound = bound(map, &columns);
    let [one, two, three] = ["2026-11-01", "2026-11-02", "2026-11-03"];
    let [at1, at2, at3] = [one, two, three].map(|day| format!("{day}T00:00:00Z"));
    let solve = |message: &str| Solve {
        message: Some(message.to_owned()),
        code: None,
    };
    let wait = Wait {
        message: Some("As it was when it was imported".to_owned()),
        on: Some(WaitingOn::Vendor),
        until: None,
    };
    let none = Solve::default();
    let table: [(&[&str], Vec<Operation>); 7] = [
        (&["k", "s", "open", one, "", "", "", "", "", ""], vec![]),
        (
            &["k", "s", "pending", one, "", "", two, "", "", "vendor"],
            vec![Operation {
                by: None,
                ..then("k", &at2, "", Verb::Wait(wait))
            }],
        ),
        (
            &["k", "s", "resolved", one, two, "", three, "lan", "how", ""],
            vec![then("k", &at2, "lan", Verb::Resolve(solve("how")))],
        ),
        (
            &["k", "s", "closed", one, two, three, "", "", "how", ""],
            vec![
                then("k", &at2, "import", Verb::Resolve(solve("how"))),
                then("k", &at3, "import", Verb::Close(none)),
            ],
        ),
        (
            &["k", "s", "closed", one, "", "", three, "", "", ""],
            vec![then(
                "k",
                &at3,
                "import",
                Verb::Close(solve("As it was when it was imported")),
            )],
        ),
        // Its dates tell where a row stands that does not say so.
        (
            &["k", "s", "", one, two, "", "", "", "how", ""],
            vec![then("k", &at2, "import", Verb::Resolve(solve("how")))],
        ),
        (
            &["k", "s", "", one, "", two, "", "", "how", ""],
            vec![then("k", &at2, "import", Verb::Close(solve("how")))],
        ),
    ];
    for (row, expected) in table {
        let read = bound.read(&cells(row)).unwrap();
        assert_eq!(read.operations[0].at, Some(at1.parse().unwrap()), "{row:?}");
        assert_eq!(read.operations[1..], expected, "{row:?}");
    }
}

#[test]
fn objects_are_looked_into() {
    let columns = strings(&[
        "number",
        "title",
        "author",
        "labels",
        "assignees",
        "state",
        "closedAt",
    ]);
    let bound = Mapping::ready("github")
        .unwrap()
        .bind(&columns, Zone::UTC)
        .unwrap();
    let row = [
        json!(7),
        json!("Jams"),
        json!({"login": "hoa", "is_bot": false}),
        json!([{"name": "bug"}, {"name": "good, first"}]),
        json!([{"login": "lan"}, {"login": "ola"}]),
        json!("CLOSED"),
        json!("2026-11-02T00:00:00Z"),
    ];
    let read = bound.read(&row).unwrap();
    let expected = Open {
        reference: Some("gh:7".parse().unwrap()),
        subject: "Jams".into(),
        requester: Some("hoa".into()),
        tag: strings(&["bug", "good, first"]),
        to: Some("lan".into()),
        ..Open::default()
    };
    assert_eq!(
        read.operations[0],
        opened(Some("2026-11-02T00:00:00Z"), expected)
    );
    assert_eq!(read.operations[1].by.as_deref(), Some("lan"));
    let empty = [
        json!(8),
        json!("x"),
        Value::Null,
        json!([]),
        json!([]),
        json!("OPEN"),
        Value::Null,
    ];
    let read = bound.read(&empty).unwrap();
    assert_eq!(read.operations.len(), 1);
    let names: Vec<_> = bound.unused().collect();
    assert_eq!(names, [""; 0]);
}

#[test]
fn without_a_key_what_stands_in_a_row_is_its_key() {
    let bound = bound("subject=s", &["s", "t"]);
    assert!(!bound.has_reference());
    let key = |row: &[&str]| bound.read(&cells(row)).unwrap().reference;
    assert_eq!(key(&["a", "b"]), key(&["a", "b"]));
    assert_ne!(key(&["a", "b"]), key(&["a", "c"]));
    assert_ne!(key(&["a", "b"]), key(&["ab", ""]));
    // `printf '"a"\n"b"\n' | sha256sum | cut -c -16`
    assert_eq!(key(&["a", "b"]).as_str(), "row:14bdec8c77f9feeb");
}

#[test]
fn what_cannot_be_mapped_is_told() {
    let columns = strings(&["Id", "Title"]);
    let bind = |map: &str| {
        let mut mapping = Mapping::default();
        mapping.map(map)?;
        mapping.bind(&columns, Zone::UTC)
    };
    let table = [
        (
            "subjct=Title",
            "there is no field `subjct` / did you mean `subject`?",
        ),
        (
            "subject=Titel",
            "there is no column `Titel` / did you mean `Title`?",
        ),
        (
            "subject=Zzz",
            "there is no column `Zzz` / the columns are Id, Title",
        ),
        (
            "ref=Id",
            "no column says what a ticket is about / say which: --map subject=COLUMN; the columns are Id, Title",
        ),
        ("subject=", "`subject` has no column / "),
        (
            "Title",
            "`Title` does not say which column a field is in / write it as FIELD=COLUMN: --map subject=Title,requester='Opened by'",
        ),
    ];
    for (map, expected) in table {
        assert_eq!(failure(bind(map)), expected, "{map}");
    }
    let table = [
        (
            "[columns]\nsubjct = \"x\"",
            "m.toml: there is no field `subjct` / did you mean `subject`?",
        ),
        ("timezone = \"Mars\"", "m.toml: there is no zone `Mars` / "),
        (
            "dates = [\"%Q\"]",
            "m.toml: `%Q` is not a form of dates / it is written as for strftime: %d/%m/%Y %H:%M, %m/%d/%Y %I:%M:%S %p, %s",
        ),
        (
            "\ncolumn = 1",
            "m.toml, line 2: unknown field `column`, expected one of `prefix`, `dates`, `timezone`, `optional`, `columns`, `values` / ",
        ),
    ];
    for (text, expected) in table {
        assert_eq!(failure(Mapping::parse(text, "m.toml")), expected, "{text}");
    }
}

#[test]
fn what_a_field_cannot_have_is_told() {
    let bound = bound("ref=r,subject=s,priority=p,opened=o", &["r", "s", "p", "o"]);
    let table: [(&[&str], &str); 4] = [
        (
            &["k", "s", "urgent", ""],
            "priority: priority `urgent` is not one of 1 to 5 / say what it means: --value 'priority:urgent=VALUE'",
        ),
        (
            &["k", "s", "", "11/12/2026"],
            "opened: `11/12/2026` is not a time such as 2026-11-21 14:30 / say how dates are written: --date-format '%d/%m/%Y %H:%M'",
        ),
        (
            &["7", "s", "", ""],
            "ref: reference `7` has digits only, and would be taken for a number; give it a prefix, as in `rt:1042` / put something in front of numbers: --prefix rt:",
        ),
        (
            &[" ", "s", "", ""],
            "ref: nothing stands there / by its reference a ticket is known when the same file comes again",
        ),
    ];
    for (row, expected) in table {
        assert_eq!(failure(bound.read(&cells(row))), expected, "{row:?}");
    }
}

#[test]
fn the_command_line_says_it_last() {
    let text = "prefix = 'a:'\n[columns]\nsubject = ['Nope', 'Title']\nref = 'Id'\n[values.priority]\n'2 - Medium' = 3\nlow = 5";
    let mut mapping = Mapping::parse(text, "m.toml").unwrap();
    mapping.map("ref=No,priority=Prio").unwrap();
    mapping.value("priority:2 - Medium=2").unwrap();
    mapping.prefix("b:");
    let columns = strings(&["Id", "No", "Title", "Prio"]);
    let bound = mapping.bind(&columns, Zone::UTC).unwrap();
    let priority = |prio: &str| {
        let read = bound.read(&cells(&["1", "2", "t", prio])).unwrap();
        assert_eq!(read.reference.as_str(), "b:2");
        match &read.operations[0].verb {
            Verb::Open(open) => open.priority,
            _ => None,
        }
    };
    let is = |n| Some(StatedPriority::Is(Priority::new(n).unwrap()));
    assert_eq!(priority("2 - MEDIUM "), is(2));
    assert_eq!(priority("Low"), is(5));
    assert_eq!(priority(""), None);
    assert_eq!(bound.unused().collect::<Vec<_>>(), ["Id"]);
}

#[test]
fn every_mapping_that_is_ready_is_one() {
    for (name, _) in READY {
        Mapping::ready(name).unwrap();
    }
    assert_eq!(
        failure(Mapping::ready("gihub")),
        "there is no mapping `gihub` / did you mean `github`?"
    );
    assert!(
        Mapping::own(&strings(&["id", "subject", "age"]))
            .unwrap()
            .is_some()
    );
    assert!(
        Mapping::own(&strings(&["id", "Subject"]))
            .unwrap()
            .is_none()
    );
}
