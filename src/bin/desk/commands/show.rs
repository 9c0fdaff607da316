//! `desk show`

use std::io::{self, Write};

use clap::Args as ClapArgs;
use desk::ticket::{Ticket, TicketName};
use desk::{Error, Result};

use super::list::Columns;
use super::targets::Selection;
use crate::context::Context;
use crate::exit::{self, Exit};
use crate::render::output::{Output, failed};
use crate::render::ticket::{Audience, page};
use crate::render::{self, Format, json, list};

#[derive(ClapArgs, Debug)]
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
    let keys = args.columns.keys()?;
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
    let mut out = context.output()?;
    let audience = if public {
        Audience::Requester
    } else {
        Audience::Desk
    };
    let mut first = true;
    let tiers = context.desk()?.policy()?.tiers.clone();
    each(names, errors, context, read, |ticket| {
        if !std::mem::take(&mut first) {
            writeln!(out)?;
        }
        let tier = usize::from(ticket.state.tier.0).checked_sub(1);
        let tier = tier.and_then(|tier| tiers.get(tier));
        let name = tier
            .map(|tier| tier.name.as_str())
            .filter(|name| !name.is_empty());
        page(&ticket, name, audience, &look, &mut out)
    })?;
    out.finish()
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
    let mut out = context.output()?;
    let grid = list::grid(&tickets, keys, &look);
    match format {
        // One ticket is an object, as its file is.
        Format::Json if !several => json::write_lines(grid.objects(), &mut out),
        format => render::export(&grid, format, &look, &mut out),
    }
    .map_err(failed)?;
    out.finish()
}
