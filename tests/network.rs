//! A disk that is not known to keep what the store is built on: read, and written to by who insists.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::harness::{Desk, has, skip_unless};
use crate::hostile::{fails, files_below, run};

/// A help desk whose data directory lies on FUSE.
struct Fuse {
    desk: Desk,
    mount: PathBuf,
}

impl Fuse {
    fn new() -> Option<Self> {
        let is_root = skip_unless(nix::unistd::Uid::current().is_root(), "not root");
        if !(is_root && has("bindfs") && has("umount")) {
            return None;
        }
        let desk = Desk::new();
        let (disk, mount) = (desk.beside().join("disk"), desk.beside().join("mount"));
        fs::create_dir(&disk).unwrap();
        fs::create_dir(&mount).unwrap();
        // What was just written is looked at by others: nothing that the kernel remembers of it will do.
        let mounted = Command::new("bindfs")
            .args(["-o", "attr_timeout=0,entry_timeout=0"])
            .args([&disk, &mount])
            .output()
            .unwrap();
        skip_unless(mounted.status.success(), "FUSE cannot be mounted")
            .then_some(Self { desk, mount })
    }

    fn command(&self, line: &str) -> Command {
        let mut command = self.desk.command(line.split(' '));
        command.env("DESK_DATA_DIR", self.mount.join("data"));
        command
    }
}

impl Drop for Fuse {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.mount).status();
    }
}

#[test]
fn on_fuse_one_reads_and_writes_only_if_one_insists() {
    let Some(fuse) = Fuse::new() else {
        return;
    };
    let data = fuse.mount.join("data");
    let error = format!(
        "{} is on FUSE: what a lock, a sync and a rename are worth there depends on a program",
        data.display()
    );
    let say = |line: &str| run(&mut fuse.command(line), b"");
    let insist = |line: &str| run(fuse.command(line).env("DESK_ANY_DISK", "1"), b"");
    for line in ["open x", "tech add lan"] {
        fails(&say(line), 4, &error);
        assert!(!data.exists(), "{line}");
    }
    assert_eq!(insist("open one").out, "1\n");
    assert_eq!(insist("tech add lan").code, 0);
    let before = files_below(&data);
    for line in [
        "list",
        "show 1",
        "log",
        "status",
        "report",
        "search one",
        "tech list",
        "fsck",
    ] {
        let said = say(line);
        assert_eq!(
            (said.code, said.err.contains("FUSE")),
            (0, false),
            "{said:?}"
        );
    }
    for line in [
        "open x",
        "note 1 -m x",
        "note 1 -m x -n",
        "open x -n",
        "tech edit lan --tier 2",
        "tech remove lan",
    ] {
        fails(&say(line), 4, &error);
        for no in ["", "0"] {
            fails(
                &run(fuse.command(line).env("DESK_ANY_DISK", no), b""),
                4,
                &error,
            );
        }
    }
    let said = run(
        &mut fuse.command("batch --json"),
        b"{\"op\":\"note\",\"ticket\":1,\"message\":\"x\"}\n",
    );
    let answer = said.json();
    assert_eq!(
        (said.code, &answer["error"]["code"]),
        (6, &"refused".into())
    );
    assert_eq!(answer["error"]["message"], error);
    assert_eq!(files_below(&data), before);
    for line in [
        "note 1 -m x",
        "note 1 -m x -n",
        "close 1 -m x",
        "tech remove lan",
    ] {
        assert_eq!(insist(line).code, 0, "{line}");
    }
    assert_eq!(insist("fsck").code, 0);
}

#[test]
fn the_kind_of_disk_is_asked_once_a_run_by_who_writes() {
    if !has("strace") {
        return;
    }
    let desk = Desk::new();
    let trace = desk.beside().join("trace");
    let asked = |line: &str, input: &[u8]| {
        let mut command = Command::new("strace");
        command
            .args(["-f", "-qq", "-e", "trace=statfs,fstatfs", "-o"])
            .arg(&trace)
            .arg(crate::harness::DESK)
            .args(line.split(' '))
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("DESK_DATA_DIR", desk.data());
        assert_eq!(run(&mut command, input).code, 0, "{line}");
        let calls = fs::read_to_string(&trace).unwrap();
        calls.lines().filter(|call| call.contains("statfs")).count()
    };
    assert_eq!(asked("open x", b""), 1);
    let lines = "{\"op\":\"note\",\"ticket\":1,\"message\":\"x\"}\n".repeat(5_000);
    assert_eq!(asked("batch", lines.as_bytes()), 1);
    assert_eq!(asked("tech add lan", b""), 1);
    // Whoever lists keeps an index.
    assert_eq!(asked("list", b""), 1);
    for line in ["show 1 --json", "fsck"] {
        assert_eq!(asked(line, b""), 0, "{line}");
    }
}
