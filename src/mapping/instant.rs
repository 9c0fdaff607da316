//! Instants as other tools write them.

use chrono::format::{Item, StrftimeItems};
use chrono::{DateTime, NaiveDate, NaiveDateTime};

use crate::error::{Error, Result};
use crate::query::Edge;
use crate::ticket::Timestamp;
use crate::zone::Zone;

/// How dates are read where nothing is said: as ISO 8601 writes them, and with a space for its `T`.
/// What could be read in two ways (`11/12/2026`) is not guessed.
const FORMATS: [&str; 5] = [
    "%Y-%m-%d %H:%M:%S%.f",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%dT%H:%M:%S%.f",
    "%Y-%m-%dT%H:%M",
    "%Y-%m-%d",
];

/// Nothing, if this is a form of dates.
pub(super) fn check_format(format: &str) -> Result<()> {
    let mut items = StrftimeItems::new(format).peekable();
    let says_nothing = items.peek().is_none();
    if says_nothing || items.any(|item| matches!(item, Item::Error)) {
        let error = Error::usage(format!("`{format}` is not a form of dates"));
        return Err(error
            .with_hint("it is written as for strftime: %d/%m/%Y %H:%M, %m/%d/%Y %I:%M:%S %p, %s"));
    }
    Ok(())
}

/// Reads an instant: RFC 3339, or else in one of these forms. Without an offset it is one of `zone`;
/// of a day alone, `edge` picks the end.
pub(super) fn read(
    text: &str,
    formats: &[String],
    zone: Zone,
    edge: Edge,
) -> Result<Timestamp, String> {
    if let Ok(instant) = text.parse() {
        return Ok(instant);
    }
    let stated = formats.iter().map(String::as_str);
    let read = |format: &str| in_format(text, format, zone, edge);
    let found = match formats.is_empty() {
        true => FORMATS.into_iter().find_map(read),
        false => stated.clone().find_map(read),
    };
    found.ok_or_else(|| match formats.is_empty() {
        true => format!("`{text}` is not a time such as 2026-11-21 14:30"),
        false => format!(
            "`{text}` is not a time in the form {}",
            stated.collect::<Vec<_>>().join(" or ")
        ),
    })
}

fn in_format(text: &str, format: &str, zone: Zone, edge: Edge) -> Option<Timestamp> {
    // With an offset, or as the seconds since 1970.
    if let Ok(instant) = DateTime::parse_from_str(text, format) {
        return Timestamp::from_unix(instant.timestamp());
    }
    let wall = |wall: NaiveDateTime| Timestamp::from_unix(zone.instant(wall).unix());
    if let Ok(time) = NaiveDateTime::parse_from_str(text, format) {
        return wall(time);
    }
    let day = NaiveDate::parse_from_str(text, format).ok()?;
    match edge {
        Edge::Start => wall(day.into()),
        Edge::End => Some(wall(day.succ_opt()?.into())?.plus(-1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_in_the_forms_that_were_stated() {
        let oslo = Zone::Named("Europe/Oslo".parse().unwrap());
        let table = [
            ("2026-11-21T14:30:05Z", "", Some("2026-11-21T14:30:05Z")),
            ("2026-11-21 14:30:05", "", Some("2026-11-21T13:30:05Z")),
            ("2026-07-21 14:30", "", Some("2026-07-21T12:30:00Z")),
            ("2026-11-21", "", Some("2026-11-20T23:00:00Z")),
            ("2026-11-21 14:30:05.25", "", Some("2026-11-21T13:30:05Z")),
            ("21/11/2026 14:30", "", None),
            ("tomorrow", "", None),
            ("3d", "", None),
            (
                "21/11/2026 14:30",
                "%d/%m/%Y %H:%M",
                Some("2026-11-21T13:30:00Z"),
            ),
            (
                "11/21/2026 02:30:05 PM",
                "%m/%d/%Y %I:%M:%S %p",
                Some("2026-11-21T13:30:05Z"),
            ),
            ("21.11.2026", "%d.%m.%Y", Some("2026-11-20T23:00:00Z")),
            ("1795271405", "%s", Some("2026-11-21T14:30:05Z")),
            (
                "2026-11-21 14:30 -0500",
                "%Y-%m-%d %H:%M %z",
                Some("2026-11-21T19:30:00Z"),
            ),
            ("2026-11-21 14:30", "%d/%m/%Y", None),
        ];
        for (text, format, expected) in table {
            let formats: Vec<String> = match format {
                "" => Vec::new(),
                format => vec![format.to_owned()],
            };
            let read = read(text, &formats, oslo, Edge::Start).ok();
            assert_eq!(read.map(|at| at.to_string()).as_deref(), expected, "{text}");
        }
        let end = read("2026-11-21", &[], oslo, Edge::End).unwrap();
        assert_eq!(end.to_string(), "2026-11-21T22:59:59Z");
        assert!(check_format("%d/%m/%Y %H:%M").is_ok());
        assert!(check_format("%Q").is_err());
        assert!(check_format("").is_err());
    }
}
