//! Reports as pages, in a real browser: what a person would see of them.
//!
//! A page is measured (`measure.js`) on a phone, on a tablet and on a desk, in the light and in the
//! dark, and printed. With `DESK_PICTURES=DIR` all that is kept there, to be looked at.

mod chromium;
mod hostile;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::harness::{Desk, has, thorough};
use chromium::Browser;

const MEASURE: &str = include_str!("measure.js");

/// A phone, a tablet, a desk.
const WIDTHS: [u32; 3] = [360, 768, 1400];

/// The reports of which every figure is compared.
const REPORTS: [&str; 11] = [
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
];

/// The same in steps, beside an earlier time, and the other reports; and how many lines are drawn of
/// each, in the charts that have some.
const OTHERS: [(&str, &[u64]); 9] = [
    ("flow", &[3, 1]),
    ("flow --by week --compare year", &[3, 1]),
    ("summary --by week --compare previous", &[3, 1]),
    ("technicians --by week --compare previous", &[4]),
    ("time", &[]),
    ("recurring", &[]),
    ("satisfaction", &[]),
    ("table --rows category --columns week", &[4]),
    (
        "table --rows priority --columns tier --value time_to_resolve.p50",
        &[],
    ),
];

/// What stands between groups of digits where no country is named.
const GAP: char = '\u{202f}';

/// A few thousand tickets of November 2026, so that there are numbers to be grouped: most are solved,
/// after a time that grows with their number.
fn busy() -> Desk {
    let mut lines = String::new();
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
    for i in 0..2400_u32 {
        let (day, hour) = (1 + i % 20, i % 10);
        let at = |hour: u32, minute: u32| format!("2026-11-{day:02}T{hour:02}:{minute:02}:00Z");
        let (tech, area) = (people[(i % 7 % 5) as usize], areas[(i % 9 % 4) as usize]);
        let reference = format!("R{i}");
        let opened = serde_json::json!({
            "op": "open", "ref": reference, "at": at(hour, 0), "subject": "It does not work & <why>?",
            "requester": format!("person{}", i % 40), "category": area, "asset": format!("PC-{}", i % 30),
            "location": "Hà Nội", "kind": "incident", "priority": 1 + i % 5, "to": tech, "team": "desk",
        });
        lines += &format!("{opened}\n");
        if i % 4 > 0 {
            let closed = serde_json::json!({
                "op": "close", "ticket": reference, "at": at(hour + i % 13, i % 60), "by": tech, "message": "x",
            });
            lines += &format!("{closed}\n");
        }
    }
    // In the order in which it happened.
    let mut sorted: Vec<&str> = lines.lines().collect();
    sorted.sort_by_key(|line| {
        let line: Value = serde_json::from_str(line).unwrap();
        (
            line["at"].as_str().unwrap().to_owned(),
            line["op"] == "close",
        )
    });
    let desk = Desk::in_memory();
    desk.batch(&(sorted.join("\n") + "\n"));
    desk
}

/// The page of a report, in a file beside the data.
fn page(desk: &Desk, line: &str) -> PathBuf {
    let file = desk.beside().join(format!("{line}.html"));
    let words = ["report"].into_iter().chain(line.split(' '));
    let said = desk.ok(words.chain(["--period", "2026-11", "-o", file.to_str().unwrap()]));
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
    let desk = busy();
    let mut browser = Browser::start();
    for report in REPORTS {
        let file = page(&desk, report);
        let json = desk
            .ok(["report", report, "--period", "2026-11", "--json"])
            .json();
        let mut papers = BTreeSet::new();
        let is_chief = ["summary", "categories", "backlog"].contains(&report);
        let widths = match is_chief || thorough() {
            true => &WIDTHS[..],
            // Where there is the least room, most goes wrong.
            false => &WIDTHS[..1],
        };
        for &width in widths {
            for scheme in ["light", "dark"] {
                browser.look(width, scheme);
                browser.open(&file);
                let seen = browser.evaluate(MEASURE);
                if let Some(folder) = pictures() {
                    let picture = folder.join(format!("{report}-{width}-{scheme}.png"));
                    std::fs::write(picture, browser.picture()).unwrap();
                }
                papers.insert(seen["paper"].to_string());
                is_well_made(&seen, &format!("{report} at {width} px, {scheme}"));
                is_exact(&seen, report, &json);
                is_drawn(&seen, report, &json);
            }
        }
        assert_eq!(papers.len(), 2, "{report}: the dark is another one");
        is_printed(&mut browser, report, &file);
    }
}

#[test]
fn lines_are_drawn_of_what_has_steps() {
    if !(has("chromium") && has("pdftotext")) {
        return;
    }
    let desk = busy();
    let mut browser = Browser::start();
    for (line, expected) in OTHERS {
        let file = page(&desk, line);
        for (width, scheme) in [(360, "dark"), (1400, "light")] {
            browser.look(width, scheme);
            browser.open(&file);
            let seen = browser.evaluate(MEASURE);
            let what = format!("{line} at {width} px, {scheme}");
            if let Some(folder) = pictures() {
                let picture = folder.join(format!("{what}.png"));
                std::fs::write(picture, browser.picture()).unwrap();
            }
            is_well_made(&seen, &what);
            let lines = |chart: &Value| {
                let lines = chart["lines"].as_array().unwrap().iter();
                lines.filter(|count| count.as_u64() > Some(0)).count() as u64
            };
            let charts = seen["charts"].as_array().unwrap().iter();
            let lines: Vec<u64> = charts.map(lines).filter(|count| *count > 0).collect();
            assert_eq!(lines, expected, "{what}");
            assert!(
                seen["text"].as_str().unwrap().contains("\nDefinitions\n"),
                "{what}"
            );
        }
        is_printed(&mut browser, line, &file);
    }
}

