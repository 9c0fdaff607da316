//! One term of a query: a word, a phrase, a number, or a `field:value`.

use std::ops::Bound::{Excluded, Unbounded};

use super::filter::{Filter, Term, TextField, TextTest, TimeField};
use super::fold::folded_line;
use super::lex::{Glyph, fault, text};
use super::parse::Reading;
use super::value::{Value, cut};
use super::words::Words;
use crate::error::{Error, Result, did_you_mean};
use crate::ticket::{Channel, Kind, Priority, Service, Status, Tie, Tier};

/// The fields of the query language, each with a line about what may follow its colon.
pub const FIELDS: &[(&str, &str)] = &[
    ("status", "new, open, pending, resolved or closed"),
    (
        "is",
        "open (new, open or pending), solved, late, unassigned, merged, or a status",
    ),
    ("priority", "1 (most urgent) to 5: priority:<=2"),
    ("impact", "low, medium or high: impact:>=medium"),
    ("urgency", "low, medium or high"),
    ("tier", "the tier of support: tier:2.."),
    ("assignee", "a technician's login, me or none"),
    ("team", "a team, or none"),
    (
        "requester",
        "who asked for help, me or none: requester:\"Nguyễn Văn A\"",
    ),
    ("watcher", "who else wants to know, me or none"),
    (
        "category",
        "a path and all below it, or none: category:hardware",
    ),
    (
        "kind",
        "incident, request, maintenance, training, problem or none",
    ),
    ("service", "remote, onsite or none"),
    (
        "channel",
        "phone, email, chat, portal, walk-in, monitoring or none",
    ),
    ("tag", "one of its tags, or none: tag:vip,vpn"),
    ("asset", "the machine, licence or line, or none: asset:PC-*"),
    ("location", "where it is, or none"),
    ("ref", "the key in another system, or none: ref:INC*"),
    ("code", "the code of the resolution, or none"),
    ("id", "the number: id:1042, id:1000..2000"),
    ("blocks", "what blocks this ticket: blocks:1042"),
    ("caused-by", "what this ticket, a problem, is the cause of"),
    ("duplicate-of", "what says the same as this ticket"),
    (
        "relates-to",
        "what was related to this ticket: relates-to:1042",
    ),
    ("merged-into", "what was merged into this ticket"),
    (
        "opened",
        "when it was opened: opened:>7d, opened:2026-10, opened:2026-W40..2026-W42",
    ),
    (
        "updated",
        "when the last thing happened to it: updated:today",
    ),
    ("solved", "when it was last solved, or none"),
    ("closed", "when it was closed, or none"),
    (
        "due",
        "what was promised, or none; durations lie ahead: due:<3d",
    ),
    ("age", "how long ago it was opened: age:>7d"),
];

/// Reads one term, which begins at `column`.
pub(super) fn term(glyphs: &[Glyph], column: usize, reading: &Reading) -> Result<Filter> {
    match split(glyphs) {
        Some((name, value)) => {
            let name = name.to_ascii_lowercase();
            let Some((name, _)) = FIELDS.iter().find(|(known, _)| *known == name) else {
                return Err(unknown_field(&name, column));
            };
            let alternatives = value.alternatives().map(|value| one(name, value, reading));
            Ok(Filter::any(alternatives.collect::<Result<_>>()?))
        }
        None => words(Value { glyphs, column }),
    }
}

/// The name before an unquoted colon, and what follows it. A name begins with a letter, so that `14:30`
/// is a word, and so is `http://`; but `due-date:` and `priorité:` are fields that there are not, since
/// whoever writes them means more than a word.
fn split(glyphs: &[Glyph]) -> Option<(String, Value<'_>)> {
    let (name, value) = glyphs.split_at(name_length(glyphs));
    let [colon, value @ ..] = value else {
        return None;
    };
    let is_address = matches!(value, [a, b, ..] if a.is('/') && b.is('/'));
    let is_field = colon.is(':') && !name.is_empty() && !is_address;
    is_field.then(|| {
        let column = colon.column + 1;
        let glyphs = value;
        (text(name), Value { glyphs, column })
    })
}

fn name_length(glyphs: &[Glyph]) -> usize {
    let begins = |g: &Glyph| !g.quoted && (g.char.is_alphabetic() || g.char == '_');
    let goes_on = |g: &&Glyph| begins(g) || (!g.quoted && (g.char.is_numeric() || g.char == '-'));
    match glyphs.first() {
        Some(first) if begins(first) => glyphs.iter().take_while(goes_on).count(),
        _ => 0,
    }
}

