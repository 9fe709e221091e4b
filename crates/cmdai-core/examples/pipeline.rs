//! Embeds the pipeline: every part of a request, with a model, a judge and a memory from the feature `contract` in the place of
//! real ones. Of your own you need what this shows: who is asked, and what runs the command.
//!
//! `cargo run -p cmdai-core --example pipeline -- 'ls -l'` says what becomes of a model's answer; nothing is run.

#![allow(clippy::print_stdout, reason = "a program prints")]

use cmdai_core::assess::{Assessment, RiskLevel};
use cmdai_core::confirm::{Answer, Approved, Confirm, Consent};
use cmdai_core::context::ExecutionContext;
use cmdai_core::contract::fake::{EventLog, FixedRisk, MemoryRecord, ScriptedBackend};
use cmdai_core::execute::{Execute, ExecuteError, Execution};
use cmdai_core::generate::GenerateOptions;
use cmdai_core::pipeline::Pipeline;
use cmdai_core::proposal::Proposal;
use cmdai_core::request::{CommandRequest, Platform, ShellType};
use cmdai_core::verify::Unverified;
use futures_core::future::BoxFuture;
use futures_util::FutureExt;
use std::error::Error;
use std::time::Duration;
use uuid::Uuid;

/// Agrees to whatever is not blocked.
struct Agreeable;

impl Confirm for Agreeable {
    fn confirm<'a>(&'a mut self, _: &'a Proposal, assessment: &'a Assessment) -> BoxFuture<'a, Answer> {
        println!("{}: {}", assessment.risk(), assessment.command());
        Box::pin(std::future::ready(Answer::Run(Consent::Confirmed)))
    }
}

/// Prints in the place of running. Only what was judged and agreed to can arrive here.
struct Printing;

impl Execute for Printing {
    fn execute(&mut self, approved: Approved) -> BoxFuture<'_, Result<Execution, ExecuteError>> {
        println!("would run: {}", approved.command());
        Box::pin(std::future::ready(Ok(Execution { exit_code: 0, duration: Duration::ZERO })))
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let answer = std::env::args().nth(1).unwrap_or_else(|| "ls -S | head -n 5".to_owned());
    let request = CommandRequest::new("the five largest files here", ShellType::Bash, Platform::Linux)?;
    let here = ExecutionContext::new(
        "/home/ada/project".into(),
        ShellType::Bash,
        Platform::Linux,
        chrono::DateTime::UNIX_EPOCH,
    );
    let (backend, mut record, mut events) =
        (ScriptedBackend::answering(&answer), MemoryRecord::default(), EventLog::default());
    let (mut agreeable, mut printing) = (Agreeable, Printing);
    let mut pipeline = Pipeline {
        backend: &backend,
        verifier: &Unverified,
        assessor: &FixedRisk(RiskLevel::Safe),
        confirm: &mut agreeable,
        execute: &mut printing,
        record: &mut record,
        observe: &mut events,
    };
    let options = GenerateOptions::default();
    let outcome = pipeline.run(&request, &here, &options, Uuid::nil());
    // Nothing here waits, so the future is ready at once; with a real model an executor drives it.
    let outcome = outcome.now_or_never().ok_or("something waits")??;
    println!("{:?}, {} entry kept", outcome.disposition, record.entries.len());
    Ok(())
}
