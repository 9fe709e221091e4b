//! The licences of everything inside, as one text that goes into every package.
//!
//! The texts are the files in the crates themselves, because the lines of copyright in them are part of what a licence asks to
//! hand on; equal texts are printed once. A crate that names a licence and brings no text gets the standard one with its
//! authors. Which licences may be inside at all is decided in `deny.toml`.

use super::packages::Package;
use crate::workspace::Workspace;
use anyhow::{Context, Result, bail};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

/// Code of others that a crate compiles in and that its own licence does not cover.
pub(super) struct Foreign {
    /// Which crate brings it.
    of: &'static str,
    pub(super) name: &'static str,
    pub(super) licence: &'static str,
    /// Where its licence stands: a file, or the first comment of a source.
    text: &'static str,
    /// Where its version stands, and what stands before the numbers there, each on a line of its own.
    version: (&'static str, &'static [&'static str]),
}

const FOREIGN: [Foreign; 3] = [
    Foreign {
        of: "llama-cpp-sys-2",
        name: "llama.cpp",
        licence: "MIT",
        text: "llama.cpp/LICENSE",
        version: (
            "llama.cpp/CMakeLists.txt",
            &["set(LLAMA_VERSION_MAJOR ", "set(LLAMA_VERSION_MINOR ", "set(LLAMA_VERSION_PATCH "],
        ),
    },
    Foreign {
        of: "llama-cpp-sys-2",
        name: "llamafile",
        licence: "MIT",
        text: "llama.cpp/ggml/src/ggml-cpu/llamafile/sgemm.cpp",
        version: ("", &[]),
    },
    Foreign {
        of: "libsqlite3-sys",
        name: "sqlite",
        licence: "blessing",
        text: "sqlite3/sqlite3.h",
        version: ("sqlite3/sqlite3.h", &["#define SQLITE_VERSION        \""]),
    },
];

/// The foreign code in a crate.
pub(super) fn foreign(package: &Package) -> impl Iterator<Item = &'static Foreign> {
    FOREIGN.iter().filter(|foreign| foreign.of == package.name)
}

impl Foreign {
    /// As far as it says one.
    pub(super) fn version(&self, package: &Package) -> Option<String> {
        let text = fs::read_to_string(package.dir.join(self.version.0)).ok()?;
        let number = |start: &&str| {
            let rest = text.lines().find_map(|line| line.strip_prefix(start))?;
            Some(rest.trim_end_matches([')', '"']).to_owned())
        };
        self.version.1.iter().map(number).collect::<Option<Vec<_>>>().map(|numbers| numbers.join("."))
    }

    fn text(&self, package: &Package) -> Result<String> {
        let path = package.dir.join(self.text);
        let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        if path.file_name().is_some_and(|name| is_licence(&name.to_string_lossy())) {
            return Ok(text);
        }
        let comment = first_comment(&text);
        comment.with_context(|| format!("{} starts with no comment", path.display()))
    }
}

/// All of it.
pub(super) fn licences(workspace: &Workspace, packages: &[Package]) -> Result<String> {
    let apache = fs::read_to_string(workspace.root.join("LICENSE-APACHE"))?;
    let mit = fs::read_to_string(workspace.root.join("LICENSE-MIT"))?;
    // Texts that say the same, with line breaks at other places, are one.
    let mut texts: BTreeMap<String, (String, Vec<String>)> = BTreeMap::new();
    let mut add = |text: &str, of: String| {
        let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let entry = texts.entry(words).or_insert_with(|| (text.trim_end().to_owned(), Vec::new()));
        if !entry.1.contains(&of) {
            entry.1.push(of);
        }
    };
    let mut list = String::new();
    for package in packages.iter().filter(|package| !package.is_ours) {
        let name = format!("{} {}", package.name, package.version);
        let _ = writeln!(list, "{name}: {}", package.licence);
        let mut found = licence_files(&package.dir)?;
        if found.is_empty() {
            found.push(standard(package, &mit, &apache)?);
        }
        for text in found {
            add(&text, name.clone());
        }
        for foreign in foreign(package) {
            let name = format!("{} (in {name})", foreign.name);
            let _ = writeln!(list, "{name}: {}", foreign.licence);
            add(&foreign.text(package)?, name);
        }
    }
    let std = "the Rust standard library";
    let _ = writeln!(list, "{std}: MIT OR Apache-2.0");
    add(&with_holder(&mit, "The Rust Project Contributors")?, std.to_owned());
    let mut all = format!(
        "cmdai is licensed under MIT OR Apache-2.0. It contains the following, under the licences that are named; their texts \
         follow.\n\n{list}"
    );
    let mut texts: Vec<(String, Vec<String>)> = texts.into_values().collect();
    texts.sort_by(|a, b| a.1.cmp(&b.1).then_with(|| a.0.cmp(&b.0)));
    for (text, of) in texts {
        let _ = write!(all, "\n{}\n{}\n\n{text}\n", "=".repeat(80), of.join(", "));
    }
    Ok(all)
}

fn licence_files(dir: &Path) -> Result<Vec<String>> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(dir).with_context(|| dir.display().to_string())? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if is_licence(&name) && path.is_file() {
            paths.push(path);
        } else if name == "LICENSES" && path.is_dir() {
            for inner in fs::read_dir(&path)? {
                paths.push(inner?.path());
            }
        }
    }
    paths.sort();
    paths.iter().map(|path| fs::read_to_string(path).with_context(|| path.display().to_string())).collect()
}

