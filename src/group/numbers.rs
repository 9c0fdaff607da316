//! The numbers of what a group opens: taken for all openings at once, kept from round to round, and given
//! back where they are not needed.

use super::{Group, Round};
use crate::error::{Error, Result};
use crate::operation::{Operation, Verb};
use crate::store::Writing;
use crate::ticket::TicketId;

impl Group<'_> {
    /// A number for the next opening; the same as in an earlier round.
    pub(super) fn number(
        &mut self,
        round: &mut Round,
        writing: Option<&Writing<'_>>,
    ) -> Result<TicketId> {
        if let Some(id) = self.numbers.get(round.opened) {
            round.opened += 1;
            return Ok(*id);
        }
        if let Some(error) = &self.no_number {
            return Err(error.clone());
        }
        let last = self.numbers.last().copied();
        let taken = match (writing, last) {
            (Some(writing), last) => self.take_number(writing, last),
            // A dry run imagines those that would be given: later lines may name them.
            (None, Some(last)) => Ok(last.next()),
            (None, None) => self.store.next_number(),
        };
        match &taken {
            Ok(id) => {
                self.numbers.push(*id);
                round.opened += 1;
            }
            Err(error) => self.no_number = Some(error.clone()),
        }
        taken
    }

    /// A number of its own for the next opening; they are taken for all that are left at once.
    fn take_number(&mut self, writing: &Writing<'_>, last: Option<TicketId>) -> Result<TicketId> {
        if let Some(id) = self.block.as_mut().and_then(Iterator::next) {
            return Ok(id);
        }
        let is_opening = |operation: &&Operation| matches!(operation.verb, Verb::Open(_));
        let openings = self.operations.iter().filter(is_opening).count();
        let left = openings.saturating_sub(self.numbers.len());
        let mut block = writing.take_numbers(last, left as u64)?;
        let id = block.next();
        self.all.opens(self.store, id);
        self.block = Some(block);
        id.ok_or_else(|| Error::refused("no number is left"))
    }

    /// Gives the numbers back that were not needed.
    pub(super) fn give_rest_back(&self, writing: &Writing<'_>) {
        if let Some(block) = &self.block {
            // What is not given back is a gap, and no more.
            let _ = writing.give_back(block);
        }
    }

    /// Gives all numbers back, where nothing is opened after all and nobody took others in between.
    pub(super) fn give_all_back(&self, writing: &Writing<'_>) {
        let ends = self.numbers.first().zip(self.numbers.last());
        let (Some(block), Some((first, last))) = (&self.block, ends) else {
            return;
        };
        if last.get() - first.get() + 1 == self.numbers.len() as u64 {
            // What is not given back is a gap, and no more.
            let _ = writing.give_back(&block.with_given(*first));
        }
    }
}
