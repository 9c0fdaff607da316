//! One folder of the data directory, held open.
//!
//! Everything below the data directory is reached through here, step by step from an open folder
//! and never through a symbolic link: so nothing that somebody plants in a shared data directory
//! leads out of it, and no name is ever joined into a path. The path is kept for messages alone.
//!
//! What is made here to stay is made under a name of the process's own, given its mode and group, and
//! renamed into place: so nobody who shares the folder ever finds it with less, whatever the umask
//! and whenever its maker dies.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use nix::dir::Dir;
use nix::errno::Errno;
use nix::fcntl::{AtFlags, OFlag, openat};
use nix::sys::stat::{FileStat, Mode, fchmod, fstat, fstatat, mkdirat};
use nix::unistd::{AccessFlags, Gid, Uid, UnlinkatFlags, fchown, geteuid, unlinkat};

use crate::error::{Error, Result};

/// The largest file that is read: 8 MiB for a ticket, and nothing else is larger.
pub(crate) const LARGEST_FILE: u64 = 8 * 1024 * 1024;

/// An open folder, and what it is called in messages.
#[derive(Debug)]
pub(crate) struct Folder {
    fd: OwnedFd,
    path: PathBuf,
    /// What lay there half made as this process first made something.
    half_made: OnceLock<Vec<String>>,
}

/// Who may do what with something that is made: its mode, and whose group that speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Access {
    pub(crate) mode: u32,
    /// `None` is whichever it is made with.
    pub(crate) group: Option<u32>,
}

impl Access {
    /// Whether the group may do no more than everybody: then it does not matter whose it is.
    pub(crate) fn is_of_no_group(self) -> bool {
        (self.mode >> 3) & 0o7 == self.mode & 0o7
    }
}

/// What is wrong with a file of so many bytes.
pub(crate) fn too_large(size: u64) -> String {
    format!("has {size} bytes; 8 MiB are the most that is read")
}

/// What tells one state of a file or folder from another: size, times, inode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Stamp {
    pub(crate) size: i64,
    pub(crate) modified: (i64, i64),
    pub(crate) changed: (i64, i64),
    pub(crate) inode: u64,
}

/// The stamp in one word.
impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ((modified, nanos), (changed, changed_nanos)) = (self.modified, self.changed);
        write!(
            f,
            "{modified}.{nanos:09}/{changed}.{changed_nanos:09}/{}",
            self.inode
        )
    }
}

impl Stamp {
    /// The stamp in four numbers: size, the two times in nanoseconds, inode.
    pub(crate) fn numbers(self) -> [i64; 4] {
        let nanos = |(seconds, nanos): (i64, i64)| seconds.wrapping_mul(1_000_000_000) + nanos;
        let inode = i64::from_ne_bytes(self.inode.to_ne_bytes());
        [self.size, nanos(self.modified), nanos(self.changed), inode]
    }
}

impl From<FileStat> for Stamp {
    #[expect(
        clippy::useless_conversion,
        reason = "the types of `stat` differ between systems"
    )]
    fn from(stat: FileStat) -> Self {
        let time = |seconds: i64, nanos: i64| super::grain::as_ticked(seconds, nanos);
        Self {
            size: stat.st_size.into(),
            modified: time(stat.st_mtime.into(), stat.st_mtime_nsec.into()),
            changed: time(stat.st_ctime.into(), stat.st_ctime_nsec.into()),
            inode: stat.st_ino.into(),
        }
    }
}

/// The kinds of directory entries that matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EntryKind {
    File,
    Folder,
    Other(&'static str),
}

impl EntryKind {
    fn of(stat: &FileStat) -> Self {
        use nix::sys::stat::SFlag;
        match SFlag::from_bits_truncate(stat.st_mode) & SFlag::S_IFMT {
            SFlag::S_IFREG => Self::File,
            SFlag::S_IFDIR => Self::Folder,
            SFlag::S_IFLNK => Self::Other("a symbolic link"),
            SFlag::S_IFIFO => Self::Other("a FIFO"),
            SFlag::S_IFSOCK => Self::Other("a socket"),
            _ => Self::Other("a device"),
        }
    }

