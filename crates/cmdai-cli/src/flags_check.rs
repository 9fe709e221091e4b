//! The command line of `cmdai check`.

use clap::Args;
use cmdai_core::request::{SafetyLevel, ShellType};
use std::path::PathBuf;

/// What stands below the options of `cmdai check --help`.
pub const HELP: &str = "\
Examples:
  cmdai check 'rm -rf build'
  cmdai check --explain 'find . -name \"*.tmp\" -delete'
  cmdai check --json < install.sh

Nothing is run and no model is used. Exit status: 0 may run, 9 a person should be asked, 3
blocked, 2 usage.

As the hook of a coding agent (an object with `tool_input.command` on standard input), `cmdai
check --hook` answers `deny` or `ask` as the hook expects, and nothing where it has no objection;
its exit status is 0, or 2 where the input cannot be read.";

/// `cmdai check`.
#[allow(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// The command; without it, standard input is judged as one script
    #[arg(value_name = "COMMAND")]
    pub command: Vec<String>,
    /// Judge each line of standard input by itself
    #[arg(long, conflicts_with_all = ["command", "hook", "explain"])]
    pub lines: bool,
    /// Print the judgement as JSON, one object a line
    #[arg(long, conflicts_with = "hook")]
    pub json: bool,
    /// Show how the judgement comes about: text, words, effects, level
    #[arg(long, conflicts_with_all = ["json", "hook"])]
    pub explain: bool,
    /// Read and answer as the pre-execution hook of a coding agent
    #[arg(long, conflicts_with = "command")]
    pub hook: bool,
    /// Shell the command is for: bash, zsh, fish, sh, powershell, cmd or nu [default: the one you are in]
    #[arg(long, value_name = "SHELL")]
    pub shell: Option<ShellType>,
    /// Directory the command would run in, which need not exist [default: this one]
    #[arg(long, value_name = "DIR")]
    pub cwd: Option<PathBuf>,
    /// How cautious to be: strict, moderate or permissive [default: moderate]
    #[arg(long, value_name = "LEVEL")]
    pub safety: Option<SafetyLevel>,
}
