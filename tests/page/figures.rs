//! What the tables of a page must show: every column of every table, worked out from the JSON.
//!
//! Written down here is which columns there are, and of what. So a page that shows a column more, one
//! less or another one than is compared fails too.

use serde_json::Value;

/// A table as it is read: the heads of its columns, with that of the group before it, and its rows.
pub(super) type Table = (Vec<String>, Vec<Vec<String>>);

/// What stands between groups of digits where no country is named.
pub(super) const GAP: char = '\u{202f}';

/// How a value is written.
#[derive(Clone, Copy, PartialEq)]
enum As {
    Count,
    Stars,
    Time,
    Rate,
    Change,
    Text,
}
use As::{Change, Count, Rate, Stars, Text, Time};

/// A column of figures: its head, what it is of, and whether a change is told behind it.
type Column = (&'static str, &'static str, As, bool);

const ROWS: [Column; 10] = [
    ("Opened", "/opened", Count, true),
    ("Solved", "/solved", Count, true),
    ("Solved tickets", "/solved_tickets", Count, false),
    ("Backlog end", "/backlog_end", Count, false),
    ("Time to resolve: n", "/time_to_resolve/n", Count, false),
    ("Time to resolve: p50", "/time_to_resolve/p50", Time, true),
    ("Time to resolve: p90", "/time_to_resolve/p90", Time, false),
    (
        "Time to resolve: mean",
        "/time_to_resolve/mean",
        Time,
        false,
    ),
    ("Reopened: tickets", "/reopened/tickets", Count, false),
    ("Escalated: tickets", "/escalated/tickets", Count, false),
];
const STEPS: [Column; 8] = [
    ("Flow: backlog start", "/flow/backlog_start", Count, false),
    ("Flow: opened", "/flow/opened", Count, true),
    ("Flow: reopened", "/flow/reopened", Count, false),
    ("Flow: solved", "/flow/solved", Count, true),
    ("Flow: backlog end", "/flow/backlog_end", Count, false),
    ("Time to resolve: n", "/time_to_resolve/n", Count, false),
    ("Time to resolve: p50", "/time_to_resolve/p50", Time, false),
    ("Time to resolve: p90", "/time_to_resolve/p90", Time, false),
];
const TIMES: [(&str, &str); 3] = [
    ("time to resolve", "/time_to_resolve"),
    ("full time to resolve", "/full_time_to_resolve"),
    ("first response", "/first_response"),
];
const OF_TIMES: [Column; 7] = [
    ("N", "/n", Count, true),
    ("P50", "/p50", Time, true),
    ("P90", "/p90", Time, false),
    ("P99", "/p99", Time, false),
    ("Mean", "/mean", Time, false),
    ("None", "/none", Count, false),
    ("Live", "/live", Count, false),
];
/// The tickets, the events, of how many and in a word of what, and the rate.
const SHARES: [(&str, [&str; 5]); 9] = [
    ("solved tickets", ["/solved_tickets", "", "", "", ""]),
    (
        "escalated",
        [
            "/escalated/tickets",
            "/escalated/events",
            "/flow/opened",
            "opened",
            "/escalated/rate",
        ],
    ),
    (
        "reopened",
        [
            "/reopened/tickets",
            "/reopened/events",
            "/solved_tickets",
            "solved",
            "/reopened/rate",
        ],
    ),
    (
        "reassigned",
        [
            "/reassigned/tickets",
            "",
            "/solved_tickets",
            "solved",
            "/reassigned/rate",
        ],
    ),
    (
        "first contact",
        [
            "/first_contact_resolution/tickets",
            "",
            "/solved_tickets",
            "solved",
            "/first_contact_resolution/rate",
        ],
    ),
    (
        "one touch",
        [
            "/one_touch_resolution/tickets",
            "",
            "/solved_tickets",
            "solved",
            "/one_touch_resolution/rate",
        ],
    ),
    (
        "first tier",
        [
            "/first_tier_resolution/tickets",
            "",
            "/solved_tickets",
            "solved",
            "/first_tier_resolution/rate",
        ],
    ),
    (
        "rated",
        [
            "/satisfaction/rated",
            "",
            "/solved_tickets",
            "solved",
            "/satisfaction/rated_rate",
        ],
    ),
    (
        "rated 4 or 5 stars",
        [
            "/satisfaction/good",
            "",
            "/satisfaction/rated",
            "rated",
            "/satisfaction/good_rate",
        ],
    ),
];
const AGES: [Column; 7] = [
    ("Total", "/total", Count, false),
    ("Under 1 day", "/aging/under_1_day", Count, false),
    ("Days 1 to 3", "/aging/days_1_to_3", Count, false),
    ("Days 3 to 7", "/aging/days_3_to_7", Count, false),
    ("Days 7 to 14", "/aging/days_7_to_14", Count, false),
    ("Days 14 to 30", "/aging/days_14_to_30", Count, false),
    ("Over 30 days", "/aging/over_30_days", Count, false),
];
const OLDEST: [Column; 5] = [
    ("Priority", "/priority", Text, false),
    ("Age", "/age", Time, false),
    ("Opened", "/opened", Text, false),
    ("Assignee", "/assignee", Text, false),
    ("Subject", "/subject", Text, false),
];
const WORKLOAD: [Column; 4] = [
    ("Load", "/load", Count, false),
    ("Pending", "/pending", Count, false),
    ("Capacity", "/capacity", Count, false),
    ("Rate", "/rate", Rate, false),
];
const WAITS: [Column; 7] = [
    ("Seconds", "/seconds", Time, false),
    ("Share", "/share", Rate, false),
    ("Time in status: n", "/time_in_status/n", Count, false),
    ("Time in status: p50", "/time_in_status/p50", Time, false),
    ("Time in status: p90", "/time_in_status/p90", Time, false),
    ("Time in status: p99", "/time_in_status/p99", Time, false),
    ("Time in status: mean", "/time_in_status/mean", Time, false),
];
const RECURRING: [Column; 8] = [
    ("Opened", "/opened", Count, false),
    ("Before", "/before", Count, false),
    ("Change", "/change", Change, false),
    ("Requesters", "/requesters", Count, false),
    ("First tier: tickets", "/first_tier/tickets", Count, false),
    ("First tier: of", "/first_tier/of", Count, false),
    ("First tier: rate", "/first_tier/rate", Rate, false),
    ("Candidate", "/candidate", Text, false),
];
const RATINGS: [Column; 10] = [
    ("Satisfaction: of", "/satisfaction/of", Count, false),
    ("Satisfaction: rated", "/satisfaction/rated", Count, false),
    (
        "Satisfaction: rated rate",
        "/satisfaction/rated_rate",
        Rate,
        false,
    ),
    (
        "Satisfaction: good rate",
        "/satisfaction/good_rate",
        Rate,
        true,
    ),
    ("Mean stars", "/mean_stars", Stars, false),
    ("Stars: five", "/stars/five", Count, false),
    ("Stars: four", "/stars/four", Count, false),
    ("Stars: three", "/stars/three", Count, false),
    ("Stars: two", "/stars/two", Count, false),
    ("Stars: one", "/stars/one", Count, false),
];

