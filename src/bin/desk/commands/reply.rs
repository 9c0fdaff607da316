//! `desk reply`

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
}

pub(crate) fn run(args: Args, context: &mut Context) -> Result<Exit> {
    let text = args
        .message
        .required("A note that the requester may read.", context)?;
    write::each(context, &args.targets, text, |message| {
        Verb::Note(Note {
            message,
            public: true,
            from_requester: false,
        })
    })
}
