//! Writers that do things at random, and a ledger, kept outside of the help desk, of what it
//! acknowledged to them. After kills, power cuts and crowds the files are held against it.
//!
//! The files are read here as plain JSON, not by the code under test.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::Mutex;

use serde_json::{Value, json};

use crate::chance::Chance;

/// What was acknowledged, and what was refused.
#[derive(Default)]
pub(crate) struct Ledger {
    acknowledged: Vec<Acknowledged>,
    refused: BTreeSet<String>,
    technicians: BTreeSet<String>,
    /// What was to be done all or not at all.
    together: Vec<Vec<String>>,
}

/// An event that the help desk said it has.
struct Acknowledged {
    mark: String,
    ticket: u64,
    rev: u64,
    event: String,
}

impl Ledger {
    /// How many events and technicians were acknowledged.
    pub(crate) fn len(&self) -> usize {
        self.acknowledged.len() + self.technicians.len()
    }

    /// Takes in what somebody else was told.
    pub(crate) fn add(&mut self, other: Self) {
        self.acknowledged.extend(other.acknowledged);
        self.refused.extend(other.refused);
        self.technicians.extend(other.technicians);
        self.together.extend(other.together);
    }

    /// Enters the answer to the operation of this mark.
    ///
    /// # Errors
    /// The answer, if it tells of a failure: then nobody can say whether it happened.
    fn enter(&mut self, mark: String, answer: &Value) -> Result<(), String> {
        match (answer["error"]["code"].as_str(), answer["event"].as_str()) {
            (None, Some(event)) => self.acknowledged.push(Acknowledged {
                mark,
                ticket: answer["ticket"].as_u64().unwrap(),
                rev: answer["rev"].as_u64().unwrap(),
                event: event.to_owned(),
            }),
            // What is so already, and what a rule forbids, is not done.
            (None | Some("refused" | "conflict" | "not_found"), _) => {
                self.refused.insert(mark);
            }
            _ => return Err(answer.to_string()),
        }
        Ok(())
    }

    /// All that is wrong with a data directory, held against the ledger.
    pub(crate) fn faults(&self, data: &Path) -> Vec<String> {
        let mut faults = Vec::new();
        let mut places: BTreeMap<String, Vec<(u64, u64, String)>> = BTreeMap::new();
        for (id, path) in ticket_files(data) {
            match events(id, &path) {
                Ok(events) => {
                    for (seq, (mark, event)) in (1..).zip(events) {
                        places.entry(mark).or_default().push((id, seq, event));
                    }
                }
                Err(why) => faults.push(format!("torn: {}: {why}", path.display())),
            }
        }
        let twice = places.iter().filter(|(_, places)| places.len() > 1);
        faults.extend(twice.map(|(mark, places)| format!("twice: {mark}: {places:?}")));
        for Acknowledged {
            mark,
            ticket,
            rev,
            event,
        } in &self.acknowledged
        {
            let expected = (*ticket, *rev, event.clone());
            let found = places.get(mark).and_then(|places| places.first());
            if found != Some(&expected) {
                faults.push(format!("lost: {mark}: {found:?} is not {expected:?}"));
            }
        }
        for marks in &self.together {
            let done = marks.iter().filter(|mark| places.contains_key(*mark));
            let done = done.count();
            if done != 0 && done != marks.len() {
                let of = marks.len();
                faults.push(format!("half done: {done} of {of} from {} on", marks[0]));
            }
        }
        let happened = self
            .refused
            .iter()
            .filter(|mark| places.contains_key(*mark));
        faults.extend(happened.map(|mark| format!("refused, and yet there: {mark}")));
        for login in &self.technicians {
            let path = data.join(format!("technicians/{login}.json"));
            match parse(&path) {
                Ok(technician) if technician["login"] == json!(login) => {}
                other => faults.push(format!("lost: technician {login}: {other:?}")),
            }
        }
        faults
    }
}

/// The ticket files, with the number that the name tells.
fn ticket_files(data: &Path) -> Vec<(u64, PathBuf)> {
    let folders = data.join("tickets").read_dir().into_iter().flatten();
    let files = folders.flat_map(|folder| folder.unwrap().path().read_dir().unwrap());
    files
        .map(|file| {
            let path = file.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap();
            (name.parse().unwrap(), path)
        })
        .collect()
}

