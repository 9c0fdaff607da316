//! What becomes of a report: it is shown, or kept in a file (`--output`).

use std::ffi::OsString;
use std::io::Write;
use std::path::{Component, Path, PathBuf};

use chrono::format::{Item, StrftimeItems};
use chrono::{DateTime, FixedOffset};
use desk::report::Report;
use desk::{Error, Result};

use crate::commands::list::tell_damaged;
use crate::context::Context;
use crate::exit::{self, Exit};
use crate::render::{self, Format, Look, file};

/// A report that was computed.
pub(super) struct Done<'a> {
    pub(super) report: &'a Report,
    /// The figures that were asked for; none in particular, if it is empty.
    pub(super) fields: &'a [String],
    /// What could not be read of what it is about.
    pub(super) damaged: Vec<Error>,
}

impl Done<'_> {
    /// Shows it on stdout. What is damaged stops nothing that can be read.
    pub(super) fn show(&self, context: &mut Context) -> Result<Exit> {
        let format = context.format();
        let look = context.look()?;
        let mut out = context.output()?;
        self.write(format, look, context, &mut out)?;
        out.finish()?;
        Ok(tell_damaged(&self.damaged))
    }

    /// Keeps it in a file. Who opens that later does not see what was told today: so it is whole, or
    /// what was there before.
    pub(super) fn keep(&self, name: &Path, context: &mut Context) -> Result<Exit> {
        if !self.damaged.is_empty() {
            exit::tell_all(&self.damaged);
            let why = "not written, since not everything could be read";
            return Err(Error::damaged(name, why));
        }
        if !context.desk()?.exists() {
            // A disk that is not mounted is no help desk without tickets.
            let error = Error::refused(format!("{}: not written", name.display()));
            return Err(error.with_hint("there is no data directory: see -C and DESK_DATA_DIR"));
        }
        let format = match context.stated_format() {
            Some(format) => format,
            None => self::format(name)?,
        };
        let look = context.look()?.of_a_file();
        let mut written = Vec::new();
        self.write(format, look, context, &mut written)?;
        let head = &self.report.head;
        file::replace(&path(name, head.zone.wall(head.since))?, &written)?;
        Ok(exit::DONE)
    }

    fn write(
        &self,
        format: Format,
        look: Look,
        context: &mut Context,
        out: &mut dyn Write,
    ) -> Result<()> {
        let look = match format {
            // Only the page writes numbers as a country does.
            Format::Html => Look {
                numbers: context.numbers()?,
                ..look
            },
            _ => look,
        };
        render::report::write(self.report, format, Some(self.fields), &look, out)
    }
}

/// The file that a name stands for, in which `%Y-%m` and the like (strftime) are the instant at
/// which the period begins. A folder whose own name is made so cannot have been there before it was
/// due, and is made.
fn path(name: &Path, since: DateTime<FixedOffset>) -> Result<PathBuf> {
    if name.as_os_str().as_encoded_bytes().ends_with(b"/") || name == Path::new("-") {
        let error = Error::usage(format!("`{}` is no name of a file", name.display()));
        return Err(error.with_hint("without --output it is shown on standard output"));
    }
    let mut path = PathBuf::new();
    let mut parts = name.components().peekable();
    while let Some(part) = parts.next() {
        let (filled, is_pattern) = filled(part, since)?;
        path.push(filled);
        if is_pattern && parts.peek().is_some() && !path.is_dir() {
            std::fs::create_dir(&path).map_err(Error::io("make", &path))?;
        }
    }
    Ok(path)
}

/// A part of a name as it stands for an instant, and whether there was a pattern in it.
fn filled(part: Component, since: DateTime<FixedOffset>) -> Result<(OsString, bool)> {
    let plain = || Ok((part.as_os_str().to_owned(), false));
    // What is no text has no pattern.
    let Some(pattern) = part.as_os_str().to_str().filter(|text| text.contains('%')) else {
        return plain();
    };
    let items: Vec<Item> = StrftimeItems::new(pattern).collect();
    let filled = match items.contains(&Item::Error) {
        true => return Err(no_pattern(pattern)),
        false => since.format_with_items(items.iter()).to_string(),
    };
    match filled.contains(|letter: char| letter == '/' || letter.is_control()) {
        true => Err(no_pattern(pattern)),
        false => Ok((filled.into(), true)),
    }
}

fn no_pattern(pattern: &str) -> Error {
    let error = Error::usage(format!("`{pattern}` is no pattern for a file's name"));
    error.with_hint("a pattern is such as %Y-%m-%d; a percent sign itself is %%")
}

/// The form that a file's ending says; without one it is the table.
fn format(file: &Path) -> Result<Format> {
    let Some(ending) = file.extension() else {
        return Ok(Format::Table);
    };
    let ending = ending.to_string_lossy().to_lowercase();
    Ok(match &*ending {
        "txt" | "text" => Format::Table,
        "html" | "htm" => Format::Html,
        "md" | "markdown" => Format::Markdown,
        "json" => Format::Json,
        "jsonl" | "ndjson" => Format::Jsonl,
        "csv" => Format::Csv,
        "tsv" | "tab" => Format::Tsv,
        _ => {
            let error = Error::usage(format!("what goes into a file that ends in `.{ending}`?"));
            return Err(error.with_hint("say --format, or let it end in .html, .csv, .json or .md"));
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<FixedOffset> {
        text.parse().unwrap()
    }

    #[test]
    fn a_name_tells_when_the_period_begins() {
        let since = at("2026-03-01T00:00:00+01:00");
        let table = [
            ("a.html", "a.html"),
            ("%Y-%m.html", "2026-03.html"),
            ("%G-W%V/../x", "2026-W09/../x"),
            ("100%%.csv", "100%.csv"),
            ("%d", "01"),
        ];
        let folder = tempfile::tempdir().unwrap();
        for (name, expected) in table {
            let found = path(&folder.path().join(name), since).unwrap();
            assert_eq!(found, folder.path().join(expected), "{name}");
        }
        assert!(folder.path().join("2026-W09").is_dir());
        // A folder that is no pattern's is not made: it may be a slip of the hand, or a disk that is
        // not mounted.
        path(&folder.path().join("reports/%Y.html"), since).unwrap();
        assert!(!folder.path().join("reports").exists());
        for bad in ["%Q.html", "x%", "%D.html", "a%nb.csv", "x/", "-"] {
            assert!(path(Path::new(bad), since).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_ending_says_the_form() {
        let table = [
            ("a", Format::Table),
            ("a.HTML", Format::Html),
            ("a.b.md", Format::Markdown),
            (".json", Format::Table),
        ];
        for (name, expected) in table {
            assert_eq!(format(Path::new(name)).unwrap(), expected, "{name}");
        }
        assert!(format(Path::new("a.pdf")).is_err());
    }
}
