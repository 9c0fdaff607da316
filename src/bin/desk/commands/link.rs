//! `desk link`

use clap::Args as ClapArgs;
use desk::operation::{Relate, Verb};
use desk::ticket::LinkKind;
use desk::{Error, Result};

use super::message::Message;
use super::targets::Targets;
use super::write;
use crate::complete;
use crate::context::Context;
use crate::exit::Exit;

#[derive(ClapArgs, Debug)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) targets: Targets,
    #[command(flatten)]
    relation: Relation,
    #[command(flatten)]
    pub(crate) message: Message,
}

/// How the tickets relate to another one: one of these.
#[derive(ClapArgs, Debug)]
#[group(required = true, multiple = false)]
pub(crate) struct Relation {
    /// They say the same as this one
    #[arg(long, value_name = "TICKET", add = complete::tickets())]
    duplicate_of: Option<String>,
    /// This one, a problem, is their cause
    #[arg(long, value_name = "TICKET", add = complete::tickets())]
    caused_by: Option<String>,
    /// This one cannot be finished before them
    #[arg(long, value_name = "TICKET", add = complete::tickets())]
    blocks: Option<String>,
    /// They have to do with this one
    #[arg(long, value_name = "TICKET", add = complete::tickets())]
    relates_to: Option<String>,
}

impl Args {
    /// The relation that was named.
    pub(crate) fn relate(&self) -> Result<Relate> {
        let relation = &self.relation;
        let named = [
            (LinkKind::DuplicateOf, &relation.duplicate_of),
            (LinkKind::CausedBy, &relation.caused_by),
            (LinkKind::Blocks, &relation.blocks),
            (LinkKind::RelatesTo, &relation.relates_to),
        ];
        let found = named
            .into_iter()
            .find_map(|(kind, to)| Some((kind, to.as_ref()?)));
        let (kind, to) = found.ok_or_else(|| Error::usage("no relation is named"))?;
        Ok(Relate {
            kind,
            to: to.parse().map_err(Error::usage)?,
            message: None,
        })
    }
}

pub(crate) fn run(args: Args, context: &mut Context) -> Result<Exit> {
    let relate = args.relate()?;
    let text = args.message.optional("How they are related.", context)?;
    write::each(context, &args.targets, text, |message| {
        Verb::Link(Relate {
            message,
            ..relate.clone()
        })
    })
}
