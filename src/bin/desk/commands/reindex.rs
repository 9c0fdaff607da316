//! `desk reindex`

use clap::Args as ClapArgs;
use desk::Result;

use crate::context::Context;
use crate::exit::{self, Exit};

#[derive(ClapArgs, Debug)]
pub(crate) struct Args {}

pub(crate) fn run(_: Args, context: &mut Context) -> Result<Exit> {
    let indexed = context.desk_to_read()?.reindex()?;
    let tickets = if indexed == 1 { "ticket" } else { "tickets" };
    context.talk(&format!("indexed {indexed} {tickets}"));
    Ok(exit::DONE)
}
