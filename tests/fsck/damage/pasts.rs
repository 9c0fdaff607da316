//! Damage to the past, and to what lies between tickets.

use std::fs;

use serde_json::{Value, json};

use super::{LAN, Row, SIX, TWO, append, event, flip, path};
use crate::fsck::{edit, forge};

pub(super) const PASTS: &[Row] = &[
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