    /// What is wrong with such an entry where another kind should be.
    pub(crate) fn not_a(self, wanted: &str) -> String {
        let found = match self {
            Self::File => "a file",
            Self::Folder => "a folder",
            Self::Other(kind) => kind,
        };
        format!("is {found}, not a {wanted}")
    }
}

/// An entry of a folder, as it lies there.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry {
    pub(crate) kind: EntryKind,
    pub(crate) access: Access,
    pub(crate) owner: u32,
    pub(crate) size: u64,
}

impl From<FileStat> for Entry {
    fn from(stat: FileStat) -> Self {
        Self {
            kind: EntryKind::of(&stat),
            access: Access {
                mode: stat.st_mode & 0o7777,
                group: Some(stat.st_gid),
            },
            owner: stat.st_uid,
            size: u64::try_from(stat.st_size).unwrap_or(0),
        }
    }
}

/// How the names of what is being made end.
const NEW: &str = ".new";

/// A name for something that is being made, which is no other process's, and no other thread's: a
/// program that embeds the library may write in several.
fn own_name(name: &str) -> String {
    static MADE: AtomicU64 = AtomicU64::new(0);
    let made = MADE.fetch_add(1, Ordering::Relaxed);
    format!("{name}.{}.{made}{NEW}", std::process::id())
}

/// Whether this is a name for something of that name which is being made.
fn is_own_name(own: &str, name: &str) -> bool {
    let rest = own
        .strip_prefix(name)
        .and_then(|rest| rest.strip_suffix(NEW));
    let numbers = rest.and_then(|rest| rest.strip_prefix('.')?.split_once('.'));
    let is_number = |text: &str| text.parse::<u64>().is_ok();
    numbers.is_some_and(|(process, made)| is_number(process) && is_number(made))
}

/// A way to rename something to a name that must be free.
type Renaming = fn(&Folder, &str, &Folder, &Path) -> Result<(), Errno>;

/// How a file is opened for reading: at once even if it is a FIFO, and never through a link.
const READ: OFlag = OFlag::O_RDONLY
    .union(OFlag::O_NOFOLLOW)
    .union(OFlag::O_NONBLOCK)
    .union(OFlag::O_NOCTTY)
    .union(OFlag::O_CLOEXEC);

/// How a file is opened to write in: the same.
const CHANGE: OFlag = OFlag::O_RDWR
    .union(OFlag::O_NOFOLLOW)
    .union(OFlag::O_NONBLOCK)
    .union(OFlag::O_CLOEXEC);

impl Folder {
    /// Opens the data directory itself; `None` if there is none. It may be a symbolic link: where
    /// it lies is the user's own decision.
    pub(crate) fn open_root(path: &Path) -> Result<Option<Self>> {
        let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
        match nix::fcntl::open(path, flags, Mode::empty()) {
            Ok(fd) => Ok(Some(Self::opened(fd, path.to_owned()))),
            Err(Errno::ENOENT) => Ok(None),
            Err(errno) => Err(Error::io("open", path)(errno.into())),
        }
    }

    fn opened(fd: OwnedFd, path: PathBuf) -> Self {
        Self {
            fd,
            path,
            half_made: OnceLock::new(),
        }
    }

    /// What the folder is called in messages.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Where it lies, without links on the way: the kernel knows, where there is /proc; elsewhere each part
    /// of the path is looked at.
    pub(crate) fn real_path(&self) -> io::Result<PathBuf> {
        let known = std::fs::read_link(format!("/proc/self/fd/{}", self.fd.as_raw_fd()));
        match known {
            Ok(path) if path.is_absolute() => Ok(path),
            _ => self.path.canonicalize(),
        }
    }

    /// The path of an entry, for messages.
    pub(crate) fn path_of(&self, name: &(impl AsRef<Path> + ?Sized)) -> PathBuf {
        self.path.join(name)
    }

