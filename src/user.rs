//! The operating system's users: who has a number, and where they are at home.
//!
//! On Linux they are looked up as passwd(5) has them, and where it has not (a directory service, LDAP
//! for one, may know more) `getent` of the C library's own programs is asked. The C library itself is
//! not: it loads what knows the directory service into the program, which one that was linked with
//! archives (see `build.rs`) does not survive.

#[cfg(target_os = "linux")]
use std::ffi::OsStr;
#[cfg(target_os = "linux")]
use std::io::Read;
use std::path::{Path, PathBuf};
#[cfg(target_os = "linux")]
use std::process::{Command, Stdio};

use crate::error::{Error, Result};

/// A user of the operating system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// The login.
    pub name: String,
    /// The number.
    pub uid: u32,
    /// The home folder.
    pub home: PathBuf,
}

#[cfg(target_os = "linux")]
impl User {
    /// The user with this number, if there is one.
    ///
    /// # Errors
    /// [`Error::Io`] where nobody could be asked.
    pub fn of_uid(uid: u32) -> Result<Option<Self>> {
        Self::found(&uid.to_string(), |_, number| number == uid)
    }

    /// The user with this login, if there is one.
    ///
    /// # Errors
    /// [`Error::Io`] where nobody could be asked.
    pub fn of_name(name: &str) -> Result<Option<Self>> {
        let can_be = (1..=LONGEST_LOGIN).contains(&name.len())
            && !name.contains(|c: char| c.is_control() || c == ':');
        match can_be {
            true => Self::found(name, |login, _| login == name),
            false => Ok(None),
        }
    }

    fn found(key: &str, is_wanted: impl Fn(&str, u32) -> bool) -> Result<Option<Self>> {
        let first = |text: &[u8]| {
            let mut lines = text.split(|&b| b == b'\n');
            lines.find_map(|line| Self::of_line(line, &is_wanted))
        };
        let file = std::fs::read("/etc/passwd").unwrap_or_default();
        match first(&file) {
            Some(user) => Ok(Some(user)),
            None => Ok(first(&ask(key)?)),
        }
    }

    /// `name:password:uid:gid:comment:home:shell`, passwd(5), if it is the one.
    fn of_line(line: &[u8], is_wanted: impl Fn(&str, u32) -> bool) -> Option<Self> {
        use std::os::unix::ffi::OsStrExt;
        let mut fields = line.split(|&b| b == b':');
        let name = std::str::from_utf8(fields.next()?).ok()?;
        let uid = std::str::from_utf8(fields.nth(1)?).ok()?.parse().ok()?;
        let home = fields.nth(2)?;
        (!name.is_empty() && is_wanted(name, uid)).then(|| Self {
            name: name.to_owned(),
            uid,
            home: OsStr::from_bytes(home).into(),
        })
    }
}

/// LOGIN_NAME_MAX of Linux.
#[cfg(target_os = "linux")]
const LONGEST_LOGIN: usize = 256;

/// Where `getent` lies; it is not looked for in a `PATH`, which may lead to where one stands.
#[cfg(target_os = "linux")]
const GETENT: [&str; 3] = [
    "/usr/bin/getent",
    "/bin/getent",
    "/run/current-system/sw/bin/getent",
];

/// What `getent` says of a user. Where there is no such program there is no directory service either.
#[cfg(target_os = "linux")]
fn ask(key: &str) -> Result<Vec<u8>> {
    let Some(program) = GETENT.into_iter().find(|path| Path::new(path).exists()) else {
        return Ok(Vec::new());
    };
    let mut ask = Command::new(program);
    ask.args(["passwd", "--", key]);
    ask.stdin(Stdio::null()).stderr(Stdio::null());
    let answer = ask.stdout(Stdio::piped()).spawn().and_then(|mut asked| {
        let mut answer = Vec::new();
        if let Some(mut out) = asked.stdout.take() {
            out.read_to_end(&mut answer)?;
        }
        // Whoever ignores their children's ends (SIGCHLD) is not told of this one's.
        let _ = asked.wait();
        Ok(answer)
    });
    answer.map_err(Error::io("ask", Path::new(program)))
}

#[cfg(not(target_os = "linux"))]
impl User {
    /// The user with this number, if there is one.
    ///
    /// # Errors
    /// [`Error::Io`] where nobody could be asked.
    pub fn of_uid(uid: u32) -> Result<Option<Self>> {
        Self::known(nix::unistd::User::from_uid(uid.into()))
    }

    /// The user with this login, if there is one.
    ///
    /// # Errors
    /// [`Error::Io`] where nobody could be asked.
    pub fn of_name(name: &str) -> Result<Option<Self>> {
        Self::known(nix::unistd::User::from_name(name))
    }

    fn known(found: nix::Result<Option<nix::unistd::User>>) -> Result<Option<Self>> {
        let found = found.map_err(|errno| Error::io("ask", Path::new("/etc/passwd"))(errno.into()));
        Ok(found?.map(Self::from))
    }
}

#[cfg(not(target_os = "linux"))]
impl From<nix::unistd::User> for User {
    fn from(user: nix::unistd::User) -> Self {
        Self {
            name: user.name,
            uid: user.uid.as_raw(),
            home: user.dir,
        }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_user() {
        let of = |line: &str| User::of_line(line.as_bytes(), |_, _| true);
        let lan = User {
            name: "lan".to_owned(),
            uid: 1001,
            home: "/home/lan".into(),
        };
        assert_eq!(of("lan:x:1001:100:Lan, desk:/home/lan:/bin/sh"), Some(lan));
        for odd in [
            "",
            "+::::::",
            "# no user",
            "lan:x",
            "lan:x:many:100::/:",
            "lan:x:-1:100::/:",
        ] {
            assert_eq!(of(odd), None, "{odd:?}");
        }
    }

    #[test]
    fn root_is_root_and_who_is_not_there_is_nobody() {
        let root = User::of_uid(0).unwrap().unwrap();
        assert_eq!(User::of_name(&root.name).unwrap(), Some(root));
        assert_eq!(User::of_uid(3_999_999_999).unwrap(), None);
        // A number is no login, though `getent` takes it for a user's.
        for name in [
            "0",
            "--help",
            "no such user",
            "",
            "a\0b",
            "root:x",
            &"a".repeat(300),
        ] {
            assert_eq!(User::of_name(name).unwrap(), None, "{name:?}");
        }
    }
}
