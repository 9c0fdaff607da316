//! Temporaries: what shall be renamed into place is written beside it, and made durable, first. Without
//! that a power cut leaves an empty file in its place.

use std::io::Write;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use nix::errno::Errno;

use super::begun::{Begun, Built};
use super::commit::{Change, Content, Give, Ready};
use super::folder::Folder;
use super::{Writing, record};
use crate::error::{Error, Result};
use crate::threads::meanwhile;
use crate::ticket::{FORMAT, Ticket};

/// Up to so many files are synced one by one; more of them by one sync of the whole disk, which waits
/// for whatever else was written there, too.
const ONE_BY_ONE: usize = 64;

/// After so many files the disk is synced while more of them are written.
const AHEAD: usize = 2_500;

/// How temporaries are made durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sync {
    /// Each file for itself.
    Each,
    /// All that was written to the disk.
    AtOnce,
}

/// Where a temporary is written.
#[derive(Clone, Copy)]
pub(super) struct Spot<'a> {
    pub(super) folder: &'a Folder,
    pub(super) name: &'a str,
    /// That folder, if it is one that is built: nobody else looks for anything there.
    pub(super) built: Option<&'a Built>,
}

impl<'a> Spot<'a> {
    /// In the folder that is built, or else beside all others.
    pub(super) fn of(name: &'a str, built: Option<&'a Built>, temporary: &'a Folder) -> Self {
        Self {
            folder: built.map_or(temporary, |built| &built.folder),
            name,
            built,
        }
    }
}

/// A change that is to be written.
pub(super) struct Item {
    pub(super) change: Change,
    pub(super) ready: Ready,
    /// The folder that is built with it.
    pub(super) built: Option<Arc<Built>>,
    /// Why it cannot be written, if that is known.
    pub(super) closed: Option<Error>,
}

/// A change of which a temporary was written.
pub(super) struct Written {
    pub(super) change: Change,
    pub(super) ready: Ready,
    pub(super) outcome: Result<()>,
}

/// How far what is written together is durable.
#[derive(Default)]
struct Progress {
    /// How many files were begun.
    begun: AtomicUsize,
    /// Whether the disk is being synced while more is written.
    syncs: AtomicBool,
    /// What went wrong with that: it is told once, and to no later sync.
    failed: OnceLock<Errno>,
}

