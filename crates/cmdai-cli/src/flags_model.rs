//! The command line of `cmdai model`.

use clap::{Args, Subcommand};

/// `cmdai model`.
#[derive(Debug, Args)]
pub struct ModelArgs {
    /// What to do.
    #[command(subcommand)]
    pub action: ModelAction,
}

/// The actions of `cmdai model`.
#[derive(Debug, Subcommand)]
pub enum ModelAction {
    /// List the models there are and the ones that are here
    List {
        /// Print as JSON
        #[arg(long)]
        json: bool,
    },
    /// Fetch models and check them
    Pull {
        /// Names from `cmdai model list` [default: the default model]
        #[arg(value_name = "NAME")]
        names: Vec<String>,
        /// Evict least recently used models beyond this many gigabytes [default: 20]
        #[arg(long, value_name = "GB")]
        cache_limit: Option<u64>,
        /// Make no network connection
        #[arg(long)]
        offline: bool,
    },
    /// Remove models from this machine
    Rm {
        /// Names from `cmdai model list`
        #[arg(value_name = "NAME", required = true)]
        names: Vec<String>,
    },
    /// Compute the checksum of models and compare it
    Verify {
        /// Names from `cmdai model list` [default: all that are here]
        #[arg(value_name = "NAME")]
        names: Vec<String>,
    },
    /// Print the path of a model's file
    Path {
        /// A name from `cmdai model list` [default: the default model]
        #[arg(value_name = "NAME")]
        name: Option<String>,
    },
    /// Remove leftovers of broken downloads, and models beyond the limit, least recently used first
    Gc {
        /// Gigabytes that may stay [default: 20]
        #[arg(long, value_name = "GB")]
        cache_limit: Option<u64>,
    },
}
