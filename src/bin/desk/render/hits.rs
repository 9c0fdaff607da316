//! What a search found, for somebody who looks: the words are marked, and below a ticket that shows
//! not all of them stands the text around one that it does not show.
//!
//! Below, and not in a column: on a terminal of 80 columns a list leaves the subject no more than a
//! third, and a snippet beside it nothing.

use std::io::{self, Write};
use std::ops::Range;

use desk::query::{Words, marks};
use desk::ticket::{Ticket, TicketId};
use unicode_segmentation::UnicodeSegmentation;

use super::Look;
use super::list::{self, Key};
use super::marked::Marked;
use super::style::Tone;
use super::table::{self, Row};

/// How far a snippet stands in.
const INDENT: usize = 4;

/// Where nobody knows how wide the terminal is.
const USUAL_WIDTH: usize = 80;

/// Writes tickets as a table. `read` reads one with its events, for its texts.
///
/// # Errors
/// What writing to `out` gives.
pub(crate) fn write(
    tickets: &[Ticket],
    (keys, words): (&[Key], &[&Words]),
    look: &Look,
    mut read: impl FnMut(TicketId) -> Option<Ticket>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut grid = list::grid(tickets, keys, look);
    list::mark(&mut grid, keys, words);
    let Some((head, rows)) = table::rows(&grid, look) else {
        return Ok(());
    };
    writeln!(out, "{}", head.line)?;
    for (row, ticket) in rows.iter().zip(tickets) {
        writeln!(out, "{}", row.line)?;
        let unseen = unseen(words, row);
        if unseen.is_empty() {
            continue;
        }
        let within = look.width.unwrap_or(USUAL_WIDTH).saturating_sub(INDENT);
        let read = read(ticket.id);
        let snippet = read.and_then(|ticket| snippet(&ticket, words, &unseen, within));
        if let Some(snippet) = snippet {
            let painted = snippet.paint(Tone::Plain, look.colour);
            writeln!(out, "{:INDENT$}{painted}", "")?;
        }
    }
    Ok(())
}

/// The words that nobody sees in a row.
fn unseen<'a>(words: &[&'a Words], row: &Row) -> Vec<&'a Words> {
    let is_seen = |words: &Words| row.marked.iter().any(|cell| stands_in(words, cell));
    words.iter().copied().filter(|w| !is_seen(w)).collect()
}

fn stands_in(words: &Words, text: &str) -> bool {
    !marks(text, &[words]).is_empty()
}

/// The text around the first unseen word, out of that text of a ticket which holds most of them.
fn snippet(
    ticket: &Ticket,
    words: &[&Words],
    unseen: &[&Words],
    within: usize,
) -> Option<Marked<'static>> {
    let mut best = (0, "");
    for text in texts(ticket) {
        let held = unseen.iter().filter(|words| stands_in(words, text)).count();
        if held > best.0 {
            best = (held, text);
        }
    }
    let (1.., text) = best else {
        return None;
    };
    let first = marks(text, unseen).first()?.start;
    let near = near(text, first, within);
    let found = marks(text, words).into_iter();
    let found = found.filter(|mark| near.start <= mark.start && mark.end <= near.end);
    let found: Vec<_> = found
        .map(|mark| mark.start - near.start..mark.end - near.start)
        .collect();
    // Where a line ends does not matter here.
    let line = text[near.clone()].replace(['\n', '\r', '\t'], " ");
    let line = Marked::new(&line, &found);
    let nth = found
        .iter()
        .position(|mark| mark.end > first - near.start)?;
    Some(line.around(line.marks[nth].start, within))
}

/// A part of a text that is more than a line around the byte offset `at`, however long the text is.
fn near(text: &str, at: usize, within: usize) -> Range<usize> {
    let (before, behind) = text.split_at(at);
    let start = before.grapheme_indices(true).rev().take(within).last();
    let end = behind.grapheme_indices(true).nth(2 * within);
    start.map_or(at, |(start, _)| start)..end.map_or(text.len(), |(end, _)| at + end)
}

