//! Where cases are run: a store to read, and copies of it to write in.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::Result;
use crate::bare::Bare;
use crate::cases::{Against, Case, TICKET};
use crate::race::{Race, race};
use crate::reader;
use crate::store::Store;

/// The stores and baselines that cases are run with.
pub(crate) struct Stage<'a> {
    bare: &'a Bare,
    store: &'a Store,
    tickets: u64,
    /// Where desk writes, and where the bare program does.
    copies: [Store; 2],
    /// How many bytes a ticket has that `open` has just made.
    new_bytes: u64,
}

impl<'a> Stage<'a> {
    pub(crate) fn new(bare: &'a Bare, store: &'a Store, tickets: u64) -> Result<Self> {
        let copies = [store.copy("copy")?, store.copy("bare-copy")?];
        let opened = copies[0].desk(["open", "Máy in kẹt giấy"]).output()?;
        let opened: u64 = String::from_utf8(opened.stdout)?.trim().parse()?;
        Ok(Self {
            new_bytes: fs::metadata(copies[0].path(&file(opened)))?.len(),
            bare,
            store,
            tickets,
            copies,
        })
    }

    /// Times a case.
    pub(crate) fn time(&self, case: &Case) -> Result<Race> {
        let turns = |round| round * case.at_once..(round + 1) * case.at_once;
        race(
            |round| turns(round).map(|turn| self.baseline(case, turn)).collect(),
            |round| turns(round).map(|turn| self.desk(case, turn)).collect(),
        )
    }

    fn desk(&self, case: &Case, turn: u64) -> Result<Command> {
        let store = match case.against {
            Against::Nothing | Against::Reading => self.store,
            Against::NewFile | Against::Replacement => &self.copies[0],
        };
        let ticket = self.ticket(turn).to_string();
        let arguments = case.arguments.iter().map(|&word| match word {
            TICKET => ticket.as_str(),
            word => word,
        });
        Ok(store.desk(arguments))
    }

    fn baseline(&self, case: &Case, turn: u64) -> Result<Command> {
        let (ticket, bytes) = match case.against {
            Against::Nothing => return Ok(Command::new(&self.bare.empty)),
            Against::Reading => return reader::command(&self.store.path("tickets")),
            // One ticket was opened before.
            Against::NewFile => (self.tickets + 2 + turn, self.new_bytes),
            Against::Replacement => {
                let ticket = self.ticket(turn);
                let size = fs::metadata(self.copies[0].path(&file(ticket)))?.len();
                (ticket, size)
            }
        };
        let path = self.copies[1].path(&file(ticket));
        let (folder, name) = (path.parent(), path.file_name());
        let (Some(folder), Some(name)) = (folder, name) else {
            return Err("a ticket's file has no folder".into());
        };
        fs::create_dir_all(folder)?;
        let temporary: PathBuf = self.copies[1].path(&format!(".desk/tmp/bare-{turn}"));
        let mut durable = Command::new(&self.bare.durable);
        durable.arg(temporary).arg(folder).arg(name);
        durable.arg(bytes.to_string());
        Ok(durable)
    }

    fn ticket(&self, turn: u64) -> u64 {
        turns_ticket(turn, self.tickets)
    }
}

impl Drop for Stage<'_> {
    fn drop(&mut self) {
        for copy in &self.copies {
            // What is left behind lies under the target folder, and the next run removes it.
            let _ = copy.remove();
        }
    }
}

/// A ticket that is there: far from that of the turn before, so that no cache helps.
pub(crate) fn turns_ticket(turn: u64, tickets: u64) -> u64 {
    1 + turn * 7_919 % tickets
}

/// The file of a ticket, in a data directory.
pub(crate) fn file(ticket: u64) -> String {
    format!("tickets/{:04}/{ticket}.json", ticket / 10_000)
}
