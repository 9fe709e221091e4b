//! What a person asked for, checked once at the door.
//!
//! First in the flow: `CommandRequest` is made by the caller and never changes. Everything behind it may rely on its limits,
//! so no later stage checks lengths again (held by `limits_are_characters_not_bytes` below).

use crate::names::named;
use serde::Serialize;

/// Longest request, in characters.
pub const MAX_INPUT_CHARS: usize = 2000;
/// Longest extra context (for example piped standard input), in characters.
pub const MAX_CONTEXT_CHARS: usize = 1000;

/// One request in plain language, within its limits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CommandRequest {
    input: String,
    extra_context: Option<String>,
    /// The shell whose language the command must be in.
    pub shell: ShellType,
    /// The operating system the command must work on.
    pub platform: Platform,
    /// How cautious the decision about running must be.
    pub safety: SafetyLevel,
}

/// Why a text is no request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// Nothing but white space was given.
    #[error("the request is empty")]
    Empty,
    /// More than [`MAX_INPUT_CHARS`].
    #[error("the request has {chars} characters, the limit is {MAX_INPUT_CHARS}")]
    InputTooLong {
        /// Characters given.
        chars: usize,
    },
    /// More than [`MAX_CONTEXT_CHARS`].
    #[error("the extra context has {chars} characters, the limit is {MAX_CONTEXT_CHARS}")]
    ContextTooLong {
        /// Characters given.
        chars: usize,
    },
}

impl CommandRequest {
    /// Checks the limits of `input` after removing surrounding white space and control characters other than newline and tab.
    ///
    /// # Errors
    /// [`RequestError::Empty`] or [`RequestError::InputTooLong`].
    pub fn new(input: &str, shell: ShellType, platform: Platform) -> Result<Self, RequestError> {
        let input = printable(input);
        match input.chars().count() {
            0 => Err(RequestError::Empty),
            chars if chars > MAX_INPUT_CHARS => Err(RequestError::InputTooLong { chars }),
            _ => Ok(Self { input, extra_context: None, shell, platform, safety: SafetyLevel::default() }),
        }
    }

    /// Adds material the request talks about, such as an error log. Blank context is no context.
    ///
    /// # Errors
    /// [`RequestError::ContextTooLong`]; see [`shorten_context`] for fitting longer material.
    pub fn with_context(mut self, context: &str) -> Result<Self, RequestError> {
        let context = printable(context);
        match context.chars().count() {
            0 => self.extra_context = None,
            chars if chars > MAX_CONTEXT_CHARS => return Err(RequestError::ContextTooLong { chars }),
            _ => self.extra_context = Some(context),
        }
        Ok(self)
    }

    /// The same request under another safety level.
    #[must_use]
    pub fn with_safety(mut self, safety: SafetyLevel) -> Self {
        self.safety = safety;
        self
    }

    /// What was asked, trimmed: 1 to [`MAX_INPUT_CHARS`] characters.
    #[must_use]
    pub fn input(&self) -> &str {
        &self.input
    }

    /// The material the request talks about: at most [`MAX_CONTEXT_CHARS`] characters.
    #[must_use]
    pub fn extra_context(&self) -> Option<&str> {
        self.extra_context.as_deref()
    }
}

/// Fits long material into [`MAX_CONTEXT_CHARS`]: the first quarter and the end stay, because logs name the
/// program at the top and the error at the bottom.
#[must_use]
pub fn shorten_context(text: &str) -> String {
    const GAP: &str = "\n[…]\n";
    let text = printable(text);
    let chars: Vec<char> = text.chars().collect();
    if chars.len() <= MAX_CONTEXT_CHARS {
        return text;
    }
    let head = MAX_CONTEXT_CHARS / 4;
    let tail = MAX_CONTEXT_CHARS - head - GAP.chars().count();
    let start = chars.iter().take(head);
    let end = chars.iter().skip(chars.len() - tail);
    start.copied().chain(GAP.chars()).chain(end.copied()).collect()
}

