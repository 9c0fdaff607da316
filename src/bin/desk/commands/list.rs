//! `desk list`, and what other verbs list as it does.

use std::io::Write;

use clap::Args as ClapArgs;
use desk::query::Filter;
use desk::ticket::{Head, Ticket};
use desk::{Error, Found, Result};
use serde::Serialize;

use crate::complete;
use crate::context::Context;
use crate::exit::{self, Exit};
use crate::render::output::failed;
use crate::render::{self, Format, json, list};

#[derive(ClapArgs, Debug)]
pub(crate) struct Args {
    /// What to list, such as `assignee:me is:open`; everything, if nothing is said
    #[arg(value_name = "QUERY", add = complete::query())]
    query: Vec<String>,
    #[command(flatten)]
    columns: Columns,
}

/// Which columns are shown.
#[derive(ClapArgs, Debug, Default)]
pub(crate) struct Columns {
    /// The columns, separated by commas
    #[arg(long, value_name = "FIELDS", value_delimiter = ',', add = complete::fields())]
    pub(crate) fields: Vec<String>,
}

pub(crate) fn run(args: Args, context: &mut Context) -> Result<Exit> {
    let query = args.query.join(" ");
    let filter = context.filter(&query)?;
    found(&filter, &args.columns, context)
}

/// Lists what a filter finds.
pub(crate) fn found(filter: &Filter, columns: &Columns, context: &mut Context) -> Result<Exit> {
    let keys = columns.keys()?;
    let Found { found, damaged } = context.desk_to_read()?.find(filter, without_events)?;
    print(&found, keys.as_deref(), context)?;
    // Somebody who looks at an empty screen wonders; a cron job would be mailed.
    if found.is_empty() && context.desk()?.exists() && context.look()?.relative {
        context.talk("no ticket matches");
    }
    Ok(tell_damaged(&damaged))
}

impl Columns {
    /// The columns, if some were chosen.
    pub(crate) fn keys(&self) -> Result<Option<Vec<list::Key>>> {
        let names: Vec<&str> = self.fields.iter().map(|name| name.trim()).collect();
        match names.as_slice() {
            [] => Ok(None),
            names => list::columns(names).map(Some),
        }
    }
}

/// A ticket as lists need it.
pub(crate) fn without_events(mut ticket: Ticket) -> Ticket {
    ticket.events = Vec::new();
    ticket
}

/// Names the files that could not be read, and gives the exit code.
pub(crate) fn tell_damaged(damaged: &[Error]) -> Exit {
    exit::tell_all(damaged);
    exit::of_reads(damaged)
}

#[derive(Serialize)]
struct List<T> {
    desk_list: u32,
    total: usize,
    tickets: Vec<T>,
}

fn print(tickets: &[Ticket], keys: Option<&[list::Key]>, context: &mut Context) -> Result<()> {
    let look = context.look()?;
    let mut out = context.output()?;
    let format = context.format();
    let grid = || list::grid(tickets, keys.unwrap_or(&list::DEFAULT), &look);
    match (format, keys) {
        (Format::Json, None) => {
            let heads: Vec<Head<'_>> = tickets.iter().map(Ticket::head).collect();
            json::write(
                &List {
                    desk_list: 1,
                    total: heads.len(),
                    tickets: heads,
                },
                &mut out,
            )
        }
        (Format::Json, Some(_)) => {
            let rows: Vec<_> = grid().objects().collect();
            json::write(
                &List {
                    desk_list: 1,
                    total: rows.len(),
                    tickets: rows,
                },
                &mut out,
            )
        }
        (Format::Jsonl, None) => json::write_lines(tickets.iter().map(Ticket::head), &mut out),
        _ => render::export(&grid(), format, &look, &mut out),
    }
    .map_err(failed)?;
    out.flush().map_err(failed)?;
    out.finish()
}
