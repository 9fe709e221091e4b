//! The command line of `cmdai fix`: that of a request, with the failed command in its place.

use crate::flags::AskArgs;
use clap::Args;

/// What stands below the options of `cmdai fix --help`.
pub const HELP: &str = "\
Examples:
  cmdai fix
  cmdai fix gti status
  make 2>&1 | cmdai fix make
  cmdai fix --screen 'tar xzf backup.tar.xz'

Without a command the last one of your shell is corrected; the integration that `cmdai init`
prints makes it known, in CMDAI_LAST_COMMAND and CMDAI_LAST_STATUS. What the command printed is
read from a pipe, or inside tmux with --screen from the screen. A slip of the keyboard is put
right without a model (--fresh asks the model all the same). What comes out is judged and asked
about as any request.";

/// `cmdai fix`. Its request is the command that failed.
#[derive(Debug, Default, Args)]
pub struct FixArgs {
    /// The options of any request.
    #[command(flatten)]
    pub ask: AskArgs,
    /// Inside tmux, take what the command printed from the screen
    #[arg(long)]
    pub screen: bool,
}
