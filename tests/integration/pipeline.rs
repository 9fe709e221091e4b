//! The order of a request and what becomes of each way it can end.

#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing, reason = "a test target")]

use cmdai_core::assess::RiskLevel;
use cmdai_core::confirm::{Answer, Consent};
use cmdai_core::contract::fake::{
    Disliking, EventLog, FixedRisk, KeepingExecute, MemoryRecord, Replacing, ScriptedBackend, ScriptedConfirm,
};
use cmdai_core::contract::sample_context;
use cmdai_core::generate::{GenerateError, GenerateOptions};
use cmdai_core::pipeline::{Outcome, Pipeline, PipelineError};
use cmdai_core::record::Disposition;
use cmdai_core::request::{CommandRequest, Platform, ShellType};
use cmdai_core::verify::{Unverified, Verify};
use futures_util::FutureExt;
use uuid::Uuid;

struct World {
    backend: ScriptedBackend,
    verifier: Box<dyn Verify>,
    risk: FixedRisk,
    confirm: ScriptedConfirm,
    execute: KeepingExecute,
    record: MemoryRecord,
    events: EventLog,
}

impl World {
    fn new(command: &str, risk: RiskLevel, answers: Vec<Answer>) -> Self {
        Self {
            backend: ScriptedBackend::answering(command),
            verifier: Box::new(Unverified),
            risk: FixedRisk(risk),
            confirm: ScriptedConfirm { answers, asked: Vec::new() },
            execute: KeepingExecute::default(),
            record: MemoryRecord::default(),
            events: EventLog::default(),
        }
    }

    fn run(&mut self) -> Result<Outcome, PipelineError> {
        let request = CommandRequest::new("list files", ShellType::Bash, Platform::Linux).unwrap();
        let mut pipeline = Pipeline {
            backend: &self.backend,
            verifier: &*self.verifier,
            assessor: &self.risk,
            confirm: &mut self.confirm,
            execute: &mut self.execute,
            record: &mut self.record,
            observe: &mut self.events,
        };
        pipeline.run(&request, &sample_context(), &GenerateOptions::default(), Uuid::nil()).now_or_never().unwrap()
    }

    fn ran(&self) -> Vec<&str> {
        self.execute.approved.iter().map(cmdai_core::confirm::Approved::command).collect()
    }
}

#[test]
fn a_confirmed_command_passes_every_stage_in_order() {
    let mut world = World::new("ls", RiskLevel::High, vec![Answer::Run(Consent::Confirmed)]);
    let outcome = world.run().unwrap();
    assert_eq!(outcome.disposition, Disposition::Run);
    assert_eq!(world.ran(), ["ls"]);
    assert_eq!(world.events.0, ["started", "text l", "text s", "proposed ls", "checked 1, 0 failed", "assessed ask"]);
    let entry = &world.record.entries[0];
    assert_eq!(
        (entry.disposition, entry.command.as_deref(), entry.edited.as_deref()),
        (Disposition::Run, Some("ls"), None)
    );
    assert_eq!(entry.safety.as_ref().unwrap().consent, Some(Consent::Confirmed));
}

#[test]
fn a_failed_check_is_told_to_the_model_once() {
    let mut world = World::new("ls --big", RiskLevel::Safe, vec![Answer::Show]);
    world.verifier = Box::new(Disliking("--big"));
    world.backend = world.backend.corrected_to("ls -S");
    let outcome = world.run().unwrap();
    assert_eq!(outcome.proposal.command, "ls -S");
    assert!(world.events.0.contains(&"restarted `--big` is not liked.".to_owned()), "{:?}", world.events.0);
    let told: Vec<&str> = outcome.proposal.checks.iter().map(|check| check.name.as_str()).collect();
    assert_eq!(told, ["complete", "word", "corrected"]);
    assert_eq!(world.record.entries[0].command.as_deref(), Some("ls -S"));
}

#[test]
fn what_has_one_remedy_is_put_right_and_the_model_not_asked_again() {
    let mut world = World::new("ls --big", RiskLevel::Safe, vec![Answer::Show]);
    world.verifier = Box::new(Replacing("--big", "-S"));
    world.backend = world.backend.corrected_to("ls --never");
    let outcome = world.run().unwrap();
    assert_eq!((outcome.proposal.command.as_str(), outcome.assessment.command()), ("ls -S", "ls -S"));
    assert!(!world.events.0.iter().any(|event| event.starts_with("restarted")), "{:?}", world.events.0);
    let told: Vec<&str> = outcome.proposal.checks.iter().map(|check| check.name.as_str()).collect();
    assert_eq!(told, ["complete", "amended", "word"]);
    assert_eq!(world.record.entries[0].command.as_deref(), Some("ls -S"));
}

#[test]
fn a_correction_that_is_no_better_is_dropped() {
    for second in ["ls --big -l", "ls --big", "# I cannot"] {
        let mut world = World::new("ls --big", RiskLevel::Safe, vec![Answer::Show]);
        world.verifier = Box::new(Disliking("--big"));
        world.backend = world.backend.corrected_to(second);
        let outcome = world.run().unwrap();
        assert_eq!(outcome.proposal.command, "ls --big");
        assert!(outcome.proposal.checks.iter().any(|check| check.name == "word" && !check.passed));
    }
}

