//! What is inside of what is handed out: the crates the program is compiled from, and the C and C++ code some of them bring.
//!
//! For [`super::licences`] and [`super::sbom`]. Asked of cargo for one target: crates of other systems, of tests, of build
//! scripts and macros are not in the program.

use crate::workspace::Workspace;
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// A crate inside the program, or foreign code that a crate compiles in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Package {
    pub(super) name: String,
    pub(super) version: String,
    /// As an SPDX expression.
    pub(super) licence: String,
    pub(super) authors: Vec<String>,
    pub(super) repository: Option<String>,
    pub(super) dir: PathBuf,
    /// By their names and versions.
    pub(super) needs: Vec<(String, String)>,
    pub(super) is_ours: bool,
}

impl Package {
    pub(super) fn purl(&self) -> String {
        format!("pkg:cargo/{}@{}", self.name, self.version)
    }
}

/// All crates in the program, by name and version.
pub(super) fn shipped(workspace: &Workspace, target: &str) -> Result<Vec<Package>> {
    let mut command = workspace.cargo(["metadata", "--format-version=1", "--locked", "--filter-platform", target]);
    command.args(["--manifest-path", "crates/cmdai-cli/Cargo.toml", "--features", "variants"]);
    let output = command.output()?;
    if !output.status.success() {
        bail!("cargo metadata: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    of_metadata(&serde_json::from_slice(&output.stdout)?, "cmdai-cli")
}

fn of_metadata(metadata: &Value, root: &str) -> Result<Vec<Package>> {
    let list = |value: &Value, key: &str| value.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
    let by_id: BTreeMap<String, Value> = list(metadata, "packages").into_iter().map(|p| (text(&p, "id"), p)).collect();
    let resolve = metadata.get("resolve").context("cargo metadata resolved nothing")?;
    let needs: BTreeMap<String, Vec<String>> = list(resolve, "nodes")
        .iter()
        .map(|node| {
            let linked = list(node, "deps")
                .iter()
                .filter(|dep| list(dep, "dep_kinds").iter().any(|kind| kind.get("kind").is_none_or(Value::is_null)))
                .map(|dep| text(dep, "pkg"))
                .filter(|id| by_id.get(id).is_some_and(|package| !is_macro(package)))
                .collect();
            (text(node, "id"), linked)
        })
        .collect();
    let root = by_id.iter().find(|(_, package)| text(package, "name") == root).context("no such package")?.0;
    let mut seen = BTreeSet::new();
    let mut open = vec![root.clone()];
    while let Some(id) = open.pop() {
        if seen.insert(id.clone()) {
            open.extend(needs.get(&id).into_iter().flatten().cloned());
        }
    }
    let key = |id: &String| by_id.get(id).map(|package| (text(package, "name"), text(package, "version")));
    let mut packages: Vec<Package> = seen
        .iter()
        .filter_map(|id| {
            let package = by_id.get(id)?;
            let mut needs: Vec<(String, String)> = needs.get(id).into_iter().flatten().filter_map(key).collect();
            needs.sort();
            Some(Package {
                name: text(package, "name"),
                version: text(package, "version"),
                // The slash is how crates wrote OR before SPDX.
                licence: text(package, "license").replace(" / ", "/").replace('/', " OR "),
                authors: list(package, "authors").iter().filter_map(|a| a.as_str().map(str::to_owned)).collect(),
                repository: package.get("repository").and_then(Value::as_str).map(str::to_owned),
                dir: PathBuf::from(text(package, "manifest_path")).parent()?.to_owned(),
                needs,
                is_ours: package.get("source").is_none_or(Value::is_null),
            })
        })
        .collect();
    packages.sort_by(|a, b| (&a.name, &a.version).cmp(&(&b.name, &b.version)));
    Ok(packages)
}

fn text(value: &Value, key: &str) -> String {
    value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn is_macro(package: &Value) -> bool {
    let targets = package.get("targets").and_then(Value::as_array);
    targets.into_iter().flatten().any(|target| {
        target.get("kind").and_then(Value::as_array).is_some_and(|kinds| kinds.iter().any(|kind| kind == "proc-macro"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_what_is_linked_is_shipped() {
        let package = |name: &str, kind: &str| {
            json!({"id": format!("{name} 1"), "name": name, "version": "1.0.0", "license": "MIT/Apache-2.0", "authors": [],
                "manifest_path": format!("/r/{name}/Cargo.toml"), "targets": [{"kind": [kind]}], "source": "registry"})
        };
        let dep = |name: &str, kinds: &[Value]| {
            let kinds: Vec<Value> = kinds.iter().map(|kind| json!({"kind": kind})).collect();
            json!({"pkg": format!("{name} 1"), "dep_kinds": kinds})
        };
        let metadata = json!({
            "packages": [package("app", "bin"), package("used", "lib"), package("derive", "proc-macro"),
                package("cc", "lib"), package("both", "lib")],
            "resolve": {"nodes": [
                {"id": "app 1", "deps": [dep("used", &[Value::Null]), dep("derive", &[Value::Null]), dep("cc", &[json!("build")])]},
                {"id": "used 1", "deps": [dep("both", &[json!("dev"), Value::Null])]},
                {"id": "both 1", "deps": []}, {"id": "derive 1", "deps": []}, {"id": "cc 1", "deps": []},
            ]}
        });
        let packages = of_metadata(&metadata, "app").unwrap();
        assert_eq!(packages.iter().map(|p| p.name.as_str()).collect::<Vec<_>>(), ["app", "both", "used"]);
        assert_eq!(packages[0].needs, [("used".to_owned(), "1.0.0".to_owned())]);
        assert_eq!(packages[1].licence, "MIT OR Apache-2.0");
        assert!(of_metadata(&metadata, "other").is_err());
    }
}
