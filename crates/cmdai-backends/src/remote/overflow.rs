//! A server's complaint that the prompt is too long, told from all others: the request must change then, or go to another model.
//!
//! There is no common form. llama-server has a type and numbers of their own; vLLM and many others have only a sentence; Ollama hands on
//! the complaint of its runner, as JSON in a string. So words are looked for wherever the complaint is, and numbers where they stand in
//! the sentences that are known; without them the failure is the same, only less precise.

use super::refusal::message;
use cmdai_core::server_error::ServerFailure;
use serde_json::Value;

/// What only a complaint about the length of the prompt says.
const WORDS: [&str; 6] =
    ["context length", "context size", "context window", "context_size", "context_length", "maximum model length"];
/// What stands right before the number of tokens there is room for.
const LIMIT: [&str; 4] = ["context length is ", "context size (", "context window of ", "maximum model length of "];
/// What stands right before the number of tokens that were sent, the most telling first.
const NEEDED: [&str; 6] =
    ["you requested ", "requested tokens (", "request (", "request has ", "contains at least ", "prompt (length "];

/// Reads an error object.
pub(super) fn of(said: &Value) -> Option<ServerFailure> {
    let error = said.get("error").unwrap_or(said);
    let field = |name| error.get(name).map(Value::to_string).unwrap_or_default();
    let text = message(said).unwrap_or_default().to_lowercase();
    let names = format!("{} {}", field("type"), field("code")).to_lowercase();
    if !WORDS.iter().any(|words| text.contains(words) || names.contains(words)) {
        return None;
    }
    let number = |name| error.get(name).and_then(Value::as_u64).and_then(|number| u32::try_from(number).ok());
    let needed = number("n_prompt_tokens").or_else(|| NEEDED.iter().find_map(|before| number_after(&text, before)));
    let limit = number("n_ctx").or_else(|| LIMIT.iter().find_map(|before| number_after(&text, before)));
    Some(ServerFailure::TooLong { needed, limit })
}

fn number_after(text: &str, before: &str) -> Option<u32> {
    let (_, rest) = text.split_once(before)?;
    rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(said: &str, expected: Option<(Option<u32>, Option<u32>)>) {
        let expected = expected.map(|(needed, limit)| ServerFailure::TooLong { needed, limit });
        assert_eq!(of(&serde_json::from_str(said).unwrap()), expected, "{said}");
    }

    #[test]
    fn complaints_of_every_known_server_are_read() {
        let both = Some((Some(900), Some(512)));
        check(
            r#"{"error":{"code":400,"message":"too long","type":"exceed_context_size_error","n_prompt_tokens":900,"n_ctx":512}}"#,
            both,
        );
        check(r#"{"error":{"message":"request (900 tokens) exceeds the available context size (512 tokens)"}}"#, both);
        // Ollama, with what its runner said inside.
        check(
            r#"{"error":"{\"error\":{\"message\":\"request (900 tokens) exceeds the available context size (512 tokens)\"}}"}"#,
            both,
        );
        check(r#"{"error":"the input length exceeds the context length"}"#, Some((None, None)));
        // vLLM, through its versions.
        check(
            r#"{"object":"error","message":"This model's maximum context length is 512 tokens. However, you requested 900 tokens (804 in the messages, 96 in the completion)."}"#,
            both,
        );
        check(
            r#"{"error":{"message":"This model's maximum context length is 512 tokens. However, your request has 900 input tokens.","code":400}}"#,
            both,
        );
        check(
            r#"{"error":{"message":"The decoder prompt (length 900) is longer than the maximum model length of 512."}}"#,
            both,
        );
        check(
            r#"{"error":{"message":"This model's maximum context length is 512 tokens. However, your prompt contains at least 900 input tokens.","param":"input_tokens","code":400}}"#,
            both,
        );
        check(r#"{"error":{"message":"Requested tokens (900) exceed context window of 512"}}"#, both);
        check(r#"{"error":{"message":"no","code":"context_length_exceeded"}}"#, Some((None, None)));
        check(r#"{"detail":"maximum context length is 99999999999"}"#, Some((None, None)));
    }

    #[test]
    fn other_complaints_are_not() {
        for other in [
            r#"{"error":{"message":"out of memory","type":"server_error","code":500}}"#,
            r#"{"error":"the context is not ready"}"#,
            r#"{"error":null}"#,
            r#"{"n_ctx":512,"message":"bad request"}"#,
            "[]",
        ] {
            check(other, None);
        }
    }
}
