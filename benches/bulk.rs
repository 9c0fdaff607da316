//! How long a great many operations take, and how much memory.
//!
//! Each row is timed against a bare program that writes the same files into the same folders and makes
//! none of them durable, against `task import` of the same tickets, or against a bare reader of the same
//! files, in turn. What was written before is on the disk before anything is timed, so that nobody waits
//! for another one's writes; and nothing is removed before all is done, since ext4 looks long for room
//! for new files among those that were just removed.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::options::Options;
use crate::plain;
use crate::race::{peak, time};
use crate::reader;
use crate::store::Store;
use crate::{Result, SCRATCH, table, tickets};

/// Where Debian has Taskwarrior.
const TASK: &str = "/usr/bin/task";

/// So often each is timed.
const ROUNDS: u64 = 5;

/// So many tickets a query changes.
const CHANGED: u64 = 40_000;

/// So many tickets have a story that is fed in, if no file is given: about six lines each.
const STORIES: u64 = 25_000;

/// A row: what it does, so many operations, and what it may take.
struct Row<'a> {
    name: &'a str,
    operations: u64,
    against: &'a str,
    target: Option<f64>,
}

/// Makes the command of a round; what it must prepare is not timed.
type Turn<'a> = &'a dyn Fn(u64) -> Result<Command>;

struct Bulk<'a> {
    options: &'a Options,
    folder: PathBuf,
}

/// Times everything, and prints the table.
pub(crate) fn run(options: &Options) -> Result<()> {
    let folder = Path::new(SCRATCH).join("bulk");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir(&folder)?;
    let bulk = Bulk { options, folder };
    table::bulk_head();
    bulk.open(10_000)?;
    bulk.open(100_000)?;
    bulk.feed()?;
    bulk.change()?;
    bulk.transfer()?;
    fs::remove_dir_all(&bulk.folder)?;
    Ok(())
}