    fn error(
        &self,
        doing: &'static str,
        name: &(impl AsRef<Path> + ?Sized),
        errno: Errno,
    ) -> Error {
        Error::io(doing, &self.path_of(name))(errno.into())
    }

    /// Opens a folder in this one; `None` if there is none.
    pub(crate) fn folder(&self, name: &str) -> Result<Option<Self>> {
        let flags = READ | OFlag::O_DIRECTORY;
        match openat(&self.fd, name, flags, Mode::empty()) {
            Ok(fd) => Ok(Some(Self::opened(fd, self.path_of(name)))),
            Err(Errno::ENOENT) => Ok(None),
            Err(errno @ (Errno::ELOOP | Errno::ENOTDIR)) => Err(self.not_a("folder", name, errno)),
            Err(errno) => Err(self.error("open", name, errno)),
        }
    }

    /// Why an entry that is there is not what it should be.
    fn not_a(&self, wanted: &str, name: &str, errno: Errno) -> Error {
        match self.kind(name) {
            Ok(Some(found)) => Error::damaged(&self.path_of(name), found.not_a(wanted)),
            Ok(None) => self.error("open", name, errno),
            Err(error) => error,
        }
    }

    /// Makes a folder; it may be there already. What is not finished lies in `aside`.
    ///
    /// Gives whether it is new.
    pub(crate) fn make_folder(
        &self,
        name: &(impl AsRef<Path> + ?Sized),
        access: Access,
        aside: &Self,
    ) -> Result<bool> {
        let name = name.as_ref();
        if self.kind(name)?.is_some() {
            return Ok(false);
        }
        let begin = name.to_string_lossy();
        let own = own_name(&begin);
        let make = || mkdirat(&aside.fd, own.as_str(), Mode::S_IRWXU);
        let made = aside
            .make_own(&own, UnlinkatFlags::RemoveDir, make)
            .map_err(|errno| self.error("make", name, errno))
            .and_then(|()| match aside.folder(&own)? {
                Some(folder) => self.grant(&folder.fd, name, access),
                None => Ok(false),
            })
            .map(|_| aside.try_rename_new(&own, self, name, Self::replace_empty));
        if matches!(made, Ok(Ok(()))) {
            aside.sweep(&begin, UnlinkatFlags::RemoveDir);
            return Ok(true);
        }
        let _ = unlinkat(&aside.fd, own.as_str(), UnlinkatFlags::RemoveDir);
        match made? {
            // Somebody else was faster, and may have swept ours away.
            Err(errno) if self.kind(name)?.is_none() => Err(self.error("make", name, errno)),
            _ => Ok(false),
        }
    }

    /// Makes a folder for what this process makes in it, and opens it; `None` if the name is taken.
    pub(crate) fn make_own_folder(&self, name: &str, access: Access) -> Result<Option<Self>> {
        match mkdirat(&self.fd, name, Mode::S_IRWXU) {
            Ok(()) => {}
            Err(Errno::EEXIST) => return Ok(None),
            Err(errno) => return Err(self.error("make", name, errno)),
        }
        let made = self.folder(name).and_then(|folder| {
            let granted = folder
                .as_ref()
                .map(|made| self.grant(&made.fd, name, access));
            granted.transpose()?;
            Ok(folder)
        });
        if made.is_err() {
            self.remove_folder(name.as_ref());
        }
        made
    }

    /// Makes something under the process's own name; what has it was left behind by a dead process
    /// of the same number.
    fn make_own<T>(
        &self,
        own: &str,
        kind: UnlinkatFlags,
        make: impl Fn() -> Result<T, Errno>,
    ) -> Result<T, Errno> {
        match make() {
            Err(Errno::EEXIST) => {
                unlinkat(&self.fd, own, kind)?;
                make()
            }
            made => made,
        }
    }

