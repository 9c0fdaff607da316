//! In which order what was found is told.

use std::cmp::Ordering;
use std::str::FromStr;

use super::filter::{Filter, TextField};
use super::fold::folded_line;
use super::words::{Words, searchable};
use crate::error::{Error, did_you_mean};
use crate::ticket::Ticket;

/// Which tickets are wanted: all that a filter matches, in an order, and at most so many of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection<'a> {
    /// Which ones.
    pub filter: &'a Filter,
    /// The first is compared first; tickets that are the same in all of them stand by number.
    pub order: Vec<Order>,
    /// How many at the most.
    pub limit: Option<usize>,
}

impl<'a> Selection<'a> {
    /// All that a filter matches, by number.
    pub fn of(filter: &'a Filter) -> Self {
        Self {
            filter,
            order: Vec::new(),
            limit: None,
        }
    }
}

/// What tickets are ordered by, as `--sort` names it: `-` in front turns it round. What has no such
/// value comes last either way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Order {
    /// What is compared.
    pub key: SortKey,
    /// The largest first.
    pub descending: bool,
}

/// Something of a ticket that has an order. Texts are compared in folded form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SortKey {
    /// Its number.
    Id,
    /// How many events it has.
    Rev,
    /// Its status, in the order of a life.
    Status,
    /// Its priority: 1 is the smallest.
    Priority,
    /// Its impact.
    Impact,
    /// Its urgency.
    Urgency,
    /// Its tier.
    Tier,
    /// When it was opened.
    Opened,
    /// When the last thing happened to it.
    Updated,
    /// When it was last solved.
    Solved,
    /// When it was closed.
    Closed,
    /// What was promised by hand.
    Due,
    /// A field that holds one text.
    Text(TextField),
    /// How near the words of the query stand to what it is about, as a number that grows with it.
    Relevance,
}

/// All of them, with their names.
const KEYS: [(SortKey, &str); 21] = [
    (SortKey::Id, "id"),
    (SortKey::Rev, "rev"),
    (SortKey::Status, "status"),
    (SortKey::Priority, "priority"),
    (SortKey::Impact, "impact"),
    (SortKey::Urgency, "urgency"),
    (SortKey::Tier, "tier"),
    (SortKey::Opened, "opened"),
    (SortKey::Updated, "updated"),
    (SortKey::Solved, "solved"),
    (SortKey::Closed, "closed"),
    (SortKey::Due, "due"),
    (SortKey::Text(TextField::Assignee), "assignee"),
    (SortKey::Text(TextField::Team), "team"),
    (SortKey::Text(TextField::Requester), "requester"),
    (SortKey::Text(TextField::Category), "category"),
    (SortKey::Text(TextField::Asset), "asset"),
    (SortKey::Text(TextField::Location), "location"),
    (SortKey::Text(TextField::Reference), "ref"),
    (SortKey::Text(TextField::Code), "code"),
    (SortKey::Relevance, "relevance"),
];

impl SortKey {
    /// The names of all of them.
    pub fn names() -> impl Iterator<Item = &'static str> {
        KEYS.iter().map(|(_, name)| *name)
    }
}

impl Order {
    /// The smallest first.
    pub const fn by(key: SortKey) -> Self {
        Self {
            key,
            descending: false,
        }
    }

    /// The largest first.
    pub const fn down(key: SortKey) -> Self {
        Self {
            key,
            descending: true,
        }
    }
}

impl FromStr for Order {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let (name, descending) = match text.strip_prefix('-') {
            Some(name) => (name, true),
            None => (text, false),
        };
        if let Some((key, _)) = KEYS.iter().find(|(_, known)| *known == name) {
            return Ok(Self {
                key: *key,
                descending,
            });
        }
        let error = Error::usage(format!("there is nothing called `{name}` to sort by"));
        Err(match did_you_mean(name, SortKey::names()) {
            Some(near) => error.with_hint(format!("did you mean `{near}`?")),
            None => {
                let names: Vec<_> = SortKey::names().collect();
                error.with_hint(format!("sort by {}", names.join(", ")))
            }
        })
    }
}

/// The value of a ticket that is compared.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Value {
    Number(i64),
    Text(String),
}

/// What is compared of one ticket, in the order in which it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    values: Vec<(Option<Value>, bool)>,
    id: u64,
}

impl Place {
    /// The place of a ticket in an order.
    pub(crate) fn of(ticket: &Ticket, selection: &Selection<'_>) -> Self {
        let words = selection.filter.words();
        let value = |order: &Order| (value(order.key, ticket, &words), order.descending);
        Self {
            values: selection.order.iter().map(value).collect(),
            id: ticket.id.get(),
        }
    }
}

impl PartialOrd for Place {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Place {
    fn cmp(&self, other: &Self) -> Ordering {
        let pairs = self.values.iter().zip(&other.values);
        let mut compared = pairs.map(|((a, descending), (b, _))| match (a, b) {
            (Some(a), Some(b)) if *descending => b.cmp(a),
            (Some(a), Some(b)) => a.cmp(b),
            (a, b) => a.is_none().cmp(&b.is_none()),
        });
        let first = compared.find(|ordering| ordering.is_ne());
        first.unwrap_or_else(|| self.id.cmp(&other.id))
    }
}

fn value(key: SortKey, ticket: &Ticket, words: &[&Words]) -> Option<Value> {
    let state = &ticket.state;
    let number = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    Some(Value::Number(match key {
        SortKey::Id => number(ticket.id.get()),
        SortKey::Rev => number(ticket.rev),
        SortKey::Status => state.status as i64,
        SortKey::Priority => state.priority.get().into(),
        SortKey::Impact => state.impact as i64,
        SortKey::Urgency => state.urgency as i64,
        SortKey::Tier => state.tier.0.into(),
        SortKey::Opened => ticket.opened.unix(),
        SortKey::Updated => ticket.updated.unix(),
        SortKey::Solved => ticket.solved?.unix(),
        SortKey::Closed => ticket.closed?.unix(),
        SortKey::Due => state.due?.unix(),
        SortKey::Text(field) => {
            return Some(Value::Text(folded_line(field.values(ticket).next()?)));
        }
        SortKey::Relevance => {
            let text = searchable(ticket);
            let near = words.iter().map(|words| i64::from(words.nearness(&text)));
            near.sum()
        }
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_read_both_ways() {
        for (key, name) in KEYS {
            assert_eq!(name.parse::<Order>().unwrap(), Order::by(key));
            assert_eq!(
                format!("-{name}").parse::<Order>().unwrap(),
                Order::down(key)
            );
        }
        let error = "priorty".parse::<Order>().unwrap_err();
        assert_eq!(error.hint().as_deref(), Some("did you mean `priority`?"));
    }
}
