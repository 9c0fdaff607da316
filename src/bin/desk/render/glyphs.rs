//! Charts out of block characters: bars and sparklines beside the figures that they show.
//!
//! They are there for the eye alone, and on a terminal only: in a pipe, where nobody sees them, and
//! on a terminal that cannot draw, or is read aloud (`TERM=dumb`), the figures say it all. They
//! carry no colour that means something. Unicode leaves open how wide a block is; where East Asian
//! terminals give it two columns, a bar has half as many. Nothing stands to the right of one, so
//! that no column moves whatever a terminal does.

use super::chart::{Chart, Series};

/// How a terminal shows block characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Blocks {
    /// Not at all.
    Absent,
    /// In one column.
    Narrow,
    /// In two columns.
    Wide,
}

/// Eighths of a block, from the left.
const EIGHTHS: [char; 8] = ['▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'];

/// Eighths of a block, from the ground.
const LEVELS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// A bar is at most so many columns wide.
const WIDEST: usize = 24;

/// Fewer columns than this tell nothing.
const NARROWEST: usize = 8;

impl Blocks {
    /// How many of them fit into so many columns.
    fn fitting(self, columns: usize) -> usize {
        match self {
            Self::Absent => 0,
            Self::Narrow => columns,
            Self::Wide => columns / 2,
        }
    }
}

/// A bar for each label, of the first series of a chart; `None` if there is no room for them.
pub(crate) fn bars(chart: &Chart, blocks: Blocks, room: usize) -> Option<Vec<String>> {
    let length = blocks.fitting(room.min(WIDEST));
    let series = chart.series.first()?;
    let most = series.most();
    if room < NARROWEST || length == 0 || most <= 0.0 {
        return None;
    }
    let bar = |value: &Option<f64>| bar(value.unwrap_or(0.0) / most, length);
    Some(series.values.iter().map(bar).collect())
}

/// A bar that fills a part of `length` blocks. What is more than nothing is seen.
fn bar(part: f64, length: usize) -> String {
    let eighths = (part * (length * 8) as f64).round() as usize;
    let eighths = if part > 0.0 { eighths.max(1) } else { 0 };
    let mut bar = "█".repeat(eighths / 8);
    bar.extend((eighths % 8).checked_sub(1).map(|rest| EIGHTHS[rest]));
    bar
}

/// A line of columns that stand on the ground of 0, and the value of the highest; `None` if there
/// is no room. Of more values than fit, neighbours are drawn as one, of their mean height.
pub(crate) fn sparkline(series: &Series, blocks: Blocks, room: usize) -> Option<String> {
    let length = blocks.fitting(room);
    let most = series.most();
    if length == 0 || most <= 0.0 {
        return None;
    }
    let together = series.values.len().div_ceil(length);
    let level = |values: &[Option<f64>]| {
        let known: Vec<f64> = values.iter().copied().flatten().collect();
        if known.is_empty() {
            return ' ';
        }
        let mean = known.iter().sum::<f64>() / known.len() as f64;
        LEVELS[((mean / most) * 7.0).round() as usize]
    };
    Some(series.values.chunks(together).map(level).collect())
}

#[cfg(test)]
mod tests {
    use super::super::chart::{Measure, Shape};
    use super::*;

    fn series(values: &[f64]) -> Series {
        Series {
            name: "solved".into(),
            // What is below 0 is not there.
            values: values.iter().map(|&v| (v >= 0.0).then_some(v)).collect(),
        }
    }

    fn drawn(values: &[f64], blocks: Blocks, room: usize) -> Option<Vec<String>> {
        let chart = Chart {
            title: String::new(),
            shape: Shape::Bars,
            labels: values.iter().map(f64::to_string).collect(),
            series: vec![series(values)],
            measure: Measure::Count,
        };
        bars(&chart, blocks, room)
    }

    #[test]
    fn a_bar_is_as_long_as_its_part_of_the_longest() {
        let bars = drawn(&[80.0, 40.0, 5.0, 0.1, 0.0, -1.0], Blocks::Narrow, 10);
        let expected = ["██████████", "█████", "▋", "▏", "", ""];
        assert_eq!(bars.unwrap(), expected);
        let bars = drawn(&[80.0, 40.0], Blocks::Wide, 10).unwrap();
        assert_eq!(bars, ["█████", "██▌"]);
        let longest = drawn(&[1.0], Blocks::Narrow, 300).unwrap();
        assert_eq!(longest[0].chars().count(), 24);
    }

    #[test]
    fn without_room_or_blocks_or_anything_to_see_there_are_no_bars() {
        assert_eq!(drawn(&[1.0], Blocks::Narrow, 7), None);
        assert_eq!(drawn(&[1.0], Blocks::Absent, 80), None);
        assert_eq!(drawn(&[0.0, -1.0], Blocks::Narrow, 80), None);
        assert_eq!(drawn(&[], Blocks::Narrow, 80), None);
    }

    #[test]
    fn a_sparkline_stands_on_zero_and_has_gaps() {
        let line = |values: &[f64], blocks, room| sparkline(&series(values), blocks, room);
        let values = [0.0, 1.0, 3.5, -1.0, 7.0];
        assert_eq!(line(&values, Blocks::Narrow, 80).unwrap(), "▁▂▅ █");
        assert_eq!(line(&values, Blocks::Absent, 80), None);
        // Two values share a column, and three.
        assert_eq!(
            line(&[0.0, 2.0, 8.0, 8.0], Blocks::Narrow, 3).unwrap(),
            "▂█"
        );
        assert_eq!(line(&[0.0, 2.0, 8.0, 8.0], Blocks::Wide, 5).unwrap(), "▂█");
        assert_eq!(line(&[], Blocks::Narrow, 80), None);
    }
}
