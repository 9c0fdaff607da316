//! Finding tickets, and reading them.

use std::collections::BTreeMap;

use super::{Desk, Found, Take};
use crate::error::{Error, Result};
use crate::index::{self, Known, Scanned};
use crate::query::{Filter, Place, Selection, TextField, folded_line};
use crate::store::{Promised, Store};
use crate::threads::each_portion;
use crate::ticket::{Reference, Ticket, TicketId, TicketName};
use crate::transfer::{self, Exported};

impl Desk {
    /// The number that a name stands for.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Ambiguous`] where somebody meddled with the files, or
    /// [`Error::Io`] where a ticket that may have this name cannot be read.
    pub fn resolve(&mut self, name: &TicketName) -> Result<TicketId> {
        let text = match name {
            TicketName::Id(id) => return Ok(*id),
            TicketName::NoSuchNumber(_) => return Err(Error::no_ticket(name)),
            TicketName::Reference(text) => text,
        };
        self.all.refresh(&self.store, 1)?;
        match self.all.ids_of(&self.store, text)?.as_slice() {
            [] => Err(match self.all.unread() {
                // It may be this one.
                Some(error) => error.clone(),
                None => Error::no_ticket(name),
            }),
            [id] => Ok(*id),
            several => Err(Error::several_tickets(text, several)),
        }
    }

    /// A ticket.
    ///
    /// # Errors
    /// [`Error::NotFound`], or [`Error::Damaged`].
    pub fn ticket(&mut self, name: &TicketName) -> Result<Ticket> {
        let id = self.resolve(name)?;
        let ticket = self.promised.read(&self.store, id)?;
        ticket.ok_or_else(|| Error::no_ticket(name))
    }

    /// A ticket, and its file's bytes as they stand.
    ///
    /// # Errors
    /// [`Error::NotFound`], or [`Error::Damaged`].
    pub fn ticket_bytes(&mut self, name: &TicketName) -> Result<Vec<u8>> {
        let id = self.resolve(name)?;
        if let Some((_, bytes)) = self.promised.file(id)? {
            return Ok(bytes);
        }
        let (path, bytes) = self
            .store
            .read_bytes(id)?
            .ok_or_else(|| Error::no_ticket(name))?;
        crate::store::check_bytes(id, &bytes, &path)?;
        Ok(bytes)
    }

    /// Gives each ticket of a selection, without its events, in its order, until no more are wanted; and
    /// then the files that could not be read.
    ///
    /// # Errors
    /// [`Error::Io`] when the tickets cannot be listed.
    pub fn select(&mut self, selection: &Selection<'_>, mut take: impl Take) -> Result<Vec<Error>> {
        if !self.exists() {
            take.total(0);
            return Ok(Vec::new());
        }
        let mut counted = Counting { take, given: 0 };
        let asked = self.all.index.heads(&self.store, selection, &mut counted);
        match asked {
            Ok(damaged) => Ok(damaged),
            Err(_) if counted.given > 0 => {
                let why = "it was changed meanwhile; what was told is not all: run it again";
                let path = self.store.path().join(".desk/index");
                Err(Error::io("read", &path)(std::io::Error::other(why)))
            }
            Err(_) => self.select_by_scan(selection, counted.take),
        }
    }

