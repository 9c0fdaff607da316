//! Completion that knows the tickets.
//!
//! The scripts under `completions/` ask desk itself what could come next, by calling it with
//! `DESK_COMPLETE` set: so a shell offers ticket numbers with their subjects, and technicians,
//! categories and fields as they are now.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::sync::OnceLock;

use clap::Args as _;
use clap::Command;
use clap::FromArgMatches;
use clap_complete::env::{CompleteEnv, EnvCompleter, Shells};
use clap_complete::{ArgValueCandidates, CompletionCandidate};
use desk::ticket::Ticket;
use desk::{Desk, Error, Result};

use crate::cli::{self, Globals};
use crate::context::{self, Context};
use crate::render::{list, safe};

/// The variable by which a shell's script asks.
const VARIABLE: &str = "DESK_COMPLETE";

/// The shell that asks.
static SHELL: OnceLock<OsString> = OnceLock::new();

/// So many tickets are offered at the most: a shell shows no more anyway.
const MOST: usize = 500;

/// Answers a shell's script, if it is one that asks. What goes wrong meanwhile stays unsaid: it
/// would stand in the middle of the line that somebody types.
pub(crate) fn was_asked(arguments: &[OsString]) -> bool {
    let Some(shell) = context::variable(VARIABLE) else {
        return false;
    };
    // clap takes the variable away before it asks for candidates.
    SHELL.get_or_init(|| shell);
    CompleteEnv::with_factory(cli::root)
        .var(VARIABLE)
        .bin("desk")
        .try_complete(arguments.iter().cloned(), None)
        .unwrap_or(true)
}

/// The shells that there are scripts for.
pub(crate) fn shells() -> Vec<&'static str> {
    Shells::builtins().names().collect()
}

/// Writes the script of a shell.
///
/// # Errors
/// [`Error::Usage`] for a shell that is none of [`shells`].
pub(crate) fn script(shell: &str) -> Result<Vec<u8>> {
    let unknown = || Error::usage(format!("there is no completion for `{shell}`"));
    let builtins = Shells::builtins();
    let completer: &dyn EnvCompleter = builtins.completer(shell).ok_or_else(unknown)?;
    let mut script = Vec::new();
    completer
        .write_registration(VARIABLE, "desk", "desk", "desk", &mut script)
        .map_err(crate::render::output::failed)?;
    Ok(script)
}

/// Open tickets, newest first, with their subjects.
pub(crate) fn tickets() -> ArgValueCandidates {
    ArgValueCandidates::new(|| candidates(open_tickets))
}

/// Technicians, with their names.
pub(crate) fn technicians() -> ArgValueCandidates {
    ArgValueCandidates::new(|| candidates(|desk| all_technicians(desk)))
}

/// Categories: those of the settings, and those in use.
pub(crate) fn categories() -> ArgValueCandidates {
    ArgValueCandidates::new(|| candidates(all_categories))
}

/// Teams in use.
pub(crate) fn teams() -> ArgValueCandidates {
    ArgValueCandidates::new(|| candidates(|desk| in_use(desk, |ticket| ticket.state.team.clone())))
}

/// Columns of a list.
pub(crate) fn fields() -> ArgValueCandidates {
    ArgValueCandidates::new(|| {
        list::Key::all()
            .map(|key| CompletionCandidate::new(key.name()))
            .collect()
    })
}

/// Fields of the query language, each with its colon.
pub(crate) fn query() -> ArgValueCandidates {
    ArgValueCandidates::new(|| {
        desk::query::FIELDS
            .iter()
            .map(|(name, about)| {
                CompletionCandidate::new(format!("{name}:")).help(Some((*about).into()))
            })
            .collect()
    })
}

fn candidates(
    of: impl FnOnce(&mut Desk) -> Result<Vec<CompletionCandidate>>,
) -> Vec<CompletionCandidate> {
    typed_globals()
        .and_then(|globals| of(Context::new(globals).desk()?))
        .unwrap_or_default()
}

/// The data directory may be named in the line that is being typed.
fn typed_globals() -> Result<Globals> {
    let typed = context::arguments();
    let line = typed.iter().skip_while(|word| *word != "--").skip(1);
    let mut known: Vec<&OsStr> = vec![OsStr::new("desk")];
    let mut takes_value = false;
    for word in line.map(OsString::as_os_str) {
        let names_it = word == "-C" || word == "--data-dir";
        if takes_value || names_it || word.to_string_lossy().starts_with("--data-dir=") {
            known.push(word);
        }
        takes_value = names_it;
    }
    let matches = Globals::augment_args(Command::new("desk")).try_get_matches_from(known);
    matches
        .and_then(|matches| Globals::from_arg_matches(&matches))
        .map_err(|error| Error::usage(error.to_string()))
}

fn open_tickets(desk: &mut Desk) -> Result<Vec<CompletionCandidate>> {
    let open = |ticket: Ticket| {
        let active = ticket.state.status.is_active();
        active.then(|| (ticket.id, safe::line(&ticket.state.subject).into_owned()))
    };
    let found = desk.find(&desk::query::Filter::everything(), open)?.found;
    let newest = found.into_iter().flatten().rev().take(MOST);
    Ok(newest
        .enumerate()
        .map(|(order, (id, subject))| {
            CompletionCandidate::new(id.to_string())
                .help(Some(subject.into()))
                .display_order(Some(order))
        })
        .collect())
}

fn all_technicians(desk: &Desk) -> Result<Vec<CompletionCandidate>> {
    let roster = desk.roster()?;
    let candidate = |technician: &desk::roster::Technician| {
        let about = technician.name.as_deref().unwrap_or_default();
        let about = format!("{about} (tier {})", technician.tier);
        CompletionCandidate::new(technician.login.as_str())
            .help(Some(safe::line(about.trim()).into_owned().into()))
    };
    Ok(roster.iter().map(candidate).collect())
}

fn all_categories(desk: &mut Desk) -> Result<Vec<CompletionCandidate>> {
    let category = |ticket: &Ticket| ticket.state.category.as_ref().map(ToString::to_string);
    let mut known: BTreeMap<String, ()> = desk
        .values(category)?
        .into_keys()
        .map(|name| (name, ()))
        .collect();
    known.extend(
        desk.policy()?
            .categories
            .iter()
            .map(|category| (category.to_string(), ())),
    );
    Ok(known.into_keys().filter_map(as_it_is).collect())
}

/// A value that may hold anything, if it is safe in the line that somebody types. bash and
/// PowerShell put it there without quoting it: `;` and `$(...)` would run, a space would split it.
fn as_it_is(value: String) -> Option<CompletionCandidate> {
    let quotes = |shell: &OsString| shell == "zsh" || shell == "fish" || shell == "elvish";
    let is_quoted = SHELL.get().is_some_and(quotes);
    let is_plain = |c: char| match c.is_ascii() {
        true => c.is_ascii_alphanumeric() || "/._-+@:,%".contains(c) || (is_quoted && c >= ' '),
        false => !c.is_whitespace() && !safe::is_hidden(c),
    };
    let is_safe = !value.starts_with('-') && value.chars().all(is_plain);
    is_safe.then(|| CompletionCandidate::new(value))
}

fn in_use(
    desk: &mut Desk,
    of: impl Fn(&Ticket) -> Option<String> + Sync,
) -> Result<Vec<CompletionCandidate>> {
    Ok(desk.values(of)?.into_keys().filter_map(as_it_is).collect())
}
