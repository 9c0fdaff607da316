//! The reports, against figures that were counted by hand.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::story::{all_facts, at};
use super::{Body, Dimension, Facts, Kind, Period, Scope, SummaryFigures, run};
use crate::policy::Policy;
use crate::zone::Zone;

/// From the 2nd to the 9th of March 2026, known up to its end.
fn week() -> Scope {
    scope("02T00:00:00", "09T00:00:00", "09T00:00:00")
}

fn scope(since: &str, until: &str, as_of: &str) -> Scope {
    let period = Period::new(at(since), at(until), Zone::UTC).unwrap();
    Scope::new(period, at(as_of), &Policy::default())
}

fn report(kind: Kind, stories: &str, scope: &Scope) -> Value {
    let facts = all_facts(stories, scope.as_of);
    serde_json::to_value(run(kind, &facts, scope)).unwrap()
}

fn summary(stories: &str, scope: &Scope) -> Value {
    report(Kind::Summary, stories, scope)
}

/// The rows of a report, each under its key, with one of its figures.
fn rows(dimension: Dimension, stories: &str, scope: &Scope, figure: &str) -> Value {
    let report = report(Kind::Rows(dimension), stories, scope);
    let rows = report["rows"].as_array().unwrap();
    rows.iter()
        .map(|row| json!([row[dimension.as_str()], row.pointer(figure).unwrap()]))
        .collect()
}

fn figures(facts: &[Facts], scope: &Scope) -> SummaryFigures {
    match run(Kind::Summary, facts, scope).body {
        Body::Summary(figures) => figures,
        other => panic!("{other:?}"),
    }
}

/// Backlog at the start, opened, reopened, solved, backlog at the end, merged, voided.
fn flow(stories: &str, scope: &Scope) -> [u64; 7] {
    let flow = figures(&all_facts(stories, scope.as_of), scope).flow;
    assert_eq!(
        flow.backlog_start + flow.opened + flow.reopened,
        flow.solved + flow.backlog_end
    );
    [
        flow.backlog_start,
        flow.opened,
        flow.reopened,
        flow.solved,
        flow.backlog_end,
        flow.merged,
        flow.voided,
    ]
}

#[test]
fn nothing_has_no_figures_but_zeros_and_nulls() {
    let expected = r#"{"desk_report":1,"report":"summary","since":"2026-03-02T00:00:00Z","until":"2026-03-09T00:00:00Z","zone":"UTC","as_of":"2026-03-09T00:00:00Z","query":"","flow":{"backlog_start":0,"opened":0,"reopened":0,"solved":0,"backlog_end":0,"merged":0,"voided":0},"time_to_resolve":{"n":0,"p50":null,"p90":null,"p99":null,"mean":null},"full_time_to_resolve":{"n":0,"p50":null,"p90":null,"p99":null,"mean":null},"first_response":{"n":0,"none":0,"live":0,"p50":null,"p90":null,"p99":null,"mean":null},"escalated":{"tickets":0,"events":0,"rate":null},"reopened":{"tickets":0,"events":0,"rate":null},"reassigned":{"tickets":0,"of":0,"rate":null},"first_contact_resolution":{"tickets":0,"of":0,"rate":null},"one_touch_resolution":{"tickets":0,"of":0,"rate":null},"first_tier_resolution":{"tickets":0,"of":0,"rate":null},"solved_tickets":0,"satisfaction":{"rated":0,"good":0,"of":0,"good_rate":null,"rated_rate":null}}"#;
    let report = run(Kind::Summary, &[], &week());
    assert_eq!(serde_json::to_string(&report).unwrap(), expected);
    let report = report_of_nothing(Kind::Rows(Dimension::Category));
    assert_eq!(report["rows"], json!([]));
    assert_eq!(report_of_nothing(Kind::Backlog)["total"], json!(0));
}

fn report_of_nothing(kind: Kind) -> Value {
    serde_json::to_value(run(kind, &[], &week())).unwrap()
}

