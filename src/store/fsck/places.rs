//! Everything that lies in a data directory, by name: what belongs there, what does not, and what
//! was left behind. What lies beside the tickets and technicians is the user's own.

use std::collections::BTreeSet;
use std::io;
use std::path::Path;

use super::rights::Rights;
use super::{Finding, Kind, Mend};
use crate::error::{Error, Result};
use crate::policy::Policy;
use crate::roster::{Login, Technician};
use crate::store::folder::{Access, Entry, EntryKind, Folder, LARGEST_FILE, too_large};
use crate::store::{Store, begun, layout, pending, record};
use crate::ticket::TicketId;

/// Where a ticket's file lies.
pub(super) struct Place {
    /// Which of the folders.
    pub(super) folder: usize,
    pub(super) id: TicketId,
}

/// What was found by looking at names.
pub(super) struct Looked<'a> {
    store: &'a Store,
    rights: &'a Rights,
    pub(super) findings: Vec<Finding>,
}

impl<'a> Looked<'a> {
    pub(super) fn new(store: &'a Store, rights: &'a Rights) -> Self {
        Self {
            store,
            rights,
            findings: Vec::new(),
        }
    }

    fn say(&mut self, path: &Path, kind: Kind, cause: impl Into<String>, repair: Option<Mend>) {
        self.findings.push(Finding {
            path: path.to_owned(),
            cause: cause.into(),
            kind,
            repair,
        });
    }

    /// A folder in another one, if it is there and is one. What stands in its place is left to a
    /// person: behind it all of the tickets may be.
    fn folder(&mut self, parent: &Folder, name: &str) -> Option<Folder> {
        let path = parent.path_of(name);
        let opened = parent.look(name).and_then(|entry| match entry {
            Some(entry) if entry.kind != EntryKind::Folder => {
                self.say(&path, Kind::NotAFolder, entry.kind.not_a("folder"), None);
                Ok(None)
            }
            Some(entry) => {
                self.rights(&path, &entry, self.rights.modes.folder);
                parent.folder(name)
            }
            None => Ok(None),
        });
        opened.unwrap_or_else(|error| {
            self.say(&path, Kind::Unreadable, super::cause(&error), None);
            None
        })
    }

    /// The file of this name, if there is one; something else there is a fault.
    fn file(&mut self, folder: &Folder, name: &str) -> Option<Entry> {
        let (kind, cause, repair) = match folder.look(name) {
            Ok(Some(entry)) if entry.kind == EntryKind::File => return Some(entry),
            Ok(Some(entry)) => (Kind::NotAFile, entry.kind.not_a("file"), Some(Mend::Aside)),
            Ok(None) => return None,
            Err(error) => (Kind::Unreadable, super::cause(&error), None),
        };
        self.say(&folder.path_of(name), kind, cause, repair);
        None
    }

    /// Looks at the mode of what lies there.
    fn rights(&mut self, path: &Path, entry: &Entry, wanted: Access) {
        for (kind, cause) in self.rights.faults(entry, wanted) {
            self.say(path, kind, cause, Some(Mend::Access));
        }
    }

    /// A file of which only that it is one matters, and its mode.
    fn plain(&mut self, folder: &Folder, name: &str, wanted: Access) {
        if let Some(entry) = self.file(folder, name) {
            self.rights(&folder.path_of(name), &entry, wanted);
        }
    }

    fn names(&mut self, folder: &Folder) -> Vec<String> {
        let mut names = folder.names().unwrap_or_else(|error| {
            let cause = super::cause(&error);
            self.say(folder.path(), Kind::Unreadable, cause, None);
            Vec::new()
        });
        names.sort_unstable();
        names
    }

    /// The settings: made by the user, and therefore of any mode.
    pub(super) fn settings(&mut self) {
        let parsed = self.store.settings().and_then(|text| match text {
            Some(text) => Policy::parse(&text).map(drop),
            None => Ok(()),
        });
        if let Err(error) = parsed {
            let path = self.store.path().join(layout::SETTINGS);
            self.say(&path, Kind::NotSettings, super::cause(&error), None);
        }
    }

