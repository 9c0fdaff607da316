//! The editor, while somebody writes in it.
//!
//! Ctrl-C and `Ctrl-\` go from the terminal to every program that runs there. In an editor they are
//! keys like others; `desk`, which waits for it, must not die of them, and leave two to fight for the
//! keyboard, and what was typed to nobody.

use std::io;
use std::path::Path;
use std::process::{Command, ExitStatus};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use desk::{Error, Result};
use signal_hook::consts::{SIGINT, SIGQUIT};
use signal_hook::flag::register_conditional_default;

use crate::context;

/// Opens a file in the editor, and waits until it is done.
///
/// # Errors
/// [`Error::Io`] when it cannot be started, and [`Error::Refused`] when it fails: what was written
/// stays in the file.
pub(super) fn edit(argv: &[String], path: &Path) -> Result<()> {
    let (program, arguments) = argv
        .split_first()
        .ok_or_else(|| Error::usage("EDITOR names no program"))?;
    let found = context::program(program).ok_or_else(|| io::ErrorKind::NotFound.into());
    let status = found
        .and_then(|found| wait_for(Command::new(found).args(arguments).arg(path)))
        .map_err(Error::io("start", Path::new(program)))?;
    if !status.success() {
        return Err(
            Error::refused(format!("the editor `{program}` ended with {status}"))
                .with_hint(format!("the text is in {}", path.display())),
        );
    }
    Ok(())
}

/// Runs a program; until it ends, what is typed to interrupt is for it alone.
fn wait_for(command: &mut Command) -> io::Result<ExitStatus> {
    let is_over = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGQUIT] {
        // The program itself begins with what the system does by default: handlers end with `exec`.
        register_conditional_default(signal, Arc::clone(&is_over))?;
    }
    let status = command.status();
    is_over.store(true, Ordering::SeqCst);
    status
}
