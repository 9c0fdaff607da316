//! Many at once: nothing is lost, doubled or seen by halves, whoever is killed meanwhile, and
//! whoever reads waits for nobody.
//!
//! `DESK_LONG=1` makes it 16 writers of 500 operations, and more rounds of everything else.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::chance::Chance;
use crate::harness::{DESK, Desk, Said, has, long};
use crate::ledger::{Ledger, Running, Writer};

/// The tickets that everybody works on.
const HOT: u64 = 20;

/// The longest batch.
const BATCH: u64 = 20;

#[test]
fn a_crowd_loses_nothing_while_some_are_killed() {
    crowd(false);
}

#[test]
fn a_crowd_loses_nothing_while_counter_and_journal_are_deleted() {
    crowd(true);
}

fn crowd(vandal: bool) {
    let (writers, operations) = if long() { (16, 500) } else { (8, 40) };
    let desk = Desk::new();
    for login in ["lan", "bao", "duc"] {
        desk.ok(["tech", "add", login, "--tier", "2", "--capacity", "5"]);
    }
    for n in 1..=HOT {
        desk.ok(["open", &format!("hot-{n}")]);
    }
    let (desk, began) = (&desk, Instant::now());
    let command = |args: &[&str]| desk.command(args);
    let running: Vec<Running> = (0..writers).map(|_| Mutex::new(None)).collect();
    let over = AtomicBool::new(false);
    let (killed, looks) = (AtomicU64::new(0), AtomicU64::new(0));
    let mut ledger = Ledger::default();
    thread::scope(|scope| {
        let working: Vec<_> = (1..)
            .zip(&running)
            .map(|(n, running)| {
                let mut writer = Writer::new(format!("w{n}"), n, &command, running);
                writer.tickets.extend(1..=HOT);
                scope.spawn(move || {
                    while writer.tried < operations {
                        writer.step(BATCH).unwrap();
                    }
                    writer.ledger
                })
            })
            .collect();
        scope.spawn(|| kill_now_and_then(&running, &over, &killed));
        if vandal {
            scope.spawn(|| delete_what_can_be(desk, &over));
        }
        for seed in 0..3 {
            let (over, looks) = (&over, &looks);
            scope.spawn(move || look_around(desk, seed, over, looks));
        }
        let ended: Vec<_> = working.into_iter().map(|writer| writer.join()).collect();
        over.store(true, Ordering::Relaxed);
        for entries in ended {
            ledger.add(entries.unwrap());
        }
    });
    assert_eq!(ledger.faults(&desk.data()), [""; 0]);
    let checked = desk.say("fsck");
    assert_eq!((checked.code, checked.out.as_str()), (0, ""), "{checked:?}");
    let (killed, looks) = (killed.into_inner(), looks.into_inner());
    assert!(
        killed > 0 && looks > 0,
        "{killed} were killed, {looks} looks"
    );
    println!(
        "{writers} writers, {} acknowledged operations, {killed} killed, {looks} looks, {:?}",
        ledger.len(),
        began.elapsed()
    );
}

/// Kills somebody every 200 ms.
fn kill_now_and_then(running: &[Running], over: &AtomicBool, killed: &AtomicU64) {
    let mut chance = Chance::new(7);
    while !over.load(Ordering::Relaxed) {
        thread::sleep(Duration::from_millis(200));
        let victim = chance.pick(running).lock().unwrap().take();
        if let Some(mut victim) = victim {
            victim.kill().unwrap();
            let status = victim.wait().unwrap();
            killed.fetch_add(u64::from(status.code().is_none()), Ordering::Relaxed);
        }
    }
}

/// Deletes, again and again, what can be deleted at any time.
fn delete_what_can_be(desk: &Desk, over: &AtomicBool) {
    let private = desk.data().join(".desk");
    while !over.load(Ordering::Relaxed) {
        thread::sleep(Duration::from_millis(3));
        for name in ["number", "journal"] {
            let _ = std::fs::remove_file(private.join(name));
        }
    }
}

