//! Readers that go away, outputs that are full, and descriptors that are closed.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write, pipe};
use std::path::Path;
use std::process::Stdio;

use super::{fails, run, three};
use crate::harness::{Desk, Said, skip_unless};

const NOTES: &str = "{\"op\":\"note\",\"ticket\":1,\"message\":\"x\"}\n{\"op\":\"note\",\"ticket\":2,\"message\":\"x\"}\n{\"op\":\"open\",\"subject\":\"four\"}\n";

/// Runs a command whose stdout nobody reads.
fn unread(desk: &Desk, line: &str, input: &str) -> Said {
    let (reader, writer) = pipe().unwrap();
    drop(reader);
    let mut command = desk.command(line.split_whitespace());
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(writer)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let _ = stdin.write_all(input.as_bytes());
    drop(stdin);
    child.wait_with_output().unwrap().into()
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let desk = three();
    for id in 0..40 {
        desk.open([format!("{id} {}", "x".repeat(400))]);
    }
    for line in [
        "list",
        "--json list",
        "--format csv list",
        "show 1 2 3",
        "show 1 --json",
        "log",
        "--json log",
        "search x",
        "status",
        "report",
        "--json report",
        "tech list",
        "fsck --json",
        "export",
        "--json export",
        "--format csv export",
        "completions bash",
        "help",
        "help open",
        "--help",
        "--version",
    ] {
        let said = unread(&desk, line, "");
        let talk = said.err.lines().filter(|line| line.contains("error"));
        assert_eq!((said.code, talk.count()), (0, 0), "{line}: {said:?}");
    }
    let said = unread(&desk, "show 1 99", "");
    fails(&said, 3, "there is no ticket `99`");
}

#[test]
fn a_write_goes_on_when_nobody_reads_its_answers() {
    let desk = three();
    assert_eq!(unread(&desk, "open four", "").code, 0);
    assert_eq!(unread(&desk, "note 1 2 3 4 -m x", "").code, 0);
    assert_eq!(unread(&desk, "note 1 99 3 -m x --json", "").code, 6);
    assert_eq!(unread(&desk, "note 99 -m x", "").code, 3);
    let many: String = (0..400)
        .map(|n| format!("{{\"op\":\"note\",\"ticket\":3,\"message\":\"{n}\"}}\n"))
        .collect();
    assert_eq!(unread(&desk, "batch", &many).code, 0);
    assert_eq!(
        unread(&desk, "batch --json", &format!("{many}rubbish\n")).code,
        6
    );
    let revs: Vec<_> = (1..=4).map(|id| desk.ticket(id)["rev"].clone()).collect();
    assert_eq!(revs, [3, 2, 803, 2]);
}

#[test]
fn a_full_output_is_a_failure() {
    let there = Path::new("/dev/full").exists();
    if !skip_unless(there, "there is no /dev/full") {
        return;
    }
    let desk = three();
    desk.ok(["tech", "add", "minh"]);
    let error = "cannot write standard output: No space left on device (os error 28)";
    let full = |line: &str, input: &str| {
        let mut command = desk.command(line.split_whitespace());
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(File::options().write(true).open("/dev/full").unwrap())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        Said::from(child.wait_with_output().unwrap())
    };
    for line in [
        "list",
        "--json list",
        "--format markdown list",
        "show 1",
        "show 1 --json",
        "log",
        "status",
        "report",
        "--json report",
        "--format csv report",
        "tech list",
        "fsck --json",
        "export",
        "--json export",
        "--format csv export",
        "open four",
        "note 1 -m x",
        "take 1 --json",
        "tech add lan --json",
        "--version",
        "--help",
        "help open",
        "completions zsh",
    ] {
        let said = full(line, "");
        let errors: Vec<_> = said
            .err
            .lines()
            .filter(|line| line.starts_with("error"))
            .collect();
        assert_eq!(errors, [format!("error: {error}")], "{line}");
        assert_eq!(said.code, 1, "{line}");
    }
    fails(&full("batch", NOTES), 1, error);
    // Nobody heard of it, but it is done.
    assert_eq!(desk.ticket(4)["subject"], "four");
    assert_eq!(desk.ticket(1)["rev"], 4);
    assert_eq!(desk.ok(["fsck"]).out, "");
    // An answer that could not be told does not hide behind a full stderr.
    let mut command = desk.command(["show", "99"]);
    let nowhere = File::options().write(true).open("/dev/full").unwrap();
    assert_eq!(command.stderr(nowhere).status().unwrap().code(), Some(3));
}

