//! How answers are told, and counted: to programs one JSON object a line, to people a line each.

use std::io::Write;

use desk::{Answer, Error, Mode, Operation, Result, Zone};
use serde::Serialize;
use serde_json::{Value, json};

use crate::context::Context;
use crate::exit::{self, Exit};
use crate::render::output::{Output, failed};
use crate::render::{change, json, safe};

/// How many of the things that were asked for became what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Count {
    pub(crate) done: u64,
    pub(crate) unchanged: u64,
    pub(crate) refused: u64,
    /// The exit code of the last one that was refused.
    last: Exit,
    /// That of the first one that was refused for what it asks itself.
    first: Option<Exit>,
}

impl Count {
    /// Counts what became of one.
    pub(crate) fn take(&mut self, outcome: &Result<Answer>) {
        match outcome {
            Ok(answer) => self.take_answer(answer),
            Err(error) => self.take_error(error),
        }
    }

    fn take_answer(&mut self, answer: &Answer) {
        match answer.event {
            Some(_) => self.done += 1,
            None => self.unchanged += 1,
        }
    }

    fn take_error(&mut self, error: &Error) {
        self.refused += 1;
        self.last = exit::code(error);
        if !error.is_not_done() {
            self.first.get_or_insert(self.last);
        }
    }

    fn all(&self) -> u64 {
        self.done + self.unchanged + self.refused
    }

    /// `3 tickets imported, 1 unchanged, 2 refused`.
    pub(crate) fn sentence(&self, mode: Mode, item: &str, done: &str) -> String {
        let plural = if self.done == 1 { "" } else { "s" };
        let would = match mode {
            Mode::Apply | Mode::Atomic => "",
            Mode::DryRun => "would be ",
        };
        format!(
            "{} {item}{plural} {would}{done}, {} unchanged, {} refused",
            self.done, self.unchanged, self.refused
        )
    }

    /// What a write of them ends with: a single one's own code, and of several that some failed.
    fn of_writes(&self) -> Exit {
        match (self.refused, self.done + self.unchanged) {
            (0, _) => exit::DONE,
            (1, 0) => self.last,
            _ => exit::SOME_FAILED,
        }
    }

    /// What a batch ends with, however many lines it has: that some failed, or where all or nothing is
    /// done, why nothing is.
    fn of_batch(&self, atomic: bool) -> Exit {
        match (self.refused, self.first) {
            (0, _) => exit::DONE,
            (_, Some(first)) if atomic => first,
            _ => exit::SOME_FAILED,
        }
    }
}

/// Answers as they are told.
pub(crate) struct Answers {
    out: Output<'static>,
    json: bool,
    quiet: bool,
    mode: Mode,
    zone: Zone,
    count: Count,
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
            count: Count::default(),
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
                operation.ticket.as_ref().map(|name| json!(name)),
                error,
            ),
        }
    }

    /// Counts what became of something of which people are told nothing, or something else.
    pub(crate) fn count(&mut self, outcome: &Result<Answer>) {
        self.count.take(outcome);
    }

    /// `3 tickets changed, 1 unchanged, 2 refused`: what became of all so far.
    pub(crate) fn sum(&self, item: &str, done: &str) -> String {
        self.count.sentence(self.mode, item, done)
    }

    /// Tells people the same beside the answers, where they are several; programs count them.
    pub(crate) fn sum_up(&self, item: &str, done: &str) {
        if self.count.all() > 1 && !self.json && !self.quiet {
            exit::talk(&self.sum(item, done));
        }
    }

    /// Tells what was done.
    pub(crate) fn tell_answer(&mut self, line: Option<u64>, answer: &Answer) -> Result<()> {
        self.count.take_answer(answer);
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
        self.count.take_error(error);
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
        let done = self.count.of_writes();
        self.out.finish().map(|()| done)
    }

    /// The same for a batch.
    pub(crate) fn finish_batch(self, atomic: bool) -> Result<Exit> {
        let done = self.count.of_batch(atomic);
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
