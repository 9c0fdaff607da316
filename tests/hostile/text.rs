//! Text that would move the cursor, turn a line around or hide words, wherever it can stand.

use std::fs;

use serde_json::{Value, json};

use super::{run, say};
use crate::harness::{Desk, Said};

/// Escape sequences, C0, DEL, C1, bidi, zero-width, tags, line ends.
const HOSTILE: &str = "a\u{1b}[2J\u{1b}]0;b\u{7}\u{8}\r\0\u{7f}\u{9b}31m\u{85}\u{202e}c\u{2066}d\u{2069}\u{200b}e\u{200d}f\u{feff}\u{ad}\u{2028}g\u{e0041}h\r\ni\tj\nk";

/// The same, of what is no control character by Unicode's own classes.
const HIDDEN: &str = "l\u{202e}m\u{2066}n\u{2069}\u{200b}o\u{200d}p\u{feff}\u{ad}q\u{e0041}r";

/// What must never come out as it is; `joiners` are needed by scripts, and JSON leaves them alone.
fn hidden(c: char, joiners: bool) -> bool {
    match c {
        '\n' => false,
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' => true,
        '\u{200c}' | '\u{200d}' => joiners,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' => true,
        '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' => true,
        '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}' => true,
        _ => false,
    }
}

/// Nothing hidden came out; `cells` may have tabs between them, and lines that end as on Windows in
/// them.
#[track_caller]
fn clean(what: &str, said: &Said, cells: bool, joiners: bool) {
    for text in [&said.out, &said.err] {
        let text = match cells {
            true => text.replace("\r\n", "\n"),
            false => text.clone(),
        };
        let bad = text
            .chars()
            .find(|&c| hidden(c, joiners) && !(cells && c == '\t'));
        assert_eq!(bad, None, "{what}: {text}");
    }
}

/// A help desk whose every text is hostile: one ticket that desk itself wrote, one that somebody
/// else did, and technicians.
fn hostile() -> Desk {
    let desk = Desk::new();
    let open = json!({
        "op": "open", "by": format!("by{HIDDEN}"), "subject": HOSTILE, "message": HOSTILE,
        "requester": HOSTILE, "contact": HOSTILE, "category": HIDDEN, "tag": [HOSTILE, "x"],
        "team": HOSTILE, "location": HOSTILE, "asset": HOSTILE, "watch": [HOSTILE],
        "ref": format!("ref{HIDDEN}"), "to": format!("to{HIDDEN}"), "due": "2026-11-22",
    });
    let lines = [
        open,
        json!({"op": "note", "ticket": 1, "message": HOSTILE, "public": true}),
        json!({"op": "edit", "ticket": 1, "tag": ["y"], "untag": [HOSTILE], "message": HOSTILE}),
        json!({"op": "edit", "ticket": 1, "tag": [HOSTILE]}),
        json!({"op": "resolve", "ticket": 1, "message": HOSTILE, "code": HOSTILE}),
        json!({"op": "reopen", "ticket": 1, "message": HOSTILE}),
        json!({"op": "open", "subject": "two", "requester": "x"}),
    ];
    let lines = lines.map(|line| line.to_string()).join("\n");
    let said = desk.feed(["batch"], &lines);
    assert_eq!(said.code, 0, "{said:?}");
    clean("batch", &said, false, true);
    planted(&desk);
    desk
}

/// Makes ticket 2 what no desk would write, in fields, events and the names of both.
fn planted(desk: &Desk) {
    let mut ticket: Value = serde_json::from_slice(&fs::read(desk.file(2)).unwrap()).unwrap();
    let events = ticket.as_object_mut().unwrap().remove("events").unwrap();
    ticket[HOSTILE] = json!({HOSTILE: HOSTILE});
    ticket["events"] = events;
    for field in ["by", "real", "op"] {
        ticket["events"][0][field] = HOSTILE.into();
    }
    ticket["events"][0]["why"] = json!([HOSTILE]);
    ticket["events"][0][HOSTILE] = HOSTILE.into();
    ticket["events"][0]["changed"][HOSTILE] = json!([null, {HOSTILE: HOSTILE}]);
    let second = json!({
        "seq": 2, "at": "2026-11-21T12:00:00Z", "by": HOSTILE, "event": HOSTILE, "op": HOSTILE,
        "message": HOSTILE, "changed": {HOSTILE: [HOSTILE, null], "tags": [[HOSTILE], []]},
    });
    ticket["events"].as_array_mut().unwrap().push(second);
    ticket["rev"] = 2.into();
    fs::write(desk.file(2), ticket.to_string()).unwrap();
}

