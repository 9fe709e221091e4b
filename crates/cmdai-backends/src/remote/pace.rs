//! How long to wait for what comes next.

use super::config::Timeouts;
use cmdai_core::server_error::{ServerFailure, Wait};
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// The clock of one exchange with a server.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    wait: Wait,
    limit: Duration,
    /// Since when `wait` is waited for.
    since: Instant,
    idle: Duration,
    total: Duration,
    started: Instant,
}

impl Pace {
    /// The clock of an answer, running.
    pub(super) fn of_answer(timeouts: &Timeouts) -> Self {
        Self::start(timeouts.first_chunk, timeouts.idle, timeouts.total, Wait::FirstText)
    }

    /// The clock of a short question, running.
    pub(super) fn of_probe(timeouts: &Timeouts) -> Self {
        Self::start(timeouts.probe, timeouts.probe, timeouts.probe, Wait::Whole)
    }

    fn start(limit: Duration, idle: Duration, total: Duration, wait: Wait) -> Self {
        let now = Instant::now();
        Self { wait, limit, since: now, idle, total, started: now }
    }

    /// Something is asked for again.
    pub(super) fn restart(&mut self) {
        self.since = Instant::now();
    }

    /// Text has come.
    pub(super) fn text_came(&mut self) {
        (self.wait, self.limit, self.since) = (Wait::More, self.idle, Instant::now());
    }

    /// The answer is whole; only its cost may still come, and that is not worth much waiting.
    pub(super) fn ending(&mut self) {
        self.text_came();
        self.limit = self.limit.min(Duration::from_millis(500));
    }

    /// Whether there will be time left after a pause.
    pub(super) fn allows(&self, pause: Duration) -> bool {
        self.started.elapsed() + pause < self.total
    }

    /// Waits, but not too long. What is ready counts as in time.
    pub(super) async fn limit<T>(&self, work: impl Future<Output = T>) -> Result<T, ServerFailure> {
        let (step, whole) = (self.since + self.limit, self.started + self.total);
        timeout_at(step.min(whole), work).await.map_err(|_| {
            let (wait, limit) = if step < whole { (self.wait, self.limit) } else { (Wait::Whole, self.total) };
            ServerFailure::Timeout { wait, limit }
        })
    }
}
