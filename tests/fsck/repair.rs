//! What repair mends, what it leaves, and that it loses nothing.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::{MetadataExt, chown, symlink};
use std::path::Path;

use nix::unistd::Uid;
use serde_json::Value;

use super::damage::copy;
use super::{edit, everything, findings, forge, healthy, mode, read, set_mode};
use crate::harness::{Desk, Said, skip_unless};

/// What repair says of each thing, without the data directory in front.
fn deeds(desk: &Desk, said: &Said) -> Vec<String> {
    let data = format!("{}/", desk.data().display());
    said.out
        .lines()
        .map(|line| line.replacen(&data, "", 1))
        .collect()
}

/// Repair says this beforehand and when it does it, afterwards nothing is wrong any more, and a
/// second time there is nothing to do.
#[track_caller]
fn mends(desk: &Desk, expected: &[&str]) {
    let before = everything(desk);
    let would = desk.run(["fsck", "--repair", "--dry-run"]);
    assert_eq!(would.code, 0, "{would:?}");
    assert_eq!(everything(desk), before, "a dry run changes nothing");
    let did = desk.run(["fsck", "--repair"]);
    assert_eq!(deeds(desk, &did), expected, "{did:?}");
    let would = deeds(desk, &would);
    let would_be = expected.iter().map(|deed| {
        let (found, done) = deed.rsplit_once("; ").unwrap();
        match done {
            // Which one that is, is known when the counter is locked.
            "set to 9" => format!("{found}; would be set to the highest number in sight"),
            done => format!("{found}; would be {done}"),
        }
    });
    assert_eq!(would, would_be.collect::<Vec<_>>());
    assert_eq!(did.code, 0, "{did:?}");
    assert_eq!(findings(desk, "findings"), []);
    let after = everything(desk);
    let again = desk.run(["fsck", "--repair"]);
    assert_eq!((again.out.as_str(), again.code), ("", 0), "{again:?}");
    assert_eq!(everything(desk), after, "a second time changes nothing");
    desk.ok(["note", "1", "-m", "and it goes on"]);
}

#[test]
fn a_state_is_rebuilt_from_events_that_are_proved() {
    let desk = healthy();
    let whole: Vec<_> = [1, 2, 3].map(|id| fs::read(desk.file(id)).unwrap()).into();
    edit(&desk.file(1), |ticket| {
        ticket["status"] = "open".into();
        ticket["closed"] = Value::Null;
    });
    edit(&desk.file(2), |ticket| ticket["rev"] = 7.into());
    edit(&desk.file(3), |ticket| {
        ticket["tier"] = 3.into();
        ticket["x-inventory"] = "kept".into();
    });
    mends(
        &desk,
        &[
            "tickets/0000/1.json: `closed` is not what its events make it; rebuilt from its events",
            "tickets/0000/1.json: `status` is not what its events make it; rebuilt from its events",
            "tickets/0000/2.json: says revision 7, but has 2 events; rebuilt from its events",
            "tickets/0000/3.json: `tier` is not what its events make it; rebuilt from its events",
        ],
    );
    assert_eq!(fs::read(desk.file(2)).unwrap(), whole[1]);
    assert_eq!(read(&desk.file(3))["x-inventory"], "kept");
    assert_eq!(read(&desk.file(1))["status"], "closed");
    assert_eq!(
        read(&desk.file(1))["events"][0],
        serde_json::from_slice::<Value>(&whole[0]).unwrap()["events"][0]
    );
}

