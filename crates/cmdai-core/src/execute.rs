//! Runs what was approved.
//!
//! Eighth in the flow. The trait takes [`Approved`] by value: one permission, one run.

use crate::confirm::Approved;
use futures_core::future::BoxFuture;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Execution {
    /// Exit status; `128 + n` for a process ended by signal `n`, as shells report it.
    pub exit_code: i32,
    /// Wall-clock time of the run.
    pub duration: Duration,
}

/// Why nothing was run.
#[derive(Debug, thiserror::Error)]
pub enum ExecuteError {
    /// The shell could not be started.
    #[error("could not start `{shell}`")]
    Start {
        /// Program name or path.
        shell: String,
        /// What the system said.
        source: std::io::Error,
    },
}

/// Runs approved commands. A command that fails is an [`Execution`], not an error. Laws: `contract::execute`.
pub trait Execute: Send {
    /// Runs the command to its end.
    fn execute(&mut self, approved: Approved) -> BoxFuture<'_, Result<Execution, ExecuteError>>;
}
