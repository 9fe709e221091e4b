//! A process that keeps a model ready between requests.
//!
//! Loading a model takes longer than answering with it, so one process per user keeps model, vocabulary and evaluated prefix in memory
//! and answers over a socket that only this user can reach. It is started by the first request that wants it, ends after some idle
//! time or when memory is short, and is replaced when program, model or settings change. A client that finds no worker, an unfit one, or loses one
//! in the middle of an answer computes the answer itself, so a worker can only make things faster (held by `a_killed_worker_is_made_good`).
//!
//! [`protocol`] is what is said, [`Place`] where, [`serve`] the worker's side, [`Worker`] the client's. What differs between systems is in
//! `transport` alone: a door for the worker, a sign by which clients find it, and a way to reach it. On Unix it is a socket, on
//! Windows a named pipe; the same tests run over both, over the second under Wine.

mod client;
pub mod memory;
pub mod protocol;
mod server;
#[cfg(unix)]
#[path = "unix.rs"]
mod transport;
#[cfg(windows)]
#[path = "windows.rs"]
mod transport;

pub use client::{Worker, status, stop};
pub use server::serve;
pub use transport::Place;

use crate::select::Kind;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::time::Duration;

/// Which model a worker keeps, and for how long.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setup {
    /// What the program is: changes with every build. A worker of another program is replaced.
    pub program: String,
    /// What people call the model.
    pub name: String,
    /// Which runtime computes.
    pub runtime: Kind,
    /// The model's file, or its directory.
    pub model: PathBuf,
    /// What it is: its SHA-256, or anything else that changes with its bytes.
    pub identity: String,
    /// Where evaluated prompts are kept.
    pub prefix_dir: Option<PathBuf>,
    /// Threads to compute with, if not all physical cores.
    pub threads: Option<i32>,
    /// Idle time after which the worker ends.
    pub keep_alive: Duration,
}

impl Setup {
    /// What client and worker must agree on. Two setups with the same key give the same answers.
    #[must_use]
    pub fn key(&self) -> String {
        let Self { program, name, runtime, model, identity, prefix_dir, threads, keep_alive } = self;
        format!("{program}|{name}|{runtime}|{}|{identity}|{prefix_dir:?}|{threads:?}|{keep_alive:?}", model.display())
    }
}
