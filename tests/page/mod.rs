//! Reports as pages, in a real browser: what a person would see of them.
//!
//! A page is measured (`measure.js`) on a phone, on a tablet and on a desk, in the light and in the
//! dark, and printed. With `DESK_PICTURES=DIR` all that is kept there, to be looked at.

mod chromium;
mod figures;
mod hostile;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::harness::{Desk, has, thorough};
use chromium::Browser;
use figures::{GAP, count, grouped};

const MEASURE: &str = include_str!("measure.js");

/// A phone, a tablet, a desk.
const WIDTHS: [u32; 3] = [360, 768, 1400];

/// Every kind of report, some of them in steps and beside an earlier time; and which figures or rows are
/// drawn as lines in each of its charts of that kind.
const REPORTS: [(&str, &[&[&str]]); 22] = [
    ("summary", &[]),
    ("technicians", &[]),
    ("teams", &[]),
    ("tiers", &[]),
    ("categories", &[]),
    ("requesters", &[]),
    ("assets", &[]),
    ("priorities", &[]),
    ("kinds", &[]),
    ("locations", &[]),
    ("backlog", &[]),
    ("flow", FLOW),
    ("time", &[]),
    ("recurring", &[]),
    ("satisfaction", &[]),
    ("table --rows category --columns week", FOUR),
    (
        "table --rows priority --columns tier --value time_to_resolve.p50",
        &[],
    ),
    ("table --rows category --columns day", FOUR),
    (
        "table --rows priority --columns requester --value opened",
        &[],
    ),
    ("flow --by week --compare previous", FLOW),
    ("summary --by week --compare previous", FLOW),
    ("technicians --by week --compare previous", FOUR),
];

/// The lines of a flow: what passes, and what is left.
const FLOW: &[&[&str]] = &[&["opened", "reopened", "solved"], &["backlog_end"]];
/// A line for each of four rows.
const FOUR: &[&[&str]] = &[&["", "", "", ""]];

/// A few thousand tickets of November 2026, so that there are numbers to be grouped: most are solved,
/// after a time that grows with their number; some wait, are handed up, come back or are rated.
fn busy() -> Desk {
    let people = [
        "minh",
        "lan",
        "ola",
        "trần.thị.ngọc",
        "a-login-that-is-longer-than-anybody-expects",
    ];
    let areas = [
        "network/vpn",
        "hardware/printer",
        "account",
        "software/a-very-long-name-of-a-product",
    ];
    let mut lines: Vec<Value> = Vec::new();
    for i in 0..2400_u32 {
        let (day, hour) = (1 + i % 20, i % 10);
        let at = |hour: u32, minute: u32| format!("2026-11-{day:02}T{hour:02}:{minute:02}:00Z");
        let (tech, area) = (people[(i % 7 % 5) as usize], areas[(i % 9 % 4) as usize]);
        let mut line = |at: String, of: Value| {
            let mut line =
                json!({"ref": format!("R{i}"), "ticket": format!("R{i}"), "at": at, "by": tech});
            line.as_object_mut()
                .unwrap()
                .extend(of.as_object().unwrap().clone());
            let unused = if line["op"] == "open" {
                "ticket"
            } else {
                "ref"
            };
            line.as_object_mut().unwrap().remove(unused);
            lines.push(line);
        };
        let opened = json!({
            "op": "open", "subject": "It does not work & <why>?", "requester": format!("person{}", i % 40),
            "category": area, "asset": format!("PC-{}", i % 30), "location": "Hà Nội", "kind": "incident",
            "priority": 1 + i % 5, "to": tech, "team": "desk",
        });
        line(at(hour, 0), opened);
        if i % 11 == 3 {
            line(at(hour, 0), json!({"op": "escalate", "message": "x"}));
        }
        let done = at(hour + i % 13, i % 60);
        if i % 4 == 0 {
            if i % 12 == 0 {
                line(done, json!({"op": "wait", "message": "x"}));
            }
            continue;
        }
        line(done.clone(), json!({"op": "close", "message": "x"}));
        if i % 5 == 1 {
            line(done.clone(), json!({"op": "rate", "stars": 1 + i % 6 % 5}));
        }
        if i % 17 == 1 {
            line(done, json!({"op": "reopen", "message": "x"}));
        }
    }
    // In the order in which it happened; of one instant, as it stands here.
    lines.sort_by_key(|line| line["at"].as_str().unwrap().to_owned());
    let lines: Vec<String> = lines.iter().map(Value::to_string).collect();
    let desk = Desk::in_memory();
    desk.batch(&(lines.join("\n") + "\n"));
    desk
}

