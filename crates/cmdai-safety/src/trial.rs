//! What unit tests of the mechanisms share: how risky a command is, judged as a whole.

use crate::Analyzer;
use cmdai_core::assess::{Assess, RiskLevel};
use cmdai_core::context::ExecutionContext;
use cmdai_core::request::{Platform, SafetyLevel, ShellType};

/// In a project of an ordinary user, for bash.
pub(crate) fn risk(command: &str) -> RiskLevel {
    let at = chrono::DateTime::UNIX_EPOCH;
    let here = ExecutionContext::new("/home/ada/project".into(), ShellType::Bash, Platform::Linux, at);
    Analyzer::new().assess(command, &here, SafetyLevel::Moderate).risk()
}
