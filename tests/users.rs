//! The operating system's users, as a program finds them that loads nothing as it starts.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::harness::{DESK, Desk, Said, has, skip_unless};
use crate::shared::is_root;

/// Nobody has it.
const STRANGER: &str = "3999999";

/// Runs `desk` as a user with this number, with these variables alone.
fn run_as(uid: &str, variables: &[(&str, &Path)], args: &[&str]) -> Said {
    let mut command = Command::new("setpriv");
    command
        .args(["--reuid", uid, "--clear-groups", DESK])
        .args(args);
    command.env_clear().env("PATH", "/usr/bin:/bin");
    command.envs(variables.iter().copied());
    command.output().unwrap().into()
}

/// A folder in which everybody may write.
fn open_folder(desk: &Desk, name: &str) -> PathBuf {
    use std::os::unix::fs::PermissionsExt;
    let folder = desk.beside().join(name);
    fs::create_dir(&folder).unwrap();
    for folder in [desk.beside(), &folder] {
        fs::set_permissions(folder, fs::Permissions::from_mode(0o777)).unwrap();
    }
    folder
}

#[test]
fn who_has_no_name_is_called_by_number() {
    if !is_root() {
        return;
    }
    let desk = Desk::new();
    let data = open_folder(&desk, "shared");
    let place = [("DESK_DATA_DIR", &*data)];
    let opened = run_as(
        STRANGER,
        &place,
        &["open", "Printer jams", "--take", "--json"],
    );
    assert_eq!(opened.code, 0, "{opened:?}");
    let shown = run_as(STRANGER, &place, &["show", "1", "--format", "json"]).json();
    assert_eq!(shown["assignee"], format!("uid{STRANGER}"));
    assert_eq!(shown["events"][0]["by"], format!("uid{STRANGER}"));
    let checked = run_as(STRANGER, &place, &["fsck"]);
    assert_eq!((checked.code, checked.out.as_str()), (0, ""), "{checked:?}");
}

#[test]
fn where_nothing_says_where_the_home_is_the_system_does() {
    if !is_root() {
        return;
    }
    let desk = Desk::new();
    let home = open_folder(&desk, "home");
    let none = run_as(STRANGER, &[], &["open", "Printer jams"]);
    let refusal = "2 error: there is no home to keep tickets in / hint: name a data directory with -C DIR or DESK_DATA_DIR";
    assert_eq!(none.refusal(), refusal);
    // A home of whoever has one is named where there is nothing yet.
    let root = run_as("0", &[("XDG_DATA_HOME", &home)], &["list"]);
    let expected = format!(
        "there are no tickets yet in {}\n",
        home.join("desk").display()
    );
    assert_eq!(root.err, expected);
    // What is no absolute path counts as if it were not said (XDG base directory specification).
    let relative = run_as("0", &[("XDG_DATA_HOME", Path::new("data"))], &["list"]);
    assert!(relative.err.contains("/.local/share/desk"), "{relative:?}");
}

#[test]
fn a_directory_service_is_asked_by_getent() {
    let can = || {
        let tried = Command::new("unshare").args(["--mount", "true"]).output();
        tried.is_ok_and(|tried| tried.status.success())
    };
    if !is_root() || !has("unshare") || !has("mount") {
        return;
    }
    let getent = Path::new("/usr/bin/getent");
    if !skip_unless(can(), "no mount namespaces") || !skip_unless(getent.exists(), "no getent") {
        return;
    }
    let desk = Desk::new();
    let home = open_folder(&desk, "home");
    let directory = desk.beside().join("getent");
    let entry = format!("lan:x:{STRANGER}:100:Lan:{}:/bin/sh", home.display());
    fs::write(
        &directory,
        format!("#!/bin/sh\n[ \"$1 $2\" = 'passwd --' ] && echo '{entry}'\n"),
    )
    .unwrap();
    let script = format!(
        "chmod 755 {directory} && mount --bind {directory} {getent} && \
         trap '' CHLD && exec setpriv --reuid {STRANGER} --clear-groups {DESK} open 'Printer jams' --take",
        directory = directory.display(),
        getent = getent.display(),
    );
    let mut command = Command::new("unshare");
    command.args(["--mount", "sh", "-ec", &script]);
    command
        .env_clear()
        .env("PATH", "/usr/bin:/bin:/usr/sbin:/sbin");
    let said = Said::from(command.output().unwrap());
    assert_eq!((said.out.as_str(), said.code), ("1\n", 0), "{said:?}");
    // Both their home and their name come from there, also where nobody is told that it ended.
    let file = home.join(".local/share/desk/tickets/0000/1.json");
    let ticket: serde_json::Value = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
    assert_eq!(ticket["assignee"], "lan");
}

/// A ticket would say for good that somebody else did it.
#[test]
fn where_nobody_can_be_asked_who_somebody_is_they_do_nothing() {
    let getent = Path::new("/usr/bin/getent");
    if !is_root() || !has("prlimit") || !skip_unless(getent.exists(), "no getent") {
        return;
    }
    let desk = Desk::new();
    let data = open_folder(&desk, "shared");
    let mut command = Command::new("setpriv");
    command.args(["--reuid", "3999998", "--clear-groups"]);
    command.args(["prlimit", "--nproc=1:1", DESK, "open", "Printer jams"]);
    command.env_clear().env("PATH", "/usr/bin:/bin");
    command.env("DESK_DATA_DIR", &data).env("HOME", &data);
    let said = Said::from(command.output().unwrap());
    assert_eq!(said.code, 1, "{said:?}");
    let expected = "error: cannot ask /usr/bin/getent: ";
    assert!(said.err.starts_with(expected), "{said:?}");
    assert!(!data.join("tickets").exists());
}

/// Whether a program asks for another one to load it (PT_INTERP of the ELF specification).
fn is_loaded(program: &[u8]) -> bool {
    let number = |at: usize, bytes: usize| {
        let mut number = [0; 8];
        number[..bytes].copy_from_slice(&program[at..at + bytes]);
        usize::try_from(u64::from_le_bytes(number)).unwrap()
    };
    let (start, size, count) = (number(32, 8), number(54, 2), number(56, 2));
    (0..count).any(|n| number(start + n * size, 4) == 3)
}

#[test]
fn nothing_is_loaded_as_it_starts_where_the_archives_are() {
    let is_elf = cfg!(all(target_pointer_width = "64", target_endian = "little"));
    // What build.rs says that it did.
    let is_whole = option_env!("DESK_LINKED") == Some("whole");
    if !skip_unless(is_elf && is_whole, "the C library has no archives here") {
        return;
    }
    assert!(!is_loaded(&fs::read(DESK).unwrap()));
    let this_test = std::env::current_exe().unwrap();
    assert!(is_loaded(&fs::read(this_test).unwrap()));
}
