//! What a command may do, and whether it may run.
//!
//! Sixth in the flow. An [`Assessment`] is bound to the exact text it judged, and [`Approved`](crate::confirm::Approved) can only
//! be made from one. The [`Assess`] trait is total: every text gets an assessment, and what could not be fully understood
//! is asked about at least (held by `what_was_not_understood_is_never_allowed`).

use crate::context::ExecutionContext;
use crate::names::named;
use crate::request::SafetyLevel;
use serde::{Deserialize, Serialize};
use std::ops::Range;

named! {
    /// How bad the worst effect is.
    RiskLevel, "risk level" {
        /// Changes nothing that matters.
        Safe = "safe",
        /// Changes something that can be put right.
        Moderate = "moderate",
        /// Hard to put right, or reaches beyond the current directory.
        High = "high",
        /// Destroys a system or gives it away.
        Critical = "critical",
    }
}

named! {
    /// What follows from risk and safety level.
    Decision, "decision" {
        /// May run without a question.
        Allow = "allow",
        /// May run once the user has agreed.
        Ask = "ask",
        /// May not run, except by an explicit override that is recorded.
        Block = "block",
    }
}

named! {
    /// How much of the text was understood.
    Coverage, "coverage" {
        /// All of it.
        Full = "full",
        /// Some of it: what was not understood counts against it.
        Partial = "partial",
        /// None of it.
        Unparsed = "unparsed",
    }
}

/// One reason for a risk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Stable rule name, for example `delete-root`.
    pub rule: String,
    /// Group of rules, for example `files`.
    pub category: String,
    /// How bad it is.
    pub risk: RiskLevel,
    /// Byte range of the command it stands on.
    pub span: Range<usize>,
    /// What would be done, for example `delete`.
    pub effect: String,
    /// What it would be done to.
    pub target: Option<String>,
    /// Why that is a risk, in one plain sentence.
    pub why: String,
    /// A command that does what is meant with less risk.
    pub safer: Option<String>,
    /// How to put it right afterwards.
    pub undo: Option<String>,
}

/// The judgement of one command text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Assessment {
    command: String,
    risk: RiskLevel,
    decision: Decision,
    findings: Vec<Finding>,
    coverage: Coverage,
}

impl Assessment {
    /// Judges `command` by its findings: the risk is the worst one, raised to Moderate where coverage is not full, and the
    /// decision follows from `level`.
    #[must_use]
    pub fn new(command: &str, findings: Vec<Finding>, coverage: Coverage, level: SafetyLevel) -> Self {
        let worst = findings.iter().map(|f| f.risk).max().unwrap_or(RiskLevel::Safe);
        let risk = if coverage == Coverage::Full { worst } else { worst.max(RiskLevel::Moderate) };
        let decision = match decide(risk, level) {
            Decision::Allow if coverage != Coverage::Full => Decision::Ask,
            decision => decision,
        };
        Self { command: command.to_owned(), risk, decision, findings, coverage }
    }

    /// The text that was judged.
    #[must_use]
    pub fn command(&self) -> &str {
        &self.command
    }
    /// The worst risk.
    #[must_use]
    pub const fn risk(&self) -> RiskLevel {
        self.risk
    }
    /// What follows from it.
    #[must_use]
    pub const fn decision(&self) -> Decision {
        self.decision
    }
    /// The reasons, in the order of the text.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }
    /// How much of the text was understood.
    #[must_use]
    pub const fn coverage(&self) -> Coverage {
        self.coverage
    }
}

/// The decision table of the safety levels.
#[must_use]
pub const fn decide(risk: RiskLevel, level: SafetyLevel) -> Decision {
    use Decision::{Allow, Ask, Block};
    match (level, risk) {
        (SafetyLevel::Strict, RiskLevel::High | RiskLevel::Critical) | (SafetyLevel::Moderate, RiskLevel::Critical) => {
            Block
        }
        (SafetyLevel::Strict, RiskLevel::Moderate)
        | (SafetyLevel::Moderate, RiskLevel::High)
        | (SafetyLevel::Permissive, RiskLevel::Critical) => Ask,
        _ => Allow,
    }
}

/// Judges commands. Implementations never fail and never run anything. Laws: `contract::assess`.
pub trait Assess: Send + Sync {
    /// Judges `command` as it would run in `context` under `level`.
    fn assess(&self, command: &str, context: &ExecutionContext, level: SafetyLevel) -> Assessment;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_understood_is_never_allowed() {
        for level in SafetyLevel::ALL {
            for coverage in [Coverage::Partial, Coverage::Unparsed] {
                let assessment = Assessment::new("x", Vec::new(), coverage, *level);
                assert_ne!(assessment.decision(), Decision::Allow);
                assert!(assessment.risk() >= RiskLevel::Moderate);
            }
        }
    }

    #[test]
    fn more_risk_or_a_stricter_level_never_decides_milder() {
        for levels in SafetyLevel::ALL.windows(2) {
            for risks in RiskLevel::ALL.windows(2) {
                assert!(decide(risks[0], levels[0]) <= decide(risks[1], levels[0]));
                assert!(decide(risks[1], levels[0]) >= decide(risks[1], levels[1]));
            }
        }
    }
}
