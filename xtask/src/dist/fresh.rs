//! Each library crate as a stranger has it: packed by `cargo package`, unpacked, and used by a new project outside of this
//! workspace, whose programs are the examples of the crate's readme.
//!
//! The examples run as documentation tests as well; what those cannot see is a file that is left out of the package, a feature
//! that only this workspace switches on, and flags that only its `.cargo/config.toml` sets.

use super::{Release, empty};
use crate::setup;
use crate::workspace::{Workspace, check};
use anyhow::{Context, Result, bail};
use std::collections::BTreeSet;
use std::env;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

const LIBRARIES: [&str; 6] =
    ["cmdai-core", "cmdai-safety", "cmdai-verify", "cmdai-history", "cmdai-config", "cmdai-backends"];

/// An example of a readme.
#[derive(Debug, PartialEq, Eq)]
struct Example {
    code: String,
    runs: bool,
}

/// All crates.
pub(super) fn crates(workspace: &Workspace, release: &Release) -> Result<()> {
    setup::ensure(workspace)?;
    oldest_compiler(workspace)?;
    // Outside, so that cargo finds neither our workspace nor our configuration.
    let outside = env::temp_dir().join(format!("cmdai-fresh-{}", std::process::id()));
    empty(&outside)?;
    let result = packed(workspace, release, &outside).and_then(|()| {
        LIBRARIES.iter().try_for_each(|name| project(workspace, release, &outside, name).context(*name))
    });
    fs::remove_dir_all(&outside)?;
    result
}

fn packed(workspace: &Workspace, release: &Release, outside: &Path) -> Result<()> {
    let target = release.home.join("package");
    let mut command = workspace.cargo(["package", "--quiet", "--no-verify", "--allow-dirty"]);
    command.args(LIBRARIES.iter().flat_map(|name| ["--package", name]));
    check(command.arg("--target-dir").arg(&target))?;
    for name in LIBRARIES {
        let file = target.join(format!("package/{name}-{}.crate", release.version));
        check(Command::new("tar").arg("-xzf").arg(file).arg("-C").arg(outside))?;
    }
    Ok(())
}

fn project(workspace: &Workspace, release: &Release, outside: &Path, name: &str) -> Result<()> {
    let package = |name: &str| outside.join(format!("{name}-{}", release.version));
    for licence in ["LICENSE-MIT", "LICENSE-APACHE"] {
        if fs::read(package(name).join(licence))? != fs::read(workspace.root.join(licence))? {
            bail!("the {licence} in the package is another");
        }
    }
    let examples = examples(&fs::read_to_string(package(name).join("README.md"))?);
    if examples.is_empty() {
        bail!("its readme has no example");
    }
    let dir = outside.join(format!("uses-{name}"));
    fs::create_dir_all(dir.join("src/bin"))?;
    let lock = fs::read_to_string(workspace.root.join("Cargo.lock"))?;
    // The versions that are tested here, and that are on this machine already.
    fs::write(dir.join("Cargo.lock"), &lock)?;
    let mut manifest = format!(
        "[package]\nname = \"uses-{name}\"\nedition = \"2024\"\n\n[dependencies]\n{name} = \"{}\"\n",
        release.version
    );
    for other in examples.iter().flat_map(|example| heads(&example.code)).collect::<BTreeSet<_>>() {
        if other != name {
            let version = version(&lock, &other).with_context(|| format!("the example uses {other}"))?;
            let _ = writeln!(manifest, "{other} = {{ version = \"{version}\", default-features = false }}");
        }
    }
    manifest.push_str("\n[patch.crates-io]\n");
    for library in LIBRARIES {
        let _ = writeln!(manifest, "{library} = {{ path = \"{}\" }}", package(library).display());
    }
    fs::write(dir.join("Cargo.toml"), manifest)?;
    for (number, example) in (1..).zip(&examples) {
        fs::write(dir.join(format!("src/bin/readme{number}.rs")), &example.code)?;
    }
    let cargo = |args: &[&str]| {
        let mut command = workspace.cargo(args);
        command.current_dir(&dir).env("CARGO_TARGET_DIR", release.home.join("fresh")).envs(workspace.tools_env());
        // With debug info llama.cpp takes far longer to build.
        command.env("CARGO_PROFILE_DEV_DEBUG", "0");
        command
    };
    check(&mut cargo(&["build", "--quiet", "--bins"]))?;
    let mut ran = 0;
    for (number, _) in (1..).zip(&examples).filter(|(_, example)| example.runs) {
        check(&mut cargo(&["run", "--quiet", "--bin", &format!("readme{number}")]))?;
        ran += 1;
    }
    eprintln!("dist: {name}: {} examples of its readme compiled, {ran} run", examples.len());
    Ok(())
}

