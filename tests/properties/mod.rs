//! What holds whatever happens: random histories, two writers at once, files of a later version,
//! and real input with a few bytes changed.
//!
//! A few thousand cases each time; with `DESK_LONG=1` a hundred times as many. What fails is
//! printed, made small, and goes into a test of its own by hand: no file keeps it.

mod files;
mod history;
mod input;
mod mutate;
mod undo;
mod work;
mod writers;

use std::path::Path;
use std::time::{Duration, Instant};

use desk::query::Clock;
use desk::{Desk, Zone};
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use tempfile::TempDir;

/// Runs a test with so many cases, or in the long run a hundred times as many.
fn check<S: proptest::strategy::Strategy>(
    cases: u32,
    strategy: &S,
    test: impl Fn(S::Value) -> Result<(), TestCaseError>,
) {
    let times = match std::env::var_os("DESK_LONG") {
        Some(_) => 100,
        None => 1,
    };
    let config = Config {
        cases: cases * times,
        failure_persistence: None,
        max_shrink_time: 60_000,
        ..Config::default()
    };
    let began = Instant::now();
    if let Err(failure) = TestRunner::new(config).run(strategy, test) {
        panic!("{failure}");
    }
    let name = std::thread::current().name().unwrap_or_default().to_owned();
    eprintln!("{name}: {} cases in {:.1?}", cases * times, began.elapsed());
}

/// Runs something that must not take long, however odd its input is.
fn soon<T>(what: &str, work: impl FnOnce() -> T) -> Result<T, TestCaseError> {
    let began = Instant::now();
    let done = work();
    match began.elapsed() {
        took if took > Duration::from_secs(5) => {
            Err(TestCaseError::fail(format!("{what} took {took:?}")))
        }
        _ => Ok(done),
    }
}

/// A folder in memory, where there is one: what is tested here is not the disk.
fn folder() -> TempDir {
    tempfile::tempdir_in("/dev/shm").unwrap_or_else(|_| tempfile::tempdir().unwrap())
}

fn open(data: &Path) -> Desk {
    Desk::open(data, Duration::from_secs(30)).unwrap()
}

/// Noon, in the zone where nothing is odd.
fn clock() -> Clock {
    Clock {
        now: crate::harness::NOON.parse().unwrap(),
        zone: Zone::UTC,
    }
}
