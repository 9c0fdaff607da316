//! `desk open`

use std::io::Write;

use clap::Args as ClapArgs;
use desk::operation::{Open, StatedPriority, Verb};
use desk::query::{Edge, Sense};
use desk::ticket::{Category, Channel, Kind, Level, Reference, Service};
use desk::{Answer, Mode, Operation, Result};

use super::answers::Answers;
use super::message::Message;
use super::none;
use super::targets::{Manner, Once, asked_for};
use crate::complete;
use crate::context::Context;
use crate::exit::{self, Exit};
use crate::render::output::failed;

#[derive(ClapArgs, Debug)]
pub(crate) struct Args {
    /// What it is about, in one line
    subject: String,
    #[command(flatten)]
    message: Message,
    /// Who asks for help; `me` is who acts
    #[arg(long, visible_alias = "from", value_name = "WHO")]
    requester: Option<String>,
    /// How to reach them back
    #[arg(long, value_name = "HOW")]
    contact: Option<String>,
    /// Take it myself
    #[arg(long, conflicts_with = "to")]
    take: bool,
    /// It is solved already: how
    #[arg(long, value_name = "HOW", allow_hyphen_values = true)]
    resolve: Option<String>,
    /// Who else wants to know
    #[arg(long, value_name = "WHO")]
    watch: Vec<String>,
    /// What it is about, as a path
    #[arg(long, value_name = "PATH", add = complete::categories())]
    category: Option<Category>,
    /// How many are hit, and how hard: low, medium, high
    #[arg(long, value_name = "LEVEL")]
    impact: Option<Level>,
    /// How soon it hurts: low, medium, high
    #[arg(long, value_name = "LEVEL")]
    urgency: Option<Level>,
    /// 1 (most urgent) to 5, instead of what impact and urgency give
    #[arg(long, value_name = "1..5")]
    priority: Option<StatedPriority>,
    /// incident, request, maintenance, training or problem
    #[arg(long, value_name = "KIND")]
    kind: Option<Kind>,
    /// remote or onsite
    #[arg(long, value_name = "WHERE")]
    service: Option<Service>,
    /// phone, email, chat, portal, walk-in or monitoring
    #[arg(long, value_name = "HOW")]
    channel: Option<Channel>,
    /// Where the requester or the asset is
    #[arg(long, value_name = "WHERE")]
    location: Option<String>,
    /// The machine, licence or line
    #[arg(long, value_name = "ASSET")]
    asset: Option<String>,
    /// A word to find it by
    #[arg(long, value_name = "TAG")]
    tag: Vec<String>,
    /// A date promised by hand; a bare date is its end
    #[arg(long, value_name = "WHEN")]
    due: Option<String>,
    /// The key that another system gave it
    #[arg(long = "ref", value_name = "KEY")]
    reference: Option<Reference>,
    /// The technician who gets it
    #[arg(long, value_name = "TECH", add = complete::technicians())]
    to: Option<String>,
    /// The team whose queue it goes to
    #[arg(long, value_name = "TEAM", add = complete::teams())]
    team: Option<String>,
    #[command(flatten)]
    manner: Manner,
    #[command(flatten)]
    once: Once,
}

pub(crate) fn run(args: Args, context: &mut Context) -> Result<Exit> {
    none::refuse(&args.tag, "tag", "untag")?;
    none::refuse(&args.watch, "watch", "unwatch")?;
    let due = args.due.as_deref().filter(|when| !none::says(when));
    let due = due
        .map(|when| context.instant(when, Sense::Ahead, Edge::End))
        .transpose()?;
    let at = args.manner.at(context)?;
    let key = args.once.key()?;
    let mode = args.manner.mode();
    let requester = none::or(args.requester).map(|name| context.person(name));
    let (requester, watch) = (requester.transpose()?, context.people(args.watch)?);
    // Last of what can fail before the ticket is opened: a text from the editor is not lost then.
    let text = args
        .message
        .optional("The description of the ticket.", context)?;
    let key = asked_for(key, text.text.as_deref(), context);
    let open = Open {
        subject: args.subject,
        message: text.text.clone(),
        requester,
        contact: none::or(args.contact),
        take: args.take,
        resolve: args.resolve,
        watch,
        category: args.category.filter(|path| !none::says(path.as_str())),
        impact: args.impact,
        urgency: args.urgency,
        priority: args.priority,
        kind: args.kind,
        service: args.service,
        channel: args.channel,
        location: none::or(args.location),
        asset: none::or(args.asset),
        tag: args.tag,
        due,
        reference: args.reference.filter(|key| !none::says(key.as_str())),
        to: args.to,
        team: args.team,
    };
    let operation = Operation {
        at,
        key,
        ..Operation::new(Verb::Open(Box::new(open)))
    };
    let caller = context.caller()?;
    let outcome = context
        .desk()?
        .perform(std::slice::from_ref(&operation), &caller, mode)
        .pop();
    let done = match outcome {
        Some(Ok(answer)) if mode == Mode::Apply && !context.wants_json() => {
            print_number(&answer, context)
        }
        Some(outcome) => {
            let mut answers = Answers::new(context, mode)?;
            answers.tell(&operation, &outcome)?;
            answers.finish()
        }
        None => Ok(exit::DONE),
    };
    text.settle(matches!(done, Ok(exit::DONE)) && mode == Mode::Apply);
    done
}

/// The number, and nothing else, on stdout: `id=$(desk open ...)`.
fn print_number(answer: &Answer, context: &Context) -> Result<Exit> {
    for warning in &answer.warnings {
        exit::talk(&format!("warning: {warning}"));
    }
    let mut out = context.answers();
    if let Some(id) = answer.ticket {
        writeln!(out, "{id}").map_err(failed)?;
    }
    out.finish()?;
    Ok(exit::DONE)
}
