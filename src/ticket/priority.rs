//! How urgent a ticket is, and how that follows from impact and urgency.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A level of impact (how many are hit, how hard) or of urgency (how soon it hurts).
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Low.
    Low,
    /// Medium: what a ticket has that says nothing.
    #[default]
    Medium,
    /// High.
    High,
}

impl Level {
    /// All of them, from low to high.
    pub const ALL: [Self; 3] = [Self::Low, Self::Medium, Self::High];

    /// The name in files, queries and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}
super::named!(Level, "level");

/// 1 (drop everything) to 5 (when there is time).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct Priority(u8);

impl Priority {
    /// The most urgent.
    pub const HIGHEST: Self = Self(1);

    /// `None` unless `value` is one of 1 to 5.
    pub const fn new(value: u8) -> Option<Self> {
        match value {
            1..=5 => Some(Self(value)),
            _ => None,
        }
    }

    /// 1 to 5.
    pub fn get(self) -> u8 {
        self.0
    }

    /// One step more urgent, never past 1.
    pub fn raised(self) -> Self {
        Self(self.0.saturating_sub(1).max(1))
    }
}

impl Default for Priority {
    fn default() -> Self {
        Self(3)
    }
}

impl From<Priority> for u8 {
    fn from(priority: Priority) -> Self {
        priority.0
    }
}

impl TryFrom<u8> for Priority {
    type Error = String;

    fn try_from(value: u8) -> Result<Self, String> {
        Self::new(value).ok_or_else(|| format!("priority `{value}` is not one of 1 to 5"))
    }
}

impl FromStr for Priority {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        text.parse()
            .ok()
            .and_then(Self::new)
            .ok_or_else(|| format!("priority `{text}` is not one of 1 to 5"))
    }
}

impl fmt::Display for Priority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Impact times urgency gives priority, the matrix that ITIL's incident management uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matrix {
    /// Rows by impact, columns by urgency, both from low to high.
    cells: [[Priority; 3]; 3],
}

impl Matrix {
    /// `cells[impact][urgency]`, both from low to high.
    pub fn new(cells: [[Priority; 3]; 3]) -> Self {
        Self { cells }
    }

    /// The priority of a ticket with this impact and urgency.
    pub fn priority(&self, impact: Level, urgency: Level) -> Priority {
        self.cells[impact as usize][urgency as usize]
    }
}

impl Default for Matrix {
    /// High impact 1, 2, 3; medium 2, 3, 4; low 3, 4, 5 (for high, medium, low urgency).
    fn default() -> Self {
        let row = |low, medium, high| [Priority(low), Priority(medium), Priority(high)];
        Self::new([row(5, 4, 3), row(4, 3, 2), row(3, 2, 1)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_matrix_is_the_published_one() {
        use Level::{High as H, Low as L, Medium as M};
        let table = [
            (H, H, 1),
            (H, M, 2),
            (H, L, 3),
            (M, H, 2),
            (M, M, 3),
            (M, L, 4),
            (L, H, 3),
            (L, M, 4),
            (L, L, 5),
        ];
        for (impact, urgency, expected) in table {
            let got = Matrix::default().priority(impact, urgency);
            assert_eq!(got.get(), expected, "{impact} x {urgency}");
        }
    }

    #[test]
    fn raising_stops_at_one() {
        let raised: Vec<u8> = (1..=5).map(|p| Priority(p).raised().get()).collect();
        assert_eq!(raised, [1, 1, 2, 3, 4]);
    }
}
