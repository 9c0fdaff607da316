//! `desk report run NAME`: the reports that `desk.toml` lists under a name, one after the other.
//!
//! Each stands for itself. One that fails says so in one line, as a mail from cron had better be
//! short, and stops none of those behind it.

use desk::error::did_you_mean;
use desk::report::Kind;
use desk::{Error, Result};

use crate::cli;
use crate::context::Context;
use crate::exit::{self, Exit};

/// Runs the sets of these names, and gives the exit code of the worst that happened.
pub(super) fn run(names: &[String], context: &mut Context) -> Result<Exit> {
    if names.is_empty() {
        return Err(hinted(
            Error::usage("which reports are to be run?"),
            context,
        )?);
    }
    // The same for all of them, however long it takes.
    context.now()?;
    let mut exits = Vec::new();
    for name in names {
        let lines = lines(name, context).unwrap_or_else(|error| {
            exits.push(exit::tell(&error));
            Vec::new()
        });
        for line in lines {
            let exit = one(&line, context).unwrap_or_else(|error| {
                exit::tell_of(&format!("report run {name}: `{line}`"), &error)
            });
            exits.push(exit);
        }
    }
    Ok(exit::worst(exits))
}

/// The lines of a set.
fn lines(name: &str, context: &mut Context) -> Result<Vec<String>> {
    let sets = &context.desk()?.policy()?.report_sets;
    match sets.get(name).map(Vec::as_slice) {
        Some([]) => {
            let error = Error::refused(format!("the set of reports `{name}` is empty"));
            return Err(error.with_hint("desk.toml lists what is in it, under [reports]"));
        }
        Some(lines) => return Ok(lines.to_vec()),
        None => {}
    }
    let near = did_you_mean(name, sets.keys().map(String::as_str)).map(str::to_owned);
    let error = Error::NotFound {
        what: "set of reports",
        name: name.to_owned(),
        hint: near.map(|near| format!("did you mean `{near}`?")),
    };
    match error.hint() {
        Some(_) => Err(error),
        None => Err(hinted(error, context)?),
    }
}

/// The error, with the names that there are.
fn hinted(error: Error, context: &mut Context) -> Result<Error> {
    let sets = &context.desk()?.policy()?.report_sets;
    let names: Vec<&str> = sets.keys().map(String::as_str).collect();
    Ok(error.with_hint(match names.is_empty() {
        true => "desk.toml lists them, under [reports]".to_owned(),
        false => format!("desk.toml has {}", names.join(", ")),
    }))
}

/// Runs one line: what would stand behind `desk report`.
fn one(line: &str, context: &mut Context) -> Result<Exit> {
    let words = shell_words::split(line).map_err(|error| Error::usage(error.to_string()))?;
    let (globals, args) = cli::report(words)?;
    // Typed by hand a word that is no report's name is a query; in a line that nobody looks at any
    // more it is a mistake.
    if let Some(first) = args.words.first() {
        first.parse::<Kind>()?;
    }
    if let Some(flag) = args.words.iter().find(|word| is_like_a_flag(word)) {
        let error = Error::usage(format!("there is no flag `{flag}`"));
        return Err(error.with_hint("write flags at length, and in a query `not` instead of `-`"));
    }
    super::run(args, &mut context.within(globals))
}

/// Whether a word of a query is what somebody took for a flag: `-p`.
fn is_like_a_flag(word: &str) -> bool {
    let letter = word.strip_prefix('-').map(str::chars);
    letter.is_some_and(|mut letters| letters.next().is_some() && letters.next().is_none())
}
