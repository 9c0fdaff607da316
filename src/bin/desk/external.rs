//! A program `desk-FOO` on the PATH runs as `desk FOO`, as with git and cargo.

use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;

use clap::ArgMatches;
use desk::error::did_you_mean;
use desk::{Error, Result};

use crate::cli::VERBS;
use crate::context::{self, Context};
use crate::exit::Exit;

/// Becomes the program, with the data directory in its environment.
///
/// # Errors
/// [`Error::Usage`] when there is no such program, and [`Error::Io`] when it cannot be started.
pub(crate) fn run(name: &str, matches: &ArgMatches, context: &mut Context) -> Result<Exit> {
    let Some(program) = find(name) else {
        let error = Error::usage(format!("there is no command `{name}`"));
        return Err(
            error.with_hint(match did_you_mean(name, VERBS.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "`desk help` lists the commands".to_owned(),
            }),
        );
    };
    let arguments = matches.get_many::<OsString>("").into_iter().flatten();
    let failed = Command::new(&program)
        .args(arguments)
        .env("DESK_DATA_DIR", context.data_dir()?)
        .exec();
    Err(Error::io("start", &program)(failed))
}

fn find(name: &str) -> Option<PathBuf> {
    if name.contains('/') {
        return None;
    }
    context::program(&format!("desk-{name}"))
}
