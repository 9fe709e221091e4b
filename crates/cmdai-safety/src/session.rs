//! Behaviour over a sequence of commands: what earlier ones did makes later ones mean more.
//!
//! Around [`Analyzer`](crate::Analyzer): each judged command leaves facts, which fade after [`MAX_AGE_COMMANDS`] commands or
//! [`MAX_AGE_SECONDS`]. The state is small, bounded and serialisable, so a history can carry it. A session only ever adds
//! findings (held by `a_session_never_lowers`).

use crate::analyzer::Analyzer;
use cmdai_core::assess::{Assessment, Coverage, Decision, Finding, RiskLevel};
use cmdai_core::context::ExecutionContext;
use cmdai_core::request::SafetyLevel;
use serde::{Deserialize, Serialize};

/// Commands after which a fact is forgotten.
pub const MAX_AGE_COMMANDS: u64 = 50;
/// Seconds after which a fact is forgotten.
pub const MAX_AGE_SECONDS: i64 = 30 * 60;
const MAX_FACTS: usize = 200;
const MANY_DELETES: usize = 10;
/// Statements of a script that are followed one by one; the whole of it is judged in any case.
const MOST_STATEMENTS: usize = 1000;
/// Category of what only a sequence shows.
const BEHAVIOUR: &str = "behaviour";

/// Something a command did that matters later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub(crate) enum Fact {
    /// A file came from the network.
    Downloaded { path: String },
    /// A file was written with known text.
    Written { path: String, text: String },
    /// A file may be run now.
    MadeExecutable { path: String },
    /// Much of the user's own data was put into one file.
    Archived { path: String },
    /// An archive was unpacked.
    Extracted,
    /// Keys or passwords were read.
    SecretRead,
    /// Files were deleted.
    Deleted { path: String, recursive: bool },
    /// A record was stopped or removed, or a guard turned off.
    TracksCovered,
    /// A command was blocked; its effects, so that a respelling is known again.
    Blocked { effects: Vec<String> },
    /// The user's allow list covers this range; lives for one text only.
    Allowed { start: usize, end: usize },
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Remembered {
    fact: Fact,
    number: u64,
    second: i64,
}

/// The memory of one shell session.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    number: u64,
    facts: Vec<Remembered>,
}

impl Session {
    /// A session nothing has happened in.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Judges `command` in the light of what went before, and remembers it. Time is taken from `context.captured_at`.
    pub fn assess(
        &mut self,
        analyzer: &Analyzer,
        command: &str,
        context: &ExecutionContext,
        level: SafetyLevel,
    ) -> Assessment {
        let second = context.captured_at.timestamp();
        self.number += 1;
        self.facts.retain(|r| self.number - r.number <= MAX_AGE_COMMANDS && second - r.second <= MAX_AGE_SECONDS);
        let judged = analyzer.judge(command, context, |machine| self.prime(machine));
        let mut findings = judged.findings;
        let added = self.two_steps(command, &findings, &judged.facts);
        findings.extend(added);
        findings.sort_by_key(|f| (f.span.start, f.span.end));
        let effects: Vec<String> = findings
            .iter()
            .filter(|f| f.risk >= RiskLevel::High)
            .map(|f| format!("{} {}", f.rule, f.target.clone().unwrap_or_default()))
            .collect();
        let assessment = Assessment::new(command, findings, judged.coverage, level);
        let mut new: Vec<Fact> =
            judged.facts.into_iter().filter(|f| !matches!(f, Fact::Allowed { .. })).take(50).collect();
        if assessment.decision() == Decision::Block && !effects.is_empty() {
            new.push(Fact::Blocked { effects });
        }
        let number = self.number;
        self.facts.extend(new.into_iter().map(|fact| Remembered { fact, number, second }));
        let excess = self.facts.len().saturating_sub(MAX_FACTS);
        self.facts.drain(..excess);
        assessment
    }

    /// Judges a script: all of it as one text, so that variables, functions and the current directory carry on, and its statements one after
    /// the other as commands of this session, so that each means more for what went before it.
    pub fn assess_script(
        &mut self,
        analyzer: &Analyzer,
        script: &str,
        context: &ExecutionContext,
        level: SafetyLevel,
    ) -> Assessment {
        let whole = analyzer.judge(script, context, |machine| self.prime(machine));
        let mut findings = whole.findings;
        for statement in crate::parse::parse(script, context.shell).body.iter().take(MOST_STATEMENTS) {
            let Some(text) = script.get(statement.span.clone()) else { continue };
            let judged = self.assess(analyzer, text, context, level);
            let steps = judged.findings().iter().filter(|f| f.category == BEHAVIOUR).cloned();
            findings.extend(steps.map(|f| Finding { span: statement.span.clone(), ..f }));
        }
        findings.sort_by_key(|f| (f.span.start, f.span.end));
        Assessment::new(script, findings, whole.coverage, level)
    }

