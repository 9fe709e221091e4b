//! A judgement in words: the command with its risky part marked, then the level, the reasons and what to do instead.
//!
//! Used where a command is shown and by `check`. All text of the command and of findings is made safe for a terminal here.

use crate::terminal::sanitize;
use cmdai_core::assess::{Assessment, Coverage, Finding, RiskLevel};
use console::{Style, measure_text_width};
use std::ops::Range;

/// More reasons than this do not help; `check --explain` shows all.
const MOST_REASONS: usize = 4;

/// The command as it is shown: bold, its riskiest parts underlined.
#[must_use]
pub fn marked(assessment: &Assessment) -> String {
    let (plain, risky) = (Style::new().bold(), colour(assessment.risk()).bold().underlined());
    let mut out = String::new();
    let mut at = 0;
    for span in worst_spans(assessment) {
        out.push_str(&apply(&plain, assessment.command().get(at..span.start)));
        out.push_str(&apply(&risky, assessment.command().get(span.clone())));
        at = span.end;
    }
    out + &apply(&plain, assessment.command().get(at..))
}

/// A line of `^` to stand under the command where a terminal has no underline; `None` where there is nothing to mark or the
/// command does not fit on one line of `width` columns.
#[must_use]
pub fn carets(assessment: &Assessment, width: usize) -> Option<String> {
    let command = assessment.command();
    let shown = |range: Range<usize>| command.get(range).map_or(0, |text| measure_text_width(&sanitize(text)));
    if command.contains('\n') || shown(0..command.len()) > width {
        return None;
    }
    let mut line = String::new();
    for span in worst_spans(assessment) {
        line.push_str(&" ".repeat(shown(0..span.start).saturating_sub(line.len())));
        line.push_str(&"^".repeat(shown(span)));
    }
    (!line.is_empty()).then_some(line)
}

/// The level and the reasons, the worst first; one line each.
#[must_use]
pub fn reasons(assessment: &Assessment) -> Vec<String> {
    let level = assessment.risk();
    let style = colour(level).bold().for_stderr();
    let mut lines = Vec::new();
    let findings = ranked(assessment);
    let first = match findings.first() {
        Some(finding) => format!(": {}", because(finding)),
        None if assessment.coverage() == Coverage::Full => ": changes nothing that matters".to_owned(),
        None => String::new(),
    };
    lines.push(format!("{}{first}", style.apply_to(format!("risk {level}"))));
    for finding in findings.iter().skip(1).take(MOST_REASONS - 1) {
        lines.push(format!("  also {}: {}", finding.risk, because(finding)));
    }
    if findings.len() > MOST_REASONS {
        lines.push(format!("  and {} more reasons: `cmdai check --explain` shows all", findings.len() - MOST_REASONS));
    }
    if assessment.coverage() != Coverage::Full {
        lines.push("  not all of it could be understood, so read it before you run it".to_owned());
    }
    for (label, advice) in [
        ("safer", findings.iter().find_map(|finding| finding.safer.as_deref())),
        ("undo", findings.iter().find_map(|finding| finding.undo.as_deref())),
    ] {
        lines.extend(advice.map(|advice| format!("  {label}: {}", sanitize(advice))));
    }
    lines
}

/// Findings without repetition, the worst first and otherwise in the order of the text.
#[must_use]
pub fn ranked(assessment: &Assessment) -> Vec<&Finding> {
    let mut findings: Vec<&Finding> = Vec::new();
    for finding in assessment.findings() {
        match findings.iter_mut().find(|known| known.why == finding.why) {
            Some(known) if known.risk < finding.risk => *known = finding,
            Some(_) => {}
            None => findings.push(finding),
        }
    }
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.risk));
    findings
}

/// The reason, with its target where that is not in the sentence.
#[must_use]
pub fn because(finding: &Finding) -> String {
    match &finding.target {
        Some(target) if !finding.why.contains(target.as_str()) => {
            format!("{} ({})", sanitize(&finding.why), sanitize(target))
        }
        _ => sanitize(&finding.why),
    }
}

/// The colour of a level.
#[must_use]
pub const fn colour(level: RiskLevel) -> Style {
    match level {
        RiskLevel::Safe => Style::new().green(),
        RiskLevel::Moderate => Style::new().yellow(),
        RiskLevel::High | RiskLevel::Critical => Style::new().red(),
    }
}

fn apply(style: &Style, text: Option<&str>) -> String {
    text.filter(|text| !text.is_empty()).map_or_else(String::new, |text| style.apply_to(sanitize(text)).to_string())
}

/// Where the worst findings stand: in order, without overlaps. Nothing is marked in a safe command.
fn worst_spans(assessment: &Assessment) -> Vec<Range<usize>> {
    let worst = assessment.risk();
    let mut spans: Vec<Range<usize>> = Vec::new();
    if worst == RiskLevel::Safe {
        return spans;
    }
    let mut found: Vec<Range<usize>> =
        assessment.findings().iter().filter(|f| f.risk == worst).map(|f| f.span.clone()).collect();
    found.sort_by_key(|span| (span.start, span.end));
    for span in found {
        match spans.last_mut() {
            Some(last) if span.start <= last.end => last.end = last.end.max(span.end),
            _ => spans.push(span),
        }
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::*;
    use cmdai_core::assess::Assess as _;
    use cmdai_core::context::ExecutionContext;
    use cmdai_core::request::{Platform, SafetyLevel, ShellType};
    use proptest::prelude::*;

    fn judged(command: &str) -> Assessment {
        let context = ExecutionContext::new(
            "/home/ada/project".into(),
            ShellType::Bash,
            Platform::Linux,
            chrono::DateTime::UNIX_EPOCH,
        );
        cmdai_safety::Analyzer::new().assess(command, &context, SafetyLevel::Moderate)
    }

    #[test]
    fn the_risky_part_is_marked() {
        for (command, line) in [
            ("echo hi; rm -rf / ; ls", Some("                ^")),
            ("echo 🦀 hi; rm -rf /", Some("                   ^")),
            ("ls", None),
            ("rm -rf / \\\n --verbose", None),
        ] {
            assert_eq!(carets(&judged(command), 80).as_deref(), line, "{command}");
        }
        assert_eq!(carets(&judged("rm -rf /"), 7), None, "it does not fit");
    }

    #[test]
    fn the_worst_reason_comes_first_and_none_twice() {
        let lines = reasons(&judged("rm notes.txt; rm -rf /; rm -rf /")).join("\n");
        let plain = console::strip_ansi_codes(&lines);
        assert!(plain.starts_with("risk critical: "), "{plain}");
        assert_eq!(plain.matches("everything on this machine").count().max(1), 1, "{plain}");
        assert_eq!(
            console::strip_ansi_codes(&reasons(&judged("ls")).join("\n")),
            "risk safe: changes nothing that matters"
        );
    }

    proptest! {
        #[test]
        fn marking_changes_no_character(command in "[a-z /;🦀\"'$-]{0,40}|rm -rf [/~a-z;&| ]{0,20}") {
            let judged = judged(&command);
            let marked = marked(&judged);
            prop_assert_eq!(console::strip_ansi_codes(&marked), sanitize(&command));
            let _ = carets(&judged, 80);
        }
    }
}
