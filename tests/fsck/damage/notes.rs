//! What is told, and is no damage.

use std::fs;

use super::{Row, TWO, path};
use crate::fsck::{edit, set_mode};

pub(super) const NOTES: &[Row] = &[
    (
        "a temporary left behind",
        |d| fs::write(path(d, ".desk/tmp/2"), "x").unwrap(),
        &[(
            "leftover",
            ".desk/tmp/2",
            "left behind by a process that was killed; harmless",
        )],
    ),
    (
        "a lock that was being made",
        |d| fs::write(path(d, ".desk/locks/ticket-009.999999.0.new"), "").unwrap(),
        &[(
            "leftover",
            ".desk/locks/ticket-009.999999.0.new",
            "left behind",
        )],
    ),
    (
        "a folder that was being made",
        |d| fs::create_dir(path(d, ".desk/0001.999999.0.new")).unwrap(),
        &[("leftover", ".desk/0001.999999.0.new", "left behind")],
    ),
    (
        "the private folder being made",
        |d| fs::create_dir(path(d, ".desk.999999.0.new")).unwrap(),
        &[("leftover", ".desk.999999.0.new", "left behind")],
    ),
    (
        "a counter behind",
        |d| fs::write(path(d, ".desk/number"), "2\n").unwrap(),
        &[("counter", ".desk/number", "says 2, and is behind 6")],
    ),
    (
        "a counter of no number",
        |d| fs::write(path(d, ".desk/number"), "many\n").unwrap(),
        &[("counter", ".desk/number", "is not a number that was given")],
    ),
    (
        "something set aside",
        |d| {
            fs::create_dir(path(d, ".desk/quarantine")).unwrap();
            set_mode(&path(d, ".desk/quarantine"), 0o2750);
            fs::write(path(d, ".desk/quarantine/5.json.1"), "").unwrap();
        },
        &[("set_aside", ".desk/quarantine/5.json.1", "was set aside")],
    ),
    (
        "a later format that is understood",
        |d| edit(&path(d, TWO), |t| t["desk_ticket"] = 2.into()),
        &[(
            "newer",
            TWO,
            "is of format 2, newer than this desk writes (1)",
        )],
    ),
    (
        "a lock that all may hold",
        |d| set_mode(&path(d, ".desk/locks/ticket-002"), 0o644),
        &[("open_lock", ".desk/locks/ticket-002", "has mode 0644")],
    ),
];
