//! What a report must know of one ticket, and nothing else.
//!
//! A report looks at hundreds of thousands of tickets, and at each of them several times. So every
//! ticket is walked once, while its file is in memory, and only its [`Facts`] are kept: the steps
//! at which its standing changed, and what is true of it as of the report's instant.

use std::borrow::Cow;
use std::sync::Arc;

use super::moves::{Told, told_of};
use crate::ticket::{
    Channel, Direction, Event, EventKind, Field, Kind, Priority, Status, Ticket, TicketId, Tier,
    Timestamp,
};

/// A passage from active to solved, or back. The metrics tell work from bookkeeping: a merge and
/// the undoing of an opening solve nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Crossing {
    /// Solved, by whatever event but the two below.
    Solved,
    /// Taken over by another ticket while it was active.
    Merged,
    /// Its opening was taken back while it was active.
    Voided,
    /// Back from solved.
    Reopened,
    /// Back from a merge or from the undoing of its opening.
    Restored,
}

impl Crossing {
    /// The crossing that an event makes, given the status before and after it.
    fn of(happening: &Happening<'_>, was: Status, is: Status) -> Option<Self> {
        let Happening {
            merged,
            unmerged,
            voided,
            ..
        } = happening;
        match (was.is_solved(), is.is_solved()) {
            (false, true) if *merged => Some(Self::Merged),
            (false, true) if *voided => Some(Self::Voided),
            (false, true) => Some(Self::Solved),
            (true, false) if *unmerged || *voided => Some(Self::Restored),
            (true, false) => Some(Self::Reopened),
            _ => None,
        }
    }
}

/// How a ticket stands from an instant on, until its next step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// When the step was made; never before the step before it.
    pub at: Timestamp,
    /// Where the ticket stands.
    pub status: Status,
    /// The tier that has it.
    pub tier: Tier,
    /// The technician who has it.
    pub assignee: Option<Arc<str>>,
    /// The team whose queue it is in.
    pub team: Option<Arc<str>>,
    /// The passage between active and solved that the step made.
    pub crossing: Option<Crossing>,
    /// The direction, where the step was an escalation.
    pub escalated: Option<Direction>,
    /// Whether the requester wrote something.
    pub requester_wrote: bool,
}

/// What a report must know of one ticket, from its events before an instant `as_of`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// The ticket's number.
    pub id: TicketId,
    /// What it is about, in one line.
    pub subject: Box<str>,
    /// Its priority as of `as_of`.
    pub priority: Priority,
    /// Its kind as of `as_of`.
    pub kind: Option<Kind>,
    /// How the request came in, as of `as_of`.
    pub channel: Option<Channel>,
    /// Its category as of `as_of`, a path.
    pub category: Option<Arc<str>>,
    /// Who asked, as of `as_of`.
    pub requester: Option<Arc<str>>,
    /// The asset that it is about, as of `as_of`.
    pub asset: Option<Arc<str>>,
    /// Where the requester or the asset is, as of `as_of`.
    pub location: Option<Arc<str>>,
    /// The latest rating, 1 to 5.
    pub stars: Option<u8>,
    /// Whether somebody was there to answer while the ticket was opened.
    pub live: bool,
    /// When somebody other than the requester first answered or solved it.
    pub first_response: Option<Timestamp>,
    /// The opening, and every step after it, oldest first; never empty.
    steps: Vec<Step>,
}

/// Steps are named by their place in [`Facts::steps`]; a place past the last one is a bug of the
/// caller, and panics.
impl Facts {
    /// The facts of a ticket from its events before `as_of`; `None` when it was opened later.
    ///
    /// A value that is not of its field's type is passed over: to find it is `fsck`'s task.
    pub fn of(ticket: &Ticket, as_of: Timestamp) -> Option<Self> {
        let known = ticket.events.iter().take_while(|event| event.at < as_of);
        Self::of_events(ticket.id, known)
    }

    /// The facts of all that ever happened.
    pub(crate) fn of_all(ticket: &Ticket) -> Option<Self> {
        Self::of_events(ticket.id, ticket.events.iter())
    }

