//! What is read: lists, pages, logs and reports, for people, programs and terminals.

use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::harness::{Desk, Said, has, skip_unless};

/// Three tickets: one solved, one late that nobody has, one of `minh`'s.
fn small() -> Desk {
    let desk = Desk::new();
    desk.batch(
        r#"{"op":"open","at":"2026-11-20T08:00:00Z","subject":"Printer jams","requester":"hoa","category":"hardware/printer","channel":"email","tag":["floor3","vip"]}
{"op":"open","at":"2026-11-20T09:30:00Z","subject":"=VPN, \"slow\" | 两","requester":"Trần B","priority":1,"due":"2026-11-21T10:00:00Z","ref":"INC7"}
{"op":"open","at":"2026-11-21T11:00:00Z","subject":"New laptop","kind":"request","to":"minh"}
{"op":"reply","ticket":1,"at":"2026-11-20T08:10:00Z","message":"Which floor?"}
{"op":"assign","ticket":1,"at":"2026-11-20T08:11:00Z","to":"lan","team":"print"}
{"op":"note","ticket":1,"at":"2026-11-20T10:00:00Z","message":"internal: old model"}
{"op":"resolve","ticket":1,"at":"2026-11-20T12:00:00Z","message":"New toner.\nTested."}
"#,
    );
    desk
}

/// What a line that goes well prints, without the name of the machine's user.
fn out(desk: &Desk, line: &str) -> String {
    let said = desk.say(line);
    assert_eq!((said.code, said.err.as_str()), (0, ""), "{line}: {said:?}");
    let real = Command::new("id").arg("-un").output().unwrap();
    let real = String::from_utf8(real.stdout).unwrap();
    said.out.replace(&format!(" by {})", real.trim()), ")")
}

#[test]
fn a_list_in_every_form() {
    let desk = small();
    let table = [
        (
            "list",
            "\
ID  P  STATUS    ASSIGNEE  UPDATED           REQUESTER  SUBJECT
 1  3  resolved  lan       2026-11-20 12:00  hoa        Printer jams
 2  1  new       -         2026-11-20 09:30  Trần B     =VPN, \"slow\" | 两
 3  3  open      minh      2026-11-21 11:00  -          New laptop
",
        ),
        (
            "list --format csv",
            "\
id,priority,status,assignee,updated,requester,subject
1,3,resolved,lan,2026-11-20T12:00:00Z,hoa,Printer jams
2,1,new,,2026-11-20T09:30:00Z,Trần B,\"'=VPN, \"\"slow\"\" | 两\"
3,3,open,minh,2026-11-21T11:00:00Z,,New laptop
",
        ),
        (
            "list id:2 --format tsv",
            "\
id\tpriority\tstatus\tassignee\tupdated\trequester\tsubject
2\t1\tnew\t\t2026-11-20T09:30:00Z\tTrần B\t=VPN, \"slow\" | 两
",
        ),
        (
            "list -id:1 --format markdown",
            "\
|  ID | P   | STATUS | ASSIGNEE | UPDATED          | REQUESTER | SUBJECT            |
| --: | --- | ------ | -------- | ---------------- | --------- | ------------------ |
|   2 | 1   | new    |          | 2026-11-20 09:30 | Trần B    | =VPN, \"slow\" \\| 两 |
|   3 | 3   | open   | minh     | 2026-11-21 11:00 |           | New laptop         |
",
        ),
        (
            "list id:1,2 --fields id,tags,age,due,kind,ref",
            "\
ID  TAGS            AGE  DUE               KIND  REF
 1  floor3,vip  1 d 4 h  -                 -     -
 2  -           1 d 2 h  2026-11-21 10:00  -     INC7
",
        ),
        (
            "list id:1,2 --fields id,tags,age,due,kind,ref --json",
            "{\"desk_list\":1,\"total\":2,\"tickets\":[\
             {\"id\":1,\"tags\":[\"floor3\",\"vip\"],\"age\":100800,\"due\":null,\"kind\":null,\"ref\":null},\
             {\"id\":2,\"tags\":[],\"age\":95400,\"due\":\"2026-11-21T10:00:00Z\",\"kind\":null,\"ref\":\"INC7\"}]}\n",
        ),
        (
            "list --fields id,status --format jsonl id:3",
            "{\"id\":3,\"status\":\"open\"}\n",
        ),
        ("search toner --fields id", "ID\n 1\n"),
        ("search xyzzy --format csv --fields id", "id\n"),
        (
            "search xyzzy --json",
            "{\"desk_list\":1,\"total\":0,\"tickets\":[]}\n",
        ),
        ("search VÍP -q --fields id --format tsv", "id\n1\n"),
    ];
    for (line, expected) in table {
        assert_eq!(out(&desk, line), expected, "{line}");
    }
}

