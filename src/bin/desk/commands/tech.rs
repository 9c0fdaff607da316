//! `desk tech`

use std::io::Write;

use clap::{Args as ClapArgs, Subcommand};
use desk::roster::{Loads, Login, Technician};
use desk::ticket::{Category, Tier};
use desk::{Error, Policy, Result};
use serde::Serialize;

use super::list::{Columns, tell_damaged};
use super::none;
use crate::complete;
use crate::context::Context;
use crate::exit::{self, Exit};
use crate::render::grid::{Cell, Column, Grid};
use crate::render::output::failed;
use crate::render::{self, Format, json};

#[derive(ClapArgs, Debug)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand, Debug)]
enum Verb {
    /// Put a technician on the roster
    Add(Details),
    /// Change what is known of a technician
    Edit(Details),
    /// List the roster, with everybody's load
    List {
        #[command(flatten)]
        columns: Columns,
    },
    /// Take a technician off the roster
    Remove {
        /// The technician
        #[arg(value_name = "TECH", add = complete::technicians())]
        login: Login,
    },
    /// Show technicians
    Show {
        /// The technicians
        #[arg(value_name = "TECH", required = true, add = complete::technicians())]
        logins: Vec<Login>,
    },
}

/// What is known of a technician.
#[derive(ClapArgs, Debug, Clone)]
#[command(after_help = "`none` empties a field: desk tech edit lan --team none")]
struct Details {
    /// The login
    #[arg(value_name = "TECH", add = complete::technicians())]
    login: Login,
    /// The name for people
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Where mail reaches them
    #[arg(long, value_name = "ADDRESS")]
    email: Option<String>,
    /// The tier of support
    #[arg(long, value_name = "N")]
    tier: Option<Tier>,
    /// The teams, separated by commas
    #[arg(long, value_name = "TEAM", value_delimiter = ',', add = complete::teams())]
    team: Option<Vec<String>>,
    /// What they know: prefixes of categories, separated by commas
    #[arg(long, value_name = "PATH", value_delimiter = ',', add = complete::categories())]
    skill: Option<Vec<Category>>,
    /// Whether they take on-site work
    #[arg(long, value_name = "YES", num_args = 0..=1, default_missing_value = "true")]
    onsite: Option<bool>,
    /// How many new and open tickets they have at a time
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    capacity: Option<u32>,
}

pub(crate) fn run(args: Args, context: &mut Context) -> Result<Exit> {
    match args.verb {
        Verb::Add(details) => add(details, context),
        Verb::Edit(details) => edit(details, context),
        Verb::List { columns } => list(&columns.fields, context),
        Verb::Remove { login } => {
            context.desk()?.remove_technician(&login)?;
            context.talk(&format!("{login} is off the roster"));
            Ok(exit::DONE)
        }
        Verb::Show { logins } => show(&logins, context),
    }
}

fn add(details: Details, context: &mut Context) -> Result<Exit> {
    let login = details.login.clone();
    let saved = context
        .desk()?
        .save_technician(&login, |known, policy| match known {
            Some(_) => Err(Error::refused(format!("{login} is on the roster already"))
                .with_hint(format!("to change something: desk tech edit {login}"))),
            None => details
                .clone()
                .applied(Technician::new(login.clone()), policy),
        })?;
    told(&saved, "is on the roster", context)
}

fn edit(details: Details, context: &mut Context) -> Result<Exit> {
    let login = details.login.clone();
    if details.says_nothing() {
        return Err(Error::usage("nothing is to be changed")
            .with_hint(format!("name something: desk tech edit {login} --tier 2")));
    }
    // So that a name that was mistyped gets its did-you-mean.
    let (roster, damaged) = context.desk()?.readable_roster()?;
    if !damaged.contains_key(&login) {
        roster.find(login.as_str())?;
    }
    let saved = context.desk()?.save_technician(&login, |known, policy| {
        details.clone().applied(
            known.unwrap_or_else(|| Technician::new(login.clone())),
            policy,
        )
    })?;
    told(&saved, "was changed", context)
}

impl Details {
    fn says_nothing(&self) -> bool {
        self.name.is_none()
            && self.email.is_none()
            && self.tier.is_none()
            && self.team.is_none()
            && self.skill.is_none()
            && self.onsite.is_none()
            && self.capacity.is_none()
    }

