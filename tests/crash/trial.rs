//! A command that is ready to be tried, and what is known of it undisturbed.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Output};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use super::cases::{Case, LAST, Scene};
use super::state::{self, State};
use crate::harness::{Desk, Said};
use crate::hostile::finished;

/// A command that is ready to be tried.
pub(crate) struct Trial {
    pub(crate) case: Case,
    input: String,
    /// The highest number that was given before.
    pub(crate) known: u64,
    /// What the data directory holds before it, after it, and after it was said twice.
    pub(crate) old: State,
    pub(crate) new: State,
    pub(crate) newer: State,
    /// What it says when nothing stops it.
    pub(crate) said: Said,
    /// What is wrong before it.
    pub(crate) findings: Vec<String>,
    /// How much lies around afterwards that is not finished.
    pub(crate) left: usize,
}

impl Trial {
    /// Runs the command twice, undisturbed.
    pub(crate) fn new(case: Case) -> Self {
        let mut trial = Self {
            case,
            input: (case.input)(),
            known: match case.scene {
                Scene::Missing | Scene::Empty => 0,
                _ => LAST,
            },
            old: State::new(),
            new: State::new(),
            newer: State::new(),
            said: Said::default(),
            findings: Vec::new(),
            left: 0,
        };
        let desk = trial.fresh();
        trial.old = trial.state(&desk);
        trial.findings = trial.findings(&desk);
        trial.said = trial.run(&desk).without(desk.beside());
        trial.new = trial.state(&desk);
        let again = trial.run(&desk);
        trial.newer = trial.state(&desk);
        trial.left = state::leftovers(desk.beside()).len();
        let codes = [trial.said.code, again.code];
        assert_eq!(
            codes, case.codes,
            "{}: {:?} {again:?}",
            case.line, trial.said
        );
        trial
    }

    /// A copy of the data directory as it is before the command.
    pub(crate) fn fresh(&self) -> Desk {
        let desk = Desk::in_memory();
        if self.case.scene != Scene::Missing {
            state::copy(&self.case.scene.desk().data(), &desk.data());
        }
        if self.case.scene == Scene::Linked {
            for name in ["journal", "number"] {
                let path = desk.data().join(".desk").join(name);
                std::fs::hard_link(path, desk.beside().join(name)).unwrap();
            }
        }
        if self.case.scene.is_indexed() {
            // Where the disk's clock is coarse, what was written just now counts as unread.
            thread::sleep(Duration::from_millis(25));
            desk.run(["list"]);
        }
        desk
    }

    /// What a data directory holds.
    pub(crate) fn state(&self, desk: &Desk) -> State {
        match self.case.repairs() {
            true => state::places(&desk.data()),
            false => state::read(&desk.data(), self.known),
        }
    }

    /// What `fsck` finds.
    pub(crate) fn findings(&self, desk: &Desk) -> Vec<String> {
        let said = desk.run(["fsck"]).without(desk.beside());
        let found: Vec<_> = said.out.lines().map(str::to_owned).collect();
        let code = if found.is_empty() { 0 } else { 7 };
        assert_eq!(said.code, code, "{said:?}");
        found
    }

    /// The command line.
    pub(crate) fn args(&self) -> Vec<&str> {
        let fixed = ["--json", "--wait", "5"];
        fixed.into_iter().chain(self.case.line.split(' ')).collect()
    }

    /// Runs the command as it is.
    pub(crate) fn run(&self, desk: &Desk) -> Said {
        self.feed(desk.command(self.args())).into()
    }

    /// Runs this variant of the command.
    pub(crate) fn feed(&self, mut command: Command) -> Output {
        finished(&mut command, self.input.as_bytes())
    }

    /// Its answers, without the numbers of what it opened, since one may be skipped, and without the
    /// mark of the run, which is another one each time.
    pub(crate) fn answers(&self, told: &str) -> Vec<Value> {
        let answer = |line: &str| {
            let text = || Value::String(line.to_owned());
            let mut answer = serde_json::from_str(line).unwrap_or_else(|_| text());
            if answer["ticket"].as_u64().is_some_and(|id| id > self.known) {
                answer["ticket"].take();
            }
            if let Some(answer) = answer.as_object_mut() {
                answer.remove("op");
            }
            answer
        };
        told.lines().map(answer).collect()
    }

