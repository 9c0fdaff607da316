//! `desk escalate`

use clap::Args as ClapArgs;
use desk::Result;
use desk::operation::{Escalate, Verb};
use desk::ticket::{Priority, Service, Tier};

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
    #[command(flatten)]
    message: Message,
    /// The technician, instead of the specialist who fits best
    #[arg(long, value_name = "TECH", add = complete::technicians())]
    to: Option<String>,
    /// The team
    #[arg(long, value_name = "TEAM", add = complete::teams())]
    team: Option<String>,
    /// The tier, instead of the next one; a lower one hands it down
    #[arg(long, value_name = "N")]
    tier: Option<Tier>,
    /// The priority, instead of one step more urgent
    #[arg(long, value_name = "1..5")]
    priority: Option<Priority>,
    /// remote or onsite: where the work is done from now on
    #[arg(long, value_name = "WHERE")]
    service: Option<Service>,
}

pub(crate) fn run(args: Args, context: &mut Context) -> Result<Exit> {
    let text = args.message.required("Why it is escalated.", context)?;
    write::each(context, &args.targets, text, |message| {
        Verb::Escalate(Escalate {
            message,
            to: args.to.clone(),
            team: args.team.clone(),
            tier: args.tier,
            priority: args.priority,
            service: args.service,
        })
    })
}
