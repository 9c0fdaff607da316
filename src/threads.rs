//! Work that all processors share.
//!
//! A machine that has no thread to give is slower for it, no more.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;

/// So many items are a portion that is worth handing to a thread.
const PORTION: usize = 256;

/// Works through what `more` gives with as many threads as there are processors, while this one takes
/// what they made of it, in no order, and gives more before they run out; an error of either ends it.
///
/// What fills less than a portion is not worth a thread.
pub(crate) fn pipe<S, I: Send, R: Send, E>(
    state: &mut S,
    mut more: impl FnMut(&mut S) -> Result<Option<Vec<I>>, E>,
    work: impl Fn(I) -> R + Sync,
    mut take: impl FnMut(&mut S, R) -> Result<(), E>,
) -> Result<(), E> {
    let mut items = Vec::new();
    while items.len() < PORTION
        && let Some(more) = more(state)?
    {
        items.extend(more);
    }
    let threads = match items.len() < PORTION {
        true => 1,
        false => thread::available_parallelism().map_or(1, usize::from),
    };
    let mut items = items.into_iter();
    let mut next_piece = |state: &mut S| {
        loop {
            let piece: Vec<I> = items.by_ref().take(PIECE).collect();
            if !piece.is_empty() {
                return Ok(Some(piece));
            }
            match more(state)? {
                Some(more) => items = more.into_iter(),
                None => return Ok(None),
            }
        }
    };
    if threads > 1 && shared(threads, state, &mut next_piece, &work, &mut take)? {
        return Ok(());
    }
    while let Some(piece) = next_piece(state)? {
        let mut made = piece.into_iter().map(&work);
        made.try_for_each(|made| take(state, made))?;
    }
    Ok(())
}

