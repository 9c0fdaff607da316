//! What somebody put where desk keeps its own: locks, temporaries, counter, journal, folders.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use nix::sys::stat::Mode;
use nix::unistd::mkfifo;
use serde_json::Value;

use super::{fails, files_below, say, three, tickets};
use crate::harness::Desk;

/// Puts something where desk wants its own.
type Plant = fn(&Desk, &Path);

fn fifo(path: &Path) {
    mkfifo(path, Mode::S_IRWXU).unwrap();
}

fn remove(path: &Path) {
    let _ = fs::remove_file(path);
    let _ = fs::remove_dir_all(path);
}

/// A folder that nothing may be written to.
fn outside(desk: &Desk) -> std::path::PathBuf {
    let outside = desk.beside().join("outside");
    fs::create_dir_all(&outside).unwrap();
    outside
}

/// Reads go on as if nothing were, these lines fail with this, `fsck` names it, and when it is
/// taken away all is as before.
fn stops(desk: &Desk, path: &Path, cause: &str, lines: &[&str]) {
    let before = tickets(desk);
    let named = format!("{}: {cause}", path.display());
    for line in lines {
        fails(&say(desk, line), 7, &named);
    }
    for line in [
        "list",
        "show 1",
        "log",
        "report",
        "status",
        "show 2 --json",
        "tech list",
    ] {
        assert_eq!(say(desk, line).code, 0, "{cause}: {line}");
    }
    let checked = say(desk, "fsck");
    assert_eq!((checked.out, checked.code), (format!("{named}\n"), 7));
    assert_eq!(tickets(desk), before);
    assert!(files_below(&outside(desk)).is_empty());
    remove(path);
    for line in lines {
        assert_eq!(say(desk, line).code, 0, "{cause}: {line}");
    }
    assert_eq!(desk.ok(["fsck"]).out, "");
}

#[test]
fn a_folder_that_is_none_stops_writers_only() {
    let lines = ["open x", "note 2 -m x", "tech add minh"];
    for name in [".desk", ".desk/locks", ".desk/tmp"] {
        let kinds: [(Plant, &str); 4] = [
            (
                |_, path| fs::write(path, "x").unwrap(),
                "is a file, not a folder",
            ),
            (|_, path| fifo(path), "is a FIFO, not a folder"),
            (
                |desk, path| symlink(outside(desk), path).unwrap(),
                "is a symbolic link, not a folder",
            ),
            (
                |_, path| symlink("/nonexistent", path).unwrap(),
                "is a symbolic link, not a folder",
            ),
        ];
        for (plant, cause) in kinds {
            let desk = three();
            let path = desk.data().join(name);
            remove(&path);
            plant(&desk, &path);
            stops(&desk, &path, cause, &lines);
        }
    }
}

#[test]
fn a_file_that_is_none_stops_writers_only() {
    let kinds: [(Plant, &str); 3] = [
        (
            |_, path| fs::create_dir(path).unwrap(),
            "is a folder, not a file",
        ),
        (|_, path| fifo(path), "is a FIFO, not a file"),
        (
            |desk, path| symlink(outside(desk).join("x"), path).unwrap(),
            "is a symbolic link, not a file",
        ),
    ];
    let table: [(&str, &[&str]); 4] = [
        (".desk/number", &["open x"]),
        (".desk/journal", &["note 2 -m x", "open x"]),
        (".desk/locks/ticket-002", &["note 2 -m x"]),
        (".desk/locks/assignment", &["tech add minh"]),
    ];
    for (name, lines) in table {
        for (plant, cause) in kinds {
            let desk = three();
            let path = desk.data().join(name);
            remove(&path);
            plant(&desk, &path);
            stops(&desk, &path, cause, lines);
        }
    }
}

#[test]
fn what_lies_where_a_temporary_goes_is_not_followed() {
    for plant in [
        (|_, path| fifo(path)) as Plant,
        |desk, path| symlink(outside(desk).join("x"), path).unwrap(),
        |desk, path| symlink(desk.file(1), path).unwrap(),
        |_, path| fs::write(path, "left behind").unwrap(),
    ] {
        let desk = three();
        let one = fs::read(desk.file(1)).unwrap();
        plant(&desk, &desk.data().join(".desk/tmp/2"));
        desk.ok(["note", "2", "-m", "x"]);
        assert_eq!(fs::read(desk.file(1)).unwrap(), one);
        assert!(files_below(&outside(&desk)).is_empty());
        assert_eq!(desk.ok(["fsck"]).out, "");
    }
    let desk = three();
    let path = desk.data().join(".desk/tmp/2");
    fs::create_dir(&path).unwrap();
    stops(&desk, &path, "is a folder, not a file", &["note 2 -m x"]);
}

