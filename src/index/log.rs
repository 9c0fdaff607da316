//! SQLite's write-ahead log, as far as somebody else may have written into it.
//!
//! SQLite compares the checksums of a log when a database is opened that nobody has open. Who opens it
//! beside others takes for granted what they found: so where a log is not as `desk` left it, its checksums
//! are compared here (as <https://sqlite.org/fileformat2.html#the_write_ahead_log> has them, format 3007000).

use std::io::{BufReader, Read, Result};

/// What stands before the first frame, and before the page of each frame.
const HEAD: usize = 32;
const FRAME: usize = 24;

/// Whether the first so many frames, at least one, are as SQLite wrote them, and the last of them ends a
/// transaction.
///
/// # Errors
/// When the log cannot be read; that it ends too soon is none.
pub(super) fn is_whole(log: impl Read, frames: u64) -> Result<bool> {
    let mut log = BufReader::with_capacity(1 << 16, log);
    let mut head = [0; HEAD];
    if !fill(&mut log, &mut head)? {
        return Ok(false);
    }
    let number = |bytes: &[u8], at: usize| {
        let four = bytes[at..].first_chunk().copied().unwrap_or_default();
        u32::from_be_bytes(four)
    };
    let (magic, page) = (number(&head, 0), number(&head, 8));
    let mut sums = Sums {
        is_big: magic & 1 == 1,
        sums: (0, 0),
    };
    sums.add(&head[..24]);
    let known = magic & !1 == 0x377f_0682 && number(&head, 4) == 3_007_000;
    let fits = page.is_power_of_two() && (512..=65_536).contains(&page);
    if !known || !fits || sums.sums != (number(&head, 24), number(&head, 28)) {
        return Ok(false);
    }
    let mut frame = vec![0; FRAME + page as usize];
    for _ in 0..frames {
        if !fill(&mut log, &mut frame)? {
            return Ok(false);
        }
        sums.add(&frame[..8]);
        sums.add(&frame[FRAME..]);
        // By its salts it is told from what stood there before the log began anew.
        let is_of_this_log = frame[8..16] == head[16..24];
        if !is_of_this_log || sums.sums != (number(&frame, 16), number(&frame, 20)) {
            return Ok(false);
        }
    }
    Ok(number(&frame, 4) != 0)
}

/// Whether there was enough to read.
fn fill(from: &mut impl Read, to: &mut [u8]) -> Result<bool> {
    match from.read_exact(to) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

/// The checksum of all that was added.
struct Sums {
    /// Whether it is of numbers whose highest byte comes first.
    is_big: bool,
    sums: (u32, u32),
}

impl Sums {
    fn add(&mut self, bytes: &[u8]) {
        let (eights, _) = bytes.as_chunks::<8>();
        for &[a, b, c, d, e, f, g, h] in eights {
            let [first, second] = [[a, b, c, d], [e, f, g, h]].map(|four| match self.is_big {
                true => u32::from_be_bytes(four),
                false => u32::from_le_bytes(four),
            });
            let (one, two) = self.sums;
            let one = one.wrapping_add(first).wrapping_add(two);
            self.sums = (one, two.wrapping_add(second).wrapping_add(one));
        }
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::*;

    /// The log of a database of three transactions, and where they end in it.
    fn log() -> (Vec<u8>, Vec<u64>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        let database = Connection::open(&path).unwrap();
        let begin = "PRAGMA page_size = 1024; PRAGMA journal_mode = WAL; CREATE TABLE a (b);";
        database.execute_batch(begin).unwrap();
        let mut ends = Vec::new();
        for text in ["x".repeat(3000), "y".repeat(9000)] {
            database
                .execute("INSERT INTO a VALUES (?)", [text])
                .unwrap();
            let noop = "PRAGMA wal_checkpoint(NOOP)";
            let frames: i64 = database.query_row(noop, [], |row| row.get(1)).unwrap();
            ends.push(frames as u64);
        }
        (std::fs::read(folder.path().join("a-wal")).unwrap(), ends)
    }

    #[test]
    fn what_sqlite_wrote_is_whole_up_to_the_end_of_each_transaction() {
        let (log, ends) = log();
        assert_eq!(log.len() as u64, 32 + ends[1] * (24 + 1024));
        for frames in 1..=ends[1] + 1 {
            // The first transaction is of what makes the table.
            let is_end = ends.contains(&frames) || frames == 2;
            assert_eq!(is_whole(&*log, frames).unwrap(), is_end, "{frames}");
        }
        assert!(!is_whole(&[][..], 1).unwrap());
    }

    #[test]
    fn whatever_is_changed_in_it_is_told() {
        let (log, ends) = log();
        let frames = ends[1];
        for at in (0..log.len()).step_by(7).chain(0..100) {
            let mut changed = log.clone();
            changed[at] ^= 0x10;
            assert!(!is_whole(&*changed, frames).unwrap(), "{at}");
            // What stands behind it is not looked at.
            let before = (32 + ends[0] * (24 + 1024)) as usize;
            assert_eq!(is_whole(&*changed, ends[0]).unwrap(), at >= before, "{at}");
        }
        for length in [0, 31, 32, 56, log.len() - 1] {
            assert!(!is_whole(&log[..length], frames).unwrap(), "{length}");
        }
    }
}