#[test]
fn json_of_a_list_is_the_tickets_without_their_events() {
    let desk = small();
    let list: Value = serde_json::from_str(&out(&desk, "list --json")).unwrap();
    assert_eq!((&list["desk_list"], &list["total"]), (&json!(1), &json!(3)));
    for ticket in list["tickets"].as_array().unwrap() {
        let mut file = desk.ticket(ticket["id"].as_u64().unwrap());
        file.as_object_mut().unwrap().shift_remove("events");
        assert_eq!(ticket.to_string(), file.to_string());
    }
    let lines = desk.ok(["list", "--format", "jsonl"]).json_lines();
    assert_eq!(Value::Array(lines), list["tickets"]);
}

#[test]
fn show_as_json_is_the_file_as_it_stands() {
    let desk = small();
    desk.ok(["note", "1", "-m", "Máy in đã sửa 👩\u{200d}🔧 打印机"]);
    let file = |id| std::fs::read_to_string(desk.file(id)).unwrap();
    assert_eq!(out(&desk, "show 1 --json"), file(1));
    assert_eq!(out(&desk, "show INC7 --json"), file(2));
    // Several are an array, and so is one that several could have been.
    let array = format!("[\n{},\n{}\n]\n", file(1).trim_end(), file(2).trim_end());
    assert_eq!(out(&desk, "show 1 2 --json"), array);
    assert_eq!(
        out(&desk, "show --query id:2 --json"),
        format!("[\n{}\n]\n", file(2).trim_end())
    );
    assert_eq!(desk.feed(["show", "-", "--json"], "").out, "[]\n");
    assert_eq!(out(&desk, "show 1 2 --format jsonl").lines().count(), 2);
    assert_eq!(
        out(&desk, "show 2 --json --fields id,ref"),
        "{\"id\":2,\"ref\":\"INC7\"}\n"
    );
    assert_eq!(
        out(&desk, "show 2 1 --json --fields id"),
        "[{\"id\":2},{\"id\":1}]\n"
    );
    let said = desk.say("show 7 1 INC9 --json");
    assert_eq!(
        (said.code, said.out),
        (3, format!("[\n{}\n]\n", file(1).trim_end()))
    );
    assert_eq!(
        said.err,
        "error: there is no ticket `7`\nerror: there is no ticket with the reference `INC9`\n"
    );
    // What is hidden in a text is escaped, and means the same.
    desk.open(["a\u{202e}b"]);
    let shown = out(&desk, "show 4 --json");
    assert!(shown.contains("a\\u202eb"), "{shown}");
    assert_eq!(
        serde_json::from_str::<Value>(&shown).unwrap(),
        serde_json::from_str::<Value>(&file(4)).unwrap()
    );
}

#[test]
fn a_page_says_first_where_a_ticket_stands() {
    let desk = small();
    let expected = "\
1  Printer jams
resolved · priority 3 · tier 1 (service desk) · assigned to lan · opened 2026-11-20 08:00 · updated 2026-11-20 12:00

requester   hoa
category    hardware/printer
impact      medium
urgency     medium
channel     email
team        print
tags        floor3, vip
solved      2026-11-20 12:00

Resolution
New toner.
Tested.

History
2026-11-20 08:00  minh  opened  (recorded 2026-11-21 12:00)
2026-11-20 08:10  minh  replied
    Which floor?
2026-11-20 08:11  minh  assigned  status new → open, team print, assignee lan
2026-11-20 10:00  minh  internal note
    internal: old model
2026-11-20 12:00  minh  resolved  status open → resolved, resolution set
";
    assert_eq!(out(&desk, "show 1"), expected);
    let second = out(&desk, "show 2");
    assert!(
        second.starts_with(
            "2  =VPN, \"slow\" | 两\nnew · LATE · priority 1 (stated) · tier 1 (service desk) · unassigned · "
        ),
        "{second}"
    );
    assert_eq!(out(&desk, "show 1 2"), format!("{expected}\n{second}"));
    let zoned = out(&desk, "show 1 --tz Asia/Ho_Chi_Minh");
    assert!(zoned.contains("opened 2026-11-20 15:00"), "{zoned}");
}

