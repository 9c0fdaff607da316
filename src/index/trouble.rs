//! Why the index cannot answer.

use rusqlite::ErrorCode;

use crate::error::Error;
use crate::store::Store;
use crate::ticket::TicketId;

/// Why the index cannot answer. None of it is the user's trouble: the files can.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// SQLite says so: the disk is full, memory ran out, the question is too long for it.
    Sqlite(rusqlite::Error),
    /// The files, or the folder of the index, cannot be looked at.
    Store(Error),
    /// Another process brings it up to date, and takes its time.
    Busy,
    /// Something that the index cannot hold.
    Unfit,
    /// Somebody else wrote into it; it is to be made anew.
    Foreign,
    /// The same, when part of the answer was given already.
    TooLate,
    /// The files of these tickets were written in place.
    InPlace(Vec<TicketId>),
}

impl From<rusqlite::Error> for Trouble {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy,
            // A row that was not to be found, and is there nevertheless: a table and its index differ.
            Some(
                ErrorCode::DatabaseCorrupt
                | ErrorCode::NotADatabase
                | ErrorCode::ConstraintViolation,
            ) => Self::Foreign,
            _ => Self::Sqlite(error),
        }
    }
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Self::Store(error)
    }
}

impl Trouble {
    /// The same for who asked for the index itself.
    pub(crate) fn into_error(self, store: &Store) -> Error {
        let path = store.path().join(".desk/index");
        match self {
            Self::Sqlite(error) => Error::io("write", &path)(std::io::Error::other(error)),
            Self::Store(error) => error,
            Self::Busy => Error::Busy {
                path,
                holder: Some("another process, which brings it up to date".to_owned()),
            },
            Self::Foreign | Self::TooLate | Self::InPlace(_) => {
                Error::damaged(&path, "is written by somebody else")
            }
            Self::Unfit => Error::refused("there is nowhere to keep an index").with_hint(
                "it lies in the data directory, or where that cannot be written, in your cache \
                 directory; without it everything works, and takes longer",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_that_is_there_and_was_not_found_is_damage() {
        let index = rusqlite::Connection::open_in_memory().unwrap();
        index.execute_batch("CREATE TABLE a (b UNIQUE)").unwrap();
        let twice = index.execute_batch("INSERT INTO a VALUES (1), (1)");
        let trouble = Trouble::from(twice.unwrap_err());
        assert!(matches!(trouble, Trouble::Foreign), "{trouble:?}");
    }
}
