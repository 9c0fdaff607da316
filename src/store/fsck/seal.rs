//! A seal: what the past of every ticket was at some time, to be kept where nobody who can write to
//! the tickets can write.
//!
//! ```text
//! desk seal 1
//! 1 3 63acd8ef...              number, revision, digest of the events up to it
//! 2 1 65bc87da...
//! all 2 936f4614...            how many, and the SHA-256 of all lines before
//! ```
//! By number, so that the same tickets give the same bytes; and one line after the other, so that
//! nobody has to hold all of it.

use std::io::{self, BufRead, Write};

use sha2::{Digest as _, Sha256};

use crate::ticket::{Digest, TicketId};

/// How a seal begins: what it is, and the version of its form.
const HEAD: &str = "desk seal 1";

/// The longest line of a seal: two numbers and a digest.
const LONGEST_LINE: u64 = 128;

/// What a ticket's past was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sealed {
    /// The ticket.
    pub ticket: TicketId,
    /// How many events it had.
    pub rev: u64,
    /// Their digest.
    pub digest: Digest,
}

/// What the past of all tickets was, by number.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seal(Vec<Sealed>);

/// Why something is not a seal.
#[derive(Debug)]
pub enum NotASeal {
    /// It cannot be read.
    Io(io::Error),
    /// A line of it is not what it must be.
    Line {
        /// The number of the line.
        line: u64,
        /// What is wrong with it.
        cause: String,
    },
}

impl Seal {
    /// A seal of these tickets, which come by number.
    pub(crate) fn of(tickets: Vec<Sealed>) -> Self {
        Self(tickets)
    }

    /// What was sealed, by number.
    pub fn iter(&self) -> impl Iterator<Item = &Sealed> {
        self.0.iter()
    }

    /// What was sealed of a ticket.
    pub fn get(&self, id: TicketId) -> Option<&Sealed> {
        let place = self.0.binary_search_by_key(&id, |sealed| sealed.ticket);
        place.ok().map(|place| &self.0[place])
    }

    /// Writes it, line by line.
    ///
    /// # Errors
    /// What writing to `out` gives.
    pub fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut all = Sha256::new();
        let mut put = |line: &str| {
            all.update(line);
            out.write_all(line.as_bytes())
        };
        put(&format!("{HEAD}\n"))?;
        for Sealed {
            ticket,
            rev,
            digest,
        } in &self.0
        {
            put(&format!("{ticket} {rev} {digest}\n"))?;
        }
        let all = Digest::from(<[u8; 32]>::from(all.finalize()));
        writeln!(out, "all {} {all}", self.0.len())
    }

    /// Reads one, and makes sure that nothing of it is missing or changed.
    ///
    /// # Errors
    /// The first line that is wrong.
    pub fn read(mut input: impl BufRead) -> Result<Self, NotASeal> {
        let (mut tickets, mut all) = (Vec::<Sealed>::new(), Sha256::new());
        for line in 1.. {
            let wrong = |cause: &str| NotASeal::Line {
                line,
                cause: cause.to_owned(),
            };
            let mut text = String::new();
            let mut limited = io::Read::take(&mut input, LONGEST_LINE);
            let read = limited
                .read_line(&mut text)
                .map_err(|error| match error.kind() {
                    io::ErrorKind::InvalidData => wrong("is not UTF-8"),
                    _ => NotASeal::Io(error),
                })?;
            match text.strip_suffix('\n') {
                None if read == 0 => return Err(wrong("is missing: the seal has no end")),
                None => return Err(wrong("is cut off, or too long")),
                Some(HEAD) if line == 1 => {}
                Some(_) if line == 1 => return Err(wrong("is not the beginning of a seal")),
                Some(end) if end.starts_with("all ") => {
                    let digest = Digest::from(<[u8; 32]>::from(all.finalize()));
                    if end != format!("all {} {digest}", tickets.len()) {
                        return Err(wrong("does not fit the lines before"));
                    }
                    let behind = input.fill_buf().map_err(NotASeal::Io)?;
                    return match behind.is_empty() {
                        true => Ok(Self(tickets)),
                        false => Err(wrong("is followed by something")),
                    };
                }
                Some(sealed) => match parse(sealed) {
                    Some(sealed) if tickets.last().is_none_or(|l| l.ticket < sealed.ticket) => {
                        tickets.push(sealed);
                    }
                    _ => return Err(wrong("is not the next number, a revision and a digest")),
                },
            }
            all.update(&text);
        }
        Ok(Self(tickets))
    }
}

/// What a line says, if it is written as [`Seal::write`] writes it.
fn parse(line: &str) -> Option<Sealed> {
    let mut words = line.split(' ');
    let sealed = Sealed {
        ticket: TicketId::new(words.next()?.parse().ok()?)?,
        rev: words.next()?.parse().ok().filter(|rev| *rev > 0)?,
        digest: words.next()?.parse().ok()?,
    };
    words.next().is_none().then_some(sealed)
}
