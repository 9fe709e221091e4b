//! Ollama's JSON: what it is sent and what it says. Fields that are not needed are not read; unknown ones are no error.

use super::super::answer::{Piece, probability};
use super::super::answers::{Decoding, TOP_P};
use super::super::messages::Message;
use cmdai_core::generate::{FinishReason, Usage};
use cmdai_core::server_error::ServerFailure;
use serde::{Deserialize, Serialize};
use std::time::Duration;

#[derive(Debug, Deserialize)]
pub(super) struct Version {
    pub(super) version: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Tags {
    pub(super) models: Vec<Tag>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Tag {
    pub(super) name: String,
    pub(super) size: Option<u64>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Running {
    pub(super) models: Vec<Tag>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Show {
    #[serde(default)]
    pub(super) template: String,
    #[serde(default)]
    pub(super) capabilities: Vec<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Loaded {
    pub(super) load_duration: Option<u64>,
}

/// A question to either endpoint.
#[derive(Debug, Serialize)]
pub(super) struct Question<'a> {
    pub(super) model: &'a str,
    pub(super) stream: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) keep_alive: Option<String>,
    #[serde(flatten)]
    pub(super) prompt: Asked,
    /// False: a prompt that is too long is an error, and not answered without its beginning.
    pub(super) truncate: bool,
    pub(super) logprobs: bool,
    pub(super) options: Options,
}

/// The prompt as an endpoint takes it.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Asked {
    /// `/api/generate`, rendered by us.
    Raw { prompt: String, raw: bool },
    /// `/api/chat`, rendered by the server. Whether to think is said only to a model that can.
    Chat {
        messages: Vec<Message>,
        #[serde(skip_serializing_if = "Option::is_none")]
        think: Option<bool>,
    },
}

/// How to decode. The penalty for repetition is off: commands repeat themselves for good reasons.
#[derive(Debug, Serialize)]
pub(super) struct Options {
    num_predict: u32,
    temperature: f32,
    repeat_penalty: f32,
    #[serde(skip_serializing_if = "Option::is_none")]
    top_p: Option<f32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seed: Option<u32>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    stop: &'static [&'static str],
}

impl Options {
    pub(super) fn new(decoding: &Decoding, stop: &'static [&'static str]) -> Self {
        Self {
            num_predict: decoding.max_tokens,
            temperature: decoding.sampled.map_or(0.0, |(temperature, _)| temperature),
            repeat_penalty: 1.0,
            top_p: decoding.sampled.map(|_| TOP_P),
            seed: decoding.sampled.map(|(_, seed)| seed),
            stop,
        }
    }
}

/// One line of a stream, of either endpoint. Durations are in nanoseconds.
#[derive(Debug, Deserialize)]
pub(super) struct Event {
    response: Option<String>,
    message: Option<Said>,
    #[serde(default)]
    done: bool,
    done_reason: Option<String>,
    logprobs: Option<Vec<Logprob>>,
    load_duration: Option<u64>,
    prompt_eval_count: Option<u32>,
    prompt_eval_duration: Option<u64>,
    eval_count: Option<u32>,
    eval_duration: Option<u64>,
}

#[derive(Debug, Deserialize)]
struct Said {
    #[serde(default)]
    content: String,
}

#[derive(Debug, Deserialize)]
struct Logprob {
    logprob: f32,
}

impl Event {
    pub(super) fn into_piece(self, decoding: &Decoding) -> Result<Piece, ServerFailure> {
        let usage = self.done.then(|| self.usage());
        let end = self.end(decoding)?;
        let text = self.response.or(self.message.map(|message| message.content));
        if text.is_none() && !self.done {
            return Err(ServerFailure::Malformed { problem: "an event without text".to_owned() });
        }
        let probability = probability(self.logprobs.iter().flatten().map(|token| token.logprob));
        Ok(Piece { text: text.unwrap_or_default(), probability, end, usage })
    }

    fn end(&self, decoding: &Decoding) -> Result<Option<FinishReason>, ServerFailure> {
        if !self.done {
            return Ok(None);
        }
        let at_limit = || self.eval_count.is_some_and(|count| count >= decoding.max_tokens);
        match self.done_reason.as_deref() {
            Some("stop") => Ok(Some(FinishReason::Stop)),
            Some("length") => Ok(Some(FinishReason::Length)),
            // A server from before there were reasons.
            None => Ok(Some(if at_limit() { FinishReason::Length } else { FinishReason::Stop })),
            Some(other) => Err(ServerFailure::Failed { message: super::super::text::printable(other) }),
        }
    }

    fn usage(&self) -> Usage {
        let time = |nanos: Option<u64>| nanos.map(Duration::from_nanos);
        Usage {
            load: time(self.load_duration),
            prompt_tokens: self.prompt_eval_count,
            prompt: time(self.prompt_eval_duration),
            output_tokens: self.eval_count,
            decode: time(self.eval_duration),
            ..Usage::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(line: &str) -> Result<Piece, ServerFailure> {
        let decoding = Decoding { max_tokens: 5, sampled: None };
        serde_json::from_str::<Event>(line).unwrap().into_piece(&decoding)
    }

    #[test]
    fn lines_of_both_endpoints_are_read() {
        let text = |line| piece(line).unwrap().text;
        assert_eq!(text(r#"{"model":"m","created_at":"x","response":"ls","done":false}"#), "ls");
        assert_eq!(text(r#"{"message":{"role":"assistant","content":"ls","thinking":"hm"},"done":false}"#), "ls");
        assert_eq!(text(r#"{"message":{"role":"assistant","thinking":"hm"},"done":false}"#), "");
        assert!(matches!(piece(r#"{"model":"m","done":false}"#), Err(ServerFailure::Malformed { .. })));
        let with = r#"{"response":"l","done":false,"logprobs":[{"token":"l","logprob":-0.6931472,"top_logprobs":[]}]}"#;
        assert!((piece(with).unwrap().probability.unwrap() - 0.5).abs() < 1e-6);
    }

    #[test]
    fn the_last_line_says_why_and_what_it_cost() {
        let end = |line| piece(line).unwrap().end;
        assert_eq!(end(r#"{"response":"","done":true,"done_reason":"stop"}"#), Some(FinishReason::Stop));
        assert_eq!(end(r#"{"response":"","done":true,"done_reason":"length"}"#), Some(FinishReason::Length));
        assert_eq!(end(r#"{"response":"","done":true,"eval_count":5}"#), Some(FinishReason::Length));
        assert_eq!(end(r#"{"response":"","done":true,"eval_count":4}"#), Some(FinishReason::Stop));
        assert!(piece(r#"{"response":"","done":true,"done_reason":"unload"}"#).is_err());
        let line = r#"{"response":"","done":true,"load_duration":6338219291,"prompt_eval_count":26,
            "prompt_eval_duration":130079000,"eval_count":4,"eval_duration":4000000}"#;
        let expected = Usage {
            load: Some(Duration::from_nanos(6_338_219_291)),
            prompt_tokens: Some(26),
            prompt: Some(Duration::from_micros(130_079)),
            output_tokens: Some(4),
            decode: Some(Duration::from_millis(4)),
            ..Usage::default()
        };
        assert_eq!(piece(line).unwrap().usage, Some(expected));
        assert_eq!(piece(r#"{"response":"","done":true}"#).unwrap().usage, Some(Usage::default()));
    }
}