    /// The tickets' folders, and what lies in them under a ticket's name, by number.
    pub(super) fn tickets(&mut self, root: &Folder) -> (Vec<Folder>, Vec<Place>) {
        let (mut folders, mut places) = (Vec::new(), Vec::new());
        let Some(tickets) = self.folder(root, layout::TICKETS) else {
            return (folders, places);
        };
        let mut numbered = Vec::new();
        for name in self.names(&tickets) {
            match layout::parse_folder(&name) {
                Some(number) => numbered.push((number, name)),
                None => {
                    let cause = "is not the name of a folder of tickets";
                    let path = tickets.path_of(&name);
                    self.say(&path, Kind::Foreign, cause, Some(Mend::Aside));
                }
            }
        }
        numbered.sort_unstable();
        for (number, name) in numbered {
            if let Some(folder) = self.folder(&tickets, &name) {
                let mut ids = self.ids(&folder, number);
                ids.sort_unstable();
                let folder_index = folders.len();
                places.extend(ids.into_iter().map(|id| Place {
                    folder: folder_index,
                    id,
                }));
                folders.push(folder);
            }
        }
        (folders, places)
    }

    fn ids(&mut self, folder: &Folder, number: u64) -> Vec<TicketId> {
        let mut ids = Vec::new();
        for name in self.names(folder) {
            let (kind, cause, repair) = match layout::parse_file(&name) {
                Some(id) if layout::folder_of(id) == number => {
                    ids.push(id);
                    continue;
                }
                Some(_) => (Kind::WrongFolder, "is in the wrong folder", Mend::Home),
                None => (
                    Kind::Foreign,
                    "is not the name of a ticket's file",
                    Mend::Aside,
                ),
            };
            self.say(&folder.path_of(&name), kind, cause, Some(repair));
        }
        ids
    }

    /// The technicians; gives how many could be read.
    pub(super) fn technicians(&mut self, root: &Folder) -> usize {
        let Some(folder) = self.folder(root, layout::TECHNICIANS) else {
            return 0;
        };
        let mut read = 0;
        for name in self.names(&folder) {
            let stem = name.strip_suffix(".json");
            let Some(login) = stem.and_then(|stem| stem.parse::<Login>().ok()) else {
                let cause = "is not the name of a technician's file";
                let path = folder.path_of(&name);
                self.say(&path, Kind::Foreign, cause, Some(Mend::Aside));
                continue;
            };
            let Some(entry) = self.file(&folder, &name) else {
                continue;
            };
            let path = folder.path_of(&name);
            match technician(&folder, &name, &entry, &login) {
                Ok(found) => {
                    read += usize::from(found);
                    self.rights(&path, &entry, self.rights.modes.file);
                }
                Err((kind, cause, repair)) => self.say(&path, kind, cause, repair),
            }
        }
        read
    }

    /// What is desk's own.
    pub(super) fn private(&mut self, root: &Folder) {
        let being_made = format!("{}.", layout::PRIVATE);
        for name in self.names(root) {
            if name.starts_with(&being_made) && name.ends_with(".new") {
                self.leftover(&root.path_of(&name));
            }
        }
        let Some(private) = self.folder(root, layout::PRIVATE) else {
            return;
        };
        let modes = self.rights.modes;
        let listed = self.lists(&private);
        for name in self.names(&private) {
            let path = private.path_of(&name);
            match name.as_str() {
                layout::LOCKS => self.locks(&private),
                layout::TEMPORARY => self.temporaries(&private, &listed),
                layout::COMMIT => {}
                layout::QUARANTINE => self.quarantine(&private),
                layout::JOURNAL => self.plain(&private, &name, modes.file),
                layout::NUMBER => self.plain(&private, &name, modes.lock),
                name if name.ends_with(".new") => self.leftover(&path),
                // Whoever keeps an index looks after it.
                name if name.starts_with("index") => {}
                _ => {
                    let cause = "is nothing that desk keeps here";
                    self.say(&path, Kind::Foreign, cause, Some(Mend::Aside));
                }
            }
        }
    }

    fn locks(&mut self, private: &Folder) {
        let Some(locks) = self.folder(private, layout::LOCKS) else {
            return;
        };
        for name in self.names(&locks) {
            if name.ends_with(".new") {
                self.leftover(&locks.path_of(&name));
            } else {
                self.plain(&locks, &name, self.rights.modes.lock);
            }
        }
    }

