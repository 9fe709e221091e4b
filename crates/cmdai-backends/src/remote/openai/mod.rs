//! Servers that speak `OpenAI`'s protocol: `/v1/chat/completions` with server-sent events, and `/v1/models`.
//!
//! vLLM and llama-server continue an answer that we began, each asked in its own way; both are recognised by what their list
//! of models says, once a backend. From any other server the model must open the fence itself, because one that does not
//! know how to continue would silently give something else. Fields that only some servers know go to those only.

mod wire_format;

use super::answer::{Opening, Piece};
use super::answers::{Decoding, Protocol, stream};
use super::config::{ConfigError, RemoteConfig};
use super::events::{Events, Framing};
use super::pace::Pace;
use super::wire::Wire;
use super::{Probed, RemoteBackend, RemoteModel};
use cmdai_core::generate::{Chunk, Generate, GenerateError, GenerateOptions};
use cmdai_core::prompt::Prompt;
use cmdai_core::server_error::{ServerError, ServerFailure};
use futures_core::future::BoxFuture;
use futures_core::stream::BoxStream;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::OnceCell;
use tokio::time::Instant;
use wire_format::{Event, Models, Question};

/// Which server it is, as far as that changes what it may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// vLLM: continues an answer if told so.
    Vllm,
    /// llama.cpp's server: continues an answer that stands last.
    LlamaCpp,
    /// Anything else: only what the protocol itself has.
    Plain,
}

/// A server with `OpenAI`'s protocol and one of its models.
#[derive(Debug, Clone)]
pub struct OpenAi(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    wire: Wire,
    dialect: OnceCell<Dialect>,
}

impl OpenAi {
    /// A backend that asks the server nothing yet. Without a dialect the server is asked for it before the first answer.
    ///
    /// # Errors
    /// [`ConfigError`]: the address is none, or prompts would leave this machine unredacted.
    pub fn new(config: RemoteConfig, dialect: Option<Dialect>) -> Result<Self, ConfigError> {
        Ok(Self(Arc::new(Inner { wire: Wire::new(config)?, dialect: OnceCell::new_with(dialect) })))
    }
}

impl Generate for OpenAi {
    fn generate(&self, prompt: &Prompt, options: &GenerateOptions) -> BoxStream<'static, Result<Chunk, GenerateError>> {
        stream(&self.0, prompt, options)
    }
}

impl RemoteBackend for OpenAi {
    fn config(&self) -> &RemoteConfig {
        &self.0.wire.config
    }

    fn is_local(&self) -> bool {
        self.0.wire.is_local()
    }

    fn probe(&self) -> BoxFuture<'_, Result<Probed, ServerError>> {
        Box::pin(async { self.0.probe().await.map_err(|failure| self.0.wire.error(failure)) })
    }

    /// The protocol has no way to ask for that.
    fn preload(&self) -> BoxFuture<'_, Result<Option<Duration>, ServerError>> {
        Box::pin(std::future::ready(Ok(None)))
    }
}

impl Inner {
    async fn probe(&self) -> Result<Probed, ServerFailure> {
        let started = Instant::now();
        let mut pace = Pace::of_probe(&self.wire.config.timeouts);
        let models: Models = self.wire.json("/v1/models", None, &mut pace).await?;
        let wanted = &self.wire.config.model;
        let has_model = models.data.iter().any(|model| model.is(wanted));
        let models = models.data.into_iter().map(|model| RemoteModel {
            context_length: model.context_length(),
            bytes: model.meta.and_then(|meta| meta.size),
            name: model.id,
            loaded: None,
        });
        Ok(Probed { version: None, models: models.collect(), has_model, round_trip: started.elapsed() })
    }

    async fn dialect(&self, pace: &mut Pace) -> Result<Dialect, ServerFailure> {
        let learn = || async move {
            match self.wire.json::<Models>("/v1/models", None, pace).await {
                Ok(models) => Ok(models.dialect()),
                // There is a server, and it has no such list: then it is none of the two.
                Err(
                    ServerFailure::Status { .. } | ServerFailure::Malformed { .. } | ServerFailure::UnknownModel { .. },
                ) => Ok(Dialect::Plain),
                Err(failure) => Err(failure),
            }
        };
        self.dialect.get_or_try_init(learn).await.copied()
    }
}

impl Protocol for Inner {
    fn wire(&self) -> &Wire {
        &self.wire
    }

    async fn ask(
        &self,
        prompt: &Prompt,
        decoding: &Decoding,
        pace: &mut Pace,
    ) -> Result<(Events, Opening), ServerFailure> {
        let dialect = self.dialect(pace).await?;
        let opening = if dialect == Dialect::Plain { Opening::Unopened } else { Opening::Prefilled };
        let body = json!(Question::new(&self.wire.config.model, prompt, decoding, dialect));
        Ok((self.wire.stream("/v1/chat/completions", &body, Framing::Sse, pace).await?, opening))
    }

    fn piece(&self, event: Value, _: &Decoding) -> Result<Piece, ServerFailure> {
        let event: Event = serde_json::from_value(event).map_err(|error| super::wire::malformed(&error))?;
        event.into_piece()
    }
}
