//! Laws of [`Confirm`].

use super::{fake, sample_assessment};
use crate::assess::RiskLevel;
use crate::confirm::{Answer, Confirm};
use crate::request::SafetyLevel;

/// Whatever is answered, a run always comes with enough consent for the decision.
pub async fn a_run_has_enough_consent(confirm: &mut dyn Confirm) {
    let proposal = fake::proposal("ls");
    for level in SafetyLevel::ALL {
        for risk in RiskLevel::ALL {
            let assessment = sample_assessment("ls", *risk, *level);
            if let Answer::Run(consent) = confirm.confirm(&proposal, &assessment).await {
                assert!(assessment.approve(consent).is_ok(), "{risk} at {level} was run on `{consent}` alone");
            }
        }
    }
}

/// Without anybody to ask, a command is shown and never run.
pub async fn nobody_to_ask_means_show(confirm: &mut dyn Confirm) {
    for risk in RiskLevel::ALL {
        let assessment = sample_assessment("ls", *risk, SafetyLevel::Moderate);
        assert_eq!(confirm.confirm(&fake::proposal("ls"), &assessment).await, Answer::Show);
    }
}
