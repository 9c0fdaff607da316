//! What can be found: the kinds of damage by name, and what repair does about each.

use std::fmt;
use std::path::PathBuf;

use serde::{Serialize, Serializer};

use crate::ticket::Flaw;

/// One line a kind: from it come the enum, and the name that scripts know it by.
macro_rules! kinds {
    ($($(#[doc = $doc:literal])* $kind:ident $name:literal),* $(,)?) => {
        /// A kind of damage; or of what is no damage, but is told.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Kind { $($(#[doc = $doc])* $kind),* }

        impl Kind {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$kind),*];

            /// The name for scripts; it does not change.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$kind => $name),* }
            }
        }
    };
}

kinds! {
    /// The operating system does not let it be read.
    Unreadable "unreadable",
    /// A file of no bytes.
    Empty "empty",
    /// A file that is no text.
    NotUtf8 "not_utf8",
    /// A file that ends before its JSON does.
    Truncated "truncated",
    /// A file that is no JSON.
    NotJson "not_json",
    /// JSON that is no ticket: a field is missing, stands twice, or holds what it cannot.
    NotATicket "not_a_ticket",
    /// The same of a technician.
    NotATechnician "not_a_technician",
    /// Settings that are none.
    NotSettings "not_settings",
    /// A later version's, which this one does not understand.
    NewerFormat "newer_format",
    /// A file of more than 8 MiB.
    TooLarge "too_large",
    /// A folder, link, FIFO or device where a file should be.
    NotAFile "not_a_file",
    /// Something else where a folder should be.
    NotAFolder "not_a_folder",
    /// A name that nothing here has.
    Foreign "foreign",
    /// A file that says that it is another.
    WrongId "wrong_id",
    /// A ticket in the folder of others.
    WrongFolder "wrong_folder",
    /// Another revision than there are events.
    WrongRevision "wrong_revision",
    /// A field that is not what the events make it.
    WrongState "wrong_state",
    /// The same of an instant.
    WrongTime "wrong_time",
    /// A field of every ticket is missing, and one that nobody knows stands there.
    LostField "lost_field",
    /// No events at all.
    NoEvents "no_events",
    /// An event whose number is not its place.
    EventNumber "event_number",
    /// A history that does not begin with the opening, or opens twice.
    Opening "opening",
    /// An event before the one before it.
    Backwards "backwards",
    /// An event that changes a field from what it was not.
    OldValue "old_value",
    /// An event that cannot lead from one status to the other.
    Transition "transition",
    /// An event that cannot be applied.
    Unfoldable "unfoldable",
    /// No digest of the events.
    NoDigest "no_digest",
    /// A past that is not the one the digest was made of.
    WrongDigest "wrong_digest",
    /// A reference that another ticket has.
    SameReference "same_reference",
    /// A link to a ticket that is not there.
    DanglingLink "dangling_link",
    /// Merged into a ticket that is not there.
    DanglingMerge "dangling_merge",
    /// Merged into itself, by way of others.
    MergeCycle "merge_cycle",
    /// Related to itself.
    ToItself "to_itself",
    /// Assigned to somebody who is not on the roster.
    UnknownTechnician "unknown_technician",
    /// More may be done with it than with the data directory.
    TooOpen "too_open",
    /// Less may be done with it than with the data directory.
    TooClosed "too_closed",
    /// A mode with bits that nothing here has: set-user-ID, sticky, or to be executed.
    OddMode "odd_mode",
    /// A folder that does not pass on the group of the data directory.
    NoSetgid "no_setgid",
    /// Another group than the data directory's.
    WrongGroup "wrong_group",
    /// Somebody else's file than who wrote its last event.
    WrongOwner "wrong_owner",
    /// Sealed, and not there any more.
    SealedGone "sealed_gone",
    /// It has fewer events than were sealed.
    SealedShorter "sealed_shorter",
    /// Another past than was sealed.
    SealedChanged "sealed_changed",
    /// No damage: a counter of numbers that is lost; it is not believed.
    Counter "counter",
    /// No damage: a lock that those may hold who may not write, and so keep writers waiting. Every
    /// copy has such that keeps no modes.
    OpenLock "open_lock",
    /// No damage: what a killed process left behind.
    Leftover "leftover",
    /// No damage: what was set aside, and waits for somebody to look at it.
    SetAside "set_aside",
    /// No damage: a later version's, which is understood, but not written.
    Newer "newer",
    /// No damage: files of whoever owns the data directory, written by others: a copy, it seems.
    Copied "copied",
}

