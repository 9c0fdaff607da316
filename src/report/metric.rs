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

/// Its name, over what it adds up, what it needs, and how it is read.
type Entry = (&'static str, Adds, Needs, fn(&RowFigures) -> Option<Figure>);

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

/// What rows must have, so that a metric has a value in them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Needs {
    /// Nothing in particular.
    Nothing,
    /// Tickets are opened in them: a technician opens none.
    Openings,
    /// A ticket stays in one of them all its life, so that there is a flow.
    OnePlace,
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
use Needs::{Nothing, OnePlace, Openings};

/// All of them, in the order in which they stand in a row.
#[rustfmt::skip]
static METRICS: [Entry; 51] = [
    ("opened", Events, Openings, |r| r.opened.map(Count)),
    ("solved", Events, Nothing, |r| Some(Count(r.solved))),
    ("solved_tickets", Tickets, Nothing, |r| Some(Count(r.solved_tickets))),
    ("backlog_end", Standing, Nothing, |r| Some(Count(r.backlog_end))),
    ("time_to_resolve.n", Events, Nothing, |r| Some(Count(r.time_to_resolve.n))),
    ("time_to_resolve.p50", Never, Nothing, |r| r.time_to_resolve.p50.map(Seconds)),
    ("time_to_resolve.p90", Never, Nothing, |r| r.time_to_resolve.p90.map(Seconds)),
    ("time_to_resolve.p99", Never, Nothing, |r| r.time_to_resolve.p99.map(Seconds)),
    ("time_to_resolve.mean", Never, Nothing, |r| r.time_to_resolve.mean.map(Number)),
    ("full_time_to_resolve.n", Standing, Nothing, |r| Some(Count(r.full_time_to_resolve.n))),
    ("full_time_to_resolve.p50", Never, Nothing, |r| r.full_time_to_resolve.p50.map(Seconds)),
    ("full_time_to_resolve.p90", Never, Nothing, |r| r.full_time_to_resolve.p90.map(Seconds)),
    ("full_time_to_resolve.p99", Never, Nothing, |r| r.full_time_to_resolve.p99.map(Seconds)),
    ("full_time_to_resolve.mean", Never, Nothing, |r| r.full_time_to_resolve.mean.map(Number)),
    ("first_response.n", Events, Openings, |r| r.first_response.map(|f| Count(f.n))),
    ("first_response.none", Events, Openings, |r| r.first_response.map(|f| Count(f.none))),
    ("first_response.live", Events, Openings, |r| r.first_response.map(|f| Count(f.live))),
    ("first_response.p50", Never, Openings, |r| r.first_response?.p50.map(Seconds)),
    ("first_response.p90", Never, Openings, |r| r.first_response?.p90.map(Seconds)),
    ("first_response.p99", Never, Openings, |r| r.first_response?.p99.map(Seconds)),
    ("first_response.mean", Never, Openings, |r| r.first_response?.mean.map(Number)),
    ("reopened.tickets", Tickets, Nothing, |r| Some(Count(r.reopened.tickets))),
    ("reopened.events", Events, Nothing, |r| Some(Count(r.reopened.events))),
    ("reopened.rate", Never, Nothing, |r| r.reopened.rate.map(Number)),
    ("escalated.tickets", Tickets, Nothing, |r| Some(Count(r.escalated.tickets))),
    ("escalated.events", Events, Nothing, |r| Some(Count(r.escalated.events))),
    ("escalated.rate", Never, Openings, |r| r.escalated.rate.map(Number)),
    ("reassigned.tickets", Tickets, Nothing, |r| Some(Count(r.reassigned.tickets))),
    ("reassigned.of", Tickets, Nothing, |r| Some(Count(r.reassigned.of))),
    ("reassigned.rate", Never, Nothing, |r| r.reassigned.rate.map(Number)),
    ("first_contact_resolution.tickets", Tickets, Nothing, |r| Some(Count(r.first_contact_resolution.tickets))),
    ("first_contact_resolution.of", Tickets, Nothing, |r| Some(Count(r.first_contact_resolution.of))),
    ("first_contact_resolution.rate", Never, Nothing, |r| r.first_contact_resolution.rate.map(Number)),
    ("one_touch_resolution.tickets", Tickets, Nothing, |r| Some(Count(r.one_touch_resolution.tickets))),
    ("one_touch_resolution.of", Tickets, Nothing, |r| Some(Count(r.one_touch_resolution.of))),
    ("one_touch_resolution.rate", Never, Nothing, |r| r.one_touch_resolution.rate.map(Number)),
    ("first_tier_resolution.tickets", Tickets, Nothing, |r| Some(Count(r.first_tier_resolution.tickets))),
    ("first_tier_resolution.of", Tickets, Nothing, |r| Some(Count(r.first_tier_resolution.of))),
    ("first_tier_resolution.rate", Never, Nothing, |r| r.first_tier_resolution.rate.map(Number)),
    ("satisfaction.rated", Events, Nothing, |r| Some(Count(r.satisfaction.rated))),
    ("satisfaction.good", Events, Nothing, |r| Some(Count(r.satisfaction.good))),
    ("satisfaction.of", Tickets, Nothing, |r| Some(Count(r.satisfaction.of))),
    ("satisfaction.good_rate", Never, Nothing, |r| r.satisfaction.good_rate.map(Number)),
    ("satisfaction.rated_rate", Never, Nothing, |r| r.satisfaction.rated_rate.map(Number)),
    ("flow.backlog_start", Standing, OnePlace, |r| r.flow.map(|f| Count(f.backlog_start))),
    ("flow.opened", Events, OnePlace, |r| r.flow.map(|f| Count(f.opened))),
    ("flow.reopened", Events, OnePlace, |r| r.flow.map(|f| Count(f.reopened))),
    ("flow.solved", Events, OnePlace, |r| r.flow.map(|f| Count(f.solved))),
    ("flow.backlog_end", Standing, OnePlace, |r| r.flow.map(|f| Count(f.backlog_end))),
    ("flow.merged", Events, OnePlace, |r| r.flow.map(|f| Count(f.merged))),
    ("flow.voided", Events, OnePlace, |r| r.flow.map(|f| Count(f.voided))),
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
        (self.0.3)(row)
    }

    /// The count of what a rate, a percentile or a mean is over; a count itself has none.
    pub fn over(self) -> Option<Self> {
        let (group, figure) = match self.0.1 {
            Never => self.as_str().split_once('.')?,
            Events | Standing | Tickets => return None,
        };
        let over = match (group, figure) {
            ("reopened", _) => "solved_tickets",
            ("escalated", _) => "opened",
            ("satisfaction", "good_rate") => "satisfaction.rated",
            ("satisfaction", _) => "satisfaction.of",
            (group, "rate") => return Self::within(group, "of"),
            (group, _) => return Self::within(group, "n"),
        };
        Self::all().find(|metric| metric.as_str() == over)
    }

    /// The figure of this name in a group.
    fn within(group: &str, name: &str) -> Option<Self> {
        Self::all().find(|metric| metric.as_str().split_once('.') == Some((group, name)))
    }

    /// Whether its values along an axis add up to the value of them all.
    pub(super) fn adds_over(self, axis: Axis) -> bool {
        match (self.0.1, axis) {
            (Events, _) | (Standing, Axis::Of(_)) => true,
            (Tickets, Axis::Of(dimension)) => !dimension.moves(),
            (Standing | Tickets, Axis::Time) | (Never, _) => false,
        }
    }

    /// Whether it has a value in rows of this dimension.
    pub(super) fn has_value_by(self, dimension: Dimension) -> bool {
        match self.0.2 {
            Nothing => true,
            Openings => dimension != Dimension::Technician,
            OnePlace => !dimension.moves(),
        }
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
    use crate::report::book::Split;
    use crate::report::tally::Tally;

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
    fn a_metric_has_a_value_where_a_row_has() {
        let opened = |by| {
            let (split, mut tally) = (Split::by(by), Tally::default());
            tally.counts().flow.opened = u64::from(split.has_openings());
            RowFigures::of(split, tally)
        };
        for by in Dimension::ALL {
            for metric in Metric::all().filter(|metric| metric.0.2 != Nothing) {
                // A percentile has none of nothing, wherever.
                let has = metric.of(&opened(by)).is_some();
                let group = metric.as_str().split('.').next().unwrap_or_default();
                let is_duration = group == "first_response" && metric.0.1 == Never;
                assert!(
                    is_duration || has == metric.has_value_by(by),
                    "{metric} by {by}"
                );
            }
        }
    }

    #[test]
    fn what_does_not_add_up_is_over_a_count() {
        for metric in Metric::all() {
            let over = metric.over().map(Metric::as_str);
            assert_eq!(over.is_some(), metric.0.1 == Never, "{metric}");
        }
        let table = [
            ("time_to_resolve.p50", "time_to_resolve.n"),
            ("first_response.mean", "first_response.n"),
            ("reopened.rate", "solved_tickets"),
            ("escalated.rate", "opened"),
            ("reassigned.rate", "reassigned.of"),
            ("satisfaction.good_rate", "satisfaction.rated"),
            ("satisfaction.rated_rate", "satisfaction.of"),
        ];
        for (metric, expected) in table {
            let over = metric.parse::<Metric>().unwrap().over().unwrap();
            assert_eq!(over.as_str(), expected);
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
