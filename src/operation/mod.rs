//! What can be asked of a ticket, as plain data; and, in one file a verb, the rules that decide it.
//!
//! A line of a batch *is* an operation: the JSON names are the long flags' names. The rules are
//! pure: from an operation, a [`View`](crate::view::View) and a [`Policy`](crate::Policy) they make events, or a
//! refusal, or say what more they must know.

mod assign;
mod decide;
mod edit;
mod escalate;
mod key;
mod line;
mod link;
mod merge;
mod note;
mod open;
mod rate;
mod solve;
mod text;
mod undo;
mod wait;

use serde::Deserialize;

use crate::ticket::{
    Category, Channel, Kind, Level, LinkKind, Priority, Reference, Service, TicketName, Tier,
    Timestamp, WaitingOn,
};

pub use decide::{Asked, Decision, Target, decide};
pub use key::Key;
pub use line::{from_json, from_lines};

/// One thing that is asked of one ticket.
#[derive(Debug, Clone, PartialEq)]
pub struct Operation {
    /// The ticket; none for an opening.
    pub ticket: Option<TicketName>,
    /// Who asks, where that is not the one who runs the program.
    pub by: Option<String>,
    /// When it happened, where that is not now.
    pub at: Option<Timestamp>,
    /// Do it only if the ticket is at this revision.
    pub if_rev: Option<u64>,
    /// Do it only if nothing was done under this key before.
    pub key: Option<Key>,
    /// What to do.
    pub verb: Verb,
}

impl Operation {
    /// An operation on a ticket, now, by whoever runs the program.
    pub fn on(ticket: impl Into<TicketName>, verb: Verb) -> Self {
        Self {
            ticket: Some(ticket.into()),
            ..Self::new(verb)
        }
    }

    /// An operation that names no ticket: an opening.
    pub fn new(verb: Verb) -> Self {
        Self {
            ticket: None,
            by: None,
            at: None,
            if_rev: None,
            key: None,
            verb,
        }
    }
}

/// What to do with a ticket.
#[derive(Debug, Clone, PartialEq)]
pub enum Verb {
    /// Open it.
    Open(Box<Open>),
    /// Give it to a technician or a team.
    Assign(Assign),
    /// Give it to whoever asks.
    Take(Take),
    /// Hand it up, or down.
    Escalate(Escalate),
    /// Write something down.
    Note(Note),
    /// Let it wait.
    Wait(Wait),
    /// Go on with it.
    Resume(Resume),
    /// Say that it is solved.
    Resolve(Solve),
    /// Say that it is complete.
    Close(Solve),
    /// Say that it is not solved after all.
    Reopen(Reopen),
    /// Say how satisfied the requester is.
    Rate(Rate),
    /// Correct fields.
    Edit(Box<Edit>),
    /// Write down a relation.
    Link(Relate),
    /// Take a relation away.
    Unlink(Relate),
    /// Let another ticket take it over.
    Merge(Merge),
    /// Let it stand for itself again.
    Unmerge(Unmerge),
    /// Take back what a run did to it.
    Undo(Undo),
}

/// A new ticket.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Open {
    /// What it is about, in one line.
    pub subject: String,
    /// What it is about, at length.
    #[serde(alias = "description")]
    pub message: Option<String>,
    /// Who asks for help.
    #[serde(alias = "from")]
    pub requester: Option<String>,
    /// How to reach them.
    pub contact: Option<String>,
    /// Whether the one who opens it takes it.
    pub take: bool,
    /// How it was solved, if it already is.
    pub resolve: Option<String>,
    /// Who else wants to know.
    #[serde(deserialize_with = "line::one_or_many")]
    pub watch: Vec<String>,
    /// What it is about, as a path.
    pub category: Option<Category>,
    /// How many are hit; medium if nothing is said.
    pub impact: Option<Level>,
    /// How soon it hurts; medium if nothing is said.
    pub urgency: Option<Level>,
    /// The stated priority.
    pub priority: Option<StatedPriority>,
    /// What sort of thing is asked for.
    pub kind: Option<Kind>,
    /// Where the work is done.
    pub service: Option<Service>,
    /// How the request came in.
    pub channel: Option<Channel>,
    /// Where the requester or the asset is.
    pub location: Option<String>,
    /// What it is about: a machine, a licence, a line.
    pub asset: Option<String>,
    /// Words to find it by.
    #[serde(deserialize_with = "line::one_or_many")]
    pub tag: Vec<String>,
    /// The instant promised by hand.
    pub due: Option<Timestamp>,
    /// The key that another system gave it.
    #[serde(rename = "ref")]
    pub reference: Option<Reference>,
    /// The technician who gets it; `me` and `none` have their meaning.
    pub to: Option<String>,
    /// The team whose queue it goes to.
    pub team: Option<String>,
}

/// A priority that follows from impact and urgency, or one that was stated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatedPriority {
    /// It follows from impact and urgency.
    Auto,
    /// It was stated.
    Is(Priority),
}

