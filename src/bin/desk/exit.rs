//! How desk ends: the exit codes, and the one place where an error becomes lines on stderr.

use std::io::Write;

use desk::{Code, Error};

use crate::render::safe;

/// What the process ends with.
pub(crate) type Exit = u8;

/// All that was asked was done.
pub(crate) const DONE: Exit = 0;
/// Part of a bulk failed.
pub(crate) const SOME_FAILED: Exit = 6;
/// Damaged data was found.
pub(crate) const DAMAGED: Exit = 7;

/// The exit code of an error.
pub(crate) fn code(error: &Error) -> Exit {
    match error.code() {
        Code::Io => 1,
        Code::Usage => 2,
        Code::NotFound | Code::Ambiguous => 3,
        Code::Refused => 4,
        Code::Busy | Code::Conflict => 5,
        Code::Damaged => DAMAGED,
    }
}

/// Tells an error: one line that names the thing and the cause, and a hint where there is one.
/// Gives its exit code.
pub(crate) fn tell(error: &Error) -> Exit {
    talk(&format!("error: {error}"));
    if let Some(hint) = error.hint() {
        talk(&format!("hint: {hint}"));
    }
    code(error)
}

/// Tells an error of one thing among others, all of it in one line, and gives its exit code.
pub(crate) fn tell_of(what: &str, error: &Error) -> Exit {
    let hint = error.hint().map(|hint| format!(" ({hint})"));
    talk(&format!(
        "error: {what}: {error}{}",
        hint.unwrap_or_default()
    ));
    code(error)
}

/// Tells several errors, each in a line, and a hint that they have in common once.
pub(crate) fn tell_all(errors: &[Error]) {
    for (index, error) in errors.iter().enumerate() {
        talk(&format!("error: {error}"));
        let hint = error.hint();
        let again = errors
            .get(index + 1)
            .is_some_and(|next| next.hint() == hint);
        if let Some(hint) = hint.filter(|_| !again) {
            talk(&format!("hint: {hint}"));
        }
    }
}

/// Says something on stderr, in one line. That nobody listens is no failure.
pub(crate) fn talk(line: &str) {
    let _ = writeln!(std::io::stderr(), "{}", safe::line(line));
}

/// Asks something on stderr; the answer is typed behind it. That nobody sees it is no failure.
pub(crate) fn ask(question: &str) {
    let mut stderr = std::io::stderr().lock();
    let _ = write!(stderr, "{}", safe::line(question)).and_then(|()| stderr.flush());
}

/// The exit codes, each worse than those before it: that damage was found outweighs that something
/// could not be read, and that outweighs what is not there.
const GRAVITY: [Exit; 8] = [DONE, 2, 4, 5, SOME_FAILED, 3, 1, DAMAGED];

/// The exit code of several things that ended with these.
pub(crate) fn worst(exits: impl IntoIterator<Item = Exit>) -> Exit {
    let rank = |exit: &Exit| GRAVITY.iter().position(|known| known == exit);
    exits.into_iter().max_by_key(rank).unwrap_or(DONE)
}

/// The exit code of a read that met these errors.
pub(crate) fn of_reads<'a>(errors: impl IntoIterator<Item = &'a Error>) -> Exit {
    worst(errors.into_iter().map(code))
}
