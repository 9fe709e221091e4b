//! What the checks say of commands that are right and of commands that are wrong.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail so")]

#[path = "verify/accepted.rs"]
mod accepted;
#[path = "../support/verify_answers.rs"]
mod answers;
#[cfg(unix)]
#[path = "verify/asked.rs"]
mod asked;
#[path = "verify/explained.rs"]
mod explained;
#[path = "verify/machine.rs"]
mod machine;
#[path = "verify/rows.rs"]
mod rows;
