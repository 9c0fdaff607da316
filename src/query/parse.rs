//! The grammar of a query, from the outside in:
//!
//! ```text
//! query = all { "or" all }
//! all   = unary { ["and"] unary }
//! unary = { "not" | "-" } ( "(" query ")" | term )
//! ```
//!
//! A term is read by [`super::field`].

use std::cell::Cell;
use std::collections::BTreeMap;

use super::field;
use super::filter::Filter;
use super::lex::{Glyph, Lexeme, Token, fault, text, tokens};
use super::when::Clock;
use crate::error::{Error, Result, did_you_mean};

/// What must be known to read a query, besides its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading<'a> {
    /// What `today` and `7d` count from.
    pub clock: Clock,
    /// The login that `me` stands for.
    pub me: &'a str,
    /// The queries that have a name.
    pub views: &'a Views,
}

/// Queries by their names.
pub type Views = BTreeMap<String, String>;

/// Whether a query may be called so.
pub(crate) fn is_view_name(name: &str) -> bool {
    let in_name = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    !name.is_empty() && name.bytes().all(in_name)
}

/// How deep parentheses and negations may nest: far beyond what people write, and far from the end
/// of the stack, here and wherever a filter is walked.
const DEEPEST: usize = 64;

/// Reads a query. The empty one asks for everything.
///
/// # Errors
/// [`crate::Error::Usage`], which names the column (in characters, from 1) and what was expected
/// there, when a field or a value is none, an operator lacks its term, a quote or a parenthesis
/// is left open, or the nesting is deeper than 64.
pub fn parse(query: &str, reading: &Reading) -> Result<Filter> {
    parse_at(query, reading, Inside(None), (0, &Cell::new(MOST_TOLD)))
}

/// So many characters views may stand for, one within the other.
const MOST_TOLD: usize = 100_000;

/// The views that a query stands in, the innermost first.
#[derive(Clone, Copy)]
struct Inside<'a>(Option<(&'a str, &'a Inside<'a>)>);

impl Inside<'_> {
    fn has(self, name: &str) -> bool {
        self.0
            .is_some_and(|(view, outer)| view == name || outer.has(name))
    }
}

/// The same, within views, and so deep within other queries; `left` is how much views may still stand
/// for.
fn parse_at(
    query: &str,
    reading: &Reading,
    inside: Inside<'_>,
    (depth, left): (usize, &Cell<usize>),
) -> Result<Filter> {
    let tokens = tokens(query)?;
    if tokens.is_empty() {
        return Ok(Filter::everything());
    }
    let mut parser = Parser {
        tokens: tokens.iter(),
        end: query.chars().count() + 1,
        depth,
        left,
        reading,
        inside,
    };
    let filter = parser.any()?;
    match parser.tokens.next() {
        None => Ok(filter),
        // Nothing else stops `any` at the outermost level.
        Some(token) => Err(fault(
            token.column,
            "this parenthesis closes nothing; quote it to look for it",
        )),
    }
}

/// What `@name` names; an address, which has more than a name behind its sign, names nothing.
fn view_name(glyphs: &[Glyph]) -> Option<String> {
    let [sign, name @ ..] = glyphs else {
        return None;
    };
    let name = text(name);
    let plain = glyphs.iter().all(|glyph| !glyph.quoted);
    (sign.is('@') && plain && is_view_name(&name)).then_some(name)
}

struct Parser<'a> {
    tokens: std::slice::Iter<'a, Token>,
    /// The column after the last character.
    end: usize,
    depth: usize,
    left: &'a Cell<usize>,
    reading: &'a Reading<'a>,
    inside: Inside<'a>,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<&'a Lexeme> {
        self.tokens.as_slice().first().map(|token| &token.lexeme)
    }

    fn any(&mut self) -> Result<Filter> {
        let mut parts = vec![self.all()?];
        while self.peek() == Some(&Lexeme::Or) {
            self.tokens.next();
            parts.push(self.all()?);
        }
        Ok(Filter::any(parts))
    }

    fn all(&mut self) -> Result<Filter> {
        let mut parts = vec![self.unary()?];
        loop {
            match self.peek() {
                None | Some(Lexeme::Or | Lexeme::Close) => return Ok(Filter::all(parts)),
                Some(Lexeme::And) => {
                    self.tokens.next();
                }
                Some(_) => {}
            }
            parts.push(self.unary()?);
        }
    }

    fn unary(&mut self) -> Result<Filter> {
        let Some(token) = self.tokens.next() else {
            return Err(fault(self.end, "expected a term, not the end of the query"));
        };
        let found = match &token.lexeme {
            Lexeme::Term(glyphs) => {
                return match view_name(glyphs) {
                    Some(name) => {
                        self.deeper(token.column, |parser| parser.view(&name, token.column))
                    }
                    None => field::term(glyphs, token.column, self.reading),
                };
            }
            Lexeme::Not => {
                return self.deeper(token.column, |parser| {
                    Ok(Filter::Not(Box::new(parser.unary()?)))
                });
            }
            Lexeme::Open => {
                return self.deeper(token.column, |parser| parser.group(token.column));
            }
            Lexeme::Close => ")",
            Lexeme::And => "and",
            Lexeme::Or => "or",
        };
        let error = fault(token.column, format!("expected a term, not `{found}`"));
        Err(error.with_hint(format!(
            "to look for the text itself, quote it: \"{found}\""
        )))
    }

    fn group(&mut self, opened: usize) -> Result<Filter> {
        let inner = self.any()?;
        match self.tokens.next() {
            Some(_) => Ok(inner),
            None => Err(fault(opened, "this parenthesis is never closed")),
        }
    }

    /// A query that has a name, as if it stood in parentheses.
    fn view(&self, name: &str, column: usize) -> Result<Filter> {
        let Some(query) = self.reading.views.get(name) else {
            let error = fault(column, format!("there is no view `@{name}`"));
            let near = did_you_mean(name, self.reading.views.keys().map(String::as_str));
            return Err(error.with_hint(match near {
                Some(near) => format!("did you mean `@{near}`?"),
                None => {
                    "views are named in desk.toml, under [views]; to look for the text itself, \
                         put it in quotes"
                        .to_owned()
                }
            }));
        };
        if self.inside.has(name) {
            let error = fault(column, format!("the view `@{name}` stands in itself"));
            return Err(error.with_hint("views are named in desk.toml, under [views]"));
        }
        match self.left.get().checked_sub(query.len()) {
            Some(left) => self.left.set(left),
            None => {
                let message = format!("views stand for more than {MOST_TOLD} characters here");
                return Err(fault(column, message));
            }
        }
        let inside = Inside(Some((name, &self.inside)));
        let read = parse_at(query, self.reading, inside, (self.depth, self.left));
        read.map_err(|error| match error {
            Error::Usage { message, hint } => Error::Usage {
                message: format!("view `@{name}`: {message}"),
                hint,
            },
            other => other,
        })
    }

    fn deeper(
        &mut self,
        column: usize,
        read: impl FnOnce(&mut Self) -> Result<Filter>,
    ) -> Result<Filter> {
        if self.depth == DEEPEST {
            let message = format!("nested deeper than {DEEPEST} parentheses and negations");
            return Err(fault(column, message));
        }
        self.depth += 1;
        let filter = read(self);
        self.depth -= 1;
        filter
    }
}
