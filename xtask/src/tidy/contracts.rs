//! Every trait of the core has its laws as code, a page that explains them, and tests that call them.
//!
//! Part of [`super`]. The trait `Generate` has `contract/generate.rs`, a page `NN-generate.md`, and each public function of
//! that module is called from a test, directly or through another of them (`generate::all`). A law that nobody calls is prose.

use super::code::{self, is_word, name};
use super::{Finding, Tree, sources};
use std::collections::BTreeSet;

const CORE: &str = "crates/cmdai-core/src/";
const CONTRACT: &str = "crates/cmdai-core/src/contract/";
const PAGES: &str = "specs/005-production-backends/contracts/";

/// The rule.
pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let core = sources(tree).filter(|(path, _)| path.starts_with(CORE) && !path.starts_with(CONTRACT));
    core.flat_map(|(path, text)| traits(text).into_iter().flat_map(move |(line, name)| one(tree, path, line, &name)))
        .collect()
}

/// What one trait lacks.
fn one(tree: &Tree, path: &str, line: usize, trait_name: &str) -> Vec<Finding> {
    let snake = snake_case(trait_name);
    let mut findings = Vec::new();
    if !tree.keys().any(|page| page.starts_with(PAGES) && page.ends_with(&format!("-{snake}.md"))) {
        findings.push(Finding::new(path, line, format!("trait {trait_name} has no page {PAGES}NN-{snake}.md")));
    }
    let module = format!("{CONTRACT}{snake}.rs");
    match tree.get(&module) {
        None => findings.push(Finding::new(path, line, format!("trait {trait_name} has no laws in {module}"))),
        Some(text) => findings.extend(
            uncalled(tree, &snake, text)
                .into_iter()
                .map(|(line, law)| Finding::new(&module, line, format!("no test calls the law `{snake}::{law}`"))),
        ),
    }
    findings
}

fn traits(text: &str) -> Vec<(usize, String)> {
    let code = code::only(text);
    let found = |(line, text): (usize, &str)| {
        let name = name(text.trim_start().strip_prefix("pub trait ")?);
        Some((line, name.to_owned()))
    };
    (1..).zip(code.lines()).filter_map(found).collect()
}

/// The public functions of a contract module that no test reaches.
fn uncalled(tree: &Tree, module: &str, text: &str) -> Vec<(usize, String)> {
    let functions = functions(text);
    let tests: Vec<String> =
        sources(tree).filter(|(path, _)| !path.starts_with(CONTRACT)).map(|(_, text)| code::only(text)).collect();
    let mut reached: BTreeSet<&str> = functions
        .iter()
        .map(|function| function.name)
        .filter(|name| tests.iter().any(|test| calls(test, &format!("{module}::{name}"))))
        .collect();
    loop {
        let more: Vec<&str> = functions
            .iter()
            .filter(|function| reached.contains(function.name))
            .flat_map(|caller| functions.iter().filter(|callee| calls(&caller.body, callee.name)))
            .map(|function| function.name)
            .filter(|name| !reached.contains(name))
            .collect();
        if more.is_empty() {
            break;
        }
        reached.extend(more);
    }
    let missed = functions.iter().filter(|function| function.public && !reached.contains(function.name));
    missed.map(|function| (function.line, function.name.to_owned())).collect()
}

struct Function<'a> {
    name: &'a str,
    line: usize,
    public: bool,
    body: String,
}

/// The top-level functions; each body runs to the next function, which is enough to see what it calls.
fn functions(text: &str) -> Vec<Function<'_>> {
    let code = code::only(text);
    let mut functions: Vec<Function<'_>> = Vec::new();
    for ((line, raw), code) in (1..).zip(text.lines()).zip(code.lines()) {
        let public = raw.strip_prefix("pub ");
        let plain = public.unwrap_or(raw);
        if let Some(rest) = plain.strip_prefix("async ").unwrap_or(plain).strip_prefix("fn ") {
            functions.push(Function { name: name(rest), line, public: public.is_some(), body: String::new() });
        } else if let Some(last) = functions.last_mut() {
            last.body.push_str(code);
            last.body.push('\n');
        }
    }
    functions
}

/// Whether `code` calls the function: its name as a whole, then an opening parenthesis.
fn calls(code: &str, function: &str) -> bool {
    code.match_indices(function).any(|(at, _)| {
        let before = code.get(..at).and_then(|text| text.chars().next_back());
        let after = code.get(at + function.len()..).unwrap_or_default();
        !before.is_some_and(is_word) && after.starts_with('(')
    })
}

fn snake_case(camel: &str) -> String {
    let mut snake = String::new();
    for c in camel.chars() {
        if c.is_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.extend(c.to_lowercase());
    }
    snake
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::{shown, tree};

    const TRAIT: (&str, &str) =
        ("crates/cmdai-core/src/ask.rs", "//! Asks.\n/// A pub trait in a sentence.\npub trait AskTwice: Send {}\n");
    const LAWS: (&str, &str) = (
        "crates/cmdai-core/src/contract/ask_twice.rs",
        "pub fn all() {\n    inner();\n}\npub async fn inner() {}\npub fn alone() {}\n",
    );
    const PAGE: (&str, &str) = ("specs/005-production-backends/contracts/01-ask_twice.md", "");

    #[test]
    fn a_trait_needs_laws_and_a_page() {
        assert_eq!(
            shown(&check(&tree(&[TRAIT]))),
            [
                "crates/cmdai-core/src/ask.rs:3: trait AskTwice has no page specs/005-production-backends/contracts/NN-ask_twice.md",
                "crates/cmdai-core/src/ask.rs:3: trait AskTwice has no laws in crates/cmdai-core/src/contract/ask_twice.rs",
            ]
        );
    }

    fn check_laws(test: &str, expected: &[&str]) {
        let findings = check(&tree(&[TRAIT, LAWS, PAGE, ("tests/contract/core.rs", test)]));
        let laws: Vec<String> = findings.into_iter().map(|finding| finding.what).collect();
        assert_eq!(laws, expected, "{test}");
    }

    #[test]
    fn a_law_is_called_from_a_test_or_from_a_law_that_is() {
        check_laws("ask_twice::all(); ask_twice::alone();", &[]);
        check_laws("ask_twice::all();", &["no test calls the law `ask_twice::alone`"]);
        check_laws("ask_twice::inner(); contract::ask_twice::alone()", &["no test calls the law `ask_twice::all`"]);
        check_laws(
            "// ask_twice::all()\nask_twice::alone_too()",
            &[
                "no test calls the law `ask_twice::all`",
                "no test calls the law `ask_twice::inner`",
                "no test calls the law `ask_twice::alone`",
            ],
        );
    }
}
