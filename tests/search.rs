//! Search: what is found, in which order, and how somebody at a terminal sees why.

use crate::harness::{Desk, has};
use crate::output::{on_terminal, plain};

/// One word at every place where words are looked for.
fn everywhere() -> Desk {
    let desk = Desk::new();
    desk.batch(
        r#"{"op":"open","at":"2026-11-20T08:00:00Z","subject":"one","description":"kabel"}
{"op":"open","at":"2026-11-20T09:00:00Z","subject":"Kabel"}
{"op":"open","at":"2026-11-20T10:00:00Z","subject":"three","requester":"Kabel"}
{"op":"open","at":"2026-11-20T11:00:00Z","subject":"four","tag":["kabel"]}
{"op":"open","at":"2026-11-20T12:00:00Z","subject":"five","ref":"KABEL-77120"}
{"op":"open","at":"2026-11-20T13:00:00Z","subject":"six"}
{"op":"open","at":"2026-11-20T14:00:00Z","subject":"seven"}
{"op":"open","at":"2026-11-20T15:00:00Z","subject":"eight"}
{"op":"note","ticket":6,"at":"2026-11-20T16:00:00Z","message":"ein Stromkabel"}
{"op":"resolve","ticket":7,"at":"2026-11-20T17:00:00Z","message":"Kábel"}
"#,
    );
    desk
}

fn ids(desk: &Desk, words: &[&str]) -> Vec<u64> {
    let line = ["search", "--fields", "id", "--format", "csv"];
    let said = desk.ok(line.iter().chain(words));
    let lines = said.out.lines().skip(1);
    lines.map(|line| line.parse().unwrap()).collect()
}

#[test]
fn the_nearest_come_first_and_of_those_the_newest() {
    let desk = everywhere();
    let ranked = [5, 2, 4, 3, 7, 6, 1];
    assert_eq!(ids(&desk, &["kabel"]), ranked);
    assert_eq!(ids(&desk, &["KÄBEL", "--limit", "3"]), ranked[..3]);
    assert_eq!(
        ids(&desk, &["kabel", "--sort", "id"]),
        [1, 2, 3, 4, 5, 6, 7]
    );
    assert_eq!(
        ids(&desk, &["kabel", "--sort", "relevance,id"]),
        [1, 6, 7, 3, 4, 2, 5]
    );
    // A change makes it newer, and no nearer.
    let mut desk = desk;
    desk.at("2026-11-21T13:00:00Z")
        .ok(["note", "2", "1", "-m", "x"]);
    assert_eq!(ids(&desk, &["kabel"]), [2, 5, 4, 3, 1, 7, 6]);
    let out = desk
        .ok(["search", "kabel", "--json", "--limit", "1"])
        .json();
    assert_eq!(out["total"], 7);
    assert_eq!(out["tickets"].as_array().unwrap().len(), 1);
}

#[test]
fn part_of_a_number_or_reference_is_enough() {
    let desk = everywhere();
    let many: String = (9..=120)
        .map(|_| "{\"op\":\"open\",\"subject\":\"x\"}\n")
        .collect();
    desk.batch(&many);
    let table: [(&[&str], &[u64]); 7] = [
        (&["7712"], &[5]),
        (&["771"], &[5]),
        (&["el-77"], &[5]),
        (&["bel-77120"], &[5]),
        (&["120"], &[120, 5]),
        (&["#12"], &[12]),
        (&["quetzal"], &[]),
    ];
    for (words, expected) in table {
        let mut found = ids(&desk, words);
        found.sort_unstable_by(|a, b| b.cmp(a));
        assert_eq!(found, expected, "{words:?}");
    }
    // Two digits are found where a number begins.
    let found = ids(&desk, &["12", "--sort", "id"]);
    assert_eq!(found, [12, 120]);
}

#[test]
fn text_without_spaces_is_found() {
    let desk = Desk::new();
    for (subject, message) in [
        ("三楼的打印机卡纸", "请尽快派人来看一下"),
        ("プリンターが壊れた", "紙詰まりが直らない"),
        ("เครื่องพิมพ์เสีย", "กระดาษติดทุกเช้า"),
        ("Máy in lỗi", "Đã thay hộp mực"),
        ("Blåbær", "Straße gesperrt"),
    ] {
        desk.open([subject, "-m", message]);
    }
    let table: [(&str, &[u64]); 16] = [
        ("打印机", &[1]),
        ("印机", &[1]),
        ("机", &[1]),
        ("派人", &[1]),
        ("人派", &[]),
        ("プリンター", &[2]),
        ("ﾌﾟﾘﾝﾀ", &[2]),
        ("詰まり", &[2]),
        ("พิมพ์", &[3]),
        ("กระดาษ", &[3]),
        ("may in", &[4]),
        ("hop MUC", &[4]),
        ("da thay", &[4]),
        ("blabaer", &[5]),
        ("strasse", &[5]),
        ("\"strass\"", &[]),
    ];
    for (words, expected) in table {
        assert_eq!(ids(&desk, &[words]), expected, "{words}");
    }
}

/// What is seen on a terminal of 80 columns, with brackets for marks.
fn seen(desk: &Desk, line: &str) -> String {
    let text = on_terminal(desk, (100, 80), line, &[]);
    let mut parts = text.split("\u{1b}[30m\u{1b}[43m");
    let first = parts.next().unwrap().to_owned();
    let text = parts.fold(first, |text, part| {
        let (mark, rest) = part.split_once("\u{1b}[0m").unwrap();
        text + "⟨" + mark + "⟩" + rest
    });
    plain(&text)
}

