//! Whole tickets out of one help desk and into another, byte for byte.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::harness::{Desk, Said, skip_unless};

/// The tickets' files, by their path in the data directory.
fn files(desk: &Desk) -> BTreeMap<PathBuf, Vec<u8>> {
    let tickets = desk.data().join("tickets");
    let mut files = BTreeMap::new();
    for folder in tickets.read_dir().into_iter().flatten() {
        for file in folder.unwrap().path().read_dir().unwrap() {
            let path = file.unwrap().path();
            let name = path.strip_prefix(&tickets).unwrap().to_owned();
            files.insert(name, fs::read(&path).unwrap());
        }
    }
    files
}

/// Tickets with all that they can have, and texts of all kinds.
fn furnished() -> Desk {
    let desk = Desk::in_memory();
    desk.batch(include_str!("data/uci-excerpt.jsonl"));
    let open = json!({"op": "open", "subject": "a\u{202e}b\u{200d}c\u{feff}", "message": "=1+1\r\n\t\u{1b}[2J'x'\u{85}",
        "requester": "Nguyễn Thị Hạnh 打印机", "ref": "../x\u{200b}", "tag": ["=x", "y"], "watch": "kim"});
    let lines = [
        open,
        json!({"op": "link", "ticket": 1, "blocks": 2}),
        json!({"op": "merge", "ticket": 3, "into": 4}),
        json!({"op": "rate", "ticket": "INC0000062", "stars": 4, "message": "\u{7f}"}),
    ];
    desk.batch(&lines.map(|line| line.to_string()).join("\n"));
    desk
}

fn exported(desk: &Desk, line: &str) -> Said {
    let said = desk.say(line);
    assert_eq!((said.code, said.err.as_str()), (0, ""), "{line}");
    said
}

#[test]
fn an_export_makes_the_same_files_elsewhere() {
    let desk = furnished();
    for line in ["export", "export --json", "export --format jsonl"] {
        let out = exported(&desk, line).out;
        let other = Desk::in_memory();
        let dry = other.feed(["import", "-", "--dry-run"], &out);
        assert_eq!(
            (dry.code, dry.out.as_str(), dry.err.as_str()),
            (
                0,
                "33 tickets would be imported, 0 unchanged, 0 refused\n",
                ""
            ),
            "{line}"
        );
        assert!(!other.data().exists());
        let said = other.feed(["import", "-"], &out);
        assert_eq!(
            (said.code, said.out.as_str(), said.err.as_str()),
            (0, "33 tickets imported, 0 unchanged, 0 refused\n", ""),
            "{line}"
        );
        assert_eq!(files(&other), files(&desk), "{line}");
        assert_eq!(exported(&other, line).out, out);
        let again = other.feed(["import", "-"], &out);
        assert_eq!(again.out, "0 tickets imported, 33 unchanged, 0 refused\n");
        assert_eq!(files(&other), files(&desk), "{line}");
        assert_eq!(other.say("fsck").code, 0);
        // Numbers go on behind them, and references are theirs.
        assert_eq!(other.open(["next"]), 34);
        let said = other.say("open x --ref INC0000062");
        assert_eq!(said.code, 4, "{said:?}");
    }
}

#[test]
fn nothing_hidden_comes_out_and_everything_is_where_it_always_is() {
    let desk = furnished();
    let out = exported(&desk, "export").out;
    let hidden = out
        .chars()
        .find(|&c| c != '\n' && (c.is_control() || c == '\u{202e}' || c == '\u{200b}'));
    assert_eq!(hidden, None);
    for (line, id) in out.lines().zip(1..) {
        let ticket: Value = serde_json::from_str(line).unwrap();
        assert_eq!(ticket["id"], id);
        let shown = desk.ticket(id);
        for (name, value) in shown.as_object().unwrap() {
            assert_eq!(&ticket[name], value, "{name}");
        }
    }
    let keys = |line: &str| line.matches("\"desk_file\"").count();
    assert_eq!(
        out.lines().map(keys).sum::<usize>(),
        2,
        "the two with something hidden"
    );
}

