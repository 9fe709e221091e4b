//! The command line of `cmdai history`.
//!
//! Entries are chosen by the same flags everywhere: [`FilterArgs`].

pub use crate::flags_filter::{FilterArgs, FormatName, ModeArgs, PageArgs, SourceName};
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// Shown by `cmdai history --help`; a test runs every line.
pub const EXAMPLES: &str = "\
Examples:
  cmdai history
  cmdai history --since 3d --exit failure
  cmdai history search docker prune
  cmdai history search --regex '^git (push|pull)'
  cmdai history search --json --tag deploy --since 2026-01-01
  cmdai history delete --match 'docker login' --dry-run
  cmdai history stats
  cmdai history export history.ndjson
  cmdai history export --format csv --since 1w -
  cmdai history import history.ndjson
  cmdai history import --from bash
  cmdai history backup history.db
  cmdai history doctor
  cmdai history scan
  cmdai history redact --explain 'mysql -uroot -phunter2 app'

An entry is named by its id or by the beginning of it. Times are ages (30m, 12h, 3d, 2w), dates
(2026-01-31) or moments (2026-01-31T14:30, 2026-01-31T14:30:00Z). Secrets are hidden before
anything is kept.

Exit status: 0 done, 1 failure or something is wrong with the file, 2 usage or no such entry, 3
the chosen command is blocked, 6 nothing was chosen, or nothing deleted because nobody agreed to
it.";

/// `cmdai history`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, after_help = EXAMPLES)]
pub struct HistoryArgs {
    /// What to do; without it, the entries are listed.
    #[command(subcommand)]
    pub action: Option<HistoryAction>,
    /// What to list.
    #[command(flatten)]
    pub list: ListArgs,
}

impl HistoryArgs {
    /// Whether results and errors are to be JSON.
    #[must_use]
    pub const fn wants_json(&self) -> bool {
        match &self.action {
            None => self.list.page.json,
            Some(HistoryAction::List(args)) => args.page.json,
            Some(HistoryAction::Search(args)) => args.page.json,
            Some(HistoryAction::Delete(args)) => args.json,
            Some(
                HistoryAction::Show { json, .. }
                | HistoryAction::Stats { json, .. }
                | HistoryAction::Doctor { json, .. }
                | HistoryAction::Scan { json, .. }
                | HistoryAction::Import { json, .. }
                | HistoryAction::Redact { json, .. },
            ) => *json,
            Some(_) => false,
        }
    }
}

