//! One ticket's file, looked at alone.

use super::rights::{Owned, Rights};
use super::seal::{Seal, Sealed};
use super::{Kind, Mend};
use crate::error::Error;
use crate::store::folder::{EntryKind, Folder, LARGEST_FILE, too_large};
use crate::store::{layout, record};
use crate::ticket::{Digest, FORMAT, Field, Flaw, Ticket, TicketId};

/// What was found of one file.
#[derive(Default)]
pub(super) struct Examined {
    /// What is wrong with it, and what repair does about it.
    pub(super) faults: Vec<(Kind, String, Option<Mend>)>,
    /// The ticket, where it is the one of this place.
    pub(super) ticket: Option<Ticket>,
    /// What a seal says of it, where the events are proved by its digest.
    pub(super) sealed: Option<Sealed>,
    /// Whether it seems to be a copy of somebody else's file.
    pub(super) is_copied: bool,
}

impl Examined {
    fn say(&mut self, kind: Kind, cause: impl Into<String>, mend: Option<Mend>) {
        self.faults.push((kind, cause.into(), mend));
    }
}

/// Looks at the file that should be this ticket's. One that is gone has no faults.
pub(super) fn examine(
    folder: &Folder,
    id: TicketId,
    rights: &Rights,
    seal: Option<&Seal>,
) -> Examined {
    let mut found = Examined::default();
    let name = layout::file_name(id);
    let (entry, bytes) = match folder.read_entry(&name) {
        Ok(Some(read)) => read,
        Ok(None) => return found,
        Err(error) => {
            let (kind, cause, mend) = unread(folder, &name, &error);
            found.say(kind, cause, mend);
            return found;
        }
    };
    match record::text(&bytes).and_then(|text| Ok((text, record::parse(text)?))) {
        Err(broken) => {
            let known = broken.kind != Kind::NewerFormat;
            found.say(broken.kind, broken.cause, known.then_some(Mend::Aside));
        }
        Ok((_, ticket)) if ticket.id != id => {
            let cause = format!("says that it is ticket {}", ticket.id);
            found.say(Kind::WrongId, cause, Some(Mend::Home));
        }
        Ok((text, ticket)) => {
            match ticket.events.last().map(|last| rights.owned(&entry, last)) {
                Some(Owned::Badly(cause)) => found.say(Kind::WrongOwner, cause, None),
                Some(Owned::ByCopier) => found.is_copied = true,
                Some(Owned::Well) | None => {}
            }
            for (kind, cause) in rights.faults(&entry, rights.modes.file) {
                found.say(kind, cause, Some(Mend::Access));
            }
            look_inside(&mut found, &ticket, text, seal);
            found.ticket = Some(ticket);
        }
    }
    found
}

/// Why a file was not read: because of what lies there; or because the operating system, or the
/// disk, does not let it be read.
fn unread(folder: &Folder, name: &str, error: &Error) -> (Kind, String, Option<Mend>) {
    match folder.look(name) {
        Ok(Some(entry)) if entry.kind != EntryKind::File => {
            let cause = entry.kind.not_a("file");
            (Kind::NotAFile, cause, Some(Mend::Aside))
        }
        Ok(Some(entry)) if entry.size > LARGEST_FILE => {
            let cause = too_large(entry.size);
            (Kind::TooLarge, cause, Some(Mend::Aside))
        }
        Ok(_) => (Kind::Unreadable, super::cause(error), None),
        Err(unknown) => (Kind::Unreadable, super::cause(&unknown), None),
    }
}

fn look_inside(found: &mut Examined, ticket: &Ticket, text: &str, seal: Option<&Seal>) {
    let past = Past::of(ticket.id, text, seal);
    let is_newer = ticket.format > FORMAT;
    if is_newer {
        let cause = format!(
            "is of format {}, newer than this desk writes ({FORMAT})",
            ticket.format
        );
        found.say(Kind::Newer, cause, None);
    } else if ticket.format == 0 {
        found.say(Kind::NotATicket, "is of format 0, which is none", None);
    }
    let mut flaws = ticket.flaws_beside(past.digest);
    // What a later version makes of the events is its own.
    flaws.retain(|flaw| !is_newer || is_of_any_version(flaw));
    let proved = ticket.digest == Some(past.digest);
    let in_order = |flaw: &Flaw| !matches!(flaw, Flaw::Number { .. } | Flaw::Unfoldable(_));
    let can_rebuild = proved && !is_newer && flaws.iter().all(in_order);
    for flaw in &flaws {
        let follows = matches!(
            flaw,
            Flaw::Revision { .. } | Flaw::State { .. } | Flaw::Time { .. }
        );
        let mend = (follows && can_rebuild).then_some(Mend::Rebuild);
        found.say(flaw.into(), flaw.to_string(), mend);
    }
    if !ticket.extra.is_empty()
        && let Some(lost) = lost_field(text)
    {
        found.say(Kind::LostField, format!("has no `{lost}`"), None);
    }
    if proved {
        found.sealed = Some(Sealed {
            ticket: ticket.id,
            rev: past.events,
            digest: past.digest,
        });
    }
    if let Some((kind, cause)) = past.against_seal {
        found.say(kind, cause, None);
    }
}

fn is_of_any_version(flaw: &Flaw) -> bool {
    matches!(
        flaw,
        Flaw::Digest | Flaw::Number { .. } | Flaw::Backwards { .. } | Flaw::NoEvents
    )
}

/// What the events prove, as they stand in the file.
struct Past {
    digest: Digest,
    events: u64,
    against_seal: Option<(Kind, String)>,
}

impl Past {
    /// The digest is made of what stands there and not of what was understood of it: so a change
    /// that means the same to this program is found as well.
    fn of(id: TicketId, text: &str, seal: Option<&Seal>) -> Self {
        let sealed = seal.and_then(|seal| seal.get(id));
        let (mut digest, mut events, mut then) = (Digest::of_nothing(id), 0, None);
        for next in Digest::along(id, text) {
            digest = next;
            events += 1;
            if sealed.is_some_and(|sealed| sealed.rev == events) {
                then = Some(digest);
            }
        }
        let against_seal = sealed.and_then(|sealed| match then {
            None => {
                let cause = format!("has {events} events, but {} were sealed", sealed.rev);
                Some((Kind::SealedShorter, cause))
            }
            Some(digest) if digest != sealed.digest => {
                let cause = format!(
                    "has another past than was sealed at revision {}",
                    sealed.rev
                );
                Some((Kind::SealedChanged, cause))
            }
            Some(_) => None,
        });
        Self {
            digest,
            events,
            against_seal,
        }
    }
}

/// A field that every ticket has, and this one has not. Older versions knew fewer fields; but who
/// knows more than this one knows these too.
fn lost_field(text: &str) -> Option<&'static str> {
    let fields: serde_json::Map<String, serde_json::Value> = serde_json::from_str(text).ok()?;
    let others = ["solved", "closed", "digest"];
    let mut names = Field::ALL.iter().map(|field| field.name()).chain(others);
    names.find(|name| !fields.contains_key(*name))
}

/// The ticket that these bytes are, if their digest proves it.
pub(super) fn proved(bytes: &[u8]) -> Option<TicketId> {
    let text = record::text(bytes).ok()?;
    let ticket = record::parse(text).ok()?;
    let past = Past::of(ticket.id, text, None);
    (ticket.digest == Some(past.digest) && past.events > 0).then_some(ticket.id)
}
