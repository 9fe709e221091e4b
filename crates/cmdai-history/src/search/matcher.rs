//! Whether a text of the history fits the text of a query, and how well.

use super::{SearchMode, fuzzy};
use crate::error::HistoryError;
use regex::{Regex, RegexBuilder};
use std::ops::Range;

/// Most words of a query that are compared; more say nothing.
const WORDS: usize = 32;
/// Characters of a text that a fuzzy search looks at.
const FUZZY_CHARS: usize = 2000;
/// Bytes a compiled regular expression may take.
const REGEX_SIZE: usize = 1 << 20;

/// A query text, ready to be compared.
#[derive(Debug, Clone)]
pub struct Matcher {
    pub(crate) words: Vec<String>,
    text: String,
    lower: String,
    kind: Kind,
}

#[derive(Debug, Clone)]
enum Kind {
    Substring,
    Prefix,
    Exact,
    Regex(Box<Regex>),
    Fuzzy(Vec<char>),
}

impl Matcher {
    /// Prepares `text`. Regular expressions are linear in what they are matched with, so no pattern can stall a search.
    ///
    /// # Errors
    /// [`HistoryError::Pattern`] for a regular expression that is none or would be too large.
    pub fn new(text: &str, mode: SearchMode) -> Result<Self, HistoryError> {
        let lower = text.trim().to_lowercase();
        let kind =
            match mode {
                SearchMode::Substring => Kind::Substring,
                SearchMode::Prefix => Kind::Prefix,
                SearchMode::Exact => Kind::Exact,
                SearchMode::Fuzzy => Kind::Fuzzy(lower.chars().filter(|c| !c.is_whitespace()).collect()),
                SearchMode::Regex => {
                    let regex = RegexBuilder::new(text).size_limit(REGEX_SIZE).dfa_size_limit(REGEX_SIZE).build();
                    Kind::Regex(Box::new(regex.map_err(|error| HistoryError::Pattern {
                        pattern: text.to_owned(),
                        reason: error.to_string(),
                    })?))
                }
            };
        let words = lower.split_whitespace().take(WORDS).map(str::to_owned).collect();
        Ok(Self { words, text: text.trim().to_owned(), lower, kind })
    }

    /// How well an entry fits, 0 to 1; nothing where it does not. A match in the command counts more than one in the request.
    #[must_use]
    pub fn score(&self, command: &str, request: &str) -> Option<f64> {
        if matches!(self.kind, Kind::Substring) {
            return self.words_in(command, request);
        }
        let in_command = self.one(command);
        let in_request = self.one(request).map(|score| score * 0.8);
        match (in_command, in_request) {
            (Some(a), Some(b)) => Some(a.max(b)),
            (a, b) => a.or(b),
        }
    }

    fn words_in(&self, command: &str, request: &str) -> Option<f64> {
        let (command, request) = (command.to_lowercase(), request.to_lowercase());
        let mut sum = 0.0;
        for word in &self.words {
            sum += match (place(&command, word), place(&request, word)) {
                (Some(a), Some(b)) => a.max(b * 0.8),
                (Some(a), None) => a,
                (None, Some(b)) => b * 0.8,
                (None, None) => return None,
            };
        }
        #[allow(clippy::cast_precision_loss, reason = "at most WORDS")]
        let mean = sum / self.words.len().max(1) as f64;
        let whole = if self.words.len() > 1 && command.contains(&self.lower) { 0.1 } else { 0.0 };
        Some((mean + whole).min(1.0))
    }

    fn one(&self, text: &str) -> Option<f64> {
        match &self.kind {
            Kind::Substring => self.words_in(text, ""),
            Kind::Prefix => text.to_lowercase().starts_with(&self.lower).then_some(1.0),
            Kind::Exact => (text.trim() == self.text).then_some(1.0),
            Kind::Regex(regex) => regex.find(text).map(|found| if found.start() == 0 { 1.0 } else { 0.8 }),
            Kind::Fuzzy(pattern) => {
                let chars: Vec<char> = if text.is_ascii() {
                    text.bytes().take(FUZZY_CHARS).map(|b| char::from(b.to_ascii_lowercase())).collect()
                } else {
                    text.chars().take(FUZZY_CHARS).flat_map(char::to_lowercase).collect()
                };
                fuzzy::find(pattern, &chars).map(|(score, _)| score)
            }
        }
    }

    /// Byte ranges of `text` that made it fit, for a screen to mark. Only where lower case has the same length.
    #[must_use]
    pub fn spans(&self, text: &str) -> Vec<Range<usize>> {
        if let Kind::Regex(regex) = &self.kind {
            return regex.find_iter(text).map(|found| found.range()).filter(|r| !r.is_empty()).collect();
        }
        let lower = text.to_lowercase();
        if lower.len() != text.len() {
            return Vec::new();
        }
        let mut spans: Vec<Range<usize>> = match &self.kind {
            Kind::Prefix | Kind::Exact => {
                lower.find(&self.lower).map(|at| at..at + self.lower.len()).into_iter().collect()
            }
            Kind::Fuzzy(pattern) => {
                let mut wanted = pattern.iter().peekable();
                let at = |(at, c): (usize, char)| {
                    (wanted.peek() == Some(&&c)).then(|| {
                        wanted.next();
                        at..at + c.len_utf8()
                    })
                };
                lower.char_indices().filter_map(at).collect()
            }
            _ => self
                .words
                .iter()
                .flat_map(|w| lower.match_indices(w.as_str()).map(|(at, w)| at..at + w.len()))
                .collect(),
        };
        spans.retain(|s| text.is_char_boundary(s.start) && text.is_char_boundary(s.end));
        spans.sort_by_key(|s| (s.start, s.end));
        spans
    }

    pub(crate) const fn is_scan(&self) -> bool {
        matches!(self.kind, Kind::Regex(_) | Kind::Fuzzy(_))
    }

    pub(crate) const fn is_words(&self) -> bool {
        matches!(self.kind, Kind::Substring)
    }

    /// The text where only the whole of it will do.
    pub(crate) fn exact(&self) -> Option<&str> {
        matches!(self.kind, Kind::Exact).then_some(self.text.as_str())
    }
}

/// How good a place a word has in a text: at the beginning, at the beginning of a word, or anywhere.
fn place(text: &str, word: &str) -> Option<f64> {
    let at = text.find(word)?;
    let before = text.get(..at).and_then(|t| t.chars().next_back());
    Some(match before {
        None => 1.0,
        Some(c) if !c.is_alphanumeric() => 0.9,
        Some(_) if text.match_indices(word).any(|(at, _)| starts_word(text, at)) => 0.9,
        Some(_) => 0.7,
    })
}

fn starts_word(text: &str, at: usize) -> bool {
    text.get(..at).and_then(|t| t.chars().next_back()).is_none_or(|c| !c.is_alphanumeric())
}
