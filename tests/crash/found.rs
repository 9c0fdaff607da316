//! What the enumerations found once, each in a test of its own that says what it was.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use super::{possible, state};
use crate::harness::{Desk, Said};

/// Runs a command of which these system calls fail.
fn failing(desk: &Desk, fault: &str, line: &str) -> Said {
    let inject = format!("--inject={fault}");
    let options = ["-f", "-qq", "-o", "/dev/null", &inject];
    let mut command = desk.traced(&options, line.split(' '));
    command.output().unwrap().into()
}

/// Runs a command that is killed before this system call.
fn killed(desk: &Desk, call: &str, line: &str) {
    killed_at(desk, call, 1, line);
}

/// The same before the so-manieth call of this name.
fn killed_at(desk: &Desk, call: &str, when: u32, line: &str) {
    let inject = format!("--inject={call}:error=EIO:signal=SIGKILL:when={when}");
    let trace = format!("--trace={call}");
    let options = ["-f", "-qq", "-o", "/dev/null", &trace, &inject];
    let mut command = desk.traced(&options, line.split(' '));
    let ended = command.output().unwrap();
    assert_eq!(ended.status.signal(), Some(9), "{ended:?}");
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

/// Nothing else is worth anything if the kill comes after what it is meant to prevent.
#[test]
fn a_kill_comes_before_its_call_and_after_the_one_before() {
    if !possible() {
        return;
    }
    let desk = Desk::in_memory();
    desk.open(["one"]);
    let before = fs::read(desk.file(1)).unwrap();
    killed(&desk, "renameat", "note 1 -m x");
    assert_eq!(fs::read(desk.file(1)).unwrap(), before);
    let temporary = desk.data().join(".desk/tmp/1");
    assert_ne!(fs::read(&temporary).unwrap(), before);
    // The first fsync is that of the temporary, and the one behind the rename is the second.
    let second = "--inject=fsync:error=EIO:signal=SIGKILL:when=2";
    let options = ["-f", "-qq", "-o", "/dev/null", "--trace=fsync", second];
    let mut command = desk.traced(&options, ["note", "1", "-m", "x"]);
    assert_eq!(command.output().unwrap().status.signal(), Some(9));
    assert_eq!(desk.ticket(1)["rev"], 2);
    assert!(!temporary.exists());
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

/// Two tickets, of which the first is lan's and has a reference; and a roster of two.
fn two() -> Desk {
    let desk = Desk::in_memory();
    desk.ok(["tech", "add", "lan"]);
    desk.ok(["tech", "add", "minh"]);
    desk.open(["one", "--ref", "R1", "--to", "lan"]);
    desk.open(["two"]);
    // Whoever looks something up has to read them.
    std::fs::remove_dir_all(desk.data().join(".desk/index")).unwrap();
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
        assert!(said.iter().any(|(_, said)| said.code == 1), "{line}");
    }
    // Where it cannot be read again either: who only warns, or only counts, says so and goes on.
    for (line, code) in [("close 2 -m x", 0), ("tech list", 1), ("note R1 -m x", 1)] {
        let desk = two();
        let options = ["-f", "-qq", "-o", "/dev/null", "-P", "1.json"];
        let inject = "--inject=openat:error=EIO";
        let mut command = desk.traced(&[&options[..], &[inject]].concat(), line.split(' '));
        let said: Said = command.output().unwrap().into();
        let one = desk.file(1).display().to_string();
        assert_eq!(said.code, code, "{line}: {said:?}");
        assert!(
            said.err
                .contains(&format!("cannot read {one}: Input/output error")),
            "{line}: {said:?}"
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

/// A command that waits before some of its calls, once it has a temporary whose name begins so.
fn slow(desk: &Desk, [call, when]: [&str; 2], temporary: &str, line: &[&str]) -> Child {
    let delay = format!("--inject={call}:delay_enter=2000000:when={when}");
    let options = ["-f", "-qq", "-o", "/dev/null", &delay];
    let mut command = desk.traced(&options, line);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let slow = command.spawn().unwrap();
    let began = Instant::now();
    let is_begun = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_str().unwrap();
        name.starts_with(temporary) && !name.ends_with(".new")
    };
    while !state::leftovers(desk.beside()).iter().any(is_begun) {
        assert!(began.elapsed() < Duration::from_secs(20), "nobody opens");
        thread::sleep(Duration::from_millis(5));
    }
    slow
}

#[test]
fn what_dead_openings_left_behind_is_swept_and_what_living_ones_need_is_not() {
    if !possible() {
        return;
    }
    let desk = Desk::in_memory();
    desk.open(["one"]);
    for _ in 0..3 {
        killed(&desk, "renameat2", "open x");
        // The next one sweeps what the last one left.
        assert_eq!(state::leftovers(desk.beside()).len(), 1);
    }
    let slow = slow(&desk, ["fsync", "1"], "5.", &["open", "slow"]);
    assert_eq!(desk.open(["quick"]), 6);
    let slow = Said::from(slow.wait_with_output().unwrap());
    assert_eq!((slow.out.as_str(), slow.code), ("5\n", 0), "{slow:?}");
    assert_eq!(state::leftovers(desk.beside()).len(), 0);
}

#[test]
fn a_data_directory_is_there_with_its_mode_or_not_at_all() {
    if !possible() {
        return;
    }
    let desk = Desk::in_memory();
    let home = desk.data().parent().unwrap().to_owned();
    killed(&desk, "fchmod", "open one");
    assert!(!desk.data().exists());
    assert_eq!(state::leftovers(desk.beside()).len(), 1);
    // It is somebody's home, who may have what looks like it.
    for name in ["data.old.new", "data.1.new", "data.1.2.new"] {
        fs::write(home.join(name), "mine").unwrap();
    }
    desk.open(["one"]);
    let mode = fs::metadata(desk.data()).unwrap().permissions().mode();
    assert_eq!(mode & 0o7777, 0o2750);
    assert_eq!(state::leftovers(desk.beside()).len(), 3);
}

/// A help desk whose next number begins a folder.
fn before_a_folder() -> Desk {
    let desk = Desk::in_memory();
    desk.open(["one"]);
    fs::write(desk.data().join(".desk/number"), format!("{:020}\n", 9_999)).unwrap();
    desk
}

/// A file of so many openings with one subject.
fn openings(desk: &Desk, subject: &str, count: usize) -> PathBuf {
    let lines = desk.beside().join("lines");
    let line = format!("{{\"op\":\"open\",\"subject\":\"{subject}\"}}\n");
    fs::write(&lines, line.repeat(count)).unwrap();
    lines
}

/// What a command synced, in order; it is to say this.
fn synced(desk: &Desk, line: &str, out: &str) -> Vec<String> {
    let log = desk.beside().join("log");
    let options = ["-f", "-y", "-o", log.to_str().unwrap(), "--trace=fsync"];
    let said = Said::from(desk.traced(&options, line.split(' ')).output().unwrap());
    assert_eq!((said.out.as_str(), said.code), (out, 0), "{said:?}");
    let log = fs::read_to_string(log).unwrap();
    let path = |line: &str| Some(line.split_once('<')?.1.split_once('>')?.0.to_owned());
    log.lines().filter_map(path).collect()
}

#[test]
fn a_folder_that_nobody_made_durable_is_not_counted_on() {
    if !possible() {
        return;
    }
    let tickets = |desk: &Desk| desk.data().join("tickets").display().to_string();
    let counter = |desk: &Desk| fs::read_to_string(desk.data().join(".desk/number")).unwrap();
    // The file, and then the place of its folder.
    let desk = before_a_folder();
    let said = failing(&desk, "fsync:error=EIO:when=2", "open two");
    let told = format!(
        "error: {}/0001/10000.json: written, but may not survive a power cut: \
         Input/output error (os error 5)",
        tickets(&desk)
    );
    assert_eq!((said.error(), said.code), (told.as_str(), 1));
    // Whoever finds it made by somebody who died then makes it durable, whatever they do; and once.
    for (line, out) in [("open two", "10001\n"), ("-q note 10000 -m x", "")] {
        let desk = before_a_folder();
        killed_at(&desk, "fsync", 2, "open two");
        let path = desk.data().join("tickets/0001/10000.json");
        assert!(path.exists());
        assert!(counter(&desk).starts_with('+'));
        assert!(synced(&desk, line, out).contains(&tickets(&desk)));
        assert!(!counter(&desk).starts_with('+'));
        assert!(!synced(&desk, "-q note 10000 -m y", "").contains(&tickets(&desk)));
    }
}

#[test]
fn what_is_found_to_be_done_is_made_durable() {
    if !possible() {
        return;
    }
    let desk = Desk::in_memory();
    desk.open(["one"]);
    // The file, and then the folder.
    killed_at(&desk, "fsync", 2, "note 1 -m x --id K");
    let synced = synced(&desk, "-q note 1 -m x --id K", "");
    let folder = desk.data().join("tickets/0000").display().to_string();
    assert!(synced.contains(&folder), "{synced:?}");
}

#[test]
fn who_builds_a_folder_that_is_swept_away_is_told() {
    if !possible() {
        return;
    }
    let desk = before_a_folder();
    let lines = openings(&desk, "x", 3);
    let line = ["batch", lines.to_str().unwrap(), "--json"];
    // All is written, and waits to be put in its place.
    let slow = slow(&desk, ["renameat2", "1+"], "10002.json", &line);
    // As a sweeper does who takes the builder for dead: first it is taken away, and then emptied.
    let temporary = desk.data().join(".desk/tmp");
    let built = fs::read_dir(&temporary).unwrap().next().unwrap().unwrap();
    let swept = temporary.join(format!("swept-{}.1", built.file_name().to_str().unwrap()));
    fs::rename(built.path(), &swept).unwrap();
    fs::remove_file(swept.join("10001.json")).unwrap();
    let slow = Said::from(slow.wait_with_output().unwrap());
    let answers = slow.json_lines();
    let told = answers.iter().map(|answer| &answer["error"]["code"]);
    assert_eq!(
        told.collect::<Vec<_>>(),
        [&json!(null), &json!("io"), &json!(null)]
    );
    assert_eq!(slow.code, 6, "{slow:?}");
    assert_eq!(state::numbers(&desk.data()).len(), 3);
    assert_eq!(desk.open(["next"]), 10_003);
    assert_eq!(state::leftovers(desk.beside()).len(), 0);
}

#[test]
fn locks_that_are_deleted_stop_who_builds_a_folder() {
    if !possible() {
        return;
    }
    let desk = before_a_folder();
    let lines = openings(&desk, "x", 3);
    let line = ["batch", lines.to_str().unwrap(), "--json"];
    let slow = slow(&desk, ["fsync", "1"], "folder-0001.", &line);
    fs::remove_dir_all(desk.data().join(".desk/locks")).unwrap();
    // The number of the counter, whoever has it; and what is there of the others is swept.
    assert_eq!(desk.open(["quick"]), 10_003);
    let slow = Said::from(slow.wait_with_output().unwrap());
    assert_eq!(slow.code, 6, "{slow:?}");
    assert_eq!(state::numbers(&desk.data()), [1, 10_003], "{slow:?}");
}

#[test]
fn numbers_of_a_folder_that_is_being_built_are_in_sight() {
    if !possible() {
        return;
    }
    let desk = before_a_folder();
    let slow = slow(&desk, ["fsync", "1"], "folder-0001.", &["open", "slow"]);
    fs::remove_file(desk.data().join(".desk/number")).unwrap();
    assert_eq!(desk.open(["quick"]), 10_001);
    let slow = Said::from(slow.wait_with_output().unwrap());
    assert_eq!((slow.out.as_str(), slow.code), ("10000\n", 0), "{slow:?}");
}

#[test]
fn a_folder_is_put_in_its_place_with_all_that_is_in_it() {
    if !possible() {
        return;
    }
    let desk = Desk::in_memory();
    let (lines, log) = (openings(&desk, "x", 300), desk.beside().join("log"));
    let calls = "--trace=rename,renameat,renameat2";
    let options = ["-f", "-o", log.to_str().unwrap(), calls];
    let line = ["-q", "batch", lines.to_str().unwrap()];
    let said = Said::from(desk.traced(&options, line).output().unwrap());
    assert_eq!(said.code, 0, "{said:?}");
    let log = fs::read_to_string(log).unwrap();
    assert_eq!(log.matches(".json").count(), 0, "{log}");
    assert_eq!(log.matches(", \"0000\"").count(), 1, "{log}");
    assert_eq!(state::numbers(&desk.data()).len(), 300);
    assert_eq!(state::wrong_modes(&desk.data()), [""; 0]);
    assert_eq!(
        desk.ok(["list", "--fields", "id", "--format", "jsonl"])
            .out
            .lines()
            .count(),
        300
    );
    // The next ones come one by one.
    assert_eq!(desk.open(["next"]), 301);
}

#[test]
fn a_disk_that_fails_beside_what_is_written_fails_all_of_it() {
    if !possible() {
        return;
    }
    let desk = before_a_folder();
    let lines = openings(&desk, "x", 3_000);
    let line = format!("batch {} --json", lines.display());
    let said = failing(&desk, "syncfs:error=EIO", &line);
    let answers = said.json_lines();
    assert!(answers.iter().all(|answer| answer["error"]["code"] == "io"));
    assert_eq!((answers.len(), said.code), (3_000, 6));
    assert_eq!(state::numbers(&desk.data()), [1]);
    assert_eq!(state::leftovers(desk.beside()).len(), 0);
}

#[test]
fn who_begins_a_folder_last_puts_tickets_into_it_one_by_one() {
    if !possible() {
        return;
    }
    let desk = before_a_folder();
    let lines = openings(&desk, "slow", 3);
    let line = ["batch", lines.to_str().unwrap(), "--json"];
    let slow = slow(&desk, ["fsync", "1"], "folder-0001.", &line);
    assert_eq!(desk.open(["quick"]), 10_003);
    let slow = Said::from(slow.wait_with_output().unwrap());
    let given: Vec<_> = slow
        .json_lines()
        .iter()
        .map(|line| line["ticket"].clone())
        .collect();
    assert_eq!(given, [10_000, 10_001, 10_002], "{slow:?}");
    let in_place = fs::read_dir(desk.data().join("tickets/0001")).unwrap();
    assert_eq!(in_place.count(), 4);
    assert_eq!(state::leftovers(desk.beside()).len(), 0);
    let found = desk
        .ok(["list", "slow", "--fields", "id", "--format", "csv"])
        .out;
    assert_eq!(found, "id\n10000\n10001\n10002\n");
}

#[test]
fn a_folder_whose_builder_died_is_swept_and_mended() {
    if !possible() {
        return;
    }
    for sweep in ["open two", "fsck --repair"] {
        let desk = before_a_folder();
        // The first makes a lock, and the second would put it in its place.
        killed_at(&desk, "renameat2", 2, "open two");
        let left = state::leftovers(desk.beside());
        assert_eq!(left.len(), 2, "{left:?}");
        let said = desk.say(sweep);
        assert_eq!(said.code, 0, "{said:?}");
        assert_eq!(state::leftovers(desk.beside()).len(), 0, "{sweep}");
        assert_eq!(
            desk.open(["three"]),
            if sweep == "open two" { 10_002 } else { 10_001 }
        );
    }
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

#[test]
fn a_batch_that_cannot_be_read_is_named() {
    if !possible() {
        return;
    }
    let desk = two();
    let lines = desk.beside().join("lines");
    fs::write(&lines, "{\"op\":\"note\",\"ticket\":1,\"message\":\"x\"}\n").unwrap();
    let lines = lines.to_str().unwrap();
    let error = format!("error: cannot read {lines}: Input/output error (os error 5)");
    let said = each_failing(two, "read", &format!("batch {lines}"));
    assert!(
        said.iter()
            .any(|(_, said)| said.error() == error && said.code == 1)
    );
}

#[test]
fn folders_that_cannot_be_looked_at_are_not_looked_for_for_ever() {
    if !possible() {
        return;
    }
    // The standard library does without the call if it fails from the first time on.
    let told = (2..8).filter(|n| {
        let desk = Desk::in_memory();
        let said = failing(&desk, &format!("statx:error=EIO:when={n}+"), "open one");
        let place = desk.data().display().to_string();
        let error = format!("error: cannot make {place}: Input/output error (os error 5)");
        said.error() == error && said.code == 1
    });
    assert!(told.count() > 0);
}

#[test]
fn a_number_that_cannot_be_taken_is_not_tried_for_each_opening() {
    if !possible() {
        return;
    }
    let desk = Desk::in_memory();
    desk.open(["one"]);
    let counter = desk.data().join(".desk/number");
    // Of this number the folder is to be made durable first.
    fs::write(counter, format!("+{:019}\n", 1)).unwrap();
    let lines = openings(&desk, "x", 2);
    let line = format!("batch {} --json", lines.display());
    let said = failing(&desk, "fsync:error=EIO:when=1", &line);
    let answers = said.json_lines();
    let codes = answers.iter().map(|answer| &answer["error"]["code"]);
    assert_eq!(codes.collect::<Vec<_>>(), ["io", "io"]);
    assert_eq!(said.code, 6);
}

#[test]
fn what_fsck_cannot_look_at_once_more_is_told() {
    if !possible() {
        return;
    }
    // That ticket 1 is related to one that is gone is known for sure once both were looked at twice.
    let desk = || {
        let desk = two();
        desk.ok(["link", "1", "--blocks", "2"]);
        fs::remove_file(desk.file(2)).unwrap();
        desk
    };
    for call in ["openat", "newfstatat", "getdents64", "read"] {
        for (_, said) in each_failing(desk, call, "fsck") {
            let is_found = said
                .out
                .contains("is related to ticket 2, which is not there");
            let is_blamed = said.out.contains("Input/output error") || said.code == 1;
            assert!(is_found || is_blamed, "{call}: {said:?}");
        }
    }
}

#[test]
fn what_status_could_not_read_is_told() {
    if !possible() {
        return;
    }
    let desk = Desk::in_memory();
    desk.open(["one", "--take"]);
    desk.open(["two", "--due", "2026-11-20"]);
    desk.ok(["list"]);
    let whole = desk.ok(["status", "--json"]).out;
    let mut failed = 0;
    for n in 1..=40 {
        let said = failing(&desk, &format!("read:error=EIO:when={n}+"), "status --json");
        if said.code == 127 {
            continue;
        }
        failed += usize::from(said.code != 0);
        assert!(said.code != 0 || said.out == whole, "read {n}: {said:?}");
    }
    assert!(failed > 0, "nothing failed");
}
