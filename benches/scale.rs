//! Whether desk is as fast with a million tickets as with ten thousand, and how it compares.
//!
//! Three stores, each ten times as large as the one before; a technician has about as much to do in
//! each. Most is timed against desk itself on another store.

use std::cell::OnceCell;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::clones;
use crate::indexer;
use crate::options::Options;
use crate::race::{MOST, peak, race};
use crate::shell::{NOWHERE, PART, Question, Shell};
use crate::stage::turns_ticket;
use crate::store::Store;
use crate::table;
use crate::taskwarrior::{DEEDS, Taskwarrior};
use crate::undo::{Foreign, STEP, Undo};
use crate::words::RARE;
use crate::{Result, SCRATCH};

/// A store of so many tickets; made when it is first needed.
struct Sized {
    tickets: u64,
    store: OnceCell<Store>,
}

/// What makes the command of a round, and prepares for it what is not timed.
type Turn<'a> = &'a dyn Fn(u64) -> Result<Command>;

/// What is timed, and against what.
struct Pair<'a> {
    name: String,
    against: String,
    target: Option<f64>,
    bare: Turn<'a>,
    desk: Turn<'a>,
}

struct Scale<'a> {
    options: &'a Options,
    small: Sized,
    middle: Sized,
    large: Sized,
}

/// What asks least: all that takes time is to bring the index up to date.
const ALL: &[&str] = &["list", "-l", "1"];
const MINE: &[&str] = &["list", "assignee:minh is:open"];
const NOTE: &[&str] = &["note", "TICKET", "-m", "Đã gọi lại cho người dùng."];
const OPEN: &[&str] = &["open", "Máy in kẹt giấy"];
const TECHNICIANS: &[&str] = &["report", "technicians", "--period", "2026-10"];

/// What is asked all day: its name, its words, and what the shell is asked instead.
const QUESTIONS: [(&str, &[&str], Question); 5] = [
    ("list mine", MINE, Question::Mine),
    ("search rare", &["search", RARE], Question::Rare),
    ("search nowhere", &["search", NOWHERE], Question::Nowhere),
    (
        "search part of a reference",
        &["search", PART],
        Question::Reference,
    ),
    ("status", &["status", "--as", "minh"], Question::Status),
];

/// Times everything, and prints the table.
pub(crate) fn run(options: &Options) -> Result<()> {
    // Two runs at once would take back each other's changes.
    let lock = fs::File::create(Path::new(SCRATCH).join("lock"))?;
    lock.try_lock()?;
    let sized = |tickets: u64| Sized {
        tickets: tickets.max(1),
        store: OnceCell::new(),
    };
    let scale = Scale {
        options,
        small: sized(options.tickets / 100),
        middle: sized(options.tickets / 10),
        large: sized(options.tickets),
    };
    table::markdown_head();
    scale.questions()?;
    scale.after_a_note()?;
    scale.against_the_shell()?;
    scale.report()?;
    scale.writes()?;
    scale.making()?;
    scale.memory()?;
    scale.taskwarrior()
}

impl Sized {
    fn name(&self) -> String {
        match self.tickets {
            n if n.is_multiple_of(1_000_000) => format!("{}M", n / 1_000_000),
            n if n.is_multiple_of(1_000) => format!("{}k", n / 1_000),
            n => n.to_string(),
        }
    }

    fn store(&self) -> Result<&Store> {
        match self.store.get() {
            Some(store) => Ok(store),
            None => {
                let store = clones::made(self.tickets)?;
                // What was made just now is on its way to the disk, and would be timed with the first row.
                Command::new("sync").status()?;
                Ok(self.store.get_or_init(|| store))
            }
        }
    }

    fn desk(&self, words: &[&str], turn: u64) -> Result<Command> {
        let ticket = turns_ticket(turn, self.tickets).to_string();
        Ok(self.store()?.desk(words.iter().map(|&word| match word {
            "TICKET" => ticket.as_str(),
            word => word,
        })))
    }