/// One value of one field.
fn one(name: &str, value: Value, reading: &Reading) -> Result<Filter> {
    let text = |field| value.text(field);
    let person = |field| value.person(field, reading.me);
    let time = |field| value.time(field, reading);
    let term = match name {
        "is" => return condition(value, reading),
        "status" => Term::Status(vec![value.named(Status::ALL.map(Status::as_str))?]),
        "priority" => Term::Priority(value.ordered(Value::number::<Priority>)?),
        "impact" => Term::Impact(value.ordered(Value::level)?),
        "urgency" => Term::Urgency(value.ordered(Value::level)?),
        "tier" => Term::Tier(value.ordered(Value::number::<Tier>)?),
        "id" => Term::Id(value.ordered(Value::id)?),
        "kind" => Term::Kind(value.or_none(Kind::ALL, Kind::as_str)?),
        "service" => Term::Service(value.or_none(Service::ALL, Service::as_str)?),
        "channel" => Term::Channel(value.or_none(Channel::ALL, Channel::as_str)?),
        "assignee" => person(TextField::Assignee)?,
        "requester" => person(TextField::Requester)?,
        "watcher" => person(TextField::Watcher)?,
        "team" => text(TextField::Team)?,
        "tag" => text(TextField::Tag)?,
        "asset" => text(TextField::Asset)?,
        "location" => text(TextField::Location)?,
        "ref" => text(TextField::Reference)?,
        "code" => text(TextField::Code)?,
        "category" => value.category()?,
        "opened" => time(TimeField::Opened)?,
        "updated" => time(TimeField::Updated)?,
        "solved" => time(TimeField::Solved)?,
        "closed" => time(TimeField::Closed)?,
        "due" => time(TimeField::Due)?,
        "age" => value.age(reading)?,
        // What is left are the ties, under their own names.
        tie => match tie.parse::<Tie>() {
            Ok(tie) => Term::Tied(Some(tie), [value.ticket()?].into()),
            Err(_) => return Err(unknown_field(tie, value.column)),
        },
    };
    Ok(term.into())
}

/// What may follow `is:`.
const CONDITIONS: [&str; 10] = [
    "open",
    "active",
    "solved",
    "late",
    "unassigned",
    "merged",
    "new",
    "pending",
    "resolved",
    "closed",
];

/// One of the conditions that have a name.
fn condition(value: Value, reading: &Reading) -> Result<Filter> {
    let that = |test: fn(Status) -> bool| {
        let statuses = Status::ALL.into_iter().filter(|&status| test(status));
        Filter::from(Term::Status(statuses.collect()))
    };
    let active_and = |term: Term| Filter::All(vec![that(Status::is_active), term.into()]);
    Ok(match value.name()?.as_str() {
        "open" | "active" => that(Status::is_active),
        "solved" => that(Status::is_solved),
        "late" => {
            let past = (Unbounded, Excluded(reading.clock.now));
            active_and(Term::Time(TimeField::Due, Some(past)))
        }
        "unassigned" => active_and(Term::Text(TextField::Assignee, TextTest::Empty)),
        "merged" => Term::Merged.into(),
        _ => Term::Status(vec![value.named(CONDITIONS)?]).into(),
    })
}

fn unknown_field(name: &str, column: usize) -> Error {
    let error = fault(column, format!("there is no field `{}`", cut(name)));
    let quote = "to look for the text itself, put it in quotes";
    error.with_hint(
        match did_you_mean(name, FIELDS.iter().map(|(name, _)| *name)) {
            Some(near) => format!("did you mean `{near}:`? {quote}"),
            None => quote.to_owned(),
        },
    )
}

/// A term that names no field.
fn words(value: Value) -> Result<Filter> {
    if let [hash, digits @ ..] = value.glyphs
        && hash.is('#')
        && !digits.is_empty()
        && digits.iter().all(|g| g.char.is_ascii_digit())
    {
        return Ok(Term::Id(value.id()?).into());
    }
    refuse_comparison(value)?;
    let is_exact = value.glyphs.iter().any(|glyph| glyph.quoted) || value.glyphs.is_empty();
    let (wanted, is_prefix) = value.without_star()?;
    let wanted = folded_line(&wanted);
    if wanted.is_empty() {
        // A lone `*` is what a shell would call everything; an empty phrase is a slip.
        return match is_prefix && !is_exact {
            true => Ok(Filter::everything()),
            false => Err(value.fault("there is nothing to look for in this term")),
        };
    }
    let words = match (is_prefix, is_exact) {
        (true, _) => Words::Prefix(wanted),
        (false, true) => Words::Phrase(wanted),
        (false, false) => Words::Word(wanted),
    };
    Ok(Term::Words(words).into())
}

/// `priority<=2` lacks its colon, and as a word would find nothing.
fn refuse_comparison(value: Value) -> Result<()> {
    let (name, rest) = value.glyphs.split_at(name_length(value.glyphs));
    let name = text(name).to_ascii_lowercase();
    let is_field = FIELDS.iter().any(|(field, _)| *field == name);
    match rest {
        [sign, ..] if is_field && (sign.is('<') || sign.is('>') || sign.is('=')) => {
            let rest = cut(&text(rest));
            let error = fault(sign.column, format!("expected a colon after `{name}`"));
            Err(error.with_hint(format!(
                "write {name}:{rest}; to look for the text itself, put it in quotes"
            )))
        }
        _ => Ok(()),
    }
}
