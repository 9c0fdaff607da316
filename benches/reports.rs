//! How long each report takes, over a month and over all time, and how much memory.
//!
//! Beside each stands the `sqlite3` shell that computes one central figure of it, what was solved by
//! whom and how fast, on a bare table of the same tickets in the same run; and beside the page in HTML
//! the same report as JSON.

use std::process::Command;

use crate::options::Options;
use crate::race::{peak, race};
use crate::shell::{Question, Shell};
use crate::store::Store;
use crate::{Result, clones, table};

/// Every report, as it is asked for.
const REPORTS: [&str; 17] = [
    "summary",
    "technicians",
    "teams",
    "tiers",
    "categories",
    "requesters",
    "assets",
    "priorities",
    "kinds",
    "locations",
    "backlog",
    "flow --by day",
    "time",
    "recurring --top 50",
    "satisfaction",
    "summary --by month --compare previous",
    "table --rows category --columns month --value solved",
];

/// A time that is reported on: its name, its words, what the shell is asked of it, and the milliseconds
/// that a report may take with a million tickets.
type Time = (&'static str, &'static str, Question, f64);

const TIMES: [Time; 2] = [
    ("a month", "--period 2026-10", Question::Technicians, 100.0),
    (
        "all time",
        "--since 1990-01-01 --until 2026-11-21",
        Question::TechniciansEver,
        2000.0,
    ),
];

/// Times everything, and prints the table.
pub(crate) fn run(options: &Options) -> Result<()> {
    table::reports_head();
    for tickets in [options.tickets / 10, options.tickets] {
        let store = clones::made(tickets)?;
        let Some(shell) = Shell::new(&store)? else {
            return Ok(());
        };
        for (time, words, question, most) in TIMES {
            for report in REPORTS {
                let name = format!("{report}, {time}, {tickets}");
                if options.wants(&name) {
                    let words = format!("{report} {words}");
                    let (_, memory) = peak(asked(&store, &words))?;
                    let one = |command| Ok(vec![command]);
                    let race = race(|_| one(shell.ask(question)), |_| one(asked(&store, &words)))?;
                    table::reports_row(&name, memory, &race, most);
                }
            }
            let name = format!("technicians in HTML, {time}, {tickets}");
            if options.wants(&name) {
                let page =
                    |format| asked(&store, &format!("technicians {words} --format {format}"));
                let (_, memory) = peak(page("html"))?;
                let race = race(|_| Ok(vec![page("json")]), |_| Ok(vec![page("html")]))?;
                table::reports_row(&name, memory, &race, race.bare.median() + 50.0);
            }
        }
    }
    Ok(())
}

fn asked(store: &Store, words: &str) -> Command {
    store.desk(["report"].into_iter().chain(words.split(' ')))
}
