//! One data directory, several users: who may go on, who may only read, and what a hostile one
//! can plant.

use std::ffi::OsString;
use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use nix::sys::stat::{Mode, SFlag, makedev, mknod};
use nix::unistd::{Uid, mkfifo};

use crate::harness::{DESK, Desk, Said, has, skip_unless};
use crate::hostile::{fails, files_below, finished, run};

/// A group that nobody else is in.
const GROUP: u32 = 54_000;

/// Users of that group: two without a name, and one with.
const LAN: u32 = 54_001;
const TAM: u32 = 54_002;
const DAEMON: u32 = 1;

/// Somebody who is not of it.
const STRANGER: u32 = 54_003;

/// Whether a test can be several users.
pub(crate) fn is_root() -> bool {
    let root = skip_unless(Uid::current().is_root(), "not root");
    if !(root && has("setpriv")) {
        return false;
    }
    let starts = command(LAN, "077", Path::new("/"), &["--version"]);
    let starts = { starts }.output().unwrap().status.success();
    skip_unless(
        starts,
        "another user cannot run the program where it was built",
    )
}

/// Desk as a user under a umask, with nothing in the environment.
fn command<S: Into<OsString> + Clone>(uid: u32, umask: &str, data: &Path, args: &[S]) -> Command {
    let mut command = Command::new("setpriv");
    let groups = match uid {
        STRANGER => "--clear-groups".to_owned(),
        _ => format!("--groups={GROUP}"),
    };
    command
        .args([format!("--reuid={uid}"), format!("--regid={uid}"), groups])
        .args([
            "--",
            "sh",
            "-c",
            "umask $0 && exec \"$@\"",
            umask,
            DESK,
            "-C",
        ])
        .arg(data)
        .args(args.iter().cloned().map(Into::into))
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("TZ", "UTC")
        .current_dir("/")
        .stdin(Stdio::null());
    command
}

fn say(uid: u32, umask: &str, data: &Path, line: &str) -> Said {
    let args: Vec<&str> = line.split_whitespace().collect();
    let batch = b"{\"op\":\"open\",\"subject\":\"batch\"}\n{\"op\":\"note\",\"ticket\":1,\"message\":\"x\"}\n";
    let input: &[u8] = if line.starts_with("batch") {
        batch
    } else {
        b""
    };
    run(&mut command(uid, umask, data, &args), input)
}

fn ok(uid: u32, data: &Path, line: &str) -> Said {
    let said = say(uid, "077", data, line);
    assert_eq!(said.code, 0, "{uid}: {line}: {said:?}");
    said
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

fn mode(path: &Path) -> u32 {
    path.symlink_metadata().unwrap().mode() & 0o7777
}

/// A data directory of this owner and mode, of [`GROUP`], with nothing in it.
fn data(desk: &Desk, owner: u32, mode: u32) -> PathBuf {
    set_mode(desk.beside(), 0o755);
    let data = desk.data();
    fs::create_dir(&data).unwrap();
    chown(&data, Some(owner), Some(GROUP)).unwrap();
    set_mode(&data, mode);
    data
}

/// Everything below a folder.
fn below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.is_symlink() {
            found.extend(below(&path));
        }
        found.push(path);
    }
    found
}

/// Everything that writes, so that each can be done after the one before it.
const WRITES: [&str; 27] = [
    "open one",
    "open two --ref R2",
    "open three --resolve x",
    "note 1 -m x",
    "reply 1 -m x",
    "assign 1 --to lan",
    "take 2",
    "escalate 2 -m x",
    "wait 1 -m x",
    "resume 1",
    "resolve 1 -m x",
    "reopen 1 -m x",
    "close 1 -m x",
    "rate 1 --stars 3",
    "edit 2 --tag a --ref R3",
    "link 2 --blocks 1",
    "unlink 2 --blocks 1",
    "merge 2 --into 1",
    "unmerge 2",
    "batch",
    "tech add lan",
    "tech edit lan --tier 2",
    "tech add tam",
    "tech remove tam",
    "assign 2 --auto",
    "reopen 1 -m x",
    "escalate 1 -m x",
];

