//! Tries a pattern on a command while both are typed: whether it matches, and what would be judged with it.
//!
//! The judgement is that of `cmdai check`, with everything else that is staged. Nothing of it is kept or saved.

use super::book::Book;
use super::form::Form;
use crate::commands::check::consequence;
use crate::settings;
use cmdai_config::{Key, Pattern, Row};
use cmdai_core::assess::{Assess, RiskLevel};

/// What the line is for.
pub(super) const HELP: &str =
    "A command to try the pattern on; it is not saved. `cmdai check COMMAND` judges with what is saved.";
/// No other pattern can be called so, for it has spaces.
const NAME: &str = "the pattern tried";

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The pattern is none.
    Wrong(String),
    /// Whether it matches, and the judgement.
    Judged(String),
}

/// Whether the rows of a key can be tried.
pub(super) fn can_be_tried(key: &Key, book: &Book) -> bool {
    key.setting().key == "safety.patterns" && book.context().is_some()
}

/// What came of the pattern in the form, which takes the place of the row `replaced`. Nothing as long as there is nothing to try.
pub(super) fn outcome(book: &Book, replaced: Option<&Row>, form: &Form) -> Option<Outcome> {
    let command = form.trial.as_ref()?.text().trim();
    let row = form.row();
    let column = |row: &Row, name: &str| row.get(name).cloned().unwrap_or_default();
    let pattern = column(&row, "pattern");
    if pattern.is_empty() {
        return None;
    }
    if let Err(why) = settings::check("safety.patterns", &pattern) {
        return Some(Outcome::Wrong(why));
    }
    let context = book.context().filter(|_| !command.is_empty())?;
    let mut judging = book.loaded().settings.clone();
    let is_replaced = |own: &Pattern| {
        replaced.is_some_and(|row| (&own.name, &own.pattern) == (&column(row, "name"), &column(row, "pattern")))
    };
    judging.safety.patterns.retain(|own| !is_replaced(own));
    let risk = RiskLevel::ALL.iter().copied().find(|risk| risk.name() == column(&row, "risk"));
    let risk = risk.unwrap_or(RiskLevel::Moderate);
    judging.safety.patterns.push(Pattern { name: NAME.to_owned(), pattern, risk, why: String::new() });
    let mut context = context.clone();
    context.shell = judging.interface.shell.unwrap_or(context.shell);
    let judged = settings::analyzer(&judging).assess(command, &context, judging.safety.level);
    let found = judged.findings().iter().find(|finding| finding.rule == format!("custom-{NAME}"));
    let hit = match found {
        None => "no match".to_owned(),
        // The reason of a match is empty here, unless the analyser has one of its own: the limit.
        Some(found) if !found.why.is_empty() => "too slow on this command, which counts as a match".to_owned(),
        Some(found) => format!("`{}` matches", command.get(found.span.clone()).unwrap_or_default()),
    };
    Some(Outcome::Judged(format!("{hit}: {}, {}", judged.risk(), consequence(&judged))))
}