/// The tables of a report's page.
pub(super) fn tables(json: &Value) -> Vec<Table> {
    let report = json["report"].as_str().unwrap();
    let mut tables = match report {
        "summary" => vec![times(json), shares(json)],
        "flow" => vec![],
        "backlog" => backlog(json),
        "time" => [
            (Value::Null, "Status"),
            ("tier".into(), "Tier"),
            ("team".into(), "Team"),
        ]
        .map(|(of, head)| waits(json, &of, head))
        .into(),
        "recurring" => ["category", "asset", "requester"]
            .map(|of| recurring(json, of))
            .into(),
        "satisfaction" => vec![rows(json, "technician", &RATINGS)],
        "table" => vec![crossed(json)],
        _ => {
            let key = key(json);
            vec![rows(json, &key, &of_rows(&key))]
        }
    };
    if json["by"].is_string() {
        tables.push(match report {
            "summary" => in_steps(json, None, &STEPS),
            "flow" => in_steps(json, None, &STEPS[..5]),
            _ => {
                let key = key(json);
                in_steps(json, Some(&key), &of_rows(&key))
            }
        });
    }
    tables
}

/// What the rows are by: the first key of each.
fn key(json: &Value) -> String {
    json["rows"][0]
        .as_object()
        .unwrap()
        .keys()
        .next()
        .unwrap()
        .clone()
}