#[test]
fn what_nobody_can_read_is_set_aside_and_nothing_is_lost() {
    let desk = healthy();
    let data = desk.data();
    let bad = &fs::read(desk.file(2)).unwrap()[..300];
    fs::write(desk.file(2), bad).unwrap();
    fs::remove_file(desk.file(5)).unwrap();
    symlink("/etc/hostname", desk.file(5)).unwrap();
    fs::remove_file(desk.file(6)).unwrap();
    fs::create_dir(desk.file(6)).unwrap();
    fs::write(desk.file(6).join("inside"), "x").unwrap();
    edit(&desk.file(3), |ticket| {
        ticket["links"] = serde_json::json!([]);
        ticket["events"][1]["changed"]["links"][1] = serde_json::json!([]);
        let digest = super::digest(ticket);
        ticket["digest"] = digest.into();
    });
    fs::write(data.join("technicians/kari.json"), "{").unwrap();
    fs::write(data.join("tickets/0000/notes.txt"), "call Anna").unwrap();
    fs::write(data.join(".desk/unknown"), "x").unwrap();
    fs::remove_dir_all(data.join(".desk/locks/ticket-002")).unwrap_or_default();
    let _ = fs::remove_file(data.join(".desk/locks/ticket-002"));
    fs::create_dir(data.join(".desk/locks/ticket-002")).unwrap();
    mends(
        &desk,
        &[
            ".desk/locks/ticket-002: is a folder, not a file; set aside as .desk/quarantine/desk-locks-ticket-002",
            ".desk/unknown: is nothing that desk keeps here; set aside as .desk/quarantine/desk-unknown",
            "technicians/kari.json: EOF while parsing an object at line 1 column 1; set aside as .desk/quarantine/technicians-kari.json",
            "tickets/0000/2.json: EOF while parsing a value at line 16 column 18; set aside as .desk/quarantine/2.json",
            "tickets/0000/5.json: is a symbolic link, not a file; set aside as .desk/quarantine/5.json",
            "tickets/0000/6.json: is a folder, not a file; set aside as .desk/quarantine/6.json",
            "tickets/0000/notes.txt: is not the name of a ticket's file; set aside as .desk/quarantine/tickets-0000-notes.txt",
        ],
    );
    let aside = data.join(".desk/quarantine");
    assert_eq!(fs::read(aside.join("2.json")).unwrap(), bad);
    assert_eq!(
        fs::read(aside.join("tickets-0000-notes.txt")).unwrap(),
        b"call Anna"
    );
    assert_eq!(fs::read(aside.join("6.json/inside")).unwrap(), b"x");
    assert_eq!(
        fs::read_link(aside.join("5.json")).unwrap(),
        Path::new("/etc/hostname")
    );
    assert_eq!(mode(&aside), 0o2750);
    // What was set aside is told as long as it lies there, and its numbers are not given again.
    assert_eq!(findings(&desk, "notes").len(), 7);
    fs::write(data.join(".desk/number"), "").unwrap();
    assert_eq!(desk.open(["next"]), 7);
    // A name that is taken gets another.
    fs::write(desk.file(2), "again").unwrap();
    set_mode(&desk.file(2), 0o640);
    let said = desk.run(["fsck", "--repair"]);
    assert!(
        said.out
            .ends_with("set aside as .desk/quarantine/2.json.1\n"),
        "{said:?}"
    );
    assert_eq!(fs::read(aside.join("2.json")).unwrap(), bad);
}

#[test]
fn a_ticket_elsewhere_goes_home_if_that_is_free() {
    let desk = healthy();
    let tickets = desk.data().join("tickets");
    let six = fs::read(desk.file(6)).unwrap();
    fs::create_dir(tickets.join("0001")).unwrap();
    set_mode(&tickets.join("0001"), 0o2750);
    fs::rename(desk.file(6), tickets.join("0001/6.json")).unwrap();
    fs::copy(desk.file(1), tickets.join("0001/1.json")).unwrap();
    fs::rename(desk.file(2), desk.file(9)).unwrap();
    fs::write(desk.data().join(".desk/number"), "9\n").unwrap();
    mends(
        &desk,
        &[
            "tickets/0000/9.json: says that it is ticket 2; moved to tickets/0000/2.json",
            "tickets/0001/1.json: is in the wrong folder; set aside as .desk/quarantine/tickets-0001-1.json",
            "tickets/0001/6.json: is in the wrong folder; moved to tickets/0000/6.json",
        ],
    );
    assert_eq!(fs::read(desk.file(6)).unwrap(), six);
}

