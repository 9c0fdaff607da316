//! The backlog: how much waits, how old it is, what is the oldest, and who has it.
//!
//! Its fields are its parts, under their names in JSON: `total`, `unassigned`, `aging`,
//! `by_priority`, `by_tier`, `oldest`, `workload`. CSV and TSV hold one table: the ages if nothing
//! is picked, and otherwise the one that the picked parts are of.

use desk::report::{Aging, Backlog, OldTicket, Workload};
use desk::{Error, Result};
use serde_json::{Map, Value};

use super::super::chart::{Chart, Measure, Series, Shape};
use super::super::grid::{Cell, Column, Grid};
use super::super::style::{self, Tone};
use super::super::{Look, time};
use super::page::{Section, Term};
use super::strip::Strip;
use super::{Form, Sheet, View, figure, summary};

/// What parts are tables of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Table {
    /// `figure,value`
    Counts,
    /// `dimension,value,total,under_1_day,...`, a row for all tickets, and for each priority and
    /// each tier.
    Ages,
    /// `id,priority,age,opened,assignee,subject`
    Oldest,
    /// `technician,load,pending,capacity,rate`
    Workload,
}

/// The parts in JSON, and the tables that they are in.
const PARTS: [(&str, Table); 7] = [
    ("total", Table::Counts),
    ("unassigned", Table::Counts),
    ("aging", Table::Ages),
    ("by_priority", Table::Ages),
    ("by_tier", Table::Ages),
    ("oldest", Table::Oldest),
    ("workload", Table::Workload),
];

impl Form for Backlog {
    fn names(&self) -> Result<Vec<String>> {
        Ok(PARTS.iter().map(|(name, _)| (*name).to_owned()).collect())
    }

    fn pruned(&self, picked: &[String]) -> Result<Map<String, Value>> {
        Ok(figure::prune(&figure::value(self)?, picked))
    }

    fn step(&self, picked: Option<&[String]>, view: &View) -> Result<Strip<'_>> {
        let table = picked.map_or(Ok(Table::Ages), one_table)?;
        let sheet = match table {
            Table::Counts => summary::figures(self, picked)?,
            Table::Ages => ages(self, picked),
            Table::Oldest => oldest(&self.oldest, &view.look),
            Table::Workload => workload(&self.workload),
        };
        Ok(sheet.into())
    }

    fn chief(&self, _: &View) -> Option<Vec<String>> {
        Some(vec!["aging".to_owned()])
    }

    fn page(&self, picked: Option<&[String]>, view: &View) -> Result<Vec<Section<Strip<'_>>>> {
        let has = |table| {
            let mut parts = PARTS.iter().filter(|(_, of)| *of == table);
            parts.any(|(name, _)| is_picked(name, picked))
        };
        let tables = [Table::Counts, Table::Ages, Table::Oldest, Table::Workload];
        let sections = tables.into_iter().filter(|table| has(*table));
        Ok(sections
            .map(|table| match table {
                Table::Counts => counts(self, picked),
                Table::Ages => Section::Table(Some("Age"), ages(self, picked).into()),
                Table::Oldest => {
                    Section::Table(Some("Oldest"), oldest(&self.oldest, &view.look).into())
                }
                Table::Workload => {
                    Section::Table(Some("Workload"), workload(&self.workload).into())
                }
            })
            .collect())
    }
}

/// Whether a part is wanted.
fn is_picked(part: &str, picked: Option<&[String]>) -> bool {
    picked.is_none_or(|names| names.iter().any(|name| name == part))
}

/// The table that all of these parts are in.
fn one_table(names: &[String]) -> Result<Table> {
    let mut table = Table::Ages;
    let mut first: Option<&str> = None;
    for (part, of) in PARTS {
        match first {
            _ if !is_picked(part, Some(names)) => {}
            None => (first, table) = (Some(part), of),
            Some(first) if of != table => return Err(two_tables(first, part)),
            Some(_) => {}
        }
    }
    Ok(table)
}

fn two_tables(one: &str, other: &str) -> Error {
    let message = format!("`{one}` and `{other}` do not go into one table, as csv and tsv want it");
    Error::usage(message).with_hint("ask for one of them, or for another format")
}

/// `total 12 · unassigned 3`.
fn counts<'a>(backlog: &Backlog, picked: Option<&[String]>) -> Section<Strip<'a>> {
    let counts = [("total", backlog.total), ("unassigned", backlog.unassigned)];
    let terms = counts
        .into_iter()
        .filter(|(name, _)| is_picked(name, picked))
        .enumerate()
        .map(|(i, (name, count))| Term {
            sign: if i > 0 { "·" } else { "" },
            name,
            label: name,
            count,
        });
    Section::Sum(terms.collect(), None)
}