#[test]
fn whoever_may_write_can_always_go_on() {
    if !is_root() {
        return;
    }
    // The data directory's mode, and what is made in it: folders, files, locks.
    let table = [
        (0o2770, 0o2770, 0o660, 0o660),
        (0o770, 0o2770, 0o660, 0o660),
        // Sticky: nobody renames away what is another's. What is made in it is not.
        (0o3770, 0o2770, 0o660, 0o660),
        (0o2775, 0o2775, 0o664, 0o660),
        (0o777, 0o2777, 0o666, 0o666),
    ];
    for (index, (of_data, of_folders, of_files, of_locks)) in table.into_iter().enumerate() {
        let desk = Desk::new();
        let data = data(&desk, 0, of_data);
        for (turn, line) in WRITES.into_iter().enumerate() {
            let uid = [LAN, TAM, DAEMON][(turn + index) % 3];
            let umask = ["0", "022", "077"][(turn / 2 + index) % 3];
            let said = say(uid, umask, &data, line);
            assert_eq!(said.code, 0, "{uid}, {of_data:o}: {line}: {said:?}");
            for path in below(&data) {
                let expected = match () {
                    () if path.is_dir() => of_folders,
                    () if path.parent().unwrap().ends_with("locks") => of_locks,
                    () if path.ends_with(".desk/number") => of_locks,
                    () if path.ends_with(".desk/index/lock") => of_locks,
                    () => of_files,
                };
                let (path, gid) = (path.display(), path.metadata().unwrap().gid());
                let found = mode(&data.join(path.to_string()));
                assert_eq!(
                    (format!("{found:o}"), gid),
                    (format!("{expected:o}"), GROUP),
                    "{path} in {of_data:o} after {line} under {umask}"
                );
            }
        }
        assert_eq!((mode(&data), data.metadata().unwrap().uid()), (of_data, 0));
        assert_eq!(ok(TAM, &data, "fsck").out, "");
    }
}

/// Nothing is ever found half made: a lock that its maker had not yet opened to the group would
/// turn the other away.
#[test]
fn two_users_who_begin_at_once_do_not_stop_each_other() {
    if !is_root() {
        return;
    }
    for _ in 0..8 {
        let desk = Desk::new();
        let data = data(&desk, 0, 0o770);
        let opened: Vec<_> = (0..12)
            .map(|n| {
                let uid = [LAN, TAM][n % 2];
                let mut open = command(uid, "077", &data, &["open", "x"]);
                open.stdout(Stdio::piped()).stderr(Stdio::piped());
                open.spawn().unwrap()
            })
            .collect();
        for child in opened {
            let said = Said::from(child.wait_with_output().unwrap());
            assert_eq!(said.code, 0, "{said:?}");
        }
        assert_eq!(files_below(&data.join("tickets")).len(), 12);
        let unfinished = |path: &PathBuf| path.to_string_lossy().ends_with(".new");
        assert!(!below(&data).iter().any(unfinished));
    }
}

#[test]
fn where_everybody_may_write_the_group_does_not_matter() {
    if !is_root() {
        return;
    }
    let desk = Desk::new();
    let data = data(&desk, 0, 0o777);
    for (uid, line) in [
        (STRANGER, "open one"),
        (LAN, "note 1 -m x"),
        (STRANGER, "open two"),
        (DAEMON, "close 1 2 -m x"),
        (LAN, "open three"),
        (STRANGER, "note 3 -m x"),
    ] {
        ok(uid, &data, line);
    }
}

#[test]
fn who_cannot_pass_the_group_on_is_told_so() {
    if !is_root() {
        return;
    }
    // Its owner is not of its group, and there is no set-group-ID bit that would pass it on.
    let desk = Desk::new();
    let data = data(&desk, STRANGER, 0o770);
    let error = format!(
        "cannot pass on the group of the data directory to {}/.desk: Operation not permitted (os error 1)",
        data.display()
    );
    fails(&say(STRANGER, "022", &data, "open x"), 1, &error);
    assert_eq!(below(&data), Vec::<PathBuf>::new());
    // Nothing is for the group alone: then it does not matter.
    set_mode(&data, 0o700);
    ok(STRANGER, &data, "open x");
}

