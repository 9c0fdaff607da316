//! Colour: a small palette, used only if asked, and always on top of words that say the same.
//!
//! Colour is put on after the layout is done, so that no width ever counts an escape sequence.

use std::borrow::Cow;

use anstyle::{AnsiColor, Style};
use clap::ColorChoice;
use desk::ticket::{Priority, Status};

/// What a piece of text is, of which its colour follows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(crate) enum Tone {
    /// Nothing special.
    #[default]
    Plain,
    /// A heading, a subject.
    Heading,
    /// Of second rank: labels, what is not set, what is over.
    Dim,
    /// Needs somebody at once: priority 1, late.
    Alarm,
    /// Needs an eye: priority 2, pending.
    Warning,
    /// Nobody has it yet.
    Fresh,
    /// Solved.
    Good,
    /// What was searched for.
    Mark,
}

/// A promise was broken.
pub(crate) const LATE: Tone = Tone::Alarm;

/// The tone of a priority.
pub(crate) fn priority(priority: Priority) -> Tone {
    match priority.get() {
        1 => Tone::Alarm,
        2 => Tone::Warning,
        3 => Tone::Plain,
        _ => Tone::Dim,
    }
}

/// The tone of a status.
pub(crate) fn status(status: Status) -> Tone {
    match status {
        Status::New => Tone::Fresh,
        Status::Open => Tone::Plain,
        Status::Pending => Tone::Warning,
        Status::Resolved => Tone::Good,
        Status::Closed => Tone::Dim,
    }
}

impl Tone {
    fn style(self) -> Style {
        let colour = |colour: AnsiColor| colour.on_default();
        match self {
            Self::Plain => Style::new(),
            Self::Heading => Style::new().bold(),
            Self::Dim => Style::new().dimmed(),
            Self::Alarm => colour(AnsiColor::Red).bold(),
            Self::Warning => colour(AnsiColor::Yellow),
            Self::Fresh => colour(AnsiColor::Cyan),
            Self::Good => colour(AnsiColor::Green),
            // A highlighter: with both colours set it reads the same on light and dark.
            Self::Mark => AnsiColor::Black.on(AnsiColor::Yellow),
        }
    }

    /// The text in this tone, if `colour` is wanted.
    pub(crate) fn paint(self, text: &str, colour: bool) -> Cow<'_, str> {
        if !colour || text.is_empty() || self == Self::Plain {
            return Cow::Borrowed(text);
        }
        let style = self.style();
        Cow::Owned(format!("{style}{text}{style:#}"))
    }
}

/// Whether to write colours: `--color`, then `NO_COLOR`, then `CLICOLOR_FORCE`, then whether it is
/// a terminal that reads (no-color.org, bixense.com/clicolors).
pub(crate) fn colour(
    choice: ColorChoice,
    is_terminal: bool,
    no_color: bool,
    clicolor_force: bool,
) -> bool {
    match choice {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto => !no_color && (clicolor_force || is_terminal),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flag_outranks_the_environment_and_that_the_terminal() {
        use ColorChoice::{Always, Auto, Never};
        let table = [
            (Auto, true, false, false, true),
            (Auto, false, false, false, false),
            (Auto, true, true, false, false),
            (Auto, false, false, true, true),
            (Auto, true, true, true, false),
            (Always, false, true, false, true),
            (Never, true, false, true, false),
        ];
        for (choice, terminal, no, force, expected) in table {
            let got = colour(choice, terminal, no, force);
            assert_eq!(got, expected, "{choice:?} {terminal} {no} {force}");
        }
    }

    #[test]
    fn paint_is_reset_after_the_text() {
        assert_eq!(
            Tone::Alarm.paint("1", true),
            "\u{1b}[1m\u{1b}[31m1\u{1b}[0m"
        );
        assert_eq!(Tone::Alarm.paint("1", false), "1");
        assert_eq!(Tone::Plain.paint("1", true), "1");
        assert_eq!(Tone::Dim.paint("", true), "");
    }
}
