//! `desk import`

use std::fs;
use std::path::PathBuf;

use clap::Args as ClapArgs;
use clap_complete::{ArgValueCandidates, CompletionCandidate};
use desk::mapping::{Mapping, READY};
use desk::{Error, Mode, Result};
use serde_json::{Map, Value};

use crate::context::Context;
use crate::exit::{self, Exit};
use crate::import::input::{Form, Input, Table};
use crate::import::rows::Rows;
use crate::import::whole;
use crate::render::defuse::undefused;

#[derive(ClapArgs, Debug)]
#[command(after_help = "\
    What desk export wrote (jsonl, json) comes back with its numbers and its past, byte for byte. A table (CSV)\n\
    or a list of objects of another tool (JSON) becomes new tickets: say what it is (--from), or which field is\n\
    in which column (--map, --mapping), and look first (--dry-run). What is there already stays as it is: a\n\
    second import of the same file changes nothing.")]
pub(crate) struct Args {
    /// The file; `-` is standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Say what would come in, and how a table would be understood, and change nothing
    #[arg(long, short = 'n')]
    dry_run: bool,
    /// Of which tool it is the export: github (gh issue list --json), servicenow (incidents as CSV)
    #[arg(long, value_name = "TOOL", add = ArgValueCandidates::new(tools))]
    from: Option<String>,
    /// A file that says what columns and values mean (TOML)
    #[arg(long, value_name = "FILE", conflicts_with = "from")]
    mapping: Option<PathBuf>,
    /// Which field is in which column: subject=Title,requester='Opened by'
    #[arg(long, value_name = "FIELD=COLUMN")]
    map: Vec<String>,
    /// What a value means: 'priority:2 - Medium=3'
    #[arg(long, value_name = "FIELD:TEXT=VALUE")]
    value: Vec<String>,
    /// How dates are written, if not as 2026-11-21 14:30: '%d/%m/%Y %H:%M'
    #[arg(long, value_name = "FORM", allow_hyphen_values = true)]
    date_format: Vec<String>,
    /// What goes in front of references that are digits only: `rt:` makes rt:1042 of 1042
    #[arg(long, value_name = "TEXT")]
    prefix: Option<String>,
    /// What separates the cells of a table, if it is not what its first line looks like: `;`, `tab`
    #[arg(long, value_name = "CHARACTER", value_parser = delimiter)]
    delimiter: Option<u8>,
    /// The table was exported with --raw: take its cells as they stand
    #[arg(long)]
    raw: bool,
}

fn tools() -> Vec<CompletionCandidate> {
    let candidate = |(name, about): &(&'static str, &'static str)| {
        CompletionCandidate::new(*name).help(Some((*about).into()))
    };
    READY.iter().map(candidate).collect()
}

fn delimiter(text: &str) -> std::result::Result<u8, String> {
    match text.as_bytes() {
        b"tab" | b"\\t" => Ok(b'\t'),
        [byte] if byte.is_ascii() && !matches!(byte, b'"' | b'\n' | b'\r') => Ok(*byte),
        _ => Err("it is one character of ASCII, or tab".to_owned()),
    }
}

pub(crate) fn run(args: Args, context: &mut Context) -> Result<Exit> {
    let mapping = args.mapping(context)?;
    let input = Input::open(&args.file)?;
    let mode = match args.dry_run {
        true => Mode::DryRun,
        false => Mode::Apply,
    };
    match (input.form(), mapping) {
        (Form::Empty, _) => {
            context.talk(&format!("{}: nothing is in it", input.name().display()));
            Ok(exit::DONE)
        }
        (Form::Table, mapping) => {
            let table = input.table(args.delimiter)?;
            args.of_table(table, mapping, mode, context)
        }
        (_, Some(mapping)) => of_objects(input, mapping, mode, context),
        (_, None) => whole::import(input, mode, context),
    }
}

