//! The roster's files: one a technician, written by the same door as a ticket.

use std::collections::BTreeMap;

use super::folder::Folder;
use super::fsck::Kind;
use super::{Store, Writing, layout, record};
use crate::error::{Error, Result};
use crate::roster::{FORMAT, Login, Roster, Technician};

impl Store {
    /// All technicians.
    ///
    /// # Errors
    /// When a file cannot be read or is not a technician: a choice among the wrong people is worse
    /// than none.
    pub(crate) fn roster(&self) -> Result<Roster> {
        let (roster, damaged) = self.readable_roster()?;
        match damaged.into_values().next() {
            Some(error) => Err(error),
            None => Ok(roster),
        }
    }

    /// The technicians whose files can be read, and what is wrong with the others: for who only
    /// looks, and to whom one bad file shall not hide the rest.
    pub(crate) fn readable_roster(&self) -> Result<(Roster, BTreeMap<Login, Error>)> {
        let (mut roster, mut damaged) = (Roster::default(), BTreeMap::new());
        let Some(folder) = self.technicians()? else {
            return Ok((roster, damaged));
        };
        for name in folder.names()? {
            let Some(login) = name
                .strip_suffix(".json")
                .and_then(|stem| stem.parse::<Login>().ok())
            else {
                continue;
            };
            match read(&folder, &name, &login) {
                Ok(Some(technician)) => roster.insert(technician),
                Ok(None) => {}
                Err(error) => {
                    damaged.insert(login, error);
                }
            }
        }
        Ok((roster, damaged))
    }

    fn technicians(&self) -> Result<Option<Folder>> {
        match &self.root {
            Some(root) => root.folder(layout::TECHNICIANS),
            None => Ok(None),
        }
    }
}

fn read(folder: &Folder, name: &str, login: &Login) -> Result<Option<Technician>> {
    let Some(bytes) = folder.read(name)? else {
        return Ok(None);
    };
    let path = folder.path_of(name);
    let technician: Technician = record::text(&bytes)
        .and_then(|text| record::read(text, Kind::NotATechnician, |_| None))
        .map_err(|broken| Error::damaged(&path, broken.cause))?;
    if technician.login != *login {
        let cause = format!("says that it is technician {}", technician.login);
        return Err(Error::damaged(&path, cause));
    }
    Ok(Some(technician))
}

/// Nothing, unless a later version wrote the file: it may hold what this one does not know.
fn expect_ours(technician: &Technician) -> Result<()> {
    let (login, format) = (&technician.login, technician.desk_technician);
    if format <= FORMAT {
        return Ok(());
    }
    let message =
        format!("technician {login} is of format {format}, newer than this desk writes ({FORMAT})");
    Err(Error::refused(message).with_hint("use the newer desk to change it"))
}

impl Writing<'_> {
    /// Writes a technician's file, durably. The caller holds the assignment lock.
    pub(crate) fn write_technician(&self, technician: &Technician) -> Result<()> {
        expect_ours(technician)?;
        let folder = self.technicians()?;
        let name = format!("{}.json", technician.login);
        let temporary = format!("technician-{name}");
        self.write_synced(&temporary, &record::pretty(technician)?, None)?;
        let written = self.temporary.rename(&temporary, &folder, &name);
        if written.is_err() {
            let _ = self.temporary.remove(&temporary);
        }
        written?;
        folder
            .sync_raw()
            .map_err(|errno| Error::not_durable(&folder.path_of(&name), errno.into()))
    }

    /// Removes a technician's file, durably. The caller holds the assignment lock.
    pub(crate) fn remove_technician(&self, technician: &Technician) -> Result<()> {
        expect_ours(technician)?;
        let folder = self.technicians()?;
        folder.remove(&format!("{}.json", technician.login))?;
        // It is the folder that was written.
        folder
            .sync_raw()
            .map_err(|errno| Error::not_durable(folder.path(), errno.into()))
    }

    fn technicians(&self) -> Result<Folder> {
        super::open_or_make(self.root, layout::TECHNICIANS, self.modes, &self.private)
    }
}
