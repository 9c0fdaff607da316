//! What each figure means, in words: the one place where people are told.
//!
//! A name is the figure's path in the JSON of a report, with or without the rows, steps and lists that it
//! stands in.
//! What counts stands in the private modules `book` and `tally`, and the words here follow them: those of
//! what stands around the figures in `frame`, of what the summary and each row have in `row`, and of what
//! single reports have of their own in `own`.

mod frame;
mod own;
mod row;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::error::{Error, Result, did_you_mean};

/// A figure, or a group of figures, in words.
struct Definition {
    /// The name of the figure or the group.
    name: &'static str,
    /// What it is, with [`MINUTES`] for what desk.toml says.
    text: &'static str,
    /// The figures of a group, each with what it is; none of a figure that stands alone.
    parts: &'static [(&'static str, &'static str)],
}

/// What stands in a text for the minutes of a first contact.
const MINUTES: &str = "{minutes}";

/// What was asked for, and what is said of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explained {
    /// The name that was asked for.
    pub metric: String,
    /// What is said of it, or of the group that it is in.
    pub text: String,
    /// The figures of the group; of a single one, that one.
    pub parts: Vec<(&'static str, &'static str)>,
}

impl Serialize for Explained {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("metric", &self.metric)?;
        map.serialize_entry("definition", &self.text)?;
        if !self.parts.is_empty() {
            let parts: serde_json::Map<_, _> = self
                .parts
                .iter()
                .map(|(name, text)| ((*name).to_owned(), (*text).into()))
                .collect();
            map.serialize_entry("parts", &parts)?;
        }
        map.end()
    }
}

/// In the order in which people come upon them.
fn all() -> impl Iterator<Item = &'static Definition> {
    let all = [frame::HEAD, row::DEFINITIONS, own::DEFINITIONS, frame::ROWS];
    all.into_iter().flatten()
}

/// What holds figures of any kind, each of which is told under its own name.
const AROUND: [&str; 4] = ["rows", "series", "previous", "columns"];

/// Every name that has a definition, groups before the figures in them.
pub fn names() -> impl Iterator<Item = String> {
    all().flat_map(|definition| {
        let Definition { name, parts, .. } = definition;
        let parts = parts.iter().map(|(part, _)| *part);
        let parts = parts.chain(own::listed(name).iter().copied());
        let parts = parts.map(move |part| format!("{name}.{part}"));
        std::iter::once((*name).to_owned()).chain(parts)
    })
}

/// What a figure or a group of figures is, where a first contact has so many minutes (see
/// [`super::Scope::first_contact_minutes`]); `None` if there is no such name.
pub fn definition(name: &str, first_contact_minutes: u32) -> Option<Explained> {
    let found = all().find(|definition| definition.name == name)?;
    let minutes = match first_contact_minutes {
        1 => "1 minute".to_owned(),
        minutes => format!("{minutes} minutes"),
    };
    Some(Explained {
        metric: name.to_owned(),
        text: found.text.replace(MINUTES, &minutes),
        parts: found.parts.to_vec(),
    })
}

/// What is said of a figure, or of a group of figures, where a first contact has so many minutes.
///
/// # Errors
/// [`Error::Usage`] when nothing is called so, with what may have been meant.
pub fn explained(metric: &str, first_contact_minutes: u32) -> Result<Explained> {
    let told = |name: &str| definition(name, first_contact_minutes);
    let metric = metric.to_owned();
    if let Some(found) = told(&metric) {
        return Ok(found);
    }
    if let Some((group, part)) = metric.rsplit_once('.')
        && let Some(found) = told(group)
        && let Some(part) = found.parts.iter().find(|(name, _)| *name == part)
    {
        let parts = vec![*part];
        return Ok(Explained {
            metric,
            parts,
            ..found
        });
    }
    if let Some((around, inner)) = metric.split_once('.')
        && (AROUND.contains(&around) || is_listed(around, inner))
        && let Ok(found) = explained(inner, first_contact_minutes)
    {
        return Ok(Explained { metric, ..found });
    }
    let known: Vec<String> = names().collect();
    let error = Error::usage(format!("there is no metric `{metric}`"));
    let near = did_you_mean(&metric, known.iter().map(String::as_str));
    Err(error.with_hint(match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => "a metric is a path in a report's JSON, such as flow.solved or \
                 time_to_resolve.p50"
            .to_owned(),
    }))
}

/// Whether the items of a list have a figure, or a group that it is in.
fn is_listed(list: &str, figure: &str) -> bool {
    let first = figure.split('.').next().unwrap_or(figure);
    own::listed(list).contains(&first)
}

const fn alone(name: &'static str, text: &'static str) -> Definition {
    Definition {
        name,
        text,
        parts: &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Metric;

    fn explained(metric: &str) -> Result<Explained> {
        super::explained(metric, 60)
    }

    #[test]
    fn every_metric_is_defined_once() {
        for metric in Metric::all() {
            assert!(explained(metric.as_str()).is_ok(), "{metric}");
        }
        let mut found: Vec<String> = names().collect();
        let count = found.len();
        found.sort();
        found.dedup();
        assert_eq!(found.len(), count);
        for definition in all() {
            assert!(definition.text.ends_with('.'), "{}", definition.name);
            assert!(!definition.text.contains("  "), "{}", definition.name);
        }
    }

    #[test]
    fn what_has_no_definition_is_told_with_what_was_meant() {
        let hint = |name: &str| explained(name).unwrap_err().hint().unwrap().to_owned();
        assert_eq!(
            hint("time_to_resolve.p5"),
            "did you mean `time_to_resolve.p50`?"
        );
        assert_eq!(hint("solvd"), "did you mean `solved`?");
        assert!(hint("xyzzy").starts_with("a metric is a path"));
        // Not everything goes with everything.
        for name in ["solved.p50", "oldest.load", "aging.total", "rows.solvd"] {
            assert!(explained(name).is_err(), "{name}");
        }
        let told = |name: &str| explained(name).unwrap();
        assert_eq!(told("workload.rate").text, told("rate").text);
        assert_eq!(told("series.by_tier.aging.over_30_days").parts.len(), 1);
        let median = explained("time_to_resolve.p50").unwrap();
        assert_eq!(median.parts, [row::P50]);
        assert!(median.text.starts_with("From opening to first solve"));
    }
}
