//! MLX in this process: the backend for Apple silicon.
//!
//! What computes for the engine: `checkpoint` reads a model, `model` is the forward pass, `cache` holds what was evaluated, `runtime`
//! puts them together. The model's own files and GGUF files are read, so that one file serves both runtimes.
//!
//! What is known: on Linux, on the processor, it agrees with llama.cpp (`cargo xtask mlx-linux`). What is not: nobody of us has run it
//! on a Mac, so neither its Metal kernels nor its speed have been seen.

mod blocks;
mod cache;
mod checkpoint;
mod from_gguf;
mod from_safetensors;
mod gguf;
mod matrix;
mod model;
mod runtime;
mod vocabulary;
mod words;

#[cfg(test)]
mod tests;

use super::engine::{self, Engine};
use super::inbox::Inbox;
use super::prefix::{Format, PrefixCache};
use super::thread::{EngineThread, Item};
use cmdai_core::generate::{Generate, GenerateOptions};
use cmdai_core::prompt::Prompt;
use futures_core::stream::BoxStream;
use runtime::MlxRuntime;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// What a saved state depends on. Held equal to the manifest by `the_mlx_is_the_one_in_the_manifest`.
const STATES: Format = Format { build: "mlx-rs 0.33.0", extension: "safetensors" };

/// What to run and where to keep what it costs to prepare.
#[derive(Debug, Clone)]
pub struct MlxConfig {
    /// A GGUF file, or a directory with `config.json`, `tokenizer.json` and safetensors.
    pub model: PathBuf,
    /// What it is: the SHA-256 of a file, or anything else that changes with its bytes. Names the saved states.
    pub identity: String,
    /// Where evaluated prompts are kept; without it each new process evaluates them again.
    pub prefix_dir: Option<PathBuf>,
}

/// The embedded MLX backend.
#[derive(Debug)]
pub struct MlxBackend(EngineThread);

impl MlxBackend {
    /// Starts loading the model and returns at once; a failure to load is the first item of every stream.
    ///
    /// # Errors
    /// The system could not start a thread.
    pub fn start(config: MlxConfig) -> std::io::Result<Self> {
        EngineThread::start("mlx", move |inbox, stop| serve(&config, inbox, stop)).map(Self)
    }
}

impl Generate for MlxBackend {
    fn generate(&self, prompt: &Prompt, options: &GenerateOptions) -> BoxStream<'static, Item> {
        self.0.generate(prompt, options)
    }
}

/// Whether the head of a GGUF file promises that [`MlxBackend`] can run it.
///
/// # Errors
/// What it cannot run of it.
pub fn suits(model: &Path) -> Result<(), String> {
    from_gguf::suits(model)
}

fn serve(config: &MlxConfig, inbox: &Inbox, stop: &AtomicBool) {
    let started = Instant::now();
    tracing::debug!(path = %config.model.display(), "loading the model");
    let mut tell = |fraction| {
        inbox.tell(fraction);
        !stop.load(Ordering::Relaxed)
    };
    let runtime = match checkpoint::load(&config.model, &mut tell).and_then(MlxRuntime::new) {
        Ok(runtime) => runtime,
        Err(why) => return inbox.refuse(&why),
    };
    let cache = config.prefix_dir.clone().map(|dir| PrefixCache::new(dir, STATES));
    engine::serve(Engine::new(runtime, &config.identity, cache, started.elapsed()), inbox);
}
