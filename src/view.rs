//! What a decision may look at: the tickets under lock, the roster, loads and relations, and on
//! top of them what the same group of operations has already changed.
//!
//! A decision asks; where the view has no answer yet, it gets a [`Need`] instead, everything is
//! released, what is needed is locked and read too, and the group is decided again.

use std::collections::{BTreeMap, BTreeSet};

use crate::error::{Error, Result};
use crate::roster::{Loads, Login, Roster, Technician};
use crate::ticket::{Reference, State, Status, Ticket, TicketId, TicketName, Tie};

/// Something that must be known before it can be decided.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// A ticket, by number, under its lock.
    Ticket(TicketId),
    /// Which ticket a reference names.
    Name(String),
    /// Whether a reference is free, and nobody else takes it meanwhile.
    Reference(Reference),
    /// Which ticket something was done to under a key, and nobody else does it meanwhile.
    Key(String),
    /// The roster.
    Roster,
    /// How much each technician has, and nobody else gives them more meanwhile.
    Loads,
    /// Which other tickets hold a relation to this one.
    Relations(TicketId),
}

/// A relation that another ticket holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Relation {
    /// The ticket that holds the relation.
    pub from: TicketId,
    /// How it relates.
    pub tie: Tie,
    /// Where that ticket stands.
    pub status: Status,
}

/// What is known. Filled by [`crate::Desk`], read by the rules.
#[derive(Debug, Default)]
pub struct View {
    /// In boxes: what is taken out, changed, put back and handed on is large.
    pub(crate) tickets: BTreeMap<TicketId, Option<Box<Ticket>>>,
    pub(crate) unreadable: BTreeMap<TicketId, Error>,
    /// Why one of all tickets could not be read: then what is not found may be in there.
    pub(crate) unread: Option<Error>,
    pub(crate) names: BTreeMap<String, Vec<TicketId>>,
    pub(crate) free_references: BTreeSet<Reference>,
    pub(crate) keys: BTreeMap<String, Vec<TicketId>>,
    pub(crate) roster: Option<Result<Known>>,
    pub(crate) loads: Option<Loads>,
    pub(crate) relations: BTreeMap<TicketId, Vec<Relation>>,
}

/// The roster, as far as it can be read.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) roster: Roster,
    pub(crate) damaged: BTreeMap<Login, Error>,
}

