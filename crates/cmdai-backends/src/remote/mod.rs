//! Models on servers: Ollama by its own protocol, and everything that speaks `OpenAI`'s (vLLM, llama-server, LM Studio).
//!
//! Both keep the laws of [`Generate`] and the output contract of the embedded model: where the server can continue an answer
//! that we began, it starts inside the code fence; elsewhere the model must open the fence, and what stands before it is
//! dropped. A stream is pulled: dropping it closes the connection, which is how a server learns that it may stop.
//!
//! What leaves this machine is the prompt, and only to the host of the configured address: the user's turn passes through
//! [`Redact`] first, redirects are not followed, a key is never shown. Costs are those that the server tells; what it does not
//! tell is absent. Reading settings or keys, choosing between servers and wording failures are not here.

mod answer;
mod answers;
mod config;
mod endpoint;
mod events;
mod lines;
mod messages;
mod ollama;
mod openai;
mod overflow;
mod pace;
mod pull;
mod refusal;
mod secret;
mod sse;
mod text;
mod wire;

pub use config::{ConfigError, Redact, RemoteConfig, Retries, Timeouts};
pub use ollama::Ollama;
pub use openai::{Dialect, OpenAi};
pub use secret::Secret;

use cmdai_core::generate::Generate;
use cmdai_core::server_error::ServerError;
use futures_core::future::BoxFuture;
use std::time::Duration;

/// A server as its user sees it: besides generating, it can be asked whether it is there and what it has.
pub trait RemoteBackend: Generate {
    /// How it is reached.
    fn config(&self) -> &RemoteConfig;

    /// Whether it is this machine, so that no prompt leaves it.
    fn is_local(&self) -> bool;

    /// Asks whether the server is there, within [`Timeouts::probe`] for each question.
    fn probe(&self) -> BoxFuture<'_, Result<Probed, ServerError>>;

    /// Has the model loaded, where the protocol has a way to ask for that; the time it took, where the server tells.
    fn preload(&self) -> BoxFuture<'_, Result<Option<Duration>, ServerError>>;
}

/// What a server says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probed {
    /// Its version, where it tells.
    pub version: Option<String>,
    /// The models it has.
    pub models: Vec<RemoteModel>,
    /// Whether the configured model is among them.
    pub has_model: bool,
    /// Time from the first question to its answer.
    pub round_trip: Duration,
}

/// A model on a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteModel {
    /// Name to ask for it by.
    pub name: String,
    /// Size of its file in bytes, where the server tells.
    pub bytes: Option<u64>,
    /// Most tokens of prompt and answer together, where the server tells.
    pub context_length: Option<u32>,
    /// Whether it is in memory, where the server tells.
    pub loaded: Option<bool>,
}
