//! The door: text in, assessment out.
//!
//! Implements [`Assess`] for the pipeline and gives a printable trace to people. Holds the user's policy and nothing else, so it
//! can be shared between threads.

use crate::policy::{Policy, PolicyConfig, PolicyError};
use crate::run::Machine;
use crate::session::Judged;
use crate::value::{Data, strip_marks};
use cmdai_core::assess::{Assess, Assessment, Coverage, Finding, RiskLevel};
use cmdai_core::context::ExecutionContext;
use cmdai_core::request::SafetyLevel;
use std::fmt;

/// Judges commands by what they would do.
///
/// ```
/// use cmdai_core::assess::{Assess, Decision, RiskLevel};
/// use cmdai_core::context::ExecutionContext;
/// use cmdai_core::request::{Platform, SafetyLevel, ShellType};
/// use cmdai_safety::Analyzer;
///
/// let analyzer = Analyzer::new();
/// let context = ExecutionContext::new("/home/ada/project".into(), ShellType::Bash, Platform::Linux, chrono::DateTime::UNIX_EPOCH);
/// let judged = analyzer.assess("X=/; rm -r\"f\" $X", &context, SafetyLevel::Moderate);
/// assert_eq!(judged.risk(), RiskLevel::Critical);
/// assert_eq!(judged.decision(), Decision::Block);
/// ```
#[derive(Debug, Clone, Default)]
pub struct Analyzer {
    policy: Policy,
}

/// Text → words → effects → level, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// The judgement.
    pub assessment: Assessment,
    /// One line a step, indented by depth.
    pub steps: Vec<String>,
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "text     {}", self.assessment.command())?;
        for step in &self.steps {
            writeln!(f, "         {step}")?;
        }
        for finding in self.assessment.findings() {
            let text = self.assessment.command().get(finding.span.clone()).unwrap_or_default();
            writeln!(f, "finding  {} [{}] `{text}`: {}", finding.risk, finding.rule, finding.why)?;
            for (label, advice) in [("safer", &finding.safer), ("undo", &finding.undo)] {
                if let Some(advice) = advice {
                    writeln!(f, "         {label}: {advice}")?;
                }
            }
        }
        write!(
            f,
            "level    {}, coverage {}, {}",
            self.assessment.risk(),
            self.assessment.coverage(),
            self.assessment.decision()
        )
    }
}

impl Analyzer {
    /// An analyser without anything of the user's.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// An analyser with the user's patterns and lists.
    ///
    /// # Errors
    /// [`PolicyError`] for the first entry that cannot be used.
    pub fn with_policy(config: PolicyConfig) -> Result<Self, PolicyError> {
        Ok(Self { policy: Policy::new(config)? })
    }

    /// As [`Assess::assess`], with every step on the way.
    #[must_use]
    pub fn explain(&self, command: &str, context: &ExecutionContext, level: SafetyLevel) -> Explanation {
        let judged = self.judge(command, context, |machine| machine.trace = Some(Vec::new()));
        Explanation {
            assessment: Assessment::new(command, judged.findings, judged.coverage, level),
            steps: judged.trace,
        }
    }

    pub(crate) fn judge(
        &self,
        command: &str,
        context: &ExecutionContext,
        prime: impl FnOnce(&mut Machine<'_>),
    ) -> Judged {
        let mut machine = Machine::new(context, &self.policy);
        prime(&mut machine);
        let clean = strip_marks(command);
        if clean.is_some() {
            machine.found(whole(
                command,
                "private-characters",
                RiskLevel::High,
                "holds characters that have no meaning in a command",
            ));
        }
        // A mark takes three bytes and a `?` one, so spans of a text with marks are not exact; they cover all of it.
        if clean.is_some() {
            machine.pin = Some(0..command.len());
        }
        let text = clean.as_deref().unwrap_or(command);
        deceptive(&mut machine, command);
        if text.contains('\0') {
            machine.not_understood("a zero byte ends the text for some programs and not for others");
            machine.found(whole(command, "zero-byte", RiskLevel::High, "holds a zero byte"));
        }
        machine.fuel = Machine::fuel_for(text.len());
        machine.source_text(text, context.shell, &Data::default());
        for (command, span) in std::mem::take(&mut machine.at_exit) {
            machine.inner_text(&command, context.shell, &Data::default(), &span);
        }
        machine.left_behind();
        machine.many_secrets();
        if machine.out_of_fuel {
            machine.not_understood = true;
            machine.found(whole(command, "too-complex", RiskLevel::High, "takes too many steps to judge"));
        }
        let mut findings = std::mem::take(&mut machine.findings);
        crate::policy::settle(&mut findings, &machine.facts);
        findings.extend(self.policy.on_text(command));
        for finding in &mut findings {
            clamp(finding, command);
        }
        findings.sort_by_key(|f| (f.span.start, f.span.end));
        let coverage = if machine.not_understood { Coverage::Partial } else { Coverage::Full };
        Judged { findings, coverage, facts: machine.facts, trace: machine.trace.unwrap_or_default() }
    }
}

impl Assess for Analyzer {
    fn assess(&self, command: &str, context: &ExecutionContext, level: SafetyLevel) -> Assessment {
        let judged = self.judge(command, context, |_| {});
        Assessment::new(command, judged.findings, judged.coverage, level)
    }
}

fn whole(command: &str, rule: &str, risk: RiskLevel, why: &str) -> Finding {
    Finding {
        rule: rule.to_owned(),
        category: if rule == "too-complex" { "limits" } else { "deception" }.to_owned(),
        risk,
        span: 0..command.len(),
        effect: "unread".to_owned(),
        target: None,
        why: why.to_owned(),
        safer: None,
        undo: None,
    }
}

/// Characters that make a text look like another one.
fn deceptive(machine: &mut Machine<'_>, command: &str) {
    let bidi = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}');
    if !command.is_ascii()
        && let Some(at) = command.find(bidi)
    {
        let mut finding = whole(
            command,
            "bidi",
            RiskLevel::High,
            "holds characters that change the order in which the text is shown",
        );
        finding.span = at..at + 3;
        machine.found(finding);
    }
    // A carriage return hides what stands before it on a terminal.
    if command.trim_end().contains('\r') && !command.contains("\r\n") {
        machine.found(whole(
            command,
            "carriage-return",
            RiskLevel::High,
            "holds a carriage return, which hides text on a terminal",
        ));
    }
    if command.contains('\u{1b}') {
        machine.found(whole(
            command,
            "escape-character",
            RiskLevel::High,
            "holds a terminal escape, which can hide text",
        ));
    }
}

/// Spans always slice the text that was judged.
fn clamp(finding: &mut Finding, command: &str) {
    if command.get(finding.span.clone()).is_none() || finding.span.start > finding.span.end {
        finding.span = 0..command.len();
    }
}
