//! Reports over periods, in steps and beside each other, counted by hand.

use serde_json::{Value, json};

use crate::harness::Desk;

/// Around the night in which the clocks go forward in Rome: a ticket in the last and in the first second
/// of each day there; the second one solved, closed, reopened and closed again within one second.
const SPRING: &str = r#"{"op":"open","ref":"A","at":"2026-03-28T22:59:59Z","by":"minh","subject":"a","requester":"Lý","category":"打印机","asset":"PC-1"}
{"op":"open","ref":"B","at":"2026-03-28T23:00:00Z","by":"Đặng","subject":"b","requester":"Lý","category":"打印机","to":"Đặng"}
{"op":"resolve","ticket":"B","at":"2026-03-29T10:00:00Z","by":"Đặng","message":"x"}
{"op":"close","ticket":"B","at":"2026-03-29T10:00:00Z","by":"Đặng","message":"x"}
{"op":"reopen","ticket":"B","at":"2026-03-29T10:00:00Z","by":"Lý","message":"no"}
{"op":"close","ticket":"B","at":"2026-03-29T10:00:00Z","by":"Đặng","message":"x"}
{"op":"rate","ticket":"B","at":"2026-03-29T11:00:00Z","by":"Lý","stars":5}
{"op":"open","ref":"C","at":"2026-03-29T21:59:59Z","by":"minh","subject":"c","requester":"anna","category":"网络"}
{"op":"escalate","ticket":"C","at":"2026-03-29T22:00:00Z","by":"minh","message":"x"}
{"op":"open","ref":"D","at":"2026-03-29T22:00:00Z","by":"minh","subject":"d","requester":"Lý","category":"打印机"}
"#;

fn spring() -> Desk {
    let desk = Desk::new();
    desk.batch(SPRING);
    desk
}

fn report(desk: &Desk, line: &str) -> Value {
    let said = desk.say(&format!("report {line} --json"));
    assert_eq!((said.code, said.err.as_str()), (0, ""), "{line}");
    said.json()
}

/// Some values of each of many objects.
fn each(of: &Value, pointers: &[&str]) -> Value {
    let value = |item: &Value, pointer: &&str| item.pointer(pointer).unwrap().clone();
    let items = of.as_array().unwrap().iter();
    let items = items.map(|item| {
        pointers
            .iter()
            .map(|pointer| value(item, pointer))
            .collect()
    });
    Value::Array(items.collect())
}

const FLOW: [&str; 6] = [
    "/since",
    "/flow/backlog_start",
    "/flow/opened",
    "/flow/reopened",
    "/flow/solved",
    "/flow/backlog_end",
];

#[test]
fn days_are_those_of_the_zone_when_the_clocks_change() {
    let desk = spring();
    let days = "flow --since 2026-03-28 --until 2026-03-31 --by day --tz";
    let found = report(&desk, &format!("{days} Europe/Rome"));
    let expected = json!([
        ["2026-03-27T23:00:00Z", 0, 1, 0, 0, 1],
        // 23 hours.
        ["2026-03-28T23:00:00Z", 1, 2, 1, 2, 2],
        ["2026-03-29T22:00:00Z", 2, 1, 0, 0, 3],
    ]);
    assert_eq!(each(&found["series"], &FLOW), expected);
    assert_eq!(found["series"][2]["until"], "2026-03-30T22:00:00Z");
    assert_eq!(found["by"], "day");
    // The same in a zone whose clocks stay as they are: all but the last second of the 28th is the 29th.
    let found = report(&desk, &format!("{days} Asia/Ho_Chi_Minh"));
    let expected = json!([
        ["2026-03-27T17:00:00Z", 0, 0, 0, 0, 0],
        ["2026-03-28T17:00:00Z", 0, 2, 1, 2, 1],
        ["2026-03-29T17:00:00Z", 1, 2, 0, 0, 3],
    ]);
    assert_eq!(each(&found["series"], &FLOW), expected);
    // By week the period cuts the first step and the last one short.
    let found = report(
        &desk,
        "flow --since 2026-03-28 --until 2026-03-31 --by week --tz Europe/Rome",
    );
    let expected = json!([
        ["2026-03-27T23:00:00Z", "2026-03-29T22:00:00Z"],
        ["2026-03-29T22:00:00Z", "2026-03-30T22:00:00Z"],
    ]);
    assert_eq!(each(&found["series"], &["/since", "/until"]), expected);
}

#[test]
fn a_day_of_25_hours_has_25_hours_to_wait() {
    let desk = Desk::new();
    desk.batch(
        r#"{"op":"open","at":"2026-10-20T08:00:00Z","subject":"a","team":"net","to":"minh"}
{"op":"wait","ticket":1,"at":"2026-10-25T10:00:00Z","message":"x"}
{"op":"open","at":"2026-10-20T08:00:00Z","subject":"b"}
"#,
    );
    let found = report(&desk, "time --period 2026-10-25 --tz Europe/Rome --by day");
    let rows = [
        "/dimension",
        "/value",
        "/status",
        "/seconds",
        "/time_in_status/n",
    ];
    let expected = json!([
        [null, null, "new", 90_000, 1],
        // From midnight (22:00Z) to 10:00Z, and from then on to midnight (23:00Z).
        [null, null, "open", 43_200, 1],
        [null, null, "pending", 46_800, 1],
        ["tier", 1, "new", 90_000, 1],
        ["tier", 1, "open", 43_200, 1],
        ["tier", 1, "pending", 46_800, 1],
        // The most time first, and then by name.
        ["team", "net", "open", 43_200, 1],
        ["team", "net", "pending", 46_800, 1],
        ["team", "none", "new", 90_000, 1],
    ]);
    assert_eq!(each(&found["rows"], &rows), expected);
    assert_eq!(found["series"][0]["rows"], found["rows"]);
    let shares = each(&found["rows"], &["/share"]);
    assert_eq!(shares[0], json!([0.5]));
}

