//! Paper for a page of text: labels, blocks and rows of pieces, wrapped at the terminal's width and
//! coloured after wrapping. Here nothing is cut: what does not fit beside goes below.

use std::io::{self, Write};

use super::style::Tone;
use super::{Look, safe, width};

/// A piece of a line, which has been made safe, and how it is to look.
pub(crate) type Item = (String, Tone);

/// What a page is written on.
pub(crate) struct Paper<'a> {
    /// For whom.
    pub(crate) look: Look,
    /// Where to.
    pub(crate) out: &'a mut dyn Write,
}

impl Paper<'_> {
    /// An empty line, and a heading if there is one.
    pub(crate) fn heading(&mut self, heading: Option<&str>) -> io::Result<()> {
        writeln!(self.out)?;
        if let Some(heading) = heading {
            let heading = Tone::Heading.paint(heading, self.look.colour);
            writeln!(self.out, "{heading}")?;
        }
        Ok(())
    }

    /// A label, and beside it a text that wraps under itself.
    pub(crate) fn hanging(
        &mut self,
        label: &str,
        indent: usize,
        text: &str,
        (label_tone, tone): (Tone, Tone),
    ) -> io::Result<()> {
        let colour = self.look.colour;
        // The label ends before the text, however long it is.
        let gap = " ".repeat(indent.saturating_sub(width::of(label)).max(1));
        write!(self.out, "{}{gap}", label_tone.paint(label, colour))?;
        for (i, line) in wrap(text, indent, &self.look).iter().enumerate() {
            if i > 0 {
                write!(self.out, "{:indent$}", "")?;
            }
            writeln!(self.out, "{}", tone.paint(line, colour))?;
        }
        Ok(())
    }

    /// A text of many lines.
    pub(crate) fn block(&mut self, text: &str, indent: usize, tone: Tone) -> io::Result<()> {
        for line in wrap(&safe::block(text), indent, &self.look) {
            let indent = if line.is_empty() { 0 } else { indent };
            let line = tone.paint(&line, self.look.colour);
            writeln!(self.out, "{:indent$}{line}", "")?;
        }
        Ok(())
    }

    /// Pieces on one line as long as they fit; what does not goes on the next one, indented.
    pub(crate) fn items(
        &mut self,
        items: &[Item],
        separator: &str,
        indent: usize,
    ) -> io::Result<()> {
        let room = self.look.width.unwrap_or(usize::MAX);
        let mut used = 0;
        for (i, (text, tone)) in items.iter().enumerate() {
            let columns = width::of(separator) + width::of(text);
            if i > 0 && used + columns <= room {
                write!(self.out, "{separator}")?;
                used += columns;
            } else if i > 0 {
                write!(self.out, "\n{:indent$}", "")?;
                used = indent + width::of(text);
            } else {
                used = width::of(text);
            }
            let lines = if used > room {
                wrap(text, indent, &self.look)
            } else {
                vec![text.clone()]
            };
            used = used.min(room);
            let break_line = format!("\n{:indent$}", "");
            let lines: Vec<_> = lines
                .iter()
                .map(|line| tone.paint(line, self.look.colour))
                .collect();
            write!(self.out, "{}", lines.join(&break_line))?;
        }
        writeln!(self.out)
    }
}

/// The lines of a text, so that they fit beside an indentation.
fn wrap(text: &str, indent: usize, look: &Look) -> Vec<String> {
    let room = look.width.map(|width| width.saturating_sub(indent).max(1));
    let lines = width::wrap(text, room);
    if lines.is_empty() {
        vec![String::new()]
    } else {
        lines
    }
}
