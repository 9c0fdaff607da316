//! The table of damage, by what is damaged: each row makes one kind of it, and says what is found.

mod files;
mod notes;
mod owners;
mod pasts;
mod places;

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use desk::fsck::Kind;
use nix::sys::stat::Mode;
use nix::unistd::{Uid, mkfifo};
use serde_json::{Value, json};

use super::{everything, findings, healthy, set_mode};
use crate::harness::{Desk, Said, has, skip_unless};

/// Damages a healthy help desk.
type Damage = fn(&Desk);

/// A kind, a path in the data directory, and a part of what is said.
type Expected = (&'static str, &'static str, &'static str);

/// What is done, and what is found then, and nothing else.
type Row = (&'static str, Damage, &'static [Expected]);

const TWO: &str = "tickets/0000/2.json";
const SIX: &str = "tickets/0000/6.json";
const LAN: &str = "technicians/lan.json";

fn path(desk: &Desk, path: &str) -> PathBuf {
    desk.data().join(path)
}

/// Puts other bytes in the place of some.
fn flip(desk: &Desk, file: &str, from: &str, to: &str) {
    let file = path(desk, file);
    let text = fs::read_to_string(&file).unwrap();
    let changed = text.replacen(from, to, 1);
    assert_ne!(text, changed, "{from}");
    fs::write(file, changed).unwrap();
}

fn append(ticket: &mut Value, event: Value) {
    let events = ticket["events"].as_array_mut().unwrap();
    events.push(event);
    ticket["rev"] = events.len().into();
    ticket["updated"] = "2026-11-21T12:05:00Z".into();
}

/// An event as `desk` would write it, but for what it says.
fn event(seq: u64, event: &str, changed: Value) -> Value {
    json!({"seq": seq, "at": "2026-11-21T12:05:00Z", "by": "minh", "real": user(),
        "event": event, "op": "x", "changed": changed})
}

/// Who runs the tests, whose the files are.
fn user() -> String {
    let user = nix::unistd::User::from_uid(Uid::current()).unwrap();
    user.map_or_else(|| format!("uid{}", Uid::current()), |user| user.name)
}

fn replace_by(desk: &Desk, file: &str, make: impl FnOnce(&PathBuf)) {
    let file = path(desk, file);
    let _ = fs::remove_file(&file).or_else(|_| fs::remove_dir_all(&file));
    make(&file);
}

fn fifo(file: &PathBuf) {
    mkfifo(file, Mode::S_IRWXU).unwrap();
}

/// Makes the damage of each row on a copy of its own, and gives the kinds that were found.
fn try_rows(rows: &[Row], what: &str) -> BTreeSet<String> {
    let whole = healthy();
    let (mut kinds, mut faults) = (BTreeSet::new(), Vec::new());
    for (name, damage, expected) in rows {
        let desk = copy(&whole);
        damage(&desk);
        let before = everything(&desk);
        let found = findings(&desk, what);
        let mut fits = found.len() == expected.len();
        let mut left: Vec<_> = expected.iter().collect();
        for (kind, path, cause) in &found {
            let same = |e: &&Expected| e.0 == kind && e.1 == path && cause.contains(e.2);
            match left.iter().position(same) {
                Some(at) => drop(left.remove(at)),
                None => fits = false,
            }
            kinds.insert(kind.clone());
        }
        if !fits {
            faults.push(format!("{name}: {found:#?}"));
        }
        if what == "notes" {
            assert!(findings(&desk, "findings").is_empty(), "{name}");
        }
        assert_eq!(everything(&desk), before, "{name}: fsck changes nothing");
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    kinds
}

/// A help desk with the same files, of the same modes, times and owners.
pub(super) fn copy(whole: &Desk) -> Desk {
    let desk = Desk::new();
    let mut cp = std::process::Command::new("cp");
    let copied = cp.arg("-a").arg(whole.data()).arg(desk.data()).status();
    assert!(copied.unwrap().success());
    desk
}

#[test]
fn every_kind_of_damage_is_found_and_nothing_else() {
    let mut kinds = BTreeSet::new();
    for rows in [files::FILES, pasts::PASTS, places::PLACES] {
        kinds.extend(try_rows(rows, "findings"));
    }
    let is_root = Uid::effective().is_root();
    if skip_unless(is_root, "only root can give files away") {
        kinds.extend(try_rows(owners::ROOTS, "findings"));
    }
    assert!(kinds.len() >= 30, "{} kinds: {kinds:?}", kinds.len());
    // What is left is told elsewhere: a disk that fails, and what a seal shows.
    let others = [
        "unreadable",
        "sealed_gone",
        "sealed_shorter",
        "sealed_changed",
    ];
    for kind in Kind::ALL.iter().filter(|kind| kind.is_damage()) {
        let name = kind.as_str();
        let tried = kinds.contains(name) || others.contains(&name);
        assert!(tried || !is_root, "no row makes {name}");
    }
}

#[test]
fn what_is_no_damage_is_told() {
    let kinds = try_rows(notes::NOTES, "notes");
    for kind in Kind::ALL.iter().filter(|kind| !kind.is_damage()) {
        let name = kind.as_str();
        assert!(
            kinds.contains(name) || name == "copied",
            "no row makes {name}"
        );
    }
}

#[test]
fn what_may_not_be_read_is_told() {
    let is_root = Uid::effective().is_root();
    if !has("setpriv") || !skip_unless(is_root, "only root can be somebody else") {
        return;
    }
    let desk = healthy();
    set_mode(desk.beside(), 0o755);
    set_mode(&desk.data(), 0o755);
    desk.ok(["fsck", "--repair"]);
    set_mode(&path(&desk, TWO), 0o600);
    let mut command = std::process::Command::new("setpriv");
    command.args(["--reuid", "4242", "--regid", "4242", "--clear-groups"]);
    command.args([crate::harness::DESK, "fsck", "--json", "-C"]);
    let said = Said::from(command.arg(desk.data()).output().unwrap());
    assert_eq!(said.code, 7, "{said:?}");
    let found = &said.json()["findings"];
    assert_eq!(found.as_array().unwrap().len(), 1, "{found}");
    assert_eq!(found[0]["kind"], "unreadable");
    assert_eq!(found[0]["cause"], "Permission denied (os error 13)");
}
