//! A row becomes operations: the opening of a ticket, and what else it needs to stand where the row
//! says it stands.

use std::fmt;
use std::str::FromStr;

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::{Bound, Target, instant};
use crate::error::{Error, Result};
use crate::operation::{Open, Operation, Solve, StatedPriority, Verb, Wait};
use crate::query::Edge;
use crate::ticket::{Category, Reference, Status, TicketName, Timestamp};

/// Who is said to have solved a ticket of which nobody knows who did: nobody of the roster, since who
/// imports it would otherwise get it, and the credit.
const SOMEBODY: &str = "import";

/// What stands for the text that an event needs and a row does not have.
const AS_IMPORTED: &str = "As it was when it was imported";

/// What a row became.
#[derive(Debug, Clone, PartialEq)]
pub struct Read {
    /// The key by which it is known when it comes again.
    pub reference: Reference,
    /// What makes a ticket of it, in order; the first is its opening.
    pub operations: Vec<Operation>,
}

/// How one field of a row was understood.
#[derive(Debug, Clone, PartialEq)]
pub struct Understood {
    /// The field.
    pub target: Target,
    /// The columns that it may be in.
    pub columns: String,
    /// What stands there.
    pub written: String,
    /// What that means, or why it means nothing.
    pub meant: Result<String, String>,
}

impl Bound {
    /// Reads a row.
    ///
    /// # Errors
    /// [`Error::Usage`], which names the field and what stands there, for a value that its field cannot
    /// have.
    pub fn read(&self, row: &[Value]) -> Result<Read> {
        let row = Row { bound: self, row };
        let reference = row.reference()?;
        let dates = row.dates()?;
        let mut operations = vec![Operation {
            by: row.text(Target::By),
            at: dates.opened.or(dates.solved).or(dates.closed),
            ..Operation::new(Verb::Open(Box::new(row.open(&reference)?)))
        }];
        operations.extend(row.rest(&reference, &dates)?);
        Ok(Read {
            reference,
            operations,
        })
    }

    /// How each field of a row is understood, for who wants to look before they import.
    pub fn understood(&self, row: &[Value]) -> Vec<Understood> {
        let of = Row { bound: self, row };
        let targets = Target::ALL.iter().copied();
        targets
            .filter_map(|target| {
                let places = self.places.get(&target).map_or(&[][..], Vec::as_slice);
                // Where a ticket stands follows from its dates, if nothing else says so.
                if places.is_empty() && target != Target::Status {
                    return None;
                }
                let names: Vec<_> = places.iter().map(|place| place.name.as_str()).collect();
                Some(Understood {
                    target,
                    columns: names.join(", "),
                    written: self.written(target, row).join(", "),
                    meant: of.shown(target).map_err(|error| error.to_string()),
                })
            })
            .collect()
    }

    /// Whether rows have a key of their own. Without one, what stands in a row is its key.
    pub fn has_reference(&self) -> bool {
        self.places.contains_key(&Target::Reference)
    }
}

/// When things happened, as far as a row says so.
struct Dates {
    opened: Option<Timestamp>,
    updated: Option<Timestamp>,
    solved: Option<Timestamp>,
    closed: Option<Timestamp>,
}

/// A row that is being read.
#[derive(Clone, Copy)]
struct Row<'a> {
    bound: &'a Bound,
    row: &'a [Value],
}

