//! llama.cpp in this process.
//!
//! What computes for the engine: `load` brings a GGUF file into memory, `runtime` evaluates tokens with it.

pub(super) mod load;
pub(super) mod runtime;
#[cfg(feature = "variants")]
mod variants;

use super::cpu;
use super::engine::{self, Engine};
use super::inbox::Inbox;
use super::prefix::{Format, PrefixCache};
use super::thread::{EngineThread, Item};
use cmdai_core::generate::{Generate, GenerateOptions};
use cmdai_core::prompt::Prompt;
use futures_core::stream::BoxStream;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

/// What a saved state depends on. Held equal to the manifest by `the_build_is_the_one_in_the_manifest`.
const STATES: Format = Format { build: "llama-cpp-2 0.1.160", extension: "state" };

/// What to run and where to keep what it costs to prepare.
#[derive(Debug, Clone)]
pub struct LlamaConfig {
    /// A GGUF file.
    pub model: PathBuf,
    /// What the file is: its SHA-256, or anything else that changes with its bytes. Names the saved states.
    pub identity: String,
    /// Where evaluated prompts are kept; without it each new process evaluates them again.
    pub prefix_dir: Option<PathBuf>,
    /// Threads to compute with; by default [`inference_threads`](super::cpu::inference_threads).
    pub threads: Option<i32>,
}

/// The embedded llama.cpp backend.
#[derive(Debug)]
pub struct LlamaBackend(EngineThread);

impl LlamaBackend {
    /// Starts loading the model and returns at once; a failure to load is the first item of every stream.
    ///
    /// # Errors
    /// The system could not start a thread.
    pub fn start(config: LlamaConfig) -> std::io::Result<Self> {
        EngineThread::start("llama", move |inbox, stop| serve(&config, inbox, stop)).map(Self)
    }
}

impl Generate for LlamaBackend {
    fn generate(&self, prompt: &Prompt, options: &GenerateOptions) -> BoxStream<'static, Item> {
        self.0.generate(prompt, options)
    }
}

fn serve(config: &LlamaConfig, inbox: &Inbox, stop: &Arc<AtomicBool>) {
    let started = Instant::now();
    tracing::debug!(path = %config.model.display(), "loading the model");
    let model = match load::load(&config.model, inbox, stop) {
        Ok(model) => model,
        Err(why) => return inbox.refuse(&why),
    };
    let runtime = runtime::LlamaRuntime::new(&model, config.threads.unwrap_or_else(cpu::inference_threads));
    let cache = config.prefix_dir.clone().map(|dir| PrefixCache::new(dir, STATES));
    engine::serve(Engine::new(runtime, &config.identity, cache, started.elapsed()), inbox);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_build_is_the_one_in_the_manifest() {
        let manifest = include_str!("../../../../../Cargo.toml");
        let version = STATES.build.strip_prefix("llama-cpp-2 ").unwrap();
        assert!(manifest.contains(&format!("llama-cpp-2 = {{ version = \"={version}\"")), "{}", STATES.build);
    }
}
