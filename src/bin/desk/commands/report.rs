//! `desk report`

mod output;
mod sets;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::str::FromStr;

use clap::Args as ClapArgs;
use clap_complete::{ArgValueCandidates, CompletionCandidate};
use desk::error::did_you_mean;
use desk::query::{Clock, Edge, Sense};
use desk::report::{self, AT_LEAST, Across, Compare, Dimension, Kind, Metric, Period, Scope, Unit};
use desk::ticket::Timestamp;
use desk::{Error, Result, Zone};

use output::Done;

use crate::context::Context;
use crate::exit::{self, Exit};
use crate::render::{self, Format};

#[derive(ClapArgs, Debug, Default, PartialEq)]
#[command(after_help = "\
    `desk report run NAME...` runs the reports that desk.toml lists under that name, in [reports]; one that\n\
    fails stops no other, and the exit code is that of the worst: 0, 2, 4, 5, 3, 1, 7, in this order.\n\
    A file of --output is replaced as a whole, when all went well, or else left as it was.")]
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
    /// The same figures for each day, week, month or quarter as well
    #[arg(long, value_name = "STEP", add = ArgValueCandidates::new(steps))]
    by: Option<String>,
    /// Beside the period before, or the same dates a year earlier: previous, year
    #[arg(long, value_name = "TIME", add = ArgValueCandidates::new(comparisons))]
    compare: Option<String>,
    /// Only the first so many rows
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    top: Option<u32>,
    /// In `recurring`: what came up so often [default: 3]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    at_least: Option<u64>,
    /// In `table`: what the rows are by [default: category]
    #[arg(long, value_name = "DIMENSION", add = ArgValueCandidates::new(dimensions))]
    rows: Option<String>,
    /// In `table`: what the columns are by, another dimension or day, week, month, quarter [default: month]
    #[arg(long, value_name = "DIMENSION|STEP", add = ArgValueCandidates::new(columns))]
    columns: Option<String>,
    /// In `table`: which figure stands in the cells [default: solved]
    #[arg(long, value_name = "METRIC", add = ArgValueCandidates::new(metrics))]
    value: Option<String>,
    /// Say what a figure means, such as time_to_resolve, and make no report
    #[arg(long, value_name = "METRIC", conflicts_with_all = NO_REPORT, add = ArgValueCandidates::new(defined))]
    explain: Option<String>,
    /// The columns or figures, separated by commas
    #[arg(long, value_name = "FIELDS", value_delimiter = ',')]
    fields: Vec<String>,
    /// Write into a file instead, in the form that its ending says: .html, .csv, .json, .md. In its name
    /// %Y-%m and the like (strftime) tell when the period begins, in its zone
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// The word that runs a set of reports.
const RUN: &str = "run";

/// What says which report is wanted, and so none where a metric is explained.
const NO_REPORT: [&str; 14] = [
    "words", "since", "until", "period", "as_of", "by", "compare", "top", "at_least", "rows",
    "columns", "value", "fields", "output",
];

fn steps() -> Vec<CompletionCandidate> {
    candidates(Unit::ALL.map(Unit::as_str))
}

fn comparisons() -> Vec<CompletionCandidate> {
    candidates(Compare::ALL.map(Compare::as_str))
}

fn dimensions() -> Vec<CompletionCandidate> {
    candidates(Dimension::ALL.map(Dimension::as_str))
}

fn columns() -> Vec<CompletionCandidate> {
    candidates(Across::all().map(Across::as_str))
}

fn metrics() -> Vec<CompletionCandidate> {
    candidates(Metric::all().map(Metric::as_str))
}

fn defined() -> Vec<CompletionCandidate> {
    report::defined().map(CompletionCandidate::new).collect()
}

fn candidates(names: impl IntoIterator<Item = &'static str>) -> Vec<CompletionCandidate> {
    names.into_iter().map(CompletionCandidate::new).collect()
}

fn reports() -> Vec<CompletionCandidate> {
    let candidate =
        |kind: Kind| CompletionCandidate::new(kind.as_str()).help(Some(kind.about().into()));
    let run = CompletionCandidate::new(RUN).help(Some("The reports that desk.toml lists".into()));
    Kind::all().map(candidate).chain([run]).collect()
}

pub(crate) fn run(args: Args, context: &mut Context) -> Result<Exit> {
    if let Some(metric) = &args.explain {
        return explain(metric, context);
    }
    match args.words.split_first() {
        Some((first, names)) if first == RUN => args.run_sets(names, context),
        _ => args.run_one(context),
    }
}

impl Args {
    /// Runs reports that say themselves what they are.
    fn run_sets(&self, names: &[String], context: &mut Context) -> Result<Exit> {
        let bare = Self {
            words: self.words.clone(),
            ..Self::default()
        };
        if *self != bare || context.stated_format().is_some() {
            let error = Error::usage("the reports of a set say themselves what is in them");
            return Err(error.with_hint("behind `report run` stand names of sets alone"));
        }
        sets::run(names, context)
    }

