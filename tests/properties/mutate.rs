//! Changes of a few bytes: what a bad disk, a bad editor or a bad neighbour does to real input.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

/// What makes parsers stumble.
const INTERESTING: [&[u8]; 40] = [
    b"\0",
    b"\x1b[2J",
    b"\xff",
    b"\xc3",
    b"\r\n",
    b"\n",
    b"\t",
    b" ",
    b"\"",
    b"'",
    b"\\",
    b"\\u0000",
    b"\\ud800",
    b"{",
    b"}",
    b"[",
    b"]",
    b":",
    b",",
    b"(",
    b")",
    b"-",
    b"*",
    b"#",
    b"..",
    b"null",
    b"true",
    b"-0",
    b"0",
    b"1.10",
    b"1e400",
    b"-1",
    b"255",
    b"256",
    b"18446744073709551616",
    b"9223372036854775807",
    "\u{202e}".as_bytes(),
    "é".as_bytes(),
    "e\u{301}".as_bytes(),
    "٣".as_bytes(),
];

#[derive(Debug, Clone)]
enum Change {
    Flip(Index, u8),
    Cut(Index),
    Remove(Index, usize),
    Repeat(Index, usize, Index),
    Insert(Index, &'static [u8]),
    Number(Index, &'static [u8]),
}

fn change() -> impl Strategy<Value = Change> {
    let at = any::<Index>;
    prop_oneof![
        2 => (at(), 0..8u8).prop_map(|(at, bit)| Change::Flip(at, bit)),
        1 => at().prop_map(Change::Cut),
        2 => (at(), 1..40usize).prop_map(|(at, len)| Change::Remove(at, len)),
        2 => (at(), 1..80usize, at()).prop_map(|(at, len, to)| Change::Repeat(at, len, to)),
        4 => (at(), select(&INTERESTING[..])).prop_map(|(at, bytes)| Change::Insert(at, bytes)),
        2 => (at(), select(&INTERESTING[..])).prop_map(|(at, bytes)| Change::Number(at, bytes)),
    ]
}

/// One of a corpus, with up to four changes.
pub(super) fn mutated(corpus: Vec<Vec<u8>>) -> impl Strategy<Value = Vec<u8>> {
    (select(corpus), vec(change(), 1..5)).prop_map(|(bytes, changes)| {
        changes
            .into_iter()
            .fold(bytes, |bytes, change| change.made_to(bytes))
    })
}

/// The same of text, for what is text before it comes here.
pub(super) fn mutated_text(corpus: &[&str]) -> impl Strategy<Value = String> {
    let corpus = corpus.iter().map(|text| text.as_bytes().to_vec()).collect();
    mutated(corpus).prop_map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

impl Change {
    fn made_to(self, mut bytes: Vec<u8>) -> Vec<u8> {
        let end = bytes.len() + 1;
        match self {
            Self::Flip(at, bit) if !bytes.is_empty() => {
                let at = at.index(bytes.len());
                bytes[at] ^= 1 << bit;
            }
            Self::Flip(..) => {}
            Self::Cut(at) => bytes.truncate(at.index(end)),
            Self::Remove(at, len) => {
                let at = at.index(end);
                bytes.drain(at..(at + len).min(bytes.len()));
            }
            Self::Repeat(at, len, to) => {
                let at = at.index(end);
                let part = bytes[at..(at + len).min(bytes.len())].to_vec();
                let to = to.index(end);
                bytes.splice(to..to, part);
            }
            Self::Insert(at, what) => {
                let at = at.index(end);
                bytes.splice(at..at, what.iter().copied());
            }
            Self::Number(at, what) => {
                let digits: Vec<usize> = (0..bytes.len())
                    .filter(|&i| bytes[i].is_ascii_digit())
                    .collect();
                if !digits.is_empty() {
                    let from = digits[at.index(digits.len())];
                    let len = bytes[from..]
                        .iter()
                        .take_while(|b| b.is_ascii_digit())
                        .count();
                    bytes.splice(from..from + len, what.iter().copied());
                }
            }
        }
        bytes
    }
}
