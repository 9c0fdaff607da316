//! The root of the command line, and one dull alphabetical match.

use std::ffi::OsString;
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::parser::ValueSource;
use clap::{ArgMatches, Args, ColorChoice, Command, FromArgMatches};
use desk::error::did_you_mean;
use desk::{Error, Result, Zone};

use crate::context::Context;
use crate::exit::{self, Exit};
use crate::render::Format;
use crate::render::output::Output;
use crate::{commands, external, untangle};

/// How long another writer is waited for, in seconds, where nothing was said.
pub(crate) const DEFAULT_WAIT: u64 = 30;

/// What stands before or behind any verb.
#[derive(Args, Debug, Clone)]
pub(crate) struct Globals {
    /// The data directory [default: $DESK_DATA_DIR, else the platform's for desk]
    #[arg(
        short = 'C',
        long = "data-dir",
        value_name = "DIR",
        global = true,
        help_heading = "Global options"
    )]
    pub(crate) data_dir: Option<PathBuf>,
    /// Short for --format json
    #[arg(
        long,
        global = true,
        conflicts_with = "format",
        help_heading = "Global options"
    )]
    pub(crate) json: bool,
    /// The form of the output: table, json, jsonl, csv, tsv or markdown; of a report also html
    #[arg(
        hide_possible_values = true,
        long,
        value_enum,
        value_name = "FORMAT",
        global = true,
        help_heading = "Global options"
    )]
    pub(crate) format: Option<Format>,
    /// When to use colour
    #[arg(
        long,
        value_name = "WHEN",
        default_value = "auto",
        global = true,
        help_heading = "Global options"
    )]
    pub(crate) color: ColorChoice,
    /// Do not page long output
    #[arg(long, global = true, help_heading = "Global options")]
    pub(crate) no_pager: bool,
    /// The zone in which times are shown and typed [default: desk.toml, $TZ, the system's]
    #[arg(long, value_name = "ZONE", value_parser = zone, global = true, help_heading = "Global options")]
    pub(crate) tz: Option<Zone>,
    /// Act for somebody else; the real user is recorded beside them [default: $DESK_USER]
    #[arg(
        long = "as",
        value_name = "USER",
        global = true,
        help_heading = "Global options"
    )]
    pub(crate) acting: Option<String>,
    /// Say nothing but warnings and errors
    #[arg(short, long, global = true, help_heading = "Global options")]
    pub(crate) quiet: bool,
    /// How long to wait for another writer
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = DEFAULT_WAIT,
        global = true,
        help_heading = "Global options"
    )]
    pub(crate) wait: u64,
}

fn zone(name: &str) -> std::result::Result<Zone, String> {
    name.parse().map(Zone::Named).map_err(|_| {
        "no such zone; it is named as in the IANA data base: `Europe/Oslo`, `UTC`".to_owned()
    })
}

/// One line a verb: from it come the parser, the help, completion, the manual, and the match.
macro_rules! verbs {
    ($($name:literal $module:ident $about:literal)*) => {
        /// The names of the verbs.
        pub(crate) const VERBS: &[&str] = &[$($name),*];

        fn with_verbs(mut root: Command, wanted: impl Fn(&str) -> bool) -> Command {
            $(if wanted($name) {
                // What a verb takes is built only when that verb was asked for. Arguments that
                // verbs share come with a description of their own, which is not the verb's.
                let verb = Command::new($name).about($about);
                root = root.subcommand(verb.defer(|verb| {
                    commands::$module::Args::augment_args(verb).about($about).long_about(None)
                }));
            })*
            root
        }

        fn dispatch(name: &str, mut matches: ArgMatches, context: &mut Context) -> Result<Exit> {
            match name {
                $($name => commands::$module::run(parsed(&mut matches)?, context),)*
                unknown => external::run(unknown, &matches, context),
            }
        }
    };
}

verbs! {
    "assign" assign "Give tickets to a technician or a team"
    "batch" batch "Carry out operations from JSON lines"
    "close" close "Complete tickets, with how they were solved"
    "completions" completions "Print the completion script of a shell"
    "edit" edit "Correct the fields of tickets"
    "escalate" escalate "Hand tickets up to specialists, or down"
    "export" export "Write tickets out, whole or as CSV"
    "fsck" fsck "Check all files, name what is wrong, and repair it"
    "import" import "Take tickets in: an export, a table, or what another tool wrote"
    "link" link "Write down how a ticket relates to another"
    "list" list "List the tickets that match a query"
    "log" log "Show what happened, event by event"
    "man" man "Write the manual pages into a folder"
    "merge" merge "Let another ticket take tickets over"
    "note" note "Write something down on tickets"
    "open" open "Open a ticket, and print its number"
    "rate" rate "Record how satisfied the requester is"
    "reindex" reindex "Make the index of the tickets anew"
    "reopen" reopen "Take up solved tickets again"
    "reply" reply "Write to the requester: a note that they may read"
    "report" report "Count, measure and compare over a period"
    "resolve" resolve "Say how tickets were solved; the requester may still object"
    "resume" resume "Go on with tickets that waited"
    "search" search "Find tickets by words"
    "show" show "Show tickets, with their history"
    "status" status "Show my queue, what is late, and what nobody has"
    "take" take "Take tickets myself"
    "tech" tech "Keep the roster of technicians"
    "undo" undo "Take back what the last run did, or another one"
    "unlink" unlink "Take a relation away"
    "unmerge" unmerge "Let merged tickets stand for themselves again"
    "wait" wait "Let tickets wait for the requester, a vendor or a date"
}

