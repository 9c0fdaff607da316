//! The other side of a relation, in words: a ticket is `blocked by` what blocks it.

use desk::Held;
use desk::ticket::{LinkKind, TicketId, Tie};

/// So many of one kind stand on a page; a problem may be the cause of hundreds.
const SHOWN: usize = 10;

/// What a ticket is, to whom the other one is tied so.
fn label(kind: Tie) -> &'static str {
    match kind {
        Tie::Link(LinkKind::DuplicateOf) => "original of",
        Tie::Link(LinkKind::CausedBy) => "cause of",
        Tie::Link(LinkKind::Blocks) => "blocked by",
        Tie::Link(LinkKind::RelatesTo) => "related to",
        Tie::Merge => "merged in",
    }
}

/// `blocked by 4, merged in 9`.
pub(crate) fn in_one_line(held: &[Held]) -> String {
    let held: Vec<_> = held
        .iter()
        .map(|held| format!("{} {}", label(held.kind), held.from))
        .collect();
    held.join(", ")
}

/// A label and a text for each of what is tied to a ticket, and for those that are too many, how to
/// list them.
pub(crate) fn lines(to: TicketId, held: &[Held]) -> Vec<(&'static str, String)> {
    let mut lines = Vec::new();
    for same in held.chunk_by(|a, b| a.kind == b.kind) {
        let label = label(same[0].kind);
        let shown = same.iter().take(SHOWN);
        lines.extend(shown.map(|held| (label, line(held))));
        if let Some(more) = same.len().checked_sub(SHOWN).filter(|more| *more > 0) {
            let query = format!("{}:{to}", same[0].kind.as_str());
            lines.push((label, format!("{more} more: desk list {query}")));
        }
    }
    lines
}

fn line(held: &Held) -> String {
    format!("{} ({}) {}", held.from, held.status, held.subject)
}
