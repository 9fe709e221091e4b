//! The rows of the settings with one place. To add one: a row here, and its place in [`Settings`](crate::Settings).
//!
//! What a project's file may do is chosen with care: it comes with a repository that may be anybody's. So it may not
//! shorten the history (that deletes what is kept for all projects), not add rules that hide (they would be applied to all
//! entries by a scan), and not limit the response time (that could choose a server elsewhere).

use super::columns::{PATTERN_COLUMNS, RULE_COLUMNS};
use super::kind::{Form, Kind};
use super::{Put, ROW, Section, Setting, Tighten, opposite, same};

const NO_LIMIT: u64 = 1_000_000_000_000;

/// Every setting with one place, in the order in which they are shown within their section.
pub static SETTINGS: &[Setting] = &[
    Setting {
        key: "backend.preferred",
        title: "Preferred backend",
        kind: Kind::Text(Form::Backend),
        default: Some("auto"),
        help: "Who answers first: `auto` chooses by measurements, `embedded` is the model inside cmdai, and any other name is one of [backends.NAME].",
        variable: same("CMDAI_BACKEND"),
        flag: same("--backend"),
        put: Put::Settings(|s, v| v.put(&mut s.backend.preferred)),
        ..ROW
    },
    Setting {
        key: "backend.fallback",
        title: "Fallback chain",
        kind: Kind::List(Form::Backend),
        default: Some(r#"["auto"]"#),
        help: "Who is asked when the first one fails: names in their order, [\"auto\"] for all others by measurements, [] for nobody.",
        variable: same("CMDAI_BACKEND_FALLBACK"),
        put: Put::Settings(|s, v| v.put(&mut s.backend.fallback)),
        ..ROW
    },
    Setting {
        key: "backend.max_response",
        title: "Longest expected answer",
        kind: Kind::Seconds { min: 0.0, max: 3600.0 },
        default: Some("0"),
        help: "Choose a backend that is known to answer within this time, if there is one; 0 means any time will do.",
        variable: same("CMDAI_BACKEND_MAX_RESPONSE"),
        put: Put::Settings(|s, v| v.put(&mut s.backend.max_response)),
        ..ROW
    },
    Setting {
        key: "backend.rest_after",
        title: "Failures before a rest",
        kind: Kind::Number { min: 1, max: 1000 },
        default: Some("3"),
        help: "After so many failures in a row a backend is left alone for a while.",
        variable: same("CMDAI_BACKEND_REST_AFTER"),
        put: Put::Settings(|s, v| v.put(&mut s.backend.rest_after)),
        ..ROW
    },
    Setting {
        key: "backend.rest",
        title: "First rest",
        kind: Kind::Seconds { min: 0.1, max: 86_400.0 },
        default: Some("30"),
        help: "For how long a failing backend is left alone at first; it doubles with each further failure.",
        variable: same("CMDAI_BACKEND_REST"),
        put: Put::Settings(|s, v| v.put(&mut s.backend.rest)),
        ..ROW
    },
    Setting {
        key: "backend.longest_rest",
        title: "Longest rest",
        kind: Kind::Seconds { min: 0.1, max: 86_400.0 },
        default: Some("600"),
        help: "For how long a failing backend is left alone at most.",
        variable: same("CMDAI_BACKEND_LONGEST_REST"),
        put: Put::Settings(|s, v| v.put(&mut s.backend.longest_rest)),
        ..ROW
    },
    Setting {
        key: "request.timeout",
        title: "Time limit of a request",
        kind: Kind::Seconds { min: 0.001, max: 86_400.0 },
        default: Some("120"),
        help: "Give up if no command is there after this time.",
        variable: same("CMDAI_TIMEOUT"),
        flag: same("--timeout"),
        project: Tighten::Lower,
        put: Put::Settings(|s, v| v.put(&mut s.request.timeout)),
        ..ROW
    },
    Setting {
        key: "model.default",
        section: Section::Models,
        title: "Model",
        kind: Kind::Text(Form::Model),
        default: Some("qwen2.5-coder-1.5b"),
        help: "The model of the embedded backend: a name from `cmdai model list`, a GGUF file, or a directory of MLX.",
        variable: same("CMDAI_MODEL"),
        flag: same("--model"),
        put: Put::Settings(|s, v| v.put(&mut s.model.default)),
        ..ROW
    },
    Setting {
        key: "model.runtime",
        section: Section::Models,
        title: "Runtime",
        kind: Kind::Choice(&["auto", "llama.cpp", "mlx"]),
        default: Some("auto"),
        help: "What computes the embedded backend: `auto` is MLX on Apple silicon for models that it can run, and llama.cpp elsewhere.",
        variable: same("CMDAI_RUNTIME"),
        put: Put::Settings(|s, v| v.put(&mut s.model.runtime)),
        ..ROW
    },
    Setting {
        key: "model.cache_gb",
        section: Section::Models,
        title: "Room for models",
        kind: Kind::Number { min: 0, max: 1_000_000 },
        default: Some("20"),
        help: "Models beyond this many gigabytes are removed when one is fetched, least recently used first.",
        variable: same("CMDAI_MODEL_CACHE_GB"),
        flag: same("--cache-limit"),
        put: Put::Settings(|s, v| v.put(&mut s.model.cache_gb)),
        ..ROW
    },
    Setting {
        key: "model.offline",
        section: Section::Models,
        title: "Stay off the network",
        default: Some("false"),
        help: "Fetch no model over the network.",
        variable: same("CMDAI_OFFLINE"),
        flag: same("--offline"),
        project: Tighten::TurnOn,
        put: Put::Settings(|s, v| v.put(&mut s.model.offline)),
        ..ROW
    },
    Setting {
        key: "model.fetch",
        section: Section::Models,
        title: "Fetch without asking",
        default: Some("false"),
        help: "Fetch a missing model without asking; a command is never run without asking.",
        variable: same("CMDAI_YES"),
        flag: same("--yes"),
        project: Tighten::TurnOff,
        put: Put::Settings(|s, v| v.put(&mut s.model.fetch)),
        ..ROW
    },
    Setting {
        key: "worker.enabled",
        section: Section::Worker,
        title: "Keep the model ready",
        default: Some("true"),
        help: "Leave a process behind that keeps the model in memory and answers the next request faster.",
        variable: opposite("CMDAI_NO_WORKER"),
        flag: opposite("--no-worker"),
        project: Tighten::TurnOff,
        put: Put::Settings(|s, v| v.put(&mut s.worker.enabled)),
        ..ROW
    },
    Setting {
        key: "worker.keep_alive",
        section: Section::Worker,
        title: "For how long",
        kind: Kind::Seconds { min: 0.001, max: 31_536_000.0 },
        default: Some("300"),
        help: "Keep the model ready for this time after the last request.",
        variable: same("CMDAI_KEEP_ALIVE"),
        flag: same("--keep-alive"),
        project: Tighten::Lower,
        put: Put::Settings(|s, v| v.put(&mut s.worker.keep_alive)),
        ..ROW
    },
    Setting {
        key: "safety.level",
        section: Section::Safety,
        title: "Safety level",
        kind: Kind::Choice(&["strict", "moderate", "permissive"]),
        default: Some("moderate"),
        help: "Strict blocks high risk, moderate blocks critical risk, permissive blocks nothing and asks for critical risk.",
        variable: same("CMDAI_SAFETY"),
        flag: same("--safety"),
        project: Tighten::Stricter,
        put: Put::Settings(|s, v| v.put(&mut s.safety.level)),
        ..ROW
    },
    Setting {
        key: "safety.allow",
        section: Section::Safety,
        title: "Allowed commands",
        kind: Kind::List(Form::Command),
        default: Some("[]"),
        help: "Commands that are fine unless they are critical, as words with `*` for any one word and a last `**` for the rest.",
        variable: same("CMDAI_SAFETY_ALLOW"),
        put: Put::Settings(|s, v| v.put(&mut s.safety.allow)),
        ..ROW
    },
    Setting {
        key: "safety.deny",
        section: Section::Safety,
        title: "Denied commands",
        kind: Kind::List(Form::Command),
        default: Some("[]"),
        help: "Commands that are never fine: at least high risk, in the same form.",
        variable: same("CMDAI_SAFETY_DENY"),
        project: Tighten::Add,
        adds: true,
        put: Put::Settings(|s, v| v.put(&mut s.safety.deny)),
        ..ROW
    },
    Setting {
        key: "safety.patterns",
        section: Section::Safety,
        title: "Patterns of your own",
        kind: Kind::Rows(PATTERN_COLUMNS),
        default: Some("[]"),
        help: "A command whose text matches the pattern has at least this risk.",
        variable: same("CMDAI_SAFETY_PATTERNS"),
        project: Tighten::Add,
        adds: true,
        put: Put::Settings(|s, v| v.put(&mut s.safety.patterns)),
        ..ROW
    },
    Setting {
        key: "history.enabled",
        section: Section::History,
        title: "Keep a history",
        default: Some("true"),
        help: "Keep what was asked, answered and run; without it nothing is read from the history either.",
        variable: opposite("CMDAI_NO_HISTORY"),
        flag: opposite("--no-history"),
        project: Tighten::TurnOff,
        put: Put::Settings(|s, v| v.put(&mut s.history.enabled)),
        ..ROW
    },
    Setting {
        key: "history.repeat",
        section: Section::History,
        title: "Offer accepted answers again",
        default: Some("true"),
        help: "Answer a request that was asked and accepted before from the history, at once and without a model.",
        variable: same("CMDAI_HISTORY_REPEAT"),
        flag: opposite("--fresh"),
        project: Tighten::TurnOff,
        put: Put::Settings(|s, v| v.put(&mut s.history.repeat)),
        ..ROW
    },
    Setting {
        key: "history.max_entries",
        section: Section::History,
        title: "Most entries",
        kind: Kind::Number { min: 0, max: NO_LIMIT },
        default: Some("100000"),
        help: "Older entries beyond this number are forgotten; 0 means no limit.",
        variable: same("CMDAI_HISTORY_MAX_ENTRIES"),
        put: Put::Settings(|s, v| v.put(&mut s.history.max_entries)),
        ..ROW
    },
    Setting {
        key: "history.max_age_days",
        section: Section::History,
        title: "Oldest age in days",
        kind: Kind::Number { min: 0, max: 36_500 },
        default: Some("0"),
        help: "Entries older than this many days are forgotten; 0 means no limit.",
        variable: same("CMDAI_HISTORY_MAX_AGE_DAYS"),
        put: Put::Settings(|s, v| v.put_days(&mut s.history.max_age)),
        ..ROW
    },
    Setting {
        key: "history.max_bytes",
        section: Section::History,
        title: "Most bytes",
        kind: Kind::Number { min: 0, max: NO_LIMIT },
        default: Some("0"),
        help: "Older entries go when the database uses more bytes than this; 0 means no limit.",
        variable: same("CMDAI_HISTORY_MAX_BYTES"),
        put: Put::Settings(|s, v| v.put(&mut s.history.max_bytes)),
        ..ROW
    },
    Setting {
        key: "history.keep_favourites",
        section: Section::History,
        title: "Keep favourites",
        default: Some("true"),
        help: "Favourites stay whatever the limits.",
        variable: same("CMDAI_HISTORY_KEEP_FAVOURITES"),
        put: Put::Settings(|s, v| v.put(&mut s.history.keep_favourites)),
        ..ROW
    },
    Setting {
        key: "history.keep_runs",
        section: Section::History,
        title: "Keep what is run often",
        kind: Kind::Number { min: 0, max: 1_000_000 },
        default: Some("5"),
        help: "Commands run at least this often keep their newest entry whatever the limits; 0 keeps none for that.",
        variable: same("CMDAI_HISTORY_KEEP_RUNS"),
        put: Put::Settings(|s, v| v.put(&mut s.history.keep_runs)),
        ..ROW
    },
    Setting {
        key: "backend.allow_remote",
        section: Section::Privacy,
        title: "Prompts may leave this machine",
        default: Some("false"),
        help: "Allow backends on other machines; without it none is chosen, probed or fallen back to.",
        variable: same("CMDAI_BACKEND_ALLOW_REMOTE"),
        project: Tighten::TurnOff,
        put: Put::Settings(|s, v| v.put(&mut s.backend.allow_remote)),
        ..ROW
    },
    Setting {
        key: "history.redaction",
        section: Section::Privacy,
        title: "Entries with secrets",
        kind: Kind::Choice(&["drop", "redact", "off"]),
        default: Some("redact"),
        help: "Drop keeps no entry that holds a secret, redact hides the secret, off looks for none.",
        variable: same("CMDAI_HISTORY_REDACTION"),
        project: Tighten::Stricter,
        put: Put::Settings(|s, v| v.put(&mut s.history.redaction)),
        ..ROW
    },
    Setting {
        key: "history.rules",
        section: Section::Privacy,
        title: "What else is secret",
        kind: Kind::Rows(RULE_COLUMNS),
        default: Some("[]"),
        help: "What matches the pattern is hidden before an entry is kept.",
        variable: same("CMDAI_HISTORY_RULES"),
        adds: true,
        put: Put::Settings(|s, v| v.put(&mut s.history.rules)),
        ..ROW
    },
    Setting {
        key: "interface.shell",
        section: Section::Interface,
        title: "Shell of the commands",
        kind: Kind::Choice(&["auto", "bash", "zsh", "fish", "sh", "powershell", "cmd", "nu"]),
        default: Some("auto"),
        help: "The shell commands are made for; `auto` is the one you are in.",
        variable: same("CMDAI_SHELL"),
        flag: same("--shell"),
        put: Put::Settings(|s, v| v.put(&mut s.interface.shell)),
        ..ROW
    },
    Setting {
        key: "interface.alternatives",
        section: Section::Interface,
        title: "Number of commands",
        kind: Kind::Number { min: 1, max: 8 },
        default: Some("1"),
        help: "Produce up to so many different commands.",
        variable: same("CMDAI_ALTERNATIVES"),
        flag: same("--alternatives"),
        put: Put::Settings(|s, v| v.put(&mut s.interface.alternatives)),
        ..ROW
    },
    Setting {
        key: "interface.colour",
        section: Section::Interface,
        title: "Colours",
        kind: Kind::Choice(&["auto", "always", "never"]),
        default: Some("auto"),
        help: "Whether to use colours; `auto` does on a terminal, unless NO_COLOR is set.",
        variable: same("CMDAI_COLOUR"),
        put: Put::Settings(|s, v| v.put(&mut s.interface.colour)),
        ..ROW
    },
    Setting {
        key: "interface.widget_key",
        section: Section::Interface,
        title: "Key on the prompt line",
        kind: Kind::Text(Form::Chord),
        default: Some("alt-c"),
        help: "The key that turns the words on the prompt line into a command, where `cmdai init` is set up.",
        variable: same("CMDAI_WIDGET_KEY"),
        flag: same("--key"),
        put: Put::Settings(|s, v| v.put(&mut s.interface.widget_key)),
        ..ROW
    },
    Setting {
        key: "logging.level",
        section: Section::Logging,
        title: "Detail of the log",
        kind: Kind::Text(Form::LogFilter),
        default: Some("info"),
        help: "How much goes into the log file: off, error, warn, info, debug, trace, or a list such as `info,hyper=warn`.",
        variable: same("CMDAI_LOG"),
        put: Put::Settings(|s, v| v.put(&mut s.logging.level)),
        ..ROW
    },
];
