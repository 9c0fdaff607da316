//! The fields that a column can fill: those of a ticket, and the instants at which things happened.

use std::fmt;
use std::str::FromStr;

use crate::error::{Error, did_you_mean};

macro_rules! targets {
    ($($(#[doc = $doc:literal])* $variant:ident $name:literal),* $(,)?) => {
        /// A field that a column can fill.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Target { $($(#[doc = $doc])* $variant),* }

        impl Target {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The name in mappings.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }
        }
    };
}

targets! {
    /// The key by which the other system knows it.
    Reference "ref",
    /// What it is about, in one line.
    Subject "subject",
    /// What it is about, at length.
    Description "description",
    /// Who asked for help.
    Requester "requester",
    /// How to reach them.
    Contact "contact",
    /// Who else wants to know.
    Watchers "watchers",
    /// What sort of thing was asked for.
    Kind "kind",
    /// Where the work is done.
    Service "service",
    /// How the request came in.
    Channel "channel",
    /// What it is about, as a path.
    Category "category",
    /// How many are hit.
    Impact "impact",
    /// How soon it hurts.
    Urgency "urgency",
    /// The priority, 1 to 5.
    Priority "priority",
    /// The team whose queue it is in.
    Team "team",
    /// The technician who has it.
    Assignee "assignee",
    /// Words to find it by.
    Tags "tags",
    /// Where the requester or the asset is.
    Location "location",
    /// The machine, licence or line that it is about.
    Asset "asset",
    /// The instant promised by hand.
    Due "due",
    /// When it was opened.
    Opened "opened",
    /// Who wrote it down.
    By "by",
    /// Where it stands.
    Status "status",
    /// Whom or what it waits for.
    WaitingOn "waiting_on",
    /// Until when it waits.
    WaitingUntil "waiting_until",
    /// How it was solved.
    Resolution "resolution",
    /// The code of the resolution.
    Code "code",
    /// When it was solved.
    Solved "solved",
    /// When it was closed.
    Closed "closed",
    /// When the last thing happened to it.
    Updated "updated",
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Target {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        let known = Self::ALL.iter().find(|target| target.name() == name);
        known.copied().ok_or_else(|| {
            let names = || Self::ALL.iter().map(|target| target.name());
            let error = Error::usage(format!("there is no field `{name}`"));
            error.with_hint(match did_you_mean(name, names()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("the fields are {}", names().collect::<Vec<_>>().join(", ")),
            })
        })
    }
}
