//! The figures of a row, each under its name: what can be asked for by name, and over what its values add
//! up.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use serde::{Serialize, Serializer};

use super::{Dimension, RowFigures};
use crate::error::{Error, Result, did_you_mean};

/// One of the figures of a row. Its name is its path in the JSON of the row.
#[derive(Clone, Copy)]
pub struct Metric(&'static Entry);

/// Its name, over what it adds up, and how it is read.
type Entry = (&'static str, Adds, fn(&RowFigures) -> Option<Figure>);

/// The value of a metric.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Figure {
    /// How many.
    Count(u64),
    /// How long.
    Seconds(i64),
    /// A rate, or a mean.
    Number(f64),
}

/// What can be added up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Adds {
    /// What happens once, at one instant and in one place: it adds up over everything.
    Events,
    /// How things stand at the end of a period: it adds up over places, and not over time.
    Standing,
    /// Different tickets: they add up where a ticket stays in one place.
    Tickets,
    /// Rates, percentiles and means.
    Never,
}

/// In which direction values lie beside each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Axis {
    /// One step of the period after the other.
    Time,
    /// One row of a dimension beside the other.
    Of(Dimension),
}

use Adds::{Events, Never, Standing, Tickets};
use Figure::{Count, Number, Seconds};

/// All of them, in the order in which they stand in a row.
#[rustfmt::skip]
static METRICS: [Entry; 51] = [
    ("opened", Events, |r| r.opened.map(Count)),
    ("solved", Events, |r| Some(Count(r.solved))),
    ("solved_tickets", Tickets, |r| Some(Count(r.solved_tickets))),
    ("backlog_end", Standing, |r| Some(Count(r.backlog_end))),
    ("time_to_resolve.n", Events, |r| Some(Count(r.time_to_resolve.n))),
    ("time_to_resolve.p50", Never, |r| r.time_to_resolve.p50.map(Seconds)),
    ("time_to_resolve.p90", Never, |r| r.time_to_resolve.p90.map(Seconds)),
    ("time_to_resolve.p99", Never, |r| r.time_to_resolve.p99.map(Seconds)),
    ("time_to_resolve.mean", Never, |r| r.time_to_resolve.mean.map(Number)),
    ("full_time_to_resolve.n", Standing, |r| Some(Count(r.full_time_to_resolve.n))),
    ("full_time_to_resolve.p50", Never, |r| r.full_time_to_resolve.p50.map(Seconds)),
    ("full_time_to_resolve.p90", Never, |r| r.full_time_to_resolve.p90.map(Seconds)),
    ("full_time_to_resolve.p99", Never, |r| r.full_time_to_resolve.p99.map(Seconds)),
    ("full_time_to_resolve.mean", Never, |r| r.full_time_to_resolve.mean.map(Number)),
    ("first_response.n", Events, |r| r.first_response.map(|f| Count(f.n))),
    ("first_response.none", Events, |r| r.first_response.map(|f| Count(f.none))),
    ("first_response.live", Events, |r| r.first_response.map(|f| Count(f.live))),
    ("first_response.p50", Never, |r| r.first_response?.p50.map(Seconds)),
    ("first_response.p90", Never, |r| r.first_response?.p90.map(Seconds)),
    ("first_response.p99", Never, |r| r.first_response?.p99.map(Seconds)),
    ("first_response.mean", Never, |r| r.first_response?.mean.map(Number)),
    ("reopened.tickets", Tickets, |r| Some(Count(r.reopened.tickets))),
    ("reopened.events", Events, |r| Some(Count(r.reopened.events))),
    ("reopened.rate", Never, |r| r.reopened.rate.map(Number)),
    ("escalated.tickets", Tickets, |r| Some(Count(r.escalated.tickets))),
    ("escalated.events", Events, |r| Some(Count(r.escalated.events))),
    ("escalated.rate", Never, |r| r.escalated.rate.map(Number)),
    ("reassigned.tickets", Tickets, |r| Some(Count(r.reassigned.tickets))),
    ("reassigned.of", Tickets, |r| Some(Count(r.reassigned.of))),
    ("reassigned.rate", Never, |r| r.reassigned.rate.map(Number)),
    ("first_contact_resolution.tickets", Tickets, |r| Some(Count(r.first_contact_resolution.tickets))),
    ("first_contact_resolution.of", Tickets, |r| Some(Count(r.first_contact_resolution.of))),
    ("first_contact_resolution.rate", Never, |r| r.first_contact_resolution.rate.map(Number)),
    ("one_touch_resolution.tickets", Tickets, |r| Some(Count(r.one_touch_resolution.tickets))),
    ("one_touch_resolution.of", Tickets, |r| Some(Count(r.one_touch_resolution.of))),
    ("one_touch_resolution.rate", Never, |r| r.one_touch_resolution.rate.map(Number)),
    ("first_tier_resolution.tickets", Tickets, |r| Some(Count(r.first_tier_resolution.tickets))),
    ("first_tier_resolution.of", Tickets, |r| Some(Count(r.first_tier_resolution.of))),
    ("first_tier_resolution.rate", Never, |r| r.first_tier_resolution.rate.map(Number)),
    ("satisfaction.rated", Events, |r| Some(Count(r.satisfaction.rated))),
    ("satisfaction.good", Events, |r| Some(Count(r.satisfaction.good))),
    ("satisfaction.of", Tickets, |r| Some(Count(r.satisfaction.of))),
    ("satisfaction.good_rate", Never, |r| r.satisfaction.good_rate.map(Number)),
    ("satisfaction.rated_rate", Never, |r| r.satisfaction.rated_rate.map(Number)),
    ("flow.backlog_start", Standing, |r| r.flow.map(|f| Count(f.backlog_start))),
    ("flow.opened", Events, |r| r.flow.map(|f| Count(f.opened))),
    ("flow.reopened", Events, |r| r.flow.map(|f| Count(f.reopened))),
    ("flow.solved", Events, |r| r.flow.map(|f| Count(f.solved))),
    ("flow.backlog_end", Standing, |r| r.flow.map(|f| Count(f.backlog_end))),
    ("flow.merged", Events, |r| r.flow.map(|f| Count(f.merged))),
    ("flow.voided", Events, |r| r.flow.map(|f| Count(f.voided))),
];

