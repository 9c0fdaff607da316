//! A report as a page in HTML: one file that needs no other, for a browser, a phone, a printer or a
//! mail.
//!
//! The page says itself what it may do ([CSP]): it has one sheet of styles, known by its digest,
//! and no script; what a ticket might smuggle in would neither run nor fetch anything. It smuggles
//! nothing in, though: everything that is written here is escaped. Behind each drawing stands the
//! table that it shows, for who does not see it and for who wants it exactly.
//!
//! [CSP]: https://www.w3.org/TR/CSP3/

mod draw;
mod paper;
mod policy;
mod text;

use std::borrow::Cow;
use std::io::{self, Write};

use desk::report::{self, Report};

use super::super::chart::Chart;
use super::super::grid::{Align, Column};
use super::super::style::Tone;
use super::super::texts::{Text, Texts};
use super::super::{Look, safe};
use super::page::{self, Section, Term};
pub(super) use text::capital;
use text::{escape, prose, sentence, text, words};

/// How the page looks: on screens wide and narrow, bright and dark, and on paper.
const STYLE: &str = include_str!("style.css");

/// Writes the page, and at its end what the figures of these names mean.
///
/// # Errors
/// What writing to `out` gives.
pub(super) fn write(
    report: &Report,
    sections: &[Section<Texts<'_>>],
    names: &[String],
    look: &Look,
    out: &mut dyn Write,
) -> io::Result<()> {
    let is_wide = sections.iter().any(|section| match section {
        Section::Table(_, texts) => paper::is_wide(texts),
        Section::Line(_) | Section::Sum(..) => false,
    });
    let style = match is_wide {
        true => [STYLE, paper::ON_THEIR_SIDE].concat(),
        false => STYLE.to_owned(),
    };
    let mut page = Page {
        name: sentence(report.head.report.as_str()),
        look,
        out,
        tables: 0,
        charts: 0,
    };
    page.begin(report, &style)?;
    for section in sections {
        page.section(section)?;
    }
    page.definitions(names, report.head.first_contact_minutes)?;
    page.end()
}

/// A page that is being written.
struct Page<'a> {
    name: String,
    look: &'a Look,
    out: &'a mut dyn Write,
    /// How many there are so far: their numbers are their names.
    tables: usize,
    charts: usize,
}

