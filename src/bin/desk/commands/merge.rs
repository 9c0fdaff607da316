//! `desk merge`

use clap::Args as ClapArgs;
use desk::operation::{Merge, Verb};
use desk::ticket::TicketName;
use desk::{Error, Result};

use super::message::Message;
use super::targets::Targets;
use super::write;
use crate::complete;
use crate::context::Context;
use crate::exit::Exit;

#[derive(ClapArgs, Debug)]
pub(crate) struct Args {
    #[command(flatten)]
    targets: Targets,
    /// The ticket that goes on
    #[arg(long, value_name = "TICKET", add = complete::tickets())]
    into: String,
    #[command(flatten)]
    message: Message,
}

pub(crate) fn run(args: Args, context: &mut Context) -> Result<Exit> {
    let into: TicketName = args.into.parse().map_err(Error::usage)?;
    let text = args.message.optional("Why they are merged.", context)?;
    write::each(context, &args.targets, text, |message| {
        Verb::Merge(Merge {
            into: into.clone(),
            message,
        })
    })
}
