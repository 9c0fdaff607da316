//! A command that is killed before any of its steps: each ticket is old or new, whole; what was
//! acknowledged is new; `fsck` finds nothing wrong; the same command goes well afterwards, without
//! anything having been removed by hand, and sweeps what the dead one left behind.

use std::os::unix::process::ExitStatusExt;
use std::process::Output;

use super::cases::WRITES;
use super::point::{self, Point};
use super::state::{self, State};
use super::trial::Trial;
use super::{each, nothing_wrong, portion, possible, wanted};
use crate::harness::Desk;

/// So many kills are tried in the short run.
const KILLS: usize = 300;

#[test]
fn a_kill_at_any_step_loses_nothing() {
    if !possible() {
        return;
    }
    let cases = WRITES.into_iter().filter(wanted);
    let trials: Vec<Trial> = cases.map(Trial::new).collect();
    let points: Vec<(&Trial, Point)> = trials
        .iter()
        .flat_map(|trial| {
            point::of(trial)
                .into_iter()
                .map(move |point| (trial, point))
        })
        .collect();
    let all = points.len();
    let points = portion(points, KILLS, 1);
    let wrong = each(&points, |(trial, point)| killed_at(trial, point));
    println!(
        "{} commands, {all} points, {} of them killed at",
        trials.len(),
        points.len()
    );
    nothing_wrong(&wrong);
}

/// Kills the command before this call. The call itself is refused as well, so that it is not
/// carried out whatever the kernel does first.
fn kill(trial: &Trial, point: &Point, desk: &Desk) -> Output {
    let [trace, inject] = point.inject("error=EIO:signal=SIGKILL", "");
    let options = ["-f", "-qq", "-o", "/dev/null", &trace, &inject];
    let output = trial.feed(desk.traced(&options, trial.args()));
    let (line, call) = (trial.case.line, &point.call);
    assert_eq!(
        output.status.signal(),
        Some(9),
        "{line}: not killed at {call}"
    );
    output
}

/// What is wrong after a kill.
fn killed_at(trial: &Trial, point: &Point) -> Vec<String> {
    let desk = trial.fresh();
    let output = kill(trial, point, &desk);
    let told = String::from_utf8(output.stdout).unwrap();
    let mut wrong = after_kill(trial, &desk, &told);
    let place = format!("`{}` killed before {}: ", trial.case.line, point.call);
    wrong.iter_mut().for_each(|why| why.insert_str(0, &place));
    wrong
}

fn after_kill(trial: &Trial, desk: &Desk, told: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    if trial.case.is_whole() {
        // Whoever comes next does what was committed to.
        let said = desk.run(["list"]);
        wrong.extend((said.code != 0).then(|| format!("`list` behind it: {said:?}")));
    }
    let after = trial.state(desk);
    if trial.case.is_whole() && after != trial.old && after != trial.new {
        wrong.push("is done in part".to_owned());
    }
    wrong.extend(trial.neither(&after));
    wrong.extend(trial.scattered(&after));
    wrong.extend(trial.unkept(&after, told));
    let findings = trial.findings(desk);
    let is_known = |found: &String| trial.findings.contains(found);
    if findings != trial.findings && !(trial.case.repairs() && findings.iter().all(is_known)) {
        wrong.push(format!("fsck finds {findings:?}"));
    }
    let numbers = state::numbers(&desk.data());
    let again = trial.run(desk);
    let [first, second] = trial.case.codes;
    let is_right = match () {
        () if after == trial.old => again.code == first,
        () if after == trial.new => again.code == second,
        // Of several tickets some are new already: and what they refuse is not all.
        () => [first, second, 6].contains(&again.code),
    };
    if !is_right {
        wrong.push(format!("said again: {again:?}"));
    }
    if trial.old == trial.new && again.out != trial.said.out {
        wrong.push(format!("answers otherwise: {again:?}"));
    }
    let finally = trial.state(desk);
    wrong.extend(unlike(trial, &after, &finally));
    let reused = state::numbers(&desk.data()).into_iter();
    wrong.extend(
        reused
            // What comes home has its number from before.
            .filter(|id| *id <= trial.known && !numbers.contains(id) && !trial.case.repairs())
            .map(|id| format!("number {id} was given again")),
    );
    let left = state::leftovers(desk.beside());
    wrong.extend(
        left.iter()
            .map(|path| format!("{} is left", path.display())),
    );
    wrong.extend(state::wrong_modes(&desk.data()));
    wrong
}

/// What is not as it should be once the command was said again.
fn unlike(trial: &Trial, after: &State, finally: &State) -> Vec<String> {
    let keys = trial.newer.keys().chain(finally.keys());
    keys.filter(|key| {
        let expected = match after.get(*key) == trial.new.get(*key) {
            true => trial.newer.get(*key),
            false => trial.new.get(*key),
        };
        finally.get(*key) != expected
    })
    .map(|key| format!("said again, {key} is {:?}", finally.get(key)))
    .collect()
}
