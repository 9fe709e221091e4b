//! The fakes of `cmdai-core` keep the laws of the traits they stand in for.

#![allow(missing_docs, clippy::expect_used, reason = "a test target has no public interface")]

use cmdai_core::assess::RiskLevel;
use cmdai_core::contract::fake::{Disliking, EventLog, FixedRisk, MemoryRecord, ScriptedBackend, ScriptedConfirm};
use cmdai_core::contract::{assess, confirm, generate, observe, record, verify};
use cmdai_core::verify::Unverified;

fn block_on<T>(future: impl Future<Output = T>) -> T {
    futures_util::FutureExt::now_or_never(future).expect("fakes never wait")
}

#[test]
fn generate_contract() {
    block_on(generate::all(&ScriptedBackend::answering("ls -la")));
}

#[test]
fn assess_contract() {
    for risk in RiskLevel::ALL {
        assess::all(&FixedRisk(*risk));
    }
}

#[test]
fn confirm_contract() {
    block_on(confirm::nobody_to_ask_means_no_run(&mut ScriptedConfirm::default()));
    block_on(confirm::a_run_has_enough_consent(&mut ScriptedConfirm::default()));
}

#[test]
fn record_contract() {
    record::any_entry_is_taken(&mut MemoryRecord::default());
}

#[test]
fn verify_contract() {
    verify::any_text_is_checked(&Unverified);
    verify::any_text_is_checked(&Disliking("ls"));
}

#[test]
fn observe_contract() {
    observe::any_event_is_taken(&mut EventLog::default());
}
