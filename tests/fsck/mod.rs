//! What `fsck` finds, that it finds nothing else, what it mends, and what a seal proves.
//!
//! Damage is made here by plain file operations on a healthy help desk, and never by the code under
//! test.

mod damage;
mod health;
mod manipulation;
mod repair;
mod seal;

use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::harness::Desk;

/// A healthy help desk with a little of everything: six tickets, two technicians.
fn healthy() -> Desk {
    let mut desk = Desk::new();
    desk.ok(["tech", "add", "minh"]);
    desk.ok(["tech", "add", "lan", "--tier", "2"]);
    desk.at("2026-11-21T12:01:00Z");
    desk.open(["Printer jams", "--ref", "INC1", "--take"]);
    desk.open(["Máy in kẹt giấy", "--ref", "INC2"]);
    desk.open(["New laptop"]);
    desk.open(["Printer jams again"]);
    desk.open(["No sound"]);
    desk.open(["Keyboard"]);
    desk.at("2026-11-21T12:02:00Z");
    desk.ok(["note", "1", "-m", "Looked at the roller"]);
    desk.ok(["assign", "2", "--to", "lan"]);
    desk.ok(["link", "3", "--blocks", "5"]);
    desk.at("2026-11-21T12:03:00Z");
    desk.ok(["resolve", "1", "-m", "Cleaned it", "--code", "hardware"]);
    desk.ok(["merge", "4", "--into", "1"]);
    desk.at("2026-11-21T12:04:00Z");
    desk.ok(["close", "1"]);
    assert_eq!(desk.ok(["fsck"]).out, "");
    desk
}

/// A ticket's file as JSON, in its order.
fn read(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// Writes into a file that is there: its mode, owner and inode stay.
fn write(path: &Path, ticket: &Value) {
    fs::write(path, format!("{ticket:#}\n")).unwrap();
}

/// Changes a file as a person with an editor would.
fn edit(path: &Path, change: impl FnOnce(&mut Value)) {
    let mut ticket = read(path);
    change(&mut ticket);
    write(path, &ticket);
}

/// The same by who knows of the digest, and makes it anew.
fn forge(path: &Path, change: impl FnOnce(&mut Value)) {
    edit(path, |ticket| {
        change(ticket);
        let digest = digest(ticket);
        ticket["digest"] = digest.into();
    });
}

/// The digest of a ticket's events, made with the library's SHA-256 and a canonical form of our own:
/// sorted keys, for events that hold nothing that is written in more than one way.
fn digest(ticket: &Value) -> String {
    let mut digest = sha256(format!("desk ticket {}\n", ticket["id"]).as_bytes());
    for event in ticket["events"].as_array().unwrap() {
        let mut bytes = digest.to_vec();
        bytes.extend(canonical(event).as_bytes());
        digest = sha256(&bytes);
    }
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn canonical(value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            let sorted: BTreeMap<_, _> = fields.iter().collect();
            let field =
                |(name, value): (&String, &Value)| format!("{}:{}", json!(name), canonical(value));
            let fields: Vec<_> = sorted.into_iter().map(field).collect();
            format!("{{{}}}", fields.join(","))
        }
        Value::Array(items) => {
            let items: Vec<_> = items.iter().map(canonical).collect();
            format!("[{}]", items.join(","))
        }
        plain => plain.to_string(),
    }
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    use sha2::Digest as _;
    sha2::Sha256::digest(bytes).into()
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().mode() & 0o7777
}

/// All that lies in a data directory, with all that a change of it would change.
fn everything(desk: &Desk) -> BTreeMap<PathBuf, (u32, [i64; 5], Vec<u8>)> {
    let mut found = BTreeMap::new();
    let mut left = vec![desk.data()];
    while let Some(path) = left.pop() {
        let stat = fs::symlink_metadata(&path).unwrap();
        let mut bytes = Vec::new();
        if stat.is_dir() {
            left.extend(
                fs::read_dir(&path)
                    .unwrap()
                    .map(|entry| entry.unwrap().path()),
            );
        } else if stat.is_file() {
            bytes = fs::read(&path).unwrap();
        }
        let times = [
            stat.mtime(),
            stat.mtime_nsec(),
            stat.ctime(),
            stat.ctime_nsec(),
            i64::try_from(stat.ino()).unwrap(),
        ];
        found.insert(path, (stat.mode(), times, bytes));
    }
    found
}

/// What `fsck --json` found, as kind, path in the data directory, and cause.
fn findings(desk: &Desk, what: &str) -> Vec<(String, String, String)> {
    let said = desk.run(["fsck", "--json"]);
    let checked = said.json();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let found = checked[what].as_array().unwrap();
    let found: Vec<_> = found
        .iter()
        .map(|found| {
            let path = text(&found["path"]);
            let path = Path::new(&path)
                .strip_prefix(desk.data())
                .unwrap()
                .to_owned();
            (
                text(&found["kind"]),
                path.display().to_string(),
                text(&found["cause"]),
            )
        })
        .collect();
    let damaged = !checked["findings"].as_array().unwrap().is_empty();
    assert_eq!(said.code, if damaged { 7 } else { 0 }, "{said:?}");
    found
}
