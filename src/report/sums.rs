//! What holds of every report, whatever happened: sums, steps, and what is known when. Counted once
//! more, in the simplest way, from the events themselves.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use proptest::prelude::*;
use serde_json::Value;

use super::book::{Book, Split, of_all};
use super::metric::Axis;
use super::story::{at, facts_of, ticket};
use super::{
    Across, Body, Compare, Dimension, Facts, Figure, Kind, Metric, Period, Report, RowFigures,
    RowValue, Rows, Scope, Table, Unit, run,
};
use crate::policy::Policy;
use crate::report::cut::Cut;
use crate::ticket::{Status, Ticket, Tier, Timestamp};
use crate::zone::{Zone, named};

const HALF_HOUR: i64 = 1800;

/// Any sequence of events, sensible or not, over some days; some of them share a second.
fn life() -> impl Strategy<Value = String> {
    let event = prop::sample::select(vec![
        "assigned assignee=minh status=open",
        "assigned assignee=Đặng team=net",
        "assigned assignee=null status=new",
        "waiting status=pending",
        "resumed status=open",
        "resolved status=resolved",
        "closed status=closed",
        "reopened status=open",
        "merged status=closed",
        "unmerged status=new",
        "voided status=closed",
        "escalated/up tier=2",
        "escalated/down tier=1",
        "edited category=打印机 requester=bert",
        "noted/public",
        "noted/requester",
        "frobbed status=resolved",
        "rated stars=4",
        "rated stars=2",
    ]);
    let opening = prop::sample::select(vec![
        "anna opened requester=anna",
        "minh opened requester=anna channel=phone priority=2 asset=PC-1",
        "lý opened requester=lý category=network kind=incident location=Huế",
    ]);
    let events = prop::collection::vec((0..30_i64, event), 0..14);
    (0..96_i64, opening, events).prop_map(|(begin, opening, events)| {
        let mut instant = BEGIN.parse::<Timestamp>().unwrap().plus(begin * HALF_HOUR);
        let mut story = format!("{instant} {opening}");
        for (later, event) in events {
            // Most often at once or within the hour.
            let later = if later < 20 { later % 3 } else { later };
            instant = instant.plus(later * HALF_HOUR);
            story += &format!("\n{instant} minh {event}");
        }
        story
    })
}

/// Two days before the clocks go forward in Rome.
const BEGIN: &str = "2026-03-27T08:00:00Z";

/// A period of some days around that, to which or within which things are known; in steps of one
/// sort or another.
fn scope() -> impl Strategy<Value = Scope> {
    let zones = prop::sample::select(vec!["Europe/Rome", "Asia/Ho_Chi_Minh", "UTC"]);
    let unit = prop::sample::select(Unit::ALL.to_vec());
    let instants = (-60..240_i64, 1..240_i64, 0..300_i64);
    (zones, unit, instants).prop_map(|(zone, unit, (since, length, as_of))| {
        let begin: Timestamp = BEGIN.parse().unwrap();
        let half_hours = |count: i64| begin.plus(count * HALF_HOUR);
        let zone = Zone::Named(named(zone));
        let period = Period::new(half_hours(since), half_hours(since + length), zone).unwrap();
        let mut scope = Scope::new(period, half_hours(as_of), &Policy::default());
        scope.by = Some(unit);
        scope.at_least = 1;
        scope
    })
}

fn lives() -> impl Strategy<Value = Vec<Ticket>> {
    let numbered = |lives: Vec<String>| {
        let mut tickets: Vec<Ticket> = lives.iter().map(|life| ticket(life)).collect();
        for (number, ticket) in tickets.iter_mut().enumerate() {
            ticket.id = crate::ticket::TicketId::new(number as u64 + 1).unwrap();
        }
        tickets
    };
    prop::collection::vec(life(), 0..6).prop_map(numbered)
}

