//! Two programs, timed in turn.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::Result;

/// A race ends when it took so long, if it has had its fewest rounds.
const LONGEST: Duration = Duration::from_secs(4);
const FEWEST: u64 = 15;
const MOST: u64 = 500;

/// What both programs took, round by round, in milliseconds.
pub(crate) struct Race {
    /// The baseline.
    pub(crate) bare: Times,
    /// What is measured.
    pub(crate) desk: Times,
}

/// Times, sorted.
pub(crate) struct Times(Vec<f64>);

impl Times {
    fn new(mut times: Vec<f64>) -> Self {
        times.sort_by(f64::total_cmp);
        Self(times)
    }

    /// The middle one.
    pub(crate) fn median(&self) -> f64 {
        self.0[self.0.len() / 2]
    }

    /// The shortest: what is left when nothing else disturbs.
    pub(crate) fn min(&self) -> f64 {
        self.0[0]
    }
}

/// Runs the two in turn, and each time the other one first, since what comes second finds other
/// caches. Each closure is told the round, and makes the commands that run at once in that round.
pub(crate) fn race(
    bare: impl Fn(u64) -> Result<Vec<Command>>,
    desk: impl Fn(u64) -> Result<Vec<Command>>,
) -> Result<Race> {
    let began = Instant::now();
    let mut times = [Vec::new(), Vec::new()];
    for round in 0..MOST {
        if round >= FEWEST && began.elapsed() > LONGEST {
            break;
        }
        let mut pair = [(0, bare(round)?), (1, desk(round)?)];
        if round % 2 == 1 {
            pair.reverse();
        }
        for (which, commands) in pair {
            let took = time(commands)?;
            // The first round warms up.
            if round > 0 {
                times[which].push(took);
            }
        }
    }
    let [bare, desk] = times.map(Times::new);
    Ok(Race { bare, desk })
}

/// How long whole processes take, from the start of the first to the end of the last, in
/// milliseconds.
fn time(mut commands: Vec<Command>) -> Result<f64> {
    for command in &mut commands {
        command.stdin(Stdio::null()).stdout(Stdio::null());
    }
    let began = Instant::now();
    let started: Vec<_> = commands.iter_mut().map(Command::spawn).collect();
    let ended: Vec<_> = started.into_iter().map(|child| child?.wait()).collect();
    let took = began.elapsed();
    for (command, status) in commands.iter().zip(ended) {
        let status = status?;
        if !status.success() {
            return Err(format!("{command:?} ended with {status}").into());
        }
    }
    Ok(took.as_secs_f64() * 1000.0)
}