/// Looks at everything, again and again: whatever is seen is whole, and never older than what was
/// seen before.
fn look_around(desk: &Desk, seed: u64, over: &AtomicBool, looks: &AtomicU64) {
    let mut chance = Chance::new(seed);
    let mut seen = BTreeMap::new();
    let well = |said: Said| {
        // That the index takes more than a second is told, and no failure.
        let told = |line: &str| line.starts_with("bringing the index up to date");
        assert!(said.code == 0 && said.err.lines().all(told), "{said:?}");
        said
    };
    while !over.load(Ordering::Relaxed) {
        let listed = well(desk.say("list --json"));
        let listed = listed.json();
        let tickets = listed["tickets"].as_array().unwrap();
        assert!(tickets.len() as u64 >= HOT, "{listed}");
        for ticket in tickets {
            grows(&mut seen, ticket);
        }
        let id = 1 + chance.below(HOT);
        let ticket = well(desk.run(["show", &id.to_string(), "--json"])).json();
        let events = ticket["events"].as_array().unwrap();
        assert_eq!(ticket["rev"], json!(events.len()));
        grows(&mut seen, &ticket);
        well(desk.say("report summary --json")).json();
        looks.fetch_add(3, Ordering::Relaxed);
    }
}

fn grows(seen: &mut BTreeMap<u64, u64>, ticket: &Value) {
    let rev = ticket["rev"].as_u64().unwrap();
    let before = seen.insert(ticket["id"].as_u64().unwrap(), rev);
    assert!(before.unwrap_or(0) <= rev, "{before:?}: {ticket}");
}

/// Runs all commands at once, and gives what each said.
fn at_once(commands: impl IntoIterator<Item = Command>) -> Vec<Said> {
    let started: Vec<_> = commands
        .into_iter()
        .map(|mut command| {
            command.stdout(Stdio::piped()).stderr(Stdio::piped());
            command.spawn().unwrap()
        })
        .collect();
    let ended = started.into_iter().map(|child| child.wait_with_output());
    ended.map(|output| output.unwrap().into()).collect()
}

#[test]
fn of_many_with_one_revision_one_gets_through() {
    let desk = Desk::new();
    desk.open(["a"]);
    let rounds = if long() { 200 } else { 5 };
    for rev in 1..=rounds {
        let rev_text = rev.to_string();
        let note = |n| {
            desk.command([
                "note",
                "1",
                "-m",
                &format!("{rev}-{n}"),
                "--if-rev",
                &rev_text,
            ])
        };
        let said = at_once((0..8).map(note));
        let (through, others): (Vec<_>, Vec<_>) = said.iter().partition(|said| said.code == 0);
        assert_eq!(through.len(), 1, "{said:?}");
        let conflict = format!("error: ticket 1 is at revision {}, not {rev}", rev + 1);
        for other in others {
            assert_eq!((other.code, other.error()), (5, conflict.as_str()));
        }
        assert_eq!(desk.ticket(1)["rev"], rev + 1);
    }
}

/// A batch that goes on.
struct Batch {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
}

