//! `desk completions`

use std::io::Write;

use clap::Args as ClapArgs;
use desk::Result;

use crate::complete;
use crate::context::Context;
use crate::exit::{self, Exit};
use crate::render::output::failed;

#[derive(ClapArgs, Debug)]
pub(crate) struct Args {
    /// bash, zsh, fish, powershell or elvish
    #[arg(value_name = "SHELL", value_parser = clap::builder::PossibleValuesParser::new(complete::shells()))]
    shell: String,
}

pub(crate) fn run(args: Args, context: &mut Context) -> Result<Exit> {
    let mut out = context.answers();
    out.write_all(&complete::script(&args.shell)?)
        .map_err(failed)?;
    out.finish()?;
    Ok(exit::DONE)
}
