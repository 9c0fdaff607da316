//! What is derived from the ticket files, and can be derived again at any time.
//!
//! The index is a SQLite database: with it every question takes the time of its answer, however many
//! tickets there are. It is brought up to date before it answers, and where it cannot be had (nowhere
//! to write, a file system that SQLite does not work on, another process that makes it just now) the
//! files are read instead: [`scan`] gives the same answers, only later. [`Snapshot`] is what a process
//! that performs many operations remembers between them.
//!
//! | file | holds |
//! |---|---|
//! | `place`, `log`, `open` | where it lies, whether it is as `desk` left it, and how it is opened |
//! | `schema` | its tables |
//! | `look`, `told`, `refresh`, `pass` | how it is brought up to date |
//! | `row`, `head`, `write` | what is kept of a ticket |
//! | `sql`, `search`, `select` | how a filter is asked |
//! | `facts` | what reports count |
//! | `known`, `since`, `entry` | names, keys, loads and relations, for decisions |
//! | `runs` | what was done under one mark |

mod entry;
mod facts;
mod head;
mod known;
mod log;
mod look;
mod open;
mod pass;
mod place;
mod refresh;
mod row;
mod runs;
mod scan;
mod schema;
mod search;
mod select;
mod since;
mod snapshot;
mod sql;
mod take;
#[cfg(test)]
mod tests;
mod told;
mod trouble;
mod write;

use std::collections::BTreeSet;
use std::path::PathBuf;

use rusqlite::Connection;

pub(crate) use entry::Entry;
pub(crate) use facts::matched_before;
pub(crate) use known::Known;
use look::Look;
use open::Open;
use place::Place;
pub use runs::{Run, WantedRuns};
pub(crate) use runs::{last_by_scan, marks_by_scan, standing_by_scan};
pub(crate) use scan::{Scanned, scan};
pub(crate) use since::Before;
use snapshot::Snapshot;
pub use take::Take;
use take::{Few, SHOWN};
use trouble::Trouble;

use crate::error::Error;
use crate::query::{Filter, Selection, TextField};
use crate::report::{Kind, Report, Scope};
use crate::store::Store;
use crate::ticket::{Ticket, TicketId};

/// Is told, now and then, how many tickets of how many were looked at.
type Progress<'a> = &'a dyn Fn(usize, usize);

/// There is room for so many tickets from the start, as many as most people have: to move them again and
/// again as there are more costs more than room that is not touched.
const ROOM: usize = 100;

/// So many times in a row what is to be shown is looked at.
const LOOKS: usize = 3;

/// The index of a data directory.
#[derive(Default)]
pub(crate) struct Index {
    /// The user's folder for what can be made again.
    cache: Option<PathBuf>,
    progress: Option<Box<dyn Fn(usize, usize) + Send>>,
    open: Option<Open>,
}

impl Index {
    /// An index that is the user's own lies in `cache`, where the shared one cannot be written.
    pub(crate) fn keep_in(&mut self, cache: PathBuf) {
        self.cache = Some(cache);
    }

    /// Tells, now and then, how many tickets of how many were looked at.
    pub(crate) fn tell(&mut self, progress: impl Fn(usize, usize) + Send + 'static) {
        self.progress = Some(Box::new(progress));
    }

    /// How many tickets a filter matches.
    pub(crate) fn count(&mut self, store: &Store, filter: &Filter) -> Result<usize, Trouble> {
        self.ask(store, |open| select::count(&open.connection, filter))
    }

    /// The numbers of the tickets that a filter matches, and the files that could not be read.
    pub(crate) fn ids(
        &mut self,
        store: &Store,
        filter: &Filter,
    ) -> Result<(Vec<TicketId>, Vec<Error>), Trouble> {
        self.ask_and_look(store, |open, looks| {
            let ids = select::ids(&open.connection, filter)?;
            if looks && ids.len() <= SHOWN {
                open.expect_unmoved(ids.iter().copied())?;
            }
            Ok((ids, open.damaged(store, looks)?))
        })
    }

    /// Gives each ticket of a selection, without its events; then the files that could not be read.
    ///
    /// What was given when there is trouble was right.
    pub(crate) fn heads(
        &mut self,
        store: &Store,
        selection: &Selection<'_>,
        take: &mut dyn Take,
    ) -> Result<Vec<Error>, Trouble> {
        self.ask_and_look(store, |open, looks| {
            let damaged = open.damaged(store, looks)?;
            let total = match take.wants_total() {
                true => Some(select::count(&open.connection, selection.filter)?),
                false => None,
            };
            let mut few = Few::new(take, total, looks);
            let mut each = |ticket, stamp| few.take(ticket, stamp);
            select::heads(&open.connection, selection, &mut each)
                .map_err(|trouble| few.too_late(trouble))?;
            if looks {
                let known = few.waiting.iter();
                open.expect_stamps(known.map(|(ticket, stamp)| Ok((ticket.id, Some(*stamp)))))?;
            }
            few.give();
            Ok(damaged)
        })
    }

