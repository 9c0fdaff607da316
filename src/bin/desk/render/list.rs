//! Tickets as rows: which columns there are, and how a ticket fills them.

use std::str::FromStr;

use desk::Held;
use desk::error::{Error, Result, did_you_mean};
use desk::query::{Words, marks};
use desk::ticket::{Field, Ticket, Timestamp};
use serde_json::Value;

use super::grid::{Cell, Column, Grid};
use super::style::{self, Tone};
use super::texts::{Setting, Text, Texts};
use super::{Look, ticket, tied, time};

/// The columns of a list when nobody asked for others: who has it and how urgent it is first, and
/// the subject, which is long, last.
pub(crate) const DEFAULT: [Key; 7] = [
    Key::Id,
    Key::Field(Field::Priority),
    Key::Field(Field::Status),
    Key::Field(Field::Assignee),
    Key::Updated,
    Key::Field(Field::Requester),
    Key::Field(Field::Subject),
];

/// What a column of tickets shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Key {
    /// The number.
    Id,
    /// How many events it has.
    Rev,
    /// A field of its state.
    Field(Field),
    /// When it was opened.
    Opened,
    /// When the last thing happened to it.
    Updated,
    /// When it was last solved.
    Solved,
    /// When it was closed.
    Closed,
    /// How long ago it was opened; in seconds for programs.
    Age,
    /// What other tickets hold to it: not in the ticket, and so in no column unless it is asked for.
    LinkedFrom,
}

/// The name of [`Key::LinkedFrom`].
const LINKED_FROM: &str = "linked_from";

/// The keys that are no fields of the state, with their names.
const OTHERS: [(Key, &str); 7] = [
    (Key::Id, "id"),
    (Key::Rev, "rev"),
    (Key::Opened, "opened"),
    (Key::Updated, "updated"),
    (Key::Solved, "solved"),
    (Key::Closed, "closed"),
    (Key::Age, "age"),
];

impl Key {
    /// All that a ticket fills, in the order of its file; `age` last.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        let others = |range: std::ops::Range<usize>| OTHERS[range].iter().map(|(key, _)| *key);
        let fields = Field::ALL.iter().map(|&field| Self::Field(field));
        others(0..2).chain(fields).chain(others(2..OTHERS.len()))
    }

    /// The name in `--fields`, and in every format that programs read.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Field(field) => field.name(),
            Self::LinkedFrom => LINKED_FROM,
            other => OTHERS
                .iter()
                .find(|(key, _)| *key == other)
                .map_or("", |(_, name)| name),
        }
    }

    /// Whether it is for the requester, too: what a ticket's public page shows.
    pub(crate) fn is_public(self) -> bool {
        match self {
            Self::Rev | Self::Age | Self::LinkedFrom => false,
            Self::Id | Self::Opened | Self::Updated | Self::Solved | Self::Closed => true,
            Self::Field(field) => matches!(
                field,
                Field::Reference
                    | Field::Subject
                    | Field::Description
                    | Field::Status
                    | Field::Priority
                    | Field::Assignee
                    | Field::Requester
                    | Field::Contact
                    | Field::Location
                    | Field::Asset
                    | Field::Service
                    | Field::Kind
                    | Field::Category
                    | Field::Due
                    | Field::MergedInto
                    | Field::WaitingOn
                    | Field::WaitingUntil
                    | Field::Resolution
                    | Field::Stars
            ),
        }
    }

    /// Whether words are searched for in it.
    fn is_searched(self) -> bool {
        matches!(
            self,
            Self::Id
                | Self::Field(
                    Field::Reference
                        | Field::Subject
                        | Field::Description
                        | Field::Requester
                        | Field::Resolution
                        | Field::Tags
                )
        )
    }

    fn column(self) -> Column {
        let column = Column::new(self.name());
        match self {
            Self::Id | Self::Rev | Self::Age => column.right(),
            Self::LinkedFrom => column.shrinking(1),
            Self::Field(field) => match field {
                Field::Priority => column.titled("P"),
                Field::Tier | Field::Stars | Field::MergedInto => column.right(),
                Field::Description | Field::Resolution => column.shrinking(4),
                Field::Subject => column.shrinking(3),
                Field::Requester | Field::Contact | Field::Watchers | Field::Tags => {
                    column.shrinking(2)
                }
                Field::Reference
                | Field::Assignee
                | Field::Team
                | Field::Category
                | Field::Location
                | Field::Asset
                | Field::Code
                | Field::Links => column.shrinking(1),
                _ => column,
            },
            _ => column,
        }
    }

    fn cell(self, ticket: &Ticket, look: &Look) -> Cell {
        match self {
            Self::Id => Cell::new(ticket.id.get()).tone(Tone::Heading),
            Self::Rev => Cell::new(ticket.rev),
            Self::Field(field) => field_cell(field, ticket, look),
            Self::Opened | Self::Updated | Self::Solved | Self::Closed => {
                instant(self.at(ticket), look)
            }
            Self::Age => {
                // None yet, where the clock went back behind the opening.
                let seconds = look.now.seconds_since(ticket.opened).max(0);
                Cell::new(seconds).shown(time::duration(seconds))
            }
            // Not the ticket's to tell: see [`held`].
            Self::LinkedFrom => Cell::default(),
        }
    }

    /// The same as people read it. What most lists show is taken as it lies in the ticket; a cell holds what
    /// programs get as well.
    fn text<'a>(self, ticket: &'a Ticket, look: &Look) -> Text<'a> {
        let state = &ticket.state;
        let text = |text: Option<&'a str>| Text::new(text.unwrap_or_default());
        match self {
            Self::Opened | Self::Updated | Self::Solved | Self::Closed => {
                let at = self.at(ticket).map(|at| shown(at, look));
                Text::new(at.unwrap_or_default())
            }
            Self::Field(Field::Subject) => text(Some(&state.subject)),
            Self::Field(Field::Assignee) => text(state.assignee.as_deref()),
            Self::Field(Field::Requester) => text(state.requester.as_deref()),
            Self::Field(Field::Status) => {
                text(Some(state.status.as_str())).tone(style::status(state.status))
            }
            _ => self.cell(ticket, look).into(),
        }
    }

    /// When that was which it tells, if it tells when something was.
    fn at(self, ticket: &Ticket) -> Option<Timestamp> {
        match self {
            Self::Opened => Some(ticket.opened),
            Self::Updated => Some(ticket.updated),
            Self::Solved => ticket.solved,
            Self::Closed => ticket.closed,
            _ => None,
        }
    }
}

