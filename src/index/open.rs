//! The index while it is open.

use std::path::Path;

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::look::{self, Look};
use super::place::{Current, Place};
use super::refresh;
use super::schema::{self, READING};
use super::take::SHOWN;
use super::told::Noted;
use super::write::Numbers;
use super::{Progress, Trouble};
use crate::error::Error;
use crate::store::{self, Grain, Store};
use crate::ticket::TicketId;

/// A journal that is longer, of some hundred thousand writes, is begun anew.
const LONGEST_JOURNAL: u64 = 32 << 20;

/// The database that is the index.
#[derive(Debug)]
pub(super) struct Open {
    pub(super) place: Place,
    pub(super) current: Current,
    pub(super) connection: Connection,
    grain: Grain,
    /// Which file its log was when it was opened.
    log: Option<i64>,
    /// The folders, as they were when it was last asked.
    pub(super) look: Option<Look>,
    /// What could not be read when it was last brought up to date.
    pub(super) unreadable: Vec<Error>,
}

impl Open {
    /// Opens the index; makes it, where there is none.
    pub(super) fn new(
        store: &Store,
        cache: Option<&Path>,
        progress: Progress<'_>,
    ) -> Result<Self, Trouble> {
        let place = Place::of(store, cache).ok_or(Trouble::Unfit)?;
        let grain = store.grain().ok_or(Trouble::Unfit)?;
        let mut unreadable = Vec::new();
        let mut found = sound(&place)?;
        // Somebody writes it at this moment, or it was changed: who has the lock can tell.
        let _held = match found {
            Some(_) => None,
            None => Some(place.lock()?),
        };
        if found.is_none() {
            found = after_all(&place)?;
        }
        if found.is_none() {
            place.make(|new| {
                let moment = new.unchecked_transaction()?;
                unreadable = refresh::refresh(new, store, grain, progress, &mut || Ok(()))?;
                Ok(moment.commit()?)
            })?;
            found = sound(&place)?;
        }
        let (connection, current) = found.ok_or(Trouble::Foreign)?;
        Ok(Self {
            log: place.log_inode(&current),
            place,
            current,
            connection,
            grain,
            look: None,
            unreadable,
        })
    }

    /// The same, if it is still the index, and its log as it was left. Where that is not, the index is to be
    /// opened anew.
    pub(super) fn again(self) -> Result<Option<Self>, Trouble> {
        let current = self.named()?;
        let current = current.filter(|current| self.place.is_log_as_left(current));
        Ok(current.map(|current| Self { current, ..self }))
    }

    /// What the index is called now, if it is still this database with this log, and as it was left. While
    /// somebody works the log into it, it is not: who has it open then waits for them, as who opens it does.
    fn named(&self) -> Result<Option<Current>, Trouble> {
        let current = self.place.current()?;
        Ok(current.filter(|current| {
            current.is_same_database(&self.current)
                && self.place.is_as_left(current)
                && self.place.log_inode(current) == self.log
        }))
    }

    /// Whether it is up to date with what was seen when it was last looked.
    pub(super) fn is_fresh(&self, store: &Store) -> Result<bool, Trouble> {
        // What somebody committed to counts before any file has moved.
        let (look, promised) = (self.look.as_ref(), store.promised()?);
        let look = look.filter(|_| promised.is_empty());
        let Some(look) = look else {
            return Ok(false);
        };
        let place = self.noted(&self.current)?.place;
        Ok(place == Some(look.journal_place()) && refresh::knows_folders(&self.connection, look)?)
    }

    /// Whether all of it was brought up to date, whatever happened since.
    pub(super) fn is_whole(&self) -> Result<bool, Trouble> {
        Ok(self.noted(&self.current)?.place.is_some())
    }

    /// What it says of itself, if it is no older than it was when it got its name.
    fn noted(&self, current: &Current) -> Result<Noted, Trouble> {
        let noted = Noted::of(&self.connection)?;
        match noted.edition >= current.edition {
            true => Ok(noted),
            false => Err(Trouble::Foreign),
        }
    }

    pub(super) fn refresh(&mut self, store: &Store, progress: Progress<'_>) -> Result<(), Trouble> {
        let _held = self.place.lock()?;
        let (current, moment) = self.begin()?;
        let (place, index, grain) = (&self.place, &self.connection, self.grain);
        let meanwhile = place.checkpoint_meanwhile(&current, index, |checkpoint| {
            let commit = &mut || {
                index.execute_batch("COMMIT; BEGIN IMMEDIATE")?;
                checkpoint();
                Ok(())
            };
            let unreadable = refresh::refresh(index, store, grain, progress, commit)?;
            moment.commit()?;
            Ok::<_, Trouble>(unreadable)
        });
        self.unreadable = meanwhile?;
        place.vouch_for_log(&current);
        schema::remember(&self.connection, READING)?;
        self.place.checkpoint(&current, &self.connection)?;
        // What stands in it is known here; who keeps an index of their own looks again.
        let _ = store.cut_journal(LONGEST_JOURNAL);
        self.current = self.place.current()?.ok_or(Trouble::Foreign)?;
        Ok(())
    }

