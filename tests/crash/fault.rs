//! A command whose steps fail, one of them or all from there on: it never says that it went well
//! with something missing; it names the file and the cause; each ticket is old, or new and said to
//! be; nothing piles up, however often it is tried; and what could not be made durable is never said
//! to be.
//!
//! `close` does not fail: on Linux a descriptor is closed whatever it answers, and to leave it open,
//! as injection does, would be another fault, of none of the causes that are tried.

use std::os::unix::process::ExitStatusExt;
use std::process::Output;

use serde_json::Value;

use super::cases::{READS, WRITES};
use super::point::{self, Point};
use super::state::State;
use super::trial::Trial;
use super::{each, nothing_wrong, portion, possible, state, wanted};
use crate::harness::{Desk, Said};

/// So many faults are tried in the short run.
const FAULTS: usize = 500;

/// What the kernel says, and what people are told of it.
const ERRORS: [(&str, &str); 7] = [
    ("EIO", "Input/output error"),
    ("ENOSPC", "No space left on device"),
    ("EDQUOT", "Disk quota exceeded"),
    ("EROFS", "Read-only file system"),
    ("EACCES", "Permission denied"),
    ("EMFILE", "Too many open files"),
    ("EINTR", "Interrupted system call"),
];

/// One fault: which call fails, how, and whether all later ones of its name do.
#[derive(Clone, Copy)]
struct Fault<'a> {
    trial: &'a Trial,
    point: &'a Point,
    error: (&'static str, &'static str),
    lasting: bool,
}

#[test]
fn a_fault_at_any_step_is_told_and_loses_nothing() {
    if !possible() {
        return;
    }
    let cases = WRITES.into_iter().chain(READS).filter(wanted);
    let trials: Vec<Trial> = cases.map(Trial::new).collect();
    let points: Vec<(&Trial, Vec<Point>)> = trials
        .iter()
        .map(|trial| (trial, point::of(trial)))
        .collect();
    let faults: Vec<Fault<'_>> = points
        .iter()
        .flat_map(|(trial, points)| points.iter().map(move |point| (trial, point)))
        .filter(|(_, point)| point.name != "close")
        .flat_map(|(trial, point)| of_point(trial, point))
        .collect();
    let all = faults.len();
    let faults = portion(faults, FAULTS, 2 * ERRORS.len());
    let wrong = each(&faults, Fault::wrong);
    println!(
        "{} commands, {all} faults, {} of them tried",
        trials.len(),
        faults.len()
    );
    nothing_wrong(&wrong);
}

fn of_point<'a>(trial: &'a Trial, point: &'a Point) -> impl Iterator<Item = Fault<'a>> {
    ERRORS.into_iter().flat_map(move |error| {
        [false, true].map(|lasting| Fault {
            trial,
            point,
            error,
            lasting,
        })
    })
}

