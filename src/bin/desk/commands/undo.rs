//! `desk undo`

use clap::Args as ClapArgs;
use desk::operation::{Undo, Verb};
use desk::ticket::TicketName;
use desk::{Error, Operation, Result, WantedRuns};

use super::list::{Columns, tell_damaged};
use super::message::Message;
use super::targets::{Consent, Manner, Named};
use super::write::{self, Asked};
use crate::complete;
use crate::context::Context;
use crate::exit::{self, Exit};
use crate::render::output::failed;
use crate::render::{self, Format, runs};

#[derive(ClapArgs, Debug)]
pub(crate) struct Args {
    /// The mark of a run, or enough of its beginning [default: my last run]
    #[arg(add = complete::runs())]
    batch: Option<String>,
    #[command(flatten)]
    message: Message,
    #[command(flatten)]
    manner: Manner,
    #[command(flatten)]
    consent: Consent,
    /// List the last runs, and take nothing back
    #[arg(long, conflicts_with_all = ["batch", "message", "file", "edit", "dry_run", "at", "yes"])]
    list: bool,
    /// List everybody's
    #[arg(long, requires = "list")]
    all: bool,
    /// List so many at the most [default: 20]
    #[arg(long, short = 'l', value_name = "N", requires = "list")]
    limit: Option<usize>,
    #[command(flatten)]
    columns: Columns,
}

/// So many runs are listed, if nothing is said.
const LISTED: usize = 20;

pub(crate) fn run(args: Args, context: &mut Context) -> Result<Exit> {
    if args.list {
        return list(&args, context);
    }
    let mark = match &args.batch {
        Some(beginning) => context.desk()?.mark(beginning)?,
        None => my_last(context)?,
    };
    let found = context.desk()?.tickets_of_run(&mark)?;
    exit::tell_all(&found.damaged);
    if found.found.is_empty() && found.damaged.is_empty() {
        let error = Error::refused(format!("the run {mark} was taken back already"));
        return Err(error.with_hint("`desk undo --list` shows what took it back"));
    }
    let named = Named {
        names: found.found.into_iter().map(TicketName::Id).collect(),
        damaged: found.damaged,
    };
    let text = args.message.optional("Why it is taken back.", context)?;
    let undo = Verb::Undo(Undo {
        batch: mark,
        message: text.text.clone(),
    });
    let asked = Asked {
        manner: &args.manner,
        consent: &args.consent,
    };
    let done = write::to_each(context, &asked, &named, &Operation::new(undo));
    text.settle(matches!(done, Ok(exit::DONE)) && !args.manner.dry_run);
    done
}

/// My last run that was not taken back; also one that took something back: what it took back is then
/// done again.
fn my_last(context: &mut Context) -> Result<String> {
    let me = context.me()?.to_owned();
    let wanted = WantedRuns {
        of: Some(&me),
        standing: true,
        limit: Some(1),
    };
    let mut runs = context.desk_to_read()?.runs(&wanted)?;
    match (runs.found.pop(), runs.damaged.pop()) {
        (Some(run), _) => Ok(run.op),
        // Mine may be of a ticket that cannot be read.
        (None, Some(error)) => Err(error),
        (None, None) => Err(Error::NotFound {
            what: "run to be taken back by",
            name: me,
            hint: Some("`desk undo --list --all` shows everybody's".to_owned()),
        }),
    }
}

fn list(args: &Args, context: &mut Context) -> Result<Exit> {
    let me = context.me()?.to_owned();
    let wanted = WantedRuns {
        of: (!args.all).then_some(me.as_str()),
        standing: false,
        limit: Some(args.limit.unwrap_or(LISTED)),
    };
    let found = context.desk_to_read()?.runs(&wanted)?;
    let (look, format) = (context.look()?, context.format());
    let mut fields = args.columns.fields.clone();
    if fields.is_empty() && format == Format::Table {
        fields = runs::DEFAULT.map(str::to_owned).to_vec();
    }
    let grid = runs::grid(&found.found, &look).picked(&fields)?;
    let mut out = context.output()?;
    render::export(&grid, format, &look, &mut out).map_err(failed)?;
    out.finish()?;
    Ok(tell_damaged(&found.damaged))
}
