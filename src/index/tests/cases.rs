//! What once went wrong, or nearly, one by one.

use std::fs;

use rusqlite::Connection;

use super::super::place::Place;
use super::super::schema::VERSION;
use super::super::{Index, Open};
use super::histories::{Step, append};
use super::world::{World, places_of, read, write_at};
use crate::store::coarse;

#[test]
fn a_database_that_somebody_wrote_into_is_made_anew() {
    let mut world = World::new();
    world.perform(&[r#"{"op":"open","subject":"paper jam"}"#.to_owned()]);
    world.compare(true).unwrap();
    let file = world.database();
    let mut bytes = fs::read(&file).unwrap();
    // SQLite has no checksum that would tell.
    let places: Vec<_> = places_of(b"paper jam", &bytes).collect();
    assert!(places.len() > 1, "{places:?}");
    for at in places {
        bytes[at] = b'P';
    }
    fs::write(&file, bytes).unwrap();
    world.compare(true).unwrap();
    assert_ne!(world.database(), file);
}

/// SQLite compares the checksums of its log only for who opens it first.
#[test]
fn who_has_the_index_open_is_told_of_a_log_that_somebody_wrote_into() {
    for others_have_it in [false, true] {
        let mut world = World::new();
        world.perform(&[r#"{"op":"open","subject":"printer"}"#.to_owned()]);
        world.compare(true).unwrap();
        // What somebody reads is not worked into the database.
        let reader = Connection::open(world.database()).unwrap();
        let sql = "BEGIN; SELECT count(*) FROM ticket";
        reader.execute_batch(sql).unwrap();
        let edit = r#"{"op":"edit","ticket":1,"subject":"paper jam"}"#;
        world.perform(&[edit.to_owned()]);
        world.compare(false).unwrap();
        // Who is the first to open it has SQLite compare the checksums.
        match others_have_it {
            true => reader.execute_batch("COMMIT").unwrap(),
            false => drop(reader),
        }
        let database = world.database();
        let log = database.with_extension("sqlite-wal");
        let written = fs::read(&log).unwrap();
        let mut places = places_of(b"paper jam", &written).peekable();
        assert!(places.peek().is_some());
        coarse::pass();
        for at in places {
            write_at(&log, at, b"P");
        }
        world.compare(false).unwrap();
        assert!(!others_have_it || world.database() != database);
    }
}

/// As it is when who wrote it was killed at once.
#[test]
fn a_log_that_nobody_vouched_for_is_looked_through() {
    let mut world = World::new();
    world.perform(&[r#"{"op":"open","subject":"printer"}"#.to_owned()]);
    world.compare(true).unwrap();
    let note = r#"{"op":"note","ticket":1,"message":"paper jam"}"#;
    world.perform(&[note.to_owned()]);
    let reader = Connection::open(world.database()).unwrap();
    let sql = "BEGIN; SELECT count(*) FROM ticket";
    reader.execute_batch(sql).unwrap();
    world.compare(false).unwrap();
    let (database, current) = (world.database(), world.index_folder().join("current"));
    for new in [true, false] {
        let vouched = fs::read_to_string(&current).unwrap();
        let log = vouched.find(' ').unwrap() + 1;
        let stamp = &vouched[log..log + 62];
        assert!(!stamp.trim().starts_with('0'), "{vouched}");
        let none = vouched.replace(stamp, &format!("{0:>20} {0:>20} {0:>20}", 0));
        fs::write(&current, none).unwrap();
        world.compare(new).unwrap();
        assert_eq!(fs::read_to_string(&current).unwrap(), vouched);
        assert_eq!(world.database(), database);
    }
}

#[test]
fn an_index_of_another_version_is_made_anew_and_swept_away() {
    let mut world = World::new();
    world.perform(&[r#"{"op":"open","subject":"paper jam"}"#.to_owned()]);
    world.compare(true).unwrap();
    let current = world.index_folder().join("current");
    for other in [VERSION - 1, VERSION + 1] {
        let old = world.database();
        let text = fs::read_to_string(&current).unwrap();
        let (version, rest) = text.split_once(' ').unwrap();
        assert_eq!(version, VERSION.to_string());
        fs::write(&current, format!("{other} {rest}")).unwrap();
        world.compare(true).unwrap();
        assert!(!old.exists());
        let text = fs::read_to_string(&current).unwrap();
        assert!(text.starts_with(&format!("{VERSION} ")), "{text}");
    }
}

#[test]
fn a_refresh_that_ends_between_two_folders_has_lost_nothing() {
    let mut world = World::new();
    world.perform(&[r#"{"op":"open","subject":"paper jam"}"#.to_owned()]);
    world.add(1, 10_001);
    world.compare(true).unwrap();
    let close = |id| format!(r#"{{"op":"close","ticket":{id},"message":"cleared"}}"#);
    world.perform(&[close(1), close(10_001)]);
    let database = world.database();
    world.half();
    let open = Open::new(&world.store(), None, &|_, _| ()).unwrap();
    assert!(!open.is_whole().unwrap());
    let sql = "SELECT count(*) FROM ticket WHERE active";
    let left: u32 = open
        .connection
        .query_row(sql, [], |row| row.get(0))
        .unwrap();
    assert_eq!(left, 1);
    world.compare(true).unwrap();
    assert_eq!(world.database(), database);
}

#[test]
fn what_changed_in_several_folders_is_worked_into_the_database_as_it_is_written() {
    let mut world = World::new();
    world.perform(&[r#"{"op":"open","subject":"paper jam"}"#.to_owned()]);
    for id in [10_001, 20_001, 30_001] {
        world.add(1, id);
    }
    world.compare(true).unwrap();
    let database = world.database();
    let before = fs::read(&database).unwrap();
    for id in [1, 10_001, 20_001, 30_001] {
        world.replace(id, |json| json["subject"] = "changed by hand".into());
    }
    world.compare(true).unwrap();
    assert_eq!(world.database(), database);
    assert_ne!(fs::read(&database).unwrap(), before);
}

/// What is left of a log makes the pages in it older than those that were worked into the database: no
/// part of the one may be taken with a part of the other.
#[test]
fn a_log_that_lost_its_end_is_told_from_the_database() {
    for eighths in [1, 4, 7, 8] {
        let mut world = World::new();
        let open = |n| format!(r#"{{"op":"open","subject":"printer {n}"}}"#);
        world.perform(&[0, 1, 2, 3, 4, 5].map(open));
        world.compare(true).unwrap();
        let note = |text| format!(r#"{{"op":"note","ticket":1,"message":"{text}"}}"#);
        for (text, new) in [("a", false), ("b", true)] {
            world.perform(&[note(text)]);
            world.compare(new).unwrap();
        }
        world.replace(1, |json| json["subject"] = "changed by hand".into());
        world.compare(true).unwrap();
        world.index = Index::default();
        let log = world.database().with_extension("sqlite-wal");
        let log = fs::File::options().write(true).open(log).unwrap();
        let length = log.metadata().unwrap().len();
        assert!(length > 8 * 4096, "{length}");
        log.set_len(length * eighths / 8 - 1).unwrap();
        let database = world.database();
        world.compare(true).unwrap();
        // Where nothing of it is left that was committed, there are no older pages.
        assert_eq!(world.database() == database, eighths == 1);
    }
}

/// A word is looked for in each of them.
#[test]
fn what_many_commits_wrote_lies_in_few_segments() {
    let mut world = World::new();
    for n in 0..12 {
        world.perform(&[format!(r#"{{"op":"open","subject":"printer {n}"}}"#)]);
        world.index.refresh(&world.store()).unwrap();
        let index = Connection::open(world.database()).unwrap();
        let sql = "SELECT count(DISTINCT segid) FROM word_idx";
        let segments: u32 = index.query_row(sql, [], |row| row.get(0)).unwrap();
        assert!((1..=6).contains(&segments), "{segments}");
    }
}

#[test]
fn who_has_the_index_open_is_told_of_a_database_that_was_put_back() {
    let mut world = World::new();
    let open = |n| format!(r#"{{"op":"open","subject":"printer {n}"}}"#);
    world.perform(&[0, 1, 2].map(open));
    world.compare(true).unwrap();
    world.step(&Step::KeepIndex);
    for n in 3..5 {
        world.perform(&[open(n)]);
        world.compare(false).unwrap();
    }
    world.step(&Step::PutBackDatabase);
    world.compare(false).unwrap();
}

/// Who had it open writes into a file that is no more.
#[test]
fn who_has_the_index_open_is_told_of_a_log_that_somebody_replaced() {
    let mut world = World::new();
    let open = |n| format!(r#"{{"op":"open","subject":"printer {n}"}}"#);
    world.perform(&[0, 1].map(open));
    world.compare(true).unwrap();
    let reader = Connection::open(world.database()).unwrap();
    let sql = "BEGIN; SELECT count(*) FROM ticket";
    reader.execute_batch(sql).unwrap();
    world.perform(&[open(2)]);
    world.compare(false).unwrap();
    let database = world.database();
    let log = database.with_extension("sqlite-wal");
    let aside = database.with_extension("aside");
    coarse::pass();
    fs::copy(&log, &aside).unwrap();
    fs::rename(&aside, &log).unwrap();
    let mut other = Index::default();
    other.refresh(&world.store()).unwrap();
    for n in 3..5 {
        world.perform(&[open(n)]);
        world.compare(false).unwrap();
        other.refresh(&world.store()).unwrap();
    }
    assert_eq!(world.database(), database);
}

/// Of its reference a ticket has its own words; those of its subject other tickets have, too.
#[test]
fn a_word_that_was_in_the_reference_is_found_where_it_is_written_next() {
    let mut world = World::new();
    let open = r#"{"op":"open","subject":"printer","ref":"zebra"}"#;
    world.perform(&[open.to_owned()]);
    world.compare(true).unwrap();
    let edit = |change| format!(r#"{{"op":"edit","ticket":1,{change}}}"#);
    for change in [r#""subject":"zebra""#, r#""ref":null"#] {
        world.perform(&[edit(change)]);
        world.compare(false).unwrap();
    }
    let found = world.index.ids(&world.store(), &read("ebr")).unwrap().0;
    assert_eq!(found.len(), 1);
}

#[test]
fn what_is_current_is_left_as_it_is_in_a_snapshot() {
    let mut world = World::new();
    world.perform(&[r#"{"op":"open","subject":"printer"}"#.to_owned()]);
    world.compare(true).unwrap();
    let current = world.index_folder().join("current");
    let snapshot = world.index_folder().join("snapshot");
    fs::hard_link(&current, &snapshot).unwrap();
    let before = fs::read(&snapshot).unwrap();
    let place = Place::of(&world.store(), None).unwrap();
    let known = place.current().unwrap().unwrap();
    append(&world.database().with_extension("sqlite-wal"), b"x");
    place.vouch_for_log(&known);
    assert!(place.is_log_as_left(&place.current().unwrap().unwrap()));
    assert_eq!(fs::read(&snapshot).unwrap(), before);
    assert_ne!(fs::read(&current).unwrap(), before);
}
