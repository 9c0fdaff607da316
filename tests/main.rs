//! End-to-end tests: the built program, run as a user runs it.
//!
//! One binary, so that it is linked once. [`harness`] gives every test a help desk of its own,
//! with nothing of the machine's environment and a clock that stands still until it is moved.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "a test that cannot go on fails, and says where; it may look at the machine it runs on"
)]
#![allow(missing_docs, reason = "tests are documented by their names")]

mod batch;
mod bulk;
#[path = "../benches/chance.rs"]
mod chance;
mod clock;
mod completions;
mod crash;
mod crowd;
mod drawn;
mod embedded;
mod fsck;
mod harness;
mod hostile;
mod import;
mod index;
mod ledger;
mod life;
mod list;
mod network;
mod once;
mod output;
mod page;
mod power;
mod properties;
mod readme;
mod reports;
mod roster;
mod scheduled;
mod search;
mod settings;
mod shared;
mod tied;
mod transfer;
mod uci;
mod undo;
mod users;
