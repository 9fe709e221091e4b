//! The jobs of an engine: taken one by one, and told how far the loading of the model is.

use super::thread::Job;
use cmdai_core::generate::{Chunk, GenerateError, Preparation};
use std::collections::VecDeque;
use std::sync::mpsc::Receiver;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A reader is told of progress this often at most.
const PROGRESS_EVERY: Duration = Duration::from_millis(100);

/// Jobs in their order. Clones are the same inbox: whoever loads tells from where it is called back.
#[derive(Debug, Clone)]
pub(super) struct Inbox(Arc<Mutex<Waiting>>);

/// Jobs that arrive while the model is loading, so that the first of them can be told how far it is.
#[derive(Debug)]
struct Waiting {
    jobs: Receiver<Job>,
    early: VecDeque<Job>,
    told: Instant,
}

impl Inbox {
    pub(super) fn new(jobs: Receiver<Job>) -> Self {
        Self(Arc::new(Mutex::new(Waiting { jobs, early: VecDeque::new(), told: Instant::now() })))
    }

    /// The next job; `None` once the backend is gone.
    pub(super) fn next(&self) -> Option<Job> {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.early.pop_front().or_else(|| waiting.jobs.recv().ok())
    }

    /// Tells who waits which share of the model is loaded.
    pub(super) fn tell(&self, fraction: f32) {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.told.elapsed() < PROGRESS_EVERY {
            return;
        }
        waiting.told = Instant::now();
        let new: Vec<Job> = waiting.jobs.try_iter().collect();
        waiting.early.extend(new);
        for job in &waiting.early {
            // A reader that is behind misses a step, not the answer.
            let progress = Chunk::Progress { step: Preparation::LoadingModel, fraction: fraction.clamp(0.0, 1.0) };
            let _ = job.out.try_send(Ok(progress));
        }
    }

    /// Answers every job by the reason why there is no model.
    pub(super) fn refuse(&self, why: &str) {
        while let Some(job) = self.next() {
            let _ = job.out.blocking_send(Err(GenerateError::Load(why.to_owned())));
        }
    }
}