    /// The tickets of each of several selections, without their events, as of one moment; and the files
    /// that could not be read.
    ///
    /// # Errors
    /// As [`Desk::select`].
    pub fn select_each(&mut self, selections: &[Selection<'_>]) -> Result<Found<Vec<Ticket>>> {
        if !self.exists() {
            let found = vec![Vec::new(); selections.len()];
            return Ok(Found {
                found,
                damaged: Vec::new(),
            });
        }
        if let Ok((found, damaged)) = self.all.index.pages(&self.store, selections) {
            return Ok(Found { found, damaged });
        }
        let (pages, damaged) = self.scan(selections)?;
        let page = |(page, selection): (Page, &Selection<'_>)| {
            let all = page.into_iter().map(|(_, ticket)| ticket);
            all.take(selection.limit.unwrap_or(usize::MAX)).collect()
        };
        let found = pages.into_iter().zip(selections).map(page).collect();
        Ok(Found { found, damaged })
    }

    /// What [`Desk::select`] does, by reading all files.
    fn select_by_scan(&self, selection: &Selection<'_>, mut take: impl Take) -> Result<Vec<Error>> {
        let (mut pages, damaged) = self.scan(std::slice::from_ref(selection))?;
        let mut found = pages.pop().unwrap_or_default();
        take.total(found.len());
        found.truncate(selection.limit.unwrap_or(usize::MAX));
        let _ = found.into_iter().all(|(_, ticket)| take.ticket(ticket));
        Ok(damaged)
    }

    /// The tickets of each of several selections in its order, however many, by reading all files once.
    fn scan(&self, selections: &[Selection<'_>]) -> Result<(Vec<Page>, Vec<Error>)> {
        let head = |mut ticket: Ticket| {
            let matching =
                |(_, selection): &(usize, &Selection<'_>)| selection.filter.matches(&ticket);
            let matching = selections.iter().enumerate().filter(matching);
            let places = matching.map(|(n, selection)| (n, Place::of(&ticket, selection)));
            let places: Vec<_> = places.collect();
            ticket.events = Vec::new();
            (!places.is_empty()).then_some((places, ticket))
        };
        let Scanned { found, damaged } = index::scan(&self.store, head)?;
        let mut pages: Vec<Page> = selections.iter().map(|_| Page::new()).collect();
        for (mut places, ticket) in found {
            let last = places.pop();
            for (n, place) in places {
                pages[n].push((place, ticket.clone()));
            }
            if let Some((n, place)) = last {
                pages[n].push((place, ticket));
            }
        }
        for page in &mut pages {
            page.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        }
        Ok((pages, damaged))
    }

    /// How many tickets match.
    ///
    /// # Errors
    /// As [`Desk::select`].
    pub fn count(&mut self, filter: &Filter) -> Result<usize> {
        if !self.exists() {
            return Ok(0);
        }
        match self.all.index.count(&self.store, filter) {
            Ok(count) => Ok(count),
            Err(_) => {
                let matches = |ticket: Ticket| filter.matches(&ticket).then_some(());
                Ok(index::scan(&self.store, matches)?.found.len())
            }
        }
    }

    /// The numbers of the tickets that match.
    ///
    /// # Errors
    /// As [`Desk::select`].
    pub fn ids(&mut self, filter: &Filter) -> Result<Found<TicketId>> {
        if !self.exists() {
            return Ok(Scanned::default().into());
        }
        ids(&self.store, &mut self.all, filter)
    }

    /// What `take` makes of each ticket that matches, with its events.
    ///
    /// # Errors
    /// As [`Desk::select`].
    pub fn find<T: Send>(
        &mut self,
        filter: &Filter,
        take: impl Fn(Ticket) -> T + Sync,
    ) -> Result<Found<T>> {
        if !self.exists() {
            return Ok(Scanned::default().into());
        }
        let Self { store, all, .. } = self;
        store.read_whole(|promised| {
            let found = ids(store, all, filter)?;
            Ok(read_each((store, promised), found, filter, &take))
        })
    }

    /// Gives what `make` makes of each ticket that matches, with the text of its file, in the order of
    /// the numbers, until no more is wanted; and then the files that could not be read.
    ///
    /// # Errors
    /// As [`Desk::select`].
    pub fn export<T: Send>(
        &mut self,
        filter: &Filter,
        make: impl Fn(Exported) -> T + Sync,
        take: impl FnMut(T) -> bool,
    ) -> Result<Vec<Error>> {
        self.promised = self.store.promised()?;
        // Of all tickets the folders know the numbers, and then no index is made for their sake.
        let ids = match filter.is_everything() {
            true => transfer::all(&self.store, &self.promised)?,
            false => self.ids(filter)?,
        };
        transfer::export((&self.store, &self.promised), ids, filter, make, take)
    }

    /// The tickets that have these references, as far as there are any.
    ///
    /// # Errors
    /// [`Error::Io`] when the tickets cannot be listed.
    pub fn known(&mut self, references: &[Reference]) -> Result<BTreeMap<Reference, TicketId>> {
        self.all.refresh(&self.store, references.len())?;
        let mut known = BTreeMap::new();
        for reference in references {
            let ids = self.all.ids_of(&self.store, reference.as_str())?;
            known.extend(ids.first().map(|id| (reference.clone(), *id)));
        }
        Ok(known)
    }

    /// The different values of a field that holds texts, for completion.
    ///
    /// # Errors
    /// As [`Desk::select`].
    pub fn values(&mut self, field: TextField) -> Result<Vec<String>> {
        if !self.exists() {
            return Ok(Vec::new());
        }
        if let Ok(values) = self.all.index.values(&self.store, field) {
            return Ok(values);
        }
        let owned = |ticket: Ticket| Some(field.values(&ticket).map(str::to_owned).collect());
        let all: Vec<Vec<String>> = index::scan(&self.store, owned)?.found;
        let by_folded = all
            .into_iter()
            .flatten()
            .map(|raw| (folded_line(&raw), raw));
        let mut different: BTreeMap<String, String> = by_folded.rev().collect();
        different.remove("");
        Ok(different.into_values().collect())
    }
}

/// The tickets of a selection, each with its place in it.
type Page = Vec<(Place, Ticket)>;

/// Knows whether something was given already.
struct Counting<T> {
    take: T,
    given: usize,
}

impl<T: Take> Take for Counting<T> {
    fn wants_total(&self) -> bool {
        self.take.wants_total()
    }

    fn total(&mut self, total: usize) {
        self.given += 1;
        self.take.total(total);
    }

    fn ticket(&mut self, ticket: Ticket) -> bool {
        self.given += 1;
        self.take.ticket(ticket)
    }
}

/// What `take` makes of each of these tickets, if it matches still.
fn read_each<T: Send>(
    (store, promised): (&Store, &Promised),
    Found { found, mut damaged }: Found<TicketId>,
    filter: &Filter,
    take: &(impl Fn(Ticket) -> T + Sync),
) -> Found<T> {
    let mut taken = Vec::with_capacity(found.len());
    for read in each_portion(&found, |portion| {
        let read = |id: &TicketId| promised.read(store, *id).transpose();
        let read = portion.iter().filter_map(read);
        let read = read.filter(|read| read.as_ref().map_or(true, |ticket| filter.matches(ticket)));
        read.map(|ticket| ticket.map(take)).collect::<Vec<_>>()
    }) {
        for ticket in read {
            match ticket {
                Ok(made) => taken.push(made),
                Err(error) => damaged.push(error),
            }
        }
    }
    Found {
        found: taken,
        damaged,
    }
}

/// The numbers of the tickets that match.
pub(super) fn ids(store: &Store, all: &mut Known, filter: &Filter) -> Result<Found<TicketId>> {
    match all.index.ids(store, filter) {
        Ok((found, damaged)) => Ok(Found { found, damaged }),
        Err(_) => {
            let matches = |ticket: Ticket| filter.matches(&ticket).then_some(ticket.id);
            Ok(index::scan(store, matches)?.into())
        }
    }
}
