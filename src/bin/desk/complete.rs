//! Completion that knows the tickets.
//!
//! The scripts under `completions/` ask desk itself what could come next, by calling it with
//! `DESK_COMPLETE` set: so a shell offers ticket numbers with their subjects, and technicians,
//! categories and fields as they are now.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::sync::OnceLock;

use clap::Args as _;
use clap::Command;
use clap::FromArgMatches;
use clap_complete::env::{CompleteEnv, EnvCompleter, Shells};
use clap_complete::{ArgValueCandidates, ArgValueCompleter, CompletionCandidate};
use desk::query::{Filter, Order, Selection, SortKey, TextField};
use desk::ticket::{Channel, Kind, Level, Service, Status, Ticket};
use desk::{Desk, Error, Result, Run, WantedRuns};

use crate::cli::{self, Globals};
use crate::context::{self, Context};
use crate::render::{list, runs, safe};

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

/// The script for bash. Ours, since bash breaks words where desk does not.
const BASH: &str = include_str!("complete.bash");

/// Writes the script of a shell.
///
/// # Errors
/// [`Error::Usage`] for a shell that is none of [`shells`].
pub(crate) fn script(shell: &str) -> Result<Vec<u8>> {
    if shell == "bash" {
        return Ok(BASH.into());
    }
    let unknown = || Error::usage(format!("there is no completion for `{shell}`"));
    let builtins = Shells::builtins();
    let completer: &dyn EnvCompleter = builtins.completer(shell).ok_or_else(unknown)?;
    let mut script = Vec::new();
    completer
        .write_registration(VARIABLE, "desk", "desk", "desk", &mut script)
        .map_err(crate::render::output::failed)?;
    Ok(script)
}

/// The tickets that the verb may be about, newest first, with their subjects: by number, or by
/// reference once something is typed that is none.
pub(crate) fn tickets() -> ArgValueCompleter {
    ArgValueCompleter::new(|typed: &OsStr| {
        let by_reference = typed.to_str().is_some_and(|typed| {
            let digits = typed.bytes().all(|b| b.is_ascii_digit());
            !typed.is_empty() && !digits
        });
        matching(
            typed,
            candidates(|desk| eligible_tickets(desk, by_reference)),
        )
    })
}

/// Those that begin with what is typed.
fn matching(typed: &OsStr, candidates: Vec<CompletionCandidate>) -> Vec<CompletionCandidate> {
    let typed = typed.as_encoded_bytes();
    let begins = |candidate: &CompletionCandidate| {
        candidate.get_value().as_encoded_bytes().starts_with(typed)
    };
    candidates.into_iter().filter(begins).collect()
}

/// The runs that can be taken back, the last ones first, with what they did and who did it.
pub(crate) fn runs() -> ArgValueCompleter {
    ArgValueCompleter::new(|typed: &OsStr| matching(typed, candidates(standing_runs)))
}

fn standing_runs(desk: &mut Desk) -> Result<Vec<CompletionCandidate>> {
    let wanted = WantedRuns {
        of: None,
        standing: true,
        limit: Some(MOST),
    };
    let candidate = |run: &Run| {
        let help = runs::in_one_line(run);
        CompletionCandidate::new(run.op.as_str()).help(Some(safe::line(&help).into_owned().into()))
    };
    Ok(desk.runs(&wanted)?.found.iter().map(candidate).collect())
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
    ArgValueCandidates::new(|| candidates(|desk| in_use(desk, TextField::Team)))
}

/// Columns of a list.
pub(crate) fn fields() -> ArgValueCandidates {
    ArgValueCandidates::new(|| {
        list::Key::all()
            .map(|key| CompletionCandidate::new(key.name()))
            .collect()
    })
}

/// Fields of the query language, each with its colon; behind the colon its values; and views.
pub(crate) fn query() -> ArgValueCompleter {
    ArgValueCompleter::new(|typed: &OsStr| {
        let field = typed.to_str().and_then(|typed| typed.split_once(':'));
        let offered = match field {
            Some((field, _)) => candidates(|desk| values(desk, field)),
            None => query_fields()
                .into_iter()
                .chain(candidates(views))
                .collect(),
        };
        matching(typed, offered)
    })
}

