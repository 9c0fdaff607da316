//! What the benchmark was asked for.

use std::path::PathBuf;

/// So many tickets are in the store if nothing is said.
const TICKETS: u64 = 10_000;

/// And in the largest of three, where sizes are compared.
const LARGEST: u64 = 1_000_000;

/// What to time, and against how large a store.
pub(crate) struct Options {
    /// How many tickets the store holds.
    pub(crate) tickets: u64,
    /// Whether stores of three sizes are compared: so many tickets, a tenth, and a hundredth.
    pub(crate) scale: bool,
    /// Whether it is about many operations at once.
    pub(crate) bulk: bool,
    /// Whether it is about reports.
    pub(crate) reports: bool,
    /// A file of lines that is fed in.
    pub(crate) feed: Option<PathBuf>,
    filter: Option<String>,
}

impl Options {
    /// Reads the arguments; `None` if nothing is to be timed: cargo adds `--bench` to what is,
    /// and a test run does not.
    pub(crate) fn read(
        mut arguments: impl Iterator<Item = String>,
    ) -> Result<Option<Self>, String> {
        let mut tickets = None;
        let mut options = Self {
            tickets: TICKETS,
            scale: false,
            bulk: false,
            reports: false,
            feed: None,
            filter: None,
        };
        let mut timed = false;
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--test" => return Ok(None),
                "--bench" => timed = true,
                "--scale" => options.scale = true,
                "--bulk" => options.bulk = true,
                "--reports" => options.reports = true,
                "--feed" => options.feed = arguments.next().map(PathBuf::from),
                "--tickets" => tickets = Some(count(arguments.next())?),
                flag if flag.starts_with('-') => return Err(format!("there is no {flag}")),
                word => options.filter = Some(word.to_owned()),
            }
        }
        let usual = match options.scale || options.reports {
            true => LARGEST,
            false => TICKETS,
        };
        options.tickets = tickets.unwrap_or(usual);
        Ok(timed.then_some(options))
    }

    /// Whether a command is to be timed.
    pub(crate) fn wants(&self, name: &str) -> bool {
        let filter = self.filter.as_deref();
        filter.is_none_or(|filter| name.contains(filter))
    }
}

fn count(word: Option<String>) -> Result<u64, String> {
    let word = word.unwrap_or_default();
    match word.replace('_', "").parse() {
        Ok(0) | Err(_) => Err(format!("--tickets wants a number above 0, not `{word}`")),
        Ok(count) => Ok(count),
    }
}
