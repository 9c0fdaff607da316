//! Where a ticket stands.

use serde::{Deserialize, Serialize};

/// The five states of a ticket, in the order of its life.
///
/// `New`, `Open` and `Pending` are *active*; `Resolved` and `Closed` are *solved*. The metrics of
/// the reports count crossings between these two halves, by whatever event.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Nobody has taken it.
    #[default]
    New,
    /// Somebody works on it.
    Open,
    /// It waits for the requester, a vendor, or a date.
    Pending,
    /// Solved; the requester may still object.
    Resolved,
    /// Complete; the technician is free.
    Closed,
}

impl Status {
    /// All of them, in the order of a ticket's life.
    pub const ALL: [Self; 5] = [
        Self::New,
        Self::Open,
        Self::Pending,
        Self::Resolved,
        Self::Closed,
    ];

    /// New, open or pending: the ticket is in the backlog.
    pub fn is_active(self) -> bool {
        matches!(self, Self::New | Self::Open | Self::Pending)
    }

    /// Resolved or closed.
    pub fn is_solved(self) -> bool {
        !self.is_active()
    }

    /// New or open: it takes up a place of its technician's capacity.
    pub fn is_workload(self) -> bool {
        matches!(self, Self::New | Self::Open)
    }

    /// The name in files, queries and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Open => "open",
            Self::Pending => "pending",
            Self::Resolved => "resolved",
            Self::Closed => "closed",
        }
    }
}
super::named!(Status, "status");