#[test]
fn what_a_repair_brings_to_light_is_told_and_mended_at_once() {
    let desk = healthy();
    let elsewhere = desk.data().join("tickets/0001");
    fs::create_dir(&elsewhere).unwrap();
    set_mode(&elsewhere, 0o2750);
    fs::rename(desk.file(6), elsewhere.join("6.json")).unwrap();
    set_mode(&elsewhere.join("6.json"), 0o600);
    fs::write(desk.file(5), "").unwrap();
    let said = desk.run(["fsck", "--repair"]);
    assert_eq!(
        deeds(&desk, &said),
        [
            "tickets/0000/5.json: is empty; set aside as .desk/quarantine/5.json",
            "tickets/0001/6.json: is in the wrong folder; moved to tickets/0000/6.json",
            "tickets/0000/3.json: is related to ticket 5, which is not there",
            "tickets/0000/6.json: has mode 0600, which lets others do less than 0640; given mode 0640",
        ]
    );
    assert_eq!(said.code, 7);
    assert!(
        said.err.contains(": 4 things wrong, 3 mended\n"),
        "{said:?}"
    );
    assert_eq!(mode(&desk.file(6)), 0o640);
}

#[test]
fn modes_groups_counter_and_leftovers_are_set_right() {
    let desk = healthy();
    let data = desk.data();
    set_mode(&desk.file(2), 0o666);
    set_mode(&data.join("tickets/0000"), 0o700);
    set_mode(&data.join(".desk/locks/ticket-002"), 0o644);
    set_mode(&data.join("technicians/lan.json"), 0o600);
    fs::write(data.join(".desk/number"), "2\n").unwrap();
    fs::write(data.join(".desk/tmp/2"), "half a ticket").unwrap();
    fs::write(data.join(".desk/tmp/9.999999"), "half a ticket").unwrap();
    fs::write(data.join(".desk/tmp/technician-lan.json"), "half").unwrap();
    fs::write(data.join(".desk/locks/ticket-077.999999.3.new"), "").unwrap();
    fs::create_dir(data.join(".desk/0001.999999.0.new")).unwrap();
    mends(
        &desk,
        &[
            ".desk/0001.999999.0.new: left behind by a process that was killed; harmless; removed",
            ".desk/locks/ticket-002: has mode 0644, which lets others do more than 0600; given mode 0600",
            ".desk/locks/ticket-077.999999.3.new: left behind by a process that was killed; harmless; removed",
            ".desk/number: says 2, and is behind 6; set to 9",
            ".desk/tmp/2: left behind by a process that was killed; harmless; removed",
            ".desk/tmp/9.999999: left behind by a process that was killed; harmless; removed",
            ".desk/tmp/technician-lan.json: left behind by a process that was killed; harmless; removed",
            "technicians/lan.json: has mode 0600, which lets others do less than 0640; given mode 0640",
            "tickets/0000: has mode 0700, and does not pass on its group, as does 2750; given mode 2750",
            "tickets/0000: has mode 0700, which lets others do less than 2750; given mode 2750",
            "tickets/0000/2.json: has mode 0666, which lets others do more than 0640; given mode 0640",
        ],
    );
    assert_eq!(findings(&desk, "notes"), []);
    // Number 9 had been given, as its temporary shows.
    assert_eq!(desk.open(["next"]), 10);
}

#[test]
fn a_temporary_of_a_living_process_stays() {
    let desk = healthy();
    let mine = desk
        .data()
        .join(format!(".desk/tmp/9.{}", std::process::id()));
    fs::write(&mine, "half a ticket").unwrap();
    let said = desk.ok(["fsck", "--repair"]);
    assert!(said.out.contains("may be making it"), "{said:?}");
    assert!(mine.exists());
}

