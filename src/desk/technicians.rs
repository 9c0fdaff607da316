//! Who works at the desk, and how much each of them has.

use std::collections::BTreeMap;

use super::Desk;
use super::queries::ids;
use crate::error::{Code, Error, Result};
use crate::policy::Policy;
use crate::query::{Filter, Term, TextField, TextTest, folded_line};
use crate::roster::{Loads, Login, Roster, Technician};
use crate::store::Lock;

impl Desk {
    /// The technicians.
    ///
    /// # Errors
    /// [`Error::Damaged`] when a file of the roster is none.
    pub fn roster(&self) -> Result<Roster> {
        self.store.roster()
    }

    /// The technicians whose files can be read, and what is wrong with the others.
    ///
    /// # Errors
    /// [`Error::Io`] when the technicians cannot be listed.
    pub fn readable_roster(&self) -> Result<(Roster, BTreeMap<Login, Error>)> {
        self.store.readable_roster()
    }

    /// How much every technician has; and why a ticket could not be counted, if one could not be
    /// read.
    ///
    /// # Errors
    /// [`Error::Io`] when the tickets cannot be listed.
    pub fn loads(&mut self) -> Result<(Loads, Option<Error>)> {
        self.all.refresh(&self.store, 1)?;
        let loads = self.all.loads(&self.store)?;
        Ok((loads, self.all.unread().cloned()))
    }

    /// Adds a technician who is not on the roster yet, or changes one who is.
    ///
    /// # Errors
    /// A refusal when `change` refuses, or [`Error::Io`].
    pub fn save_technician(
        &mut self,
        login: &Login,
        change: impl Fn(Option<Technician>, &Policy) -> Result<Technician>,
    ) -> Result<Technician> {
        self.policy()?;
        let default = Policy::default();
        let policy = self.policy.as_ref().unwrap_or(&default);
        if !self.store.exists() {
            // Nothing is made for the sake of what is refused anyway.
            change(None, policy)?;
            self.store.make()?;
        }
        let writing = self.store.writing()?;
        let _held = writing.lock(&[Lock::Assignment].into())?;
        let (roster, mut damaged) = self.store.readable_roster()?;
        if let Some(error) = damaged.remove(login) {
            return Err(error);
        }
        let before = roster.get(login.as_str()).cloned();
        if before.is_none() {
            expect_distinct(login, &roster)?;
        }
        let technician = change(before, policy)?;
        writing.write_technician(&technician)?;
        Ok(technician)
    }

    /// Takes a technician off the roster.
    ///
    /// # Errors
    /// [`Error::NotFound`], a refusal while they have active tickets, or [`Error::Io`] when one that
    /// may be theirs cannot be read.
    pub fn remove_technician(&mut self, login: &Login) -> Result<()> {
        self.store.roster()?.find(login.as_str())?;
        let writing = self.store.writing()?;
        let _held = writing.lock(&[Lock::Assignment].into())?;
        let technician = self.store.roster()?.find(login.as_str())?.clone();
        let of = TextTest::is(login.as_str());
        let theirs = Filter::All(vec![
            Filter::active(),
            Term::Text(TextField::Assignee, of).into(),
        ]);
        let mut theirs = ids(&self.store, &mut self.all, &theirs)?;
        // A login is compared letter by letter.
        theirs.found.retain(|id| {
            let ticket = self.store.read(*id).ok().flatten();
            ticket.is_none_or(|ticket| ticket.state.assignee.as_deref() == Some(login.as_str()))
        });
        if let [first, rest @ ..] = theirs.found.as_slice() {
            let more = match rest.len() {
                0 => String::new(),
                n => format!(" and {n} more"),
            };
            let message = format!("{login} still has ticket {first}{more}");
            return Err(Error::refused(message).with_hint(format!(
                "hand them over first: desk assign --query 'assignee:{login} is:open' --to TECH"
            )));
        }
        match theirs
            .damaged
            .into_iter()
            .find(|error| error.code() == Code::Io)
        {
            Some(error) => Err(error),
            None => writing.remove_technician(&technician),
        }
    }
}

/// Nothing, if no query for somebody on the roster would find this login's tickets too.
fn expect_distinct(login: &Login, roster: &Roster) -> Result<()> {
    let folded = folded_line(login.as_str());
    let is_alike = |other: &&Technician| folded_line(other.login.as_str()) == folded;
    match roster.iter().find(is_alike) {
        None => Ok(()),
        Some(other) => {
            let message = format!(
                "{login} cannot be told from {}, who is on the roster",
                other.login
            );
            let hint = "queries are blind to case and accents; take another login";
            Err(Error::refused(message).with_hint(hint))
        }
    }
}
