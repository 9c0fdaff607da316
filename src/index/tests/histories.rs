//! Whatever happens to the tickets, the journal and the index itself, the answer of every query is that of
//! reading all files.
//!
//! `DESK_LONG=1` tries a thousand histories.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::super::Index;
use super::world::{World, write_at};
use crate::store::coarse;

/// What happens between two looks.
#[derive(Debug, Clone)]
pub(super) enum Step {
    /// Lines of a batch, by `desk` itself.
    Desk(Vec<String>),
    /// A file is replaced, as editors and git do.
    Replace(u64, &'static str),
    /// The same right behind, and right before, what `desk` does to another one.
    Beside(u64, String, &'static str),
    /// A file is replaced by one of the same size and time.
    Disguise(u64),
    /// A file is gone.
    Remove(u64),
    /// A file comes from elsewhere, under a number of its own.
    Add(u64, u64),
    /// A file is no ticket any more.
    Spoil(u64, &'static str),
    /// The tickets are kept, or put back as they were kept.
    Keep,
    PutBack,
    /// A file is changed where it stands, and the index is made anew.
    InPlace(u64),
    /// The end of the journal is gone, as if the writer had been killed, or somebody cut it.
    CutJournal(u16),
    NoJournal,
    Babble,
    /// The index is gone, cut, overwritten, kept, or put back.
    NoIndex,
    CutIndex(u8, u16),
    Noise(u8, u16, Vec<u8>),
    KeepIndex,
    PutBackIndex,
    PutBackDatabase,
    Uncertain,
    /// It was being brought up to date, and ended behind what it had committed so far.
    Half,
    /// Somebody else opens the index, and reads on or waits; they leave.
    Hold(bool),
    Leave,
    /// Time passes.
    Wait,
}

fn any_line() -> impl Strategy<Value = String> {
    let id = prop_oneof![9 => 1..12u64, 1 => 10_001..10_003u64];
    let words = proptest::sample::select(vec![
        "máy in",
        "VPN down",
        "打印机坏了",
        "paper jam",
        "o'brien",
        "lỗi 0x80",
        "INC-7 again",
        "\u{b6}104 \u{b7}c",
        "a",
    ]);
    let login = proptest::sample::select(vec!["minh", "lan", "Øystein"]);
    let verb = proptest::sample::select(vec!["note", "close", "reopen", "take", "resolve", "wait"]);
    prop_oneof![
        3 => (words.clone(), login.clone(), 0..40u32).prop_map(|(words, who, n)| {
            let reference = if n < 20 { format!(r#","ref":"INC-{n}""#) } else { String::new() };
            let asset = if n % 3 > 0 { format!(r#","asset":"PC-{}""#, n % 4) } else { String::new() };
            format!(
                r#"{{"op":"open","subject":"{words} {n}","requester":"{who}","tag":["t{}","vip"],"category":"hardware/x{}","due":"2026-12-0{}"{asset}{reference}}}"#,
                n % 3, n % 2, 1 + n % 9
            )
        }),
        4 => (verb, id.clone(), words.clone())
            .prop_map(|(verb, id, words)| format!(r#"{{"op":"{verb}","ticket":{id},"message":"{words}"}}"#)),
        2 => (id.clone(), login)
            .prop_map(|(id, who)| format!(r#"{{"op":"assign","ticket":{id},"to":"{who}"}}"#)),
        // One is a name in which there is nothing to compare.
        1 => (id.clone(), proptest::sample::select(vec!["net", r"\u0301"]))
            .prop_map(|(id, team)| format!(r#"{{"op":"assign","ticket":{id},"team":"{team}"}}"#)),
        1 => (id.clone(), id.clone())
            .prop_map(|(id, to)| format!(r#"{{"op":"link","ticket":{id},"relates_to":{to}}}"#)),
        1 => (id.clone(), id.clone())
            .prop_map(|(id, to)| format!(r#"{{"op":"merge","ticket":{id},"into":{to}}}"#)),
        1 => (id.clone(), id.clone())
            .prop_map(|(id, to)| format!(r#"{{"op":"unlink","ticket":{id},"relates_to":{to}}}"#)),
        2 => (id.clone(), 0..25u32)
            .prop_map(|(id, run)| format!(r#"{{"op":"undo","ticket":{id},"batch":"op{}"}}"#, 7 * run)),
        1 => (id.clone(), 0..4u32)
            .prop_map(|(id, key)| format!(r#"{{"op":"take","ticket":{id},"id":"K{key}"}}"#)),
        1 => (id.clone(), 0..40u32)
            .prop_map(|(id, n)| format!(r#"{{"op":"edit","ticket":{id},"ref":"INC-{n}"}}"#)),
        1 => (id.clone(), 0..30u32)
            .prop_map(|(id, n)| match n {
                0..10 => format!(r#"{{"op":"edit","ticket":{id},"due":null}}"#),
                _ => format!(r#"{{"op":"edit","ticket":{id},"due":"2026-11-{n}"}}"#),
            }),
        1 => (id, words)
            .prop_map(|(id, words)| format!(r#"{{"op":"edit","ticket":{id},"subject":"{words}","untag":["vip"]}}"#)),
    ]
}

fn any_step() -> impl Strategy<Value = Step> {
    let id = 1..12u64;
    let subject = proptest::sample::select(vec!["changed by hand", "printer", "đổi"]);
    let subject_too = subject.clone();
    let junk = proptest::sample::select(vec!["", "{", "{\"id\":7}", "not json"]);
    prop_oneof![
        8 => vec(any_line(), 1..4).prop_map(Step::Desk),
        2 => (id.clone(), subject).prop_map(|(id, text)| Step::Replace(id, text)),
        2 => (id.clone(), any_line(), subject_too)
            .prop_map(|(id, line, text)| Step::Beside(id, line, text)),
        1 => id.clone().prop_map(Step::Disguise),
        1 => id.clone().prop_map(Step::Remove),
        1 => (id.clone(), prop_oneof![20..30u64, 10_001..10_003u64]).prop_map(|(a, b)| Step::Add(a, b)),
        1 => (id.clone(), junk).prop_map(|(id, text)| Step::Spoil(id, text)),
        1 => Just(Step::Keep),
        1 => Just(Step::PutBack),
        1 => id.prop_map(Step::InPlace),
        1 => any::<u16>().prop_map(Step::CutJournal),
        1 => Just(Step::NoJournal),
        1 => Just(Step::Babble),
        1 => Just(Step::NoIndex),
        1 => (any::<u8>(), any::<u16>()).prop_map(|(file, at)| Step::CutIndex(file, at)),
        1 => (any::<u8>(), any::<u16>(), vec(any::<u8>(), 1..64))
            .prop_map(|(file, at, bytes)| Step::Noise(file, at, bytes)),
        1 => Just(Step::KeepIndex),
        1 => Just(Step::PutBackIndex),
        1 => Just(Step::PutBackDatabase),
        1 => Just(Step::Uncertain),
        2 => Just(Step::Half),
        2 => any::<bool>().prop_map(Step::Hold),
        1 => Just(Step::Leave),
        1 => Just(Step::Wait),
    ]
}

impl World {
    pub(super) fn step(&mut self, step: &Step) {
        let data = self.data();
        if let Step::CutIndex(..) | Step::Noise(..) | Step::PutBackIndex | Step::PutBackDatabase =
            step
        {
            // Within a tick of a coarse clock nothing tells a database that desk wrote from one that
            // somebody put in its place.
            coarse::pass();
        }
        match step {
            Step::Desk(lines) => self.perform(lines),
            Step::Replace(id, subject) => {
                self.replace(*id, |json| json["subject"] = (*subject).into())
            }
            Step::Beside(id, line, subject) => {
                self.replace(*id, |json| json["subject"] = (*subject).into());
                self.perform(std::slice::from_ref(line));
                self.replace(1 + id % 11, |json| json["subject"] = (*subject).into());
            }
            Step::Disguise(id) => self.disguise(*id),
            Step::Remove(id) => drop(fs::remove_file(self.file(*id))),
            Step::Add(id, other) => self.add(*id, *other),
            Step::Spoil(id, junk) => self.put(&self.file(*id), junk.as_bytes()),
            Step::Keep => copy(&data.join("tickets"), &self.folder.path().join("kept")),
            Step::PutBack => copy(&self.folder.path().join("kept"), &data.join("tickets")),
            Step::InPlace(id) => self.in_place(*id),
            Step::CutJournal(by) => cut(&data.join(".desk/journal"), *by, true),
            Step::NoJournal => drop(fs::remove_file(data.join(".desk/journal"))),
            Step::Babble => append(&data.join(".desk/journal"), b"E 0 1 9 x y\nnonsense\nB 0"),
            Step::NoIndex => drop(fs::remove_dir_all(self.index_folder())),
            Step::CutIndex(which, at) => {
                // Memory that is mapped from a file that is cut is no more: a process that has the index
                // open at that moment dies of it.
                self.index = Index::default();
                self.holder = None;
                if let Some(file) = self.index_file(*which) {
                    cut(&file, *at, false);
                }
            }
            Step::Noise(which, at, bytes) => {
                let file = self.index_file(*which);
                // What those who have it open share is their memory, and not the index.
                let is_shared =
                    |file: &PathBuf| file.extension().is_some_and(|e| e == "sqlite-shm");
                if let Some(file) = file.filter(|file| self.holder.is_none() || !is_shared(file)) {
                    overwrite(&file, *at, bytes);
                }
            }
            Step::KeepIndex => copy(&self.index_folder(), &self.folder.path().join("index")),
            Step::PutBackIndex => copy(&self.folder.path().join("index"), &self.index_folder()),
            Step::PutBackDatabase => self.put_back_database(),
            Step::Uncertain => drop(fs::remove_file(self.index_folder().join("current"))),
            Step::Half => self.half(),
            Step::Hold(reads) => self.hold(*reads),
            Step::Leave => self.holder = None,
            Step::Wait => std::thread::sleep(Duration::from_millis(60)),
        }
    }
}

/// A folder with its files, as `cp -a` copies it, in the place of what was there.
fn copy(from: &Path, to: &Path) {
    if from.exists() {
        let _ = fs::remove_dir_all(to);
        let status = std::process::Command::new("cp")
            .arg("-a")
            .args([from, to])
            .status();
        assert!(status.unwrap().success());
    }
}

fn cut(file: &Path, at: u16, from_end: bool) {
    let Ok(open) = fs::File::options().write(true).open(file) else {
        return;
    };
    let length = open.metadata().unwrap().len();
    let part = u64::from(at) % (length + 1);
    open.set_len(if from_end {
        length - part.min(200).min(length)
    } else {
        part
    })
    .unwrap();
}

pub(super) fn append(file: &Path, bytes: &[u8]) {
    if let Ok(mut open) = fs::File::options().append(true).open(file) {
        std::io::Write::write_all(&mut open, bytes).unwrap();
    }
}

fn overwrite(file: &Path, at: u16, bytes: &[u8]) {
    if let Ok(there) = fs::metadata(file) {
        write_at(
            file,
            usize::from(at) * 37 % (there.len() as usize + 1),
            bytes,
        );
    }
}

fn histories(cases: u32, tick: u32) {
    #[expect(clippy::disallowed_methods, reason = "asked for by who runs the tests")]
    let long = std::env::var_os("DESK_LONG").is_some_and(|value| value == "1");
    let config = Config {
        cases: if long { 1000 } else { cases },
        failure_persistence: None,
        ..Config::default()
    };
    let steps = vec((any_step(), any::<bool>()), 1..25);
    coarse::set(tick);
    let result = TestRunner::new(config).run(&steps, |steps| {
        let mut world = World::new();
        let first: Vec<String> = (0..6)
            .map(|n| {
                format!(
                    r#"{{"op":"open","subject":"printer {n}","ref":"INC-{}"}}"#,
                    90 + n
                )
            })
            .collect();
        world.perform(&first);
        world.compare(true)?;
        for (step, new) in steps {
            world.step(&step);
            world.compare(new)?;
        }
        Ok(())
    });
    coarse::set(0);
    if let Err(error) = result {
        panic!("{error}");
    }
}

/// One after the other, since the second changes how all stamps are read.
#[test]
fn whatever_happens_the_index_says_what_the_files_say() {
    histories(12, 0);
    histories(12, 50);
}
