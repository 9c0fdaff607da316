//! Data directories that cannot be written, found, or filled any further.

use std::ffi::{OsStr, OsString};
use std::fs::{self, Permissions};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{fails, files_below, run, say, three, tickets};
use crate::harness::{DESK, Desk, Said, has, skip_unless};

/// Runs desk as another user, with nothing in the environment; `None` where that cannot be done.
struct Other(&'static str);

impl Other {
    fn new(uid: &'static str) -> Option<Self> {
        let is_root = skip_unless(nix::unistd::Uid::current().is_root(), "not root");
        let other = (is_root && has("setpriv")).then_some(Self(uid))?;
        let starts = other.command(&["--version"]).output().unwrap();
        let reason = "another user cannot run the program where it was built";
        skip_unless(starts.status.success(), reason).then_some(other)
    }

    fn command<S: AsRef<OsStr>>(&self, args: &[S]) -> Command {
        let mut command = Command::new("setpriv");
        let uid = self.0;
        command
            .args([format!("--reuid={uid}"), format!("--regid={uid}")])
            .args(["--clear-groups", "--", DESK])
            .args(args)
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("TZ", "UTC")
            .current_dir("/");
        command
    }

    fn say(&self, data: &Path, line: &str) -> Said {
        let mut args = vec![OsString::from("-C"), data.into()];
        args.extend(line.split_whitespace().map(Into::into));
        run(&mut self.command(&args), b"")
    }
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

/// Lets everybody read what is below a folder.
fn open_to_all(folder: &Path) {
    set_mode(folder, 0o755);
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        match entry.file_type().unwrap().is_dir() {
            true => open_to_all(&entry.path()),
            false => set_mode(&entry.path(), 0o644),
        }
    }
}

#[test]
fn who_may_not_read_gets_one_line() {
    let Some(other) = Other::new("65534") else {
        return;
    };
    let desk = three();
    set_mode(desk.beside(), 0o755);
    set_mode(&desk.data(), 0o700);
    let data = desk.data();
    let error = format!(
        "cannot open {}: Permission denied (os error 13)",
        data.display()
    );
    for line in [
        "list",
        "show 1",
        "log",
        "report",
        "fsck",
        "tech list",
        "open x",
        "note 1 -m x",
    ] {
        fails(&other.say(&data, line), 1, &error);
    }
    let new = desk.beside().join("new");
    let error = format!(
        "cannot make {}: Permission denied (os error 13)",
        new.display()
    );
    fails(&other.say(&new, "open x"), 1, &error);
    assert_eq!(other.say(&new, "list").code, 0);

    // One file that may not be read hides no other.
    open_to_all(&data);
    set_mode(&desk.file(2), 0o600);
    let named = format!(
        "cannot read {}: Permission denied (os error 13)",
        desk.file(2).display()
    );
    let said = other.say(&data, "--json list");
    fails(&said, 1, &named);
    assert_eq!(said.json()["total"], 2);
    fails(&other.say(&data, "show 2"), 1, &named);
}

#[test]
fn who_may_not_write_reads_and_is_told_so_when_writing() {
    let Some(other) = Other::new("65534") else {
        return;
    };
    let desk = three();
    let data = desk.data();
    set_mode(desk.beside(), 0o755);
    open_to_all(&data);
    let before = files_below(&data);
    for line in [
        "list",
        "show 1",
        "log",
        "report",
        "fsck",
        "tech list",
        "status",
        "search one",
    ] {
        let said = other.say(&data, line);
        assert_eq!(said.code, 0, "{line}: {said:?}");
    }
    assert_eq!(other.say(&data, "note 1 -m x --dry-run").code, 0);
    for line in [
        "open x",
        "note 2 -m x",
        "close 2 -m x",
        "tech add lan",
        "take 1 2 3",
    ] {
        let said = other.say(&data, line);
        let error = said.error();
        assert!(
            error.starts_with(&format!("error: cannot make {}", data.display()))
                || error.starts_with(&format!("error: cannot open {}", data.display())),
            "{said:?}"
        );
        assert!(
            error.ends_with(": Permission denied (os error 13)"),
            "{said:?}"
        );
        let code = if line.starts_with("take") { 6 } else { 1 };
        assert_eq!(said.code, code, "{said:?}");
    }
    assert_eq!(files_below(&data), before);
}

#[test]
fn a_user_without_a_name_or_a_home() {
    let Some(other) = Other::new("54321") else {
        return;
    };
    let desk = Desk::new();
    set_mode(desk.beside(), 0o777);
    let error = "there is no home to keep tickets in";
    for line in [&["list"][..], &["open", "x"], &["fsck"]] {
        fails(&run(&mut other.command(line), b""), 2, error);
    }
    let data = desk.data();
    let said = other.say(&data, "open x --take");
    assert_eq!((said.out.as_str(), said.code), ("1\n", 0), "{said:?}");
    let ticket = other.say(&data, "show 1 --json").json();
    assert_eq!(ticket["assignee"], "uid54321");
    assert_eq!(ticket["events"][0]["by"], "uid54321");
    let ticket = other.say(&data, "note 1 -m x --as lan");
    assert_eq!(ticket.code, 0);
    let ticket = other.say(&data, "show 1 --json").json();
    assert_eq!(ticket["events"][1]["real"], "uid54321");
}

#[test]
fn an_empty_environment_is_enough() {
    let desk = three();
    let bare = |line: &str| {
        let mut command = Command::new(DESK);
        command
            .arg("-C")
            .arg(desk.data())
            .args(line.split(' '))
            .env_clear();
        run(&mut command, b"")
    };
    for line in [
        "list",
        "show 1",
        "log",
        "report",
        "status",
        "fsck",
        "open x",
        "note 1 -m x",
    ] {
        assert_eq!(bare(line).code, 0, "{line}");
    }
    fails(&bare("nope"), 2, "there is no command `nope`");
    fails(&bare("note 1"), 4, "the text of the note is missing");
}

#[test]
fn a_program_that_happens_to_lie_here_is_not_run() {
    let desk = three();
    let here = desk.beside().join("here");
    fs::create_dir(&here).unwrap();
    fs::write(here.join("desk-evil"), "#!/bin/sh\necho evil\n").unwrap();
    set_mode(&here.join("desk-evil"), 0o755);
    for path in ["", ".", ":", "nowhere:"] {
        let mut command = desk.command(["evil"]);
        let said = run(command.env("PATH", path).current_dir(&here), b"");
        fails(&said, 2, "there is no command `evil`");
    }
    let mut command = desk.command(["evil"]);
    let said = run(command.env_remove("PATH").current_dir(&here), b"");
    fails(&said, 2, "there is no command `evil`");
    let mut command = desk.command(["../evil"]);
    fails(
        &run(command.env("PATH", &here), b""),
        2,
        "there is no command `../evil`",
    );
    let mut command = desk.command(["evil"]);
    assert_eq!(run(command.env("PATH", &here), b"").out, "evil\n");
}

#[test]
fn data_directories_of_all_kinds() {
    let desk = Desk::new();
    let at = |path: &Path, line: &str| {
        let mut command = desk.command(line.split(' '));
        run(command.env("DESK_DATA_DIR", path), b"")
    };
    let file = desk.beside().join("file");
    fs::write(&file, "x").unwrap();
    for path in [file.clone(), file.join("x"), PathBuf::from("/dev/null")] {
        let error = format!(
            "cannot open {}: Not a directory (os error 20)",
            path.display()
        );
        for line in [
            "list",
            "show 1",
            "open x",
            "note 1 -m x",
            "fsck",
            "tech add lan",
        ] {
            fails(&at(&path, line), 1, &error);
        }
    }
    let dangling = desk.beside().join("dangling");
    std::os::unix::fs::symlink("/nonexistent/x", &dangling).unwrap();
    let error = format!(
        "cannot make {}: File exists (os error 17)",
        dangling.display()
    );
    fails(&at(&dangling, "open x"), 1, &error);
    assert_eq!(at(&dangling, "list").code, 0);

    let deep = desk.beside().join("a/b/c");
    assert_eq!(at(&deep, "open x").out, "1\n");
    let link = desk.beside().join("link");
    std::os::unix::fs::symlink(&deep, &link).unwrap();
    assert_eq!(at(&link, "open x").out, "2\n");

    let raw = desk.beside().join(OsStr::from_bytes(b"raw\xff\x1b\n"));
    for (line, out) in [
        ("open x", "1\n"),
        ("open y --ref K", "2\n"),
        ("note K -m x", "2 noted\n"),
    ] {
        assert_eq!(at(&raw, line).out, out);
    }
    assert_eq!(at(&raw, "--json list").json()["total"], 2);
    fs::write(raw.join("tickets/0000/2.json"), "").unwrap();
    let shown = format!(
        "{}/raw\u{fffd}␛␊/tickets/0000/2.json",
        desk.beside().display()
    );
    fails(&at(&raw, "show 2"), 7, &format!("{shown}: is empty"));
    assert_eq!(at(&raw, "fsck").out, format!("{shown}: is empty\n"));
    let checked = at(&raw, "--json fsck");
    assert_eq!(checked.code, 7, "{checked:?}");
    let path = shown.replace('␛', "\u{1b}").replace('␊', "\n");
    assert_eq!(checked.json()["findings"][0]["path"], path);
}

/// A small disk of its own.
struct Disk(PathBuf);

impl Disk {
    fn new(at: PathBuf, options: &str) -> Option<Self> {
        let is_root = skip_unless(nix::unistd::Uid::current().is_root(), "not root");
        if !(is_root && has("mount") && has("umount")) {
            return None;
        }
        fs::create_dir(&at).unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", options, "tmpfs"])
            .arg(&at)
            .output()
            .unwrap();
        skip_unless(mounted.status.success(), "a disk cannot be mounted").then_some(Self(at))
    }

    /// Takes all the space that is left.
    fn fill(&self) -> PathBuf {
        use std::io::Write;
        let ballast = self.0.join("ballast");
        let mut file = fs::File::create(&ballast).unwrap();
        while file.write_all(&[0; 4096]).is_ok() {}
        ballast
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

fn leftovers(desk: &Desk) -> usize {
    fs::read_dir(desk.data().join(".desk/tmp")).unwrap().count()
}

#[test]
fn a_disk_that_is_full_loses_nothing() {
    let desk = Desk::new();
    let Some(disk) = Disk::new(desk.data(), "size=1m") else {
        return;
    };
    for subject in ["one", "two", "three"] {
        desk.open([subject]);
    }
    let ballast = disk.fill();
    let before = tickets(&desk);
    let full = ": No space left on device (os error 28)";
    for line in [
        "open x",
        "note 1 -m x",
        "close 2 -m x",
        "edit 3 --tag x",
        "tech add lan",
    ] {
        for _ in 0..3 {
            let said = say(&desk, line);
            assert!(said.error().ends_with(full), "{line}: {said:?}");
            let error = said.error().trim_start_matches("error: ");
            assert!(error.contains(desk.data().to_str().unwrap()));
            fails(&said, 1, error);
            assert_eq!(said.out, "");
        }
    }
    let lines =
        "{\"op\":\"note\",\"ticket\":1,\"message\":\"x\"}\n{\"op\":\"open\",\"subject\":\"x\"}\n";
    let said = run(&mut desk.command(["batch", "--json"]), lines.as_bytes());
    assert_eq!(said.code, 6);
    let codes = said.json_lines();
    assert!(
        codes.iter().all(|answer| answer["error"]["code"] == "io"),
        "{codes:?}"
    );
    assert_eq!(tickets(&desk), before);
    assert_eq!(leftovers(&desk), 0);
    for line in ["list", "show 1", "log", "report", "status"] {
        assert_eq!(say(&desk, line).code, 0, "{line}");
    }
    assert_eq!(desk.ok(["fsck"]).out, "");

    fs::remove_file(ballast).unwrap();
    desk.ok(["note", "1", "-m", "x"]);
    desk.ok(["close", "2", "-m", "x"]);
    assert!(desk.open(["next"]) > 3);
    assert_eq!(desk.ok(["fsck"]).out, "");
}

#[test]
fn a_disk_that_fills_up_keeps_what_was_acknowledged() {
    let desk = Desk::new();
    let Some(_disk) = Disk::new(desk.data(), "size=512k") else {
        return;
    };
    let lines = "{\"op\":\"open\",\"subject\":\"x\"}\n".repeat(300);
    let said = run(&mut desk.command(["batch", "--json"]), lines.as_bytes());
    assert_eq!((said.code, said.err.as_str()), (6, ""), "{said:?}");
    let answers = said.json_lines();
    assert_eq!(answers.len(), 300);
    let acknowledged: Vec<_> = answers.iter().filter(|a| a["error"].is_null()).collect();
    assert!(
        (10..300).contains(&acknowledged.len()),
        "{}",
        acknowledged.len()
    );
    for answer in &acknowledged {
        let id = answer["ticket"].as_u64().unwrap();
        assert_eq!(desk.ticket(id)["subject"], "x");
    }
    assert_eq!(tickets(&desk).len(), acknowledged.len());
    assert_eq!(leftovers(&desk), 0);
    assert_eq!(desk.ok(["fsck"]).out, "");
    // Each alone, until nothing more fits.
    let mut told = acknowledged.len();
    let last = (0..200).map(|_| say(&desk, "open y")).find(|said| {
        told += usize::from(said.code == 0);
        said.code != 0
    });
    fails(
        last.as_ref().unwrap(),
        1,
        last.as_ref().unwrap().error().trim_start_matches("error: "),
    );
    assert_eq!(tickets(&desk).len(), told);
    assert_eq!(leftovers(&desk), 0);
    assert_eq!(desk.ok(["fsck"]).out, "");
}

#[test]
fn a_disk_that_turned_read_only_is_read() {
    let desk = Desk::new();
    let Some(disk) = Disk::new(desk.data(), "size=1m") else {
        return;
    };
    desk.open(["one"]);
    let remounted = Command::new("mount")
        .args(["-o", "remount,ro"])
        .arg(&disk.0)
        .status();
    assert!(remounted.unwrap().success());
    let before = tickets(&desk);
    for line in [
        "list",
        "show 1",
        "log",
        "report",
        "fsck",
        "status",
        "note 1 -m x --dry-run",
    ] {
        assert_eq!(say(&desk, line).code, 0, "{line}");
    }
    for line in ["open x", "note 1 -m x", "close 1 -m x", "tech add lan"] {
        let said = say(&desk, line);
        assert!(
            said.error()
                .ends_with(": Read-only file system (os error 30)"),
            "{said:?}"
        );
        fails(&said, 1, said.error().trim_start_matches("error: "));
    }
    assert_eq!(tickets(&desk), before);
}
