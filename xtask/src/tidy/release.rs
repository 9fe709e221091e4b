//! What a release needs stands in the manifests all the time, and the change log knows the version.
//!
//! Part of [`super`]. A crate without a description, a readme or the texts of its licence is refused by the registry, or worse,
//! taken; both are found out too late.

use super::{Finding, Tree};
use toml::{Table, Value};

/// What is said in each crate, and what all inherit.
const OWN: [&str; 4] = ["description", "readme", "keywords", "categories"];
const INHERITED: [&str; 6] = ["version", "edition", "rust-version", "license", "repository", "authors"];
/// Limits of the registry.
const MOST_KEYWORDS: usize = 5;

/// The rule.
pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree {
        let is_crate = path.starts_with("crates/") && path.ends_with("/Cargo.toml");
        let Some(package) = text.parse::<Table>().ok().filter(|_| is_crate).and_then(|t| t.get("package").cloned())
        else {
            continue;
        };
        let missing = OWN.iter().filter(|key| is_empty(package.get(**key)));
        findings.extend(missing.map(|key| Finding::new(path, 1, format!("a package to hand out needs `{key}`"))));
        let own = INHERITED.iter().filter(|key| !inherits(package.get(**key)));
        findings.extend(own.map(|key| Finding::new(path, 1, format!("`{key}` is inherited: {key}.workspace = true"))));
        if package.get("keywords").and_then(Value::as_array).is_some_and(|words| words.len() > MOST_KEYWORDS) {
            findings.push(Finding::new(path, 1, format!("the registry takes {MOST_KEYWORDS} keywords at most")));
        }
    }
    findings.extend(change_log(tree));
    findings
}

/// The newest version in the change log is the one of the workspace, or all of it is yet unreleased.
fn change_log(tree: &Tree) -> Option<Finding> {
    const LOG: &str = "CHANGELOG.md";
    let root: Table = tree.get("Cargo.toml")?.parse().ok()?;
    let version = root.get("workspace")?.get("package")?.get("version")?.as_str()?;
    let Some(log) = tree.get(LOG) else { return Some(Finding::new(LOG, 1, "there is none")) };
    let (line, heading) = log.lines().enumerate().find(|(_, line)| {
        line.strip_prefix("## [").is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_digit()))
    })?;
    let newest = heading.strip_prefix("## [")?.split(']').next()?;
    let is_unreleased = log.lines().take(line).any(|line| line == "## [Unreleased]");
    match (newest == version, is_unreleased) {
        (true, _) => None,
        // Between releases the workspace may be ahead.
        (false, true) if newer(version, newest) => None,
        _ => Some(Finding::new(LOG, line + 1, format!("the newest version is {newest}, that of the crates {version}"))),
    }
}

fn newer(one: &str, other: &str) -> bool {
    let numbers = |text: &str| text.split(['.', '-', '+']).map_while(|part| part.parse().ok()).collect::<Vec<u64>>();
    numbers(one) > numbers(other)
}

fn is_empty(value: Option<&Value>) -> bool {
    match value {
        Some(Value::String(text)) => text.is_empty(),
        Some(Value::Array(values)) => values.is_empty(),
        _ => true,
    }
}

fn inherits(value: Option<&Value>) -> bool {
    value.and_then(|value| value.get("workspace")).and_then(Value::as_bool) == Some(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::{shown, tree};

    const COMPLETE: &str = "[package]\ndescription = \"d\"\nreadme = \"README.md\"\nkeywords = [\"a\"]\ncategories = [\"b\"]\n\
                            version.workspace = true\nedition.workspace = true\nrust-version.workspace = true\n\
                            license.workspace = true\nrepository.workspace = true\nauthors.workspace = true\n";

    #[test]
    fn a_crate_says_what_a_registry_asks_for() {
        let found = |text: &str| shown(&check(&tree(&[("crates/a/Cargo.toml", text)])));
        assert_eq!(found(COMPLETE), Vec::<String>::new());
        assert_eq!(
            found(&COMPLETE.replace("[\"a\"]", "[]")),
            ["crates/a/Cargo.toml:1: a package to hand out needs `keywords`"]
        );
        assert_eq!(
            found(
                &COMPLETE
                    .replace("version.workspace = true\n", "version = \"2.0.0\"\n")
                    .replace("rust-version = \"2.0.0\"", "rust-version.workspace = true")
            ),
            ["crates/a/Cargo.toml:1: `version` is inherited: version.workspace = true"]
        );
        assert_eq!(
            found(&COMPLETE.replace("[\"a\"]", "[\"a\", \"b\", \"c\", \"d\", \"e\", \"f\"]")),
            ["crates/a/Cargo.toml:1: the registry takes 5 keywords at most"]
        );
        assert_eq!(check(&tree(&[("xtask/Cargo.toml", "[package]\n")])), [], "it is not handed out");
    }

    #[test]
    fn the_change_log_has_the_version_of_the_crates() {
        let found = |log: &str| {
            let root = "[workspace.package]\nversion = \"0.2.0\"\n";
            shown(&check(&tree(&[("CHANGELOG.md", log), ("Cargo.toml", root)])))
        };
        let none = Vec::<String>::new();
        assert_eq!(found("## [Unreleased]\n"), none, "before the first release");
        assert_eq!(found("## [0.2.0] - 2026-01-01\n## [0.1.0] - 2025-01-01\n"), none);
        assert_eq!(found("## [Unreleased]\n## [0.1.0] - 2025-01-01\n"), none, "on the way to 0.2.0");
        assert_eq!(
            found("## [0.1.0] - x\n"),
            ["CHANGELOG.md:1: the newest version is 0.1.0, that of the crates 0.2.0"]
        );
        assert_eq!(
            found("## [Unreleased]\n## [0.10.0] - x\n"),
            ["CHANGELOG.md:2: the newest version is 0.10.0, that of the crates 0.2.0"]
        );
    }
}
