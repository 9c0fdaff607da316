//! One file a verb: its `Args`, and one entry function that builds an operation or a query.
//!
//! What several verbs have in common stands in five rooms beside them: which tickets
//! ([`targets`]), which text ([`message`]), what says that there is nothing ([`none`]), how a change
//! runs ([`write`](mod@write)), and how its answers are told ([`answers`]).

mod answers;
pub(crate) mod assign;
pub(crate) mod batch;
pub(crate) mod close;
pub(crate) mod completions;
pub(crate) mod edit;
pub(crate) mod escalate;
pub(crate) mod export;
pub(crate) mod fsck;
pub(crate) mod import;
pub(crate) mod link;
pub(crate) mod list;
pub(crate) mod log;
pub(crate) mod man;
pub(crate) mod merge;
mod message;
mod none;
pub(crate) mod note;
pub(crate) mod open;
pub(crate) mod rate;
pub(crate) mod reindex;
pub(crate) mod reopen;
pub(crate) mod reply;
pub(crate) mod report;
pub(crate) mod resolve;
pub(crate) mod resume;
pub(crate) mod search;
pub(crate) mod show;
pub(crate) mod status;
pub(crate) mod take;
mod targets;
pub(crate) mod tech;
pub(crate) mod undo;
pub(crate) mod unlink;
pub(crate) mod unmerge;
pub(crate) mod wait;
mod write;

pub(crate) use answers::{Answers, Count};