    /// Removes the index, so that the next one to ask makes it.
    fn forget(&self) -> Result<()> {
        fs::remove_dir_all(self.store()?.path(".desk/index"))?;
        Ok(())
    }

    /// Runs a command that is not timed.
    fn run(&self, words: &[&str], turn: u64) -> Result<()> {
        let done = self.desk(words, turn)?.output()?;
        match done.status.success() {
            true => Ok(()),
            false => Err(String::from_utf8_lossy(&done.stderr).into()),
        }
    }
}

/// How many times as long a question may take of a hundred times as many tickets.
fn at_scale(question: Question) -> f64 {
    match question {
        // More numbers have the same three digits side by side.
        Question::Reference => 2.0,
        _ => 1.3,
    }
}

/// A command that tells nobody how far it is.
fn silent(mut command: Command) -> Command {
    command.stderr(Stdio::null());
    command
}

impl Scale<'_> {
    fn time(&self, pair: &Pair<'_>) -> Result<()> {
        if self.options.wants(&pair.name) {
            let one = |turn: Turn<'_>, round| Ok(vec![turn(round)?]);
            let race = race(|round| one(pair.bare, round), |round| one(pair.desk, round))?;
            table::markdown_row(&pair.name, &pair.against, pair.target, &race);
        }
        Ok(())
    }

    fn questions(&self) -> Result<()> {
        let (small, large) = (&self.small, &self.large);
        for (name, words, question) in QUESTIONS {
            self.time(&Pair {
                name: format!("{name}, {}", large.name()),
                against: small.name(),
                target: Some(at_scale(question)),
                bare: &|round| small.desk(words, round),
                desk: &|round| large.desk(words, round),
            })?;
        }
        Ok(())
    }

    fn after_a_note(&self) -> Result<()> {
        let (small, large) = (&self.small, &self.large);
        let name = |name: &str| format!("{name} after a note, {}", large.name());
        if !QUESTIONS
            .iter()
            .any(|(question, ..)| self.options.wants(&name(question)))
        {
            return Ok(());
        }
        let _undo = [
            Undo::of(small.store()?, small.tickets)?,
            Undo::of(large.store()?, large.tickets)?,
        ];
        // The cache is warm for all questions, and not from the second on.
        for round in 0..MOST {
            small.run(NOTE, round)?;
            large.run(NOTE, round)?;
        }
        for (title, words, question) in QUESTIONS {
            let after = |sized: &Sized, round| {
                sized.run(NOTE, round)?;
                sized.desk(words, round)
            };
            self.time(&Pair {
                name: name(title),
                against: small.name(),
                target: Some(at_scale(question)),
                bare: &|round| after(small, round),
                desk: &|round| after(large, round),
            })?;
        }
        Ok(())
    }

    fn against_the_shell(&self) -> Result<()> {
        let middle = &self.middle;
        let technicians = ("report technicians", TECHNICIANS, Question::Technicians);
        let all = QUESTIONS.map(|question| (question, 0.9));
        let all = all.into_iter().chain([(technicians, 2.0)]);
        let all = all.map(|((name, words, question), target)| {
            (
                format!("{name}, {}", middle.name()),
                words,
                question,
                target,
            )
        });
        let mut wanted = all.filter(|(name, ..)| self.options.wants(name)).peekable();
        if wanted.peek().is_none() {
            return Ok(());
        }
        let Some(shell) = Shell::new(middle.store()?)? else {
            return Ok(());
        };
        for (name, words, question, target) in wanted {
            self.time(&Pair {
                name,
                against: "sqlite3".to_owned(),
                target: Some(target),
                bare: &|_| Ok(shell.ask(question)),
                desk: &|round| middle.desk(words, round),
            })?;
        }
        Ok(())
    }

    fn report(&self) -> Result<()> {
        let (middle, large) = (&self.middle, &self.large);
        self.time(&Pair {
            name: format!("report technicians, {}", large.name()),
            against: middle.name(),
            target: Some(1.5),
            bare: &|round| middle.desk(TECHNICIANS, round),
            desk: &|round| large.desk(TECHNICIANS, round),
        })
    }

    fn writes(&self) -> Result<()> {
        let large = &self.large;
        let name = |verb: &str| format!("{verb}, {}", large.name());
        if !["open", "note"]
            .iter()
            .any(|verb| self.options.wants(&name(verb)))
        {
            return Ok(());
        }
        let _undo = Undo::of(large.store()?, large.tickets)?;
        let empty = Store::at("empty-store")?;
        self.time(&Pair {
            name: name("open"),
            against: "empty store".to_owned(),
            target: Some(1.1),
            bare: &|_| Ok(empty.desk(OPEN.iter().copied())),
            desk: &|round| large.desk(OPEN, round),
        })?;
        // Where nothing is, nothing can be noted: it has a ticket for every round.
        let few = Sized {
            tickets: MOST,
            store: Store::made(MOST)?.copy("few")?.into(),
        };
        self.time(&Pair {
            name: name("note"),
            against: format!("{MOST} tickets"),
            target: Some(1.1),
            bare: &|round| few.desk(NOTE, round),
            desk: &|round| large.desk(NOTE, round),
        })?;
        few.store()?.remove()?;
        empty.remove()
    }

    fn making(&self) -> Result<()> {
        let middle = &self.middle;
        let tickets = || Ok::<_, Box<dyn std::error::Error>>(middle.store()?.path("tickets"));
        self.time(&Pair {
            name: format!("full rebuild, {}", middle.name()),
            against: "bare program".to_owned(),
            target: Some(1.5),
            bare: &|_| indexer::command(&tickets()?, 1),
            desk: &|round| {
                middle.forget()?;
                Ok(silent(middle.desk(ALL, round)?))
            },
        })?;
        let name = format!(
            "after {} foreign changes, {}",
            middle.tickets / STEP,
            middle.name()
        );
        if !self.options.wants(&name) {
            return Ok(());
        }
        let foreign = Foreign::on(middle.store()?, middle.tickets)?;
        self.time(&Pair {
            name,
            against: "bare program".to_owned(),
            target: Some(1.5),
            bare: &|round| {
                foreign.change(round)?;
                indexer::command(&tickets()?, STEP)
            },
            desk: &|round| Ok(silent(middle.desk(MINE, round)?)),
        })?;
        drop(foreign);
        middle.run(MINE, 0)
    }

    fn memory(&self) -> Result<()> {
        let large = &self.large;
        let name = format!("peak memory of a rebuild, {}", large.name());
        if self.options.wants(&name) {
            large.forget()?;
            let (took, peak) = peak(large.desk(ALL, 0)?)?;
            table::markdown_memory(&name, took, peak);
        }
        Ok(())
    }

    fn taskwarrior(&self) -> Result<()> {
        for sized in [&self.small, &self.middle] {
            let name = |deed: &str| format!("{deed}, {} (Taskwarrior)", sized.name());
            if !DEEDS
                .iter()
                .any(|deed| self.options.wants(&name(deed.name)))
            {
                continue;
            }
            let Some(taskwarrior) = Taskwarrior::new(sized.store()?)? else {
                return Ok(());
            };
            for deed in &DEEDS {
                let _undo = match deed.writes {
                    true => Some(Undo::of(sized.store()?, sized.tickets)?),
                    false => None,
                };
                self.time(&Pair {
                    name: name(deed.name),
                    against: "Taskwarrior".to_owned(),
                    target: Some(1.0),
                    bare: &|round| Ok(taskwarrior.does(deed, round)),
                    desk: &|round| sized.desk(deed.desk, round),
                })?;
            }
        }
        Ok(())
    }
}
