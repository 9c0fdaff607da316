//! Which reports there are.

use std::fmt;
use std::str::FromStr;

use super::table::Table;
use super::{Compare, Dimension, Scope, time};
use crate::error::{Error, Result};

/// Which report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The whole help desk in one table.
    Summary,
    /// The same figures, row by row.
    Rows(Dimension),
    /// What waits to be done.
    Backlog,
    /// Openings and crossings, step by step.
    Flow,
    /// Where tickets spend their time.
    Time,
    /// What comes back.
    Recurring,
    /// What requesters thought of it.
    Satisfaction,
    /// Two things crossed.
    Table(Table),
}

/// Every report, its name, and what help says of it; in the order in which help lists them.
const KINDS: [(Kind, &str, &str); 16] = [
    (
        Kind::Summary,
        "summary",
        "The whole help desk: flow, times, escalations, reopenings, first contact",
    ),
    (
        Kind::Rows(Dimension::Technician),
        "technicians",
        "What each technician solved, and how fast",
    ),
    (
        Kind::Rows(Dimension::Team),
        "teams",
        "The same figures by team",
    ),
    (
        Kind::Rows(Dimension::Tier),
        "tiers",
        "The same figures by tier of support",
    ),
    (
        Kind::Rows(Dimension::Category),
        "categories",
        "Which problems people have, most frequent first",
    ),
    (
        Kind::Rows(Dimension::Requester),
        "requesters",
        "Who asks for help, and gets it how fast",
    ),
    (
        Kind::Rows(Dimension::Asset),
        "assets",
        "Which machines and licences make work",
    ),
    (
        Kind::Rows(Dimension::Priority),
        "priorities",
        "The same figures by priority",
    ),
    (
        Kind::Rows(Dimension::Kind),
        "kinds",
        "The same figures by kind: incident, request, maintenance, training, problem",
    ),
    (
        Kind::Rows(Dimension::Location),
        "locations",
        "The same figures by location",
    ),
    (
        Kind::Backlog,
        "backlog",
        "What waits to be done: its age, the oldest tickets, each technician's load",
    ),
    (
        Kind::Flow,
        "flow",
        "Opened, reopened, solved and what is left, day by day, week by week or month by month",
    ),
    (
        Kind::Time,
        "time",
        "Where tickets wait: the time in each status, by tier and by team",
    ),
    (
        Kind::Recurring,
        "recurring",
        "What comes back: categories, assets and requesters, for training and problem management",
    ),
    (
        Kind::Satisfaction,
        "satisfaction",
        "What requesters thought of it, by technician",
    ),
    (
        Kind::Table(Table::DEFAULT),
        "table",
        "One figure by any two things, such as category and month",
    ),
];

impl Kind {
    /// All of them, in the order in which help lists them.
    pub fn all() -> impl Iterator<Item = Self> {
        KINDS.iter().map(|(kind, ..)| *kind)
    }

    /// How tickets of the backlog that stand still are told apart; `None` where a report is not about
    /// them, or must know each of them.
    pub(crate) fn standing(self) -> Option<Vec<Dimension>> {
        match self {
            Self::Summary | Self::Flow => Some(Vec::new()),
            Self::Rows(dimension) => Some(vec![dimension]),
            Self::Time => Some(time::STANDING.to_vec()),
            Self::Table(table) => Some(table.dimensions().collect()),
            Self::Backlog | Self::Recurring | Self::Satisfaction => None,
        }
    }

    /// Whether there are rows of which the first can be asked for.
    fn has_rows(self) -> bool {
        !matches!(self, Self::Summary | Self::Flow)
    }

    /// Whether it can be made as it is asked for.
    ///
    /// # Errors
    /// [`Error::Usage`] where it cannot, and why.
    pub fn check(self, scope: &Scope) -> Result<()> {
        if scope.top.is_some() && !self.has_rows() {
            return Err(Error::usage(format!(
                "`{self}` has no rows to take the first of"
            )));
        }
        if scope.period.since == scope.period.until {
            let asked = [
                (scope.by.is_some(), "--by"),
                // A year before an instant there was one too.
                (
                    scope.compare == Some(Compare::Previous),
                    "--compare previous",
                ),
            ];
            if let Some((_, flag)) = asked.iter().find(|(asked, _)| *asked) {
                let message = format!("{flag} needs a period, and `{self}` is of an instant");
                let hint = "say which one: --period last-month, --since 2026-01-01";
                return Err(Error::usage(message).with_hint(hint));
            }
        }
        match self {
            Self::Table(table) => table.check(scope),
            _ => Ok(()),
        }
    }

    /// The name on the command line and in JSON.
    pub fn as_str(self) -> &'static str {
        self.entry().map_or("", |(_, name, _)| name)
    }

    /// What it is about, in one line.
    pub fn about(self) -> &'static str {
        self.entry().map_or("", |(.., about)| about)
    }

    fn entry(self) -> Option<&'static (Self, &'static str, &'static str)> {
        // A table is a table, whatever is crossed in it.
        let of = match self {
            Self::Table(_) => Self::Table(Table::DEFAULT),
            other => other,
        };
        KINDS.iter().find(|(kind, ..)| *kind == of)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Kind {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let all: Vec<Self> = Self::all().collect();
        super::named("report", text, &all, |kind| kind.as_str())
    }
}
