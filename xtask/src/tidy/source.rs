//! Rules for one source file at a time: a header, a length, and words that must not stay.
//!
//! Part of [`super`]. `xtask/tidy-exceptions.txt` holds the files that are longer than the budget, each with its length now:
//! a file may only get shorter, so the list only shrinks.

use super::{Finding, Tree, code, is_test_path, sources};
use std::collections::BTreeMap;

const BUDGET: usize = 400;
const EXCEPTIONS: &str = "xtask/tidy-exceptions.txt";

/// Words that must not be in code, with what is wrong; split so that this table does not find itself.
const FORBIDDEN: [(&str, &str); 4] = [
    (concat!("#[", "ignore"), "a test that is not run holds nothing: make it fast, or delete it"),
    (concat!("todo", "!("), "unfinished"),
    (concat!("unimplemented", "!("), "unfinished"),
    (concat!("dbg", "!("), "left over from debugging"),
];

const SLEEP: &str = concat!("thread::", "sleep(");

/// All rules of this module.
pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings: Vec<Finding> = sources(tree).filter_map(|(path, text)| header(path, text)).collect();
    findings.extend(sources(tree).flat_map(|(path, text)| words(path, text)));
    findings.extend(budget(tree));
    findings
}

/// The first line says what the module is for.
fn header(path: &str, text: &str) -> Option<Finding> {
    let first = text.trim_start();
    let found = first.starts_with("//!") || first.starts_with("#![doc");
    (!found).then(|| Finding::new(path, 1, "no module header: start with `//!`, one sentence, then place and reason"))
}

fn words(path: &str, text: &str) -> Vec<Finding> {
    let code = code::only(text);
    let mut findings = Vec::new();
    let mut in_tests = is_test_path(path);
    for (line, text) in (1..).zip(code.lines()) {
        // By convention the test module is the last of a file.
        in_tests |= text.contains("#[cfg(test)]");
        for (word, why) in FORBIDDEN {
            if text.contains(word) {
                findings.push(Finding::new(path, line, format!("{}: {why}", word.trim_end_matches('('))));
            }
        }
        if in_tests && text.contains(SLEEP) {
            findings.push(Finding::new(
                path,
                line,
                "a test that sleeps is slow or fails by chance: wait for the event",
            ));
        }
    }
    findings
}

fn budget(tree: &Tree) -> Vec<Finding> {
    let list = tree.get(EXCEPTIONS).map(String::as_str).unwrap_or_default();
    let mut findings = Vec::new();
    let mut allowed = BTreeMap::new();
    for (line, text) in (1..).zip(list.lines()).filter(|(_, text)| !text.trim().is_empty() && !text.starts_with('#')) {
        match text.split_once(' ').and_then(|(path, count)| Some((path, count.trim().parse::<usize>().ok()?))) {
            Some((path, count)) => drop(allowed.insert(path, (line, count))),
            None => findings.push(Finding::new(EXCEPTIONS, line, "not `PATH LINES`")),
        }
    }
    for (path, text) in sources(tree) {
        let lines = text.lines().count();
        match allowed.remove(path.as_str()) {
            None if lines > BUDGET => {
                findings.push(Finding::new(path, lines, format!("{lines} lines, the limit is {BUDGET}: split it")));
            }
            Some((_, count)) if lines > count && lines > BUDGET => {
                findings.push(Finding::new(
                    path,
                    lines,
                    format!("{lines} lines, it had {count}: it may only get shorter"),
                ));
            }
            Some((line, _)) if lines <= BUDGET => {
                findings.push(Finding::new(EXCEPTIONS, line, format!("{path} is within the limit: remove the entry")));
            }
            Some((line, count)) if lines < count => {
                findings.push(Finding::new(EXCEPTIONS, line, format!("{path} has {lines} lines now: write that")));
            }
            _ => {}
        }
    }
    findings.extend(
        allowed.iter().map(|(path, (line, _))| Finding::new(EXCEPTIONS, *line, format!("{path} does not exist"))),
    );
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::{shown, tree};

    fn check_words(path: &str, text: &str, expected: &[&str]) {
        assert_eq!(shown(&words(path, text)), expected, "{text}");
    }

    #[test]
    fn a_file_says_what_it_is_for() {
        assert_eq!(header("a.rs", "//! Why.\n"), None);
        assert_eq!(header("lib.rs", "#![doc = include_str!(\"../README.md\")]\n"), None);
        assert!(header("a.rs", "use std::fs;\n//! late").is_some());
        assert!(header("a.rs", "").is_some());
    }

    #[test]
    fn leftovers_are_found_in_code_only() {
        let (ignored, left) = (FORBIDDEN[0].0, FORBIDDEN[3].0);
        check_words("a.rs", &format!("// {left}x)\nlet a = \"{left}\";"), &[]);
        check_words("a.rs", &format!("{left}x);"), &["a.rs:1: dbg!: left over from debugging"]);
        check_words(
            "a.rs",
            &format!("\n{ignored} = \"slow\"]"),
            &["a.rs:2: #[ignore: a test that is not run holds nothing: make it fast, or delete it"],
        );
    }

    #[test]
    fn only_tests_must_not_sleep() {
        let finding = "a test that sleeps is slow or fails by chance: wait for the event";
        check_words("src/a.rs", &format!("{SLEEP}x);"), &[]);
        check_words("tests/a.rs", &format!("{SLEEP}x);"), &[&format!("tests/a.rs:1: {finding}")]);
        check_words("src/a.rs", &format!("#[cfg(test)]\n{SLEEP}x);"), &[&format!("src/a.rs:2: {finding}")]);
    }

    fn check_budget(lines: usize, exceptions: &str, expected: &[&str]) {
        let text = "x\n".repeat(lines);
        assert_eq!(shown(&budget(&tree(&[("a.rs", &text), (EXCEPTIONS, exceptions)]))), expected);
    }

    #[test]
    fn the_list_of_long_files_only_shrinks() {
        check_budget(400, "", &[]);
        check_budget(401, "", &["a.rs:401: 401 lines, the limit is 400: split it"]);
        check_budget(450, "# why\na.rs 450\n", &[]);
        check_budget(451, "a.rs 450\n", &["a.rs:451: 451 lines, it had 450: it may only get shorter"]);
        check_budget(449, "a.rs 450\n", &["xtask/tidy-exceptions.txt:1: a.rs has 449 lines now: write that"]);
        check_budget(400, "a.rs 450\n", &["xtask/tidy-exceptions.txt:1: a.rs is within the limit: remove the entry"]);
        check_budget(1, "b.rs 450\n", &["xtask/tidy-exceptions.txt:1: b.rs does not exist"]);
        check_budget(1, "a.rs\n", &["xtask/tidy-exceptions.txt:1: not `PATH LINES`"]);
    }
}
