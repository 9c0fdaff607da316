//! Reports of five tickets that were counted by hand, in every form.

use std::sync::Arc;

use desk::report::{
    self, Body, Dimension, Facts, Kind, Period, Report, RowValue, Scope, Stretch, Unit,
};
use desk::ticket::{Event, Ticket, TicketId, Timestamp};
use desk::{Policy, Zone};
use serde_json::{Value, json};

use super::super::grid::Cell;
use super::super::tests::look;
use super::super::{Format, Look, json as document, safe, table, width};
use super::{View, series, write};

/// A formula, an escape sequence, a turned line, a column, a link and a line break in one name.
const HOSTILE: &str = "=1+1|\u{1b}[2J\u{202e}[x](y)\n#";

fn at(text: &str) -> Timestamp {
    format!("2026-{text}Z").parse().unwrap()
}

/// A ticket of events: when, by whom, what, the fields that it sets, and its direction if any.
fn facts(id: u64, story: &[(&str, &str, &str, Value)]) -> Facts {
    let mut ticket = Ticket::blank(TicketId::new(id).unwrap(), at("01-01T00:00:00"));
    for (i, (when, by, what, set)) in story.iter().enumerate() {
        let pair = |(name, new): (&String, &Value)| (name.clone(), json!([null, new]));
        let changed: serde_json::Map<_, _> = set.as_object().unwrap().iter().map(pair).collect();
        let mut event = json!({
            "seq": i + 1, "at": at(when), "by": by, "event": what, "op": "x", "changed": changed,
        });
        if *what == "escalated" {
            event["direction"] = json!("up");
        }
        ticket
            .apply(serde_json::from_value::<Event>(event).unwrap())
            .unwrap();
    }
    Facts::of(&ticket, at("12-31T00:00:00")).unwrap()
}

fn tickets() -> Vec<Facts> {
    vec![
        // Solved after an hour, reopened, escalated, and solved for good after two days.
        facts(
            1,
            &[
                (
                    "03-02T08:00:00",
                    "anna",
                    "opened",
                    json!({"requester": "anna", "category": "network"}),
                ),
                (
                    "03-02T08:01:00",
                    "minh",
                    "assigned",
                    json!({"assignee": "minh", "status": "open"}),
                ),
                (
                    "03-02T09:00:00",
                    "minh",
                    "resolved",
                    json!({"status": "resolved"}),
                ),
                (
                    "03-03T08:00:00",
                    "anna",
                    "reopened",
                    json!({"status": "open"}),
                ),
                (
                    "03-03T08:30:00",
                    "minh",
                    "escalated",
                    json!({"tier": 2, "assignee": "lan"}),
                ),
                (
                    "03-04T08:00:00",
                    "lan",
                    "closed",
                    json!({"status": "closed"}),
                ),
                ("03-04T09:00:00", "anna", "rated", json!({"stars": 5})),
            ],
        ),
        // Opened before the period, solved in it after 26 hours.
        facts(
            2,
            &[
                (
                    "03-01T08:00:00",
                    "bert",
                    "opened",
                    json!({"requester": HOSTILE, "category": "hardware/printer", "assignee": "minh", "status": "open"}),
                ),
                (
                    "03-02T10:00:00",
                    "minh",
                    "closed",
                    json!({"status": "closed"}),
                ),
            ],
        ),
        // Merged away.
        facts(
            3,
            &[
                (
                    "03-05T08:00:00",
                    "anna",
                    "opened",
                    json!({"requester": "anna", "category": "network"}),
                ),
                (
                    "03-05T09:00:00",
                    "lan",
                    "merged",
                    json!({"status": "closed"}),
                ),
            ],
        ),
        // Answered on the phone, and nobody has it.
        facts(
            4,
            &[(
                "03-06T08:00:00",
                "minh",
                "opened",
                json!({"requester": "cara", "channel": "phone", "subject": HOSTILE, "priority": 1, "tier": 2}),
            )],
        ),
        // Waits since long before.
        facts(
            5,
            &[(
                "02-01T08:00:00",
                "bert",
                "opened",
                json!({"requester": "bert", "category": "network", "subject": "Slow", "assignee": "lan", "status": "open"}),
            )],
        ),
    ]
}

