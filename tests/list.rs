//! Lists: in which order, how many, how long, and by queries that have a name.

use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::harness::{Desk, Said};

/// Six tickets that differ in what lists are sorted by.
fn six() -> Desk {
    let desk = Desk::new();
    desk.batch(
        r#"{"op":"open","at":"2026-11-20T08:00:00Z","subject":"a","priority":3,"requester":"Zoë","due":"2026-11-23T10:00:00Z","to":"minh"}
{"op":"open","at":"2026-11-20T09:00:00Z","subject":"b","priority":1,"requester":"ánh","to":"lan"}
{"op":"open","at":"2026-11-20T10:00:00Z","subject":"c","priority":3,"due":"2026-11-22T10:00:00Z"}
{"op":"open","at":"2026-11-20T11:00:00Z","subject":"d","priority":5,"requester":"Bo","category":"network/vpn"}
{"op":"open","at":"2026-11-20T12:00:00Z","subject":"e","priority":1,"requester":"Ánh","to":"minh"}
{"op":"open","at":"2026-11-20T13:00:00Z","subject":"f","priority":3,"to":"Lan"}
{"op":"note","ticket":2,"at":"2026-11-20T14:00:00Z","message":"x"}
{"op":"close","ticket":4,"at":"2026-11-20T15:00:00Z","message":"x"}
"#,
    );
    desk
}

/// The numbers that a list gives, in its order.
fn ids(desk: &Desk, line: &str) -> Vec<u64> {
    let said = desk.ok(format!("{line} --fields id --format csv").split(' '));
    let lines = said.out.lines().skip(1);
    lines.map(|line| line.parse().unwrap()).collect()
}

#[test]
fn a_list_is_sorted_by_what_was_asked_for() {
    let desk = six();
    let table: [(&str, &[u64]); 15] = [
        ("list", &[1, 2, 3, 4, 5, 6]),
        ("list --sort id", &[1, 2, 3, 4, 5, 6]),
        ("list --sort -id", &[6, 5, 4, 3, 2, 1]),
        // What is the same stands by number, in either direction.
        ("list --sort priority", &[2, 5, 1, 3, 6, 4]),
        ("list --sort -priority", &[4, 1, 3, 6, 2, 5]),
        ("list --sort priority,-opened", &[5, 2, 6, 3, 1, 4]),
        ("list --sort -priority,-updated", &[4, 6, 3, 1, 2, 5]),
        ("list --sort=-updated", &[4, 2, 6, 5, 3, 1]),
        // What has none comes last, in either direction.
        ("list --sort due", &[3, 1, 2, 4, 5, 6]),
        ("list --sort -due", &[1, 3, 2, 4, 5, 6]),
        // Blind to case and accents.
        ("list --sort requester", &[2, 5, 4, 1, 3, 6]),
        ("list --sort -requester", &[1, 4, 2, 5, 3, 6]),
        ("list --sort assignee,-id", &[6, 2, 5, 1, 4, 3]),
        ("list is:open --sort status,rev,-id", &[3, 6, 5, 1, 2]),
        ("list --sort -rev --limit 3", &[2, 4, 1]),
    ];
    for (line, expected) in table {
        assert_eq!(ids(&desk, line), expected, "{line}");
    }
    for (line, expected) in [
        (
            "list --sort priorty",
            "2 error: there is nothing called `priorty` to sort by / hint: did you mean `priority`?",
        ),
        (
            "list --sort id,-updatd",
            "2 error: there is nothing called `updatd` to sort by / hint: did you mean `updated`?",
        ),
        (
            "search x --sort --updated",
            "2 error: there is nothing called `-updated` to sort by / hint: did you mean `updated`?",
        ),
    ] {
        assert_eq!(desk.say(line).refusal(), expected, "{line}");
    }
    let said = desk.say("list --sort xyzzy");
    assert!(
        said.err.contains("\nhint: sort by id, rev, status, "),
        "{said:?}"
    );
}

