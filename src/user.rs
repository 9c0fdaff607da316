//! The operating system's users: who has a number, and where they are at home.
//!
//! On Linux they are looked up as passwd(5) has them, and where it has not (a directory service, LDAP
//! for one, may know more) `getent` of the C library's own programs is asked. The C library itself is
//! not: it loads what knows the directory service into the program, which one that was linked with
//! archives (see `build.rs`) does not survive.

#[cfg(target_os = "linux")]
use std::ffi::OsStr;
use std::path::PathBuf;
#[cfg(target_os = "linux")]
use std::process::{Command, Stdio};

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
    /// The user with this number; `None`, if there is none, or nobody can say.
    #[must_use]
    pub fn of_uid(uid: u32) -> Option<Self> {
        Self::found(&uid.to_string(), |user| user.uid == uid)
    }

    /// The user with this login; `None`, if there is none, or nobody can say.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        Self::found(name, |user| user.name == name)
    }

    fn found(key: &str, is_wanted: impl Fn(&Self) -> bool) -> Option<Self> {
        let first = |text: &[u8]| {
            let mut users = text.split(|&b| b == b'\n').filter_map(Self::of_line);
            users.find(&is_wanted)
        };
        let file = std::fs::read("/etc/passwd").ok();
        let known = file.and_then(|file| first(&file));
        known.or_else(|| first(&ask(key)?))
    }

    /// `name:password:uid:gid:comment:home:shell`, passwd(5).
    fn of_line(line: &[u8]) -> Option<Self> {
        use std::os::unix::ffi::OsStrExt;
        let mut fields = line.split(|&b| b == b':');
        let name = std::str::from_utf8(fields.next()?).ok()?;
        let uid = std::str::from_utf8(fields.nth(1)?).ok()?;
        let home = fields.nth(2)?;
        Some(Self {
            name: Some(name).filter(|name| !name.is_empty())?.to_owned(),
            uid: uid.parse().ok()?,
            home: OsStr::from_bytes(home).into(),
        })
    }
}

/// Where `getent` lies; it is not looked for in a `PATH`, which may lead to where one stands.
#[cfg(target_os = "linux")]
const GETENT: [&str; 3] = [
    "/usr/bin/getent",
    "/bin/getent",
    "/run/current-system/sw/bin/getent",
];

/// What `getent` says of a user; where there is no such program, nothing.
#[cfg(target_os = "linux")]
fn ask(key: &str) -> Option<Vec<u8>> {
    let ask = |program: &&str| {
        let mut asked = Command::new(program);
        asked.args(["passwd", "--", key]);
        asked.stdin(Stdio::null()).stderr(Stdio::null());
        asked.output().ok()
    };
    let answer = GETENT.iter().find_map(ask)?;
    Some(answer.stdout)
}

#[cfg(not(target_os = "linux"))]
impl User {
    /// The user with this number; `None`, if there is none, or nobody can say.
    #[must_use]
    pub fn of_uid(uid: u32) -> Option<Self> {
        let found = nix::unistd::User::from_uid(uid.into()).ok().flatten();
        found.map(Self::from)
    }

    /// The user with this login; `None`, if there is none, or nobody can say.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        let found = nix::unistd::User::from_name(name).ok().flatten();
        found.map(Self::from)
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
        let of = |line: &str| User::of_line(line.as_bytes());
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
        let root = User::of_uid(0).unwrap();
        assert_eq!(User::of_name(&root.name), Some(root));
        assert_eq!(User::of_uid(3_999_999_999), None);
        // A number is no login, though `getent` takes it for a user's.
        for name in ["0", "--help", "no such user", ""] {
            assert_eq!(User::of_name(name), None, "{name:?}");
        }
    }
}
