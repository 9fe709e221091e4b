//! Lays out the tree that archive and Debian package share: what goes below a prefix such as `/usr` or `~/.local`.
//!
//! Completions and manual pages are printed by the very program that is packed, run from the tree; so the tree is known to start
//! before anything is packed.

use super::Release;
use super::build::Built;
use super::licences;
use super::packages::Package;
use crate::workspace::{Workspace, check};
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where shells look for completions, below the prefix; for the last two nothing is agreed on.
const COMPLETIONS: [(&str, &str); 6] = [
    ("bash", "share/bash-completion/completions/cmdai"),
    ("zsh", "share/zsh/vendor-completions/_cmdai"),
    ("fish", "share/fish/vendor_completions.d/cmdai.fish"),
    ("nushell", "share/nushell/vendor/autoload/cmdai.nu"),
    ("powershell", "share/cmdai/completions/cmdai.ps1"),
    ("elvish", "share/cmdai/completions/cmdai.elv"),
];

const DOCUMENTS: [&str; 4] = ["README.md", "CHANGELOG.md", "LICENSE-MIT", "LICENSE-APACHE"];

/// Fills the empty tree.
pub(super) fn stage(workspace: &Workspace, release: &Release, built: &Built, packages: &[Package]) -> Result<()> {
    let tree = release.tree();
    put(&built.program, &tree.join("bin/cmdai"))?;
    for library in built.libraries.iter().chain(&built.variants) {
        put_stripped(library, &tree.join("lib/cmdai"))?;
    }
    let program = tree.join("bin/cmdai");
    for (shell, place) in COMPLETIONS {
        write(&tree.join(place), &output(release, &program, &["completions", shell])?)?;
    }
    let man = tree.join("share/man/man1");
    fs::create_dir_all(&man)?;
    output(release, &program, &["man", "--dir", &man.to_string_lossy()])?;
    for page in fs::read_dir(&man)?.collect::<Result<Vec<_>, _>>()? {
        check(Command::new("gzip").args(["-9", "--no-name", "--force"]).arg(page.path()))?;
    }
    let doc = tree.join("share/doc/cmdai");
    fs::create_dir_all(&doc)?;
    for name in DOCUMENTS {
        put(&workspace.root.join(name), &doc.join(name))?;
    }
    write(&doc.join("THIRD-PARTY-LICENCES.txt"), licences::licences(workspace, packages)?.as_bytes())?;
    modes(&tree)
}

/// What the program prints, in a home of its own that is thrown away.
fn output(release: &Release, program: &Path, args: &[&str]) -> Result<Vec<u8>> {
    let home = release.home.join("home");
    super::empty(&home)?;
    let output = Command::new(program).args(args).env_clear().env("HOME", &home).output();
    let output = output.with_context(|| format!("cannot start {}", program.display()))?;
    if !output.status.success() {
        bail!("cmdai {} failed: {}", args.join(" "), String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(output.stdout)
}

fn put(from: &Path, to: &Path) -> Result<()> {
    write(to, &fs::read(from).with_context(|| from.display().to_string())?)
}

fn put_stripped(from: &Path, dir: &Path) -> Result<()> {
    let to = dir.join(from.file_name().context("a library without a name")?);
    put(from, &to)?;
    check(Command::new("strip").arg("--strip-unneeded").arg(&to))
}

fn write(to: &Path, bytes: &[u8]) -> Result<()> {
    fs::create_dir_all(to.parent().context("a file at the root")?)?;
    fs::write(to, bytes).with_context(|| to.display().to_string())
}

/// The same modes wherever it is built: programs can be run, everything can be read.
fn modes(tree: &Path) -> Result<()> {
    check(Command::new("chmod").args(["-R", "u=rwX,go=rX,a-x+X"]).arg(tree))?;
    check(Command::new("chmod").arg("755").arg(tree.join("bin/cmdai")))
}

/// All files below `dir`, relative to it, in order.
pub(super) fn files(dir: &Path) -> Result<Vec<PathBuf>> {
    fn walk(dir: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
        for entry in fs::read_dir(dir).with_context(|| dir.display().to_string())? {
            let path = entry?.path();
            if path.is_dir() { walk(&path, found)? } else { found.push(path) }
        }
        Ok(())
    }
    let mut found = Vec::new();
    walk(dir, &mut found)?;
    found.sort();
    Ok(found.iter().filter_map(|path| path.strip_prefix(dir).ok().map(Path::to_owned)).collect())
}
