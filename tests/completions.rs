//! Completion, the manual, help, and programs beside desk.
//!
//! The scripts in `completions/` are checked in. Where the program changes them, `DESK_BLESS=1`
//! writes them anew: `DESK_BLESS=1 cargo test --test main completions`.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::harness::{DESK, Desk, Said, has};

const VERBS: [&str; 32] = [
    "assign",
    "batch",
    "close",
    "completions",
    "edit",
    "escalate",
    "export",
    "fsck",
    "import",
    "link",
    "list",
    "log",
    "man",
    "merge",
    "note",
    "open",
    "rate",
    "reindex",
    "reopen",
    "reply",
    "report",
    "resolve",
    "resume",
    "search",
    "show",
    "status",
    "take",
    "tech",
    "undo",
    "unlink",
    "unmerge",
    "wait",
];

fn checked_in(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("completions")
        .join(file)
}

#[test]
fn the_scripts_that_are_checked_in_are_those_that_it_prints() {
    let desk = Desk::new();
    for (shell, file) in [
        ("bash", "desk.bash"),
        ("zsh", "_desk"),
        ("fish", "desk.fish"),
        ("powershell", "desk.ps1"),
        ("elvish", "desk.elv"),
    ] {
        let printed = desk.ok(["completions", shell]).out;
        assert!(printed.contains("DESK_COMPLETE"), "{shell}");
        assert!(
            !printed.contains(DESK),
            "{shell}: the script finds desk by its name"
        );
        let path = checked_in(file);
        if std::env::var_os("DESK_BLESS").is_some_and(|value| value == "1") {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, &printed).unwrap();
        }
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            kept == printed,
            "completions/{file} is not what `desk completions {shell}` prints; \
             to write it anew: DESK_BLESS=1 cargo test --test main completions"
        );
    }
    let said = desk.say("completions tcsh");
    assert_eq!(said.code, 2);
    assert!(
        said.error()
            .starts_with("error: invalid value 'tcsh' for '<SHELL>'"),
        "{said:?}"
    );
    assert!(!desk.data().exists());
}

/// Asks as the scripts do: what could stand in the last of these words. Each answer is a value and,
/// where the shell shows one, what it is.
fn offered(desk: &Desk, shell: &str, words: &[&str]) -> Vec<String> {
    let said: Said = desk
        .command(["--", "desk"].iter().chain(words))
        .env("DESK_COMPLETE", shell)
        .env("_CLAP_IFS", "\n")
        .env("_CLAP_COMPLETE_INDEX", words.len().to_string())
        .env("_CLAP_COMPLETE_COMP_TYPE", "9")
        .env("_CLAP_COMPLETE_SPACE", "true")
        .output()
        .unwrap()
        .into();
    assert_eq!((said.code, said.err.as_str()), (0, ""), "{words:?}");
    said.out.lines().map(str::to_owned).collect()
}

/// The same without the flags.
fn values(desk: &Desk, words: &[&str]) -> Vec<String> {
    let mut offered = offered(desk, "fish", words);
    offered.retain(|line| !line.starts_with('-'));
    offered
}

fn furnished() -> Desk {
    let desk = Desk::new();
    desk.ok(["tech", "add", "minh"]);
    desk.ok(["tech", "add", "lan", "--name", "Lan P.", "--tier", "2"]);
    desk.settings("[categories]\nnames = ['network/vpn']\n[views]\nmine = 'assignee:me is:open'\n");
    desk.batch(
        r#"{"op":"open","subject":"Máy in bị kẹt giấy","category":"hardware/printer","team":"print"}
{"op":"open","subject":"solved","resolve":"x","category":"hardware/laptop"}
{"op":"open","subject":"VPN"}
"#,
    );
    desk
}

