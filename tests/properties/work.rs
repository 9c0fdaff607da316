//! Random work for a help desk: rosters, settings, and operations of every verb, as lines of a
//! batch, on a handful of tickets.

use desk::operation::from_json;
use desk::roster::{Login, Technician};
use desk::ticket::Tier;
use desk::{Caller, Desk, Operation};
use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};

pub(super) const PEOPLE: [&str; 4] = ["minh", "lan", "kari", "hạnh"];
const CATEGORIES: [&str; 4] = ["hardware", "hardware/printer", "software/office", "mạng"];
const TEAMS: [&str; 3] = ["desk", "field", "none"];
pub(super) const TICKETS: u64 = 5;

/// A field of a line, which may be left out.
type Part = (&'static str, BoxedStrategy<Option<Value>>);

fn part(name: &'static str, value: impl Strategy<Value = Value> + 'static) -> Part {
    (name, weighted(0.35, value).boxed())
}

fn must(name: &'static str, value: impl Strategy<Value = Value> + 'static) -> Part {
    (name, weighted(0.95, value).boxed())
}

fn of<T: Clone + std::fmt::Debug + Into<Value> + 'static>(
    values: Vec<T>,
) -> impl Strategy<Value = Value> {
    select(values).prop_map(Into::into)
}

fn text() -> impl Strategy<Value = Value> {
    prop_oneof![
        6 => select(vec!["Máy in kẹt giấy", "Asked for the model", "a\nb\t\"c\" \\ \u{1}", "x"]),
        1 => select(vec!["", "  "]),
    ]
    .prop_map(Into::into)
}

fn level() -> impl Strategy<Value = Value> {
    of(vec!["low", "medium", "high"])
}

fn technician() -> impl Strategy<Value = Value> {
    of(vec![
        "minh",
        "lan",
        "kari",
        "hạnh",
        "me",
        "nobody-knows",
        "none",
        "auto",
        "auto",
    ])
}

fn name() -> impl Strategy<Value = Value> {
    prop_oneof![
        12 => (1..=TICKETS).prop_map(Value::from),
        2 => of(vec!["K-1", "K-2", "#3"]),
    ]
}

fn reference() -> impl Strategy<Value = Value> {
    of(vec!["K-1", "K-2", "rt:7", "máy-in"])
}

/// Sometimes null, which empties a field.
fn or_null(value: impl Strategy<Value = Value> + 'static) -> impl Strategy<Value = Value> {
    prop_oneof![4 => value, 1 => Just(Value::Null)]
}

fn line(op: &'static str, parts: Vec<Part>) -> BoxedStrategy<Value> {
    let (names, values): (Vec<_>, Vec<_>) = parts.into_iter().unzip();
    (
        name(),
        weighted(0.1, select(&PEOPLE[..])),
        weighted(0.1, 1..4u64),
        values,
    )
        .prop_map(move |(ticket, by, if_rev, values)| {
            let mut line = Map::from_iter([("op".to_owned(), op.into())]);
            if op != "open" {
                line.insert("ticket".into(), ticket);
                line.extend(if_rev.map(|rev| ("if_rev".into(), rev.into())));
            }
            line.extend(by.map(|by| ("by".into(), by.into())));
            let given = names.iter().zip(values);
            line.extend(given.filter_map(|(name, value)| Some(((*name).to_owned(), value?))));
            Value::Object(line)
        })
        .boxed()
}

