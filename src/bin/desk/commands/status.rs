//! `desk status`, and what bare `desk` prints

use std::io::Write;
use std::mem::ManuallyDrop;
use std::ops::Bound::{Excluded, Unbounded};

use clap::Args as ClapArgs;
use desk::Result;
use desk::query::{Filter, Order, Selection, SortKey, Term, TextField, TextTest, TimeField};
use desk::ticket::{Head, Ticket};
use serde::Serialize;

use super::list::{Columns, tell_damaged};
use crate::context::Context;
use crate::exit::Exit;
use crate::render::grid::{Cell, Column, Grid};
use crate::render::output::failed;
use crate::render::style::Tone;
use crate::render::{self, Format, Look, json, list, safe};

#[derive(ClapArgs, Debug, Default)]
pub(crate) struct Args {
    #[command(flatten)]
    columns: Columns,
}

/// A part of the page.
struct Part<'a> {
    /// What programs call it.
    queue: &'static str,
    title: String,
    tickets: Vec<&'a Ticket>,
}

impl Part<'_> {
    fn grid(&self, keys: &[list::Key], look: &Look) -> Grid {
        list::grid(self.tickets.iter().copied(), keys, look)
    }
}

/// A page as JSON; of each ticket its head, or the columns that were asked for.
#[derive(Serialize)]
struct Page<'a, T> {
    desk_status: u32,
    me: &'a str,
    mine: Vec<T>,
    late: Vec<T>,
    unassigned: Vec<T>,
}

impl<'a, T> Page<'a, T> {
    fn of<'t>(me: &'a str, parts: &[Part<'t>; 3], told: impl Fn(&Part<'t>) -> Vec<T>) -> Self {
        let [mine, late, unassigned] = parts.each_ref().map(told);
        Self {
            desk_status: 1,
            me,
            mine,
            late,
            unassigned,
        }
    }
}

pub(crate) fn run(args: Args, context: &mut Context) -> Result<Exit> {
    let now = context.now()?;
    let me = context.me()?.to_owned();
    let desk = context.desk_to_read()?;
    let there = desk.exists();
    let queues = [
        Term::Text(TextField::Assignee, TextTest::is(&me)),
        Term::Time(TimeField::Due, Some((Unbounded, Excluded(now)))),
        Term::Text(TextField::Assignee, TextTest::Empty),
    ]
    .map(active);
    let found = desk.select_each(&queues.each_ref().map(most_urgent_first))?;
    // The process ends with them: to free them first, text by text, would only take time.
    let found = ManuallyDrop::new(found);
    let mut queues = found.found.iter();
    let mut part = |queue, title| Part {
        queue,
        title,
        tickets: queues.next().into_iter().flatten().collect(),
    };
    let parts = [
        part("mine", format!("Tickets of {}", safe::line(&me))),
        part("late", "Late".to_owned()),
        part("unassigned", "Nobody has".to_owned()),
    ];
    // People were told already that there is nothing; a program gets its document.
    if there || context.wants_json() {
        let keys = args.columns.keys()?;
        print(&me, &parts, keys.as_deref(), context)?;
    }
    Ok(tell_damaged(&found.damaged))
}

/// The active tickets that also pass a test.
fn active(test: Term) -> Filter {
    Filter::All(vec![Filter::active(), test.into()])
}

/// The most urgent first, and of those the oldest.
fn most_urgent_first(filter: &Filter) -> Selection<'_> {
    Selection {
        order: [SortKey::Priority, SortKey::Opened].map(Order::by).into(),
        ..Selection::of(filter)
    }
}

fn print(
    me: &str,
    parts: &[Part<'_>; 3],
    stated: Option<&[list::Key]>,
    context: &mut Context,
) -> Result<()> {
    let look = context.look()?;
    let mut out = context.output()?;
    let keys = stated.unwrap_or(&list::DEFAULT);
    match context.format() {
        Format::Json | Format::Jsonl if stated.is_some() => {
            let told = |part: &Part<'_>| part.grid(keys, &look).objects().collect();
            json::write(&Page::of(me, parts, told), &mut out)
        }
        Format::Json | Format::Jsonl => json::write(&Page::of(me, parts, heads), &mut out),
        // One table: a file for programs has one head.
        format @ (Format::Csv | Format::Tsv) => {
            render::export(&queues(parts, keys, &look), format, &look, &mut out)
        }
        format => parts.iter().enumerate().try_for_each(|(index, part)| {
            if index > 0 {
                writeln!(out)?;
            }
            let title = format!("{} ({})", part.title, part.tickets.len());
            match format {
                Format::Markdown => writeln!(out, "## {title}\n")?,
                _ => writeln!(out, "{}", Tone::Heading.paint(&title, look.colour))?,
            }
            let texts = list::texts(part.tickets.iter().copied(), keys, &look);
            render::show(texts, format, &look, &mut out)
        }),
    }
    .map_err(failed)?;
    out.finish()
}

fn heads<'a>(part: &Part<'a>) -> Vec<Head<'a>> {
    part.tickets.iter().map(|ticket| ticket.head()).collect()
}

/// All parts in one table; a ticket that is in two of them stands there twice.
fn queues(parts: &[Part<'_>], keys: &[list::Key], look: &Look) -> Grid {
    let mut all = list::grid([], keys, look);
    all.columns.insert(0, Column::new("queue"));
    for part in parts {
        let rows = part.grid(keys, look).rows.into_iter();
        all.rows.extend(rows.map(|mut row| {
            row.insert(0, Cell::new(part.queue));
            row
        }));
    }
    all
}
