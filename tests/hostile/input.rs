//! Names, texts and times that are none.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::os::unix::ffi::OsStrExt;

use serde_json::json;

use super::{fails, run, say, three, tickets};
use crate::harness::Desk;

const MIB: usize = 1024 * 1024;

#[test]
fn what_is_no_ticket_is_said_to_be_none() {
    let desk = three();
    let before = tickets(&desk);
    let none = "a ticket is named by its number or its reference, not by nothing";
    let table = [
        ("-1", 3, "there is no ticket with the reference `-1`"),
        ("0", 3, "there is no ticket `0`"),
        ("4", 3, "there is no ticket `4`"),
        (
            "99999999999999999999",
            3,
            "there is no ticket `99999999999999999999`",
        ),
        ("../x", 3, "there is no ticket with the reference `../x`"),
        (
            "/etc/passwd",
            3,
            "there is no ticket with the reference `/etc/passwd`",
        ),
        ("", 2, none),
        ("1 2", 3, "there is no ticket with the reference `1 2`"),
        ("１", 3, "there is no ticket with the reference `１`"),
        (
            "1.json",
            3,
            "there is no ticket with the reference `1.json`",
        ),
    ];
    for (name, code, error) in table {
        for verb in [
            &["show"][..],
            &["show", "--json"],
            &["note", "-m", "x"],
            &["close", "-m", "x"],
            &["take"],
            &["edit", "--tag", "x"],
            &["escalate", "-m", "x"],
            &["link", "--blocks", "1"],
            &["merge", "--into", "1"],
        ] {
            let args = verb.iter().copied().chain(["--", name]);
            fails(&run(&mut desk.command(args), b""), code, error);
        }
        for flag in ["link 1 --blocks", "merge 1 --into"] {
            let flag = format!("{flag}={name}");
            let mut words: Vec<&str> = flag.splitn(3, ' ').collect();
            words.retain(|word| !word.is_empty());
            fails(&run(&mut desk.command(words), b""), code, error);
        }
    }
    fails(&say(&desk, "show -1"), 2, "unexpected argument '-1' found");
    assert_eq!(tickets(&desk), before);
}

#[test]
fn what_is_no_ticket_stops_no_line_of_a_batch() {
    let desk = three();
    let table = [
        ("-1", "usage"),
        ("0", "not_found"),
        ("1.5", "usage"),
        ("99999999999999999999", "usage"),
        ("null", "usage"),
        ("[1]", "usage"),
        ("\"\"", "usage"),
        ("\"0\"", "not_found"),
        ("\"-1\"", "not_found"),
        ("\"99999999999999999999\"", "not_found"),
        ("\"../x\"", "not_found"),
        ("\"/etc/passwd\"", "not_found"),
        ("\"1 2\"", "not_found"),
        ("\"１\"", "not_found"),
        ("\"1.json\"", "not_found"),
    ];
    let mut lines = String::new();
    for (name, _) in &table {
        lines += &format!("{{\"op\":\"note\",\"ticket\":{name},\"message\":\"x\"}}\n");
    }
    lines += "{\"op\":\"note\",\"ticket\":1,\"message\":\"last\"}\n";
    let said = desk.feed(["batch", "--json"], &lines);
    assert_eq!((said.code, said.err.as_str()), (6, ""));
    let answers = said.json_lines();
    assert_eq!(answers.len(), table.len() + 1);
    for (answer, (name, code)) in answers.iter().zip(table) {
        assert_eq!(answer["error"]["code"], code, "{name}: {answer}");
    }
    assert_eq!(answers[table.len()]["event"], "noted");
    assert_eq!(desk.ticket(2)["rev"], 1);
}

