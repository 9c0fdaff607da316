//! Instants and durations as people read them.

use desk::Zone;
use desk::ticket::Timestamp;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// `2026-11-21 14:30`, on the wall clock of a zone.
pub(crate) fn absolute(at: Timestamp, zone: Zone) -> String {
    let wall = zone.wall(at);
    let as_utc = Timestamp::from_unix(wall.naive_local().and_utc().timestamp());
    match as_utc.map(|wall| wall.to_string()) {
        // A list has one or two in every row: what lays out an instant does so without a pattern to read.
        Some(text) => [&text[..10], " ", &text[11..16]].concat(),
        None => wall.format("%Y-%m-%d %H:%M").to_string(),
    }
}

/// `2026-11-21 14:30 +01:00`: for what leaves the house.
pub(crate) fn with_offset(at: Timestamp, zone: Zone) -> String {
    zone.wall(at).format("%Y-%m-%d %H:%M %:z").to_string()
}

/// `3 h ago`, `in 2 d`, `just now`: one unit, rounded down.
pub(crate) fn relative(at: Timestamp, now: Timestamp) -> String {
    let seconds = now.seconds_since(at);
    let amount = match seconds.unsigned_abs() {
        0..MINUTE => return "just now".into(),
        s @ MINUTE..HOUR => format!("{} min", s / MINUTE),
        s @ HOUR..DAY => format!("{} h", s / HOUR),
        s if s < 60 * DAY => format!("{} d", s / DAY),
        // The mean month and year of the Gregorian calendar, in days times 10,000.
        s if s < 730 * DAY => format!("{} months", s / DAY * 10_000 / 304_369),
        s => format!("{} years", s / DAY * 10_000 / 3_652_425),
    };
    if seconds < 0 {
        format!("in {amount}")
    } else {
        format!("{amount} ago")
    }
}

/// `1 d 4 h`, `2 h 5 min`, `35 min`, `12 s`: the two largest units, rounded down.
pub(crate) fn duration(seconds: i64) -> String {
    let s = seconds.unsigned_abs();
    let (days, hours, minutes) = (s / DAY, s % DAY / HOUR, s % HOUR / MINUTE);
    let text = match (days, hours, minutes) {
        (0, 0, 0) => format!("{s} s"),
        (0, 0, m) => format!("{m} min"),
        (0, h, 0) => format!("{h} h"),
        (0, h, m) => format!("{h} h {m} min"),
        (d, 0, _) => format!("{d} d"),
        (d, h, _) => format!("{d} d {h} h"),
    };
    if seconds < 0 {
        format!("-{text}")
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn the_wall_clock_of_a_zone() {
        let oslo = Zone::Named("Europe/Oslo".parse().unwrap());
        let instant = at("2026-11-21T13:30:59Z");
        assert_eq!(absolute(instant, oslo), "2026-11-21 14:30");
        assert_eq!(
            absolute(at("0987-06-05T04:03:02Z"), Zone::UTC),
            "0987-06-05 04:03"
        );
        let tokyo = Zone::Named("Asia/Tokyo".parse().unwrap());
        assert_eq!(
            absolute(at("9999-12-31T23:59:59Z"), tokyo),
            "+10000-01-01 08:59"
        );
        assert_eq!(with_offset(instant, oslo), "2026-11-21 14:30 +01:00");
        assert_eq!(with_offset(instant, Zone::UTC), "2026-11-21 13:30 +00:00");
    }

    #[test]
    fn how_long_ago() {
        let now = at("2026-11-21T12:00:00Z");
        let table = [
            (0, "just now"),
            (-59, "just now"),
            (60, "1 min ago"),
            (3599, "59 min ago"),
            (3600, "1 h ago"),
            (3 * 3600 + 1, "3 h ago"),
            (-2 * 86_400, "in 2 d"),
            (59 * 86_400, "59 d ago"),
            (61 * 86_400, "2 months ago"),
            (731 * 86_400, "2 years ago"),
        ];
        for (seconds, expected) in table {
            assert_eq!(relative(now.plus(-seconds), now), expected, "{seconds}");
        }
    }

    #[test]
    fn how_long() {
        let table = [
            (0, "0 s"),
            (12, "12 s"),
            (35 * 60 + 59, "35 min"),
            (3600, "1 h"),
            (2 * 3600 + 300, "2 h 5 min"),
            (86_400 + 4 * 3600 + 59, "1 d 4 h"),
            (3 * 86_400 + 59, "3 d"),
            (-90, "-1 min"),
        ];
        for (seconds, expected) in table {
            assert_eq!(duration(seconds), expected, "{seconds}");
        }
    }
}
