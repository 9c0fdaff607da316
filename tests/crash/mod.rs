//! Every step of every command, gone wrong: killed before it, and refused by the kernel.
//!
//! A command is run once under strace, to learn by which system calls it touches a file; then again
//! and again on a fresh copy of the same data directory, and each time another one of these calls
//! is its last, or fails. [`kill`] and [`fault`] say what must hold then; [`cases`] is the list of
//! commands.
//!
//! A few points of every command are tried each time, and with `DESK_LONG=1` all of them: the kills take
//! ten minutes, the faults an hour and a half. `DESK_ONLY='fsck --repair'`, say, tries only the commands that begin
//! so, and `DESK_PART=9` each ninth of their points. The debug build is what is tried: the release build
//! makes the same calls, in the same order, and a few less.

mod cases;
mod fault;
mod found;
mod kill;
mod point;
mod state;
mod trial;

use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::harness::{has, long};
use cases::Case;

/// Does the same with every one of the items, on all processors, and gives what was wrong. Each of them
/// sleeps for a while, and some wait many seconds for a lock: of those a long run has many.
fn each<T: Sync>(items: &[T], work: impl Fn(&T) -> Vec<String> + Sync) -> Vec<String> {
    let next = AtomicUsize::new(0);
    let run = || {
        let mut wrong = Vec::new();
        while let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) {
            wrong.extend(work(item));
        }
        wrong
    };
    thread::scope(|scope| {
        let threads = thread::available_parallelism().map_or(1, NonZero::get);
        let at_once = if long() { 40 } else { 2 };
        let workers: Vec<_> = (0..at_once * threads).map(|_| scope.spawn(run)).collect();
        let joined = workers.into_iter().map(|worker| worker.join().unwrap());
        joined.flatten().collect()
    })
}

/// In the long run all items, otherwise at most so many, from everywhere among them; where every so
/// many of them are the same in turn, each of these comes up as often as the others.
fn portion<T>(items: Vec<T>, most: usize, turn: usize) -> Vec<T> {
    let step = match long() {
        true => part(),
        false => items.len().div_ceil(most).next_multiple_of(turn) + 1,
    };
    items.into_iter().step_by(step).collect()
}

/// Of how many points one is tried in the long run. What is odd, and no multiple of 7, goes round
/// among the faults of a point.
fn part() -> usize {
    let part = std::env::var("DESK_PART").ok();
    part.and_then(|part| part.parse().ok()).unwrap_or(1).max(1)
}

/// Fails with what is wrong, if anything is.
fn nothing_wrong(wrong: &[String]) {
    let short = |why: &String| why.chars().take(600).collect::<String>();
    let most = if long() { usize::MAX } else { 40 };
    let shown: Vec<String> = wrong.iter().take(most).map(short).collect();
    assert!(
        wrong.is_empty(),
        "{} times something was wrong:\n{}",
        wrong.len(),
        shown.join("\n")
    );
}

/// Whether a command is among those that are asked for.
fn wanted(case: &Case) -> bool {
    std::env::var("DESK_ONLY").map_or(true, |begin| case.line.starts_with(&begin))
}

/// Whether commands can be stopped here.
fn possible() -> bool {
    has("strace")
}
