//! The query language: one, for lists, searches, `--query`, reports and saved views.
//!
//! A text is read at an instant and for a person (the [`Reading`]) into a [`Filter`]: plain data,
//! which can be matched against a ticket in memory, or translated for an index.
//!
//! ```
//! use desk::Zone;
//! use desk::query::{Clock, Filter, Reading, Term, TextField, TextTest, parse};
//!
//! let clock = Clock { now: "2026-11-21T14:30:05Z".parse()?, zone: Zone::UTC };
//! let views = [("mine".to_owned(), "assignee:me is:open".to_owned())].into();
//! let reading = Reading { clock, me: "minh", views: &views };
//!
//! let mine = parse("assignee:me", &reading)?;
//! let minh = TextTest::Is("minh".into());
//! assert_eq!(mine, Filter::Term(Term::Text(TextField::Assignee, minh)));
//!
//! assert!(parse("is:open priority:<=2 (category:hardware or \"máy in\") -tag:vip", &reading).is_ok());
//! assert!(parse("opened:2026-10..2026-11 tier:2.. requester:none", &reading).is_ok());
//! assert!(parse("@mine priority:1", &reading).is_ok());
//! assert!(parse("asignee:me", &reading).is_err());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What a query says
//! - Terms stand side by side and all must hold; `or` is weaker, `not` and `-` are stronger, and
//!   parentheses group. `"or"` in quotes is a word.
//! - `printer` is found anywhere, also within a word; a word of one or two letters, and `print*`,
//!   where a word begins; `"paper jam"` as whole words. All are blind to case and accents. `104` is
//!   found in numbers too, `#1042` is that ticket.
//! - `field:value` narrows ([`FIELDS`]). `a,b` is one of both; `<=2`, `>2`, `1..2`, `2..` where
//!   values have an order; `none` where there is nothing; `value*` what a text begins with.
//! - `@mine` is the view of that name: a query that `desk.toml` keeps.
//! - A date, a month or another period is all of it: `opened:2026-10` within, `opened:>2026-10`
//!   after its end, `opened:>=2026-10` from its start on. Durations lie in the past, but for `due`.

mod field;
mod filter;
mod fold;
mod lex;
mod marks;
mod order;
mod parse;
mod value;
mod when;
mod words;

#[cfg(test)]
mod tests;

pub use field::FIELDS;
pub use filter::{Filter, Span, Term, TextField, TextTest, TimeField};
pub use fold::folded;
pub(crate) use fold::folded_line;
pub use marks::marks;
pub(crate) use order::Place;
pub use order::{Order, Selection, SortKey};
pub(crate) use parse::is_view_name;
pub use parse::{Reading, Views, parse};
pub use when::{Clock, Edge, Sense, instant, period};
pub use words::Words;
pub(crate) use words::{Clue, INFIX, LONG, MARK, keys, searchable, tokens};
