//! Whatever happened: a run that is taken back leaves every field that it changed as it was before, or
//! says no and leaves the ticket alone; and taken back in turn, it is done again.

use std::cell::Cell;
use std::collections::BTreeMap;

use desk::operation::{Undo, Verb};
use desk::ticket::{Field, State, Status, Ticket, TicketId};
use desk::{Caller, Mode, Operation, Policy};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::Value;

use super::history::{any_turns, holds, tickets};
use super::work::{any_roster, any_settings, caller, furnish, some_tickets};
use super::{check, folder};

#[test]
fn a_run_is_taken_back_or_left_alone() {
    let world = (
        any_settings(),
        any_roster(),
        any_turns(),
        vec(any::<Index>(), 3),
    );
    let (asked, done) = (Cell::new(0), Cell::new(0));
    check(100, &world, |(settings, roster, turns, which)| {
        let folder = folder();
        let policy = Policy::parse(settings).unwrap();
        let mut desk = furnish(&folder.path().join("data"), settings, &roster);
        let run = |op: String, by, time| Caller {
            op,
            ..caller(by, time)
        };
        let begin = run("begin".into(), "minh", 0);
        desk.perform(&some_tickets(), &begin, Mode::Apply);
        let mut time = 0;
        for (n, (by, moved, operations)) in turns.iter().enumerate() {
            time += moved;
            let caller = run(format!("run{n}"), by, time);
            desk.perform(operations, &caller, Mode::Apply);
        }
        for (n, which) in which.into_iter().enumerate() {
            let mark = format!("run{}", which.index(turns.len()));
            let ids = desk.tickets_of_run(&mark).unwrap().found;
            let before = tickets(&mut desk)?;
            let undo = |ids: &[TicketId], batch: &str| -> Vec<Operation> {
                let batch = batch.to_owned();
                let undo = Verb::Undo(Undo {
                    batch,
                    message: None,
                });
                ids.iter()
                    .map(|id| Operation::on(*id, undo.clone()))
                    .collect()
            };
            let back = run(format!("back{n}"), "lan", time);
            let answers = desk.perform(&undo(&ids, &mark), &back, Mode::Apply);
            let after = tickets(&mut desk)?;
            let mut taken = Vec::new();
            for (id, answer) in ids.iter().zip(&answers) {
                match answer {
                    Ok(_) => {
                        taken.push(*id);
                        taken_back(&before[id], &after[id], &mark, &policy)?;
                    }
                    Err(_) => prop_assert_eq!(&before[id], &after[id]),
                }
            }
            let others = after.iter().filter(|(id, _)| !taken.contains(id));
            prop_assert!(others.into_iter().all(|(id, ticket)| before[id] == *ticket));
            asked.set(asked.get() + ids.len());
            done.set(done.get() + taken.len());
            // What was done last is done again first.
            taken.reverse();
            let again = run(format!("again{n}"), "kari", time);
            let answers = desk.perform(&undo(&taken, &back.op), &again, Mode::Apply);
            prop_assert!(answers.iter().all(Result::is_ok), "{:?}", answers);
            let again = tickets(&mut desk)?;
            for (id, ticket) in &again {
                prop_assert_eq!(&ticket.state, &before[id].state);
                holds(ticket)?;
            }
        }
        prop_assert_eq!(desk.check().unwrap().findings, []);
        Ok(())
    });
    let (asked, done) = (asked.get(), done.get());
    eprintln!("{done} of {asked} were taken back");
    assert!(3 * done > asked, "most of it is refused, and tests nothing");
}

/// Every field that a run changed has the value that it had before, and no other field moved. Three things
/// follow from others: whether an active ticket is new or open, a priority that nobody stated, and what
/// is true of a voided one.
fn taken_back(
    before: &Ticket,
    after: &Ticket,
    mark: &str,
    policy: &Policy,
) -> Result<(), TestCaseError> {
    let of_run = before.events.iter().filter(|event| event.op == mark);
    let mut set: BTreeMap<Field, [Value; 2]> = BTreeMap::new();
    let mut opens = false;
    for event in of_run {
        opens |= event.seq == 1;
        for (name, pair) in event.changed.iter() {
            let pair = pair.value();
            let [old, new] = [0, 1].map(|side| pair[side].clone());
            let known = set.entry(name.parse().unwrap());
            known.or_insert([old, Value::Null])[1] = new;
        }
    }
    // What the run set back itself is as it was, and whoever moved it since did not build on the run.
    set.retain(|_, [old, new]| old != new);
    if opens {
        prop_assert_eq!(after.state.status, Status::Closed);
        prop_assert_eq!(&after.state.reference, &None);
        prop_assert_eq!(after.events.last().unwrap().event.as_str(), "voided");
        return Ok(());
    }
    for field in Field::ALL {
        let expected = match set.get(field) {
            Some([old, _]) => old.clone(),
            None => before.state.value(*field),
        };
        let found = after.state.value(*field);
        let State {
            impact, urgency, ..
        } = after.state;
        let follows = match field {
            Field::Status => after.state.status.is_active(),
            Field::Priority => {
                let of_matrix = policy.matrix.priority(impact, urgency);
                !after.state.priority_stated && after.state.priority == of_matrix
            }
            _ => false,
        };
        prop_assert!(
            found == expected || follows,
            "{:?}: {}, not {}",
            field,
            found,
            expected
        );
    }
    let is_open = after.state.status == Status::Open;
    let is_new = after.state.status == Status::New;
    prop_assert!(!is_open || after.state.assignee.is_some());
    prop_assert!(!is_new || after.state.assignee.is_none());
    prop_assert_eq!(after.rev, before.rev + 1);
    prop_assert_eq!(after.events.last().unwrap().undoes.as_deref(), Some(mark));
    Ok(())
}
