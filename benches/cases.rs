//! What is timed, against what, and how fast it has to be.

use crate::words::RARE;

/// A command that is timed.
pub(crate) struct Case {
    /// What it is called in the table.
    pub(crate) name: &'static str,
    /// What it is timed against.
    pub(crate) against: Against,
    /// What its median may be, as a multiple of the baseline's.
    pub(crate) target: Option<f64>,
    /// How many processes run it at once, each on a ticket of its own.
    pub(crate) at_once: u64,
    /// The command line.
    pub(crate) arguments: &'static [&'static str],
}

/// A baseline.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Against {
    /// An empty process.
    Nothing,
    /// A bare program that reads and parses all tickets' files with two threads.
    Reading,
    /// A bare durable write of a file that was not there.
    NewFile,
    /// A bare durable replacement of a file.
    Replacement,
}

/// Stands for the number of a ticket; another one for every process.
pub(crate) const TICKET: &str = "TICKET";

const NOTE: &[&str] = &[
    "note",
    TICKET,
    "-m",
    "Đã gọi lại cho người dùng; chờ linh kiện.",
];

/// All that is timed.
pub(crate) fn all() -> Vec<Case> {
    use Against::{NewFile, Nothing, Reading, Replacement};
    let case = |name, against, target, arguments| Case {
        name,
        against,
        target,
        at_once: 1,
        arguments,
    };
    vec![
        case("--version", Nothing, Some(1.3), &["--version"]),
        case("show", Nothing, Some(1.4), &["show", TICKET]),
        case("open", NewFile, Some(1.3), &["open", "Máy in kẹt giấy"]),
        case("note", Replacement, Some(1.3), NOTE),
        Case {
            at_once: 8,
            ..case("8 notes at once", Replacement, Some(1.4), NOTE)
        },
        case(
            "list mine",
            Nothing,
            None,
            &["list", "assignee:minh is:open"],
        ),
        case("list all", Nothing, None, &["list"]),
        case("fsck", Reading, Some(1.5), &["fsck"]),
        case("search", Nothing, None, &["search", RARE]),
        case("status", Nothing, None, &["status", "--as", "minh"]),
        case(
            "report summary",
            Nothing,
            None,
            &["report", "summary", "--period", "2026-10"],
        ),
        case(
            "report technicians",
            Nothing,
            None,
            &["report", "technicians", "--period", "2026-10"],
        ),
    ]
}
