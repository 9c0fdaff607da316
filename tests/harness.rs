//! A help desk for one test: its own data directory, an empty environment, a clock that is set.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// The program under test.
pub(crate) const DESK: &str = env!("CARGO_BIN_EXE_desk");

/// The instant at which a test begins.
pub(crate) const NOON: &str = "2026-11-21T12:00:00Z";

/// A help desk, as one user sees it.
pub(crate) struct Desk {
    folder: TempDir,
    data: &'static str,
    now: String,
    user: String,
}

/// What a run said.
#[derive(Debug, Default)]
pub(crate) struct Said {
    pub(crate) out: String,
    pub(crate) err: String,
    pub(crate) code: i32,
}

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8 comes out, whatever went in");
        Self {
            out: text(output.stdout),
            err: text(output.stderr),
            code: output.status.code().expect("no signal ends it"),
        }
    }
}

impl Said {
    /// The first line of stderr.
    pub(crate) fn error(&self) -> &str {
        self.err.lines().next().unwrap_or_default()
    }

    /// The same without the path of a folder in it.
    pub(crate) fn without(self, folder: &Path) -> Self {
        let plain = |text: String| text.replace(folder.to_str().unwrap(), "");
        Self {
            out: plain(self.out),
            err: plain(self.err),
            ..self
        }
    }

    /// The error, and the hint behind it if there is one: `error: ... / hint: ...`.
    pub(crate) fn refusal(&self) -> String {
        let lines: Vec<_> = self.err.lines().collect();
        format!("{} {}", self.code, lines.join(" / "))
    }

    /// Stdout as JSON.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Stdout as JSON, a line each.
    pub(crate) fn json_lines(&self) -> Vec<serde_json::Value> {
        let parsed = |line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
        self.out.lines().map(parsed).collect()
    }
}

