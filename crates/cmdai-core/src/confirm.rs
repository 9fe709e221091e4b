//! From a judgement to the permission to run, and the only way there.
//!
//! Seventh in the flow. [`Approved`] has private fields and [`Assessment::approve`] is its only maker, so running a text that
//! was not judged does not compile, and a blocked one needs an override that stays visible in the result
//! (held by `consent_must_match_the_decision`). An edited command is a new text and is judged again by the pipeline.

use crate::assess::{Assessment, Decision};
use crate::names::named;
use crate::proposal::Proposal;

use futures_core::future::BoxFuture;

named! {
    /// On whose word a command may run.
    Consent, "consent" {
        /// Nobody was asked.
        Automatic = "automatic",
        /// The user agreed.
        Confirmed = "confirmed",
        /// The user insisted in spite of a block.
        Overridden = "overridden",
    }
}

/// A judged command together with the permission to run it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approved {
    assessment: Assessment,
    consent: Consent,
}

/// The consent given is not enough for the decision.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the decision is `{decision}`, which a consent of `{consent}` does not lift")]
pub struct NotApproved {
    /// What the assessment decided.
    pub decision: Decision,
    /// What was offered.
    pub consent: Consent,
}

impl Assessment {
    /// Permits the judged text to run.
    ///
    /// # Errors
    /// [`NotApproved`] where nobody agreed to what must be asked, or nobody insisted on what is blocked.
    pub fn approve(self, consent: Consent) -> Result<Approved, NotApproved> {
        let needed = match self.decision() {
            Decision::Allow => Consent::Automatic,
            Decision::Ask => Consent::Confirmed,
            Decision::Block => Consent::Overridden,
        };
        if consent < needed {
            return Err(NotApproved { decision: self.decision(), consent });
        }
        Ok(Approved { assessment: self, consent })
    }
}

impl Approved {
    /// The text to run.
    #[must_use]
    pub fn command(&self) -> &str {
        self.assessment.command()
    }
    /// On whose word.
    #[must_use]
    pub const fn consent(&self) -> Consent {
        self.consent
    }
    /// The judgement behind it; an override does not change it.
    #[must_use]
    pub const fn assessment(&self) -> &Assessment {
        &self.assessment
    }
}

/// What is to become of a proposed command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Run it, on this word.
    Run(Consent),
    /// Judge and show this text instead.
    Edit(String),
    /// Make another one, by these words and all that was said before.
    Revise(String),
    /// Make further ones, to choose from.
    Alternatives,
    /// It was taken elsewhere to be run there: to the clipboard, or to the prompt line of a shell.
    Copied,
    /// Give it out without running it.
    Show,
    /// Drop it.
    Decline,
}

/// Asks whoever decides. Off a terminal an implementation answers [`Answer::Show`]. Laws: `contract::confirm`.
pub trait Confirm: Send {
    /// Asks about the command that `assessment` judged, which is the proposal's or an edited one.
    fn confirm<'a>(&'a mut self, proposal: &'a Proposal, assessment: &'a Assessment) -> BoxFuture<'a, Answer>;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assess::{Coverage, Finding, RiskLevel};
    use crate::request::SafetyLevel;

    fn assessment(risk: RiskLevel, level: SafetyLevel) -> Assessment {
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
    fn consent_must_match_the_decision() {
        for level in SafetyLevel::ALL {
            for risk in RiskLevel::ALL {
                let assessment = assessment(*risk, *level);
                let works: Vec<Consent> =
                    Consent::ALL.iter().copied().filter(|c| assessment.clone().approve(*c).is_ok()).collect();
                let expected: &[Consent] = match assessment.decision() {
                    Decision::Allow => &[Consent::Automatic, Consent::Confirmed, Consent::Overridden],
                    Decision::Ask => &[Consent::Confirmed, Consent::Overridden],
                    Decision::Block => &[Consent::Overridden],
                };
                assert_eq!(works, expected, "{risk} at {level}");
            }
        }
    }
}
