//! Bars and sparklines: on a terminal that can draw, and nowhere else.

use crate::harness::{Desk, has};
use crate::output::{on_terminal, plain};

/// Eight tickets of one technician, four of another and one of a third, and a day's backlog.
fn desk() -> Desk {
    let mut desk = Desk::new();
    for (login, tickets) in [("lan", 8), ("ola", 4), ("chị-hoa", 1)] {
        for _ in 0..tickets {
            desk.at("2026-11-20T12:00:00Z")
                .open(["Printer", "--to", login]);
        }
    }
    desk.at("2026-11-21T12:00:00Z");
    desk
}

const WORKLOAD: &str = "report backlog --fields workload";
const COUNTED: &str = "\
TECHNICIAN  LOAD  PENDING  CAPACITY  RATE
lan            8        0         -     -
ola            4        0         -     -
chị-hoa        1        0         -     -
";

/// The table alone, and of each line what is behind the last column.
fn table(shown: &str) -> (String, Vec<String>) {
    let width = COUNTED.lines().next().unwrap().len();
    let lines = shown
        .lines()
        .skip_while(|line| !line.starts_with("TECHNICIAN"))
        .take(4);
    let split = |line: &str| {
        let letters: Vec<char> = line.chars().collect();
        let (figures, bar) = letters.split_at(width.min(letters.len()));
        (
            figures.iter().collect::<String>(),
            bar.iter().collect::<String>().trim().to_owned(),
        )
    };
    let (figures, bars): (Vec<_>, Vec<_>) = lines.map(split).unzip();
    (figures.join("\n") + "\n", bars)
}

#[test]
fn a_bar_stands_beside_each_row_where_there_is_room() {
    if !has("script") {
        return;
    }
    let desk = desk();
    let shown = |columns: u16, env: &[(&str, &str)]| {
        let all = env.iter().copied().chain([("NO_COLOR", "1")]);
        on_terminal(&desk, (50, columns), WORKLOAD, &all.collect::<Vec<_>>())
    };
    let (narrow, wide) = (
        ["LOAD", "████████", "████", "█"],
        ["LOAD", "████", "██", "▌"],
    );
    let half = ["LOAD", &"█".repeat(24), &"█".repeat(12), &"█".repeat(3)];
    for (columns, locale, expected) in [
        (51, "en_US.UTF-8", narrow),
        (51, "ja_JP.UTF-8", wide),
        (200, "", half),
    ] {
        let (figures, bars) = table(&shown(columns, &[("LC_ALL", locale)]));
        assert_eq!(figures, COUNTED);
        assert_eq!(bars, expected, "{columns} {locale}");
    }
    // No room, a terminal that cannot draw, or none at all.
    let none = ["", "", "", ""];
    assert_eq!(table(&shown(50, &[])).1, none);
    assert_eq!(table(&shown(200, &[("TERM", "dumb")])).1, none);
    assert_eq!(
        table(&desk.say(WORKLOAD).out),
        (COUNTED.to_owned(), none.map(str::to_owned).into())
    );
    for columns in [20, 41, 48, 60, 80, 120] {
        for line in shown(columns, &[]).lines() {
            let wide = line.chars().count();
            assert!(wide <= usize::from(columns.max(41)), "{columns}: {line}");
        }
    }
}

#[test]
fn a_sparkline_stands_below_the_classes_that_it_shows() {
    if !has("script") {
        return;
    }
    let shown = on_terminal(&desk(), (50, 100), "report backlog", &[]);
    let shown = plain(&shown);
    assert!(
        shown.contains("\n0 to 30+ days  ▁█▁▁▁▁ at most 13\n"),
        "{shown}"
    );
    let piped = desk().ok(["report", "backlog"]).out;
    assert!(!piped.contains(['▁', '█']), "{piped}");
}