#[test]
fn a_ticket_has_the_mode_of_its_data_directory_from_its_next_change_on() {
    if !is_root() {
        return;
    }
    let desk = Desk::new();
    let data = data(&desk, LAN, 0o2770);
    ok(LAN, &data, "open one");
    ok(LAN, &data, "tech add lan");
    let files = [desk.file(1), data.join("technicians/lan.json")];
    for own in [0o600, 0o640, 0o644, 0o666, 0o770] {
        for file in &files {
            set_mode(file, own);
            chown(file, None, Some(LAN)).unwrap();
        }
        ok(LAN, &data, "note 1 -m x");
        ok(LAN, &data, "tech edit lan --tier 2");
        for file in &files {
            let is = (mode(file), file.metadata().unwrap().gid());
            assert_eq!(is, (0o660, GROUP), "{own:o}");
        }
    }
    // Until then who may not read it is told so, and of nothing else.
    set_mode(&desk.file(1), 0o600);
    ok(LAN, &data, "open two");
    let named = format!(
        "cannot read {}: Permission denied (os error 13)",
        desk.file(1).display()
    );
    fails(&say(TAM, "022", &data, "note 1 -m x"), 1, &named);
    fails(&say(TAM, "022", &data, "list"), 1, &named);
    ok(TAM, &data, "note 2 -m x");
}

#[test]
fn folders_made_sticky_by_hand_stop_who_may_not_replace() {
    if !is_root() {
        return;
    }
    let desk = Desk::new();
    let data = data(&desk, 0, 0o2770);
    ok(LAN, &data, "open one");
    ok(TAM, &data, "open two");
    set_mode(&data.join("tickets/0000"), 0o3770);
    let before = files_below(&data.join("tickets"));
    let error = format!(
        "cannot write {}: Operation not permitted (os error 1)",
        desk.file(1).display()
    );
    fails(&say(TAM, "022", &data, "note 1 -m x"), 1, &error);
    assert_eq!(files_below(&data.join("tickets")), before);
    assert_eq!(below(&data.join(".desk/tmp")), Vec::<PathBuf>::new());
    ok(LAN, &data, "note 1 -m x");
    ok(TAM, &data, "note 2 -m x");
}

#[test]
fn what_a_dead_process_of_somebody_else_left_behind_stops_nobody() {
    if !is_root() {
        return;
    }
    let desk = Desk::new();
    let data = data(&desk, 0, 0o2770);
    ok(LAN, &data, "open one");
    ok(LAN, &data, "note 1 -m x");
    let private = data.join(".desk");
    for lock in ["ticket-001", "folder-0000"] {
        fs::remove_file(private.join("locks").join(lock)).unwrap();
    }
    let left = [
        private.join("tmp/1"),
        private.join("tmp/2"),
        private.join("tmp/number"),
        private.join("tmp/technician-lan.json"),
        private.join("locks/ticket-001.4711.0.new"),
        private.join("locks/assignment.4711.0.new"),
    ];
    for file in &left {
        fs::write(file, "left").unwrap();
        set_mode(file, 0o600);
        chown(file, Some(LAN), None).unwrap();
    }
    // A folder that nobody else may look into, since it was not given its mode yet.
    let folders = [
        private.join("technicians.4711.0.new"),
        private.join("tmp/folder-0001.4711"),
    ];
    for folder in &folders {
        fs::create_dir(folder).unwrap();
        set_mode(folder, 0o700);
        chown(folder, Some(LAN), None).unwrap();
    }
    fs::write(private.join("number"), format!("{:020}\n", 9_999)).unwrap();
    ok(TAM, &data, "note 1 -m x");
    ok(TAM, &data, "tech add lan");
    assert_eq!(ok(TAM, &data, "open x").out, "10000\n");
    // Of what was not needed yet, the temporaries of ticket 2 and of a copied counter are left.
    let rest: Vec<_> = left.iter().filter(|file| file.exists()).collect();
    assert_eq!(rest, [&left[1], &left[2]]);
    assert!(!folders.iter().any(|folder| folder.exists()));
}

#[test]
fn who_may_write_but_is_not_of_the_group_begins_a_folder() {
    if !is_root() || !has("setfacl") {
        return;
    }
    let desk = Desk::new();
    let data = data(&desk, LAN, 0o2770);
    ok(LAN, &data, "open one");
    fs::write(data.join(".desk/number"), format!("{:020}\n", 9_999)).unwrap();
    for kind in ["-m", "-dm"] {
        let entry = format!("u:{STRANGER}:rwX");
        let mut command = Command::new("setfacl");
        let given = command.args(["-R", kind, &entry]).arg(&data).status();
        if !skip_unless(given.unwrap().success(), "no ACLs on this disk") {
            return;
        }
    }
    assert_eq!(ok(STRANGER, &data, "open two").out, "10000\n");
    assert_eq!(ok(LAN, &data, "open three").out, "10001\n");
    assert_eq!(below(&data.join(".desk/tmp")), Vec::<PathBuf>::new());
}

