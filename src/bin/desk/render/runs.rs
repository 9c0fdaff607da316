//! The runs as a list: what was done under one mark, by whom, to how many tickets, and whether it was
//! taken back.

use std::collections::BTreeSet;

use desk::Run;
use serde_json::{Map, Value};

use super::grid::{Cell, Column, Grid};
use super::{Look, time};

/// So many names are told before the rest is counted.
const NAMES: usize = 3;

/// The columns that people see, if they choose none.
pub(crate) const DEFAULT: [&str; 5] = ["batch", "at", "by", "did", "undone"];

/// The runs, a row each.
pub(crate) fn grid(runs: &[Run], look: &Look) -> Grid {
    let row = |run: &Run| {
        let events = run.events.iter();
        let events = events.map(|(event, tickets)| (event.clone(), Value::from(*tickets)));
        vec![
            Cell::new(run.op.as_str()),
            Cell::new(run.at.to_string()).shown(time::absolute(run.at, look.zone)),
            names(&run.by),
            names(&run.real),
            Cell::new(run.tickets),
            Cell::new(Value::Object(events.collect::<Map<_, _>>())).shown(sentence(run)),
            names(&run.undoes),
            Cell::new(run.taken_back).shown(taken_back(run)),
        ]
    };
    let columns = [
        Column::new("batch"),
        Column::new("at"),
        Column::new("by"),
        Column::new("real"),
        Column::new("tickets").right(),
        Column::new("did").shrinking(1),
        Column::new("undoes"),
        Column::new("undone"),
    ];
    Grid {
        columns: columns.into(),
        rows: runs.iter().map(row).collect(),
        ..Grid::default()
    }
}

/// `closed 10000 tickets (minh)`.
pub(crate) fn in_one_line(run: &Run) -> String {
    format!("{} ({})", sentence(run), names(&run.by).for_people())
}

fn names(names: &BTreeSet<String>) -> Cell {
    let all: Vec<&str> = names.iter().map(String::as_str).collect();
    let cell = Cell::new(all.clone());
    match all.len().checked_sub(NAMES) {
        Some(more @ 1..) => cell.shown(format!("{} and {more} more", all[..NAMES].join(", "))),
        _ => cell.shown(all.join(", ")),
    }
}

/// `closed 10000 tickets`, `escalated 1042`; of several things what was done most often first.
fn sentence(run: &Run) -> String {
    let mut events: Vec<(&str, u64)> = run.events.iter().map(|(e, n)| (e.as_str(), *n)).collect();
    events.sort_by_key(|(_, tickets)| std::cmp::Reverse(*tickets));
    let told = match run.tickets {
        1 => {
            let events: Vec<&str> = events.into_iter().map(|(event, _)| event).collect();
            format!("{} {}", events.join(", "), run.first)
        }
        _ => {
            let event = |(event, tickets)| match tickets {
                1 => format!("{event} 1 ticket"),
                _ => format!("{event} {tickets} tickets"),
            };
            let events: Vec<String> = events.into_iter().map(event).collect();
            events.join(", ")
        }
    };
    match names(&run.undoes).for_people() {
        of if of.is_empty() => told,
        of => format!("{told}, taking back {of}"),
    }
}

fn taken_back(run: &Run) -> String {
    match run.taken_back {
        0 => String::new(),
        all if all == run.tickets => "yes".to_owned(),
        some => format!("{some} of {}", run.tickets),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::look;
    use super::*;
    use desk::ticket::TicketId;

    fn run(events: &[(&str, u64)], tickets: u64, taken_back: u64) -> Run {
        Run {
            op: "18c5".into(),
            at: look().now,
            by: ["minh", "lan", "kari", "ola"].map(str::to_owned).into(),
            real: BTreeSet::new(),
            events: events.iter().map(|(e, n)| ((*e).to_owned(), *n)).collect(),
            tickets,
            first: TicketId::new(1042).unwrap(),
            taken_back,
            undoes: BTreeSet::new(),
        }
    }

    #[test]
    fn people_read_what_was_done() {
        let table = [
            (run(&[("escalated", 1)], 1, 0), "escalated 1042", ""),
            (
                run(&[("closed", 2), ("noted", 3)], 3, 3),
                "noted 3 tickets, closed 2 tickets",
                "yes",
            ),
            (run(&[("closed", 9)], 9, 7), "closed 9 tickets", "7 of 9"),
        ];
        for (run, did, undone) in table {
            assert_eq!(
                (sentence(&run).as_str(), taken_back(&run).as_str()),
                (did, undone)
            );
        }
        let grid = grid(&[run(&[("closed", 9)], 9, 7)], &look());
        assert_eq!(grid.rows[0][2].for_people(), "kari, lan, minh and 1 more");
        assert_eq!(grid.rows[0][2].for_programs(), "kari,lan,minh,ola");
        assert_eq!(grid.rows[0][5].for_programs(), "{\"closed\":9}");
    }
}