#[test]
fn a_file_of_somebodys_own_form_comes_back_as_it_was() {
    let desk = furnished();
    let ticket: Value = serde_json::from_slice(&fs::read(desk.file(5)).unwrap()).unwrap();
    // As an editor would lay it out, as a program would, and with a field of its own.
    fs::write(desk.file(5), serde_json::to_string_pretty(&ticket).unwrap()).unwrap();
    let mut ticket: Value = serde_json::from_slice(&fs::read(desk.file(6)).unwrap()).unwrap();
    ticket["desk_file"] = json!("mine");
    fs::write(desk.file(6), ticket.to_string()).unwrap();
    let text = fs::read_to_string(desk.file(7)).unwrap();
    let escaped = text.replacen("Incident", "\\u0049ncident", 1);
    assert_ne!(escaped, text);
    fs::write(desk.file(7), escaped).unwrap();
    let text = fs::read_to_string(desk.file(8)).unwrap();
    let own = text.replacen("{\n", "{\n  \"desk_file\": \"mine\",\n", 1);
    fs::write(desk.file(8), own).unwrap();
    for line in ["export", "export --json"] {
        let out = exported(&desk, line).out;
        let other = Desk::in_memory();
        let said = other.feed(["import", "-"], &out);
        assert_eq!(
            said.out, "33 tickets imported, 0 unchanged, 0 refused\n",
            "{said:?}"
        );
        assert_eq!(files(&other), files(&desk));
    }
}

#[test]
fn only_what_matches_goes_out() {
    let desk = furnished();
    let count = |line: &str| exported(&desk, line).out.lines().count();
    assert_eq!(count("export"), 33);
    assert_eq!(count("export id:1..3"), 3);
    assert_eq!(exported(&desk, "export id:99").out, "");
    assert_eq!(exported(&desk, "export id:99 --json").out, "[\n]\n");
    let other = Desk::in_memory();
    let out = exported(&desk, "export id:7,9").out;
    assert_eq!(other.feed(["import", "-"], &out).code, 0);
    assert_eq!(
        fs::read(other.file(9)).unwrap(),
        fs::read(desk.file(9)).unwrap()
    );
    assert_eq!(other.open(["next"]), 10);
}

#[test]
fn what_is_damaged_is_named_and_the_rest_goes_out() {
    let desk = furnished();
    fs::write(desk.file(5), "{\"id\": 5").unwrap();
    let said = desk.say("export");
    assert_eq!(said.code, 7);
    assert_eq!(said.out.lines().count(), 32);
    assert!(said.error().contains("0000/5.json: EOF"), "{said:?}");
}

#[test]
fn what_is_there_stays_and_the_line_says_why() {
    let desk = furnished();
    let out = exported(&desk, "export id:1..4").out;
    let mut lines: Vec<&str> = out.lines().collect();
    let other = Desk::in_memory();
    other.open(["Mine", "--ref", "mine"]);
    other.open(["Mine too", "--ref", "INC0000086"]);
    let mut text = lines[3].to_owned();
    text = text.replacen("\"Incident", "\"Changed", 1);
    lines[3] = &text;
    lines.push("not json");
    lines.push("{\"x\":1}");
    let before = files(&other);
    let said = other.feed(["import", "-"], lines.join("\n"));
    assert_eq!(said.code, 6, "{said:?}");
    let told: Vec<&str> = said
        .err
        .lines()
        .filter(|line| line.contains("error"))
        .collect();
    let third: Value = serde_json::from_str(lines[2]).unwrap();
    assert_eq!(third["ref"], "INC0000088");
    let expected = [
        "line 1: error: number 1 is taken: it is another ticket",
        "line 2: error: number 2 is taken: it is another ticket",
        "line 4: error: ticket 4 `subject` is not what its events make it",
        "line 5: error: not JSON: expected ident at column 2",
    ];
    assert_eq!(told[..4], expected);
    assert!(
        told[4].starts_with("line 6: error: not a ticket: missing field `desk_ticket`"),
        "{told:?}"
    );
    assert_eq!(said.out, "1 ticket imported, 0 unchanged, 5 refused\n");
    let mut after = files(&other);
    assert!(after.remove(Path::new("0000/3.json")).is_some());
    assert_eq!(after, before);
}

