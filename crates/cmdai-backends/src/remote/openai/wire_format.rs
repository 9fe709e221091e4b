//! `OpenAI`'s JSON: what a server is sent and what it says. Fields that are not needed are not read; unknown ones are no error.

use super::super::answer::{Piece, probability};
use super::super::answers::{Decoding, TOP_P};
use super::super::messages::{Message, messages};
use super::super::text::printable;
use super::Dialect;
use cmdai_core::generate::{FinishReason, Usage};
use cmdai_core::prompt::Prompt;
use cmdai_core::server_error::ServerFailure;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::time::Duration;

/// A question. What only some servers know is left out for the others.
#[derive(Debug, Serialize)]
pub(super) struct Question<'a> {
    model: &'a str,
    messages: Vec<Message>,
    stream: bool,
    stream_options: Value,
    max_tokens: u32,
    temperature: f32,
    logprobs: bool,
    /// llama-server would send twenty candidates for each token.
    #[serde(skip_serializing_if = "Option::is_none")]
    top_logprobs: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    top_p: Option<f32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seed: Option<u32>,
    /// Where a begun answer ends. One that is not begun has a line of this kind at its beginning.
    #[serde(skip_serializing_if = "Option::is_none")]
    stop: Option<[&'static str; 1]>,
    /// Templates that know no thinking ignore it.
    #[serde(skip_serializing_if = "Option::is_none")]
    chat_template_kwargs: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    continue_final_message: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    add_generation_prompt: Option<bool>,
}

