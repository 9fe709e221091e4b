//! Asks before a command runs, the more insistently the more it risks.
//!
//! Enter runs what is safe; from moderate risk on it means no; high risk takes a typed `yes` and critical risk a typed phrase. What is
//! blocked is not asked about at all without `--allow-dangerous`, and with it takes the phrase, which the record keeps as an
//! override (held by `a_block_needs_the_flag_and_the_phrase`).

use crate::ask::{display, output};
use crate::{risk, terminal};
use cmdai_core::assess::{Assess, Assessment, Decision, RiskLevel};
use cmdai_core::confirm::{Answer, Confirm, Consent};
use cmdai_core::context::ExecutionContext;
use cmdai_core::proposal::Proposal;
use cmdai_core::request::SafetyLevel;
use console::Term;
use futures_core::future::BoxFuture;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

/// What must be typed before a critical command runs.
pub const PHRASE: &str = "run it anyway";

/// Off a terminal: gives the command out and runs nothing; what is blocked is not even given out.
#[derive(Debug, Clone, Copy)]
pub struct NobodyToAsk {
    /// Give out what is blocked, too.
    pub allow_dangerous: bool,
}

impl Confirm for NobodyToAsk {
    fn confirm<'a>(&'a mut self, _: &'a Proposal, assessment: &'a Assessment) -> BoxFuture<'a, Answer> {
        let blocked = assessment.decision() == Decision::Block && !self.allow_dangerous;
        Box::pin(std::future::ready(if blocked { Answer::Decline } else { Answer::Show }))
    }
}

/// Shows the command and its risk, and asks.
#[derive(Clone, Copy)]
pub struct AskOnTerminal<'a> {
    /// Ask about what is blocked, too.
    pub allow_dangerous: bool,
    /// Judges the alternatives, which are shown beside the command.
    pub assessor: &'a dyn Assess,
    /// Where they would run.
    pub context: &'a ExecutionContext,
    /// How cautious to be.
    pub level: SafetyLevel,
    /// The command was accepted before and not made anew.
    pub from_history: bool,
    /// Set where the user wants an answer of the model in its place.
    pub sent_back: &'a AtomicBool,
}

impl Confirm for AskOnTerminal<'_> {
    fn confirm<'a>(&'a mut self, proposal: &'a Proposal, assessment: &'a Assessment) -> BoxFuture<'a, Answer> {
        Box::pin(async move {
            if self.show(proposal, assessment).is_err() {
                return Answer::Decline;
            }
            let Some(question) = question(assessment, self.allow_dangerous) else {
                display::note("blocked; `--allow-dangerous` asks all the same");
                return Answer::Decline;
            };
            let text = if self.from_history { question.text_with_another() } else { question.text() };
            match terminal::ask_line(text).await {
                Ok(Some(line)) if self.from_history && matches!(line.trim(), "f" | "F") => {
                    self.sent_back.store(true, Ordering::SeqCst);
                    Answer::Decline
                }
                Ok(Some(line)) if question.is_yes(&line) => Answer::Run(question.consent()),
                _ => Answer::Decline,
            }
        })
    }
}

impl AskOnTerminal<'_> {
    fn show(&self, proposal: &Proposal, assessment: &Assessment) -> io::Result<()> {
        output::print_line(&risk::marked(assessment))?;
        if !console::colors_enabled()
            && let Some(carets) = risk::carets(assessment, Term::stdout().size().1.into())
        {
            output::print_line(&carets)?;
        }
        for other in &proposal.alternatives {
            let judged = self.assessor.assess(other, self.context, self.level);
            display::note(&format!("or: {other}   (risk {})", judged.risk()));
        }
        display::checks(&proposal.checks);
        if self.from_history {
            display::note("from your history: you ran this for the same request before");
        }
        display::lines(&risk::reasons(assessment))
    }
}

/// What is asked about a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Question {
    /// Enter means yes.
    Enter,
    /// Enter means no.
    YesOrNo,
    /// The word.
    TypedYes,
    /// [`PHRASE`].
    Phrase { overrides: bool },
}

