//! A file that is imported: what form it has, and its items one by one.
//!
//! Nothing is said of the form on the command line: JSON begins with a bracket, and everything else is
//! a table, whose first line names its columns.

use std::cell::Cell;
use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use desk::{Error, Result};
use serde::Deserializer as _;
use serde::de::{self, SeqAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

/// What form a file has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// A JSON object a line.
    Lines,
    /// One JSON array.
    Array,
    /// Lines of cells.
    Table,
    /// Nothing is in it.
    Empty,
}

/// A file that is being read.
pub(crate) struct Input {
    name: PathBuf,
    form: Form,
    head: Vec<u8>,
    /// Whether nothing is behind that.
    is_short: bool,
    reader: BufReader<Box<dyn Read + Send>>,
}

/// Takes one item: its line in the file, or its number in an array, and what it is.
pub(crate) type TakeItem<'a, T> = &'a mut dyn FnMut(u64, Result<T>) -> Result<()>;

/// So much is looked at to find out what a file is.
const HEAD: u64 = 16 * 1024;

/// The longest item: a ticket holds 8 MiB, and JSON can take six bytes for one.
const LONGEST: usize = 64 * 1024 * 1024;

/// A line of this length is usual.
const ROOM: usize = 64 * 1024;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

impl Input {
    /// Opens a file, or standard input as `-`, and looks at how it begins.
    ///
    /// # Errors
    /// [`Error::Io`] when it cannot be read, and [`Error::Usage`] when it is no text in UTF-8.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let (name, source): (_, Box<dyn Read + Send>) = match path == Path::new("-") {
            true => (Path::new("standard input"), Box::new(io::stdin())),
            false => {
                let file = File::open(path).map_err(Error::io("read", path))?;
                (path, Box::new(file))
            }
        };
        let mut reader = BufReader::with_capacity(256 * 1024, source);
        let mut head = Vec::new();
        let read = Read::take(&mut reader, HEAD).read_to_end(&mut head);
        read.map_err(Error::io("read", name))?;
        let is_short = (head.len() as u64) < HEAD;
        if head.starts_with(BYTE_ORDER_MARK) {
            head.drain(..BYTE_ORDER_MARK.len());
        }
        let not_utf8 = |what: &str, hint: &str| {
            let error = Error::usage(format!("{}: it is {what}, not UTF-8", name.display()));
            Err(error.with_hint(hint))
        };
        if head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff") {
            return not_utf8(
                "UTF-16",
                "make it UTF-8 first: iconv -f UTF-16 -t UTF-8 FILE",
            );
        }
        if head.contains(&0) {
            return not_utf8(
                "no text",
                "what a spreadsheet program keeps is saved as CSV first",
            );
        }
        let form = match head.trim_ascii_start().first() {
            None => Form::Empty,
            Some(b'{') => Form::Lines,
            Some(b'[') => Form::Array,
            Some(_) => Form::Table,
        };
        Ok(Self {
            name: name.to_owned(),
            form,
            head,
            is_short,
            reader,
        })
    }

    /// What form it has.
    pub(crate) fn form(&self) -> Form {
        self.form
    }

    /// Whether nothing is left to be read of it.
    pub(crate) fn is_short(&self) -> bool {
        self.is_short
    }

    /// What it is called, for messages.
    pub(crate) fn name(&self) -> &Path {
        &self.name
    }

    /// Its name, and its bytes, of which one item may have so many.
    fn bytes(self) -> (PathBuf, Bounded, Budget) {
        let budget = Budget::default();
        let bounded = Bounded {
            reader: Box::new(Cursor::new(self.head).chain(self.reader)),
            budget: budget.clone(),
        };
        (self.name, bounded, budget)
    }

    /// Gives each JSON object as text.
    ///
    /// # Errors
    /// When the file cannot be read to its end, or what `take` gives.
    pub(crate) fn each_object(self, take: TakeItem<'_, String>) -> Result<()> {
        match self.form {
            Form::Array => self.each_of_array(take),
            _ => self.each_line(take),
        }
    }

    fn each_line(self, take: TakeItem<'_, String>) -> Result<()> {
        let (name, reader, budget) = self.bytes();
        let mut reader = BufReader::new(reader);
        let mut line = Vec::new();
        for number in 1.. {
            budget.renew();
            line.clear();
            // One that is very long is not kept room for.
            line.shrink_to(ROOM);
            let read = reader.read_until(b'\n', &mut line);
            if read.map_err(Error::io("read", &name))? == 0 {
                break;
            }
            let line = line.trim_ascii();
            if !line.is_empty() {
                take(number, text_of(line).map(str::to_owned))?;
            }
        }
        Ok(())
    }

    fn each_of_array(self, take: TakeItem<'_, String>) -> Result<()> {
        let (name, reader, budget) = self.bytes();
        let mut json = serde_json::Deserializer::from_reader(BufReader::new(reader));
        let (mut given, mut stopped) = (0, None);
        let items = Items {
            take: &mut *take,
            budget,
            given: &mut given,
            stopped: &mut stopped,
        };
        let read = json.deserialize_seq(items).and_then(|()| json.end());
        match (stopped, read) {
            (Some(error), _) => Err(error),
            (None, Ok(())) => Ok(()),
            // What came before is in; of what comes behind nobody knows how many it is.
            (None, Err(error)) => {
                let broken = Error::usage(format!("{}: {error}", name.display()));
                take(given + 1, Err(broken))
            }
        }
    }

    /// The table that it is.
    ///
    /// # Errors
    /// When its first line cannot be read.
    pub(crate) fn table(self, delimiter: Option<u8>) -> Result<Table> {
        let delimiter = delimiter.unwrap_or_else(|| delimiter_of(&self.head));
        let (name, reader, budget) = self.bytes();
        let place = Rc::new(Cell::new(Place::CellStart));
        let mut csv = ::csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(delimiter)
            .from_reader(Watched {
                reader,
                delimiter,
                place: Rc::clone(&place),
            });
        let mut heads = ::csv::ByteRecord::new();
        let read = csv.read_byte_record(&mut heads);
        read.map_err(|error| cannot_read(&name, error))?;
        let columns = heads
            .iter()
            .map(|head| text_of(head.trim_ascii()).map(str::to_owned));
        let columns: Result<Vec<String>> = columns.collect();
        let named = |error: Error| {
            let whole = Error::usage(format!("{}: its first line is {error}", name.display()));
            whole.with_hint(error.hint().unwrap_or_default())
        };
        Ok(Table {
            columns: columns.map_err(named)?,
            delimiter,
            name,
            budget,
            place,
            csv,
        })
    }
}