impl<'a> Question<'a> {
    pub(super) fn new(model: &'a str, prompt: &Prompt, decoding: &Decoding, dialect: Dialect) -> Self {
        let begun = dialect != Dialect::Plain;
        let is_vllm = dialect == Dialect::Vllm;
        Self {
            model,
            messages: messages(prompt, begun),
            stream: true,
            stream_options: json!({ "include_usage": true }),
            max_tokens: decoding.max_tokens,
            temperature: decoding.sampled.map_or(0.0, |(temperature, _)| temperature),
            logprobs: true,
            top_logprobs: (dialect == Dialect::LlamaCpp).then_some(1),
            top_p: decoding.sampled.map(|_| TOP_P),
            seed: decoding.sampled.map(|(_, seed)| seed),
            stop: begun.then_some(["\n```"]),
            chat_template_kwargs: begun.then(|| json!({ "enable_thinking": false })),
            continue_final_message: is_vllm.then_some(true),
            add_generation_prompt: is_vllm.then_some(false),
        }
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct Models {
    pub(super) data: Vec<ListedModel>,
}

#[derive(Debug, Deserialize)]
pub(super) struct ListedModel {
    pub(super) id: String,
    owned_by: Option<String>,
    /// vLLM.
    max_model_len: Option<u32>,
    /// llama-server.
    pub(super) meta: Option<Meta>,
    /// llama-server: other names it goes by.
    #[serde(default)]
    aliases: Vec<String>,
}

impl ListedModel {
    /// Whether it goes by this name: llama-server lists the path of a file, and people know its name.
    pub(super) fn is(&self, name: &str) -> bool {
        let file = self.id.rsplit(['/', '\\']).next().unwrap_or_default();
        self.id == name || self.aliases.iter().any(|alias| alias == name) || (self.meta.is_some() && file == name)
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct Meta {
    n_ctx: Option<u32>,
    n_ctx_train: Option<u32>,
    pub(super) size: Option<u64>,
}

impl Models {
    /// Which server wrote this list.
    pub(super) fn dialect(&self) -> Dialect {
        let owned_by = |owner: &str| self.data.iter().any(|model| model.owned_by.as_deref() == Some(owner));
        if owned_by("vllm") {
            Dialect::Vllm
        } else if owned_by("llamacpp") {
            Dialect::LlamaCpp
        } else {
            Dialect::Plain
        }
    }
}

impl ListedModel {
    pub(super) fn context_length(&self) -> Option<u32> {
        let meta = self.meta.as_ref();
        self.max_model_len.or_else(|| meta.and_then(|meta| meta.n_ctx.or(meta.n_ctx_train)))
    }
}

/// One event of a stream.
#[derive(Debug, Deserialize)]
pub(super) struct Event {
    #[serde(default)]
    choices: Vec<Choice>,
    usage: Option<Tokens>,
    timings: Option<Timings>,
}

#[derive(Debug, Deserialize)]
struct Choice {
    delta: Option<Delta>,
    finish_reason: Option<String>,
    logprobs: Option<Logprobs>,
}

#[derive(Debug, Deserialize)]
struct Delta {
    content: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Logprobs {
    content: Option<Vec<Logprob>>,
}

#[derive(Debug, Deserialize)]
struct Logprob {
    logprob: Option<f32>,
}

#[derive(Debug, Deserialize)]
struct Tokens {
    #[serde(rename = "prompt_tokens")]
    prompt: Option<u32>,
    #[serde(rename = "completion_tokens")]
    completion: Option<u32>,
    #[serde(rename = "prompt_tokens_details")]
    details: Option<TokenDetails>,
}

#[derive(Debug, Deserialize)]
struct TokenDetails {
    cached_tokens: Option<u32>,
}

/// llama-server's own measurements; times are in milliseconds.
#[derive(Debug, Deserialize)]
struct Timings {
    cache_n: Option<u32>,
    prompt_n: Option<u32>,
    prompt_ms: Option<f64>,
    predicted_n: Option<u32>,
    predicted_ms: Option<f64>,
}

impl Event {
    pub(super) fn into_piece(self) -> Result<Piece, ServerFailure> {
        if self.choices.is_empty() && self.usage.is_none() && self.timings.is_none() {
            return Err(ServerFailure::Malformed { problem: "an event without a choice".to_owned() });
        }
        let usage = self.cost();
        // One answer was asked for, so there is one choice.
        let choice = self.choices.into_iter().next();
        let Some(Choice { delta, finish_reason, logprobs }) = choice else {
            return Ok(Piece { usage, ..Piece::default() });
        };
        let tokens = logprobs.and_then(|logprobs| logprobs.content).unwrap_or_default();
        let known: Option<Vec<f32>> = tokens.iter().map(|token| token.logprob).collect();
        Ok(Piece {
            text: delta.and_then(|delta| delta.content).unwrap_or_default(),
            probability: known.and_then(probability),
            end: finish_reason.as_deref().map(reason).transpose()?,
            usage,
        })
    }

    fn cost(&self) -> Option<Usage> {
        if let Some(told) = &self.timings {
            return Some(Usage {
                prefix_tokens: told.cache_n,
                prefix_restored: told.cache_n.map(|n| n > 0),
                prompt_tokens: told.prompt_n,
                prompt: told.prompt_ms.and_then(millis),
                output_tokens: told.predicted_n,
                decode: told.predicted_ms.and_then(millis),
                ..Usage::default()
            });
        }
        let told = self.usage.as_ref()?;
        let cached = told.details.as_ref().and_then(|details| details.cached_tokens);
        Some(Usage {
            prefix_tokens: cached,
            prefix_restored: cached.map(|n| n > 0),
            prompt_tokens: told.prompt.map(|all| all.saturating_sub(cached.unwrap_or(0))),
            output_tokens: told.completion,
            ..Usage::default()
        })
    }
}

fn millis(value: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(value / 1000.0).ok()
}

fn reason(text: &str) -> Result<FinishReason, ServerFailure> {
    match text {
        "stop" | "eos" => Ok(FinishReason::Stop),
        "length" => Ok(FinishReason::Length),
        other => Err(ServerFailure::Failed { message: format!("the answer ended for `{}`", printable(other)) }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cmdai_core::contract::generate::sample_prompt;

    fn piece(event: &str) -> Result<Piece, ServerFailure> {
        serde_json::from_str::<Event>(event).unwrap().into_piece()
    }

    #[test]
    fn events_are_read() {
        let text = |event| piece(event).unwrap().text;
        assert_eq!(text(r#"{"choices":[{"index":0,"delta":{"role":"assistant","content":"ls"}}]}"#), "ls");
        assert_eq!(text(r#"{"choices":[{"index":0,"delta":{"role":"assistant","content":null}}]}"#), "");
        assert_eq!(text(r#"{"choices":[{"delta":{"reasoning_content":"hm"},"finish_reason":null}],"usage":null}"#), "");
        assert!(matches!(piece(r#"{"hello":1}"#), Err(ServerFailure::Malformed { .. })));
        let end = |event| piece(event).map(|piece| piece.end);
        assert_eq!(end(r#"{"choices":[{"delta":{},"finish_reason":"stop"}]}"#), Ok(Some(FinishReason::Stop)));
        assert_eq!(end(r#"{"choices":[{"delta":{},"finish_reason":"length"}]}"#), Ok(Some(FinishReason::Length)));
        assert!(end(r#"{"choices":[{"delta":{},"finish_reason":"content_filter"}]}"#).is_err());
        let event =
            r#"{"choices":[{"delta":{"content":"l"},"logprobs":{"content":[{"token":"l","logprob":-0.6931472}]}}]}"#;
        assert!((piece(event).unwrap().probability.unwrap() - 0.5).abs() < 1e-6);
    }

    #[test]
    fn costs_are_what_the_server_tells() {
        let cost = |event| piece(event).unwrap().usage.unwrap();
        let vllm = cost(
            r#"{"choices":[],"usage":{"prompt_tokens":30,"completion_tokens":4,"prompt_tokens_details":{"cached_tokens":20}}}"#,
        );
        assert_eq!((vllm.prefix_tokens, vllm.prompt_tokens, vllm.output_tokens), (Some(20), Some(10), Some(4)));
        assert_eq!((vllm.prompt, vllm.decode), (None, None));
        let plain = cost(r#"{"choices":[],"usage":{"prompt_tokens":30,"completion_tokens":4,"total_tokens":34}}"#);
        assert_eq!((plain.prefix_tokens, plain.prompt_tokens, plain.prefix_restored), (None, Some(30), None));
        let llama = cost(
            r#"{"choices":[],"usage":{"prompt_tokens":30},"timings":{"cache_n":20,"prompt_n":10,"prompt_ms":1.5,
                "predicted_n":4,"predicted_ms":8.0}}"#,
        );
        assert_eq!((llama.prefix_tokens, llama.prompt_tokens), (Some(20), Some(10)));
        assert_eq!(llama.decode, Some(Duration::from_millis(8)));
    }

    #[test]
    fn each_server_is_asked_in_its_own_way() {
        let decoding = Decoding { max_tokens: 96, sampled: Some((0.7, 3)) };
        let body = |dialect| json!(Question::new("m", &sample_prompt(), &decoding, dialect));
        let last = |body: &Value| body["messages"].as_array().unwrap().last().unwrap()["role"].clone();
        let (vllm, llama, plain) = (body(Dialect::Vllm), body(Dialect::LlamaCpp), body(Dialect::Plain));
        assert_eq!((last(&vllm), last(&llama), last(&plain)), (json!("assistant"), json!("assistant"), json!("user")));
        assert_eq!((&vllm["continue_final_message"], &vllm["add_generation_prompt"]), (&json!(true), &json!(false)));
        for (body, field) in [(&llama, "continue_final_message"), (&plain, "chat_template_kwargs"), (&plain, "stop")] {
            assert!(body.get(field).is_none(), "{field}");
        }
    }

    #[test]
    fn servers_are_known_by_their_list() {
        let check = |list: &str, dialect, context| {
            let models: Models = serde_json::from_str(list).unwrap();
            assert_eq!((models.dialect(), models.data[0].context_length()), (dialect, context), "{list}");
        };
        check(r#"{"data":[{"id":"m","owned_by":"vllm","max_model_len":2048}]}"#, Dialect::Vllm, Some(2048));
        check(
            r#"{"data":[{"id":"m","owned_by":"llamacpp","meta":{"n_ctx_train":4096}}]}"#,
            Dialect::LlamaCpp,
            Some(4096),
        );
        check(r#"{"object":"list","data":[{"id":"m","owned_by":"organization_owner"}]}"#, Dialect::Plain, None);
    }
}
