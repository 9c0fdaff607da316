//! How the index comes by the tickets in which words stand.
//!
//! By tokens, not by letters: a word that is rare is found at once, however common its syllables are.
//! A word that may stand inside another one is first looked for in the vocabulary, whose size does not
//! grow with the tickets for long.

use std::collections::BTreeSet;

use rusqlite::{Connection, Result};

use super::sql::{Sql, after};
use crate::query::{Clue, INFIX, LONG, MARK, Words};

/// A word that is inside of more different ones than this (a syllable) narrows little.
const MOST_WORDS: usize = 500;

/// So many letters can be looked for within words; fewer are in about all of them.
const SHORTEST: usize = INFIX;

/// So many letters of a word are kept from each of its letters on.
const LETTERS: usize = 8;

/// Stands for all signs.
const SIGN: char = '·';

/// So many threes of a part are asked for.
const MOST_THREES: usize = 16;

/// A number of so many threes leads to few tickets; a shorter one may be a year, or that of a computer.
const LONG_NUMBER: usize = 3;

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
    let mut expression = parts.join(" AND ");
    if let Some(key) = within_key(words) {
        expression = format!("({expression}) OR ({key})");
    }
    Ok(Some(Sql::new(
        "SELECT rowid AS id FROM word WHERE word MATCH ?",
        [expression.into()],
    )))
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

/// What all numbers and references have in which these words stand, as an expression; `None` if words
/// stand only where one begins.
///
/// Where some of it is left out the way leads to more tickets: whether they hold the part itself is asked
/// of them anyway.
fn within_key(words: &Words) -> Option<String> {
    if !words.is_infix() {
        return None;
    }
    let threes: Vec<String> = threes(words.text()).collect();
    let is_number = |three: &&String| three.chars().skip(1).all(char::is_numeric);
    let numbers: Vec<&String> = threes.iter().filter(is_number).collect();
    // The letters before a number are those of most other references, too: to go through so many
    // tickets takes longer than to look at the few that a long number leads to.
    let asked = match numbers.len() >= LONG_NUMBER {
        true => numbers,
        false => threes.iter().collect(),
    };
    let asked = asked.into_iter().take(MOST_THREES);
    Some(Vec::from_iter(asked.map(|three| quoted(three))).join(" AND "))
}

/// What a number or reference is found by, of which every ticket has its own: each three letters of it,
/// under a mark that no word has. A sign between words would part them, so one letter stands for all.
pub(super) fn threes(key: &str) -> impl Iterator<Item = String> {
    let letters: Vec<char> = key.chars().map(letter_or_sign).collect();
    let starts = 0..(letters.len() + 1).saturating_sub(SHORTEST);
    starts.map(move |at| {
        let three = &letters[at..at + SHORTEST];
        std::iter::once(&MARK).chain(three).collect()
    })
}

fn letter_or_sign(letter: char) -> char {
    match letter.is_ascii_alphanumeric() || !letter.is_ascii() {
        true => letter,
        false => SIGN,
    }
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
    fn a_part_of_a_number_or_reference_leads_to_its_ticket() {
        let keys = [
            "1042",
            "rt:1042",
            "inc-2026/77.b",
            "don-9-9",
            "打印机-1",
            "\"a\"*b",
            "·¶·",
        ];
        let index = vocabulary(&[]);
        let table = "CREATE VIRTUAL TABLE word USING fts5 \
                     (text, content='', contentless_delete=1, detail=none, tokenize='ascii')";
        index.execute_batch(table).unwrap();
        for (id, key) in keys.iter().enumerate() {
            let tokens = Vec::from_iter(threes(key)).join(" ");
            let sql = "INSERT INTO word (rowid, text) VALUES (?, ?)";
            index.execute(sql, (id as i64, tokens)).unwrap();
        }
        let found = |part: &str| -> Option<Vec<i64>> {
            let way = way(&index, &Words::Word(part.to_owned())).unwrap()?;
            let mut ids = index.prepare(&way.text).unwrap();
            let ids = ids.query_map(rusqlite::params_from_iter(way.values), |row| row.get(0));
            Some(ids.unwrap().map(Result::unwrap).collect())
        };
        for (id, key) in keys.iter().enumerate() {
            let letters: Vec<char> = key.chars().collect();
            let lengths = SHORTEST..=letters.len();
            for part in lengths.flat_map(|length| letters.windows(length)) {
                let part = String::from_iter(part);
                let found = found(&part);
                // What has not three letters side by side says too little.
                let says_little = part.split(|c: char| !c.is_alphanumeric());
                let says_little = says_little.map(|run| run.chars().count()).max() < Some(SHORTEST);
                let leads = found.as_ref().map(|found| found.contains(&(id as i64)));
                assert!(
                    leads == Some(true) || says_little && leads.is_none(),
                    "{part}"
                );
            }
        }
        assert_eq!(found("042"), Some(vec![0, 1]));
        assert_eq!(found("t:10"), Some(vec![1]));
        assert_eq!(found("t:1042"), Some(vec![1]));
        assert_eq!(found("/77.b"), Some(vec![2]));
        assert_eq!(found("1043"), Some(Vec::new()));
        assert_eq!(found(&"0123456789".repeat(100)), Some(Vec::new()));
    }

    #[test]
    fn of_a_part_its_number_is_asked_for_and_not_very_much() {
        let asked = |part: &str| within_key(&Words::Word(part.to_owned()));
        let table = [
            ("10", None),
            ("1042", Some("¶104 ¶042")),
            ("nc-00421", Some("¶004 ¶042 ¶421")),
            ("0077/2026", Some("¶007 ¶077 ¶202 ¶026")),
            ("pc-117", Some("¶pc· ¶c·1 ¶·11 ¶117")),
            ("zrh-2026", Some("¶zrh ¶rh· ¶h·2 ¶·20 ¶202 ¶026")),
            ("vn-7", Some("¶vn· ¶n·7")),
            ("\"a\"b", Some("¶·a· ¶a·b")),
        ];
        for (part, expected) in table {
            let expected =
                expected.map(|threes| format!("\"{}\"", threes.replace(' ', "\" AND \"")));
            assert_eq!(asked(part), expected, "{part}");
        }
        let begins = Words::Prefix("inc-2026".to_owned());
        assert_eq!(within_key(&begins), None);
        for sign in ["7", "a", "-"] {
            let long = asked(&sign.repeat(10 * MOST_THREES)).unwrap();
            assert_eq!(long.split(" AND ").count(), MOST_THREES);
        }
    }

    #[test]
    fn whatever_part_of_a_long_reference_is_asked_for_it_has() {
        let letter = |n: u32| char::from_digit((n * n + n / 36) % 36, 36);
        let key: Vec<char> = (0..150)
            .flat_map(|n| letter(n).into_iter().chain((n % 7 == 6).then_some('-')))
            .collect();
        let all: BTreeSet<String> = threes(&String::from_iter(&key)).collect();
        for part in (SHORTEST..=key.len()).flat_map(|length| key.windows(length)) {
            let words = Words::Word(String::from_iter(part));
            let asked = within_key(&words).unwrap();
            let mut asked = asked.split(" AND ").map(|three| three.trim_matches('"'));
            assert!(asked.all(|three| all.contains(three)), "{words:?}");
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
