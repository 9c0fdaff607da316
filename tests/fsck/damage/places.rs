//! Things where they do not belong, and things that are no files or folders.

use std::fs;
use std::os::unix::fs::symlink;

use super::{LAN, Row, SIX, TWO, fifo, path, replace_by};
use crate::fsck::{edit, set_mode};

pub(super) const PLACES: &[Row] = &[
    (
        "a ticket among others",
        |d| {
            fs::create_dir(path(d, "tickets/0001")).unwrap();
            set_mode(&path(d, "tickets/0001"), 0o2750);
            fs::rename(path(d, SIX), path(d, "tickets/0001/6.json")).unwrap();
        },
        &[(
            "wrong_folder",
            "tickets/0001/6.json",
            "is in the wrong folder",
        )],
    ),
    (
        "a folder of no number",
        |d| fs::create_dir(path(d, "tickets/old")).unwrap(),
        &[(
            "foreign",
            "tickets/old",
            "is not the name of a folder of tickets",
        )],
    ),
    (
        "an editor's copy",
        |d| fs::write(path(d, "tickets/0000/2.json~"), "x").unwrap(),
        &[(
            "foreign",
            "tickets/0000/2.json~",
            "is not the name of a ticket's file",
        )],
    ),
    (
        "a number written otherwise",
        |d| {
            let _ = fs::copy(path(d, TWO), path(d, "tickets/0000/02.json")).unwrap();
        },
        &[(
            "foreign",
            "tickets/0000/02.json",
            "is not the name of a ticket's file",
        )],
    ),
    (
        "a file beside the technicians",
        |d| fs::write(path(d, "technicians/notes.txt"), "x").unwrap(),
        &[(
            "foreign",
            "technicians/notes.txt",
            "is not the name of a technician's file",
        )],
    ),
    (
        "a file that desk does not know",
        |d| fs::write(path(d, ".desk/passwords"), "x").unwrap(),
        &[(
            "foreign",
            ".desk/passwords",
            "is nothing that desk keeps here",
        )],
    ),
    (
        "a folder for a ticket",
        |d| replace_by(d, SIX, |p| fs::create_dir(p).unwrap()),
        &[("not_a_file", SIX, "is a folder, not a file")],
    ),
    (
        "a link for a ticket",
        |d| replace_by(d, SIX, |p| symlink("2.json", p).unwrap()),
        &[("not_a_file", SIX, "is a symbolic link, not a file")],
    ),
    (
        "a FIFO for a ticket",
        |d| replace_by(d, SIX, fifo),
        &[("not_a_file", SIX, "is a FIFO, not a file")],
    ),
    (
        "a FIFO for a technician",
        |d| replace_by(d, "technicians/minh.json", fifo),
        &[(
            "not_a_file",
            "technicians/minh.json",
            "is a FIFO, not a file",
        )],
    ),
    (
        "all tickets elsewhere",
        |d| {
            fs::rename(path(d, "tickets"), d.beside().join("away")).unwrap();
            symlink(d.beside().join("away"), path(d, "tickets")).unwrap();
        },
        &[(
            "not_a_folder",
            "tickets",
            "is a symbolic link, not a folder",
        )],
    ),
    (
        "a file for a folder of tickets",
        |d| fs::write(path(d, "tickets/0001"), "").unwrap(),
        &[("not_a_folder", "tickets/0001", "is a file, not a folder")],
    ),
    (
        "a file for the locks",
        |d| replace_by(d, ".desk/locks", |p| fs::write(p, "").unwrap()),
        &[("not_a_folder", ".desk/locks", "is a file, not a folder")],
    ),
    (
        "a folder for a lock",
        |d| replace_by(d, ".desk/locks/ticket-002", |p| fs::create_dir(p).unwrap()),
        &[(
            "not_a_file",
            ".desk/locks/ticket-002",
            "is a folder, not a file",
        )],
    ),
    (
        "a FIFO for the journal",
        |d| replace_by(d, ".desk/journal", fifo),
        &[("not_a_file", ".desk/journal", "is a FIFO, not a file")],
    ),
    (
        "a link for the counter",
        |d| replace_by(d, ".desk/number", |p| symlink("/nowhere", p).unwrap()),
        &[(
            "not_a_file",
            ".desk/number",
            "is a symbolic link, not a file",
        )],
    ),
    (
        "a folder among the temporaries",
        |d| fs::create_dir(path(d, ".desk/tmp/2")).unwrap(),
        &[("not_a_file", ".desk/tmp/2", "is a folder, not a file")],
    ),
    (
        "settings that are none",
        |d| fs::write(path(d, "desk.toml"), "timezone = 1\n").unwrap(),
        &[("not_settings", "desk.toml", "invalid type: integer `1`")],
    ),
    (
        "settings that are no text",
        |d| fs::write(path(d, "desk.toml"), [0xff, 0xfe]).unwrap(),
        &[("not_settings", "desk.toml", "is not UTF-8")],
    ),
    (
        "a technician cut off",
        |d| fs::write(path(d, LAN), "{\"desk_technician\": 1,").unwrap(),
        &[("truncated", LAN, "EOF while parsing")],
    ),
    (
        "a technician emptied",
        |d| fs::write(path(d, LAN), "").unwrap(),
        &[("empty", LAN, "is empty")],
    ),
    (
        "a technician without a tier",
        |d| {
            edit(&path(d, LAN), |t| {
                drop(t.as_object_mut().unwrap().remove("tier"))
            })
        },
        &[("not_a_technician", LAN, "missing field `tier`")],
    ),
    (
        "a technician who is another",
        |d| edit(&path(d, LAN), |t| t["login"] = "minh".into()),
        &[("wrong_id", LAN, "says that it is technician minh")],
    ),
    (
        "a ticket for all to write",
        |d| set_mode(&path(d, TWO), 0o666),
        &[(
            "too_open",
            TWO,
            "has mode 0666, which lets others do more than 0640",
        )],
    ),
    (
        "a ticket for nobody else",
        |d| set_mode(&path(d, TWO), 0o600),
        &[(
            "too_closed",
            TWO,
            "has mode 0600, which lets others do less than 0640",
        )],
    ),
    (
        "a ticket that can be run",
        |d| set_mode(&path(d, TWO), 0o750),
        &[("odd_mode", TWO, "has mode 0750")],
    ),
    (
        "a ticket that is run as its owner",
        |d| set_mode(&path(d, TWO), 0o4640),
        &[("odd_mode", TWO, "has mode 4640")],
    ),
    (
        "a folder for all to write",
        |d| set_mode(&path(d, "tickets/0000"), 0o2777),
        &[("too_open", "tickets/0000", "has mode 2777")],
    ),
    (
        "a folder for nobody else",
        |d| set_mode(&path(d, "technicians"), 0o2700),
        &[("too_closed", "technicians", "has mode 2700")],
    ),
    (
        "a folder that keeps its own group",
        |d| set_mode(&path(d, "tickets"), 0o750),
        &[("no_setgid", "tickets", "does not pass on its group")],
    ),
    (
        "a folder of which nobody can remove",
        |d| set_mode(&path(d, "tickets/0000"), 0o3750),
        &[("odd_mode", "tickets/0000", "has mode 3750")],
    ),
    (
        "a lock for all to write",
        |d| set_mode(&path(d, ".desk/locks/ticket-002"), 0o666),
        &[("too_open", ".desk/locks/ticket-002", "has mode 0666")],
    ),
    (
        "a journal for all to write",
        |d| set_mode(&path(d, ".desk/journal"), 0o646),
        &[("too_open", ".desk/journal", "has mode 0646")],
    ),
];
