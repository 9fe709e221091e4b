//! Loops whose condition nothing changes: once true it stays true.
//!
//! Part of the walk in [`run`](crate::run), beside [`loops`](crate::loops). Where it is not sure that nothing changes the condition, the
//! loop is taken to end.

use crate::ir::{Node, Part, Stmt, Word};
use crate::loops::literal;

/// Whether the condition compares variables that nothing in the body changes, and nothing leaves it: once true it stays so.
pub(crate) fn is_stuck(condition: &[Stmt], body: &[Stmt]) -> bool {
    const COMPARES: &[&str] = &["-lt", "-le", "-gt", "-ge", "-eq", "-ne", "=", "==", "!="];
    let [Stmt { node: Node::Simple { words, .. }, .. }] = condition else { return false };
    let tests = words.first().is_some_and(|w| matches!(literal(w), "[" | "test"));
    if !tests || !words.iter().any(|w| COMPARES.contains(&literal(w))) {
        return false;
    }
    let parts = || words.iter().flat_map(|w| &w.parts);
    let names: Vec<String> = parts().flat_map(crate::variables::variables).collect();
    let plain = parts().all(|p| match p {
        Part::Double(inner) => inner.iter().all(|p| matches!(p, Part::Bare(_) | Part::Quoted(_) | Part::Var { .. })),
        part => matches!(part, Part::Bare(_) | Part::Quoted(_) | Part::Var { .. }),
    });
    let own = |name: &String| {
        name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && name != "RANDOM" && name != "SECONDS"
    };
    plain && !names.is_empty() && names.iter().all(own) && !body.iter().any(|stmt| may_set(stmt, &names))
}

/// Whether a statement may change one of the variables, or end the loop.
fn may_set(stmt: &Stmt, names: &[String]) -> bool {
    const SETS: &[&str] = &[
        "read",
        "let",
        "declare",
        "local",
        "export",
        "readonly",
        "typeset",
        "unset",
        "mapfile",
        "readarray",
        "printf",
        "getopts",
        "eval",
        "source",
        ".",
        "break",
        "exit",
        "return",
        "exec",
        "trap",
        "set",
        "shift",
        "kill",
    ];
    let any = |body: &[Stmt]| body.iter().any(|stmt| may_set(stmt, names));
    match &stmt.node {
        Node::Simple { assigns, words } => {
            let calls = |w: &Word| SETS.contains(&literal(w)) || !crate::rules::is_listed(literal(w));
            assigns.iter().any(|a| names.contains(&a.name))
                || words.first().is_some_and(calls)
                || words.iter().flat_map(|w| &w.parts).any(|p| matches!(p, Part::Arith(_)))
        }
        Node::Pipe(inner) | Node::Group(inner) | Node::Subshell(inner) => any(inner),
        Node::AndOr(left, right) => may_set(left, names) || may_set(right, names),
        Node::Branches { blocks, .. } => blocks.iter().any(|block| any(block)),
        Node::For { var, body, .. } => var.as_ref().is_some_and(|v| names.contains(v)) || any(body),
        Node::Loop { condition, body, .. } => any(condition) || any(body),
        Node::Function { .. } | Node::Test(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cmdai_core::request::ShellType;

    #[test]
    fn a_loop_ends_where_something_may_change_its_condition() {
        for (line, expected) in [
            ("while [ $n -lt 3 ]; do ls; done", true),
            ("while [ \"$n\" != x ]; do (ls | wc); done", true),
            ("while [ $n -lt 3 ]; do n=$((n+1)); done", false),
            ("while [ $n -lt 3 ]; do let n++; done", false),
            ("while [ $n -lt 3 ]; do ((n++)); done", false),
            ("while [ $n -lt 3 ]; do read n; done", false),
            ("while [ $n -lt 3 ]; do ls && break; done", false),
            ("while [ $n -lt 3 ]; do if true; then ./step.sh; fi; done", false),
            ("while [ $RANDOM -lt 3 ]; do ls; done", false),
            ("while [ $(date +%s) -lt 3 ]; do ls; done", false),
            ("while [ ! -f x ]; do ls; done", false),
            ("while [ 1 -lt 3 ]; do ls; done", false),
        ] {
            let script = crate::parse::parse(line, ShellType::Bash);
            let Some(Stmt { node: Node::Loop { condition, body, .. }, .. }) = script.body.first() else {
                panic!("{line}")
            };
            assert_eq!(is_stuck(condition, body), expected, "{line}");
        }
    }
}
