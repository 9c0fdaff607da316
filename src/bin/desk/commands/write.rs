//! How a verb that changes tickets runs.

use clap::Args;
use desk::operation::Verb;
use desk::{Error, Mode, Operation, Result};

use super::answers::Answers;
use super::message::{Message, Text};
use super::targets::{Consent, Manner, Named, Targets, asked_for};
use crate::context::Context;
use crate::exit::{self, Exit};

/// So many tickets are decided and written together.
const GROUP: usize = 4000;

/// The tickets that a verb changes, and a text: all that many verbs take.
#[derive(Args, Debug)]
pub(crate) struct Texted {
    #[command(flatten)]
    pub(crate) targets: Targets,
    #[command(flatten)]
    pub(crate) message: Message,
}

/// How a change was asked for.
pub(crate) struct Asked<'a> {
    pub(crate) manner: &'a Manner,
    pub(crate) consent: &'a Consent,
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
    let done = all_of(
        context,
        targets,
        text.text.as_deref(),
        &verb(text.text.clone()),
    );
    text.settle(matches!(done, Ok(exit::DONE)) && !targets.manner.dry_run);
    done
}

fn all_of(
    context: &mut Context,
    targets: &Targets,
    text: Option<&str>,
    verb: &Verb,
) -> Result<Exit> {
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
        key: asked_for(key, text, context),
        ..Operation::new(verb.clone())
    };
    let asked = Asked {
        manner: &targets.manner,
        consent: &targets.consent,
    };
    to_each(context, &asked, &named, &operation)
}

/// Performs an operation on each of some tickets; all of it is one run.
pub(crate) fn to_each(
    context: &mut Context,
    asked: &Asked<'_>,
    named: &Named,
    operation: &Operation,
) -> Result<Exit> {
    let at = asked.manner.at(context)?;
    let operation = |name| Operation {
        at,
        ticket: Some(name),
        ..operation.clone()
    };
    let mode = asked.manner.mode();
    let all = named.names.len();
    if mode == Mode::Apply {
        asked.consent.expect(all, context)?;
    }
    let caller = context.caller()?;
    let mut answers = Answers::new(context, mode)?;
    let progress = context.progress_of_answers();
    let (mut done, mut told) = (0, Ok(()));
    for names in named.names.chunks(GROUP) {
        progress.tell(done, all);
        let operations: Vec<Operation> = names.iter().cloned().map(operation).collect();
        let outcomes = context.desk()?.perform(&operations, &caller, mode);
        progress.wipe();
        // What was asked for is done to the last ticket, also where nobody can be told of it.
        told = told.and_then(|()| {
            let mut answered = operations.iter().zip(&outcomes);
            answered.try_for_each(|(operation, outcome)| answers.tell(operation, outcome))?;
            answers.flush()
        });
        done += names.len();
    }
    told?;
    answers.sum_up("ticket", "changed");
    Ok(match answers.finish()? {
        exit::DONE => exit::of_reads(&named.damaged),
        failure => failure,
    })
}
