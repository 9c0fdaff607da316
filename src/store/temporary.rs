//! Temporaries: what shall be renamed into place is written beside it, and made durable, first. Without
//! that a power cut leaves an empty file in its place.

use std::io::Write;

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
        let portions = each_portion(changes, |portion| {
            let mut bytes = Vec::new();
            let write = |(change, ready): &(&Change, Ready)| match closed {
                Some(error) if ready.new => Err(error.clone()),
                _ => self.write_temporary(change, begun.spot(ready), &mut bytes, sync),
            };
            portion.iter().map(write).collect::<Vec<_>>()
        });
        let mut written: Vec<Result<()>> = portions.into_iter().flatten().collect();
        if sync == Sync::AtOnce
            && let Err(errno) = self.temporary.sync_disk()
        {
            let failed = Error::io("make durable", self.temporary.path())(errno.into());
            for written in written.iter_mut().filter(|written| written.is_ok()) {
                *written = Err(failed.clone());
            }
        }
        written
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
