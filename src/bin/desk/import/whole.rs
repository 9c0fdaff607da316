//! Tickets of an export, back with their numbers and their past.

use std::panic::resume_unwind;
use std::sync::mpsc::{SendError, channel, sync_channel};
use std::thread::{self, JoinHandle};

use desk::transfer::Incoming;
use desk::{Mode, Result};

use super::input::{Form, Input};
use super::tell::{Telling, gone};
use crate::context::Context;
use crate::exit::Exit;

/// Items are read in portions of so many, or so many bytes of them.
const PORTION: usize = 1_000;
const PORTION_BYTES: usize = 4 * 1024 * 1024;

/// A group ends with its folder, which is then built as a whole, unless it is smaller than a portion; or
/// at so many items, or bytes of their files: what is written together is made durable together, and has
/// to be held meanwhile.
const ITEMS: usize = 10_000;
const BYTES: usize = 36 * 1024 * 1024;

/// Items that are taken in together: where each stands, and what it is.
type Group = Vec<(u64, Result<Incoming>)>;

/// Takes all tickets in: while one group is written, the next one is read.
///
/// # Errors
/// When the file cannot be read to its end, or the answers cannot be told.
pub(crate) fn import(input: Input, mode: Mode, context: &mut Context) -> Result<Exit> {
    let mut telling = Telling::new(context, mode, input.form() == Form::Array)?;
    let mut take = |group| restore(group, mode, &mut telling, context);
    let read = match input.is_short() {
        true => read(input, &mut take),
        false => read_beside(input, &mut take)?,
    };
    // What came before a place that cannot be read is taken in.
    let done = telling.finish()?;
    read.map(|()| done)
}

/// Reads all items in a thread of its own, while what it read before is taken; gives whether it came to
/// the end.
fn read_beside(input: Input, take: &mut dyn FnMut(Group) -> Result<()>) -> Result<Result<()>> {
    // No group lies in between: that would be a third one in memory.
    let (sender, groups) = sync_channel(0);
    let (to_reader, source) = channel();
    let mut hand_over = move |group| sender.send(group).map_err(|_| gone());
    let all = move || match source.recv() {
        Ok(input) => read(input, &mut hand_over),
        Err(_) => Ok(()),
    };
    let reader = thread::Builder::new().spawn(all);
    if let Err(SendError(input)) = to_reader.send(input) {
        // A machine that has no thread to give is slower for it, no more.
        return Ok(read(input, take));
    }
    // Where answers cannot be told the reader is left behind: what it waits for may never come.
    groups.into_iter().try_for_each(take)?;
    let read = reader.map_or(Ok(Ok(())), JoinHandle::join);
    Ok(read.unwrap_or_else(|panic| resume_unwind(panic)))
}

/// Reads all items, and gives them group by group.
fn read(input: Input, take: &mut dyn FnMut(Group) -> Result<()>) -> Result<()> {
    let (mut group, mut portion) = (Gathered::default(), Portion::default());
    let read = input.each_object(&mut |place, line| {
        portion.bytes += line.as_ref().map_or(0, String::len);
        portion.items.push((place, line));
        match portion.items.len() < PORTION && portion.bytes < PORTION_BYTES {
            true => Ok(()),
            false => group.add(std::mem::take(&mut portion), take),
        }
    });
    group.add(portion, take)?;
    take(group.items)?;
    read
}

/// Items as they stand in the file.
#[derive(Default)]
struct Portion {
    items: Vec<(u64, Result<String>)>,
    bytes: usize,
}

/// A group that is not complete yet.
#[derive(Default)]
struct Gathered {
    items: Group,
    /// Of the files of its tickets.
    bytes: usize,
    /// Where its last ticket is.
    last: Option<usize>,
}

impl Gathered {
    /// Adds what the items of a portion are; gives what is complete.
    fn add(&mut self, portion: Portion, take: &mut dyn FnMut(Group) -> Result<()>) -> Result<()> {
        for (place, item) in read_items(portion.items) {
            let ticket = item.as_ref().ok();
            let size = ticket.map_or(0, Incoming::size);
            if self.is_complete(ticket) || (self.bytes > 0 && self.bytes + size > BYTES) {
                take(std::mem::take(self).items)?;
            }
            self.bytes += size;
            self.last = ticket.map(|_| self.items.len()).or(self.last);
            self.items.push((place, item));
        }
        Ok(())
    }

    /// Whether a ticket had better come into the next one. What is small is not ended for the sake of a
    /// folder.
    fn is_complete(&self, next: Option<&Incoming>) -> bool {
        let last = self.last.and_then(|at| self.items[at].1.as_ref().ok());
        let is_elsewhere = last
            .zip(next)
            .is_some_and(|(last, next)| !next.lies_beside(last));
        let items = self.items.len();
        items >= ITEMS || (is_elsewhere && items >= PORTION)
    }
}

/// What items are, each read from its text.
fn read_items(items: Vec<(u64, Result<String>)>) -> Group {
    let (places, texts): (Vec<u64>, Vec<Result<String>>) = items.into_iter().unzip();
    let (mut lines, mut errors) = (Vec::with_capacity(texts.len()), Vec::new());
    for text in texts {
        errors.push(text.map(|line| lines.push(line)).err());
    }
    let mut read = Incoming::read(&lines).into_iter();
    let mut next = |error| match error {
        Some(error) => Err(error),
        None => read.next().unwrap_or_else(|| Err(gone())),
    };
    let all = places.into_iter().zip(errors);
    all.map(|(place, error)| (place, next(error))).collect()
}

fn restore(group: Group, mode: Mode, telling: &mut Telling, context: &mut Context) -> Result<()> {
    let (places, incoming): (Vec<u64>, Vec<_>) = group.into_iter().unzip();
    let outcomes = context.desk()?.restore(incoming, mode);
    for (place, outcome) in places.into_iter().zip(&outcomes) {
        telling.tell(place, outcome)?;
    }
    telling.flush()
}
