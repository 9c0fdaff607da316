//! Stores of tickets: made once, kept under the target folder, and copied for what writes.

use std::fs;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::tickets::{self, NOW, SEED, STORY};
use crate::words::TECHNICIANS;
use crate::{DESK, Result, SCRATCH};

/// A data directory.
pub(crate) struct Store(PathBuf);

impl Store {
    /// A store of so many tickets; made, if it was not made before.
    pub(crate) fn made(tickets: u64) -> Result<Self> {
        Self::kept(&tickets.to_string(), |part| part.make(tickets))
    }

    /// The store of a name; `make` makes it, if it was not made before.
    pub(crate) fn kept(name: &str, make: impl Fn(&Self) -> Result<()>) -> Result<Self> {
        let format = desk::ticket::FORMAT;
        let name = format!("stores/{name}-seed-{SEED:x}-story-{STORY}-format-{format}");
        let kept = Path::new(SCRATCH).join(name);
        if !kept.exists() {
            let part = Self(kept.with_extension("part"));
            eprintln!("making {}", kept.display());
            part.remove()?;
            make(&part)?;
            // Only what is whole gets the name by which it is found again.
            fs::rename(&part.0, &kept)?;
        }
        Ok(Self(kept))
    }

    /// One that lies there, or will.
    pub(crate) fn new(path: PathBuf) -> Self {
        Self(path)
    }

    /// One that holds nothing yet, for one run.
    pub(crate) fn at(name: &str) -> Result<Self> {
        let empty = Self(Path::new(SCRATCH).join(name));
        empty.remove()?;
        Ok(empty)
    }

    fn make(&self, tickets: u64) -> Result<()> {
        for (tier, logins) in (1..).zip(TECHNICIANS) {
            for login in logins {
                let mut add = self.desk(["-q", "tech", "add", login, "--tier", &format!("{tier}")]);
                succeed(add.stdout(Stdio::null()).status()?)?;
            }
        }
        let mut batch = self.desk(["-q", "batch"]);
        batch.stdin(Stdio::piped()).stdout(Stdio::null());
        // It warns, rightly, that the technicians have too much to do.
        batch.stderr(Stdio::null());
        let mut batch = batch.spawn()?;
        if let Some(input) = batch.stdin.take() {
            tickets::write(tickets, &mut BufWriter::new(input))?;
        }
        succeed(batch.wait()?)
    }

    /// A copy that may be written in. Tickets are links, since desk replaces a ticket's file and
    /// never writes in it; what is private to desk is copied.
    pub(crate) fn copy(&self, name: &str) -> Result<Self> {
        let copy = Self::at(name)?;
        copy_folder(&self.0, &copy.0, false)?;
        Ok(copy)
    }

    /// Removes it, if it is there.
    pub(crate) fn remove(&self) -> Result<()> {
        if self.0.exists() {
            fs::remove_dir_all(&self.0)?;
        }
        Ok(())
    }

    /// A path in it.
    pub(crate) fn path(&self, inside: &str) -> PathBuf {
        self.0.join(inside)
    }

    /// A run of desk on it, with a small environment that is the same everywhere.
    pub(crate) fn desk<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Command {
        let mut command = Command::new(DESK);
        command
            .args(arguments)
            .env_clear()
            .env("DESK_DATA_DIR", &self.0)
            .env("DESK_NOW", NOW)
            .env("HOME", SCRATCH)
            .env("PATH", "/usr/bin:/bin");
        command
    }
}

fn succeed(status: std::process::ExitStatus) -> Result<()> {
    match status.success() {
        true => Ok(()),
        false => Err(format!("the store could not be made: {status}").into()),
    }
}

fn copy_folder(from: &Path, to: &Path, link: bool) -> Result<()> {
    fs::create_dir(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            let link = link || entry.file_name() == "tickets";
            copy_folder(&entry.path(), &target, link)?;
        } else if link {
            fs::hard_link(entry.path(), target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