#[test]
fn nothing_runs_without_enough_consent() {
    for (risk, consent, expected) in [
        (RiskLevel::Safe, Consent::Automatic, Disposition::Run),
        (RiskLevel::High, Consent::Automatic, Disposition::Blocked),
        (RiskLevel::Critical, Consent::Confirmed, Disposition::Blocked),
        (RiskLevel::Critical, Consent::Overridden, Disposition::Run),
    ] {
        let mut world = World::new("x", risk, vec![Answer::Run(consent)]);
        assert_eq!(world.run().unwrap().disposition, expected, "{risk} on {consent}");
        assert_eq!(world.ran().is_empty(), expected != Disposition::Run);
    }
}

#[test]
fn an_edited_command_is_judged_again_and_both_texts_are_kept() {
    let answers = vec![Answer::Edit("ls -a".into()), Answer::Run(Consent::Confirmed)];
    let mut world = World::new("ls", RiskLevel::High, answers);
    let outcome = world.run().unwrap();
    assert_eq!(world.confirm.asked, ["ls", "ls -a"]);
    assert_eq!(world.ran(), ["ls -a"]);
    assert_eq!(outcome.assessment.command(), "ls -a");
    let entry = &world.record.entries[0];
    assert_eq!((entry.command.as_deref(), entry.edited.as_deref()), (Some("ls"), Some("ls -a")));
}

#[test]
fn a_revision_keeps_the_conversation_and_is_asked_about_again() {
    let answers = vec![Answer::Revise("only the hidden ones".into()), Answer::Run(Consent::Confirmed)];
    let mut world = World::new("ls", RiskLevel::High, answers);
    world.backend = world.backend.corrected_to("ls -d .*");
    let outcome = world.run().unwrap();
    assert_eq!(world.confirm.asked, ["ls", "ls -d .*"]);
    assert_eq!(world.ran(), ["ls -d .*"]);
    assert_eq!(outcome.proposal.command, "ls -d .*");
    let entry = &world.record.entries[0];
    assert_eq!(entry.request, "list files; only the hidden ones");
    assert_eq!((entry.command.as_deref(), entry.edited.as_deref()), (Some("ls -d .*"), None));
}

#[test]
fn a_revision_that_fails_leaves_the_command_and_says_why() {
    let answers = vec![Answer::Edit("ls -a".into()), Answer::Revise("as a song".into()), Answer::Show];
    let mut world = World::new("ls", RiskLevel::Safe, answers);
    world.backend = world.backend.corrected_to("# no command: that is no task for a shell");
    let outcome = world.run().unwrap();
    assert_eq!(world.confirm.asked, ["ls", "ls -a", "ls -a"]);
    assert_eq!(outcome.assessment.command(), "ls -a");
    let failed: Vec<&str> = outcome.proposal.checks.iter().filter(|c| !c.passed).map(|c| c.name.as_str()).collect();
    assert_eq!(failed, ["revised"]);
    assert_eq!(world.record.entries[0].request, "list files");
}

#[test]
fn alternatives_can_be_had_afterwards() {
    let mut world = World::new("ls", RiskLevel::Safe, vec![Answer::Alternatives, Answer::Show]);
    world.backend = world.backend.then_also("find .");
    let outcome = world.run().unwrap();
    assert_eq!(world.confirm.asked, ["ls", "ls"]);
    assert_eq!(outcome.proposal.alternatives, ["find ."]);
}

#[test]
fn showing_copying_and_declining_run_nothing() {
    for (answer, expected) in [
        (Answer::Show, Disposition::Shown),
        (Answer::Copied, Disposition::Copied),
        (Answer::Decline, Disposition::Declined),
    ] {
        let mut world = World::new("ls", RiskLevel::Safe, vec![answer]);
        assert_eq!(world.run().unwrap().disposition, expected);
        assert!(world.ran().is_empty());
        assert_eq!(world.record.entries[0].disposition, expected);
    }
}

#[test]
fn failures_are_recorded_and_nobody_is_asked() {
    let mut world = World::new("ls", RiskLevel::Safe, Vec::new());
    world.backend.error = Some(GenerateError::Interrupted);
    assert!(matches!(world.run(), Err(PipelineError::Generate(GenerateError::Interrupted))));
    world.backend = ScriptedBackend::answering("# I cannot");
    assert!(matches!(world.run(), Err(PipelineError::Refused(_))));
    assert!(world.confirm.asked.is_empty());
    assert!(world.record.entries.iter().all(|e| e.disposition == Disposition::Failed && e.command.is_none()));
    assert_eq!(world.record.entries.len(), 2);
}

#[test]
fn a_broken_record_is_a_warning() {
    let mut world = World::new("ls", RiskLevel::Safe, vec![Answer::Show]);
    world.record.broken = true;
    let outcome = world.run().unwrap();
    assert_eq!(outcome.warnings, ["the request could not be recorded: the store is broken"]);
}