#[test]
fn what_goes_to_a_requester_tells_nothing_internal() {
    let desk = small();
    let expected = "\
1  Printer jams
resolved · priority 3 · assigned to lan · opened 2026-11-20 08:00 +00:00 · updated 2026-11-20 12:00 +00:00

requester   hoa
category    hardware/printer
solved      2026-11-20 12:00 +00:00

Resolution
New toner.
Tested.

History
2026-11-20 08:00 +00:00  minh  opened
2026-11-20 08:10 +00:00  minh  replied
    Which floor?
2026-11-20 12:00 +00:00  minh  resolved
";
    assert_eq!(out(&desk, "show 1 --public"), expected);
    let history = &expected[expected.find("2026-11-20 08:00 +00:00  minh").unwrap()..];
    assert_eq!(out(&desk, "log 1 --public"), history);
    assert_eq!(
        out(&desk, "log --public id:1"),
        history.replace("00  minh", "00  1  minh")
    );
    // In no form at all.
    for format in ["table", "json", "jsonl", "csv", "tsv", "markdown"] {
        for verb in ["show", "log"] {
            let text = out(&desk, &format!("{verb} 1 --public --format {format}"));
            for internal in [
                "old model",
                "floor3",
                "print\"",
                "recorded",
                "tier",
                "urgency",
            ] {
                assert!(
                    !text.contains(internal),
                    "{verb} {format}: {internal}: {text}"
                );
            }
            assert!(
                text.contains("Which floor?") || verb == "show",
                "{verb} {format}: {text}"
            );
        }
    }
    let entries: Value = serde_json::from_str(&out(&desk, "log 1 --public --json")).unwrap();
    let entries = entries.as_array().unwrap();
    assert_eq!(entries.len(), 3);
    assert_eq!(
        (&entries[1]["message"], &entries[1]["public"]),
        (&json!("Which floor?"), &json!(true))
    );
    assert_eq!(
        (entries[2].get("message"), entries[2].get("changed")),
        (None, None)
    );
}

#[test]
fn a_log_is_in_order_of_time() {
    let desk = small();
    let of_one = "\
2026-11-20 08:00  minh  opened  (recorded 2026-11-21 12:00)
2026-11-20 08:10  minh  replied  (recorded 2026-11-21 12:00)
    Which floor?
2026-11-20 08:11  minh  assigned  status new → open, team print, assignee lan  (recorded 2026-11-21 12:00)
2026-11-20 10:00  minh  internal note  (recorded 2026-11-21 12:00)
    internal: old model
2026-11-20 12:00  minh  resolved  status open → resolved, resolution set  (recorded 2026-11-21 12:00)
    New toner.
    Tested.
";
    assert_eq!(out(&desk, "log 1"), of_one);
    let seqs = |line: &str| -> Vec<(u64, u64)> {
        desk.ok(line.split(' '))
            .json_lines()
            .iter()
            .map(|entry| {
                (
                    entry["ticket"].as_u64().unwrap(),
                    entry["seq"].as_u64().unwrap(),
                )
            })
            .collect()
    };
    assert_eq!(
        seqs("log --format jsonl"),
        [(1, 1), (1, 2), (1, 3), (2, 1), (1, 4), (1, 5), (3, 1)]
    );
    assert_eq!(seqs("log 3 INC7 --format jsonl"), [(2, 1), (3, 1)]);
    assert_eq!(seqs("log is:open --format jsonl -r"), [(3, 1), (2, 1)]);
    let csv = out(&desk, "log 1 --format csv");
    assert!(
        csv.starts_with(
            "ticket,seq,at,by,event,message,changed\n1,1,2026-11-20T08:00:00Z,minh,opened,,"
        ),
        "{csv}"
    );
    assert!(
        csv.contains("\n1,4,2026-11-20T10:00:00Z,minh,noted,internal: old model,\n"),
        "{csv}"
    );
    let entries: Value = serde_json::from_str(&out(&desk, "log 1 --json")).unwrap();
    let mut event = entries[1].clone();
    event.as_object_mut().unwrap().shift_remove("ticket");
    assert_eq!(event, desk.ticket(1)["events"][1]);
    assert_eq!(
        desk.say("log 9").refusal(),
        "3 error: there is no ticket `9`"
    );
    assert_eq!(out(&desk, "log xyzzy"), "");
    // What is no reference is a query, also beside a number.
    for words in [
        ["1", "status:resolved"],
        ["1", "printer"],
        ["1", "priority:3"],
    ] {
        let said = desk.run(["log", words[0], words[1]]);
        assert_eq!(said.code, 0, "{said:?}");
    }
    // Where one word names a ticket, those do that look like references.
    for words in [["1", "INC9"], ["INC9", "1"], ["99", "INC9"]] {
        let said = desk.run(["log", words[0], words[1]]);
        assert_eq!(said.code, 3, "{said:?}");
        assert_eq!(said.out.is_empty(), words[0] == "99", "{said:?}");
    }
}

