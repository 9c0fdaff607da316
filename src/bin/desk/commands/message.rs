//! The text that a verb is given: on the command line, in a file, or in the editor.

mod editor;

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use clap::Args;
use desk::{Error, Result};

use crate::context::Context;
use crate::exit;

/// Where a text comes from.
#[derive(Args, Debug, Default)]
pub(crate) struct Message {
    /// The text; given more than once, its paragraphs
    #[arg(
        short,
        long,
        value_name = "TEXT",
        conflicts_with = "file",
        allow_hyphen_values = true
    )]
    message: Vec<String>,
    /// Read the text from a file; `-` is standard input
    #[arg(short = 'F', long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// Write the text in the editor ($VISUAL, $EDITOR)
    #[arg(short, long)]
    edit: bool,
}

/// A text; one from the editor stays on disk until it is in the ticket, so that a refusal does not
/// lose it.
#[derive(Debug, Default)]
pub(crate) struct Text {
    pub(crate) text: Option<String>,
    /// Whether standard input is used up.
    pub(crate) from_stdin: bool,
    kept: Option<PathBuf>,
}

/// What stands below this line in the editor is not part of the text.
const SCISSORS: &str = "# ------------------------ >8 ------------------------";

impl Message {
    /// The text, if one was given; `what` is what the editor says it is about.
    pub(crate) fn optional(&self, what: &str, context: &Context) -> Result<Text> {
        let given = match (&self.file, self.message.is_empty()) {
            (Some(file), _) => Some(read(file)?),
            (None, false) => Some(self.message.join("\n\n")),
            (None, true) => None,
        };
        if self.edit {
            return edited(given.as_deref().unwrap_or_default(), what, context);
        }
        Ok(Text {
            text: given,
            from_stdin: self.file.as_deref() == Some(Path::new("-")),
            kept: None,
        })
    }

    /// The same, but where none was given and somebody sits there, the editor opens.
    pub(crate) fn required(&self, what: &str, context: &Context) -> Result<Text> {
        let text = self.optional(what, context)?;
        if text.text.is_none() && !self.edit && context.is_interactive() {
            return edited("", what, context);
        }
        Ok(text)
    }
}

impl Text {
    /// Whether the text is in the tickets: then no copy of it is needed any more.
    pub(crate) fn settle(self, done: bool) {
        match self.kept {
            Some(path) if done => {
                let _ = fs::remove_file(path);
            }
            Some(path) => exit::talk(&format!("the text was kept in {}", path.display())),
            None => {}
        }
    }
}

/// The longest text that is read: a ticket holds no more, and `/dev/zero` has no end.
const LONGEST: usize = 8 * 1024 * 1024;

fn read(file: &Path) -> Result<String> {
    let (name, input): (&Path, Box<dyn Read>) = if file == Path::new("-") {
        (Path::new("standard input"), Box::new(std::io::stdin()))
    } else {
        let opened = fs::File::open(file).map_err(Error::io("read", file))?;
        (file, Box::new(opened))
    };
    let mut bytes = Vec::new();
    let read = input.take(LONGEST as u64 + 1).read_to_end(&mut bytes);
    read.map_err(Error::io("read", name))?;
    if bytes.len() > LONGEST {
        let message = format!(
            "{}: longer than 8 MiB, which is all that a ticket holds",
            name.display()
        );
        return Err(Error::refused(message).with_hint("keep large files elsewhere, and note where"));
    }
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        Error::usage(format!("{}: not UTF-8 at byte {at}", name.display()))
    })
}

fn edited(begin: &str, what: &str, context: &Context) -> Result<Text> {
    let argv = context.editor()?;
    let name = format!("desk-{}-{}.txt", std::process::id(), context.now()?.unix());
    let path = context.temporary_dir().join(name);
    let template = format!(
        "{begin}\n{SCISSORS}\n# {what}\n# What stands below the scissors is left out; an empty text does nothing.\n"
    );
    write_new(&path, &template)?;
    editor::edit(&argv, &path)?;
    let text = read(&path)?;
    let text = text.split(SCISSORS).next().unwrap_or_default().trim();
    if text.is_empty() {
        let _ = fs::remove_file(&path);
        return Ok(Text::default());
    }
    Ok(Text {
        text: Some(text.to_owned()),
        kept: Some(path),
        ..Text::default()
    })
}

/// Makes a file that only its owner reads, and that was not there before.
fn write_new(path: &Path, text: &str) -> Result<()> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(Error::io("write", path))
}
