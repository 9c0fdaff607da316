//! Damage to the bytes of a file, to what it says it is, and to the fields of its state.

use std::fs;

use serde_json::{Value, json};

use super::{Row, TWO, flip, path};
use crate::fsck::edit;

pub(super) const FILES: &[Row] = &[
    ("nothing", |_| {}, &[]),
    (
        "emptied",
        |d| fs::write(path(d, TWO), "").unwrap(),
        &[("empty", TWO, "is empty")],
    ),
    (
        "a byte that is no text",
        |d| {
            let mut bytes = fs::read(path(d, TWO)).unwrap();
            bytes[10] = 0xff;
            fs::write(path(d, TWO), bytes).unwrap();
        },
        &[("not_utf8", TWO, "is not UTF-8 at byte 10")],
    ),
    (
        "zeroes, as after a power cut",
        |d| fs::write(path(d, TWO), [0; 2000]).unwrap(),
        &[("not_json", TWO, "expected value at line 1")],
    ),
    (
        "cut in half",
        |d| {
            let bytes = fs::read(path(d, TWO)).unwrap();
            fs::write(path(d, TWO), &bytes[..bytes.len() / 2]).unwrap();
        },
        &[("truncated", TWO, "EOF while parsing")],
    ),
    (
        "the last brace cut off",
        |d| {
            let bytes = fs::read(path(d, TWO)).unwrap();
            fs::write(path(d, TWO), &bytes[..bytes.len() - 2]).unwrap();
        },
        &[("truncated", TWO, "EOF while parsing an object")],
    ),
    (
        "written twice",
        |d| {
            let bytes = fs::read(path(d, TWO)).unwrap();
            fs::write(path(d, TWO), [&bytes[..], &bytes[..]].concat()).unwrap();
        },
        &[("not_json", TWO, "trailing characters")],
    ),
    (
        "a bracket flipped",
        |d| flip(d, TWO, "[", "{"),
        &[(
            "not_a_ticket",
            TWO,
            "invalid type: map, expected a sequence",
        )],
    ),
    (
        "a colon flipped",
        |d| flip(d, TWO, ":", ";"),
        &[("not_json", TWO, "expected `:`")],
    ),
    (
        "other text",
        |d| fs::write(path(d, TWO), "hello\n").unwrap(),
        &[("not_json", TWO, "expected value")],
    ),
    (
        "other JSON",
        |d| fs::write(path(d, TWO), "{}\n").unwrap(),
        &[("not_a_ticket", TWO, "missing field")],
    ),
    (
        "a needed name flipped",
        |d| flip(d, TWO, "subject", "subjekt"),
        &[("not_a_ticket", TWO, "missing field `subject`")],
    ),
    (
        "a name flipped",
        |d| flip(d, TWO, "\"team\"", "\"tezm\""),
        &[("lost_field", TWO, "has no `team`")],
    ),
    (
        "a wrong type",
        |d| edit(&path(d, TWO), |t| t["rev"] = "2".into()),
        &[("not_a_ticket", TWO, "invalid type")],
    ),
    (
        "a status that is none",
        |d| edit(&path(d, TWO), |t| t["status"] = "done".into()),
        &[("not_a_ticket", TWO, "unknown variant `done`")],
    ),
    (
        "a key twice",
        |d| flip(d, TWO, "\"ref\"", "\"rev\": 2, \"ref\""),
        &[("not_a_ticket", TWO, "`rev` stands twice")],
    ),
    (
        "nested too deep",
        |d| {
            flip(
                d,
                TWO,
                "\"ref\"",
                &format!("\"x\": {}{}, \"ref\"", "[".repeat(500), "]".repeat(500)),
            )
        },
        &[("not_a_ticket", TWO, "a value nests deeper than 120 levels")],
    ),
    (
        "grown past all measure",
        |d| {
            let mut bytes = fs::read(path(d, TWO)).unwrap();
            bytes.resize(9 * 1024 * 1024, b' ');
            fs::write(path(d, TWO), bytes).unwrap();
        },
        &[("too_large", TWO, "has 9437184 bytes")],
    ),
    (
        "a later format, with what nobody here knows",
        |d| {
            edit(&path(d, TWO), |t| {
                t["desk_ticket"] = 9.into();
                t["status"] = json!({"name": "done"});
            })
        },
        &[(
            "newer_format",
            TWO,
            "is of format 9, newer than this desk reads (1)",
        )],
    ),
    (
        "a format that is none",
        |d| edit(&path(d, TWO), |t| t["desk_ticket"] = 0.into()),
        &[("not_a_ticket", TWO, "is of format 0")],
    ),
    (
        "two files swapped",
        |d| {
            let [two, three, aside] =
                [TWO, "tickets/0000/3.json", "tickets/0000/x"].map(|p| path(d, p));
            fs::rename(&two, &aside).unwrap();
            fs::rename(&three, &two).unwrap();
            fs::rename(&aside, &three).unwrap();
        },
        &[
            ("wrong_id", TWO, "says that it is ticket 3"),
            (
                "wrong_id",
                "tickets/0000/3.json",
                "says that it is ticket 2",
            ),
        ],
    ),
    (
        "another number inside",
        |d| edit(&path(d, TWO), |t| t["id"] = 9.into()),
        &[("wrong_id", TWO, "says that it is ticket 9")],
    ),
    (
        "a number of its own for a copy",
        |d| {
            fs::copy(path(d, TWO), path(d, "tickets/0000/5.json")).unwrap();
            edit(&path(d, "tickets/0000/5.json"), |t| {
                t["id"] = 5.into();
                t["ref"] = Value::Null;
                t["events"][0]["changed"]
                    .as_object_mut()
                    .unwrap()
                    .remove("ref");
            });
        },
        &[(
            "wrong_digest",
            "tickets/0000/5.json",
            "has a past that is not the one",
        )],
    ),
    (
        "another revision",
        |d| edit(&path(d, TWO), |t| t["rev"] = 9.into()),
        &[("wrong_revision", TWO, "says revision 9, but has 2 events")],
    ),
    (
        "another subject",
        |d| edit(&path(d, TWO), |t| t["subject"] = "x".into()),
        &[("wrong_state", TWO, "`subject` is not what")],
    ),
    (
        "another status",
        |d| edit(&path(d, TWO), |t| t["status"] = "new".into()),
        &[("wrong_state", TWO, "`status` is not what")],
    ),
    (
        "another assignee",
        |d| edit(&path(d, TWO), |t| t["assignee"] = "minh".into()),
        &[("wrong_state", TWO, "`assignee` is not what")],
    ),
    (
        "two fields at once",
        |d| {
            edit(&path(d, TWO), |t| {
                t["tier"] = 3.into();
                t["tags"] = json!(["x"]);
            })
        },
        &[
            ("wrong_state", TWO, "`tags` is not what"),
            ("wrong_state", TWO, "`tier` is not what"),
        ],
    ),
    (
        "another opening",
        |d| {
            edit(&path(d, TWO), |t| {
                t["opened"] = "2026-11-21T12:00:00Z".into()
            })
        },
        &[("wrong_time", TWO, "`opened` is not what")],
    ),
    (
        "another update",
        |d| {
            edit(&path(d, TWO), |t| {
                t["updated"] = "2026-11-21T12:09:00Z".into()
            })
        },
        &[("wrong_time", TWO, "`updated` is not what")],
    ),
    (
        "solved, it says",
        |d| {
            edit(&path(d, TWO), |t| {
                t["solved"] = "2026-11-21T12:02:00Z".into()
            })
        },
        &[("wrong_time", TWO, "`solved` is not what")],
    ),
    (
        "never closed",
        |d| {
            edit(&path(d, "tickets/0000/1.json"), |t| {
                t["closed"] = Value::Null
            })
        },
        &[("wrong_time", "tickets/0000/1.json", "`closed` is not what")],
    ),
];
