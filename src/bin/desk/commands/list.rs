//! `desk list`, and what other verbs list as it does.

use clap::Args as ClapArgs;
use clap_complete::{ArgValueCandidates, CompletionCandidate};
use desk::query::{Order, Selection, SortKey};
use desk::{Error, Result};

use crate::complete;
use crate::context::Context;
use crate::exit::{self, Exit};
use crate::render::list::{self, Key};
use crate::render::listing::Listing;
use crate::render::output::failed;

#[derive(ClapArgs, Debug)]
pub(crate) struct Args {
    /// What to list, such as `assignee:me is:open` or a view `@mine`; everything, if nothing is said
    #[arg(value_name = "QUERY", add = complete::query())]
    query: Vec<String>,
    #[command(flatten)]
    columns: Columns,
    #[command(flatten)]
    sorting: Sorting,
}

/// Which columns are shown.
#[derive(ClapArgs, Debug, Default)]
pub(crate) struct Columns {
    /// The columns, separated by commas
    #[arg(long, value_name = "FIELDS", value_delimiter = ',', add = complete::fields())]
    pub(crate) fields: Vec<String>,
}

/// In which order tickets are listed, and how many.
#[derive(ClapArgs, Debug, Default)]
pub(crate) struct Sorting {
    /// What to sort by, separated by commas; `-` in front turns it round: priority,-updated
    #[arg(
        long,
        value_name = "FIELDS",
        value_delimiter = ',',
        allow_hyphen_values = true,
        add = ArgValueCandidates::new(sort_keys)
    )]
    pub(crate) sort: Vec<String>,
    /// List so many at the most
    #[arg(long, short = 'l', value_name = "N")]
    pub(crate) limit: Option<usize>,
}

fn sort_keys() -> Vec<CompletionCandidate> {
    SortKey::names().map(CompletionCandidate::new).collect()
}

pub(crate) fn run(args: Args, context: &mut Context) -> Result<Exit> {
    let query = args.query.join(" ");
    let filter = context.filter(&query)?;
    let selection = Selection {
        order: args.sorting.order()?,
        limit: args.sorting.limit,
        ..Selection::of(&filter)
    };
    found(&selection, &args.columns, context)
}

impl Sorting {
    /// The order that was asked for.
    pub(crate) fn order(&self) -> Result<Vec<Order>> {
        self.sort.iter().map(|name| name.trim().parse()).collect()
    }
}

/// Lists what a selection finds.
pub(crate) fn found(
    selection: &Selection<'_>,
    columns: &Columns,
    context: &mut Context,
) -> Result<Exit> {
    let keys = columns.keys()?;
    let format = context.format();
    context.desk_to_read()?;
    let mut listing = Listing::new(keys.as_deref(), format, context.look()?, context.output()?);
    let damaged = context.desk()?.select(selection, &mut listing)?;
    let count = listing.len();
    listing.end().map_err(failed)?.finish()?;
    if count == 0 && context.look()?.relative {
        tell_none(context)?;
    }
    Ok(tell_damaged(&damaged))
}

/// Says that nothing was found. Somebody who looks at an empty screen wonders; a cron job would be
/// mailed.
pub(crate) fn tell_none(context: &mut Context) -> Result<()> {
    if context.desk()?.exists() {
        context.talk("no ticket matches");
    }
    Ok(())
}

impl Columns {
    /// The columns, if some were chosen, of what a ticket tells by itself.
    pub(crate) fn keys(&self) -> Result<Option<Vec<Key>>> {
        let keys = self.keys_of_show()?;
        match &keys {
            Some(keys) if keys.contains(&Key::LinkedFrom) => {
                Err(Error::usage("`linked_from` is told by `desk show` alone")
                    .with_hint("to list what blocks a ticket: desk list blocks:N"))
            }
            _ => Ok(keys),
        }
    }

    /// The columns, if some were chosen, with what other tickets hold to one.
    pub(crate) fn keys_of_show(&self) -> Result<Option<Vec<Key>>> {
        let names: Vec<&str> = self.fields.iter().map(|name| name.trim()).collect();
        match names.as_slice() {
            [] => Ok(None),
            names => list::columns(names).map(Some),
        }
    }
}

/// Names the files that could not be read, and gives the exit code.
pub(crate) fn tell_damaged(damaged: &[Error]) -> Exit {
    exit::tell_all(damaged);
    exit::of_reads(damaged)
}