/// Every report, and tables of every dimension and metric in turn.
fn kinds(turn: usize) -> Vec<Kind> {
    let mut kinds: Vec<Kind> = Kind::all()
        .filter(|kind| !matches!(kind, Kind::Table(_)))
        .collect();
    let metrics: Vec<Metric> = Metric::all().collect();
    for (n, rows) in Dimension::ALL.into_iter().enumerate() {
        let columns = Dimension::ALL[(n + 1 + turn) % Dimension::ALL.len()];
        let value = metrics[(turn * 7 + n) % metrics.len()];
        if columns != rows {
            let columns = Across::Of(columns);
            kinds.push(Kind::Table(Table {
                rows,
                columns,
                value,
            }));
        }
    }
    kinds
}

/// What one row says of everything.
fn whole(facts: &[Facts], scope: &Scope) -> RowFigures {
    let mut book = Book::new(Split::default(), Cut::whole(scope.period), scope);
    facts.iter().for_each(|ticket| book.ticket(ticket));
    RowFigures::of(Split::default(), of_all(book.finish().swap_remove(0)))
}

fn count(figure: Option<Figure>) -> u64 {
    match figure {
        Some(Figure::Count(count)) => count,
        None => 0,
        other => panic!("{other:?} does not add up"),
    }
}

/// The status, the tier and the team after the events before an instant; `None` before the opening.
fn standing(ticket: &Ticket, before: Timestamp) -> Option<(Status, Tier, Option<String>)> {
    let then = ticket.fold(Some(before)).unwrap()?;
    Some((then.state.status, then.state.tier, then.state.team))
}

/// Opened, reopened, solved, merged and voided, counted event by event under the day of each.
fn counted_by_day(tickets: &[Ticket], scope: &Scope) -> BTreeMap<NaiveDate, [u64; 5]> {
    let mut days: BTreeMap<NaiveDate, [u64; 5]> = BTreeMap::new();
    for ticket in tickets {
        let mut status = "new".to_owned();
        for (nth, event) in ticket.events.iter().enumerate() {
            let was_solved = ["resolved", "closed"].contains(&status.as_str());
            if let Some(new) = event
                .changed
                .get("status")
                .map(|pair| pair.value()[1].clone())
            {
                status = new.as_str().unwrap().to_owned();
            }
            let is_solved = ["resolved", "closed"].contains(&status.as_str());
            let in_time = scope.period.since <= event.at && event.at < scope.period.until;
            if !in_time || event.at >= scope.as_of {
                continue;
            }
            let day = days.entry(scope.period.zone.date(event.at)).or_default();
            let name = event.event.to_string();
            let solved = !was_solved && is_solved;
            day[0] += u64::from(nth == 0);
            day[1] += u64::from(was_solved && !is_solved);
            day[2] += u64::from(solved);
            day[3] += u64::from(solved && name == "merged");
            day[4] += u64::from(solved && name == "voided");
        }
    }
    days.retain(|_, counts| *counts != [0; 5]);
    days
}

fn flow_of(body: &Body) -> super::metrics::Flow {
    match body {
        Body::Flow(figures) => figures.flow,
        Body::Summary(figures) => figures.flow,
        other => panic!("{other:?}"),
    }
}