fn is_licence(name: &str) -> bool {
    let upper = name.to_uppercase();
    ["LICENSE", "LICENCE", "COPYING", "NOTICE", "COPYRIGHT", "UNLICENSE"].iter().any(|start| upper.starts_with(start))
}

/// What the crate names and does not bring.
fn standard(package: &Package, mit: &str, apache: &str) -> Result<String> {
    let allowed: Vec<&str> = package.licence.split(" OR ").collect();
    if allowed.contains(&"Apache-2.0") {
        return Ok(apache.to_owned());
    }
    let authors = if package.authors.is_empty() { package.name.clone() } else { package.authors.join(", ") };
    match allowed.as_slice() {
        ["MIT"] => with_holder(mit, &authors),
        _ => bail!("{} brings no text of its licence, {}", package.name, package.licence),
    }
}

/// The text of the MIT licence with another holder.
fn with_holder(mit: &str, holder: &str) -> Result<String> {
    let line =
        mit.lines().find(|line| line.starts_with("Copyright")).context("LICENSE-MIT has no line of copyright")?;
    Ok(mit.replace(line, &format!("Copyright (c) {holder}")))
}

/// The text of the comments that a source begins with, without their marks.
fn first_comment(source: &str) -> Option<String> {
    let lines: Vec<&str> = source
        .lines()
        .take_while(|line| line.starts_with("//") || line.starts_with("/*") || line.starts_with("**"))
        .map(|line| line.trim_start_matches(['/', '*']).trim())
        .collect();
    (!lines.is_empty()).then(|| lines.join("\n").trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIT: &str = "MIT License\n\nCopyright (c) us\n\nPermission is granted\n";

    fn package(licence: &str, authors: &[&str]) -> Package {
        Package {
            name: "lamp".to_owned(),
            version: "1.0.0".to_owned(),
            licence: licence.to_owned(),
            authors: authors.iter().map(|&author| author.to_owned()).collect(),
            repository: None,
            dir: "/nowhere".into(),
            needs: vec![],
            is_ours: false,
        }
    }

    #[test]
    fn a_crate_without_a_text_gets_the_standard_one() {
        let text = |licence, authors| standard(&package(licence, authors), MIT, "Apache\n");
        assert_eq!(text("MIT OR Apache-2.0", &[]).unwrap(), "Apache\n");
        assert!(text("MIT", &["Ada", "Bob"]).unwrap().contains("\nCopyright (c) Ada, Bob\n"));
        assert!(text("MIT", &[]).unwrap().contains("Copyright (c) lamp\n"));
        assert!(text("ISC", &["Ada"]).is_err(), "nobody has looked at what it asks for");
    }

    #[test]
    fn a_comment_is_read_without_its_marks() {
        assert_eq!(first_comment("// Copyright Ada\n//\n// Free.\n\nint x;\n").unwrap(), "Copyright Ada\n\nFree.");
        assert_eq!(
            first_comment("/*\n** A blessing:\n**\n** Do good.\n*****\n** more\nint x;").unwrap(),
            "A blessing:\n\nDo good.\n\nmore"
        );
        assert_eq!(first_comment("int x;"), None);
    }

    #[test]
    fn the_files_of_a_crate_are_found_and_equal_texts_stand_once() {
        let root = tempfile::tempdir().unwrap();
        for (name, text) in [("LICENSE-MIT", MIT), ("LICENSE-APACHE", "Apache\n")] {
            fs::write(root.path().join(name), text).unwrap();
        }
        let mut packages = Vec::new();
        for (name, text) in [("desk", "One\ntext"), ("lamp", "One text\n"), ("tray", "Another")] {
            let dir = root.path().join(name);
            fs::create_dir(&dir).unwrap();
            fs::write(dir.join("COPYING"), text).unwrap();
            fs::write(dir.join("README"), "no licence").unwrap();
            packages.push(Package { name: name.to_owned(), dir, ..package("ISC", &[]) });
        }
        let text = licences(&Workspace::at(root.path()), &packages).unwrap();
        assert!(text.contains("desk 1.0.0: ISC\n"), "{text}");
        assert!(text.contains("\ndesk 1.0.0, lamp 1.0.0\n\nOne\ntext\n"), "{text}");
        assert!(text.contains("\ntray 1.0.0\n\nAnother\n"), "{text}");
        assert!(text.contains("Copyright (c) The Rust Project Contributors"), "{text}");
        assert!(!text.contains("no licence"), "{text}");
    }
}
