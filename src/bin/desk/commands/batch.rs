//! `desk batch`

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use clap::Args as ClapArgs;
use desk::operation::from_lines;
use desk::{Answer, Caller, Error, Mode, Result};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use super::answers::Answers;
use crate::context::Context;
use crate::exit::Exit;

#[derive(ClapArgs, Debug)]
pub(crate) struct Args {
    /// A file of JSON lines; `-`, or nothing, is standard input
    file: Option<PathBuf>,
    /// Say what every line would do, and do nothing
    #[arg(long, short = 'n')]
    dry_run: bool,
    /// Do what all lines say, or nothing if one of them is refused; also through a kill
    #[arg(long)]
    atomic: bool,
    /// Do what can be done, and answer what is refused: the default
    #[arg(long, conflicts_with = "atomic")]
    keep_going: bool,
}

/// The longest line: a ticket holds 8 MiB, and JSON can take six bytes for one.
const LONGEST_LINE: usize = 64 * 1024 * 1024;

/// What is read at once.
const BUFFER: usize = 128 * 1024;

/// Lines are decided and written together as long as they come without waiting: so a file goes in large
/// groups, of which each is made durable at once, and a program that writes line by line gets each
/// answer at once. A group ends at so many bytes, which take some 80 MB (ten thousand openings of the usual
/// length are less: so those that fill a folder are written with it),
const MOST_BYTES: usize = 12_000_000;

/// of which each line counts for so many more than it has: what is decided of an opening takes six times
/// the memory of its line, and 4 KB.
const EACH_LINE: usize = 650;

/// It ends after so long a time, too.
const LONGEST: Duration = Duration::from_secs(1);

/// Who has written so many lines at once will write more,
const MANY: usize = 64;

/// and is waited for so long.
const PATIENCE: Duration = Duration::from_millis(20);

/// A group of so many lines is worth a thread that drops it.
const LARGE: usize = 1_000;

/// What some editors put in front of a file.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// A line as it came.
struct Line {
    number: u64,
    bytes: Vec<u8>,
}

/// Where the lines come from.
struct Input {
    name: PathBuf,
    source: File,
    /// What was read, of which the lines up to `done` are taken, and what is up to `looked` is no line
    /// yet.
    buffer: Vec<u8>,
    done: usize,
    looked: usize,
    is_at_end: bool,
    /// How many lines were read.
    number: u64,
}

pub(crate) fn run(args: Args, context: &mut Context) -> Result<Exit> {
    let mode = match args {
        Args { dry_run: true, .. } => Mode::DryRun,
        Args { atomic: true, .. } => Mode::Atomic,
        _ => Mode::Apply,
    };
    let mut input = Input::open(args.file.as_deref())?;
    let mut caller = context.caller()?;
    let mut answers = Answers::new(context, mode)?;
    loop {
        let mut group = input.next_group()?;
        if group.is_empty() {
            answers.sum_up("operation", "done");
            return answers.finish_batch(args.atomic);
        }
        if mode != Mode::Apply {
            // Nothing of one group is there for the next, or all of it shall be: so all is one group.
            loop {
                let more = input.next_group()?;
                if more.is_empty() {
                    break;
                }
                group.extend(more);
            }
        }
        // Lines may come for as long as the program that writes them runs.
        caller.now = context.later()?;
        perform(group, &caller, (mode, args.atomic), &mut answers, context)?;
        answers.flush()?;
    }
}

impl Input {
    fn open(file: Option<&Path>) -> Result<Self> {
        let (name, source) = match file {
            Some(path) if path != Path::new("-") => (path, File::open(path)),
            _ => {
                let own = std::io::stdin().as_fd().try_clone_to_owned();
                (Path::new("standard input"), own.map(File::from))
            }
        };
        let source = source.map_err(Error::io("read", name))?;
        Ok(Self {
            name: name.to_owned(),
            source,
            buffer: Vec::new(),
            done: 0,
            looked: 0,
            is_at_end: false,
            number: 0,
        })
    }

