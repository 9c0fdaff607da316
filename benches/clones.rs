//! Large stores, made in minutes: many help desks under one roof, each with the tickets of one that is
//! small and was made by `desk` itself.
//!
//! A ticket of a large store has the text of a ticket of the small one, with another number and other
//! technicians, moved in time, and with the digest of its events as they are then; and `fsck` finds
//! nothing to say.
//!
//! The technicians of the first desk have about as many tickets in every store, spread over all of it.
//! Those of the others have more in the largest, which has no more technicians than one of
//! [`BUSIEST`]: so a month has not only as many events in both, but a report on it as many rows.

use std::fs::{self, OpenOptions, Permissions};
use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use desk::ticket::{Digest, Ticket, TicketId, Timestamp};

use crate::Result;
use crate::store::Store;
use crate::tickets::{AHEAD, BEFORE, LATE, NOW, SPAN};
use crate::words::{RARE, TECHNICIANS};

/// So many tickets has a help desk: of them a technician of the first tier has about 100 open.
const BASE: u64 = 5_000;

/// So many tickets are opened in [`SPAN`]. A store of more of them goes further back.
const BUSIEST: u64 = 100_000;

/// So many of the help desks have the rare word in one ticket each, and tickets that are late, however many
/// there are.
const RARE_DESKS: u64 = 2;

/// Ten thousand a folder, as the store has them.
const PER_FOLDER: u64 = 10_000;

/// A store of so many tickets, with its index; made, if it was not made before.
pub(crate) fn made(tickets: u64) -> Result<Store> {
    let store = Store::kept(&format!("{tickets}-in-desks"), |part| {
        Clones::new(tickets)?.write(part)
    })?;
    // It makes the index, if it is not there.
    let made = store.desk(["list", "-l", "1"]).output()?;
    match made.status.success() {
        true => Ok(store),
        false => Err(String::from_utf8_lossy(&made.stderr).into()),
    }
}

struct Clones {
    tickets: u64,
    desks: u64,
    /// The texts of the small store's files.
    base: Vec<String>,
    /// And of its technicians' files.
    technicians: Vec<(&'static str, String)>,
}

impl Clones {
    fn new(tickets: u64) -> Result<Self> {
        let store = Store::made(BASE)?;
        let read = |id| {
            let text = fs::read_to_string(store.path(&crate::stage::file(id)))?;
            match text.contains('\\') {
                true => Err("a ticket of the small store has an escape in it".into()),
                false => Ok(text),
            }
        };
        let technician = |login: &&'static str| {
            let path = store.path(&format!("technicians/{login}.json"));
            Ok((*login, fs::read_to_string(path)?))
        };
        Ok(Self {
            tickets,
            desks: tickets.div_ceil(BASE),
            base: (1..=BASE).map(read).collect::<Result<_>>()?,
            technicians: logins().map(technician).collect::<Result<_>>()?,
        })
    }

    fn write(&self, store: &Store) -> Result<()> {
        make_folder(&store.path(""))?;
        make_folder(&store.path("technicians"))?;
        for (login, text) in &self.technicians {
            for desk in 0..self.desks.min(STAFFED) {
                let name = name(login, desk);
                let text = text.replace(&format!("\"{login}\""), &format!("\"{name}\""));
                write_file(&store.path(&format!("technicians/{name}.json")), &text)?;
            }
        }
        make_folder(&store.path("tickets"))?;
        let next = AtomicU64::new(0);
        let work = || -> Result<(), String> {
            loop {
                let folder = next.fetch_add(1, Ordering::Relaxed);
                if folder * PER_FOLDER > self.tickets {
                    return Ok(());
                }
                let done = self.write_folder(store, folder);
                done.map_err(|error| format!("folder {folder}: {error}"))?;
            }
        };
        let threads = thread::available_parallelism()?.get();
        thread::scope(|scope| {
            let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
            workers.into_iter().try_for_each(|worker| {
                worker.join().map_err(|_| "a thread panicked")??;
                Ok(())
            })
        })
    }

