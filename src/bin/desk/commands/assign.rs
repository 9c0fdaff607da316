//! `desk assign`

use clap::Args as ClapArgs;
use desk::Result;
use desk::operation::{Assign, Verb};

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
    /// The technician; `me` is whoever asks
    #[arg(long, value_name = "TECH", add = complete::technicians())]
    to: Option<String>,
    /// Whoever fits best: tier, team, skill, load
    #[arg(long, conflicts_with_all = ["to", "none"])]
    auto: bool,
    /// Nobody
    #[arg(long, conflicts_with = "to")]
    none: bool,
    /// The team
    #[arg(long, value_name = "TEAM", add = complete::teams())]
    team: Option<String>,
    #[command(flatten)]
    message: Message,
}

pub(crate) fn run(args: Args, context: &mut Context) -> Result<Exit> {
    let text = args.message.optional("Why it is assigned.", context)?;
    let to = match (args.auto, args.none) {
        (true, _) => Some("auto".to_owned()),
        (_, true) => Some("none".to_owned()),
        _ => args.to,
    };
    write::each(context, &args.targets, text, |message| {
        Verb::Assign(Assign {
            to: to.clone(),
            team: args.team.clone(),
            message,
        })
    })
}