#[test]
fn two_things_are_crossed() {
    let desk = spring();
    let zone = "--since 2026-03-28 --until 2026-03-31 --tz Europe/Rome";
    let found = report(
        &desk,
        &format!("table --rows category --columns day --value opened {zone}"),
    );
    assert_eq!(
        [&found["rows_by"], &found["columns_by"], &found["value"]],
        ["category", "day", "opened"]
    );
    assert_eq!(
        found["columns"][1],
        json!({"day":"2026-03-29","since":"2026-03-28T23:00:00Z","until":"2026-03-29T22:00:00Z"})
    );
    let expected = json!([
        {"category":"打印机","cells":[1,1,1],"total":3},
        {"category":"网络","cells":[null,1,null],"total":1},
    ]);
    assert_eq!(found["rows"], expected);
    assert_eq!(found["totals"], json!({"cells":[1,2,1],"total":4}));
    // By technician nobody opens, and a median adds up to nothing.
    let median =
        format!("table --rows technician --columns category --value time_to_resolve.p50 {zone}");
    let found = report(&desk, &median);
    let expected = json!([{"technician":"Đặng","cells":[39_600],"n":[1],"total":null}]);
    assert_eq!(
        (&found["rows"], &found["columns"]),
        (&expected, &json!([{"category":"打印机"}]))
    );
    assert_eq!(found["totals"], json!({"cells":[null],"total":null}));
    // Of how many it is stands beside it, for people and for programs.
    let said = |format: &str| desk.say(&format!("report {median} --format {format}"));
    assert_eq!(
        said("jsonl").json_lines(),
        [json!({"technician":"Đặng","category":"打印机","time_to_resolve.p50":39_600,"n":1})]
    );
    assert!(
        said("table").out.contains("\nĐặng        11 h (1)\n"),
        "{}",
        said("table").out
    );
    assert_eq!(
        said("csv").out,
        "technician,打印机,打印机.n,total\nĐặng,39600,1,\n"
    );
    for (picked, csv, table) in [
        ("打印机", "打印机\n39600\n", "打印机\n11 h (1)\n"),
        ("打印机.n", "打印机.n\n1\n", "打印机 n\n1\n"),
        (
            "打印机,打印机.n",
            "打印机,打印机.n\n39600,1\n",
            "打印机\n11 h (1)\n",
        ),
    ] {
        let said = |format: &str| {
            let line = format!("report {median} --fields {picked} --format {format}");
            desk.say(&line).out.replace("  ", "")
        };
        assert_eq!(said("csv"), csv);
        let text = said("table");
        let lines = text
            .lines()
            .rev()
            .take(2)
            .map(str::trim)
            .collect::<Vec<_>>();
        assert_eq!(format!("{}\n{}\n", lines[1], lines[0]), table);
    }
    // Also where nothing is in the table, and of the time before.
    let none = format!("report {} --format csv", median.replace("2026-0", "2025-0"));
    assert_eq!(desk.say(&none).out, "technician,total\n");
    let days = median.replace("category", "day");
    let csv = desk
        .say(&format!("report {days} --format tsv --compare year"))
        .out;
    assert!(
        csv.starts_with(
            "technician\t2026-03-28\tprevious.2026-03-28\t2026-03-28.n\tprevious.2026-03-28.n\t"
        ),
        "{csv}"
    );
    let picked = report(&desk, &format!("{median} --fields 打印机"));
    assert_eq!(picked["rows"], json!([{"cells":[39_600],"n":[1]}]));
    let text = desk.say(&format!(
        "report table --rows category --columns day --value opened {zone}"
    ));
    assert_eq!(
        text.out,
        "\
table · 2026-03-28 00:00 to 2026-03-31 00:00 (exclusive), Europe/Rome

opened by category and day

CATEGORY  2026-03-28  2026-03-29  2026-03-30  TOTAL
打印机             1           1           1      3
网络               -           1           -      1
total              1           2           1      4
"
    );
    let csv = desk.say(&format!(
        "report table --rows category --columns day --value opened {zone} --format csv"
    ));
    assert_eq!(
        csv.out,
        "category,2026-03-28,2026-03-29,2026-03-30,total\n打印机,1,1,1,3\n网络,,1,,1\n"
    );
    let lines = desk.say(&format!(
        "report table --rows tier --columns status --value backlog_end {zone} --format jsonl"
    ));
    assert_eq!(
        lines.json_lines(),
        [
            json!({"tier":1,"status":"new","backlog_end":2}),
            json!({"tier":2,"status":"new","backlog_end":1}),
        ]
    );
}

#[test]
fn what_comes_back_is_told_with_what_was_before() {
    let desk = spring();
    let line = "recurring --period 2026-03-29 --at-least 1 --tz Europe/Rome";
    let rows = [
        "/dimension",
        "/value",
        "/opened",
        "/before",
        "/change",
        "/first_tier/of",
        "/candidate",
    ];
    let expected = json!([
        ["category", "打印机", 1, 1, 0.0, 1, "training"],
        ["category", "网络", 1, 0, null, 0, "problem"],
        ["requester", "Lý", 1, 1, 0.0, 1, "training"],
        ["requester", "anna", 1, 0, null, 0, "training"],
    ]);
    assert_eq!(each(&report(&desk, line)["rows"], &rows), expected);
    // As of noon in Rome, with what was before noon the day before: nothing yet.
    let early = report(&desk, &format!("{line} --as-of 2026-03-29T10:00:00Z"));
    let expected = json!([
        ["category", "打印机", 1, 0, null, 0, "problem"],
        ["requester", "Lý", 1, 0, null, 0, "training"],
    ]);
    assert_eq!(each(&early["rows"], &rows), expected);
    // Three times, where nobody said how often.
    let found = report(&desk, "recurring --period 2026-03 --tz Europe/Rome");
    let expected = json!([
        ["category", "打印机", 3, 0, null, 1, "training"],
        ["requester", "Lý", 3, 0, null, 1, "training"],
    ]);
    assert_eq!(each(&found["rows"], &rows), expected);
    assert_eq!(found["rows"][0]["requesters"], 1);
}

#[test]
fn ratings_are_of_whose_work_it_was() {
    let desk = spring();
    let found = report(&desk, "satisfaction --period 2026-03 --tz Europe/Rome");
    let all = json!({"rated":1,"good":1,"of":1,"good_rate":1.0,"rated_rate":1.0});
    assert_eq!(found["satisfaction"], all);
    assert_eq!(found["mean_stars"], 5.0);
    assert_eq!(
        found["rows"],
        json!([{"technician":"Đặng","satisfaction":all,"mean_stars":5.0,
                "stars":{"five":1,"four":0,"three":0,"two":0,"one":0}}])
    );
    let before = report(&desk, "satisfaction --period 2026-02");
    assert_eq!(
        (&before["mean_stars"], &before["rows"]),
        (&Value::Null, &json!([]))
    );
}

/// Every report, and what there is to be said of it.
const REPORTS: [&str; 17] = [
    "summary",
    "technicians",
    "teams",
    "tiers",
    "categories",
    "requesters",
    "assets",
    "priorities",
    "kinds",
    "locations",
    "backlog",
    "flow",
    "time",
    "recurring --at-least 1",
    "satisfaction",
    "table --rows team --columns tier --value backlog_end",
    "table --rows category --columns technician --value time_to_resolve.mean",
];

