//! What stands around the figures: what a report is of, its rows and its columns.

use super::{Definition, alone};

/// What every report says first.
pub(super) const HEAD: &[Definition] = &[
    alone("desk_report", "The version of the JSON."),
    alone("report", "Which report it is."),
    alone("since", "The first instant of the period, or of the step."),
    alone(
        "until",
        "The first instant after the period, or after the step.",
    ),
    alone(
        "zone",
        "The zone whose midnights the bounds of periods and steps are.",
    ),
    alone(
        "as_of",
        "The instant before which the report knows what happened: the one that was asked for, or \
         else the earlier of the period's end and now. What happened then or later changes nothing, \
         so that the same report of the past is the same bytes forever, unless somebody back-dates \
         an event into it.",
    ),
    alone(
        "query",
        "The query that chose the tickets, as each was just before `as_of`; empty for all. What is \
         relative in it, such as `age:>7d`, counts from `as_of` too.",
    ),
    alone("by", "Into which steps the period is cut."),
    alone(
        "compare",
        "With which earlier time it is compared. `previous` is the time just before: of whole months as \
         many months, however long these are, of whole days as many days, and of anything else as many \
         seconds. `year` is the same dates a year earlier.",
    ),
    alone(
        "top",
        "How many rows are shown at most: the first ones of the whole period, in the order of the \
     report, and in `time` and `recurring` the first ones of each dimension; in `backlog`, how many of the \
     oldest tickets. Steps and the time before show the same rows; where there are no \
     more than so many, nothing is left out of steps. Beside an earlier time, what only that \
     has comes behind all that is there now. What is said of all tickets, such as `totals`, counts the \
     others too.",
    ),
    alone(
        "series",
        "The same figures in each step. Steps begin at midnight of the zone, weeks on Monday; the \
         first and the last one end where the period does. There is none of the time to come. Each is \
         known as of the report's `as_of`, and not as of its own end: so a step can differ from a report \
         of that time alone in full_time_to_resolve, first_response, first_contact_resolution, \
         one_touch_resolution and satisfaction, in which tickets match the query, and in rows by what a \
         ticket is.",
    ),
    alone(
        "previous",
        "The same report of the time with which it is compared, known as far as this one is: while the \
         period goes on, up to the instant that is as far in its own; after its end, as long after its own. \
         A \
         row or a column that only that time has is shown too, with nothing of now; for programs a step \
         too, under its own bounds.",
    ),
    alone(
        "rows",
        "What happened, by who had the ticket at that time (technician, team, tier, status), or by \
         what the ticket is as of the report (all others).",
    ),
];

/// What rows and columns are of.
pub(super) const ROWS: &[Definition] = &[
    alone("dimension", "What the row is of; null for all tickets."),
    alone(
        "value",
        "Which one it is; in a table of two things, the metric in its cells.",
    ),
    alone(
        "technician",
        "Who had the ticket at that time. Nobody is `none`; who is called so stands between quotes, as in \
         a query.",
    ),
    alone(
        "team",
        "Whose queue the ticket was in at that time; nobody's as in `technician`.",
    ),
    alone("tier", "Which tier had the ticket at that time."),
    alone("status", "The status at that time."),
    alone(
        "category",
        "The ticket's category as of the report; where it has none, as in `technician`.",
    ),
    alone(
        "requester",
        "Who asked, as of the report; where nobody said, as in `technician`.",
    ),
    alone(
        "asset",
        "The asset that the ticket is about, as of the report.",
    ),
    alone("priority", "The ticket's priority as of the report."),
    alone("kind", "The ticket's kind as of the report."),
    alone(
        "location",
        "Where the requester or the asset is, as of the report.",
    ),
    alone("assignee", "Who has the ticket."),
    // A table of two things.
    alone("rows_by", "What the rows of the table are by."),
    alone("columns_by", "What the columns of the table are by."),
    alone(
        "columns",
        "What each column is of, in the order of the cells. A step is known as of the report's `as_of`, \
         as in `series`.",
    ),
    alone(
        "cells",
        "The metric in each column; null where there is nothing.",
    ),
    alone(
        "n",
        "Of how many each cell is, where the metric is a percentile, a mean or a rate.",
    ),
    Definition {
        name: "totals",
        text: "Of all rows together, where they add up.",
        parts: &[
            ("cells", "The sum of each column."),
            ("total", "The sum of all."),
        ],
    },
    alone("day", "A day, from midnight to midnight of the zone."),
    alone(
        "week",
        "A week from Monday to Sunday, as ISO 8601 numbers it.",
    ),
    alone("month", "A month of the calendar."),
    alone(
        "quarter",
        "Three months, from January, April, July or October on.",
    ),
];
