//! A group of operations on its way through the house: what it needs is locked and read, every
//! operation is decided on top of those before it, and all that changed is committed together. What is
//! new is written beside its place while the rest is decided.
//!
//! A rule that must know more says so; then everything is released, the union is locked in order,
//! read again and decided again. So no lock is ever taken while a later one is held.

mod answer;
mod needs;
mod numbers;

use std::collections::{BTreeMap, BTreeSet};

use needs::{locks_for, named_by};

use crate::composed::composed;
use crate::desk::{Answer, Caller, Mode};
use crate::error::{Error, Result};
use crate::index::{Before, Entry, Known as AllTickets};
use crate::operation::{Asked, Decision, Operation, Target, Verb, decide};
use crate::policy::Policy;
use crate::store::{Change, Committed, Content, Give, Held, Numbers, Store, Writing};
use crate::ticket::{Event, State, Ticket, TicketId, TicketName};
use crate::view::{Known, Need, Stop, View};

/// A group that needs more after so many rounds chases something that moves away from it.
const MOST_ROUNDS: usize = 64;

/// A group of so many operations is a large one.
const MANY: usize = 50;

/// So many new tickets are given to be written before all is decided.
const AHEAD: usize = 256;

/// A group of operations, and all that it is decided by.
pub(crate) struct Group<'a> {
    pub(crate) store: &'a Store,
    pub(crate) all: &'a mut AllTickets,
    pub(crate) policy: &'a Policy,
    pub(crate) operations: &'a [Operation],
    /// Which row each operation belongs to; of one row all are carried out, or none. Empty, where every
    /// operation stands for itself.
    pub(crate) rows: &'a [usize],
    pub(crate) caller: &'a Caller,
    pub(crate) mode: Mode,
    /// Numbers that were given in an earlier round, to the same openings.
    numbers: Vec<TicketId>,
    /// Numbers that were taken, and not given yet.
    block: Option<Numbers>,
    /// Why none can be taken any more: what failed once is not tried again for each opening.
    no_number: Option<Error>,
    /// Whether new tickets are given to be written before all is decided.
    goes_ahead: bool,
}

/// What became of one operation.
pub(crate) enum Outcome {
    /// It was carried out, or refused.
    Decided(Result<Answer>),
    /// The number of a new ticket turned out to be taken: it has to be tried again.
    Collided,
}

/// What one round of decisions came to.
#[derive(Default)]
struct Round {
    outcomes: Vec<Result<Answer>>,
    /// The tickets that change, with what they were before; nothing, where they are new.
    changed: BTreeMap<TicketId, Option<Before>>,
    missing: BTreeSet<Need>,
    opened: usize,
    /// Of so many of those is decided whether they are written ahead.
    given: usize,
    /// What is to be known of what was given to be written.
    entries: Vec<(TicketId, Entry)>,
}

/// A ticket that is about to change, with the revision and the state that it had; nothing, where it is
/// new.
type Taken = (Box<Ticket>, Option<(u64, State)>);

/// Why a group is not decided.
enum Undecided {
    /// This must be known first.
    Missing(BTreeSet<Need>),
    Failed(Error),
}

impl From<Error> for Undecided {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl Round {
    /// Gives a ticket to be written, which was so before.
    fn give(&mut self, before: Option<&Before>, ticket: Box<Ticket>, give: &mut Give<'_>) {
        self.entries.push((ticket.id, Entry::of(&ticket)));
        give(Change {
            expected: before.map(Before::rev),
            content: Content::Ticket(ticket),
            owner: None,
        });
    }

