//! The summary, figure by figure; and the flow, which is a part of it.

use desk::report::metrics::Flow;
use desk::report::{FlowFigures, SummaryFigures};
use serde::Serialize;
use serde_json::{Map, Value};

use super::super::chart::{Chart, Shape};
use super::super::grid::{Cell, Column, Grid};
use super::page::{Section, Term};
use super::strip::Strip;
use super::{Form, Sheet, View, figure};

impl Form for SummaryFigures {
    fn names(&self) -> desk::Result<Vec<String>> {
        Ok(figure::names(&figure::value(self)?))
    }

    fn pruned(&self, picked: &[String]) -> desk::Result<Map<String, Value>> {
        Ok(figure::prune(&figure::value(self)?, picked))
    }

    fn sheet(&self, picked: Option<&[String]>, _: &View) -> desk::Result<Strip<'_>> {
        Ok(figures(self, picked)?.into())
    }

    fn step(&self, picked: Option<&[String]>, _: &View) -> desk::Result<Strip<'_>> {
        Ok(row(self, picked)?.into())
    }

    fn chief(&self, _: &View) -> Option<Vec<String>> {
        Some(STEP.map(|(name, _)| name.to_owned()).to_vec())
    }

    fn page(
        &self,
        picked: Option<&[String]>,
        view: &View,
    ) -> desk::Result<Vec<Section<Strip<'_>>>> {
        if picked.is_some() {
            return Ok(vec![Section::Table(None, self.sheet(picked, view)?)]);
        }
        let figures = figure::value(self)?;
        Ok(vec![
            flow(&self.flow),
            Section::Table(
                None,
                Sheet::known_by(times(&figures), &["time"], &["n", "p50"]).into(),
            ),
            Section::Table(
                None,
                Sheet::known_by(shares(&figures), &["share"], &["tickets", "rate"]).into(),
            ),
        ])
    }
}

impl Form for FlowFigures {
    fn names(&self) -> desk::Result<Vec<String>> {
        Ok(figure::names(&figure::value(self)?))
    }

    fn pruned(&self, picked: &[String]) -> desk::Result<Map<String, Value>> {
        Ok(figure::prune(&figure::value(self)?, picked))
    }

    fn step(&self, picked: Option<&[String]>, _: &View) -> desk::Result<Strip<'_>> {
        Ok(row(self, picked)?.into())
    }

    fn chief(&self, _: &View) -> Option<Vec<String>> {
        let flow = STEP.iter().filter(|(name, _)| name.starts_with("flow."));
        Some(flow.map(|(name, _)| (*name).to_owned()).collect())
    }

    fn page(
        &self,
        picked: Option<&[String]>,
        view: &View,
    ) -> desk::Result<Vec<Section<Strip<'_>>>> {
        match picked {
            Some(_) => Ok(vec![Section::Table(None, self.step(picked, view)?)]),
            None => Ok(vec![flow(&self.flow)]),
        }
    }
}

/// What people see of each step, and under which head.
const STEP: [(&str, &str); 8] = [
    ("flow.backlog_start", "START"),
    ("flow.opened", "OPENED"),
    ("flow.reopened", "REOPEN"),
    ("flow.solved", "SOLVED"),
    ("flow.backlog_end", "END"),
    ("time_to_resolve.n", "TTR N"),
    ("time_to_resolve.p50", "TTR P50"),
    ("time_to_resolve.p90", "TTR P90"),
];

/// A row with a column for each figure.
fn row(of: &impl Serialize, picked: Option<&[String]>) -> desk::Result<Sheet> {
    let figures = figure::value(of)?;
    let all = figure::names(&figures);
    let names = picked.unwrap_or(&all);
    let column = |name: &String| {
        let column = figure::column(name);
        match STEP.iter().find(|(known, _)| known == name) {
            Some((_, title)) => column.titled(*title),
            None => column,
        }
    };
    let mut grid = Grid::new(names.iter().map(column).collect());
    let cells = names
        .iter()
        .map(|name| figure::cell(name, figure::get(&figures, name)));
    grid.rows.push(cells.collect());
    Ok(Sheet {
        grid,
        of: vec![String::new()],
        keys: Vec::new(),
        chief: &["flow.opened", "flow.solved"],
    })
}

/// A row for each figure.
pub(super) fn figures(of: &impl Serialize, picked: Option<&[String]>) -> desk::Result<Sheet> {
    let figures = figure::value(of)?;
    let all = figure::names(&figures);
    let grid = list(&figures, picked.unwrap_or(&all));
    Ok(Sheet::known_by(grid, &["figure"], &["value"]))
}

/// A row for each figure.
fn list(figures: &Value, names: &[String]) -> Grid {
    let mut grid = Grid::new(vec![Column::new("figure"), Column::new("value").right()]);
    grid.rows = names
        .iter()
        .map(|name| {
            let value = figure::cell(name, figure::get(figures, name));
            vec![Cell::new(name.as_str()), value]
        })
        .collect();
    grid
}

