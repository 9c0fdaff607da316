//! The commands that are stopped, and the data directories in which they run.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::LazyLock;

use crate::harness::Desk;

/// What a data directory holds before the command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scene {
    /// It is not there, nor is the folder that it shall lie in.
    Missing,
    /// It is there, and empty.
    Empty,
    /// A few tickets, of all states, a roster, and an index that is up to date, as of all that follow.
    Full,
    /// The same without the index.
    Unindexed,
    /// The same, and the next number is the first of another folder.
    Turn,
    /// The same as full, and there is a snapshot made of hard links: journal and counter are both
    /// here and there.
    Linked,
    /// The same as full, and some things are wrong.
    Damaged,
    /// The same as full, and there is something of every kind that can be repaired.
    Broken,
}

/// A command, and how it ends: the first time, and when it is said once more.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Case {
    pub(crate) scene: Scene,
    pub(crate) line: &'static str,
    pub(crate) input: Input,
    pub(crate) codes: [i32; 2],
}

impl Case {
    /// Whether it is done whole, or not at all.
    pub(crate) fn is_whole(&self) -> bool {
        self.line.ends_with("--atomic")
    }

    /// Whether it sets right what is wrong.
    pub(crate) fn repairs(&self) -> bool {
        self.line.starts_with("fsck --repair")
    }
}

/// What a command is given on standard input.
pub(crate) type Input = fn() -> String;

const fn case(scene: Scene, line: &'static str, codes: [i32; 2]) -> Case {
    with(scene, line, String::new, codes)
}

const fn with(scene: Scene, line: &'static str, input: Input, codes: [i32; 2]) -> Case {
    Case {
        scene,
        line,
        input,
        codes,
    }
}

use Scene::{Broken, Damaged, Empty, Full, Linked, Missing, Turn, Unindexed};

/// Every command that writes, if only the index.
pub(crate) const WRITES: [Case; 64] = [
    case(Missing, "open new -m x", [0, 0]),
    case(Missing, "tech add lan", [0, 4]),
    case(Empty, "open new -m x", [0, 0]),
    with(Empty, "batch", openings, [0, 6]),
    case(Full, "open new -m x", [0, 0]),
    case(Full, "open new --ref K --to lan --resolve x", [0, 4]),
    case(Full, "open new --take", [0, 0]),
    case(Turn, "open new", [0, 0]),
    with(Turn, "batch", small_batch, [6, 6]),
    case(Full, "assign 1 --to lan", [0, 0]),
    case(Full, "assign 1 --auto", [0, 0]),
    case(Full, "take 1", [0, 0]),
    case(Full, "escalate 2 -m x", [0, 0]),
    case(Full, "note 1 -m x", [0, 0]),
    case(Full, "note R2 -m x", [0, 0]),
    case(Full, "reply 2 -m x", [0, 0]),
    case(Full, "wait 2 -m x", [0, 4]),
    case(Full, "resume 3", [0, 4]),
    case(Full, "resolve 2 -m x", [0, 4]),
    case(Full, "close 2 -m x", [0, 4]),
    case(Full, "reopen 4 -m x", [0, 4]),
    case(Full, "rate 4 --stars 5", [0, 0]),
    case(Full, "edit 1 --subject y --ref K --tag t", [0, 0]),
    case(Full, "link 1 --blocks 2", [0, 0]),
    case(Full, "unlink 6 --blocks 2", [0, 4]),
    case(Full, "merge 1 --into 2", [0, 4]),
    case(Full, "unmerge 5", [0, 4]),
    case(Full, "tech add hoa --tier 2", [0, 4]),
    case(Full, "tech edit lan --tier 1", [0, 0]),
    case(Full, "tech remove tam", [0, 3]),
    with(Full, "batch", small_batch, [6, 6]),
    with(Full, "batch", large_batch, [0, 0]),
    with(Full, "batch --atomic", whole_batch, [0, 4]),
    with(Turn, "batch --atomic", whole_batch, [0, 4]),
    with(Full, "batch --atomic", small_batch, [2, 2]),
    with(Missing, "import -", export, [0, 0]),
    with(Empty, "import -", export, [0, 0]),
    with(Full, "import -", export, [0, 0]),
    with(
        Full,
        "import - --map ref=r,subject=s,status=t",
        table,
        [0, 0],
    ),
    case(Full, "note 1 2 3 -m x", [0, 0]),
    case(Full, "close 1 2 6 -m x", [0, 6]),
    case(Full, "edit --query is:open --tag t", [0, 0]),
    case(Full, "assign --query is:unassigned --to lan", [0, 0]),
    with(Full, "batch", keyed_batch, [0, 0]),
    case(Full, "note 1 -m x --id N", [0, 0]),
    case(Full, "undo", [0, 0]),
    case(Linked, "open new", [0, 0]),
    case(Linked, "note 1 -m x", [0, 0]),
    case(Damaged, "note 1 -m x", [0, 0]),
    case(Damaged, "open new --ref K", [0, 4]),
    case(Damaged, "note --query is:open -m x", [7, 7]),
    case(Damaged, "undo", [7, 7]),
    case(Full, "fsck --repair", [0, 0]),
    case(Damaged, "fsck --repair", [0, 0]),
    case(Broken, "fsck --repair", [0, 0]),
    case(Full, "reindex", [0, 0]),
    case(Unindexed, "list", [0, 0]),
    case(Unindexed, "search two", [0, 0]),
    case(Unindexed, "note R2 -m x", [0, 0]),
    case(Unindexed, "close 2 -m x", [0, 4]),
    case(Unindexed, "open new --ref K --to lan", [0, 4]),
    case(Unindexed, "edit --query is:open --tag t", [0, 0]),
    case(Unindexed, "undo", [0, 0]),
    with(Unindexed, "batch", small_batch, [6, 6]),
];

