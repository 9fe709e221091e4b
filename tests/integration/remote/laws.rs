//! Both backends keep the laws of `Generate`, on every kind of server, and give out what the servers tell.

use crate::world::{begin, next, ollama, openai, told};
use cmdai_backends::remote::{Dialect, Ollama};
use cmdai_core::contract::generate::{self, collect, sample_prompt};
use cmdai_core::generate::{Chunk, Generate, GenerateOptions, Usage};
use std::time::Duration;

const DIALECTS: [Dialect; 3] = [Dialect::Vllm, Dialect::LlamaCpp, Dialect::Plain];

#[tokio::test]
async fn ollama_keeps_the_laws() {
    for template in [crate::ollama::CHATML, crate::ollama::OTHER] {
        let server = crate::ollama::start(template).await;
        generate::all(&ollama(&server.url())).await;
        generate::too_long_a_prompt_is_told_as_such(&ollama(&server.url())).await;
    }
}

#[tokio::test]
async fn openai_keeps_the_laws() {
    for dialect in DIALECTS {
        let server = crate::openai::start(dialect).await;
        generate::all(&openai(&server.url(), None)).await;
        generate::too_long_a_prompt_is_told_as_such(&openai(&server.url(), None)).await;
    }
}

#[tokio::test]
async fn the_answer_is_the_command_alone_on_every_server() {
    for template in [crate::ollama::CHATML, crate::ollama::OTHER] {
        let server = crate::ollama::start(template).await;
        assert_eq!(told(begin(&ollama(&server.url()))).await, "ls -la | Stop", "{template}");
    }
    for dialect in DIALECTS {
        let server = crate::openai::start(dialect).await;
        assert_eq!(told(begin(&openai(&server.url(), None))).await, "ls -la | Stop", "{dialect:?}");
    }
}

async fn usage(backend: &impl Generate, alternatives: u16) -> Usage {
    let options = GenerateOptions { alternatives, ..GenerateOptions::default() };
    match collect(backend.generate(&sample_prompt(), &options)).await.pop() {
        Some(Ok(Chunk::Done(usage))) => usage,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn costs_are_those_that_the_server_tells() {
    let server = crate::ollama::start(crate::ollama::CHATML).await;
    let expected = Usage {
        load: Some(Duration::from_nanos(101_397_084)),
        prompt_tokens: Some(11),
        prompt: Some(Duration::from_nanos(13_074_791)),
        output_tokens: Some(2),
        decode: Some(Duration::from_nanos(52_479_709)),
        ..Usage::default()
    };
    assert_eq!(usage(&ollama(&server.url()), 1).await, expected);
    let three = Usage { output_tokens: Some(6), decode: None, ..expected };
    assert_eq!(usage(&ollama(&server.url()), 3).await, three, "tokens are summed, times side by side are not");

    let server = crate::openai::start(Dialect::Vllm).await;
    let expected = Usage { prompt_tokens: Some(50), output_tokens: Some(2), ..Usage::default() };
    assert_eq!(usage(&openai(&server.url(), None), 1).await, expected);

    let server = crate::openai::start(Dialect::Plain).await;
    assert_eq!(usage(&openai(&server.url(), None), 1).await, Usage::default(), "we ended it, so it could not say");
}

#[tokio::test]
async fn probabilities_are_those_of_the_tokens() {
    let servers = [crate::ollama::start(crate::ollama::CHATML).await, crate::openai::start(Dialect::LlamaCpp).await];
    let [ollama_url, openai_url] = servers.each_ref().map(crate::server::Server::url);
    for mut chunks in [begin(&ollama(&ollama_url)), begin(&openai(&openai_url, None))] {
        let Some(Ok(Chunk::Text { probability: Some(p), .. })) = next(&mut chunks).await else { panic!("no text") };
        assert!((p - 0.5).abs() < 1e-6);
    }
}

#[tokio::test]
async fn alternatives_differ_from_each_other_and_repeat() {
    let server = crate::openai::start(Dialect::Vllm).await;
    let backend = openai(&server.url(), None);
    let options = GenerateOptions { alternatives: 3, seed: 40, ..GenerateOptions::default() };
    let mut texts = [String::new(), String::new(), String::new()];
    for item in collect(backend.generate(&sample_prompt(), &options)).await {
        if let Ok(Chunk::Text { alternative, text, .. }) = item {
            texts[usize::from(alternative)] += &text;
        }
    }
    assert_eq!(texts, ["ls -la", "ls -41", "ls -42"]);
    assert!(server.bodies("/v1/chat/completions").iter().all(|body| body.get("n").is_none()));
}

#[tokio::test]
async fn an_alternative_that_fails_is_left_out() {
    let server = crate::server::Server::start(|request, _| {
        if request.body["temperature"].as_f64().is_some_and(|t| t > 0.0) {
            return crate::server::Reply::json(500, &serde_json::json!({ "error": "no more slots" }));
        }
        crate::openai::respond(request, Dialect::LlamaCpp)
    })
    .await;
    let options = GenerateOptions { alternatives: 2, ..GenerateOptions::default() };
    let chunks = openai(&server.url(), None).generate(&sample_prompt(), &options);
    assert_eq!(told(chunks).await, "ls -la | Stop");
}

#[tokio::test]
async fn the_server_is_told_how_long_to_keep_the_model() {
    let server = crate::ollama::start(crate::ollama::CHATML).await;
    let config = crate::world::config(&server.url(), crate::ollama::MODEL);
    let backend = Ollama::new(config.clone(), Some(Duration::from_mins(5))).unwrap();
    told(begin(&backend)).await;
    told(begin(&Ollama::new(config, None).unwrap())).await;
    let bodies = server.bodies("/api/generate");
    assert_eq!((bodies[0]["keep_alive"].as_str(), bodies[1].get("keep_alive")), (Some("300s"), None));
}
