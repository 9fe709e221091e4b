//! What the flags say: those that were really given, not their defaults.

use super::{Check, Given, Said, bad_pattern, problem};
use crate::diagnostic::{Diagnostic, Problem, Severity};
use crate::excerpt::brief;
use crate::key::{Key, UnknownKey};
use crate::origin::Origin;
use crate::schema;

/// A flag that was given on the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flag {
    name: String,
    key: Option<String>,
    text: String,
}

impl Flag {
    /// A flag of the table with its text; one without a text, such as `--no-history`, has the text `true`.
    #[must_use]
    pub fn new(name: &str, text: &str) -> Self {
        Self { name: name.to_owned(), key: None, text: text.to_owned() }
    }

    /// A flag that may set any key, such as `--set KEY=VALUE`, with the key and the text it had this time.
    #[must_use]
    pub fn of_key(name: &str, key: &str, text: &str) -> Self {
        Self { name: name.to_owned(), key: Some(key.to_owned()), text: text.to_owned() }
    }
}

/// Reads them; of two for one key, the later one counts.
pub(crate) fn read(flags: &[Flag], check: Option<Check<'_>>) -> Said {
    let mut said = Said::default();
    for flag in flags {
        match one(flag, check) {
            Ok(given) => said.given.push(given),
            Err((key, problem)) => {
                let wrong = Diagnostic::new(Some(key), problem, origin(flag), None);
                // Who types a key wants it to count now.
                said.diagnostics.push(Diagnostic { severity: Severity::Error, ..wrong });
            }
        }
    }
    said
}

fn origin(flag: &Flag) -> Origin {
    Origin::Flag { name: brief(&flag.name) }
}

fn one(flag: &Flag, check: Option<Check<'_>>) -> Result<Given, (String, Problem)> {
    let (key, negated) = if let Some(key) = &flag.key {
        let unknown = |error: UnknownKey| (error.given, Problem::UnknownKey { nearest: error.nearest });
        (Key::parse(key).map_err(unknown)?, false)
    } else {
        let found = schema::flag(&flag.name).ok_or_else(|| (flag.name.clone(), Problem::UnknownFlag))?;
        (Key::plain(found.0), found.1.negated)
    };
    let kind = &key.setting().kind;
    let value = kind.from_text(&flag.text).map_err(|wrong| (key.to_string(), problem(kind, wrong)))?;
    if let Some((_, problem)) = bad_pattern(&key, &value, check) {
        return Err((key.to_string(), problem));
    }
    let value = if negated { value.negated() } else { value };
    Ok(Given { key, value, origin: origin(flag), excerpt: None })
}