/// Works through the pieces with so many threads, while this one takes what they made and gives more;
/// gives whether there was a thread to be had.
fn shared<S, I: Send, R: Send, E>(
    threads: usize,
    state: &mut S,
    next_piece: &mut impl FnMut(&mut S) -> Result<Option<Vec<I>>, E>,
    work: &(impl Fn(I) -> R + Sync),
    take: &mut impl FnMut(&mut S, R) -> Result<(), E>,
) -> Result<bool, E> {
    let (give, given) = mpsc::channel::<Vec<I>>();
    let given = Mutex::new(given);
    let (hand, handed) = mpsc::channel::<Vec<R>>();
    let run = |hand: &mpsc::Sender<Vec<R>>| {
        let next = || {
            let given = given.lock().unwrap_or_else(PoisonError::into_inner);
            given.recv().ok()
        };
        while let Some(piece) = next() {
            // Who takes no more wants no more made.
            if hand.send(piece.into_iter().map(work).collect()).is_err() {
                break;
            }
        }
    };
    thread::scope(|scope| {
        let workers = (0..threads).map_while(|_| {
            let (run, hand) = (&run, hand.clone());
            let worker = thread::Builder::new().spawn_scoped(scope, move || run(&hand));
            worker.ok()
        });
        if workers.count() == 0 {
            return Ok(false);
        }
        drop(hand);
        // They end with this closure, and the workers with them.
        let (mut give, handed) = (Some(give), handed);
        let mut waiting = 0;
        loop {
            while waiting < AHEAD
                && let Some(sender) = &give
            {
                match next_piece(state)? {
                    Some(piece) => {
                        // It comes back where nobody is left to take it, in a panic.
                        let _ = sender.send(piece);
                        waiting += 1;
                    }
                    None => give = None,
                }
            }
            // Who has no more to hand has ended: behind the last piece, or in a panic, as the scope will.
            let Ok(made) = handed.recv() else {
                return Ok(true);
            };
            waiting -= 1;
            made.into_iter().try_for_each(|made| take(state, made))?;
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

/// Takes what `make` gives, in its order, with another thread while it gives more.
///
/// What was made here is dropped here, as long as more is made: to free what another thread allocated takes
/// longer, and makes that one wait. Who gives one portion alone is not worth a thread.
pub(crate) fn beside<I: Send, T>(
    take: impl FnMut(&I) + Send,
    make: impl FnOnce(&mut dyn FnMut(I)) -> T,
) -> T {
    let take = Mutex::new(take);
    let take_all = |portion: &[I]| {
        let mut take = take.lock().unwrap_or_else(PoisonError::into_inner);
        portion.iter().for_each(&mut *take);
    };
    thread::scope(|scope| {
        let start = || {
            let (sender, receiver) = mpsc::sync_channel::<Vec<I>>(BESIDE);
            let (give_back, taken) = mpsc::channel();
            let take_all = &take_all;
            let run = move || {
                for portion in receiver {
                    take_all(&portion);
                    // Where nobody gives more, it is dropped here.
                    let _ = give_back.send(portion);
                }
            };
            let worker = thread::Builder::new().spawn_scoped(scope, run);
            worker.ok().map(|_| (sender, taken))
        };
        let (mut given, mut worker) = (0, None);
        // Gives room for the next portion.
        let mut hand = |mut portion: Vec<I>| {
            if given == 1 && thread::available_parallelism().is_ok_and(|all| all.get() > 1) {
                worker = start();
            }
            given += 1;
            let Some((sender, taken)) = &worker else {
                take_all(&portion);
                portion.clear();
                return portion;
            };
            // It comes back where nobody is left to take it, in a panic.
            let _ = sender.send(portion);
            let mut room: Vec<I> = taken.try_recv().unwrap_or_default();
            room.clear();
            room
        };
        let mut portion = Vec::new();
        let made = make(&mut |item| {
            portion.push(item);
            if portion.len() == PORTION {
                portion = hand(std::mem::take(&mut portion));
            }
        });
        if !portion.is_empty() {
            hand(portion);
        }
        made
    })
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

/// So many pieces are given before what was made of them is taken: enough to be worked at while a
/// transaction is committed, and few enough to hold in memory.
const AHEAD: usize = 64;

/// So many portions wait for who takes them: what is in them takes little memory, however much it is in all.
const BESIDE: usize = 4;

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

    /// Takes the squares of so many numbers in batches of such lengths.
    fn squares(batches: &[usize], most: usize) -> (Vec<usize>, Result<(), usize>) {
        let mut numbers = 0..;
        let mut batches = batches.iter();
        let mut taken = Vec::new();
        let ended = pipe(
            &mut taken,
            |_| Ok(batches.next().map(|n| numbers.by_ref().take(*n).collect())),
            |n: usize| n * n,
            |taken, n| {
                taken.push(n);
                match taken.len() > most {
                    true => Err(taken.len()),
                    false => Ok(()),
                }
            },
        );
        taken.sort_unstable();
        (taken, ended)
    }

    #[test]
    fn all_that_there_is_goes_through_the_pipe_however_it_comes() {
        let many = AHEAD * PIECE;
        for batches in [
            &[][..],
            &[0],
            &[7, 0, 9],
            &[0, many + 3, 0, 0, 1, many],
            &[1; 600],
        ] {
            let all: Vec<usize> = (0..batches.iter().sum()).map(|n: usize| n * n).collect();
            assert_eq!(squares(batches, usize::MAX), (all, Ok(())));
        }
    }

    #[test]
    fn an_error_ends_the_pipe() {
        for batches in [&[9][..], &[3 * AHEAD * PIECE, 9]] {
            let (taken, ended) = squares(batches, 5);
            assert_eq!((taken.len(), ended), (6, Err(6)));
        }
    }

    #[test]
    fn what_comes_next_is_made_while_the_pipe_is_being_worked_at() {
        let (sender, receiver) = mpsc::channel();
        let (sender, receiver) = (Mutex::new(sender), Mutex::new(receiver));
        let wait = std::time::Duration::from_secs(60);
        let mut batches = 0;
        let told = pipe(
            &mut batches,
            |batches| {
                *batches += 1;
                match *batches {
                    1 => Ok(Some(vec![(); PORTION])),
                    // Nothing comes here but from another thread.
                    2 => match receiver.lock().unwrap().recv_timeout(wait) {
                        Ok(()) => Ok(None),
                        Err(error) => Err(error),
                    },
                    _ => Ok(None),
                }
            },
            |()| sender.lock().unwrap().send(()).unwrap(),
            |_, ()| Ok(()),
        );
        assert_eq!(told, Ok(()));
    }

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
    fn what_is_given_is_taken_beside_in_its_order() {
        for count in [0, 1, PORTION, PORTION + 1, 20 * PORTION + 7] {
            let mut taken = Vec::new();
            let made = beside(
                |n| taken.push(*n),
                |give| {
                    (0..count).for_each(give);
                    "made"
                },
            );
            assert_eq!(made, "made");
            assert!(taken.into_iter().eq(0..count));
        }
    }

    #[test]
    fn what_is_given_is_taken_while_more_is_made() {
        let (sender, receiver) = mpsc::channel();
        let mut waited = None;
        let told = &mut waited;
        // Nothing comes here but from another thread, which gave all that it had before.
        let take = move |n: &usize| {
            if *n == PORTION {
                *told = Some(receiver.recv_timeout(std::time::Duration::from_secs(60)));
            }
        };
        beside(take, |give| {
            (0..2 * PORTION).for_each(give);
            sender.send(()).unwrap();
        });
        assert_eq!(waited, Some(Ok(())));
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
