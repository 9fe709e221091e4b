//! Rules of the user: regular expressions with a name.

use super::Span;
use crate::error::HistoryError;
use regex::Regex;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A rule of the user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserRule {
    /// Its name; findings say `user:NAME`.
    pub name: String,
    /// A regular expression. A group named `secret` is what is hidden; without one, the whole match.
    pub pattern: String,
    /// What stands in the marker, for example `employee-number`.
    pub kind: String,
}

#[derive(Debug)]
pub(crate) struct Compiled {
    name: Arc<str>,
    kind: Arc<str>,
    regex: Regex,
}

impl Compiled {
    pub(crate) fn new(rule: &UserRule) -> Result<Self, HistoryError> {
        let regex = Regex::new(&rule.pattern)
            .map_err(|error| HistoryError::Pattern { pattern: rule.pattern.clone(), reason: error.to_string() })?;
        // A kind that holds a bracket would end the marker early.
        let kind: String = rule.kind.chars().filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_')).collect();
        let kind = if kind.is_empty() { "secret" } else { &kind };
        Ok(Self { name: rule.name.as_str().into(), kind: kind.into(), regex })
    }

    pub(super) fn find(&self, text: &str, spans: &mut Vec<Span>) {
        for captures in self.regex.captures_iter(text) {
            if let Some(found) = captures.name("secret").or_else(|| captures.get(0)) {
                let mut span = Span::new(found.start(), found.end(), "user", "user");
                span.user = Some((Arc::clone(&self.name), Arc::clone(&self.kind)));
                spans.push(span);
            }
        }
    }
}