fn with_technicians(desk: &Desk) {
    let text = HOSTILE.replace('\0', "");
    let add = [
        "tech", "add", "minh", "--name", &text, "--email", &text, "--team", &text, "--skill",
        HIDDEN,
    ];
    let said = run(&mut desk.command(add), b"");
    assert_eq!(said.code, 0, "{said:?}");
    clean("tech add", &said, false, true);
}

const READS: [&str; 22] = [
    "",
    "list",
    "list --fields id,ref,subject,description,team,assignee,requester,contact,watchers,category,tags,location,asset,resolution,code",
    "list is:open",
    "search a",
    "search is:open a",
    "status",
    "show 1",
    "show 2",
    "show 1 2 --public",
    "show 1 --fields subject,requester",
    "log",
    "log 1",
    "log --reverse 2",
    "log --public",
    "tech list",
    "tech show minh",
    "report summary --period today",
    "report technicians --period today",
    "report categories --period today",
    "report requesters --period today",
    "report backlog --period today",
];

/// What writes tickets out, in each of its forms.
const EXPORTS: [&str; 3] = ["export", "export --json", "export --format csv"];

#[test]
fn no_text_comes_out_raw() {
    let desk = hostile();
    with_technicians(&desk);
    for format in ["table", "csv", "tsv", "markdown"] {
        for read in READS {
            let said = say(&desk, &format!("--format {format} {read}"));
            assert_eq!(said.code, 0, "{read}: {said:?}");
            assert!(!said.out.is_empty(), "{read}");
            clean(read, &said, matches!(format, "csv" | "tsv"), true);
        }
    }
    for export in EXPORTS {
        let said = say(&desk, export);
        assert_eq!(said.code, 0, "{export}: {said:?}");
        clean(export, &said, export.ends_with("csv"), false);
    }
    let list = say(&desk, "list id:1").out;
    let shown = "a␛[2J␛]0;b␇␈␍␀␡<U+009B>31m<U+0085><U+202E>c<U+2066>d<U+2069><U+200B>e<U+200D>f<U+FEFF><U+00AD><U+2028>g<U+E0041>h␍␊i j␊k";
    assert_eq!(list.matches(shown).count(), 2, "{list}");
    for kind in ["tiers", "teams", "assets", "priorities"] {
        let said = say(&desk, &format!("report {kind} --period today"));
        clean(kind, &said, false, true);
    }
}

#[test]
fn json_is_not_raw_either_and_comes_back_as_it_was() {
    let desk = hostile();
    with_technicians(&desk);
    for format in ["json", "jsonl"] {
        for read in READS {
            let said = say(&desk, &format!("--format {format} {read}"));
            assert_eq!(said.code, 0, "{read}: {said:?}");
            clean(read, &said, false, false);
        }
    }
    let subject = HOSTILE.trim();
    let ticket = desk.ticket(1);
    assert_eq!(ticket["subject"], subject);
    assert_eq!(ticket["requester"], subject);
    assert_eq!(ticket["category"], HIDDEN);
    assert_eq!(ticket["tags"], json!(["x", "y", HOSTILE]));
    assert_eq!(ticket["events"][1]["message"], HOSTILE);
    let list = say(&desk, "list --json").json();
    assert_eq!(list["tickets"][0]["subject"], subject);
    assert_eq!(list["tickets"][1][HOSTILE], json!({HOSTILE: HOSTILE}));
    let log = say(&desk, "--json log 2").json();
    assert_eq!(log[1]["event"], HOSTILE);
    assert_eq!(log[0][HOSTILE], HOSTILE);
    let technicians = say(&desk, "tech list --json").json();
    let name = HOSTILE.replace('\0', "");
    assert_eq!(technicians["technicians"][0]["name"], name);
}