    /// Removes what dead processes that wanted to make `name` left behind. A living one finds that
    /// somebody was faster. It is looked for once: who makes all locks would list each after each.
    fn sweep(&self, name: &str, kind: UnlinkatFlags) {
        let half_made = |name: &str| name.ends_with(NEW).then(|| name.to_owned());
        let all = self
            .half_made
            .get_or_init(|| self.of_names(half_made).unwrap_or_default());
        for left in all.iter().filter(|left| is_own_name(left, name)) {
            let _ = unlinkat(&self.fd, left.as_str(), kind);
        }
    }

    /// Gives a file or folder that was just made its group, and its mode whatever the umask; gives whether
    /// it did not have them.
    pub(super) fn grant(
        &self,
        made: impl AsFd,
        name: &(impl AsRef<Path> + ?Sized),
        access: Access,
    ) -> Result<bool> {
        let stat = fstat(&made).map_err(|errno| self.error("look at", name, errno))?;
        let other_group = access.group.filter(|group| *group != stat.st_gid);
        if let Some(group) = other_group {
            match fchown(&made, None, Some(Gid::from_raw(group))) {
                Err(Errno::EPERM) if access.is_of_no_group() => {}
                given => given.map_err(|errno| {
                    self.error("pass on the group of the data directory to", name, errno)
                })?,
            }
        }
        // Who is not of the group loses its bit on a folder (chmod(2)): so only where it must be.
        let other_mode = stat.st_mode & 0o7777 != access.mode;
        if other_mode {
            fchmod(&made, Mode::from_bits_truncate(access.mode))
                .map_err(|errno| self.error("set the mode of", name, errno))?;
        }
        Ok(other_mode || other_group.is_some())
    }

    /// Who may do what with the folder.
    pub(crate) fn access(&self) -> Result<Access> {
        let stat =
            fstat(&self.fd).map_err(|errno| Error::io("look at", &self.path)(errno.into()))?;
        Ok(Access {
            mode: stat.st_mode & 0o7777,
            group: Some(stat.st_gid),
        })
    }

    /// The device that it is on.
    pub(crate) fn device(&self) -> Result<u64> {
        let stat =
            fstat(&self.fd).map_err(|errno| Error::io("look at", &self.path)(errno.into()))?;
        Ok(stat.st_dev)
    }

