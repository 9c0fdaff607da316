//! `desk search`

use clap::Args as ClapArgs;
use desk::query::{Order, Selection, SortKey};
use desk::ticket::{Ticket, TicketName};
use desk::{Error, Result, Take};

use super::list::{self, Columns, Sorting};
use crate::context::Context;
use crate::exit::Exit;
use crate::render::list::DEFAULT;
use crate::render::output::failed;
use crate::render::{Format, hits};

#[derive(ClapArgs, Debug)]
pub(crate) struct Args {
    /// Words that stand in the ticket, in any order; `"a phrase"`, `prefix*`, and what `list` takes;
    /// a terminal shows the best 50
    #[arg(value_name = "WORDS", required = true)]
    words: Vec<String>,
    #[command(flatten)]
    columns: Columns,
    #[command(flatten)]
    sorting: Sorting,
}

/// What is nearest to what was searched for first, and of that the newest.
const BEST_FIRST: [Order; 2] = [
    Order::down(SortKey::Relevance),
    Order::down(SortKey::Updated),
];

/// So many are enough for somebody who looks.
const ENOUGH: usize = 50;

pub(crate) fn run(args: Args, context: &mut Context) -> Result<Exit> {
    let words = args.words.join(" ");
    if words.trim().is_empty() {
        return Err(Error::usage("there is nothing to search for"));
    }
    let filter = context.filter(&words)?;
    let order = args.sorting.order()?;
    let selection = Selection {
        order: if order.is_empty() {
            BEST_FIRST.to_vec()
        } else {
            order
        },
        limit: args.sorting.limit,
        ..Selection::of(&filter)
    };
    match context.format() == Format::Table && context.look()?.relative {
        true => shown(selection, &args.columns, context),
        false => list::found(&selection, &args.columns, context),
    }
}

/// Shows somebody at a terminal the best of what was found, and why.
fn shown(mut selection: Selection<'_>, columns: &Columns, context: &mut Context) -> Result<Exit> {
    let keys = columns.keys()?.unwrap_or_else(|| DEFAULT.to_vec());
    selection.limit.get_or_insert(ENOUGH);
    context.desk_to_read()?;
    let mut best = Best::default();
    let damaged = context.desk()?.select(&selection, &mut best)?;
    let (look, mut out) = (context.look()?, context.output()?);
    let words = selection.filter.words();
    let desk = context.desk()?;
    // What cannot be read any more has no texts.
    let read = |id| desk.ticket(&TicketName::Id(id)).ok();
    hits::write(&best.tickets, (&keys, &words), &look, read, &mut out).map_err(failed)?;
    out.finish()?;
    match (best.total, best.tickets.len()) {
        (0, _) => list::tell_none(context)?,
        (total, shown) if shown < total => {
            let more = total - shown;
            context.talk(&format!("{more} more; --limit {total} shows all of them"));
        }
        _ => {}
    }
    Ok(list::tell_damaged(&damaged))
}

/// The first tickets of a selection, and how many there are.
#[derive(Debug, Default)]
struct Best {
    tickets: Vec<Ticket>,
    total: usize,
}

impl Take for &mut Best {
    fn wants_total(&self) -> bool {
        true
    }

    fn total(&mut self, total: usize) {
        self.total = total;
    }

    fn ticket(&mut self, ticket: Ticket) -> bool {
        self.tickets.push(ticket);
        true
    }
}
