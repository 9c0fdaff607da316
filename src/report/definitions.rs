//! What each figure means, in words: the one place where people are told.
//!
//! A name is the figure's path in the JSON of a report, without the rows or steps that it stands in.
//! What counts stands in the private module `tally`, and the words here follow it.

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::error::{Error, Result, did_you_mean};

/// A figure, or a group of figures, in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Definition {
    /// The name of the figure or the group.
    pub name: &'static str,
    /// What it is.
    pub text: &'static str,
    /// The figures of a group, each with what it is; none of a figure that stands alone.
    pub parts: &'static [(&'static str, &'static str)],
}

/// What was asked for, and what is said of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explained {
    /// The name that was asked for.
    pub metric: String,
    /// What is said of it, or of the group that it is in.
    pub text: &'static str,
    /// The figures of the group; of a single one, that one.
    pub parts: Vec<(&'static str, &'static str)>,
}

impl Serialize for Explained {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("metric", &self.metric)?;
        map.serialize_entry("definition", self.text)?;
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

/// Every name that has a definition, groups before the figures in them.
pub fn names() -> impl Iterator<Item = String> {
    DEFINITIONS.iter().flat_map(|definition| {
        let Definition { name, parts, .. } = definition;
        let parts = parts.iter().map(move |(part, _)| format!("{name}.{part}"));
        std::iter::once((*name).to_owned()).chain(parts)
    })
}

/// What a figure or a group of figures is; `None` if there is no such name.
pub fn definition(name: &str) -> Option<&'static Definition> {
    DEFINITIONS
        .iter()
        .find(|definition| definition.name == name)
}

/// What is said of a figure, or of a group of figures.
///
/// # Errors
/// [`Error::Usage`] when nothing is called so, with what may have been meant.
pub fn explained(metric: &str) -> Result<Explained> {
    let told = |definition: &Definition, parts: &[(&'static str, &'static str)]| Explained {
        metric: metric.to_owned(),
        text: definition.text,
        parts: parts.to_vec(),
    };
    if let Some(found) = definition(metric) {
        return Ok(told(found, found.parts));
    }
    if let Some((group, part)) = metric.rsplit_once('.')
        && let Some(found) = definition(group)
        && let Some(part) = found.parts.iter().find(|(name, _)| *name == part)
    {
        return Ok(told(found, &[*part]));
    }
    let known: Vec<String> = names().collect();
    let error = Error::usage(format!("there is no metric `{metric}`"));
    let near = did_you_mean(metric, known.iter().map(String::as_str));
    Err(error.with_hint(match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => "a metric is a path in a report's JSON, such as flow.solved or \
                 time_to_resolve.p50"
            .to_owned(),
    }))
}

const N: (&str, &str) = ("n", "How many tickets it is over.");
const P50: (&str, &str) = (
    "p50",
    "The median in seconds, by nearest rank: the value at ceil(0.5 n), counted from 1.",
);
const P90: (&str, &str) = (
    "p90",
    "Nine of ten took no longer, in seconds: the value at ceil(0.9 n), counted from 1.",
);
const P99: (&str, &str) = (
    "p99",
    "99 of 100 took no longer, in seconds: the value at ceil(0.99 n), counted from 1.",
);
const MEAN: (&str, &str) = ("mean", "The mean in seconds, to three decimals.");

const DURATIONS: &[(&str, &str)] = &[N, P50, P90, P99, MEAN];

const OF_SOLVED: &[(&str, &str)] = &[
    ("tickets", "How many tickets."),
    (
        "of",
        "Of how many: the distinct tickets solved in the period.",
    ),
    ("rate", "`tickets` over `of`."),
];

const AGES: &[(&str, &str)] = &[
    ("under_1_day", "Opened less than 24 hours before."),
    (
        "days_1_to_3",
        "Opened from 1 day to less than 3 days before.",
    ),
    (
        "days_3_to_7",
        "Opened from 3 days to less than 7 days before.",
    ),
    (
        "days_7_to_14",
        "Opened from 7 days to less than 14 days before.",
    ),
    (
        "days_14_to_30",
        "Opened from 14 days to less than 30 days before.",
    ),
    ("over_30_days", "Opened 30 days before, or longer."),
];

