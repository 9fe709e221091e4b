//! Servers that hold the model: the laws, what hostile servers may do, time, and what leaves the machine.
//!
//! The servers are ours, written from the documentation of the protocols: Ollama's API, `OpenAI`'s, and what vLLM and
//! llama-server say of theirs. They answer from a table instead of a model, over real sockets. Time passes by jumps of tokio's
//! clock, after an event has said that the client waits; nothing sleeps.

#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test target")]

#[path = "../support/chunks.rs"]
mod chunks;
#[path = "remote/server.rs"]
mod server;
#[path = "remote/ollama.rs"]
mod ollama;
#[path = "remote/openai.rs"]
mod openai;
#[path = "remote/world.rs"]
mod world;

#[path = "remote/laws.rs"]
mod laws;
#[path = "remote/hostile.rs"]
mod hostile;
#[path = "remote/time.rs"]
mod time;
#[path = "remote/privacy.rs"]
mod privacy;
#[path = "remote/retries.rs"]
mod retries;
#[path = "remote/probing.rs"]
mod probing;
#[path = "remote/unplugged.rs"]
mod unplugged;
#[path = "remote/tls.rs"]
mod tls;
