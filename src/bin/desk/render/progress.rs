//! How far something is that takes a while: one line on a terminal, written over and over, and
//! wiped when it is done. Where nobody watches, what a command does unasked is told once.

use std::io::Write;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::exit;

/// What is done sooner shows nothing, and the line is written no more often.
const EVERY: Duration = Duration::from_millis(100);

/// What takes longer than this is told, where nobody watches.
const PATIENCE: Duration = Duration::from_secs(1);

/// Who is told how far something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Watcher {
    /// Somebody at a terminal.
    Terminal,
    /// Whoever reads stderr later: what takes a while, and that once.
    Log(&'static str),
    /// Nobody.
    Nobody,
}

/// A line of progress. Several threads may tell of it.
pub(crate) struct Progress {
    watcher: Watcher,
    last: Mutex<Last>,
}

struct Last {
    began: Instant,
    told: Instant,
    is_shown: bool,
}

impl Progress {
    pub(crate) fn new(watcher: Watcher) -> Self {
        Self {
            watcher,
            last: Mutex::new(Last {
                began: Instant::now(),
                told: Instant::now(),
                is_shown: false,
            }),
        }
    }

    /// So many of so many are done; nothing of nothing is that it begins.
    pub(crate) fn tell(&self, done: usize, all: usize) {
        // Who finds it in use leaves it to who uses it.
        let Ok(mut last) = self.last.try_lock() else {
            return;
        };
        if all == 0 {
            last.began = Instant::now();
        }
        match self.watcher {
            Watcher::Terminal if done >= all => last.wipe(),
            Watcher::Terminal if done < all && last.told.elapsed() >= EVERY => {
                (last.told, last.is_shown) = (Instant::now(), true);
                write(&format!("{done} of {all} tickets"));
            }
            Watcher::Log(what)
                if done < all && !last.is_shown && last.began.elapsed() >= PATIENCE =>
            {
                last.is_shown = true;
                exit::talk(&format!("{what}: {done} of {all} tickets"));
            }
            _ => {}
        }
    }

    /// Makes room for something else.
    pub(crate) fn wipe(&self) {
        if self.watcher == Watcher::Terminal
            && let Ok(mut last) = self.last.lock()
        {
            last.wipe();
        }
    }
}

impl Last {
    fn wipe(&mut self) {
        if std::mem::take(&mut self.is_shown) {
            write("");
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.wipe();
    }
}

/// Writes over the line. That nobody sees it is no failure.
fn write(line: &str) {
    let mut stderr = std::io::stderr().lock();
    let _ = write!(stderr, "\r\x1b[K{line}").and_then(|()| stderr.flush());
}
