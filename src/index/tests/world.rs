//! A help desk that everything happens to, and the answers that its index has to give: those of reading
//! all files.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use proptest::prelude::*;
use proptest::test_runner::TestCaseError;
use rusqlite::Connection;

use super::super::schema;
use super::super::standing_by_scan;
use super::super::{Index, Open, Trouble, WantedRuns};
use super::super::{last_by_scan, marks_by_scan, matched_before, refresh, scan};
use crate::query::{Clock, Filter, Order, Place, Reading, Selection, parse};
use crate::report::{self, Facts, Period, Scope};
use crate::store::Store;
use crate::ticket::{Ticket, Timestamp};
use crate::{Caller, Desk, Mode, Zone};

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
pub(super) struct World {
    pub(super) folder: tempfile::TempDir,
    pub(super) index: Index,
    pub(super) holder: Option<Connection>,
    minutes: i64,
    turn: usize,
}

impl World {
    pub(super) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            index: Index::default(),
            holder: None,
            minutes: 0,
            turn: 0,
        }
    }

    pub(super) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    pub(super) fn store(&self) -> Store {
        Store::open(&self.data(), Duration::from_secs(5)).unwrap()
    }

    pub(super) fn file(&self, id: u64) -> PathBuf {
        self.data()
            .join(format!("tickets/{:04}/{id}.json", id / 10_000))
    }

    pub(super) fn index_folder(&self) -> PathBuf {
        self.data().join(".desk/index")
    }

    /// The database that is the index.
    pub(super) fn database(&self) -> PathBuf {
        self.any_database().unwrap()
    }

    pub(super) fn any_database(&self) -> Option<PathBuf> {
        let mut files = self.index_folder().read_dir().ok()?.flatten();
        let is_database = |path: &PathBuf| path.extension().is_some_and(|end| end == "sqlite");
        files.find_map(|entry| Some(entry.path()).filter(is_database))
    }

    /// A file of the index, by chance.
    pub(super) fn index_file(&self, which: u8) -> Option<PathBuf> {
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

    pub(super) fn hold(&mut self, reads: bool) {
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

    pub(super) fn half(&self) {
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

    pub(super) fn perform(&mut self, lines: &[String]) {
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

    pub(super) fn replace(&self, id: u64, change: impl FnOnce(&mut serde_json::Value)) {
        let Ok(bytes) = fs::read(self.file(id)) else {
            return;
        };
        let Ok(mut json) = serde_json::from_slice::<serde_json::Value>(&bytes) else {
            return;
        };
        change(&mut json);
        self.put(&self.file(id), json.to_string().as_bytes());
    }

    pub(super) fn put(&self, file: &Path, bytes: &[u8]) {
        let aside = self.folder.path().join("aside");
        fs::write(&aside, bytes).unwrap();
        if file.parent().unwrap().exists() {
            fs::rename(aside, file).unwrap();
        }
    }

    pub(super) fn disguise(&self, id: u64) {
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

    pub(super) fn add(&self, id: u64, other: u64) {
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

    pub(super) fn in_place(&mut self, id: u64) {
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
    pub(super) fn put_back_database(&self) {
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
    pub(super) fn compare(&mut self, new: bool) -> Result<(), TestCaseError> {
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

    pub(super) fn compare_runs(&mut self, store: &Store) -> Result<(), TestCaseError> {
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

    pub(super) fn compare_keys(&mut self, store: &Store) -> Result<(), TestCaseError> {
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

    pub(super) fn compare_reports(&mut self, store: &Store) -> Result<(), TestCaseError> {
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

pub(super) fn read(query: &str) -> Filter {
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

pub(super) fn write_at(file: &Path, at: usize, bytes: &[u8]) {
    use std::os::unix::fs::FileExt;
    let open = fs::File::options().write(true).open(file).unwrap();
    open.write_all_at(bytes, at as u64).unwrap();
}

/// Where a text stands.
pub(super) fn places_of<'a>(text: &'a [u8], bytes: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
    let windows = bytes.windows(text.len()).enumerate();
    windows.filter(move |(_, w)| *w == text).map(|(at, _)| at)
}
