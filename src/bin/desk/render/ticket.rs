//! A ticket as a page, and an event as an entry of the log.
//!
//! Made for somebody with the requester on the phone: what it is and where it stands in the first
//! two lines, how to reach whom next, and only what is set.

use std::io::{self, Write};

use desk::Held;
use desk::ticket::{
    Direction, Event, EventKind, Field, Json, Link, Status, Ticket, TicketId, Timestamp,
};

use super::grid::plain;
use super::paper::{Item, Paper};
use super::style::{self, Tone};
use super::{Look, change, safe, tied, time};

/// Who will read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Audience {
    /// The help desk: everything.
    Desk,
    /// The requester: no internal notes, no reasons, nothing about how the desk works.
    Requester,
}

/// What a page tells that does not stand in the ticket's file.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Around<'a> {
    /// What people call its tier.
    pub(crate) tier_name: Option<&'a str>,
    /// What other tickets hold to it.
    pub(crate) held: &'a [Held],
}

/// Columns that the labels of the fields take.
const LABEL: usize = 12;

/// Columns by which what belongs to an event is indented.
const INDENT: usize = 4;

/// `blocks 1043, relates-to 12`.
pub(crate) fn links(links: &[Link]) -> String {
    let links: Vec<_> = links
        .iter()
        .map(|link| format!("{} {}", link.kind, link.to))
        .collect();
    links.join(", ")
}

/// Writes a ticket: head, fields, description, resolution, history.
///
/// # Errors
/// What writing to `out` gives.
pub(crate) fn page(
    ticket: &Ticket,
    around: Around<'_>,
    audience: Audience,
    look: &Look,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut page = Page {
        around,
        ..Page::new(audience, look, out)
    };
    page.head(ticket)?;
    page.fields(ticket)?;
    page.text(None, ticket.state.description.as_deref())?;
    page.text(Some("Resolution"), ticket.state.resolution.as_deref())?;
    page.history(ticket)
}

/// Writes an event, which may have been taken back; `of` names its ticket where the log is of several.
///
/// # Errors
/// What writing to `out` gives.
pub(crate) fn entry(
    of: Option<TicketId>,
    (event, is_taken_back): (&Event, bool),
    audience: Audience,
    look: &Look,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut page = Page::new(audience, look, out);
    if page.may_see(event) {
        page.event(of, (event, is_taken_back), true)?;
    }
    Ok(())
}

/// An event as a requester may have it: nothing, if it is none of theirs, and without what was said
/// and done inside the house.
pub(crate) fn for_requester(event: Event) -> Option<Event> {
    if !may_see(&event) {
        return None;
    }
    let said = may_read(&event);
    Some(Event {
        message: event.message.filter(|_| said),
        public: event.public,
        from_requester: event.from_requester,
        seq: event.seq,
        op: event.op,
        ..Event::new(event.event, event.at, &event.by)
    })
}

/// A requester sees what was said to and by them, and the turns of the ticket's life.
fn may_see(event: &Event) -> bool {
    use EventKind::{Closed, Opened, Reopened, Resolved, Resumed, Undone, Waiting};
    let turns = match event.event {
        Opened | Waiting | Resumed | Resolved | Closed | Reopened => true,
        Undone => event.new_value(Field::Status).is_some(),
        _ => false,
    };
    turns || may_read(event)
}

fn may_read(event: &Event) -> bool {
    event.public || event.from_requester
}

/// A page that is being written.
struct Page<'a> {
    audience: Audience,
    around: Around<'a>,
    paper: Paper<'a>,
    last_aside: Option<String>,
}

impl<'a> Page<'a> {
    /// What goes to a requester is read later and elsewhere: `3 h ago` would not be true there.
    fn new(audience: Audience, look: &Look, out: &'a mut dyn Write) -> Self {
        let relative = look.relative && audience == Audience::Desk;
        Self {
            audience,
            around: Around::default(),
            paper: Paper {
                look: Look { relative, ..*look },
                out,
            },
            last_aside: None,
        }
    }

    fn is_internal(&self) -> bool {
        self.audience == Audience::Desk
    }

    fn head(&mut self, ticket: &Ticket) -> io::Result<()> {
        let id = ticket.id.to_string();
        let subject = safe::line(&ticket.state.subject);
        self.paper
            .hanging(&id, id.len() + 2, &subject, (Tone::Heading, Tone::Heading))?;
        let items = self.standing(ticket);
        self.paper.items(&items, " · ", 0)
    }