#[test]
fn status_is_what_bare_desk_prints() {
    let desk = small();
    let expected = "\
Tickets of minh (1)
ID  P  STATUS  ASSIGNEE  UPDATED           REQUESTER  SUBJECT
 3  3  open    minh      2026-11-21 11:00  -          New laptop

Late (1)
ID  P  STATUS  ASSIGNEE  UPDATED           REQUESTER  SUBJECT
 2  1  new     -         2026-11-20 09:30  Trần B     =VPN, \"slow\" | 两

Nobody has (1)
ID  P  STATUS  ASSIGNEE  UPDATED           REQUESTER  SUBJECT
 2  1  new     -         2026-11-20 09:30  Trần B     =VPN, \"slow\" | 两
";
    assert_eq!(out(&desk, "status"), expected);
    assert_eq!(out(&desk, ""), expected);
    let json = desk.ok(["--json"]).json();
    assert_eq!(
        (&json["desk_status"], &json["me"]),
        (&json!(1), &json!("minh"))
    );
    let ids = |part: &str| {
        json[part]
            .as_array()
            .unwrap()
            .iter()
            .map(|t| t["id"].as_u64().unwrap())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        [ids("mine"), ids("late"), ids("unassigned")],
        [vec![3], vec![2], vec![2]]
    );
    let picked = desk
        .ok(["status", "--json", "--fields", "id,subject"])
        .json();
    assert_eq!(picked["mine"], json!([{"id": 3, "subject": "New laptop"}]));
    assert_eq!(picked["desk_status"], 1);
    let other = out(&desk, "--as lan status");
    assert!(
        other.starts_with("Tickets of lan (0)\n\nLate (1)\n"),
        "{other}"
    );
}

#[test]
fn a_report_in_every_form() {
    let desk = small();
    let table = [
        (
            "summary",
            "table",
            "\
summary · 2026-11-20 00:00 to 2026-11-21 00:00 (exclusive), UTC

backlog 0 + opened 2 + reopened 0 - solved 1 = 1

TIME                  N     P50     P90     P99    MEAN  NONE  LIVE
time to resolve       1     4 h     4 h     4 h     4 h     -     -
full time to resolve  1     4 h     4 h     4 h     4 h     -     -
first response        1  10 min  10 min  10 min  10 min     1     0

SHARE               TICKETS  EVENTS        OF    RATE
solved tickets            1       -         -       -
escalated                 0       0  2 opened    0.0%
reopened                  0       0  1 solved    0.0%
reassigned                0       -  1 solved    0.0%
first contact             0       -  1 solved    0.0%
one touch                 1       -  1 solved  100.0%
first tier                1       -  1 solved  100.0%
rated                     0       -  1 solved    0.0%
rated 4 or 5 stars        0       -   0 rated       -
",
        ),
        (
            "technicians",
            "table",
            "\
technicians · 2026-11-20 00:00 to 2026-11-21 00:00 (exclusive), UTC

TECHNICIAN  SOLVED  TICKETS  BACKLOG  TTR N  TTR P50  TTR P90  TTR MEAN  REOPEN  ESCAL
lan              1        1        0      1      4 h      4 h       4 h       0      0
none             0        0        1      0        -        -         -       0      0
",
        ),
        (
            "backlog",
            "csv",
            "\
dimension,value,total,under_1_day,days_1_to_3,days_3_to_7,days_7_to_14,days_14_to_30,over_30_days
all,,1,1,0,0,0,0,0
priority,1,1,1,0,0,0,0,0
tier,1,1,1,0,0,0,0,0
",
        ),
        (
            "technicians",
            "markdown",
            "\
# Report: technicians

2026-11-20 00:00 to 2026-11-21 00:00 (exclusive), UTC

| TECHNICIAN | SOLVED | TICKETS | BACKLOG | TTR N | TTR P50 | TTR P90 | TTR MEAN | REOPEN | ESCAL |
| ---------- | -----: | ------: | ------: | ----: | ------: | ------: | -------: | -----: | ----: |
| lan        |      1 |       1 |       0 |     1 |     4 h |     4 h |      4 h |      0 |     0 |
| none       |      0 |       0 |       1 |     0 |       - |       - |        - |      0 |     0 |
",
        ),
    ];
    for (kind, format, expected) in table {
        let line = format!("report {kind} --period 2026-11-20 --format {format}");
        assert_eq!(out(&desk, &line), expected, "{line}");
    }
    let picked = "report summary --period 2026-11-20 --fields flow.opened,time_to_resolve.p50,satisfaction.good_rate";
    assert_eq!(
        out(&desk, &format!("{picked} --format csv")),
        "figure,value\nflow.opened,2\ntime_to_resolve.p50,14400\nsatisfaction.good_rate,\n"
    );
    assert_eq!(
        out(&desk, &format!("{picked} --format tsv")),
        "figure\tvalue\nflow.opened\t2\ntime_to_resolve.p50\t14400\nsatisfaction.good_rate\t\n"
    );
    let json: Value = serde_json::from_str(&out(&desk, &format!("{picked} --json"))).unwrap();
    assert_eq!(json["flow"], json!({"opened":2}));
    let rows = out(
        &desk,
        "report categories --period 2026-11-20 --fields category,opened,solved --format csv",
    );
    assert_eq!(
        rows,
        "category,opened,solved\nhardware/printer,1,1\nnone,1,0\n"
    );
    assert_eq!(
        out(
            &desk,
            "report categories --period 2026-11-20 --format jsonl"
        )
        .lines()
        .count(),
        2
    );
    // The last 30 whole days, where nothing is said.
    let head = out(&desk, "report");
    assert!(
        head.starts_with("summary · 2026-10-22 00:00 to 2026-11-21 00:00 (exclusive), UTC\n"),
        "{head}"
    );
    for line in [
        "report sumary",
        "report --period 2026-13",
        "report --since 2026-11-21 --until 2026-11-20",
        "report --period 2026 --since 2026-01-01",
        "report --fields flow.opend",
    ] {
        assert_eq!(desk.say(line).code, 2, "{line}");
    }
}

