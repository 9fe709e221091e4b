//! Putting a command right where there is one way to do it: what a model need not be asked for again.
//!
//! A correction by the model takes as long as the first answer and may be wrong in another way; an edit takes no time. So only
//! checks whose remedy is certain carry [edits](crate::Check::edits). Invariant: an amended command fails fewer checks than
//! it did (held by `amending_never_makes_it_worse`).

use crate::check::{Check, Edit, Outcome, Report};
use crate::knowledge::Knowledge;
use crate::verify::{Query, verify};

/// Remedies that are applied to one command, at most.
const MOST: usize = 5;

/// A command, put right as far as that goes without a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Amendment {
    /// The command as it is now.
    pub command: String,
    /// Why it was changed, one sentence without a full stop for each change; nothing where it was not.
    pub because: Vec<String>,
    /// What the checks say now.
    pub report: Report,
}

/// [Looks](verify()) at `command` and puts right what has one remedy.
#[must_use]
pub fn amend(command: &str, query: &Query<'_>, knowledge: &Knowledge) -> Amendment {
    let report = verify(command, query, knowledge);
    let mut now = Amendment { command: command.to_owned(), because: Vec::new(), report };
    for _ in 0..MOST {
        let remedies = now.report.checks.iter().filter(|check| !check.edits.is_empty());
        let better = remedies.filter_map(|check| Some((check, applied(&now.command, &check.edits)?))).find_map(
            |(check, command)| {
                let report = verify(&command, query, knowledge);
                (failed(&report) < failed(&now.report)).then(|| (check.complaint.clone(), command, report))
            },
        );
        let Some((why, command, report)) = better else { break };
        now.because.push(why);
        (now.command, now.report) = (command, report);
    }
    now
}

fn failed(report: &Report) -> usize {
    report.checks.iter().filter(|check: &&Check| check.outcome == Outcome::Fail).count()
}

/// `command` with the edits made; `None` where they overlap or do not fit.
fn applied(command: &str, edits: &[Edit]) -> Option<String> {
    let mut edits: Vec<&Edit> = edits.iter().collect();
    edits.sort_by_key(|edit| (edit.span.start, edit.span.end));
    let mut out = String::with_capacity(command.len() + 16);
    let mut at = 0;
    for edit in edits {
        out.push_str(command.get(at..edit.span.start)?);
        out.push_str(&edit.text);
        at = edit.span.end;
    }
    out.push_str(command.get(at..)?);
    Some(out)
}
