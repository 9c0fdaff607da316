//! How the index comes by the tickets in which words stand.
//!
//! By tokens, not by letters: a word that is rare is found at once, however common its syllables are.
//! A word that may stand inside another one is first looked for in the vocabulary, whose size does not
//! grow with the tickets for long.

use std::collections::BTreeSet;

use rusqlite::{Connection, Result};

use super::sql::{Sql, after};
use crate::query::{Clue, LONG, Words};

/// A word that is inside of more different ones than this (a syllable) narrows little.
const MOST_WORDS: usize = 500;

/// So many letters can be looked for within words; fewer are in about all of them.
const SHORTEST: usize = 3;

/// So many letters of a word are kept from each of its letters on.
const LETTERS: usize = 8;

/// So many endings are looked at: what machines name is often one word with a number behind it.
const MOST_ENDINGS: usize = 10_000;

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
    // What holds a part holds its end, and by their ends such names differ.
    let letters = last_letters(part);
    let Some(end) = after(letters) else {
        return Ok(None);
    };
    let sql = "SELECT vocabulary.word FROM ending JOIN vocabulary ON id = ending.word \
               WHERE letters >= ? AND letters < ?";
    let mut statement = index.prepare_cached(sql)?;
    let mut rows = statement.query((letters, end))?;
    let (mut looked_at, mut any) = (0, BTreeSet::from([quoted(LONG)]));
    while let Some(row) = rows.next()? {
        looked_at += 1;
        let word = row.get_ref(0)?.as_str()?;
        // It may hold the part more than once.
        if word.contains(part) {
            any.insert(quoted(word));
        }
        if any.len() > MOST_WORDS || looked_at > MOST_ENDINGS {
            return Ok(None);
        }
    }
    let any: Vec<String> = any.into_iter().collect();
    Ok(Some(format!("({})", any.join(" OR "))))
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

fn last_letters(text: &str) -> &str {
    let start = text.char_indices().nth_back(LETTERS - 1);
    start.map_or(text, |(at, _)| &text[at..])
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

    /// A vocabulary of these words.
    fn vocabulary(words: &[String]) -> Connection {
        let index = Connection::open_in_memory().unwrap();
        let tables = "CREATE TABLE vocabulary (id INTEGER PRIMARY KEY, word UNIQUE);
                      CREATE TABLE ending (letters, word INTEGER);";
        index.execute_batch(tables).unwrap();
        for (id, word) in words.iter().enumerate() {
            let sql = "INSERT INTO vocabulary VALUES (?, ?)";
            index.execute(sql, (id as i64, word)).unwrap();
            for letters in endings(word) {
                let sql = "INSERT INTO ending VALUES (?, ?)";
                index.execute(sql, (letters, id as i64)).unwrap();
            }
        }
        index
    }

    #[test]
    fn around_a_part_are_all_words_that_hold_it() {
        let long: String = ('a'..='z').cycle().take(64).collect();
        let plain = [
            "printer",
            "sprint",
            "banana",
            "workstation00017",
            "in",
            "a\u{d7ff}b\u{e000}c",
        ];
        let others = [
            "\u{10ffff}\u{10ffff}\u{10ffff}",
            "𝓐𝓑𝓒𝓓𝓔𝓕𝓖𝓗𝓘𝓙",
            "9",
            "007",
            &long,
        ];
        let words: Vec<String> = plain
            .iter()
            .chain(&others)
            .map(ToString::to_string)
            .collect();
        let index = vocabulary(&words);
        for word in &words {
            let ends: Vec<usize> = word.char_indices().map(|(at, _)| at).collect();
            for (n, &from) in ends.iter().enumerate() {
                for to in ends[n + 1..].iter().copied().chain([word.len()]) {
                    let part = &word[from..to];
                    let Some(any) = around(&index, part).unwrap() else {
                        // Nothing comes behind the last character.
                        assert!(part.chars().count() < SHORTEST || part.starts_with('\u{10ffff}'));
                        continue;
                    };
                    let mut expected: Vec<String> = vec![quoted(LONG)];
                    let hold = words.iter().filter(|word| word.contains(part));
                    expected.extend(hold.map(|word| quoted(word)));
                    expected.sort();
                    assert_eq!(any, format!("({})", expected.join(" OR ")), "{part}");
                }
            }
        }
    }

    #[test]
    fn what_very_many_words_hold_narrows_nothing() {
        let words: Vec<String> = (0..=MOST_ENDINGS)
            .map(|n| format!("pc{n}a{n}corridor"))
            .collect();
        let index = vocabulary(&words);
        assert_eq!(around(&index, "corridor").unwrap(), None);
        assert_eq!(around(&index, "x1corridor").unwrap(), None);
        let one = around(&index, "pc7a7corri").unwrap();
        assert_eq!(one, Some("(\"pc7a7corridor\" OR \"¶\")".to_owned()));
    }
}
