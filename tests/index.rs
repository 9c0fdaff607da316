//! The index: whatever becomes of it, and of the files, the answers are those of the files.

use std::fs;
use std::path::{Path, PathBuf};

use crate::harness::{Desk, Said};

const QUESTIONS: [&str; 10] = [
    "list --json",
    "list --sort -updated --format csv",
    "search printer --json",
    "search 打印机 --format csv",
    "status",
    "report summary --json",
    "report backlog --json",
    "report time --json --by week",
    "report table --rows status --columns team --value backlog_end --compare year",
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
fn what_was_written_in_place_is_seen_in_every_queue_of_status() {
    let desk = Desk::new();
    desk.open(["one", "--take"]);
    desk.open(["two", "--to", "lan", "--due", "2026-11-20"]);
    desk.open(["three"]);
    desk.open(["four", "--take"]);
    let four = fs::read_to_string(desk.file(4)).unwrap();
    fs::write(desk.file(4), "{").unwrap();
    let damaged = desk.say("status");
    assert!(damaged.err.contains("4.json"), "{damaged:?}");
    // As an editor does it: no stamp of the folder moves.
    fs::write(desk.file(4), four).unwrap();
    for (id, subject) in [(1, "one"), (2, "two"), (3, "three")] {
        let text = fs::read_to_string(desk.file(id)).unwrap();
        let text = text.replace(subject, &subject.to_uppercase());
        fs::write(desk.file(id), text).unwrap();
    }
    let said = desk.say("status");
    assert_eq!((said.code, said.err.as_str()), (0, ""), "{said:?}");
    for subject in ["ONE", "TWO", "THREE", "four"] {
        assert!(said.out.contains(subject), "{subject}: {}", said.out);
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
    // A data directory that is made beforehand is no reason to complain.
    let empty = Desk::new();
    fs::create_dir_all(empty.data()).unwrap();
    assert_eq!(empty.ok(["reindex"]).err, "indexed 0 tickets\n");
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

/// The database of the index.
fn database(desk: &Desk) -> PathBuf {
    let is_database = |path: &PathBuf| path.extension().is_some_and(|end| end == "sqlite");
    let files = files(&index(desk));
    files.into_iter().find(is_database).unwrap()
}

fn ids(desk: &Desk, query: &str) -> String {
    let said = desk.run(["list", query, "--format", "tsv", "--fields", "id"]);
    said.out.lines().skip(1).collect::<Vec<_>>().join(" ")
}

#[test]
fn a_file_that_is_mended_where_it_stands_is_damaged_no_more() {
    let desk = some();
    let whole = fs::read(desk.file(2)).unwrap();
    for broken in ["{", ""] {
        fs::write(desk.file(2), broken).unwrap();
        let said = desk.say("list");
        assert_eq!(said.code, 7, "{said:?}");
        assert!(said.error().contains("2.json"), "{said:?}");
        fs::write(desk.file(2), &whole).unwrap();
        let said = desk.say("list");
        assert_eq!((said.code, said.err.as_str()), (0, ""));
        assert_eq!(ids(&desk, "is:open"), "2 3");
    }
}

#[test]
fn a_question_that_is_too_long_for_it_leaves_the_index_alone() {
    let desk = some();
    assert_eq!(ids(&desk, ""), "1 2 3");
    let before = database(&desk);
    let limit = u64::MAX.to_string();
    assert_eq!(desk.run(["list", "-l", &limit]).code, 0);
    let many: Vec<String> = (0..300).map(|n| format!("w{n:04}x")).collect();
    assert_eq!(
        ids(&desk, &format!("{} or printer", many.join(" or "))),
        "1 3"
    );
    assert_eq!(database(&desk), before);
}

#[test]
fn what_somebody_planted_beside_the_index_is_not_waited_for() {
    if !crate::harness::has("mkfifo") {
        return;
    }
    let desk = some();
    for end in ["-journal", "-wal", "-shm"] {
        assert_eq!(ids(&desk, ""), "1 2 3");
        let mut name = database(&desk).into_os_string();
        name.push(end);
        let _ = fs::remove_file(&name);
        let made = std::process::Command::new("mkfifo").arg(&name).status();
        assert!(made.unwrap().success());
        assert_eq!(ids(&desk, "is:open"), "2 3", "{end}");
    }
    // Lines of a journal that nobody of ours writes.
    let journal = desk.data().join(".desk/journal");
    let mut text = fs::read_to_string(&journal).unwrap();
    text += "E 0 18446744073709551615 1 a b\nE 7 1 9 x y\nB 0 2\n";
    fs::write(&journal, text).unwrap();
    assert_eq!(ids(&desk, "is:open"), "2 3");
    let before = database(&desk);
    assert_eq!(desk.say("note 3 -m quetzal").code, 0);
    assert_eq!(ids(&desk, "quetzal"), "3");
    assert_eq!(database(&desk), before);
}

#[test]
fn a_reference_that_was_changed_in_place_names_nobody() {
    let desk = Desk::new();
    desk.ok(["open", "one", "--ref", "R-1"]);
    assert_eq!(desk.say("show R-1").code, 0);
    let text = fs::read_to_string(desk.file(1)).unwrap();
    fs::write(desk.file(1), text.replace("R-1", "Z-1")).unwrap();
    assert_eq!(desk.say("note R-1 -m hi").code, 3);
    assert_eq!(desk.say("note Z-1 -m hi").code, 0);
}