    /// What files hold is known to the next command.
    fn prime(&self, machine: &mut crate::run::Machine<'_>) {
        use crate::value::{Data, Taint};
        for remembered in &self.facts {
            match &remembered.fact {
                Fact::Downloaded { path } => {
                    machine.files.insert(path.clone(), Data::unknown(Taint::NET, "an earlier download"));
                }
                Fact::Archived { path } => {
                    machine
                        .files
                        .insert(path.clone(), Data::unknown(Taint::SECRET, "an archive of the home directory"));
                }
                Fact::Written { path, text } => {
                    machine.files.insert(
                        path.clone(),
                        Data {
                            text: Some(text.clone()),
                            taint: Taint::default(),
                            from: "an earlier command".to_owned(),
                        },
                    );
                }
                _ => {}
            }
        }
    }

    fn has(&self, test: impl Fn(&Fact) -> bool) -> bool {
        self.facts.iter().any(|r| test(&r.fact))
    }

    fn two_steps(&self, command: &str, findings: &[Finding], facts: &[Fact]) -> Vec<Finding> {
        let mut added = Vec::new();
        let mut add = |rule: &str, risk: RiskLevel, why: &str| {
            added.push(Finding {
                rule: rule.to_owned(),
                category: BEHAVIOUR.to_owned(),
                risk,
                span: 0..command.len(),
                effect: "sequence".to_owned(),
                target: None,
                why: why.to_owned(),
                safer: None,
                undo: None,
            });
        };
        let sends = findings.iter().any(|f| f.effect == "send" || f.effect == "connect");
        if sends && self.has(|f| *f == Fact::SecretRead) {
            add(
                "secret-then-network",
                RiskLevel::High,
                "talks to another machine shortly after keys or passwords were read",
            );
        }
        if sends && self.has(|f| matches!(f, Fact::Archived { .. })) {
            add(
                "archive-then-network",
                RiskLevel::High,
                "talks to another machine shortly after much of the home directory was packed into one file",
            );
        }
        let worst = findings.iter().map(|f| f.risk).max().unwrap_or(RiskLevel::Safe);
        if self.has(|f| *f == Fact::TracksCovered) && worst >= RiskLevel::Moderate {
            let dangerous = worst >= RiskLevel::High;
            add(
                "covered-then-acted",
                if dangerous { RiskLevel::Critical } else { RiskLevel::High },
                "changes something after a record or a guard of this machine was turned off",
            );
        }
        let runs = |f: &Finding| matches!(f.rule.as_str(), "unknown-program" | "script-file");
        if findings.iter().any(runs)
            && self.has(|f| matches!(f, Fact::Extracted | Fact::MadeExecutable { .. }))
            && self.has(|f| matches!(f, Fact::Downloaded { .. } | Fact::Extracted))
        {
            add(
                "download-then-run",
                RiskLevel::High,
                "runs something that came from the network or an archive a moment ago",
            );
        }
        let is_delete = |f: &Fact| matches!(f, Fact::Deleted { .. });
        if facts.iter().any(is_delete) && self.facts.iter().filter(|r| is_delete(&r.fact)).count() >= MANY_DELETES {
            add("many-deletes", RiskLevel::High, "is one of many deletions in a row, which together empty a directory");
        }
        let mine: Vec<String> =
            findings.iter().map(|f| format!("{} {}", f.rule, f.target.clone().unwrap_or_default())).collect();
        if self.has(|f| matches!(f, Fact::Blocked { effects } if effects.iter().any(|e| mine.contains(e)))) {
            let worst = findings.iter().map(|f| f.risk).max().unwrap_or(RiskLevel::Safe);
            let raised = if worst >= RiskLevel::High { RiskLevel::Critical } else { RiskLevel::High };
            add("blocked-again", raised, "does what was blocked before, spelled differently");
        }
        added
    }
}

/// What one walk found.
pub(crate) struct Judged {
    pub(crate) findings: Vec<Finding>,
    pub(crate) coverage: Coverage,
    pub(crate) facts: Vec<Fact>,
    pub(crate) trace: Vec<String>,
}