    fn write_folder(&self, store: &Store, folder: u64) -> Result<()> {
        make_folder(&store.path(&format!("tickets/{folder:04}")))?;
        let first = folder * PER_FOLDER;
        for id in first.max(1)..=(first + PER_FOLDER - 1).min(self.tickets) {
            write_file(&store.path(&crate::stage::file(id)), &self.text(id)?)?;
        }
        Ok(())
    }

    /// The text of a ticket's file. Neighbours are of different help desks.
    fn text(&self, id: u64) -> Result<String> {
        let desk = (id - 1) % self.desks;
        let base = usize::try_from((id - 1) / self.desks)?;
        let text = self.base.get(base).ok_or("there is no such ticket")?;
        let original: Ticket = serde_json::from_str(text)?;
        let back = self.back(original.opened, desk)?;

        let mut moved = String::with_capacity(text.len() + 64);
        for (n, part) in text.split('"').enumerate() {
            if n > 0 {
                moved.push('"');
            }
            // Every other part is a string.
            match n % 2 {
                0 => moved.push_str(part),
                _ => moved.push_str(&word(part, desk, back)),
            }
        }
        let number = |id: &str| format!("\"id\": {id},");
        let moved = moved.replacen(
            &number(&original.id.to_string()),
            &number(&id.to_string()),
            1,
        );
        let ticket: Ticket = serde_json::from_str(&moved)?;
        let id = TicketId::new(id).ok_or("0 is no ticket")?;
        let digest = |digest: Digest| format!("\"digest\": \"{digest}\"");
        let old = original.digest.ok_or("a ticket has no digest")?;
        let new = Digest::of_all(id, &ticket.events);
        Ok(moved.replacen(&digest(old), &digest(new), 1))
    }

    /// By how much the ticket is older than that which was opened then in the small store.
    fn back(&self, opened: Timestamp, desk: u64) -> Result<i64> {
        let now: Timestamp = NOW.parse()?;
        let stretched = i64::try_from(self.tickets.div_ceil(BUSIEST))?;
        let between = SPAN.cast_signed() * stretched / i64::try_from(BASE * self.desks)?;
        Ok((now.unix() - opened.unix()) * (stretched - 1)
            + between * i64::try_from(self.desks - desk)?)
    }
}

/// A string of a ticket of another help desk.
fn word(word: &str, desk: u64, back: i64) -> String {
    if let LATE | AHEAD = word {
        let is_late = word == LATE && desk < RARE_DESKS;
        return if is_late { LATE } else { AHEAD }.to_owned();
    }
    if let Some(number) = word.strip_prefix(BEFORE) {
        return format!("{BEFORE}{desk}{number}");
    }
    if let Ok(at) = word.parse::<Timestamp>() {
        return at.plus(-back).to_string();
    }
    if logins().any(|login| *login == word) {
        return name(word, desk);
    }
    let word = word.replace("PC-", &format!("PC{desk}-"));
    match desk < RARE_DESKS {
        true => word,
        false => word.replace(RARE, "igjen"),
    }
}

fn logins() -> impl Iterator<Item = &'static &'static str> {
    TECHNICIANS.iter().flatten()
}

/// So many help desks have technicians of their own. All that come after them share those of all
/// but the first.
const STAFFED: u64 = BUSIEST / BASE;

/// The login of a technician in another help desk.
fn name(login: &str, desk: u64) -> String {
    match desk {
        0 => login.to_owned(),
        desk => format!("{login}.{}", 1 + (desk - 1) % (STAFFED - 1)),
    }
}

fn make_folder(path: &Path) -> Result<()> {
    fs::create_dir_all(path)?;
    fs::set_permissions(path, Permissions::from_mode(0o2750))?;
    Ok(())
}

/// Writes a ticket's file, with the mode that it has.
pub(crate) fn write_file(path: &Path, text: &str) -> Result<()> {
    let mut options = OpenOptions::new();
    let mut file = options
        .write(true)
        .create_new(true)
        .mode(0o640)
        .open(path)?;
    file.write_all(text.as_bytes())?;
    Ok(())
}