#[test]
fn tickets_are_not_looked_for_outside() {
    for name in ["tickets", "tickets/0000"] {
        let desk = three();
        let path = desk.data().join(name);
        let away = desk.beside().join("away");
        fs::rename(&path, &away).unwrap();
        symlink(&away, &path).unwrap();
        let before = files_below(&away);
        let named = format!("{}: is a symbolic link, not a folder", path.display());
        for line in [
            "list",
            "show 1",
            "open x",
            "note 1 -m x",
            "report",
            "search one",
        ] {
            fails(&say(&desk, line), 7, &named);
        }
        let checked = say(&desk, "fsck");
        assert_eq!((checked.out, checked.code), (format!("{named}\n"), 7));
        assert_eq!(files_below(&away), before);
    }
    let desk = three();
    remove(&desk.data().join("tickets"));
    fs::write(desk.data().join("tickets"), "").unwrap();
    let path = desk.data().join("tickets");
    let named = format!("{}: is a file, not a folder", path.display());
    for line in ["list", "show 1", "open x", "note 1 -m x", "report"] {
        fails(&say(&desk, line), 7, &named);
    }
}

#[test]
fn a_folder_of_tickets_that_is_none_hides_no_other() {
    let desk = three();
    let path = desk.data().join("tickets/0001");
    fifo(&path);
    fs::create_dir(desk.data().join("tickets/x")).unwrap();
    let named = format!("{}: is a FIFO, not a folder", path.display());
    for line in ["list", "report", "status", "log"] {
        let said = say(&desk, line);
        fails(&said, 7, &named);
        assert!(!said.out.is_empty());
    }
    assert_eq!(say(&desk, "--json list").json()["total"], 3);
    fails(&say(&desk, "show 10000"), 7, &named);
    assert_eq!(desk.open(["four"]), 4);
    assert_eq!(say(&desk, "fsck").out.lines().count(), 2);
}

#[test]
fn a_counter_that_is_lost_or_wrong_gives_no_number_twice() {
    let table: [(&[u8], u64); 9] = [
        (b"hello\x1b\xff", 4),
        (b"", 4),
        (b"1\n", 4),
        (b"0\n", 4),
        (b"-1\n", 4),
        (&[0; 21], 4),
        (b"5000000\n", 5_000_001),
        // Past what JSON's readers hold exactly, nothing was ever given.
        (b"9007199254740992\n", 4),
        (b"18446744073709551615\n", 4),
    ];
    for (counter, next) in table {
        let desk = three();
        let before = tickets(&desk);
        fs::write(desk.data().join(".desk/number"), counter).unwrap();
        assert_eq!(desk.open(["next"]), next, "{counter:?}");
        assert_eq!(desk.open(["one more"]), next + 1, "{counter:?}");
        let after = tickets(&desk);
        assert!(before.iter().all(|(path, bytes)| after[path] == *bytes));
        assert_eq!(after.len(), 5);
    }
    let desk = three();
    let last = desk.data().join("tickets/900719925474");
    fs::create_dir(&last).unwrap();
    fs::write(last.join("9007199254740991.json"), "").unwrap();
    fs::write(desk.data().join(".desk/number"), "").unwrap();
    let error = "no number is left: the highest that can be given is 9007199254740991";
    fails(&say(&desk, "open x"), 4, error);
}

#[test]
fn numbers_that_run_out_are_refused_line_by_line() {
    for (mode, opened) in [("--keep-going", 10), ("--atomic", 0)] {
        let desk = three();
        let counter = format!("{:020}\n", (1_u64 << 53) - 11);
        fs::write(desk.data().join(".desk/number"), counter).unwrap();
        let lines = "{\"op\":\"open\",\"subject\":\"x\"}\n".repeat(600);
        let answers = desk.feed(["batch", "--json", mode], lines).json_lines();
        let is_opened = |answer: &&Value| answer["ticket"].is_u64();
        assert_eq!(answers.iter().filter(is_opened).count(), opened, "{mode}");
        let cause = |answer: &Value| answer["error"]["message"].as_str().unwrap().to_owned();
        let last = cause(&answers[599]);
        assert_eq!(
            (answers.len(), last.contains("no number is left")),
            (600, true),
            "{mode}"
        );
        assert_eq!(tickets(&desk).len(), 3 + opened, "{mode}");
        assert_eq!(desk.ok(["fsck"]).out, "");
    }
}

#[test]
fn a_journal_of_rubbish_changes_no_answer() {
    let desk = three();
    desk.ok(["edit", "2", "--ref", "INC2"]);
    let rubbish: Vec<u8> = (0..=255).cycle().take(70_000).collect();
    let lines = b"E 0 1 99 a b\nE 99999999999999999999 0 x\nE\nB 0 2\nE 18446744073709551615 18446744073709551615 18446744073709551615 a b\nB 0 2";
    for journal in [&rubbish[..], lines, b"", &[0; 4096]] {
        fs::write(desk.data().join(".desk/journal"), journal).unwrap();
        let rev = desk.ticket(2)["rev"].as_u64().unwrap();
        assert_eq!(desk.ok(["show", "INC2", "--json"]).json()["id"], 2);
        desk.ok(["note", "INC2", "-m", "x"]);
        assert_eq!(desk.ticket(2)["rev"], rev + 1);
        let lines = "{\"op\":\"open\",\"subject\":\"x\",\"ref\":\"INC9\"}\n{\"op\":\"note\",\"ticket\":\"INC9\",\"message\":\"x\"}\n{\"op\":\"edit\",\"ticket\":\"INC9\",\"ref\":null}\n";
        assert_eq!(desk.feed(["batch"], lines).code, 0);
        assert_eq!(desk.ok(["fsck"]).out, "");
    }
}
