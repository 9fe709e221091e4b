//! Hides secrets in any text: shell lines, requests in plain language, log lines, JSON. Usable alone.
//!
//! Why so: structure says most surely what is a secret (an assignment, a flag, a header, a URL), then the shape of known
//! tokens, then the words around; entropy counts only for what is assigned to a telling name. So a commit hash or a UUID on
//! its own stays, and `--password-file` stays. What is hidden becomes a typed marker, the rest stays searchable.
//! Invariants: hiding twice is hiding once (`hiding_twice_is_hiding_once`); text without secrets comes back as it was
//! (`harmless_lines_stay`); time is linear in the text (`long_texts_take_time_in_proportion`).

mod assign;
mod flags;
mod names;
mod pipes;
mod programs;
mod prose;
mod refer;
mod shape;
mod shell;
mod text;
mod url;
mod user;
mod value;

use crate::error::HistoryError;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::ops::Range;
use std::sync::Arc;

pub use user::UserRule;

/// What every marker begins with; behind it stand the kind and a closing bracket.
pub const MARKER: &str = "[REDACTED:";
/// Passes over one text: what one hides can let the next see more clearly.
const ROUNDS: usize = 4;

/// What happens to an entry that holds a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// The secret is replaced by a marker.
    #[default]
    Redact,
    /// The entry is not kept at all.
    Drop,
    /// Nothing is looked for.
    Off,
}

/// One secret that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The rule that found it, for example `assignment`; rules of the user are `user:NAME`.
    pub rule: String,
    /// What it is, for example `password` or `github-token`.
    pub kind: String,
    /// Where it stood, in bytes of the text that was given.
    pub span: Range<usize>,
}

/// A text without its secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redacted {
    /// The text, with a marker for each secret.
    pub text: String,
    /// What was hidden, in the order of the text.
    pub found: Vec<Finding>,
}

/// Finds and hides secrets.
#[derive(Debug, Clone, Default)]
pub struct Redactor {
    mode: Mode,
    rules: Arc<Vec<user::Compiled>>,
}

impl Redactor {
    /// The built-in rules under a mode.
    #[must_use]
    pub fn new(mode: Mode) -> Self {
        Self { mode, rules: Arc::default() }
    }

    /// The built-in rules and some of the user's own.
    ///
    /// # Errors
    /// [`HistoryError::Pattern`] for a rule whose pattern is no regular expression.
    pub fn with_rules(mode: Mode, rules: &[UserRule]) -> Result<Self, HistoryError> {
        let rules = rules.iter().map(user::Compiled::new).collect::<Result<Vec<_>, _>>()?;
        Ok(Self { mode, rules: Arc::new(rules) })
    }

    /// What happens to an entry that holds a secret.
    #[must_use]
    pub const fn mode(&self) -> Mode {
        self.mode
    }

    /// The same rules under [`Mode::Redact`].
    #[must_use]
    pub fn hiding(&self) -> Self {
        Self { mode: Mode::Redact, rules: Arc::clone(&self.rules) }
    }

    /// `text` without its secrets; unchanged under [`Mode::Off`].
    #[must_use]
    pub fn redact(&self, text: &str) -> Redacted {
        if self.mode == Mode::Off {
            return Redacted { text: text.to_owned(), found: Vec::new() };
        }
        self.hide(text)
    }

    /// What would be hidden and by which rule, whatever the mode.
    #[must_use]
    pub fn explain(&self, text: &str) -> Vec<Finding> {
        self.hide(text).found
    }

    /// Every text inside `value` without its secrets, and every value under a name that says secret.
    #[must_use]
    pub fn redact_json(&self, value: Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.redact(&text).text),
            Value::Array(items) => items.into_iter().map(|item| self.redact_json(item)).collect(),
            Value::Object(fields) => fields.into_iter().map(|(name, value)| self.field(name, value)).collect(),
            other => other,
        }
    }

    fn field(&self, name: String, value: Value) -> (String, Value) {
        let kind = names::secret(&name).filter(|_| self.mode != Mode::Off);
        let hidden = match (&value, kind) {
            (Value::String(text), Some(kind)) if !value::is_placeholder(text) => {
                Some(Value::String(format!("{MARKER}{}]", kind.name())))
            }
            _ => None,
        };
        let value = hidden.unwrap_or_else(|| self.redact_json(value));
        (name, value)
    }

    fn hide(&self, text: &str) -> Redacted {
        let mut current = text.to_owned();
        let mut found: Vec<Finding> = Vec::new();
        for _ in 0..ROUNDS {
            let spans = self.spans(&current);
            if spans.is_empty() {
                break;
            }
            let (next, new) = replace(&current, &spans, &found);
            found = merged(found, new);
            current = next;
        }
        Redacted { text: current, found }
    }

    fn spans(&self, text: &str) -> Vec<Span> {
        let mut spans = Vec::new();
        shape::find(text, &mut spans);
        url::find(text, &mut spans);
        assign::find(text, &mut spans);
        prose::find(text, &mut spans);
        shell::each_command(text, &mut |line| {
            flags::find(line, &mut spans);
            pipes::find(line, &mut spans);
        });
        for rule in self.rules.iter() {
            rule.find(text, &mut spans);
        }
        settle(text, spans)
    }
}

