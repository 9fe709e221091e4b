//! What a verification says: one typed check for each thing that was looked at.
//!
//! The result of [`verify`](crate::verify). A complaint is one plain sentence, because the same text is shown to a person, put
//! into JSON and put before a model as the reason to repair. Invariant: spans slice the command (held by `spans_slice_the_command`).

use serde::{Deserialize, Serialize};
use std::ops::Range;

/// What was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CheckKind {
    /// The text is valid in its shell.
    Parses,
    /// The program is on this machine.
    ProgramExists,
    /// The program has the subcommand.
    SubcommandExists,
    /// The program has the option.
    OptionExists,
    /// The value of an option is of its kind.
    OptionValue,
    /// There are as many operands as the program takes.
    Arity,
    /// The option or program belongs to the tools of this machine and not to those of another system.
    Userland,
    /// What the request names stands in the command, and nothing is named that nobody mentioned.
    Literal,
    /// The command is written for this shell.
    ShellFit,
    /// It does what it looks as if it did.
    Pitfall,
    /// It does the kind of thing that the request asks for.
    RequestFit,
}

/// How a check ended, from best to worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It is as it should be.
    Pass,
    /// It may be wrong; worth a look, or a repair where one is cheap.
    Warn,
    /// It will not work.
    Fail,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// What was looked at.
    pub kind: CheckKind,
    /// How it ended.
    pub outcome: Outcome,
    /// Where: a byte range of the command; all of it for what is missing.
    pub span: Range<usize>,
    /// The program, option or literal in question.
    pub subject: String,
    /// Why it did not pass, in one sentence without a full stop; empty if it passed.
    pub complaint: String,
    /// What to write instead, where that is known.
    pub suggestion: Option<String>,
    /// Changes of the text that put it right, where there is one way to do that.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub edits: Vec<Edit>,
}

/// A change of the command's text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edit {
    /// What goes: a byte range of the command, empty for an insertion.
    pub span: Range<usize>,
    /// What comes in its place.
    pub text: String,
}

impl Edit {
    pub(crate) fn insert(at: usize, text: impl Into<String>) -> Self {
        Self { span: at..at, text: text.into() }
    }

    pub(crate) fn replace(span: &Range<usize>, text: impl Into<String>) -> Self {
        Self { span: span.clone(), text: text.into() }
    }
}

/// Everything that was looked at, in the order of the command.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// The checks, passed or not.
    pub checks: Vec<Check>,
}

impl Report {
    /// The worst outcome; [`Outcome::Pass`] if nothing was looked at.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        self.checks.iter().map(|check| check.outcome).max().unwrap_or(Outcome::Pass)
    }

    /// The checks that did not pass, worst first.
    #[must_use]
    pub fn complaints(&self) -> Vec<&Check> {
        let mut found: Vec<&Check> = self.checks.iter().filter(|check| check.outcome != Outcome::Pass).collect();
        found.sort_by_key(|check| std::cmp::Reverse(check.outcome));
        found
    }

    /// Adds a check; the same thing at the same place is said once.
    pub(crate) fn push(&mut self, check: Check) {
        let same = |c: &Check| c.kind == check.kind && c.span == check.span && c.subject == check.subject;
        match self.checks.iter_mut().find(|c| same(c)) {
            Some(known) if known.outcome < check.outcome => *known = check,
            Some(_) => {}
            None => self.checks.push(check),
        }
    }

    pub(crate) fn pass(&mut self, kind: CheckKind, span: &Range<usize>, subject: impl Into<String>) {
        let (subject, complaint) = (subject.into(), String::new());
        self.push(Check::new(kind, Outcome::Pass, span, subject, complaint));
    }
}

impl Check {
    pub(crate) fn new(
        kind: CheckKind,
        outcome: Outcome,
        span: &Range<usize>,
        subject: impl Into<String>,
        complaint: impl Into<String>,
    ) -> Self {
        Self {
            kind,
            outcome,
            span: span.clone(),
            subject: subject.into(),
            complaint: complaint.into(),
            suggestion: None,
            edits: Vec::new(),
        }
    }

    pub(crate) fn suggest(mut self, suggestion: Option<String>) -> Self {
        self.suggestion = suggestion;
        self
    }

    pub(crate) fn put_right(mut self, edits: Vec<Edit>) -> Self {
        self.edits = edits;
        self
    }
}