#[test]
fn flow_counts_every_crossing_in_the_period() {
    let opened = "\n02T08:00:00 anna opened";
    let table = [
        // Resolved and then closed is one crossing.
        (
            "02T09:00:00 m resolved status=resolved\n03T09:00:00 m closed status=closed",
            [0, 1, 0, 1, 0, 0, 0],
        ),
        // Solved, reopened and solved again in one second.
        (
            "02T09:00:00 m closed status=closed\n02T09:00:00 m reopened status=open\n02T09:00:00 m closed status=closed",
            [0, 1, 1, 2, 0, 0, 0],
        ),
        ("02T09:00:00 m merged status=closed", [0, 1, 0, 1, 0, 1, 0]),
        ("02T09:00:00 m voided status=closed", [0, 1, 0, 1, 0, 0, 1]),
        (
            "02T09:00:00 m merged status=closed\n03T09:00:00 m unmerged status=new",
            [0, 1, 1, 1, 1, 1, 0],
        ),
        // A solved ticket merged away crosses nothing.
        (
            "02T09:00:00 m closed status=closed\n02T09:00:00 m merged merged_into=7",
            [0, 1, 0, 1, 0, 0, 0],
        ),
        // What happens at the end of the period is after it.
        ("09T00:00:00 m closed status=closed", [0, 1, 0, 0, 1, 0, 0]),
        ("", [0, 1, 0, 0, 1, 0, 0]),
    ];
    for (events, expected) in table {
        assert_eq!(
            flow(&format!("{opened}\n{events}"), &week()),
            expected,
            "{events}"
        );
    }
}

#[test]
fn the_bounds_are_half_open() {
    let story = "02T00:00:00 anna opened\n09T00:00:00 m closed status=closed";
    let table = [
        (("01T00:00:00", "02T00:00:00"), [0, 0, 0, 0, 0, 0, 0]),
        (("02T00:00:00", "09T00:00:00"), [0, 1, 0, 0, 1, 0, 0]),
        (("02T00:00:01", "09T00:00:00"), [1, 0, 0, 0, 1, 0, 0]),
        (("09T00:00:00", "09T00:00:01"), [1, 0, 0, 1, 0, 0, 0]),
        (("09T00:00:01", "10T00:00:00"), [0, 0, 0, 0, 0, 0, 0]),
    ];
    for ((since, until), expected) in table {
        let scope = scope(since, until, "20T00:00:00");
        assert_eq!(flow(story, &scope), expected, "{since} to {until}");
    }
    // Known only up to the middle of the period: its end is there.
    let early = scope("02T00:00:00", "10T00:00:00", "05T00:00:00");
    assert_eq!(flow(story, &early), [0, 1, 0, 0, 1, 0, 0]);
}

#[test]
fn a_day_of_23_hours_has_the_tickets_of_23_hours() {
    let day = |day| chrono::NaiveDate::from_ymd_opt(2026, 3, day).unwrap();
    let oslo = Zone::Named(crate::zone::named("Europe/Oslo"));
    let period = Period::days(day(29), day(30), oslo).unwrap();
    let scope = Scope::new(period, period.until, &Policy::default());
    let stories = "28T22:59:59 anna opened

        28T23:00:00 anna opened

        29T21:59:59 anna opened

        29T22:00:00 anna opened";
    assert_eq!(flow(stories, &scope), [1, 2, 0, 0, 3, 0, 0]);
    assert_eq!(summary(stories, &scope)["zone"], "Europe/Oslo");
}

#[test]
fn times_go_to_the_first_and_to_the_last_solve() {
    let reopened = "02T08:00:00 anna opened
        02T09:00:00 m resolved status=resolved
        03T08:00:00 m reopened status=open
        04T08:00:00 m closed status=closed";
    // n and the median of: first solve, last solve.
    let table = [
        (
            reopened,
            "09T00:00:00",
            [(1, Some(3_600)), (1, Some(172_800))],
        ),
        // Known only up to the reopening: the last solve does not hold.
        (reopened, "04T08:00:00", [(1, Some(3_600)), (0, None)]),
        (
            reopened,
            "03T08:00:00",
            [(1, Some(3_600)), (1, Some(3_600))],
        ),
        // Merges solve nothing, before and after.
        (
            "02T08:00:00 a opened\n02T09:00:00 m merged status=closed",
            "09T00:00:00",
            [(0, None), (0, None)],
        ),
        (
            "02T08:00:00 a opened\n02T09:00:00 m merged status=closed
             02T10:00:00 m unmerged status=open\n02T11:00:00 m closed status=closed",
            "09T00:00:00",
            [(1, Some(10_800)), (1, Some(10_800))],
        ),
        (
            "02T08:00:00 a opened\n02T09:00:00 m closed status=closed
             02T10:00:00 m reopened status=open\n02T11:00:00 m merged status=closed",
            "09T00:00:00",
            [(1, Some(3_600)), (0, None)],
        ),
        // A solved ticket merged away stays solved.
        (
            "02T08:00:00 a opened\n02T09:00:00 m closed status=closed\n02T09:00:00 m merged merged_into=7",
            "09T00:00:00",
            [(1, Some(3_600)), (1, Some(3_600))],
        ),
        // First solved before the period, last solved in it.
        (
            "01T08:00:00 a opened\n01T09:00:00 m closed status=closed
             02T08:00:00 m reopened status=open\n02T09:00:00 m closed status=closed",
            "09T00:00:00",
            [(0, None), (1, Some(90_000))],
        ),
    ];
    for (story, as_of, expected) in table {
        let scope = scope("02T00:00:00", "09T00:00:00", as_of);
        let figures = figures(&all_facts(story, scope.as_of), &scope);
        let found = [figures.time_to_resolve, figures.full_time_to_resolve];
        assert_eq!(
            found.map(|times| (times.n, times.p50)),
            expected,
            "{story} {as_of}"
        );
    }
}

