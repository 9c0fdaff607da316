//! `none`: that there is nothing, where a value could stand.
//!
//! Queries ask by this word for what is empty (`requester:none`), and for assignees and teams it means
//! that there is none. So it means that of every field that can be empty; a value of this name is stored by
//! no flag, since whoever asked for it would find the others.

use std::str::FromStr;

use desk::operation::Setting;
use desk::{Error, Result};

/// Whether a value says that there is none.
pub(crate) fn says(value: &str) -> bool {
    value.trim().eq_ignore_ascii_case("none")
}

/// A value that was given, if it is one.
pub(crate) fn or(given: Option<String>) -> Option<String> {
    given.filter(|value| !says(value))
}

/// What a field is to be set to, if it is to be set; `none` and the empty text empty it.
pub(crate) fn setting<T: FromStr>(given: Option<String>) -> Result<Setting<T>>
where
    T::Err: ToString,
{
    match given {
        None => Ok(None),
        Some(value) if value.is_empty() || says(&value) => Ok(Some(None)),
        Some(value) => match value.parse() {
            Ok(value) => Ok(Some(Some(value))),
            Err(why) => Err(Error::usage(why.to_string())),
        },
    }
}

/// Nothing, if none of the values that are added to a field says that there are none: to that nothing
/// can be added. `flag` adds one, and `away` takes one away.
pub(crate) fn refuse(values: &[String], flag: &str, away: &str) -> Result<()> {
    if !values.iter().any(|value| says(value)) {
        return Ok(());
    }
    let message = format!("--{flag} adds one, and `none` is none");
    Err(Error::usage(message).with_hint(format!("to take one away: desk edit N --{away} WHICH")))
}
