//! What the texts among the settings must look like.

use super::kind::{Form, Wrong};
use crate::chord::{self, Chord};

/// Levels of logging.
const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];
/// Longer texts are no names, commands or patterns.
const LONGEST: usize = 4096;

impl Form {
    /// Whether a text has this form.
    ///
    /// # Errors
    /// [`Wrong`] with the text, except where it may hold a secret.
    pub fn check(self, text: &str) -> Result<(), Wrong> {
        let is_line = !text.trim().is_empty() && !text.chars().any(char::is_control) && text.len() <= LONGEST;
        let fits = match self {
            Self::Name => is_name(text, "-_."),
            Self::Backend => is_name(text, "-"),
            Self::Line | Self::Model | Self::Path => is_line,
            Self::Url => return check_url(text, is_line),
            Self::Variable => is_name(text, "_") && !text.starts_with(|c: char| c.is_ascii_digit()),
            // A pattern may be written over several lines.
            Self::Pattern => !text.is_empty() && text.len() <= LONGEST,
            Self::Command => is_line && text.split_whitespace().next().is_some_and(|first| !first.contains('*')),
            Self::Chord => text.parse::<Chord>().is_ok(),
            Self::LogFilter => is_line && text.split(',').all(|part| is_log_directive(part.trim())),
        };
        if fits { Ok(()) } else { Err(Wrong::Value(format!("`{text}`"))) }
    }

    /// What is accepted, in words that fit behind `expected`.
    #[must_use]
    pub const fn accepted(self) -> &'static str {
        match self {
            Self::Name => "a name of letters, digits, `-`, `_` and `.`",
            Self::Backend => "auto, embedded or the name of a backend",
            Self::Line => "a text of one line",
            Self::Model => "the name of a model, a file or a directory",
            Self::Url => "an address such as http://127.0.0.1:11434, without user and password",
            Self::Variable => "the name of an environment variable",
            Self::Path => "the path of a file",
            Self::Pattern => "a regular expression",
            Self::Command => "a command that begins with its name, such as `terraform destroy **`",
            Self::Chord => chord::ACCEPTED,
            Self::LogFilter => "off, error, warn, info, debug, trace, or a list such as `info,hyper=warn`",
        }
    }
}

fn is_name(text: &str, also: &str) -> bool {
    (1..=64).contains(&text.len()) && text.chars().all(|c| c.is_ascii_alphanumeric() || also.contains(c))
}

/// Only as much as keeps mistakes and secrets out; who connects reads the rest.
fn check_url(text: &str, is_line: bool) -> Result<(), Wrong> {
    let rest = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"));
    let host = rest.and_then(|rest| rest.split(['/', '?', '#']).next()).unwrap_or_default();
    if text.contains('@') {
        Err(Wrong::Secret)
    } else if is_line && !host.is_empty() && !text.contains(char::is_whitespace) {
        Ok(())
    } else {
        Err(Wrong::Value(format!("`{text}`")))
    }
}

/// A level, or `target=level`. A bare target would mean all levels of it, and is more often a level with a typing mistake.
fn is_log_directive(text: &str) -> bool {
    let level = text.rsplit_once('=').map_or(text, |(_, level)| level);
    LEVELS.contains(&level.to_lowercase().as_str()) && !text.starts_with('=')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(form: Form, good: &[&str], bad: &[&str]) {
        for text in good {
            assert_eq!(form.check(text), Ok(()), "{form:?} {text:?}");
        }
        for text in bad {
            assert!(form.check(text).is_err(), "{form:?} {text:?}");
        }
    }

    #[test]
    fn forms_tell_mistakes() {
        check(Form::Name, &["a", "no-prod", "x_1.b"], &["", "a b", "é", "a/b", &"a".repeat(65)]);
        check(Form::Backend, &["auto", "desk", "Desk-2"], &["", "my desk", "a.b", "a_b"]);
        check(Form::Variable, &["OPENAI_API_KEY", "_x"], &["", "1A", "A-B", "$A", "A B"]);
        check(Form::Command, &["terraform apply **", "ls", "[ -f *"], &["", "  ", "* x", "a*b x", "a\nb"]);
        check(
            Form::LogFilter,
            &["info", "WARN", "info,hyper=warn", "cmdai[span{a=1}]=trace", "info, a=off"],
            &["", "inof", "hyper", "info,,warn", "=info", "info,hyper"],
        );
        check(
            Form::Url,
            &["http://127.0.0.1:11434", "https://h/v1", "http://[::1]:1/"],
            &["", "h:1", "ftp://h", "http://", "http:///x", "http://a b", "localhost:11434"],
        );
        check(Form::Chord, &["alt-c", "ctrl-x ctrl-a"], &["", "c", "ctrl-c", "f5"]);
        check(Form::Path, &["~/k", "k"], &["", " ", "a\u{0}b"]);
        check(Form::Pattern, &["a b", "(?x)\n a"], &[""]);
    }

    #[test]
    fn a_password_in_an_address_is_refused_and_not_repeated() {
        for url in ["http://ada:pw@h", "https://pw@h/x", "ada:pw@h"] {
            assert_eq!(Form::Url.check(url), Err(Wrong::Secret), "{url}");
        }
    }
}