impl Metric {
    /// All of them, in the order in which they stand in a row.
    pub fn all() -> impl Iterator<Item = Self> {
        METRICS.iter().map(Self)
    }

    /// How many crossings from active to solved there were.
    pub(super) const SOLVED: Self = Self(&METRICS[1]);

    /// The name on the command line: its path in the JSON of a row.
    pub fn as_str(self) -> &'static str {
        self.0.0
    }

    /// Its value in a row; `None` where it has none.
    pub fn of(self, row: &RowFigures) -> Option<Figure> {
        (self.0.2)(row)
    }

    /// Whether its values along an axis add up to the value of them all.
    pub(super) fn adds_over(self, axis: Axis) -> bool {
        match (self.0.1, axis) {
            (Events, _) | (Standing, Axis::Of(_)) => true,
            (Tickets, Axis::Of(dimension)) => !dimension.moves(),
            (Standing | Tickets, Axis::Time) | (Never, _) => false,
        }
    }

    /// Whether it has a value in rows of this dimension: who moves from row to row has no flow, and a
    /// technician opens nothing.
    pub(super) fn has_value_by(self, dimension: Dimension) -> bool {
        let needs_openings = self.as_str() == "opened"
            || self.as_str() == "escalated.rate"
            || self.as_str().starts_with("first_response.");
        let needs_flow = self.as_str().starts_with("flow.");
        !(needs_openings && dimension == Dimension::Technician || needs_flow && dimension.moves())
    }
}

impl PartialEq for Metric {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Metric {}

impl Hash for Metric {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl fmt::Debug for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Metric").field(&self.as_str()).finish()
    }
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for Metric {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl FromStr for Metric {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        if let Some(metric) = Self::all().find(|metric| metric.as_str() == text) {
            return Ok(metric);
        }
        let error = Error::usage(format!("there is no metric `{text}`"));
        let parts = Self::all().map(Self::as_str);
        let parts = parts.filter(|name| {
            name.strip_prefix(text)
                .is_some_and(|rest| rest.starts_with('.'))
        });
        let parts: Vec<_> = parts.collect();
        if !parts.is_empty() {
            return Err(error.with_hint(format!("say which of it: {}", parts.join(", "))));
        }
        Err(match did_you_mean(text, Self::all().map(Self::as_str)) {
            Some(near) => error.with_hint(format!("did you mean `{near}`?")),
            None => error.with_hint("such as opened, solved, backlog_end or time_to_resolve.p50"),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::report::tally::{Split, Tally};

    /// The paths of all that is no object.
    fn paths(prefix: &str, of: &Value) -> Vec<String> {
        let Value::Object(fields) = of else {
            return vec![prefix.to_owned()];
        };
        let dot = if prefix.is_empty() { "" } else { "." };
        let inner = fields
            .iter()
            .map(|(key, value)| paths(&format!("{prefix}{dot}{key}"), value));
        inner.flatten().collect()
    }

    #[test]
    fn metrics_are_the_paths_of_a_row_and_read_what_stands_there() {
        let row = RowFigures::of(Split::default(), Tally::default());
        let json = serde_json::to_value(&row).unwrap();
        let names: Vec<_> = Metric::all().map(Metric::as_str).collect();
        assert_eq!(names, paths("", &json));
        for metric in Metric::all() {
            let pointer = format!("/{}", metric.as_str().replace('.', "/"));
            let read = serde_json::to_value(metric.of(&row)).unwrap();
            assert_eq!(Some(&read), json.pointer(&pointer), "{metric}");
            assert_eq!(metric.as_str().parse::<Metric>().unwrap(), metric);
        }
    }

    #[test]
    fn a_metric_that_is_none_is_told_with_what_was_meant() {
        let hint = |text: &str| {
            text.parse::<Metric>()
                .unwrap_err()
                .hint()
                .unwrap()
                .to_owned()
        };
        assert_eq!(hint("solvd"), "did you mean `solved`?");
        assert_eq!(
            hint("reopened"),
            "say which of it: reopened.tickets, reopened.events, reopened.rate"
        );
        assert!(hint("xyz").starts_with("such as opened"));
    }
}
