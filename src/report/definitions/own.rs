//! The figures of the reports that have others than the summary: the backlog, where tickets wait, and what
//! comes back.

use super::row::DURATIONS;
use super::{Definition, alone};

const AGES: &[(&str, &str)] = &[
    ("under_1_day", "Opened less than 24 hours before."),
    (
        "days_1_to_3",
        "Opened from 1 day to less than 3 days before.",
    ),
    (
        "days_3_to_7",
        "Opened from 3 days to less than 7 days before.",
    ),
    (
        "days_7_to_14",
        "Opened from 7 days to less than 14 days before.",
    ),
    (
        "days_14_to_30",
        "Opened from 14 days to less than 30 days before.",
    ),
    ("over_30_days", "Opened 30 days before, or longer."),
];

/// Lists of their own, each with what its items have: figures that are told under their own names.
const LISTS: [(&str, &[&str]); 4] = [
    ("by_priority", &["priority", "total", "aging"]),
    ("by_tier", &["tier", "total", "aging"]),
    (
        "oldest",
        &["id", "subject", "opened", "age", "assignee", "priority"],
    ),
    (
        "workload",
        &["technician", "load", "pending", "capacity", "rate"],
    ),
];

/// What the items of a list have; nothing of what is no list.
pub(super) fn listed(list: &str) -> &'static [&'static str] {
    let found = LISTS.iter().find(|(name, _)| *name == list);
    found.map_or(&[], |(_, items)| items)
}

pub(super) const DEFINITIONS: &[Definition] = &[
    // The backlog.
    alone(
        "total",
        "Active tickets (new, open, pending); in a table of two things, the sum of what \
                    adds up, and null where it does not.",
    ),
    alone("unassigned", "Active tickets that nobody has."),
    Definition {
        name: "aging",
        text: "How long ago the tickets of the backlog were opened; a day is 24 hours.",
        parts: AGES,
    },
    alone(
        "by_priority",
        "The age of the backlog, priority by priority.",
    ),
    alone("by_tier", "The age of the backlog, tier by tier."),
    alone(
        "oldest",
        "The oldest tickets of the backlog, the oldest first.",
    ),
    alone("id", "The ticket's number."),
    alone("subject", "What the ticket is about."),
    alone("age", "How long ago the ticket was opened, in seconds."),
    alone(
        "workload",
        "What each technician has, the largest load first: whoever has a ticket, and, where the report \
         is of the present, everybody on the roster. Who was on it in the past, and with which \
         capacity, is not known.",
    ),
    alone("load", "New and open tickets."),
    alone("pending", "Pending tickets, which take up no capacity."),
    alone(
        "capacity",
        "How many tickets at a time the technician takes; null where nobody said, and in a report of \
         the past.",
    ),
    alone("rate", "`load` over `capacity`."),
    // Where tickets wait.
    alone(
        "seconds",
        "The time that all tickets together spent so in the period, up to `as_of`. Every second counts \
         in one status, one tier and one team.",
    ),
    alone(
        "share",
        "`seconds` over the time in all three statuses, in all tiers or teams.",
    ),
    Definition {
        name: "time_in_status",
        text: "The time that each ticket spent so in the period, of tickets that spent any.",
        parts: DURATIONS,
    },
    // What comes back.
    alone(
        "before",
        "How many were opened in the period before, or with `--compare year` on the same dates a year \
         earlier; as far as this one has come.",
    ),
    alone(
        "change",
        "By how much a figure is more than it was, over what it was: in `recurring`, `opened` over \
         `before`; behind a figure, over that of the time with which the report is compared, and of a rate \
         the difference in percentage points (pp). null, or a dash, where it was 0 or had no value.",
    ),
    alone("requesters", "How many different requesters opened them."),
    Definition {
        name: "first_tier",
        text: "Of the tickets that were opened in the period and are solved as of the report, those that \
               tier 1 solved last, and that were not escalated before, up or down. `first_tier_resolution` \
               is of all tickets solved in the period, whenever they were opened.",
        parts: &[
            ("tickets", "How many tickets."),
            ("of", "Of how many."),
            ("rate", "`tickets` over `of`."),
        ],
    },
    alone(
        "candidate",
        "What it calls for. `training`: a requester who comes back, or a category of which tier 1 \
         solves at least half, since the answer is known. `problem`: an asset that comes back, or any \
         other category, since the cause is not. null, or a dash, where it came back in the time with which \
         the report is compared, and does so no more.",
    ),
];
