//! Asks a server for one command: `ask_remote ollama|openai URL MODEL REQUEST…`, with a key in `CMDAI_API_KEY`.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for people")]

use cmdai_backends::remote::{Ollama, OpenAi, RemoteBackend, RemoteConfig, Secret};
use cmdai_core::context::ExecutionContext;
use cmdai_core::generate::{Chunk, GenerateOptions};
use cmdai_core::prompt::Prompt;
use cmdai_core::request::{CommandRequest, Platform, ShellType};
use std::error::Error;
use std::future::poll_fn;
use std::sync::Arc;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [kind, url, model, request @ ..] = words.as_slice() else {
        return Err("usage: ask_remote ollama|openai URL MODEL REQUEST…".into());
    };
    let config = RemoteConfig {
        key: std::env::var("CMDAI_API_KEY").ok().as_deref().and_then(Secret::new),
        // A program for real use takes names, paths and keys out here.
        redact: Some(Arc::new(str::to_owned)),
        ..RemoteConfig::new("example", url, model)
    };
    let backend: Box<dyn RemoteBackend> = match kind.as_str() {
        "ollama" => Box::new(Ollama::new(config, None)?),
        "openai" => Box::new(OpenAi::new(config, None)?),
        other => return Err(format!("`{other}` is neither ollama nor openai").into()),
    };
    eprintln!("{:?}", backend.probe().await?);

    let request = CommandRequest::new(&request.join(" "), ShellType::Bash, Platform::Linux)?;
    let context = ExecutionContext::new("/".into(), request.shell, request.platform, chrono::Utc::now());
    let mut stream = backend.generate(&Prompt::new(&request, &context), &GenerateOptions::default());
    while let Some(chunk) = poll_fn(|cx| stream.as_mut().poll_next(cx)).await {
        match chunk? {
            Chunk::Text { text, .. } => print!("{text}"),
            Chunk::Finished { reason, .. } => println!("\n{reason:?}"),
            Chunk::Done(usage) => eprintln!("{usage:?}"),
            Chunk::Progress { .. } | Chunk::Restarted { .. } => {}
        }
    }
    Ok(())
}