    /// Lets nothing stand of a row of which something is refused. The ticket of a row is one that it
    /// opens, and nobody else's.
    fn keep_rows_whole(&mut self, rows: &[usize]) {
        let mut rest = self.outcomes.as_mut_slice();
        for row in rows.chunk_by(|a, b| a == b) {
            let (outcomes, others) = rest.split_at_mut(row.len());
            rest = others;
            let Some(error) = outcomes.iter().find_map(|it| it.as_ref().err()).cloned() else {
                continue;
            };
            for outcome in outcomes {
                if let Ok(Answer {
                    ticket: Some(id), ..
                }) = outcome
                {
                    self.changed.remove(id);
                }
                *outcome = Err(error.clone());
            }
        }
    }
}

impl<'a> Group<'a> {
    pub(crate) fn new(
        store: &'a Store,
        all: &'a mut AllTickets,
        policy: &'a Policy,
        (operations, rows): (&'a [Operation], &'a [usize]),
        caller: &'a Caller,
        mode: Mode,
    ) -> Self {
        Self {
            store,
            all,
            policy,
            operations,
            rows,
            caller,
            mode,
            numbers: Vec::new(),
            block: None,
            no_number: None,
            goes_ahead: mode == Mode::Apply && rows.is_empty(),
        }
    }

    /// Decides all operations, and commits what follows.
    pub(crate) fn perform(mut self) -> Result<Vec<Outcome>> {
        let mut needs: BTreeSet<Need> = self.operations.iter().flat_map(named_by).collect();
        let writing = match self.mode {
            Mode::Apply | Mode::Atomic => Some(self.store.writing()?),
            Mode::DryRun => {
                self.store.expect_writable()?;
                None
            }
        };
        self.expect(&mut needs)?;
        for _ in 0..MOST_ROUNDS {
            let held = match &writing {
                Some(writing) => {
                    // What takes long is done before anybody has to wait for it.
                    self.refresh(&needs)?;
                    writing.lock(&locks_for(&needs))?
                }
                None => Vec::new(),
            };
            let view = self.view(&needs)?;
            let done = match &writing {
                Some(writing) if self.mode == Mode::Apply => {
                    let decide = |give: &mut Give<'_>| {
                        let round = self.decide_all(view, &needs, Some(writing), give)?;
                        self.give_rest_back(writing);
                        Ok(round)
                    };
                    writing.commit(&held, decide)
                }
                writing => self.do_all_or_nothing(view, &needs, writing.as_ref(), &held),
            };
            match done {
                Ok((round, committed)) => {
                    drop(held);
                    return Ok(self.settle(round, committed, writing.as_ref()));
                }
                Err(Undecided::Failed(error)) => return Err(error),
                Err(Undecided::Missing(missing)) => needs.extend(self.with_chains(missing)),
            }
        }
        Err(Error::Busy {
            path: self.store.path().to_owned(),
            holder: Some("others, who change what this depends on again and again".into()),
        })
    }

    /// What a large group will ask for once it is decided, as far as that can be told: each round of it
    /// reads all of its tickets again.
    fn expect(&mut self, needs: &mut BTreeSet<Need>) -> Result<()> {
        if self.operations.len() < MANY {
            return Ok(());
        }
        self.all.refresh(self.store, self.operations.len())?;
        needs.insert(Need::Roster);
        for operation in self.operations {
            let id = match &operation.ticket {
                Some(TicketName::Id(id)) => Some(*id),
                Some(TicketName::Reference(text)) => {
                    self.all.ids_of(self.store, text)?.first().copied()
                }
                Some(TicketName::NoSuchNumber(_)) | None => None,
            };
            needs.extend(id.map(Need::Ticket));
            if let Some(key) = &operation.key {
                let ids = self.all.ids_of_key(self.store, key.as_str())?;
                needs.extend(ids.into_iter().map(Need::Ticket));
            }
            if matches!(
                operation.verb,
                Verb::Resolve(_) | Verb::Close(_) | Verb::Undo(_)
            ) {
                needs.extend(id.map(Need::Relations));
            }
        }
        Ok(())
    }

    /// What is missing, and with a ticket those that it was merged into, one behind the other: so a
    /// long chain is not found out link by link, with everything released and locked in between.
    fn with_chains(&self, missing: BTreeSet<Need>) -> BTreeSet<Need> {
        let mut needs = missing.clone();
        for need in missing {
            let Need::Ticket(mut id) = need else {
                continue;
            };
            while let Ok(Some(ticket)) = self.store.read(id)
                && let Some(next) = ticket.state.merged_into
                && needs.insert(Need::Ticket(next))
            {
                id = next;
            }
        }
        needs
    }

