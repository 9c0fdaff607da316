//! `desk batch`

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use clap::Args as ClapArgs;
use desk::operation::from_json;
use desk::{Caller, Error, Mode, Operation, Result};

use super::write::Answers;
use crate::context::Context;
use crate::exit::Exit;

#[derive(ClapArgs, Debug)]
pub(crate) struct Args {
    /// A file of JSON lines; `-`, or nothing, is standard input
    file: Option<PathBuf>,
    /// Say what every line would do, and do nothing
    #[arg(long, short = 'n')]
    dry_run: bool,
}

/// The longest line: a ticket holds 8 MiB, and JSON can take six bytes for one.
const LONGEST_LINE: u64 = 64 * 1024 * 1024;

/// What is read at once. Lines that lie in it together are decided and written together: so a file
/// goes in large groups, and a program that writes line by line gets each answer at once.
const BUFFER: usize = 128 * 1024;

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
    reader: BufReader<Box<dyn Read>>,
    /// How many lines were read.
    number: u64,
}

pub(crate) fn run(args: Args, context: &mut Context) -> Result<Exit> {
    let mode = if args.dry_run {
        Mode::DryRun
    } else {
        Mode::Apply
    };
    let mut input = Input::open(args.file.as_deref())?;
    let mut caller = context.caller()?;
    let mut answers = Answers::new(context, mode)?;
    loop {
        let mut group = input.next_group()?;
        if group.is_empty() {
            return answers.finish_batch();
        }
        if mode == Mode::DryRun {
            // Nothing of one group is there for the next: so all is one group.
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
        perform(group, &caller, mode, &mut answers, context)?;
        answers.flush()?;
    }
}

impl Input {
    fn open(file: Option<&Path>) -> Result<Self> {
        let (name, source): (_, Box<dyn Read>) = match file {
            Some(path) if path != Path::new("-") => {
                let file = File::open(path).map_err(Error::io("read", path))?;
                (path, Box::new(file))
            }
            _ => (Path::new("standard input"), Box::new(std::io::stdin())),
        };
        Ok(Self {
            name: name.to_owned(),
            reader: BufReader::with_capacity(BUFFER, source),
            number: 0,
        })
    }

    /// The next lines that can be had without waiting; none at the end.
    fn next_group(&mut self) -> Result<Vec<Line>> {
        let mut group = Vec::new();
        while group.is_empty() || self.reader.buffer().contains(&b'\n') {
            let mut bytes = Vec::new();
            let read = Read::take(&mut self.reader, LONGEST_LINE).read_until(b'\n', &mut bytes);
            if read.map_err(Error::io("read", &self.name))? == 0 {
                break;
            }
            self.number += 1;
            let number = self.number;
            if bytes.len() as u64 >= LONGEST_LINE {
                return Err(Error::usage(format!("line {number} is longer than 64 MiB")));
            }
            if number == 1 && bytes.starts_with(BYTE_ORDER_MARK) {
                bytes.drain(..BYTE_ORDER_MARK.len());
            }
            if !bytes.trim_ascii().is_empty() {
                group.push(Line { number, bytes });
            }
        }
        Ok(group)
    }
}

fn perform(
    group: Vec<Line>,
    caller: &Caller,
    mode: Mode,
    answers: &mut Answers,
    context: &mut Context,
) -> Result<()> {
    let clock = context.clock()?;
    let lines: Vec<(u64, Result<Operation>)> = group
        .into_iter()
        .map(|line| (line.number, from_json(line.bytes.trim_ascii(), &clock)))
        .collect();
    let understood = lines.iter().filter_map(|(_, line)| line.as_ref().ok());
    let operations: Vec<Operation> = understood.cloned().collect();
    let mut outcomes = context
        .desk()?
        .perform(&operations, caller, mode)
        .into_iter();
    for (number, line) in lines {
        match line {
            Ok(operation) => {
                let outcome = outcomes
                    .next()
                    .unwrap_or_else(|| Err(Error::usage("no answer")));
                answers.tell_line(Some(number), &operation, &outcome)?;
            }
            Err(error) => answers.tell_error(Some(number), None, &error)?,
        }
    }
    Ok(())
}
