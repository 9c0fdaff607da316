//! What is remembered of one ticket by who performs many operations: all that the decisions about
//! others depend on.

use std::collections::BTreeMap;

use crate::ticket::{Status, Ticket, TicketId, Tie, Timestamp};

/// What is remembered of one ticket.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(super) rev: u64,
    pub(super) reference: Option<String>,
    pub(super) status: Status,
    pub(super) assignee: Option<String>,
    /// When each technician was last given it.
    pub(super) last_assigned: BTreeMap<String, Timestamp>,
    pub(super) ties: Vec<(TicketId, Tie)>,
    /// What was done to it under which keys.
    pub(super) keys: Vec<String>,
}

impl Entry {
    pub(crate) fn of(ticket: &Ticket) -> Self {
        let state = &ticket.state;
        let assigned = ticket
            .events
            .iter()
            .filter_map(|event| Some((event.given_to()?, event.at)));
        Self {
            rev: ticket.rev,
            reference: state.reference.as_ref().map(|r| r.as_str().to_owned()),
            status: state.status,
            assignee: state.assignee.clone(),
            last_assigned: assigned.collect(),
            ties: Tie::all_of(state).collect(),
            keys: ticket.events.iter().filter_map(|e| e.key.clone()).collect(),
        }
    }

    /// Who has it among the work that they have.
    pub(super) fn workload(&self) -> Option<&str> {
        self.assignee
            .as_deref()
            .filter(|_| self.status.is_workload())
    }
}