/// A technician opens nothing, and has no such column.
fn of_rows(key: &str) -> Vec<Column> {
    ROWS[usize::from(key == "technician")..].to_vec()
}

/// Heads of keys, and of columns with what is told behind them.
fn heads(keys: &[&str], columns: &[Column], compares: bool) -> Vec<String> {
    let mut heads: Vec<String> = keys.iter().map(|key| capital(key)).collect();
    for (head, _, _, changes) in columns {
        heads.push((*head).to_owned());
        if compares && *changes {
            heads.push("Change".to_owned());
        }
    }
    heads
}

/// The cells of columns, beside those of an earlier time where there is one.
fn cells(columns: &[Column], now: &Value, before: Option<&Value>) -> Vec<String> {
    let mut cells = Vec::new();
    for (_, at, form, changes) in columns {
        let value = |of: &Value| of.pointer(at).cloned().unwrap_or_default();
        cells.push(written(&value(now), *form));
        if let (Some(before), true) = (before, changes) {
            cells.push(changed(&value(now), &value(before), *form));
        }
    }
    cells
}

/// By how much a value is more than it was.
fn changed(now: &Value, before: &Value, form: As) -> String {
    match (now.as_f64(), before.as_f64()) {
        (Some(now), Some(before)) if form == Rate => format!("{:+.1} pp", (now - before) * 100.0),
        (Some(now), Some(before)) if before != 0.0 => {
            written(&((now - before) / before).into(), Change)
        }
        _ => "-".to_owned(),
    }
}

/// Those of now, and below them those that were there in the earlier time alone.
fn pairs<'a>(now: &'a Value, before: Option<&'a Value>, key: &str) -> Vec<(&'a Value, &'a Value)> {
    let all = |of: &'a Value| of["rows"].as_array().unwrap();
    let Some(before) = before else {
        return all(now).iter().map(|row| (row, &Value::Null)).collect();
    };
    let same = |of: &'a Value, row: &Value| all(of).iter().find(|other| other[key] == row[key]);
    let here = all(now).iter();
    let here = here.map(|row| (row, same(before, row).unwrap_or(&Value::Null)));
    let gone = all(before).iter().filter(|row| same(now, row).is_none());
    here.chain(gone.map(|row| (&Value::Null, row))).collect()
}

fn rows(json: &Value, key: &str, columns: &[Column]) -> Table {
    let before = json.get("previous");
    let row = |(now, was): (&Value, &Value)| {
        let name = if now.is_null() { was } else { now };
        let mut row = vec![named(&name[key])];
        row.extend(cells(columns, now, before.map(|_| was)));
        row
    };
    let rows = pairs(json, before, key).into_iter().map(row).collect();
    (heads(&[key], columns, before.is_some()), rows)
}

/// The same step by step, each beside the one at the same place of the time before.
fn in_steps(json: &Value, key: Option<&str>, columns: &[Column]) -> Table {
    let unit = json["by"].as_str().unwrap();
    let before = json.get("previous");
    let mut all = Vec::new();
    for (at, step) in json["series"].as_array().unwrap().iter().enumerate() {
        let was = before.map(|before| &before["series"][at]);
        match key {
            None => {
                let mut row = vec![step_name(step, unit)];
                row.extend(cells(columns, step, was));
                all.push(row);
            }
            Some(key) => {
                for (now, then) in pairs(step, was, key) {
                    let name = if now.is_null() { then } else { now };
                    let mut row = vec![step_name(step, unit), named(&name[key])];
                    row.extend(cells(columns, now, was.map(|_| then)));
                    all.push(row);
                }
            }
        }
    }
    let keys: Vec<&str> = [unit].into_iter().chain(key).collect();
    (heads(&keys, columns, before.is_some()), all)
}

