//! Queries against a few tickets, and what is said of queries that are none. What is expected is
//! written down by hand.

use std::ops::Bound::{Excluded, Included, Unbounded};

use crate::zone::{Tz, named};
use serde_json::{Value, json};

use super::*;
use crate::error::Error;
use crate::ticket::{Event, EventKind, Json, Priority, Status, Ticket, TicketId, Tier, Timestamp};
use crate::zone::Zone;

/// Saturday, 14:30 in Oslo.
const NOW: &str = "2026-11-21T13:30:05Z";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn read_in(query: &str, zone: Tz) -> Result<Filter, Error> {
    let zone = Zone::Named(zone);
    let clock = Clock { now: at(NOW), zone };
    let view = |name: &str, query: &str| (name.to_owned(), query.to_owned());
    let views = Views::from([
        view("mine", "assignee:me is:open"),
        view("bad", "is:opne"),
        view("urgent", "@mine or priority:2"),
        view("loop", "-(@loop)"),
        view("a0", "printer printer printer printer"),
    ]);
    // Each one the one before it, ten times.
    let mut views = views;
    for n in 1..=20 {
        let before = format!("@a{} ", n - 1).repeat(10);
        views.insert(format!("a{n}"), before);
    }
    let reading = Reading {
        clock,
        me: "Lan",
        views: &views,
    };
    parse(query, &reading)
}

fn read(query: &str) -> Result<Filter, Error> {
    read_in(query, named("Europe/Oslo"))
}

/// A ticket from its events: kind, instant, message, and the new values.
fn ticket(id: u64, events: &[(&str, &str, &str, Value)]) -> Ticket {
    let mut ticket = Ticket::blank(TicketId::new(id).unwrap(), at(events[0].1));
    for (seq, (kind, when, message, set)) in (1..).zip(events) {
        let mut event = Event::new(EventKind::from(*kind), at(when), "minh");
        event.seq = seq;
        event.message = (!message.is_empty()).then(|| (*message).to_owned());
        for (field, value) in set.as_object().unwrap() {
            event.changed.insert(field, Json::of(&json!([null, value])));
        }
        ticket.apply(event).unwrap();
    }
    ticket
}

/// Five tickets:
/// 7 closed long ago; 1042 open and late; 1043 new; 2104 pending; 3000 merged away.
fn desk() -> Vec<Ticket> {
    vec![
        ticket(
            7,
            &[
                (
                    "opened",
                    "2026-09-30T21:59:59Z",
                    "",
                    json!({
                        "subject": "VPN account", "requester": "Ærlend Łukasz", "kind": "request",
                        "ref": "INC0000045", "priority": 5, "impact": "low", "urgency": "low",
                        "category": "network/vpn", "channel": "email", "tags": ["vpn", "VIP"],
                    }),
                ),
                (
                    "assigned",
                    "2026-10-01T08:00:00Z",
                    "",
                    json!({"status": "open", "assignee": "minh"}),
                ),
                (
                    "resolved",
                    "2026-10-31T22:30:00Z",
                    "",
                    json!({
                        "status": "resolved", "resolution": "Certificate renewed", "code": "Fixed",
                    }),
                ),
                (
                    "closed",
                    "2026-11-01T10:00:00Z",
                    "",
                    json!({"status": "closed"}),
                ),
            ],
        ),
        ticket(
            1042,
            &[
                (
                    "opened",
                    "2026-11-14T13:30:05Z",
                    "",
                    json!({
                        "subject": "Máy in lỗi giấy", "requester": "Nguyễn Văn A", "kind": "incident",
                        "description": "Paper\n jam in tray 2, seen at 14:30 on http://print/2",
                        "priority": 2, "impact": "high", "urgency": "medium", "asset": "PRN-17",
                        "category": "hardware/printer", "channel": "walk-in", "tier": 2,
                        "location": "Xưởng 2", "team": "Field", "due": "2026-11-20T16:00:00Z",
                        "watchers": ["lan", "boss"], "service": "onsite",
                    }),
                ),
                (
                    "assigned",
                    "2026-11-14T14:00:00Z",
                    "",
                    json!({"status": "open", "assignee": "lan"}),
                ),
                (
                    "noted",
                    "2026-11-20T09:00:00Z",
                    "Roller ordered at Đà Nẵng store",
                    json!({}),
                ),
            ],
        ),
        ticket(
            1043,
            &[(
                "opened",
                "2026-11-21T12:00:00Z",
                "",
                json!({
                    "subject": "打印机坏了", "description": "请修打印机 (2号)", "tier": 1,
                    "requester": "lan", "category": "Hardware", "due": "2026-11-23T22:59:59Z",
                }),
            )],
        ),
        ticket(
            2104,
            &[
                (
                    "opened",
                    "2026-11-19T23:00:00Z",
                    "",
                    json!({
                        "subject": "New laptop or tablet", "requester": "O'Brien (IT)", "priority": 3,
                        "category": "hardwares", "assignee": "minh", "status": "open", "tier": 3,
                        "asset": "none", "kind": "request",
                    }),
                ),
                (
                    "waiting",
                    "2026-11-20T23:30:00Z",
                    "vendor says a,b",
                    json!({"status": "pending"}),
                ),
            ],
        ),
        ticket(
            3000,
            &[
                (
                    "opened",
                    "2026-11-21T13:00:00Z",
                    "",
                    json!({"subject": "printer dead"}),
                ),
                (
                    "merged",
                    "2026-11-21T13:10:00Z",
                    "",
                    json!({"status": "closed", "merged_into": 1042, "links": [
                        {"kind": "blocks", "to": 7}, {"kind": "caused-by", "to": 3000},
                    ]}),
                ),
            ],
        ),
    ]
}