/// The week from the 2nd to the 9th of March 2026.
fn scope() -> Scope {
    let period = Period::new(at("03-02T00:00:00"), at("03-09T00:00:00"), Zone::UTC).unwrap();
    let mut scope = Scope::new(period, period.until, &Policy::default());
    scope.capacity = [("lan".into(), Some(4)), ("minh".into(), None)].into();
    scope
}

fn report(kind: Kind) -> Report {
    report::run(kind, &tickets(), &scope())
}

fn categories() -> Report {
    report(Kind::Rows(Dimension::Category))
}

fn technicians() -> Report {
    report(Kind::Rows(Dimension::Technician))
}

fn attempt(report: &Report, format: Format, fields: &str, look: &Look) -> desk::Result<String> {
    let fields: Vec<_> = fields.split(',').map(str::to_owned).collect();
    let fields = (fields != [""]).then_some(fields.as_slice());
    let mut out = Vec::new();
    write(report, format, fields, look, &mut out)?;
    Ok(String::from_utf8(out).unwrap())
}

fn render(report: &Report, format: Format, fields: &str) -> String {
    attempt(report, format, fields, &look()).unwrap()
}

#[test]
fn a_summary_for_people() {
    let expected = "\
summary · 2026-03-02 00:00 to 2026-03-09 00:00 (exclusive), UTC

backlog 2 + opened 3 + reopened 1 - solved 4 = 2
of the solved, 1 merged

TIME                  N      P50      P90      P99         MEAN  NONE  LIVE
time to resolve       2      1 h  1 d 2 h  1 d 2 h  13 h 30 min     -     -
full time to resolve  2  1 d 2 h      2 d      2 d     1 d 13 h     -     -
first response        1      1 h      1 h      1 h          1 h     1     1

SHARE               TICKETS  EVENTS        OF    RATE
solved tickets            2       -         -       -
escalated                 1       1  3 opened   33.3%
reopened                  1       1  2 solved   50.0%
reassigned                1       -  2 solved   50.0%
first contact             0       -  2 solved    0.0%
one touch                 1       -  2 solved   50.0%
first tier                1       -  2 solved   50.0%
rated                     1       -  2 solved   50.0%
rated 4 or 5 stars        1       -   1 rated  100.0%
";
    let text = render(&report(Kind::Summary), Format::Table, "");
    assert_eq!(text, expected);
}

#[test]
fn what_has_no_value_is_not_zero() {
    let expected = "\
backlog 0 + opened 0 + reopened 0 - solved 0 = 0

TIME                  N  P50  P90  P99  MEAN  NONE  LIVE
time to resolve       0    -    -    -     -     -     -
full time to resolve  0    -    -    -     -     -     -
first response        0    -    -    -     -     0     0

SHARE               TICKETS  EVENTS        OF  RATE
solved tickets            0       -         -     -
escalated                 0       0  0 opened     -
";
    let nothing = report::run(Kind::Summary, &[], &scope());
    let text = render(&nothing, Format::Table, "");
    let (_, body) = text.split_once("\n\n").unwrap();
    assert!(body.starts_with(expected), "{body}");

    let fields = "time_to_resolve,escalated.rate";
    let expected = "figure,value\ntime_to_resolve.n,0\ntime_to_resolve.p50,\ntime_to_resolve.p90,\n\
        time_to_resolve.p99,\ntime_to_resolve.mean,\nescalated.rate,\n";
    assert_eq!(render(&nothing, Format::Csv, fields), expected);

    let nothing = report::run(Kind::Rows(Dimension::Asset), &[], &scope());
    let text = render(&nothing, Format::Table, "");
    assert!(text.ends_with(", UTC\n\nnothing\n"), "{text}");
    let fields = "asset,opened,flow.merged";
    let text = render(&nothing, Format::Csv, fields);
    assert_eq!(text, "asset,opened,flow.merged\n");
}