#[test]
fn full_time_asks_whether_the_ticket_is_solved_at_the_end_of_the_period() {
    let story = "02T08:00:00 a opened\n02T09:00:00 m closed status=closed\n09T00:00:00 m reopened status=open";
    let later = scope("02T00:00:00", "09T00:00:00", "20T00:00:00");
    assert_eq!(summary(story, &later)["full_time_to_resolve"]["n"], 1);
    let longer = scope("02T00:00:00", "10T00:00:00", "20T00:00:00");
    assert_eq!(summary(story, &longer)["full_time_to_resolve"]["n"], 0);
}

#[test]
fn how_a_ticket_was_solved() {
    // First contact, one touch, first tier, reassigned.
    let table = [
        (
            "m assigned assignee=m status=open",
            "02T09:00:00",
            [1, 1, 1, 0],
        ),
        ("", "02T09:00:00", [1, 1, 1, 0]),
        ("", "02T09:00:01", [0, 1, 1, 0]),
        (
            "m assigned assignee=m\n02T08:01:00 m assigned assignee=l",
            "02T09:00:00",
            [0, 0, 1, 1],
        ),
        // Back to the first one: two technicians all the same.
        (
            "m assigned assignee=m\n02T08:01:00 m assigned assignee=l\n02T08:02:00 m assigned assignee=m",
            "02T09:00:00",
            [0, 0, 1, 1],
        ),
        (
            "m waiting status=pending\n02T08:02:00 m resumed status=open",
            "02T09:00:00",
            [0, 1, 1, 0],
        ),
        ("a noted/requester", "02T09:00:00", [0, 1, 1, 0]),
        ("m noted/public", "02T09:00:00", [1, 1, 1, 0]),
        ("m escalated/up tier=2", "02T09:00:00", [0, 0, 0, 0]),
        (
            "m escalated/up tier=2\n02T08:02:00 m escalated/down tier=1",
            "02T09:00:00",
            [0, 0, 0, 0],
        ),
        // At the top tier, nothing changes but that somebody was told.
        ("m escalated/up", "02T09:00:00", [0, 0, 0, 0]),
    ];
    for (events, solved, expected) in table {
        let events = match events {
            "" => String::new(),
            events => format!("\n02T08:00:30 {events}"),
        };
        let story = format!(
            "02T08:00:00 a opened requester=a{events}\n{solved} m closed status=closed
             03T08:00:00 m assigned assignee=z"
        );
        let s = summary(&story, &week());
        let found = [
            "first_contact_resolution",
            "one_touch_resolution",
            "first_tier_resolution",
            "reassigned",
        ]
        .map(|name| s[name]["tickets"].as_u64().unwrap());
        assert_eq!(found, expected, "{events} {solved}");
        assert_eq!(s["reassigned"]["of"], 1);
    }
}

#[test]
fn a_reopening_before_the_instant_spoils_the_first_contact() {
    let story = "02T08:00:00 a opened\n02T08:10:00 m closed status=closed\n10T08:00:00 a reopened status=new";
    let shares = |as_of| {
        let s = summary(story, &scope("02T00:00:00", "09T00:00:00", as_of));
        [
            "first_contact_resolution",
            "one_touch_resolution",
            "first_tier_resolution",
        ]
        .map(|name| s[name]["rate"].as_f64().unwrap())
    };
    assert_eq!(shares("10T08:00:00"), [1.0, 1.0, 1.0]);
    assert_eq!(shares("10T08:00:01"), [0.0, 0.0, 1.0]);
    let mut strict = week();
    strict.first_contact_minutes = 9;
    assert_eq!(
        summary(story, &strict)["first_contact_resolution"]["tickets"],
        0
    );
}

