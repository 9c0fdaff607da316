//! Taskwarrior, with as many tasks as desk has tickets: what people know who work in a shell.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use desk::ticket::Timestamp;

use crate::reader::{files, parse};
use crate::store::Store;
use crate::words::RARE;
use crate::{Result, SCRATCH};

const TASK: &str = "/usr/bin/task";

/// Its data, in the form of version 2.6.
pub(crate) struct Taskwarrior {
    folder: PathBuf,
    /// So many tasks are pending; their numbers begin at 1.
    pending: u64,
}

/// Both programs' words for the same.
pub(crate) const DEEDS: [Deed; 5] = [
    Deed {
        name: "create",
        desk: &["open", "Máy in kẹt giấy"],
        task: &["add", "project:minh", "Máy in kẹt giấy"],
        writes: true,
    },
    Deed {
        name: "show",
        desk: &["show", "TICKET"],
        task: &["TASK", "information"],
        writes: false,
    },
    Deed {
        name: "list",
        desk: &["list", "assignee:minh is:open"],
        task: &["project.is:minh", "list"],
        writes: false,
    },
    Deed {
        name: "search",
        desk: &["search", RARE],
        task: &["/quetzal/", "all"],
        writes: false,
    },
    Deed {
        name: "annotate",
        desk: &["note", "TICKET", "-m", "Chờ linh kiện."],
        task: &["TASK", "annotate", "Chờ linh kiện."],
        writes: true,
    },
];

/// The same deed, done by each.
pub(crate) struct Deed {
    pub(crate) name: &'static str,
    pub(crate) desk: &'static [&'static str],
    task: &'static [&'static str],
    /// Whether it changes something.
    pub(crate) writes: bool,
}

impl Taskwarrior {
    /// Makes the tasks of a store's tickets; `None` if there is no Taskwarrior.
    pub(crate) fn new(store: &Store) -> Result<Option<Self>> {
        if !Path::new(TASK).exists() {
            println!("no {TASK}: desk is not timed against Taskwarrior");
            return Ok(None);
        }
        let folder = Path::new(SCRATCH).join("taskwarrior");
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        fs::create_dir(&folder)?;
        let settings = format!("data.location={}\nconfirmation=off\n", folder.display());
        fs::write(folder.join("taskrc"), settings)?;
        let create =
            |name| Ok::<_, std::io::Error>(BufWriter::new(File::create(folder.join(name))?));
        let (mut open, mut done) = (create("pending.data")?, create("completed.data")?);
        let mut pending = 0;
        for file in files(&store.path("tickets"))? {
            let ticket = parse(&file)?;
            let seconds = |at: &str| Ok::<_, String>(at.parse::<Timestamp>()?.unix());
            let mut line = String::from("[");
            for event in &ticket.events {
                if let Some(message) = &event.message {
                    let at = seconds(&event.at)?;
                    line.push_str(&format!("annotation_{at}:\"{message}\" "));
                }
            }
            let description = format!(
                "{} {}",
                ticket.subject,
                ticket.description.as_deref().unwrap_or_default()
            );
            line.push_str(&format!("description:\"{description}\" "));
            let ended = ticket.solved.as_deref().map(seconds).transpose()?;
            if let Some(ended) = ended {
                line.push_str(&format!("end:\"{ended}\" "));
            }
            let status = if ended.is_some() {
                "completed"
            } else {
                "pending"
            };
            line.push_str(&format!(
                "entry:\"{}\" modified:\"{}\" project:\"{}\" status:\"{status}\" \
                 uuid:\"00000000-0000-4000-8000-{:012}\"]",
                seconds(&ticket.opened)?,
                seconds(&ticket.updated)?,
                ticket.assignee.as_deref().unwrap_or_default(),
                ticket.id,
            ));
            match ended {
                Some(_) => writeln!(done, "{line}")?,
                None => {
                    pending += 1;
                    writeln!(open, "{line}")?;
                }
            }
        }
        open.flush()?;
        done.flush()?;
        Ok(Some(Self { folder, pending }))
    }

    /// The call that does a deed.
    pub(crate) fn does(&self, deed: &Deed, turn: u64) -> Command {
        let mut command = Command::new(TASK);
        let task = (1 + turn * 97 % self.pending).to_string();
        command
            .args(deed.task.iter().map(|&word| match word {
                "TASK" => task.as_str(),
                word => word,
            }))
            .env_clear()
            .env("TASKRC", self.folder.join("taskrc"))
            .env("HOME", &self.folder)
            .env("LC_ALL", "C.UTF-8")
            .stderr(std::process::Stdio::null());
        command
    }
}

impl Drop for Taskwarrior {
    fn drop(&mut self) {
        // What is left behind lies under the target folder, and the next run removes it.
        let _ = fs::remove_dir_all(&self.folder);
    }
}
