//! Pulling models against a server with faults, a pip that is a script, and the store behind them.

#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test target")]

#[path = "models/server.rs"]
mod server;
#[path = "models/world.rs"]
mod world;

#[path = "models/transfer.rs"]
mod transfer;
#[path = "models/redirects.rs"]
mod redirects;
#[path = "models/processes.rs"]
mod processes;
#[path = "models/parts.rs"]
mod parts;
#[path = "models/local.rs"]
mod local;
#[cfg(unix)]
#[path = "models/packages.rs"]
mod packages;