    /// The next lines that can be had without waiting; none at the end.
    fn next_group(&mut self) -> Result<Vec<Line>> {
        let (mut group, mut bytes, began) = (Vec::new(), 0, Instant::now());
        loop {
            while let Some(line) = self.next_line()? {
                bytes += line.bytes.len() + EACH_LINE;
                if !line.bytes.trim_ascii().is_empty() {
                    group.push(line);
                }
                if bytes >= MOST_BYTES {
                    return Ok(group);
                }
            }
            let patience = match group.len() {
                0..MANY => Duration::ZERO,
                _ => PATIENCE,
            };
            let goes_on = group.is_empty() || (began.elapsed() < LONGEST && self.comes(patience));
            if self.is_at_end || !goes_on {
                return Ok(group);
            }
            self.fill()?;
        }
    }

    /// The next line of what was read; the last one need not be ended.
    fn next_line(&mut self) -> Result<Option<Line>> {
        let end = self.buffer[self.looked..].iter().position(|&b| b == b'\n');
        let end = end.map(|at| self.looked + at + 1);
        self.looked = end.unwrap_or(self.buffer.len());
        let line = &self.buffer[self.done..self.looked];
        if line.len() >= LONGEST_LINE {
            let number = self.number + 1;
            return Err(Error::usage(format!("line {number} is longer than 64 MiB")));
        }
        if line.is_empty() || (end.is_none() && !self.is_at_end) {
            return Ok(None);
        }
        let mut bytes = line.to_vec();
        self.done = self.looked;
        self.number += 1;
        if self.number == 1 && bytes.starts_with(BYTE_ORDER_MARK) {
            bytes.drain(..BYTE_ORDER_MARK.len());
        }
        Ok(Some(Line {
            number: self.number,
            bytes,
        }))
    }

    /// Whether more comes within this time, or the end.
    fn comes(&self, within: Duration) -> bool {
        let wait = PollTimeout::try_from(within).unwrap_or(PollTimeout::ZERO);
        let mut wanted = [PollFd::new(self.source.as_fd(), PollFlags::POLLIN)];
        // Whoever cannot tell is read.
        poll(&mut wanted, wait).map_or(true, |ready| ready > 0)
    }

    /// Reads on.
    fn fill(&mut self) -> Result<()> {
        self.buffer.drain(..self.done);
        self.looked -= self.done;
        self.done = 0;
        let kept = self.buffer.len();
        self.buffer.resize(kept + BUFFER, 0);
        let read = loop {
            match self.source.read(&mut self.buffer[kept..]) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                read => break read.map_err(Error::io("read", &self.name))?,
            }
        };
        self.buffer.truncate(kept + read);
        self.is_at_end = read == 0;
        Ok(())
    }
}

fn perform(
    group: Vec<Line>,
    caller: &Caller,
    (mode, atomic): (Mode, bool),
    answers: &mut Answers,
    context: &mut Context,
) -> Result<()> {
    let clock = context.clock()?;
    let texts: Vec<&[u8]> = group.iter().map(|line| line.bytes.trim_ascii()).collect();
    let read = from_lines(&texts, &clock);
    let mut operations = Vec::with_capacity(group.len());
    let mut lines = Vec::with_capacity(group.len());
    for (line, read) in group.into_iter().zip(read) {
        let error = match read {
            Ok(operation) => {
                operations.push(operation);
                None
            }
            Err(error) => Some(error),
        };
        lines.push((line.number, error));
    }
    let all_are_read = operations.len() == lines.len();
    let mut outcomes = match mode {
        Mode::Atomic if !all_are_read => {
            operations.iter().map(|_| Err(Error::not_done())).collect()
        }
        _ => context.desk()?.perform(&operations, caller, mode),
    };
    if atomic && mode == Mode::DryRun && !(all_are_read && outcomes.iter().all(Result::is_ok)) {
        let not_done = |outcome: Result<Answer>| outcome.and_then(|_| Err(Error::not_done()));
        outcomes = outcomes.into_iter().map(not_done).collect();
    }
    let mut told = operations.iter().zip(&outcomes);
    for (number, error) in lines {
        match error {
            Some(error) => answers.tell_error(Some(number), None, &error)?,
            None => {
                if let Some((operation, outcome)) = told.next() {
                    answers.tell_line(Some(number), operation, outcome)?;
                }
            }
        }
    }
    if operations.len() >= LARGE {
        // To drop it takes as long as to make it: that is done while the next group is read, and at the end
        // nobody waits for it. A machine that has no thread to give drops it now.
        let _ = thread::Builder::new().spawn(move || drop((operations, outcomes)));
    }
    Ok(())
}
