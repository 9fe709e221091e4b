//! Implementations without a machine behind them, for tests of everything around the traits.

use super::sample_assessment;
use crate::assess::{Assess, Assessment, RiskLevel};
use crate::confirm::{Answer, Approved, Confirm};
use crate::context::ExecutionContext;
use crate::execute::{Execute, ExecuteError, Execution};
use crate::fence::{FenceReader, Read};
use crate::generate::{Chunk, FinishReason, Generate, GenerateError, GenerateOptions, Usage};
use crate::observe::{Observe, StreamEvent};
use crate::prompt::Prompt;
use crate::proposal::{Check, Proposal};
use crate::record::{Disposition, GenerationRecord, HistoryEntry, Record, RecordError, SafetyRecord};
use crate::request::{CommandRequest, Platform, SafetyLevel, ShellType};
use crate::verify::{Amended, Verify};
use chrono::DateTime;
use futures_core::Stream;
use futures_core::future::BoxFuture;
use futures_core::stream::BoxStream;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use uuid::Uuid;

/// Answers every prompt with the same pieces of model text, read through the real output contract.
#[derive(Debug, Clone, Default)]
pub struct ScriptedBackend {
    /// Model text, piece by piece, as a model would stream it after the opening fence.
    pub pieces: Vec<String>,
    /// The same for a prompt that asks for a correction; without it, as before.
    pub corrected: Option<Vec<String>>,
    /// What the second and every further alternative is; without it, as the first.
    pub others: Option<Vec<String>>,
    /// Fails with this instead of finishing.
    pub error: Option<GenerateError>,
}

impl ScriptedBackend {
    /// A backend that answers with `command`, one character a piece.
    #[must_use]
    pub fn answering(command: &str) -> Self {
        Self { pieces: pieces(command), corrected: None, others: None, error: None }
    }

    /// The same backend, which answers with `command` when it is told that something was wrong.
    #[must_use]
    pub fn corrected_to(mut self, command: &str) -> Self {
        self.corrected = Some(pieces(command));
        self
    }

    /// The same backend, whose further alternatives are `command`.
    #[must_use]
    pub fn then_also(mut self, command: &str) -> Self {
        self.others = Some(pieces(command));
        self
    }

    fn answer(pieces: &[String], alternative: u16, max_tokens: u32, items: &mut Vec<Result<Chunk, GenerateError>>) {
        let mut reader = FenceReader::prefilled();
        let text_chunk = |text| Ok(Chunk::Text { alternative, text, probability: None });
        let mut reason = FinishReason::Length;
        for (count, piece) in (1..).zip(pieces) {
            let (text, end) = match reader.push(piece) {
                Read::Text(text) => (text, None),
                Read::Closed(text) => (text, Some(FinishReason::Stop)),
                Read::Loop => (String::new(), Some(FinishReason::Loop)),
            };
            if !text.is_empty() {
                items.push(text_chunk(text));
            }
            if let Some(end) = end {
                reason = end;
                break;
            }
            if count >= max_tokens {
                break;
            }
        }
        items.push(Ok(Chunk::Finished { alternative, reason }));
    }
}

fn pieces(command: &str) -> Vec<String> {
    format!("{command}\n```").chars().map(String::from).collect()
}

impl Generate for ScriptedBackend {
    fn generate(&self, prompt: &Prompt, options: &GenerateOptions) -> BoxStream<'static, Result<Chunk, GenerateError>> {
        let again = self.corrected.as_ref().filter(|_| !prompt.earlier.is_empty());
        let pieces = again.unwrap_or(&self.pieces);
        let mut items = Vec::new();
        for alternative in 0..options.alternatives {
            let pieces = self.others.as_ref().filter(|_| alternative > 0).unwrap_or(pieces);
            Self::answer(pieces, alternative, options.max_tokens, &mut items);
        }
        items.push(self.error.clone().map_or_else(|| Ok(Chunk::Done(Usage::default())), Err));
        Box::pin(Items(items.into_iter()))
    }
}

struct Items(std::vec::IntoIter<Result<Chunk, GenerateError>>);

impl Stream for Items {
    type Item = Result<Chunk, GenerateError>;
    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(self.0.next())
    }
}

