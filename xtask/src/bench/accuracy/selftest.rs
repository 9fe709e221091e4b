//! `--selftest`: the tasks are held to what they claim, without any model.
//!
//! Beside the flow of [`super`], with the same sandbox and the same comparison as [`super::score`]. Every accepted command runs
//! twice and must succeed, give the same result twice and agree with the reference of its reading; readings that agree are one;
//! an empty command and `true` must be wrong. A task that fails one of these would count right answers as wrong or nothing as
//! right, so a change of the data is done when this passes.

use super::inside::Outcome;
use super::sandbox::Sandbox;
use super::score::{Scorer, agree, missing};
use super::task::{Expected, Form, Run, Task};
use anyhow::Result;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, ExitCode};

/// Commands that do nothing.
const NOTHING: [&str; 2] = ["", "true"];

/// Check `tasks`, say what is wrong, and count.
pub(crate) fn command(sandbox: &Sandbox, data: &Path, tasks: &[&Task]) -> Result<ExitCode> {
    let scorer = Scorer::new(sandbox, data);
    let (mut findings, mut skipped, mut commands) = (0, Vec::new(), 0);
    for (index, task) in tasks.iter().enumerate() {
        if index > 0 && index.is_multiple_of(25) {
            eprintln!("accuracy: {index} of {} tasks", tasks.len());
        }
        let found = match &task.expected {
            _ if missing(task).is_some() => {
                skipped.push(task.id.as_str());
                continue;
            }
            Expected::Decline => Vec::new(),
            Expected::Form(form) => form_is_sound(form, task.shell.is_none()),
            Expected::Same(run) => {
                commands += run.readings.iter().flatten().count();
                run_is_sound(&scorer, task, run)?
            }
        };
        findings += found.len();
        for finding in found {
            println!("{}: {finding}", task.id);
        }
    }
    println!("{} tasks, {commands} commands run twice, {findings} findings", tasks.len() - skipped.len());
    if !skipped.is_empty() {
        println!("left out, a program is missing: {}", skipped.join(" "));
    }
    Ok(if findings == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn run_is_sound(scorer: &Scorer, task: &Task, run: &Run) -> Result<Vec<String>> {
    let mut findings = Vec::new();
    let mut references: Vec<Outcome> = Vec::new();
    for reading in &run.readings {
        for (place, command) in reading.iter().enumerate() {
            let (one, two) = (scorer.run(task, run, command)?, scorer.run(task, run, command)?);
            if one.status != 0 && !run.may_fail {
                findings.push(format!("`{command}` ends with {}: {}", one.status, one.errors.trim()));
            }
            if let Err(reason) = agree(run, &one, &two) {
                findings.push(format!("`{command}` does something else the second time: {reason}"));
            }
            if place == 0 {
                if references.iter().any(|other| run.output_is_compared() && agree(run, other, &one).is_ok()) {
                    findings.push(format!("`{command}` is no other reading"));
                }
                references.push(one);
            } else if let Some(Err(reason)) = references.last().map(|reference| agree(run, reference, &one)) {
                findings.push(format!("`{command}` is not what its reference is: {reason}"));
            }
        }
    }
    for nothing in NOTHING {
        let outcome = scorer.run(task, run, nothing)?;
        if references.iter().any(|reference| agree(run, reference, &outcome).is_ok()) {
            findings.push(format!("the command {nothing:?} is accepted"));
        }
    }
    Ok(findings)
}

/// `in_bash`: the commands are for a shell that is here and can say whether they parse.
fn form_is_sound(form: &Form, in_bash: bool) -> Vec<String> {
    let mut findings = Vec::new();
    for command in &form.accept {
        if !form.accepts(command) {
            findings.push(format!("`{command}` has not the form"));
        }
        let parses = || Command::new("bash").args(["-n", "-c", command]).status().is_ok_and(|status| status.success());
        if in_bash && !parses() {
            findings.push(format!("`{command}` does not parse"));
        }
    }
    let wrong = form.wrong.iter().map(String::as_str).chain(NOTHING);
    findings.extend(wrong.filter(|command| form.accepts(command)).map(|command| format!("{command:?} is accepted")));
    findings
}

/// How many tasks there are of each category, in each half.
pub(crate) fn counts(tasks: &[&Task]) -> String {
    let mut counts: BTreeMap<&str, [usize; 2]> = BTreeMap::new();
    for task in tasks {
        let [tuning, report] = counts.entry(task.category.as_str()).or_default();
        *if task.half == super::task::Half::Report { report } else { tuning } += 1;
    }
    let row = |name: &str, tuning: usize, report: usize| format!("{name:<18}{tuning:>8}{report:>8}\n");
    let rows: String = counts.iter().map(|(name, [tuning, report])| row(name, *tuning, *report)).collect();
    let sum = |half: usize| counts.values().filter_map(|pair| pair.get(half)).sum();
    format!("{:<18}{:>8}{:>8}\n{rows}{}", "category", "tuning", "report", row("all", sum(0), sum(1)))
}
