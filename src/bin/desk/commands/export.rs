//! `desk export`

use std::io::{self, Write};

use clap::Args as ClapArgs;
use desk::transfer::Exported;
use desk::{Error, Result};

use super::list::{Columns, tell_damaged};
use crate::complete;
use crate::context::Context;
use crate::exit::Exit;
use crate::render::csv::{self, Cells};
use crate::render::list::{self, Key};
use crate::render::output::{Output, failed};
use crate::render::{Format, Look, copy};

#[derive(ClapArgs, Debug)]
#[command(after_help = "\
    As jsonl (which is the default) and json the tickets are whole: desk import makes the same files of them,\n\
    byte for byte. As csv they are what they are now, without their past. Technicians are not exported.")]
pub(crate) struct Args {
    /// What to export, such as `closed:<2026` or a view `@mine`; everything, if nothing is said
    #[arg(value_name = "QUERY", add = complete::query())]
    query: Vec<String>,
    #[command(flatten)]
    columns: Columns,
    /// Leave cells of CSV as they are, even those that a spreadsheet would run
    #[arg(long)]
    raw: bool,
}

/// In which form tickets go out.
enum Form {
    Lines,
    Array,
    Table {
        keys: Vec<Key>,
        cells: Cells,
        look: Look,
    },
}

pub(crate) fn run(args: Args, context: &mut Context) -> Result<Exit> {
    let form = args.form(context)?;
    let filter = context.filter(&args.query.join(" "))?;
    context.desk_to_read()?;
    let mut out = context.output()?;
    form.begin(&mut out).map_err(failed)?;
    let mut wrote = Ok(());
    let mut is_first = true;
    let take = |made: io::Result<Vec<u8>>| {
        let between = std::mem::take(&mut is_first);
        wrote = made.and_then(|made| form.put(&made, between, &mut out));
        wrote.is_ok() && !out.is_closed()
    };
    let damaged = context
        .desk()?
        .export(&filter, |exported| form.make(&exported), take)?;
    wrote
        .and_then(|()| form.end(is_first, &mut out))
        .map_err(failed)?;
    out.finish()?;
    Ok(tell_damaged(&damaged))
}

impl Args {
    fn form(&self, context: &mut Context) -> Result<Form> {
        let is_table = match context.stated_format() {
            None | Some(Format::Jsonl | Format::Json) => false,
            Some(Format::Csv) => true,
            Some(_) => {
                let error = Error::usage("tickets are exported as jsonl, json or csv");
                return Err(error.with_hint("for people: desk list"));
            }
        };
        let stated = self.columns.keys()?;
        if !is_table && (stated.is_some() || self.raw) {
            let error =
                Error::usage("--fields and --raw are about CSV; as JSON the tickets are whole");
            return Err(error
                .with_hint("some fields as JSON: desk list --format jsonl --fields id,subject"));
        }
        Ok(match context.stated_format() {
            Some(Format::Csv) => Form::Table {
                keys: stated.unwrap_or_else(|| Key::all().filter(|key| *key != Key::Age).collect()),
                cells: if self.raw { Cells::Raw } else { Cells::Defused },
                look: context.look()?,
            },
            Some(Format::Json) => Form::Array,
            _ => Form::Lines,
        })
    }
}

impl Form {
    /// What stands in front of the tickets.
    fn begin(&self, out: &mut Output<'_>) -> io::Result<()> {
        match self {
            Self::Lines => Ok(()),
            Self::Array => writeln!(out, "["),
            Self::Table { keys, look, .. } => csv::write(&list::grid([], keys, look), out),
        }
    }

    /// A ticket in this form; of several threads at once.
    fn make(&self, exported: &Exported) -> io::Result<Vec<u8>> {
        match self {
            Self::Lines | Self::Array => copy::line(exported).map(String::into_bytes),
            Self::Table { keys, cells, look } => {
                let mut row = Vec::new();
                let grid = list::grid([&exported.ticket], keys, look);
                csv::write_rows_as(&grid, *cells, &mut row)?;
                Ok(row)
            }
        }
    }

    fn put(&self, made: &[u8], is_first: bool, out: &mut Output<'_>) -> io::Result<()> {
        if matches!(self, Self::Array) && !is_first {
            out.write_all(b",\n")?;
        }
        out.write_all(made)?;
        match self {
            Self::Lines => out.write_all(b"\n"),
            Self::Array | Self::Table { .. } => Ok(()),
        }
    }

    /// What stands behind the tickets.
    fn end(&self, is_empty: bool, out: &mut Output<'_>) -> io::Result<()> {
        match self {
            Self::Array if is_empty => writeln!(out, "]"),
            Self::Array => writeln!(out, "\n]"),
            Self::Lines | Self::Table { .. } => Ok(()),
        }
    }
}