#[test]
fn an_unknown_field_is_an_error_with_a_hint() {
    let desk = small();
    for (line, expected) in [
        (
            "list --fields id,asignee",
            "2 error: there is no field `asignee` / hint: did you mean `assignee`?",
        ),
        (
            "search x --fields statsu",
            "2 error: there is no field `statsu` / hint: did you mean `status`?",
        ),
        (
            "show 1 --fields subjct",
            "2 error: there is no field `subjct` / hint: did you mean `subject`?",
        ),
        (
            "list --fields id,id",
            "2 error: the field `id` stands twice",
        ),
        (
            "list asignee:minh",
            "2 error: query, column 1: there is no field `asignee` / hint: did you mean `assignee:`? to look for the text itself, put it in quotes",
        ),
        (
            "report summary --fields flow.opend",
            "2 error: there is no field `flow.opend` / hint: did you mean `flow.opened`?",
        ),
        (
            "list channel:fone",
            "2 error: query, column 9: `fone` is not one of phone, email, chat, portal, walk-in, monitoring, none / hint: did you mean `phone`?",
        ),
        (
            "help opne",
            "2 error: unrecognized subcommand 'opne' / hint: did you mean `open`?",
        ),
        (
            "help tech ad",
            "2 error: unrecognized subcommand 'ad' / hint: did you mean `add`?",
        ),
        (
            "help frobnicate",
            "2 error: unrecognized subcommand 'frobnicate' / hint: usage: desk [OPTIONS] [COMMAND]",
        ),
        (
            "list --format jsno",
            "2 error: invalid value 'jsno' for '--format <FORMAT>' [possible values: table, json, jsonl, csv, tsv, markdown, html] / hint: did you mean `json`?",
        ),
        (
            "list --format xml",
            "2 error: invalid value 'xml' for '--format <FORMAT>' [possible values: table, json, jsonl, csv, tsv, markdown, html]",
        ),
        (
            "lst",
            "2 error: there is no command `lst` / hint: did you mean `list`?",
        ),
        (
            "list is:open --jsno",
            "2 error: unexpected argument '--jsno' found / hint: did you mean `--json`?",
        ),
        (
            "xyzzy",
            "2 error: there is no command `xyzzy` / hint: `desk help` lists the commands",
        ),
    ] {
        assert_eq!(desk.say(line).refusal(), expected, "{line}");
    }
}