proptest! {
    /// A step says what the report of that step alone says: of every report.
    #[test]
    fn a_step_is_a_report_of_its_own(tickets in lives(), scope in scope(), turn in 0..60_usize) {
        let facts = facts_of(&tickets, scope.as_of);
        for kind in kinds(turn).into_iter().filter(|kind| kind.check(&scope).is_ok()) {
            let report = run(kind, &facts, &scope);
            let series = report.series.unwrap();
            for step in &series {
                let period = Period::new(step.since, step.until, scope.period.zone).unwrap();
                let alone = Scope { period, by: None, ..scope.clone() };
                prop_assert_eq!(&run(kind, &facts, &alone).body, &step.body, "{}", kind);
            }
            // They lie side by side, from the first instant up to what is known.
            let bounds: Vec<_> = series.iter().flat_map(|step| [step.since, step.until]).collect();
            prop_assert!(bounds.windows(2).skip(1).step_by(2).all(|pair| pair[0] == pair[1]));
            if scope.period.since < scope.as_of {
                prop_assert_eq!(bounds[0], scope.period.since);
                let end = bounds[bounds.len() - 1];
                prop_assert!(end == scope.period.until || end >= scope.as_of && end < scope.period.until);
            } else {
                prop_assert!(series.is_empty());
            }
        }
    }

    /// The flow adds up in every step, a step ends as the next one begins, and each is what the events
    /// of its days say.
    #[test]
    fn the_flow_is_what_the_events_say(tickets in lives(), scope in scope()) {
        let facts = facts_of(&tickets, scope.as_of);
        let report = run(Kind::Flow, &facts, &scope);
        let is_active = |ticket: &&Ticket, at: Timestamp| {
            standing(ticket, at.min(scope.as_of)).is_some_and(|(status, ..)| status.is_active())
        };
        let active = |at| tickets.iter().filter(|ticket| is_active(ticket, at)).count() as u64;
        let days = counted_by_day(&tickets, &scope);
        for step in report.series.iter().flatten() {
            let flow = flow_of(&step.body);
            prop_assert_eq!(flow.backlog_start, active(step.since));
            prop_assert_eq!(flow.backlog_end, active(step.until));
            prop_assert_eq!(flow.backlog_start + flow.opened + flow.reopened, flow.solved + flow.backlog_end);
        }
        let whole = flow_of(&report.body);
        prop_assert_eq!(whole.backlog_start + whole.opened + whole.reopened, whole.solved + whole.backlog_end);
        let by_day = run(Kind::Flow, &facts, &Scope { by: Some(Unit::Day), ..scope.clone() });
        let found = by_day.series.iter().flatten().map(|step| {
            let flow = flow_of(&step.body);
            let counts = [flow.opened, flow.reopened, flow.solved, flow.merged, flow.voided];
            (scope.period.zone.date(step.since), counts)
        });
        let found: BTreeMap<_, _> = found.filter(|(_, counts)| *counts != [0; 5]).collect();
        prop_assert_eq!(found, days);
    }

    /// What adds up does so: over the rows of every dimension, over steps, and in tables of any two.
    #[test]
    fn what_adds_up_adds_up(tickets in lives(), scope in scope(), turn in 0..60_usize) {
        let facts = facts_of(&tickets, scope.as_of);
        let whole = whole(&facts, &scope);
        for dimension in Dimension::ALL {
            let kind = Kind::Rows(dimension);
            let report = run(kind, &facts, &scope);
            let Body::Rows(rows) = &report.body else { unreachable!() };
            for metric in Metric::all().filter(|metric| metric.has_value_by(dimension)) {
                let sum = |rows: &Rows| -> u64 {
                    let values = rows.rows.iter().map(|row| count(metric.of(&row.figures)));
                    values.sum()
                };
                if metric.adds_over(Axis::Of(dimension)) {
                    let all = count(metric.of(&whole));
                    prop_assert_eq!(sum(rows), all, "{} by {}", metric, dimension);
                }
                if metric.adds_over(Axis::Time) {
                    let steps = report.series.iter().flatten();
                    let steps = steps.map(|step| match &step.body {
                        Body::Rows(rows) => sum(rows),
                        other => panic!("{other:?}"),
                    });
                    let in_steps: u64 = steps.sum();
                    prop_assert_eq!(in_steps, sum(rows), "{} by {}", metric, dimension);
                }
            }
        }
        for kind in kinds(turn) {
            let (Kind::Table(table), true) = (kind, kind.check(&scope).is_ok()) else { continue };
            tables_hold(table, &facts, &scope)?;
            let columns = Across::Each(scope.by.unwrap());
            let alone = Scope { by: None, ..scope.clone() };
            tables_hold(Table { columns, ..table }, &facts, &alone)?;
        }
    }

    /// Every second that a ticket waits is counted once: looked at every half hour.
    #[test]
    fn time_is_what_the_clock_says(tickets in lives(), scope in scope()) {
        let facts = facts_of(&tickets, scope.as_of);
        let Body::Time(spent) = run(Kind::Time, &facts, &scope).body else { unreachable!() };
        let end = scope.period.until.min(scope.as_of);
        let mut seen: BTreeMap<(Option<RowValue>, Status), u64> = BTreeMap::new();
        let mut now = scope.period.since;
        while now < end {
            for ticket in &tickets {
                // An event takes hold at its instant.
                if let Some((status, tier, team)) = standing(ticket, now.plus(1)).filter(|(s, ..)| s.is_active()) {
                    let team = team.map_or(RowValue::Absent, |team| RowValue::Name(team.into()));
                    for value in [None, Some(RowValue::Number(tier.0)), Some(team)] {
                        *seen.entry((value, status)).or_default() += HALF_HOUR.unsigned_abs();
                    }
                }
            }
            now = now.plus(HALF_HOUR);
        }
        let found: BTreeMap<_, _> = spent.rows.iter().map(|row| ((row.value.clone(), row.status), row.seconds)).collect();
        prop_assert_eq!(found, seen);
    }

    /// What happens at the instant of a report or later changes no byte of it, nor does the order in
    /// which tickets are looked at; and it is made the same way twice.
    #[test]
    fn what_comes_later_changes_nothing(tickets in lives(), scope in scope(), turn in 0..60_usize) {
        let known: Vec<Ticket> = tickets
            .iter()
            .filter_map(|ticket| ticket.fold(Some(scope.as_of)).unwrap())
            .collect();
        let bytes = |kind, facts: &[Facts]| serde_json::to_string(&run(kind, facts, &scope)).unwrap();
        let (early, late) = (facts_of(&known, scope.as_of), facts_of(&tickets, scope.as_of));
        let turned: Vec<Facts> = late.iter().rev().cloned().collect();
        for kind in kinds(turn).into_iter().filter(|kind| kind.check(&scope).is_ok()) {
            let expected = bytes(kind, &early);
            prop_assert_eq!(&bytes(kind, &late), &expected, "{}", kind);
            prop_assert_eq!(&bytes(kind, &turned), &expected, "{}", kind);
        }
    }

    /// What comes back is what is opened, and what it is compared with is what was.
    #[test]
    fn what_comes_back_was_opened(tickets in lives(), scope in scope()) {
        let facts = facts_of(&tickets, scope.as_of);
        for compare in [None, Some(Compare::Year)] {
            let scope = Scope { compare, ..scope.clone() };
            let Body::Recurring(found) = run(Kind::Recurring, &facts, &scope).body else { unreachable!() };
            let before = scope.period.before(compare.unwrap_or(Compare::Previous));
            let until = before.as_far_as(&scope.period, scope.as_of.min(scope.period.until));
            let before = Period { until: until.max(before.since), ..before };
            let opened = |row: &super::Recurrence, period: &Period| {
                let theirs = facts.iter().filter(|ticket| {
                    let of = match row.dimension {
                        Dimension::Category => &ticket.category,
                        Dimension::Asset => &ticket.asset,
                        _ => &ticket.requester,
                    };
                    of.as_deref().is_some_and(|of| RowValue::Name(of.into()) == row.value)
                });
                theirs.filter(|ticket| period.contains(ticket.opened())).count() as u64
            };
            for row in &found.rows {
                prop_assert_eq!(row.opened, opened(row, &scope.period));
                prop_assert_eq!(row.before, opened(row, &before));
                prop_assert_eq!(row.change.is_none(), row.before == 0);
            }
            let of = |dimension| found.rows.iter().filter(move |row| row.dimension == dimension);
            let requesters: u64 = of(Dimension::Requester).map(|row| row.opened).sum();
            prop_assert_eq!(requesters, count(Metric::all().next().unwrap().of(&whole(&facts, &scope))));
        }
    }

    /// Every rating is of one technician, and has one number of stars.
    #[test]
    fn ratings_add_up(tickets in lives(), scope in scope()) {
        let facts = facts_of(&tickets, scope.as_of);
        let Body::Satisfaction(ratings) = run(Kind::Satisfaction, &facts, &scope).body else { unreachable!() };
        let rows = || ratings.rows.iter().map(|row| row.figures);
        let all = ratings.figures;
        prop_assert_eq!(rows().map(|row| row.satisfaction.rated).sum::<u64>(), all.satisfaction.rated);
        prop_assert_eq!(rows().map(|row| row.stars.four).sum::<u64>(), all.stars.four);
        prop_assert_eq!(all.stars.four + all.stars.two, all.satisfaction.rated);
        prop_assert_eq!(all.satisfaction.good, all.stars.four);
        prop_assert_eq!(all.mean_stars.is_none(), all.satisfaction.rated == 0);
        let whole = whole(&facts, &scope).satisfaction;
        prop_assert_eq!(all.satisfaction, whole);
    }
}

