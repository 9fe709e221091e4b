//! llama.cpp in this process.
//!
//! One thread of its own loads the model and answers one prompt after the other; it starts when the backend is made, so
//! loading runs beside whatever the caller does until the first prompt. Streams are bounded channels: nothing is computed far
//! ahead of the reader, and a dropped stream is noticed before the next token (held by `dropping_a_stream_stops_the_engine`).
//! Dropping the backend aborts a load and waits for the thread, so no C++ code runs while the process tears itself down; a
//! program that ends anyway may leave with `_exit` instead.

mod answer;
mod engine;
mod load;
mod prefix;
mod sample;
mod turns;
mod utf8;
#[cfg(feature = "variants")]
mod variants;

use cmdai_core::generate::{Chunk, Generate, GenerateError, GenerateOptions};
use cmdai_core::prompt::Prompt;
use futures_core::Stream;
use futures_core::stream::BoxStream;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::task::{Context, Poll};
use std::thread::JoinHandle;
use tokio::sync::mpsc as stream;

/// Items a stream may be ahead of its reader.
const AHEAD: usize = 4;

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
pub struct LlamaBackend {
    jobs: Option<mpsc::Sender<Job>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

/// One prompt and where its answer goes.
#[derive(Debug)]
struct Job {
    prompt: Prompt,
    options: GenerateOptions,
    out: stream::Sender<Item>,
}

type Item = Result<Chunk, GenerateError>;

impl LlamaBackend {
    /// Starts loading the model and returns at once; a failure to load is the first item of every stream.
    ///
    /// # Errors
    /// The system could not start a thread.
    pub fn start(config: LlamaConfig) -> std::io::Result<Self> {
        let (jobs, inbox) = mpsc::channel();
        let stop = Arc::new(AtomicBool::new(false));
        let seen_stop = Arc::clone(&stop);
        let thread = std::thread::Builder::new()
            .name("llama".to_owned())
            .spawn(move || engine::serve(&config, inbox, &seen_stop))?;
        Ok(Self { jobs: Some(jobs), stop, thread: Some(thread) })
    }
}

impl Generate for LlamaBackend {
    fn generate(&self, prompt: &Prompt, options: &GenerateOptions) -> BoxStream<'static, Item> {
        let (out, items) = stream::channel(AHEAD);
        let job = Job { prompt: prompt.clone(), options: options.clone(), out };
        if let Some(jobs) = &self.jobs {
            // A thread that has ended drops the job, which ends the stream as interrupted.
            let _ = jobs.send(job);
        }
        Box::pin(Items { items, ended: false })
    }
}

impl Drop for LlamaBackend {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// The reading end: a channel that closes before the answer is whole is an error, not an end.
struct Items {
    items: stream::Receiver<Item>,
    ended: bool,
}

impl Stream for Items {
    type Item = Item;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Item>> {
        if self.ended {
            return Poll::Ready(None);
        }
        let item = match self.items.poll_recv(cx) {
            Poll::Pending => return Poll::Pending,
            Poll::Ready(Some(item)) => item,
            Poll::Ready(None) => Err(GenerateError::Interrupted),
        };
        self.ended = matches!(item, Ok(Chunk::Done(_)) | Err(_));
        Poll::Ready(Some(item))
    }
}
