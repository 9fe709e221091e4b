//! The command line of `cmdai config`.

use clap::{Args, Subcommand};

/// Shown by `cmdai config --help`; a test runs every line.
pub const EXAMPLES: &str = "\
Examples:
  cmdai config list
  cmdai config get safety.level
  cmdai config set safety.level strict
  cmdai config set safety.deny 'terraform destroy **' 'kubectl delete **'
  cmdai config set backends.desk.kind=ollama backends.desk.model=qwen2.5-coder:7b
  cmdai config unset backends.desk
  cmdai config validate
  cmdai config example

Without a subcommand, the settings are shown on the full screen, where nothing is written before
it is saved; a terminal that cannot show one is asked line by line.

The file changed is your own, or that of `--config FILE`. What counts, from the least to the most:
default, the machine's file, your file, the project's file (.cmdai.toml, which can only make
things stricter), variables, flags.

Exit status: 0 done, 1 failure or not set, 2 no such setting or a value that is not accepted, 4 a
settings file cannot be used, 6 nobody agreed.";

/// `cmdai config`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct ConfigArgs {
    /// What to do; without it, the settings are shown on the full screen.
    #[command(subcommand)]
    pub action: Option<ConfigAction>,
    /// Ask for what most people set, step by step: model, safety, history, shell, a server of your own
    #[arg(long)]
    pub first_run: bool,
}

impl ConfigArgs {
    /// Whether results and errors are to be JSON.
    #[must_use]
    pub const fn wants_json(&self) -> bool {
        match &self.action {
            Some(
                ConfigAction::Get { json, .. }
                | ConfigAction::Set { json, .. }
                | ConfigAction::Unset { json, .. }
                | ConfigAction::List { json }
                | ConfigAction::Path { json }
                | ConfigAction::Validate { json },
            ) => *json,
            _ => false,
        }
    }
}

/// The actions of `cmdai config`.
#[derive(Debug, Subcommand)]
pub enum ConfigAction {
    /// Print what counts for a setting; where it comes from goes to standard error
    Get {
        /// The setting, such as `safety.level`
        #[arg(value_name = "KEY")]
        key: String,
        /// Print as JSON, with where it comes from
        #[arg(long)]
        json: bool,
    },
    /// Set a setting in your file, or several at once as KEY=VALUE
    Set {
        /// The setting, or KEY=VALUE
        #[arg(value_name = "KEY")]
        key: String,
        /// Its value; several are the entries of a list
        #[arg(value_name = "VALUE", allow_hyphen_values = true)]
        values: Vec<String>,
        /// Print as JSON
        #[arg(long)]
        json: bool,
    },
    /// Take a setting out of your file, so that what is below it counts
    Unset {
        /// The setting, or a whole backend as `backends.NAME`
        #[arg(value_name = "KEY")]
        key: String,
        /// Print as JSON
        #[arg(long)]
        json: bool,
    },
    /// Show every setting with what counts, where it comes from and what it goes before
    List {
        /// Print as JSON
        #[arg(long)]
        json: bool,
    },
    /// Edit a copy of your file with $VISUAL or $EDITOR; it is taken over when it is valid
    Edit,
    /// Print where your file is
    Path {
        /// Print as JSON, with the files of the machine and the project
        #[arg(long)]
        json: bool,
    },
    /// Tell what is wrong with the settings, and where
    Validate {
        /// Print as JSON
        #[arg(long)]
        json: bool,
    },
    /// Print the JSON schema of the file
    Schema,
    /// Print the documentation of all settings, as Markdown
    Reference,
    /// Print a file to begin with, in which everything is a comment
    Example,
    /// Take one setting out of your file, or all of them after a typed phrase; comments stay
    Reset {
        /// The setting [default: all]
        #[arg(value_name = "KEY")]
        key: Option<String>,
        /// Take all of them out without asking
        #[arg(long, conflicts_with = "key")]
        yes_reset_everything: bool,
    },
}