impl Writing<'_> {
    /// Writes a temporary of all that `make` gives, while it makes more, and makes them durable; gives
    /// what it made of it, and what became of each, in that order. Where it fails, nothing of them is
    /// needed.
    pub(super) fn write_temporaries<T, E>(
        &self,
        begun: &mut Begun<'_>,
        make: impl FnOnce(&mut Give<'_>) -> Result<T, E>,
    ) -> (Result<T, E>, Vec<Vec<Written>>) {
        let progress = Progress::default();
        let (made, mut written) = meanwhile(
            |items| self.write_some(items, &progress),
            |send| make(&mut |change| send(begun.item(change))),
        );
        let all = written.iter().map(Vec::len).sum();
        if made.is_ok()
            && let Err(errno) = self.sync_rest(all, &progress)
        {
            let failed = Error::io("make durable", self.temporary.path())(errno.into());
            let all = written.iter_mut().flatten();
            for written in all.filter(|written| written.outcome.is_ok()) {
                written.outcome = Err(failed.clone());
            }
        }
        (made, written)
    }

    /// Writes some of the temporaries. The disk begins to take them in while there is more to be written:
    /// so little is left to wait for.
    fn write_some(&self, items: Vec<Item>, progress: &Progress) -> Vec<Written> {
        let before = progress.begun.fetch_add(items.len(), Ordering::Relaxed);
        let all = before + items.len();
        let sync = sync_of(all);
        let mut bytes = Vec::new();
        let write = |mut item: Item| {
            let outcome = match item.closed.take() {
                Some(error) => Err(error),
                None => self.write_temporary(&mut item, &mut bytes, sync),
            };
            if let Content::File(.., file) = &mut item.change.content {
                // All that takes much memory of it.
                *file = None;
            }
            Written {
                outcome,
                ready: item.ready,
                change: item.change,
            }
        };
        let written = items.into_iter().map(write).collect();
        let is_time = sync == Sync::AtOnce && before / AHEAD < all / AHEAD;
        if is_time && !progress.syncs.swap(true, Ordering::Relaxed) {
            if let Err(errno) = self.temporary.sync_disk() {
                let _ = progress.failed.set(errno);
            }
            progress.syncs.store(false, Ordering::Relaxed);
        }
        written
    }

    /// Makes durable what is not yet, of so many files.
    fn sync_rest(&self, all: usize, progress: &Progress) -> Result<(), Errno> {
        let synced = match sync_of(all) {
            Sync::AtOnce => self.temporary.sync_disk(),
            Sync::Each => Ok(()),
        };
        progress.failed.get().map_or(synced, |errno| Err(*errno))
    }

    /// `bytes` is to be written into.
    fn write_temporary(&self, item: &mut Item, bytes: &mut Vec<u8>, sync: Sync) -> Result<()> {
        if let Content::Ticket(ticket) = &mut item.change.content {
            expect_ours(ticket)?;
            ticket.seal(item.change.expected.unwrap_or(0));
            record::write(ticket, bytes)?;
        }
        let spot = item.spot(&self.temporary);
        let bytes = match &item.change.content {
            Content::File(.., Some(file)) => file,
            Content::Ticket(_) | Content::File(.., None) => bytes.as_slice(),
        };
        self.write_file(spot, bytes, item.change.owner, sync)
    }

    /// Writes a temporary file, and makes it durable.
    pub(crate) fn write_synced(&self, name: &str, bytes: &[u8], owner: Option<u32>) -> Result<()> {
        let spot = Spot::of(name, None, &self.temporary);
        self.write_file(spot, bytes, owner, Sync::Each)
    }

    fn write_file(
        &self,
        spot: Spot<'_>,
        bytes: &[u8],
        owner: Option<u32>,
        sync: Sync,
    ) -> Result<()> {
        let Spot { folder, name, .. } = spot;
        let failed = |doing| move |source| Error::io(doing, &folder.path_of(name))(source);
        let made = match spot.built {
            Some(built) => built.make(name, self.modes.file),
            None => folder.make_anew(name, self.modes.file),
        };
        let written = made.and_then(|mut file| {
            file.write_all(bytes).map_err(failed("write"))?;
            if let Some(owner) = owner {
                std::os::unix::fs::fchown(&file, Some(owner), None)
                    .map_err(failed("keep the owner of"))?;
            }
            match sync {
                Sync::Each => file.sync_all().map_err(failed("make durable")),
                Sync::AtOnce => Ok(()),
            }
        });
        if written.is_err() {
            let _ = folder.remove(name);
        }
        written
    }
}

/// Nothing, unless a later version wrote the ticket: it may hold what this one does not know.
fn expect_ours(ticket: &Ticket) -> Result<()> {
    if ticket.format <= FORMAT {
        return Ok(());
    }
    let message = format!(
        "ticket {} is of format {}, newer than this desk writes ({FORMAT})",
        ticket.id, ticket.format
    );
    Err(Error::refused(message).with_hint("use the newer desk to change it"))
}

/// How so many files are made durable: many at once, where the kernel tells what went wrong with it.
fn sync_of(files: usize) -> Sync {
    match files > ONE_BY_ONE && Folder::can_sync_disk() {
        true => Sync::AtOnce,
        false => Sync::Each,
    }
}

impl Item {
    /// Where its temporary lies.
    pub(super) fn spot<'s>(&'s self, temporary: &'s Folder) -> Spot<'s> {
        Spot::of(&self.ready.temporary, self.built.as_deref(), temporary)
    }
}
