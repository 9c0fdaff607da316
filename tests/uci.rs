//! Real incidents, replayed: the reports give what a separate program computed from the same lines.
//!
//! Where the lines come from, and under which licence, stands in `data/README.md`.
//!
//! What is checked in is an excerpt. Where the whole of it lies in a folder, as `batch.jsonl.xz` and
//! beside it the answers in `expected.json`, this checks every figure of every month, and prints the
//! differences (there should be none):
//!
//! ```text
//! DESK_UCI=FOLDER cargo test --locked --test main uci::the_whole -- --ignored --nocapture
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Read;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::harness::Desk;

fn replayed() -> Desk {
    let desk = Desk::new();
    let said = desk.batch(include_str!("data/uci-excerpt.jsonl"));
    assert_eq!(said.out.lines().count(), 191);
    desk
}

fn report(desk: &Desk, line: &str) -> Value {
    let said = desk.say(&format!("report {line} --tz UTC --json"));
    assert_eq!(said.code, 0, "{line}: {said:?}");
    said.json()
}

#[test]
fn the_summary_of_a_month_is_what_was_computed_elsewhere() {
    let desk = replayed();
    assert_eq!(
        report(&desk, "summary --period 2016-02"),
        json!({"desk_report":1,"report":"summary","since":"2016-02-01T00:00:00Z","until":"2016-03-01T00:00:00Z",
            "zone":"UTC","as_of":"2016-03-01T00:00:00Z","query":"",
            "flow":{"backlog_start":0,"opened":10,"reopened":0,"solved":6,"backlog_end":4,"merged":0,"voided":0},
            "time_to_resolve":{"n":6,"p50":1020,"p90":31980,"p99":31980,"mean":14580.0},
            "full_time_to_resolve":{"n":6,"p50":1020,"p90":31980,"p99":31980,"mean":14580.0},
            "first_response":{"n":0,"none":0,"live":10,"p50":null,"p90":null,"p99":null,"mean":null},
            "escalated":{"tickets":3,"events":3,"rate":0.3},
            "reopened":{"tickets":0,"events":0,"rate":0.0},
            "reassigned":{"tickets":0,"of":6,"rate":0.0},
            "first_contact_resolution":{"tickets":3,"of":6,"rate":0.5},
            "one_touch_resolution":{"tickets":5,"of":6,"rate":0.833333},
            "first_tier_resolution":{"tickets":5,"of":6,"rate":0.833333},
            "solved_tickets":6,
            "satisfaction":{"rated":0,"good":0,"of":6,"good_rate":null,"rated_rate":0.0}})
    );
    let march = json!({"desk_report":1,"report":"summary","since":"2016-03-01T00:00:00Z","until":"2016-04-01T00:00:00Z",
        "zone":"UTC","as_of":"2016-04-01T00:00:00Z","query":"",
        "flow":{"backlog_start":4,"opened":22,"reopened":4,"solved":24,"backlog_end":6,"merged":0,"voided":0},
        "time_to_resolve":{"n":20,"p50":115620,"p90":1199580,"p99":1901040,"mean":467496.0},
        "full_time_to_resolve":{"n":20,"p50":115620,"p90":1281060,"p99":1901040,"mean":539583.0},
        "first_response":{"n":5,"none":0,"live":17,"p50":1199520,"p90":1281060,"p99":1281060,"mean":1108536.0},
        "escalated":{"tickets":2,"events":2,"rate":0.090909},
        "reopened":{"tickets":3,"events":4,"rate":0.15},
        "reassigned":{"tickets":1,"of":20,"rate":0.05},
        "first_contact_resolution":{"tickets":5,"of":20,"rate":0.25},
        "one_touch_resolution":{"tickets":13,"of":20,"rate":0.65},
        "first_tier_resolution":{"tickets":17,"of":20,"rate":0.85},
        "solved_tickets":20,
        "satisfaction":{"rated":0,"good":0,"of":20,"good_rate":null,"rated_rate":0.0}});
    assert_eq!(report(&desk, "summary --period 2016-03"), march);
    assert_eq!(
        report(&desk, "--since 2016-03-01 --until 2016-04-01"),
        march
    );
}

