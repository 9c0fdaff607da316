//! README's commands, run as they stand there, with the output that stands there.
//!
//! A block that begins with ` ```console ` holds commands behind `$ ` and below each what it prints
//! (stdout and stderr, as on a terminal that is none). All blocks run in order in one shell's
//! folder, with `desk` on the path and a clock that moves on by five minutes a command.
//! With `DESK_BLESS=1` the outputs are written anew.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::harness::{DESK, has};

const FENCE: &str = "```";

fn readme() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")
}

/// A shell's folder, in which the commands of README follow on each other.
struct Shell {
    folder: tempfile::TempDir,
    minutes: u32,
    /// The marks of the runs that were seen so far: no two runs have the same, so README has others.
    marks: Vec<String>,
}

impl Shell {
    fn run(&mut self, command: &str) -> String {
        let now = format!(
            "2026-11-21T{:02}:{:02}:00Z",
            9 + self.minutes / 60,
            self.minutes % 60
        );
        self.minutes += 5;
        let bin = Path::new(DESK).parent().unwrap().display().to_string();
        let output = Command::new("sh")
            .arg("-c")
            .arg(format!("exec 2>&1\n{command}"))
            .current_dir(self.folder.path())
            .env_clear()
            .env("PATH", format!("{bin}:/usr/bin:/bin"))
            .env("HOME", self.folder.path())
            .env("DESK_NOW", now)
            .env("DESK_USER", "minh")
            .env("TZ", "UTC")
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let folder = self.folder.path().display().to_string();
        let text = String::from_utf8(output.stdout).unwrap();
        let text = text
            .replace(&folder, "/home/minh")
            .replace(&recorded_by(), "");
        self.with_steady_marks(&text)
    }

    fn with_steady_marks(&mut self, text: &str) -> String {
        let mut steady = text.to_owned();
        let letters: Vec<char> = text.chars().collect();
        for mark in letters.windows(25).filter(|window| is_mark(window)) {
            let mark: String = mark.iter().collect();
            let known = self.marks.iter().position(|known| *known == mark);
            let place = known.unwrap_or_else(|| {
                self.marks.push(mark.clone());
                self.marks.len() - 1
            });
            let other = format!("18b9f2d4c0a1e3{place:02x}-7c41d9{place:02x}");
            steady = steady.replace(&mark, &other);
        }
        steady
    }
}

/// Whether this is the mark of a run.
fn is_mark(letters: &[char]) -> bool {
    let mut letters = letters.iter().enumerate();
    letters.all(|(place, letter)| match place {
        16 => *letter == '-',
        _ => matches!(letter, '0'..='9' | 'a'..='f'),
    })
}

/// What stands behind an event because the test acts as `minh`, whoever runs it. A reader acts as
/// themselves, and does not see it.
fn recorded_by() -> String {
    let user = Command::new("id").arg("-un").output().unwrap().stdout;
    format!(
        "  (recorded by {})",
        String::from_utf8(user).unwrap().trim()
    )
}

/// Whether the programs are there that a command runs. Without them what stands below it stays.
fn possible(command: &str) -> bool {
    let words = command.split(|letter: char| !letter.is_alphanumeric());
    words.into_iter().all(|word| word != "jq" || has("jq"))
}

/// README as its own commands would write it.
fn rewritten(text: &str) -> String {
    let mut shell = Shell {
        folder: tempfile::tempdir().unwrap(),
        minutes: 0,
        marks: Vec::new(),
    };
    let mut fresh = String::new();
    let mut lines = text.lines().peekable();
    let mut console = false;
    while let Some(line) = lines.next() {
        writeln!(fresh, "{line}").unwrap();
        if line.starts_with(FENCE) {
            console = line == "```console";
            continue;
        }
        let Some(first) = line.strip_prefix("$ ").filter(|_| console) else {
            assert!(
                !console,
                "in a console block, but neither a command nor below one: {line}"
            );
            continue;
        };
        let mut command = first.to_owned();
        while let Some(more) = lines.next_if(|line| line.starts_with("> ")) {
            writeln!(fresh, "{more}").unwrap();
            write!(command, "\n{}", &more[2..]).unwrap();
        }
        let is_output = |line: &&str| !line.starts_with("$ ") && !line.starts_with(FENCE);
        let stands: Vec<&str> = std::iter::from_fn(|| lines.next_if(is_output)).collect();
        if possible(&command) {
            fresh.push_str(&shell.run(&command));
        } else {
            stands
                .iter()
                .for_each(|line| writeln!(fresh, "{line}").unwrap());
        }
    }
    fresh
}

#[test]
fn every_command_prints_what_stands_below_it() {
    let text = std::fs::read_to_string(readme()).unwrap();
    let fresh = rewritten(&text);
    if std::env::var_os("DESK_BLESS").is_some() {
        std::fs::write(readme(), &fresh).unwrap();
        return;
    }
    for (number, (stands, should)) in text.lines().zip(fresh.lines()).enumerate() {
        assert_eq!(
            stands,
            should,
            "README.md:{}; DESK_BLESS=1 writes it anew",
            number + 1
        );
    }
    assert_eq!(text, fresh, "DESK_BLESS=1 writes it anew");
}

/// The first command of README builds the program and does the main job, from a clone.
#[test]
fn the_first_command_builds_and_opens_a_ticket() {
    let text = std::fs::read_to_string(readme()).unwrap();
    let command = text
        .lines()
        .find(|line| line.starts_with("cargo run "))
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new("sh")
        .arg("-c")
        .arg(command)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env("DESK_DATA_DIR", folder.path().join("data"))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let out = String::from_utf8(output.stdout).unwrap();
    assert_eq!(out, "1\n", "{}", String::from_utf8_lossy(&output.stderr));
}

/// What README calls the test command is what continuous integration runs.
#[test]
fn the_test_command_is_the_one_that_ci_runs() {
    let text = std::fs::read_to_string(readme()).unwrap();
    assert!(text.lines().any(|line| line == "cargo test --locked"));
    let ci = Path::new(env!("CARGO_MANIFEST_DIR")).join(".ci/run");
    assert!(
        std::fs::read_to_string(ci)
            .unwrap()
            .contains("cargo test --locked")
    );
}

/// Every `sh` block is either tested above or a command that is named here, with its reason.
#[test]
fn nothing_else_in_a_shell_block_goes_untested() {
    // Installs into the user's home; .ci/run does it into a folder of its own.
    let known = ["cargo install --locked --path .", "cargo test --locked"];
    let text = std::fs::read_to_string(readme()).unwrap();
    let mut shell = false;
    for line in text.lines() {
        if line.starts_with(FENCE) {
            shell = line == "```sh";
        } else if shell {
            assert!(
                known.contains(&line) || line.starts_with("cargo run "),
                "untested: {line}"
            );
        }
    }
}