/// All that is searched of a ticket, as it was written.
fn texts(ticket: &Ticket) -> impl Iterator<Item = &str> {
    let state = &ticket.state;
    let reference = state.reference.as_ref().map(|reference| reference.as_str());
    let one = [
        reference,
        Some(state.subject.as_str()),
        state.requester.as_deref(),
        state.description.as_deref(),
        state.resolution.as_deref(),
    ];
    let tags = state.tags.iter().map(String::as_str);
    let messages = ticket.events.iter().filter_map(|e| e.message.as_deref());
    one.into_iter().flatten().chain(tags).chain(messages)
}

#[cfg(test)]
mod tests {
    use super::super::tests::look;
    use super::super::ticket::tests::ticket;
    use super::super::width;
    use super::*;

    const DEFAULT: [Key; 2] = [Key::Id, Key::Field(desk::ticket::Field::Subject)];

    fn word(text: &str) -> Words {
        Words::Word(text.to_owned())
    }

    /// What is shown of a ticket with this subject and message, with brackets for marks.
    fn shown(subject: &str, message: &str, words: &[&Words], columns: usize) -> String {
        let mut ticket = ticket();
        ticket.state.subject = subject.to_owned();
        ticket.events[0].message = Some(message.to_owned());
        let look = Look {
            width: Some(columns),
            colour: true,
            relative: true,
            ..look()
        };
        let mut out = Vec::new();
        let read = |_| Some(ticket.clone());
        write(
            std::slice::from_ref(&ticket),
            (&DEFAULT, words),
            &look,
            read,
            &mut out,
        )
        .unwrap();
        let text = String::from_utf8(out).unwrap();
        let mark = Tone::Mark.paint("|", true);
        let (begin, end) = mark.split_once('|').unwrap();
        let mut parts = text.split(begin);
        let mut text = parts.next().unwrap().to_owned();
        for part in parts {
            // The bracket of a sequence is not one of these.
            text += "⟨";
            text += &part.replacen(end, "⟩", 1);
        }
        let text = super::super::table::tests::stripped(&text);
        let text = text.replace('⟨', "[").replace('⟩', "]");
        text.lines()
            .skip(1)
            .map(|line| format!("{line}\n"))
            .collect()
    }

    #[test]
    fn what_the_row_does_not_show_stands_below() {
        let table = [
            // All is seen.
            (
                "Máy in hỏng",
                "không",
                vec![word("may"), word("in")],
                "1042  [Máy] [in] hỏng\n",
            ),
            (
                "Máy in",
                "Hộp\nmực\u{1b} hết",
                vec![word("may"), word("muc")],
                "1042  [Máy] in\n    Hộp [mực]␛ hết\n",
            ),
            // The subject is cut before the word.
            (
                "A long subject about a printer",
                "x",
                vec![word("printer")],
                "1042  A long subject about…\n    …subject about a [printer]\n",
            ),
            (
                "卡纸",
                "三楼的打印机每天早上都会卡住已经重启过很多次了还是一样",
                vec![word("重启")],
                "1042  卡纸\n    …住已经[重启]过很多次了还…\n",
            ),
            // Alternatives that it has not.
            (
                "Printer",
                "x",
                vec![word("printer"), word("quetzal")],
                "1042  [Printer]\n",
            ),
            ("Printer", "x", vec![word("042")], "1[042]  Printer\n"),
        ];
        for (subject, message, words, expected) in table {
            let words: Vec<_> = words.iter().collect();
            let text = shown(subject, message, &words, 28);
            assert_eq!(text, expected, "{subject}");
        }
    }

    #[test]
    fn a_snippet_of_any_text_is_found_at_once_and_fits() {
        let long = format!(
            "{} toner {}",
            "打👩\u{200d}🔧é ".repeat(20_000),
            "x".repeat(100_000)
        );
        let text = shown("Printer", &long, &[&word("toner")], 60);
        let snippet = text.lines().nth(1).unwrap();
        assert!(snippet.contains("[toner]"), "{snippet}");
        assert!(width::of(snippet) <= 60 + "[]".len(), "{snippet}");
    }
}
