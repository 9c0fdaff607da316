//! `desk fsck`

use std::fs::File;
use std::io::{BufReader, Read, Write};
use std::path::{Path, PathBuf};

use clap::Args as ClapArgs;
use desk::fsck::{Checked, Deed, Finding, Mend, NotASeal, Outcome, Seal};
use desk::{Error, Mode, Result};
use serde::Serialize;

use crate::context::Context;
use crate::exit::{self, Exit};
use crate::render::output::failed;
use crate::render::{json, safe};

#[derive(ClapArgs, Debug)]
pub(crate) struct Args {
    /// Set right what needs nobody's judgement, and move what nobody can read into .desk/quarantine
    #[arg(long)]
    repair: bool,
    /// Say what would be repaired, and do nothing
    #[arg(long, short = 'n', requires = "repair")]
    dry_run: bool,
    /// Print what the past of every ticket is now, to be kept elsewhere
    #[arg(long, conflicts_with_all = ["repair", "against"])]
    seal: bool,
    /// Hold the tickets against a seal that was kept; `-` is standard input
    #[arg(long, value_name = "FILE", conflicts_with = "repair")]
    against: Option<PathBuf>,
}

/// What is answered as JSON: what was found, or what became of it.
#[derive(Serialize)]
struct Report<'a, T> {
    desk_fsck: u32,
    tickets: usize,
    technicians: usize,
    findings: Vec<&'a T>,
    leftovers: Vec<String>,
    notes: Vec<&'a T>,
}

pub(crate) fn run(args: Args, context: &mut Context) -> Result<Exit> {
    match args {
        Args { seal: true, .. } => seal(context),
        Args { repair: true, .. } => repair(args.dry_run, context),
        Args { against, .. } => check(against.as_deref(), context),
    }
}

fn check(against: Option<&Path>, context: &mut Context) -> Result<Exit> {
    let seal = against.map(read).transpose()?;
    let progress = context.progress();
    let told = |done, all| progress.tell(done, all);
    let desk = context.desk_to_check()?;
    let checked = desk.check_against(seal.as_ref(), &told)?;
    drop(progress);
    let mut out = context.output()?;
    if context.wants_json() {
        let all = checked.findings.iter().chain(&checked.notes);
        json::write(&report(&checked, all, |finding| finding), &mut out).map_err(failed)?;
    } else {
        let mut lines = checked.findings.iter().map(line);
        lines.try_for_each(|line| writeln!(out, "{}", safe::line(&line)).map_err(failed))?;
    }
    out.finish()?;
    for note in &checked.notes {
        context.talk(&line(note));
    }
    let wrong = checked.findings.len();
    context.talk(&summary(&checked, ""));
    if checked
        .findings
        .iter()
        .any(|finding| finding.repair.is_some())
    {
        context.talk("hint: desk fsck --repair sets right what needs nobody's judgement");
    }
    Ok(if wrong == 0 {
        exit::DONE
    } else {
        exit::DAMAGED
    })
}

fn repair(dry_run: bool, context: &mut Context) -> Result<Exit> {
    let mode = if dry_run { Mode::DryRun } else { Mode::Apply };
    let progress = context.progress();
    let told = |done, all| progress.tell(done, all);
    let (checked, deeds) = context.desk_to_check()?.repair(mode, &told)?;
    drop(progress);
    let mut out = context.answers();
    if context.wants_json() {
        let report = report(&checked, deeds.iter(), |deed| &deed.finding);
        json::write(&report, &mut out).map_err(failed)?;
    } else {
        let is_told = |deed: &&Deed| deed.finding.kind.is_damage() || deed.outcome != Outcome::Left;
        for deed in deeds.iter().filter(is_told) {
            let line = format!("{}{}", line(&deed.finding), outcome(deed, mode));
            writeln!(out, "{}", safe::line(&line)).map_err(failed)?;
        }
    }
    out.finish()?;
    let damage = deeds.iter().filter(|deed| deed.finding.kind.is_damage());
    let (mended, left): (Vec<&Deed>, Vec<&Deed>) =
        damage.partition(|deed| matches!(deed.outcome, Outcome::Mended(_)));
    let would = if dry_run { "would be " } else { "" };
    let of_them = match mended.len() {
        0 => String::new(),
        n => format!(", {n} {would}mended"),
    };
    context.talk(&summary(&checked, &of_them));
    let mut hints: Vec<_> = left.iter().map(|deed| deed.finding.kind).collect();
    hints.sort_unstable();
    hints.dedup();
    for kind in hints {
        context.talk(&format!("hint: {kind}: {}", kind.hint()));
    }
    Ok(if left.is_empty() {
        exit::DONE
    } else {
        exit::DAMAGED
    })
}

