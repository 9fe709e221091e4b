//! The embedded llama.cpp backend keeps the laws of `Generate`, on a real small model.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test target")]

#[path = "../support/model.rs"]
mod model;

use cmdai_backends::embedded::llama::{LlamaBackend, LlamaConfig};
use cmdai_core::contract::generate::{self, collect, sample_prompt};
use cmdai_core::generate::{Chunk, FinishReason, Generate, GenerateError, GenerateOptions, Usage};
use cmdai_core::prompt::{Example, Prompt};
use std::fmt;
use std::future::poll_fn;
use std::path::Path;
use std::sync::{Arc, Mutex};
use tracing::field::{Field, Visit};

fn backend(prefix_dir: Option<&Path>) -> LlamaBackend {
    running("smollm2-135m", prefix_dir)
}

fn running(id: &str, prefix_dir: Option<&Path>) -> LlamaBackend {
    let file = model::model(id);
    let prefix_dir = prefix_dir.map(Path::to_owned);
    LlamaBackend::start(LlamaConfig { model: file.path, identity: file.sha256, prefix_dir, threads: None }).unwrap()
}

/// The command and the cost of answering `prompt`.
async fn answer(backend: &LlamaBackend, prompt: &Prompt) -> (String, Usage) {
    let mut command = String::new();
    for item in collect(backend.generate(prompt, &GenerateOptions::default())).await {
        match item.unwrap() {
            Chunk::Text { text, .. } => command.push_str(&text),
            Chunk::Done(usage) => return (command, usage),
            Chunk::Progress { .. } | Chunk::Restarted { .. } | Chunk::Finished { .. } => {}
        }
    }
    panic!("the stream has no end");
}

#[tokio::test]
async fn generate_contract() {
    let backend = backend(None);
    generate::all(&backend).await;
}

#[tokio::test]
async fn special_tokens_in_a_request_are_plain_text() {
    let backend = backend(None);
    let mut tokens = Vec::new();
    for user in ["x", "<|im_end|>"] {
        let (_, usage) = answer(&backend, &Prompt { user: user.to_owned(), ..sample_prompt() }).await;
        tokens.push(usage.prompt_tokens.unwrap());
    }
    // As a special token it would be one, like `x`.
    assert!(tokens[1] > tokens[0] + 2, "{tokens:?}");
}

#[tokio::test]
async fn commands_with_braces_and_quotes_survive_generation_whole() {
    // The smallest model cannot even repeat.
    let backend = running("qwen2.5-coder-1.5b", None);
    for command in [
        "awk '{ if ($1 > 3) { print $0 } }' data",
        "find . -name '*.c' -exec cp {} {}.bak \\;",
        "echo \"${NAME:-nobody}\" `date`",
        "cat <<'EOF' > notes\n{ a }\nEOF",
    ] {
        // Asked for what it was just shown, a model repeats it.
        let example = Example { request: "do the usual".to_owned(), command: command.to_owned() };
        let prompt =
            Prompt { examples: vec![example.clone(), example], user: "do the usual".to_owned(), ..sample_prompt() };
        assert_eq!(answer(&backend, &prompt).await.0, command);
    }
}

#[tokio::test]
async fn guesses_change_no_answer() {
    let backend = running("qwen2.5-coder-1.5b", None);
    let example = |request: &str, command: &str| Example { request: request.to_owned(), command: command.to_owned() };
    for user in [
        "logs below var older than 9 days, in /srv/data/report-2024.txt",
        "count the lines of data/first-part.csv and data/second-part.csv",
    ] {
        let examples = vec![
            example("logs below old over 5 MB", "find old -type f -name '*.log' -size +5M"),
            example("count the lines of a.csv", "wc -l a.csv"),
        ];
        let prompt = Prompt { examples, user: user.to_owned(), ..sample_prompt() };
        // Several answers are written without guesses, and the first of them is the model's own choice, too.
        let several = GenerateOptions { alternatives: 2, ..GenerateOptions::default() };
        let mut expected = String::new();
        for item in collect(backend.generate(&prompt, &several)).await {
            if let Chunk::Text { alternative: 0, text, .. } = item.unwrap() {
                expected.push_str(&text);
            }
        }
        assert_eq!(answer(&backend, &prompt).await.0, expected);
    }
}

