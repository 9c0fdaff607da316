//! A report as a page: what it is about, and then sections, on a terminal or in Markdown; the page in
//! HTML is made of the same by [`super::html`].

use std::io::{self, Write};

use desk::Zone;
use desk::report::{Compare, Head, Kind, Report};

use super::super::chart::{Chart, Series, Shape};
use super::super::paper::{Item, Paper};
use super::super::style::Tone;
use super::super::texts::Texts;
use super::super::{Look, glyphs, markdown, safe, table, time, width};
use super::strip::Strip;

/// A part of the page, whose tables are yet to be made ([`Strip`]) or whole ([`Texts`]).
pub(super) enum Section<T> {
    /// A sentence.
    Line(String),
    /// Counts that belong together, and what else there is to say of them.
    Sum(Vec<Term>, Option<String>),
    /// A table, with a heading where it needs one.
    Table(Option<&'static str>, T),
}

impl<'a> Section<Strip<'a>> {
    /// The part with its table as a whole.
    pub(super) fn made(self) -> desk::Result<Section<Texts<'a>>> {
        Ok(match self {
            Self::Line(text) => Section::Line(text),
            Self::Sum(terms, note) => Section::Sum(terms, note),
            Self::Table(heading, strip) => Section::Table(heading, strip.texts()?),
        })
    }
}

/// A count among others.
pub(super) struct Term {
    /// What stands between it and the one before: `+`, `=`, `·`.
    pub(super) sign: &'static str,
    /// What it counts, in a line of its own kind.
    pub(super) name: &'static str,
    /// The same where it stands by itself.
    pub(super) label: &'static str,
    /// How many.
    pub(super) count: u64,
}