impl Page<'_> {
    fn begin(&mut self, report: &Report, style: &str) -> io::Result<()> {
        let (name, head) = (&self.name, &report.head);
        let period = page::period(head, self.look.zone);
        let title = format!("{name}: {period}");
        write!(
            self.out,
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n\
             <meta name=\"referrer\" content=\"no-referrer\">\n\
             <meta name=\"generator\" content=\"desk {version}\">\n\
             <title>{title}</title>\n<style>{style}</style>\n</head>\n<body>\n<header>\n\
             <h1>{name}</h1>\n<p class=\"about\">{about}</p>\n<p>{period}</p>\n",
            policy = policy::policy(style),
            version = env!("CARGO_PKG_VERSION"),
            title = text(&title),
            about = text(head.report.about()),
            period = text(&period),
        )?;
        for known in page::known(report, self.look.zone) {
            writeln!(self.out, "<p dir=\"auto\">{}</p>", text(&known))?;
        }
        writeln!(self.out, "</header>\n<main>")
    }

    fn section(&mut self, section: &Section<Texts<'_>>) -> io::Result<()> {
        match section {
            Section::Line(line) => {
                writeln!(self.out, "<section aria-label=\"In short\">")?;
                let line = self.look.numbers.written(&safe::block(line));
                writeln!(self.out, "<p class=\"line\">{}</p>", escape(&line))?;
            }
            Section::Sum(terms, note) => {
                writeln!(self.out, "<section aria-label=\"In short\">")?;
                self.sum(terms)?;
                if let Some(note) = note {
                    let note = self.look.numbers.written(note);
                    writeln!(self.out, "<p class=\"line\">{}</p>", escape(&note))?;
                }
            }
            Section::Table(heading, texts) => {
                self.tables += 1;
                match heading {
                    Some(heading) => {
                        let id = self.tables;
                        writeln!(self.out, "<section aria-labelledby=\"part-{id}\">")?;
                        writeln!(self.out, "<h2 id=\"part-{id}\">{heading}</h2>")?;
                    }
                    None => writeln!(self.out, "<section>")?,
                }
                self.drawings(&texts.charts)?;
                match texts.len {
                    0 => writeln!(self.out, "<p class=\"dim\">{}</p>", page::NOTHING)?,
                    _ => self.table(heading.map(str::to_owned), texts)?,
                }
            }
        }
        writeln!(self.out, "</section>")
    }

    fn sum(&mut self, terms: &[Term]) -> io::Result<()> {
        writeln!(self.out, "<dl class=\"sum\">")?;
        for term in terms {
            let count = self.look.numbers.written(&term.count.to_string());
            let sign = match term.sign {
                "" | "·" => String::new(),
                // Of the same width as a plus.
                "-" => "<span class=\"sign\">\u{2212}</span>".to_owned(),
                sign => format!("<span class=\"sign\">{sign}</span>"),
            };
            let label = sentence(term.label);
            writeln!(
                self.out,
                "<div><dt>{label}</dt><dd>{sign}{count}</dd></div>"
            )?;
        }
        writeln!(self.out, "</dl>")
    }

    fn drawings(&mut self, charts: &[Chart]) -> io::Result<()> {
        if charts.is_empty() {
            return Ok(());
        }
        writeln!(self.out, "<div class=\"charts\">")?;
        for chart in charts {
            self.charts += 1;
            let drawing = draw::svg(chart, self.charts, self.look.numbers)?;
            let title = capital(&chart.title);
            let part = draw::part(chart).map(|part| format!(" <span>{part}</span>"));
            let (title, part) = (text(&title), part.unwrap_or_default());
            write!(
                self.out,
                "<figure>\n<figcaption aria-hidden=\"true\">{title}{part}</figcaption>\n\
                 {drawing}</figure>\n"
            )?;
        }
        writeln!(self.out, "</div>")
    }

    /// A table, in a frame of its own that scrolls where the page is narrower; and where paper is
    /// narrower too, its parts for that.
    fn table(&mut self, heading: Option<String>, texts: &Texts<'_>) -> io::Result<()> {
        let id = self.tables;
        let by = texts
            .columns
            .first()
            .map_or_else(String::new, |column| words(&column.name));
        let caption = heading.unwrap_or_else(|| format!("{}, by {by}", self.name));
        let parts = paper::parts(texts);
        let only = if parts.len() > 1 { " only" } else { "" };
        write!(
            self.out,
            "<div class=\"scroll{only}\" role=\"region\" tabindex=\"0\" aria-labelledby=\"table-{id}\">\n\
             <table>\n<caption id=\"table-{id}\">{}</caption>\n",
            text(&caption)
        )?;
        let all: Vec<usize> = (0..texts.columns.len()).collect();
        self.rows(texts, &all)?;
        writeln!(self.out, "</table>\n</div>")?;
        if parts.len() == 1 {
            return Ok(());
        }
        writeln!(self.out, "<div class=\"paper\">")?;
        for (at, places) in parts.iter().enumerate() {
            let (part, count) = (at + 1, parts.len());
            let caption = format!("{caption}: part {part} of {count}");
            writeln!(self.out, "<table>\n<caption>{}</caption>", text(&caption))?;
            self.rows(texts, places)?;
            writeln!(self.out, "</table>")?;
        }
        writeln!(self.out, "</div>")
    }

    /// What stands in these columns of a table, below its caption. A text that stands in many rows is
    /// written once, and repeated.
    fn rows(&mut self, texts: &Texts<'_>, places: &[usize]) -> io::Result<()> {
        let columns: Vec<_> = places.iter().map(|at| texts.columns[*at].clone()).collect();
        writeln!(self.out, "<thead>")?;
        self.heads(&columns)?;
        writeln!(self.out, "</thead>\n<tbody>")?;
        let cells = |(nth, at): (usize, &usize)| {
            let cells = texts.column(*at).iter();
            let cells = cells.map(|cell| match nth {
                0 => row_head(cell),
                _ => self.cell(cell, &columns[nth]),
            });
            cells.collect()
        };
        let cells: Vec<Vec<String>> = places.iter().enumerate().map(cells).collect();
        for row in 0..texts.len {
            write!(self.out, "<tr>")?;
            let row: Vec<usize> = texts.row(row).collect();
            for (at, cells) in places.iter().zip(&cells) {
                self.out.write_all(cells[row[*at]].as_bytes())?;
            }
            writeln!(self.out, "</tr>")?;
        }
        writeln!(self.out, "</tbody>")
    }

    /// The heads of the columns; figures of a group, `time_to_resolve.p50`, stand below its name.
    fn heads(&mut self, columns: &[Column]) -> io::Result<()> {
        let groups: Vec<(Option<&str>, &[Column])> = columns
            .chunk_by(|a, b| group(a).is_some() && group(a) == group(b))
            .map(|columns| (group(&columns[0]), columns))
            .collect();
        let deep = groups.iter().any(|(name, _)| name.is_some());
        let span = if deep { " rowspan=\"2\"" } else { "" };
        write!(self.out, "<tr>")?;
        for (name, columns) in &groups {
            match name {
                None => {
                    let column = &columns[0];
                    write!(
                        self.out,
                        "<th scope=\"col\"{span}{}>{}</th>",
                        class(column),
                        text(&heading(column))
                    )?;
                }
                Some(name) => {
                    let (count, title) = (columns.len(), sentence(name));
                    write!(
                        self.out,
                        "<th scope=\"colgroup\" colspan=\"{count}\"{}>{}</th>",
                        class(&columns[0]),
                        text(&title)
                    )?;
                }
            }
        }
        writeln!(self.out, "</tr>")?;
        if !deep {
            return Ok(());
        }
        write!(self.out, "<tr>")?;
        for column in groups
            .iter()
            .filter(|(name, _)| name.is_some())
            .flat_map(|(_, all)| *all)
        {
            write!(
                self.out,
                "<th scope=\"col\"{}>{}</th>",
                class(column),
                text(&heading(column))
            )?;
        }
        writeln!(self.out, "</tr>")
    }

    fn cell(&self, cell: &Text<'_>, column: &Column) -> String {
        let shown = Cow::Borrowed(&*cell.text);
        let (side, shown) = match column.align {
            Align::Left => ("", shown),
            Align::Right => ("n", self.look.numbers.written(&shown).into()),
        };
        let class = [side, tone(cell.tone)].join(" ");
        let class = match class.trim() {
            "" => " dir=\"auto\"".to_owned(),
            class => format!(" class=\"{class}\""),
        };
        format!("<td{class}>{}</td>", text(&shown))
    }

    /// What each figure means, at the end, where who needs it looks.
    fn definitions(&mut self, names: &[String], first_contact_minutes: u32) -> io::Result<()> {
        let group = |name: &String| name.split('.').next().unwrap_or_default().to_owned();
        let mut groups: Vec<String> = Vec::new();
        for group in names.iter().map(group) {
            if !groups.contains(&group) {
                groups.push(group);
            }
        }
        let known: Vec<_> = groups
            .iter()
            .filter_map(|group| report::definition(group, first_contact_minutes))
            .collect();
        if known.is_empty() {
            return Ok(());
        }
        write!(
            self.out,
            "<section aria-labelledby=\"definitions\">\n<h2 id=\"definitions\">Definitions</h2>\n\
             <dl class=\"terms\">\n"
        )?;
        for definition in known {
            let name = sentence(&definition.metric);
            write!(
                self.out,
                "<div><dt>{name}</dt><dd>{}",
                prose(&definition.text)
            )?;
            if !definition.parts.is_empty() {
                write!(self.out, "<ul>")?;
                for (part, what) in &definition.parts {
                    let part = words(part);
                    write!(self.out, "<li><b>{part}</b> {}</li>", prose(what))?;
                }
                write!(self.out, "</ul>")?;
            }
            writeln!(self.out, "</dd></div>")?;
        }
        writeln!(self.out, "</dl>\n</section>")
    }

    fn end(&mut self) -> io::Result<()> {
        write!(
            self.out,
            "</main>\n<footer>\n<p>Made by desk {}.</p>\n</footer>\n</body>\n</html>\n",
            env!("CARGO_PKG_VERSION")
        )
    }
}

