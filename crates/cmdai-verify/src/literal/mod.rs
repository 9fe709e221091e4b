//! What the request names must stand in the command: names, paths, sizes, numbers, dates, modes.
//!
//! A literal that is missing is a warning and never more, because a good command can do without it; and where a form is in
//! doubt it counts as found: precision before recall. [`request`] finds the literals, [`command`] the forms they may take.

mod command;
mod request;
mod units;

use crate::check::{Check, CheckKind, Outcome, Report};
use crate::verify::Query;
use cmdai_safety::argv::Parsed;

/// Checks `command` for every literal of the request.
pub(crate) fn check(command: &str, parsed: &Parsed, query: &Query<'_>, report: &mut Report) {
    let literals = request::literals(query.request);
    if literals.is_empty() {
        return;
    }
    let said = command::Said::new(command, parsed);
    let all = 0..command.len();
    let numbers: Vec<u64> = literals.iter().flat_map(request::Literal::numbers).collect();
    for literal in &literals {
        if said.has(literal, &numbers) {
            report.pass(CheckKind::Literal, &all, literal.text.as_str());
        } else {
            let complaint = format!("the request says `{}`, and the command does not", literal.text);
            report.push(Check::new(CheckKind::Literal, Outcome::Warn, &all, literal.text.as_str(), complaint));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cmdai_core::request::{Platform, ShellType};

    fn missing(request: &str, command: &str) -> Vec<String> {
        let query = Query::new(request, ShellType::Bash, Platform::Linux);
        let parsed = cmdai_safety::argv::read(command, ShellType::Bash);
        let mut report = Report::default();
        check(command, &parsed, &query, &mut report);
        report.complaints().into_iter().map(|check| check.subject.clone()).collect()
    }

    #[test]
    fn every_row_of_the_data_holds() {
        let rows = include_str!("../../../../tests/data/verify/literals.tsv");
        for row in rows.lines().filter(|row| !row.starts_with('#') && !row.is_empty()) {
            let mut cells = row.split('\t');
            let mut next = || cells.next().unwrap_or_default();
            let (request, command, expected) = (next(), next(), next());
            assert_eq!(missing(request, command).join(", "), expected, "{request} -> {command}");
        }
    }
}
