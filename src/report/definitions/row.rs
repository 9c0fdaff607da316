//! The figures of the summary, which each row has too.

use super::{Definition, alone};

const N: (&str, &str) = ("n", "How many tickets it is over.");
pub(super) const P50: (&str, &str) = (
    "p50",
    "The median in seconds, by nearest rank: the value at ceil(0.5 n), counted from 1.",
);
const P90: (&str, &str) = (
    "p90",
    "Nine of ten took no longer, in seconds: the value at ceil(0.9 n), counted from 1.",
);
const P99: (&str, &str) = (
    "p99",
    "99 of 100 took no longer, in seconds: the value at ceil(0.99 n), counted from 1.",
);
const MEAN: (&str, &str) = ("mean", "The mean in seconds, to three decimals.");

pub(super) const DURATIONS: &[(&str, &str)] = &[N, P50, P90, P99, MEAN];

const OF_SOLVED: &[(&str, &str)] = &[
    ("tickets", "How many tickets."),
    ("of", "Of how many: `solved_tickets`."),
    ("rate", "`tickets` over `of`."),
];

pub(super) const DEFINITIONS: &[Definition] = &[
    // Flow.
    Definition {
        name: "flow",
        text: "Openings, and passages between active (new, open, pending) and solved (resolved, \
               closed), by whatever event: backlog_start + opened + reopened - solved = backlog_end. \
               Resolved and then closed is one passage. null where tickets move from row to row.",
        parts: &[
            (
                "backlog_start",
                "Active tickets at the start of the period; counted, not reckoned.",
            ),
            ("opened", "Tickets opened in the period."),
            (
                "reopened",
                "Passages from solved to active, unmerged tickets with them.",
            ),
            (
                "solved",
                "Passages from active to solved, merged and voided tickets with them.",
            ),
            (
                "backlog_end",
                "Active tickets at the end of the period, or as of the report where that is earlier; \
                 counted, not reckoned.",
            ),
            (
                "merged",
                "Of `solved`, the tickets taken over by another; in no other metric.",
            ),
            (
                "voided",
                "Of `solved`, the tickets whose opening was taken back; in no other metric.",
            ),
        ],
    },
    alone(
        "opened",
        "Tickets opened in the period; null for technicians, who open none. By team and tier, those that \
         had it right after the opening. In `oldest`, when the ticket was opened.",
    ),
    alone(
        "solved",
        "Passages from active to solved in the period, without merged and voided tickets. A ticket \
         that was reopened and solved again is solved twice. By technician, team and tier, those that \
         had it when it was solved.",
    ),
    alone(
        "solved_tickets",
        "Distinct tickets solved in the period, without merged and voided ones. One \
     that was solved twice counts once; by technician, team and tier once for each that had it at a solve, \
     and in steps once in each. So rows and steps can come to more than the whole.",
    ),
    alone(
        "backlog_end",
        "Active tickets (new, open, pending) at the end of the period, or as of the report where that is \
         earlier. By technician, team and tier, of who has them then.",
    ),
    // Times.
    Definition {
        name: "time_to_resolve",
        text: "From opening to first solve, of tickets whose first solve lies in the period; calendar time. \
               In rows by technician, team or tier, credited to who had it at the first solve.",
        parts: DURATIONS,
    },
    Definition {
        name: "full_time_to_resolve",
        text: "From opening to last solve, of tickets whose last solve lies in the period and that are \
               solved at its end, or as of the report where that is earlier; calendar time. In rows by \
               technician, team or tier, credited to who had it at the last solve.",
        parts: DURATIONS,
    },
    Definition {
        name: "first_response",
        text: "From opening to the first public note or solve by somebody other than the requester, of \
               tickets opened in the period; null for technicians, who open none.",
        parts: &[
            N,
            ("none", "How many have no response as of the report."),
            (
                "live",
                "How many were opened by phone, chat or walk-in by somebody other than the requester, \
                 and so answered at once; not in n.",
            ),
            P50,
            P90,
            P99,
            MEAN,
        ],
    },
    // Shares.
    Definition {
        name: "escalated",
        text: "Handed up in the period, and not down. In rows by technician, team or tier, credited to who \
               had it just before.",
        parts: &[
            ("tickets", "Distinct tickets."),
            (
                "events",
                "Escalations: a ticket can be escalated more than once.",
            ),
            (
                "rate",
                "`tickets` over the tickets opened in the period, which may be others: so it may be \
             above 1. null for technicians, who open none.",
            ),
        ],
    },
    Definition {
        name: "reopened",
        text: "Back from solved in the period, without unmerged tickets. In rows by technician, team or \
               tier, credited to who had solved it, whenever that was.",
        parts: &[
            ("tickets", "Distinct tickets."),
            (
                "events",
                "Reopenings: a ticket can be reopened more than once.",
            ),
            (
                "rate",
                "`tickets` over the distinct tickets solved in the period, which may be others: so it may \
                 be above 1.",
            ),
        ],
    },
    Definition {
        name: "reassigned",
        text: "Solved in the period, after two or more different technicians had had it. Of a ticket that \
               was solved twice in it, the last solve counts.",
        parts: OF_SOLVED,
    },
    Definition {
        name: "first_contact_resolution",
        text: "Solved at tier 1 within {minutes} of opening (`first_contact_minutes` in desk.toml), by at most one \
               technician, without a wait, an escalation or a message of the requester in between, and \
               not reopened before `as_of`.",
        parts: OF_SOLVED,
    },
    Definition {
        name: "one_touch_resolution",
        text: "Solved at tier 1 by at most one technician, neither escalated before, up or down, nor \
               reopened before `as_of`, however long it took.",
        parts: OF_SOLVED,
    },
    Definition {
        name: "first_tier_resolution",
        text: "Solved at tier 1, and not escalated before, up or down. Of a ticket that was solved twice in \
               the period, the last solve counts.",
        parts: OF_SOLVED,
    },
    Definition {
        name: "satisfaction",
        text: "What requesters thought of it: a ticket's latest rating, credited to its last solve \
               and to who had it then, of tickets last solved in the period.",
        parts: &[
            ("rated", "How many tickets were rated."),
            ("good", "Of `rated`, how many have 4 or 5 stars."),
            ("of", "`solved_tickets`, rated or not."),
            ("good_rate", "`good` over `rated`."),
            ("rated_rate", "`rated` over `of`."),
        ],
    },
    alone(
        "mean_stars",
        "The mean number of stars, over satisfaction.rated tickets, to three decimals.",
    ),
    Definition {
        name: "stars",
        text: "How many of the rated tickets have so many stars.",
        parts: &[
            ("five", "Five stars."),
            ("four", "Four stars."),
            ("three", "Three stars."),
            ("two", "Two stars."),
            ("one", "One star."),
        ],
    },
];
