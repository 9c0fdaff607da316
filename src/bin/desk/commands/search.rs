//! `desk search`

use clap::Args as ClapArgs;
use desk::{Error, Result};

use super::list::{self, Columns};
use crate::context::Context;
use crate::exit::Exit;

#[derive(ClapArgs, Debug)]
pub(crate) struct Args {
    /// Words that stand in the ticket, in any order; `"a phrase"`, `prefix*`, and what `list` takes
    #[arg(value_name = "WORDS", required = true)]
    words: Vec<String>,
    #[command(flatten)]
    columns: Columns,
}

pub(crate) fn run(args: Args, context: &mut Context) -> Result<Exit> {
    let words = args.words.join(" ");
    if words.trim().is_empty() {
        return Err(Error::usage("there is nothing to search for"));
    }
    let filter = context.filter(&words)?;
    list::found(&filter, &args.columns, context)
}