    fn of_events<'a>(id: TicketId, events: impl Iterator<Item = &'a Event>) -> Option<Self> {
        let mut walk = Walk::default();
        for event in events {
            let was = walk.status();
            for (field, told) in told_of(event) {
                walk.set(field, told);
            }
            walk.take(&Happening::of(event), was);
        }
        walk.into_facts(id)
    }

    /// The opening, and every step after it, oldest first; never empty.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// When the ticket was opened.
    pub fn opened(&self) -> Timestamp {
        self.steps[0].at
    }

    /// How the ticket stood at an instant, the events before it folded in; `None` before its
    /// opening.
    pub fn standing(&self, at: Timestamp) -> Option<&Step> {
        let before = self.steps.partition_point(|step| step.at < at);
        self.steps[..before].last()
    }

    /// How the ticket stands as of the report.
    pub fn last(&self) -> &Step {
        &self.steps[self.steps.len() - 1]
    }

    /// Where in [`Facts::steps`] the ticket was solved, oldest first; merged and voided apart.
    pub fn solves(&self) -> impl DoubleEndedIterator<Item = usize> {
        (0..self.steps.len()).filter(|&step| self.steps[step].crossing == Some(Crossing::Solved))
    }

    /// Whether it was ever reopened; unmerged apart.
    pub fn was_reopened(&self) -> bool {
        let mut steps = self.steps.iter();
        steps.any(|step| step.crossing == Some(Crossing::Reopened))
    }

    /// Whether two or more technicians have had it, up to and with a step.
    pub fn was_reassigned(&self, step: usize) -> bool {
        let steps = self.steps[..=step].iter();
        let mut had = steps.filter_map(|step| step.assignee.as_deref());
        had.next()
            .is_some_and(|first| had.any(|later| later != first))
    }

    /// Whether the solve at a step was by tier 1, which had never handed the ticket on.
    pub fn is_of_first_tier(&self, solve: usize) -> bool {
        let mut before = self.steps[..solve].iter();
        self.steps[solve].tier == Tier(1) && before.all(|step| step.escalated.is_none())
    }

    /// The step just before a step; the opening has none, and stands for itself.
    pub fn before(&self, step: usize) -> &Step {
        &self.steps[step.saturating_sub(1)]
    }

    /// The latest solve before a step, which is the one that a reopening takes back.
    pub fn solve_before(&self, step: usize) -> &Step {
        match self.solves().rev().find(|&solve| solve < step) {
            Some(solve) => &self.steps[solve],
            None => self.before(step),
        }
    }
}

/// What an event is to reports, beside the fields that it set.
pub(super) struct Happening<'a> {
    pub(super) at: Timestamp,
    /// Who did it, in bytes: it is compared, and no more.
    pub(super) by: &'a [u8],
    pub(super) public: bool,
    pub(super) from_requester: bool,
    pub(super) escalated: Option<Direction>,
    pub(super) merged: bool,
    pub(super) unmerged: bool,
    pub(super) voided: bool,
}

impl<'a> Happening<'a> {
    pub(super) fn of(event: &'a Event) -> Self {
        let is_escalation = event.event == EventKind::Escalated;
        Self {
            at: event.at,
            by: event.by.as_bytes(),
            public: event.public,
            from_requester: event.from_requester,
            escalated: is_escalation.then(|| event.direction.unwrap_or(Direction::Up)),
            merged: event.event == EventKind::Merged,
            unmerged: event.event == EventKind::Unmerged,
            voided: matches!(event.event, EventKind::Voided | EventKind::Unvoided),
        }
    }
}

/// A ticket on the way to its facts.
#[derive(Default)]
pub(super) struct Walk<'a> {
    known: Known<'a>,
    opened_by: &'a [u8],
    /// When the last thing happened.
    at: Option<Timestamp>,
    steps: Vec<Step>,
    /// Who answered or solved, and when. Who of them is the requester is known at the end only.
    answers: Vec<(Timestamp, &'a [u8])>,
}

/// A ticket's fields, as far as reports care. Its texts are lent: most of them are never kept.
#[derive(Default)]
struct Known<'a> {
    subject: Cow<'a, str>,
    status: Status,
    priority: Priority,
    tier: Tier,
    team: Option<Cow<'a, str>>,
    assignee: Option<Cow<'a, str>>,
    requester: Option<Cow<'a, str>>,
    kind: Option<Kind>,
    channel: Option<Channel>,
    category: Option<Cow<'a, str>>,
    location: Option<Cow<'a, str>>,
    asset: Option<Cow<'a, str>>,
    stars: Option<u8>,
}

impl<'a> Walk<'a> {
    /// A ticket to which at most so many things happened.
    pub(super) fn of_events(most: usize) -> Self {
        Self {
            steps: Vec::with_capacity(most),
            ..Self::default()
        }
    }

    /// The status so far. Before its opening a ticket was active in the sense of the flow: one that is
    /// opened solved is opened, and solved.
    pub(super) fn status(&self) -> Status {
        self.known.status
    }

