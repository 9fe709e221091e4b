//! The settings of this run: what files, environment and flags say together, and what the crates make of them.
//!
//! Read once, before anything is done. A file that cannot be used ends the program with status 4 and the place of the fault; it never
//! becomes the defaults (held by `a_broken_file_is_never_the_defaults` in the end-to-end tests).

use crate::errors::Failure;
use crate::flags::Cli;
use crate::say;
use clap::ArgMatches;
use clap::parser::ValueSource;
use cmdai_config::{
    Diagnostic, Environment, Flag, Inputs, Invalid, Layer, Loaded, Places, Redaction, Settings, Severity, schema,
};
use cmdai_core::assess::RiskLevel;
use cmdai_core::request::Platform;
use cmdai_history::RetentionPolicy;
use cmdai_history::redact::{Mode, Redactor, UserRule};
use cmdai_safety::{Analyzer, CustomPattern, PolicyConfig};
use std::path::Path;

/// Subcommands whose flags set something for this run; elsewhere a flag of the same name means something else, such as a filter.
const SETTING: [&str; 6] = ["check", "fix", "init", "model", "pull", "widget"];

/// What settings are read from.
#[derive(Debug, Clone)]
pub struct Found {
    /// The files.
    pub places: Places,
    /// The variables.
    pub environment: Environment,
    /// The flags of this run.
    pub flags: Vec<Flag>,
}

/// Finds them without reading anything.
///
/// # Errors
/// [`Failure::CurrentDirectory`].
pub fn find(cli: &Cli, matches: &ArgMatches) -> Result<Found, Failure> {
    let environment: Environment = std::env::vars_os().collect();
    let cwd = std::env::current_dir().map_err(Failure::CurrentDirectory)?;
    let mut places = Places::find(Platform::current(), &environment, &cwd, &Path::exists);
    if cli.no_config {
        places = places.without_files();
    } else if let Some(file) = &cli.config {
        places = places.with_user(file.clone());
    }
    Ok(Found { places, environment, flags: given(matches) })
}

impl Found {
    /// The settings, with what is wrong and can be lived with told to the user.
    ///
    /// # Errors
    /// [`Failure::Settings`] if they must not be used.
    pub fn load(&self) -> Result<Settings, Failure> {
        let Self { places, environment, flags } = self;
        let loaded =
            cmdai_config::load(&Inputs { places, environment, flags, check: Some(&check) }).map_err(failure)?;
        for diagnostic in &loaded.diagnostics {
            match diagnostic.severity {
                Severity::Note => tracing::info!(%diagnostic, "settings"),
                _ => say::warn(&words(diagnostic)),
            }
        }
        Ok(loaded.settings)
    }

    /// The best that can be made of the settings, wrong ones left out, with nothing said about it.
    #[must_use]
    pub fn load_anyway(&self) -> Settings {
        let Self { places, environment, flags } = self;
        cmdai_config::load_anyway(&Inputs { places, environment, flags, check: None }).settings
    }

    /// The same with all that is wrong, for those who look into it.
    #[must_use]
    pub fn examine(&self) -> Loaded {
        let Self { places, environment, flags } = self;
        cmdai_config::load_anyway(&Inputs { places, environment, flags, check: Some(&check) })
    }

    /// The same for what a shell loads when it starts; only a wrong flag is told.
    ///
    /// # Errors
    /// [`Failure::Flag`].
    pub fn load_for_a_start(&self) -> Result<Settings, Failure> {
        let Self { places, environment, flags } = self;
        match cmdai_config::load(&Inputs { places, environment, flags, check: None }).map_err(failure) {
            Ok(loaded) => Ok(loaded.settings),
            Err(wrong @ Failure::Flag(_)) => Err(wrong),
            Err(_) => Ok(self.load_anyway()),
        }
    }
}

/// What is wrong and where, without the severity, which those who print it put before it.
#[must_use]
pub fn words(diagnostic: &Diagnostic) -> String {
    let text = diagnostic.to_string();
    text.split_once(": ").map_or_else(|| text.clone(), |(_, rest)| rest.to_owned())
}

/// A wrong flag is a wrong command line, and not the settings' fault.
fn failure(invalid: Invalid) -> Failure {
    let from_flag = |loaded: &Loaded| {
        loaded.diagnostics.iter().filter(|found| found.is_error()).all(|found| found.origin.layer() == Layer::Flags)
    };
    if from_flag(&invalid.0) { Failure::Flag(invalid) } else { Failure::Settings(invalid) }
}

