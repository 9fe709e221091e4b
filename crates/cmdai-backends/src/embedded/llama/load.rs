//! Gets a model into memory, visibly and so that it can be called off.

use super::Job;
use cmdai_core::generate::{Chunk, Preparation};
use llama_cpp_2::llama_backend::LlamaBackend as Runtime;
use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::model::params::LlamaModelParams;
use llama_cpp_2::{LogOptions, send_logs_to_tracing};
use std::collections::VecDeque;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Receiver;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

/// A reader is told of progress this often at most.
const PROGRESS_EVERY: Duration = Duration::from_millis(100);

/// Jobs that arrive while the model is loading, so that the first of them can be told how far it is.
#[derive(Debug)]
pub(super) struct Inbox {
    jobs: Receiver<Job>,
    waiting: VecDeque<Job>,
    told: Instant,
}

impl Inbox {
    pub(super) fn new(jobs: Receiver<Job>) -> Self {
        Self { jobs, waiting: VecDeque::new(), told: Instant::now() }
    }

    /// The next job; `None` once the backend is gone.
    pub(super) fn next(&mut self) -> Option<Job> {
        self.waiting.pop_front().or_else(|| self.jobs.recv().ok())
    }

    fn tell(&mut self, fraction: f32) {
        if self.told.elapsed() < PROGRESS_EVERY {
            return;
        }
        self.told = Instant::now();
        self.waiting.extend(self.jobs.try_iter());
        for job in &self.waiting {
            // A reader that is behind misses a step, not the answer.
            let _ = job.out.try_send(Ok(Chunk::Progress { step: Preparation::LoadingModel, fraction }));
        }
    }
}

/// llama.cpp's process-wide part, set up once.
pub(super) fn runtime() -> Result<&'static Runtime, String> {
    static RUNTIME: OnceLock<Result<Runtime, String>> = OnceLock::new();
    let runtime = RUNTIME.get_or_init(|| {
        send_logs_to_tracing(LogOptions::default());
        #[cfg(feature = "variants")]
        super::variants::load()?;
        Runtime::init().map_err(|error| error.to_string())
    });
    runtime.as_ref().map_err(Clone::clone)
}

/// Loads the model at `path`. `stop` calls it off at the next tensor.
pub(super) fn load(path: &Path, inbox: &Arc<Mutex<Inbox>>, stop: &Arc<AtomicBool>) -> Result<LlamaModel, String> {
    let runtime = runtime()?;
    let (inbox, stop) = (Arc::clone(inbox), Arc::clone(stop));
    let params = LlamaModelParams::default().with_progress_callback(move |fraction| {
        inbox.lock().unwrap_or_else(PoisonError::into_inner).tell(fraction.clamp(0.0, 1.0));
        !stop.load(Ordering::Relaxed)
    });
    LlamaModel::load_from_file(runtime, path, &params).map_err(|error| error.to_string())
}