#[test]
fn lines_that_are_no_operation_stop_no_other_line() {
    let desk = three();
    let deep = format!("{{\"op\":\"open\",\"tag\":{}", "[".repeat(10_000));
    let table: [(&[u8], &str); 11] = [
        (b"hello", "not a JSON object: expected value at column 1"),
        (
            b"[1]",
            "not a JSON object: invalid type: sequence, expected an object at column 0",
        ),
        (b"{}", "no `op`: every line says what to do"),
        (
            b"{\"op\":\"open\",\"op\":\"note\"}",
            "not a JSON object: `op` stands twice at column 25",
        ),
        (
            b"{\"op\":\"open\",\"subject\":\"\xff\"}",
            "not UTF-8 at byte 24",
        ),
        (
            b"{\"op\":\"open\",\"subject\":\"a\0b\"}",
            "not a JSON object: control character (\\u0000-\\u001F) found while parsing a string at column 26",
        ),
        (
            deep.as_bytes(),
            "not a JSON object: recursion limit exceeded at column 146",
        ),
        (b"{\"op\":\"\\u001b[2J\"}", "there is no operation `␛[2J`"),
        (
            b"{\"op\":\"open\",\"subject\":\"x\",\"\\u202e\":1}",
            "`open` has no field `<U+202E>`",
        ),
        (
            b"{\"op\":\"open\",\"subject\":\"x\",\"at\":\"\\u001b\"}",
            "`␛` is not a time",
        ),
        (
            b"{\"op\":\"open\",\"subject\":\"x\",\"tag\":[[]]}",
            "`tag`: a text or a list of texts",
        ),
    ];
    for (line, error) in table {
        let input = [line, b"\n{\"op\":\"open\",\"subject\":\"next\"}\n"].concat();
        let said = run(&mut desk.command(["batch"]), &input);
        assert_eq!(said.error(), format!("line 1: error: {error}"));
        assert!(said.err.lines().count() <= 3, "{said:?}");
        assert_eq!(said.code, 6);
        assert!(said.out.starts_with("line 2: "), "{said:?}");
    }
    let there = u64::try_from(3 + table.len()).unwrap();
    assert_eq!(desk.ticket(there)["subject"], "next");
}

#[test]
fn a_subject_says_something_in_one_line() {
    let desk = three();
    let before = tickets(&desk);
    let empty = "the subject is empty";
    let long = "the subject is longer than 500 characters";
    let endless = "x".repeat(100_000);
    let table = [
        ("", empty),
        (" \t\n", empty),
        ("\u{a0}\u{3000}", empty),
        ("\u{1b}\u{7}\u{9b}", empty),
        (endless.as_str(), long),
    ];
    for (subject, error) in table {
        fails(&run(&mut desk.command(["open", subject]), b""), 2, error);
        let mut edit = desk.command(["edit", "1", "--subject", subject]);
        fails(&run(&mut edit, b""), 2, error);
    }
    let megabyte = "x".repeat(MIB);
    for (subject, error) in table.into_iter().chain([(megabyte.as_str(), long)]) {
        let line = json!({"op": "open", "subject": subject}).to_string();
        let said = run(&mut desk.command(["batch"]), line.as_bytes());
        assert_eq!(said.error(), format!("line 1: error: {error}"));
        assert_eq!(said.code, 6);
    }
    assert_eq!(tickets(&desk), before);
}

#[test]
fn a_ticket_holds_eight_mebibytes_and_no_more() {
    let desk = three();
    let file = desk.beside().join("large");
    let path = file.to_str().unwrap();
    let before = tickets(&desk);
    fs::write(&file, "x".repeat(10 * MIB)).unwrap();
    let said = run(&mut desk.command(["note", "1", "-F", path]), b"");
    let too_long = "longer than 8 MiB, which is all that a ticket holds";
    fails(&said, 4, &format!("{path}: {too_long}"));
    let text = "x".repeat(10 * MIB);
    let said = run(&mut desk.command(["note", "1", "-F", "-"]), text.as_bytes());
    fails(&said, 4, &format!("standard input: {too_long}"));
    let line = json!({"op": "note", "ticket": 1, "message": text}).to_string();
    let said = run(&mut desk.command(["batch"]), line.as_bytes());
    assert!(
        said.error()
            .starts_with("line 1: error: ticket 1 would have 104")
    );
    assert!(said.error().ends_with("; a ticket holds 8 MiB at the most"));
    assert_eq!(said.code, 6);
    assert_eq!(tickets(&desk), before);

    fs::write(&file, "x".repeat(3 * MIB)).unwrap();
    desk.ok(["note", "2", "-F", path]);
    desk.ok(["note", "2", "-F", path]);
    let before = tickets(&desk);
    let said = run(&mut desk.command(["note", "2", "-F", path]), b"");
    assert!(said.error().ends_with("; a ticket holds 8 MiB at the most"));
    fails(&said, 4, said.error().trim_start_matches("error: "));
    assert_eq!(tickets(&desk), before);
    desk.ok(["note", "2", "-m", "a little more"]);
    desk.ok(["close", "2", "-m", "done"]);
    assert_eq!(desk.ok(["fsck"]).out, "");
}

