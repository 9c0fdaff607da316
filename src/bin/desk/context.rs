//! The only file that reads the environment, the home, the clock, the terminal and the user.
//!
//! Everything is found out when it is first asked for: most runs of desk last two milliseconds,
//! and need little of it.

#![expect(
    clippy::disallowed_methods,
    reason = "this is the file that the lint points to"
)]

use std::cell::OnceCell;
use std::ffi::OsString;
use std::io::{self, IsTerminal};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use desk::query::{Clock, Edge, Filter, Reading, Sense, Views};
use desk::ticket::Timestamp;
use desk::user::User;
use desk::{Caller, Desk, Error, Result, Zone};

use crate::cli::{DEFAULT_WAIT, Globals};
use crate::exit;
use crate::render::glyphs::Blocks;
use crate::render::numbers::Numbers;
use crate::render::output::{DEFAULT_PAGER, Output, Pager};
use crate::render::progress::{Progress, Watcher};
use crate::render::{Format, Look, style};

/// What the command line was given.
pub(crate) fn arguments() -> Vec<OsString> {
    std::env::args_os().collect()
}

/// What a variable of the environment says; an empty one says nothing.
pub(crate) fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

/// The same as text.
///
/// # Errors
/// [`Error::Usage`] when it is not UTF-8.
fn text_variable(name: &str) -> Result<Option<String>> {
    variable(name)
        .map(|value| value.into_string())
        .transpose()
        .map_err(|value| Error::usage(format!("{name} is not UTF-8: {}", value.display())))
}

/// Where and for whom a command runs.
pub(crate) struct Context {
    globals: Globals,
    desk: Option<Desk>,
    now: OnceCell<Timestamp>,
    zone: OnceCell<Zone>,
    me: OnceCell<String>,
    user: OnceCell<Option<User>>,
    /// What the command line asks for, word by word, where it is done once.
    pub(crate) words: Vec<Vec<u8>>,
}

impl Context {
    pub(crate) fn new(globals: Globals) -> Self {
        Self {
            globals,
            desk: None,
            now: OnceCell::new(),
            zone: OnceCell::new(),
            me: OnceCell::new(),
            user: OnceCell::new(),
            words: Vec::new(),
        }
    }

    /// The same for a command within this one: what that does not say itself is as it is here, and it
    /// is the same instant.
    pub(crate) fn within(&self, globals: Globals) -> Self {
        Self {
            now: self.now.clone(),
            ..Self::new(Globals {
                data_dir: globals.data_dir.or_else(|| self.globals.data_dir.clone()),
                tz: globals.tz.or(self.globals.tz),
                acting: globals.acting.or_else(|| self.globals.acting.clone()),
                no_pager: globals.no_pager || self.globals.no_pager,
                quiet: globals.quiet || self.globals.quiet,
                wait: match globals.wait {
                    DEFAULT_WAIT => self.globals.wait,
                    stated => stated,
                },
                ..globals
            })
        }
    }

    /// Where the data directory is.
    pub(crate) fn data_dir(&self) -> Result<PathBuf> {
        if let Some(path) = &self.globals.data_dir {
            return Ok(path.clone());
        }
        if let Some(path) = variable("DESK_DATA_DIR") {
            return Ok(path.into());
        }
        match self.own_folders()? {
            Some(own) => Ok(own.data),
            None => Err(Error::usage("there is no home to keep tickets in")
                .with_hint("name a data directory with -C DIR or DESK_DATA_DIR")),
        }
    }

    /// The help desk.
    pub(crate) fn desk(&mut self) -> Result<&mut Desk> {
        let desk = match self.desk.take() {
            Some(desk) => desk,
            None => self.opened()?,
        };
        Ok(self.desk.insert(desk))
    }