#[test]
fn who_may_only_read_reads() {
    if !is_root() {
        return;
    }
    let desk = Desk::new();
    let data = data(&desk, LAN, 0o2750);
    for line in [
        "tech add uid54001 --tier 2",
        "tech add uid54002",
        "open one",
        "open two --ref R2",
        "close 1 -m x",
    ] {
        ok(LAN, &data, line);
    }
    let before = files_below(&data);
    for line in [
        "list",
        "list --json",
        "show 1",
        "show R2 --json",
        "search one",
        "log",
        "log 1",
        "status",
        "report",
        "report backlog",
        "report technicians",
        "tech list",
        "fsck",
    ] {
        let said = ok(TAM, &data, line);
        assert!(!said.err.contains("error"), "{line}: {said:?}");
    }
    for line in [
        "open x -n",
        "open x --ref R9 -n",
        "note 1 -m x -n",
        "take 2 -n",
        "assign R2 --auto -n",
        "escalate 2 -m x -n",
        "wait 2 -m x -n",
        "resolve 2 -m x -n",
        "close 2 -m x -n",
        "reopen 1 -m x -n",
        "rate 1 --stars 3 -n",
        "edit 2 --tag x -n",
        "link 2 --blocks 1 -n",
        "merge 2 --into 1 -n",
        "batch -n",
    ] {
        ok(TAM, &data, line);
    }
    for line in [
        "open x",
        "note 1 -m x",
        "close 2 -m x",
        "tech add lan",
        "edit R2 --tag x",
    ] {
        let said = say(TAM, "022", &data, line);
        assert_eq!((said.code, said.err.lines().count()), (1, 1), "{said:?}");
        assert!(said.error().ends_with(": Permission denied (os error 13)"));
        assert!(said.error().contains(data.to_str().unwrap()));
    }
    assert_eq!(files_below(&data), before);
    // Nor can a reader hold a lock, and so keep the writers waiting.
    for lock in below(&data.join(".desk/locks")) {
        assert_eq!(mode(&lock), 0o600, "{}", lock.display());
    }
    assert_eq!(mode(&data.join(".desk/number")), 0o600);
    // Who may not even that is told so.
    let error = format!(
        "cannot open {}: Permission denied (os error 13)",
        data.display()
    );
    for line in [
        "list",
        "show 1",
        "status",
        "fsck",
        "open x",
        "note 1 -m x",
        "open x -n",
    ] {
        fails(&say(STRANGER, "022", &data, line), 1, &error);
    }
}

#[test]
fn who_may_only_read_gets_an_index_of_their_own() {
    if !is_root() {
        return;
    }
    let desk = Desk::new();
    let data = data(&desk, LAN, 0o2750);
    ok(LAN, &data, "open one --requester lan");
    ok(LAN, &data, "open two");
    fs::remove_dir_all(data.join(".desk/index")).ok();
    let home = desk.beside().join("home");
    fs::create_dir(&home).unwrap();
    chown(&home, Some(TAM), None).unwrap();
    let cache = home.join("cache");
    let read = |line: &str, with_cache: bool| {
        let args: Vec<&str> = line.split(' ').collect();
        let mut command = command(TAM, "022", &data, &args);
        if with_cache {
            command.env("HOME", &home).env("XDG_CACHE_HOME", &cache);
        }
        Said::from(command.output().unwrap())
    };
    let before = below(&data);
    for line in [
        "list --json",
        "search one --json",
        "report --json",
        "status",
    ] {
        let (own, none) = (read(line, true), read(line, false));
        let told = |said: &Said| (said.code, said.err.clone());
        assert_eq!(
            (told(&own), told(&none)),
            ((0, String::new()), (0, String::new()))
        );
        if !line.starts_with("report") {
            assert_eq!(own.out, none.out, "{line}");
        }
    }
    assert_eq!(
        below(&data),
        before,
        "nothing of it lies in the data directory"
    );
    let made = below(&cache);
    assert!(
        made.iter().any(|path| path.ends_with("current")),
        "{made:?}"
    );
    assert!(
        made.iter()
            .all(|path| mode(path) & 0o077 == 0 || *path == cache),
        "{made:?}"
    );
    // It follows what others write.
    ok(LAN, &data, "open three");
    let total = read("list --json", true).json()["total"].clone();
    assert_eq!(total, 3);
    let said = read("reindex", true);
    assert_eq!((said.code, said.err.as_str()), (0, "indexed 3 tickets\n"));
    fs::remove_dir_all(&cache).unwrap();
    assert_eq!(read("list --json", true).json()["total"], 3);
}

