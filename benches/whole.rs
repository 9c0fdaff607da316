//! How long whole processes take, as a person or a script waits for them.
//!
//! ```text
//! cargo bench --bench whole -- [--tickets N] [FILTER]
//! ```
//!
//! Every command is timed in alternation with a baseline, in one run: an empty process for what
//! reads, a bare durable write for what writes. What counts is the ratio of the two, since a noisy
//! machine is noisy for both.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "a benchmark reads its own arguments and clock, and prints"
)]
#![allow(missing_docs, reason = "nobody depends on a benchmark")]

mod bare;
mod cases;
mod chance;
mod options;
mod race;
mod reader;
mod stage;
mod store;
mod table;
mod tickets;
mod words;

use std::path::Path;
use std::process::ExitCode;

use options::Options;
use stage::Stage;
use store::Store;

/// The program that is timed.
const DESK: &str = env!("CARGO_BIN_EXE_desk");

/// Where whatever is made lies: stores that are kept, baselines, copies.
const SCRATCH: &str = env!("CARGO_TARGET_TMPDIR");

/// What goes wrong ends the run; nobody asks what kind of error it was.
type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn main() -> ExitCode {
    if let Some(failed) = reader::called() {
        return failed;
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

fn run(options: &Options) -> Result<()> {
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