#[test]
fn a_summary_for_a_spreadsheet() {
    let expected = "\
figure\tvalue
flow.backlog_start\t2
flow.opened\t3
flow.reopened\t1
flow.solved\t4
flow.backlog_end\t2
flow.merged\t1
flow.voided\t0
time_to_resolve.n\t2
time_to_resolve.p50\t3600
time_to_resolve.p90\t93600
time_to_resolve.p99\t93600
time_to_resolve.mean\t48600.0
full_time_to_resolve.n\t2
full_time_to_resolve.p50\t93600
full_time_to_resolve.p90\t172800
full_time_to_resolve.p99\t172800
full_time_to_resolve.mean\t133200.0
first_response.n\t1
first_response.none\t1
first_response.live\t1
first_response.p50\t3600
first_response.p90\t3600
first_response.p99\t3600
first_response.mean\t3600.0
escalated.tickets\t1
escalated.events\t1
escalated.rate\t0.333333
reopened.tickets\t1
reopened.events\t1
reopened.rate\t0.5
reassigned.tickets\t1
reassigned.of\t2
reassigned.rate\t0.5
first_contact_resolution.tickets\t0
first_contact_resolution.of\t2
first_contact_resolution.rate\t0.0
one_touch_resolution.tickets\t1
one_touch_resolution.of\t2
one_touch_resolution.rate\t0.5
first_tier_resolution.tickets\t1
first_tier_resolution.of\t2
first_tier_resolution.rate\t0.5
solved_tickets\t2
satisfaction.rated\t1
satisfaction.good\t1
satisfaction.of\t2
satisfaction.good_rate\t1.0
satisfaction.rated_rate\t0.5
";
    let summary = report(Kind::Summary);
    assert_eq!(render(&summary, Format::Tsv, ""), expected);
    let as_csv = expected.replace('\t', ",");
    assert_eq!(render(&summary, Format::Csv, ""), as_csv);
}

#[test]
fn some_figures_of_a_summary() {
    let summary = report(Kind::Summary);
    let fields = "escalated.rate,time_to_resolve.mean,flow.solved";
    let expected = [
        (
            Format::Table,
            "summary · 2026-03-02 00:00 to 2026-03-09 00:00 (exclusive), UTC\n\n\
             FIGURE                      VALUE\n\
             escalated.rate              33.3%\n\
             time_to_resolve.mean  13 h 30 min\n\
             flow.solved                     4\n",
        ),
        (
            Format::Csv,
            "figure,value\nescalated.rate,0.333333\ntime_to_resolve.mean,48600.0\nflow.solved,4\n",
        ),
        (
            Format::Json,
            "{\"desk_report\":1,\"report\":\"summary\",\"since\":\"2026-03-02T00:00:00Z\",\
             \"until\":\"2026-03-09T00:00:00Z\",\"zone\":\"UTC\",\"as_of\":\"2026-03-09T00:00:00Z\",\
             \"query\":\"\",\"escalated\":{\"rate\":0.333333},\"time_to_resolve\":{\"mean\":48600.0},\
             \"flow\":{\"solved\":4}}\n",
        ),
    ];
    for (format, expected) in expected {
        assert_eq!(render(&summary, format, fields), expected, "{format:?}");
    }
}

#[test]
fn rows_for_people() {
    let expected = "\
categories · 2026-03-02 00:00 to 2026-03-09 00:00 (exclusive), UTC

CATEGORY          OPENED  SOLVED  TICKETS  BACKLOG  TTR N  TTR P50  TTR P90  TTR MEAN  REOPEN  ESCAL
network                2       2        1        1      1      1 h      1 h       1 h       1      1
none                   1       0        0        1      0        -        -         -       0      0
hardware/printer       0       1        1        0      1  1 d 2 h  1 d 2 h   1 d 2 h       0      0
";
    assert_eq!(render(&categories(), Format::Table, ""), expected);

    let expected = "\
CATEGORY         OPENED  SOLVED  BACKLOG  TTR N  TTR P50  TTR P90  REOPEN  ESCAL
network               2       2        1      1      1 h      1 h       1      1
none                  1       0        1      0        -        -       0      0
hardware/print…       0       1        0      1  1 d 2 h  1 d 2 h       0      0
";
    let narrow = Look {
        width: Some(80),
        ..look()
    };
    let text = attempt(&categories(), Format::Table, "", &narrow).unwrap();
    assert!(text.ends_with(expected), "{text}");

    // Technicians open nothing.
    let expected = "\
TECHNICIAN  SOLVED  TICKETS  BACKLOG  TTR N  TTR P50  TTR P90     TTR MEAN  REOPEN  ESCAL
minh             2        2        0      2      1 h  1 d 2 h  13 h 30 min       1      1
lan              1        1        1      0        -        -            -       0      0
none             0        0        1      0        -        -            -       0      0
";
    let text = render(&technicians(), Format::Table, "");
    assert!(text.ends_with(expected), "{text}");
}

