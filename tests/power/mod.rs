//! Power cuts: what was acknowledged is there afterwards, and nothing is torn.
//!
//! A loop-mounted file system is shut down by its own "go down without flushing", which drops what
//! it holds in memory as a power cut does, while writers are at work; then it is mounted again and
//! held against the ledger of what it had acknowledged. What that does not model:
//!
//! - the drive's own cache: what the file system handed to the loop device counts as written, even
//!   where no flush followed. A drive that lies about flushes, or a file system that forgets one,
//!   is not found;
//! - reordering and tearing in the device: every block that was handed over is there, and whole;
//! - a kernel that dies at any instruction: the shutdown is orderly inside the kernel;
//! - file systems other than ext4 and xfs with their usual options.
//!
//! It is stricter than a power cut in one thing: a program goes on after it, and what it is told
//! then counts, too.
//!
//! That the harness finds what it looks for is proved by leaving out, in turn, each step that a
//! write owes its durability to: it must find that within a few cuts.
//!
//! `DESK_LONG=1` makes it 500 cuts a file system.

mod image;

use std::process::Command;
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use image::{Image, Kind};

use crate::chance::Chance;
use crate::harness::{DESK, Desk, has, long};
use crate::ledger::{Ledger, Writer};

/// So many cuts are made before a new file system is: the first ones find folders that were only
/// just made.
const CUTS: u64 = 10;

/// The longest batch, and the longest of who writes nothing else: large groups are made durable in
/// another way than small ones.
const BATCH: u64 = 40;
const LARGE_BATCH: u64 = 100;

#[test]
fn ext4_loses_nothing_by_a_power_cut() {
    lose_nothing(Kind::Ext4);
}

#[test]
fn xfs_loses_nothing_by_a_power_cut() {
    lose_nothing(Kind::Xfs);
}

fn lose_nothing(kind: Kind) {
    if !Image::possible() {
        return;
    }
    let lives = if long() { 50 } else { 1 };
    let acknowledged: usize = (1..=lives).map(|seed| live(kind, seed)).sum();
    let cuts = lives * CUTS;
    println!("{kind:?}: {cuts} power cuts, {acknowledged} acknowledged operations, none lost");
}

/// A file system's life of several cuts. Gives how many operations were acknowledged.
fn live(kind: Kind, seed: u64) -> usize {
    let image = Image::make(kind);
    let desk = Desk::new();
    let data = image.root().join("a/data");
    let command = |args: &[&str]| {
        let mut command = desk.command(args);
        command.env("DESK_DATA_DIR", &data);
        command
    };
    let mut chance = Chance::new(seed);
    let mut ledger = Ledger::default();
    let mut tickets = Vec::new();
    for cut in 1..=CUTS {
        if cut == CUTS / 2 && data.join(".desk").is_dir() {
            // Soon a new folder of tickets begins.
            std::fs::write(data.join(".desk/number"), format!("{:020}\n", 9_990)).unwrap();
        }
        let running = [const { Mutex::new(None) }; 4];
        thread::scope(|scope| {
            let writers: Vec<_> = (0..)
                .zip(&running)
                .map(|(n, running)| {
                    let name = format!("m{seed}-{cut}-{n}");
                    let mut writer = Writer::new(name, chance.next(), &command, running);
                    writer.tickets.clone_from(&tickets);
                    // The power cut makes them fail. What they are told even then counts, too.
                    scope.spawn(move || {
                        while match n {
                            0 => writer.batch(LARGE_BATCH).is_ok(),
                            1 => writer.whole(LARGE_BATCH).is_ok(),
                            _ => writer.step(BATCH).is_ok(),
                        } {}
                        writer
                    })
                })
                .collect();
            thread::sleep(Duration::from_millis(20 + chance.below(250)));
            image.cut_power();
            for writer in writers {
                let writer = writer.join().unwrap();
                tickets.extend(writer.tickets);
                ledger.add(writer.ledger);
            }
        });
        tickets.sort_unstable();
        tickets.dedup();
        image.start_again();
        if data.exists() {
            // Whoever comes next does what was committed to.
            assert!(command(&["list"]).output().unwrap().status.success());
        }
        let mut faults = ledger.faults(&data);
        if data.exists() {
            let checked = command(&["fsck"]).output().unwrap();
            faults.extend(
                String::from_utf8(checked.stdout)
                    .unwrap()
                    .lines()
                    .map(str::to_owned),
            );
            assert_eq!(checked.status.success(), faults.is_empty(), "{faults:?}");
        }
        assert_eq!(faults, [""; 0], "{kind:?}, seed {seed}, cut {cut}");
    }
    ledger.len()
}

#[test]
fn a_write_that_nothing_makes_durable_is_found() {
    find_by_leaving_out("fsync,fdatasync,syncfs:retval=0", "lost: ");
}

#[test]
fn a_file_that_is_not_made_durable_is_found() {
    find_by_leaving_out("fsync:retval=0:when=1", "torn: ");
}

#[test]
fn a_large_group_that_is_not_made_durable_is_found() {
    find_by("syncfs:retval=0", "torn: ", |writer| {
        writer.openings(LARGE_BATCH).unwrap();
    });
}

#[test]
fn a_folder_that_is_not_made_durable_is_found() {
    find_by_leaving_out("fsync:retval=0:when=2", "lost: ");
}

/// Has the kernel leave out system calls and say that they were done; the harness must find a
/// fault of this kind.
fn find_by_leaving_out(what: &str, expected: &str) {
    find_by(what, expected, |writer| writer.single().unwrap());
}

/// The same, where this is what is done meanwhile.
fn find_by(what: &str, expected: &str, write: impl Fn(&mut Writer<'_>)) {
    if !Image::possible() || !has("strace") {
        return;
    }
    for kind in [Kind::Ext4, Kind::Xfs] {
        let cut = (1..=5).find(|seed| {
            let faults = live_without(what, kind, *seed, &write);
            faults.iter().any(|fault| fault.starts_with(expected))
        });
        let cut = cut.unwrap_or_else(|| panic!("{kind:?} without {what} loses nothing"));
        println!("{kind:?} without {what}: found by cut {cut}");
    }
}

/// A few operations, of which these system calls are left out, and a cut.
fn live_without(
    what: &str,
    kind: Kind,
    seed: u64,
    write: &impl Fn(&mut Writer<'_>),
) -> Vec<String> {
    let image = Image::make(kind);
    let desk = Desk::new();
    let data = image.root().join("data");
    let running = Mutex::new(None);
    let plain = |args: &[&str]| {
        let mut command = desk.command(args);
        command.env("DESK_DATA_DIR", &data);
        command
    };
    let traced = |args: &[&str]| {
        let plain = plain(args);
        let mut command = Command::new("strace");
        command
            .args([
                "-f",
                "-qq",
                "-o",
                "/dev/null",
                "-e",
                &format!("inject={what}"),
                DESK,
            ])
            .args(plain.get_args());
        for (name, value) in plain.get_envs() {
            command.env(name, value.unwrap());
        }
        command
    };
    let mut before = Writer::new("before".into(), seed, &plain, &running);
    before.single().unwrap();
    image.sync();
    let mut writer = Writer::new("without".into(), seed, &traced, &running);
    writer.tickets.clone_from(&before.tickets);
    while writer.ledger.len() < 5 {
        write(&mut writer);
    }
    before.ledger.add(writer.ledger);
    image.cut_power();
    image.start_again();
    before.ledger.faults(&data)
}