fn seal(context: &mut Context) -> Result<Exit> {
    if context.wants_json() {
        return Err(Error::usage("a seal has its own form, and none in JSON"));
    }
    let progress = context.progress();
    let told = |done, all| progress.tell(done, all);
    let (seal, findings) = context.desk_to_check()?.seal(&told)?;
    drop(progress);
    let mut out = context.answers();
    seal.write(&mut out).map_err(failed)?;
    out.finish()?;
    for finding in &findings {
        exit::talk(&format!("error: not sealed: {}", line(finding)));
    }
    Ok(if findings.is_empty() {
        exit::DONE
    } else {
        exit::DAMAGED
    })
}

/// Reads a seal that was kept.
fn read(path: &Path) -> Result<Seal> {
    let (input, name): (Box<dyn Read>, &Path) = if path == Path::new("-") {
        (Box::new(std::io::stdin()), Path::new("standard input"))
    } else {
        (
            Box::new(File::open(path).map_err(Error::io("read", path))?),
            path,
        )
    };
    Seal::read(BufReader::new(input)).map_err(|error| match error {
        NotASeal::Io(source) => Error::io("read", name)(source),
        NotASeal::Line { line, cause } => {
            let message = format!("{}: line {line} {cause}", name.display());
            Error::usage(message).with_hint("a seal is what `desk fsck --seal` printed, unchanged")
        }
    })
}

fn report<'a, T>(
    checked: &Checked,
    all: impl Iterator<Item = &'a T>,
    finding: impl Fn(&T) -> &Finding,
) -> Report<'a, T> {
    let (findings, notes): (Vec<&T>, Vec<&T>) = all.partition(|one| finding(one).kind.is_damage());
    let is_left = |note: &&Finding| note.repair == Some(Mend::Remove);
    let leftovers = checked.notes.iter().filter(is_left);
    Report {
        desk_fsck: 1,
        tickets: checked.tickets,
        technicians: checked.technicians,
        findings,
        leftovers: leftovers
            .map(|note| note.path.display().to_string())
            .collect(),
        notes,
    }
}

fn line(finding: &Finding) -> String {
    format!("{}: {}", finding.path.display(), finding.cause)
}

fn outcome(deed: &Deed, mode: Mode) -> String {
    match (&deed.outcome, mode) {
        (Outcome::Left, _) => String::new(),
        (Outcome::Mended(how), Mode::DryRun) => format!("; would be {how}"),
        (Outcome::Mended(how), _) => format!("; {how}"),
        (Outcome::Failed(why), _) => format!("; cannot be mended: {why}"),
    }
}

fn summary(checked: &Checked, more: &str) -> String {
    let count = |n: usize, what: &str| match n {
        1 => format!("1 {what}"),
        n => format!("{n} {what}s"),
    };
    let wrong = match checked.findings.len() {
        0 => "nothing is wrong".to_owned(),
        n => format!("{} wrong", count(n, "thing")),
    };
    format!(
        "checked {} and {}: {wrong}{more}",
        count(checked.tickets, "ticket"),
        count(checked.technicians, "technician"),
    )
}
