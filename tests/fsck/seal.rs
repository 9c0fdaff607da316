//! What a seal proves that was kept elsewhere.

use std::fs;

use super::damage::copy;
use super::{digest, edit, findings, forge, healthy, read, sha256};
use crate::harness::{Desk, Said};

fn sealed(desk: &Desk) -> String {
    desk.ok(["fsck", "--seal"]).out
}

/// Holds a help desk against a seal.
fn against(desk: &Desk, seal: &str) -> Said {
    desk.feed(["fsck", "--against", "-"], seal)
}

#[test]
fn a_seal_is_the_same_bytes_for_the_same_tickets() {
    let desk = healthy();
    let seal = sealed(&desk);
    let mut expected = "desk seal 1\n".to_owned();
    for (id, rev) in [(1, 4), (2, 2), (3, 2), (4, 2), (5, 1), (6, 1)] {
        let digest = digest(&read(&desk.file(id)));
        expected += &format!("{id} {rev} {digest}\n");
    }
    let hash = sha256(expected.as_bytes());
    let all: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    expected += &format!("all 6 {all}\n");
    assert_eq!(seal, expected);
    // Nothing of it comes from the form of a file.
    let other = copy(&desk);
    for id in 1..=6 {
        fs::write(other.file(id), read(&other.file(id)).to_string()).unwrap();
    }
    assert_eq!(sealed(&other), seal);
}

#[test]
fn what_has_grown_since_is_not_told() {
    let mut desk = healthy();
    let seal = sealed(&desk);
    let said = against(&desk, &seal);
    assert_eq!((said.code, said.out.as_str()), (0, ""));
    desk.at("2026-11-22T12:00:00Z");
    desk.ok(["note", "1", "2", "3", "-m", "More"]);
    desk.ok(["reopen", "1", "-m", "Jams again"]);
    desk.open(["Something new"]);
    let said = against(&desk, &seal);
    assert_eq!((said.code, said.out.as_str()), (0, ""));
    let kept = desk.beside().join("seal");
    fs::write(&kept, &seal).unwrap();
    desk.ok(["fsck", "--against", kept.to_str().unwrap()]);
}

#[test]
fn what_a_digest_alone_cannot_show_is_found() {
    let desk = healthy();
    let seal = sealed(&desk);
    // The last event taken back, and everything with it.
    let shorter = copy(&desk);
    forge(&shorter.file(2), |ticket| {
        ticket["events"].as_array_mut().unwrap().pop();
        ticket["rev"] = 1.into();
        ticket["updated"] = ticket["opened"].clone();
        ticket["status"] = "new".into();
        ticket["assignee"] = serde_json::Value::Null;
    });
    assert_eq!(findings(&shorter, "findings"), []);
    let said = against(&shorter, &seal);
    let path = shorter.file(2).display().to_string();
    assert_eq!(
        said.out,
        format!("{path}: has 1 events, but 2 were sealed\n")
    );
    assert_eq!(said.code, 7);
    // A past that was written anew.
    let changed = copy(&desk);
    forge(&changed.file(1), |ticket| {
        ticket["events"][1]["message"] = "Did nothing".into();
    });
    assert_eq!(findings(&changed, "findings"), []);
    let said = against(&changed, &seal);
    let path = changed.file(1).display().to_string();
    let cause = "has another past than was sealed at revision 4";
    assert_eq!((said.out, said.code), (format!("{path}: {cause}\n"), 7));
    // The same, with something new on top.
    changed.ok(["note", "1", "-m", "More"]);
    assert_eq!(against(&changed, &seal).code, 7);
    // A ticket gone, and all of them.
    let gone = copy(&desk);
    fs::remove_file(gone.file(6)).unwrap();
    assert_eq!(findings(&gone, "findings"), []);
    let said = against(&gone, &seal);
    let path = gone.file(6).display().to_string();
    assert_eq!(
        (said.out, said.code),
        (format!("{path}: was sealed, and is not there\n"), 7)
    );
    let nothing = Desk::new();
    assert_eq!(against(&nothing, &seal).out.lines().count(), 6);
    // One set aside is not there either.
    let aside = copy(&desk);
    fs::write(aside.file(6), "").unwrap();
    aside.ok(["fsck", "--repair"]);
    assert_eq!(against(&aside, &seal).out.lines().count(), 1);
}

#[test]
fn what_is_not_proved_is_not_sealed() {
    let desk = healthy();
    edit(&desk.file(1), |ticket| {
        ticket["events"][1]["message"] = "x".into()
    });
    fs::write(desk.file(3), "").unwrap();
    let said = desk.run(["fsck", "--seal"]);
    assert_eq!(said.code, 7);
    let numbers: Vec<_> = said
        .out
        .lines()
        .map(|line| line.split(' ').next().unwrap())
        .collect();
    assert_eq!(numbers, ["desk", "2", "4", "5", "6", "all"]);
    let errors: Vec<_> = said.err.lines().collect();
    assert_eq!(errors.len(), 2, "{errors:?}");
    assert!(errors[0].starts_with("error: not sealed: ") && errors[0].ends_with("made of"));
    assert!(errors[1].ends_with("3.json: is empty"), "{errors:?}");
}

#[test]
fn a_seal_that_was_damaged_is_told_by_its_line() {
    let desk = healthy();
    let seal = sealed(&desk);
    let lines: Vec<_> = seal.lines().collect();
    let without = |line: usize| {
        let mut lines = lines.clone();
        lines.remove(line);
        lines.join("\n") + "\n"
    };
    let table: [(String, &str); 11] = [
        (String::new(), "line 1 is missing: the seal has no end"),
        ("hello\n".into(), "line 1 is not the beginning of a seal"),
        (
            seal.replace("seal 1", "seal 2"),
            "line 1 is not the beginning of a seal",
        ),
        (without(7), "line 8 is missing: the seal has no end"),
        (without(3), "line 7 does not fit the lines before"),
        (
            seal.replacen("\n2 2 ", "\n2 3 ", 1),
            "line 8 does not fit the lines before",
        ),
        (
            seal.replacen("\n2 2 ", "\n2  2 ", 1),
            "line 3 is not the next number, a revision and a digest",
        ),
        (
            seal.replacen("\n2 2 ", "\n1 2 ", 1),
            "line 3 is not the next number, a revision and a digest",
        ),
        (seal.trim_end().to_owned(), "line 8 is cut off, or too long"),
        (format!("{seal}more\n"), "line 8 is followed by something"),
        (
            format!("desk seal 1\n{}", "1".repeat(1_000_000)),
            "line 2 is cut off, or too long",
        ),
    ];
    for (seal, cause) in table {
        let said = against(&desk, &seal);
        assert_eq!(said.error(), format!("error: standard input: {cause}"));
        assert_eq!((said.code, said.out.as_str()), (2, ""));
    }
    let said = desk.run(["fsck", "--against", "/nonexistent/seal"]);
    assert_eq!((said.code, said.err.lines().count()), (1, 1), "{said:?}");
}

#[test]
fn flags_that_do_not_go_together_are_refused() {
    let desk = healthy();
    for line in [
        "fsck --seal --repair",
        "fsck --seal --against x",
        "fsck --repair --against x",
        "fsck --dry-run",
        "fsck --seal --json",
    ] {
        assert_eq!(desk.say(line).code, 2, "{line}");
    }
}
