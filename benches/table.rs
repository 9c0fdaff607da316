//! The table that is printed.

use crate::cases::Case;
use crate::race::Race;

/// What stands above the columns.
pub(crate) fn head() {
    println!(
        "{:<22} {:>9} {:>9} {:>9} {:>9}  {:>7} {:>7}  target",
        "command", "median", "min", "bare med", "bare min", "med/med", "min/min"
    );
}

/// One command's line.
pub(crate) fn row(case: &Case, race: &Race) {
    let [median, min] = [race.desk.median(), race.desk.min()];
    let [bare_median, bare_min] = [race.bare.median(), race.bare.min()];
    let ratio = median / bare_median;
    let target = match case.target {
        Some(target) if ratio <= target => format!("<= {target} kept"),
        Some(target) => format!("<= {target} MISSED"),
        None => String::new(),
    };
    println!(
        "{:<22} {median:>9.3} {min:>9.3} {bare_median:>9.3} {bare_min:>9.3}  {ratio:>7.2} {:>7.2}  {target}",
        case.name,
        min / bare_min,
    );
}
