//! Laws of [`Confirm`].

use super::{fake, sample_assessment};
use crate::assess::{Decision, RiskLevel};
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

/// Without anybody to ask, nothing runs: a command is shown, or dropped where it is blocked.
pub async fn nobody_to_ask_means_no_run(confirm: &mut dyn Confirm) {
    for risk in RiskLevel::ALL {
        let assessment = sample_assessment("ls", *risk, SafetyLevel::Moderate);
        let answer = confirm.confirm(&fake::proposal("ls"), &assessment).await;
        let dropped = answer == Answer::Decline && assessment.decision() == Decision::Block;
        assert!(answer == Answer::Show || dropped, "{risk}: {answer:?}");
    }
}