/// `None` where nothing may be asked.
fn question(assessment: &Assessment, allow_dangerous: bool) -> Option<Question> {
    match (assessment.decision(), assessment.risk()) {
        (Decision::Block, _) => allow_dangerous.then_some(Question::Phrase { overrides: true }),
        (_, RiskLevel::Critical) => Some(Question::Phrase { overrides: false }),
        (_, RiskLevel::High) => Some(Question::TypedYes),
        (Decision::Allow, RiskLevel::Safe) => Some(Question::Enter),
        (_, RiskLevel::Safe | RiskLevel::Moderate) => Some(Question::YesOrNo),
    }
}

impl Question {
    fn text(self) -> String {
        match self {
            Self::Enter => "Run it? [Y/n] ".to_owned(),
            Self::YesOrNo => "Run it? [y/N] ".to_owned(),
            Self::TypedYes => "Type `yes` to run it: ".to_owned(),
            Self::Phrase { .. } => format!("Type `{PHRASE}` to run it: "),
        }
    }

    fn text_with_another(self) -> String {
        format!("{}(f: a fresh answer) ", self.text())
    }

    fn is_yes(self, line: &str) -> bool {
        let line = line.trim().to_lowercase();
        match self {
            Self::Enter => matches!(line.as_str(), "" | "y" | "yes"),
            Self::YesOrNo => matches!(line.as_str(), "y" | "yes"),
            Self::TypedYes => line == "yes",
            Self::Phrase { .. } => line == PHRASE,
        }
    }

    const fn consent(self) -> Consent {
        match self {
            Self::Phrase { overrides: true } => Consent::Overridden,
            _ => Consent::Confirmed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cmdai_core::assess::{Coverage, Finding};
    use cmdai_core::contract::confirm;

    #[tokio::test]
    async fn confirm_contract() {
        for allow_dangerous in [false, true] {
            confirm::nobody_to_ask_means_no_run(&mut NobodyToAsk { allow_dangerous }).await;
            confirm::a_run_has_enough_consent(&mut NobodyToAsk { allow_dangerous }).await;
        }
    }

    fn judged(risk: RiskLevel, level: SafetyLevel) -> Assessment {
        let finding = Finding {
            rule: "r".into(),
            category: "c".into(),
            risk,
            span: 0..1,
            effect: "e".into(),
            target: None,
            why: "w".into(),
            safer: None,
            undo: None,
        };
        Assessment::new("x", vec![finding], Coverage::Full, level)
    }

    #[test]
    fn a_block_needs_the_flag_and_the_phrase() {
        for level in SafetyLevel::ALL {
            for risk in RiskLevel::ALL {
                let judged = judged(*risk, *level);
                let asked = question(&judged, false);
                assert_eq!(asked.is_none(), judged.decision() == Decision::Block, "{risk} at {level}");
                let question = question(&judged, true).unwrap();
                assert!(judged.clone().approve(question.consent()).is_ok(), "a yes is enough: {risk} at {level}");
                if judged.decision() == Decision::Block {
                    assert!(question.is_yes(" Run it anyway\n") && !question.is_yes("yes"));
                    assert_eq!(question.consent(), Consent::Overridden);
                }
            }
        }
    }

    #[test]
    fn enter_runs_only_what_is_safe() {
        for (risk, level, yes, no) in [
            (RiskLevel::Safe, SafetyLevel::Moderate, &["", "y"][..], &["n", "maybe"][..]),
            (RiskLevel::Moderate, SafetyLevel::Moderate, &["y", "YES"], &["", "n"]),
            (RiskLevel::Moderate, SafetyLevel::Strict, &["y"], &[""]),
            (RiskLevel::High, SafetyLevel::Moderate, &["yes"], &["", "y"]),
            (RiskLevel::High, SafetyLevel::Permissive, &["yes"], &["", "y"]),
            (RiskLevel::Critical, SafetyLevel::Permissive, &[PHRASE], &["", "y", "yes"]),
        ] {
            let question = question(&judged(risk, level), false).unwrap();
            assert!(yes.iter().all(|line| question.is_yes(line)), "{risk} at {level}");
            assert!(!no.iter().any(|line| question.is_yes(line)), "{risk} at {level}");
        }
    }
}
