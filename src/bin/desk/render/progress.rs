//! How far something is that takes a while: one line on a terminal, written over and over, and
//! wiped when it is done.

use std::io::Write;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// What is done sooner shows nothing, and the line is written no more often.
const EVERY: Duration = Duration::from_millis(100);

/// A line of progress. Several threads may tell of it.
pub(crate) struct Progress {
    is_watched: bool,
    last: Mutex<Last>,
}

struct Last {
    told: Instant,
    is_shown: bool,
}

impl Progress {
    pub(crate) fn new(is_watched: bool) -> Self {
        Self {
            is_watched,
            last: Mutex::new(Last {
                told: Instant::now(),
                is_shown: false,
            }),
        }
    }

    /// So many of so many are done.
    pub(crate) fn tell(&self, done: usize, all: usize) {
        // Who finds it in use leaves it to who uses it.
        let Some(mut last) = self.last.try_lock().ok().filter(|_| self.is_watched) else {
            return;
        };
        if last.told.elapsed() >= EVERY {
            (last.told, last.is_shown) = (Instant::now(), true);
            write(&format!("{done} of {all} tickets"));
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.last.get_mut().is_ok_and(|last| last.is_shown) {
            write("");
        }
    }
}

/// Writes over the line. That nobody sees it is no failure.
fn write(line: &str) {
    let mut stderr = std::io::stderr().lock();
    let _ = write!(stderr, "\r\x1b[K{line}").and_then(|()| stderr.flush());
}
