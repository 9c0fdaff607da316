//! `desk fsck`

use std::io::Write;

use clap::Args as ClapArgs;
use desk::{Checked, Result};
use serde::Serialize;

use crate::context::Context;
use crate::exit::{self, Exit};
use crate::render::output::failed;
use crate::render::{Format, json, safe};

#[derive(ClapArgs, Debug)]
pub(crate) struct Args {}

#[derive(Serialize)]
struct Report<'a> {
    desk_fsck: u32,
    #[serde(flatten)]
    checked: &'a Checked,
}

pub(crate) fn run(_: Args, context: &mut Context) -> Result<Exit> {
    let checked = context.desk_to_read()?.check()?;
    let mut out = context.output()?;
    match context.format() {
        Format::Json | Format::Jsonl => {
            let report = Report {
                desk_fsck: 1,
                checked: &checked,
            };
            json::write(&report, &mut out).map_err(failed)?;
        }
        _ => checked.findings.iter().try_for_each(|finding| {
            let line = format!("{}: {}", finding.path.display(), finding.cause);
            writeln!(out, "{}", safe::line(&line)).map_err(failed)
        })?,
    }
    out.finish()?;
    tell(&checked, context);
    Ok(match checked.findings.is_empty() {
        true => exit::DONE,
        false => exit::DAMAGED,
    })
}

fn tell(checked: &Checked, context: &Context) {
    for path in &checked.leftovers {
        let path = path.display();
        context.talk(&format!(
            "{path}: left behind by a process that was killed; harmless"
        ));
    }
    let count = |n: usize, what: &str| match n {
        1 => format!("1 {what}"),
        n => format!("{n} {what}s"),
    };
    context.talk(&format!(
        "checked {} and {}: {}",
        count(checked.tickets, "ticket"),
        count(checked.technicians, "technician"),
        match checked.findings.len() {
            0 => "nothing is wrong".to_owned(),
            n => format!("{} wrong", count(n, "thing")),
        }
    ));
}