/// To whom a ticket goes.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Assign {
    /// The technician; `me`, `none` and `auto` have their meaning.
    pub to: Option<String>,
    /// The team.
    pub team: Option<String>,
    /// Why.
    pub message: Option<String>,
}

/// Whoever asks, gets it.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Take {
    /// Why.
    pub message: Option<String>,
}

/// Up to who knows more, or down to who has more hands.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Escalate {
    /// Why; required.
    pub message: Option<String>,
    /// The technician.
    pub to: Option<String>,
    /// The team.
    pub team: Option<String>,
    /// The tier; the next one if nothing is said.
    pub tier: Option<Tier>,
    /// The priority; one step more urgent if nothing is said.
    pub priority: Option<Priority>,
    /// Where the work is done from now on.
    pub service: Option<Service>,
}

/// A text for the record.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Note {
    /// The text; required.
    pub message: Option<String>,
    /// Whether the requester may read it.
    pub public: bool,
    /// Whether it is the requester who says it.
    pub from_requester: bool,
}

/// A pause.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Wait {
    /// Why; required.
    pub message: Option<String>,
    /// For whom or what; the requester if nothing is said.
    pub on: Option<WaitingOn>,
    /// Until when.
    pub until: Option<Timestamp>,
}

/// The end of a pause.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Resume {
    /// Why.
    pub message: Option<String>,
}

/// How it was solved.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Solve {
    /// How; required unless the ticket says so already.
    pub message: Option<String>,
    /// The code of the resolution.
    pub code: Option<String>,
}

/// It was not solved after all.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Reopen {
    /// Why; required.
    pub message: Option<String>,
}

/// How satisfied the requester is.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// 1 (not at all) to 5 (very).
    pub stars: u8,
    /// In their own words.
    #[serde(default)]
    pub message: Option<String>,
}

/// A new value for a field that can be empty: left alone, emptied, or set.
pub type Setting<T> = Option<Option<T>>;

/// Corrections.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Edit {
    /// Why.
    pub message: Option<String>,
    /// What it is about, in one line.
    pub subject: Option<String>,
    /// What it is about, at length.
    #[serde(deserialize_with = "line::setting")]
    pub description: Setting<String>,
    /// Who asks for help.
    #[serde(alias = "from", deserialize_with = "line::setting")]
    pub requester: Setting<String>,
    /// How to reach them.
    #[serde(deserialize_with = "line::setting")]
    pub contact: Setting<String>,
    /// What it is about, as a path.
    #[serde(deserialize_with = "line::setting")]
    pub category: Setting<Category>,
    /// What sort of thing is asked for.
    #[serde(deserialize_with = "line::setting")]
    pub kind: Setting<Kind>,
    /// Where the work is done.
    #[serde(deserialize_with = "line::setting")]
    pub service: Setting<Service>,
    /// How the request came in.
    #[serde(deserialize_with = "line::setting")]
    pub channel: Setting<Channel>,
    /// How many are hit.
    pub impact: Option<Level>,
    /// How soon it hurts.
    pub urgency: Option<Level>,
    /// The priority.
    pub priority: Option<StatedPriority>,
    /// Words to add.
    #[serde(deserialize_with = "line::one_or_many")]
    pub tag: Vec<String>,
    /// Words to take away.
    #[serde(deserialize_with = "line::one_or_many")]
    pub untag: Vec<String>,
    /// Watchers to add.
    #[serde(deserialize_with = "line::one_or_many")]
    pub watch: Vec<String>,
    /// Watchers to take away.
    #[serde(deserialize_with = "line::one_or_many")]
    pub unwatch: Vec<String>,
    /// The instant promised by hand.
    #[serde(deserialize_with = "line::setting")]
    pub due: Setting<Timestamp>,
    /// Where the requester or the asset is.
    #[serde(deserialize_with = "line::setting")]
    pub location: Setting<String>,
    /// What it is about: a machine, a licence, a line.
    #[serde(deserialize_with = "line::setting")]
    pub asset: Setting<String>,
    /// The key that another system gave it.
    #[serde(rename = "ref", deserialize_with = "line::setting")]
    pub reference: Setting<Reference>,
}

/// A relation to another ticket.
#[derive(Debug, Clone, PartialEq)]
pub struct Relate {
    /// How it relates.
    pub kind: LinkKind,
    /// To which one.
    pub to: TicketName,
    /// Why.
    pub message: Option<String>,
}

/// Who takes it over.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Merge {
    /// The ticket that goes on.
    pub into: TicketName,
    /// Why.
    #[serde(default)]
    pub message: Option<String>,
}

/// A merge taken back.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Unmerge {
    /// Why.
    pub message: Option<String>,
}

/// What is taken back.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Undo {
    /// The mark of the run, whole (see [`Answer::op`](crate::Answer::op)).
    pub batch: String,
    /// Why.
    #[serde(default)]
    pub message: Option<String>,
}
