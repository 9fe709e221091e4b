//! The real binary with real models, as a person or a script would use it.
//!
//! Each test has a state directory of its own; the models are those of the user's cache, and evaluated prompts are shared by
//! all tests so that each prompt is evaluated once.

#![cfg(unix)]
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test target"
)]

#[path = "../support/model.rs"]
mod model;
#[allow(dead_code, reason = "the models tests use all of it")]
#[path = "../integration/models/server.rs"]
mod server;

mod answers;
mod asking;
mod backends;
mod broken_models;
mod checking;
mod completions;
mod config;
mod config_prompts;
mod config_screen;
mod doctor;
mod each_setting;
mod explaining;
mod fetching;
mod first_minutes;
mod fixing;
mod history;
mod history_changes;
mod history_screen;
mod init;
mod llama_server;
mod picture;
mod pipes;
mod powershell;
mod previewing;
mod quickstart;
mod remembering;
mod runtime;
mod servers;
mod settings;
mod shells;
mod shells_beside;
mod streaming;
mod terminal;
mod unplugged;
mod usage;
mod widget;
mod worker;
mod worker_killed;
mod world;
