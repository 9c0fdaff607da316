//! Tickets of an export, back with their numbers and their past.

use desk::{Mode, Result};

use super::input::{Form, Input};
use super::tell::{Telling, gone};
use crate::context::Context;
use crate::exit::Exit;

/// A group ends at so many tickets, or so many bytes of them: what is written together is made durable
/// together, and has to be held meanwhile.
const GROUP: usize = 10_000;
const BYTES: usize = 8 * 1024 * 1024;

/// Lines that are taken in together.
#[derive(Default)]
struct Group {
    lines: Vec<(u64, Result<String>)>,
    bytes: usize,
}

/// Takes all tickets in.
///
/// # Errors
/// When the file cannot be read to its end, or the answers cannot be told.
pub(crate) fn import(input: Input, mode: Mode, context: &mut Context) -> Result<Exit> {
    let mut telling = Telling::new(context, mode, input.form() == Form::Array)?;
    let mut group = Group::default();
    let read = input.each_object(&mut |place, line| {
        group.bytes += line.as_ref().map_or(0, String::len);
        group.lines.push((place, line));
        if group.lines.len() < GROUP && group.bytes < BYTES {
            return Ok(());
        }
        std::mem::take(&mut group).restore(mode, &mut telling, context)
    });
    // What came before a place that cannot be read is taken in.
    group.restore(mode, &mut telling, context)?;
    let done = telling.finish()?;
    read.map(|()| done)
}

impl Group {
    fn restore(self, mode: Mode, telling: &mut Telling, context: &mut Context) -> Result<()> {
        let (places, lines): (Vec<u64>, Vec<Result<String>>) = self.lines.into_iter().unzip();
        let (mut texts, mut errors) = (Vec::with_capacity(lines.len()), Vec::new());
        for line in lines {
            errors.push(line.map(|text| texts.push(text)).err());
        }
        let mut outcomes = context.desk()?.restore(&texts, mode).into_iter();
        for (place, error) in places.into_iter().zip(errors) {
            let outcome = match error {
                Some(error) => Err(error),
                None => outcomes.next().unwrap_or_else(|| Err(gone())),
            };
            telling.tell(place, &outcome)?;
        }
        telling.flush()
    }
}