/// The Rust in a readme, as programs.
fn examples(readme: &str) -> Vec<Example> {
    let mut examples = Vec::new();
    let mut open: Option<Example> = None;
    for line in readme.lines() {
        match (&mut open, line) {
            (None, "```rust" | "```rust,no_run") => {
                open = Some(Example { code: String::new(), runs: line == "```rust" });
            }
            (None, _) => {}
            (Some(_), "```") => examples.extend(open.take().map(program)),
            // As rustdoc hides it.
            (Some(example), "#") => example.code.push('\n'),
            (Some(example), line) => {
                let _ = writeln!(example.code, "{}", line.strip_prefix("# ").unwrap_or(line));
            }
        }
    }
    examples
}

/// With a `main`, if it has none.
fn program(example: Example) -> Example {
    if example.code.contains("fn main()") {
        return example;
    }
    let code = if example.code.contains("Ok::<(), ") {
        format!(
            "fn main() {{\n    run().unwrap();\n}}\n\nfn run() -> Result<(), impl std::fmt::Debug> {{\n{}}}\n",
            example.code
        )
    } else {
        format!("#![allow(dead_code)]\n\nfn main() {{\n{}}}\n", example.code)
    };
    Example { code, ..example }
}

/// The crates that are named at the beginning of a path.
fn heads(code: &str) -> BTreeSet<String> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut found = BTreeSet::new();
    for (at, _) in code.match_indices("::") {
        let before = code.get(..at).unwrap_or_default();
        let start = before.rfind(|c| !is_name(c)).map_or(0, |index| index + 1);
        let head = before.get(start..).unwrap_or_default();
        let inner = before.get(..start).is_some_and(|text| text.ends_with("::"));
        let is_crate = head.starts_with(|c: char| c.is_ascii_lowercase()) && !inner;
        if is_crate && !["std", "crate", "self", "super"].contains(&head) {
            found.insert(head.replace('_', "-"));
        }
    }
    found
}

/// The newest version of a crate in a lock file.
fn version(lock: &str, name: &str) -> Option<String> {
    let table: toml::Table = lock.parse().ok()?;
    let of = |package: &&toml::Value| package.get("name").and_then(toml::Value::as_str) == Some(name);
    let package = table.get("package")?.as_array()?.iter().rev().find(of)?;
    package.get("version").and_then(toml::Value::as_str).map(str::to_owned)
}

/// Everything here is compiled by one compiler; that it is the oldest one promised is what makes the promise true.
fn oldest_compiler(workspace: &Workspace) -> Result<()> {
    let manifest: toml::Table = fs::read_to_string(workspace.root.join("Cargo.toml"))?.parse()?;
    let promised = ["workspace", "package", "rust-version"]
        .iter()
        .try_fold(&toml::Value::Table(manifest), |value, key| value.get(*key))
        .and_then(|value| value.as_str().map(str::to_owned))
        .context("no rust-version in Cargo.toml")?;
    let output = Command::new("rustc").current_dir(&workspace.root).arg("--version").output()?;
    let text = String::from_utf8(output.stdout)?;
    let here = text.split_whitespace().nth(1).unwrap_or_default();
    if here.starts_with(&format!("{promised}.")) || here == promised {
        eprintln!("dist: compiled with Rust {here}, the oldest that is promised");
    } else {
        eprintln!("dist: LEFT OUT: Rust {promised} is promised, and this is {here}");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_become_programs() {
        let readme = "text\n```rust\nuse a::b;\n# hidden();\nb()?;\n# Ok::<(), a::E>(())\n```\n```text\nno\n```\n```rust,no_run\nasync fn f() {}\n```\n```rust\nfn main() {}\n```\n";
        let found = examples(readme);
        assert_eq!(found.iter().map(|example| example.runs).collect::<Vec<_>>(), [true, false, true]);
        assert!(found[0].code.contains("impl std::fmt::Debug> {\nuse a::b;\nhidden();\nb()?;\nOk::<(), a::E>(())\n}"));
        assert!(found[1].code.contains("fn main() {\nasync fn f() {}\n}"));
        assert_eq!(found[2].code, "fn main() {}\n");
    }

    #[test]
    fn the_crates_of_an_example_are_found() {
        let code =
            "use cmdai_core::context::Context;\nuse std::path::Path;\nlet id = uuid::Uuid::now_v7();\nVec::new();\n";
        assert_eq!(heads(code).into_iter().collect::<Vec<_>>(), ["cmdai-core", "uuid"]);
    }

    #[test]
    fn the_newest_version_is_taken() {
        let lock = "[[package]]\nname = \"a\"\nversion = \"1.0.0\"\n[[package]]\nname = \"a\"\nversion = \"2.0.0\"\n";
        assert_eq!(version(lock, "a").as_deref(), Some("2.0.0"));
        assert_eq!(version(lock, "b"), None);
    }
}
