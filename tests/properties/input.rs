//! What people and programs type, with a few bytes changed: an error or what it says, and soon.

use desk::operation::from_json;
use desk::query::{Edge, Reading, Sense, Views, instant, parse, period};
use desk::roster::Login;
use desk::ticket::{Category, Reference, Ticket, TicketId, TicketName, Timestamp};
use desk::{Mode, Policy};
use proptest::prelude::*;
use proptest::sample::select;
use unicode_normalization::UnicodeNormalization;

use super::mutate::{mutated, mutated_text};
use super::work::{any_line, caller, furnish, operation};
use super::{check, clock, folder, soon};

const QUERIES: [&str; 12] = [
    "",
    "is:open priority:<=2 (category:hardware or \"máy in\") -tag:vip",
    "opened:2026-10..2026-11 tier:2.. requester:none",
    "not (assignee:me,lan or #1042) subject:print*",
    "updated:>=2h due:<=friday solved:last-month",
    "text:\"paper jam\" -is:closed tier:1..3",
    "ref:INC0000045 104 print* \"a \\\" b\"",
    "opened:2026-W47 closed:2026-Q4 updated:>yesterday",
    "((((a) or b) and not c))",
    "priority:1,2,3 kind:incident,request status:new,open",
    "link:none merged:none asset:PC-1 location:*",
    "đường ÅSE straße e\u{301} ﬁ",
];

const TIMES: [&str; 24] = [
    "2026",
    "2026-11",
    "2026-Q4",
    "2026-W47",
    "2026-11-21",
    "2026-11-21T14:30:05Z",
    "2026-11-21T14:30:05.999+07:00",
    "2026-11-21 14:30",
    "14:30",
    "2pm",
    "today",
    "yesterday",
    "tomorrow",
    "monday",
    "next monday",
    "this-week",
    "last-month",
    "2h",
    "3d",
    "1w2d",
    "90m",
    "now",
    "in 2 days",
    "9999-12-31T23:59:59Z",
];

const SETTINGS: &str = "timezone = 'Europe/Oslo'

[priority.matrix]
high = [1, 2, 3]
medium = [2, 3, 4]

[[tiers]]
name = 'service desk'
[[tiers]]
name = 'support'
manager = 'lan'

[escalation]
raise_priority = false

[categories]
strict = true
names = ['hardware/printer', \"máy in\"]

[required]
open = ['requester']
solve = ['category', 'code']

[reports]
first_contact_minutes = 30
";

#[test]
fn a_query_is_a_filter_or_an_error_with_a_column() {
    let ticket = Ticket::blank(TicketId::FIRST, clock().now);
    let reading = Reading {
        clock: clock(),
        me: "minh",
        views: &Views::from([("mine".to_owned(), "assignee:me is:open".to_owned())]),
    };
    check(4000, &mutated_text(&QUERIES), |query| {
        match soon("parsing", || parse(&query, &reading))? {
            Ok(filter) => {
                soon("matching", || filter.matches(&ticket))?;
                prop_assert_eq!(&parse(&query, &reading).unwrap(), &filter);
                prop_assert_eq!(parse(&format!(" {query} "), &reading).unwrap(), filter);
            }
            Err(error) => prop_assert!(error.to_string().contains("query, column "), "{error}"),
        }
        Ok(())
    });
}

#[test]
fn a_time_is_an_instant_or_an_error() {
    let ways = (
        select(&[Sense::Ahead, Sense::Ago][..]),
        select(&[Edge::Start, Edge::End][..]),
    );
    check(
        4000,
        &(mutated_text(&TIMES), ways),
        |(text, (sense, edge))| {
            if let Ok(at) = soon("an instant", || instant(&text, &clock(), sense, edge))? {
                prop_assert_eq!(at.to_string().parse::<Timestamp>(), Ok(at));
            }
            if let Ok(range) = soon("a period", || period(&text, &clock()))? {
                prop_assert!(range.start <= range.end, "{range:?}");
            }
            if let Ok(at) = text.parse::<Timestamp>() {
                let written = at.to_string();
                prop_assert_eq!(written.len(), 20);
                prop_assert_eq!(written.parse::<Timestamp>(), Ok(at));
            }
            Ok(())
        },
    );
}

#[test]
fn settings_are_a_policy_or_an_error_with_a_line() {
    check(
        2000,
        &mutated_text(&[SETTINGS, "", "[categories]\nstrict = true\n"]),
        |text| {
            match soon("parsing", || Policy::parse(&text))? {
                Ok(policy) => prop_assert!(!policy.tiers.is_empty()),
                Err(error) => {
                    let message = error.to_string();
                    prop_assert!(message.starts_with("desk.toml, line "), "{message}");
                    prop_assert!(!message.contains('\n'), "{message}");
                }
            }
            Ok(())
        },
    );
}

#[test]
fn names_are_written_as_they_are_read() {
    let names = [
        "INC0000045",
        "rt:1042",
        "#1042",
        "0",
        "18446744073709551616",
        "máy-in",
        "minh",
        "Ola.Nordmann",
        "a@example.com",
        "山田",
        "hạnh",
        "hardware/printer",
        " a / b ",
        "in ấn/máy",
    ];
    check(8000, &mutated_text(&names), |text| {
        let composed: String = text.nfc().collect();
        if let Ok(reference) = text.parse::<Reference>() {
            prop_assert_eq!(reference.as_str(), &composed);
            prop_assert_eq!(
                text.parse::<TicketName>(),
                Ok(TicketName::Reference(composed.clone()))
            );
        }
        if let Ok(category) = text.parse::<Category>() {
            prop_assert_eq!(
                category.to_string().parse::<Category>(),
                Ok(category.clone())
            );
            prop_assert!(category.covers(&category));
        }
        if let Ok(login) = text.parse::<Login>() {
            prop_assert_eq!(login.as_str(), &composed);
            prop_assert!(!text.contains('/') && !text.starts_with('.'), "{text}");
        }
        if let Ok(name) = text.parse::<TicketName>() {
            prop_assert_eq!(name.to_string().parse::<TicketName>(), Ok(name));
        }
        Ok(())
    });
}

#[test]
fn a_line_is_an_operation_or_an_error() {
    let line = (any_line(), any::<u64>())
        .prop_flat_map(|(line, _)| mutated(vec![line.to_string().into_bytes()]));
    let folder = folder();
    let mut desk = furnish(&folder.path().join("data"), "", &[]);
    let opening = operation(&serde_json::json!({"op": "open", "subject": "x"})).unwrap();
    let answers = desk.perform(&[opening], &caller("minh", 0), Mode::Apply);
    assert!(answers[0].is_ok(), "{answers:?}");
    let desk = std::cell::RefCell::new(desk);
    check(4000, &line, |line| {
        if let Ok(operation) = soon("reading", || from_json(&line, &clock()))? {
            let mut desk = desk.borrow_mut();
            let perform = || desk.perform(&[operation], &caller("minh", 0), Mode::DryRun);
            prop_assert_eq!(soon("deciding", perform)?.len(), 1);
        }
        Ok(())
    });
}
