//! The technicians: who they are, what they can do, how much they have, and who gets a ticket.
//!
//! Pure: the roster and the loads are given; a choice comes back with its reasons.

mod choice;

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::de::{self, MapAccess};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::composed::composed;
use crate::error::{Error, Result, did_you_mean};
use crate::ticket::{Category, Fields, Seen, Tier, Timestamp, Unknown};

pub use choice::{Choice, Wanted, choose};

/// How many open tickets a technician has at a time, where nothing else was said.
pub const DEFAULT_CAPACITY: u32 = 10;

/// The version of the technicians' files that this program writes, and the newest that it may
/// change.
pub const FORMAT: u32 = 1;

/// A technician's name in files, on the command line and in tickets.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Login(String);

/// The words that mean somebody else wherever a technician can be named.
const RESERVED: [&str; 3] = ["me", "none", "auto"];

/// Whether a word has a meaning of its own wherever a technician can be named.
pub(crate) fn is_reserved(word: &str) -> bool {
    RESERVED.contains(&word.to_lowercase().as_str())
}

impl Login {
    /// The login as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Login {
    type Err = String;

    /// Letters and digits of any script, and `.`, `_`, `-`, `@`, `+` after the first: so that it
    /// is a file's name everywhere and one word in a shell. At most 64 bytes.
    fn from_str(text: &str) -> Result<Self, String> {
        let text = &*composed(text);
        let mut chars = text.chars();
        let begins_well = chars.next().is_some_and(char::is_alphanumeric);
        let goes_on_well = chars.all(|c| c.is_alphanumeric() || is_mark(c) || "._-@+".contains(c));
        if !begins_well || !goes_on_well || text.len() > 64 {
            return Err(format!(
                "`{text}` is not a login: letters and digits, then also . _ - @ +, at most 64 bytes"
            ));
        }
        if is_reserved(text) {
            return Err(format!(
                "`{text}` cannot be a login: it has a meaning of its own"
            ));
        }
        Ok(Self(text.to_owned()))
    }
}

/// A mark that a letter of a decomposed text carries.
fn is_mark(c: char) -> bool {
    unicode_normalization::char::is_combining_mark(c)
}

impl fmt::Display for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Login {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// One technician.
#[derive(Debug, Clone, PartialEq)]
pub struct Technician {
    /// The version of the file's format.
    pub desk_technician: u32,
    /// The name in tickets.
    pub login: Login,
    /// The name for people.
    pub name: Option<String>,
    /// Where mail reaches them.
    pub email: Option<String>,
    /// The tier of support that they work in.
    pub tier: Tier,
    /// The teams that they belong to.
    pub teams: Vec<String>,
    /// What they know, as prefixes of categories.
    pub skills: Vec<Category>,
    /// Whether they take on-site work.
    pub onsite: bool,
    /// How many new and open tickets they have at a time, at the most.
    pub capacity: u32,
    /// What this version does not know, kept as it is.
    pub extra: Unknown,
}

impl Technician {
    /// A technician of tier 1 of whom nothing is known but the login.
    pub fn new(login: Login) -> Self {
        Self {
            desk_technician: FORMAT,
            login,
            name: None,
            email: None,
            tier: Tier::default(),
            teams: Vec::new(),
            skills: Vec::new(),
            onsite: false,
            capacity: DEFAULT_CAPACITY,
            extra: Unknown::default(),
        }
    }

    /// How well they know a category: the depth of the longest skill that covers it.
    pub fn skill_in(&self, category: &Category) -> Option<usize> {
        self.skills
            .iter()
            .filter(|skill| skill.covers(category))
            .map(Category::depth)
            .max()
    }

    /// Whether they belong to a team.
    pub fn is_in(&self, team: &str) -> bool {
        self.teams.iter().any(|own| own == team)
    }
}

impl Serialize for Technician {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = Fields::new(serializer.serialize_map(None)?, &self.extra);
        fields.field("desk_technician", &self.desk_technician)?;
        fields.field("login", &self.login)?;
        fields.field("name", &self.name)?;
        fields.field("email", &self.email)?;
        fields.field("tier", &self.tier)?;
        fields.field("teams", &self.teams)?;
        fields.field("skills", &self.skills)?;
        fields.field("onsite", &self.onsite)?;
        fields.field("capacity", &self.capacity)?;
        fields.end()
    }
}

impl<'de> Deserialize<'de> for Technician {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Technician;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a technician")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Technician, A::Error> {
                let mut technician = Technician::new(Login(String::new()));
                let mut seen = Seen::default();
                while let Some(key) = seen.next_key(&mut map)? {
                    match &*key {
                        "desk_technician" => technician.desk_technician = map.next_value()?,
                        "login" => technician.login = map.next_value()?,
                        "name" => technician.name = map.next_value()?,
                        "email" => technician.email = map.next_value()?,
                        "tier" => technician.tier = map.next_value()?,
                        "teams" => technician.teams = map.next_value()?,
                        "skills" => technician.skills = map.next_value()?,
                        "onsite" => technician.onsite = map.next_value()?,
                        "capacity" => technician.capacity = map.next_value()?,
                        _ => technician.extra.read(&key, &seen, &mut map)?,
                    }
                }
                for required in ["desk_technician", "login", "tier", "capacity"] {
                    seen.require(required)?;
                }
                Ok(technician)
            }
        }
        deserializer.deserialize_map(Visitor)
    }
}

/// All technicians, by login.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Roster(BTreeMap<String, Technician>);

impl Roster {
    /// Nobody is on it: any name is taken for a technician's.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds a technician, or replaces the one of the same login.
    pub fn insert(&mut self, technician: Technician) {
        self.0.insert(technician.login.0.clone(), technician);
    }

    /// The technician of this login.
    pub fn get(&self, login: &str) -> Option<&Technician> {
        self.0.get(login)
    }

    /// All of them, by login.
    pub fn iter(&self) -> impl Iterator<Item = &Technician> {
        self.0.values()
    }

    /// The technician of this login.
    ///
    /// # Errors
    /// [`Error::NotFound`] with the nearest login.
    pub fn find(&self, login: &str) -> Result<&Technician> {
        self.get(login).ok_or_else(|| {
            let error = Error::NotFound {
                what: "technician",
                name: login.to_owned(),
                hint: Some("`desk tech list` shows the roster".into()),
            };
            match did_you_mean(login, self.0.keys().map(String::as_str)) {
                Some(near) => error.with_hint(format!("did you mean `{near}`?")),
                None => error,
            }
        })
    }
}

/// How much each technician has, and when each was last given something.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Loads {
    /// New and open tickets, by assignee; pending ones do not count.
    pub tickets: BTreeMap<String, u32>,
    /// The last assignment, by assignee.
    pub last_assigned: BTreeMap<String, Timestamp>,
}

impl Loads {
    /// How many new and open tickets somebody has.
    pub fn of(&self, login: &str) -> u32 {
        self.tickets.get(login).copied().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_is_a_file_name_everywhere() {
        for good in [
            "minh",
            "Ola.Nordmann",
            "a@example.com",
            "31",
            "hạnh",
            "山田",
        ] {
            assert!(good.parse::<Login>().is_ok(), "{good}");
        }
        for bad in [
            "",
            "me",
            "None",
            "auto",
            ".x",
            "-x",
            "../x",
            "a/b",
            "a b",
            "a\u{202e}b",
            "@x",
        ] {
            assert!(bad.parse::<Login>().is_err(), "{bad}");
        }
        assert!("x".repeat(65).parse::<Login>().is_err());
    }
}
