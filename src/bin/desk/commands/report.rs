//! `desk report`

use std::collections::BTreeMap;

use clap::Args as ClapArgs;
use clap_complete::{ArgValueCandidates, CompletionCandidate};
use desk::error::did_you_mean;
use desk::query::{Edge, Sense};
use desk::report::{Kind, Period, Scope};
use desk::ticket::Timestamp;
use desk::{Error, Result, Zone};

use super::list::tell_damaged;
use crate::context::Context;
use crate::exit::Exit;
use crate::render;

#[derive(ClapArgs, Debug)]
pub(crate) struct Args {
    /// Which report [default: summary], and a query: only of the tickets that match
    #[arg(value_name = "REPORT|QUERY", add = ArgValueCandidates::new(reports))]
    words: Vec<String>,
    /// Since when
    #[arg(long, value_name = "TIME", conflicts_with = "period")]
    since: Option<String>,
    /// Until when, exclusive
    #[arg(long, value_name = "TIME", conflicts_with = "period")]
    until: Option<String>,
    /// A period: 2016-03, last-month, last-week, 2016-Q1, 2016-W10, today [default: the last 30 whole days]
    #[arg(long, value_name = "PERIOD")]
    period: Option<String>,
    /// Know only what happened before this instant
    #[arg(long, value_name = "TIME")]
    as_of: Option<String>,
    /// The columns or figures, separated by commas
    #[arg(long, value_name = "FIELDS", value_delimiter = ',')]
    fields: Vec<String>,
}

fn reports() -> Vec<CompletionCandidate> {
    let candidate =
        |kind: Kind| CompletionCandidate::new(kind.as_str()).help(Some(kind.about().into()));
    Kind::all().map(candidate).collect()
}

pub(crate) fn run(args: Args, context: &mut Context) -> Result<Exit> {
    let (kind, query) = what(&args.words)?;
    let filter = context.filter(&query)?;
    let as_of = args.as_of.as_deref();
    let as_of = as_of
        .map(|text| context.instant(text, Sense::Ago, Edge::Start))
        .transpose()?;
    let now = context.now()?;
    let period = match kind {
        // What waits to be done is about an instant: the present, if nothing else was said.
        Kind::Backlog if args.says_no_period() => {
            let instant = as_of.unwrap_or(now);
            Period::new(instant, instant, context.zone()?)?
        }
        _ => args.period(context)?,
    };
    let as_of = period.as_of(as_of, now);
    let desk = context.desk_to_read()?;
    let (roster, unreadable) = desk.readable_roster()?;
    let capacity: BTreeMap<String, Option<u32>> = roster
        .iter()
        .map(|technician| (technician.login.to_string(), Some(technician.capacity)))
        .collect();
    let scope = Scope {
        query,
        capacity,
        ..Scope::new(period, as_of, desk.policy()?)
    };
    let (report, damaged) = desk.report(kind, &filter, &scope)?;
    let look = context.look()?;
    let mut out = context.output()?;
    let fields = (!args.fields.is_empty()).then_some(args.fields.as_slice());
    render::report::write(&report, context.format(), fields, &look, &mut out)?;
    out.finish()?;
    let damaged: Vec<Error> = unreadable.into_values().chain(damaged).collect();
    Ok(tell_damaged(&damaged))
}

/// The report that the first word names, and the query behind it. A word that is nearly a report's
/// name was meant to be one.
fn what(words: &[String]) -> Result<(Kind, String)> {
    let Some((first, rest)) = words.split_first() else {
        return Ok((Kind::Summary, String::new()));
    };
    match first.parse() {
        Ok(kind) => Ok((kind, rest.join(" "))),
        Err(error) if did_you_mean(first, Kind::all().map(Kind::as_str)).is_some() => Err(error),
        Err(_) => Ok((Kind::Summary, words.join(" "))),
    }
}

/// The days that a report is about when nothing was said.
const DAYS: i64 = 30;

impl Args {
    fn says_no_period(&self) -> bool {
        self.period.is_none() && self.since.is_none() && self.until.is_none()
    }

    fn period(&self, context: &mut Context) -> Result<Period> {
        let clock = context.clock()?;
        if let Some(text) = &self.period {
            let range = desk::query::period(text, &clock)?;
            return Period::new(range.start, range.end, clock.zone);
        }
        let today = clock.zone.midnight(clock.zone.date(clock.now));
        let typed = |text: &Option<String>, context: &mut Context| {
            let text = text.as_deref();
            text.map(|text| context.instant(text, Sense::Ago, Edge::Start))
                .transpose()
        };
        let until = typed(&self.until, context)?;
        let since = typed(&self.since, context)?;
        let (since, until) = match (since, until) {
            (Some(since), Some(until)) => (since, until),
            (Some(since), None) => (since, clock.now),
            (None, until) => {
                let until = until.unwrap_or(today);
                (days_before(until, clock.zone), until)
            }
        };
        not_empty(Period::new(since, until, clock.zone)?)
    }
}

/// A report of no time at all would say, without a word, that nothing happened.
fn not_empty(period: Period) -> Result<Period> {
    if period.since == period.until {
        let message = format!(
            "the period is empty: it begins and ends at {}",
            period.since
        );
        return Err(Error::usage(message));
    }
    Ok(period)
}

/// The midnight a number of days before an instant's own.
fn days_before(until: Timestamp, zone: Zone) -> Timestamp {
    let date = zone.date(until) - chrono::Duration::days(DAYS);
    zone.midnight(date)
}
