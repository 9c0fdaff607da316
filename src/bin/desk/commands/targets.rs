//! Which tickets a verb is about: named one by one, on standard input, or by a query.

use std::collections::HashSet;
use std::io::Read;
use std::path::Path;

use clap::Args;
use desk::operation::Key;
use desk::query::{Edge, Sense};
use desk::ticket::{TicketName, Timestamp};
use desk::{Error, Mode, Result};

use crate::complete;
use crate::context::Context;
use crate::exit;

/// The tickets that a verb reads.
#[derive(Args, Debug, Default)]
pub(crate) struct Selection {
    /// Tickets by number or reference; `-` reads them from standard input, one a line
    #[arg(value_name = "TICKET", add = complete::tickets())]
    pub(crate) tickets: Vec<String>,
    /// The tickets that match a query
    #[arg(long, value_name = "QUERY", conflicts_with = "tickets", allow_hyphen_values = true, add = complete::query())]
    pub(crate) query: Option<String>,
    /// Tickets on standard input end with NUL instead of a newline
    #[arg(long)]
    pub(crate) null: bool,
}

/// The tickets that a verb changes, and how.
#[derive(Args, Debug, Default)]
pub(crate) struct Targets {
    #[command(flatten)]
    pub(crate) selection: Selection,
    #[command(flatten)]
    pub(crate) manner: Manner,
    #[command(flatten)]
    pub(crate) consent: Consent,
    /// Only if the ticket is at this revision
    #[arg(long, value_name = "REV")]
    pub(crate) if_rev: Option<u64>,
    #[command(flatten)]
    pub(crate) once: Once,
}

/// What is done once.
#[derive(Args, Debug, Default)]
pub(crate) struct Once {
    /// Do it once, however often it is asked for with this id
    #[arg(long, value_name = "KEY")]
    id: Option<String>,
}

/// How a change is made.
#[derive(Args, Debug, Default)]
pub(crate) struct Manner {
    /// Say what would change, and change nothing
    #[arg(long, short = 'n')]
    pub(crate) dry_run: bool,
    /// When it happened, if not now; never before the ticket's last event
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<String>,
}

/// Whether many tickets may change without a question.
#[derive(Args, Debug, Default)]
pub(crate) struct Consent {
    /// Change more than 20 tickets without a question; only on a terminal is there one
    #[arg(long, short = 'y')]
    yes: bool,
}

/// Tickets that were named, or found; and what went wrong while they were looked for.
#[derive(Debug, Default)]
pub(crate) struct Named {
    pub(crate) names: Vec<TicketName>,
    pub(crate) damaged: Vec<Error>,
}

impl Selection {
    /// Whether several are meant, even if it turns out to be one.
    pub(crate) fn is_several(&self) -> bool {
        self.query.is_some() || self.tickets.len() > 1 || self.is_on_stdin()
    }

    /// Whether they are named on standard input.
    pub(crate) fn is_on_stdin(&self) -> bool {
        self.tickets.iter().any(|name| name == "-")
    }

    /// The names of the tickets, in order, each once.
    ///
    /// # Errors
    /// [`Error::Usage`] when none is named, or standard input holds what is no name.
    pub(crate) fn names(&self, context: &mut Context) -> Result<Named> {
        if let Some(query) = &self.query {
            return by_query(query, context);
        }
        if self.tickets.is_empty() {
            return Err(Error::usage("no ticket is named").with_hint(
                "name tickets by number or reference, `-` for standard input, or --query",
            ));
        }
        let mut names: Vec<TicketName> = Vec::new();
        let mut known = HashSet::new();
        let mut add = |text: &str| {
            let name: TicketName = text.parse().map_err(Error::usage)?;
            if known.insert(name.clone()) {
                names.push(name);
            }
            Ok::<(), Error>(())
        };
        for ticket in &self.tickets {
            match ticket.as_str() {
                "-" => from_stdin(self.null)?
                    .iter()
                    .try_for_each(|name| add(name))?,
                name => add(name)?,
            }
        }
        Ok(Named {
            names: each_once(names, context)?,
            damaged: Vec::new(),
        })
    }
}

