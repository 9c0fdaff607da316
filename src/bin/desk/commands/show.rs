//! `desk show`

mod others;

use std::io::{self, Write};

use clap::Args as ClapArgs;
use desk::ticket::{Ticket, TicketName};
use desk::{Error, Result};
use others::Others;

use super::list::Columns;
use super::targets::Selection;
use crate::context::Context;
use crate::exit::{self, Exit};
use crate::render::output::{Output, failed};
use crate::render::ticket::{Around, Audience, page};
use crate::render::{self, Format, json, list};

#[derive(ClapArgs, Debug)]
#[command(
    after_help = "As JSON a ticket is its file as it stands. What others hold to it (`blocked by 4`) stands in \
                  theirs: a page tells it, where the index does, and `--fields linked_from`."
)]
pub(crate) struct Args {
    #[command(flatten)]
    selection: Selection,
    /// Without internal notes, ready to send to the requester
    #[arg(long)]
    public: bool,
    #[command(flatten)]
    columns: Columns,
}

pub(crate) fn run(args: Args, context: &mut Context) -> Result<Exit> {
    let keys = args.columns.keys_of_show()?;
    let named = args.selection.names(context)?;
    context.desk_to_read()?;
    let mut errors = named.damaged;
    let shown = match (context.format(), keys) {
        (Format::Json | Format::Jsonl, None) if !args.public => files(
            &named.names,
            args.selection.is_several(),
            &mut errors,
            context,
        ),
        (Format::Table, None) => pages(&named.names, args.public, &mut errors, context),
        (format, keys) => {
            let theirs = |key: &list::Key| !args.public || key.is_public();
            let keys = keys.unwrap_or_else(|| list::Key::all().filter(theirs).collect());
            let several = args.selection.is_several();
            columns(&named.names, several, format, &keys, &mut errors, context)
        }
    };
    shown?;
    Ok(exit::of_reads(&errors))
}

/// Reads the tickets one after the other; what goes wrong with one hides none of the others.
fn each<T>(
    names: &[TicketName],
    errors: &mut Vec<Error>,
    context: &mut Context,
    read: impl Fn(&mut Context, &TicketName) -> Result<T>,
    mut show: impl FnMut(T) -> io::Result<()>,
) -> Result<()> {
    for name in names {
        match read(context, name) {
            Ok(found) => show(found).map_err(failed)?,
            Err(error) => {
                exit::tell(&error);
                errors.push(error);
            }
        }
    }
    Ok(())
}

fn read(context: &mut Context, name: &TicketName) -> Result<Ticket> {
    context.desk()?.ticket(name)
}

/// The tickets' files as they stand: one, or an array of several.
fn files(
    names: &[TicketName],
    several: bool,
    errors: &mut Vec<Error>,
    context: &mut Context,
) -> Result<()> {
    let lines = context.format() == Format::Jsonl;
    let mut out = context.output()?;
    let mut first = true;
    let bytes = |context: &mut Context, name: &TicketName| context.desk()?.ticket_bytes(name);
    if lines {
        each(names, errors, context, read, |ticket| {
            json::write(&ticket, &mut out)
        })?;
        return out.finish();
    }
    let separator = |first: &mut bool, out: &mut Output<'_>| {
        let begin = if *first { "[\n" } else { ",\n" };
        *first = false;
        out.write_all(begin.as_bytes())
    };
    each(names, errors, context, bytes, |bytes| {
        if several {
            separator(&mut first, &mut out)?;
        }
        let text = String::from_utf8_lossy(&bytes);
        json::write_text(if several { text.trim_end() } else { &text }, &mut out)
    })?;
    if several {
        let end = if first { "[]\n" } else { "\n]\n" };
        out.write_all(end.as_bytes()).map_err(failed)?;
    }
    out.finish()
}

fn pages(
    names: &[TicketName],
    public: bool,
    errors: &mut Vec<Error>,
    context: &mut Context,
) -> Result<()> {
    let look = context.look()?;
    let tiers = context.desk()?.policy()?.tiers.clone();
    let (audience, others) = match public {
        true => (Audience::Requester, Others::default()),
        false => (Audience::Desk, Others::at_hand(names, context)?),
    };
    let mut out = context.output()?;
    let mut first = true;
    each(names, errors, context, read, |ticket| {
        if !std::mem::take(&mut first) {
            writeln!(out)?;
        }
        let tier = usize::from(ticket.state.tier.0).checked_sub(1);
        let tier = tier.and_then(|tier| tiers.get(tier));
        let tier_name = tier.map(|tier| tier.name.as_str());
        let around = Around {
            tier_name: tier_name.filter(|name| !name.is_empty()),
            held: others.to(&ticket),
        };
        page(&ticket, around, audience, &look, &mut out)
    })?;
    out.finish()?;
    others.warn(names, errors);
    Ok(())
}

fn columns(
    names: &[TicketName],
    several: bool,
    format: Format,
    keys: &[list::Key],
    errors: &mut Vec<Error>,
    context: &mut Context,
) -> Result<()> {
    let look = context.look()?;
    let mut tickets = Vec::new();
    each(names, errors, context, read, |ticket| {
        tickets.push(Ticket {
            events: Vec::new(),
            ..ticket
        });
        Ok(())
    })?;
    let mut grid = list::grid(&tickets, keys, &look);
    if let Some(place) = keys.iter().position(|key| *key == list::Key::LinkedFrom) {
        let others = Others::asked(names, errors, context)?;
        for (row, ticket) in grid.rows.iter_mut().zip(&tickets) {
            row[place] = list::held(others.to(ticket));
        }
    }
    let mut out = context.output()?;
    match format {
        // One ticket is an object, as its file is.
        Format::Json if !several => json::write_lines(grid.objects(), &mut out),
        format => render::export(&grid, format, &look, &mut out),
    }
    .map_err(failed)?;
    out.finish()
}
