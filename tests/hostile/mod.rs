//! What desk does with input that is wrong, neighbours that are hostile, and a machine that fails.
//!
//! The answer is always one clear line and the right exit code, never a crash or a hang, and
//! everything else is as it was.

mod disk;
mod files;
mod input;
mod private;
mod streams;
mod text;

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::harness::{Desk, Said, long};

/// What takes longer hangs.
const PATIENCE: Duration = Duration::from_secs(20);

/// The least time between two looks at whether a command has ended.
const GLANCE: Duration = Duration::from_millis(1);

/// Runs a command to its end, but not for ever, with something on standard input.
pub(crate) fn run(command: &mut Command, input: &[u8]) -> Said {
    let said = Said::from(finished(command, input));
    assert!(!said.err.contains("panicked"), "{command:?}: {said:?}");
    said
}

/// The same, however it ends.
pub(crate) fn finished(command: &mut Command, input: &[u8]) -> Output {
    let piped = command.stdout(Stdio::piped()).stderr(Stdio::piped());
    if !input.is_empty() {
        piped.stdin(Stdio::piped());
    }
    let mut child = piped.spawn().unwrap();
    // It may answer before it has read everything.
    let writer = child.stdin.take().map(|mut stdin| {
        let input = input.to_vec();
        thread::spawn(move || stdin.write_all(&input))
    });
    let readers = (drain(child.stdout.take()), drain(child.stderr.take()));
    // In the long run many wait for the same few processors.
    let patience = PATIENCE * if long() { 20 } else { 1 };
    let began = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if began.elapsed() > patience {
            child.kill().unwrap();
            panic!("{command:?} hangs");
        }
        // Less and less often: many may wait here at once.
        thread::sleep((began.elapsed() / 8).clamp(GLANCE, 50 * GLANCE));
    };
    let _ = writer.map(|writer| writer.join().unwrap());
    Output {
        status,
        stdout: readers.0.join().unwrap(),
        stderr: readers.1.join().unwrap(),
    }
}

fn drain(from: Option<impl Read + Send + 'static>) -> thread::JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        from.map(|mut from| from.read_to_end(&mut bytes));
        bytes
    })
}

/// Runs a command line whose words hold no spaces.
fn say(desk: &Desk, line: &str) -> Said {
    run(&mut desk.command(line.split_whitespace()), b"")
}

/// It failed with this code and this line, and said no more than a hint beside it.
#[track_caller]
pub(crate) fn fails(said: &Said, code: i32, error: &str) {
    assert_eq!(said.error(), format!("error: {error}"), "{said:?}");
    assert_eq!(said.code, code, "{said:?}");
    let more: Vec<_> = said.err.lines().skip(1).collect();
    assert!(
        more.is_empty() || (more.len() == 1 && more[0].starts_with("hint: ")),
        "{said:?}"
    );
}

/// Three tickets: `one`, `two` of minh, `three`.
fn three() -> Desk {
    let desk = Desk::new();
    desk.open(["one"]);
    desk.open(["two", "--take"]);
    desk.open(["three"]);
    desk
}

/// All tickets' files, byte by byte.
fn tickets(desk: &Desk) -> BTreeMap<PathBuf, Vec<u8>> {
    files_below(&desk.data().join("tickets"))
}

/// All regular files below a folder, without following a link.
pub(crate) fn files_below(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            found.extend(files_below(&entry.path()));
        } else if kind.is_file() {
            found.insert(entry.path(), fs::read(entry.path()).unwrap());
        }
    }
    found
}