#[test]
fn a_ticket_that_another_program_wrote_again_is_the_same() {
    let desk = Desk::new();
    desk.ok(["open", "Máy in kẹt giấy", "--tag", "đỏ"]);
    let line = desk.ok(["export"]).out;
    let value: Value = serde_json::from_str(&line).unwrap();
    let escaped: String = serde_json::to_string(&value)
        .unwrap()
        .chars()
        .map(|c| match c.is_ascii() {
            true => c.to_string(),
            false => c
                .encode_utf16(&mut [0; 2])
                .iter()
                .map(|u| format!("\\u{u:04x}"))
                .collect(),
        })
        .collect();
    assert_ne!(escaped, line);
    let said = desk.feed(["import", "-"], escaped.as_str());
    assert_eq!(said.out, "0 tickets imported, 1 unchanged, 0 refused\n");
    let other = escaped.replace("\\u0111\\u1ecf", "xanh");
    assert_eq!(desk.feed(["import", "-"], other).code, 6);
}

#[test]
fn what_went_on_since_is_not_taken_back() {
    let desk = furnished();
    let before = exported(&desk, "export id:10").out;
    desk.ok(["note", "10", "-m", "went on"]);
    let after = exported(&desk, "export id:10").out;
    let rev = desk.ticket(10)["rev"].as_u64().unwrap();
    let said = desk.feed(["import", "-"], &before);
    assert_eq!(
        said.error(),
        format!(
            "line 1: error: ticket 10 went on since: it is at revision {rev}, and the line at {}",
            rev - 1
        )
    );
    let other = Desk::in_memory();
    assert_eq!(other.feed(["import", "-"], &before).code, 0);
    let said = other.feed(["import", "-"], &after);
    assert_eq!(
        said.error(),
        format!(
            "line 1: error: ticket 10 is there at revision {}, and the line is at {rev}: what is there is never overwritten",
            rev - 1
        )
    );
    other.ok(["note", "10", "-m", "another way"]);
    let said = other.feed(["import", "-"], &after);
    assert_eq!(
        said.error(),
        format!("line 1: error: ticket 10 is there, and went another way from event {rev} on")
    );
    fs::write(
        other.file(10),
        fs::read_to_string(other.file(10)).unwrap() + " ",
    )
    .unwrap();
    let same = exported(&other, "export id:10").out;
    let third = Desk::in_memory();
    assert_eq!(third.feed(["import", "-"], &same).code, 0);
    other.ok(["edit", "10", "--tag", "x"]);
    assert_eq!(other.feed(["import", "-"], &same).code, 6);
}

#[test]
fn a_reference_is_one_tickets() {
    let desk = Desk::in_memory();
    desk.open(["a", "--ref", "K"]);
    desk.open(["b"]);
    let out = exported(&desk, "export").out;
    let other = Desk::in_memory();
    for subject in ["x", "y", "z"] {
        other.open([subject]);
    }
    other.ok(["edit", "3", "--ref", "K"]);
    fs::remove_file(other.file(1)).unwrap();
    fs::remove_file(other.file(2)).unwrap();
    let said = other.feed(["import", "-"], &out);
    assert_eq!(
        said.error(),
        "line 1: error: ticket 1: reference `K` is taken: ticket 3 has it"
    );
    assert_eq!(said.out, "1 ticket imported, 0 unchanged, 1 refused\n");
    // Twice in one file.
    let twice = Desk::in_memory();
    let said = twice.feed(["import", "-"], out.repeat(2));
    assert_eq!(
        said.out, "2 tickets imported, 2 unchanged, 0 refused\n",
        "{said:?}"
    );
}

#[test]
fn programs_get_an_answer_a_line() {
    let desk = Desk::in_memory();
    desk.open(["a", "--ref", "K"]);
    let out = exported(&desk, "export").out;
    let other = Desk::in_memory();
    let said = other.feed(["import", "-", "--json"], format!("{out}\nnot json\n"));
    let expected = [
        json!({"line":1,"ticket":1,"ref":"K","rev":1,"event":"imported","changed":{},"why":[]}),
        json!({"line":3,"ticket":null,"error":{"code":"usage","message":"not JSON: expected ident at column 2"}}),
    ];
    assert_eq!(said.json_lines(), expected);
    let said = other.feed(["import", "-", "--json"], format!("[{}]", out.trim()));
    assert_eq!(
        said.json_lines(),
        [json!({"item":1,"ticket":1,"ref":"K","rev":1,"event":null,"changed":{},"why":[]})]
    );
}

