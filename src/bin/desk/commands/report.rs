//! `desk report`

mod output;
mod sets;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args as ClapArgs;
use clap_complete::{ArgValueCandidates, CompletionCandidate};
use desk::error::did_you_mean;
use desk::query::{Edge, Sense};
use desk::report::{Kind, Period, Report, Scope};
use desk::ticket::Timestamp;
use desk::{Error, Result, Zone};

use super::list::tell_damaged;
use crate::context::Context;
use crate::exit::{self, Exit};
use crate::render::{self, Format, Look, file};

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

fn reports() -> Vec<CompletionCandidate> {
    let candidate =
        |kind: Kind| CompletionCandidate::new(kind.as_str()).help(Some(kind.about().into()));
    let run = CompletionCandidate::new(RUN).help(Some("The reports that desk.toml lists".into()));
    Kind::all().map(candidate).chain([run]).collect()
}

pub(crate) fn run(args: Args, context: &mut Context) -> Result<Exit> {
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
        let filter = context.filter(&query)?;
        let as_of = self.as_of.as_deref();
        let as_of = as_of
            .map(|text| context.instant(text, Sense::Ago, Edge::Start))
            .transpose()?;
        let now = context.now()?;
        let period = match kind {
            // What waits to be done is about an instant: the present, if nothing else was said.
            Kind::Backlog if self.says_no_period() => {
                let instant = as_of.unwrap_or(now);
                Period::new(instant, instant, context.zone()?)?
            }
            _ => self.period(context)?,
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
        let damaged: Vec<Error> = unreadable.into_values().chain(damaged).collect();
        match &self.output {
            None => self.show(&report, &damaged, context),
            Some(name) => self.keep(&report, name, &damaged, context),
        }
    }

    /// On stdout. What is damaged stops nothing that can be read.
    fn show(&self, report: &Report, damaged: &[Error], context: &mut Context) -> Result<Exit> {
        let format = context.format();
        let look = look_for(format, context.look()?, context)?;
        let mut out = context.output()?;
        render::report::write(report, format, self.picked(), &look, &mut out)?;
        out.finish()?;
        Ok(tell_damaged(damaged))
    }

    /// In a file. Who opens it later does not see what was told today: so it is whole or not there.
    fn keep(
        &self,
        report: &Report,
        name: &Path,
        damaged: &[Error],
        context: &mut Context,
    ) -> Result<Exit> {
        let head = report.head();
        let path = output::file(name, head.zone.wall(head.since))?;
        if !damaged.is_empty() {
            exit::tell_all(damaged);
            return Err(Error::damaged(
                &path,
                "not written, since not everything could be read",
            ));
        }
        let format = match context.stated_format() {
            Some(format) => format,
            None => output::format(&path)?,
        };
        let look = look_for(format, context.look()?.of_a_file(), context)?;
        let mut written = Vec::new();
        render::report::write(report, format, self.picked(), &look, &mut written)?;
        file::replace(&path, &written)?;
        Ok(exit::DONE)
    }

    fn picked(&self) -> Option<&[String]> {
        (!self.fields.is_empty()).then_some(self.fields.as_slice())
    }
}

/// Only the page writes numbers as a country does.
fn look_for(format: Format, look: Look, context: &mut Context) -> Result<Look> {
    Ok(match format {
        Format::Html => Look {
            numbers: context.numbers()?,
            ..look
        },
        _ => look,
    })
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
