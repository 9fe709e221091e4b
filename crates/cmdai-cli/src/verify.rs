//! Checks of a generated command against this machine: its programs and their options, and the words of the request.
//!
//! What is known of a program is read from its manual page when it is first needed and kept in the cache. Nothing is started to check a
//! command; to explain one, a program whose options no page describes is asked for its help, once.

use crate::dirs;
use cmdai_core::context::{ExecutionContext, Userland};
use cmdai_core::proposal::Check;
use cmdai_core::request::CommandRequest;
use cmdai_core::verify::{Amended, Verify};
use cmdai_verify::{CheckKind, Knowledge, Machine, Outcome, Part, Processes, Query, Report};
use std::fs;
use std::path::Path;
use std::sync::{Arc, OnceLock};

/// More names than anybody mentions; a directory with more is not read to its end.
const MOST_NAMES: usize = 2000;

/// Knows this machine.
#[derive(Debug, Default)]
pub struct Verifier {
    knowledge: OnceLock<Knowledge>,
    /// The command that is to be corrected: then its words say nothing of those that the right one must have.
    failed: Option<String>,
}

impl Verifier {
    fn knowledge(&self, context: &ExecutionContext) -> &Knowledge {
        self.knowledge.get_or_init(|| knowledge(context.userland))
    }

    /// One for corrections of this command.
    #[must_use]
    pub fn of_correction(failed: String) -> Self {
        Self { failed: Some(failed), ..Self::default() }
    }

    fn query<'a>(&self, request: &'a CommandRequest, names: &'a [String], context: &'a ExecutionContext) -> Query<'a> {
        let words = if self.failed.is_some() { "" } else { request.input() };
        Query::new(words, request.shell, request.platform).with_files(names).with_heads(&context.files)
    }

    /// What was found of `command`, in the words of the pipeline.
    fn checks(&self, command: &str, report: Report) -> Vec<Check> {
        let check = |check: cmdai_verify::Check| {
            let detail = if check.complaint.is_empty() { check.subject } else { check.complaint };
            Check { name: name_of(check.kind), passed: check.outcome != Outcome::Fail, detail }
        };
        let changed = self.failed.as_ref().map(|failed| Check {
            name: "changed".to_owned(),
            passed: command.trim() != failed,
            detail: format!("`{failed}` is the command that failed"),
        });
        changed.into_iter().chain(report.checks.into_iter().map(check)).collect()
    }

    /// What `command` does, part by part.
    #[must_use]
    pub fn explain(&self, command: &str, context: &ExecutionContext) -> Vec<Part> {
        cmdai_verify::explain_asking(command, context.shell, self.knowledge(context))
    }

    /// Keeps what was read, once the user has the answer.
    pub fn keep(&self) {
        if let Some(Err(error)) = self.knowledge.get().map(Knowledge::save) {
            tracing::debug!(%error, "what was read of the programs could not be kept");
        }
    }
}

impl Verify for Verifier {
    fn verify(&self, command: &str, request: &CommandRequest, context: &ExecutionContext) -> Vec<Check> {
        let names = names_in(&context.cwd);
        let report = cmdai_verify::verify(command, &self.query(request, &names, context), self.knowledge(context));
        self.checks(command, report)
    }

    fn amend(&self, command: &str, request: &CommandRequest, context: &ExecutionContext) -> Amended {
        let names = names_in(&context.cwd);
        let amended = cmdai_verify::amend(command, &self.query(request, &names, context), self.knowledge(context));
        let why = (!amended.because.is_empty()).then(|| format!("{}.", amended.because.join(". ")));
        Amended { checks: self.checks(&amended.command, amended.report), command: amended.command, why }
    }
}

/// What is known of the programs of this machine. A verification starts none of them; an explanation, and a worker at rest, may ask harmless
/// ones for their help.
#[must_use]
pub fn knowledge(userland: Userland) -> Knowledge {
    let path = std::env::var("PATH").unwrap_or_default();
    let machine = Machine::new(Path::new("/"), &path).with_runner(Arc::new(Processes));
    Knowledge::of(machine, userland).with_cache(&dirs::cache().join("programs"))
}

/// As it is called in JSON.
fn name_of(kind: CheckKind) -> String {
    let name = serde_json::to_value(kind).unwrap_or_default();
    name.as_str().unwrap_or_default().to_owned()
}

fn names_in(dir: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(dir) else { return Vec::new() };
    let name = |entry: fs::DirEntry| entry.file_name().into_string().ok();
    entries.take(MOST_NAMES).filter_map(|entry| name(entry.ok()?)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verify_contract() {
        for verifier in [Verifier::default(), Verifier::of_correction("gti status".to_owned())] {
            cmdai_core::contract::verify::any_text_is_checked(&verifier);
        }
    }
}