    fn opened(&self) -> Result<Desk> {
        let desk = Desk::open(&self.data_dir()?, Duration::from_secs(self.globals.wait))?;
        // Without a place of their own for an index they read the shared one, or the files.
        let desk = match self.own_folders().ok().flatten() {
            Some(own) => desk.with_cache(own.cache),
            None => desk,
        };
        let watcher = self.watcher(Watcher::Log("bringing the index up to date"));
        let progress = Progress::new(watcher);
        let desk = desk.with_progress(move |done, all| progress.tell(done, all));
        let insists = variable("DESK_ANY_DISK").is_some_and(|value| value != "0");
        Ok(if insists { desk.on_any_disk() } else { desk })
    }

    /// The same for reading: what somebody committed to who died over it is done first.
    pub(crate) fn desk_to_read(&mut self) -> Result<&mut Desk> {
        if let Err(error) = self.desk()?.finish_interrupted() {
            exit::talk(&format!(
                "warning: what was interrupted is not done yet: {error}"
            ));
        }
        self.desk_to_check()
    }

    /// The same as it lies there. Says, when it is not there, that there are no tickets yet.
    pub(crate) fn desk_to_check(&mut self) -> Result<&mut Desk> {
        let quiet = self.globals.quiet;
        let desk = self.desk()?;
        if !desk.exists() && !quiet {
            exit::talk(&format!(
                "there are no tickets yet in {}",
                desk.path().display()
            ));
        }
        Ok(desk)
    }

    /// The present, or what `DESK_NOW` says it is; the same as long as nobody looks again.
    pub(crate) fn now(&self) -> Result<Timestamp> {
        match self.now.get() {
            Some(now) => Ok(*now),
            None => read_clock().map(|now| *self.now.get_or_init(|| now)),
        }
    }

    /// Looks at the clock again, as who runs for long must.
    pub(crate) fn later(&mut self) -> Result<Timestamp> {
        self.now = OnceCell::new();
        self.now()
    }

    /// The zone in which instants are shown and typed.
    pub(crate) fn zone(&mut self) -> Result<Zone> {
        if let Some(zone) = self.zone.get() {
            return Ok(*zone);
        }
        let zone = match &self.globals.tz {
            Some(zone) => *zone,
            None => match self.desk()?.policy()?.timezone {
                Some(zone) => Zone::Named(zone),
                None => system_zone(),
            },
        };
        Ok(*self.zone.get_or_init(|| zone))
    }

    /// What a typed time is read by.
    pub(crate) fn clock(&mut self) -> Result<Clock> {
        Ok(Clock {
            now: self.now()?,
            zone: self.zone()?,
        })
    }

    /// Reads a time that somebody typed.
    pub(crate) fn instant(&mut self, text: &str, sense: Sense, edge: Edge) -> Result<Timestamp> {
        // RFC 3339 needs no zone: and then no settings are read for its sake.
        match text.parse() {
            Ok(instant) => Ok(instant),
            Err(_) => desk::query::instant(text, &self.clock()?, sense, edge),
        }
    }

    /// Reads a query.
    pub(crate) fn filter(&mut self, query: &str) -> Result<Filter> {
        if query.trim().is_empty() {
            return Ok(Filter::everything());
        }
        let now = self.now()?;
        self.reader(query)?(now)
    }