/// `backlog 162 + opened 8995 + reopened 124 - solved 7800 = 1481`, and which of the solved ones
/// nobody solved.
fn flow<'a>(flow: &Flow) -> Section<Strip<'a>> {
    let term = |sign, name, label, count| Term {
        sign,
        name,
        label,
        count,
    };
    let terms = vec![
        term("", "backlog", "backlog at the start", flow.backlog_start),
        term("+", "opened", "opened", flow.opened),
        term("+", "reopened", "reopened", flow.reopened),
        term("-", "solved", "solved", flow.solved),
        term("=", "", "backlog at the end", flow.backlog_end),
    ];
    let apart: Vec<_> = [(flow.merged, "merged"), (flow.voided, "voided")]
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, how)| format!("{count} {how}"))
        .collect();
    let note = (!apart.is_empty()).then(|| format!("of the solved, {}", apart.join(", ")));
    Section::Sum(terms, note)
}

/// What is measured in time: its label, and the group of its figures.
const TIMES: [(&str, &str); 3] = [
    ("time to resolve", "time_to_resolve"),
    ("full time to resolve", "full_time_to_resolve"),
    ("first response", "first_response"),
];

fn times(figures: &Value) -> Grid {
    let measures = ["n", "p50", "p90", "p99", "mean", "none", "live"];
    let mut columns = vec![Column::new("time").shrinking(1)];
    columns.extend(measures.iter().map(|measure| figure::column(measure)));
    let mut grid = Grid::new(columns);
    for (label, group) in TIMES {
        let cells = measures.iter().map(|measure| {
            let name = format!("{group}.{measure}");
            figure::cell(&name, figure::get(figures, &name))
        });
        grid.rows
            .push(std::iter::once(Cell::new(label)).chain(cells).collect());
    }
    let halves = [("p50", "half within"), ("p90", "nine in ten within")];
    let chart = Chart::of(&grid, "How long it takes", Shape::Bars, &halves);
    grid.charted([chart])
}

/// A part of the tickets, by the names of its figures; an empty name has no value.
struct Share {
    label: &'static str,
    tickets: &'static str,
    events: &'static str,
    /// The whole that it is a part of, and in a word what that is.
    of: (&'static str, &'static str),
    rate: &'static str,
}

impl Share {
    const fn of_solved(
        label: &'static str,
        tickets: &'static str,
        of: &'static str,
        rate: &'static str,
    ) -> Self {
        Self {
            label,
            tickets,
            events: "",
            of: (of, "solved"),
            rate,
        }
    }
}

/// An occurrence does not carry the number that its rate is over: the definition of the metric
/// says which one it is.
const SHARES: [Share; 9] = [
    Share {
        label: "solved tickets",
        tickets: "solved_tickets",
        events: "",
        of: ("", ""),
        rate: "",
    },
    Share {
        label: "escalated",
        tickets: "escalated.tickets",
        events: "escalated.events",
        of: ("flow.opened", "opened"),
        rate: "escalated.rate",
    },
    Share {
        label: "reopened",
        tickets: "reopened.tickets",
        events: "reopened.events",
        of: ("solved_tickets", "solved"),
        rate: "reopened.rate",
    },
    Share::of_solved(
        "reassigned",
        "reassigned.tickets",
        "reassigned.of",
        "reassigned.rate",
    ),
    Share::of_solved(
        "first contact",
        "first_contact_resolution.tickets",
        "first_contact_resolution.of",
        "first_contact_resolution.rate",
    ),
    Share::of_solved(
        "one touch",
        "one_touch_resolution.tickets",
        "one_touch_resolution.of",
        "one_touch_resolution.rate",
    ),
    Share::of_solved(
        "first tier",
        "first_tier_resolution.tickets",
        "first_tier_resolution.of",
        "first_tier_resolution.rate",
    ),
    Share::of_solved(
        "rated",
        "satisfaction.rated",
        "satisfaction.of",
        "satisfaction.rated_rate",
    ),
    Share {
        label: "rated 4 or 5 stars",
        tickets: "satisfaction.good",
        events: "",
        of: ("satisfaction.rated", "rated"),
        rate: "satisfaction.good_rate",
    },
];

fn shares(figures: &Value) -> Grid {
    let mut columns = vec![Column::new("share").shrinking(1)];
    columns.extend(["tickets", "events", "of", "rate"].map(figure::column));
    let mut grid = Grid::new(columns);
    let cell = |name| figure::cell(name, figure::get(figures, name));
    for share in &SHARES {
        let (of, what) = share.of;
        let of = match figure::get(figures, of) {
            Some(of) => Cell::new(of.clone()).shown(format!("{of} {what}")),
            None => figure::nothing(),
        };
        grid.rows.push(vec![
            Cell::new(share.label),
            cell(share.tickets),
            cell(share.events),
            of,
            cell(share.rate),
        ]);
    }
    let chart = Chart::of(&grid, "How many of them", Shape::Bars, &[("rate", "rate")]);
    grid.charted([chart])
}
