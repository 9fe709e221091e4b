//! The laws of each trait, as functions that any implementation calls from its tests.
//!
//! One module per trait, named like the contracts in `specs/005-production-backends/contracts/`. Each law panics with what it
//! expected, so it reads like an assertion. [`fake`] holds implementations that keep the laws without any machine behind them.

#![allow(
    clippy::panic,
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "laws are assertions"
)]

pub mod assess;
pub mod confirm;
pub mod execute;
pub mod fake;
pub mod generate;
pub mod observe;
pub mod record;
pub mod verify;

use crate::assess::{Assessment, Coverage, Finding, RiskLevel};
use crate::context::ExecutionContext;
use crate::request::{Platform, SafetyLevel, ShellType};
use chrono::DateTime;

/// A machine that is the same in every test.
#[must_use]
pub fn sample_context() -> ExecutionContext {
    ExecutionContext::new("/home/ada/project".into(), ShellType::Bash, Platform::Linux, DateTime::UNIX_EPOCH)
}

/// An assessment of `command` with one finding of the given risk.
#[must_use]
pub fn sample_assessment(command: &str, risk: RiskLevel, level: SafetyLevel) -> Assessment {
    let finding = Finding {
        rule: "sample".to_owned(),
        category: "sample".to_owned(),
        risk,
        span: 0..command.len(),
        effect: "sample".to_owned(),
        target: None,
        why: "a sample finding".to_owned(),
        safer: None,
        undo: None,
    };
    Assessment::new(command, vec![finding], Coverage::Full, level)
}
