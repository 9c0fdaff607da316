//! A file that is changed differs by the change alone: what a later version wrote stays as it is,
//! wherever it stands. And a file with a few bytes changed is an error, or a ticket.

use std::path::{Path, PathBuf};

use desk::operation::{Note, Verb};
use desk::ticket::TicketId;
use desk::{Code, Desk, Mode, Operation};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::json;

use super::mutate::mutated;
use super::work::{any_roster, caller, furnish, operation};
use super::{check, folder, open, soon};

/// A value that a later version may have written: its parts, so that it can be laid out.
#[derive(Debug, Clone)]
enum Later {
    Plain(String),
    List(Vec<Later>),
    Object(Vec<(String, Later)>),
}

fn any_later() -> impl Strategy<Value = Later> {
    let plain = select(vec![
        "null",
        "true",
        "0",
        "-0",
        "1.10",
        "1e400",
        "-1E-7",
        "123456789012345678901234567890",
        "\"\"",
        "\"máy in\"",
        "\"a\\nb\\\"\\\\ \\u0001\"",
        "\"{[:,]} \"",
        "\"\u{202e}\"",
        "\"a  b\"",
    ]);
    let key = || select(vec!["a", "b c", "tên", "\\\"", "seq"]);
    let leaf = plain.prop_map(|text| Later::Plain(text.to_owned()));
    leaf.prop_recursive(4, 16, 4, move |inner| {
        let entries = prop::collection::btree_map(key(), inner.clone(), 0..4);
        let named = |entries: std::collections::BTreeMap<&str, Later>| {
            entries
                .into_iter()
                .map(|(key, value)| (key.to_owned(), value))
                .collect()
        };
        prop_oneof![
            vec(inner, 0..4).prop_map(Later::List),
            entries.prop_map(move |entries| Later::Object(named(entries))),
        ]
    })
}

impl Later {
    fn one_line(&self) -> String {
        match self {
            Self::Plain(text) => text.clone(),
            Self::List(items) => format!(
                "[{}]",
                items
                    .iter()
                    .map(Self::one_line)
                    .collect::<Vec<_>>()
                    .join(",")
            ),
            Self::Object(fields) => {
                let field =
                    |(key, value): &(String, Self)| format!("\"{key}\":{}", value.one_line());
                format!(
                    "{{{}}}",
                    fields.iter().map(field).collect::<Vec<_>>().join(",")
                )
            }
        }
    }

    /// As a field of a file: what it holds is a line each.
    fn lines(&self) -> String {
        let (open, items, close): (_, Vec<String>, _) = match self {
            Self::List(items) => ('[', items.iter().map(Self::one_line).collect(), ']'),
            Self::Object(fields) => {
                let field =
                    |(key, value): &(String, Self)| format!("\"{key}\": {}", value.one_line());
                ('{', fields.iter().map(field).collect(), '}')
            }
            Self::Plain(text) => return text.clone(),
        };
        match items.is_empty() {
            true => format!("{open}{close}"),
            false => format!("{open}\n    {}\n  {close}", items.join(",\n    ")),
        }
    }
}

/// Where something new stands.
#[derive(Debug, Clone)]
enum Place {
    Top(Index),
    Event(Index, Index),
    Changed(Index, Index),
}

fn any_place() -> impl Strategy<Value = Place> {
    let at = any::<Index>;
    prop_oneof![
        at().prop_map(Place::Top),
        (at(), at()).prop_map(|(event, at)| Place::Event(event, at)),
        (at(), at()).prop_map(|(event, at)| Place::Changed(event, at)),
    ]
}

/// A file with something new in it.
fn with(file: &str, place: &Place, name: &str, value: &Later) -> String {
    let mut lines: Vec<String> = file.lines().map(str::to_owned).collect();
    let is_event = |line: &String| line.starts_with("    {\"seq\"");
    let events: Vec<usize> = (0..lines.len()).filter(|&i| is_event(&lines[i])).collect();
    match place {
        Place::Top(at) => {
            let is_field = |i: &usize| lines[*i].starts_with("  \"");
            let places: Vec<usize> = (0..lines.len())
                .filter(is_field)
                .chain([lines.len() - 1])
                .collect();
            let at = places[at.index(places.len())];
            let last = at == lines.len() - 1;
            if last {
                lines[at - 1].push(',');
            }
            let comma = if last { "" } else { "," };
            lines.insert(at, format!("  \"{name}\": {}{comma}", value.lines()));
        }
        Place::Event(event, at) => {
            let line = &mut lines[events[event.index(events.len())]];
            let start = line.find('{').unwrap();
            insert(line, start, at, &format!("\"{name}\":{}", value.one_line()));
        }
        Place::Changed(event, at) => {
            let line = &mut lines[events[event.index(events.len())]];
            let pair = format!("\"{name}\":[null,{}]", value.one_line());
            if let Some(start) = line.find("\"changed\":{") {
                insert(line, start + "\"changed\":".len(), at, &pair);
            }
        }
    }
    lines.join("\n") + "\n"
}

