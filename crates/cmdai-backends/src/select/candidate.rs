//! What is chosen from, and by what.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::time::Duration;

/// Kinds of backends, in the order that decides when nothing else does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// llama.cpp in this process or its worker.
    EmbeddedLlama,
    /// MLX in this process or its worker.
    EmbeddedMlx,
    /// An Ollama server.
    Ollama,
    /// A server with the protocol of `OpenAI`.
    #[serde(rename = "openai")]
    OpenAi,
}

impl Kind {
    /// Whether it is a server, which may be there or not.
    #[must_use]
    pub const fn is_server(self) -> bool {
        matches!(self, Self::Ollama | Self::OpenAi)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::EmbeddedLlama => "embedded-llama",
            Self::EmbeddedMlx => "embedded-mlx",
            Self::Ollama => "ollama",
            Self::OpenAi => "openai",
        })
    }
}

/// Where a backend computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// On this machine.
    Local,
    /// Elsewhere: prompts leave this machine.
    Remote,
}

/// A backend that may be chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The user's name for it; no two are equal.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// Where it computes.
    pub place: Place,
    /// The model it would use.
    pub model: String,
    /// Most tokens of prompt and answer, if that is known.
    pub context_length: Option<u32>,
    /// Whether its model is in memory now, if that is known; what a probe found is newer and counts more.
    pub ready: Option<bool>,
    /// Why it cannot be used at all, for example that its model is not on this machine.
    pub unavailable: Option<String>,
}

impl Candidate {
    /// A candidate of which only this is known.
    #[must_use]
    pub fn new(name: &str, kind: Kind, place: Place, model: &str) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            place,
            model: model.to_owned(),
            context_length: None,
            ready: None,
            unavailable: None,
        }
    }

    /// What its measurements are kept under: another model has other times.
    #[must_use]
    pub fn key(&self) -> String {
        format!("{} {}", self.name, self.model)
    }
}

/// What the user wants.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Criteria {
    /// Name of the backend to take if it can be taken. It is no permission for a remote one.
    pub preferred: Option<String>,
    /// How long an answer may take.
    pub max_response: Option<Duration>,
    /// Only this machine, whatever else is allowed.
    pub require_local: bool,
    /// Prompts may leave this machine. Without it no remote backend is chosen, probed or fallen back to.
    pub allow_remote: bool,
    /// What the model must have.
    pub needs: Needs,
}

/// What a model must have.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Needs {
    /// Room for so many tokens of prompt and answer.
    pub context: Option<u32>,
    /// It must be this model.
    pub model: Option<String>,
}

/// The numbers behind the decisions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// Failures in a row after which a backend is left alone.
    pub failures: u32,
    /// For how long at first; it doubles with each further failure.
    pub rest: Duration,
    /// For how long at most.
    pub longest_rest: Duration,
    /// How long one request may be the one that finds out whether the backend is well again.
    pub trial: Duration,
    /// After this time without a failure, older ones say nothing about speed any more.
    pub forget: Duration,
    /// How long a server that answered a probe counts as there.
    pub up_for: Duration,
    /// How long one that did not counts as gone.
    pub down_for: Duration,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            failures: 3,
            rest: Duration::from_secs(30),
            longest_rest: Duration::from_mins(10),
            trial: Duration::from_mins(1),
            forget: Duration::from_hours(1),
            up_for: Duration::from_secs(30),
            down_for: Duration::from_secs(5),
        }
    }
}
