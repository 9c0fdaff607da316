//! Files that are not what they must be: tickets, technicians, settings.

use std::fs;
use std::os::unix::fs::{FileTypeExt, PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::path::Path;

use nix::sys::stat::Mode;
use nix::unistd::mkfifo;
use serde_json::{Value, json};

use super::{fails, run, say, three, tickets};
use crate::harness::Desk;

/// Puts something in place of a file; what the file was, is given.
type Plant = fn(&Path, &[u8]);

/// What is no file of desk's, whatever it should hold, and what is said of it.
const STRANGERS: [(&str, Plant, &str); 10] = [
    ("empty", |path, _| fs::write(path, "").unwrap(), "is empty"),
    (
        "not JSON",
        |path, _| fs::write(path, "hello\n").unwrap(),
        "expected value at line 1 column 1",
    ),
    (
        "deep",
        |path, _| {
            let [open, close] = ["[", "]"].map(|bracket| bracket.repeat(10_000));
            fs::write(path, format!("{{\"x\":{open}{close}}}")).unwrap();
        },
        "a value nests deeper than 120 levels at line 1 column 20006",
    ),
    (
        "huge",
        |path, _| fs::File::create(path).unwrap().set_len(9 << 20).unwrap(),
        "has 9437184 bytes; 8 MiB are the most that is read",
    ),
    (
        "a FIFO",
        |path, _| mkfifo(path, Mode::S_IRWXU).unwrap(),
        "is a FIFO, not a file",
    ),
    (
        "a folder",
        |path, _| fs::create_dir(path).unwrap(),
        "is a folder, not a file",
    ),
    (
        "a link to outside",
        |path, was| {
            let outside = path.ancestors().nth(4).unwrap().join("outside");
            fs::write(&outside, was).unwrap();
            symlink(outside, path).unwrap();
        },
        "is a symbolic link, not a file",
    ),
    (
        "a dangling link",
        |path, _| symlink("/nonexistent", path).unwrap(),
        "is a symbolic link, not a file",
    ),
    (
        "a link to itself",
        |path, _| symlink(path, path).unwrap(),
        "is a symbolic link, not a file",
    ),
    (
        "a socket",
        |path, _| drop(UnixListener::bind(path).unwrap()),
        "is a socket, not a file",
    ),
];

/// What is JSON, but no ticket, or not this one.
const NO_TICKETS: [(&str, Plant, &str); 8] = [
    (
        "truncated",
        |path, _| fs::write(path, "{\n  \"desk_ticket\": 1,\n  \"id\":").unwrap(),
        "EOF while parsing a value at line 3 column 7",
    ),
    (
        "not UTF-8",
        |path, _| fs::write(path, b"{\"id\":\"\xff\"}").unwrap(),
        "is not UTF-8 at byte 7",
    ),
    (
        "a key twice",
        |path, was| replaced(path, was, "\"id\": 2,", "\"id\": 2, \"id\": 2,"),
        "`id` stands twice at line 3 column 15",
    ),
    (
        "a wrong type",
        |path, was| replaced(path, was, "\"tier\": 1", "\"tier\": \"one\""),
        "invalid type: string \"one\", expected u8 at line 13 column 15",
    ),
    (
        "a wrong number",
        |path, was| replaced(path, was, "\"id\": 2", "\"id\": 3"),
        "says that it is ticket 3",
    ),
    (
        "a wrong revision",
        |path, was| replaced(path, was, "\"rev\": 1", "\"rev\": 18446744073709551615"),
        "says revision 18446744073709551615, but has 1 events",
    ),
    (
        "an instant that is none",
        |path, was| replaced(path, was, "\"due\": null", "\"due\": \"soon\""),
        "`soon` is not an RFC 3339 time such as 2026-11-21T14:30:05Z at line 26 column 15",
    ),
    (
        "newer, and not understood",
        |path, _| fs::write(path, "{\"desk_ticket\":9,\"id\":true}").unwrap(),
        "is of format 9, newer than this desk reads (1): invalid type: boolean `true`, expected a nonzero u64 at line 1 column 26",
    ),
];

fn replaced(path: &Path, was: &[u8], from: &str, to: &str) {
    let text = std::str::from_utf8(was).unwrap();
    assert!(text.contains(from), "{text}");
    fs::write(path, text.replacen(from, to, 1)).unwrap();
}

/// Something that tells whether a planted thing is still there as it was.
fn nature(path: &Path) -> String {
    let metadata = path.symlink_metadata().unwrap();
    let kind = metadata.file_type();
    match () {
        () if kind.is_file() => format!("{:?}", fs::read(path).unwrap()),
        () if kind.is_symlink() => format!("link to {:?}", fs::read_link(path).unwrap()),
        () if kind.is_fifo() => "FIFO".into(),
        () if kind.is_socket() => "socket".into(),
        () => format!("{:?}", fs::read_dir(path).unwrap().count()),
    }
}

#[test]
fn a_bad_ticket_is_named_and_hides_no_other() {
    for (what, plant, cause) in STRANGERS.into_iter().chain(NO_TICKETS) {
        let desk = three();
        let file = desk.file(2);
        let was = fs::read(&file).unwrap();
        fs::remove_file(&file).unwrap();
        plant(&file, &was);
        if fs::symlink_metadata(&file).unwrap().is_file() {
            fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        }
        let planted = nature(&file);
        let named = format!("{}: {cause}", file.display());

        for line in ["show 2", "show 2 --json", "show 2 --format csv", "log 2"] {
            fails(&say(&desk, line), 7, &named);
        }
        for line in [
            "note 2 -m x",
            "close 2 -m x",
            "take 2",
            "edit 2 --tag x",
            "escalate 2 -m x",
            "assign 2 --none",
            "note 2 -m x --dry-run",
            "link 2 --blocks 1",
        ] {
            fails(&say(&desk, line), 7, &named);
        }
        let note = b"{\"op\":\"note\",\"ticket\":2,\"message\":\"x\"}\n{\"op\":\"note\",\"ticket\":3,\"message\":\"x\"}\n";
        let said = run(&mut desk.command(["batch"]), note);
        assert_eq!(said.error(), format!("line 1: error: {named}"));
        assert_eq!((said.out.as_str(), said.code), ("line 2: 3 noted\n", 6));

        for line in [
            "list",
            "search t or one",
            "status",
            "report",
            "report backlog",
            "log",
        ] {
            let said = say(&desk, line);
            fails(&said, 7, &named);
            assert!(!said.out.is_empty(), "{what}: {line}");
        }
        let list = say(&desk, "list --fields id,subject").out;
        assert_eq!(list, "ID  SUBJECT\n 1  one\n 3  three\n", "{what}");
        assert_eq!(say(&desk, "--json list").json()["total"], 2);
        let shown = say(&desk, "show 1 2 3");
        fails(&shown, 7, &named);
        assert!(shown.out.contains("1  one\n") && shown.out.contains("3  three\n"));
        let said = run(&mut desk.command(["take", "--query", "one"]), b"");
        fails(&said, 7, &named);
        assert_eq!(said.out.lines().count(), 1);

        let checked = say(&desk, "fsck");
        assert_eq!((checked.out, checked.code), (format!("{named}\n"), 7));
        assert_eq!(nature(&file), planted, "{what}");
        assert_eq!(desk.open(["four"]), 4);
        assert_eq!(desk.ticket(1)["assignee"], "minh");
    }
}

#[test]
fn a_ticket_of_a_million_keys_is_read_in_a_moment() {
    let desk = three();
    let mut ticket = desk.ticket(2);
    let keys = ticket.as_object_mut().unwrap();
    keys.extend((0..300_000).map(|n| (format!("k{n}"), Value::Null)));
    fs::write(desk.file(2), ticket.to_string()).unwrap();
    assert_eq!(say(&desk, "--json list").json()["total"], 3);
    desk.ok(["edit", "3", "--tag", "x"]);
    let mut ticket = desk.ticket(3);
    let tags: Vec<String> = (0..200_000).map(|n| format!("t{n}")).collect();
    ticket["events"][1]["changed"]["tags"] = json!([tags, tags[1..]]);
    ticket["tags"] = json!(tags[1..]);
    fs::write(desk.file(3), ticket.to_string()).unwrap();
    assert!(
        say(&desk, "log 3")
            .out
            .contains("edited  tags -t0  (recorded")
    );
}

#[test]
fn a_newer_ticket_that_is_understood_is_read_and_not_written() {
    let desk = three();
    let was = fs::read(desk.file(2)).unwrap();
    replaced(
        &desk.file(2),
        &was,
        "\"desk_ticket\": 1",
        "\"desk_ticket\": 2",
    );
    let before = tickets(&desk);
    assert!(say(&desk, "show 2").out.starts_with("2  two\n"));
    assert_eq!(say(&desk, "--json list").json()["total"], 3);
    for line in ["note 2 -m x", "close 2 -m x", "edit 2 --tag x"] {
        let error = "ticket 2 is of format 2, newer than this desk writes (1)";
        fails(&say(&desk, line), 4, error);
    }
    let note = b"{\"op\":\"note\",\"ticket\":2,\"message\":\"x\"}\n";
    assert_eq!(run(&mut desk.command(["batch"]), note).code, 6);
    assert_eq!(tickets(&desk), before);
    assert_eq!(
        desk.ok(["fsck"]).err,
        format!(
            "{}: is of format 2, newer than this desk writes (1)\n\
             checked 3 tickets and 0 technicians: nothing is wrong\n",
            desk.file(2).display()
        )
    );
}

#[test]
fn what_is_not_known_is_kept() {
    let desk = three();
    let was = fs::read(desk.file(2)).unwrap();
    let unknown = "\"x_first\": {\"b\": [1, -2.5, null], \"a\": \"\\u001b\"},\n  \"x_second\": 18446744073709551615,\n  \"events\": [\n    {\"x_event\":true,";
    replaced(&desk.file(2), &was, "\"events\": [\n    {", unknown);
    desk.ok(["note", "2", "-m", "x"]);
    desk.ok(["edit", "2", "--tag", "y"]);
    let text = fs::read_to_string(desk.file(2)).unwrap();
    let ticket: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(
        ticket["x_first"],
        json!({"b": [1, -2.5, null], "a": "\u{1b}"})
    );
    assert_eq!(ticket["x_second"], u64::MAX);
    assert_eq!(ticket["events"][0]["x_event"], true);
    let place = |key: &str| text.find(&format!("\n  \"{key}\":")).unwrap();
    assert!(place("closed") < place("x_first"), "{text}");
    assert!(place("x_first") < place("x_second"));
    assert!(place("x_second") < place("events"));
    // An event that got something it did not have is another past; nothing else is wrong.
    let found = desk.run(["fsck"]).out;
    let past = "has a past that is not the one its digest was made of\n";
    assert!(
        found.ends_with(past) && found.lines().count() == 1,
        "{found}"
    );
}

#[test]
fn a_bad_technician_hides_no_other() {
    let no_technicians: [(&str, Plant, &str); 3] = [
        (
            "a key twice",
            |path, was| replaced(path, was, "\"tier\": 1", "\"tier\": 1, \"tier\": 2"),
            "`tier` stands twice at line 6 column 19",
        ),
        (
            "a wrong type",
            |path, was| replaced(path, was, "\"tier\": 1", "\"tier\": -1"),
            "invalid value: integer `-1`, expected u8",
        ),
        (
            "a wrong login",
            |path, was| replaced(path, was, "\"login\": \"lan\"", "\"login\": \"minh\""),
            "says that it is technician minh",
        ),
    ];
    for (what, plant, cause) in STRANGERS.into_iter().chain(no_technicians) {
        let desk = three();
        desk.ok(["tech", "add", "minh"]);
        desk.ok(["tech", "add", "lan"]);
        desk.ok(["assign", "3", "--to", "lan"]);
        let file = desk.data().join("technicians/lan.json");
        let was = fs::read(&file).unwrap();
        fs::remove_file(&file).unwrap();
        if what == "a link to outside" {
            fs::write(desk.beside().join("outside"), &was).unwrap();
            symlink(desk.beside().join("outside"), &file).unwrap();
        } else {
            plant(&file, &was);
        }
        let planted = nature(&file);
        let named = format!("{}: {cause}", file.display());
        let says = |line: &str| {
            let said = say(&desk, line);
            assert!(
                said.error().starts_with(&format!("error: {named}")),
                "{said:?}"
            );
            fails(&said, 7, said.error().trim_start_matches("error: "));
            said.out
        };
        for line in [
            "tech show lan",
            "tech edit lan --tier 2",
            "tech remove lan",
            "assign 1 --to lan",
            "assign 1 --auto",
            "escalate 1 -m x",
        ] {
            assert_eq!(says(line), "", "{what}: {line}");
        }
        assert!(says("tech list").contains("minh"), "{what}");
        assert!(says("tech show minh lan").contains("minh"), "{what}");
        assert!(says("report technicians").contains("technicians"), "{what}");
        for line in [
            "list",
            "show 3",
            "note 1 -m x",
            "tech show minh",
            "tech edit minh --tier 2 --quiet",
            "assign 1 --to minh",
            "take 1 --as minh",
            "escalate 1 -m x --to minh --tier 2",
            "close 1 -m x --as minh",
        ] {
            let said = say(&desk, line);
            assert_eq!((said.code, said.err.as_str()), (0, ""), "{what}: {line}");
        }
        let checked = say(&desk, "fsck");
        assert!(checked.out.starts_with(&named), "{what}: {checked:?}");
        assert_eq!((checked.out.lines().count(), checked.code), (1, 7));
        assert_eq!(nature(&file), planted, "{what}");
    }
}

#[test]
fn a_newer_technician_is_read_and_not_written() {
    let desk = three();
    desk.ok(["tech", "add", "lan", "--tier", "2"]);
    let file = desk.data().join("technicians/lan.json");
    let was = fs::read(&file).unwrap();
    replaced(
        &file,
        &was,
        "\"desk_technician\": 1",
        "\"desk_technician\": 2, \"x\": [1]",
    );
    let before = fs::read(&file).unwrap();
    assert!(desk.ok(["tech", "show", "lan"]).out.contains("lan"));
    let error = "technician lan is of format 2, newer than this desk writes (1)";
    fails(&say(&desk, "tech edit lan --tier 1"), 4, error);
    assert_eq!(fs::read(&file).unwrap(), before);
    desk.ok(["assign", "1", "--to", "lan"]);
}

#[test]
fn an_unknown_field_of_a_technician_is_kept() {
    let desk = three();
    desk.ok(["tech", "add", "lan"]);
    let file = desk.data().join("technicians/lan.json");
    let was = fs::read(&file).unwrap();
    replaced(
        &file,
        &was,
        "\"tier\": 1",
        "\"x\": {\"y\": [1, null]}, \"tier\": 1",
    );
    desk.ok(["tech", "edit", "lan", "--tier", "2"]);
    let now: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    assert_eq!(
        (&now["x"], &now["tier"]),
        (&json!({"y": [1, null]}), &json!(2))
    );
}

#[test]
fn bad_settings_are_named_and_nothing_is_written() {
    let table: [(Plant, &str, i32); 14] = [
        (
            |path, _| fs::write(path, "version = 2\n").unwrap(),
            "desk.toml, line 1: unknown field `version`, expected one of ",
            2,
        ),
        (
            |path, _| fs::write(path, "timezone = 'UTC'\ntimezone = 'UTC'\n").unwrap(),
            "desk.toml, line 2: duplicate key",
            2,
        ),
        (
            |path, _| fs::write(path, "a = \u{1b}[2J\n").unwrap(),
            "desk.toml, line 1: ",
            2,
        ),
        (
            |path, _| fs::write(path, format!("a={}", "[".repeat(10_000))).unwrap(),
            "desk.toml, line 1: cannot recurse further; max recursion depth met",
            2,
        ),
        (
            |path, _| fs::write(path, "\n\u{1b} = 1\n").unwrap(),
            "desk.toml, line 2: ",
            2,
        ),
        (
            |path, _| fs::write(path, "timezone = 1\n").unwrap(),
            "desk.toml, line 1: invalid type: integer `1`, expected a string",
            2,
        ),
        (
            |path, _| fs::write(path, "[reports]\nfirst_contact_minutes = 4294967296\n").unwrap(),
            "desk.toml, line 2: ",
            2,
        ),
        (
            |path, _| fs::write(path, "tiers = []\n").unwrap(),
            "desk.toml, line 1: there must be 1 to 255 tiers",
            2,
        ),
        (
            |path, _| fs::write(path, b"timezone = \"\xff\"").unwrap(),
            "{}: is not UTF-8",
            7,
        ),
        (
            |path, _| fs::File::create(path).unwrap().set_len(9 << 20).unwrap(),
            "{}: has 9437184 bytes; 8 MiB are the most that is read",
            7,
        ),
        (
            |path, _| mkfifo(path, Mode::S_IRWXU).unwrap(),
            "{}: is a FIFO, not a file",
            7,
        ),
        (
            |path, _| fs::create_dir(path).unwrap(),
            "{}: is a folder, not a file",
            7,
        ),
        (
            |path, _| symlink("/etc/hostname", path).unwrap(),
            "{}: is a symbolic link, not a file",
            7,
        ),
        (
            |path, _| drop(UnixListener::bind(path).unwrap()),
            "{}: is a socket, not a file",
            7,
        ),
    ];
    for (plant, error, code) in table {
        let desk = three();
        let file = desk.data().join("desk.toml");
        plant(&file, b"");
        let before = tickets(&desk);
        let error = error.replace("{}", &file.display().to_string());
        for line in [
            "list",
            "show 1",
            "open x",
            "note 1 -m x",
            "report",
            "tech add lan",
        ] {
            let said = say(&desk, line);
            assert!(
                said.error().starts_with(&format!("error: {error}")),
                "{said:?}"
            );
            fails(&said, code, said.error().trim_start_matches("error: "));
        }
        let checked = say(&desk, "fsck");
        let named = format!("{}: ", file.display());
        assert!(checked.out.starts_with(&named), "{checked:?}");
        assert_eq!((checked.out.lines().count(), checked.code), (1, 7));
        assert_eq!(tickets(&desk), before);
    }
}

#[test]
fn settings_at_their_ends() {
    let desk = three();
    let text = format!(
        "[reports]\nfirst_contact_minutes = 4294967295\n{}",
        "[[tiers]]\nname = 'x'\n".repeat(255)
    );
    fs::write(desk.data().join("desk.toml"), text).unwrap();
    assert_eq!(say(&desk, "report --period today").code, 0);
    assert_eq!(say(&desk, "escalate 1 -m x --tier 255").code, 0);
    assert_eq!(say(&desk, "escalate 1 -m x").code, 0);
    let mut ticket = desk.ticket(1);
    for tier in [0, 255] {
        ticket["tier"] = tier.into();
        fs::write(desk.file(1), ticket.to_string()).unwrap();
        for line in [
            "show 1",
            "list",
            "report",
            "escalate 1 -m x -n",
            "escalate 1 --tier 1 -m x -n",
        ] {
            let said = say(&desk, line);
            assert!([0, 4].contains(&said.code), "{line}: {said:?}");
        }
    }
}

#[test]
fn merges_that_somebody_made_a_circle_end() {
    let desk = Desk::new();
    for subject in ["one", "two", "three", "four"] {
        desk.open([subject]);
    }
    for (id, into) in [(1, 2), (2, 3), (3, 1)] {
        let mut ticket = desk.ticket(id);
        ticket["merged_into"] = into.into();
        fs::write(desk.file(id), ticket.to_string()).unwrap();
    }
    for line in ["note 1 -m x", "merge 4 --into 1"] {
        let said = say(&desk, line);
        fails(&said, 4, said.error().trim_start_matches("error: "));
    }
    assert_eq!(say(&desk, "show 1 2 3").code, 0);
    assert_eq!(say(&desk, "fsck").code, 7);
}
