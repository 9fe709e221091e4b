//! The judge until the effects analyser is here: it understands nothing and says so.
//!
//! Coverage is `unparsed`, so every command is asked about and none is called safe.

use cmdai_core::assess::{Assess, Assessment, Coverage};
use cmdai_core::context::ExecutionContext;
use cmdai_core::request::SafetyLevel;

/// Judges nothing.
#[derive(Debug, Clone, Copy)]
pub struct Unjudged;

impl Assess for Unjudged {
    fn assess(&self, command: &str, _: &ExecutionContext, level: SafetyLevel) -> Assessment {
        Assessment::new(command, Vec::new(), Coverage::Unparsed, level)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cmdai_core::contract;

    #[test]
    fn assess_contract() {
        contract::assess::all(&Unjudged);
    }
}