    /// Where it stands, in the order in which it is asked for.
    fn standing(&self, ticket: &Ticket) -> Vec<Item> {
        let state = &ticket.state;
        let mut items = vec![(self.status(ticket), style::status(state.status))];
        if self.is_internal() && ticket.is_late(self.paper.look.now) {
            items.push(("LATE".into(), style::LATE));
        }
        // Impact and urgency stand below, and need not give this one.
        let stated = match state.priority_stated && self.is_internal() {
            true => " (stated)",
            false => "",
        };
        let priority = format!("priority {}{stated}", state.priority);
        items.push((priority, style::priority(state.priority)));
        if self.is_internal() {
            let name = self
                .around
                .tier_name
                .map(|name| format!(" ({})", safe::line(name)));
            let tier = format!("tier {}{}", state.tier, name.unwrap_or_default());
            items.push((tier, Tone::Plain));
        }
        items.push(match &state.assignee {
            Some(name) => (format!("assigned to {}", safe::line(name)), Tone::Plain),
            None => ("unassigned".into(), Tone::Fresh),
        });
        items.push((format!("opened {}", self.since(ticket.opened)), Tone::Dim));
        items.push((format!("updated {}", self.since(ticket.updated)), Tone::Dim));
        items
    }

    /// `pending on requester until 2026-11-22 08:00`.
    fn status(&self, ticket: &Ticket) -> String {
        let state = &ticket.state;
        let mut text = state.status.to_string();
        if state.status == Status::Pending {
            if let Some(on) = state.waiting_on {
                text += &format!(" on {on}");
            }
            if let Some(until) = state.waiting_until {
                text += &format!(" until {}", self.clock(until));
            }
        }
        text
    }

    fn fields(&mut self, ticket: &Ticket) -> io::Result<()> {
        let fields = self.set_fields(ticket);
        if fields.is_empty() {
            return Ok(());
        }
        self.paper.heading(None)?;
        for (label, value) in fields {
            let value = safe::line(&value);
            self.paper
                .hanging(&label, LABEL, &value, (Tone::Dim, Tone::Plain))?;
        }
        Ok(())
    }

    /// The fields that say something, and are not in the head.
    fn set_fields(&self, ticket: &Ticket) -> Vec<(String, String)> {
        let state = &ticket.state;
        let mut fields: Vec<(String, String)> = Vec::new();
        let mut add = |label: &str, value: Option<String>| {
            if let Some(value) = value.filter(|value| !value.trim().is_empty()) {
                fields.push((label.to_owned(), value));
            }
        };
        let moment = |at: Option<Timestamp>| at.map(|at| self.moment(at));
        add("requester", state.requester.clone());
        add("contact", state.contact.clone());
        add("location", state.location.clone());
        add("asset", state.asset.clone());
        add("service", state.service.map(|service| service.to_string()));
        add("kind", state.kind.map(|kind| kind.to_string()));
        add("category", state.category.as_ref().map(ToString::to_string));
        add("due", moment(state.due));
        if self.is_internal() {
            add("impact", Some(state.impact.to_string()));
            add("urgency", Some(state.urgency.to_string()));
            add("channel", state.channel.map(|channel| channel.to_string()));
            add("team", state.team.clone());
            add("watchers", Some(state.watchers.join(", ")));
            add("tags", Some(state.tags.join(", ")));
            add("links", Some(links(&state.links)));
            for (label, held) in tied::lines(ticket.id, self.around.held) {
                add(label, Some(held));
            }
        }
        add("merged into", state.merged_into.map(|id| id.to_string()));
        add("ref", state.reference.as_ref().map(ToString::to_string));
        add("solved", moment(ticket.solved));
        add(
            "closed",
            moment(ticket.closed).filter(|_| ticket.closed != ticket.solved),
        );
        if self.is_internal() {
            add("code", state.code.clone());
            for (name, value) in ticket.extra.iter() {
                add(&safe::line(name), Some(plain(&value.value()).into_owned()));
            }
        }
        add("stars", state.stars.map(|stars| format!("{stars} of 5")));
        fields
    }

    fn text(&mut self, heading: Option<&str>, text: Option<&str>) -> io::Result<()> {
        let Some(text) = text
            .map(|text| text.trim_end_matches(safe::BLANK))
            .filter(|text| !text.is_empty())
        else {
            return Ok(());
        };
        self.paper.heading(heading)?;
        self.paper.block(text, 0, Tone::Plain)
    }