    /// The tickets of each of several selections as of one moment, without their events; and the files
    /// that could not be read.
    pub(crate) fn pages(
        &mut self,
        store: &Store,
        selections: &[Selection<'_>],
    ) -> Result<(Vec<Vec<Ticket>>, Vec<Error>), Trouble> {
        self.ask_and_look(store, |open, looks| {
            // All that moved is told together: it is looked at only so often.
            let mut moved = Vec::new();
            let damaged = unless_moved(open.damaged(store, looks), &mut moved)?;
            let page = |selection| {
                let (mut page, mut stamps) = (Vec::with_capacity(ROOM), Vec::with_capacity(ROOM));
                select::heads(&open.connection, selection, &mut |ticket: Ticket, stamp| {
                    if stamps.len() <= SHOWN {
                        stamps.push(Ok((ticket.id, Some(stamp))));
                    }
                    page.push(ticket);
                    true
                })?;
                if looks && page.len() <= SHOWN {
                    unless_moved(open.expect_stamps(stamps.into_iter()), &mut moved)?;
                }
                Ok(page)
            };
            let pages = selections
                .iter()
                .map(page)
                .collect::<Result<_, Trouble>>()?;
            match moved.is_empty() {
                true => Ok((pages, damaged)),
                false => Err(Trouble::InPlace(moved)),
            }
        })
    }

    /// A report over the tickets that matched just before `scope.as_of`, and the files that could not
    /// be read.
    pub(crate) fn report(
        &mut self,
        store: &Store,
        (kind, filter, scope): (Kind, &Filter, &Scope),
    ) -> Result<(Report, Vec<Error>), Trouble> {
        self.ask_and_look(store, |open, looks| {
            let damaged = open.damaged(store, looks)?;
            Ok((facts::report(open, store, (kind, filter, scope))?, damaged))
        })
    }

    /// Brings the index up to date.
    fn refresh(&mut self, store: &Store) -> Result<(), Trouble> {
        self.ask(store, |_| Ok(()))
    }

    /// Why a ticket could not be read when the index was last brought up to date, if one could not.
    fn unread(&self) -> Option<&Error> {
        self.open.as_ref()?.unreadable.first()
    }

    /// The tickets of a reference, whose files say so.
    fn ids_of(&mut self, store: &Store, reference: &str) -> Result<Vec<TicketId>, Trouble> {
        self.ask_and_look(store, |open, looks| {
            let ids = known::ids_of(&open.connection, reference)?;
            if looks {
                open.expect_unmoved(ids.iter().copied())?;
            }
            Ok(ids)
        })
    }

    /// The tickets that something was done to under a key, whose files say so.
    fn ids_of_key(&mut self, store: &Store, key: &str) -> Result<Vec<TicketId>, Trouble> {
        self.ask_and_look(store, |open, looks| {
            let ids = known::ids_of_key(&open.connection, key)?;
            if looks {
                open.expect_unmoved(ids.iter().copied())?;
            }
            Ok(ids)
        })
    }

    /// The last runs, and the files that could not be read.
    pub(crate) fn runs(
        &mut self,
        store: &Store,
        wanted: &WantedRuns<'_>,
    ) -> Result<(Vec<Run>, Vec<Error>), Trouble> {
        self.ask_and_look(store, |open, looks| {
            let runs = runs::last(&open.connection, wanted)?;
            Ok((runs, open.damaged(store, looks)?))
        })
    }

    /// The marks that begin so; of many, some.
    pub(crate) fn marks(
        &mut self,
        store: &Store,
        beginning: &str,
    ) -> Result<BTreeSet<String>, Trouble> {
        self.ask(store, |open| runs::marks(&open.connection, beginning))
    }

    /// The tickets on which a run was not taken back, and the files that could not be read.
    pub(crate) fn ids_of_run(
        &mut self,
        store: &Store,
        op: &str,
    ) -> Result<(Vec<TicketId>, Vec<Error>), Trouble> {
        self.ask_and_look(store, |open, looks| {
            let ids = runs::standing(&open.connection, op)?;
            Ok((ids, open.damaged(store, looks)?))
        })
    }

    /// The different values of a field, as they were written.
    pub(crate) fn values(
        &mut self,
        store: &Store,
        field: TextField,
    ) -> Result<Vec<String>, Trouble> {
        self.ask(store, |open| known::values(&open.connection, field))
    }

    /// Makes the index anew; gives how many tickets it holds.
    pub(crate) fn make_anew(&mut self, store: &Store) -> Result<usize, Trouble> {
        self.open = None;
        let place = Place::of(store, self.cache.as_deref()).ok_or(Trouble::Unfit)?;
        let lock = place.lock()?;
        if let Some(current) = place.current()? {
            place.remove(&current);
        }
        drop(lock);
        self.count(store, &Filter::everything())
    }

    /// Asks; where files of what is about to be shown were written in place, which moves no stamp of
    /// their folder, they are read again, and it is asked once more.
    fn ask_and_look<T>(
        &mut self,
        store: &Store,
        mut question: impl FnMut(&Open, bool) -> Result<T, Trouble>,
    ) -> Result<T, Trouble> {
        for _ in 0..LOOKS {
            match self.ask(store, |open| question(open, true)) {
                Err(Trouble::InPlace(moved)) => {
                    self.refresh(store)?;
                    let open = self.open.as_mut().ok_or(Trouble::Unfit)?;
                    // Who cannot write into it is not asked again as it is.
                    match open.read_again(store, &moved) {
                        // The next question has it made anew.
                        Err(Trouble::Foreign) if self.discard()? => {}
                        read => read.inspect_err(|_| self.open = None)?,
                    }
                }
                answer => return answer,
            }
        }
        // Somebody writes them all the while, or nobody can tell.
        self.ask(store, |open| question(open, false))
    }

    /// Asks, of an index that is up to date. One that turns out to be damaged is made anew, once.
    fn ask<T>(
        &mut self,
        store: &Store,
        mut question: impl FnMut(&Open) -> Result<T, Trouble>,
    ) -> Result<T, Trouble> {
        let mut tried = self.try_ask(store, &mut question);
        if matches!(tried, Err(Trouble::Foreign)) && self.discard()? {
            tried = self.try_ask(store, &mut question);
        }
        if tried.is_err() {
            self.open = None;
        }
        tried
    }

    /// Whether it was asked before.
    fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// Asks the index as it is, whatever happened since it was brought up to date.
    fn ask_as_it_is<T>(
        &self,
        question: impl FnOnce(&Connection) -> Result<T, Trouble>,
    ) -> Result<T, Trouble> {
        question(&self.open.as_ref().ok_or(Trouble::Unfit)?.connection)
    }

    fn try_ask<T>(
        &mut self,
        store: &Store,
        question: &mut impl FnMut(&Open) -> Result<T, Trouble>,
    ) -> Result<T, Trouble> {
        let look = Look::at(store)?;
        let silent = |_, _| ();
        let progress: Progress<'_> = match &self.progress {
            Some(progress) => progress,
            None => &silent,
        };
        let open = match self.open.take() {
            Some(open) => open.again()?,
            None => None,
        };
        let open = match open {
            Some(open) => open,
            None => Open::new(store, self.cache.as_deref(), progress)?,
        };
        let open = self.open.insert(open);
        open.look = Some(look);
        for is_refreshed in [false, true, true] {
            // What is asked in several steps is answered as of one moment; that must not be one at which
            // somebody has brought a part of it up to date.
            let moment = open.connection.unchecked_transaction()?;
            let is_right = match is_refreshed {
                false => open.is_fresh(store)?,
                true => open.is_whole()?,
            };
            if is_right {
                let answer = question(open)?;
                moment.commit()?;
                return Ok(answer);
            }
            drop(moment);
            open.refresh(store, progress)?;
        }
        Err(Trouble::Busy)
    }

    /// Removes an index that is none; gives whether one was open.
    fn discard(&mut self) -> Result<bool, Trouble> {
        let Some(open) = self.open.take() else {
            return Ok(false);
        };
        let _held = open.place.lock()?;
        // Unless somebody else did so already. Whatever was written into it since, it is none still.
        let current = open.place.current()?;
        if let Some(current) = current.filter(|current| current.is_same_database(&open.current)) {
            open.place.remove(&current);
        }
        Ok(true)
    }
}

/// What was found, or nothing; `moved` takes in the tickets that were written in place.
fn unless_moved<T: Default>(
    found: Result<T, Trouble>,
    moved: &mut Vec<TicketId>,
) -> Result<T, Trouble> {
    match found {
        Err(Trouble::InPlace(more)) => {
            moved.extend(more);
            Ok(T::default())
        }
        found => found,
    }
}