#[test]
fn a_shell_is_offered_what_there_is() {
    let desk = furnished();
    // Open tickets, the newest first, with their subjects.
    let tickets = ["3\tVPN", "1\tMáy in bị kẹt giấy"];
    for verb in ["close", "assign", "resolve"] {
        assert_eq!(values(&desk, &[verb, ""]), tickets, "{verb}");
    }
    assert_eq!(values(&desk, &["merge", "3", "--into", ""]), tickets);
    // What is solved is looked at, too, and taken up again.
    let all = ["3\tVPN", "2\tsolved", "1\tMáy in bị kẹt giấy"];
    for verb in ["show", "log", "note"] {
        assert_eq!(values(&desk, &[verb, ""]), all, "{verb}");
    }
    assert_eq!(values(&desk, &["reopen", ""]), all[1..2]);
    assert_eq!(
        values(&desk, &["link", "3", "--blocks", "1"]),
        ["1\tMáy in bị kẹt giấy"]
    );
    let technicians = ["lan\tLan P. (tier 2)", "minh\t(tier 1)"];
    assert_eq!(values(&desk, &["assign", "1", "--to", ""]), technicians);
    assert_eq!(values(&desk, &["tech", "show", "l"]), technicians[..1]);
    let categories = ["hardware/laptop", "hardware/printer", "network/vpn"];
    assert_eq!(values(&desk, &["open", "x", "--category", ""]), categories);
    assert_eq!(
        values(&desk, &["edit", "1", "--category", "net"]),
        ["network/vpn"]
    );
    assert_eq!(values(&desk, &["assign", "1", "--team", ""]), ["print"]);
    assert_eq!(
        values(&desk, &["list", "--fields", "id,sub"]),
        ["id,subject"]
    );
    assert_eq!(
        values(&desk, &["list", "--sort", "priority,upd"]),
        ["priority,updated"]
    );
    assert_eq!(
        values(&desk, &["search", "x", "--sort", "rel"]),
        ["relevance"]
    );
    assert_eq!(
        values(&desk, &["list", "@"]),
        ["@mine\tassignee:me is:open"]
    );
    assert_eq!(
        values(&desk, &["list", "sta"]),
        ["status:\tnew, open, pending, resolved or closed"]
    );
    assert_eq!(
        values(&desk, &["note", "--query", "req"])[0]
            .split('\t')
            .next(),
        Some("requester:")
    );
    assert_eq!(
        values(&desk, &["report", "te"]),
        [
            "technicians\tWhat each technician solved, and how fast",
            "teams\tThe same figures by team"
        ]
    );
    assert_eq!(values(&desk, &["report", "--by", "q"]), ["quarter"]);
    assert_eq!(
        values(&desk, &["report", "--compare", ""]),
        ["previous", "year"]
    );
    let metrics = [
        "time_to_resolve.p50",
        "time_to_resolve.p90",
        "time_to_resolve.p99",
    ];
    let typed = ["report", "table", "--value", "time_to_resolve.p"];
    assert_eq!(values(&desk, &typed), metrics);
    assert_eq!(
        values(&desk, &["report", "--explain", "mean"]),
        ["mean_stars"]
    );
    assert_eq!(
        values(&desk, &["list", "--format", "c"]),
        ["csv\tComma-separated values (RFC 4180, lines end in a newline)"]
    );
    assert_eq!(
        offered(&desk, "bash", &["list", "is:open", "--js"]),
        ["--json"]
    );
}

#[test]
fn verbs_are_offered_with_what_they_do() {
    let desk = Desk::new();
    let verbs = values(&desk, &[""]);
    let names: Vec<_> = verbs
        .iter()
        .map(|line| line.split('\t').next().unwrap())
        .collect();
    assert_eq!(names[..VERBS.len()], VERBS);
    assert_eq!(
        values(&desk, &["assi"]),
        ["assign\tGive tickets to a technician or a team"]
    );
    assert_eq!(
        values(&desk, &["tech", "a"]),
        ["add\tPut a technician on the roster"]
    );
    assert_eq!(offered(&desk, "bash", &["li"]), ["link", "list"]);
    assert!(!desk.data().exists(), "to ask makes nothing");
}

#[test]
fn the_data_directory_may_be_named_in_the_line() {
    let desk = furnished();
    let other = Desk::new();
    let data = desk.data();
    let data = data.to_str().unwrap();
    let flag = format!("--data-dir={data}");
    assert_eq!(values(&other, &["assign", "1", "--to", ""]).len(), 0);
    for words in [
        &["-C", data, "assign", "1", "--to", ""][..],
        &["assign", "-C", data, "1", "--to", ""],
        &[flag.as_str(), "assign", "1", "--to", ""],
    ] {
        assert_eq!(values(&other, words).len(), 2, "{words:?}");
    }
    // Whatever is wrong, nothing stands in the middle of somebody's line.
    desk.settings("broken");
    assert_eq!(values(&desk, &["open", "x", "--category", ""]).len(), 0);
    std::fs::write(desk.file(1), "{").unwrap();
    assert_eq!(values(&desk, &["close", ""]), ["3\tVPN"]);
}