#[test]
fn what_a_person_must_judge_is_left_with_a_hint() {
    let desk = healthy();
    edit(&desk.file(1), |ticket| {
        ticket["events"][1]["message"] = "x".into();
        ticket["tier"] = 3.into();
    });
    forge(&desk.file(2), |ticket| {
        ticket["ref"] = "INC1".into();
        ticket["events"][0]["changed"]["ref"][1] = "INC1".into();
    });
    fs::remove_file(desk.file(5)).unwrap();
    fs::remove_file(desk.data().join("technicians/lan.json")).unwrap();
    let before = everything(&desk);
    let said = desk.run(["fsck", "--repair"]);
    assert_eq!(said.code, 7);
    assert_eq!(everything(&desk), before);
    assert_eq!(
        deeds(&desk, &said),
        [
            "tickets/0000/1.json: `tier` is not what its events make it",
            "tickets/0000/1.json: has a past that is not the one its digest was made of",
            "tickets/0000/2.json: has the reference `INC1` of ticket 1",
            "tickets/0000/2.json: is assigned to `lan`, who is not on the roster",
            "tickets/0000/3.json: is related to ticket 5, which is not there",
        ]
    );
    let hints: BTreeSet<_> = said
        .err
        .lines()
        .filter_map(|line| line.strip_prefix("hint: "))
        .collect();
    let kinds: Vec<_> = hints
        .iter()
        .map(|hint| hint.split(':').next().unwrap())
        .collect();
    let expected = [
        "dangling_link",
        "same_reference",
        "unknown_technician",
        "wrong_digest",
        "wrong_state",
    ];
    assert_eq!(kinds, expected);
    // As data, each with what became of it.
    let json = desk.run(["fsck", "--repair", "--json"]).json();
    assert_eq!(json["findings"][0]["outcome"], "left");
    assert_eq!(json["findings"][0]["kind"], "wrong_state");
}

#[test]
fn a_part_that_is_mended_leaves_the_rest() {
    let desk = healthy();
    fs::write(desk.file(6), "").unwrap();
    edit(&desk.file(1), |ticket| {
        ticket["events"][1]["message"] = "x".into()
    });
    let said = desk.run(["fsck", "--repair", "--json"]);
    assert_eq!(said.code, 7);
    let json = said.json();
    assert_eq!(
        json["findings"][1]["outcome"]["mended"],
        "set aside as .desk/quarantine/6.json"
    );
    assert_eq!(json["findings"][1]["repair"], "aside");
    assert_eq!(desk.run(["fsck"]).out.lines().count(), 1);
}

#[test]
fn a_ticket_of_a_later_format_is_left_as_it_is() {
    let desk = healthy();
    edit(&desk.file(2), |ticket| {
        ticket["desk_ticket"] = 9.into();
        ticket["status"] = serde_json::json!({"name": "done"});
    });
    edit(&desk.file(3), |ticket| {
        ticket["desk_ticket"] = 2.into();
        ticket["tier"] = 3.into();
    });
    let before = everything(&desk);
    assert_eq!(desk.run(["fsck", "--repair"]).code, 7);
    assert_eq!(everything(&desk), before);
}

#[test]
fn a_rebuilt_ticket_stays_whose_it_was() {
    if !skip_unless(Uid::effective().is_root(), "only root can give files away") {
        return;
    }
    let desk = healthy();
    chown(desk.data(), Some(4242), Some(4242)).unwrap();
    set_mode(&desk.data(), 0o2750);
    let said = desk.run(["fsck", "--repair"]);
    assert_eq!(said.code, 0, "{said:?}");
    edit(&desk.file(2), |ticket| ticket["tier"] = 3.into());
    chown(desk.file(2), Some(4242), None).unwrap();
    set_mode(&desk.file(2), 0o640);
    assert_eq!(desk.run(["fsck", "--repair"]).code, 0);
    let stat = fs::metadata(desk.file(2)).unwrap();
    assert_eq!(
        (stat.uid(), stat.gid(), stat.mode() & 0o7777),
        (4242, 4242, 0o640)
    );
}

#[test]
fn a_held_lock_is_waited_for_and_named() {
    let desk = healthy();
    edit(&desk.file(2), |ticket| ticket["tier"] = 3.into());
    let lock = fs::File::open(desk.data().join(".desk/locks/ticket-002")).unwrap();
    lock.lock().unwrap();
    let said = desk.run(["--wait", "0", "fsck", "--repair"]);
    assert_eq!(said.code, 7);
    assert!(
        said.out.contains("cannot be mended: ") && said.out.contains("held by"),
        "{said:?}"
    );
    drop(lock);
    assert_eq!(desk.run(["fsck", "--repair"]).code, 0);
}

#[test]
fn on_a_healthy_help_desk_repair_does_nothing() {
    let whole = healthy();
    let desk = copy(&whole);
    let before = everything(&desk);
    let said = desk.ok(["fsck", "--repair"]);
    assert_eq!(said.out, "");
    assert_eq!(everything(&desk), before);
    let nothing = Desk::new();
    nothing.ok(["fsck", "--repair"]);
    assert!(!nothing.data().exists());
}
