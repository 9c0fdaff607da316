//! Rows of a table, or objects of another tool, become tickets by a mapping.
//!
//! A row whose reference is there already is unchanged, whatever else it says: what was done to its
//! ticket since is not overwritten. A row comes whole or not at all.

use std::collections::HashMap;
use std::mem;

use desk::mapping::{Bound, Read};
use desk::ticket::{Changed, Reference, TicketId};
use desk::{Answer, Caller, Error, Mode, Operation, Result};
use serde_json::Value;

use super::preview::Preview;
use super::tell::{Telling, gone};
use crate::context::Context;
use crate::exit::Exit;

/// So many rows are decided and written together.
const GROUP: usize = 2000;

/// A row, and where it stands.
type Placed = (u64, Result<Vec<Value>>);

/// What tells of rows: what becomes of them, or what would.
enum Teller {
    Real(Telling),
    Dry(Preview),
}

/// Rows on their way in.
pub(crate) struct Rows {
    bound: Bound,
    caller: Caller,
    mode: Mode,
    group: Vec<Placed>,
    /// Where each reference stood first.
    seen: HashMap<Reference, u64>,
    unit: &'static str,
    teller: Teller,
}

impl Rows {
    /// Rows that are read by this mapping; `is_list` says that items are counted, and not lines.
    pub(crate) fn new(
        bound: Bound,
        mode: Mode,
        is_list: bool,
        context: &mut Context,
    ) -> Result<Self> {
        let teller = match mode {
            Mode::Apply | Mode::Atomic => Teller::Real(Telling::new(context, mode, is_list)?),
            Mode::DryRun => Teller::Dry(Preview::new(is_list)),
        };
        Ok(Self {
            caller: context.caller()?,
            bound,
            mode,
            group: Vec::new(),
            seen: HashMap::new(),
            unit: if is_list { "item" } else { "line" },
            teller,
        })
    }

    /// Takes a row in.
    pub(crate) fn take(
        &mut self,
        place: u64,
        row: Result<Vec<Value>>,
        context: &mut Context,
    ) -> Result<()> {
        if let (Teller::Dry(preview), Ok(row)) = (&mut self.teller, &row) {
            preview.look_at(&self.bound, row);
        }
        self.group.push((place, row));
        match self.group.len() < GROUP {
            true => Ok(()),
            false => self.perform(context),
        }
    }

    /// Takes the last ones in, and gives the exit code.
    pub(crate) fn finish(mut self, context: &mut Context) -> Result<Exit> {
        self.perform(context)?;
        match self.teller {
            Teller::Real(telling) => telling.finish(),
            Teller::Dry(preview) => preview.show(&self.bound, context),
        }
    }

    fn perform(&mut self, context: &mut Context) -> Result<()> {
        let group = mem::take(&mut self.group);
        let mut rows = Vec::with_capacity(group.len());
        for (place, row) in group {
            rows.push((place, self.read(place, row)));
        }
        let fresh = rows.iter().filter_map(|(_, row)| row.as_ref().ok());
        let references: Vec<Reference> = fresh.map(|read| read.reference.clone()).collect();
        let known = context.desk()?.known(&references)?;
        let is_new = |read: &&Read| !known.contains_key(&read.reference);
        let fresh = rows.iter().filter_map(|(_, row)| row.as_ref().ok());
        let fresh: Vec<&Read> = fresh.filter(is_new).collect();
        self.caller.now = context.later()?;
        let mut outcomes = self.carry_out(&fresh, context)?.into_iter();
        for (place, row) in &rows {
            let outcome = match row {
                Err(error) => Err(error.clone()),
                Ok(read) => match known.get(&read.reference) {
                    Some(id) => unchanged(*id, &read.reference, context),
                    None => outcomes.next().unwrap_or_else(|| Err(gone())),
                },
            };
            match &mut self.teller {
                Teller::Real(telling) => telling.tell(*place, &outcome)?,
                Teller::Dry(preview) => preview.tell(*place, &outcome),
            }
        }
        match &mut self.teller {
            Teller::Real(telling) => telling.flush(),
            Teller::Dry(_) => Ok(()),
        }
    }

    /// Reads a row, whose reference must not have stood in another one.
    fn read(&mut self, place: u64, row: Result<Vec<Value>>) -> Result<Read> {
        let read = self.bound.read(&row?)?;
        match self.seen.get(&read.reference) {
            Some(first) => Err(Error::usage(format!(
                "the reference `{}` stood in {} {first} already",
                read.reference, self.unit
            ))),
            None => {
                self.seen.insert(read.reference.clone(), place);
                Ok(read)
            }
        }
    }

    /// Carries rows out as one group; gives an answer a row.
    fn carry_out(&self, rows: &[&Read], context: &mut Context) -> Result<Vec<Result<Answer>>> {
        let numbered = rows.iter().enumerate();
        let (operations, of_row): (Vec<Operation>, Vec<usize>) = numbered
            .flat_map(|(row, read)| read.operations.iter().map(move |it| (it.clone(), row)))
            .unzip();
        let desk = context.desk()?;
        let answers = desk.perform_rows((&operations, &of_row), &self.caller, self.mode);
        let mut answers = answers.into_iter();
        let whole = |read: &&Read| {
            let all: Vec<Result<Answer>> = answers.by_ref().take(read.operations.len()).collect();
            let all: Result<Vec<Answer>> = all.into_iter().collect();
            let mut all = all?.into_iter();
            let opened = all.next().ok_or_else(gone)?;
            let rev = all.last().map_or(opened.rev, |last| last.rev);
            Ok(Answer { rev, ..opened })
        };
        Ok(rows.iter().map(whole).collect())
    }
}

/// What is answered for a row whose ticket is there.
fn unchanged(id: TicketId, reference: &Reference, context: &mut Context) -> Result<Answer> {
    // People are told how many there are; then no ticket is read for it.
    let rev = match context.wants_json() {
        true => context.desk()?.ticket(&id.into())?.rev,
        false => 0,
    };
    Ok(Answer {
        ticket: Some(id),
        reference: Some(reference.clone()),
        rev,
        event: None,
        changed: Changed::default(),
        why: Vec::new(),
        op: None,
        done_before: false,
        warnings: Vec::new(),
    })
}