impl FromStr for Key {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        let mut known = Self::all().chain([Self::LinkedFrom]);
        if let Some(key) = known.find(|key| key.name() == name) {
            return Ok(key);
        }
        let error = Error::usage(format!("there is no field `{name}`"));
        let near = did_you_mean(name, Self::all().map(Self::name));
        Err(error.with_hint(match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => {
                let names: Vec<_> = Self::all().map(Self::name).collect();
                format!("the fields are {}", names.join(", "))
            }
        }))
    }
}

/// The columns of these names.
///
/// # Errors
/// [`Error::Usage`] for a name that is no field's, or that stands twice.
pub(crate) fn columns(names: &[&str]) -> Result<Vec<Key>> {
    let mut keys = Vec::with_capacity(names.len());
    for name in names {
        let key = name.parse()?;
        if keys.contains(&key) {
            return Err(Error::usage(format!("the field `{name}` stands twice")));
        }
        keys.push(key);
    }
    Ok(keys)
}

/// A row for each ticket.
pub(crate) fn grid<'a>(
    tickets: impl IntoIterator<Item = &'a Ticket>,
    keys: &[Key],
    look: &Look,
) -> Grid {
    let rows = tickets.into_iter().map(|ticket| row(ticket, keys, look));
    Grid {
        columns: heads(keys),
        rows: rows.collect(),
        ..Grid::default()
    }
}

/// The same as people read it.
pub(crate) fn texts<'a>(
    tickets: impl IntoIterator<Item = &'a Ticket>,
    keys: &[Key],
    look: &Look,
) -> Texts<'a> {
    let mut setting = Setting::new(heads(keys));
    for ticket in tickets {
        setting.row(row_of_texts(ticket, keys, look));
    }
    setting.done(Vec::new())
}

/// What stands in the row of a ticket.
fn row(ticket: &Ticket, keys: &[Key], look: &Look) -> Vec<Cell> {
    keys.iter().map(|key| key.cell(ticket, look)).collect()
}

/// What people read in it.
pub(crate) fn row_of_texts<'a>(
    ticket: &'a Ticket,
    keys: &[Key],
    look: &Look,
) -> impl Iterator<Item = Text<'a>> {
    keys.iter().map(|key| key.text(ticket, look))
}

