//! Two programs, timed in turn.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::Result;

/// A race ends when it took so long, if it has had its fewest rounds.
const LONGEST: Duration = Duration::from_secs(4);
const FEWEST: u64 = 15;
pub(crate) const MOST: u64 = 500;

/// What takes seconds is not disturbed by what takes milliseconds: it has fewer rounds.
const MUCH_TOO_LONG: Duration = Duration::from_secs(40);
const FEWEST_LONG: u64 = 4;

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
        let took = began.elapsed();
        if round >= FEWEST && took > LONGEST || round >= FEWEST_LONG && took > MUCH_TOO_LONG {
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
pub(crate) fn time(mut commands: Vec<Command>) -> Result<f64> {
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

/// How long a process takes, in milliseconds, and how much memory it had at its peak, in MiB.
///
/// The kernel says so as long as the process is there: of its last moment nothing is known.
pub(crate) fn peak(mut command: Command) -> Result<(f64, f64)> {
    let began = Instant::now();
    let mut child = command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let mut peak = 0.0;
    loop {
        let told = std::fs::read_to_string(format!("/proc/{}/status", child.id()));
        let told = told.unwrap_or_default();
        let line = told.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
        peak = kib.map_or(peak, |kib| kib / 1024.0);
        if let Some(status) = child.try_wait()? {
            return match status.success() {
                true => Ok((began.elapsed().as_secs_f64() * 1000.0, peak)),
                false => Err(format!("{command:?} ended with {status}").into()),
            };
        }
        // So the last look is in the last tenth of its life, however short that is.
        let (shortest, longest) = (Duration::from_micros(200), Duration::from_millis(20));
        std::thread::sleep((began.elapsed() / 10).clamp(shortest, longest));
    }
}
