//! The baseline of what writes many tickets: a bare program that writes the same bytes into files of the
//! same names in the same folders, one after the other, and makes none of them durable.
//!
//! It reads them from one file, a pack, so that it is timed for writing and not for finding. It is no
//! program of its own but this one, called with [`FLAG`].

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use crate::Result;
use crate::reader::files;

/// The first argument, if this is the bare program.
const FLAG: &str = "--write-all";

/// Packs the files of a folder of tickets: for each its folder, its name and its length in a line, and
/// its bytes; in the order of their numbers.
pub(crate) fn pack(tickets: &Path, pack: &Path) -> Result<PathBuf> {
    let number = |file: &PathBuf| {
        let stem = file.file_stem().and_then(|stem| stem.to_str());
        stem.and_then(|stem| stem.parse::<u64>().ok())
    };
    let mut all = files(tickets)?;
    all.sort_by_key(number);
    let mut out = BufWriter::new(File::create(pack)?);
    for file in all {
        let bytes = fs::read(&file)?;
        let inside = file.strip_prefix(tickets)?.display();
        writeln!(out, "{inside} {}", bytes.len())?;
        out.write_all(&bytes)?;
    }
    out.flush()?;
    Ok(pack.to_owned())
}

/// A pack of the first files of another one.
pub(crate) fn first(pack: &Path, count: u64, into: &Path) -> Result<PathBuf> {
    let bytes = fs::read(pack)?;
    let mut rest = bytes.as_slice();
    for _ in 0..count {
        next(&mut rest)?;
    }
    fs::write(into, &bytes[..bytes.len() - rest.len()])?;
    Ok(into.to_owned())
}

/// The program's call: a pack, and the folder that it goes into.
pub(crate) fn command(pack: &Path, into: &Path) -> Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg(FLAG).arg(pack).arg(into);
    Ok(command)
}

/// Writes all, if that is what this process was started for.
pub(crate) fn called() -> Option<ExitCode> {
    let mut arguments = std::env::args().skip(1);
    arguments.next().filter(|first| first == FLAG)?;
    let (pack, into) = (arguments.next()?, arguments.next()?);
    Some(match write(Path::new(&pack), Path::new(&into)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    })
}

fn write(pack: &Path, into: &Path) -> Result<()> {
    let bytes = fs::read(pack)?;
    let (mut rest, mut made) = (bytes.as_slice(), BTreeSet::new());
    while !rest.is_empty() {
        let (name, file) = next(&mut rest)?;
        let path = into.join(name);
        if let Some(folder) = path.parent()
            && made.insert(folder.to_owned())
        {
            fs::create_dir_all(folder)?;
        }
        let mut new = OpenOptions::new().write(true).create_new(true).open(path)?;
        new.write_all(file)?;
    }
    Ok(())
}

/// The next file of a pack: its name, and its bytes.
fn next<'a>(rest: &mut &'a [u8]) -> Result<(&'a str, &'a [u8])> {
    let end = rest.iter().position(|byte| *byte == b'\n');
    let head = std::str::from_utf8(&rest[..end.ok_or("the pack is cut off")?])?;
    let (name, length) = head.rsplit_once(' ').ok_or("the pack is none")?;
    let (file, after) = rest[head.len() + 1..].split_at(length.parse()?);
    *rest = after;
    Ok((name, file))
}