    /// The same, to be read at the instant that it is asked of: `age:>7d` in a report of March counts
    /// from the end of March, whenever that report is made.
    pub(crate) fn reader<'a>(
        &mut self,
        query: &'a str,
    ) -> Result<impl Fn(Timestamp) -> Result<Filter> + use<'a>> {
        let zone = self.zone()?;
        // Most queries name no view, and then no settings are read for its sake.
        let views = match query.contains('@') {
            true => self.desk()?.policy()?.views.clone(),
            false => Views::new(),
        };
        // Nor do they say `me`, for whose name the system's directory of users is asked.
        let may_be_mine = query.contains('@') || may_say_me(query);
        let me = match may_be_mine {
            true => self.me()?.to_owned(),
            false => String::new(),
        };
        Ok(move |now| {
            let (clock, me, views) = (Clock { now, zone }, me.as_str(), &views);
            desk::query::parse(query, &Reading { clock, me, views })
        })
    }

    /// Who acts.
    pub(crate) fn me(&self) -> Result<&str> {
        if let Some(me) = self.me.get() {
            return Ok(me);
        }
        let me = match &self.globals.acting {
            Some(name) => name.clone(),
            None => match text_variable("DESK_USER")? {
                Some(name) => name,
                None => self.real()?,
            },
        };
        Ok(self.me.get_or_init(|| me))
    }

    /// Somebody whom a flag names; `me` is who acts, as it is in queries.
    pub(crate) fn person(&self, name: String) -> Result<String> {
        match name.trim().eq_ignore_ascii_case("me") {
            true => self.me().map(str::to_owned),
            false => Ok(name),
        }
    }

    /// The same for all of several.
    pub(crate) fn people(&self, names: Vec<String>) -> Result<Vec<String>> {
        names.into_iter().map(|name| self.person(name)).collect()
    }

    /// The folders of whoever runs this; `None`, if they have no home.
    fn own_folders(&self) -> Result<Option<OwnFolders>> {
        if cfg!(target_os = "linux") && variable("HOME").is_none() {
            // `directories` would ask the C library, which `desk::user` says why not to.
            let home = self.user()?.map(|user| user.home.as_path());
            return Ok(home
                .filter(|home| home.is_absolute())
                .map(OwnFolders::below));
        }
        let own = directories::ProjectDirs::from("", "", "desk");
        Ok(own.map(|own| OwnFolders {
            data: own.data_dir().to_owned(),
            cache: own.cache_dir().to_owned(),
        }))
    }

    /// The operating system's user, if it has a name. It is an error where nobody could be asked: under
    /// another name what they do would stand in a ticket for good.
    fn user(&self) -> Result<Option<&User>> {
        if let Some(user) = self.user.get() {
            return Ok(user.as_ref());
        }
        let user = User::of_uid(nix::unistd::Uid::current().as_raw())?;
        Ok(self.user.get_or_init(|| user).as_ref())
    }

    /// What the operating system's user is called; one without a name by number.
    fn real(&self) -> Result<String> {
        Ok(match self.user()? {
            Some(user) => user.name.clone(),
            None => format!("uid{}", nix::unistd::Uid::current()),
        })
    }

    /// Who performs operations, when, and under which mark.
    pub(crate) fn caller(&self) -> Result<Caller> {
        let now = self.now()?;
        Ok(Caller {
            by: self.me()?.to_owned(),
            real: self.real()?,
            op: operation_mark(),
            now,
        })
    }

    /// The form of what goes to stdout.
    pub(crate) fn format(&self) -> Format {
        self.stated_format().unwrap_or_default()
    }

    /// The same, if one was asked for.
    pub(crate) fn stated_format(&self) -> Option<Format> {
        match self.globals.json {
            true => Some(Format::Json),
            false => self.globals.format,
        }
    }

    /// The zone that was asked for on the command line.
    pub(crate) fn stated_zone(&self) -> Option<Zone> {
        self.globals.tz
    }

    /// Whether answers are for programs.
    pub(crate) fn wants_json(&self) -> bool {
        matches!(self.format(), Format::Json | Format::Jsonl)
    }

    /// For whom the output is made.
    pub(crate) fn look(&mut self) -> Result<Look> {
        let terminal = io::stdout().is_terminal();
        let colour = style::colour(
            self.globals.color,
            terminal && !is_dumb(),
            variable("NO_COLOR").is_some(),
            variable("CLICOLOR_FORCE").is_some_and(|value| value != "0"),
        );
        Ok(Look {
            colour,
            width: terminal.then(terminal_width).flatten(),
            zone: self.zone()?,
            now: self.now()?,
            relative: terminal,
            blocks: if terminal { blocks() } else { Blocks::Absent },
            numbers: Numbers::ISO,
        })
    }

    /// How numbers are written for people: as `desk.toml` says, else as the environment does.
    ///
    /// # Errors
    /// [`Error::Usage`] when `desk.toml` names a locale that is none. What the environment names may
    /// be a locale of the machine's own.
    pub(crate) fn numbers(&mut self) -> Result<Numbers> {
        if let Some(name) = &self.desk()?.policy()?.locale {
            return Numbers::of(name).ok_or_else(|| {
                let error = Error::usage(format!("desk.toml: there is no locale `{name}`"));
                error.with_hint("a locale is a language and a country: `nb_NO`, `en_GB`")
            });
        }
        Ok(Numbers::of(&locale("LC_NUMERIC")).unwrap_or(Numbers::ISO))
    }

    /// Stdout; on a terminal through a pager, where it is long.
    pub(crate) fn output(&self) -> Result<Output<'static>> {
        let stdout = io::stdout();
        if self.globals.no_pager || !stdout.is_terminal() || !io::stdin().is_terminal() {
            return Ok(Output::new(stdout));
        }
        let mut argv = DEFAULT_PAGER.map(str::to_owned).to_vec();
        // One that is empty means none, as it does for git.
        let is_set = |name: &&str| std::env::var_os(name).is_some();
        if let Some(name) = ["DESK_PAGER", "PAGER"].into_iter().find(is_set) {
            argv = words(name, &text_variable(name)?.unwrap_or_default())?;
        }
        // No shell looks for it, and nobody who wrote into the folder one stands in is asked.
        let Some(pager) = argv.first().and_then(|name| program(name)) else {
            return Ok(Output::new(stdout));
        };
        argv[0] = pager.display().to_string();
        let height = terminal_size::terminal_size().map_or(24, |(_, rows)| usize::from(rows.0));
        Ok(Pager { argv, height }.wrap(stdout))
    }

    /// Stdout without a pager, for what a command answers.
    pub(crate) fn answers(&self) -> Output<'static> {
        Output::new(io::stdout())
    }

    /// Whether nothing but errors is to be said.
    pub(crate) fn is_quiet(&self) -> bool {
        self.globals.quiet
    }

    /// Says something, unless quiet is wanted.
    pub(crate) fn talk(&self, line: &str) {
        if !self.globals.quiet {
            exit::talk(line);
        }
    }

    /// How far something is, on a terminal's stderr; elsewhere nobody watches.
    pub(crate) fn progress(&self) -> Progress {
        Progress::new(self.watcher(Watcher::Nobody))
    }

    /// How far something is whose answers show it themselves where they are told on a terminal.
    pub(crate) fn progress_of_answers(&self) -> Progress {
        match io::stdout().is_terminal() {
            true => Progress::new(Watcher::Nobody),
            false => self.progress(),
        }
    }

    /// Who watches how far something is: somebody at a terminal, or who else would.
    fn watcher(&self, otherwise: Watcher) -> Watcher {
        match io::stderr().is_terminal() {
            _ if self.globals.quiet => Watcher::Nobody,
            true => Watcher::Terminal,
            false => otherwise,
        }
    }

    /// Whether somebody sits there who could be asked.
    pub(crate) fn is_interactive(&self) -> bool {
        io::stdin().is_terminal() && io::stderr().is_terminal()
    }

    /// The user's editor, as a command and its arguments.
    ///
    /// # Errors
    /// [`Error::Usage`] when none is named and nobody sits there to be shown vi.
    pub(crate) fn editor(&self) -> Result<Vec<String>> {
        for name in ["VISUAL", "EDITOR"] {
            if let Some(command) = text_variable(name)? {
                return words(name, &command);
            }
        }
        if !self.is_interactive() {
            return Err(Error::usage("there is no terminal for an editor")
                .with_hint("give the text with -m TEXT or -F FILE, or name an EDITOR"));
        }
        Ok(vec!["vi".to_owned()])
    }

    /// Where texts that are being written lie.
    pub(crate) fn temporary_dir(&self) -> PathBuf {
        std::env::temp_dir()
    }
}

