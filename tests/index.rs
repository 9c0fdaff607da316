//! The index: whatever becomes of it, and of the files, the answers are those of the files.

use std::fs;
use std::path::{Path, PathBuf};

use crate::harness::{Desk, Said};

const QUESTIONS: [&str; 8] = [
    "list --json",
    "list --sort -updated --format csv",
    "search printer --json",
    "search 打印机 --format csv",
    "status",
    "report summary --json",
    "report backlog --json",
    "log is:open --format jsonl",
];

fn some() -> Desk {
    let desk = Desk::new();
    desk.batch(
        r#"{"op":"open","at":"2026-11-20T08:00:00Z","subject":"Printer jams","requester":"hoa"}
{"op":"open","at":"2026-11-20T09:00:00Z","subject":"打印机","to":"minh","due":"2026-11-20T10:00:00Z"}
{"op":"open","at":"2026-11-20T10:00:00Z","subject":"Alpha","description":"printer"}
{"op":"resolve","ticket":1,"at":"2026-11-20T12:00:00Z","message":"x"}
"#,
    );
    desk
}

fn answers(desk: &Desk) -> Vec<(i32, String)> {
    let answer = |line: &&str| {
        let said = desk.say(line);
        assert_eq!(said.err, "", "{line}");
        (said.code, said.out)
    };
    QUESTIONS.iter().map(answer).collect()
}

fn index(desk: &Desk) -> PathBuf {
    desk.data().join(".desk/index")
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = folder.read_dir().unwrap();
    entries.map(|entry| entry.unwrap().path()).collect()
}

#[test]
fn whatever_becomes_of_the_index_the_answers_stay() {
    let desk = some();
    let expected = answers(&desk);
    assert!(
        expected
            .iter()
            .all(|(code, out)| *code == 0 && !out.is_empty())
    );
    let each = |spoil: &dyn Fn(&Path)| files(&index(&desk)).iter().for_each(|path| spoil(path));
    let deeds: [(&str, &dyn Fn()); 6] = [
        ("removed", &|| fs::remove_dir_all(index(&desk)).unwrap()),
        ("garbage", &|| {
            each(&|path| fs::write(path, "garbage\0").unwrap())
        }),
        ("empty", &|| each(&|path| fs::write(path, "").unwrap())),
        ("noise in the middle", &|| {
            each(&|path| {
                let mut bytes = fs::read(path).unwrap();
                let middle = bytes.len() / 2;
                bytes[middle..].fill(b'~');
                fs::write(path, bytes).unwrap();
            });
        }),
        ("one of its files", &|| {
            fs::remove_file(&files(&index(&desk))[0]).unwrap()
        }),
        ("a file in its place", &|| {
            fs::remove_dir_all(index(&desk)).unwrap();
            fs::write(index(&desk), "").unwrap();
        }),
    ];
    for (what, deed) in deeds {
        deed();
        assert_eq!(answers(&desk), expected, "{what}");
        // And once more, from what was made of it.
        assert_eq!(answers(&desk), expected, "{what}, again");
    }
}

#[test]
fn without_a_home_the_answers_stay() {
    let desk = some();
    for line in QUESTIONS {
        let with = desk.say(line);
        let without = Said::from(
            desk.command(line.split(' '))
                .env_remove("HOME")
                .output()
                .unwrap(),
        );
        assert_eq!(
            (without.out, without.err, without.code),
            (with.out, with.err, with.code)
        );
    }
}

#[test]
fn what_was_written_in_place_is_seen_when_it_is_shown_and_by_reindex() {
    let desk = some();
    answers(&desk);
    // As an editor does it: no stamp of the folder moves.
    let edit = |from: &str, to: &str| {
        let text = fs::read_to_string(desk.file(3)).unwrap();
        assert!(text.contains(from), "{text}");
        fs::write(desk.file(3), text.replace(from, to)).unwrap();
    };
    edit("Alpha", "Gamma");
    let shown = desk.ok(["list", "id:3", "--fields", "subject", "--format", "csv"]);
    assert_eq!(shown.out, "subject\nGamma\n");
    edit("Gamma", "Delta");
    let said = desk.ok(["reindex"]);
    assert_eq!(
        (said.out.as_str(), said.err.as_str()),
        ("", "indexed 3 tickets\n")
    );
    let found = |word: &str| {
        desk.ok(["search", word, "--fields", "id", "--format", "csv"])
            .out
    };
    assert_eq!(found("delta"), "id\n3\n");
    assert_eq!(
        (found("alpha"), found("gamma")),
        ("id\n".to_owned(), "id\n".to_owned())
    );
    assert_eq!(desk.ok(["reindex", "-q"]).err, "");
}

#[test]
fn a_damaged_file_is_named_and_the_others_are_listed() {
    let desk = some();
    answers(&desk);
    let aside = desk.beside().join("aside");
    fs::write(&aside, "{\"desk_ticket\":1").unwrap();
    fs::rename(&aside, desk.file(2)).unwrap();
    let name = desk.file(2).display().to_string();
    for (line, rest) in [
        ("list", "Printer jams"),
        ("list --json", "Printer jams"),
        ("search printer", "Alpha"),
        ("search quetzal", ""),
        ("status", "Alpha"),
        ("report", "opened"),
        ("report backlog", ""),
    ] {
        for time in ["first", "again"] {
            let said = desk.say(line);
            assert_eq!(said.code, 7, "{line}, {time}: {said:?}");
            assert!(said.error().contains(&name), "{line}, {time}: {said:?}");
            assert!(said.out.contains(rest), "{line}, {time}: {said:?}");
        }
    }
}
