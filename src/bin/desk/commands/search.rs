//! `desk search`

use clap::Args as ClapArgs;
use desk::query::{Order, Selection, SortKey};
use desk::{Error, Result};

use super::list::{self, Columns, Sorting};
use crate::context::Context;
use crate::exit::Exit;

#[derive(ClapArgs, Debug)]
pub(crate) struct Args {
    /// Words that stand in the ticket, in any order; `"a phrase"`, `prefix*`, and what `list` takes
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
    list::found(&selection, &args.columns, context)
}