#[test]
fn a_terminal_shows_why_a_ticket_was_found() {
    if !has("script") {
        return;
    }
    let desk = Desk::new();
    desk.batch(
        r#"{"op":"open","subject":"Máy in hỏng","requester":"Nguyễn Thị Hạnh","description":"Giấy kẹt ở khay hai,\nđã thử thay hộp mực nhưng vẫn kẹt giấy mỗi buổi sáng khi bật máy lên"}
{"op":"open","subject":"Printer","description":"三楼的打印机每天早上都会卡纸已经重启过很多次了还是一样不行请尽快派人来看一下"}
{"op":"open","subject":"A very long subject that goes on and on about the printer which jams","ref":"INC7"}
{"op":"open","subject":"👩‍🔧 printer","description":"👩‍🔧👩‍🔧👩‍🔧👩‍🔧👩‍🔧👩‍🔧👩‍🔧👩‍🔧👩‍🔧👩‍🔧👩‍🔧👩‍🔧👩‍🔧👩‍🔧👩‍🔧👩‍🔧👩‍🔧👩‍🔧👩‍🔧👩‍🔧👩‍🔧👩‍🔧👩‍🔧👩‍🔧👩‍🔧👩‍🔧👩‍🔧👩‍🔧👩‍🔧👩‍🔧👩‍🔧👩‍🔧👩‍🔧👩‍🔧👩‍🔧👩‍🔧👩‍🔧👩‍🔧👩‍🔧👩‍🔧 fuser \u001b[2J 👩‍🔧👩‍🔧👩‍🔧"}
"#,
    );
    let head = "ID  P  STATUS  ASSIGNEE  UPDATED   REQUESTER        SUBJECT\n";
    let row = " 1  3  new     -         just now  Nguyễn Thị Hạnh  Máy in hỏng\n";
    let hanh = row.replace("Hạnh", "⟨Hạnh⟩").replace("Máy", "⟨Máy⟩");
    assert_eq!(seen(&desk, "search hanh may"), format!("{head}{hanh}"));
    let muc = "    …hai, đã thử thay hộp ⟨mực⟩ nhưng vẫn kẹt giấy mỗi buổi sáng khi bật máy lên\n";
    assert_eq!(seen(&desk, "search muc"), format!("{head}{row}{muc}"));
    let table = [
        (
            "search 重启",
            "    三楼的打印机每天早上都会卡纸已经⟨重启⟩过很多次了还是一样不行请尽快派人来看一下",
        ),
        (
            "search jams",
            "    A very long subject that goes on and on about the printer which ⟨jams⟩",
        ),
        ("search inc7", "    ⟨INC7⟩"),
    ];
    for (line, expected) in table {
        let text = seen(&desk, line);
        assert_eq!(text.lines().nth(2), Some(expected), "{text}");
        assert_eq!(text.lines().count(), 3, "{text}");
    }
    let text = seen(&desk, "search fuser");
    let snippet = text.lines().nth(2).unwrap();
    assert!(
        snippet.contains("👩\u{200d}🔧 ⟨fuser⟩ ␛[2J 👩\u{200d}🔧"),
        "{text}"
    );
    for line in text.lines() {
        let width = unicode_width::UnicodeWidthStr::width(line);
        assert!(width <= 80 + "⟨⟩".chars().count(), "{width}: {line}");
    }
    // Without colour the same without marks; for programs and pipes nothing of it.
    let bare = on_terminal(&desk, (100, 80), "search muc", &[("NO_COLOR", "1")]);
    assert_eq!(bare, format!("{head}{row}{muc}").replace(['⟨', '⟩'], ""));
    let piped = desk.ok(["search", "muc", "--color", "always"]).out;
    assert!(
        !piped.contains("\u{1b}[43m") && piped.lines().count() == 2,
        "{piped}"
    );
    let csv = on_terminal(&desk, (100, 80), "search muc --format csv --fields id", &[]);
    assert_eq!(csv, "id\n1\n");
    assert_eq!(seen(&desk, "search quetzal"), "no ticket matches\n");
}

#[test]
fn a_terminal_shows_the_best_fifty_and_says_how_many_more_there_are() {
    let desk = Desk::in_memory();
    let lines: String = (1..=62)
        .map(|n| format!("{{\"op\":\"open\",\"subject\":\"paper {n}\"}}\n"))
        .collect();
    desk.batch(&lines);
    // Elsewhere nothing is cut.
    assert_eq!(ids(&desk, &["paper"]).len(), 62);
    assert_eq!(desk.ok(["search", "paper"]).out.lines().count(), 63);
    if !has("script") {
        return;
    }
    let shown = |line: &str| {
        let text = seen(&desk, line);
        let rows = text.lines().filter(|line| line.contains("⟨paper⟩")).count();
        (rows, text.lines().last().unwrap_or_default().to_owned())
    };
    let more = |n: usize| format!("{n} more; --limit 62 shows all of them");
    assert_eq!(shown("search paper"), (50, more(12)));
    assert_eq!(shown("search paper --limit 60"), (60, more(2)));
    assert_eq!(shown("search paper --limit 0"), (0, more(62)));
    assert_eq!(shown("search paper --limit 62").0, 62);
    assert!(!seen(&desk, "search paper --limit 62").contains("more"));
    assert!(!seen(&desk, "search paper -q").contains("more"));
    let json = on_terminal(
        &desk,
        (100, 80),
        "search paper --format jsonl --fields id",
        &[],
    );
    assert_eq!(json.lines().count(), 62);
}
