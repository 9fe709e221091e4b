//! What is inside, for machines: a list in the form of `CycloneDX` 1.5.
//!
//! Made from the same packages as the texts of [`super::licences`], with the sums of `Cargo.lock` and with the C and C++ code
//! that crates bring, which the tools for this that read cargo's metadata alone do not know of.

use super::Release;
use super::licences::foreign;
use super::packages::Package;
use crate::workspace::Workspace;
use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::fs;

/// The document.
pub(super) fn sbom(workspace: &Workspace, release: &Release, packages: &[Package]) -> Result<String> {
    let lock: toml::Table = fs::read_to_string(workspace.root.join("Cargo.lock"))?.parse()?;
    let document = document(release, packages, &|name, version| checksum(&lock, name, version))?;
    Ok(format!("{}\n", serde_json::to_string_pretty(&document)?))
}

fn document(release: &Release, packages: &[Package], checksum: &dyn Fn(&str, &str) -> Option<String>) -> Result<Value> {
    let program = packages.iter().find(|package| package.name == "cmdai-cli").context("cmdai-cli is not inside")?;
    let mut components = Vec::new();
    let mut dependencies = Vec::new();
    for package in packages {
        let mut needs: Vec<String> =
            package.needs.iter().map(|(name, version)| format!("pkg:cargo/{name}@{version}")).collect();
        for foreign in foreign(package) {
            let version = foreign.version(package);
            let purl = version.as_ref().map_or_else(
                || format!("pkg:generic/{}", foreign.name),
                |version| format!("pkg:generic/{}@{version}", foreign.name),
            );
            let mut component = json!({"type": "library", "bom-ref": purl, "name": foreign.name, "purl": purl,
                "licenses": [{"license": {"id": foreign.licence}}]});
            if let (Some(fields), Some(version)) = (component.as_object_mut(), version) {
                fields.insert("version".to_owned(), version.into());
            }
            components.push(component);
            needs.push(purl);
        }
        dependencies.push(json!({"ref": package.purl(), "dependsOn": needs}));
        if package != program {
            components.push(component(package, checksum(&package.name, &package.version)));
        }
    }
    Ok(json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {
            "component": {"type": "application", "bom-ref": program.purl(), "name": "cmdai", "version": program.version,
                "licenses": [{"expression": program.licence}]},
            "properties": [{"name": "cdx:rustc:target", "value": release.target}],
        },
        "components": components,
        "dependencies": dependencies,
    }))
}

fn component(package: &Package, checksum: Option<String>) -> Value {
    let mut component = json!({"type": "library", "bom-ref": package.purl(), "name": package.name,
        "version": package.version, "purl": package.purl(), "licenses": [{"expression": package.licence}]});
    if let Some(fields) = component.as_object_mut() {
        if let Some(sum) = checksum {
            fields.insert("hashes".to_owned(), json!([{"alg": "SHA-256", "content": sum}]));
        }
        if let Some(url) = &package.repository {
            fields.insert("externalReferences".to_owned(), json!([{"type": "vcs", "url": url}]));
        }
    }
    component
}

/// The sum of a crate's file; none for our own, which are in no registry.
fn checksum(lock: &toml::Table, name: &str, version: &str) -> Option<String> {
    let text = |package: &toml::Value, key: &str| package.get(key).and_then(toml::Value::as_str).map(str::to_owned);
    let of = |package: &&toml::Value| {
        text(package, "name").as_deref() == Some(name) && text(package, "version").as_deref() == Some(version)
    };
    text(lock.get("package")?.as_array()?.iter().find(of)?, "checksum")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reference_leads_somewhere() {
        let package = |name: &str, needs: &[&str]| Package {
            name: name.to_owned(),
            version: "1.0.0".to_owned(),
            licence: "MIT".to_owned(),
            authors: vec![],
            repository: None,
            dir: "/nowhere".into(),
            needs: needs.iter().map(|&name| (name.to_owned(), "1.0.0".to_owned())).collect(),
            is_ours: false,
        };
        let packages = [
            package("cmdai-cli", &["libsqlite3-sys", "llama-cpp-sys-2"]),
            package("libsqlite3-sys", &[]),
            package("llama-cpp-sys-2", &[]),
        ];
        let release =
            Release { version: "1.0.0".into(), target: "t", epoch: "0".into(), home: "/nowhere/target/dist".into() };
        let sum = |name: &str, _: &str| (name == "llama-cpp-sys-2").then(|| "00ff".to_owned());
        let document = document(&release, &packages, &sum).unwrap();

        let texts = |pointer: &str| -> Vec<String> {
            let values = document.pointer(pointer).and_then(Value::as_array).unwrap();
            values.iter().map(|value| value["bom-ref"].as_str().unwrap().to_owned()).collect()
        };
        let mut known = texts("/components");
        assert!(
            known.contains(&"pkg:generic/sqlite".to_owned()) && known.contains(&"pkg:generic/llama.cpp".to_owned())
        );
        known.push(document["metadata"]["component"]["bom-ref"].as_str().unwrap().to_owned());
        for dependency in document["dependencies"].as_array().unwrap() {
            for reference in dependency["dependsOn"].as_array().unwrap().iter().chain([&dependency["ref"]]) {
                assert!(known.iter().any(|known| reference == known), "{reference}");
            }
        }
        let hashed: Vec<&Value> =
            document["components"].as_array().unwrap().iter().filter(|part| part.get("hashes").is_some()).collect();
        assert_eq!(hashed.len(), 1);
        assert_eq!(hashed[0]["hashes"][0]["content"], "00ff");
    }

    #[test]
    fn sums_are_those_of_the_lock_file() {
        let lock: toml::Table = "[[package]]\nname = \"a\"\nversion = \"1.0.0\"\n[[package]]\nname = \"a\"\nversion = \"2.0.0\"\nchecksum = \"ff\"\n".parse().unwrap();
        assert_eq!(checksum(&lock, "a", "2.0.0").as_deref(), Some("ff"));
        assert_eq!(checksum(&lock, "a", "1.0.0"), None);
        assert_eq!(checksum(&lock, "b", "1.0.0"), None);
    }
}