impl Kind {
    /// Whether it is damage; the rest is told, and is no reason for an alarm.
    pub fn is_damage(self) -> bool {
        !matches!(
            self,
            Self::Counter
                | Self::OpenLock
                | Self::Leftover
                | Self::SetAside
                | Self::Newer
                | Self::Copied
        )
    }

    /// What a person can do about what no repair touches.
    pub fn hint(self) -> &'static str {
        match self {
            Self::Unreadable => "look at it as a user who may, or at the disk",
            Self::NotSettings => "mend desk.toml with an editor",
            Self::NewerFormat | Self::Newer => "use the newer desk",
            Self::NotAFile | Self::NotAFolder => {
                "see what it is and who put it there, and take it away"
            }
            Self::NoEvents | Self::Unfoldable => "get it back from a copy",
            Self::WrongRevision
            | Self::WrongState
            | Self::WrongTime
            | Self::LostField
            | Self::EventNumber
            | Self::Opening
            | Self::Backwards
            | Self::OldValue
            | Self::Transition
            | Self::NoDigest
            | Self::WrongDigest => {
                "its past cannot be proved: hold it against a copy, or ask who wrote to it"
            }
            Self::SameReference => "give one of them another one: desk edit ID --ref KEY",
            Self::DanglingLink | Self::ToItself => "take it away: desk unlink ID",
            Self::DanglingMerge | Self::MergeCycle => "take one apart: desk unmerge ID",
            Self::UnknownTechnician => {
                "give it to somebody: desk assign ID --to TECH, or desk tech add LOGIN"
            }
            Self::WrongOwner => "ask whose file it is what they wrote",
            Self::SealedGone | Self::SealedShorter | Self::SealedChanged => {
                "get it back from a copy of that time"
            }
            Self::SetAside => "put it back when it is mended, or remove it",
            Self::Copied => "nobody can tell any more whose files they were",
            _ => "mend it by hand",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Kind {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.as_str())
    }
}

impl From<&Flaw> for Kind {
    fn from(flaw: &Flaw) -> Self {
        match flaw {
            Flaw::NoEvents => Self::NoEvents,
            Flaw::Revision { .. } => Self::WrongRevision,
            Flaw::Number { .. } => Self::EventNumber,
            Flaw::Opening { .. } => Self::Opening,
            Flaw::Backwards { .. } => Self::Backwards,
            Flaw::NoDigest => Self::NoDigest,
            Flaw::Digest => Self::WrongDigest,
            Flaw::OldValue { .. } => Self::OldValue,
            Flaw::Transition { .. } => Self::Transition,
            Flaw::Unfoldable(_) => Self::Unfoldable,
            Flaw::State { .. } => Self::WrongState,
            Flaw::Time { .. } => Self::WrongTime,
            Flaw::ToItself => Self::ToItself,
        }
    }
}

/// What repair does about something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Mend {
    /// Moves it into `.desk/quarantine`.
    Aside,
    /// Moves a ticket to the place of its number; aside, where that is taken or it is none.
    Home,
    /// Folds the state anew from events that the digest vouches for.
    Rebuild,
    /// Gives it the mode and the group that it should have.
    Access,
    /// Removes what a dead process left behind.
    Remove,
    /// Sets the counter of numbers to the highest that is in sight.
    Count,
}

/// One thing that was found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Finding {
    /// Where.
    #[serde(serialize_with = "as_text")]
    pub path: PathBuf,
    /// What is wrong with it.
    pub cause: String,
    /// Of what kind that is.
    pub kind: Kind,
    /// What repair does about it; nothing, where a person has to judge.
    pub repair: Option<Mend>,
}

/// A path as text: serde itself refuses one that is not UTF-8, and then nothing would be told.
fn as_text<S: Serializer>(path: &std::path::Path, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(&path.display())
}
