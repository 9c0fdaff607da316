//! Where things lie in a data directory, and how their names are read back.
//!
//! ```text
//! DATA/desk.toml                settings (optional)
//! DATA/tickets/0000/1042.json   ten thousand a folder
//! DATA/technicians/minh.json
//! DATA/.desk/                   private: locks/, tmp/, commit/, index/, journal, number, quarantine/
//! ```

use crate::ticket::TicketId;

pub(crate) const SETTINGS: &str = "desk.toml";
pub(crate) const TICKETS: &str = "tickets";
pub(crate) const TECHNICIANS: &str = "technicians";
pub(crate) const PRIVATE: &str = ".desk";
pub(crate) const LOCKS: &str = "locks";
pub(crate) const TEMPORARY: &str = "tmp";
pub(crate) const COMMIT: &str = "commit";
pub(crate) const QUARANTINE: &str = "quarantine";
pub(crate) const JOURNAL: &str = "journal";
pub(crate) const INDEX: &str = "index";
pub(crate) const NUMBER: &str = "number";

/// Ten thousand tickets a folder: a million tickets are a hundred folders to look at.
const TICKETS_PER_FOLDER: u64 = 10_000;

/// The number of the folder that holds a ticket.
pub(crate) fn folder_of(id: TicketId) -> u64 {
    id.get() / TICKETS_PER_FOLDER
}

/// The numbers that a folder holds, from the first to the last.
pub(crate) fn ids_in(folder: u64) -> std::ops::RangeInclusive<u64> {
    let first = folder.saturating_mul(TICKETS_PER_FOLDER);
    first..=first.saturating_add(TICKETS_PER_FOLDER - 1)
}

/// A ticket folder's name.
pub(crate) fn folder_name(folder: u64) -> String {
    format!("{folder:04}")
}

/// A ticket file's name.
pub(crate) fn file_name(id: TicketId) -> String {
    format!("{id}.json")
}

/// The number of a ticket folder, if `name` is exactly what its folder is called.
pub(crate) fn parse_folder(name: &str) -> Option<u64> {
    let folder = name.parse().ok()?;
    (folder_name(folder) == name).then_some(folder)
}

/// The number of a ticket, if `name` is exactly what its file is called.
pub(crate) fn parse_file(name: &str) -> Option<TicketId> {
    let id = TicketId::new(name.strip_suffix(".json")?.parse().ok()?)?;
    (file_name(id) == name).then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back_only_as_they_are_written() {
        let id = |n| TicketId::new(n).unwrap();
        assert_eq!(folder_name(folder_of(id(1042))), "0000");
        assert_eq!(folder_name(folder_of(id(10_000))), "0001");
        assert_eq!(folder_name(folder_of(id(123_456_789))), "12345");
        assert_eq!(parse_folder("0001"), Some(1));
        assert_eq!(parse_folder("1"), None);
        assert_eq!(parse_folder("+001"), None);
        assert_eq!(parse_folder("12345"), Some(12345));
        assert_eq!(parse_file("1042.json"), Some(id(1042)));
        for bad in [
            "01042.json",
            "1042",
            "x.json",
            "0.json",
            "+1.json",
            "1042.json~",
            ".json",
        ] {
            assert_eq!(parse_file(bad), None, "{bad}");
        }
    }
}