#[test]
fn an_endless_input_ends() {
    let desk = three();
    let zero = || File::open("/dev/zero").unwrap();
    let text = "longer than 8 MiB, which is all that a ticket holds";
    let said = say(&desk, "note 1 -F /dev/zero");
    fails(&said, 4, &format!("/dev/zero: {text}"));
    let said = run(desk.command(["note", "1", "-F", "-"]).stdin(zero()), b"");
    fails(&said, 4, &format!("standard input: {text}"));
    let said = run(desk.command(["show", "-"]).stdin(zero()), b"");
    fails(&said, 2, "standard input is longer than 64 MiB");
    let said = run(desk.command(["batch"]).stdin(zero()), b"");
    fails(&said, 2, "line 1 is longer than 64 MiB");
    let said = run(desk.command(["import", "-"]).stdin(zero()), b"");
    fails(&said, 2, "standard input: it is no text, not UTF-8");
    // An item that does not end, in each form of a file.
    for begin in ["{", "[\"", "a\n\""] {
        let endless = [begin.as_bytes(), &vec![b'x'; 65 * 1024 * 1024]].concat();
        let said = run(
            &mut desk.command(["import", "-", "--map", "subject=a"]),
            &endless,
        );
        assert!(matches!(said.code, 1 | 2), "{begin}: {said:?}");
        assert!(
            said.err.contains("a row is longer than 64 MiB"),
            "{begin}: {said:?}"
        );
    }
}

#[test]
fn what_is_not_utf_8_is_refused_wherever_it_comes_from() {
    let desk = three();
    let before = tickets(&desk);
    let bad = OsStr::from_bytes(b"\xff");
    let argument = "invalid UTF-8 was detected in one or more arguments";
    for words in [
        "open",
        "show",
        "list",
        "log",
        "note 1 -m",
        "search",
        "tech add",
        "report",
    ] {
        let mut command = desk.command(words.split(' '));
        fails(&run(command.arg(bad), b""), 2, argument);
    }
    let mut command = desk.command(["open", "x", "--as"]);
    fails(&run(command.arg(bad), b""), 2, argument);
    let mut command = desk.command(["open", "x"]);
    let user = "DESK_USER is not UTF-8: \u{fffd}";
    fails(&run(command.env("DESK_USER", bad), b""), 2, user);
    let mut command = desk.command(["open", "x"]);
    let now = "DESK_NOW is not UTF-8: \u{fffd}";
    fails(&run(command.env("DESK_NOW", bad), b""), 2, now);
    let said = run(&mut desk.command(["show", "-"]), b"1\n\xff\n");
    fails(&said, 2, "standard input, line 2: not UTF-8");
    let said = run(&mut desk.command(["note", "-", "-m", "x"]), b"1\n\xff\n");
    fails(&said, 2, "standard input, line 2: not UTF-8");
    let said = run(&mut desk.command(["note", "1", "-F", "-"]), b"a\xff");
    fails(&said, 2, "standard input: not UTF-8 at byte 1");
    assert_eq!(tickets(&desk), before);
}

#[test]
fn people_have_names() {
    let mut desk = three();
    for (user, error) in [
        ("a\u{1b}[2J", "`a␛[2J` is not the name of a person"),
        (" ", "` ` is not the name of a person"),
        ("a\nb", "`a␊b` is not the name of a person"),
    ] {
        fails(&say(desk.user(user), "note 1 -m x"), 2, error);
        let mut command = desk.command(["note", "1", "-m", "x", "--as", user]);
        fails(&run(&mut command, b""), 2, error);
    }
    assert_eq!(desk.ticket(1)["rev"], 1);
}

#[test]
fn nul_in_lists_and_texts() {
    let desk = three();
    let said = run(&mut desk.command(["show", "-"]), b"1\x002\n");
    fails(&said, 3, "there is no ticket with the reference `1␀2`");
    let said = run(&mut desk.command(["take", "-", "--null"]), b"1\x003\0");
    assert_eq!(said.code, 0, "{said:?}");
    let said = run(&mut desk.command(["take", "-", "--null"]), b"1\n3\0");
    fails(&said, 3, "there is no ticket with the reference `1␊3`");
    let line = b"{\"op\":\"note\",\"ticket\":1,\"message\":\"a\\u0000b\"}";
    assert_eq!(run(&mut desk.command(["batch"]), line).code, 0);
    assert_eq!(desk.ticket(1)["events"][2]["message"], "a\0b");
    assert!(desk.ok(["log", "1"]).out.contains("a␀b"));
}

