//! What a query asks for, as plain data: matched here against a ticket in memory, and by the index
//! as SQL.
//!
//! A filter holds no `me`, no `today` and no age: the parser has turned them into names and
//! instants. So it means the same on every ticket and however long the reading takes.

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::ops::{Bound, RangeBounds};

use super::fold::folded_line;
use super::words::{Words, searchable};
use crate::ticket::{
    Channel, Kind, Level, Priority, Service, Status, Ticket, TicketId, Tie, Tier, Timestamp,
};

/// A query that was read and understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filter {
    /// Every one of them; of none, everything.
    All(Vec<Self>),
    /// At least one of them.
    Any(Vec<Self>),
    /// What the other does not match.
    Not(Box<Self>),
    /// One test.
    Term(Term),
}

/// From where to where, either end open, without or with its bound.
pub type Span<T> = (Bound<T>, Bound<T>);

/// One test of a ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Term {
    /// Words stand in what was written on it.
    Words(Words),
    /// Its number.
    Id(Span<TicketId>),
    /// Its status is one of these.
    Status(Vec<Status>),
    /// Its priority as a number: 1 is the most urgent.
    Priority(Span<Priority>),
    /// Its impact.
    Impact(Span<Level>),
    /// Its urgency.
    Urgency(Span<Level>),
    /// Its tier.
    Tier(Span<Tier>),
    /// Its kind, or that it has none.
    Kind(Option<Kind>),
    /// Its service, or that it has none.
    Service(Option<Service>),
    /// Its channel, or that it has none.
    Channel(Option<Channel>),
    /// One of its texts.
    Text(TextField, TextTest),
    /// One of its instants, or (`None`) that it has no such instant.
    Time(TimeField, Option<Span<Timestamp>>),
    /// Another ticket took it over.
    Merged,
    /// It is tied to one of these, in this way or (`None`) in any: the tie is in its own file.
    Tied(Option<Tie>, BTreeSet<TicketId>),
}

/// A field that holds a text, or several.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextField {
    /// Who works on it.
    Assignee,
    /// Whose queue it is in.
    Team,
    /// Who asked.
    Requester,
    /// Who else wants to know; several.
    Watcher,
    /// The path of what it is about.
    Category,
    /// Words to find it by; several.
    Tag,
    /// The machine.
    Asset,
    /// The place.
    Location,
    /// The key in another system.
    Reference,
    /// The code of the resolution.
    Code,
}

/// What is asked of a text. The texts are folded (see [`super::folded`]), with single spaces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TextTest {
    /// It is this.
    Is(String),
    /// It begins with this.
    Begins(String),
    /// As a path, it is this or lies below it.
    Below(String),
    /// There is none.
    Empty,
}

/// A field that holds an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeField {
    /// When it was opened.
    Opened,
    /// When the last thing happened to it.
    Updated,
    /// When it was last solved, while it is.
    Solved,
    /// When it was closed, while it is.
    Closed,
    /// What was promised by hand.
    Due,
}

impl Filter {
    /// What the empty query means.
    pub fn everything() -> Self {
        Self::All(Vec::new())
    }

    /// What is in the backlog: new, open or pending.
    pub fn active() -> Self {
        let active = Status::ALL.into_iter().filter(|status| status.is_active());
        Self::Term(Term::Status(active.collect()))
    }

    /// What is tied to one of these tickets, in whatever way.
    pub fn tied_to(others: impl IntoIterator<Item = TicketId>) -> Self {
        Self::Term(Term::Tied(None, others.into_iter().collect()))
    }

    /// Whether this is [`Filter::everything`].
    pub fn is_everything(&self) -> bool {
        matches!(self, Self::All(parts) if parts.is_empty())
    }

    /// Whether `ticket` is asked for.
    pub fn matches(&self, ticket: &Ticket) -> bool {
        self.passes(&Read::new(ticket))
    }

    fn passes(&self, read: &Read<'_>) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.passes(read)),
            Self::Any(parts) => parts.iter().any(|part| part.passes(read)),
            Self::Not(part) => !part.passes(read),
            Self::Term(term) => term.passes(read),
        }
    }

    /// The words that are looked for, without those that must not be there: what to mark, and what to
    /// rank by.
    pub fn words(&self) -> Vec<&Words> {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().flat_map(Self::words).collect(),
            Self::Term(Term::Words(words)) => vec![words],
            Self::Not(_) | Self::Term(_) => Vec::new(),
        }
    }

    /// `parts` as one filter, which of a single part is that part.
    pub(super) fn all(parts: Vec<Self>) -> Self {
        Self::joined(parts, Self::All)
    }

    /// As [`Self::all`], of alternatives.
    pub(super) fn any(parts: Vec<Self>) -> Self {
        Self::joined(parts, Self::Any)
    }

    fn joined(mut parts: Vec<Self>, join: impl FnOnce(Vec<Self>) -> Self) -> Self {
        match parts.pop() {
            Some(only) if parts.is_empty() => only,
            last => {
                parts.extend(last);
                join(parts)
            }
        }
    }
}