#[test]
fn a_limit_is_kept_and_json_says_how_many_there_are() {
    let desk = six();
    assert_eq!(ids(&desk, "list --limit 2"), [1, 2]);
    assert_eq!(ids(&desk, "list -l 2 --sort -id"), [6, 5]);
    assert_eq!(ids(&desk, "list --limit 9"), [1, 2, 3, 4, 5, 6]);
    assert_eq!(ids(&desk, "list --limit 0"), [0; 0]);
    let table = [
        (
            "--limit 2",
            "{\"desk_list\":1,\"total\":6,\"tickets\":[{\"id\":1},{\"id\":2}]}\n",
        ),
        (
            "--limit 0",
            "{\"desk_list\":1,\"total\":6,\"tickets\":[]}\n",
        ),
        (
            "tier:9 --limit 1",
            "{\"desk_list\":1,\"total\":0,\"tickets\":[]}\n",
        ),
        (
            "priority:1 --limit 1",
            "{\"desk_list\":1,\"total\":2,\"tickets\":[{\"id\":2}]}\n",
        ),
    ];
    for (line, expected) in table {
        let said = desk.say(&format!("list --json --fields id {line}"));
        assert_eq!((said.out.as_str(), said.code), (expected, 0), "{line}");
    }
    assert_eq!(desk.say("list --limit 0").out, "");
    for limit in ["-1", "many", ""] {
        let said = desk.run(["list", "--limit", limit]);
        assert_eq!(said.code, 2, "{limit}: {said:?}");
    }
}

/// As many tickets as are rendered together twice, and one more.
fn many() -> Desk {
    let desk = Desk::in_memory();
    let lines: String = (1..=2001)
        .map(|n| format!("{{\"op\":\"open\",\"subject\":\"ticket {n}\"}}\n"))
        .collect();
    desk.batch(&lines);
    desk
}

