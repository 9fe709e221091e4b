//! Whether an answer is right, found by running it beside the accepted commands.
//!
//! Between [`super::answers`] and [`super::report`]; [`super::selftest`] uses the same [`agree`] on the accepted commands
//! themselves. An answer is right when it agrees with one reading in all that the task compares: files after, probe, output.
//! The status a command ends with does not count, because `grep` says 1 where a person sees an empty and right answer.

use super::compare::Paths;
use super::inside::{Outcome, Spec};
use super::sandbox::{CWD, HOME, Sandbox, has};
use super::task::{Expected, Output, Run, Task};
use super::tree::differences;
use anyhow::{Context, Result};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// What an answer is worth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    Right,
    /// With the first thing that differs.
    Wrong(String),
    /// There is no command; right only where that is what the task wants.
    Declined,
    /// A program is missing here.
    Skipped(String),
}

/// Scores answers; the outcomes of reference commands are kept, since several variants meet the same tasks.
pub(crate) struct Scorer<'a> {
    sandbox: &'a Sandbox,
    fixtures: PathBuf,
    references: BTreeMap<String, Vec<Outcome>>,
}

impl<'a> Scorer<'a> {
    pub(crate) fn new(sandbox: &'a Sandbox, data: &Path) -> Self {
        Self { sandbox, fixtures: data.join("fixtures"), references: BTreeMap::new() }
    }

    /// The verdict on a command, or on none.
    pub(crate) fn verdict(&mut self, task: &Task, command: Option<&str>) -> Result<Verdict> {
        if let Some(missing) = missing(task) {
            return Ok(Verdict::Skipped(missing));
        }
        let Some(command) = command else { return Ok(Verdict::Declined) };
        match &task.expected {
            Expected::Decline => Ok(Verdict::Wrong("a command where there is none".to_owned())),
            Expected::Form(form) if form.accepts(command) => Ok(Verdict::Right),
            Expected::Form(_) => Ok(Verdict::Wrong("not of the form".to_owned())),
            Expected::Same(run) => self.by_running(task, run, command),
        }
    }

    fn by_running(&mut self, task: &Task, run: &Run, command: &str) -> Result<Verdict> {
        if !self.references.contains_key(&task.id) {
            let references = run.readings.iter().filter_map(|reading| reading.first());
            let outcomes = references.map(|reference| self.run(task, run, reference)).collect::<Result<Vec<_>>>()?;
            self.references.insert(task.id.clone(), outcomes);
        }
        // A command may end the sandbox itself (`kill -9 -1`): then it was not right.
        let found = match self.run(task, run, command) {
            Ok(found) => found,
            Err(error) => return Ok(Verdict::Wrong(format!("the sandbox did not survive it: {error:#}"))),
        };
        let references = self.references.get(&task.id).context("no reference was run")?;
        let mut first = None;
        for reference in references {
            match agree(run, reference, &found) {
                Ok(()) => return Ok(Verdict::Right),
                Err(reason) => first = first.or(Some(reason)),
            }
        }
        Ok(Verdict::Wrong(first.unwrap_or_default()))
    }

    /// What comes of `command` in the task's fixture.
    pub(crate) fn run(&self, task: &Task, run: &Run, command: &str) -> Result<Outcome> {
        let start = self.fixtures.join(format!("{}.start.sh", task.fixture));
        let spec = Spec {
            fixture: fs::read_to_string(self.fixtures.join(format!("{}.sh", task.fixture)))?,
            start: if start.is_file() { fs::read_to_string(start)? } else { String::new() },
            command: command.to_owned(),
            probe: run.probe.clone(),
        };
        self.sandbox.run(&spec).with_context(|| format!("task `{}`, command `{command}`", task.id))
    }
}

/// The program without which the task cannot be scored here.
pub(crate) fn missing(task: &Task) -> Option<String> {
    task.needs.iter().find(|program| !has(program)).cloned()
}

/// Whether `found` is as right as `expected`; the error says what differs first.
pub(crate) fn agree(run: &Run, expected: &Outcome, found: &Outcome) -> Result<(), String> {
    if found.ran_out_of_time() {
        return Err("it does not end".to_owned());
    }
    if let Some(difference) = differences(&expected.tree, &found.tree, &run.ignore).into_iter().next() {
        return Err(difference);
    }
    if expected.probe.trim_end() != found.probe.trim_end() {
        return Err(format!("afterwards {}, expected {}", short(&found.probe), short(&expected.probe)));
    }
    let same = match &run.output {
        None => true,
        Some(Output::Matches(regexes)) => regexes.iter().all(|regex| regex.is_match(&found.output)),
        Some(Output::Compared(comparison)) => {
            let known = expected.tree.keys().chain(&expected.before).collect::<std::collections::BTreeSet<_>>();
            comparison.same(&expected.output, &found.output, &Paths::new(known, HOME, CWD))
        }
    };
    if same {
        return Ok(());
    }
    let errors = found.errors.lines().next().map_or_else(String::new, |line| format!(" ({line})"));
    Err(format!("output {}{errors}, expected {}", short(&found.output), short(&expected.output)))
}

/// The beginning of a text, on one line.
fn short(text: &str) -> String {
    let text = text.trim_end();
    let start: String = text.chars().take(100).collect();
    let more = if start.len() < text.len() { "…" } else { "" };
    format!("{start:?}{more}")
}

#[cfg(test)]
mod tests {
    use super::super::compare::Comparison;
    use super::*;

    fn outcome(output: &str, tree: &str, probe: &str) -> Outcome {
        let tree = tree.split_whitespace().filter_map(|item| item.split_once('='));
        Outcome {
            status: 1,
            output: output.to_owned(),
            errors: "no such thing\nmore".to_owned(),
            probe: probe.to_owned(),
            tree: tree.map(|(path, what)| (path.to_owned(), what.to_owned())).collect(),
            before: vec!["work/gone".to_owned()],
        }
    }

    fn check(found: &Outcome, expected: &str) {
        let run = Run {
            readings: vec![],
            output: Some(Output::Compared(Comparison::Paths)),
            probe: None,
            ignore: vec![],
            may_fail: false,
        };
        let said = agree(&run, &outcome("a\ngone\n", "work/a=1", "p"), found);
        assert_eq!(said.err().unwrap_or_default(), expected);
    }

    #[test]
    fn files_probe_and_output_must_agree() {
        check(&outcome("./gone\n./a", "work/a=1", "p\n"), "");
        check(&outcome("a\ngone\n", "work/a=2", "p"), "work/a: 2, expected 1");
        check(&outcome("a\ngone\n", "work/a=1", "q"), "afterwards \"q\", expected \"p\"");
        check(&outcome("a", "work/a=1", "p"), "output \"a\" (no such thing), expected \"a\\ngone\"");
        check(&Outcome { status: 137, ..outcome("a\ngone\n", "work/a=1", "p") }, "it does not end");
    }
}
