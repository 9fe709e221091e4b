//! The subcommands.

pub mod model;
