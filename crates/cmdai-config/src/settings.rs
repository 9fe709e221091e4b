//! Every effective value with its own type, so that nobody who uses one looks up a string.
//!
//! Last in the flow: made from the table by the layers, changed by nobody. The names follow the keys of the file:
//! `safety.level` is `settings.safety.level`. Times are [`Duration`]s, and no limit is `None`.

use crate::chord::Chord;
use cmdai_core::assess::RiskLevel;
use cmdai_core::request::{SafetyLevel, ShellType};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

/// Every effective value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Who answers.
    pub backend: BackendChoice,
    /// The named backends, by name; those that are not whole are left out and reported.
    pub backends: BTreeMap<String, Backend>,
    /// Limits of a request.
    pub request: Request,
    /// What the embedded backend runs.
    pub model: Model,
    /// The process that keeps the model ready.
    pub worker: Worker,
    /// How cautious to be.
    pub safety: Safety,
    /// What is remembered.
    pub history: History,
    /// What a person sees.
    pub interface: Interface,
    /// What is written down about the program itself.
    pub logging: Logging,
}

/// Who answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackendChoice {
    /// Who is asked first.
    pub preferred: Preferred,
    /// Who is asked when that fails.
    pub fallback: Fallback,
    /// How long an answer may be expected to take.
    pub max_response: Option<Duration>,
    /// Whether prompts may leave this machine.
    pub allow_remote: bool,
    /// Failures in a row after which a backend is left alone.
    pub rest_after: u32,
    /// For how long at first.
    pub rest: Duration,
    /// For how long at most.
    pub longest_rest: Duration,
}

/// Who is asked first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Preferred {
    /// Whoever is best by measurements.
    Auto,
    /// The embedded backend.
    Embedded,
    /// A named backend, which is there.
    Named(String),
}

/// Who is asked when the first one fails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fallback {
    /// All others, by measurements.
    Auto,
    /// These, in this order: `embedded` or names of backends. Nobody where it is empty.
    Only(Vec<String>),
}

/// A named backend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backend {
    /// The protocol; always there in [`Settings`].
    pub kind: Option<BackendKind>,
    /// Address of the server.
    pub url: String,
    /// The model to ask, as the server names it.
    pub model: String,
    /// The variable that holds the key; it goes before the file. See [`Backend::key`].
    pub key_env: Option<String>,
    /// The file that holds the key, absolute where that is known.
    pub key_file: Option<PathBuf>,
    /// Certificates that vouch for the server besides those of the system, absolute where that is known.
    pub ca_file: Option<PathBuf>,
    /// Whether prompts may go there if it is another machine; `None` leaves it to [`BackendChoice::allow_remote`].
    pub allow_remote: Option<bool>,
    /// For a connection.
    pub connect_timeout: Duration,
    /// From the question to the first text.
    pub first_chunk_timeout: Duration,
    /// Between one text and the next.
    pub idle_timeout: Duration,
    /// For the whole answer.
    pub total_timeout: Duration,
    /// For a probe.
    pub probe_timeout: Duration,
    /// How often to ask again.
    pub retries: u32,
}

/// Protocols of servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BackendKind {
    /// Ollama's own.
    Ollama,
    /// That of `OpenAI`.
    OpenAi,
}

/// Limits of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Give up after this time.
    pub timeout: Duration,
}

/// What the embedded backend runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Model {
    /// A name of the catalog, or the path of a GGUF file or of a directory, with `~/` replaced.
    pub default: String,
    /// What computes.
    pub runtime: Runtime,
    /// Gigabytes beyond which models are removed.
    pub cache_gb: u64,
    /// Whether to stay off the network.
    pub offline: bool,
    /// Whether a missing model is fetched without asking.
    pub fetch: bool,
}

/// What computes the embedded backend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Runtime {
    /// Whatever suits machine and model.
    Auto,
    /// llama.cpp.
    LlamaCpp,
    /// MLX.
    Mlx,
}

/// The process that keeps the model ready.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Worker {
    /// Whether there is one.
    pub enabled: bool,
    /// For how long after the last request.
    pub keep_alive: Duration,
}