/// `backlog 162 + opened 8995 = 9157`.
pub(super) fn line(terms: &[Term]) -> String {
    let count = |term: &Term| term.count.to_string();
    let words = terms
        .iter()
        .flat_map(|term| [term.sign.to_owned(), term.name.to_owned(), count(term)]);
    words
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// The same, and below it what else there is to say.
fn sum(terms: &[Term], note: Option<&String>) -> String {
    let lines = std::iter::once(line(terms)).chain(note.cloned());
    lines.collect::<Vec<_>>().join("\n")
}

/// What stands for a table without rows.
pub(super) const NOTHING: &str = "nothing";

/// Writes the page for a terminal, or for a pipe.
pub(super) fn table(
    report: &Report,
    sections: Vec<Section<Texts<'_>>>,
    look: &Look,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut paper = Paper { look: *look, out };
    let head = &report.head;
    let name = (head.report.to_string(), Tone::Heading);
    let period = (period(head, look.zone), Tone::Plain);
    paper.items(&[name, period], " · ", 2)?;
    let known: Vec<Item> = known(report, look.zone)
        .iter()
        .map(|text| (safe::line(text).into_owned(), Tone::Plain))
        .collect();
    if !known.is_empty() {
        paper.items(&known, " · ", 2)?;
    }
    for section in sections {
        match section {
            Section::Line(text) => {
                paper.heading(None)?;
                paper.block(&text, 0, Tone::Plain)?;
            }
            Section::Sum(terms, note) => {
                paper.heading(None)?;
                paper.block(&sum(&terms, note.as_ref()), 0, Tone::Plain)?;
            }
            Section::Table(heading, texts) => {
                paper.heading(heading)?;
                let is_below = |chart: &&Chart| chart.shape != Shape::Bars;
                let charts = texts.charts.iter().filter(is_below).cloned();
                let charts: Vec<Chart> = charts.collect();
                match texts.len {
                    0 => paper.block(NOTHING, 0, Tone::Dim)?,
                    _ => table::write_texts(texts, look, &mut *paper.out)?,
                }
                for chart in &charts {
                    sparklines(chart, &mut paper)?;
                }
            }
        }
    }
    Ok(())
}

/// The name before a sparkline takes at most so many columns.
const NAME: usize = 24;

/// A line for each figure of a chart that has no bar beside each row, on a terminal that can draw.
fn sparklines(chart: &Chart, paper: &mut Paper) -> io::Result<()> {
    let name = |series: &Series| width::cut(&safe::line(&series.name), NAME).into_owned();
    let names = chart.series.iter().map(|series| width::of(&name(series)));
    let indent = names.max().unwrap_or(0) + 2;
    for series in &chart.series {
        let most = format!(" at most {}", chart.measure.shown(series.most()));
        let taken = indent + width::of(&most);
        let room = paper.look.width.and_then(|width| width.checked_sub(taken));
        let Some(drawn) = room.and_then(|room| glyphs::sparkline(series, paper.look.blocks, room))
        else {
            continue;
        };
        let name = name(series);
        let gap = " ".repeat(indent - width::of(&name));
        writeln!(paper.out, "{name}{gap}{drawn}{most}")?;
    }
    Ok(())
}

/// Writes the page as a Markdown document.
pub(super) fn markdown(
    report: &Report,
    sections: &[Section<Texts<'_>>],
    zone: Zone,
    out: &mut dyn Write,
) -> io::Result<()> {
    let head = &report.head;
    let mut about = vec![period(head, zone)];
    about.extend(known(report, zone));
    writeln!(out, "# Report: {}", head.report)?;
    writeln!(out, "\n{}", markdown::escape(&about.join(" · ")))?;
    for section in sections {
        match section {
            Section::Line(text) => writeln!(out, "\n{}", markdown::escape(text))?,
            Section::Sum(terms, note) => {
                writeln!(out, "\n{}", markdown::escape(&sum(terms, note.as_ref())))?;
            }
            Section::Table(heading, texts) => {
                if let Some(heading) = heading {
                    writeln!(out, "\n## {heading}")?;
                }
                writeln!(out)?;
                markdown::write(texts, out)?;
            }
        }
    }
    Ok(())
}

/// `2026-10-22 00:00 to 2026-11-21 00:00 (exclusive), Europe/Oslo`; of an instant the zone alone.
pub(super) fn period(head: &Head, zone: Zone) -> String {
    let since = time::absolute(head.since, zone);
    let until = time::absolute(head.until, zone);
    let zone = match zone {
        Zone::System => "local time".to_owned(),
        Zone::Named(_) => zone.to_string(),
    };
    match head.since == head.until {
        true => zone,
        false => format!("{since} to {until} (exclusive), {zone}"),
    }
}

/// `compared with the time before: 2026-10-01 00:00 to 2026-11-01 00:00 (exclusive)`, and up to when that
/// is known where it is not all of it.
fn compared(compare: Compare, head: &Head, zone: Zone) -> String {
    let [since, until, as_of] =
        [head.since, head.until, head.as_of].map(|at| time::absolute(at, zone));
    let which = match compare {
        Compare::Previous => "the time before",
        Compare::Year => "a year earlier",
    };
    let mut compared = format!("compared with {which}: ");
    match head.since == head.until {
        true => compared += &as_of,
        false => compared += &format!("{since} to {until} (exclusive)"),
    }
    if head.as_of != head.until && head.since != head.until {
        compared += &format!(", as of {as_of}");
    }
    compared
}

/// Up to when things are known, where that is not the period's end or all that counts; of which
/// tickets, how many rows, and beside which time.
pub(super) fn known(report: &Report, zone: Zone) -> Vec<String> {
    let head = &report.head;
    let mut known = Vec::new();
    if head.as_of != head.until || head.report == Kind::Backlog {
        known.push(format!("as of {}", time::absolute(head.as_of, zone)));
    }
    if !head.query.is_empty() {
        known.push(format!("query: {}", head.query));
    }
    if let Some(top) = head.top {
        known.push(match head.report {
            Kind::Backlog => format!("the oldest {top}"),
            Kind::Time | Kind::Recurring => format!("the first {top} rows of each table"),
            _ => format!("the first {top} rows"),
        });
    }
    if let (Some(compare), Some(previous)) = (head.compare, &report.previous) {
        known.push(compared(compare, &previous.head, zone));
    }
    known
}