/// The flags of the table that stand on the command line.
fn given(matches: &ArgMatches) -> Vec<Flag> {
    let mut flags = Vec::new();
    for setting in schema::SETTINGS {
        let Some(name) = setting.flag else { continue };
        let id = name.text.trim_start_matches('-').replace('-', "_");
        if !matches!(matches.try_contains_id(&id), Ok(true))
            || matches.value_source(&id) != Some(ValueSource::CommandLine)
        {
            continue;
        }
        let text = match matches.try_get_one::<bool>(&id) {
            Ok(_) => "true".to_owned(),
            Err(_) => matches
                .get_raw(&id)
                .and_then(Iterator::last)
                .map_or_else(String::new, |raw| raw.to_string_lossy().into_owned()),
        };
        flags.push(Flag::new(name.text, &text));
    }
    if let Some((name, below)) = matches.subcommand()
        && SETTING.contains(&name)
    {
        flags.extend(given(below));
    }
    flags
}

/// Whether a pattern of the user can be compiled by who uses it.
///
/// # Errors
/// Why it cannot.
pub fn check(key: &str, pattern: &str) -> Result<(), String> {
    if key == "history.rules" {
        let rule = UserRule { name: "x".to_owned(), pattern: pattern.to_owned(), kind: "x".to_owned() };
        return Redactor::with_rules(Mode::Redact, &[rule]).map(drop).map_err(|error| error.to_string());
    }
    let (name, why) = (key.to_owned(), String::new());
    let custom = CustomPattern { name, pattern: pattern.to_owned(), risk: RiskLevel::Moderate, why };
    Analyzer::with_policy(PolicyConfig { patterns: vec![custom], ..PolicyConfig::default() })
        .map(drop)
        .map_err(|error| error.to_string())
}

/// The analyser with what the user adds to it. Their entries were looked at when they were read.
#[must_use]
pub fn analyzer(settings: &Settings) -> Analyzer {
    let safety = &settings.safety;
    let patterns = safety.patterns.iter().map(|own| CustomPattern {
        name: own.name.clone(),
        pattern: own.pattern.clone(),
        risk: own.risk,
        why: own.why.clone(),
    });
    let config = PolicyConfig { patterns: patterns.collect(), allow: safety.allow.clone(), deny: safety.deny.clone() };
    Analyzer::with_policy(config).unwrap_or_else(|error| {
        // Not after `check`; without the user's own rules the built-in ones still hold.
        say::warn(&error.to_string());
        Analyzer::new()
    })
}

/// What hides secrets before anything is kept or leaves the machine.
#[must_use]
pub fn redactor(settings: &Settings) -> Redactor {
    let history = &settings.history;
    let mode = match history.redaction {
        Redaction::Drop => Mode::Drop,
        Redaction::Redact => Mode::Redact,
        Redaction::Off => Mode::Off,
    };
    let rules: Vec<UserRule> = history
        .rules
        .iter()
        .map(|rule| UserRule { name: rule.name.clone(), pattern: rule.pattern.clone(), kind: rule.kind.clone() })
        .collect();
    Redactor::with_rules(mode, &rules).unwrap_or_else(|error| {
        say::warn(&error.to_string());
        Redactor::new(mode)
    })
}

/// What the history forgets.
#[must_use]
pub fn retention(settings: &Settings) -> RetentionPolicy {
    let history = &settings.history;
    RetentionPolicy {
        max_entries: history.max_entries,
        max_age: history.max_age,
        max_bytes: history.max_bytes,
        keep_favourites: history.keep_favourites,
        keep_runs: history.keep_runs,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    fn texts(line: &[&str]) -> Vec<Flag> {
        let line = std::iter::once("cmdai").chain(line.iter().copied());
        given(&Cli::command().try_get_matches_from(line).unwrap())
    }

    #[test]
    fn only_flags_that_were_given_count() {
        assert_eq!(texts(&["list", "files"]), []);
        assert_eq!(
            texts(&["list", "--no-worker", "--timeout", "2.5", "--safety", "strict", "-y"]),
            [
                Flag::new("--timeout", "2.5"),
                Flag::new("--yes", "true"),
                Flag::new("--no-worker", "true"),
                Flag::new("--safety", "strict")
            ]
        );
        assert_eq!(texts(&["check", "--safety", "strict", "ls"]), [Flag::new("--safety", "strict")]);
        assert_eq!(
            texts(&["model", "pull", "--offline", "--cache-limit", "5"]),
            [Flag::new("--cache-limit", "5"), Flag::new("--offline", "true")]
        );
        assert_eq!(texts(&["history", "search", "--shell", "zsh", "x"]), [], "a filter sets nothing");
    }

    #[test]
    fn every_flag_of_the_table_is_one_of_the_command_line() {
        let command = Cli::command();
        let mut known: Vec<String> = Vec::new();
        let mut todo = vec![&command];
        while let Some(next) = todo.pop() {
            known.extend(next.get_arguments().filter_map(|arg| Some(format!("--{}", arg.get_long()?))));
            todo.extend(next.get_subcommands().filter(|sub| SETTING.contains(&sub.get_name())));
        }
        for flag in schema::SETTINGS.iter().filter_map(|setting| setting.flag) {
            assert!(known.iter().any(|long| long == flag.text), "{}", flag.text);
        }
    }
}
