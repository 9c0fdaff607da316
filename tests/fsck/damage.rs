//! The table of damage: each row makes one kind of it, and says what is found.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::{chown, symlink};
use std::path::PathBuf;

use desk::fsck::Kind;
use nix::sys::stat::{Mode, SFlag, makedev, mknod};
use nix::unistd::{Uid, mkfifo};
use serde_json::{Value, json};

use super::{edit, everything, findings, forge, healthy, set_mode};
use crate::harness::{Desk, Said, has, skip_unless};

/// Damages a healthy help desk.
type Damage = fn(&Desk);

/// A kind, a path in the data directory, and a part of what is said.
type Expected = (&'static str, &'static str, &'static str);

/// What is done, and what is found then, and nothing else.
type Row = (&'static str, Damage, &'static [Expected]);

const TWO: &str = "tickets/0000/2.json";
const SIX: &str = "tickets/0000/6.json";
const LAN: &str = "technicians/lan.json";

fn path(desk: &Desk, path: &str) -> PathBuf {
    desk.data().join(path)
}

/// Puts other bytes in the place of some.
fn flip(desk: &Desk, file: &str, from: &str, to: &str) {
    let file = path(desk, file);
    let text = fs::read_to_string(&file).unwrap();
    let changed = text.replacen(from, to, 1);
    assert_ne!(text, changed, "{from}");
    fs::write(file, changed).unwrap();
}

fn append(ticket: &mut Value, event: Value) {
    let events = ticket["events"].as_array_mut().unwrap();
    events.push(event);
    ticket["rev"] = events.len().into();
    ticket["updated"] = "2026-11-21T12:05:00Z".into();
}

/// An event as `desk` would write it, but for what it says.
fn event(seq: u64, event: &str, changed: Value) -> Value {
    json!({"seq": seq, "at": "2026-11-21T12:05:00Z", "by": "minh", "real": user(),
        "event": event, "op": "x", "changed": changed})
}

/// Who runs the tests, whose the files are.
fn user() -> String {
    let user = nix::unistd::User::from_uid(Uid::current()).unwrap();
    user.map_or_else(|| format!("uid{}", Uid::current()), |user| user.name)
}

fn replace_by(desk: &Desk, file: &str, make: impl FnOnce(&PathBuf)) {
    let file = path(desk, file);
    let _ = fs::remove_file(&file).or_else(|_| fs::remove_dir_all(&file));
    make(&file);
}

fn fifo(file: &PathBuf) {
    mkfifo(file, Mode::S_IRWXU).unwrap();
}

/// Damage to the bytes of a file, to what it says it is, and to the fields of its state.
const FILES: &[Row] = &[
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

/// Damage to the past, and to what lies between tickets.
const PASTS: &[Row] = &[
    (
        "no digest",
        |d| edit(&path(d, TWO), |t| t["digest"] = Value::Null),
        &[("no_digest", TWO, "has no digest")],
    ),
    (
        "a digit of the digest",
        |d| {
            edit(&path(d, TWO), |t| {
                let digest = t["digest"].as_str().unwrap();
                let other = if digest.starts_with('a') { "b" } else { "a" };
                t["digest"] = format!("{other}{}", &digest[1..]).into();
            })
        },
        &[("wrong_digest", TWO, "not the one its digest was made of")],
    ),
    (
        "a digest in capitals",
        |d| {
            edit(&path(d, TWO), |t| {
                t["digest"] = t["digest"].as_str().unwrap().to_uppercase().into()
            })
        },
        &[("not_a_ticket", TWO, "is not a digest")],
    ),
    (
        "a message edited",
        |d| {
            edit(&path(d, "tickets/0000/1.json"), |t| {
                t["events"][1]["message"] = "Did nothing".into()
            })
        },
        &[("wrong_digest", "tickets/0000/1.json", "has a past")],
    ),
    (
        "an instant written otherwise",
        |d| {
            flip(
                d,
                TWO,
                "{\"seq\":1,\"at\":\"2026-11-21T",
                "{\"seq\":1,\"at\":\"2026-11-21t",
            )
        },
        &[("wrong_digest", TWO, "has a past")],
    ),
    (
        "an event taken out, and the rest numbered anew",
        |d| {
            edit(&path(d, "tickets/0000/1.json"), |t| {
                let events = t["events"].as_array_mut().unwrap();
                events.remove(1);
                for (event, seq) in events.iter_mut().zip(1..) {
                    event["seq"] = seq.into();
                }
                t["rev"] = 3.into();
            })
        },
        &[("wrong_digest", "tickets/0000/1.json", "has a past")],
    ),
    (
        "two events in the other order",
        |d| {
            edit(&path(d, "tickets/0000/1.json"), |t| {
                t["events"].as_array_mut().unwrap().swap(1, 2)
            })
        },
        &[
            (
                "backwards",
                "tickets/0000/1.json",
                "event 2 is before the one before it",
            ),
            (
                "event_number",
                "tickets/0000/1.json",
                "event 2 says that it is event 3",
            ),
            (
                "event_number",
                "tickets/0000/1.json",
                "event 3 says that it is event 2",
            ),
            ("wrong_digest", "tickets/0000/1.json", "has a past"),
        ],
    ),
    (
        "the last event taken out",
        |d| {
            edit(&path(d, TWO), |t| {
                drop(t["events"].as_array_mut().unwrap().pop())
            })
        },
        &[
            ("wrong_digest", TWO, "has a past"),
            ("wrong_revision", TWO, "says revision 2, but has 1 events"),
            ("wrong_state", TWO, "`assignee` is not"),
            ("wrong_state", TWO, "`status` is not"),
            ("wrong_time", TWO, "`updated` is not"),
        ],
    ),
    (
        "a gap in the numbers",
        |d| forge(&path(d, TWO), |t| t["events"][1]["seq"] = 3.into()),
        &[("event_number", TWO, "event 2 says that it is event 3")],
    ),
    (
        "time runs backwards",
        |d| {
            forge(&path(d, TWO), |t| {
                t["events"][1]["at"] = "2026-11-21T11:00:00Z".into();
                t["updated"] = "2026-11-21T11:00:00Z".into();
            })
        },
        &[("backwards", TWO, "event 2 is before the one before it")],
    ),
    (
        "a value that was another before",
        |d| {
            forge(&path(d, TWO), |t| {
                t["events"][1]["changed"]["assignee"][0] = "kari".into()
            })
        },
        &[(
            "old_value",
            TWO,
            "event 2 changes `assignee` from what it was not",
        )],
    ),
    (
        "a way that no event leads",
        |d| {
            forge(&path(d, SIX), |t| {
                append(t, event(2, "resumed", json!({"status": ["new", "open"]})));
                t["status"] = "open".into();
            })
        },
        &[(
            "transition",
            SIX,
            "event 2 (resumed) cannot lead from new to open",
        )],
    ),
    (
        "no opening",
        |d| forge(&path(d, SIX), |t| t["events"][0]["event"] = "noted".into()),
        &[("opening", SIX, "does not begin with its opening")],
    ),
    (
        "opened twice",
        |d| forge(&path(d, SIX), |t| append(t, event(2, "opened", json!({})))),
        &[("opening", SIX, "event 2 opens it once more")],
    ),
    (
        "a value of no type",
        |d| {
            forge(&path(d, SIX), |t| {
                t["events"][0]["changed"]["priority"][1] = "x".into()
            })
        },
        &[("unfoldable", SIX, "event 1: `priority`")],
    ),
    (
        "half a pair",
        |d| {
            forge(&path(d, SIX), |t| {
                t["events"][0]["changed"]["priority"] = json!([3])
            })
        },
        &[("unfoldable", SIX, "`priority` is not a pair of old and new")],
    ),
    (
        "no events",
        |d| {
            edit(&path(d, SIX), |t| {
                t["events"] = json!([]);
                t["rev"] = 0.into();
            })
        },
        &[("no_events", SIX, "has no events")],
    ),
    (
        "a reference twice",
        |d| {
            forge(&path(d, TWO), |t| {
                t["ref"] = "INC1".into();
                t["events"][0]["changed"]["ref"][1] = "INC1".into();
            })
        },
        &[(
            "same_reference",
            TWO,
            "has the reference `INC1` of ticket 1",
        )],
    ),
    (
        "what was linked to is gone",
        |d| fs::remove_file(path(d, "tickets/0000/5.json")).unwrap(),
        &[(
            "dangling_link",
            "tickets/0000/3.json",
            "is related to ticket 5, which is not there",
        )],
    ),
    (
        "what took over is gone",
        |d| fs::remove_file(path(d, "tickets/0000/1.json")).unwrap(),
        &[(
            "dangling_merge",
            "tickets/0000/4.json",
            "is merged into ticket 1, which is not there",
        )],
    ),
    (
        "two that took each other over",
        |d| {
            forge(&path(d, "tickets/0000/1.json"), |t| {
                append(t, event(5, "merged", json!({"merged_into": [null, 4]})));
                t["merged_into"] = 4.into();
            })
        },
        &[(
            "merge_cycle",
            "tickets/0000/1.json",
            "is merged into itself by way of 4",
        )],
    ),
    (
        "linked to itself",
        |d| {
            forge(&path(d, "tickets/0000/3.json"), |t| {
                let links = json!([{"kind": "blocks", "to": 3}]);
                t["links"] = links.clone();
                t["events"][1]["changed"]["links"][1] = links;
            })
        },
        &[("to_itself", "tickets/0000/3.json", "is related to itself")],
    ),
    (
        "a technician gone",
        |d| fs::remove_file(path(d, LAN)).unwrap(),
        &[(
            "unknown_technician",
            TWO,
            "is assigned to `lan`, who is not on the roster",
        )],
    ),
];

/// Things where they do not belong, and things that are no files or folders.
const PLACES: &[Row] = &[
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

/// What only root can do.
const ROOTS: &[Row] = &[
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

/// What is told, and is no damage.
const NOTES: &[Row] = &[
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

/// Makes the damage of each row on a copy of its own, and gives the kinds that were found.
fn try_rows(rows: &[Row], what: &str) -> BTreeSet<String> {
    let whole = healthy();
    let (mut kinds, mut faults) = (BTreeSet::new(), Vec::new());
    for (name, damage, expected) in rows {
        let desk = copy(&whole);
        damage(&desk);
        let before = everything(&desk);
        let found = findings(&desk, what);
        let mut fits = found.len() == expected.len();
        let mut left: Vec<_> = expected.iter().collect();
        for (kind, path, cause) in &found {
            let same = |e: &&Expected| e.0 == kind && e.1 == path && cause.contains(e.2);
            match left.iter().position(same) {
                Some(at) => drop(left.remove(at)),
                None => fits = false,
            }
            kinds.insert(kind.clone());
        }
        if !fits {
            faults.push(format!("{name}: {found:#?}"));
        }
        if what == "notes" {
            assert!(findings(&desk, "findings").is_empty(), "{name}");
        }
        assert_eq!(everything(&desk), before, "{name}: fsck changes nothing");
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    kinds
}

/// A help desk with the same files, of the same modes, times and owners.
pub(super) fn copy(whole: &Desk) -> Desk {
    let desk = Desk::new();
    let mut cp = std::process::Command::new("cp");
    let copied = cp.arg("-a").arg(whole.data()).arg(desk.data()).status();
    assert!(copied.unwrap().success());
    desk
}

#[test]
fn every_kind_of_damage_is_found_and_nothing_else() {
    let mut kinds = BTreeSet::new();
    for rows in [FILES, PASTS, PLACES] {
        kinds.extend(try_rows(rows, "findings"));
    }
    let is_root = Uid::effective().is_root();
    if skip_unless(is_root, "only root can give files away") {
        kinds.extend(try_rows(ROOTS, "findings"));
    }
    assert!(kinds.len() >= 30, "{} kinds: {kinds:?}", kinds.len());
    // What is left is told elsewhere: a disk that fails, and what a seal shows.
    let others = [
        "unreadable",
        "sealed_gone",
        "sealed_shorter",
        "sealed_changed",
    ];
    for kind in Kind::ALL.iter().filter(|kind| kind.is_damage()) {
        let name = kind.as_str();
        let tried = kinds.contains(name) || others.contains(&name);
        assert!(tried || !is_root, "no row makes {name}");
    }
}

#[test]
fn what_is_no_damage_is_told() {
    let kinds = try_rows(NOTES, "notes");
    for kind in Kind::ALL.iter().filter(|kind| !kind.is_damage()) {
        let name = kind.as_str();
        assert!(
            kinds.contains(name) || name == "copied",
            "no row makes {name}"
        );
    }
}

#[test]
fn what_may_not_be_read_is_told() {
    let is_root = Uid::effective().is_root();
    if !has("setpriv") || !skip_unless(is_root, "only root can be somebody else") {
        return;
    }
    let desk = healthy();
    set_mode(desk.beside(), 0o755);
    set_mode(&desk.data(), 0o755);
    desk.ok(["fsck", "--repair"]);
    set_mode(&path(&desk, TWO), 0o600);
    let mut command = std::process::Command::new("setpriv");
    command.args(["--reuid", "4242", "--regid", "4242", "--clear-groups"]);
    command.args([crate::harness::DESK, "fsck", "--json", "-C"]);
    let said = Said::from(command.arg(desk.data()).output().unwrap());
    assert_eq!(said.code, 7, "{said:?}");
    let found = &said.json()["findings"];
    assert_eq!(found.as_array().unwrap().len(), 1, "{found}");
    assert_eq!(found[0]["kind"], "unreadable");
    assert_eq!(found[0]["cause"], "Permission denied (os error 13)");
}
