//! Packs the tree so that the same files give the same bytes, and writes the sums of all that is handed out.
//!
//! GNU tar and coreutils, because they are there and can leave out what changes: owners, times, the order of a directory.

use super::Release;
use crate::workspace::check;
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::Path;
use std::process::Command;

/// As the installer looks for it.
pub(super) const SUMS: &str = "SHA256SUMS";

/// The archive for any Linux.
pub(super) fn tarball(release: &Release) -> Result<()> {
    let tree = release.tree();
    let mut command = Command::new("tar");
    command.args(["--create", "--sort=name", "--owner=0", "--group=0", "--numeric-owner", "--format=gnu"]);
    command.args(["--use-compress-program", "gzip -9 --no-name"]).arg(format!("--mtime=@{}", release.epoch));
    command.arg("--file").arg(release.archive()).arg("--directory").arg(tree.parent().context("no tree")?);
    check(command.arg(release.name()))
}

/// `SHA256SUMS` of all files in `dir`, as `sha256sum --check` reads it.
pub(super) fn sums(dir: &Path) -> Result<()> {
    let mut names: Vec<_> =
        fs::read_dir(dir)?.map(|entry| entry.map(|entry| entry.file_name())).collect::<Result<_, _>>()?;
    names.retain(|name| name != SUMS);
    names.sort();
    let output = Command::new("sha256sum").current_dir(dir).args(&names).output().context("sha256sum")?;
    if !output.status.success() {
        bail!("sha256sum: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(fs::write(dir.join(SUMS), output.stdout)?)
}