/// Inserts an entry into the object that begins at `start`, which is not empty.
fn insert(line: &mut String, start: usize, at: &Index, entry: &str) {
    let (mut depth, mut quoted, mut escaped) = (0, false, false);
    let (mut places, mut end) = (vec![start + 1], 0);
    for (i, c) in line.char_indices().skip_while(|(i, _)| *i < start) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => quoted = !quoted,
            _ if quoted => {}
            '{' | '[' => depth += 1,
            '}' | ']' => depth -= 1,
            ',' if depth == 1 => places.push(i + 1),
            _ => {}
        }
        if depth == 0 {
            end = i;
            break;
        }
    }
    match at.index(places.len() + 1) {
        last if last == places.len() => line.insert_str(end, &format!(",{entry}")),
        place => line.insert_str(places[place], &format!("{entry},")),
    }
}

/// The heads that every change moves.
fn is_moved(line: &str) -> bool {
    ["  \"rev\": ", "  \"updated\": ", "  \"digest\": "]
        .iter()
        .any(|head| line.starts_with(head))
}

/// The file as a note must leave it, apart from what every change moves; and the note's line.
fn noted(before: &str, after: &str) -> (Vec<String>, Vec<String>) {
    let lines = |text: &str| -> Vec<String> {
        text.lines()
            .filter(|line| !is_moved(line))
            .map(str::to_owned)
            .collect()
    };
    let (mut before, after) = (lines(before), lines(after));
    let events = before
        .iter()
        .position(|line| line.starts_with("  \"events\": ["))
        .unwrap();
    let end = events
        + before[events..]
            .iter()
            .position(|line| line.starts_with("  ]"))
            .unwrap();
    before[end - 1].push(',');
    if after
        .get(end)
        .is_some_and(|line| line.contains("\"event\":\"noted\""))
    {
        before.insert(end, after[end].clone());
    }
    (before, after)
}

fn note(desk: &mut Desk, id: u64) -> desk::Result<desk::Answer> {
    let note = Note {
        message: Some("Done".into()),
        ..Note::default()
    };
    let note = Operation::on(TicketId::new(id).unwrap(), Verb::Note(note));
    desk.perform(&[note], &caller("lan", 90_000), Mode::Apply)
        .remove(0)
}

/// A help desk with one ticket that has lived: its file.
fn lived(data: &Path) -> PathBuf {
    let mut desk = open(data);
    let lines = [
        json!({"op": "open", "subject": "Máy in \"tầng 3\" kẹt\u{202e}", "tag": ["vip", "in"], "ref": "K-1",
               "message": "a\nb \\ {\"x\": [1, 2]}", "requester": "bob", "due": "2d"}),
        json!({"op": "assign", "ticket": 1, "to": "minh"}),
        json!({"op": "link", "ticket": 1, "relates_to": 2}),
        json!({"op": "wait", "ticket": 1, "message": "the part, \"soon\"", "until": "3d"}),
        json!({"op": "resume", "ticket": 1, "by": "kari"}),
        json!({"op": "resolve", "ticket": 1, "message": "New fuser"}),
        json!({"op": "reopen", "ticket": 1, "message": "Again"}),
    ];
    let second = json!({"op": "open", "subject": "x"});
    let operations = [&lines[0], &second].into_iter().chain(&lines[1..]);
    let operations: Vec<_> = operations.map(|line| operation(line).unwrap()).collect();
    let answers = desk.perform(&operations, &caller("minh", 0), Mode::Apply);
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    data.join("tickets/0000/1.json")
}

