//! `desk rate`

use clap::Args as ClapArgs;
use desk::Result;
use desk::operation::{Rate, Verb};

use super::message::Message;
use super::targets::Targets;
use super::write;
use crate::context::Context;
use crate::exit::Exit;

#[derive(ClapArgs, Debug)]
pub(crate) struct Args {
    #[command(flatten)]
    targets: Targets,
    /// 1 (not at all satisfied) to 5 (very)
    #[arg(long, value_name = "1..5")]
    stars: u8,
    #[command(flatten)]
    message: Message,
}

pub(crate) fn run(args: Args, context: &mut Context) -> Result<Exit> {
    let text = args
        .message
        .optional("What the requester says of it.", context)?;
    write::each(context, &args.targets, text, |message| {
        Verb::Rate(Rate {
            stars: args.stars,
            message,
        })
    })
}