#[test]
fn an_index_that_root_wrote_is_for_whom_the_data_directory_is_of() {
    if !is_root() {
        return;
    }
    let desk = Desk::new();
    let data = data(&desk, LAN, 0o2700);
    ok(LAN, &data, "open one");
    ok(LAN, &data, "list");
    let index = data.join(".desk/index");
    let current = index.join("current");
    let owners = || {
        Vec::from_iter(
            below(&index)
                .iter()
                .map(|path| path.metadata().unwrap().uid()),
        )
    };
    let database = || {
        let all = below(&index).into_iter();
        let mut all = all.filter(|path| path.extension().is_some_and(|end| end == "sqlite"));
        all.next().unwrap()
    };
    let listed = || {
        ok(LAN, &data, "note 1 -m again");
        assert_eq!(ok(LAN, &data, "list --json").json()["total"], 1);
        assert_eq!(current.metadata().unwrap().uid(), LAN);
    };
    ok(0, &data, "reindex");
    ok(0, &data, "list");
    assert!(
        owners().iter().all(|owner| *owner == LAN),
        "{:?}",
        below(&index)
    );
    let made = database();
    listed();
    // An earlier version left one that is root's: it can be read, or not even that.
    for (mode, is_made_anew) in [(0o644, false), (0o600, true)] {
        chown(&current, Some(0), Some(0)).unwrap();
        set_mode(&current, mode);
        listed();
        assert_eq!(database() != made, is_made_anew);
    }
}

#[test]
fn a_data_directory_of_somebody_else_where_everybody_may_write() {
    if !is_root() {
        return;
    }
    let desk = Desk::new();
    set_mode(desk.beside(), 0o1777);
    // Two who begin at once: whose it is, is whose came first.
    let data = desk.data();
    let mut first = command(STRANGER, "077", &data, &["open", "one"]);
    let mut second = command(STRANGER, "0", &data, &["open", "two"]);
    let start = |open: &mut Command| open.stdout(Stdio::null()).spawn().unwrap();
    let (mut first, mut second) = (start(&mut first), start(&mut second));
    assert!(first.wait().unwrap().success() && second.wait().unwrap().success());
    assert_eq!(
        (mode(&data) & 0o777, data.metadata().unwrap().uid()),
        (0o750, STRANGER)
    );
    assert_eq!(files_below(&data.join("tickets")).len(), 2);
    // Nobody else gets in, nor is anything of theirs changed by who comes upon it.
    let error = format!(
        "cannot open {}: Permission denied (os error 13)",
        data.display()
    );
    fails(&say(LAN, "022", &data, "open x"), 1, &error);
    let planted = desk.beside().join("planted");
    let away = desk.beside().join("away");
    fs::create_dir(&away).unwrap();
    set_mode(&away, 0o711);
    chown(&away, Some(LAN), None).unwrap();
    symlink(&away, &planted).unwrap();
    ok(LAN, &planted, "open x");
    assert_eq!(mode(&away), 0o711);
}

#[test]
fn who_acts_for_somebody_else_is_recorded() {
    if !is_root() {
        return;
    }
    let desk = Desk::new();
    let data = data(&desk, 0, 0o2770);
    for (uid, name) in [(LAN, "uid54001"), (DAEMON, "daemon")] {
        let id = ok(uid, &data, "open x --as boss").out;
        let note = format!("note {id} -m x");
        ok(uid, &data, &note);
        let mut batch = command(uid, "077", &data, &["batch", "--as", "boss"]);
        let line = format!(
            "{{\"op\":\"note\",\"ticket\":{},\"by\":\"chief\",\"message\":\"x\"}}\n",
            id.trim()
        );
        assert_eq!(run(&mut batch, line.as_bytes()).code, 0);
        let mut forged = command(uid, "077", &data, &["close", id.trim(), "-m", "x"]);
        let forged = forged
            .env("DESK_USER", "boss")
            .env("USER", "boss")
            .env("LOGNAME", "boss")
            .env("SUDO_USER", "boss");
        assert_eq!(run(forged, b"").code, 0);
        let ticket = ok(TAM, &data, &format!("show {id} --json")).json();
        let who = |n: usize| {
            let event = &ticket["events"][n];
            (event["by"].as_str().unwrap(), event["real"].as_str())
        };
        assert_eq!(who(0), ("boss", Some(name)));
        assert_eq!(who(1), (name, None));
        assert_eq!(who(2), ("chief", Some(name)));
        assert_eq!(who(3), ("boss", Some(name)));
        let log = ok(TAM, &data, &format!("log {id}")).out;
        assert!(
            log.contains(&format!("boss  opened  (recorded by {name})")),
            "{log}"
        );
    }
}