/// What a report is asked for with, and of which time: beside the time before, of one that has as much
/// before it.
fn words(line: &str) -> Vec<&str> {
    let period = match line.contains("--compare") {
        true => "--since 2026-11-11 --until 2026-11-21",
        false => "--period 2026-11",
    };
    let words = ["report"].into_iter().chain(line.split(' '));
    words.chain(period.split(' ')).collect()
}

/// The page of a report, in a file beside the data.
fn page(desk: &Desk, line: &str) -> PathBuf {
    let file = desk.beside().join(format!("{line}.html"));
    let said = desk.ok([words(line), vec!["-o", file.to_str().unwrap()]].concat());
    assert_eq!(said.out, "");
    file
}

/// Where pictures are kept, if anybody wants them.
fn pictures() -> Option<PathBuf> {
    std::env::var_os("DESK_PICTURES").map(PathBuf::from)
}

#[test]
fn a_report_can_be_read_on_every_screen_and_on_paper() {
    if !(has("chromium") && has("pdftotext")) {
        return;
    }
    for kind in desk::report::Kind::all() {
        let is_it = |(line, _): &(&str, _)| line.split(' ').next() == Some(kind.as_str());
        assert!(REPORTS.iter().any(is_it), "{kind} is not looked at");
    }
    let desk = busy();
    let mut browser = Browser::start();
    for (line, lines) in REPORTS {
        let file = page(&desk, line);
        let json = desk.ok([words(line), vec!["--json"]].concat()).json();
        let expected = figures::tables(&json);
        let mut papers = BTreeSet::new();
        let mut last = Value::Null;
        browser.open(&file);
        for width in WIDTHS {
            // The dark has other colours, and no other places: it is looked at where there is the least room.
            let dark = (width == WIDTHS[0] || thorough()).then_some("dark");
            for scheme in ["light"].into_iter().chain(dark) {
                browser.look(width, scheme);
                let seen = browser.evaluate(MEASURE);
                let what = format!("{line} at {width} px, {scheme}");
                if let Some(folder) = pictures() {
                    let picture = folder.join(format!("{line}-{width}-{scheme}.png"));
                    std::fs::write(picture, browser.picture()).unwrap();
                }
                papers.insert(seen["paper"].to_string());
                is_well_made(&seen, &what);
                is_exact(&seen, &expected, &json, &what);
                match json["rows"].is_array()
                    && lines.is_empty()
                    && json["rows"][0]["solved"].is_u64()
                {
                    true => is_drawn(&seen, line, &json),
                    false => are_drawn(&seen, lines, &json, &what),
                }
                last = seen;
            }
        }
        assert_eq!(papers.len(), 2, "{line}: the dark is another one");
        is_printed(&mut browser, line, &file, &last);
    }
}

/// What is true of every page.
fn is_well_made(seen: &Value, what: &str) {
    let none = json!([]);
    for defect in ["out", "faint", "ids", "refused", "strangers"] {
        assert_eq!(seen[defect], none, "{what}: {defect}");
    }
    assert_eq!(seen["scrolls"], false, "{what}");
    assert_eq!(seen["lang"], "en");
    assert_eq!(seen["landmarks"], json!([1, 1, 1]));
    assert!(
        seen["text"].as_str().unwrap().contains("\nDefinitions\n"),
        "{what}"
    );
    for table in seen["tables"].as_array().unwrap() {
        for sound in ["named", "scoped", "rowHeads"] {
            assert_eq!(
                table[sound], true,
                "{what}: {sound} of {}",
                table["caption"]
            );
        }
    }
    for chart in seen["charts"].as_array().unwrap() {
        assert_eq!(chart["role"], "img");
        assert!(
            chart["title"]
                .as_str()
                .is_some_and(|title| !title.is_empty())
        );
        // 9 CSS pixels are 7 points.
        assert!(chart["smallest"].as_f64().unwrap() > 9.0, "{what}: {chart}");
    }
}

/// All figures on the page are those of the JSON, in every column.
fn is_exact(seen: &Value, expected: &[figures::Table], json: &Value, what: &str) {
    let shown = seen["tables"].as_array().unwrap().iter();
    let strings = |of: &Value| -> Vec<String> { serde_json::from_value(of.clone()).unwrap() };
    let shown = shown.map(|table| {
        let rows = table["rows"].as_array().unwrap().iter().map(strings);
        (strings(&table["heads"]), rows.collect())
    });
    let shown: Vec<figures::Table> = shown.collect();
    assert_eq!(shown.len(), expected.len(), "{what}");
    for ((heads, rows), (expected_heads, expected_rows)) in shown.iter().zip(expected) {
        assert_eq!(heads, expected_heads, "{what}");
        assert_eq!(rows, expected_rows, "{what}: {heads:?}");
    }
    let sum: Vec<Option<u64>> = seen["sum"].as_array().unwrap().iter().map(count).collect();
    let parts = [
        "backlog_start",
        "opened",
        "reopened",
        "solved",
        "backlog_end",
    ];
    let expected: Vec<Option<u64>> = match (&json["flow"], &json["unassigned"]) {
        (Value::Null, Value::Null) => vec![],
        (Value::Null, unassigned) => vec![json["total"].as_u64(), unassigned.as_u64()],
        (flow, _) => parts.iter().map(|name| flow[name].as_u64()).collect(),
    };
    assert_eq!(sum, expected, "{what}");
}

