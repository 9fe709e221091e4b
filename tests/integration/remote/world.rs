//! What the tests share: the table in the place of a model, backends, and answers as text.

use crate::chunks::as_text;
pub(crate) use crate::chunks::{Chunks, begin, next};
use crate::server::Request;
use cmdai_backends::remote::{Dialect, Ollama, OpenAi, RemoteBackend, RemoteConfig, Retries};
use cmdai_core::generate::GenerateError;
use serde_json::{Value, json};
use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;

/// A request as a model sees it.
pub(crate) struct Model<'a> {
    /// Whether the answer stands after an opening fence.
    pub(crate) begun: bool,
    pub(crate) max_tokens: u64,
    pub(crate) temperature: f64,
    pub(crate) seed: Option<u64>,
    pub(crate) stop: Option<&'a str>,
}

impl Model<'_> {
    /// The tokens, and why they end.
    pub(crate) fn answer(&self) -> (Vec<String>, &'static str) {
        let mut text: Vec<String> =
            if self.begun { vec![] } else { vec!["Sure:\n".to_owned(), "```bash\n".to_owned()] };
        let option = if self.temperature > 0.0 { format!("{}", self.seed.unwrap()) } else { "la".to_owned() };
        text.extend(["ls".to_owned(), format!(" -{option}"), "\n".to_owned(), "```".to_owned(), "\nbye".to_owned()]);
        let mut tokens: Vec<String> = Vec::new();
        for token in text {
            if tokens.len() as u64 == self.max_tokens {
                return (tokens, "length");
            }
            tokens.push(token);
            if let Some(at) = self.stop.and_then(|stop| tokens.concat().find(stop)) {
                // What belongs to the end mark is never sent.
                while tokens.concat().len() > at {
                    tokens.pop();
                }
                break;
            }
        }
        (tokens, "stop")
    }
}

/// A token with the logarithm of one half.
pub(crate) fn logprob(token: &str) -> Value {
    json!({ "token": token, "logprob": -std::f32::consts::LN_2, "bytes": token.as_bytes() })
}

/// One event with this text, and the content type, for whichever protocol was asked in.
pub(crate) fn event(request: &Request, text: &str) -> (&'static str, Vec<u8>) {
    if request.path.starts_with("/api") {
        ("application/x-ndjson", format!("{{\"response\":\"{text}\",\"done\":false}}\n").into_bytes())
    } else {
        let event = format!("data: {{\"choices\":[{{\"delta\":{{\"content\":\"{text}\"}}}}]}}\n\n");
        ("text/event-stream", event.into_bytes())
    }
}

/// A configuration that is never asked again after a failure.
pub(crate) fn config(url: &str, model: &str) -> RemoteConfig {
    RemoteConfig { retries: Retries { most: 0, ..Retries::default() }, ..RemoteConfig::new("test", url, model) }
}

/// Both backends for one address, each with what the tests call its model.
pub(crate) fn ollama(url: &str) -> Ollama {
    Ollama::new(config(url, crate::ollama::MODEL), None).unwrap()
}
pub(crate) fn openai(url: &str, dialect: Option<Dialect>) -> OpenAi {
    OpenAi::new(config(url, crate::openai::MODEL), dialect).unwrap()
}
/// The two of them, and where their answers come from.
pub(crate) fn both(config: &RemoteConfig) -> [(Arc<dyn RemoteBackend>, &'static str); 2] {
    [
        (Arc::new(Ollama::new(config.clone(), None).unwrap()), "/api/generate"),
        (Arc::new(OpenAi::new(config.clone(), Some(Dialect::LlamaCpp)).unwrap()), "/v1/chat/completions"),
    ]
}

/// What comes, as text: `ls -la` and its end, or its error with its causes.
pub(crate) async fn told(chunks: Chunks) -> String {
    let text = as_text(chunks, |error| format!(" | {}", failure(error))).await;
    text.trim_start_matches(" | ").to_owned()
}

/// The innermost cause of an error.
pub(crate) fn failure(error: &GenerateError) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = cause.to_string();
        source = cause.source();
    }
    text
}

/// Lets time pass while nothing else happens.
pub(crate) async fn jump(seconds: u64) {
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(seconds)).await;
    tokio::time::resume();
}
