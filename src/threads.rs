//! Work that all processors share.
//!
//! A machine that has no thread to give is slower for it, no more.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;

/// So many items are a portion that is worth handing to a thread.
const PORTION: usize = 256;

/// Works through `items` with as many threads as there are processors, while this one takes what they
/// made of them, in no order; an error of `take` ends it.
pub(crate) fn pipe<I, R, E>(
    items: &[I],
    work: impl Fn(&I) -> R + Sync,
    mut take: impl FnMut(R) -> Result<(), E>,
) -> Result<(), E>
where
    I: Sync,
    R: Send,
{
    let threads = thread::available_parallelism().map_or(1, usize::from);
    if items.len() < PORTION || threads < 2 {
        return items.iter().try_for_each(|item| take(work(item)));
    }
    let next = AtomicUsize::new(0);
    let (sender, receiver) = mpsc::sync_channel(2 * threads);
    let run = |sender: &mpsc::SyncSender<Vec<R>>| {
        while let Some(portion) = items
            .chunks(PIECE)
            .nth(next.fetch_add(1, Ordering::Relaxed))
        {
            // Who takes no more wants no more made.
            if sender.send(portion.iter().map(&work).collect()).is_err() {
                break;
            }
        }
    };
    thread::scope(|scope| {
        let workers = (0..threads).map_while(|_| {
            let (run, sender) = (&run, sender.clone());
            thread::Builder::new()
                .spawn_scoped(scope, move || run(&sender))
                .ok()
        });
        let has_workers = workers.count() > 0;
        drop(sender);
        // It ends with this closure, and the workers with it.
        let receiver = receiver;
        for made in &receiver {
            made.into_iter().try_for_each(&mut take)?;
        }
        // A machine that has no thread to give is slower for it, no more.
        match has_workers {
            true => Ok(()),
            false => items.iter().try_for_each(|item| take(work(item))),
        }
    })
}

/// Works through `items` in portions with as many threads as there are processors, while this one
/// takes what they made, in order, until no more is wanted. No thread is far ahead of that: so what
/// is made takes little memory, however much it is in all.
pub(crate) fn in_order<I: Sync, R: Send>(
    items: &[I],
    work: impl Fn(&[I]) -> R + Sync,
    mut take: impl FnMut(R) -> bool,
) {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    if items.len() <= PORTION || threads < 2 {
        let _ = items.chunks(PORTION).all(|portion| take(work(portion)));
        return;
    }
    // Each thread has every so-manieth portion: so whose turn it is needs no telling.
    let run = |first: usize, sender: mpsc::SyncSender<R>| {
        for portion in items.chunks(PORTION).skip(first).step_by(threads) {
            // Who takes no more wants no more made.
            if sender.send(work(portion)).is_err() {
                break;
            }
        }
    };
    thread::scope(|scope| {
        let run = &run;
        let start = |first: usize| {
            let (sender, receiver) = mpsc::sync_channel(1);
            let worker = thread::Builder::new().spawn_scoped(scope, move || run(first, sender));
            worker.ok().map(|_| receiver)
        };
        let workers: Vec<_> = (0..threads).map(start).collect();
        for (index, portion) in items.chunks(PORTION).enumerate() {
            let made = match &workers[index % threads] {
                Some(worker) => worker.recv().ok(),
                // A machine that has no thread to give is slower for it, no more.
                None => Some(work(portion)),
            };
            // A worker that ends before its last portion has panicked, and so will the scope.
            if !made.is_some_and(&mut take) {
                break;
            }
        }
    });
}