/// What is true of every page.
fn is_well_made(seen: &Value, what: &str) {
    let none = serde_json::json!([]);
    for defect in ["out", "faint", "ids", "refused"] {
        assert_eq!(seen[defect], none, "{what}: {defect}");
    }
    assert_eq!(seen["scrolls"], false, "{what}");
    assert_eq!(seen["lang"], "en");
    assert_eq!(seen["landmarks"], serde_json::json!([1, 1, 1]));
    for table in seen["tables"].as_array().unwrap() {
        for sound in ["named", "heads", "rowHeads"] {
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

/// The figures in the tables are those of the JSON.
fn is_exact(seen: &Value, report: &str, json: &Value) {
    let tables = seen["tables"].as_array().unwrap();
    match report {
        "summary" => {
            let flow = &json["flow"];
            let names = [
                "backlog_start",
                "opened",
                "reopened",
                "solved",
                "backlog_end",
            ];
            let shown = seen["sum"].as_array().unwrap().iter().map(count);
            let expected = names.iter().map(|name| flow[name].as_u64());
            assert!(shown.eq(expected), "{}: {flow}", seen["sum"]);
            let times = &tables[0]["rows"][0];
            assert_eq!(times[2], duration(&json["time_to_resolve"]["p50"]));
            assert_eq!(times[5], duration(&json["time_to_resolve"]["mean"]));
        }
        "backlog" => {
            assert_eq!(count(&seen["sum"][0]), json["total"].as_u64());
            let ages = json["aging"].as_object().unwrap().values();
            let shown = tables[0]["rows"][0].as_array().unwrap()[3..]
                .iter()
                .map(count);
            assert!(
                shown.eq(ages.map(Value::as_u64)),
                "{}",
                tables[0]["rows"][0]
            );
            assert_eq!(tables[1]["rows"].as_array().unwrap().len(), 10);
        }
        _ => {
            let rows = json["rows"].as_array().unwrap();
            let shown = tables[0]["rows"].as_array().unwrap();
            assert_eq!(shown.len(), rows.len());
            for (shown, row) in shown.iter().zip(rows) {
                // Technicians open nothing, and have no such column.
                let cells = shown.as_array().unwrap();
                let cells = if row["opened"].is_null() {
                    &cells[1..]
                } else {
                    &cells[2..]
                };
                let key = row.as_object().unwrap().values().next().unwrap();
                let key = key.as_str().map_or_else(|| key.to_string(), str::to_owned);
                assert_eq!(shown[0], key.as_str());
                assert_eq!(count(&cells[0]), row["solved"].as_u64());
                assert_eq!(count(&cells[1]), row["solved_tickets"].as_u64());
                assert_eq!(count(&cells[2]), row["backlog_end"].as_u64());
                assert_eq!(cells[4], duration(&row["time_to_resolve"]["p50"]));
                assert_eq!(cells[6], duration(&row["time_to_resolve"]["mean"]));
            }
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

/// On A4, with everything on it that stands on the screen.
fn is_printed(browser: &mut Browser, report: &str, file: &Path) {
    let seen = browser.evaluate(MEASURE);
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
    let text = said("pdftotext", &["-raw", path, "-"]);
    let solid = |text: &str| text.split_whitespace().collect::<String>().replace(GAP, "");
    let text = solid(&text);
    for table in seen["tables"].as_array().unwrap() {
        for row in table["rows"].as_array().unwrap() {
            // Long words are broken, and a line of its own may stand between the parts.
            for cell in row.as_array().unwrap()[1..]
                .iter()
                .filter_map(Value::as_str)
            {
                assert!(
                    text.contains(&solid(cell)),
                    "{report}: {cell} is not printed"
                );
            }
        }
    }
}

/// A number as it is shown, which may have a sign before it.
fn count(shown: &Value) -> Option<u64> {
    let digits: String = shown.as_str()?.chars().filter(|c| *c != GAP).collect();
    digits
        .trim_start_matches(['+', '−', '='])
        .trim()
        .parse()
        .ok()
}

fn grouped(count: u64) -> String {
    match (count / 1000, count % 1000) {
        (0, rest) => rest.to_string(),
        (thousands, rest) => format!("{thousands}{GAP}{rest:03}"),
    }
}

/// Seconds by the two largest units, as a table has them.
fn duration(seconds: &Value) -> String {
    let Some(seconds) = seconds.as_f64().map(|seconds| seconds.round() as u64) else {
        return "-".to_owned();
    };
    let units = [(86_400, "d"), (3_600, "h"), (60, "min")];
    let mut rest = seconds;
    let mut parts = Vec::new();
    for (size, name) in units {
        parts.push((rest / size, name));
        rest %= size;
    }
    let first = parts.iter().position(|(count, _)| *count > 0);
    let Some(first) = first else {
        return format!("{seconds} s");
    };
    let shown = parts
        .iter()
        .skip(first)
        .take(2)
        .filter(|(count, _)| *count > 0);
    let shown: Vec<String> = shown
        .map(|(count, name)| format!("{count} {name}"))
        .collect();
    shown.join(" ")
}