#[test]
fn technicians_are_credited_with_what_they_had() {
    let desk = replayed();
    let found = report(&desk, "technicians --period 2016-03");
    let rows: Vec<Value> = found["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            assert_eq!(
                (&row["opened"], &row["flow"], &row["first_response"]),
                (&Value::Null, &Value::Null, &Value::Null)
            );
            json!([
                row["technician"],
                row["solved"],
                row["solved_tickets"],
                row["backlog_end"],
                row["time_to_resolve"]["n"],
                row["time_to_resolve"]["p50"],
                row["full_time_to_resolve"]["p50"],
                row["reopened"]["events"],
                row["escalated"]["events"],
                row["reassigned"]["tickets"],
                row["first_contact_resolution"]["tickets"],
            ])
        })
        .collect();
    let expected = json!([
        ["none", 7, 7, 1, 7, 1080, 1080, 0, 1, 0, 5],
        ["119", 4, 4, 0, 4, 1199520, 1199520, 0, 0, 0, 0],
        ["198", 3, 1, 0, 1, 156780, 786780, 2, 0, 0, 0],
        ["168", 2, 1, 0, 1, 512940, 624600, 1, 0, 0, 0],
        ["69", 2, 1, 0, 1, 620340, 1320420, 1, 0, 0, 0],
        ["17", 1, 1, 1, 1, 95100, 95100, 0, 0, 1, 0],
        ["201", 1, 1, 0, 1, 96420, 96420, 0, 0, 0, 0],
        ["208", 1, 1, 0, 1, 665160, 665160, 0, 0, 0, 0],
        ["214", 1, 1, 0, 1, 25320, 25320, 0, 0, 0, 0],
        ["216", 1, 1, 0, 1, 1901040, 1901040, 0, 0, 0, 0],
        ["65", 1, 1, 0, 1, 115620, 115620, 0, 0, 0, 0],
        ["139", 0, 0, 2, 0, null, null, 0, 0, 0, 0],
        ["193", 0, 0, 1, 0, null, null, 0, 1, 0, 0],
        ["236", 0, 0, 1, 0, null, null, 0, 0, 0, 0],
    ]);
    assert_eq!(json!(rows), expected);
}

#[test]
fn each_row_of_categories_adds_up() {
    let desk = replayed();
    let found = report(&desk, "categories --period 2016-03");
    let rows: Vec<Value> = found["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            let flow = &row["flow"];
            json!([
                row["category"],
                flow["backlog_start"],
                flow["opened"],
                flow["reopened"],
                flow["solved"],
                flow["backlog_end"],
                row["time_to_resolve"]["p50"],
                row["escalated"]["events"],
            ])
        })
        .collect();
    let expected = json!([
        ["41", 0, 5, 0, 5, 0, 1199520, 0],
        ["26/175", 1, 3, 1, 4, 1, 96420, 0],
        ["42/223", 0, 2, 0, 2, 0, 0, 0],
        ["45/150", 0, 2, 0, 0, 2, null, 0],
        ["61/164", 0, 2, 3, 5, 0, 156780, 0],
        ["20/125", 0, 1, 0, 1, 0, 0, 0],
        ["23/75", 0, 1, 0, 1, 0, 90720, 1],
        ["34/154", 0, 1, 0, 0, 1, null, 0],
        ["40/43", 0, 1, 0, 1, 0, 95100, 0],
        ["42/29", 0, 1, 0, 1, 0, 25320, 0],
        ["53/174", 0, 1, 0, 1, 0, 1080, 0],
        ["53/80", 0, 1, 0, 1, 0, 115620, 0],
        ["61/16", 0, 1, 0, 0, 1, null, 0],
        ["45/220", 1, 0, 0, 0, 1, null, 1],
        ["45/94", 1, 0, 0, 1, 0, 1901040, 0],
        ["53/127", 1, 0, 0, 1, 0, 190140, 0],
    ]);
    assert_eq!(json!(rows), expected);
    // A query narrows, flags before or behind it; what is above a category counts for it.
    let narrowed = report(&desk, "categories --period 2016-03 category:61");
    assert_eq!(narrowed["query"], "category:61");
    let narrowed = report(&desk, "categories category:61 --period 2016-03");
    let names: Vec<_> = narrowed["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| &row["category"])
        .collect();
    assert_eq!(names, ["61/164", "61/16"]);
}