/// Some that read. How they end does not change.
pub(crate) const READS: [Case; 19] = [
    case(Full, "list", [0, 0]),
    case(Full, "search two", [0, 0]),
    case(Full, "show 1", [0, 0]),
    case(Full, "show R2 4", [0, 0]),
    case(Full, "log", [0, 0]),
    case(Full, "status", [0, 0]),
    case(Full, "report summary", [0, 0]),
    case(Full, "report backlog", [0, 0]),
    case(Full, "tech list", [0, 0]),
    case(Full, "export", [0, 0]),
    case(Full, "export is:open --format csv", [0, 0]),
    case(Damaged, "export", [7, 7]),
    case(Full, "open new --ref K --dry-run", [0, 0]),
    case(Full, "undo --list --all", [0, 0]),
    case(Full, "undo --dry-run", [0, 0]),
    case(Full, "fsck", [0, 0]),
    case(Damaged, "list", [7, 7]),
    case(Damaged, "fsck", [7, 7]),
    case(Broken, "fsck", [7, 7]),
];

/// The number of the last ticket of a full help desk, whose file is gone.
pub(crate) const LAST: u64 = 8;

/// Openings, and what builds on one.
fn openings() -> String {
    [
        r#"{"op":"open","subject":"batch one","ref":"B1","to":"lan"}"#,
        r#"{"op":"open","subject":"batch two","ref":"B2"}"#,
        r#"{"op":"note","ticket":"B1","message":"x"}"#,
    ]
    .map(|line| format!("{line}\n"))
    .concat()
}

/// The same, what changes others, a line that is refused, and one that nobody understands.
fn small_batch() -> String {
    let others = [
        r#"{"op":"note","ticket":1,"message":"x"}"#,
        r#"{"op":"note","ticket":99,"message":"x"}"#,
        r#"{"op":"nonsense"}"#,
        r#"{"op":"edit","ticket":2,"tag":["t"]}"#,
    ];
    openings() + &others.map(|line| format!("{line}\n")).concat()
}

/// Openings and changes, of which none is refused the first time.
fn whole_batch() -> String {
    let others = [
        r#"{"op":"note","ticket":1,"message":"x"}"#,
        r#"{"op":"edit","ticket":2,"tag":["t"]}"#,
        r#"{"op":"close","ticket":"R2","message":"x"}"#,
    ];
    openings() + &others.map(|line| format!("{line}\n")).concat()
}

/// Tickets of another help desk: two that the full one does not have, and one of another folder.
fn export() -> String {
    static EXPORT: LazyLock<String> = LazyLock::new(|| {
        let desk = Desk::in_memory();
        desk.ok(["open", "far one"]);
        let counter = desk.data().join(".desk/number");
        std::fs::write(&counter, format!("{:020}\n", 11)).unwrap();
        desk.ok(["open", "far two", "--ref", "F2"]);
        desk.ok(["note", "12", "-m", "x"]);
        std::fs::write(&counter, format!("{:020}\n", 10_000)).unwrap();
        desk.ok(["open", "far three", "--take", "--ref", "F3"]);
        desk.ok(["export", "id:2.."]).out
    });
    EXPORT.clone()
}

/// Rows that become tickets, one of which is closed already.
fn table() -> String {
    "r,s,t\nT1,row one,new\nT2,row two,closed\n".to_owned()
}

/// What is done once, however often it is said.
fn keyed_batch() -> String {
    [
        r#"{"op":"open","subject":"batch one","id":"A"}"#,
        r#"{"op":"edit","ticket":2,"tag":["t"],"id":"B"}"#,
        r#"{"op":"edit","ticket":2,"tag":["t"],"id":"B"}"#,
    ]
    .map(|line| format!("{line}\n"))
    .concat()
}

