//! The subcommands.

pub mod backend;
pub mod check;
pub mod completions;
pub mod init;
pub mod widget;
pub mod config;
pub mod explain;
pub mod history;
pub mod model;
#[cfg(unix)]
pub mod worker;