/// The mark and kind of each event of a ticket that is whole.
fn events(id: u64, path: &Path) -> Result<Vec<(String, String)>, String> {
    let ticket = parse(path)?;
    let events = ticket["events"].as_array().ok_or("has no events")?;
    if ticket["id"] != json!(id) || ticket["rev"] != json!(events.len()) {
        return Err(format!("is {} at revision {}", ticket["id"], ticket["rev"]));
    }
    let mut found = Vec::new();
    for (seq, event) in (1..).zip(events) {
        let kind = event["event"].as_str().unwrap_or_default();
        let text = match kind {
            "opened" => &event["changed"]["subject"][1],
            _ => &event["message"],
        };
        let mark = text.as_str().and_then(|text| text.split(' ').next());
        let (true, Some(mark)) = (event["seq"] == json!(seq), mark) else {
            return Err(format!("event {seq} is {event}"));
        };
        found.push((mark.to_owned(), kind.to_owned()));
    }
    Ok(found)
}

fn parse(path: &Path) -> Result<Value, String> {
    let bytes = std::fs::read(path).map_err(|error| error.to_string())?;
    match bytes.len() {
        0 => Err("is empty".to_owned()),
        _ => serde_json::from_slice(&bytes).map_err(|error| error.to_string()),
    }
}

/// Somebody who does things at random, each a process of its own or a line of a batch.
pub(crate) struct Writer<'a> {
    /// Makes a command of these arguments.
    pub(crate) command: &'a (dyn Fn(&[&str]) -> Command + Sync),
    /// What distinguishes the marks of this writer.
    pub(crate) name: String,
    pub(crate) chance: Chance,
    /// The tickets it knows of: those it was told, and those it opened.
    pub(crate) tickets: Vec<u64>,
    pub(crate) running: &'a Running,
    pub(crate) ledger: Ledger,
    /// How many things it tried to do.
    pub(crate) tried: u64,
}

/// The process of a writer that runs at the moment. Who takes it away kills it.
pub(crate) type Running = Mutex<Option<Child>>;

/// The answers to some operations, as far as they came.
struct Answers {
    lines: Vec<Value>,
    /// How the process ended; nothing, if it was killed.
    ended: Option<ExitStatus>,
}

/// What comes to pass on a ticket, in about the proportion in which it does.
const VERBS: [&str; 10] = [
    "note", "note", "note", "note", "note", "wait", "resolve", "close", "reopen", "escalate",
];

impl<'a> Writer<'a> {
    pub(crate) fn new(
        name: String,
        seed: u64,
        command: &'a (dyn Fn(&[&str]) -> Command + Sync),
        running: &'a Running,
    ) -> Self {
        Self {
            command,
            name,
            chance: Chance::new(seed),
            tickets: Vec::new(),
            running,
            ledger: Ledger::default(),
            tried: 0,
        }
    }

    /// Does one thing, or a batch of at most so many.
    ///
    /// # Errors
    /// What failed, other than by a rule. Who was killed has failed at nothing.
    pub(crate) fn step(&mut self, most: u64) -> Result<(), String> {
        match self.chance.below(20) {
            0 => self.add_technician(),
            1 | 2 => self.batch(most),
            _ => self.single(),
        }
    }

    fn add_technician(&mut self) -> Result<(), String> {
        let login = self.mark();
        let answers = self.run(&["tech", "add", &login, "--json"]);
        if let Some(answer) = answers.complete(1)?.first() {
            if answer["login"] != json!(login) {
                return Err(answer.to_string());
            }
            self.ledger.technicians.insert(login);
        }
        Ok(())
    }

    /// Does one thing, in a process of its own.
    pub(crate) fn single(&mut self) -> Result<(), String> {
        let (mark, line) = self.operation();
        let text = |key: &str| line[key].as_str().unwrap_or_default();
        let ticket = line["ticket"].to_string();
        let mut args = match text("op") {
            "open" => vec!["open", text("subject")],
            op => vec![op, &ticket],
        };
        if !text("ref").is_empty() {
            args.extend(["--ref", text("ref")]);
        }
        args.extend(["-m", text("message"), "--json"]);
        let answers = self.run(&args);
        self.enter(vec![mark], answers)
    }

    /// Does several things in one process, and waits now and then for the answers.
    pub(crate) fn batch(&mut self, most: u64) -> Result<(), String> {
        let (mut stdin, mut stdout) = self.start(&["batch", "--json"]);
        let mut left = 1 + self.chance.below(most);
        let mut marks = Vec::new();
        let mut lines = Vec::new();
        while left > 0 && lines.len() == marks.len() {
            let portion = 1 + self.chance.below(left);
            left -= portion;
            let mut text = String::new();
            for _ in 0..portion {
                let (mark, line) = self.operation();
                marks.push(mark);
                text += &format!("{line}\n");
            }
            say(&mut stdin, &text, || {
                read_lines(&mut stdout, portion, &mut lines);
            });
        }
        drop(stdin);
        let ended = self.end();
        self.enter(marks, Answers { lines, ended })
    }

