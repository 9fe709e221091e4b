//! The command line of `cmdai man`.

use clap::Args;
use std::path::PathBuf;

/// What stands below the options of `cmdai man --help`.
pub const HELP: &str = "\
Examples:
  cmdai man | man -l -
  cmdai man --dir ~/.local/share/man/man1";

/// `cmdai man`.
#[derive(Debug, Args)]
pub struct ManArgs {
    /// Write the page of each subcommand into this directory, in the place of printing that of cmdai
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
}