#[test]
fn quiet_says_nothing_but_what_matters() {
    let desk = small();
    let said = desk.ok(["-q", "note", "1", "-m", "x"]);
    assert_eq!((said.out.as_str(), said.err.as_str()), ("", ""));
    let said = desk.ok(["take", "1", "-q"]);
    assert_eq!(
        (said.out.as_str(), said.err.as_str()),
        ("", "warning: ticket 1 was lan's\n")
    );
    assert_eq!(desk.ok(["open", "x", "-q"]).out, "4\n");
    let said = desk.say("resume 1 -q");
    assert_eq!(said.error(), "error: ticket 1 is resolved, and not waiting");
    assert_eq!(
        desk.ok(["note", "1", "-m", "x", "-q", "--json"]).json()["event"],
        "noted"
    );
    assert_eq!(desk.ok(["tech", "add", "lan", "-q"]).err, "");
    assert_eq!(
        desk.ok(["list", "xyzzy", "-q", "--data-dir", "/no/such/place"])
            .err,
        ""
    );
}

#[test]
fn where_there_is_nothing_it_says_so_and_makes_nothing() {
    let desk = Desk::new();
    let nothing = format!("there are no tickets yet in {}\n", desk.data().display());
    let table = [
        (
            "list",
            0,
            "ID  P  STATUS  ASSIGNEE  UPDATED  REQUESTER  SUBJECT\n",
        ),
        (
            "list --json",
            0,
            "{\"desk_list\":1,\"total\":0,\"tickets\":[]}\n",
        ),
        (
            "search x --json",
            0,
            "{\"desk_list\":1,\"total\":0,\"tickets\":[]}\n",
        ),
        ("status", 0, ""),
        (
            "status --json",
            0,
            "{\"desk_status\":1,\"me\":\"minh\",\"mine\":[],\"late\":[],\"unassigned\":[]}\n",
        ),
        ("log", 0, ""),
        ("log --json", 0, "[]\n"),
        ("show 1", 3, ""),
        ("show 1 --json", 3, ""),
        ("show 1 2 --json", 3, "[]\n"),
        (
            "tech list --json",
            0,
            "{\"desk_technicians\":1,\"total\":0,\"technicians\":[]}\n",
        ),
    ];
    for (line, code, expected) in table {
        let said = desk.say(line);
        assert_eq!(said.code, code, "{line}: {said:?}");
        // A table of nothing may have a head or none.
        if line != "list" {
            assert_eq!(said.out, expected, "{line}");
        }
        assert!(said.err.starts_with(&nothing), "{line}: {said:?}");
        assert!(!desk.data().exists(), "{line}");
    }
    let report = desk.ok(["report", "--json"]).json();
    assert_eq!(report["flow"]["opened"], 0);
    assert_eq!(report["time_to_resolve"]["p50"], Value::Null);
    assert_eq!(desk.say("note 1 -m x").code, 3);
    assert!(!desk.data().exists());
}

const RED: &str = "\u{1b}[1m\u{1b}[31m";

#[test]
fn what_is_piped_is_plain_unless_colour_was_asked_for() {
    let desk = small();
    let coloured = |args: &[&str], env: &[(&str, &str)]| {
        let output = desk
            .command(args)
            .envs(env.iter().copied())
            .output()
            .unwrap();
        let said = Said::from(output);
        assert_eq!(said.code, 0, "{said:?}");
        assert!(
            !said.out.contains(" ago") && said.out.contains("2026-11-20"),
            "{said:?}"
        );
        said.out.contains('\u{1b}')
    };
    let list = ["list"];
    assert!(!coloured(&list, &[]));
    assert!(!coloured(&["show", "2"], &[]));
    assert!(coloured(&list, &[("CLICOLOR_FORCE", "1")]));
    assert!(!coloured(&list, &[("CLICOLOR_FORCE", "0")]));
    assert!(!coloured(
        &list,
        &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]
    ));
    assert!(coloured(
        &["list", "--color", "always"],
        &[("NO_COLOR", "1")]
    ));
    assert!(!coloured(
        &["--color", "never", "list"],
        &[("CLICOLOR_FORCE", "1")]
    ));
    assert!(!coloured(
        &["list", "--format", "csv"],
        &[("CLICOLOR_FORCE", "1")]
    ));
    let said = desk.ok(["show", "2", "--color", "always"]);
    assert!(
        said.out.contains(&format!("{RED}LATE\u{1b}[0m")),
        "{said:?}"
    );
}