/// How cautious to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Safety {
    /// How much risk runs without a question, and how much does not run at all.
    pub level: SafetyLevel,
    /// Commands that are fine unless they are critical.
    pub allow: Vec<String>,
    /// Commands that are never fine.
    pub deny: Vec<String>,
    /// Patterns of the user.
    pub patterns: Vec<Pattern>,
}

/// A command whose text matches has at least this risk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    /// Its name.
    pub name: String,
    /// A regular expression, look-around allowed.
    pub pattern: String,
    /// Moderate or more.
    pub risk: RiskLevel,
    /// One sentence for people.
    pub why: String,
}

/// What is remembered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct History {
    /// Whether anything is.
    pub enabled: bool,
    /// Whether accepted answers are offered again.
    pub repeat: bool,
    /// Most entries.
    pub max_entries: Option<u64>,
    /// Oldest age.
    pub max_age: Option<Duration>,
    /// Most bytes.
    pub max_bytes: Option<u64>,
    /// Whether favourites stay whatever the limits.
    pub keep_favourites: bool,
    /// Commands run at least this often keep their newest entry; 0 keeps none for that.
    pub keep_runs: u32,
    /// What happens to an entry that holds a secret.
    pub redaction: Redaction,
    /// What else is secret.
    pub rules: Vec<NamedRule>,
}

/// What happens to an entry that holds a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Redaction {
    /// It is not kept.
    Drop,
    /// The secret is hidden.
    Redact,
    /// Nothing is looked for.
    Off,
}

/// What matches is secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedRule {
    /// Its name.
    pub name: String,
    /// A regular expression; a group named `secret` is what is hidden.
    pub pattern: String,
    /// What stands in the place of what is hidden.
    pub kind: String,
}

/// What a person sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interface {
    /// The shell the commands are for; `None` is the one the user is in.
    pub shell: Option<ShellType>,
    /// How many different commands to produce, 1 to 8.
    pub alternatives: u16,
    /// Whether to use colours.
    pub colour: Colour,
    /// The key of the shell integration.
    pub widget_key: Chord,
}

/// Whether to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    /// On a terminal, unless `NO_COLOR` is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// What is written down about the program itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logging {
    /// Levels for the log file: one for all, or a list with targets.
    pub level: String,
}

impl Default for Settings {
    /// The values of the table where nobody says anything.
    fn default() -> Self {
        let mut settings = Self::blank();
        crate::combine::put_defaults(&mut settings);
        settings
    }
}

impl Settings {
    /// A place for every value; none of these is ever seen (held by `every_key_has_its_place`).
    pub(crate) fn blank() -> Self {
        let none = Duration::ZERO;
        let preferred = Preferred::Auto;
        Self {
            backend: BackendChoice {
                preferred,
                fallback: Fallback::Auto,
                max_response: None,
                allow_remote: false,
                rest_after: 0,
                rest: none,
                longest_rest: none,
            },
            backends: BTreeMap::new(),
            request: Request { timeout: none },
            model: Model { default: String::new(), runtime: Runtime::Mlx, cache_gb: 0, offline: false, fetch: false },
            worker: Worker { enabled: false, keep_alive: none },
            safety: Safety { level: SafetyLevel::Strict, allow: vec![], deny: vec![], patterns: vec![] },
            history: History {
                enabled: false,
                repeat: false,
                max_entries: None,
                max_age: None,
                max_bytes: None,
                keep_favourites: false,
                keep_runs: 0,
                redaction: Redaction::Drop,
                rules: vec![],
            },
            interface: Interface { shell: None, alternatives: 1, colour: Colour::Never, widget_key: Chord::default() },
            logging: Logging { level: String::new() },
        }
    }
}

impl Backend {
    pub(crate) const fn blank() -> Self {
        let none = Duration::ZERO;
        Self {
            kind: None,
            url: String::new(),
            model: String::new(),
            key_env: None,
            key_file: None,
            ca_file: None,
            allow_remote: None,
            connect_timeout: none,
            first_chunk_timeout: none,
            idle_timeout: none,
            total_timeout: none,
            probe_timeout: none,
            retries: 0,
        }
    }
}
