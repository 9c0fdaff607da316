//! The stories of tickets, as lines for `desk batch`; the same in every run.

use std::io::Write;

use desk::ticket::Timestamp;
use serde_json::{Value, json};

use crate::Result;
use crate::chance::Chance;
use crate::words::{CHANNELS, LEVELS, PLACES, RARE, REQUESTERS, TECHNICIANS, TROUBLES, Trouble};

/// To be raised with every change of the stories: stores of other stories are not used again.
pub(crate) const STORY: u32 = 2;

/// Where chance begins.
pub(crate) const SEED: u64 = 0x0de5_c0de;

/// The instant at which the benchmark takes place.
pub(crate) const NOW: &str = "2026-11-21T12:00:00Z";

/// The first ticket is opened then, and the last one two years later.
const FIRST: &str = "2024-11-18T07:00:00Z";
pub(crate) const SPAN: u64 = 730 * 24 * 3600;

/// One in so many tickets has the rare word.
const RARELY: u64 = 3_000;

/// The deadline of what is late.
pub(crate) const LATE: &str = "2026-11-20T16:00:00Z";

/// The deadline of what else is open.
pub(crate) const AHEAD: &str = "2026-12-04T15:00:00Z";

/// One in so many open tickets with a deadline is late.
const LATELY: u64 = 40;

/// Begins the references of a ticket system that went before.
pub(crate) const BEFORE: &str = "INC-";

/// Writes the lines of tickets 1 to `count`.
pub(crate) fn write(count: u64, out: &mut impl Write) -> Result<()> {
    let mut chance = Chance::new(SEED);
    let first: Timestamp = FIRST.parse()?;
    for ticket in 1..=count {
        let opened = ticket * SPAN / count;
        let technician = chance.pick(&TECHNICIANS[0]);
        let story = Story {
            ticket,
            now: first.plus(i64::try_from(opened)?),
            trouble: chance.pick(&TROUBLES),
            technician,
            chance: &mut chance,
            out,
        };
        story.tell()?;
    }
    Ok(())
}

/// What happens to one ticket: about six events.
struct Story<'a, W> {
    ticket: u64,
    now: Timestamp,
    trouble: &'static Trouble,
    technician: &'static str,
    chance: &'a mut Chance,
    out: &'a mut W,
}

impl<W: Write> Story<'_, W> {
    fn tell(mut self) -> Result<()> {
        let is_solved = self.chance.percent(85);
        self.open(is_solved)?;
        self.happens("assign", json!({"to": self.technician}))?;
        for _ in 0..=self.chance.below(3) {
            self.happens("note", json!({"message": self.trouble.note}))?;
        }
        if self.chance.percent(20) {
            self.escalate()?;
        }
        if self.chance.percent(15) {
            let why = "Venter på svar fra brukeren.";
            self.happens("wait", json!({"message": why, "on": "requester"}))?;
            self.happens("resume", json!({}))?;
        }
        if is_solved {
            self.solve()?;
        }
        Ok(())
    }

    fn open(&mut self, is_solved: bool) -> Result<()> {
        let number = self.chance.below(400);
        let rare = if self.ticket.is_multiple_of(RARELY) {
            RARE
        } else {
            ""
        };
        let subject = self.chance.pick(&self.trouble.subjects);
        let mut line = json!({
            "op": "open",
            "at": self.now,
            "by": self.technician,
            "requester": self.chance.pick(&REQUESTERS),
            "subject": format!("{subject} (PC-{number:03})"),
            "message": format!("{subject}. Từ sáng nay, cả phòng bị ảnh hưởng. {rare}"),
            "category": self.trouble.category,
            "impact": self.chance.pick(&LEVELS),
            "urgency": self.chance.pick(&LEVELS),
            "channel": self.chance.pick(&CHANNELS),
            "location": self.chance.pick(&PLACES),
            "asset": format!("PC-{number:03}"),
        });
        if self.chance.percent(75) {
            line["due"] = self.due(is_solved)?.into();
        }
        if self.ticket % 2 == 1 {
            line["ref"] = format!("{BEFORE}{:04}", self.ticket).into();
        }
        self.line(&line)
    }

    /// A deadline: what was solved long ago had its own, of what is open some are late.
    fn due(&mut self, is_solved: bool) -> Result<String> {
        Ok(match (is_solved, self.chance.below(LATELY)) {
            (true, _) => {
                let hours = 4 + self.chance.below(240);
                self.now.plus(i64::try_from(hours * 3600)?).to_string()
            }
            (false, 0) => LATE.to_owned(),
            (false, _) => AHEAD.to_owned(),
        })
    }

    fn escalate(&mut self) -> Result<()> {
        let specialist = *self.chance.pick(&TECHNICIANS[1]);
        let message = "Serve uno specialista.";
        self.happens("escalate", json!({"to": specialist, "message": message}))?;
        self.technician = specialist;
        Ok(())
    }

    fn solve(&mut self) -> Result<()> {
        self.happens("resolve", json!({"message": self.trouble.solution}))?;
        if self.chance.percent(8) {
            self.happens("reopen", json!({"message": "Lỗi lại xuất hiện."}))?;
            self.happens("resolve", json!({"message": self.trouble.solution}))?;
        }
        if self.chance.percent(70) {
            self.happens("close", json!({}))?;
        }
        Ok(())
    }

    /// Something happens, up to four hours after what happened before.
    fn happens(&mut self, op: &str, mut line: Value) -> Result<()> {
        let minutes = 1 + self.chance.below(240);
        self.now = self.now.plus(i64::try_from(minutes * 60)?);
        line["op"] = op.into();
        line["ticket"] = self.ticket.into();
        line["at"] = json!(self.now);
        line["by"] = self.technician.into();
        self.line(&line)
    }

    fn line(&mut self, line: &Value) -> Result<()> {
        writeln!(self.out, "{line}")?;
        Ok(())
    }
}