#[test]
fn a_long_list_has_one_head_and_every_ticket_once() {
    let desk = many();
    let numbers = |from: &str| -> Vec<u64> {
        let ids = from
            .lines()
            .map(|line| line.split([',', '\t']).next().unwrap());
        ids.map(|id| id.parse().unwrap_or_else(|_| panic!("{id}")))
            .collect()
    };
    let all: Vec<u64> = (1..=2001).collect();
    for (format, head) in [("csv", "id,subject\n"), ("tsv", "id\tsubject\n")] {
        let out = desk
            .ok(["list", "--fields", "id,subject", "--format", format])
            .out;
        let rows = out.strip_prefix(head).unwrap();
        assert_eq!(numbers(rows), all, "{format}");
    }
    for line in ["list --format jsonl", "list --format jsonl --fields id"] {
        let tickets = desk.say(line).json_lines();
        let ids: Vec<u64> = tickets.iter().map(|t| t["id"].as_u64().unwrap()).collect();
        assert_eq!(ids, all, "{line}");
    }
    for line in [
        "list --json",
        "list --json --fields id",
        "list --json --sort -id",
    ] {
        let list = desk.say(line).json();
        assert_eq!(list["total"], 2001, "{line}");
        let tickets = list["tickets"].as_array().unwrap();
        let mut ids: Vec<u64> = tickets.iter().map(|t| t["id"].as_u64().unwrap()).collect();
        ids.sort_unstable();
        assert_eq!(ids, all, "{line}");
    }
    let table = desk.say("list").out;
    assert_eq!(table.lines().count(), 2002);
    // Who has read enough is not made to wait for the rest.
    let mut child = desk
        .command(["list", "--format", "jsonl"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = String::new();
    let mut reader = BufReader::new(child.stdout.take().unwrap());
    reader.read_line(&mut first).unwrap();
    drop(reader);
    let since = Instant::now();
    let said = Said::from(child.wait_with_output().unwrap());
    assert_eq!((said.code, said.err.as_str()), (0, ""));
    assert!(since.elapsed() < Duration::from_secs(5));
    assert!(first.starts_with("{\"desk_ticket\":1,\"id\":1,"), "{first}");
}

#[test]
fn a_view_is_a_query_with_a_name() {
    let desk = six();
    desk.settings(
        "[views]\nmine = \"assignee:me is:open\"\nurgent = \"priority:1 or due:..2026-11-22\"\n\
         both = \"@mine @urgent\"\nbroken = \"is:open priorty:1\"\nround = \"@round\"\n",
    );
    let table: [(&str, &[u64]); 8] = [
        ("list @mine", &[1, 5]),
        ("list @urgent", &[2, 3, 5]),
        // As if it stood in parentheses.
        ("list @urgent -assignee:lan", &[3, 5]),
        ("list @mine @urgent", &[5]),
        ("list @both", &[5]),
        ("list @mine or id:4", &[1, 4, 5]),
        ("list not @mine --sort -id", &[6, 4, 3, 2]),
        ("search @mine priority:3", &[1]),
    ];
    for (line, expected) in table {
        assert_eq!(ids(&desk, line), expected, "{line}");
    }
    // Whose view it is says who asks.
    assert_eq!(ids(&desk, "list @mine --as lan"), [2, 6]);
    let said = desk.say("note --query @both -m x");
    assert_eq!(said.out, "5 noted\n", "{said:?}");
    for (line, expected) in [
        (
            "list @mne",
            "2 error: query, column 1: there is no view `@mne` / hint: did you mean `@mine`?",
        ),
        (
            "list id:1 @quetzal",
            "2 error: query, column 6: there is no view `@quetzal` / hint: views are named in \
             desk.toml, under [views]; to look for the text itself, put it in quotes",
        ),
        (
            "list @broken",
            "2 error: view `@broken`: query, column 9: there is no field `priorty` / hint: did you mean `priority:`? to look for the text itself, put it in quotes",
        ),
    ] {
        assert_eq!(desk.say(line).refusal(), expected, "{line}");
    }
    let round = desk.say("list @round");
    assert_eq!(round.code, 2, "{round:?}");
    assert!(
        round.error().starts_with("error: view `@round`: "),
        "{round:?}"
    );
    // In quotes it is a text.
    assert_eq!(ids(&desk, "list \"@mine\""), [0; 0]);
}

#[test]
fn a_bad_view_in_the_settings_is_an_error_with_its_line() {
    let desk = six();
    for (settings, expected) in [
        (
            "timezone = 'UTC'\n[views]\n'my own' = 'is:open'\n",
            "2 error: desk.toml, line 3: view `my own`: a name has letters, digits, `-` and `_`",
        ),
        (
            "[views]\n'' = 'is:open'\n",
            "2 error: desk.toml, line 2: view ``: a name has letters, digits, `-` and `_`",
        ),
    ] {
        desk.settings(settings);
        assert_eq!(desk.say("list @mine").refusal(), expected);
    }
    desk.settings("[views]\nmine = 7\n");
    let said = desk.say("list @mine");
    assert_eq!(said.code, 2);
    assert!(
        said.error().starts_with("error: desk.toml, line 2: "),
        "{said:?}"
    );
}

#[test]
fn a_name_without_anything_to_compare_is_a_name() {
    let desk = Desk::new();
    desk.ok(["tech", "add", "lan"]);
    desk.ok(["open", "a", "--team", "\u{301}"]);
    desk.ok(["open", "b", "--team", "\u{200b}"]);
    desk.ok(["open", "c"]);
    desk.ok(["open", "d", "--to", "lan"]);
    for (query, expected) in [
        ("team:none", vec![3, 4]),
        ("team:none is:open", vec![3, 4]),
        ("-team:none", vec![1, 2]),
    ] {
        assert_eq!(ids(&desk, &format!("list {query}")), expected, "{query}");
    }
}

#[test]
fn me_is_understood_however_it_is_written() {
    let desk = Desk::new();
    desk.ok(["tech", "add", "lan"]);
    desk.ok(["open", "a", "--to", "lan"]);
    desk.ok(["open", "b"]);
    for query in [
        "assignee:me",
        "assignee:ME",
        "assignee:m\"\"e",
        "(assignee:=Me)",
    ] {
        assert_eq!(
            ids(&desk, &format!("list {query} --as lan")),
            [1],
            "{query}"
        );
    }
}