#[test]
fn what_was_fed_in_stands_up_to_a_check_and_the_same_past_is_the_same_bytes() {
    let mut desk = replayed();
    assert_eq!(desk.say("fsck").code, 0);
    let line = [
        "report", "tiers", "--period", "2016-03", "--tz", "UTC", "--json",
    ];
    let before = desk.ok(line).out;
    desk.at("2026-12-24T00:00:00Z");
    desk.ok(["close", "--query", "is:open", "-m", "x"]);
    desk.ok(["open", "a new one"]);
    assert_eq!(desk.ok(line).out, before);
    // Feeding it again would open everything twice: the references are taken.
    let said = desk.feed(
        ["batch"],
        include_str!("data/uci-excerpt.jsonl")
            .lines()
            .next()
            .unwrap(),
    );
    assert_eq!(said.code, 6);
    assert_eq!(
        said.err,
        "line 1: error: reference `INC0000062` is taken: ticket 1 has it\n"
    );
}

#[test]
fn a_series_has_the_months_and_they_add_up() {
    let desk = replayed();
    let found = report(
        &desk,
        "flow --since 2016-02-01 --until 2016-05-01 --by month",
    );
    let steps: Vec<Value> = found["series"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| {
            let flow = &step["flow"];
            json!([
                step["since"],
                flow["backlog_start"],
                flow["opened"],
                flow["reopened"],
                flow["solved"],
                flow["backlog_end"],
            ])
        })
        .collect();
    let expected = json!([
        ["2016-02-01T00:00:00Z", 0, 10, 0, 6, 4],
        ["2016-03-01T00:00:00Z", 4, 22, 4, 24, 6],
        ["2016-04-01T00:00:00Z", 6, 0, 2, 6, 2],
    ]);
    assert_eq!(json!(steps), expected);
    // Each month of the table is that month's report.
    let table = report(
        &desk,
        "table --rows technician --columns month --value solved --since 2016-02-01 --until 2016-05-01",
    );
    for (at, month) in ["2016-02", "2016-03", "2016-04"].iter().enumerate() {
        let by_technician = report(&desk, &format!("technicians --period {month}"));
        assert_eq!(table["columns"][at]["month"], *month);
        let crossed: BTreeMap<String, u64> = table["rows"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|row| Some((text(&row["technician"]), row["cells"][at].as_u64()?)))
            .collect();
        assert_eq!(crossed, solved(&by_technician, "technician"), "{month}");
    }
}

#[test]
#[ignore = "needs the whole log: see the head of the file"]
fn the_whole_log_gives_what_was_computed_elsewhere() {
    let Some(folder) = std::env::var_os("DESK_UCI").map(PathBuf::from) else {
        panic!("DESK_UCI names the folder with batch.jsonl.xz and expected.json");
    };
    let answers = File::open(folder.join("expected.json")).unwrap();
    let expected: Value = serde_json::from_reader(answers).unwrap();
    let lines = unpacked(&folder.join("batch.jsonl.xz"));
    let desk = Desk::in_memory();
    let said = desk.feed(["batch", "-q"], &lines);
    assert_eq!(json!(said.code), json!(0), "{}", said.err);

    let mut differences = Vec::new();
    let mut compare = |what: &str, found: &Value, expected: &Value| {
        if found != expected {
            differences.push(format!("{what}: found {found}, expected {expected}"));
        }
    };
    for (month, expected) in expected["months"].as_object().unwrap() {
        let found = month_of(&desk, month);
        for (figure, expected) in expected.as_object().unwrap() {
            compare(&format!("{month} {figure}"), &found[figure], expected);
        }
    }
    // All of it: the months are the steps of one report, and as it was known at its end.
    let all = report(
        &desk,
        "summary --since 2016-01-01 --until 2018-01-01 --by month",
    );
    let figures = [
        ("time_to_resolve", &all["time_to_resolve"]),
        ("full_time_to_resolve", &all["full_time_to_resolve"]),
        ("solved", &all["flow"]["solved"]),
        ("reopened_tickets", &all["reopened"]["tickets"]),
        ("escalated_tickets", &all["escalated"]["tickets"]),
    ];
    for (figure, found) in figures {
        compare(&format!("all {figure}"), found, &expected["all"][figure]);
    }
    // Whom a ticket was given to after it was solved for good counts in the answers, and not as
    // reassigned: the lines say both.
    let [ever, before_its_solve] = given_to_two(&lines);
    let answer = &expected["all"]["more_than_one_assignee"];
    compare("all more_than_one_assignee", &json!(ever), answer);
    let reassigned = &all["reassigned"]["tickets"];
    compare("all reassigned", reassigned, &json!(before_its_solve));
    compare("tickets", &all["flow"]["opened"], &expected["tickets"]);
    for step in all["series"].as_array().unwrap() {
        let expected = &expected["months"][&step["since"].as_str().unwrap()[..7]];
        let flow = without_merged(&step["flow"]);
        let nothing = json!({"backlog_start":0,"opened":0,"reopened":0,"solved":0,"backlog_end":0});
        let expected = match &expected["flow"] {
            // Before the first month and after the last one.
            Value::Null => &nothing,
            flow => flow,
        };
        compare(&format!("series {}", step["since"]), &flow, expected);
    }
    for difference in &differences {
        eprintln!("{difference}");
    }
    eprintln!("{} differences", differences.len());
    assert!(differences.is_empty());
}