#[test]
fn rows_for_a_spreadsheet_have_every_figure() {
    let expected = "\
technician,opened,solved,solved_tickets,backlog_end,\
time_to_resolve.n,time_to_resolve.p50,time_to_resolve.p90,time_to_resolve.p99,time_to_resolve.mean,\
full_time_to_resolve.n,full_time_to_resolve.p50,full_time_to_resolve.p90,full_time_to_resolve.p99,\
full_time_to_resolve.mean,\
first_response.n,first_response.none,first_response.live,first_response.p50,first_response.p90,\
first_response.p99,first_response.mean,\
reopened.tickets,reopened.events,reopened.rate,escalated.tickets,escalated.events,escalated.rate,\
reassigned.tickets,reassigned.of,reassigned.rate,\
first_contact_resolution.tickets,first_contact_resolution.of,first_contact_resolution.rate,\
one_touch_resolution.tickets,one_touch_resolution.of,one_touch_resolution.rate,\
first_tier_resolution.tickets,first_tier_resolution.of,first_tier_resolution.rate,\
satisfaction.rated,satisfaction.good,satisfaction.of,satisfaction.good_rate,satisfaction.rated_rate,\
flow.backlog_start,flow.opened,flow.reopened,flow.solved,flow.backlog_end,flow.merged,flow.voided
minh,,2,2,0,2,3600,93600,93600,48600.0,1,93600,93600,93600,93600.0,,,,,,,,1,1,0.5,1,1,,0,2,0.0,\
0,2,0.0,1,2,0.5,2,2,1.0,0,0,2,,0.0,,,,,,,
lan,,1,1,1,0,,,,,1,172800,172800,172800,172800.0,,,,,,,,0,0,0.0,0,0,,1,1,1.0,\
0,1,0.0,0,1,0.0,0,1,0.0,1,1,1,1.0,1.0,,,,,,,
none,,0,0,1,0,,,,,0,,,,,,,,,,,,0,0,,0,0,,0,0,,0,0,,0,0,,0,0,,0,0,0,,,,,,,,,
";
    assert_eq!(render(&technicians(), Format::Csv, ""), expected);

    // The same columns whatever the rows are by, and a cell for each.
    let text = render(&categories(), Format::Tsv, "");
    let columns = expected.lines().next().unwrap().split(',').skip(1);
    let found: Vec<_> = text.lines().next().unwrap().split('\t').skip(1).collect();
    assert_eq!(found, columns.collect::<Vec<_>>());
    assert!(text.lines().all(|line| line.split('\t').count() == 52));
}

#[test]
fn some_figures_of_rows() {
    let fields = "solved,technician,time_to_resolve.p90,flow.solved,time_to_resolve.n";
    let rows = "\
        {\"solved\":2,\"technician\":\"minh\",\"time_to_resolve\":{\"p90\":93600,\"n\":2},\"flow\":null}\n\
        {\"solved\":1,\"technician\":\"lan\",\"time_to_resolve\":{\"p90\":null,\"n\":0},\"flow\":null}\n\
        {\"solved\":0,\"technician\":\"none\",\"time_to_resolve\":{\"p90\":null,\"n\":0},\"flow\":null}\n";
    assert_eq!(render(&technicians(), Format::Jsonl, fields), rows);

    let text = render(&technicians(), Format::Json, fields);
    let (head, body) = text.split_once(",\"rows\":").unwrap();
    assert!(head.ends_with("\"query\":\"\""), "{head}");
    let joined = rows.trim_end().replace('\n', ",");
    assert_eq!(body, format!("[{joined}]}}\n"));

    let expected = "\
solved,technician,time_to_resolve.p90,flow.solved,time_to_resolve.n
2,minh,93600,,2
1,lan,,,0
0,none,,,0
";
    assert_eq!(render(&technicians(), Format::Csv, fields), expected);

    let expected = "\
SOLVED  TECHNICIAN  TTR P90  FLOW SOLVED  TTR N
     2  minh        1 d 2 h            -      2
     1  lan               -            -      0
     0  none              -            -      0
";
    let text = render(&technicians(), Format::Table, fields);
    assert!(text.ends_with(expected), "{text}");
}

#[test]
fn a_group_is_all_that_is_in_it() {
    let text = render(&categories(), Format::Csv, "reopened,category");
    let head = "reopened.tickets,reopened.events,reopened.rate,category";
    assert_eq!(
        text,
        format!("{head}\n1,1,1.0,network\n0,0,,none\n0,0,0.0,hardware/printer\n")
    );
    let text = render(&categories(), Format::Jsonl, "reopened");
    let first = "{\"reopened\":{\"tickets\":1,\"events\":1,\"rate\":1.0}}";
    assert_eq!(text.lines().next(), Some(first));
}