/// A table whose first line was read.
pub(crate) struct Table {
    name: PathBuf,
    columns: Vec<String>,
    delimiter: u8,
    budget: Budget,
    /// How far the reader is.
    place: Rc<Cell<Place>>,
    csv: ::csv::Reader<Watched>,
}

impl Table {
    /// The names of its columns.
    pub(crate) fn columns(&self) -> &[String] {
        &self.columns
    }

    /// Whether its cells are separated by tabs.
    pub(crate) fn has_tabs(&self) -> bool {
        self.delimiter == b'\t'
    }

    /// Gives each row, a text a cell.
    ///
    /// # Errors
    /// When the file cannot be read to its end, or what `take` gives.
    pub(crate) fn each_row(mut self, take: TakeItem<'_, Vec<Value>>) -> Result<()> {
        let mut record = ::csv::ByteRecord::new();
        let mut last = None;
        loop {
            self.budget.renew();
            let read = self.csv.read_byte_record(&mut record);
            // Which row is the last one is known when there is no other, and only that one can have a
            // quote that is not closed: all that follows is in its cell.
            if let Some((line, row)) = last.take() {
                let is_open = matches!(read, Ok(false)) && self.place.get() == Place::Quoted;
                take(line, if is_open { Err(never_closed()) } else { row })?;
            }
            if !read.map_err(|error| cannot_read(&self.name, error))? {
                return Ok(());
            }
            let line = record.position().map_or(0, ::csv::Position::line);
            let is_blank = record.iter().all(|cell| cell.trim_ascii().is_empty());
            if !is_blank {
                last = Some((line, self.row(&record)));
            }
        }
    }

    fn row(&self, record: &::csv::ByteRecord) -> Result<Vec<Value>> {
        let (cells, columns) = (record.len(), self.columns.len());
        if cells != columns {
            return Err(Error::usage(format!(
                "has {cells} cells, where {columns} columns have a name"
            )));
        }
        let texts = record.iter().zip(&self.columns).map(|(cell, column)| {
            text_of(cell).map(Value::from).map_err(|error| {
                let named = Error::usage(format!("column `{column}` is {error}"));
                named.with_hint(error.hint().unwrap_or_default())
            })
        });
        texts.collect()
    }
}

/// The text that bytes are.
fn text_of(bytes: &[u8]) -> Result<&str> {
    std::str::from_utf8(bytes).map_err(|error| {
        let at = error.valid_up_to();
        Error::usage(format!("not UTF-8 at byte {at}"))
            .with_hint("make it UTF-8 first, as in: iconv -f WINDOWS-1252 -t UTF-8 FILE")
    })
}

