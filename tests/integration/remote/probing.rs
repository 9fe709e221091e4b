//! Asking a server whether it is there, what it has, and to have the model ready.

use crate::server::{Happened, Reply, Server, Step};
use crate::world::{config, jump, ollama, openai};
use cmdai_backends::remote::{Dialect, Ollama, RemoteBackend, RemoteModel};
use cmdai_core::server_error::{ServerFailure, Wait};
use std::sync::Arc;
use std::time::Duration;

fn model(name: &str, bytes: Option<u64>, context_length: Option<u32>, loaded: Option<bool>) -> RemoteModel {
    RemoteModel { name: name.to_owned(), bytes, context_length, loaded }
}

#[tokio::test]
async fn ollama_tells_its_version_and_models() {
    let server = crate::ollama::start(crate::ollama::CHATML).await;
    let probed = ollama(&server.url()).probe().await.unwrap();
    assert_eq!((probed.version.as_deref(), probed.has_model), (Some("0.12.11"), true));
    let expected = [
        model(crate::ollama::MODEL, Some(986_061_892), None, Some(true)),
        model("llama3:latest", Some(1), None, Some(false)),
    ];
    assert_eq!(probed.models, expected);
    for (name, has) in [("llama3", true), ("llama3:latest", true), ("llama3:8b", false), ("llama", false)] {
        let backend = Ollama::new(config(&server.url(), name), None).unwrap();
        assert_eq!(backend.probe().await.unwrap().has_model, has, "{name}");
    }
}

#[tokio::test]
async fn openai_servers_tell_their_models() {
    for (dialect, context) in [(Dialect::Vllm, Some(4096)), (Dialect::LlamaCpp, Some(32768)), (Dialect::Plain, None)] {
        let server = crate::openai::start(dialect).await;
        // Both forms of the address are in use.
        for url in [server.url(), format!("{}/v1/", server.url())] {
            let probed = openai(&url, None).probe().await.unwrap();
            assert_eq!(probed.models, [model(crate::openai::MODEL, None, context, None)]);
            assert!(probed.has_model);
        }
    }
}

#[tokio::test]
async fn the_kind_of_server_is_asked_for_once() {
    let server = crate::openai::start(Dialect::Vllm).await;
    let backend = openai(&server.url(), None);
    for _ in 0..3 {
        crate::world::told(crate::world::begin(&backend)).await;
    }
    assert_eq!(server.requests().iter().filter(|request| request.path == "/v1/models").count(), 1);
}

#[tokio::test]
async fn a_server_without_a_list_is_a_plain_one() {
    for reply in
        [Reply::json(404, &serde_json::json!({ "detail": "Not Found" })), Reply::new(200, "application/json", "[]")]
    {
        let server = Server::start(move |request, _| match request.path.as_str() {
            "/v1/models" => reply.clone(),
            _ => crate::openai::respond(request, Dialect::Plain),
        })
        .await;
        assert_eq!(crate::world::told(crate::world::begin(&openai(&server.url(), None))).await, "ls -la | Stop");
    }
}

#[tokio::test]
async fn an_unknown_model_is_said_to_be_one() {
    let server = crate::ollama::start(crate::ollama::CHATML).await;
    let backend = Ollama::new(config(&server.url(), "nope"), None).unwrap();
    assert_eq!(crate::world::told(crate::world::begin(&backend)).await, "there is no model `nope`");
}

#[tokio::test]
async fn preloading_takes_the_time_that_the_server_tells() {
    let server = crate::ollama::start(crate::ollama::CHATML).await;
    let backend = Ollama::new(config(&server.url(), crate::ollama::MODEL), Some(Duration::from_mins(5))).unwrap();
    assert_eq!(backend.preload().await, Ok(Some(Duration::from_millis(1500))));
    assert_eq!(server.bodies("/api/generate")[0]["keep_alive"], "300s");
    assert_eq!(openai(&server.url(), None).preload().await, Ok(None));
}

#[tokio::test]
async fn a_probe_says_what_is_wrong() {
    let url = crate::server::nobody().await;
    let error = ollama(&url).probe().await.unwrap_err();
    assert_eq!(error.to_string(), format!("no answer from {url}"));
    assert!(matches!(error.failure, ServerFailure::Unreachable { .. }));

    let other = Server::start(|_, _| Reply::new(200, "text/html", "<html>")).await;
    let error = openai(&other.url(), None).probe().await.unwrap_err();
    assert_eq!(error.failure, ServerFailure::ContentType { found: "text/html".to_owned() });

    let large = Server::start(|_, _| Reply::new(200, "application/json", vec![b' '; 5_000_000])).await;
    let error = openai(&large.url(), None).probe().await.unwrap_err();
    assert!(matches!(error.failure, ServerFailure::TooLarge { .. }));
}

#[tokio::test]
async fn a_probe_does_not_wait_long() {
    let mut server = Server::start(|_, _| Reply::steps(200, "application/json", vec![Step::Hang])).await;
    let backend = Arc::new(ollama(&server.url()));
    let probe = tokio::spawn({
        let backend = Arc::clone(&backend);
        async move { backend.probe().await }
    });
    server.until(&Happened::Waiting).await;
    jump(3).await;
    let error = probe.await.unwrap().unwrap_err();
    assert_eq!(error.failure, ServerFailure::Timeout { wait: Wait::Whole, limit: Duration::from_secs(2) });
    server.until(&Happened::Gone).await;
}