/// The whole command line.
pub(crate) fn root() -> Command {
    root_with(|_| true)
}

fn root_with(wanted: impl Fn(&str) -> bool) -> Command {
    // The flags come with a description of their own, which is not the program's.
    let root = Globals::augment_args(Command::new("desk"))
        .bin_name("desk")
        .version(env!("CARGO_PKG_VERSION"))
        .about("The IT help desk that lives in a shell")
        .long_about(None)
        .after_help(
            "Without a command: status. `desk help COMMAND` tells more.\n\
             A program desk-FOO on the PATH runs as `desk FOO`.\n\
             Nothing is written on NFS, SMB or FUSE, unless DESK_ANY_DISK=1 is set.",
        )
        .allow_external_subcommands(true);
    with_verbs(root, wanted)
}

/// Reads a command line.
///
/// Every verb that is there costs, since each takes all of the global options: so the line is first
/// read with none but the verbs that stand in it. Whatever that does not settle (help, mistakes,
/// programs on the PATH) is for the whole command line to answer.
fn read(arguments: &[OsString]) -> clap::error::Result<ArgMatches> {
    let stands_there = |verb: &str| arguments.iter().any(|argument| argument == verb);
    let is_verb = |name: &str| VERBS.contains(&name);
    match root_with(stands_there).try_get_matches_from(arguments) {
        Ok(matches) if matches.subcommand_name().is_none_or(is_verb) => Ok(matches),
        Err(error) if error.kind() == ErrorKind::DisplayVersion => Err(error),
        _ => root().try_get_matches_from(arguments),
    }
}

/// Reads a line that would stand behind `desk report`.
pub(crate) fn report(words: Vec<String>) -> Result<(Globals, commands::report::Args)> {
    let line = ["desk", "report"]
        .map(str::to_owned)
        .into_iter()
        .chain(words);
    let line: Vec<OsString> = line.map(Into::into).collect();
    match read(&untangle::untangled(&line)) {
        Ok(mut matches) => match matches.remove_subcommand() {
            Some((_, mut report)) => Ok((parsed(&mut matches)?, parsed(&mut report)?)),
            None => Err(Error::usage("it is no report")),
        },
        Err(error) if error.use_stderr() => Err(in_one_line(&error)),
        Err(_) => Err(Error::usage("it asks for help")),
    }
}

/// Runs a command line, and gives the exit code.
pub(crate) fn run(arguments: &[OsString]) -> Exit {
    match try_run(arguments) {
        Ok(exit) => exit,
        Err(error) => exit::tell(&error),
    }
}

fn try_run(arguments: &[OsString]) -> Result<Exit> {
    let mut matches = match read(&untangle::untangled(arguments)) {
        Ok(matches) => matches,
        Err(error) => return asked_for_help(&error),
    };
    let globals: Globals = parsed(&mut matches)?;
    if globals.format == Some(Format::Html) && matches.subcommand_name() != Some("report") {
        let error = Error::usage("only reports have a page in HTML");
        return Err(error.with_hint("such as: desk report technicians --format html"));
    }
    let mut context = Context::new(globals);
    let done = match matches.remove_subcommand() {
        Some((name, matches)) => {
            context.words = words(&name, &matches);
            dispatch(&name, matches, &mut context)
        }
        None => commands::status::run(commands::status::Args::default(), &mut context),
    };
    if done.is_ok() {
        // What it holds open is closed by the system, all at once: that is sooner done than to close the
        // index and free what was read, piece by piece. Before an error its line of progress is wiped.
        std::mem::forget(context);
    }
    done
}