#[test]
fn json_is_the_struct() {
    for kind in Kind::all() {
        let report = report(kind);
        let text = serde_json::to_string(&report).unwrap();
        let found = render(&report, Format::Json, "");
        let escaped = text.replace('\u{202e}', "\\u202e");
        assert_eq!(found, format!("{escaped}\n"), "{kind}");
        let lines = render(&report, Format::Jsonl, "");
        let parsed = |line| serde_json::from_str::<Value>(line).unwrap();
        let lines: Vec<Value> = lines.lines().map(parsed).collect();
        let whole: Value = parsed(&text);
        let expected = match &report.body {
            Body::Summary(_) | Body::Backlog(_) => json!([whole]),
            Body::Flow(_) => whole["series"].clone(),
            Body::Table(_) => json!([
                {"category": "network", "month": WEEK, "since": "2026-03-02T00:00:00Z",
                 "until": "2026-03-09T00:00:00Z", "solved": 2},
                {"category": "hardware/printer", "month": WEEK, "since": "2026-03-02T00:00:00Z",
                 "until": "2026-03-09T00:00:00Z", "solved": 1},
            ]),
            _ => whole["rows"].clone(),
        };
        assert_eq!(json!(lines), expected, "{kind}");
    }
}

/// What is left of a month.
const WEEK: &str = "2026-03-02T00:00:00Z/2026-03-09T00:00:00Z";

