//! A file that is there as a whole, or not at all: what goes wrong while it is written leaves the
//! one that was there before.

use std::fs::{self, File, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use desk::Error;

/// Replaces a file, once all of the new one is on the disk. Where a link stands, the file that it
/// leads to is replaced. A file that was there keeps its mode, and a new one has what the umask
/// leaves.
///
/// # Errors
/// [`Error::Io`] for what the disk says, also of what is no file.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> desk::Result<()> {
    try_replace(path, bytes).map_err(Error::io("write", path))
}

fn try_replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let (target, old) = meant(path)?;
    let folder = match target.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let folder = folder.canonicalize()?;
    // It is gone by itself, unless it takes its place.
    let mut temporary = tempfile::Builder::new()
        .prefix(".desk-")
        .permissions(Permissions::from_mode(0o666))
        .tempfile_in(&folder)?;
    // Straight to the file: else the error would name the temporary, which tells nobody anything.
    let file = temporary.as_file_mut();
    file.write_all(bytes)?;
    if let Some(old) = old {
        file.set_permissions(old)?;
    }
    file.sync_all()?;
    temporary.persist(&target).map_err(|error| error.error)?;
    File::open(folder)?.sync_all()
}

/// The file that a path leads to, and the mode of the one that is there. What is no file, such as
/// `/dev/null`, must not be replaced by one.
fn meant(path: &Path) -> io::Result<(PathBuf, Option<Permissions>)> {
    match fs::metadata(path) {
        Ok(there) if there.is_file() => Ok((path.canonicalize()?, Some(there.permissions()))),
        Ok(_) => Err(io::Error::other("it is no file")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => match fs::read_link(path) {
            // A link that leads nowhere yet.
            Ok(to) => meant(&path.parent().unwrap_or(Path::new(".")).join(to)),
            Err(_) => Ok((path.to_owned(), None)),
        },
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

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
            replace(path, b"hello").unwrap();
            assert_eq!(fs::read_to_string(&file).unwrap(), "hello");
            assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o604);
            fs::write(&file, "old").unwrap();
        }
        // Where nothing is yet that a link leads to, it is made.
        fs::remove_file(&file).unwrap();
        replace(&link, b"hello").unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "hello");
        assert!(link.is_symlink());
        assert_eq!(names(folder.path()), ["a", "link"]);
    }

    #[test]
    fn what_is_no_file_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a");
        fs::write(&file, "old").unwrap();
        for path in [
            folder.path(),
            Path::new("/dev/null"),
            &folder.path().join("no/a"),
        ] {
            assert!(replace(path, b"hello").is_err(), "{}", path.display());
        }
        assert!(!Path::new("/dev/null").is_file());
        assert_eq!(fs::read_to_string(&file).unwrap(), "old");
        assert_eq!(names(folder.path()), ["a"]);
    }
}