    fn applied(self, mut technician: Technician, policy: &Policy) -> Result<Technician> {
        if let Some(tier) = self.tier {
            let top = policy.top_tier();
            if tier > top {
                return Err(Error::refused(format!(
                    "there is no tier {tier}; the highest is {top}"
                )));
            }
            technician.tier = tier;
        }
        let text = |given: String| {
            let text = Some(given.trim().to_owned()).filter(|text| !text.is_empty());
            none::or(text)
        };
        if let Some(name) = self.name {
            technician.name = text(name);
        }
        if let Some(email) = self.email {
            technician.email = text(email);
        }
        if let Some(teams) = self.team {
            technician.teams = teams.into_iter().filter_map(text).collect();
        }
        if let Some(mut skills) = self.skill {
            skills.retain(|path| !none::says(path.as_str()));
            technician.skills = skills;
        }
        technician.onsite = self.onsite.unwrap_or(technician.onsite);
        technician.capacity = self.capacity.unwrap_or(technician.capacity);
        Ok(technician)
    }
}

fn told(technician: &Technician, what: &str, context: &mut Context) -> Result<Exit> {
    if context.wants_json() {
        let mut out = context.answers();
        json::write(technician, &mut out).map_err(failed)?;
        out.finish()?;
    } else {
        context.talk(&format!("{} {what}", technician.login));
    }
    Ok(exit::DONE)
}

fn list(fields: &[String], context: &mut Context) -> Result<Exit> {
    let desk = context.desk_to_read()?;
    let (roster, damaged) = desk.readable_roster()?;
    let (loads, unread) = desk.loads()?;
    if roster.is_empty() && damaged.is_empty() {
        context.talk("nobody is on the roster; any name is taken for a technician's");
    }
    let everybody: Vec<&Technician> = roster.iter().collect();
    print(&everybody, &loads, fields, context)?;
    let damaged: Vec<Error> = damaged.into_values().chain(unread).collect();
    Ok(tell_damaged(&damaged))
}

fn show(logins: &[Login], context: &mut Context) -> Result<Exit> {
    let desk = context.desk_to_read()?;
    let (roster, mut damaged) = desk.readable_roster()?;
    let (loads, unread) = desk.loads()?;
    let mut errors = Vec::from_iter(unread);
    exit::tell_all(&errors);
    let mut found = Vec::new();
    for login in logins {
        let technician = match damaged.remove(login) {
            Some(error) => Err(error),
            None => roster.find(login.as_str()),
        };
        match technician {
            Ok(technician) => found.push(technician),
            Err(error) => {
                exit::tell(&error);
                errors.push(error);
            }
        }
    }
    if !found.is_empty() {
        print(&found, &loads, &[], context)?;
    }
    Ok(exit::of_reads(&errors))
}

/// A technician, with their load.
#[derive(Serialize)]
struct Row<'a> {
    #[serde(flatten)]
    technician: &'a Technician,
    load: u32,
}

#[derive(Serialize)]
struct List<T> {
    desk_technicians: u32,
    total: usize,
    technicians: Vec<T>,
}

impl<T> List<T> {
    fn of(technicians: Vec<T>) -> Self {
        Self {
            desk_technicians: 1,
            total: technicians.len(),
            technicians,
        }
    }
}

fn print(
    technicians: &[&Technician],
    loads: &Loads,
    fields: &[String],
    context: &mut Context,
) -> Result<()> {
    let rows: Vec<Row<'_>> = technicians
        .iter()
        .map(|technician| Row {
            technician,
            load: loads.of(technician.login.as_str()),
        })
        .collect();
    let look = context.look()?;
    let mut out = context.output()?;
    match context.format() {
        Format::Json if fields.is_empty() => json::write(&List::of(rows), &mut out),
        Format::Json => {
            let grid = grid(&rows).picked(fields)?;
            json::write(&List::of(grid.objects().collect()), &mut out)
        }
        Format::Jsonl if fields.is_empty() => json::write_lines(rows, &mut out),
        format => render::export(&grid(&rows).picked(fields)?, format, &look, &mut out),
    }
    .map_err(failed)?;
    out.flush().map_err(failed)?;
    out.finish()
}

fn grid(rows: &[Row<'_>]) -> Grid {
    let joined = |words: Vec<String>| words.join(", ");
    let row = |row: &Row<'_>| {
        let technician = row.technician;
        let skills = technician.skills.iter().map(ToString::to_string).collect();
        vec![
            Cell::new(technician.login.as_str()),
            Cell::new(technician.name.clone()),
            Cell::new(technician.tier.0),
            Cell::new(joined(technician.teams.clone())),
            Cell::new(joined(skills)),
            Cell::new(if technician.onsite { "yes" } else { "no" }),
            Cell::new(row.load),
            Cell::new(technician.capacity),
            Cell::new(technician.email.clone()),
        ]
    };
    Grid {
        columns: vec![
            Column::new("login"),
            Column::new("name").shrinking(1),
            Column::new("tier").right(),
            Column::new("teams").shrinking(1),
            Column::new("skills").shrinking(2),
            Column::new("onsite"),
            Column::new("load").right(),
            Column::new("capacity").right(),
            Column::new("email").shrinking(1),
        ],
        rows: rows.iter().map(row).collect(),
        ..Grid::default()
    }
}