    fn history(&mut self, ticket: &Ticket) -> io::Result<()> {
        self.paper.heading(Some("History"))?;
        let taken_back = ticket.taken_back();
        for event in &ticket.events {
            // What stands above as the resolution is not said twice.
            let said = event.message.is_some() && event.message == ticket.state.resolution;
            if self.may_see(event) {
                let is_taken_back = taken_back.contains(event.op.as_str());
                self.event(None, (event, is_taken_back), !said)?;
            }
        }
        Ok(())
    }

    fn may_see(&self, event: &Event) -> bool {
        self.is_internal() || may_see(event)
    }

    fn may_read(&self, event: &Event) -> bool {
        self.is_internal() || may_read(event)
    }

    fn event(
        &mut self,
        of: Option<TicketId>,
        (event, is_taken_back): (&Event, bool),
        message: bool,
    ) -> io::Result<()> {
        let mut items = vec![(self.moment(event.at), Tone::Dim)];
        items.extend(of.map(|id| (id.to_string(), Tone::Heading)));
        items.push((safe::line(&event.by).into_owned(), Tone::Heading));
        items.push((what(event), Tone::Plain));
        if self.is_internal() {
            let changes = self.changes(of, event);
            items.extend((!changes.is_empty()).then_some((changes, Tone::Plain)));
            items.extend(is_taken_back.then(|| ("(taken back)".into(), Tone::Dim)));
            items.extend(self.aside(event).map(|aside| (aside, Tone::Dim)));
        }
        self.paper.items(&items, "  ", INDENT)?;
        if let Some(text) = event
            .message
            .as_deref()
            .filter(|_| message && self.may_read(event))
        {
            self.paper
                .block(text.trim_end_matches(safe::BLANK), INDENT, Tone::Plain)?;
        }
        if self.is_internal() {
            for why in &event.why {
                self.paper
                    .block(&format!("why: {why}"), INDENT, Tone::Dim)?;
            }
        }
        Ok(())
    }

    /// What about an event is not as it usually is. Of a run of events that somebody recorded
    /// together (an import) it is said once.
    fn aside(&mut self, event: &Event) -> Option<String> {
        let aside = self.aside_of(event);
        let again = aside.is_some() && aside == self.last_aside;
        self.last_aside.clone_from(&aside);
        aside.filter(|_| !again)
    }

    fn aside_of(&self, event: &Event) -> Option<String> {
        let undoes = event.undoes.as_ref();
        let undoes = undoes.map(|run| format!("takes back {}", safe::line(run)));
        let sent = event.sent_to.map(|id| format!("sent to {id}"));
        let real = event
            .real
            .as_ref()
            .map(|real| format!(" by {}", safe::line(real)));
        let recorded = (event.recorded.is_some() || real.is_some()).then(|| {
            let when = event.recorded.map(|at| format!(" {}", self.moment(at)));
            format!(
                "recorded{}{}",
                when.unwrap_or_default(),
                real.unwrap_or_default()
            )
        });
        let clock = event
            .clock
            .map(|at| format!("by a clock that said {}", self.clock(at)));
        let asides: Vec<_> = [undoes, sent, recorded, clock]
            .into_iter()
            .flatten()
            .collect();
        (!asides.is_empty()).then(|| format!("({})", asides.join(", ")))
    }

    /// The fields that an event set. Of an opening that is the whole ticket, and a page shows it
    /// anyway; a log of several tickets says which one it was.
    fn changes(&self, of: Option<TicketId>, event: &Event) -> String {
        let zone = self.paper.look.zone;
        match event.event {
            EventKind::Opened if of.is_none() => String::new(),
            EventKind::Opened => {
                let subject = |(name, _): &(&str, &Json)| *name == Field::Subject.name();
                change::sentence(event.changed.iter().filter(subject), zone)
            }
            _ => change::sentence(event.changed.iter(), zone),
        }
    }

    /// An instant on the wall clock; with its offset for who may read it in another zone.
    fn clock(&self, at: Timestamp) -> String {
        match self.audience {
            Audience::Desk => time::absolute(at, self.paper.look.zone),
            Audience::Requester => time::with_offset(at, self.paper.look.zone),
        }
    }

    /// The wall clock, and how far from now.
    fn moment(&self, at: Timestamp) -> String {
        if self.paper.look.relative {
            let relative = time::relative(at, self.paper.look.now);
            return format!("{} ({relative})", self.clock(at));
        }
        self.clock(at)
    }

