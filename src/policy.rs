//! What a help desk decided for itself: the priority matrix, tiers, categories, required fields.
//!
//! Everything has a default, so that a help desk works without any settings. Where the settings
//! are read from is not known here; [`Policy::parse`] gets their text.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::error::{Error, Result, did_you_mean};
use crate::query::{Views, is_view_name};
use crate::ticket::{Category, Field, Level, Matrix, Priority, Tier};
use crate::zone::Tz;

/// The settings of a help desk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// The zone in which instants are shown and periods begin, where one is set.
    pub timezone: Option<Tz>,
    /// The locale in whose way pages write numbers, such as `nb_NO`, where one is set; whether there
    /// is such a one is known to whoever writes them.
    pub locale: Option<String>,
    /// Impact times urgency gives priority.
    pub matrix: Matrix,
    /// The tiers of support, from tier 1 up; never empty.
    pub tiers: Vec<TierPolicy>,
    /// Whether an escalation upwards makes a ticket one step more urgent.
    pub escalation_raises_priority: bool,
    /// Whether a category that is not listed is refused.
    pub categories_strict: bool,
    /// The categories that are known; completion offers them.
    pub categories: Vec<Category>,
    /// The fields without which no ticket is opened.
    pub required_to_open: Vec<Field>,
    /// The fields without which no ticket is resolved or closed.
    pub required_to_solve: Vec<Field>,
    /// A ticket solved within this many minutes of its opening can be a first contact resolution.
    pub first_contact_minutes: u32,
    /// Reports that are run together: under each name the lines that would stand behind
    /// `desk report`. They are read when they are run.
    pub report_sets: BTreeMap<String, Vec<String>>,
    /// Queries that have a name, by which other queries call them: `@mine`.
    pub views: Views,
}

/// One tier of support.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TierPolicy {
    /// What people call it.
    pub name: String,
    /// Who is told when it is stuck at the top.
    pub manager: Option<String>,
}

impl Default for Policy {
    fn default() -> Self {
        let tier = |name: &str| TierPolicy {
            name: name.to_owned(),
            manager: None,
        };
        Self {
            timezone: None,
            locale: None,
            matrix: Matrix::default(),
            tiers: vec![tier("service desk"), tier("support"), tier("specialists")],
            escalation_raises_priority: true,
            categories_strict: false,
            categories: Vec::new(),
            required_to_open: Vec::new(),
            required_to_solve: Vec::new(),
            first_contact_minutes: 60,
            report_sets: BTreeMap::new(),
            views: Views::new(),
        }
    }
}

impl Policy {
    /// Reads the text of `desk.toml`.
    ///
    /// # Errors
    /// [`Error::Usage`], whose message names the line, when the text is not TOML, or names a
    /// setting, a zone, a field or a category that is none.
    pub fn parse(text: &str) -> Result<Self> {
        let file: File = toml::from_str(text).map_err(|error| {
            let line = error.span().map_or(1, |span| line_of(text, span.start));
            bad(line, error.message())
        })?;
        file.into_policy(text)
    }

    /// The highest tier.
    pub fn top_tier(&self) -> Tier {
        Tier(u8::try_from(self.tiers.len()).unwrap_or(u8::MAX))
    }

    /// What is decided of one tier; `None` past the top.
    pub fn tier(&self, tier: Tier) -> Option<&TierPolicy> {
        self.tiers.get(usize::from(tier.0).checked_sub(1)?)
    }

    /// Whether `category` may be used.
    ///
    /// # Errors
    /// A refusal with the nearest known category, where the settings are strict.
    pub fn check_category(&self, category: &Category) -> Result<()> {
        if !self.categories_strict || self.categories.iter().any(|known| category == known) {
            return Ok(());
        }
        let near = did_you_mean(
            category.as_str(),
            self.categories.iter().map(Category::as_str),
        );
        let error = Error::refused(format!("there is no category `{category}`"));
        Err(match near {
            Some(near) => error.with_hint(format!("did you mean `{near}`?")),
            None => error.with_hint("desk.toml lists the categories, under [categories]"),
        })
    }
}

/// The setting of reports that is a number.
const FIRST_CONTACT: &str = "first_contact_minutes";

impl Policy {
    /// Takes in what stands in `[reports]`.
    fn set_report(&mut self, name: String, setting: ReportSetting, line: usize) -> Result<()> {
        match setting {
            ReportSetting::Number(minutes) if name == FIRST_CONTACT => {
                self.first_contact_minutes = minutes;
                Ok(())
            }
            ReportSetting::Set(lines) if name != FIRST_CONTACT && is_view_name(&name) => {
                self.report_sets.insert(name, lines);
                Ok(())
            }
            ReportSetting::Number(_) => {
                let error = bad(line, &format!("there is no setting `{name}` of reports"));
                Err(match did_you_mean(&name, [FIRST_CONTACT]) {
                    Some(near) => error.with_hint(format!("did you mean `{near}`?")),
                    None => error.with_hint("a set of reports is a list: [\"summary\", \"tiers\"]"),
                })
            }
            ReportSetting::Set(_) if name == FIRST_CONTACT => {
                Err(bad(line, &format!("`{name}` is a number")))
            }
            ReportSetting::Set(_) => {
                let message = format!("set `{name}`: a name has letters, digits, `-` and `_`");
                Err(bad(line, &message))
            }
        }
    }
}

