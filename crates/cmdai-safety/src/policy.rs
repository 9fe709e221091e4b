//! What the user adds: patterns of their own, and entries that allow or deny commands by their arguments.
//!
//! An allow entry speaks about one command's words; it lowers High and Moderate findings that stand on that command and are not
//! about what flows between commands, and never touches a Critical one (held by `allow_never_hides_a_critical`). Patterns run on
//! the text with a backtrack limit: a pattern that exceeds it counts as a match.

use crate::run::Machine;
use crate::value::{Arg, matches};
use cmdai_core::assess::{Finding, RiskLevel};
use fancy_regex::{Regex, RegexBuilder};
use serde::{Deserialize, Serialize};

const BACKTRACKS: usize = 100_000;

/// Why a policy cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// The pattern is no regular expression.
    #[error("the pattern `{pattern}` ({name}) is not valid: {reason}")]
    Pattern {
        /// Name of the entry.
        name: String,
        /// As given.
        pattern: String,
        /// What the regex engine says.
        reason: String,
    },
    /// The entry names no command.
    #[error("the entry `{entry}` names no command")]
    NoCommand {
        /// As given.
        entry: String,
    },
}

/// A pattern of the user: a command whose text it matches has at least this risk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomPattern {
    /// Becomes the rule id `custom-NAME`.
    pub name: String,
    /// A regular expression, look-around allowed.
    pub pattern: String,
    /// At least Moderate; lower values count as Moderate.
    pub risk: RiskLevel,
    /// One sentence for people.
    pub why: String,
}

/// What a user adds to the analyser, as it stands in a settings file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PolicyConfig {
    /// Patterns on the text.
    pub patterns: Vec<CustomPattern>,
    /// Commands that are fine, as words with `*` for one word and a last `**` for any: `terraform apply **`.
    pub allow: Vec<String>,
    /// Commands that are never fine: at least High.
    pub deny: Vec<String>,
}

/// A checked [`PolicyConfig`].
#[derive(Debug, Clone, Default)]
pub struct Policy {
    patterns: Vec<(CustomPattern, Regex)>,
    allow: Vec<Vec<String>>,
    deny: Vec<Vec<String>>,
}

impl Policy {
    /// Checks what the user wrote.
    ///
    /// # Errors
    /// [`PolicyError`] for the first entry that cannot be used.
    pub fn new(config: PolicyConfig) -> Result<Self, PolicyError> {
        let mut patterns = Vec::with_capacity(config.patterns.len());
        for custom in config.patterns {
            let regex = RegexBuilder::new(&custom.pattern).backtrack_limit(BACKTRACKS).build().map_err(|error| {
                PolicyError::Pattern {
                    name: custom.name.clone(),
                    pattern: custom.pattern.clone(),
                    reason: error.to_string(),
                }
            })?;
            patterns.push((custom, regex));
        }
        let words = |entries: Vec<String>| -> Result<Vec<Vec<String>>, PolicyError> {
            entries
                .into_iter()
                .map(|entry| {
                    let words: Vec<String> =
                        entry.split_whitespace().map(|w| w.replace('*', &crate::value::STAR.to_string())).collect();
                    match words.first() {
                        Some(first) if !first.contains(crate::value::STAR) => Ok(words),
                        _ => Err(PolicyError::NoCommand { entry }),
                    }
                })
                .collect()
        };
        Ok(Self { patterns, allow: words(config.allow)?, deny: words(config.deny)? })
    }

    /// Findings of the user's patterns on the whole text.
    pub(crate) fn on_text(&self, text: &str) -> Vec<Finding> {
        let hit = |custom: &CustomPattern, span: std::ops::Range<usize>, why: String| Finding {
            rule: format!("custom-{}", custom.name),
            category: "custom".to_owned(),
            risk: custom.risk.max(RiskLevel::Moderate),
            span,
            effect: "custom".to_owned(),
            target: None,
            why,
            safer: None,
            undo: None,
        };
        self.patterns
            .iter()
            .filter_map(|(custom, regex)| match regex.find(text) {
                Ok(found) => found.map(|f| hit(custom, f.range(), custom.why.clone())),
                Err(_) => Some(hit(
                    custom,
                    0..text.len(),
                    format!("{} (the pattern was too slow on this text, which counts as a match)", custom.why),
                )),
            })
            .collect()
    }
}

fn fits(entry: &[String], name: &str, argv: &[Arg]) -> bool {
    let any = format!("{0}{0}", crate::value::STAR);
    let mut words = entry.iter();
    if words.next().is_none_or(|first| first != name) {
        return false;
    }
    let mut args = argv.iter().skip(1);
    loop {
        match (words.next(), args.next()) {
            (None, None) => return true,
            (Some(word), _) if *word == any => return true,
            (Some(word), Some(arg)) if arg.exact().is_some_and(|text| matches(word, text)) => {}
            _ => return false,
        }
    }
}

impl Machine<'_> {
    /// Denied commands are findings; allowed ones are remembered by their place.
    pub(crate) fn check_policy(&mut self, name: &str, argv: &[Arg]) {
        let policy = self.policy;
        let span = |argv: &[Arg]| argv.first().map_or(0, |a| a.span.start)..argv.last().map_or(0, |a| a.span.end);
        if policy.deny.iter().any(|entry| fits(entry, name, argv)) {
            self.finding(
                "denied",
                "custom",
                RiskLevel::High,
                &span(argv),
                "execute",
                name,
                "is on your list of denied commands",
            );
        }
        if self.reentry <= 1 && policy.allow.iter().any(|entry| fits(entry, name, argv)) {
            let range = span(argv);
            self.facts.push(crate::session::Fact::Allowed { start: range.start, end: range.end });
        }
    }
}

/// Takes out what the user allowed; nothing of it when a Critical finding stands in the same command.
pub(crate) fn settle(findings: &mut Vec<Finding>, facts: &[crate::session::Fact]) {
    for fact in facts {
        let crate::session::Fact::Allowed { start, end } = fact else { continue };
        let inside = |f: &Finding| f.span.start >= *start && f.span.end <= *end && f.category != "custom";
        if findings.iter().any(|f| inside(f) && f.risk == RiskLevel::Critical) {
            continue;
        }
        findings.retain(|f| !inside(f));
    }
}