    /// How long ago, where the reader knows when now is.
    fn since(&self, at: Timestamp) -> String {
        if self.paper.look.relative {
            return time::relative(at, self.paper.look.now);
        }
        self.clock(at)
    }
}

/// What happened, in words that cannot be mistaken for the other kind of note.
fn what(event: &Event) -> String {
    let text = match (&event.event, event.direction) {
        (EventKind::Noted, _) if event.from_requester => "from the requester",
        (EventKind::Noted, _) if event.public => "replied",
        (EventKind::Noted, _) => "internal note",
        (EventKind::Escalated, Some(Direction::Down)) => "handed down",
        (kind, _) => kind.as_str(),
    };
    safe::line(text).into_owned()
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::tests::look;
    use super::super::width;
    use super::*;
    use serde_json::{Value, json};

    fn event(at: &str, by: &str, kind: &str, more: Value) -> Event {
        let mut event = json!({"seq": 1, "at": at, "by": by, "event": kind, "op": "x"});
        let fields = event.as_object_mut().unwrap();
        fields.extend(more.as_object().unwrap().clone());
        serde_json::from_value(event).unwrap()
    }

    /// A ticket at work, with what a hostile mail can put into it.
    pub(crate) fn ticket() -> Ticket {
        let mut ticket = Ticket::blank(TicketId::new(1042).unwrap(), look().now);
        let events = [
            event(
                "2026-11-21T09:00:00Z",
                "minh",
                "opened",
                json!({"changed": {
                    "subject": [null, "Máy in tầng 3 bị kẹt giấy"],
                    "description": [null, "Paper jams\u{1b}[2J\r\nevery morning."],
                    "requester": [null, "Trần Minh"],
                    "contact": [null, "+84 24 3333 4444"],
                    "priority": [null, 3],
                    "due": [null, "2026-11-21T10:00:00Z"],
                    "tags": [null, ["vpn", "floor3"]],
                }}),
            ),
            event(
                "2026-11-21T09:30:00Z",
                "minh",
                "noted",
                json!({
                    "message": "Looks like the fuser; he is angry.",
                }),
            ),
            event(
                "2026-11-21T10:00:00Z",
                "minh",
                "escalated",
                json!({
                    "message": "Needs a spare part",
                    "direction": "up",
                    "why": ["tier 2: lan has the skill hardware"],
                    "changed": {
                        "tier": [1, 2], "priority": [3, 2], "assignee": [null, "lan"],
                        "status": ["new", "open"], "tags": [["vpn", "floor3"], ["vip", "floor3"]],
                        "links": [[], [{"kind": "blocks", "to": 1043}]],
                    },
                }),
            ),
            event(
                "2026-11-21T11:00:00Z",
                "lan",
                "noted",
                json!({
                    "message": "A new fuser comes on Monday.\n\nUse the printer on floor 2 until then.",
                    "public": true,
                }),
            ),
        ];
        for event in events {
            ticket.apply(event).unwrap();
        }
        ticket
    }

    fn render(ticket: &Ticket, audience: Audience, look: &Look) -> String {
        let mut out = Vec::new();
        page(ticket, Around::default(), audience, look, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn the_page_of_a_technician() {
        let look = Look {
            width: Some(60),
            relative: true,
            ..look()
        };
        let expected = "\
1042  Máy in tầng 3 bị kẹt giấy
open · LATE · priority 2 · tier 2 · assigned to lan
opened 3 h ago · updated 1 h ago

requester   Trần Minh
contact     +84 24 3333 4444
due         2026-11-21 10:00 (2 h ago)
impact      medium
urgency     medium
tags        vip, floor3
links       blocks 1043

Paper jams␛[2J
every morning.

History
2026-11-21 09:00 (3 h ago)  minh  opened
2026-11-21 09:30 (2 h ago)  minh  internal note
    Looks like the fuser; he is angry.
2026-11-21 10:00 (2 h ago)  minh  escalated
    tier 1 → 2, priority 3 → 2, assignee lan, status new →
    open, tags -vpn +vip, links +blocks 1043
    Needs a spare part
    why: tier 2: lan has the skill hardware
2026-11-21 11:00 (1 h ago)  lan  replied
    A new fuser comes on Monday.

    Use the printer on floor 2 until then.
";
        assert_eq!(render(&ticket(), Audience::Desk, &look), expected);
    }

    #[test]
    fn the_page_of_a_requester_is_without_what_is_internal() {
        let look = Look {
            relative: true,
            ..look()
        };
        let expected = "\
1042  Máy in tầng 3 bị kẹt giấy
open · priority 2 · assigned to lan · opened 2026-11-21 09:00 +00:00 · updated 2026-11-21 11:00 +00:00

requester   Trần Minh
contact     +84 24 3333 4444
due         2026-11-21 10:00 +00:00

Paper jams␛[2J
every morning.

History
2026-11-21 09:00 +00:00  minh  opened
2026-11-21 11:00 +00:00  lan  replied
    A new fuser comes on Monday.

    Use the printer on floor 2 until then.
";
        assert_eq!(render(&ticket(), Audience::Requester, &look), expected);
    }

    #[test]
    fn a_priority_that_was_stated_says_so_to_the_desk() {
        let mut ticket = ticket();
        ticket.state.priority_stated = true;
        let head = |audience| {
            let text = render(&ticket, audience, &look());
            let standing = text.lines().nth(1).unwrap().split(" · ");
            standing.map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(head(Audience::Desk)[2], "priority 2 (stated)");
        assert_eq!(head(Audience::Requester)[1], "priority 2");
    }

    #[test]
    fn a_resolution_is_said_once() {
        let mut ticket = ticket();
        let resolved = event(
            "2026-11-21T11:30:00Z",
            "lan",
            "resolved",
            json!({
                "message": "New fuser",
                "changed": {"status": ["open", "resolved"], "resolution": [null, "New fuser"]},
            }),
        );
        ticket.apply(resolved).unwrap();
        let text = render(&ticket, Audience::Desk, &look());
        assert_eq!(text.matches("New fuser").count(), 1);
        assert!(text.contains("\nResolution\nNew fuser\n"), "{text}");
        assert!(!text.contains("LATE"), "{text}");
        assert!(
            text.ends_with("resolved  status open → resolved, resolution set\n"),
            "{text}"
        );
    }

    #[test]
    fn an_entry_of_the_log() {
        let ticket = ticket();
        let log = |i: usize, audience| {
            let mut out = Vec::new();
            entry(
                Some(ticket.id),
                (&ticket.events[i], i == 2),
                audience,
                &look(),
                &mut out,
            )
            .unwrap();
            String::from_utf8(out).unwrap()
        };
        assert_eq!(
            log(0, Audience::Desk),
            "2026-11-21 09:00  1042  minh  opened  subject Máy in tầng 3 bị kẹt giấy\n"
        );
        assert_eq!(log(1, Audience::Requester), "");
        assert_eq!(log(2, Audience::Requester), "");
    }

    #[test]
    fn hostile_text_in_every_field_stays_text() {
        let bad = "x\u{1b}]0;y\u{7}\n\u{202e}\u{9b}1m\0";
        let mut ticket = ticket();
        ticket.state.subject = bad.into();
        ticket.state.watchers = vec![bad.into()];
        ticket.extra.set(0, bad, Json::of(&json!({"a": [bad]})));
        for field in [
            &mut ticket.state.assignee,
            &mut ticket.state.requester,
            &mut ticket.state.contact,
            &mut ticket.state.location,
            &mut ticket.state.asset,
            &mut ticket.state.resolution,
            &mut ticket.state.team,
            &mut ticket.state.code,
            &mut ticket.state.description,
        ] {
            *field = Some(bad.into());
        }
        ticket.events.push(event(
            "2026-11-21T11:30:00Z",
            bad,
            bad,
            json!({
                "real": bad, "message": bad, "why": [bad],
                "changed": {bad: [bad, [bad]], "team": [bad, bad], "due": [bad, 5]},
            }),
        ));
        for width in [None, Some(1), Some(20), Some(80)] {
            let text = render(&ticket, Audience::Desk, &Look { width, ..look() });
            let raw = text.chars().find(|&c| c != '\n' && safe::is_hidden(c));
            assert_eq!(raw, None, "{text}");
        }
    }

    #[test]
    fn nothing_is_wider_than_the_terminal_and_colour_changes_no_layout() {
        for width in 20..100 {
            let look = Look {
                width: Some(width),
                relative: true,
                ..look()
            };
            let text = render(&ticket(), Audience::Desk, &look);
            let widest = text.lines().map(width::of).max().unwrap();
            assert!(widest <= width, "{widest} in {width}:\n{text}");

            let coloured = render(
                &ticket(),
                Audience::Desk,
                &Look {
                    colour: true,
                    ..look
                },
            );
            assert_eq!(super::super::table::tests::stripped(&coloured), text);
        }
    }
}