#[test]
fn a_backlog_for_people() {
    let expected = "\
backlog · 2026-03-02 00:00 to 2026-03-09 00:00 (exclusive), UTC
as of 2026-03-09 00:00

total 2 · unassigned 1

Age
BY        VALUE  TOTAL  0-1 D  1-3 D  3-7 D  7-14 D  14-30 D  30+ D
all           -      2      0      1      0       0        0      1
priority      1      1      0      1      0       0        0      0
priority      3      1      0      0      0       0        0      1
tier          1      1      0      0      0       0        0      1
tier          2      1      0      1      0       0        0      0

Oldest
ID  P        AGE  OPENED            ASSIGNEE  SUBJECT
 5  3  35 d 16 h  2026-02-01 08:00  lan       Slow
 4  1   2 d 16 h  2026-03-06 08:00  -         =1+1|␛[2J<U+202E>[x](y)␊#

Workload
TECHNICIAN  LOAD  PENDING  CAPACITY   RATE
lan            1        0         4  25.0%
minh           0        0         -      -
";
    assert_eq!(render(&report(Kind::Backlog), Format::Table, ""), expected);
}

#[test]
fn a_backlog_for_a_spreadsheet_is_one_table() {
    let backlog = report(Kind::Backlog);
    let ages = "\
dimension,value,total,under_1_day,days_1_to_3,days_3_to_7,days_7_to_14,days_14_to_30,over_30_days
all,,2,0,1,0,0,0,1
priority,1,1,0,1,0,0,0,0
priority,3,1,0,0,0,0,0,1
tier,1,1,0,0,0,0,0,1
tier,2,1,0,1,0,0,0,0
";
    let lines: Vec<_> = ages.lines().collect();
    let tiers = [lines[0], lines[4], lines[5], ""].join("\n");
    let table = [
        ("", ages),
        ("by_tier", tiers.as_str()),
        ("total,unassigned", "figure,value\ntotal,2\nunassigned,1\n"),
        (
            "oldest",
            "id,priority,age,opened,assignee,subject\n\
             5,3,3081600,2026-02-01T08:00:00Z,lan,Slow\n\
             4,1,230400,2026-03-06T08:00:00Z,,\"'=1+1|<U+001B>[2J<U+202E>[x](y)\n#\"\n",
        ),
        (
            "workload",
            "technician,load,pending,capacity,rate\nlan,1,0,4,0.25\nminh,0,0,,\n",
        ),
    ];
    for (fields, expected) in table {
        assert_eq!(render(&backlog, Format::Csv, fields), expected, "{fields}");
    }

    let error = attempt(&backlog, Format::Tsv, "oldest,total", &look()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`total` and `oldest` do not go into one table, as csv and tsv want it"
    );
    assert!(attempt(&backlog, Format::Table, "oldest,total", &look()).is_ok());
}

#[test]
fn some_parts_of_a_backlog() {
    let backlog = report(Kind::Backlog);
    let text = render(&backlog, Format::Table, "workload,total");
    let expected = "00:00\n\ntotal 2\n\nWorkload\nTECHNICIAN  LOAD  PENDING  CAPACITY   RATE\n\
        lan            1        0         4  25.0%\nminh           0        0         -      -\n";
    assert!(text.ends_with(expected), "{text}");
    let text = render(&backlog, Format::Jsonl, "unassigned,total");
    let expected = "\"query\":\"\",\"unassigned\":1,\"total\":2}\n";
    assert!(text.ends_with(expected), "{text}");
}

#[test]
fn markdown_has_the_head_and_the_same_tables() {
    let expected = "\
# Report: backlog

2026-03-02 00:00 to 2026-03-09 00:00 (exclusive), UTC · as of 2026-03-09 00:00

total 2 · unassigned 1

## Oldest

|  ID | P   |       AGE | OPENED           | ASSIGNEE | SUBJECT                             |
| --: | --- | --------: | ---------------- | -------- | ----------------------------------- |
|   5 | 3   | 35 d 16 h | 2026-02-01 08:00 | lan      | Slow                                |
|   4 | 1   |  2 d 16 h | 2026-03-06 08:00 | -        | =1+1\\|␛\\[2J&lt;U+202E>\\[x\\](y)<br># |
";
    let narrow = Look {
        width: Some(20),
        ..look()
    };
    let fields = "total,unassigned,oldest";
    let backlog = report(Kind::Backlog);
    let text = attempt(&backlog, Format::Markdown, fields, &narrow).unwrap();
    assert_eq!(text, expected);

    let text = render(&report(Kind::Summary), Format::Markdown, "");
    let expected = "\
backlog 2 + opened 3 + reopened 1 - solved 4 = 2<br>of the solved, 1 merged

| TIME                 |   N |     P50 |     P90 |     P99 |        MEAN | NONE | LIVE |
| -------------------- | --: | ------: | ------: | ------: | ----------: | ---: | ---: |
| time to resolve      |   2 |     1 h | 1 d 2 h | 1 d 2 h | 13 h 30 min |    - |    - |
";
    assert!(text.contains(expected), "{text}");
}

#[test]
fn the_head_says_when_and_of_what_in_the_readers_zone() {
    let mut scope = scope();
    scope.as_of = at("03-05T11:30:00");
    scope.query = format!("tier:2 {HOSTILE}");
    let summary = report::run(Kind::Summary, &[], &scope);
    let oslo = Look {
        zone: Zone::Named("Europe/Oslo".parse().unwrap()),
        ..look()
    };
    let head = |format, look: &Look| {
        let text = attempt(&summary, format, "flow.opened", look).unwrap();
        text.split("\n\n").take(2).collect::<Vec<_>>().join("|")
    };
    let expected = "summary · 2026-03-02 01:00 to 2026-03-09 01:00 (exclusive), Europe/Oslo\n\
        as of 2026-03-05 12:30 · query: tier:2 =1+1|␛[2J<U+202E>[x](y)␊#|\
        FIGURE       VALUE\nflow.opened      0\n";
    assert_eq!(head(Format::Table, &oslo), expected);
    let expected = "# Report: summary|\
        2026-03-02 00:00 to 2026-03-09 00:00 (exclusive), UTC · as of 2026-03-05 11:30 · \
        query: tier:2 =1+1\\|␛\\[2J&lt;U+202E>\\[x\\](y)<br>#";
    assert_eq!(head(Format::Markdown, &look()), expected);
    let narrow = Look {
        width: Some(40),
        ..look()
    };
    let expected = "summary\n  2026-03-02 00:00 to 2026-03-09 00:00\n  (exclusive), UTC\n\
        as of 2026-03-05 11:30\n  query: tier:2\n  =1+1|␛[2J<U+202E>[x](y)␊#|";
    let text = head(Format::Table, &narrow);
    assert!(text.starts_with(expected), "{text}");
}

#[test]
fn a_stranger_among_the_fields_gets_a_hint() {
    let table = [
        (
            technicians(),
            "solvd",
            "there is no field `solvd`",
            "did you mean `solved`?",
        ),
        (
            technicians(),
            "time_to_resolve.p05",
            "there is no field `time_to_resolve.p05`",
            "did you mean `time_to_resolve.p50`?",
        ),
        (
            report(Kind::Summary),
            "satisfacton",
            "there is no field `satisfacton`",
            "did you mean `satisfaction`?",
        ),
        (
            report(Kind::Backlog),
            "by_tiers",
            "there is no field `by_tiers`",
            "did you mean `by_tier`?",
        ),
        (
            report(Kind::Backlog),
            "x",
            "there is no field `x`",
            "the fields are total, unassigned, aging, by_priority, by_tier, oldest, workload",
        ),
        (
            report(Kind::Summary),
            "",
            "there is no field ``",
            "the fields are flow, time_to_resolve, full_time_to_resolve, first_response, \
             escalated, reopened, reassigned, first_contact_resolution, one_touch_resolution, \
             first_tier_resolution, solved_tickets, satisfaction, and what is in them, such as \
             flow.backlog_start",
        ),
    ];
    for (report, field, message, hint) in table {
        for format in [Format::Table, Format::Json, Format::Jsonl, Format::Csv] {
            let fields = [field.to_owned()];
            let error = write(&report, format, Some(&fields), &look(), &mut Vec::new());
            let error = error.unwrap_err();
            assert_eq!(error.code(), desk::Code::Usage);
            assert_eq!(error.to_string(), message);
            assert_eq!(error.hint().as_deref(), Some(hint));
        }
    }
    for twice in ["solved,solved", "reopened,reopened.rate"] {
        assert!(attempt(&technicians(), Format::Csv, twice, &look()).is_err());
    }
    let none = Some([].as_slice());
    let mut out = Vec::new();
    write(&technicians(), Format::Jsonl, none, &look(), &mut out).unwrap();
    assert_eq!(out, render(&technicians(), Format::Jsonl, "").into_bytes());
}

#[test]
fn hostile_names_stay_text_in_every_form() {
    let requesters = report(Kind::Rows(Dimension::Requester));
    let table = [
        (Format::Table, "=1+1|␛[2J<U+202E>[x](y)␊#       0"),
        (Format::Csv, "\"'=1+1|<U+001B>[2J<U+202E>[x](y)\n#\",0\n"),
        (Format::Tsv, "=1+1|␛[2J<U+202E>[x](y)\\n#\t0\n"),
        (
            Format::Markdown,
            "| =1+1\\|␛\\[2J&lt;U+202E>\\[x\\](y)<br># |      0 |\n",
        ),
        (
            Format::Jsonl,
            "{\"requester\":\"=1+1|\\u001b[2J\\u202e[x](y)\\n#\",\"opened\":0}\n",
        ),
    ];
    for (format, expected) in table {
        let text = render(&requesters, format, "requester,opened");
        assert!(text.contains(expected), "{format:?}\n{text}");
        let raw = text
            .chars()
            .find(|&c| safe::is_hidden(c) && !"\n\t".contains(c));
        assert_eq!(raw, None, "{format:?}");
    }
}

#[test]
fn pages_fit_and_colour_changes_no_layout() {
    for kind in Kind::all() {
        let report = report(kind);
        for width in [80, 99, 100, 120] {
            let look = Look {
                width: Some(width),
                ..look()
            };
            let text = attempt(&report, Format::Table, "", &look).unwrap();
            let widest = text.lines().map(width::of).max().unwrap();
            assert!(widest <= width, "{kind}: {widest} in {width}\n{text}");
            let colours = Look {
                colour: true,
                ..look
            };
            let coloured = attempt(&report, Format::Table, "", &colours).unwrap();
            assert_ne!(coloured, text);
            assert_eq!(table::tests::stripped(&coloured), text);
        }
    }
}

/// Rows that say the same are written out once, and the document is that of the struct all the same.
#[test]
fn a_document_is_what_its_struct_serialises_to() {
    let waiting = |id: u64, requester: &str| {
        let opened = json!({"requester": requester, "asset": "PC-1"});
        facts(id, &[("02-01T08:00:00", "bert", "opened", opened)])
    };
    let mut tickets = tickets();
    tickets.extend(
        (6..)
            .zip(["dora", "emil", HOSTILE, "finn"])
            .map(|(id, name)| waiting(id, name)),
    );
    let series = Scope {
        by: Some(Unit::Day),
        ..scope()
    };
    for dimension in Dimension::ALL {
        let kind = Kind::Rows(dimension);
        let [whole, steps] = [&scope(), &series].map(|scope| report::run(kind, &tickets, scope));
        let nothing = report::run(kind, &[], &series);
        for report in [
            whole.clone(),
            steps.clone(),
            nothing.clone(),
            whole.clone().beside(whole),
            steps.clone().beside(nothing),
        ] {
            let mut expected = Vec::new();
            document::write(&report, &mut expected).unwrap();
            let expected = String::from_utf8(expected).unwrap();
            assert_eq!(render(&report, Format::Json, ""), expected, "{kind}");
        }
    }
}

/// Rows that say the same behind their names are made once, and read as if each were made by itself.
#[test]
fn rows_that_share_their_figures_read_as_others_do() {
    let mut shared = categories();
    let Body::Rows(rows) = &mut shared.body else {
        unreachable!("categories were asked for");
    };
    let made = rows.rows.clone();
    let names = ["a", "none", "打印机", HOSTILE, "b", "c"];
    let named = |(at, name): (usize, &&str)| {
        let mut row = made[at % made.len()].clone();
        row.name.value = RowValue::Name((*name).into());
        row
    };
    rows.rows = names.iter().enumerate().map(named).collect();
    rows.rows[4].name.value = RowValue::Absent;
    let mut apart = shared.clone();
    let Body::Rows(rows) = &mut apart.body else {
        unreachable!("categories were asked for");
    };
    for row in &mut rows.rows {
        row.figures = Arc::new((*row.figures).clone());
    }
    for format in [Format::Table, Format::Markdown, Format::Html] {
        // The name in front, elsewhere, and not at all.
        for fields in ["", "category,solved", "solved,category", "opened,solved"] {
            let look = Look {
                colour: true,
                ..look()
            };
            let [shared, apart] =
                [&shared, &apart].map(|report| attempt(report, format, fields, &look).unwrap());
            assert_eq!(shared, apart, "{format:?} {fields}");
        }
    }
    let text = render(&shared, Format::Table, "category,solved");
    let rows: Vec<&str> = text.lines().skip(3).collect();
    let name = |row: &&str| row.split("  ").next().unwrap().to_owned();
    let hostile = "=1+1|␛[2J<U+202E>[x](y)␊#";
    let expected = ["a", "\"none\"", "打印机", hostile, "none", "c"];
    assert_eq!(rows.iter().map(name).collect::<Vec<_>>(), expected);
}

/// However many rows there are, a spreadsheet and JSON lines get them as they are made.
#[test]
fn rows_go_out_in_portions() {
    let mut many = categories();
    let Body::Rows(rows) = &mut many.body else {
        unreachable!("categories were asked for");
    };
    rows.rows = (0..2500)
        .map(|i| {
            let mut row = rows.rows[0].clone();
            row.name.value = RowValue::Name(format!("c{i:04}").into());
            row
        })
        .collect();
    let step = Stretch {
        since: many.head.since,
        until: many.head.until,
        body: many.body.clone(),
    };
    let series = Report {
        series: Some(vec![step.clone(), step]),
        ..many.clone()
    };
    for (report, expected) in [
        (many.clone(), vec![1000, 1000, 500]),
        (series.clone(), vec![1000; 5]),
        (many.clone().beside(many), vec![1000, 1000, 500]),
        (series.clone().beside(series), vec![1000; 5]),
    ] {
        let mut portions = Vec::new();
        let mut names = Vec::new();
        let view = View {
            look: look(),
            zone: Zone::UTC,
            is_sheet: true,
            is_drawn: false,
        };
        series::sheet(&report, None, &view, &mut |portion| {
            portions.push(portion.rows.len());
            let category = portion.columns.iter().position(|c| c.name == "category");
            let name = |row: &Vec<Cell>| row[category.unwrap()].for_programs().into_owned();
            names.extend(portion.rows.iter().map(name));
            Ok(())
        })
        .unwrap();
        portions.retain(|count| *count > 0);
        assert_eq!(portions, expected);
        let all = (0..names.len()).map(|i| format!("c{:04}", i % 2500));
        assert!(names.iter().cloned().eq(all));
        let mut lines = 0;
        let stopped = series::lines(&report, None, &mut |_| {
            lines += 1;
            Err(desk::Error::usage("enough"))
        });
        assert_eq!((stopped.is_err(), lines), (true, 1));
    }
}
