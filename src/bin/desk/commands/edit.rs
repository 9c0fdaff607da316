//! `desk edit`

use clap::Args as ClapArgs;
use desk::operation::{Edit, StatedPriority, Verb};
use desk::query::{Edge, Sense};
use desk::ticket::{Category, Channel, Kind, Level, Reference, Service};
use desk::{Error, Result};

use super::message::Message;
use super::none::{self, setting};
use super::targets::Targets;
use super::write;
use crate::complete;
use crate::context::Context;
use crate::exit::Exit;

#[derive(ClapArgs, Debug)]
#[command(after_help = "`none` empties a field: desk edit 1042 --due none")]
pub(crate) struct Args {
    #[command(flatten)]
    targets: Targets,
    #[command(flatten)]
    message: Message,
    /// What it is about, in one line
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    subject: Option<String>,
    /// What it is about, at length
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    description: Option<String>,
    /// Who asks for help; `me` is who acts
    #[arg(long, visible_alias = "from", value_name = "WHO")]
    requester: Option<String>,
    /// How to reach them back
    #[arg(long, value_name = "HOW")]
    contact: Option<String>,
    /// What it is about, as a path
    #[arg(long, value_name = "PATH", add = complete::categories())]
    category: Option<String>,
    /// incident, request, maintenance, training or problem
    #[arg(long, value_name = "KIND")]
    kind: Option<String>,
    /// remote or onsite
    #[arg(long, value_name = "WHERE")]
    service: Option<String>,
    /// phone, email, chat, portal, walk-in or monitoring
    #[arg(long, value_name = "HOW")]
    channel: Option<String>,
    /// low, medium or high
    #[arg(long, value_name = "LEVEL")]
    impact: Option<Level>,
    /// low, medium or high
    #[arg(long, value_name = "LEVEL")]
    urgency: Option<Level>,
    /// 1 to 5, or `auto` for what impact and urgency give
    #[arg(long, value_name = "PRIORITY")]
    priority: Option<StatedPriority>,
    /// Add a tag
    #[arg(long, value_name = "TAG")]
    tag: Vec<String>,
    /// Take a tag away
    #[arg(long, value_name = "TAG")]
    untag: Vec<String>,
    /// Add a watcher
    #[arg(long, value_name = "WHO")]
    watch: Vec<String>,
    /// Take a watcher away
    #[arg(long, value_name = "WHO")]
    unwatch: Vec<String>,
    /// A date promised by hand; a bare date is its end
    #[arg(long, value_name = "WHEN")]
    due: Option<String>,
    /// Where the requester or the asset is
    #[arg(long, value_name = "WHERE")]
    location: Option<String>,
    /// The machine, licence or line
    #[arg(long, value_name = "ASSET")]
    asset: Option<String>,
    /// The key that another system gave it
    #[arg(long = "ref", value_name = "KEY")]
    reference: Option<String>,
}

pub(crate) fn run(args: Args, context: &mut Context) -> Result<Exit> {
    none::refuse(&args.tag, "tag", "untag")?;
    none::refuse(&args.watch, "watch", "unwatch")?;
    let requester = args.requester.map(|name| context.person(name));
    let edit = Edit {
        message: None,
        subject: args.subject,
        description: setting::<String>(args.description)?,
        requester: setting::<String>(requester.transpose()?)?,
        contact: setting::<String>(args.contact)?,
        category: setting::<Category>(args.category)?,
        kind: setting::<Kind>(args.kind)?,
        service: setting::<Service>(args.service)?,
        channel: setting::<Channel>(args.channel)?,
        impact: args.impact,
        urgency: args.urgency,
        priority: args.priority,
        tag: args.tag,
        untag: args.untag,
        watch: context.people(args.watch)?,
        unwatch: context.people(args.unwatch)?,
        due: match args.due.as_deref() {
            None => None,
            Some(when) if none::says(when) => Some(None),
            Some(when) => Some(Some(context.instant(when, Sense::Ahead, Edge::End)?)),
        },
        location: setting::<String>(args.location)?,
        asset: setting::<String>(args.asset)?,
        reference: setting::<Reference>(args.reference)?,
    };
    let text = args.message.optional("Why it is corrected.", context)?;
    if edit == Edit::default() && text.text.is_none() {
        return Err(Error::usage("nothing is to be corrected")
            .with_hint("name a field: desk edit 1042 --category hardware/printer"));
    }
    write::each(context, &args.targets, text, |message| {
        Verb::Edit(Box::new(Edit {
            message,
            ..edit.clone()
        }))
    })
}
