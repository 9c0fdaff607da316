//! How long whole processes take, as a person or a script waits for them.
//!
//! ```text
//! cargo bench --bench whole -- [--tickets N] [FILTER]
//! cargo bench --bench whole -- --scale [--tickets N] [FILTER]
//! cargo bench --bench whole -- --bulk [--feed FILE] [FILTER]
//! cargo bench --bench whole -- --reports [--tickets N] [FILTER]
//! ```
//!
//! Every command is timed in alternation with a baseline, in one run: an empty process for what
//! reads, a bare durable write for what writes. What counts is the ratio of the two, since a noisy
//! machine is noisy for both. With `--scale`, stores of N tickets, of a tenth and of a hundredth are
//! compared (of a million, if nothing is said: that takes 10 GB and some minutes to make, once). With
//! `--bulk`, what is timed are batches, changes by a query, exports and imports; see `bulk.rs`. With
//! `--reports`, every report over a month and over all time, of N tickets and of a tenth.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "a benchmark reads its own arguments and clock, and prints"
)]
#![allow(missing_docs, reason = "nobody depends on a benchmark")]

mod bare;
mod bulk;
mod cases;
mod chance;
mod clones;
mod indexer;
mod options;
mod plain;
mod race;
mod reader;
mod reports;
mod scale;
mod shell;
mod stage;
mod store;
mod table;
mod taskwarrior;
mod tickets;
mod undo;
mod words;

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use options::Options;
use stage::Stage;
use store::Store;

/// Where whatever is made lies: stores that are kept, baselines, copies.
const SCRATCH: &str = env!("CARGO_TARGET_TMPDIR");

/// The program that is timed, as `cargo install` leaves it.
const DESK: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/desk");

/// What goes wrong ends the run; nobody asks what kind of error it was.
type Result<T, E = Box<dyn std::error::Error>> = std::result::Result<T, E>;

fn main() -> ExitCode {
    let others = [reader::called, indexer::called, plain::called];
    if let Some(ended) = others.into_iter().find_map(|called| called()) {
        return ended;
    }
    let options = match Options::read(std::env::args().skip(1)) {
        Ok(Some(options)) => options,
        Ok(None) => {
            println!("nothing is timed in a test; run: cargo bench --bench whole");
            return ExitCode::SUCCESS;
        }
        Err(why) => {
            eprintln!("error: {why}");
            return ExitCode::from(2);
        }
    };
    match run(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Copies the program to where it is run. What the linker has just written lies in the kernel's cache
/// in pieces of a page, and takes a tenth longer to start than the same bytes in larger ones, which is
/// how whatever is installed lies there, the programs that desk is timed against among it.
fn install() -> Result<()> {
    let copy = format!("{DESK}.new");
    fs::copy(env!("CARGO_BIN_EXE_desk"), &copy)?;
    Ok(fs::rename(copy, DESK)?)
}

fn run(options: &Options) -> Result<()> {
    install()?;
    if options.scale {
        return scale::run(options);
    }
    if options.bulk {
        return bulk::run(options);
    }
    if options.reports {
        return reports::run(options);
    }
    let bare = bare::build(Path::new(SCRATCH))?;
    let store = Store::made(options.tickets)?;
    let stage = Stage::new(&bare, &store, options.tickets)?;
    println!("{} tickets; times in milliseconds", options.tickets);
    table::head();
    for case in cases::all() {
        if options.wants(case.name) {
            table::row(&case, &stage.time(&case)?);
        }
    }
    Ok(())
}