/// Puts something that is no file and no folder in a place.
type Plant = fn(&Path);

fn device(path: &Path, kind: SFlag, major: u64, minor: u64) {
    mknod(
        path,
        kind,
        Mode::from_bits_truncate(0o666),
        makedev(major, minor),
    )
    .unwrap();
}

const KINDS: [(&str, Plant); 6] = [
    ("a symbolic link", |path| {
        symlink("/nonexistent", path).unwrap()
    }),
    // To a file or folder that would do.
    ("a symbolic link", |path| {
        let beside = path.ancestors().find(|at| at.ends_with("data")).unwrap();
        symlink(
            beside
                .with_file_name("copy")
                .join(path.strip_prefix(beside).unwrap()),
            path,
        )
        .unwrap();
    }),
    ("a FIFO", |path| mkfifo(path, Mode::S_IRWXU).unwrap()),
    // `zero`, which has no end; `full`, which takes nothing; a loop.
    ("a device", |path| device(path, SFlag::S_IFCHR, 1, 5)),
    ("a device", |path| device(path, SFlag::S_IFCHR, 1, 7)),
    ("a device", |path| device(path, SFlag::S_IFBLK, 7, 250)),
];

#[test]
fn what_is_planted_at_any_place_is_refused_at_once() {
    if !is_root() {
        return;
    }
    let places = [
        ("desk.toml", "file"),
        ("tickets", "folder"),
        ("tickets/0000", "folder"),
        ("tickets/0000/2.json", "file"),
        ("technicians", "folder"),
        ("technicians/lan.json", "file"),
        (".desk", "folder"),
        (".desk/locks", "folder"),
        (".desk/locks/ticket-002", "file"),
        (".desk/locks/assignment", "file"),
        (".desk/tmp", "folder"),
        (".desk/journal", "file"),
        (".desk/number", "file"),
        (".desk/quarantine", "folder"),
    ];
    for (place, wanted) in places {
        for (kind, plant) in KINDS {
            let desk = Desk::new();
            desk.ok(["tech", "add", "lan"]);
            for subject in ["one", "two", "three"] {
                desk.open([subject]);
            }
            let path = desk.data().join(place);
            let copied = Command::new("cp")
                .args([
                    "-r".as_ref(),
                    desk.data().as_os_str(),
                    desk.beside().join("copy").as_os_str(),
                ])
                .status();
            assert!(copied.unwrap().success());
            let _ = fs::remove_file(&path).or_else(|_| fs::remove_dir_all(&path));
            plant(&path);
            let outside = files_below(&desk.beside().join("copy"));
            let error = format!("error: {}: is {kind}, not a {wanted}", path.display());
            let mut refused = 0;
            for line in [
                "list",
                "show 2",
                "log",
                "status",
                "report technicians",
                "tech list",
                "open x -n",
                "note 2 -m x -n",
                "assign 2 --auto -n",
                "note 2 -m x",
                "assign 2 --to lan",
                "tech add tam",
                "open x",
            ] {
                let said = run(&mut desk.command(line.split(' ')), b"");
                match said.code {
                    0 => assert!(!said.err.contains("error"), "{line}: {said:?}"),
                    7 => {
                        assert_eq!(said.error(), error, "{line}: {said:?}");
                        refused += 1;
                    }
                    _ => panic!("{place} is {kind}: {line}: {said:?}"),
                }
            }
            assert!(refused > 0, "{place} is {kind}");
            let fsck = run(&mut desk.command(["fsck"]), b"");
            assert_eq!(fsck.code, 7, "{place} is {kind}: {fsck:?}");
            assert_eq!(files_below(&desk.beside().join("copy")), outside);
        }
    }
}