    /// Brings what is known of all tickets up to date, if it is asked for; gives whether it is.
    fn refresh(&mut self, needs: &BTreeSet<Need>) -> Result<bool> {
        let mut asked = needs.iter();
        let is_asked = asked.any(|need| !matches!(need, Need::Ticket(_) | Need::Roster));
        if is_asked {
            self.all.refresh(self.store, self.operations.len())?;
        }
        Ok(is_asked)
    }

    /// Reads what is needed; the locks that it takes are held.
    fn view(&mut self, needs: &BTreeSet<Need>) -> Result<View> {
        let mut view = View::default();
        let asks_of_all = self.refresh(needs)?;
        let named = needs.iter().filter_map(|need| match need {
            Need::Ticket(id) => Some(*id),
            _ => None,
        });
        for (id, read) in self.store.read_all(&named.collect::<Vec<_>>()) {
            match read {
                Ok(ticket) => drop(view.tickets.insert(id, ticket.map(Box::new))),
                Err(error) => drop(view.unreadable.insert(id, error)),
            }
        }
        for need in needs {
            match need {
                Need::Ticket(_) => {}
                Need::Name(name) => {
                    let ids = self.all.ids_of(self.store, name)?;
                    view.names.insert(name.clone(), ids);
                }
                Need::Reference(reference) => {
                    let name = reference.as_str();
                    let ids = self.all.ids_of(self.store, name)?;
                    view.names.insert(name.to_owned(), ids);
                    view.free_references.insert(reference.clone());
                }
                Need::Key(key) => {
                    let ids = self.all.ids_of_key(self.store, key)?;
                    view.keys.insert(key.clone(), ids);
                }
                Need::Roster => {
                    let known = self.store.readable_roster();
                    view.roster = Some(known.map(|(roster, damaged)| Known { roster, damaged }));
                }
                Need::Loads => view.loads = Some(self.all.loads(self.store)?),
                Need::Relations(id) => {
                    let relations = self.all.relations_to(self.store, *id)?;
                    view.relations.insert(*id, relations);
                }
            }
        }
        if asks_of_all {
            // Now: the index may have failed on the way, and all been read instead.
            view.unread = self.all.unread().cloned();
        }
        Ok(view)
    }

    /// Decides all operations, and gives the tickets that change.
    fn decide_all(
        &mut self,
        mut view: View,
        needs: &BTreeSet<Need>,
        writing: Option<&Writing<'_>>,
        give: &mut Give<'_>,
    ) -> Result<Round, Undecided> {
        let mut round = Round::default();
        for operation in self.operations {
            let outcome = self.decide_one(operation, &mut view, &mut round, writing)?;
            round.outcomes.extend(outcome);
            if round.opened - round.given >= AHEAD && round.missing.is_empty() {
                self.give_ahead(&mut view, needs, &mut round, give);
            }
        }
        if round.missing.is_empty() {
            self.take_back_the_rest(&mut view, &mut round, writing)?;
        }
        if !round.missing.is_empty() {
            // It may be one of those that were given, and are not there yet.
            self.goes_ahead &= round.entries.is_empty();
            return Err(Undecided::Missing(round.missing));
        }
        round.keep_rows_whole(self.rows);
        let changed = std::mem::take(&mut round.changed);
        for (id, before) in &changed {
            if let Some(ticket) = view.take(*id) {
                round.give(before.as_ref(), ticket, give);
            }
        }
        round.changed = changed;
        Ok(round)
    }

    /// Gives the new tickets that no operation of the group names, so that they are written while the
    /// rest is decided. Should one of those be asked for after all, everything is decided again.
    fn give_ahead(
        &mut self,
        view: &mut View,
        needs: &BTreeSet<Need>,
        round: &mut Round,
        give: &mut Give<'_>,
    ) {
        let new = &self.numbers[round.given..round.opened];
        round.given = round.opened;
        if !self.goes_ahead {
            return;
        }
        for id in new {
            let ticket = view.tickets.get(id).and_then(Option::as_ref);
            let reference = ticket.and_then(|ticket| ticket.state.reference.as_ref());
            let name = reference.map(|reference| Need::Name(reference.as_str().to_owned()));
            let is_named = needs.contains(&Need::Ticket(*id))
                || name.is_some_and(|name| needs.contains(&name));
            if !is_named && let Some(ticket) = view.take(*id) {
                round.give(None, ticket, give);
            }
        }
    }