/// The actions of `cmdai history`.
#[derive(Debug, Subcommand)]
pub enum HistoryAction {
    /// List entries, newest first, as without a subcommand
    List(ListArgs),
    /// Find entries by text, by what is known of them, or on a full screen
    Search(SearchArgs),
    /// Show everything that is kept of an entry
    Show {
        /// Its id, or the beginning of it
        #[arg(value_name = "ID")]
        id: String,
        /// Print as JSON
        #[arg(long)]
        json: bool,
    },
    /// Delete entries for good, after showing them
    Delete(DeleteArgs),
    /// Count entries, runs, risks, commands and directories
    Stats {
        /// How many commands and directories to name
        #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=1000))]
        top: u32,
        /// Print as JSON
        #[arg(long)]
        json: bool,
    },
    /// Write entries to a file, oldest first
    Export(ExportArgs),
    /// Take over entries from an export or from the history of a shell; entries that are here already are left alone
    Import {
        /// The file, or `-` for standard input [default: where that shell keeps it]
        #[arg(value_name = "FILE")]
        file: Option<PathBuf>,
        /// What the file is
        #[arg(long, value_name = "KIND", value_enum, default_value_t = SourceName::Native)]
        from: SourceName,
        /// Print as JSON
        #[arg(long)]
        json: bool,
    },
    /// Write a copy of the whole database to a new file
    Backup {
        /// The file, which must not exist
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Examine the database, and put right what can be
    Doctor {
        /// Build indexes and counts anew and close permissions
        #[arg(long)]
        repair: bool,
        /// Take what can still be read from damaged databases that were moved aside
        #[arg(long)]
        recover: bool,
        /// Print as JSON
        #[arg(long)]
        json: bool,
    },
    /// Look for secrets in what is kept already
    Scan {
        /// Hide what is found
        #[arg(long)]
        apply: bool,
        /// Print as JSON
        #[arg(long)]
        json: bool,
    },
    /// Keep no new entries until `resume`
    Pause,
    /// Keep entries again
    Resume,
    /// Delete all entries, after a typed phrase
    Clear {
        /// Do it without asking
        #[arg(long)]
        yes_delete_everything: bool,
    },
    /// Mark entries as worth keeping whatever the limits
    Favourite {
        /// Their ids, or the beginnings of them
        #[arg(value_name = "ID", required = true)]
        ids: Vec<String>,
        /// Take the mark off
        #[arg(long)]
        off: bool,
    },
    /// Put tags on an entry
    Tag {
        /// Its id, or the beginning of it
        #[arg(value_name = "ID")]
        id: String,
        /// The tags
        #[arg(value_name = "TAG", required = true, value_parser = clap::builder::NonEmptyStringValueParser::new())]
        tags: Vec<String>,
        /// Take them off
        #[arg(long)]
        remove: bool,
    },
    /// Show a text as it would be kept: without its secrets
    Redact {
        /// The text; without it, standard input is filtered
        #[arg(value_name = "TEXT")]
        text: Vec<String>,
        /// Name the rule and the kind of everything that is hidden
        #[arg(long)]
        explain: bool,
        /// Print as JSON
        #[arg(long)]
        json: bool,
    },
}

/// `cmdai history` without an action.
#[derive(Debug, Args)]
pub struct ListArgs {
    /// Which entries.
    #[command(flatten)]
    pub filter: FilterArgs,
    /// How many.
    #[command(flatten)]
    pub page: PageArgs,
    /// Continue behind this entry, the last of the page before
    #[arg(long, value_name = "ID", conflicts_with = "offset")]
    pub after: Option<String>,
}

/// `cmdai history search`.
#[derive(Debug, Args)]
pub struct SearchArgs {
    /// The text; several words may stand anywhere and in any order
    #[arg(value_name = "TEXT")]
    pub text: Vec<String>,
    /// How the text is compared.
    #[command(flatten)]
    pub mode: ModeArgs,
    /// Which entries.
    #[command(flatten)]
    pub filter: FilterArgs,
    /// How many.
    #[command(flatten)]
    pub page: PageArgs,
    /// Search on the full screen, key by key
    #[arg(short, long, conflicts_with_all = ["json", "limit", "offset"])]
    pub interactive: bool,
}

/// `cmdai history delete`.
#[derive(Debug, Args)]
pub struct DeleteArgs {
    /// Ids, or the beginnings of them
    #[arg(value_name = "ID")]
    pub ids: Vec<String>,
    /// Entries with this text
    #[arg(long = "match", value_name = "TEXT", conflicts_with = "ids")]
    pub text: Option<String>,
    /// How the text is compared.
    #[command(flatten)]
    pub mode: ModeArgs,
    /// Which entries.
    #[command(flatten)]
    pub filter: FilterArgs,
    /// Only show what would be deleted
    #[arg(long, conflicts_with = "yes")]
    pub dry_run: bool,
    /// Delete without asking; off a terminal nothing is deleted otherwise
    #[arg(short, long)]
    pub yes: bool,
    /// Print as JSON
    #[arg(long)]
    pub json: bool,
}

/// `cmdai history export`.
#[derive(Debug, Args)]
pub struct ExportArgs {
    /// The file, or `-` for standard output
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// native (JSON lines, lossless), csv or plain (commands with their times, as bash keeps them)
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = FormatName::Native, hide_possible_values = true)]
    pub format: FormatName,
    /// Entries with this text
    #[arg(long = "match", value_name = "TEXT")]
    pub text: Option<String>,
    /// How the text is compared.
    #[command(flatten)]
    pub mode: ModeArgs,
    /// Which entries.
    #[command(flatten)]
    pub filter: FilterArgs,
    /// Replace the file if there is one
    #[arg(long)]
    pub force: bool,
}
