//! Tables, and what other tools wrote, become tickets.

use std::fs;

use serde_json::{Value, json};

use crate::harness::{Desk, Said};

fn import(desk: &Desk, arguments: &str, text: impl AsRef<[u8]>) -> Said {
    let words = ["import", "-"]
        .into_iter()
        .chain(arguments.split_whitespace());
    desk.feed(words, text)
}

/// The path of a file that comes with the tests.
fn data(name: &str) -> String {
    format!("{}/tests/data/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// These fields of a ticket.
fn fields(desk: &Desk, name: &str, fields: &[&str]) -> Value {
    let ticket = desk.ok(["show", name, "--json"]).json();
    fields.iter().map(|field| ticket[field].clone()).collect()
}

#[test]
fn a_table_becomes_tickets_once() {
    let desk = Desk::new();
    let table = "Id;Title;Opened by;Prio\r\n1042;Cannot print;hoa;2 - Medium\r\n1043;\"VPN; slow\";ola;1 - High\r\n";
    let arguments = [
        "import",
        "-",
        "--map",
        "ref=Id,subject=Title",
        "--map",
        "requester=Opened by,priority=Prio",
        "--value",
        "priority:2 - Medium=3",
        "--value",
        "priority:1 - High=1",
        "--prefix",
        "rt:",
    ];
    let said = desk.feed(arguments, table);
    assert_eq!((said.code, said.err.as_str()), (0, ""), "{said:?}");
    assert_eq!(said.out, "2 tickets imported, 0 unchanged, 0 refused\n");
    assert_eq!(
        fields(
            &desk,
            "rt:1043",
            &["id", "subject", "requester", "priority", "status"]
        ),
        json!([2, "VPN; slow", "ola", 1, "new"])
    );
    let kept = desk.kept();
    let said = desk.feed(arguments, table);
    assert_eq!(said.out, "0 tickets imported, 2 unchanged, 0 refused\n");
    assert_eq!(desk.kept(), kept);
    let more = format!("{table}1044;More;hoa;2 - Medium\r\n");
    let said = desk.feed(arguments, &more);
    assert_eq!(said.out, "1 ticket imported, 2 unchanged, 0 refused\n");
}

#[test]
fn a_mapping_is_kept_in_a_file() {
    let desk = Desk::new();
    let mapping = desk.beside().join("rt.toml");
    fs::write(
        &mapping,
        "prefix = \"rt:\"\ndates = [\"%d/%m/%Y %H:%M\"]\ntimezone = \"Europe/Oslo\"\n\
         [columns]\nref = \"Id\"\nsubject = [\"Title\", \"Subject\"]\nopened = \"Created\"\nclosed = \"Done\"\n\
         resolution = \"How\"\nassignee = \"Owner\"\n",
    )
    .unwrap();
    let mapping = mapping.to_str().unwrap();
    let table = "Id,Title,Created,Done,How,Owner\n7,Jams,01/11/2026 09:00,02/11/2026 10:30,New roller,lan\n8,Slow,01/11/2026 09:00,,,\n";
    let said = desk.feed(["import", "-", "--mapping", mapping], table);
    assert_eq!(
        said.out, "2 tickets imported, 0 unchanged, 0 refused\n",
        "{said:?}"
    );
    assert_eq!(
        fields(
            &desk,
            "rt:7",
            &[
                "status",
                "opened",
                "closed",
                "resolution",
                "assignee",
                "rev"
            ]
        ),
        json!([
            "closed",
            "2026-11-01T08:00:00Z",
            "2026-11-02T09:30:00Z",
            "New roller",
            "lan",
            2
        ])
    );
    let events = &desk.ok(["show", "rt:7", "--json"]).json()["events"];
    assert_eq!(
        (&events[0]["by"], &events[1]["by"]),
        (&json!("minh"), &json!("lan"))
    );
    assert_eq!(events[0]["recorded"], "2026-11-21T12:00:00Z");
    // The command line says it last.
    let said = desk.feed(
        [
            "import",
            "-",
            "--mapping",
            mapping,
            "--prefix",
            "x:",
            "--tz",
            "UTC",
            "--date-format",
            "%d/%m/%Y %H:%M",
        ],
        table,
    );
    assert_eq!(
        said.out, "2 tickets imported, 0 unchanged, 0 refused\n",
        "{said:?}"
    );
    assert_eq!(
        fields(&desk, "x:7", &["opened"]),
        json!(["2026-11-01T09:00:00Z"])
    );
}

#[test]
fn a_dry_run_shows_what_was_understood() {
    let desk = Desk::new();
    let table = "Id,Title,Prio,Created,Other\n7,Jams,2 - High,2026-11-01 09:00,x\n8,Slow,urgent,2026-11-02,\n9,Late,urgent,soon,\n7,Again,,,\n10,Odd\n";
    let arguments = [
        "import",
        "-",
        "-n",
        "--map",
        "ref=Id,subject=Title,priority=Prio,opened=Created",
        "--value",
        "priority:2 - High=2",
        "--prefix",
        "rt:",
    ];
    let said = desk.feed(arguments, table);
    let expected = "\
FIELD     COLUMN   WRITTEN           READ AS
ref       Id       7                 rt:7
subject   Title    Jams              Jams
priority  Prio     2 - High          2
opened    Created  2026-11-01 09:00  2026-11-01T09:00:00Z
status    -        -                 new
not used: Other

REF   STATUS  PRIORITY  OPENED                REQUESTER  SUBJECT
rt:7  new     2         2026-11-01T09:00:00Z  -          Jams
rt:8  new     ?         2026-11-02T00:00:00Z  -          Slow
rt:9  ?       ?         ?                     -          Late
rt:7  new     -         -                     -          Again

REFUSED  FIRST LINE  WHY
      1           3  priority: priority `urgent` is not one of 1 to 5 (say what it means: --value 'priority:urgent=VALUE')
      1           4  opened: `soon` is not a time such as 2026-11-21 14:30 (say how dates are written: --date-format '%d/%m/%Y %H:%M')
      1           5  the reference `rt:7` stood in line 2 already
      1           6  has 2 cells, where 5 columns have a name

1 ticket would be imported, 0 unchanged, 4 refused
";
    assert_eq!(said.out, expected);
    assert_eq!((said.code, said.err.as_str()), (6, ""));
    assert!(!desk.data().exists());
    let said = desk.feed(arguments.into_iter().chain(["--json"]), table);
    let told = said.json();
    assert_eq!(
        (
            &told["imported"],
            &told["refused"],
            &told["unused"],
            &told["fields"][2]
        ),
        (
            &json!(1),
            &json!(4),
            &json!(["Other"]),
            &json!({"field": "priority", "column": "Prio", "written": "2 - High", "meant": "2", "error": null})
        )
    );
    // The real run refuses the same.
    let said = desk.feed(arguments.into_iter().filter(|word| *word != "-n"), table);
    assert_eq!(
        (said.code, said.out.as_str()),
        (6, "1 ticket imported, 0 unchanged, 4 refused\n")
    );
    let told = said
        .err
        .lines()
        .filter(|line| line.contains(": error: "))
        .count();
    assert_eq!(told, 4, "{said:?}");
    assert!(
        said.err
            .contains("line 5: error: the reference `rt:7` stood in line 2 already\n")
    );
}

#[test]
fn issues_of_github_come_in() {
    let desk = Desk::new();
    let file = data("github-issues.json");
    let said = desk.run(["import", &file, "--from", "github"]);
    assert_eq!((said.code, said.err.as_str()), (0, ""), "{said:?}");
    assert_eq!(said.out, "3 tickets imported, 0 unchanged, 0 refused\n");
    let names = [
        "subject",
        "description",
        "requester",
        "assignee",
        "tags",
        "status",
        "opened",
        "closed",
    ];
    assert_eq!(
        fields(&desk, "gh:7", &names),
        json!([
            "Máy in bị kẹt giấy",
            "The tray is full,\r\nbut it says \"empty\".",
            "hoa",
            "lan-p",
            ["bug", "good first issue"],
            "open",
            "2026-10-02T08:15:30Z",
            null
        ])
    );
    assert_eq!(
        fields(&desk, "gh:12", &names),
        json!([
            "=Bump libfoo from 1.2 to 1.3",
            null,
            "app/dependabot",
            null,
            [],
            "closed",
            "2026-10-05T09:00:00Z",
            "2026-10-05T10:00:00Z"
        ])
    );
    assert_eq!(
        fields(&desk, "gh:13", &["status", "assignee"]),
        json!(["new", null])
    );
    let said = desk.run(["import", &file, "--from", "github"]);
    assert_eq!(said.out, "0 tickets imported, 3 unchanged, 0 refused\n");
    let said = desk.run(["import", &file, "--from", "github", "--json"]);
    assert_eq!(
        said.json_lines()[2],
        json!({"item":3,"ticket":3,"ref":"gh:13","rev":1,"event":null,"changed":{},"why":[]})
    );
    assert_eq!(desk.say("fsck").code, 0);
}

#[test]
fn incidents_of_servicenow_come_in_with_names_or_labels() {
    for name in ["servicenow-incident.csv", "servicenow-incident-labels.csv"] {
        let desk = Desk::new();
        let said = desk.run([
            "import",
            &data(name),
            "--from",
            "servicenow",
            "--tz",
            "Europe/Oslo",
        ]);
        assert_eq!((said.code, said.err.as_str()), (0, ""), "{name}: {said:?}");
        let names = [
            "subject",
            "requester",
            "priority",
            "status",
            "category",
            "team",
            "assignee",
            "channel",
        ];
        let table = [
            (
                "INC0010001",
                json!([
                    "Cannot print, tray 2 jams",
                    "Hoa Nguyen",
                    3,
                    "open",
                    "Hardware",
                    "Service Desk",
                    "lan",
                    "phone"
                ]),
            ),
            (
                "INC0010002",
                json!([
                    "VPN drops every hour",
                    "Ola Nordmann",
                    1,
                    "closed",
                    "Network",
                    "Network",
                    "ola",
                    "portal"
                ]),
            ),
            (
                "INC0010003",
                json!([
                    "New keyboard",
                    "Hoa Nguyen",
                    5,
                    "resolved",
                    "Inquiry/Help",
                    null,
                    null,
                    "email"
                ]),
            ),
            (
                "INC0010004",
                json!([
                    "Password forgotten",
                    "Giulia Rossi",
                    4,
                    "pending",
                    null,
                    "Service Desk",
                    "lan",
                    "walk-in"
                ]),
            ),
        ];
        for (reference, expected) in table {
            assert_eq!(fields(&desk, reference, &names), expected, "{name}");
        }
        let text = fields(&desk, "INC0010002", &["resolution"])[0]
            .as_str()
            .unwrap()
            .replace('\r', "");
        assert_eq!(text, "Replaced the gateway,\nand its cable");
        assert_eq!(
            fields(
                &desk,
                "INC0010002",
                &["opened", "solved", "closed", "code", "rev"]
            ),
            json!([
                "2026-10-01T07:00:00Z",
                "2026-10-01T10:30:00Z",
                "2026-10-08T10:30:00Z",
                "Solved (Permanently)",
                3
            ])
        );
    }
}

/// An import gives nobody of the roster a ticket that they did not solve.
#[test]
fn who_imports_gets_no_credit() {
    let desk = Desk::new();
    desk.ok(["tech", "add", "minh"]);
    let said = import(
        &desk,
        "--map ref=r,subject=s,status=t",
        "r,s,t\na,x,closed\n",
    );
    assert_eq!(said.code, 0, "{said:?}");
    assert_eq!(
        fields(&desk, "a", &["assignee", "status"]),
        json!([null, "closed"])
    );
}

#[test]
fn a_row_comes_whole_or_not_at_all() {
    let desk = Desk::new();
    desk.settings("[required]\nsolve = [\"category\"]\n");
    let table = "r,s,t,o,c\na,x,closed,2026-11-01,2026-11-02\nb,y,new,,\nc,z,closed,2026-11-02,2026-11-01\n";
    let said = import(
        &desk,
        "--map ref=r,subject=s,status=t,opened=o,closed=c",
        table,
    );
    assert_eq!(said.code, 6);
    assert_eq!(said.out, "1 ticket imported, 0 unchanged, 2 refused\n");
    assert_eq!(
        said.error(),
        "line 2: error: category must be known to solve a ticket"
    );
    assert_eq!(desk.say("show a").code, 3);
    assert_eq!(fields(&desk, "b", &["rev"]), json!([1]));
    assert_eq!(desk.say("list --format csv --fields ref").out, "ref\nb\n");
}

#[test]
fn a_quote_that_is_never_closed_takes_no_rows_with_it() {
    let desk = Desk::new();
    let table = "r,s,d\na,x,5\" disk\nb,y,\"stray\nc,z,w\n";
    let said = import(&desk, "--map ref=r,subject=s,description=d", table);
    assert_eq!(said.code, 6);
    assert_eq!(said.out, "1 ticket imported, 0 unchanged, 1 refused\n");
    assert_eq!(
        said.error(),
        "line 3: error: has a quote that is never closed, and everything behind it"
    );
    assert_eq!(fields(&desk, "a", &["description"]), json!(["5\" disk"]));
    // What is whole comes in as ever, also without a line's end.
    let table = "r,s,d\nb,y,\"two\nlines, \"\"quoted\"\"\"\nc,z,\"w\"";
    let said = import(&desk, "--map ref=r,subject=s,description=d", table);
    assert_eq!(said.out, "2 tickets imported, 0 unchanged, 0 refused\n");
    let two = json!(["two\nlines, \"quoted\""]);
    assert_eq!(fields(&desk, "b", &["description"]), two);
}

#[test]
fn a_list_that_breaks_off_is_told_behind_what_is_whole() {
    let desk = Desk::new();
    let list = r#"[{"r":"a","s":"x"},{"r":"b","s"#;
    let said = import(&desk, "--map ref=r,subject=s", list);
    assert_eq!(said.code, 6);
    assert_eq!(said.out, "1 ticket imported, 0 unchanged, 1 refused\n");
    assert!(said.error().starts_with("item 2: error: "), "{said:?}");
}

#[test]
fn what_desk_wrote_as_a_table_comes_back_to_the_same_text() {
    let texts = [
        "=1+1",
        "-2",
        "+47 22",
        "'tis",
        "'=x",
        " @x",
        "two\r\nlines\r",
        "\u{1b}[2J\u{202e}x\u{200d}",
        "<U+0041> <U+",
        "a,b;\"c\"",
        "Máy in 打印机",
    ];
    let desk = Desk::in_memory();
    let lines: Vec<String> = texts
        .iter()
        .zip(1..)
        .map(|(text, i)| {
            json!({"op": "open", "subject": format!("{text}."), "message": format!("{text}."), "requester": format!("{text}."),
                "location": format!("{text}."), "tag": [format!("x{i}"), "y"], "channel": "phone", "impact": "high", "ref": format!("k-{i}")})
            .to_string()
        })
        .collect();
    desk.batch(&lines.join("\n"));
    desk.ok(["close", "2", "-m", "=how"]);
    desk.ok(["open", "without a reference", "--take"]);
    let names = [
        "ref",
        "subject",
        "description",
        "requester",
        "location",
        "tags",
        "channel",
        "impact",
        "priority",
        "status",
        "resolution",
        "opened",
        "closed",
    ];
    for line in [
        "export --format csv",
        "list --format csv --fields id,ref,subject,description,requester,location,tags,channel,impact,priority,status,resolution,opened,closed",
        "export --format csv --raw",
    ] {
        let out = desk.say(line).out;
        let other = Desk::in_memory();
        let raw = if line.ends_with("--raw") { "--raw" } else { "" };
        let said = import(&other, raw, &out);
        assert_eq!(
            said.out, "12 tickets imported, 0 unchanged, 0 refused\n",
            "{line}: {said:?}"
        );
        for i in 1..=texts.len() {
            let name = format!("k-{i}");
            assert_eq!(
                fields(&other, &name, &names),
                fields(&desk, &name, &names),
                "{line}"
            );
        }
        assert_eq!(
            fields(&other, "desk:12", &["subject"]),
            json!(["without a reference"])
        );
        let said = import(&other, raw, &out);
        assert_eq!(said.out, "0 tickets imported, 12 unchanged, 0 refused\n");
    }
    let csv = desk
        .say("export --format csv --fields id,subject id:1,3")
        .out;
    assert_eq!(csv, "id,subject\n1,'=1+1.\n3,'+47 22.\n");
    let csv = desk
        .say("export --format csv --fields id,subject --raw id:1")
        .out;
    assert_eq!(csv, "id,subject\n1,=1+1.\n");
}

#[test]
fn rows_without_a_key_are_known_by_what_stands_in_them() {
    let desk = Desk::new();
    let table = "Title,Opened by\nJams,hoa\nSlow,ola\nJams,hoa\n";
    let arguments = ["import", "-", "--map", "subject=Title,requester=Opened by"];
    let said = desk.feed(arguments, table);
    assert_eq!(said.out, "2 tickets imported, 0 unchanged, 1 refused\n");
    assert!(
        said.error().ends_with(" stood in line 2 already"),
        "{said:?}"
    );
    let said = desk.feed(arguments, table);
    assert_eq!(said.out, "0 tickets imported, 2 unchanged, 1 refused\n");
}

#[test]
fn what_is_wrong_with_a_table_is_told() {
    let desk = Desk::new();
    let table: [(&str, &[u8], &str); 11] = [
        (
            "",
            b"Id,Title\n1,x\n",
            "2 error: nothing says which field is in which column / hint: say it: --map subject=COLUMN,ref=COLUMN,...; the columns are Id, Title",
        ),
        (
            "--map subject=Titel",
            b"Id,Title\n1,x\n",
            "2 error: there is no column `Titel` / hint: did you mean `Title`?",
        ),
        (
            "--map subjct=Title",
            b"Id,Title\n1,x\n",
            "2 error: there is no field `subjct` / hint: did you mean `subject`?",
        ),
        (
            "--map subject=Title --delimiter ;",
            b"Id,Title\n1,x\n",
            "2 error: there is no column `Title` / hint: did you mean `Id,Title`?",
        ),
        (
            "--from gihub",
            b"[]",
            "2 error: there is no mapping `gihub` / hint: did you mean `github`?",
        ),
        (
            "--map subject=b",
            b"\xc3\xa9,b\xe9\n",
            "2 error: standard input: its first line is not UTF-8 at byte 1 / hint: make it UTF-8 first, as in: iconv -f WINDOWS-1252 -t UTF-8 FILE",
        ),
        (
            "--map subject=a",
            b"a,b\nx\xe9,y\n",
            "6 line 2: error: column `a` is not UTF-8 at byte 1 / line 2: hint: make it UTF-8 first, as in: iconv -f WINDOWS-1252 -t UTF-8 FILE",
        ),
        (
            "--map subject=a",
            b"[1]",
            "2 error: item 1 is not an object: invalid type: integer `1`, expected a map at line 1 column 1",
        ),
        (
            "",
            b"id\tsubject\n1\ta\\nb\n",
            "2 error: what desk writes as TSV is not read back: it is for awk / hint: export it as CSV: desk export --format csv",
        ),
        (
            "--map subject=a",
            b"PK\x03\x04\0\0",
            "2 error: standard input: it is no text, not UTF-8 / hint: what a spreadsheet program keeps is saved as CSV first",
        ),
        (
            "--map subject=a --delimiter ab",
            b"a\n",
            "2 error: invalid value 'ab' for '--delimiter <CHARACTER>': it is one character of ASCII, or tab",
        ),
    ];
    for (arguments, text, expected) in table {
        assert_eq!(
            import(&desk, arguments, text).refusal(),
            expected,
            "{arguments}"
        );
    }
    let said = desk.run(["import", "/no/such/file", "--map", "subject=a"]);
    assert_eq!(said.code, 1);
    assert!(!desk.data().exists());
}