fn printable(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    let kept: String = text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect();
    kept.trim().to_owned()
}

named! {
    /// A shell language.
    ShellType, "shell" {
        /// GNU Bash.
        Bash = "bash",
        /// Z shell.
        Zsh = "zsh",
        /// fish.
        Fish = "fish",
        /// POSIX shell.
        Sh = "sh",
        /// PowerShell 5 or 7.
        PowerShell = "powershell",
        /// cmd.exe.
        Cmd = "cmd",
        /// nushell.
        Nu = "nu",
    }
}

impl ShellType {
    /// Whether the language is that of the Bourne shell or near it, where a command is a program and words mean what they do there.
    #[must_use]
    pub const fn is_posix_like(self) -> bool {
        matches!(self, Self::Bash | Self::Zsh | Self::Fish | Self::Sh)
    }

    /// Whether the programs it starts are those of a Unix system; nushell has commands of its own beside them.
    #[must_use]
    pub const fn runs_unix_programs(self) -> bool {
        self.is_posix_like() || matches!(self, Self::Nu)
    }
}

named! {
    /// An operating system.
    Platform, "platform" {
        /// Linux, any distribution.
        Linux = "linux",
        /// macOS.
        MacOs = "macos",
        /// Windows.
        Windows = "windows",
    }
}

impl Platform {
    /// The platform this code was compiled for; other Unixes count as Linux.
    #[must_use]
    pub const fn current() -> Self {
        if cfg!(target_os = "macos") {
            Self::MacOs
        } else if cfg!(windows) {
            Self::Windows
        } else {
            Self::Linux
        }
    }
}

named! {
    /// How much risk runs without a question, and how much does not run at all.
    SafetyLevel, "safety level" {
        /// Blocks High and Critical, asks from Moderate.
        Strict = "strict",
        /// Blocks Critical, asks from High.
        Moderate = "moderate",
        /// Blocks nothing, asks for Critical.
        Permissive = "permissive",
    }
}

#[allow(clippy::derivable_impls, reason = "the enum is made by a macro that cannot mark one variant")]
impl Default for SafetyLevel {
    fn default() -> Self {
        Self::Moderate
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(input: &str) -> Result<CommandRequest, RequestError> {
        CommandRequest::new(input, ShellType::Bash, Platform::Linux)
    }

    #[test]
    fn blank_is_empty() {
        for blank in ["", "  ", "\n\t\r\n", "\u{1b}\u{7}"] {
            assert_eq!(request(blank), Err(RequestError::Empty), "{blank:?}");
        }
    }

    #[test]
    fn limits_are_characters_not_bytes() {
        assert!(request(&"é".repeat(MAX_INPUT_CHARS)).is_ok());
        assert_eq!(request(&"é".repeat(MAX_INPUT_CHARS + 1)), Err(RequestError::InputTooLong { chars: 2001 }));
    }

    #[test]
    fn quotes_braces_and_newlines_stay_escapes_go() {
        let text = "run `a` \"${b}\" {c}\n'd' 🦀";
        assert_eq!(request(text).unwrap().input(), text);
        assert_eq!(request("red \u{1b}[31mtext").unwrap().input(), "red [31mtext");
    }

    #[test]
    fn long_context_keeps_both_ends_and_fits() {
        let log = (0..2000).map(|i| format!("line {i}")).collect::<Vec<_>>().join("\n");
        let short = shorten_context(&log);
        assert!(short.starts_with("line 0\n") && short.ends_with("line 1999"));
        assert!(request("why").unwrap().with_context(&short).is_ok());
        assert!(matches!(request("why").unwrap().with_context(&log), Err(RequestError::ContextTooLong { .. })));
    }

    #[test]
    fn names_read_back() {
        for shell in ShellType::ALL {
            assert_eq!(shell.name().parse(), Ok(*shell));
        }
        let error = "tcsh".parse::<ShellType>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "unknown shell `tcsh`, expected one of: bash, zsh, fish, sh, powershell, cmd, nu"
        );
    }
}