/// Every line of these charts is there, with a point for each step, as high as its value; other charts
/// have none. Each is named in the legend, where there are several.
fn are_drawn(seen: &Value, expected: &[&[&str]], json: &Value, what: &str) {
    let points =
        |line: &Value| -> Vec<(f64, f64)> { serde_json::from_value(line.clone()).unwrap() };
    let lines = |chart: &Value| -> Vec<Vec<(f64, f64)>> {
        let lines = chart["lines"].as_array().unwrap().iter().map(points);
        lines.filter(|line| !line.is_empty()).collect()
    };
    let charts = seen["charts"].as_array().unwrap().iter();
    let charts = charts.map(|chart| (chart, lines(chart)));
    let charts: Vec<_> = charts.filter(|(_, lines)| !lines.is_empty()).collect();
    assert_eq!(charts.len(), expected.len(), "{what}");
    for ((chart, lines), names) in charts.iter().zip(expected) {
        assert_eq!(lines.len(), names.len(), "{what}: {names:?}");
        let mut scale = Vec::new();
        for (line, name) in lines
            .iter()
            .zip(*names)
            .filter(|(_, name)| !name.is_empty())
        {
            let steps = json["series"].as_array().unwrap();
            assert_eq!(line.len(), steps.len(), "{what}: {name}");
            let values = steps
                .iter()
                .map(|step| step["flow"][name].as_f64().unwrap());
            scale.extend(line.iter().map(|(_, y)| *y).zip(values));
            if names.len() > 1 {
                let texts = chart["texts"].as_array().unwrap();
                assert!(
                    texts.contains(&json!(name.replace('_', " "))),
                    "{what}: {name}"
                );
            }
        }
        // All of a chart stand on one scale.
        let by_value = |a: &&(f64, f64), b: &&(f64, f64)| a.1.total_cmp(&b.1);
        let Some((low, high)) = scale
            .iter()
            .min_by(by_value)
            .zip(scale.iter().max_by(by_value))
        else {
            continue;
        };
        assert!(high.1 > low.1 && high.0 < low.0, "{what}: {names:?}");
        for (y, value) in &scale {
            let expected = low.0 + (value - low.1) / (high.1 - low.1) * (high.0 - low.0);
            assert!(
                (y - expected).abs() < 3.0,
                "{what}: {y} for {value} in {names:?}"
            );
        }
    }
}