/// The names without those that mean a ticket which is among them by its number, too.
fn each_once(names: Vec<TicketName>, context: &mut Context) -> Result<Vec<TicketName>> {
    let is_number = |name: &&TicketName| matches!(name, TicketName::Id(_));
    let numbers: HashSet<TicketName> = names.iter().filter(is_number).cloned().collect();
    if numbers.is_empty() || numbers.len() == names.len() {
        return Ok(names);
    }
    let desk = context.desk()?;
    let mut is_first = |name: &TicketName| {
        // What cannot be found is told when it is asked for.
        let mut id = || desk.resolve(name).ok().map(TicketName::Id);
        is_number(&name) || id().is_none_or(|id| !numbers.contains(&id))
    };
    Ok(names.into_iter().filter(|name| is_first(name)).collect())
}

fn by_query(query: &str, context: &mut Context) -> Result<Named> {
    // A variable of a script that is empty must not mean the whole help desk.
    if query.trim().is_empty() {
        return Err(Error::usage("the query is empty")
            .with_hint("to mean every ticket, write: --query 'id:1..'"));
    }
    let filter = context.filter(query)?;
    let found = context.desk_to_read()?.ids(&filter)?;
    exit::tell_all(&found.damaged);
    if found.found.is_empty() {
        context.talk(&format!("no ticket matches `{query}`"));
    }
    Ok(Named {
        names: found.found.into_iter().map(TicketName::Id).collect(),
        damaged: found.damaged,
    })
}

/// The longest list of names that is read: millions of them, and an end to `/dev/zero`.
const LONGEST_LIST: usize = 64 * 1024 * 1024;

/// What standard input is called where it cannot be read.
const STDIN: &str = "standard input";

fn from_stdin(null: bool) -> Result<Vec<String>> {
    let mut bytes = Vec::new();
    std::io::stdin()
        .lock()
        .take(LONGEST_LIST as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(Error::io("read", Path::new(STDIN)))?;
    if bytes.len() > LONGEST_LIST {
        return Err(Error::usage("standard input is longer than 64 MiB"));
    }
    let end = if null { b'\0' } else { b'\n' };
    let mut names = Vec::new();
    for (line, number) in bytes.split(|&byte| byte == end).zip(1..) {
        let name = std::str::from_utf8(line)
            .map_err(|_| Error::usage(format!("standard input, line {number}: not UTF-8")))?;
        if !name.trim().is_empty() {
            names.push(name.trim().to_owned());
        }
    }
    Ok(names)
}

/// More tickets than this change only after a question, where somebody sits there who can answer it.
const UNASKED: usize = 20;

impl Consent {
    /// Nothing, if so many tickets may change.
    ///
    /// # Errors
    /// [`Error::Refused`] when whoever sits there does not say yes.
    pub(crate) fn expect(&self, tickets: usize, context: &Context) -> Result<()> {
        if self.yes || tickets <= UNASKED || !context.is_interactive() {
            return Ok(());
        }
        exit::ask(&format!("{tickets} tickets are to change. Go on? [y/N] "));
        let mut answer = String::new();
        std::io::stdin()
            .read_line(&mut answer)
            .map_err(Error::io("read", Path::new(STDIN)))?;
        match answer.trim().to_lowercase().as_str() {
            "y" | "yes" => Ok(()),
            _ => Err(Error::refused("nothing was changed")),
        }
    }
}

impl Once {
    /// The key, if one was given.
    pub(crate) fn key(&self) -> Result<Option<Key>> {
        self.id.as_deref().map(Key::new).transpose()
    }
}

/// The key of what a command line asks for, with the text that it may have from elsewhere.
pub(crate) fn asked_for(key: Option<Key>, text: Option<&str>, context: &Context) -> Option<Key> {
    let words = context.words.iter().map(Vec::as_slice);
    key.map(|key| key.in_words(words.chain(text.map(str::as_bytes))))
}

impl Manner {
    pub(crate) fn mode(&self) -> Mode {
        if self.dry_run {
            Mode::DryRun
        } else {
            Mode::Apply
        }
    }

    /// The instant that was stated.
    pub(crate) fn at(&self, context: &mut Context) -> Result<Option<Timestamp>> {
        let at = self.at.as_deref();
        at.map(|text| context.instant(text, Sense::Ago, Edge::Start))
            .transpose()
    }
}