/// Whose row it is. A tier's number and a ticket's are names, and no counts.
fn row_head(cell: &Text<'_>) -> String {
    let class = match tone(cell.tone) {
        "" => String::new(),
        tone => format!(" class=\"{tone}\""),
    };
    let name = text(&cell.text);
    format!("<th scope=\"row\" dir=\"auto\"{class}>{name}</th>")
}

/// The group that a figure's column is in.
fn group(column: &Column) -> Option<&str> {
    let parts = column
        .name
        .split_once('.')
        .filter(|_| column.words.is_none());
    parts.map(|(group, _)| group)
}

/// What stands above a column: of one in a group its measure, since the group stands above.
fn heading(column: &Column) -> String {
    match (&column.words, column.name.split_once('.')) {
        // May be people's own: they are as they are written.
        (Some(words), _) => words.clone(),
        (None, Some((_, measure))) => words(measure),
        (None, None) => sentence(&column.name),
    }
}

/// On which side a column's head stands, and whether it has to be broken.
fn class(column: &Column) -> String {
    let side = match column.align {
        Align::Left => "",
        Align::Right => "n",
    };
    let long = if paper::has_long_word(&heading(column)) {
        "long"
    } else {
        ""
    };
    match [side, long].join(" ").trim() {
        "" => String::new(),
        class => format!(" class=\"{class}\""),
    }
}

/// How a tone is called in the sheet of styles; those that mean nothing here have no name.
fn tone(tone: Tone) -> &'static str {
    match tone {
        Tone::Alarm => "alarm",
        Tone::Warning => "warn",
        Tone::Dim => "dim",
        Tone::Plain | Tone::Heading | Tone::Fresh | Tone::Good | Tone::Mark => "",
    }
}
