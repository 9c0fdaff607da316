//! Cuts a query into terms, operators and parentheses, each with the column where it stands.

use crate::error::{Error, Result};

/// One character of a term. Between quotes, none has a meaning of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Glyph {
    pub(super) char: char,
    pub(super) quoted: bool,
    /// Counted in characters, from 1.
    pub(super) column: usize,
}

impl Glyph {
    /// Whether it is `sign`, and means what that means.
    pub(super) fn is(&self, sign: char) -> bool {
        !self.quoted && self.char == sign
    }
}

/// The characters of a term, without their quotes.
pub(super) fn text(glyphs: &[Glyph]) -> String {
    glyphs.iter().map(|glyph| glyph.char).collect()
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Lexeme {
    Open,
    Close,
    And,
    Or,
    Not,
    Term(Vec<Glyph>),
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Token {
    /// Where it begins, in characters from 1.
    pub(super) column: usize,
    pub(super) lexeme: Lexeme,
}

/// An error in a query, at a column.
pub(super) fn fault(column: usize, message: impl std::fmt::Display) -> Error {
    Error::usage(format!("query, column {column}: {message}"))
}

/// All tokens of a query.
///
/// # Errors
/// When a quote is not closed, or a `-` stands alone.
pub(super) fn tokens(query: &str) -> Result<Vec<Token>> {
    let mut lexer = Lexer {
        rest: query.chars().peekable(),
        column: 1,
    };
    let mut tokens = Vec::new();
    while let Some(token) = lexer.token()? {
        tokens.push(token);
    }
    Ok(tokens)
}

struct Lexer<'a> {
    rest: std::iter::Peekable<std::str::Chars<'a>>,
    /// Of the next character.
    column: usize,
}

impl Lexer<'_> {
    fn next(&mut self) -> Option<char> {
        let c = self.rest.next()?;
        self.column += 1;
        Some(c)
    }

    fn token(&mut self) -> Result<Option<Token>> {
        while self.rest.next_if(|c| c.is_whitespace()).is_some() {
            self.column += 1;
        }
        let column = self.column;
        let Some(&first) = self.rest.peek() else {
            return Ok(None);
        };
        let lexeme = match first {
            '(' => self.sign(Lexeme::Open),
            ')' => self.sign(Lexeme::Close),
            '-' => self.minus()?,
            _ => self.term()?,
        };
        Ok(Some(Token { column, lexeme }))
    }

    fn sign(&mut self, lexeme: Lexeme) -> Lexeme {
        self.next();
        lexeme
    }

    /// A `-` says not, of what follows it at once. Alone it may be a dash between two words, or a
    /// slip: `printer - scanner` must not silently leave out the scanners.
    fn minus(&mut self) -> Result<Lexeme> {
        let column = self.column;
        self.next();
        match self.rest.peek() {
            Some(c) if !c.is_whitespace() => Ok(Lexeme::Not),
            _ => Err(fault(column, "expected a term right after `-`")
                .with_hint("write -term to leave something out, or \"-\" to look for the sign")),
        }
    }

    /// Up to white space or a `)` that was not opened within the term: so `note(2)` is a word, in
    /// parentheses or not.
    fn term(&mut self) -> Result<Lexeme> {
        let mut glyphs = Vec::new();
        let (mut open, mut quotes) = (0_usize, false);
        while let Some(&c) = self.rest.peek() {
            match c {
                '"' => {
                    quotes = true;
                    self.quoted(&mut glyphs)?;
                    continue;
                }
                // `not(` is the operator, and no word.
                '(' if glyphs.len() <= 3 && !quotes && keyword(&text(&glyphs)).is_some() => break,
                '(' => open += 1,
                ')' if open == 0 => break,
                ')' => open -= 1,
                c if c.is_whitespace() => break,
                _ => {}
            }
            let column = self.column;
            self.next();
            glyphs.push(Glyph {
                char: c,
                quoted: false,
                column,
            });
        }
        let keyword = if quotes {
            None
        } else {
            keyword(&text(&glyphs))
        };
        Ok(keyword.unwrap_or(Lexeme::Term(glyphs)))
    }

    /// What stands between two quotes; `\"` is a quote. No other `\` is special: help desks write
    /// Windows paths.
    fn quoted(&mut self, glyphs: &mut Vec<Glyph>) -> Result<()> {
        let opened = self.column;
        self.next();
        loop {
            let column = self.column;
            let char = match self.next() {
                Some('"') => return Ok(()),
                Some('\\') if self.rest.peek() == Some(&'"') => {
                    self.next();
                    '"'
                }
                Some(c) => c,
                None => {
                    return Err(fault(opened, "this quote is never closed")
                        .with_hint("a quote within quotes is written \\\""));
                }
            };
            glyphs.push(Glyph {
                char,
                quoted: true,
                column,
            });
        }
    }
}

fn keyword(word: &str) -> Option<Lexeme> {
    let known = |keyword| word.eq_ignore_ascii_case(keyword);
    if known("and") {
        Some(Lexeme::And)
    } else if known("or") {
        Some(Lexeme::Or)
    } else if known("not") {
        Some(Lexeme::Not)
    } else {
        None
    }
}
