//! Whether a command can be right on the machine it is for, before anybody judges or sees it as final.
//!
//! Between the proposal and the assessment. The core only knows that there are checks and what follows from a failed one: one turn in
//! which the model is told the exact complaint. What is checked, and against what, is the implementation's
//! (`cmdai-verify` looks at programs, options and the words of the request).

use crate::context::ExecutionContext;
use crate::proposal::Check;
use crate::request::CommandRequest;

/// Checks commands. Implementations are deterministic, start nothing and take milliseconds. Laws: `contract::verify`.
pub trait Verify: Send + Sync {
    /// Everything that was checked of `command`, passed or not; a failed check names what is wrong in a sentence that a model can act on.
    fn verify(&self, command: &str, request: &CommandRequest, context: &ExecutionContext) -> Vec<Check>;

    /// The same of `command` as it is once what has one remedy is put right, which takes no time where asking the model again takes a
    /// second. Without remedies of its own an implementation leaves the command as it is.
    fn amend(&self, command: &str, request: &CommandRequest, context: &ExecutionContext) -> Amended {
        Amended { command: command.to_owned(), why: None, checks: self.verify(command, request, context) }
    }
}

/// A command that was checked, and put right where that took no model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Amended {
    /// The command as it is now.
    pub command: String,
    /// Why it was changed, in sentences; nothing where it was not.
    pub why: Option<String>,
    /// What the checks say of it now.
    pub checks: Vec<Check>,
}

/// Checks nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unverified;

impl Verify for Unverified {
    fn verify(&self, _: &str, _: &CommandRequest, _: &ExecutionContext) -> Vec<Check> {
        Vec::new()
    }
}

/// The sentences of the failed checks, as one complaint; `None` where nothing failed.
#[must_use]
pub fn complaint(checks: &[Check]) -> Option<String> {
    let failed: Vec<&str> = checks.iter().filter(|check| !check.passed).map(|check| check.detail.as_str()).collect();
    (!failed.is_empty()).then(|| format!("{}.", failed.join(". ")))
}
