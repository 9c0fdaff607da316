//! A ticket without its events, in few bytes: what a list shows of it.
//!
//! Fields stand one after the other without their names, so a list is read several times as fast as
//! from JSON. What a field is, or their order, changes with [`super::schema::VERSION`] only.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::Trouble;
use crate::ticket::{Digest, Json, State, Ticket, TicketId, Timestamp, Unknown};

/// What is written (`S` is a reference) and read.
#[derive(Serialize, Deserialize)]
struct Head<'a, S> {
    format: u32,
    id: TicketId,
    rev: u64,
    state: S,
    opened: Timestamp,
    updated: Timestamp,
    solved: Option<Timestamp>,
    closed: Option<Timestamp>,
    digest: Option<Digest>,
    /// What this version does not know: after how many fields that it knows, name, value as JSON.
    #[serde(borrow)]
    extra: Vec<(usize, Cow<'a, str>, Cow<'a, str>)>,
}

/// The bytes of a ticket.
pub(super) fn to_bytes(ticket: &Ticket) -> Vec<u8> {
    let extra = ticket.extra.placed();
    let head = Head {
        format: ticket.format,
        id: ticket.id,
        rev: ticket.rev,
        state: &ticket.state,
        opened: ticket.opened,
        updated: ticket.updated,
        solved: ticket.solved,
        closed: ticket.closed,
        digest: ticket.digest,
        extra: extra
            .map(|(after, name, value)| (after, name.into(), value.as_str().into()))
            .collect(),
    };
    // Numbers, texts and lists of them can always be written.
    postcard::to_allocvec(&head).unwrap_or_default()
}

/// The ticket of these bytes.
///
/// # Errors
/// [`Trouble::Foreign`] if [`to_bytes`] did not write them.
pub(super) fn from_bytes(bytes: &[u8]) -> Result<Ticket, Trouble> {
    let head: Head<'_, State> = postcard::from_bytes(bytes).map_err(|_| Trouble::Foreign)?;
    let mut extra = Unknown::default();
    for (after, name, value) in head.extra {
        let value: Json = serde_json::from_str(&value).map_err(|_| Trouble::Foreign)?;
        extra.set(after, &name, value);
    }
    Ok(Ticket {
        format: head.format,
        id: head.id,
        rev: head.rev,
        state: head.state,
        opened: head.opened,
        updated: head.updated,
        solved: head.solved,
        closed: head.closed,
        digest: head.digest,
        extra,
        events: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::super::schema::VERSION;
    use super::*;

    fn ticket(json: &str) -> Ticket {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn a_ticket_comes_back() {
        let ticket = ticket(
            r#"{"desk_ticket": 1, "id": 7, "rev": 2, "later": [1.10, {"a": null}], "subject": "Máy in",
                "status": "pending", "waiting_on": "vendor", "waiting_until": "2026-11-21T09:00:00Z",
                "links": [{"kind": "blocks", "to": 3}], "tags": ["vip"], "stars": 4,
                "opened": "2026-11-20T09:00:00Z", "updated": "2026-11-20T10:00:00Z",
                "digest": "00000000000000000000000000000000000000000000000000000000000000ff",
                "events": [], "much": {"later": 1e400}}"#,
        );
        assert_eq!(from_bytes(&to_bytes(&ticket)).unwrap(), ticket);
    }

    #[test]
    fn the_bytes_of_a_version_stay() {
        let ticket = ticket(
            r#"{"desk_ticket": 1, "id": 7, "rev": 1, "subject": "a", "status": "open", "tier": 2,
                "opened": "1970-01-01T00:00:01Z", "updated": "1970-01-01T00:00:02Z", "events": []}"#,
        );
        let bytes = to_bytes(&ticket);
        let start = [1, 7, 1, 0, 1, b'a', 0, 1, 3, 0, 1, 1, 2];
        let end = [0, 2, 4, 0, 0, 0, 0];
        let nothing = [0; 19];
        let expected = [&start[..], &nothing, &end].concat();
        assert_eq!((VERSION, bytes), (14, expected));
    }

    #[test]
    fn what_is_no_ticket_is_told() {
        let bytes = to_bytes(&ticket(
            r#"{"desk_ticket": 1, "id": 7, "rev": 1, "subject": "a", "status": "open",
                "opened": "1970-01-01T00:00:01Z", "updated": "1970-01-01T00:00:02Z", "events": []}"#,
        ));
        for end in 0..bytes.len() {
            assert!(matches!(from_bytes(&bytes[..end]), Err(Trouble::Foreign)));
        }
    }
}