/// Why there is no answer: it cannot be known yet, or it is an error.
#[derive(Debug)]
pub enum Stop {
    /// Ask again with this.
    Need(Need),
    /// It is refused, or there is no such thing.
    Error(Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

impl View {
    /// The ticket of this name.
    ///
    /// # Errors
    /// A [`Need`], or [`Error::NotFound`], [`Error::Ambiguous`], [`Error::Damaged`], or
    /// [`Error::Io`].
    pub fn ticket(&self, name: &TicketName) -> Result<&Ticket, Stop> {
        let id = self.id(name)?;
        if let Some(error) = self.unreadable.get(&id) {
            return Err(error.clone().into());
        }
        match self.tickets.get(&id) {
            Some(Some(ticket)) => Ok(ticket),
            Some(None) => Err(Error::no_ticket(name).into()),
            None => Err(Stop::Need(Need::Ticket(id))),
        }
    }

    fn id(&self, name: &TicketName) -> Result<TicketId, Stop> {
        let text = match name {
            TicketName::Id(id) => return Ok(*id),
            TicketName::NoSuchNumber(_) => return Err(Error::no_ticket(name).into()),
            TicketName::Reference(text) => text,
        };
        match self.names.get(text).map(Vec::as_slice) {
            None => Err(Stop::Need(Need::Name(text.clone()))),
            Some([]) => {
                self.expect_all_read()?;
                Err(Error::no_ticket(name).into())
            }
            Some([id]) => Ok(*id),
            Some(several) => Err(Error::several_tickets(text, several).into()),
        }
    }

    /// Nothing if the reference is free for `own` to take.
    ///
    /// # Errors
    /// A [`Need`], a refusal that names who has it, or [`Error::Io`] when a ticket that may have it
    /// cannot be read.
    pub fn check_free(&self, reference: &Reference, own: Option<TicketId>) -> Result<(), Stop> {
        if !self.free_references.contains(reference) {
            return Err(Stop::Need(Need::Reference(reference.clone())));
        }
        match self
            .names
            .get(reference.as_str())
            .and_then(|ids| ids.first())
        {
            Some(id) if Some(*id) != own => {
                let message = format!("reference `{reference}` is taken: ticket {id} has it");
                Err(Error::refused(message).into())
            }
            Some(_) => Ok(()),
            None => self.expect_all_read(),
        }
    }

    /// The tickets that something was done to under a key: one, unless somebody meddled with the
    /// files.
    ///
    /// # Errors
    /// A [`Need`], or [`Error::Io`] when a ticket that may have it cannot be read.
    pub fn tickets_of_key(&self, key: &str) -> Result<&[TicketId], Stop> {
        match self.keys.get(key) {
            None => Err(Stop::Need(Need::Key(key.to_owned()))),
            Some(ids) if ids.is_empty() => self.expect_all_read().map(|()| &[][..]),
            Some(ids) => Ok(ids),
        }
    }

    /// Nothing, if all tickets could be read.
    ///
    /// # Errors
    /// Why one could not be.
    pub(crate) fn expect_all_read(&self) -> Result<(), Stop> {
        match &self.unread {
            None => Ok(()),
            Some(error) => Err(error.clone().into()),
        }
    }

    fn known(&self) -> Result<&Known, Stop> {
        match &self.roster {
            None => Err(Stop::Need(Need::Roster)),
            Some(Err(error)) => Err(error.clone().into()),
            Some(Ok(known)) => Ok(known),
        }
    }

    /// All of the roster, to choose from.
    ///
    /// # Errors
    /// A [`Need`], or [`Error::Damaged`] when somebody's file cannot be read: a choice among the
    /// wrong people is worse than none.
    pub fn roster(&self) -> Result<&Roster, Stop> {
        let known = self.known()?;
        match known.damaged.values().next() {
            Some(error) => Err(error.clone().into()),
            None => Ok(&known.roster),
        }
    }

    /// The technician of this login, if they are on the roster; what is wrong with somebody else's
    /// file is no matter.
    ///
    /// # Errors
    /// A [`Need`], or [`Error::Damaged`] when this one's file cannot be read.
    pub fn technician(&self, login: &str) -> Result<Option<&Technician>, Stop> {
        let known = self.known()?;
        let mut damaged = known.damaged.iter();
        match damaged.find(|(damaged, _)| damaged.as_str() == login) {
            Some((_, error)) => Err(error.clone().into()),
            None => Ok(known.roster.get(login)),
        }
    }

    /// Nothing if a ticket may be given to somebody of this login: to anybody while nobody is on
    /// the roster, and then only to who is.
    ///
    /// # Errors
    /// A [`Need`], [`Error::NotFound`] with the nearest login, or [`Error::Damaged`].
    pub fn check_technician(&self, login: &str) -> Result<(), Stop> {
        let known = self.known()?;
        if known.roster.is_empty() && known.damaged.is_empty() {
            return Ok(());
        }
        match self.technician(login)? {
            Some(_) => Ok(()),
            None => Ok(known.roster.find(login).map(drop)?),
        }
    }

    /// How much each technician has.
    ///
    /// # Errors
    /// A [`Need`], or [`Error::Io`] when a ticket that may be somebody's cannot be read.
    pub fn loads(&self) -> Result<&Loads, Stop> {
        let loads = self.loads.as_ref().ok_or(Stop::Need(Need::Loads))?;
        self.expect_all_read()?;
        Ok(loads)
    }

    /// The relations that other tickets hold to this one, as far as these can be read.
    ///
    /// # Errors
    /// A [`Need`].
    pub fn relations_to(&self, id: TicketId) -> Result<&[Relation], Stop> {
        let relations = self.relations.get(&id);
        relations
            .map(Vec::as_slice)
            .ok_or(Stop::Need(Need::Relations(id)))
    }

    /// Why not all tickets could be read, if they could not: for who only warns of relations.
    pub fn unread(&self) -> Option<&Error> {
        self.unread.as_ref()
    }

    /// Takes a ticket out, to be changed and put back.
    pub(crate) fn take(&mut self, id: TicketId) -> Option<Box<Ticket>> {
        self.tickets.remove(&id).flatten()
    }

    /// Lays a ticket, which was in the state `before`, on top of what was read, so that the next
    /// decision of the group sees it.
    pub(crate) fn put(&mut self, ticket: Box<Ticket>, before: Option<&State>) {
        let id = ticket.id;
        let changes = Changes::between(before, &ticket);
        self.put_name(id, &changes);
        self.put_loads(&changes);
        self.put_relations(&ticket, before);
        self.tickets.insert(id, Some(ticket));
    }

    /// Takes note of what was done to a ticket under a key.
    pub(crate) fn put_key(&mut self, key: &str, id: TicketId) {
        self.keys.entry(key.to_owned()).or_default().push(id);
    }

    fn put_name(&mut self, id: TicketId, changes: &Changes) {
        if changes.old_reference == changes.new_reference {
            return;
        }
        if let Some(ids) = changes
            .old_reference
            .as_ref()
            .and_then(|name| self.names.get_mut(name))
        {
            ids.retain(|other| *other != id);
        }
        if let Some(name) = &changes.new_reference {
            self.names.entry(name.clone()).or_default().push(id);
        }
    }

    fn put_loads(&mut self, changes: &Changes) {
        let Some(loads) = &mut self.loads else {
            return;
        };
        if let Some(login) = &changes.old_workload
            && let Some(n) = loads.tickets.get_mut(login)
        {
            *n = n.saturating_sub(1);
        }
        if let Some(login) = &changes.new_workload {
            *loads.tickets.entry(login.clone()).or_default() += 1;
        }
        if let Some((login, at)) = &changes.assigned {
            let last = loads.last_assigned.entry(login.clone()).or_insert(*at);
            *last = (*last).max(*at);
        }
    }

    fn put_relations(&mut self, ticket: &Ticket, before: Option<&State>) {
        if before.is_none() {
            // Nobody is related to what was not there: that is known without asking.
            self.relations.entry(ticket.id).or_default();
        }
        for (to, _) in before.into_iter().flat_map(Tie::all_of) {
            if let Some(known) = self.relations.get_mut(&to) {
                known.retain(|relation| relation.from != ticket.id);
            }
        }
        for (to, tie) in Tie::all_of(&ticket.state) {
            if let Some(known) = self.relations.get_mut(&to) {
                known.push(Relation {
                    from: ticket.id,
                    tie,
                    status: ticket.state.status,
                });
            }
        }
    }
}

/// What a change of one ticket does to the names and loads.
struct Changes {
    old_reference: Option<String>,
    new_reference: Option<String>,
    old_workload: Option<String>,
    new_workload: Option<String>,
    assigned: Option<(String, crate::ticket::Timestamp)>,
}

impl Changes {
    fn between(old: Option<&State>, new: &Ticket) -> Self {
        let reference = |state: &State| state.reference.as_ref().map(|it| it.as_str().to_owned());
        let workload = |state: &State| {
            let assignee = state.assignee.clone();
            assignee.filter(|_| state.status.is_workload())
        };
        let before = old.and_then(|old| old.assignee.as_ref());
        let assignee = new.state.assignee.as_ref();
        Self {
            old_reference: old.and_then(reference),
            new_reference: reference(&new.state),
            old_workload: old.and_then(workload),
            new_workload: workload(&new.state),
            assigned: assignee
                .filter(|assignee| before != Some(assignee))
                .map(|assignee| (assignee.clone(), new.updated)),
        }
    }
}