fn found_in(query: &str, zone: Tz) -> Vec<u64> {
    let filter = read_in(query, zone)
        .unwrap_or_else(|error| panic!("{query}: {error}; {}", error.hint().unwrap_or_default()));
    let tickets = desk();
    let found = tickets.iter().filter(|ticket| filter.matches(ticket));
    found.map(|ticket| ticket.id.get()).collect()
}

fn check(table: &[(&str, &[u64])]) {
    for (query, expected) in table {
        assert_eq!(found_in(query, named("Europe/Oslo")), *expected, "{query}");
    }
}

#[test]
fn words_are_searched_in_all_that_was_written() {
    check(&[
        ("", &[7, 1042, 1043, 2104, 3000]),
        (" \t\n", &[7, 1042, 1043, 2104, 3000]),
        ("*", &[7, 1042, 1043, 2104, 3000]),
        ("may", &[1042]),
        ("MÁY lỗi", &[1042]),
        ("da nang", &[1042]),
        ("erlend", &[7]),
        ("erlend*", &[]),
        ("aerlend", &[7]),
        ("lukasz", &[7]),
        ("certificate", &[7]),
        ("vip", &[7]),
        ("inc", &[7]),
        ("00045", &[7]),
        ("rint", &[1042, 3000]),
        ("rint*", &[]),
        ("print*", &[1042, 3000]),
        ("\"paper jam\"", &[1042]),
        ("\"paper ja\"", &[]),
        ("\"paper ja\"*", &[1042]),
        ("\"aper jam\"", &[]),
        ("\"jam paper\"", &[]),
        ("paper printer", &[]),
        ("打印机", &[1043]),
        ("\"打印机\"", &[1043]),
        ("印机*", &[1043]),
        ("104", &[1042, 1043, 2104]),
        ("1042", &[1042]),
        ("#1042", &[1042]),
        ("#104", &[]),
        ("14:30", &[1042]),
        ("\"due-date:today\"", &[]),
        ("http://print/2", &[1042]),
        ("(it)", &[2104]),
        ("a,b", &[2104]),
        ("minh", &[]),
        ("\"o'brien (it)\"", &[2104]),
        ("O’Brien", &[2104]),
        ("o'brien(it)", &[]),
    ]);
}