fn ages(backlog: &Backlog, picked: Option<&[String]>) -> Sheet {
    let mut grid = Grid::new(vec![
        Column::new("dimension").titled("BY"),
        Column::new("value").right(),
        Column::new("total").right(),
        Column::new("under_1_day").titled("0-1 D").right(),
        Column::new("days_1_to_3").titled("1-3 D").right(),
        Column::new("days_3_to_7").titled("3-7 D").right(),
        Column::new("days_7_to_14").titled("7-14 D").right(),
        Column::new("days_14_to_30").titled("14-30 D").right(),
        Column::new("over_30_days").titled("30+ D").right(),
    ]);
    if is_picked("aging", picked) {
        let all = age("all", figure::nothing(), backlog.total, backlog.aging);
        grid.rows.push(all);
    }
    if is_picked("by_priority", picked) {
        grid.rows.extend(backlog.by_priority.iter().map(|row| {
            let value = Cell::new(row.priority.get()).tone(style::priority(row.priority));
            age("priority", value, row.total, row.aging)
        }));
    }
    if is_picked("by_tier", picked) {
        let rows = backlog.by_tier.iter();
        grid.rows
            .extend(rows.map(|row| age("tier", Cell::new(row.tier.0), row.total, row.aging)));
    }
    let chart = is_picked("aging", picked).then(|| chart_of_ages(backlog.aging));
    let grid = grid.charted([chart]);
    Sheet::known_by(grid, &["dimension", "value"], &["total"])
}

/// The ages of all tickets: the first row of their table.
fn chart_of_ages(aging: Aging) -> Chart {
    let labels = ["0-1 d", "1-3 d", "3-7 d", "7-14 d", "14-30 d", "30+ d"];
    let values = counts_by_age(aging).map(|count| Some(count as f64));
    Chart {
        title: "How old the backlog is".to_owned(),
        shape: Shape::Columns,
        labels: labels.map(str::to_owned).into(),
        series: vec![Series {
            name: "0 to 30+ days".to_owned(),
            values: values.into(),
        }],
        measure: Measure::Count,
    }
}

fn age(dimension: &str, value: Cell, total: u64, aging: Aging) -> Vec<Cell> {
    let mut row = vec![Cell::new(dimension), value, Cell::new(total)];
    row.extend(counts_by_age(aging).map(Cell::new));
    row
}

/// From the youngest to the oldest.
fn counts_by_age(aging: Aging) -> [u64; 6] {
    let Aging {
        under_1_day,
        days_1_to_3,
        days_3_to_7,
        days_7_to_14,
        days_14_to_30,
        over_30_days,
    } = aging;
    [
        under_1_day,
        days_1_to_3,
        days_3_to_7,
        days_7_to_14,
        days_14_to_30,
        over_30_days,
    ]
}

fn oldest(tickets: &[OldTicket], look: &Look) -> Sheet {
    let mut grid = Grid::new(vec![
        Column::new("id").right(),
        Column::new("priority").titled("P"),
        Column::new("age").right(),
        Column::new("opened"),
        Column::new("assignee").shrinking(1),
        Column::new("subject").shrinking(2),
    ]);
    let row = |ticket: &OldTicket| {
        let opened = Cell::new(ticket.opened.to_string());
        vec![
            Cell::new(ticket.id.get()).tone(Tone::Heading),
            Cell::new(ticket.priority.get()).tone(style::priority(ticket.priority)),
            Cell::new(ticket.age).shown(time::duration(ticket.age)),
            opened.shown(time::absolute(ticket.opened, look.zone)),
            ticket
                .assignee
                .as_deref()
                .map_or_else(figure::nothing, Cell::new),
            Cell::new(ticket.subject.as_str()),
        ]
    };
    grid.rows = tickets.iter().map(row).collect();
    Sheet::known_by(grid, &["id"], &[])
}

fn workload(technicians: &[Workload]) -> Sheet {
    let mut grid = Grid::new(vec![
        Column::new("technician").shrinking(1),
        Column::new("load").right(),
        Column::new("pending").right(),
        Column::new("capacity").right(),
        Column::new("rate").right(),
    ]);
    let row = |row: &Workload| {
        let is_over = row
            .capacity
            .is_some_and(|capacity| row.load > u64::from(capacity));
        let rate = match row.rate {
            Some(rate) => figure::cell("rate", Some(&rate.into())),
            None => figure::nothing(),
        };
        vec![
            Cell::new(row.technician.as_str()),
            Cell::new(row.load),
            Cell::new(row.pending),
            row.capacity.map_or_else(figure::nothing, Cell::new),
            match is_over {
                true => rate.tone(Tone::Warning),
                false => rate,
            },
        ]
    };
    grid.rows = technicians.iter().map(row).collect();
    let chart = Chart::of(&grid, "Who has how much", Shape::Bars, &[("load", "load")]);
    Sheet::known_by(grid.charted([chart]), &["technician"], &["load"])
}