#[test]
fn first_responses_are_of_the_tickets_opened_in_the_period() {
    let stories = "02T08:00:00 anna opened requester=anna
        02T08:10:00 minh noted/public

        02T08:00:00 minh opened requester=anna channel=phone

        02T08:00:00 anna opened requester=anna
        02T08:05:00 anna noted/public
        02T08:06:00 minh noted

        01T08:00:00 anna opened requester=anna
        02T08:05:00 minh noted/public";
    assert_eq!(
        summary(stories, &week())["first_response"],
        json!({"n": 1, "none": 1, "live": 1, "p50": 600, "p90": 600, "p99": 600, "mean": 600.0})
    );
}

/// Three tickets that pass through the hands of Minh (tier 1) and Lan (tier 2).
const HANDS: &str = "
    02T08:00:00 anna opened requester=anna team=desk category=network
    02T08:01:00 minh assigned assignee=minh status=open
    02T09:00:00 minh resolved status=resolved
    03T08:00:00 anna reopened status=open
    03T08:30:00 minh escalated/up tier=2 assignee=lan team=net
    04T08:00:00 lan  closed status=closed
    04T09:00:00 anna rated stars=5
    05T08:00:00 lan  edited category=hardware

    01T08:00:00 bert opened requester=bert team=desk category=network assignee=minh status=open
    02T10:00:00 minh closed status=closed
    02T10:00:00 minh reopened status=open
    02T10:00:00 minh closed status=closed
    02T11:00:00 bert rated stars=2

    03T08:00:00 anna opened requester=anna category=network
    03T09:00:00 lan  merged status=closed

    04T08:00:00 anna opened requester=anna tier=2
    04T08:00:00 anna escalated/up tier=2";

#[test]
fn who_had_it_is_credited() {
    use Dimension::{Team, Technician, Tier};
    let table = [
        (
            Technician,
            "/opened",
            json!([["minh", null], ["lan", null], ["none", null]]),
        ),
        (
            Technician,
            "/solved",
            json!([["minh", 3], ["lan", 1], ["none", 0]]),
        ),
        (
            Technician,
            "/solved_tickets",
            json!([["minh", 2], ["lan", 1], ["none", 0]]),
        ),
        (
            Technician,
            "/backlog_end",
            json!([["minh", 0], ["lan", 0], ["none", 1]]),
        ),
        // Reopened: who had solved it. Escalated: who had it just before.
        (
            Technician,
            "/reopened/events",
            json!([["minh", 2], ["lan", 0], ["none", 0]]),
        ),
        (
            Technician,
            "/reopened/rate",
            json!([["minh", 1.0], ["lan", 0.0], ["none", null]]),
        ),
        (
            Technician,
            "/escalated/tickets",
            json!([["minh", 1], ["lan", 0], ["none", 1]]),
        ),
        (
            Technician,
            "/escalated/rate",
            json!([["minh", null], ["lan", null], ["none", null]]),
        ),
        (
            Technician,
            "/first_response",
            json!([["minh", null], ["lan", null], ["none", null]]),
        ),
        (
            Technician,
            "/time_to_resolve/n",
            json!([["minh", 2], ["lan", 0], ["none", 0]]),
        ),
        (
            Technician,
            "/full_time_to_resolve/n",
            json!([["minh", 1], ["lan", 1], ["none", 0]]),
        ),
        (
            Technician,
            "/satisfaction/good",
            json!([["minh", 0], ["lan", 1], ["none", 0]]),
        ),
        (
            Technician,
            "/satisfaction/rated",
            json!([["minh", 1], ["lan", 1], ["none", 0]]),
        ),
        (
            Technician,
            "/flow",
            json!([["minh", null], ["lan", null], ["none", null]]),
        ),
        (Tier, "/opened", json!([[1, 2], [2, 1]])),
        (Tier, "/solved", json!([[1, 3], [2, 1]])),
        (Tier, "/escalated/rate", json!([[1, 0.5], [2, 1.0]])),
        (
            Team,
            "/solved",
            json!([["desk", 3], ["net", 1], ["none", 0]]),
        ),
        (
            Team,
            "/opened",
            json!([["desk", 1], ["net", 0], ["none", 2]]),
        ),
    ];
    for (dimension, figure, expected) in table {
        let found = rows(dimension, HANDS, &week(), figure);
        assert_eq!(found, expected, "{dimension:?} {figure}");
    }
}

