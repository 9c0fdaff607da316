//! How rows would be understood: which column each field is in, what its values and dates are read as,
//! what the first tickets would be, and what would be refused, and why.

use std::collections::BTreeMap;
use std::io::{self, Write};

use desk::mapping::{Bound, Target, Understood};
use desk::{Answer, Mode, Result};
use serde::Serialize;
use serde_json::{Value, json};

use crate::commands::Count;
use crate::context::Context;
use crate::exit::{self, Exit};
use crate::render::grid::{Cell, Column, Grid};
use crate::render::output::failed;
use crate::render::style::Tone;
use crate::render::{Look, json as as_json, safe, table};

/// So many rows are looked through for one that says something of a field.
const LOOKED_AT: usize = 100;

/// So many tickets are shown as they would be.
const SHOWN: usize = 5;

/// The fields by which a ticket is shown.
const FIELDS: [Target; 6] = [
    Target::Reference,
    Target::Status,
    Target::Priority,
    Target::Opened,
    Target::Requester,
    Target::Subject,
];

/// What would become of rows.
pub(crate) struct Preview {
    is_list: bool,
    looked_at: usize,
    /// Each field, from the first row that says something of it.
    fields: BTreeMap<Target, Understood>,
    first: Vec<Vec<Understood>>,
    count: Count,
    reasons: BTreeMap<String, Reason>,
}

/// Why rows would be refused.
#[derive(Debug, Serialize)]
struct Reason {
    count: u64,
    first: u64,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
}

impl Preview {
    /// `is_list` says that items are counted, and not lines.
    pub(crate) fn new(is_list: bool) -> Self {
        Self {
            is_list,
            looked_at: 0,
            fields: BTreeMap::new(),
            first: Vec::new(),
            count: Count::default(),
            reasons: BTreeMap::new(),
        }
    }

    /// Takes note of how a row is understood.
    pub(crate) fn look_at(&mut self, bound: &Bound, row: &[Value]) {
        if self.looked_at == LOOKED_AT {
            return;
        }
        self.looked_at += 1;
        let understood = bound.understood(row);
        for field in &understood {
            let known = self.fields.entry(field.target);
            let known = known.or_insert_with(|| field.clone());
            if known.written.is_empty() {
                known.clone_from(field);
            }
        }
        if self.first.len() < SHOWN {
            self.first.push(understood);
        }
    }

    /// Takes note of what would become of a row.
    pub(crate) fn tell(&mut self, place: u64, outcome: &Result<Answer>) {
        self.count.take(outcome);
        let Err(error) = outcome else {
            return;
        };
        let message = error.to_string();
        let reason = self.reasons.entry(message.clone());
        let reason = reason.or_insert_with(|| Reason {
            count: 0,
            first: place,
            message,
            hint: error.hint(),
        });
        reason.count += 1;
    }

    /// Shows it, and gives the exit code of the real run.
    pub(crate) fn show(self, bound: &Bound, context: &mut Context) -> Result<Exit> {
        let (look, is_for_programs) = (context.look()?, context.wants_json());
        let mut out = context.output()?;
        match is_for_programs {
            true => as_json::write(&self.to_json(bound), &mut out),
            false => self.write(bound, &look, &mut out),
        }
        .map_err(failed)?;
        out.finish()?;
        Ok(match self.count.refused {
            0 => exit::DONE,
            _ => exit::SOME_FAILED,
        })
    }

    fn to_json(&self, bound: &Bound) -> Value {
        let field = |field: &Understood| {
            let (meant, error) = match &field.meant {
                Ok(meant) => (Some(meant), None),
                Err(error) => (None, Some(error)),
            };
            json!({
                "field": field.target.name(), "column": field.columns, "written": field.written,
                "meant": meant, "error": error,
            })
        };
        json!({
            "desk_import": 1,
            "fields": self.fields.values().map(field).collect::<Vec<_>>(),
            "unused": bound.unused().collect::<Vec<_>>(),
            "imported": self.count.done,
            "unchanged": self.count.unchanged,
            "refused": self.count.refused,
            "reasons": self.by_weight(),
        })
    }

    fn write(&self, bound: &Bound, look: &Look, out: &mut dyn Write) -> io::Result<()> {
        table::write(&self.understood(), look, out)?;
        if !bound.has_reference() {
            writeln!(out, "ref is made of all that stands in a row")?;
        }
        let unused: Vec<&str> = bound.unused().collect();
        if !unused.is_empty() {
            writeln!(out, "not used: {}", safe::line(&unused.join(", ")))?;
        }
        if !self.first.is_empty() {
            writeln!(out)?;
            table::write(&self.tickets(), look, out)?;
        }
        let reasons = self.by_weight();
        if !reasons.is_empty() {
            writeln!(out)?;
            table::write(&self.refusals(&reasons), look, out)?;
        }
        writeln!(
            out,
            "\n{}",
            self.count.sentence(Mode::DryRun, "ticket", "imported")
        )
    }

    /// A row a field.
    fn understood(&self) -> Grid {
        let columns = ["field", "column", "written", "read as"].map(Column::new);
        let mut grid = Grid::new(columns.map(|column| column.shrinking(1)).into());
        for field in self.fields.values() {
            let meant = match &field.meant {
                Ok(meant) => Cell::new(shortened(meant)),
                Err(error) => Cell::new(error.as_str()).tone(Tone::Alarm),
            };
            grid.rows.push(vec![
                Cell::new(field.target.name()),
                Cell::new(field.columns.as_str()),
                Cell::new(shortened(&field.written)),
                meant,
            ]);
        }
        grid
    }

    /// The first rows, as tickets.
    fn tickets(&self) -> Grid {
        let column = |target: Target| match target {
            Target::Subject => Column::new(target.name()).shrinking(2),
            _ => Column::new(target.name()),
        };
        let mut grid = Grid::new(FIELDS.map(column).into());
        for row in &self.first {
            let cell = |target: Target| {
                let known = row.iter().find(|field| field.target == target);
                let meant = known.map(|field| field.meant.as_deref().unwrap_or("?"));
                Cell::new(meant.unwrap_or_default())
            };
            grid.rows.push(FIELDS.map(cell).into());
        }
        grid
    }

    /// Why rows would be refused, the commonest first.
    fn by_weight(&self) -> Vec<&Reason> {
        let mut reasons: Vec<&Reason> = self.reasons.values().collect();
        reasons.sort_by_key(|reason| (std::cmp::Reverse(reason.count), reason.first));
        reasons
    }

    fn refusals(&self, reasons: &[&Reason]) -> Grid {
        let first = if self.is_list {
            "first item"
        } else {
            "first line"
        };
        let columns = vec![
            Column::new("refused").right(),
            Column::new(first).right(),
            Column::new("why").shrinking(1),
        ];
        let mut grid = Grid::new(columns);
        for reason in reasons {
            let why = match &reason.hint {
                Some(hint) => format!("{} ({hint})", reason.message),
                None => reason.message.clone(),
            };
            grid.rows.push(vec![
                Cell::new(reason.count),
                Cell::new(reason.first),
                Cell::new(why),
            ]);
        }
        grid
    }
}

/// The longest text that is shown of what stands in a file, in characters.
const LONGEST: usize = 40;

fn shortened(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}
