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
    let target = verdict(ratio, case.target);
    println!(
        "{:<22} {median:>9.3} {min:>9.3} {bare_median:>9.3} {bare_min:>9.3}  {ratio:>7.2} {:>7.2}  {target}",
        case.name,
        min / bare_min,
    );
}

/// The head of a table for README.
pub(crate) fn markdown_head() {
    println!("| command | ms | against | ms | ratio | target |");
    println!("|---|---:|---|---:|---:|---|");
}

/// A row of it: medians, and what one is as a multiple of the other.
pub(crate) fn markdown_row(name: &str, against: &str, target: Option<f64>, race: &Race) {
    let (desk, bare) = (race.desk.median(), race.bare.median());
    let ratio = desk / bare;
    let target = verdict(ratio, target);
    println!("| {name} | {desk:.2} | {against} | {bare:.2} | {ratio:.2} | {target} |");
}

/// What a rebuild takes may be 200 MB.
const MOST_MEMORY: f64 = 200.0;

/// A row of it: how long it took, and what of memory.
pub(crate) fn markdown_memory(name: &str, took: f64, peak: f64) {
    let kept = if peak <= MOST_MEMORY {
        "kept"
    } else {
        "MISSED"
    };
    println!("| {name} | {took:.0} | | | {peak:.0} MiB | <= {MOST_MEMORY} MiB {kept} |");
}

/// The head of a table of great many operations.
pub(crate) fn bulk_head() {
    println!("| command | s | operations/s | MiB | against | s | ratio | target |");
    println!("|---|---:|---:|---:|---|---:|---:|---|");
}

/// A row of it: milliseconds, operations and memory; and milliseconds of what it is compared with.
pub(crate) fn bulk_row(
    name: &str,
    (took, operations, memory): (f64, u64, f64),
    (against, bare): (&str, f64),
    target: Option<f64>,
) {
    let ratio = took / bare;
    let (seconds, bare) = (took / 1000.0, bare / 1000.0);
    let speed = operations as f64 / seconds;
    let target = verdict(ratio, target);
    println!(
        "| {name} | {seconds:.2} | {speed:.0} | {memory:.0} | {against} | {bare:.2} | {ratio:.2} | {target} |"
    );
}

/// The head of a table of reports.
pub(crate) fn reports_head() {
    println!("| report | ms | MiB | against ms | ratio | may take |");
    println!("|---|---:|---:|---:|---:|---|");
}

/// A row of it, with the milliseconds that it may take.
pub(crate) fn reports_row(name: &str, memory: f64, race: &Race, most: f64) {
    let (desk, bare) = (race.desk.median(), race.bare.median());
    let kept = if desk <= most { "kept" } else { "MISSED" };
    println!(
        "| {name} | {desk:.1} | {memory:.0} | {bare:.1} | {:.2} | {most:.0} {kept} |",
        desk / bare
    );
}

fn verdict(ratio: f64, target: Option<f64>) -> String {
    match target {
        Some(target) if ratio <= target => format!("<= {target} kept"),
        Some(target) => format!("<= {target} MISSED"),
        None => String::new(),
    }
}