#[test]
fn what_somebody_wrote_into_a_ticket_runs_nowhere() {
    let desk = Desk::new();
    desk.batch(
        r#"{"op":"open","subject":"a\u001b[2J\nb\t$(touch x) `y`\u202e","team":"$(touch x)","category":"a;touch x/b"}
{"op":"open","subject":"c","team":"two words","category":"fine"}
{"op":"open","subject":"d","team":"mạng","category":"--json"}
"#,
    );
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        for words in [
            &["show", ""][..],
            &["assign", "1", "--team", ""],
            &["open", "x", "--category", ""],
        ] {
            let offered = offered(&desk, shell, words).join("\n");
            for c in ['\u{1b}', '\u{202e}'] {
                assert!(!offered.contains(c), "{shell} {words:?}: {offered:?}");
            }
            // The shells that put what is offered into the line as it is.
            if shell == "bash" || (shell == "powershell" && words[0] != "show") {
                assert!(!offered.contains("touch"), "{shell} {words:?}: {offered:?}");
            }
        }
    }
    let teams = |shell| {
        let mut teams = offered(&desk, shell, &["assign", "1", "--team", ""]);
        teams.retain(|line| !line.starts_with('-'));
        teams
    };
    assert_eq!(teams("bash"), ["mạng"]);
    assert_eq!(teams("fish"), ["$(touch x)", "mạng", "two words"]);
    assert_eq!(
        values(&desk, &["open", "x", "--category", ""]),
        ["a;touch x/b", "fine"]
    );
    let subjects = values(&desk, &["show", ""]);
    assert_eq!(
        subjects,
        ["3\td", "2\tc", "1\ta␛[2J␊b $(touch x) `y`<U+202E>"]
    );
}

/// Runs a script of a shell in which `desk` is the program under test.
fn in_shell(desk: &Desk, shell: &[&str], script: &str) -> String {
    let bin = desk.beside().join("bin");
    std::fs::create_dir_all(&bin).unwrap();
    let link = bin.join("desk");
    if !link.exists() {
        std::os::unix::fs::symlink(DESK, link).unwrap();
    }
    let vars: Vec<_> = desk
        .command([""; 0])
        .get_envs()
        .filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())))
        .collect();
    let output = Command::new(shell[0])
        .args(&shell[1..])
        .arg(script)
        .env_clear()
        .envs(vars)
        .env("PATH", format!("{}:/usr/bin:/bin", bin.display()))
        .current_dir(desk.beside())
        .output()
        .unwrap();
    let said = Said::from(output);
    assert_eq!((said.code, said.err.as_str()), (0, ""), "{said:?}");
    said.out
}