/// Every value has its bar, as long as it is large, and the value beside it.
fn is_drawn(seen: &Value, report: &str, json: &Value) {
    let charts = seen["charts"].as_array().unwrap();
    let Some(rows) = json["rows"].as_array() else {
        assert_eq!(charts.len(), 2, "{report}");
        return;
    };
    assert_eq!(charts.len(), 2, "{report}");
    let opens = rows.iter().any(|row| !row["opened"].is_null());
    let figures: &[&[&str]] = match opens {
        true => &[&["opened"], &["solved"]],
        false => &[&["solved"]],
    };
    let times: &[&[&str]] = &[&["time_to_resolve", "p50"], &["time_to_resolve", "p90"]];
    for (chart, series) in charts.iter().zip([figures, times]) {
        let value = |row: &Value, path: &[&str]| path.iter().fold(row, |at, key| &at[key]).as_f64();
        let drawn = rows
            .iter()
            .filter(|row| series.iter().any(|path| value(row, path).is_some()));
        let drawn: Vec<&Value> = drawn.take(12).collect();
        let mut scales = Vec::new();
        for (i, path) in series.iter().enumerate() {
            let values: Vec<f64> = drawn.iter().filter_map(|row| value(row, path)).collect();
            let values: Vec<f64> = values.into_iter().filter(|value| *value > 0.0).collect();
            let mut bars = chart["bars"][i].as_array().unwrap().clone();
            if series.len() > 1 {
                // The first one is the legend's.
                bars.remove(0);
            }
            assert_eq!(bars.len(), values.len(), "{report}: {path:?}: {bars:?}");
            let scale = bars.iter().zip(&values);
            scales.extend(scale.map(|(bar, value)| (bar[0].as_f64().unwrap(), *value)));
        }
        let longest = scales
            .iter()
            .copied()
            .fold((0.0, 0.0), |a, b| if b.0 > a.0 { b } else { a });
        for (length, value) in scales {
            let expected = value / longest.1 * longest.0;
            assert!(
                (length - expected).abs() < 3.0,
                "{report}: {length} for {value}"
            );
        }
        let texts: BTreeSet<&str> = chart["texts"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(Value::as_str)
            .collect();
        if series[0] == ["solved"] {
            for row in drawn {
                assert!(texts.contains(grouped(row["solved"].as_u64().unwrap()).as_str()));
            }
        }
    }
}

/// On A4, with everything on it that stands on the screen, in letters that can be read: these.
fn is_printed(browser: &mut Browser, report: &str, file: &Path, seen: &Value) -> String {
    let pdf = browser.print();
    let folder = pictures().unwrap_or_else(|| file.parent().unwrap().to_owned());
    let path = folder.join(format!("{report}.pdf"));
    std::fs::write(&path, &pdf).unwrap();
    let said = |tool: &str, args: &[&str]| {
        let output = Command::new(tool).args(args).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let path = path.to_str().unwrap();
    assert!(said("pdfinfo", &[path]).contains("(A4)"), "{report}");
    let printed = said("pdftotext", &["-raw", path, "-"]);
    let solid = |text: &str| text.split_whitespace().collect::<String>().replace(GAP, "");
    let text = solid(&printed);
    for table in seen["tables"].as_array().unwrap() {
        let rows = table["rows"].as_array().unwrap().iter();
        let cells = rows.flat_map(|row| row.as_array().unwrap());
        let heads = table["heads"].as_array().unwrap().iter();
        let heads = heads.map(|head| head.as_str().unwrap());
        // Above a measure stands its group, and not beside it.
        let heads = heads.flat_map(|head| head.split(": "));
        for cell in cells.filter_map(Value::as_str).chain(heads) {
            // Long words are broken, and a line of its own may stand between the parts.
            assert!(
                text.contains(&solid(cell)),
                "{report}: {cell} is not printed"
            );
        }
    }
    lies_on_paper(&said("pdftotext", &["-bbox", path, "-"]), report);
    printed
}

/// Every word lies between the margins, and none is smaller than print is in a dictionary.
fn lies_on_paper(words: &str, report: &str) {
    const MARGIN: f64 = 14.0 / 25.4 * 72.0;
    const SMALLEST: f64 = 5.5;
    let number = |line: &str, name: &str| {
        let (_, rest) = line.split_once(&format!("{name}=\""))?;
        rest.split('"').next()?.parse::<f64>().ok()
    };
    let mut width = 0.0;
    for line in words.lines() {
        if line.contains("<page ") {
            width = number(line, "width").unwrap();
        }
        if line.contains("<word ") {
            let at = |name| number(line, name).unwrap();
            let is_inside = at("xMin") > MARGIN - 2.0 && at("xMax") < width - MARGIN + 2.0;
            assert!(is_inside, "{report}: beside the paper: {line}");
            assert!(
                at("yMax") - at("yMin") > SMALLEST,
                "{report}: too small: {line}"
            );
        }
    }
    assert!(width > 0.0, "{report}");
}

/// A table of many columns is printed in parts, each with the names of the rows.
#[test]
fn a_table_wider_than_paper_is_printed_in_parts() {
    if !(has("chromium") && has("pdftotext")) {
        return;
    }
    let desk = Desk::in_memory();
    let names: Vec<String> = (0..30).map(|i| format!("person{i:02}")).collect();
    let lines = names.iter().enumerate().map(|(i, name)| {
        let long = if i == 7 {
            "x".repeat(300)
        } else {
            name.clone()
        };
        let open = json!({
            "op": "open", "at": "2026-11-10T08:00:00Z", "subject": "x", "requester": long,
            "category": if i % 2 == 0 { "network" } else { "hardware" },
        });
        format!("{open}\n")
    });
    desk.batch(&lines.collect::<String>());
    let line = "table --rows category --columns requester --value opened";
    let file = page(&desk, line);
    let mut browser = Browser::start();
    browser.open(&file);
    browser.look(1400, "light");
    let seen = browser.evaluate(MEASURE);
    // On a screen it is one table.
    assert_eq!(seen["tables"].as_array().unwrap().len(), 1);
    is_well_made(&seen, line);
    let text = is_printed(&mut browser, line, &file, &seen);
    for name in names.iter().filter(|name| *name != "person07") {
        assert_eq!(text.matches(name.as_str()).count(), 1, "{name}: {text}");
    }
    let parts = text.matches("part ").count();
    assert!(parts > 1, "{text}");
    for row in ["network", "hardware", "Category"] {
        assert!(text.matches(row).count() >= parts, "{row}: {text}");
    }
}
