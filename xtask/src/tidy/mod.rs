//! `cargo xtask tidy`: the rules of this repository that no compiler knows.
//!
//! A step of [`crate::ci`]. Files are read once into a [`Tree`]; each rule is a function from the tree to findings, so it is
//! tested on strings: [`source`] looks at one file at a time, [`contracts`] and [`specs`] hold code and documents together,
//! [`manifests`] keeps lints and versions in one place, [`release`] keeps what a registry asks for.

mod code;
mod contracts;
mod manifests;
mod release;
mod source;
mod specs;

use crate::workspace::Workspace;
use anyhow::{Result, bail};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

/// The text files of the repository by path, with `/` on every system.
pub(crate) type Tree = BTreeMap<String, String>;

/// Something that breaks a rule: where, and what to do.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Finding {
    path: String,
    line: usize,
    what: String,
}

impl Finding {
    fn new(path: &str, line: usize, what: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, what: what.into() }
    }
}

/// The command.
pub(crate) fn command(workspace: &Workspace) -> Result<ExitCode> {
    run(workspace).map(|()| ExitCode::SUCCESS)
}

/// All rules; an error counts the findings, which are printed.
pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    let mut tree = Tree::new();
    read(&workspace.root, "", &mut tree)?;
    let rules: [fn(&Tree) -> Vec<Finding>; 5] =
        [source::check, contracts::check, specs::check, manifests::check, release::check];
    let mut findings: Vec<Finding> = rules.iter().flat_map(|rule| rule(&tree)).collect();
    findings.sort();
    for finding in &findings {
        eprintln!("{}:{}: {}", finding.path, finding.line, finding.what);
    }
    if !findings.is_empty() {
        bail!("tidy has {} findings", findings.len());
    }
    eprintln!("tidy: {} files in order", tree.len());
    Ok(())
}

/// Every text file that a person edits; hidden directories and `target` are left out.
fn read(root: &Path, prefix: &str, tree: &mut Tree) -> Result<()> {
    for entry in fs::read_dir(root.join(prefix))? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if prefix.is_empty() { name.clone() } else { format!("{prefix}/{name}") };
        if name.starts_with('.') || path == "target" {
            continue;
        }
        if entry.file_type()?.is_dir() {
            read(root, &path, tree)?;
        } else if matches!(name.rsplit('.').next(), Some("rs" | "toml" | "md" | "txt")) {
            tree.insert(path, fs::read_to_string(entry.path())?);
        }
    }
    Ok(())
}

/// The Rust files.
fn sources(tree: &Tree) -> impl Iterator<Item = (&String, &String)> {
    tree.iter().filter(|(path, _)| is_kind(path, "rs"))
}

/// Whether the name ends so; names here are ours, so case counts.
fn is_kind(path: &str, extension: &str) -> bool {
    path.rsplit_once('.').is_some_and(|(_, end)| end == extension)
}

/// Files under one of the directories that hold only tests.
fn is_test_path(path: &str) -> bool {
    path.starts_with("tests/") || path.contains("/tests/")
}

#[cfg(test)]
fn tree(files: &[(&str, &str)]) -> Tree {
    files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect()
}

/// The findings as `path:line: what`, for tests to compare.
#[cfg(test)]
fn shown(findings: &[Finding]) -> Vec<String> {
    findings.iter().map(|f| format!("{}:{}: {}", f.path, f.line, f.what)).collect()
}
