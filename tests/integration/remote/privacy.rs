//! What leaves the machine, and where it may go.

use crate::server::{Reply, Server};
use crate::world::{begin, both, config, failure, told};
use cmdai_backends::remote::{ConfigError, Ollama, OpenAi, RemoteConfig, Secret};
use cmdai_core::contract::generate::{collect, sample_prompt};
use cmdai_core::generate::GenerateOptions;
use cmdai_core::prompt::Prompt;
use std::sync::Arc;

fn with_key(url: &str) -> RemoteConfig {
    RemoteConfig { key: Secret::new("sk-secret"), ..config(url, crate::ollama::MODEL) }
}

#[tokio::test]
async fn the_key_goes_with_every_request_and_is_never_told() {
    let server = Server::start(|request, _| match request.path.as_str() {
        "/api/show" => crate::ollama::respond(request, crate::ollama::CHATML),
        _ => Reply::json(500, &serde_json::json!({ "error": "your key sk-secret is odd" })),
    })
    .await;
    for (backend, path) in both(&with_key(&server.url())) {
        let items = collect(begin(&*backend)).await;
        let Some(Err(error)) = items.last() else { panic!("{items:?}") };
        assert_eq!(failure(error), "status 500: your key … is odd", "{path}");
        assert!(!format!("{items:?}{:?}", backend.config()).contains("sk-secret"));
    }
    assert!(server.requests().iter().all(|request| request.headers["authorization"] == "Bearer sk-secret"));
}

#[tokio::test]
async fn a_redirect_gets_neither_key_nor_prompt() {
    for status in [301, 302, 303, 307, 308] {
        let elsewhere = crate::ollama::start(crate::ollama::CHATML).await;
        let to = format!("{}/api/generate?token=hidden", elsewhere.url());
        let shown = format!("it redirects to {}/api/generate", elsewhere.url());
        let server = Server::start(move |request, _| match request.path.as_str() {
            "/api/show" => crate::ollama::respond(request, crate::ollama::CHATML),
            _ => Reply::new(status, "", "").header("Location", &to),
        })
        .await;
        for (backend, path) in both(&with_key(&server.url())) {
            assert_eq!(told(begin(&*backend)).await, shown, "{status} {path}");
        }
        assert!(elsewhere.requests().is_empty());
    }
}

#[tokio::test]
async fn prompts_leave_the_machine_redacted_or_not_at_all() {
    for url in ["http://192.0.2.1:11434", "https://models.example.com/v1"] {
        let expected = ConfigError::Unredacted { url: url.trim_end_matches("/v1").to_owned() };
        let shown = |error: ConfigError| error.to_string().replace("/v1", "");
        assert_eq!(shown(Ollama::new(config(url, "m"), None).unwrap_err()), expected.to_string());
        assert_eq!(shown(OpenAi::new(config(url, "m"), None).unwrap_err()), expected.to_string());
        let redacted = RemoteConfig { redact: Some(Arc::new(str::to_owned)), ..config(url, "m") };
        assert!(Ollama::new(redacted, None).is_ok());
    }
}

#[tokio::test]
async fn only_what_leaves_the_machine_is_redacted() {
    let server = crate::ollama::start(crate::ollama::CHATML).await;
    let redact: cmdai_backends::remote::Redact = Arc::new(|text: &str| text.replace("hunter2", "…"));
    let prompt = Prompt { user: "log in with hunter2".to_owned(), ..sample_prompt() };
    let config = RemoteConfig { redact: Some(redact), ..config(&server.url(), crate::ollama::MODEL) };
    for (backend, path) in both(&config) {
        collect(backend.generate(&prompt, &GenerateOptions::default())).await;
        assert!(backend.is_local());
        let sent = server.bodies(path).pop().unwrap().to_string();
        assert!(sent.contains("hunter2"), "nothing leaves this machine, so nothing is lost");
    }
}
