//! Giving tickets to who asked for them.

use super::ROOM;
use super::trouble::Trouble;
use super::write::Numbers;
use crate::ticket::Ticket;

/// Who takes the tickets of a selection.
pub trait Take {
    /// Whether to count them first.
    fn wants_total(&self) -> bool {
        false
    }

    /// How many there are, whatever the limit; told before the first of them, if it is wanted.
    fn total(&mut self, _total: usize) {}

    /// The next one; gives whether more are wanted.
    fn ticket(&mut self, ticket: Ticket) -> bool;
}

impl<F: FnMut(Ticket) -> bool> Take for F {
    fn ticket(&mut self, ticket: Ticket) -> bool {
        self(ticket)
    }
}

/// Up to so many tickets are looked at before they are shown.
pub(super) const SHOWN: usize = 1000;

/// Holds tickets back until it is known whether they are few enough to be looked at.
pub(super) struct Few<'a> {
    take: &'a mut dyn Take,
    /// How many there are, until that was told.
    total: Option<usize>,
    /// With the stamps of the files that they were read from.
    pub(super) waiting: Vec<(Ticket, Numbers)>,
    waits: bool,
    given: bool,
}

impl<'a> Few<'a> {
    pub(super) fn new(take: &'a mut dyn Take, total: Option<usize>, waits: bool) -> Self {
        Self {
            take,
            total,
            waiting: Vec::with_capacity(ROOM),
            waits,
            given: false,
        }
    }

    /// What trouble is, once something was given.
    pub(super) fn too_late(&self, trouble: Trouble) -> Trouble {
        match self.given {
            true => Trouble::TooLate,
            false => trouble,
        }
    }

    pub(super) fn take(&mut self, ticket: Ticket, stamp: Numbers) -> bool {
        if self.waits && self.waiting.len() < SHOWN {
            self.waiting.push((ticket, stamp));
            return true;
        }
        self.waits = false;
        self.give() && self.take.ticket(ticket)
    }

    /// Gives what was held back; gives whether more is wanted.
    pub(super) fn give(&mut self) -> bool {
        self.given = true;
        if let Some(total) = self.total.take() {
            self.take.total(total);
        }
        self.waiting
            .drain(..)
            .all(|(ticket, _)| self.take.ticket(ticket))
    }
}