    /// Carries all of it out, or nothing; what is not to be carried out is decided, and no more.
    fn do_all_or_nothing(
        &mut self,
        view: View,
        needs: &BTreeSet<Need>,
        writing: Option<&Writing<'_>>,
        held: &[Held],
    ) -> Result<(Round, Committed), Undecided> {
        let mut changes = Vec::new();
        let give = &mut |change| changes.push(change);
        let mut round = self.decide_all(view, needs, writing, give)?;
        let is_refused = round.outcomes.iter().any(Result::is_err);
        let committed = match writing {
            Some(writing) if !is_refused => {
                self.give_rest_back(writing);
                writing.commit_whole(changes, held)
            }
            writing => {
                if let Some(writing) = writing {
                    self.give_all_back(writing);
                    round.outcomes = none_of(round.outcomes);
                }
                // Of what is not done nothing is to be known afterwards.
                round.entries.clear();
                Committed::default()
            }
        };
        Ok((round, committed))
    }

    /// What becomes of an operation; `None` where more must be known first.
    fn decide_one(
        &mut self,
        operation: &Operation,
        view: &mut View,
        round: &mut Round,
        writing: Option<&Writing<'_>>,
    ) -> Result<Option<Result<Answer>>> {
        // As the requester is: who is the same person is called the same.
        let by = composed(operation.by.as_deref().unwrap_or(&self.caller.by));
        let asked = Asked {
            operation,
            by: &by,
            now: self.caller.now,
        };
        Ok(match decide(&asked, view, self.policy) {
            Ok(decision) => Some(match self.taken(decision.target, view, round, writing) {
                Ok(taken) => Ok(self.lay_on(decision, taken, view, round)?),
                Err(error) => Err(error),
            }),
            Err(Stop::Error(error)) => Some(Err(error)),
            Err(Stop::Need(need)) => {
                round.missing.insert(need);
                None
            }
        })
    }