/// Whether a query may say `me`; quotes and other signs can stand between its letters.
fn may_say_me(query: &str) -> bool {
    let letters = query.bytes().filter(u8::is_ascii_alphabetic);
    let letters: Vec<u8> = letters.map(|b| b.to_ascii_lowercase()).collect();
    letters.windows(2).any(|two| two == b"me")
}

fn read_clock() -> Result<Timestamp> {
    match text_variable("DESK_NOW")? {
        Some(text) => text
            .parse()
            .map_err(|why| Error::usage(format!("DESK_NOW: {why}"))),
        None => Ok(chrono::Utc::now().into()),
    }
}

fn words(name: &str, command: &str) -> Result<Vec<String>> {
    shell_words::split(command)
        .map_err(|error| Error::usage(format!("{name} is `{command}`: {error}")))
}

/// The locale that the environment names for a category (POSIX, 8.2). What is no text names none.
fn locale(category: &str) -> String {
    let named = ["LC_ALL", category, "LANG"].into_iter().find_map(variable);
    named
        .and_then(|name| name.into_string().ok())
        .unwrap_or_default()
}

/// How the terminal shows block characters: in a Chinese, Japanese or Korean locale many give two
/// columns to what Unicode calls ambiguous (UAX #11).
fn blocks() -> Blocks {
    let locale = locale("LC_CTYPE");
    let is_wide = ["zh", "ja", "ko"]
        .iter()
        .any(|wide| locale.starts_with(wide));
    match is_wide {
        _ if is_dumb() => Blocks::Absent,
        true => Blocks::Wide,
        false => Blocks::Narrow,
    }
}