#[test]
fn a_reader_who_goes_away_is_no_failure_and_a_full_disk_is_one() {
    let desk = Desk::new();
    let lines: String = (0..400)
        .map(|n| format!("{{\"op\":\"open\",\"subject\":\"ticket {n}\"}}\n"))
        .collect();
    desk.batch(&lines);
    let without_reader = |args: &[&str]| {
        let mut child = desk
            .command(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        Said::from(child.wait_with_output().unwrap())
    };
    for args in [
        &["list"][..],
        &["list", "--json"],
        &["show", "--query", "id:1.."],
        &["log"],
        &["report"],
    ] {
        let said = without_reader(args);
        assert_eq!((said.code, said.err.as_str()), (0, ""), "{args:?}");
    }
    // A write goes on to its end, and exits by its outcome.
    let said = without_reader(&["note", "--query", "id:1..", "-m", "x", "--json"]);
    assert_eq!((said.code, said.err.as_str()), (0, ""));
    assert_eq!(desk.ticket(400)["rev"], 2);
    let said = without_reader(&["resume", "--query", "id:1..9", "--json"]);
    assert_eq!(said.code, 6);
    if !skip_unless(
        std::path::Path::new("/dev/full").exists(),
        "there is no /dev/full",
    ) {
        return;
    }
    for args in [
        &["list"][..],
        &["open", "x"],
        &["completions", "bash"],
        &["help"],
    ] {
        let full = std::fs::File::options()
            .write(true)
            .open("/dev/full")
            .unwrap();
        let said = Said::from(desk.command(args).stdout(full).output().unwrap());
        assert_eq!(said.code, 1, "{args:?}: {said:?}");
        assert!(
            said.error()
                .starts_with("error: cannot write standard output: "),
            "{said:?}"
        );
    }
}

/// Runs a command line on a terminal of so many rows and columns, and gives what it shows.
pub(crate) fn on_terminal(
    desk: &Desk,
    size: (u16, u16),
    line: &str,
    env: &[(&str, &str)],
) -> String {
    let said = typing(desk, size, line, env, "");
    assert_eq!(said.code, 0, "{said:?}");
    said.out
}

/// The same, with something typed there, however it ends.
pub(crate) fn typing(
    desk: &Desk,
    size: (u16, u16),
    line: &str,
    env: &[(&str, &str)],
    input: &str,
) -> Said {
    let (rows, columns) = size;
    let typed = format!(
        "stty rows {rows} cols {columns}; exec '{}' {line}",
        crate::harness::DESK
    );
    let mut command = desk.command(["-qec", &typed, "/dev/null"]);
    let args: Vec<_> = command.get_args().map(ToOwned::to_owned).collect();
    let vars: Vec<_> = command
        .get_envs()
        .filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())))
        .collect();
    command = Command::new("script");
    let mut script = command
        .args(args)
        .env_clear()
        .envs(vars)
        .env("TERM", "xterm-256color")
        .env("SHELL", "/bin/sh")
        .envs(env.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut keyboard = script.stdin.take().unwrap();
    keyboard.write_all(input.as_bytes()).unwrap();
    drop(keyboard);
    let said = Said::from(script.wait_with_output().unwrap());
    let out = said.out.replace("\r\n", "\n");
    Said {
        out: out.replace("^D\u{8}\u{8}", ""),
        ..said
    }
}

/// A text without its colours.
pub(crate) fn plain(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("\u{1b}[") {
        plain += before;
        rest = after.split_once('m').map_or("", |(_, rest)| rest);
    }
    plain + rest
}

#[test]
fn a_terminal_gets_colours_and_how_long_ago() {
    if !has("script") {
        return;
    }
    let desk = small();
    let shown = on_terminal(&desk, (40, 100), "list", &[]);
    assert!(shown.contains(&format!("{RED}1\u{1b}[0m")), "{shown:?}");
    let expected = "\
ID  P  STATUS    ASSIGNEE  UPDATED  REQUESTER  SUBJECT
 1  3  resolved  lan       1 d ago  hoa        Printer jams
 2  1  new       -         1 d ago  Trần B     =VPN, \"slow\" | 两
 3  3  open      minh      1 h ago  -          New laptop
";
    assert_eq!(plain(&shown), expected);
    let bare = on_terminal(&desk, (40, 100), "list", &[("NO_COLOR", "1")]);
    assert_eq!(bare, expected);
    assert_eq!(
        on_terminal(&desk, (40, 100), "list", &[("TERM", "dumb")]),
        expected
    );
    let page = plain(&on_terminal(&desk, (40, 100), "show 2", &[]));
    assert!(page.contains("opened 1 d ago"), "{page}");
    assert!(
        page.contains("due         2026-11-21 10:00 (2 h ago)"),
        "{page}"
    );
    // What a requester gets is read elsewhere and later.
    let public = plain(&on_terminal(&desk, (40, 100), "show 2 --public", &[]));
    assert!(!public.contains(" ago"), "{public}");
    // Programs get the same as through a pipe.
    assert_eq!(
        on_terminal(&desk, (400, 100), "show 2 --json", &[]),
        desk.ok(["show", "2", "--json"]).out
    );
}