impl Batch {
    fn begin(desk: &Desk) -> Self {
        let mut command = desk.command(["batch", "--json"]);
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (stdin, stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        Self {
            child,
            stdin,
            stdout: BufReader::new(stdout),
        }
    }

    fn ask(&mut self, line: &Value) {
        writeln!(self.stdin, "{line}").unwrap();
    }

    fn answer(&mut self) -> Value {
        let mut line = String::new();
        self.stdout.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }

    fn end(mut self) {
        drop(self.stdin);
        self.child.wait().unwrap();
    }
}

#[test]
fn of_many_with_one_reference_one_gets_it() {
    let desk = Desk::new();
    let rounds = if long() { 200 } else { 5 };
    // What these remember of the tickets is always older than what the others do.
    let mut batches: Vec<_> = (0..4).map(|_| Batch::begin(&desk)).collect();
    for round in 1..=rounds {
        let name = format!("INC-{round}");
        for batch in &mut batches {
            batch.ask(&json!({"op": "open", "subject": "x", "ref": name}));
        }
        let open = |_| desk.command(["open", "x", "--ref", &name, "--json"]);
        let mut answers: Vec<Value> = at_once((0..4).map(open)).iter().map(Said::json).collect();
        answers.extend(batches.iter_mut().map(Batch::answer));
        let (through, others): (Vec<_>, Vec<_>) = answers
            .iter()
            .partition(|answer| answer["event"] == "opened");
        assert_eq!(through.len(), 1, "{answers:?}");
        for other in others {
            assert_eq!(other["error"]["code"], "refused");
        }
        assert_eq!(
            desk.ok(["show", &name, "--json"]).json()["id"],
            through[0]["ticket"]
        );
    }
    for batch in batches {
        batch.end();
    }
    let listed = desk.ok(["list", "--json"]).json();
    assert_eq!(listed["total"], rounds);
    assert_eq!(desk.say("fsck").code, 0);
}

#[test]
fn who_waits_in_vain_is_told_for_whom() {
    if !has("strace") {
        return;
    }
    let desk = Desk::new();
    desk.open(["a"]);
    // Somebody whose disk takes its time.
    let slow = [
        "-f",
        "-qq",
        "-o",
        "/dev/null",
        "-e",
        "inject=fsync:delay_enter=3000000:when=1",
    ];
    let note = desk.command(["note", "1", "-m", "slow"]);
    let mut holder = Command::new("strace");
    holder.args(slow).arg(DESK).args(note.get_args());
    for (name, value) in note.get_envs() {
        holder.env(name, value.unwrap());
    }
    let mut holder = holder.stdout(Stdio::null()).spawn().unwrap();
    let (began, temporary) = (Instant::now(), desk.data().join(".desk/tmp/1"));
    while !temporary.exists() {
        assert!(
            began.elapsed() < Duration::from_secs(20),
            "nobody begins to write"
        );
        thread::sleep(Duration::from_millis(5));
    }
    let children = format!("/proc/{0}/task/{0}/children", holder.id());
    let writer = std::fs::read_to_string(children).unwrap();
    let began = Instant::now();
    let said = desk.say("note 1 -m late --wait 1");
    let waited = began.elapsed();
    let path = desk.data().join(".desk/locks/ticket-001");
    assert_eq!(
        said.refusal(),
        format!(
            "5 error: {}: held by process {} (desk) / hint: try again, or wait longer with --wait SECONDS",
            path.display(),
            writer.trim()
        )
    );
    assert!(waited >= Duration::from_secs(1), "{waited:?}");
    // Who waits long enough comes next.
    desk.ok(["note", "1", "-m", "patient"]);
    assert!(holder.wait().unwrap().success());
    let messages: Vec<_> = desk.ticket(1)["events"].as_array().unwrap()[1..]
        .iter()
        .map(|event| event["message"].clone())
        .collect();
    assert_eq!(messages, ["slow", "patient"]);
}

#[test]
fn who_reads_waits_for_no_lock() {
    let desk = Desk::new();
    desk.open(["a", "--ref", "INC1"]);
    desk.ok(["tech", "add", "lan"]);
    desk.ok(["assign", "1", "--to", "lan"]);
    let private = desk.data().join(".desk");
    let locks = private.join("locks").read_dir().unwrap();
    let files = locks.map(|entry| entry.unwrap().path());
    let held: Vec<_> = files
        .chain([private.join("number"), private.join("journal")])
        .map(|path| {
            let file = std::fs::File::open(path).unwrap();
            file.lock().unwrap();
            file
        })
        .collect();
    for line in [
        "list",
        "show 1",
        "show INC1",
        "log 1",
        "search a",
        "status",
        "tech list",
        "report summary",
        "report technicians",
        "fsck",
        "note 1 -m x --dry-run",
    ] {
        // A reader that waited would wait for as long as this.
        let said = desk.run(line.split(' ').chain(["--wait", "100000"]));
        assert_eq!(said.code, 0, "{line}: {said:?}");
    }
    assert!(held.len() > 3, "{held:?}");
}
