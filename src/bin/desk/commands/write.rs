//! How a verb that changes tickets runs, and how its answers are told.

use std::io::Write;

use clap::Args;
use desk::operation::Verb;
use desk::{Answer, Error, Mode, Operation, Result, Zone};
use serde::Serialize;
use serde_json::Value;

use super::message::{Message, Text};
use super::targets::{Manner, Named, Targets};
use crate::context::Context;
use crate::exit::{self, Exit, Tally};
use crate::render::output::{Output, failed};
use crate::render::{change, json, safe};

/// So many tickets are decided and written together.
const GROUP: usize = 1000;

/// The tickets that a verb changes, and a text: all that many verbs take.
#[derive(Args, Debug)]
pub(crate) struct Texted {
    #[command(flatten)]
    pub(crate) targets: Targets,
    #[command(flatten)]
    pub(crate) message: Message,
}

/// Does the same to each of the tickets that were named.
pub(crate) fn each(
    context: &mut Context,
    targets: &Targets,
    text: Text,
    verb: impl Fn(Option<String>) -> Verb,
) -> Result<Exit> {
    if text.from_stdin && targets.selection.is_on_stdin() {
        let error = Error::usage("standard input cannot be both the text and the tickets");
        return Err(error.with_hint("give the text with -m TEXT or -F FILE"));
    }
    let done = all_of(context, targets, &verb(text.text.clone()));
    text.settle(matches!(done, Ok(exit::DONE)) && !targets.manner.dry_run);
    done
}

fn all_of(context: &mut Context, targets: &Targets, verb: &Verb) -> Result<Exit> {
    let key = targets.once.key()?;
    for (flag, is_given) in [
        ("--if-rev", targets.if_rev.is_some()),
        ("--id", key.is_some()),
    ] {
        if is_given && targets.selection.is_several() {
            let message = format!("{flag} is about one ticket, not several");
            return Err(Error::usage(message));
        }
    }
    let named = targets.selection.names(context)?;
    let operation = Operation {
        if_rev: targets.if_rev,
        key,
        ..Operation::new(verb.clone())
    };
    to_each(context, &targets.manner, &named, &operation)
}

/// Performs an operation on each of some tickets.
pub(crate) fn to_each(
    context: &mut Context,
    manner: &Manner,
    named: &Named,
    operation: &Operation,
) -> Result<Exit> {
    let at = manner.at(context)?;
    let operation = |name| Operation {
        at,
        ticket: Some(name),
        ..operation.clone()
    };
    let caller = context.caller()?;
    let mode = manner.mode();
    let mut answers = Answers::new(context, mode)?;
    for names in named.names.chunks(GROUP) {
        let operations: Vec<Operation> = names.iter().cloned().map(operation).collect();
        let outcomes = context.desk()?.perform(&operations, &caller, mode);
        for (operation, outcome) in operations.iter().zip(&outcomes) {
            answers.tell(operation, outcome)?;
        }
    }
    let done = answers.finish()?;
    Ok(match done {
        exit::DONE => exit::of_reads(&named.damaged),
        failure => failure,
    })
}

/// Answers as they are told: to programs one JSON object a line, to people a line each.
pub(crate) struct Answers {
    out: Output<'static>,
    json: bool,
    quiet: bool,
    mode: Mode,
    zone: Zone,
    tally: Tally,
    unit: Unit,
}

/// What the numbers in front of answers count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Lines,
    Items,
}

impl Answers {
    pub(crate) fn new(context: &mut Context, mode: Mode) -> Result<Self> {
        Ok(Self {
            zone: context.zone()?,
            out: context.answers(),
            json: context.wants_json(),
            quiet: context.is_quiet(),
            mode,
            tally: Tally::default(),
            unit: Unit::Lines,
        })
    }

    /// The answers, with what they are about counted as items of a list, if it is one.
    pub(crate) fn counting_items(mut self, is_list: bool) -> Self {
        if is_list {
            self.unit = Unit::Items;
        }
        self
    }

    /// Tells what became of an operation.
    pub(crate) fn tell(&mut self, operation: &Operation, outcome: &Result<Answer>) -> Result<()> {
        self.tell_line(None, operation, outcome)
    }

