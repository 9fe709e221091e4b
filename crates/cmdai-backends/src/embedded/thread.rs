//! The thread that a model lives in, and the streams that lead out of it.
//!
//! It starts when the backend is made, so loading runs beside whatever the caller does until the first prompt. Streams are bounded
//! channels: nothing is computed far ahead of the reader, and a dropped stream is noticed before the next token (held by
//! `dropping_a_stream_stops_the_engine`). Dropping the backend aborts a load and waits for the thread, so no foreign code runs while
//! the process tears itself down; a program that ends anyway may leave with `_exit` instead.

use super::inbox::Inbox;
pub(super) use crate::items::Item;
use crate::items::Items;
use cmdai_core::generate::{Generate, GenerateOptions};
use cmdai_core::prompt::Prompt;
use futures_core::stream::BoxStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use tokio::sync::mpsc as stream;

/// Items a stream may be ahead of its reader.
const AHEAD: usize = 4;

/// One prompt and where its answer goes.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) prompt: Prompt,
    pub(super) options: GenerateOptions,
    pub(super) out: stream::Sender<Item>,
}

/// A thread that answers one prompt after the other.
#[derive(Debug)]
pub(super) struct EngineThread {
    jobs: Option<mpsc::Sender<Job>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl EngineThread {
    /// Runs `serve` in a thread of this name; its flag says that nobody waits any more.
    pub(super) fn start(
        name: &str,
        serve: impl FnOnce(&Inbox, &Arc<AtomicBool>) + Send + 'static,
    ) -> std::io::Result<Self> {
        let (jobs, inbox) = mpsc::channel();
        let stop = Arc::new(AtomicBool::new(false));
        let seen_stop = Arc::clone(&stop);
        let run = move || serve(&Inbox::new(inbox), &seen_stop);
        let thread = std::thread::Builder::new().name(name.to_owned()).spawn(run)?;
        Ok(Self { jobs: Some(jobs), stop, thread: Some(thread) })
    }
}

impl Generate for EngineThread {
    fn generate(&self, prompt: &Prompt, options: &GenerateOptions) -> BoxStream<'static, Item> {
        let (out, items) = stream::channel(AHEAD);
        let job = Job { prompt: prompt.clone(), options: options.clone(), out };
        if let Some(jobs) = &self.jobs {
            // A thread that has ended drops the job, which ends the stream as interrupted.
            let _ = jobs.send(job);
        }
        Box::pin(Items::new(items, ()))
    }
}

impl Drop for EngineThread {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
