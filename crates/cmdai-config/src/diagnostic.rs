//! What is wrong with a setting, where it stands, and what would be accepted.
//!
//! Data with a plain text form; the program decides about colours, hints and its exit status. The text looks like this:
//!
//! ```text
//! error: `safety.level` is `stirct`, expected strict, moderate or permissive; is `strict` meant?
//!   --> /home/ada/.config/cmdai/config.toml:4:9
//!    |
//!  4 | level = "stirct"
//!    |         ^^^^^^^^
//! ```

use crate::excerpt::{Excerpt, brief};
use crate::origin::Origin;
use serde::Serialize;
use std::fmt;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Nothing to do: something had no effect, as it should.
    Note,
    /// Something was left out; the rest counts.
    Warning,
    /// The settings must not be used as they are.
    Error,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "problem", rename_all = "snake_case")]
pub enum Problem {
    /// The file is there and cannot be read.
    Unreadable {
        /// What the system says.
        cause: String,
    },
    /// The text is no TOML; also where a key stands twice.
    Syntax {
        /// What the parser says.
        message: String,
    },
    /// A key there is not.
    UnknownKey {
        /// What may have been meant.
        nearest: Option<String>,
    },
    /// A variable there is not, whose name is close to one there is.
    UnknownVariable {
        /// What may have been meant.
        nearest: String,
    },
    /// A flag there is not, or none that sets anything.
    UnknownFlag,
    /// A value that is not accepted.
    NotAccepted {
        /// What was found.
        found: String,
        /// What is accepted.
        expected: String,
        /// What may have been meant.
        nearest: Option<String>,
    },
    /// A name that no backend may have.
    BadBackendName,
    /// A row or a backend that lacks something.
    Missing {
        /// What it lacks.
        what: String,
    },
    /// A secret in the file. It is not repeated here.
    Secret,
    /// The name of a backend there is not.
    NoSuchBackend {
        /// The name.
        name: String,
        /// What may have been meant.
        nearest: Option<String>,
    },
    /// A pattern that its user cannot compile.
    BadPattern {
        /// Why.
        reason: String,
    },
    /// A project's file may not do this; it was ignored.
    NotForProjects {
        /// What it may do, in words that fit behind `a project's file`.
        may: String,
    },
    /// A project's file asks for less care than there is already; it was ignored.
    NotStricter {
        /// What it asks for.
        theirs: String,
        /// What there is.
        ours: String,
    },
}

impl Problem {
    /// How bad it is.
    #[must_use]
    pub const fn severity(&self) -> Severity {
        match self {
            Self::NotStricter { .. } => Severity::Note,
            Self::UnknownKey { .. } | Self::UnknownVariable { .. } | Self::NotForProjects { .. } => Severity::Warning,
            _ => Severity::Error,
        }
    }
}

/// Something wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// The key it is about, as it was given.
    pub key: Option<String>,
    /// What is wrong.
    #[serde(flatten)]
    pub problem: Problem,
    /// Where it stands.
    pub origin: Origin,
    /// The line, where it is in a file.
    pub excerpt: Option<Excerpt>,
}

impl Diagnostic {
    pub(crate) fn new(key: Option<String>, problem: Problem, origin: Origin, excerpt: Option<Excerpt>) -> Self {
        let key = key.map(|key| brief(&key));
        Self { severity: problem.severity(), key, problem, origin, excerpt }
    }

    /// Whether the settings must not be used.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    /// What is wrong, in one sentence without the place.
    #[must_use]
    pub fn message(&self) -> String {
        let key = self.key.as_deref().unwrap_or("the file");
        let meant = |nearest: &Option<String>| {
            nearest.as_ref().map(|nearest| format!("; is `{nearest}` meant?")).unwrap_or_default()
        };
        let text = match &self.problem {
            Problem::Unreadable { cause } => format!("the file cannot be read: {cause}"),
            Problem::Syntax { message } => message.clone(),
            Problem::UnknownKey { nearest } => format!("there is no setting `{key}`{}", meant(nearest)),
            Problem::UnknownVariable { nearest } => {
                format!("the variable `{key}` means nothing; is `{nearest}` meant?")
            }
            Problem::UnknownFlag => format!("the flag `{key}` sets nothing"),
            Problem::NotAccepted { found, expected, nearest } => {
                format!("`{key}` is {}, expected {expected}{}", brief(found), meant(nearest))
            }
            Problem::BadBackendName => {
                format!(
                    "`{key}` is no name for a backend, expected letters, digits and `-`, and neither auto nor embedded"
                )
            }
            Problem::Missing { what } => format!("`{key}` has no {what}"),
            Problem::Secret => format!(
                "`{key}` holds a secret, which must not stand in this file: put it in a file that only you can read and name \
                 that in `key_file`, or name a variable in `key_env`"
            ),
            Problem::NoSuchBackend { name, nearest } => {
                format!("`{key}` names the backend `{}`, which there is not{}", brief(name), meant(nearest))
            }
            Problem::BadPattern { reason } => format!("`{key}` holds a pattern that cannot be used: {reason}"),
            Problem::NotForProjects { may } => format!("`{key}` is ignored: a project's file {may}"),
            Problem::NotStricter { theirs, ours } => {
                format!(
                    "`{key}` is ignored: {theirs} is not stricter than {ours}, and a project's file may only be that"
                )
            }
        };
        plain(&text)
    }
}

/// A text from a file or a variable as it may reach a screen.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.severity, self.message())?;
        match (&self.origin, &self.excerpt) {
            // There is no line to point at.
            (Origin::File { path, .. }, _) if matches!(self.problem, Problem::Unreadable { .. }) => {
                write!(f, "\n  --> {}", plain(&path.display().to_string()))
            }
            (Origin::File { at, .. }, Some(excerpt)) => {
                let number = at.line.to_string();
                let margin = " ".repeat(number.len());
                write!(f, "\n {margin}--> {}", plain(&self.origin.place()))?;
                write!(f, "\n {margin} |\n {number} | {}", excerpt.line)?;
                write!(f, "\n {margin} | {}{}", " ".repeat(excerpt.before), "^".repeat(excerpt.width))
            }
            (Origin::Default, _) => Ok(()),
            (origin, _) => write!(f, "\n  --> {}", plain(&origin.place())),
        }
    }
}