#[test]
fn queries_and_times_beyond_everything() {
    let desk = three();
    let parens = "(".repeat(100_000);
    let nots = "not ".repeat(25_000) + "x";
    let deep = "nested deeper than 64 parentheses and negations";
    for (query, column) in [(&parens, 65), (&nots, 257)] {
        let said = run(&mut desk.command(["list", query]), b"");
        fails(&said, 2, &format!("query, column {column}: {deep}"));
    }
    for query in [
        "age:>99999999999999999999d",
        "opened:10000-01-01",
        "opened:2026-W99",
        "tier:99999999999",
        "id:99999999999999999999",
    ] {
        for verb in ["list", "search", "report summary", "log", "take --query"] {
            let words = verb.split(' ').chain([query]);
            let said = run(&mut desk.command(words), b"");
            assert_eq!(said.code, 2, "{verb} {query}: {said:?}");
            fails(&said, 2, said.error().trim_start_matches("error: "));
        }
    }
    for when in [
        "99999999999999999d",
        "9999999999w",
        "2016-02-30",
        "1e9",
        "\u{1b}",
    ] {
        for verb in [
            "open x --due",
            "wait 1 -m x --until",
            "note 1 -m x --at",
            "report summary --since",
            "report summary --until",
            "report summary --as-of",
            "report summary --period",
        ] {
            let words = verb.split(' ').chain([when]);
            let said = run(&mut desk.command(words), b"");
            fails(&said, 2, said.error().trim_start_matches("error: "));
        }
    }
}

#[test]
fn at_the_ends_of_time() {
    let mut desk = three();
    for now in ["0000-01-01T00:00:00Z", "9999-12-31T23:59:59Z"] {
        desk.at(now);
        for zone in ["UTC", "Pacific/Kiritimati", "Pacific/Niue"] {
            for line in [
                "list age:>7d",
                "list opened:today",
                "list opened:monday",
                "report",
                "report backlog",
                "report --period last-month",
                "report --since 0000-01-01 --until 9999-12-31",
                "open x --due 3d",
                "status",
            ] {
                let said = say(&desk, &format!("--tz {zone} {line}"));
                assert!([0, 2].contains(&said.code), "{now} {line}: {said:?}");
            }
        }
    }
    for now in ["rubbish", "2026-11-21", "9999-12-31T23:59:59-12:00"] {
        desk.at(now);
        let error =
            format!("DESK_NOW: `{now}` is not an RFC 3339 time such as 2026-11-21T14:30:05Z");
        fails(&say(&desk, "list"), 2, &error);
        fails(&say(&desk, "open x"), 2, &error);
    }
}

#[test]
fn zones_and_widths_that_are_none() {
    let desk = three();
    let fine = desk.ok(["list"]).out;
    for zone in [
        "rubbish",
        ":/etc/passwd",
        "../../etc/passwd",
        "<+99999999999>1",
        ":",
        "",
    ] {
        let said = run(desk.command(["list"]).env("TZ", zone), b"");
        assert_eq!((said.code, said.err.as_str()), (0, ""), "{zone}");
    }
    let bad = OsStr::from_bytes(b"\xff");
    assert_eq!(run(desk.command(["list"]).env("TZ", bad), b"").code, 0);
    for columns in ["0", "-1", "99999999999999999999", "x"] {
        let said = run(desk.command(["list"]).env("COLUMNS", columns), b"");
        assert_eq!(said.out, fine);
    }
    let error = "invalid value 'rubbish' for '--tz <ZONE>': no such zone; it is named as in the IANA data base: `Europe/Oslo`, `UTC`";
    fails(&say(&desk, "--tz rubbish list"), 2, error);
    fails(&say(&desk, "--tz rubbish open x"), 2, error);
}

#[test]
fn a_desk_without_a_data_directory_reads_nothing_and_makes_nothing() {
    let desk = Desk::new();
    for line in [
        "list",
        "show 1",
        "log",
        "status",
        "search x",
        "fsck",
        "tech list",
        "report",
    ] {
        let said = say(&desk, line);
        assert!([0, 3].contains(&said.code), "{line}: {said:?}");
        assert!(!desk.data().exists(), "{line}");
    }
    for line in [
        "note 1 -m x",
        "close 1 -m x",
        "tech remove minh",
        "tech edit minh --tier 1",
    ] {
        assert_eq!(say(&desk, line).code, 3, "{line}");
        assert!(!desk.data().exists(), "{line}");
    }
}
