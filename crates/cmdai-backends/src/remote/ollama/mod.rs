//! Ollama by its own protocol: `/api/generate`, `/api/chat`, `/api/show`, `/api/tags`, `/api/ps`, `/api/version`.
//!
//! Ollama renders chat templates itself and has no dependable way to begin an answer. Where the model's template is one we
//! know, the prompt is therefore rendered here and sent raw, with the answer begun; the user's text cannot leave its turn
//! then (held by `marks_in_a_request_are_plain_text`). For any other template the chat endpoint is used and the model must
//! open the fence. The template is asked for once a backend.
//!
//! By itself Ollama cuts the beginning off a prompt that is too long, which is where the instruction and the examples are; it is told
//! not to, and says then that the prompt is too long. Servers from before that option existed still cut it, and do not tell.
//!
//! Deliberately absent: pulling models, and setting the context length, which would make the server load the model again.

mod template;
mod wire_format;

use super::answer::{Opening, Piece};
use super::answers::{Decoding, Protocol, stream};
use super::config::{ConfigError, RemoteConfig};
use super::events::{Events, Framing};
use super::messages::messages;
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
use template::Template;
use tokio::sync::OnceCell;
use tokio::time::Instant;
use wire_format::{Asked, Event, Loaded, Options, Question, Running, Show, Tags, Version};

/// Where a begun answer ends: the server need not produce what we would not read.
const STOP: &[&str] = &["\n```"];
/// An answer that is not begun has a line of this kind at its beginning.
const NO_STOP: &[&str] = &[];

/// An Ollama server and one of its models.
#[derive(Debug, Clone)]
pub struct Ollama(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    wire: Wire,
    keep_alive: Option<Duration>,
    model: OnceCell<Model>,
}

/// What was learned of the model.
#[derive(Debug, Clone, Copy)]
struct Model {
    template: Option<Template>,
    thinks: bool,
}

impl Ollama {
    /// A backend that asks the server nothing yet. With `keep_alive` the server is told how long to keep the model in memory
    /// after an answer; without, its own setting counts.
    ///
    /// # Errors
    /// [`ConfigError`]: the address is none, or prompts would leave this machine unredacted.
    pub fn new(config: RemoteConfig, keep_alive: Option<Duration>) -> Result<Self, ConfigError> {
        Ok(Self(Arc::new(Inner { wire: Wire::new(config)?, keep_alive, model: OnceCell::new() })))
    }
}

impl Generate for Ollama {
    fn generate(&self, prompt: &Prompt, options: &GenerateOptions) -> BoxStream<'static, Result<Chunk, GenerateError>> {
        stream(&self.0, prompt, options)
    }
}

impl RemoteBackend for Ollama {
    fn config(&self) -> &RemoteConfig {
        &self.0.wire.config
    }

    fn is_local(&self) -> bool {
        self.0.wire.is_local()
    }

    fn probe(&self) -> BoxFuture<'_, Result<Probed, ServerError>> {
        Box::pin(async { self.0.probe().await.map_err(|failure| self.0.wire.error(failure)) })
    }

    fn preload(&self) -> BoxFuture<'_, Result<Option<Duration>, ServerError>> {
        Box::pin(async { self.0.preload().await.map_err(|failure| self.0.wire.error(failure)) })
    }
}

impl Inner {
    async fn probe(&self) -> Result<Probed, ServerFailure> {
        let started = Instant::now();
        let version: Version = self.get("/api/version").await?;
        let round_trip = started.elapsed();
        let tags: Tags = self.get("/api/tags").await?;
        // Younger than the other two, and worth no failure.
        let running: Option<Running> = self.get("/api/ps").await.ok();
        let is_loaded = |name: &str| running.as_ref().map(|running| running.models.iter().any(|m| m.name == name));
        let wanted = &self.wire.config.model;
        let has_model = tags.models.iter().any(|model| is_named(&model.name, wanted));
        let models = tags.models.into_iter().map(|model| RemoteModel {
            loaded: is_loaded(&model.name),
            name: model.name,
            bytes: model.size,
            context_length: None,
        });
        Ok(Probed { version: Some(version.version), models: models.collect(), has_model, round_trip })
    }

    async fn get<T: serde::de::DeserializeOwned>(&self, path: &str) -> Result<T, ServerFailure> {
        self.wire.json(path, None, &mut Pace::of_probe(&self.wire.config.timeouts)).await
    }

    /// A question without a prompt loads the model and answers nothing.
    async fn preload(&self) -> Result<Option<Duration>, ServerFailure> {
        let mut body = json!({ "model": self.wire.config.model, "stream": false });
        if let (Some(time), Some(body)) = (self.keep_alive(), body.as_object_mut()) {
            body.insert("keep_alive".to_owned(), json!(time));
        }
        let mut pace = Pace::of_answer(&self.wire.config.timeouts);
        let loaded: Loaded = self.wire.json("/api/generate", Some(&body), &mut pace).await?;
        Ok(loaded.load_duration.map(Duration::from_nanos))
    }

    fn keep_alive(&self) -> Option<String> {
        self.keep_alive.map(|time| format!("{}s", time.as_secs()))
    }

    async fn model(&self, pace: &mut Pace) -> Result<Model, ServerFailure> {
        let learn = || async move {
            let body = json!({ "model": self.wire.config.model });
            let show: Show = self.wire.json("/api/show", Some(&body), pace).await?;
            let thinks = show.capabilities.iter().any(|capability| capability == "thinking");
            Ok(Model { template: Template::of(&show.template), thinks })
        };
        self.model.get_or_try_init(learn).await.copied()
    }
}

/// Whether a name in the list is the one that was asked for; without a tag `latest` is meant.
fn is_named(listed: &str, wanted: &str) -> bool {
    listed == wanted || listed.strip_suffix(":latest") == Some(wanted)
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
        let model = self.model(pace).await?;
        let (path, opening, prompt, stop) = if let Some(template) = model.template {
            let prompt = template.render(prompt, model.thinks);
            ("/api/generate", Opening::Prefilled, Asked::Raw { prompt, raw: true }, STOP)
        } else {
            let think = model.thinks.then_some(false);
            ("/api/chat", Opening::Unopened, Asked::Chat { messages: messages(prompt, false), think }, NO_STOP)
        };
        let question = Question {
            model: &self.wire.config.model,
            stream: true,
            keep_alive: self.keep_alive(),
            prompt,
            truncate: false,
            logprobs: true,
            options: Options::new(decoding, stop),
        };
        Ok((self.wire.stream(path, &json!(question), Framing::Ndjson, pace).await?, opening))
    }

    fn piece(&self, event: Value, decoding: &Decoding) -> Result<Piece, ServerFailure> {
        let event: Event = serde_json::from_value(event).map_err(|error| super::wire::malformed(&error))?;
        event.into_piece(decoding)
    }
}
