//! `desk import`

use std::fs;
use std::path::PathBuf;

use clap::Args as ClapArgs;
use clap_complete::{ArgValueCandidates, CompletionCandidate};
use desk::mapping::{Mapping, READY};
use desk::{Error, Mode, Result};

use crate::context::Context;
use crate::exit::{self, Exit};
use crate::import::foreign::{self, Cells};
use crate::import::input::{Form, Input};
use crate::import::whole;

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
            let mapping = match mapping {
                Some(mapping) => mapping,
                None => args.adjusted(foreign::own_mapping(&table)?, context)?,
            };
            let cells = Cells::of(&table, args.raw)?;
            foreign::of_table(table, mapping, cells, mode, context)
        }
        (_, Some(mapping)) => foreign::of_objects(input, mapping, mode, context),
        (_, None) => {
            args.expect_nothing_of_rows()?;
            whole::import(input, mode, context)
        }
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
        self.adjusted(mapping, context).map(Some)
    }

    /// A mapping with what else the command line says of it.
    fn adjusted(&self, mut mapping: Mapping, context: &Context) -> Result<Mapping> {
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
        Ok(mapping)
    }

    /// Nothing, if nothing was said that is about rows: tickets of an export come as they are.
    fn expect_nothing_of_rows(&self) -> Result<()> {
        let stated = [
            ("--value", !self.value.is_empty()),
            ("--date-format", !self.date_format.is_empty()),
            ("--prefix", self.prefix.is_some()),
            ("--delimiter", self.delimiter.is_some()),
            ("--raw", self.raw),
        ];
        match stated.into_iter().find(|(_, is_stated)| *is_stated) {
            Some((flag, _)) => Err(Error::usage(format!(
                "{flag} is about rows, and nothing says which field is where"
            ))
            .with_hint("say it with --from, --map or --mapping")),
            None => Ok(()),
        }
    }
}