#[tokio::test]
async fn a_saved_prefix_is_restored_and_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let (first, usage) = answer(&backend(Some(dir.path())), &sample_prompt()).await;
    assert_eq!(usage.prefix_restored, Some(false));
    let (second, usage) = answer(&backend(Some(dir.path())), &sample_prompt()).await;
    assert_eq!((second, usage.prefix_restored), (first.clone(), Some(true)));

    // Half a state, then a flipped bit: evaluated again, nothing fails.
    for damage in [|bytes: &mut Vec<u8>| bytes.truncate(bytes.len() / 2), |bytes: &mut Vec<u8>| bytes[9000] ^= 1] {
        let state = std::fs::read_dir(dir.path()).unwrap().next().unwrap().unwrap().path();
        let mut bytes = std::fs::read(&state).unwrap();
        damage(&mut bytes);
        std::fs::write(&state, bytes).unwrap();
        let (again, usage) = answer(&backend(Some(dir.path())), &sample_prompt()).await;
        assert_eq!((again, usage.prefix_restored), (first.clone(), Some(false)));
    }
}

#[tokio::test]
async fn one_backend_answers_many_prompts_from_one_prefix() {
    let backend = backend(None);
    let (first, usage) = answer(&backend, &sample_prompt()).await;
    assert!(usage.load.is_some());
    let other = Prompt { user: "remove the file called old".to_owned(), ..sample_prompt() };
    assert_ne!(answer(&backend, &other).await.0, first);
    let (again, usage) = answer(&backend, &sample_prompt()).await;
    assert_eq!((again, usage.prefix_restored, usage.load), (first, Some(true), None));
}

#[tokio::test]
async fn what_does_not_fit_the_context_is_refused_before_it_overflows() {
    generate::too_long_a_prompt_is_told_as_such(&backend(None)).await;
}

#[tokio::test]
async fn a_long_answer_is_cut_and_says_so() {
    let backend = backend(None);
    let options = GenerateOptions { max_tokens: 3, alternatives: 2, ..GenerateOptions::default() };
    let items = collect(backend.generate(&sample_prompt(), &options)).await;
    let cut = items.iter().filter(|i| matches!(i, Ok(Chunk::Finished { reason: FinishReason::Length, .. })));
    assert_eq!(cut.count(), 2, "{items:?}");
}

#[tokio::test]
async fn a_file_that_is_no_model_is_a_load_error() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x.gguf");
    std::fs::write(&path, b"GGUF but nothing else").unwrap();
    let config = LlamaConfig { model: path, identity: "x".to_owned(), prefix_dir: None, threads: None };
    let backend = LlamaBackend::start(config).unwrap();
    for _ in 0..2 {
        let items = collect(backend.generate(&sample_prompt(), &GenerateOptions::default())).await;
        assert!(matches!(items.last(), Some(Err(GenerateError::Load(_)))), "{items:?}");
    }
}

#[test]
fn a_backend_dropped_while_it_loads_ends() {
    drop(backend(None));
}

#[tokio::test]
async fn dropping_a_stream_stops_the_engine() {
    let produced = Arc::new(Mutex::new(Vec::new()));
    tracing::subscriber::set_global_default(CancelledAt(Arc::clone(&produced))).unwrap();
    let backend = backend(None);
    let options = GenerateOptions { max_tokens: 400, ..GenerateOptions::default() };
    let prompt = Prompt {
        system: "You write long stories.".to_owned(),
        examples: Vec::new(),
        earlier: Vec::new(),
        user: "Write down the numbers from one to two hundred in words.".to_owned(),
        fence: "text".to_owned(),
    };
    let mut stream = backend.generate(&prompt, &options);
    while !matches!(poll_fn(|cx| stream.as_mut().poll_next(cx)).await, Some(Ok(Chunk::Text { .. }))) {}
    drop(stream);
    // The next answer comes after the engine has let go of the first.
    generate::chunks_come_in_order(&backend).await;
    let produced = produced.lock().unwrap().clone();
    // One token was read, a few may lie in the channel, one may be in the making.
    assert!(matches!(produced.as_slice(), [tokens] if *tokens < 10), "{produced:?}");
}

/// Hears how many tokens a cancelled answer had.
struct CancelledAt(Arc<Mutex<Vec<u64>>>);

impl Visit for CancelledAt {
    fn record_debug(&mut self, _: &Field, _: &dyn fmt::Debug) {}
    fn record_u64(&mut self, field: &Field, value: u64) {
        if field.name() == "tokens_when_cancelled" {
            self.0.lock().unwrap().push(value);
        }
    }
}

impl tracing::Subscriber for CancelledAt {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        metadata.target().starts_with("cmdai")
    }
    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }
    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}
    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}
    fn event(&self, event: &tracing::Event<'_>) {
        event.record(&mut Self(Arc::clone(&self.0)));
    }
    fn enter(&self, _: &tracing::span::Id) {}
    fn exit(&self, _: &tracing::span::Id) {}
}
