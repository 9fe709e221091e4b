//! Whether a program got as many operands as it works with.
//!
//! Counted only where every word is known: a glob may be many names, a variable none.

use crate::check::{Check, CheckKind, Outcome, Report};
use crate::program::Program;
use crate::walk::Walked;
use cmdai_safety::argv::Simple;

/// Options behind which a program takes one operand less: the first is given another way.
const INSTEAD: &[(&str, &[&str])] = &[
    ("grep", &["-e", "--regexp", "-f", "--file"]),
    ("sed", &["-e", "--expression", "-f", "--file"]),
    ("awk", &["-f", "--file", "-e", "--source"]),
    ("cp", &["-t", "--target-directory"]),
    ("mv", &["-t", "--target-directory"]),
    ("chmod", &["--reference"]),
    ("chown", &["--reference"]),
    ("chgrp", &["--reference"]),
    ("kill", &["-l", "-L", "--list", "--table"]),
    ("rm", &["-f", "--force"]),
    ("split", &[]),
    ("touch", &[]),
    ("diff", &["--from-file", "--to-file"]),
];

/// Checks the number of operands, and that a needed option is there.
pub(crate) fn check(program: &Program, simple: &Simple, walked: &Walked<'_>, report: &mut Report) {
    let Some(head) = simple.words.first() else { return };
    let name = &program.name;
    let given = |option: &str| {
        walked.given.iter().any(|g| g.name == option || g.opt.is_some_and(|o| o.names.iter().any(|n| n == option)))
    };
    let fail = |span: &std::ops::Range<usize>, complaint: String| {
        Check::new(CheckKind::Arity, Outcome::Fail, span, name.as_str(), complaint)
    };
    if given("--help") || given("--version") || walked.given.iter().any(|g| g.opt.is_none()) {
        return;
    }
    if let Some(stray) = walked.strays.first().and_then(|at| simple.words.get(*at)) {
        let complaint = format!(
            "`{}` stands behind an option of `{name}`; places to search come first, and a pattern needs `-name`",
            stray.text
        );
        return report.push(fail(&stray.span, complaint));
    }
    if !program.needs.is_empty()
        && !walked.uncertain
        && !simple.more
        && !program.needs.iter().any(|option| given(option))
    {
        let complaint = format!(
            "`{name}` needs one of {}",
            program.needs.iter().map(|n| format!("`{n}`")).take(5).collect::<Vec<_>>().join(", ")
        );
        return report.push(fail(&head.span, complaint));
    }
    if walked.uncertain {
        return;
    }
    let count = walked.operands.len();
    let other = INSTEAD
        .iter()
        .find(|(known, _)| known == name)
        .is_some_and(|(_, options)| options.iter().any(|option| given(option)));
    let min = program.min.saturating_sub(usize::from(other));
    if count < min && !simple.more {
        let (s, are) = (if min == 1 { "" } else { "s" }, if count <= 1 { "is" } else { "are" });
        let given = if count == 0 { "none".to_owned() } else { count.to_string() };
        let complaint = format!("`{name}` needs at least {min} operand{s}, and {given} {are} given");
        return report.push(fail(&head.span, complaint));
    }
    if let Some(max) = program.max
        && count > max
        && let Some(extra) = walked.operands.get(max).and_then(|at| simple.words.get(*at))
    {
        let complaint = format!(
            "`{name}` takes at most {max} operand{}, and `{}` is one more",
            if max == 1 { "" } else { "s" },
            extra.text
        );
        return report.push(fail(&extra.span, complaint));
    }
    if program.min > 0 || program.max.is_some() {
        report.pass(CheckKind::Arity, &head.span, name.as_str());
    }
}