    /// Of a run that is taken back, one ticket may stand in the way of another (it has the reference
    /// that the other one had): so what was refused is tried again for as long as that helps.
    fn take_back_the_rest(
        &mut self,
        view: &mut View,
        round: &mut Round,
        writing: Option<&Writing<'_>>,
    ) -> Result<()> {
        let run = |operation: &'a Operation| match &operation.verb {
            Verb::Undo(undo) => Some(&undo.batch),
            _ => None,
        };
        let mut runs = self.operations.iter().map(run);
        let one = runs.next().flatten();
        if one.is_none() || runs.any(|run| run != one) {
            return Ok(());
        }
        let mut helped = round.outcomes.iter().any(Result::is_ok);
        while std::mem::take(&mut helped) {
            // Backwards, as it was done: so one pass is enough for what was handed on and on.
            for (at, operation) in self.operations.iter().enumerate().rev() {
                if round.outcomes[at].is_ok() {
                    continue;
                }
                match self.decide_one(operation, view, round, writing)? {
                    Some(outcome) => {
                        helped |= outcome.is_ok();
                        round.outcomes[at] = outcome;
                    }
                    None => return Ok(()),
                }
            }
        }
        Ok(())
    }

    /// The ticket that a decision is about, with what it was before, out of the view: taken and
    /// put back, not copied, since a group may write a thousand events to one ticket.
    fn taken(
        &mut self,
        target: Target,
        view: &mut View,
        round: &mut Round,
        writing: Option<&Writing<'_>>,
    ) -> Result<Taken> {
        match target {
            Target::Existing(id) => {
                let gone = || Error::no_ticket(&TicketName::Id(id));
                let ticket = view.take(id).ok_or_else(gone)?;
                let before = (ticket.rev, ticket.state.clone());
                Ok((ticket, Some(before)))
            }
            Target::New => {
                let mut id = self.number(round, writing)?;
                // Somebody may have put a ticket there since the numbers were taken. That is found out when
                // the new one would be there too; but what this group changes itself would be replaced.
                while matches!(view.tickets.get(&id), Some(Some(_)))
                    || view.unreadable.contains_key(&id)
                {
                    round.opened -= 1;
                    self.numbers.remove(round.opened);
                    id = self.number(round, writing)?;
                }
                Ok((Ticket::blank(id, self.caller.now).into(), None))
            }
        }
    }

    /// Lays a decision on top of the view, so that the next operation sees it.
    fn lay_on(
        &self,
        decision: Decision,
        (mut ticket, before): Taken,
        view: &mut View,
        round: &mut Round,
    ) -> Result<Answer> {
        let mut answer = Answer::blank(decision.why, decision.warnings);
        answer.done_before = decision.done_before.is_some();
        answer.op = decision.done_before;
        for event in decision.events {
            let event = self.signed(event);
            answer.add(&event);
            if self.mode != Mode::DryRun {
                answer.op = Some(event.op.clone());
            }
            if let Some(key) = &event.key {
                view.put_key(key, ticket.id);
            }
            let seq = event.seq;
            // Nothing that is decided asks for the digest: that is made when all is written.
            ticket.apply(event).map_err(|error| {
                Error::refused(format!(
                    "ticket {}: event {seq}: {}",
                    ticket.id, error.cause
                ))
            })?;
        }
        let first = self.numbers.first();
        let imagined = self.mode == Mode::DryRun && first.is_some_and(|first| *first <= ticket.id);
        answer.name(&ticket, imagined);
        let before = before.as_ref();
        if answer.event.is_some() {
            let first = round.changed.entry(ticket.id);
            first.or_insert_with(|| before.map(|(rev, state)| Before::of(*rev, state)));
        }
        view.put(ticket, before.map(|(_, state)| state));
        Ok(answer)
    }

    /// The event with the operation that it belongs to, and the real user where somebody acted as
    /// somebody else.
    fn signed(&self, mut event: Event) -> Event {
        event.op.clone_from(&self.caller.op);
        event.real = Some(self.caller.real.clone()).filter(|real| *real != event.by);
        event
    }

    /// What became of each operation, now that all is committed; what opens tickets whose numbers turned
    /// out to be taken is to be done again, with other numbers.
    fn settle(
        self,
        round: Round,
        committed: Committed,
        writing: Option<&Writing<'_>>,
    ) -> Vec<Outcome> {
        for (id, entry) in round.entries {
            if committed.is_written(id) {
                let before = round.changed.get(&id).and_then(Option::as_ref);
                self.all.wrote(before, id, entry);
            }
        }
        let done_before = |answer: &&Answer| answer.done_before;
        let again = round.outcomes.iter().flatten().filter(done_before);
        let again = again.filter_map(|answer| answer.ticket);
        let again = writing.map_or(Ok(()), |writing| writing.make_sure(again));
        let Committed {
            failed, collided, ..
        } = committed;
        let judge = |outcome: Result<Answer>| match outcome {
            Ok(Answer {
                ticket: Some(id), ..
            }) if collided.contains(&id) => Outcome::Collided,
            Ok(Answer {
                ticket: Some(id), ..
            }) if failed.contains_key(&id) => Outcome::Decided(Err(failed[&id].clone())),
            // Whoever did it may have died before that was durable.
            Ok(answer) if answer.done_before => Outcome::Decided(again.clone().map(|()| answer)),
            outcome => Outcome::Decided(outcome),
        };
        round.outcomes.into_iter().map(judge).collect()
    }
}

/// The outcomes where nothing is carried out, since some of it is refused.
pub(crate) fn none_of(outcomes: Vec<Result<Answer>>) -> Vec<Result<Answer>> {
    let not_done = |outcome: Result<Answer>| outcome.and_then(|_| Err(Error::not_done()));
    outcomes.into_iter().map(not_done).collect()
}
