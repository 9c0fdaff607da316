//! What must give no alarm, and how far a check is.

use std::fs;
use std::path::Path;
use std::process::Command;

use nix::unistd::Uid;
use serde_json::json;

use super::damage::copy;
use super::{edit, findings, forge, healthy, set_mode};
use crate::harness::{DESK, Desk, has, skip_unless};

fn run(program: &str, args: &[&str], folder: &Path) {
    let output = Command::new(program)
        .args(args)
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .output()
        .unwrap();
    assert!(output.status.success(), "{args:?}: {output:?}");
}

#[test]
fn a_copy_that_keeps_everything_gives_no_alarm() {
    let whole = healthy();
    let desk = copy(&whole);
    let said = desk.ok(["fsck"]);
    assert_eq!(said.out, "");
    assert_eq!(
        said.err,
        "checked 6 tickets and 2 technicians: nothing is wrong\n"
    );
}

/// git keeps neither groups nor modes, nor empty folders.
#[test]
fn a_clone_gives_no_alarm() {
    if !has("git") {
        return;
    }
    let whole = healthy();
    let data = whole.data();
    run("git", &["init", "-q"], &data);
    run("git", &["add", "-A"], &data);
    let me = ["-c", "user.name=Minh", "-c", "user.email=minh@example.com"];
    run("git", &[&me[..], &["commit", "-qm", "x"]].concat(), &data);
    let notes = |desk: &Desk| {
        let kinds = findings(desk, "notes").into_iter().map(|(kind, ..)| kind);
        kinds.collect::<std::collections::BTreeSet<_>>()
    };
    for umask in ["022", "002", "077"] {
        let desk = Desk::new();
        let clone = format!(
            "umask {umask} && git clone -q {} {}",
            data.display(),
            desk.data().display()
        );
        run("sh", &["-c", &clone], desk.beside());
        assert_eq!(findings(&desk, "findings"), [], "{umask}");
        assert!(
            notes(&desk).iter().all(|kind| kind == "open_lock"),
            "{umask}"
        );
        desk.ok(["fsck", "--repair"]);
        assert!(notes(&desk).is_empty());
        desk.ok(["note", "1", "-m", "and it goes on"]);
        assert_eq!(desk.open(["next"]), 7);
        assert_eq!(desk.ok(["fsck"]).out, "");
    }
}

#[test]
fn a_copy_of_somebody_else_is_told_once() {
    if !skip_unless(Uid::effective().is_root(), "only root can give files away") {
        return;
    }
    let desk = healthy();
    run("chown", &["-R", "4242", "data"], desk.beside());
    let notes = findings(&desk, "notes");
    assert_eq!(notes.len(), 1, "{notes:?}");
    assert_eq!((notes[0].0.as_str(), notes[0].1.as_str()), ("copied", ""));
    assert!(
        notes[0]
            .2
            .starts_with("6 files of tickets belong to its owner"),
        "{notes:?}"
    );
}

#[test]
fn what_a_later_version_wrote_gives_no_alarm() {
    let desk = healthy();
    forge(&desk.file(2), |ticket| {
        ticket["x-sla"] = json!({"breached": false});
        ticket["x-mood"] = "good".into();
        let at = ticket["updated"].clone();
        let events = ticket["events"].as_array_mut().unwrap();
        events.push(
            json!({"seq": 3, "at": at, "by": "minh", "real": "root", "event": "promised",
            "op": "x", "x-by": [1, {"b": 2, "a": 1}],
            "changed": {"status": ["open", "closed"], "x-mood": ["bad", "good"]}}),
        );
        ticket["rev"] = 3.into();
        ticket["status"] = "closed".into();
        ticket["solved"] = ticket["updated"].clone();
        ticket["closed"] = ticket["updated"].clone();
    });
    edit(&desk.data().join("technicians/lan.json"), |lan| {
        lan["x-phone"] = "12".into()
    });
    // A version before this one did not know of tiers.
    edit(&desk.file(6), |ticket| {
        drop(ticket.as_object_mut().unwrap().remove("stars"))
    });
    fs::write(desk.data().join("README.txt"), "Our help desk\n").unwrap();
    let found = findings(&desk, "findings");
    let by_name: Vec<_> = found
        .iter()
        .filter(|(kind, ..)| kind != "wrong_owner")
        .collect();
    assert!(by_name.is_empty(), "{by_name:?}");
}

#[test]
fn a_data_directory_of_any_mode_is_the_measure_of_what_is_in_it() {
    for mode in [0o700, 0o755, 0o770, 0o2770, 0o3775, 0o777] {
        let desk = Desk::new();
        fs::create_dir(desk.data()).unwrap();
        set_mode(&desk.data(), mode);
        desk.ok(["tech", "add", "lan"]);
        desk.open(["one"]);
        desk.open(["two"]);
        desk.ok(["note", "1", "-m", "x"]);
        let said = desk.ok(["fsck"]);
        assert_eq!(
            said.err, "checked 2 tickets and 1 technician: nothing is wrong\n",
            "{mode:o}"
        );
    }
}

/// What a terminal gets on stderr while so many tickets are checked.
fn on_terminal(desk: &Desk, line: &str) -> String {
    let typed = format!("'{DESK}' {line} >/dev/null; true");
    let plain = desk.command([line]);
    let vars: Vec<_> = plain
        .get_envs()
        .filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())))
        .collect();
    let output = Command::new("script")
        .args(["-qec", &typed, "/dev/null"])
        .env_clear()
        .envs(vars)
        .env("SHELL", "/bin/sh")
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let shown = String::from_utf8(output.stdout).unwrap();
    shown.replace("^D\u{8}\u{8}", "").replace("\r\n", "\n")
}

#[test]
fn who_waits_at_a_terminal_sees_how_far_it_is() {
    if !has("script") {
        return;
    }
    let desk = healthy();
    let folder = desk.data().join("tickets/0000");
    let text = fs::read_to_string(desk.file(6)).unwrap();
    // As many as take a while: that they are not what they say they are does not matter.
    for id in 7..4000 {
        let text = text.replacen("\"id\": 6", &format!("\"id\": {id}"), 1);
        fs::write(folder.join(format!("{id}.json")), text).unwrap();
        set_mode(&folder.join(format!("{id}.json")), 0o640);
    }
    fs::write(desk.data().join(".desk/number"), "3999\n").unwrap();
    let shown = on_terminal(&desk, "fsck");
    let progress: Vec<_> = shown.split("\r\u{1b}[K").collect();
    assert!(progress.len() > 2, "{shown:?}");
    let lines = &progress[1..progress.len() - 1];
    assert!(
        lines
            .iter()
            .all(|line| line.ends_with(" of 3999 tickets") || line.is_empty()),
        "{lines:?}"
    );
    // The last thing that happens to the line is that it is wiped.
    assert!(
        progress.last().unwrap().starts_with("checked 3999 tickets"),
        "{shown:?}"
    );
    assert!(!on_terminal(&desk, "fsck -q").contains("of 3999"));
    assert!(!desk.run(["fsck"]).err.contains("of 3999"));
    let small = healthy();
    assert_eq!(
        on_terminal(&small, "fsck"),
        "checked 6 tickets and 2 technicians: nothing is wrong\n"
    );
}