#[test]
fn what_it_is_at_the_instant_counts_for_all_of_it() {
    use Dimension::{Category, Priority, Requester};
    let table = [
        // By what was opened, then by name. The first ticket is hardware from its opening on.
        (
            Category,
            "/opened",
            json!([["hardware", 1], ["network", 1], ["none", 1]]),
        ),
        (
            Category,
            "/solved",
            json!([["hardware", 2], ["network", 2], ["none", 0]]),
        ),
        (
            Category,
            "/flow/solved",
            json!([["hardware", 2], ["network", 3], ["none", 0]]),
        ),
        (
            Category,
            "/flow/backlog_start",
            json!([["hardware", 0], ["network", 1], ["none", 0]]),
        ),
        (
            Category,
            "/backlog_end",
            json!([["hardware", 0], ["network", 0], ["none", 1]]),
        ),
        (Requester, "/opened", json!([["anna", 3], ["bert", 0]])),
        (
            Requester,
            "/escalated/events",
            json!([["anna", 2], ["bert", 0]]),
        ),
        (Priority, "/solved_tickets", json!([[3, 2]])),
    ];
    for (dimension, figure, expected) in table {
        let found = rows(dimension, HANDS, &week(), figure);
        assert_eq!(found, expected, "{dimension:?} {figure}");
    }
}

#[test]
fn a_backlog_has_ages_and_loads() {
    let stories = "08T00:00:01 a opened priority=1 subject=young assignee=minh status=open

        08T00:00:00 a opened priority=1 subject=day tier=2

        02T00:00:00 a opened subject=week assignee=minh status=pending

        2026-02-01T00:00:00Z a opened subject=month assignee=lan status=open

        01T00:00:00 a opened subject=done status=closed

        09T00:00:00 a opened subject=later";
    let mut scope = week();
    scope.capacity = BTreeMap::from([("minh".into(), Some(4)), ("tuan".into(), None)]);
    let backlog = report(Kind::Backlog, stories, &scope);
    let buckets = |aging: &Value| -> Vec<u64> {
        let buckets = aging.as_object().unwrap().values();
        buckets.map(|n| n.as_u64().unwrap()).collect()
    };
    assert_eq!(
        (&backlog["total"], &backlog["unassigned"]),
        (&json!(4), &json!(1))
    );
    assert_eq!(buckets(&backlog["aging"]), [1, 1, 0, 1, 0, 1]);
    assert_eq!(backlog["by_priority"][0]["priority"], 1);
    assert_eq!(
        buckets(&backlog["by_priority"][0]["aging"]),
        [1, 1, 0, 0, 0, 0]
    );
    assert_eq!(buckets(&backlog["by_tier"][1]["aging"]), [0, 1, 0, 0, 0, 0]);
    assert_eq!(backlog["by_tier"][0]["total"], 3);
    assert_eq!(
        backlog["oldest"][0],
        json!({"id": 4, "subject": "month", "opened": "2026-02-01T00:00:00Z", "age": 36 * 86_400, "assignee": "lan", "priority": 3})
    );
    assert_eq!(
        backlog["workload"],
        json!([
            {"technician": "lan", "load": 1, "pending": 0, "capacity": null, "rate": null},
            {"technician": "minh", "load": 1, "pending": 1, "capacity": 4, "rate": 0.25},
            {"technician": "tuan", "load": 0, "pending": 0, "capacity": null, "rate": null},
        ])
    );
}

#[test]
fn every_report_has_a_name_and_a_line() {
    for kind in Kind::all() {
        assert_eq!(kind.as_str().parse::<Kind>().unwrap(), kind);
        assert!(!kind.about().is_empty() && !kind.about().ends_with('.'));
        assert_eq!(report_of_nothing(kind)["report"], kind.as_str());
    }
    let error = "technician".parse::<Kind>().unwrap_err();
    assert_eq!(error.hint().unwrap(), "did you mean `technicians`?");
}
