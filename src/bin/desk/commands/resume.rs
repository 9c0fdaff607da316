//! `desk resume`

use clap::Args as ClapArgs;
use desk::Result;
use desk::operation::{Resume, Verb};

use super::message::Message;
use super::targets::Targets;
use super::write;
use crate::context::Context;
use crate::exit::Exit;

#[derive(ClapArgs, Debug)]
pub(crate) struct Args {
    #[command(flatten)]
    targets: Targets,
    #[command(flatten)]
    message: Message,
}

pub(crate) fn run(args: Args, context: &mut Context) -> Result<Exit> {
    let text = args.message.optional("Why it goes on.", context)?;
    write::each(context, &args.targets, text, |message| {
        Verb::Resume(Resume { message })
    })
}
