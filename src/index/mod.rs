//! What is derived from the ticket files, and can be derived again at any time.
//!
//! For now all of it is in memory: [`scan`] reads every ticket, with all processors; [`Snapshot`]
//! remembers between the operations of one process what names, loads and relations follow.

mod scan;
mod snapshot;

pub(crate) use scan::{Scanned, each_portion, scan};
pub(crate) use snapshot::Snapshot;