fn line_of(text: &str, offset: usize) -> usize {
    1 + text.bytes().take(offset).filter(|&b| b == b'\n').count()
}

fn bad(line: usize, message: &str) -> Error {
    // A message of the parser may have several lines; an error is one.
    let message: Vec<_> = message.lines().map(str::trim).collect();
    Error::usage(format!("desk.toml, line {line}: {}", message.join("; ")))
}

/// `desk.toml` as it is written.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct File {
    timezone: Option<toml::Spanned<String>>,
    locale: Option<String>,
    priority: PriorityTable,
    tiers: Option<toml::Spanned<Vec<TierPolicy>>>,
    escalation: EscalationTable,
    categories: CategoriesTable,
    required: RequiredTable,
    reports: BTreeMap<String, toml::Spanned<ReportSetting>>,
    views: BTreeMap<String, toml::Spanned<String>>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct PriorityTable {
    matrix: MatrixTable,
}

/// A row for each impact: the priorities for high, medium and low urgency.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct MatrixTable {
    high: Option<toml::Spanned<[u8; 3]>>,
    medium: Option<toml::Spanned<[u8; 3]>>,
    low: Option<toml::Spanned<[u8; 3]>>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct EscalationTable {
    raise_priority: Option<bool>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct CategoriesTable {
    strict: bool,
    names: Vec<toml::Spanned<String>>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct RequiredTable {
    open: Vec<toml::Spanned<String>>,
    solve: Vec<toml::Spanned<String>>,
}

/// What stands in `[reports]`: settings of their own names, and beside them sets of reports.
#[derive(Deserialize)]
#[serde(untagged, expecting = "this is neither a number nor a list of reports")]
enum ReportSetting {
    Number(u32),
    Set(Vec<String>),
}

impl File {
    fn into_policy(self, text: &str) -> Result<Policy> {
        let line = |start: usize| line_of(text, start);
        let mut policy = Policy {
            locale: self.locale,
            categories_strict: self.categories.strict,
            ..Policy::default()
        };
        if let Some(zone) = self.timezone {
            let found = zone.get_ref().parse::<Tz>();
            policy.timezone = Some(found.map_err(|_| {
                let message = format!("there is no time zone `{}`", zone.get_ref());
                bad(line(zone.span().start), &message)
                    .with_hint("a zone is named as in the IANA data base: `Europe/Oslo`, `UTC`")
            })?);
        }
        policy.matrix = self.priority.matrix.into_matrix(text)?;
        if let Some(tiers) = self.tiers {
            let start = tiers.span().start;
            policy.tiers = tiers.into_inner();
            if policy.tiers.is_empty() || policy.tiers.len() > usize::from(u8::MAX) {
                return Err(bad(line(start), "there must be 1 to 255 tiers"));
            }
        }
        if let Some(raise) = self.escalation.raise_priority {
            policy.escalation_raises_priority = raise;
        }
        for name in &self.categories.names {
            let category = name.get_ref().parse();
            policy
                .categories
                .push(category.map_err(|why: String| bad(line(name.span().start), &why))?);
        }
        policy.required_to_open = fields(&self.required.open, text)?;
        policy.required_to_solve = fields(&self.required.solve, text)?;
        for (name, setting) in self.reports {
            let line = line(setting.span().start);
            policy.set_report(name, setting.into_inner(), line)?;
        }
        for (name, query) in self.views {
            if !is_view_name(&name) {
                let message = format!("view `{name}`: a name has letters, digits, `-` and `_`");
                return Err(bad(line(query.span().start), &message));
            }
            policy.views.insert(name, query.into_inner());
        }
        Ok(policy)
    }
}

impl MatrixTable {
    fn into_matrix(self, text: &str) -> Result<Matrix> {
        let default = Matrix::default();
        let row = |impact: Level, given: Option<toml::Spanned<[u8; 3]>>| {
            let Some(given) = given else {
                return Ok(Level::ALL.map(|urgency| default.priority(impact, urgency)));
            };
            let cells = given.get_ref().map(Priority::new);
            let [Some(high), Some(medium), Some(low)] = cells else {
                let line = line_of(text, given.span().start);
                return Err(bad(line, "a priority is one of 1 to 5"));
            };
            Ok([low, medium, high])
        };
        Ok(Matrix::new([
            row(Level::Low, self.low)?,
            row(Level::Medium, self.medium)?,
            row(Level::High, self.high)?,
        ]))
    }
}

fn fields(names: &[toml::Spanned<String>], text: &str) -> Result<Vec<Field>> {
    let known = || Field::ALL.iter().map(|field| field.name());
    names
        .iter()
        .map(|name| {
            name.get_ref().parse().map_err(|()| {
                let message = format!("there is no field `{}`", name.get_ref());
                let error = bad(line_of(text, name.span().start), &message);
                match did_you_mean(name.get_ref(), known()) {
                    Some(near) => error.with_hint(format!("did you mean `{near}`?")),
                    None => error,
                }
            })
        })
        .collect()
}