const MARCH: &str = "--period 2026-03 --tz Europe/Rome --by week --compare previous";

#[test]
fn the_time_before_is_its_own_report() {
    let mut desk = spring();
    desk.at("2026-05-01T00:00:00Z");
    desk.batch(r#"{"op":"open","at":"2026-04-02T08:00:00Z","subject":"e","requester":"anna"}"#);
    for line in REPORTS {
        let found = report(
            &desk,
            &format!("{line} --period 2026-04 --tz Europe/Rome --by week --compare previous"),
        );
        let before = report(
            &desk,
            &format!("{line} --period 2026-03 --tz Europe/Rome --by week"),
        );
        assert_eq!(found["previous"], before, "{line}");
        let year = report(
            &desk,
            &format!("{line} --period 2027-03 --tz Europe/Rome --as-of 2026-04-20 --compare year"),
        );
        assert_eq!(year["previous"]["since"], "2026-02-28T23:00:00Z", "{line}");
        // A month that has not begun is compared with one that had not.
        assert_eq!(year["previous"]["as_of"], "2025-04-19T22:00:00Z", "{line}");
    }
    let text = desk.say("report tiers --period 2026-03-29 --tz Europe/Rome --compare previous");
    assert_eq!(
        text.out,
        "\
tiers · 2026-03-29 00:00 to 2026-03-30 00:00 (exclusive), Europe/Rome
compared with the time before: 2026-03-28 00:00 to 2026-03-29 00:00 (exclusive)

TIER  OPENED   CHANGE  SOLVED  CHANGE  TICKETS  BACKLOG  TTR N  TTR P50  CHANGE  TTR P90  TTR MEAN  REOPEN  ESCAL
1          2  +100.0%       2       -        1        2      1     11 h       -     11 h      11 h       1      0
"
    );
    let csv = desk.say("report tiers --period 2026-03-29 --tz Europe/Rome --compare previous --fields tier,opened --format csv");
    assert_eq!(csv.out, "tier,opened,previous.opened\n1,2,1\n");
    // Of an instant, the one a year earlier.
    desk.at("2027-04-01T00:00:00Z");
    let year = report(&desk, "backlog --as-of 2027-03-29T09:00:00Z --compare year");
    let previous = ["/as_of", "/since", "/total"].map(|name| year["previous"].pointer(name));
    assert_eq!(
        previous.map(Option::unwrap),
        [
            &json!("2026-03-29T09:00:00Z"),
            &json!("2026-03-29T09:00:00Z"),
            &json!(2)
        ]
    );
    // Of a period that is not over, as much as there is of it.
    let half = report(
        &desk,
        "flow --period 2026-03-29 --as-of 2026-03-29T08:00:00Z --compare previous --tz Europe/Rome",
    );
    assert_eq!(half["previous"]["as_of"], "2026-03-28T09:00:00Z");
}

#[test]
fn the_same_report_is_the_same_bytes_whatever_happens_later() {
    let mut desk = spring();
    let said = |desk: &Desk, line: &str, format: &str| {
        let said = desk.say(&format!(
            "report {line} {MARCH} --as-of 2026-03-29T22:00:01Z --format {format}"
        ));
        assert_eq!((said.code, said.err.as_str()), (0, ""), "{line}");
        said.out
    };
    let formats = ["json", "csv", "table"];
    let all = |desk: &Desk| -> Vec<String> {
        let each = |line: &&str| formats.map(|format| said(desk, line, format));
        REPORTS.iter().flat_map(each).collect()
    };
    let before = all(&desk);
    assert_eq!(all(&desk), before);
    desk.at("2026-12-24T00:00:00Z");
    desk.ok(["escalate", "--query", "is:open", "-m", "x"]);
    desk.ok([
        "edit",
        "1",
        "2",
        "3",
        "--category",
        "other",
        "--requester",
        "zoë",
    ]);
    desk.ok(["close", "--query", "is:open", "-m", "x"]);
    desk.ok(["open", "later"]);
    assert_eq!(all(&desk), before);
}

#[test]
fn every_report_has_every_form() {
    let desk = spring();
    for line in REPORTS {
        for how in [
            "",
            "--by day",
            "--compare year",
            "--by month --compare previous",
        ] {
            let run = |more: &str| {
                let said = desk.say(&format!("report {line} {how} --period 2026-03 {more}"));
                assert_eq!(
                    (said.code, said.err.as_str()),
                    (0, ""),
                    "{line} {how} {more}"
                );
                said.out
            };
            for format in ["csv", "tsv"] {
                let text = run(&format!("--format {format}"));
                let mark = if format == "csv" { ',' } else { '\t' };
                let cells: Vec<usize> = text
                    .lines()
                    .map(|line| line.matches(mark).count())
                    .collect();
                assert!(
                    cells.iter().all(|count| *count == cells[0]),
                    "{line} {how}\n{text}"
                );
            }
            let json: Value = serde_json::from_str(&run("--json")).unwrap();
            assert_eq!(
                json.get("series").is_some(),
                how.contains("--by") || line == "flow"
            );
            assert_eq!(json.get("previous").is_some(), how.contains("--compare"));
            for json_line in run("--format jsonl").lines() {
                assert!(
                    serde_json::from_str::<Value>(json_line)
                        .unwrap()
                        .is_object()
                );
            }
            assert!(run("--format markdown").starts_with("# Report: "));
            assert!(run("").contains(" · 2026-03-01 00:00 to 2026-04-01 00:00 (exclusive), UTC\n"));
        }
    }
}

#[test]
fn fields_are_picked_in_steps_too() {
    let desk = spring();
    let line = "summary --since 2026-03-28 --until 2026-03-30 --by day --fields flow.opened,flow.solved --tz Europe/Rome";
    assert_eq!(
        desk.say(&format!("report {line} --format csv")).out,
        "since,until,flow.opened,flow.solved\n\
         2026-03-27T23:00:00Z,2026-03-28T23:00:00Z,1,0\n\
         2026-03-28T23:00:00Z,2026-03-29T22:00:00Z,2,2\n"
    );
    let found = report(&desk, line);
    assert_eq!(found["flow"], json!({"opened":3,"solved":2}));
    assert_eq!(
        found["series"][1],
        json!({"since":"2026-03-28T23:00:00Z","until":"2026-03-29T22:00:00Z","flow":{"opened":2,"solved":2}})
    );
    let text = desk.say(&format!("report {line} --compare previous")).out;
    assert!(
        text.ends_with(
            "By day\nDAY         OPENED  CHANGE  SOLVED  CHANGE\n\
             2026-03-28       1       -       0       -\n\
             2026-03-29       2       -       2       -\n"
        ),
        "{text}"
    );
    let first = report(
        &desk,
        "categories --period 2026-03 --top 1 --by month --tz Europe/Rome",
    );
    let names = each(&first["series"][0]["rows"], &["/category"]);
    assert_eq!((names, &first["top"]), (json!([["打印机"]]), &json!(1)));
}

/// In steps there can be rows that the whole has not: who had a ticket at the end of a week, and has it no
/// more.
#[test]
fn where_there_are_no_more_than_the_first_rows_nothing_is_cut() {
    let mut desk = Desk::new();
    desk.at("2026-05-01T00:00:00Z");
    desk.batch(
        r#"{"op":"open","ref":"A","at":"2026-03-03T08:00:00Z","subject":"a","to":"lan"}
{"op":"assign","ticket":"A","at":"2026-03-20T08:00:00Z","to":"minh"}
"#,
    );
    let line = "technicians --period 2026-03 --by week";
    let all = report(&desk, line);
    assert_eq!(each(&all["rows"], &["/technician"]), json!([["minh"]]));
    assert_eq!(
        each(&all["series"][1]["rows"], &["/technician"]),
        json!([["lan"]])
    );
    for top in [1, 5] {
        let first = report(&desk, &format!("{line} --top {top}"));
        assert_eq!(first["series"], all["series"], "{top}");
    }
}

/// Tickets that nothing happened to are counted without being read.
#[test]
fn tickets_that_stand_still_are_those_of_who_has_them() {
    let mut desk = Desk::new();
    desk.at("2026-04-01T00:00:00Z");
    let open = |(key, to, category): (&str, Option<&str>, &str)| {
        json!({"op":"open","ref":key,"at":"2026-01-05T08:00:00Z","by":"anna","subject":"x","to":to,"category":category}).to_string()
    };
    let lines: Vec<String> = [
        ("A", Some("lan"), "network"),
        ("B", Some("lan"), "printer"),
        ("C", Some("Đặng"), "network"),
        ("D", Some("minh"), "network"),
        ("E", None, "network"),
        ("F", None, "printer"),
    ]
    .map(open)
    .into();
    desk.batch(&format!("{}\n", lines.join("\n")));
    // All that one of them has moves.
    desk.batch("{\"op\":\"close\",\"ticket\":\"D\",\"at\":\"2026-03-02T08:00:00Z\",\"by\":\"minh\",\"message\":\"x\"}\n");
    let rows = |line: &str, by: &str| {
        let found = report(&desk, &format!("{line} --period 2026-03"));
        each(&found["rows"], &[by, "/solved", "/backlog_end"])
    };
    let table = [
        (
            "technicians",
            "/technician",
            json!([
                ["minh", 1, 0],
                ["lan", 0, 2],
                ["Đặng", 0, 1],
                ["none", 0, 2]
            ]),
        ),
        (
            "technicians category:network",
            "/technician",
            json!([
                ["minh", 1, 0],
                ["lan", 0, 1],
                ["Đặng", 0, 1],
                ["none", 0, 1]
            ]),
        ),
        (
            "technicians category:printer",
            "/technician",
            json!([["lan", 0, 1], ["none", 0, 1]]),
        ),
        ("tiers", "/tier", json!([[1, 1, 5]])),
        ("teams", "/team", json!([["none", 1, 5]])),
        ("teams category:printer", "/team", json!([["none", 0, 2]])),
    ];
    for (line, by, expected) in table {
        assert_eq!(rows(line, by), expected, "{line}");
    }
}

#[test]
fn what_cannot_be_reported_is_refused_with_what_can() {
    let desk = spring();
    let table = [
        (
            "report sumary",
            "there is no report `sumary` / hint: did you mean `summary`?",
        ),
        (
            "report --by weak",
            "there is no step `weak` / hint: did you mean `week`?",
        ),
        (
            "report --compare prev",
            "there is no comparison `prev` / hint: did you mean `previous`?",
        ),
        (
            "report backlog --by day",
            "--by needs a period, and `backlog` is of an instant / hint: say which one: --period last-month, --since 2026-01-01",
        ),
        (
            "report backlog --compare previous",
            "--compare previous needs a period, and `backlog` is of an instant / hint: say which one: --period last-month, --since 2026-01-01",
        ),
        (
            "report flow --top 3",
            "`flow` has no rows to take the first of",
        ),
        (
            "report teams --rows team",
            "--rows is for `report table`, not for `teams`",
        ),
        (
            "report teams --at-least 2",
            "--at-least is for `report recurring`, not for `teams`",
        ),
        (
            "report table --rows team --columns team",
            "rows and columns are both by team / hint: cross two different things",
        ),
        (
            "report table --by day",
            "--by does not go with columns by month / hint: the columns are the steps",
        ),
        (
            "report table --rows technician --value opened",
            "`opened` has no value by technician",
        ),
        (
            "report table --rows team --value flow.solved",
            "`flow.solved` has no value by team / hint: `solved` has one",
        ),
        (
            "report table --value reopened",
            "there is no metric `reopened` / hint: say which of it: reopened.tickets, reopened.events, reopened.rate",
        ),
        (
            "report table --columns monht",
            "there is no column `monht` / hint: did you mean `month`?",
        ),
        (
            "report --period 2011-12-30 --tz Pacific/Apia",
            "there was no 2011-12-30 in the zone Pacific/Apia / hint: the clocks there went on from the day before with the day after",
        ),
        (
            "report --since 2011-12-30 --tz Pacific/Apia",
            "there was no 2011-12-30 in the zone Pacific/Apia / hint: the clocks there went on from the day before with the day after",
        ),
        (
            "report --explain time_to_resolv",
            "there is no metric `time_to_resolv` / hint: did you mean `time_to_resolve`?",
        ),
    ];
    for (line, expected) in table {
        assert_eq!(
            desk.say(line).refusal(),
            format!("2 error: {expected}"),
            "{line}"
        );
    }
    for line in [
        "report --top 0",
        "report recurring --at-least 0",
        "report summary --explain solved",
    ] {
        assert_eq!(desk.say(line).code, 2, "{line}");
    }
}

#[test]
fn a_metric_is_explained() {
    let desk = Desk::new();
    let said = desk.ok(["report", "--explain", "reopened.rate"]);
    assert_eq!(
        said.out,
        "\
reopened.rate
  Back from solved in the period, without unmerged tickets. In rows by technician, team or tier, credited to who had solved it, whenever that was.
  rate
    `tickets` over the distinct tickets solved in the period, which may be others: so it may be above 1.
"
    );
    let said = desk.ok(["report", "--explain", "unassigned", "--json"]);
    assert_eq!(
        said.json(),
        json!({"metric":"unassigned","definition":"Active tickets that nobody has."})
    );
    let said = desk.ok(["report", "--explain", "satisfaction", "--format", "csv"]);
    assert!(
        said.out.contains("\nrated_rate,`rated` over `of`.\n"),
        "{}",
        said.out
    );
    // It needs no tickets, and makes none.
    assert!(!desk.data().exists());
}

#[test]
fn hostile_names_above_columns_stay_text() {
    let desk = Desk::new();
    let name = "=1+1|\u{202e}<b>";
    desk.batch(&format!(
        "{}\n",
        json!({"op":"open","subject":"x","category":name,"requester":"anna","at":"2026-11-20T08:00:00Z"})
    ));
    for format in ["table", "csv", "tsv", "markdown", "json", "jsonl"] {
        let said = desk.say(&format!(
            "report table --rows requester --columns category --value opened --period 2026-11 --format {format}"
        ));
        assert_eq!(said.code, 0, "{said:?}");
        let raw = said.out.chars().find(|c| "\u{1b}\u{202e}".contains(*c));
        assert_eq!(raw, None, "{format}: {}", said.out);
        if format == "csv" {
            let head = said.out.lines().next().unwrap();
            assert!(!head.contains(",="), "{head}");
        }
    }
}

/// Five tickets of March, and one of November.
fn aged() -> Desk {
    let mut desk = Desk::new();
    desk.at("2026-11-21T14:30:05Z");
    let days = ["03-02", "03-10", "03-20", "03-24", "03-28", "11-20"];
    let open = |day: &&str| json!({"op":"open","subject":"x","requester":"anna","at":format!("2026-{day}T08:00:00Z")});
    let lines: Vec<String> = days.iter().map(|day| open(day).to_string()).collect();
    desk.batch(&format!("{}\n", lines.join("\n")));
    desk
}

#[test]
fn what_is_relative_in_a_query_counts_from_the_reports_instant() {
    let mut desk = aged();
    // Seven days before the first of April, and before the first of March.
    let opened = |desk: &Desk, query: &str, more: &str| {
        report(desk, &format!("flow {query} --period 2026-03 {more}"))["flow"]["opened"].clone()
    };
    let table = [("age:>7d", 4), ("opened:>7d", 1), ("opened:<2026-03-25", 4)];
    for (query, expected) in table {
        assert_eq!(opened(&desk, query, ""), expected, "{query}");
    }
    assert_eq!(
        opened(&desk, "opened:today", "--as-of 2026-03-10T12:00:00Z"),
        1
    );
    desk.at("2027-01-01T00:00:00Z");
    for (query, expected) in table {
        assert_eq!(opened(&desk, query, ""), expected, "{query}");
    }
    // The time before is read at its own instant, as its own report is.
    for query in ["age:>7d", "opened:>7d"] {
        let april = format!("flow {query} --period 2026-04 --compare previous --by day");
        let march = format!("flow {query} --period 2026-03 --by day");
        assert_eq!(report(&desk, &april)["previous"], report(&desk, &march));
    }
}

#[test]
fn the_period_is_that_of_the_instant_of_which_it_is() {
    let desk = aged();
    let table = [
        ("", "2026-02-01T00:00:00Z", "2026-03-03T00:00:00Z"),
        (
            "--period last-month",
            "2026-02-01T00:00:00Z",
            "2026-03-01T00:00:00Z",
        ),
        (
            "--period today",
            "2026-03-03T00:00:00Z",
            "2026-03-04T00:00:00Z",
        ),
        ("--since 2d", "2026-03-01T12:00:00Z", "2026-03-03T12:00:00Z"),
    ];
    for (period, since, until) in table {
        let found = report(
            &desk,
            &format!("summary --as-of 2026-03-03T12:00:00Z {period}"),
        );
        assert_eq!(
            [&found["since"], &found["until"]],
            [since, until],
            "{period}"
        );
        assert_eq!(found["as_of"], "2026-03-03T12:00:00Z");
    }
    let found = report(&desk, "summary --as-of 2026-03-03");
    assert_eq!(found["flow"]["opened"], 1);
}

#[test]
fn an_instant_that_has_not_come_is_refused() {
    let desk = aged();
    let expected = "4 error: 2026-11-21T14:30:06Z has not come yet: it is 2026-11-21T14:30:05Z \
                    / hint: without --as-of, a report knows what happened until now";
    for line in ["summary", "backlog", "flow --period 2026-03"] {
        let line = format!("report {line} --as-of 2026-11-21T14:30:06Z");
        assert_eq!(desk.say(&line).refusal(), expected);
    }
    report(&desk, "backlog --as-of 2026-11-21T14:30:05Z");
    // Told as it was typed.
    for (line, expected) in [
        (
            "--as-of 2026-11-21T16:00",
            "4 error: 2026-11-21T16:00:00+01:00 has not come yet: it is 2026-11-21T15:30:05+01:00 \
             / hint: without --as-of, a report knows what happened until now",
        ),
        (
            "--since 2026-07-02 --until 2026-07-01",
            "2 error: the period ends (2026-07-01T00:00:00+02:00) before it begins \
             (2026-07-02T00:00:00+02:00)",
        ),
        (
            "--since 2026-07-02 --until 2026-07-02",
            "2 error: the period is empty: it begins and ends at 2026-07-02T00:00:00+02:00",
        ),
    ] {
        let line = format!("report summary {line} --tz Europe/Oslo");
        assert_eq!(desk.say(&line).refusal(), expected, "{line}");
    }
}

#[test]
fn the_roster_is_that_of_the_present_alone() {
    let desk = aged();
    desk.ok(["tech", "add", "lan", "--capacity", "4"]);
    desk.ok(["assign", "1", "--to", "lan", "--at", "2026-11-10T08:00:00Z"]);
    let past = [
        "backlog --as-of 2026-11-21T14:30:05Z",
        "backlog --as-of 2026-11-20",
        "backlog --period 2026-03",
        "backlog --since 2026-10-01 --until 2026-11-21 --by week --compare previous",
    ];
    let all = |desk: &Desk| past.map(|line| report(desk, line));
    let before = all(&desk);
    desk.ok(["tech", "add", "zoe", "--capacity", "5"]);
    desk.ok(["tech", "edit", "lan", "--capacity", "7"]);
    assert_eq!(all(&desk), before);
    let row = |technician, load, capacity: Value, rate: Value| json!({"technician":technician,"load":load,"pending":0,"capacity":capacity,"rate":rate});
    let lan = row("lan", 1, Value::Null, Value::Null);
    assert_eq!(before[1]["workload"], json!([lan]));
    assert_eq!(before[2]["workload"], json!([]));
    let today = json!([
        row("lan", 1, 7.into(), 0.142857.into()),
        row("zoe", 0, 5.into(), 0.0.into())
    ]);
    for line in [
        "backlog",
        "backlog --period 2026-11",
        "backlog --since 2026-11-01",
    ] {
        assert_eq!(report(&desk, line)["workload"], today, "{line}");
    }
    // Nor is it known of the steps before the present one, nor of the month before.
    let found = report(
        &desk,
        "backlog --period 2026-11 --by week --compare previous",
    );
    let series = found["series"].as_array().unwrap();
    let workloads: Vec<&Value> = series.iter().map(|step| &step["workload"]).collect();
    assert_eq!(workloads, [&json!([]), &json!([]), &json!([lan]), &today]);
    assert_eq!(found["previous"]["workload"], json!([]));
}

#[test]
fn the_steps_of_two_times_are_of_the_same_length() {
    let desk = spring();
    // 31 days are days where nobody said, and 32 are weeks: a year earlier there is a 29th of February.
    let line = "flow --since 2017-02-28 --until 2017-03-31 --compare year";
    for (line, by) in [
        (line.to_owned(), "day"),
        (
            line.replace("02-28", "02-10").replace("03-31", "03-13"),
            "day",
        ),
        (
            line.replace("2017", "2016").replace("03-31", "03-30"),
            "day",
        ),
        (format!("{line} --by month"), "month"),
    ] {
        let found = report(&desk, &line);
        assert_eq!([&found["by"], &found["previous"]["by"]], [by, by], "{line}");
    }
}

#[test]
fn a_value_can_have_any_name() {
    let mut desk = Desk::new();
    desk.at("2026-03-10T00:00:00Z");
    let solve = |category: &str, to: &str, day: u32| {
        let at = format!("2026-03-0{day}T08:00:00Z");
        let open = json!({"op":"open","ref":at,"at":at,"subject":"x","category":category,"to":to});
        format!(
            "{open}\n{}\n",
            json!({"op":"resolve","ticket":at,"at":at,"message":"x"})
        )
    };
    for (category, to, day) in [
        ("total", "minh", 1),
        ("technician", "minh", 2),
        ("net", "minh", 3),
        ("net", "total", 4),
        ("net", "minh", 5),
    ] {
        desk.batch(&solve(category, to, day));
    }
    let line = "table --rows technician --columns category --period 2026-03";
    let say = |more: &str| desk.say(&format!("report {line} {more}")).out;
    assert_eq!(
        say("--format csv"),
        "technician,net,technician,total,total\nminh,2,1,1,4\ntotal,1,,,1\n"
    );
    assert!(
        say("").ends_with(
            "TECHNICIAN  net  technician  total  TOTAL\n\
             minh          2           1      1      4\n\
             total         1           -      -      1\n\
             total         3           1      1      5\n"
        ),
        "{}",
        say("")
    );
    // A name is picked with all that is called so.
    assert_eq!(
        say("--fields technician,total --format csv"),
        "technician,technician,total,total\nminh,1,1,4\ntotal,,,1\n"
    );
    let picked = report(&desk, &format!("{line} --fields total"));
    assert_eq!(picked["rows"][0], json!({"cells":[1],"total":4}));
    // In steps, and beside an earlier time, each stands beside its own.
    let by = say("--by month --compare previous --format csv");
    let (_, rows) = by.split_once('\n').unwrap();
    let step = "2026-03-01T00:00:00Z,2026-04-01T00:00:00Z";
    assert_eq!(
        rows,
        format!("{step},minh,2,,1,,1,,4,\n{step},total,1,,,,,,1,\n")
    );
    // Days stand beside days: on the 4th, and on the 3rd.
    let line = "table --rows technician --columns day --since 2026-03-04 --until 2026-03-06";
    let csv = desk.say(&format!("report {line} --compare previous --format csv"));
    assert!(
        csv.out.contains("\nminh,,1,1,1,1,2\ntotal,1,,,,1,\n"),
        "{}",
        csv.out
    );
}

/// In every report, in every form, and both out of the index's counts and of the tickets' histories.
#[test]
fn who_is_called_none_is_somebody() {
    let mut desk = Desk::new();
    let mut lines = String::new();
    for (i, name) in [Some("none"), None, Some("none"), Some("\"none\"")]
        .iter()
        .enumerate()
    {
        let at = format!("2026-03-0{}T08:00:00Z", i + 1);
        let open = json!({
            "op":"open","at":at,"subject":"x","requester":name,"category":name,"asset":name,"location":name,
        });
        lines += &format!("{open}\n");
    }
    desk.batch(&lines);
    for at in ["2026-04-01T00:00:00Z", "2026-05-01T00:00:00Z"] {
        desk.at(at);
        for by in ["requester", "category", "asset", "location"] {
            let kind = by.replace("ory", "orie") + "s";
            let line = format!("{kind} --since 2026-03-01 --until 2026-05-01 --as-of {at}");
            let backlog = [&*format!("/{by}"), "/backlog_end"];
            let found = each(&report(&desk, &line)["rows"], &backlog);
            let expected = json!([["\"\"none\"\"", 1], ["\"none\"", 2], ["none", 1]]);
            let rows = |found: &Value| {
                let mut rows = found.as_array().unwrap().clone();
                rows.sort_by_key(Value::to_string);
                Value::from(rows)
            };
            assert_eq!(rows(&found), rows(&expected), "{line}");
            // Of the time after, they are only counted.
            let quiet = format!("{kind} --since 2026-03-20 --until 2026-05-01 --as-of {at}");
            let found = each(&report(&desk, &quiet)["rows"], &backlog);
            assert_eq!(rows(&found), rows(&expected), "{quiet}");
            // As they are written, they are asked for.
            let csv = desk.say(&format!(
                "report {line} --fields {by},backlog_end --format tsv"
            ));
            let mut lines: Vec<&str> = csv.out.lines().skip(1).collect();
            lines.sort_unstable();
            assert_eq!(
                lines,
                ["\"\"none\"\"\t1", "\"none\"\t2", "none\t1"],
                "{line}"
            );
            for (name, count) in [("none", 1), ("\"none\"", 2)] {
                let query = format!("{by}:{name}");
                let found = desk.ok(["list", &query, "--json"]).json();
                assert_eq!(found["total"], count, "{query}");
            }
            let crossed = format!(
                "table --rows {by} --columns priority --value backlog_end --since 2026-03-01 --until 2026-04-01"
            );
            let found = each(
                &report(&desk, &crossed)["rows"],
                &[&*format!("/{by}"), "/total"],
            );
            assert_eq!(rows(&found), rows(&expected), "{crossed}");
            let across = format!(
                "table --rows priority --columns {by} --value backlog_end --since 2026-03-01 --until 2026-04-01"
            );
            let found = report(&desk, &across);
            let columns = each(&found["columns"], &[&*format!("/{by}")]);
            assert_eq!(
                columns,
                json!([["\"none\""], ["\"\"none\"\""], ["none"]]),
                "{across}"
            );
            assert_eq!(found["rows"][0]["cells"], json!([2, 1, 1]), "{across}");
            let one = format!("report {across} --fields none --format tsv");
            assert_eq!(desk.say(&one).out, "none\n1\n");
        }
    }
    let again = report(
        &desk,
        "recurring --since 2026-03-01 --until 2026-04-01 --at-least 2",
    );
    let found = each(&again["rows"], &["/dimension", "/value", "/opened"]);
    let twice = |by| json!([by, "\"none\"", 2]);
    assert_eq!(
        found,
        json!([twice("category"), twice("asset"), twice("requester")])
    );
    // Beside the time before, each stands beside its own.
    let beside = desk.say(
        "report requesters --since 2026-03-02 --until 2026-03-04 --compare previous --fields requester,opened \
         --format tsv",
    );
    assert_eq!(
        beside.out,
        "requester\topened\tprevious.opened\n\"none\"\t1\t1\nnone\t1\t\n"
    );
}

#[test]
fn who_was_there_in_the_time_before_is_not_lost() {
    let mut desk = Desk::new();
    desk.at("2026-05-01T00:00:00Z");
    let solve = |to: &str, at: &str| {
        let open = json!({"op":"open","ref":at,"at":at,"subject":"x","category":to,"to":to});
        format!(
            "{open}\n{}\n",
            json!({"op":"close","ticket":at,"at":at,"message":"x"})
        )
    };
    for (to, at) in [
        ("minh", "2026-03-03T08:00:00Z"),
        ("minh", "2026-03-04T08:00:00Z"),
        ("lan", "2026-04-03T08:00:00Z"),
    ] {
        desk.batch(&solve(to, at));
    }
    let line = "report technicians --period 2026-04 --compare previous --fields technician,solved";
    let say = |line: &str, format: &str| desk.say(&format!("{line} --format {format}")).out;
    assert_eq!(
        say(line, "csv"),
        "technician,solved,previous.solved\nlan,1,\nminh,,2\n"
    );
    assert!(
        say(line, "table").ends_with(
            "TECHNICIAN  SOLVED   CHANGE\nlan              1        -\nminh             0  -100.0%\n"
        ),
        "{}",
        say(line, "table")
    );
    for format in ["html", "markdown"] {
        assert!(say(line, format).contains("minh"), "{format}");
    }
    assert_eq!(
        desk.say(&format!("{line} --format jsonl")).json_lines(),
        [
            json!({"technician":"lan","solved":1,"previous":null}),
            json!({"previous":{"technician":"minh","solved":2}}),
        ]
    );
    // What had a value then and has none now did not change.
    let median = "report technicians --period 2026-04 --compare previous --fields technician,time_to_resolve.p50";
    let median = say(median, "table");
    let last: Vec<&str> = median.lines().last().unwrap().split_whitespace().collect();
    assert_eq!(last, ["minh", "-", "-"]);
    // What came back then is told, though it does so no more.
    let again = "recurring --period 2026-04 --at-least 2";
    let row = ["/value", "/opened", "/before", "/change", "/candidate"];
    let found = report(&desk, &format!("{again} --compare previous"));
    let expected = json!(["minh", 0, 2, -1.0, null]);
    assert_eq!(each(&found["rows"], &row)[0], expected);
    let alone = report(&desk, again);
    let is_minh = |row: &Value| row["value"] == "minh";
    assert!(!alone["rows"].as_array().unwrap().iter().any(is_minh));
    let step = "2026-04-01T00:00:00Z,2026-05-01T00:00:00Z";
    assert_eq!(
        say(&format!("{line} --by month"), "csv"),
        format!("since,until,technician,solved,previous.solved\n{step},lan,1,\n{step},minh,,2\n")
    );
    // Of a table it stands above what the columns add up to.
    let table = "report table --rows technician --columns tier --period 2026-04 --compare previous";
    assert!(
        say(table, "table").ends_with(
            "TECHNICIAN  tier 1  TOTAL   CHANGE\n\
             lan              1      1        -\n\
             minh             -      0  -100.0%\n\
             total            1      1   -50.0%\n"
        ),
        "{}",
        say(table, "table")
    );
}

/// Also where it has rows, columns or steps that there are none of now.
#[test]
fn nothing_of_the_time_before_is_cut_off() {
    let mut desk = Desk::new();
    desk.at("2026-05-01T00:00:00Z");
    for (category, at, tier) in [
        ("a", "2026-01-30T08:00:00Z", 1),
        ("b", "2026-01-31T08:00:00Z", 2),
        ("b", "2026-01-31T09:00:00Z", 2),
        ("c", "2026-01-01T08:00:00Z", 1),
        ("a", "2026-02-28T08:00:00Z", 1),
    ] {
        let open = json!({"op":"open","ref":at,"at":at,"subject":"x","category":category});
        let escalate = json!({"op":"escalate","ticket":at,"at":at,"message":"x","tier":2});
        let close = json!({"op":"close","ticket":at,"at":at,"message":"x"});
        desk.batch(&match tier {
            1 => format!("{open}\n{close}\n"),
            _ => format!("{open}\n{escalate}\n{close}\n"),
        });
    }
    let say = |line: &str, format: &str| {
        let line = format!("report {line} --period 2026-02 --compare previous --format {format}");
        desk.say(&line).out
    };
    // Columns: nothing was solved at tier 2 in February.
    let table = "table --rows category --columns tier";
    assert_eq!(
        say(table, "csv"),
        "category,1,previous.1,2,previous.2,total,previous.total\n\
         a,1,1,,,1,1\n\
         b,,,,2,,2\n\
         c,,1,,,,1\n"
    );
    assert!(
        say(table, "table").ends_with(
            "CATEGORY  tier 1  tier 2  TOTAL   CHANGE\n\
             a              1       -      1    +0.0%\n\
             b              -       -      0  -100.0%\n\
             c              -       -      0  -100.0%\n\
             total          1       -      1   -75.0%\n"
        ),
        "{}",
        say(table, "table")
    );
    // Rows: there is room for one more, and that is the largest of January.
    let rows = "categories --fields category,opened";
    assert_eq!(
        say(&format!("{rows} --top 2"), "csv"),
        "category,opened,previous.opened\na,1,1\nb,,2\n"
    );
    assert_eq!(
        say(&format!("{rows} --top 1"), "csv"),
        "category,opened,previous.opened\na,1,1\n"
    );
    // Steps: February has 28 days, and January three more.
    let steps = "flow --by day --fields flow.opened";
    let csv = say(steps, "csv");
    let last: Vec<&str> = csv.lines().skip(28).collect();
    assert_eq!(
        last,
        [
            "2026-02-28T00:00:00Z,2026-03-01T00:00:00Z,1,0",
            "2026-01-29T00:00:00Z,2026-01-30T00:00:00Z,,0",
            "2026-01-30T00:00:00Z,2026-01-31T00:00:00Z,,1",
            "2026-01-31T00:00:00Z,2026-02-01T00:00:00Z,,2",
        ]
    );
    let lines = desk.say(&format!(
        "report {steps} --period 2026-02 --compare previous --format jsonl"
    ));
    let lines = lines.json_lines();
    assert_eq!(lines.len(), 31);
    let last = json!({
        "since":"2026-01-31T00:00:00Z","until":"2026-02-01T00:00:00Z","previous":{"flow":{"opened":2}},
    });
    assert_eq!(lines[30], last);
    let days = "categories --by day --fields category,opened";
    let csv = say(days, "csv");
    assert_eq!(csv.lines().count(), 5, "{csv}");
    assert!(
        csv.ends_with("2026-01-31T00:00:00Z,2026-02-01T00:00:00Z,b,,2\n"),
        "{csv}"
    );
    // People read there by how much something changed, and a day without another beside it did not.
    for format in ["table", "markdown", "html"] {
        assert!(!say(days, format).contains("2026-01-31"), "{format}");
    }
}

/// Who believes its words to the letter is told no other time than the one that was counted.
#[test]
fn the_head_of_a_comparison_says_which_time_and_which_rows() {
    let mut desk = spring();
    desk.at("2026-03-30T10:00:00Z");
    let known = |line: &str| {
        let out = desk.say(&format!("report {line}")).out;
        out.lines().nth(1).unwrap().to_owned()
    };
    let table = [
        (
            "categories --period 2026-03 --compare previous --top 2",
            "as of 2026-03-30 10:00 · the first 2 rows · \
             compared with the time before: 2026-02-01 00:00 to 2026-03-01 00:00 (exclusive)",
        ),
        (
            "categories --period 2026-03-30 --compare previous",
            "as of 2026-03-30 10:00 · \
             compared with the time before: 2026-03-29 00:00 to 2026-03-30 00:00 (exclusive), as of 2026-03-29 10:00",
        ),
        (
            "tiers --period 2026-02 --compare year",
            "compared with a year earlier: 2025-02-01 00:00 to 2025-03-01 00:00 (exclusive)",
        ),
        (
            "backlog --compare year --top 3",
            "as of 2026-03-30 10:00 · the oldest 3 · compared with a year earlier: 2025-03-30 10:00",
        ),
        (
            "recurring --period 2026-02 --top 3",
            "the first 3 rows of each table",
        ),
    ];
    for (line, expected) in table {
        assert_eq!(known(line), expected, "{line}");
    }
    let page = desk
        .say("report tiers --period 2026-03 --compare previous --format html")
        .out;
    for defined in ["<dt>Change</dt>", "<dt>Previous</dt>"] {
        assert_eq!(page.matches(defined).count(), 1, "{defined}");
    }
    let page = desk
        .say("report recurring --period 2026-03 --compare previous --format html")
        .out;
    assert_eq!(page.matches("<dt>Change</dt>").count(), 1);
}

#[test]
fn totals_of_more_rows_than_are_shown_say_so() {
    let desk = spring();
    let line = "report table --columns day --value opened --since 2026-03-28 --until 2026-03-31 --tz Europe/Rome";
    let last = |more: &str| {
        let out = desk.say(&format!("{line} {more}")).out;
        out.lines().last().unwrap().to_owned()
    };
    let columns = "1           2           1      4";
    assert_eq!(last("--top 1"), format!("all rows           {columns}"));
    assert_eq!(last("--top 2"), format!("total              {columns}"));
    assert_eq!(last(""), format!("total              {columns}"));
}

#[test]
fn a_step_differs_from_its_own_report_as_it_is_explained() {
    let mut desk = Desk::new();
    desk.at("2026-06-01T00:00:00Z");
    desk.batch(
        r#"{"op":"open","ref":"A","at":"2026-03-02T08:00:00Z","subject":"a","requester":"anna","to":"minh"}
{"op":"close","ticket":"A","at":"2026-03-02T08:30:00Z","by":"minh","message":"x"}
{"op":"rate","ticket":"A","at":"2026-03-02T09:00:00Z","by":"anna","stars":5}
{"op":"open","ref":"B","at":"2026-03-31T08:00:00Z","subject":"b","requester":"anna","by":"anna"}
{"op":"close","ticket":"B","at":"2026-04-01T08:00:00Z","by":"minh","message":"x"}
{"op":"reopen","ticket":"A","at":"2026-04-02T08:00:00Z","by":"anna","message":"no"}
{"op":"close","ticket":"A","at":"2026-04-03T08:00:00Z","by":"lan","message":"x"}
"#,
    );
    let found = report(
        &desk,
        "summary --since 2026-03-01 --until 2026-05-01 --by month",
    );
    let step = found["series"][0].as_object().unwrap();
    let alone = report(&desk, "summary --period 2026-03");
    let others = step.keys().filter(|name| step[*name] != alone[*name]);
    let mut others: Vec<&str> = others.map(String::as_str).collect();
    others.sort_unstable();
    let expected = [
        "first_contact_resolution",
        "first_response",
        "full_time_to_resolve",
        "one_touch_resolution",
        "satisfaction",
    ];
    assert_eq!(others, expected);
    let said = desk.ok(["report", "--explain", "series"]).out;
    assert!(expected.iter().all(|name| said.contains(name)), "{said}");
    let said = desk.ok(["report", "--explain", "columns"]).out;
    assert!(said.contains("as in `series`"), "{said}");
}