#[test]
fn bash_completes_by_the_script() {
    if !has("bash") {
        return;
    }
    let desk = furnished();
    let script = checked_in("desk.bash");
    // As bash sets them: the line, its words broken at white space and colons, and what stands
    // behind the last break.
    let complete = |line: &str, words: &str, typed: &str| {
        let script = format!(
            "source '{}'; COMP_LINE='{line}'; COMP_WORDS=({words}); COMP_TYPE=9\n\
             COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))\n\
             complete -p desk >/dev/null && _clap_complete_desk desk '{typed}' '' || exit 1\n\
             printf '%s\\n' \"${{COMPREPLY[@]}}\" | tr -d ' '",
            script.display()
        );
        let found = in_shell(&desk, &["bash", "--norc", "-c"], &script);
        found
            .lines()
            .filter(|line| !line.starts_with('-'))
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let table: [(&str, &str, &str, &[&str]); 11] = [
        ("desk li", "desk li", "li", &["link", "list"]),
        ("desk show ", "desk show ''", "", &["3", "2", "1"]),
        ("desk close ", "desk close ''", "", &["3", "1"]),
        ("desk reopen ", "desk reopen ''", "", &["2"]),
        (
            "desk assign 1 --to l",
            "desk assign 1 --to l",
            "l",
            &["lan"],
        ),
        (
            "desk edit 1 --category har",
            "desk edit 1 --category har",
            "har",
            &["hardware/laptop", "hardware/printer"],
        ),
        (
            "desk list assig",
            "desk list assig",
            "assig",
            &["assignee:"],
        ),
        (
            "desk list status:",
            "desk list status :",
            "",
            &["new", "open", "pending", "resolved", "closed"],
        ),
        ("desk list status:o", "desk list status : o", "o", &["open"]),
        (
            "desk list is:open assignee:l",
            "desk list is : open assignee : l",
            "l",
            &["lan"],
        ),
        (
            "desk list category:har",
            "desk list category : har",
            "har",
            &["hardware/laptop", "hardware/printer"],
        ),
    ];
    for (line, words, typed, expected) in table {
        assert_eq!(complete(line, words, typed), expected, "{line}");
    }
}

#[test]
fn zsh_and_fish_take_their_scripts() {
    let desk = furnished();
    if has("zsh") {
        let script = format!(
            "autoload -Uz compinit && compinit -u -D; source '{}'; print ${{_comps[desk]}}",
            checked_in("_desk").display()
        );
        assert_eq!(
            in_shell(&desk, &["zsh", "-f", "-c"], &script),
            "_clap_dynamic_completer_desk\n"
        );
    }
    if has("fish") {
        let script = format!(
            "source '{}'; complete -C 'desk assign 1 --to l'",
            checked_in("desk.fish").display()
        );
        assert_eq!(
            in_shell(&desk, &["fish", "--no-config", "-c"], &script),
            "lan\tLan P. (tier 2)\n"
        );
    }
}

#[test]
fn the_manual_has_a_page_for_every_verb() {
    let desk = Desk::new();
    let folder = desk.beside().join("share/man/man1");
    let said = desk.ok(["man", folder.to_str().unwrap()]);
    assert_eq!(
        said.err,
        format!(
            "the manual is in {0}; begin with: man -l {0}/desk.1\n",
            folder.display()
        )
    );
    let page = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    let main = page("desk.1");
    assert!(
        main.contains("desk \\- The IT help desk that lives in a shell"),
        "{main}"
    );
    for verb in VERBS {
        let text = page(&format!("desk-{verb}.1"));
        let help = desk.ok([verb, "--help"]).out;
        let about = help.lines().next().unwrap();
        let name = format!("desk\\-{verb} \\- {about}");
        assert!(text.contains(&name), "{verb}: {text}");
        assert!(text.len() > 500, "{verb}");
        assert!(main.contains(&format!("desk\\-{verb}(1)")), "{verb}");
    }
    assert!(page("desk-tech-add.1").contains("\\-\\-capacity"));
}

#[test]
fn help_says_what_a_verb_does() {
    let desk = Desk::new();
    let help = desk.ok(["--help"]).out;
    assert!(
        help.starts_with("The IT help desk that lives in a shell\n"),
        "{help}"
    );
    for (line, expected) in [
        ("assign --help", "Give tickets to a technician or a team\n"),
        ("assign -h", "Give tickets to a technician or a team\n"),
        ("help open", "Open a ticket, and print its number\n"),
        (
            "list is:open --help",
            "List the tickets that match a query\n",
        ),
        ("help tech add", "Put a technician on the roster\n"),
        ("help link", "Write down how a ticket relates to another\n"),
    ] {
        let help = desk.ok(line.split(' ')).out;
        assert!(help.starts_with(expected), "{line}: {help}");
        assert!(!help.contains("stands before or behind any verb"), "{line}");
    }
    assert!(desk.ok(["--version"]).out.starts_with("desk 0."));
    for (typed, meant) in [
        ("asign", "assign"),
        ("opne", "open"),
        ("reslove", "resolve"),
        ("repot", "report"),
    ] {
        assert_eq!(
            desk.say(typed).refusal(),
            format!("2 error: there is no command `{typed}` / hint: did you mean `{meant}`?")
        );
    }
}

#[test]
fn a_program_beside_it_is_a_verb() {
    let desk = Desk::new();
    let program = desk.program(
        "desk-hello",
        "printf '%s|' \"$@\" \"$DESK_DATA_DIR\"; exit 7",
    );
    let folder = program.parent().unwrap().to_owned();
    let run = |args: &[&str]| {
        let path = format!("{}:/usr/bin:/bin", folder.display());
        Said::from(desk.command(args).env("PATH", path).output().unwrap())
    };
    let data = desk.data();
    let said = run(&["hello", "a b", "--json", "-x", "list"]);
    assert_eq!(
        (said.code, said.out),
        (7, format!("a b|--json|-x|list|{}|", data.display()))
    );
    let said = run(&["-C", "/other/place", "hello"]);
    assert_eq!(said.out, "/other/place|");
    let said = run(&["hallo"]);
    assert_eq!(said.code, 2);
    // What is built in cannot be taken over, and what cannot be run is none.
    desk.program("desk-fsck", "echo taken over");
    assert_eq!(run(&["fsck"]).code, 0);
    assert!(!run(&["fsck"]).out.contains("taken over"));
    std::fs::write(folder.join("desk-text"), "no program").unwrap();
    assert_eq!(run(&["text"]).code, 2);
    assert_eq!(run(&["../desk-hello"]).code, 2);
}