fn cannot_read(name: &Path, error: ::csv::Error) -> Error {
    let text = error.to_string();
    match error.into_kind() {
        ::csv::ErrorKind::Io(source) => Error::io("read", name)(source),
        _ => Error::usage(format!("{}: {text}", name.display())),
    }
}

/// What separates the cells of the first line: what stands there most often, outside of quotes.
fn delimiter_of(head: &[u8]) -> u8 {
    let mut is_quoted = false;
    let outside = |byte: &&u8| {
        is_quoted ^= **byte == b'"';
        !is_quoted
    };
    let line: Vec<u8> = head
        .iter()
        .filter(outside)
        .copied()
        .take_while(|byte| *byte != b'\n')
        .collect();
    let count = |delimiter: u8| line.iter().filter(|byte| **byte == delimiter).count();
    // Of those that stand there as often, the last one counts.
    let known = [b'|', b'\t', b';', b','];
    known
        .into_iter()
        .max_by_key(|it| count(*it))
        .unwrap_or(b',')
}

/// How many bytes may still be read for an item.
#[derive(Clone)]
struct Budget(Rc<Cell<usize>>);

/// Bytes that end with an error where an item is too long: a file may have no end (`/dev/zero`).
struct Bounded {
    reader: Box<dyn Read>,
    budget: Budget,
}

impl Default for Budget {
    fn default() -> Self {
        Self(Rc::new(Cell::new(LONGEST)))
    }
}

impl Budget {
    /// Another item begins.
    fn renew(&self) {
        self.0.set(LONGEST);
    }
}

impl Read for Bounded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.budget.0.get();
        let room = buffer.len().min(left);
        let read = self.reader.read(&mut buffer[..room])?;
        self.budget.0.set(left - read);
        match read == 0 && left == 0 && !buffer.is_empty() {
            true => Err(io::Error::other("a row is longer than 64 MiB")),
            false => Ok(read),
        }
    }
}

fn never_closed() -> Error {
    Error::usage("has a quote that is never closed, and everything behind it")
        .with_hint("close the cell; a quote within one is written twice")
}

/// Where in a table its reader is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    CellStart,
    Cell,
    Quoted,
    /// Behind a quote, which ends the cell or is the first of two.
    Quote,
}

impl Place {
    /// The place behind a byte, as the reader of tables understands quotes.
    fn behind(self, byte: u8, delimiter: u8) -> Self {
        match (self, byte) {
            (Self::CellStart | Self::Quote, b'"') => Self::Quoted,
            (Self::Quoted, b'"') => Self::Quote,
            (Self::Quoted, _) => Self::Quoted,
            (_, b'\n' | b'\r') => Self::CellStart,
            (_, byte) if byte == delimiter => Self::CellStart,
            _ => Self::Cell,
        }
    }
}

/// The bytes of a table, of which is known whether they end within quotes: its reader does not say.
struct Watched {
    reader: Bounded,
    delimiter: u8,
    place: Rc<Cell<Place>>,
}

impl Read for Watched {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buffer)?;
        let bytes = buffer[..read].iter();
        let behind = |place: Place, byte: &u8| place.behind(*byte, self.delimiter);
        self.place.set(bytes.fold(self.place.get(), behind));
        Ok(read)
    }
}

/// Gives the items of an array as they come.
struct Items<'a, 'e> {
    take: TakeItem<'a, String>,
    budget: Budget,
    given: &'e mut u64,
    stopped: &'e mut Option<Error>,
}

impl<'de> Visitor<'de> for Items<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while let Some(item) = items.next_element::<Box<RawValue>>()? {
            *self.given += 1;
            self.budget.renew();
            if let Err(error) = (self.take)(*self.given, Ok(item.get().to_owned())) {
                *self.stopped = Some(error);
                return Err(de::Error::custom("stopped"));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_separates_cells_is_found_out() {
        let table: [(&str, u8); 7] = [
            ("a,b,c\n1;2;3;4\n", b','),
            ("a;b;c\n", b';'),
            ("a\tb\n", b'\t'),
            ("a|b\n", b'|'),
            ("\"a,b\";\"c,d\"\n", b';'),
            ("\"two\nlines, and more\";b\n", b';'),
            ("a\n", b','),
        ];
        for (head, expected) in table {
            assert_eq!(delimiter_of(head.as_bytes()), expected, "{head:?}");
        }
    }
}
