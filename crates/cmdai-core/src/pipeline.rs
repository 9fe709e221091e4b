//! The order of a request, on one screen; nothing else knows it.
//!
//! `CommandRequest -> ExecutionContext -> Prompt -> chunks -> Proposal -> checks -> Assessment -> Confirmation -> Execution -> HistoryEntry`.
//!
//! Dropping the future of [`Pipeline::run`] cancels the request at whatever stage it is. The core does no I/O: all of it is
//! behind the traits. Failing to record is a warning, never a failure (held by `a_broken_record_is_a_warning`).

use crate::assess::{Assess, Assessment, Decision};
use crate::confirm::{Answer, Confirm, Consent};
use crate::context::ExecutionContext;
use crate::execute::{Execute, ExecuteError, Execution};
use crate::generate::{Chunk, Generate, GenerateError, GenerateOptions};
use crate::observe::{Observe, StreamEvent};
use crate::prompt::Prompt;
use crate::proposal::{Check, Collector, Proposal, Refusal};
use crate::record::{Disposition, GenerationRecord, HistoryEntry, Record, SafetyRecord};
use crate::request::CommandRequest;
use crate::verify::{Amended, Verify, complaint};
use std::future::poll_fn;
use std::time::{Duration, Instant};
use uuid::Uuid;

/// The parts a request passes through.
#[allow(missing_debug_implementations, reason = "holds trait objects of the caller")]
pub struct Pipeline<'a> {
    /// Where text comes from.
    pub backend: &'a dyn Generate,
    /// Who checks what the model says.
    pub verifier: &'a dyn Verify,
    /// Who judges.
    pub assessor: &'a dyn Assess,
    /// Who decides.
    pub confirm: &'a mut dyn Confirm,
    /// Who runs.
    pub execute: &'a mut dyn Execute,
    /// Who remembers.
    pub record: &'a mut dyn Record,
    /// Who watches.
    pub observe: &'a mut dyn Observe,
}

/// Commands made when further ones are wished for, the first of which is the one that is there.
const SEVERAL: u16 = 4;

/// What became of a request.
#[derive(Debug)]
pub struct Outcome {
    /// What the model proposed.
    pub proposal: Proposal,
    /// The last judgement: of the proposal, or of its edited form.
    pub assessment: Assessment,
    /// What was done with it.
    pub disposition: Disposition,
    /// The run, if there was one.
    pub execution: Option<Execution>,
    /// Time spent in each stage.
    pub timings: Timings,
    /// What went wrong beside the request, in sentences.
    pub warnings: Vec<String>,
}

/// Wall-clock time of the stages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Timings {
    /// From the start of generation to the first text of the command.
    pub first_chunk: Option<Duration>,
    /// The whole generation.
    pub generation: Duration,
    /// All judging.
    pub assessment: Duration,
    /// Recording.
    pub history: Duration,
}

