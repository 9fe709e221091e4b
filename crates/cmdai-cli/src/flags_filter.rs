//! The flags that choose entries of the history, the same to list, search, delete and export.
//!
//! Times may be ages (`3d`), dates or moments. What is not given asks for nothing, so no flags at all are the empty query.

use crate::moment;
use chrono::{DateTime, Utc};
use clap::{ArgGroup, Args, ValueEnum};
use cmdai_core::assess::RiskLevel;
use cmdai_core::record::Disposition;
use cmdai_core::request::ShellType;
use cmdai_history::{ExitFilter, Format, SearchMode, SearchQuery, Source};
use std::path::PathBuf;

/// Which page of the result, and in which form.
#[derive(Debug, Args)]
pub struct PageArgs {
    /// Print at most N entries
    #[arg(short = 'n', long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub limit: u32,
    /// Leave out the first N
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub offset: usize,
    /// Print as JSON
    #[arg(long)]
    pub json: bool,
}

/// How a text is compared; without a flag, each word stands somewhere.
#[allow(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("mode"))]
pub struct ModeArgs {
    /// The command or the request begins with the text
    #[arg(long, group = "mode")]
    pub prefix: bool,
    /// The command or the request is the text
    #[arg(long, group = "mode")]
    pub exact: bool,
    /// The text is a regular expression
    #[arg(long, group = "mode")]
    pub regex: bool,
    /// The characters of the text stand in this order
    #[arg(long, group = "mode")]
    pub fuzzy: bool,
}

impl ModeArgs {
    /// The mode that was chosen.
    #[must_use]
    pub const fn mode(&self) -> SearchMode {
        match (self.prefix, self.exact, self.regex, self.fuzzy) {
            (true, ..) => SearchMode::Prefix,
            (_, true, ..) => SearchMode::Exact,
            (_, _, true, _) => SearchMode::Regex,
            (.., true) => SearchMode::Fuzzy,
            _ => SearchMode::Substring,
        }
    }
}

/// What is known of entries.
#[allow(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
#[derive(Debug, Args)]
#[command(next_help_heading = "Which entries")]
pub struct FilterArgs {
    /// With this tag; several must all be there
    #[arg(long, value_name = "TAG")]
    pub tag: Vec<String>,
    /// Made in this directory
    #[arg(long, value_name = "DIR")]
    pub cwd: Option<PathBuf>,
    /// For this shell
    #[arg(long, value_name = "SHELL")]
    pub shell: Option<ShellType>,
    /// Of this shell session
    #[arg(long, value_name = "ID")]
    pub session: Option<String>,
    /// Not older than this
    #[arg(long, value_name = "WHEN", value_parser = moment::since)]
    pub since: Option<DateTime<Utc>>,
    /// Not newer than this; a date includes its day
    #[arg(long, value_name = "WHEN", value_parser = moment::until)]
    pub until: Option<DateTime<Utc>>,
    /// Of at least this risk: safe, moderate, high or critical
    #[arg(long, value_name = "LEVEL")]
    pub risk: Option<RiskLevel>,
    /// That ran and ended so: success, failure or a number
    #[arg(long, value_name = "STATUS", value_parser = exit, allow_negative_numbers = true)]
    pub exit: Option<ExitFilter>,
    /// Answered by this backend
    #[arg(long, value_name = "NAME")]
    pub backend: Option<String>,
    /// Of which this became: shown, copied, run, declined, blocked or failed
    #[arg(long, value_name = "WHAT")]
    pub disposition: Option<Disposition>,
    /// Marked as favourites
    #[arg(long)]
    pub favourite: bool,
    /// Changed before they were run
    #[arg(long)]
    pub edited: bool,
    /// Run although they were blocked
    #[arg(long)]
    pub overridden: bool,
    /// Of which something was hidden
    #[arg(long)]
    pub redacted: bool,
}

impl FilterArgs {
    /// The query these flags make with a text. A relative directory is taken from here.
    #[must_use]
    pub fn query(&self, text: String, mode: SearchMode) -> SearchQuery {
        SearchQuery {
            mode: if text.trim().is_empty() { SearchMode::default() } else { mode },
            text,
            tags: self.tag.clone(),
            cwd: self.cwd.as_deref().map(|dir| {
                let whole = std::path::absolute(dir).unwrap_or_else(|_| dir.to_owned());
                // As the entries have it: without links, dots and a slash behind; of one that is gone, as it was given.
                std::fs::canonicalize(&whole).unwrap_or_else(|_| whole.components().collect())
            }),
            shell: self.shell,
            session: self.session.clone(),
            from: self.since,
            to: self.until,
            risk: self.risk,
            exit: self.exit,
            backend: self.backend.clone(),
            favourite: self.favourite.then_some(true),
            disposition: self.disposition,
            edited: self.edited.then_some(true),
            overridden: self.overridden.then_some(true),
            redacted: self.redacted.then_some(true),
            ..SearchQuery::default()
        }
    }
}

/// A [`Format`] as it is named on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[allow(missing_docs, reason = "they are named as there")]
pub enum FormatName {
    Native,
    Csv,
    Plain,
}

impl From<FormatName> for Format {
    fn from(name: FormatName) -> Self {
        match name {
            FormatName::Native => Self::Native,
            FormatName::Csv => Self::Csv,
            FormatName::Plain => Self::Plain,
        }
    }
}

/// A [`Source`] as it is named on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[allow(missing_docs, reason = "they are named as there")]
pub enum SourceName {
    Native,
    Bash,
    Zsh,
    Fish,
    Atuin,
}

impl From<SourceName> for Source {
    fn from(name: SourceName) -> Self {
        match name {
            SourceName::Native => Self::Native,
            SourceName::Bash => Self::Bash,
            SourceName::Zsh => Self::Zsh,
            SourceName::Fish => Self::Fish,
            SourceName::Atuin => Self::Atuin,
        }
    }
}

fn exit(text: &str) -> Result<ExitFilter, String> {
    match text {
        "success" => Ok(ExitFilter::Success),
        "failure" => Ok(ExitFilter::Failure),
        number => number
            .parse()
            .map(ExitFilter::Code)
            .map_err(|_| "expected success, failure or a number such as 127".to_owned()),
    }
}
