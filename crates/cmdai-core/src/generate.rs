//! The one thing asked of a backend: turn a prompt into a stream of text.
//!
//! Fourth in the flow. Pull-based: nothing is computed far ahead of the reader, and dropping the stream stops the computation
//! within one token. Choosing, probing and configuring a backend are deliberately not part of this trait.
//! The laws are `contract::generate`, run by every implementation.

use crate::prompt::Prompt;
use crate::server_error::ServerError;
use futures_core::stream::BoxStream;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// A source of model text.
pub trait Generate: Send + Sync {
    /// Starts answering `prompt`. Errors arrive as items of the stream; after an error or [`Chunk::Done`] it ends.
    fn generate(&self, prompt: &Prompt, options: &GenerateOptions) -> BoxStream<'static, Result<Chunk, GenerateError>>;
}

/// How to decode.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GenerateOptions {
    /// Most tokens one answer may have; an answer that reaches it is discarded as cut off.
    pub max_tokens: u32,
    /// How many answers to produce, at least 1. The first is greedy, the others are sampled.
    pub alternatives: u16,
    /// Temperature of the sampled answers; the first answer is always greedy.
    pub temperature: f32,
    /// Seed of the sampled answers, so that a run can be repeated.
    pub seed: u32,
    /// Probability of a comment as the first thing from which on the model is taken at its word that there is no command, 0 to 1.
    ///
    /// The examples show the model to refuse by a comment, and small models do it too late: asked for the impossible they give a
    /// comment a third of the weight and some command the rest. Backends that do not know probabilities leave it.
    pub refuse_at: f32,
}

impl Default for GenerateOptions {
    /// One greedy answer of at most 96 tokens: a command is 10 to 25 tokens, an answer beyond 96 is an essay or a loop.
    fn default() -> Self {
        Self { max_tokens: 96, alternatives: 1, temperature: 0.7, seed: 0, refuse_at: 0.22 }
    }
}

/// One item of a backend's stream. Order: [`Progress`](Chunk::Progress)\*, then for each answer
/// [`Text`](Chunk::Text)\* and one [`Finished`](Chunk::Finished) (answers may interleave), then one [`Done`](Chunk::Done).
/// [`Restarted`](Chunk::Restarted) may come anywhere before `Done` and begins that order anew.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Chunk {
    /// The backend is getting ready, for example reading a model from a cold disk.
    Progress {
        /// What it is doing.
        step: Preparation,
        /// Share of the step done, 0 to 1.
        fraction: f32,
    },
    /// Text of the command itself: the code fence around it is never part of it.
    Text {
        /// Which answer, from 0.
        alternative: u16,
        /// The text; never empty.
        text: String,
        /// Probability the model gave to this text (0 to 1), where the backend can know it.
        probability: Option<f32>,
    },
    /// An answer is complete.
    Finished {
        /// Which answer, from 0.
        alternative: u16,
        /// Why it ended.
        reason: FinishReason,
    },
    /// All text so far is void: what produced it is gone, and something else begins again.
    Restarted {
        /// What happened, in one sentence.
        why: String,
    },
    /// Everything was produced.
    Done(Usage),
}

/// What a backend does before it can answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Preparation {
    /// Bringing the model into memory.
    LoadingModel,
    /// Evaluating the stable part of the prompt, which is done once and kept.
    EvaluatingPrompt,
}

/// Why an answer ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FinishReason {
    /// The closing fence or the model's own end mark was reached.
    Stop,
    /// [`GenerateOptions::max_tokens`] was reached: the command is cut off.
    Length,
    /// The model repeats itself.
    Loop,
}

/// What a generation cost, as measured by the backend; a field is absent where the backend cannot know it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Usage {
    /// Time to load the model, if this request had to; some servers count their scheduling here, a few milliseconds, always.
    pub load: Option<Duration>,
    /// Tokens of the stable prefix.
    pub prefix_tokens: Option<u32>,
    /// Time to restore or evaluate the prefix.
    pub prefix: Option<Duration>,
    /// Whether the prefix came from a saved state.
    pub prefix_restored: Option<bool>,
    /// Tokens of the user's turn; from a server that does not tell them apart, of the whole prompt.
    pub prompt_tokens: Option<u32>,
    /// Time to evaluate them.
    pub prompt: Option<Duration>,
    /// Tokens produced, over all answers.
    pub output_tokens: Option<u32>,
    /// Time to produce them.
    pub decode: Option<Duration>,
}

fn overflow(needed: Option<u32>, limit: Option<u32>) -> String {
    match (needed, limit) {
        (Some(needed), Some(limit)) => format!("the request needs {needed} tokens, the model has {limit}"),
        (None, Some(limit)) => format!("the request needs more than the {limit} tokens that the model has"),
        (_, None) => "the request needs more tokens than the model has".to_owned(),
    }
}

/// Why a backend gave no answer. Messages carry the cause, never advice.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GenerateError {
    /// The model could not be loaded.
    #[error("the model could not be loaded: {0}")]
    Load(String),
    /// Prompt and answer do not fit the model's context.
    #[error("{}", overflow(*.needed, *.limit))]
    ContextOverflow {
        /// Tokens of prefix, user turn and longest answer; a server may count without the answer, or not tell.
        needed: Option<u32>,
        /// Tokens there is room for, where that is known.
        limit: Option<u32>,
    },
    /// The model or its runtime failed while computing.
    #[error("inference failed: {0}")]
    Inference(String),
    /// No whole answer came in time.
    #[error("no answer within {} s", .limit.as_secs_f32())]
    Timeout {
        /// The time there was.
        limit: Duration,
    },
    /// A server that was to answer did not.
    #[error(transparent)]
    Server(#[from] ServerError),
    /// Too many others wait for the same backend.
    #[error("{waiting} requests are waiting already")]
    Busy {
        /// Requests that came before.
        waiting: usize,
    },
    /// The backend stopped without finishing.
    #[error("the backend stopped before the answer was complete")]
    Interrupted,
}
