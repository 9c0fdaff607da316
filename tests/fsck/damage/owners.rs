//! What only root can do: files and folders of somebody else.

use std::os::unix::fs::chown;

use nix::sys::stat::{Mode, SFlag, makedev, mknod};

use super::{Row, SIX, TWO, path, replace_by};
use crate::fsck::set_mode;

pub(super) const ROOTS: &[Row] = &[
    (
        "a file of another group",
        |d| chown(path(d, TWO), None, Some(4242)).unwrap(),
        &[("wrong_group", TWO, "has group 4242")],
    ),
    (
        "a folder of another group",
        |d| {
            chown(path(d, "tickets/0000"), None, Some(4242)).unwrap();
            set_mode(&path(d, "tickets/0000"), 0o2750);
        },
        &[("wrong_group", "tickets/0000", "has group 4242")],
    ),
    (
        "somebody else's file",
        |d| chown(path(d, TWO), Some(4242), None).unwrap(),
        &[(
            "wrong_owner",
            TWO,
            "belongs to uid4242, but root wrote its last event",
        )],
    ),
    (
        "a device for a ticket",
        |d| {
            replace_by(d, SIX, |p| {
                mknod(p, SFlag::S_IFCHR, Mode::S_IRWXU, makedev(1, 3)).unwrap();
            })
        },
        &[("not_a_file", SIX, "is a device, not a file")],
    ),
];