fn query_fields() -> Vec<CompletionCandidate> {
    desk::query::FIELDS
        .iter()
        .map(|(name, about)| {
            CompletionCandidate::new(format!("{name}:")).help(Some((*about).into()))
        })
        .collect()
}

/// The queries that have a name, with what they ask.
fn views(desk: &mut Desk) -> Result<Vec<CompletionCandidate>> {
    let views = desk.policy()?.views.iter().map(|(name, query)| {
        let query = safe::line(query).into_owned();
        CompletionCandidate::new(format!("@{name}")).help(Some(query.into()))
    });
    Ok(views.collect())
}

/// The values of a field, behind its name.
fn values(desk: &mut Desk, field: &str) -> Result<Vec<CompletionCandidate>> {
    fn names<T: ToString>(all: &[T]) -> Vec<CompletionCandidate> {
        all.iter()
            .map(|value| CompletionCandidate::new(value.to_string()))
            .collect()
    }
    let values = match field {
        "status" => names(&Status::ALL),
        "impact" | "urgency" => names(&Level::ALL),
        "kind" => names(Kind::ALL),
        "service" => names(Service::ALL),
        "channel" => names(Channel::ALL),
        "priority" => names(&[1, 2, 3, 4, 5]),
        "tier" => names(&(1..=desk.policy()?.top_tier().0).collect::<Vec<_>>()),
        "is" => names(&["open", "solved", "late", "unassigned", "merged"]),
        "assignee" => {
            let mut people = names(&["me", "none"]);
            people.extend(all_technicians(desk)?);
            people
        }
        "category" => all_categories(desk)?,
        "team" => in_use(desk, TextField::Team)?,
        "requester" => in_use(desk, TextField::Requester)?,
        "location" => in_use(desk, TextField::Location)?,
        "asset" => in_use(desk, TextField::Asset)?,
        _ => Vec::new(),
    };
    let behind_field = |value: CompletionCandidate| value.add_prefix(format!("{field}:"));
    Ok(values.into_iter().map(behind_field).collect())
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

fn eligible_tickets(desk: &mut Desk, by_reference: bool) -> Result<Vec<CompletionCandidate>> {
    let may_be_meant = eligible(typed_verb().as_deref());
    let offered = |ticket: Ticket| {
        let reference = ticket.state.reference.as_ref().map(ToString::to_string);
        let name = match by_reference {
            true => reference.and_then(as_it_is),
            false => Some(CompletionCandidate::new(ticket.id.to_string())),
        };
        let subject = safe::line(&ticket.state.subject).into_owned();
        name.filter(|_| may_be_meant(&ticket))
            .map(|name| name.help(Some(subject.into())))
    };
    let everything = Filter::everything();
    let newest = Selection {
        order: vec![Order::down(SortKey::Id)],
        ..Selection::of(&everything)
    };
    let mut candidates = Vec::new();
    desk.select(&newest, |ticket| {
        let order = Some(candidates.len());
        candidates.extend(offered(ticket).map(|offered| offered.display_order(order)));
        candidates.len() < MOST
    })?;
    Ok(candidates)
}

/// Which tickets a verb can be about.
fn eligible(verb: Option<&str>) -> fn(&Ticket) -> bool {
    match verb {
        Some("reopen" | "rate") => {
            |ticket| ticket.state.status.is_solved() && ticket.state.merged_into.is_none()
        }
        Some("unmerge") => |ticket| ticket.state.merged_into.is_some(),
        Some("show" | "log" | "link" | "unlink" | "note") => |_| true,
        _ => |ticket| ticket.state.status.is_active(),
    }
}

/// The verb of the line that is being typed.
fn typed_verb() -> Option<String> {
    let line = context::arguments();
    let mut words = line.iter().skip_while(|word| *word != "--").skip(2);
    words
        .find_map(|word| word.to_str().filter(|word| cli::VERBS.contains(word)))
        .map(str::to_owned)
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
    let mut known: BTreeSet<String> = desk.values(TextField::Category)?.into_iter().collect();
    known.extend(desk.policy()?.categories.iter().map(ToString::to_string));
    Ok(known.into_iter().filter_map(as_it_is).collect())
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

fn in_use(desk: &mut Desk, field: TextField) -> Result<Vec<CompletionCandidate>> {
    Ok(desk
        .values(field)?
        .into_iter()
        .filter_map(as_it_is)
        .collect())
}