    /// Computes and writes one report.
    fn run_one(&self, context: &mut Context) -> Result<Exit> {
        let (kind, query) = what(&self.words)?;
        let kind = self.crossing(kind)?;
        let filter = context.reader(&query)?;
        let scope = self.scope(kind, query.clone(), context)?;
        let is_present = self.is_of_the_present(&scope);
        kind.check(&scope)?;
        let desk = context.desk_to_read()?;
        let (roster, unreadable) = desk.readable_roster()?;
        let capacity = roster
            .iter()
            .map(|technician| (technician.login.to_string(), Some(technician.capacity)));
        let scope = Scope {
            capacity: match is_present {
                true => capacity.collect(),
                false => BTreeMap::new(),
            },
            first_contact_minutes: desk.policy()?.first_contact_minutes,
            ..scope
        };
        let (report, damaged) = desk.report(kind, filter, &scope)?;
        let done = Done {
            report: &report,
            fields: &self.fields,
            damaged: unreadable.into_values().chain(damaged).collect(),
        };
        match &self.output {
            None => done.show(context),
            Some(name) => done.keep(name, context),
        }
    }
}

fn explain(metric: &str, context: &mut Context) -> Result<Exit> {
    let minutes = context.desk()?.policy()?.first_contact_minutes;
    let explained = report::explained(metric, minutes)?;
    if context.format() == Format::Html {
        return Err(Error::usage(
            "a definition stands on the page of a report, and has none of its own",
        ));
    }
    let look = context.look()?;
    let mut out = context.output()?;
    render::report::explain(&explained, context.format(), &look, &mut out)?;
    out.finish()?;
    Ok(exit::DONE)
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

/// What a flag says, if it was given.
fn parsed<T: FromStr<Err = Error>>(text: &Option<String>) -> Result<Option<T>> {
    text.as_deref().map(str::parse).transpose()
}

/// The instant that a flag says, if it was given.
fn parsed_time(text: &Option<String>, clock: &Clock) -> Result<Option<Timestamp>> {
    let text = text.as_deref();
    text.map(|text| desk::query::instant(text, clock, Sense::Ago, Edge::Start))
        .transpose()
}

/// The days that a report is about when nothing was said.
const DAYS: i64 = 30;

impl Args {
    /// The table that is crossed; no other report has anything to cross.
    fn crossing(&self, kind: Kind) -> Result<Kind> {
        let Kind::Table(mut table) = kind else {
            let asked = [
                ("--rows", &self.rows),
                ("--columns", &self.columns),
                ("--value", &self.value),
            ];
            return match asked.iter().find(|(_, asked)| asked.is_some()) {
                None => Ok(kind),
                Some((flag, _)) => Err(Error::usage(format!(
                    "{flag} is for `report table`, not for `{kind}`"
                ))),
            };
        };
        if let Some(rows) = parsed(&self.rows)? {
            table.rows = rows;
        }
        if let Some(columns) = parsed(&self.columns)? {
            table.columns = columns;
        }
        if let Some(value) = parsed(&self.value)? {
            table.value = value;
        }
        Ok(Kind::Table(table))
    }

    /// What was said of the report; who is on the roster is not known yet.
    fn scope(&self, kind: Kind, query: String, context: &mut Context) -> Result<Scope> {
        let clock = context.clock()?;
        let as_of = parsed_time(&self.as_of, &clock)?;
        if let Some(as_of) = as_of.filter(|as_of| *as_of > clock.now) {
            return Err(not_yet(as_of, &clock));
        }
        // Who stands at an instant of the past calls another month the last one.
        let clock = Clock {
            now: as_of.unwrap_or(clock.now),
            ..clock
        };
        let period = match kind {
            // What waits to be done is about an instant: the present, if nothing else was said.
            Kind::Backlog if self.says_no_period() => {
                Period::new(clock.now, clock.now, clock.zone)?
            }
            _ => self.period(&clock)?,
        };
        if self.at_least.is_some() && kind != Kind::Recurring {
            let message = format!("--at-least is for `report recurring`, not for `{kind}`");
            return Err(Error::usage(message));
        }
        let policy = desk::Policy::default();
        Ok(Scope {
            query,
            by: parsed(&self.by)?,
            compare: parsed(&self.compare)?,
            top: self.top.map(|top| top as usize),
            at_least: self.at_least.unwrap_or(AT_LEAST),
            ..Scope::new(period, period.as_of(as_of, clock.now), &policy)
        })
    }

    /// Whether the report ends at whatever instant it is made. Who is on the roster then is not
    /// known of any other: a report of the past would change with each new technician.
    fn is_of_the_present(&self, scope: &Scope) -> bool {
        let says_no_end = self.period.is_none() && self.until.is_none();
        self.as_of.is_none() && (says_no_end || scope.as_of < scope.period.until)
    }

    fn says_no_period(&self) -> bool {
        self.period.is_none() && self.since.is_none() && self.until.is_none()
    }

    fn period(&self, clock: &Clock) -> Result<Period> {
        if let Some(text) = &self.period {
            let range = desk::query::period(text, clock)?;
            return Period::new(range.start, range.end, clock.zone);
        }
        let today = clock.zone.midnight(clock.zone.date(clock.now));
        let until = parsed_time(&self.until, clock)?;
        let since = parsed_time(&self.since, clock)?;
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

/// Until an instant has come, more can happen before it: two reports as of it would not be the same.
fn not_yet(as_of: Timestamp, clock: &Clock) -> Error {
    let [as_of, now] = [as_of, clock.now].map(|at| clock.zone.typed(at));
    let error = Error::refused(format!("{as_of} has not come yet: it is {now}"));
    error.with_hint("without --as-of, a report knows what happened until now")
}

/// A report of no time at all would say, without a word, that nothing happened.
fn not_empty(period: Period) -> Result<Period> {
    if period.since == period.until {
        let message = format!(
            "the period is empty: it begins and ends at {}",
            period.zone.typed(period.since)
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