impl Row<'_> {
    /// What a field says: a text each, if it is a list.
    fn texts(&self, target: Target) -> Vec<String> {
        let written = self.bound.written(target, self.row).into_iter();
        let meant = written.map(|text| self.bound.meant(target, text));
        meant.filter(|text| !text.trim().is_empty()).collect()
    }

    fn text(&self, target: Target) -> Option<String> {
        self.texts(target).into_iter().next()
    }

    /// The words of a field that holds several: in a list, or separated by commas.
    fn words(&self, target: Target) -> Vec<String> {
        let texts = self.texts(target).into_iter();
        match self.bound.is_text(target, self.row) {
            true => texts
                .flat_map(|text| {
                    text.split(',')
                        .map(|word| word.trim().to_owned())
                        .collect::<Vec<_>>()
                })
                .collect(),
            false => texts.collect(),
        }
    }

    /// A value of a vocabulary.
    fn word<T: FromStr<Err = String>>(&self, target: Target) -> Result<Option<T>> {
        let text = self.text(target);
        let parsed = text.map(|text| {
            let text = text.trim();
            text.parse().map_err(|why| {
                Error::usage(format!("{target}: {why}")).with_hint(format!(
                    "say what it means: --value '{target}:{text}=VALUE'"
                ))
            })
        });
        parsed.transpose()
    }

    fn instant(&self, target: Target, edge: Edge) -> Result<Option<Timestamp>> {
        let bound = self.bound;
        let read = |text: String| {
            instant::read(text.trim(), &bound.dates, bound.zone, edge).map_err(|why| {
                Error::usage(format!("{target}: {why}"))
                    .with_hint("say how dates are written: --date-format '%d/%m/%Y %H:%M'")
            })
        };
        self.text(target).map(read).transpose()
    }

    fn dates(&self) -> Result<Dates> {
        Ok(Dates {
            opened: self.instant(Target::Opened, Edge::Start)?,
            updated: self.instant(Target::Updated, Edge::Start)?,
            solved: self.instant(Target::Solved, Edge::Start)?,
            closed: self.instant(Target::Closed, Edge::Start)?,
        })
    }

    /// The key by which the row is known: what the mapping says, or else what stands in it.
    fn reference(&self) -> Result<Reference> {
        if !self.bound.has_reference() {
            let mut hash = Sha256::new();
            for value in self.row {
                hash.update(value.to_string());
                hash.update(b"\n");
            }
            let digest = hash.finalize();
            let key: String = digest[..8].iter().map(|b| format!("{b:02x}")).collect();
            return format!("row:{key}").parse().map_err(Error::usage);
        }
        let Some(key) = self.text(Target::Reference) else {
            return Err(Error::usage("ref: nothing stands there")
                .with_hint("by its reference a ticket is known when the same file comes again"));
        };
        let key = key.trim();
        let prefix = match key.bytes().all(|b| b.is_ascii_digit()) {
            true => self.bound.prefix.as_str(),
            false => "",
        };
        format!("{prefix}{key}").parse().map_err(|why| {
            Error::usage(format!("ref: {why}"))
                .with_hint("put something in front of numbers: --prefix rt:")
        })
    }

    fn open(&self, reference: &Reference) -> Result<Open> {
        Ok(Open {
            subject: self.text(Target::Subject).unwrap_or_default(),
            message: self.text(Target::Description),
            requester: self.text(Target::Requester),
            contact: self.text(Target::Contact),
            watch: self.words(Target::Watchers),
            category: self.word::<Category>(Target::Category)?,
            impact: self.word(Target::Impact)?,
            urgency: self.word(Target::Urgency)?,
            priority: self.word::<StatedPriority>(Target::Priority)?,
            kind: self.word(Target::Kind)?,
            service: self.word(Target::Service)?,
            channel: self.word(Target::Channel)?,
            location: self.text(Target::Location),
            asset: self.text(Target::Asset),
            tag: self.words(Target::Tags),
            due: self.instant(Target::Due, Edge::End)?,
            reference: Some(reference.clone()),
            to: self.text(Target::Assignee),
            team: self.text(Target::Team),
            ..Open::default()
        })
    }

    /// Where the row says that it stands; if it does not, its dates do. A ticket is open while somebody
    /// has it, and new while nobody has.
    fn status(&self, dates: &Dates) -> Result<Status> {
        let by_dates = match (dates.solved, dates.closed) {
            (_, Some(_)) => Status::Closed,
            (Some(_), None) => Status::Resolved,
            (None, None) => Status::New,
        };
        let stated = self.word(Target::Status)?;
        Ok(match stated.unwrap_or(by_dates) {
            Status::New | Status::Open => match self.text(Target::Assignee) {
                Some(_) => Status::Open,
                None => Status::New,
            },
            status => status,
        })
    }

    /// What follows on the opening.
    fn rest(&self, reference: &Reference, dates: &Dates) -> Result<Vec<Operation>> {
        let then = |at: Option<Timestamp>, by: Option<String>, verb| Operation {
            at: at.or(dates.opened).or(dates.solved).or(dates.closed),
            by,
            ..Operation::on(TicketName::Reference(reference.to_string()), verb)
        };
        let solver = || Some(self.text(Target::Assignee).unwrap_or(SOMEBODY.to_owned()));
        let solve = || Solve {
            message: Some(
                self.text(Target::Resolution)
                    .unwrap_or(AS_IMPORTED.to_owned()),
            ),
            code: self.text(Target::Code),
        };
        let when_solved = dates.solved.or(dates.closed).or(dates.updated);
        Ok(match self.status(dates)? {
            Status::New | Status::Open => Vec::new(),
            Status::Pending => {
                let wait = Wait {
                    message: Some(AS_IMPORTED.to_owned()),
                    on: self.word(Target::WaitingOn)?,
                    until: self.instant(Target::WaitingUntil, Edge::Start)?,
                };
                vec![then(dates.updated, self.text(Target::By), Verb::Wait(wait))]
            }
            Status::Resolved => vec![then(when_solved, solver(), Verb::Resolve(solve()))],
            Status::Closed => match (dates.solved, dates.closed) {
                (Some(solved), Some(closed)) if solved < closed => vec![
                    then(Some(solved), solver(), Verb::Resolve(solve())),
                    then(Some(closed), solver(), Verb::Close(Solve::default())),
                ],
                (_, closed) => vec![then(closed.or(when_solved), solver(), Verb::Close(solve()))],
            },
        })
    }

    /// What a field is read as, for eyes.
    fn shown(&self, target: Target) -> Result<String> {
        fn show<T: fmt::Display>(value: Option<T>) -> String {
            value.map(|value| value.to_string()).unwrap_or_default()
        }
        Ok(match target {
            Target::Reference => self.reference()?.to_string(),
            Target::Watchers | Target::Tags => self.words(target).join(", "),
            Target::Kind => show(self.word::<crate::ticket::Kind>(target)?),
            Target::Service => show(self.word::<crate::ticket::Service>(target)?),
            Target::Channel => show(self.word::<crate::ticket::Channel>(target)?),
            Target::Category => show(self.word::<Category>(target)?),
            Target::Impact | Target::Urgency => show(self.word::<crate::ticket::Level>(target)?),
            Target::Priority => show(self.word::<crate::ticket::Priority>(target)?),
            Target::Status => self.status(&self.dates()?)?.to_string(),
            Target::WaitingOn => show(self.word::<crate::ticket::WaitingOn>(target)?),
            Target::Due => show(self.instant(target, Edge::End)?),
            Target::Opened
            | Target::Solved
            | Target::Closed
            | Target::Updated
            | Target::WaitingUntil => show(self.instant(target, Edge::Start)?),
            Target::Subject
            | Target::Description
            | Target::Requester
            | Target::Contact
            | Target::Team
            | Target::Assignee
            | Target::Location
            | Target::Asset
            | Target::By
            | Target::Resolution
            | Target::Code => show(self.text(target)),
        })
    }
}
