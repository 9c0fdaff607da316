//! What the enumerations found once, each in a test of its own that says what it was.

use std::fs;

use super::{possible, state};
use crate::harness::{Desk, Said};

/// Runs a command of which these system calls fail.
fn failing(desk: &Desk, fault: &str, line: &str) -> Said {
    let inject = format!("--inject={fault}");
    let options = ["-f", "-qq", "-o", "/dev/null", &inject];
    let mut command = desk.traced(&options, line.split(' '));
    command.output().unwrap().into()
}

/// Whichever of the first calls of this name fails: what the command says then, if it began at all.
fn each_failing(desk: impl Fn() -> Desk, call: &str, line: &str) -> Vec<(Desk, Said)> {
    let fail = |n| {
        let desk = desk();
        let said = failing(&desk, &format!("{call}:error=EIO:when={n}"), line);
        (desk, said)
    };
    let began = |(_, said): &(Desk, Said)| said.code != 127;
    (1..=40).map(fail).filter(began).collect()
}

#[test]
fn a_number_is_not_given_again_because_the_counter_cannot_be_read() {
    if !possible() {
        return;
    }
    let desk = || {
        let desk = Desk::in_memory();
        desk.open(["one"]);
        desk.open(["two"]);
        fs::remove_file(desk.file(2)).unwrap();
        desk
    };
    let said = each_failing(desk, "read", "open three");
    let blames = said.iter().filter(|(desk, said)| {
        let counter = desk.data().join(".desk/number");
        let error = format!("error: cannot read {}: ", counter.display());
        said.error().starts_with(&error)
    });
    // What stands there, and that no more does.
    assert_eq!(blames.count(), 2);
    assert!(said.iter().all(|(_, said)| said.out != "2\n"));
}

/// How many said, in one line, that they could not read this ticket.
fn blame(said: &[(Desk, Said)], id: u64) -> usize {
    let blames = |(desk, said): &&(Desk, Said)| {
        let path = desk.file(id).display().to_string();
        said.error() == format!("error: cannot read {path}: Input/output error (os error 5)")
    };
    said.iter().filter(blames).count()
}

/// Two tickets, of which the first is lan's and has a reference; and a roster of two.
fn two() -> Desk {
    let desk = Desk::in_memory();
    desk.ok(["tech", "add", "lan"]);
    desk.ok(["tech", "add", "minh"]);
    desk.open(["one", "--ref", "R1", "--to", "lan"]);
    desk.open(["two"]);
    desk
}

#[test]
fn what_cannot_be_read_is_not_taken_for_what_is_not_there() {
    if !possible() {
        return;
    }
    // The reference is taken, minh has less, lan has a ticket, and R1 is a ticket: whatever fails.
    let table = [
        ("open three --ref R1", 4, ""),
        ("assign 2 --auto", 0, "minh"),
        ("tech remove lan", 4, ""),
        ("note R1 -m x", 0, "1 noted"),
        ("show R1", 0, "one"),
        ("log R1", 0, "minh  opened"),
    ];
    for (line, code, out) in table {
        let said = each_failing(two, "openat", line);
        for (_, said) in &said {
            let is_well = said.code == code && said.out.contains(out);
            assert!(said.code == 1 || is_well, "{line}: {said:?}");
        }
        assert!(blame(&said, 1) > 0, "{line}");
    }
    // Who only warns, or only counts, says so and goes on.
    for (line, code) in [("close 2 -m x", 0), ("tech list", 1)] {
        let said = each_failing(two, "openat", line);
        let (desk, said) = said
            .iter()
            .find(|(desk, said)| {
                let one = desk.file(1).display().to_string();
                said.code == code && said.err.contains(&format!("cannot read {one}: "))
            })
            .unwrap();
        assert!(
            !said.out.is_empty(),
            "{desk:?}: {said:?}",
            desk = desk.data()
        );
    }
}

#[test]
fn a_technician_who_may_not_survive_a_power_cut_is_said_to_be_written() {
    if !possible() {
        return;
    }
    let desk = two();
    let folder = desk.data().join("technicians");
    let told = |path: &str| {
        let cause = "written, but may not survive a power cut: Input/output error (os error 5)";
        format!("error: {path}: {cause}")
    };
    let said = failing(&desk, "fsync:error=EIO:when=2", "tech edit lan --tier 2");
    assert_eq!(
        said.error(),
        told(folder.join("lan.json").to_str().unwrap())
    );
    assert!(
        desk.ok(["tech", "show", "lan", "--json"])
            .out
            .contains("\"tier\":2")
    );
    let said = failing(&desk, "fsync:error=EIO:when=1", "tech remove minh");
    assert_eq!(said.error(), told(folder.to_str().unwrap()));
    assert_eq!(desk.say("tech show minh").code, 3);
    // What is not in its place leaves nothing behind.
    failing(&desk, "renameat:error=EIO", "tech edit lan --tier 1");
    assert_eq!(state::leftovers(desk.beside()).len(), 0);
}

#[test]
fn a_machine_without_a_thread_to_give() {
    if !possible() {
        return;
    }
    let no_thread = "clone,clone3:error=EAGAIN";
    let desk = Desk::in_memory();
    desk.batch(&"{\"op\":\"open\",\"subject\":\"x\"}\n".repeat(600));
    let said = failing(&desk, no_thread, "list --json");
    assert_eq!(
        (said.code, &said.json()["total"]),
        (0, &600.into()),
        "{}",
        said.err
    );
    // Nobody can wait for a lock, but that is said.
    desk.ok(["note", "1", "-m", "x"]);
    let path = desk.data().join(".desk/locks/ticket-001");
    let lock = fs::File::open(&path).unwrap();
    lock.lock().unwrap();
    let said = failing(&desk, no_thread, "note 1 -m x");
    let error = format!(
        "error: cannot wait for {}: Resource temporarily unavailable (os error 11)",
        path.display()
    );
    assert_eq!((said.error(), said.code), (error.as_str(), 1));
}