/// How many tickets the lines of a batch give to two or more technicians: ever, and before they were
/// last solved.
fn given_to_two(lines: &[u8]) -> [usize; 2] {
    #[derive(Default)]
    struct Given {
        to: BTreeSet<String>,
        before: usize,
        solved: bool,
    }
    let mut tickets: BTreeMap<String, Given> = BTreeMap::new();
    for line in lines
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
    {
        let line: Value = serde_json::from_slice(line).unwrap();
        let of = if line["op"] == "open" {
            "ref"
        } else {
            "ticket"
        };
        let ticket = tickets.entry(text(&line[of])).or_default();
        ticket.to.extend(line["to"].as_str().map(str::to_owned));
        match line["op"].as_str().unwrap() {
            "close" if !ticket.solved => (ticket.solved, ticket.before) = (true, ticket.to.len()),
            "reopen" => ticket.solved = false,
            _ => {}
        }
    }
    let two = |count: fn(&Given) -> usize| tickets.values().filter(|of| count(of) > 1).count();
    [two(|of| of.to.len()), two(|of| of.before)]
}

/// The figures of a month, under the names of the answers.
fn month_of(desk: &Desk, month: &str) -> Value {
    let of = |kind: &str| report(desk, &format!("{kind} --period {month}"));
    let (summary, categories) = (of("summary"), of("categories"));
    let top: Vec<Value> = categories["rows"]
        .as_array()
        .unwrap()
        .iter()
        .take(10)
        .filter(|row| row["opened"] != 0)
        .map(|row| json!([row["category"], row["opened"]]))
        .collect();
    json!({
        "flow": without_merged(&summary["flow"]),
        "solved_by_technician": solved(&of("technicians"), "technician"),
        "solved_by_tier": solved(&of("tiers"), "tier"),
        "time_to_resolve": summary["time_to_resolve"],
        "reopened_tickets": summary["reopened"]["tickets"],
        "solved_tickets": summary["solved_tickets"],
        "escalated_tickets": summary["escalated"]["tickets"],
        "escalations": summary["escalated"]["events"],
        "opened_by_category_top": top,
    })
}

/// What the answers have of the flow: in this log nothing is merged, nor opened by mistake.
fn without_merged(flow: &Value) -> Value {
    let mut flow = flow.clone();
    for name in ["merged", "voided"] {
        assert_eq!(flow.as_object_mut().unwrap().remove(name), Some(json!(0)));
    }
    flow
}

/// Who solved how many, without those who solved none.
fn solved(report: &Value, key: &str) -> BTreeMap<String, u64> {
    let rows = report["rows"].as_array().unwrap().iter();
    let rows = rows.map(|row| (text(&row[key]), row["solved"].as_u64().unwrap()));
    rows.filter(|(_, solved)| *solved > 0).collect()
}

fn text(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

fn unpacked(path: &std::path::Path) -> Vec<u8> {
    let mut xz = Command::new("xz")
        .arg("-dc")
        .arg(path)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut bytes = Vec::new();
    xz.stdout.take().unwrap().read_to_end(&mut bytes).unwrap();
    assert!(xz.wait().unwrap().success());
    bytes
}
