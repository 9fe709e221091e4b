//! Lints and versions are said once, in the root manifest.
//!
//! Part of [`super`]. A crate that forgets `[lints] workspace = true` is silently not held to any rule, and a version in a
//! member is how two versions of one crate begin.

use super::{Finding, Tree};
use toml::{Table, Value};

/// The rule.
pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let is_member =
        |path: &str| path == "xtask/Cargo.toml" || (path.starts_with("crates/") && path.ends_with("/Cargo.toml"));
    tree.iter().filter(|(path, _)| is_member(path)).flat_map(|(path, text)| member(path, text)).collect()
}

fn member(path: &str, text: &str) -> Vec<Finding> {
    let table: Table = match text.parse() {
        Ok(table) => table,
        Err(error) => return vec![Finding::new(path, 1, format!("not TOML: {}", error.message()))],
    };
    let mut findings = Vec::new();
    if !inherits(table.get("lints")) {
        findings.push(Finding::new(path, 1, "the workspace's lints are not inherited: add [lints] workspace = true"));
    }
    for (name, value) in dependencies(&table) {
        // A crate may name itself by path, to have its own features in its tests.
        let by_path = value.get("path").is_some() && value.get("version").is_none();
        if !inherits(Some(value)) && !by_path {
            findings.push(Finding::new(
                path,
                line_of(text, name),
                format!("{name}: its version belongs to the root manifest"),
            ));
        }
    }
    findings
}

fn inherits(value: Option<&Value>) -> bool {
    value.and_then(|value| value.get("workspace")).and_then(Value::as_bool) == Some(true)
}

/// Everything in `[dependencies]` and its kin, for all targets.
fn dependencies(table: &Table) -> Vec<(&str, &Value)> {
    let targets =
        table.get("target").and_then(Value::as_table).into_iter().flatten().filter_map(|(_, value)| value.as_table());
    std::iter::once(table)
        .chain(targets)
        .flat_map(|table| ["dependencies", "dev-dependencies", "build-dependencies"].map(|kind| table.get(kind)))
        .flatten()
        .filter_map(Value::as_table)
        .flatten()
        .map(|(name, value)| (name.as_str(), value))
        .collect()
}

fn line_of(text: &str, name: &str) -> usize {
    text.lines().position(|line| line.starts_with(name)).map_or(1, |index| index + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::{shown, tree};

    fn check_member(text: &str, expected: &[&str]) {
        assert_eq!(shown(&check(&tree(&[("crates/a/Cargo.toml", text)]))), expected, "{text}");
    }

    #[test]
    fn lints_are_inherited() {
        check_member("[lints]\nworkspace = true\n", &[]);
        let finding = "crates/a/Cargo.toml:1: the workspace's lints are not inherited: add [lints] workspace = true";
        check_member("", &[finding]);
        check_member("[lints]\nworkspace = false\n", &[finding]);
    }

    #[test]
    fn versions_are_the_roots() {
        let lints = "lints.workspace = true\n";
        check_member(
            &format!("{lints}[dependencies]\na.workspace = true\nb = {{ workspace = true, optional = true }}\n"),
            &[],
        );
        check_member(&format!("{lints}[dev-dependencies]\na = {{ path = \".\", features = [\"x\"] }}\n"), &[]);
        check_member(
            &format!("{lints}[dependencies]\na = \"1\"\n"),
            &["crates/a/Cargo.toml:3: a: its version belongs to the root manifest"],
        );
        check_member(
            &format!("{lints}[target.'cfg(unix)'.build-dependencies]\na = {{ version = \"1\", path = \"a\" }}\n"),
            &["crates/a/Cargo.toml:3: a: its version belongs to the root manifest"],
        );
    }

    #[test]
    fn the_root_holds_versions() {
        assert_eq!(check(&tree(&[("Cargo.toml", "[workspace.dependencies]\na = \"1\"\n")])), []);
    }
}
