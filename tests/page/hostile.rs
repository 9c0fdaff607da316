//! Text from tickets stays text, whatever it is.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::chromium::Browser;
use super::{MEASURE, page};
use crate::harness::{Desk, has};

/// A ticket for each name, which has it everywhere where a report could show it.
fn with(names: &[String]) -> Desk {
    let desk = Desk::in_memory();
    let mut lines = String::new();
    for name in names {
        let opened = json!({
            "op": "open", "at": "2026-11-20T08:00:00Z", "subject": name, "requester": name,
            "asset": name, "location": name, "team": name, "category": name.replace('/', "|"),
        });
        lines += &format!("{opened}\n");
    }
    desk.batch(&lines);
    desk
}

fn hostile() -> Vec<String> {
    let lines = include_str!("../data/injections.txt").lines();
    lines.map(str::to_owned).collect()
}

#[test]
fn a_hundred_injections_change_nothing_of_a_page() {
    if !has("chromium") {
        return;
    }
    let hostile = hostile();
    assert_eq!(hostile.len(), 100);
    // As many others, of which a browser knows that they are text.
    let plain: Vec<String> = (0..100).map(|i| format!("plain {i}")).collect();
    let (attacked, control) = (with(&hostile), with(&plain));
    let mut browser = Browser::start();
    browser.look(768, "light");
    let mut see = |desk: &Desk, report: &str| {
        browser.open(&page(desk, report));
        browser.evaluate(MEASURE)
    };
    for report in [
        "requesters",
        "assets",
        "locations",
        "teams",
        "categories",
        "backlog",
        "requesters --by day",
        "recurring --at-least 1",
        "table --rows requester --columns team",
    ] {
        let (seen, expected) = (see(&attacked, report), see(&control, report));
        assert_eq!(seen["elements"], expected["elements"], "{report}");
        assert_eq!(seen["refused"], json!([]), "{report}");
        assert_eq!(seen["hit"], Value::Null, "{report}");
        for defect in ["out", "ids", "strangers"] {
            assert_eq!(seen[defect], json!([]), "{report}: {defect}");
        }
        if ["requesters", "assets", "locations", "teams"].contains(&report) {
            let rows = seen["tables"][0]["rows"].as_array().unwrap();
            let shown: BTreeSet<&str> = rows.iter().filter_map(|row| row[0].as_str()).collect();
            let names: BTreeSet<&str> = hostile.iter().map(String::as_str).collect();
            assert_eq!(shown, names, "{report}");
        }
    }
    // The oldest ten are named by their subjects, and every ten in their turn are the oldest.
    for ten in hostile.chunks(10) {
        let seen = see(&with(ten), "backlog");
        let rows = seen["tables"][1]["rows"].as_array().unwrap();
        let shown: Vec<&str> = rows.iter().filter_map(|row| row[5].as_str()).collect();
        assert_eq!(shown, ten);
        assert_eq!((&seen["hit"], &seen["refused"]), (&Value::Null, &json!([])));
    }
}

/// The query stands in the head of the page, which is no place for markup either.
#[test]
fn a_query_stays_text() {
    if !has("chromium") {
        return;
    }
    let desk = with(&hostile()[..1]);
    let file = desk.beside().join("page.html");
    let query = "requester:\"</title><img src=x onerror=window.hit=1>\"";
    desk.ok([
        "report",
        "summary",
        query,
        "--period",
        "2026-11",
        "-o",
        file.to_str().unwrap(),
    ]);
    let mut browser = Browser::start();
    browser.open(&file);
    let seen = browser.evaluate(MEASURE);
    assert!(seen["text"].as_str().unwrap().contains(query), "{seen}");
    assert_eq!((&seen["hit"], &seen["refused"]), (&Value::Null, &json!([])));
}

/// Were there a hole, the page's own policy would still stand before it: scripts, styles, pictures,
/// frames, forms and addresses from outside are refused.
#[test]
fn the_policy_of_a_page_forbids_what_it_does_not_need() {
    if !has("chromium") {
        return;
    }
    let desk = with(&hostile()[..1]);
    let mut browser = Browser::start();
    browser.open(&page(&desk, "backlog"));
    let attack = r#"(async () => {
        const put = html => { const e = document.createElement('div'); e.innerHTML = html; document.body.append(e); };
        put('<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=" onerror="window.hit=1">');
        put('<p style="color:red">x</p><iframe src="data:text/html,x"></iframe><object data="data:text/html,x"></object>');
        put('<video src="data:video/mp4,x"></video><link rel="stylesheet" href="data:text/css,p{}">');
        const style = document.createElement('style'); style.textContent = 'p{}'; document.head.append(style);
        const script = document.createElement('script'); script.textContent = 'window.hit=1'; document.head.append(script);
        const base = document.createElement('base'); base.href = 'https://example.com/'; document.head.append(base);
        await fetch('data:,x').catch(() => 0);
        const kinds = () => [...new Set(window.refused.map(text => text.split(' ')[0]))].sort();
        // Some are refused a little later than they are asked for.
        for (let i = 0; i < 100 && kinds().length < 10; i++) await new Promise(done => setTimeout(done, 50));
        return kinds();
    })()"#;
    let refused = browser.evaluate(attack);
    let expected = json!([
        "base-uri",
        "connect-src",
        "frame-src",
        "img-src",
        "media-src",
        "object-src",
        "script-src-attr",
        "script-src-elem",
        "style-src-attr",
        "style-src-elem",
    ]);
    assert_eq!(refused, expected);
    assert_eq!(browser.evaluate("window.hit ?? null"), Value::Null);
}
