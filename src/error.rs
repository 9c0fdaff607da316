//! What can go wrong, in one type: a message that names the thing and the cause, and a hint kept
//! apart from it.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::ticket::{TicketId, TicketName};

/// The result of everything in this crate that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The classes of errors that scripts can tell apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// The request itself is wrong.
    Usage,
    /// No such ticket, technician or reference.
    NotFound,
    /// The name fits more than one.
    Ambiguous,
    /// A rule of the help desk forbids it.
    Refused,
    /// Somebody else holds what is needed, for longer than one wants to wait.
    Busy,
    /// It changed under you.
    Conflict,
    /// A file is not what it must be.
    Damaged,
    /// The operating system said no.
    Io,
}

impl Code {
    /// The name in JSON answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Usage => "usage",
            Self::NotFound => "not_found",
            Self::Ambiguous => "ambiguous",
            Self::Refused => "refused",
            Self::Busy => "busy",
            Self::Conflict => "conflict",
            Self::Damaged => "damaged",
            Self::Io => "io",
        }
    }
}

/// One failure.
#[derive(Debug, Clone)]
pub enum Error {
    /// The request is wrong: an unknown field, a bad time, a setting that is not one.
    Usage {
        /// What is wrong with it.
        message: String,
        /// What to do instead.
        hint: Option<String>,
    },
    /// There is no such thing.
    NotFound {
        /// What was looked for: `ticket`, `technician`.
        what: &'static str,
        /// The name it was looked for by.
        name: String,
        /// What to do instead.
        hint: Option<String>,
    },
    /// There is more than one.
    Ambiguous {
        /// The name that was given.
        name: String,
        /// How the one that is meant can be named.
        hint: String,
    },
    /// A rule says no.
    Refused {
        /// Which rule, and of what.
        message: String,
        /// What to do instead.
        hint: Option<String>,
    },
    /// Waited for a lock in vain.
    Busy {
        /// The lock.
        path: PathBuf,
        /// Who holds it, if it could be found out.
        holder: Option<String>,
    },
    /// `--if-rev` does not match.
    Conflict {
        /// The ticket.
        ticket: TicketId,
        /// The revision that was asked for.
        expected: u64,
        /// The revision that it has.
        found: u64,
    },
    /// Something else was done under this key.
    KeyTaken {
        /// The key.
        key: String,
        /// The ticket that it was done to.
        ticket: TicketId,
        /// The number of the event.
        seq: u64,
    },
    /// A file is not what it must be.
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        cause: String,
    },
    /// It is written, but the folder could not be made durable.
    NotDurable {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: Arc<io::Error>,
    },
    /// It is committed to, and not in its place yet: whoever runs next sees to that.
    Unfinished {
        /// Why it is not.
        cause: Box<Error>,
    },
    /// The operating system said no.
    Io {
        /// What was being done: `read`, `write`, `lock`.
        doing: &'static str,
        /// To what.
        path: PathBuf,
        /// What it said.
        source: Arc<io::Error>,
    },
}

/// Why something is not done that was not refused itself.
const NOT_DONE: &str = "not done: all or nothing was asked for, and another operation is refused";