#[test]
fn closed_descriptors_are_not_taken_for_files_of_tickets() {
    let desk = three();
    let closed = |line: &str, closing: &str| {
        let mut shell = desk.command([
            "-c",
            &format!("exec \"$0\" {line} {closing}"),
            crate::harness::DESK,
        ]);
        let mut command = std::process::Command::new("/bin/sh");
        command.args(shell.get_args()).env_clear();
        for (name, value) in shell.get_envs() {
            command.env(name, value.unwrap());
        }
        let _ = shell.stdin(Stdio::null());
        run(&mut command, b"")
    };
    for closing in ["<&-", ">&-", "2>&-", "<&- >&-", ">&- 2>&-", "<&- >&- 2>&-"] {
        for (line, code) in [
            ("list", 0),
            ("show 1 99", 3),
            ("log", 0),
            ("report", 0),
            ("--version", 0),
            ("--nope", 2),
            ("open again -m text --take", 0),
            ("note 1 2 99 -m x", 6),
            ("close 1 -m x", 0),
            ("reopen 1 -m x", 0),
            ("tech add minh", 0),
            ("tech remove nobody", 3),
            ("batch", 0),
            ("note - -m x", 0),
            ("note 1 -F -", 4),
        ] {
            let said = closed(line, closing);
            let expected = match line {
                "tech add minh" if said.code == 4 => 4,
                _ => code,
            };
            assert_eq!(said.code, expected, "{line} {closing}: {said:?}");
        }
    }
    assert_eq!(
        desk.ok(["fsck"]).err,
        "checked 9 tickets and 1 technician: nothing is wrong\n"
    );
    let journal = fs::read_to_string(desk.data().join(".desk/journal")).unwrap();
    assert!(
        journal
            .lines()
            .all(|line| line.starts_with("B 0 ") || line.starts_with("E 0 "))
    );
    assert_eq!(
        fs::read_to_string(desk.data().join(".desk/number")).unwrap(),
        "00000000000000000009\n"
    );
    for lock in fs::read_dir(desk.data().join(".desk/locks")).unwrap() {
        assert_eq!(lock.unwrap().metadata().unwrap().len(), 0);
    }
}

#[test]
fn a_data_directory_that_vanishes_under_a_batch_is_an_error() {
    let desk = three();
    let mut command = desk.command(["batch", "--json"]);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut answers = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut ask = |line: &str| -> serde_json::Value {
        stdin.write_all(line.as_bytes()).unwrap();
        serde_json::from_str(&answers.next().unwrap().unwrap()).unwrap()
    };
    let note = "{\"op\":\"note\",\"ticket\":1,\"message\":\"x\"}\n";
    let open = "{\"op\":\"open\",\"subject\":\"x\",\"ref\":\"R\"}\n";
    assert_eq!(ask(note)["rev"], 2);
    fs::remove_dir_all(desk.data().join(".desk")).unwrap();
    assert_eq!(ask(note)["rev"], 3);
    assert_eq!(ask(open)["ticket"], 4);
    fs::remove_dir_all(desk.data()).unwrap();
    for line in [note, open, note] {
        let answer = ask(line);
        let message = answer["error"]["message"].as_str().unwrap();
        let private = desk.data().join(".desk");
        assert_eq!(
            message,
            format!(
                "cannot make {}: No such file or directory (os error 2)",
                private.display()
            )
        );
        assert_eq!(answer["error"]["code"], "io");
    }
    drop(stdin);
    let said = Said::from(child.wait_with_output().unwrap());
    assert_eq!((said.code, said.err.as_str()), (6, ""));
    assert!(!desk.data().exists());
    assert_eq!(desk.say("open new").out, "1\n");
}
