//! The index against the scan of the files: whatever happens to the tickets, the journal and the
//! index itself, the answer of every query is that of reading all files.
//!
//! `DESK_LONG=1` tries a thousand histories.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use rusqlite::Connection;

use super::schema::{self, VERSION};
use super::standing_by_scan;
use super::{Index, Open, Trouble, WantedRuns};
use super::{last_by_scan, marks_by_scan, matched_before, refresh, scan};
use crate::query::{Clock, Filter, Order, Place, Reading, Selection, parse};
use crate::report::{self, Facts, Period, Scope};
use crate::store::{Store, coarse};
use crate::ticket::{Ticket, Timestamp};
use crate::{Caller, Desk, Mode, Zone};

/// What happens between two looks.
#[derive(Debug, Clone)]
enum Step {
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

/// What is asked after every step.
const QUERIES: [&str; 43] = [
    "",
    "is:open",
    "assignee:minh",
    "assignee:lan is:open",
    "assignee:minh is:open",
    "assignee:none is:open",
    "assignee:none",
    "team:none",
    "team:none is:open",
    "team:net is:open",
    "status:closed,resolved",
    "-status:new",
    "tag:vip",
    "tag:t* -tag:t1",
    "category:hardware",
    "category:hardware/x1 or ref:inc*",
    "requester:oystein",
    "ref:none",
    "priority:<=3 tier:1..",
    "due:<10d",
    "due:none",
    "updated:>1d",
    "may in",
    "rint",
    "inc-1",
    "打印",
    "\"paper jam\"",
    "pap* or (vpn -down)",
    "1",
    "relates-to:1,2,3",
    "merged-into:1 or merged-into:2",
    "-relates-to:4 -merged-into:4",
    "relates-to:1,2,3,4,5 is:open",
    "is:open due:<10d",
    "due:<12d -is:open",
    "0001",
    "c-9",
    "104",
    "printer quetzal",
    "tag:none-such tier:2 printer",
    "(assignee:lan or tag:vip) is:open",
    "is:open (due:<12d or assignee:minh)",
    "is:late -status:pending",
];

/// A help desk that everything happens to.
struct World {
    folder: tempfile::TempDir,
    index: Index,
    holder: Option<Connection>,
    minutes: i64,
    turn: usize,
}

impl World {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            index: Index::default(),
            holder: None,
            minutes: 0,
            turn: 0,
        }
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn store(&self) -> Store {
        Store::open(&self.data(), Duration::from_secs(5)).unwrap()
    }

    fn file(&self, id: u64) -> PathBuf {
        self.data()
            .join(format!("tickets/{:04}/{id}.json", id / 10_000))
    }

    fn index_folder(&self) -> PathBuf {
        self.data().join(".desk/index")
    }

    /// The database that is the index.
    fn database(&self) -> PathBuf {
        self.any_database().unwrap()
    }

    fn any_database(&self) -> Option<PathBuf> {
        let mut files = self.index_folder().read_dir().ok()?.flatten();
        let is_database = |path: &PathBuf| path.extension().is_some_and(|end| end == "sqlite");
        files.find_map(|entry| Some(entry.path()).filter(is_database))
    }

    /// A file of the index, by chance.
    fn index_file(&self, which: u8) -> Option<PathBuf> {
        let folder = self.index_folder();
        let mut files: Vec<_> = folder
            .read_dir()
            .ok()?
            .flatten()
            .map(|e| e.path())
            .collect();
        files.sort();
        let count = files.len().max(1);
        files.into_iter().nth(usize::from(which) % count)
    }

