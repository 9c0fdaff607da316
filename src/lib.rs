//! `desk`, the IT help desk that lives in a shell: its core.
//!
//! A help desk takes requests in, gives them a priority, assigns them to whoever fits best, watches
//! them until they are done, and writes down what was done. This crate keeps each ticket as a JSON
//! file in a data directory, decides what may be done with it, and counts what was done. The
//! program `desk` is a thin skin on it.
//!
//! # The two roads
//! Everything that changes a ticket takes the same road, whether it came from a flag or from a line
//! of a batch:
//!
//! | step | what it is |
//! |---|---|
//! | [`Operation`] | what is asked: plain data |
//! | [`view::View`] | what must be known: tickets under lock, roster, loads, references, and on top of them what the same group already changed |
//! | [`operation::decide`] | may it, and what follows: pure, from operation, view, policy and present to events, or to a refusal, or to "I must know that too" |
//! | [`ticket::Event`] | what happened, with the fields it set as `[old, new]`: the only thing that is ever appended |
//! | [`ticket::Ticket::apply`] | the fold: sets what the event says, and knows nothing of verbs |
//! | commit | the one write door, in `store`: made durable, then acknowledged |
//!
//! And everything that reads takes this one: the text of a query becomes a [`query::Filter`], the
//! tickets that match become rows or [`report::Facts`], and those a [`report::Report`].
//!
//! ```
//! use std::time::Duration;
//!
//! use desk::operation::{Note, Open, Verb};
//! use desk::ticket::Status;
//! use desk::{Caller, Desk, Mode, Operation};
//!
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("data");
//! let mut desk = Desk::open(&path, Duration::from_secs(30))?;
//! let caller = Caller {
//!     by: "minh".into(),
//!     real: "minh".into(),
//!     op: "first".into(),
//!     now: "2026-11-21T14:30:05Z".parse()?,
//! };
//!
//! let open = Open { subject: "Printer jams".into(), take: true, ..Open::default() };
//! let open = Operation::new(Verb::Open(Box::new(open)));
//! let answer = desk.perform(&[open], &caller, Mode::Apply).remove(0)?;
//! let id = answer.ticket.expect("an opening gives a number");
//!
//! let note = Note { message: Some("Asked for the model".into()), ..Note::default() };
//! desk.perform(&[Operation::on(id, Verb::Note(note))], &caller, Mode::Apply).remove(0)?;
//!
//! let ticket = desk.ticket(&id.into())?;
//! assert_eq!(ticket.state.status, Status::Open);
//! assert_eq!(ticket.rev, 2);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # The rooms
//! [`ticket`], [`operation`], [`roster`], [`query`], [`report`], [`mapping`] and [`policy`] are pure: they get
//! the present and data, and give back data. `store` holds the files, and [`fsck`] checks them; `index`
//! is what is derived from them, `group` takes operations through the house, [`transfer`] takes whole
//! tickets out of one and into another, and [`Desk`] is the door for every caller.
//! The library reads no environment, no clock and no terminal; [`Zone::System`] alone asks the
//! operating system for its zone, and [`user::User`] for its users. [`promises`] says what is kept whatever dies, and how that is
//! tested.

mod composed;
pub mod desk;
pub mod error;
mod group;
mod index;
pub mod mapping;
pub mod operation;
pub mod policy;
pub mod promises;
pub mod query;
pub mod report;
pub mod roster;
mod store;
mod threads;
pub mod ticket;
pub mod transfer;
pub mod user;
pub mod view;
pub mod zone;

pub use desk::{Answer, Caller, Desk, Found, Held, Mode, Run, Take, Ties, WantedRuns};
pub use error::{Code, Error, Result};
pub use operation::Operation;
pub use policy::Policy;
pub use store::fsck;
pub use zone::Zone;
