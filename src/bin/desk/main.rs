//! `desk`, the command line of an IT help desk.

mod cli;
mod commands;
mod complete;
mod context;
mod exit;
mod external;
mod import;
mod render;
mod untangle;

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = context::arguments();
    if complete::was_asked(&arguments) {
        return ExitCode::SUCCESS;
    }
    ExitCode::from(cli::run(&arguments))
}