    /// Begins to write, if this database is still the index, which is given as it is named now. The lock
    /// is held.
    fn begin(&self) -> Result<(Current, Transaction<'_>), Trouble> {
        // What somebody else wrote into it must not be said to be as it was left.
        let current = self.named()?.ok_or(Trouble::Foreign)?;
        let place = &self.place;
        if !place.is_log_as_left(&current) && !place.is_log_whole(&current, &self.connection)? {
            return Err(Trouble::Foreign);
        }
        schema::begin_to_write(&self.connection)?;
        let moment = Transaction::new_unchecked(&self.connection, TransactionBehavior::Immediate)?;
        self.noted(&current)?;
        Ok((current, moment))
    }

    /// Nothing, if the files of these tickets are as they were when they were read.
    pub(super) fn expect_unmoved(
        &self,
        ids: impl Iterator<Item = TicketId>,
    ) -> Result<(), Trouble> {
        let known = ids.map(|id| Ok((id, refresh::known_file(&self.connection, id)?)));
        self.expect_stamps(known)
    }

    /// The same, where it is known which stamps they had.
    pub(super) fn expect_stamps(
        &self,
        known: impl Iterator<Item = Result<(TicketId, Option<Numbers>), Trouble>>,
    ) -> Result<(), Trouble> {
        let Some(look) = &self.look else {
            return Err(Trouble::Unfit);
        };
        let mut moved = Vec::new();
        for known in known {
            let (id, stamp) = known?;
            if look::has_moved(look, id, stamp)? {
                moved.push(id);
            }
        }
        match moved.is_empty() {
            true => Ok(()),
            false => Err(Trouble::InPlace(moved)),
        }
    }

    /// Reads some tickets again.
    pub(super) fn read_again(&mut self, store: &Store, ids: &[TicketId]) -> Result<(), Trouble> {
        let _held = self.place.lock()?;
        let (current, moment) = self.begin()?;
        refresh::read_again(&self.connection, store, self.grain, ids)?;
        moment.commit()?;
        self.place.vouch_for_log(&current);
        Ok(schema::remember(&self.connection, READING)?)
    }

    /// The files that are no tickets, or could not be read.
    pub(super) fn damaged(&self, store: &Store, looks: bool) -> Result<Vec<Error>, Trouble> {
        let (mut damaged, mut ids) = (self.unreadable.clone(), Vec::new());
        let faults = refresh::faults(&self.connection)?.into_iter();
        for (id, cause) in faults.filter(|(_, cause)| !cause.is_empty()) {
            damaged.push(Error::damaged(&store::path_of(store, id), cause));
            ids.push(id);
        }
        // Whoever mends one does it where it stands, as often as not.
        if looks && !ids.is_empty() && ids.len() <= SHOWN {
            self.expect_unmoved(ids.into_iter())?;
        }
        Ok(damaged)
    }
}

/// The database, if there is one, and it and its log are as `desk` left them.
fn sound(place: &Place) -> Result<Option<Sound>, Trouble> {
    let current = place.current()?;
    match current.filter(|current| place.is_log_as_left(current)) {
        Some(current) => opened(place, current),
        None => Ok(None),
    }
}

/// The same where nobody said that its log is as it was left, if that is whole. The lock is held.
fn after_all(place: &Place) -> Result<Option<Sound>, Trouble> {
    let Some(current) = place.current()? else {
        return Ok(None);
    };
    let Some((index, current)) = opened(place, current)? else {
        return Ok(None);
    };
    if !place.is_log_as_left(&current) {
        match place.is_log_whole(&current, &index) {
            Ok(true) => place.vouch_for_log(&current),
            Ok(false) | Err(Trouble::Foreign) => return Ok(None),
            Err(trouble) => return Err(trouble),
        }
    }
    Ok(Some((index, current)))
}

type Sound = (Connection, Current);

/// A database, if it is as `desk` left it.
fn opened(place: &Place, current: Current) -> Result<Option<Sound>, Trouble> {
    match place.open(&current) {
        Ok(connection) => Ok(Some((connection, current))),
        Err(Trouble::Foreign) => Ok(None),
        Err(trouble) => Err(trouble),
    }
}
