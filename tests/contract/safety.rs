//! The analyser keeps the laws of `Assess`, with and without a policy of the user.

#![allow(missing_docs, reason = "a test target has no public interface")]

use cmdai_core::assess::RiskLevel;
use cmdai_core::contract::assess;
use cmdai_safety::{Analyzer, CustomPattern, PolicyConfig};

#[test]
fn assess_contract() {
    assess::all(&Analyzer::new());
}

#[test]
fn assess_contract_with_a_policy() {
    let pattern = CustomPattern {
        name: "prod".to_owned(),
        pattern: r"(?<!not-)prod".to_owned(),
        risk: RiskLevel::High,
        why: "touches production".to_owned(),
    };
    let config =
        PolicyConfig { patterns: vec![pattern], allow: vec!["make **".to_owned()], deny: vec!["nano *".to_owned()] };
    assess::all(&Analyzer::with_policy(config).expect("a valid policy"));
}