#[test]
fn operators_bind_as_they_should() {
    check(&[
        ("paper or vpn", &[7, 1042]),
        ("paper OR vpn printer", &[1042]),
        ("(paper or vpn) -is:closed", &[1042]),
        ("paper and jam", &[1042]),
        ("not paper", &[7, 1043, 2104, 3000]),
        ("-paper -打印机", &[7, 2104, 3000]),
        ("-(paper or vpn)", &[1043, 2104, 3000]),
        ("not(paper or vpn)", &[1043, 2104, 3000]),
        ("-\"paper jam\" print", &[3000]),
        ("not not paper", &[1042]),
        ("--paper", &[1042]),
        ("\"or\"", &[2104]),
        ("((paper)) or (((vpn)))", &[7, 1042]),
        (
            "is:open and (tier:2 or tier:3) and not assignee:me",
            &[2104],
        ),
        ("wal-mart or PRN-17", &[]),
    ]);
}

#[test]
fn fields_narrow() {
    check(&[
        ("status:open", &[1042]),
        ("STATUS:Open", &[1042]),
        ("status:new,pending", &[1043, 2104]),
        ("is:open", &[1042, 1043, 2104]),
        ("is:active", &[1042, 1043, 2104]),
        ("is:solved", &[7, 3000]),
        ("is:closed", &[7, 3000]),
        ("is:resolved", &[]),
        ("is:late", &[1042]),
        ("is:unassigned", &[1043]),
        ("is:merged,late", &[1042, 3000]),
        ("-is:merged is:solved", &[7]),
        ("priority:2", &[1042]),
        ("priority:<=2", &[1042]),
        ("priority:>3", &[7]),
        ("priority:<3", &[1042]),
        ("priority:>=3 priority:..4", &[1043, 2104, 3000]),
        ("priority:2..3 tier:2..", &[1042, 2104]),
        ("priority:5,=2", &[7, 1042]),
        ("tier:..2", &[7, 1042, 1043, 3000]),
        ("tier:2..2", &[1042]),
        ("impact:high", &[1042]),
        ("impact:<medium", &[7]),
        ("urgency:medium..high", &[1042, 1043, 2104, 3000]),
        ("assignee:me", &[1042]),
        ("assignee:LAN", &[1042]),
        ("assignee:la", &[]),
        ("assignee:none", &[1043, 3000]),
        ("requester:me", &[1043]),
        ("requester:\"Nguyễn Văn A\"", &[1042]),
        ("requester:\"nguyen van a\",lan", &[1042, 1043]),
        ("requester:nguyen*", &[1042]),
        ("requester:\"nguyen v\"*", &[1042]),
        ("requester:\"o'brien (it)\"", &[2104]),
        ("requester:none", &[3000]),
        ("watcher:me", &[1042]),
        ("watcher:boss", &[1042]),
        ("team:field", &[1042]),
        ("team:none is:open", &[1043, 2104]),
        ("category:hardware", &[1042, 1043]),
        ("category:\"hardware / printer\"", &[1042]),
        ("category:hardware*", &[1042, 1043, 2104]),
        ("category:none", &[3000]),
        ("kind:request", &[7, 2104]),
        ("kind:none", &[1043, 3000]),
        ("service:onsite", &[1042]),
        ("channel:walk-in,email", &[7, 1042]),
        ("channel:none", &[1043, 2104, 3000]),
        ("tag:vip", &[7]),
        ("tag:x,vpn", &[7]),
        ("tag:*", &[7]),
        ("tag:none id:..1042", &[1042]),
        ("asset:prn*", &[1042]),
        ("asset:=PRN-17", &[1042]),
        ("asset:\"none\"", &[2104]),
        ("asset:none", &[7, 1043, 3000]),
        ("location:\"xuong 2\"", &[1042]),
        ("ref:inc0000045", &[7]),
        ("ref:INC*", &[7]),
        ("code:fixed", &[7]),
        ("id:1042", &[1042]),
        ("id:#1042,7", &[7, 1042]),
        ("id:1000..2000", &[1042, 1043]),
        ("id:>18446744073709551614", &[]),
        ("id:>2000", &[2104, 3000]),
        ("merged-into:1042", &[3000]),
        ("merged-into:7", &[]),
        ("blocks:#7", &[3000]),
        ("blocks:1,7 -id:3000", &[]),
        ("blocks:1042", &[]),
        ("caused-by:3000", &[3000]),
        ("duplicate-of:7,1042", &[]),
        ("Relates-To:9", &[]),
    ]);
}

