//! What each system does in a way of its own, in small: one function for each question, answered in `unix` and in `other`.
//!
//! The rest of this crate is the same everywhere, but for what is large enough for a place of its own: keys in `screen/keys/`,
//! signals in `screen/signals.rs`, the process that keeps the model ready in `worker.rs`.

#[cfg(not(unix))]
mod other;
#[cfg(unix)]
mod unix;

#[cfg(not(unix))]
pub(crate) use other::*;
#[cfg(unix)]
pub(crate) use unix::*;