fn times(json: &Value) -> Table {
    let before = json.get("previous");
    let row = |(label, at): (&str, &str)| {
        let of = |of: &Value| of.pointer(at).unwrap().clone();
        let mut row = vec![label.to_owned()];
        row.extend(cells(&OF_TIMES, &of(json), before.map(of).as_ref()));
        row
    };
    (
        heads(&["time"], &OF_TIMES, before.is_some()),
        TIMES.map(row).into(),
    )
}

fn shares(json: &Value) -> Table {
    let before = json.get("previous");
    let row = |(label, [tickets, events, of, what, rate]): (&str, [&str; 5])| {
        let value = |from: &Value, at: &str| match at {
            "" => Value::Null,
            at => from.pointer(at).unwrap().clone(),
        };
        let change = |at: &str, form: As| {
            before.map(|before| changed(&value(json, at), &value(before, at), form))
        };
        let of = match of {
            "" => "-".to_owned(),
            of => format!("{} {what}", written(&value(json, of), Count)),
        };
        let mut row = vec![label.to_owned(), written(&value(json, tickets), Count)];
        row.extend(change(tickets, Count));
        row.extend([written(&value(json, events), Count), of]);
        row.push(written(&value(json, rate), Rate));
        row.extend(change(rate, Rate));
        row
    };
    let mut heads: Vec<&str> = vec!["Share", "Tickets", "Events", "Of", "Rate"];
    if before.is_some() {
        heads.insert(2, "Change");
        heads.push("Change");
    }
    let heads = heads.into_iter().map(str::to_owned).collect();
    (heads, SHARES.map(row).into())
}

fn backlog(json: &Value) -> Vec<Table> {
    let listed = |of: &Value, name: &str, columns: &[Column]| -> Vec<Vec<String>> {
        let row = |row: &Value| {
            let mut cells_of = vec![named(&row[name])];
            cells_of.extend(cells(columns, row, None));
            cells_of
        };
        of.as_array().unwrap().iter().map(row).collect()
    };
    let mut ages = vec![["all".to_owned(), "-".to_owned()].to_vec()];
    ages[0].extend(cells(&AGES, json, None));
    for by in ["priority", "tier"] {
        let rows = listed(&json[format!("by_{by}")], by, &AGES);
        ages.extend(
            rows.into_iter()
                .map(|row| [vec![by.to_owned()], row].concat()),
        );
    }
    let mut oldest = listed(&json["oldest"], "id", &OLDEST);
    for row in &mut oldest {
        // To the minute, in the zone of who reads it, here UTC.
        row[3] = row[3].replace('T', " ")[..16].to_owned();
    }
    let workload = listed(&json["workload"], "technician", &WORKLOAD);
    vec![
        (heads(&["dimension", "value"], &AGES, false), ages),
        (heads(&["id"], &OLDEST, false), oldest),
        (heads(&["technician"], &WORKLOAD, false), workload),
    ]
}

fn waits(json: &Value, of: &Value, head: &str) -> Table {
    let all = json["rows"].as_array().unwrap().iter();
    let row = |row: &Value| {
        let status = row["status"].as_str().unwrap().to_owned();
        let mut cells_of = match of.is_null() {
            true => vec![status],
            false => vec![named(&row["value"]), status],
        };
        cells_of.extend(cells(&WAITS, row, None));
        cells_of
    };
    let rows = all.filter(|row| row["dimension"] == *of).map(row).collect();
    let keys = match of.is_null() {
        true => vec![head],
        false => vec![head, "Status"],
    };
    (heads(&keys, &WAITS, false), rows)
}

fn recurring(json: &Value, of: &str) -> Table {
    let all = json["rows"].as_array().unwrap().iter();
    let row = |row: &Value| {
        let mut cells_of = vec![named(&row["value"])];
        cells_of.extend(cells(&RECURRING, row, None));
        cells_of
    };
    let rows = all.filter(|row| row["dimension"] == of).map(row).collect();
    (heads(&[of], &RECURRING, false), rows)
}

