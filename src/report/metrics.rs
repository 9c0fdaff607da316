//! The shapes of the figures, and the arithmetic behind them.
//!
//! Durations are whole seconds, percentiles are nearest-rank, rates are fractions rounded to six
//! decimals. What has no value is `None` (in JSON null) and never 0: a help desk that solved
//! nothing has no median.

use serde::Serialize;

/// How long something took, over `n` tickets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Durations {
    /// How many tickets.
    pub n: u64,
    /// The median, in seconds.
    pub p50: Option<i64>,
    /// Nine of ten took no longer, in seconds.
    pub p90: Option<i64>,
    /// 99 of 100 took no longer, in seconds.
    pub p99: Option<i64>,
    /// The mean, in seconds, rounded to three decimals.
    pub mean: Option<f64>,
}

impl Durations {
    /// Of durations in seconds, in any order.
    pub fn of(mut seconds: Vec<i64>) -> Self {
        seconds.sort_unstable();
        Self::of_counted(seconds.iter().map(|seconds| (*seconds, 1)))
    }

    /// Of durations in seconds, the shortest first, each with how many took so long.
    pub(super) fn of_counted(durations: impl Iterator<Item = (i64, u64)> + Clone) -> Self {
        let n: u64 = durations.clone().map(|(_, count)| count).sum();
        let sum = durations
            .clone()
            .map(|(seconds, count)| i128::from(seconds) * i128::from(count));
        let sum: i128 = sum.sum();
        let rank = |percent: u64| nearest_rank(durations.clone(), percent, n);
        Self {
            n,
            p50: rank(50),
            p90: rank(90),
            p99: rank(99),
            mean: (n > 0).then(|| rounded(sum as f64 / n as f64, 1e3)),
        }
    }
}

/// The value at `ceil(percent / 100 * n)`, counted from 1; `None` of nothing.
fn nearest_rank(mut sorted: impl Iterator<Item = (i64, u64)>, percent: u64, n: u64) -> Option<i64> {
    let rank = (percent * n).div_ceil(100);
    let mut passed = 0;
    let reached = sorted.find(|(_, count)| {
        passed += count;
        passed >= rank
    });
    reached.map(|(seconds, _)| seconds)
}

/// A fraction with six decimals; `None` of nothing.
pub(super) fn rate(part: u64, of: u64) -> Option<f64> {
    (of > 0).then(|| rounded(part as f64 / of as f64, 1e6))
}

/// By how much a number is more than it was, over what it was, with six decimals; `None` where it was
/// nothing.
pub(super) fn change(now: u64, before: u64) -> Option<f64> {
    (before > 0).then(|| rounded((now as f64 - before as f64) / before as f64, 1e6))
}

fn rounded(value: f64, scale: f64) -> f64 {
    (value * scale).round() / scale
}

/// Openings and crossings of a period. `backlog_start + opened + reopened - solved = backlog_end`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize)]
pub struct Flow {
    /// Active tickets at the start of the period.
    pub backlog_start: u64,
    /// Openings.
    pub opened: u64,
    /// Crossings from solved to active, unmerged ones with them.
    pub reopened: u64,
    /// Crossings from active to solved, merged and voided ones with them.
    pub solved: u64,
    /// Active tickets at the end of the period.
    pub backlog_end: u64,
    /// Of `solved`, those taken over by another ticket.
    pub merged: u64,
    /// Of `solved`, those whose opening was taken back.
    pub voided: u64,
}

/// Something that can happen to a ticket more than once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Occurrences {
    /// To how many tickets it happened.
    pub tickets: u64,
    /// How often it happened.
    pub events: u64,
    /// `tickets` over what the metric's definition says; may be above 1, since the two are not
    /// always of the same tickets.
    pub rate: Option<f64>,
}

/// Some of a number of tickets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Share {
    /// How many.
    pub tickets: u64,
    /// Of how many.
    pub of: u64,
    /// `tickets` over `of`.
    pub rate: Option<f64>,
}

impl Share {
    pub(super) fn new(tickets: u64, of: u64) -> Self {
        Self {
            tickets,
            of,
            rate: rate(tickets, of),
        }
    }
}

