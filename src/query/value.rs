//! One value of a field, and the ways in which fields read theirs.

use std::cmp::Reverse;
use std::fmt::Display;
use std::ops::Bound::{self, Excluded, Included, Unbounded};
use std::str::FromStr;

use super::filter::{Span, Term, TextField, TextTest, TimeField};
use super::fold::folded_line;
use super::lex::{Glyph, fault, text};
use super::parse::Reading;
use super::when::{self, Sense};
use crate::error::{Error, Result, did_you_mean_of};
use crate::ticket::{Category, Level, TicketId};

/// Some characters of a term, and where they begin.
#[derive(Clone, Copy)]
pub(super) struct Value<'a> {
    pub(super) glyphs: &'a [Glyph],
    pub(super) column: usize,
}

impl<'a> Value<'a> {
    fn of(glyphs: &'a [Glyph], otherwise: usize) -> Self {
        let column = glyphs.first().map_or(otherwise, |glyph| glyph.column);
        Self { glyphs, column }
    }

    /// What stands between the commas.
    pub(super) fn alternatives(self) -> impl Iterator<Item = Self> {
        let mut end = self.column;
        self.glyphs.split(|g| g.is(',')).map(move |part| {
            let value = Self::of(part, end);
            // Where an empty part after this one would stand: after its comma.
            end = part.last().map_or(end, |glyph| glyph.column + 1) + 1;
            value
        })
    }

    pub(super) fn fault(self, message: impl Display) -> Error {
        fault(self.column, message)
    }

    /// The error of a reader of values, at this place.
    fn placed(self, error: Error) -> Error {
        match error {
            Error::Usage { message, hint } => Error::Usage {
                message: self.fault(message).to_string(),
                hint,
            },
            other => other,
        }
    }

    /// The characters; an error if there are none.
    fn some_text(self) -> Result<String> {
        if self.glyphs.is_empty() {
            return Err(self.no_value());
        }
        Ok(text(self.glyphs))
    }

    fn no_value(self) -> Error {
        self.fault("expected a value")
            .with_hint("it follows the colon without a space; `none` asks for what is empty")
    }

    /// Whether it is `word`, unquoted.
    fn is_word(self, word: &str) -> bool {
        self.glyphs.iter().all(|glyph| !glyph.quoted)
            && text(self.glyphs).eq_ignore_ascii_case(word)
    }

    /// The text without its `*`, and whether it had one. Anywhere else a `*` would be taken for a
    /// wild card that it is not, and find nothing.
    pub(super) fn without_star(self) -> Result<(String, bool)> {
        let (glyphs, starred) = match self.glyphs {
            [before @ .., last] if last.is('*') => (before, true),
            all => (all, false),
        };
        if let Some(star) = glyphs.iter().find(|glyph| glyph.is('*')) {
            return Err(fault(star.column, "`*` can stand only at the end")
                .with_hint("to look for the sign itself, quote it: \"*\""));
        }
        Ok((text(glyphs), starred))
    }

    /// A whole value, `value*`, or `none`.
    pub(super) fn text(self, field: TextField) -> Result<Term> {
        self.refuse_order()?;
        let wanted = self.without_equals();
        if wanted.is_word("none") {
            return Ok(Term::Text(field, TextTest::Empty));
        }
        wanted.some_text()?;
        let (text, starred) = wanted.without_star()?;
        match (starred, folded_line(&text)) {
            (true, begin) => Ok(Term::Text(field, TextTest::Begins(begin))),
            (false, whole) if whole.is_empty() => Err(wanted.no_value()),
            (false, whole) => Ok(Term::Text(field, TextTest::Is(whole))),
        }
    }

    /// As [`Self::text`], or `me`.
    pub(super) fn person(self, field: TextField, me: &str) -> Result<Term> {
        if self.without_equals().is_word("me") {
            return Ok(Term::Text(field, TextTest::Is(folded_line(me))));
        }
        self.text(field)
    }

    /// As [`Self::text`], but a whole value stands for all that is below it, too.
    pub(super) fn category(self) -> Result<Term> {
        Ok(match self.text(TextField::Category)? {
            Term::Text(field, TextTest::Is(path)) => {
                let path = Category::from_str(&path).map_err(|cause| self.fault(cause))?;
                Term::Text(field, TextTest::Below(path.as_str().to_owned()))
            }
            other => other,
        })
    }

