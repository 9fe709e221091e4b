//! What each layer says, before the layers are put together: files, variables and flags become [`Given`]s and diagnostics.

pub(crate) mod environment;
pub(crate) mod file;
pub(crate) mod flags;

use crate::diagnostic::{Diagnostic, Problem};
use crate::excerpt::{Excerpt, Lines, excerpt};
use crate::key::Key;
use crate::origin::{Layer, Origin};
use crate::schema::{Kind, Wrong};
use crate::value::Value;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// Looks at a pattern as its user would compile it: key of the setting and pattern, and why it cannot be used. This crate
/// knows no regular expressions, and those of `safety.patterns` and `history.rules` are not of one kind.
pub type Check<'a> = &'a dyn Fn(&str, &str) -> Result<(), String>;

/// A file's text and where it is from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    pub(crate) layer: Layer,
    pub(crate) path: PathBuf,
    pub(crate) text: String,
    lines: Lines,
    /// Why there is no text.
    pub(crate) unreadable: Option<String>,
}

impl Source {
    /// A text as if it were the file of this layer at this path.
    #[must_use]
    pub fn new(layer: Layer, path: impl Into<PathBuf>, text: impl Into<String>) -> Self {
        let text = text.into();
        Self { layer, path: path.into(), lines: Lines::of(&text), text, unreadable: None }
    }

    /// A file that is there and cannot be read; loading fails because of it.
    #[must_use]
    pub fn unreadable(layer: Layer, path: impl Into<PathBuf>, cause: impl Into<String>) -> Self {
        Self { unreadable: Some(cause.into()), ..Self::new(layer, path, "") }
    }

    /// Its layer.
    #[must_use]
    pub const fn layer(&self) -> Layer {
        self.layer
    }

    /// Its path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its text; empty where it could not be read.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    fn origin(&self, at: usize) -> Origin {
        let at = self.lines.position(&self.text, at);
        Origin::File { layer: self.layer, path: self.path.clone(), at }
    }

    fn line(&self, at: usize) -> usize {
        self.lines.position(&self.text, at).line
    }

    fn diagnostic(&self, key: Option<String>, problem: Problem, span: &Range<usize>) -> Diagnostic {
        Diagnostic::new(key, problem, self.origin(span.start), Some(excerpt(&self.text, span)))
    }
}

/// A value that somebody gave.
#[derive(Debug, Clone)]
pub(crate) struct Given {
    pub(crate) key: Key,
    pub(crate) value: Value,
    pub(crate) origin: Origin,
    pub(crate) excerpt: Option<Excerpt>,
}

/// A backend that somebody named.
#[derive(Debug, Clone)]
pub(crate) struct Named {
    pub(crate) name: String,
    pub(crate) origin: Origin,
    pub(crate) excerpt: Option<Excerpt>,
}

/// What one layer says.
#[derive(Debug, Default)]
pub(crate) struct Said {
    pub(crate) given: Vec<Given>,
    pub(crate) backends: Vec<Named>,
    pub(crate) diagnostics: Vec<Diagnostic>,
}

/// A value that is not accepted, as a problem of the setting `key`.
pub(crate) fn problem(kind: &Kind, wrong: Wrong) -> Problem {
    let expected = kind.accepted();
    match wrong {
        Wrong::Type(found) | Wrong::Value(found) => Problem::NotAccepted { found, expected, nearest: None },
        Wrong::Choice { found, nearest } => Problem::NotAccepted { found: format!("`{found}`"), expected, nearest },
        Wrong::Missing(column) => Problem::Missing { what: format!("`{column}`") },
        Wrong::Column { nearest, found } => {
            Problem::NotAccepted { found: format!("a table with `{found}`"), expected, nearest }
        }
        Wrong::Secret => Problem::Secret,
    }
}

/// The first row whose pattern cannot be used, and why.
pub(crate) fn bad_pattern(key: &Key, value: &Value, check: Option<Check<'_>>) -> Option<(usize, Problem)> {
    let (Value::Rows(rows), Some(check)) = (value, check) else { return None };
    let key = key.to_string();
    let reason = |pattern: Option<&String>| check(&key, pattern?).err();
    let mut checked = rows.iter().enumerate().map(|(number, row)| (number, reason(row.get("pattern"))));
    checked.find_map(|(number, reason)| reason.map(|reason| (number, Problem::BadPattern { reason })))
}
