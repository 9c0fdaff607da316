//! Terms that leave something out (`desk list is:open -tag:vip --json`) look like flags.
//!
//! To let clap take every word after the first one for a value would make `--json` a part of the
//! query. So, where a verb reads a query, the flags that are known are put in front, and the words
//! behind a `--`.

use std::ffi::{OsStr, OsString};

use clap::{Arg, Args as _, Command};

use crate::cli::Globals;
use crate::commands::{list, log, report, search};

/// The arguments, with flags and words apart, if they are of a verb that reads a query.
pub(crate) fn untangled(arguments: &[OsString]) -> Vec<OsString> {
    split(arguments).unwrap_or_else(|| arguments.to_vec())
}

fn split(arguments: &[OsString]) -> Option<Vec<OsString>> {
    // It takes a while to gather them, and most lines can do without.
    let globals = || Globals::augment_args(Command::new("desk"));
    let mut verb = 1;
    if is_flag(arguments.get(verb)?) {
        let globals = globals();
        while is_flag(arguments.get(verb)?) {
            verb += length(&globals, &arguments[verb]).unwrap_or(1);
        }
    }
    let (before, after) = arguments.split_at(verb + 1);
    if !after.iter().any(|word| is_flag(word)) {
        return None;
    }
    let add_own = match before.last()?.to_str()? {
        "list" => list::Args::augment_args,
        "log" => log::Args::augment_args,
        "report" => report::Args::augment_args,
        "search" => search::Args::augment_args,
        _ => return None,
    };
    let command = add_own(globals());
    let (mut flags, mut words) = (Vec::new(), Vec::new());
    let mut rest = after;
    while let [word, others @ ..] = rest {
        if word == "--" {
            words.extend_from_slice(others);
            break;
        }
        let known = length(&command, word);
        // An unknown long flag is a slip of the hand, which clap tells better than a query does.
        let unknown_long = known.is_none() && word.as_encoded_bytes().starts_with(b"--");
        let count = known.unwrap_or(1).min(rest.len());
        let to = match known.is_some() || unknown_long {
            true => &mut flags,
            false => &mut words,
        };
        to.extend_from_slice(&rest[..count]);
        rest = &rest[count..];
    }
    let end = (!words.is_empty()).then(|| OsString::from("--"));
    let all = before.iter().cloned().chain(flags).chain(end).chain(words);
    Some(all.collect())
}

fn is_flag(word: &OsStr) -> bool {
    let bytes = word.as_encoded_bytes();
    bytes.len() > 1 && bytes[0] == b'-'
}

/// How many arguments a flag takes up, itself counted; `None` for what is no flag of the command's.
/// It is `--long`, `--long=value`, or `-s` alone, since `-tag` is a term.
fn length(command: &Command, word: &OsStr) -> Option<usize> {
    let word = word.to_str().filter(|_| is_flag(word))?;
    if matches!(word, "-h" | "--help") {
        return Some(1);
    }
    let (name, has_value) = match word.split_once('=') {
        Some((name, _)) => (name, true),
        None => (word, false),
    };
    let is_named = |arg: &&Arg| match name.strip_prefix("--") {
        Some(long) => arg.get_long() == Some(long),
        None => {
            let mut letters = name.chars().skip(1);
            !has_value && arg.get_short() == letters.next() && letters.next().is_none()
        }
    };
    let found = command.get_arguments().find(is_named)?;
    let takes_value = found.get_action().takes_values() && !has_value;
    Some(1 + usize::from(takes_value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_go_in_front_and_words_behind() {
        let table = [
            ("desk list is:open --json", "desk list --json -- is:open"),
            (
                "desk list is:open -tag:vip --fields id,ref vip -q",
                "desk list --fields id,ref -q -- is:open -tag:vip vip",
            ),
            (
                "desk -C x --tz=UTC list -a",
                "desk -C x --tz=UTC list -- -a",
            ),
            ("desk log 1 --json 2", "desk log --json -- 1 2"),
            ("desk log 1 --jsno", "desk log --jsno -- 1"),
            ("desk search a -- --json -q", "desk search -- a --json -q"),
            (
                "desk report tiers a --period 2026",
                "desk report --period 2026 -- tiers a",
            ),
            ("desk list -h", "desk list -h"),
            // A flag without its value is left for clap to complain of.
            ("desk list a --fields", "desk list --fields -- a"),
            ("desk note 1 -m -x", "desk note 1 -m -x"),
            ("desk list a b", "desk list a b"),
            ("desk -C", "desk -C"),
            ("desk", "desk"),
        ];
        for (line, expected) in table {
            let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            let found = untangled(&words).join(OsStr::new(" "));
            assert_eq!(found, expected, "{line}");
        }
    }
}