    /// What is neither old nor new.
    pub(crate) fn neither(&self, after: &State) -> Vec<String> {
        let keys: BTreeSet<&String> = self
            .old
            .keys()
            .chain(self.new.keys())
            .chain(after.keys())
            .collect();
        keys.into_iter()
            .filter(|key| {
                let is = after.get(*key);
                is != self.old.get(*key) && is != self.new.get(*key)
            })
            .map(|key| format!("{key} is neither old nor new: {:?}", after.get(key)))
            .collect()
    }

    /// The tickets and technicians of which was said that they are changed.
    pub(crate) fn acknowledged(&self, told: &str) -> BTreeSet<&str> {
        if self.case.repairs() {
            return self.mended(told);
        }
        let whole = told
            .split_inclusive('\n')
            .filter(|line| line.ends_with('\n'));
        let answers = whole.filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let answers = answers.filter(|answer| answer.get("error").is_none());
        answers
            .flat_map(|answer| {
                let is_about = |(key, value): &(&String, &Vec<Value>)| {
                    let subject = answer["changed"]["subject"][1].to_string();
                    **key == subject || value.iter().any(|value| is_of(&answer, value))
                };
                let about = self.new.iter().filter(is_about);
                about.map(|(key, _)| key.as_str()).collect::<Vec<_>>()
            })
            .collect()
    }

    /// What is not there as often as it was before and will be afterwards.
    pub(crate) fn scattered(&self, after: &State) -> Vec<String> {
        let [old, new, after] = [&self.old, &self.new, after].map(state::counts);
        let stays = old.iter().filter(|(held, n)| new.get(*held) == Some(n));
        stays
            .filter(|(held, n)| after.get(*held) != Some(n))
            .map(|(held, n)| format!("is there {:?} times, not {n}: {held}", after.get(held)))
            .collect()
    }

    /// The places of which repair says that it mended what was there, or moved it there.
    fn mended(&self, told: &str) -> BTreeSet<&str> {
        let report: Value = serde_json::from_str(told).unwrap_or_default();
        let deeds = ["findings", "notes"].map(|what| report[what].as_array().cloned());
        let deeds: Vec<Value> = deeds.into_iter().flatten().flatten().collect();
        let is_of = |deed: &Value, place: &str| {
            let how = deed["outcome"]["mended"].as_str();
            let to = how.and_then(|how| how.rsplit(' ').next());
            let from = deed["path"]
                .as_str()
                .and_then(|path| path.split("/data/").nth(1));
            let mut moved = [from, to].into_iter().flatten();
            // What else is done to a folder says nothing of what is in it.
            let is_whole = deed["repair"] == "aside";
            let is_it = |moved: &str| match is_whole {
                true => Path::new(place).starts_with(moved),
                false => place == moved,
            };
            how.is_some() && moved.any(is_it)
        };
        let places = self.old.keys().chain(self.new.keys());
        let mended = places.filter(|place| deeds.iter().any(|deed| is_of(deed, place)));
        mended.map(String::as_str).collect()
    }

    /// What was acknowledged and is not new.
    pub(crate) fn unkept(&self, after: &State, told: &str) -> Vec<String> {
        let acknowledged = self.acknowledged(told).into_iter();
        acknowledged
            .filter(|key| after.get(*key) != self.new.get(*key))
            .map(|key| format!("{key} was acknowledged, and is {:?}", after.get(key)))
            .collect()
    }
}

/// Whether an answer is about this ticket or technician.
fn is_of(answer: &Value, value: &Value) -> bool {
    let mut pairs = [("ticket", "id"), ("ref", "ref"), ("login", "login")].into_iter();
    pairs.any(|(told, own)| !answer[told].is_null() && value[own] == answer[told])
}
