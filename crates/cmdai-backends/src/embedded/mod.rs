//! Backends that compute in this process: what they share, and a module for each runtime.
//!
//! A backend is a `thread` of its own that takes prompts from its `inbox` and gives each to the `engine`, which turns it into
//! tokens (`turns`), brings the evaluated `prefix` back and makes the `answer` token by token. None of them knows what
//! computes: that is a `runtime`, and there are two, of which [`choose`] takes one.

pub mod cpu;
#[cfg(feature = "llama")]
pub mod llama;
#[cfg(feature = "mlx")]
pub mod mlx;

mod answer;
mod choice;
mod engine;
mod inbox;
mod lookup;
mod prefix;
mod runtime;
mod sample;
mod thread;
mod turns;
mod utf8;

pub use choice::{Chosen, Embedded, NoRuntime, Why, built, choose};
