//! The other side of relations: what other tickets hold to one is told by it too, and written nowhere.

use std::fs;

use serde_json::json;

use crate::harness::Desk;

/// Six tickets; to 1 one is tied in each way, and one of them in two.
fn some() -> Desk {
    let desk = Desk::new();
    for subject in ["Mail is down", "b", "c", "d", "e", "f"] {
        desk.open([subject]);
    }
    for line in [
        "link 2 --blocks 1",
        "link 3 --blocks 1",
        "link 4 --caused-by 1",
        "link 5 --duplicate-of 1",
        "link 2 --relates-to 1",
        "resolve 2 -m x",
        "merge 6 --into 1",
        "link 1 --blocks 5",
    ] {
        assert_eq!(desk.say(line).code, 0, "{line}");
    }
    desk
}

/// The lines of a page that stand between the head and the history.
fn fields(desk: &Desk, line: &str) -> Vec<String> {
    let said = desk.say(line);
    assert_eq!((said.code, said.err.as_str()), (0, ""), "{line}");
    let lines = said.out.lines().skip(3);
    let fields = lines.take_while(|line| !line.is_empty());
    fields.map(str::to_owned).collect()
}

const OF_1: [&str; 9] = [
    "impact      medium",
    "urgency     medium",
    "links       blocks 5",
    "original of 5 (new) e",
    "cause of    4 (new) d",
    "blocked by  3 (new) c",
    "blocked by  2 (resolved) b",
    "related to  2 (resolved) b",
    "merged in   6 (closed) f",
];

#[test]
fn a_page_tells_both_sides() {
    let desk = some();
    assert_eq!(fields(&desk, "show 1"), OF_1);
    assert_eq!(
        fields(&desk, "show 5")[2..],
        [
            "links       duplicate-of 1",
            "blocked by  1 (new) Mail is down"
        ]
    );
    assert_eq!(fields(&desk, "show 4")[2..], ["links       caused-by 1"]);
    // What others wrote is no matter of the requester's.
    let public = desk.say("show 1 --public");
    assert_eq!(public.out.lines().nth(2), Some(""));
    assert_eq!(public.out.lines().nth(3), Some("History"), "{public:?}");

    desk.ok(["unmerge", "6"]);
    desk.ok(["unlink", "3", "--blocks", "1"]);
    desk.ok(["undo"]);
    desk.ok(["edit", "3", "--subject", "Mail\u{1b}[2J\u{202e}"]);
    let now = fields(&desk, "show 1");
    assert_eq!(now[5], "blocked by  3 (new) Mail␛[2J<U+202E>");
    assert_eq!(now.len(), 8, "{now:?}");
}

#[test]
fn programs_ask_for_it_and_get_it_nowhere_else() {
    let desk = some();
    let before = desk.tree();
    let asked = desk.ok(["show", "1", "--json", "--fields", "id,linked_from"]);
    let held = |kind: &str, from: u64, status: &str, subject: &str| json!({"kind": kind, "from": from, "status": status, "subject": subject});
    let expected = [
        held("duplicate-of", 5, "new", "e"),
        held("caused-by", 4, "new", "d"),
        held("blocks", 3, "new", "c"),
        held("blocks", 2, "resolved", "b"),
        held("relates-to", 2, "resolved", "b"),
        held("merged-into", 6, "closed", "f"),
    ];
    assert_eq!(asked.json(), json!({"id": 1, "linked_from": expected}));
    let several = desk.ok(["show", "4", "5", "--fields", "id,linked_from"]);
    assert_eq!(several.out, "ID  LINKED FROM\n 4  -\n 5  blocked by 1\n");
    let none = desk.ok(["show", "4", "--json", "--fields", "linked_from"]);
    assert_eq!(none.out, "{\"linked_from\":[]}\n");

    // The file as it stands has none of it, nor has what is made of it.
    let file = fs::read_to_string(desk.file(1)).unwrap();
    assert_eq!(desk.ok(["show", "1", "--json"]).out, file);
    let exported = desk.ok(["export"]).out;
    assert!(!exported.contains("linked_from"));
    let other = Desk::new();
    assert_eq!(other.feed(["import", "-"], exported).code, 0);
    assert_eq!(fs::read_to_string(other.file(1)).unwrap(), file);
    assert_eq!(fields(&other, "show 1"), OF_1);
    assert!(
        !desk
            .ok(["show", "1", "--format", "csv"])
            .out
            .contains("linked_from")
    );
    assert_eq!(desk.tree(), before);
    assert_eq!(
        desk.say("list --fields id,linked_from").refusal(),
        "2 error: `linked_from` is told by `desk show` alone / \
         hint: to list what blocks a ticket: desk list blocks:N"
    );
}

#[test]
fn what_is_tied_is_found_by_its_tie() {
    let desk = some();
    let ids = |query: &str| {
        desk.ok(["list", query, "--format", "csv", "--fields", "id"])
            .out
    };
    for (query, expected) in [
        ("blocks:1", "id\n2\n3\n"),
        ("blocks:1 is:open", "id\n3\n"),
        ("blocks:1,5", "id\n1\n2\n3\n"),
        ("caused-by:1", "id\n4\n"),
        ("merged-into:1", "id\n6\n"),
        ("duplicate-of:9", "id\n"),
    ] {
        assert_eq!(ids(query), expected, "{query}");
    }
    desk.ok(["close", "--query", "caused-by:1", "-m", "Mail is up"]);
    assert_eq!(desk.ticket(4)["status"], "closed");
}

