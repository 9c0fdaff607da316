//! `report satisfaction`: what requesters thought of it, and of whose work.

use std::cmp::Reverse;

use serde::Serialize;

use super::book::{Book, Place, Split, Tallies, of_all};
use super::count::Counting;
use super::cut::Cut;
use super::dimension::{Dimension, RowValue};
use super::metrics::{Satisfaction, Stars};
use super::tally::Tally;
use super::{Body, Facts, Scope};

/// The ratings of the tickets last solved in the period.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Ratings {
    /// Of all tickets.
    #[serde(flatten)]
    pub figures: RatingFigures,
    /// Technician by technician, those with the most ratings first, then by name: whoever solved
    /// anything, or was rated.
    pub rows: Vec<RatingRow>,
}

/// The ratings of one technician's work; a ticket's is credited to its last solve.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RatingRow {
    /// Who.
    pub technician: RowValue,
    /// Of the tickets that they solved.
    #[serde(flatten)]
    pub figures: RatingFigures,
}

/// What ratings come to.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct RatingFigures {
    /// How many were rated, and how many of them well.
    pub satisfaction: Satisfaction,
    /// The mean number of stars of those that were rated.
    pub mean_stars: Option<f64>,
    /// How many got how many stars.
    pub stars: Stars,
}

impl RatingFigures {
    fn of(tally: Tally) -> Self {
        let done = tally.finish();
        Self {
            satisfaction: done.satisfaction,
            mean_stars: done.stars.mean(),
            stars: done.stars,
        }
    }
}

/// Counts ratings, of all tickets and by technician: a ticket that two solved is one of each, and one
/// of all.
pub(super) struct Rated {
    all: Book,
    technicians: Book,
}

impl Rated {
    pub(super) fn new(cut: Cut, scope: &Scope) -> Self {
        let by_technician = Split::by(Dimension::Technician);
        Self {
            all: Book::new(Split::default(), cut.clone(), scope),
            technicians: Book::new(by_technician, cut, scope),
        }
    }
}

impl Counting for Rated {
    fn ticket(&mut self, ticket: &Facts) {
        self.all.ticket(ticket);
        self.technicians.ticket(ticket);
    }

    fn finish(self: Box<Self>) -> Vec<Body> {
        let steps = self.all.finish().into_iter().zip(self.technicians.finish());
        steps
            .map(|(all, technicians)| {
                Body::Satisfaction(Ratings {
                    figures: RatingFigures::of(of_all(all)),
                    rows: rows(technicians),
                })
            })
            .collect()
    }
}

fn rows(technicians: Tallies) -> Vec<RatingRow> {
    let row = |((technician, _), tally): (Place, Tally)| RatingRow {
        technician: technician.into(),
        figures: RatingFigures::of(tally),
    };
    let mut rows: Vec<RatingRow> = technicians.into_iter().map(row).collect();
    rows.retain(|row| row.figures.satisfaction.of > 0 || row.figures.satisfaction.rated > 0);
    rows.sort_unstable_by(|a, b| {
        let rated = |row: &RatingRow| Reverse(row.figures.satisfaction.rated);
        rated(a)
            .cmp(&rated(b))
            .then_with(|| a.technician.cmp(&b.technician))
    });
    rows
}
