//! What a ticket is about: a path such as `hardware/printer`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize};

use crate::composed::composed;

/// A path of one or more parts, from the general to the particular. Skills are written the same
/// way: a skill covers a category that it equals or leads to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Category(String);

impl Category {
    /// The whole path.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether `self` is `other` or one of the paths above it: `hardware` covers `hardware/printer`.
    pub fn covers(&self, other: &Self) -> bool {
        other
            .0
            .strip_prefix(&self.0)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// How many parts the path has.
    pub fn depth(&self) -> usize {
        self.0.split('/').count()
    }
}

impl FromStr for Category {
    type Err = String;

    /// White space around the parts is dropped; a part may not be empty.
    fn from_str(text: &str) -> Result<Self, String> {
        if is_plain(text) {
            return Ok(Self(text.to_owned()));
        }
        let parts = || text.split('/').map(str::trim);
        if parts().any(str::is_empty) {
            return Err(format!(
                "category `{text}` has an empty part; write a path such as `hardware/printer`"
            ));
        }
        if text.chars().any(char::is_control) {
            return Err(format!("category `{text}` holds control characters"));
        }
        // Where it is read again, nothing is left to be dropped.
        let is_bare = parts().map(|part| part.len() + 1).sum::<usize>() == text.len() + 1;
        Ok(Self(match is_bare {
            true => composed(text).into_owned(),
            false => composed(&parts().collect::<Vec<_>>().join("/")).into_owned(),
        }))
    }
}

/// Whether a path is as it was written, which most are: they are read with every ticket of a list.
fn is_plain(text: &str) -> bool {
    let is_plain = |part: &[u8]| !part.is_empty() && part.iter().all(u8::is_ascii_graphic);
    text.as_bytes().split(|&b| b == b'/').all(is_plain)
}

impl fmt::Display for Category {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Category {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_covers_itself_and_what_is_below() {
        let category = |text: &str| text.parse::<Category>();
        let covers =
            |a: &str, b: &str| category(a).is_ok_and(|a| category(b).is_ok_and(|b| a.covers(&b)));
        assert!(covers("hardware", "hardware"));
        assert!(covers("hardware", "hardware/printer"));
        assert!(covers("hardware/printer", "hardware/printer/laser"));
        assert!(!covers("hard", "hardware"));
        assert!(!covers("hardware/printer", "hardware"));
        assert_eq!(category(" a / b ").map(|c| c.to_string()), Ok("a/b".into()));
        assert!(category("a//b").is_err());
        assert!(category("").is_err());
        for wrong in ["/", "a/", "/a", "a/\u{1}b", "a\u{7f}"] {
            assert!(category(wrong).is_err(), "{wrong:?}");
        }
        assert_eq!(
            category("a!/B-2").map(|c| c.to_string()),
            Ok("a!/B-2".into())
        );
        assert_eq!(
            category("ma\u{301}y/in").map(|c| c.to_string()),
            Ok("m\u{e1}y/in".into())
        );
    }
}
