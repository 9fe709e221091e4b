//! What happens while a request is worked on, as JSON lines: for programs that show it as it comes.
//!
//! The events are those of the pipeline, under names that stay (`test:each_event_is_a_line_of_its_own` in the end-to-end tests); a
//! reader that is gone is found out when the result is printed.

use crate::say;
use cmdai_core::observe::{Observe, StreamEvent};
use serde_json::json;

/// Prints each event.
#[derive(Debug, Clone, Copy)]
pub struct Events;

impl Observe for Events {
    fn observe(&mut self, event: &StreamEvent<'_>) {
        let (name, value) = match event {
            StreamEvent::Progress { step, fraction } => ("progress", json!({ "step": step, "fraction": fraction })),
            StreamEvent::Text { text } => ("chunk", json!({ "text": text })),
            StreamEvent::Restarted { why } => ("restarted", json!({ "why": why })),
            StreamEvent::Checked(checks) => ("checks", json!({ "checks": checks })),
            StreamEvent::Assessed(judged) => (
                "assessed",
                json!({
                    "command": judged.command(), "risk": judged.risk(), "decision": judged.decision(),
                    "coverage": judged.coverage(), "findings": judged.findings(),
                }),
            ),
            // What failed is told as an error, and the rest with the result.
            _ => return,
        };
        let _ = say::try_line(&say::event(name, value).to_string());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cmdai_core::contract::observe;

    #[test]
    fn observe_contract() {
        observe::any_event_is_taken(&mut Events);
    }
}
