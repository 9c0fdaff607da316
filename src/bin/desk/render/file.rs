//! A file that is there as a whole, or not at all: what goes wrong while it is written leaves the
//! one that was there before.

use std::fs::{self, File, Permissions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use desk::Error;

/// Replaces a file by what `write` writes, once all of it is on the disk. Where a link stands, the
/// file that it leads to is replaced. A file that was there keeps its mode, and a new one has what
/// the umask leaves.
///
/// # Errors
/// What `write` gives, and [`Error::Io`] for what the disk says, also of what is no file.
pub(crate) fn replace(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> desk::Result<()>,
) -> desk::Result<()> {
    let failed = |error| Error::io("write", path)(error);
    let (target, old) = meant(path).map_err(failed)?;
    let folder = match target.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    // It is gone by itself, unless it takes its place.
    let mut temporary = tempfile::Builder::new()
        .prefix(".desk-")
        .permissions(Permissions::from_mode(0o666))
        .tempfile_in(folder)
        .map_err(failed)?;
    let mut out = BufWriter::new(temporary.as_file_mut());
    write(&mut out)?;
    out.flush().map_err(failed)?;
    drop(out);
    if let Some(old) = old {
        temporary.as_file().set_permissions(old).map_err(failed)?;
    }
    temporary.as_file().sync_all().map_err(failed)?;
    temporary
        .persist(&target)
        .map_err(|error| failed(error.error))?;
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(failed)
}

/// The file that a path leads to, and the mode of the one that is there. What is no file, such as
/// `/dev/null`, must not be replaced by one.
fn meant(path: &Path) -> io::Result<(PathBuf, Option<Permissions>)> {
    match fs::metadata(path) {
        Ok(there) if there.is_file() => Ok((path.canonicalize()?, Some(there.permissions()))),
        Ok(_) => Err(io::Error::other("it is no file")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok((path.to_owned(), None)),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn hello(out: &mut dyn Write) -> desk::Result<()> {
        out.write_all(b"hello")
            .map_err(Error::io("write", Path::new("x")))
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = folder.read_dir().unwrap();
        let mut names: Vec<_> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_is_replaced_whole_and_keeps_its_mode() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a");
        fs::write(&file, "a longer text").unwrap();
        fs::set_permissions(&file, Permissions::from_mode(0o604)).unwrap();
        let link = folder.path().join("link");
        symlink("a", &link).unwrap();
        for path in [&file, &link] {
            replace(path, hello).unwrap();
            assert_eq!(fs::read_to_string(&file).unwrap(), "hello");
            assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o604);
            fs::write(&file, "old").unwrap();
        }
        assert!(link.is_symlink());
        assert_eq!(names(folder.path()), ["a", "link"]);
    }

    #[test]
    fn what_fails_leaves_what_was_there() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a");
        fs::write(&file, "old").unwrap();
        let error = replace(&file, |out| {
            hello(out)?;
            Err(Error::usage("no"))
        });
        assert_eq!(error.unwrap_err().to_string(), "no");
        assert_eq!(fs::read_to_string(&file).unwrap(), "old");
        assert_eq!(names(folder.path()), ["a"]);
        for path in [
            folder.path(),
            Path::new("/dev/null"),
            &folder.path().join("no/a"),
        ] {
            assert!(replace(path, hello).is_err(), "{}", path.display());
        }
        assert!(!Path::new("/dev/null").is_file());
    }
}
