//! The current state of a ticket, field by field.
//!
//! One table below names every field once; from it come the struct, the names in files, queries
//! and `--fields`, and the generic reading and writing of a field as JSON that `apply` stands on.

use std::str::FromStr;

use serde::de::MapAccess;
use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    Category, Changed, Channel, Fields, Json, Kind, Level, Link, Priority, Reference, Service,
    Status, TicketId, Tier, Timestamp, WaitingOn,
};

macro_rules! state {
    ($($(#[doc = $doc:literal])* $variant:ident $name:literal $field:ident: $type:ty),* $(,)?) => {
        /// What is true of a ticket now. Set only by events (see [`super::Ticket::apply`]).
        #[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
        pub struct State { $($(#[doc = $doc])* #[serde(rename = $name)] pub $field: $type),* }

        /// One field of the [`State`].
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Field { $($(#[doc = $doc])* $variant),* }

        impl Field {
            /// All fields, in the order in which files and tables have them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The name in files, in `changed` and in `--fields`.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }

            /// What the field says, as `desk --help` would put it.
            pub fn about(self) -> &'static str {
                match self { $(Self::$variant => concat!($($doc),*)),* }
            }
        }

        impl FromStr for Field {
            type Err = ();

            fn from_str(name: &str) -> Result<Self, ()> {
                match name { $($name => Ok(Self::$variant),)* _ => Err(()) }
            }
        }

        impl State {
            /// The field as JSON.
            pub fn value(&self, field: Field) -> Value {
                match field { $(Field::$variant => json(&self.$field)),* }
            }

            /// Sets the field from JSON.
            ///
            /// # Errors
            /// When it is not of the field's type.
            pub fn set(&mut self, field: Field, json: &str) -> Result<(), serde_json::Error> {
                match field { $(Field::$variant => self.$field = serde_json::from_str(json)?),* }
                Ok(())
            }

            /// Whether the field has the value that this is as JSON.
            pub fn holds(&self, field: Field, json: &str) -> bool {
                match field {
                    $(Field::$variant => serde_json::from_str::<$type>(json)
                        .is_ok_and(|value| value == self.$field)),*
                }
            }

            /// The pairs that lead from `self` to `new`.
            pub fn changes_to(&self, new: &Self) -> Changed {
                let pairs = [$((self.$field != new.$field).then(|| {
                    (Field::$variant, Json::of(&(&self.$field, &new.$field)))
                })),*];
                pairs.into_iter().flatten().collect()
            }

            /// The pairs of an opening: every field that says something, from nothing to its value.
            pub fn changes_from_nothing(&self) -> Changed {
                let pairs = [$((Field::$variant, Json::from_nothing(&self.$field))),*];
                pairs.into_iter().filter_map(|(field, pair)| Some((field, pair?))).collect()
            }

            pub(super) fn read<'de, A: MapAccess<'de>>(&mut self, field: Field, map: &mut A) -> Result<(), A::Error> {
                match field { $(Field::$variant => self.$field = map.next_value()?),* }
                Ok(())
            }

            pub(super) fn write<M: SerializeMap>(&self, fields: &mut Fields<'_, M>) -> Result<(), M::Error> {
                $(fields.field($name, &self.$field)?;)*
                Ok(())
            }
        }
    };
}

state! {
    /// The key that another system gave the ticket; unique.
    Reference "ref" reference: Option<Reference>,
    /// What it is about, in one line.
    Subject "subject" subject: String,
    /// What it is about, at length.
    Description "description" description: Option<String>,
    /// Where it stands.
    Status "status" status: Status,
    /// 1 (most urgent) to 5.
    Priority "priority" priority: Priority,
    /// Whether the priority was stated, and does not follow from impact and urgency.
    PriorityStated "priority_stated" priority_stated: bool,
    /// How many are hit, and how hard.
    Impact "impact" impact: Level,
    /// How soon it hurts.
    Urgency "urgency" urgency: Level,
    /// The tier of support that has it.
    Tier "tier" tier: Tier,
    /// The team whose queue it is in.
    Team "team" team: Option<String>,
    /// The technician who works on it.
    Assignee "assignee" assignee: Option<String>,
    /// Who asked for help.
    Requester "requester" requester: Option<String>,
    /// How to reach the requester.
    Contact "contact" contact: Option<String>,
    /// Who else wants to know.
    Watchers "watchers" watchers: Vec<String>,
    /// What sort of thing was asked for.
    Kind "kind" kind: Option<Kind>,
    /// Whether the work is done from afar or on site.
    Service "service" service: Option<Service>,
    /// How the request came in.
    Channel "channel" channel: Option<Channel>,
    /// What it is about, as a path such as `hardware/printer`.
    Category "category" category: Option<Category>,
    /// Words to find it by.
    Tags "tags" tags: Vec<String>,
    /// Where the requester or the asset is.
    Location "location" location: Option<String>,
    /// The machine, licence or line that it is about.
    Asset "asset" asset: Option<String>,
    /// The instant promised by hand.
    Due "due" due: Option<Timestamp>,
    /// Whom or what a pending ticket waits for.
    WaitingOn "waiting_on" waiting_on: Option<WaitingOn>,
    /// Until when a pending ticket waits.
    WaitingUntil "waiting_until" waiting_until: Option<Timestamp>,
    /// How it was solved; empty again after a reopening.
    Resolution "resolution" resolution: Option<String>,
    /// The code of the resolution.
    Code "code" code: Option<String>,
    /// How satisfied the requester is, 1 to 5.
    Stars "stars" stars: Option<u8>,
    /// How it relates to other tickets; each relation is kept at the ticket that was acted on.
    Links "links" links: Vec<Link>,
    /// The ticket that took this one over.
    MergedInto "merged_into" merged_into: Option<TicketId>,
}

/// The fields' types are strings, numbers, lists and plain structs of them: none can fail to
/// become JSON.
fn json<T: Serialize>(value: &T) -> Value {
    serde_json::to_value(value).unwrap_or(Value::Null)
}
