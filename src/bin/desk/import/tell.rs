//! What became of what was imported: to programs an answer each, to people what was refused, and a line
//! at the end.

use desk::{Answer, Error, Mode, Result};

use crate::commands::Answers;
use crate::context::Context;
use crate::exit::Exit;

/// Tells what becomes of items.
pub(crate) struct Telling {
    answers: Answers,
    is_for_programs: bool,
    is_quiet: bool,
}

impl Telling {
    /// `is_list` says that items are counted, and not lines.
    pub(crate) fn new(context: &mut Context, mode: Mode, is_list: bool) -> Result<Self> {
        Ok(Self {
            answers: Answers::new(context, mode)?.counting_items(is_list),
            is_for_programs: context.wants_json(),
            is_quiet: context.is_quiet(),
        })
    }

    /// Tells what became of one item.
    pub(crate) fn tell(&mut self, place: u64, outcome: &Result<Answer>) -> Result<()> {
        match outcome {
            Ok(answer) if self.is_for_programs => self.answers.tell_answer(Some(place), answer),
            Ok(_) => {
                self.answers.count(outcome);
                Ok(())
            }
            Err(error) => self.answers.tell_error(Some(place), None, error),
        }
    }

    /// What was told so far goes out now.
    pub(crate) fn flush(&mut self) -> Result<()> {
        self.answers.flush()
    }

    /// The line at the end, and the exit code.
    pub(crate) fn finish(mut self) -> Result<Exit> {
        if !self.is_for_programs && !self.is_quiet {
            let line = self.answers.sum("ticket", "imported");
            self.answers.say(&line)?;
        }
        self.answers.finish_batch(false)
    }
}

/// The error that an item which is none has.
pub(crate) fn gone() -> Error {
    Error::usage("no answer")
}
