//! `desk log`

use clap::Args as ClapArgs;
use desk::Result;
use desk::error::Error;
use desk::ticket::{Event, Json, Ticket, TicketId, TicketName};
use serde::Serialize;
use serde_json::Value;

use super::list::{Columns, tell_damaged};
use crate::complete;
use crate::context::Context;
use crate::exit::{self, Exit};
use crate::render::grid::{Cell, Column, Grid};
use crate::render::output::failed;
use crate::render::ticket::{Audience, entry, for_requester};
use crate::render::{self, Format, Look, json, time};

#[derive(ClapArgs, Debug)]
pub(crate) struct Args {
    /// Tickets by number or reference, or a query; all tickets, if nothing is said
    #[arg(value_name = "TICKET|QUERY", add = complete::tickets())]
    what: Vec<String>,
    /// Without internal notes, ready to send to the requester
    #[arg(long)]
    public: bool,
    #[command(flatten)]
    columns: Columns,
    /// The newest first
    #[arg(long, short)]
    reverse: bool,
}

/// An event, and the ticket that it happened to.
#[derive(Serialize)]
struct Entry {
    ticket: TicketId,
    #[serde(flatten)]
    event: Event,
    /// Whether what the run did that it belongs to was taken back.
    #[serde(skip)]
    is_taken_back: bool,
}

pub(crate) fn run(args: Args, context: &mut Context) -> Result<Exit> {
    context.desk_to_read()?;
    let (mut entries, errors, single) = entries(&args.what, context)?;
    // In one ticket the order is that of its events; between tickets that of time.
    entries.sort_by_key(|entry| (entry.event.at, entry.ticket, entry.event.seq));
    if args.reverse {
        entries.reverse();
    }
    if args.public && context.format() != Format::Table {
        entries = entries.into_iter().filter_map(public).collect();
    }
    print(&entries, single, &args, context)?;
    Ok(exit::of_reads(&errors))
}

/// The events that are asked for, what went wrong, and whether they are of one named ticket.
fn entries(what: &[String], context: &mut Context) -> Result<(Vec<Entry>, Vec<Error>, bool)> {
    if let Some(names) = tickets_named(what, context)? {
        let mut entries = Vec::new();
        let mut errors = Vec::new();
        for name in &names {
            match context.desk()?.ticket(name) {
                Ok(ticket) => entries.extend(of(ticket)),
                Err(error) => {
                    exit::tell(&error);
                    errors.push(error);
                }
            }
        }
        return Ok((entries, errors, names.len() == 1));
    }
    let filter = context.filter(&what.join(" "))?;
    let found = context.desk()?.find(&filter, of)?;
    tell_damaged(&found.damaged);
    Ok((
        found.found.into_iter().flatten().collect(),
        found.damaged,
        false,
    ))
}

fn of(ticket: Ticket) -> Vec<Entry> {
    let id = ticket.id;
    let taken = ticket.taken_back();
    let taken: Vec<bool> = ticket
        .events
        .iter()
        .map(|event| taken.contains(event.op.as_str()))
        .collect();
    let entry = |(event, is_taken_back)| Entry {
        ticket: id,
        event,
        is_taken_back,
    };
    ticket.events.into_iter().zip(taken).map(entry).collect()
}

/// An entry as a requester may have it.
fn public(entry: Entry) -> Option<Entry> {
    let event = for_requester(entry.event)?;
    Some(Entry { event, ..entry })
}

/// The tickets, if the words name some: one of them is a number, or a reference that there is, and the
/// others look like references. Otherwise they are a query, which any word may be.
fn tickets_named(what: &[String], context: &mut Context) -> Result<Option<Vec<TicketName>>> {
    let names = what.iter().map(|word| word.parse::<TicketName>().ok());
    let Some(names) = names
        .collect::<Option<Vec<_>>>()
        .filter(|names| !names.is_empty())
    else {
        return Ok(None);
    };
    let mut are_tickets = false;
    for name in &names {
        are_tickets |= match name {
            TicketName::Id(_) | TicketName::NoSuchNumber(_) => true,
            TicketName::Reference(_) => match context.desk()?.resolve(name) {
                Ok(_) => true,
                Err(Error::NotFound { .. }) if looks_like_reference(name, context) => false,
                Err(Error::NotFound { .. }) => return Ok(None),
                // It may be the one that cannot be read; or there are several.
                Err(error) => return Err(error),
            },
        };
    }
    Ok(are_tickets.then_some(names))
}

/// Whether a word is rather the key of another tool than one to search for.
fn looks_like_reference(word: &TicketName, context: &mut Context) -> bool {
    let word = word.to_string();
    let is_field = word.contains(':') && context.filter(&word).is_ok();
    word.contains(|c: char| c.is_ascii_digit()) && !is_field
}

fn print(entries: &[Entry], single: bool, args: &Args, context: &mut Context) -> Result<()> {
    let look = context.look()?;
    let format = context.format();
    let fields = &args.columns.fields;
    let mut out = context.output()?;
    match format {
        Format::Json if fields.is_empty() => json::write(entries, &mut out),
        Format::Jsonl if fields.is_empty() => json::write_lines(entries, &mut out),
        Format::Table if fields.is_empty() => {
            let audience = if args.public {
                Audience::Requester
            } else {
                Audience::Desk
            };
            let of = |entry: &Entry| (!single).then_some(entry.ticket);
            entries.iter().try_for_each(|told| match out.is_closed() {
                true => Ok(()),
                false => {
                    let event = (&told.event, told.is_taken_back);
                    entry(of(told), event, audience, &look, &mut out)
                }
            })
        }
        _ => render::export(
            &grid(entries, &look).picked(fields)?,
            format,
            &look,
            &mut out,
        ),
    }
    .map_err(failed)?;
    out.finish()
}

fn grid(entries: &[Entry], look: &Look) -> Grid {
    let names = ["ticket", "seq", "at", "by", "event", "message", "changed"];
    let row = |entry: &Entry| {
        let event = &entry.event;
        let changed = match event.changed.is_empty() {
            true => Value::Null,
            false => Json::of(&event.changed).value(),
        };
        vec![
            Cell::new(entry.ticket.get()),
            Cell::new(event.seq),
            Cell::new(event.at.to_string()).shown(time::absolute(event.at, look.zone)),
            Cell::new(event.by.as_str()),
            Cell::new(event.event.as_str()),
            Cell::new(event.message.clone()),
            Cell::new(changed),
        ]
    };
    Grid {
        columns: names.into_iter().map(Column::new).collect(),
        rows: entries.iter().map(row).collect(),
        ..Grid::default()
    }
}
