//! Who gets a ticket, and why.
//!
//! Step by step the field narrows: tier and team, skill, on-site work, capacity. Of those who are
//! left the best skill wins, then the least load in proportion to capacity, then the longest time
//! since the last assignment, then the login. Every step that decides something says so.

use std::cmp::Ordering;

use super::{Loads, Roster, Technician};
use crate::ticket::{Category, Tier};

/// What a ticket asks of a technician.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// The tier that shall have it.
    pub tier: Tier,
    /// The team that shall have it, if one was named.
    pub team: Option<&'a str>,
    /// What it is about.
    pub category: Option<&'a Category>,
    /// Whether somebody has to go there.
    pub onsite: bool,
}

/// Who was chosen, and why; nobody, where nobody fits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The login of the one chosen.
    pub technician: Option<String>,
    /// The reasons, step by step.
    pub why: Vec<String>,
}

/// Chooses a technician for a ticket.
pub fn choose(roster: &Roster, loads: &Loads, wanted: &Wanted<'_>) -> Choice {
    let mut why = Vec::new();
    let field = within(roster, wanted, &mut why);
    let field = skilled(field, wanted, &mut why);
    let field = on_site(field, wanted, &mut why);
    let mut field = with_room(field, loads, &mut why);
    field.sort_by(|a, b| rank(a, b, loads, wanted));
    let Some(best) = field.first() else {
        return Choice {
            technician: None,
            why,
        };
    };
    why.push(reason(best, field.get(1).copied(), loads, wanted));
    Choice {
        technician: Some(best.login.to_string()),
        why,
    }
}

type Field<'a> = Vec<&'a Technician>;

fn within<'a>(roster: &'a Roster, wanted: &Wanted<'_>, why: &mut Vec<String>) -> Field<'a> {
    let fits = |technician: &&Technician| {
        technician.tier == wanted.tier && wanted.team.is_none_or(|team| technician.is_in(team))
    };
    let field: Field<'_> = roster.iter().filter(fits).collect();
    let whose = wanted
        .team
        .map(|team| format!(" of team {team}"))
        .unwrap_or_default();
    why.push(format!(
        "{}{whose} in tier {}",
        count(field.len(), "technician"),
        wanted.tier
    ));
    field
}

fn skilled<'a>(field: Field<'a>, wanted: &Wanted<'_>, why: &mut Vec<String>) -> Field<'a> {
    let Some(category) = wanted.category else {
        return field;
    };
    let skilled: Field<'_> = field
        .iter()
        .copied()
        .filter(|technician| technician.skill_in(category).is_some())
        .collect();
    if field.is_empty() {
        return field;
    }
    if skilled.is_empty() {
        why.push(format!(
            "nobody's skill covers {category}, so anyone of them"
        ));
        return field;
    }
    why.push(format!(
        "{} {category}: {}",
        covers(skilled.len()),
        names(&skilled)
    ));
    skilled
}

fn covers(n: usize) -> String {
    if n == 1 {
        "1 of them covers".into()
    } else {
        format!("{n} of them cover")
    }
}

fn on_site<'a>(field: Field<'a>, wanted: &Wanted<'_>, why: &mut Vec<String>) -> Field<'a> {
    if !wanted.onsite || field.is_empty() {
        return field;
    }
    let going: Field<'_> = field
        .into_iter()
        .filter(|technician| technician.onsite)
        .collect();
    why.push(match going.as_slice() {
        [] => "none of them takes on-site work".to_owned(),
        some => format!("on site: {}", names(some)),
    });
    going
}

fn with_room<'a>(field: Field<'a>, loads: &Loads, why: &mut Vec<String>) -> Field<'a> {
    let (room, full): (Field<'_>, Field<'_>) = field
        .into_iter()
        .partition(|technician| loads.of(technician.login.as_str()) < technician.capacity);
    if !full.is_empty() {
        let full: Vec<_> = full
            .iter()
            .map(|technician| load(technician, loads))
            .collect();
        why.push(format!("full: {}", full.join(", ")));
    }
    room
}

/// Skill first, then load over capacity (compared without dividing), then who waited longest.
fn rank(a: &Technician, b: &Technician, loads: &Loads, wanted: &Wanted<'_>) -> Ordering {
    let skill = |t: &Technician| wanted.category.and_then(|category| t.skill_in(category));
    let load = |t: &Technician, other: &Technician| {
        u64::from(loads.of(t.login.as_str())) * u64::from(other.capacity)
    };
    let last = |t: &Technician| loads.last_assigned.get(t.login.as_str()).copied();
    skill(b)
        .cmp(&skill(a))
        .then_with(|| load(a, b).cmp(&load(b, a)))
        .then_with(|| last(a).cmp(&last(b)))
        .then_with(|| a.login.cmp(&b.login))
}