impl Desk {
    /// An empty help desk, at noon, for user `minh`.
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            data: "data",
            now: NOON.to_owned(),
            user: "minh".to_owned(),
        }
    }

    /// The same in memory, where there is a folder for that: quick, where the disk is not what is
    /// tested. Even the folder of the data directory has to be made.
    pub(crate) fn in_memory() -> Self {
        Self {
            folder: tempfile::tempdir_in("/dev/shm")
                .unwrap_or_else(|_| tempfile::tempdir().unwrap()),
            data: "home/data",
            ..Self::new()
        }
    }

    /// Where its data lies; not made before the first write.
    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join(self.data)
    }

    /// A folder that is the test's own, beside the data.
    pub(crate) fn beside(&self) -> &Path {
        self.folder.path()
    }

    /// The file of a ticket below number 10,000.
    pub(crate) fn file(&self, id: u64) -> PathBuf {
        self.data().join(format!("tickets/0000/{id}.json"))
    }

    /// Moves the clock.
    pub(crate) fn at(&mut self, now: &str) -> &mut Self {
        now.clone_into(&mut self.now);
        self
    }

    /// Lets somebody else sit down.
    pub(crate) fn user(&mut self, user: &str) -> &mut Self {
        user.clone_into(&mut self.user);
        self
    }

    /// The command, not yet run: nothing of the environment but what is set here.
    pub(crate) fn command<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Command {
        let mut command = Command::new(DESK);
        command
            .args(args)
            .env_clear()
            .env("DESK_DATA_DIR", self.data())
            .env("DESK_NOW", &self.now)
            .env("DESK_USER", &self.user)
            .env("HOME", self.folder.path())
            .env("PATH", "/usr/bin:/bin")
            .env("TZ", "UTC")
            .stdin(Stdio::null());
        command
    }

    /// The same command under strace, with these options.
    pub(crate) fn traced<S: AsRef<OsStr>>(
        &self,
        options: &[&str],
        args: impl IntoIterator<Item = S>,
    ) -> Command {
        let plain = self.command(args);
        // By its whole path: to look for it in another PATH takes a copy of this process, each time.
        let mut command = Command::new(place("strace").unwrap());
        command
            .args(options)
            .arg(DESK)
            .args(plain.get_args())
            .env_clear()
            .stdin(Stdio::null());
        for (name, value) in plain.get_envs() {
            command.env(name, value.unwrap());
        }
        command
    }

    /// Runs a command line.
    pub(crate) fn run<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Said {
        self.command(args).output().unwrap().into()
    }

    /// Runs a command line whose words hold no spaces.
    pub(crate) fn say(&self, line: &str) -> Said {
        self.run(line.split_whitespace())
    }

    /// Runs a command line that must go well.
    pub(crate) fn ok<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Said {
        let args: Vec<_> = args
            .into_iter()
            .map(|arg| arg.as_ref().to_owned())
            .collect();
        let said = self.run(&args);
        assert_eq!(said.code, 0, "{args:?}: {said:?}");
        said
    }

    /// Runs a command line with something on standard input.
    pub(crate) fn feed<S: AsRef<OsStr>>(
        &self,
        args: impl IntoIterator<Item = S>,
        input: impl AsRef<[u8]>,
    ) -> Said {
        let mut command = self.command(args);
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let input = input.as_ref().to_vec();
        // In a thread of its own: the program may answer before it has read everything.
        let writer = std::thread::spawn(move || {
            let _ = stdin.write_all(&input);
        });
        let output = child.wait_with_output().unwrap();
        writer.join().unwrap();
        output.into()
    }

    /// Opens a ticket, and gives its number.
    pub(crate) fn open<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> u64 {
        let args = args.into_iter().map(|arg| arg.as_ref().to_owned());
        let said = self.ok(std::iter::once("open".into()).chain(args));
        said.out
            .trim()
            .parse()
            .expect("open prints a number and nothing else")
    }

    /// Carries out lines of a batch, which must go well.
    pub(crate) fn batch(&self, lines: &str) -> Said {
        let said = self.feed(["batch"], lines);
        assert_eq!(said.code, 0, "{said:?}");
        said
    }

    /// Every file below the data directory, and what is in it; but for the index, which even who only
    /// looks brings up to date.
    pub(crate) fn tree(&self) -> BTreeMap<PathBuf, String> {
        let mut files = BTreeMap::new();
        let mut folders = vec![self.data()];
        while let Some(folder) = folders.pop() {
            for entry in folder.read_dir().into_iter().flatten() {
                let path = entry.unwrap().path();
                if path.ends_with(".desk/index") {
                    continue;
                } else if path.is_dir() {
                    folders.push(path);
                } else {
                    let bytes = std::fs::read(&path).unwrap();
                    let text = String::from_utf8_lossy(&bytes).into_owned();
                    files.insert(path, text);
                }
            }
        }
        files
    }

    /// The same without the locks, which even what is refused in the end has to take.
    pub(crate) fn kept(&self) -> BTreeMap<PathBuf, String> {
        let mut files = self.tree();
        let is_kept =
            |folder: &Path| !folder.ends_with(".desk/locks") && !folder.ends_with(".desk/index");
        files.retain(|path, _| is_kept(path.parent().unwrap()));
        files
    }

    /// Writes `desk.toml`.
    pub(crate) fn settings(&self, text: &str) {
        std::fs::create_dir_all(self.data()).unwrap();
        std::fs::write(self.data().join("desk.toml"), text).unwrap();
    }

    /// Writes a program beside the data, and gives its path.
    pub(crate) fn program(&self, name: &str, script: &str) -> PathBuf {
        use std::os::unix::fs::PermissionsExt;
        let path = self.folder.path().join(name);
        std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    /// A ticket's file as JSON.
    pub(crate) fn ticket(&self, id: u64) -> serde_json::Value {
        self.ok(["show", &id.to_string(), "--json"]).json()
    }
}

/// Whether a tool is there. Where it is not, a test says so and passes, but in CI it fails: there
/// the tools are installed.
pub(crate) fn has(tool: &str) -> bool {
    skip_unless(place(tool).is_some(), &format!("{tool} is not installed"))
}

/// Where a tool lies.
fn place(tool: &str) -> Option<PathBuf> {
    ["/usr/bin", "/bin", "/usr/sbin", "/sbin", "/usr/local/bin"]
        .map(|folder| Path::new(folder).join(tool))
        .into_iter()
        .find(|path| path.exists())
}

/// Whether a condition of a test holds; said and counted as [`has`] does.
pub(crate) fn skip_unless(holds: bool, reason: &str) -> bool {
    if !holds {
        assert!(
            std::env::var_os("CI").is_none(),
            "in CI no test is skipped: {reason}"
        );
        eprintln!("skipped: {reason}");
    }
    holds
}

/// Whether the long run was asked for, by DESK_LONG=1: many times as much of the same.
pub(crate) fn long() -> bool {
    std::env::var_os("DESK_LONG").is_some_and(|value| value == "1")
}

/// Whether a test may take its time: in CI, where a slow one runs beside the others, and in the long run.
pub(crate) fn thorough() -> bool {
    long() || std::env::var_os("CI").is_some()
}