/// Two lines, each so long that it is a group of its own, and a third.
fn large_batch() -> String {
    let long = "x".repeat(200_000);
    [
        format!(r#"{{"op":"note","ticket":1,"message":"{long}"}}"#),
        format!(r#"{{"op":"open","subject":"batch","message":"{long}"}}"#),
        r#"{"op":"note","ticket":2,"message":"y"}"#.to_owned(),
    ]
    .map(|line| format!("{line}\n"))
    .concat()
}

impl Scene {
    /// Whether an index is made of it before the command.
    pub(crate) fn is_indexed(self) -> bool {
        !matches!(self, Self::Missing | Self::Empty | Self::Unindexed)
    }

    /// A help desk of this kind, which nobody changes.
    pub(crate) fn desk(self) -> &'static Desk {
        match self {
            Self::Missing => &MISSING,
            Self::Empty => &EMPTY,
            Self::Full | Self::Unindexed | Self::Linked => &FULL,
            Self::Turn => &TURN,
            Self::Damaged => &DAMAGED,
            Self::Broken => &BROKEN,
        }
    }
}

static MISSING: LazyLock<Desk> = LazyLock::new(Desk::in_memory);

static EMPTY: LazyLock<Desk> = LazyLock::new(|| {
    let desk = Desk::in_memory();
    std::fs::create_dir_all(desk.data()).unwrap();
    std::fs::set_permissions(desk.data(), Permissions::from_mode(0o2750)).unwrap();
    desk
});

static FULL: LazyLock<Desk> = LazyLock::new(full);

static TURN: LazyLock<Desk> = LazyLock::new(|| {
    let desk = full();
    let counter = format!("{:020}\n", 9_999);
    std::fs::write(desk.data().join(".desk/number"), counter).unwrap();
    desk
});

static DAMAGED: LazyLock<Desk> = LazyLock::new(|| {
    let desk = full();
    for name in ["6.json", "10001.json", "note.txt"] {
        let path = desk.data().join("tickets/0000").join(name);
        std::fs::write(&path, "{").unwrap();
        std::fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
    }
    desk
});

static BROKEN: LazyLock<Desk> = LazyLock::new(|| {
    let desk = full();
    let (data, tickets) = (desk.data(), desk.data().join("tickets/0000"));
    let set_mode = |path: &Path, mode| {
        std::fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    };
    let make_folder = |path: &Path| {
        std::fs::create_dir(path).unwrap();
        set_mode(path, 0o2750);
    };
    // What is moved: by its name, or by what it says; and what only lies about.
    let elsewhere = data.join("tickets/0001");
    make_folder(&elsewhere);
    make_folder(&tickets.join("8.json"));
    std::fs::rename(tickets.join("3.json"), tickets.join("9.json")).unwrap();
    std::fs::rename(tickets.join("7.json"), elsewhere.join("7.json")).unwrap();
    for path in [
        tickets.join("6.json"),
        tickets.join("8.json/inside"),
        tickets.join("note.txt"),
        elsewhere.join("10.json"),
        data.join("technicians/tam.json"),
        data.join(".desk/unknown"),
    ] {
        std::fs::write(&path, format!("{{ {}", path.file_name().unwrap().display())).unwrap();
        set_mode(&path, 0o640);
    }
    // What is made anew.
    let one = std::fs::read_to_string(desk.file(1)).unwrap();
    std::fs::write(desk.file(1), one.replace("\"tier\": 1", "\"tier\": 3")).unwrap();
    std::fs::write(data.join(".desk/number"), "2\n").unwrap();
    // What dead processes left behind.
    for name in [
        "tmp/2",
        "tmp/9.4194305",
        "tmp/technician-lan.json",
        "locks/x.4194305.1.new",
    ] {
        std::fs::write(data.join(".desk").join(name), "x").unwrap();
    }
    std::fs::create_dir(data.join(".desk/0002.4194305.0.new")).unwrap();
    // What more, or less, may be done with than should be.
    set_mode(&data.join(".desk/locks/folder-0000"), 0o644);
    set_mode(&data.join("technicians/lan.json"), 0o666);
    set_mode(&desk.file(2), 0o600);
    set_mode(&tickets, 0o700);
    desk
});

/// Tickets of all states, the last of which is gone; and a roster.
fn full() -> Desk {
    let desk = Desk::in_memory();
    for line in [
        "tech add minh",
        "tech add lan --tier 2",
        "tech add tam --tier 2",
        "open one",
        "open two --ref R2 --take",
        "open three --take",
        "wait 3 -m x",
        "open four",
        "close 4 -m x",
        "open five",
        "merge 5 --into 4",
        "open six",
        "link 6 --blocks 2",
        "open seven",
        "resolve 7 -m x",
        "open eight",
    ] {
        desk.ok(line.split(' '));
    }
    std::fs::remove_file(desk.file(LAST)).unwrap();
    desk
}
