//! What a data directory holds, read as plain JSON and not by the code under test.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::hostile::files_below;

/// Every ticket and technician, without what differs between two runs of the same command.
///
/// A ticket goes by the subject that it was opened with, which no two have unless a command is run
/// twice: so one that is opened is the same, whatever number it was given.
pub(crate) type State = BTreeMap<String, Vec<Value>>;

/// Reads all files; tickets up to `known` keep their numbers. A file that is not whole goes by its
/// name, and is like nothing that a command leaves behind.
pub(crate) fn read(data: &Path, known: u64) -> State {
    let mut state = State::new();
    let folders = ["tickets", "technicians"].map(|folder| data.join(folder));
    for folder in folders.iter().filter(|folder| folder.exists()) {
        for (path, bytes) in files_below(folder) {
            let name = path.file_stem().unwrap().to_str().unwrap();
            let value = serde_json::from_slice(&bytes).ok();
            let (key, value) = value
                .and_then(|value| plain(name, value, known))
                .unwrap_or_else(|| {
                    let text = String::from_utf8_lossy(&bytes).into_owned();
                    (format!("file {name}"), Value::String(text))
                });
            state.entry(key).or_default().push(value);
        }
    }
    state
}

/// What a file goes by, and what it holds; nothing, if it does not hold what its name says.
fn plain(name: &str, mut value: Value, known: u64) -> Option<(String, Value)> {
    if let Some(login) = value["login"].as_str() {
        return (login == name).then(|| (format!("technician {login}"), value.clone()));
    }
    let id: u64 = name.parse().ok()?;
    let events = value["events"].as_array()?.len() as u64;
    if value["id"] != id || value["rev"] != events {
        return None;
    }
    let key = value["events"][0]["changed"]["subject"][1].to_string();
    let ticket = value.as_object_mut()?;
    // It goes over the runs' marks, which are random.
    ticket.remove("digest");
    if id > known {
        ticket.remove("id");
    }
    for event in ticket["events"].as_array_mut()? {
        for mark in ["op", "undoes"] {
            event.as_object_mut()?.remove(mark);
        }
    }
    Some((key, value))
}

/// Every file and folder by its place, with its mode and what it holds: for a command that moves
/// them. Without what is not worth keeping: locks, journal, counter, index, and what is not finished.
pub(crate) fn places(data: &Path) -> State {
    let mut found = Vec::new();
    below(data, &mut found);
    let (private, unfinished) = (data.join(".desk"), leftovers(data));
    let is_kept = |path: &PathBuf| {
        let worthless =
            ["locks", "journal", "number", "tmp", "index"].map(|name| private.join(name));
        !unfinished.contains(path) && !worthless.iter().any(|place| path.starts_with(place))
    };
    let place = |path: &PathBuf| {
        let name = path.strip_prefix(data).unwrap().display().to_string();
        let bytes = (!path.is_dir()).then(|| fs::read(path).unwrap());
        let held = bytes.map(|bytes| String::from_utf8(bytes).unwrap());
        (name, vec![json!({"mode": mode(path), "holds": held})])
    };
    found
        .iter()
        .filter(|path| is_kept(path))
        .map(place)
        .collect()
}

/// Whether nothing is known of a place but that it is a folder.
pub(crate) fn is_folder(place: Option<&Vec<Value>>) -> bool {
    place.is_some_and(|values| {
        values
            .iter()
            .all(|value| value.get("holds") == Some(&Value::Null))
    })
}

/// How often each thing that a state holds is in it, wherever that is.
pub(crate) fn counts(state: &State) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    let is_held = |value: &&Value| value.get("holds") != Some(&Value::Null);
    for value in state.values().flatten().filter(is_held) {
        let held = value.get("holds").unwrap_or(value);
        *counts.entry(held.to_string()).or_default() += 1;
    }
    counts
}

/// The numbers of all tickets.
pub(crate) fn numbers(data: &Path) -> Vec<u64> {
    let tickets = data.join("tickets");
    if !tickets.exists() {
        return Vec::new();
    }
    let paths = files_below(&tickets).into_keys();
    paths
        .filter_map(|path| path.file_stem()?.to_str()?.parse().ok())
        .collect()
}

/// What lies around that is not finished.
pub(crate) fn leftovers(beside: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    below(beside, &mut found);
    found.retain(|path| {
        let unfinished = path.to_str().unwrap().ends_with(".new");
        let mut above = path.ancestors().skip(1);
        unfinished || above.any(|folder| folder.ends_with(".desk/tmp"))
    });
    found
}

/// The files and folders of a data directory that are not as open as they should be.
pub(crate) fn wrong_modes(data: &Path) -> Vec<String> {
    let mut found = vec![data.to_owned()];
    below(data, &mut found);
    let expected = |path: &PathBuf| match () {
        () if path.is_dir() => 0o2750,
        () if path.parent().unwrap().ends_with("locks") => 0o600,
        () if path.ends_with(".desk/index/lock") => 0o600,
        () if path.ends_with(".desk/number") => 0o600,
        () => 0o640,
    };
    found.retain(|path| mode(path) != expected(path));
    let told = |path: &PathBuf| format!("{} has mode {:o}", path.display(), mode(path));
    found.iter().map(told).collect()
}

fn mode(path: &PathBuf) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

fn below(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            below(&path, found);
        }
        found.push(path);
    }
}

/// Copies a folder with all that is in it, modes included.
pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let (path, to) = {
            let entry = entry.unwrap();
            (entry.path(), to.join(entry.file_name()))
        };
        match path.is_dir() {
            true => copy(&path, &to),
            false => fs::copy(&path, &to).map(drop).unwrap(),
        }
    }
    fs::set_permissions(to, fs::metadata(from).unwrap().permissions()).unwrap();
}