#[test]
fn a_snapshot_of_hard_links_stays_as_it_is() {
    let desk = Desk::new();
    desk.settings("timezone = \"UTC\"\n");
    for line in &WRITES[..20] {
        let said = run(
            &mut desk.command(line.split(' ')),
            b"{\"op\":\"open\",\"subject\":\"x\"}\n",
        );
        assert_eq!(said.code, 0, "{line}: {said:?}");
    }
    let snapshot = desk.beside().join("snapshot");
    let copied = Command::new("cp")
        .args([
            "-al".as_ref(),
            desk.data().as_os_str(),
            snapshot.as_os_str(),
        ])
        .status();
    assert!(copied.unwrap().success());
    let before = files_below(&snapshot);
    let numbers = before.len();
    for line in [
        "note 1 -m x",
        "open x",
        "tech add lan",
        "open y",
        "edit 2 --tag x",
        "tech edit lan --tier 2",
    ] {
        desk.ok(line.split(' '));
    }
    assert_eq!(files_below(&snapshot), before);
    // The snapshot is a data directory of its own: it too goes on, and leaves the other as it is.
    let now = files_below(&desk.data());
    let on_snapshot = |line: &str| {
        let mut command = desk.command(line.split(' '));
        run(command.env("DESK_DATA_DIR", &snapshot), b"")
    };
    assert_eq!(on_snapshot("open z").out, "5\n");
    assert_eq!(on_snapshot("note 1 -m z").code, 0);
    assert_eq!(files_below(&desk.data()), now);
    assert_eq!(on_snapshot("fsck").code, 0);
    desk.ok(["tech", "add", "minh"]);
    assert_eq!(desk.ok(["fsck"]).out, "");
    assert!(files_below(&snapshot).len() > numbers);
}

#[test]
fn a_file_of_somebody_that_is_linked_in_is_not_written_to() {
    let desk = Desk::new();
    desk.open(["one"]);
    let precious = desk.beside().join("precious");
    fs::write(&precious, "all that I have").unwrap();
    for name in [
        "journal",
        "number",
        "tmp/1",
        "tmp/2",
        "tmp/number",
        "locks/ticket-001",
    ] {
        let path = desk.data().join(".desk").join(name);
        let _ = fs::remove_file(&path);
        fs::hard_link(&precious, &path).unwrap();
        desk.ok(["note", "1", "-m", "x"]);
        desk.open(["two"]);
        assert_eq!(
            fs::read_to_string(&precious).unwrap(),
            "all that I have",
            "{name}"
        );
        assert_eq!(desk.ok(["fsck"]).out, "", "{name}");
    }
}

/// A program of this name in a folder that leaves a mark when it is run.
fn trap(folder: &Path, name: &str) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, "#!/bin/sh\necho \"$0\" >>\"$HOME/sprung\"\n").unwrap();
    set_mode(&path, 0o755);
}

/// A data directory with a program wherever one could be looked for.
fn trapped() -> Desk {
    let desk = Desk::new();
    for n in 0..40 {
        desk.open([format!("ticket {n}")]);
    }
    for name in [
        "desk-list",
        "desk-evil",
        "desk",
        "less",
        "more",
        "vi",
        "editor",
        "sendmail",
        "sh",
        "git",
        "hooks/post-note",
        "hooks/note",
        ".desk/hooks/post-note",
        "bin/less",
        ".desk/desk-evil",
        "tickets/desk-evil",
    ] {
        trap(&desk.data(), name);
    }
    desk
}

/// Where programs lie, with every way to say "wherever I stand".
const PATHS: [&str; 5] = [
    ".:/usr/bin:/bin",
    ":/usr/bin:/bin",
    "bin:/usr/bin:/bin",
    "/usr/bin:/bin:",
    ".",
];

#[test]
fn nothing_is_executed_that_the_data_directory_names() {
    if !has("strace") {
        return;
    }
    let desk = trapped();
    let trace = desk.beside().join("trace");
    let reads = [
        "list",
        "show 1",
        "log",
        "status",
        "report",
        "search ticket",
        "tech list",
        "fsck",
        "evil",
    ];
    for (index, line) in reads.iter().chain(&WRITES).enumerate() {
        let mut command = Command::new("/usr/bin/strace");
        command
            .args(["-f", "-qq", "-e", "trace=execve,execveat", "-o"])
            .args([
                trace.as_os_str(),
                DESK.as_ref(),
                "-C".as_ref(),
                ".".as_ref(),
            ])
            .args(line.split(' '))
            .env_clear()
            .env("PATH", PATHS[index % PATHS.len()])
            .env("HOME", desk.beside())
            .current_dir(desk.data());
        let said = run(
            &mut command,
            b"{\"op\":\"note\",\"ticket\":9,\"message\":\"x\"}\n",
        );
        assert!(said.code != 1, "{line}: {said:?}");
        let calls = fs::read_to_string(&trace).unwrap();
        let calls: Vec<_> = calls.lines().filter(|call| call.contains("exec")).collect();
        assert_eq!(calls.len(), 1, "{line}: {calls:#?}");
        assert!(calls[0].contains(DESK), "{line}: {calls:?}");
    }
    for settings in [
        "editor = \"./vi\"",
        "pager = \"less\"",
        "[hooks]\nnote = \"hooks/note\"",
        "[alias]\nlist = \"!./less\"",
    ] {
        desk.settings(settings);
        let said = run(
            desk.command(["note", "1", "-m", "x"])
                .current_dir(desk.data()),
            b"",
        );
        assert_eq!(said.code, 2, "{settings}: {said:?}");
    }
    assert!(!desk.beside().join("sprung").exists());
}