impl Error {
    /// A usage error without a hint.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::Usage {
            message: message.into(),
            hint: None,
        }
    }

    /// A refusal without a hint.
    pub fn refused(message: impl Into<String>) -> Self {
        Self::Refused {
            message: message.into(),
            hint: None,
        }
    }

    /// What was not refused itself, where all or nothing is done.
    pub fn not_done() -> Self {
        Self::refused(NOT_DONE)
    }

    /// Whether it is that.
    pub fn is_not_done(&self) -> bool {
        matches!(self, Self::Refused { message, .. } if message == NOT_DONE)
    }

    /// No ticket of that name.
    pub fn no_ticket(name: &TicketName) -> Self {
        Self::NotFound {
            what: match name {
                TicketName::Reference(_) => "ticket with the reference",
                _ => "ticket",
            },
            name: name.to_string(),
            hint: None,
        }
    }

    /// More than one ticket of that name.
    pub(crate) fn several_tickets(name: &str, fits: &[TicketId]) -> Self {
        let numbers: Vec<_> = fits.iter().map(ToString::to_string).collect();
        Self::Ambiguous {
            name: name.to_owned(),
            hint: format!("name it by its number: {}", numbers.join(", ")),
        }
    }

    /// A damaged file.
    pub fn damaged(path: &Path, cause: impl fmt::Display) -> Self {
        Self::Damaged {
            path: path.to_owned(),
            cause: cause.to_string(),
        }
    }

    /// For `map_err`: an I/O error while doing something to a path.
    pub fn io(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io {
            doing,
            path: path.to_owned(),
            source: Arc::new(source),
        }
    }

    /// It is written, but may be gone after a power cut.
    pub(crate) fn not_durable(path: &Path, source: io::Error) -> Self {
        Self::NotDurable {
            path: path.to_owned(),
            source: Arc::new(source),
        }
    }

    /// The same error with a hint, where its kind can carry one.
    #[must_use]
    pub fn with_hint(mut self, text: impl Into<String>) -> Self {
        if let Self::Usage { hint, .. } | Self::NotFound { hint, .. } | Self::Refused { hint, .. } =
            &mut self
        {
            *hint = Some(text.into());
        }
        self
    }

    /// The class of the error.
    pub fn code(&self) -> Code {
        match self {
            Self::Usage { .. } => Code::Usage,
            Self::NotFound { .. } => Code::NotFound,
            Self::Ambiguous { .. } => Code::Ambiguous,
            Self::Refused { .. } => Code::Refused,
            Self::Busy { .. } => Code::Busy,
            Self::Conflict { .. } | Self::KeyTaken { .. } => Code::Conflict,
            Self::Damaged { .. } => Code::Damaged,
            Self::Unfinished { cause } => cause.code(),
            Self::NotDurable { .. } | Self::Io { .. } => Code::Io,
        }
    }

    /// What to do about it, where that can be said in one line.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Usage { hint, .. } | Self::NotFound { hint, .. } | Self::Refused { hint, .. } => {
                hint.clone()
            }
            Self::Ambiguous { hint, .. } => Some(hint.clone()),
            Self::Busy { .. } => Some("try again, or wait longer with --wait SECONDS".into()),
            Self::Conflict { ticket, .. } => Some(format!(
                "somebody changed it meanwhile; look with: desk show {ticket}"
            )),
            Self::KeyTaken { .. } => Some("what is not the same needs an id of its own".into()),
            Self::Damaged { .. } => Some("`desk fsck` checks all files".into()),
            Self::Unfinished { .. } => {
                Some("it is done by the next command, if that can write".into())
            }
            Self::NotDurable { .. } | Self::Io { .. } => None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage { message, .. } | Self::Refused { message, .. } => f.write_str(message),
            Self::NotFound { what, name, .. } => write!(f, "there is no {what} `{name}`"),
            Self::Ambiguous { name, .. } => write!(f, "`{name}` is the name of more than one"),
            Self::Busy { path, holder } => {
                write!(
                    f,
                    "{}: held by {}",
                    path.display(),
                    holder.as_deref().unwrap_or("another process")
                )
            }
            Self::Conflict {
                ticket,
                expected,
                found,
            } => write!(f, "ticket {ticket} is at revision {found}, not {expected}"),
            Self::KeyTaken { key, ticket, seq } => write!(
                f,
                "the id `{key}` is that of something else: event {seq} of ticket {ticket}"
            ),
            Self::Damaged { path, cause } => write!(f, "{}: {cause}", path.display()),
            Self::Unfinished { cause } => write!(f, "committed to, and not in place yet: {cause}"),
            Self::NotDurable { path, source } => {
                write!(
                    f,
                    "{}: written, but may not survive a power cut: {source}",
                    path.display()
                )
            }
            Self::Io {
                doing,
                path,
                source,
            } => write!(f, "cannot {doing} {}: {source}", path.display()),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::NotDurable { source, .. } | Self::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}

/// 0 (nothing in common) to 1 (the same). Two letters that changed places are near in a short name,
/// too, of which Jaro and Winkler's measure thinks little.
fn likeness(a: &str, b: &str) -> f64 {
    let one_slip = a.chars().count() > 2 && strsim::osa_distance(a, b) == 1;
    let likeness = strsim::jaro_winkler(a, b);
    if one_slip {
        likeness.max(0.81)
    } else {
        likeness
    }
}

/// The nearest of `known` to what was typed, if it is near enough to be meant.
pub fn did_you_mean<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    nearest(typed, known, 0.8)
}

/// The same of a few words that are all there are: one of them was meant, and `fone` is near enough to
/// `phone`.
pub(crate) fn did_you_mean_of<'a>(
    typed: &str,
    all: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    nearest(typed, all, 0.75)
}

fn nearest<'a>(
    typed: &str,
    known: impl IntoIterator<Item = &'a str>,
    at_least: f64,
) -> Option<&'a str> {
    known
        .into_iter()
        .map(|name| (likeness(&typed.to_lowercase(), &name.to_lowercase()), name))
        .filter(|(likeness, _)| *likeness > at_least)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, name)| name)
}
