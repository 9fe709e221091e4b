//! The subcommands.

pub mod backend;
pub mod check;
pub mod completions;
pub mod init;
pub mod widget;
pub mod config;
pub mod doctor;
pub mod explain;
pub mod fix;
mod gist;
pub mod history;
pub mod man;
pub mod model;
pub mod worker;
