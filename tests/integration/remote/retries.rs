//! When a server is asked again, and when not.

use crate::server::{Happened, Reply, Server, Step};
use crate::world::{begin, told};
use cmdai_backends::remote::{Dialect, OpenAi, RemoteConfig, Retries};
use serde_json::json;
use std::time::Duration;

/// Answers `refusal` so many times, then properly; gives what was told and how often it was asked.
async fn ask(refusals: usize, refusal: Reply) -> (String, usize) {
    let server = Server::start(move |request, before| {
        if before < refusals { refusal.clone() } else { crate::openai::respond(request, Dialect::LlamaCpp) }
    })
    .await;
    let retries = Retries { backoff: Duration::ZERO, ..Retries::default() };
    let config = RemoteConfig { retries, ..RemoteConfig::new("test", &server.url(), crate::openai::MODEL) };
    let text = told(begin(&OpenAi::new(config, Some(Dialect::LlamaCpp)).unwrap())).await;
    (text, server.requests().len())
}

fn busy(status: u16) -> Reply {
    Reply::json(status, &json!({ "error": { "message": "Loading model" } }))
}

#[tokio::test]
async fn a_busy_server_is_asked_again() {
    for status in [429, 503] {
        assert_eq!(ask(2, busy(status)).await, ("ls -la | Stop".to_owned(), 3));
        assert_eq!(ask(9, busy(status)).await, (format!("the server is busy (status {status})"), 3));
    }
    assert_eq!(ask(1, busy(429).header("Retry-After", "0")).await, ("ls -la | Stop".to_owned(), 2));
}

#[tokio::test]
async fn a_server_that_wants_long_to_be_left_alone_is() {
    let (text, asked) = ask(1, busy(429).header("Retry-After", "3600")).await;
    assert_eq!((text.as_str(), asked), ("the server is busy (status 429)", 1));
}

#[tokio::test]
async fn what_may_have_been_answered_is_not_asked_again() {
    let cut = Reply::steps(200, "text/event-stream", vec![Step::Head, Step::Cut]);
    assert_eq!(ask(1, cut).await, ("the connection ended before the answer was complete".to_owned(), 1));
    let before_headers = Reply::steps(200, "text/event-stream", vec![Step::Cut]);
    assert_eq!(ask(1, before_headers).await, ("the connection ended before the answer was complete".to_owned(), 1));
    assert_eq!(ask(1, Reply::json(500, &json!({}))).await, ("status 500".to_owned(), 1));
}

#[tokio::test]
async fn a_pause_that_does_not_fit_into_the_time_is_not_made() {
    let mut server = Server::start(|_, _| busy(503).header("Retry-After", "9")).await;
    let mut config = RemoteConfig::new("test", &server.url(), crate::openai::MODEL);
    config.timeouts.total = Duration::from_secs(8);
    let text = told(begin(&OpenAi::new(config, Some(Dialect::LlamaCpp)).unwrap())).await;
    assert_eq!(text, "the server is busy (status 503)");
    server.until(&Happened::Asked("/v1/chat/completions".to_owned())).await;
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn nobody_there_is_said_at_once_on_this_machine() {
    let url = crate::server::nobody().await;
    let config = RemoteConfig {
        retries: Retries { backoff: Duration::from_hours(1), longest_wait: Duration::from_hours(1), most: 5 },
        ..RemoteConfig::new("test", &url, "m")
    };
    for (backend, path) in crate::world::both(&config) {
        let text = told(begin(&*backend)).await;
        assert!(text.starts_with("no connection: "), "{path}: {text}");
    }
}