impl Args {
    /// The mapping that was asked for, if one was.
    fn mapping(&self, context: &Context) -> Result<Option<Mapping>> {
        let is_stated = self.from.is_some() || self.mapping.is_some() || !self.map.is_empty();
        if !is_stated {
            return Ok(None);
        }
        let mut mapping = match (&self.from, &self.mapping) {
            (Some(name), _) => Mapping::ready(name)?,
            (None, Some(path)) => {
                let text = fs::read_to_string(path).map_err(Error::io("read", path))?;
                Mapping::parse(&text, &path.display().to_string())?
            }
            (None, None) => Mapping::default(),
        };
        self.map.iter().try_for_each(|text| mapping.map(text))?;
        self.adjust(&mut mapping, context)?;
        Ok(Some(mapping))
    }

    /// What else the command line says of a mapping.
    fn adjust(&self, mapping: &mut Mapping, context: &Context) -> Result<()> {
        self.value.iter().try_for_each(|text| mapping.value(text))?;
        if !self.date_format.is_empty() {
            mapping.dates(self.date_format.clone())?;
        }
        if let Some(prefix) = &self.prefix {
            mapping.prefix(prefix);
        }
        if let Some(zone) = context.stated_zone() {
            mapping.timezone(zone);
        }
        Ok(())
    }

    fn of_table(
        &self,
        table: Table,
        mapping: Option<Mapping>,
        mode: Mode,
        context: &mut Context,
    ) -> Result<Exit> {
        let own = Mapping::own(table.columns())?;
        // Cells that desk made safe are read as what they were made of.
        let is_defused = own.is_some() && !self.raw;
        let mapping = match (mapping, own) {
            (Some(stated), _) => stated,
            (None, Some(_)) if table.has_tabs() => {
                let error = Error::usage("what desk writes as TSV is not read back: it is for awk");
                return Err(error.with_hint("export it as CSV: desk export --format csv"));
            }
            (None, Some(mut own)) => {
                self.adjust(&mut own, context)?;
                own
            }
            (None, None) => return Err(which_is_which(table.columns())),
        };
        let bound = mapping.bind(table.columns(), context.zone()?)?;
        let mut rows = Rows::new(bound, mode, false, context)?;
        let read = table.each_row(&mut |line, row| {
            let row = match is_defused {
                true => row.map(|cells| cells.into_iter().map(as_it_was).collect()),
                false => row,
            };
            rows.take(line, row, context)
        });
        // What came before a place that cannot be read is taken in.
        let done = rows.finish(context)?;
        read.map(|()| done)
    }
}

fn as_it_was(cell: Value) -> Value {
    match cell {
        Value::String(cell) => undefused(&cell).into(),
        other => other,
    }
}

fn which_is_which(columns: &[String]) -> Error {
    let error = Error::usage("nothing says which field is in which column");
    error.with_hint(format!(
        "say it: --map subject=COLUMN,ref=COLUMN,...; the columns are {}",
        columns.join(", ")
    ))
}

/// Objects of another tool: the keys of the first are the columns of all.
fn of_objects(input: Input, mapping: Mapping, mode: Mode, context: &mut Context) -> Result<Exit> {
    let is_list = input.form() == Form::Array;
    let mut mapping = Some(mapping);
    let mut columns: Vec<String> = Vec::new();
    let mut rows: Option<Rows> = None;
    let read = input.each_object(&mut |place, text| {
        let object = text.and_then(|text| {
            serde_json::from_str::<Map<String, Value>>(&text)
                .map_err(|error| Error::usage(format!("not an object: {error}")))
        });
        if let (Some(mapping), Ok(first)) = (mapping.take_if(|_| object.is_ok()), &object) {
            columns = first.keys().cloned().collect();
            let bound = mapping.bind(&columns, context.zone()?)?;
            rows = Some(Rows::new(bound, mode, is_list, context)?);
        }
        let Some(rows) = &mut rows else {
            // Nothing tells the columns.
            let unit = if is_list { "item" } else { "line" };
            return object
                .map(drop)
                .map_err(|error| Error::usage(format!("{unit} {place} is {error}")));
        };
        let row = object.map(|mut object| {
            let cells = columns.iter().map(|name| object.remove(name));
            cells.map(Option::unwrap_or_default).collect()
        });
        rows.take(place, row, context)
    });
    let done = match rows {
        Some(rows) => rows.finish(context)?,
        None => exit::DONE,
    };
    read.map(|()| done)
}