#[test]
fn times_narrow() {
    check(&[
        ("opened:2026-09", &[7]),
        ("opened:2026-11-20", &[2104]),
        ("opened:today", &[1043, 3000]),
        ("opened:2026-09..2026-10", &[7]),
        ("opened:2026-10..2026-11", &[1042, 1043, 2104, 3000]),
        ("opened:2026-10..", &[1042, 1043, 2104, 3000]),
        ("opened:..2026-11-14", &[7, 1042]),
        ("opened:2026-W46,2026-Q3", &[7, 1042]),
        ("opened:<2026-11-20", &[7, 1042]),
        ("opened:<=2026-11-20", &[7, 1042, 2104]),
        ("opened:>2026-11-20", &[1043, 3000]),
        ("opened:>=2026-11-20", &[1043, 2104, 3000]),
        // 1042 was opened seven days ago to the second.
        ("opened:>7d", &[1043, 2104, 3000]),
        ("opened:>=7d", &[1042, 1043, 2104, 3000]),
        ("opened:<7d", &[7]),
        ("opened:<=7d", &[7, 1042]),
        ("opened:7d..1h", &[1042, 1043, 2104]),
        ("opened:2026-11-21T13:00..now", &[1043, 3000]),
        ("opened:2026-11-21T13:00:00+01:00", &[1043]),
        ("opened:\"2026-11-21 13:00\"", &[1043]),
        ("age:>7d", &[7]),
        ("age:>=7d", &[7, 1042]),
        ("age:<7d", &[1043, 2104, 3000]),
        ("age:<=7d", &[1042, 1043, 2104, 3000]),
        ("age:1h..7d", &[1042, 1043, 2104]),
        ("age:1d..", &[7, 1042, 2104]),
        ("updated:today", &[1043, 2104, 3000]),
        ("updated:monday..2026-11-20", &[1042]),
        ("solved:2026-10", &[7]),
        ("solved:none", &[1042, 1043, 2104]),
        ("closed:2026-11", &[7, 3000]),
        ("closed:none is:solved", &[]),
        ("due:<3d", &[1042, 1043]),
        ("due:<2d", &[1042]),
        ("due:>2d", &[1043]),
        ("due:monday", &[1043]),
        ("due:friday", &[]),
        ("due:yesterday", &[1042]),
        ("due:none is:open", &[2104]),
    ]);
}

#[test]
fn days_begin_where_the_reader_is() {
    let table: [(&str, Tz, &[u64]); 6] = [
        ("opened:2026-11-20", Tz::UTC, &[]),
        ("opened:2026-11-19", Tz::UTC, &[2104]),
        ("opened:2026-11-20", named("Asia/Ho_Chi_Minh"), &[2104]),
        ("opened:2026-10", named("Asia/Ho_Chi_Minh"), &[7]),
        ("opened:2026-09", named("Europe/Oslo"), &[7]),
        ("due:monday", named("Asia/Ho_Chi_Minh"), &[]),
    ];
    for (query, zone, expected) in table {
        assert_eq!(found_in(query, zone), expected, "{query} in {zone}");
    }
}