#[test]
fn answers_errors_hints_and_warnings_are_clean() {
    let desk = hostile();
    let text = HOSTILE.replace('\0', "");
    let reference = format!("ref{HIDDEN}");
    let table: [(&[&str], i32); 18] = [
        (&["show", &text], 3),
        (&["note", &text, "-m", "x"], 3),
        (&["note", &reference, "-m", &text], 0),
        (&["edit", "1", "--subject", &text, "--requester", &text], 0),
        (&["edit", "1", "--category", &text], 2),
        (&["edit", "1", "--ref", &text], 2),
        (&["open", "x", "--ref", &reference], 4),
        (&["open", &text, "--dry-run", "--tag", &text], 0),
        (&["assign", "1", "--to", &text], 2),
        (&["assign", "1", "--to", HIDDEN, "--team", &text], 0),
        (&["list", &format!("{text}:x")], 2),
        (&["list", &format!("priority:{HIDDEN}")], 2),
        (&["list", "--fields", &text], 2),
        (&["list", "--format", &text], 2),
        (&["tech", "show", "minh2", "--tz", &text], 2),
        (&["tech", "add", &text], 2),
        (&["report", "--period", &text], 2),
        (&[&text], 2),
    ];
    for (args, code) in table {
        for json in [false, true] {
            let flag = json.then_some("--json");
            let args: Vec<&str> = flag.into_iter().chain(args.iter().copied()).collect();
            let said = run(&mut desk.command(&args), b"");
            if !json {
                assert_eq!(said.code, code, "{args:?}: {said:?}");
            }
            assert!(said.err.lines().count() <= 2, "{args:?}: {said:?}");
            clean(args[args.len() - 1], &said, false, !json);
        }
    }
    with_technicians(&desk);
    let said = run(&mut desk.command(["assign", "1", "--to", HIDDEN]), b"");
    assert_eq!(said.code, 3);
    clean("assign", &said, false, true);
    let said = say(&desk, "assign 1 --auto");
    clean("assign --auto", &said, false, true);
}

#[test]
fn fsck_names_hostile_names_and_causes_cleanly() {
    let desk = hostile();
    let folder = desk.data().join("tickets/0000");
    fs::write(folder.join(HOSTILE.replace('\0', "")), "").unwrap();
    fs::write(folder.join("3.json"), json!({HOSTILE: 1}).to_string()).unwrap();
    let twice = format!("{{{0}:1,{0}:2}}", json!(HIDDEN));
    fs::write(folder.join("4.json"), twice).unwrap();
    fs::write(desk.data().join("desk.toml"), "a = \u{1b}\u{202e}\n").unwrap();
    for format in ["table", "json"] {
        let said = say(&desk, &format!("fsck --format {format}"));
        assert_eq!(said.code, 7, "{said:?}");
        clean("fsck", &said, false, format == "table");
    }
    fs::write(
        desk.data().join("desk.toml"),
        format!("timezone = '{HIDDEN}'\n"),
    )
    .unwrap();
    for line in ["list", "show 1", "note 1 -m x", "fsck", "--tz UTC list"] {
        clean(line, &say(&desk, line), false, true);
    }
    fs::remove_file(desk.data().join("desk.toml")).unwrap();
    let said = say(&desk, "list");
    assert_eq!((said.code, said.err.lines().count()), (7, 3), "{said:?}");
    clean("list", &said, false, true);
}

/// What a shell is offered at the end of a line.
fn offered(desk: &Desk, shell: &str, line: &[&str]) -> String {
    let mut command = desk.command(["--", "desk"]);
    command
        .args(line)
        .env("DESK_COMPLETE", shell)
        .env("_CLAP_IFS", "\n")
        .env("_CLAP_COMPLETE_INDEX", line.len().to_string())
        .env("_CLAP_COMPLETE_COMP_TYPE", "9")
        .env("_CLAP_COMPLETE_SPACE", "true");
    let said = run(&mut command, b"");
    assert_eq!((said.code, said.err.as_str()), (0, ""), "{said:?}");
    clean(shell, &said, matches!(shell, "fish" | "powershell"), true);
    said.out
}

#[test]
fn completion_offers_nothing_that_a_shell_would_run() {
    let desk = hostile();
    with_technicians(&desk);
    let lines = [
        json!({"op": "open", "subject": "a", "category": "hardware/laser printer", "team": "field"}),
        json!({"op": "open", "subject": "b", "category": "a$(reboot)b", "team": "a;b"}),
        json!({"op": "open", "subject": "c", "category": "a`reboot`b", "team": "a\nb"}),
        json!({"op": "open", "subject": "d", "category": "--help", "team": "~/x&"}),
        json!({"op": "open", "subject": "e", "category": "mạng/打印机", "team": "'"}),
    ];
    let lines = lines.map(|line| line.to_string()).join("\n");
    assert_eq!(desk.feed(["batch"], &lines).code, 0);
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        for line in [
            &["show", ""][..],
            &["close", ""],
            &["assign", "1", "--to", ""],
            &["list", ""],
        ] {
            assert!(!offered(&desk, shell, line).is_empty(), "{shell}");
        }
    }
    let categories = offered(&desk, "bash", &["open", "--category", ""]);
    assert_eq!(categories.lines().collect::<Vec<_>>(), ["mạng/打印机"]);
    assert_eq!(
        offered(&desk, "bash", &["assign", "1", "--team", ""]).trim(),
        "field"
    );
}