/// The cells of a table add up to its totals, and these are what the report of the rows says.
fn tables_hold(table: Table, facts: &[Facts], scope: &Scope) -> Result<(), TestCaseError> {
    let Report { body, .. } = run(Kind::Table(table), facts, scope);
    let Body::Table(crossed) = body else {
        unreachable!()
    };
    let Body::Rows(rows) = run(Kind::Rows(table.rows), facts, scope).body else {
        unreachable!()
    };
    let over_rows = table.value.adds_over(Axis::Of(table.rows));
    let over_columns = table.value.adds_over(match table.columns {
        Across::Of(dimension) => Axis::Of(dimension),
        Across::Each(_) => Axis::Time,
    });
    for row in &crossed.rows {
        prop_assert_eq!(row.values.cells.len(), crossed.columns.len());
        prop_assert!(row.values.cells.iter().any(Option::is_some));
        prop_assert!(!row.values.cells.contains(&Some(Figure::Count(0))));
        prop_assert_eq!(row.values.total.is_some(), over_columns);
        if over_columns {
            let found = rows.rows.iter().find(|of| of.name == row.name).unwrap();
            prop_assert_eq!(
                row.values.total,
                table.value.of(&found.figures),
                "{:?}",
                table
            );
        }
    }
    if over_rows && over_columns {
        let sum: u64 = crossed.totals.cells.iter().map(|cell| count(*cell)).sum();
        prop_assert_eq!(count(crossed.totals.total), sum);
        prop_assert_eq!(
            sum,
            count(table.value.of(&whole(facts, scope))),
            "{:?}",
            table
        );
    }
    prop_assert_eq!(
        over_rows,
        over_rows && (crossed.rows.is_empty() || crossed.totals.cells.iter().any(Option::is_some))
    );
    Ok(())
}

