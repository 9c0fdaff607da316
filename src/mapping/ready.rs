//! Mappings that are ready, for exports that everybody writes in the same form.

use super::Mapping;
use crate::error::{Error, Result, did_you_mean};
use crate::ticket::Field;

/// The names of the mappings that are ready, with what they are for.
pub const READY: [(&str, &str); 2] = [
    (
        "github",
        "gh issue list --json number,title,body,state,labels,assignees,author,createdAt,closedAt",
    ),
    (
        "servicenow",
        "A list of ServiceNow incidents, exported as CSV",
    ),
];

/// Columns of desk's own lists that no field of the state names.
const OWN: [&str; 7] = ["id", "rev", "opened", "updated", "solved", "closed", "age"];

impl Mapping {
    /// The mapping of this name.
    ///
    /// # Errors
    /// [`Error::Usage`] with the nearest, if there is none.
    pub fn ready(name: &str) -> Result<Self> {
        let text = match name {
            "github" => include_str!("ready/github.toml"),
            "servicenow" => include_str!("ready/servicenow.toml"),
            _ => {
                let names = || READY.iter().map(|(name, _)| *name);
                let error = Error::usage(format!("there is no mapping `{name}`"));
                return Err(error.with_hint(match did_you_mean(name, names()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("there are {}", names().collect::<Vec<_>>().join(", ")),
                }));
            }
        };
        Self::parse(text, name)
    }

    /// The mapping of a list that desk wrote itself; `None` if one of the columns is not desk's.
    ///
    /// # Errors
    /// As [`Mapping::parse`].
    pub fn own(columns: &[String]) -> Result<Option<Self>> {
        let is_own = |name: &String| name.parse::<Field>().is_ok() || OWN.contains(&name.as_str());
        match columns.iter().all(is_own) {
            true => Self::parse(include_str!("ready/desk.toml"), "desk").map(Some),
            false => Ok(None),
        }
    }
}
