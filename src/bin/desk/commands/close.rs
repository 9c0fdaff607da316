//! `desk close`

use clap::Args as ClapArgs;
use desk::Result;
use desk::operation::{Solve, Verb};

use super::message::Message;
use super::targets::Targets;
use super::{none, write};
use crate::context::Context;
use crate::exit::Exit;

#[derive(ClapArgs, Debug)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) targets: Targets,
    #[command(flatten)]
    pub(crate) message: Message,
    /// The code of the resolution
    #[arg(long, value_name = "CODE")]
    pub(crate) code: Option<String>,
}

pub(crate) fn run(args: Args, context: &mut Context) -> Result<Exit> {
    let text = args.message.optional("How it was solved.", context)?;
    write::each(context, &args.targets, text, |message| {
        Verb::Close(Solve {
            message,
            code: none::or(args.code.clone()),
        })
    })
}
