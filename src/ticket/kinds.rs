//! The closed vocabularies of a ticket: kind, service, channel, what it waits for, how it is linked.

use serde::{Deserialize, Serialize};

/// Gives a fieldless enum its texts: `ALL`, `as_str`, and (by `named!`) `Display` and `FromStr`.
macro_rules! vocabulary {
    ($(#[$meta:meta])* $name:ident, $what:literal { $($(#[$doc:meta])* $variant:ident = $text:literal),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name { $($(#[$doc])* #[serde(rename = $text)] $variant),* }

        impl $name {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The name in files, queries and on the command line.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),* }
            }
        }
        super::named!($name, $what);
    };
}

vocabulary! {
    /// What sort of thing was asked for.
    Kind, "kind" {
        /// Something that worked does not.
        Incident = "incident",
        /// Something is wanted.
        Request = "request",
        /// Planned work.
        Maintenance = "maintenance",
        /// Somebody wants to learn.
        Training = "training",
        /// The cause behind several incidents.
        Problem = "problem",
    }
}

vocabulary! {
    /// Where the work is done.
    Service, "service" {
        /// From afar.
        Remote = "remote",
        /// At the requester's place.
        Onsite = "onsite",
    }
}

vocabulary! {
    /// How the request came in.
    Channel, "channel" {
        /// By phone.
        Phone = "phone",
        /// By e-mail.
        Email = "email",
        /// By chat.
        Chat = "chat",
        /// By a web portal.
        Portal = "portal",
        /// In person.
        WalkIn = "walk-in",
        /// By a monitoring system.
        Monitoring = "monitoring",
    }
}

impl Channel {
    /// Somebody was there to answer while the ticket was opened.
    pub fn is_live(self) -> bool {
        matches!(self, Self::Phone | Self::Chat | Self::WalkIn)
    }
}

vocabulary! {
    /// What a pending ticket waits for.
    WaitingOn, "reason to wait" {
        /// The requester has to answer.
        Requester = "requester",
        /// A vendor has to deliver.
        Vendor = "vendor",
        /// A date has to come.
        Schedule = "schedule",
    }
}

vocabulary! {
    /// How one ticket relates to another; read from the ticket that holds the link.
    LinkKind, "link" {
        /// This ticket says the same as the other.
        DuplicateOf = "duplicate-of",
        /// The other one (a problem) is the cause of this one.
        CausedBy = "caused-by",
        /// The other one cannot be finished before this one.
        Blocks = "blocks",
        /// The two have to do with each other.
        RelatesTo = "relates-to",
    }
}