/// What set the best apart from the second best.
fn reason(
    best: &Technician,
    second: Option<&Technician>,
    loads: &Loads,
    wanted: &Wanted<'_>,
) -> String {
    let has = load(best, loads);
    let Some(second) = second else {
        return format!("{has}: the only one left");
    };
    let skill = |t: &Technician| wanted.category.and_then(|category| t.skill_in(category));
    let (own, other) = (
        loads.of(best.login.as_str()),
        loads.of(second.login.as_str()),
    );
    let proportion = |own: u32, other: u32| u64::from(own) * u64::from(other);
    let last = |t: &Technician| loads.last_assigned.get(t.login.as_str()).copied();
    let by = if skill(best) != skill(second) {
        "the closest skill"
    } else if proportion(own, second.capacity) != proportion(other, best.capacity) {
        "the least loaded"
    } else if last(best) != last(second) {
        "the longest since the last assignment"
    } else {
        "first by login, all else being equal"
    };
    format!("{has}: {by}")
}

fn load(technician: &Technician, loads: &Loads) -> String {
    let has = loads.of(technician.login.as_str());
    format!("{} has {has} of {}", technician.login, technician.capacity)
}

fn names(field: &[&Technician]) -> String {
    let mut names: Vec<_> = field.iter().take(5).map(|t| t.login.to_string()).collect();
    if field.len() > names.len() {
        names.push(format!("and {} more", field.len() - names.len()));
    }
    names.join(", ")
}

fn count(n: usize, what: &str) -> String {
    match n {
        0 => format!("no {what}"),
        1 => format!("1 {what}"),
        n => format!("{n} {what}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ticket::Timestamp;

    fn technician(login: &str, tier: u8, skills: &[&str], capacity: u32) -> Technician {
        Technician {
            tier: Tier(tier),
            teams: vec!["network".into()],
            skills: skills.iter().map(|skill| skill.parse().unwrap()).collect(),
            onsite: login.starts_with('o'),
            capacity,
            ..Technician::new(login.parse().unwrap())
        }
    }

    fn roster() -> Roster {
        let mut roster = Roster::default();
        roster.insert(technician("anna", 2, &["hardware"], 10));
        roster.insert(technician("bao", 2, &["hardware/printer"], 2));
        roster.insert(technician("chiara", 2, &["software"], 4));
        roster.insert(technician("ola", 2, &["hardware"], 20));
        roster.insert(technician("dung", 3, &[], 10));
        roster
    }

    fn loads(tickets: &[(&str, u32)]) -> Loads {
        Loads {
            tickets: tickets
                .iter()
                .map(|(login, n)| ((*login).to_owned(), *n))
                .collect(),
            ..Loads::default()
        }
    }

    /// Tier, team, category, on site, loads; who it shall be, and the last reason.
    type Case<'a> = (
        u8,
        Option<&'a str>,
        &'a str,
        bool,
        &'a [(&'a str, u32)],
        Option<&'a str>,
        &'a str,
    );

    #[test]
    fn the_field_narrows_step_by_step() {
        let table: [Case<'_>; 9] = [
            (
                2,
                None,
                "hardware/printer",
                false,
                &[],
                Some("bao"),
                "bao has 0 of 2: the closest skill",
            ),
            (
                2,
                None,
                "hardware/printer",
                false,
                &[("bao", 2)],
                Some("anna"),
                "anna has 0 of 10: first by login, all else being equal",
            ),
            (
                2,
                None,
                "hardware",
                false,
                &[("anna", 1), ("ola", 1)],
                Some("ola"),
                "ola has 1 of 20: the least loaded",
            ),
            (
                2,
                None,
                "hardware",
                false,
                &[("anna", 1), ("ola", 2)],
                Some("anna"),
                "anna has 1 of 10: first by login, all else being equal",
            ),
            (
                2,
                None,
                "hardware",
                true,
                &[("ola", 19)],
                Some("ola"),
                "ola has 19 of 20: the only one left",
            ),
            (
                2,
                None,
                "telephone",
                false,
                &[("anna", 1), ("bao", 1), ("ola", 1)],
                Some("chiara"),
                "chiara has 0 of 4: the least loaded",
            ),
            (
                2,
                Some("servers"),
                "hardware",
                false,
                &[],
                None,
                "no technician of team servers in tier 2",
            ),
            (
                3,
                Some("network"),
                "hardware",
                false,
                &[("dung", 10)],
                None,
                "full: dung has 10 of 10",
            ),
            (
                1,
                None,
                "hardware",
                false,
                &[],
                None,
                "no technician in tier 1",
            ),
        ];
        for (tier, team, category, onsite, tickets, expected, reason) in table {
            let category = category.parse().unwrap();
            let wanted = Wanted {
                tier: Tier(tier),
                team,
                category: Some(&category),
                onsite,
            };
            let choice = choose(&roster(), &loads(tickets), &wanted);
            assert_eq!(
                choice.technician.as_deref(),
                expected,
                "{wanted:?} {choice:?}"
            );
            assert_eq!(
                choice.why.last().map(String::as_str),
                Some(reason),
                "{choice:?}"
            );
        }
    }

    #[test]
    fn who_waited_longest_comes_first() {
        let mut loads = loads(&[]);
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        loads
            .last_assigned
            .insert("anna".into(), at("2026-11-21T10:00:00Z"));
        loads
            .last_assigned
            .insert("ola".into(), at("2026-11-21T09:00:00Z"));
        let category = "hardware".parse().unwrap();
        let wanted = Wanted {
            tier: Tier(2),
            team: None,
            category: Some(&category),
            onsite: false,
        };
        let choice = choose(&roster(), &loads, &wanted);
        assert_eq!(choice.technician.as_deref(), Some("ola"));
    }
}