    /// Sets a field to what it was told to be.
    pub(super) fn set(&mut self, field: Field, told: Told<'a>) {
        let known = &mut self.known;
        let (number, text) = match told {
            Told::Nothing => (None, None),
            Told::Number(number) => (Some(number), None),
            Told::Text(text) => (None, Some(text)),
        };
        let place = number.map_or(usize::MAX, usize::from);
        match field {
            Field::Subject => known.subject = text.unwrap_or_default(),
            Field::Status => known.status = Status::ALL.get(place).copied().unwrap_or_default(),
            Field::Priority => known.priority = number.and_then(Priority::new).unwrap_or_default(),
            Field::Tier => known.tier = Tier(number.unwrap_or(1)),
            Field::Team => known.team = text,
            Field::Assignee => known.assignee = text,
            Field::Requester => known.requester = text,
            Field::Kind => known.kind = Kind::ALL.get(place).copied(),
            Field::Channel => known.channel = Channel::ALL.get(place).copied(),
            Field::Category => known.category = text,
            Field::Location => known.location = text,
            Field::Asset => known.asset = text,
            Field::Stars => known.stars = number,
            _ => {}
        }
    }

    /// Takes in what happened, after the fields that it set; `was` is the status before.
    pub(super) fn take(&mut self, happening: &Happening<'a>, was: Status) {
        // In a file that somebody changed, time may run backwards: no duration does.
        let at = self.at.map_or(happening.at, |last| last.max(happening.at));
        self.at = Some(at);
        let crossing = Crossing::of(happening, was, self.known.status);
        if self.steps.is_empty() {
            self.opened_by = happening.by;
        } else if happening.public && !happening.from_requester {
            self.answers.push((at, happening.by));
        }
        if crossing == Some(Crossing::Solved) {
            self.answers.push((at, happening.by));
        }
        self.step(at, happening, crossing);
    }

    /// Keeps a step, where one was made.
    fn step(&mut self, at: Timestamp, happening: &Happening<'_>, crossing: Option<Crossing>) {
        let last = self.steps.last();
        let step = Step {
            at,
            status: self.known.status,
            tier: self.known.tier,
            assignee: shared(&self.known.assignee, last.map(|last| &last.assignee)),
            team: shared(&self.known.team, last.map(|last| &last.team)),
            crossing,
            escalated: happening.escalated,
            requester_wrote: happening.from_requester && last.is_some(),
        };
        let says_something = last.is_none_or(|last| {
            (step.status, step.tier) != (last.status, last.tier)
                || (&step.assignee, &step.team) != (&last.assignee, &last.team)
                || step.escalated.is_some()
                || step.requester_wrote
        });
        if says_something {
            self.steps.push(step);
        }
    }

    pub(super) fn into_facts(self, id: TicketId) -> Option<Facts> {
        if self.steps.is_empty() {
            return None;
        }
        let Self { known, answers, .. } = self;
        let requester = known.requester.as_deref().map(str::as_bytes);
        let kept = |text: Option<Cow<'_, str>>| text.map(|text| Arc::from(&*text));
        let is_other = |by: &[u8]| requester != Some(by);
        Some(Facts {
            id,
            live: known.channel.is_some_and(Channel::is_live) && is_other(self.opened_by),
            first_response: answers
                .iter()
                .find(|(_, by)| is_other(by))
                .map(|(at, _)| *at),
            requester: known.requester.as_deref().map(Arc::from),
            subject: known.subject.into(),
            priority: known.priority,
            kind: known.kind,
            channel: known.channel,
            category: kept(known.category),
            asset: kept(known.asset),
            location: kept(known.location),
            stars: known.stars,
            steps: self.steps,
        })
    }
}