/// What a command line that is done once asks for, word by word: not under which key, nor how it is
/// told; and not of which ticket, since that may be named in several ways. Nothing of others.
fn words(name: &str, matches: &ArgMatches) -> Vec<Vec<u8>> {
    const ELSE: [&str; 7] = ["id", "yes", "dry_run", "null", "tickets", "query", "if_rev"];
    if !matches!(matches.try_contains_id("id"), Ok(true)) {
        return Vec::new();
    }
    let mut root = root_with(|verb| verb == name);
    // Only then it has the arguments of the verb, and those of all verbs with them.
    root.build();
    let all = root.find_subcommand(name).into_iter();
    let own = all.flat_map(Command::get_arguments).filter(|argument| {
        let id = argument.get_id();
        !argument.is_global_set() && !ELSE.contains(&id.as_str())
    });
    let mut words = vec![name.as_bytes().to_vec()];
    for id in own.map(clap::Arg::get_id) {
        let is_stated = matches.ids().any(|stated| stated == id)
            && matches.value_source(id.as_str()) == Some(ValueSource::CommandLine);
        if is_stated {
            words.push(id.as_str().as_bytes().to_vec());
            let values = matches.get_raw(id.as_str()).into_iter().flatten();
            words.extend(values.map(|value| value.as_bytes().to_vec()));
        }
    }
    words
}

/// Takes the values out: who only looks at them has clap copy them all first.
fn parsed<A: FromArgMatches>(matches: &mut ArgMatches) -> Result<A> {
    A::from_arg_matches_mut(matches).map_err(|error| in_one_line(&error))
}

/// Help and version are answers; everything else that clap has to say is an error.
fn asked_for_help(error: &clap::Error) -> Result<Exit> {
    match error.kind() {
        ErrorKind::DisplayHelp
        | ErrorKind::DisplayVersion
        | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            let mut out = Output::new(std::io::stdout());
            write!(out, "{}", error.render()).map_err(crate::render::output::failed)?;
            out.finish()?;
            Ok(exit::DONE)
        }
        _ => Err(in_one_line(error)),
    }
}

/// What clap says in several lines, as an error and a hint.
fn in_one_line(error: &clap::Error) -> Error {
    let text = error.to_string();
    let first = text.split("\n\n").next().unwrap_or(&text);
    let lines: Vec<&str> = first.lines().map(str::trim).collect();
    let message = lines.join(" ");
    let found = Error::usage(message.trim_start_matches("error: "));
    let context = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.clone()),
        Some(ContextValue::Strings(texts)) => texts.first().cloned(),
        _ => None,
    };
    let near = [ContextKind::SuggestedSubcommand, ContextKind::SuggestedArg];
    let near = near.into_iter().find_map(context);
    let usage = usage_of(&text);
    let near = near
        .or_else(|| near_value(error))
        .or_else(|| near_command(error, usage.as_deref()?));
    match (near, usage) {
        (Some(near), _) => found.with_hint(format!("did you mean `{near}`?")),
        (None, Some(usage)) => found.with_hint(format!("usage: {usage}")),
        (None, None) => found,
    }
}

/// The value that was meant, by the measure of everywhere else: clap's own takes `xml` for `html`.
fn near_value(error: &clap::Error) -> Option<String> {
    let (Some(ContextValue::String(typed)), Some(ContextValue::Strings(values))) = (
        error.get(ContextKind::InvalidValue),
        error.get(ContextKind::ValidValue),
    ) else {
        return None;
    };
    did_you_mean(typed, values.iter().map(String::as_str)).map(str::to_owned)
}

/// The command that was meant behind `desk help`, where clap suggests none; the usage tells of whose
/// commands it is one.
fn near_command(error: &clap::Error, usage: &str) -> Option<String> {
    let Some(ContextValue::String(typed)) = error.get(ContextKind::InvalidSubcommand) else {
        return None;
    };
    let mut root = root();
    // Only then a verb has its own commands.
    root.build();
    let mut parent = &root;
    for word in usage.split(' ').skip(1) {
        match parent.find_subcommand(word) {
            Some(command) => parent = command,
            None => break,
        }
    }
    did_you_mean(typed, parent.get_subcommands().map(Command::get_name)).map(str::to_owned)
}

fn usage_of(text: &str) -> Option<String> {
    let usage = text.lines().find_map(|line| line.strip_prefix("Usage: "))?;
    Some(usage.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_command_line_is_sound() {
        root().debug_assert();
    }

    #[test]
    fn a_line_is_read_as_the_whole_command_line_reads_it() {
        let lines = [
            "desk",
            "desk --json",
            "desk --version",
            "desk help",
            "desk help show",
            "desk show --help",
            "desk show 7 --tz Europe/Oslo",
            "desk -C list show 7",
            "desk note 7 -m show",
            "desk tech add lan --tier 2",
            "desk tech ad lan",
            "desk shwo 7",
            "desk foo list --bar",
            "desk open",
            "desk list --fileds id",
            "desk --colour never list",
        ];
        for line in lines {
            let words: Vec<OsString> = line.split(' ').map(Into::into).collect();
            let whole = root().try_get_matches_from(&words);
            match (read(&words), whole) {
                (Ok(read), Ok(whole)) => {
                    assert_eq!(read.subcommand(), whole.subcommand(), "{line}");
                }
                (Err(read), Err(whole)) => {
                    assert_eq!(read.to_string(), whole.to_string(), "{line}");
                }
                (read, whole) => panic!("{line}: {read:?}, but {whole:?}"),
            }
        }
    }
}
