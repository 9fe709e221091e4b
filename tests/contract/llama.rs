//! The embedded llama.cpp backend keeps the laws of `Generate`, on a real small model.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test target")]

#[path = "../support/embedded.rs"]
mod embedded;
#[path = "../support/model.rs"]
mod model;

use cmdai_backends::embedded::llama::{LlamaBackend, LlamaConfig};
use cmdai_core::contract::generate::{collect, sample_prompt};
use cmdai_core::generate::{Chunk, Generate as _, GenerateOptions};
use cmdai_core::prompt::{Example, Prompt};
use embedded::answer;
use std::path::Path;

fn backend(prefix_dir: Option<&Path>) -> LlamaBackend {
    running("smollm2-135m", prefix_dir)
}

fn running(id: &str, prefix_dir: Option<&Path>) -> LlamaBackend {
    let file = model::model(id);
    let prefix_dir = prefix_dir.map(Path::to_owned);
    LlamaBackend::start(LlamaConfig { model: file.path, identity: file.sha256, prefix_dir, threads: None }).unwrap()
}

fn of(model: &Path) -> LlamaBackend {
    let config = LlamaConfig { model: model.to_owned(), identity: "x".to_owned(), prefix_dir: None, threads: None };
    LlamaBackend::start(config).unwrap()
}

embedded::laws!(backend, of);

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