/// Why a request ended without a command or without the run that was approved.
#[derive(Debug, thiserror::Error)]
pub enum PipelineError {
    /// The backend failed.
    #[error(transparent)]
    Generate(#[from] GenerateError),
    /// The model's answer is no command.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The approved command could not be started.
    #[error(transparent)]
    Execute(#[from] ExecuteError),
}

impl Pipeline<'_> {
    /// Takes one request through all stages.
    ///
    /// # Errors
    /// [`PipelineError`]; the failure is recorded like any other end.
    pub async fn run(
        &mut self,
        request: &CommandRequest,
        context: &ExecutionContext,
        options: &GenerateOptions,
        id: Uuid,
    ) -> Result<Outcome, PipelineError> {
        let mut timings = Timings::default();
        let mut entry = new_entry(id, request, context);

        let mut prompt = Prompt::new(request, context);
        let generated = self.propose_verified(prompt.clone(), request, context, options, &mut timings).await;
        let mut proposal = match generated {
            Ok(proposal) => proposal,
            Err(error) => return self.fail(entry, error),
        };
        let mut assessment = self.assess(&proposal.command, request, context, &mut timings);
        let consent = loop {
            match self.confirm.confirm(&proposal, &assessment).await {
                Answer::Edit(text) => assessment = self.assess(&text, request, context, &mut timings),
                Answer::Revise(words) => {
                    let revised = prompt.clone().revised(assessment.command(), &words);
                    match self.propose_verified(revised.clone(), request, context, options, &mut timings).await {
                        Ok(other) => {
                            (proposal, prompt) = (other, revised);
                            assessment = self.assess(&proposal.command, request, context, &mut timings);
                            entry.request = format!("{}; {words}", entry.request);
                        }
                        Err(error) => proposal.checks.push(failed("revised", &error)),
                    }
                }
                Answer::Alternatives => {
                    let several = GenerateOptions { alternatives: SEVERAL, ..options.clone() };
                    match self.propose(&prompt, &several, &mut timings).await {
                        Ok(others) => proposal.add(others),
                        Err(error) => proposal.checks.push(failed("alternatives", &error)),
                    }
                }
                Answer::Copied => break Err(Disposition::Copied),
                Answer::Show => break Err(Disposition::Shown),
                Answer::Decline if assessment.decision() == Decision::Block => break Err(Disposition::Blocked),
                Answer::Decline => break Err(Disposition::Declined),
                Answer::Run(consent) => break Ok(consent),
            }
        };
        entry.command = Some(proposal.command.clone());
        entry.edited = (assessment.command() != proposal.command).then(|| assessment.command().to_owned());
        entry.generation = Some(GenerationRecord {
            duration: timings.generation,
            confidence: proposal.confidence,
            ..GenerationRecord::default()
        });
        entry.safety = Some(safety_record(&assessment, consent.ok()));

        let approved = consent.map(|consent| assessment.clone().approve(consent));
        let (disposition, execution) = match approved {
            Err(disposition) => (disposition, None),
            Ok(Err(_)) => (Disposition::Blocked, None),
            Ok(Ok(approved)) => match self.execute.execute(approved).await {
                Ok(execution) => (Disposition::Run, Some(execution)),
                Err(error) => return self.fail(entry, error.into()),
            },
        };
        entry.disposition = disposition;
        entry.execution = execution;
        let warnings = self.keep(&entry, &mut timings);
        Ok(Outcome { proposal, assessment, disposition, execution, timings, warnings })
    }

    /// A proposal that passed its checks, or the better one of two: what has one remedy is put right, and where a check still fails
    /// the model is told so, once. A correction that cannot be had, or that is no better, leaves the first proposal, with its failed
    /// checks for the reader.
    async fn propose_verified(
        &mut self,
        prompt: Prompt,
        request: &CommandRequest,
        context: &ExecutionContext,
        options: &GenerateOptions,
        timings: &mut Timings,
    ) -> Result<Proposal, PipelineError> {
        let mut first = self.propose(&prompt, options, timings).await?;
        let first_checks = self.verified(&mut first, request, context);
        let (failed, complaint) = (count_failed(&first_checks), complaint(&first_checks));
        first.checks.extend(first_checks);
        self.observe.observe(&StreamEvent::Checked(&first.checks));
        let Some(complaint) = complaint else { return Ok(first) };
        self.observe.observe(&StreamEvent::Restarted { why: &complaint });
        let alone = GenerateOptions { alternatives: 1, refuse_at: 1.0, ..options.clone() };
        let corrected = prompt.corrected(&first.command, &complaint);
        let Ok(mut second) = self.propose(&corrected, &alone, timings).await else { return Ok(first) };
        let checks = self.verified(&mut second, request, context);
        if second.command == first.command || count_failed(&checks) >= failed {
            return Ok(first);
        }
        second.checks.extend(checks);
        self.observe.observe(&StreamEvent::Checked(&second.checks));
        let detail = format!("the first answer was `{}`. {complaint}", first.command);
        second.checks.push(Check { name: "corrected".to_owned(), passed: true, detail });
        second.alternatives = first.alternatives;
        Ok(second)
    }

    /// What the checks say of the proposal, once what has one remedy is put right.
    fn verified(&self, proposal: &mut Proposal, request: &CommandRequest, context: &ExecutionContext) -> Vec<Check> {
        let Amended { command, why, checks } = self.verifier.amend(&proposal.command, request, context);
        if let Some(why) = why {
            let detail = format!("the model wrote `{}`. {why}", proposal.command);
            proposal.checks.push(Check { name: "amended".to_owned(), passed: true, detail });
        }
        proposal.command = command;
        checks
    }

    async fn propose(
        &mut self,
        prompt: &Prompt,
        options: &GenerateOptions,
        timings: &mut Timings,
    ) -> Result<Proposal, PipelineError> {
        self.observe.observe(&StreamEvent::Started);
        let started = Instant::now();
        let mut stream = self.backend.generate(prompt, options);
        let mut collector = Collector::default();
        while let Some(item) = poll_fn(|cx| stream.as_mut().poll_next(cx)).await {
            let chunk = item.inspect_err(|error| self.observe.observe(&StreamEvent::Failed(error)))?;
            match &chunk {
                Chunk::Progress { step, fraction } => {
                    self.observe.observe(&StreamEvent::Progress { step: *step, fraction: *fraction });
                }
                Chunk::Restarted { why } => self.observe.observe(&StreamEvent::Restarted { why }),
                Chunk::Text { alternative: 0, text, .. } => {
                    timings.first_chunk.get_or_insert_with(|| started.elapsed());
                    self.observe.observe(&StreamEvent::Text { text });
                }
                _ => {}
            }
            collector.push(&chunk);
        }
        timings.generation += started.elapsed();
        let proposal = collector.into_proposal().inspect_err(|why| self.observe.observe(&StreamEvent::Refused(why)))?;
        self.observe.observe(&StreamEvent::Proposed(&proposal));
        Ok(proposal)
    }

    fn assess(
        &mut self,
        command: &str,
        request: &CommandRequest,
        context: &ExecutionContext,
        timings: &mut Timings,
    ) -> Assessment {
        let started = Instant::now();
        let assessment = self.assessor.assess(command, context, request.safety);
        timings.assessment += started.elapsed();
        self.observe.observe(&StreamEvent::Assessed(&assessment));
        assessment
    }

    fn keep(&mut self, entry: &HistoryEntry, timings: &mut Timings) -> Vec<String> {
        let started = Instant::now();
        let kept = self.record.record(entry);
        timings.history = started.elapsed();
        kept.err().map(|error| error.to_string()).into_iter().collect()
    }

    /// Records a failure and hands it on; that the record failed too would only hide the first cause.
    fn fail(&mut self, entry: HistoryEntry, error: PipelineError) -> Result<Outcome, PipelineError> {
        self.keep(&HistoryEntry { disposition: Disposition::Failed, ..entry }, &mut Timings::default());
        Err(error)
    }
}

/// A wish that could not be fulfilled, beside the command that stays.
fn failed(name: &str, error: &PipelineError) -> Check {
    Check { name: name.to_owned(), passed: false, detail: error.to_string() }
}

fn count_failed(checks: &[Check]) -> usize {
    checks.iter().filter(|check| !check.passed).count()
}

fn new_entry(id: Uuid, request: &CommandRequest, context: &ExecutionContext) -> HistoryEntry {
    HistoryEntry {
        id,
        time: context.captured_at,
        request: request.input().to_owned(),
        command: None,
        edited: None,
        explanation: None,
        shell: request.shell,
        platform: request.platform,
        cwd: context.cwd.clone(),
        session: None,
        host: context.host.clone(),
        user: context.user.clone(),
        disposition: Disposition::Failed,
        safety: None,
        execution: None,
        generation: None,
        tags: Vec::new(),
        favourite: false,
        redactions: Vec::new(),
    }
}

fn safety_record(assessment: &Assessment, consent: Option<Consent>) -> SafetyRecord {
    SafetyRecord {
        risk: assessment.risk(),
        rules: assessment.findings().iter().map(|f| f.rule.clone()).collect(),
        decision: assessment.decision(),
        consent,
    }
}
