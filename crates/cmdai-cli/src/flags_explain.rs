//! The command line of `cmdai explain`.

use clap::Args;
use cmdai_core::request::ShellType;

/// What stands below the options of `cmdai explain --help`.
pub const HELP: &str = "\
Examples:
  cmdai explain tar xzf backup.tgz
  cmdai explain 'du -sh * | sort -rh | head -n 5'
  cmdai explain --json < command.sh
  cmdai explain --model 'find . -name \"*.log\" -mtime +30 -delete'

The words are those of this machine's manual pages and of a table of our own. No model is used
unless --model says so, and nothing is run. What a model says may be wrong, and stands apart.";

/// `cmdai explain`.
#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// The command; without it, standard input is explained
    #[arg(value_name = "COMMAND", trailing_var_arg = true, allow_hyphen_values = true)]
    pub command: Vec<String>,
    /// Let the model add in one sentence what the whole command does
    #[arg(long)]
    pub model: bool,
    /// Print the parts as JSON
    #[arg(long)]
    pub json: bool,
    /// Shell the command is for: bash, zsh, fish, sh, powershell, cmd or nu [default: the one you are in]
    #[arg(long, value_name = "SHELL")]
    pub shell: Option<ShellType>,
}
