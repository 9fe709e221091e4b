//! The result as one JSON object, and its times for the log.

use crate::backends::Answered;
use crate::preview::Preview;
use crate::say::milliseconds;
use cmdai_core::assess::Assessment;
use cmdai_core::pipeline::Outcome;
use cmdai_core::record::Disposition;
use cmdai_core::request::CommandRequest;
use serde_json::{Value, json};
use std::time::Duration;

/// Everything there is to say of an answered request.
#[derive(Debug)]
pub struct Report<'a> {
    /// What was asked.
    pub request: &'a CommandRequest,
    /// What came of it.
    pub outcome: &'a Outcome,
    /// The other commands, judged.
    pub alternatives: &'a [Assessment],
    /// What the command would do to files.
    pub preview: &'a [Preview],
    /// Who answered, and with which model.
    pub source: &'a Answered,
    /// Whether the request left this machine.
    pub remote: bool,
    /// Time to find out about this machine.
    pub probing: Duration,
    /// Time since the process started.
    pub total: Duration,
}

impl Report<'_> {
    /// The result as `--json` prints it. Times are milliseconds, confidence is a probability.
    #[must_use]
    pub fn json(&self) -> Value {
        let Outcome { proposal, assessment, disposition, execution, warnings, .. } = self.outcome;
        json!({
            "request": self.request.input(),
            "command": assessment.command(),
            "risk": assessment.risk(),
            "decision": assessment.decision(),
            "coverage": assessment.coverage(),
            "findings": assessment.findings(),
            "alternatives": self.alternatives.iter().map(alternative).collect::<Vec<_>>(),
            "preview": self.preview,
            "shell": self.request.shell,
            "backend": self.source.backend,
            "model": self.source.model,
            "remote": self.remote,
            "confidence": proposal.confidence,
            "checks": proposal.checks,
            "executed": *disposition == Disposition::Run,
            "exit_code": execution.map(|execution| execution.exit_code),
            "timings": self.timings(),
            "usage": self.usage(),
            "warnings": warnings,
        })
    }

    /// Writes the stages and their times to the log.
    pub fn log(&self) {
        tracing::info!(backend = self.source.backend, model = self.source.model, timings = %self.timings(), usage = %self.usage(), "timings");
    }

    fn timings(&self) -> Value {
        let timings = &self.outcome.timings;
        json!({
            "context": milliseconds(self.probing),
            "first_chunk": timings.first_chunk.map(milliseconds),
            "generation": milliseconds(timings.generation),
            "assessment": milliseconds(timings.assessment),
            "history": milliseconds(timings.history),
            "total": milliseconds(self.total),
        })
    }

    fn usage(&self) -> Value {
        let usage = &self.outcome.proposal.usage;
        json!({
            "load_ms": usage.load.map(milliseconds),
            "prefix_ms": usage.prefix.map(milliseconds),
            "prefix_tokens": usage.prefix_tokens,
            "prefix_restored": usage.prefix_restored,
            "prompt_ms": usage.prompt.map(milliseconds),
            "prompt_tokens": usage.prompt_tokens,
            "decode_ms": usage.decode.map(milliseconds),
            "output_tokens": usage.output_tokens,
        })
    }
}

fn alternative(judged: &Assessment) -> Value {
    json!({ "command": judged.command(), "risk": judged.risk(), "decision": judged.decision() })
}