/// How soon somebody answered, of tickets opened in the period. `n + none + live` is all of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct FirstResponse {
    /// How many were answered later than at once.
    pub n: u64,
    /// How many have no response yet.
    pub none: u64,
    /// How many were answered while they were opened.
    pub live: u64,
    /// The median, in seconds.
    pub p50: Option<i64>,
    /// Nine of ten took no longer, in seconds.
    pub p90: Option<i64>,
    /// 99 of 100 took no longer, in seconds.
    pub p99: Option<i64>,
    /// The mean, in seconds, rounded to three decimals.
    pub mean: Option<f64>,
}

impl FirstResponse {
    pub(super) fn new(seconds: Vec<i64>, none: u64, live: u64) -> Self {
        let Durations {
            n,
            p50,
            p90,
            p99,
            mean,
        } = Durations::of(seconds);
        Self {
            n,
            none,
            live,
            p50,
            p90,
            p99,
            mean,
        }
    }
}

/// What requesters thought of it. A ticket's latest rating is credited to its last solve.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Satisfaction {
    /// How many were rated.
    pub rated: u64,
    /// Of `rated`, how many have 4 or 5 stars.
    pub good: u64,
    /// The tickets solved in the period.
    pub of: u64,
    /// `good` over `rated`.
    pub good_rate: Option<f64>,
    /// `rated` over `of`.
    pub rated_rate: Option<f64>,
}

impl Satisfaction {
    pub(super) fn new(stars: &Stars, of: u64) -> Self {
        let (rated, good) = (stars.rated(), stars.four + stars.five);
        Self {
            rated,
            good,
            of,
            good_rate: rate(good, rated),
            rated_rate: rate(rated, of),
        }
    }
}

/// How many tickets got how many stars. A ticket's latest rating is credited to its last solve.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Stars {
    /// Five stars.
    pub five: u64,
    /// Four.
    pub four: u64,
    /// Three.
    pub three: u64,
    /// Two.
    pub two: u64,
    /// One.
    pub one: u64,
}

impl Stars {
    /// Counts a rating; what is no number of stars is none.
    pub(super) fn count(&mut self, stars: u8) {
        let count = match stars {
            5 => &mut self.five,
            4 => &mut self.four,
            3 => &mut self.three,
            2 => &mut self.two,
            1 => &mut self.one,
            _ => return,
        };
        *count += 1;
    }

    /// How many tickets were rated.
    pub fn rated(&self) -> u64 {
        self.five + self.four + self.three + self.two + self.one
    }

    /// The mean number of stars, rounded to three decimals.
    pub fn mean(&self) -> Option<f64> {
        let rated = self.rated();
        let sum = 5 * self.five + 4 * self.four + 3 * self.three + 2 * self.two + self.one;
        (rated > 0).then(|| rounded(sum as f64 / rated as f64, 1e3))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_nearest_rank() {
        let table = [
            (vec![], [None, None, None], None),
            (vec![7], [Some(7), Some(7), Some(7)], Some(7.0)),
            (vec![2, 1], [Some(1), Some(2), Some(2)], Some(1.5)),
            (
                vec![50, 15, 40, 20, 35],
                [Some(35), Some(50), Some(50)],
                Some(32.0),
            ),
            (
                (1..=100).collect(),
                [Some(50), Some(90), Some(99)],
                Some(50.5),
            ),
            (vec![1, 1, 2], [Some(1), Some(2), Some(2)], Some(1.333)),
        ];
        for (seconds, [p50, p90, p99], mean) in table {
            let n = seconds.len() as u64;
            let expected = Durations {
                n,
                p50,
                p90,
                p99,
                mean,
            };
            assert_eq!(Durations::of(seconds), expected);
        }
    }

    #[test]
    fn rates_have_six_decimals_and_nothing_has_none() {
        assert_eq!(rate(1, 3), Some(0.333_333));
        assert_eq!(rate(2, 3), Some(0.666_667));
        assert_eq!(rate(0, 3), Some(0.0));
        assert_eq!(rate(0, 0), None);
    }

    #[test]
    fn a_value_that_is_none_is_null() {
        let json = serde_json::to_string(&Durations::of(vec![])).unwrap();
        assert_eq!(
            json,
            r#"{"n":0,"p50":null,"p90":null,"p99":null,"mean":null}"#
        );
        let json = serde_json::to_string(&Share::new(1, 4)).unwrap();
        assert_eq!(json, r#"{"tickets":1,"of":4,"rate":0.25}"#);
    }
}
