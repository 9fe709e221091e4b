//! The worker and its client over a real socket or pipe, with backends that do what a test says: every moment at which a worker can be lost,
//! more clients than it takes, readers that do not read, who replaces whom.
//!
//! With a real model and real processes the same is in `tests/e2e/worker.rs`; here nothing is left to chance.

#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test target")]

use cmdai_backends::worker::Place;

#[path = "../support/chunks.rs"]
mod chunks;
#[path = "worker/crowd.rs"]
mod crowd;
#[path = "worker/lost.rs"]
mod lost;
#[path = "../support/raw.rs"]
mod raw;
#[path = "worker/replaced.rs"]
mod replaced;
#[path = "worker/world.rs"]
mod world;