impl Bulk<'_> {
    /// A data directory of its own for each round.
    fn fresh(&self, name: &str, round: u64) -> Store {
        Store::new(self.folder.join(format!("{name}-{round}")))
    }

    /// Times a row, in turn; the first round warms up, and tells the memory.
    fn time(&self, row: &Row<'_>, bare: Turn<'_>, desk: Turn<'_>) -> Result<()> {
        sync()?;
        let (_, memory) = peak(desk(0)?)?;
        let mut times = [Vec::new(), Vec::new()];
        for round in 1..=ROUNDS {
            let mut turns = [(0, bare), (1, desk)];
            if round.is_multiple_of(2) {
                turns.reverse();
            }
            for (which, turn) in turns {
                let command = turn(round)?;
                sync()?;
                times[which].push(time(vec![command])?);
            }
        }
        let [bare, desk] = times.map(middle);
        table::bulk_row(
            row.name,
            (desk, row.operations, memory),
            (row.against, bare),
            row.target,
        );
        Ok(())
    }

    /// Openings and nothing else, against plain files and against Taskwarrior.
    fn open(&self, count: u64) -> Result<()> {
        let name = format!("open {count}");
        if !self.options.wants(&name) {
            return Ok(());
        }
        let lines = self.folder.join(format!("open-{count}.jsonl"));
        let tasks = self.folder.join(format!("tasks-{count}.jsonl"));
        let all = self.folder.join("all.jsonl");
        tickets::write(count, &mut BufWriter::new(File::create(&all)?))?;
        let (mut openings, mut task) = (
            BufWriter::new(File::create(&lines)?),
            BufWriter::new(File::create(&tasks)?),
        );
        for line in BufReader::new(File::open(&all)?).lines() {
            let line = line?;
            let told: Value = serde_json::from_str(&line)?;
            if told["op"] == "open" {
                writeln!(openings, "{line}")?;
                writeln!(task, "{}", as_task(&told))?;
            }
        }
        openings.flush()?;
        task.flush()?;
        let made = |round| Ok(self.fed(&self.fresh(&name, round), &lines));
        let model = self.fresh(&name, 99);
        succeed(self.fed(&model, &lines))?;
        let pack = plain::pack(&model.path("tickets"), &self.folder.join("pack"))?;
        let row = |against, target| Row {
            name: &name,
            operations: count,
            against,
            target: Some(target),
        };
        self.time(
            &row("plain files", 2.0),
            &|round| plain::command(&pack, &self.folder.join(format!("plain-{count}-{round}"))),
            &made,
        )?;
        if !Path::new(TASK).exists() {
            println!("no {TASK}: desk is not timed against Taskwarrior");
            return Ok(());
        }
        self.time(
            &row("task import", 1.0),
            &|round| self.task_import(&tasks, &format!("task-{count}-{round}")),
            &|round| made(100 + round),
        )
    }

    /// `desk batch` of a file, into a data directory.
    fn fed(&self, store: &Store, lines: &Path) -> Command {
        let mut command = store.desk(["-q", "batch"]);
        command.arg(lines).stderr(std::process::Stdio::null());
        // What is told of the past is of another year than the benchmark's.
        command.env_remove("DESK_NOW");
        command
    }

    fn task_import(&self, tasks: &Path, name: &str) -> Result<Command> {
        let folder = self.folder.join(name);
        fs::create_dir(&folder)?;
        let settings = format!("data.location={}\nconfirmation=off\n", folder.display());
        fs::write(folder.join("taskrc"), settings)?;
        let mut command = Command::new(TASK);
        command
            .arg("import")
            .arg(tasks)
            .env_clear()
            .env("TASKRC", folder.join("taskrc"))
            .env("HOME", &folder)
            .env("LC_ALL", "C.UTF-8")
            .stderr(std::process::Stdio::null());
        Ok(command)
    }

    /// Whole stories: those of a file, or as many as a help desk tells in a year.
    fn feed(&self) -> Result<()> {
        if !self.options.wants("feed") {
            return Ok(());
        }
        let lines = match &self.options.feed {
            Some(file) => file.clone(),
            None => {
                let file = self.folder.join("stories.jsonl");
                tickets::write(STORIES, &mut BufWriter::new(File::create(&file)?))?;
                file
            }
        };
        let model = self.fresh("feed", 99);
        succeed(self.fed(&model, &lines))?;
        let pack = plain::pack(&model.path("tickets"), &self.folder.join("pack"))?;
        let row = Row {
            name: "feed",
            operations: BufReader::new(File::open(&lines)?).lines().count() as u64,
            against: "plain files",
            target: None,
        };
        self.time(
            &row,
            &|round| plain::command(&pack, &self.folder.join(format!("plain-feed-{round}"))),
            &|round| Ok(self.fed(&self.fresh("feed", round), &lines)),
        )
    }

    /// One query that changes many, again and again.
    fn change(&self) -> Result<()> {
        if !self.options.wants("edit --query") {
            return Ok(());
        }
        let store = Store::made(100_000)?.copy("changed")?;
        let query = format!("id:1..{CHANGED}");
        let whole = plain::pack(&store.path("tickets"), &self.folder.join("pack"))?;
        let pack = plain::first(&whole, CHANGED, &self.folder.join("some"))?;
        let row = Row {
            name: "edit --query",
            operations: CHANGED,
            against: "plain files",
            target: None,
        };
        self.time(
            &row,
            &|round| plain::command(&pack, &self.folder.join(format!("plain-edit-{round}"))),
            &|round| {
                // That the index learns of the change before is not of this one.
                succeed(store.desk(["-q", "list", "id:1"]))?;
                let tag = format!("round-{round}");
                Ok(store.desk(["-q", "edit", "--query", &query, "--tag", &tag]))
            },
        )?;
        store.remove()
    }

    /// Out, and in again.
    fn transfer(&self) -> Result<()> {
        let [out, into] = ["export", "import"].map(|name| self.options.wants(name));
        if !out && !into {
            return Ok(());
        }
        let count = 100_000;
        let store = Store::made(count)?;
        let tickets = store.path("tickets");
        if out {
            let row = Row {
                name: "export",
                operations: count,
                against: "bare reader",
                target: Some(1.5),
            };
            self.time(&row, &|_| reader::command(&tickets), &|_| {
                Ok(store.desk(["export"]))
            })?;
        }
        if into {
            let file = self.folder.join("export.jsonl");
            let mut export = store.desk(["export"]);
            succeed_into(&mut export, File::create(&file)?)?;
            let pack = plain::pack(&tickets, &self.folder.join("pack"))?;
            let row = Row {
                name: "import",
                operations: count,
                against: "plain files",
                target: Some(2.5),
            };
            self.time(
                &row,
                &|round| plain::command(&pack, &self.folder.join(format!("plain-import-{round}"))),
                &|round| {
                    let mut command = self.fresh("import", round).desk(["-q", "import"]);
                    command.arg(&file);
                    Ok(command)
                },
            )?;
        }
        Ok(())
    }
}

/// The task that Taskwarrior is told of an opening.
fn as_task(opening: &Value) -> Value {
    let at = opening["at"].as_str().unwrap_or_default();
    let digits: String = at.chars().filter(|c| !matches!(c, '-' | ':')).collect();
    let text = format!("{} {}", opening["subject"], opening["message"]);
    json!({
        "description": text.replace('"', ""),
        "entry": digits,
        "project": opening["category"],
        "status": "pending",
    })
}

fn middle(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// Everything that was written is on the disk.
fn sync() -> Result<()> {
    succeed(Command::new("sync"))
}

fn succeed(mut command: Command) -> Result<()> {
    let output = command.output()?;
    match output.status.success() {
        true => Ok(()),
        false => Err(format!("{command:?}: {}", String::from_utf8_lossy(&output.stderr)).into()),
    }
}

fn succeed_into(command: &mut Command, file: File) -> Result<()> {
    match command.stdout(file).status()?.success() {
        true => Ok(()),
        false => Err(format!("{command:?} failed").into()),
    }
}