#[test]
fn of_many_a_page_tells_ten_and_how_to_list_them() {
    let desk = Desk::new();
    let open = |n| format!("{{\"op\":\"open\",\"subject\":\"s{n}\"}}\n");
    let link = |n| format!("{{\"op\":\"link\",\"ticket\":{n},\"caused_by\":1}}\n");
    let lines: String = (1..=13).map(open).chain((2..=13).map(link)).collect();
    desk.batch(&lines);
    let told = fields(&desk, "show 1");
    assert_eq!(told.len(), 2 + 10 + 1);
    assert_eq!(told[2], "cause of    2 (new) s2");
    assert_eq!(told[12], "cause of    2 more: desk list caused-by:1");
    let listed = desk.say("list caused-by:1 --format jsonl");
    assert_eq!(listed.out.lines().count(), 12);
    let asked = desk.ok(["show", "1", "--json", "--fields", "linked_from"]);
    assert_eq!(asked.json()["linked_from"].as_array().unwrap().len(), 12);
}

/// Sets what is tied to what in a ticket's file, as somebody may by hand.
fn tie(desk: &Desk, id: u64, field: &str, value: serde_json::Value) {
    let text = fs::read_to_string(desk.file(id)).unwrap();
    let mut ticket: serde_json::Value = serde_json::from_str(&text).unwrap();
    ticket[field] = value;
    let aside = desk.beside().join("aside");
    fs::write(&aside, ticket.to_string()).unwrap();
    fs::rename(aside, desk.file(id)).unwrap();
}

#[test]
fn circles_and_ties_to_nothing_are_told_as_they_are() {
    let desk = Desk::new();
    for subject in ["a", "b", "c"] {
        desk.open([subject]);
    }
    // Of a chain, each is told of the one that was merged into it.
    desk.ok(["merge", "1", "--into", "2"]);
    desk.ok(["merge", "2", "--into", "3"]);
    assert_eq!(fields(&desk, "show 3")[2..], ["merged in   2 (closed) b"]);
    assert_eq!(
        fields(&desk, "show 2")[2..4],
        ["merged in   1 (closed) a", "merged into 3"]
    );
    // What `desk` refuses somebody can write by hand.
    tie(&desk, 3, "merged_into", json!(1));
    tie(
        &desk,
        3,
        "links",
        json!([{"kind": "blocks", "to": 3}, {"kind": "blocks", "to": 77}]),
    );
    assert_eq!(
        fields(&desk, "show 3")[2..],
        [
            "links       blocks 3, blocks 77",
            "blocked by  3 (new) c",
            "merged in   2 (closed) b",
            "merged into 1",
        ]
    );
    assert_eq!(fields(&desk, "show 1")[2], "merged in   3 (new) c");
    assert_eq!(desk.say("show 77").code, 3);
}

#[test]
fn what_cannot_be_read_may_be_tied_as_well() {
    let desk = some();
    fs::write(desk.file(3), "{").unwrap();
    desk.ok(["reindex"]);
    // What was asked for is shown all the same.
    let said = desk.say("show 1");
    assert_eq!(said.code, 0);
    assert!(said.error().starts_with("warning: "), "{said:?}");
    assert!(said.error().ends_with(": it may be related"), "{said:?}");
    assert!(!said.out.contains("3 (new)"), "{said:?}");
    assert!(
        said.out.contains("\nblocked by  2 (resolved) b\n"),
        "{said:?}"
    );
}

#[test]
fn a_page_reads_no_other_file_for_what_the_index_does_not_tell() {
    let desk = some();
    assert!(desk.say("show 1").out.contains("blocked by"));
    // A file in its place, and no home: there is no index to be had.
    let index = desk.data().join(".desk/index");
    fs::remove_dir_all(&index).unwrap();
    fs::write(&index, "").unwrap();
    let show = |words: &[&str]| {
        let mut command = desk.command(words);
        command.env("HOME", "/dev/null");
        command.env_remove("XDG_CACHE_HOME");
        String::from_utf8(command.output().unwrap().stdout).unwrap()
    };
    let page = show(&["show", "1"]);
    assert!(page.contains("Mail is down") && !page.contains("blocked by"));
    // Who asks for it gets it all the same.
    let told = show(&["show", "1", "--json", "--fields", "linked_from"]);
    let told: serde_json::Value = serde_json::from_str(&told).unwrap();
    assert_eq!(told["linked_from"].as_array().unwrap().len(), 6);
}

#[test]
fn who_asks_for_the_others_is_told_by_the_exit_code_that_some_cannot_be_read() {
    let desk = Desk::new();
    desk.say("open a");
    desk.say("open b");
    fs::write(desk.file(2), "{").unwrap();
    desk.say("reindex");
    assert_eq!(desk.say("show 1").code, 0);
    assert_eq!(desk.say("show 1 --json --fields linked_from").code, 7);
}

#[test]
fn a_link_that_stands_twice_is_told_once() {
    let desk = Desk::new();
    desk.say("open a");
    desk.say("open b");
    desk.say("link 2 --blocks 1");
    let (path, mut ticket) = (desk.file(2), desk.ticket(2));
    ticket["links"] = json!([{"kind": "blocks", "to": 1}, {"kind": "blocks", "to": 1}]);
    let twice = format!("{ticket:#}\n");
    let aside = path.with_extension("aside");
    fs::write(&aside, twice).unwrap();
    fs::rename(aside, path).unwrap();
    assert_eq!(desk.say("show 1").out.matches("blocked by").count(), 1);
    let told = desk.say("show 1 --json --fields linked_from").json();
    assert_eq!(told["linked_from"].as_array().unwrap().len(), 1);
}