/// One figure by two things, with the sums where there are any.
fn crossed(json: &Value) -> Table {
    let (by, across) = (
        json["rows_by"].as_str().unwrap(),
        json["columns_by"].as_str().unwrap(),
    );
    let form = match json["value"].as_str().unwrap() {
        value if value.ends_with(".p50") => Time,
        _ => Count,
    };
    let columns = json["columns"].as_array().unwrap();
    let title = |column: &Value| match &column[across] {
        Value::Number(number) => format!("{across} {number}"),
        _ if column["since"].is_string() => step_name(column, across),
        name => named(name),
    };
    let line = |name: String, row: &Value| {
        let mut line = vec![name];
        for (at, value) in row["cells"].as_array().unwrap().iter().enumerate() {
            let n = row.pointer(&format!("/n/{at}")).filter(|n| !n.is_null());
            let n = n.map(|n| format!(" ({})", written(n, Count)));
            line.push(written(value, form) + &n.unwrap_or_default());
        }
        if !json["totals"]["total"].is_null() {
            line.push(written(&row["total"], form));
        }
        line
    };
    let all = json["rows"].as_array().unwrap().iter();
    let mut rows: Vec<_> = all.map(|row| line(named(&row[by]), row)).collect();
    let mut heads = vec![capital(by)];
    heads.extend(columns.iter().map(title));
    if !json["totals"]["total"].is_null() {
        heads.push("Total".to_owned());
        rows.push(line("total".to_owned(), &json["totals"]));
    }
    (heads, rows)
}

/// Whose row it is.
fn named(name: &Value) -> String {
    match name {
        Value::Null => "none".to_owned(),
        Value::String(name) => name.clone(),
        number => number.to_string(),
    }
}

/// A day, or a week where it is whole: the bounds are those of UTC.
fn step_name(step: &Value, unit: &str) -> String {
    let at = |bound: &str| {
        step[bound]
            .as_str()
            .unwrap()
            .parse::<chrono::DateTime<chrono::Utc>>()
            .unwrap()
    };
    let (since, until) = (at("since"), at("until"));
    match ((until - since).num_hours(), unit) {
        (24, "day") => since.format("%F").to_string(),
        (168, "week") => since.format("%G-W%V").to_string(),
        _ => format!(
            "{} to {}",
            since.format("%F %H:%M"),
            until.format("%F %H:%M")
        ),
    }
}

fn written(value: &Value, form: As) -> String {
    let Some(number) = value.as_f64() else {
        return match value {
            Value::String(text) => text.clone(),
            _ => "-".to_owned(),
        };
    };
    match form {
        Count => grouped(number as u64),
        Stars | Text => value.to_string(),
        Time => duration(number),
        Rate => format!("{:.1}%", number * 100.0),
        Change => {
            let text = format!("{:+.1}%", number * 100.0);
            let (whole, rest) = text[1..].split_once('.').unwrap();
            format!("{}{}.{rest}", &text[..1], grouped(whole.parse().unwrap()))
        }
    }
}

/// A number as it is shown, which may have a sign before it.
pub(super) fn count(shown: &Value) -> Option<u64> {
    let digits: String = shown.as_str()?.chars().filter(|c| *c != GAP).collect();
    digits
        .trim_start_matches(['+', '−', '='])
        .trim()
        .parse()
        .ok()
}

pub(super) fn grouped(count: u64) -> String {
    match (count / 1000, count % 1000) {
        (0, rest) => rest.to_string(),
        (thousands, rest) => format!("{thousands}{GAP}{rest:03}"),
    }
}

/// Seconds by the two largest units.
fn duration(seconds: f64) -> String {
    let seconds = seconds.round() as u64;
    let units = [(86_400, "d"), (3_600, "h"), (60, "min")];
    let mut rest = seconds;
    let mut parts = Vec::new();
    for (size, name) in units {
        parts.push((rest / size, name));
        rest %= size;
    }
    let Some(first) = parts.iter().position(|(count, _)| *count > 0) else {
        return format!("{seconds} s");
    };
    let shown = parts.iter().skip(first).take(2);
    let shown = shown.filter(|(count, _)| *count > 0);
    let shown: Vec<String> = shown
        .map(|(count, name)| format!("{} {name}", grouped(*count)))
        .collect();
    shown.join(" ")
}

fn capital(words: &str) -> String {
    let (first, rest) = words.split_at(1);
    first.to_uppercase() + rest
}
