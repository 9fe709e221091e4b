//! A document that names a test names one that exists.
//!
//! Part of [`super`]. Specs quote tests as `tests::name` or `test:name`, module headers and documents say "held by `name`";
//! without this rule a renamed test leaves a promise behind that nothing keeps.

use super::code::{is_word, name};
use super::{Finding, Tree, code, is_kind, sources};
use std::collections::BTreeSet;

/// Quoted in two parts, so that the documents of this module are not found.
const HELD_BY: &str = concat!("held", " by ");

/// The rule.
pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let functions: BTreeSet<String> = sources(tree).flat_map(|(_, text)| functions(&code::only(text))).collect();
    let claims = tree.iter().flat_map(|(path, text)| claims(path, text).into_iter().map(move |claim| (path, claim)));
    claims
        .filter(|(_, (_, test))| !functions.contains(test))
        .map(|(path, (line, test))| Finding::new(path, line, format!("there is no test `{test}`")))
        .collect()
}

fn functions(code: &str) -> Vec<String> {
    code.match_indices("fn ")
        .filter(|(at, _)| !code.get(..*at).and_then(|text| text.chars().next_back()).is_some_and(is_word))
        .map(|(at, word)| name(code.get(at + word.len()..).unwrap_or_default()).to_owned())
        .collect()
}

/// The tests that a file claims to exist, each with its line.
fn claims(path: &str, text: &str) -> Vec<(usize, String)> {
    let is_document = is_kind(path, "md");
    if !is_document && !is_kind(path, "rs") {
        return Vec::new();
    }
    let prose = if is_document { text.to_owned() } else { header(text) };
    let mut claims = held_by(&prose);
    if is_document && path.starts_with("specs/") {
        claims.extend(quoted(&prose));
    }
    claims
}

/// The `//!` lines without their marks, other lines empty: line numbers stay, sentences run on.
fn header(text: &str) -> String {
    let lines = text.lines().map(|line| line.trim_start().strip_prefix("//!").unwrap_or_default());
    lines.collect::<Vec<_>>().join("\n")
}

/// The names in backticks after the words, which may stand on the next line: "held by `a`, `b` and `c`".
fn held_by(prose: &str) -> Vec<(usize, String)> {
    let spaced = prose.replace('\n', " ");
    let mut claims = Vec::new();
    for (at, _) in spaced.match_indices(HELD_BY) {
        let mut rest = spaced.get(at + HELD_BY.len()..).unwrap_or_default().trim_start();
        while let Some((quote, after)) = rest.strip_prefix('`').and_then(|rest| rest.split_once('`')) {
            claims.extend(test_name(quote).map(|name| (line_of(prose, at), name)));
            rest = after.trim_start_matches([',', ' ']);
            rest = rest.strip_prefix("and ").unwrap_or(rest).trim_start();
        }
    }
    claims
}

/// Every `tests::name`, `module::tests::name` and `test:name` in backticks.
fn quoted(prose: &str) -> Vec<(usize, String)> {
    let mut claims = Vec::new();
    for (number, line) in (1..).zip(prose.lines()) {
        for quote in line.split('`').skip(1).step_by(2) {
            let names_test = quote.starts_with("test:") && !quote.starts_with("test::");
            if names_test || quote.starts_with("tests::") || quote.contains("::tests::") {
                claims.extend(test_name(quote.strip_prefix("test:").unwrap_or(quote)).map(|name| (number, name)));
            }
        }
    }
    claims
}

/// The function at the end of a path; none for what is held by something else, such as a type or a file.
fn test_name(quote: &str) -> Option<String> {
    let name = quote.trim_end_matches("()").rsplit("::").next()?;
    let is_function = name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    is_function.then(|| name.to_owned())
}

fn line_of(text: &str, at: usize) -> usize {
    1 + text.bytes().take(at).filter(|byte| *byte == b'\n').count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::{shown, tree};

    fn check_file(path: &str, text: &str, expected: &[&str]) {
        let source = "//! Tests.\nfn here() {}\nasync fn there() {}\n// fn comment() {}\n";
        assert_eq!(shown(&check(&tree(&[("src/other.rs", source), (path, text)]))), expected, "{text}");
    }

    #[test]
    fn a_header_names_tests_that_exist() {
        check_file("src/a.rs", &format!("//! It ({HELD_BY}`here`)."), &[]);
        check_file(
            "src/a.rs",
            &format!("//! It ({}\n//! `gone`).", HELD_BY.trim_end()),
            &["src/a.rs:1: there is no test `gone`"],
        );
        check_file(
            "src/a.rs",
            &format!("//! A.\n//! It, {HELD_BY}`here`, `there` and `gone`."),
            &["src/a.rs:2: there is no test `gone`"],
        );
        check_file("src/a.rs", &format!("//! {HELD_BY}`comment`"), &["src/a.rs:1: there is no test `comment`"]);
        check_file("src/a.rs", &format!("// {HELD_BY}`gone`, but no header"), &[]);
    }

    #[test]
    fn other_holders_are_no_tests() {
        check_file("src/a.rs", &format!("//! {HELD_BY}`Approved` and `deny.toml`"), &[]);
    }

    #[test]
    fn a_spec_quotes_tests_that_exist() {
        check_file("specs/x/spec.md", "see `tests::here`, `test:there`, `store::tests::here`", &[]);
        check_file(
            "specs/x/spec.md",
            "one\n`tests::gone` `test:away`",
            &["specs/x/spec.md:2: there is no test `gone`", "specs/x/spec.md:2: there is no test `away`"],
        );
        check_file("specs/x/spec.md", "`cargo test` and `gone`", &[]);
        check_file("README.md", &format!("{HELD_BY}`gone`"), &["README.md:1: there is no test `gone`"]);
    }
}
