//! A report while it is counted: ticket after ticket, so that only figures are kept and no tickets.

use super::backlog::{Standing, Waiting};
use super::cut::Cut;
use super::recurring::Returns;
use super::rows::ByRow;
use super::satisfaction::Rated;
use super::summary::Whole;
use super::table::Cells;
use super::time::Clocks;
use super::{Body, Facts, Head, Kind, Quiet, Report, Scope, Stretch};

/// One kind of report while it is counted, in each step of a period.
pub(super) trait Counting: Send {
    /// Takes a ticket in.
    fn ticket(&mut self, ticket: &Facts);

    /// Takes in tickets that stood still, when all that moved are in.
    fn quiet(&mut self, _: Quiet) {}

    /// Takes in one that stood still.
    fn standing(&mut self, _: Standing<'_>) {}

    /// Names one of those that stood still, if it is one of the oldest.
    fn named(&mut self, _: &Facts) {}

    /// What is said of each step.
    fn finish(self: Box<Self>) -> Vec<Body>;
}

/// A report while it is counted.
pub struct Count {
    head: Head,
    whole: Box<dyn Counting>,
    /// The steps, and their counts: in the same pass over the tickets.
    series: Option<(Cut, Box<dyn Counting>)>,
}

impl Count {
    /// Begins a report. The facts must be taken as of `scope.as_of`.
    pub fn new(kind: Kind, scope: &Scope) -> Self {
        let head = Head::of(kind, scope);
        let series = head.by.map(|unit| {
            let cut = Cut::by(unit, scope.period, scope.as_of);
            (cut.clone(), counting(kind, cut, scope))
        });
        Self {
            head,
            whole: counting(kind, Cut::whole(scope.period), scope),
            series,
        }
    }

    /// Takes a ticket in.
    pub fn ticket(&mut self, ticket: &Facts) {
        self.whole.ticket(ticket);
        if let Some((_, steps)) = &mut self.series {
            steps.ticket(ticket);
        }
    }

    /// Takes in tickets that stood still, of which it is enough to know how many they are, when all that
    /// moved are in.
    pub(crate) fn quiet(&mut self, quiet: Quiet) {
        if let Some((_, steps)) = &mut self.series {
            steps.quiet(quiet.clone());
        }
        self.whole.quiet(quiet);
    }

    /// Takes in a ticket that stood still, of which it is enough to know how.
    pub(crate) fn standing(&mut self, ticket: Standing<'_>) {
        self.whole.standing(ticket);
        if let Some((_, steps)) = &mut self.series {
            steps.standing(ticket);
        }
    }

    /// Names a ticket that stood still and was taken in already.
    pub(crate) fn named(&mut self, ticket: &Facts) {
        self.whole.named(ticket);
        if let Some((_, steps)) = &mut self.series {
            steps.named(ticket);
        }
    }

    /// The report of all that was taken in.
    pub fn finish(self) -> Report {
        let series = self.series.map(|(cut, counting)| {
            let bodies = counting.finish().into_iter().zip(cut.steps());
            let stretch = bodies.map(|(body, step)| Stretch {
                since: step.since,
                until: step.until,
                body,
            });
            stretch.collect()
        });
        let mut whole = self.whole.finish();
        Report {
            head: self.head,
            // A period that is not cut has one step.
            body: whole.swap_remove(0),
            series,
            previous: None,
        }
    }
}

fn counting(kind: Kind, cut: Cut, scope: &Scope) -> Box<dyn Counting> {
    match kind {
        Kind::Summary => Box::new(Whole::summary(cut, scope)),
        Kind::Flow => Box::new(Whole::flow(cut, scope)),
        Kind::Rows(dimension) => Box::new(ByRow::new(dimension, cut, scope)),
        Kind::Backlog => Box::new(Waiting::new(cut, scope)),
        Kind::Time => Box::new(Clocks::new(cut, scope)),
        Kind::Recurring => Box::new(Returns::new(cut, scope)),
        Kind::Satisfaction => Box::new(Rated::new(cut, scope)),
        Kind::Table(table) => Box::new(Cells::new(table, cut, scope)),
    }
}