/// Works through what `make` gives, portion by portion, with other threads while it gives more; then
/// this one works, too. Gives what `make` made of it, and the results in order.
///
/// Who gives one portion alone is not worth a thread.
pub(crate) fn meanwhile<I: Send, R: Send, T>(
    work: impl Fn(Vec<I>) -> R + Sync,
    make: impl FnOnce(&mut dyn FnMut(I)) -> T,
) -> (T, Vec<R>) {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let (sender, receiver) = mpsc::channel::<(usize, Vec<I>)>();
    let receiver = Mutex::new(receiver);
    let run = || {
        let next = || {
            let receiver = receiver.lock().unwrap_or_else(PoisonError::into_inner);
            receiver.recv().ok()
        };
        let mut done = Vec::new();
        while let Some((index, portion)) = next() {
            done.push((index, work(portion)));
        }
        done
    };
    let (made, mut done) = thread::scope(|scope| {
        let (mut portion, mut given, mut workers) = (Vec::new(), 0, Vec::new());
        let sender = sender;
        let made = make(&mut |item| {
            portion.push(item);
            if portion.len() < PORTION {
                return;
            }
            // It comes back where nobody is left to take it: then all is lost anyway, in a panic.
            let _ = sender.send((given, std::mem::take(&mut portion)));
            given += 1;
            // A machine that has no thread to give is slower for it, no more: this one works, too.
            if workers.len() < threads && given > 1 {
                workers.extend(thread::Builder::new().spawn_scoped(scope, run).ok());
            }
        });
        if !portion.is_empty() {
            let _ = sender.send((given, portion));
        }
        drop(sender);
        let mut done = run();
        for worker in workers {
            let theirs = worker.join();
            done.extend(theirs.unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        (made, done)
    });
    done.sort_unstable_by_key(|(index, _)| *index);
    (made, done.into_iter().map(|(_, result)| result).collect())
}

/// Works while another thread drops what is needed no more: of many small things, that takes as long as
/// to make them.
pub(crate) fn dropping<I: Send, T>(items: Vec<I>, work: impl FnOnce() -> T) -> T {
    if items.len() < PORTION {
        return work();
    }
    thread::scope(|scope| {
        // A machine that has no thread to give drops it now.
        let _ = thread::Builder::new().spawn_scoped(scope, || drop(items));
        work()
    })
}

/// So many items are handed over together.
const PIECE: usize = 32;

/// Works through `items` in portions with as many threads as there are processors, and gives the
/// results in order.
pub(crate) fn each_portion<I, R, F>(items: &[I], work: F) -> Vec<R>
where
    I: Sync,
    R: Send,
    F: Fn(&[I]) -> R + Sync,
{
    let portions: Vec<&[I]> = items.chunks(PORTION).collect();
    let threads = thread::available_parallelism().map_or(1, usize::from);
    if portions.len() < 2 || threads < 2 {
        return portions.into_iter().map(work).collect();
    }
    let next = AtomicUsize::new(0);
    let run = || {
        let mut done = Vec::new();
        while let Some(portion) = {
            let index = next.fetch_add(1, Ordering::Relaxed);
            portions.get(index).map(|portion| (index, portion))
        } {
            done.push((portion.0, work(portion.1)));
        }
        done
    };
    let mut done = thread::scope(|scope| {
        // A machine that has no thread to give is slower for it, no more: this one works, too.
        let workers: Vec<_> = (1..threads.min(portions.len()))
            .map_while(|_| thread::Builder::new().spawn_scoped(scope, run).ok())
            .collect();
        let mut done = run();
        for worker in workers {
            let theirs = worker.join();
            done.extend(theirs.unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        done
    });
    done.sort_unstable_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_given_is_worked_at_in_portions_and_comes_back_in_order() {
        for count in [0, 1, PORTION, PORTION + 1, 20 * PORTION + 7] {
            let work = |portion: Vec<usize>| portion.iter().map(|n| n * 2).collect::<Vec<_>>();
            let (made, done) = meanwhile(work, |give| {
                (0..count).for_each(give);
                "made"
            });
            assert_eq!((made, done.len()), ("made", count.div_ceil(PORTION)));
            assert!(done.concat().into_iter().eq((0..count).map(|n| n * 2)));
        }
    }

    #[test]
    fn a_portion_is_worked_at_while_more_is_made() {
        let (sender, receiver) = mpsc::channel();
        let sender = Mutex::new(sender);
        let work = |_: Vec<usize>| sender.lock().unwrap().send(()).unwrap();
        let (first, _) = meanwhile(work, |give| {
            (0..2 * PORTION).for_each(give);
            // Nothing comes here before this returns, but from another thread.
            receiver.recv_timeout(std::time::Duration::from_secs(60))
        });
        assert!(first.is_ok());
    }
}