    fn step(&mut self, step: &Step) {
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

    fn hold(&mut self, reads: bool) {
        self.holder = None;
        let open = self
            .any_database()
            .and_then(|path| schema::open(&path).ok());
        self.holder = open.filter(|holder| {
            let begin = if reads { "BEGIN" } else { "" };
            let sql = format!("{begin}; SELECT count(*) FROM ticket");
            holder.execute_batch(&sql).is_ok()
        });
    }

    fn half(&self) {
        let store = self.store();
        let Ok(open) = Open::new(&store, None, &|_, _| ()) else {
            return;
        };
        let index = &open.connection;
        index.execute_batch("BEGIN IMMEDIATE").unwrap();
        let end = &mut || {
            index.execute_batch("COMMIT")?;
            Err(Trouble::Busy)
        };
        let ended = refresh::refresh(index, &store, store.grain().unwrap(), &|_, _| (), end);
        assert!(ended.is_ok() != index.is_autocommit());
    }

    fn perform(&mut self, lines: &[String]) {
        self.minutes += 7;
        let now = "2026-11-21T12:00:00Z"
            .parse::<crate::ticket::Timestamp>()
            .unwrap();
        let caller = Caller {
            by: "minh".into(),
            real: "minh".into(),
            op: format!("op{}", self.minutes),
            now: now.plus(self.minutes * 60),
        };
        let clock = Clock {
            now: caller.now,
            zone: Zone::UTC,
        };
        let read = |line: &String| crate::operation::from_json(line.as_bytes(), &clock).unwrap();
        let operations: Vec<_> = lines.iter().map(read).collect();
        let mut desk = Desk::open(&self.data(), Duration::from_secs(5)).unwrap();
        desk.perform(&operations, &caller, Mode::Apply);
    }

    fn replace(&self, id: u64, change: impl FnOnce(&mut serde_json::Value)) {
        let Ok(bytes) = fs::read(self.file(id)) else {
            return;
        };
        let Ok(mut json) = serde_json::from_slice::<serde_json::Value>(&bytes) else {
            return;
        };
        change(&mut json);
        self.put(&self.file(id), json.to_string().as_bytes());
    }

    fn put(&self, file: &Path, bytes: &[u8]) {
        let aside = self.folder.path().join("aside");
        fs::write(&aside, bytes).unwrap();
        if file.parent().unwrap().exists() {
            fs::rename(aside, file).unwrap();
        }
    }

    fn disguise(&self, id: u64) {
        let file = self.file(id);
        let Ok(text) = fs::read_to_string(&file) else {
            return;
        };
        let modified = fs::metadata(&file).unwrap().modified().unwrap();
        let aside = self.folder.path().join("aside");
        // As long as it was, and another one.
        fs::write(&aside, text.replace("máy", "mây").replace("down", "gone")).unwrap();
        fs::File::options()
            .write(true)
            .open(&aside)
            .unwrap()
            .set_modified(modified)
            .unwrap();
        fs::rename(aside, &file).unwrap();
    }

    fn add(&self, id: u64, other: u64) {
        let Ok(bytes) = fs::read(self.file(id)) else {
            return;
        };
        let Ok(mut json) = serde_json::from_slice::<serde_json::Value>(&bytes) else {
            return;
        };
        json["id"] = other.into();
        fs::create_dir_all(self.file(other).parent().unwrap()).unwrap();
        self.put(&self.file(other), json.to_string().as_bytes());
    }

    fn in_place(&mut self, id: u64) {
        let Ok(text) = fs::read_to_string(self.file(id)) else {
            return;
        };
        fs::write(
            self.file(id),
            text.replace("printer", "scanner").replace("minh", "duc"),
        )
        .unwrap();
        self.index.make_anew(&self.store()).unwrap();
    }

    /// The database alone, from beside a log that is newer.
    fn put_back_database(&self) {
        let kept = self.folder.path().join("index");
        for entry in kept.read_dir().into_iter().flatten().flatten() {
            let name = entry.file_name();
            if name.to_str().unwrap().ends_with(".sqlite")
                && self.index_folder().join(&name).exists()
            {
                fs::copy(entry.path(), self.index_folder().join(&name)).unwrap();
            }
        }
    }

    /// Every query by the index, and by the files. Somebody who comes new opens the index; somebody
    /// who stays has it open.
    fn compare(&mut self, new: bool) -> Result<(), TestCaseError> {
        let store = self.store();
        if store.tickets().unwrap().is_none() {
            return Ok(());
        }
        if new {
            self.index = Index::default();
        }
        let orders: [&[&str]; 3] = [
            &[],
            &["-updated", "ref"],
            &["-relevance", "assignee", "-due"],
        ];
        let limits = [None, Some(1), None, Some(3), None];
        let filters = QUERIES.map(read);
        let (mut selections, mut pages) = (Vec::new(), Vec::new());
        // Every query comes by every order and limit.
        self.turn += 1;
        let turns = (self.turn..).map(|turn| (orders[turn % 3], limits[turn % 5]));
        for ((query, filter), (order, limit)) in QUERIES.iter().zip(&filters).zip(turns) {
            let selection = Selection {
                limit,
                order: order
                    .iter()
                    .map(|name| name.parse::<Order>().unwrap())
                    .collect(),
                ..Selection::of(filter)
            };
            let mut found = Vec::new();
            let damaged = self.index.heads(&store, &selection, &mut |ticket| {
                found.push(ticket);
                true
            });
            let damaged = match damaged {
                Ok(damaged) => damaged,
                Err(trouble) => return Err(TestCaseError::fail(format!("{query}: {trouble:?}"))),
            };
            let (mut expected, bad) = by_scan(&store, &selection);
            prop_assert_eq!(self.index.count(&store, filter).unwrap(), expected.len());
            let mut ids: Vec<_> = expected.iter().map(|ticket| ticket.id).collect();
            ids.sort_unstable();
            prop_assert_eq!(self.index.ids(&store, filter).unwrap().0, ids, "{}", query);
            expected.truncate(limit.unwrap_or(usize::MAX));
            prop_assert_eq!(numbers(&found), numbers(&expected), "{}", query);
            prop_assert_eq!(&found, &expected, "{}", query);
            let text = |errors: &[crate::Error]| {
                errors.iter().map(ToString::to_string).collect::<Vec<_>>()
            };
            prop_assert_eq!(text(&damaged), text(&bad), "{}", query);
            selections.push(selection);
            pages.push(expected);
        }
        prop_assert_eq!(self.index.pages(&store, &selections).unwrap().0, pages);
        self.compare_runs(&store)?;
        self.compare_keys(&store)?;
        self.compare_reports(&store)
    }

    fn compare_runs(&mut self, store: &Store) -> Result<(), TestCaseError> {
        let fail = |trouble| TestCaseError::fail(format!("{trouble:?}"));
        let all = WantedRuns::default();
        for (of, standing, limit) in [
            (None, false, None),
            (Some("minh"), true, Some(1)),
            (Some("lan"), false, Some(2)),
        ] {
            let wanted = WantedRuns {
                of,
                standing,
                limit,
            };
            let (found, _) = self.index.runs(store, &wanted).map_err(fail)?;
            prop_assert_eq!(found, last_by_scan(store, &wanted).unwrap().found);
        }
        for run in last_by_scan(store, &all).unwrap().found {
            let (found, _) = self.index.ids_of_run(store, &run.op).map_err(fail)?;
            prop_assert_eq!(found, standing_by_scan(store, &run.op).unwrap().found);
        }
        for beginning in ["op", "op1", "op14", "x"] {
            let found = self.index.marks(store, beginning).map_err(fail)?;
            prop_assert_eq!(found, marks_by_scan(store, beginning).unwrap());
        }
        Ok(())
    }

    fn compare_keys(&mut self, store: &Store) -> Result<(), TestCaseError> {
        for key in ["K0", "K1", "K2", "K3"] {
            let has = |ticket: Ticket| {
                let mut events = ticket.events.iter();
                let has = events.any(|event| event.key.as_deref() == Some(key));
                has.then_some(ticket.id)
            };
            let found = self.index.ids_of_key(store, key);
            let found = found.map_err(|trouble| TestCaseError::fail(format!("{trouble:?}")))?;
            prop_assert_eq!(found, scan(store, has).unwrap().found, "{}", key);
        }
        Ok(())
    }

    fn compare_reports(&mut self, store: &Store) -> Result<(), TestCaseError> {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let noon = at("2026-11-21T12:00:00Z");
        let later = noon.plus(self.minutes * 60);
        let half = noon.plus(self.minutes * 30);
        let spans = [
            (noon, half, half),
            (half, later.plus(1), later.plus(1)),
            (noon, later, half),
        ];
        // Of each two, the tickets that stand still are told apart by both.
        let backlog = |rows, columns| {
            report::Kind::Table(report::Table {
                rows,
                columns: report::Across::Of(columns),
                value: "backlog_end".parse().unwrap(),
            })
        };
        use report::Dimension::{Asset, Category, Priority, Status, Technician};
        let tables = [backlog(Status, Technician), backlog(Priority, Category)];
        // They were asked for with a query, or without one, and are read in another order the other way.
        let both = [Technician, Asset].map(report::Kind::Rows);
        let kinds = report::Kind::all().chain(tables).chain(both);
        let kinds = kinds.zip(["", "is:open", "assignee:lan or vip"].iter().cycle());
        for ((kind, query), (since, until, as_of)) in kinds.zip(spans.into_iter().cycle()) {
            let period = Period::new(since, until, Zone::UTC).unwrap();
            let mut scope = Scope::new(period, as_of, &crate::Policy::default());
            scope.at_least = 1;
            if !matches!(kind, report::Kind::Table(_)) {
                scope.by = Some(report::Unit::Day);
            }
            let filter = read(query);
            let by_index = self.index.report(store, (kind, &filter, &scope));
            let (by_index, _) =
                by_index.map_err(|trouble| TestCaseError::fail(format!("{trouble:?}")))?;
            let all = scan(store, |ticket| {
                matched_before(&filter, &ticket, as_of)
                    .then(|| Facts::of(&ticket, as_of))
                    .flatten()
            });
            let by_scan = report::run(kind, &all.unwrap().found, &scope);
            prop_assert_eq!(by_index, by_scan, "{} {}", kind, query);
        }
        Ok(())
    }
}

fn read(query: &str) -> Filter {
    let clock = Clock {
        now: "2026-11-21T20:00:00Z".parse().unwrap(),
        zone: Zone::UTC,
    };
    let views = Default::default();
    let reading = Reading {
        clock,
        me: "minh",
        views: &views,
    };
    parse(query, &reading).unwrap()
}

fn by_scan(store: &Store, selection: &Selection<'_>) -> (Vec<Ticket>, Vec<crate::Error>) {
    let scanned = scan(store, |mut ticket| {
        selection.filter.matches(&ticket).then(|| {
            let place = Place::of(&ticket, selection);
            ticket.events.clear();
            (place, ticket)
        })
    });
    let mut scanned = scanned.unwrap();
    scanned.found.sort_by(|(a, _), (b, _)| a.cmp(b));
    let found = scanned.found.into_iter().map(|(_, ticket)| ticket);
    (found.collect(), scanned.damaged)
}

fn numbers(tickets: &[Ticket]) -> Vec<u64> {
    tickets.iter().map(|ticket| ticket.id.get()).collect()
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

fn append(file: &Path, bytes: &[u8]) {
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

fn write_at(file: &Path, at: usize, bytes: &[u8]) {
    use std::os::unix::fs::FileExt;
    let open = fs::File::options().write(true).open(file).unwrap();
    open.write_all_at(bytes, at as u64).unwrap();
}

/// Where a text stands.
fn places_of<'a>(text: &'a [u8], bytes: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
    let windows = bytes.windows(text.len()).enumerate();
    windows.filter(move |(_, w)| *w == text).map(|(at, _)| at)
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

#[test]
fn a_database_that_somebody_wrote_into_is_made_anew() {
    let mut world = World::new();
    world.perform(&[r#"{"op":"open","subject":"paper jam"}"#.to_owned()]);
    world.compare(true).unwrap();
    let file = world.database();
    let mut bytes = fs::read(&file).unwrap();
    // SQLite has no checksum that would tell.
    let places: Vec<_> = places_of(b"paper jam", &bytes).collect();
    assert!(places.len() > 1, "{places:?}");
    for at in places {
        bytes[at] = b'P';
    }
    fs::write(&file, bytes).unwrap();
    world.compare(true).unwrap();
    assert_ne!(world.database(), file);
}

/// SQLite compares the checksums of its log only for who opens it first.
#[test]
fn who_has_the_index_open_is_told_of_a_log_that_somebody_wrote_into() {
    for others_have_it in [false, true] {
        let mut world = World::new();
        world.perform(&[r#"{"op":"open","subject":"printer"}"#.to_owned()]);
        world.compare(true).unwrap();
        // What somebody reads is not worked into the database.
        let reader = Connection::open(world.database()).unwrap();
        let sql = "BEGIN; SELECT count(*) FROM ticket";
        reader.execute_batch(sql).unwrap();
        let edit = r#"{"op":"edit","ticket":1,"subject":"paper jam"}"#;
        world.perform(&[edit.to_owned()]);
        world.compare(false).unwrap();
        // Who is the first to open it has SQLite compare the checksums.
        match others_have_it {
            true => reader.execute_batch("COMMIT").unwrap(),
            false => drop(reader),
        }
        let database = world.database();
        let log = database.with_extension("sqlite-wal");
        let written = fs::read(&log).unwrap();
        let mut places = places_of(b"paper jam", &written).peekable();
        assert!(places.peek().is_some());
        coarse::pass();
        for at in places {
            write_at(&log, at, b"P");
        }
        world.compare(false).unwrap();
        assert!(!others_have_it || world.database() != database);
    }
}

/// As it is when who wrote it was killed at once.
#[test]
fn a_log_that_nobody_vouched_for_is_looked_through() {
    let mut world = World::new();
    world.perform(&[r#"{"op":"open","subject":"printer"}"#.to_owned()]);
    world.compare(true).unwrap();
    let note = r#"{"op":"note","ticket":1,"message":"paper jam"}"#;
    world.perform(&[note.to_owned()]);
    let reader = Connection::open(world.database()).unwrap();
    let sql = "BEGIN; SELECT count(*) FROM ticket";
    reader.execute_batch(sql).unwrap();
    world.compare(false).unwrap();
    let (database, current) = (world.database(), world.index_folder().join("current"));
    for new in [true, false] {
        let vouched = fs::read_to_string(&current).unwrap();
        let log = vouched.find(' ').unwrap() + 1;
        let stamp = &vouched[log..log + 62];
        assert!(!stamp.trim().starts_with('0'), "{vouched}");
        let none = vouched.replace(stamp, &format!("{0:>20} {0:>20} {0:>20}", 0));
        fs::write(&current, none).unwrap();
        world.compare(new).unwrap();
        assert_eq!(fs::read_to_string(&current).unwrap(), vouched);
        assert_eq!(world.database(), database);
    }
}

#[test]
fn an_index_of_another_version_is_made_anew_and_swept_away() {
    let mut world = World::new();
    world.perform(&[r#"{"op":"open","subject":"paper jam"}"#.to_owned()]);
    world.compare(true).unwrap();
    let current = world.index_folder().join("current");
    for other in [VERSION - 1, VERSION + 1] {
        let old = world.database();
        let text = fs::read_to_string(&current).unwrap();
        let (version, rest) = text.split_once(' ').unwrap();
        assert_eq!(version, VERSION.to_string());
        fs::write(&current, format!("{other} {rest}")).unwrap();
        world.compare(true).unwrap();
        assert!(!old.exists());
        let text = fs::read_to_string(&current).unwrap();
        assert!(text.starts_with(&format!("{VERSION} ")), "{text}");
    }
}

#[test]
fn a_refresh_that_ends_between_two_folders_has_lost_nothing() {
    let mut world = World::new();
    world.perform(&[r#"{"op":"open","subject":"paper jam"}"#.to_owned()]);
    world.add(1, 10_001);
    world.compare(true).unwrap();
    let close = |id| format!(r#"{{"op":"close","ticket":{id},"message":"cleared"}}"#);
    world.perform(&[close(1), close(10_001)]);
    let database = world.database();
    world.half();
    let open = Open::new(&world.store(), None, &|_, _| ()).unwrap();
    assert!(!open.is_whole().unwrap());
    let sql = "SELECT count(*) FROM ticket WHERE active";
    let left: u32 = open
        .connection
        .query_row(sql, [], |row| row.get(0))
        .unwrap();
    assert_eq!(left, 1);
    world.compare(true).unwrap();
    assert_eq!(world.database(), database);
}

#[test]
fn what_changed_in_several_folders_is_worked_into_the_database_as_it_is_written() {
    let mut world = World::new();
    world.perform(&[r#"{"op":"open","subject":"paper jam"}"#.to_owned()]);
    for id in [10_001, 20_001, 30_001] {
        world.add(1, id);
    }
    world.compare(true).unwrap();
    let database = world.database();
    let before = fs::read(&database).unwrap();
    for id in [1, 10_001, 20_001, 30_001] {
        world.replace(id, |json| json["subject"] = "changed by hand".into());
    }
    world.compare(true).unwrap();
    assert_eq!(world.database(), database);
    assert_ne!(fs::read(&database).unwrap(), before);
}

/// What is left of a log makes the pages in it older than those that were worked into the database: no
/// part of the one may be taken with a part of the other.
#[test]
fn a_log_that_lost_its_end_is_told_from_the_database() {
    for eighths in [1, 4, 7, 8] {
        let mut world = World::new();
        let open = |n| format!(r#"{{"op":"open","subject":"printer {n}"}}"#);
        world.perform(&[0, 1, 2, 3, 4, 5].map(open));
        world.compare(true).unwrap();
        let note = |text| format!(r#"{{"op":"note","ticket":1,"message":"{text}"}}"#);
        for (text, new) in [("a", false), ("b", true)] {
            world.perform(&[note(text)]);
            world.compare(new).unwrap();
        }
        world.replace(1, |json| json["subject"] = "changed by hand".into());
        world.compare(true).unwrap();
        world.index = Index::default();
        let log = world.database().with_extension("sqlite-wal");
        let log = fs::File::options().write(true).open(log).unwrap();
        let length = log.metadata().unwrap().len();
        assert!(length > 8 * 4096, "{length}");
        log.set_len(length * eighths / 8 - 1).unwrap();
        let database = world.database();
        world.compare(true).unwrap();
        // Where nothing of it is left that was committed, there are no older pages.
        assert_eq!(world.database() == database, eighths == 1);
    }
}

/// A word is looked for in each of them.
#[test]
fn what_many_commits_wrote_lies_in_few_segments() {
    let mut world = World::new();
    for n in 0..12 {
        world.perform(&[format!(r#"{{"op":"open","subject":"printer {n}"}}"#)]);
        world.index.refresh(&world.store()).unwrap();
        let index = Connection::open(world.database()).unwrap();
        let sql = "SELECT count(DISTINCT segid) FROM word_idx";
        let segments: u32 = index.query_row(sql, [], |row| row.get(0)).unwrap();
        assert!((1..=6).contains(&segments), "{segments}");
    }
}

#[test]
fn who_has_the_index_open_is_told_of_a_database_that_was_put_back() {
    let mut world = World::new();
    let open = |n| format!(r#"{{"op":"open","subject":"printer {n}"}}"#);
    world.perform(&[0, 1, 2].map(open));
    world.compare(true).unwrap();
    world.step(&Step::KeepIndex);
    for n in 3..5 {
        world.perform(&[open(n)]);
        world.compare(false).unwrap();
    }
    world.step(&Step::PutBackDatabase);
    world.compare(false).unwrap();
}