#[test]
fn a_file_may_be_empty_and_is_told_when_it_is_none() {
    let desk = Desk::in_memory();
    let file = desk.beside().join("x");
    let import = |text: &[u8]| {
        fs::write(&file, text).unwrap();
        desk.run(["import", file.to_str().unwrap()])
            .without(desk.beside())
    };
    assert_eq!(import(b"").refusal(), "0 /x: nothing is in it");
    assert_eq!(
        import(b"\xef\xbb\xbf \n").refusal(),
        "0 /x: nothing is in it"
    );
    assert_eq!(
        import(b"\xff\xfea\0").refusal(),
        "2 error: /x: it is UTF-16, not UTF-8 / hint: make it UTF-8 first: iconv -f UTF-16 -t UTF-8 FILE"
    );
    let said = import(b"[{\"a\":1},");
    let end = "item 2: error: /x: EOF while parsing a value at line 1 column 9\n";
    assert!(said.code == 6 && said.err.contains(end), "{said:?}");
    let said = desk.feed(["import", "-", "--prefix", "x:"], "{}");
    assert_eq!(
        said.refusal(),
        "2 error: --prefix is about rows, and nothing says which field is where / hint: say it with --from, --map or --mapping"
    );
    fs::remove_file(&file).unwrap();
    let said = desk.run(["import", file.to_str().unwrap()]);
    assert_eq!(said.code, 1, "{said:?}");
    assert!(!desk.data().exists());
    let said = desk.say("export");
    assert_eq!((said.code, said.out.as_str()), (0, ""));
    assert!(
        said.err.starts_with("there are no tickets yet in "),
        "{said:?}"
    );
}

#[test]
fn many_tickets_go_out_in_order_and_come_back() {
    let desk = Desk::in_memory();
    let n = if crate::harness::long() {
        25_000
    } else {
        3_000
    };
    let lines: String = (1..=n)
        .map(|i| format!("{{\"op\":\"open\",\"subject\":\"ticket {i}\",\"ref\":\"r-{i}\"}}\n"))
        .collect();
    desk.batch(&lines);
    let out = exported(&desk, "export").out;
    let ids = out.lines().map(|line| {
        let ticket: Value = serde_json::from_str(line).unwrap();
        ticket["id"].as_u64().unwrap()
    });
    assert!(ids.eq(1..=n));
    let other = Desk::in_memory();
    let said = other.feed(["import", "-"], &out);
    assert_eq!(
        said.out,
        format!("{n} tickets imported, 0 unchanged, 0 refused\n")
    );
    assert_eq!(files(&other), files(&desk));
}

#[test]
fn what_is_no_ticket_is_answered_before_all_is_read() {
    let desk = Desk::in_memory();
    let mut child = desk
        .command(["import", "-", "--json"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut answers = BufReader::new(child.stdout.take().unwrap());
    let (sender, first) = channel();
    let reader = std::thread::spawn(move || {
        let mut line = String::new();
        answers.read_line(&mut line).unwrap();
        sender.send(line).unwrap();
        answers.lines().count()
    });
    stdin.write_all("{}\n".repeat(12_000).as_bytes()).unwrap();
    let first = first.recv_timeout(Duration::from_secs(60)).unwrap();
    assert!(first.starts_with("{\"line\":1,"), "{first}");
    drop(stdin);
    assert_eq!(reader.join().unwrap(), 11_999);
    assert_eq!(child.wait().unwrap().code(), Some(6));
}

#[test]
fn who_cannot_tell_the_answers_waits_for_no_more_lines() {
    let full = File::options().write(true).open("/dev/full");
    if !skip_unless(full.is_ok(), "there is no /dev/full") {
        return;
    }
    let desk = Desk::in_memory();
    let mut child = desk
        .command(["import", "-", "--json"])
        .stdin(Stdio::piped())
        .stdout(full.unwrap())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all("{}\n".repeat(12_000).as_bytes()).unwrap();
    let began = Instant::now();
    while child.try_wait().unwrap().is_none() {
        assert!(began.elapsed() < Duration::from_secs(60));
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(child.wait().unwrap().code(), Some(1));
}