/// A name as the step before has it, so that a ticket holds it once; else a new one.
fn shared(name: &Option<Cow<'_, str>>, last: Option<&Option<Arc<str>>>) -> Option<Arc<str>> {
    let name = name.as_deref()?;
    match last {
        Some(Some(last)) if **last == *name => Some(Arc::clone(last)),
        _ => Some(name.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::story::{at, facts, facts_as_of, ticket};

    const LIFE: &str = "
        01T08:00:00 anna opened requester=anna tier=1 category=network
        01T08:05:00 minh assigned assignee=minh status=open
        01T08:05:00 minh escalated/up assignee=lan tier=2
        01T09:00:00 lan  waiting status=pending
        01T10:00:00 anna noted/requester status=open
        01T11:00:00 lan  resolved status=resolved
        02T08:00:00 lan  closed status=closed
        03T08:00:00 anna reopened status=open
        04T08:00:00 lan  edited category=hardware
        05T08:00:00 lan  closed status=closed";

    #[test]
    fn a_life_becomes_its_steps() {
        let facts = facts(LIFE);
        let crossings: Vec<_> = facts.steps().iter().filter_map(|s| s.crossing).collect();
        use Crossing::{Reopened, Solved};
        assert_eq!(crossings, [Solved, Reopened, Solved]);
        // The edit is none; the close after the resolve is one, though no crossing.
        assert_eq!(facts.steps().len(), 9);
        assert!(!facts.was_reassigned(1) && facts.was_reassigned(2));
        assert_eq!(facts.before(2).assignee.as_deref(), Some("minh"));
        assert_eq!(facts.steps()[2].escalated, Some(Direction::Up));
        assert!(facts.steps()[4].requester_wrote && facts.was_reopened());
        assert_eq!(facts.category.as_deref(), Some("hardware"));
    }

    #[test]
    fn nothing_at_or_after_the_instant_is_known() {
        let known = |as_of: &str| facts_as_of(LIFE, as_of);
        assert_eq!(known("01T08:00:00"), None);
        let first = known("01T08:00:01").unwrap();
        assert_eq!(first.steps().len(), 1);
        assert_eq!(first.first_response, None);
        let later = known("05T08:00:00").unwrap();
        assert_eq!(later.last().status, Status::Open);
        assert_eq!(later.category.as_deref(), Some("hardware"));
        let earlier = known("04T08:00:00").unwrap();
        assert_eq!(earlier.category.as_deref(), Some("network"));
    }

    #[test]
    fn standing_counts_the_events_before_an_instant() {
        let facts = facts(LIFE);
        let table = [
            ("01T08:00:00", None),
            ("01T08:00:01", Some((Status::New, 1))),
            ("01T08:05:00", Some((Status::New, 1))),
            // Two events of one second: the later one holds.
            ("01T08:05:01", Some((Status::Open, 2))),
            ("01T09:30:00", Some((Status::Pending, 2))),
            ("02T08:00:01", Some((Status::Closed, 2))),
            ("09T00:00:00", Some((Status::Closed, 2))),
        ];
        for (instant, expected) in table {
            let found = facts.standing(at(instant)).map(|s| (s.status, s.tier.0));
            assert_eq!(found, expected, "{instant}");
        }
    }

    #[test]
    fn merges_and_voids_are_crossings_of_their_own() {
        let table: [(&str, &[Crossing]); 6] = [
            (
                "merged status=closed; unmerged status=open",
                &[Crossing::Merged, Crossing::Restored],
            ),
            ("voided status=closed", &[Crossing::Voided]),
            (
                "voided status=closed; unvoided status=open",
                &[Crossing::Voided, Crossing::Restored],
            ),
            (
                "closed status=closed; undone status=open",
                &[Crossing::Solved, Crossing::Reopened],
            ),
            // A solved ticket merged away crosses nothing.
            (
                "closed status=closed; merged merged_into=7; unmerged merged_into=null",
                &[Crossing::Solved],
            ),
            // An event of a later version crosses as any other.
            ("frobbed status=resolved", &[Crossing::Solved]),
        ];
        for (events, expected) in table {
            let lines = events
                .split("; ")
                .map(|e| format!("\n02T08:00:00 minh {e}"));
            let story = "01T08:00:00 anna opened tier=1".to_owned() + &lines.collect::<String>();
            let crossings: Vec<_> = facts(&story)
                .steps()
                .iter()
                .filter_map(|step| step.crossing)
                .collect();
            assert_eq!(crossings, expected, "{events}");
        }
    }

    #[test]
    fn the_first_response_is_by_somebody_else() {
        let table = [
            ("noted", None),
            ("noted/public", Some("02T08:00:00")),
            ("noted/requester", None),
            ("noted/requester/public", None),
            ("resolved status=resolved", Some("02T08:00:00")),
            ("merged status=closed", None),
            ("voided status=closed", None),
            // The requester's own close is no response; nor is the note of whom a later event
            // names as the requester.
            ("closed status=closed requester=minh", None),
        ];
        for (event, expected) in table {
            let story = format!("01T08:00:00 anna opened requester=anna\n02T08:00:00 minh {event}");
            assert_eq!(facts(&story).first_response, expected.map(at), "{event}");
        }
    }

    #[test]
    fn who_opens_for_somebody_else_by_phone_answers_at_once() {
        let table = [
            ("minh opened requester=anna channel=phone", true),
            ("minh opened channel=walk-in", true),
            ("anna opened requester=anna channel=chat", false),
            ("minh opened requester=anna channel=email", false),
            ("minh opened requester=anna", false),
        ];
        for (event, expected) in table {
            let facts = facts(&format!("01T08:00:00 {event}"));
            assert_eq!(facts.live, expected, "{event}");
        }
    }

    #[test]
    fn opened_solved_is_opened_and_solved() {
        let facts = facts("01T08:00:00 minh opened status=resolved");
        assert_eq!(facts.solves().collect::<Vec<_>>(), [0]);
        assert_eq!(facts.opened(), at("01T08:00:00"));
        assert_eq!(facts.first_response, Some(at("01T08:00:00")));
        assert_eq!(ticket("").events.len(), 0);
    }
}