const fn alone(name: &'static str, text: &'static str) -> Definition {
    Definition {
        name,
        text,
        parts: &[],
    }
}

/// In the order in which people come upon them.
const DEFINITIONS: &[Definition] = &[
    // What every report says first.
    alone("desk_report", "The version of the JSON."),
    alone("report", "Which report it is."),
    alone("since", "The first instant of the period, or of the step."),
    alone(
        "until",
        "The first instant after the period, or after the step.",
    ),
    alone(
        "zone",
        "The zone whose midnights the bounds of periods and steps are.",
    ),
    alone(
        "as_of",
        "The instant before which the report knows what happened: the one that was asked for, or \
         else the earlier of the period's end and now. What happened then or later changes nothing, \
         so that the same report of the past is the same bytes forever, unless somebody back-dates \
         an event into it.",
    ),
    alone(
        "query",
        "The query that chose the tickets, as each was just before `as_of`; empty for all. What is \
         relative in it, such as `age:>7d`, counts from `as_of` too.",
    ),
    alone("by", "Into which steps the period is cut."),
    alone(
        "compare",
        "With which earlier time it is compared: `previous` is the period just before, as many whole \
         months or days if it has such, and `year` the same dates a year earlier.",
    ),
    alone("top", "How many rows were asked for."),
    alone(
        "series",
        "The same figures in each step. Steps begin at midnight of the zone, weeks on Monday; the \
         first and the last one end where the period does. There is none of the time to come. Each is \
         known as of the report's `as_of`, and not as of its own end: so a step can differ from a report \
         of that time alone in full_time_to_resolve, first_response, first_contact_resolution, \
         one_touch_resolution and satisfaction, in which tickets match the query, and in rows by what a \
         ticket is.",
    ),
    alone(
        "previous",
        "The same report of the time with which it is compared, known as far as this one is.",
    ),
    alone(
        "rows",
        "What happened, by who had the ticket at that time (technician, team, tier, status), or by \
         what the ticket is as of the report (all others).",
    ),
    // Flow.
    Definition {
        name: "flow",
        text: "Openings, and passages between active (new, open, pending) and solved (resolved, \
               closed), by whatever event: backlog_start + opened + reopened - solved = backlog_end. \
               Resolved and then closed is one passage. null where tickets move from row to row.",
        parts: &[
            (
                "backlog_start",
                "Active tickets at the start of the period; counted, not reckoned.",
            ),
            ("opened", "Tickets opened in the period."),
            (
                "reopened",
                "Passages from solved to active, unmerged tickets with them.",
            ),
            (
                "solved",
                "Passages from active to solved, merged and voided tickets with them.",
            ),
            (
                "backlog_end",
                "Active tickets at the end of the period; counted, not reckoned.",
            ),
            (
                "merged",
                "Of `solved`, the tickets taken over by another; in no other metric.",
            ),
            (
                "voided",
                "Of `solved`, the tickets whose opening was taken back; in no other metric.",
            ),
        ],
    },
    alone(
        "opened",
        "Tickets opened in the period; null for technicians, who open none. By team and tier, those \
         that had it right after the opening.",
    ),
    alone(
        "solved",
        "Passages from active to solved in the period, without merged and voided tickets. A ticket \
         that was reopened and solved again is solved twice. By technician, team and tier, those that \
         had it when it was solved.",
    ),
    alone("solved_tickets", "Distinct tickets solved in the period."),
    alone(
        "backlog_end",
        "Active tickets (new, open, pending) at the end of the period.",
    ),
    // Times.
    Definition {
        name: "time_to_resolve",
        text: "From opening to first solve, of tickets whose first solve lies in the period; calendar \
               time. Credited to who had it at the first solve.",
        parts: DURATIONS,
    },
    Definition {
        name: "full_time_to_resolve",
        text: "From opening to last solve, of tickets whose last solve lies in the period and that \
               are solved at its end; calendar time. Credited to who had it at the last solve.",
        parts: DURATIONS,
    },
    Definition {
        name: "first_response",
        text: "From opening to the first public note or solve by somebody other than the requester, \
               of tickets opened in the period.",
        parts: &[
            N,
            ("none", "How many have no response yet."),
            (
                "live",
                "How many were opened by phone, chat or walk-in by somebody other than the requester, \
                 and so answered at once; not in n.",
            ),
            P50,
            P90,
            P99,
            MEAN,
        ],
    },
    // Shares.
    Definition {
        name: "escalated",
        text: "Handed up in the period. Credited to who had it just before.",
        parts: &[
            ("tickets", "Distinct tickets."),
            (
                "events",
                "Escalations: a ticket can be escalated more than once.",
            ),
            ("rate", "`tickets` over the tickets opened in the period."),
        ],
    },
    Definition {
        name: "reopened",
        text: "Back from solved in the period, without unmerged tickets. Credited to who had solved \
               it.",
        parts: &[
            ("tickets", "Distinct tickets."),
            (
                "events",
                "Reopenings: a ticket can be reopened more than once.",
            ),
            (
                "rate",
                "`tickets` over the distinct tickets solved in the period; may be above 1.",
            ),
        ],
    },
    Definition {
        name: "reassigned",
        text: "Solved in the period, after two or more different technicians had had it.",
        parts: OF_SOLVED,
    },
    Definition {
        name: "first_contact_resolution",
        text: "Solved at tier 1 within 60 minutes of opening (or what desk.toml says), by at most one \
               technician, without a wait, an escalation or a message of the requester in between, and \
               not reopened before `as_of`.",
        parts: OF_SOLVED,
    },
    Definition {
        name: "one_touch_resolution",
        text: "Solved at tier 1 by at most one technician, never escalated nor reopened, however long \
               it took.",
        parts: OF_SOLVED,
    },
    Definition {
        name: "first_tier_resolution",
        text: "Solved at tier 1 without escalation.",
        parts: OF_SOLVED,
    },
    Definition {
        name: "satisfaction",
        text: "What requesters thought of it: a ticket's latest rating, credited to its last solve \
               and to who had it then, of tickets last solved in the period.",
        parts: &[
            ("rated", "How many tickets were rated."),
            ("good", "Of `rated`, how many have 4 or 5 stars."),
            ("of", "The distinct tickets solved in the period."),
            ("good_rate", "`good` over `rated`."),
            ("rated_rate", "`rated` over `of`."),
        ],
    },
    alone(
        "mean_stars",
        "The mean number of stars, over satisfaction.rated tickets, to three decimals.",
    ),
    Definition {
        name: "stars",
        text: "How many of the rated tickets have so many stars.",
        parts: &[
            ("five", "Five stars."),
            ("four", "Four stars."),
            ("three", "Three stars."),
            ("two", "Two stars."),
            ("one", "One star."),
        ],
    },
    // The backlog.
    alone(
        "total",
        "Active tickets (new, open, pending); in a table of two things, the sum of what \
                    adds up, and null where it does not.",
    ),
    alone("unassigned", "Active tickets that nobody has."),
    Definition {
        name: "aging",
        text: "How long ago the tickets of the backlog were opened; a day is 24 hours.",
        parts: AGES,
    },
    alone(
        "by_priority",
        "The age of the backlog, priority by priority.",
    ),
    alone("by_tier", "The age of the backlog, tier by tier."),
    alone(
        "oldest",
        "The oldest tickets of the backlog, the oldest first.",
    ),
    alone("id", "The ticket's number."),
    alone("subject", "What the ticket is about."),
    alone("age", "How long ago the ticket was opened, in seconds."),
    alone(
        "workload",
        "What each technician has, the largest load first: whoever has a ticket, and, where the report \
         is of the present, everybody on the roster. Who was on it in the past, and with which \
         capacity, is not known.",
    ),
    alone("load", "New and open tickets."),
    alone("pending", "Pending tickets, which take up no capacity."),
    alone(
        "capacity",
        "How many tickets at a time the technician takes; null where nobody said, and in a report of \
         the past.",
    ),
    alone("rate", "`load` over `capacity`."),
    // Where tickets wait.
    alone(
        "seconds",
        "The time that all tickets together spent so in the period, up to `as_of`. Every second counts \
         in one status, one tier and one team.",
    ),
    alone(
        "share",
        "`seconds` over the time in all three statuses, in all tiers or teams.",
    ),
    Definition {
        name: "time_in_status",
        text: "The time that each ticket spent so in the period, of tickets that spent any.",
        parts: DURATIONS,
    },
    // What comes back.
    alone(
        "before",
        "How many were opened in the period before, as far as this one has come.",
    ),
    alone(
        "change",
        "By how much `opened` is more than `before`, over `before`; null where that is 0.",
    ),
    alone("requesters", "How many different requesters opened them."),
    Definition {
        name: "first_tier",
        text: "Of the tickets that were opened in the period and are solved as of the report, those \
               that tier 1 solved without escalation.",
        parts: &[
            ("tickets", "How many tickets."),
            ("of", "Of how many."),
            ("rate", "`tickets` over `of`."),
        ],
    },
    alone(
        "candidate",
        "What it calls for. `training`: a requester who comes back, or a category of which tier 1 \
         solves at least half, since the answer is known. `problem`: an asset that comes back, or any \
         other category, since the cause is not.",
    ),
    // What rows are of.
    alone("dimension", "What the row is of; null for all tickets."),
    alone(
        "value",
        "Which one it is; in a table of two things, the metric in its cells.",
    ),
    alone(
        "technician",
        "Who had the ticket at that time. Nobody is null in JSON, and `none` in a table; who is called \
         so stands there between quotes, as in a query.",
    ),
    alone(
        "team",
        "Whose queue the ticket was in at that time; nobody's as in `technician`.",
    ),
    alone("tier", "Which tier had the ticket at that time."),
    alone("status", "The status at that time."),
    alone(
        "category",
        "The ticket's category as of the report; where it has none, as in `technician`.",
    ),
    alone(
        "requester",
        "Who asked, as of the report; where nobody said, as in `technician`.",
    ),
    alone(
        "asset",
        "The asset that the ticket is about, as of the report.",
    ),
    alone("priority", "The ticket's priority as of the report."),
    alone("kind", "The ticket's kind as of the report."),
    alone(
        "location",
        "Where the requester or the asset is, as of the report.",
    ),
    alone("assignee", "Who has the ticket."),
    // A table of two things.
    alone("rows_by", "What the rows of the table are by."),
    alone("columns_by", "What the columns of the table are by."),
    alone(
        "columns",
        "What each column is of, in the order of the cells. A step is known as of the report's `as_of`, \
         as in `series`.",
    ),
    alone(
        "cells",
        "The metric in each column; null where there is nothing.",
    ),
    alone(
        "n",
        "Of how many each cell is, where the metric is a percentile, a mean or a rate.",
    ),
    Definition {
        name: "totals",
        text: "Of all rows together, where they add up.",
        parts: &[
            ("cells", "The sum of each column."),
            ("total", "The sum of all."),
        ],
    },
    alone("day", "A day, from midnight to midnight of the zone."),
    alone(
        "week",
        "A week from Monday to Sunday, as ISO 8601 numbers it.",
    ),
    alone("month", "A month of the calendar."),
    alone(
        "quarter",
        "Three months, from January, April, July or October on.",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Metric;

    #[test]
    fn every_metric_is_defined_once() {
        for metric in Metric::all() {
            assert!(explained(metric.as_str()).is_ok(), "{metric}");
        }
        let mut all: Vec<String> = names().collect();
        let count = all.len();
        all.sort();
        all.dedup();
        assert_eq!(all.len(), count);
        for definition in DEFINITIONS {
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
        assert!(explained("solved.p50").is_err());
        let median = explained("time_to_resolve.p50").unwrap();
        assert_eq!(median.parts, [P50]);
        assert!(median.text.starts_with("From opening to first solve"));
    }
}