    /// The lists of what dead processes committed to; gives the temporaries that stand in them.
    fn lists(&mut self, private: &Folder) -> BTreeSet<String> {
        let mut listed = BTreeSet::new();
        let Some(lists) = self.folder(private, layout::COMMIT) else {
            return listed;
        };
        let Ok(Some(tickets)) = self.store.tickets() else {
            return listed;
        };
        for name in self.names(&lists) {
            match pending::listed(private, &tickets, &name) {
                Ok(temporaries) => listed.extend(temporaries),
                Err(Error::Damaged { path, cause }) => {
                    self.say(&path, Kind::Foreign, cause, Some(Mend::Aside));
                }
                Err(error) => {
                    let cause = super::cause(&error);
                    self.say(&lists.path_of(&name), Kind::Unreadable, cause, None);
                }
            }
        }
        listed
    }

    fn temporaries(&mut self, private: &Folder, listed: &BTreeSet<String>) {
        let Some(temporary) = self.folder(private, layout::TEMPORARY) else {
            return;
        };
        for name in self.names(&temporary) {
            let is_ours = begun::builder(&name).is_some() || self.file(&temporary, &name).is_some();
            if is_ours && !listed.contains(&name) {
                self.leftover(&temporary.path_of(&name));
            }
        }
    }

    fn leftover(&mut self, path: &Path) {
        let cause = "left behind by a process that was killed; harmless";
        self.say(path, Kind::Leftover, cause, Some(Mend::Remove));
    }

    fn quarantine(&mut self, private: &Folder) {
        let Some(quarantine) = self.folder(private, layout::QUARANTINE) else {
            return;
        };
        for name in self.names(&quarantine) {
            let cause = "was set aside: put it back when it is mended, or remove it";
            self.say(&quarantine.path_of(&name), Kind::SetAside, cause, None);
        }
    }

    /// The counter of numbers, which is looked at last: it is never behind what was read before.
    pub(super) fn counter(&mut self) {
        let error = match self.store.lost_counter() {
            Ok(None) => return,
            Ok(Some((path, lost))) => {
                return self.say(&path, Kind::Counter, lost, Some(Mend::Count));
            }
            Err(error) => error,
        };
        let counter = self.store.path().join(layout::PRIVATE).join(layout::NUMBER);
        let path = super::place(&error).unwrap_or(&counter);
        // What was looked at before, and could not be then, is told.
        let hides = [Kind::Unreadable, Kind::NotAFolder, Kind::NotAFile];
        let mut of_it = self.findings.iter().filter(|found| found.path == path);
        let is_told = of_it.any(|found| hides.contains(&found.kind));
        // Who may only read the tickets may not read the counter.
        let is_meant = path == counter && is_forbidden(&error) && !self.rights.is_ours();
        if !is_told && !is_meant {
            self.say(path, Kind::Unreadable, super::cause(&error), None);
        }
    }
}

fn is_forbidden(error: &Error) -> bool {
    let forbidden = io::ErrorKind::PermissionDenied;
    matches!(error, Error::Io { source, .. } if source.kind() == forbidden)
}

/// Whether there is such a technician; what is wrong with the file is an error.
fn technician(
    folder: &Folder,
    name: &str,
    entry: &Entry,
    login: &Login,
) -> Result<bool, super::Found> {
    if entry.size > LARGEST_FILE {
        return Err((Kind::TooLarge, too_large(entry.size), Some(Mend::Aside)));
    }
    let bytes = match folder.read(name) {
        Ok(Some(bytes)) => bytes,
        Ok(None) => return Ok(false),
        Err(error) => return Err((Kind::Unreadable, super::cause(&error), None)),
    };
    let technician: Technician = record::text(&bytes)
        .and_then(|text| record::read(text, Kind::NotATechnician, |_| None))
        .map_err(|broken| (broken.kind, broken.cause, Some(Mend::Aside)))?;
    if technician.login != *login {
        let cause = format!("says that it is technician {}", technician.login);
        return Err((Kind::WrongId, cause, Some(Mend::Aside)));
    }
    Ok(true)
}
