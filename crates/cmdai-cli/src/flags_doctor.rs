//! The command line of `cmdai doctor`.

use clap::Args;

/// What stands below the options of `cmdai doctor --help`.
pub const HELP: &str = "\
Examples:
  cmdai doctor
  cmdai doctor --json

Everything is really tried: the model generates, the worker is started, the history is read, servers
are asked whether they answer. Nothing is changed and nothing is fetched.
Exit status: 0 all works (also with warnings), 1 something is broken.";

/// `cmdai doctor`.
#[derive(Debug, Clone, Copy, Args)]
pub struct DoctorArgs {
    /// Print the findings as JSON
    #[arg(long)]
    pub json: bool,
}