/// The columns of such rows.
pub(crate) fn heads(keys: &[Key]) -> Vec<Column> {
    keys.iter().map(|key| key.column()).collect()
}

/// The cell of [`Key::LinkedFrom`].
pub(crate) fn held(held: &[Held]) -> Cell {
    Cell::new(serde_json::json!(held)).shown(tied::in_one_line(held))
}

/// Marks words in the columns in which a search looks for them.
pub(crate) fn mark(grid: &mut Grid, keys: &[Key], words: &[&Words]) {
    for row in &mut grid.rows {
        for (cell, key) in row.iter_mut().zip(keys) {
            if key.is_searched() {
                cell.marks = marks(&cell.for_people(), words);
            }
        }
    }
}

fn field_cell(field: Field, ticket: &Ticket, look: &Look) -> Cell {
    let state = &ticket.state;
    match field {
        Field::Due => {
            let late = ticket.is_late(look.now);
            let tone = if late { style::LATE } else { Tone::Plain };
            instant(state.due, look).tone(tone)
        }
        Field::WaitingUntil => instant(state.waiting_until, look),
        Field::Status => Cell::new(state.value(field)).tone(style::status(state.status)),
        Field::Priority => Cell::new(state.value(field)).tone(style::priority(state.priority)),
        Field::Links => Cell::new(state.value(field)).shown(ticket::links(&state.links)),
        _ => Cell::new(state.value(field)),
    }
}

/// RFC 3339 for programs; for people the wall clock, or how long ago.
fn instant(at: Option<Timestamp>, look: &Look) -> Cell {
    let Some(at) = at else {
        return Cell::default();
    };
    Cell::new(Value::String(at.to_string())).shown(shown(at, look))
}

fn shown(at: Timestamp, look: &Look) -> String {
    match look.relative {
        true => time::relative(at, look.now),
        false => time::absolute(at, look.zone),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::look;
    use super::super::ticket::tests::ticket;
    use super::super::{Format, export};
    use super::*;

    fn render(keys: &[Key], format: Format, look: &Look) -> String {
        let mut out = Vec::new();
        export(&grid(&[ticket()], keys, look), format, look, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_list_looks_like_this() {
        let relative = Look {
            relative: true,
            width: Some(60),
            ..look()
        };
        let expected = [
            "  ID  P  STATUS  ASSIGNEE  UPDATED  REQUESTER  SUBJECT\n",
            "1042  2  open    lan       1 h ago  Trần Minh  Máy in tầng…\n",
        ];
        let text = render(&DEFAULT, Format::Table, &relative);
        assert_eq!(text, expected.concat());
    }

    #[test]
    fn programs_get_values() {
        let keys = columns(&["id", "tier", "tags", "due", "age", "code", "links"]).unwrap();
        assert_eq!(
            render(&keys, Format::Jsonl, &look()),
            "{\"id\":1042,\"tier\":2,\"tags\":[\"vip\",\"floor3\"],\"due\":\"2026-11-21T10:00:00Z\",\
             \"age\":10800,\"code\":null,\"links\":[{\"kind\":\"blocks\",\"to\":1043}]}\n"
        );
        let keys = columns(&["id", "tags", "due", "code"]).unwrap();
        assert_eq!(
            render(&keys, Format::Csv, &look()),
            "id,tags,due,code\n1042,\"vip,floor3\",2026-11-21T10:00:00Z,\n"
        );
    }

    #[test]
    fn people_read_the_same_of_a_cell_and_without_one() {
        let mut nobodys = ticket();
        nobodys.state.assignee = None;
        nobodys.state.requester = None;
        for ticket in [ticket(), nobodys] {
            for relative in [true, false] {
                let look = Look { relative, ..look() };
                for key in Key::all() {
                    let cell = key.cell(&ticket, &look);
                    assert_eq!(key.text(&ticket, &look), Text::from(&cell), "{key:?}");
                }
            }
        }
    }

    #[test]
    fn every_field_has_a_column_and_a_stranger_gets_a_hint() {
        let names: Vec<_> = Key::all().map(Key::name).collect();
        assert_eq!(names.len(), Field::ALL.len() + 7);
        assert_eq!(columns(&names).unwrap(), Key::all().collect::<Vec<_>>());

        let error = columns(&["id", "asignee"]).unwrap_err();
        assert_eq!(error.to_string(), "there is no field `asignee`");
        assert_eq!(error.hint().as_deref(), Some("did you mean `assignee`?"));
        assert!(columns(&["id", "id"]).is_err());
    }
}