#[test]
fn long_output_goes_through_the_pager_and_short_does_not() {
    if !has("script") {
        return;
    }
    let desk = small();
    let pager = desk.program("my pager", "echo \"paged with $1:\"; cat");
    let env = [("DESK_PAGER", format!("'{}' -x", pager.display()))];
    let env: Vec<_> = env
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let shown =
        |rows, line: &str, env: &[(&str, &str)]| plain(&on_terminal(&desk, (rows, 100), line, env));
    let paged = shown(5, "show 1", &env);
    assert!(
        paged.starts_with("paged with -x:\n1  Printer jams\n"),
        "{paged}"
    );
    assert!(paged.contains("\n    internal: old model\n"), "{paged}");
    assert!(shown(40, "show 1", &env).starts_with("1  Printer jams\n"));
    assert!(shown(5, "show 1 --no-pager", &env).starts_with("1  Printer jams\n"));
    assert!(shown(3, "list", &env).starts_with("paged with"));
    assert!(shown(3, "report", &env).starts_with("paged with"));
    // DESK_PAGER is asked before PAGER, and what is written is never paged.
    let other = [("PAGER", "cat"), env[0]];
    assert!(shown(3, "list", &other).starts_with("paged with"));
    assert!(shown(3, "list", &[("PAGER", "cat")]).starts_with("ID  P"));
    assert_eq!(
        shown(1, "note 1 3 -m x", &env),
        "1 noted\n3 noted\n2 tickets changed, 0 unchanged, 0 refused\n"
    );
    // None, and not the usual one.
    assert!(shown(3, "list", &[("DESK_PAGER", ""), ("PAGER", "false")]).starts_with("ID  P"));
    assert!(shown(3, "list", &[("PAGER", "")]).starts_with("ID  P"));
    // A pager that is quit at once is no failure.
    let quits = desk.program("quits", "exit 3");
    assert_eq!(
        shown(3, "list", &[("DESK_PAGER", quits.to_str().unwrap())]),
        ""
    );
}

#[test]
fn a_list_fits_the_terminal_in_any_script() {
    if !has("script") {
        return;
    }
    let desk = Desk::new();
    for subject in [
        "Máy in ở tầng ba bị kẹt giấy mỗi buổi sáng, đã thử tắt và bật lại nhiều lần",
        "三楼的打印机每天早上都会卡纸,已经重启过很多次了还是一样不行请尽快派人来看一下",
        "👩\u{200d}🔧👩\u{200d}🔧👩\u{200d}🔧 printer 🖨️ is on fire 🔥🔥🔥🔥🔥🔥🔥🔥 again and again and again",
        "plain",
    ] {
        desk.open([subject, "--requester", "Nguyễn Văn A"]);
    }
    for columns in [40, 60, 80] {
        let shown = plain(&on_terminal(&desk, (40, columns), "list", &[]));
        assert_eq!(shown.lines().count(), 5, "{columns}: {shown}");
        for line in shown.lines() {
            let width = unicode_width::UnicodeWidthStr::width(line);
            assert!(width <= usize::from(columns), "{columns}: {width}: {line}");
        }
        assert!(shown.contains('…'), "{columns}: {shown}");
    }
    // Nothing is cut where nobody looks at a width, nor in what programs read.
    assert!(
        desk.ok(["list"])
            .out
            .contains("đã thử tắt và bật lại nhiều lần\n")
    );
    let csv = on_terminal(&desk, (40, 40), "list --format csv --fields subject", &[]);
    assert!(csv.contains("请尽快派人来看一下\"\n"), "{csv}");
}

#[test]
fn on_a_terminal_the_editor_opens_for_a_text_that_is_needed() {
    if !has("script") {
        return;
    }
    let desk = small();
    let editor = desk.program("ed", "echo 'written there' >\"$1\"");
    let env = [("EDITOR", editor.to_str().unwrap())];
    let tmp = desk.beside().join("tmp");
    std::fs::create_dir(&tmp).unwrap();
    let env = [env[0], ("TMPDIR", tmp.to_str().unwrap())];
    assert_eq!(on_terminal(&desk, (40, 80), "note 3", &env), "3 noted\n");
    assert_eq!(desk.ticket(3)["events"][1]["message"], "written there");
    // Where none is needed, none is asked for.
    on_terminal(&desk, (40, 80), "take 3", &env);
    assert_eq!(desk.ticket(3)["events"][2].get("message"), None);
    assert_eq!(tmp.read_dir().unwrap().count(), 0);
}
