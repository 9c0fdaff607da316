//! Reports that nobody waits for: into files, in sets, from cron and systemd.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::harness::{DESK, Desk, Said, has, skip_unless, thorough};

/// Two tickets of November, of which one is solved.
fn small() -> Desk {
    let mut desk = Desk::new();
    desk.at("2026-11-02T08:00:00Z")
        .open(["Printer jams", "--to", "lan"]);
    desk.open(["VPN is slow"]);
    desk.at("2026-11-02T10:00:00Z")
        .ok(["close", "1", "-m", "New toner"]);
    desk.at("2026-12-01T00:05:00Z");
    desk
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The names of what lies beside the data, hidden or not.
fn beside(desk: &Desk) -> Vec<String> {
    let entries = desk.beside().read_dir().unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.filter(|name| name != "data").collect();
    names.sort();
    names
}

#[test]
fn a_file_has_what_stdout_would_have_and_its_ending_says_in_which_form() {
    let desk = small();
    let report = ["report", "technicians", "--period", "2026-11"];
    for (ending, format) in [
        ("txt", "table"),
        ("json", "json"),
        ("jsonl", "jsonl"),
        ("csv", "csv"),
        ("tsv", "tsv"),
        ("md", "markdown"),
        ("html", "html"),
    ] {
        let file = desk.beside().join(format!("report.{ending}"));
        let said = desk.ok(report.iter().chain(&["-o", file.to_str().unwrap()]));
        assert_eq!((said.out.as_str(), said.err.as_str()), ("", ""));
        let shown = desk.ok(report.iter().chain(&["--format", format])).out;
        assert_eq!(read(&file), shown, "{ending}");
        assert!(shown.contains("lan"));
    }
    let file = desk.beside().join("report.html");
    desk.ok(report
        .iter()
        .chain(&["--json", "--output", file.to_str().unwrap()]));
    assert!(read(&file).starts_with("{\"desk_report\":1,"));
    let said = desk.run(report.iter().chain(&["-o", "report.pdf"]));
    assert_eq!(
        said.refusal(),
        "2 error: what goes into a file that ends in `.pdf`? / hint: say --format, or let it end \
         in .html, .csv, .json or .md"
    );
    assert_eq!(
        desk.run(["list", "--format", "html"]).refusal(),
        "2 error: only reports have a page in HTML / hint: such as: desk report technicians \
         --format html"
    );
}

#[test]
fn a_name_tells_when_the_period_begins_in_its_zone() {
    let desk = small();
    let name = desk.beside().join("%Y/%B-%d.json");
    let name = name.to_str().unwrap();
    // In Hanoi November begins when it is still October in Greenwich.
    for (zone, period, expected) in [
        ("Asia/Ho_Chi_Minh", "2026-11", "2026/November-01.json"),
        ("America/New_York", "2026-11", "2026/November-01.json"),
        ("UTC", "2025-W01", "2024/December-30.json"),
    ] {
        desk.ok(["report", "--tz", zone, "--period", period, "-o", name]);
        let file = desk.beside().join(expected);
        assert!(read(&file).contains(zone), "{expected}");
        std::fs::remove_file(file).unwrap();
    }
    let said = desk.run(["report", "--period", "2026-11", "-o", "%Q.json"]);
    assert_eq!(
        said.error(),
        "error: `%Q.json` is no pattern for a file's name"
    );
    assert_eq!(said.code, 2);
}

#[test]
fn a_new_file_has_what_the_umask_leaves_and_an_old_one_what_it_had() {
    let desk = small();
    let file = desk.beside().join("report.csv");
    let run = |mask: &str| {
        let command = desk.command(["report", "tiers", "--period", "2026-11", "-o"]);
        let mut shell = Command::new("sh");
        shell.args(["-c", "umask $0 && exec \"$@\"", mask, DESK]);
        shell.args(command.get_args()).arg(&file).env_clear();
        shell.envs(
            command
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        );
        assert!(shell.status().unwrap().success());
        file.metadata().unwrap().permissions().mode() & 0o777
    };
    assert_eq!(run("027"), 0o640);
    assert_eq!(run("077"), 0o640);
    std::fs::remove_file(&file).unwrap();
    assert_eq!(run("077"), 0o600);
}

#[test]
fn what_fails_leaves_the_old_file_as_it_was() {
    let desk = small();
    let file = desk.beside().join("report.csv");
    let path = file.to_str().unwrap();
    std::fs::write(&file, "old").unwrap();
    let before = beside(&desk);
    for (args, code) in [
        (
            &["report", "tiers", "--fields", "colour", "-o", path][..],
            2,
        ),
        (&["report", "tiers", "--period", "2026-13", "-o", path], 2),
        (&["report", "tiers", "-o", "/no/such/folder/report.csv"], 1),
        (
            &["report", "tiers", "-o", "/dev/null", "--format", "csv"],
            1,
        ),
    ] {
        let said = desk.run(args);
        assert_eq!(
            (said.code, said.out.as_str()),
            (code, ""),
            "{args:?}: {said:?}"
        );
        assert_eq!(read(&file), "old");
    }
    // Where nothing is there is a disk that is not mounted, rather than a help desk without tickets.
    let said = desk.run(["-C", "/no/such/desk", "report", "tiers", "-o", path]);
    assert_eq!((said.code, said.out.as_str()), (4, ""), "{said:?}");
    assert_eq!(read(&file), "old");
    // No file may have a byte: as on a full disk.
    desk.ok(["report"]);
    let command = desk.command(["report", "tiers", "-o", path]);
    let full: Said = Command::new("sh")
        .args(["-c", "trap '' XFSZ; ulimit -f 0; exec \"$0\" \"$@\"", DESK])
        .args(command.get_args())
        .env_clear()
        .envs(
            command
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        )
        .output()
        .unwrap()
        .into();
    assert_eq!(
        full.error(),
        format!("error: cannot write {path}: File too large (os error 27)")
    );
    assert_eq!(full.code, 1);
    // A report that lacks a ticket is told on stdout, and is no file that somebody trusts.
    let broken = desk.beside().join("broken");
    std::fs::write(&broken, "{").unwrap();
    std::fs::rename(broken, desk.file(2)).unwrap();
    let said = desk.run(["report", "tiers", "-o", path]);
    assert_eq!((said.code, said.out.as_str()), (7, ""), "{said:?}");
    assert!(
        said.err
            .contains("report.csv: not written, since not everything could be read")
    );
    assert_eq!(desk.run(["report", "tiers", "--format", "csv"]).code, 7);
    assert_eq!(read(&file), "old");
    assert_eq!(beside(&desk), before);
}

/// Settings with sets of reports, whose files lie beside the data.
fn sets(desk: &Desk, lines: &str) {
    let folder = desk.beside().display().to_string();
    desk.settings(&format!("[reports]\n{}", lines.replace("DIR", &folder)));
}

#[test]
fn one_report_of_a_set_that_fails_stops_no_other() {
    let desk = small();
    sets(
        &desk,
        r#"
first_contact_minutes = 30
nightly = [
    "summary --period last-month --output DIR/%Y-%m.json",
    "technicans --output DIR/no.json",
    "tiers --perod last-month",
    "tiers 'requester:",
    "backlog -o /no/such/folder/backlog.html",
    "summary -p 2026-03",
    "categories -category:none --period last-month --tz Asia/Ho_Chi_Minh -o 'DIR/with a space.md'",
]
good = ["tiers --period last-month --format csv --fields tier,solved", "backlog --format csv --fields total"]
"#,
    );
    let said = desk.say("report run nightly");
    assert_eq!((said.code, said.out.as_str()), (1, ""), "{said:?}");
    let folder = desk.beside().display().to_string();
    let lines: Vec<String> = said
        .err
        .lines()
        .map(|line| line.replace(&folder, "DIR"))
        .collect();
    assert_eq!(
        lines,
        [
            "error: report run nightly: `technicans --output DIR/no.json`: there is no report \
             `technicans` (did you mean `technicians`?)",
            "error: report run nightly: `tiers --perod last-month`: unexpected argument '--perod' \
             found (did you mean `--period`?)",
            "error: report run nightly: `tiers 'requester:`: missing closing quote",
            "error: report run nightly: `backlog -o /no/such/folder/backlog.html`: cannot write \
             /no/such/folder/backlog.html: No such file or directory (os error 2)",
            "error: report run nightly: `summary -p 2026-03`: there is no flag `-p` (write flags \
             at length, and in a query `not` instead of `-`)",
        ]
    );
    assert_eq!(beside(&desk), ["2026-11.json", "with a space.md"]);
    let expected = desk.ok(["report", "--period", "2026-11", "--json"]).out;
    assert_eq!(read(&desk.beside().join("2026-11.json")), expected);
    assert!(read(&desk.beside().join("with a space.md")).contains("Asia/Ho\\_Chi\\_Minh"));
    // Without --output they go where all goes; and the setting beside the sets holds.
    let said = desk.ok(["report", "run", "good", "good"]);
    let once = "tier,solved\n1,1\nfigure,value\ntotal,1\n";
    assert_eq!(said.out, once.repeat(2));
    // Nor does a set that is not there stop another one.
    let said = desk.say("report run god good");
    assert_eq!((said.code, said.out.as_str()), (3, once), "{said:?}");
    assert!(said.error().ends_with("there is no set of reports `god`"));
    let report = desk.ok(["report", "--period", "2026-11", "--json"]).json();
    assert_eq!(report["first_contact_resolution"]["tickets"], json!(0));
}

#[test]
fn what_is_no_set_is_said() {
    let desk = small();
    let refused = |line: &str| desk.say(line).refusal();
    assert_eq!(
        refused("report run nightly"),
        "3 error: there is no set of reports `nightly` / hint: desk.toml lists them, under [reports]"
    );
    sets(&desk, "nightly = []\nweekly = ['summary']\n");
    assert_eq!(
        refused("report run nigthly"),
        "3 error: there is no set of reports `nigthly` / hint: did you mean `nightly`?"
    );
    assert_eq!(
        refused("report run"),
        "2 error: which reports are to be run? / hint: desk.toml has nightly, weekly"
    );
    assert_eq!(
        refused("report run weekly --period 2026"),
        "2 error: the reports of a set say themselves what is in them / hint: behind `report run` \
         stand names of sets alone"
    );
    assert_eq!(
        refused("report run nightly"),
        "4 error: the set of reports `nightly` is empty / hint: desk.toml lists what is in it, under \
         [reports]"
    );
    // A set cannot run itself.
    sets(&desk, "nightly = ['run nightly']\n");
    assert!(
        desk.say("report run nightly")
            .err
            .contains("there is no report `run`")
    );
    for (settings, line) in [
        ("nightly = 'summary'\n", 2),
        ("first_contact_minuts = 7\n", 2),
        ("\nfirst_contact_minutes = ['summary']\n", 3),
        ("'a b' = ['summary']\n", 2),
    ] {
        sets(&desk, settings);
        let said = desk.say("report run nightly");
        assert_eq!(said.code, 2, "{settings}");
        let begin = format!("error: desk.toml, line {line}: ");
        assert!(said.error().starts_with(&begin), "{settings}: {said:?}");
    }
}

#[test]
fn nothing_of_an_environment_is_needed() {
    let desk = small();
    sets(
        &desk,
        "nightly = ['summary --period 2026-11 --as-of 2026-11-22T00:00:00Z -o DIR/summary.html', 'backlog --as-of 2026-11-22T00:00:00Z -o DIR/backlog.html']\n",
    );
    let settings = read(&desk.data().join("desk.toml"));
    let run = |zone: Option<&str>, locale: Option<&str>| {
        let mut command = Command::new(DESK);
        command
            .arg("-C")
            .arg(desk.data())
            .args(["report", "run", "nightly"]);
        command.env_clear().current_dir("/").stdin(Stdio::null());
        command.envs(zone.map(|zone| ("TZ", zone)));
        command.envs(locale.map(|locale| ("LC_ALL", locale)));
        let said: Said = command.output().unwrap().into();
        assert_eq!(
            (said.code, said.out.as_str(), said.err.as_str()),
            (0, "", ""),
            "{zone:?}"
        );
        ["summary", "backlog"].map(|name| read(&desk.beside().join(format!("{name}.html"))))
    };
    let zones = [
        None,
        Some("UTC"),
        Some("Asia/Kathmandu"),
        Some("No/Where"),
        Some("CET-1CEST"),
        Some(""),
    ];
    let german = run(None, Some("de_DE.UTF-8"));
    assert!(german[0].contains(">100,0%<") && !german[0].contains("100.0%"));
    for zone in zones {
        assert!(run(zone, None)[0].contains(">100.0%<"));
        assert!(run(zone, None)[0].contains("<h1>Summary</h1>"));
    }
    // What is set is the same everywhere.
    desk.settings(&format!(
        "timezone = 'Europe/Oslo'\nlocale = 'nb_NO'\n{settings}"
    ));
    let pages = run(None, None);
    assert!(pages[0].contains(">100,0%<"));
    for zone in zones {
        for locale in [None, Some("C"), Some("en_US.UTF-8"), Some("zz_ZZ")] {
            assert_eq!(run(zone, locale), pages, "{zone:?} {locale:?}");
        }
    }
    desk.settings("locale = 'norsk'\n");
    let said = desk.say("report --format html");
    assert_eq!(
        said.refusal(),
        "2 error: desk.toml: there is no locale `norsk` / hint: a locale is a language and a \
         country: `nb_NO`, `en_GB`"
    );
}

/// The blocks of README that are of this kind.
fn blocks(kind: &str) -> Vec<String> {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let text = read(&readme);
    let begin = format!("```{kind}\n");
    let blocks = text.split(&begin).skip(1);
    blocks
        .filter_map(|rest| Some(rest.split_once("```")?.0.to_owned()))
        .collect()
}

/// What README says, for this program and this data.
fn here(text: &str, desk: &Desk) -> String {
    assert!(text.contains("/usr/local/bin/desk -C /srv/desk "), "{text}");
    text.replace("/srv/desk", desk.data().to_str().unwrap())
        .replace("/usr/local/bin/desk", DESK)
}

/// The sets that README lists, with their files beside the data.
fn readmes_sets(desk: &Desk) {
    let settings = blocks("toml")
        .into_iter()
        .find(|block| block.contains("nightly = ["));
    let folder = desk.beside().display().to_string();
    desk.settings(
        &settings
            .expect("README lists a set")
            .replace("/srv/reports", &folder),
    );
}

/// The lines of README run under the daemon itself, in a mount namespace in which nothing of the
/// machine's is seen. By hand as if the machine had just been started, and in CI, where a minute
/// passes beside all other tests, on the minute.
#[test]
fn the_lines_of_the_crontab_run_under_cron() {
    let namespaces = || {
        let tried = Command::new("unshare")
            .args(["-m", "true"])
            .stderr(Stdio::null())
            .status();
        tried.is_ok_and(|status| status.success())
    };
    if !(has("cron") && has("unshare") && skip_unless(namespaces(), "no mount namespaces")) {
        return;
    }
    let desk = small();
    readmes_sets(&desk);
    let crontab = here(&blocks("crontab").concat(), &desk);
    let schedule = if thorough() { "* * * * *" } else { "@reboot" };
    let soon = crontab.lines().filter_map(|line| {
        let command = line
            .splitn(6, ' ')
            .nth(5)
            .filter(|_| !line.starts_with('#'))?;
        Some(format!("{schedule} {command}\n"))
    });
    // A mistake in one line, and cron takes none of them.
    let crontab = format!(
        "DESK_NOW=2026-12-01T00:05:00Z\n{crontab}{}",
        soon.collect::<String>()
    );
    let spool = desk.beside().join("spool");
    std::fs::create_dir(&spool).unwrap();
    std::fs::write(spool.join("root"), crontab).unwrap();
    let mode = std::fs::Permissions::from_mode(0o600);
    std::fs::set_permissions(spool.join("root"), mode).unwrap();
    let script = "mount --bind \"$0\" /var/spool/cron/crontabs && mount -t tmpfs none /etc/cron.d \
                  && mount --bind /dev/null /etc/crontab && mount -t tmpfs none /run && exec cron -f";
    let mut cron = Command::new("unshare")
        .args(["-m", "sh", "-c", script])
        .arg(&spool)
        .env_clear()
        .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
        .stdin(Stdio::null())
        .spawn()
        .unwrap();
    let patience = Duration::from_secs(if schedule == "@reboot" { 30 } else { 100 });
    let (began, file) = (Instant::now(), desk.beside().join("2026-11.html"));
    while !file.exists() && began.elapsed() < patience {
        std::thread::sleep(Duration::from_millis(100));
    }
    cron.kill().unwrap();
    cron.wait().unwrap();
    assert!(read(&file).contains("<h1>Summary</h1>"));
}

#[test]
fn the_units_of_systemd_are_sound() {
    if !has("systemd-analyze") {
        return;
    }
    let desk = small();
    readmes_sets(&desk);
    let units = blocks("ini");
    assert_eq!(units.len(), 2, "a service and a timer");
    let folder = desk.beside().join("units");
    std::fs::create_dir(&folder).unwrap();
    for (unit, name) in units
        .iter()
        .zip(["desk-reports.service", "desk-reports.timer"])
    {
        assert!(
            unit.contains(&format!("# /etc/systemd/system/{name}\n")),
            "{unit}"
        );
        let unit = if unit.contains("ExecStart=") {
            here(unit, &desk)
        } else {
            unit.clone()
        };
        std::fs::write(folder.join(name), unit).unwrap();
    }
    let verified = Command::new("systemd-analyze")
        .args(["verify", "--man=no"])
        .arg(folder.join("desk-reports.timer"))
        .arg(folder.join("desk-reports.service"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&verified.stderr);
    assert!(
        verified.status.success() && !said.contains("desk-reports"),
        "{said}"
    );
    // What the service starts, as systemd would: it splits words, and knows no shell.
    let service = read(&folder.join("desk-reports.service"));
    let line = service
        .lines()
        .find_map(|line| line.strip_prefix("ExecStart="))
        .unwrap();
    let mut words = line.split(' ');
    let said: Said = Command::new(words.next().unwrap())
        .args(words)
        .env_clear()
        .env("DESK_NOW", "2026-12-01T00:05:00Z")
        .output()
        .unwrap()
        .into();
    assert_eq!((said.code, said.err.as_str()), (0, ""));
    assert!(desk.beside().join("2026-11.html").exists());
}