/// A line of a batch, of any verb.
pub(super) fn any_line() -> impl Strategy<Value = Value> {
    let said = || must("message", text());
    let why = || part("message", text());
    let relation = |op| {
        let kinds = vec!["blocks", "caused_by", "relates_to", "duplicate_of"];
        let one = (select(kinds), name());
        (line(op, vec![why()]), one).prop_map(|(mut line, (kind, to))| {
            line[kind] = to;
            line
        })
    };
    let priority = || of(vec![json!(1), json!(3), json!(5), json!("auto")]);
    let words = || vec(select(vec!["vip", "vpn", "in ấn"]), 0..3).prop_map(Value::from);
    prop_oneof![
        6 => line("open", vec![
            must("subject", text()), why(), part("requester", of(vec!["bob", "eve", " "])),
            part("take", of(vec![true, false])), part("resolve", text()),
            part("category", of(CATEGORIES.to_vec())), part("impact", level()),
            part("urgency", level()), part("priority", priority()), part("tag", words()),
            part("kind", of(vec!["incident", "problem"])), part("ref", reference()),
            part("service", of(vec!["onsite", "remote"])), part("team", of(TEAMS.to_vec())),
            part("channel", of(vec!["phone", "email"])), part("due", of(vec!["2d", "2026-12-01"])),
            part("at", of(vec!["1h", "3d"])),
        ]),
        5 => line("assign", vec![must("to", technician()), part("team", of(TEAMS.to_vec())), why()]),
        2 => line("take", vec![why()]),
        3 => line("escalate", vec![
            said(), part("to", technician()), part("tier", (1..5u64).prop_map(Value::from)),
            part("priority", (1..6u64).prop_map(Value::from)), part("team", of(TEAMS.to_vec())),
            part("service", of(vec!["onsite", "remote"])),
        ]),
        4 => line("note", vec![
            said(), part("public", Just(json!(true))), part("from_requester", Just(json!(true))),
        ]),
        1 => line("reply", vec![said()]),
        3 => line("wait", vec![
            said(), part("on", of(vec!["requester", "vendor"])), part("until", Just(json!("3d"))),
        ]),
        2 => line("resume", vec![why()]),
        4 => line("resolve", vec![said(), part("code", of(vec!["fixed", "known"]))]),
        4 => line("close", vec![said(), part("code", of(vec!["fixed", "known"]))]),
        4 => line("reopen", vec![said(), part("at", of(vec!["1h", "now"]))]),
        1 => line("rate", vec![must("stars", (0..7u64).prop_map(Value::from)), why()]),
        4 => line("edit", vec![
            why(), part("subject", text()), part("description", or_null(text())),
            part("requester", or_null(text())), part("category", or_null(of(CATEGORIES.to_vec()))),
            part("impact", level()), part("urgency", level()), part("priority", priority()),
            part("tag", words()), part("untag", words()), part("watch", words()),
            part("due", or_null(Just(json!("2d")))), part("ref", or_null(reference())),
            part("asset", or_null(of(vec!["PC-1", "PC-2"]))),
        ]),
        2 => relation("link"),
        1 => relation("unlink"),
        2 => line("merge", vec![must("into", name()), why()]),
        2 => line("unmerge", vec![why()]),
    ]
}

/// What a line asks, by the clock of the tests.
pub(super) fn operation(line: &Value) -> Result<Operation, desk::Error> {
    from_json(line.to_string().as_bytes(), &super::clock())
}

/// Operations of any verb.
pub(super) fn any_operation() -> impl Strategy<Value = Operation> {
    any_line().prop_filter_map("not an operation", |line| operation(&line).ok())
}

/// A roster: who is on it, and with which tier, team, skill and capacity.
pub(super) fn any_roster() -> impl Strategy<Value = Vec<Technician>> {
    let one = (
        1..4u8,
        select(&TEAMS[..2]),
        select(&CATEGORIES[..]),
        any::<bool>(),
        1..4u32,
    );
    vec(one, 0..=PEOPLE.len()).prop_map(|people| {
        let technician = |(login, (tier, team, skill, onsite, capacity)): (&str, _)| Technician {
            tier: Tier(tier),
            teams: vec![String::from(team)],
            skills: vec![str::parse(skill).unwrap()],
            onsite,
            capacity,
            ..Technician::new(login.parse().unwrap())
        };
        PEOPLE.into_iter().zip(people).map(technician).collect()
    })
}

/// The text of `desk.toml`.
pub(super) fn any_settings() -> impl Strategy<Value = &'static str> {
    select(vec![
        "",
        "",
        "[escalation]\nraise_priority = false\n[required]\nsolve = ['category']\n",
        "[[tiers]]\nname = 'all'\nmanager = 'boss'\n[priority.matrix]\nhigh = [1, 1, 1]\n",
        "[categories]\nstrict = true\nnames = ['hardware', 'hardware/printer']\n",
    ])
}

/// Writes settings and a roster into a data directory that need not be there.
pub(super) fn furnish(data: &std::path::Path, settings: &str, roster: &[Technician]) -> Desk {
    std::fs::create_dir_all(data).unwrap();
    std::fs::write(data.join("desk.toml"), settings).unwrap();
    let mut desk = super::open(data);
    for technician in roster {
        let login: &Login = &technician.login;
        desk.save_technician(login, |_, _| Ok(technician.clone()))
            .unwrap();
    }
    desk
}

/// A few tickets, for the rest to be about.
pub(super) fn some_tickets() -> Vec<Operation> {
    let line = |n| json!({"op": "open", "subject": format!("The {n}th thing")});
    (1..=TICKETS)
        .map(|n| operation(&line(n)).unwrap())
        .collect()
}

/// Somebody, so many seconds after noon.
pub(super) fn caller(by: &str, seconds: i64) -> Caller {
    Caller {
        by: by.to_owned(),
        real: "minh".to_owned(),
        op: format!("{by}{seconds}"),
        now: super::clock().now.plus(seconds),
    }
}
