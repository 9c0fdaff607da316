//! `desk wait`

use clap::Args as ClapArgs;
use desk::Result;
use desk::operation::{Verb, Wait};
use desk::query::{Edge, Sense};
use desk::ticket::WaitingOn;

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
    /// requester, vendor or schedule [default: schedule with --until, else requester]
    #[arg(long, value_name = "WHOM")]
    on: Option<WaitingOn>,
    /// Until when; a bare date is its start
    #[arg(long, value_name = "WHEN")]
    until: Option<String>,
}

pub(crate) fn run(args: Args, context: &mut Context) -> Result<Exit> {
    let until = args.until.as_deref();
    let until = until
        .map(|when| context.instant(when, Sense::Ahead, Edge::Start))
        .transpose()?;
    let text = args.message.required("Why it waits.", context)?;
    write::each(context, &args.targets, text, |message| {
        Verb::Wait(Wait {
            message,
            on: args.on,
            until,
        })
    })
}
