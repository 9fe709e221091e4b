//! The one door: a command, what was asked, what is known, and a report.
//!
//! Deterministic and without side effects: the same arguments give the same report (held by `verify_is_deterministic`), and
//! nothing is started. The order of the checks is the order a person would look: does it parse, is it for this shell, are the
//! programs there, are their words right, does it say what was asked.

use crate::check::{Check, CheckKind, Outcome, Report};
use crate::knowledge::Knowledge;
use crate::{asked, fit, inspect, invented, literal, pitfalls};
use cmdai_core::context::FileHead;
use cmdai_core::request::{Platform, ShellType};
use cmdai_safety::argv;

/// Longest command that is looked at, in bytes; a longer one only has to parse.
const MAX_BYTES: usize = 16 * 1024;

/// What a command is for.
#[derive(Debug, Clone, Copy)]
pub struct Query<'a> {
    /// The words of the person; empty if there are none, as for a command that was typed.
    pub request: &'a str,
    /// The shell that will read the command.
    pub shell: ShellType,
    /// The system it will run on.
    pub platform: Platform,
    /// Names in the current directory, those below it as `dir/name`; nothing if they are not known.
    pub files: Option<&'a [String]>,
    /// How files begin that the request names; nothing where that is not known.
    pub heads: &'a [FileHead],
}

impl<'a> Query<'a> {
    /// A request for this shell and system, with nothing known of the current directory.
    #[must_use]
    pub fn new(request: &'a str, shell: ShellType, platform: Platform) -> Self {
        Self { request, shell, platform, files: None, heads: &[] }
    }

    /// The same with the names in the current directory.
    #[must_use]
    pub fn with_files(mut self, files: &'a [String]) -> Self {
        self.files = Some(files);
        self
    }

    /// The same with the beginnings of files.
    #[must_use]
    pub fn with_heads(mut self, heads: &'a [FileHead]) -> Self {
        self.heads = heads;
        self
    }
}

/// Looks at `command` in every way there is. Total: any text has a report.
#[must_use]
pub fn verify(command: &str, query: &Query<'_>, knowledge: &Knowledge) -> Report {
    let mut report = Report::default();
    let parsed = argv::read(command, query.shell);
    let all = 0..command.len();
    match &parsed.broken {
        Some(broken) => {
            // Where it is stands in the span.
            let reason = broken.reason.trim_end_matches('.');
            let reason =
                reason.rsplit_once(": ").filter(|(place, _)| place.contains("line ")).map_or(reason, |(_, why)| why);
            let complaint = format!("the command is not valid in {}: {reason}", fit::shell_name(query.shell));
            let check = Check::new(CheckKind::Parses, Outcome::Fail, &broken.span, "syntax", complaint);
            report.push(check.put_right(pitfalls::remedy(command, query.shell).unwrap_or_default()));
        }
        None => report.pass(CheckKind::Parses, &all, "syntax"),
    }
    fit::check(command, &parsed, query, knowledge, &mut report);
    if command.len() <= MAX_BYTES {
        inspect::check(command, &parsed, query, knowledge, &mut report);
        literal::check(command, &parsed, query, &mut report);
        invented::check(command, &parsed, query, knowledge, &mut report);
        pitfalls::check(command, &parsed, query, knowledge, &mut report);
        asked::check(command, &parsed, query, &mut report);
    }
    for check in &mut report.checks {
        // The spans come from parsers that are not ours.
        if command.get(check.span.clone()).is_none() {
            check.span = all.clone();
        }
    }
    report
}