impl Fault<'_> {
    /// All that is wrong with how the command takes it.
    fn wrong(&self) -> Vec<String> {
        let desk = self.trial.fresh();
        let output = self.run(&desk);
        let mut wrong = match output.status.signal() {
            Some(signal) => vec![format!("ended by signal {signal}")],
            None => self.judge(&desk, &Said::from(output).without(desk.beside())),
        };
        let (line, call, (error, _)) = (self.trial.case.line, &self.point.call, self.error);
        let on = if self.lasting { "+" } else { "" };
        let place = format!("`{line}`, {error}{on} at {call}: ");
        wrong.iter_mut().for_each(|why| why.insert_str(0, &place));
        wrong
    }

    fn run(&self, desk: &Desk) -> Output {
        let when = match (self.lasting, self.error.0) {
            (false, _) => String::new(),
            // Signals come in numbers, but they do come to an end; to try again is right.
            (true, "EINTR") => format!("..{}", self.point.nth + 9),
            (true, _) => "+".to_owned(),
        };
        let inject = self.point.inject(&format!("error={}", self.error.0), &when);
        let log = desk.beside().join("trace");
        let fixed = ["-f", "-y", "--seccomp-bpf", "-o", log.to_str().unwrap()];
        let options = [&fixed[..], &[&inject[0], &inject[1]]].concat();
        self.trial.feed(desk.traced(&options, self.trial.args()))
    }

    fn judge(&self, desk: &Desk, said: &Said) -> Vec<String> {
        let trial = self.trial;
        if trial.case.is_whole() {
            // Whoever comes next does what was committed to.
            desk.run(["list"]);
        }
        let after = trial.state(desk);
        let mut wrong = trial.neither(&after);
        wrong.extend(trial.scattered(&after));
        wrong.extend(trial.unkept(&after, &said.out));
        let is_told = said.code == trial.said.code
            && trial.answers(&said.out) == trial.answers(&trial.said.out);
        if is_told && after != trial.new {
            wrong.push(format!("says that it went well, and it did not: {after:?}"));
        }
        if !is_told {
            // A warning that something could not be read is enough, where it does not decide.
            if said.code == 0 && after != trial.new {
                wrong.push(format!("ends with 0: {said:?}"));
            }
            wrong.extend(self.untold(said));
            wrong.extend(self.unsaid(&after, said));
        }
        wrong.extend(self.pretended(desk, is_told).map(str::to_owned));
        wrong.extend(self.pile(desk));
        wrong
    }

    /// What was written, and neither acknowledged nor said to be written.
    fn unsaid(&self, after: &State, said: &Said) -> Vec<String> {
        let told = [
            "written, but may not survive a power cut: ",
            "committed to, and not in place yet: ",
            "cannot write standard output: ",
        ];
        let told = |text: &String| told.iter().any(|told| text.contains(told));
        if self.silences() || told(&said.out) || told(&said.err) {
            return Vec::new();
        }
        let acknowledged = self.trial.acknowledged(&said.out);
        // A folder that was made on the way is nothing that anybody has to be told of.
        let is_new = |key: &&String| {
            after.get(*key) != self.trial.old.get(*key) && !state::is_folder(after.get(*key))
        };
        let keys = after.keys().chain(self.trial.old.keys()).filter(is_new);
        keys.filter(|key| !acknowledged.contains(key.as_str()))
            .map(|key| format!("{key} is written, and that is not said: {said:?}"))
            .collect()
    }

    /// Whether nothing can be said any more.
    fn silences(&self) -> bool {
        let lasting = self.lasting && self.point.name == "write";
        lasting || self.point.is_to_stream(2)
    }

    /// What is not told as it should be: every error names a file, and the cause.
    fn untold(&self, said: &Said) -> Vec<String> {
        if self.silences() {
            return Vec::new();
        }
        let answers = said.out.lines().filter_map(|line| {
            let answer: Value = serde_json::from_str(line).ok()?;
            Some(answer["error"]["message"].as_str()?.to_owned())
        });
        let errors = said
            .err
            .lines()
            .filter_map(|line| line.strip_prefix("error: "));
        let errors = answers.chain(errors.map(str::to_owned));
        let trial = self.trial;
        let expected = [&trial.said.out, &trial.said.err];
        let names = |text: &str| {
            // The folder that the data directory lies in, too; and who is asked for users that cannot be
            // looked up.
            let files = ["/home", "standard output", "standard input", "/getent"];
            // SQLite keeps to itself what the system said; and where nothing can be kept, there is no file.
            let of_index = [
                "/home/data/.desk/index: ",
                ".desk/index: disk I/O error",
                "there is nowhere to keep an index",
            ];
            let is_of_index = of_index.iter().any(|said| text.contains(said));
            files.iter().any(|file| text.contains(file)) && text.contains(self.error.1)
                || (trial.case.line == "reindex" && is_of_index)
        };
        let mut wrong: Vec<String> = errors
            .filter(|error| !expected.iter().any(|text| text.contains(error)))
            // What a line of the batch failed to open, a later one does not find; and where all or
            // nothing is asked for, the others are told why they are not done.
            .filter(|error| {
                let of_others = error.starts_with("not done: all or nothing");
                !names(error)
                    && !of_others
                    && *error != "there is no ticket with the reference `B1`"
            })
            .map(|error| format!("says `{error}`"))
            .collect();
        if !said.out.lines().chain(said.err.lines()).any(names) {
            wrong.push(format!("does not tell the cause: {said:?}"));
        }
        wrong
    }

    /// What could not be made durable, and how often that was tried again, until it went well or
    /// was given up.
    fn synced(&self, desk: &Desk) -> Option<(usize, bool)> {
        let log = std::fs::read_to_string(desk.beside().join("trace")).unwrap();
        let file = |line: &str| Some(line.split_once('(')?.1.split_once(')')?.0.to_owned());
        let is_failed = |line: &&str| line.ends_with("(INJECTED)");
        let mut calls = log.lines().skip_while(|line| !is_failed(line));
        let failed = file(calls.next()?);
        let again: Vec<&str> = calls.filter(|line| file(line) == failed).collect();
        Some((
            again.len(),
            again.last().is_some_and(|line| !is_failed(line)),
        ))
    }

    /// What is wrong with how a file is made durable that failed to be: the kernel has dropped what
    /// it could not write by then, and the next time it says that all is well. Only what a signal
    /// interrupted may be tried again.
    fn pretended(&self, desk: &Desk, is_told: bool) -> Option<&'static str> {
        // An index that is not durable is made anew.
        let matters = self.point.is_sync() && !self.point.call.contains("/.desk/index");
        let (again, done) = self.synced(desk).filter(|_| matters)?;
        match self.error.0 {
            "EINTR" => (is_told && !done).then_some("is not durable, and nothing is said"),
            // What else is moved into a folder has to be made durable, too.
            _ if again > 0 && (is_told || !self.trial.case.repairs()) => {
                Some("tries again to make durable what failed to be")
            }
            _ => is_told.then_some("is not durable, and nothing is said"),
        }
    }

    /// What piles up when the same fails again and again, or is left when it goes well at last.
    fn pile(&self, desk: &Desk) -> Vec<String> {
        let left = state::leftovers(desk.beside());
        if left.is_empty() {
            return Vec::new();
        }
        self.run(desk);
        self.run(desk);
        let piled = state::leftovers(desk.beside());
        self.trial.run(desk);
        let rest = state::leftovers(desk.beside());
        let mut wrong = Vec::new();
        if piled.len() > left.len() {
            wrong.push(format!("piles up {piled:?}"));
        }
        if rest.len() > self.trial.left {
            wrong.push(format!("leaves {rest:?} for good"));
        }
        wrong
    }
}