    /// Opens and notes several things, all or none.
    pub(crate) fn whole(&mut self, most: u64) -> Result<(), String> {
        let count = 2 + self.chance.below(most);
        let (marks, answers) = self.at_once(&["batch", "--atomic", "--json"], count, "note");
        self.ledger.together.push(marks.clone());
        self.enter(marks, answers)
    }

    /// Opens so many tickets in one group.
    pub(crate) fn openings(&mut self, count: u64) -> Result<(), String> {
        let (marks, answers) = self.at_once(&["batch", "--json"], count, "open");
        self.enter(marks, answers)
    }

    /// Says several lines at once, of openings and of one other verb, of which no rule refuses any.
    fn at_once(&mut self, args: &[&str], count: u64, verb: &str) -> (Vec<String>, Answers) {
        let (mut stdin, mut stdout) = self.start(args);
        let mut marks = Vec::new();
        let mut text = String::new();
        for _ in 0..count {
            let (mark, likely) = self.operation();
            let op = if likely["op"] == json!("open") {
                "open"
            } else {
                verb
            };
            let mut line = json!({"op": op, "message": likely["message"]});
            match op {
                "open" => line["subject"] = json!(mark),
                _ => line["ticket"] = likely["ticket"].clone(),
            }
            marks.push(mark);
            text += &format!("{line}\n");
        }
        let mut lines = Vec::new();
        std::thread::scope(|scope| {
            // All of it is one group, of which nothing is answered before the end.
            scope.spawn(move || stdin.write_all(text.as_bytes()));
            read_lines(&mut stdout, count, &mut lines);
        });
        let ended = self.end();
        (marks, Answers { lines, ended })
    }

    /// The next operation, as a line of a batch.
    fn operation(&mut self) -> (String, Value) {
        let mark = self.mark();
        // Between a part of a block and several of them.
        let words = self.chance.below(1500) as usize;
        let message = format!("{mark} {}", "ghế ".repeat(words));
        let mut line = json!({"op": self.chance.pick(&VERBS), "message": message.trim_end()});
        if self.tickets.is_empty() || self.chance.percent(25) {
            line["op"] = json!("open");
            line["subject"] = json!(mark);
            if self.chance.percent(30) {
                line["ref"] = json!(format!("R{}", self.chance.below(500)));
            }
        } else {
            line["ticket"] = json!(self.chance.pick(&self.tickets));
        }
        (mark, line)
    }

    fn mark(&mut self) -> String {
        self.tried += 1;
        format!("{}-{}", self.name, self.tried)
    }

    fn run(&self, args: &[&str]) -> Answers {
        let (_, mut stdout) = self.start(args);
        let mut lines = Vec::new();
        read_lines(&mut stdout, u64::MAX, &mut lines);
        let ended = self.end();
        Answers { lines, ended }
    }

    fn start(&self, args: &[&str]) -> (ChildStdin, BufReader<ChildStdout>) {
        let mut child = (self.command)(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let pipes = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        *self.running.lock().unwrap() = Some(child);
        (pipes.0, BufReader::new(pipes.1))
    }

    fn end(&self) -> Option<ExitStatus> {
        let child = self.running.lock().unwrap().take();
        child.map(|mut child| child.wait().unwrap())
    }

    fn enter(&mut self, marks: Vec<String>, answers: Answers) -> Result<(), String> {
        let complete = answers.complete(marks.len());
        for (mark, answer) in marks.into_iter().zip(&answers.lines) {
            let opened = answer["event"] == json!("opened");
            self.tickets
                .extend(answer["ticket"].as_u64().filter(|_| opened));
            self.ledger.enter(mark, answer)?;
        }
        complete.map(drop)
    }
}

impl Answers {
    /// The answers, if they are all there or the process was killed.
    fn complete(&self, expected: usize) -> Result<&[Value], String> {
        match self.ended {
            Some(status) if self.lines.len() < expected => {
                Err(format!("no answer, and the end was {status}"))
            }
            _ => Ok(&self.lines),
        }
    }
}

/// Says something, and listens meanwhile: who answers a lot reads no more until that is heard.
fn say(stdin: &mut ChildStdin, text: &str, listen: impl FnOnce()) {
    std::thread::scope(|scope| {
        // Who was killed reads no more.
        scope.spawn(|| stdin.write_all(text.as_bytes()));
        listen();
    });
}

/// Reads so many lines, or those that there are. One that is not whole is none.
fn read_lines(from: &mut impl BufRead, most: u64, lines: &mut Vec<Value>) {
    for _ in 0..most {
        let mut line = String::new();
        from.read_line(&mut line).unwrap();
        if !line.ends_with('\n') {
            break;
        }
        lines.push(serde_json::from_str(&line).unwrap());
    }
}