#[test]
fn a_filter_is_plain_data() {
    let term = Filter::Term;
    let word = |text: &str| term(Term::Words(Words::Word(text.into())));
    let status = |all: &[Status]| term(Term::Status(all.to_vec()));
    let priority = |number| Priority::new(number).unwrap();
    let is = |field, text: &str| term(Term::Text(field, TextTest::Is(text.into())));
    let opened = |span| term(Term::Time(TimeField::Opened, Some(span)));
    let table = [
        ("", Filter::everything()),
        ("Lỗi", word("loi")),
        (
            "a b or -c",
            Filter::Any(vec![
                Filter::All(vec![word("a"), word("b")]),
                Filter::Not(Box::new(word("c"))),
            ]),
        ),
        ("\" a  B \"", term(Term::Words(Words::Phrase("a b".into())))),
        ("Má*", term(Term::Words(Words::Prefix("ma".into())))),
        (
            "status:new,open",
            Filter::Any(vec![status(&[Status::New]), status(&[Status::Open])]),
        ),
        (
            "is:open",
            status(&[Status::New, Status::Open, Status::Pending]),
        ),
        (
            "priority:<=2",
            term(Term::Priority((Unbounded, Included(priority(2))))),
        ),
        ("tier:>1", term(Term::Tier((Excluded(Tier(1)), Unbounded)))),
        ("kind:none", term(Term::Kind(None))),
        ("assignee:me", is(TextField::Assignee, "lan")),
        ("assignee:\"me\"", is(TextField::Assignee, "me")),
        (
            "category:Hard/Disk",
            term(Term::Text(
                TextField::Category,
                TextTest::Below("hard/disk".into()),
            )),
        ),
        (
            "opened:2026-10",
            opened((
                Included(at("2026-09-30T22:00:00Z")),
                Excluded(at("2026-10-31T23:00:00Z")),
            )),
        ),
        (
            "age:>7d",
            opened((Unbounded, Excluded(at("2026-11-14T13:30:05Z")))),
        ),
    ];
    for (query, expected) in table {
        assert_eq!(read(query).unwrap(), expected, "{query}");
    }
}

/// A query, how its error begins after `query, column`, and a part of the hint.
const ERRORS: &str = r##"asignee:me => 1: there is no field `asignee` => did you mean `assignee:`?
máy  -foo:"x" => 7: there is no field `foo` => quotes
Re: printer => 1: there is no field `re` => quotes
status:opne => 8: `opne` is not one of new, open, pending, resolved, closed => `open`
status:open, => 13: expected a value => none
status: => 8: expected a value => none
tag:"" => 5: expected a value => none
tag:a,,b => 7: expected a value => none
is:lat => 4: `lat` is not one of open, active, solved, late => `late`
channel:fone => 9: `fone` is not one of phone, email => `phone`
service:remot => 9: `remot` is not one of remote, onsite, none => `remote`
kind:request,x => 14: `x` is not one of incident, request
status:>open => 8: `>` compares, but this field has no order => quote
priority:9 => 10: priority `9` is not one of 1 to 5
priority:+2 => 10: `+2` is not written in digits
priority:>=x => 12: priority `x` is not one of 1 to 5
priority:3..2 => 10: this range ends before it begins => smaller
opened:2026-11..2026-10 => 8: this range ends before it begins => smaller
age:7d..1d => 5: this range ends before it begins => younger
tier:.. => 6: expected a value before or after `..`
tier:0 => 6: tier `0` is not a number from 1 on
id:INC45 => 4: `INC45` is not a ticket's number => ref:KEY
blocks:INC45 => 8: `INC45` is not a ticket's number => ref:KEY
blocks:7..9 => 8: `7..9` is not a ticket's number
bloks:7 => 1: there is no field `bloks` => `blocks:`
#99999999999999999999 => 1: `#99999999999999999999` is not a ticket's number => ref:
opened:2026-02-30 => 8: `2026-02-30` is not a time => 2026-11-21T14:30
a opened:2026-10..soon => 19: `soon` is not a time => 2026-W47
opened:>99999999999w => 9: `99999999999w` is not a time => 3d
opened:none => 8: `none` is not a time
opened:7d => 8: expected `<` or `>` before `7d` => >7d
age:>2026-10 => 6: `2026-10` is not an age => 2w
priority<=2 => 9: expected a colon after `priority` => priority:<=2
a "b c => 3: this quote is never closed => \"
(a or (b) => 1: this parenthesis is never closed
a) b => 2: this parenthesis closes nothing
() => 2: expected a term, not `)` => ")"
a or => 5: expected a term, not the end of the query
or a => 1: expected a term, not `or` => "or"
a or or b => 6: expected a term, not `or`
a and => 6: expected a term, not the end
not => 4: expected a term, not the end
a - b => 3: expected a term right after `-` => -term
" " => 1: there is nothing to look for
*.log => 1: `*` can stand only at the end => quote
tag:a*b => 6: `*` can stand only at the end => quote
category:a//b => 10: category `a//b` has an empty part"##;

