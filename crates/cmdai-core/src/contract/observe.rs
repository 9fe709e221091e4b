//! Laws of [`Observe`].

use super::{fake, sample_assessment};
use crate::assess::RiskLevel;
use crate::generate::{GenerateError, Preparation};
use crate::observe::{Observe, StreamEvent};
use crate::proposal::Refusal;
use crate::request::SafetyLevel;

/// Events in any order and with any text are taken without a panic: an observer only watches.
pub fn any_event_is_taken(observe: &mut dyn Observe) {
    let proposal = fake::proposal("ls\n\u{1b}[2J");
    let assessment = sample_assessment("ls", RiskLevel::Critical, SafetyLevel::Moderate);
    for text in ["", "ls", "\u{1b}[31mred\u{7}", "\n\n", &"wide 漢字 ".repeat(500)] {
        observe.observe(&StreamEvent::Text { text });
        observe.observe(&StreamEvent::Assessed(&assessment));
        observe.observe(&StreamEvent::Started);
        observe.observe(&StreamEvent::Progress { step: Preparation::LoadingModel, fraction: 0.5 });
        observe.observe(&StreamEvent::Restarted { why: "it was gone" });
        observe.observe(&StreamEvent::Text { text });
        observe.observe(&StreamEvent::Proposed(&proposal));
        observe.observe(&StreamEvent::Checked(&proposal.checks));
        observe.observe(&StreamEvent::Refused(&Refusal::Empty));
        observe.observe(&StreamEvent::Failed(&GenerateError::Interrupted));
    }
}