    /// One of a closed vocabulary.
    pub(super) fn named<T: FromStr<Err = String>>(
        self,
        names: impl IntoIterator<Item = &'static str>,
    ) -> Result<T> {
        let typed = self.name()?;
        typed.parse().map_err(|_| self.unknown_value(&typed, names))
    }

    fn unknown_value(self, typed: &str, names: impl IntoIterator<Item = &'static str>) -> Error {
        let names: Vec<_> = names.into_iter().collect();
        let message = format!("`{}` is not one of {}", cut(typed), names.join(", "));
        let error = self.fault(message);
        // `none` is no value of the field's own, and nearer to `fone` than what was meant.
        let own = names.into_iter().filter(|name| *name != "none");
        match did_you_mean_of(typed, own) {
            Some(near) => error.with_hint(format!("did you mean `{near}`?")),
            None => error,
        }
    }

    /// One of a closed vocabulary, or `none`.
    pub(super) fn or_none<T: FromStr<Err = String> + Copy>(
        self,
        all: &[T],
        name: impl Fn(T) -> &'static str,
    ) -> Result<Option<T>> {
        if self.without_equals().is_word("none") {
            return Ok(None);
        }
        let names = all.iter().map(|&known| name(known));
        self.named(names.chain(["none"])).map(Some)
    }

    /// The value in lower case, where it is one of a closed vocabulary.
    pub(super) fn name(self) -> Result<String> {
        self.refuse_order()?;
        Ok(self.without_equals().some_text()?.to_ascii_lowercase())
    }

    /// `low`, `medium`, `high`.
    pub(super) fn level(self) -> Result<Span<Level>> {
        let level = self.named(Level::ALL.map(Level::as_str))?;
        Ok((Included(level), Included(level)))
    }

    pub(super) fn number<T: FromStr<Err = String> + Copy>(self) -> Result<Span<T>> {
        let typed = self.some_text()?;
        let digits = typed.bytes().all(|b| b.is_ascii_digit());
        let number = typed.parse().map_err(|cause| self.fault(cause));
        match number {
            Ok(number) if digits => Ok((Included(number), Included(number))),
            Ok(_) => Err(self.fault(format!("`{typed}` is not written in digits"))),
            Err(error) => Err(error),
        }
    }

    /// `1042`, `#1042`, as what begins and ends with it.
    pub(super) fn id(self) -> Result<Span<TicketId>> {
        let id = self.ticket()?;
        Ok((Included(id), Included(id)))
    }

    /// `1042`, `#1042`.
    pub(super) fn ticket(self) -> Result<TicketId> {
        let typed = self.some_text()?;
        let digits = typed.strip_prefix('#').unwrap_or(&typed);
        let plain = digits.bytes().all(|b| b.is_ascii_digit());
        let number = if plain { digits.parse().ok() } else { None };
        number.and_then(TicketId::new).ok_or_else(|| {
            self.fault(format!("`{}` is not a ticket's number", cut(&typed)))
                .with_hint("a reference is found by ref:KEY")
        })
    }

    pub(super) fn time(self, field: TimeField, reading: &Reading) -> Result<Term> {
        let may_lack = !matches!(field, TimeField::Opened | TimeField::Updated);
        if may_lack && self.without_equals().is_word("none") {
            return Ok(Term::Time(field, None));
        }
        self.refuse_bare_duration()?;
        let sense = match field {
            TimeField::Due => Sense::Ahead,
            _ => Sense::Ago,
        };
        let span = self.ordered(|value| {
            let text = value.some_text()?;
            let extent = when::extent(&text, &reading.clock, sense);
            let extent = extent.map_err(|error| value.placed(error))?;
            Ok((Included(extent.start), Excluded(extent.end)))
        })?;
        Ok(Term::Time(field, Some(span)))
    }

    /// The greater the age, the earlier the opening: ages are instants in reverse order.
    pub(super) fn age(self, reading: &Reading) -> Result<Term> {
        self.refuse_bare_duration()?;
        let (youngest, oldest) = self.ordered(|value| {
            let text = value.some_text()?;
            if !when::is_duration(&text) {
                return Err(value
                    .fault(format!("`{}` is not an age", cut(&text)))
                    .with_hint("an age is written as 30m, 2h, 3d or 2w"));
            }
            let opened = when::extent(&text, &reading.clock, Sense::Ago);
            let opened = Reverse(opened.map_err(|error| value.placed(error))?.start);
            Ok((Included(opened), Included(opened)))
        })?;
        let instant = |bound: Bound<Reverse<_>>| bound.map(|Reverse(at)| at);
        let span = (instant(oldest), instant(youngest));
        Ok(Term::Time(TimeField::Opened, Some(span)))
    }

