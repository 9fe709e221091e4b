//! Where a command will run: plain data, captured by the caller.
//!
//! Second in the flow. It is data and not a trait, so that the core stays free of I/O and a test can state any machine.
//! Invariant: no secret enters `environment` (held by `secret_names_never_enter`).

use crate::names::named;
use crate::request::{Platform, ShellType};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;

named! {
    /// Which family the basic tools (`ls`, `sed`, `find`) belong to, found by asking them, not by the name of the system.
    Userland, "userland" {
        /// GNU coreutils and friends.
        Gnu = "gnu",
        /// BSD tools, as on macOS.
        Bsd = "bsd",
        /// `BusyBox` applets.
        Busybox = "busybox",
        /// Windows' own tools.
        Windows = "windows",
        /// Could not be found out.
        Unknown = "unknown",
    }
}

/// The machine, user and directory a command is meant for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExecutionContext {
    /// Current directory, absolute.
    pub cwd: PathBuf,
    /// The user's shell.
    pub shell: ShellType,
    /// Its version as it prints it, for example `5.2.15`.
    pub shell_version: Option<String>,
    /// Operating system.
    pub platform: Platform,
    /// Family of the basic tools.
    pub userland: Userland,
    /// User name.
    pub user: Option<String>,
    /// Host name.
    pub host: Option<String>,
    /// Whether commands run as root (uid 0).
    pub is_root: bool,
    /// Files of the current directory that the request names, as far as they say what a command needs to know.
    pub files: Vec<FileHead>,
    environment: BTreeMap<String, String>,
    /// When this was captured.
    pub captured_at: DateTime<Utc>,
}

/// How a file begins: enough to see its columns or fields, and no more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileHead {
    /// As the request names it.
    pub name: String,
    /// Its first lines, some hundred characters.
    pub begins: String,
}

impl ExecutionContext {
    /// A context with the given place and time and nothing else known.
    #[must_use]
    pub fn new(cwd: PathBuf, shell: ShellType, platform: Platform, captured_at: DateTime<Utc>) -> Self {
        Self {
            cwd,
            shell,
            shell_version: None,
            platform,
            userland: Userland::Unknown,
            user: None,
            host: None,
            is_root: false,
            files: Vec::new(),
            environment: BTreeMap::new(),
            captured_at,
        }
    }

    /// Takes over the variables of `vars` that are [allowed](is_allowed_variable).
    #[must_use]
    pub fn with_environment(mut self, vars: impl IntoIterator<Item = (String, String)>) -> Self {
        self.environment = vars.into_iter().filter(|(name, _)| is_allowed_variable(name)).collect();
        self
    }

    /// The environment variables that may be known: never one that [is refused](is_allowed_variable).
    #[must_use]
    pub fn environment(&self) -> &BTreeMap<String, String> {
        &self.environment
    }
}

/// Variables that change what a command means. Everything else stays out, so that a secret under an innocent name does too.
const USEFUL: &[&str] = &[
    "HOME",
    "PWD",
    "TMPDIR",
    "USER",
    "LOGNAME",
    "SHELL",
    "LANG",
    "TERM",
    "EDITOR",
    "VISUAL",
    "PAGER",
    "DISPLAY",
    "WAYLAND_DISPLAY",
    "VIRTUAL_ENV",
    "CONDA_PREFIX",
    "KUBECONFIG",
    "XDG_SESSION_TYPE",
    "SSH_CONNECTION",
    "CI",
];
const SECRET_WORDS: &[&str] = &["KEY", "TOKEN", "SECRET", "PASSWORD", "PASSWD", "CREDENTIAL", "AUTH", "PRIVATE"];

/// Whether a variable of this name may enter the context: on the list of useful ones, and not named like a secret.
#[must_use]
pub fn is_allowed_variable(name: &str) -> bool {
    let upper = name.to_ascii_uppercase();
    USEFUL.contains(&upper.as_str()) && !SECRET_WORDS.iter().any(|word| upper.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn secret_names_never_enter(prefix in "[A-Z_]{0,8}", word in 0..SECRET_WORDS.len(), suffix in "[A-Z_]{0,8}") {
            let name = format!("{prefix}{}{suffix}", SECRET_WORDS[word]);
            prop_assert!(!is_allowed_variable(&name));
            prop_assert!(!is_allowed_variable(&name.to_lowercase()));
        }
    }

    #[test]
    fn useful_names_enter() {
        let vars = [("HOME", "/root"), ("AWS_SECRET_ACCESS_KEY", "x"), ("MY_STUFF", "y")];
        let context = ExecutionContext::new("/".into(), ShellType::Bash, Platform::Linux, DateTime::UNIX_EPOCH)
            .with_environment(vars.map(|(k, v)| (k.to_owned(), v.to_owned())));
        assert_eq!(context.environment().keys().collect::<Vec<_>>(), ["HOME"]);
    }
}
