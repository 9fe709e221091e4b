//! Streams the answer to one request from a GGUF file.
//!
//! `cargo run --release -p cmdai-backends --example generate -- MODEL.gguf list the files here`

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "an example shows what it gets")]

use cmdai_backends::embedded::llama::{LlamaBackend, LlamaConfig};
use cmdai_core::context::ExecutionContext;
use cmdai_core::generate::{Chunk, Generate, GenerateOptions};
use cmdai_core::prompt::Prompt;
use cmdai_core::request::{CommandRequest, Platform, ShellType};
use std::error::Error;
use std::future::poll_fn;
use std::io::Write;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let model = args.next().ok_or("usage: generate MODEL.gguf REQUEST…")?;
    let request = CommandRequest::new(&args.collect::<Vec<_>>().join(" "), ShellType::Bash, Platform::current())?;
    let context = ExecutionContext::new(
        std::env::current_dir()?,
        request.shell,
        request.platform,
        std::time::SystemTime::now().into(),
    );

    let backend = LlamaBackend::start(LlamaConfig {
        identity: model.clone(),
        model: model.into(),
        prefix_dir: None,
        threads: None,
    })?;
    let mut stream = backend.generate(&Prompt::new(&request, &context), &GenerateOptions::default());
    while let Some(chunk) = poll_fn(|cx| stream.as_mut().poll_next(cx)).await {
        match chunk? {
            Chunk::Text { text, .. } => {
                print!("{text}");
                std::io::stdout().flush()?;
            }
            Chunk::Done(usage) => println!("\n{usage:?}"),
            Chunk::Progress { .. } | Chunk::Restarted { .. } | Chunk::Finished { .. } => {}
        }
    }
    Ok(())
}
