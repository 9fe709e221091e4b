//! The history on a real disk: opening, migrating, damage, privacy, many processes, kills.

#![allow(missing_docs, reason = "a test target has no public interface")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "tests"
)]

mod carry;
mod processes;
mod redact;
mod search;
mod store;
mod upkeep;
mod world;