/// Whether something in `text` was hidden, so that it cannot be run.
#[must_use]
pub fn holds_marker(text: &str) -> bool {
    text.contains(MARKER)
}

/// A secret in a text, as a rule sees it.
#[derive(Debug, Clone)]
struct Span {
    start: usize,
    end: usize,
    rule: &'static str,
    kind: &'static str,
    /// Name of a rule of the user.
    user: Option<(Arc<str>, Arc<str>)>,
}

impl Span {
    const fn new(start: usize, end: usize, rule: &'static str, kind: &'static str) -> Self {
        Self { start, end, rule, kind, user: None }
    }
    fn rule(&self) -> String {
        self.user.as_ref().map_or_else(|| self.rule.to_owned(), |(name, _)| format!("user:{name}"))
    }
    fn kind(&self) -> &str {
        self.user.as_ref().map_or(self.kind, |(_, kind)| kind)
    }
    /// How much the kind of this rule says beside others about the same place.
    fn weight(&self) -> u8 {
        match (self.user.is_some(), self.rule) {
            (true, _) => 3,
            (_, "shape") => 2,
            (_, "prose") => 0,
            _ => 1,
        }
    }
}

/// Spans in order, joined where they overlap, without empty ones and without those that touch a marker.
fn settle(text: &str, mut spans: Vec<Span>) -> Vec<Span> {
    let markers: Vec<Range<usize>> = text
        .match_indices(MARKER)
        .map(|(at, _)| at..text.get(at..).and_then(|t| t.find(']')).map_or(text.len(), |end| at + end + 1))
        .collect();
    let is_clear = |s: &Span| {
        let from = markers.partition_point(|m| m.end <= s.start);
        markers.get(from).is_none_or(|m| m.start >= s.end)
    };
    spans.retain(|s| s.start < s.end && text.get(s.start..s.end).is_some() && is_clear(s));
    spans.sort_by_key(|s| (s.start, std::cmp::Reverse(s.end)));
    let mut settled: Vec<Span> = Vec::with_capacity(spans.len());
    for span in spans {
        match settled.last_mut() {
            Some(last) if span.start < last.end => {
                let end = last.end.max(span.end);
                if span.weight() > last.weight() {
                    *last = Span { start: last.start, ..span };
                }
                last.end = end;
            }
            _ => settled.push(span),
        }
    }
    settled
}

/// `text` with a marker for each span, and the findings in terms of the text before all rounds.
fn replace(text: &str, spans: &[Span], earlier: &[Finding]) -> (String, Vec<Finding>) {
    let mut out = String::with_capacity(text.len());
    let mut found = Vec::with_capacity(spans.len());
    let mut at = 0;
    for span in spans {
        out.push_str(text::slice(text, at, span.start));
        out.push_str(MARKER);
        out.push_str(span.kind());
        out.push(']');
        at = span.end;
        let original = original(span.start, earlier)..original(span.end, earlier);
        found.push(Finding { rule: span.rule(), kind: span.kind().to_owned(), span: original });
    }
    out.push_str(text::slice(text, at, text.len()));
    (out, found)
}

/// Where a place of the text after some rounds was before them. Markers are never inside a new span.
fn original(place: usize, earlier: &[Finding]) -> usize {
    let mut shift: isize = 0;
    for finding in earlier {
        let marker = MARKER.len() + finding.kind.len() + 1;
        let start = finding.span.start.cast_signed() + shift;
        if place.cast_signed() <= start {
            break;
        }
        shift += marker.cast_signed() - finding.span.len().cast_signed();
    }
    usize::try_from(place.cast_signed() - shift).unwrap_or(0)
}

fn merged(mut earlier: Vec<Finding>, new: Vec<Finding>) -> Vec<Finding> {
    earlier.extend(new);
    earlier.sort_by_key(|f| f.span.start);
    earlier
}
