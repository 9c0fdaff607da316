//! Temporaries: what shall be renamed into place is written beside it, and made durable, first. Without
//! that a power cut leaves an empty file in its place.

use std::io::Write;
use std::thread::{self, ScopedJoinHandle};

use nix::errno::Errno;

use super::begun::Begun;
use super::commit::{Change, Ready};
use super::folder::Folder;
use super::{Writing, record};
use crate::error::{Error, Result};
use crate::threads::each_portion;
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
    /// Whether nobody else looks for anything there.
    pub(super) is_own: bool,
}

impl Writing<'_> {
    /// Writes the temporaries of all, and makes them durable; gives what became of each. None is
    /// written for a new ticket, where none can be opened.
    pub(super) fn write_temporaries(
        &self,
        changes: &[(&Change, Ready)],
        begun: &Begun<'_>,
        closed: Option<&Error>,
    ) -> Vec<Result<()>> {
        let sync = match changes.len() {
            0..=ONE_BY_ONE => Sync::Each,
            _ => sync_of_all(),
        };
        let write = |changes: &[(&Change, Ready)]| {
            let portions = each_portion(changes, |portion| {
                let mut bytes = Vec::new();
                let write = |(change, ready): &(&Change, Ready)| match closed {
                    Some(error) if ready.new => Err(error.clone()),
                    _ => self.write_temporary(change, begun.spot(ready), &mut bytes, sync),
                };
                portion.iter().map(write).collect::<Vec<_>>()
            });
            portions.into_iter().flatten().collect::<Vec<_>>()
        };
        let (mut written, synced) = match sync {
            Sync::Each => (write(changes), Ok(())),
            Sync::AtOnce => self.write_and_sync(changes, write),
        };
        if let Err(errno) = synced {
            let failed = Error::io("make durable", self.temporary.path())(errno.into());
            for written in written.iter_mut().filter(|written| written.is_ok()) {
                *written = Err(failed.clone());
            }
        }
        written
    }

    /// Writes by `write`, and makes that durable by syncs of the whole disk. It begins to reach the disk
    /// while there is more to be written, in a thread of its own: so little is left to wait for.
    fn write_and_sync<T: std::marker::Sync>(
        &self,
        all: &[T],
        write: impl Fn(&[T]) -> Vec<Result<()>>,
    ) -> (Vec<Result<()>>, Result<(), Errno>) {
        let mut written = Vec::with_capacity(all.len());
        let synced = thread::scope(|scope| {
            let mut early = Vec::new();
            for some in all.chunks(AHEAD) {
                written.extend(write(some));
                let is_busy = |sync: &ScopedJoinHandle<'_, _>| !sync.is_finished();
                if written.len() < all.len() && !early.iter().any(is_busy) {
                    // A machine that has no thread to give is slower for it, no more.
                    let sync = || self.temporary.sync_disk();
                    early.extend(thread::Builder::new().spawn_scoped(scope, sync));
                }
            }
            // What went wrong is told to one of them, and to no later one.
            let mut ended = early
                .into_iter()
                .map(|sync| sync.join().unwrap_or(Err(Errno::EIO)));
            ended.try_for_each(|synced| synced)
        });
        (written, self.temporary.sync_disk().and(synced))
    }

    /// `bytes` is to be written into.
    fn write_temporary(
        &self,
        change: &Change,
        spot: Spot<'_>,
        bytes: &mut Vec<u8>,
        sync: Sync,
    ) -> Result<()> {
        expect_ours(&change.ticket)?;
        let bytes: &[u8] = match &change.file {
            Some(file) => file,
            None => {
                record::write(&change.ticket, bytes)?;
                bytes
            }
        };
        self.write_file(spot, bytes, change.owner, sync)
    }

    /// Writes a temporary file, and makes it durable.
    pub(crate) fn write_synced(&self, name: &str, bytes: &[u8], owner: Option<u32>) -> Result<()> {
        let spot = Spot {
            folder: &self.temporary,
            name,
            is_own: false,
        };
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
        let made = match spot.is_own {
            true => folder.make_in_own(name, self.modes.file),
            false => folder.make_anew(name, self.modes.file),
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

/// How many files are made durable here: at once, where the kernel tells what went wrong with it.
fn sync_of_all() -> Sync {
    match Folder::can_sync_disk() {
        true => Sync::AtOnce,
        false => Sync::Each,
    }
}
