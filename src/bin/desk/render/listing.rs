//! Tickets as a list, in any form. What programs read goes out as it comes in, since a million tickets
//! must not have to fit into memory; a table waits for all of them, since its columns are as wide as
//! their widest cells, but keeps no more of them than their texts.

use std::io::{self, Write};

use desk::Take;
use desk::ticket::Ticket;

use super::list::{self, Key};
use super::output::Output;
use super::texts::{Setting, Text};
use super::{Format, Look, export, export_more, json, show};

/// So many tickets are rendered together.
const PORTION: usize = 1000;

/// A list on its way out.
pub(crate) struct Listing<'a> {
    keys: Option<&'a [Key]>,
    format: Format,
    look: Look,
    out: Output<'static>,
    /// All rows, where the form has to know them.
    setting: Option<Setting<'static>>,
    portion: Vec<Ticket>,
    given: usize,
    wrote: io::Result<()>,
}

impl<'a> Listing<'a> {
    /// A list with these columns; without any, JSON has whole tickets, and other forms the default.
    pub(crate) fn new(
        keys: Option<&'a [Key]>,
        format: Format,
        look: Look,
        out: Output<'static>,
    ) -> Self {
        let waits = matches!(format, Format::Table | Format::Markdown);
        let setting = || Setting::new(list::heads(keys.unwrap_or(&list::DEFAULT)));
        Self {
            setting: waits.then(setting),
            keys,
            format,
            look,
            out,
            portion: Vec::new(),
            given: 0,
            wrote: Ok(()),
        }
    }

    /// How many tickets came.
    pub(crate) fn len(&self) -> usize {
        self.given + self.portion.len()
    }

    /// Writes what is left, and what stands behind the tickets.
    ///
    /// # Errors
    /// What writing gives.
    pub(crate) fn end(mut self) -> io::Result<Output<'static>> {
        std::mem::replace(&mut self.wrote, Ok(()))?;
        self.write()?;
        if self.format == Format::Json {
            writeln!(self.out, "]}}")?;
        }
        self.out.flush()?;
        Ok(self.out)
    }

    fn write(&mut self) -> io::Result<()> {
        if let Some(setting) = self.setting.take() {
            return show(
                setting.done(Vec::new()),
                self.format,
                &self.look,
                &mut self.out,
            );
        }
        let tickets = std::mem::take(&mut self.portion);
        let first = self.given == 0;
        self.given += tickets.len();
        let grid = || list::grid(&tickets, self.keys.unwrap_or(&list::DEFAULT), &self.look);
        match (self.format, self.keys) {
            (Format::Json, None) => {
                let heads = tickets.iter().map(Ticket::head);
                json::write_items(heads, first, &mut self.out)
            }
            (Format::Json, Some(_)) => json::write_items(grid().objects(), first, &mut self.out),
            (Format::Jsonl, None) => {
                json::write_lines(tickets.iter().map(Ticket::head), &mut self.out)
            }
            (format, _) if first => export(&grid(), format, &self.look, &mut self.out),
            (format, _) => export_more(&grid(), format, &mut self.out),
        }
    }
}

impl Take for &mut Listing<'_> {
    fn wants_total(&self) -> bool {
        self.format == Format::Json
    }

    fn total(&mut self, total: usize) {
        if self.format == Format::Json {
            let head = format!("{{\"desk_list\":1,\"total\":{total},\"tickets\":[");
            self.wrote = self.out.write_all(head.as_bytes());
        }
    }

    fn ticket(&mut self, ticket: Ticket) -> bool {
        if let Some(setting) = &mut self.setting {
            let keys = self.keys.unwrap_or(&list::DEFAULT);
            let row = list::row_of_texts(&ticket, keys, &self.look);
            setting.row(row.map(Text::into_owned));
            self.given += 1;
            return !self.out.is_closed();
        }
        self.portion.push(ticket);
        if self.portion.len() == PORTION && self.wrote.is_ok() {
            self.wrote = self.write();
        }
        self.wrote.is_ok() && !self.out.is_closed()
    }
}