#[test]
fn what_a_later_version_wrote_stays_where_it_stands() {
    let folder = folder();
    let data = folder.path().join("data");
    let file = lived(&data);
    let whole = std::fs::read_to_string(&file).unwrap();
    let news = vec(
        (
            any_place(),
            select(vec!["sla", "máy", "a b", "x\\\"y"]),
            any_later(),
        ),
        1..6,
    );
    check(1000, &news, |news| {
        let mut before = whole.clone();
        for (i, (place, name, value)) in news.iter().enumerate() {
            before = with(&before, place, &format!("{name}{i}"), value);
        }
        std::fs::write(&file, &before).unwrap();
        let mut desk = open(&data);
        let answer = note(&mut desk, 1);
        prop_assert!(answer.is_ok(), "{answer:?}");
        let after = std::fs::read_to_string(&file).unwrap();
        let (expected, found) = noted(&before, &after);
        prop_assert_eq!(expected, found);
        Ok(())
    });
}

#[test]
fn a_technicians_later_fields_stay_where_they_stand() {
    let folder = folder();
    let news = vec((any::<Index>(), any_later()), 1..4);
    check(300, &(any_roster(), news), |(roster, news)| {
        let Some(technician) = roster.first() else {
            return Ok(());
        };
        let data = folder.path().join("data");
        let mut desk = furnish(&data, "", &roster[..1]);
        let file = data.join(format!("technicians/{}.json", technician.login));
        let mut before = std::fs::read_to_string(&file).unwrap();
        for (i, (at, value)) in news.iter().enumerate() {
            before = with(&before, &Place::Top(*at), &format!("new{i}"), value);
        }
        std::fs::write(&file, &before).unwrap();
        desk.save_technician(&technician.login, |known, _| Ok(known.unwrap()))
            .unwrap();
        prop_assert_eq!(before, std::fs::read_to_string(&file).unwrap());
        Ok(())
    });
}

#[test]
fn a_file_in_another_layout_keeps_its_content() {
    let folder = folder();
    let data = folder.path().join("data");
    let file = lived(&data);
    let whole = std::fs::read_to_string(&file).unwrap();
    check(
        300,
        &(any_place(), any_later(), any::<bool>()),
        |(place, value, tight)| {
            let canonical = with(&whole, &place, "new", &value);
            let foreign: String = match tight {
                true => canonical.lines().map(str::trim_start).collect(),
                false => canonical
                    .lines()
                    .flat_map(|line| [line, "\r\n\t "])
                    .collect(),
            };
            std::fs::write(&file, &foreign).unwrap();
            let answer = note(&mut open(&data), 1);
            prop_assert!(answer.is_ok(), "{answer:?}");
            let after = std::fs::read_to_string(&file).unwrap();
            let (expected, found) = noted(&canonical, &after);
            prop_assert_eq!(expected, found);
            Ok(())
        },
    );
}

#[test]
fn a_ticket_with_changed_bytes_is_damaged_or_a_ticket() {
    let folder = folder();
    let data = folder.path().join("data");
    let file = lived(&data);
    let second = std::fs::read(data.join("tickets/0000/2.json")).unwrap();
    let whole = std::fs::read_to_string(&file).unwrap();
    let later = Later::Object(vec![(
        "a".into(),
        Later::List(vec![Later::Plain("1.10".into())]),
    )]);
    let rich = whole.replacen("{\n", &format!("{{\n  \"new\": {},\n", later.lines()), 1);
    check(
        2000,
        &mutated(vec![whole.into_bytes(), rich.into_bytes(), second]),
        |bytes| {
            std::fs::write(&file, &bytes).unwrap();
            let mut desk = open(&data);
            let read = soon("reading", || desk.ticket(&TicketId::FIRST.into()))?;
            soon("checking", || open(&data).check().unwrap())?;
            match read {
                Err(error) => {
                    prop_assert_eq!(error.code(), Code::Damaged, "{}", error);
                    prop_assert_eq!(note(&mut desk, 1).unwrap_err().code(), Code::Damaged);
                    prop_assert!(std::fs::read(&file).unwrap() == bytes, "damage was touched");
                }
                Ok(ticket) => {
                    ticket.flaws();
                    // A newer format is not written, and a time past all times comes from the clock.
                    if note(&mut desk, 1).is_ok() {
                        let once = std::fs::read_to_string(&file).unwrap();
                        note(&mut desk, 1).unwrap();
                        let twice = std::fs::read_to_string(&file).unwrap();
                        let (expected, found) = noted(&once, &twice);
                        prop_assert_eq!(expected, found);
                    }
                }
            }
            Ok(())
        },
    );
}
