//! The first rows of a report, where not all are wanted.

use std::collections::{HashMap, HashSet};

use super::dimension::{Dimension, RowValue};
use super::{Body, Report};

/// Which row of which dimension; `None` of all tickets.
type Which = (Option<Dimension>, Option<RowValue>);

impl Report {
    /// Leaves the first rows, as many as were asked for; and these in each step, and in what it is
    /// compared with. Rows that are there alone come behind all others. Where there are no more than
    /// that, nothing is cut from the steps either: they can have rows that the whole has not.
    #[must_use]
    pub fn first_rows(mut self) -> Self {
        if let Some(top) = self.head.top {
            let before = self.previous.as_ref().map(|before| before.body.rows());
            let rows = self
                .body
                .rows()
                .into_iter()
                .chain(before.into_iter().flatten());
            self.keep(&First::of(rows, top));
        }
        self
    }

    fn keep(&mut self, kept: &First) {
        self.body.keep(kept);
        for step in self.series.iter_mut().flatten() {
            step.body.keep(kept);
        }
        if let Some(previous) = &mut self.previous {
            previous.keep(kept);
        }
    }
}

/// The first of each dimension.
#[derive(Default)]
struct First {
    rows: HashSet<Which>,
    /// The dimensions that have more.
    cut: HashSet<Option<Dimension>>,
}

impl First {
    /// What stands in several rows counts once.
    fn of(rows: impl Iterator<Item = Which>, top: usize) -> Self {
        let mut first = Self::default();
        let mut taken: HashMap<Option<Dimension>, usize> = HashMap::new();
        for row in rows {
            let taken = taken.entry(row.0).or_default();
            if first.rows.contains(&row) {
                continue;
            }
            if *taken < top {
                *taken += 1;
                first.rows.insert(row);
            } else {
                first.cut.insert(row.0);
            }
        }
        first
    }

    fn has(&self, dimension: Option<Dimension>, value: Option<&RowValue>) -> bool {
        !self.cut.contains(&dimension) || self.rows.contains(&(dimension, value.cloned()))
    }
}

impl Body {
    /// What its rows are of, in their order.
    fn rows(&self) -> Vec<Which> {
        let which = |dimension, value: &RowValue| (Some(dimension), Some(value.clone()));
        match self {
            Self::Rows(rows) => {
                let rows = rows.rows.iter();
                rows.map(|row| which(row.name.dimension, &row.name.value))
                    .collect()
            }
            Self::Time(spent) => {
                let rows = spent.rows.iter();
                rows.map(|row| (row.dimension, row.value.clone())).collect()
            }
            Self::Recurring(recurring) => {
                let rows = recurring.rows.iter();
                rows.map(|row| which(row.dimension, &row.value)).collect()
            }
            Self::Satisfaction(ratings) => {
                let rows = ratings.rows.iter();
                rows.map(|row| which(Dimension::Technician, &row.technician))
                    .collect()
            }
            Self::Table(table) => {
                let rows = table.rows.iter();
                rows.map(|row| which(row.name.dimension, &row.name.value))
                    .collect()
            }
            // Of the backlog, only the oldest are named from the beginning.
            Self::Summary(_) | Self::Flow(_) | Self::Backlog(_) => Vec::new(),
        }
    }

    fn keep(&mut self, kept: &First) {
        let is_kept = |dimension, value: &RowValue| kept.has(Some(dimension), Some(value));
        match self {
            Self::Rows(rows) => {
                rows.rows
                    .retain(|row| is_kept(row.name.dimension, &row.name.value));
            }
            Self::Time(spent) => {
                spent
                    .rows
                    .retain(|row| kept.has(row.dimension, row.value.as_ref()));
            }
            Self::Recurring(recurring) => {
                recurring
                    .rows
                    .retain(|row| is_kept(row.dimension, &row.value));
            }
            Self::Satisfaction(ratings) => {
                ratings
                    .rows
                    .retain(|row| is_kept(Dimension::Technician, &row.technician));
            }
            Self::Table(table) => {
                table
                    .rows
                    .retain(|row| is_kept(row.name.dimension, &row.name.value));
            }
            Self::Summary(_) | Self::Flow(_) | Self::Backlog(_) => {}
        }
    }
}