#[test]
fn errors_say_where_and_what() {
    for line in ERRORS.lines() {
        let mut parts = line.split(" => ");
        let [query, message] = [parts.next().unwrap(), parts.next().unwrap()];
        let hint = parts.next().unwrap_or_default();
        let error = read(query).expect_err(query);
        let text = error.to_string();
        assert!(
            text.starts_with(&format!("query, column {message}")),
            "{query}: {text}"
        );
        assert!(matches!(error, Error::Usage { .. }), "{query}");
        let got = error.hint().unwrap_or_default();
        assert!(got.contains(hint), "{query}: {got}");
    }
}

#[test]
fn views_stand_for_their_queries() {
    check(&[
        ("@mine", &[1042]),
        ("-@mine printer", &[3000]),
        ("@urgent may", &[1042]),
        ("\"@mine\"", &[]),
        ("@example.com", &[]),
    ]);
    let table = [
        (
            "x @mien",
            "query, column 3: there is no view `@mien`; did you mean `@mine`?",
        ),
        ("@bad", "view `@bad`: query, column 4: `opne` is not one of"),
        (
            "@loop",
            "view `@loop`: query, column 3: the view `@loop` stands in itself",
        ),
        ("@a20", "views stand for more than 100000 characters here"),
    ];
    for (query, expected) in table {
        let error = read(query).unwrap_err();
        let told = format!("{error}; {}", error.hint().unwrap_or_default());
        assert!(told.contains(expected), "{told}");
    }
}

#[test]
fn hostile_queries_end_in_an_answer() {
    let many = |text: &str| text.repeat(100_000);
    for query in [
        many("("),
        many("-"),
        many("not "),
        many("-("),
        many("a or ("),
    ] {
        let error = read(&format!("{query}a")).unwrap_err();
        assert!(
            error.to_string().contains("nested deeper than 64"),
            "{error}"
        );
    }
    for query in [
        many(")"),
        many("\""),
        many("a:"),
        many("(a "),
        "tag:\u{301}".into(),
    ] {
        assert!(read(&format!("{query}\"")).is_err());
    }
    let nested = format!("{}paper{}", "(-".repeat(32), ")".repeat(32));
    assert_eq!(found_in(&nested, Tz::UTC), [1042]);
    // Where a word begins with an a.
    let some: &[u64] = &[7, 1042, 2104];
    let long = [
        (many("a "), some),
        (many("a or "), some),
        (many("a("), &[]),
        (format!("tag:{}", many("x,")), &[]),
    ];
    for (query, expected) in long {
        assert_eq!(found_in(&format!("{query}a"), Tz::UTC), expected);
    }
    assert!(read(&many("x:")).unwrap_err().to_string().len() < 200);
}

#[test]
fn every_field_that_help_names_is_one() {
    for (name, about) in FIELDS {
        let error = read(&format!("{name}:")).unwrap_err().to_string();
        assert!(error.ends_with("expected a value"), "{name}: {error}");
        assert!(!about.is_empty());
    }
}

mod any_text {
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn is_read_or_refused(query in "([a-z]{1,3}:|is:|opened:|id:|[-()\"*,.<>=#:\\\\ é२\u{301}]|or |not |\\PC){0,20}") {
            if let Ok(filter) = super::read(&query) {
                for ticket in super::desk() {
                    filter.matches(&ticket);
                }
            }
        }

        #[test]
        fn is_a_time_or_not(text in "\\PC{0,8}|[0-9]{0,5}-?[wqWQ]?[0-9]{0,3}(-[0-9]{0,3})?[tT ]?[0-9:]{0,9}[mhdw]?") {
            let zone = crate::zone::Zone::Named(crate::zone::named("Europe/Oslo"));
            let clock = super::Clock { now: super::at(super::NOW), zone };
            let _ = super::instant(&text, &clock, super::Sense::Ago, super::Edge::End);
            let _ = super::period(&text, &clock);
        }
    }
}
