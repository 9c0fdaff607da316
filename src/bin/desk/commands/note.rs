//! `desk note`

use clap::Args as ClapArgs;
use desk::Result;
use desk::operation::{Note, Verb};

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
    /// The requester may read it
    #[arg(long)]
    public: bool,
    /// The requester said it; a ticket that waits for them goes on
    #[arg(long, conflicts_with = "public")]
    from_requester: bool,
}

pub(crate) fn run(args: Args, context: &mut Context) -> Result<Exit> {
    let text = args.message.required("A note.", context)?;
    write::each(context, &args.targets, text, |message| {
        Verb::Note(Note {
            message,
            public: args.public,
            from_requester: args.from_requester,
        })
    })
}