    /// The same, for a line of a batch.
    pub(crate) fn tell_line(
        &mut self,
        line: Option<u64>,
        operation: &Operation,
        outcome: &Result<Answer>,
    ) -> Result<()> {
        match outcome {
            Ok(answer) => self.tell_answer(line, answer),
            Err(error) => self.tell_error(
                line,
                operation
                    .ticket
                    .as_ref()
                    .map(|name| serde_json::json!(name)),
                error,
            ),
        }
    }

    /// Tells what was done.
    pub(crate) fn tell_answer(&mut self, line: Option<u64>, answer: &Answer) -> Result<()> {
        self.tally.done();
        if self.json {
            return self.line(&self.told(line, answer));
        }
        for warning in &answer.warnings {
            exit::talk(&format!("{}warning: {warning}", self.place(line)));
        }
        if self.quiet {
            return Ok(());
        }
        let unsaid = |why: &&String| !answer.warnings.contains(*why);
        for why in answer.why.iter().filter(unsaid) {
            exit::talk(&format!("{}why: {why}", self.place(line)));
        }
        let text = sentence(answer, self.mode, self.zone);
        writeln!(self.out, "{}{text}", self.place(line)).map_err(failed)
    }

    /// Tells an error, of an operation on `ticket` if it named one.
    pub(crate) fn tell_error(
        &mut self,
        line: Option<u64>,
        ticket: Option<Value>,
        error: &Error,
    ) -> Result<()> {
        self.tally.failed(error);
        if self.json {
            let body = Failed {
                ticket: ticket.unwrap_or(Value::Null),
                error: Failure {
                    code: error.code().as_str(),
                    message: error.to_string(),
                    hint: error.hint(),
                },
            };
            return self.line(&self.told(line, &body));
        }
        exit::talk(&format!("{}error: {error}", self.place(line)));
        if let Some(hint) = error.hint() {
            exit::talk(&format!("{}hint: {hint}", self.place(line)));
        }
        Ok(())
    }

    fn told<'a, T>(&self, number: Option<u64>, body: &'a T) -> Told<'a, T> {
        Told {
            line: number.filter(|_| self.unit == Unit::Lines),
            item: number.filter(|_| self.unit == Unit::Items),
            body,
        }
    }

    fn place(&self, number: Option<u64>) -> String {
        let unit = match self.unit {
            Unit::Lines => "line",
            Unit::Items => "item",
        };
        number
            .map(|number| format!("{unit} {number}: "))
            .unwrap_or_default()
    }

    /// Writes a line that is no answer.
    pub(crate) fn say(&mut self, line: &str) -> Result<()> {
        writeln!(self.out, "{line}").map_err(failed)
    }

    fn line<T: Serialize>(&mut self, told: &Told<'_, T>) -> Result<()> {
        json::write(told, &mut self.out).map_err(failed)
    }

    /// What was told so far goes out now.
    pub(crate) fn flush(&mut self) -> Result<()> {
        self.out.flush().map_err(failed)
    }

    /// The end of the answers: the exit code. Where they could not be told, what was written is
    /// written all the same.
    pub(crate) fn finish(self) -> Result<Exit> {
        let done = self.tally.of_writes();
        self.out.finish().map(|()| done)
    }

    /// The same for a batch.
    pub(crate) fn finish_batch(self) -> Result<Exit> {
        let done = self.tally.of_batch();
        self.out.finish().map(|()| done)
    }
}

/// An answer, with the line of the batch in front, or the number of the item.
#[derive(Serialize)]
struct Told<'a, T> {
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    item: Option<u64>,
    #[serde(flatten)]
    body: &'a T,
}

#[derive(Serialize)]
struct Failed {
    ticket: Value,
    error: Failure,
}

#[derive(Serialize)]
struct Failure {
    code: &'static str,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
}

/// `1042 escalated: tier 1 → 2, assignee minh → lan`.
fn sentence(answer: &Answer, mode: Mode, zone: Zone) -> String {
    let ticket = match answer.ticket {
        Some(id) => id.to_string(),
        None => "a new ticket".to_owned(),
    };
    let Some(event) = &answer.event else {
        let before = if answer.done_before {
            ": done before"
        } else {
            ""
        };
        return format!("{ticket} unchanged{before}");
    };
    let would = if mode == Mode::DryRun {
        "would be "
    } else {
        ""
    };
    let event = safe::line(event.as_str());
    match change::sentence(answer.changed.iter(), zone).as_str() {
        "" => format!("{ticket} {would}{event}"),
        changes => format!("{ticket} {would}{event}: {changes}"),
    }
}
