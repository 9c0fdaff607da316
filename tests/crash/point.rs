//! The points at which a command can be stopped: the system calls by which it touches its data,
//! its input or its output.

use std::collections::BTreeMap;
use std::fs;

use super::trial::Trial;

/// One system call of a command.
#[derive(Debug, Clone)]
pub(crate) struct Point {
    /// What it is called.
    pub(crate) name: String,
    /// Which of the calls of this name it is, as strace counts: from the start of the process, so
    /// those of the dynamic loader count, too.
    pub(crate) nth: usize,
    /// The whole call, for messages.
    pub(crate) call: String,
}

impl Point {
    /// What strace is told to do at this point.
    pub(crate) fn inject(&self, what: &str, when: &str) -> [String; 2] {
        let (name, nth) = (&self.name, self.nth);
        [
            format!("--trace={name}"),
            format!("--inject={name}:{what}:when={nth}{when}"),
        ]
    }

    /// Whether it makes something durable.
    pub(crate) fn is_sync(&self) -> bool {
        ["fsync", "fdatasync", "syncfs", "sync_file_range", "msync"].contains(&self.name.as_str())
    }

    /// Whether it writes to a stream that the command did not open itself.
    pub(crate) fn is_to_stream(&self, number: u32) -> bool {
        self.call.starts_with(&format!("{}({number}<", self.name))
    }
}

/// All points of a command: every call that names or holds a path of the help desk's, or a standard
/// stream.
pub(crate) fn of(trial: &Trial) -> Vec<Point> {
    let desk = trial.fresh();
    let log = desk.beside().join("trace");
    let log = log.to_str().unwrap();
    let options = ["-f", "-y", "-s", "0", "--trace=%file,%desc", "-o", log];
    trial.feed(desk.traced(&options, trial.args()));
    let ours = desk.beside().to_str().unwrap();
    let text = fs::read_to_string(log).unwrap();
    let mut counts = BTreeMap::new();
    let mut points = Vec::new();
    let mut processes = Vec::new();
    for line in text.lines() {
        let (process, call) = line.split_once(' ').unwrap();
        let call = call.trim_start();
        // Not a call: that a process ended, or that one call went on.
        let Some((name, arguments)) = call.split_once('(').filter(|(name, _)| is_name(name)) else {
            continue;
        };
        processes.push(process);
        let nth = counts.entry(name).or_insert(0);
        *nth += 1;
        let is_stream = ["0<", "1<", "2<"]
            .iter()
            .any(|fd| arguments.starts_with(fd));
        if is_stream || arguments.contains(ours) {
            points.push(Point {
                name: name.to_owned(),
                nth: *nth,
                call: call.to_owned(),
            });
        }
    }
    processes.dedup();
    let line = trial.case.line;
    assert_eq!(
        processes.len(),
        1,
        "{line}: a second thread has its own counts"
    );
    assert!(points.len() > 4, "{line}: {points:?}");
    points
}

fn is_name(name: &str) -> bool {
    let mut letters = name.chars();
    letters.all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_')
}
