//! What is written into a store that is kept is taken back, so that the next run finds the same.

use std::fs;
use std::path::PathBuf;

use crate::clones::write_file;
use crate::race::MOST;
use crate::stage::{file, turns_ticket};
use crate::store::Store;
use crate::{Result, SCRATCH};

/// Holds the files of a store's tickets as they were, and puts them back in the end.
pub(crate) struct Undo<'a> {
    store: &'a Store,
    tickets: u64,
    aside: PathBuf,
}

impl<'a> Undo<'a> {
    /// Sets aside every ticket that a race takes a turn on; and first puts back what a run that was
    /// ended has set aside.
    pub(crate) fn of(store: &'a Store, tickets: u64) -> Result<Self> {
        let aside = PathBuf::from(SCRATCH).join(format!("aside-{tickets}"));
        let undo = Self {
            store,
            tickets,
            aside,
        };
        undo.put_back()?;
        fs::create_dir(&undo.aside)?;
        for ticket in (0..MOST).map(|turn| turns_ticket(turn, tickets)) {
            let link = undo.aside.join(ticket.to_string());
            if !link.exists() {
                fs::hard_link(store.path(&file(ticket)), link)?;
            }
        }
        Ok(undo)
    }

    fn put_back(&self) -> Result<()> {
        if self.aside.exists() {
            for entry in fs::read_dir(&self.aside)? {
                let entry = entry?;
                let ticket = entry.file_name().to_string_lossy().parse()?;
                fs::rename(entry.path(), self.store.path(&file(ticket)))?;
            }
            // Where nothing was written, both names are still there.
            fs::remove_dir_all(&self.aside)?;
        }
        for entry in fs::read_dir(self.store.path("tickets"))? {
            let folder = entry?;
            let number: u64 = folder.file_name().to_string_lossy().parse()?;
            if number < self.tickets / 10_000 {
                continue;
            }
            for entry in fs::read_dir(folder.path())? {
                let path = entry?.path();
                let ticket = path.file_stem().and_then(|stem| stem.to_str());
                let ticket: u64 = ticket.unwrap_or_default().parse()?;
                if ticket > self.tickets {
                    fs::remove_file(path)?;
                }
            }
        }
        // So that the next one to ask does not have to look for what was changed.
        self.store.desk(["list", "-l", "1"]).output()?;
        Ok(())
    }
}

impl Drop for Undo<'_> {
    fn drop(&mut self) {
        if let Err(error) = self.put_back() {
            eprintln!("{}: {error}", self.aside.display());
        }
    }
}

/// Changes every tenth ticket's file behind desk's back, as `git checkout` or an editor would.
pub(crate) struct Foreign<'a> {
    store: &'a Store,
    originals: Vec<(u64, String)>,
}

/// Every so many-th ticket's file is changed.
pub(crate) const STEP: u64 = 10;

impl<'a> Foreign<'a> {
    pub(crate) fn on(store: &'a Store, tickets: u64) -> Result<Self> {
        let all = (STEP..=tickets).step_by(usize::try_from(STEP)?);
        let read = |ticket| Ok((ticket, fs::read_to_string(store.path(&file(ticket)))?));
        Ok(Self {
            store,
            originals: all.map(read).collect::<Result<_>>()?,
        })
    }

    /// Replaces each file by one that says something else, in turn.
    pub(crate) fn change(&self, round: u64) -> Result<()> {
        let subject = format!("\"subject\": \"Round {round}: ");
        self.replace(|text| text.replacen("\"subject\": \"", &subject, 1))
    }

    fn replace(&self, text: impl Fn(&str) -> String) -> Result<()> {
        let aside = PathBuf::from(SCRATCH).join("foreign.json");
        if aside.exists() {
            fs::remove_file(&aside)?;
        }
        for (ticket, original) in &self.originals {
            write_file(&aside, &text(original))?;
            fs::rename(&aside, self.store.path(&file(*ticket)))?;
        }
        Ok(())
    }
}

impl Drop for Foreign<'_> {
    fn drop(&mut self) {
        if let Err(error) = self.replace(str::to_owned) {
            eprintln!("the foreign changes stay: {error}");
        }
    }
}