#[test]
fn pager_and_editor_are_not_looked_for_where_one_stands() {
    if !has("script") {
        return;
    }
    let desk = trapped();
    let bin = desk.beside().join("bin");
    for name in ["less", "vi"] {
        trap(&bin, name);
    }
    for (line, program) in [("log", "less"), ("note 1", "vi"), ("note 2 -e", "vi")] {
        for path in [".:{}", ":{}", "bin:{}", "{}:."] {
            let typed = format!("exec '{DESK}' -C . {line}");
            let mut script = Command::new("/usr/bin/script");
            script
                .args(["-qec", &typed, "/dev/null"])
                .env_clear()
                .env("PATH", path.replace("{}", &bin.display().to_string()))
                .envs([("TERM", "dumb"), ("SHELL", "/bin/sh")])
                .env("HOME", desk.beside())
                .current_dir(desk.data());
            run(&mut script, b"");
            let sprung = fs::read_to_string(desk.beside().join("sprung")).unwrap();
            let expected = format!("{}\n", bin.join(program).display());
            assert_eq!(sprung, expected, "{line} by {path}");
            fs::remove_file(desk.beside().join("sprung")).unwrap();
        }
    }
}

#[test]
fn who_may_only_read_sees_all_that_a_dead_one_committed_to() {
    if !is_root() || !has("strace") {
        return;
    }
    let desk = Desk::new();
    let data = data(&desk, LAN, 0o2750);
    for subject in ["one", "two", "three"] {
        ok(LAN, &data, &format!("open {subject}"));
    }
    // The whole list is durable before the first of them comes into place.
    let kill = "--inject=renameat:signal=KILL:when=2";
    let mut writer = Command::new("strace");
    writer.args(["-f", "-o", "/dev/null", "--trace=renameat", kill]);
    let plain = command(LAN, "077", &data, &["batch", "--atomic"]);
    writer.arg(plain.get_program()).args(plain.get_args());
    writer.env_clear().env("PATH", "/usr/bin:/bin");
    let edit = |n: u32| format!("{{\"op\":\"edit\",\"ticket\":{n},\"tag\":[\"t\"]}}\n");
    let open = "{\"op\":\"open\",\"subject\":\"four\",\"tag\":[\"t\"]}\n";
    let lines = (1..=3).map(edit).collect::<String>() + open;
    let died = finished(&mut writer, lines.as_bytes());
    assert!(!died.status.success() && died.stdout.is_empty(), "{died:?}");
    let file = |n: u32| fs::read_to_string(data.join(format!("tickets/0000/{n}.json")));
    let in_place = (1..=4).filter(|&n| file(n).is_ok_and(|text| text.contains("\"t\"")));
    assert_eq!(in_place.count(), 1);

    for _ in 0..2 {
        for line in [
            "list tag:t --format jsonl",
            "export tag:t",
            "show 1 2 3 4 --format jsonl",
        ] {
            let said = ok(TAM, &data, line);
            assert_eq!(said.out.lines().count(), 4, "{line}: {said:?}");
            assert_eq!(
                said.out.matches("\"tags\":[\"t\"]").count(),
                4,
                "{line}: {said:?}"
            );
        }
    }
    // Whoever may write does it.
    ok(LAN, &data, "list");
    assert!(file(4).unwrap().contains("\"t\""));
    assert_eq!(
        ok(TAM, &data, "list tag:t --format jsonl")
            .out
            .lines()
            .count(),
        4
    );
    assert_eq!(ok(LAN, &data, "fsck").out, "");
}
