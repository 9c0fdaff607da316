//! Who may do what with the files, and whose they are.
//!
//! The measure is the data directory itself: everything in it is as readable and writable as it is,
//! and of its group. Whose a file is shows who wrote it last, whatever the file says.

use std::collections::HashMap;
use std::sync::Mutex;

use nix::unistd::Uid;

use super::Kind;
use crate::error::Result;
use crate::store::Modes;
use crate::store::folder::{Access, Entry, EntryKind, Folder};
use crate::ticket::Event;
use crate::user::User;

/// What rights are held against.
pub(super) struct Rights {
    pub(super) modes: Modes,
    /// Whether the data directory passes on its group.
    is_shared: bool,
    /// Who owns the data directory.
    owner: u32,
    users: Mutex<Users>,
}

/// The operating system's users, each looked up once.
#[derive(Default)]
struct Users {
    names: HashMap<u32, Option<String>>,
    known: HashMap<String, bool>,
}

/// Whose a ticket's file is.
pub(super) enum Owned {
    /// Whoever's wrote the last event; or nobody can say.
    Well,
    /// Whoever's the data directory is: so are all files, where somebody copied it.
    ByCopier,
    /// Somebody else's, with what is wrong.
    Badly(String),
}

impl Rights {
    /// The rights that a data directory gives.
    pub(super) fn of(root: &Folder) -> Result<Self> {
        let data = root.access()?;
        let owner = root.look(".")?.map_or(0, |entry| entry.owner);
        Ok(Self {
            modes: Modes::like(data),
            is_shared: data.mode & 0o2000 != 0,
            owner,
            users: Mutex::default(),
        })
    }

    /// Whether whoever checks may do all: the data directory is theirs, or they are root.
    pub(super) fn is_ours(&self) -> bool {
        let me = Uid::effective();
        me.is_root() || me.as_raw() == self.owner
    }

    /// What is wrong with the mode and the group of a file or folder.
    pub(super) fn faults(&self, entry: &Entry, wanted: Access) -> Vec<(Kind, String)> {
        let (mode, right) = (entry.access.mode, wanted.mode);
        let is_folder = entry.kind == EntryKind::Folder;
        let (plain, odd) = if is_folder {
            (0o777, 0o5000)
        } else {
            (0o666, 0o7111)
        };
        let mut faults = Vec::new();
        let mut say = |kind, what| {
            let cause = format!("has mode {mode:04o}, {what} {right:04o}");
            faults.push((kind, cause));
        };
        let more = mode & !right & plain;
        if more != 0 {
            let only_holds = more & !0o444 == 0 && wanted == self.modes.lock;
            let kind = match only_holds && !is_folder {
                true => Kind::OpenLock,
                false => Kind::TooOpen,
            };
            say(kind, "which lets others do more than");
        }
        if right & !mode & plain != 0 {
            say(Kind::TooClosed, "which lets others do less than");
        }
        if mode & odd != 0 {
            say(Kind::OddMode, "where nothing has more than");
        }
        // Who made the data directory without the bit does not share it by its group.
        if is_folder && self.is_shared && mode & 0o2000 == 0 {
            say(Kind::NoSetgid, "and does not pass on its group, as does");
        }
        if let (Some(group), Some(wanted_group)) = (entry.access.group, wanted.group)
            && group != wanted_group
            && !wanted.is_of_no_group()
        {
            let cause = format!("has group {group}, where the data directory has {wanted_group}");
            faults.push((Kind::WrongGroup, cause));
        }
        faults
    }

    /// Whether a ticket's file is theirs who wrote its last event.
    pub(super) fn owned(&self, entry: &Entry, last: &Event) -> Owned {
        let writer = last.real.as_deref().unwrap_or(&last.by);
        let Ok(mut users) = self.users.lock() else {
            return Owned::Well;
        };
        let owner = match users.name(entry.owner) {
            Some(name) if name == writer => return Owned::Well,
            Some(name) => name.to_owned(),
            None => format!("uid{}", entry.owner),
        };
        // Users of another machine have no names here: then only numbers can be compared.
        let is_known = users.name(entry.owner).is_some() || users.knows(writer);
        if owner == writer || (!is_known && !is_number(writer)) {
            return Owned::Well;
        }
        // Who copies a data directory, or gets it from a backup or by git, owns all of it.
        if entry.owner == self.owner || entry.owner == 0 {
            return Owned::ByCopier;
        }
        Owned::Badly(format!(
            "belongs to {owner}, but {writer} wrote its last event"
        ))
    }
}

/// Whether somebody is called as who has no name is.
fn is_number(user: &str) -> bool {
    let number = user.strip_prefix("uid");
    number.is_some_and(|number| number.parse::<u32>().is_ok())
}

impl Users {
    fn name(&mut self, uid: u32) -> Option<&str> {
        let name = self.names.entry(uid);
        name.or_insert_with(|| User::of_uid(uid).ok().flatten().map(|user| user.name))
            .as_deref()
    }

    fn knows(&mut self, name: &str) -> bool {
        if let Some(known) = self.known.get(name) {
            return *known;
        }
        let known = matches!(User::of_name(name), Ok(Some(_)));
        self.known.insert(name.to_owned(), known);
        known
    }
}