impl From<Term> for Filter {
    fn from(term: Term) -> Self {
        Self::Term(term)
    }
}

/// A ticket that is matched: its text is folded once, and only if a term asks for it.
struct Read<'a> {
    ticket: &'a Ticket,
    text: OnceCell<String>,
}

impl<'a> Read<'a> {
    fn new(ticket: &'a Ticket) -> Self {
        let text = OnceCell::new();
        Self { ticket, text }
    }

    fn text(&self) -> &str {
        self.text.get_or_init(|| searchable(self.ticket))
    }
}

impl Term {
    fn passes(&self, read: &Read<'_>) -> bool {
        let ticket = read.ticket;
        let state = &ticket.state;
        match self {
            Self::Words(words) => words.stand_in(read.text()),
            Self::Id(span) => span.contains(&ticket.id),
            Self::Status(statuses) => statuses.contains(&state.status),
            Self::Priority(span) => span.contains(&state.priority),
            Self::Impact(span) => span.contains(&state.impact),
            Self::Urgency(span) => span.contains(&state.urgency),
            Self::Tier(span) => span.contains(&state.tier),
            Self::Kind(kind) => *kind == state.kind,
            Self::Service(service) => *service == state.service,
            Self::Channel(channel) => *channel == state.channel,
            Self::Text(field, test) => test.passes(field.values(ticket)),
            Self::Time(field, span) => match (span, field.value(ticket)) {
                (Some(span), Some(at)) => span.contains(&at),
                (span, at) => span.is_none() && at.is_none(),
            },
            Self::Merged => state.merged_into.is_some(),
            Self::Tied(tie, others) => Tie::all_of(state)
                .any(|(to, own)| others.contains(&to) && tie.is_none_or(|tie| tie == own)),
        }
    }
}

impl TextField {
    /// What the field holds; nothing where it is empty.
    pub fn values(self, ticket: &Ticket) -> impl Iterator<Item = &str> {
        let state = &ticket.state;
        let (one, several): (_, &[String]) = match self {
            Self::Assignee => (state.assignee.as_deref(), &[]),
            Self::Team => (state.team.as_deref(), &[]),
            Self::Requester => (state.requester.as_deref(), &[]),
            Self::Watcher => (None, &state.watchers),
            Self::Category => (state.category.as_ref().map(|c| c.as_str()), &[]),
            Self::Tag => (None, &state.tags),
            Self::Asset => (state.asset.as_deref(), &[]),
            Self::Location => (state.location.as_deref(), &[]),
            Self::Reference => (state.reference.as_ref().map(|r| r.as_str()), &[]),
            Self::Code => (state.code.as_deref(), &[]),
        };
        one.into_iter().chain(several.iter().map(String::as_str))
    }
}

impl TextTest {
    /// That a text is this one, however it is written.
    pub fn is(text: &str) -> Self {
        Self::Is(folded_line(text))
    }

    /// Whether one of `values` is what is asked for; of no values at all, whether that is.
    fn passes<'a>(&self, mut values: impl Iterator<Item = &'a str>) -> bool {
        match self {
            Self::Is(wanted) => values.any(|value| folded_line(value) == *wanted),
            Self::Begins(wanted) => values.any(|value| folded_line(value).starts_with(wanted)),
            Self::Below(wanted) => values.any(|value| is_below(&folded_line(value), wanted)),
            Self::Empty => values.next().is_none(),
        }
    }
}

/// Whether the path `value` is `wanted` or lies below it.
fn is_below(value: &str, wanted: &str) -> bool {
    value
        .strip_prefix(wanted)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

impl TimeField {
    /// The instant that the field holds.
    pub fn value(self, ticket: &Ticket) -> Option<Timestamp> {
        match self {
            Self::Opened => Some(ticket.opened),
            Self::Updated => Some(ticket.updated),
            Self::Solved => ticket.solved,
            Self::Closed => ticket.closed,
            Self::Due => ticket.state.due,
        }
    }
}