/// Finds fault with commands that hold a word.
#[derive(Debug, Clone, Copy)]
pub struct Disliking(pub &'static str);

impl Verify for Disliking {
    fn verify(&self, command: &str, _: &CommandRequest, _: &ExecutionContext) -> Vec<Check> {
        let passed = !command.contains(self.0);
        vec![Check { name: "word".to_owned(), passed, detail: format!("`{}` is not liked", self.0) }]
    }
}

/// Puts the first word in the place of the second.
#[derive(Debug, Clone, Copy)]
pub struct Replacing(pub &'static str, pub &'static str);

impl Verify for Replacing {
    fn verify(&self, command: &str, request: &CommandRequest, context: &ExecutionContext) -> Vec<Check> {
        Disliking(self.0).verify(command, request, context)
    }

    fn amend(&self, command: &str, request: &CommandRequest, context: &ExecutionContext) -> Amended {
        let now = command.replace(self.0, self.1);
        let why = (now != command).then(|| format!("`{}` is not liked.", self.0));
        Amended { checks: self.verify(&now, request, context), command: now, why }
    }
}

/// Finds the same risk in every command.
#[derive(Debug, Clone, Copy)]
pub struct FixedRisk(pub RiskLevel);

impl Assess for FixedRisk {
    fn assess(&self, command: &str, _: &ExecutionContext, level: SafetyLevel) -> Assessment {
        sample_assessment(command, self.0, level)
    }
}

/// Gives prepared answers one after the other, then shows; keeps what it was asked about.
#[derive(Debug, Default)]
pub struct ScriptedConfirm {
    /// Answers still to give.
    pub answers: Vec<Answer>,
    /// Commands it was asked about.
    pub asked: Vec<String>,
}

impl Confirm for ScriptedConfirm {
    fn confirm<'a>(&'a mut self, _: &'a Proposal, assessment: &'a Assessment) -> BoxFuture<'a, Answer> {
        self.asked.push(assessment.command().to_owned());
        let answer = if self.answers.is_empty() { Answer::Show } else { self.answers.remove(0) };
        Box::pin(std::future::ready(answer))
    }
}

/// Runs nothing and keeps what it was given.
#[derive(Debug, Default)]
pub struct KeepingExecute {
    /// What would have been run.
    pub approved: Vec<Approved>,
    /// The status each run is said to have.
    pub exit_code: i32,
}

impl Execute for KeepingExecute {
    fn execute(&mut self, approved: Approved) -> BoxFuture<'_, Result<Execution, ExecuteError>> {
        self.approved.push(approved);
        Box::pin(std::future::ready(Ok(Execution { exit_code: self.exit_code, duration: Duration::ZERO })))
    }
}

/// Keeps entries in memory, or refuses every one.
#[derive(Debug, Default)]
pub struct MemoryRecord {
    /// What was kept.
    pub entries: Vec<HistoryEntry>,
    /// Whether to refuse.
    pub broken: bool,
}

impl Record for MemoryRecord {
    fn record(&mut self, entry: &HistoryEntry) -> Result<(), RecordError> {
        if self.broken {
            return Err(RecordError("the store is broken".to_owned()));
        }
        self.entries.push(entry.clone());
        Ok(())
    }
}

/// Keeps a word for each event.
#[derive(Debug, Default)]
pub struct EventLog(pub Vec<String>);

impl Observe for EventLog {
    fn observe(&mut self, event: &StreamEvent<'_>) {
        self.0.push(match event {
            StreamEvent::Started => "started".to_owned(),
            StreamEvent::Progress { .. } => "progress".to_owned(),
            StreamEvent::Text { text } => format!("text {text}"),
            StreamEvent::Restarted { why } => format!("restarted {why}"),
            StreamEvent::Proposed(proposal) => format!("proposed {}", proposal.command),
            StreamEvent::Checked(checks) => {
                let failed = checks.iter().filter(|check| !check.passed).count();
                format!("checked {}, {failed} failed", checks.len())
            }
            StreamEvent::Refused(why) => format!("refused {why}"),
            StreamEvent::Failed(error) => format!("failed {error}"),
            StreamEvent::Assessed(assessment) => format!("assessed {}", assessment.decision()),
        });
    }
}

/// A proposal of `command` and nothing else.
#[must_use]
pub fn proposal(command: &str) -> Proposal {
    Proposal {
        command: command.to_owned(),
        alternatives: Vec::new(),
        confidence: Some(0.5),
        checks: vec![Check { name: "complete".to_owned(), passed: true, detail: "sample".to_owned() }],
        usage: Usage::default(),
    }
}

/// An entry with every part filled in.
#[must_use]
pub fn entry(text: &str) -> HistoryEntry {
    let assessment = sample_assessment(text, RiskLevel::High, SafetyLevel::Moderate);
    HistoryEntry {
        id: Uuid::nil(),
        time: DateTime::UNIX_EPOCH,
        request: text.to_owned(),
        command: Some(text.to_owned()),
        edited: Some(text.to_owned()),
        explanation: Some(text.to_owned()),
        shell: ShellType::Bash,
        platform: Platform::Linux,
        cwd: "/tmp".into(),
        session: Some("session".to_owned()),
        host: Some("host".to_owned()),
        user: Some("ada".to_owned()),
        disposition: Disposition::Run,
        safety: Some(SafetyRecord {
            risk: assessment.risk(),
            rules: vec!["sample".to_owned()],
            decision: assessment.decision(),
            consent: None,
        }),
        execution: Some(Execution { exit_code: 0, duration: Duration::from_millis(5) }),
        generation: Some(GenerationRecord {
            duration: Duration::from_millis(5),
            backend: Some("backend".to_owned()),
            model: Some("model".to_owned()),
            confidence: Some(0.5),
        }),
        tags: vec!["tag".to_owned()],
        favourite: true,
        redactions: Vec::new(),
    }
}