/// Every path in the JSON of every report has a definition, and so has what stands at its end.
#[test]
fn whatever_a_report_says_is_explained() {
    let lives = "2026-03-02T08:00:00Z anna opened requester=anna category=network asset=PC-1
        2026-03-02T09:00:00Z minh resolved status=resolved assignee=minh
        2026-03-02T10:00:00Z anna rated stars=5

        2026-03-02T08:00:00Z anna opened";
    let facts = super::story::all_facts(lives, at("2026-04-01T00:00:00Z"));
    let period = Period::new(
        at("2026-03-01T00:00:00Z"),
        at("2026-04-01T00:00:00Z"),
        Zone::UTC,
    );
    let mut scope = Scope::new(
        period.unwrap(),
        at("2026-04-01T00:00:00Z"),
        &Policy::default(),
    );
    scope.by = Some(Unit::Week);
    scope.compare = Some(Compare::Previous);
    scope.at_least = 1;
    scope.capacity = BTreeMap::from([("minh".to_owned(), Some(4))]);
    for kind in Kind::all().chain(kinds(3)) {
        let mut scope = scope.clone();
        scope.top = Some(1);
        if let Kind::Table(Table {
            columns: Across::Each(_),
            ..
        }) = kind
        {
            scope.by = None;
        }
        let report = run(kind, &facts, &scope);
        let report = report.clone().beside(report).first_rows();
        explained("", &serde_json::to_value(report).unwrap(), kind);
    }
}

fn explained(path: &str, value: &Value, kind: Kind) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| explained(path, item, kind)),
        Value::Object(fields) => {
            for (name, value) in fields {
                let path = match path {
                    "" => name.clone(),
                    group => format!("{group}.{name}"),
                };
                assert!(super::explained(&path, 60).is_ok(), "{kind}: {path}");
                explained(&path, value, kind);
            }
        }
        _ => {}
    }
}
