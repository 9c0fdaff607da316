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
///
/// What the vocabulary does not know is not looked for among the tokens: to see that none is there takes
/// longer, the more so as they lie in several segments. (Once a text was there that is not all told, its mark
/// is looked for in any case.)
pub(super) fn way(index: &Connection, words: &Words) -> Result<Option<Sql>> {
    if words.text().contains(char::is_control) {
        return Ok(None);
    }
    let (mut parts, mut is_known) = (Vec::new(), true);
    for clue in words.clues() {
        match clue {
            Clue::Is(token) => parts.push(quoted(&token)),
            Clue::Begins(token) => parts.push(format!("{} *", quoted(&token))),
            Clue::Holds(part) => {
                let Some(any) = around(index, &part)? else {
                    continue;
                };
                is_known &= !any.is_empty();
                parts.push(format!("({})", any.join(" OR ")));
            }
        }
    }
    if parts.is_empty() {
        return Ok(None);
    }
    let text = is_known.then(|| parts.join(" AND "));
    let expression = match (text, within_key(index, words)?) {
        (Some(text), Some(key)) => format!("({text}) OR ({key})"),
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) => return Ok(Some(Sql::nowhere())),
    };
    Ok(Some(Sql::new(
        "SELECT rowid AS id FROM word WHERE word MATCH ?",
        [expression.into()],
    )))
}

/// Whether any ticket has, or had, this word or mark.
fn knows(index: &Connection, word: &str) -> Result<bool> {
    let sql = "SELECT 1 FROM vocabulary WHERE word = ?";
    index.prepare_cached(sql)?.exists([word])
}

/// The words of the vocabulary that hold a part, or may; `None` if they are too many.
fn around(index: &Connection, part: &str) -> Result<Option<Vec<String>>> {
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
    let (mut looked_at, mut any) = (0, BTreeSet::new());
    while let Some(row) = rows.next()? {
        looked_at += 1;
        let word = row.get_ref(0)?.as_str()?;
        // It may hold the part more than once.
        if word.contains(part) {
            any.insert(quoted(word));
        }
        if any.len() >= MOST_WORDS || looked_at > MOST_ENDINGS {
            return Ok(None);
        }
    }
    if knows(index, LONG)? {
        any.insert(quoted(LONG));
    }
    Ok(Some(any.into_iter().collect()))
}

/// What all numbers and references have in which these words stand, as an expression; `None` if there are
/// none.
fn within_key(index: &Connection, words: &Words) -> Result<Option<String>> {
    // Others stand only where a word begins.
    if !words.is_infix() {
        return Ok(None);
    }
    let asked = asked_threes(words.text());
    for three in &asked {
        if !knows(index, three)? {
            return Ok(None);
        }
    }
    let quoted: Vec<String> = asked.iter().map(|three| quoted(three)).collect();
    Ok(Some(quoted.join(" AND ")))
}

/// The threes that a number or reference is asked for in which this stands.
///
/// Where some are left out the way leads to more tickets: whether they hold the part itself is asked of
/// them anyway.
fn asked_threes(part: &str) -> Vec<String> {
    let is_number = |three: &String| three.chars().skip(1).all(char::is_numeric);
    let mut asked: Vec<String> = threes(part).collect();
    // The letters before a number are those of most other references, too: to go through so many tickets
    // takes longer than to look at the few that a long number leads to.
    if asked.iter().filter(|three| is_number(three)).count() >= LONG_NUMBER {
        asked.retain(is_number);
    }
    asked.truncate(MOST_THREES);
    asked
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

/// What a word is found by: from each letter on the next ones. A mark is none.
pub(super) fn endings(word: &str) -> impl Iterator<Item = &str> {
    let word = if word.starts_with(MARK) { "" } else { word };
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

    /// A vocabulary of these words and marks.
    fn vocabulary(words: &[impl AsRef<str>]) -> Connection {
        let index = Connection::open_in_memory().unwrap();
        let tables = "CREATE TABLE vocabulary (id INTEGER PRIMARY KEY, word UNIQUE);
                      CREATE TABLE ending (letters, word INTEGER);";
        index.execute_batch(tables).unwrap();
        for (id, word) in words.iter().enumerate() {
            let word = word.as_ref();
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
                    let hold = words.iter().filter(|word| word.contains(part));
                    let mut expected: Vec<String> = hold.map(|word| quoted(word)).collect();
                    expected.sort();
                    assert_eq!(any, expected, "{part}");
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
        let all: BTreeSet<String> = keys.iter().flat_map(|key| threes(key)).collect();
        let index = vocabulary(&Vec::from_iter(all));
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
            if way.is_nowhere() {
                return Some(Vec::new());
            }
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
        let table = [
            ("10", ""),
            ("1042", "¶104 ¶042"),
            ("nc-00421", "¶004 ¶042 ¶421"),
            ("0077/2026", "¶007 ¶077 ¶202 ¶026"),
            ("pc-117", "¶pc· ¶c·1 ¶·11 ¶117"),
            ("zrh-2026", "¶zrh ¶rh· ¶h·2 ¶·20 ¶202 ¶026"),
            ("vn-7", "¶vn· ¶n·7"),
            ("\"a\"b", "¶·a· ¶a·b"),
        ];
        for (part, expected) in table {
            assert_eq!(asked_threes(part).join(" "), expected, "{part}");
        }
        for sign in ["7", "a", "-"] {
            assert_eq!(
                asked_threes(&sign.repeat(10 * MOST_THREES)).len(),
                MOST_THREES
            );
        }
    }

    #[test]
    fn what_nobody_wrote_is_nowhere() {
        let way_to = |words: &[&str], wanted: Words| {
            let index = vocabulary(words);
            let way = way(&index, &wanted).unwrap()?;
            Some(way.values.first().cloned())
        };
        let expression = |text: &str| Some(Some(text.to_owned().into()));
        let word = |text: &str| Words::Word(text.to_owned());
        let marks = ["printer", "¶que", "¶uet"];
        assert_eq!(way_to(&marks, word("quetzal")), Some(None));
        assert_eq!(
            way_to(&marks, word("quet")),
            expression("\"¶que\" AND \"¶uet\"")
        );
        assert_eq!(way_to(&marks, word("rinte")), expression("(\"printer\")"));
        // A text that is not all told may hold anything.
        let long = way_to(&["printer", LONG], word("quetzal"));
        assert_eq!(long, expression("(\"¶\")"));
        // The words of numbers and references are in no vocabulary.
        let begins = Words::Prefix("quetzal".to_owned());
        assert_eq!(way_to(&marks, begins), expression("\"quetzal\" *"));
    }

    #[test]
    fn whatever_part_of_a_long_reference_is_asked_for_it_has() {
        let letter = |n: u32| char::from_digit((n * n + n / 36) % 36, 36);
        let key: Vec<char> = (0..150)
            .flat_map(|n| letter(n).into_iter().chain((n % 7 == 6).then_some('-')))
            .collect();
        let all: BTreeSet<String> = threes(&String::from_iter(&key)).collect();
        for part in (SHORTEST..=key.len()).flat_map(|length| key.windows(length)) {
            let part = String::from_iter(part);
            let asked = asked_threes(&part);
            assert!(asked.iter().all(|three| all.contains(three)), "{part}");
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
        assert_eq!(one, Some(vec!["\"pc7a7corridor\"".to_owned()]));
    }
}
