//! What is remembered of a request.
//!
//! Last in the flow. A failure to record never fails the request: the pipeline turns it into a warning.

use crate::assess::{Decision, RiskLevel};
use crate::confirm::Consent;
use crate::execute::Execution;
use crate::names::named;
use crate::request::{Platform, ShellType};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::time::Duration;
use uuid::Uuid;

named! {
    /// What became of a request.
    Disposition, "disposition" {
        /// The command was printed and not run.
        Shown = "shown",
        /// It was put on the clipboard or the prompt line of a shell, and not run by us.
        Copied = "copied",
        /// It was run.
        Run = "run",
        /// The user said no.
        Declined = "declined",
        /// Safety did not let it run.
        Blocked = "blocked",
        /// No command came of it, or it could not be started.
        Failed = "failed",
    }
}

/// One request and what became of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HistoryEntry {
    /// Version 7, so ids sort by time.
    pub id: Uuid,
    /// When the request was made.
    pub time: DateTime<Utc>,
    /// What was asked.
    pub request: String,
    /// What the model proposed; absent where it gave no command.
    pub command: Option<String>,
    /// What the user made of it, if it was edited.
    pub edited: Option<String>,
    /// What the command does, in words, if that was asked for.
    #[serde(default)]
    pub explanation: Option<String>,
    /// The shell it is for.
    pub shell: ShellType,
    /// The platform it is for.
    pub platform: Platform,
    /// Where it was asked.
    pub cwd: PathBuf,
    /// The shell session it belongs to, as its host names it.
    #[serde(default)]
    pub session: Option<String>,
    /// Host name.
    pub host: Option<String>,
    /// User name.
    pub user: Option<String>,
    /// What became of it.
    pub disposition: Disposition,
    /// The judgement, if it came that far.
    pub safety: Option<SafetyRecord>,
    /// The run, if there was one.
    pub execution: Option<Execution>,
    /// The generation, if it came that far.
    pub generation: Option<GenerationRecord>,
    /// Words the user sorted it under.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Whether the user wants to keep it for good.
    #[serde(default)]
    pub favourite: bool,
    /// What was hidden before it was kept; empty where nothing was.
    #[serde(default)]
    pub redactions: Vec<Redaction>,
}

impl HistoryEntry {
    /// The command as it was last: edited, or else as it was proposed.
    #[must_use]
    pub fn final_command(&self) -> Option<&str> {
        self.edited.as_deref().or(self.command.as_deref())
    }
}

/// How often a rule hid something in one entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Redaction {
    /// Name of the rule.
    pub rule: String,
    /// How many spans it hid.
    pub count: u32,
}

/// The judgement in short.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SafetyRecord {
    /// Worst risk.
    pub risk: RiskLevel,
    /// Names of the rules that found something.
    pub rules: Vec<String>,
    /// What was decided.
    pub decision: Decision,
    /// On whose word it ran, if it did.
    pub consent: Option<Consent>,
}

/// The generation in short.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct GenerationRecord {
    /// Wall-clock time from prompt to last token.
    pub duration: Duration,
    /// The backend that answered.
    #[serde(default)]
    pub backend: Option<String>,
    /// The model that answered.
    #[serde(default)]
    pub model: Option<String>,
    /// Confidence of the command, 0 to 1.
    pub confidence: Option<f32>,
}

/// Why an entry could not be kept.
#[derive(Debug, thiserror::Error)]
#[error("the request could not be recorded: {0}")]
pub struct RecordError(pub String);

/// Keeps entries. Laws: `contract::record`.
pub trait Record: Send {
    /// Keeps one entry.
    ///
    /// # Errors
    /// [`RecordError`] with the cause; the request goes on.
    fn record(&mut self, entry: &HistoryEntry) -> Result<(), RecordError>;
}