    /// Nothing ever was opened exactly `7d` ago, to the second.
    fn refuse_bare_duration(self) -> Result<()> {
        let text = text(self.without_equals().glyphs);
        if !when::is_duration(&text) {
            return Ok(());
        }
        let text = cut(&text);
        Err(self
            .fault(format!("expected `<` or `>` before `{text}`"))
            .with_hint(format!(
                "write >{text}, <{text} or a range such as {text}.."
            )))
    }

    /// Without a leading `=`, which says nothing new.
    fn without_equals(self) -> Self {
        match self.glyphs {
            [first, rest @ ..] if first.is('=') => Self::of(rest, self.column + 1),
            _ => self,
        }
    }

    /// An error if it compares, in a field whose values have no order.
    fn refuse_order(self) -> Result<()> {
        match self.glyphs {
            [first, ..] if first.is('<') || first.is('>') => Err(self
                .fault(format!(
                    "`{}` compares, but this field has no order",
                    first.char
                ))
                .with_hint("to look for the sign itself, quote the value")),
            _ => Ok(()),
        }
    }

    /// A value, a comparison with one, or a range, in a field whose values have an order. `read`
    /// gives the extent of one value: a month is an extent, and so is a number.
    pub(super) fn ordered<T: Ord + Copy>(
        self,
        read: impl Fn(Value<'a>) -> Result<Span<T>>,
    ) -> Result<Span<T>> {
        if let Some(dots) = self
            .glyphs
            .windows(2)
            .position(|w| w[0].is('.') && w[1].is('.'))
        {
            return self.range(dots, read);
        }
        let (sign, rest) = match self.glyphs {
            [a, b, rest @ ..] if b.is('=') && a.is('<') => ("<=", rest),
            [a, b, rest @ ..] if b.is('=') && a.is('>') => (">=", rest),
            [a, rest @ ..] if a.is('<') => ("<", rest),
            [a, rest @ ..] if a.is('>') => (">", rest),
            [a, rest @ ..] if a.is('=') => ("=", rest),
            rest => ("", rest),
        };
        let (first, last) = read(Self::of(rest, self.column + sign.len()))?;
        Ok(match sign {
            "<" => (Unbounded, beyond(first)),
            "<=" => (Unbounded, last),
            ">" => (beyond(last), Unbounded),
            ">=" => (first, Unbounded),
            _ => (first, last),
        })
    }

    /// `a..b`, `a..`, `..b`; both ends belong to it.
    fn range<T: Ord + Copy>(
        self,
        dots: usize,
        read: impl Fn(Value<'a>) -> Result<Span<T>>,
    ) -> Result<Span<T>> {
        let (from, to) = (&self.glyphs[..dots], &self.glyphs[dots + 2..]);
        if from.is_empty() && to.is_empty() {
            return Err(self.fault("expected a value before or after `..`"));
        }
        let from = match from {
            [] => Unbounded,
            some => read(Self::of(some, self.column))?.0,
        };
        let to = match to {
            [] => Unbounded,
            some => read(Self::of(some, self.column))?.1,
        };
        let is_empty = match (from, to) {
            (Included(a), Included(b)) => a > b,
            (Included(a) | Excluded(a), Included(b) | Excluded(b)) => a >= b,
            _ => false,
        };
        if is_empty {
            return Err(self
                .fault("this range ends before it begins")
                .with_hint("write the smaller one first; of ages, the younger one"));
        }
        Ok((from, to))
    }
}

/// The bound of what lies on the other side.
fn beyond<T>(bound: Bound<T>) -> Bound<T> {
    match bound {
        Included(value) => Excluded(value),
        Excluded(value) => Included(value),
        Unbounded => Unbounded,
    }
}

/// As much of what was typed as an error can repeat.
pub(super) fn cut(text: &str) -> String {
    const LONGEST: usize = 60;
    match text.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}
