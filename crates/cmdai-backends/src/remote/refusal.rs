//! An answer that is no success, read for what it says: statuses and error objects to failures.

use super::config::RemoteConfig;
use super::overflow;
use super::pace::Pace;
use super::text::printable;
use super::wire::read_whole;
use chrono::{DateTime, Utc};
use cmdai_core::server_error::ServerFailure;
use reqwest::Response;
use reqwest::header::RETRY_AFTER;
use serde_json::Value;
use std::time::Duration;

/// Most bytes of an error that are read.
const LARGEST: usize = 64 * 1024;

/// Reads the body and says what kind of failure it is. A body that is no JSON, too large or too slow says nothing.
pub(super) async fn read(response: Response, config: &RemoteConfig, pace: &Pace) -> ServerFailure {
    let status = response.status().as_u16();
    let wait = response.headers().get(RETRY_AFTER).and_then(|text| text.to_str().ok());
    let wait = wait.and_then(|text| retry_after(text, Utc::now()));
    let body = read_whole(response, LARGEST, pace).await.unwrap_or_default();
    let said = serde_json::from_slice::<Value>(&body).ok();
    classify(status, wait, said.as_ref(), config)
}

fn classify(status: u16, retry_after: Option<Duration>, said: Option<&Value>, config: &RemoteConfig) -> ServerFailure {
    let message = said.and_then(message).map(|text| safe(&text, config));
    let names_the_model = || {
        let text = message.as_deref().unwrap_or_default();
        text.contains(&config.model) || text.to_ascii_lowercase().contains("model")
    };
    match status {
        401 | 403 => ServerFailure::Unauthorized { status },
        404 if names_the_model() => ServerFailure::UnknownModel { model: config.model.clone() },
        429 | 503 => ServerFailure::Busy { status, retry_after },
        _ => said.and_then(overflow::of).unwrap_or(ServerFailure::Status { status, message }),
    }
}

/// The error that an event of a stream may carry in the place of text.
pub(super) fn in_event(event: &Value, config: &RemoteConfig) -> Option<ServerFailure> {
    let is_error = event.get("error").is_some_and(|error| !error.is_null()) || event.get("object")? == "error";
    is_error.then(|| {
        if let Some(failure) = overflow::of(event) {
            return failure;
        }
        let text = message(event).unwrap_or_else(|| "it does not say why".to_owned());
        ServerFailure::Failed { message: safe(&text, config) }
    })
}

/// `{"error": "…"}`, `{"error": {"message": "…"}}`, `{"message": "…"}` or `{"detail": "…"}`.
pub(super) fn message(said: &Value) -> Option<String> {
    let error = said.get("error").filter(|error| !error.is_null());
    let inner = error.and_then(|error| error.get("message")).or(error);
    let text = inner.or_else(|| said.get("message")).or_else(|| said.get("detail"))?;
    Some(text.as_str().map_or_else(|| text.to_string(), str::to_owned))
}

fn safe(text: &str, config: &RemoteConfig) -> String {
    let text = config.key.as_ref().map_or_else(|| text.to_owned(), |key| key.hide_in(text));
    printable(&text)
}

/// A number of seconds, or a date.
fn retry_after(text: &str, now: DateTime<Utc>) -> Option<Duration> {
    if let Ok(seconds) = text.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = DateTime::parse_from_rfc2822(text.trim()).ok()?;
    Some((date.to_utc() - now).to_std().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::super::secret::Secret;
    use super::*;

    fn config() -> RemoteConfig {
        RemoteConfig { key: Secret::new("sk-1"), ..RemoteConfig::new("x", "http://127.0.0.1", "qwen") }
    }

    #[test]
    fn statuses_and_error_objects_say_what_happened() {
        let check = |status, body: &str, expected: &str| {
            let said = serde_json::from_str::<Value>(body).ok();
            assert_eq!(classify(status, None, said.as_ref(), &config()).to_string(), expected, "{body}");
        };
        check(401, "", "the key is missing or not accepted (status 401)");
        check(404, r#"{"error":"model 'qwen' not found"}"#, "there is no model `qwen`");
        check(404, r#"{"error":{"message":"The model `qwen` does not exist."}}"#, "there is no model `qwen`");
        check(404, "<html>", "status 404");
        check(404, r#"{"detail":"Not Found"}"#, "status 404: Not Found");
        check(503, r#"{"error":{"message":"Loading model"}}"#, "the server is busy (status 503)");
        check(500, r#"{"error":{"message":"key sk-1 broke\nit"}}"#, "status 500: key … broke it");
        check(400, r#"{"object":"error","message":"too long"}"#, "status 400: too long");
        check(400, r#"{"error":{"code":7}}"#, "status 400: {\"code\":7}");
    }

    #[test]
    fn errors_in_a_stream_are_told_from_text() {
        let check = |event: &str, expected: Option<&str>| {
            let found = in_event(&serde_json::from_str(event).unwrap(), &config()).map(|failure| failure.to_string());
            assert_eq!(found.as_deref(), expected, "{event}");
        };
        check(r#"{"error":"out of memory"}"#, Some("the server failed: out of memory"));
        check(r#"{"error":{"message":"no slot","code":500}}"#, Some("the server failed: no slot"));
        check(r#"{"object":"error","message":"gone"}"#, Some("the server failed: gone"));
        check(r#"{"error":null,"response":"x"}"#, None);
        check(r#"{"object":"chat.completion.chunk","message":"x"}"#, None);
    }

    #[test]
    fn a_wait_is_seconds_or_a_date() {
        let now = DateTime::parse_from_rfc2822("Fri, 01 Jan 2027 00:00:00 GMT").unwrap().to_utc();
        let check = |text: &str, expected: Option<u64>| {
            assert_eq!(retry_after(text, now), expected.map(Duration::from_secs), "{text}");
        };
        check("120", Some(120));
        check("Fri, 01 Jan 2027 00:01:30 GMT", Some(90));
        check("Thu, 31 Dec 2026 00:00:00 GMT", Some(0));
        check("soon", None);
    }
}
