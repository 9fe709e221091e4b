//! The subcommands.

pub mod check;
pub mod model;
#[cfg(unix)]
pub mod worker;