/// Whether the terminal shows plain text, and nothing else: as it says, or if it does not say what it is.
fn is_dumb() -> bool {
    variable("TERM").is_none_or(|term| term == "dumb")
}

fn terminal_width() -> Option<usize> {
    terminal_size::terminal_size().map(|(columns, _)| usize::from(columns.0))
}

/// Where `desk` keeps what it is not told to keep elsewhere.
struct OwnFolders {
    data: PathBuf,
    cache: PathBuf,
}

impl OwnFolders {
    /// As the XDG base directory specification has them, for somebody who is at home there.
    fn below(home: &Path) -> Self {
        let folder = |name, usual| {
            let named = variable(name).map(PathBuf::from);
            let named = named.filter(|named| named.is_absolute());
            named.unwrap_or_else(|| home.join(usual)).join("desk")
        };
        Self {
            data: folder("XDG_DATA_HOME", ".local/share"),
            cache: folder("XDG_CACHE_HOME", ".cache"),
        }
    }
}

/// `TZ`, else the system's zone.
fn system_zone() -> Zone {
    let named = |name: &str| name.trim_start_matches(':').parse().ok().map(Zone::Named);
    match std::env::var("TZ") {
        Ok(name) if name.is_empty() => Zone::UTC,
        Ok(name) => named(&name).unwrap_or(Zone::System),
        Err(_) => iana_time_zone::get_timezone()
            .ok()
            .and_then(|name| named(&name))
            .unwrap_or(Zone::System),
    }
}

/// A mark that no other run has: when it began, to the nanosecond, so that of two runs within a second
/// the later one's mark sorts behind; and 32 random bits. It is the machine's clock that tells, also
/// where the present is stated.
fn operation_mark() -> String {
    use std::hash::{BuildHasher, Hasher, RandomState};
    let random = RandomState::new().build_hasher().finish() ^ u64::from(std::process::id());
    let began = chrono::Utc::now().timestamp_nanos_opt().unwrap_or_default();
    format!("{began:016x}-{:08x}", random & 0xffff_ffff)
}

/// The folders in which programs are looked for: the system's without a `PATH`, and never wherever
/// one happens to stand.
pub(crate) fn program_folders() -> Vec<PathBuf> {
    let path = variable("PATH").unwrap_or_else(|| "/usr/bin:/bin".into());
    let folders = std::env::split_paths(&path);
    folders.filter(|folder| folder.is_absolute()).collect()
}

/// The program of this name; a path is what it says.
pub(crate) fn program(name: &str) -> Option<PathBuf> {
    if name.contains('/') {
        return Some(name.into());
    }
    let folders = program_folders().into_iter();
    let is_program = |path: &PathBuf| {
        path.metadata()
            .is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
    };
    folders.map(|folder| folder.join(name)).find(is_program)
}
