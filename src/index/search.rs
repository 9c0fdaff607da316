//! How the index comes by the tickets in which words stand.
//!
//! By tokens, not by letters: a word that is rare is found at once, however common its syllables are.
//! A word that may stand inside another one is first looked for in the vocabulary, whose size does not
//! grow with the tickets for long.

use rusqlite::{Connection, Result};

use super::sql::{Sql, after};
use crate::query::{Clue, LONG, Words};

/// A word that is inside of more different ones than this (a syllable) narrows little.
const MOST_WORDS: usize = 500;

/// So many letters can be looked for within words; fewer are in about all of them.
const SHORTEST: usize = 3;

/// By so many letters a part is looked for: few words have these, and whether one has all, it tells itself.
const LETTERS: usize = 8;

/// Selects the numbers of all tickets in which the words may stand; `None` if that may be every one.
pub(super) fn way(index: &Connection, words: &Words) -> Result<Option<Sql>> {
    if words.text().contains(char::is_control) {
        return Ok(None);
    }
    let mut parts = Vec::new();
    for clue in words.clues() {
        match clue {
            Clue::Is(token) => parts.push(quoted(&token)),
            Clue::Begins(token) => parts.push(format!("{} *", quoted(&token))),
            Clue::Holds(part) => parts.extend(around(index, &part)?),
        }
    }
    if parts.is_empty() {
        return Ok(None);
    }
    let expression = parts.join(" AND ");
    let mut way = Sql::new(
        "SELECT rowid AS id FROM word WHERE word MATCH ?",
        [expression.into()],
    );
    if words.is_infix() {
        let key = [quoted(words.text()).into()];
        let keys = Sql::new("SELECT rowid AS id FROM key WHERE key MATCH ?", key);
        way.add(" UNION ", keys);
    }
    Ok(Some(way))
}

/// The words of the vocabulary that hold a part, as an expression; `None` if they are too many.
fn around(index: &Connection, part: &str) -> Result<Option<String>> {
    if part.chars().nth(SHORTEST - 1).is_none() {
        return Ok(None);
    }
    let letters = first_letters(part);
    let Some(end) = after(letters) else {
        return Ok(None);
    };
    let sql = "SELECT vocabulary.word FROM ending JOIN vocabulary ON id = ending.word \
               WHERE letters >= ? AND letters < ? AND instr(vocabulary.word, ?) LIMIT ?";
    let mut statement = index.prepare_cached(sql)?;
    let most = i64::try_from(MOST_WORDS + 1).unwrap_or(i64::MAX);
    let words = statement.query_map((letters, end, part, most), |row| row.get::<_, String>(0))?;
    let mut any = vec![quoted(LONG)];
    for word in words {
        any.push(quoted(&word?));
    }
    let few = any.len() <= MOST_WORDS;
    Ok(few.then(|| format!("({})", any.join(" OR "))))
}

/// What a word is found by: from each letter on the next ones.
pub(super) fn endings(word: &str) -> impl Iterator<Item = &str> {
    let starts = word.char_indices().map(|(at, _)| &word[at..]);
    let long_enough = starts.filter(|rest| rest.chars().nth(SHORTEST - 1).is_some());
    long_enough.map(first_letters)
}

fn first_letters(text: &str) -> &str {
    let end = text.char_indices().nth(LETTERS);
    end.map_or(text, |(at, _)| &text[..at])
}

fn quoted(token: &str) -> String {
    format!("\"{}\"", token.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_found_by_what_begins_at_each_of_its_letters() {
        let of = |word| endings(word).collect::<Vec<_>>();
        assert_eq!(of("máy"), ["máy"]);
        assert_eq!(of("in"), Vec::<&str>::new());
        let long = ["ornitorr", "rnitorri", "nitorrin", "itorrinc", "torrinco"];
        assert_eq!(of("ornitorrinco")[..5], long);
        assert_eq!(of("ornitorrinco").last(), Some(&"nco"));
    }
}