    /// What kind of disk it is, as `statfs` calls it.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    pub(crate) fn disk_kind(&self) -> Result<Option<u32>> {
        let disk = nix::sys::statfs::fstatfs(&self.fd)
            .map_err(|errno| Error::io("look at", &self.path)(errno.into()))?;
        // Four bytes, which some systems extend by a sign.
        Ok(Some(disk.filesystem_type().0 as u32))
    }

    /// The same, where nobody says what kind of disk it is.
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    pub(crate) fn disk_kind(&self) -> Result<Option<u32>> {
        Ok(None)
    }

    /// What an entry is; `None` if there is none.
    pub(crate) fn kind(&self, name: &(impl AsRef<Path> + ?Sized)) -> Result<Option<EntryKind>> {
        let name = name.as_ref();
        match fstatat(&self.fd, name, AtFlags::AT_SYMLINK_NOFOLLOW) {
            Ok(stat) => Ok(Some(EntryKind::of(&stat))),
            Err(Errno::ENOENT) => Ok(None),
            Err(errno) => Err(self.error("look at", name, errno)),
        }
    }

    /// All that `fsck` looks at of an entry; `None` if there is none.
    pub(crate) fn look(&self, name: &str) -> Result<Option<Entry>> {
        match fstatat(&self.fd, name, AtFlags::AT_SYMLINK_NOFOLLOW) {
            Ok(stat) => Ok(Some(stat.into())),
            Err(Errno::ENOENT) => Ok(None),
            Err(errno) => Err(self.error("look at", name, errno)),
        }
    }

    /// Gives a file or folder that is there its group and mode, as what is new gets them, durably.
    pub(crate) fn set_access(&self, name: &str, access: Access) -> Result<()> {
        let opened = openat(&self.fd, name, READ, Mode::empty())
            .map_err(|errno| self.error("open", name, errno))?;
        self.grant(&opened, name, access)?;
        nix::unistd::fsync(&opened)
            .map_err(|errno| Error::not_durable(&self.path_of(name), errno.into()))
    }

    /// The stamp of an entry; `None` if there is none.
    pub(crate) fn stamp_of(&self, name: &str) -> Result<Option<Stamp>> {
        match fstatat(&self.fd, name, AtFlags::AT_SYMLINK_NOFOLLOW) {
            Ok(stat) => Ok(Some(stat.into())),
            Err(Errno::ENOENT) => Ok(None),
            Err(errno) => Err(self.error("look at", name, errno)),
        }
    }

    /// The stamp of a folder in this one, without opening it; `None` if there is none.
    ///
    /// # Errors
    /// When it is no folder, or this process may not look into it.
    pub(crate) fn stamp_of_folder(&self, name: &str) -> Result<Option<Stamp>> {
        let stat = match fstatat(&self.fd, name, AtFlags::AT_SYMLINK_NOFOLLOW) {
            Ok(stat) => stat,
            Err(Errno::ENOENT) => return Ok(None),
            Err(errno) => return Err(self.error("open", name, errno)),
        };
        if EntryKind::of(&stat) != EntryKind::Folder {
            return Err(self.not_a("folder", name, Errno::ENOTDIR));
        }
        // Whoever it belongs to need not ask.
        let is_own =
            stat.st_uid == nix::unistd::geteuid().as_raw() && stat.st_mode & 0o500 == 0o500;
        if !is_own {
            let access = AccessFlags::R_OK | AccessFlags::X_OK;
            nix::unistd::faccessat(&self.fd, name, access, AtFlags::AT_EACCESS)
                .map_err(|errno| self.error("open", name, errno))?;
        }
        Ok(Some(stat.into()))
    }

    /// The stamp and mode of the folder itself.
    pub(crate) fn stat(&self) -> Result<(Stamp, u32)> {
        let stat =
            fstat(&self.fd).map_err(|errno| Error::io("look at", &self.path)(errno.into()))?;
        Ok((stat.into(), stat.st_mode & 0o7777))
    }

    /// Reads a whole file; `None` if there is none.
    ///
    /// # Errors
    /// When it is not a regular file, is too large, or cannot be read.
    pub(crate) fn read(&self, name: &str) -> Result<Option<Vec<u8>>> {
        Ok(self.read_entry(name)?.map(|(_, bytes)| bytes))
    }

    /// The same of whatever size, for what was written to be read by this program alone.
    pub(crate) fn read_whole(&self, name: &str) -> Result<Option<Vec<u8>>> {
        let Some((mut file, _)) = self.open_file(name)? else {
            return Ok(None);
        };
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)
            .map_err(Error::io("read", &self.path_of(name)))?;
        Ok(Some(bytes))
    }

    /// The same, with what else is known of the file that was read.
    pub(crate) fn read_entry(&self, name: &str) -> Result<Option<(Entry, Vec<u8>)>> {
        let Some((mut file, entry)) = self.open_file(name)? else {
            return Ok(None);
        };
        if entry.size > LARGEST_FILE {
            return Err(Error::damaged(&self.path_of(name), too_large(entry.size)));
        }
        let mut bytes = Vec::with_capacity(usize::try_from(entry.size).unwrap_or(0) + 1);
        (&mut file)
            .take(LARGEST_FILE + 1)
            .read_to_end(&mut bytes)
            .map_err(Error::io("read", &self.path_of(name)))?;
        Ok(Some((entry, bytes)))
    }

    /// Whether this process may make and remove entries.
    pub(crate) fn is_writable(&self) -> bool {
        self.may_write(".")
    }

    /// Whether this process may write an entry.
    pub(crate) fn may_write(&self, name: &str) -> bool {
        let flags = AtFlags::AT_EACCESS;
        nix::unistd::faccessat(&self.fd, name, AccessFlags::W_OK, flags).is_ok()
    }

    /// Opens a regular file for reading; `None` if there is none.
    pub(crate) fn open_file(&self, name: &str) -> Result<Option<(File, Entry)>> {
        let file: File = match openat(&self.fd, name, READ, Mode::empty()) {
            Ok(fd) => fd.into(),
            Err(Errno::ENOENT) => return Ok(None),
            Err(errno @ (Errno::ELOOP | Errno::ENXIO)) => {
                return Err(self.not_a("file", name, errno));
            }
            Err(errno) => return Err(self.error("read", name, errno)),
        };
        let stat = fstat(&file).map_err(|errno| self.error("look at", name, errno))?;
        if EntryKind::of(&stat) != EntryKind::File {
            return Err(self.not_a("file", name, Errno::EINVAL));
        }
        Ok(Some((file, stat.into())))
    }

    /// Opens a file to write in, made if it is not there. Used for what is locked or appended to;
    /// tickets are only ever replaced.
    pub(crate) fn open_or_make(&self, name: &str, access: Access, append: bool) -> Result<File> {
        let mut flags = CHANGE;
        if append {
            flags |= OFlag::O_APPEND;
        }
        loop {
            if let Some(file) = self.open_to_write(name, flags)? {
                return Ok(file);
            }
            let own = own_name(name);
            let file = self
                .make_own(&own, UnlinkatFlags::NoRemoveDir, || {
                    self.create(&own, flags)
                })
                .map_err(|errno| self.error("make", name, errno))?;
            let made = self
                .grant(&file, name, access)
                .map(|_| self.try_rename_new(&own, self, name.as_ref(), Self::link_new));
            if matches!(made, Ok(Ok(()))) {
                self.sweep(name, UnlinkatFlags::NoRemoveDir);
                return Ok(file);
            }
            let _ = self.remove(&own);
            match made? {
                // Somebody else was faster, and may have swept ours away.
                Ok(()) | Err(Errno::EEXIST | Errno::ENOENT) => {}
                Err(errno) => return Err(self.error("make", name, errno)),
            }
        }
    }

    /// Opens a file to write in it, where it stands; `None` if there is none.
    pub(crate) fn open_to_change(&self, name: &str) -> Result<Option<File>> {
        self.open_to_write(name, CHANGE)
    }

    /// Opens a regular file with these flags; `None` if there is none.
    fn open_to_write(&self, name: &str, flags: OFlag) -> Result<Option<File>> {
        let file: File = match openat(&self.fd, name, flags, Mode::empty()) {
            Ok(fd) => fd.into(),
            Err(Errno::ENOENT) => return Ok(None),
            Err(errno @ (Errno::ELOOP | Errno::ENXIO | Errno::EISDIR)) => {
                return Err(self.not_a("file", name, errno));
            }
            Err(errno) => return Err(self.error("open", name, errno)),
        };
        let stat = fstat(&file).map_err(|errno| self.error("look at", name, errno))?;
        // A FIFO would take what is written, and nobody would read it back.
        match EntryKind::of(&stat) {
            EntryKind::File => Ok(Some(file)),
            _ => Err(self.not_a("file", name, Errno::EINVAL)),
        }
    }

    /// Makes a file that is not there yet.
    pub(crate) fn make_file(&self, name: &str, access: Access) -> Result<File> {
        let flags = OFlag::O_WRONLY | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
        let file = self
            .create(name, flags)
            .map_err(|errno| self.error("make", name, errno))?;
        self.grant(&file, name, access)?;
        Ok(file)
    }

    /// Gives a file that root made to whom the folder is of, who could not write into it.
    pub(crate) fn give_to_owner(&self, file: &File) {
        if geteuid().is_root()
            && let Ok(stat) = fstat(&self.fd)
        {
            let _ = fchown(file, Some(Uid::from_raw(stat.st_uid)), None);
        }
    }

    /// Makes a file; one that is there was left behind by a dead process, and goes. It is seldom there,
    /// and to ask each time takes as long as to make it.
    pub(crate) fn make_anew(&self, name: &str, access: Access) -> Result<File> {
        let flags = OFlag::O_WRONLY | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
        let mut made = self.create(name, flags);
        if matches!(made, Err(Errno::EEXIST)) {
            self.remove(name)?;
            made = self.create(name, flags);
        }
        let file = made.map_err(|errno| self.error("make", name, errno))?;
        self.grant(&file, name, access)?;
        Ok(file)
    }

    /// Makes a file in a folder that this process made, and that passes its group on (who makes it has
    /// looked): so it has its mode from the start, unless the umask takes some of it. It may have to be
    /// granted.
    pub(super) fn make_in_own(&self, name: &str, access: Access) -> Result<File> {
        let flags = OFlag::O_WRONLY | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
        self.create_as(name, flags, access.mode)
            .map_err(|errno| self.error("make", name, errno))
    }

    /// A new file that is nobody else's as yet.
    fn create(&self, name: &str, flags: OFlag) -> Result<File, Errno> {
        self.create_as(name, flags, 0o600)
    }

    fn create_as(&self, name: &str, flags: OFlag, mode: u32) -> Result<File, Errno> {
        let flags = flags | OFlag::O_CREAT | OFlag::O_EXCL;
        let mode = Mode::from_bits_truncate(mode);
        Ok(openat(&self.fd, name, flags, mode)?.into())
    }

    /// Removes a file; it may be gone already.
    pub(crate) fn remove(&self, name: &str) -> Result<()> {
        match unlinkat(&self.fd, name, UnlinkatFlags::NoRemoveDir) {
            Ok(()) | Err(Errno::ENOENT) => Ok(()),
            Err(errno @ Errno::EISDIR) => Err(self.not_a("file", name, errno)),
            Err(errno) => Err(self.error("remove", name, errno)),
        }
    }

    /// Removes a file or an empty folder; it may be gone already.
    pub(crate) fn remove_any(&self, name: &str) -> Result<()> {
        match unlinkat(&self.fd, name, UnlinkatFlags::RemoveDir) {
            Err(Errno::ENOTDIR) => self.remove(name),
            Ok(()) | Err(Errno::ENOENT) => Ok(()),
            Err(errno) => Err(self.error("remove", name, errno)),
        }
    }

    /// Removes a folder with the files in it; it may be gone already.
    pub(crate) fn remove_with_files(&self, name: &str) -> Result<()> {
        // An empty one may be somebody's who lets nobody look into it.
        let is_full = |errno| matches!(errno, Errno::ENOTEMPTY | Errno::EEXIST);
        if unlinkat(&self.fd, name, UnlinkatFlags::RemoveDir).is_err_and(is_full)
            && let Some(folder) = self.folder(name)?
        {
            for name in folder.names()? {
                folder.remove_any(&name)?;
            }
        }
        self.remove_any(name)
    }

    /// Removes a folder that was just made, if nobody has put anything in it yet.
    pub(crate) fn remove_folder(&self, name: &Path) {
        let _ = unlinkat(&self.fd, name, UnlinkatFlags::RemoveDir);
    }

    /// Renames `name` to `to_name` in `to`, replacing what is there.
    pub(crate) fn rename(&self, name: &str, to: &Self, to_name: &str) -> Result<()> {
        nix::fcntl::renameat(&self.fd, name, &to.fd, to_name)
            .map_err(|errno| to.error("write", to_name, errno))
    }

    /// Renames `name` to `to_name` in `to`; gives `false` if there is something already.
    pub(crate) fn rename_new(&self, name: &str, to: &Self, to_name: &str) -> Result<bool> {
        match self.try_rename_new(name, to, to_name.as_ref(), Self::link_new) {
            Ok(()) => Ok(true),
            Err(Errno::EEXIST) => Ok(false),
            Err(errno) => Err(to.error("write", to_name, errno)),
        }
    }

    /// The same for a folder. Where the flag below is not known, it may replace an empty one.
    pub(crate) fn rename_new_folder(&self, name: &str, to: &Self, to_name: &str) -> Result<bool> {
        match self.try_rename_new(name, to, to_name.as_ref(), Self::replace_empty) {
            Ok(()) => Ok(true),
            Err(Errno::EEXIST | Errno::ENOTEMPTY) => Ok(false),
            Err(errno) => Err(to.error("write", to_name, errno)),
        }
    }

    /// The same by the flag that is made for it; not every file system knows it, and there
    /// `otherwise` does it.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    fn try_rename_new(
        &self,
        name: &str,
        to: &Self,
        to_name: &Path,
        otherwise: Renaming,
    ) -> Result<(), Errno> {
        use nix::fcntl::{RenameFlags, renameat2};
        let flags = RenameFlags::RENAME_NOREPLACE;
        match renameat2(&self.fd, name, &to.fd, to_name, flags) {
            Err(Errno::EINVAL | Errno::ENOSYS) => otherwise(self, name, to, to_name),
            answer => answer,
        }
    }

    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    fn try_rename_new(
        &self,
        name: &str,
        to: &Self,
        to_name: &Path,
        otherwise: Renaming,
    ) -> Result<(), Errno> {
        otherwise(self, name, to, to_name)
    }

    /// A folder replaces an empty one, and no other.
    fn replace_empty(&self, name: &str, to: &Self, to_name: &Path) -> Result<(), Errno> {
        nix::fcntl::renameat(&self.fd, name, &to.fd, to_name)
    }

    /// A link fails where there is something already, on every Unix.
    fn link_new(&self, name: &str, to: &Self, to_name: &Path) -> Result<(), Errno> {
        nix::unistd::linkat(&self.fd, name, &to.fd, to_name, AtFlags::empty())?;
        unlinkat(&self.fd, name, UnlinkatFlags::NoRemoveDir)
    }

    /// Makes the folder's entries survive a power cut.
    pub(crate) fn sync(&self) -> Result<()> {
        self.sync_raw()
            .map_err(|errno| Error::io("make durable", &self.path)(errno.into()))
    }

    /// The same, with the bare error, for who has to tell what was done all the same.
    pub(crate) fn sync_raw(&self) -> Result<(), Errno> {
        nix::unistd::fsync(&self.fd)?;
        self.stat_raw()
    }

    /// When XFS shuts itself down (its disk failed), it drops what it could not write and then says
    /// that nothing is left to be synced; but it lets nobody look at anything any more.
    fn stat_raw(&self) -> Result<(), Errno> {
        fstat(&self.fd).map(drop)
    }

    /// Makes all that was written to the disk that the folder is on survive a power cut.
    pub(crate) fn sync_disk(&self) -> Result<(), Errno> {
        #[cfg(any(target_os = "linux", target_os = "android"))]
        nix::unistd::syncfs(&self.fd)?;
        self.stat_raw()
    }

    /// Whether the kernel tells of what goes wrong as a disk is synced: Linux does from 5.8 on.
    pub(crate) fn can_sync_disk() -> bool {
        super::disk::is_linux_from(5, 8)
    }

    /// The names of the entries, in no order. A name that is not UTF-8 is given as nearly as it
    /// can be written; no name that matters is such a one.
    pub(crate) fn names(&self) -> Result<Vec<String>> {
        self.of_names(|name| Some(name.to_owned()))
    }

    /// What is made of the names of the entries, as far as it is something.
    pub(crate) fn of_names<T>(&self, make: impl Fn(&str) -> Option<T>) -> Result<Vec<T>> {
        let failed = |errno: Errno| Error::io("list", &self.path)(io::Error::from(errno));
        let again = openat(&self.fd, ".", READ | OFlag::O_DIRECTORY, Mode::empty());
        let dir = Dir::from_fd(again.map_err(failed)?).map_err(failed)?;
        let mut made = Vec::new();
        for entry in dir {
            let entry = entry.map_err(failed)?;
            let name = entry.file_name().to_bytes();
            if name != b"." && name != b".." {
                made.extend(make(&String::from_utf8_lossy(name)));
            }
        }
        Ok(made)
    }
}
